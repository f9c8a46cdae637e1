"""Test of several coefficients of a clustered regression together, where the clusters are few.

Functions
---------
wild_test
    Score test by the wild cluster bootstrap.
flips
    Changes of sign of the clusters.
draws
    The statistic, and that of each change of sign.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from ._checks import Floats
from ._few_clusters import ClusterRobust
from ._glm import Family, expit, maximum
from ._joint import NONE, JointTest

ALL_UP_TO = 14
"""Clusters up to which all changes of sign are used: 8,192 of them."""

DRAWS, SEED = 99_999, 20151217
"""Changes of sign that are drawn for more clusters, and the seed they are drawn with."""

AT_ONCE = 200_000
"""Numbers held at a time: as many as stay near the processor."""

METHOD = (
    "score test, restricted wild cluster bootstrap of jackknifed scores (WCLR-S), {count:,} {how} "
    "of {clusters} clusters"
)


def flips(clusters: int) -> NDArray[np.int8]:
    """Return changes of sign of the clusters, one a row: all that differ, or as many as are drawn.

    All signs turned round give the same statistic, so that the first cluster keeps its own.

    Examples
    --------
    >>> flips(3)
    array([[ 1, -1, -1],
           [ 1,  1, -1],
           [ 1, -1,  1],
           [ 1,  1,  1]], dtype=int8)
    >>> len(flips(10)), len(flips(40))
    (512, 99999)
    """
    others = clusters - 1
    if clusters <= ALL_UP_TO:
        bits = np.arange(2**others)[:, None] >> np.arange(others) & 1
    else:
        bits = np.random.default_rng(SEED).integers(0, 2, (DRAWS, others), dtype=np.int8)
    return np.column_stack([np.ones(len(bits)), 2 * bits - 1]).astype(np.int8)


def _quadratic(value: Floats, parts: Floats) -> Floats:
    """Return v' (sum of p p')^-1 v for each v and its parts by cluster."""
    spread = np.swapaxes(parts, -1, -2) @ parts
    try:
        return np.einsum("...i,...i", value, np.linalg.solve(spread, value[..., None])[..., 0])
    except np.linalg.LinAlgError:
        turned = np.linalg.pinv(spread, hermitian=True)
        return np.einsum("...i,...ij,...j", value, turned, value)


def draws(
    scores: Floats, information: Floats, tested: NDArray[np.bool_], signs: NDArray[np.int8]
) -> tuple[float, Floats]:
    """Return the statistic, and that of each change of sign.

    Parameters
    ----------
    scores : ndarray, shape (clusters, k)
        Score of each cluster where the coefficients tested are held at none.
    information : ndarray, shape (clusters, k, k)
        Information of each cluster there.
    tested : ndarray of bool, shape (k,)
        The coefficients tested.
    signs : ndarray, shape (draws, clusters)
        As `flips` returns them.

    Notes
    -----
    The step from the restricted estimate to the maximum, and its sandwich (CR0), as in a linear
    model: MacKinnon, Nielsen and Webb (2025) Econometric Reviews, "Cluster-robust jackknife and
    bootstrap inference for logistic regression models" (arXiv 2406.00650), their WCLR-S. Scores
    are those of each cluster at the restricted estimate without it. They hold the draws against
    the Wald statistic of the fit; here both are of the step (a score test, after Kline and Santos
    2012, J Econometric Methods 1:23), which needs no fit of the coefficients tested and, where
    outcomes are rare, rejects as often as it says (``tests/simulation/few_clusters.csv``).

    Examples
    --------
    >>> scores = np.array([[1.0, 2], [-1, 1], [2, 1], [-2, -1]])
    >>> information = np.array([[[4.0, 1], [1, 2]]] * 4)
    >>> found, drawn = draws(scores, information, np.array([False, True]), flips(4))
    >>> round(found, 4), drawn.shape
    (3.1304, (8,))
    """
    whole, free = information.sum(axis=0), ~tested
    back = np.linalg.inv(whole)
    half = back[tested]
    # What is left where a cluster goes may not know all of the others: the least step does.
    others = (whole - information)[:, free][:, :, free]
    move = np.linalg.pinv(others, hermitian=True) @ scores[:, free, None]
    alone = scores + (information[:, :, free] @ move)[..., 0]
    step = back @ scores.sum(axis=0)
    found = _quadratic(step[tested], (scores - information @ step) @ half.T)
    parts, slopes = alone @ half.T, half @ information
    drawn = []
    rows = max(1, AT_ONCE // parts.size)
    for low in range(0, len(signs), rows):
        some = signs[low : low + rows].astype(float)
        steps = some @ alone @ back
        taken = (steps @ slopes.reshape(-1, slopes.shape[2]).T).reshape(len(some), *parts.shape)
        drawn.append(_quadratic(steps[:, tested], some[:, :, None] * parts - taken))
    return float(found), np.concatenate(drawn)


def _by_cluster(
    matrix: Floats, residual: Floats, weight: Floats, cluster: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Return scores and information of each cluster."""
    order = np.argsort(cluster, kind="stable")
    matrix, residual, weight = matrix[order], residual[order], weight[order]
    ends = [*np.flatnonzero(np.diff(cluster[order], prepend=-1)), len(matrix)]
    scores, information = [], []
    for low, high in pairwise(ends):
        rows = matrix[low:high]
        scores.append(rows.T @ residual[low:high])
        information.append(rows.T @ (rows * weight[low:high, None]))
    return np.array(scores), np.array(information)


