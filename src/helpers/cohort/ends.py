"""How investigations ended, and when: completed, ended otherwise, or still open.

``run`` is the run, as :func:`helpers.start` returns it.

- :func:`otherwise`, :func:`last_day`: which records ended otherwise, and to which day each is
  followed.
- :func:`ends`: one row an investigation with its days and its end.
- :func:`both_ways`: stretches with other ends counted as never reaching the second day, and
  followed to those ends; :func:`side_by_side`, :func:`worded`: results of both, as tables and
  sentences take them.
- :func:`under_both`: the ends under both assumptions about ends without a day.
- :func:`groups`: the column by which they may be compared; :func:`compared`: the records that a
  test between groups compares.

What one more open investigation does to a median depends on which. It never shortens the median of
one stretch (Kaplan-Meier), nor the time by which half had ended in any way. The time by which a
share had come to one of several competing ends it can bring forward, for it slows the others
(:func:`helpers.methods.competing.incidence_quantiles`); and the median days among those who came
to an end is one of finished ones alone. No notebook states either of these two.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from helpers import chain
from helpers.cohort import delays
from helpers.run import Run

COMPLETED = "state_completed"
OTHER = ("state_delogged", "state_superseded", "state_abandoned")
Undated = Literal["earliest", "latest"]
NONE = "no other end on record"
NEVER, UNTIL = "counted as never reaching it", "followed to that end"
"""What becomes, in a stretch, of investigations that ended otherwise before its second day."""


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


def _last(run: Run, held: pd.DataFrame) -> pd.Series:
    """Return the milestone of the last stage that concerns each record."""
    path = run.case.stages.path
    name = pd.Series(path[-1].milestone, index=held.index, dtype="object")
    for stage in path:
        name = name.mask(held[stage.among].astype("bool"), stage.milestone)
    return name


def _closed(run: Run, held: pd.DataFrame) -> pd.Series:
    """Return the day on which the last stage that concerns each record was passed."""
    last = _last(run, held)
    day = pd.Series(pd.NaT, index=held.index, dtype="datetime64[s]")
    for name in last.unique():
        day = day.mask(last.eq(name), held[name])
    return day


def _completed_undated(run: Run, held: pd.DataFrame) -> pd.Series:
    """Return which were completed by their state although no day of the last stage is recorded.

    One that is dated after the extract is recorded: it was still open at the extract.
    """
    if "state" not in held:
        return pd.Series(False, index=held.index)
    dated = pd.MultiIndex.from_frame(run.milestones[["death_id", "milestone"]])
    last = pd.MultiIndex.from_arrays([held["review_id"], _last(run, held)])
    return held["state"].eq(COMPLETED) & ~last.isin(dated)


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
        Where an investigation ended otherwise, or was completed, on a day that is not recorded:
        the last day that is recorded of it (it cannot have ended before), or the extract (it
        cannot have ended after).

    Returns
    -------
    Series
        The extract, or the day on which the investigation ended otherwise, or was completed
        without a day of its last stage.
    """
    extract = pd.Timestamp(run.case.extract_date)
    followed = pd.Series(extract, index=held.index)
    if not delays.of_deaths(run) or held.empty:
        return followed
    ended = otherwise(run, held)
    way = run.case.stages
    dated = [stage.milestone for stage in way.path]
    seen = held[list(dict.fromkeys([*dated, way.start, way.opened]))].max(axis=1)
    known = _known(run, held)
    assumed = seen if undated == "earliest" else followed
    # Nothing that is recorded of an investigation came after its end.
    followed = followed.mask(_completed_undated(run, held), assumed)
    return followed.mask(ended, known.fillna(assumed).combine(seen, max))


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
        An investigation is completed on the day of the last stage that concerns it, or by its
        state alone where no such day is recorded. Those without a day of opening, or with one
        after their end, are left out; a register of finished reports gives no row, for it says
        nothing of other ends.

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
    closed = _closed(run, held)
    other = otherwise(run, held) & closed.isna()
    day = closed.fillna(last_day(run, held, undated=undated))
    cause = held["state"].map(chain.STATES).where(other)
    completed = closed.notna() | _completed_undated(run, held)
    cause = cause.mask(completed, chain.STATES[COMPLETED])
    days = (day - held[way.opened]).dt.days
    order = [chain.STATES[name] for name in (COMPLETED, *OTHER)]
    cause = pd.Categorical(cause, categories=order, ordered=True)
    made = held.assign(days=days, cause=cause)[columns]
    return made[days.ge(0)].astype({"days": "int64"}).reset_index(drop=True)


def under_both(run: Run) -> pd.DataFrame:
    """Return the ends twice: with ends without a day as early and as late as they can have been.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        The columns of :func:`ends` and ``undated``, the assumption in words.
    """
    parts = {
        "on their last recorded day": ends(run, undated="earliest"),
        "on the day of the extract": ends(run, undated="latest"),
    }
    whole = pd.concat([part.assign(undated=words) for words, part in parts.items()])
    whole["undated"] = pd.Categorical(whole["undated"], categories=list(parts), ordered=True)
    return whole.reset_index(drop=True)


