"""Funnel limits for proportions, with and without over-dispersion.

Functions
---------
limits
    Control limits around a target for given denominators.
dispersion
    How much more units differ than chance allows.
funnel
    One row per unit: value, z, limits with and without over-dispersion, position.

Units are placed against limits and never ranked.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._checks import Floats, check_choice, check_counts, check_level, numbers, require_columns
from ._limits import (
    METHODS,
    Method,
    Pair,
    arcsine_limits,
    check_denominators,
    check_target,
    limits,
    on_known,
    plain_limits,
)

__all__ = ["Dispersion", "dispersion", "funnel", "limits"]

OVERDISPERSED = "additive variance on the arcsine scale"
WITHIN = "within limits"


@dataclass(frozen=True)
class Dispersion:
    """Spread of units around a target on the arcsine scale.

    Attributes
    ----------
    phi : float
        Mean squared winsorised z; 1 is expected from chance alone.
    tau2, tau : float
        Additive between-unit variance and its root, on the scale of asin(sqrt(p)).
    chi_squared, df, p_value : float
        Sum of squared z before winsorising, its degrees of freedom and the upper tail.
    units : int
        Units with a count and a denominator above zero.
    target : float
        Proportion the units are compared with.
    winsorise : float
        Share of units pulled in at each end.
    method : str
        The convention, in words.

    Examples
    --------
    >>> units = pd.DataFrame({"numerator": [10, 30, 45], "denominator": [100, 100, 100]})
    >>> found = dispersion(units)
    >>> found.units, round(found.target, 3)
    (3, 0.283)
    """

    phi: float
    tau2: float
    tau: float
    chi_squared: float
    df: int
    p_value: float
    units: int
    target: float
    winsorise: float
    method: str


def _suffix(level: float) -> str:
    return f"{100 * level:g}".replace(".", "_")


def _units(frame: pd.DataFrame, numerator: str, denominator: str) -> tuple[Floats, Floats]:
    require_columns(frame, [numerator, denominator])
    x, n = numbers(frame, numerator), numbers(frame, denominator)
    check_counts(x, n, frame.index)
    missing = np.isnan(x) | np.isnan(n) | (n == 0)
    return np.where(missing, np.nan, x), np.where(missing, np.nan, n)


def _centre(x: Floats, n: Floats, target: float | None) -> float:
    if target is not None:
        return check_target(target)
    total = np.nansum(n)
    return float(np.nansum(x) / total) if total else float("nan")


def _scores(x: Floats, n: Floats, target: float, winsorise: float) -> tuple[Floats, Floats]:
    """Z on the arcsine scale, as it is and winsorised."""
    if not 0.0 <= winsorise < 0.5:
        raise ValueError(f"winsorise must be at least 0 and below 0.5; got {winsorise!r}.")
    z = (np.arcsin(np.sqrt(x / n)) - np.arcsin(np.sqrt(target))) * 2.0 * np.sqrt(n)
    if np.isnan(z).all():
        return z, z
    low, high = np.nanquantile(z, [winsorise, 1.0 - winsorise])
    return z, np.clip(z, low, high)


def dispersion(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    target: float | None = None,
    winsorise: float = 0.1,
) -> Dispersion:
    """Measure how much more units differ from the target than chance allows.

    Parameters
    ----------
    frame : DataFrame
        One row per unit. Units with missing counts or no records are left out.
    numerator, denominator : str
        Columns of counts.
    target : float, optional
        Proportion to compare with; the pooled proportion if not given.
    winsorise : float
        Share of units at each end whose z is pulled in to the quantile before phi and tau2.

    Returns
    -------
    Dispersion
        With one unit or none, or none with records, everything but the number of units is NaN.

    Raises
    ------
    ValueError
        For missing columns, counts that cannot be right, a target outside 0 to 1, or
        ``winsorise`` outside [0, 0.5).

    Notes
    -----
    Spiegelhalter (2005) Qual Saf Health Care 14:347 for phi and the winsorised z;
    DerSimonian and Laird (1986) Control Clin Trials 7:177 for tau2, which is 0 where phi does
    not exceed (units - 1) / units. The chi-squared statistic keeps every z as it is, because
    winsorised ones do not follow the distribution; a pooled target costs one degree of freedom.

    Examples
    --------
    >>> units = pd.DataFrame({"numerator": [10, 30, 45], "denominator": [100, 100, 100]})
    >>> result = dispersion(units, winsorise=0)
    >>> round(result.phi, 3), round(result.tau2, 4), result.df
    (11.734, 0.0415, 2)
    """
    from scipy.special import chdtrc

    x, n = _units(frame, numerator, denominator)
    centre = _centre(x, n, target)
    z, pulled = _scores(x, n, centre, winsorise)
    units = int(np.sum(~np.isnan(z)))
    method = f"z on the arcsine scale, {100 * winsorise:g}% winsorised; DerSimonian-Laird tau2"
    nan = float("nan")
    if units < 2:
        return Dispersion(nan, nan, nan, nan, 0, nan, units, centre, winsorise, method)
    phi = float(np.nansum(pulled**2) / units)
    weights = 4.0 * n
    total = np.nansum(weights)
    spare = total - np.nansum(weights**2) / total
    tau2 = max(0.0, (units * phi - (units - 1)) / spare)
    chi_squared = float(np.nansum(z**2))
    df = units - 1 if target is None else units
    return Dispersion(
        phi=phi,
        tau2=float(tau2),
        tau=float(np.sqrt(tau2)),
        chi_squared=chi_squared,
        df=df,
        p_value=float(chdtrc(df, chi_squared)),
        units=units,
        target=centre,
        winsorise=winsorise,
        method=method,
    )


def _position(value: Floats, bounds: dict[float, Pair]) -> np.ndarray:
    """Place each value against its widest limit exceeded."""
    position = np.where(np.isnan(value), None, WITHIN).astype(object)
    for level in sorted(bounds):
        low, high = bounds[level]
        position[value > high] = f"above {100 * level:g}% limit"
        position[value < low] = f"below {100 * level:g}% limit"
    return position


def funnel(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    target: float | None = None,
    levels: Sequence[float] = (0.95, 0.998),
    winsorise: float = 0.1,
    method: Method = "exact",
) -> pd.DataFrame:
    """Place each unit against funnel limits, with and without over-dispersion.

    Parameters
    ----------
    frame : DataFrame
        One row per unit. It is not changed.
    numerator, denominator : str
        Columns of counts. Where they have other names, copies are added under the standard
        names.
    target : float, optional
        Proportion at the centre; the pooled proportion if not given.
    levels : sequence of float
        Two-sided levels of the limits.
    winsorise : float
        See `dispersion`.
    method : {"exact", "conservative", "wilson", "arcsine"}
        Limits without over-dispersion, see `limits`.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``numerator``, ``denominator``, ``value``, ``target``,
        ``z``, ``z_winsorised``; for each level, with suffix such as ``95`` or ``99_8``,
        ``low_``, ``high_``, ``od_low_``, ``od_high_``; ``position`` and ``od_position``
        ("within limits", "above 95% limit", ...; missing without a value) and ``method``.

    Raises
    ------
    ValueError
        As for `limits` and `dispersion`.

    Notes
    -----
    Over-dispersed limits add tau2 to the sampling variance on the arcsine scale and are
    transformed back, held at 0 and 1 (Spiegelhalter 2005, Qual Saf Health Care 14:347).

    Examples
    --------
    >>> units = pd.DataFrame({"numerator": [10, 30, 45], "denominator": [100, 100, 100]})
    >>> funnel(units)[["value", "position", "od_position"]]
       value           position    od_position
    0   0.10  below 99.8% limit  within limits
    1   0.30      within limits  within limits
    2   0.45  above 99.8% limit  within limits
    """
    spread = dispersion(
        frame, numerator=numerator, denominator=denominator, target=target, winsorise=winsorise
    )
    x, n = _units(frame, numerator, denominator)
    value = x / n
    z, pulled = _scores(x, n, spread.target, winsorise)
    result = frame.reset_index(drop=True).assign(
        numerator=frame[numerator].reset_index(drop=True),
        denominator=frame[denominator].reset_index(drop=True),
        value=value,
        target=spread.target,
        z=z,
        z_winsorised=pulled,
    )
    check_choice("method", method, tuple(METHODS))
    check_denominators(n, method, frame.index)
    # One unit alone cannot show over-dispersion.
    tau2 = spread.tau2 if spread.units > 1 else 0.0
    known = ~np.isnan(n)
    plain: dict[float, Pair] = {}
    wider: dict[float, Pair] = {}
    for level in levels:
        check_level(level)
        plain[level] = on_known(known, plain_limits(spread.target, n[known], level, method))
        wider[level] = on_known(known, arcsine_limits(spread.target, n[known], level, tau2))
        for prefix, (low, high) in (("", plain[level]), ("od_", wider[level])):
            result[f"{prefix}low_{_suffix(level)}"] = low
            result[f"{prefix}high_{_suffix(level)}"] = high
    result["position"] = _position(value, plain)
    result["od_position"] = _position(value, wider)
    # Limits of the unit's own share, where the frame has them, keep their name beside the funnel's.
    own = frame["method"].reset_index(drop=True) + "; " if "method" in frame else ""
    result["method"] = (
        own + f"limits of the funnel: {METHODS[method]}; over-dispersed limits: {OVERDISPERSED}"
    )
    return result
