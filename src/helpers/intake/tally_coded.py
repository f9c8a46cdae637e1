"""Columns of a Parquet file as numbers: text is told apart once, and rows are grouped by numbers.

A Parquet file is stored by columns and read by columns, so that to look at one of them again costs
next to nothing; to group millions of rows by several texts costs more than all the rest. Every
column becomes a code, the codes of a row one number or two, and rows are grouped by those.

- :func:`coded`: the combinations of a file with the rows of each.
- :func:`packed`: which codes share a number by which rows are grouped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from helpers.intake.tally_engine import Question
    from helpers.intake.tally_files import Opened

KEY = 2**31 - 1
"""The largest number by which rows are grouped: short ones are grouped sooner than long ones."""


@dataclass(frozen=True)
class _Code:
    """The number of a row's value in a column: its table (key, code), and between what it lies.

    A cell that is not in the table has the number `none`; without one every cell is in it.
    """

    table: str
    cell: str
    least: int
    most: int
    none: int | None = None


def _code(
    connection: duckdb.DuckDBPyConnection, table: str, cell: str, none: int | None = None
) -> _Code:
    """Return the code of a column from the table of its values."""
    found = connection.execute(
        f"SELECT min(code), max(code), count(*) > count(key) FROM {table}"  # noqa: S608
    ).fetchall()
    least, most, blank = found[0]
    codes = [code for code in (least, most, none) if code is not None] or [0]
    return _Code(table, cell, min(codes), max(codes), none if blank else None)


def _text_code(connection: duckdb.DuckDBPyConnection, name: str, cell: str, rows: str) -> _Code:
    """Make the table of a column's different values: each with its text and a number from 1."""
    connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT key, key::VARCHAR AS text, "  # noqa: S608
        f"(row_number() OVER ())::INTEGER AS code FROM (SELECT DISTINCT {cell} AS key FROM {rows})"
    )
    return _code(connection, name, cell, 0)


def _age_code(
    connection: duckdb.DuckDBPyConnection, name: str, ages: str, cell: str, rows: str, none: int
) -> _Code:
    """Make the same of a column of ages: the band, `none` for no age, above it ages in no band."""
    connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT s.key, s.key::VARCHAR AS text, "  # noqa: S608
        f"coalesce({ages}.band, {none} + row_number() OVER ())::INTEGER AS code "
        f"FROM (SELECT DISTINCT {cell} AS key FROM {rows}) AS s "
        f"LEFT JOIN {ages} ON {ages}.key = s.key"
    )
    return _code(connection, name, cell, none)


def packed(values: Mapping[str, int]) -> list[dict[str, int]]:
    """Return which codes share a key and what each is multiplied by; none is above KEY.

    Parameters
    ----------
    values : mapping of int
        By name: how many different codes there can be, counted from 0.

    Returns
    -------
    list of dict
        For each key: the codes in it, with the place of each.

    Examples
    --------
    >>> packed({"year": 11, "trust": 51, "number": 2_000_000_000})
    [{'year': 1, 'trust': 11}, {'number': 1}]
    """
    keys: list[dict[str, int]] = [{}]
    place = 1
    for name, many in values.items():
        if place * many > KEY:
            keys.append({})
            place = 1
        keys[-1][name] = place
        place *= many
    return keys


