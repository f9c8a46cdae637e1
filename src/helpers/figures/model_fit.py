"""Figures of what a model says, beside what was seen.

- :func:`calibration_plot`: observed against expected shares, by groups of the fitted probability.
"""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.figures import style
from helpers.figures._funnel import foot


def calibration_plot(
    frame: pd.DataFrame,
    *,
    panel: str | None = None,
    noun: str = "deaths",
    outcome: str = "investigated",
) -> Figure:
    """Draw observed against expected shares, one point a group of the fitted probability.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.model_fit.calibration_table` returns it: expected, value, low, high,
        inside, denominator, and the column ``panel`` if one is named.
    panel : str, optional
        Column that names the panels, such as the records fitted to and those not seen.
    noun, outcome : str
        What is counted, and what some of them were.

    Returns
    -------
    Figure
        Upright bars are intervals of what was seen; on the dashed line it is what was expected.
        Groups whose interval does not hold what was expected are diamonds.

    Examples
    --------
    >>> from helpers.methods.model_fit import calibration_table
    >>> figure = calibration_plot(calibration_table([1, 6], [10, 10], [0.1, 0.5], groups=2))
    >>> figure.axes[0].get_xlabel().splitlines()[1]
    'n = 20 deaths in 2 groups of 10'
    """
    if frame.empty:
        return style.nothing()
    parts = [("", frame)] if panel is None else list(frame.groupby(panel, sort=False))
    figure, axes = style.panels(len(parts), columns=2, width=4.6 * min(len(parts), 2), height=4.6)
    for ax, (name, part) in zip(axes, parts, strict=True):
        _agreement(ax, part)
        style.title(ax, name, 50)
        size = part["denominator"].astype(int)
        least, most = f"{size.min():,}", f"{size.max():,}"
        each = least if least == most else f"{least} to {most}"
        ax.set_ylabel(f"share {outcome}, as seen")
        count = fill(f"n = {size.sum():,} {noun} in {len(part)} groups of {each}", 46)
        ax.set_xlabel(f"share {outcome}, as the model expects\n{count}", fontsize=8, loc="left")
        foot(ax, ncols=1)
    return figure


def _agreement(ax: Axes, part: pd.DataFrame) -> None:
    expected, value, low, high = (
        part[name].to_numpy(dtype=float) for name in ("expected", "value", "low", "high")
    )
    inside = part["inside"].to_numpy(dtype=bool)
    top = min(float(np.nanmax(np.r_[expected, high])) * 1.06, 1.0)
    ax.plot([0, top], [0, top], color="#666666", linestyle="--", linewidth=1.0)
    ax.vlines(
        expected, low, high, color=style.INK, linewidth=1.2, label="interval of what was seen"
    )
    looks = (
        (inside, "o", style.COLOURS[0], 30, "group whose interval holds what was expected"),
        (~inside, "D", style.COLOURS[1], 42, "group whose interval does not"),
    )
    for chosen, marker, colour, size, name in looks:
        if chosen.any():
            ax.scatter(
                expected[chosen], value[chosen], s=size, marker=marker, color=colour,
                edgecolors=style.INK, linewidth=0.7, zorder=3, label=name,
            )  # fmt: skip
    ax.set_xlim(0, top)
    ax.set_ylim(0, top)
    ax.set_aspect("equal")
    style.percent(ax.xaxis)
    style.percent(ax.yaxis)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.7)
