"""Share done within a time limit when some records are still open.

Functions
---------
compliance
    The share among records whose outcome is known, its two bounds, and the Aalen-Johansen
    estimate.
one_row
    The same with one row a group.

Leaving open records out makes a share of what is known, and what was done early is known first.
The bounds say what the open records could do to it; the Aalen-Johansen estimate uses each for as
long as it was followed.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, as_list, check_level, critical, numbers, refuse, require_columns
from .proportions import WILSON, wilson

__all__ = ["compliance", "one_row"]

ESTIMATES = {
    "known": f"share of records whose outcome against the limit is known; {WILSON}",
    "worst": "open records within the limit all taken as late; a bound without limits",
    "best": "open records within the limit all taken as in time; a bound without limits",
    "aalen_johansen": "Aalen-Johansen, infinitesimal jackknife variance, log-log limits",
}
SCALED = "; time measured as a share of each record's limit"

_COLUMNS = [
    *("estimate", "value", "std_error", "low", "high"),
    *("numerator", "denominator", "open", "level", "method"),
]


def _cumulative_incidence(days: Floats, cause: Floats, at: float) -> tuple[float, float]:
    """Cumulative incidence of cause 1 at a time, and its standard error.

    NaN where follow-up ends before ``at`` with records still open.

    Notes
    -----
    Aalen and Johansen (1978) Scand J Stat 5:141. The variance is the sum over records of the
    squared derivative of the estimate by the record's weight (Therneau and Grambsch, Modeling
    Survival Data, 2000, ch. 7). Events come before censoring at the same time.

    Examples
    --------
    >>> value, error = _cumulative_incidence(np.array([1.0, 2.0, 3.0]), np.array([1, 2, 1]), 2.0)
    >>> round(value, 4), round(error, 4)
    (0.3333, 0.2722)
    """
    time, place = np.unique(days, return_inverse=True)
    leaving = np.bincount(place, minlength=time.size)
    at_risk = leaving[::-1].cumsum()[::-1].astype(float)
    hazard = np.bincount(place, weights=cause == 1, minlength=time.size) / at_risk
    any_end = np.bincount(place, weights=cause > 0, minlength=time.size)
    # A count of those left decides what is zero; a product of fractions would only come near it.
    left = at_risk - any_end
    every = any_end / at_risk
    survival = np.cumprod(np.where(left > 0, 1.0 - every, 0.0))
    before = np.concatenate([[1.0], survival[:-1]])
    if time[-1] < at and survival[-1] > 0:
        return float("nan"), float("nan")
    used = time <= at
    gained = np.cumsum(np.where(used, before * hazard, 0.0))
    value = float(gained[-1])
    # What is still gained after each time, were one more of those left to stay.
    later = np.where(used & (left > 0), (value - gained) / np.where(left > 0, left, 1.0), 0.0)
    while_at_risk = np.cumsum(np.where(used, every * later - before * hazard / at_risk, 0.0))
    own = np.where((cause == 1) & used[place], (before / at_risk)[place], 0.0)
    influence = while_at_risk[place] + own - np.where(cause > 0, later[place], 0.0)
    return value, float(np.sqrt(np.sum(influence**2)))


def _log_log(value: float, error: float, z: float) -> tuple[float, float]:
    """Limits symmetrical on the log-log scale; NaN at 0 and 1, where there is no variance."""
    if not 0.0 < value < 1.0:
        return float("nan"), float("nan")
    reach = z * error / (value * np.log(value))
    return float(value ** np.exp(-reach)), float(value ** np.exp(reach))


def _one(days: Floats, cause: Floats, at: float, level: float, scaled: str) -> pd.DataFrame:
    """Give the four estimates of one group of at least one record."""
    done = int(np.sum((cause == 1) & (days <= at)))
    # Whoever is open on the last day of the limit still has that day.
    unsettled = int(np.sum((cause == 0) & (days <= at)))
    n = int(days.size)
    value, error = _cumulative_incidence(days, cause, at)
    low, high = wilson([done], [n - unsettled], level=level)
    limits = _log_log(value, error, critical(level))
    none = float("nan")
    known = done / (n - unsettled) if n > unsettled else none
    return pd.DataFrame(
        [
            ("known", known, none, low[0], high[0], done, n - unsettled),
            ("worst", done / n, none, none, none, done, n),
            ("best", (done + unsettled) / n, none, none, none, done + unsettled, n),
            ("aalen_johansen", value, error, *limits, done, n),
        ],
        columns=_COLUMNS[:7],
    ).assign(
        open=unsettled,
        level=float(level),
        method=[
            text + (scaled if name == "aalen_johansen" else "") for name, text in ESTIMATES.items()
        ],
    )


def _limits(frame: pd.DataFrame, limit: str | float) -> Floats:
    if isinstance(limit, str):
        require_columns(frame, [limit])
        held = numbers(frame, limit)
        refuse(np.isnan(held), frame.index, f"no limit in {limit!r}: leave out what has none")
    else:
        held = np.full(len(frame), float(limit))
        if not (np.isfinite(limit) and limit > 0):
            raise ValueError(f"The limit must be a number above zero; got {limit!r}.")
    refuse(~(np.isfinite(held) & (held > 0)), frame.index, "the limit is not a number above zero")
    return held


def _records(frame: pd.DataFrame, duration: str, cause: str) -> tuple[Floats, Floats]:
    days, code = numbers(frame, duration), numbers(frame, cause)
    refuse(np.isnan(days), frame.index, f"the duration {duration!r} is missing")
    refuse(days < 0, frame.index, f"the duration {duration!r} is negative")
    refuse(np.isinf(days), frame.index, f"the duration {duration!r} is infinite")
    refuse(np.isnan(code), frame.index, f"{cause!r} is missing")
    wrong: NDArray[np.bool_] = (code < 0) | (code != np.floor(code)) | np.isinf(code)
    refuse(wrong, frame.index, f"{cause!r} is not 0, 1 or another whole number above")
    return days, code


def compliance(
    frame: pd.DataFrame,
    *,
    limit: str | float,
    duration: str = "days",
    cause: str = "cause",
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate the share done within a limit, with open records and other ends.

    Parameters
    ----------
    frame : DataFrame
        One row per record. It is not changed. What had no limit, or one that was suspended, is
        left out beforehand; so are records whose delay is not to count.
    limit : str or float
        The limit, above zero, in the unit of ``duration``, or the column that holds each
        record's own. Limits that differ may be in units that differ, as each record is then
        measured as a share of its own limit.
    duration : str
        Column of times (zero allowed) to what was to be done, to another end, or, of an open
        record, to the day of the extract. Done on the last day of the limit is in time.
    cause : str
        Column of how it ended: 0 still open, 1 done, 2 and above ended otherwise, such as closed
        without it. What ended otherwise counts as not done in time, whenever it ended.
    by : str or sequence of str, optional
        Columns that define groups; a missing label is a group of its own.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        Four rows a group: group columns, ``estimate``, ``value``, ``std_error``, ``low``,
        ``high`` (0 to 1), ``numerator``, ``denominator``, ``open`` (records open within the
        limit, whose outcome is not known), ``level``, ``method``.

        - ``known``: open records left out; Wilson limits. NaN if all are open.
        - ``worst``, ``best``: open records all taken as late, all as in time. They have no
          limits: nothing is sampled.
        - ``aalen_johansen``: allows for open records; the value is not the ratio of the two
          counts where some are open. NaN where nobody was followed to the limit; limits are NaN
          at 0 and 1, where there is no variance.

        Without rows there is no group and no row; with ``by`` as well as without.

    Raises
    ------
    ValueError
        For missing columns; rows (named) whose duration or cause is missing or impossible, or
        whose limit is missing or not above zero; a level outside (0, 1).

    Notes
    -----
    A record open on the last day of the limit still has that day: its outcome counts as not
    known. The Aalen-Johansen estimate keeps it at risk on that day, events coming first, as the
    R package survival does. It assumes that records are open because of the day of the extract
    and not because of how long they take; the bounds assume nothing.

    Aalen and Johansen (1978) Scand J Stat 5:141; Wilson (1927) JASA 22:209. Where limits differ,
    the same estimate on the scale of time over limit, which assumes that records with different
    limits have one course on that scale.

    Examples
    --------
    >>> rows = pd.DataFrame({"days": [10, 40, 70, 30, 20], "cause": [1, 1, 1, 0, 2]})
    >>> compliance(rows, limit=60)[["estimate", "value", "numerator", "denominator"]]
             estimate  value  numerator  denominator
    0           known    0.5          2            4
    1           worst    0.4          2            5
    2            best    0.6          3            5
    3  aalen_johansen    0.5          2            5
    """
    check_level(level)
    names = as_list(by)
    require_columns(frame, [duration, cause, *names])
    days, code = _records(frame, duration, cause)
    limits = _limits(frame, limit)
    scaled, at = "", 1.0
    if limits.size and np.all(limits == limits[0]):
        at = float(limits[0])
    else:
        # The quotient of equal numbers is exactly 1, so that a tie at the limit stays one.
        days, scaled = days / limits, SCALED
    if frame.empty:
        return pd.DataFrame(columns=[*names, *_COLUMNS])
    if not names:
        return _one(days, code, at, level, scaled)
    held = frame[names].reset_index(drop=True)
    members = held.groupby(names, dropna=False, observed=True, sort=True).indices.values()
    results = [_one(days[rows], code[rows], at, level, scaled) for rows in members]
    first = np.repeat([rows[0] for rows in members], len(ESTIMATES))
    keys = held.iloc[first].reset_index(drop=True)
    return pd.concat([keys, pd.concat(results, ignore_index=True)], axis=1)


