"""Rates made comparable: direct and indirect standardisation with their limits.

Functions
---------
direct
    Directly standardised rates: what each group's rate would be with the strata of a standard.
indirect
    Observed over expected events, and the indirectly standardised rate.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import (
    Floats,
    as_list,
    check_choice,
    check_exposure,
    check_level,
    numbers,
    refuse,
    require_columns,
)
from ._direct import dobson, gamma, table
from ._strata import Codes, joined, listed, matched, named, positions, refuse_twice, summed
from .proportions import BELOW_TEN, BYAR, EXACT, FROM_TEN, poisson_limits

DOBSON = "directly standardised; Dobson's limits from Byar's approximation"
REPEATED = "directly standardised; Dobson's limits, variance from the events of each person"
FAY_FEUER = "directly standardised; gamma limits of Fay and Feuer"
SMR = "observed over expected"


def direct(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    strata: str | Sequence[str],
    weight: str = "weight",
    standard: pd.DataFrame | None = None,
    numerator: str = "numerator",
    denominator: str = "denominator",
    per: float = 1.0,
    level: float = 0.95,
    method: Literal["dobson", "fay-feuer"] = "dobson",
    events_per_person: str | None = None,
    empty: Literal["refuse", "zero"] = "refuse",
) -> pd.DataFrame:
    """Directly standardised rates: each group with the strata of one standard.

    Parameters
    ----------
    frame : DataFrame
        One row per group and stratum, those without events included. It is not changed.
    by : str or sequence of str, optional
        Columns that define groups, each with its own rate; none: one rate.
    strata : str or sequence of str
        Columns that define strata, such as age band and sex.
    weight : str
        Column of weights, in ``standard`` or, without one, in ``frame``; on any scale, the same
        for a stratum in every group.
    standard : DataFrame, optional
        One row per stratum with its weight, such as `helpers.rules.populations` gives it.
    numerator, denominator : str
        Column of counts and column of exposure.
    per : float
        Units of exposure the rate is expressed for, for example 1000.
    level : float
        Two-sided confidence level.
    method : {"dobson", "fay-feuer"}
        Limits. Those of Fay and Feuer cover at least the level in practice, and are defined
        without any event.
    events_per_person : str, optional
        For events that can happen to a person more than once: column with the number of events of
        each person in the row. The frame then has one row per group, stratum and such number;
        the numerator is still a number of events (3 persons with 2 events each: 6), and each row
        of a stratum repeats the exposure of the whole stratum. Only with ``method="dobson"``.
    empty : {"refuse", "zero"}
        What happens to a stratum of the standard without exposure and without events in a group:
        it is refused, or its rate is taken as 0 and the note says so. The other way, to leave the
        stratum out of the standard, is for the caller, since it must be left out for all groups.

    Returns
    -------
    DataFrame
        One row per group in order of appearance: the columns of ``by``, ``numerator``,
        ``denominator`` (totals), ``crude`` (rate), ``value``, ``low``, ``high``, ``variance`` (of
        ``value``), ``per``, ``level``, ``method`` and ``note``. A count or exposure missing in one
        stratum makes the rate of the group missing, and the note names the stratum. Without any
        event, Dobson's limits are missing. A lower limit below zero is given as zero.

    Raises
    ------
    ValueError
        For missing columns; a stratum of the standard that a group has no row for, named; a
        stratum that the standard lacks; a second row for a group and stratum; events without
        exposure; events in a stratum of weight zero; no exposure in a stratum (see ``empty``);
        weights that are negative, missing or differ between groups; counts that cannot be right;
        ``per`` not above zero; unknown options; a level outside (0, 1).

    Notes
    -----
    The rate is the sum of weight times rate of the stratum, over the sum of weights, and its
    variance the sum of (weight / exposure)^2 times events, over the square of that sum. Dobson,
    Kuulasmaa, Eberle and Scherer (1991) Stat Med 10:457, with Byar's limits of the total as in
    Public Health England's technical guide (2018); Fay and Feuer (1997) Stat Med 16:791. With k
    events a person, events are a sum of k times independent Poisson numbers of persons, so that
    each event counts k times in the variance (Stukel, Glynn, Fisher, Sharp, Lu-Yao and Wennberg
    1994, Stat Med 13:1781). The rule that no rate is shown for few events is not applied here:
    see `helpers.methods.small_numbers`.

    Examples
    --------
    >>> rows = pd.DataFrame({"age": ["under 65", "65 and over"], "weight": [80, 20],
    ...     "numerator": [4, 36], "denominator": [2000, 900]})
    >>> direct(rows, strata="age", per=1000)[["crude", "value", "low", "high"]].round(2)
       crude  value   low   high
    0  13.79    9.6  6.79  13.16
    """
    check_choice("method", method, ("dobson", "fay-feuer"))
    check_choice("empty", empty, ("refuse", "zero"))
    check_level(level)
    if not (np.isfinite(per) and per > 0):
        raise ValueError(f"per must be a number above zero; got {per!r}.")
    if events_per_person is not None and method != "dobson":
        raise ValueError("Events that are not independent have limits with method='dobson' only.")
    grid = table(
        frame,
        groups=as_list(by),
        layers=as_list(strata),
        weight=weight,
        standard=standard,
        numerator=numerator,
        denominator=denominator,
        events_per_person=events_per_person,
        bare_allowed=empty == "zero",
    )
    factor = per * grid.factor
    value = (factor * grid.events).sum(axis=1)
    variance = (factor**2 * grid.spread).sum(axis=1)
    known = np.where(np.isnan(value), np.nan, grid.total)
    words = DOBSON if events_per_person is None else REPEATED
    if method == "dobson":
        low, high = dobson(value, variance, known, level)
    else:
        low, high = gamma(value, variance, factor.max(axis=1, initial=0.0), level)
        words = FAY_FEUER
    undefined = (known == 0) & (method == "dobson")
    without = np.where(undefined, "no events: Dobson's limits are not defined", "").tolist()
    exposure = grid.exposure
    return grid.groups.assign(
        numerator=grid.total,
        denominator=exposure,
        crude=grid.total * per / np.where(exposure == 0, np.nan, exposure),
        value=value,
        low=low,
        high=high,
        variance=variance,
        per=float(per),
        level=float(level),
        method=words,
        note=joined(grid.notes, without),
    )


def _reference(
    frame: pd.DataFrame, layers: list[str], reference: pd.DataFrame | None, columns: tuple[str, str]
) -> tuple[Codes, list[str], Floats, Floats]:
    """Stratum of each row, names of the strata, events and exposure of the reference."""
    source = frame if reference is None else reference
    require_columns(source, [*layers, *columns])
    x, e = (numbers(source, column) for column in columns)
    check_exposure(x, e, source.index)
    codes, keys = positions(source, layers)
    # A row that lacks either number belongs to neither sum of a pooled reference.
    known = ~np.isnan(x + e)
    if reference is not None:
        refuse(~known, source.index, "a count or exposure of the reference is missing")
    sums = [np.bincount(codes[known], weights=part[known], minlength=len(keys)) for part in (x, e)]
    if reference is not None:
        found = matched(frame, keys, layers)
        refuse(found < 0, frame.index, "its stratum is not in the reference")
        codes = found
    return codes, named(keys), sums[0], sums[1]


def indirect(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    strata: str | Sequence[str],
    reference: pd.DataFrame | None = None,
    numerator: str = "numerator",
    denominator: str = "denominator",
    per: float = 1.0,
    level: float = 0.95,
    method: Literal["phe", "exact", "byar"] = "phe",
) -> pd.DataFrame:
    """Observed over expected events, and the indirectly standardised rate.

    Parameters
    ----------
    frame : DataFrame
        One row per group and stratum; strata that a group does not have may be absent. It is not
        changed.
    by : str or sequence of str, optional
        Columns that define groups; none: one group.
    strata : str or sequence of str
        Columns that define strata, such as age band and sex.
    reference : DataFrame, optional
        Counts and exposure of the reference by stratum, under the same names of columns; several
        rows of a stratum are added up. The whole ``frame`` if not given: the reference then
        includes each group itself.
    numerator, denominator : str
        Column of counts and column of exposure.
    per : float
        Units of exposure the rate is expressed for, for example 1000.
    level : float
        Two-sided confidence level.
    method : {"phe", "exact", "byar"}
        Limits of the observed count, see `helpers.methods.proportions.poisson_limits`.

    Returns
    -------
    DataFrame
        One row per group in order of appearance: the columns of ``by``, ``observed``,
        ``expected``, ``exposure``, ``numerator`` (observed), ``denominator`` (expected),
        ``value``, ``low``, ``high`` (observed over expected), ``rate``, ``rate_low``,
        ``rate_high`` (those times the reference rate), ``reference_rate``, ``per``, ``level``,
        ``method`` and ``note``. A count or exposure missing in one stratum makes the results of
        the group missing, and the note names the stratum; so does an expected number of zero.

    Raises
    ------
    ValueError
        For missing columns, a stratum that the reference lacks or has no exposure in, a second
        row for a group and stratum, events without exposure, counts that cannot be right, ``per``
        not above zero, an unknown method, or a level outside (0, 1).

    Notes
    -----
    Expected are the events that a group would have had with the reference rate of each stratum;
    they are taken as known. Breslow and Day (1987) Statistical Methods in Cancer Research II,
    chapter 2. Ratios of two groups share no standard: each compares its group with the reference,
    and two of them should not be compared with each other where strata differ.

    Examples
    --------
    >>> rows = pd.DataFrame({"trust": ["N", "N", "S", "S"], "sex": ["F", "M"] * 2,
    ...     "numerator": [4, 9, 12, 15], "denominator": [800, 900, 700, 600]})
    >>> indirect(rows, by="trust", strata="sex")[["trust", "expected", "value"]].round(3)
      trust  expected  value
    0     N    22.933  0.567
    1     S    17.067  1.582
    """
    check_choice("method", method, ("phe", "exact", "byar"))
    check_level(level)
    if not (np.isfinite(per) and per > 0):
        raise ValueError(f"per must be a number above zero; got {per!r}.")
    groups, layers = as_list(by), as_list(strata)
    require_columns(frame, [*groups, *layers, numerator, denominator])
    x, e = numbers(frame, numerator), numbers(frame, denominator)
    check_exposure(x, e, frame.index)
    stratum, names, events, exposure = _reference(
        frame, layers, reference, (numerator, denominator)
    )
    group, result = positions(frame, groups)
    shape = (len(result), len(names))
    cells = group * shape[1] + stratum
    refuse_twice(cells, frame.index, [*groups, *layers])
    # A row without its own count is missing, whether or not the reference has its stratum.
    barren = (exposure[stratum] == 0) & (e > 0) & ~np.isnan(x)
    refuse(barren, frame.index, "the reference has no exposure in its stratum")
    rates = events / np.where(exposure == 0, np.nan, exposure)
    part = np.where(e == 0, 0.0, e * rates[stratum])
    missing = summed(np.isnan(x + e).astype(float), cells, shape) > 0
    observed, expected, own = (summed(v, cells, shape).sum(axis=1) for v in (x, part, e))
    low, high = poisson_limits(observed, level=level, method=method)
    over = np.where(expected > 0, expected, np.nan)
    whole = exposure.sum()
    rate = events.sum() / whole * per if whole > 0 else np.nan
    switched = np.where(observed < 10, BELOW_TEN, FROM_TEN)
    limits = {"exact": EXACT, "byar": BYAR, "phe": switched}[method]
    scale = np.where(np.isnan(observed), np.nan, 1.0 / over)
    lacks = [
        f"count or exposure missing in {words}" if words else "" for words in listed(missing, names)
    ]
    none = np.where(expected == 0, "no events expected: no ratio", "").tolist()
    itself = "; the reference includes the group itself" if reference is None else ""
    result = result.assign(
        observed=observed,
        expected=expected,
        exposure=own,
        numerator=observed,
        denominator=expected,
        value=observed * scale,
        low=low * scale,
        high=high * scale,
        rate=observed * scale * rate,
        rate_low=low * scale * rate,
        rate_high=high * scale * rate,
        reference_rate=rate,
        per=float(per),
        level=float(level),
    )
    words = pd.Series(limits, index=result.index, dtype=object)
    return result.assign(method=f"{SMR}; " + words + itself, note=joined(lacks, none))
