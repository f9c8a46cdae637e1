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
from matplotlib.transforms import ScaledTranslation

from helpers.figures import style

MOST = 100
"""Steps of a curve that are drawn, at most."""


def curves(
    frame: pd.DataFrame,
    *,
    panel: str = "label",
    by: str | None = None,
    horizon: int | pd.Series | None = None,
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
        Column that tells several curves of a panel apart; the key stands above. A panel with one
        curve needs none.
    horizon : int or Series, optional
        Last day drawn, the same for all panels or by panel. If not given, each panel ends soon
        after its curves have come to 99% of their rise, and after four years at the latest. Later
        times are in the data of the exhibit.
    marks : DataFrame, optional
        Upright lines, such as limits in force: the column ``panel``, ``time`` and ``name``.
    unit : str or Series
        Words for the times, the same for all panels or by panel.

    Returns
    -------
    Figure
        A curve of more than 100 steps is drawn at 100 of them. Belongs to no window: the last
        line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> from helpers.methods import survival
    >>> days = pd.DataFrame({"label": "Death to inquest", "days": [90, 200, 400], "observed": True})
    >>> figure = curves(survival.kaplan_meier(days, by=["label"]), horizon=730)
    >>> [text.get_text() for text in figure.axes[0].texts]
    ['at risk', '3', '2', '1', '0', '0']
    """
    if frame.empty:
        return style.nothing()
    groups = list(frame.groupby(panel, sort=False, observed=True))
    figure, axes = style.panels(len(groups), columns=2, height=3.1)
    for ax, (name, part) in zip(axes, groups, strict=True):
        lines = list(part.groupby(by, sort=False, observed=True)) if by else [("", part)]
        end = horizon[name] if isinstance(horizon, pd.Series) else horizon or _span(lines)
        words = unit[name] if isinstance(unit, pd.Series) else unit
        ticks = _ticks(int(end))
        several = len(lines) > 1
        for position, (level, line) in enumerate(lines):
            _curve(ax, line, str(level) if several else "", position, int(end))
            _at_risk(ax, line, str(level) if several else "at risk", position, ticks)
        style.title(ax, name, 40)
        ax.set_ylim(0, 1.01)
        ax.set_xlim(0, end)
        ax.set_xticks(ticks, [str(tick) for tick in ticks])
        style.percent(ax.yaxis)
        ax.set_xlabel(words, fontsize=style.SMALL, loc="right")
        if marks is not None:
            _marks(ax, marks[marks[panel].eq(name) & marks["time"].le(end)], part)
    keys = {line.get_label(): line for ax in axes for line in ax.lines if by and _curves(ax) > 1}
    keys = {name: line for name, line in keys.items() if name in set(frame[by].astype(str))}
    if keys:
        figure.legend(
            keys.values(),
            keys,
            loc="outside upper left",
            fontsize=style.SMALL,
            frameon=False,
            ncols=2,
        )
    return figure


def _span(lines: list[tuple[object, pd.DataFrame]]) -> int:
    """Return a whole span of days that holds nearly all of the rise of a panel's curves."""
    last = 0.0
    for _, line in lines:
        risen = 1 - line["survival"]
        there = (
            risen.ge(0.99 * risen.max()) if risen.max() > 0 else line["time"].eq(line["time"].max())
        )
        last = max(last, float(line.loc[there, "time"].min()))
    return next((span for span in (30, 60, 90, 183, 365, 730) if last * 1.2 <= span), 1460)


def _curves(ax: Axes) -> int:
    """Return how many curves a panel has."""
    return sum(str(one.get_label()).startswith("interval") for one in ax.collections)


def _ticks(horizon: int) -> list[int]:
    """Return about five whole places on an axis of days: half years, years or round numbers."""
    if horizon == 730:
        return [0, 183, 365, 548, 730]
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
    seen = _fewer(seen)
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


def _fewer(seen: pd.DataFrame) -> pd.DataFrame:
    """Return no more steps of a curve than a drawing can show, the first and the last among them.

    Times at which nothing changes go first.
    """
    if len(seen) <= MOST:
        return seen
    first = seen["survival"].diff().ne(0)
    first.iloc[-1] = True
    kept = seen[first]
    if len(kept) > MOST:
        kept = kept.iloc[np.linspace(0, len(kept) - 1, MOST).round().astype(int)]
    return kept


def _at_risk(ax: Axes, line: pd.DataFrame, name: str, row: int, ticks: list[int]) -> None:
    """Write below the axis how many were still followed at each place of it."""
    times, counts = line["time"].to_numpy(dtype=float), line["n_risk"].to_numpy(dtype=float)
    at = np.searchsorted(times, ticks, side="left")
    held = np.r_[counts, 0.0][at]
    # In points, whatever the height of the panel: below the ticks and the unit of the axis.
    down = ScaledTranslation(0, -(42 + 13 * row) / 72, ax.figure.dpi_scale_trans)
    place, beside = ax.get_xaxis_transform() + down, ax.transAxes + down
    words = style.fill(name, 14).splitlines()[0]
    ax.text(-0.09, 0, words, transform=beside, ha="right", va="baseline", fontsize=style.SMALL)
    for tick, count in zip(ticks, held, strict=True):
        ax.text(
            tick,
            0,
            f"{count:,.0f}",
            transform=place,
            ha="center",
            va="baseline",
            fontsize=style.SMALL,
        )


def _marks(ax: Axes, marks: pd.DataFrame, part: pd.DataFrame) -> None:
    """Draw named upright lines: the limits that were in force.

    A name stands where the curve, which only rises, leaves room: below it once it has risen.
    """
    for place, mark in enumerate(marks.itertuples(index=False)):
        left = part.loc[part["time"].le(mark.time), "survival"].min()
        risen = bool(left < 0.7)
        height = 0.12 + 0.12 * place if risen else 0.97 - 0.12 * place
        look = {"color": style.INK, "lw": 1.1, "ls": style.DASHES[(place + 1) % 4]}
        ax.axvline(mark.time, label=mark.name, **look)
        ax.annotate(
            mark.name,
            (mark.time, height),
            xytext=(4, 0),
            textcoords="offset points",
            fontsize=style.SMALL,
            va="top",
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.85, "pad": 0.8},
        )


