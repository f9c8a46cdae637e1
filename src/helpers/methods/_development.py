"""How a reporting triangle grows from one delay to the next: factors and their variance.

Functions
---------
development
    Factor, variance and periods of each step, from running counts by period and delay.
complete
    Running counts with the steps still to come, and their mean squared error.
"""

from dataclasses import dataclass

import numpy as np

from ._checks import Floats


@dataclass(frozen=True)
class Development:
    """The steps from each delay to the next.

    Attributes
    ----------
    factor, variance : ndarray
        Factor of growth of each step, and Mack's variance per death known before it; NaN where
        no period was followed through the step, or too few to tell a variance.
    exposed, after : ndarray
        Deaths known before and after the step in the periods followed through it.
    periods : ndarray
        Periods followed through each step with a death known before it.
    carried : ndarray of bool
        Steps whose variance is that of earlier ones carried on.
    """

    factor: Floats
    variance: Floats
    exposed: Floats
    after: Floats
    periods: Floats
    carried: np.ndarray


def development(running: Floats) -> Development:
    """Return the steps of a triangle.

    Parameters
    ----------
    running : ndarray
        Deaths known within each delay (columns) of each period (rows); NaN where the period was
        not followed for so long.

    Returns
    -------
    Development
        The steps, one fewer than delays.

    Notes
    -----
    Mack (1993) ASTIN Bulletin 23:213: a step that one period alone was followed through has no
    variance of its own, and takes the least of the two before it and of their ratio carried on.

    Examples
    --------
    >>> steps = development(np.array([[10.0, 15.0], [20.0, np.nan]]))
    >>> steps.factor.tolist(), steps.periods.tolist()
    ([1.5], [1.0])
    """
    before, after = running[:, :-1], running[:, 1:]
    both = ~np.isnan(before) & ~np.isnan(after)
    known, grown = np.where(both, before, 0.0), np.where(both, after, 0.0)
    exposed, total = known.sum(axis=0), grown.sum(axis=0)
    factor = np.divide(total, exposed, out=np.full(exposed.shape, np.nan), where=exposed > 0)
    # A period with nobody known before the step tells nothing of growth in proportion.
    used = both & (before > 0)
    periods = used.sum(axis=0).astype(float)
    apart = np.where(used, (grown - factor * known) ** 2, 0.0) / np.where(used, known, 1.0)
    variance = np.full(factor.shape, np.nan)
    enough = periods > 1
    variance[enough] = apart.sum(axis=0)[enough] / (periods[enough] - 1.0)
    carried = np.zeros(factor.shape, dtype=bool)
    for step in np.flatnonzero(periods == 1):
        earlier = variance[:step]
        if step >= 2 and not np.isnan(earlier[-2:]).any():
            two, one = earlier[-2], earlier[-1]
            ratio = one**2 / two if two > 0 else 0.0
            variance[step] = min(ratio, two, one)
            carried[step] = True
    return Development(factor, variance, exposed, total, periods, carried)


def complete(running: Floats, steps: Development) -> tuple[Floats, Floats, float]:
    """Return the expected final counts, their mean squared errors, and that of their sum.

    Parameters
    ----------
    running : ndarray
        See `development`.
    steps : Development
        Its steps.

    Returns
    -------
    final : ndarray
        Deaths expected to be known within the longest delay, of each period; NaN for a period
        that was followed for no delay, or where a step is not known.
    error : ndarray
        Mean squared error of each; 0 where nothing is still to come.
    together : float
        Mean squared error of the sum over the periods that have one.

    Notes
    -----
    Mack (1993), the theorem and its corollary: chance of the steps to come, and error of the
    factors, which periods share.
    """
    size = running.shape[1]
    followed = (~np.isnan(running)).sum(axis=1)
    final = np.full(len(running), np.nan)
    error = np.full(len(running), np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = steps.variance / steps.factor**2
        shared = rates / steps.exposed
    paths = {}
    for row in np.flatnonzero(followed):
        last = followed[row] - 1
        seen = running[row, last]
        path = seen * np.cumprod(np.r_[1.0, steps.factor[last:]])
        final[row] = path[-1]
        ahead = slice(last, size - 1)
        if last == size - 1:
            error[row] = 0.0
        elif seen > 0 and np.isfinite(path[-1]):
            error[row] = path[-1] ** 2 * np.sum(rates[ahead] / path[:-1] + shared[ahead])
            paths[row] = last
    rows = sorted(paths, key=lambda row: paths[row])
    together = float(np.sum([error[row] for row in paths]))
    # Two periods share the error of the steps that both have still before them.
    for place, row in enumerate(rows):
        for other in rows[place + 1 :]:
            common = np.sum(shared[paths[other] :])
            together += float(2.0 * final[row] * final[other] * common)
    return final, error, together
