"""Records of how long something took and what ended it, checked and as arrays.

Functions
---------
records
    Checked durations, endings, entries and weights of a frame, with its groups.
grouped
    The groups of a frame and the position of each row's group.
coded, joined, first_of
    Labels as numbers, two numberings as one, and a row for each number.
chunks
    Slices of so many rows.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, numbers, refuse, require_columns

Ints = NDArray[np.integer]

# Whole numbers that lie within so many of one another are their own codes.
SPREAD = 100_000
# Records are counted so many at a time: working copies stay small and quick.
CHUNK = 500_000
# Keys up to this many (32 MB) are counted in a table even for few records.
DENSE = 4_000_000


@dataclass(frozen=True)
class Records:
    """Checked records as arrays.

    Attributes
    ----------
    keys : DataFrame
        One row per group.
    group, kind : ndarray of int
        Each record's group, and what ended it: 0 for still open, 1, 2, ... for the causes.
    causes : list
        What the kinds 1, 2, ... stand for.
    days : ndarray
        Durations, whole or not.
    entry, weight : ndarray or None
        When each record came under observation, and how many records it stands for.
    """

    keys: pd.DataFrame
    group: Ints
    days: Floats
    kind: Ints
    causes: list
    entry: Floats | None
    weight: Floats | None


def coded(column: pd.Series) -> tuple[Ints, pd.Index]:
    """Return the place of each value among the sorted labels; missing values come after all.

    Examples
    --------
    >>> code, labels = coded(pd.Series(["b", None, "a"]))
    >>> code.tolist(), labels.tolist()
    ([1, 2, 0], ['a', 'b'])
    """
    if isinstance(column.dtype, pd.CategoricalDtype):
        code, labels = column.cat.codes.to_numpy().astype(np.intp), column.cat.categories
    elif _is_whole(column) and len(column) and int(column.max()) - int(column.min()) < SPREAD:
        first, last = int(column.min()), int(column.max())
        return column.to_numpy().astype(np.intp) - first, pd.Index(np.arange(first, last + 1))
    else:
        code, found = pd.factorize(column, sort=True)
        labels = pd.Index(found)
    code[code < 0] = len(labels)
    return code, labels


def joined(key: Ints, code: Ints) -> Ints:
    """Join two numberings into one that sorts by the first, then the second.

    Examples
    --------
    >>> joined(np.array([0, 0, 1]), np.array([1, 0, 0]))
    array([1, 0, 2])
    """
    size = int(code.max(initial=0)) + 1
    if (int(key.max(initial=0)) + 1) * size >= np.iinfo(np.intp).max:
        key = np.unique(key, return_inverse=True)[1]
    key = key * size
    key += code
    return key


def first_of(key: Ints) -> tuple[Ints, Ints]:
    """Return a row that bears each key, in the order of the keys, and each row's rank of key.

    Examples
    --------
    >>> first_of(np.array([7, 2, 2]))[1].tolist()
    [1, 0, 0]
    """
    size = int(key.max(initial=-1)) + 1
    if size > max(DENSE, key.size):
        return np.unique(key, return_index=True, return_inverse=True)[1:]
    row = np.full(size, -1, dtype=np.intp)
    for part in chunks(key.size, CHUNK):
        row[key[part]] = np.arange(part.start, part.stop)
    present = row >= 0
    # Half the width: these go with millions of records.
    return row[present], (np.cumsum(present, dtype=np.int32) - np.int32(1))[key]


def chunks(rows: int, size: int) -> list[slice]:
    """Return slices of so many rows at most.

    Examples
    --------
    >>> chunks(5, 3)
    [slice(0, 3, None), slice(3, 5, None)]
    """
    return [slice(at, min(at + size, rows)) for at in range(0, rows, size)]


def _is_whole(column: pd.Series) -> bool:
    """Whether a column is of plain whole numbers, none of which can be missing."""
    return isinstance(column.dtype, np.dtype) and column.dtype.kind in "iu"


def grouped(frame: pd.DataFrame, by: list[str]) -> tuple[pd.DataFrame, Ints]:
    """Return one row per group, sorted, and each row's group; a missing label is a group."""
    if not by:
        groups = min(len(frame), 1)
        return pd.DataFrame(index=range(groups)), np.zeros(len(frame), dtype=np.intp)
    key = coded(frame[by[0]])[0]
    for name in by[1:]:
        key = joined(key, coded(frame[name])[0])
    row, code = first_of(key)
    return frame[by].iloc[row].reset_index(drop=True), code


