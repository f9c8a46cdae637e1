"""Published figures beside the figures computed from the case, with a verdict for each.

Whoever adds a row to the case's published figures gets it reconciled at the next run.

- :func:`reconcile`: one row a published figure.
- :func:`agreement`: how many agree.
- :func:`named_figures`: the figures that a sum or a difference of figures names.
- :func:`unexplained`: the rows that stop a run.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pandas as pd

from helpers.chain import chain
from helpers.cohort import bands
from helpers.errors import InputError
from helpers.run import Run

AGREES = "agrees"
EXPLAINED = "differs, explained"
DIFFERS = "does not agree"
OUTSIDE = "cannot be computed, explained"
UNKNOWN = "cannot be computed"

WHOLE = ("total", "records", "deaths", "sum_of_figures", "difference_of_figures")
"""Statistics that are counts: one that is given to the last digit must agree exactly."""

MEANS = ("mean_weeks", "mean_months")
"""Statistics that are means of times known in bands."""

STATED = "Said of another body or of something that these records do not hold; kept to compare."
"""Why a figure that is only stated is not computed."""

COLUMNS = [
    "figure_id",
    "statement",
    "published",
    "computed",
    "difference",
    "tolerance",
    "verdict",
    "explanation",
    "source",
    "status",
]


def _stratum(text: object) -> dict[str, str]:
    if not isinstance(text, str) or not text.strip():
        return {}
    pairs = [part.partition("=") for part in text.split(";")]
    return {name.strip(): value.strip() for name, _, value in pairs}


def _chosen(frame: pd.DataFrame, row: dict[str, Any]) -> pd.DataFrame:
    for name, value in _stratum(row["stratum"]).items():
        if name not in frame:
            raise InputError.one(
                f"stratum {name!r} is not a column of the table",
                f"published figure {row['figure_id']}",
                f"Use one of: {', '.join(frame.columns)}.",
            )
        frame = frame[frame[name].astype("str").eq(value)]
    return frame


def _total(run: Run, row: dict[str, Any], start: pd.Timestamp, end: pd.Timestamp) -> float | None:
    """Sum a measure over whole years; None for parts of years and years not collected."""
    known = run.extract.measures.set_index("measure")
    if row["measure"] not in known.index:
        raise InputError.one(
            f"measure {row['measure']!r} is not in the case",
            f"published figure {row['figure_id']}",
            f"Use one of: {', '.join(known.index)}.",
        )
    span = known.loc[row["measure"]]
    first, last = run.year(start.date()), run.year(end.date())
    if first < span["first_year"] or last > span["last_year"]:
        return None
    counts = run.extract.tables["counts"]
    whole = start.date() == run.days_of(first)[0] and end.date() == run.days_of(last)[1]
    chosen = _chosen(counts[counts["measure"].eq(row["measure"])], row)
    if not whole:
        return None
    events = chosen.loc[chosen["year"].between(first, last), "events"]
    return float(events.sum()) if events.notna().any() else None


def _percent(run: Run, row: dict[str, Any], start: pd.Timestamp, end: pd.Timestamp) -> float | None:
    """Return one measure as a percentage of another: ``numerator/denominator``."""
    over, _, under = row["measure"].partition("/")
    parts = [_total(run, {**row, "measure": name}, start, end) for name in (over, under)]
    return None if parts[0] is None or not parts[1] else 100 * parts[0] / parts[1]


def _of_people(
    run: Run, row: dict[str, Any], start: pd.Timestamp, end: pd.Timestamp
) -> float | None:
    """Return the median or the mean of a number that is recorded of each person."""
    people = chain(run.extract.tables)
    if row["measure"] not in people:
        raise InputError.one(
            f"{row['measure']!r} is not recorded of each person",
            f"published figure {row['figure_id']}",
            "Use a number of the table deaths, such as age.",
        )
    held = people["in_window_12m"].fillna(False).astype("bool")
    chosen = _chosen(people[held & people["date_of_death"].between(start, end)], row)
    values = chosen[row["measure"]].dropna().astype("float64")
    if values.empty:
        return None
    return float(values.median() if row["statistic"] == "median" else values.mean())


def _of_bands(
    run: Run, row: dict[str, Any], start: pd.Timestamp, end: pd.Timestamp
) -> float | None:
    """Return the mean of times known in bands, the last band as the case takes it to be."""
    from helpers.methods.banded import banded_mean

    unit = row["statistic"].removeprefix("mean_")
    names = list(_stratum(row["stratum"]))
    year = run.year(start.date())
    if (start.date(), end.date()) != run.days_of(year):
        return None
    held = bands.bands(run, row["measure"], by=["year", *names], unit=unit)
    held = _chosen(held[held["year"].eq(year)], row)
    found = banded_mean(held, last=bands.last(run, unit=unit)) if len(held) else held
    return float(found["value"].iloc[0]) if len(found) and found["value"].notna().all() else None


def named_figures(measure: str, known: Iterable[str]) -> tuple[list[str], str]:
    """Return the published figures that a sum or a difference names, and what is left over.

    Parameters
    ----------
    measure : str
        Ids joined with + or -; an id may hold the sign itself, so the longest are looked for first.
    known : iterable of str
        Ids of the published figures.

    Returns
    -------
    list of str, str
        The ids in order, and the text without them.

    Examples
    --------
    >>> named_figures("all-2013-men-2013", ["all-2013", "men-2013"])
    (['all-2013', 'men-2013'], '-')
    """
    ids = "|".join(re.escape(name) for name in sorted(known, key=len, reverse=True))
    return re.findall(ids, measure), re.sub(ids, "", measure)


def _of_figures(run: Run, row: dict[str, Any]) -> float:
    """Return the sum (``a+b``) or the difference (``a-b``) of other published figures."""
    sign = "+" if row["statistic"] == "sum_of_figures" else "-"
    published = run.extract.tables["published"].set_index("figure_id")["value"]
    names, rest = named_figures(row["measure"], published.index)
    rest = rest.replace(sign, "").strip()
    if rest or not names:
        raise InputError.one(
            f"{rest or row['measure']} is not a published figure of the case",
            f"published figure {row['figure_id']}",
            f"Name figures by figure_id, joined with {sign}.",
        )
    values = [float(published[name]) for name in names]
    return sum(values) if sign == "+" else values[0] - sum(values[1:])


def _records(run: Run, row: dict[str, Any], start: pd.Timestamp, end: pd.Timestamp) -> float | None:
    """Count records (or the deaths in them) whose deciding milestone lies in the period."""
    reports = _chosen(run.extract.tables["reports"], row)
    if reports.empty:
        return None
    deciding = {source.id: source.period_milestone for source in run.case.sources}
    days = run.extract.tables["milestones"]
    days = days[days["milestone"].eq(days["register"].map(deciding))]
    day = reports["review_id"].map(days.set_index("review_id")["date"])
    inside = reports[day.between(start, end)]
    if row["statistic"] == "deaths":
        return float(inside["number_of_deaths"].sum())
    return float(len(inside))


def _computed(run: Run, row: dict[str, Any]) -> float | None:
    start, end = row["period_start"], row["period_end"]
    if row["statistic"] == "stated":
        return None
    if row["statistic"] in {"sum_of_figures", "difference_of_figures"}:
        return _of_figures(run, row)
    if row["statistic"] in {"median", "mean"}:
        return _of_people(run, row, start, end)
    if row["statistic"] in MEANS:
        return _of_bands(run, row, start, end)
    if row["statistic"] == "percent":
        return _percent(run, row, start, end)
    if row["statistic"] in {"records", "deaths"}:
        return _records(run, row, start, end)
    now = _total(run, row, start, end)
    if row["statistic"] == "total" or now is None:
        return now
    before = _total(run, row, row["baseline_start"], row["baseline_end"])
    return None if not before else 100 * (now - before) / before


def _verdict(difference: float | None, tolerance: float, *, explained: bool) -> str:
    if difference is None:
        return OUTSIDE if explained else UNKNOWN
    if abs(difference) <= tolerance + 1e-9:
        return AGREES
    return EXPLAINED if explained else DIFFERS


def reconcile(run: Run) -> pd.DataFrame:
    """Return each published figure beside the one computed from the whole of the case.

    Parameters
    ----------
    run : Run
        The run; its period does not limit the figures, which carry periods of their own.

    Returns
    -------
    DataFrame
        Columns figure_id, statement, published, computed, difference (computed - published),
        tolerance (half the unit a figure was rounded to; 0 for a count given to the last digit),
        verdict, explanation, source, status.

    Raises
    ------
    InputError
        If a row names a measure or stratum that the case does not have.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> reconcile(run)[["published", "computed", "difference", "verdict"]].head(1)
       published  computed  difference verdict
    0   205400.0  205438.0        38.0  agrees
    """
    rows = []
    # A figure carries a period of its own, which that of the run need not reach.
    days = {"period_start": run.case.period.start, "period_end": run.case.period.end}
    whole = replace(run, parameters={**run.parameters, **days})
    for row in run.extract.tables["published"].to_dict("records"):
        computed = _computed(whole, row)
        exact = row["rounded_to"] == 1 and row["statistic"] in WHOLE
        tolerance = 0.0 if exact else row["rounded_to"] / 2
        explanation = row["explanation"] if isinstance(row["explanation"], str) else ""
        if row["statistic"] == "stated" and not explanation.strip():
            explanation = STATED
        difference = None if computed is None else computed - row["value"]
        rows.append(
            {
                "figure_id": row["figure_id"],
                "statement": row["statement"],
                "published": float(row["value"]),
                "computed": computed,
                "difference": difference,
                "tolerance": tolerance,
                "verdict": _verdict(difference, tolerance, explained=bool(explanation.strip())),
                "explanation": explanation,
                "source": row["source"],
                "status": row["status"],
            }
        )
    frame = pd.DataFrame(rows, columns=COLUMNS)
    numbers = ["published", "computed", "difference", "tolerance"]
    return frame.astype(dict.fromkeys(numbers, "float64"))


def agreement(frame: pd.DataFrame) -> pd.DataFrame:
    """Return how many published figures agree, out of how many, as one row.

    Parameters
    ----------
    frame : DataFrame
        As :func:`reconcile` returns it.

    Returns
    -------
    DataFrame
        Columns numerator (figures that agree), denominator (all) and value (the share; these are
        all the figures there are, so it has no limits); empty where there are none.

    Examples
    --------
    >>> agreement(pd.DataFrame({"verdict": ["agrees", "does not agree"]}))
       numerator  denominator  value
    0          1            2    0.5
    """
    agree, every = int(frame["verdict"].eq(AGREES).sum()), len(frame)
    counted = {"numerator": agree, "denominator": every, "value": agree / max(every, 1)}
    return pd.DataFrame([counted]) if len(frame) else pd.DataFrame(columns=list(counted))


def unexplained(frame: pd.DataFrame) -> list[str]:
    """Return a line for each figure that neither agrees nor has a recorded explanation.

    Parameters
    ----------
    frame : DataFrame
        As :func:`reconcile` returns it.

    Returns
    -------
    list of str
        Empty where nothing stops a run.

    Examples
    --------
    >>> row = {"figure_id": "a", "statement": "inquests", "published": 32.0, "computed": 31.0}
    >>> unexplained(pd.DataFrame([row | {"verdict": "does not agree"}]))[0].partition(". ")[0]
    'published figure a: inquests: published 32, computed 31'
    """
    wrong = frame[frame["verdict"].isin([DIFFERS, UNKNOWN])]
    return [
        f"published figure {row.figure_id}: {row.statement}: published {row.published:,.10g}, "
        f"computed {'nothing' if pd.isna(row.computed) else format(row.computed, ',.10g')}. "
        "Correct the mapping, or record why in the explanation column."
        for row in wrong.itertuples()
    ]
