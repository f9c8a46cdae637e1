"""Figures of units against what chance and size explain; nothing is ranked.

- :func:`funnel_plot`: units against their size with both sets of limits, one panel a peer group.
- :func:`shrunken`: values of units, raw and drawn towards what all have in common.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill, shorten

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from helpers.figures import style
from helpers.figures._funnel import curves, foot, key, levels_of, name_units, number, points

MOST, PITCH = 40, 0.2
"""Most units in one column of a figure, and the height of a row in inches."""


def _parts(
    frame: pd.DataFrame, limits: pd.DataFrame, within: list[str]
) -> list[tuple[str, pd.DataFrame, pd.DataFrame]]:
    """Return the name, units and limits of each peer group in order of appearance."""
    if not within:
        return [("", frame, limits)]
    missing = [name for name in within if name not in frame or name not in limits]
    if missing:
        raise ValueError(f"The units and the limits must both have the columns {missing}.")
    found = []
    for keys, part in frame.groupby(within, sort=False, dropna=False):
        own = limits
        for name, own_key in zip(within, keys, strict=True):
            own = own[own[name].isna() if pd.isna(own_key) else own[name].eq(own_key)]
        found.append((", ".join("not known" if pd.isna(k) else str(k) for k in keys), part, own))
    return found


def funnel_plot(
    frame: pd.DataFrame,
    *,
    unit: str,
    limits: pd.DataFrame,
    title: str = "",
    within: str | Sequence[str] | None = None,
    columns: int = 2,
    percent: bool = True,
    centre: str = "",
    size: str = "number out of which the share is taken",
    value: str = "share",
) -> Figure:
    """Draw units against their size with exact and over-dispersed limits; nothing is ranked.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.funnel.funnel` returns it, with the column ``unit`` naming each unit.
    unit : str
        Column that names the units, such as ``area``.
    limits : DataFrame
        Limits over a grid of sizes: denominator, level, low, high, kind ("exact" or
        "over-dispersed"), and the columns of ``within``, as
        `helpers.methods.spread.limit_curves` returns them.
    title : str
        Title above a single panel; empty: none.
    within : str or sequence of str, optional
        Columns that name the peers of a unit, as for the funnel; each group has its own panel.
    columns : int
        Most panels side by side.
    percent : bool
        Show values as per cent; False for rates and ratios.
    centre : str
        What the line in the middle is, such as "as many as expected"; empty: all units together.
    size, value : str
        Names of the axes.

    Returns
    -------
    Figure
        Units beyond the widest over-dispersed limits are named, at most 8 a panel and none over
        another; how many more there are is said below, and so are units without a value.

    Raises
    ------
    ValueError
        If units or limits lack a column of ``within``.

    Examples
    --------
    >>> from helpers.methods import funnel, spread
    >>> areas = pd.DataFrame({"area": ["a", "b"], "numerator": [30, 61], "denominator": 200})
    >>> placed, curves = funnel.funnel(areas), spread.limit_curves(areas, points=9)
    >>> figure = funnel_plot(placed, unit="area", limits=curves)
    >>> figure.axes[0].get_legend().get_texts()[2].get_text()
    'all 2 together: 22.8%'
    """
    names = [within] if isinstance(within, str) else list(within or [])
    whole, frame = frame, frame.dropna(subset=["value", "od_position"])
    if frame.empty:
        return style.nothing()
    parts = _parts(frame, limits, names)
    levels = levels_of(frame, limits)
    columns = min(columns, len(parts))
    rows = -(-len(parts) // columns)
    height = (5.3 if len(parts) == 1 else 4.0) + 1.2 / rows
    figure, axes = style.panels(
        len(parts), columns=columns, height=height, width=9.0 if columns > 1 else 7.4
    )
    letters = 92 // columns
    far = []
    for ax, (name, part, own) in zip(axes, parts, strict=True):
        _panel(ax, part, own, levels, percent=percent)
        style.title(ax, name or title, letters - 10)
        ax.set_ylabel(value)
        widest = f" {100 * levels[-1]:g}% limit"
        far.append(part[part["od_position"].str.endswith(widest)])
        ax.set_xlabel(_below(part, size, centre, percent=percent, alone=not names, wide=letters))
    target = number(float(frame["target"].iloc[0]), percent=percent)
    line = f"{centre or f'all {len(frame)} together'}: {target}"
    line = centre or "all of the panel together" if names else line
    lowest = axes[(rows - 1) * columns]
    key(lowest, levels, line)
    # Names find room only once it is known where everything else stands.
    figure.draw_without_rendering()
    lost = len(whole) - len(frame)
    for ax, (_, part, _), beyond in zip(axes, parts, far, strict=True):
        more = len(beyond) - name_units(ax, beyond, part, unit)
        notes = [ax.get_xlabel()]
        if more:
            notes.append(f"{more} more beyond the widest over-dispersed limits not named.")
        if lost and ax is axes[-1]:
            notes.append(f"{lost} without a value not drawn.")
        ax.set_xlabel("\n".join(notes), fontsize=style.SMALL)
    key(lowest, levels, line)
    return figure


def _panel(
    ax: Axes, part: pd.DataFrame, own: pd.DataFrame, levels: Sequence[float], *, percent: bool
) -> None:
    across = part["size" if "size" in part else "denominator"].astype(float)
    if not own.empty:
        curves(ax, own)
    target = float(part["target"].iloc[0])
    ax.axhline(target, color="#666666", linewidth=0.9)
    points(ax, part, levels)
    if percent:
        style.percent(ax.yaxis)
    if across.max() >= 10:
        ax.xaxis.set_major_locator(MaxNLocator(nbins=8, integer=True))
        style.thousands(ax.xaxis)
    top = max(float(part["value"].max()) * 1.12, target * 2) or 1
    top = min(top, 1.03) if percent else top
    ax.set_ylim(-0.015 * top, top)  # a mark at nothing is whole
    ax.set_xlim(0, float(across.max()) * 1.12)


def _below(
    part: pd.DataFrame, size: str, centre: str, *, percent: bool, alone: bool, wide: int
) -> str:
    """Return what stands below a panel."""
    if alone:
        return fill(size, wide)
    target = number(float(part["target"].iloc[0]), percent=percent)
    said = f"{len(part)} units; {centre or 'all together'}: {target}"
    return "\n".join(fill(line, wide) for line in (size, said))


def shrunken(
    frame: pd.DataFrame, *, unit: str, panel: str | None = None, percent: bool = True
) -> Figure:
    """Draw what each unit has of its own and what is left of it after allowing for its size.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.shrinkage.beta_binomial` or `gamma_poisson` returns it: raw, value,
        low, high, weight, centre and the columns named.
    unit : str
        Column that names the units; they stand in the order of the frame.
    panel : str, optional
        Column that names the groups of peers; each has a panel.
    percent : bool
        Show values as per cent; False for rates and ratios.

    Returns
    -------
    Figure
        Hollow mark: the unit's own value; filled mark: the shrunken one, joined to it by a thin
        line, on its interval as a thick pale line; dashed: the mean they are drawn towards.
        Units without a value are named below. A group of more than 40 stands in two columns.

    Examples
    --------
    >>> from helpers.methods.shrinkage import beta_binomial
    >>> areas = pd.DataFrame({"area": ["a", "b"], "numerator": [30, 71], "denominator": 200})
    >>> figure = shrunken(beta_binomial(areas), unit="area")
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['a', 'b']
    """
    kept = frame.dropna(subset=["value"])
    if kept.empty:
        return style.nothing()
    groups = [("", frame)] if panel is None else list(frame.groupby(panel, sort=False))
    groups = [(name, part) for name, part in groups if part["value"].notna().any()]
    rows = [_in_columns(str(name), part) for name, part in groups]
    columns = max(len(row) for row in rows)
    tall = [PITCH * max(part["value"].notna().sum() for _, part in row) + 1.2 for row in rows]
    figure, spots = style.panels(
        len(rows) * columns,
        columns=columns,
        width=10.0 if columns > 1 else 7.4,
        height=sum(tall) / len(tall) + 0.3,
        height_ratios=tall,
    )
    axes = []
    for place, row in enumerate(rows):
        for ax, (name, part) in zip(spots[place * columns :], row, strict=False):
            _pulled(ax, part, unit, percent=percent, alone=columns == 1)
            style.title(ax, name, 80 if columns == 1 else 28)
            axes.append(ax)
    for spare in set(spots) - set(axes):
        spare.remove()
    # Peers are compared with peers, but on one scale.
    ends = [end for ax in axes for end in ax.get_xlim()]
    for ax in axes:
        ax.set_xlim(min(ends), max(ends))
    if columns == 1:
        foot(axes[-1], ncols=3)
        return figure
    # Below a narrow panel a key or a long note would take its width.
    handles, names = axes[0].get_legend_handles_labels()
    figure.legend(
        handles,
        names,
        loc="outside upper left",
        ncols=3,
        fontsize=style.SMALL,
        frameon=False,
        alignment="left",
        title=fill("; ".join(_weights(part) for _, part in groups), 90),
        title_fontsize=style.SMALL,
    )
    return figure


def _weights(part: pd.DataFrame) -> str:
    """Say how much of a unit's value is its own."""
    weight = 100 * part["weight"].dropna().astype(float)
    return (
        f"Share of a unit's own data: {weight.min():.0f}% to {weight.max():.0f}%; "
        "dashed: the mean they are drawn towards"
    )


