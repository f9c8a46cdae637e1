"""Figures of how much an estimate rests on a part of the records.

- :func:`left_out`: an estimate without each service, year or team in turn.

Every combination of choices is drawn by `helpers.figures.definitions.specification_curve`.
"""

from __future__ import annotations

from textwrap import shorten

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.figures import _ratio, style


def _names(frame: pd.DataFrame) -> list[str]:
    """Name each row by what is left out, with what the estimate rests on."""
    size = frame["n"].astype(float)
    if "denominator" in frame:
        size = size.fillna(frame["denominator"].astype(float))
    said = []
    for name, records in zip(frame["left_out"].astype(str), size, strict=True):
        words = f"without {shorten(name, 44, placeholder='...')}" if name else "nothing left out"
        said.append(f"{words}  (n = {records:,.0f})" if np.isfinite(records) else words)
    return said


def left_out(
    frame: pd.DataFrame,
    *,
    unit: str = "odds ratio",
    null: float | None = 1.0,
    log: bool = True,
    percent: bool = False,
    title: str = "",
) -> Figure:
    """Draw an estimate without each part of the records in turn, with its limits.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.specification.leave_one_out` returns it: left_out, value, low, high,
        n, headline, reason. Rows stand in the order of the frame; nothing is ranked.
    unit : str
        Name of the horizontal axis.
    null : float, optional
        Value of no association, drawn as a line; none for a share.
    log : bool
        Draw ratios on a log scale; limits of 0 or without end stop at its ends.
    percent : bool
        Show proportions as per cent.
    title : str
        Title above the panel; empty: none.

    Returns
    -------
    Figure
        The estimate with nothing left out is a diamond, with a dashed line down. Parts without
        which there is no estimate are named below.

    Raises
    ------
    ValueError
        If the frame lacks a column.

    Examples
    --------
    >>> frame = pd.DataFrame({"left_out": ["", "T01"], "value": [2.0, 1.5], "low": [1.2, 0.9]})
    >>> frame = frame.assign(high=[3.3, 2.5], n=[700, 650], headline=[True, False], reason="")
    >>> [text.get_text() for text in left_out(frame).axes[0].get_yticklabels()]
    ['nothing left out  (n = 700)', 'without T01  (n = 650)']
    """
    needed = ["left_out", "value", "low", "high", "n", "headline"]
    missing = [name for name in needed if name not in frame.columns]
    if missing:
        raise ValueError(f"The frame lacks {missing}.")
    drawn = frame.dropna(subset=["value"])
    if drawn.empty:
        return style.nothing()
    place = np.arange(len(drawn), dtype=float)[::-1]
    value, low, high = (drawn[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    if log:
        value, low, high = (_ratio.within(part) for part in (value, low, high))
    head = drawn["headline"].to_numpy(dtype=bool)
    figure, (ax,) = style.panels(1, columns=1, width=8.2, height=0.27 * len(drawn) + 1.4)
    closed = np.isfinite(low) & np.isfinite(high)
    ax.hlines(
        place[closed], low[closed], high[closed], color=style.INK, linewidth=1.2, label="interval"
    )
    ax.scatter(
        value[~head], place[~head], s=24, color=style.COLOURS[0], zorder=3, label="one left out"
    )
    if head.any():
        ax.scatter(
            value[head], place[head], s=58, marker="D", color=style.COLOURS[1],
            edgecolors=style.INK, zorder=4, label="nothing left out",
        )  # fmt: skip
        ax.axvline(value[head][0], color=style.COLOURS[1], linestyle="--", linewidth=1.0, zorder=1)
    if null is not None:
        ax.axvline(null, color="#444444", linewidth=0.9, zorder=1)
    ax.set_yticks(place, _names(drawn))
    ax.set_ylim(-0.8, len(drawn) - 0.2)
    if log:
        ends = np.r_[value, low, high]
        _ratio.scale(ax, ends, axis="x", null=1.0 if null is None else null)
    elif percent:
        style.percent(ax.xaxis)
    ax.grid(visible=False)
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.7)
    style.title(ax, title, 90)
    ax.set_xlabel(_below(frame, unit, log=log), fontsize=8, loc="left")
    return figure


def _below(frame: pd.DataFrame, unit: str, *, log: bool) -> str:
    """Say what the axis is, and which parts cannot be left out."""
    said = [f"{unit} (log scale)" if log else unit]
    lost = frame.loc[frame["value"].isna(), "left_out"].astype(str)
    if len(lost):
        names = ", ".join(name or "nothing left out" for name in lost)
        said.append(shorten(f"No estimate: {names}", 110, placeholder="..."))
    return "\n".join(said)
