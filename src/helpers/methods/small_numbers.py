"""Rates of few events: which are not shown and which are marked as unreliable.

- `SmallNumbers`: the thresholds, with their source.

Functions
---------
apply
    A tidy frame of rates with those of too few events blanked and a note on each.

This is about reliability. What must be hidden so that nobody is recognised is another question.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import check_choice, check_counts, numbers, require_columns

RESULTS = ("value", "low", "high")


@dataclass(frozen=True)
class SmallNumbers:
    """Numbers of events below which a rate is not shown or is marked.

    Attributes
    ----------
    no_rate_below : int
        Fewer events than this: no crude rate.
    no_standardised_below : int
        Fewer events than this: no standardised rate.
    unreliable_below : int
        Fewer events than this: the rate is shown and marked (u), unreliable.
    name, source : str
        What the rule is called and where it comes from.

    Notes
    -----
    Office for National Statistics, policy on birth and death statistics: no crude rate for fewer
    than 3 deaths, no age-standardised rate for fewer than 10, and those of fewer than 20 marked
    "u" as unreliable.

    Examples
    --------
    >>> SmallNumbers().no_standardised_below
    10
    """

    no_rate_below: int = 3
    no_standardised_below: int = 10
    unreliable_below: int = 20
    name: str = "ONS practice"
    source: str = "Office for National Statistics, policy on birth and death statistics"

    def __post_init__(self) -> None:
        """Refuse thresholds that contradict each other."""
        least = min(self.no_rate_below, self.no_standardised_below)
        most = max(self.no_rate_below, self.no_standardised_below)
        if least < 0 or most > self.unreliable_below:
            raise ValueError(
                "Thresholds of small numbers must be 0 or more, and unreliable_below no smaller "
                f"than the others; got {self.no_rate_below}, {self.no_standardised_below} and "
                f"{self.unreliable_below}."
            )


def apply(
    frame: pd.DataFrame,
    rule: SmallNumbers | None = None,
    *,
    kind: Literal["crude", "standardised"] = "crude",
    numerator: str = "numerator",
    noun: str = "deaths",
) -> pd.DataFrame:
    """Blank rates of too few events and say so; counts stay.

    Parameters
    ----------
    frame : DataFrame
        One row per rate, with ``value``, ``low`` and ``high``. It is not changed.
    rule : SmallNumbers, optional
        The thresholds; the practice of the Office for National Statistics if not given.
    kind : {"crude", "standardised"}
        Which threshold applies.
    numerator : str
        Column of counts: of the events behind the rate, in all strata together.
    noun : str
        What is counted, in the note.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``value``, ``low`` and ``high`` missing where the rule says so,
        and ``note`` ("fewer than 3 deaths: no rate", "(u) fewer than 20 deaths: unreliable" or
        empty). A note that the frame has already is kept behind it. A missing count stays as it
        is, without a note.

    Raises
    ------
    ValueError
        For missing columns, counts that cannot be right, or an unknown kind.

    Notes
    -----
    See `SmallNumbers` for the source.

    Examples
    --------
    >>> rates = pd.DataFrame({"numerator": [2, 15, 40], "value": [1.0, 5.0, 9.0]})
    >>> found = apply(rates.assign(low=0.5, high=9.5))
    >>> found[["numerator", "value", "note"]]
       numerator  value                                 note
    0          2    NaN         fewer than 3 deaths: no rate
    1         15    5.0  (u) fewer than 20 deaths: unreliable
    2         40    9.0
    """
    rule = SmallNumbers() if rule is None else rule
    check_choice("kind", kind, ("crude", "standardised"))
    require_columns(frame, [numerator, *RESULTS])
    x = numbers(frame, numerator)
    check_counts(x, labels=frame.index)
    least = rule.no_rate_below if kind == "crude" else rule.no_standardised_below
    what = "rate" if kind == "crude" else "standardised rate"
    blank = x < least
    said = np.select(
        [blank, x < rule.unreliable_below],
        [
            f"fewer than {least} {noun}: no {what}",
            f"(u) fewer than {rule.unreliable_below} {noun}: unreliable",
        ],
        default="",
    )
    result = frame.reset_index(drop=True)
    for column in RESULTS:
        result[column] = result[column].astype(float).mask(blank)
    note = pd.Series(said, index=result.index, dtype=object)
    if "note" in result:
        before = result["note"].fillna("").astype(str)
        joined = np.where(note.ne("") & before.ne(""), "; ", "")
        note = note + joined + before
    return result.assign(note=note)