def _grouped(
    connection: duckdb.DuckDBPyConnection, codes: Mapping[str, _Code], rows: str, limit: int
) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Return the codes of each combination, by name, and the number of rows of each."""
    values = {name: code.most - code.least + 1 for name, code in codes.items()}
    keys = packed(values)
    sums = []
    for key in keys:
        parts = []
        for name, place in key.items():
            code = codes[name]
            # Multiplied in the small table; a sum over all rows is cheaper than a product.
            number = f"((code - {code.least}) * {place})::INTEGER"
            part, how = f"{name}.code", "JOIN"
            if code.none is not None:
                part, how = f"coalesce({part}, {(code.none - code.least) * place})", "LEFT JOIN"
            parts.append(part)
            rows += (
                f" {how} (SELECT key, {number} AS code FROM {code.table}) AS {name} "  # noqa: S608
                f"ON {name}.key = {code.cell}"
            )
        sums.append(" + ".join(parts))
    named = ", ".join(f"{one} AS key{number}" for number, one in enumerate(sums))
    table: pa.Table = connection.sql(
        f"SELECT {named}, count(*) AS rows FROM {rows} GROUP BY ALL LIMIT {limit + 1}"  # noqa: S608
    ).to_arrow_table()
    made = {
        name: table[f"key{number}"].to_numpy().astype(np.int64) // place % values[name]
        + codes[name].least
        for number, key in enumerate(keys)
        for name, place in key.items()
    }
    return made, table["rows"].to_numpy()


def _categories(
    connection: duckdb.DuckDBPyConnection, table: str, codes: np.ndarray
) -> pd.Categorical:
    """Return the texts that numbers stand for; a number that is not in the table is no text."""
    found = connection.execute(f"SELECT code, text FROM {table} ORDER BY code").fetchall()  # noqa: S608
    texts = list(dict.fromkeys(["", *(text or "" for _, text in found)]))
    at = {text: place for place, text in enumerate(texts)}
    places = np.zeros(max((code for code, _ in found), default=0) + 1, dtype=np.int32)
    for code, text in found:
        places[code] = at[text or ""]
    return pd.Categorical.from_codes(places[codes], categories=pd.Index(texts, dtype="str"))


def _beyond(
    connection: duckdb.DuckDBPyConnection, date: str, *, key: str, rows: str, limit: int
) -> pa.Table:
    """Return the rows that no year counts, by the text of a day that is none."""
    # As text only where it is no day: of millions of days that takes longer than counting them.
    said = f"CASE WHEN days.year IS NULL THEN coalesce({date}::VARCHAR, '') ELSE '' END"
    return connection.sql(
        f"SELECT days.year AS year, {said} AS said, count(*) AS rows FROM {rows} "  # noqa: S608
        f"LEFT JOIN days ON days.key = {key} WHERE days.year IS NULL OR days.year <= 0 "
        f"GROUP BY ALL LIMIT {limit}"
    ).to_arrow_table()


def coded(
    connection: duckdb.DuckDBPyConnection,
    question: Question,
    file: Opened,
    *,
    key: str,
    rows: str,
    limit: int,
) -> pd.DataFrame:
    """Return the distinct combinations of a Parquet file, with the number of rows of each.

    Parameters
    ----------
    connection : DuckDBPyConnection
        Holds the tables ``days`` and ``ages0``, ``ages1``, ... that say what days and ages mean.
    question : Question
        What is told apart.
    file : Opened
        The file.
    key, rows : str
        The day as the table of days holds it, and the file, as SQL.
    limit : int
        Combinations at most; there may be one more, which says that there are too many.

    Returns
    -------
    DataFrame
        The columns of :func:`helpers.intake.tally_engine.grouped`.

    Raises
    ------
    AssertionError
        If rows of the file are in no group: a fault of the suite.
    """
    counted = "(SELECT key, year AS code FROM days WHERE year > 0)"
    codes = {"year": _code(connection, counted, key)}
    for number, column in enumerate(question.texts):
        cell, name = f"c{file.position(column)}", f"texts{number}"
        codes[name] = _text_code(connection, name, cell, rows)
    for number, (column, bands) in enumerate(question.bands.items()):
        cell, name = f"c{file.position(column)}", f"aged{number}"
        codes[name] = _age_code(connection, name, f"ages{number}", cell, rows, len(bands))
    inside, counts = _grouped(connection, codes, rows, limit)
    every = connection.execute(f"SELECT count(*) FROM {rows}").fetchall()[0][0]  # noqa: S608
    # Of a row that is not counted the other columns do not matter.
    left = 0 if len(counts) <= limit and counts.sum() == every else limit + 1
    beyond = _beyond(connection, f"c{file.position(question.date)}", key=key, rows=rows, limit=left)
    whole_file = len(counts) <= limit and beyond.num_rows <= limit
    if whole_file and counts.sum() + beyond["rows"].to_numpy().sum() != every:
        raise AssertionError("a row of the file has no code")  # a fault of the suite

    def whole(name: str, otherwise: int) -> np.ndarray:
        return np.concatenate([inside[name], np.full(beyond.num_rows, otherwise)])

    said = pd.Series([""] * len(counts) + beyond["said"].to_pylist(), dtype="category")
    years = np.concatenate([inside["year"], beyond["year"].to_pandas().to_numpy()])
    made: dict[str, object] = {"year": years, "said": said}
    for number, column in enumerate(question.texts):
        name = f"texts{number}"
        made[f"text:{column}"] = _categories(connection, name, whole(name, 0))
    for number, (column, bands) in enumerate(question.bands.items()):
        name, none = f"aged{number}", len(bands)
        aged = whole(name, none)
        made[f"band:{column}"] = np.where(aged < none, aged, np.nan)
        odds = f"(SELECT code - {none} AS code, text FROM {name} WHERE code > {none})"  # noqa: S608
        made[f"age:{column}"] = _categories(connection, odds, np.where(aged > none, aged - none, 0))
    made["rows"] = np.concatenate([counts, beyond["rows"].to_numpy()])
    return pd.DataFrame(made)
