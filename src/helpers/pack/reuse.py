"""Work that was done before: a notebook is taken from a pack that stands, if nothing has changed.

It is taken if its cells and its parameters are the same, and with them everything that any notebook
rests on: every input file of the case, its plan and its record of judgement, the rules, the code of
the suite, Python and every library. The pack has to be as it was made: each of its files, its
manifest, its place in the ledger.

- :func:`source`: one hash over the cells of a notebook.
- :func:`inputs`: the files of a case as a manifest lists them, from their bytes alone.
- :func:`standing`: the pack of a period that can be taken from.
- :func:`same`: names of the notebooks that can be taken from it.
- :func:`notebook`: one of them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from helpers.case import files
from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake.reading import sha256
from helpers.pack import verify, versions
from helpers.pack.manifest import common

INJECTED = "injected-parameters"


@dataclass(frozen=True)
class Standing:
    """A pack that is as it was made: its folder and its manifest."""

    folder: Path
    manifest: dict[str, Any]

    @property
    def id(self) -> str:
        """Return the id of the pack."""
        return str(self.manifest["pack"]["id"])

    def whole(self, *, with_pdf: bool) -> bool:
        """Return whether the pack has a PDF, or a note of why not, where one is wanted."""
        return not with_pdf or any(self.folder.glob("documents/pack.pdf*"))


def source(notebook: Mapping[str, Any]) -> str:
    """Return one hash over the cells of a notebook: their kind, text and tags, not their outputs.

    Parameters
    ----------
    notebook : mapping
        A notebook; in an executed one the cell with the parameters of the run does not count.

    Returns
    -------
    str
        Sixty-four hexadecimal digits.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> plain = new_notebook(cells=[new_code_cell("run")])
    >>> executed = new_notebook(cells=[new_code_cell("run", execution_count=1)])
    >>> source(plain) == source(executed) != source(new_notebook(cells=[new_code_cell("stop")]))
    True
    """
    cells = [
        (cell["cell_type"], "".join(cell["source"]), cell["metadata"].get("tags", []))
        for cell in notebook["cells"]
        if INJECTED not in cell["metadata"].get("tags", [])
    ]
    return hashlib.sha256(json.dumps(cells).encode()).hexdigest()


def inputs(case: Case) -> list[dict[str, Any]] | None:
    """Return the files of a case as a manifest lists them; None for a case with a database.

    What a database holds is known only when it has been read.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    list of dict
        file, sha256 and bytes of each.
    """
    if any(item.database for item in case.sources):
        return None
    return [
        {"file": name, "sha256": sha256(path), "bytes": path.stat().st_size}
        for name in files(case)
        for path in [case.path(name)]
    ]


def standing(target: Path) -> Standing | None:
    """Return the newest version of a period, if it is as it was made.

    Parameters
    ----------
    target : Path
        ``evidence/<case>/<period>``.
    """
    folder = versions.latest(target)
    try:
        if folder is None or verify.faults(folder):
            return None
        return Standing(folder, verify.load(folder))
    except (InputError, OSError):
        return None


def same(
    held: Standing,
    case: Case,
    inputs: Sequence[Mapping[str, Any]],
    asked: Mapping[str, tuple[str, Mapping[str, Any]]],
) -> list[str]:
    """Return the names of the notebooks that can be taken from a pack.

    Parameters
    ----------
    held : Standing
        The pack.
    case : Case
        The case as it is now.
    inputs : sequence of mapping
        What was read of it, as a manifest lists it.
    asked : mapping
        Hash of the cells (:func:`source`) and parameters of each notebook, by name.

    Returns
    -------
    list of str
        In the order in which they were asked for; none if anything is not the same that all rest
        on.
    """
    if not versions.same(held.manifest, common(case, inputs)):
        return []
    there = held.manifest["notebooks"]
    return [
        name
        for name, (cells, parameters) in asked.items()
        if name in there
        and there[name].get("source_sha256") == cells
        and there[name]["parameters"] == json.loads(json.dumps(parameters))
    ]


def notebook(held: Standing, name: str) -> Any:
    """Return a notebook of a pack as it was executed.

    Parameters
    ----------
    held : Standing
        The pack.
    name : str
        Name of the notebook.
    """
    return nbformat.read(held.folder / "notebooks" / f"{name}.ipynb", as_version=4)
