"""Two rates compared: events over exposure, with exact or mid-p limits and p-values.

Functions
---------
ratio_of_rates
    Ratio of two rates with limits conditional on the total of events.
p_value_of_ratio
    Two-sided p-value of a given ratio of two rates, matching those limits.
difference_of_rates
    Difference of two rates with limits from the limits of each rate.
compare_rates
    Each row of a tidy frame against its reference row.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._checks import (
    Floats,
    as_list,
    check_choice,
    check_exposure,
    check_level,
    numbers,
    require_columns,
)
from ._compared import four, reference_rows
from .proportions import EXACT, clopper_pearson, poisson_limits

RATE_RATIO = "exact conditional (Clopper-Pearson on the split of events)"
MID_P = "mid-p conditional (binomial split of events)"
MOVER = "MOVER from the limits of each rate"
METHODS = {"exact": RATE_RATIO, "mid-p": MID_P}

# Halvings of the interval (0, 1) until nothing but rounding is left, also near its lower end.
HALVINGS = 200
Method = Literal["exact", "mid-p"]
Triple = tuple[Floats, Floats, Floats]


def _above(share: Floats, x: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Chance of ``x`` or more, and of more than ``x``, out of ``n``."""
    from scipy.special import betainc

    some, rest = np.where(x == 0, 1.0, x), np.where(x == n, 1.0, n - x)
    at_least = np.where(x == 0, 1.0, betainc(some, n - x + 1.0, share))
    more = np.where(x == n, 0.0, betainc(x + 1.0, rest, share))
    return at_least, more


def _mid_p_lower(x: Floats, n: Floats, tail: float) -> Floats:
    """Share of events at which ``x`` or more, ``x`` counted by half, has chance ``tail``."""
    low, high = np.zeros(x.shape), np.ones(x.shape)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        at_least, more = _above(middle, x, n)
        over = 0.5 * (at_least + more) > tail
        low, high = np.where(over, low, middle), np.where(over, middle, high)
    return np.where(x == 0, 0.0, 0.5 * (low + high))


def _odds_limits(a: Floats, b: Floats, level: float, method: Method) -> tuple[Floats, Floats]:
    """Limits of the odds that an event is of the compared side; without events 0 and infinity.

    Each upper limit is found as the lower one of the other side, which keeps full precision
    where a share is close to 1.
    """
    n = a + b
    if method == "exact":
        low, other = clopper_pearson(a, n, level=level)[0], clopper_pearson(b, n, level=level)[0]
    else:
        tail = (1.0 - check_level(level)) / 2.0
        low, other = _mid_p_lower(a, n, tail), _mid_p_lower(b, n, tail)
    low, other = np.where(n == 0, 0.0, low), np.where(n == 0, 0.0, other)
    with np.errstate(divide="ignore"):
        return low / (1.0 - low), (1.0 - other) / other


def ratio_of_rates(
    x1: ArrayLike,
    e1: ArrayLike,
    x0: ArrayLike,
    e0: ArrayLike,
    *,
    level: float = 0.95,
    method: Method = "exact",
) -> Triple:
    """Ratio ``(x1/e1) / (x0/e0)`` of two rates with limits conditional on all events.

    Parameters
    ----------
    x1, e1, x0, e0 : array_like
        Events and exposure, compared and reference, broadcast together.
    level : float
        Two-sided confidence level.
    method : {"exact", "mid-p"}
        Exact limits never cover less than the level; mid-p limits are narrower and cover the
        level on average.

    Returns
    -------
    tuple of ndarray
        Ratio, lower and upper limit. No event above: ratio and lower limit 0. No event below:
        ratio and upper limit infinite. Neither: the ratio is NaN and its limits are 0 and
        infinity. Missing counts or no exposure give NaN.

    Raises
    ------
    ValueError
        For negative or infinite counts or exposure, events without exposure, an unknown method,
        or a level outside (0, 1).

    Notes
    -----
    Given their sum, the compared events are binomial, and limits of that split are limits of the
    ratio: Clopper-Pearson for the exact method (Przyborowski and Wilenski 1940, Biometrika
    31:313; the method of ``poisson.test`` in R), and for mid-p the shares at which the chance of
    a more extreme count and half that of the count itself is half of the remainder (Rothman and
    Greenland 1998, Modern Epidemiology, chapter 14; Berry and Armitage 1995, The Statistician
    44:417).

    Examples
    --------
    >>> [round(float(v), 3) for v in ratio_of_rates(11, 800, 23, 3000)]
    [1.793, 0.789, 3.83]
    >>> [round(float(v), 3) for v in ratio_of_rates(11, 800, 23, 3000, method="mid-p")]
    [1.793, 0.842, 3.642]
    """
    check_choice("method", method, tuple(METHODS))
    a, e, b, f = four(x1, e1, x0, e0)
    check_exposure(a, e)
    check_exposure(b, f)
    e, f = np.where(e == 0, np.nan, e), np.where(f == 0, np.nan, f)
    low, high = _odds_limits(a, b, level, method)
    missing = np.isnan(a + b)
    with np.errstate(divide="ignore", invalid="ignore"):
        value, scale = (a / e) / (b / f), np.where(missing, np.nan, f / e)
    return value, low * scale, high * scale


