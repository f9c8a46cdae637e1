"""What a case gives to a comparison of providers: its numbers with the ids of their definitions.

``run`` is what :func:`helpers.start` returns. Every pack holds these tables, so that a comparison
of many providers reads no record of any of them.

- :func:`rows`: numerators and denominators by provider, year and indicator, for everybody.
- :func:`cells`: the same over all years by service, age band and sex, of one indicator.
- :func:`names`: the column that names a provider, where the case has several.
- :func:`shown`: rows as a table shows them.
"""

from __future__ import annotations

import re

import pandas as pd

from helpers.chain import FATES, STATES
from helpers.providers.form import IDS, STRATA
from helpers.providers.matching import COVERAGE, coverage_ids, ids_of
from helpers.run import Run

COLUMNS = [
    *("provider", "period_start", "period_end", "indicator", *STRATA, "numerator", "denominator"),
    *(*IDS, "data_status", "recorded_by"),
]
PROVIDER = re.compile(r"\b(?:trust|provider)s?\b", re.IGNORECASE)


def names(run: Run) -> str:
    """Return the column that names a provider; empty where the case is one provider or none.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> names(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    ''
    """
    if len(run.people):
        return "provider" if len(set(run.people["provider"].dropna())) > 1 else ""
    return "area" if PROVIDER.search(run.case.dimensions.get("area", "")) else ""


def _whole_years(run: Run) -> list[int]:
    return [] if run.part_of_year else sorted({int(year) for year in run.counts["year"]})


def _of_people(run: Run, people: pd.DataFrame, measure: str) -> pd.Series:
    """Return whether each person counts for a measure."""
    if measure == "deaths":
        return pd.Series(data=True, index=people.index)
    if measure in FATES or measure in STATES:
        return people["fate" if measure in FATES else "state"].eq(measure)
    return people[measure].astype("bool")


def _people(run: Run) -> pd.DataFrame:
    """Return the people of whole years with provider, year and strata in codes."""
    people = run.people
    named = {name: people[name].fillna("NR").astype("str") for name in STRATA}
    provider = people["provider"] if names(run) else run.case.id
    years = run.years(people["date_of_death"])
    held = people.assign(**named, provider=provider, year=years)
    return held[held["year"].isin(_whole_years(run))]


def _ratio(run: Run, indicator: str, by: list[str]) -> pd.DataFrame:
    """Return numerator and denominator of an indicator by provider and other columns."""
    item = run.case.indicator(indicator)
    if len(run.people):
        people = _people(run)
        under = _of_people(run, people, item.denominator)
        over = under & _of_people(run, people, item.numerator)
        counted = people.assign(numerator=over.astype("int64"), denominator=under.astype("int64"))
        keys = ["provider", *by]
        made = counted.groupby(keys, as_index=False, observed=True)[["numerator", "denominator"]]
        return made.sum()
    from helpers.cohort import strata

    at = names(run)
    known = [name for name in by if name == "year" or name in run.case.dimensions]
    made = strata.ratios(run, by=[*([at] if at else []), *known], indicators=[indicator])
    made = made.rename(columns={at: "provider"}) if at else made.assign(provider=run.case.id)
    codes = {label: code for code, label in run.case.labels.items()}
    for name in set(known) - {"year"}:  # a comparison speaks in codes, not in the words of a case
        made[name] = made[name].map(lambda label: codes.get(label, label)).fillna("NR")
    return made.assign(**{name: "NR" for name in by if name not in known})


def _coverage(run: Run) -> pd.DataFrame:
    """Return deaths of the national list by year, and those linked to a death of the provider."""
    listed = run.extract.tables["registrations"]
    if listed.empty or names(run):  # a list of several trusts does not say whose a death was
        return pd.DataFrame(columns=["provider", "year", "numerator", "denominator"])
    years = run.years(listed["date_of_death"])
    held = listed.assign(year=years, numerator=listed["death_id"].notna().astype("int64"))
    held = held[held["year"].isin(_whole_years(run))].assign(denominator=1, provider=run.case.id)
    keys = ["provider", "year"]
    return held.groupby(keys, as_index=False)[["numerator", "denominator"]].sum()


def _form(run: Run, frame: pd.DataFrame, indicator: str, ids: dict[str, str]) -> pd.DataFrame:
    """Give rows the columns of a comparison."""
    if frame.empty:
        return pd.DataFrame(columns=COLUMNS)
    whole = _whole_years(run)
    first, last = (frame["year"],) * 2 if "year" in frame else (whole[0], whole[-1])
    days = [pd.Series(one, index=frame.index) for one in (first, last)]
    blank = {name: "" for name in STRATA if name not in frame}
    made = frame.assign(indicator=indicator, **blank, **ids)
    for name, years, end in zip(("period_start", "period_end"), days, (0, 1), strict=True):
        made[name] = pd.to_datetime([run.days_of(int(year))[end] for year in years])
    made = made.assign(data_status=run.case.data_status, recorded_by=made["provider"])
    return made[COLUMNS].astype({"numerator": "int64", "denominator": "int64"})


def rows(run: Run) -> pd.DataFrame:
    """Return numerators and denominators by provider, year and indicator, for everybody.

    Parameters
    ----------
    run : Run
        The run; years that it holds in part are left out.

    Returns
    -------
    DataFrame
        The columns of ``indicators.csv`` but for its pack; the coverage index among the
        indicators where the case holds a national list.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> made = rows(run)
    >>> made[["provider", "indicator", "numerator", "denominator"]].head(1)
       provider              indicator  numerator  denominator
    0  coroners  inquests_opened_share      31991       205438
    """
    parts = [
        _form(run, _ratio(run, item.id, ["year"]), item.id, ids_of(run.case, item.id))
        for item in run.case.indicators
    ]
    parts.append(_form(run, _coverage(run), COVERAGE, coverage_ids()))
    parts = [part for part in parts if len(part)]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def cells(run: Run, indicator: str) -> pd.DataFrame:
    """Return an indicator over all whole years by service, age band and sex.

    Parameters
    ----------
    run : Run
        The run.
    indicator : str
        Id of an indicator of the case.

    Returns
    -------
    DataFrame
        As :func:`rows`; empty where the case is not counted by all three.
    """
    if not set(STRATA) <= set(run.case.dimensions) or not _whole_years(run):
        return pd.DataFrame(columns=COLUMNS)
    made = _ratio(run, indicator, list(STRATA))
    made = made[made["denominator"].gt(0)].reset_index(drop=True)
    return _form(run, made, indicator, ids_of(run.case, indicator))


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows as a table shows them: the indicator by its id, whatever else it is called.

    Parameters
    ----------
    frame : DataFrame
        As :func:`rows` or :func:`cells` returns it.

    Returns
    -------
    DataFrame
        ``indicator`` is called indicator_id: the coverage index is no indicator of a case, and the
        definitions of all are not said again under the table. Without data_status, which every
        table of a pack says in its own way.

    Examples
    --------
    >>> shown(pd.DataFrame({"indicator": ["coverage"]})).columns.tolist()
    ['indicator_id']
    """
    return frame.rename(columns={"indicator": "indicator_id"}).drop(
        columns="data_status", errors="ignore"
    )
