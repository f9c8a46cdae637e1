"""What control charts share: series in order, and the stretches between re-set limits.

Functions
---------
layout
    The series of a frame in order, refused where periods are out of order or there twice.
phases
    The stretch that each row belongs to, and the reason for which it began.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import as_list, refuse, require_columns
from ._strata import positions

Codes = NDArray[np.int64]


class Change(Protocol):
    """A day at which limits are set anew, and why."""

    at: object
    reason: str


@dataclass(frozen=True)
class Rebase:
    """A period from which limits are set anew, and why.

    Attributes
    ----------
    at : object
        The period, as the frame orders them; one that is no period counts from the next.
    reason : str
        Why the process is another one from then on. There is no re-set limit without a reason.

    Examples
    --------
    >>> Rebase(2015, "a new form").reason
    'a new form'
    """

    at: object
    reason: str


@dataclass(frozen=True)
class Layout:
    """Series of a frame: code of each row's series, its keys, and first row and end of each."""

    code: Codes
    keys: pd.DataFrame
    spans: list[NDArray[np.int64]]


def layout(frame: pd.DataFrame, order: str, within: str | Sequence[str] | None) -> Layout:
    """Return the series of a frame, rows in the order given.

    Raises
    ------
    ValueError
        For a missing column or period, and periods out of order or twice in a series.
    """
    groups = as_list(within)
    require_columns(frame, [order, *groups])
    refuse(frame[order].isna(), frame.index, f"{order!r} is missing")
    code, keys = positions(frame, groups)
    period = frame[order].reset_index(drop=True)
    before = period.groupby(code).shift()
    known = before.notna().to_numpy()
    twice = known & (period == before).to_numpy()
    refuse(twice, frame[order], "the period occurs twice in a series")
    back = np.zeros(len(frame), dtype=bool)
    back[known] = (period[known] < before[known]).to_numpy()
    refuse(back, frame[order], "the period is before the one above it: sort the rows first")
    spans = [np.flatnonzero(code == number) for number in range(len(keys))]
    return Layout(code, keys, spans)


def phases(
    period: pd.Series, rebase: Iterable[Change], *, least: int = 2
) -> tuple[Codes, list[str]]:
    """Return the phase of each period of one series, and the reason of each phase.

    Parameters
    ----------
    period : Series
        Periods in order.
    rebase : iterable of Rebase
        Changes; those outside the series begin no phase.
    least : int
        Periods that a phase must have.

    Raises
    ------
    ValueError
        For a change without a reason, and a phase of fewer periods than ``least``.
    """
    found = np.zeros(len(period), dtype=np.int64)
    reasons = [""]
    for change in sorted(rebase, key=lambda one: one.at):  # type: ignore[arg-type,return-value]
        if not str(change.reason).strip():
            raise ValueError(f"The limits set anew at {change.at} have no reason.")
        at = change.at
        if pd.api.types.is_datetime64_any_dtype(period):
            at = pd.Timestamp(at)  # type: ignore[arg-type]
        after = (period >= at).to_numpy()
        if not after.any() or after.all():
            continue
        exact = bool((period == at).any())
        said = f"{at.day} {at:%B %Y}" if isinstance(at, pd.Timestamp) else at
        moved = "" if exact else f" (from the first period after {said})"
        if found[after].min() == found[~after].max():
            reasons.append(f"{change.reason}{moved}")
            found[after] = len(reasons) - 1
        else:  # the same periods as the change before: one phase, both reasons
            reasons[-1] += f"; {change.reason}{moved}"
    sizes = np.bincount(found, minlength=len(reasons))
    short = np.flatnonzero(sizes < least)
    if len(reasons) > 1 and short.size:
        words = reasons[short[0]] or "before the first change"
        raise ValueError(f"Limits need at least {least} periods; a phase has fewer: {words}.")
    return found, reasons
