"""Protected curves as running totals: what they say, and nothing more.

- :func:`weekly`: events and people at risk by whole weeks, of one group of records.
- :class:`Told`: what a protected curve says, and its protected table.
- :func:`told_of`: all that a curve says under a profile, before anything is cut.
- :func:`band`: between which numbers a count lies of which the middle of its band is told.

A curve by :mod:`helpers.disclosure.curves` says how many started, and at each step how many had
reached the event and how many were lost before, each in bands. Times are whole weeks, so that its
first step is no shortest time of one person. What can be worked out from it is for
:mod:`helpers.disclosure.sums`, what a release tells for :mod:`helpers.disclosure.telling`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.disclosure.curves import curve
from helpers.disclosure.profiles import Profile
from helpers.disclosure.protect import Shown, midpoint

WEEK = 7


def weekly(days: pd.Series, observed: pd.Series) -> pd.DataFrame:
    """Return events and people at risk by whole weeks, of one group of records.

    Parameters
    ----------
    days : Series
        Days followed, 0 or more. A day counts at the end of its week; day 0 in the first.
    observed : Series
        Whether the event was seen on that day.

    Returns
    -------
    DataFrame
        time (days, a multiple of 7), events, at_risk (just before), lost (until just before);
        weeks with an event only, as :func:`helpers.disclosure.curves.curve` takes them.

    Examples
    --------
    >>> weekly(pd.Series([0, 7, 8, 20]), pd.Series([True, True, False, True])).values.tolist()
    [[7, 2, 4, 0], [21, 1, 1, 1]]
    """
    week = -(-days.clip(lower=1).astype("int64") // WEEK) * WEEK
    seen = observed.astype("bool")
    events = week[seen].value_counts().sort_index()
    lost = [int((week[~seen] < time).sum()) for time in events.index]
    before = events.cumsum().shift(fill_value=0).to_numpy()
    return pd.DataFrame(
        {
            "time": events.index.astype("int64"),
            "events": events.to_numpy(dtype="int64"),
            "at_risk": len(days) - before - np.array(lost, dtype="int64"),
            "lost": np.array(lost, dtype="int64"),
        }
    )


def band(middle: int, width: int) -> Shown:
    """Return what the middle of a band says.

    Parameters
    ----------
    middle : int
        The middle; 0 stands for nobody.
    width : int
        Numbers in a band.

    Examples
    --------
    >>> band(9, 6)
    Shown(value=9, low=7, high=12)
    """
    half = width // 2
    return Shown(middle, middle - half + 1, middle + half) if middle else Shown(0, 0, 0)


@dataclass(frozen=True)
class Told:
    """What a protected curve says, and nothing more.

    Parameters
    ----------
    started : int
        People at the start, as the middle of their band.
    steps : tuple of tuple of int
        Time in days, people who had reached the event by then, and people lost before, as middles.
    whole : bool
        Nothing was cut off: after the last step the running total stays in its band.
    width : int
        Numbers in a band.
    """

    started: int
    steps: tuple[tuple[int, int, int], ...]
    whole: bool
    width: int = 6

    def frame(self) -> pd.DataFrame:
        """Return the table: time, events, at_risk, survival; made from what is told alone."""
        made = pd.DataFrame(list(self.steps), columns=["time", "reached", "lost"])
        events = made["reached"].diff().fillna(made["reached"])
        at_risk = (self.started - (made["reached"] - events) - made["lost"]).clip(lower=0)
        share = (events / at_risk.where(at_risk.gt(0))).clip(upper=1)
        return pd.DataFrame(
            {
                "time": made["time"],
                "events": events.astype("int64"),
                "at_risk": at_risk.astype("int64"),
                "survival": (1 - share).cumprod(),
            }
        )


def told_of(frame: pd.DataFrame, profile: Profile) -> Told:
    """Return all that a curve says under a profile, before anything is cut.

    Parameters
    ----------
    frame : DataFrame
        As :func:`weekly` returns it.
    profile : Profile
        A profile whose rule covers curves.

    Raises
    ------
    InputError
        If no rule of the profile covers curves.

    Examples
    --------
    >>> from helpers.disclosure.profiles import RELEASES
    >>> days = pd.Series(range(1, 15))
    >>> told_of(weekly(days, days.gt(0)), profile=RELEASES["opensafely"]).steps
    ((7, 9, 0), (14, 15, 0))
    """
    width = profile.midpoint
    made = curve(frame[["time", "events", "at_risk"]], profile=profile)
    reached = made[f"events_midpoint{width}"].cumsum()
    lost = frame.set_index("time")["lost"].map(lambda count: midpoint(int(count), width))
    rows = zip(made["time"], reached, lost.loc[made["time"]], strict=True)
    start = midpoint(int(frame["at_risk"].iloc[0] + frame["lost"].iloc[0]), width)
    return Told(start, tuple(tuple(map(int, row)) for row in rows), True, width)  # type: ignore[arg-type]
