"""Logistic regression with a normal random intercept, by adaptive Gauss-Hermite quadrature.

Functions
---------
prepared
    Patterns sorted by cluster, as the likelihood needs them.
likelihood
    Log-likelihood with its first and second derivatives.
maximum
    Estimate of greatest likelihood.
profile_limits
    Limits of the standard deviation from the likelihood.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._checks import Floats

# A fitted log odds beyond this says that there is no finite estimate.
EXTREME = 30.0

# Values of rows and points held at once.
HELD = 4_000_000


@dataclass(frozen=True, eq=False)
class Patterns:
    """Covariate patterns sorted by cluster.

    Attributes
    ----------
    matrix : ndarray, shape (rows, k)
        Coded data; numeric columns scaled.
    events, trials : ndarray, shape (rows,)
        Counts of each pattern within its cluster.
    place : ndarray, shape (rows,)
        Cluster number of each row.
    start : ndarray, shape (clusters,)
        First row of each cluster.
    """

    matrix: Floats
    events: Floats
    trials: Floats
    place: NDArray[np.intp]
    start: NDArray[np.intp]

    def total(self, values: Floats) -> Floats:
        """Sum over the rows of each cluster, of arrays whose last axis is rows."""
        return np.add.reduceat(values, self.start, axis=-1)

    def weighted(self, values: Floats) -> Floats:
        """Rows of the matrix times their values, shape (points, rows), summed by cluster."""
        from scipy.sparse import csr_matrix

        points, rows = values.shape
        start = np.add.outer(rows * np.arange(points), self.start).ravel()
        place = np.tile(np.arange(rows), points)
        parts = values.ravel(), place, np.append(start, points * rows)
        summed = csr_matrix(parts, shape=(start.size, rows)) @ self.matrix
        return summed.reshape(points, len(self.start), -1)


@dataclass(frozen=True, eq=False)
class Value:
    """Log-likelihood of a pair of coefficients and standard deviation.

    Attributes
    ----------
    log_likelihood : float
        Without binomial coefficients: of single rows.
    score : ndarray, shape (k + 1,)
        Derivatives for the coefficients and, last, for the standard deviation.
    hessian : ndarray, shape (k + 1, k + 1)
        Second derivatives.
    """

    log_likelihood: float
    score: Floats
    hessian: Floats


def prepared(matrix: Floats, events: Floats, trials: Floats, cluster: NDArray) -> Patterns:
    """Merge rows of the same pattern and cluster, sorted by cluster.

    Parameters
    ----------
    matrix : ndarray, shape (rows, k)
        Coded data.
    events, trials : ndarray, shape (rows,)
        Counts; 0 or 1 and 1 for single rows.
    cluster : ndarray, shape (rows,)
        Cluster number of each row.

    Examples
    --------
    >>> x, ones = np.ones((4, 1)), np.ones(4)
    >>> prepared(x, np.array([1.0, 0, 0, 1]), ones, np.array([1, 0, 1, 1])).trials
    array([1., 3.])
    """
    import pandas as pd

    _, code = np.unique(cluster, return_inverse=True)
    for column in matrix.T:
        value = pd.factorize(column)[0]
        code = pd.factorize(code * (value.max() + 1) + value)[0]
    first = np.unique(code, return_index=True)[1]
    order = np.argsort(cluster[first], kind="stable")
    place = np.unique(cluster[first][order], return_inverse=True)[1]
    return Patterns(
        matrix=matrix[first][order],
        events=np.bincount(code, events)[order],
        trials=np.bincount(code, trials)[order],
        place=place,
        start=np.flatnonzero(np.diff(place, prepend=-1)),
    )


def _modes(data: Patterns, fixed: Floats, sd: float) -> Floats:
    """Mode of each cluster's integrand in the standardised intercept."""
    from scipy.special import expit

    u = np.zeros(len(data.start))
    cap = 1.0 / max(sd, 1e-8)  # at most one unit of log odds a step
    for _ in range(200):
        p = expit(fixed + sd * u[data.place])
        slope = sd * data.total(data.events - data.trials * p) - u
        bend = sd**2 * data.total(data.trials * p * (1.0 - p)) + 1.0
        step = np.clip(slope / bend, -cap, cap)
        u = u + step
        if np.abs(step).max() < 1e-12 * (1.0 + np.abs(u).max()):
            break
    return u


