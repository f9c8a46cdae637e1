"""The four kinds of funnel: what is counted, on which scale it is compared.

Functions
---------
unit_names
    What refusals call the units of a frame.
measured
    The counts of a frame as arrays, refused where they cannot be right.
pooled
    The centre of a funnel: given, or all units together.
check_family
    The scale of a kind, by default or as chosen.
transform
    A share, rate or ratio on the scale of a family.
back
    The way back, held at the ends of the scale.
as_value
    A share as the value of its kind.
certain
    Whether a target has no place on the scale of a family.
standard_error
    The standard error of a unit on the scale of a family, at the target.
deviations
    The distance of units from the target on the scale of a family.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import (
    Floats,
    check_choice,
    check_counts,
    check_exposure,
    numbers,
    refuse,
    require_columns,
)

Kind = Literal["proportion", "rate", "ratio", "count_ratio"]
Family = Literal["arcsine", "log", "sqrt"]

FAMILIES = {
    "proportion": ("arcsine",),
    "rate": ("log", "sqrt"),
    "ratio": ("log", "sqrt"),
    "count_ratio": ("log", "arcsine"),
}
UNITS = ("unit", "area", "trust", "provider", "team", "service", "region")
SCALES = {"arcsine": "arcsine scale", "log": "log scale", "sqrt": "square root scale"}


@dataclass(frozen=True)
class Counts:
    """Events, size and value of units; all NaN where a unit cannot be placed.

    ``size`` is what a unit's precision grows with: records, exposure, expected events, or both
    counts of a ratio together. ``share`` is what limits are made for: the value itself, or the
    first count's share of both.
    """

    x: Floats
    size: Floats
    value: Floats
    share: Floats

    def of(self, rows: NDArray[np.intp]) -> "Counts":
        """Return the counts of some rows."""
        return Counts(self.x[rows], self.size[rows], self.value[rows], self.share[rows])


def unit_names(frame: pd.DataFrame) -> pd.Index:
    """Return names for the units of a frame: the first column of `UNITS` that tells them apart.

    Without such a column they are called by their rows.

    Examples
    --------
    >>> areas = pd.DataFrame({"year": ["2015", "2015"], "area": ["North", "South"]})
    >>> unit_names(areas).tolist(), unit_names(areas[["year"]]).tolist()
    (['North', 'South'], [0, 1])
    """
    for column in UNITS:
        if column in frame and frame[column].notna().all() and frame[column].is_unique:
            return pd.Index(frame[column].astype(object))
    return frame.index


def measured(frame: pd.DataFrame, numerator: str, denominator: str, kind: str) -> Counts:
    """Return the counts of a frame, or raise ``ValueError`` naming the units at fault."""
    check_choice("kind", kind, tuple(FAMILIES))
    require_columns(frame, [numerator, denominator])
    x, n = numbers(frame, numerator), numbers(frame, denominator)
    units = unit_names(frame)
    if kind == "proportion":
        check_counts(x, n, units)
    elif kind == "count_ratio":
        check_counts(x, labels=units)
        refuse(n < 0, units, "the denominator is negative")
        refuse(np.isinf(n), units, "the denominator is infinite")
    else:
        check_exposure(x, n, units)
    refuse(~np.isnan(x) & (x % 1 != 0), units, "the numerator is not a whole number")
    size = x + n if kind == "count_ratio" else n
    missing = np.isnan(x) | np.isnan(n) | (size == 0)
    x, size = np.where(missing, np.nan, x), np.where(missing, np.nan, size)
    value = np.divide(x, n, out=np.full(x.shape, np.nan), where=~missing & (n > 0))
    return Counts(x, size, value, x / size)


def pooled(x: Floats, size: Floats, target: float | None, kind: str) -> float:
    """Return the centre of a funnel as a share; a standardised ratio is compared with 1."""
    if target is None and kind == "ratio":
        target = 1.0
    if target is None:
        total = np.nansum(size)
        return float(np.nansum(x) / total) if total else float("nan")
    number = float(target)
    if kind == "proportion":
        if not 0.0 <= number <= 1.0:
            raise ValueError(f"The target must be a proportion between 0 and 1; got {target!r}.")
        return number
    if not 0.0 < number < np.inf:
        raise ValueError(f"The target of a rate or ratio must be above 0; got {target!r}.")
    return number / (1.0 + number) if kind == "count_ratio" else number


def as_value(share: Floats | float, kind: str) -> Floats:
    """Return a share as the value of its kind: for a ratio of counts, the odds."""
    share = np.asarray(share, dtype=float)
    if kind != "count_ratio":
        return share
    with np.errstate(divide="ignore"):
        return np.where(share < 1.0, share / (1.0 - share), np.where(share >= 1.0, np.inf, np.nan))


def check_family(family: str | None, kind: str) -> str:
    """Return the family chosen, the first of its kind if none is, or raise ``ValueError``."""
    chosen = FAMILIES[kind][0] if family is None else family
    check_choice("family", chosen, FAMILIES[kind])
    return chosen


def transform(share: Floats | float, family: str, kind: str) -> Floats:
    """Return a share, rate or ratio on the scale of a family."""
    share = np.asarray(share, dtype=float)
    if family == "arcsine":
        return np.arcsin(np.sqrt(share))
    if family == "sqrt":
        return np.sqrt(share)
    with np.errstate(divide="ignore"):
        return np.log(share) - np.log1p(-share) if kind == "count_ratio" else np.log(share)


def back(y: Floats, family: str, kind: str) -> Floats:
    """Return from the scale of a family; past the ends of the scale it would fold back."""
    if family == "arcsine":
        return np.sin(np.clip(y, 0.0, np.pi / 2)) ** 2
    if family == "sqrt":
        return np.maximum(y, 0.0) ** 2
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-y)) if kind == "count_ratio" else np.exp(y)


def certain(target: float, family: str, kind: str) -> bool:
    """Return whether the log of a target is infinite: no unit has any event, or all have all."""
    return family == "log" and (target == 0.0 or (kind == "count_ratio" and target == 1.0))


def standard_error(size: Floats, target: float, family: str, kind: str) -> Floats:
    """Return the standard error at the target: the same for z and for limits."""
    if family != "log":
        return 0.5 / np.sqrt(size)
    per_event = target * (1.0 - target) if kind == "count_ratio" else target
    return 1.0 / np.sqrt(size * per_event)


def deviations(x: Floats, size: Floats, target: float, family: str, kind: str) -> Floats:
    """Return the distance of units from the target on the scale of a family.

    On the log scale a count of zero is taken as half an event (and so is the other count of a
    ratio of counts, or both where either is zero).
    """
    if family == "log":
        if kind == "count_ratio":
            empty = (x == 0) | (x == size)
            share = np.where(empty, (x + 0.5) / (size + 1.0), x / size)
        else:
            share = np.where(x == 0, 0.5, x) / size
    else:
        share = x / size
    return transform(share, family, kind) - transform(target, family, kind)