def medians(frame: pd.DataFrame, *, panel: str = "label", immature: Sequence[int] = ()) -> Figure:
    """Draw median days with their intervals by year, one panel an interval.

    Parameters
    ----------
    frame : DataFrame
        Columns year, value, low, high (days), denominator and ``panel``. An upper limit that was
        not reached is drawn as a line to the top of the panel. With followed_value, followed_low
        and followed_high (as `helpers.cohort.ends.side_by_side` gives them) those stand beside, as
        hollow squares, where they differ.
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
        other = _followed(part)
        top = float(pd.concat([high, value, *other]).max()) * 1.12 or 1.0
        shift = 0.1 if other else 0.0
        ax.vlines(
            year - shift, low.fillna(0), high.fillna(top), color=style.INK, lw=1.2, label="interval"
        )
        ax.scatter(year - shift, value, s=22, color=style.COLOURS[0], zorder=3, label="median days")
        if other:
            _beside(ax, year + shift, *other, top)
        style.title(ax, name, 40)
        ax.set_ylabel("days")
        ax.set_ylim(0, top)
        style.years(ax, year)
        note = style.immature(ax, immature)
        sizes = part["denominator"].astype(int)
        said = "Square: what ended otherwise followed to that end" if other else ""
        style.below(ax, [f"n = {sizes.min():,} to {sizes.max():,} records a year", said, note], 52)
    return figure


def _followed(part: pd.DataFrame) -> list[pd.Series]:
    """Return value, low and high of the second way of counting, where it differs from the first."""
    names = ["value", "low", "high"]
    if "followed_value" not in part:
        return []
    second = [part[f"followed_{name}"].astype(float) for name in names]
    same = all(a.equals(part[b].astype(float)) for a, b in zip(second, names, strict=True))
    return [] if same else second


def _beside(
    ax: Axes, year: pd.Series, value: pd.Series, low: pd.Series, high: pd.Series, top: float
) -> None:
    """Draw the medians of the second way of counting as hollow squares."""
    seen = value.notna()
    ax.vlines(
        year[seen],
        low[seen].fillna(0),
        high[seen].fillna(top),
        color="#777777",
        lw=1.2,
        linestyles="--",
        label="interval, followed to another end",
    )
    ax.scatter(
        year[seen],
        value[seen],
        s=24,
        marker="s",
        facecolors="white",
        edgecolors=style.INK,
        zorder=3,
        label="median days, followed to another end",
    )
