"""Time to an event when some records end before it: product-limit estimates.

Functions
---------
kaplan_meier
    The curve with pointwise limits, one row per distinct time.
quantiles
    Times by which given shares had the event, with limits.
share_by
    Share that had the event by given times, with limits.
restricted_mean
    Mean time up to a horizon.
log_rank
    Test that groups share one curve.
day_counts
    Equal records counted once, for any of these and for `helpers.methods.competing`.

A record is *observed* when its event was seen and *censored* when it ended without it. With an
entry it is at risk on (entry, duration]: after its entry, not at it, and up to its end.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import as_list, check_choice, check_level, critical
from ._day_counts import day_counts
from ._log_rank import log_rank
from ._product_limit import Curves, band, crossing, labelled, manner, product_limit
from ._records import Records, records
from ._risk_table import followed, risk_table, running, sums

__all__ = ["day_counts", "kaplan_meier", "log_rank", "quantiles", "restricted_mean", "share_by"]

Transform = Literal["log-log", "log", "plain"]
By = str | Sequence[str] | None

TRANSFORMS = ("log-log", "log", "plain")


def _curves(
    frame: pd.DataFrame,
    options: tuple[str, str, By, str | None, str | None],
    level: float,
    transform: str,
) -> tuple[Records, Curves]:
    check_level(level)
    check_choice("transform", transform, TRANSFORMS)
    duration, observed, by, entry, weights = options
    checked = records(
        frame, duration=duration, observed=observed, by=as_list(by), entry=entry, weights=weights
    )
    return checked, product_limit(risk_table(checked))


def kaplan_meier(
    frame: pd.DataFrame,
    *,
    duration: str = "days",
    observed: str = "observed",
    by: By = None,
    entry: str | None = None,
    weights: str | None = None,
    level: float = 0.95,
    transform: Transform = "log-log",
) -> pd.DataFrame:
    """Product-limit curve, one row per distinct time in each group.

    Parameters
    ----------
    frame : DataFrame
        One row per record. It is not changed.
    duration, observed : str
        Columns of times (zero allowed) and of flags: 1 or True when the event was seen.
    by : str or sequence of str, optional
        Columns that define groups; a missing label is a group of its own.
    entry : str, optional
        Column of the times at which records came under observation, each before its duration:
        a record is at risk after its entry, not at it. Entries below zero are from the start.
        Without entries a duration of zero counts: an event on day 0.
    weights : str, optional
        Column of how many records a row stands for, whole numbers (see `day_counts`); rows of
        0 stand for none.
    level : float
        Two-sided confidence level of each point.
    transform : {"log-log", "log", "plain"}
        Scale on which the limits are symmetrical.

    Returns
    -------
    DataFrame
        Group columns, ``time``, ``n_risk``, ``n_event``, ``n_censored``, ``survival``,
        ``std_error`` (Greenwood), ``low``, ``high``, ``level``, ``method``. Limits are NaN
        before the first event and once nobody is left, where the variance is not defined.

    Raises
    ------
    ValueError
        For missing columns, missing or negative durations, flags other than 0 and 1, missing
        entries or entries not before the duration, weights that are no whole numbers, an
        unknown transform, or a level outside (0, 1).

    Notes
    -----
    Kaplan and Meier (1958) JASA 53:457; Greenwood (1926); the transforms as in the R package
    survival. With late entries a risk set may run empty while others are still to enter. The
    curve then goes on from the height it had (from 0 for good, if the last at risk had the
    event), as in that package, though nothing was seen in between; ``method`` names the time.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [2, 3, 3, 5], "observed": [1, 1, 0, 1]})
    >>> kaplan_meier(waits)[["time", "n_risk", "n_event", "survival"]]
       time  n_risk  n_event  survival
    0   2.0       4        1      0.75
    1   3.0       3        1      0.50
    2   5.0       1        1      0.00
    """
    options = (duration, observed, by, entry, weights)
    checked, fitted = _curves(frame, options, level, transform)
    low, high = band(fitted, level, transform)
    words = f"Kaplan-Meier, Greenwood variance, {transform} limits"
    table = fitted.table
    result = {
        "time": table.time,
        "n_risk": table.n_risk.astype(np.int64),
        "n_event": fitted.n_event.astype(np.int64),
        "n_censored": table.n_censored.astype(np.int64),
        "survival": fitted.survival,
        "std_error": fitted.std_error,
        "low": low,
        "high": high,
        "level": level,
        "method": manner(words, table, entry)[table.group],
    }
    return labelled(checked.keys, table.group, result)


def quantiles(
    frame: pd.DataFrame,
    *,
    probabilities: Sequence[float] = (0.25, 0.5, 0.75),
    duration: str = "days",
    observed: str = "observed",
    by: By = None,
    entry: str | None = None,
    weights: str | None = None,
    level: float = 0.95,
    transform: Transform = "log-log",
) -> pd.DataFrame:
    """Estimate the times by which given shares had the event.

    Parameters
    ----------
    frame, duration, observed, by, entry, weights, level, transform
        See `kaplan_meier`.
    probabilities : sequence of float
        Shares with the event, each inside (0, 1); 0.5 is the median.

    Returns
    -------
    DataFrame
        Group columns, ``probability``, ``value``, ``low``, ``high`` (units of ``duration``),
        ``numerator`` (events), ``denominator`` (records), ``level``, ``method``. What the
        curve or its band does not reach is NaN.

    Raises
    ------
    ValueError
        As for `kaplan_meier`, and for a probability outside (0, 1).

    Notes
    -----
    Limits are the times at which the pointwise band reaches the height, after Brookmeyer and
    Crowley (1982) Biometrics 38:29. Where a curve runs level at the height, the middle of the
    stretch, as in the R package survival.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [2, 3, 3, 5], "observed": [1, 1, 0, 1]})
    >>> quantiles(waits, probabilities=[0.5])[["probability", "value", "numerator"]]
       probability  value  numerator
    0          0.5    4.0          3
    """
    shares = np.asarray(probabilities, dtype=float)
    if not np.all((shares > 0) & (shares < 1)):
        raise ValueError(f"Probabilities must lie inside (0, 1); got {list(probabilities)!r}.")
    options = (duration, observed, by, entry, weights)
    checked, fitted = _curves(frame, options, level, transform)
    low, high = band(fitted, level, transform)
    table = fitted.table
    found = {
        name: [
            crossing(table.time[part], height[part], 1.0 - share)
            for part in table.parts()
            for share in shares
        ]
        for name, height in {"value": fitted.survival, "low": low, "high": high}.items()
    }
    group = np.repeat(np.arange(table.sizes.size), shares.size)
    words = f"Kaplan-Meier, inverted {transform} band"
    result = {
        "probability": np.tile(shares, table.sizes.size),
        **{name: np.array(values, dtype=float) for name, values in found.items()},
        "numerator": sums(table.group, fitted.n_event, table.sizes.size)[group],
        "denominator": table.sizes.astype(np.int64)[group],
        "level": level,
        "method": manner(words, table, entry)[group],
    }
    return labelled(checked.keys, group, result)


def share_by(
    frame: pd.DataFrame,
    *,
    times: Sequence[float],
    duration: str = "days",
    observed: str = "observed",
    by: By = None,
    entry: str | None = None,
    weights: str | None = None,
    level: float = 0.95,
    transform: Transform = "log-log",
) -> pd.DataFrame:
    """Share that had the event by given times, allowing for censoring.

    Parameters
    ----------
    frame, duration, observed, by, entry, weights, level, transform
        See `kaplan_meier`.
    times : sequence of float
        Times, not negative, in units of ``duration``.

    Returns
    -------
    DataFrame
        Group columns, ``time``, ``value`` (1 minus survival), ``low``, ``high``,
        ``numerator`` (events seen by then), ``denominator`` (records), ``n_risk`` (records
        still followed at that time), ``level``, ``method``. Under censoring the value is not
        the ratio of the two counts. After the last record, unless every record had the event,
        the value is NaN; limits are NaN before the first event.

    Raises
    ------
    ValueError
        As for `kaplan_meier`, and for a negative or missing time.

    Notes
    -----
    Kaplan and Meier (1958) JASA 53:457.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [2, 3, 3, 5], "observed": [1, 1, 0, 1]})
    >>> share_by(waits, times=[3])[["time", "value", "numerator", "denominator", "n_risk"]]
       time  value  numerator  denominator  n_risk
    0   3.0    0.5          2            4       3
    """
    points = np.asarray(times, dtype=float)
    if not np.all(points >= 0):
        raise ValueError(f"Times must be numbers that are not negative; got {list(times)!r}.")
    options = (duration, observed, by, entry, weights)
    checked, fitted = _curves(frame, options, level, transform)
    low, high = band(fitted, level, transform)
    table, seen = fitted.table, running(np.cumsum, fitted.n_event, fitted.table.parts())
    shape = (table.sizes.size, points.size)
    value, least, most, events = (np.full(shape, np.nan) for _ in range(4))
    for group, part in enumerate(table.parts()):
        # Position 0 stands for the time before the first record.
        at = np.searchsorted(table.time[part], points, side="right")
        survival = np.r_[1.0, fitted.survival[part]][at]
        known = (points <= table.time[part][-1]) | (survival == 0)
        value[group] = np.where(known, 1.0 - survival, np.nan)
        least[group] = np.where(known, 1.0 - np.r_[np.nan, high[part]][at], np.nan)
        most[group] = np.where(known, 1.0 - np.r_[np.nan, low[part]][at], np.nan)
        events[group] = np.r_[0.0, seen[part]][at]
    group = np.repeat(np.arange(shape[0]), points.size)
    words = f"1 - Kaplan-Meier, Greenwood variance, {transform} limits"
    result = {
        "time": np.tile(points, shape[0]),
        "value": value.ravel(),
        "low": least.ravel(),
        "high": most.ravel(),
        "numerator": events.ravel().astype(np.int64),
        "denominator": table.sizes.astype(np.int64)[group],
        "n_risk": followed(checked, table, points).ravel().astype(np.int64),
        "level": level,
        "method": manner(words, table, entry)[group],
    }
    return labelled(checked.keys, group, result)


def restricted_mean(
    frame: pd.DataFrame,
    *,
    horizon: float,
    duration: str = "days",
    observed: str = "observed",
    by: By = None,
    entry: str | None = None,
    weights: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Mean time without the event up to a horizon.

    Parameters
    ----------
    frame, duration, observed, by, entry, weights, level
        See `kaplan_meier`.
    horizon : float
        End of the window, above zero, in units of ``duration``.

    Returns
    -------
    DataFrame
        Group columns, ``horizon``, ``value``, ``std_error``, ``low``, ``high`` (units of
        ``duration``), ``numerator`` (events up to the horizon), ``denominator`` (records),
        ``level``, ``method``. NaN where follow-up ends before the horizon with records left.

    Raises
    ------
    ValueError
        As for `kaplan_meier`, and for a horizon that is not above zero.

    Notes
    -----
    Area under the curve up to the horizon, with the variance of Klein and Moeschberger (2003)
    Survival Analysis, eq. 4.5.2, and normal limits.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [2, 3, 3, 5], "observed": [1, 1, 0, 1]})
    >>> restricted_mean(waits, horizon=4)[["horizon", "value", "std_error"]].round(4)
       horizon  value  std_error
    0      4.0   3.25     0.4146
    """
    if not (np.isfinite(horizon) and horizon > 0):
        raise ValueError(f"The horizon must be a number above zero; got {horizon!r}.")
    options = (duration, observed, by, entry, weights)
    checked, fitted = _curves(frame, options, level, "plain")
    table, z = fitted.table, critical(level)
    value, error = np.full((2, table.sizes.size), np.nan)
    for group, part in enumerate(table.parts()):
        time, used = table.time[part], table.time[part] < horizon
        survival = fitted.survival[part]
        if time[-1] < horizon and survival[-1] > 0:
            continue
        areas = np.r_[1.0, survival[used]] * np.diff(np.r_[0.0, time[used], horizon])
        after = np.cumsum(areas[:0:-1])[::-1]
        # Where the last at risk had the event, the area after it is zero and so is the term.
        step = fitted.step[part][used]
        value[group] = areas.sum()
        error[group] = np.sqrt(np.sum(after**2 * np.where(np.isfinite(step), step, 0.0)))
    early = table.time <= horizon
    group = np.arange(table.sizes.size)
    result = {
        "horizon": float(horizon),
        "value": value,
        "std_error": error,
        "low": value - z * error,
        "high": value + z * error,
        "numerator": sums(table.group, fitted.n_event * early, group.size),
        "denominator": table.sizes.astype(np.int64),
        "level": level,
        "method": manner("restricted mean, Greenwood variance, normal limits", table, entry),
    }
    return labelled(checked.keys, group, result)
