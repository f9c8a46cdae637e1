"""The figure of changes between two periods.

- :func:`changes`: differences of shares with their intervals, one row a share.
"""

from __future__ import annotations

from textwrap import fill

import pandas as pd
from matplotlib.figure import Figure

from helpers.figures import style

WIDE = 64
"""Letters a line of the notes, which start below the panel."""


def changes(frame: pd.DataFrame) -> Figure:
    """Draw differences of shares between two periods with their intervals, one row a share.

    Rows keep the order of the frame: nothing is ranked. Differences across a declared change are
    hollow and named below; shares whose difference is not shown are named below as well.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.two_periods.shares` returns it: label, value, low, high (differences
        of proportions), across.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> frame = pd.DataFrame({"label": ["Reported"], "value": [0.02], "low": [0.0]})
    >>> changes(frame.assign(high=0.04, across="")).axes[0].get_yticklabels()[0].get_text()
    'Reported'
    """
    held = frame[frame["value"].notna()]
    if held.empty:
        return style.nothing()
    figure, (ax,) = style.panels(1, columns=1, width=7.6, height=0.42 * len(held) + 1.2)
    places = pd.Series(range(len(held) - 1, -1, -1), index=held.index, dtype="float64")
    marked = ~held["across"].fillna("").isin(["", "none"])
    ax.hlines(
        places, 100 * held["low"], 100 * held["high"], color=style.INK, linewidth=1.2,
        label="interval",
    )  # fmt: skip
    for across, name, face in (
        (False, "difference", style.COLOURS[0]),
        (True, "difference across a declared change", "white"),
    ):
        mine = marked.eq(across)
        if mine.any():
            ax.scatter(
                100 * held.loc[mine, "value"], places[mine], s=36, color=face,
                edgecolors=style.INK, zorder=3, label=name,
            )  # fmt: skip
    ax.axvline(0, color="#888888", linewidth=0.9, linestyle="--")
    ax.set_yticks(places, [fill(str(label), 40) for label in held["label"]])
    ax.set_ylim(-0.7, len(held) - 0.3)
    ax.grid(visible=False)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.7)
    ax.legend(
        loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=3, fontsize=style.SMALL, frameon=False
    )
    notes = ["percentage points, later period less earlier"]
    notes += [
        f"Across a declared change, as was asked: {row.label} ({row.across})"
        for row in held[marked].itertuples()
    ]
    notes += [
        f"Not drawn, a declared change lies between: {row.label} ({row.across})"
        for row in frame[frame["value"].isna()].itertuples()
    ]
    style.below(ax, notes, WIDE)
    figure.set_figheight(figure.get_figheight() + 0.17 * ax.get_xlabel().count("\n"))
    return figure
