"""Periods on an axis: as numbers that it can hold, and in words.

- :func:`moments`: periods as numbers that an axis can hold.
- :func:`axis`: the axis across of a chart of periods.
- :func:`in_words`: a day in words.
- :class:`Months`: the ticks of an axis of dates, and the month of a place on it.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import Formatter, MaxNLocator

MONTHS = 6
"""Months at most that are named on an axis of less than a year."""


class Months(Formatter):
    """Years on an axis of dates; spelled out, a place on it is a month.

    Examples
    --------
    >>> Months()(2013.496), Months().format_data(2013.496)
    ('2013', 'July 2013')
    >>> Months(short=True)(2013.496)
    'Jul 2013'
    """

    def __init__(self, *, short: bool = False) -> None:
        self._short = short

    words = True
    """Places on this axis can be said in words, by `format_data`."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        """Return the year of a tick; its month as well on an axis of less than a year."""
        if not self._short:
            return f"{x:.0f}"
        month, year = self.format_data(x).split(" ")
        return f"{month[:3]} {year}"

    def format_data(self, value: float) -> str:
        """Return the month in which a place lies, in words."""
        first = pd.Timestamp(int(value), 1, 1)
        days = (value - first.year) * (365 + first.is_leap_year)
        # Half a day on, so that rounding cannot put the first of a month into the one before.
        day = first + pd.Timedelta(hours=round(24 * days) + 12)
        return f"{day:%B %Y}"


def moments(periods: pd.Series) -> np.ndarray:
    """Return periods as numbers: dates as years with their fraction, numbers as they are.

    Parameters
    ----------
    periods : Series
        First day of each period, or its number.

    Returns
    -------
    ndarray
        1 July 2013 is 2013.496.

    Examples
    --------
    >>> moments(pd.Series(pd.to_datetime(["2013-01-01", "2013-07-01"]))).round(3).tolist()
    [2013.0, 2013.496]
    """
    if pd.api.types.is_datetime64_any_dtype(periods):
        day = periods.dt.day_of_year - 1
        return (periods.dt.year + day / (365 + periods.dt.is_leap_year)).to_numpy(dtype=float)
    return periods.to_numpy(dtype=float)


def axis(ax: Axes, periods: pd.Series, x: np.ndarray) -> None:
    """Make room for all periods on the axis across; dates get years, or months, as ticks.

    Parameters
    ----------
    ax : Axes
        The panel.
    periods : Series
        Periods as the frame has them.
    x : ndarray
        The same as numbers.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> axis(ax, pd.Series([2011, 2015]), np.array([2011.0, 2015.0]))
    >>> [round(float(end), 2) for end in ax.get_xlim()]
    [2010.7, 2015.3]
    >>> months = pd.Series(pd.to_datetime(["2013-04-01", "2013-05-01", "2013-06-01"]))
    >>> axis(ax, months, moments(months))
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['Apr 2013', 'May 2013', 'Jun 2013']
    """
    span, dates = x.max() - x.min(), pd.api.types.is_datetime64_any_dtype(periods)
    short = dates and span < 1
    room = max(span * 0.1, 0.04) if short else max(span * 0.03, 0.3)
    ax.set_xlim(x.min() - room, x.max() + room)
    if short:
        held = np.unique(x)
        ax.set_xticks(held[:: -(-len(held) // MONTHS)])
    elif dates:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=9, integer=True))
    if dates:
        ax.xaxis.set_major_formatter(Months(short=short))


def in_words(day: object) -> str:
    """Return a day in words, and a number as it is.

    Parameters
    ----------
    day : object
        A day, or the number of a period.

    Examples
    --------
    >>> in_words(pd.Timestamp("2015-04-01")), in_words(7)
    ('1 April 2015', '7')
    """
    if isinstance(day, pd.Timestamp | date):
        return f"{day.day} {day:%B %Y}"
    return f"{day:g}" if isinstance(day, float) else str(day)
