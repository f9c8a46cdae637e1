"""Working days of England and Wales, from a frozen list of bank holidays.

A working day is not a Saturday, a Sunday or a bank holiday (Good Friday and Christmas Day are
on the list). The list is ``bank_holidays.csv``; the days it is valid for, and the source of the
definition, are in ``working_day_calendar.csv``. A day before or after them is refused: a count
that ignores a holiday not yet announced would be wrong without saying so.

- :func:`bank_holidays`: the list, with the note and the source of each day.
- :func:`calendar`: the name of the calendar, its first and its last day.
- :func:`is_working_day`: whether each day is one.
- :func:`working_days_between`: how many working days lie between pairs of days.
- :func:`add_working_days`: the day on which a number of working days ends.

All take one day, an array or a Series, and give back the same; a missing day stays missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from helpers.errors import InputError

Counting = Literal["exclusive", "inclusive"]
COUNTINGS = ("exclusive", "inclusive")
SHOWN = 5
ADD = "Add the bank holidays of the years after to bank_holidays.csv and move valid_to"
MENDS = {
    "before": "Leave such rows out and count them: the list of bank holidays starts later",
    "after": f"{ADD}, or leave such rows out and count them",
}


class _Calendar(NamedTuple):
    """Working days counted up.

    Position 0 is the day before ``first``; ``counted`` is the number of working days from
    ``first`` up to and including a day; ``days`` are the working days themselves.
    """

    name: str
    first: np.datetime64
    last: np.datetime64
    counted: NDArray[np.float64]
    days: NDArray[np.datetime64]


@dataclass(frozen=True)
class _Given:
    """Days as positions in the calendar, and what they came in."""

    position: NDArray[np.int64]
    missing: NDArray[np.bool_] | None
    index: pd.Index | None
    scalar: bool


def _table(name: str) -> pd.DataFrame:
    with resources.files(__package__).joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype="str", keep_default_na=False)


@cache
def _calendar() -> _Calendar:
    row = _table("working_day_calendar.csv").iloc[0]
    first, last = np.datetime64(row["valid_from"], "D"), np.datetime64(row["valid_to"], "D")
    days = np.arange(first, last + 1)
    holidays = _table(row["holidays"])["date"].to_numpy(dtype="datetime64[D]")
    works = np.is_busday(days, holidays=holidays)
    counted = np.concatenate([[0.0], np.cumsum(works, dtype=np.float64)])
    return _Calendar(row["calendar"], first, last, counted, days[works])


def bank_holidays() -> pd.DataFrame:
    """Return the bank holidays of England and Wales on weekdays, one row each.

    Returns
    -------
    DataFrame
        Columns date, name, note (why the day is not the usual one) and source.

    Examples
    --------
    >>> days = bank_holidays().set_index("date")
    >>> days.loc["2020-05-08", "note"]
    'moved from Monday 4 May for the 75th anniversary of VE Day'
    """
    frame = _table("bank_holidays.csv")
    return frame.assign(date=pd.to_datetime(frame["date"]))


def calendar() -> dict[str, str]:
    """Return the name of the calendar and the days that it is valid for.

    Returns
    -------
    dict
        calendar, valid_from and valid_to (days written YYYY-MM-DD).

    Examples
    --------
    >>> calendar()["valid_from"]
    '1999-01-01'
    """
    held = _calendar()
    return {"calendar": held.name, "valid_from": str(held.first), "valid_to": str(held.last)}


def _refuse(bad: NDArray[np.bool_], index: pd.Index | None, what: str, mend: str) -> None:
    """Raise an InputError that names the first rows, if there are any."""
    where = np.flatnonzero(bad)
    if not where.size:
        return
    names = where if index is None else index[where]
    shown = ", ".join(str(name) for name in names[:SHOWN])
    more = f" and {where.size - SHOWN} more" if where.size > SHOWN else ""
    raise InputError.one(what, f"row{'s' if where.size > 1 else ''} {shown}{more}", f"{mend}.")


def _as_days(values: ArrayLike, what: str) -> NDArray[np.datetime64]:
    if isinstance(getattr(values, "dtype", None), pd.DatetimeTZDtype):
        raise ValueError(f"{what} has a time zone; give days of England and Wales without one.")
    raw = np.asarray(values)
    if not raw.size:
        return np.empty(raw.shape, dtype="datetime64[D]")
    if raw.dtype.kind == "O":
        # None and pandas' own missing marks are all one missing day.
        raw = np.where(pd.isna(raw), np.datetime64("NaT"), raw)
    if raw.dtype.kind not in "MOU":
        raise ValueError(f"{what} is {raw.dtype}; give dates.")
    try:
        return raw.astype("datetime64[D]")
    except (ValueError, TypeError) as error:
        raise ValueError(f"{what} is not all dates written YYYY-MM-DD: {error}.") from None


def _given(values: ArrayLike, what: str) -> _Given:
    """Find the position of each day in the calendar; a day outside it is refused."""
    held = _calendar()
    index = values.index if isinstance(values, pd.Series) else None
    days = _as_days(values, what)
    position = np.atleast_1d(days).view(np.int64) - (held.first.astype(np.int64) - 1)
    # One comparison finds what is too early, too late or missing: as an unsigned number, a
    # negative position is a very large one.
    outside = (position - 1).view(np.uint64) >= np.uint64(held.counted.size - 1)
    missing = None
    if outside.any():
        missing = np.atleast_1d(np.isnat(days))
        known = np.atleast_1d(days)
        said = f"{what} is %s {held.name}'s list of bank holidays, which is valid from "
        said += f"{held.first} to {held.last}"
        _refuse(~missing & (known < held.first), index, said % "before", MENDS["before"])
        _refuse(~missing & (known > held.last), index, said % "after", MENDS["after"])
        position = np.where(missing, 1, position)
    return _Given(position, missing, index, days.ndim == 0)


def _index_of(*given: _Given) -> pd.Index | None:
    """Return the index of the Series among what was given, which must be one and the same."""
    found = [item.index for item in given if item.index is not None]
    if any(not found[0].equals(other) for other in found[1:]):
        raise ValueError("The Series do not have the same index; align them first.")
    sizes = {item.position.size for item in given if not item.scalar}
    if len(sizes) > 1:
        raise ValueError(f"As many days are needed on both sides; got {sorted(sizes)}.")
    return found[0] if found else None


def _either(*masks: NDArray[np.bool_] | None) -> NDArray[np.bool_] | None:
    found = [mask for mask in masks if mask is not None]
    return np.logical_or.reduce(np.broadcast_arrays(*found)) if found else None


def _check_counting(counting: str) -> None:
    if counting not in COUNTINGS:
        raise ValueError(f"counting must be 'exclusive' or 'inclusive'; got {counting!r}.")


def is_working_day(days: ArrayLike) -> bool | pd.Series | pd.arrays.BooleanArray:
    """Tell which days are working days.

    Parameters
    ----------
    days : array_like
        Days; a time of day is ignored.

    Returns
    -------
    bool, BooleanArray or Series
        As given: one answer for one day; missing for a missing day.

    Raises
    ------
    InputError
        For days outside the calendar, naming the rows.
    ValueError
        For what is not a date, or has a time zone.

    Examples
    --------
    >>> is_working_day("2022-09-19"), is_working_day("2022-09-20")
    (False, True)
    """
    given = _given(days, "days")
    counted = _calendar().counted
    works = counted[given.position] > counted[given.position - 1]
    missing = np.zeros(works.size, dtype=bool) if given.missing is None else given.missing
    array = pd.arrays.BooleanArray(works, missing)
    if given.index is not None:
        return pd.Series(array, index=given.index)
    if not given.scalar:
        return array
    return pd.NA if missing[0] else bool(works[0])


def working_days_between(
    start: ArrayLike,
    end: ArrayLike,
    *,
    counting: Counting = "exclusive",
    signed: bool = False,
) -> float | NDArray[np.float64] | pd.Series:
    """Count the working days from one day to another.

    Parameters
    ----------
    start, end : array_like
        Days, as many of one as of the other, or one for all; a time of day is ignored.
    counting : {"exclusive", "inclusive"}
        Exclusive: ``start`` is day 0, and working days after it up to and including ``end``
        count. Inclusive: ``start`` counts too where it is a working day.
    signed : bool
        Give a negative count where ``end`` is before ``start`` instead of refusing it.

    Returns
    -------
    float, ndarray or Series
        Working days; NaN where a day is missing.

    Raises
    ------
    InputError
        For days outside the calendar and, unless ``signed``, for an end before its start; the
        rows are named.
    ValueError
        For what is not a date, lengths or indexes that differ, or an unknown way of counting.

    Notes
    -----
    numpy's ``busday_count`` counts from the start up to but not including the end, so that it
    differs by one where one of them is not a working day; it is not used. A count over the span
    from a to b and one from b to c add up to that from a to c when counted exclusively.

    Examples
    --------
    >>> working_days_between("2020-05-07", "2020-05-12")
    2.0
    >>> working_days_between("2020-05-07", "2020-05-12", counting="inclusive")
    3.0
    """
    _check_counting(counting)
    first, last = _given(start, "start"), _given(end, "end")
    index = _index_of(first, last)
    backward = last.position < first.position
    missing = _either(first.missing, last.missing)
    if backward.any():
        if missing is not None:
            backward = backward & ~missing
        if not signed:
            mend = "Leave such rows out and count them, or correct the dates at their source"
            _refuse(backward, index, "the end is before the start", mend)
    counted = _calendar().counted
    if counting == "exclusive":
        days = counted[last.position] - counted[first.position]
    else:
        days = counted[last.position] - counted[first.position - 1]
        if backward.any():
            back = counted[last.position - 1] - counted[first.position]
            days = np.where(backward, back, days)
    if missing is not None:
        days = np.where(missing, np.nan, days)
    if index is not None:
        return pd.Series(days, index=index)
    return float(days[0]) if first.scalar and last.scalar else days


def _whole(n: ArrayLike, size: int, index: pd.Index | None) -> NDArray[np.float64]:
    """Return the numbers of working days to add, checked."""
    if isinstance(n, pd.Series) and index is not None and not n.index.equals(index):
        raise ValueError("The Series do not have the same index; align them first.")
    numbers = np.atleast_1d(pd.Series(n).to_numpy(dtype=float, na_value=np.nan))
    if numbers.size not in (1, size) and size != 1:
        raise ValueError(f"As many numbers are needed as days; got {numbers.size} for {size}.")
    wrong = (numbers < 0) | np.isinf(numbers) | (numbers != np.floor(numbers)) & ~np.isnan(numbers)
    mend = "Give whole numbers of 0 or more"
    _refuse(wrong, index if numbers.size > 1 else None, "n is no number of working days", mend)
    return numbers


def add_working_days(
    start: ArrayLike, n: ArrayLike, *, counting: Counting = "exclusive"
) -> np.datetime64 | NDArray[np.datetime64] | pd.Series:
    """Find the day on which a number of working days ends.

    Parameters
    ----------
    start : array_like
        Days from which it is counted; a time of day is ignored.
    n : array_like
        Working days, 0 or more, one for all or one for each. 0 gives ``start`` itself.
    counting : {"exclusive", "inclusive"}
        As for :func:`working_days_between`.

    Returns
    -------
    datetime64, ndarray or Series
        The last of the ``n`` working days; missing where a day or its number is.

    Raises
    ------
    InputError
        For days outside the calendar, an end after it, or a number that is negative or not
        whole; the rows are named.
    ValueError
        For what is not a date, lengths or indexes that differ, or an unknown way of counting.

    Examples
    --------
    >>> str(add_working_days("2011-04-20", 2)), str(add_working_days("2012-03-30", 60))
    ('2011-04-26', '2012-06-29')
    """
    _check_counting(counting)
    given = _given(start, "start")
    held = _calendar()
    index = given.index
    if index is None and isinstance(n, pd.Series):
        index = n.index
    numbers = _whole(n, given.position.size, index)
    before = given.position if counting == "exclusive" else given.position - 1
    reached = held.counted[before] + numbers
    position, numbers, reached = np.broadcast_arrays(given.position, numbers, reached)
    missing = np.isnan(reached)
    if given.missing is not None:
        missing = missing | given.missing
    beyond = ~missing & (reached > held.counted[-1])
    what = f"{held.name}'s list of bank holidays ends on {held.last}, before the working days do"
    _refuse(beyond, index, what, MENDS["after"])
    ends = held.days[np.maximum(np.where(missing, 1, reached), 1).astype(np.int64) - 1]
    ends = np.where(numbers == 0, held.first + position - 1, ends)
    ends = np.where(missing, np.datetime64("NaT"), ends)
    if index is not None:
        return pd.Series(ends.astype("datetime64[s]"), index=index)
    return ends[0] if given.scalar and np.ndim(n) == 0 else ends
