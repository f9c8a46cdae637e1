"""Control limits of a funnel for proportions.

Functions
---------
limits
    Control limits around a target for given denominators.
check_target
    Refuse a target that is no proportion.
check_denominators
    Refuse denominators that cannot have limits.
arcsine_limits
    Limits on the arcsine scale, with or without over-dispersion.
plain_limits
    Limits by any method, without over-dispersion.
on_known
    Limits put in their places, NaN where there is no denominator.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._checks import Floats, check_choice, check_level, critical, numbers, refuse

Pair = tuple[Floats, Floats]
Method = Literal["exact", "conservative", "wilson", "arcsine"]

METHODS = {
    "exact": "exact binomial, interpolated (Spiegelhalter 2005)",
    "conservative": "exact binomial, interpolated within each tail",
    "wilson": "inverted Wilson score",
    "arcsine": "arcsine normal approximation",
}


def check_target(target: float) -> float:
    """Return ``target`` as a float, or raise ``ValueError`` unless it lies within 0 to 1."""
    if not 0.0 <= float(target) <= 1.0:
        raise ValueError(f"The target must be a proportion between 0 and 1; got {target!r}.")
    return float(target)


def _binomial_quantile(tail: float, n: Floats, target: float) -> Floats:
    """Return the smallest count whose cumulative probability reaches ``tail``."""
    from scipy.special import bdtr

    below, at = np.full(n.shape, -1.0), n.copy()
    while np.any(at - below > 1):
        middle = np.floor((below + at) / 2)
        reached = bdtr(middle, n.astype(np.int64), target) >= tail
        open_ = at - below > 1
        at = np.where(open_ & reached, middle, at)
        below = np.where(open_ & ~reached, middle, below)
    return at


def _interpolated(tail: float, n: Floats, target: float) -> Floats:
    """Spiegelhalter's interpolated quantile, in events."""
    from scipy.special import bdtr

    count = _binomial_quantile(tail, n, target)
    whole = n.astype(np.int64)
    up_to = bdtr(count, whole, target)
    under = np.where(count > 0, bdtr(np.maximum(count - 1, 0), whole, target), 0.0)
    return count - (up_to - tail) / (up_to - under)


def _exact(target: float, n: Floats, level: float, *, conservative: bool) -> Pair:
    tail = (1.0 - level) / 2.0
    if target in (0.0, 1.0):
        return np.full(n.shape, target), np.full(n.shape, target)
    low = np.maximum(_interpolated(tail, n, target) / n, 0.0)
    if conservative:
        return low, np.minimum(1.0 - _interpolated(tail, n, 1.0 - target) / n, 1.0)
    high = _interpolated(1.0 - tail, n, target) / n
    # The mirror of the floor at 0: where even n of n would not be unusual, nothing lies above.
    return low, np.where(target**n > tail, 1.0, high)


def arcsine_limits(target: float, n: Floats, level: float, tau2: float = 0.0) -> Pair:
    """Limits around ``target`` on the arcsine scale, transformed back and held at 0 and 1."""
    reach = critical(level) * np.sqrt(1.0 / (4.0 * n) + tau2)
    centre = np.arcsin(np.sqrt(target))
    # Beyond the ends of the scale the sine would fold back into it.
    low, high = np.maximum(centre - reach, 0.0), np.minimum(centre + reach, np.pi / 2)
    return np.sin(low) ** 2, np.sin(high) ** 2


def plain_limits(target: float, n: Floats, level: float, method: str) -> Pair:
    """Limits around ``target`` without over-dispersion, for denominators above zero."""
    if method == "arcsine":
        return arcsine_limits(target, n, level)
    if method == "wilson":
        reach = critical(level) * np.sqrt(target * (1.0 - target) / n)
        return np.maximum(target - reach, 0.0), np.minimum(target + reach, 1.0)
    return _exact(target, n, level, conservative=method == "conservative")


def check_denominators(n: Floats, method: str, labels: object) -> None:
    """Refuse denominators that cannot have limits; missing ones pass."""
    refuse(n < 0, labels, "the denominator is negative")
    refuse(np.isinf(n), labels, "the denominator is infinite")
    if method in ("exact", "conservative"):
        refuse(
            ~np.isnan(n) & (n % 1 != 0),
            labels,
            "exact limits need a whole number as denominator",
        )


def on_known(known: np.ndarray, pair: Pair) -> Pair:
    """Put limits of the known denominators in their places, NaN elsewhere."""
    low, high = np.full(known.shape, np.nan), np.full(known.shape, np.nan)
    low[known], high[known] = pair
    return low, high


def limits(
    target: float,
    denominators: ArrayLike,
    *,
    levels: Sequence[float] = (0.95, 0.998),
    method: Method = "exact",
) -> pd.DataFrame:
    """Control limits around ``target`` for each denominator and level.

    Parameters
    ----------
    target : float
        Proportion at the centre of the funnel, 0 to 1.
    denominators : array_like
        One-dimensional denominators; missing or zero ones give NaN limits.
    levels : sequence of float
        Two-sided levels, each with half of the remainder in either tail.
    method : {"exact", "conservative", "wilson", "arcsine"}
        Interpolated binomial limits; the same interpolated within each tail, so that chance
        alone never exceeds the nominal tail; the inverted Wilson score of Fingertips; or the
        normal approximation on the arcsine scale.

    Returns
    -------
    DataFrame
        ``denominator``, ``level``, ``target``, ``low``, ``high`` (0 to 1) and ``method``: all
        denominators in the order given for the first level, then the next.

    Raises
    ------
    ValueError
        For a target outside 0 to 1, a negative denominator (or a fractional one with exact
        limits), an unknown method, or a level outside (0, 1).

    Notes
    -----
    "exact": Spiegelhalter (2005) Stat Med 24:1185, appendix. The cumulative probability is
    interpolated between counts, so the upper limit refers to the chance of *more* than a
    count and, with few records, chance alone exceeds the nominal tail; a limit is set to the
    end of the scale where even none (or all) of the records would not be unusual.
    "conservative": the lower limit is the same and the upper one its mirror image, so that
    chance alone puts a unit outside either limit less often than the nominal tail, as the
    first method compared by Manktelow and Seaton (2012) PLoS ONE 7:e45723. "wilson":
    Fingertips technical guidance; a unit lies outside exactly when its Wilson interval
    excludes the target.

    Examples
    --------
    >>> limits(0.3, [50, 200], levels=[0.95])[["denominator", "low", "high"]].round(4)
       denominator     low    high
    0           50  0.1661  0.4201
    1          200  0.2350  0.3620
    """
    check_choice("method", method, tuple(METHODS))
    centre = check_target(target)
    given = pd.Series(np.ravel(np.asarray(denominators)), name="denominator")
    n = numbers(given.to_frame(), "denominator")
    check_denominators(n, method, None)
    known = ~np.isnan(n) & (n > 0)
    parts = []
    for level in levels:
        pair = plain_limits(centre, n[known], check_level(level), method)
        low, high = on_known(known, pair)
        parts.append(
            given.to_frame().assign(
                level=float(level), target=centre, low=low, high=high, method=METHODS[method]
            )
        )
    return pd.concat(parts, ignore_index=True)
