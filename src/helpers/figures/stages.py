"""Figures of the way from a death to the end of its investigation.

- :func:`occupied`: who was in which stage, day by day.
- :func:`ended`: how investigations had ended, day by day, and which were open.
- :func:`where_time_went`: mean days in each stage with limits.
- :func:`timeline`: the days of one death, for internal use.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from helpers.figures import style

SHADES = ["#2166AC", "#D1E5F0", "#4393C3", "#F7F7F7", "#92C5DE"]
# One hatch more than shades, so that a shade comes back with another hatch.
HATCHES = ["", "....", "", "////", "", "\\\\\\\\"]
GREYS = ["#333333", "#777777", "#BBBBBB", "#E2E2E2"]
END_HATCHES = ["", "////", "", "...."]
MOST = 125
"""Days on which areas are drawn, at most; where there are more, evenly spaced ones."""

DONE, OTHER = "all passed", "ended otherwise"


def _area(
    ax: Axes, days: np.ndarray, foot: np.ndarray, top: np.ndarray, words: str, **look: object
) -> PolyCollection:
    """Draw an area between two steps and return it; its upper edge carries the data.

    An area of steps is read back with both heights of each day; a line has the one from then on.
    """
    area = ax.fill_between(days, foot, top, step="post", **look)
    ax.step(days, top, where="post", color=style.INK, lw=0.4, label=f"{words}{BELOW}")
    return area


BELOW = ", with those below"


def _legend(ax: Axes, areas: Mapping[str, PolyCollection]) -> None:
    """Name the areas beside the panel, from the top down."""
    ax.legend(
        list(areas.values())[::-1],
        list(areas)[::-1],
        fontsize=style.SMALL,
        frameon=False,
        loc="center left",
        bbox_to_anchor=(1.01, 0.5),
    )


def occupied(
    frame: pd.DataFrame, *, labels: Mapping[str, str], done: str, horizon: int = 730
) -> Figure:
    """Draw the share of people in each stage by days since the start, one area a stage.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.stages.occupation` returns it: time (days), stage, value, denominator.
    labels : mapping
        Words for each stage, in the order of the way.
    done : str
        Words for those who have passed every stage.
    horizon : int
        Last day drawn.

    Returns
    -------
    Figure
        Areas from the foot up: those who have passed everything, those whose way ended otherwise,
        then the stages from the last to the first. Its data are the upper edges: the share in an
        area and those below it. Belongs to no window.

    Examples
    --------
    >>> from helpers.methods import stages
    >>> ways = pd.DataFrame({"told": [1, 4], "closed": [9, None], "followed": [20, 20]})
    >>> shares = stages.occupation(ways, stages=["told", "closed"])
    >>> words = {"told": "Until told", "closed": "Until closed"}
    >>> len(occupied(shares, labels=words, done="Closed", horizon=20).axes[0].collections)
    3
    """
    if frame.empty:
        return style.nothing()
    wide = frame.pivot_table(index="time", columns="stage", values="value")
    wide = _spaced(wide, horizon)
    names = {DONE: done, OTHER: "Ended otherwise", **dict(reversed(list(labels.items())))}
    # A stage that nobody was ever in takes no place in the legend.
    names = {name: words for name, words in names.items() if name in wide and wide[name].any()}
    figure, (ax,) = style.panels(1, width=9.0, height=4.6)
    foot = np.zeros(len(wide))
    days = wide.index.to_numpy(dtype=float)
    areas = {}
    for place, (name, words) in enumerate(names.items()):
        top = foot + wide[name].to_numpy()
        plain = name in (DONE, OTHER)
        areas[words] = _area(
            ax,
            days,
            foot,
            top,
            words,
            facecolor={DONE: "#444444", OTHER: "#BBBBBB"}.get(name, SHADES[place % len(SHADES)]),
            hatch={DONE: "", OTHER: "xxxx"}.get(name, HATCHES[place % len(HATCHES)]),
            edgecolor="white" if plain else style.INK,
            linewidth=0.4,
        )
        foot = top
    ax.set_xlim(0, horizon)
    ax.set_ylim(0, 1)
    ax.set_xticks(*_half_years(horizon))
    style.percent(ax.yaxis)
    ax.set_ylabel("share of people")
    size = int(frame["denominator"].iloc[0])
    ax.set_xlabel(f"days since the start; n = {size:,}", fontsize=style.SMALL, loc="left")
    _legend(ax, areas)
    return figure


def ended(frame: pd.DataFrame, *, horizon: int = 730) -> Figure:
    """Draw how investigations had ended by each day since they were opened; the rest was open.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.competing.aalen_johansen` returns it for one group: time (days), cause,
        value, open, n_risk and denominator.
    horizon : int
        Last day drawn.

    Returns
    -------
    Figure
        One area an end, from the foot up, and those still open above them; together they fill the
        whole at every day. Its data are the upper edges: the share in an area and those below it.
        Belongs to no window.

    Examples
    --------
    >>> from helpers.methods import competing
    >>> made = pd.DataFrame({"days": [90, 120, 200], "cause": ["Completed", "Abandoned", None]})
    >>> figure = ended(competing.aalen_johansen(made), horizon=365)
    >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()][::-1]
    ['Abandoned', 'Completed', 'Still open']
    """
    if frame.empty:
        return style.nothing()
    wide = frame.pivot_table(
        index="time", columns="cause", values="value", sort=False, observed=True
    )
    if 0.0 not in wide.index:  # nothing ended on the day on which it was opened
        first = pd.DataFrame(0.0, index=[0.0], columns=wide.columns)
        wide = pd.concat([first, wide])
    wide = wide.sort_index()
    wide = _spaced(wide, horizon)
    days = wide.index.to_numpy(dtype=float)
    figure, (ax,) = style.panels(1, width=9.0, height=4.0)
    foot, areas = np.zeros(len(days)), {}
    shares = [*wide.items(), ("Still open", 1.0 - wide.sum(axis=1))]
    for place, (name, values) in enumerate(shares):
        top = foot + values.to_numpy()
        areas[str(name)] = _area(
            ax,
            days,
            foot,
            top,
            str(name),
            facecolor="#FFFFFF" if name == "Still open" else GREYS[place % len(GREYS)],
            hatch="" if name == "Still open" else END_HATCHES[place % len(END_HATCHES)],
            edgecolor=style.INK,
            linewidth=0.5,
        )
        foot = top
    ax.set_xlim(0, horizon)
    ax.set_ylim(0, 1)
    ax.set_xticks(*_half_years(horizon))
    style.percent(ax.yaxis)
    ax.set_ylabel("share of investigations")
    size = int(frame["denominator"].iloc[0])
    ax.set_xlabel(f"days since the opening; n = {size:,}", fontsize=style.SMALL, loc="left")
    _legend(ax, areas)
    return figure


def _spaced(wide: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """Return shares up to the horizon, on no more days than a drawing can show."""
    inside = wide[wide.index <= horizon]
    if len(inside) <= MOST:
        grid = np.union1d(inside.index.to_numpy(dtype=float), [float(horizon)])
    else:
        grid = np.r_[np.arange(0, horizon, ceil(horizon / MOST)), horizon].astype(float)
    return wide.reindex(grid, method="ffill")


def _half_years(horizon: int) -> tuple[list[int], list[str]]:
    step = 182.5 if horizon <= 1000 else 365
    ticks = [int(step * place + 0.5) for place in range(int(horizon / step) + 1)]
    return ticks, [str(tick) for tick in ticks]


def where_time_went(frame: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """Draw the mean days in each stage with their limits, in the order of the way.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.stages.time_in_stages` returns it: stage, value, low, high (days),
        horizon, denominator.
    labels : mapping
        Words for each stage.

    Returns
    -------
    Figure
        One bar a stage, a point at its end, with its interval. Belongs to no window.

    Examples
    --------
    >>> from helpers.methods import stages
    >>> ways = pd.DataFrame({"told": [1, 4, 2], "closed": [9, 7, 8], "followed": 20})
    >>> spent = stages.time_in_stages(ways, stages=["told", "closed"], horizon=20)
    >>> words = {"told": "Until told", "closed": "Until closed"}
    >>> len(where_time_went(spent, labels=words).axes[0].containers[0])
    2
    """
    if frame.dropna(subset=["value"]).empty:
        return style.nothing()
    count = len(frame)
    figure, (ax,) = style.panels(1, width=9.0, height=1.2 + 0.32 * count)
    place = np.arange(count)[::-1]
    ax.barh(place, frame["value"], height=0.62, color="#92C5DE", edgecolor=style.INK)
    ax.scatter(frame["value"], place, s=14, color=style.INK, zorder=3, label="mean days")
    ax.hlines(place, frame["low"], frame["high"], color=style.INK, lw=1.4, label="interval")
    ax.set_yticks(place, [labels.get(name, name) for name in frame["stage"]])
    ax.grid(visible=False, axis="y")
    ax.grid(axis="x", color="#DDDDDD", linewidth=0.7)
    horizon, size = int(frame["horizon"].iloc[0]), int(frame["denominator"].iloc[0])
    ax.set_xlabel(
        f"mean days within {horizon} days of the start; n = {size:,}", fontsize=style.SMALL
    )
    ax.set_xlim(left=0)
    return figure


def timeline(frame: pd.DataFrame) -> Figure:
    """Draw the recorded days of one death in their order.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.cohort.stages.timeline` returns it: days since the death, date and label.

    Returns
    -------
    Figure
        One line a day, its date and days beside it. Belongs to no window.

    Examples
    --------
    >>> days = pd.DataFrame({"days": [0, 12], "label": ["death", "reported as an incident"]})
    >>> days["date"] = pd.to_datetime(["2014-05-01", "2014-05-13"])
    >>> timeline(days).axes[0].get_xlabel()
    'days since the death'
    """
    if frame.empty:
        return style.nothing(*[frame.attrs[name] for name in ("answer",) if name in frame.attrs])
    place = np.arange(len(frame))[::-1]
    figure, (ax,) = style.panels(1, width=9.0, height=1.0 + 0.3 * len(frame))
    ax.hlines(place, 0, frame["days"], color="#BBBBBB", lw=1.0)
    ax.scatter(frame["days"], place, s=26, color=style.COLOURS[0], zorder=3, label="day")
    words = [
        f"{day.day} {day:%B %Y}: {label}"
        for day, label in zip(frame["date"], frame["label"], strict=True)
    ]
    ax.set_yticks(place, words)
    ax.set_xlabel("days since the death", fontsize=style.SMALL)
    ax.grid(visible=False, axis="y")
    return figure
