"""How much of what happened is already known: delays until a death is registered or reported.

A recent period looks better than it was, for its late reports are still to come. Deaths are seen
only if they were known by the day of the extract: right truncation, so that the law of the delay
is estimated in reverse time, from the periods that were followed long enough.

Functions
---------
triangle
    Deaths by period of occurrence and delay until known; what lies after the extract is missing.
delay_distribution
    The share known within each delay, from a triangle, with limits.
completeness
    The share known so far of each period, the total to be expected, and the immature periods.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import (
    Floats,
    check_choice,
    check_level,
    critical,
    numbers,
    refuse,
    require_columns,
)

DELAYS = (7, 14, 30, 60, 90, 180, 365)
MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
FREQUENCY = {"month": "M", "quarter": "Q", "year": "Y"}
METHOD = (
    "reverse-time product limit (chain ladder), log-log limits; assumes the same law of the delay "
    "in every period, and speaks only of deaths that become known within {} days"
)
SET_BY_HAND = "{} days, as set"

Law = tuple[Floats, Floats, Floats, Floats, Floats]


def _days(frame: pd.DataFrame, column: str) -> pd.Series:
    try:
        found = pd.to_datetime(frame[column])
    except (TypeError, ValueError) as error:
        raise ValueError(f"Column {column!r} holds values that are no dates: {error}") from error
    return found.dt.normalize()


def _extract(day: object) -> pd.Timestamp:
    found = pd.Timestamp(day)
    if pd.isna(found):
        raise ValueError("The day of the extract is missing.")
    return found.normalize()


def _bounds(delays: Sequence[int]) -> Floats:
    bounds = np.asarray(list(delays), dtype=float)
    if not bounds.size or (bounds < 0).any() or (np.diff(bounds) <= 0).any():
        raise ValueError(
            "delays must be days, none negative, each greater than the one before it; "
            f"got {list(delays)}."
        )
    return bounds


def triangle(
    frame: pd.DataFrame,
    *,
    event: str,
    known: str,
    extract_date: object,
    period: Literal["month", "quarter", "year"] = "month",
    first_month: int = 1,
    delays: Sequence[int] = DELAYS,
    negative: Literal["refuse", "count"] = "refuse",
) -> pd.DataFrame:
    """Count deaths by period of occurrence and delay until they were known.

    Parameters
    ----------
    frame : DataFrame
        One row a death.
    event, known : str
        Columns of the day of death, and of the day on which it was registered or reported.
    extract_date : date-like
        Last day on which a death could have become known and be in these records.
    period : {"month", "quarter", "year"}
        Length of a period of occurrence.
    first_month : int
        Month with which a year (or a quarter) begins: 4 for years from 1 April.
    delays : sequence of int
        Upper ends, in days, of the classes of delay.
    negative : {"refuse", "count"}
        What becomes of deaths known before they happened: an error that names the rows, or a
        count of them in ``negative``, in which case they stand in no other count.

    Returns
    -------
    DataFrame
        One row for each period, from the first death to the extract, and each class of delay:
        period (text), start, end, delay, label, count (deaths of this class), numerator (known
        within ``delay`` days), denominator (known so far of the period), beyond (known so far,
        but later than the last delay), unknown (no date known), negative. ``count`` and
        ``numerator`` are NaN where the whole period was not yet followed for so long: the deaths
        already known there are in ``denominator``.

    Raises
    ------
    ValueError
        For missing columns, values that are no dates, a missing day of death, days after the
        extract, negative delays unless they are to be counted, delays that do not ascend, or
        unknown options.

    Notes
    -----
    Kalbfleisch and Lawless (1991) Statistica Sinica 1:19.

    Examples
    --------
    >>> deaths = pd.DataFrame({"died": ["2015-01-10", "2015-01-20", "2015-02-03"]})
    >>> deaths["told"] = ["2015-01-12", "2015-02-10", "2015-02-05"]
    >>> options = {"event": "died", "known": "told", "extract_date": "2015-03-10"}
    >>> triangle(deaths, **options, delays=[7, 30])[["period", "delay", "count", "numerator"]]
        period  delay  count  numerator
    0  2015-01    7.0    1.0        1.0
    1  2015-01   30.0    1.0        2.0
    2  2015-02    7.0    1.0        1.0
    3  2015-02   30.0    NaN        NaN
    4  2015-03    7.0    NaN        NaN
    5  2015-03   30.0    NaN        NaN
    """
    check_choice("period", period, tuple(FREQUENCY))
    check_choice("negative", negative, ("refuse", "count"))
    if first_month not in range(1, 13):
        raise ValueError(f"first_month must be a month from 1 to 12; got {first_month!r}.")
    require_columns(frame, [event, known])
    bounds = _bounds(delays)
    extract = _extract(extract_date)
    happened, told = _days(frame, event), _days(frame, known)
    refuse(happened.isna(), frame.index, f"column {event!r} is missing, so there is no period")
    refuse(happened > extract, frame.index, f"{event!r} lies after the extract")
    refuse(told > extract, frame.index, f"{known!r} lies after the extract")
    delay = (told - happened).dt.days.to_numpy(dtype=float, na_value=np.nan)
    if negative == "refuse":
        refuse(delay < 0, frame.index, f"{known!r} lies before {event!r}")
    frequency = FREQUENCY[period] + ("" if period == "month" else f"-{MONTHS[first_month - 2]}")
    spans = happened.dt.to_period(frequency)
    first = spans.min() if len(frame) else None
    whole = pd.period_range(first, extract.to_period(frequency)) if len(frame) else spans.array
    rows = spans.astype("int64").to_numpy() - (whole[0].ordinal if len(frame) else 0)
    # Classes: 0 to k-1 by delay, k beyond the last, k+1 without a date, k+2 negative.
    size = bounds.size
    classes = np.searchsorted(bounds, delay)
    classes = np.where(np.isnan(delay), size + 1, np.where(delay < 0, size + 2, classes))
    counts = np.bincount(rows * (size + 3) + classes, minlength=len(whole) * (size + 3))
    counts = counts.reshape(len(whole), size + 3)
    end = pd.DatetimeIndex([item.end_time.normalize() for item in whole])
    followed = (extract - end).days.to_numpy(dtype=float)
    seen = followed[:, None] >= bounds
    classed = counts[:, :size]
    lowest = np.r_[-1, bounds[:-1]] + 1
    labels = [f"{low:.0f} to {up:.0f} days" for low, up in zip(lowest, bounds, strict=True)]
    return pd.DataFrame(
        {
            "period": np.repeat([_name(item) for item in whole], size),
            "start": np.repeat([item.start_time for item in whole], size),
            "end": np.repeat(end, size),
            "delay": np.tile(bounds, len(whole)),
            "label": np.tile(np.array(labels, dtype=object), len(whole)),
            "count": np.where(seen, classed, np.nan).ravel(),
            "numerator": np.where(seen, classed.cumsum(axis=1), np.nan).ravel(),
            "denominator": np.repeat(counts[:, : size + 1].sum(axis=1), size),
            "beyond": np.repeat(counts[:, size], size),
            "unknown": np.repeat(counts[:, size + 1], size),
            "negative": np.repeat(counts[:, size + 2], size),
        }
    )


def _name(span: pd.Period) -> str:
    """Name a period by where it begins: 2015-04, or 2015-16 for a year from April."""
    start, end = span.start_time, span.end_time
    months = 12 * (end.year - start.year) + end.month - start.month
    if months == 0:
        return f"{start:%Y-%m}"
    if months == 2:
        return f"{start:%b} to {end:%b %Y}"
    return f"{start.year}" if start.year == end.year else f"{start.year}-{end.year % 100:02d}"


def _grid(frame: pd.DataFrame) -> tuple[pd.DataFrame, Floats, Floats, Floats]:
    """One row a period, the delays, and counts and running counts by period and delay."""
    needed = ["period", "start", "end", "delay", "count", "numerator", "denominator"]
    require_columns(frame, needed)
    delays = np.unique(numbers(frame, "delay"))
    size = delays.size
    if (
        not size
        or len(frame) % size
        or (numbers(frame, "delay") != np.tile(delays, len(frame) // size)).any()
    ):
        if frame.empty:
            return frame[needed[:3]], delays, np.empty((0, 0)), np.empty((0, 0))
        raise ValueError("The triangle must hold every delay of every period, in order.")
    counts = numbers(frame, "count").reshape(-1, size)
    running = numbers(frame, "numerator").reshape(-1, size)
    refuse((counts < 0).any(axis=1), frame["period"].to_numpy()[::size], "a count is negative")
    return frame.iloc[::size].reset_index(drop=True), delays, counts, running


def _law(counts: Floats, running: Floats, level: float) -> Law:
    """Share known within each delay and its limits; events and people at risk in reverse time."""
    z, tail = critical(level), (1.0 - level) / 2.0
    seen = ~np.isnan(counts)
    events = np.nansum(counts, axis=0)
    at_risk = np.where(seen, running, 0.0).sum(axis=0)
    # The law is known up to the longest delay for which somebody was followed.
    some = at_risk > 0
    last = int(np.flatnonzero(some)[-1]) if some.any() else -1
    hazard = np.where(some, events / np.where(some, at_risk, 1.0), 0.0)
    hazard[0] = 0.0
    steps = np.where(np.arange(hazard.size) <= last, hazard, 0.0)

    def later(values: Floats) -> Floats:
        """Sum over the delays after each."""
        return np.r_[np.cumsum(values[::-1])[::-1][1:], 0.0]

    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.exp(later(np.log1p(-steps)))
        spread = later(np.where(steps > 0, steps / ((1 - steps) * at_risk), 0.0))
        factor = np.exp(z * np.sqrt(spread) / np.abs(np.log(share)))
        low, high = share**factor, share ** (1 / factor)
    # Nobody came later: the exact limit of none, out of the fewest at risk after this delay.
    ahead = np.where(some, at_risk, np.inf)
    fewest = np.r_[np.minimum.accumulate(ahead[::-1])[::-1][1:], np.inf]
    low = np.where(share == 1.0, tail ** (1.0 / fewest), low)
    high = np.where(share == 1.0, 1.0, high)
    low, high = np.where(share == 0.0, 0.0, low), np.where(share == 0.0, np.nan, high)
    unknown = np.arange(hazard.size) > last
    share, low, high = (np.where(unknown, np.nan, item) for item in (share, low, high))
    return share, low, high, events, at_risk


def delay_distribution(frame: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Estimate the share of deaths known within each delay.

    Parameters
    ----------
    frame : DataFrame
        As `triangle` returns it.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row for each delay: delay (days), numerator (deaths of this class of delay),
        denominator (deaths known within ``delay``, in the periods followed for so long), value,
        low, high, level, method. The value is 1 at the longest delay for which a period was
        followed, by construction, and NaN after it.

    Raises
    ------
    ValueError
        For missing columns, a triangle that lacks cells, or a level outside (0, 1).

    Notes
    -----
    Kalbfleisch and Lawless (1989) JASA 84:360 and (1991) Statistica Sinica 1:19; Lagakos, Barraj
    and De Gruttola (1988) Biometrika 75:515. The share within a delay is the product of one less
    the reverse-time hazards of all longer ones; Greenwood's variance on the log-log scale. Where
    no later death was seen, the lower limit is the exact one for none out of the fewest at risk;
    where nobody was known within the delay, the value is 0 and the upper limit is missing.

    Examples
    --------
    >>> cells = pd.DataFrame({"period": ["a", "a", "b", "b"], "delay": [7, 30, 7, 30]})
    >>> cells = cells.assign(start=None, end=None, denominator=[10, 10, 6, 6])
    >>> cells = cells.assign(count=[8, 2, 6, None], numerator=[8, 10, 6, None])
    >>> delay_distribution(cells)[["delay", "numerator", "denominator", "value"]]
       delay  numerator  denominator  value
    0    7.0       14.0         14.0    0.8
    1   30.0        2.0         10.0    1.0
    """
    check_level(level)
    _, delays, counts, running = _grid(frame)
    columns = ["value", "low", "high", "numerator", "denominator"]
    law = _law(counts, running, level) if delays.size else (np.empty(0),) * 5
    found = pd.DataFrame(dict(zip(columns, law, strict=True)))
    found.insert(0, "delay", delays)
    known = found.loc[found["value"].notna(), "delay"]
    order = ["delay", "numerator", "denominator", "value", "low", "high"]
    method = METHOD.format(f"{known.max():.0f}" if len(known) else "no")
    return found[order].assign(level=float(level), method=method)


