"""Limits of shares, and of their changes, made again by the method that made them first.

- :func:`limits`: a frame with shares and limits from its counts.
- :func:`changes`: the first year against the last, from protected shares by year.
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


COMPARED = ("first_share", "last_share", "value", "low", "high", "ratio", "ratio_low", "ratio_high")


def changes(frame: pd.DataFrame, shares: pd.DataFrame) -> pd.DataFrame:
    """Return the first year against the last, from protected shares by year.

    Parameters
    ----------
    frame : DataFrame
        What was compared first: indicator, label, first_year, last_year, level and method.
    shares : DataFrame
        indicator, year, numerator and denominator, protected (missing where hidden).

    Returns
    -------
    DataFrame
        The columns of the frame that are named above, the counts of the last year, and
        first_share, last_share, value, low, high, ratio, ratio_low and ratio_high as
        :func:`helpers.methods.change.first_to_last` makes them. Missing is whatever would need a
        count that is hidden: no other year is taken for it.

    Examples
    --------
    >>> frame = pd.DataFrame({"indicator": ["late"], "label": ["Late"], "first_year": [2013],
    ...                       "last_year": [2014], "level": [0.95], "method": ["Newcombe"]})
    >>> years = pd.DataFrame({"indicator": "late", "year": [2013, 2014], "numerator": [50, 60],
    ...                       "denominator": [100, 80]})
    >>> changes(frame, years)[["first_share", "last_share", "value"]].values.tolist()
    [[0.5, 0.75, 0.25]]
    """
    from helpers.methods.change import first_to_last

    words = ("indicator", "label", "first_year", "last_year", "level", "method")
    held = shares.set_index(["indicator", "year"])[["numerator", "denominator"]]
    rows = []
    for row in frame[[*words]].to_dict("records"):
        ends = [
            held.loc[row["indicator"], row[name]]
            if (row["indicator"], row[name]) in held.index
            else pd.Series({"numerator": pd.NA, "denominator": pd.NA})
            for name in ("first_year", "last_year")
        ]
        made: dict[str, object] = dict.fromkeys(COMPARED, np.nan)
        known = [end.notna().all() and end["denominator"] > 0 for end in ends]
        for name, end, there in zip(("first_share", "last_share"), ends, known, strict=True):
            if there:
                made[name] = float(end["numerator"]) / float(end["denominator"])
        if all(known):
            pair = pd.DataFrame({"year": [0, 1], "what": ""}).assign(
                numerator=[float(end["numerator"]) for end in ends],
                denominator=[float(end["denominator"]) for end in ends],
            )
            found = first_to_last(pair, within="what", level=float(row["level"])).iloc[0]
            made |= {name: float(found[name]) for name in COMPARED}
        rows.append({**row, **ends[1].to_dict(), **made})
    order = [*words[:4], "numerator", "denominator", *COMPARED, "level", "method"]
    made_again = pd.DataFrame(rows, columns=order)
    return made_again.astype({"numerator": "Int64", "denominator": "Int64"})
