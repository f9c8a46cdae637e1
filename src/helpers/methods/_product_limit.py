"""The product-limit curve of one group, and the grouping of records.

Functions
---------
records
    Checked durations and observed flags of a frame.
grouped
    The groups of a frame and the position of each row's group.
labelled
    Group columns put in front of results.
curve
    The product-limit curve of one group.
band
    Pointwise limits of a curve.
crossing
    The time at which a curve reaches a height.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, critical, numbers, refuse, require_columns

# A curve is a product of many fractions: heights closer than this count as equal, as in the
# R package survival.
SAME_HEIGHT = float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True)
class Curve:
    """Product-limit curve at each distinct time of one group.

    Attributes
    ----------
    time, n_risk, n_event, n_censored : ndarray
        Distinct times and the records at risk, observed and censored at each.
    survival, hazard_variance : ndarray
        Survival just after each time, and Greenwood's sum (variance of its logarithm).
    """

    time: Floats
    n_risk: Floats
    n_event: Floats
    n_censored: Floats
    survival: Floats
    hazard_variance: Floats

    @property
    def std_error(self) -> Floats:
        """Greenwood's standard error, NaN once nobody is left."""
        with np.errstate(invalid="ignore"):
            return self.survival * np.sqrt(self.hazard_variance)


def records(
    frame: pd.DataFrame, duration: str, observed: str, by: list[str]
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return durations and observed flags, or raise ``ValueError`` naming the rows refused."""
    require_columns(frame, [duration, observed, *by])
    days, flag = numbers(frame, duration), numbers(frame, observed)
    refuse(np.isnan(days), frame.index, f"the duration {duration!r} is missing")
    refuse(days < 0, frame.index, f"the duration {duration!r} is negative")
    refuse(np.isinf(days), frame.index, f"the duration {duration!r} is infinite")
    refuse(np.isnan(flag), frame.index, f"{observed!r} is missing")
    refuse((flag != 0) & (flag != 1), frame.index, f"{observed!r} is neither 0 nor 1")
    return days, flag == 1


def grouped(frame: pd.DataFrame, by: list[str]) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """Return one row per group, sorted, and each row's group; a missing label is a group."""
    if not by:
        groups = min(len(frame), 1)
        return pd.DataFrame(index=range(groups)), np.zeros(len(frame), dtype=np.intp)
    code = frame.groupby(by, dropna=False, observed=True, sort=True).ngroup().to_numpy()
    first = np.unique(code, return_index=True)[1]
    return frame[by].iloc[first].reset_index(drop=True), code


def labelled(keys: pd.DataFrame, results: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Stack one result per group with its group columns in front."""
    if not results:
        return pd.DataFrame(columns=[*keys.columns, *columns])
    lengths = [len(result) for result in results]
    repeated = keys.iloc[np.repeat(np.arange(len(keys)), lengths)].reset_index(drop=True)
    stacked = pd.concat(results, ignore_index=True)
    return pd.concat([repeated, stacked], axis=1) if len(keys.columns) else stacked


def curve(days: Floats, observed: NDArray[np.bool_]) -> Curve:
    """Return the product-limit curve of one group of at least one record.

    Notes
    -----
    Kaplan and Meier (1958) JASA 53:457. Events come before censoring at the same time.

    Examples
    --------
    >>> curve(np.array([2.0, 3.0, 3.0]), np.array([True, True, False])).survival.round(4)
    array([0.6667, 0.3333])
    """
    time, place = np.unique(days, return_inverse=True)
    leaving = np.bincount(place, minlength=time.size).astype(float)
    event = np.bincount(place, weights=observed, minlength=time.size)
    at_risk = days.size - np.cumsum(leaving) + leaving
    with np.errstate(divide="ignore"):
        step = np.where(event > 0, event / (at_risk * (at_risk - event)), 0.0)
    survival = np.cumprod(1.0 - event / at_risk)
    return Curve(time, at_risk, event, leaving - event, survival, np.cumsum(step))


def band(fitted: Curve, level: float, transform: str) -> tuple[Floats, Floats]:
    """Return pointwise limits; NaN before the first event and once nobody is left.

    Notes
    -----
    Greenwood's variance with the log-log transform of Kalbfleisch and Prentice (1980), the log
    transform, or none, held within 0 to 1.
    """
    z = critical(level)
    inside = (fitted.survival > 0) & (fitted.survival < 1)
    survival = np.where(inside, fitted.survival, np.nan)
    reach = z * np.sqrt(np.where(inside, fitted.hazard_variance, np.nan))
    if transform == "plain":
        low, high = survival * (1.0 - reach), survival * (1.0 + reach)
    elif transform == "log":
        low, high = survival * np.exp(-reach), survival * np.exp(reach)
    else:
        power = np.exp(-reach / np.log(survival))
        low, high = survival**power, survival ** (1.0 / power)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def crossing(time: Floats, height: Floats, p: float) -> float:
    """Return the first time ``height`` is at or below ``p``, NaN if it never is.

    Where the curve runs level at ``p`` before it falls further, the middle of that stretch.

    Examples
    --------
    >>> crossing(np.array([1.0, 2.0, 4.0]), np.array([0.75, 0.5, 0.25]), 0.5)
    3.0
    """
    reached = np.flatnonzero(height <= p + SAME_HEIGHT)
    if not reached.size:
        return float("nan")
    first = reached[0]
    passed = np.flatnonzero(height < p - SAME_HEIGHT)
    if height[first] >= p - SAME_HEIGHT and passed.size:
        return float((time[first] + time[passed[0]]) / 2.0)
    return float(time[first])
