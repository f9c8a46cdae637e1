"""Charts of rare events, one by one: how long, or how many, from each event to the next.

Functions
---------
gaps
    Days between events, from the days on which they happened.
t_chart
    Days between events against the limits of their ordinary variation.
g_chart
    Non-events between events against the limits of their ordinary variation.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import Floats, as_list, check_choice, numbers, refuse, require_columns
from ._strata import positions
from .run_rules import runs

POWER = 3.6
RANGE = 1.128
SCREEN = 3.267
T_METHOD = (
    "t chart: days to the power 1/3.6 (Nelson 1994), mean and 3/1.128 times the mean moving range"
)
G_METHOD = "g chart: median, and mean with 3 times the root of mean (mean + 1), held at 0"
G_EXACT = "g chart: median, and quantiles of the geometric distribution at the tails of 3 sigma"
TAIL = 0.0013498980316301
"""Tail of a normal distribution beyond 3 standard errors."""


def gaps(
    frame: pd.DataFrame, *, date: str = "date", within: str | Sequence[str] | None = None
) -> pd.DataFrame:
    """Days from each event to the next.

    Parameters
    ----------
    frame : DataFrame
        One row an event, in order of day within each series; several on one day are allowed.
    date : str
        Column of days.
    within : str or sequence of str, optional
        Columns that define series.

    Returns
    -------
    DataFrame
        One row an event but the first of each series: its columns, ``event`` (number of the gap
        from 1) and ``value`` (days since the one before; 0 on the same day).

    Raises
    ------
    ValueError
        For a missing column or day, and days out of order.

    Examples
    --------
    >>> days = pd.DataFrame({"date": pd.to_datetime(["2015-01-01", "2015-01-31", "2015-01-31"])})
    >>> gaps(days)["value"].tolist()
    [30.0, 0.0]
    """
    groups = as_list(within)
    require_columns(frame, [date, *groups])
    # Days, whatever the hour: one o'clock is the day after eleven at night.
    day = pd.to_datetime(frame[date]).dt.normalize()
    refuse(day.isna(), frame.index, f"{date!r} is missing")
    code, _ = positions(frame, groups)
    since = day.reset_index(drop=True).groupby(code).diff().dt.days.to_numpy(dtype=float)
    refuse(since < 0, frame.index, "the day is before the one above it: sort the rows first")
    made = frame.reset_index(drop=True).assign(value=since)
    made["event"] = made.groupby(code).cumcount()
    return made[made["value"].notna()].reset_index(drop=True)


def _t_limits(y: Floats) -> tuple[float, float, float]:
    # There and back through the power would move a constant series off its own limits.
    if y.size > 1 and y.min() == y.max():
        return float(y[0]), float(y[0]), float(y[0])
    moved = y ** (1.0 / POWER)
    ranges = np.abs(np.diff(moved))
    mean = ranges.mean() if ranges.size else np.nan
    kept = ranges[ranges < SCREEN * mean] if ranges.size and mean > 0 else ranges
    reach = 3.0 / RANGE * (kept.mean() if kept.size else np.nan)
    centre = moved.mean()
    return (
        float(centre**POWER),
        float(max(centre - reach, 0.0) ** POWER) if not np.isnan(reach) else np.nan,
        float((centre + reach) ** POWER),
    )


def _g_limits(y: Floats) -> tuple[float, float, float]:
    mean, root = y.mean(), np.sqrt(y.mean() * (y.mean() + 1.0))
    return float(np.median(y)), float(max(mean - 3.0 * root, 0.0)), float(mean + 3.0 * root)


def _g_quantiles(y: Floats) -> tuple[float, float, float]:
    """Median, and least and greatest ordinary count: beyond either lies less than the tail."""
    mean, centre = float(y.mean()), float(np.median(y))
    if mean == 0:
        return centre, 0.0, 0.0
    # The chance of more than k non-events is the chance of a non-event to the power k + 1.
    past = np.log1p(-1.0 / (mean + 1.0))
    low = max(np.ceil(np.log1p(-TAIL) / past) - 1.0, 0.0)
    return centre, float(low), float(np.ceil(np.log(TAIL) / past) - 1.0)


def _chart(
    frame: pd.DataFrame,
    value: str,
    within: str | Sequence[str] | None,
    limits: Callable[[Floats], tuple[float, float, float]],
    method: str,
) -> pd.DataFrame:
    groups = as_list(within)
    require_columns(frame, [value, *groups])
    y = numbers(frame, value)
    refuse(y < 0, frame.index, "the gap is negative")
    refuse(np.isnan(y) | np.isinf(y), frame.index, "the gap is missing or infinite")
    code, keys = positions(frame, groups)
    centre, low, high = (np.full(len(frame), np.nan) for _ in range(3))
    signal, number = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=np.int64)
    for series in range(len(keys)):
        own = np.flatnonzero(code == series)
        number[own] = np.arange(1, own.size + 1)
        if own.size:
            found = limits(y[own])
            centre[own], low[own], high[own] = found
            signal[own] = runs(y[own], found[0]).signal
    above, below = y > high, y < low
    zeros = int((y == 0).sum())
    method += f"; {zeros} gaps of nothing kept as they are" if zeros else ""
    return frame.reset_index(drop=True).assign(
        period=number,
        value=y,
        centre=centre,
        lower=low,
        upper=high,
        phase=0,
        phase_reason="",
        outside=above | below,
        rule=np.where(above, "above the upper limit", np.where(below, "below the lower limit", "")),
        type=np.where(
            above, "special cause, high", np.where(below, "special cause, low", "common cause")
        ),
        runs_signal=signal,
        method=method,
    )


def t_chart(
    frame: pd.DataFrame, *, value: str = "value", within: str | Sequence[str] | None = None
) -> pd.DataFrame:
    """Set the days between events against the limits of their ordinary variation.

    Parameters
    ----------
    frame : DataFrame
        One row a gap, in order, as `gaps` returns it.
    value : str
        Column of days between events.
    within : str or sequence of str, optional
        Columns that define series.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``period`` (number of the gap), ``value``, ``centre``,
        ``lower``, ``upper``, ``phase``, ``phase_reason``, ``outside``, ``rule``, ``type``
        ("common cause"; "special cause, high": events further apart; "special cause, low": closer
        together), ``runs_signal`` and ``method``. With one gap there are no limits.

    Raises
    ------
    ValueError
        For missing columns, and gaps that are missing, infinite or negative.

    Notes
    -----
    Nelson (1994) J Qual Technol 26:239; moving ranges of 3.267 times their mean left out once.

    Examples
    --------
    >>> found = t_chart(pd.DataFrame({"value": [6.0, 5.0, 16.0, 19.0]}))
    >>> found[["centre", "lower", "upper"]].round(2).iloc[0].tolist()
    [10.25, 2.01, 31.31]
    """
    return _chart(frame, value, within, _t_limits, T_METHOD)


def g_chart(
    frame: pd.DataFrame,
    *,
    value: str = "value",
    within: str | Sequence[str] | None = None,
    limits: Literal["3-sigma", "probability"] = "3-sigma",
) -> pd.DataFrame:
    """Set the number of non-events between events against the limits of its ordinary variation.

    Parameters
    ----------
    frame : DataFrame
        One row a gap, in order.
    value : str
        Column of non-events between events.
    within : str or sequence of str, optional
        Columns that define series.
    limits : {"3-sigma", "probability"}
        Three standard errors of a geometric count, or its quantiles at the same tails.

    Returns
    -------
    DataFrame
        As `t_chart`. The centre is the median, about which runs are counted.

    Raises
    ------
    ValueError
        As `t_chart`, and for unknown limits.

    Notes
    -----
    Kaminsky, Benneyan, Davis and Burke (1992) J Qual Technol 24:63; Benneyan (2001) Health Care
    Manag Sci 4:305: the geometric distribution. Three standard errors reach below nothing whatever
    the mean, as the root of mean (mean + 1) exceeds the mean, so that lower limit is 0 and events
    that crowd together show in the runs alone, or in a `t_chart`; and the upper one, for so skew a
    distribution, is passed by chance in about 18 of 1,000 gaps and not in 1.35. With
    "probability" each limit is passed by chance in fewer than 1.35 of 1,000, the mean taken as
    known; its lower one is above 0 where some 740 non-events or more are usual.

    Examples
    --------
    >>> found = g_chart(pd.DataFrame({"value": [6, 5, 16, 19]}))
    >>> found[["centre", "lower", "upper"]].round(2).iloc[0].tolist()
    [11.0, 0.0, 47.47]
    """
    check_choice("limits", limits, ("3-sigma", "probability"))
    if limits == "probability":
        return _chart(frame, value, within, _g_quantiles, G_EXACT)
    return _chart(frame, value, within, _g_limits, G_METHOD)
