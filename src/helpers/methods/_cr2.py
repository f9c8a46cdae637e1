"""Adjustment of cluster scores by CR2, in matrices of the size of the parameters.

Functions
---------
nodes
    Places and weights of a sum of resolvents that is an inverse square root.
alone
    Directions of the parameters that are known from one cluster alone.
adjusted
    Adjusted scores of one cluster, and what degrees of freedom need of it.
satterthwaite, wishart
    Degrees of freedom of one contrast, and of several together.
"""

import numpy as np

from ._checks import Floats

# A direction of the parameters in which all but this share of the information comes from one
# cluster is known from that cluster alone.
ALONE = 1e-10

# Products held at once while the moments are summed.
HELD = 4_000_000


def nodes(low: float, high: float) -> tuple[Floats, Floats]:
    """Places t and weights c so that 1 / sqrt(b) is the sum of c / (t^2 + b) on [low, high].

    Parameters
    ----------
    low, high : float
        Least and greatest b, above zero.

    Returns
    -------
    tuple of ndarray
        Places and weights, 12 to 100 of each; the relative error is below 1e-12 where high / low
        is below 1e11, and below 1e-9 beyond.

    Notes
    -----
    Hale, Higham and Trefethen (2008) SIAM J Numer Anal 46:2505, method 3: the midpoint rule in the
    variable u of t = sqrt(low) sc(u | 1 - low/high), whose error falls with
    exp(-2 pi^2 N / (log(high/low) + 6)). Beyond half of the range t(K - u) = sqrt(low high) / t(u).

    Examples
    --------
    >>> t, c = nodes(0.01, 4.0)
    >>> bool(np.isclose((c / (t**2 + 2.0)).sum(), 2.0**-0.5, rtol=1e-13))
    True
    """
    from scipy.special import ellipj, ellipkm1

    ratio = low / high
    count = int(np.ceil(32.0 * (6.0 - np.log(ratio)) / (2.0 * np.pi**2))) + 1
    whole = ellipkm1(ratio)
    u = (np.arange(count) + 0.5) * whole / count
    first = u <= whole / 2.0
    sn, cn, dn, _ = ellipj(np.where(first, u, whole - u), 1.0 - ratio)
    place, slope = np.sqrt(low) * sn / cn, np.sqrt(low) * dn / cn**2
    mirror = np.sqrt(low * high) / place
    slope = np.where(first, slope, mirror / place * slope)
    return np.where(first, place, mirror), 2.0 * whole / (np.pi * count) * slope


