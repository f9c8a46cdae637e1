"""Parts of a funnel: limits, units by where they lie, their names, and the key.

- :func:`number`: a value of the axis in words.
- :func:`curves`: the limits.
- :func:`levels_of`: the levels of limits and positions.
- :func:`points`: the units.
- :func:`name_units`: names where there is room.
- :func:`key`, :func:`foot`: the key, and any legend, below a panel.
"""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patheffects import withStroke
from matplotlib.text import Annotation
from matplotlib.transforms import Bbox, ScaledTranslation

from helpers.figures import style

LOOKS = {"exact": ("-", style.COLOURS[0]), "over-dispersed": ("--", style.COLOURS[1])}
NAMED = 8
"""Most units named in a panel."""
AWAY = [
    (side * x, y) for x, y in ((6, 3), (6, -9), (8, 13), (8, -20), (10, 24)) for side in (1, -1)
]
"""Places of a name beside its mark, in points, the first that is free."""


def number(value: float, *, percent: bool) -> str:
    """Return a value as the axis shows it."""
    return f"{100 * value:.1f}%" if percent else f"{value:.3g}"


def curves(ax: Axes, limits: pd.DataFrame) -> None:
    """Draw limits: thick lines for the widest level, thin ones for others."""
    widest = limits["level"].max()
    for (kind, level), part in limits.groupby(["kind", "level"], sort=False):
        line, colour = LOOKS[str(kind)]
        for side in ("low", "high"):
            held = part[np.isfinite(part[side].astype(float))]
            ax.plot(
                held["denominator"],
                held[side],
                line,
                color=colour,
                linewidth=1.5 if level == widest else 0.9,
                label=f"{kind} {100 * level:g}% limit, {side}",
            )


def _marks(levels: Sequence[float]) -> list[tuple[str, str, str, float]]:
    """Return words, marker, colour and area of each sort of unit, from within to far outside."""
    sorts = [("within the over-dispersed limits", "o", style.INK, 18.0)]
    for at, level in enumerate(levels):
        last = at == len(levels) - 1
        marker, colour = ("D", style.COLOURS[1]) if last else ("s^vP"[at % 4], style.COLOURS[4])
        name = f"outside the over-dispersed {100 * level:g}% limit"
        sorts.append((name, marker, colour, 30.0 if last else 22.0))
    return sorts


def levels_of(frame: pd.DataFrame, limits: pd.DataFrame) -> list[float]:
    """Return the levels of limits and positions, the narrowest first."""
    said = frame["od_position"].str.extract(r" ([\d.]+)% limit")[0].dropna().astype(float)
    both = {round(float(level), 9) for level in [*limits["level"], *(said / 100)]}
    return sorted(both) or [0.95, 0.998]


def points(ax: Axes, frame: pd.DataFrame, levels: Sequence[float]) -> None:
    """Draw units, each by the widest limit it exceeds: told apart by shape as well as colour."""
    size = frame["size" if "size" in frame else "denominator"].astype(float)
    position = frame["od_position"].astype(str)
    for name, marker, colour, area in _marks(levels):
        ends = f" {name.split()[-2]} limit"
        chosen = position.str.endswith(ends) if "outside" in name else position.eq("within limits")
        ax.scatter(
            size[chosen],
            frame.loc[chosen, "value"].astype(float),
            s=area,
            marker=marker,
            color=colour,
            edgecolor="white" if marker == "o" else style.INK,
            linewidth=0.4 if marker == "o" else 0.8,
            zorder=3,
            label=name,
        )


def name_units(ax: Axes, far: pd.DataFrame, everybody: pd.DataFrame, unit: str) -> int:
    """Name units where there is room, the farthest from their limits first; return how many."""
    across = "size" if "size" in far else "denominator"
    inside = ax.get_window_extent()
    scale = ax.figure.dpi / 72.0
    spots = ax.transData.transform(everybody[[across, "value"]].to_numpy(dtype=float))
    taken = [Bbox.from_bounds(x - 3 * scale, y - 3 * scale, 6 * scale, 6 * scale) for x, y in spots]
    count = 0
    for row in far.itertuples():
        if count == NAMED:
            break
        note = ax.annotate(
            shorten(str(getattr(row, unit)), 30, placeholder="..."),
            (float(getattr(row, across)), float(row.value)),
            xytext=AWAY[0],
            textcoords="offset points",
            fontsize=style.SMALL,
            color=style.INK,
            path_effects=[withStroke(linewidth=2, foreground="white")],
        )
        if _room(note, inside, taken):
            count += 1
        else:
            note.remove()
    return count


def _room(note: Annotation, inside: Bbox, taken: list[Bbox]) -> bool:
    """Move a name to the first place that is free, and take it; False where there is none."""
    for x, y in AWAY:
        note.set_position((x, y))
        note.set_horizontalalignment("left" if x > 0 else "right")
        box = note.get_window_extent().padded(1.0)
        within = inside.x0 <= box.x0 and box.x1 <= inside.x1
        within = within and inside.y0 <= box.y0 and box.y1 <= inside.y1
        if within and not any(box.overlaps(other) for other in taken):
            taken.append(box)
            return True
    return False


def key(ax: Axes, levels: Sequence[float], centre: str) -> None:
    """Put the key below the panel, where it covers no mark."""
    words = " and ".join(
        f"{100 * level:g}% ({'thick' if level == max(levels) else 'thin'})" for level in levels
    )
    keys = [
        Line2D([], [], color=colour, linestyle=line, label=f"{kind} limits, {words}")
        for kind, (line, colour) in LOOKS.items()
    ]
    keys.append(Line2D([], [], color="#666666", linewidth=0.9, label=centre))
    keys += [
        Line2D(
            [],
            [],
            color=colour,
            marker=marker,
            markersize=5,
            markeredgecolor="white" if marker == "o" else style.INK,
            linestyle="",
            label=name,
        )
        for name, marker, colour, _ in _marks(levels)
    ]
    foot(ax, handles=keys)


def foot(ax: Axes, **options: Any) -> None:
    """Put a legend below what stands below a panel."""
    lines = ax.get_xlabel().count("\n") + 1
    down = ScaledTranslation(0, -(28 + 11 * lines) / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        fontsize=style.SMALL,
        frameon=False,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=ax.transAxes + down,
        borderaxespad=0,
        **options,
    )
