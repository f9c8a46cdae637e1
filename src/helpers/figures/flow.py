"""The figure of a flow: from what was read to what is counted, each exclusion named.

- :func:`flow`: boxes from the top down, in lanes; what is left out stands to the side.
"""

from __future__ import annotations

from textwrap import fill

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.figures import style

LOOKS = {
    "kept": {"facecolor": "#E8F1F8", "edgecolor": style.COLOURS[0], "linestyle": "-"},
    "left out": {"facecolor": "white", "edgecolor": "#777777", "linestyle": "--"},
    "beside": {"facecolor": "#FFF6E5", "edgecolor": style.COLOURS[1], "linestyle": ":"},
}
"""Boxes by fate: told apart by the line as well as by the colour."""

ARROW = {"arrowstyle": "-|>", "color": style.INK, "linewidth": 1.0, "shrinkA": 0, "shrinkB": 0}
SIDE = 0.26
MIDDLE, OUTSIDE = 0.27, 0.60
"""Where along the width of a lane the two columns of boxes stand."""


def _box(ax: Axes, row: dict, x: float, y: float) -> None:
    """Draw a box: words, and the number on its last line, from which it is read back."""
    kept = row["fate"] == "kept"
    words = fill(str(row["label"]), 30 if kept else 28)
    text = ax.text(
        x,
        y,
        f"{words}\n{int(row['numerator']):,}",
        ha="center" if kept else "left",
        va="center",
        fontsize=8.5 if kept else 7.5,
        color=style.INK,
        linespacing=1.25,
        bbox={"boxstyle": "round,pad=0.4", "linewidth": 1.1, **LOOKS[row["fate"]]},
    )
    text.set_label(row["fate"])


def _height(row: dict) -> float:
    """Return the height of a box in inches."""
    lines = len(fill(str(row["label"]), 30 if row["fate"] == "kept" else 28).splitlines()) + 1
    return (0.165 if row["fate"] == "kept" else 0.145) * lines + SIDE


def _placed(rows: list[dict]) -> tuple[list[tuple[dict, float]], float]:
    """Return each box with its distance from the top in inches, and the height of the lane."""
    placed, y = [], 0.0
    for row in rows:
        height = _height(row)
        placed.append((row, y + height / 2))
        y += height
    return placed, y


def _lane(ax: Axes, rows: list[dict], name: str, scale: float) -> None:
    placed, height = _placed(rows)
    ax.set_xlim(0, 1)
    ax.set_ylim(max(height, scale), 0)
    ax.axis("off")
    style.title(ax, name, 60)
    kept = [(row, y) for row, y in placed if row["fate"] == "kept"]
    for (above, top), (below, bottom) in zip(kept, kept[1:], strict=False):
        start, end = top + _height(above) / 2 - 0.07, bottom - _height(below) / 2 + 0.07
        ax.annotate("", xy=(MIDDLE, end), xytext=(MIDDLE, start), arrowprops=ARROW)
    for row, y in placed:
        if row["fate"] == "kept":
            _box(ax, row, MIDDLE, y)
            continue
        if row["fate"] == "left out":
            ax.annotate("", xy=(OUTSIDE - 0.02, y), xytext=(MIDDLE, y), arrowprops=ARROW)
        _box(ax, row, OUTSIDE, y)


def flow(frame: pd.DataFrame, *, lane: str = "lane") -> Figure:
    """Draw boxes from the top down, one lane beside or below another.

    Parameters
    ----------
    frame : DataFrame
        Columns ``lane``, fate (``kept``: in the middle; ``left out``: to the side, with an arrow;
        ``beside``: to the side, without one), label and numerator, in the order of drawing.
    lane : str
        Column that names the lanes: the first stands on the left, the others on the right.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> frame = pd.DataFrame({"lane": "Deaths", "label": ["Rows read", "Total row", "Used"]})
    >>> figure = flow(frame.assign(fate=["kept", "left out", "kept"], numerator=[9, 1, 8]))
    >>> [text.get_text().splitlines() for text in figure.axes[0].texts if text.get_label()]
    [['Rows read', '9'], ['Total row', '1'], ['Used', '8']]
    """
    if frame.empty:
        return style.nothing()
    lanes = [(str(name), part.to_dict("records")) for name, part in frame.groupby(lane, sort=False)]
    heights = [_placed(rows)[1] + 0.35 for _, rows in lanes]
    right = sum(heights[1:])
    total = max(heights[0], right)
    figure = Figure(figsize=(11.0 if right else 6.0, total + 0.1), layout="constrained")
    grid = figure.add_gridspec(1, 2 if right else 1, wspace=0.04)
    axes = [figure.add_subplot(grid[0, 0])]
    scales = [total - 0.35]
    if right:
        spare = (total - right) / len(heights[1:])
        shares = [height + spare for height in heights[1:]]
        column = grid[0, 1].subgridspec(len(shares), 1, height_ratios=shares)
        axes += [figure.add_subplot(column[place, 0]) for place in range(len(shares))]
        scales += [share - 0.35 for share in shares]
    for ax, (name, rows), scale in zip(axes, lanes, scales, strict=True):
        _lane(ax, rows, name, scale)
    return figure