def one_row(found: pd.DataFrame, *, by: str | Sequence[str] | None = None) -> pd.DataFrame:
    """Lay the four estimates of each group side by side.

    Parameters
    ----------
    found : DataFrame
        As `compliance` returns it.
    by : str or sequence of str, optional
        The columns that define its groups.

    Returns
    -------
    DataFrame
        One row a group: group columns, ``numerator`` (done in time), ``denominator`` (records),
        ``open``, ``known`` with ``known_low`` and ``known_high``, ``all_late``, ``all_in_time``
        (the bounds), ``value`` (Aalen-Johansen) with ``std_error``, ``low`` and ``high``,
        ``level``, ``method``. Where the estimate is 0 or 1 and nothing is open, its limits are
        those of the known share.

    Raises
    ------
    ValueError
        For missing columns.

    Examples
    --------
    >>> rows = pd.DataFrame({"days": [10, 40, 70, 30], "cause": [1, 1, 1, 0]})
    >>> found = one_row(compliance(rows, limit=60))
    >>> found[["known", "all_late", "all_in_time", "value"]].round(3)
       known  all_late  all_in_time  value
    0  0.667       0.5         0.75  0.625
    """
    names = as_list(by)
    require_columns(found, [*names, *_COLUMNS])
    parts = {name: found[found["estimate"].eq(name)].reset_index(drop=True) for name in ESTIMATES}
    main, known = parts["aalen_johansen"], parts["known"]
    made = main[[*names, "numerator", "denominator", "open"]].assign(
        known=known["value"],
        known_low=known["low"],
        known_high=known["high"],
        all_late=parts["worst"]["value"],
        all_in_time=parts["best"]["value"],
    )
    made[["value", "std_error", "low", "high", "level"]] = main[
        ["value", "std_error", "low", "high", "level"]
    ]
    made["method"] = main["method"] + "; known shares with Wilson limits"
    # At 0 and 1 the estimate has no variance; with nothing open it is the known share itself.
    bare = made["low"].isna() & made["value"].notna() & made["open"].eq(0)
    made["low"] = made["low"].mask(bare, made["known_low"])
    made["high"] = made["high"].mask(bare, made["known_high"])
    made["method"] = made["method"].mask(bare, f"share of all, none open; {WILSON}")
    return made
