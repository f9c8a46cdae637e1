"""Maximum likelihood for times that are known only to lie in intervals.

Functions
---------
support
    Stretches of time that can hold a share, and which of them each interval covers.
maximise
    The shares that make the intervals most likely.
covariance
    Covariance of the shares, from the observed information.
"""

import numpy as np
from numpy.typing import NDArray

from ._checks import Floats

# Shares below this count as none, and a gain in the log-likelihood below it, for each person, as
# the end of the search.
NONE = 1e-9
STEPS = 500


def support(start: Floats, end: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Return the stretches that can hold a share, and whether each interval covers each.

    Parameters
    ----------
    start, end : ndarray
        Intervals open on the left and closed on the right; equal ends are an exact time, and an
        infinite end says that the time is later than ``start``.

    Returns
    -------
    left, right : ndarray
        Ends of the stretches, ascending.
    holds : ndarray of bool
        Intervals by stretches.

    Notes
    -----
    A stretch runs from the left end of an interval to the right end of one, with no other end
    between: Turnbull (1976) JRSS B 38:290.

    Examples
    --------
    >>> left, right, holds = support(np.array([0.0, 2.0]), np.array([3.0, np.inf]))
    >>> left.tolist(), right.tolist(), holds.tolist()
    ([2.0], [3.0], [[True], [True]])
    """
    # At one time come first the exact times' left ends, then right ends, then open left ends.
    exact = start == end
    ends = sorted(
        {(time, 0 if point else 2) for time, point in zip(start, exact, strict=True)}
        | {(time, 1) for time in end}
    )
    pairs = [
        (here, there)
        for here, there in zip(ends[:-1], ends[1:], strict=True)
        if here[1] != 1 and there[1] == 1
    ]
    left = np.array([here[0] for here, _ in pairs], dtype=float)
    right = np.array([there[0] for _, there in pairs], dtype=float)
    point = left == right
    # An interval that opens at a time does not hold that time itself.
    opens = start[:, None] <= left[None, :]
    opens &= ~((start[:, None] == left[None, :]) & point[None, :] & ~exact[:, None])
    return left, right, opens & (right[None, :] <= end[:, None])


def maximise(holds: NDArray[np.bool_], people: Floats) -> Floats:
    """Return the share of each stretch that makes the intervals most likely.

    Parameters
    ----------
    holds : ndarray of bool
        Intervals by stretches, each interval covering one stretch at least.
    people : ndarray
        People of each interval, above zero.

    Returns
    -------
    ndarray
        Shares, none negative, that add up to 1.

    Raises
    ------
    ValueError
        If the search does not end.

    Notes
    -----
    Self-consistency (Turnbull 1976) for the first steps; then each step solves the quadratic
    approximation of the likelihood by non-negative least squares, and is halved until the
    likelihood rises: Wang (2008) Computational Statistics and Data Analysis 52:2388, eq. 4. It
    ends where no stretch would raise it further (Gentleman and Geyer (1994) Biometrika 81:618).

    Examples
    --------
    >>> maximise(np.array([[True, False], [True, True]]), np.array([1.0, 1.0]))
    array([1., 0.])
    """
    from scipy.optimize import nnls

    size = holds.shape[1]
    if size <= 1:
        return np.ones(size)
    covers, total = holds.astype(float), people.sum()
    root = np.sqrt(people)

    def likelihood(shares: Floats) -> float:
        chance = covers @ shares
        return float(people @ np.log(chance)) if (chance > 0).all() else -np.inf

    shares = np.full(size, 1.0 / size)
    for _ in range(20):
        shares = shares * (covers.T @ (people / (covers @ shares))) / total
    for _ in range(STEPS):
        chance = covers @ shares
        gain = covers.T @ (people / chance) - total
        if gain.max() <= NONE * total:
            shares = np.where(shares > NONE, shares, 0.0)
            return shares / shares.sum()
        # |S x - 2 root|^2 over x >= 0 with sum 1 (Dax 1990): the sum is a row of its own.
        slopes = covers * (root / chance)[:, None] - 2.0 * root[:, None]
        wanted = np.zeros(people.size + 1)
        wanted[-1] = 1.0
        found, _ = nnls(np.vstack([slopes, np.ones(size)]), wanted, maxiter=50 * size)
        step = found / found.sum() - shares
        before, part = likelihood(shares), 1.0
        while likelihood(shares + part * step) < before + part * (gain @ step) / 3.0:
            part /= 2.0
            if part < 1e-8:  # too near the top for the likelihood to show a rise
                step = shares * gain / total
                part = 1.0
                break
        shares = np.maximum(shares + part * step, 0.0)
        shares /= shares.sum()
    raise ValueError(f"The likelihood of the intervals was not at its top after {STEPS} steps.")


def covariance(holds: NDArray[np.bool_], people: Floats, shares: Floats) -> Floats:
    """Return the covariance of the shares.

    Parameters
    ----------
    holds, people
        See `maximise`.
    shares : ndarray
        As `maximise` returns them.

    Returns
    -------
    ndarray
        Square, zero for stretches that hold no share.

    Notes
    -----
    The inverse of the observed information within the shares that add up to 1. It exists: for
    each stretch some interval ends with it, so the rows of those intervals make a triangle.

    Examples
    --------
    >>> spread = covariance(np.eye(2, dtype=bool), np.array([1.0, 3.0]), np.array([0.25, 0.75]))
    >>> spread.round(6).tolist()  # p(1 - p) / n
    [[0.046875, -0.046875], [-0.046875, 0.046875]]
    """
    result = np.zeros((shares.size, shares.size))
    some = np.flatnonzero(shares > 0)
    if some.size <= 1:
        return result
    covers = holds[:, some].astype(float)
    chance = covers @ shares[some]
    information = covers.T @ (covers * (people / chance**2)[:, None])
    free = np.vstack([np.eye(some.size - 1), -np.ones(some.size - 1)])
    reduced = free.T @ information @ free
    scale = 1.0 / np.sqrt(np.diag(reduced))
    inverse = np.linalg.inv(reduced * np.outer(scale, scale)) * np.outer(scale, scale)
    result[np.ix_(some, some)] = free @ inverse @ free.T
    return result
