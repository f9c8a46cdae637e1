"""Rows of the files of a case: which of them a number was made of.

- :class:`Rows`: a set of rows, each by its file, its sheet and its row there.
- :class:`Places`: gives the rows of canonical tables their place in the files.
- :func:`ranges`: numbers in order as text, such as ``2-15,18``; :func:`numbers`: back again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

STRATA = "strata, not rows"
"""What stands for the sheet of a file of which each place is a stratum of many rows."""

SHIFT = 32
"""Bits of a code that hold the row; those above hold the place of its file and sheet."""


def ranges(rows: np.ndarray) -> str:
    """Return numbers in rising order as text, stretches without a gap written as one.

    Parameters
    ----------
    rows : array of int
        Each once, in order.

    Returns
    -------
    str
        Empty for none.

    Examples
    --------
    >>> ranges(np.array([2, 3, 4, 9]))
    '2-4,9'
    """
    if not len(rows):
        return ""
    cuts = np.flatnonzero(np.diff(rows) != 1)
    firsts = rows[np.r_[0, cuts + 1]].tolist()
    lasts = rows[np.r_[cuts, len(rows) - 1]].tolist()
    return ",".join(
        str(one) if one == other else f"{one}-{other}"
        for one, other in zip(firsts, lasts, strict=True)
    )


def numbers(text: str) -> list[int]:
    """Return the numbers that :func:`ranges` wrote.

    Parameters
    ----------
    text : str
        Such as ``2-15,18``.

    Returns
    -------
    list of int
        In order.

    Examples
    --------
    >>> numbers("2-4,9")
    [2, 3, 4, 9]
    """
    found: list[int] = []
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


@dataclass(frozen=True)
class Rows:
    """A set of rows of the files of a case.

    Parameters
    ----------
    codes : array of int64
        Each row once, in order, as :class:`Places` codes it.
    sheets : list of tuple
        File and sheet (empty for a file without sheets) by the number in a code.

    Examples
    --------
    >>> rows = Rows(np.array([2, 3, (1 << SHIFT) + 7]), [("a.csv", ""), ("b.xlsx", "2014")])
    >>> len(rows), rows.files
    (3, ['a.csv', 'b.xlsx'])
    """

    codes: np.ndarray
    sheets: list[tuple[str, str]] = field(repr=False, compare=False)

    def __len__(self) -> int:
        """Return how many rows there are."""
        return len(self.codes)

    def __or__(self, other: Rows) -> Rows:
        """Return the rows of both."""
        return Rows(np.union1d(self.codes, other.codes), self.sheets or other.sheets)

    @property
    def by_sheet(self) -> dict[tuple[str, str], np.ndarray]:
        """Return the numbers of the rows by file and sheet."""
        place = self.codes >> SHIFT
        mine = self.codes & ((1 << SHIFT) - 1)
        cuts = np.flatnonzero(np.diff(place)) + 1
        starts = np.r_[0, cuts] if len(place) else []
        parts = np.split(mine, cuts) if len(place) else []
        found = {
            self.sheets[int(place[start])]: part for start, part in zip(starts, parts, strict=True)
        }
        return dict(sorted(found.items()))

    @property
    def files(self) -> list[str]:
        """Return the names of the files, each once."""
        return list(dict.fromkeys(file for file, _ in self.by_sheet))

    def sha256(self) -> str:
        r"""Return a hash by which a holder of the files can check which rows are meant.

        It is that of lines ``file|sheet|row``, in the order of file, sheet and number of the row,
        joined with line ends, in UTF-8.

        Examples
        --------
        >>> rows = Rows(np.array([2, 3]), [("a.csv", "")])
        >>> rows.sha256() == hashlib.sha256(b"a.csv||2\na.csv||3").hexdigest()
        True
        """
        lines = [
            f"{file}|{sheet}|{row}"
            for (file, sheet), rows in self.by_sheet.items()
            for row in rows.tolist()
        ]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


class Places:
    """Gives the rows of canonical tables their place in the files, as one number each.

    Parameters
    ----------
    files : dict of str
        File of each source by its id.
    tallies : set of str
        Sources whose rows were counted as they were read: their places are numbers of strata,
        and :data:`STRATA` stands for the sheet.

    Examples
    --------
    >>> held = {"source_id": "pas", "source_sheet": "2014", "source_row": [4, 3, 3]}
    >>> places = Places({"pas": "pas.xlsx"})
    >>> rows = places.rows(places.codes(pd.DataFrame(held)))
    >>> {sheet: ranges(found) for sheet, found in rows.by_sheet.items()}
    {('pas.xlsx', '2014'): '3-4'}
    """

    def __init__(self, files: dict[str, str], tallies: Collection[str] = ()) -> None:
        self._files = files
        self._tallies = tallies
        self._sheets: list[tuple[str, str]] = []

    def _number(self, file: str, sheet: str) -> int:
        key = (file, sheet)
        if key not in self._sheets:
            self._sheets.append(key)
        return self._sheets.index(key)

    def codes(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the place of each row of a canonical table.

        Parameters
        ----------
        frame : DataFrame
            With source_id, source_sheet and source_row.

        Returns
        -------
        array of int64
            One code a row of the frame.
        """
        keys = frame[["source_id", "source_sheet"]].fillna("").astype("str")
        group = keys.groupby(["source_id", "source_sheet"], sort=False)
        number, first = group.ngroup().to_numpy(), keys.drop_duplicates()
        known = [
            self._number(
                self._files.get(source, source), STRATA if source in self._tallies else sheet
            )
            for source, sheet in first.itertuples(index=False, name=None)
        ]
        rows = frame["source_row"].to_numpy(dtype="int64")
        if not len(rows):
            return rows
        return (np.array(known, dtype="int64")[number] << SHIFT) + rows

    def of_file(self, file: str, rows: np.ndarray) -> np.ndarray:
        """Return the places of rows of a file without sheets.

        Parameters
        ----------
        file : str
            Its name.
        rows : array of int
            Numbers of the rows.

        Returns
        -------
        array of int64
            One code a row.
        """
        return (self._number(file, "") << SHIFT) + np.asarray(rows, dtype="int64")

    def rows(self, codes: np.ndarray | pd.Series) -> Rows:
        """Return places as a set of rows.

        Parameters
        ----------
        codes : array or Series of int64
            As :meth:`codes` returns them, in any order and more than once.

        Returns
        -------
        Rows
            Each place once.
        """
        return Rows(np.unique(np.asarray(codes, dtype="int64")), self._sheets)
