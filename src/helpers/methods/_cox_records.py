"""Records of a Cox model: checked, and counted by pattern, time, entry and event.

Functions
---------
moments_of
    Checked durations of a frame.
count_of
    Checked numbers of records that rows stand for.
times
    Checked durations, entries, flags and counts of a frame.
labelled_codes
    Codes and labels of a column such as strata.
counted
    Records counted by pattern, slot and event.
counted_cells
    Distinct combinations of codes and the records of each.
slots_of
    Slots of entry and exit of rows, by the times of a fit.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, numbers, refuse
from ._patterns import Codes, patterned
from ._risk_sets import RiskSets

# Whole days up to this many have a table of their own; other times are sorted.
DAYS = 1_000_000
TABLE = 20_000_000


@dataclass(frozen=True, eq=False)
class Times:
    """Checked times of records.

    Attributes
    ----------
    exit, entry : ndarray
        Time of event or end, and of entry (None: from the start).
    event : ndarray
        Whether the event was seen.
    count : ndarray or None
        Number of records that each row stands for (None: one).
    """

    exit: NDArray[np.generic]
    entry: NDArray[np.generic] | None
    event: NDArray[np.bool_]
    count: Floats | None

    def part(self, rows: NDArray[np.bool_]) -> "Times":
        """Return some of the rows."""
        kept = [None if item is None else item[rows] for item in (self.entry, self.count)]
        return Times(self.exit[rows], kept[0], self.event[rows], kept[1])


@dataclass(frozen=True, eq=False)
class Clock:
    """Times of death in each stratum.

    Attributes
    ----------
    strata : tuple
        Label of each stratum.
    time : ndarray, shape (slots,)
        Time of each slot; minus infinity for the first slot of each stratum.
    start : ndarray, shape (strata + 1,)
        First slot of each stratum, and the number of slots.
    last : ndarray, shape (strata,)
        Last time at which anybody is followed in each stratum.
    moments, at_risk, rank : ndarray
        Distinct times of death in any stratum, the records of all strata at risk then, and the
        mean rank of the time among the times at which records end.
    """

    strata: tuple[object, ...]
    time: Floats
    start: NDArray[np.intp]
    last: Floats
    moments: Floats
    at_risk: Floats
    rank: Floats


def _clean(frame: pd.DataFrame, column: str, what: str) -> NDArray[np.generic]:
    """Numbers without missing or infinite ones; whole numbers as they are."""
    values = frame[column]
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iub":
        return values.to_numpy()
    found = numbers(frame, column)
    refuse(np.isnan(found), frame.index, f"{what} {column!r} is missing")
    refuse(np.isinf(found), frame.index, f"{what} {column!r} is infinite")
    return found


def moments_of(frame: pd.DataFrame, duration: str) -> NDArray[np.generic]:
    """Return durations, or raise ``ValueError`` naming the rows refused."""
    leaving = _clean(frame, duration, "the duration")
    refuse(leaving < 0, frame.index, f"the duration {duration!r} is negative")
    return leaving


def count_of(frame: pd.DataFrame, weights: str | None) -> Floats | None:
    """Return the records that each row stands for, or raise ``ValueError`` naming rows."""
    if weights is None:
        return None
    count = _clean(frame, weights, "the number of records").astype(float)
    refuse(count < 0, frame.index, f"the number of records {weights!r} is negative")
    part = count != np.floor(count)
    refuse(part, frame.index, f"the number of records {weights!r} is not whole")
    return count


def times(
    frame: pd.DataFrame, duration: str, observed: str, entry: str | None, weights: str | None
) -> Times:
    """Return checked times, or raise ``ValueError`` naming the rows refused."""
    leaving = moments_of(frame, duration)
    flag = _clean(frame, observed, "the flag")
    if flag.dtype != bool:
        wrong = (flag != 0) & (flag != 1)
        refuse(wrong, frame.index, f"{observed!r} is neither 0 nor 1")
        flag = flag == 1
    entering = None
    if entry is not None:
        entering = _clean(frame, entry, "the entry")
        late = entering >= leaving
        refuse(late, frame.index, f"the entry {entry!r} is not before the duration {duration!r}")
    return Times(leaving, entering, flag, count_of(frame, weights))


def labelled_codes(
    frame: pd.DataFrame, column: str | None
) -> tuple[Codes | None, tuple[object, ...]]:
    """Return codes of a column, -1 where missing, and its sorted labels."""
    if column is None:
        return None, ()
    codes, found = pd.factorize(frame[column], sort=False)
    order = sorted(range(len(found)), key=lambda at: (str(type(found[at])), found[at]))
    new = np.empty(len(found) + 1, dtype=np.intp)
    new[order], new[-1] = np.arange(len(found)), -1
    return new[codes], tuple(found[at] for at in order)


def _day_codes(records: Times) -> tuple[Codes, Codes | None, Floats]:
    """Codes of exit and entry on one axis, and the time of each code."""
    pieces = [records.exit] if records.entry is None else [records.exit, records.entry]
    if all(piece.dtype.kind in "iub" or np.all(piece == np.floor(piece)) for piece in pieces):
        low = min(int(piece.min()) for piece in pieces)
        high = max(int(piece.max()) for piece in pieces)
        if high - low <= DAYS:
            days = [piece.astype(np.int64) - low for piece in pieces]
            return days[0], days[1] if len(days) > 1 else None, np.arange(low, high + 1.0)
    found, code = np.unique(np.concatenate(pieces), return_inverse=True)
    first = code[: records.exit.size]
    return first, code[records.exit.size :] if len(pieces) > 1 else None, found.astype(float)


def _last_slot(marks: NDArray[np.int64], keys: NDArray[np.int64], size: int) -> Codes:
    """Position among sorted ``marks`` of the last one that is not above each key."""
    if size > TABLE:
        return np.searchsorted(marks, keys, side="right") - 1
    table = np.zeros(size, dtype=np.int64)
    table[marks] = 1
    return (np.cumsum(table) - 1)[keys]


def counted(
    records: Times,
    pattern: NDArray[np.intp],
    stratum: Codes | None,
    strata: tuple[object, ...],
    cluster: Codes | None = None,
) -> tuple[RiskSets, Clock, Codes | None]:
    """Return records counted by pattern, slots, event and cluster.

    Parameters
    ----------
    records : Times
        Checked times of complete rows.
    pattern : ndarray
        Pattern of each row.
    stratum : ndarray or None
        Stratum of each row.
    strata : tuple
        Labels of strata.
    cluster : ndarray, optional
        Cluster of each row.

    Returns
    -------
    tuple
        Counts, times of death by stratum, and the cluster of each cell.
    """
    day, entered, axis = _day_codes(records)
    many = len(axis) + 1
    groups = max(len(strata), 1)
    place = day + 1 if stratum is None else stratum.astype(np.int64) * many + day + 1
    if groups * many > TABLE:
        died = np.unique(place[records.event])
        last = np.full(groups, -np.inf)
        np.maximum.at(last, place // many, axis[day])
    else:
        died = np.flatnonzero(np.bincount(place[records.event], minlength=groups * many))
        seen = np.bincount(place, minlength=groups * many).reshape(groups, many)[:, 1:] > 0
        ends = seen.shape[1] - 1 - np.argmax(seen[:, ::-1], axis=1)
        last = axis[ends]
    marks = np.unique(np.concatenate([died, np.arange(groups) * many]))
    slot = _last_slot(marks, place, groups * many)
    start = np.searchsorted(marks, np.arange(groups + 1) * many)
    clock_time = np.r_[-np.inf, axis][marks % many]
    if entered is None:
        begin = None
    else:
        begun = entered + 1 if stratum is None else stratum.astype(np.int64) * many + entered + 1
        begin = _last_slot(marks, begun, groups * many)
    patterns = int(pattern.max()) + 1
    parts = [(slot, marks.size), (pattern, patterns), (records.event, 2)]
    if begin is not None:
        parts.append((begin, marks.size))
    if cluster is not None:
        parts.append((cluster, int(cluster.max()) + 1))
    cells, count = counted_cells(parts, records.count)
    shown = iter(cells[3:])
    exits = cells[0]
    first = start[np.searchsorted(start, exits, side="right") - 1]
    entry = first if begin is None else next(shown)
    risk = RiskSets(start, patterns, cells[1], entry, exits, cells[2].astype(bool), count)
    moments = np.unique(marks % many)[1:] - 1
    pooled = (part[moments] for part in _pooled(day, entered, records.count, len(axis)))
    clock = Clock(strata or ("",), clock_time, start, last, axis[moments], *pooled)
    return risk, clock, None if cluster is None else next(shown)


def _pooled(
    day: Codes, entered: Codes | None, count: Floats | None, many: int
) -> tuple[Floats, Floats]:
    """Return records of all strata at risk on each day, and the mean rank of those ending."""
    leaving = np.bincount(day, count, minlength=many).astype(float)
    rank = np.cumsum(leaving) - 0.5 * (leaving - 1.0)
    if entered is not None:
        leaving -= np.bincount(entered, count, minlength=many)
    return np.cumsum(leaving[::-1])[::-1], rank


def counted_cells(
    parts: list[tuple[Codes, int]], count: Floats | None
) -> tuple[list[NDArray[np.intp]], Floats]:
    """Return distinct combinations of codes and the records of each."""
    size = 1
    for _, many in parts:
        size *= many
    rows = parts[0][0].size
    if size > 2**62:
        found, key = patterned([code for code, _ in parts], [many for _, many in parts])
        return list(found.T), np.bincount(key, count, minlength=len(found)).astype(float)
    key = parts[0][0].astype(np.int64)
    for code, many in parts[1:]:
        key *= many
        key += code
    if size <= max(2 * rows, DAYS):
        every = np.bincount(key, count, minlength=size)
        seen = np.flatnonzero(np.bincount(key, minlength=size) if count is not None else every)
        total = every[seen].astype(float)
    elif count is None:
        key.sort()
        ends = np.flatnonzero(np.r_[key[1:] != key[:-1], True])
        seen, total = key[ends], np.diff(ends, prepend=-1).astype(float)
    else:
        seen, place = np.unique(key, return_inverse=True)
        total = np.bincount(place, count, minlength=seen.size)
    codes = []
    for _, many in reversed(parts):
        seen, code = np.divmod(seen, many)
        codes.append(code.astype(np.intp))
    return codes[::-1], total


def slots_of(clock: Clock, moment: NDArray[np.generic], stratum: Codes | None) -> NDArray[np.intp]:
    """Return the last slot not after each moment in its stratum.

    Examples
    --------
    >>> time, none = np.array([-np.inf, 2.0, 5.0]), np.array([])
    >>> clock = Clock(("",), time, np.array([0, 3]), np.array([9.0]), time[1:], none, none)
    >>> slots_of(clock, np.array([1, 2, 7]), None)
    array([0, 1, 2])
    """
    made = np.empty(moment.size, dtype=np.intp)
    for at, (low, high) in enumerate(zip(clock.start[:-1], clock.start[1:], strict=True)):
        rows = slice(None) if stratum is None else stratum == at
        found = np.searchsorted(clock.time[low:high], moment[rows], side="right")
        made[rows] = low + np.maximum(found, 1) - 1
    return made
