"""The exact partial likelihood of tied deaths.

Functions
---------
evaluate_exact
    Log partial likelihood, its gradient and information.
"""

from collections.abc import Iterator

import numpy as np

from ._checks import Floats
from ._partial_likelihood import Point
from ._risk_sets import Design, RiskSets

TOO_MANY_TIES = (
    "The exact likelihood cannot be evaluated: too many deaths share a day for its sums over all "
    "ways in which that many could have been chosen; use ties='efron'."
)


class _Sums:
    """Sums over all subsets of each size, with first and second derivatives."""

    def __init__(self, size: int, columns: int) -> None:
        self.value = np.zeros(size + 1)
        self.value[0] = 1.0
        self.first = np.zeros((size + 1, columns))
        self.second = np.zeros((size + 1, columns, columns))

    def add(self, hazard: float, covariates: Floats, times: int) -> None:
        """Take in records one by one: each subset is with or without the new one."""
        outer = np.outer(covariates, covariates)
        for _ in range(times):
            value, first = self.value[:-1], self.first[:-1]
            mixed = first[:, :, None] * covariates
            self.second[1:] += hazard * (
                self.second[:-1] + mixed + mixed.swapaxes(1, 2) + value[:, None, None] * outer
            )
            self.first[1:] += hazard * (first + value[:, None] * covariates)
            self.value[1:] += hazard * value

    def read(self, size: int) -> tuple[float, Floats, Floats]:
        """Log of the sum over subsets of one size, mean and covariance of their covariates."""
        total = self.value[size]
        if not (np.isfinite(total) and total > 0):
            raise ValueError(TOO_MANY_TIES)
        mean = self.first[size] / total
        spread = self.second[size] / total - np.outer(mean, mean)
        if not np.all(np.isfinite(spread)):
            raise ValueError(TOO_MANY_TIES)
        return float(np.log(total)), mean, spread


def _read(
    risk: RiskSets, hazard: Floats, design: Floats
) -> Iterator[tuple[int, float, Floats, Floats]]:
    """Each slot with its log sum, mean and covariance."""
    tied = risk.tied.astype(int)
    for low, high in zip(risk.start[:-1], risk.start[1:], strict=True):
        cells = np.flatnonzero((risk.exit >= low) & (risk.exit < high))
        cells = cells[np.argsort(-risk.exit[cells], kind="stable")]
        nested = not risk.entered[cells].any()
        most, at = int(tied[low:high].max(initial=0)), 0
        sums = _Sums(most, design.shape[1])
        for slot in range(high - 1, low, -1):
            if nested:
                while at < cells.size and risk.exit[cells[at]] >= slot:
                    cell = cells[at]
                    pattern = risk.pattern[cell]
                    sums.add(hazard[pattern], design[pattern], int(risk.count[cell]))
                    at += 1
            else:
                sums = _Sums(tied[slot], design.shape[1])
                for cell in cells[(risk.entry[cells] < slot) & (slot <= risk.exit[cells])]:
                    pattern = risk.pattern[cell]
                    sums.add(hazard[pattern], design[pattern], int(risk.count[cell]))
            yield slot, *sums.read(tied[slot])


def evaluate_exact(risk: RiskSets, design: Design, estimate: Floats) -> Point:
    """Return the exact log partial likelihood with its derivatives.

    Parameters
    ----------
    risk : RiskSets
        Counted records.
    design : ndarray or sparse, shape (patterns, columns)
        Covariates.
    estimate : ndarray, shape (columns,)
        Coefficients.

    Returns
    -------
    Point
        Value and derivatives; no sums over tied deaths.

    Raises
    ------
    ValueError
        If too many deaths share a time.

    Notes
    -----
    Cox's discrete model (1972, section 6): those who died against all sets of as many among
    those at risk, by the recursion of Gail, Lubin and Rubinstein (1981) Biometrika 68:703.
    """
    dense = design if isinstance(design, np.ndarray) else design.toarray()
    predictor = dense @ estimate
    # Scaled so that the sums over subsets stay within the range of floating point.
    shift = float(np.log(np.average(np.exp(predictor - predictor.max()))) + predictor.max())
    shift -= float(np.log(max(risk.tied.max(), 1.0) / max(risk.count.sum(), 1.0)))
    value, gradient = 0.0, np.zeros(dense.shape[1])
    spread = np.zeros((dense.shape[1],) * 2)
    with np.errstate(over="ignore", invalid="ignore", under="ignore"):
        hazard = np.exp(predictor - shift)
        for _, log, mean, covariance in _read(risk, hazard, dense):
            value, gradient, spread = value - log, gradient - mean, spread + covariance
    value += float((risk.deaths @ (predictor - shift)).sum())
    gradient = gradient + (risk.deaths @ dense).sum(axis=0)
    return Point(value, gradient, spread, shift, hazard)
