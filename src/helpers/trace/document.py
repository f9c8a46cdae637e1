"""Traces as ``traces.json`` of a pack, and that file read again.

What many traces share stands once in the file: cells under ``cells``, sets of rows under ``sets``,
files under ``files``. In the internal profile a set of rows holds the references, as ranges by
file and sheet; in any other how many rows there are and their hash, by which whoever holds the
files can check which are meant.

- :func:`document`: traces as plain values for ``traces.json``.
- :func:`withheld`: the same without any number, for release; :func:`text`: as text.
- :func:`read`: the traces of a pack.
- :func:`found`: one trace of it by its id; :func:`nearest`: ids like one that is not there.
"""

from __future__ import annotations

import difflib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from helpers.errors import InputError
from helpers.run import Run
from helpers.trace.code import Cell
from helpers.trace.parts import Part, Trace
from helpers.trace.providers import beside
from helpers.trace.rows import Rows, ranges

VERSION = "1.0"
FILE = "traces.json"
REFERENCES = {"internal"}
"""Profiles in which the references of rows are written."""


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "notebook": cell.notebook,
        "cell": cell.number,
        "step": cell.step,
        "source": cell.source,
        "functions": [
            {
                "called": call.called,
                "function": call.definition.full,
                "file": call.definition.file,
                "line": call.definition.line,
            }
            for call in cell.calls
            if call.definition is not None
        ],
    }


class _Sets:
    """Sets of rows, each kept once."""

    def __init__(self, *, references: bool) -> None:
        self.held: dict[str, dict[str, Any]] = {}
        self._known: dict[bytes, str] = {}
        self._references = references

    def add(self, rows: Rows) -> str:
        key = rows.codes.tobytes()
        if key not in self._known:
            name = f"r{len(self._known) + 1}"
            self._known[key] = name
            self.held[name] = self._written(rows)
        return self._known[key]

    def _written(self, rows: Rows) -> dict[str, Any]:
        by_sheet = rows.by_sheet
        places = [
            {"file": file, "sheet": sheet, "rows": len(found)}
            | ({"references": ranges(found)} if self._references else {})
            for (file, sheet), found in by_sheet.items()
        ]
        return {"rows": len(rows), "sha256": rows.sha256(), "places": places}


def _part(part: Part, sets: _Sets) -> dict[str, Any]:
    made: dict[str, Any] = {"role": part.role, "what": part.what, "how": part.how}
    if part.number is not None:
        made["number"] = part.number
    if part.columns:
        made["columns"] = list(part.columns)
    if part.names:
        made["names"] = list(part.names)
    return made | {"set": sets.add(part.rows)}


def _files(run: Run, traces: Sequence[Trace]) -> dict[str, dict[str, Any]]:
    """Return the files of the case with their hashes, and what the rows of each were read with."""
    made: dict[str, dict[str, Any]] = {
        item["file"]: {"sha256": item["sha256"], "bytes": int(item["bytes"])}
        for item in [
            *run.extract.inputs.to_dict("records"),
            *beside(name for trace in traces for name in trace.files),
        ]
    }
    for source in run.case.sources:
        if source.file in made:
            maps = [*source.columns.values(), *source.dimensions.values()]
            maps += [*source.derived.values(), *source.fields.values()]
            names = [source.measures] + [
                getattr(one, name, None) for one in maps for name in ("map_file", "patterns_file")
            ]
            read = ["case.yml", *(name for name in names if name)]
            made[source.file] |= {"title": source.title, "read_with": list(dict.fromkeys(read))}
    return made


def _said(trace: Trace) -> dict[str, Any]:
    """Return what is said of a trace beyond its rows."""
    said = {key: value for key, value in trace.said.items() if value not in (None, "", [])}
    if trace.kind == "finding":
        keep = [
            *("text", "value", "unit", "low", "high", "level", "method", "numerator"),
            *("denominator", "definition", "denominator_id", "period_start", "period_end"),
        ]
        return {key: said[key] for key in keep if key in said}
    return said


def document(traces: Sequence[Trace], run: Run, *, code: Mapping[str, Any]) -> dict[str, Any]:
    """Return traces as plain values for ``traces.json``.

    Parameters
    ----------
    traces : sequence of Trace
        As `helpers.trace.find.traces` returns them.
    run : Run
        The run.
    code : mapping
        As `helpers.pack.manifest.revision` returns it.

    Returns
    -------
    dict
        traces_version, case, period, release_profile, references (whether rows are named), code,
        files, cells, sets, and exhibits: by id, each with its findings and its rows.
    """
    profile = run.parameters["release_profile"]
    sets = _Sets(references=profile in REFERENCES)
    cells: dict[str, dict[str, Any]] = {}
    exhibits: dict[str, dict[str, Any]] = {}
    for trace in traces:
        for cell in trace.cells:
            if cell.key not in cells:
                cells[cell.key] = _cell(cell)
        parts = [_part(part, sets) for part in trace.parts]
        if trace.kind not in {"finding", "row"}:
            exhibits[trace.id] = {
                "kind": trace.kind,
                "page": trace.page,
                **_said(trace),
                "cells": [cell.key for cell in trace.cells],
                "parameters": dict(trace.parameters),
                "parts": parts,
                "findings": {},
                "rows": {},
            }
            continue
        item = {"row": trace.row, "key": dict(trace.key), **_said(trace), "parts": parts}
        if trace.kind == "finding":
            exhibits[trace.exhibit]["findings"][trace.id] = item
        else:
            exhibits[trace.exhibit]["rows"][str(trace.row)] = item
    return {
        "traces_version": VERSION,
        "case": run.case.id,
        "data_status": run.case.data_status,
        "period": {"start": str(run.period_start), "end": str(run.period_end)},
        "release_profile": profile,
        "references": profile in REFERENCES,
        "code": dict(code),
        "files": _files(run, traces),
        "cells": cells,
        "sets": sets.held,
        "exhibits": exhibits,
    }


