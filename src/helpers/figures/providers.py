"""Figures of providers side by side; nothing is ranked.

- :func:`mix`: shares as counted beside those standardised for the mix of people.
- :func:`index`: a share of each with its interval and what it is out of.
"""

from __future__ import annotations

from textwrap import fill, shorten

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.figures import style

PITCH = 0.24


def mix(frame: pd.DataFrame, *, unit: str = "provider", reference: str = "the reference") -> Figure:
    """Draw shares as counted beside those standardised for the mix of people, a row a provider.

    Parameters
    ----------
    frame : DataFrame
        Columns ``unit``, crude (the share as counted), rate, rate_low, rate_high (the indirectly
        standardised share with its interval) and reference_rate, as proportions; rows keep their
        order. A row whose standardised share is withheld keeps its hollow mark.
    unit : str
        Column that names a row.
    reference : str
        What the dashed line is, in words.

    Returns
    -------
    Figure
        Hollow mark: as counted; filled mark: standardised, on its interval.

    Examples
    --------
    >>> rows = pd.DataFrame({"provider": ["A", "B"], "crude": [0.1, 0.2], "rate": [0.12, 0.18]})
    >>> figure = mix(rows.assign(rate_low=0.1, rate_high=0.2, reference_rate=0.15))
    >>> [text.get_text() for text in figure.axes[0].get_yticklabels()]
    ['A', 'B']
    """
    held = frame.dropna(subset=["crude"])
    if held.empty:
        return style.nothing()
    figure, (ax,) = style.panels(1, columns=1, width=7.4, height=PITCH * len(held) + 1.3)
    y = np.arange(len(held), dtype=float)[::-1]
    crude, rate, low, high = (
        held[name].to_numpy(dtype=float) for name in ("crude", "rate", "rate_low", "rate_high")
    )
    ax.hlines(
        y, low, high, color="#8C8C8C", linewidth=2.2, zorder=1,
        label="interval of the standardised",
    )  # fmt: skip
    ax.scatter(
        crude, y, s=38, marker="o", facecolors="white", edgecolors=style.INK, linewidths=1.1,
        zorder=3, label="as counted",
    )  # fmt: skip
    ax.scatter(
        rate, y, s=24, marker="D", facecolors=style.COLOURS[0], edgecolors=style.INK,
        linewidths=0.6, zorder=3, label="standardised",
    )  # fmt: skip
    line = float(held["reference_rate"].iloc[0])
    ax.axvline(line, color="#666666", linewidth=0.9, linestyle="--")
    ax.set_yticks(y, [shorten(str(name), 50, placeholder="...") for name in held[unit]])
    ax.set_ylim(-0.7, len(held) - 0.3)
    most = float(np.nanmax(np.concatenate([crude, rate, high])))
    ax.set_xlim(-0.015 * most, 1.05 * most)  # a mark at nothing is whole
    ax.grid(visible=False)
    ax.grid(axis="x", color="#E4E4E4", linewidth=0.7)
    style.percent(ax.xaxis)
    notes = [f"dashed: {reference}, {100 * line:.1f}%"]
    if without := held.loc[held["rate"].isna(), unit].tolist():
        notes.append(f"Too few events for a standardised share: {', '.join(map(str, without))}")
    ax.set_xlabel("\n".join(fill(note, 58) for note in notes), fontsize=style.SMALL, loc="left")
    figure.legend(loc="outside upper left", ncols=3, fontsize=style.SMALL, frameon=False)
    return figure


def index(frame: pd.DataFrame, *, unit: str = "provider") -> Figure:
    """Draw a share of each provider with its interval, and how many people it is out of.

    Parameters
    ----------
    frame : DataFrame
        Columns ``unit``, value, low, high (proportions) and denominator; rows keep their order.
    unit : str
        Column that names a row.

    Returns
    -------
    Figure
        One row a provider; those without a value are named below.

    Examples
    --------
    >>> rows = pd.DataFrame({"provider": ["A"], "value": [0.9], "low": [0.8], "high": [0.95]})
    >>> figure = index(rows.assign(denominator=1200))
    >>> figure.axes[0].get_yticklabels()[0].get_text()
    'A, n = 1,200'
    """
    held = frame.dropna(subset=["value"])
    if held.empty:
        return style.nothing()
    figure, (ax,) = style.panels(1, columns=1, width=7.4, height=PITCH * len(held) + 1.1)
    y = np.arange(len(held), dtype=float)[::-1]
    value, low, high = (held[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    ax.hlines(y, low, high, color="#8C8C8C", linewidth=2.2, zorder=1, label="interval")
    ax.scatter(
        value, y, s=26, marker="o", facecolors=style.COLOURS[0], edgecolors=style.INK,
        linewidths=0.6, zorder=3, label="share",
    )  # fmt: skip
    sizes = held["denominator"].astype(float)
    names = [shorten(str(name), 50, placeholder="...") for name in held[unit]]
    ax.set_yticks(y, [f"{name}, n = {n:,.0f}" for name, n in zip(names, sizes, strict=True)])
    ax.set_ylim(-0.7, len(held) - 0.3)
    ax.grid(visible=False)
    ax.grid(axis="x", color="#E4E4E4", linewidth=0.7)
    style.percent(ax.xaxis)
    without = frame.loc[frame["value"].isna(), unit].astype("str").tolist()
    notes = [f"No share, out of too few: {', '.join(without)}"] if without else []
    ax.set_xlabel("\n".join(fill(note, 52) for note in notes), fontsize=style.SMALL, loc="left")
    return figure
