"""From deaths read in a stratified sample to all deaths in its frame.

Functions
---------
stratified_share
    Share of all deaths with an outcome, with limits.
share_with_limits
    The same from arrays.
stratified_mean
    Mean score of all deaths, with limits.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import (
    Floats,
    as_list,
    check_choice,
    check_counts,
    check_level,
    critical,
    numbers,
    refuse,
    require_columns,
)
from ._sample_size import variances
from .proportions import wilson

Interval = Literal["wilson", "normal"]

WILSON = "stratified share; Wilson score limits with effective sample size"
ALIKE = ", no larger than were all strata alike"
NORMAL = "stratified share; normal limits"
MEAN = "stratified mean; t limits"
POPULATION = ", finite population correction"
WHOLE = "Every death was read: there is no sampling error."
LEFT_OUT = (
    "Deaths of the sample without an answer: {} of {}; those read stand for them within their "
    "stratum, which is an assumption."
)
REPLACED = "Deaths replaced: {}; the reasons are in the log."


def _strata(frame: pd.DataFrame, population: str, denominator: str) -> tuple[Floats, Floats]:
    """Return deaths and deaths read of each stratum, refused where they cannot be right."""
    deaths, read = numbers(frame, population), numbers(frame, denominator)
    where = frame.index
    refuse(np.isnan(deaths) | np.isnan(read), where, "a number of deaths is missing")
    refuse(~(deaths >= 1), where, "the stratum holds no deaths")
    refuse(read > deaths, where, "more deaths were read than there are")
    refuse(
        ~(read >= 1),
        where,
        "no death of the stratum was read, so nothing is known of it: read some or leave the "
        "stratum out and say so",
    )
    refuse(
        (read < 2) & (read < deaths),
        where,
        "one death of several was read, which tells nothing of how far they differ: read two or "
        "more, or join strata",
    )
    return deaths, read


def _notes(frame: pd.DataFrame, whole: bool) -> str:
    found = [WHOLE] if whole else []
    missing = int(frame["missing"].sum()) if "missing" in frame else 0
    replaced = int(frame["replaced"].sum()) if "replaced" in frame else 0
    if missing:
        found.append(LEFT_OUT.format(missing, int(frame["sample"].sum())))
    if replaced:
        found.append(REPLACED.format(replaced))
    return " ".join(found)


def _grouped(
    frame: pd.DataFrame, by: str | Sequence[str] | None, one: Callable[[pd.DataFrame], dict]
) -> pd.DataFrame:
    """Return one row of results for each group of strata, or for all."""
    columns = as_list(by)
    require_columns(frame, columns)
    if frame.empty:
        raise ValueError("There are no strata to estimate from.")
    if not columns:
        return pd.DataFrame([one(frame)])
    groups = frame.groupby(columns, dropna=False, observed=True, sort=False)
    return pd.DataFrame([dict(zip(columns, key, strict=True)) | one(part) for key, part in groups])


def share_with_limits(
    deaths: Floats,
    read: Floats,
    found: Floats,
    *,
    interval: str = "wilson",
    strata_gain: bool = False,
    level: float = 0.95,
) -> dict[str, float]:
    """Return a stratified share with its error, effective size and limits, from arrays by stratum.

    Examples
    --------
    >>> counts = np.array([400.0, 100.0]), np.array([20.0, 20.0]), np.array([4.0, 10.0])
    >>> round(share_with_limits(*counts)["value"], 2)
    0.26
    """
    share, total = found / read, deaths.sum()
    value = float(share @ deaths / total)
    spread = share * (1.0 - share) * read / np.maximum(read - 1.0, 1.0)
    variance, alike = variances(deaths, read, spread)
    error, size = variance**0.5, np.inf
    if alike > 0.0:
        size = 1.0 / alike
        if variance > 0.0:
            by_strata = value * (1.0 - value) / variance
            size = by_strata if strata_gain else min(size, by_strata)
    if alike == 0.0:
        low = high = value
    elif interval == "normal":
        low, high = value - critical(level) * error, value + critical(level) * error
    else:
        low, high = (float(end) for end in wilson(value * size, size, level=level))
    # What was read is known: no fewer with the outcome, or without it, than were found.
    low, high = max(low, found.sum() / total), min(high, 1.0 - (read - found).sum() / total)
    return {
        "value": value,
        "std_error": float(error),
        "effective_size": float(size),
        "low": float(low),
        "high": float(high),
    }


def stratified_share(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    population: str = "population",
    by: str | Sequence[str] | None = None,
    interval: Interval = "wilson",
    strata_gain: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """Share of all deaths with an outcome, from counts of a stratified random sample.

    Parameters
    ----------
    frame : DataFrame
        One row a stratum, as `tally` returns it. It is not changed.
    numerator, denominator, population : str
        Columns of deaths with the outcome, deaths read, and deaths in the stratum.
    by : str or sequence of str, optional
        Columns of strata to give a share for each of their groups instead of all.
    interval : {"wilson", "normal"}
        Wilson score limits with an effective sample size, or symmetrical limits.
    strata_gain : bool
        Whether Wilson limits may be narrower than were all strata alike. They then rest on the
        differences found within strata, which few deaths of a stratum may not show.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row: the columns ``by``, strata, population, numerator, denominator (both as read, not
        weighted), value (weighted by the deaths that each one stands for), std_error,
        effective_size, low, high, level, method, note. Limits leave out what was read: they never
        ask for fewer deaths with the outcome, or without it, than were found. Where every death
        was read they meet the value.

    Raises
    ------
    ValueError
        For missing columns, counts that cannot be right, a stratum of which no death was read, one
        of which a single death of several was read, an unknown interval, or a level outside (0, 1).

    Notes
    -----
    Cochran (1977) Sampling Techniques, ch. 5. The effective size is p (1 - p) / variance (Korn and
    Graubard 1998 Surv Methodol 24:193) in Wilson's limits, which Franco and others (2019, J Surv
    Stat Methodol 7:334) recommend. Without ``strata_gain`` it is at most what it would be were all
    strata alike, 1 / sum(W^2 (1 - f) / n): counted over all samples of six designs and shares of
    about 2 to 50%, 95% limits then hold the truth in 97% of samples on average and 89% at worst,
    with the gain in 93% and 57%; normal limits in 78% and 19%.

    Examples
    --------
    >>> read = pd.DataFrame(
    ...     {"population": [400, 100], "denominator": [20, 20], "numerator": [4, 10]}
    ... )
    >>> stratified_share(read)[["value", "low", "high"]].round(3)
       value    low   high
    0   0.26  0.139  0.434
    """
    check_choice("interval", interval, ("wilson", "normal"))
    check_level(level)
    require_columns(frame, [numerator, denominator, population])
    name = NORMAL if interval == "normal" else WILSON + ("" if strata_gain else ALIKE)

    def one(part: pd.DataFrame) -> dict:
        deaths, read = _strata(part, population, denominator)
        found = numbers(part, numerator)
        check_counts(found, read, part.index)
        refuse(np.isnan(found), part.index, "the numerator is missing")
        refuse(found % 1 != 0, part.index, "the numerator is not a whole number")
        result = share_with_limits(
            deaths, read, found, interval=interval, strata_gain=strata_gain, level=level
        )
        return (
            {"strata": len(part), "population": int(deaths.sum())}
            | {"numerator": int(found.sum()), "denominator": int(read.sum())}
            | result
            | {"level": float(level), "method": name + POPULATION}
            | {"note": _notes(part, bool((read == deaths).all()))}
        )

    return _grouped(frame, by, one)


def stratified_mean(
    frame: pd.DataFrame,
    *,
    mean: str = "mean",
    variance: str = "variance",
    denominator: str = "denominator",
    population: str = "population",
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Mean score of all deaths, from a stratified random sample.

    Parameters
    ----------
    frame : DataFrame
        One row a stratum, as `tally` returns it. It is not changed.
    mean, variance, denominator, population : str
        Columns of the mean and variance (n - 1) of the scores read, deaths read, and deaths in the
        stratum. The variance of a stratum read whole is not used.
    by : str or sequence of str, optional
        Columns of strata to give a mean for each of their groups instead of all.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row: the columns ``by``, strata, population, denominator, value, std_error, low, high,
        df, level, method, note.

    Raises
    ------
    ValueError
        As `stratified_share`, and for means or variances that are missing or negative variances.

    Notes
    -----
    Cochran (1977) Sampling Techniques, ch. 5; t limits with deaths read minus strata (of strata not
    read whole) as degrees of freedom.

    Examples
    --------
    >>> read = pd.DataFrame(
    ...     {"population": [40, 10], "denominator": [5, 5], "mean": [2, 4], "variance": [1, 2]}
    ... )
    >>> stratified_mean(read)[["value", "std_error", "low", "high"]].round(3)
       value  std_error    low   high
    0    2.4      0.346  1.601  3.199
    """
    from scipy.special import stdtrit

    check_level(level)
    require_columns(frame, [mean, variance, denominator, population])

    def one(part: pd.DataFrame) -> dict:
        deaths, read = _strata(part, population, denominator)
        means, spread = numbers(part, mean), numbers(part, variance)
        open_ = read < deaths
        refuse(np.isnan(means), part.index, "the mean is missing")
        refuse(open_ & ~(spread >= 0), part.index, "the variance is missing or negative")
        value = float(means @ deaths / deaths.sum())
        of_mean, _ = variances(deaths, read, np.where(open_, spread, 0.0))
        df = float((read - 1.0)[open_].sum())
        reach = stdtrit(df, 0.5 + level / 2.0) * of_mean**0.5 if df else 0.0
        return {
            "strata": len(part),
            "population": int(deaths.sum()),
            "denominator": int(read.sum()),
            "value": value,
            "std_error": of_mean**0.5,
            "low": float(value - reach),
            "high": float(value + reach),
            "df": df,
            "level": float(level),
            "method": MEAN + POPULATION,
            "note": _notes(part, not df),
        }

    return _grouped(frame, by, one)
