"""Counts in bands of time, checked, one group at a time.

Functions
---------
table
    Edges and counts of the bands of every group, or a refusal that names the rows.
mid_points
    The time that stands for each band.
groups_of
    The groups of a frame and the position of each row's group.
stacked
    One result a group, with its group columns in front.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, numbers, refuse, require_columns


@dataclass(frozen=True)
class Table:
    """Bands of every group.

    Attributes
    ----------
    keys : DataFrame
        One row a group.
    code : ndarray
        Group of each band, ascending.
    columns : tuple of ndarray
        Lower edges, upper edges (infinite where open-ended) and one array for each column of
        counts, by group and ascending lower edge.
    """

    keys: pd.DataFrame
    code: NDArray[np.intp]
    columns: tuple[Floats, ...]

    def __iter__(self) -> Iterator[tuple[Floats, ...]]:
        """Give the columns of one group after another."""
        places = np.searchsorted(self.code, np.arange(1, len(self.keys)))
        parts = [np.split(column, places) for column in self.columns]
        return zip(*parts, strict=True) if len(self.keys) else iter(())

    def total(self, values: Floats) -> Floats:
        """Sum values of bands over each group."""
        return np.bincount(self.code, weights=values, minlength=len(self.keys))


def table(
    frame: pd.DataFrame, *, lower: str, upper: str, counts: Sequence[str], by: list[str]
) -> Table:
    """Return the bands of each group, or raise ``ValueError`` naming the rows refused.

    Parameters
    ----------
    frame : DataFrame
        One row a band of a group.
    lower, upper : str
        Columns of edges; a missing or infinite upper edge is an open-ended band.
    counts : sequence of str
        Columns of counts; a missing count passes.
    by : list of str
        Columns that define groups.

    Returns
    -------
    Table
        The bands.

    Examples
    --------
    >>> two = pd.DataFrame({"lower": [3, 0], "upper": [None, 3], "count": [2, 5]})
    >>> found = table(two, lower="lower", upper="upper", counts=["count"], by=[])
    >>> [column.tolist() for column in found.columns]
    [[0.0, 3.0], [3.0, inf], [5.0, 2.0]]
    """
    require_columns(frame, [lower, upper, *counts, *by])
    start = numbers(frame, lower)
    end = numbers(frame, upper)
    end = np.where(np.isnan(end), np.inf, end)
    columns = [numbers(frame, name) for name in counts]
    refuse(np.isnan(start), frame.index, f"the lower edge {lower!r} is missing")
    refuse(~np.isfinite(start) | (start < 0), frame.index, f"the lower edge {lower!r} is no time")
    refuse(end <= start, frame.index, f"the upper edge {upper!r} is not above the lower one")
    for name, column in zip(counts, columns, strict=True):
        refuse(column < 0, frame.index, f"the count {name!r} is negative")
        refuse(np.isinf(column), frame.index, f"the count {name!r} is infinite")
    keys, code = groups_of(frame, by)
    order = np.lexsort((start, code))
    same = np.r_[False, code[order][1:] == code[order][:-1]]
    before = np.r_[-np.inf, end[order][:-1]]
    overlap = np.zeros(len(frame), dtype=bool)
    overlap[order] = same & (start[order] < before)
    refuse(overlap, frame.index, "the band overlaps another of its group")
    return Table(keys, code[order], tuple(column[order] for column in (start, end, *columns)))


def mid_points(lower: Floats, upper: Floats, last: float | Floats) -> Floats:
    """Return the middle of each band, and ``last`` for an open-ended one.

    Examples
    --------
    >>> mid_points(np.array([0.0, 3.0]), np.array([3.0, np.inf]), 5.0)
    array([1.5, 5. ])
    """
    ended = np.isfinite(upper)
    return np.where(ended, (lower + np.where(ended, upper, 0.0)) / 2.0, last)


def groups_of(frame: pd.DataFrame, by: list[str]) -> tuple[pd.DataFrame, NDArray[np.intp]]:
    """Return one row per group, sorted, and each row's group; a missing label is a group.

    Examples
    --------
    >>> keys, code = groups_of(pd.DataFrame({"area": ["b", "a", "b"]}), ["area"])
    >>> keys["area"].tolist(), code.tolist()
    (['a', 'b'], [1, 0, 1])
    """
    if not by:
        return pd.DataFrame(index=range(min(len(frame), 1))), np.zeros(len(frame), dtype=np.intp)
    code = frame.groupby(by, dropna=False, observed=True, sort=True).ngroup().to_numpy()
    first = np.unique(code, return_index=True)[1]
    return frame[by].iloc[first].reset_index(drop=True), code


def stacked(keys: pd.DataFrame, results: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Stack one result per group with its group columns in front.

    Examples
    --------
    >>> results = [pd.DataFrame({"value": [1, 2]}), pd.DataFrame({"value": [3]})]
    >>> stacked(pd.DataFrame({"area": ["a", "b"]}), results, ["value"])["area"].tolist()
    ['a', 'a', 'b']
    """
    some = [result for result in results if len(result)]
    if not some:
        return pd.DataFrame(columns=[*keys.columns, *columns])
    repeats = np.repeat(np.arange(len(keys)), [len(result) for result in results])
    together = pd.concat(some, ignore_index=True)
    if not len(keys.columns):
        return together
    return pd.concat([keys.iloc[repeats].reset_index(drop=True), together], axis=1)
