"""Every number of a pack, with what it must share with another to be set beside it.

- :class:`Number`: one number.
- :func:`findings`: those that findings state.
- :func:`keys`: the columns by which the rows of a table are told apart in both packs.
- :func:`limits`: the columns that hold the limits of others.
- :func:`rows`: the numbers of a table, row by row.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

SAID = {
    "method", "note", "warning", "explanation", "caution", "in_words", "shows", "source", "reason",
    "sentence", "text", "way", "counted", "phrase", "words",
}  # fmt: skip
"""Columns of words about a row, which do not name it."""

NAMING = {
    "year", "time", "probability", "step", "stage", "phase", "place", "half_width", "kappa",
    "share", "delta", "single", "wanted", "a_day",
}  # fmt: skip
"""Columns of numbers by which rows are told apart."""

SILENT = {"level", "std_error", "df", "statistic", "coefficient"}
"""Columns of numbers that say how another was made."""


DEFINING = ("definition_id", "definition", "base", "out_of", "window", "limit_words")
"""Columns whose words are part of the definition of their row."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number of a pack.

    Parameters
    ----------
    exhibit, title, page : str
        Where it is shown.
    row, column : str
        Its place in a table; of a finding its id and nothing.
    value : float or None
        The number; ``text`` where the cell holds words.
    low, high, level : float or None
        Its interval.
    numerator, denominator, per : float or None
        What it is a share or a rate of.
    unit, method : str
        As the exhibit says.
    definition, wording, denominator_id : str
        Id and text of its definition, and what it is counted out of.
    start, end : str
        Its period, as ISO dates; ``year`` where its row is of one year.
    status : str
        real, published or synthetic.
    """

    exhibit: str
    title: str
    page: str
    row: str
    column: str
    value: float | None
    text: str
    low: float | None
    high: float | None
    level: float | None
    numerator: float | None
    denominator: float | None
    per: float | None
    unit: str
    method: str
    definition: str
    wording: str
    denominator_id: str
    start: str
    end: str
    year: str
    status: str


def _number(text: Any) -> float | None:
    if text is None or text == "":
        return None
    try:
        value = float(text)
    except ValueError:
        return None
    return None if math.isnan(value) else value


def _definitions(facts: Mapping[str, Any]) -> dict[str, tuple[str, str, str]]:
    """Return id, text and denominator of each definition, under its id and under its label."""
    made = {}
    for item in facts["definitions"]:
        held = (item["id"], item["text"], item["denominator"])
        made[item["id"]] = made[item["label"]] = held
    return made


def _joined(facts: Mapping[str, Any]) -> tuple[str, str, str]:
    """Return what all definitions of an exhibit say together."""
    held = [(item["id"], item["text"], item["denominator"]) for item in facts["definitions"]]
    first, second, third = (" | ".join(part) for part in zip(*held, strict=True)) if held else (
        "", "", "",
    )  # fmt: skip
    return first, second, third


def findings(facts: Mapping[str, Any]) -> dict[str, Number]:
    """Return the numbers that the findings of an exhibit state, by the id of the finding.

    Parameters
    ----------
    facts : mapping
        An exhibit, as :class:`helpers.pack.collect.Collected` holds it.
    """
    wording = {item["id"]: item["text"] for item in facts["definitions"]}
    told, held = facts.get("findings", []), _read(facts)
    made = {}
    for place, item in enumerate(told):
        more = _defining(held[place]) if len(held) == len(told) else ""
        named = {key: _number(item[key]) for key in ("value", "low", "high", "level")}
        made[item["id"]] = Number(
            exhibit=facts["id"], title=item["title"], page=facts["page"], row=item["id"],
            column="", text=item["text"], per=None, year=item["stratum"].get("year", ""),
            numerator=_number(item["numerator"]), denominator=_number(item["denominator"]),
            unit=item["unit"], method=item["method"], definition=item["definition"],
            wording=wording.get(item["definition"], "") + more,
            denominator_id=item["denominator_id"],
            start=item["period_start"], end=item["period_end"], status=item["data_status"],
            **named,
        )  # fmt: skip
    return made


def _defining(row: Mapping[str, str]) -> str:
    """Return what the cells of a row say of its definition."""
    return "".join(f" | {row[name]}" for name in DEFINING if row.get(name))


def _read(facts: Mapping[str, Any]) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(facts["resource"]["data"])))


def _fields(facts: Mapping[str, Any]) -> dict[str, str]:
    return {item["name"]: item["type"] for item in facts["resource"]["schema"]["fields"]}


def keys(*tables: Mapping[str, Any]) -> list[str] | None:
    """Return the first columns by which the rows of each table can be told apart, or None.

    Where no columns tell all rows apart, all that name rows are given, if each name stands in each
    table as often: its rows are then taken in their order.

    Parameters
    ----------
    *tables : mapping
        Exhibits of one id, from different packs.

    Examples
    --------
    >>> from helpers.exhibits.resource import from_frame
    >>> import pandas as pd
    >>> held = pd.DataFrame({"what": ["a", "a"], "year": [1, 2], "numerator": [3, 3]})
    >>> keys({"resource": from_frame("x.y", held)})
    ['what', 'year']
    """
    shared = [
        name
        for name, kind in _fields(tables[0]).items()
        if all(name in _fields(other) for other in tables[1:])
        and name not in SAID
        and (kind in {"string", "date", "boolean"} or name in NAMING)
    ]
    held = [_read(table) for table in tables]
    if all(len(one) <= 1 for one in held):
        return []
    chosen: list[str] = []
    for name in shared:
        chosen.append(name)
        if all(max(_names(one, chosen).values(), default=1) == 1 for one in held):
            return chosen
    alike = [_names(one, shared) for one in held]
    return shared if all(one == alike[0] for one in alike) else None


def _names(table: Sequence[Mapping[str, str]], by: Sequence[str]) -> Counter[tuple[str, ...]]:
    """Return how many rows have each name."""
    return Counter(tuple(row[key] for key in by) for row in table)


def limits(fields: Mapping[str, str]) -> dict[str, tuple[str, str]]:
    """Return the columns of the limits of each column that has any.

    Parameters
    ----------
    fields : mapping
        Type of each column.

    Examples
    --------
    >>> limits({"value": "number", "low": "number", "high": "number", "known": "number",
    ...         "known_low": "number", "known_high": "number"})
    {'value': ('low', 'high'), 'known': ('known_low', 'known_high')}
    """
    found = {}
    main = next((name for name in ("value", "odds_ratio") if name in fields), "")
    if main and {"low", "high"} <= set(fields):
        found[main] = ("low", "high")
    for name in fields:
        stem = name.removesuffix("_value")
        pair = (f"{stem}_low", f"{stem}_high")
        if name not in found and set(pair) <= set(fields):
            found[name] = pair
    return found


def _unit(column: str, kind: str, main: str, facts: Mapping[str, Any]) -> str:
    if column in {main, "followed_value", "known"}:
        return str(facts["unit"])
    if column in {"ratio", "odds_ratio"}:
        return "ratio"
    if column == "difference":
        return "points"
    return "count" if kind == "integer" else "number"


def _row(
    row: Mapping[str, str], facts: Mapping[str, Any], fields: Mapping[str, str],
    by: Sequence[str], bounds: Mapping[str, tuple[str, str]], *, place: str,
) -> dict[str, Number]:  # fmt: skip
    known = _definitions(facts)
    named = next((known[row[key]] for key in by if row[key] in known), None)
    definition, wording, out_of = named or _joined(facts)
    wording += _defining(row)
    words = facts.get("method", [])
    method = row.get("method", "") or (words[0] if len(words) == 1 else "")
    taken = {name for pair in bounds.values() for name in pair}
    main = next((name for name in ("value", "odds_ratio") if name in fields), "")
    made = {}
    for column, kind in fields.items():
        if column in by or column in taken or column in SAID or column in SILENT:
            continue
        figure = kind in {"number", "integer"}
        low, high = (
            (_number(row[name]) for name in bounds[column]) if column in bounds else (None, None)
        )
        parts = column == main
        made[column] = Number(
            exhibit=facts["id"], title=facts["title"], page=facts["page"], row=place,
            column=column, value=_number(row[column]) if figure else None,
            text="" if figure else row[column], low=low, high=high,
            level=_number(row.get("level")) if column in bounds else None,
            numerator=_number(row.get("numerator")) if parts else None,
            denominator=_number(row.get("denominator")) if parts else None,
            per=_number(row.get("per")) if parts else None,
            unit=_unit(column, kind, main, facts), method=method, definition=definition,
            wording=wording, denominator_id=out_of, start=facts["period_start"],
            end=facts["period_end"], year=row.get("year", ""), status=facts["data_status"],
        )  # fmt: skip
    return made


def rows(facts: Mapping[str, Any], by: Sequence[str]) -> dict[tuple[str, str], Number]:
    """Return the numbers of a table by row (what names it, in words) and column.

    Parameters
    ----------
    facts : mapping
        The exhibit.
    by : sequence of str
        The columns that name a row, as :func:`keys` gives them.
    """
    fields = _fields(facts)
    bounds = limits(fields)
    seen: Counter[str] = Counter()
    made = {}
    for row in _read(facts):
        place = ", ".join(f"{key} {row[key]}" for key in by)
        seen[place] += 1
        named = f"{place}, line {seen[place]}" if seen[place] > 1 else place
        for column, number in _row(row, facts, fields, by, bounds, place=named).items():
            made[named, column] = number
    return made
