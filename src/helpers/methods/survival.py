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

A record is *observed* when its event was seen and *censored* when it ended without it.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import as_list, check_choice, check_level, critical
from ._log_rank import log_rank
from ._product_limit import Curve, band, crossing, curve, grouped, labelled, records

__all__ = ["kaplan_meier", "log_rank", "quantiles", "restricted_mean", "share_by"]

Transform = Literal["log-log", "log", "plain"]
By = str | Sequence[str] | None

TRANSFORMS = ("log-log", "log", "plain")

_COUNTS = ("n_risk", "n_event", "n_censored")
_RESULT = ["value", "low", "high", "numerator", "denominator", "level", "method"]


def _curves(
    frame: pd.DataFrame, duration: str, observed: str, by: By, level: float, transform: str
) -> tuple[pd.DataFrame, list[Curve]]:
    check_level(level)
    check_choice("transform", transform, TRANSFORMS)
    days, seen = records(frame, duration, observed, as_list(by))
    keys, code = grouped(frame, as_list(by))
    members = [code == group for group in range(len(keys))]
    return keys, [curve(days[rows], seen[rows]) for rows in members]


def kaplan_meier(
    frame: pd.DataFrame,
    *,
    duration: str = "days",
    observed: str = "observed",
    by: By = None,
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
        For missing columns, missing or negative durations, flags other than 0 and 1, an
        unknown transform, or a level outside (0, 1).

    Notes
    -----
    Kaplan and Meier (1958) JASA 53:457; Greenwood (1926); the transforms as in the R package
    survival.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [2, 3, 3, 5], "observed": [1, 1, 0, 1]})
    >>> kaplan_meier(waits)[["time", "n_risk", "n_event", "survival"]]
       time  n_risk  n_event  survival
    0   2.0       4        1      0.75
    1   3.0       3        1      0.50
    2   5.0       1        1      0.00
    """
    keys, curves = _curves(frame, duration, observed, by, level, transform)
    results = []
    for fitted in curves:
        low, high = band(fitted, level, transform)
        counts = {name: getattr(fitted, name).astype(np.int64) for name in _COUNTS}
        results.append(
            pd.DataFrame(
                {"time": fitted.time, **counts, "survival": fitted.survival}
                | {"std_error": fitted.std_error, "low": low, "high": high, "level": level}
                | {"method": f"Kaplan-Meier, Greenwood variance, {transform} limits"}
            )
        )
    columns = ["time", *_COUNTS, "survival", "std_error", "low", "high", "level", "method"]
    return labelled(keys, results, columns)


def quantiles(
    frame: pd.DataFrame,
    *,
    probabilities: Sequence[float] = (0.25, 0.5, 0.75),
    duration: str = "days",
    observed: str = "observed",
    by: By = None,
    level: float = 0.95,
    transform: Transform = "log-log",
) -> pd.DataFrame:
    """Estimate the times by which given shares had the event.

    Parameters
    ----------
    frame, duration, observed, by, level, transform
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
    keys, curves = _curves(frame, duration, observed, by, level, transform)
    results = []
    for fitted in curves:
        low, high = band(fitted, level, transform)
        heights = {"value": fitted.survival, "low": low, "high": high}
        found = {
            name: [crossing(fitted.time, height, 1.0 - share) for share in shares]
            for name, height in heights.items()
        }
        results.append(
            pd.DataFrame(
                {"probability": shares, **found}
                | {"numerator": int(fitted.n_event.sum()), "denominator": int(fitted.n_risk[0])}
                | {"level": level, "method": f"Kaplan-Meier, inverted {transform} band"}
            )
        )
    return labelled(keys, results, ["probability", *_RESULT])


def share_by(
    frame: pd.DataFrame,
    *,
    times: Sequence[float],
    duration: str = "days",
    observed: str = "observed",
    by: By = None,
    level: float = 0.95,
    transform: Transform = "log-log",
) -> pd.DataFrame:
    """Share that had the event by given times, allowing for censoring.

    Parameters
    ----------
    frame, duration, observed, by, level, transform
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
    keys, curves = _curves(frame, duration, observed, by, level, transform)
    results = []
    for fitted in curves:
        low, high = band(fitted, level, transform)
        # Position 0 stands for the time before the first record.
        at = np.searchsorted(fitted.time, points, side="right")
        survival = np.r_[1.0, fitted.survival][at]
        unknown = (points > fitted.time[-1]) & (survival > 0)
        followed = np.r_[fitted.n_risk, 0.0][np.searchsorted(fitted.time, points, side="left")]
        bounds = {
            "low": np.where(unknown, np.nan, 1.0 - np.r_[np.nan, high][at]),
            "high": np.where(unknown, np.nan, 1.0 - np.r_[np.nan, low][at]),
        }
        seen = np.r_[0.0, np.cumsum(fitted.n_event)][at].astype(np.int64)
        results.append(
            pd.DataFrame(
                {"time": points, "value": np.where(unknown, np.nan, 1.0 - survival), **bounds}
                | {"numerator": seen, "denominator": int(fitted.n_risk[0])}
                | {"n_risk": followed.astype(np.int64), "level": level}
                | {"method": f"1 - Kaplan-Meier, Greenwood variance, {transform} limits"}
            )
        )
    columns = ["time", *_RESULT[:5], "n_risk", *_RESULT[5:]]
    return labelled(keys, results, columns)


def restricted_mean(
    frame: pd.DataFrame,
    *,
    horizon: float,
    duration: str = "days",
    observed: str = "observed",
    by: By = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Mean time without the event up to a horizon.

    Parameters
    ----------
    frame, duration, observed, by, level
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
    keys, curves = _curves(frame, duration, observed, by, level, "plain")
    z, results = critical(level), []
    for fitted in curves:
        used = fitted.time < horizon
        survival = fitted.survival[used]
        widths = np.diff(np.r_[0.0, fitted.time[used], horizon])
        areas = np.r_[1.0, survival] * widths
        value, after = float(areas.sum()), np.cumsum(areas[:0:-1])[::-1]
        # Where the last at risk had the event, the area after it is zero and so is the term.
        step = np.diff(np.r_[0.0, fitted.hazard_variance[used]])
        error = float(np.sqrt(np.sum(after**2 * np.where(np.isfinite(step), step, 0.0))))
        if fitted.time[-1] < horizon and fitted.survival[-1] > 0:
            value = error = float("nan")
        events = int(fitted.n_event[fitted.time <= horizon].sum())
        results.append(
            pd.DataFrame(
                {"horizon": [float(horizon)], "value": value, "std_error": error}
                | {"low": value - z * error, "high": value + z * error}
                | {"numerator": events, "denominator": int(fitted.n_risk[0]), "level": level}
                | {"method": "restricted mean, Greenwood variance, normal limits"}
            )
        )
    return labelled(keys, results, ["horizon", "value", "std_error", *_RESULT[1:]])
