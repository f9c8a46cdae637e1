"""Adjustment of p values for many comparisons.

Functions
---------
benjamini_hochberg
    p values adjusted to control the false discovery rate.
holm
    p values adjusted to control the chance of any false one.

P values are never multiplied: their product is no probability of anything.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ._checks import Floats, refuse


def benjamini_hochberg(p: ArrayLike) -> Floats:
    """Return p values adjusted to control the false discovery rate.

    Parameters
    ----------
    p : array_like
        One-dimensional p values. Missing values stay missing and are not counted as tests.

    Returns
    -------
    ndarray
        Adjusted p values in the order given, none above 1 and none below its own p value.

    Raises
    ------
    ValueError
        If the input is not one-dimensional or a value lies outside 0 to 1.

    Notes
    -----
    Benjamini and Hochberg (1995) J R Stat Soc B 57:289: the running minimum, from the largest
    p value down, of m p / rank. It holds for independent or positively dependent tests.

    Examples
    --------
    >>> benjamini_hochberg([0.01, 0.04, 0.03, 0.20]).round(4)
    array([0.04  , 0.0533, 0.0533, 0.2   ])
    """
    values, order = _ranked(p)
    adjusted = np.full(values.shape, np.nan)
    scaled = values[order] * (order.size / np.arange(1, order.size + 1))
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


def holm(p: ArrayLike) -> Floats:
    """Return p values adjusted to control the chance of any false one, however they depend.

    Parameters
    ----------
    p : array_like
        One-dimensional p values. Missing values stay missing and are not counted as tests.

    Returns
    -------
    ndarray
        Adjusted p values in the order given, none above 1 and none below its own p value.

    Raises
    ------
    ValueError
        If the input is not one-dimensional or a value lies outside 0 to 1.

    Notes
    -----
    Holm (1979) Scand J Stat 6:65: the running maximum, from the smallest p value up, of
    (m - rank + 1) p.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03, 0.20]).round(4)
    array([0.04, 0.09, 0.09, 0.2 ])
    """
    values, order = _ranked(p)
    adjusted = np.full(values.shape, np.nan)
    scaled = values[order] * np.arange(order.size, 0, -1)
    adjusted[order] = np.minimum(np.maximum.accumulate(scaled), 1.0)
    return adjusted


def _ranked(p: ArrayLike) -> tuple[Floats, NDArray[np.intp]]:
    """Return checked p values, and the places of those that are known from the smallest up."""
    values = np.asarray(p, dtype=float)
    if values.ndim != 1:
        raise ValueError(f"p must be one-dimensional; got {values.ndim} dimensions.")
    refuse((values < 0) | (values > 1), None, "a p value must lie between 0 and 1")
    known = np.flatnonzero(~np.isnan(values))
    return values, known[np.argsort(values[known], kind="stable")]