def groups(run: Run, group: str) -> str:
    """Return the column by which ends may be compared: the one asked for, if they have it.

    Parameters
    ----------
    run : Run
        The run.
    group : str
        The column that groups people in this run.
    """
    return group if group in ends(run) else "service"


def compared(frame: pd.DataFrame, group: str) -> pd.DataFrame:
    """Return the records that a test between groups compares: none where all are of one group.

    Parameters
    ----------
    frame : DataFrame
        Records, one row each.
    group : str
        The column that tells groups apart.

    Returns
    -------
    DataFrame
        The frame, or its columns without rows.

    Examples
    --------
    >>> one = pd.DataFrame({"service": ["Older", "Older"]})
    >>> two = one.assign(service=["Older", "Adult"])
    >>> len(compared(one, "service")), len(compared(two, "service"))
    (0, 2)
    """
    return frame if len(frame[group].dropna().unique()) > 1 else frame.iloc[:0]


def both_ways(run: Run, days: pd.DataFrame) -> pd.DataFrame:
    """Return stretches twice where investigations ended otherwise before the second day.

    To count such a one as never having reached it answers what share of all had got there; to
    follow it to its end answers how long the way takes while it is being gone.

    Parameters
    ----------
    run : Run
        The run.
    days : DataFrame
        As :func:`helpers.cohort.delays.durations` returns it for the run.

    Returns
    -------
    DataFrame
        The rows of ``days`` with ``ended_otherwise`` in words; stretches with any such record
        stand twice, the second time followed to their ends.
    """
    words = pd.CategoricalDtype([NONE, NEVER, UNTIL], ordered=True)
    if days.empty or not delays.of_deaths(run) or run.case.stages is None:
        return days.assign(ended_otherwise=pd.Series(NONE, index=days.index, dtype=words))
    held = delays.records(run)
    extract = pd.Timestamp(run.case.extract_date)
    short = (extract - last_day(run, held)).dt.days.where(otherwise(run, held), 0)
    cut = days["review_id"].map(dict(zip(held["review_id"], short, strict=True))).fillna(0)
    cut = cut.where(~days["observed"].astype("bool"), 0)
    twice = days["interval"].isin(set(days.loc[cut.gt(0), "interval"]))
    ended = days[twice].assign(days=(days["days"] - cut)[twice].clip(lower=0).astype("int64"))
    first = days.assign(ended_otherwise=twice.map({True: NEVER, False: NONE}))
    whole = pd.concat([first, ended.assign(ended_otherwise=UNTIL)])
    return whole.astype({"ended_otherwise": words}).reset_index(drop=True)


def side_by_side(found: pd.DataFrame, *, by: Sequence[str]) -> pd.DataFrame:
    """Return results of both ways in one row, the second beside the first.

    Parameters
    ----------
    found : DataFrame
        What a method makes of :func:`both_ways` by ``by`` and ended_otherwise: value, low, high.
    by : sequence of str
        Columns that tell the rows of one way apart.

    Returns
    -------
    DataFrame
        One row a group: those of the first way, with followed_value, followed_low and
        followed_high (other ends followed to their day) after them. Where nothing ended otherwise
        both ways are one; where nothing did anywhere there are no such columns.

    Examples
    --------
    >>> found = pd.DataFrame({"label": "Final report", "ended_otherwise": [NEVER, UNTIL]})
    >>> found = found.assign(value=[187.0, 181.0], low=[174.0, 169.0], high=[202.0, 195.0])
    >>> side_by_side(found, by=["label"])[["value", "followed_value"]]
       value  followed_value
    0  187.0           181.0
    """
    second = found["ended_otherwise"].eq(UNTIL)
    first = found[~second].drop(columns="ended_otherwise").reset_index(drop=True)
    if not second.any():
        return first
    columns, keys = ["value", "low", "high"], list(by)
    beside = found.loc[second, [*keys, *columns]]
    beside = beside.rename(columns={name: f"followed_{name}" for name in columns})
    made = first.merge(beside, on=keys, how="left", indicator="both")
    alone = made.pop("both").eq("left_only")
    for name in columns:
        made[f"followed_{name}"] = made[f"followed_{name}"].mask(alone, made[name])
    at = made.columns.get_loc("high") + 1
    order = [*first.columns[:at], *(f"followed_{name}" for name in columns), *first.columns[at:]]
    return made[order]


def worded(found: pd.DataFrame) -> pd.DataFrame:
    """Return results of both ways with the words that a sentence needs.

    Parameters
    ----------
    found : DataFrame
        What a method makes of :func:`both_ways`, with ended_otherwise.

    Returns
    -------
    DataFrame
        The same with ``counted``, the way in words (empty where nothing ended otherwise), and
        ``way``, "followed" in rows of the second.

    Examples
    --------
    >>> worded(pd.DataFrame({"ended_otherwise": [NONE, UNTIL]}))["counted"].tolist()
    ['', ' (those that ended otherwise followed to that end)']
    """
    ways = found["ended_otherwise"].astype("str")
    said = (" (those that ended otherwise " + ways + ")").mask(ways.eq(NONE), "")
    return found.assign(counted=said, way=ways.eq(UNTIL).map({True: "followed", False: ""}))
