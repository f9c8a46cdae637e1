"""The canonical tables as schemas: each column with its kind, unit, allowed values and meaning.

Every extract becomes some of these tables, whatever its own layout, so that methods and notebooks
never see a source's own headers. Provenance (source, row) is on every row.

- :data:`TABLES`: the tables by name.
- :func:`validate`: the problems of a frame against its table.
- :func:`dictionary`: the data dictionary as Markdown.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from helpers.errors import Problem

KINDS = {"text", "list", "count", "number", "date", "flag", "year"}


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
    >>> TABLES["reviews"].columns[4].unit
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
    'one dated event in the course of one review'
    >>> TABLES["milestones"].names[:4]
    ['review_id', 'register', 'milestone', 'date']
    """

    name: str
    row: str
    columns: tuple[Column, ...] = field(default_factory=tuple)

    @property
    def names(self) -> list[str]:
        """Return the names of the columns in order."""
        return [column.name for column in self.columns]


PROVENANCE = (
    Column("source_id", "text", "the source of the row, as named in case.yml", required=True),
    Column("source_row", "count", "row of the source file, the header being row 1", required=True),
)

TABLES: dict[str, Table] = {
    table.name: table
    for table in (
        Table(
            "counts",
            "one measure of one stratum of one year",
            (
                Column("year", "year", "calendar year counted", "year", required=True),
                Column("area", "text", "coroner area, or the unit that reports"),
                Column("region", "text", "region of England, or Wales"),
                Column("measure", "text", "what is counted, an id of measures.csv", required=True),
                Column("events", "count", "the count; empty where it was not recorded", "people"),
                Column("in_doubt", "flag", "the row's area cannot be established", required=True),
                *PROVENANCE,
            ),
        ),
        Table(
            "reviews",
            "one review, investigation or report about one death or several",
            (
                Column("review_id", "text", "id made from source and row", required=True),
                Column("register", "text", "the register that holds the row", required=True),
                Column("ref", "text", "reference given by the publisher"),
                Column("area", "text", "coroner area"),
                Column("number_of_deaths", "count", "people who died", "people"),
                Column("category", "list", "kinds of death, as the publisher assigns them"),
                Column("place", "text", "place of death"),
                Column("recipients", "list", "organisations the report was sent to"),
                Column("recipient_kind", "list", "kinds of organisation among the recipients"),
                Column("recipient_count", "count", "organisations sent to", "organisations"),
                Column("reply_count", "count", "replies published", "replies"),
                Column("status", "text", "state of the replies at the snapshot"),
                Column("in_study", "flag", "the row is in the set that the study published"),
                *PROVENANCE,
            ),
        ),
        Table(
            "milestones",
            "one dated event in the course of one review",
            (
                Column("review_id", "text", "the review", required=True),
                Column("register", "text", "the register that holds the row", required=True),
                Column(
                    "milestone",
                    "text",
                    "which event",
                    allowed=("death", "opened", "concluded", "report", "added"),
                    required=True,
                ),
                Column("date", "date", "day of the event", required=True),
                *PROVENANCE,
            ),
        ),
        Table(
            "published",
            "one figure that somebody published and the case can be held against",
            (
                Column("figure_id", "text", "id of the published figure", required=True),
                Column("statement", "text", "what was published, in words", required=True),
                Column("measure", "text", "measure or record count to compute", required=True),
                Column("stratum", "text", "stratum as name=value;name=value, or empty"),
                Column(
                    "statistic",
                    "text",
                    "what is computed from the measure",
                    allowed=("total", "percent_change", "records", "deaths"),
                    required=True,
                ),
                Column("period_start", "date", "first day the figure covers", required=True),
                Column("period_end", "date", "last day the figure covers", required=True),
                Column("baseline_start", "date", "first day of the period compared with"),
                Column("baseline_end", "date", "last day of the period compared with"),
                Column("value", "number", "the published figure", required=True),
                Column("rounded_to", "number", "the unit it was rounded to", required=True),
                Column("source", "text", "who published it, where and when", required=True),
                Column("status", "text", "primary seen, or quoted by secondary", required=True),
                Column("explanation", "text", "why a difference remains, if one does"),
            ),
        ),
    )
}


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
    >>> day = {"review_id": "a:2", "register": "a", "milestone": "moved", "date": "2020-01-01"}
    >>> frame = pd.DataFrame([day | {"source_id": "a", "source_row": 2}])
    >>> [problem.where for problem in validate(frame, "milestones", where="a.csv")]
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
    ### `counts`: one measure of one stratum of one year
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