def _moments(weights: Floats, rows: Floats) -> Floats:
    """Sum of the outer products of rows for each column of weights."""
    found = np.zeros((weights.shape[1], rows.shape[1], rows.shape[1]))
    step = max(1, HELD // (weights.shape[1] * rows.shape[1]))
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        found += (weights[start : start + step].T[:, None, :] * part.T) @ part
    return found


def alone(rows: Floats, weight: Floats) -> tuple[Floats, float]:
    """Directions of the parameters that are known from one cluster alone.

    Parameters
    ----------
    rows : ndarray, shape (patterns, k)
        Patterns of the cluster, whitened as for `adjusted`.
    weight : ndarray, shape (patterns,)
        Single rows times their variance.

    Returns
    -------
    tuple of ndarray and float
        Unit vectors as rows, shape (directions, k), and the least share of the information that
        other clusters have along any other direction.

    Examples
    --------
    >>> found, rest = alone(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([1.0, 0.25]))
    >>> np.abs(found), round(rest, 6)
    (array([[1., 0.]]), 0.75)
    """
    share, direction = np.linalg.eigh(rows.T @ (rows * weight[:, None]))
    single = 1.0 - share < ALONE
    rest = 1.0 - share[~single].max(initial=0.0)
    return direction[:, single].T, float(min(max(rest, ALONE), 1.0))


def adjusted(
    rows: Floats, trials: Floats, variance: Floats, residuals: Floats
) -> tuple[Floats, Floats, Floats]:
    """Return the adjusted scores of one cluster, and what degrees of freedom need of it.

    Parameters
    ----------
    rows : ndarray, shape (patterns, k)
        Patterns of the cluster, whitened: y = L'x, where L L' is the inverse information of all.
    trials, variance : ndarray, shape (patterns,)
        Single rows of each pattern, and variance of one of them.
    residuals : ndarray, shape (patterns, sets)
        Sum of the residuals of the rows of each pattern; a column for each score that is wanted.

    Returns
    -------
    score : ndarray, shape (sets, k)
        Y'Ae of each column e.
    own : ndarray, shape (k, k)
        Y'A(V - VYY'V)AY, the expected square of the score under the working model.
    cross : ndarray, shape (k, k)
        Y'VAY; of clusters g and h -cross_g'cross_h is the expected product of the scores.

    Notes
    -----
    Pustejovsky and Tipton (2018) J Bus Econ Stat 36:672, eq. 6 and 7, with a diagonal working
    variance V: A = V^1/2 B^-1/2 V^1/2 and B = V (I - V^1/2 Y Y'V^1/2) V, whose rows are single
    rows (for rows of one variance this is Bell and McCaffrey 2002, Survey Methodology 28:169). B is
    V^2 less a matrix of rank k, so that each resolvent of its inverse root,

        (t^2 + B)^-1 = R + R W (J - W'R W)^-1 W'R,  R = (t^2 + V^2)^-1,  W = V^3/2 Y,  J = I,

    needs only the moments W'RW, W'RV^-1W and W'RV^-1e of the rows, all of size k. R is the same
    for all single rows of a pattern: only the moments' weights know how many there are. The
    resolvents are summed as `nodes` says, and Y'AVAY need not be computed, since
    A (V - VYY'V) A = V.

    Where a direction is known from this cluster alone B is singular and its Moore-Penrose inverse
    is meant: unit vectors N of its null space are added as B + s NN' (columns of W with -1 in J)
    and s^-1/2 NN' is taken off the root; A (V - VYY'V) A is then V^1/2 (I - NN') V^1/2.

    Examples
    --------
    >>> half, parts = np.sqrt(1 / 8) * np.ones((1, 1)), (np.array([4.0]), np.array([1.0]))
    >>> score, own, cross = adjusted(half, *parts, np.array([[2.0]]))
    >>> score.round(6), own.round(6)  # half of all rows: the score times the root of 2
    (array([[1.]]), array([[0.5]]))
    """
    k, low, high = rows.shape[1], float(variance.min()) ** 2, float(variance.max()) ** 2
    own, wide = rows.T @ (rows * (trials * variance)[:, None]), rows
    single, rest = alone(rows, trials * variance)
    if len(single):
        lifted = rows @ single.T
        gram = lifted.T @ (lifted * (trials / variance)[:, None])
        lifted = np.linalg.solve(np.linalg.cholesky(gram), lifted.T).T
        wide = np.hstack([rows, np.sqrt(high) * lifted / (variance**2)[:, None]])
    place, weight = nodes(low * rest, high)
    resolvent = variance[:, None] / (place**2 + (variance**2)[:, None])
    by_two = resolvent * (trials * variance)[:, None]
    both = _moments(np.hstack([by_two, by_two * variance[:, None]]), wide)
    first, second = both[: len(place)], both[len(place) :]
    sets = residuals.T[:, :, None] * resolvent
    plain = np.stack([part.T @ wide for part in sets], axis=2)
    scaled = np.stack([(part * variance[:, None]).T @ wide for part in sets], axis=2)
    sign = np.diag(np.repeat([1.0, -1.0], [k, len(single)]))
    solved = np.linalg.solve(sign - second, np.concatenate([first, scaled], axis=2))
    of_first, of_scaled = np.split(solved, [first.shape[2]], axis=2)
    cross = np.tensordot(weight, first + second @ of_first, axes=1)[:k, :k]
    score = np.tensordot(weight, plain + first @ of_scaled, axes=1)[:k]
    if len(single):
        extra = wide[:, k:] * (variance**2)[:, None]
        shared = (extra * trials[:, None]).T @ rows / np.sqrt(high)
        turned = (extra * (trials * variance)[:, None]).T @ rows / np.sqrt(high)
        own = own - shared.T @ shared
        cross = cross - turned.T @ shared / np.sqrt(high)
        score = score - shared.T @ (extra.T @ residuals) / high
    return score.T, own, cross


def satterthwaite(own: Floats, cross: Floats) -> float:
    """Degrees of freedom of one contrast: twice a squared mean over a variance.

    Parameters
    ----------
    own : ndarray, shape (clusters,)
        c'(own)c of each cluster.
    cross : ndarray, shape (clusters, k)
        (cross)c of each cluster.

    Notes
    -----
    Bell and McCaffrey (2002) Survey Methodology 28:169, sum of squares over all pairs of
    clusters; those of different clusters are taken from one matrix of size k.

    Examples
    --------
    >>> satterthwaite(np.array([1.0, 1.0, 1.0]), np.zeros((3, 1)))
    3.0
    """
    product = cross.T @ cross
    pairs = (product**2).sum() - ((cross**2).sum(axis=1) ** 2).sum()
    return float(own.sum() ** 2 / ((own**2).sum() + pairs))


def wishart(own: Floats, cross: Floats) -> float:
    """Degrees of freedom of the Wishart matrix that is like the covariance of q contrasts.

    Parameters
    ----------
    own : ndarray, shape (clusters, q, q)
        C(own)C' of each cluster.
    cross : ndarray, shape (clusters, k, q)
        (cross)C' of each cluster.

    Notes
    -----
    Tipton and Pustejovsky (2015) J Educ Behav Stat 40:604: q (q + 1) over the sum of the variances
    of all entries of the covariance, turned so that its expectation is the unit matrix. Sums over
    pairs of clusters are taken from one matrix of size kq.

    Examples
    --------
    >>> round(wishart(np.repeat(np.eye(2)[None] / 5, 5, axis=0), np.zeros((5, 3, 2))), 6)
    5.0
    """
    value, vector = np.linalg.eigh(own.sum(axis=0))
    turn, q = vector / np.sqrt(value), len(value)
    own, cross = turn.T @ own @ turn, cross @ turn
    flat = cross.reshape(len(cross), -1)
    product = (flat.T @ flat).reshape(2 * cross.shape[1:])
    total = (product**2).sum() + np.einsum("asbt,atbs->", product, product)
    for matrix, sign in ((own, 1.0), (np.swapaxes(cross, 1, 2) @ cross, -1.0)):
        trace = np.trace(matrix, axis1=1, axis2=2)
        total += sign * ((trace**2).sum() + (matrix**2).sum())
    return q * (q + 1.0) / float(total)
