"""Control charts of counts, rates and shares, with limits for the size of each period.

Functions
---------
attribute_chart
    p, u and c charts, and Laney's p' and u', with limits, signals and runs.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import Floats, check_choice, check_counts, check_exposure, numbers
from ._phases import Change, layout, phases
from .run_rules import NEAR, runs

Kind = Literal["p", "u", "c", "p'", "u'"]
KINDS = ("p", "u", "c", "p'", "u'")
NAMES = {
    "p": "p chart, binomial standard error",
    "u": "u chart, Poisson standard error",
    "c": "c chart, Poisson standard error",
    "p'": "p' chart (Laney 2002): binomial standard error times the spread of z",
    "u'": "u' chart (Laney 2002): Poisson standard error times the spread of z",
}
RANGE = 1.128
"""Expected range of two standard normal values."""
SCREEN = 3.267
"""Ranges of z of so many times their mean or more are left out of their mean, once."""
TAIL = 0.0013498980316301
"""Tail of a normal distribution beyond 3 standard errors."""
COMMON = "common cause"


def _spread(value: Floats, error: Floats, centre: float) -> float:
    """Spread of z from one period to the next; 1 where chance alone is at work."""
    usable = ~np.isnan(value) & (error > 0)
    z = (value[usable] - centre) / error[usable]
    if z.size < 2:
        # None at all, or all of all: there is no standard error for a spread to widen.
        certain = (~np.isnan(value) & (error == 0)).sum() > 1
        return 1.0 if certain else np.nan
    ranges = np.abs(np.diff(z))
    # As in a chart of single values: one outlier must not widen the limits it is judged by.
    kept = ranges[ranges < SCREEN * ranges.mean()]
    return float((kept if kept.size else ranges).mean() / RANGE)


def _exact(kind: str, n: Floats, centre: float) -> tuple[Floats, Floats]:
    """Least and greatest ordinary value by the tails of the distribution itself."""
    from scipy.stats import binom, poisson

    with np.errstate(divide="ignore", invalid="ignore"):
        if kind == "p":
            low, high = (binom.ppf(tail, n, centre) / n for tail in (TAIL, 1 - TAIL))
        else:
            low, high = (poisson.ppf(tail, n * centre) / n for tail in (TAIL, 1 - TAIL))
    return low, high


def attribute_chart(
    frame: pd.DataFrame,
    *,
    kind: Kind = "p",
    numerator: str = "numerator",
    denominator: str = "denominator",
    order: str = "period",
    rebase: Iterable[Change] = (),
    baseline: int | None = None,
    limits: Literal["3-sigma", "exact"] = "3-sigma",
    per: float = 1.0,
    within: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Set counts, rates or shares against limits that allow for the size of each period.

    Parameters
    ----------
    frame : DataFrame
        One row a period and series, in order of period within each. It is not changed.
    kind : {"p", "u", "c", "p'", "u'"}
        Shares, rates, counts; and shares or rates whose limits are widened (or narrowed) by the
        variation from period to period that chance alone does not explain.
    numerator, denominator, order : str
        Columns of events, of trials or exposure (not used by "c"), and of periods.
    rebase : sequence of Rebase
        As for `helpers.methods.xmr.xmr`.
    baseline : int, optional
        Centre and spread from the first so many periods of each phase.
    limits : {"3-sigma", "exact"}
        Three standard errors, or the quantiles of the binomial or Poisson distribution at the same
        tails ("p", "u" and "c" only).
    per : float
        Units of exposure that a rate is expressed for.
    within : str or sequence of str, optional
        Columns that define series.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``period``, ``numerator``, ``denominator``, ``value``,
        ``centre``, ``lower``, ``upper``, ``phase``, ``phase_reason``, ``outside``, ``rule``,
        ``type`` ("common cause", "special cause, high", "special cause, low"; empty without a
        value), ``sigma_z`` (1 but for the primed kinds), ``useful``, ``longest_run``,
        ``longest_run_max``, ``crossings``, ``crossings_min``, ``runs_signal`` (of the phase) and
        ``method``. A period of nobody keeps its row and has no value.

    Raises
    ------
    ValueError
        For missing columns, counts that cannot be right, events above the trials of a share or
        without exposure, periods out of order or there twice, and options that cannot be.

    Notes
    -----
    Montgomery (2013) Introduction to Statistical Quality Control, chapter 7; Laney (2002) Quality
    Engineering 14:531. Limits are held at 0, and at 1 for shares.

    Examples
    --------
    >>> months = pd.DataFrame({"period": range(4), "numerator": [5, 9, 4, 6], "denominator": 50})
    >>> attribute_chart(months)[["value", "centre", "upper"]].round(3).iloc[0].tolist()
    [0.1, 0.12, 0.258]
    """
    check_choice("kind", kind, KINDS)
    check_choice("limits", limits, ("3-sigma", "exact"))
    if limits == "exact" and kind not in ("p", "u", "c"):
        raise ValueError("Exact limits are for p, u and c charts: a spread beyond chance has none.")
    if baseline is not None and (not isinstance(baseline, int | np.integer) or baseline < 2):
        raise ValueError(f"A baseline must have at least 2 periods; got {baseline!r}.")
    if not 0 < per < np.inf:
        raise ValueError(f"per must be a number above zero; got {per!r}.")
    rebase = tuple(rebase)  # read once a series
    held = layout(frame, order, within)
    x = numbers(frame, numerator)
    n = np.ones(len(frame)) if kind == "c" else numbers(frame, denominator)
    share = kind in ("p", "p'")
    if share:
        check_counts(x, n, frame.index)
    else:
        check_exposure(x, n, frame.index)
    n = np.where(n == 0, np.nan, n)
    value = x / n
    rows = len(frame)
    phase, reason = np.zeros(rows, dtype=np.int64), np.full(rows, "", dtype=object)
    centre, low, high, sigma = (np.full(rows, np.nan) for _ in range(4))
    counts = np.zeros((5, rows), dtype=np.int64)
    signal = np.zeros(rows, dtype=bool)
    for span in held.spans:
        phase[span], reasons = phases(frame[order].iloc[span], rebase)
        for number, words in enumerate(reasons):
            own = span[phase[span] == number]
            reason[own] = words
            base = own if baseline is None else own[:baseline]
            known = base[~np.isnan(value[base])]
            if not known.size:
                continue
            mean = float(x[known].sum() / n[known].sum())
            error = np.sqrt(mean * (1.0 - mean) / n[own] if share else mean / n[own])
            ratio = 1.0
            if kind in ("p'", "u'"):
                ratio = _spread(value[base], error[: len(base)], mean)
            centre[own], sigma[own] = mean, ratio
            if limits == "exact":
                low[own], high[own] = _exact(kind, n[own], mean)
            else:
                low[own], high[own] = mean - 3.0 * ratio * error, mean + 3.0 * ratio * error
            found = runs(value[own], mean)
            counts[:, own] = np.array(
                [[found.useful], [found.longest_run], [found.longest_run_max],
                 [found.crossings], [found.crossings_min]]
            )  # fmt: skip
            signal[own] = found.signal
    missing = np.isnan(value)
    low = np.where(missing, np.nan, np.maximum(low, 0.0))
    high = np.where(missing, np.nan, np.minimum(high, 1.0) if share else high)
    # Beyond a limit by more than rounding: a constant rate has limits at its own value.
    above, below = value > high * (1.0 + NEAR), value < low * (1.0 - NEAR)
    method = NAMES[kind]
    method += ", exact limits at the tails of 3 sigma" if limits == "exact" else ", 3 sigma"
    method += "; limits held at 0 and 1" if share else "; lower limit held at 0"
    method += "; runs after Anhoej and Olesen (2014)"
    kinds = np.where(above, "special cause, high", np.where(below, "special cause, low", COMMON))
    words = np.where(above, "above the upper limit", np.where(below, "below the lower limit", ""))
    names = ("useful", "longest_run", "longest_run_max", "crossings", "crossings_min")
    return frame.reset_index(drop=True).assign(
        period=frame[order].to_numpy(),
        numerator=frame[numerator].to_numpy(),
        denominator=n if kind == "c" else frame[denominator].to_numpy(),
        value=value * per,
        centre=np.where(missing, np.nan, centre) * per,
        lower=low * per,
        upper=high * per,
        phase=phase,
        phase_reason=reason,
        outside=above | below,
        rule=words.astype(object),
        type=np.where(missing, "", kinds).astype(object),
        sigma_z=sigma,
        **dict(zip(names, counts, strict=True)),
        runs_signal=signal,
        method=method,
    )
