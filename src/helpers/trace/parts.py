"""What a number is made of: the parts of a trace.

- :class:`Part`: the rows behind a numerator, a denominator, or what stands beside them.
- :class:`Trace`: everything behind one finding, one row of a table, or one exhibit.
- :data:`COUNTED`, :data:`ADDED`, :data:`TALLIED`, :data:`UNITS`, :data:`ALL`, :data:`SAYS`,
  :data:`SET`: how a number comes out of its rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.trace.rows import Rows

if TYPE_CHECKING:
    from helpers.trace.code import Cell

COUNTED = "records counted: one row each"
ADDED = "cells added up"
TALLIED = "counts of strata added up, each a count of many rows of the file"
UNITS = "units counted; they are named, and the rows are those of all their records"
ALL = "computed from all of these rows"
SAYS = "the rows that say so"
SET = "a number that was set, not counted"
EXPECTED = "expected, from the shares of other rows"

NUMERATOR, DENOMINATOR = "numerator", "denominator"


@dataclass(frozen=True)
class Part:
    """The rows behind a numerator, a denominator, or what stands beside them.

    Parameters
    ----------
    role : str
        ``numerator``, ``denominator``, or in words what the part is.
    what : str
        Which rows these are, in words.
    how : str
        How the number comes out of the rows: one of the phrases of this module.
    rows : Rows
        The rows.
    number : float, optional
        The number that they give, found again without the notebook.
    columns : tuple of str
        Columns of the file whose cells are added up.
    names : tuple of str
        Units that were counted, where the number is one of units.
    """

    role: str
    what: str
    how: str
    rows: Rows
    number: float | None = None
    columns: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Trace:
    """Everything behind one finding, one row of a table, or one exhibit.

    Parameters
    ----------
    id : str
        Of the finding or the exhibit; of a row of a table, the exhibit, ``#`` and its number.
    exhibit : str
        Id of the exhibit.
    kind : str
        ``finding``, ``row``, ``table``, ``figure`` or ``findings``.
    page : str
        The notebook that shows it.
    said : mapping
        What is said of it: title, definition, denominator, method, level, unit, period, and of a
        finding its sentence and its numbers.
    cells : tuple of Cell
        The cells of the notebook that made it, the one that shows it last.
    parameters : mapping
        The parameters in force that those cells read.
    parts : tuple of Part
        The rows.
    row : int, optional
        Number of the row in its table, from 1.
    key : mapping
        What tells the row apart: its columns that are no numbers.
    """

    id: str
    exhibit: str
    kind: str
    page: str
    said: Mapping[str, Any]
    cells: tuple[Cell, ...]
    parameters: Mapping[str, Any]
    parts: tuple[Part, ...]
    row: int | None = None
    key: Mapping[str, Any] = field(default_factory=dict)

    @property
    def files(self) -> list[str]:
        """Return the names of the files that hold the rows, each once."""
        return list(dict.fromkeys(file for part in self.parts for file in part.rows.files))

    def part(self, role: str) -> Part | None:
        """Return the part of a role; None where there is none.

        Parameters
        ----------
        role : str
            Such as ``numerator``.
        """
        return next((part for part in self.parts if part.role == role), None)
