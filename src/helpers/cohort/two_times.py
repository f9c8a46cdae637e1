"""Times and models over two periods of a case, each followed equally long after its end.

``pair`` is what :func:`helpers.cohort.two_periods.choose` returns.

- :func:`reached`: how many had reached each milestone by the same lag after each period.
- :func:`durations`: the days of each stretch, by period.
- :func:`timed`: what became of each time limit, by period.
- :func:`exposed_in`: deaths and person-years of both periods.
- :func:`asked`, :func:`of_period`: the model of the plan with the period as one more
  characteristic, and the coefficient of the period.
"""

from __future__ import annotations

import dataclasses
from typing import Any

import pandas as pd

from helpers.cohort import delays, exposed, factors, limits, plans
from helpers.cohort.two_periods import NAMES, Pair, breaks_of
from helpers.run import Run

PERIOD = "Period"


def reached(pair: Pair) -> pd.DataFrame:
    """Return how many had reached the end of each stretch by the same lag after each period.

    Only where records of deaths are followed: a register of finished work holds no open ones.

    Parameters
    ----------
    pair : Pair
        The periods.

    Returns
    -------
    DataFrame
        Columns interval, label, earlier_numerator, earlier_denominator, numerator, denominator,
        lag (days after the end of each period), compared.
    """
    days = durations(pair)
    columns = ["interval", "label", "earlier_numerator", "earlier_denominator", "numerator",
               "denominator", "lag", "compared"]  # fmt: skip
    if days.empty or not delays.of_deaths(pair.run):
        return pd.DataFrame(columns=columns)
    keys = ["interval", "label"]
    grouped = days.groupby([*keys, "when"], observed=True)["observed"].agg(["sum", "size"])
    before, after = (grouped.xs(name, level="when").reset_index() for name in NAMES)
    both = after.merge(before, on=keys, suffixes=("", "_before"))
    made = both.rename(
        columns={"sum": "numerator", "size": "denominator", "sum_before": "earlier_numerator",
                 "size_before": "earlier_denominator"}
    )  # fmt: skip
    return made.assign(lag=pair.lag, compared=True)[columns].astype({"interval": "str"})


def durations(pair: Pair) -> pd.DataFrame:
    """Return the days of each stretch, one row a record, in both periods.

    Parameters
    ----------
    pair : Pair
        The periods.

    Returns
    -------
    DataFrame
        As `helpers.cohort.delays.durations`, with when (earlier, later), each record followed
        equally long after the end of its period; stretches that one period lacks are left out, and
        so are those that a declared change concerns unless that is asked for.
    """
    found = [delays.durations(one).assign(when=name) for name, one in pair.sides]
    if not found:
        return delays.durations(pair.run).iloc[0:0].assign(when="")
    frame = pd.concat(found, ignore_index=True)
    both = frame.groupby("interval", observed=True)["when"].transform("nunique").eq(2)
    hidden = set() if pair.across else _concerned(pair)
    return frame[both & ~frame["interval"].isin(hidden)].reset_index(drop=True)


def _concerned(pair: Pair) -> set[str]:
    return {
        interval.id
        for interval in pair.run.case.intervals
        if breaks_of(pair, interval.id, interval.from_, interval.to)
    }


def timed(pair: Pair) -> pd.DataFrame:
    """Return what became of each time limit that was in force in both periods.

    Parameters
    ----------
    pair : Pair
        The periods.

    Returns
    -------
    DataFrame
        As `helpers.cohort.limits.timed`, with when (earlier, later).
    """
    found = [limits.timed(limits.held(one)).assign(when=name) for name, one in pair.sides]
    if not found:
        return limits.timed(limits.held(pair.run)).iloc[0:0].assign(when="")
    frame = pd.concat(found, ignore_index=True)
    both = frame.groupby("rule_id")["when"].transform("nunique").eq(2)
    return frame[both].reset_index(drop=True)


