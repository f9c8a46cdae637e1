"""One figure of all definitions: how far a share moves with the choices behind it.

- :func:`specification_curve`: each combination of choices as a point, and below it what it chose.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.figures import _ratio, style

LETTERS = 40
"""Letters in a line of the name of an option."""


def _curve(ax: Axes, frame: pd.DataFrame, *, log: bool, null: float | None) -> None:
    """Draw values and limits; the headline stands out by its shape and a line across."""
    place = np.arange(len(frame), dtype=float)
    value, low, high = (frame[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    if log:
        value, low, high = (_ratio.within(part) for part in (value, low, high))
    head = frame["headline"].fillna(value=False).to_numpy(dtype=bool)
    closed = np.isfinite(low) & np.isfinite(high)
    ax.vlines(
        place[closed], low[closed], high[closed], color="#999999", linewidth=1.1, label="limits"
    )
    small = float(np.clip(500 / len(frame), 6, 24))
    ax.scatter(
        place[~head],
        value[~head],
        s=small,
        color=style.INK,
        zorder=3,
        label="another combination of choices",
    )
    if head.any():
        ax.scatter(
            place[head],
            value[head],
            s=64,
            marker="D",
            color=style.COLOURS[1],
            edgecolors=style.INK,
            zorder=4,
            label="headline",
        )
        for height in np.unique(value[head]):
            ax.axhline(height, color=style.COLOURS[1], linestyle="--", linewidth=1.0, zorder=1)
    if null is not None:
        ax.axhline(null, color="#444444", linewidth=0.9, zorder=1)
    if log:
        _ratio.scale(ax, np.r_[value, low, high], axis="y", null=1.0 if null is None else null)
        return
    ends = np.r_[value, low, high]
    ends = ends[np.isfinite(ends)]
    top, bottom = max(float(ends.max()), 0.0), min(float(ends.min()), 0.0)
    # Shares stand on 0; differences may lie below it.
    ax.set_ylim(bottom * 1.08, top * 1.08 or (0.0 if bottom else 1.0))


def _matrix(ax: Axes, frame: pd.DataFrame, options: dict[str, list[str]]) -> None:
    """Draw which option each combination chose."""
    names, heights, row = [], [], 0.0
    head = frame["headline"].fillna(value=False).to_numpy(dtype=bool)
    size = float(np.clip(1100 / len(frame), 6, 30))
    for number, (choice, offered) in enumerate(options.items()):
        # A heading of its own keeps the names of the options short.
        ax.text(
            -0.01,
            row,
            choice.replace("_", " ").capitalize(),
            fontsize=style.SMALL,
            fontweight="bold",
            ha="right",
            va="center",
            color=style.INK,
            transform=ax.get_yaxis_transform(),
        )
        row += 1.0
        chosen = frame[choice].astype(str)
        for option in offered:
            words = fill(option, LETTERS)
            more = 0.75 * words.count("\n")
            row += more / 2
            on = chosen.eq(option).to_numpy()
            spots = np.flatnonzero(on).astype(float)
            ax.scatter(
                spots,
                np.full(len(spots), row),
                s=size,
                marker="s",
                color=style.INK,
                label=f"{choice}: {option}",
            )
            # A ring is decoration: the headline is told by the panel above.
            rings = np.flatnonzero(on & head).astype(float)
            ax.scatter(
                rings,
                np.full(len(rings), row),
                s=64,
                marker="D",
                zorder=3,
                color=style.COLOURS[1],
                edgecolors=style.INK,
            )
            names.append(words)
            heights.append(row)
            row += 1 + more / 2
        if number < len(options) - 1:
            ax.axhline(row - 0.5, color="#BBBBBB", linewidth=0.7)
    ax.set_yticks(heights, names)
    ax.set_ylim(row - 0.4, -0.6)


def specification_curve(
    frame: pd.DataFrame,
    *,
    choices: Sequence[str],
    unit: str = "share",
    percent: bool = True,
    log: bool = False,
    null: float | None = None,
) -> Figure:
    """Draw a value under every combination of choices, and below which choices each one made.

    Parameters
    ----------
    frame : DataFrame
        One row a combination: value, low, high, numerator, denominator, headline (bool), and
        the columns of ``choices``; as `helpers.methods.specification.specifications` returns it,
        or a grid of definitions. Where the denominator is missing the column n, if there is one,
        stands for it. Up to about 150 rows can be told apart.
    choices : sequence of str
        Columns that say what was chosen, such as window, definition, denominator rows.
    unit : str
        Name of the vertical axis.
    percent : bool
        Show proportions as per cent.
    log : bool
        Draw ratios on a log scale; limits of 0 or without end stop at its ends.
    null : float, optional
        Value of no association, drawn as a line: 1 for ratios, 0 for differences.

    Returns
    -------
    Figure
        Combinations stand in ascending order of their value: what is ordered are definitions,
        never people or units. Those without a value are counted below and not drawn.

    Raises
    ------
    ValueError
        If no choices are named, or the frame lacks a column.

    Notes
    -----
    Simonsohn, Simmons and Nelson (2020) Nature Human Behaviour 4:1208.

    Examples
    --------
    >>> frame = pd.DataFrame({"window": ["1 month", "12 months"], "value": [0.3, 0.14]})
    >>> frame = frame.assign(low=0.1, high=0.4, numerator=[3, 14], denominator=[10, 100])
    >>> figure = specification_curve(frame.assign(headline=[False, True]), choices=["window"])
    >>> [text.get_text() for text in figure.axes[1].get_yticklabels()]
    ['1 month', '12 months']
    """
    names = list(choices)
    needed = ["value", "low", "high", "numerator", "denominator", "headline", *names]
    missing = [name for name in needed if name not in frame.columns]
    if missing or not names:
        raise ValueError(f"The frame lacks {missing}." if missing else "Name the choices.")
    drawn = frame.dropna(subset=["value"]).sort_values("value", kind="stable")
    if drawn.empty:
        return style.nothing()
    # Options stand in the order in which the frame brings them, not in that of the values.
    options = {
        name: list(dict.fromkeys(frame.loc[frame["value"].notna(), name].astype(str)))
        for name in names
    }
    rows = sum(len(offered) + 1 for offered in options.values())
    rows += sum(
        0.75 * fill(one, LETTERS).count("\n") for offered in options.values() for one in offered
    )
    lower = 0.2 * rows + 0.3
    figure = Figure(figsize=(8.4, 3.3 + lower), layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.06)
    upper, below = figure.subplots(2, 1, sharex=True, height_ratios=[3.0, lower])
    for ax in (upper, below):
        style.tidy(ax)
    _curve(upper, drawn, log=log, null=null)
    if percent and not log:
        style.percent(upper.yaxis)
    upper.set_ylabel(unit)
    style.title(upper, f"{unit.capitalize()} under {len(drawn)} combinations of choices", 80)
    keys = upper.get_legend_handles_labels()
    figure.legend(*keys, loc="outside upper left", fontsize=style.SMALL, frameon=False, ncols=3)
    _matrix(below, drawn, options)
    style.title(below, "What each combination chose", 80)
    below.grid(visible=False)
    below.spines[["left", "bottom"]].set_visible(False)
    below.tick_params(length=0)
    upper.tick_params(bottom=False, labelbottom=False)
    below.set_xticks([])
    below.set_xlim(-1, len(drawn))
    sizes = drawn["denominator"].astype(float)
    if "n" in drawn:
        sizes = sizes.fillna(drawn["n"].astype(float))
    said = ""
    if sizes.notna().any():
        said = f"Out of {sizes.min():,.0f} to {sizes.max():,.0f} a combination."
    left_out = len(frame) - len(drawn)
    if left_out:
        said += f" {left_out} without a value {'is' if left_out == 1 else 'are'} not drawn."
    below.set_xlabel(said.strip(), fontsize=style.SMALL, loc="left")
    return figure
