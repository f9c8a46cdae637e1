"""Cumulative incidence by cause of all groups at once, its variance and its limits.

Functions
---------
incidence
    The curves of a table of records at risk.
limits
    Pointwise limits of incidence.
"""

from dataclasses import dataclass

import numpy as np

from ._checks import Floats, critical
from ._risk_table import RiskTable, running

# An incidence is a sum of many fractions: one that differs from 0 or 1 by less has no limits.
ROUNDING = 1e-12


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence at each distinct time of each group.

    Attributes
    ----------
    table : RiskTable
        Groups, times and counts.
    open : ndarray
        Probability of still being open just after each time.
    value, std_error : ndarray
        Incidence by then, a column for each cause, and its standard error.
    """

    table: RiskTable
    open: Floats
    value: Floats
    std_error: Floats


def incidence(table: RiskTable, variance: str) -> Incidence:
    """Return the incidence of each cause in each group.

    Notes
    -----
    Aalen and Johansen (1978) Scand J Stat 5:141: all that end at one time end together, without
    an order among them.
    """
    parts, n = table.parts(), table.n_risk
    left = running(np.cumprod, 1.0 - table.n_event.sum(axis=1) / n, parts)
    before = np.ones_like(left)
    for part in parts:
        before[part][1:] = left[part][:-1]
    value = running(np.cumsum, table.n_event * (before / n)[:, None], parts)
    spread = np.empty_like(value)
    for cause in range(value.shape[1]):
        spread[:, cause] = _variance(table, left, before, value[:, cause], cause, variance)
    return Incidence(table, left, value, np.sqrt(np.maximum(spread, 0.0)))


def _variance(
    table: RiskTable, left: Floats, before: Floats, value: Floats, cause: int, variance: str
) -> Floats:
    """Variance of the incidence of one cause.

    Notes
    -----
    An ending at time u moves the incidence by t by ``before(u) / n(u)`` times a - F(t) q, with
    q = 1 / open(u), a = 1 + F(u) q for the cause and F(u) q for the others (the delta method).
    The square is expanded in F(t), so that three running sums give the variance at every t.
    """
    n, parts = table.n_risk, table.parts()
    mine = table.n_event[:, cause]
    others = table.n_event.sum(axis=1) - mine
    # Where nobody is left nothing happens later, so that what was left no longer matters.
    q = np.where(left > 0, 1.0 / np.where(left > 0, left, 1.0), 0.0)
    own, other = 1.0 + value * q, value * q
    weight = (before / n) ** 2
    if variance == "aalen":
        fewer = np.maximum(n - 1.0, 1.0)
        mine = mine * np.where(mine > 1, (n - mine) / fewer, 1.0)
        others = others * np.where(others > 1, (n - others) / fewer, 1.0)
    ended, moved = mine + others, mine * own + others * other
    square, cross, plain = mine * own**2 + others * other**2, q * moved, q**2 * ended
    if variance == "greenwood":
        square = square - moved**2 / n
        cross = cross - q * moved * ended / n
        plain = plain - (q * ended) ** 2 / n
    square, cross, plain = (running(np.cumsum, weight * x, parts) for x in (square, cross, plain))
    return square - 2.0 * value * cross + value**2 * plain


def limits(value: Floats, std_error: Floats, level: float, transform: str) -> tuple[Floats, Floats]:
    """Return pointwise limits; NaN where the incidence is 0 or 1.

    Examples
    --------
    >>> low, high = limits(np.array([0.5]), np.array([0.1]), 0.95, "plain")
    >>> float(low[0].round(3)), float(high[0].round(3))
    (0.304, 0.696)
    """
    inside = (value > ROUNDING) & (value < 1.0 - ROUNDING)
    share, reach = np.where(inside, value, np.nan), critical(level) * std_error
    if transform == "plain":
        low, high = share - reach, share + reach
    elif transform == "log-log":
        low, high = _powers(share, reach)
    else:
        low, high = (1.0 - edge for edge in _powers(1.0 - share, reach)[::-1])
    return np.maximum(low, 0.0), np.minimum(high, 1.0)


def _powers(share: Floats, reach: Floats) -> tuple[Floats, Floats]:
    """Return limits that are symmetrical on the scale log(-log(share))."""
    # Beyond 700 the limit is 0 or 1 to the last digit, and the exponential would overflow.
    shift = np.minimum(reach / np.abs(share * np.log(share)), 700.0)
    return share ** np.exp(shift), share ** np.exp(-shift)
