"""Times that are published as counts in bands, and the stock that waits.

A band is read from the label of a measure: "Within 1 month", "3 to 6 months", "Open over 2
years". A composition all of whose parts are such bands is a table of times.

- :func:`edges`: the times between which a label says that a time lies.
- :func:`bands`: counts by band, with its edges.
- :func:`last`: what the band without end is taken to stand for.
- :func:`flows`: what waits at the end of each year, what came in and what went out.
- :func:`published_means`: mean times that were published.

Everywhere ``run`` is what :func:`helpers.start` returns.

Inquests that ended in a year and those open at its end are two different groups of people, who
came in over many years: their bands may stand side by side, but they are no cohort, and no share
of those who came in can be had from the two together.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import pandas as pd

from helpers.cohort import strata
from helpers.errors import InputError
from helpers.run import Run

DAYS = {"day": 1.0, "week": 7.0, "month": 365.25 / 12, "year": 365.25}
"""Days of each unit of time, years and months on average."""

COLUMNS = ["measure", "label", "lower", "upper", "count", "total", "not_recorded"]
FLOWS = ["stock", "inflow", "outflow", "not_recorded"]
FIGURES = ["figure_id", "published", "rounded_to", "source", "status"]

_NUMBER = r"(\d+(?:\.\d+)?)"
_UNIT = r"(day|week|month|year)s?"
_RANGE = re.compile(rf"{_NUMBER}\s*(?:{_UNIT}\s*)?(?:to|-|–)\s*{_NUMBER}\s*{_UNIT}$")
_END = re.compile(
    rf"(?:(?:within|up to|under|less than)\s+{_NUMBER}\s*{_UNIT}"
    rf"|{_NUMBER}\s*{_UNIT}\s+(?:or|and)\s+(?:less|under|fewer))$"
)
_BEGIN = re.compile(
    rf"(?:(?:over|more than|longer than)\s+{_NUMBER}\s*{_UNIT}"
    rf"|{_NUMBER}\s*{_UNIT}\s+(?:or|and)\s+(?:more|over|longer))$"
)


def _days_in(unit: str) -> float:
    """Return the days of a unit, or refuse one that is none."""
    name = unit.removesuffix("s")
    if name not in DAYS:
        raise InputError.one(
            f"{unit!r} is not a unit of time",
            "parameter unit",
            f"Use one of: {', '.join(f'{known}s' for known in DAYS)}.",
        )
    return DAYS[name]


def edges(label: str, *, unit: str = "months") -> tuple[float, float] | None:
    """Return the times between which a label says that a time lies.

    Parameters
    ----------
    label : str
        Label of a measure.
    unit : str
        Unit of the edges: days, weeks, months or years.

    Returns
    -------
    tuple of float, or None
        Lower and upper edge; the upper edge of a band without end is infinite. None where the
        label names no band of time, or one of ages.

    Raises
    ------
    InputError
        If the unit is none.

    Examples
    --------
    >>> edges("Open 1 to 2 years"), edges("Within 1 month"), edges("Over 12 months", unit="years")
    ((12.0, 24.0), (0.0, 1.0), (1.0, inf))
    >>> edges("Suicide (conclusion)")
    """
    each = _days_in(unit)
    text = " ".join(label.casefold().split())
    if re.search(r"\bage[ds]?\b", text):
        return None

    def time(number: str, name: str) -> float:
        return float(number) * DAYS[name] / each

    if found := _RANGE.search(text):
        first, first_unit, last, last_unit = found.groups()
        pair = time(first, first_unit or last_unit), time(last, last_unit)
        return pair if pair[0] < pair[1] else None
    if found := _END.search(text):
        number, name = (part for part in found.groups() if part)
        return 0.0, time(number, name)
    if found := _BEGIN.search(text):
        number, name = (part for part in found.groups() if part)
        return time(number, name), math.inf
    return None


def _members(run: Run, composition: str) -> pd.DataFrame:
    measures = run.extract.measures
    return measures[measures["composition"].eq(composition)]


def bands(
    run: Run,
    composition: str | None = None,
    *,
    by: str | Sequence[str] = "year",
    unit: str = "months",
) -> pd.DataFrame:
    """Return the counts of a composition of bands, with the edges of each band.

    Parameters
    ----------
    run : Run
        The run.
    composition : str, optional
        Id of a composition, such as ``inquests_concluded``; by default that of the case.
    by : str or sequence of str
        ``year`` or dimensions of the case.
    unit : str
        Unit of the edges: days, weeks, months or years.

    Returns
    -------
    DataFrame
        Columns ``by``, measure, label, lower, upper (infinite in a band without end), count,
        total (as the source gives it, not the sum of the bands), not_recorded (rows of the source
        with no count); by ascending band. Empty where the case has no such composition in the
        period, or its parts are no bands of time.

    Raises
    ------
    InputError
        If a stratum is not one of the case, or the unit is none.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> bands(run, "inquests_concluded")[["year", "lower", "upper", "count", "total"]]
       year  lower  upper   count    total
    0  2020    0.0    1.0  6013.0  31266.0
    1  2020    1.0    3.0  4150.0  31266.0
    2  2020    3.0    6.0  9438.0  31266.0
    3  2020    6.0   12.0  8210.0  31266.0
    4  2020   12.0    inf  3455.0  31266.0
    """
    names = strata.check_strata(run, by)
    _days_in(unit)
    composition = composition or (run.case.bands.ended if run.case.bands else "")
    members = _members(run, composition)
    empty = pd.DataFrame(columns=[*names, *COLUMNS])
    spans = {row.measure: edges(row.label, unit=unit) for row in members.itertuples()}
    if not spans or None in spans.values():
        return empty
    counts = strata.totals(run, by=names, measures=list(spans))
    if counts.empty:
        return empty
    whole = strata.totals(run, by=names, measures=[composition])
    whole = whole.set_index(names)["numerator"].rename("total")
    frame = counts.join(whole, on=names)
    lower, upper = zip(*(spans[name] for name in frame["measure"]), strict=True)
    frame = frame.assign(lower=lower, upper=upper, count=frame["numerator"])
    frame = frame.astype({"count": "float64", "total": "float64"})
    frame = frame.sort_values([*names, "lower"], kind="stable")
    return frame[[*names, *COLUMNS]].reset_index(drop=True)


def last(run: Run, *, unit: str = "months") -> float | None:
    """Return what the band without end is taken to stand for, as the case says.

    Parameters
    ----------
    run : Run
        The run.
    unit : str
        Unit of the result: days, weeks, months or years.

    Returns
    -------
    float or None
        The time; None where the case says nothing of it.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> last(run)
    18.0
    """
    rule = run.case.bands
    return None if rule is None else rule.last_months * DAYS["month"] / _days_in(unit)


def flows(
    run: Run,
    *,
    stock: str | None = None,
    inflow: str | None = None,
    outflow: str | None = None,
    by: str | Sequence[str] = "year",
) -> pd.DataFrame:
    """Return what waits at the end of each year, what came in and what went out.

    Parameters
    ----------
    run : Run
        The run.
    stock, inflow, outflow : str, optional
        Ids of measures, such as ``inquests_open``, ``inquests_opened``, ``inquests_concluded``; by
        default those of the case.
        They balance only if all three count the same kind of thing: the measures of one case may
        take in deaths abroad in one count and leave them out of another.
    by : str or sequence of str
        ``year``, with or without dimensions of the case.

    Returns
    -------
    DataFrame
        Columns ``by``, stock, inflow, outflow, not_recorded (rows of the source with no count in
        any of the three); missing where a measure was not collected in a year. Only years in
        which the stock was collected; empty where the case lacks one of the measures.

    Raises
    ------
    InputError
        If a stratum is not one of the case, or the year is not among them.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2019-01-01", period_end="2020-12-31")
    >>> names = dict(stock="inquests_open", inflow="inquests_opened", outflow="inquests_concluded")
    >>> flows(run, **names)[["year", "stock", "inflow", "outflow"]]
       year    stock   inflow  outflow
    0  2019  12292.0  29969.0  31737.0
    1  2020  14645.0  31991.0  31266.0
    """
    names = strata.check_strata(run, by)
    if "year" not in names:
        raise InputError.one(
            "a stock is of a year", "parameter by", "Name the year among the strata."
        )
    empty = pd.DataFrame(columns=[*names, *FLOWS])
    rule, given = run.case.bands, {"stock": stock, "inflow": inflow, "outflow": outflow}
    wanted = {name: one or (getattr(rule, name) if rule else "") for name, one in given.items()}
    known = set(run.extract.measures["measure"])
    if set(wanted.values()) - known:
        return empty
    parts, missing = [], []
    for column, measure in wanted.items():
        made = strata.totals(run, by=names, measures=[measure]).set_index(names)
        parts.append(made["numerator"].astype("float64").rename(column))
        missing.append(made["not_recorded"])
    if parts[0].empty:
        return empty
    frame = pd.concat(parts, axis=1).reindex(parts[0].index)
    held = sum(part.reindex(frame.index).fillna(0) for part in missing)
    return frame.assign(not_recorded=held.astype("int64")).reset_index()


def _stratum(text: object) -> dict[str, str]:
    """Return the strata that a published figure names."""
    if not isinstance(text, str):
        return {}
    pairs = (part.partition("=") for part in text.split(";") if part.strip())
    return {name.strip(): value.strip() for name, _, value in pairs}


def published_means(
    run: Run,
    composition: str | None = None,
    *,
    by: str | Sequence[str] = "year",
    unit: str = "weeks",
) -> pd.DataFrame:
    """Return the mean times of a composition that were published, of whole years of the period.

    They stand among the published figures of the case with the composition as their measure and
    the statistic ``mean_weeks`` or ``mean_months``.

    Parameters
    ----------
    run : Run
        The run.
    composition : str, optional
        Id of a composition of bands of time; by default that of the case.
    by : str or sequence of str
        ``year``, with or without dimensions of the case: the figures whose stratum names just
        these dimensions.
    unit : str
        Unit of the figures: days, weeks, months or years.

    Returns
    -------
    DataFrame
        Columns ``by``, figure_id, published, rounded_to, source, status; empty where nobody
        published such a figure.

    Raises
    ------
    InputError
        If a stratum is not one of the case, the year is not among them, or the unit is none.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> published_means(run, "conclusions").columns.tolist()
    ['year', 'figure_id', 'published', 'rounded_to', 'source', 'status']
    """
    names = strata.check_strata(run, by)
    _days_in(unit)
    if "year" not in names:
        raise InputError.one(
            "a published mean is of a year", "parameter by", "Name the year among the strata."
        )
    composition = composition or (run.case.bands.ended if run.case.bands else "")
    figures = run.extract.tables["published"]
    mine = figures["measure"].eq(composition) & figures["statistic"].eq(f"mean_{unit}")
    labels, rows = run.case.labels or {}, []
    for figure in figures[mine].to_dict("records"):
        first, last = (figure[f"period_{end}"].date() for end in ("start", "end"))
        year, strata_of = run.year(first), _stratum(figure["stratum"])
        whole = (first, last) == run.days_of(year)
        inside = run.period_start <= first and last <= run.period_end
        if whole and inside and set(strata_of) == set(names) - {"year"}:
            named = {name: labels.get(code, code) for name, code in strata_of.items()}
            rows.append(
                {"year": year, **named, "published": float(figure["value"])}
                | {name: figure[name] for name in FIGURES if name != "published"}
            )
    frame = pd.DataFrame(rows, columns=[*names, *FIGURES])
    return frame.sort_values(names, kind="stable").reset_index(drop=True)
