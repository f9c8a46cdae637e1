"""Deaths that happened but are not yet known: an estimate, for those who ask for one.

Counts of recent periods grow as late reports come in. A nowcast carries them forward as earlier
periods grew. It is an estimate and never a count: it belongs beside the counts, labelled, and
not in their place.

Functions
---------
factors
    How counts grew from each delay to the next.
nowcast
    Deaths seen and deaths to be expected in all, of each period, with limits.
nowcast_total
    The same over all periods together.
"""

from typing import Literal

import numpy as np
import pandas as pd

from ._checks import Floats, check_choice, check_level, critical, numbers
from ._development import Development, complete, development
from .maturity import _grid

LABEL = "estimate of deaths not yet known, not a count"
METHOD = (
    "chain ladder, Mack's standard error, {} limits for the deaths still to come; assumes that "
    "late reports come in as they did for earlier periods, and speaks only of deaths that become "
    "known within {} days"
)
SHAPES = ("count", "log-normal")
WORDS = {"count": "negative binomial", "log-normal": "log-normal"}

Shape = Literal["count", "log-normal"]

_FACTORS = ["delay", "next_delay", "value", "low", "high", "std_error", "numerator", "denominator"]
_FACTORS += ["periods", "variance", "level", "method"]
_TOTAL = ["periods", "left_out", "seen", "value", "low", "high", "to_come", "std_error"]
_TOTAL += ["completeness", "numerator", "denominator", "label", "level", "method"]


def _read(frame: pd.DataFrame) -> tuple[pd.DataFrame, Floats, Floats, Floats]:
    """Return one row a period, the delays, running counts, and what is known so far."""
    periods, delays, _, running = _grid(frame)
    known = numbers(periods, "denominator") if "denominator" in periods else np.empty(0)
    if "beyond" in periods:
        known = known - numbers(periods, "beyond")
    gaps = ~np.isnan(running)
    if running.size and (np.diff(gaps.astype(int), axis=1) > 0).any():
        raise ValueError("A period of the triangle lacks a delay that it was followed for.")
    if running.size and (np.diff(running, axis=1) < 0).any():
        raise ValueError("A running count of the triangle falls from one delay to the next.")
    return periods, delays, running, known


def _days(delays: Floats) -> str:
    return f"{delays[-1]:g}" if delays.size else "no"


