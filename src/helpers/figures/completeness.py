"""Figures of how complete the record is: people on no list, and deaths not yet known.

- :func:`capture_range`: the number of people under each model, beside the number observed.
- :func:`triangle_plot`: deaths by period and delay until known, and the share known so far.
"""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from helpers.figures import style


def capture_range(frame: pd.DataFrame, *, noun: str = "people") -> Figure:
    """Draw the number of people under each model with its limits, beside the number observed.

    Parameters
    ----------
    frame : DataFrame
        One row a model, in the order in which they stand from the top: model, observed, value,
        low, high, level. A model without an estimate keeps its line and says so.
    noun : str
        Who is counted.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> frame = pd.DataFrame({"model": ["independent"], "observed": [626], "value": [764.0]})
    >>> figure = capture_range(frame.assign(low=729.0, high=811.0, level=0.95))
    >>> figure.axes[0].get_yticklabels()[0].get_text()
    'independent'
    """
    if frame.empty:
        return style.nothing()
    frame = frame.reset_index(drop=True)
    figure, (ax,) = style.panels(1, width=7.0, height=1.5 + 0.58 * len(frame))
    place = np.arange(len(frame), dtype=float)
    value, low, high = (frame[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    observed = float(frame["observed"].iloc[0])
    closed = np.isfinite(low) & np.isfinite(high)
    level = float(frame["level"].iloc[0])
    ax.hlines(
        place[closed],
        low[closed],
        high[closed],
        color=style.INK,
        linewidth=1.4,
        label=f"{100 * level:g}% limits",
    )
    known = np.isfinite(value)
    ax.scatter(
        value[known],
        place[known],
        s=34,
        marker="D",
        color=style.COLOURS[0],
        zorder=3,
        label="estimate under the model",
    )
    ax.plot(
        [observed, observed],
        [-0.5, len(frame) - 0.5],
        color=style.COLOURS[1],
        linestyle="--",
        linewidth=1.6,
        label=f"observed: {observed:,.0f}",
    )
    top = float(np.nanmax([observed, *high[closed], *value[known]]))
    for row in np.flatnonzero(~known | ~closed):
        words = "no upper limit can be given" if known[row] else "no estimate under this model"
        start = value[row] if known[row] else observed
        ax.text(start, row, f"   {words}", va="center", fontsize=style.SMALL, color=style.INK)
    ax.set_yticks(place, [fill(str(name), 34) for name in frame["model"]])
    ax.set_ylim(len(frame) - 0.5, -0.5)
    room = 0.04 * (top - observed) if top > observed else 0.5 * max(observed, 1.0)
    ax.set_xlim(observed - room, top + room)
    ax.grid(visible=False, axis="y")
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.7)
    style.thousands(ax.xaxis)
    ax.set_xlabel(
        f"{noun}, those on no source included\nNo model is picked: the range is the result."
    )
    figure.legend(loc="outside upper left", ncols=3, fontsize=style.SMALL, frameon=False)
    return figure


def _counts(ax: Axes, frame: pd.DataFrame, late: list[str], periods: list[str]) -> None:
    """Stack the deaths of each period by their delay; hatch what will still grow."""
    place = {name: float(number) for number, name in enumerate(periods)}
    base = pd.Series(0.0, index=periods)
    for number, (label, part) in enumerate(frame.groupby("label", sort=False)):
        part = part.dropna(subset=["count"])
        if part.empty:
            continue
        bottom = base[part["period"]].to_numpy()
        count = part["count"].to_numpy(dtype=float)
        shade = str(round(0.35 + 0.55 * number / max(frame["label"].nunique() - 1, 1), 2))
        ax.bar(
            [place[name] for name in part["period"]],
            count,
            bottom=bottom,
            width=0.8,
            facecolor=shade,
            edgecolor="white",
            linewidth=0.6,
            label=f"known after {label}",
        )
        base[part["period"].tolist()] += count
    ax.set_ylim(0, max(float(base.max()) * 1.1, 1.0))
    for name in late:
        ax.axvspan(
            place[name] - 0.5,
            place[name] + 0.5,
            facecolor="none",
            edgecolor="#888888",
            hatch="///",
            linewidth=0,
            zorder=0.5,
        )
    ax.set_ylabel("deaths, in the delays that\nwere followed in full")


def _shares(ax: Axes, shares: pd.DataFrame, periods: list[str]) -> None:
    place = np.arange(len(periods), dtype=float)
    part = shares.set_index("period").reindex(periods)
    value, low, high = (part[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    late = part["immature"].fillna(value=True).to_numpy(dtype=bool)
    closed = np.isfinite(low) & np.isfinite(high)
    ax.vlines(
        place[closed], low[closed], high[closed], color=style.INK, linewidth=1.2, label="limits"
    )
    for mask, face, marker, name in (
        (~late, style.COLOURS[0], "o", "mature"),
        (late, "white", "s", "immature: more deaths are still to become known"),
    ):
        shown = mask & np.isfinite(value)
        if shown.any():
            ax.scatter(
                place[shown],
                value[shown],
                s=34,
                marker=marker,
                facecolors=face,
                edgecolors=style.INK,
                zorder=3,
                label=name,
            )
    for spot in place[~np.isfinite(value)]:
        ax.text(
            spot,
            0.05,
            "no estimate yet",
            rotation=90,
            ha="center",
            va="bottom",
            fontsize=style.SMALL,
            color=style.INK,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0},
        )
    for spot in place[late]:
        ax.axvspan(
            spot - 0.5,
            spot + 0.5,
            facecolor="none",
            edgecolor="#888888",
            hatch="///",
            linewidth=0,
            zorder=0.5,
        )
    ax.set_ylim(0, 1.05)
    style.percent(ax.yaxis)
    ax.set_ylabel("share already known")


def triangle_plot(frame: pd.DataFrame, *, shares: pd.DataFrame | None = None) -> Figure:
    """Draw deaths by period and delay until known, and the share of each period known so far.

    Parameters
    ----------
    frame : DataFrame
        One row for each period and delay: period, label (of the delay), count; missing where it
        was not yet followed for so long.
    shares : DataFrame, optional
        One row a period: period, value, low, high and immature. Without it the lower panel is
        left out, and no period is marked.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> frame = pd.DataFrame({"period": ["2015-01"] * 2, "label": ["0 to 7 days", "8 to 30 days"]})
    >>> figure = triangle_plot(frame.assign(count=[8, 2]))
    >>> figure.axes[0].get_xticklabels()[0].get_text()
    '2015-01'
    """
    if frame.empty:
        return style.nothing()
    periods = list(dict.fromkeys(frame["period"]))
    late = [] if shares is None else shares.loc[shares["immature"].astype(bool), "period"].tolist()
    count = 1 if shares is None else 2
    figure, axes = style.panels(count, columns=1, width=8.2, height=2.9)
    hatched = " (hatched: not yet complete)" if late else ""
    style.title(axes[0], f"Deaths by how long it took until they were known{hatched}", 90)
    _counts(axes[0], frame, [name for name in late if name in periods], periods)
    if shares is not None:
        style.title(axes[1], f"Estimated share of deaths already known{hatched}", 90)
        _shares(axes[1], shares, periods)
    for ax in axes:
        turned = 90 if len(periods) > 5 else 0
        ax.set_xticks(np.arange(len(periods), dtype=float), periods, rotation=turned)
        ax.set_xlim(-0.6, len(periods) - 0.4)
        handles, names = ax.get_legend_handles_labels()
        ax.legend(
            handles,
            [fill(name, 26) for name in names],
            loc="upper left",
            bbox_to_anchor=(1.01, 1.0),
            fontsize=style.SMALL,
            frameon=False,
        )
    return figure
