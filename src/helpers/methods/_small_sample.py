"""What a statistic is compared with: the normal distribution, t, or that of few clusters.

Classes
-------
Reference
    Distribution of a statistic where nothing differs: p values and critical values.

Functions
---------
tail
    Chance of a statistic at least as great, its variance a weighted sum of chi-squares.
weights
    Of the chi-squares that make up the variance that CR2 finds.
variance_between
    Variance of the linear predictor between clusters.
"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from ._checks import Floats, check_level, critical


def _places() -> tuple[Floats, Floats]:
    """Return 1 / cos^2 of the angles at which `tail` adds up, and their weights.

    Gauss and Legendre's rule after turning the angle round its right end, where the integrand
    changes fastest: angle = pi/2 (1 - (1 - s)^2).
    """
    node, weight = np.polynomial.legendre.leggauss(120)
    left = (1.0 - node) / 2.0
    return np.sin(np.pi / 2.0 * left**2) ** -2.0, weight * left


_SECANT, _WEIGHT = _places()


def tail(statistic: float, weights: ArrayLike) -> float:
    """Chance of a statistic at least as great, its variance a weighted sum of chi-squares.

    Parameters
    ----------
    statistic : float
        t, of either sign.
    weights : array_like
        Weights w of independent chi-squares of one degree of freedom, none below zero. Each the
        same 1/n: Student's t with n degrees of freedom.

    Returns
    -------
    float
        P(Z^2 >= t^2 sum(w X)), Z standard normal and independent of all X.

    Notes
    -----
    P(Z^2 >= s) = 2/pi times the integral of exp(-s / (2 cos^2 a)) over the angles a from 0 to pi/2
    (Craig 1991, IEEE MILCOM, p. 571); the mean over s is a product of roots, one a weight.

    Examples
    --------
    >>> round(tail(2.571, np.full(5, 0.2)), 4)
    0.05
    """
    scaled = float(statistic) ** 2 * np.asarray(weights, float)
    product = np.exp(-0.5 * np.log1p(scaled[:, None] * _SECANT).sum(axis=0))
    return float(min((_WEIGHT * product).sum(), 1.0))


def weights(
    own: Floats,
    cross: Floats,
    adjusted: Floats,
    shift: Floats,
    *,
    contrast: Floats,
    between: float,
) -> Floats:
    """Return the weights of the chi-squares that make up the variance that CR2 finds.

    Parameters
    ----------
    own : ndarray, shape (clusters,)
        c'(own)c of each cluster: see `helpers.methods._cr2.adjusted`.
    cross : ndarray, shape (clusters, k)
        (cross)c of each cluster.
    adjusted : ndarray, shape (clusters,)
        Adjusted score along c of each cluster, if its linear predictor were off by 1.
    shift : ndarray, shape (clusters, k)
        The same score, neither adjusted nor along c.
    contrast : ndarray, shape (k,)
        c, whitened.
    between : float
        Variance of the linear predictor between clusters.

    Returns
    -------
    ndarray, shape (clusters,)
        In units of the true variance of the contrast; their sum is the share of it that CR2 finds:
        one where clusters do not differ, less where they do and are of unlike size.

    Notes
    -----
    The variance that CR2 finds is a sum of squares of one number a cluster, linear in the rows.
    Were these normal, it would be a sum of chi-squares, weighted by the eigenvalues of the numbers'
    covariance. McCaffrey and Bell (2006) Stat Med 25:4081 approximate the distribution that t then
    has by a saddlepoint; Satterthwaite's degrees of freedom by a single chi-square, which rejects
    too seldom where three clusters differ from the others; `tail` needs neither. Clusters are taken
    to differ by a random intercept, as in the degrees of freedom of Imbens and Kolesár (2016) Rev
    Econ Stat 98:701: without that it rejects too often where they differ in size.

    Examples
    --------
    >>> alike, cross, shift = np.full(4, 0.25), np.full((4, 1), 12**-0.5), np.full((4, 1), 0.5)
    >>> found = weights(alike, cross, alike, shift, contrast=np.ones(1), between=0.0)
    >>> found.round(6)  # the mean of four clusters alike: t with three degrees of freedom
    array([0.      , 0.333333, 0.333333, 0.333333])
    """
    apart = -cross @ cross.T
    np.fill_diagonal(apart, own)
    together = np.diag(adjusted) - cross @ shift.T
    covariance = apart + between * together @ together.T
    true = contrast @ contrast + between * ((shift @ contrast) ** 2).sum()
    return np.linalg.eigvalsh(covariance).clip(min=0.0) / true


def variance_between(size: Floats, error: Floats, shift: Floats) -> float:
    """Return the variance of the linear predictor between clusters; none below zero.

    Parameters
    ----------
    size, error : ndarray, shape (clusters,)
        Sum over the rows of each cluster of their variance, and of their residuals.
    shift : ndarray, shape (clusters, k)
        As in `weights`.

    Notes
    -----
    By moments: the expectation of the sum of error^2 / size is linear in the variance, and here
    allows for what the fit has taken out of the residuals. Zero where each cluster has parameters
    of its own.

    Examples
    --------
    >>> size, error = np.full(4, 2.5), np.array([3.0, -3.0, 3.0, -3.0])
    >>> round(variance_between(size, error, np.full((4, 1), 2.5 / 10**0.5)), 3)
    1.52
    """
    square = (shift**2).sum(axis=1)
    alone = (1.0 - square / size).sum()
    across = ((shift.T / size @ shift) * (shift.T @ shift)).sum()
    shared = (size - 2.0 * square).sum() + across
    if shared <= 1e-9 * size.sum():
        return 0.0
    return float(max(((error**2 / size).sum() - alone) / shared, 0.0))


@dataclass(frozen=True, eq=False)
class Reference:
    """Distribution of a statistic where nothing differs.

    Attributes
    ----------
    df : float or None
        Degrees of freedom of t; None of the normal distribution; NaN where nothing is known.
    weights : ndarray or None
        As in `tail`, of a statistic whose variance comes from few clusters; then ``df`` only
        describes it.

    Examples
    --------
    >>> round(Reference().two_sided(1.959964), 4), round(Reference(13.0).critical(0.95), 4)
    (0.05, 2.1604)
    """

    df: float | None = None
    weights: Floats | None = field(default=None, repr=False)

    def two_sided(self, statistic: float) -> float:
        """Return the chance of a statistic at least as far from zero."""
        from scipy.special import ndtr, stdtr

        size = -abs(statistic)
        if self.df is None:
            return 2.0 * float(ndtr(size))
        if self.weights is None or np.isnan(size):
            return 2.0 * float(stdtr(self.df, size))
        return tail(size, self.weights)

    def critical(self, level: float) -> float:
        """Return the size that the statistic exceeds with a chance of 1 - level."""
        from scipy.optimize import brentq
        from scipy.special import stdtrit

        chance = 1.0 - check_level(level)
        if self.df is None:
            return critical(level)
        if self.weights is None:
            return float(stdtrit(self.df, 1.0 - chance / 2.0))

        def beyond(log: float) -> float:
            return tail(np.exp(log), self.weights) - chance

        low, high = -7.0, 50.0
        if beyond(high) > 0:  # no variance was found: nothing is known
            return np.inf
        return float(np.exp(brentq(beyond, low, high, xtol=1e-12)))
