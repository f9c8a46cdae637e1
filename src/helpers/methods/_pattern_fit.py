"""Logistic fits of counts by pattern, with errors in the record of the outcome if need be.

Functions
---------
fit_patterns
    Maximum likelihood by Fisher scoring.
covariance_root, sandwich
    Covariance of such a fit that allows for clusters.
logit
    Log odds of probabilities.
expit
    Probabilities of log odds.

A pattern is a combination of covariates, with its number of records and of events. The chance
that an event is recorded is ``floor + gain * p``, where p is the chance that there was one: floor 0
and gain 1 give logistic regression; floor 1 - specificity and gain sensitivity + specificity - 1
the model of Magder and Hughes (1997) Am J Epidemiol 146:195.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._checks import Floats

# A linear predictor of 20 is a probability of 1 - 2e-9: no finite estimate.
EXTREME = 20.0
# A step this small, in standard errors, is the last; the error left is about its square.
SMALL = 1e-6


@dataclass(frozen=True, eq=False)
class PatternFit:
    """A fit of counts by pattern.

    Attributes
    ----------
    estimate : ndarray, shape (columns,)
        Log odds ratios of the outcome itself.
    information : ndarray, shape (columns, columns)
        Expected information.
    score : ndarray, shape (patterns, columns)
        What each pattern adds to the score, which sums to nothing.
    log_likelihood : float
        Without the constants of the counts.
    """

    estimate: Floats
    information: Floats
    score: Floats
    log_likelihood: float

    @property
    def covariance(self) -> Floats:
        """Inverse of the information."""
        return np.linalg.inv(self.information)


def logit(probability: Floats) -> Floats:
    """Return the log odds of probabilities inside (0, 1).

    Examples
    --------
    >>> logit(np.array([0.5]))
    array([0.])
    """
    return np.log(probability) - np.log1p(-probability)


def expit(predictor: Floats) -> Floats:
    """Return the probabilities of log odds.

    Examples
    --------
    >>> expit(np.array([0.0]))
    array([0.5])
    """
    return 0.5 * (1.0 + np.tanh(0.5 * predictor))


@dataclass(frozen=True, eq=False)
class _Counts:
    """What a fit is made of."""

    matrix: Floats
    events: Floats
    trials: Floats
    offset: Floats
    floor: Floats
    gain: Floats

    def likelihood(self, estimate: Floats) -> float:
        chance = self.recorded(expit(self.matrix @ estimate + self.offset))
        other = self.trials - self.events
        with np.errstate(divide="ignore", invalid="ignore"):
            yes = np.where(self.events > 0, self.events * np.log(chance), 0.0)
            no = np.where(other > 0, other * np.log1p(-chance), 0.0)
        return float(yes.sum() + no.sum())

    def recorded(self, probability: Floats) -> Floats:
        return self.floor + self.gain * probability

    def parts(self, estimate: Floats) -> tuple[Floats, Floats]:
        """Score of each pattern, and the information."""
        probability = expit(self.matrix @ estimate + self.offset)
        chance = self.recorded(probability)
        change = self.gain * probability * (1.0 - probability)
        spread = np.maximum(chance * (1.0 - chance), np.finfo(float).tiny)
        weight = self.trials * change**2 / spread
        residual = (self.events - self.trials * chance) * change / spread
        return self.matrix * residual[:, None], self.matrix.T @ (self.matrix * weight[:, None])


def fit_patterns(
    matrix: Floats,
    events: Floats,
    trials: Floats,
    *,
    floor: Floats | float = 0.0,
    gain: Floats | float = 1.0,
    offset: Floats | float = 0.0,
    start: Floats | None = None,
    steps: int = 60,
) -> PatternFit | None:
    """Return the maximum likelihood fit, or None without a finite one.

    Parameters
    ----------
    matrix : ndarray, shape (patterns, columns)
        Coded covariates, the intercept among them.
    events, trials : ndarray, shape (patterns,)
        Events recorded, and records.
    floor, gain : float or ndarray, shape (patterns,)
        The chance that an event is recorded is floor + gain p.
    offset : float or ndarray, shape (patterns,)
        Added to the linear predictor.
    start : ndarray, shape (columns,), optional
        First estimate; zero if not given.
    steps : int
        Steps allowed; each is halved until the likelihood does not fall.

    Returns
    -------
    PatternFit or None
        None where a probability runs off to 0 or 1, the columns are collinear, or the steps do
        not come to an end.

    Examples
    --------
    >>> found = fit_patterns(np.ones((1, 1)), np.array([1.0]), np.array([4.0]))
    >>> found.estimate.round(4)
    array([-1.0986])
    """
    size = np.zeros(len(events))
    counts = _Counts(
        np.asarray(matrix, float),
        np.asarray(events, float),
        np.asarray(trials, float),
        *(size + part for part in (offset, floor, gain)),
    )
    estimate = np.zeros(counts.matrix.shape[1]) if start is None else np.asarray(start, float)
    last = counts.likelihood(estimate)
    for _ in range(steps):
        score, information = counts.parts(estimate)
        total = score.sum(axis=0)
        try:
            step = np.linalg.solve(information, total)
        except np.linalg.LinAlgError:
            return None
        if not np.isfinite(step).all():
            return None
        # The square of the step in standard errors.
        if float(total @ step) < SMALL**2:
            estimate = estimate + step
            break
        estimate, last = _uphill(counts, estimate, step, last)
        if np.abs(counts.matrix @ estimate + counts.offset).max() > EXTREME:
            return None
    else:
        return None
    score, information = counts.parts(estimate)
    return PatternFit(estimate, information, score, counts.likelihood(estimate))


def _uphill(counts: _Counts, estimate: Floats, step: Floats, last: float) -> tuple[Floats, float]:
    """Take a step, halved until the likelihood does not fall."""
    for _ in range(30):
        tried = estimate + step
        found = counts.likelihood(tried)
        if found >= last - 1e-12 * abs(last):
            return tried, found
        step = step / 2.0
    return estimate + step, counts.likelihood(estimate + step)


def covariance_root(fit: PatternFit, cluster: NDArray[np.intp] | None, records: float) -> Floats:
    """Return a matrix that times its own transpose is the covariance of the estimate.

    Parameters
    ----------
    fit : PatternFit
        The fit.
    cluster : ndarray or None
        Number of the cluster of each pattern, from 0; patterns must not straddle clusters.
    records : float
        Records in all, for the factor G/(G-1) (n-1)/(n-k).

    Returns
    -------
    ndarray, shape (columns, columns) or (columns, clusters)
        Times independent standard normals it gives draws of the estimate about its value, even
        where there are fewer clusters than columns.

    Examples
    --------
    >>> found = fit_patterns(np.ones((1, 1)), np.array([2.0]), np.array([4.0]))
    >>> covariance_root(found, None, 4.0)
    array([[1.]])
    """
    bread = fit.covariance
    if cluster is None:
        return np.linalg.cholesky(bread)
    groups, columns = int(cluster.max()) + 1, fit.score.shape[1]
    sums = np.zeros((groups, columns))
    np.add.at(sums, cluster, fit.score)
    factor = groups / (groups - 1.0) * (records - 1.0) / (records - columns)
    return np.sqrt(factor) * (sums @ bread).T


def sandwich(fit: PatternFit, cluster: NDArray[np.intp] | None, records: float) -> Floats:
    """Return the covariance, which with clusters is the CR1 sandwich.

    Parameters
    ----------
    fit, cluster, records
        See `covariance_root`.

    Returns
    -------
    ndarray, shape (columns, columns)
        Covariance of the estimate (Liang and Zeger 1986, Biometrika 73:13).

    Examples
    --------
    >>> found = fit_patterns(np.ones((2, 1)), np.array([1.0, 3.0]), np.array([4.0, 4.0]))
    >>> sandwich(found, np.array([0, 1]), 8.0).round(3)
    array([[1.]])
    """
    if cluster is None:
        return fit.covariance
    root = covariance_root(fit, cluster, records)
    return root @ root.T
