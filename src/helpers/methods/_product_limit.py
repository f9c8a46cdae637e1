"""Product-limit curves of all groups at once, their limits, and where they cross a height.

Functions
---------
product_limit
    The product-limit curves of a table of records at risk.
band
    Pointwise limits of curves.
crossing
    The time at which a curve reaches a height.
labelled
    Group columns put in front of results.
manner
    The method in words, and where a risk set ran empty.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._checks import Floats, critical
from ._records import Ints
from ._risk_table import RiskTable, running

# A curve is a product of many fractions: heights closer than this count as equal, as in the
# R package survival.
SAME_HEIGHT = float(np.sqrt(np.finfo(float).eps))


@dataclass(frozen=True)
class Curves:
    """Product-limit curves at each distinct time of each group.

    Attributes
    ----------
    table : RiskTable
        Groups, times and counts.
    n_event : ndarray
        Events of any cause.
    survival, step, hazard_variance : ndarray
        Survival just after each time; the term that each time adds to Greenwood's sum, infinite
        where all at risk had the event; that sum (the variance of the logarithm of survival).
    """

    table: RiskTable
    n_event: Floats
    survival: Floats
    step: Floats
    hazard_variance: Floats

    @property
    def std_error(self) -> Floats:
        """Greenwood's standard error, NaN once nobody is left."""
        with np.errstate(invalid="ignore"):
            return self.survival * np.sqrt(self.hazard_variance)


def labelled(keys: pd.DataFrame, group: Ints, result: dict) -> pd.DataFrame:
    """Make a frame of results, each row with the columns of its group in front."""
    frame = pd.DataFrame(result, index=range(len(group)))
    if not len(keys.columns):
        return frame
    return pd.concat([keys.iloc[group].reset_index(drop=True), frame], axis=1)


def manner(words: str, table: RiskTable, entry: str | None) -> np.ndarray:
    """Give each group's method in words; say where nobody was at risk before others entered.

    Notes
    -----
    Where a risk set runs empty the curve goes on from its height (0 for good, if events
    emptied it), as in the R package survival: what it says after that time rests on nothing.
    """
    if entry is None:
        return np.full(table.sizes.size, words, dtype=object)
    words = f"{words}; at risk after entry"
    gap = "; nobody was left at risk at {:g}, before others entered"
    return np.array(
        [words + ("" if np.isnan(at) else gap.format(at)) for at in table.ran_out], dtype=object
    )


def product_limit(table: RiskTable) -> Curves:
    """Return the product-limit curve of each group.

    Notes
    -----
    Kaplan and Meier (1958) JASA 53:457. Events come before censoring at the same time.
    """
    event, at_risk, parts = table.n_event.sum(axis=1), table.n_risk, table.parts()
    with np.errstate(divide="ignore"):
        step = np.where(event > 0, event / (at_risk * (at_risk - event)), 0.0)
    survival = running(np.cumprod, 1.0 - event / at_risk, parts)
    return Curves(table, event, survival, step, running(np.cumsum, step, parts))


def band(fitted: Curves, level: float, transform: str) -> tuple[Floats, Floats]:
    """Return pointwise limits; NaN before the first event and once nobody is left.

    Notes
    -----
    Greenwood's variance with the log-log transform of Kalbfleisch and Prentice (1980), the log
    transform, or none, held within 0 to 1.
    """
    z = critical(level)
    inside = (fitted.survival > 0) & (fitted.survival < 1)
    survival = np.where(inside, fitted.survival, np.nan)
    reach = z * np.sqrt(np.where(inside, fitted.hazard_variance, np.nan))
    if transform == "plain":
        low, high = survival * (1.0 - reach), survival * (1.0 + reach)
    elif transform == "log":
        low, high = survival * np.exp(-reach), survival * np.exp(reach)
    else:
        power = np.exp(-reach / np.log(survival))
        low, high = survival**power, survival ** (1.0 / power)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def crossing(time: Floats, height: Floats, p: float) -> float:
    """Return the first time ``height`` is at or below ``p``, NaN if it never is.

    Where the curve runs level at ``p`` before it falls further, the middle of that stretch.

    Examples
    --------
    >>> crossing(np.array([1.0, 2.0, 4.0]), np.array([0.75, 0.5, 0.25]), 0.5)
    3.0
    """
    reached = np.flatnonzero(height <= p + SAME_HEIGHT)
    if not reached.size:
        return float("nan")
    first = reached[0]
    passed = np.flatnonzero(height < p - SAME_HEIGHT)
    if height[first] >= p - SAME_HEIGHT and passed.size:
        return float((time[first] + time[passed[0]]) / 2.0)
    return float(time[first])
