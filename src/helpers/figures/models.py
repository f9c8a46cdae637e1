"""Figures of models.

- :func:`forest`: odds ratios with limits on a log scale.
- :func:`steps`: standardised shares at each step of a chain of models, by group.
- :func:`bent`: the share expected over the values of a number, as a curve and as a line.
"""

from __future__ import annotations

import re
from textwrap import fill, shorten

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from helpers.figures import style
from helpers.figures._funnel import foot

TICKS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100]


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


def steps(frame: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw the standardised share at each step of a chain of models, one mark a group.

    Parameters
    ----------
    frame : DataFrame
        Columns model, level_name, value, low, high and observed, as
        `helpers.cohort.plans.shares` returns them.
    title : str
        Title above the panel; empty: none.

    Returns
    -------
    Figure
        Filled marks with their limits are standardised, hollow ones observed.

    Examples
    --------
    >>> rows = {"model": ["Reported"], "level_name": ["Adult"], "value": [0.5], "observed": [0.6]}
    >>> figure = steps(pd.DataFrame(rows).assign(low=0.4, high=0.6))
    >>> figure.axes[0].get_yticklabels()[0].get_text()
    'Reported'
    """
    frame = frame.dropna(subset=["value"])
    if frame.empty:
        return style.nothing()
    order = list(dict.fromkeys(frame["model"]))
    groups = list(dict.fromkeys(frame["level_name"]))
    figure, (ax,) = style.panels(1, columns=1, height=0.32 * len(order) * len(groups) + 1.6)
    shown = []
    for at, group in enumerate(groups):
        part = frame[frame["level_name"].eq(group)]
        shift = 0.24 * ((len(groups) - 1) / 2 - at)
        places = [len(order) - 1 - order.index(model) + shift for model in part["model"]]
        colour, mark = style.COLOURS[at % len(style.COLOURS)], style.MARKERS[at]
        ax.hlines(places, 100 * part["low"], 100 * part["high"], color=colour, linewidth=1.3,
                  label=f"{group}: interval")  # fmt: skip
        shown += [
            ax.scatter(100 * part["value"], places, s=30, marker=mark, color=colour, zorder=3,
                       label=group),
            ax.scatter(100 * part["observed"], places, s=30, marker=mark, facecolors="none",
                       edgecolors=style.INK, linewidth=0.8, zorder=2,
                       label=f"{group}: observed"),
        ]  # fmt: skip
    ax.set_yticks(range(len(order) - 1, -1, -1), [fill(name, 27) for name in order])
    ax.set_ylim(-0.7, len(order) - 0.3)
    ax.set_xlim(0, max(100 * float(frame[["high", "observed"]].max(axis=None)) * 1.05, 5))
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.7)
    ax.set_xlabel("of 100 such records, with the outcome of the step")
    foot(ax, handles=shown, ncols=2)
    style.title(ax, title, 90)
    return figure


def bent(frame: pd.DataFrame, *, title: str = "") -> Figure:
    """Draw the share expected over the values of a number, as a curve and as a straight line.

    Parameters
    ----------
    frame : DataFrame
        Columns term, line, x, value, low, high, as `helpers.methods.models.curve` returns them.
    title : str
        Title above the panel; empty: none.

    Returns
    -------
    Figure
        The curve with the band of its limits; the line dashed, without a band.

    Examples
    --------
    >>> rows = pd.DataFrame({"x": [1.0, 2.0], "value": [0.4, 0.5], "low": 0.3, "high": 0.6})
    >>> figure = bent(rows.assign(line="curve", term="Age"))
    >>> figure.axes[0].get_xlabel()
    'Age'
    """
    if frame.empty:
        return style.nothing()
    figure, (ax,) = style.panels(1, columns=1, height=3.4)
    for at, (name, part) in enumerate(frame.groupby("line", sort=False)):
        if not at:
            low, high = 100 * part["low"], 100 * part["high"]
            ax.fill_between(part["x"], low, high, color=style.COLOURS[0], alpha=0.2, linewidth=0,
                            label="interval of the curve")  # fmt: skip
        ax.plot(part["x"], 100 * part["value"], color=style.COLOURS[0] if not at else style.INK,
                linestyle="-" if not at else "--", linewidth=1.6, label=str(name))  # fmt: skip
    ax.set_ylim(0, max(100 * float(frame["high"].max()) * 1.08, 5))
    # The unit of a coefficient stands in the name of the term; the axis is in single units.
    ax.set_xlabel(re.sub(r" \(per [^)]*\)$", "", str(frame["term"].iloc[0])))
    ax.set_ylabel("of 100 records, with the outcome")
    ax.grid(color="#DDDDDD", linewidth=0.7)
    ax.legend(frameon=False, loc="best")
    style.title(ax, title, 90)
    return figure
