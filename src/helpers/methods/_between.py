"""Variance between units, on a scale where each estimate has a known sampling variance.

Functions
---------
dersimonian_laird
    The moment estimate, about the weighted mean or a known centre.
reml
    The restricted maximum likelihood estimate, with a check that it converged.
"""

import numpy as np

from ._checks import Floats

STEPS = 200
TOLERANCE = 1e-10


def dersimonian_laird(y: Floats, v: Floats, *, centre: float | None = None) -> float:
    """Moment estimate of the variance between units, 0 where chance explains the spread.

    Parameters
    ----------
    y, v : ndarray
        Estimates and their sampling variances, none missing.
    centre : float, optional
        Where deviations are taken from; the weighted mean if not given. The expected sum of
        squares is units - 1 in both cases (Spiegelhalter 2005), so that a known centre makes
        the estimate a little larger.

    Returns
    -------
    float
        NaN for fewer than two units.

    Notes
    -----
    DerSimonian and Laird (1986) Control Clin Trials 7:177.
    """
    if y.size < 2:
        return float("nan")
    w = 1.0 / v
    total = w.sum()
    middle = float((w * y).sum() / total) if centre is None else centre
    q = float((w * (y - middle) ** 2).sum())
    return max(0.0, float((q - (y.size - 1)) / (total - (w**2).sum() / total)))


def reml(y: Floats, v: Floats, *, centre: float | None = None) -> tuple[float, bool]:
    """Restricted maximum likelihood estimate of the variance between units.

    Parameters
    ----------
    y, v : ndarray
        Estimates and their sampling variances, none missing.
    centre : float, optional
        The known mean; estimated with the variance if not given. With a known mean nothing is
        estimated but the variance, and the restricted likelihood is the likelihood.

    Returns
    -------
    float, bool
        The variance (NaN for fewer than two units, or if it did not converge), and whether the
        iteration converged: the last Fisher step was below 1e-10 of the scale, or the estimate
        is 0 and the likelihood falls from there.

    Notes
    -----
    Fisher scoring from the moment estimate, each step halved until the likelihood does not
    fall (Viechtbauer 2005, J Educ Behav Stat 30:261).
    """
    if y.size < 2:
        return float("nan"), False
    scale = float(np.median(v))

    def parts(t: float) -> tuple[float, float, float]:
        w = 1.0 / (v + t)
        w2 = w**2
        total = float(w.sum())
        middle = float((w * y).sum()) / total if centre is None else centre
        squares = (y - middle) ** 2
        likelihood = 0.5 * float(np.log(w).sum() - (w * squares).sum())
        trace, information = total, float(w2.sum())
        if centre is None:
            likelihood -= 0.5 * float(np.log(total))
            share = information / total
            trace, information = (
                total - share,
                information - 2.0 * float((w2 * w).sum()) / total + share**2,
            )
        return likelihood, 0.5 * (float((w2 * squares).sum()) - trace), 0.5 * information

    t = dersimonian_laird(y, v, centre=centre)
    likelihood, score, information = parts(t)
    for _ in range(STEPS):
        step = max(score / information, -t)
        if abs(step) <= TOLERANCE * (scale + t):
            return t + step, True
        for _ in range(60):
            new = parts(t + step)
            if new[0] >= likelihood - 1e-12 * (1.0 + abs(likelihood)):
                break
            step /= 2.0
        else:
            return float("nan"), False
        t += step
        likelihood, score, information = new
    return float("nan"), False
