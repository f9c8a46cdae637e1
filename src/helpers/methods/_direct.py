"""A table of groups by strata for direct standardisation, and the limits of a weighted sum.

- `Table`: counts, exposure and weights in a grid of groups and strata.

Functions
---------
table
    The grid from a tidy frame, whatever cannot be standardised refused by name.
weights
    The strata of a standard with their weights, and each row's stratum.
dobson
    Limits of a weighted sum of Poisson counts from those of their total.
gamma
    Limits of a weighted sum of Poisson counts from gamma distributions.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._checks import Floats, check_exposure, numbers, refuse, require_columns
from ._strata import (
    Codes,
    Marks,
    joined,
    listed,
    matched,
    named,
    positions,
    refuse_cells,
    refuse_twice,
    summed,
)
from .proportions import poisson_limits


@dataclass(frozen=True)
class Table:
    """Groups by strata, ready to be standardised.

    Attributes
    ----------
    groups : DataFrame
        Columns that define the groups, one row each.
    events, spread : ndarray
        Events of each cell, and the variance of their number.
    factor : ndarray
        Share of the standard over exposure, 0 where a rate is taken as 0.
    total, exposure : ndarray
        Events and exposure of each group, in strata of weight above zero.
    notes : list of str
        What is missing or was taken as 0 in each group.

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["F", "M"], "weight": 1, "n": [2, 3], "e": [5, 5]})
    >>> grid = table(rows, groups=[], layers=["sex"], weight="weight", standard=None,
    ...     numerator="n", denominator="e", events_per_person=None, bare_allowed=False)
    >>> grid.factor.tolist()
    [[0.1, 0.1]]
    """

    groups: pd.DataFrame
    events: Floats
    spread: Floats
    factor: Floats
    total: Floats
    exposure: Floats
    notes: list[str]


def weights(
    frame: pd.DataFrame, strata: list[str], weight: str, standard: pd.DataFrame | None
) -> tuple[Codes, pd.DataFrame, Floats]:
    """Stratum of each row, the strata of the standard, and their weights."""
    source = frame if standard is None else standard
    require_columns(source, [*strata, weight])
    given = numbers(source, weight)
    wrong = ~np.isfinite(given) | (given < 0)
    refuse(wrong, source.index, f"the weight {weight!r} is missing, negative or infinite")
    codes, keys = positions(source, strata)
    first = np.unique(codes, return_index=True)[1]
    chosen = given[first]
    if standard is None:
        differ = given != chosen[codes]
        refuse(differ, frame.index, "the weight differs from that of the same stratum before")
    else:
        refuse_twice(codes, standard.index, strata)
        found = matched(frame, keys, strata)
        refuse(found < 0, frame.index, "its stratum is not in the standard")
        codes = found
    if len(source) and not chosen.sum() > 0:
        raise ValueError("The weights of the standard are all zero.")
    return codes, keys, chosen


def _events_per_person(frame: pd.DataFrame, column: str | None, x: Floats) -> Floats:
    if column is None:
        return np.ones(len(frame))
    require_columns(frame, [column])
    each = numbers(frame, column)
    known = ~np.isnan(x) & (x > 0)
    wrong = known & ~((each >= 1) & np.isfinite(each) & (each == np.floor(each)))
    refuse(wrong, frame.index, f"{column!r} must be a whole number from 1 on")
    each = np.where(known, each, 1.0)
    parted = known & (np.abs(x / each - np.round(x / each)) > 1e-9)
    refuse(parted, frame.index, f"the numerator is no multiple of {column!r}")
    return each


def _exposure(
    exposure: Floats, cells: Codes, rows: Floats, labels: object, repeated: bool
) -> Floats:
    """Exposure of each cell; where a cell has several rows, each must repeat it."""
    total = summed(exposure, cells, rows.shape)
    if not repeated:
        return total
    with np.errstate(invalid="ignore"):
        mean = total / rows
    away = ~np.isclose(exposure, mean.ravel()[cells], rtol=1e-9, atol=0, equal_nan=True)
    refuse(away, labels, "the exposure differs from that of other rows of the same stratum")
    return mean


def table(
    frame: pd.DataFrame,
    *,
    groups: list[str],
    layers: list[str],
    weight: str,
    standard: pd.DataFrame | None,
    numerator: str,
    denominator: str,
    events_per_person: str | None,
    bare_allowed: bool,
) -> Table:
    """Arrange a tidy frame in a grid of groups and strata; see `helpers.methods.standardise`."""
    require_columns(frame, [*groups, *layers, numerator, denominator])
    x, e = numbers(frame, numerator), numbers(frame, denominator)
    check_exposure(x, e, frame.index)
    each = _events_per_person(frame, events_per_person, x)
    stratum, keys, weight_of = weights(frame, layers, weight, standard)
    group, group_keys = positions(frame, groups)
    shape = (len(group_keys), len(keys))
    cells = group * shape[1] + stratum
    columns = [*groups, *layers]
    if events_per_person is None:
        refuse_twice(cells, frame.index, columns)
    else:
        # As given: rows without events, one for each number, are no repetition.
        apart = pd.DataFrame({"cell": cells, "each": numbers(frame, events_per_person)})
        repeated = positions(apart, list(apart))[0]
        refuse_twice(repeated, frame.index, [*columns, events_per_person])
    used = weight_of > 0
    lost = ~used[stratum] & (x > 0)
    refuse(lost, frame.index, "there are events in a stratum of weight zero")
    names = named(group_keys), named(keys)
    rows = summed(np.ones(len(frame)), cells, shape)
    refuse_cells(
        (rows == 0) & used,
        *names,
        "Every group needs a row for each stratum of the standard; missing",
    )
    counted, spread = summed(x, cells, shape), summed(x * each, cells, shape)
    exposed = _exposure(e, cells, rows, frame.index, events_per_person is not None)
    bare = (exposed == 0) & used
    if not bare_allowed:
        refuse_cells(
            bare, *names, "A stratum of the standard without exposure has no rate; none in"
        )
    share = weight_of / weight_of.sum() if weight_of.size else weight_of
    kept = used & ~bare
    factor = np.where(kept, share / np.where(kept, exposed, 1.0), 0.0)
    missing = (np.isnan(counted) | np.isnan(exposed)) & used
    return Table(
        groups=group_keys,
        events=np.where(kept, counted, 0.0),
        spread=np.where(kept, spread, 0.0),
        factor=factor,
        total=np.where(used, counted, 0.0).sum(axis=1),
        exposure=np.where(used & (rows > 0), exposed, 0.0).sum(axis=1),
        notes=_notes(missing, bare, share, names[1]),
    )


def _notes(missing: Marks, bare: Marks, share: Floats, strata: list[str]) -> list[str]:
    lacks = [f"count or exposure missing in {n}" if n else "" for n in listed(missing, strata)]
    part = (bare * share).sum(axis=1)
    taken = [
        f"no exposure in {n} ({100 * of:.1f}% of the standard): rate taken as 0" if n else ""
        for n, of in zip(listed(bare, strata), part, strict=True)
    ]
    return joined(lacks, taken)


def dobson(value: Floats, variance: Floats, events: Floats, level: float) -> tuple[Floats, Floats]:
    """Return Dobson's limits: Byar's limits of the total, scaled to the standardised rate."""
    low, high = poisson_limits(events, level=level, method="byar")
    scale = np.sqrt(variance / np.where(events == 0, np.nan, events))
    return np.maximum(value + scale * (low - events), 0.0), value + scale * (high - events)


def gamma(value: Floats, variance: Floats, most: Floats, level: float) -> tuple[Floats, Floats]:
    """Return the gamma limits of Fay and Feuer; ``most`` is the weight of the dearest event."""
    from scipy.special import gammainccinv, gammaincinv

    tail = (1.0 - level) / 2.0
    some = np.where(value == 0, np.nan, value)
    spread = np.where(value == 0, np.nan, variance)
    low = gammaincinv(some**2 / spread, tail) * spread / some
    up, wide = value + most, variance + most**2
    return np.where(value == 0, 0.0, low), gammainccinv(up**2 / wide, tail) * wide / up
