"""Limits of shares made again by the method that made them first.

- :func:`limits`: a frame with shares and limits from its counts.
"""

from __future__ import annotations

import numpy as np
import pandas as pd


def limits(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Return a frame with shares and limits from its counts, and what could not be made again.

    Parameters
    ----------
    frame : DataFrame
        Columns numerator and denominator, protected (missing where hidden); value, low, high,
        level and method as they were made first.

    Returns
    -------
    tuple of DataFrame and list of str
        The frame with value, low and high made again (missing where a count is), and the methods by
        which limits cannot be made from two counts: those limits are gone.

    Examples
    --------
    >>> from helpers.methods.proportions import WILSON
    >>> frame = pd.DataFrame({"numerator": [15], "denominator": [60], "value": 0.2, "low": 0.1,
    ...                       "high": 0.3, "level": 0.95, "method": WILSON})
    >>> made, lost = limits(frame)
    >>> made[["value", "low", "high"]].round(3).values.tolist(), lost
    ([[0.25, 0.158, 0.372]], [])
    """
    from helpers.methods import proportions

    made = frame.copy()
    top, bottom = (made[name].astype("float64") for name in ("numerator", "denominator"))
    known = (top.notna() & bottom.gt(0)).to_numpy()
    made["value"] = (top / bottom).where(known)
    if not {"method", "level"} <= set(made):
        return made, []
    ways = {
        proportions.WILSON: proportions.wilson,
        proportions.CLOPPER_PEARSON: proportions.clopper_pearson,
    }
    low, high, lost = np.full(len(made), np.nan), np.full(len(made), np.nan), []
    for (method, level), rows in made.groupby(["method", "level"], sort=False).indices.items():
        if method not in ways:
            lost.append(str(method))
            continue
        rows = rows[known[rows]]
        found = ways[method](top.to_numpy()[rows], bottom.to_numpy()[rows], level=float(level))
        low[rows], high[rows] = found
    made["low"], made["high"] = low, high
    if lost:
        made.loc[made["method"].isin(lost), "method"] = "no interval from protected counts"
    return made, lost
