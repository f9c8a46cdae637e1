"""A category that was sometimes recorded wrongly: what the records would say without that.

Functions
---------
corrected
    Shares and counts corrected for known rates of error.
corrected_comparison
    Each group against a reference, corrected.
bias_analysis
    The same where the rates of error are known as distributions only.
adjusted_bias_analysis
    The same for a logistic model of counts by covariate pattern.
reading
    A result of either bias analysis in words.

- `Beta`, `Trapezoidal`, `Fixed`: rates of error. `BiasAnalysis`: what `bias_analysis` returns.

**Sensitivity** is the share of those in the category that were recorded in it, **specificity** the
share of those outside it that were recorded outside. Both may differ between groups.
"""

from typing import Literal

import numpy as np
import pandas as pd

from ._bias_draws import AS_RECORDED, BiasAnalysis, bias_analysis
from ._bias_model import adjusted_bias_analysis
from ._checks import (
    Floats,
    check_choice,
    check_counts,
    check_level,
    critical,
    numbers,
    refuse,
    require_columns,
)
from ._error_rates import Beta, Fixed, Rates, Trapezoidal, fixed_rates, settled
from .proportions import WILSON, wilson

__all__ = [
    "Beta",
    "BiasAnalysis",
    "Fixed",
    "Trapezoidal",
    "adjusted_bias_analysis",
    "bias_analysis",
    "corrected",
    "corrected_comparison",
    "reading",
]

MEASURES = ("odds_ratio", "risk_ratio", "risk_difference")
Measure = Literal["odds_ratio", "risk_ratio", "risk_difference"]


def _rates_of(
    frame: pd.DataFrame, group: str | None, sensitivity: Rates, specificity: Rates
) -> tuple[Floats, Floats]:
    """Sensitivity and specificity of each row, which together must exceed 1."""
    names = [""] * len(frame) if group is None else frame[group].astype(str).tolist()
    found = [
        fixed_rates(rates, names, what)
        for rates, what in ((sensitivity, "sensitivity"), (specificity, "specificity"))
    ]
    refuse(
        found[0] + found[1] <= 1.0,
        frame.index,
        "sensitivity and specificity together are not above 1, so the record says nothing",
    )
    return found[0], found[1]


def _note(share: Floats, recorded: Floats, sensitivity: Floats, specificity: Floats) -> list[str]:
    """Say where rates of error cannot have given the records."""
    said = []
    for true, seen, found, kept in zip(share, recorded, sensitivity, specificity, strict=True):
        if true < 0:
            said.append(
                f"impossible: {seen:.3g} were recorded, fewer than the {1.0 - kept:.3g} that "
                "such errors alone would give"
            )
        elif true > 1:
            said.append(
                f"impossible: {seen:.3g} were recorded, more than the {found:.3g} that could be "
                "if all were in the category"
            )
        else:
            said.append("")
    return said


