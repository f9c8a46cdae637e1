"""What is counted in two periods of a case, and whether it may be held side by side.

``pair`` is what :func:`helpers.cohort.two_periods.choose` returns.

- :func:`counts`, :func:`shares`, :func:`ends`: what is counted in each period.
- :func:`stated`: the changes that are stated as findings.
- :func:`follows`: the indicator over the whole period of the run, with what cuts its line.
- :func:`said_across`: words of an exhibit that is drawn across declared changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.casefile import Break
from helpers.cohort import series, strata
from helpers.cohort.two_periods import Pair, breaks_of
from helpers.run import Run
from helpers.scope import long_date

SHARES = [
    "indicator", "label", "earlier_start", "earlier_end", "later_start", "later_end",
    "earlier_numerator", "earlier_denominator", "numerator", "denominator", "compared",
    "across", "flag",
]  # fmt: skip


def counts(pair: Pair) -> pd.DataFrame:
    """Return how many there were in each period, with the days of each.

    Only whole years are counted of annual counts; a count that one of the periods does not hold is
    left out.

    Parameters
    ----------
    pair : Pair
        The periods.

    Returns
    -------
    DataFrame
        Columns measure, label, earlier_numerator, earlier_days, numerator, days, compared (whether
        a ratio may be shown) and across (the declared changes between, in words, or none).
    """
    columns = ["measure", "label", "earlier_numerator", "earlier_days", "numerator", "days",
               "compared", "across"]  # fmt: skip
    held = []
    for _, one in pair.sides:
        yearly = strata.totals(one, by="year", measures=strata.headline(one))
        yearly = yearly.dropna(subset=["numerator"])
        spans = [(last - first).days + 1 for first, last in map(one.days_of, yearly["year"])]
        grouped = yearly.assign(days=spans).groupby(["measure", "label"], sort=False)
        held.append(grouped[["numerator", "days"]].sum().reset_index())
    if not held:
        return pd.DataFrame(columns=columns)
    both = held[1].merge(held[0], on=["measure", "label"], suffixes=("", "_before"))
    both = both.rename(
        columns={"numerator_before": "earlier_numerator", "days_before": "earlier_days"}
    )
    between = {name: _of_measure(pair, name) for name in both["measure"]}
    both["compared"] = [pair.across or not between[name] for name in both["measure"]]
    both["across"] = [_words(between[name]) or "none" for name in both["measure"]]
    return both[columns].astype(dict.fromkeys(columns[2:6], "int64"))


def _of_measure(pair: Pair, measure: str) -> list[Break]:
    """Return the declared changes that concern a count: its own, and those of shares of it."""
    counted = [item.id for item in pair.run.case.indicators if item.numerator == measure]
    return breaks_of(pair, measure, *counted)


def _words(breaks: Sequence[Break]) -> str:
    return "; ".join(f"{long_date(one.date)}: {one.note}" for one in breaks)


def _of(run: Run, indicator: str) -> tuple[int, int]:
    """Return numerator and denominator of an indicator over a period, by day where it can be."""
    item = run.case.indicator(indicator)
    people = run.people.assign(deaths=True)
    if len(people) and {item.numerator, item.denominator} <= set(people):
        under = people[item.denominator].astype("bool")
        return int((people[item.numerator].astype("bool") & under).sum()), int(under.sum())
    made = strata.ratios(run, indicators=[indicator])
    return (int(made["numerator"].sum()), int(made["denominator"].sum())) if len(made) else (0, 0)


def shares(pair: Pair) -> pd.DataFrame:
    """Return numerator and denominator of each indicator of the first notebook in both periods.

    Parameters
    ----------
    pair : Pair
        The periods.

    Returns
    -------
    DataFrame
        Columns indicator, label, the days of both periods, earlier_numerator,
        earlier_denominator, numerator, denominator (of the later period), compared (whether a
        difference may be shown), across (the declared changes between, in words) and flag (the
        same as a sentence, where a difference is shown across them).
    """
    rows = []
    wanted = [
        item.id for item in pair.run.case.indicators if item.notebook == "1_unexpected_death_rates"
    ]
    for name in wanted if pair.sides else []:
        before, after = (_of(one, name) for _, one in pair.sides)
        if not before[1] or not after[1]:
            continue
        between = breaks_of(pair, name)
        rows.append(
            {
                "indicator": name,
                "label": pair.run.case.indicator(name).label,
                **pair.days,
                "earlier_numerator": before[0],
                "earlier_denominator": before[1],
                "numerator": after[0],
                "denominator": after[1],
                "compared": pair.across or not between,
                "across": _words(between) or "none",
                "flag": f" It lies ACROSS a declared change, as was asked: {_words(between)}."
                if between and pair.across
                else "",
            }
        )
    return pd.DataFrame(rows, columns=SHARES)


def stated(changes: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of changes that have a difference, to be stated as findings.

    Parameters
    ----------
    changes : DataFrame
        As `helpers.methods.two_periods.shares` returns it.
    """
    return changes[changes["value"].notna()].reset_index(drop=True)


def ends(pair: Pair, indicator: str, *, by: Sequence[str]) -> pd.DataFrame:
    """Return an indicator by stratum in both periods, as a decomposition takes it.

    Parameters
    ----------
    pair : Pair
        The periods.
    indicator : str
        Id of the indicator.
    by : sequence of str
        Dimensions of the case.

    Returns
    -------
    DataFrame
        As `helpers.cohort.strata.ratios` by stratum, with ``when`` (earlier, later); strata that
        one of the periods lacks are left out of both. Empty where a declared change lies between
        and differences across one are not asked for.
    """
    names = list(by)
    found = [
        strata.ratios(one, by=names, indicators=[indicator]).assign(when=name)
        for name, one in pair.sides
    ]
    hidden = bool(breaks_of(pair, indicator)) and not pair.across
    frame = pd.concat(found, ignore_index=True) if found else strata.ratios(
        pair.run, by=names, indicators=[indicator]
    ).assign(when="").iloc[0:0]  # fmt: skip
    frame = frame.iloc[0:0] if hidden else frame[frame["denominator"].gt(0)]
    both = frame.groupby(names, dropna=False)["when"].transform("nunique").eq(2)
    return frame[both].reset_index(drop=True)


def follows(pair: Pair, indicator: str, *, grain: str) -> tuple[pd.DataFrame, list[Break]]:
    """Return an indicator over the period of the run, and the changes at which its line is cut.

    Parameters
    ----------
    pair : Pair
        The periods.
    indicator : str
        Id of the indicator.
    grain : {"month", "quarter", "year"}
        Length of a period.

    Returns
    -------
    DataFrame, list of Break
        As `helpers.cohort.series.shares`, empty where there are no two periods; no change where
        the line may run across.
    """
    frame = series.shares(pair.run, indicator, grain=grain)
    frame = frame if pair.sides else frame.iloc[0:0]
    return frame, [] if pair.across else series.breaks_of(pair.run, indicator)


def said_across(pair: Pair, indicator: str) -> dict[str, str]:
    """Return the title of the series of an indicator where it is drawn across declared changes.

    Parameters
    ----------
    pair : Pair
        The periods.
    indicator : str
        Id of the indicator.

    Returns
    -------
    dict
        ``title`` that says so; empty where nothing is drawn across a change.
    """
    if not pair.across or not series.breaks_of(pair.run, indicator):
        return {}
    return {"title": "The share that is followed, drawn ACROSS declared changes as was asked"}
