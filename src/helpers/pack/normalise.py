"""Executed notebooks without what differs from run to run: two runs give the same bytes.

- :func:`normalise`: a notebook without times, paths, versions and random ids.
- :func:`text`: a notebook as it is written to a file.
"""

from __future__ import annotations

import copy
from typing import Any

import nbformat

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
KEPT = {"tags"}


def normalise(notebook: Any) -> Any:
    """Return a copy of a notebook without times, paths, versions and random ids.

    Outputs, execution counts and the metadata of outputs stay: they are the evidence.

    Parameters
    ----------
    notebook : NotebookNode
        An executed notebook.

    Returns
    -------
    NotebookNode
        The copy; the notebook itself is not changed.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> normalise(new_notebook(cells=[new_code_cell("run")]))["cells"][0]["id"]
    'cell-00'
    """
    clean = copy.deepcopy(notebook)
    clean["metadata"] = nbformat.from_dict(
        {"kernelspec": KERNEL, "language_info": {"name": "python"}}
    )
    for position, cell in enumerate(clean["cells"]):
        cell["id"] = f"cell-{position:02d}"
        cell["metadata"] = nbformat.from_dict(
            {key: value for key, value in cell["metadata"].items() if key in KEPT}
        )
        if "injected-parameters" in cell["metadata"].get("tags", []):
            cell["source"] = cell["source"].replace("# Parameters\n", "# parameters of this run\n")
    clean["nbformat"], clean["nbformat_minor"] = 4, 5
    return clean


def text(notebook: Any) -> str:
    """Return a notebook as it is written to a file: stable key order, one final newline.

    Parameters
    ----------
    notebook : NotebookNode
        The notebook.

    Returns
    -------
    str
        JSON.

    Examples
    --------
    >>> text(nbformat.v4.new_notebook()).endswith("}" + chr(10))
    True
    """
    return nbformat.writes(notebook, version=4).rstrip("\n") + "\n"