def factors(frame: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """How counts grew from each delay to the next.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.maturity.triangle` returns it. It is not changed.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row a step: ``delay``, ``next_delay`` (days), ``value`` (deaths known after the step
        for each known before it), ``low``, ``high`` (normal limits, not below 1), ``std_error``,
        ``numerator``, ``denominator`` (deaths known after and before the step, in the periods
        followed through it), ``periods`` (how many, with a death known before), ``variance``
        (Mack's, per death known before), ``level``, ``method``. NaN where no period was followed
        through the step, or too few to tell a variance.

    Raises
    ------
    ValueError
        For missing columns, a triangle that lacks cells, counts that are negative or fall, or a
        level outside (0, 1).

    Notes
    -----
    Mack (1993) ASTIN Bulletin 23:213.

    Examples
    --------
    >>> cells = pd.DataFrame({"period": list("aabbcc"), "delay": [7, 30] * 3, "start": None})
    >>> cells = cells.assign(end=None, denominator=[12, 12, 18, 18, 8, 8])
    >>> cells["count"], cells["numerator"] = [10, 2, 16, 2, 8, None], [10, 12, 16, 18, 8, None]
    >>> factors(cells)[["delay", "next_delay", "numerator", "denominator", "value"]].round(4)
       delay  next_delay  numerator  denominator   value
    0    7.0        30.0       30.0         26.0  1.1538
    """
    check_level(level)
    _, delays, running, _ = _read(frame)
    if delays.size < 2:
        return pd.DataFrame(columns=_FACTORS)
    steps = development(running)
    with np.errstate(invalid="ignore", divide="ignore"):
        error = np.sqrt(steps.variance / steps.exposed)
    reach = critical(level) * error
    said = np.where(steps.carried, "; variance carried on from the steps before", "")
    return pd.DataFrame(
        {"delay": delays[:-1], "next_delay": delays[1:], "value": steps.factor}
        | {"low": np.maximum(steps.factor - reach, 1.0), "high": steps.factor + reach}
        | {"std_error": error, "numerator": steps.after, "denominator": steps.exposed}
        | {"periods": steps.periods.astype(int), "variance": steps.variance}
        | {"level": float(level), "method": [f"chain ladder, Mack's variance{s}" for s in said]}
    )[_FACTORS]


def _limits(to_come: Floats, error: Floats, level: float, shape: str) -> tuple[Floats, Floats]:
    """Limits of the deaths still to come; NaN where no spread was seen."""
    told = (to_come > 0) & (error > 0)
    mean = np.where(told, to_come, 1.0)
    variance = np.where(told, error, 1.0) ** 2
    if shape == "log-normal":
        spread = np.sqrt(np.log1p(variance / mean**2))
        middle, reach = mean * np.exp(-(spread**2) / 2.0), critical(level) * spread
        low, high = middle * np.exp(-reach), middle * np.exp(reach)
    else:
        from scipy.stats import nbinom, poisson

        tails = (1.0 - level) / 2.0, (1.0 + level) / 2.0
        # Deaths come one by one: no less spread than chance alone gives a count.
        wide = variance > mean * (1.0 + 1e-9)
        size = mean**2 / np.where(wide, variance - mean, 1.0)
        low, high = (
            np.where(wide, nbinom.ppf(tail, size, size / (size + mean)), poisson.ppf(tail, mean))
            for tail in tails
        )
    return np.where(told, low, np.nan), np.where(told, high, np.nan)


def _estimates(
    running: Floats, known: Floats, level: float, shape: str
) -> tuple[dict[str, Floats], Development, float]:
    """Return seen, value, low, high, to_come and std_error, the steps, and the joint error."""
    steps = development(running)
    final, squared, together = complete(running, steps)
    followed = (~np.isnan(running)).sum(axis=1)
    place = np.maximum(followed - 1, 0)
    seen = np.take_along_axis(running, place[:, None], axis=1)[:, 0]
    whole = followed == running.shape[1]
    error = np.sqrt(squared)
    low, high = _limits(final - seen, error, level, shape)
    # Deaths of a delay not yet followed in full are known already: the total is not below them.
    value, low, high = (
        np.where(whole, final, np.maximum(part, known)) for part in (final, seen + low, seen + high)
    )
    parts = {"seen": seen, "value": value, "low": low, "high": high}
    return parts | {"to_come": value - seen, "std_error": error}, steps, together


def nowcast(
    frame: pd.DataFrame, *, share: float = 0.95, level: float = 0.95, shape: Shape = "count"
) -> pd.DataFrame:
    """Estimate the deaths of each period in all, those not yet known with them.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.maturity.triangle` returns it. It is not changed.
    share : float
        A period of which a smaller share is known is flagged as immature.
    level : float
        Two-sided confidence level.
    shape : {"count", "log-normal"}
        Law of the deaths still to come, with the estimate as its mean and Mack's standard error:
        negative binomial (Poisson where the error is less than a count's own chance), whose
        limits are whole deaths; or log-normal, as Mack has it, for large counts.

    Returns
    -------
    DataFrame
        One row a period: ``period``, ``start``, ``end``, ``delay`` (longest that was followed in
        full), ``seen`` (deaths known within it), ``known`` (those that are known of delays not
        yet followed in full with them), ``value`` (deaths to be expected in all), ``low``,
        ``high``, ``to_come`` (value - seen), ``std_error``, ``completeness`` (seen out of
        value), ``numerator`` (seen), ``denominator`` (value), ``immature``, ``label``,
        ``level``, ``method``. A period that was followed for every delay is seen in full, and
        its limits are its count. Value and limits are NaN for a period that was followed for no
        delay, or beyond the steps that some period was followed through; limits alone are NaN
        where the periods before do not tell a spread, among them those with no death seen.

    Raises
    ------
    ValueError
        For missing columns, a triangle that lacks cells, counts that are negative or fall, or a
        share or level outside (0, 1).

    Notes
    -----
    Mack (1993) ASTIN Bulletin 23:213: the chain ladder with its standard error free of a
    distribution; its estimates are those of a Poisson model by period and delay (Renshaw and
    Verrall (1998) British Actuarial Journal 4:903). The limits allow for the chance in the
    deaths still to come and for the error of the factors. Simulated registers by quarter, delays
    of 150 days on average: limits of 90% held 96% of the totals with 120 deaths a year (two or
    three still to come; log-normal ones held 85%, too few) and 92% with 3,000 a year (log-normal
    ones 89%). They do not allow for a change in how fast deaths are reported: after one, a
    nowcast is wrong and its limits with it. Use it only where somebody asked for it, beside the
    counts, with ``label``.

    Examples
    --------
    >>> cells = pd.DataFrame({"period": list("aabbcc"), "delay": [7, 30] * 3, "start": None})
    >>> cells = cells.assign(end=None, denominator=[12, 12, 18, 18, 8, 8])
    >>> cells["count"], cells["numerator"] = [10, 2, 16, 2, 8, None], [10, 12, 16, 18, 8, None]
    >>> found = nowcast(cells)
    >>> found[["period", "seen", "value", "low", "high", "completeness", "immature"]].round(2)
      period  seen  value   low  high  completeness  immature
    0      a  12.0  12.00  12.0  12.0          1.00     False
    1      b  18.0  18.00  18.0  18.0          1.00     False
    2      c   8.0   9.23   8.0  12.0          0.87      True
    """
    check_level(level)
    check_choice("shape", shape, SHAPES)
    if not 0.0 < share < 1.0:
        raise ValueError(f"share must lie strictly between 0 and 1; got {share!r}.")
    periods, delays, running, known = _read(frame)
    if not delays.size:
        parts = dict.fromkeys(["seen", "value", "low", "high", "to_come", "std_error"], known)
        delay = known
    else:
        parts, _, _ = _estimates(running, known, level, shape)
        followed = (~np.isnan(running)).sum(axis=1)
        delay = np.where(followed > 0, delays[np.maximum(followed - 1, 0)], np.nan)
    value, seen = parts["value"], parts["seen"]
    complete_share = np.where(value > 0, seen / np.where(value > 0, value, 1.0), np.nan)
    return pd.DataFrame(
        {
            **{name: periods[name] for name in ("period", "start", "end")},
            "delay": delay,
            "seen": seen,
            "known": known,
            **{name: parts[name] for name in ("value", "low", "high", "to_come", "std_error")},
            "completeness": complete_share,
            "numerator": seen,
            "denominator": value,
            # Nobody seen in a period that was followed in full is a full count as well.
            "immature": ~((complete_share >= share) | (parts["low"] == parts["high"])),
            "label": LABEL,
            "level": float(level),
            "method": METHOD.format(WORDS[shape], _days(delays)),
        }
    )


def nowcast_total(
    frame: pd.DataFrame, *, level: float = 0.95, shape: Shape = "count"
) -> pd.DataFrame:
    """Estimate the deaths of all periods together, those not yet known with them.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.maturity.triangle` returns it. It is not changed.
    level : float
        Two-sided confidence level.
    shape : {"count", "log-normal"}
        As for `nowcast`.

    Returns
    -------
    DataFrame
        One row: ``periods`` (how many have an estimate), ``left_out`` (how many have none),
        ``seen``, ``value``, ``low``, ``high``, ``to_come``, ``std_error`` (of the sum: periods
        share the error of the factors, so it is more than theirs taken as independent),
        ``completeness``, ``numerator`` (seen), ``denominator`` (value), ``label``, ``level``,
        ``method``. Empty where there are no periods.

    Raises
    ------
    ValueError
        As for `nowcast`.

    Notes
    -----
    Mack (1993) ASTIN Bulletin 23:213, corollary on the overall reserve.

    Examples
    --------
    >>> cells = pd.DataFrame({"period": list("aabbcc"), "delay": [7, 30] * 3, "start": None})
    >>> cells = cells.assign(end=None, denominator=[12, 12, 18, 18, 8, 8])
    >>> cells["count"], cells["numerator"] = [10, 2, 16, 2, 8, None], [10, 12, 16, 18, 8, None]
    >>> nowcast_total(cells)[["periods", "seen", "value", "to_come"]].round(3)
       periods  seen   value  to_come
    0        3  38.0  39.231    1.231
    """
    check_level(level)
    check_choice("shape", shape, SHAPES)
    _, delays, running, known = _read(frame)
    if not delays.size:
        return pd.DataFrame(columns=_TOTAL)
    parts, _, together = _estimates(running, known, level, shape)
    told = ~np.isnan(parts["value"])
    seen, value = float(parts["seen"][told].sum()), float(parts["value"][told].sum())
    error = float(np.sqrt(together)) if told.any() else np.nan
    low, high = _limits(np.array([value - seen]), np.array([error]), level, shape)
    settled = bool((~np.isnan(running[told])).all())
    bounds = (seen, seen) if settled and told.any() else (seen + low[0], seen + high[0])
    row = {"periods": int(told.sum()), "left_out": int((~told).sum()), "seen": seen}
    row |= {"value": value, "low": bounds[0], "high": bounds[1], "to_come": value - seen}
    row |= {"std_error": error, "completeness": seen / value if value > 0 else np.nan}
    row |= {"numerator": seen, "denominator": value, "label": LABEL, "level": float(level)}
    row |= {"method": METHOD.format(WORDS[shape], _days(delays))}
    return pd.DataFrame([row])[_TOTAL]
