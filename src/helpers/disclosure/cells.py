"""Cells of tables as counts of people with characteristics, so that those that overlap are seen.

- :class:`Cell`: one published count: what is counted, of whom, and how many.
- :class:`Scheme`: what a reader knows of how the counts hang together.
- :func:`cells_of`: the cells of a tidy table.
- :func:`where_of`, :func:`name_of`: of whom a cell counts, as it is compared and in words.
- :func:`by_key`: cells of several tables by what they count; a contradiction is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import pandas as pd

from helpers.errors import InputError

Where = tuple[tuple[str, tuple[str, ...]], ...]
"""Of whom: for each characteristic the categories that are counted, in the order of the names."""

Key = tuple[str, Where]
"""What is counted, and of whom: two cells with the same key are the same number."""


@dataclass(frozen=True)
class Cell:
    """One count as a table of the run holds it.

    Parameters
    ----------
    measure : str
        What is counted, such as ``reported``.
    where : tuple
        Of whom (:data:`Where`); empty: of all.
    value : int
        The true count.
    table : str
        Id of the table.
    row : int
        Place of the row, from 0.
    column : str
        Name of the column.
    kept : bool
        A total that must be shown: it is never hidden to protect another.

    Examples
    --------
    >>> Cell("deaths", (("service", ("A",)),), 12).key
    ('deaths', (('service', ('A',)),))
    """

    measure: str
    where: Where
    value: int
    table: str = ""
    row: int = 0
    column: str = ""
    kept: bool = False

    @property
    def key(self) -> Key:
        """Return what is counted, and of whom."""
        return self.measure, self.where


@dataclass(frozen=True)
class Scheme:
    """What a reader knows of how the counts of a run hang together.

    Parameters
    ----------
    nested : tuple of tuple of str
        Pairs of measures: whoever is in the first is in the second.
    grows : bool
        A later run of the same period holds everybody whom an earlier one held.

    Examples
    --------
    >>> Scheme(nested=(("reported", "deaths"),)).grows
    True
    """

    nested: tuple[tuple[str, str], ...] = ()
    grows: bool = field(default=True)


def where_of(given: Mapping[str, str | Sequence[str]]) -> Where:
    """Return characteristics and their categories in the form in which they are compared.

    Examples
    --------
    >>> where_of({"sex": "Female", "age": ["65-74", "75+"]})
    (('age', ('65-74', '75+')), ('sex', ('Female',)))
    """
    return tuple(
        (name, (held,) if isinstance(held, str) else tuple(sorted(held)))
        for name, held in sorted(given.items())
    )


def name_of(key: Key) -> str:
    """Return a key in words.

    Examples
    --------
    >>> name_of(("reported", where_of({"service": "A"})))
    'reported, service A'
    """
    measure, where = key
    return ", ".join([measure, *(f"{name} {' or '.join(held)}" for name, held in where)])


def cells_of(
    frame: pd.DataFrame,
    *,
    table: str,
    counts: Mapping[str, str],
    by: Sequence[str] = (),
    totals: Mapping[str, str] | None = None,
    keep_totals: bool = True,
) -> list[Cell]:
    """Return the cells of a tidy table.

    Parameters
    ----------
    frame : DataFrame
        One row a result.
    table : str
        Id of the table.
    counts : mapping
        What each column of counts counts, by name of the column: a measure, or ``{column}`` for
        the measure that another column of the row names.
    by : sequence of str
        The columns that say of whom.
    totals : mapping, optional
        The word by which a column says that all its categories are counted.
    keep_totals : bool
        Counts of all people are shown whatever happens.

    Returns
    -------
    list of Cell
        Counts that are missing are left out.

    Examples
    --------
    >>> frame = pd.DataFrame({"service": ["A", "all"], "deaths": [3, 20]})
    >>> made = cells_of(
    ...     frame, table="t", counts={"deaths": "deaths"}, by=["service"], totals={"service": "all"}
    ... )
    >>> [(cell.where, cell.kept) for cell in made]
    [((('service', ('A',)),), False), ((), True)]
    """
    totals = totals or {}
    made = []
    for place, row in enumerate(frame.to_dict("records")):
        held = {
            name: str(row[name])
            for name in by
            if not pd.isna(row[name]) and str(row[name]) != totals.get(name)
        }
        for column, measure in counts.items():
            if pd.isna(row[column]):
                continue
            named = measure.format_map({name: str(value) for name, value in row.items()})
            value = int(row[column])
            kept = keep_totals and not held
            made.append(Cell(named, where_of(held), value, table, place, column, kept))
    return made


def by_key(cells: Iterable[Cell]) -> dict[Key, list[Cell]]:
    """Return cells by what they count.

    Raises
    ------
    InputError
        If two cells that count the same differ: then no audit can be made.

    Examples
    --------
    >>> len(by_key([Cell("deaths", (), 9, "a"), Cell("deaths", (), 9, "b")]))
    1
    """
    found: dict[Key, list[Cell]] = {}
    for cell in cells:
        same = found.setdefault(cell.key, [])
        if same and same[0].value != cell.value:
            raise InputError.one(
                f"{name_of(cell.key)} is a different number in another table",
                f"tables {same[0].table} and {cell.table}",
                "Give the two counts different names in the rule of the release.",
            )
        same.append(cell)
    return found
