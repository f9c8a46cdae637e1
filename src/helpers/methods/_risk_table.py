"""Who is at risk and who leaves, counted by group and time.

Functions
---------
flows
    How many join and how many leave, by group and time.
risk_table
    Records at risk, and what ended them, at each time of each group.
at_events
    The same as matrices of time by group, at the times of any event.
on_days
    Whether durations are whole numbers that a table by day can hold.
tally
    Distinct keys and how often each stands.
followed
    Records at risk at given times.
running, sums
    Sums or products within each group, running or whole.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._checks import Floats
from ._records import CHUNK, DENSE, Ints, Records, chunks

# Whole-number durations below this are counted in a table by day; others are sorted.
LONGEST = 1_000_000


@dataclass(frozen=True)
class Flows:
    """Joining and leaving by group and position in ``times``, each pair once."""

    times: Floats
    left_group: Ints
    left_at: Ints
    left_kind: Ints
    left: Floats
    joined_group: Ints
    joined_at: Ints
    joined: Floats


@dataclass(frozen=True)
class RiskTable:
    """What happened at each time at which a record of the group ended.

    Attributes
    ----------
    group, time : ndarray
        Sorted by group, then time.
    n_risk, n_event, n_censored : ndarray
        Records at risk; events by cause (a column each); records that ended still open.
    starts, sizes : ndarray
        First row of each group, and its number of records.
    ran_out : ndarray
        By group: the time at which nobody was left at risk though others entered later, or NaN.
    """

    group: Ints
    time: Floats
    n_risk: Floats
    n_event: Floats
    n_censored: Floats
    starts: Ints
    sizes: Floats
    ran_out: Floats

    def parts(self) -> list[slice]:
        """Rows of each group."""
        ends = np.r_[self.starts[1:], self.time.size] if self.starts.size else self.starts
        return [slice(start, end) for start, end in zip(self.starts, ends, strict=True)]


def tally(
    key_of: Callable[[slice], Ints], rows: int, weight: Floats | None, size: int
) -> tuple[Ints, Floats]:
    """Return the distinct keys, ascending, and how often (or with what weight) each stands.

    Parameters
    ----------
    key_of : callable
        The keys of a slice of rows.
    rows, size : int
        How many rows there are, and the number that all keys are below.
    weight : ndarray or None
        How many records each row stands for.

    Examples
    --------
    >>> tally(np.array([4, 1, 4]).__getitem__, 3, None, 5)
    (array([1, 4]), array([1., 2.]))
    """
    if size > max(DENSE, rows):
        found, place = np.unique(key_of(slice(0, rows)), return_inverse=True)
        return found, np.bincount(place, weights=weight, minlength=found.size).astype(float)
    count = np.zeros(size)
    for part in chunks(rows, max(CHUNK, size)):
        some = None if weight is None else weight[part]
        count += np.bincount(key_of(part), weights=some, minlength=size)
    found = np.flatnonzero(count)
    return found, count[found]


def on_days(days: Floats) -> bool:
    """Whether durations are whole numbers that a table by day can hold."""
    if not days.size or days.max() >= LONGEST:
        return False
    return days.dtype.kind in "iu" or np.array_equal(days, np.floor(days))


def flows(checked: Records) -> Flows:
    """Count those who join and those who leave, by group and time.

    Notes
    -----
    A record is at risk on (entry, duration]: it joins at the first time after its entry. Whole
    days are counted by day, other durations by sorting.
    """
    days, groups = checked.days, len(checked.keys)
    if on_days(days):
        times, at = np.arange(days.max() + 1.0), days
    else:
        times, at = np.unique(days.astype(float), return_inverse=True)
    span, kinds = times.size, len(checked.causes) + 1

    def ending(part: slice) -> Ints:
        key = checked.group[part].astype(np.intp)
        key *= span
        key += at[part].astype(np.intp)
        key *= kinds
        key += checked.kind[part]
        return key

    def joining(part: slice) -> Ints:
        start = np.searchsorted(times, checked.entry[part], side="right")
        return checked.group[part] * np.intp(span) + start

    key, left = tally(ending, days.size, checked.weight, groups * span * kinds)
    place, kind = np.divmod(key, kinds)
    group, at = np.divmod(place, max(span, 1))
    if checked.entry is None:
        sizes = np.bincount(group, weights=left, minlength=groups)
        everyone = np.arange(groups)
        return Flows(times, group, at, kind, left, everyone, 0 * everyone, sizes)
    key, joined = tally(joining, days.size, checked.weight, groups * span)
    joined_group, joined_at = np.divmod(key, max(span, 1))
    return Flows(times, group, at, kind, left, joined_group, joined_at, joined)


def risk_table(checked: Records) -> RiskTable:
    """Count the records at risk, and what ended them, at each time of each group."""
    flow, groups = flows(checked), len(checked.keys)
    span, causes = max(flow.times.size, 1), len(checked.causes)
    cells, place = np.unique(flow.left_group * span + flow.left_at, return_inverse=True)
    ended = np.zeros((cells.size, causes + 1))
    ended[place, flow.left_kind] = flow.left
    leaving = ended.sum(axis=1)
    # Whoever joins is first counted at the next time at which a record of the group ends.
    after = np.searchsorted(cells, flow.joined_group * span + flow.joined_at)
    joining = np.bincount(after, weights=flow.joined, minlength=cells.size)
    # As many leave a group as join it, so that one sum over all groups starts each at nil.
    n_risk = np.cumsum(joining) - np.cumsum(leaving) + leaving
    group, at = np.divmod(cells, span)
    starts = np.searchsorted(group, np.arange(groups))
    time = flow.times[at] if cells.size else np.zeros(0)
    sizes = np.bincount(group, weights=leaving, minlength=groups)
    ran_out = np.full(groups, np.nan)
    last = np.r_[group[1:] != group[:-1], True][: cells.size]
    empty = np.flatnonzero((n_risk == leaving) & ~last)[::-1]
    ran_out[group[empty]] = time[empty]
    return RiskTable(group, time, n_risk, ended[:, 1:], ended[:, 0], starts, sizes, ran_out)


def at_events(
    flow: Flows, column: Ints, columns: int, causes: int
) -> tuple[Floats, Floats, list[Floats]]:
    """Return the times of any event, those at risk, and the events of each cause.

    Parameters
    ----------
    flow : Flows
        Joining and leaving by group.
    column : ndarray of int
        The column of each group, -1 for groups to leave out.
    columns, causes : int
        How many columns and causes there are.

    Returns
    -------
    tuple
        Times (t), at risk (t by columns), and a list of events (t by columns), one per cause.
    """
    mine, theirs = column[flow.left_group], column[flow.joined_group]
    kept, came = mine >= 0, theirs >= 0
    mine, at, kind = mine[kept], flow.left_at[kept], flow.left_kind[kept]
    left, joined = flow.left[kept], flow.joined[came]
    events = np.unique(at[kind > 0])
    shape = (events.size + 1, columns)

    def spread(position: Ints, where: Ints, count: Floats) -> Floats:
        flat = np.bincount(position * columns + where, weights=count, minlength=shape[0] * columns)
        return flat.reshape(shape)

    first = np.searchsorted(events, flow.joined_at[came])
    gone = np.searchsorted(events, at, side="right")
    change = spread(first, theirs[came], joined) - spread(gone, mine, left)
    at_risk = np.cumsum(change, axis=0)[:-1]
    found = []
    for number in range(1, causes + 1):
        rows = kind == number
        where = np.searchsorted(events, at[rows])
        found.append(spread(where, mine[rows], left[rows])[:-1])
    return flow.times[events], at_risk, found


def running(accumulate: Callable, values: Floats, parts: list[slice]) -> Floats:
    """Accumulate (``np.cumsum`` or ``np.cumprod``) within each group.

    Examples
    --------
    >>> running(np.cumsum, np.array([1.0, 2.0, 5.0]), [slice(0, 2), slice(2, 3)])
    array([1., 3., 5.])
    """
    result = np.empty_like(values)
    for part in parts:
        accumulate(values[part], axis=0, out=result[part])
    return result


def sums(group: Ints, count: Floats | None, groups: int) -> NDArray[np.int64]:
    """Add up counts (without any, rows) by group.

    Examples
    --------
    >>> sums(np.array([0, 0, 2]), np.array([1.0, 2.0, 5.0]), 3)
    array([3, 0, 5])
    """
    return np.bincount(group, weights=count, minlength=groups).astype(np.int64)


def followed(checked: Records, table: RiskTable, points: Floats) -> Floats:
    """Return the records at risk at given times, by group (a row each) and time."""
    groups = table.sizes.size
    found = np.zeros((groups, points.size))
    if checked.entry is None:
        for group, part in enumerate(table.parts()):
            at = np.searchsorted(table.time[part], points, side="left")
            found[group] = np.r_[table.n_risk[part], 0.0][at]
        return found
    # Between two times of the table records may join, so the records themselves are asked.
    weight = np.ones(checked.days.size) if checked.weight is None else checked.weight
    for column, point in enumerate(points):
        here = (checked.entry < point) & (checked.days >= point)
        found[:, column] = np.bincount(checked.group, weights=weight * here, minlength=groups)
    return found
