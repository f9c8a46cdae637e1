"""The look that all figures share: colours, sizes, grids of panels.

- :data:`COLOURS`: the palette of Okabe and Ito, darkest first.
- :func:`panels`: a figure with a grid of panels.
- :func:`title`: the title of a panel.
- :func:`percent`: per cent on an axis.
- :func:`nothing`: the figure that says that there is nothing to draw.
"""

from __future__ import annotations

from math import ceil
from textwrap import fill
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999"]
DASHES = ["-", "--", "-.", ":"]
MARKERS = ["o", "s", "^", "D", "v", "P", "X", "*"]
INK = "#222222"


def panels(
    count: int, *, columns: int = 2, width: float = 9.0, height: float = 2.7, **options: Any
) -> tuple[Figure, list[Axes]]:
    """Return a figure with ``count`` panels in a grid, unused ones left out.

    The figure belongs to no window and no global state, so nothing needs to be closed.
    """
    columns = min(columns, max(count, 1))
    rows = ceil(max(count, 1) / columns)
    figure = Figure(figsize=(width, height * rows), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.1)
    grid = figure.subplots(rows, columns, squeeze=False, **options)
    axes = list(grid.ravel())
    for spare in axes[count:]:
        spare.remove()
    for ax in axes[:count]:
        tidy(ax)
    return figure, axes[:count]


def tidy(ax: Axes) -> None:
    """Take off what is not needed to read a panel."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=8, colors=INK)
    ax.xaxis.label.set_fontsize(9)
    ax.yaxis.label.set_fontsize(9)


def title(ax: Axes, text: object, width: int) -> None:
    """Set the title of a panel, wrapped to its width."""
    ax.set_title(fill(str(text), width), loc="left", fontsize=9, fontweight="bold", color=INK)


def percent(axis: Axis) -> None:
    """Show an axis of proportions as per cent."""

    def text(value: float, _: int) -> str:
        return f"{100 * value:.3g}%"

    axis.set_major_formatter(FuncFormatter(text))


def thousands(axis: Axis) -> None:
    """Show an axis of counts with separators."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def years(ax: Axes, values: Any) -> None:
    """Set whole years on the horizontal axis."""
    numbers = np.asarray(values, dtype=float)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True))
    ax.set_xlim(numbers.min() - 0.6, numbers.max() + 0.6)


def nothing(text: str = "The records of this case hold nothing to draw here.") -> Figure:
    """Return a figure that says that there is nothing to draw."""
    figure = Figure(figsize=(7, 1.2), layout="constrained")
    ax = figure.subplots()
    ax.axis("off")
    ax.text(0.5, 0.5, text, ha="center", va="center", fontsize=10, color=INK)
    return figure
