"""Censoring weights and influence of records in a subdistribution hazards model.

Functions
---------
censoring
    Kaplan and Meier's curve of censoring by day.
influence
    Influence of cells on sums over the weighted risk sets.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._checks import Floats
from ._partial_likelihood import Point
from ._risk_sets import RiskSets


@dataclass(frozen=True, eq=False)
class Censoring:
    """Censoring by day.

    Attributes
    ----------
    at_risk, censored : ndarray, shape (days,)
        Records whose time is that day or later, and those censored on it.
    before : ndarray, shape (days,)
        Probability of not being censored before the day.
    """

    at_risk: Floats
    censored: Floats
    before: Floats


def censoring(day: NDArray[np.intp], open_: NDArray[np.bool_], count: Floats) -> Censoring:
    """Return Kaplan and Meier's curve of censoring; events come before censoring on a day.

    Examples
    --------
    >>> censoring(np.array([0, 0, 1]), np.array([True, False, False]), np.ones(3)).before.round(3)
    array([1.   , 0.667])
    """
    days = int(day.max()) + 1
    leaving = np.bincount(day, count, minlength=days)
    censored = np.bincount(day[open_], count[open_], minlength=days)
    at_risk = np.cumsum(leaving[::-1])[::-1]
    with np.errstate(invalid="ignore"):
        stay = np.where(at_risk > 0, 1.0 - censored / at_risk, 1.0)
    return Censoring(at_risk, censored, np.r_[1.0, np.cumprod(stay)[:-1]])


@dataclass(frozen=True, eq=False)
class Cells:
    """Records counted by pattern, day and end.

    Attributes
    ----------
    day, slot_day : ndarray
        Day of each cell, and of each slot (-1 for the first).
    open : ndarray
        Cells that are censored.
    covariates : ndarray, shape (cells, columns)
        Covariates of each cell.
    censoring : Censoring
        Censoring by day.
    """

    day: NDArray[np.intp]
    slot_day: NDArray[np.intp]
    open: NDArray[np.bool_]
    covariates: Floats
    censoring: Censoring


def influence(
    risk: RiskSets, at: Point, cells: Cells, level: Floats, *, covariates: bool
) -> Floats:
    """Return the influence of one record of each cell on a sum over weighted risk sets.

    Parameters
    ----------
    risk : RiskSets
        Counted records with weights after a competing end.
    at : Point
        The likelihood at the estimates, by Breslow.
    cells : Cells
        Days and covariates of the same cells.
    level : ndarray, shape (slots, columns)
        What each record has in the sum at each time.
    covariates : bool
        Whether its covariates are added to that.

    Returns
    -------
    ndarray, shape (cells, columns)
        Influence, that through the estimated censoring weights included.

    Notes
    -----
    Fine and Gray (1999) JASA 94:496, section 3: the sum over events less the sum over time of
    weights, hazards and what each record has in it, and its derivative in the censoring curve,
    here exact for ties: a weight at a time rests on the days from the competing end up to the
    day before.
    """
    hazard = at.hazard[risk.pattern]
    # Without covariates in the sum there is one column for each of the levels'.
    x = cells.covariates if covariates else np.zeros((1, 1))
    every = np.arange(risk.pattern.size) if covariates else np.zeros(risk.pattern.size, np.intp)
    step = at.tied.first
    zero, one = np.cumsum(step), np.cumsum(level * step[:, None], axis=0)
    # Up to the record's own time everybody counts in full.
    made = -hazard[:, None] * (x[every] * zero[risk.exit][:, None] + one[risk.exit])
    died = risk.event
    made[died] += x[every[died]] + level[risk.exit[died]]
    # After a competing end the weight falls with the probability of not being censored.
    weight, before = risk.late
    on = weight > 0
    late = np.cumsum(before * step), np.cumsum(level * (before * step)[:, None], axis=0)
    after_zero, after_one = (part[-1] - part[risk.exit[on]] for part in late)
    scaled = (hazard * weight)[on, None]
    made[on] -= scaled * (x[every[on]] * after_zero[:, None] + after_one)
    return made + _through_censoring(risk, cells, hazard * weight * risk.count, late, covariates)


def _through_censoring(
    risk: RiskSets,
    cells: Cells,
    weight: Floats,
    late: tuple[Floats, Floats],
    covariates: bool,
) -> Floats:
    """Influence through the estimated censoring curve."""
    curve, days = cells.censoring, cells.censoring.before.size
    # Last slot on or before each day: sums over later times start after it.
    slot = np.searchsorted(cells.slot_day, np.arange(days), side="right") - 1
    after_zero, after_one = (part[-1] - part[slot] for part in late)
    on = weight > 0
    ended = np.cumsum(np.bincount(cells.day[on], weight[on], minlength=days))
    q = ended[:, None] * after_one
    if covariates:
        x = cells.covariates[on] * weight[on, None]
        moved = [np.bincount(cells.day[on], column, minlength=days) for column in x.T]
        q = q + np.cumsum(np.stack(moved, axis=1), axis=0) * after_zero[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        left = curve.at_risk - curve.censored
        # Once everybody left is censored no weight is used any more.
        per = np.where((left > 0)[:, None], q / left[:, None], 0.0)
        rate = np.where(curve.at_risk > 0, curve.censored / curve.at_risk, 0.0)
    made = -np.cumsum(per * rate[:, None], axis=0)[cells.day]
    made[cells.open] += per[cells.day[cells.open]]
    return made
