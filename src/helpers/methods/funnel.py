"""Funnels of proportions, rates and ratios, with and without over-dispersion.

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
from typing import Any, Literal

import numpy as np
import pandas as pd

from ._checks import as_list, check_level, require_columns
from ._dispersion import Dispersion, measure, options, shared_definition
from ._kinds import SCALES, Family, Kind, measured, pooled, unit_names
from ._limits import METHODS, Method, check_denominators, limits
from ._placing import place, result_columns
from ._strata import positions

__all__ = ["Dispersion", "dispersion", "funnel", "limits"]

REML = " (restricted maximum likelihood)"


def dispersion(
    frame: pd.DataFrame,
    *,
    kind: Kind = "proportion",
    numerator: str = "numerator",
    denominator: str = "denominator",
    target: float | None = None,
    family: Family | None = None,
    adjust: float = 0.1,
    definition: str | None = None,
) -> Dispersion:
    """Measure how much more units differ from the target than chance allows.

    Parameters
    ----------
    frame : DataFrame
        One row per unit. Units with missing counts or no records are left out.
    kind : {"proportion", "rate", "ratio", "count_ratio"}
        Events out of records; events over exposure; observed over expected events; one count
        over another.
    numerator, denominator : str
        Columns of counts, of exposure, or of expected events.
    target : float, optional
        Value to compare with; all units together if not given, and 1 for observed over expected.
    family : {"arcsine", "log", "sqrt"}, optional
        Scale: arcsine for proportions, log (or sqrt) for rates and ratios, log (or arcsine)
        for ratios of counts.
    adjust : float
        Share of units at each end whose z is pulled in to the quantile (arcsine, sqrt) or left
        out (log) before phi and tau2.
    definition : str, optional
        Column that must say the same of all units.

    Returns
    -------
    Dispersion
        With one unit or none, or none with records, everything but the number of units is NaN.

    Raises
    ------
    ValueError
        For missing columns, counts or a target that cannot be right, ``adjust`` outside
        [0, 0.5), or units that count by different definitions.

    Notes
    -----
    Spiegelhalter (2005) Qual Saf Health Care 14:347 for phi and the winsorised z; the log
    scale with truncation is that of the summary hospital mortality indicator (NHS Digital);
    DerSimonian and Laird (1986) Control Clin Trials 7:177 for tau2, which is 0 where phi does
    not exceed (units - 1) / units; Viechtbauer (2005) J Educ Behav Stat 30:261 for the
    restricted likelihood, which estimates a pooled target with the variance and takes a given
    one as known. The chi-squared statistic
    keeps every z as it is, because adjusted ones do not follow the distribution; a pooled
    target costs one degree of freedom, and so do expected events that were worked out from
    the same units, which the count here cannot know. On the log scale a count of zero is taken
    as half an event; where fewer than about ten events are expected that scale exaggerates low
    values, and "sqrt" is the better one.

    Examples
    --------
    >>> units = pd.DataFrame({"numerator": [10, 30, 45], "denominator": [100, 100, 100]})
    >>> result = dispersion(units, adjust=0)
    >>> round(result.phi, 3), round(result.tau2, 4), result.df
    (11.734, 0.0415, 2)
    >>> ratios = pd.DataFrame({"numerator": [100, 150, 180], "denominator": [108, 112, 165]})
    >>> round(dispersion(ratios, kind="ratio").phi, 4)
    3.8158
    """
    chosen = options(kind, family, adjust)
    counts = measured(frame, numerator, denominator, kind)
    if definition is not None:
        require_columns(frame, [definition])
        shared_definition(frame[definition], unit_names(frame))
    centre = pooled(counts.x, counts.size, target, kind)
    return measure(counts, centre, chosen, known=target is not None)


def funnel(
    frame: pd.DataFrame,
    *,
    kind: Kind = "proportion",
    numerator: str = "numerator",
    denominator: str = "denominator",
    target: float | None = None,
    levels: Sequence[float] = (0.95, 0.998),
    family: Family | None = None,
    adjust: float = 0.1,
    tau2: Literal["dl", "reml"] = "dl",
    method: Method = "exact",
    within: str | Sequence[str] | None = None,
    definition: str | None = None,
) -> pd.DataFrame:
    """Place each unit against funnel limits, with and without over-dispersion.

    Parameters
    ----------
    frame : DataFrame
        One row per unit. It is not changed.
    kind : {"proportion", "rate", "ratio", "count_ratio"}
        Events out of records; events over exposure; observed over expected events; one count
        over another.
    numerator, denominator : str
        Columns of counts, of exposure, or of expected events. Where they have other names,
        copies are added under the standard names.
    target : float, optional
        Value at the centre; all units of a group together if not given, and 1 for observed
        over expected.
    levels : sequence of float
        Two-sided levels of the limits.
    family, adjust : str, float
        See `dispersion`.
    tau2 : {"dl", "reml"}
        Variance between units of the over-dispersed limits: DerSimonian-Laird, or restricted
        maximum likelihood (missing limits where it did not converge).
    method : str
        Limits without over-dispersion, see `limits`.
    within : str or sequence of str, optional
        Columns that define groups of comparable units. Each group has its own target, spread
        and adjustment for many comparisons.
    definition : str, optional
        Column that must say the same of all units of a group.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``numerator``, ``denominator``, ``value``, ``target``,
        ``z``, ``z_winsorised`` (missing where truncated); for each level, with suffix such as
        ``95`` or ``99_8``, ``low_``, ``high_``, ``od_low_``, ``od_high_``; ``position`` and
        ``od_position`` ("within limits", "above 95% limit", ...; missing without a value);
        ``p_value``, ``od_p_value`` (two-sided, of a unit at the target by chance alone, and
        with the spread between units), ``q_value``, ``od_q_value`` (the same adjusted for all
        units of the group) and ``method``. A ratio of counts also has ``size``, both counts
        together, which its limits depend on; without a second count it has no value but does
        have a position.

    Raises
    ------
    ValueError
        As for `limits` and `dispersion`.

    Notes
    -----
    Over-dispersed limits add tau2 to the sampling variance on the scale of the family and are
    transformed back, held at the ends of the scale (Spiegelhalter 2005, Qual Saf Health Care
    14:347); units are placed against them on that scale, where on the log scale a count of
    zero is half an event. They are an approximation, and for very small units can lie inside the
    exact ones. Where no spread beyond chance was found (tau2 is 0, or there is one unit alone)
    both sets of limits, positions and p values rest on chance alone. ``p_value`` is twice the
    smaller exact binomial or Poisson tail, whatever the method of the limits. Adjustment:
    Benjamini and Hochberg (1995) J R Stat Soc B 57:289.

    Examples
    --------
    >>> units = pd.DataFrame({"numerator": [10, 30, 45], "denominator": [100, 100, 100]})
    >>> funnel(units)[["value", "position", "od_position"]]
       value           position    od_position
    0   0.10  below 99.8% limit  within limits
    1   0.30      within limits  within limits
    2   0.45  above 99.8% limit  within limits
    """
    chosen = options(kind, family, adjust, method, tau2)
    counts = measured(frame, numerator, denominator, kind)
    check_denominators(counts.size, method, unit_names(frame), kind)
    names = as_list(within)
    require_columns(frame, [*names, *as_list(definition)])
    wanted = [check_level(level) for level in levels]
    codes, keys = positions(frame, names)
    before, after = result_columns(wanted)
    filled: dict[str, Any] = {name: np.full(len(frame), np.nan) for name in before + after}
    for name in ("position", "od_position"):
        filled[name] = np.full(len(frame), None, dtype=object)
    for group in range(len(keys)):
        at = np.flatnonzero(codes == group)
        if definition is not None:
            part = frame.iloc[at]
            shared_definition(part[definition], unit_names(part))
        for name, values in place(counts.of(at), target, wanted, chosen).items():
            filled[name][at] = values
    if kind == "count_ratio":
        before = ["size", *before]
        filled["size"] = counts.size
    # Limits of the unit's own share, where the frame has them, keep their name beside the funnel's.
    own = frame["method"].reset_index(drop=True) + "; " if "method" in frame else ""
    words = f"additive variance on the {SCALES[chosen.family]}{REML if tau2 == 'reml' else ''}"
    return frame.reset_index(drop=True).assign(
        numerator=frame[numerator].reset_index(drop=True),
        denominator=frame[denominator].reset_index(drop=True),
        value=counts.value,
        **{name: filled[name] for name in [*before, "position", "od_position", *after]},
        method=own
        + f"limits of the funnel: {METHODS[kind][method]}; over-dispersed limits: {words}",
    )
