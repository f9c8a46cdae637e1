"""People out of a hundred: how many of equal marks reached each step of a chain.

- :func:`icon_array`: one panel a step; a full mark reached it, a hollow one did not.
- :func:`shared_out`: marks for each part of a whole, so that they add up.
"""

from __future__ import annotations

from textwrap import fill

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from helpers.figures import style

ACROSS = {100: 10, 1_000: 40}
"""Marks side by side, by the number of marks."""


def shared_out(parts: list[float], marks: int) -> list[int]:
    """Return marks for each part of a whole by largest remainder, so that they add up.

    Parameters
    ----------
    parts : list of float
        Counts, none negative and not all zero.
    marks : int
        Marks for the whole.

    Returns
    -------
    list of int
        Whole marks; of equal remainders the first part comes first.

    Examples
    --------
    >>> shared_out([1, 1, 1], 100), shared_out([8852, 1454], 100)
    ([34, 33, 33], [86, 14])
    """
    exact = np.asarray(parts, dtype=float) * marks / float(np.sum(parts))
    # A share that is whole but for rounding in the machine is whole.
    found = np.floor(exact + 1e-9).astype(int)
    left = np.argsort(-np.round(exact - found, 9), kind="stable")[: marks - found.sum()]
    found[left] += 1
    return found.tolist()


def icon_array(
    frame: pd.DataFrame, *, marks: int = 100, columns: int = 2, people: str = "people who died"
) -> Figure:
    """Draw how many of equal marks reached each step of a chain, one panel a step.

    Parameters
    ----------
    frame : DataFrame
        One row a step, in the order of the chain: label, numerator (reached the step) and
        denominator (the same whole in every row). Nobody reaches a step without the one before.
    marks : {100, 1000}
        Marks that stand for the whole.
    columns : int
        Most panels side by side.
    people : str
        Whom the marks stand for.

    Returns
    -------
    Figure
        Marks fill in the same order in every panel, so that those of a step are among those of
        the one before. They are shared out by largest remainder and add up to the whole; the
        exact numbers stand under each panel.

    Raises
    ------
    ValueError
        If ``marks`` is another number, the wholes differ, or a step is larger than the whole or
        than the step before.

    Examples
    --------
    >>> frame = pd.DataFrame({"label": ["Reported", "Investigated"], "numerator": [1454, 272]})
    >>> figure = icon_array(frame.assign(denominator=10306))
    >>> figure.axes[0].get_xlabel().splitlines()
    ['14 of 100 marks', '1,454 of 10,306']
    """
    if marks not in ACROSS:
        raise ValueError(f"marks must be 100 or 1000; got {marks!r}.")
    frame = frame.dropna(subset=["numerator", "denominator"])
    if frame.empty or frame["denominator"].eq(0).all():
        return style.nothing()
    reached = frame["numerator"].astype(float).tolist()
    wholes = frame["denominator"].astype(float).unique()
    if len(wholes) > 1:
        raise ValueError("Every step must be out of the same whole.")
    steps = np.array([wholes[0], *reached])
    wrong = np.flatnonzero(np.diff(steps) > 0)
    if wrong.size or min(reached) < 0:
        name = frame["label"].iloc[int(wrong[0]) if wrong.size else int(np.argmin(reached))]
        raise ValueError(f"{name!r} is negative, or larger than the step before it.")
    parts = [*(-np.diff(steps)), steps[-1]]
    # Marks that stopped at each step, and those that reached the last; counted from the end.
    full = np.cumsum(shared_out(parts, marks)[::-1])[::-1][1:]
    across = ACROSS[marks]
    # The mark on the upper left is the first to be filled.
    place = np.arange(marks)
    x, y = place % across, -(place // across)
    size = {100: 62.0, 1_000: 9.0}[marks]
    figure, axes = style.panels(len(frame), columns=columns, width=6.4, height=3.7)
    for ax, row, count in zip(axes, frame.itertuples(index=False), full, strict=True):
        numbers = f"{row.numerator:,.0f} of {row.denominator:,.0f}"
        looks = {"s": size, "edgecolors": style.INK}
        ax.scatter(
            x[:count],
            y[:count],
            facecolors=style.COLOURS[0],
            linewidths=0.9,
            label=f"{numbers} reached the step ({count} of {marks:,} marks)",
            **looks,
        )
        ax.scatter(
            x[count:],
            y[count:],
            facecolors="white",
            linewidths=0.6,
            label=f"the others ({marks - count} of {marks:,} marks)",
            **looks,
        )
        style.title(ax, row.label, 32)
        said = f"{count:,} of {marks:,} marks"
        if count == 0 and row.numerator > 0:
            said = f"fewer than 1 of {marks:,} marks"
        elif count == marks and row.numerator < row.denominator:
            said = f"nearly all of {marks:,} marks"
        ax.set_xlabel(f"{said}\n{numbers}", fontsize=9, loc="left", color=style.INK)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.grid(visible=False)
        ax.spines[:].set_visible(False)
        ax.set_aspect("equal")
        ax.set_anchor("W")
        ax.set_xlim(-0.7, across - 0.3)
        ax.set_ylim(-(marks // across) + 0.3, 0.7)
    each = wholes[0] / marks
    stands = f"{each:,.0f}" if each >= 10 else f"{each:.3g}"
    note = (
        f"Each mark stands for about {stands} of {wholes[0]:,.0f} {people}. Full marks reached the "
        "step, hollow ones did not. Marks are rounded by largest remainder, so that they add up "
        f"to {marks:,}; the exact numbers stand under each panel."
    )
    # Within the last panel, so that the lines on source and status find room below it.
    said = f"{axes[-1].get_xlabel()}\n\n{fill(note, 54)}"
    axes[-1].set_xlabel(said, fontsize=style.SMALL, loc="left", color=style.INK)
    return figure
