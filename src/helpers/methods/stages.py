"""Where time goes on a way of several stages, with those still on the way counted.

Functions
---------
occupation
    The share of people in each stage, day by day.
time_in_stages
    Mean days spent in each stage up to a horizon, with limits.

A person passes the stages in their order, is followed to the extract or to an end of another
kind, and may pass several on one day. A stage is *occupied* from the day on which the one before
it was passed until it is itself passed.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, check_level, numbers, refuse, require_columns

GROUPS = 50
_METHOD = "Aalen-Johansen state occupation (Datta and Satten 2001)"


@dataclass(frozen=True)
class _Ways:
    """Everybody's way as jumps between states, with what is needed to count who is at risk."""

    first: NDArray[np.intp]  # state at time 0, after what happened on that day
    time: Floats  # of each jump
    person: NDArray[np.intp]
    before: NDArray[np.intp]
    after: NDArray[np.intp]
    last: NDArray[np.intp]  # state at the end of follow-up, before an end of another kind
    followed: Floats
    states: int  # 0 to K - 1 waiting, K all passed, K + 1 ended otherwise


def _checked(
    frame: pd.DataFrame, stages: Sequence[str], followed: str, ended: str | None
) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return times of stages and follow-up, and who ended otherwise; refusals name the rows."""
    if not stages:
        raise ValueError("At least one stage is needed.")
    require_columns(frame, [*stages, followed, *([ended] if ended else [])])
    times = np.column_stack([numbers(frame, name) for name in stages])
    until = numbers(frame, followed)
    refuse(np.isnan(until), frame.index, f"the follow-up {followed!r} is missing")
    refuse(until < 0, frame.index, f"the follow-up {followed!r} is negative")
    refuse((times < 0).any(axis=1), frame.index, "a stage was passed before the start")
    refuse((times > until[:, None]).any(axis=1), frame.index, "a stage comes after the follow-up")
    known = ~np.isnan(times)
    gap = (np.cumsum(known[:, ::-1], axis=1)[:, ::-1] > 0) & ~known
    refuse(gap.any(axis=1), frame.index, "a stage has no time although a later one has")
    with np.errstate(invalid="ignore"):
        back = (np.diff(times, axis=1) < 0).any(axis=1)
    refuse(back, frame.index, "a stage comes before the one that precedes it")
    other = np.zeros(len(frame), dtype=bool)
    if ended:
        flag = numbers(frame, ended)
        refuse((flag != 0) & (flag != 1), frame.index, f"{ended!r} is neither 0 nor 1")
        other = flag == 1
        refuse(other & known[:, -1], frame.index, "all stages were passed and it ended otherwise")
    return times, until, other


def _ways(times: Floats, until: Floats, other: NDArray[np.bool_]) -> _Ways:
    count, stages = times.shape
    passed = (~np.isnan(times)).sum(axis=1)
    first = (times == 0).sum(axis=1)
    # A jump ends at the last stage passed at that time: the next one is later, or not there.
    following = np.column_stack([times[:, 1:], np.full(count, np.nan)])
    jump = (times > 0) & ~(following == times)
    person, stage = np.nonzero(jump)
    time, after = times[jump], stage + 1
    same = np.r_[False, person[1:] == person[:-1]]
    before = np.where(same, np.r_[0, after[:-1]], first[person])
    # An end of another kind on the day of the last stage passed is one jump, not two.
    at_once = other[person] & (time == until[person])
    after = np.where(at_once, stages + 1, after)
    alone = other & (until > 0)
    alone[person[at_once]] = False
    ends = np.flatnonzero(alone)
    return _Ways(
        first=np.where(other & (until == 0), stages + 1, first),
        time=np.r_[time, until[ends]],
        person=np.r_[person, ends].astype(np.intp),
        before=np.r_[before, passed[ends]].astype(np.intp),
        after=np.r_[after, np.full(ends.size, stages + 1)].astype(np.intp),
        last=passed,
        followed=until,
        states=stages + 2,
    )


def _at_risk(ways: _Ways, group: NDArray[np.intp], groups: int, grid: Floats) -> Floats:
    """Count who is in each state just before each time: (groups, times, states)."""
    here = np.zeros((groups, grid.size + 1, ways.states))
    # In at the first time after it was entered, out at the first time after it was left.
    entered = np.searchsorted(grid, ways.time, side="right")
    np.add.at(here, (group, 0, ways.first), 1.0)
    np.add.at(here, (group[ways.person], entered, ways.after), 1.0)
    np.add.at(here, (group[ways.person], entered, ways.before), -1.0)
    left = np.searchsorted(grid, ways.followed, side="right")
    moved = np.zeros(ways.first.size, dtype=bool)
    moved[ways.person[ways.after == ways.states - 1]] = True
    moved |= ways.first == ways.states - 1
    stay = ~moved & (ways.last < ways.states - 2)  # who has passed everything stays for good
    np.add.at(here, (group[stay], left[stay], ways.last[stay]), -1.0)
    return np.cumsum(here, axis=1)[:, :-1]


def _occupied(ways: _Ways, group: NDArray[np.intp], groups: int) -> tuple[Floats, Floats]:
    """Return times and the share in each state from then: of all, then without each group."""

    def replicates(counts: Floats) -> Floats:
        whole = counts.sum(axis=0)[None]
        return np.concatenate([whole, whole - counts]) if groups > 1 else whole

    jumps = np.flatnonzero(ways.time > 0)
    grid = np.unique(ways.time[jumps])
    risk = replicates(_at_risk(ways, group, groups, grid))
    start = np.zeros((groups, ways.states))
    np.add.at(start, (group, ways.first), 1.0)
    start = replicates(start)
    share = np.empty((len(start), grid.size + 1, ways.states))
    share[:, 0] = start / start.sum(axis=1, keepdims=True)
    order = jumps[np.argsort(ways.time[jumps], kind="stable")]
    bounds = np.searchsorted(ways.time[order], grid, side="left").tolist() + [order.size]
    for place in range(grid.size):
        now = order[bounds[place] : bounds[place + 1]]
        moves = np.zeros((groups, ways.states, ways.states))
        np.add.at(moves, (group[ways.person[now]], ways.before[now], ways.after[now]), 1.0)
        moves = replicates(moves)
        with np.errstate(divide="ignore", invalid="ignore"):
            chance = np.where(moves > 0, moves / risk[:, place, :, None], 0.0)
        flow = share[:, place, :, None] * chance
        share[:, place + 1] = share[:, place] - flow.sum(axis=2) + flow.sum(axis=1)
    return np.r_[0.0, grid], share


def _jackknife(value: Floats, without: Floats, count: int) -> Floats:
    """Return standard errors from the values without each group, whose sizes differ by one."""
    groups = len(without)
    size = np.full(groups, count // groups) + (np.arange(groups) < count % groups)
    times = (count / size)[:, None]
    pseudo = times * value - (times - 1.0) * without
    centre = groups * value - ((1.0 - 1.0 / times) * without).sum(axis=0)
    return np.sqrt((((pseudo - centre) ** 2) / (times - 1.0)).sum(axis=0) / groups)


def _names(stages: Sequence[str], ended: str | None) -> list[str]:
    return [*stages, "all passed", *(["ended otherwise"] if ended else [])]


def occupation(
    frame: pd.DataFrame,
    *,
    stages: Sequence[str],
    followed: str = "followed",
    ended: str | None = None,
) -> pd.DataFrame:
    """Share of people in each stage of a way, from day to day.

    Parameters
    ----------
    frame : DataFrame
        One row a person. It is not changed.
    stages : sequence of str
        Columns with the time at which each stage was passed, in the order of the way; missing
        where it had not been. The times of a row do not fall, and none is missing before one
        that is there.
    followed : str
        Column with the time to which the person was followed, in the same units.
    ended : str, optional
        Column of flags: 1 or True where the way ended otherwise at that time. Without it, whoever
        has not passed every stage is still on the way.

    Returns
    -------
    DataFrame
        ``time``, ``stage`` (the one that is waited for; ``all passed``; ``ended otherwise``),
        ``value`` (the share from that time on; the shares of a time add up to 1),
        ``denominator`` (people), ``method``. One time for each at which somebody moved, and 0.

    Raises
    ------
    ValueError
        For missing columns, a time that is negative, that falls, that is missing before a later
        one or that comes after the follow-up, and a way that ended otherwise although every
        stage was passed; the rows are named.

    Notes
    -----
    Aalen and Johansen (1978) Scand J Stat 5:141, used for the share in a state, which needs no
    Markov assumption if the end of follow-up says nothing about the way: Datta and Satten (2001)
    Stat Probab Lett 55:403. Without anybody still open it is the plain share.

    Examples
    --------
    >>> ways = pd.DataFrame({"known": [1, 1, 2], "closed": [3, None, 2], "followed": [9, 2, 9]})
    >>> occupation(ways, stages=["known", "closed"]).query("time == 2")[["stage", "value"]].round(2)
            stage  value
    6       known   0.00
    7      closed   0.67
    8  all passed   0.33
    """
    names = _names(stages, ended)
    times, until, other = _checked(frame, stages, followed, ended)
    if not len(frame):
        return pd.DataFrame(columns=["time", "stage", "value", "denominator", "method"])
    ways = _ways(times, until, other)
    grid, share = _occupied(ways, np.zeros(len(frame), dtype=np.intp), 1)
    held = share[0][:, : len(names)]
    return pd.DataFrame(
        {"time": np.repeat(grid, len(names)), "stage": np.tile(names, grid.size)}
        | {"value": held.ravel(), "denominator": len(frame), "method": _METHOD}
    )


def time_in_stages(
    frame: pd.DataFrame,
    *,
    stages: Sequence[str],
    horizon: float,
    followed: str = "followed",
    ended: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Mean days spent waiting for each stage up to a horizon.

    Parameters
    ----------
    frame, stages, followed, ended
        See `occupation`.
    horizon : float
        End of the window, above zero, in the units of the times.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        ``stage``, ``value`` (mean days in it within the horizon), ``std_error``, ``low``,
        ``high``, ``share`` (of the mean days on the way), ``numerator`` (people seen to pass it),
        ``denominator`` (people), ``waiting`` (people still waiting for it at the end of their
        follow-up), ``horizon``, ``level``, ``method``. NaN where nobody was followed to the
        horizon and somebody may still have been on the way.

    Raises
    ------
    ValueError
        As for `occupation`, and for a horizon that is not above zero.

    Notes
    -----
    The area under the share in each stage. Standard errors by the delete-a-group jackknife with
    up to 50 groups, taken in turn through the rows and not all of one size (Busing, Meijer and
    Van der Leeden 1999, Stat Comput 9:3); limits from Student's t with one degree of freedom
    fewer than groups, held at zero and at the horizon.

    Examples
    --------
    >>> ways = pd.DataFrame({"known": [1, 3, 2], "closed": [3, 9, 8], "followed": 20})
    >>> time_in_stages(ways, stages=["known", "closed"], horizon=10)[["stage", "value", "share"]]
        stage     value  share
    0   known  2.000000    0.3
    1  closed  4.666667    0.7
    """
    from scipy.special import stdtrit

    check_level(level)
    if not (np.isfinite(horizon) and horizon > 0):
        raise ValueError(f"The horizon must be a number above zero; got {horizon!r}.")
    times, until, other = _checked(frame, stages, followed, ended)
    columns = ["stage", "value", "std_error", "low", "high", "share", "numerator", "denominator"]
    if not len(frame):
        return pd.DataFrame(columns=[*columns, "waiting", "horizon", "level", "method"])
    groups = min(len(frame), GROUPS)
    ways = _ways(times, until, other)
    grid, share = _occupied(ways, np.arange(len(frame)) % groups, groups)
    widths = np.diff(np.minimum(np.r_[grid, max(horizon, grid[-1])], horizon))
    area = np.einsum("gts,t->gs", share, widths)[:, : len(stages)]
    value = area[0]
    error = _jackknife(value, area[1:], len(frame)) if groups > 1 else np.full(len(stages), np.nan)
    reach = stdtrit(groups - 1, 0.5 + level / 2) * error if groups > 1 else error
    done = ~np.isnan(times)
    waiting = np.array([((done.sum(axis=1) == k) & ~other).sum() for k in range(len(stages))])
    # Once everybody's follow-up is over and somebody was still waiting, the curve stands still.
    if until.max() < horizon and share[0, -1, : len(stages)].sum() > 1e-12:
        value = error = reach = np.full(len(stages), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        parts = value / value.sum()
    return pd.DataFrame(
        {"stage": list(stages), "value": value, "std_error": error}
        | {"low": np.maximum(value - reach, 0.0), "high": np.minimum(value + reach, horizon)}
        | {"share": parts, "numerator": done.sum(axis=0), "denominator": len(frame)}
        | {"waiting": waiting, "horizon": float(horizon), "level": level}
        | {"method": f"{_METHOD}; delete-a-group jackknife, {groups} groups"}
    )
