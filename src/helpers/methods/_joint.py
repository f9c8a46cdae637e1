"""Tests of contrasts together, of a regression whose rows are clustered.

Functions
---------
alone_test
    One contrast, as in a table of contrasts.
hotelling_test
    Several, by the approximate Hotelling test.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ._cr2 import wishart
from ._few_clusters import CAUTION, FEW, REASON, WORDS, ClusterRobust


@dataclass(frozen=True, eq=False)
class JointTest:
    """Test of several contrasts together.

    Attributes
    ----------
    statistic : float
        F, or a quadratic form; NaN where there is no test.
    df, df_denominator : float
        Contrasts, and the denominator's degrees of freedom of F; NaN of a quadratic form.
    p_value : float
        Chance of a statistic at least as great if every contrast is none.
    method, reason : str
        What was done, and why there is no test where there is none.
    """

    statistic: float
    df: int
    df_denominator: float
    p_value: float
    method: str
    reason: str


NONE = REASON.replace("limits", "test")


def alone_test(found: ClusterRobust, estimate: ArrayLike, contrast: ArrayLike) -> JointTest:
    """Test one contrast under CR2, as `ClusterRobust.table` does.

    Parameters
    ----------
    found : ClusterRobust
        The sandwich.
    estimate : array_like, shape (k,)
        Coefficients of the matrix that it was made of.
    contrast : array_like, shape (k,)
        Contrast that is none if the hypothesis holds.

    Returns
    -------
    JointTest
        t squared; no test where the contrast is known from one cluster alone.
    """
    row = found.table(estimate, np.atleast_2d(contrast)).iloc[0]
    reason = NONE if row["reason"] == REASON else row["reason"]
    statistic, method = row["statistic"] ** 2, f"Wald F (t squared), {row['method']}"
    return JointTest(statistic, 1, row["df"], row["p_value"], method, reason)


def hotelling_test(found: ClusterRobust, estimate: ArrayLike, contrasts: ArrayLike) -> JointTest:
    """Test several contrasts under CR2 by the approximate Hotelling test.

    Too cautious where clusters differ in size (``tests/simulation/few_clusters.py``), so that
    `helpers.methods._wild.wild_test` is used in its place.

    Parameters
    ----------
    found : ClusterRobust
        The sandwich.
    estimate : array_like, shape (k,)
        Coefficients of the matrix that it was made of.
    contrasts : array_like, shape (q, k)
        Contrasts that are none if the hypothesis holds; none a combination of the others.

    Returns
    -------
    JointTest
        F with q and eta - q + 1 degrees of freedom. No test where a contrast is not supported,
        or where q is at least eta + 1.

    Raises
    ------
    ValueError
        If a contrast is a combination of others.

    Notes
    -----
    HTZ of Tipton and Pustejovsky (2015) J Educ Behav Stat 40:604, as in Pustejovsky and Tipton
    (2018) J Bus Econ Stat 36:672, section 3.2: the covariance is taken for a Wishart matrix
    whose eta degrees of freedom match the total variance of its entries.
    """
    from scipy.special import fdtrc

    given = found.whitened(contrasts)
    score, own, cross, _ = found.adjusted
    q = len(given)
    if np.linalg.matrix_rank(given) < q:
        raise ValueError("Contrasts of a joint test must not be combinations of one another.")
    method = f"Wald F, {WORDS['CR2']}; approximate Hotelling test (HTZ)"
    if not found.supported(contrasts).all():
        return JointTest(np.nan, q, np.nan, np.nan, method, NONE)
    eta = wishart(given @ own @ given.T, cross @ given.T)
    if eta <= q - 1.0:
        reason = f"no test: {q} contrasts are too many for {found.clusters} clusters"
        return JointTest(np.nan, q, np.nan, np.nan, method, reason)
    value = given @ np.linalg.solve(found.root, np.asarray(estimate, float))
    half = score @ given.T
    wald = float(value @ np.linalg.solve(half.T @ half, value))
    statistic, df = (eta - q + 1.0) / (eta * q) * wald, eta - q + 1.0
    p_value = float(fdtrc(q, df, statistic))
    return JointTest(statistic, q, df, p_value, method, CAUTION if df < FEW else "")
