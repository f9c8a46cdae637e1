"""Figures of counts and shares.

- :func:`trend`, :func:`lines`, :func:`stacked`, :func:`intervals`.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.casefile import Break
from helpers.figures import style


def _breaks(ax: object, breaks: Sequence[Break], name: str, first: float, last: float) -> list[str]:
    """Mark definition breaks with thin upright lines, numbered; return their notes."""
    notes = []
    for item in sorted(breaks, key=lambda found: found.date):
        place = item.date.year + (item.date.timetuple().tm_yday - 1) / 366 - 0.5
        if name in item.measures and first <= item.date.year <= last:
            ax.axvline(place, color="#666666", linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
            notes.append(f"{item.date.year}: {item.note}")
    return notes


def trend(
    frame: pd.DataFrame,
    *,
    panel: str = "label",
    key: str = "indicator",
    breaks: Sequence[Break] = (),
    immature: Sequence[int] = (),
    columns: int = 2,
) -> Figure:
    """Draw a share with its interval by year, one panel a series, breaks of definition marked.

    Parameters
    ----------
    frame : DataFrame
        Columns year, value, low, high (proportions), denominator, ``panel`` and ``key``.
    panel, key : str
        Column that names the panels, and the one that breaks refer to.
    breaks : sequence of Break
        Changes of law or definition; drawn as upright lines and named under the panel.
    immature : sequence of int
        Years of which not enough was known at the extract; they are hatched.
    columns : int
        Most panels side by side.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> frame = pd.DataFrame({"year": [2019, 2020], "value": [0.15, 0.16], "low": 0.1, "high": 0.2})
    >>> figure = trend(frame.assign(label="Inquests opened", indicator="opened", denominator=900))
    >>> figure.axes[0].get_title(loc="left"), figure.axes[0].get_xlabel()
    ('Inquests opened', 'n = 900 to 900 a year')
    """
    frame = frame.dropna(subset=["value"])
    if frame.empty:
        return style.nothing()
    groups = list(frame.groupby(panel, sort=False))
    figure, axes = style.panels(len(groups), columns=columns, height=3.0)
    for ax, (name, part) in zip(axes, groups, strict=True):
        year = part["year"].astype(float)
        low, high = part["low"].astype(float), part["high"].astype(float)
        ax.fill_between(
            year, low, high, color=style.COLOURS[0], alpha=0.25, linewidth=0, label="interval"
        )
        ax.plot(
            year, part["value"], color=style.COLOURS[0], marker="o", markersize=3, label="share"
        )
        sizes = part["denominator"].astype(float)
        style.title(ax, name, 40)
        ax.set_ylim(0, float(pd.concat([high, part["value"].astype(float)]).max()) * 1.12 or 1)
        style.percent(ax.yaxis)
        style.years(ax, year)
        found = _breaks(ax, breaks, str(part[key].iloc[0]), year.min(), year.max())
        below = [f"n = {sizes.min():,.0f} to {sizes.max():,.0f} a year", *found]
        below += [note] if (note := style.immature(ax, immature)) else []
        style.below(ax, below, 50)
    return figure


def lines(
    frame: pd.DataFrame,
    *,
    panel: str = "label",
    immature: Sequence[int] = (),
    columns: int = 3,
) -> Figure:
    """Draw counts by year, one panel a series, each on its own scale from zero.

    Parameters
    ----------
    frame : DataFrame
        Columns year, numerator (the count) and ``panel``.
    panel : str
        Column that names the panels.
    immature : sequence of int
        Years of which not enough was known at the extract; they are hatched.
    columns : int
        Most panels side by side.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> frame = pd.DataFrame({"label": ["Inquests", "Inquests", "Post-mortems", "Post-mortems"]})
    >>> figure = lines(frame.assign(year=[2019, 2020, 2019, 2020], numerator=[30, 32, 82, 79]))
    >>> [ax.get_title(loc="left") for ax in figure.axes]
    ['Inquests', 'Post-mortems']
    """
    frame = frame.dropna(subset=["numerator"])
    if frame.empty:
        return style.nothing()
    groups = list(frame.groupby(panel, sort=False))
    figure, axes = style.panels(len(groups), columns=columns, height=2.6)
    for ax, (name, part) in zip(axes, groups, strict=True):
        count = part["numerator"].astype(float)
        ax.plot(
            part["year"].astype(float),
            count,
            color=style.COLOURS[0],
            marker="o",
            markersize=3,
            label="count",
        )
        style.title(ax, name, 28)
        ax.set_ylim(0, max(float(count.max()) * 1.12, 1))
        style.thousands(ax.yaxis)
        style.years(ax, part["year"], most=5)
        below = [f"n = {count.sum():,.0f} in all years", style.immature(ax, immature)]
        style.below(ax, below, 36)
    return figure


def stacked(
    frame: pd.DataFrame,
    *,
    panel: str | None = None,
    immature: Sequence[int] = (),
    most: int = 7,
) -> Figure:
    """Draw the parts of wholes by year as shares stacked to 100%.

    Parameters
    ----------
    frame : DataFrame
        Columns year, label, numerator, denominator, and ``panel``.
    panel : str, optional
        Column that names the wholes, each of which has a panel of its own.
    immature : sequence of int
        Years of which not enough was known at the extract; they are hatched.
    most : int
        Parts drawn apart; the smaller ones are drawn together as "All others".

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> frame = pd.DataFrame({"label": ["Prison", "Police custody"], "numerator": [30, 10]})
    >>> figure = stacked(frame.assign(year=2020, denominator=40))
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['Prison', 'Police custody']
    """
    frame = frame.dropna(subset=["numerator", "denominator"])
    frame = frame[frame["denominator"].gt(0)]
    if frame.empty:
        return style.nothing()
    groups = [("", frame)] if panel is None else list(frame.groupby(panel, sort=False))
    figure, axes = style.panels(len(groups), columns=1, height=4.4)
    for ax, (name, part) in zip(axes, groups, strict=True):
        if panel is not None:
            style.title(ax, name, 80)
        _stack(ax, part, most, immature)
    return figure


def _stack(ax: Axes, frame: pd.DataFrame, most: int, immature: Sequence[int]) -> None:
    size = frame.groupby("label", sort=False)["numerator"].sum()
    kept = list(size.nlargest(most).index) if len(size) > most + 1 else list(size.index)
    order = [name for name in size.index if name in kept]
    part = frame.assign(label=frame["label"].where(frame["label"].isin(kept), "All others"))
    order += ["All others"] if part["label"].eq("All others").any() else []
    whole = frame.groupby("year")["denominator"].first().astype(float)
    grid = part.pivot_table(index="year", columns="label", values="numerator", aggfunc="sum")
    shares = grid.astype(float).fillna(0).div(whole, axis=0)[order]
    base = np.zeros(len(shares))
    for position, name in enumerate(order):
        ax.bar(
            shares.index.astype(float),
            shares[name],
            bottom=base,
            width=0.82,
            color=style.COLOURS[position % len(style.COLOURS)],
            edgecolor="white",
            linewidth=0.4,
            hatch=["", "\\\\", "", "//", "", "..", "", "xx"][position % 8],
            label=name,
        )
        base = base + shares[name].to_numpy()
    ax.set_ylim(0, 1.001)
    style.percent(ax.yaxis)
    style.years(ax, shares.index)
    ax.grid(visible=False)
    ax.set_ylabel("share of the total")
    sizes = f"n = {whole.min():,.0f} to {whole.max():,.0f} a year"
    style.below(ax, [sizes, style.immature(ax, immature)], 80)
    handles, names = ax.get_legend_handles_labels()
    ax.legend(
        handles[::-1],
        [fill(name, 26) for name in names[::-1]],
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
        frameon=False,
        fontsize=style.SMALL,
    )


def intervals(
    frame: pd.DataFrame,
    *,
    stratum: str | Sequence[str],
    panel: str = "label",
    columns: int = 3,
    least: int = 50,
    pooled: bool = True,
) -> Figure:
    """Draw values with their intervals, one row a stratum, one panel a series.

    Strata keep the order of the frame: nothing is ranked.

    Parameters
    ----------
    frame : DataFrame
        Columns ``stratum``, ``panel``, value, low, high (proportions), numerator, denominator.
    stratum : str or sequence of str
        Columns that name a row; several are joined.
    panel : str
        Column that names the panels.
    columns : int
        Most panels side by side.
    least : int
        Strata with a smaller denominator are in the table only: their intervals would flatten
        all others.
    pooled : bool
        Draw the share of all strata of a panel together as a dashed line. False where strata
        are not parts of one whole.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> frame = pd.DataFrame({"region": ["London", "Wales"], "numerator": [30, 2], "low": 0.1})
    >>> frame = frame.assign(label="Inquests", value=[0.3, 0.5], high=0.6, denominator=[100, 4])
    >>> print(intervals(frame, stratum="region").axes[0].get_xlabel())
    n = 100; dashed: all drawn
    Not drawn, fewer than 50: Wales
    """
    frame = frame.dropna(subset=["value"])
    if frame.empty:
        return style.nothing()
    named = [stratum] if isinstance(stratum, str) else list(stratum)
    frame = frame.assign(stratum=frame[named].astype(str).agg(", ".join, axis=1))
    held = frame["denominator"].ge(least)
    if not held.any():
        return style.nothing()
    left_out = frame[~held].groupby(panel, sort=False)["stratum"].agg(list).to_dict()
    frame = frame[held]
    groups = list(frame.groupby(panel, sort=False))
    strata = list(dict.fromkeys(frame["stratum"]))
    columns = min(columns, len(groups))
    height = 0.24 * len(strata) + 1.15
    figure, axes = style.panels(len(groups), columns=columns, height=height)
    place = {name: len(strata) - 1 - i for i, name in enumerate(strata)}
    for position, (ax, (name, part)) in enumerate(zip(axes, groups, strict=True)):
        y = part["stratum"].map(place).astype(float)
        ax.hlines(y, part["low"], part["high"], color=style.INK, linewidth=1.2, label="interval")
        ax.scatter(part["value"], y, s=18, color=style.COLOURS[0], zorder=3, label="share")
        below = f"n = {part['denominator'].sum():,.0f}; dashed: all drawn"
        if pooled:
            whole = part["numerator"].sum() / part["denominator"].sum()
            ax.axvline(float(whole), color="#888888", linewidth=0.9, linestyle="--", zorder=1)
        else:
            below = f"n = {', '.join(f'{size:,.0f}' for size in part['denominator'].unique())}"
        ax.set_yticks(list(place.values()), list(place))
        ax.tick_params(axis="y", labelleft=position % columns == 0)
        ax.set_ylim(-0.7, len(strata) - 0.3)
        style.title(ax, name, 25)
        style.percent(ax.xaxis)
        ax.locator_params(axis="x", nbins=4)
        ax.grid(axis="x", color="#DDDDDD", linewidth=0.7)
        notes = [below]
        if name in left_out:
            notes.append(f"Not drawn, fewer than {least}: {', '.join(left_out[name])}")
        style.below(ax, notes, 32)
    return figure
