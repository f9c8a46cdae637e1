"""Time until a record ends, when it can end in several ways that exclude one another.

Functions
---------
aalen_johansen
    Probability of having ended by each cause, and of being open still, by each time.
incidence_at
    The same at given times.
incidence_quantiles
    Times by which given shares had ended by each cause.
gray_test
    Test, cause by cause, that groups share one incidence.

A record ends by a *cause* (an investigation opened; closed without one) or is still *open*. The
share ended by one cause is not 1 minus a Kaplan-Meier curve with the other causes counted as
open: that would be the share in a world without the other causes, and is greater.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import as_list, check_choice, check_level
from ._gray import gray_test
from ._incidence import Incidence, incidence, limits
from ._product_limit import crossing, labelled, manner
from ._records import Records, records
from ._risk_table import followed, risk_table, running, sums

__all__ = ["aalen_johansen", "gray_test", "incidence_at", "incidence_quantiles"]

Transform = Literal["log-log", "cloglog", "plain"]
Variance = Literal["aalen", "greenwood"]
By = str | Sequence[str] | None

TRANSFORMS = ("log-log", "cloglog", "plain")
VARIANCES = ("aalen", "greenwood")


def _fitted(
    frame: pd.DataFrame, options: dict, level: float, transform: str, variance: str
) -> tuple[Records, Incidence, str]:
    check_level(level)
    check_choice("transform", transform, TRANSFORMS)
    check_choice("variance", variance, VARIANCES)
    causes = None if options["causes"] is None else list(options["causes"])
    by = as_list(options["by"])
    checked = records(frame, **(options | {"by": by, "causes": causes}))
    words = f"Aalen-Johansen, {variance.capitalize()} variance"
    return checked, incidence(risk_table(checked), variance), words


def _causes(checked: Records, number: np.ndarray) -> pd.Index:
    """Return the names of numbered causes (from 0)."""
    return pd.Index(checked.causes).take(number)


def aalen_johansen(
    frame: pd.DataFrame,
    *,
    duration: str = "days",
    cause: str = "cause",
    censored: object = None,
    causes: Sequence | None = None,
    by: By = None,
    entry: str | None = None,
    weights: str | None = None,
    level: float = 0.95,
    transform: Transform = "log-log",
    variance: Variance = "aalen",
) -> pd.DataFrame:
    """Cumulative incidence of each cause, one row per group, cause and distinct time.

    Parameters
    ----------
    frame : DataFrame
        One row per record. It is not changed.
    duration : str
        Column of times until the record ended or was last seen open; zero is allowed.
    cause : str
        Column of what ended the record: text, categories or numbers. Missing: still open.
    censored : scalar or sequence, optional
        Value or values of ``cause`` that mean still open as well.
    causes : sequence, optional
        All causes there can be, in their order; those that nobody met stay at zero. Without it
        the causes found, in the order of the categories or the alphabet.
    by, entry, weights
        See `helpers.methods.survival.kaplan_meier`.
    level : float
        Two-sided confidence level of each point.
    transform : {"log-log", "cloglog", "plain"}
        Scale on which the limits are symmetrical: log(-log(F)), log(-log(1 - F)), F.
    variance : {"aalen", "greenwood"}
        Aalen's estimate with a correction for ties, as in the R package cmprsk; or the delta
        method with the multinomial variance at each time, which without late entries is the
        infinitesimal jackknife, as in the R package survival.

    Returns
    -------
    DataFrame
        Group columns, ``time``, ``cause``, ``n_risk``, ``n_event`` (by the cause),
        ``n_censored``, ``open`` (probability of being open still; with the values of all
        causes it adds up to 1), ``value`` (cumulative incidence), ``std_error``, ``low``,
        ``high``, ``numerator`` (records ended by the cause so far), ``denominator`` (records),
        ``level``, ``method``. Limits are NaN while the incidence is 0 and when it is 1. No row
        if no record ended and ``causes`` are not given.

    Raises
    ------
    ValueError
        For missing columns, missing or negative durations, a cause that is not among
        ``causes``, a value of ``censored`` that differs from one in the column by case, spaces
        or type alone, entries not before the duration, weights that are no whole numbers,
        unknown options, or a level outside (0, 1).

    Notes
    -----
    Aalen and Johansen (1978) Scand J Stat 5:141; variances: Aalen (1978) Ann Stat 6:534, and
    Andersen, Borgan, Gill and Keiding (1993) Statistical Models Based on Counting Processes,
    IV.4. The log-log limits are those that R's cmprsk calls complementary log-log. With the
    Greenwood variance and cloglog, a single cause gives the Kaplan-Meier curve and its log-log
    limits. On risk sets that run empty before others enter, see `kaplan_meier`.

    Examples
    --------
    >>> ended = pd.DataFrame(
    ...     {"days": [2, 3, 3, 5], "cause": ["opened", "closed", None, "opened"]})
    >>> aalen_johansen(ended)[["time", "cause", "n_risk", "n_event", "open", "value"]]
       time   cause  n_risk  n_event  open  value
    0   2.0  closed       4        0  0.75   0.00
    1   3.0  closed       3        1  0.50   0.25
    2   5.0  closed       1        0  0.00   0.25
    3   2.0  opened       4        1  0.75   0.25
    4   3.0  opened       3        0  0.50   0.25
    5   5.0  opened       1        1  0.00   0.75
    """
    options = {"duration": duration, "cause": cause, "censored": censored, "causes": causes}
    options |= {"by": by, "entry": entry, "weights": weights}
    checked, fitted, words = _fitted(frame, options, level, transform, variance)
    table, kinds = fitted.table, len(checked.causes)
    # Rows by group, then cause, then time.
    number, row = np.divmod(np.arange(kinds * table.time.size), max(table.time.size, 1))
    order = np.lexsort((row, number, table.group[row]))
    number, row = number[order], row[order]
    low, high = limits(fitted.value, fitted.std_error, level, transform)
    seen = running(np.cumsum, table.n_event, table.parts())
    group = table.group[row]
    result = {
        "time": table.time[row],
        "cause": _causes(checked, number),
        "n_risk": table.n_risk[row].astype(np.int64),
        "n_event": table.n_event[row, number].astype(np.int64),
        "n_censored": table.n_censored[row].astype(np.int64),
        "open": fitted.open[row],
        "value": fitted.value[row, number],
        "std_error": fitted.std_error[row, number],
        "low": low[row, number],
        "high": high[row, number],
        "numerator": seen[row, number].astype(np.int64),
        "denominator": table.sizes[group].astype(np.int64),
        "level": level,
        "method": manner(f"{words}, {transform} limits", table, entry)[group],
    }
    return labelled(checked.keys, group, result)


def incidence_at(
    frame: pd.DataFrame,
    *,
    times: Sequence[float],
    duration: str = "days",
    cause: str = "cause",
    censored: object = None,
    causes: Sequence | None = None,
    by: By = None,
    entry: str | None = None,
    weights: str | None = None,
    level: float = 0.95,
    transform: Transform = "log-log",
    variance: Variance = "aalen",
) -> pd.DataFrame:
    """Share that had ended by each cause by given times, allowing for records still open.

    Parameters
    ----------
    frame, duration, cause, censored, causes, by, entry, weights, level, transform, variance
        See `aalen_johansen`.
    times : sequence of float
        Times, not negative, in units of ``duration``.

    Returns
    -------
    DataFrame
        Group columns, ``time``, ``cause``, ``value``, ``std_error``, ``low``, ``high``,
        ``open``, ``numerator`` (ended by the cause by then), ``denominator`` (records),
        ``n_risk`` (records still followed at that time), ``level``, ``method``. With records
        open the value is not the ratio of the two counts. After the last record, unless every
        record had ended, value, open and limits are NaN.

    Raises
    ------
    ValueError
        As for `aalen_johansen`, and for a negative or missing time.

    Notes
    -----
    See `aalen_johansen`.

    Examples
    --------
    >>> ended = pd.DataFrame(
    ...     {"days": [2, 3, 3, 5], "cause": ["opened", "closed", None, "opened"]})
    >>> incidence_at(ended, times=[3])[["time", "cause", "value", "open", "numerator"]]
       time   cause  value  open  numerator
    0   3.0  closed   0.25   0.5          1
    1   3.0  opened   0.25   0.5          1
    """
    points = np.asarray(times, dtype=float)
    if not np.all(points >= 0):
        raise ValueError(f"Times must be numbers that are not negative; got {list(times)!r}.")
    options = {"duration": duration, "cause": cause, "censored": censored, "causes": causes}
    options |= {"by": by, "entry": entry, "weights": weights}
    checked, fitted, words = _fitted(frame, options, level, transform, variance)
    table, kinds = fitted.table, len(checked.causes)
    low, high = limits(fitted.value, fitted.std_error, level, transform)
    seen = running(np.cumsum, table.n_event, table.parts())
    shape = (table.sizes.size, kinds, points.size)
    start = {"value": 0.0, "std_error": 0.0, "low": np.nan, "high": np.nan, "numerator": 0.0}
    curves = {"value": fitted.value, "std_error": fitted.std_error, "low": low, "high": high}
    curves["numerator"] = seen
    found = {name: np.full(shape, np.nan) for name in (*curves, "open")}
    for group, part in enumerate(table.parts()):
        # Position 0 stands for the time before the first record.
        at = np.searchsorted(table.time[part], points, side="right")
        left = np.r_[1.0, fitted.open[part]][at]
        known = (points <= table.time[part][-1]) | (left == 0)
        found["open"][group] = np.where(known, left, np.nan)
        for name, curve in curves.items():
            first = np.full((1, kinds), start[name])
            there = np.concatenate([first, curve[part]])[at].T
            found[name][group] = there if name == "numerator" else np.where(known, there, np.nan)
    here = followed(checked, table, points)
    group, number, place = (index.ravel() for index in np.indices(shape))
    result = {
        "time": points[place],
        "cause": _causes(checked, number),
        **{name: found[name].ravel() for name in ("value", "std_error", "low", "high", "open")},
        "numerator": found["numerator"].ravel().astype(np.int64),
        "denominator": table.sizes[group].astype(np.int64),
        "n_risk": here[group, place].astype(np.int64),
        "level": level,
        "method": manner(f"{words}, {transform} limits", table, entry)[group],
    }
    return labelled(checked.keys, group, result)


def incidence_quantiles(
    frame: pd.DataFrame,
    *,
    probabilities: Sequence[float] = (0.25, 0.5, 0.75),
    duration: str = "days",
    cause: str = "cause",
    censored: object = None,
    causes: Sequence | None = None,
    by: By = None,
    entry: str | None = None,
    weights: str | None = None,
    level: float = 0.95,
    transform: Transform = "log-log",
    variance: Variance = "aalen",
) -> pd.DataFrame:
    """Estimate the times by which given shares of all records had ended by each cause.

    Parameters
    ----------
    frame, duration, cause, censored, causes, by, entry, weights, level, transform, variance
        See `aalen_johansen`.
    probabilities : sequence of float
        Shares of all records, each inside (0, 1).

    Returns
    -------
    DataFrame
        Group columns, ``cause``, ``probability``, ``value``, ``low``, ``high`` (units of
        ``duration``), ``numerator`` (records ended by the cause), ``denominator`` (records),
        ``level``, ``method``. What the curve or its band does not reach is NaN: where other
        causes end most records, a cause may never come to a half of them.

    Raises
    ------
    ValueError
        As for `aalen_johansen`, and for a probability outside (0, 1).

    Notes
    -----
    The share is one of all records, not of those that ended by the cause. Where several causes
    compete, one more open record can bring a cause's own quantile forward, for it slows the
    others; the quantile to any end it never brings forward. Limits are the times
    at which the pointwise band reaches the height, and a level stretch gives its middle, as in
    `helpers.methods.survival.quantiles`.

    Examples
    --------
    >>> ended = pd.DataFrame(
    ...     {"days": [2, 3, 3, 5], "cause": ["opened", "closed", None, "opened"]})
    >>> found = incidence_quantiles(ended, probabilities=[0.5])
    >>> found[["cause", "probability", "value", "numerator"]]
        cause  probability  value  numerator
    0  closed          0.5    NaN          1
    1  opened          0.5    5.0          2
    """
    shares = np.asarray(probabilities, dtype=float)
    if not np.all((shares > 0) & (shares < 1)):
        raise ValueError(f"Probabilities must lie inside (0, 1); got {list(probabilities)!r}.")
    options = {"duration": duration, "cause": cause, "censored": censored, "causes": causes}
    options |= {"by": by, "entry": entry, "weights": weights}
    checked, fitted, words = _fitted(frame, options, level, transform, variance)
    table, kinds = fitted.table, len(checked.causes)
    low, high = limits(fitted.value, fitted.std_error, level, transform)
    # The earliest time belongs to the upper edge of the band.
    curves = {"value": fitted.value, "low": high, "high": low}
    found = {
        name: [
            crossing(table.time[part], 1.0 - curve[part, number], 1.0 - share)
            for part in table.parts()
            for number in range(kinds)
            for share in shares
        ]
        for name, curve in curves.items()
    }
    shape = (table.sizes.size, kinds, shares.size)
    group, number, place = (index.ravel() for index in np.indices(shape))
    ended = (
        np.stack(
            [sums(table.group, table.n_event[:, kind], shape[0]) for kind in range(kinds)], axis=1
        )
        if kinds
        else np.zeros((shape[0], 0), dtype=np.int64)
    )
    result = {
        "cause": _causes(checked, number),
        "probability": shares[place],
        **{name: np.array(values, dtype=float) for name, values in found.items()},
        "numerator": ended[group, number],
        "denominator": table.sizes[group].astype(np.int64),
        "level": level,
        "method": manner(f"{words}, inverted {transform} band", table, entry)[group],
    }
    return labelled(checked.keys, group, result)
