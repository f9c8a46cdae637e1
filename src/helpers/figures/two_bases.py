"""Figure of deaths reviewed on two bases.

- :func:`two_bases`: by quarter of death, and by the quarter in which reviews were finished.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.figures import style


def two_bases(frame: pd.DataFrame) -> Figure:
    """Draw deaths reviewed on both bases, above deaths in scope, span by span.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.cohort.learning.bases` returns it: period, numerator (deaths of the span that
        were reviewed), activity_deaths (deaths whose review was finished in the span),
        denominator (deaths of the span).

    Returns
    -------
    Figure
        Two panels over the same spans. Belongs to no window.

    Examples
    --------
    >>> held = pd.DataFrame({"period": ["April to June 2014", "July to September 2014"]})
    >>> held = held.assign(numerator=[3, 4], activity_deaths=[2, 5], denominator=[40, 42])
    >>> [ax.get_title(loc="left") for ax in two_bases(held).axes]
    ['Deaths reviewed or investigated', 'Deaths in scope']
    """
    if frame.empty:
        return style.nothing()
    figure, (top, foot) = style.panels(2, columns=1, width=9.0, height=2.7, sharex=True)
    place = np.arange(len(frame))
    numbers = {
        name: frame[name].astype("float64").to_numpy()
        for name in ("numerator", "activity_deaths", "denominator")
    }
    top.bar(
        place,
        numbers["numerator"],
        width=0.8,
        color="#BDBDBD",
        edgecolor=style.INK,
        linewidth=0.5,
        label="deaths of the quarter, reviewed by now",
    )
    top.plot(
        place,
        numbers["activity_deaths"],
        color=style.COLOURS[0],
        lw=1.6,
        ls="--",
        marker="s",
        ms=4,
        label="reviews finished in the quarter, by deaths",
    )
    style.title(top, "Deaths reviewed or investigated", 90)
    foot.bar(
        place,
        numbers["denominator"],
        width=0.8,
        color="#F7F7F7",
        edgecolor=style.INK,
        linewidth=0.5,
        label="deaths in scope",
    )
    style.title(foot, "Deaths in scope", 90)
    words = frame["period"].str.replace(r"([A-Z][a-z]{2})[a-z]+", r"\1", regex=True)  # April: Apr
    foot.set_xticks(place, words.tolist(), rotation=90, fontsize=style.SMALL)
    for ax in (top, foot):
        ax.set_ylim(bottom=0)
        ax.yaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
        style.thousands(ax.yaxis)
    top.legend(
        fontsize=style.SMALL, frameon=False, loc="lower center", bbox_to_anchor=(0.5, 1.12), ncols=2
    )
    return figure
