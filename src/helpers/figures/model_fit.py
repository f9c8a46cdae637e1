"""Figures of what a model says, beside what was seen.

- :func:`calibration_plot`: observed against expected shares, by groups of the fitted probability.
- :func:`probability_curve`: the fitted probability along a numeric term.
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
        ax.set_xlabel(
            f"share {outcome}, as the model expects\nn = {size.sum():,} {noun} in {len(part)} "
            f"groups of {each}",
            fontsize=8,
            loc="left",
        )
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


def probability_curve(
    frame: pd.DataFrame,
    *,
    x: str,
    by: str | None = None,
    name: str = "",
    noun: str = "deaths",
    outcome: str = "investigated",
) -> Figure:
    """Draw the fitted probability along a numeric term with its band, and how many there are.

    Parameters
    ----------
    frame : DataFrame
        One row a value of the term (and of ``by``): ``x``, value, low, high (probabilities), and
        perhaps denominator, the records at that value, drawn as bars below.
    x : str
        Column of the term, such as "age".
    by : str, optional
        Column that tells several curves apart.
    name : str
        Name of the term on the axis; the column if empty.
    noun, outcome : str
        What is counted, and what some of them were.

    Returns
    -------
    Figure
        Where few were seen a curve is what the form of the model makes of the others: the bars
        say how many there are.

    Raises
    ------
    ValueError
        If the frame lacks a column.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [20, 40, 60], "value": [0.5, 0.4, 0.3]})
    >>> figure = probability_curve(frame.assign(low=0.2, high=0.6, denominator=9), x="age")
    >>> figure.axes[1].get_ylabel()
    'deaths'
    """
    needed = [x, "value", "low", "high", *([by] if by else [])]
    missing = [column for column in needed if column not in frame.columns]
    if missing:
        raise ValueError(f"The frame lacks {missing}.")
    frame = frame.dropna(subset=[x, "value"])
    if frame.empty:
        return style.nothing()
    counted = "denominator" in frame and frame["denominator"].notna().any()
    rows = {"nrows": 2, "height_ratios": [3.6, 1.0]} if counted else {"nrows": 1}
    figure = Figure(figsize=(7.4, 5.0 if counted else 4.0), layout="constrained")
    axes = figure.subplots(**rows, ncols=1, squeeze=False, sharex=True).ravel()
    for ax in axes:
        style.tidy(ax)
    parts = list(frame.groupby(by, sort=False, observed=True)) if by else [("", frame)]
    for position, (level, part) in enumerate(parts):
        _curve(axes[0], part.sort_values(x), x, str(level), position)
    top = float(np.nanmax(frame[["value", "high"]].to_numpy(dtype=float)))
    axes[0].set_ylim(0, min(top * 1.08, 1.0) or 1.0)
    style.percent(axes[0].yaxis)
    axes[0].set_ylabel(f"probability of being {outcome}")
    if by:
        lines = [line for line in axes[0].lines if not str(line.get_label()).startswith("_")]
        axes[0].legend(handles=lines, fontsize=7.5, frameon=False, loc="best")
    said = [name or x.replace("_", " ")]
    if counted:
        size = frame.groupby(x, sort=True)["denominator"].sum().astype(float)
        _bars(axes[1], size, noun)
        said.append(f"n = {size.sum():,.0f} {noun}")
    axes[-1].set_xlabel(fill("; ".join(said), 90), fontsize=8)
    return figure


def _curve(ax: Axes, part: pd.DataFrame, x: str, level: str, position: int) -> None:
    colour = style.COLOURS[position % len(style.COLOURS)]
    place, value, low, high = (
        part[column].to_numpy(dtype=float) for column in (x, "value", "low", "high")
    )
    known = np.isfinite(low) & np.isfinite(high)
    if known.any():
        ax.fill_between(
            place[known], low[known], high[known], color=colour, alpha=0.2, linewidth=0,
            label=f"interval {level}".strip(),
        )  # fmt: skip
    ax.plot(
        place, value, color=colour, linestyle=style.DASHES[position % 4], linewidth=1.5,
        label=level or "probability",
    )  # fmt: skip


def _bars(ax: Axes, size: pd.Series, noun: str) -> None:
    """Draw how many there are at each value."""
    place = size.index.to_numpy(dtype=float)
    width = float(np.diff(place).min()) * 0.9 if len(place) > 1 else 0.8
    ax.bar(place, size.to_numpy(), width=width, color="#999999", label=f"number of {noun}")
    ax.set_ylabel(noun)
    style.thousands(ax.yaxis)
