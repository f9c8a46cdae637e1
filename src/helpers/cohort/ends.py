"""How investigations ended, and when: completed, ended otherwise, or still open.

``run`` is the run, as :func:`helpers.start` returns it.

- :func:`otherwise`, :func:`last_day`: which records ended otherwise, and to which day each is
  followed.
- :func:`ends`: one row an investigation with its days and its end.
- :func:`undated`: how many ended otherwise on a day that is not recorded.
"""

from __future__ import annotations

from typing import Literal

import pandas as pd

from helpers import chain
from helpers.cohort import delays
from helpers.run import Run

COMPLETED = "state_completed"
OTHER = ("state_delogged", "state_superseded", "state_abandoned")
Undated = Literal["earliest", "latest"]


def otherwise(run: Run, held: pd.DataFrame) -> pd.Series:
    """Return which records ended in another way than by being completed.

    Parameters
    ----------
    run : Run
        The run.
    held : DataFrame
        As :func:`helpers.cohort.delays.records` returns it.

    Returns
    -------
    Series
        True where an investigation was removed from the list, superseded or abandoned.
    """
    if "state" not in held:
        return pd.Series(False, index=held.index)
    return held["state"].isin(OTHER)


def _known(run: Run, held: pd.DataFrame) -> pd.Series:
    """Return the recorded day on which an investigation ended otherwise, where there is one."""
    tables = run.extract.tables
    incidents = tables["incidents"].merge(tables["incident_death"], on="incident_id")
    days = incidents[["delog_date", "downgrade_date"]].apply(pd.to_datetime).min(axis=1)
    by_death = days.groupby(incidents["death_id"]).min()
    found = pd.to_datetime(held["review_id"].map(by_death))
    return found.where(found.le(pd.Timestamp(run.case.extract_date)))


def last_day(run: Run, held: pd.DataFrame, *, undated: Undated = "earliest") -> pd.Series:
    """Return the day to which each record is followed.

    Parameters
    ----------
    run : Run
        The run.
    held : DataFrame
        As :func:`helpers.cohort.delays.records` returns it.
    undated : {"earliest", "latest"}
        Where an investigation ended otherwise on a day that is not recorded: the last day that is
        recorded of it (it cannot have ended before), or the extract (it cannot have ended after).

    Returns
    -------
    Series
        The extract, or the day on which the investigation ended otherwise.
    """
    extract = pd.Timestamp(run.case.extract_date)
    followed = pd.Series(extract, index=held.index)
    if not delays.of_deaths(run) or held.empty:
        return followed
    ended = otherwise(run, held)
    dated = [stage.milestone for stage in run.case.stages.path]
    seen = held[[*dated, run.case.stages.start]].max(axis=1)
    known = _known(run, held)
    assumed = seen if undated == "earliest" else followed
    # Nothing that is recorded of an investigation came after its end.
    return followed.mask(ended, known.fillna(assumed).combine(seen, max))


def undated(run: Run) -> int:
    """Return how many investigations ended otherwise on a day that is not recorded.

    Examples
    --------
    >>> from helpers import start
    >>> undated(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    0
    """
    held = delays.records(run)
    if run.case.stages is None or not delays.of_deaths(run):
        return 0
    ended = otherwise(run, held) & held[run.case.stages.path[-1].milestone].isna()
    return int((ended & _known(run, held).isna()).sum())


def ends(run: Run, *, undated: Undated = "earliest") -> pd.DataFrame:
    """Return one row an investigation with the days from its opening, and how it ended.

    Parameters
    ----------
    run : Run
        The run.
    undated : {"earliest", "latest"}
        As for :func:`last_day`.

    Returns
    -------
    DataFrame
        Columns review_id, source_row, days, cause (completed, removed from the list, superseded,
        abandoned, in words; missing: open at the extract), year, service, age_band and sex.
        Investigations without a day of opening, or with one after their end, are left out; a
        register of finished reports gives no row, for it says nothing of other ends.

    Examples
    --------
    >>> from helpers import start
    >>> len(ends(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")))
    0
    """
    columns = ["review_id", "source_row", "days", "cause", "year", "service", "age_band", "sex"]
    way = run.case.stages
    if way is None or not delays.of_deaths(run):
        return pd.DataFrame(columns=columns)
    held = delays.records(run)
    held = held[held[way.among].astype("bool")].reset_index(drop=True)
    closed = held[way.path[-1].milestone]
    other = otherwise(run, held) & closed.isna()
    day = closed.fillna(last_day(run, held, undated=undated))
    cause = held["state"].map(chain.STATES).where(other)
    cause = cause.mask(closed.notna(), chain.STATES[COMPLETED])
    days = (day - held[way.opened]).dt.days
    made = held.assign(days=days, cause=cause)[columns]
    return made[days.ge(0)].astype({"days": "int64"}).reset_index(drop=True)
