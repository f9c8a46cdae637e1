"""Records coded to covariate patterns, so that a fit costs what occurs and not what was read.

Functions
---------
coded
    Codes of each variable and its levels.
ordered
    Kind, labels and values of a variable, with the codes in their order.
levels_of
    Kind of a variable and its levels, reference first.
label
    Text of a level.
patterned
    Patterns of codes that occur, and the pattern of each row.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import refuse

Codes = NDArray[np.intp]

# Keys up to this many have a table of their own; others are sorted.
LARGE = 1_000_000


def _first_codes(values: pd.Series) -> tuple[Codes, pd.Series]:
    """Code of each row, -1 if missing, and the values that the codes stand for."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        every = pd.Categorical.from_codes(range(len(values.cat.categories)), dtype=values.dtype)
        return values.cat.codes.to_numpy(), pd.Series(every, name=values.name)
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu" and len(values):
        low, high = int(values.min()), int(values.max())
        if high - low < 4096:
            every = pd.Series(np.arange(low, high + 1, dtype=values.dtype), name=values.name)
            return values.to_numpy() - low, every
    codes, found = pd.factorize(values.infer_objects())
    return codes, pd.Series(found, name=values.name)


def coded(
    frame: pd.DataFrame, terms: Sequence[str]
) -> tuple[list[Codes], list[pd.Series], NDArray[np.bool_]]:
    """Return codes and values of each term, and which rows have no missing value.

    Parameters
    ----------
    frame : DataFrame
        One row per record.
    terms : sequence of str
        Columns.

    Returns
    -------
    tuple
        Codes by term, values by term, and a flag for each row.
    """
    codes, values, complete = [], [], np.ones(len(frame), dtype=bool)
    for name in terms:
        found, every = _first_codes(frame[name])
        complete &= found >= 0
        codes.append(found)
        values.append(every)
    return codes, values, complete


def _is_flag(values: pd.Series) -> bool:
    return pd.api.types.is_bool_dtype(values) or (
        pd.api.types.is_numeric_dtype(values) and set(values.unique()) <= {0, 1}
    )


def levels_of(name: str, values: pd.Series) -> tuple[str, tuple[object, ...]]:
    """Kind of a term and its levels, reference first."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        present = set(values.unique())
        levels = tuple(level for level in values.cat.categories if level in present)
        if levels and levels[0] != values.cat.categories[0]:
            raise ValueError(
                f"Term {name!r}: no row has the reference level "
                f"{str(values.cat.categories[0])!r}; choose another reference."
            )
        kind = "categorical"
    elif _is_flag(values):
        kind, levels = "binary", tuple(sorted(values.unique()))
    elif pd.api.types.is_numeric_dtype(values):
        kind, levels = "numeric", ()
    elif pd.api.types.is_string_dtype(values) or values.dtype == object:
        kind, levels = "categorical", tuple(sorted(values.unique(), key=str))
    else:
        raise ValueError(f"Term {name!r} is neither a category, a flag nor a number.")
    if values.nunique() < 2:
        raise ValueError(f"Term {name!r} has the same value in every row used.")
    return kind, levels


def label(level: object) -> str:
    """Text of a level; a flag stored as 1.0 beside missing values still reads 1."""
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)


def ordered(name: str, codes: Codes, values: pd.Series, frame: pd.DataFrame) -> tuple:
    """Kind, labels and values present, with the codes renumbered in their order."""
    present = np.flatnonzero(np.bincount(codes, minlength=len(values)))
    kept = values.iloc[present]
    kind, levels = levels_of(name, kept)
    if kind == "numeric":
        number = kept.to_numpy(dtype=float)
        if np.isinf(number).any():
            row = np.isinf(pd.to_numeric(frame[name]).to_numpy(dtype=float, na_value=np.nan))
            refuse(row, frame.index, f"term {name!r} is infinite")
        order = np.argsort(number, kind="stable")
        labels: tuple[str, ...] = ()
    else:
        place = {value: at for at, value in enumerate(kept)}
        order = np.array([place[level] for level in levels])
        labels = tuple(label(level) for level in levels)
    new = np.full(len(values), -1, dtype=np.intp)
    new[present[order]] = np.arange(order.size)
    # Codes that are in order already need no pass over the rows.
    renumbered = codes if np.array_equal(new, np.arange(len(values))) else new[codes]
    return kind, labels, kept.iloc[order].reset_index(drop=True), renumbered


def patterned(
    codes: Sequence[Codes], sizes: Sequence[int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the distinct rows of codes, and the place of each row among them.

    Examples
    --------
    >>> patterned([np.array([1, 0, 1]), np.array([0, 0, 0])], [2, 1])[1]
    array([1, 0, 1])
    """
    key, size = codes[0].astype(np.int64), int(sizes[0])
    for code, many in zip(codes[1:], sizes[1:], strict=True):
        if size * many > 2**62:
            # Numbers of patterns multiply: those that do not occur are left out in between.
            found, key = np.unique(key, return_inverse=True)
            size = found.size
        key *= many
        key += code
        size *= int(many)
    if size <= max(4 * key.size, LARGE):
        seen = np.flatnonzero(np.bincount(key, minlength=size))
        if seen.size < size:
            place = np.zeros(size, dtype=np.intp)
            place[seen] = np.arange(seen.size)
            key = place[key]
        many = seen.size
    else:
        found, key = np.unique(key, return_inverse=True)
        many = found.size
    example = np.empty(many, dtype=np.intp)
    example[key] = np.arange(key.size)
    return np.stack([code[example] for code in codes], axis=1).astype(np.intp), key