def withheld(made: Mapping[str, Any]) -> dict[str, Any]:
    """Return traces without any number, for a release whose profile protects small ones.

    Definition, method, parameters, files and code of each exhibit stay; what was counted, in how
    many rows, their hashes and the names of units do not, nor do findings, whose protected
    sentences stand elsewhere.

    Parameters
    ----------
    made : mapping
        As :func:`document` or :func:`read` returns it.

    Examples
    --------
    >>> held = {"sets": {"r1": {"rows": 3}}, "exhibits": {"a.b": {"title": "A", "parts": [1]}}}
    >>> withheld(held)["exhibits"], withheld(held)["sets"]
    ({'a.b': {'title': 'A', 'parts': [], 'findings': {}, 'rows': {}}}, {})
    """
    nothing: dict[str, Any] = {"parts": [], "findings": {}, "rows": {}}
    kept = {name: {**item, **nothing} for name, item in made["exhibits"].items()}
    return {**made, "references": False, "sets": {}, "exhibits": kept}


def text(made: Mapping[str, Any]) -> str:
    """Return traces as the text of ``traces.json``.

    Parameters
    ----------
    made : mapping
        As :func:`document` returns it.
    """
    return json.dumps(made, ensure_ascii=False, separators=(",", ":")) + "\n"


def read(pack: Path) -> dict[str, Any]:
    """Return the traces of a pack.

    Parameters
    ----------
    pack : Path
        Its folder.

    Returns
    -------
    dict
        As :func:`document` made them.

    Raises
    ------
    InputError
        If there is no such folder, or it holds no traces that can be read.
    """
    path = pack / FILE
    if not path.is_file():
        what = "the folder holds no traces" if pack.is_dir() else "there is no such folder"
        raise InputError.one(what, str(pack), "Name the folder of a pack: evidence/CASE/PERIOD.")
    try:
        made = json.loads(path.read_text(encoding="utf-8"))
        version = made["traces_version"]
    except (ValueError, KeyError, TypeError):
        raise InputError.one(
            "the file is not one of traces", str(path), "Run the case again."
        ) from None
    if version.split(".")[0] != VERSION.split(".")[0]:
        raise InputError.one(
            f"its version is {version}; this suite reads {VERSION}", str(path), "Run it again."
        )
    return made


def nearest(made: Mapping[str, Any], name: str) -> list[str]:
    """Return the ids of findings and exhibits most like one that is not there.

    Parameters
    ----------
    made : mapping
        As :func:`read` returns it.
    name : str
        The id that was asked for.

    Examples
    --------
    >>> held = {"exhibits": {"rates.steps": {"findings": {"rates.steps.siri": {}}}}}
    >>> nearest(held, "rate.steps")
    ['rates.steps', 'rates.steps.siri']
    """
    known = [*made["exhibits"]]
    known += [one for item in made["exhibits"].values() for one in item["findings"]]
    return difflib.get_close_matches(name, known, n=5, cutoff=0.5)


def _matches(item: Mapping[str, Any], asked: Mapping[str, str]) -> bool:
    """Return whether a row has the values that are asked for."""
    held = item["key"]
    return all(key in held and str(held[key]) == value for key, value in asked.items())


def found(
    made: Mapping[str, Any], name: str, rows: Sequence[str] = ()
) -> tuple[str, dict[str, Any], dict[str, Any] | None]:
    """Return one trace of a pack: its exhibit, and the finding or row of it that was asked for.

    Parameters
    ----------
    made : mapping
        As :func:`read` returns it.
    name : str
        Id of a finding or an exhibit.
    rows : sequence of str
        Which row of the exhibit: its number from 1, or ``COLUMN=VALUE``, several of which must
        all be true.

    Returns
    -------
    tuple
        Id of the exhibit, its trace, and that of the finding or row; None for the exhibit itself.

    Raises
    ------
    InputError
        If there is no such finding, exhibit or row, or several rows have the values.
    """
    exhibits = made["exhibits"]
    for exhibit, item in exhibits.items():
        if name in item["findings"]:
            return exhibit, item, item["findings"][name]
    if name not in exhibits:
        near = nearest(made, name)
        mend = f"Nearest: {', '.join(near)}." if near else "findings.json lists those of findings."
        raise InputError.one("no finding and no exhibit has this id", name, mend)
    item = exhibits[name]
    if not rows:
        return name, item, None
    held = list(item["rows"].values()) + list(item["findings"].values())
    numbers = [one for one in rows if one.isdigit()]
    asked = dict(one.split("=", 1) for one in rows if "=" in one)
    wrong = [one for one in rows if not one.isdigit() and "=" not in one]
    if wrong or len(numbers) > 1:
        raise InputError.one(
            f"{(wrong or numbers)[0]!r} names no row", "--row", "Write a number, or COLUMN=VALUE."
        )
    kept = [
        one for one in held
        if _matches(one, asked) and all(one["row"] == int(number) for number in numbers)
    ]  # fmt: skip
    if len(kept) == 1:
        return name, item, kept[0]
    if not held:
        raise InputError.one(
            "its rows are not traced one by one", name, "Leave --row out: the exhibit is traced."
        )
    columns = ", ".join(dict.fromkeys(key for one in held for key in one["key"]))
    what = "no row has these values" if not kept else f"{len(kept)} rows have these values"
    raise InputError.one(what, f"{name}, --row {' '.join(rows)}", f"Use a number, or: {columns}.")
