"""Figures of time limits.

- :func:`within_limit`: the share within each limit, with what the open ones could do to it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.figures import style


def within_limit(frame: pd.DataFrame, *, row: str = "label") -> Figure:
    """Draw the share within each limit: the estimate, its interval, the bounds, the known share.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.compliance.compliance` returns it: estimate, value, low, high,
        denominator, and the column ``row``.
    row : str
        Column that names the rows.

    Returns
    -------
    Figure
        One row a limit. The pale bar runs from all open ones late to all in time, the diamond is
        the estimate that allows for them with its interval, the hollow circle the share of those
        whose outcome is known. Belongs to no window.

    Examples
    --------
    >>> from helpers.methods.compliance import compliance
    >>> rows = pd.DataFrame({"label": "Report", "days": [10, 40, 70, 30], "cause": [1, 1, 1, 0]})
    >>> figure = within_limit(compliance(rows, limit=60, by="label"))
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['Report (n = 4)']
    """
    if frame.empty:
        return style.nothing()
    parts = {name: part.set_index(row) for name, part in frame.groupby("estimate", sort=False)}
    names = list(dict.fromkeys(frame[row]))
    place = np.arange(len(names))[::-1]
    figure, (ax,) = style.panels(1, width=9.0, height=1.4 + 0.42 * len(names))
    best, worst, known, found = (
        parts[name].reindex(names) for name in ("best", "worst", "known", "aalen_johansen")
    )
    ax.barh(
        place,
        best["value"] - worst["value"],
        left=worst["value"],
        height=0.5,
        color="#D9D9D9",
        edgecolor="#888888",
        linewidth=0.6,
        label="from all open ones late to all in time",
    )
    ax.hlines(place, found["low"], found["high"], color=style.INK, lw=1.6, label="interval")
    ax.scatter(
        found["value"],
        place,
        marker="D",
        s=34,
        color=style.COLOURS[0],
        edgecolors=style.INK,
        zorder=3,
        label="estimate, open ones allowed for",
    )
    ax.scatter(
        known["value"],
        place,
        marker="o",
        s=52,
        facecolors="none",
        edgecolors=style.INK,
        zorder=4,
        label="of those whose outcome is known",
    )
    words = [
        f"{style.fill(str(name), 46)} (n = {int(size):,})"
        for name, size in zip(names, found["denominator"], strict=True)
    ]
    ax.set_yticks(place, words)
    ax.set_xlim(-0.015, 1.015)  # a mark at an end is whole
    style.percent(ax.xaxis)
    ax.grid(visible=False, axis="y")
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.7)
    ax.set_xlabel("share within the limit", fontsize=style.SMALL)
    keys = ax.get_legend_handles_labels()
    figure.legend(*keys, loc="outside upper left", fontsize=style.SMALL, frameon=False, ncols=2)
    return figure
