"""Two strata or two periods compared: differences and ratios with their limits.

Rates over exposure are compared in `helpers.methods.rates`.

Functions
---------
difference_of_proportions
    Newcombe's hybrid score limits of a difference.
ratio_of_proportions
    Koopman's score limits of a ratio of proportions.
compare
    Each row of a tidy frame against its reference row.
first_to_last
    The last row of each group against its first.
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
    check_counts,
    check_level,
    critical,
    numbers,
    require_columns,
)
from ._compared import four, reference_rows
from .proportions import wilson
from .rates import RATE_RATIO, ratio_of_rates

DIFFERENCE = "Newcombe hybrid score (method 10)"
RATIO = "Koopman score, no continuity correction"

_PROPORTION_METHOD = f"difference: {DIFFERENCE}; ratio: {RATIO}"
_COUNT_METHOD = f"difference: plain, without limits; ratio: {RATE_RATIO}"

# Wide enough for any ratio of two proportions of countable people; 200 halvings of it
# leave nothing but rounding.
LOG_RATIO_BOUND = 60.0
HALVINGS = 200

Triple = tuple[Floats, Floats, Floats]


def difference_of_proportions(
    x1: ArrayLike, n1: ArrayLike, x0: ArrayLike, n0: ArrayLike, *, level: float = 0.95
) -> Triple:
    """Difference ``x1/n1 - x0/n0`` with hybrid score limits.

    Parameters
    ----------
    x1, n1, x0, n0 : array_like
        Events and records, compared and reference, broadcast together.
    level : float
        Two-sided confidence level.

    Returns
    -------
    tuple of ndarray
        Difference, lower and upper limit, on the scale -1 to 1. Missing counts or an empty
        denominator give NaN.

    Raises
    ------
    ValueError
        For negative or infinite counts, more events than records, or a level outside (0, 1).

    Notes
    -----
    Newcombe (1998) Stat Med 17:873, method 10: the distances from each proportion to its
    Wilson limits, added in quadrature.

    Examples
    --------
    >>> [round(float(v), 4) for v in difference_of_proportions(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]
    """
    a, n, b, m = four(x1, n1, x0, n0)
    low1, high1 = wilson(a, n, level=level)
    low0, high0 = wilson(b, m, level=level)
    p1, p0 = a / np.where(n == 0, np.nan, n), b / np.where(m == 0, np.nan, m)
    value = p1 - p0
    low = value - np.hypot(p1 - low1, high0 - p0)
    high = value + np.hypot(high1 - p1, p0 - low0)
    return np.asarray(value), np.asarray(low), np.asarray(high)


def _score(log_ratio: Floats, a: Floats, n: Floats, b: Floats, m: Floats) -> Floats:
    """Signed score statistic of the ratio, which falls as the ratio rises."""
    ratio = np.exp(log_ratio)
    # Constrained maximum of the likelihood: the smaller root of a quadratic in the reference
    # proportion, written so that nothing cancels.
    square = (n + m) * ratio
    linear = m + a + n * ratio + b * ratio
    product = a + b
    root = np.sqrt(np.maximum(linear**2 - 4.0 * square * product, 0.0))
    q0 = np.minimum(2.0 * product / (linear + root), np.minimum(1.0, 1.0 / ratio))
    q1 = ratio * q0
    spread = q1 * (1.0 - q1) / n + ratio**2 * q0 * (1.0 - q0) / m
    gap = a / n - ratio * b / m
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = gap / np.sqrt(np.maximum(spread, 0.0))
    # No gap is no evidence, even where the spread vanishes with it (all against all).
    return np.where(gap == 0, 0.0, statistic)


def _score_limit(target: float, a: Floats, n: Floats, b: Floats, m: Floats) -> Floats:
    low, high = np.full(a.shape, -LOG_RATIO_BOUND), np.full(a.shape, LOG_RATIO_BOUND)
    for _ in range(HALVINGS):
        middle = 0.5 * (low + high)
        above = _score(middle, a, n, b, m) > target
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.exp(0.5 * (low + high))


def ratio_of_proportions(
    x1: ArrayLike, n1: ArrayLike, x0: ArrayLike, n0: ArrayLike, *, level: float = 0.95
) -> Triple:
    """Ratio ``(x1/n1) / (x0/n0)`` with score limits.

    Parameters
    ----------
    x1, n1, x0, n0 : array_like
        Events and records, compared and reference, broadcast together.
    level : float
        Two-sided confidence level.

    Returns
    -------
    tuple of ndarray
        Ratio, lower and upper limit. No event above: ratio and lower limit 0. No event below:
        ratio and upper limit infinite. Neither: the ratio is NaN and its limits are 0 and
        infinity. Missing counts or an empty denominator give NaN.

    Raises
    ------
    ValueError
        For negative or infinite counts, more events than records, or a level outside (0, 1).

    Notes
    -----
    Koopman (1984) Biometrics 40:513, the score interval of Miettinen and Nurminen (1985) Stat
    Med 4:213 without their factor N / (N - 1); found by bisection on the log ratio.
    Recommended by Fagerland, Lydersen and Laake (2015) Stat Methods Med Res 24:224.

    Examples
    --------
    >>> [round(float(v), 2) for v in ratio_of_proportions(36, 40, 16, 80)]
    [4.5, 2.94, 7.15]
    """
    z = critical(level)
    a, n, b, m = four(x1, n1, x0, n0)
    check_counts(a, n)
    check_counts(b, m)
    n, m = np.where(n == 0, np.nan, n), np.where(m == 0, np.nan, m)
    missing = np.isnan(a + n + b + m)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = (a / n) / (b / m)
    low = np.where(a == 0, 0.0, _score_limit(z, a, n, b, m))
    high = np.where(b == 0, np.inf, _score_limit(-z, a, n, b, m))
    return value, np.where(missing, np.nan, low), np.where(missing, np.nan, high)


def compare(
    frame: pd.DataFrame,
    *,
    by: str,
    reference: object,
    numerator: str = "numerator",
    denominator: str = "denominator",
    kind: Literal["proportion", "count"] = "proportion",
    level: float = 0.95,
    within: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Compare each row with the row whose ``by`` equals ``reference``.

    Parameters
    ----------
    frame : DataFrame
        One row per stratum or period. It is not changed.
    by : str
        Column that holds ``reference`` exactly once in each group.
    reference : object
        Value of ``by`` in the reference row.
    numerator, denominator : str
        Columns of counts; the denominator is not used for ``kind="count"``.
    kind : {"proportion", "count"}
        Proportions: difference and ratio with limits. Counts over equal exposure: the plain
        difference without limits, and the ratio with exact conditional limits.
    level : float
        Two-sided confidence level.
    within : str or sequence of str, optional
        Columns that define groups, each with its own reference row.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``difference``, ``difference_low``, ``difference_high``,
        ``ratio``, ``ratio_low``, ``ratio_high``, ``level`` and ``method``. The reference row
        itself has difference 0, ratio 1 and no limits. A group without a reference row, and
        missing counts, give NaN.

    Raises
    ------
    ValueError
        For missing columns, a reference that occurs nowhere or twice in a group, counts that
        cannot be right, an unknown kind, or a level outside (0, 1).

    Notes
    -----
    See `difference_of_proportions`, `ratio_of_proportions` and `helpers.methods.rates`.

    Examples
    --------
    >>> years = pd.DataFrame(
    ...     {"year": [1, 2], "numerator": [48, 56], "denominator": [80, 70]})
    >>> result = compare(years, by="year", reference=1)
    >>> result[["year", "difference", "difference_low", "difference_high"]].round(4)
       year  difference  difference_low  difference_high
    0     1         0.0             NaN              NaN
    1     2         0.2          0.0524           0.3339
    """
    check_choice("kind", kind, ("proportion", "count"))
    check_level(level)
    groups = as_list(within)
    used = [numerator, denominator] if kind == "proportion" else [numerator]
    require_columns(frame, [by, *groups, *used])
    x = numbers(frame, numerator)
    n = numbers(frame, denominator) if kind == "proportion" else np.ones(len(frame))
    check_counts(x, n if kind == "proportion" else None, frame.index)
    other = reference_rows(frame, by, reference, groups)
    x0, n0 = (np.where(other >= 0, values[other], np.nan) for values in (x, n))
    if kind == "proportion":
        difference = difference_of_proportions(x, n, x0, n0, level=level)
        ratio, method = ratio_of_proportions(x, n, x0, n0, level=level), _PROPORTION_METHOD
    else:
        nothing = np.full(len(frame), np.nan)
        difference = (x - x0, nothing, nothing)
        ratio, method = ratio_of_rates(x, n, x0, n0, level=level), _COUNT_METHOD
    itself = other == np.arange(len(frame))
    result = frame.reset_index(drop=True)
    for name, (value, low, high), own in (("difference", difference, 0.0), ("ratio", ratio, 1.0)):
        result[name] = np.where(itself & ~np.isnan(difference[0]), own, value)
        result[f"{name}_low"] = np.where(itself, np.nan, low)
        result[f"{name}_high"] = np.where(itself, np.nan, high)
    result["level"] = float(level)
    result["method"] = np.where(itself, "reference row", method)
    return result


def first_to_last(
    frame: pd.DataFrame,
    *,
    within: str | Sequence[str],
    order: str = "year",
    numerator: str = "numerator",
    denominator: str = "denominator",
    level: float = 0.95,
) -> pd.DataFrame:
    """Compare the last row of each group with its first.

    Parameters
    ----------
    frame : DataFrame
        One row per period and group. It is not changed.
    within : str or sequence of str
        Columns that define groups.
    order : str
        Column that orders the rows of a group.
    numerator, denominator : str
        Columns of counts; rows without either are left out.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        Group columns, ``first_{order}``, ``first_share``, ``last_{order}``, ``last_share``,
        ``numerator``, ``denominator`` (of the last row), ``value``, ``low``, ``high`` (difference
        of proportions, last less first), ``ratio``, ``ratio_low``, ``ratio_high``, ``level``,
        ``method``. A group with a single row is left out.

    Raises
    ------
    ValueError
        As for `compare`.

    Examples
    --------
    >>> years = pd.DataFrame({"what": "a", "year": [1, 2], "numerator": [48, 56],
    ...     "denominator": [80, 70]})
    >>> first_to_last(years, within="what")[["first_year", "last_year", "value"]].round(4)
       first_year  last_year  value
    0           1          2    0.2
    """
    groups = as_list(within)
    require_columns(frame, [*groups, order, numerator, denominator])
    known = frame.dropna(subset=[numerator, denominator]).sort_values(order, kind="stable")
    ends = known.groupby(groups, sort=False, dropna=False)
    last, first = ends.tail(1), ends.head(1)
    pairs = first[[*groups, order, numerator, denominator]].merge(
        last[[*groups, order, numerator, denominator]], on=groups, suffixes=("_first", "_last")
    )
    pairs = pairs[pairs[f"{order}_first"].ne(pairs[f"{order}_last"])].reset_index(drop=True)
    x1, n1, x0, n0 = (
        pairs[f"{column}_{end}"].to_numpy(dtype=float)
        for end in ("last", "first")
        for column in (numerator, denominator)
    )
    difference = difference_of_proportions(x1, n1, x0, n0, level=level)
    ratio = ratio_of_proportions(x1, n1, x0, n0, level=level)
    result = pairs[groups].copy()
    with np.errstate(invalid="ignore", divide="ignore"):
        result[f"first_{order}"], result["first_share"] = pairs[f"{order}_first"], x0 / n0
        result[f"last_{order}"], result["last_share"] = pairs[f"{order}_last"], x1 / n1
    result["numerator"] = pairs[f"{numerator}_last"]
    result["denominator"] = pairs[f"{denominator}_last"]
    result["value"], result["low"], result["high"] = difference
    result["ratio"], result["ratio_low"], result["ratio_high"] = ratio
    return result.assign(level=float(level), method=_PROPORTION_METHOD)
