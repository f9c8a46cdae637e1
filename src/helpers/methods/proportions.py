"""Proportions and rates with their limits.

Functions
---------
wilson
    Wilson score limits of a binomial proportion, without continuity correction.
clopper_pearson
    Exact (Clopper-Pearson) limits of a binomial proportion.
poisson_limits
    Limits of an expected count: exact, Byar's, or the rule that joins them.
proportion
    A tidy frame of counts with proportions and limits appended.
rate
    A tidy frame of counts and exposure with rates and limits appended.
"""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._checks import (
    Floats,
    check_choice,
    check_counts,
    check_exposure,
    check_level,
    critical,
    numbers,
    require_columns,
)

WILSON = "Wilson score, no continuity correction"
CLOPPER_PEARSON = "Clopper-Pearson exact"
EXACT = "Poisson exact (Garwood)"
BYAR = "Byar's approximation"
BELOW_TEN = "Poisson exact (Garwood), used below 10 events"
FROM_TEN = "Byar's approximation, used at 10 events and above"


def _pair(events: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    x, n = np.broadcast_arrays(np.asarray(events, float), np.asarray(trials, float))
    check_counts(x, n)
    return x, np.where(n == 0, np.nan, n)


def wilson(events: ArrayLike, trials: ArrayLike, *, level: float = 0.95) -> tuple[Floats, Floats]:
    """Wilson score limits of a binomial proportion, without continuity correction.

    Parameters
    ----------
    events, trials : array_like
        Counts, broadcast together. Missing or zero trials give NaN limits.
    level : float
        Two-sided confidence level.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits on the scale 0 to 1, in the broadcast shape.

    Raises
    ------
    ValueError
        For negative or infinite counts, more events than trials, or a level outside (0, 1).

    Notes
    -----
    Wilson (1927) JASA 22:209; Newcombe (1998) Stat Med 17:857, method 3.

    Examples
    --------
    >>> low, high = wilson([81], [263])
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.2553, 0.3662)
    """
    z = critical(level)
    x, n = _pair(events, trials)
    centre = 2.0 * x + z**2
    spread = z * np.sqrt(z**2 + 4.0 * x * (1.0 - x / n))
    scale = 2.0 * (n + z**2)
    # Rounding must not push the limits of none and of all off the ends of the scale.
    low = np.where(x == 0, 0.0 * n, (centre - spread) / scale)
    high = np.where(x == n, 1.0, (centre + spread) / scale)
    return np.asarray(low), np.asarray(high)


def clopper_pearson(
    events: ArrayLike, trials: ArrayLike, *, level: float = 0.95
) -> tuple[Floats, Floats]:
    """Exact limits of a binomial proportion from beta quantiles.

    Parameters
    ----------
    events, trials : array_like
        Counts, broadcast together. Missing or zero trials give NaN limits.
    level : float
        Two-sided confidence level; each tail holds at most half of the remainder.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits on the scale 0 to 1, in the broadcast shape.

    Raises
    ------
    ValueError
        For negative or infinite counts, more events than trials, or a level outside (0, 1).

    Notes
    -----
    Clopper and Pearson (1934) Biometrika 26:404.

    Examples
    --------
    >>> low, high = clopper_pearson([1454], [10306])
    >>> round(100 * float(low[0]), 2), round(100 * float(high[0]), 2)
    (13.44, 14.8)
    """
    from scipy.special import betaincinv

    tail = (1.0 - check_level(level)) / 2.0
    x, n = _pair(events, trials)
    none, every = x == 0, x == n
    low = betaincinv(np.where(none, 1.0, x), n - x + 1.0, tail)
    high = betaincinv(x + 1.0, np.where(every, 1.0, n - x), 1.0 - tail)
    return np.asarray(np.where(none, 0.0 * n, low)), np.asarray(np.where(every, 1.0, high))


def _exact_poisson(x: Floats, tail: float) -> tuple[Floats, Floats]:
    from scipy.special import gammainccinv, gammaincinv

    low = np.where(x == 0, 0.0, gammaincinv(np.where(x == 0, 1.0, x), tail))
    return low, gammainccinv(x + 1.0, tail)


def _byar(x: Floats, z: float) -> tuple[Floats, Floats]:
    some, up = np.where(x == 0, np.nan, x), x + 1.0
    # The cube of a negative base is no count: a tiny count at a wide level has lower limit 0.
    base = np.maximum(1.0 - 1.0 / (9.0 * some) - z / (3.0 * np.sqrt(some)), 0.0)
    low = np.where(x == 0, 0.0, some * base**3)
    return low, up * (1.0 - 1.0 / (9.0 * up) + z / (3.0 * np.sqrt(up))) ** 3


def poisson_limits(
    events: ArrayLike,
    *,
    level: float = 0.95,
    method: Literal["exact", "byar", "phe"] = "exact",
) -> tuple[Floats, Floats]:
    """Limits of the expected count behind an observed count.

    Parameters
    ----------
    events : array_like
        Observed counts; missing counts give NaN limits.
    level : float
        Two-sided confidence level.
    method : {"exact", "byar", "phe"}
        Garwood's exact limits, Byar's approximation, or the public health rule: exact below
        10 events and Byar's at 10 and above.

    Returns
    -------
    tuple of ndarray
        Lower and upper limits in units of events.

    Raises
    ------
    ValueError
        For negative or infinite counts, an unknown method, or a level outside (0, 1).

    Notes
    -----
    Garwood (1936) Biometrika 28:437; Breslow and Day (1987) Statistical Methods in Cancer
    Research II, eq. 2.13; the switch at 10 events follows the technical guide of Public
    Health England on common public health statistics (2018).

    Examples
    --------
    >>> low, high = poisson_limits([10], method="byar")
    >>> round(float(low[0]), 3), round(float(high[0]), 3)
    (4.787, 18.391)
    """
    check_choice("method", method, ("exact", "byar", "phe"))
    x = np.asarray(events, float)
    check_counts(x)
    z, tail = critical(level), (1.0 - level) / 2.0
    if method == "exact":
        low, high = _exact_poisson(x, tail)
    elif method == "byar":
        low, high = _byar(x, z)
    else:
        exact, byar = _exact_poisson(x, tail), _byar(x, z)
        low, high = (np.where(x < 10, e, b) for e, b in zip(exact, byar, strict=True))
    return np.asarray(low), np.asarray(high)


def _appended(frame: pd.DataFrame, numerator: str, denominator: str) -> pd.DataFrame:
    return frame.reset_index(drop=True).assign(
        numerator=frame[numerator].reset_index(drop=True),
        denominator=frame[denominator].reset_index(drop=True),
    )


def proportion(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    level: float = 0.95,
    method: Literal["wilson", "exact"] = "wilson",
) -> pd.DataFrame:
    """Append proportions and their limits to a frame of counts.

    Parameters
    ----------
    frame : DataFrame
        One row per proportion. It is not changed.
    numerator, denominator : str
        Columns of counts. Where they have other names, copies are added under the standard
        names.
    level : float
        Two-sided confidence level.
    method : {"wilson", "exact"}
        Wilson score limits, or Clopper-Pearson limits.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``numerator``, ``denominator``, ``value``, ``low``,
        ``high`` (0 to 1), ``level`` and ``method``. Missing counts and empty denominators
        give NaN.

    Raises
    ------
    ValueError
        For missing columns, negative counts, a numerator above its denominator, an unknown
        method, or a level outside (0, 1).

    Notes
    -----
    See `wilson` and `clopper_pearson`.

    Examples
    --------
    >>> counts = pd.DataFrame({"numerator": [15, None], "denominator": [148, 12]})
    >>> proportion(counts)[["value", "low", "high"]].round(4)
        value     low    high
    0  0.1014  0.0624  0.1605
    1     NaN     NaN     NaN
    """
    check_choice("method", method, ("wilson", "exact"))
    require_columns(frame, [numerator, denominator])
    x, n = numbers(frame, numerator), numbers(frame, denominator)
    check_counts(x, n, frame.index)
    low, high = (wilson if method == "wilson" else clopper_pearson)(x, n, level=level)
    missing = np.isnan(x) | np.isnan(n) | (n == 0)
    return _appended(frame, numerator, denominator).assign(
        value=x / np.where(missing, np.nan, n),
        low=np.where(missing, np.nan, low),
        high=np.where(missing, np.nan, high),
        level=float(level),
        method=WILSON if method == "wilson" else CLOPPER_PEARSON,
    )


def rate(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    per: float = 1.0,
    level: float = 0.95,
    method: Literal["exact", "byar", "phe"] = "phe",
) -> pd.DataFrame:
    """Append rates and their limits to a frame of counts and exposure.

    Parameters
    ----------
    frame : DataFrame
        One row per rate. It is not changed.
    numerator, denominator : str
        Column of counts and column of exposure (person-time, population, bed-days).
    per : float
        Units of exposure the rate is expressed for, for example 1000.
    level : float
        Two-sided confidence level.
    method : {"phe", "exact", "byar"}
        See `poisson_limits`.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``numerator``, ``denominator``, ``value``, ``low``,
        ``high`` (events per ``per`` units of exposure), ``per``, ``level`` and ``method``;
        the method column says row by row which limits were used.

    Raises
    ------
    ValueError
        For missing columns, negative counts or exposure, events without exposure, ``per``
        not above zero, an unknown method, or a level outside (0, 1).

    Notes
    -----
    The exposure is taken as known; see `poisson_limits` for the sources.

    Examples
    --------
    >>> counts = pd.DataFrame({"numerator": [65], "denominator": [100]})
    >>> rate(counts, per=1000)[["value", "low", "high"]].round(1)
       value    low   high
    0  650.0  501.6  828.5
    """
    check_choice("method", method, ("exact", "byar", "phe"))
    require_columns(frame, [numerator, denominator])
    if not (np.isfinite(per) and per > 0):
        raise ValueError(f"per must be a number above zero; got {per!r}.")
    x, exposure = numbers(frame, numerator), numbers(frame, denominator)
    check_exposure(x, exposure, frame.index)
    low, high = poisson_limits(x, level=level, method=method)
    missing = np.isnan(x) | np.isnan(exposure) | (exposure == 0)
    factor = per / np.where(missing, np.nan, exposure)
    switched = np.where(x < 10, BELOW_TEN, FROM_TEN)
    named = {"exact": EXACT, "byar": BYAR, "phe": switched}[method]
    return _appended(frame, numerator, denominator).assign(
        value=x * factor,
        low=low * factor,
        high=high * factor,
        per=float(per),
        level=float(level),
        method=named,
    )
