"""Change between two periods: shares, counts, rates, times and limits.

Functions
---------
shares
    Differences and ratios of shares, with a p value adjusted for how many were looked at.
counts
    Ratios of counts for the days of each period.
medians
    Medians side by side with the difference and its limits.
rates
    Standardised rates side by side.
kept
    Shares within a time limit side by side.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._checks import Floats, check_level, require_columns
from ._log_rank import log_rank
from .change import DIFFERENCE, RATIO, difference_of_proportions, ratio_of_proportions
from .many_changes import HOLM, adjusted
from .rates import METHODS, p_value_of_ratio, ratio_of_rates
from .survival import quantiles

SCORE = "p value: score test, no continuity correction"
MOVER = "MOVER from the limits of both (Zou and Donner 2008)"
PARTS = ["earlier_numerator", "earlier_denominator", "numerator", "denominator"]


def _two_sided(z: Floats) -> Floats:
    """Two-sided p value of a normal statistic."""
    from scipy.special import ndtr

    return np.asarray(2 * ndtr(-np.abs(z)))


def _score_test(a: Floats, n: Floats, b: Floats, m: Floats) -> Floats:
    """Two-sided p value of equal proportions: Pearson's chi-squared without correction."""
    pooled = (a + b) / (n + m)
    with np.errstate(divide="ignore", invalid="ignore"):
        z = (a / n - b / m) / np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    z = np.where((pooled == 0) | (pooled == 1), 0.0, z)
    return _two_sided(z)