def corrected(
    frame: pd.DataFrame,
    *,
    sensitivity: Rates,
    specificity: Rates,
    group: str | None = None,
    numerator: str = "numerator",
    denominator: str = "denominator",
    level: float = 0.95,
) -> pd.DataFrame:
    """Shares and counts corrected for known rates of error.

    Parameters
    ----------
    frame : DataFrame
        One row a share. It is not changed.
    sensitivity, specificity : float, or mapping of groups to floats
        Known rates: the same for all rows, or by the values of ``group``.
    group : str, optional
        Column of groups; needed where rates differ.
    numerator, denominator : str
        Columns of counts: recorded in the category, and all.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``recorded`` (share as recorded), ``sensitivity``,
        ``specificity``, ``corrected_numerator`` and ``corrected_rest`` (expected counts in the
        category and outside; together the denominator, and shown even where impossible),
        ``value``, ``low``, ``high`` (corrected share; NaN where impossible), ``right_if_in``,
        ``right_if_out`` (share of the records in the category, and outside, that are right),
        ``note`` (why impossible, else empty), ``numerator``, ``denominator``, ``level``,
        ``method``.

    Raises
    ------
    ValueError
        For missing columns, counts that cannot be right, rates outside 0 to 1 or that are
        distributions, rates that together are not above 1, or a group without one.

    Notes
    -----
    Rogan and Gladen (1978) Am J Epidemiol 107:71: (recorded + specificity - 1) / (sensitivity +
    specificity - 1). Wilson limits of the recorded share are turned in the same way and cut at 0
    and 1; they take the rates as known.

    Examples
    --------
    >>> counts = pd.DataFrame({"numerator": [30], "denominator": [100]})
    >>> found = corrected(counts, sensitivity=0.8, specificity=0.9)
    >>> found[["recorded", "corrected_numerator", "value", "low", "high"]].round(3)
       recorded  corrected_numerator  value   low   high
    0       0.3               28.571  0.286  0.17  0.423
    """
    check_level(level)
    require_columns(frame, [numerator, denominator, *([group] if group else [])])
    x, n = numbers(frame, numerator), numbers(frame, denominator)
    check_counts(x, n, frame.index)
    found, kept = _rates_of(frame, group, sensitivity, specificity)
    false = 1.0 - kept
    gain = found - false
    n_or_nan = np.where(n == 0, np.nan, n)
    recorded = x / n_or_nan
    share = settled((recorded - false) / gain)
    ends = [np.clip((limit - false) / gain, 0.0, 1.0) for limit in wilson(x, n, level=level)]
    note = _note(share, recorded, found, kept)
    impossible = np.array([bool(text) for text in note], dtype=bool) | np.isnan(recorded)
    value = np.where(impossible, np.nan, share)
    with np.errstate(divide="ignore", invalid="ignore"):
        right_in = found * value / recorded
        right_out = kept * (1.0 - value) / (1.0 - recorded)
    return frame.reset_index(drop=True).assign(
        recorded=recorded,
        sensitivity=found,
        specificity=kept,
        corrected_numerator=share * n_or_nan,
        corrected_rest=(1.0 - share) * n_or_nan,
        value=value,
        low=np.where(impossible, np.nan, ends[0]),
        high=np.where(impossible, np.nan, ends[1]),
        right_if_in=right_in,
        right_if_out=right_out,
        note=note,
        numerator=frame[numerator].to_numpy(),
        denominator=frame[denominator].to_numpy(),
        level=float(level),
        method=f"Rogan-Gladen correction, rates of error taken as known; {WILSON}",
    )


def _measured(
    one: Floats, other: Floats, spread_one: Floats, spread_other: Floats, measure: str, z: float
) -> tuple[Floats, Floats, Floats]:
    """Value and limits of a comparison; spreads are variances of the two shares."""
    if measure == "risk_difference":
        value, reach = one - other, z * np.sqrt(spread_one + spread_other)
        return value, value - reach, value + reach
    with np.errstate(divide="ignore", invalid="ignore"):
        if measure == "risk_ratio":
            log = np.log(one) - np.log(other)
            spread = spread_one / one**2 + spread_other / other**2
        else:
            log = np.log(one / (1 - one)) - np.log(other / (1 - other))
            spread = sum(
                variance / (share * (1 - share)) ** 2
                for share, variance in ((one, spread_one), (other, spread_other))
            )
        reach = z * np.sqrt(spread)
        found = np.exp(log), np.exp(log - reach), np.exp(log + reach)
    # A share of none or all has no ratio with limits.
    finite = np.isfinite(log) & np.isfinite(reach)
    return tuple(np.where(finite, part, np.nan) for part in found)


