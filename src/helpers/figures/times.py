"""Figures of times between milestones.

- :func:`curves`: the share that had reached a milestone, by days, one panel an interval.
- :func:`medians`: median days by year, one panel an interval.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.figures import style


def curves(
    frame: pd.DataFrame,
    *,
    panel: str = "label",
    by: str | None = None,
    horizon: int | pd.Series = 1460,
    marks: pd.DataFrame | None = None,
    unit: str | pd.Series = "days",
) -> Figure:
    """Draw the share that had reached the second milestone by each day, those at risk below.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.survival.kaplan_meier` returns it: time (days), n_risk, survival, low,
        high, and the columns ``panel`` and ``by``; the share drawn is 1 - survival.
    panel : str
        Column that names the panels.
    by : str, optional
        Column that tells several curves of a panel apart.
    horizon : int or Series
        Last day drawn, the same for all panels or by panel; later times are in the data of the
        exhibit.
    marks : DataFrame, optional
        Upright lines, such as limits in force: the column ``panel``, ``time`` and ``name``.
    unit : str or Series
        Words for the times, the same for all panels or by panel.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> from helpers.methods import survival
    >>> days = pd.DataFrame({"label": "Death to inquest", "days": [90, 200, 400], "observed": True})
    >>> figure = curves(survival.kaplan_meier(days, by=["label"]), horizon=730)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['at risk', '3', '2', '1', '0']
    """
    if frame.empty:
        return style.nothing()
    groups = list(frame.groupby(panel, sort=False, observed=True))
    figure, axes = style.panels(len(groups), columns=2, height=3.1)
    for ax, (name, part) in zip(axes, groups, strict=True):
        end, words = (one[name] if isinstance(one, pd.Series) else one for one in (horizon, unit))
        ticks = _ticks(int(end))
        lines = list(part.groupby(by, sort=False, observed=True)) if by else [("", part)]
        for position, (level, line) in enumerate(lines):
            _curve(ax, line, str(level), position, int(end))
            _at_risk(ax, line, str(level) if by else "at risk", position, ticks)
        style.title(ax, name, 44)
        ax.set_ylim(0, 1.01)
        ax.set_xlim(0, end)
        ax.set_xticks(ticks, [str(tick) for tick in ticks])
        style.percent(ax.yaxis)
        ax.set_xlabel(words, fontsize=8, loc="right")
        if by:
            held = [line for line in ax.lines if not str(line.get_label()).startswith("_")]
            ax.legend(handles=held, fontsize=7.5, frameon=False, loc="lower right")
        if marks is not None:
            _marks(ax, marks[marks[panel].eq(name) & marks["time"].le(end)])
    return figure


def _ticks(horizon: int) -> list[int]:
    """Return about five whole places on an axis of days: half years, years or round numbers."""
    steps = (2, 5, 10, 20, 30, 60, 90, 183, 365, 730)
    step = next((one for one in steps if horizon / one <= 5), horizon)
    return list(range(0, horizon + 1, step))


def _curve(ax: Axes, line: pd.DataFrame, level: str, position: int, horizon: int) -> None:
    """Draw one curve with its interval."""
    colour = style.COLOURS[position % len(style.COLOURS)]
    start = {"time": 0, "survival": 1.0, "low": 1.0, "high": 1.0}
    full = pd.concat([pd.DataFrame([start]), line], ignore_index=True)
    seen = full[full["time"].le(horizon)]
    if full["time"].gt(horizon).any():  # followed beyond the edge: the curve goes on to it
        seen = pd.concat([seen, seen.tail(1).assign(time=horizon)], ignore_index=True)
    days = seen["time"].astype(float)
    ax.fill_between(
        days,
        1 - seen["high"].fillna(1),
        1 - seen["low"].fillna(1),
        step="post",
        color=colour,
        alpha=0.2,
        linewidth=0,
        label=f"interval {level}".strip(),
    )
    ax.step(
        days,
        1 - seen["survival"],
        where="post",
        color=colour,
        linestyle=style.DASHES[position % 4],
        linewidth=1.4,
        label=level or "share",
    )


def _at_risk(ax: Axes, line: pd.DataFrame, name: str, row: int, ticks: list[int]) -> None:
    """Write below the axis how many were still followed at each place of it."""
    times, counts = line["time"].to_numpy(dtype=float), line["n_risk"].to_numpy(dtype=float)
    at = np.searchsorted(times, ticks, side="left")
    held = np.r_[counts, 0.0][at]
    height = -0.2 - 0.085 * row
    place = ax.get_xaxis_transform()
    words = style.fill(name, 14).splitlines()[0]
    ax.text(-0.07, height, words, transform=ax.transAxes, ha="right", va="top", fontsize=7)
    for tick, count in zip(ticks, held, strict=True):
        ax.text(tick, height, f"{count:,.0f}", transform=place, ha="center", va="top", fontsize=7)


def _marks(ax: Axes, marks: pd.DataFrame) -> None:
    """Draw named upright lines: the limits that were in force."""
    for place, mark in enumerate(marks.itertuples(index=False)):
        look = {"color": style.INK, "lw": 1.1, "ls": style.DASHES[(place + 1) % 4]}
        ax.axvline(mark.time, label=mark.name, **look)
        ax.annotate(
            mark.name,
            (mark.time, 0.97 - 0.12 * place),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=7,
            va="top",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.8},
        )


def medians(frame: pd.DataFrame, *, panel: str = "label", immature: Sequence[int] = ()) -> Figure:
    """Draw median days with their intervals by year, one panel an interval.

    Parameters
    ----------
    frame : DataFrame
        Columns year, value, low, high (days), denominator and ``panel``. An upper limit that was
        not reached is drawn as a line to the top of the panel.
    panel : str
        Column that names the panels.
    immature : sequence of int
        Years of which not enough was known at the extract; they are hatched.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> frame = pd.DataFrame({"year": [2019, 2020], "value": [290, 323], "low": [250, 280]})
    >>> figure = medians(frame.assign(label="Death to report", high=[330, None], denominator=76))
    >>> figure.axes[0].get_title(loc="left")
    'Death to report'
    """
    frame = frame.dropna(subset=["value"])
    if frame.empty:
        return style.nothing()
    groups = list(frame.groupby(panel, sort=False))
    figure, axes = style.panels(len(groups), columns=2, height=2.6)
    for ax, (name, part) in zip(axes, groups, strict=True):
        year, value = part["year"].astype(float), part["value"].astype(float)
        low, high = part["low"].astype(float), part["high"].astype(float)
        top = float(pd.concat([high, value]).max()) * 1.12 or 1.0
        ax.vlines(year, low.fillna(0), high.fillna(top), color=style.INK, lw=1.2, label="interval")
        ax.scatter(year, value, s=18, color=style.COLOURS[0], zorder=3, label="median days")
        style.title(ax, name, 44)
        ax.set_ylim(0, top)
        style.years(ax, year)
        note = style.immature(ax, immature)
        sizes = part["denominator"].astype(int)
        below = filter(None, [f"n = {sizes.min():,} to {sizes.max():,} records a year", note])
        ax.set_xlabel("\n".join(below), fontsize=7.5, loc="left")
    return figure
