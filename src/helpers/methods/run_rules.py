"""Runs about a centre: whether points lie on one side for too long or cross it too seldom.

Functions
---------
runs
    Longest run and crossings of a series about its centre, with the limits of both.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

NEAR = 1e-12
"""A point this near the centre, as a share of it, lies on the centre: the rest is rounding."""


@dataclass(frozen=True)
class Runs:
    """Runs of a series about a centre.

    Attributes
    ----------
    useful : int
        Points that do not lie on the centre.
    longest_run, longest_run_max : int
        Points of the longest run on one side, and the most that is ordinary.
    crossings, crossings_min : int
        How often the line crosses the centre, and the least that is ordinary.
    signal : bool
        Whether either limit is passed.

    Examples
    --------
    >>> runs([1, 2, 1, 2], 1.5).signal
    False
    """

    useful: int
    longest_run: int
    longest_run_max: int
    crossings: int
    crossings_min: int
    signal: bool


def runs(values: ArrayLike, centre: ArrayLike) -> Runs:
    """Count runs of a series about its centre.

    Parameters
    ----------
    values : array_like, shape (periods,)
        The series in order; missing values and points on the centre are not useful.
    centre : array_like
        The centre: a number, or one a period.

    Returns
    -------
    Runs
        Without a useful point all counts are 0 and there is no signal.

    Notes
    -----
    Anhoej and Olesen (2014) PLoS ONE 9:e113825: an ordinary longest run has at most
    round(log2(n) + 3) points, and crossings number at least the 5% quantile of a binomial with
    n - 1 trials of one half. Limits depend on n, so that false signals stay about as rare in long
    series as in short ones.

    Examples
    --------
    >>> found = runs([1] * 12 + [3] * 12, 2)
    >>> found.longest_run, found.longest_run_max, found.crossings, found.crossings_min
    (12, 8, 1, 8)
    """
    from scipy.special import bdtr

    middle = np.asarray(centre, dtype=float)
    away = np.asarray(values, dtype=float) - middle
    side = np.where(np.abs(away) <= NEAR * np.abs(middle), 0.0, np.sign(away))
    side = side[~np.isnan(side) & (side != 0)]
    if not side.size:
        return Runs(0, 0, 0, 0, 0, signal=False)
    change = np.flatnonzero(np.diff(side))
    longest = int(np.diff(np.concatenate([[-1], change, [side.size - 1]])).max())
    most = round(float(np.log2(side.size)) + 3)
    trials = np.arange(side.size)
    least = int(np.argmax(bdtr(trials, side.size - 1, 0.5) >= 0.05)) if side.size > 1 else 0
    return Runs(
        useful=int(side.size),
        longest_run=longest,
        longest_run_max=most,
        crossings=int(change.size),
        crossings_min=least,
        signal=longest > most or int(change.size) < least,
    )