def wild_test(
    robust: ClusterRobust,
    contrasts: Floats,
    matrix: Floats,
    events: Floats,
    trials: Floats,
    cluster: NDArray[np.intp],
    *,
    family: Family,
    penalised: bool,
) -> JointTest:
    """Test several contrasts together by the wild cluster bootstrap of their scores.

    Parameters
    ----------
    robust : ClusterRobust
        Of the fit; says which contrasts are known from more than one cluster.
    contrasts : ndarray, shape (q, k)
        Contrasts that are none if the hypothesis holds; none a combination of the others.
    matrix : ndarray, shape (patterns, k)
        Coded data, numbers scaled; the first column is the intercept.
    events, trials, cluster : ndarray, shape (patterns,)
        Events, trials or exposure, and cluster of each pattern.
    family : {"binomial", "poisson"}
        Logistic regression, or Poisson with a log link.
    penalised : bool
        Whether the restricted fit has Firth's penalty.

    Returns
    -------
    JointTest
        The statistic is a quadratic form with ``df`` q; the p value is the share of changes of
        sign with one at least as great, the data themselves counted as one of them. No test where a
        contrast is known from one cluster alone, where q is more than the clusters less two, or
        where the restricted fit has no finite estimate.

    Notes
    -----
    See `draws`. All changes of sign are used up to `ALL_UP_TO` clusters.
    """
    from scipy.linalg import null_space

    q, clusters, signs = len(contrasts), robust.clusters, flips(robust.clusters)
    how = "changes of sign" if clusters <= ALL_UP_TO else "draws of signs"
    method = METHOD.format(count=len(signs), how=how, clusters=clusters)

    def none(reason: str) -> JointTest:
        return JointTest(np.nan, q, np.nan, np.nan, method, reason)

    if not robust.supported(contrasts).all():
        return none(NONE)
    if q > clusters - 2:
        return none(f"no test: {q} contrasts are too many for {clusters} clusters")
    kept = null_space(contrasts)
    turned = matrix @ np.column_stack([kept, np.linalg.pinv(contrasts)])
    start = np.zeros(turned.shape[1])
    share = events.sum() / trials.sum()
    start[: kept.shape[1]] = kept[0] * (
        np.log(share / (1 - share) if family == "binomial" else share)
    )
    tested = np.arange(turned.shape[1]) >= kept.shape[1]
    at = maximum(
        turned, events, trials, family=family, penalised=penalised, start=start, held=tested
    )
    if at is None:
        return none("no test: without these terms the fit has no finite estimate")
    eta = turned @ at.estimate
    mean = trials * (expit(eta) if family == "binomial" else np.exp(eta))
    scores, information = _by_cluster(turned, events - mean, at.weight, cluster)
    statistic, drawn = draws(scores, information, tested, signs)
    # Rounding alone may part two that are equal.
    above = int((drawn >= statistic * (1.0 - 1e-9)).sum())
    reason = ""
    if len(signs) < 20:
        reason = f"{clusters} clusters: no p value below {1 / (1 + len(signs)):.2f} is possible"
    p_value = (1 + above) / (1 + len(signs))
    return JointTest(statistic, q, np.nan, p_value, method, reason)
