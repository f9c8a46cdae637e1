"""Control charts: a series with its limits, and what was declared to have changed.

- :func:`control_chart`: periods against their limits, one panel a series.
- :func:`rare_chart`: the same for rare events one by one.
- :func:`cusum_chart`: a score against its threshold, and what it is made of.
- :func:`trend_chart`: a series with its fitted line, interrupted at declared changes.
- :func:`moments`: periods as numbers that an axis can hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.transforms import ScaledTranslation

from helpers.casefile import Break
from helpers.figures import style
from helpers.figures._periods import axis, in_words, moments

__all__ = ["control_chart", "cusum_chart", "moments", "rare_chart", "trend_chart"]

HIGH, LOW, COMMON = "^", "v", "o"
# Improvement and concern are told apart by shape, so that a copy in grey can be read.
BETTER_HIGH, BETTER_LOW = "s", "D"
TYPES = ("", "common cause", "improvement", "concern", "special cause, high", "special cause, low")
WIDE = 100
"""Letters in a line of notes."""
ASSURANCE = {
    "consistently hits": ("P", "met in every period"),
    "hit and miss": ("?", "met in some periods and missed in others"),
    "consistently fails": ("F", "missed in every period"),
}
"""Icons of Making Data Count for a target, and what ordinary variation alone would make of it."""


def _one_series(periods: pd.Series, names: Sequence[str] = ()) -> None:
    """Refuse several series, which one line would run through as if they were one."""
    if len(names) > 1:
        raise ValueError(f"This chart is of one series; got {len(names)}: {', '.join(names[:5])}.")
    twice = periods.duplicated()
    if twice.any():
        day = in_words(periods[twice].iloc[0])
        raise ValueError(f"This chart is of one series; the period {day} occurs twice.")


def _declared(ax: Axes, breaks: Sequence[Break], part: pd.DataFrame, x: np.ndarray) -> list[str]:
    """Mark declared changes with dotted lines; return their notes, those of this series only.

    A change before the first period or after the end of the last is neither drawn nor noted.
    """
    names = set(part["indicator"]) if "indicator" in part else None
    # The last period begins at its place and goes on for as long as the one before it.
    end = x.max() + (x[-1] - x[-2] if len(x) > 1 else 1.0)
    notes = []
    for item in sorted(breaks, key=lambda one: one.date):
        place = float(moments(pd.Series(pd.to_datetime([item.date])))[0])
        mine = names is None or names & set(item.measures)
        if mine and x.min() <= place < end:
            ax.axvline(place, color="#666666", linewidth=0.9, linestyle=(0, (2, 2)), zorder=1)
            left, right = ax.get_xlim()
            ax.set_xlim(left, max(right, place + 0.02 * (right - left)))
            notes.append(f"{in_words(item.date)}: {item.note}")
    return notes


def _points(ax: Axes, part: pd.DataFrame, x: np.ndarray) -> None:
    """Draw the points: what breaks a rule is told by shape and fill as well as by colour."""
    kind = part["type"].astype("object").where(part["type"].notna(), "").astype(str).to_numpy()
    unknown = sorted(set(kind) - set(TYPES))
    if unknown:
        known = ", ".join(map(repr, TYPES[1:]))
        raise ValueError(f"Points of the type {unknown[0]!r} cannot be drawn; known are {known}.")
    y, centre = part["value"].to_numpy(dtype=float), part["centre"].to_numpy(dtype=float)
    ax.plot(x, y, color=style.INK, linewidth=0.9, label="series", zorder=2)
    special = (kind != "common cause") & (kind != "")
    groups = [(~special, COMMON, style.INK, style.INK, 14, "within the rules")]
    looks = {
        "improvement": (BETTER_HIGH, BETTER_LOW, style.COLOURS[0]),
        "concern": (HIGH, LOW, style.COLOURS[1]),
    }
    for better, (up, down, colour) in looks.items():
        mine = kind == better
        groups += [
            (mine & (y >= centre), up, colour, "black", 42, f"signal of {better}, high"),
            (mine & (y < centre), down, colour, "black", 38, f"signal of {better}, low"),
        ]
    high, low = kind == "special cause, high", kind == "special cause, low"
    groups += [
        (high, HIGH, style.COLOURS[1], "black", 42, "breaks a rule, high"),
        (low, LOW, "white", "black", 42, "breaks a rule, low"),
    ]
    for chosen, marker, colour, edge, size, name in groups:
        chosen = chosen & ~np.isnan(y)
        if chosen.any():
            ax.scatter(
                x[chosen], y[chosen], s=size, marker=marker, color=colour, edgecolor=edge,
                linewidth=0.7, label=name, zorder=3,
            )  # fmt: skip


def _limits(ax: Axes, part: pd.DataFrame, x: np.ndarray) -> list[str]:
    """Draw centre and limits, interrupted where they are set anew; return the reasons."""
    notes = []
    for number, own in part.assign(_x=x).groupby("phase", sort=True):
        after = f", stretch {number + 1}" if part["phase"].max() > 0 else ""
        at = own["_x"].to_numpy()
        for name, look, width in (("centre", "-", 1.1), ("lower", "--", 1.0), ("upper", "--", 1.0)):
            values = own[name].to_numpy(dtype=float)
            if not np.isnan(values).all():
                ax.plot(
                    at, values, look, color=style.COLOURS[0], linewidth=width, zorder=1,
                    label=f"{name}{after}", drawstyle="steps-mid" if len(at) > 1 else "default",
                )  # fmt: skip
        reason = str(own["phase_reason"].iloc[0])
        if number and reason:
            ax.axvline(at[0], color=style.INK, linewidth=1.4, zorder=1)
            notes.append(f"Limits set anew from {in_words(own['period'].iloc[0])}: {reason}")
    return notes


def _target(ax: Axes, part: pd.DataFrame, x: np.ndarray, assurance: str, number: str) -> list[str]:
    """Draw the target with the icon of its assurance; return what that says."""
    ax.plot(x, part["target"], ":", color=style.COLOURS[2], linewidth=2.2, label="target", zorder=2)
    icon, words = ASSURANCE.get(assurance, ("", ""))
    if not icon:
        said = " Too few periods to say whether it is met." if assurance else ""
        return [f"Target: {number}, the dotted line.{said}"]
    ax.text(
        1.0, 1.03, icon, transform=ax.transAxes, ha="right", va="bottom", fontsize=11,
        fontweight="bold", color=style.INK,
        bbox={"boxstyle": "circle,pad=0.25", "facecolor": "white", "edgecolor": style.INK},
    )  # fmt: skip
    return [
        f"Target: {number}, the dotted line. Sign {icon}: if nothing changed, ordinary variation "
        f"alone would see it {words}."
    ]


def _legend(ax: Axes) -> None:
    """Put the legend between the axis and the notes below it."""
    handles, names = ax.get_legend_handles_labels()
    seen = {}
    for handle, name in zip(handles, names, strict=True):
        short = name.split(", stretch")[0]
        short = "limits" if short in {"lower", "upper"} else short
        seen.setdefault(short, handle)
    columns = min(len(seen), 4)
    down = ScaledTranslation(0, -20 / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        seen.values(), seen, loc="upper left", bbox_to_anchor=(0.0, 0.0), frameon=False,
        bbox_transform=ax.transAxes + down, borderaxespad=0, fontsize=style.SMALL, ncols=columns,
    )  # fmt: skip
    ax.xaxis.labelpad = 8 + 15 * ceil(len(seen) / columns)


def control_chart(
    frame: pd.DataFrame,
    *,
    panel: str = "label",
    breaks: Sequence[Break] = (),
    verdicts: pd.DataFrame | None = None,
    percent: bool = False,
    unit: str = "",
    noun: str = "periods",
) -> Figure:
    """Draw periods against their limits, one panel a series.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.xmr.xmr` or `helpers.methods.attribute_charts.attribute_chart` returns
        it, with ``panel`` and perhaps indicator and target.
    panel : str
        Column that names the panels.
    breaks : sequence of Break
        Declared changes: dotted upright lines with their notes below. Where limits are set anew
        stands a full line, with its reason.
    verdicts : DataFrame, optional
        As `helpers.methods.xmr.verdicts` returns it, with ``panel``: what it says of a target
        stands as an icon at the upper right, and in words below.
    percent : bool
        Show proportions as per cent.
    unit : str
        Name of the vertical axis.
    noun : str
        What the points are.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Raises
    ------
    ValueError
        For points of a type that is not known.

    Examples
    --------
    >>> frame = pd.DataFrame({"label": "Share", "period": range(3), "value": [1.0, 2, 9]})
    >>> frame = frame.assign(centre=3, lower=0, upper=8, phase=0, phase_reason="")
    >>> figure = control_chart(frame.assign(type=["common cause"] * 2 + ["special cause, high"]))
    >>> figure.axes[0].get_title(loc="left")
    'Share'
    """
    if frame.empty or frame["value"].isna().all():
        return style.nothing()
    groups = list(frame.groupby(panel, sort=False))
    figure, axes = style.panels(len(groups), columns=1, width=8.2, height=3.9)
    lines = 0
    for ax, (name, part) in zip(axes, groups, strict=True):
        x = moments(part["period"])
        axis(ax, part["period"], x)
        notes = _limits(ax, part, x)
        _points(ax, part, x)
        notes += _declared(ax, breaks, part, x)
        if "target" in part and part["target"].notna().any():
            said = "" if verdicts is None else verdicts.loc[verdicts[panel].eq(name), "assurance"]
            last = said.iloc[-1] if len(said) else ""
            aimed = float(part["target"].iloc[-1])
            number = f"{100 * aimed:.3g}%" if percent else f"{aimed:.3g}"
            notes += _target(ax, part, x, last, number)
        if percent:
            style.percent(ax.yaxis)
        ax.set_ylabel(unit or ("share" if percent else "value"))
        style.title(ax, name, 80)
        _legend(ax)
        notes.insert(0, f"n = {part['value'].notna().sum()} {noun}")
        style.below(ax, notes, WIDE)
        lines += ax.get_xlabel().count("\n")
    # Notes take no height from the panels.
    figure.set_figheight(figure.get_figheight() + 0.17 * lines)
    return figure


def rare_chart(
    frame: pd.DataFrame, *, panel: str = "label", unit: str = "days since the last"
) -> Figure:
    """Draw rare events one by one against the limits of the gaps between them.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.rare_events.t_chart` returns it, with ``panel``.
    panel : str
        Column that names the panels.
    unit : str
        Name of the vertical axis.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Examples
    --------
    >>> rare_chart(pd.DataFrame(columns=["value"])).axes[0].texts[0].get_text()[:11]
    'The records'
    """
    if frame.empty or frame["value"].isna().all():
        return style.nothing()
    return control_chart(frame, panel=panel, unit=unit, noun="gaps between events")


def cusum_chart(frame: pd.DataFrame, *, order: str = "period") -> Figure:
    """Draw a score against its threshold, and below it events seen less expected, added up.

    Parameters
    ----------
    frame : DataFrame
        As `helpers.methods.sequential.cusum` returns it, one series.
    order : str
        Column of periods.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Raises
    ------
    ValueError
        For several series, or a period that occurs twice.

    Examples
    --------
    >>> frame = pd.DataFrame({"period": range(3), "score": [0, 2.0, 5], "threshold": 4.0})
    >>> frame = frame.assign(first_signal=[False, False, True], observed_minus_expected=[0, 3, 7])
    >>> cusum_chart(frame.assign(ratio=1.5)).axes[1].get_title(loc="left")
    'Events seen less events expected, added up'
    """
    if frame.empty:
        return style.nothing()
    _one_series(frame[order])
    x = moments(frame[order])
    figure, (top, bottom) = style.panels(2, columns=1, width=8.2, height=2.7)
    top.plot(x, frame["score"], color=style.INK, marker="o", markersize=3, label="score")
    threshold = float(frame["threshold"].iloc[0])
    top.axhline(threshold, color=style.COLOURS[1], linestyle="--", linewidth=1.2)
    first = frame["first_signal"].to_numpy(dtype=bool)
    said = "The threshold was not reached."
    if first.any():
        top.scatter(
            x[first], frame.loc[first, "score"], marker="D", s=52, color=style.COLOURS[1],
            edgecolor="black", zorder=3, label="threshold first reached",
        )  # fmt: skip
        day = frame.loc[first, order].iloc[0]
        when = f"{day:%B %Y}" if isinstance(day, pd.Timestamp) else str(day)
        said = f"Diamond: the threshold was first reached in the period from {when}."
    ratio = float(frame["ratio"].iloc[0])
    style.title(top, f"Score for a rise of {ratio:g} times; dashed: threshold {threshold:.2f}", 88)
    notes = [f"n = {len(frame)} periods. {said}"]
    caution = str(frame["caution"].iloc[0]) if "caution" in frame else ""
    if caution:
        notes.append(f"Caution: {caution}.")
    style.below(top, notes, WIDE)
    figure.set_figheight(figure.get_figheight() + 0.17 * top.get_xlabel().count("\n"))
    top.set_ylabel("score")
    bottom.plot(
        x, frame["observed_minus_expected"], color=style.COLOURS[0], marker="o", markersize=3,
        label="seen less expected",
    )  # fmt: skip
    bottom.axhline(0, color="#666666", linewidth=0.9)
    style.title(bottom, "Events seen less events expected, added up", 88)
    bottom.set_ylabel("events")
    for ax in (top, bottom):
        axis(ax, frame[order], x)
    return figure


def trend_chart(
    observed: pd.DataFrame,
    fitted: pd.DataFrame,
    *,
    panel: str = "label",
    breaks: Sequence[Break] = (),
    percent: bool = False,
) -> Figure:
    """Draw a series with its limits, and its fitted line, interrupted at declared changes.

    Parameters
    ----------
    observed : DataFrame
        Columns period, value, low, high and ``panel``; one series.
    fitted : DataFrame
        Columns period, value, low, high, segment, as `helpers.methods.changes.fitted_steps`
        returns them.
    panel : str
        Column that names the series.
    breaks : sequence of Break
        Declared changes: upright lines with their notes below.
    percent : bool
        Show proportions as per cent.

    Returns
    -------
    Figure
        Belongs to no window: the last line of a cell, or `Exhibits.figure`, shows it.

    Raises
    ------
    ValueError
        For several series, or a period that occurs twice.

    Examples
    --------
    >>> seen = pd.DataFrame({"label": "Share", "period": [1, 2], "value": [0.1, 0.2]})
    >>> seen = seen.assign(low=0.05, high=0.3)
    >>> figure = trend_chart(seen, seen.assign(segment=0), percent=True)
    >>> figure.axes[0].get_legend_handles_labels()[1]
    ['fitted', 'limits of the line', 'interval', 'share']
    """
    if observed.empty or observed["value"].isna().all():
        return style.nothing()
    _one_series(observed["period"], [str(name) for name in observed[panel].unique()])
    figure, (ax,) = style.panels(1, columns=1, width=8.2, height=4.0)
    parts = list(fitted.groupby("segment", sort=True)) if len(fitted) else []
    for number, part in parts:
        after = f", stretch {number + 1}" if len(parts) > 1 else ""
        at = moments(part["period"])
        ax.plot(
            at, part["value"], color=style.COLOURS[1], linewidth=1.8, marker="s" * (len(at) == 1),
            label=f"fitted{after}", zorder=3,
        )  # fmt: skip
        ax.fill_between(
            at, part["low"].astype(float), part["high"].astype(float), color=style.COLOURS[1],
            alpha=0.2, linewidth=0, label=f"limits of the line{after}",
        )  # fmt: skip
    x = moments(observed["period"])
    axis(ax, observed["period"], x)
    low, high = observed["low"].astype(float), observed["high"].astype(float)
    ax.vlines(x, low, high, color="#999999", linewidth=0.9, label="interval", zorder=1)
    ax.scatter(x, observed["value"], s=14, color=style.INK, zorder=2, label="share")
    notes = [f"n = {observed['value'].notna().sum()} periods", *_declared(ax, breaks, observed, x)]
    if percent:
        style.percent(ax.yaxis)
    style.title(ax, observed[panel].iloc[0], 88)
    ax.set_ylabel("share" if percent else "value")
    _legend(ax)
    style.below(ax, notes, WIDE)
    figure.set_figheight(figure.get_figheight() + 0.17 * ax.get_xlabel().count("\n"))
    return figure
