"""Figures of models.

- :func:`forest`: odds ratios with limits on a log scale.
"""

from __future__ import annotations

from textwrap import shorten

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from helpers.figures import style

TICKS = [0.1, 0.2, 0.5, 1, 2, 5, 10]


def forest(frame: pd.DataFrame, *, label: str = "label", title: str = "") -> Figure:
    """Draw odds ratios with their limits on a log scale, in the order of the frame.

    Parameters
    ----------
    frame : DataFrame
        Columns ``label``, odds_ratio, low, high, numerator, denominator, as
        `helpers.methods.models.coefficients` returns them.
    label : str
        Column that names the rows.
    title : str
        Title above the panel; empty: none.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> odds = {"label": ["Two recipients"], "odds_ratio": [1.8], "low": [1.2], "high": [2.7]}
    >>> figure = forest(pd.DataFrame(odds).assign(numerator=37, denominator=84))
    >>> figure.axes[0].get_yticklabels()[0].get_text()
    'Two recipients  (37/84)'
    """
    # On a log scale there is no place for a limit of 0 or without end: its line leaves the panel.
    frame = frame.dropna(subset=["odds_ratio"])
    frame = frame.assign(
        low=frame["low"].astype(float).clip(lower=1e-3),
        high=frame["high"].astype(float).clip(upper=1e3),
    )
    if frame.empty:
        return style.nothing()
    names = [
        f"{shorten(str(row[label]), 52, placeholder='...')}  "
        f"({int(row['numerator']):,}/{int(row['denominator']):,})"
        for row in frame.to_dict("records")
    ]
    places = list(range(len(names) - 1, -1, -1))
    figure, (ax,) = style.panels(1, columns=1, height=0.24 * len(names) + 1.3)
    ax.set_xscale("log")
    ax.hlines(places, frame["low"], frame["high"], color=style.INK, linewidth=1.2, label="interval")
    ax.scatter(
        frame["odds_ratio"], places, s=20, color=style.COLOURS[0], zorder=3, label="odds ratio"
    )
    ax.axvline(1, color="#888888", linewidth=0.9, linestyle="--")
    ax.set_yticks(places, names)
    ax.set_ylim(-0.8, len(names) - 0.2)
    reach = max(float(frame["high"].max()), 1 / float(frame["low"].min()), 2.0) * 1.1
    ticks = [tick for tick in TICKS if 1 / reach <= tick <= reach]
    ax.set_xlim(1 / reach, reach)
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    ax.xaxis.set_minor_locator(NullLocator())
    ax.xaxis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.7)
    style.title(ax, title, 90)
    ax.set_xlabel("odds ratio (log scale); in brackets: with the outcome, out of all")
    return figure