def _durations(frame: pd.DataFrame, duration: str, entry: str | None) -> tuple:
    whole = _is_whole(frame[duration])
    days = frame[duration].to_numpy() if whole else numbers(frame, duration)
    refuse(np.isnan(days), frame.index, f"the duration {duration!r} is missing")
    refuse(days < 0, frame.index, f"the duration {duration!r} is negative")
    refuse(np.isinf(days), frame.index, f"the duration {duration!r} is infinite")
    if entry is None:
        return days, None
    since = numbers(frame, entry)
    refuse(np.isnan(since), frame.index, f"the entry {entry!r} is missing")
    refuse(np.isinf(since), frame.index, f"the entry {entry!r} is infinite")
    refuse(since >= days, frame.index, f"the entry {entry!r} is not before {duration!r}")
    return days, since


def _weights(frame: pd.DataFrame, weights: str) -> Floats:
    count = numbers(frame, weights)
    refuse(np.isnan(count), frame.index, f"the weight {weights!r} is missing")
    refuse(count < 0, frame.index, f"the weight {weights!r} is negative")
    whole = np.isfinite(count) & (count == np.floor(count))
    refuse(~whole, frame.index, f"the weight {weights!r} is not a whole number of records")
    return count


def _flags(frame: pd.DataFrame, observed: str) -> Ints:
    if isinstance(frame[observed].dtype, np.dtype) and frame[observed].dtype.kind == "b":
        return frame[observed].to_numpy().view(np.int8)
    flag = numbers(frame, observed)
    refuse(np.isnan(flag), frame.index, f"{observed!r} is missing")
    refuse((flag != 0) & (flag != 1), frame.index, f"{observed!r} is neither 0 nor 1")
    return (flag == 1).astype(np.int8)


def _bare(label: object) -> str:
    """Return a label without case, outer spaces and the ``.0`` of whole numbers."""
    return str(label).strip().casefold().removesuffix(".0")


def _causes(
    frame: pd.DataFrame, cause: str, censored: object, causes: list | None
) -> tuple[Ints, list]:
    """Return numbered causes, from 1, and their names; missing and stated values are 0, open."""
    code, labels = coded(frame[cause])
    present = np.bincount(code, minlength=len(labels) + 1)[:-1] > 0
    if censored is None:
        stated: list = []
    else:
        stated = list(censored) if pd.api.types.is_list_like(censored) else [censored]
    still = labels.isin(stated)
    plain = {_bare(label): label for label in labels[present & ~still]}
    for value in stated:
        alike = plain.get(_bare(value))
        if alike is not None and value not in labels:
            raise ValueError(
                f"censored names {value!r}, but column {cause!r} holds {alike!r}: "
                "write it as it stands in the column."
            )
    if causes is None:
        names = list(labels[present & ~still])
    else:
        bad = np.r_[~still & ~labels.isin(causes), False][code]
        refuse(bad, frame.index, f"{cause!r} is neither open nor one of {causes!r}")
        names = causes
    number = np.zeros(len(labels) + 1, dtype=np.int32)  # the last is that of missing values
    for position in np.flatnonzero(present & ~still):
        number[position] = names.index(labels[position]) + 1
    return number[code], names


def records(
    frame: pd.DataFrame,
    *,
    duration: str,
    by: list[str],
    observed: str | None = None,
    cause: str | None = None,
    censored: object = None,
    causes: list | None = None,
    entry: str | None = None,
    weights: str | None = None,
) -> Records:
    """Return the records of a frame as arrays, or raise ``ValueError`` naming the rows refused.

    Notes
    -----
    Endings come from ``observed`` (flags) or from ``cause`` (values). Rows of weight 0 stand for
    no record and are left out.
    """
    ends = [observed if cause is None else cause]
    optional = [name for name in (entry, weights) if name is not None]
    require_columns(frame, [duration, *ends, *by, *optional])
    days, since = _durations(frame, duration, entry)
    if cause is None:
        kind, names = _flags(frame, observed), [observed]
    else:
        kind, names = _causes(frame, cause, censored, causes)
    count = None if weights is None else _weights(frame, weights)
    if count is not None and not count.all():
        kept = count > 0
        frame, days, kind, count = frame[kept], days[kept], kind[kept], count[kept]
        since = since if since is None else since[kept]
    keys, group = grouped(frame, by)
    return Records(keys, group, days, kind, names, since, count)