def _spread(data: Patterns, fixed: Floats, sd: float, mode: Floats) -> tuple[Floats, ...]:
    """Spread of each integrand about its mode, and how mode and log spread move.

    The moves are derivatives for the coefficients and, last, for the standard deviation; of the
    implicit equation of the mode, and of the curvature there.
    """
    from scipy.special import expit

    p = expit(fixed + sd * mode[data.place])
    weight = data.trials * p * (1.0 - p)
    skew = weight * (1.0 - 2.0 * p)
    bend = 1.0 + sd**2 * data.total(weight)
    pull = data.total(data.events - data.trials * p) - sd * mode * data.total(weight)
    move = np.column_stack([-sd * data.weighted(weight[None])[0], pull]) / bend[:, None]
    own = 2.0 * sd * data.total(weight) + sd**2 * mode * data.total(skew)
    turn = np.column_stack([sd**2 * data.weighted(skew[None])[0], own])
    turn += (sd**3 * data.total(skew))[:, None] * move
    return bend**-0.5, move, -0.5 * turn / bend[:, None]


def likelihood(data: Patterns, coefficients: Floats, sd: float, points: int) -> Value:
    """Log-likelihood with its first and second derivatives.

    Parameters
    ----------
    data : Patterns
        From `prepared`.
    coefficients : ndarray, shape (k,)
        Of the columns of the matrix.
    sd : float
        Standard deviation of the intercepts, in units of log odds.
    points : int
        Points of the quadrature for each cluster.

    Notes
    -----
    Given u, a standard normal, the log odds of a row are x'b + sd u. Pinheiro and Bates (1995) J
    Comput Graph Stat 4:12: the points of Gauss-Hermite quadrature are put about the mode of each
    cluster's integrand and scaled by its curvature. The score is the derivative of this very sum:
    the mean score given the data, and what the moves of mode and spread add, which vanishes as
    points are added. Second derivatives by the identity of Louis (1982) J R Stat Soc B 44:226 with
    the same points: their mean given the data plus the variance of the score.

    Examples
    --------
    >>> one = np.ones((2, 1)), np.array([3.0, 5.0]), np.array([10.0, 10.0]), np.array([0, 1])
    >>> found = likelihood(prepared(*one), np.array([-0.4]), 0.0, 5)
    >>> round(found.log_likelihood, 6)  # 8 of 20, without any spread
    -13.460305
    """
    from scipy.special import expit

    x, w = np.polynomial.hermite.hermgauss(points)
    fixed = data.matrix @ coefficients
    mode = _modes(data, fixed, sd)
    spread, move, widen = _spread(data, fixed, sd, mode)
    places = mode + np.sqrt(2.0) * np.multiply.outer(x, spread)
    # As many points at a time as the memory is meant to hold.
    step = max(1, HELD // len(fixed))
    blocks = [slice(low, low + step) for low in range(0, points, step)]
    height = np.empty_like(places)
    for at in blocks:
        predictor = fixed + sd * places[at][:, data.place]
        odds = np.maximum(predictor, 0.0) + np.log1p(np.exp(-np.abs(predictor)))
        height[at] = data.total(data.events * predictor - data.trials * odds)
    height += (np.log(w) + x**2)[:, None] - 0.5 * places**2
    top = height.max(axis=0)
    share = np.exp(height - top)
    mass = share.sum(axis=0)
    share /= mass
    log_likelihood = float((top + np.log(mass * spread / np.sqrt(np.pi))).sum())

    k, groups = data.matrix.shape[1], len(data.start)
    score, slope = np.empty((points, groups, k + 1)), np.empty((points, groups))
    flat, tilted, square = np.zeros((3, len(fixed)))
    for at in blocks:
        u = places[at]
        p = expit(fixed + sd * u[:, data.place])
        residual = data.events - data.trials * p
        score[at, :, :k], sums = data.weighted(residual), data.total(residual)
        score[at, :, k], slope[at] = u * sums, sd * sums - u
        weight = p * (1.0 - p)
        flat += (share[at][:, data.place] * weight).sum(axis=0)
        tilted += ((share[at] * u)[:, data.place] * weight).sum(axis=0)
        square += ((share[at] * u**2)[:, data.place] * weight).sum(axis=0)
    flat, tilted, square = data.trials * (flat, tilted, square)
    mean = np.einsum("qg,qgk->gk", share, score)
    lifted = (np.sqrt(share)[:, :, None] * (score - mean)).reshape(-1, k + 1)
    hessian = lifted.T @ lifted
    hessian[:k, :k] -= data.matrix.T @ (data.matrix * flat[:, None])
    across = data.matrix.T @ tilted
    hessian[:k, k] -= across
    hessian[k, :k] -= across
    hessian[k, k] -= square.sum()
    whole = mean.sum(axis=0) + (share * slope).sum(axis=0) @ move
    whole += (1.0 + np.sqrt(2.0) * spread * (x @ (share * slope))) @ widen
    return Value(log_likelihood, whole, hessian)


def maximum(
    data: Patterns, *, points: int, start: Floats | None = None, sd: float | None = None
) -> tuple[Floats, float, Value]:
    """Estimate of greatest likelihood, by Newton's method with halved steps.

    Parameters
    ----------
    data : Patterns
        From `prepared`.
    points : int
        Points of the quadrature for each cluster.
    start : ndarray, shape (k,), optional
        First coefficients.
    sd : float, optional
        Standard deviation that is held; estimated if not given.

    Returns
    -------
    tuple
        Coefficients, standard deviation, and the likelihood there.

    Raises
    ------
    ValueError
        Where the steps do not end at a finite estimate.

    Examples
    --------
    >>> one = np.ones((2, 1)), np.array([3.0, 5.0]), np.array([10.0, 10.0]), np.array([0, 1])
    >>> estimate, _, _ = maximum(prepared(*one), points=5, sd=0.0)
    >>> np.round(estimate, 4)  # log(8 / 12)
    array([-0.4055])
    """
    k = data.matrix.shape[1]
    if start is None and sd is None:
        start = maximum(data, points=1, sd=0.0)[0]
    points = 1 if sd == 0.0 else points  # without any spread one point is exact
    free = np.arange(k + (sd is None))
    at = np.zeros(k + 1)
    at[:k] = 0.0 if start is None else start
    at[k] = 0.5 if sd is None else sd
    value = likelihood(data, at[:k], at[k], points)
    for _ in range(100):
        size, vector = np.linalg.eigh(-value.hessian[np.ix_(free, free)])
        # Where the likelihood is not yet concave its slope still shows the way up.
        size = np.maximum(np.abs(size), 1e-10 * np.abs(size).max())
        step = vector @ ((vector.T @ value.score[free]) / size)
        gain = float(step @ value.score[free])
        for _ in range(40):
            tried = at.copy()
            tried[free] += step
            tried[k] = abs(tried[k])  # the likelihood is the same for -sd
            if np.abs(data.matrix @ tried[:k]).max() < EXTREME:
                found = likelihood(data, tried[:k], tried[k], points)
                slack = 1e-9 + 1e-12 * abs(value.log_likelihood)  # what rounding may take
                if found.log_likelihood >= value.log_likelihood - slack:
                    break
            step = step / 2.0
        else:
            break
        at, value = tried, found
        if gain < 1e-12:  # twice what the step was worth: a millionth of a standard error
            return at[:k], float(at[k]), value
    raise ValueError("The random-intercept fit has no finite estimate that its steps come to.")


def profile_limits(
    data: Patterns, *, points: int, estimate: Floats, sd: float, log_likelihood: float, drop: float
) -> tuple[float, float]:
    """Limits of the standard deviation: where the greatest likelihood has fallen by ``drop``.

    Parameters
    ----------
    data : Patterns
        From `prepared`.
    points : int
        Points of the quadrature for each cluster.
    estimate : ndarray, shape (k,)
        Coefficients of greatest likelihood.
    sd, log_likelihood : float
        Of greatest likelihood.
    drop : float
        Half of a quantile of chi-squared with one degree of freedom.

    Returns
    -------
    tuple of float
        Lower limit, 0 if even that is not ruled out, and upper limit, infinite where the
        likelihood has not fallen by so much while the coefficients are finite.

    Examples
    --------
    >>> parts = np.ones((3, 1)), np.array([2.0, 4, 8]), np.full(3, 10.0), np.arange(3)
    >>> data = prepared(*parts)
    >>> estimate, sd, value = maximum(data, points=9)
    >>> best = {"estimate": estimate, "sd": sd, "log_likelihood": value.log_likelihood}
    >>> np.round(profile_limits(data, points=9, **best, drop=1.92), 2)
    array([0.  , 3.56])
    """
    from scipy.optimize import brentq

    best = estimate

    def left(other: float) -> float:
        # Roots of the fall are nearly straight in the standard deviation: few steps are needed.
        nonlocal best
        best, _, value = maximum(data, points=points, start=best, sd=other)
        return np.sqrt(drop) - np.sqrt(max(log_likelihood - value.log_likelihood, 0.0))

    low = 0.0
    if sd > 0.0 and left(0.0) < 0.0:
        low = float(brentq(left, 0.0, sd, xtol=1e-5))
    high, best = max(1.5 * sd, 0.1), estimate
    try:
        while left(high) > 0.0:
            high *= 1.5
    except ValueError:
        return low, np.inf
    return low, float(brentq(left, sd, high, xtol=1e-5))
