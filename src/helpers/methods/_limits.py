"""Control limits of a funnel: exact binomial and Poisson, score, and normal on a scale.

Functions
---------
limits
    Control limits around a target for given denominators.
check_method
    Refuse a method that a kind does not offer.
check_denominators
    Refuse denominators that cannot have limits.
plain_limits
    Limits by any method, without over-dispersion.
normal_limits
    Limits on the scale of a family, with or without over-dispersion.
on_known
    Limits put in their places, NaN where there is no denominator.
tails
    Exact probabilities of as few or as many events as were counted.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._checks import Floats, check_choice, check_level, critical, numbers, refuse
from ._kinds import (
    FAMILIES,
    Family,
    Kind,
    as_value,
    back,
    certain,
    check_family,
    pooled,
    standard_error,
    transform,
)

Pair = tuple[Floats, Floats]
Method = Literal["exact", "conservative", "wilson", "arcsine", "garwood", "score", "normal"]

METHODS = {
    "proportion": {
        "exact": "exact binomial, interpolated (Spiegelhalter 2005)",
        "conservative": "exact binomial, interpolated within each tail",
        "wilson": "inverted Wilson score",
        "arcsine": "arcsine normal approximation",
    },
    "count_ratio": {
        "exact": "exact conditional binomial, interpolated (Spiegelhalter 2005)",
        "conservative": "exact conditional binomial, interpolated within each tail",
        "wilson": "inverted Wilson score of the conditional share",
        "normal": "normal approximation",
    },
    "rate": {
        "exact": "exact Poisson, interpolated (Spiegelhalter 2005)",
        "conservative": "exact Poisson, interpolated within each tail",
        "garwood": "exact Poisson interval of the expected count (Garwood)",
        "score": "inverted Poisson score",
        "normal": "normal approximation",
    },
}
METHODS["ratio"] = METHODS["rate"]


def check_method(method: str, kind: str) -> str:
    """Return the words of a method, or raise ``ValueError`` unless the kind offers it."""
    check_choice("method", method, tuple(METHODS[kind]))
    return METHODS[kind][method]


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


def _binomial(target: float, n: Floats, level: float, method: str) -> Pair:
    """Limits of a proportion around ``target``."""
    tail = (1.0 - level) / 2.0
    if target in (0.0, 1.0):
        return np.full(n.shape, target), np.full(n.shape, target)
    if method == "wilson":
        reach = critical(level) * np.sqrt(target * (1.0 - target) / n)
        return np.maximum(target - reach, 0.0), np.minimum(target + reach, 1.0)
    low = np.maximum(_interpolated(tail, n, target) / n, 0.0)
    if method == "conservative":
        return low, np.minimum(1.0 - _interpolated(tail, n, 1.0 - target) / n, 1.0)
    # Where even one event would be unusual, none still is not.
    high = np.maximum(_interpolated(1.0 - tail, n, target), 0.0) / n
    # The mirror of the floor at 0: where even n of n would not be unusual, nothing lies above.
    return low, np.where(target**n > tail, 1.0, high)


def _poisson_quantile(tail: float, mean: Floats) -> Floats:
    """Return the smallest count whose cumulative probability reaches ``tail``."""
    from scipy.special import pdtr

    reach = critical(1.0 - 2.0 * min(tail, 1.0 - tail)) + 3.0
    below = np.full(mean.shape, -1.0)
    at = np.ceil(mean + reach * np.sqrt(mean) + reach**2)
    while np.any(at - below > 1):
        middle = np.floor((below + at) / 2)
        reached = pdtr(middle, mean) >= tail
        open_ = at - below > 1
        at = np.where(open_ & reached, middle, at)
        below = np.where(open_ & ~reached, middle, below)
    return at


def _poisson_interpolated(tail: float, mean: Floats) -> Floats:
    from scipy.special import pdtr

    count = _poisson_quantile(tail, mean)
    up_to = pdtr(count, mean)
    under = np.where(count > 0, pdtr(np.maximum(count - 1, 0), mean), 0.0)
    return count - (up_to - tail) / (up_to - under)


def _poisson(target: float, size: Floats, level: float, method: str) -> Pair:
    """Limits of events over exposure (or expected events) around ``target``."""
    from scipy.special import gammaincinv, pdtrc

    tail = (1.0 - level) / 2.0
    mean = target * size
    if target == 0.0:
        return np.zeros(size.shape), np.zeros(size.shape)
    if method == "garwood":
        return gammaincinv(mean, tail) / size, gammaincinv(mean + 1.0, 1.0 - tail) / size
    if method == "score":
        reach = critical(level) * np.sqrt(target / size)
        return np.maximum(target - reach, 0.0), target + reach
    low = np.maximum(_poisson_interpolated(tail, mean), 0.0) / size
    if method == "exact":
        return low, np.maximum(_poisson_interpolated(1.0 - tail, mean), 0.0) / size
    # The mirror of the lower limit: from the largest count r with P(r or more) of at least
    # the tail, a share of the way to r + 1.
    count = _poisson_quantile(1.0 - tail, mean)
    for step in (1.0, 0.0, -1.0):
        # Rounding of 1 - tail can put the quantile one off; the tail itself decides.
        held = np.where(count + step > 0, pdtrc(np.maximum(count + step - 1, 0), mean), 1.0) >= tail
        if step == 1.0:
            best = np.where(held, count + step, -1.0)
        else:
            best = np.where((best < 0) & held, count + step, best)
    best = np.maximum(best, 0.0)
    at = np.where(best > 0, pdtrc(np.maximum(best - 1, 0), mean), 1.0)
    return low, (best + (at - tail) / (at - pdtrc(best, mean))) / size


def normal_limits(
    target: float, size: Floats, level: float, *, kind: str, family: str, tau2: float = 0.0
) -> Pair:
    """Limits on the scale of a family, transformed back and held at the ends of the scale."""
    if certain(target, family, kind):
        return np.full(size.shape, target), np.full(size.shape, target)
    error = standard_error(size, target, family, kind)
    reach = critical(level) * np.sqrt(error**2 + tau2)
    centre = transform(target, family, kind)
    return back(centre - reach, family, kind), back(centre + reach, family, kind)


def plain_limits(
    target: float, size: Floats, level: float, *, kind: str, method: str, family: str
) -> Pair:
    """Limits without over-dispersion of a share or rate around ``target``, for sizes above zero.

    A ratio of two counts enters as the share of the first in both and leaves as such.
    """
    if method in ("arcsine", "normal"):
        return normal_limits(target, size, level, kind=kind, family=family)
    if kind in ("proportion", "count_ratio"):
        return _binomial(target, size, level, method)
    return _poisson(target, size, level, method)


def tails(x: Floats, size: Floats, target: float, kind: str) -> Pair:
    """Exact probabilities of ``x`` or fewer and of ``x`` or more events at the target."""
    from scipy.special import betainc, pdtr, pdtrc

    before = np.maximum(x - 1.0, 0.0)
    if kind in ("proportion", "count_ratio"):
        # The regularised beta function serves fractional counts as well.
        inside = np.minimum(x, size - 1.0)
        below = np.where(x < size, betainc(size - inside, inside + 1.0, 1.0 - target), 1.0)
        above = np.where(x > 0, betainc(before + 1.0, size - before, target), 1.0)
        return below, above
    mean = target * size
    return pdtr(x, mean), np.where(x > 0, pdtrc(before, mean), 1.0)


def check_denominators(n: Floats, method: str, labels: object, kind: str = "proportion") -> None:
    """Refuse denominators that cannot have limits; missing ones pass."""
    refuse(n < 0, labels, "the denominator is negative")
    refuse(np.isinf(n), labels, "the denominator is infinite")
    if kind in ("proportion", "count_ratio") and method in ("exact", "conservative"):
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
    kind: Kind = "proportion",
    levels: Sequence[float] = (0.95, 0.998),
    family: Family | None = None,
    method: Method = "exact",
) -> pd.DataFrame:
    """Control limits around ``target`` for each denominator and level.

    Parameters
    ----------
    target : float
        Value at the centre of the funnel: a proportion 0 to 1, or a rate or ratio above 0.
    denominators : array_like
        One-dimensional denominators (records, exposure, or expected events; for a ratio of
        counts both counts together); missing or zero ones give NaN limits.
    kind : {"proportion", "rate", "ratio", "count_ratio"}
        Events out of records; events over exposure; observed over expected events; one count
        over another.
    levels : sequence of float
        Two-sided levels, each with half of the remainder in either tail.
    family : {"arcsine", "log", "sqrt"}, optional
        The scale of the methods "arcsine" and "normal"; other methods have none.
    method : str
        Of proportions and ratios of counts: "exact", interpolated binomial limits;
        "conservative", the same interpolated within each tail, so that chance alone never
        exceeds the nominal tail; "wilson", the inverted Wilson score. Of rates and ratios:
        "exact" and "conservative", the same of the Poisson distribution; "garwood", the exact
        interval of the expected count; "score", the inverted Poisson score. "arcsine" (of
        proportions) and "normal" (of all others): the normal approximation on the scale of
        the family.

    Returns
    -------
    DataFrame
        ``denominator``, ``level``, ``target``, ``low``, ``high`` (on the scale of the target)
        and ``method``: all denominators in the order given for the first level, then the next.

    Raises
    ------
    ValueError
        For a target that is impossible, a negative denominator (or a fractional one with exact
        binomial limits), an unknown kind, method or family, or a level outside (0, 1).

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
    excludes the target. "garwood": the limits of FunnelPlotR for standardised ratios.

    Examples
    --------
    >>> limits(0.3, [50, 200], levels=[0.95])[["denominator", "low", "high"]].round(4)
       denominator     low    high
    0           50  0.1661  0.4201
    1          200  0.2350  0.3620
    >>> limits(1, [15], kind="ratio", levels=[0.95], method="garwood")[["low", "high"]].round(7)
            low      high
    0  0.559692  1.649348
    """
    check_choice("kind", kind, tuple(FAMILIES))
    words = check_method(method, kind)
    chosen = check_family(family, kind)
    none = np.zeros(0)
    centre = pooled(none, none, float(target), kind)
    given = pd.Series(np.ravel(np.asarray(denominators)), name="denominator")
    n = numbers(given.to_frame(), "denominator")
    check_denominators(n, method, None, kind)
    known = ~np.isnan(n) & (n > 0)
    parts = []
    for level in levels:
        pair = plain_limits(
            centre, n[known], check_level(level), kind=kind, method=method, family=chosen
        )
        low, high = on_known(known, pair)
        parts.append(
            given.to_frame().assign(
                level=float(level),
                target=float(target),
                low=as_value(low, kind),
                high=as_value(high, kind),
                method=words,
            )
        )
    return pd.concat(parts, ignore_index=True)
