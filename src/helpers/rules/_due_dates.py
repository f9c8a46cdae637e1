"""When limits run out, and the small pieces that time limits share.

- :func:`due_dates`: the last day or moment of each limit.
- :func:`refuse`, :func:`spread`, :func:`as_days`, :func:`times_of_day`: rows named in a refusal,
  one value or several for an index, and days and times in one form.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from helpers.errors import InputError
from helpers.rules._limits_table import NONE, UNITS
from helpers.rules.working_days import add_working_days

DAY = np.timedelta64(1, "D")
SHOWN = 5
HOURS = " hours"


def _rows(bad: NDArray[np.bool_], index: pd.Index) -> str:
    names = index[np.flatnonzero(bad)]
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"row{'s' if len(names) > 1 else ''} {', '.join(map(str, names[:SHOWN]))}{more}"


def refuse(bad: ArrayLike, index: pd.Index, what: str, mend: str) -> None:
    """Raise an InputError that names the first rows, if there are any."""
    bad = np.asarray(bad, dtype=bool)
    if bad.any():
        raise InputError.one(what, _rows(bad, index), mend)


def spread(values: object, index: pd.Index) -> pd.Series:
    """Return one value or one a row under an index; a Series must have that index already."""
    if isinstance(values, pd.Series) and not values.index.equals(index):
        raise ValueError("The Series do not have the same index; align them first.")
    return pd.Series(values, index=index)


def as_days(values: pd.Series) -> NDArray[np.datetime64]:
    """Return days without the time of day."""
    found = pd.to_datetime(values, format="ISO8601").to_numpy()
    return found.astype("datetime64[D]").astype("datetime64[s]")


def times_of_day(values: ArrayLike | None, index: pd.Index) -> NDArray[np.timedelta64]:
    """Return times of day; missing where only the day is known."""
    if values is None:
        return np.full(len(index), np.timedelta64("NaT", "s"))
    text = spread(values, index).astype("str").str.strip()
    text = text.mask(text.eq(""))
    good = text.isna() | text.str.fullmatch(r"([01]?\d|2[0-3]):[0-5]\d(:[0-5]\d)?").eq(True)
    refuse(~good, index, "a time of day is not HH:MM or HH:MM:SS", "Correct it, or leave it out.")
    whole = text.where(text.str.count(":").ne(1), text + ":00")
    return pd.to_timedelta(whole).to_numpy().astype("timedelta64[s]")


def _months(start: NDArray[np.datetime64], number: NDArray[np.int64]) -> NDArray[np.datetime64]:
    """Add calendar months; a day that the month has not becomes its last."""
    day, month = start.astype("datetime64[D]"), start.astype("datetime64[M]")
    aim = month + number.astype("timedelta64[M]")
    last = (aim + 1).astype("datetime64[D]") - DAY
    return np.minimum(aim.astype("datetime64[D]") + (day - month.astype("datetime64[D]")), last)


def _said(number: NDArray[np.int64], form: str) -> NDArray[np.object_]:
    """Return each number in words; there are few that differ."""
    few, place = np.unique(number, return_inverse=True)
    return np.array([form.format(n=n, days=-(-n // 24)) for n in few], dtype=object)[place]


def _ends(
    start: pd.Series,
    number: NDArray[np.int64],
    unit: str,
    counting: str,
    times: NDArray[np.timedelta64],
) -> tuple[NDArray[np.datetime64], NDArray[np.object_]]:
    """Return the ends of limits of one unit and one way of counting, and what was counted."""
    if unit == "working days":
        ends = add_working_days(start, number, counting=counting)
        return ends.to_numpy(), _said(number, "{n} working days")
    days = start.to_numpy()
    if unit == "hours":
        timed = ~np.isnat(times)
        moment = days + times + number.astype("timedelta64[h]")
        whole = days + -(-number // 24) * DAY
        none = "{days} calendar days for {n} hours, as there is no time of day"
        words = np.where(timed, _said(number, "{n}" + HOURS), _said(number, none))
        return np.where(timed, moment, whole), words
    if unit == "months":
        ends = _months(days, number)
    else:
        ends = days + number * (7 if unit == "weeks" else 1) * DAY
    ends = ends.astype("datetime64[s]")
    return ends - DAY if counting == "inclusive" else ends, _said(number, f"{{n}} {unit}")


def due_dates(
    start: ArrayLike,
    *,
    limit: ArrayLike,
    unit: str | ArrayLike,
    counting: str | ArrayLike = "exclusive",
    time: ArrayLike | None = None,
) -> pd.DataFrame:
    """Find when limits run out.

    Parameters
    ----------
    start : array_like
        Days on which the clock starts.
    limit, unit, counting : array_like
        Number, unit (hours, calendar days, working days, weeks, months or none) and way of
        counting; one for all or one an event. Exclusive: the day on which the clock starts is
        day 0. Inclusive: it is the first day of the limit; hours are not counted so.
    time : array_like, optional
        Times of day (HH:MM), for limits in hours; missing where only the day is known.

    Returns
    -------
    DataFrame
        Index of ``start``; due (the last day, or for hours with a time the last moment; missing
        where the start is, or where there is no limit) and counted_in: the limit in words, and
        calendar days for hours without a time.

    Raises
    ------
    InputError
        For limits that are no whole number above 0, times of day that are none, and working days
        outside the calendar; the rows are named.
    ValueError
        For an unknown unit or way of counting.

    Notes
    -----
    Hours run by the clock on the wall: the hour that a change of the clocks adds or takes is not
    counted. Without a time of day, hours are whole days, rounded up, in favour of whoever has to
    meet the limit. A month ends on the same day of the month, or on its last day where that month
    is shorter: six months from 31 August end on the last of February.

    Examples
    --------
    >>> due_dates(["2014-12-23"], limit=60, unit="working days")["due"].dt.date[0].isoformat()
    '2015-03-20'
    >>> due_dates(["2014-08-31"], limit=6, unit="months")["due"].dt.date[0].isoformat()
    '2015-02-28'
    """
    index = start.index if isinstance(start, pd.Series) else pd.RangeIndex(np.size(start))
    days = as_days(spread(start, index))
    numbers = pd.to_numeric(spread(limit, index)).to_numpy(dtype=float, na_value=np.nan)
    units = spread(unit, index).fillna(NONE).to_numpy()
    counted = spread(counting, index).to_numpy()
    times = times_of_day(time, index)
    unknown = [word for word in pd.unique(units) if word not in (*UNITS, "")]
    if unknown:
        raise ValueError(f"The unit {unknown[0]!r} is not known; there is {', '.join(UNITS)}.")
    some = ~np.isin(units, [NONE, ""]) & ~np.isnan(numbers)
    wrong = some & ((numbers <= 0) | np.isinf(numbers) | (numbers != np.floor(numbers)))
    refuse(wrong, index, "the limit is no whole number above 0", "Correct the limit.")
    if not np.isin(counted[some], ["exclusive", "inclusive"]).all():
        raise ValueError("counting must be 'exclusive' or 'inclusive' where there is a limit.")
    some &= ~np.isnat(days)
    due = np.full(days.size, np.datetime64("NaT", "s"))
    words = np.full(days.size, "", dtype=object)
    for name, way in dict.fromkeys(zip(units[some], counted[some], strict=True)):
        at = some & (units == name) & (counted == way)
        number = numbers[at].astype(np.int64)
        held = pd.Series(days[at], index=index[at])
        due[at], words[at] = _ends(held, number, name, way, times[at])
    return pd.DataFrame({"due": due, "counted_in": words}, index=index)
