"""Millions of rows to groups: one pass over a file.

What comes back is a table of the distinct combinations of text in the columns asked for, with the
number of rows of each; whatever is to be decided about a text (is it a day, an age, a value of the
map) is decided on those few, in Python, by the same rules as everywhere else.

- :func:`grouped`: the combinations of a file with the rows of each.
- :func:`examples`: rows of the file in which given texts stand.
- :func:`check_format`: a format that says a day.
- :func:`age_of`: an age that is written in an odd way.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from helpers.errors import InputError
from helpers.intake.tally_coded import coded
from helpers.intake.tally_files import (
    BUFFER,
    GROUPS,
    THREADS,
    Opened,
    Result,
    database,
    quoted,
    reading,
    source,
    too_many,
)

if TYPE_CHECKING:
    import duckdb

EXAMPLES = 5
"""Rows that are named of each text."""


FIRST, LAST = 1900, 2100
"""Years in which a record can have a day."""


OLDEST = 119
"""Age beyond which no person is taken to have lived."""


PARTS = ({"%d"}, {"%m", "%b", "%B"}, {"%Y", "%y"})


OTHERS = {"%H", "%M", "%S", "%f", "%I", "%p"}
"""Directives of a format: of the day, which it needs, and of the time, which it may have."""


BEFORE, AFTER, PARTLY = -1, -2, -3
"""What stands in place of a year outside those that are counted."""


@dataclass(frozen=True)
class Question:
    """What is asked of a file.

    Parameters
    ----------
    date : str
        Column of the day of death.
    date_format : str or None
        Its format; None for a column of a Parquet file that holds days.
    texts : tuple of str
        Columns whose texts are told apart.
    bands : dict of tuple
        By column of ages: the age at which each band begins, in order.
    year_start_month : int
        Month in which a year begins.
    coverage : tuple of Timestamp or None
        First and last day covered; years that are not wholly inside are told apart.
    days : dict
        Further texts that are days, as the format reads them.
    """

    date: str
    date_format: str | None
    texts: tuple[str, ...] = ()
    bands: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    year_start_month: int = 4
    coverage: tuple[pd.Timestamp, pd.Timestamp] | None = None
    days: Mapping[str, pd.Timestamp] = field(default_factory=dict)


def check_format(date_format: str, where: str) -> None:
    """Refuse a format that does not say day, month and year, or says more than a day and a time.

    Parameters
    ----------
    date_format : str
        As for ``strptime``.
    where : str
        Where it was declared.

    Raises
    ------
    InputError
        Naming the format.
    """
    found = re.findall(r"%.", date_format)
    whole = all(len([one for one in found if one in part]) == 1 for part in PARTS)
    if not whole or set(found) - set.union(*PARTS, OTHERS):
        raise InputError.one(
            f"{date_format!r} does not say day, month and year of a date once each",
            where,
            "Write it as the column has it, such as '%d/%m/%Y' or '%Y-%m-%d'.",
        )


def _days(question: Question, connection: duckdb.DuckDBPyConnection, *, typed: bool) -> None:
    """Make the table of days: each text that is one, and the year in which it is counted."""
    month = question.year_start_month
    fmt = question.date_format or ""
    spelled = [("day", "true")]
    if not typed and set(re.findall(r"%.", fmt)) & OTHERS:
        spelled = [("strftime(day, '%Y-%m-%d')", "true")]
    elif not typed:  # a nought before a day or month may be left out, as strptime reads them
        parts = [
            part for part in (("%d", "day(day) < 10"), ("%m", "month(day) < 10")) if part[0] in fmt
        ]
        spelled = []
        for some in ([], *([part] for part in parts), parts if len(parts) > 1 else None):
            if some is not None:
                loose = fmt
                for one, _ in some:
                    loose = loose.replace(one, f"%-{one[1]}")
                where = " AND ".join(condition for _, condition in some) or "true"
                spelled.append((f"strftime(day, {quoted(loose)})", where))
    # Two digits of a year stand for 1969 to 2068, as strptime reads them.
    first, last = (1969, 2068) if "%y" in fmt and not typed else (FIRST, LAST)
    year = f"year(day) - (month(day) < {month})::INTEGER"
    if question.coverage is not None:
        start, end = (f"DATE '{day:%Y-%m-%d}'" for day in question.coverage)
        year = (
            f"CASE WHEN day < {start} THEN {BEFORE} WHEN day > {end} THEN {AFTER} "
            f"WHEN make_date({year}, {month}, 1) < {start} "
            f"OR make_date({year} + 1, {month}, 1) > {end} + 1 THEN {PARTLY} ELSE {year} END"
        )
    every = f"range(DATE '{first}-01-01', DATE '{last + 1}-01-01', INTERVAL 1 DAY)"
    tables = " UNION ALL ".join(
        f"SELECT {key} AS key, ({year})::INTEGER AS year "  # noqa: S608
        f"FROM (SELECT range::DATE AS day FROM {every}) WHERE {where}"
        for key, where in spelled
    )
    connection.execute(f"CREATE TEMP TABLE days AS {tables}")
    if question.days:
        import pyarrow as pa

        texts = pa.array(list(question.days), pa.string())
        days = pa.array([day.date() for day in question.days.values()], pa.date32())
        connection.register("more", pa.table({"text": texts, "day": days}))
        connection.execute(f"INSERT INTO days SELECT text, ({year})::INTEGER FROM more")  # noqa: S608


def _date_key(question: Question, file: Opened) -> tuple[str, bool]:
    """Return the day as the table of days holds it, and whether the column is one of days."""
    at = file.position(question.date)
    if file.types.get(at) == "day":
        return f"c{at}::DATE", True
    if question.date_format is None:
        raise InputError.one(
            f"column {question.date} holds text and no format is declared",
            file.path.name,
            "Declare the format of the dates, such as '%d/%m/%Y'.",
        )
    check_format(question.date_format, f"{file.path.name}, column {question.date}")
    text = f"c{at}::VARCHAR"
    if set(re.findall(r"%.", question.date_format)) & OTHERS:
        day = f"try_strptime({text}, {quoted(question.date_format)})"
        return f"coalesce(strftime({day}, '%Y-%m-%d'), {text})", False
    return text, False


def _query(question: Question, file: Opened, rows: str) -> tuple[str, list[str]]:
    key, _ = _date_key(question, file)
    date = f"c{file.position(question.date)}"
    inner, outer, joins, names = [f"{key} AS d", f"{date} AS said"], [], [], ["year", "said"]
    # Of a row that is not counted the other columns do not matter; left out, they make no groups.
    for number, column in enumerate(question.texts):
        inner.append(f"coalesce(c{file.position(column)}::VARCHAR, '') AS t{number}")
        outer.append(f"CASE WHEN days.year > 0 THEN t{number} ELSE '' END")
        names.append(f"text:{column}")
    for number, column in enumerate(question.bands):
        inner.append(f"c{file.position(column)} AS a{number}")
        joins.append(f"LEFT JOIN ages{number} ON ages{number}.key = a{number}")
        outer.append(f"CASE WHEN days.year > 0 THEN ages{number}.band END")
        outer.append(
            f"CASE WHEN days.year > 0 AND ages{number}.band IS NULL "
            f"THEN coalesce(a{number}::VARCHAR, '') ELSE '' END"
        )
        names += [f"band:{column}", f"age:{column}"]
    # As text only where it is no day: of millions of days that takes longer than counting them.
    said = "CASE WHEN days.year IS NULL THEN coalesce(said::VARCHAR, '') ELSE '' END"
    chosen = ["days.year", said, *outer]
    named = ", ".join(f"{one} AS x{number}" for number, one in enumerate(chosen))
    query = (
        f"SELECT {named}, count(*) AS rows FROM (SELECT {', '.join(inner)} FROM {rows}) AS s "  # noqa: S608
        f"LEFT JOIN days ON days.key = s.d {' '.join(joins)} GROUP BY ALL LIMIT {GROUPS + 1}"
    )
    return query, [*names, "rows"]


def _ages(question: Question, file: Opened, connection: duckdb.DuckDBPyConnection) -> None:
    for number, (column, bounds) in enumerate(question.bands.items()):
        whole = file.types.get(file.position(column)) == "whole"
        pairs = [
            (str(age) if whole else f"'{age}'", sum(age >= bound for bound in bounds) - 1)
            for age in range(bounds[0], OLDEST + 1)
        ]
        values = ", ".join(f"({age}, {band})" for age, band in pairs)
        connection.execute(
            f"CREATE TEMP TABLE ages{number} AS SELECT * FROM (VALUES {values}) AS t(key, band)"  # noqa: S608
        )


def _sparing(file: Opened, run: Callable[[bool, int], Result]) -> Result:
    """Return what a query gives; where memory does not suffice for several threads, by one.

    Threads that read gigabytes of CSV run apart, and what was read between them is held.
    """
    import duckdb

    def tried(plain: bool) -> Result:
        try:
            return run(plain, THREADS)
        except duckdb.OutOfMemoryException:
            if not file.encoding:
                raise
        return run(plain, 1)

    return reading(file, tried)


def _asked(file: Opened, question: Question, *, plain: bool, threads: int) -> pd.DataFrame:
    with database(ordered=False, threads=threads) as connection:
        key, typed = _date_key(question, file)
        _days(question, connection, typed=typed)
        _ages(question, file, connection)
        rows = source(file, connection, plain)
        if file.encoding:
            query, names = _query(question, file, rows)
            table = connection.sql(query).to_arrow_table().rename_columns(names)
            found = table.to_pandas(strings_to_categorical=True)
        else:
            found = coded(connection, question, file, key=key, rows=rows, limit=GROUPS)
    if len(found) > GROUPS:
        raise too_many(file)
    return found


def grouped(file: Opened, question: Question) -> pd.DataFrame:
    """Return the distinct combinations of a file, with the number of rows of each.

    Parameters
    ----------
    file : Opened
        The file; opened for reading only.
    question : Question
        What is told apart.

    Returns
    -------
    DataFrame
        Column ``year`` (missing where the day is none; :data:`BEFORE`, :data:`AFTER` or
        :data:`PARTLY` outside the years that are counted), ``said`` (the text that is no day), a
        column ``text:`` for each of the texts, ``band:`` (number of the band) and ``age:`` (the
        text that is no plain age of a band) for each column of ages, and ``rows``. Texts are
        categories.

    Raises
    ------
    InputError
        If the file cannot be read, or holds too many combinations.
    """
    return _sparing(
        file, lambda plain, threads: _asked(file, question, plain=plain, threads=threads)
    )


def age_of(text: str) -> float | None:
    """Return an age that is written with spaces, zeros or a fraction; None where it is none.

    Examples
    --------
    >>> age_of(" 085.0 "), age_of("-3"), age_of("about 80")
    (85.0, -3.0, None)
    """
    found = re.fullmatch(r"[+-]?[0-9]{1,6}(\.[0-9]+)?", text.strip(), re.ASCII)
    return float(found[0]) if found else None


def _blank_lines(path: Path) -> bool:
    last = b""
    with path.open("rb") as file:
        while data := file.read(BUFFER):
            data = last + data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            if b"\n\n" in data:
                return True
            last = data[-1:]
    return False


def _rows_of(file: Opened, records: set[int]) -> dict[int, int]:
    """Return the row of the file for each record, counted from 1: blank lines have rows too."""
    if not file.encoding:
        return {record: record for record in records}
    if len(file.headers) == 1 or not _blank_lines(file.path):
        return {record: record + 1 for record in records}
    found, record, last = {}, -1, max(records, default=0)
    encoding = "utf-8-sig" if file.encoding == "utf-8" else "cp1252"
    with file.path.open(encoding=encoding, errors="replace", newline="") as lines:
        for row, cells in enumerate(csv.reader(lines, delimiter=file.delimiter), start=1):
            record += bool(cells)
            if cells and record in records:
                found[record] = row
            if record >= last:
                break
    return found


def examples(file: Opened, texts: Mapping[str, Sequence[str]]) -> dict[tuple[str, str], list[int]]:
    """Return the first rows of the file in which texts stand.

    Parameters
    ----------
    file : Opened
        The file; it is read once more.
    texts : mapping
        By column: the texts looked for.

    Returns
    -------
    dict
        By column and text (without spaces around it): up to :data:`EXAMPLES` rows of the file. The
        header of a CSV file is row 1; a Parquet file has none.
    """
    columns = [column for column in texts if len(texts[column])]
    if not columns:
        return {}

    def run(plain: bool, threads: int) -> list[tuple[str, str, list[int]]]:
        with database(ordered=True, threads=threads) as connection:
            connection.execute("CREATE TEMP TABLE wanted (place VARCHAR, said VARCHAR)")
            pairs = {(column, text.strip(" ")) for column in columns for text in texts[column]}
            connection.executemany("INSERT INTO wanted VALUES (?, ?)", sorted(pairs))
            keys = [f"trim(coalesce(c{file.position(one)}::VARCHAR, ''))" for one in columns]
            inner = ", ".join(f"{key} AS k{number}" for number, key in enumerate(keys))
            told = ", ".join(
                f"{{'place': {quoted(one)}, 'said': k{number}}}"
                for number, one in enumerate(columns)
            )
            some = " OR ".join(
                f"k{number} IN (SELECT said FROM wanted WHERE place = {quoted(one)})"  # noqa: S608
                for number, one in enumerate(columns)
            )
            rows = source(file, connection, plain)
            query = (
                f"SELECT w.place, w.said, min(n, {EXAMPLES}) FROM (SELECT n, unnest([{told}]) AS u "  # noqa: S608
                f"FROM (SELECT row_number() OVER () AS n, {inner} FROM {rows}) WHERE {some}) "
                "JOIN wanted w ON w.place = u.place AND w.said = u.said GROUP BY ALL"
            )
            return connection.execute(query).fetchall()

    found = _sparing(file, run)
    rows = _rows_of(file, {record for _, _, records in found for record in records})
    return {(column, said): [rows[one] for one in records] for column, said, records in found}