def exposed_in(pair: Pair) -> pd.DataFrame:
    """Return deaths and person-years by service, age band and sex in both periods.

    Person-years are held by year, so periods that are not whole years have none.

    Parameters
    ----------
    pair : Pair
        The periods.

    Returns
    -------
    DataFrame
        As `helpers.cohort.exposed.exposed`, with when (earlier, later).
    """
    whole = all(
        one.period_start == one.days_of(one.year(one.period_start))[0]
        and one.period_end == one.days_of(one.year(one.period_end))[1]
        for _, one in pair.sides
    )
    hidden = bool(breaks_of(pair, "deaths")) and not pair.across
    found = [exposed.exposed(one).assign(when=name) for name, one in pair.sides]
    if not found:
        return exposed.exposed(pair.run).iloc[0:0].assign(when="")
    frame = pd.concat(found, ignore_index=True)
    if hidden or not whole or frame["when"].nunique() < 2:
        return frame.iloc[0:0]
    return frame


def _studies(pair: Pair) -> list[factors.Study]:
    return [factors.study(one) for _, one in pair.sides]


def asked(pair: Pair) -> dict[str, dict[str, Any]]:
    """Return what the headline model of the plan is fitted with, the period added to its terms.

    The year is taken out, as it lies within the periods. Nothing is asked where the case has no
    plan, a period has no records, or a declared change concerns the outcome and differences
    across one are not asked for.

    Parameters
    ----------
    pair : Pair
        The periods.

    Returns
    -------
    dict
        As `helpers.cohort.plans.asked`, of one model.
    """
    plan = pair.run.case.plan
    held = _studies(pair)
    if plan is None or not held or any(one.frame.empty for one in held):
        return {}
    head = plan.head
    if breaks_of(pair, head.outcome, head.among, head.id) and not pair.across:
        return {}
    yearly = {name for name, term in plan.terms.items() if term.column == "year"}
    return {head.id: plans.options(pair.run, _joined(held, yearly))}


def _joined(held: list[factors.Study], yearly: set[str]) -> factors.Study:
    """Return the records of both periods as one study, with the period as a term.

    What some records of one period have and none of the other, such as a kind of organisation, is
    0 in the other.
    """
    groups: dict[str, list[str]] = {PERIOD: [PERIOD]}
    for one in held:
        for name, terms in one.groups.items():
            if name not in yearly:
                groups[name] = list(dict.fromkeys([*groups.get(name, []), *terms]))
    frames = []
    for when, one in zip(NAMES, held, strict=True):
        frame = one.frame.assign(**{PERIOD: when})
        for name in frame.select_dtypes("category"):
            frame[name] = frame[name].astype("object")
        frames.append(frame)
    levels = {
        name: list(dict.fromkeys(
            level for one in held if name in one.frame for level in one.frame[name].cat.categories
        ))
        for name in held[1].frame.select_dtypes("category")
    }  # fmt: skip
    absent = {
        name: 0
        for terms in groups.values() for name in terms
        if name not in levels and any(name not in frame for frame in frames)
    }  # fmt: skip
    filled = [
        frame.assign(**{name: value for name, value in absent.items() if name not in frame})
        for frame in frames
    ]
    frame = pd.concat(filled, ignore_index=True)
    for name, known in levels.items():
        frame[name] = pd.Categorical(frame[name], categories=known)
    frame[PERIOD] = pd.Categorical(frame[PERIOD], categories=list(NAMES))
    return dataclasses.replace(held[1], frame=frame, groups=groups)


def of_period(coefficients: pd.DataFrame, run: Run) -> pd.DataFrame:
    """Return the coefficient of the period alone.

    Parameters
    ----------
    coefficients : DataFrame
        As `helpers.methods.models.coefficients` returns it.
    run : Run
        The run, for the words of its plan.

    Returns
    -------
    DataFrame
        The row of the later period, with outcome: what the odds are of.
    """
    mine = coefficients[coefficients["term"].eq(PERIOD)].reset_index(drop=True)
    if "p_value" not in mine:  # of a model that was not fitted
        mine = mine.assign(p_value=pd.Series(dtype="float64"))
    plan = run.case.plan
    mine.insert(0, "outcome", plan.head.label if plan else "")
    return mine
