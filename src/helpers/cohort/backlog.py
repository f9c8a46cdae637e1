"""What was unfinished at any day: investigations open, their age, and what came in and went out.

``run`` is the run, as :func:`helpers.start` returns it.

- :data:`AGES`: the bands of age.
- :func:`open_at`: how many investigations were open at the end of each month or quarter, by age.
- :func:`flow`: opened, ended and still open, period by period; what came in less what went out is
  the change.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd

from helpers.cohort import ends
from helpers.run import Run

Grain = Literal["month", "quarter", "year"]

AGES = {
    "up to 3 months": 91,
    "over 3 to 6 months": 183,
    "over 6 to 12 months": 365,
    "over 12 months": np.inf,
}
"""Bands of the age of an open investigation, each with its last day."""


def _spells(run: Run) -> pd.DataFrame:
    """Return the day on which each investigation was opened, and that of its end if it has one."""
    made = ends.ends(run)
    if made.empty:
        return made.assign(opened=pd.Series(dtype="datetime64[s]"), ended=pd.NaT)
    way = run.case.stages
    opened = ends.delays.records(run).set_index("review_id")[way.opened]
    start = made["review_id"].map(opened)
    return made.assign(
        opened=start,
        ended=(start + pd.to_timedelta(made["days"], unit="D")).where(made["cause"].notna()),
    )


def _closes(run: Run, grain: Grain) -> pd.DatetimeIndex:
    """Return the last days of the periods that lie between the first day and the extract."""
    step = {"month": "ME", "quarter": "QE", "year": None}[grain]
    first, last = pd.Timestamp(run.period_start), pd.Timestamp(run.case.extract_date)
    if step is None:
        years = range(run.year(run.period_start), run.year(run.case.extract_date) + 1)
        days = pd.DatetimeIndex([run.days_of(year)[1] for year in years])
        return days[days <= last]
    return pd.date_range(first, last, freq=step)


def open_at(run: Run, *, grain: Grain = "quarter") -> pd.DataFrame:
    """Return how many investigations were open at the end of each period, by their age.

    Deaths before the period are not among them, so the first periods hold less than was open.

    Parameters
    ----------
    run : Run
        The run.
    grain : {"month", "quarter", "year"}
        Length of a period; the last ends on or before the extract.

    Returns
    -------
    DataFrame
        Columns date (the last day of the period), label (band of age), numerator (open, of that
        age), denominator (all open then), median_age (days, of all open then).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(open_at(run))  # a register of finished reports holds no open ones
    0
    """
    spells = _spells(run)
    columns = ["date", "label", "numerator", "denominator", "median_age"]
    rows = []
    edges = [-1, *AGES.values()]
    for day in _closes(run, grain) if len(spells) else ():
        still = spells[spells["opened"].le(day) & ~spells["ended"].le(day)]
        age = (day - still["opened"]).dt.days
        bands = pd.cut(age, edges, labels=list(AGES)).value_counts(sort=False)
        middle = float(age.median()) if len(age) else np.nan
        rows += [(day, band, int(count), len(still), middle) for band, count in bands.items()]
    return pd.DataFrame(rows, columns=columns)


def flow(run: Run, *, grain: Grain = "quarter") -> pd.DataFrame:
    """Return how many investigations were opened and ended in each period, and how many remained.

    Parameters
    ----------
    run : Run
        The run.
    grain : {"month", "quarter", "year"}
        Length of a period.

    Returns
    -------
    DataFrame
        Columns start, date (first and last day), opened, completed, otherwise (ended otherwise),
        open_before, open_after, and months_of_work: how long the open ones would last at the pace
        at which investigations ended in the period. open_before + opened - completed - otherwise =
        open_after.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(flow(run, grain="year"))
    0
    """
    spells, closes = _spells(run), _closes(run, grain)
    columns = ["start", "date", "opened", "completed", "otherwise", "open_before", "open_after"]
    if spells.empty or not len(closes):
        return pd.DataFrame(columns=[*columns, "months_of_work"])
    starts = [pd.Timestamp(run.period_start), *(closes[:-1] + pd.Timedelta(days=1))]
    completed = spells["cause"].eq(ends.chain.STATES[ends.COMPLETED])
    # By a slip in the records one can have been opened before the first death of the period.
    earlier = spells["opened"].lt(starts[0]) & ~spells["ended"].lt(starts[0])
    rows, held = [], int(earlier.sum())
    for first, last in zip(starts, closes, strict=True):
        ended = spells["ended"].between(first, last)
        opened = int(spells["opened"].between(first, last).sum())
        done, other = int((ended & completed).sum()), int((ended & ~completed).sum())
        after = held + opened - done - other
        months = ((last - first).days + 1) / 30.4375
        pace = (done + other) / months
        work = after / pace if pace else np.nan
        rows.append((first, last, opened, done, other, held, after, work))
        held = after
    return pd.DataFrame(rows, columns=[*columns, "months_of_work"])
