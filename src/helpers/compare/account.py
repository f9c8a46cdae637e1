"""The whole comparison of two packs as plain values.

- :func:`account`: what changed under the numbers, then every number.
- :func:`tally`: how many came to what.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from helpers.compare import beside, differences
from helpers.compare.grounds import grounds, may_have_moved
from helpers.compare.numbers import Number, findings, keys, rows
from helpers.compare.packs import Pack
from helpers.intake.reading import sha256

VERSION = "1.0"
SAME, DIFFERS, APART = "same", "differs", "not compared"
FIRST_ONLY, SECOND_ONLY = "only in the first", "only in the second"
RELATIVE = 1e-8
"""Numbers closer than this, relatively, are the same; of counts none is."""

COLUMNS = (
    "kind", "exhibit", "title", "row", "column", "unit", "status", "because",
    "old", "old_low", "old_high", "old_numerator", "old_denominator", "old_start", "old_end",
    "new", "new_low", "new_high", "new_numerator", "new_denominator", "new_start", "new_end",
    "difference", "difference_low", "difference_high", "ratio", "ratio_low", "ratio_high", "level",
    "method", "no_interval", "cause", "definition", "denominator_id", "data_status", "old_text",
    "new_text",
)  # fmt: skip
"""Columns of a line of the comparison, as ``comparison.csv`` has them."""

Line = dict[str, Any]
PARTS = ("low", "high", "numerator", "denominator", "start", "end")


def _line(kind: str, first: Number | None, second: Number | None) -> Line:
    made: Line = dict.fromkeys(COLUMNS)
    number = next(held for held in (second, first) if held is not None)
    places = ("exhibit", "title", "row", "column", "unit")
    made |= {name: getattr(number, name) for name in places}
    made |= {"definition": number.definition, "denominator_id": number.denominator_id}
    made |= {"kind": kind, "data_status": number.status.replace("synthetic", "SYNTHETIC")}
    for side, held in (("old", first), ("new", second)):
        if held is not None:
            made[side], made[f"{side}_text"] = held.value, held.text or None
            made |= {f"{side}_{name}": getattr(held, name) for name in PARTS}
    return made


def _alike(first: Number, second: Number) -> bool:
    if first.value is None or second.value is None:
        return first.value is second.value and (first.column == "" or first.text == second.text)
    if first.unit == "count":
        return first.value == second.value
    return math.isclose(first.value, second.value, rel_tol=RELATIVE, abs_tol=0.0)


Pair = tuple[str, Number | None, Number | None]


def _paired(old: Mapping[Any, Number], new: Mapping[Any, Number], kind: str) -> list[Pair]:
    return [(kind, old.get(key), new.get(key)) for key in dict.fromkeys([*old, *new])]


def _table(first: Mapping[str, Any], second: Mapping[str, Any]) -> list[Pair]:
    by = keys(first, second)
    if by is not None:
        return _paired(rows(first, by), rows(second, by), "table")
    return []


def _pairs(old: Pack, new: Pack) -> tuple[list[Pair], list[dict[str, str]]]:
    """Return every pair of numbers, and what became of each exhibit that has none."""
    held = [{facts["id"]: facts for facts in pack.made.exhibits} for pack in (old, new)]
    pairs: list[Pair] = []
    others: list[dict[str, str]] = []
    for name in dict.fromkeys([*held[0], *held[1]]):
        first, second = (one.get(name) for one in held)
        facts = next(one for one in (second, first) if one is not None)
        shown = {"exhibit": name, "title": facts["title"], "kind": facts["kind"]}
        if facts["kind"] == "findings":
            told = [findings(one) if one else {} for one in (first, second)]
            pairs += _paired(*told, "finding")
            continue
        if first is None or second is None:
            others.append({**shown, "status": SECOND_ONLY if first is None else FIRST_ONLY})
            continue
        if facts["kind"] == "figure":
            same = first["resource"]["data"] == second["resource"]["data"]
            others.append({**shown, "status": SAME if same else DIFFERS})
            continue
        found = _table(first, second)
        if not found and first["resource"]["data"].count("\n") > 1:
            others.append({**shown, "status": APART})
        pairs += found
    return pairs, others


def _status(line: Line, pair: Pair, old: Pack, new: Pack, found: list[dict[str, str]]) -> str:
    """Fill in what became of a pair; return the kind of interval that it is to have."""
    _, first, second = pair
    if first is None or second is None:
        line["status"] = SECOND_ONLY if first is None else FIRST_ONLY
        return ""
    other = (old.case, old.period) != (new.case, new.period)
    if because := beside.why_not_compared(first, second, other_people=other):
        line |= {"status": APART, "because": because}
        return ""
    line["status"] = SAME if _alike(first, second) else DIFFERS
    if line["status"] == DIFFERS:
        kinds = may_have_moved(first.exhibit, second.page, old=old, new=new, found=found)
        line["cause"] = "; ".join(kinds) or "not known: nothing that was recorded differs"
    if first.value is None or second.value is None:
        return ""
    line["difference"] = second.value - first.value
    bare = all(number.low is None and number.high is None for number in (first, second))
    if bare and line["kind"] == "table":
        return ""
    why = beside.why_not_independent(first, second, old=old, new=new)
    kind, lacking = ("", why) if why else differences.kind_of(first, second)
    line["no_interval"] = lacking or None
    return kind


def _intervals(waiting: Mapping[str, Sequence[tuple[Line, Number, Number]]], level: float) -> None:
    for kind, held in waiting.items():
        made = differences.intervals([(a, b) for _, a, b in held], kind, level=level)
        counted = kind in {"proportion", "rate"}
        for place, (line, first, _) in enumerate(held):
            line |= {name: values[place] for name, values in made.items()}
            line["level"] = level if counted else first.level
            line["method"] = differences.METHODS[kind]


def _side(pack: Pack) -> dict[str, Any]:
    return {
        "pack": pack.id,
        "case": pack.case,
        "period": dict(zip(("start", "end"), pack.period, strict=True)),
        "extract_date": pack.manifest["extract_date"],
        "data_status": pack.manifest["data_status"],
        "release_profile": pack.manifest["release_profile"],
        "manifest_sha256": sha256(pack.folder / "manifest.json"),
        "as_it_was_made": not pack.faults,
        "faults": [str(fault) for fault in pack.faults],
    }


def _definitions(old: Pack, new: Pack) -> list[dict[str, str]]:
    first, second = (
        {item["id"]: item["text"] for item in pack.made.definitions} for pack in (old, new)
    )
    return [
        {"id": key, "first": first[key], "second": second[key]}
        for key in first
        if key in second and first[key] != second[key]
    ]


def _level(pack: Pack) -> float:
    held = [item["parameters"].get("level") for item in pack.manifest["notebooks"].values()]
    return float(next((value for value in held if value), 0.95))


def account(old: Pack, new: Pack) -> dict[str, Any]:
    """Return the comparison of two packs, the second held against the first.

    Parameters
    ----------
    old, new : Pack
        The first and the second.

    Returns
    -------
    dict
        first, second: the packs, and whether each is as it was made. grounds: what differs under
        the numbers; definitions: those that read otherwise, with both texts. findings, tables:
        a line for each number, with :data:`COLUMNS`. exhibits: figures, and tables without a
        counterpart. level: that of intervals made from counts. tally: as :func:`tally`.
    """
    found = grounds(old, new)
    level = _level(new)
    pairs, others = _pairs(old, new)
    lines: list[Line] = []
    waiting: dict[str, list[tuple[Line, Number, Number]]] = {}
    for pair in pairs:
        kind, first, second = pair
        line = _line(kind, first, second)
        wanted = _status(line, pair, old, new, found)
        if wanted and first and second:
            waiting.setdefault(wanted, []).append((line, first, second))
        lines.append(line)
    _intervals(waiting, level)
    return {
        "comparison_version": VERSION,
        "first": _side(old),
        "second": _side(new),
        "grounds": found,
        "definitions": _definitions(old, new),
        "level": level,
        "tally": tally(lines),
        "findings": [line for line in lines if line["kind"] == "finding"],
        "tables": [line for line in lines if line["kind"] == "table"],
        "exhibits": others,
    }


def _null(line: Mapping[str, Any]) -> bool:
    """Return whether an interval leaves out that there is no difference."""
    if line["difference_low"] is not None and line["difference_high"] is not None:
        return not line["difference_low"] <= 0 <= line["difference_high"]
    if line["ratio_low"] is not None and line["ratio_high"] is not None:
        return not line["ratio_low"] <= 1 <= line["ratio_high"]
    return False


def tally(lines: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how many numbers came to what.

    Parameters
    ----------
    lines : iterable of mapping
        Lines of a comparison.

    Returns
    -------
    dict
        For ``finding`` and ``table`` the number of lines of each status; ``intervals`` and, of
        them, ``beyond``, those that leave out no difference, each for findings and tables.
    """
    held = list(lines)
    made: dict[str, Any] = {}
    for kind in ("finding", "table"):
        mine = [line for line in held if line["kind"] == kind]
        counts = Counter(line["status"] for line in mine)
        drawn = [line for line in mine if line["method"]]
        made[kind] = {
            **{name: counts[name] for name in (SAME, DIFFERS, APART, FIRST_ONLY, SECOND_ONLY)},
            "intervals": len(drawn),
            "beyond": sum(_null(line) for line in drawn),
        }
    return made
