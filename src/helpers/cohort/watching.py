"""What further charts, funnels and lists are made of: exposure, units, and gaps told in deaths.

``run`` is what :func:`helpers.start` returns.

- :func:`groups`: the first dimension of the case, which a change or an expected count allows for.
- :func:`against`: events of an indicator by period, against person-years where the case holds them.
- :func:`between`: how many others there were between one rare event and the next.
- :func:`layers`: the units of an indicator, each with the strata that an expected count allows for.
- :func:`exposed_units`: events against person-years by year, or against the denominator by unit.
- :func:`two_years`: events of each unit in the last year and in the year before.
- :func:`three_lists`: who of the trust's deaths is on which of three other lists.
- :func:`where_held`: a method applied where there are rows, and no rows where there are none.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from helpers.cohort import exposed, series, strata, units
from helpers.run import Run
from helpers.tables import among

OFFSETS = {"month": {"months": 1}, "quarter": {"months": 3}, "year": {"years": 1}}
LISTS = ["incident system", "coroner", "national list"]
UNIT = ["label", "peers", "area"]


def groups(run: Run) -> list[str]:
    """Return the first dimension of the case, such as its services or regions.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    list of str
        One name, as `helpers.methods.decompose.kitagawa` and others take strata.

    Examples
    --------
    >>> from helpers import start
    >>> groups(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    ['region']
    """
    return list(run.case.dimensions)[:1]


def against(run: Run, indicator: str, *, grain: str = "month") -> pd.DataFrame:
    """Return events of an indicator by period with what they are counted against.

    Where the case holds person-years, those of a year are divided among its periods by their days;
    where it holds none, the denominator of the indicator takes their place.

    Parameters
    ----------
    run : Run
        The run.
    indicator : str
        Id of an indicator of the case; its numerator is counted.
    grain : {"month", "quarter", "year"}
        Length of a period. Annual counts have years only, whatever is asked.

    Returns
    -------
    DataFrame
        Columns label (what is counted, against what), period (its first day), numerator,
        denominator (person-years, or a number of deaths), in order; periods of years without
        person-years are left out.

    Raises
    ------
    InputError
        If the case has no such indicator.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> against(run, "inquests_opened_share", grain="year")[["numerator", "denominator"]]
       numerator  denominator
    0      31991     205438.0
    """
    found = run.case.indicator(indicator)
    made = series.shares(run, indicator, grain=grain).astype({"denominator": "float64"})
    years = exposed.exposed(run, by="year").set_index("year")["denominator"]
    unit = "as the indicator counts them"
    if len(years):
        unit = "against person-years"
        first = made["period"]
        days = (first + pd.DateOffset(**OFFSETS[grain]) - first).dt.days
        opens = run.years(first)
        begins = pd.to_datetime(
            {"year": opens.astype("int64"), "month": run.case.year_start_month, "day": 1}
        )
        whole = (begins + pd.DateOffset(years=1) - begins).dt.days
        made["denominator"] = opens.map(years).astype("float64") * days / whole
        made = made[made["denominator"].gt(0)].reset_index(drop=True)
    made["label"] = f"{found.label}, {unit}"
    return made[["label", "period", "numerator", "denominator"]]


def between(run: Run, measure: str, stratum: str) -> pd.DataFrame:
    """Return how many others there were between one rare event and the next.

    Parameters
    ----------
    run : Run
        The run.
    measure : str
        A step of the chain, or ``reports`` for the reports of a register.
    stratum : str
        A service of the trust: the others are its deaths that did not reach the step; or a category
        of the reports: the others are the reports of every other category.

    Returns
    -------
    DataFrame
        One row an event but the first: label, date (its day), event (from 1) and value (the others
        since the one before). Those of one day stand in the order of their ids. What came before
        the first event or after the last is in no gap.

    Raises
    ------
    InputError
        If there is no such measure.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> between(run, "reports", "Service personnel").columns.tolist()
    ['label', 'date', 'event', 'value']
    """
    label = series.events(run, measure, stratum)["label"]
    columns = ["label", "date", "event", "value"]
    if label.empty:
        return pd.DataFrame(columns=columns).astype({"value": "float64"})
    every = _reports(run, stratum) if measure == "reports" else _deaths(run, measure, stratum)
    every = every.dropna(subset="date").sort_values(["date", "id"], ignore_index=True)
    hits = every[every["hit"]]
    gaps = hits.index.to_series().diff().sub(1)
    made = pd.DataFrame({"label": label.iloc[0], "date": hits["date"], "value": gaps}).iloc[1:]
    return made.assign(event=range(1, len(made) + 1))[columns].reset_index(drop=True)


def _deaths(run: Run, measure: str, stratum: str) -> pd.DataFrame:
    people = run.people.assign(deaths=True)
    own = people[people["service"].eq(stratum)]
    day = pd.to_datetime(own["date_of_death"])
    return pd.DataFrame({"id": own["death_id"], "date": day, "hit": own[measure].astype("bool")})


def _reports(run: Run, stratum: str) -> pd.DataFrame:
    """Return the reports that have a category, each with its day."""
    held = run.reports[run.reports["category"].notna()]
    told = run.milestones
    deciding = told["register"].map({one.id: one.period_milestone for one in run.case.sources})
    day = told[told["milestone"].eq(deciding)].groupby("review_id")["date"].min()
    kinds = held["category"].astype("str").str.split(" | ", regex=False)
    hit = [stratum in one for one in kinds]
    days = pd.to_datetime(held["review_id"].map(day))
    return pd.DataFrame({"id": held["review_id"], "date": days, "hit": hit})


def layers(run: Run, indicator: str) -> pd.DataFrame:
    """Return the units of an indicator with the strata that an expected count allows for.

    Parameters
    ----------
    run : Run
        The run.
    indicator : str
        Id of an indicator of the case.

    Returns
    -------
    DataFrame
        Columns label, peers, area (the unit), stratum (age band and sex where the case has them,
        else the year), numerator, denominator, over the whole period. Units that the last year
        does not name are left out: areas merge, and a name that ended has nothing to be placed at.

    Raises
    ------
    InputError
        If the case has no such indicator.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> made = layers(run, "inquests_opened_share")
    >>> made["stratum"].unique().tolist(), made["area"].nunique()
    (['2020'], 85)
    """
    by = units.naming(run)
    own = [name for name in ("age_band", "sex") if name in run.case.dimensions] or ["year"]
    made = strata.ratios(run, by=[*by, *own], indicators=[indicator])
    last = strata.ratios(run, by=[*by, "year"], indicators=[indicator], latest=True)
    kept = set(last[by].itertuples(index=False, name=None))
    placed = [one in kept for one in made[by].itertuples(index=False, name=None)]
    made = made[np.array(placed, dtype="bool")]
    made = made.assign(stratum=made[own].astype("str").agg(", ".join, axis=1))
    return units.with_peers(run, made)[[*UNIT, "stratum", "numerator", "denominator"]].reset_index(
        drop=True
    )


def exposed_units(run: Run, indicator: str) -> pd.DataFrame:
    """Return events against person-years by year, or against the denominator by unit.

    Parameters
    ----------
    run : Run
        The run.
    indicator : str
        Id of an indicator of the case; its numerator is counted.

    Returns
    -------
    DataFrame
        Columns label, peers, area, numerator, denominator (in thousands). Where the case holds
        person-years the units are the years of each service; elsewhere the units of the last year,
        against the denominator of the indicator.

    Raises
    ------
    InputError
        If the case has no such indicator.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> made = exposed_units(run, "inquests_opened_share")
    >>> len(made), made["denominator"].sum().round(3).item()
    (85, 205.438)
    """
    found = run.case.indicator(indicator)
    columns = [*UNIT, "numerator", "denominator"]
    held = exposed.exposed(run, by=["service", "year"], measure=found.numerator)
    if len(held):
        made = held.assign(label=found.label, area=held["year"].astype("str"))
    else:
        made = strata.ratios(
            run, by=[*units.naming(run), "year"], indicators=[indicator], latest=True
        )
    made = made.assign(denominator=made["denominator"].astype("float64") / 1000)
    return units.with_peers(run, made)[columns]


def two_years(run: Run, indicator: str) -> pd.DataFrame:
    """Return events of each unit in the last year and in the year before.

    Parameters
    ----------
    run : Run
        The run.
    indicator : str
        Id of an indicator of the case; its numerator is counted.

    Returns
    -------
    DataFrame
        Columns label, peers, area, year (the last), numerator (its events), denominator (events of
        the year before). Units that one of the two years lacks are left out; empty where the period
        has one year.

    Raises
    ------
    InputError
        If the case has no such indicator.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(two_years(run, "inquests_opened_share"))  # one year alone
    0
    """
    by = units.naming(run)
    made = units.with_peers(run, strata.ratios(run, by=[*by, "year"], indicators=[indicator]))
    columns = [*UNIT, "year", "numerator", "denominator"]
    if made.empty or made["year"].nunique() < 2:
        return pd.DataFrame(columns=columns).astype({"numerator": "int64", "denominator": "int64"})
    last = made["year"].max()
    after, before = (made[made["year"].eq(one)] for one in (last, last - 1))
    before = before[[*UNIT, "numerator"]].rename(columns={"numerator": "before"})
    both = after.drop(columns="denominator").merge(before, on=UNIT)
    return both.rename(columns={"before": "denominator"})[columns]


def three_lists(run: Run) -> pd.DataFrame:
    """Return how many of the trust's deaths are on which of three other lists.

    All of them are on the trust's patient system, so how many are on none of the three is known,
    and an estimate of that number can be held against it. Known through the coroner are deaths of
    which the coroner told the trust, and those that it referred: referrals alone are written in the
    incident system, and would be no list of their own.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        One row a cell of the three lists, a column each (on it or not), and count; the cell of none
        of the three is not a row: ``attrs["unseen"]`` is its number. Empty where the case has no
        national list.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> three_lists(run).columns.tolist()
    ['incident system', 'coroner', 'national list', 'count']
    """
    people, listed = run.people, run.extract.tables["registrations"]
    if people.empty or listed.empty:
        return pd.DataFrame(columns=[*LISTS, "count"])
    told = run.extract.tables["milestones"]
    referred = told.loc[told["milestone"].eq("coroner_referral"), "death_id"].dropna()
    linked = listed["death_id"].dropna()
    on = pd.DataFrame(
        {
            LISTS[0]: people["reported"].astype("bool"),
            LISTS[1]: among(people["death_id"], referred) | people["dod_source"].eq("coroner"),
            LISTS[2]: among(people["death_id"], linked),
        }
    )
    some = on[on.any(axis=1)]
    cells = some.groupby(LISTS, sort=True).size().rename("count").reset_index()
    cells.attrs["unseen"] = int(len(on) - len(some))
    return cells


def where_held(
    frame: pd.DataFrame,
    method: Callable[..., pd.DataFrame],
    *,
    columns: Sequence[str] = ("model", "value", "low", "high"),
    **options: object,
) -> pd.DataFrame:
    """Return what a method makes of a frame, or no rows where there is nothing to apply it to.

    Parameters
    ----------
    frame : DataFrame
        What the method takes. ``attrs["unseen"]`` becomes the column known_unseen.
    method : callable
        A method of `helpers.methods` that refuses a frame without rows.
    columns : sequence of str
        Columns of the frame without rows.
    **options
        Passed on to the method.

    Returns
    -------
    DataFrame
        The result of the method.

    Examples
    --------
    >>> where_held(pd.DataFrame(columns=["n"]), pd.DataFrame.cumsum, columns=["n"]).empty
    True
    """
    if frame.empty:
        return pd.DataFrame(columns=list(columns))
    made = method(frame, **options)
    if "unseen" in frame.attrs:
        made = made.assign(known_unseen=frame.attrs["unseen"])
    return made