def corrected_comparison(
    frame: pd.DataFrame,
    *,
    group: str,
    reference: str,
    sensitivity: Rates,
    specificity: Rates,
    measure: Measure = "odds_ratio",
    numerator: str = "numerator",
    denominator: str = "denominator",
    level: float = 0.95,
) -> pd.DataFrame:
    """Each group against a reference, corrected for known rates of error.

    Parameters
    ----------
    frame : DataFrame
        One row a group. It is not changed.
    group, reference : str
        Column of groups, and the one that the others are compared with.
    sensitivity, specificity : float, or mapping of groups to floats
        See `corrected`.
    measure : {"odds_ratio", "risk_ratio", "risk_difference"}
        What is compared.
    numerator, denominator : str
        Columns of counts.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row for each group but the reference: ``group``, ``reference``, ``recorded``,
        ``recorded_low``, ``recorded_high`` (the comparison as recorded), ``value``, ``low``,
        ``high`` (corrected), ``measure``, ``note``, ``numerator``, ``denominator``, ``level``,
        ``method``. NaN where a corrected share is impossible, or a ratio would need one of none
        or all.

    Raises
    ------
    ValueError
        As `corrected`; for a group that occurs twice, a reference that is not there, or an
        unknown measure.

    Notes
    -----
    Variance of a corrected share: p (1 - p) / (n (sensitivity + specificity - 1)^2), with p as
    recorded; normal limits, for ratios on the log scale. Greenland (1988) Stat Med 7:745; Chu and
    others (2006) Ann Epidemiol 16:834. For a characteristic recorded wrongly take the outcomes as
    groups: the odds ratio is the same.

    Examples
    --------
    >>> smokers = pd.DataFrame({"status": ["ill", "well"], "numerator": [126, 71]})
    >>> found = corrected_comparison(smokers.assign(denominator=[218, 295]), group="status",
    ...     reference="well", sensitivity=0.94, specificity=0.97)
    >>> found[["recorded", "value", "low", "high"]].round(2)
       recorded  value   low  high
    0      4.32   5.02  3.28  7.69
    """
    check_choice("measure", measure, MEASURES)
    shares = corrected(
        frame,
        sensitivity=sensitivity,
        specificity=specificity,
        group=group,
        numerator=numerator,
        denominator=denominator,
        level=level,
    )
    names = shares[group].astype(str)
    refuse(names.duplicated(), frame.index, f"the group of {group!r} occurs twice")
    if str(reference) not in set(names):
        raise ValueError(f"The reference {reference!r} is not among {sorted(set(names))}.")
    z = critical(level)
    recorded, value = shares["recorded"].to_numpy(), shares["value"].to_numpy()
    gain = (shares["sensitivity"] + shares["specificity"] - 1.0).to_numpy()
    chance = recorded * (1.0 - recorded) / shares["denominator"].to_numpy(dtype=float)
    base, rest = names.eq(str(reference)).to_numpy(), ~names.eq(str(reference)).to_numpy()
    before = _measured(recorded[rest], recorded[base], chance[rest], chance[base], measure, z)
    spread = chance / gain**2
    after = _measured(value[rest], value[base], spread[rest], spread[base], measure, z)
    base_note = shares.loc[base, "note"].iloc[0]
    own = shares.loc[rest, "note"]
    note = own.where(own.ne("") | (base_note == ""), f"{reference}: {base_note}")
    return pd.DataFrame(
        {
            "group": names[rest].to_numpy(),
            "reference": str(reference),
            "recorded": before[0],
            "recorded_low": before[1],
            "recorded_high": before[2],
            "value": after[0],
            "low": after[1],
            "high": after[2],
            "measure": measure,
            "note": note.to_numpy(),
            "numerator": shares.loc[rest, "numerator"].to_numpy(),
            "denominator": shares.loc[rest, "denominator"].to_numpy(),
            "level": float(level),
            "method": f"{measure.replace('_', ' ')} corrected for known rates of error; normal "
            "limits by the delta method",
        }
    )


def reading(frame: pd.DataFrame, *, label: str = "group", places: int = 2) -> list[str]:
    """Return the comparisons of a bias analysis in words, one text a label.

    Parameters
    ----------
    frame : DataFrame
        ``BiasAnalysis.comparisons``, ``BiasAnalysis.shares`` or the result of
        `adjusted_bias_analysis`.
    label : str
        Column that names what is compared: "group", or "term" of a model.
    places : int
        Places after the point.

    Returns
    -------
    list of str
        As recorded, allowing for the declared errors, and with chance as well; and how many draws
        were impossible.

    Raises
    ------
    ValueError
        For missing columns.

    Examples
    --------
    >>> counts = pd.DataFrame({"service": ["A", "B"], "numerator": [40, 20]})
    >>> found = bias_analysis(counts.assign(denominator=100), group="service", reference="B",
    ...     sensitivity=Beta(45, 5), specificity=0.98, draws=2000, seed=1)
    >>> reading(found.comparisons)[0].split(";")[0]
    'A: as recorded 2.67 (1.42 to 5.02)'
    """
    require_columns(frame, [label, "estimate", "value", "low", "high", "draws", "impossible"])
    said = []
    for name, part in frame.groupby(label, sort=False):
        rows = part.set_index("estimate")
        words = [
            f"{estimate} {row['value']:.{places}f} ({row['low']:.{places}f} to "
            f"{row['high']:.{places}f})"
            if np.isfinite(row["value"])
            else f"{estimate}: no estimate"
            for estimate, row in rows.iterrows()
        ]
        tried = rows.drop(index=AS_RECORDED, errors="ignore").iloc[-1]
        draws, lost = int(tried["draws"]), int(tried["impossible"])
        words.append(
            f"{lost:,} of {draws:,} draws of the rates of error could not have given these "
            f"records and are left out of the last"
            if lost
            else f"all {draws:,} draws of the rates of error could have given these records"
        )
        said.append(f"{name}: {'; '.join(words)}.")
    return said
