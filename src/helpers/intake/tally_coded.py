"""Columns of a Parquet file as numbers: text is told apart once, and rows are grouped by numbers.

A Parquet file is stored by columns and read by columns, so that to look at one of them again costs
next to nothing; to group millions of rows by several texts costs more than all the rest.

- :func:`coded`: the combinations of a file with the rows of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    import duckdb

    from helpers.intake.tally_engine import Question
    from helpers.intake.tally_files import Opened

ODD = 1_000
"""Number of an age that is missing; those of bands lie below, of ages in no band above."""


def _coded_texts(connection: duckdb.DuckDBPyConnection, name: str, cell: str, rows: str) -> None:
    """Make the table of a column's different values: each with its text and a number."""
    connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT key, key::VARCHAR AS text, "  # noqa: S608
        f"(row_number() OVER ())::INTEGER AS code FROM (SELECT DISTINCT {cell} AS key FROM {rows})"
    )


def _coded_ages(
    connection: duckdb.DuckDBPyConnection, name: str, ages: str, cell: str, rows: str
) -> None:
    """Make the same of a column of ages: the number is that of the band where there is one."""
    connection.execute(
        f"CREATE TEMP TABLE {name} AS SELECT s.key, s.key::VARCHAR AS text, "  # noqa: S608
        f"coalesce({ages}.band, {ODD} + row_number() OVER ())::INTEGER AS code "
        f"FROM (SELECT DISTINCT {cell} AS key FROM {rows}) AS s "
        f"LEFT JOIN {ages} ON {ages}.key = s.key"
    )


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
    """
    chosen, joins = ["days.year AS year"], []
    for number, column in enumerate(question.texts):
        cell, name = f"c{file.position(column)}", f"texts{number}"
        _coded_texts(connection, name, cell, rows)
        chosen.append(f"coalesce({name}.code, 0) AS {name}")
        joins.append(f"LEFT JOIN {name} ON {name}.key = {cell}")
    for number, column in enumerate(question.bands):
        cell, name = f"c{file.position(column)}", f"aged{number}"
        _coded_ages(connection, name, f"ages{number}", cell, rows)
        chosen.append(f"coalesce({name}.code, {ODD}) AS {name}")
        joins.append(f"LEFT JOIN {name} ON {name}.key = {cell}")
    inside = connection.sql(
        f"SELECT {', '.join(chosen)}, count(*) AS rows FROM {rows} "  # noqa: S608
        f"JOIN days ON days.key = {key} AND days.year > 0 {' '.join(joins)} "
        f"GROUP BY ALL LIMIT {limit + 1}"
    ).to_arrow_table()
    # Of a row that is not counted the other columns do not matter; as text only where it is no
    # day: of millions of days that takes longer than counting them.
    date = f"c{file.position(question.date)}"
    said = f"CASE WHEN days.year IS NULL THEN coalesce({date}::VARCHAR, '') ELSE '' END"
    beyond = connection.sql(
        f"SELECT days.year AS year, {said} AS said, count(*) AS rows FROM {rows} "  # noqa: S608
        f"LEFT JOIN days ON days.key = {key} WHERE days.year IS NULL OR days.year <= 0 "
        f"GROUP BY ALL LIMIT {limit + 1}"
    ).to_arrow_table()

    def whole(name: str, otherwise: int) -> np.ndarray:
        codes = inside[name].to_numpy().astype(np.int64)
        return np.concatenate([codes, np.full(beyond.num_rows, otherwise)])

    texts = pd.Series([""] * inside.num_rows + beyond["said"].to_pylist(), dtype="category")
    made: dict[str, object] = {
        "year": pd.concat([inside["year"].to_pandas(), beyond["year"].to_pandas()]).to_numpy(),
        "said": texts,
    }
    for number, column in enumerate(question.texts):
        name = f"texts{number}"
        made[f"text:{column}"] = _categories(connection, name, whole(name, 0))
    for number, column in enumerate(question.bands):
        name = f"aged{number}"
        codes = whole(name, ODD)
        made[f"band:{column}"] = np.where(codes < ODD, codes, np.nan)
        odd = np.where(codes > ODD, codes - ODD, 0)
        odds = f"(SELECT code - {ODD} AS code, text FROM {name} WHERE code > {ODD})"  # noqa: S608
        made[f"age:{column}"] = _categories(connection, odds, odd)
    made["rows"] = np.concatenate([inside["rows"].to_numpy(), beyond["rows"].to_numpy()])
    return pd.DataFrame(made)
