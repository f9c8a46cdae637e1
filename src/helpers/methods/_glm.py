"""Likelihood of counted patterns with a canonical link, plain or with Firth's penalty.

Functions
---------
maximum
    Newton's method with step halving, some coefficients held if wanted.
evaluate
    Log likelihood, score, information and leverages at one value.
expit
    Probability for a linear predictor.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from ._checks import Floats

Family = Literal["binomial", "poisson"]

STEPS = 100
SETTLED = 1e-9
"""Newton squares the error: after a last step of 1e-9 no digit of the estimate moves."""

LARGEST = 5.0
"""Longest step of a coefficient of scaled columns (Heinze and Ploner 2003, their maxstep)."""


def expit(predictor: Floats) -> Floats:
    """Return the probability for a linear predictor.

    Examples
    --------
    >>> expit(np.array([0.0]))
    array([0.5])
    """
    return 0.5 * (1.0 + np.tanh(0.5 * predictor))


@dataclass(frozen=True, eq=False)
class Point:
    """The likelihood at one value of the coefficients.

    Attributes
    ----------
    estimate : ndarray, shape (columns,)
        Coefficients.
    value : float
        Log likelihood without terms of the counts alone, with the penalty if there is one.
    residual : ndarray, shape (patterns,)
        Events less their expectation, with Firth's addition: its product with the matrix is the
        score.
    weight : ndarray, shape (patterns,)
        Variance of the events of each pattern.
    information : ndarray, shape (columns, columns)
        Expected information.
    """

    estimate: Floats
    value: float
    residual: Floats
    weight: Floats
    information: Floats


def _moments(eta: Floats, trials: Floats, family: Family) -> tuple[Floats, Floats, Floats]:
    """Mean, variance and half the third derivative over the second, by pattern."""
    if family == "binomial":
        share = expit(eta)
        return trials * share, trials * share * (1.0 - share), 0.5 - share
    mean = trials * np.exp(eta)
    return mean, mean, np.full_like(mean, 0.5)


def _likelihood(eta: Floats, events: Floats, trials: Floats, family: Family) -> float:
    if family == "binomial":
        return float(events @ eta - trials @ np.logaddexp(0.0, eta))
    return float(events @ eta - (trials * np.exp(eta)).sum())


def evaluate(
    matrix: Floats,
    events: Floats,
    trials: Floats,
    estimate: Floats,
    *,
    family: Family = "binomial",
    penalised: bool = False,
) -> Point:
    """Return the log likelihood with its derivatives.

    Parameters
    ----------
    matrix : ndarray, shape (patterns, columns)
        Coded terms.
    events, trials : ndarray, shape (patterns,)
        Events, and trials or exposure.
    estimate : ndarray, shape (columns,)
        Coefficients.
    family : {"binomial", "poisson"}
        Logit or log link.
    penalised : bool
        With Firth's penalty, half the log determinant of the information.

    Notes
    -----
    Firth (1993) Biometrika 80:27: with a canonical link the score gains half the leverage of
    each record times the third over the second derivative; leverages of the records of a pattern
    are alike, so that they add up.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        eta = matrix @ estimate
        mean, weight, third = _moments(eta, trials, family)
        value = _likelihood(eta, events, trials, family)
        residual = events - mean
        weighted = matrix * np.sqrt(weight)[:, None]
        information = weighted.T @ weighted
        if penalised:
            try:
                lower = np.linalg.cholesky(information)
            except np.linalg.LinAlgError:
                return Point(estimate, -np.inf, residual, weight, information)
            half = np.linalg.solve(lower, weighted.T)
            residual = residual + (half**2).sum(axis=0) * third
            value += float(np.log(np.diag(lower)).sum())
    return Point(estimate, value if np.isfinite(value) else -np.inf, residual, weight, information)


def maximum(
    matrix: Floats,
    events: Floats,
    trials: Floats,
    *,
    family: Family = "binomial",
    penalised: bool = False,
    start: Floats | None = None,
    held: Floats | None = None,
    steps: int = STEPS,
    extreme: float = np.inf,
) -> Point | None:
    """Return the greatest (penalised) likelihood, or None if none is reached.

    Parameters
    ----------
    matrix, events, trials, family, penalised
        As for `evaluate`; numeric columns scaled.
    start : ndarray, shape (columns,), optional
        First value; the intercept of all records, and zero, if not given.
    held : ndarray of bool, shape (columns,), optional
        Coefficients that stay as in ``start``.
    steps : int
        Newton steps allowed.
    extreme : float
        A linear predictor beyond this ends the search: there is no finite maximum.

    Examples
    --------
    >>> one, events, trials = np.ones((1, 1)), np.array([1.0]), np.array([4.0])
    >>> maximum(one, events, trials).estimate.round(4)
    array([-1.0986])
    >>> maximum(one, np.array([0.0]), trials, penalised=True).estimate.round(4)  # 0.5 of 5
    array([-2.1972])
    """
    free = np.ones(matrix.shape[1], dtype=bool) if held is None else ~held
    if start is None:
        start = np.zeros(matrix.shape[1])
        share = (events.sum() + 0.5) / (trials.sum() + 1.0)
        start[0] = np.log(share / (1.0 - share)) if family == "binomial" else np.log(share)
    at = evaluate(matrix, events, trials, start, family=family, penalised=penalised)
    for _ in range(steps):
        if not np.isfinite(at.value) or np.abs(matrix @ at.estimate).max() > extreme:
            return None
        if not free.any():
            return at
        score = (at.residual @ matrix)[free]
        try:
            move = np.linalg.solve(at.information[np.ix_(free, free)], score)
        except np.linalg.LinAlgError:
            return None
        size = float(np.abs(move).max())
        if not np.isfinite(size):
            return None
        move *= min(1.0, LARGEST / size) if size else 1.0
        for _ in range(40):
            value = at.estimate.copy()
            value[free] += move
            there = evaluate(matrix, events, trials, value, family=family, penalised=penalised)
            # Rounding alone may lower a likelihood that has reached its top.
            if there.value >= at.value - 1e-11 * (1.0 + abs(at.value)):
                break
            move = 0.5 * move
        else:
            return at if size < 1e-6 else None
        at = there
        if size < SETTLED:
            return at
    return None
