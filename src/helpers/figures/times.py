"""Figures of times between milestones.

- :func:`curves`: the share that had reached a milestone, by days, one panel an interval.
- :func:`medians`: median days by year, one panel an interval.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from helpers.figures import style


def curves(
    frame: pd.DataFrame, *, panel: str = "label", by: str | None = None, horizon: int = 1460
) -> Figure:
    """Draw the share that had reached the second milestone by each day.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.survival.kaplan_meier` returns it: time (days), n_risk, survival, low,
        high, and the columns ``panel`` and ``by``; the share drawn is 1 - survival.
    panel : str
        Column that names the panels.
    by : str, optional
        Column that tells several curves of a panel apart.
    horizon : int
        Last day drawn; later times are in the data of the exhibit.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> from helpers.methods import survival
    >>> days = pd.DataFrame({"label": "Death to inquest", "days": [90, 200, 400], "observed": True})
    >>> figure = curves(survival.kaplan_meier(days, by=["label"]))
    >>> figure.axes[0].get_xlabel()
    'days; n = 3'
    """
    if frame.empty:
        return style.nothing()
    groups = list(frame.groupby(panel, sort=False))
    figure, axes = style.panels(len(groups), columns=2, height=2.9)
    for ax, (name, part) in zip(axes, groups, strict=True):
        sizes = []
        for position, (level, line) in enumerate(
            part.groupby(by, sort=False) if by else [("", part)]
        ):
            colour = style.COLOURS[position % len(style.COLOURS)]
            start = {"time": 0, "survival": 1.0, "low": 1.0, "high": 1.0}
            full = pd.concat([pd.DataFrame([start]), line], ignore_index=True)
            seen = full[full["time"].le(horizon)]
            ax.fill_between(
                seen["time"].astype(float),
                1 - seen["high"].fillna(1),
                1 - seen["low"].fillna(1),
                step="post",
                color=colour,
                alpha=0.2,
                linewidth=0,
                label=f"interval {level}".strip(),
            )
            ax.step(
                seen["time"].astype(float),
                1 - seen["survival"],
                where="post",
                color=colour,
                linestyle=style.DASHES[position % 4],
                linewidth=1.4,
                label=str(level) or "share",
            )
            sizes.append(f"{level} n = {int(line['n_risk'].max()):,}".strip())
        style.title(ax, name, 44)
        ax.set_ylim(0, 1.01)
        ax.set_xlim(0, horizon)
        ax.set_xticks(range(0, horizon + 1, 365), [str(day) for day in range(0, horizon + 1, 365)])
        style.percent(ax.yaxis)
        ax.set_xlabel(f"days; {'; '.join(sizes)}", fontsize=8, loc="left")
        if by:
            lines = [line for line in ax.lines if not str(line.get_label()).startswith("_")]
            ax.legend(handles=lines, fontsize=7.5, frameon=False, loc="lower right")
    return figure


def medians(frame: pd.DataFrame, *, panel: str = "label") -> Figure:
    """Draw median days with their intervals by year, one panel an interval.

    Parameters
    ----------
    frame : DataFrame
        Columns year, value, low, high (days), denominator and ``panel``. An upper limit that was
        not reached is drawn as a line to the top of the panel.
    panel : str
        Column that names the panels.

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
        sizes = part["denominator"].astype(int)
        ax.set_xlabel(
            f"n = {sizes.min():,} to {sizes.max():,} records a year", fontsize=7.5, loc="left"
        )
    return figure
