"""What a profile shows of a count: as it is, rounded, or not at all.

- :func:`midpoint`: the middle of the band in which a count lies.
- :func:`shown`: one count under a profile, and what a reader then knows of it.
- :func:`protect`: a tidy table under a profile; which columns count people is declared.
- :class:`Shown`: what is shown, and the least and the most that the true count can be.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.disclosure.profiles import Profile

NONE = "not shown"
"""What stands in place of a share whose counts are not both shown."""


@dataclass(frozen=True)
class Shown:
    """What stands in a cell, and what follows from the rule for the true count.

    ``value`` is None where the count is hidden. ``low`` and ``high`` are what a reader knows who
    has nothing but this cell and the rule; the mark does not say why a count is hidden, so a hidden
    one has no upper limit.

    Examples
    --------
    >>> Shown(9, 7, 12).hidden
    False
    """

    value: int | None
    low: int
    high: float

    @property
    def hidden(self) -> bool:
        """Return whether the count is hidden."""
        return self.value is None


HIDDEN = Shown(None, 0, math.inf)
"""A count that is hidden."""


def midpoint(value: int, width: int = 6) -> int:
    """Return the middle of the band of a count; zero stays zero.

    Parameters
    ----------
    value : int
        People, 0 or more.
    width : int
        Numbers in a band; even.

    Raises
    ------
    ValueError
        If the count is below zero.

    Examples
    --------
    >>> [midpoint(n) for n in (0, 1, 6, 7, 12, 13, 722, 272)]
    [0, 3, 3, 9, 9, 15, 723, 273]
    """
    if value < 0:
        raise ValueError(f"A count of people cannot be below zero; got {value}.")
    return -(-value // width) * width - width // 2 if value else 0


def shown(value: int, profile: Profile, *, hide: bool = False) -> Shown:
    """Return what a profile shows of one count.

    Parameters
    ----------
    value : int
        The true count, 0 or more.
    profile : Profile
        The profile in force.
    hide : bool
        Hide it although its own size does not ask for that, so that another is protected.

    Raises
    ------
    ValueError
        If the count is below zero.

    Examples
    --------
    >>> from helpers.disclosure.profiles import RELEASES
    >>> shown(13, RELEASES["hes"])
    Shown(value=15, low=13, high=17)
    >>> shown(3, RELEASES["hes"]).hidden, shown(3, RELEASES["opensafely"]).value
    (True, 3)
    """
    if value < 0:
        raise ValueError(f"A count of people cannot be below zero; got {value}.")
    small = 0 < value <= profile.threshold or (value == 0 and not profile.zeros)
    if hide or (small and not profile.midpoint):
        return HIDDEN
    if profile.midpoint:
        middle, half = midpoint(value, profile.midpoint), profile.midpoint // 2
        return Shown(middle, middle - half + 1, middle + half) if value else Shown(0, 0, 0)
    if profile.base == 1 or value == 0:
        return Shown(value, value, value)
    half = profile.base // 2
    rounded = (value + half) // profile.base * profile.base
    # Nothing that is hidden by its size can stand behind a number that is shown.
    return Shown(rounded, max(rounded - half, profile.threshold + 1), rounded + half)


def _of(value: Any, profile: Profile, hide: bool) -> Shown | None:
    return None if pd.isna(value) else shown(int(value), profile, hide=hide)


def protect(
    frame: pd.DataFrame,
    *,
    counts: Collection[str],
    profile: Profile,
    hidden: Collection[tuple[int, str]] = (),
    shares: Mapping[str, tuple[str, str]] | None = None,
) -> pd.DataFrame:
    """Return a table in which each count of people is protected and each share made again.

    Parameters
    ----------
    frame : DataFrame
        One row a result.
    counts : collection of str
        The columns that count people. Which they are is declared, never guessed.
    profile : Profile
        The profile in force.
    hidden : collection of tuple
        Place of the row and name of the column of further cells to hide.
    shares : mapping, optional
        Columns that are one count divided by another: their numerator and denominator. They are
        made from protected counts and missing where either is hidden or the denominator is 0.

    Returns
    -------
    DataFrame
        Counts as ``Int64``, missing where they are hidden, so that nothing of a hidden number
        travels with it; a count that was not recorded is missing as well.

    Examples
    --------
    >>> from helpers.disclosure.profiles import RELEASES
    >>> raw = pd.DataFrame({"service": ["A", "B"], "reported": [3, 13], "deaths": [50, 61]})
    >>> made = protect(
    ...     raw.assign(share=raw["reported"] / raw["deaths"]), counts=["reported", "deaths"],
    ...     shares={"share": ("reported", "deaths")}, profile=RELEASES["hes"],
    ... )
    >>> made["reported"].tolist(), made["share"].tolist()
    ([<NA>, 15], [nan, 0.25])
    """
    more = set(hidden)
    made = frame.copy()
    for column in counts:
        cells = [
            _of(value, profile, (place, column) in more)
            for place, value in enumerate(frame[column].tolist())
        ]
        values = [None if cell is None else cell.value for cell in cells]
        made[column] = pd.array(values, dtype="Int64")
    for column, (above, below) in (shares or {}).items():
        top, bottom = (made[name].astype("float64") for name in (above, below))
        made[column] = top / bottom.where(bottom.gt(0))
    return made
