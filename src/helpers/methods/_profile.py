"""Profile likelihood of one term of a log-linear or logistic model of counts.

Functions
---------
profiled
    Both values of a term at which twice the log likelihood has fallen by a stated amount.
"""

import numpy as np

from ._checks import Floats

ROUNDS, TOLERANCE = 80, 1e-12
# Steps of one standard error beyond which a likelihood that still has not fallen never does.
FAR = 400.0


def _twice_loglik(eta: Floats, x: Floats, n: Floats, kind: str, alpha: float) -> float:
    """Twice the log likelihood, without terms of the counts alone."""
    if kind == "proportion":
        return 2.0 * float((x * eta - n * np.logaddexp(0.0, eta)).sum())
    mean = n * np.exp(eta)
    if alpha > 0:
        return 2.0 * float((x * eta - (x + 1.0 / alpha) * np.log1p(alpha * mean)).sum())
    return 2.0 * float((x * eta - mean).sum())


def _slopes(eta: Floats, x: Floats, n: Floats, kind: str, alpha: float) -> tuple[Floats, Floats]:
    """First derivative of the log likelihood by the predictor, and the expected second."""
    if kind == "proportion":
        share = 1.0 / (1.0 + np.exp(-eta))
        return x - n * share, n * share * (1.0 - share)
    mean = n * np.exp(eta)
    return (x - mean) / (1.0 + alpha * mean), mean / (1.0 + alpha * mean)


def _best(
    start: Floats, fixed: Floats, others: Floats, x: Floats, n: Floats, kind: str, alpha: float
) -> tuple[float, Floats]:
    """Twice the largest log likelihood over the other terms, and where it lies."""
    beta = start
    if not beta.size:
        return _twice_loglik(fixed, x, n, kind, alpha), beta
    here = _twice_loglik(fixed + others @ beta, x, n, kind, alpha)
    for _ in range(ROUNDS):
        score, weight = _slopes(fixed + others @ beta, x, n, kind, alpha)
        root = np.sqrt(np.maximum(weight, 1e-300))
        step = np.linalg.lstsq(others * root[:, None], score / root, rcond=None)[0]
        size = 1.0
        # Halved steps: far out a full one can overshoot.
        while size > 1e-8:
            there = _twice_loglik(fixed + others @ (beta + size * step), x, n, kind, alpha)
            if np.isfinite(there) and there >= here - 1e-12 * (1.0 + abs(here)):
                break
            size /= 2.0
        else:
            return here, beta
        beta, gained, here = beta + size * step, there - here, there
        if abs(gained) < TOLERANCE * (1.0 + abs(here)) and np.abs(size * step).max() < 1e-9:
            break
    return here, beta


def profiled(
    x: Floats,
    n: Floats,
    matrix: Floats,
    estimate: Floats,
    place: int,
    error: float,
    *,
    fall: float,
    kind: str,
    alpha: float = 0.0,
) -> tuple[float, float]:
    """Both values of a term at which twice the log likelihood has fallen by ``fall``.

    Parameters
    ----------
    x, n : ndarray, shape (rows,)
        Events, and exposure or trials.
    matrix : ndarray, shape (rows, terms)
        Coded terms.
    estimate : ndarray, shape (terms,)
        Estimates of largest likelihood.
    place : int
        Which term.
    error : float
        Its standard error: the size of a first step.
    fall : float
        Fall of twice the log likelihood.
    kind : {"rate", "proportion"}
        What the denominator is.
    alpha : float
        Spread of NB2, held; 0 for Poisson.

    Returns
    -------
    tuple of float
        Lower and upper limit; infinite where the likelihood never falls so far.

    Examples
    --------
    >>> low, high = profiled(np.array([4.0]), np.ones(1), np.ones((1, 1)), np.log([4.0]), 0, 0.5,
    ...     fall=3.841459, kind="rate")
    >>> round(float(np.exp(low)), 3), round(float(np.exp(high)), 3)
    (1.242, 9.292)
    """
    from scipy.optimize import brentq

    others, column = np.delete(matrix, place, axis=1), matrix[:, place]
    known = np.delete(estimate, place)
    top = _twice_loglik(matrix @ estimate, x, n, kind, alpha)

    def over(value: float) -> float:
        with np.errstate(over="ignore", under="ignore"):
            best, _ = _best(known, value * column, others, x, n, kind, alpha)
        return fall - (top - best)

    ends = []
    for way in (-1.0, 1.0):
        inside = outside = float(estimate[place])
        reach = 1.0
        while reach < FAR and over(outside) >= 0:
            inside, outside = outside, float(estimate[place]) + way * reach * error
            reach *= 2.0
        reached = over(outside) < 0
        ends.append(brentq(over, inside, outside, xtol=1e-12) if reached else way * np.inf)
    return ends[0], ends[1]
