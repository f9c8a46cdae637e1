"""Times known only as counts in bands, and the backlog they stand in.

A band says that a time lies above its lower edge and at or below its upper one. What the bands
cannot say is kept apart from what they can: a mean has bounds that need no assumption, and a
value under a stated one.

Functions
---------
banded_mean
    Mean time: bounds, and the value when each band stands for its middle.
banded_quantiles
    The band in which a quantile lies, and a value interpolated within it.
against_published
    Published means beside those that the bands allow.
beside_published
    Every mean of the bands, with the published one where there is one.
agreement
    How many published means the bands allow, and how many come out as published.
open_band_value
    The time that the open-ended band must stand for, for a published mean to come out.
life_table
    Share done by each edge, from a cohort's bands of those done and those still open.
turnbull
    Share done, from any mixture of exact, banded and still open times.
stock_and_flow
    Stock, inflow and outflow year by year, what does not add up, and the implied wait.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._banded_mean import By, banded_mean
from ._bands import table
from ._checks import as_list
from ._interval_censored import life_table, turnbull
from ._published_means import (
    against_published,
    agreement,
    beside_published,
    open_band_value,
)
from ._stock_flow import stock_and_flow

__all__ = [
    "against_published",
    "agreement",
    "banded_mean",
    "banded_quantiles",
    "beside_published",
    "life_table",
    "open_band_value",
    "stock_and_flow",
    "turnbull",
]

_RESULT = ["value", "low", "high", "numerator", "denominator", "level", "method"]


def banded_quantiles(
    frame: pd.DataFrame,
    *,
    probabilities: Sequence[float] = (0.25, 0.5, 0.75),
    lower: str = "lower",
    upper: str = "upper",
    count: str = "count",
    by: By = None,
) -> pd.DataFrame:
    """Find the band in which quantiles lie, and interpolate within it.

    Parameters
    ----------
    frame, lower, upper, count, by
        See `banded_mean`.
    probabilities : sequence of float
        Shares, each inside (0, 1); 0.5 is the median.

    Returns
    -------
    DataFrame
        Group columns, ``probability``, ``value`` (interpolated as though times were spread
        evenly over the band; NaN in an open-ended one), ``low``, ``high`` (edges of the band in
        which the quantile certainly lies; ``high`` is infinite in an open-ended one),
        ``numerator`` (people in bands up to and with this one), ``denominator``, ``level``
        (NaN), ``method``. All NaN where a count is missing or nobody was counted.

    Raises
    ------
    ValueError
        As for `banded_mean`, and for a probability outside (0, 1).

    Notes
    -----
    The quantile of p is the least time by which a share of at least p had ended; where bands up
    to an edge hold exactly that share, it lies in the band below the edge.

    Examples
    --------
    >>> waits = pd.DataFrame({"lower": [0, 3, 6], "upper": [3, 6, None], "count": [4, 4, 2]})
    >>> banded_quantiles(waits)[["probability", "value", "low", "high"]]
       probability  value  low  high
    0         0.25  1.875  0.0   3.0
    1         0.50  3.750  3.0   6.0
    2         0.75  5.625  3.0   6.0
    """
    shares = np.asarray(probabilities, dtype=float)
    if not np.all((shares > 0) & (shares < 1)):
        raise ValueError(f"Probabilities must lie inside (0, 1); got {list(probabilities)!r}.")
    found = table(frame, lower=lower, upper=upper, counts=[count], by=as_list(by))
    rows = []
    for start, end, people in found:
        total = people.sum()
        if not total > 0:
            rows.append(np.full((shares.size, 5), np.nan))
            continue
        running = np.cumsum(people)
        # A share such as 0.1 x 30 must not miss an edge by the last bit of a float.
        at = np.searchsorted(running, shares * total * (1 - 1e-12), side="left")
        part = np.clip((shares * total - running[at] + people[at]) / people[at], 0.0, 1.0)
        ended = np.isfinite(end[at])
        inside = start[at] + part * np.where(ended, end[at] - start[at], np.nan)
        rows.append(np.c_[inside, start[at], end[at], running[at], np.full(shares.size, total)])
    result = pd.DataFrame(np.vstack([np.empty((0, 5)), *rows]), columns=_RESULT[:5])
    result.insert(0, "probability", np.tile(shares, len(found.keys)))
    result = result.assign(
        level=np.nan,
        method="spread evenly over the band that holds the quantile; its edges are bounds",
    )
    keys = found.keys.iloc[np.repeat(np.arange(len(found.keys)), shares.size)]
    return pd.concat([keys.reset_index(drop=True), result], axis=1)
