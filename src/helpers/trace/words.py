"""A trace in plain lines, as the command prints it.

- :func:`lines`: everything behind a finding, a row of a table, or an exhibit.
- :func:`number_words`: a number as it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

WIDEST = 2000
"""Characters of references of one sheet that are printed; ``traces.json`` holds all."""


def number_words(value: Any) -> str:
    """Return a number as it is read: whole ones in full, others to six digits.

    Parameters
    ----------
    value : object
        A number, or text.

    Examples
    --------
    >>> number_words(1454.0), number_words(0.1410828)
    ('1,454', '0.141083')
    """
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.6g}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _definitions(item: Mapping[str, Any], one: Mapping[str, Any] | None) -> Iterator[str]:
    wanted = {(one or {}).get("definition"), (one or {}).get("key", {}).get("indicator")}
    held = item.get("definitions", [])
    chosen = [entry for entry in held if entry["id"] in wanted] or held
    for entry in chosen:
        yield f"Definition: {entry['label']} [{entry['id']}]"
        if entry["text"]:
            yield f"  {entry['text']}"
        if entry["numerator"]:
            yield f"  Counted: {entry['numerator']}"
        if entry["denominator"]:
            yield f"  Out of: {entry['denominator']}"


def _method(item: Mapping[str, Any], one: Mapping[str, Any] | None) -> Iterator[str]:
    method = (one or {}).get("method") or "; ".join(item.get("method", []))
    if method:
        yield f"Method: {method}"
    level = (one or {}).get("level") or next(iter(item.get("level", [])), None)
    if level is not None:
        yield f"Level: {level:.0%}" if round(100 * level, 6).is_integer() else f"Level: {level}"


def _numbers(one: Mapping[str, Any]) -> Iterator[str]:
    for name in ("value", "low", "high", "numerator", "denominator"):
        if one.get(name) is not None:
            yield f"{name.capitalize()}: {number_words(one[name])}"


def _rows(made: Mapping[str, Any], part: Mapping[str, Any], folder: str) -> Iterator[str]:
    rows = made["sets"][part["set"]]
    said = f" = {number_words(part['number'])}" if "number" in part else ""
    yield f"Rows, {part['role']}{said}: {part['what']}"
    yield f"  {part['how']}"
    if part.get("columns"):
        yield f"  Columns: {', '.join(part['columns'])}"
    if part.get("names"):
        yield f"  Units: {', '.join(part['names'])}"
    for place in rows["places"]:
        sheet = f", sheet {place['sheet']}" if place["sheet"] else ""
        text = place.get("references", "")
        if len(text) > WIDEST:
            text = f"{text[:WIDEST].rpartition(',')[0]}, and more in traces.json"
        more = f": {text}" if text else ""
        count = f"{place['rows']:,} row{'' if place['rows'] == 1 else 's'}"
        yield f"  {folder}{place['file']}{sheet}: {count}{more}"
    if not made["references"] and rows["rows"]:
        yield f"  SHA-256 of the references: {rows['sha256']}"


def _code(made: Mapping[str, Any], item: Mapping[str, Any]) -> Iterator[str]:
    code = made["code"]
    changed = code.get("changed_files")
    noted = f", {changed} files changed since" if changed else ""
    revision = code.get("revision") or "not known"
    yield f"Code: version {code['version']}, revision {revision}{noted}"
    for key in item["cells"]:
        cell = made["cells"][key]
        yield f"  notebooks/{cell['notebook']}.ipynb, cell {cell['cell']} (step {cell['step']}):"
        yield from (f"    | {line}" for line in cell["source"].splitlines())
        for call in cell["functions"]:
            yield f"    {call['called']}: {call['function']} ({call['file']}, line {call['line']})"


def lines(
    made: Mapping[str, Any],
    name: str,
    item: Mapping[str, Any],
    one: Mapping[str, Any] | None,
) -> list[str]:
    """Return everything behind a finding, a row of a table, or an exhibit, as plain lines.

    Parameters
    ----------
    made : mapping
        As `helpers.trace.document.read` returns it.
    name : str
        Id of the exhibit.
    item : mapping
        Its trace.
    one : mapping or None
        That of the finding or the row; None: the exhibit itself.

    Returns
    -------
    list of str
        Definition, numbers, method, parameters, rows, files with hashes, code.
    """
    folder = f"data/{made['case']}/"
    parts = (one or item)["parts"]
    status = "SYNTHETIC: " if made["data_status"] == "synthetic" else ""
    out = [f"{status}{item['title']} [{name}]"]
    if one is not None:
        key = ", ".join(f"{column} {value}" for column, value in one["key"].items())
        out.append(one.get("text") or f"Row {one['row']}: {key}")
    first = (one or item).get("period_start", item["period_start"])
    last = (one or item).get("period_end", item["period_end"])
    out += [f"Period: {first} to {last}", f"Source: {item['source']}"]
    out += [*_definitions(item, one), *(_numbers(one) if one else ()), *_method(item, one)]
    held = ", ".join(f"{key}={value}" for key, value in item["parameters"].items())
    out.append(f"Parameters in force: {held}")
    for part in parts:
        out += _rows(made, part, folder)
    if not made["references"]:
        out.append(
            f"Release profile {made['release_profile']}: rows are counted and hashed, not named; "
            "a run in the profile internal names them."
        )
    files = [place["file"] for part in parts for place in made["sets"][part["set"]]["places"]]
    for file in dict.fromkeys(files):
        held = made["files"][file]
        out.append(f"File: {folder}{file}, SHA-256 {held['sha256']}")
        if held.get("read_with"):
            out.append(f"  Read with: {', '.join(held['read_with'])}")
    return out + list(_code(made, item))
