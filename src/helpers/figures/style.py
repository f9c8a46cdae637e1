"""The look that all figures share: colours, sizes, grids of panels.

- :data:`COLOURS`: the palette of Okabe and Ito, darkest first.
- :func:`panels`: a figure with a grid of panels.
- :data:`TEXT`, :data:`SMALL`: sizes of words; nothing is smaller.
- :func:`title`: the title of a panel; :func:`below`: the notes under it.
- :func:`tidy`: a panel without what is not needed to read it.
- :func:`percent`, :func:`thousands`, :func:`years`: the numbers of an axis.
- :func:`immature`: hatched years.
- :func:`nothing`: the figure that says that there is nothing to draw.
"""

from __future__ import annotations

from collections.abc import Iterable
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
TEXT, SMALL = 10.0, 9.0
"""Sizes in points. A page shows a figure at three quarters of its size at least, so that the
smallest words stay at 9 pixels on a phone."""


def panels(
    count: int, *, columns: int = 2, width: float = 9.0, height: float = 2.7, **options: Any
) -> tuple[Figure, list[Axes]]:
    """Return a figure with ``count`` panels in a grid, unused ones left out.

    The figure belongs to no window and no global state, so nothing needs to be closed.

    Parameters
    ----------
    count : int
        Panels wanted.
    columns : int
        Most panels side by side.
    width, height : float
        Width of the figure and height of a row of panels, in inches.
    **options
        Passed on to matplotlib's `Figure.subplots`, such as ``sharey=True``.

    Returns
    -------
    Figure, list of Axes
        The figure, and its panels row by row.

    Examples
    --------
    >>> figure, axes = panels(3, columns=2)
    >>> len(axes), len(figure.axes)
    (3, 3)
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
    """Take off what is not needed to read a panel.

    Parameters
    ----------
    ax : Axes
        The panel; it is changed in place.

    Examples
    --------
    >>> ax = Figure().subplots()
    >>> tidy(ax)
    >>> ax.spines["top"].get_visible()
    False
    """
    ax.spines[["top", "right"]].set_visible(False)
    ax.grid(axis="y", color="#DDDDDD", linewidth=0.7)
    ax.set_axisbelow(True)
    ax.tick_params(labelsize=SMALL, colors=INK)
    ax.xaxis.label.set_fontsize(SMALL)
    ax.yaxis.label.set_fontsize(SMALL)


def title(ax: Axes, text: object, width: int) -> None:
    """Set the title of a panel, wrapped to its width.

    Parameters
    ----------
    ax : Axes
        The panel; it is changed in place.
    text : object
        The title.
    width : int
        Letters a line.

    Examples
    --------
    >>> ax = Figure().subplots()
    >>> title(ax, "Inquests opened per death reported", 20)
    >>> ax.get_title(loc="left").splitlines()
    ['Inquests opened per', 'death reported']
    """
    ax.set_title(fill(str(text), width), loc="left", fontsize=TEXT, fontweight="bold", color=INK)


def below(ax: Axes, notes: Iterable[str], width: int) -> None:
    """Set the notes under a panel, each on lines of its own, wrapped to its width.

    Parameters
    ----------
    ax : Axes
        The panel; it is changed in place.
    notes : iterable of str
        The notes; empty ones are left out.
    width : int
        Letters a line.

    Examples
    --------
    >>> ax = Figure().subplots()
    >>> below(ax, ["n = 92 gaps", "", "A note that is longer than a line."], 20)
    >>> ax.get_xlabel().splitlines()
    ['n = 92 gaps', 'A note that is', 'longer than a line.']
    """
    said = "\n".join(fill(note, width) for note in notes if note)
    ax.set_xlabel(said, fontsize=SMALL, loc="left", color=INK)


def percent(axis: Axis) -> None:
    """Show an axis of proportions as per cent.

    Parameters
    ----------
    axis : Axis
        Such as ``ax.yaxis``; its values are proportions, 0 to 1.

    Examples
    --------
    >>> ax = Figure().subplots()
    >>> percent(ax.yaxis)
    >>> ax.yaxis.get_major_formatter()(0.156)
    '15.6%'
    """

    def text(value: float, _: int) -> str:
        return f"{100 * value:.3g}%"

    axis.set_major_formatter(FuncFormatter(text))


def thousands(axis: Axis) -> None:
    """Show an axis of counts with separators.

    Parameters
    ----------
    axis : Axis
        Such as ``ax.yaxis``.

    Examples
    --------
    >>> ax = Figure().subplots()
    >>> thousands(ax.yaxis)
    >>> ax.yaxis.get_major_formatter()(205438)
    '205,438'
    """
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def years(ax: Axes, values: Any, most: int = 7) -> None:
    """Set whole years on the horizontal axis.

    Parameters
    ----------
    ax : Axes
        The panel; it is changed in place.
    values : array-like
        The years drawn; the axis runs from the first to the last.
    most : int
        Most stretches between ticks; fewer where a panel is narrow.

    Examples
    --------
    >>> ax = Figure().subplots()
    >>> years(ax, [2018, 2020])
    >>> [float(end) for end in ax.get_xlim()]
    [2017.4, 2020.6]
    >>> years(ax, [2020])
    >>> ax.get_xticks().tolist()
    [2020.0]
    """
    numbers = np.asarray(values, dtype=float)
    ax.xaxis.set_major_locator(MaxNLocator(nbins=most, integer=True))
    if numbers.min() == numbers.max():  # else parts of years would be named
        ax.set_xticks(numbers[:1])
    ax.set_xlim(numbers.min() - 0.6, numbers.max() + 0.6)


def immature(ax: Axes, values: Any) -> str:
    """Hatch the years of which not enough was known when the records were taken.

    Parameters
    ----------
    ax : Axes
        The panel, whose horizontal axis is in years; it is changed in place.
    values : iterable of int
        The years; those outside the axis are left out.

    Returns
    -------
    str
        What stands under the panel of it; empty where nothing was hatched.

    Examples
    --------
    >>> ax = Figure().subplots()
    >>> years(ax, [2018, 2020])
    >>> immature(ax, [2020, 2031])
    'Hatched: not all were known yet'
    >>> len(ax.patches)
    1
    """
    left, right = ax.get_xlim()
    inside = [year for year in values if left <= year <= right]
    for year in inside:
        ax.axvspan(
            year - 0.5,
            year + 0.5,
            facecolor="none",
            edgecolor="#AAAAAA",
            hatch="////",
            linewidth=0,
            zorder=0,
        )
    return "Hatched: not all were known yet" if inside else ""


def nothing(text: str = "The records of this case hold nothing to draw here.") -> Figure:
    """Return a figure that says that there is nothing to draw.

    Parameters
    ----------
    text : str
        What the figure says.

    Returns
    -------
    Figure
        With the text alone.

    Examples
    --------
    >>> nothing("No deaths were recorded.").axes[0].texts[0].get_text()
    'No deaths were recorded.'
    """
    words = fill(text, 56)
    height = 0.6 + 0.2 * len(words.splitlines())
    figure = Figure(figsize=(4.6, height), layout="constrained")
    ax = figure.subplots()
    ax.axis("off")
    ax.text(0.5, 0.5, words, ha="center", va="center", fontsize=TEXT, color=INK)
    return figure