def p_value_of_ratio(
    x1: ArrayLike,
    e1: ArrayLike,
    x0: ArrayLike,
    e0: ArrayLike,
    *,
    ratio: ArrayLike = 1.0,
    method: Method = "exact",
) -> Floats:
    """Two-sided p-value of the statement that the ratio of two rates is ``ratio``.

    It is the chance, if that statement held, of a split of the same total of events at least as
    far out; it is not the chance that the statement holds.

    Parameters
    ----------
    x1, e1, x0, e0 : array_like
        Events and exposure, compared and reference, broadcast together.
    ratio : array_like
        Ratio stated, above zero and finite.
    method : {"exact", "mid-p"}
        With mid-p the chance of the split observed counts by half.

    Returns
    -------
    ndarray
        P-values, at most 1; without any event 1; missing counts or no exposure give NaN.

    Raises
    ------
    ValueError
        For negative or infinite counts or exposure, events without exposure, a ratio that is not
        above zero and finite, or an unknown method.

    Notes
    -----
    Twice the smaller tail, so that the p-value is below ``1 - level`` exactly where the limits of
    `ratio_of_rates` leave the ratio out (Fay 2010, R Journal 2(1):53). Software that adds up all
    splits that are no more likely than the one observed (``poisson.test`` in R) can disagree with
    its own limits.

    Examples
    --------
    >>> round(float(p_value_of_ratio(2, 17877, 9, 16660)), 4)
    0.0501
    """
    check_choice("method", method, tuple(METHODS))
    a, e, b, f, stated = four(x1, e1, x0, e0, ratio)
    check_exposure(a, e)
    check_exposure(b, f)
    if not (np.isnan(stated) | (np.isfinite(stated) & (stated > 0))).all():
        raise ValueError(f"ratio must be a number above zero; got {ratio!r}.")
    e, f = np.where(e == 0, np.nan, e), np.where(f == 0, np.nan, f)
    odds, n = stated * e / f, a + b
    at_least, more = _above(odds / (1.0 + odds), a, n)
    # The other tail is that of the other side: 1 less a chance near 1 would lose its digits.
    at_most, fewer = _above(1.0 / (1.0 + odds), b, n)
    if method == "mid-p":
        at_least, at_most = 0.5 * (at_least + more), 0.5 * (at_most + fewer)
    p = np.minimum(1.0, 2.0 * np.minimum(at_least, at_most))
    return np.where(np.isnan(odds + n), np.nan, p)


def difference_of_rates(
    x1: ArrayLike,
    e1: ArrayLike,
    x0: ArrayLike,
    e0: ArrayLike,
    *,
    per: float = 1.0,
    level: float = 0.95,
    method: Literal["exact", "byar"] = "exact",
) -> Triple:
    """Difference ``x1/e1 - x0/e0`` of two rates with limits.

    Parameters
    ----------
    x1, e1, x0, e0 : array_like
        Events and exposure, compared and reference, broadcast together.
    per : float
        Units of exposure the rates are expressed for, for example 1000.
    level : float
        Two-sided confidence level.
    method : {"exact", "byar"}
        Limits of each rate that those of the difference are made from: Garwood's exact limits or
        Byar's approximation.

    Returns
    -------
    tuple of ndarray
        Difference, lower and upper limit, in events per ``per`` units of exposure. Missing counts
        or no exposure give NaN.

    Raises
    ------
    ValueError
        For negative or infinite counts or exposure, events without exposure, ``per`` not above
        zero, an unknown method, or a level outside (0, 1).

    Notes
    -----
    Method of variance estimates recovery (MOVER): the distances from each rate to its own limits,
    added in quadrature (Zou and Donner 2008, Stat Med 27:1693). As the limits of each rate are
    exact or close to it, those of the difference tend to cover more than the level.

    Examples
    --------
    >>> [round(float(v), 2) for v in difference_of_rates(11, 800, 23, 3000, per=1000)]
    [6.08, -1.8, 17.29]
    """
    check_choice("method", method, ("exact", "byar"))
    _check_per(per)
    a, e, b, f = four(x1, e1, x0, e0)
    check_exposure(a, e)
    check_exposure(b, f)
    e, f = np.where(e == 0, np.nan, e) / per, np.where(f == 0, np.nan, f) / per
    low1, high1 = (limit / e for limit in poisson_limits(a, level=level, method=method))
    low0, high0 = (limit / f for limit in poisson_limits(b, level=level, method=method))
    r1, r0 = a / e, b / f
    value = r1 - r0
    low = value - np.hypot(r1 - low1, high0 - r0)
    high = value + np.hypot(high1 - r1, r0 - low0)
    return np.asarray(value), np.asarray(low), np.asarray(high)


