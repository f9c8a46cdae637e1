"""Figures of a change and of what a mix of people does to a rate.

- :func:`beside`: crude beside standardised rates by year.
- :func:`parts`: the two parts of a change, by stratum and all together.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.figures import style

ALL = "All together"


def beside(
    frame: pd.DataFrame, *, immature: Sequence[int] = (), unit: str = "per 1,000 person-years"
) -> Figure:
    """Draw crude beside standardised rates by year, the standardised ones with their intervals.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.standardise.direct` returns it by year: year, crude, value, low, high,
        numerator. A year whose standardised rate is withheld keeps its crude mark.
    immature : sequence of int
        Years of which not enough was known at the extract; they are hatched.
    unit : str
        Name of the vertical axis.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> frame = pd.DataFrame({"year": [2013, 2014], "crude": [30.0, 36], "value": [31.0, 32]})
    >>> figure = beside(frame.assign(low=25.0, high=40.0, numerator=[90, 95]))
    >>> figure.axes[0].get_xlabel()
    'n = 90 to 95 deaths a year'
    """
    frame = frame.dropna(subset=["crude"])
    if frame.empty:
        return style.nothing()
    figure, (ax,) = style.panels(1, columns=1, width=7.4, height=3.8)
    year, crude, value, low, high = (
        frame[name].to_numpy(dtype=float) for name in ("year", "crude", "value", "low", "high")
    )
    # A little apart, so that two marks of one height are both seen.
    ax.plot(
        year - 0.07, crude, color=style.COLOURS[1], marker="s", markersize=6, linestyle="--",
        linewidth=0.9, markerfacecolor="white", label="crude",
    )  # fmt: skip
    ax.vlines(
        year + 0.07, low, high, color=style.COLOURS[0], linewidth=1.4,
        label="interval of the standardised",
    )  # fmt: skip
    ax.plot(
        year + 0.07, value, color=style.COLOURS[0], marker="o", markersize=6, linewidth=1.2,
        label="standardised",
    )  # fmt: skip
    top = float(np.nanmax(np.concatenate([crude, value, high])))
    ax.set_ylim(0, top * 1.12 or 1)
    style.years(ax, year)
    ax.set_ylabel(unit)
    size = frame["numerator"].astype(float)
    below = [f"n = {size.min():,.0f} to {size.max():,.0f} deaths a year"]
    below.append(style.immature(ax, immature))
    ax.set_xlabel("\n".join(filter(None, below)), fontsize=style.SMALL, loc="left")
    ax.legend(
        loc="upper center", bbox_to_anchor=(0.5, -0.2), fontsize=style.SMALL, frameon=False, ncols=3
    )
    return figure


def parts(frame: pd.DataFrame) -> Figure:
    """Draw the two parts of a change, one row a stratum and one for all together.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.decompose.kitagawa` returns it: stratum, rate_part, mix_part, and for
        all together (the last row) change, rate_low, rate_high, mix_low, mix_high.

    Returns
    -------
    Figure
        On the left the rows of the strata, on a scale of their own; below the parts of all
        together with their limits. Values are differences of shares in percentage points.

    Examples
    --------
    >>> frame = pd.DataFrame({"stratum": ["old", "All together"], "rate_part": [0.02, 0.02]})
    >>> frame = frame.assign(mix_part=0.01, change=0.03, rate_low=0.01, rate_high=0.03)
    >>> parts(frame.assign(mix_low=0.0, mix_high=0.02)).axes[1].get_xlabel()
    'percentage points; change of all together: 3 points'
    """
    if frame.empty:
        return style.nothing()
    each, whole = frame[frame["stratum"].ne(ALL)], frame[frame["stratum"].eq(ALL)].iloc[0]
    tall = [0.34 * len(each) + 1.0, 2.0]
    figure, (top, bottom) = style.panels(
        2, columns=1, width=7.4, height=sum(tall) / 2, height_ratios=tall
    )
    place = np.arange(len(each), dtype=float)[::-1]
    looks = (
        ("rate_part", "part from shares", "o", style.COLOURS[0], 0.16),
        ("mix_part", "part from the mix", "s", "white", -0.16),
    )
    for column, name, marker, colour, shift in looks:
        points = 100 * each[column].to_numpy(dtype=float)
        # The line from nothing to the mark is decoration: the mark carries the number.
        top.hlines(place + shift, 0, points, color=style.INK, linewidth=1.6, zorder=1)
        top.scatter(
            points, place + shift, s=38, marker=marker, color=colour, edgecolors=style.INK,
            zorder=3, label=name,
        )  # fmt: skip
    top.set_yticks(place, [fill(str(name), 34) for name in each["stratum"]])
    top.set_ylim(-0.6, len(each) - 0.4)
    style.title(top, "Each group", 80)
    top.set_xlabel("percentage points", fontsize=style.SMALL)
    for row, (column, name, marker, colour, _) in zip((1.0, 0.0), looks, strict=True):
        start = column.split("_")[0]
        ends = [100 * float(whole[f"{start}_{end}"]) for end in ("low", "high")]
        bottom.hlines(row, *ends, color=style.INK, linewidth=1.4, label=f"limits, {name}")
        bottom.scatter(
            [100 * float(whole[column])], [row], s=40, marker=marker, color=colour,
            edgecolors=style.INK, zorder=3, label=name,
        )  # fmt: skip
    bottom.set_yticks([1.0, 0.0], ["part from shares", "part from the mix"])
    bottom.set_ylim(-0.6, 1.6)
    style.title(bottom, f"{ALL}, with limits", 80)
    change = f"{100 * float(whole['change']):.3g} points"
    bottom.set_xlabel(f"percentage points; change of all together: {change}", fontsize=style.SMALL)
    for ax in (top, bottom):
        ax.axvline(0, color="#666666", linewidth=0.9)
        ax.grid(visible=False)
        ax.grid(axis="x", color="#DDDDDD", linewidth=0.7)
    top.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=style.SMALL, frameon=False)
    return figure