def completeness(
    frame: pd.DataFrame,
    *,
    extract_date: object,
    share: float = 0.95,
    mature_after: int | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate the share already known of each period, and flag the immature ones.

    Parameters
    ----------
    frame : DataFrame
        As `triangle` returns it.
    extract_date : date-like
        The day of the extract, as given to `triangle`.
    share : float
        A period is immature until the delay within which this share of deaths is known has
        passed since its end.
    mature_after : int, optional
        The delay in days itself, instead of the one found from ``share``.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row a period: period, start, end, followed (days from its end to the extract), delay
        (longest class that was followed in full), numerator (deaths known within it),
        denominator (deaths to be expected in all, numerator over value), value (share known),
        low, high, expected_low, expected_high, mature_after (days), rule, immature, level,
        method. NaN where a period was not followed for any class; it is then immature.

    Raises
    ------
    ValueError
        For missing columns, a triangle that lacks cells, a share or a level outside (0, 1), or a
        negative number of days.

    Notes
    -----
    See `delay_distribution`. The limits are those of the law of the delay; the expected total
    has no allowance for the chance in the number still to come.

    Examples
    --------
    >>> cells = pd.DataFrame({"period": ["a", "a", "b", "b"], "delay": [7, 30, 7, 30]})
    >>> cells["start"] = pd.to_datetime(["2015-01-01"] * 2 + ["2015-02-01"] * 2)
    >>> cells["end"] = pd.to_datetime(["2015-01-31"] * 2 + ["2015-02-28"] * 2)
    >>> cells["denominator"] = [10, 10, 6, 6]
    >>> cells = cells.assign(count=[8, 2, 6, None], numerator=[8, 10, 6, None])
    >>> found = completeness(cells, extract_date="2015-03-10")
    >>> found[["period", "numerator", "denominator", "value", "immature"]]
      period  numerator  denominator  value  immature
    0      a       10.0         10.0    1.0     False
    1      b        6.0          7.5    0.8      True
    """
    if not 0.0 < share < 1.0:
        raise ValueError(f"share must lie strictly between 0 and 1; got {share!r}.")
    if mature_after is not None and mature_after < 0:
        raise ValueError(f"mature_after must be a number of days; got {mature_after!r}.")
    law = delay_distribution(frame, level=level)
    periods, delays, _, running = _grid(frame)
    enough = law.loc[law["value"].ge(share), "delay"]
    days = float(enough.min()) if mature_after is None else float(mature_after)
    rule = (
        f"{share:.4g} of deaths are known within {days:.0f} days"
        if len(enough)
        else "no delay found"
    )
    followed = (_extract(extract_date) - pd.to_datetime(periods["end"])).dt.days
    # Classes are followed in full from the first on, so their number is that of the last one.
    if delays.size:
        complete = (~np.isnan(running)).sum(axis=1)
        place = np.maximum(complete - 1, 0)
        numerator = np.take_along_axis(running, place[:, None], axis=1)[:, 0]
        picked = {
            name: np.where(complete > 0, law[name].to_numpy()[place], np.nan)
            for name in ("delay", "value", "low", "high")
        }
    else:
        numerator = np.empty(0)
        picked = dict.fromkeys(("delay", "value", "low", "high"), np.empty(0))

    def expected(part: Floats) -> Floats:
        return numerator / np.where(part > 0, part, np.nan)

    # A delay that was not found (NaN) has not passed for any period.
    return pd.DataFrame(
        {
            "period": periods["period"],
            "start": periods["start"],
            "end": periods["end"],
            "followed": followed,
            "delay": picked["delay"],
            "numerator": numerator,
            "denominator": expected(picked["value"]),
            "value": picked["value"],
            "low": picked["low"],
            "high": picked["high"],
            "expected_low": expected(picked["high"]),
            "expected_high": expected(picked["low"]),
            "mature_after": days,
            "rule": rule if mature_after is None else SET_BY_HAND.format(mature_after),
            "immature": ~(followed.to_numpy() >= days),
            "level": float(level),
            "method": law["method"].iloc[0] if len(law) else METHOD.format("no"),
        }
    )
