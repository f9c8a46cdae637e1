"""Mean time from counts in bands.

Functions
---------
banded_mean
    Mean time: bounds, and the value when each band stands for its middle.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._bands import mid_points, table
from ._checks import Floats, as_list

By = str | Sequence[str] | None

_BOUNDS = "; bounds by the edges of the bands, not confidence limits"


def _times(cap: float | None, last: float | None) -> None:
    """Refuse a cap or a value of the open-ended band that is no time."""
    for name, value in (("cap", cap), ("last", last)):
        if value is not None and not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be a time above zero; got {value!r}.")
    if cap is not None and last is not None and last > cap:
        raise ValueError(f"last must not lie above the cap {cap!r}; got {last!r}.")


def _beyond(begins: Floats, cap: float | None, last: float | None) -> None:
    """Refuse a cap or a value that lies below the open-ended bands it is meant for."""
    if not begins.size:
        return
    lowest = float(begins.max())
    # Twelve months as weeks may differ from a year as weeks by the last bit of a float.
    if cap is not None and cap <= lowest * (1 + 1e-9):
        raise ValueError(f"The cap {cap:g} is not above {lowest:g}, where the last band begins.")
    if last is not None and last < lowest * (1 - 1e-9):
        raise ValueError(f"The value {last:g} lies below {lowest:g}, where the last band begins.")


def banded_mean(
    frame: pd.DataFrame,
    *,
    lower: str = "lower",
    upper: str = "upper",
    count: str = "count",
    by: By = None,
    cap: float | None = None,
    last: float | None = None,
) -> pd.DataFrame:
    """Mean time from counts in bands: what is certain, and what a stated assumption gives.

    Parameters
    ----------
    frame : DataFrame
        One row a band of a group. It is not changed.
    lower, upper : str
        Columns of edges, in any one unit of time; a missing upper edge is an open-ended band.
    count : str
        Column of counts.
    by : str or sequence of str, optional
        Columns that define groups.
    cap : float, optional
        Time that none in the open-ended band exceeds; None: there is no upper bound.
    last : float, optional
        Time that the open-ended band stands for; None: halfway to the cap, if there is one.

    Returns
    -------
    DataFrame
        Group columns, ``value`` (each band standing for its middle; NaN where people are in an
        open-ended band and nothing was said of it), ``low`` (all at the lower edges), ``high``
        (all at the upper edges; infinite where there is no upper bound), ``numerator`` (people
        in bands with two edges), ``denominator`` (people in all bands), ``level`` (NaN: these
        are bounds), ``method``. All NaN where a count is missing or nobody was counted.

    Raises
    ------
    ValueError
        For missing columns, edges that are missing, negative or out of order, bands that
        overlap, negative counts, or a cap or value that lies below the open-ended band.

    Notes
    -----
    The bounds are reached when all times of a band lie at one edge; nothing between them can be
    excluded from the counts alone (Manski (2003) Partial Identification of Probability
    Distributions, chapter 1, for interval data).

    Examples
    --------
    >>> waits = pd.DataFrame({"lower": [0, 3, 6], "upper": [3, 6, None], "count": [5, 3, 2]})
    >>> banded_mean(waits, last=9)[["value", "low", "high", "numerator", "denominator"]]
       value  low  high  numerator  denominator
    0    3.9  2.1   inf        8.0         10.0
    >>> banded_mean(waits, cap=12)[["value", "low", "high"]]
       value  low  high
    0    3.9  2.1   5.7
    """
    _times(cap, last)
    found = table(frame, lower=lower, upper=upper, counts=[count], by=as_list(by))
    start, end, people = found.columns
    endless = np.isinf(end)
    _beyond(start[endless], cap, last)
    stands = np.nan if last is None else last
    if last is None and cap is not None:
        stands = (start + cap) / 2.0
    middle = mid_points(start, end, stands)
    highest = np.where(endless & (cap is not None), cap or np.inf, end)
    everybody = found.total(people)
    some = everybody > 0
    whole = np.where(some, everybody, np.nan)
    # An empty band adds nothing, not even when its edge is unknown or infinite.
    empty = people == 0
    value, low, high = (
        found.total(np.where(empty, 0.0, people * np.where(empty, 0.0, edge))) / whole
        for edge in (middle, start, highest)
    )
    beyond = found.total(np.where(endless, people, 0.0))
    known = np.where(some, found.total(np.where(endless, 0.0, people)), np.nan)
    ended = found.total(endless.astype(float)) == 0
    said = {
        (none, late): _said(stands, cap, beyond=late, ended=none)
        for none in (True, False)
        for late in (True, False)
    }
    result = pd.DataFrame(
        {"value": value, "low": low, "high": high, "numerator": known, "denominator": whole}
        | {"level": np.nan}
        | {
            "method": [
                said[pair] for pair in zip(ended.tolist(), (beyond > 0).tolist(), strict=True)
            ]
        }
    )
    return pd.concat([found.keys, result], axis=1)


def _said(stands: float | Floats, cap: float | None, *, beyond: bool, ended: bool) -> str:
    """Say what each band stands for, and whether there is an upper bound."""
    said = "mean of bands at their middles"
    if ended:
        return said + _BOUNDS
    if np.ndim(stands):
        said += ", the open-ended band halfway to the cap"
    elif np.isnan(stands):
        said += ", no value for the open-ended band"
    else:
        said += f", the open-ended band at {stands:g}"
    said += _BOUNDS
    if cap is not None:
        return f"{said}; none taken to exceed {cap:g}"
    return f"{said}; no upper bound, for the last band has no end" if beyond else said
