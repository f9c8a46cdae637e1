"""The canonical tables as schemas: each column with its kind, unit, allowed values and meaning.

Every extract becomes some of these tables, whatever its own layout, so that methods and notebooks
never see a source's own headers. Provenance (source, sheet, row) is on every row. The columns are
listed in ``schema.csv``, which is reviewed as text.

- :data:`TABLES`: the tables by name.
- :func:`validate`: the problems of a frame against its table.
- :func:`dictionary`: the data dictionary as Markdown.
- :func:`among`: which ids are among others.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import resources

import pandas as pd

from helpers.errors import Problem

KINDS = {"text", "list", "code", "count", "number", "date", "time", "flag", "year"}


@dataclass(frozen=True)
class Column:
    """A column of a canonical table.

    Parameters
    ----------
    name, kind, meaning : str
        Kind is one of :data:`KINDS`; a ``list`` holds several texts joined by " | ".
    unit : str
        Unit of a number.
    allowed : tuple of str
        The values that may occur; empty: any.
    required : bool
        A value must be there in every row.

    Examples
    --------
    >>> TABLES["reports"].columns[4].unit
    'people'
    """

    name: str
    kind: str
    meaning: str
    unit: str = ""
    allowed: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True)
class Table:
    """A canonical table: its columns and what one row is.

    Parameters
    ----------
    name : str
        Name of the table.
    row : str
        What one row is.
    columns : tuple of Column
        In their order.

    Examples
    --------
    >>> TABLES["milestones"].row
    'one dated event on the way from a death to what followed'
    >>> TABLES["milestones"].names[:4]
    ['death_id', 'review_id', 'register', 'milestone']
    """

    name: str
    row: str
    columns: tuple[Column, ...] = field(default_factory=tuple)

    @property
    def names(self) -> list[str]:
        """Return the names of the columns in order."""
        return [column.name for column in self.columns]


ROWS = {
    "deaths": "one person who died, as the trust's patient system holds it",
    "incidents": "one incident about one person, as an incident system holds it",
    "incident_death": "one link between an incident and a death",
    "reviews": "one review or investigation that followed an incident",
    "milestones": "one dated event on the way from a death to what followed",
    "family": "the family's part in one investigation",
    "registrations": "one death in a national list",
    "exposure": "one measure of the people cared for, of one stratum of one year",
    "counts": "one measure of one stratum of one year",
    "reports": "one published report about one death or several",
    "published": "one figure that somebody published and the case can be held against",
}
"""What one row of each table is."""


def _tables() -> dict[str, Table]:
    text = resources.files(__package__).joinpath("schema.csv").read_text(encoding="utf-8")
    columns: dict[str, list[Column]] = {name: [] for name in ROWS}
    for row in csv.DictReader(text.splitlines()):
        columns[row["table"]].append(
            Column(
                name=row["column"],
                kind=row["kind"],
                meaning=row["meaning"],
                unit=row["unit"],
                allowed=tuple(row["allowed"].split(" | ")) if row["allowed"] else (),
                required=row["required"] == "yes",
            )
        )
    return {name: Table(name, what, tuple(columns[name])) for name, what in ROWS.items()}


TABLES: dict[str, Table] = _tables()


def validate(frame: pd.DataFrame, table: str, *, where: str = "") -> list[Problem]:
    """Return what is wrong with a frame as a canonical table.

    Parameters
    ----------
    frame : DataFrame
        The candidate, one column for each column of the table.
    table : str
        Name of the table.
    where : str
        File that the frame comes from, for the messages.

    Returns
    -------
    list of Problem
        Empty where the frame is as it should be; else each with the first rows concerned.

    Raises
    ------
    KeyError
        If there is no table of this name.

    Examples
    --------
    >>> row = dict.fromkeys(TABLES["registrations"].names)
    >>> row |= {"registration_id": "a:2", "source_id": "a", "source_row": 2}
    >>> found = validate(pd.DataFrame([row]), "registrations", where="a.csv")
    >>> [problem.where for problem in found]
    ['a.csv, rows 2']
    """
    problems: list[Problem] = []
    schema = TABLES[table]
    missing = [name for name in schema.names if name not in frame]
    extra = [name for name in frame if name not in schema.names]
    if missing or extra:
        what = f"table {table} lacks {missing}" if missing else f"table {table} has {extra} besides"
        problems.append(Problem(what, where or table, "Map each column in case.yml."))
    for column in schema.columns:
        if column.name not in frame:
            continue
        values = frame[column.name]
        bad = pd.Series(data=False, index=frame.index)
        if column.required:
            bad |= values.isna()
        if column.allowed:
            bad |= values.notna() & ~values.isin(column.allowed)
        if column.kind in {"count", "year"}:
            bad |= values.notna() & (pd.to_numeric(values, errors="coerce") < 0)
        if bad.any():
            rows = frame.loc[bad, "source_row"] if "source_row" in frame else frame.index[bad]
            first = ", ".join(str(row) for row in list(rows)[:5])
            rule = f"allowed: {', '.join(column.allowed)}" if column.allowed else column.kind
            problems.append(
                Problem(
                    f"{int(bad.sum())} values of {column.name} are missing or not allowed ({rule})",
                    f"{where or table}, rows {first}",
                    "Correct the mapping in case.yml, or the file.",
                )
            )
    return problems


def dictionary() -> str:
    """Return the data dictionary of all canonical tables as Markdown.

    Returns
    -------
    str
        A heading and a table of columns for each.

    Examples
    --------
    >>> print(dictionary().splitlines()[0])
    ### `deaths`: one person who died, as the trust's patient system holds it
    """
    parts = []
    for table in TABLES.values():
        parts += [f"### `{table.name}`: {table.row}", ""]
        parts += [
            "| column | kind | unit | allowed | required | meaning |",
            "|---|---|---|---|---|---|",
        ]
        parts += [
            f"| `{c.name}` | {c.kind} | {c.unit} | {', '.join(c.allowed)} | "
            f"{'yes' if c.required else 'no'} | {c.meaning} |"
            for c in table.columns
        ]
        parts.append("")
    return "\n".join(parts)


def among(ids: pd.Series, others: Iterable[str]) -> pd.Series:
    """Return which ids are among others: as `Series.isin`, which goes through them one by one.

    Parameters
    ----------
    ids : Series
        Text.
    others : iterable of str
        A column of text (the quickest), or any other.

    Returns
    -------
    Series
        True or false, with the index of ``ids``; a missing id is among others that hold one.

    Examples
    --------
    >>> among(pd.Series(["pas:2", "pas:3"]), pd.Series(["pas:3"])).tolist()
    [False, True]
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    text = {"type": pa.large_string(), "from_pandas": True}
    known = others if isinstance(others, pd.Series) else list(others)
    found = pc.is_in(pa.array(ids, **text), value_set=pa.array(known, **text))
    return pd.Series(found.to_numpy(zero_copy_only=False), index=ids.index, dtype="bool")
