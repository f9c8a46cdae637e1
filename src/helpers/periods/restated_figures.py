"""Each figure of a restatement: frozen, recomputed, its status and why it differs.

- :func:`figures`: every figure of a pack beside the same from a later extract.
- :func:`open_row`: a figure that could not be recomputed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from helpers.casefile import Case
from helpers.periods import between
from helpers.periods.apportioning import CAUSES, apportioned, measures

if TYPE_CHECKING:
    from helpers.pack.collect import Collected

WHOLE = (
    "counted over the whole of each extract, and the later one also holds what came after the "
    "period"
)
CODE = "it differs already with the code and rules of now on the earlier extract"
EQUAL, RESTATED, OPEN = "equal", "restated", "open"
GONE, ADDED = "no longer stated", "not stated before"
PARTS = tuple(
    f"{what}_{cause.replace('-', '')}" for what in ("numerator", "denominator") for cause in CAUSES
)
COLUMNS = [
    "figure", "title", "status", "frozen", "recomputed", "difference", "unit",
    "frozen_numerator", "recomputed_numerator", "frozen_denominator", "recomputed_denominator",
    *PARTS, *between.PARTS, "why", "effect",
]  # fmt: skip


def open_row(row: Mapping[str, str]) -> dict[str, Any]:
    """Return a frozen figure that could not be recomputed, as a row of the log."""
    return {
        **dict.fromkeys(COLUMNS, ""),
        "figure": row["id"],
        "title": row["title"],
        "status": OPEN,
        "frozen": row["value"],
        "unit": row["unit"],
        "frozen_numerator": row["numerator"],
        "frozen_denominator": row["denominator"],
        "why": "the later extract does not hold the period",
    }


def _number(item: Mapping[str, Any] | None, key: str) -> Any:
    value = None if item is None else item.get(key)
    return "" if value is None else value


def figures(
    case: Case,
    before: Collected,
    after: Collected,
    *,
    moves: pd.DataFrame,
    people: list[pd.DataFrame],
    by_code: set[str],
    steps: between.Steps,
) -> pd.DataFrame:
    """Return each figure frozen and recomputed, with its causes.

    Parameters
    ----------
    case : Case
        The case.
    before, after : Collected
        Exhibits of the frozen pack, and of the same notebooks on the later extract.
    moves : DataFrame
        As :func:`helpers.periods.apportioning.moved` returns it.
    people : list of DataFrame
        People of the period by each extract.
    by_code : set of str
        Figures that differ already with the code of now on the earlier extract.
    steps : Steps
        As :func:`helpers.periods.between.steps` returns them.

    Returns
    -------
    DataFrame
        :data:`COLUMNS`; numbers that do not apply are empty text.
    """
    from helpers.pack.corrections import effect

    old, new = ({item["id"]: item for item in made.findings} for made in (before, after))
    rows = []
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key), new.get(key)
        item: Mapping[str, Any] = was or now or {}
        row = dict.fromkeys(COLUMNS, "") | {"figure": key, "title": item["title"]}
        row |= {"unit": item["unit"], "frozen": _number(was, "value")}
        row |= {"recomputed": _number(now, "value")}
        for part in ("numerator", "denominator"):
            row[f"frozen_{part}"], row[f"recomputed_{part}"] = (
                _number(side, part) for side in (was, now)
            )
        if was is None or now is None:
            row["status"] = ADDED if was is None else GONE
            row["why"] = "the records of one extract give it and those of the other do not"
        elif was == now:
            row["status"] = EQUAL
        else:
            row["status"], row["effect"] = RESTATED, effect(was, now)
            if "" not in (row["frozen"], row["recomputed"]):
                row["difference"] = row["recomputed"] - row["frozen"]
            counted, said = _counted(case, was, now, moves, people)
            change = between.parts(was, steps)
            row |= counted | change.parts
            code = [CODE] if key in by_code else []
            row["why"] = "; ".join([*code, *said, change.words])
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def _counted(
    case: Case,
    was: Mapping[str, Any],
    now: Mapping[str, Any],
    moves: pd.DataFrame,
    people: list[pd.DataFrame],
) -> tuple[dict[str, int], list[str]]:
    """Return the change of numerator and denominator of a figure by cause, and it in words."""
    found = None
    of = measures(case, was)
    parts = [(one.get("numerator"), one.get("denominator")) for one in (was, now)]
    if of is not None and None not in (*parts[0], *parts[1]):
        found = apportioned(moves, *people, of=of, counts=tuple(parts))  # type: ignore[arg-type]
    if found is None:
        return {}, [WHOLE] if was.get("source_table") == "case" else []
    names = {"late": "late records", "recoded": "re-coding", "deleted": "deletions"}
    said = []
    for what in ("numerator", "denominator"):
        moved_ = {one: found[f"{what}_{one}"] for one in names if found[f"{what}_{one}"]}
        shown = ", ".join(f"{names[one]} {number:+d}" for one, number in moved_.items())
        said.append(f"{what}: {shown or 'no change'}")
    return found, said
