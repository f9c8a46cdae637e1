"""Figures of what is unfinished.

- :func:`backlog`: open at the end of each period by age, and what came in and went out.
"""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.figures import style

GREYS = ["#F7F7F7", "#BDBDBD", "#737373", "#252525"]
HATCHES = ["", "", "////", ""]


def backlog(
    still_open: pd.DataFrame, flow: pd.DataFrame, *, last_death: date | None = None
) -> Figure:
    """Draw what was open at the end of each period, by age, and what came in and went out.

    Parameters
    ----------
    still_open : DataFrame
        As `helpers.cohort.backlog.open_at` returns it: date, label (band of age), numerator.
    flow : DataFrame
        As `helpers.cohort.backlog.flow` returns it: date, opened, completed, otherwise.
    last_death : date, optional
        Last day of the deaths that are counted: later periods are hatched, for investigations
        of later deaths are not among them.

    Returns
    -------
    Figure
        Two panels over the same periods. Belongs to no window.

    Examples
    --------
    >>> days = pd.to_datetime(["2014-03-31", "2014-06-30"])
    >>> held = pd.DataFrame({"date": days, "label": "up to 3 months", "numerator": [3, 4]})
    >>> moved = pd.DataFrame({"date": days, "opened": [3, 2], "completed": [0, 1], "otherwise": 0})
    >>> [ax.get_title(loc="left") for ax in backlog(held, moved).axes]
    ['Open at the end of each period, by age', 'Opened and ended in each period']
    """
    if still_open.empty or flow.empty:
        return style.nothing()
    figure, (top, foot) = style.panels(2, columns=1, width=9.0, height=2.9, sharex=True)
    wide = still_open.pivot_table(
        index="date", columns="label", values="numerator", sort=False, observed=True
    )
    place = np.arange(len(wide))
    below = np.zeros(len(wide))
    for shade, (name, counts) in enumerate(wide.items()):
        top.bar(
            place,
            counts,
            bottom=below,
            width=0.8,
            color=GREYS[shade % 4],
            hatch=HATCHES[shade % 4],
            edgecolor=style.INK,
            linewidth=0.5,
            label=str(name),
        )
        below = below + counts.to_numpy()
    style.title(top, "Open at the end of each period, by age", 90)
    ended = flow["completed"] + flow["otherwise"]
    foot.plot(place, flow["opened"], color=style.INK, lw=1.4, marker="o", ms=3.5, label="opened")
    foot.plot(place, ended, color="#777777", lw=1.4, ls="--", marker="s", ms=3.5, label="ended")
    style.title(foot, "Opened and ended in each period", 90)
    if last_death is not None and (wide.index > pd.Timestamp(last_death)).any():
        first = float(np.flatnonzero(wide.index > pd.Timestamp(last_death))[0]) - 0.5
        for ax in (top, foot):
            ax.axvspan(
                first,
                len(wide) - 0.5,
                facecolor="none",
                edgecolor="#BBBBBB",
                hatch="\\\\\\",
                linewidth=0,
                zorder=0,
            )
        foot.set_xlabel(
            "hatched: investigations of later deaths are not counted", fontsize=style.SMALL
        )
    words = [f"{day:%b %Y}" for day in wide.index]
    foot.set_xticks(place, words, rotation=90, fontsize=style.SMALL)
    for ax in (top, foot):
        ax.set_ylim(bottom=0)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        style.thousands(ax.yaxis)
        ax.legend(
            fontsize=style.SMALL, frameon=False, loc="center left", bbox_to_anchor=(1.01, 0.5)
        )
    return figure