def shares(frame: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Compare shares of two periods.

    Parameters
    ----------
    frame : DataFrame
        Columns ``earlier_numerator``, ``earlier_denominator``, ``numerator``, ``denominator`` (of
        the later period) and ``compared``: where it is false there is no difference.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        The rows with ``earlier_share``, ``later_share``, ``value`` (later less earlier), ``low``,
        ``high``, ``ratio``, ``ratio_low``, ``ratio_high``, ``p_value``, ``adjusted_p``,
        ``looked_at``, ``level``, ``method``.

    Raises
    ------
    ValueError
        For missing columns, counts that cannot be right, or a level outside (0, 1).

    Notes
    -----
    Newcombe's hybrid score limits of the difference, Koopman's score limits of the ratio; the p
    value is that of the score test, whose limits Koopman's are.

    Examples
    --------
    >>> two = {"earlier_numerator": [48], "earlier_denominator": [80], "numerator": [56]}
    >>> found = shares(pd.DataFrame(two).assign(denominator=70, compared=True))
    >>> found[["value", "low", "high"]].round(4).values.tolist()
    [[0.2, 0.0524, 0.3339]]
    """
    check_level(level)
    require_columns(frame, [*PARTS, "compared"])
    b, m, a, n = (frame[name].to_numpy(dtype=float) for name in PARTS)
    shown = frame["compared"].to_numpy(dtype=bool)
    result = frame.assign(earlier_share=b / m, later_share=a / n)
    difference = difference_of_proportions(a, n, b, m, level=level)
    ratio = ratio_of_proportions(a, n, b, m, level=level)
    names = ("value", "low", "high", "ratio", "ratio_low", "ratio_high", "p_value")
    for name, values in zip(names, (*difference, *ratio, _score_test(a, n, b, m)), strict=True):
        result[name] = np.where(shown, values, np.nan)
    method = f"difference: {DIFFERENCE}; ratio: {RATIO}; {SCORE}, {HOLM}"
    return adjusted(result).assign(level=float(level), method=method)


def counts(frame: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Compare counts of two periods, allowing for how long each was.

    Parameters
    ----------
    frame : DataFrame
        Columns ``earlier_numerator``, ``earlier_days``, ``numerator``, ``days`` and ``compared``:
        where it is false there is no ratio.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        The rows with ``value`` (ratio of the counts a day, later over earlier), ``low``,
        ``high``, ``p_value``, ``adjusted_p``, ``looked_at``, ``level``, ``method``.

    Raises
    ------
    ValueError
        For missing columns, counts that cannot be right, or a level outside (0, 1).

    Notes
    -----
    Limits and p value conditional on all events, mid-p. They take events as independent: where
    events come together they are too narrow.

    Examples
    --------
    >>> two = {"earlier_numerator": [100], "earlier_days": [365], "numerator": [120]}
    >>> found = counts(pd.DataFrame(two).assign(days=365, compared=True))
    >>> found[["value", "low", "high"]].round(3).values.tolist()
    [[1.2, 0.92, 1.567]]
    """
    names = ["earlier_numerator", "earlier_days", "numerator", "days"]
    require_columns(frame, [*names, "compared"])
    b, m, a, n = (frame[name].to_numpy(dtype=float) for name in names)
    found = ratio_of_rates(a, n, b, m, level=level, method="mid-p")
    p = p_value_of_ratio(a, n, b, m, method="mid-p")
    shown = frame["compared"].to_numpy(dtype=bool)
    result = frame.copy()
    for name, values in zip(("value", "low", "high", "p_value"), (*found, p), strict=True):
        result[name] = np.where(shown, values, np.nan)
    return adjusted(result).assign(level=float(level), method=f"{METHODS['mid-p']}; {HOLM}")


def _beside(frame: pd.DataFrame, *, by: Sequence[str], when: str) -> pd.DataFrame:
    """Return the rows of the later period with those of the earlier one beside them."""
    keys = list(by)
    before, after = (
        frame[frame[when].astype("str").eq(name)].drop(columns=when)
        for name in ("earlier", "later")
    )
    parts = ["value", "low", "high", "numerator", "denominator"]
    extra = [name for name in ("std_error", "open") if name in frame]
    before = before[[*keys, *parts, *extra]].rename(
        columns={name: f"earlier_{name}" for name in (*parts, *extra)}
    )
    both = before.merge(after[[*keys, *parts, *extra, "level", "method"]], on=keys, how="inner")
    return both.rename(columns={"value": "later_value", "low": "later_low", "high": "later_high"})


def _mover(frame: pd.DataFrame) -> pd.DataFrame:
    a, la, ha, b, lb, hb = (
        frame[f"{name}_{end}"].to_numpy(dtype=float)
        for name in ("earlier", "later")
        for end in ("value", "low", "high")
    )
    value = b - a
    return frame.assign(
        value=value, low=value - np.hypot(b - lb, ha - a), high=value + np.hypot(hb - b, a - la)
    )


def medians(
    frame: pd.DataFrame, *, by: Sequence[str], when: str = "when", level: float = 0.95
) -> pd.DataFrame:
    """Compare medians of times of two periods, with those still open counted.

    Parameters
    ----------
    frame : DataFrame
        One row a record: ``days``, ``observed``, ``by`` and ``when`` (earlier, later).
    by : sequence of str
        Columns that name a stretch.
    when : str
        Column of the period.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row a stretch: ``by``, ``earlier_value`` and ``later_value`` (medians) with ``_low``
        and ``_high``, ``earlier_numerator``, ``earlier_denominator``, ``numerator``,
        ``denominator``, ``value`` (difference) with ``low`` and ``high``, ``p_value`` of the
        log-rank test, ``adjusted_p``, ``looked_at``, ``level``, ``method``.

    Raises
    ------
    ValueError
        As `helpers.methods.survival.quantiles`.

    Examples
    --------
    >>> rows = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": True, "label": "a",
    ...     "when": ["earlier"] * 3 + ["later"] * 3})
    >>> medians(rows, by=["label"])[["earlier_value", "later_value", "value"]].values.tolist()
    [[2.0, 5.0, 3.0]]
    """
    keys = list(by)
    found = quantiles(frame, probabilities=(0.5,), by=[*keys, when], level=level)
    both = _mover(_beside(found, by=keys, when=when))
    p = []
    for row in both[keys].itertuples(index=False, name=None):
        same = [frame[key].eq(value) for key, value in zip(keys, row, strict=True)]
        p.append(float(log_rank(frame[np.logical_and.reduce(same)], by=when)["p_value"].iloc[0]))
    both["p_value"] = pd.Series(p, index=both.index, dtype="float64")
    both["method"] = both["method"] + f"; difference: {MOVER}; p value: log-rank, {HOLM}"
    return adjusted(both)


def kept(
    frame: pd.DataFrame, *, by: Sequence[str], when: str = "when", level: float = 0.95
) -> pd.DataFrame:
    """Compare shares within a time limit of two periods.

    Parameters
    ----------
    frame : DataFrame
        One row a group and period, as `helpers.methods.compliance.one_row` returns it, with
        ``when`` (earlier, later).
    by : sequence of str
        Columns that name a limit.
    when : str
        Column of the period.
    level : float
        Level of the limits of the frame.

    Returns
    -------
    DataFrame
        One row a limit: ``by``, ``earlier_value`` and ``later_value`` with their limits and
        counts, ``value`` (difference) with ``low`` and ``high``, ``p_value``, ``adjusted_p``,
        ``looked_at``, ``level``, ``method``.

    Raises
    ------
    ValueError
        For missing columns.

    Notes
    -----
    The p value is that of the difference over its standard error, where both shares have one.

    Examples
    --------
    >>> two = pd.DataFrame({"label": "a", "when": ["earlier", "later"], "value": [0.4, 0.6]})
    >>> two = two.assign(low=[0.3, 0.5], high=[0.5, 0.7], std_error=0.05, numerator=4,
    ...     denominator=10, level=0.95, method="m")
    >>> kept(two, by=["label"])[["value", "low", "high"]].round(3).values.tolist()
    [[0.2, 0.059, 0.341]]
    """
    check_level(level)
    require_columns(frame, [*by, when, "value", "low", "high", "std_error"])
    both = _mover(_beside(frame, by=by, when=when))
    spread = np.hypot(
        both["std_error"].to_numpy(dtype=float), both["earlier_std_error"].to_numpy(dtype=float)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(spread > 0, both["value"].to_numpy(dtype=float) / spread, np.nan)
    both["p_value"] = _two_sided(z)
    both["method"] = both["method"] + f"; difference: {MOVER}; p value: normal, {HOLM}"
    return adjusted(both.drop(columns=["std_error", "earlier_std_error"]))


def rates(frame: pd.DataFrame, *, when: str = "when", level: float = 0.95) -> pd.DataFrame:
    """Compare standardised rates of two periods.

    Parameters
    ----------
    frame : DataFrame
        One row a period, as `helpers.methods.standardise.direct` returns it, with ``when``
        (earlier, later); both to the same standard.
    when : str
        Column of the period.
    level : float
        Level of the limits of the frame.

    Returns
    -------
    DataFrame
        One row: crude and standardised rates of both periods with their counts, ``value``
        (difference of the standardised rates) with ``low`` and ``high``, ``p_value``,
        ``adjusted_p``, ``looked_at``, ``per``, ``level``, ``method``. No row where a period is
        missing.

    Raises
    ------
    ValueError
        For missing columns.

    Notes
    -----
    The p value is that of the difference over its standard error.

    Examples
    --------
    >>> two = pd.DataFrame({"when": ["earlier", "later"], "value": [4.0, 6.0], "crude": 5.0})
    >>> two = two.assign(low=[3.0, 5.0], high=[5.0, 7.0], variance=0.26, numerator=4,
    ...     denominator=10, per=1.0, level=0.95, method="m")
    >>> rates(two)[["value", "low", "high"]].round(3).values.tolist()
    [[2.0, 0.586, 3.414]]
    """
    check_level(level)
    require_columns(frame, [when, "value", "low", "high", "variance", "crude"])
    frame = frame.assign(std_error=np.sqrt(frame["variance"].to_numpy(dtype=float)), open=0)
    # One row a period: whatever is the same in both is the key.
    both = _mover(_beside(frame, by=["per"], when=when))
    crude = frame.set_index(when)["crude"]
    if len(both):
        both["earlier_crude"], both["later_crude"] = crude["earlier"], crude["later"]
    spread = np.hypot(
        both["std_error"].to_numpy(dtype=float), both["earlier_std_error"].to_numpy(dtype=float)
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(spread > 0, both["value"].to_numpy(dtype=float) / spread, np.nan)
    both["p_value"] = _two_sided(z)
    both["method"] = both["method"] + f"; difference: {MOVER}; p value: normal, {HOLM}"
    return adjusted(both.drop(columns=["std_error", "earlier_std_error", "open", "earlier_open"]))