def _in_columns(name: str, part: pd.DataFrame) -> list[tuple[str, pd.DataFrame]]:
    """Return a group as one column, or as two where one would be too tall for a page."""
    held, without = part[part["value"].notna()], part[part["value"].isna()]
    if len(held) <= MOST:
        return [(name, part)]
    half = -(-len(held) // 2)
    return [(name, pd.concat([held.iloc[:half], without])), ("continued", held.iloc[half:])]


def _pulled(ax: Axes, part: pd.DataFrame, unit: str, *, percent: bool, alone: bool) -> None:
    """Draw the units of one panel from the top down."""
    held = part[part["value"].notna()]
    y = np.arange(len(held), dtype=float)[::-1]
    raw, value, low, high = (
        held[name].to_numpy(dtype=float) for name in ("raw", "value", "low", "high")
    )
    # The line from one mark to the other is decoration: the marks carry the numbers.
    ax.hlines(y, low, high, color="#C4C4C4", linewidth=4.5, zorder=1, label="interval")
    ax.hlines(y, np.minimum(raw, value), np.maximum(raw, value), color=style.INK, linewidth=0.9)
    marks = {"zorder": 3, "edgecolors": style.INK}
    ax.scatter(raw, y, s=34, facecolors="white", linewidths=1.1, label="its own", **marks)
    ax.scatter(
        value,
        y,
        s=22,
        marker="D",
        facecolors=style.COLOURS[0],
        label="shrunken",
        linewidths=0.6,
        **marks,
    )
    if "centre" in held:
        ax.axvline(float(held["centre"].iloc[0]), color="#666666", linewidth=0.9, linestyle="--")
    ax.set_yticks(y, [shorten(str(name), 40, placeholder="...") for name in held[unit]])
    ax.set_ylim(-0.7, len(held) - 0.3)
    ax.grid(visible=False)
    ax.grid(axis="x", color="#E4E4E4", linewidth=0.7)
    if percent:
        style.percent(ax.xaxis)
    notes = [_weights(held)] if alone else []
    without = [str(name) for name in part.loc[part["value"].isna(), unit]]
    if without:
        shown = ", ".join(without[:5]) + (f" and {len(without) - 5} more" if without[5:] else "")
        notes.append(f"No value: {shown}")
    style.below(ax, notes, 60 if alone else 32)
