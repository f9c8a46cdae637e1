"""Groups and strata of a tidy frame as positions in a grid, and refusals that name both.

Functions
---------
positions
    Number of each row's group, and the groups in order of appearance.
named
    One name for each row of a frame of keys.
matched
    Place of each row's stratum among given strata.
summed
    Sums of the cells of a grid of groups and strata.
refuse_twice
    Refuse rows that repeat a group and stratum.
refuse_cells
    Raise a sentence that names groups and their strata, if there are any.
listed
    For each group the names of the strata marked, as words.
joined
    Notes of several kinds as one note a row.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import SHOWN, Floats, refuse

Codes = NDArray[np.intp]
Marks = NDArray[np.bool_]


def positions(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[Codes, pd.DataFrame]:
    """Return the number of each row's group and one row of keys a group; no columns: one group.

    Examples
    --------
    >>> codes, keys = positions(pd.DataFrame({"trust": ["S", "N", "S"]}), ["trust"])
    >>> codes.tolist(), keys["trust"].tolist()
    ([0, 1, 0], ['S', 'N'])
    """
    if not columns:
        return np.zeros(len(frame), dtype=np.intp), pd.DataFrame(index=range(min(len(frame), 1)))
    grouped = frame.groupby(list(columns), dropna=False, observed=True, sort=False)
    codes = grouped.ngroup().to_numpy(dtype=np.intp)
    first = np.unique(codes, return_index=True)[1]
    return codes, frame[list(columns)].iloc[first].reset_index(drop=True)


def named(keys: pd.DataFrame) -> list[str]:
    """Return one name for each row of keys; without columns "all rows".

    Examples
    --------
    >>> named(pd.DataFrame({"age_band": ["18 to 24"], "sex": ["Female"]}))
    ['18 to 24, Female']
    """
    if not keys.shape[1]:
        return ["all rows"] * len(keys)
    columns = [
        keys[column].astype(object).where(keys[column].notna(), "missing").astype(str)
        for column in keys
    ]
    return [", ".join(row) for row in zip(*columns, strict=True)]


def matched(frame: pd.DataFrame, keys: pd.DataFrame, columns: Sequence[str]) -> Codes:
    """Return the place of each row's stratum among the rows of ``keys``, -1 where it is none.

    Examples
    --------
    >>> rows, keys = pd.DataFrame({"sex": ["M", "X"]}), pd.DataFrame({"sex": ["F", "M"]})
    >>> matched(rows, keys, ["sex"]).tolist()
    [1, -1]
    """
    columns = list(columns)
    # A pair of strata of different types, such as a number and its text, is no match.
    place = keys[columns].astype(object).assign(_place=np.arange(len(keys)))
    found = frame[columns].astype(object).merge(place, on=columns, how="left")["_place"]
    return found.fillna(-1).to_numpy(dtype=np.intp)


def summed(values: Floats, cells: Codes, shape: tuple[int, int]) -> Floats:
    """Return the sum of each cell, groups by strata; a missing value makes its cell missing.

    Examples
    --------
    >>> summed(np.array([1.0, 2.0, 5.0]), np.array([0, 0, 1]), (1, 3)).tolist()
    [[3.0, 5.0, 0.0]]
    """
    return np.bincount(cells, weights=values, minlength=shape[0] * shape[1]).reshape(shape)


def refuse_twice(cells: Codes, labels: object, columns: Sequence[str]) -> None:
    """Refuse rows whose cell has occurred before.

    Examples
    --------
    >>> refuse_twice(np.array([0, 1]), None, ["trust", "sex"])
    """
    again = pd.Series(cells).duplicated().to_numpy()
    refuse(again, labels, f"a second row for the same {', '.join(columns)}, where one is allowed")


def listed(marks: Marks, strata: Sequence[str]) -> list[str]:
    """For each row of ``marks`` the names of the strata marked, cut short, empty for none.

    Examples
    --------
    >>> listed(np.array([[True, True], [False, False]]), ["under 65", "65 and over"])
    ['under 65; 65 and over', '']
    """
    names = [[strata[place] for place in np.flatnonzero(row)] for row in marks]
    more = [f" and {len(row) - SHOWN} more" if len(row) > SHOWN else "" for row in names]
    return ["; ".join(row[:SHOWN]) + rest for row, rest in zip(names, more, strict=True)]


def refuse_cells(marks: Marks, groups: Sequence[str], strata: Sequence[str], problem: str) -> None:
    """Raise ``ValueError`` with ``problem`` and the groups and strata marked.

    Parameters
    ----------
    marks : ndarray of bool
        One row a group, one column a stratum; true where something is wrong.
    groups, strata : sequence of str
        Their names.
    problem : str
        What is wrong, as the end of a sentence.

    Examples
    --------
    >>> refuse_cells(np.array([[False]]), ["North"], ["18 to 24"], "has no row")
    """
    wrong = np.flatnonzero(marks.any(axis=1))
    if not wrong.size:
        return
    found = listed(marks[wrong[:SHOWN]], strata)
    shown = " | ".join(
        f"{groups[place]}: {names}" for place, names in zip(wrong[:SHOWN], found, strict=True)
    )
    more = f" | and {wrong.size - SHOWN} more groups" if wrong.size > SHOWN else ""
    raise ValueError(f"{problem} ({shown}{more}).")


def joined(*notes: Sequence[str]) -> list[str]:
    """Return one note a row from lists of notes, empty ones left out.

    Examples
    --------
    >>> joined(["a", ""], ["b", ""])
    ['a; b', '']
    """
    return ["; ".join(part for part in row if part) for row in zip(*notes, strict=True)]
