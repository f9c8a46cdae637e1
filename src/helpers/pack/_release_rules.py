"""Which exhibits a release holds: those that a rule here covers, and no other.

- :data:`RULES`: the rule of each exhibit by id.
- :class:`Rule`: which of its columns count whom, and what is made again from them.
- :func:`reason`: why an exhibit that no rule covers is left out.
- :func:`cells`: the counts of an exhibit; :func:`by_of`: the columns that say of whom.
- :func:`words_of`: the columns that are shown as they are.
- :func:`rule_of`: the rule of an exhibit, of :data:`RULES` or of :data:`CURVES`.
- :func:`years`: the years of a period.
- :func:`nested`: which measures of a case lie within which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from helpers.casefile import Case
from helpers.disclosure.cells import Cell, where_of

REST = "*"
"""In ``by``: every column that is neither a result nor a word of the exhibit."""

RESULTS = {
    *("indicator", "label", "numerator", "denominator", "value", "low", "high", "level", "method"),
    *("in_words", "not_recorded", "measure", "step", "base", "out_of", "first_year", "last_year"),
}


SPAN = ("first_year", "last_year")
"""The years that a count without a year of its own is of, where an exhibit says them."""


@dataclass(frozen=True)
class Rule:
    """Which columns of an exhibit count whom, and what is made again from them.

    Parameters
    ----------
    counts : mapping
        By column of counts: what it counts (columns of the row in braces; ``{above}`` and
        ``{below}`` are the measures of the row's indicator), and the columns that say of whom.
    words : tuple of str
        Columns that are shown as they are: categories of the case, never text of a record.
    shares : bool
        value, low and high are made again from numerator and denominator.
    draws : tuple of str
        The figure that is drawn from it, and the way (:mod:`helpers.remake.drawings`).
    between : str
        The exhibit of shares by year of which it compares the first with the last. Its numbers are
        made from what is shown there, so it adds no count that would have to be protected.
    """

    counts: Mapping[str, tuple[str, tuple[str, ...]]]
    words: tuple[str, ...] = ()
    shares: bool = True
    draws: tuple[str, str] | None = None
    between: str = ""


_OF_INDICATOR = {"numerator": "{above}", "denominator": "{below}"}


def _indicator(*by: str, draws: tuple[str, str] | None = None) -> Rule:
    counts = {column: (measure, by) for column, measure in _OF_INDICATOR.items()}
    return Rule(counts, words=("indicator", "label", *by, *SPAN), draws=draws)


_CHAIN = Rule(
    {"numerator": ("{step}", ()), "denominator": ("{base}", ())},
    words=("step", "label", "base", "out_of"),
)
_CHANGE = Rule(
    {column: (measure, ("year",)) for column, measure in _OF_INDICATOR.items()},
    words=("indicator", "label", *SPAN),
    between="change.shares",
)
_PARTS = {"numerator": ("investigated", ("involvement",)), "denominator": ("investigated", ())}
_WHEN = {"numerator": ("{category}", ("when",)), "denominator": ("{category}", ())}

RULES: dict[str, Rule] = {
    "rates.chain": _CHAIN,
    "rates.steps": _CHAIN,
    "rates.recorded": Rule(_WHEN, words=("category", "when")),
    "rates.shares_by_stratum": _indicator(REST, draws=("rates.strata_figure", "intervals")),
    "change.counts": Rule(
        {"numerator": ("{measure}", ("year",))},
        words=("year", "measure", "label"),
        shares=False,
        draws=("change.counts_figure", "lines"),
    ),
    "change.shares": _indicator("year", draws=("change.shares_figure", "trend")),
    "change.first_to_last": _CHANGE,
    "change.changes": _CHANGE,
    "change.latest": _indicator("year"),
    "limits.families": Rule(_PARTS, words=("involvement", "label")),
    "limits.families_found": Rule(_PARTS, words=("involvement", "label")),
    "backlog.late_by_year": _indicator("year", draws=("backlog.late_figure", "trend")),
    "backlog.late_latest": _indicator("year"),
    # Words of the house, without a count.
    "rates.denominators": Rule(
        {}, words=("id", "label", "counts", "legitimate_for", "not_for"), shares=False
    ),
    "limits.rules": Rule(
        {}, words=("rule_id", "label", "in_force", "clock", "limit", "source"), shares=False
    ),
}

CURVES = {
    "delay.curves_figure": Rule(
        {"events": ("reached", ()), "at_risk": ("waiting", ())}, words=("label", "time")
    ),
}
"""Figures of curves: made again where a profile has a rule for them."""

DRAWN = {rule.draws[0]: exhibit for exhibit, rule in RULES.items() if rule.draws}
"""The table from which a figure is drawn, by id of the figure."""

_BARRED = {
    "limits.timeline": "it shows the days of one death",
    "limits.work_list": "it lists single records that are still to be worked on",
    "limits.disorder": "it lists single records",
    "review.drawn": "it lists single records",
}
_ROOMS = {
    "quality.": "it counts rows of the files received, and a row may stand for one person",
    "risk.": "it is part of a model, and no rule of this profile covers estimates of models",
    "sure.": "it is part of a model, and no rule of this profile covers estimates of models",
    "delay.model": "it is part of a model, and no rule of this profile covers estimates of models",
    "delay.": "times of single deaths can be read from it, and no rule of this profile covers it",
    "limits.": "times of single deaths can be read from it, or it counts records that are waiting",
    "backlog.": "no rule covers counts of what is open and of areas that are small",
    "watch.": "it compares units or periods that are small, and no rule covers its limits",
    "review.": "no rule covers the plan of a sample",
    "learning.": "no rule covers its counts: those of quarters, groups and two bases overlap",
    "change.": "no rule covers what it makes of counts (charts, estimates, smaller groups)",
    "rates.": "no rule covers its counts: they overlap with others in ways that were not worked "
    "out, are of units that are small, or are estimates",
}


def reason(exhibit: str, kind: str) -> str:
    """Return why an exhibit that no rule covers is left out.

    Parameters
    ----------
    exhibit : str
        Its id.
    kind : str
        table, figure or findings.

    Examples
    --------
    >>> reason("limits.timeline", "figure")
    'it shows the days of one death'
    """
    if exhibit in _BARRED:
        return _BARRED[exhibit]
    said = next((text for room, text in _ROOMS.items() if exhibit.startswith(room)), "")
    if kind == "figure":
        return "no rule covers the points that it draws" + (f": {said}" if said else "")
    return said or "no rule covers it"


def by_of(rule: Rule, column: str, frame: pd.DataFrame) -> list[str]:
    """Return the columns that say of whom a column counts.

    Parameters
    ----------
    rule : Rule
        The rule of the exhibit.
    column : str
        The column of counts.
    frame : DataFrame
        The exhibit.
    """
    named = rule.counts[column][1]
    rest = [str(name) for name in frame if name not in RESULTS and REST in named]
    return [*(name for name in named if name != REST), *rest]


def words_of(rule: Rule, frame: pd.DataFrame) -> list[str]:
    """Return the columns that are shown as they are, in the order of the exhibit.

    Parameters
    ----------
    rule : Rule
        The rule of the exhibit.
    frame : DataFrame
        The exhibit.
    """
    rest = {name for name in frame if name not in RESULTS} if REST in rule.words else set()
    return [str(name) for name in frame if name in rule.words or name in rest]


def rule_of(exhibit: str) -> Rule:
    """Return the rule of an exhibit that a release shows.

    Parameters
    ----------
    exhibit : str
        Its id.

    Raises
    ------
    KeyError
        If no rule covers it.

    Examples
    --------
    >>> list(rule_of("delay.curves_figure").counts)
    ['events', 'at_risk']
    """
    return RULES[exhibit] if exhibit in RULES else CURVES[exhibit]


def years(case: Case, start: date, end: date) -> dict[int, str]:
    """Return the years of a period; one that it holds in part has another name.

    Parameters
    ----------
    case : Case
        The case, which says when a year begins.
    start, end : date
        First and last day of the period.
    """
    month = case.year_start_month
    found = {}
    for year in range(start.year - 1, end.year + 1):
        first = date(year, month, 1)
        after = date(year + 1, month, 1)
        if first <= end and after > start:
            whole = start <= first and (after - end).days <= 1
            found[year] = str(year) if whole else f"{year} from {start} to {end}"
    return found


def cells(facts: Mapping[str, Any], frame: pd.DataFrame, case: Case) -> list[Cell]:
    """Return the counts of an exhibit that a rule covers.

    A count of no year is one of the years that its row names, or else of all years of its period,
    so that runs of other periods are seen together. An exhibit that compares what another shows
    has none of its own.

    Parameters
    ----------
    facts : mapping
        The facts of the exhibit.
    frame : DataFrame
        Its data, true.
    case : Case
        The case.
    """
    rule = RULES[facts["id"]]
    if rule.between:
        return []
    days = (date.fromisoformat(facts[name]) for name in ("period_start", "period_end"))
    named_years = years(case, *days)
    found = []
    for place, row in enumerate(frame.to_dict("records")):
        named = {name: str(value) for name, value in row.items()}
        if "indicator" in row:
            indicator = case.indicator(str(row["indicator"]))
            named |= {"above": indicator.numerator, "below": indicator.denominator}
        for column, (measure, _) in rule.counts.items():
            if pd.isna(row[column]):
                continue
            held: dict[str, Any] = {
                name: str(row[name])
                for name in by_of(rule, column, frame)
                if name != "year" and not pd.isna(row[name])
            }
            of_year = "year" in by_of(rule, column, frame) and not pd.isna(row["year"])
            total = not held and not of_year
            held["year"] = (
                named_years.get(int(row["year"]), named["year"])
                if of_year
                else [name for year, name in named_years.items() if _spans(row, year)]
            )
            value = int(row[column])
            found.append(
                Cell(
                    measure.format_map(named),
                    where_of(held),
                    value,
                    facts["id"],
                    place,
                    column,
                    kept=total,
                )  # fmt: skip
            )
    return found


def _spans(row: Mapping[Any, Any], year: int) -> bool:
    """Return whether a year is among those that a row counts; all are where it names none."""
    first, last = (row.get(name) for name in SPAN)
    return pd.isna(first) or pd.isna(last) or int(first) <= year <= int(last)


def nested(held: list[Cell], case: Case) -> tuple[tuple[str, str], ...]:
    """Return which measures of a case lie within which, as far as no count speaks against it.

    Parameters
    ----------
    held : list of Cell
        Every count of the release.
    case : Case
        Its indicators are shares of one measure in another.
    """
    pairs = {(item.numerator, item.denominator) for item in case.indicators}
    values = {cell.key: cell.value for cell in held}
    against = {
        (inner, outer)
        for inner, outer in pairs
        for (measure, where), value in values.items()
        if measure == inner and values.get((outer, where), value) < value
    }
    return tuple(sorted(pair for pair in pairs - against if pair[0] != pair[1]))
