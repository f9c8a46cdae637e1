"""Series over time: counts and shares by month, quarter or year, and rare events one by one.

``run`` is what :func:`helpers.start` returns. A period counts only where it lies wholly in the
period of the run; a period without events is there with none.

- :func:`shares`: numerator and denominator of an indicator by period.
- :func:`ends`: the first and the last year of an indicator by stratum.
- :func:`stretches`: the same series cut where a change was declared.
- :func:`strata_counts`: the same by period and stratum, for comparison with an expected count.
- :func:`events`: the days of rare events.
- :func:`breaks_of`, :func:`dates_of`, :func:`rebases`: the declared changes that concern an
  indicator, and those of them at which limits are set anew.
- :func:`aim`: the target of an indicator and which way is better, as charts take them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from helpers.casefile import Break, Indicator
from helpers.chain import STEPS
from helpers.cohort import strata
from helpers.errors import InputError
from helpers.run import Run
from helpers.tables import among

FREQUENCY = {"month": "M", "quarter": "Q", "year": "Y"}
COLUMNS = ["indicator", "label", "period", "numerator", "denominator"]


def _starts(run: Run, days: pd.Series, grain: str) -> pd.Series:
    """First day of the period of each day; a year is that of the case."""
    if grain == "year":
        years = days.dt.year - days.dt.month.lt(run.case.year_start_month).astype("int64")
        return pd.to_datetime(
            {"year": years, "month": run.case.year_start_month, "day": 1}, errors="coerce"
        )
    return days.dt.to_period(FREQUENCY[grain]).dt.start_time


def _grid(run: Run, grain: str) -> list[pd.Timestamp]:
    """First days of the periods that lie wholly in the period of the run."""
    offset = {
        "month": pd.DateOffset(months=1),
        "quarter": pd.DateOffset(months=3),
        "year": pd.DateOffset(years=1),
    }[grain]
    first, last = pd.Timestamp(run.period_start), pd.Timestamp(run.period_end)
    start = _starts(run, pd.Series([first]), grain).iloc[0]
    found = []
    while start + offset - pd.Timedelta(days=1) <= last:
        if start >= first:
            found.append(start)
        start = start + offset
    return found


def _of_people(
    run: Run, indicator: Indicator, grain: str, by: Sequence[str]
) -> pd.DataFrame | None:
    people = run.people.assign(deaths=True)
    if people.empty or not {indicator.numerator, indicator.denominator} <= set(people):
        return None
    starts = _grid(run, grain)
    marked = pd.DataFrame(
        {
            "period": _starts(run, people["date_of_death"], grain),
            **{name: people["team" if name == "area" else name] for name in by},
            "numerator": (people[indicator.numerator] & people[indicator.denominator]).astype(
                "int64"
            ),
            "denominator": people[indicator.denominator].astype("int64"),
        }
    )
    keys = ["period", *by]
    made = marked.groupby(keys, dropna=False)[["numerator", "denominator"]].sum()
    if not by:
        made = made.reindex(pd.Index(starts, name="period"), fill_value=0)
    else:
        others = marked[list(by)].drop_duplicates().sort_values(list(by))
        every = pd.DataFrame({"period": starts}).merge(others, how="cross")
        made = made.reindex(pd.MultiIndex.from_frame(every[keys]), fill_value=0)
    return made.reset_index()


def _of_counts(run: Run, indicator: Indicator, by: Sequence[str]) -> pd.DataFrame:
    counts = run.counts
    dimensions = [
        name for name in ("area", "region", "service", "age_band", "sex") if name in counts
    ]
    keys = ["source_id", "source_row", "year", *dimensions, "in_doubt"]
    over, under = (
        counts.loc[counts["measure"].eq(name), [*keys, "events"]].dropna(subset="events")
        for name in (indicator.numerator, indicator.denominator)
    )
    both = over.merge(under, on=keys, suffixes=("_over", "_under"))
    if "area" in by:
        both = both[~both["in_doubt"].astype("bool")]
    both["period"] = pd.to_datetime(
        {"year": both["year"].astype("int64"), "month": run.case.year_start_month, "day": 1}
    )
    grouped = both.groupby(["period", *by], as_index=False, sort=True, dropna=False)
    return grouped.agg(numerator=("events_over", "sum"), denominator=("events_under", "sum"))


def shares(
    run: Run, indicator: str, *, grain: str = "month", by: Sequence[str] = ()
) -> pd.DataFrame:
    """Return numerator and denominator of an indicator by period.

    Parameters
    ----------
    run : Run
        The run.
    indicator : str
        Id of an indicator of the case.
    grain : {"month", "quarter", "year"}
        Length of a period. Annual counts have years only, whatever is asked.
    by : sequence of str
        Dimensions of the case; each combination has a row in every period.

    Returns
    -------
    DataFrame
        Columns indicator, label, ``by``, period (its first day), numerator, denominator, in order.

    Raises
    ------
    InputError
        If the case has no such indicator.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2019-01-01", period_end="2020-12-31")
    >>> shares(run, "post_mortem_share")[["period", "numerator"]].head(1).to_dict("list")
    {'period': [Timestamp('2019-01-01 00:00:00')], 'numerator': [82072]}
    """
    found = run.case.indicator(indicator)
    names = list(by)
    frame = _of_people(run, found, grain, names)
    if frame is None:
        frame = _of_counts(run, found, names)
    frame = frame.assign(indicator=found.id, label=found.label)
    labels = run.case.labels
    for name in names:
        frame[name] = frame[name].map(lambda code: labels.get(code, code))
    frame = frame.sort_values([*names, "period"], ignore_index=True)
    return frame.astype({"numerator": "int64", "denominator": "int64"})[
        ["indicator", "label", *names, "period", "numerator", "denominator"]
    ]


def strata_counts(
    run: Run, indicator: str, *, grain: str, strata: Sequence[str], baseline: int
) -> pd.DataFrame:
    """Return counts by period and stratum, and which periods are the baseline.

    Parameters
    ----------
    run : Run
        The run.
    indicator : str
        Id of an indicator of the case.
    grain : {"month", "quarter", "year"}
        Length of a period.
    strata : sequence of str
        What the expected count allows for, such as service and age_band.
    baseline : int
        First periods that later ones are compared with.

    Returns
    -------
    DataFrame
        As :func:`shares` by the strata, with in_baseline; rows without a denominator are left out,
        and so are strata that the baseline does not hold: nothing is expected of them
        (``attrs["left_out"]`` counts their denominator).
    """
    frame = shares(run, indicator, grain=grain, by=strata)
    frame = frame[frame["denominator"].gt(0)].reset_index(drop=True)
    first = sorted(frame["period"].unique())[:baseline]
    frame = frame.assign(in_baseline=frame["period"].isin(first))
    names = list(strata)
    held = set(frame.loc[frame["in_baseline"], names].itertuples(index=False, name=None))
    known = [row in held for row in frame[names].itertuples(index=False, name=None)]
    kept = frame[np.array(known, dtype="bool")].reset_index(drop=True)
    kept.attrs["left_out"] = int(frame["denominator"].sum() - kept["denominator"].sum())
    return kept


def ends(run: Run, indicator: str, *, by: Sequence[str]) -> pd.DataFrame:
    """Return the first and the last year of an indicator by stratum.

    Parameters
    ----------
    run : Run
        The run.
    indicator : str
        Id of an indicator of the case.
    by : sequence of str
        Dimensions of the case.

    Returns
    -------
    DataFrame
        As `helpers.cohort.strata.ratios` by year and stratum, with ``when`` ("first", "last");
        strata that one of the two years lacks are left out of both, so that the same groups are
        set against each other. Empty where there is one year only.
    """
    names = list(by)
    frame = strata.ratios(run, by=["year", *names], indicators=[indicator])
    years = frame["year"].agg(["min", "max"]) if len(frame) else None
    if years is None or years["min"] == years["max"]:
        return frame.iloc[0:0].assign(when="")
    frame = frame[frame["year"].isin(years) & frame["denominator"].gt(0)]
    both = frame.groupby(names)["year"].transform("nunique").eq(2)
    frame = frame[both].reset_index(drop=True)
    return frame.assign(when=frame["year"].eq(years["max"]).map({True: "last", False: "first"}))


def stretches(run: Run, indicator: str, *, grain: str = "month") -> pd.DataFrame:
    """Return an indicator by period, cut where a change was declared.

    Parameters
    ----------
    run : Run
        The run.
    indicator : str
        Id of an indicator of the case.
    grain : {"month", "quarter", "year"}
        Length of a period.

    Returns
    -------
    DataFrame
        As :func:`shares`, with ``stretch``: first and last period between two declared changes, in
        words. A period counts as after a change if it starts on the day or later.
    """
    frame = shares(run, indicator, grain=grain)
    days = [pd.Timestamp(one.date) for one in breaks_of(run, indicator)]
    number = sum((frame["period"].ge(day).astype("int64") for day in days), frame.index * 0)
    form = "%Y" if grain == "year" and run.case.year_start_month == 1 else "%B %Y"
    words = {
        place: f"{part.min():{form}} to {part.max():{form}}"
        for place, part in frame["period"].groupby(number)
    }
    return frame.assign(stretch=pd.Series(number, index=frame.index).map(words))


def rebases(run: Run, indicator: str) -> list[Break]:
    """Return the declared changes at which the limits of a chart are set anew, in order."""
    return [one for one in breaks_of(run, indicator) if one.rebase]


def events(run: Run, measure: str, stratum: str) -> pd.DataFrame:
    """Return the days of rare events, in order.

    Parameters
    ----------
    run : Run
        The run.
    measure : str
        A step of the chain, or ``reports`` for the reports of a register.
    stratum : str
        A service of the trust, or a category of the reports.

    Returns
    -------
    DataFrame
        Columns label (what happened, to whom) and date; one row an event. Empty where the case
        records none.

    Raises
    ------
    InputError
        If there is no such measure.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> events(run, "reports", "Service personnel")["label"].unique().tolist()
    ['Reports to prevent future deaths: Service personnel']
    """
    people, reports = run.people.assign(deaths=True), run.reports
    if measure == "reports":
        kinds = reports["category"].astype("str").str.split(" | ", regex=False)
        mine = [isinstance(one, list) and stratum in one for one in kinds]
        told = run.milestones
        deciding = told["register"].map({one.id: one.period_milestone for one in run.case.sources})
        told = told[among(told["review_id"], reports.loc[mine, "review_id"])]
        days, label = (
            told["date"][told["milestone"].eq(deciding)],
            "Reports to prevent future deaths",
        )
    elif measure in STEPS:
        days = people.loc[people[measure] & people["service"].eq(stratum), "date_of_death"]
        label = STEPS[measure]
    else:
        raise InputError.one(
            f"{measure!r} is neither a step of the chain nor reports",
            "parameter rare_measure",
            f"Use one of: {', '.join(STEPS)}, reports.",
        )
    label = f"{label}: {run.case.labels.get(stratum, stratum)}"
    dates = pd.to_datetime(days).dropna().sort_values(ignore_index=True)
    return pd.DataFrame({"label": label, "date": dates})


def breaks_of(run: Run, indicator: str) -> list[Break]:
    """Return the declared changes within the period that concern an indicator, in order."""
    return [
        one
        for one in run.case.all_breaks
        if indicator in one.measures and run.period_start < one.date <= run.period_end
    ]


def aim(run: Run, indicator: str) -> dict[str, Any]:
    """Return the target of an indicator and which way is better, as `xmr` takes them.

    Parameters
    ----------
    run : Run
        The run.
    indicator : str
        Id of an indicator of the case.

    Returns
    -------
    dict
        ``target`` (None where the case names none) and ``improvement`` ("neither" then: without
        a target nothing says which way is better).

    Raises
    ------
    InputError
        If the case has no such indicator.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> aim(run, "post_mortem_share")
    {'target': None, 'improvement': 'neither'}
    """
    found = run.case.indicator(indicator).target
    if found is None:
        return {"target": None, "improvement": "neither"}
    return {"target": found.value, "improvement": found.better}


def dates_of(breaks: Sequence[Break]) -> list[tuple[date, str]]:
    """Return day and reason of each change."""
    return [(one.date, one.note) for one in breaks]
