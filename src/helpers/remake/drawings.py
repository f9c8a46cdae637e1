"""Figures drawn again from protected tables, by the functions that drew them first.

- :data:`WAYS`: how each figure of a table of counts is drawn.
- :func:`draw`: one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WAYS = ("intervals", "trend", "lines")


def draw(
    way: str, frame: pd.DataFrame, *, stratum: Sequence[str] = (), breaks: Sequence[Any] = ()
) -> Figure:
    """Return a figure of a protected table; rows with a hidden number are not drawn.

    Parameters
    ----------
    way : str
        One of :data:`WAYS`: the function of :mod:`helpers.figures`.
    frame : DataFrame
        The table, protected.
    stratum : sequence of str
        Columns that name a row, for ``intervals``.
    breaks : sequence of Break
        Changes of law or definition, for ``trend``.

    Raises
    ------
    ValueError
        If no row is shown.
    KeyError
        For a way that is not among these.

    Examples
    --------
    >>> frame = pd.DataFrame({"label": "Inquests", "year": [2019, 2020], "numerator": [30, 35]})
    >>> len(draw("lines", frame).axes)
    1
    """
    from helpers import figures

    counts = [name for name in ("numerator", "denominator", "value") if name in frame]
    held = frame.dropna(subset=counts).reset_index(drop=True)
    held = held.astype(dict.fromkeys(counts, "float64"))
    if held.empty:
        raise ValueError("nothing of its table is shown")
    ways = {
        # No share of all strata together: it would be made of other counts than the totals shown.
        "intervals": lambda: figures.intervals(held, stratum=list(stratum), pooled=False, least=0),
        "trend": lambda: figures.trend(held, breaks=breaks),
        "lines": lambda: figures.lines(held),
    }
    return ways[way]()
