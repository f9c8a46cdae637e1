"""How strong an unmeasured characteristic would have to be to account for an association.

Functions
---------
to_risk_ratio
    Odds and hazard ratios on the scale of risk ratios.
e_value
    The E-value of risk ratios.
e_values
    A tidy frame of ratios with the E-values of the estimate and of its nearer limit appended.
reading
    Each row of it as sentences.
bounding_factor
    The most that a characteristic of given strengths could shift a risk ratio.
bounding_table
    A ratio and its limits after such shifts, one row a pair of strengths.

None of this says whether there is such a characteristic, or which way it would work.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._checks import Floats, check_choice, numbers, refuse, require_columns
from ._unmeasured_words import reading

__all__ = [
    "bounding_factor",
    "bounding_table",
    "e_value",
    "e_values",
    "reading",
    "to_risk_ratio",
]

Measure = Literal["risk_ratio", "rate_ratio", "odds_ratio", "hazard_ratio"]
Outcome = Literal["rare", "common"]

MEASURES = ("risk_ratio", "rate_ratio", "odds_ratio", "hazard_ratio")
COMMON = 0.15
"""An outcome that more than this share of people have is common (VanderWeele and Ding 2017)."""

_AS_IT_IS = "taken as a risk ratio"
_CHANGED = {
    "odds_ratio": "the square root of the odds ratio, for a common outcome",
    "hazard_ratio": "(1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR)), for a common outcome",
}


def _check_measure(measure: str, outcome: str | None) -> None:
    check_choice("measure", measure, MEASURES)
    if measure in _CHANGED:
        if outcome is None:
            raise ValueError(
                f"Say whether the outcome behind the {measure.replace('_', ' ')} is 'rare' or "
                f"'common' (more than {COMMON:.0%} of people have it)."
            )
        check_choice("outcome", outcome, ("rare", "common"))


def to_risk_ratio(ratio: ArrayLike, *, measure: Measure, outcome: Outcome | None = None) -> Floats:
    """Odds and hazard ratios on the scale of risk ratios.

    Parameters
    ----------
    ratio : array_like
        Ratios, 0 or more; missing stays missing.
    measure : {"risk_ratio", "rate_ratio", "odds_ratio", "hazard_ratio"}
        What they are.
    outcome : {"rare", "common"}, optional
        Needed for odds and hazard ratios. With a rare outcome they are taken as they are.

    Returns
    -------
    ndarray
        Risk ratios, in the shape of ``ratio``.

    Raises
    ------
    ValueError
        For negative ratios, an unknown measure, or odds or hazard ratios without ``outcome``.

    Notes
    -----
    For a common outcome the odds ratio becomes its square root, the hazard ratio
    (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1/HR)): VanderWeele and Ding (2017) Ann Intern Med 167:268,
    table 2; VanderWeele (2020) Biometrics 76:746. Both are approximations.

    Examples
    --------
    >>> to_risk_ratio([4.0], measure="odds_ratio", outcome="common")
    array([2.])
    """
    _check_measure(measure, outcome)
    x = np.asarray(ratio, dtype=float)
    refuse(x < 0, None, "a ratio is negative")
    if measure not in _CHANGED or outcome == "rare":
        return x
    root = np.sqrt(x)
    if measure == "odds_ratio":
        return root
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (1.0 - 0.5**root) / (1.0 - 0.5 ** (1.0 / root))
    return np.where(x == 0, 0.0, found)


def e_value(risk_ratio: ArrayLike, *, towards: float = 1.0) -> Floats:
    """Return the E-value of risk ratios.

    Parameters
    ----------
    risk_ratio : array_like
        Risk ratios, 0 or more; missing stays missing.
    towards : float
        Risk ratio to which they would be shifted; 1 is no association.

    Returns
    -------
    ndarray
        1 or more: the least strength of association, as a ratio, that an unmeasured
        characteristic would need with both sides. Infinite for a ratio of 0 or infinity.

    Raises
    ------
    ValueError
        For negative ratios, or ``towards`` not above zero.

    Notes
    -----
    RR + sqrt(RR (RR - 1)) of the ratio of both, turned upside down where it is below 1:
    VanderWeele and Ding (2017) Ann Intern Med 167:268.

    Examples
    --------
    >>> e_value([3.9, 1.8, 0.8]).round(2)
    array([7.26, 3.  , 1.81])
    """
    if not (np.isfinite(towards) and towards > 0):
        raise ValueError(f"towards must be a ratio above zero, such as 1; got {towards!r}.")
    x = np.asarray(risk_ratio, dtype=float)
    refuse(x < 0, None, "a ratio is negative")
    with np.errstate(divide="ignore"):
        ratio = np.maximum(x / towards, towards / x)
    return np.asarray(ratio + np.sqrt(ratio) * np.sqrt(ratio - 1.0))


def _refuse_order(value: Floats, low: Floats, high: Floats, labels: object) -> None:
    refuse((value <= 0) | np.isinf(value), labels, "the ratio is not a number above zero")
    refuse(low < 0, labels, "the lower limit is negative")
    refuse((low > value) | (value > high), labels, "the ratio does not lie within its limits")


def e_values(
    frame: pd.DataFrame,
    *,
    measure: Measure,
    outcome: Outcome | None = None,
    value: str = "value",
    low: str = "low",
    high: str = "high",
    towards: float = 1.0,
) -> pd.DataFrame:
    """Append the E-values of the estimate and of its nearer limit to a frame of ratios.

    Parameters
    ----------
    frame : DataFrame
        One row a ratio, with its limits. It is not changed.
    measure, outcome
        See `to_risk_ratio`.
    value, low, high : str
        Columns of the ratio and its limits, such as ``value="odds_ratio"``.
    towards : float
        Ratio, on the scale of ``measure``, to which the association would be shifted.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``risk_ratio`` (on that scale), ``e_value``, ``nearer``
        ("low" or "high", the limit nearer to ``towards``; empty without limits),
        ``e_value_limit`` (1 where the interval holds ``towards``), ``towards``, ``measure`` and
        ``e_value_method``. A missing ratio or limit gives NaN.

    Raises
    ------
    ValueError
        For missing columns, ratios not above zero, negative limits, a ratio outside its limits,
        and as `to_risk_ratio` and `e_value`.

    Notes
    -----
    VanderWeele and Ding (2017) Ann Intern Med 167:268. The ratio must be taken from a model that
    holds what was measured; the E-value is about what was not.

    Examples
    --------
    >>> ratios = pd.DataFrame({"value": [3.9], "low": [1.8], "high": [8.7]})
    >>> found = e_values(ratios, measure="risk_ratio")
    >>> found[["e_value", "nearer", "e_value_limit"]].round(2)
       e_value nearer  e_value_limit
    0     7.26    low            3.0
    """
    require_columns(frame, [value, low, high])
    x, least, most = (numbers(frame, name) for name in (value, low, high))
    _refuse_order(x, least, most, frame.index)
    target = float(to_risk_ratio([towards], measure=measure, outcome=outcome)[0])
    ratio = to_risk_ratio(x, measure=measure, outcome=outcome)
    below = x < towards
    limit = np.where(below, most, least)
    inside = (least <= towards) & (towards <= most)
    nearer = e_value(to_risk_ratio(limit, measure=measure, outcome=outcome), towards=target)
    known = ~(np.isnan(x) | np.isnan(limit))
    used = _CHANGED.get(measure, _AS_IT_IS) if outcome == "common" else _AS_IT_IS
    return frame.reset_index(drop=True).assign(
        risk_ratio=ratio,
        e_value=e_value(ratio, towards=target),
        nearer=np.where(known, np.where(below, "high", "low"), ""),
        e_value_limit=np.where(known, np.where(inside, 1.0, nearer), np.nan),
        towards=float(towards),
        measure=measure,
        e_value_method=f"E-value of VanderWeele and Ding (2017); {used}",
    )


def bounding_factor(with_group: ArrayLike, with_outcome: ArrayLike) -> Floats:
    """Return the most by which a characteristic of given strengths could shift a risk ratio.

    Parameters
    ----------
    with_group : array_like
        How many times as common the characteristic is at most in one group as in the other.
    with_outcome : array_like
        By what ratio the outcome goes with it at most, within either group. Broadcast together.

    Returns
    -------
    ndarray
        Factor, 1 or more: the risk ratio apart from the characteristic is at least the one seen
        divided by it, or at most the one seen times it.

    Raises
    ------
    ValueError
        For strengths below 1 (take the reciprocal).

    Notes
    -----
    g o / (g + o - 1): Ding and VanderWeele (2016) Epidemiology 27:368. It needs nothing assumed
    of the characteristic, which may be several together.

    Examples
    --------
    >>> bounding_factor([2.0, 4.0], [4.0, 4.0]).round(3)
    array([1.6  , 2.286])
    """
    g, o = np.broadcast_arrays(np.asarray(with_group, float), np.asarray(with_outcome, float))
    refuse((g < 1) | (o < 1), None, "a strength is below 1; take its reciprocal")
    return np.asarray(g * o / (g + o - 1.0))


def bounding_table(
    value: float,
    low: float = np.nan,
    high: float = np.nan,
    *,
    measure: Measure,
    outcome: Outcome | None = None,
    strengths: Sequence[float] = (1.5, 2.0, 3.0, 5.0, 10.0),
) -> pd.DataFrame:
    """Return a ratio and its limits after the largest shift by each pair of strengths.

    Parameters
    ----------
    value, low, high : float
        The ratio and its limits; limits may be missing.
    measure, outcome
        See `to_risk_ratio`.
    strengths : sequence of float
        Strengths, 1 or more, tried in all pairs.

    Returns
    -------
    DataFrame
        One row a pair: ``with_group``, ``with_outcome``, ``bounding_factor``, ``value``, ``low``,
        ``high`` (risk ratios, shifted towards 1), ``holds`` (whether the shifted ratio is still
        on its side of 1), ``holds_limit`` (whether its interval is; missing without one),
        ``method``.

    Raises
    ------
    ValueError
        As `e_values` and `bounding_factor`, or for no strengths.

    Notes
    -----
    Ding and VanderWeele (2016) Epidemiology 27:368. A shift beyond 1 is shown as it is.

    Examples
    --------
    >>> found = bounding_table(3.9, 1.8, 8.7, measure="risk_ratio", strengths=[2, 4])
    >>> found[["with_group", "with_outcome", "bounding_factor", "value", "low"]].round(2)
       with_group  with_outcome  bounding_factor  value   low
    0         2.0           2.0             1.33   2.92  1.35
    1         2.0           4.0             1.60   2.44  1.12
    2         4.0           2.0             1.60   2.44  1.12
    3         4.0           4.0             2.29   1.71  0.79
    """
    if not list(strengths):
        raise ValueError("Name the strengths to try, such as [2, 3].")
    seen = np.array([value, low, high], dtype=float)
    if np.isnan(seen[0]):
        raise ValueError("There is no ratio to shift: the value is missing.")
    _refuse_order(*(seen[at : at + 1] for at in range(3)), None)
    seen = to_risk_ratio(seen, measure=measure, outcome=outcome)
    group, effect = (grid.ravel() for grid in np.meshgrid(strengths, strengths, indexing="ij"))
    factor = bounding_factor(group, effect)
    up = seen[0] >= 1.0
    shifted = seen[:, None] / factor if up else seen[:, None] * factor
    holds = shifted > 1.0 if up else shifted < 1.0
    limit = 1 if up else 2
    return pd.DataFrame(
        {
            "with_group": group.astype(float),
            "with_outcome": effect.astype(float),
            "bounding_factor": factor,
            "value": shifted[0],
            "low": shifted[1],
            "high": shifted[2],
            "holds": holds[0],
            "holds_limit": pd.Series(holds[limit], dtype="boolean").mask(np.isnan(shifted[limit])),
            "method": "bounding factor of Ding and VanderWeele (2016)",
        }
    )
