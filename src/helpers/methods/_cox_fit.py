"""A fitted Cox model, and the sums of its score over groups of records.

Functions
---------
score_sums
    Score residuals summed over groups of records.
hazard_sums
    Influence of groups of records on a cumulative hazard.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, critical
from ._cox_design import CoxDesign
from ._cox_records import Clock
from ._partial_likelihood import Point
from ._patterns import Codes
from ._risk_sets import Design, RiskSets


@dataclass(frozen=True)
class Columns:
    """Names of the columns of a fit; none where there is no such column."""

    duration: str
    observed: str
    entry: str | None
    strata: str | None


@dataclass(frozen=True, eq=False)
class CoxFit:
    """A fitted Cox model.

    Attributes
    ----------
    coefficients : DataFrame
        ``term``, ``level_name`` (category, else empty), ``reference``, ``estimate`` (log hazard
        ratio), ``std_error``, ``value`` (hazard ratio), ``low``, ``high``, ``statistic``,
        ``p_value``, ``numerator`` (events among the records of the level), ``denominator``
        (those records; all records for a number), ``level``, ``method``.
    n, events, parameters, dropped : int
        Records used, events among them, parameters, and records left out for missing values.
    clusters : int or None
        Number of clusters.
    covariance, model_covariance : DataFrame
        Of the estimates, as used for the limits, and from the information alone.
    log_likelihood, log_likelihood_null : float
        Partial log-likelihood of the fit, and with all coefficients zero.
    score : float
        Score statistic of all coefficients at zero.
    iterations : int
        Newton steps.
    level : float
        Confidence level.
    ties, method : str
        Treatment of ties, and the whole convention in words.
    columns : Columns
        Names of the columns used.
    design : CoxDesign
        Covariate patterns.
    risk : RiskSets
        Counted records.
    clock : Clock
        Times of death by stratum.
    at : Point
        The likelihood at the estimates.
    cluster : ndarray or None
        Cluster of each cell of ``risk``.

    Examples
    --------
    >>> from helpers.methods.cox import cox
    >>> frame = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> model = cox(frame, terms=["prison"])
    >>> model.n, model.events, model.parameters
    (6, 5, 1)
    """

    coefficients: pd.DataFrame
    n: int
    events: int
    clusters: int | None
    parameters: int
    covariance: pd.DataFrame
    model_covariance: pd.DataFrame
    dropped: int
    log_likelihood: float
    log_likelihood_null: float
    score: float
    iterations: int
    level: float
    ties: str
    method: str
    columns: Columns
    design: CoxDesign = field(repr=False)
    risk: RiskSets = field(repr=False)
    clock: Clock = field(repr=False)
    at: Point = field(repr=False)
    cluster: Codes | None = field(repr=False, default=None)

    @property
    def estimate(self) -> Floats:
        """Estimates as an array."""
        return self.coefficients["estimate"].to_numpy()

    @property
    def scaled(self) -> Floats:
        """Estimates for the scaled covariates of the design."""
        return self.estimate * self.design.spread

    @property
    def scaled_covariance(self) -> Floats:
        """Covariance of the scaled estimates."""
        spread = self.design.spread
        return self.covariance.to_numpy() * np.outer(spread, spread)

    def critical(self, level: float | None = None) -> float:
        """Critical value of the normal distribution for ``level`` (the fit's own if None)."""
        return critical(self.level if level is None else level)


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over time that residuals and curves need.

    Attributes
    ----------
    hazard, spread : ndarray, shape (slots,)
        Cumulative hazard of a pattern whose relative hazard is one, and its variance but for
        that of the estimates.
    slope : ndarray, shape (slots, columns)
        Minus its derivative in the estimates.
    mean, tied_slope : ndarray, shape (slots, columns)
        Expected covariates of those who died, and the part of the slope that they share.
    """

    hazard: Floats
    spread: Floats
    slope: Floats
    mean: Floats
    tied_slope: Floats

    @classmethod
    def of(cls, risk: RiskSets, at: Point) -> "Sums":
        """Return the sums of a point of the likelihood."""
        tied = at.tied
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = at.first * tied.first[:, None] - at.dying * tied.first_shared[:, None]
            mean = np.where(risk.tied[:, None] > 0, mean / risk.tied[:, None], 0.0)
        slope = at.first * tied.second[:, None] - at.dying * tied.second_shared[:, None]
        shared = at.first * tied.second_shared[:, None] - at.dying * tied.second_twice[:, None]
        return cls(risk.up_to(tied.first), risk.up_to(tied.second), risk.up_to(slope), mean, shared)


def _by_group(
    group: NDArray[np.intp], column: NDArray[np.intp], values: Floats, shape: tuple[int, int]
) -> Design:
    from scipy.sparse import csr_matrix

    return csr_matrix((values, (group, column)), shape=shape)


def score_sums(
    risk: RiskSets, design: Design, at: Point, group: NDArray[np.intp], groups: int
) -> Floats:
    """Return score residuals summed over groups.

    Parameters
    ----------
    risk : RiskSets
        Counted records.
    design : ndarray or sparse, shape (patterns, columns)
        Covariates.
    at : Point
        The likelihood at the estimates.
    group : ndarray, shape (cells,)
        Group of each cell.
    groups : int
        Number of groups.

    Returns
    -------
    ndarray, shape (groups, columns)
        They sum to the gradient.

    Notes
    -----
    Therneau, Grambsch and Fleming (1990) Biometrika 77:147; with Efron's ties each of ``d``
    who died together is at risk with weight 1 - l / d in the l-th of their ``d`` sums.
    """
    sums, hazard = Sums.of(risk, at), at.hazard[risk.pattern] * risk.count
    died = risk.event
    left = _martingale(risk, at, sums)
    made = _by_group(group, risk.pattern, left, (groups, risk.patterns)) @ design
    made = made if isinstance(made, np.ndarray) else made.toarray()
    shape = (groups, risk.slots)
    made -= _by_group(group[died], risk.exit[died], risk.count[died], shape) @ sums.mean
    made += _by_group(group, risk.exit, hazard, shape) @ sums.slope
    made -= _by_group(group, risk.entry, hazard, shape) @ sums.slope
    made -= _by_group(group[died], risk.exit[died], hazard[died], shape) @ sums.tied_slope
    return made


def _martingale(risk: RiskSets, at: Point, sums: Sums) -> Floats:
    """Events less expected events of each cell."""
    hazard = at.hazard[risk.pattern]
    expected = sums.hazard[risk.exit] - sums.hazard[risk.entry]
    expected -= np.where(risk.event, at.tied.first_shared[risk.exit], 0.0)
    return risk.count * (risk.event - hazard * expected)


def hazard_sums(
    risk: RiskSets, at: Point, slot: NDArray[np.intp], group: NDArray[np.intp], groups: int
) -> Floats:
    """Return the influence of groups on cumulative hazards, the estimates being given.

    Parameters
    ----------
    risk : RiskSets
        Counted records.
    at : Point
        The likelihood at the estimates.
    slot : ndarray, shape (strata,)
        Last slot counted in each stratum.
    group : ndarray, shape (cells,)
        Group of each cell.
    groups : int
        Number of groups.

    Returns
    -------
    ndarray, shape (groups, strata)
        Each column sums to zero.
    """
    tied, stratum = at.tied, risk.stratum[risk.exit]
    spread, hazard = risk.up_to(tied.second), at.hazard[risk.pattern]
    until = np.minimum(risk.exit, slot[stratum])
    inside = spread[until] - spread[np.minimum(risk.entry, until)]
    seen = risk.event & (risk.exit <= slot[stratum])
    with np.errstate(invalid="ignore", divide="ignore"):
        jump = np.where(risk.tied > 0, tied.first / risk.tied, 0.0)[risk.exit]
    value = np.where(seen, jump + hazard * tied.second_shared[risk.exit], 0.0) - hazard * inside
    shape = (groups, risk.start.size - 1)
    return _by_group(group, stratum, risk.count * value, shape).toarray()