def _check_per(per: float) -> None:
    if not (np.isfinite(per) and per > 0):
        raise ValueError(f"per must be a number above zero; got {per!r}.")


def compare_rates(
    frame: pd.DataFrame,
    *,
    by: str,
    reference: object,
    numerator: str = "numerator",
    denominator: str = "denominator",
    per: float = 1.0,
    level: float = 0.95,
    method: Method = "exact",
    within: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Compare the rate of each row with that of the row whose ``by`` equals ``reference``.

    Parameters
    ----------
    frame : DataFrame
        One row per stratum or period. It is not changed.
    by : str
        Column that holds ``reference`` exactly once in each group.
    reference : object
        Value of ``by`` in the reference row.
    numerator, denominator : str
        Column of counts and column of exposure. Where they have other names, copies are added
        under the standard names.
    per : float
        Units of exposure the difference is expressed for, for example 1000.
    level : float
        Two-sided confidence level.
    method : {"exact", "mid-p"}
        Limits of the ratio and p-value, see `ratio_of_rates`; the limits of the difference are
        made from Garwood's exact limits of each rate.
    within : str or sequence of str, optional
        Columns that define groups, each with its own reference row.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``numerator``, ``denominator``, ``difference``,
        ``difference_low``, ``difference_high``, ``ratio``, ``ratio_low``, ``ratio_high``,
        ``p_value`` (of ratio 1), ``per``, ``level`` and ``method``. The reference row itself has
        difference 0, ratio 1, and neither limits nor a p-value. A group without a reference row,
        and missing counts, give NaN.

    Raises
    ------
    ValueError
        For missing columns, a reference that occurs nowhere or twice in a group, counts or
        exposure that cannot be right, ``per`` not above zero, an unknown method, or a level
        outside (0, 1).

    Notes
    -----
    See `ratio_of_rates`, `p_value_of_ratio` and `difference_of_rates`. Each row is compared on its
    own: the more rows, the more of them differ by chance alone.

    Examples
    --------
    >>> years = pd.DataFrame(
    ...     {"year": [1, 2], "numerator": [23, 11], "denominator": [3000, 800]})
    >>> result = compare_rates(years, by="year", reference=1, per=1000)
    >>> result[["year", "difference", "ratio", "ratio_low", "ratio_high", "p_value"]].round(3)
       year  difference  ratio  ratio_low  ratio_high  p_value
    0     1       0.000  1.000        NaN         NaN      NaN
    1     2       6.083  1.793      0.789        3.83    0.169
    """
    check_choice("method", method, tuple(METHODS))
    check_level(level)
    _check_per(per)
    groups = as_list(within)
    require_columns(frame, [by, *groups, numerator, denominator])
    x, e = numbers(frame, numerator), numbers(frame, denominator)
    check_exposure(x, e, frame.index)
    other = reference_rows(frame, by, reference, groups)
    x0, e0 = (np.where(other >= 0, values[other], np.nan) for values in (x, e))
    difference = difference_of_rates(x, e, x0, e0, per=per, level=level)
    ratio = ratio_of_rates(x, e, x0, e0, level=level, method=method)
    itself = other == np.arange(len(frame))
    result = frame.reset_index(drop=True)
    result["numerator"] = frame[numerator].reset_index(drop=True)
    result["denominator"] = frame[denominator].reset_index(drop=True)
    for name, (value, low, high), own in (("difference", difference, 0.0), ("ratio", ratio, 1.0)):
        result[name] = np.where(itself & ~np.isnan(difference[0]), own, value)
        result[f"{name}_low"] = np.where(itself, np.nan, low)
        result[f"{name}_high"] = np.where(itself, np.nan, high)
    p_value = p_value_of_ratio(x, e, x0, e0, method=method)
    words = f"difference: {MOVER}, {EXACT}; ratio: {METHODS[method]}; p-value: twice the tail"
    return result.assign(
        p_value=np.where(itself, np.nan, p_value),
        per=float(per),
        level=float(level),
        method=np.where(itself, "reference row", words),
    )
