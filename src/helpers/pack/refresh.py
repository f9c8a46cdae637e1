"""The committed notebooks executed again, with a numeric difference for the reviewer.

The notebooks of ``notebooks/`` are executed with their own defaults; those of
``tests/baselines/<case>/<period>/`` with the parameters written in them. nbval compares both.

- :func:`refresh`: execute, compare, write.
- :func:`differences`: numbers that changed between two executions.
- :func:`between`: the same of two sets of exhibits.
- :func:`same_shown`: whether two executions show the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pandas as pd

from helpers.case import project_root
from helpers.errors import InputError
from helpers.pack import execute, normalise
from helpers.pack.collect import Collected, collect

COLUMNS = ["notebook", "exhibit", "row", "column", "old", "new"]


def _pair(name: str, exhibit: str, old: pd.DataFrame, new: pd.DataFrame) -> list[dict[str, Any]]:
    if list(old.columns) != list(new.columns) or len(old) != len(new):
        shape = [f"{len(frame)} rows x {len(frame.columns)} columns" for frame in (old, new)]
        place = {"notebook": name, "exhibit": exhibit, "row": "", "column": "shape"}
        return [{**place, "old": shape[0], "new": shape[1]}]
    found = []
    for column in old.columns:
        left, right = old[column], new[column]
        if pd.api.types.is_float_dtype(left) and pd.api.types.is_float_dtype(right):
            pairs = (left.to_numpy(float, na_value=np.nan), right.to_numpy(float, na_value=np.nan))
            changed = ~np.isclose(*pairs, rtol=1e-8, atol=0, equal_nan=True)
        else:
            changed = (left.astype("str").fillna("") != right.astype("str").fillna("")).to_numpy()
        found += [
            {
                "notebook": name,
                "exhibit": exhibit,
                "row": int(row),
                "column": column,
                "old": left.iloc[row],
                "new": right.iloc[row],
            }
            for row in np.flatnonzero(changed)
        ]
    return found


def differences(name: str, old: Any, new: Any) -> pd.DataFrame:
    """Return each number or text of an exhibit that differs between two executions.

    Parameters
    ----------
    name : str
        Name of the notebook.
    old, new : NotebookNode
        The two executions.

    Returns
    -------
    DataFrame
        Columns notebook, exhibit, row, column, old, new; floats differ beyond a relative 1e-8,
        counts and text if they are not the same.

    Examples
    --------
    >>> from helpers.exhibits.resource import from_frame
    >>> def executed(deaths):
    ...     held = from_frame("a.b", pd.DataFrame({"deaths": [deaths]}))
    ...     facts = {"kind": "table", "id": "a.b", "resource": held}
    ...     return {"cells": [{"outputs": [{"metadata": {"inquiry": facts}}]}]}
    >>> differences("mine", executed(12), executed(13))
      notebook exhibit  row  column  old  new
    0     mine     a.b    0  deaths   12   13
    """
    return between(name, collect({name: old}), collect({name: new}))


def between(name: str, before: Collected, after: Collected) -> pd.DataFrame:
    """Return each number or text of an exhibit that differs between two sets of exhibits.

    Parameters
    ----------
    name : str
        What stands in the column notebook.
    before, after : Collected
        The exhibits.

    Returns
    -------
    DataFrame
        As for :func:`differences`.
    """
    ids = [[facts["id"] for facts in made.exhibits] for made in (before, after)]
    found: list[dict[str, Any]] = []
    for exhibit in dict.fromkeys([*ids[0], *ids[1]]):
        if exhibit in ids[0] and exhibit in ids[1]:
            found += _pair(name, exhibit, before.frame(exhibit), after.frame(exhibit))
        else:
            words = ("present", "absent") if exhibit in ids[0] else ("absent", "present")
            place = {"notebook": name, "exhibit": exhibit, "row": "", "column": "exhibit"}
            found.append({**place, "old": words[0], "new": words[1]})
    return pd.DataFrame(found, columns=COLUMNS)


def same_shown(old: Any, new: Any) -> bool:
    """Return whether two executions have the same cells and show the same text.

    Images and the data carried in full precision are left out: they may differ in the last digit
    from one processor or library to another, and :func:`differences` compares the data.

    Parameters
    ----------
    old, new : NotebookNode
        The two executions.

    Returns
    -------
    bool
        True where cells, their order and the text that they show are the same.

    Examples
    --------
    >>> old = {"cells": [{"cell_type": "markdown", "source": "People who died in 2020"}]}
    >>> same_shown(old, old), same_shown(old, {"cells": []})
    (True, False)
    """

    def shown(notebook: Any) -> list[Any]:
        return [
            (
                cell["cell_type"],
                cell["source"],
                cell.get("execution_count"),
                [
                    {form: text for form, text in output["data"].items() if form != "image/png"}
                    if "data" in output
                    else dict(output)
                    for output in cell.get("outputs", [])
                ],
            )
            for cell in notebook["cells"]
        ]

    return shown(old) == shown(new)


def committed() -> list[Path]:
    """Return the notebooks that nbval compares: those of the suite and the baselines.

    Returns
    -------
    list of Path
        The suite first.

    Examples
    --------
    >>> committed()[0].name
    '0_data_quality.ipynb'
    """
    root = project_root()
    return [
        *sorted((root / "notebooks").glob("*.ipynb")),
        *sorted((root / "tests" / "baselines").rglob("*.ipynb")),
    ]


def _is_baseline(path: Path) -> bool:
    return "baselines" in path.parts


def _source(path: Path, baseline: Any) -> tuple[Path, dict[str, Any]]:
    """Return the notebook a baseline was made from, and the parameters written in it."""
    import ast

    origin = project_root() / "notebooks" / path.name
    if not origin.is_file():
        raise InputError.one(
            "no notebook of this name is in notebooks/", path.name, "Remove the baseline."
        )
    cells = [
        cell
        for cell in baseline["cells"]
        if "injected-parameters" in cell["metadata"].get("tags", [])
    ]
    body = ast.parse(cells[0]["source"]).body if cells else []
    return origin, {node.targets[0].id: ast.literal_eval(node.value) for node in body}


def refresh(
    paths: Iterable[Path] = (),
    *,
    check: bool = False,
    report: Callable[[execute.Progress], None] = lambda progress: None,
) -> tuple[pd.DataFrame, list[Path]]:
    """Execute the committed notebooks again and return what changed.

    Parameters
    ----------
    paths : iterable of Path
        Notebooks; empty: all that nbval compares.
    check : bool
        Only compare; write nothing.
    report : callable
        Told of each cell as it starts.

    Returns
    -------
    DataFrame, list of Path
        The differences, and the files that show something else than before; only those are
        written, so that noise in the last digit of another machine is not.
    """
    found, changed = [], []
    old = {path: nbformat.read(path, as_version=4) for path in list(paths) or committed()}
    with tempfile.TemporaryDirectory() as scratch:
        for folder in dict.fromkeys(path.parent for path in old):
            group = [path for path in old if path.parent == folder]
            jobs = dict(
                _source(path, old[path]) if _is_baseline(path) else (path, {}) for path in group
            )
            made, _ = execute.execute_all(jobs, report=report, scratch=Path(scratch))
            for path in group:
                found.append(differences(path.stem, old[path], made[path.stem]))
                tidy = normalise.text(normalise.normalise(old[path])) == path.read_text("utf-8")
                if len(found[-1]) or not tidy or not same_shown(old[path], made[path.stem]):
                    changed.append(path)
                    if not check:
                        text = normalise.text(made[path.stem])
                        path.write_bytes(text.encode("utf-8"))
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS), changed
