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
correlation_within
    Correlation of two rows of one cluster.
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
    common: Floats,
    *,
    contrast: Floats,
    correlation: float,
) -> Floats:
    """Return the weights of the chi-squares that make up the variance that CR2 finds.

    Parameters
    ----------
    own : ndarray, shape (clusters,)
        c'(own)c of each cluster: see `helpers.methods._cr2.adjusted`.
    cross : ndarray, shape (clusters, k)
        (cross)c of each cluster.
    adjusted : ndarray, shape (clusters,)
        Adjusted score along c of each cluster, if all its rows erred by a standard deviation.
    common : ndarray, shape (clusters, k)
        The same score, neither adjusted nor along c.
    contrast : ndarray, shape (k,)
        c, whitened.
    correlation : float
        Of two rows of one cluster.

    Returns
    -------
    ndarray, shape (clusters,)
        In units of the true variance of the contrast; their sum is the share of it that CR2 finds:
        one without correlation, less where clusters differ in size.

    Notes
    -----
    The variance that CR2 finds is a sum of squares of one number a cluster, linear in the rows.
    Were these normal, it would be a sum of chi-squares, weighted by the eigenvalues of the numbers'
    covariance. McCaffrey and Bell (2006) Stat Med 25:4081 approximate the distribution that t then
    has by a saddlepoint; Satterthwaite's degrees of freedom by a single chi-square, which rejects
    too seldom where three clusters differ from the others; `tail` needs neither. Rows of a cluster
    are taken to be correlated, as in the degrees of freedom of Imbens and Kolesár (2016) Rev Econ
    Stat 98:701: without that it rejects too often where clusters differ in size.

    Examples
    --------
    >>> alike, cross, common = np.full(4, 0.25), np.full((4, 1), 12**-0.5), np.full((4, 1), 0.5)
    >>> found = weights(alike, cross, alike, common, contrast=np.ones(1), correlation=0.0)
    >>> found.round(6)  # the mean of four clusters alike: t with three degrees of freedom
    array([0.      , 0.333333, 0.333333, 0.333333])
    """
    apart = -cross @ cross.T
    np.fill_diagonal(apart, own)
    together = np.diag(adjusted) - cross @ common.T
    covariance = (1.0 - correlation) * apart + correlation * together @ together.T
    true = (1.0 - correlation) * contrast @ contrast
    true = true + correlation * ((common @ contrast) ** 2).sum()
    return np.linalg.eigvalsh(covariance).clip(min=0.0) / true


def correlation_within(size: Floats, error: Floats, common: Floats) -> float:
    """Return the correlation of two rows of one cluster, given the model; none below zero.

    Parameters
    ----------
    size, error : ndarray, shape (clusters,)
        Rows of each cluster, and the sum of their Pearson residuals.
    common : ndarray, shape (clusters, k)
        As in `weights`.

    Notes
    -----
    By moments: the expectation of the sum of squared errors is linear in the correlation, and here
    allows for what the fit has taken out of the residuals. None where each cluster has one row.

    Examples
    --------
    >>> size, error = np.full(4, 10.0), np.array([6.0, -6.0, 6.0, -6.0])
    >>> round(correlation_within(size, error, np.full((4, 1), 10 / 40**0.5)), 3)
    0.422
    """
    square = (common**2).sum(axis=1)
    alone = (size - square).sum()
    shared = (size**2 - 2.0 * size * square).sum() + ((common.T @ common) ** 2).sum()
    if shared - alone <= 1e-9 * size.sum():
        return 0.0
    return float(np.clip(((error**2).sum() - alone) / (shared - alone), 0.0, 1.0))


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
