"""Periods by name and day: financial years, quarters, months, and any other days.

- :func:`named`: the name that a period is given if nobody gives it another.
- :func:`check_days`: refuse a period that ends before it starts, or overlaps another.
- :func:`before`: the period that came last before a day.
- :func:`months`: the months of a period, with the days of each that lie in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pandas as pd

from helpers.errors import Problem

MONTHS = 12
QUARTER = 3
APRIL = 4

Days = tuple[dt.date, dt.date]


def _months_of(start: dt.date, end: dt.date) -> int:
    """Return how many whole months a period has; 0 where it begins or ends within one."""
    after = end + dt.timedelta(days=1)
    if start.day != 1 or after.day != 1:
        return 0
    return MONTHS * (after.year - start.year) + after.month - start.month


def named(start: dt.date, end: dt.date) -> str:
    """Return the name of a period by its days.

    Parameters
    ----------
    start, end : date
        First and last day.

    Returns
    -------
    str
        A financial year as ``2015_16``, a calendar year as ``2015``, a quarter of a calendar year
        as ``2015_q1``, a month as ``2015_04``; other days as ``2015_04_01_to_2015_09_14``.

    Examples
    --------
    >>> day = dt.date
    >>> named(day(2015, 4, 1), day(2016, 3, 31)), named(day(2015, 1, 1), day(2015, 12, 31))
    ('2015_16', '2015')
    >>> named(day(2015, 4, 1), day(2015, 6, 30)), named(day(2016, 2, 1), day(2016, 2, 29))
    ('2015_q2', '2016_02')
    >>> named(day(2015, 4, 1), day(2015, 9, 14))
    '2015_04_01_to_2015_09_14'
    """
    months = _months_of(start, end)
    if months == MONTHS and start.month == APRIL:
        return f"{start.year}_{end.year % 100:02d}"
    if months == MONTHS and start.month == 1:
        return str(start.year)
    if months == QUARTER and start.month % QUARTER == 1:
        return f"{start.year}_q{start.month // QUARTER + 1}"
    if months == 1:
        return f"{start.year}_{start.month:02d}"
    return f"{start:%Y_%m_%d}_to_{end:%Y_%m_%d}"


def check_days(
    start: dt.date, end: dt.date, *, extract_date: dt.date | None, others: Mapping[str, Days]
) -> list[Problem]:
    """Return what is wrong with the days of a new period.

    Parameters
    ----------
    start, end : date
        First and last day.
    extract_date : date, optional
        Day of the extract, where it is known.
    others : mapping
        First and last day of each period that is there, by name.

    Returns
    -------
    list of Problem
        Empty if nothing is.

    Examples
    --------
    >>> days = {"2014_15": (dt.date(2014, 4, 1), dt.date(2015, 3, 31))}
    >>> new = {"start": dt.date(2015, 3, 1), "end": dt.date(2015, 5, 31)}
    >>> print(*check_days(**new, extract_date=None, others=days))
    --start, --end: the days overlap those of 2014_15 (2014-04-01 to 2015-03-31). Give other days.
    """
    if end < start:
        text = f"the period ends on {end}, before it starts on {start}"
        return [Problem(text, "--end", "Give an end on or after the start.")]
    found = [
        Problem(
            f"the days are those of {name} ({first} to {last})"
            if (first, last) == (start, end)
            else f"the days overlap those of {name} ({first} to {last})",
            "--start, --end",
            "Give other days.",
        )
        for name, (first, last) in others.items()
        if start <= last and first <= end
    ]
    if extract_date is not None and extract_date < end:
        text = f"the extract of {extract_date} was taken before the period ended on {end}"
        found.append(Problem(text, "--extract-date", "Give the day on which it was taken."))
    return found


def before(start: dt.date, others: Mapping[str, Days]) -> str | None:
    """Return the name of the period that ended last before a day, or None.

    Parameters
    ----------
    start : date
        The day.
    others : mapping
        First and last day of each period, by name.

    Examples
    --------
    >>> days = {"": (dt.date(2011, 4, 1), dt.date(2015, 3, 31))}
    >>> before(dt.date(2015, 4, 1), days), before(dt.date(2011, 4, 1), days)
    ('', None)
    """
    earlier = {name: last for name, (_, last) in others.items() if last < start}
    return max(earlier, key=lambda name: earlier[name]) if earlier else None


def months(start: dt.date, end: dt.date) -> pd.DataFrame:
    """Return the months of a period, with the days of each that lie in it.

    Parameters
    ----------
    start, end : date
        First and last day.

    Returns
    -------
    DataFrame
        Columns month (``2015-04``) and days.

    Examples
    --------
    >>> months(dt.date(2015, 4, 16), dt.date(2015, 5, 31)).to_dict("list")
    {'month': ['2015-04', '2015-05'], 'days': [15, 31]}
    """
    days = pd.Series(pd.date_range(start, end).strftime("%Y-%m"))
    counted = days.value_counts(sort=False)
    return pd.DataFrame({"month": counted.index.tolist(), "days": counted.tolist()})
