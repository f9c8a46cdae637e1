"""A file with millions of rows as a database in memory reads it, and what it may say of it.

Nothing is written to disk and nothing is loaded from outside. Columns are named by position, so
that no header of a file ever becomes part of a query.

- :func:`opened`: a file and its headers, checked.
- :func:`database`: a database in memory; :func:`source`: a file as its queries name it.
- :func:`reading`: runs a query; what goes wrong is said without the row that it is about.
- :func:`refused`: what a reader said, in plain words.
- :func:`too_many`: the refusal of a column that holds something else than a characteristic.
- :func:`quoted`: a text as SQL writes it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from helpers.errors import InputError
from helpers.intake.reading import _encoding, _look_through, csv_head

if TYPE_CHECKING:
    import duckdb

Result = TypeVar("Result")

MEMORY = "384MB"
"""What the database may use; the groups and the buffers of a file of any size fit into less."""


THREADS = 4
"""Threads at most: each holds buffers of its own."""


BUFFER = 8 << 20
"""Bytes of a CSV file that are read at a time."""


BLOCK = 1 << 20
"""The same where Arrow reads it, which holds several in memory at a time."""


GROUPS = 500_000
"""Distinct combinations beyond which a column holds something else than a characteristic."""


@dataclass(frozen=True)
class Opened:
    """A file whose headers were read.

    Parameters
    ----------
    path : Path
        The file.
    headers : list of str
        Its columns, in order.
    encoding : str
        As Arrow names it; empty for a Parquet file.
    delimiter : str
        What stands between the cells of a CSV file.
    types : dict of str
        By position, of a Parquet file: ``day``, ``whole`` (a number) or ``other``.
    needed : tuple of str
        The columns that are looked at; of the others nothing is kept.
    """

    path: Path
    headers: list[str]
    encoding: str = ""
    delimiter: str = ","
    types: dict[int, str] = field(default_factory=dict)
    needed: tuple[str, ...] = ()

    def position(self, column: str) -> int:
        """Return the position of a column, which was checked to be there."""
        return self.headers.index(column)


def _check_headers(headers: list[str], needed: Sequence[str], name: str) -> None:
    lacking = [column for column in dict.fromkeys(needed) if column not in headers]
    if lacking:
        raise InputError.one(
            f"column {', '.join(lacking)} is not in the file",
            f"{name}, header",
            f"Correct the name in case.yml; the file has: {', '.join(headers[:40])}.",
        )
    twice = [column for column in dict.fromkeys(needed) if headers.count(column) > 1]
    if twice:
        raise InputError.one(
            f"column {', '.join(twice)} is there twice",
            f"{name}, header",
            "Ask for the extract again, each column with a name of its own.",
        )


def _parquet(path: Path, needed: Sequence[str]) -> Opened:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        schema = parquet.read_schema(path)
    except FileNotFoundError:
        raise InputError.one(
            "the file is not there", path.name, "Put it there, or correct case.yml."
        ) from None
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError.one(
            f"the file cannot be read as Parquet ({type(error).__name__})",
            path.name,
            "Ask for the extract again.",
        ) from None
    _check_headers(schema.names, needed, path.name)
    types = {}
    for position, kind in enumerate(schema.types):
        wanted = schema.names[position] in needed
        if wanted and (pa.types.is_nested(kind) or getattr(kind, "tz", None) is not None):
            raise InputError.one(
                f"column {schema.names[position]} holds {kind}",
                path.name,
                "Ask for it as text, or as a plain number or day (without a time zone).",
            )
        days = pa.types.is_date(kind) or pa.types.is_timestamp(kind)
        types[position] = "day" if days else "whole" if pa.types.is_integer(kind) else "other"
    return Opened(path, schema.names, types=types, needed=tuple(needed))


def opened(
    path: Path, needed: Sequence[str], *, encoding: str = "utf-8", delimiter: str = ","
) -> Opened:
    """Return a file whose headers hold what is needed; no row of it is read.

    Parameters
    ----------
    path : Path
        A CSV file, or a Parquet file by its ending.
    needed : sequence of str
        Columns that must be there, once.
    encoding, delimiter : str
        Of a CSV file: utf-8 (with or without a mark) or windows-1252, and what is between cells.

    Returns
    -------
    Opened
        The file and its columns.

    Raises
    ------
    InputError
        If it is not there, is empty, is in another encoding or lacks a column.
    """
    if path.suffix.lower() == ".parquet":
        return _parquet(path, needed)
    records, _ = csv_head(path, encoding=encoding, delimiter=delimiter, limit=1)
    headers = records[0] if records else []
    if not headers:
        raise InputError.one(
            "the first row is blank", path.name, "Ask for it again, the names of columns first."
        )
    known = _encoding(path.name, encoding)
    if known != "utf-8":
        _look_through(path, known)
    _check_headers(headers, needed, path.name)
    return Opened(path, headers, known, delimiter, needed=tuple(needed))


def quoted(value: str) -> str:
    """Return a text as SQL writes it."""
    return "'" + value.replace("'", "''") + "'"


def source(file: Opened, connection: duckdb.DuckDBPyConnection, plain: bool) -> str:
    """Return the file as SQL reads it, its columns named c0, c1, ... whatever their headers.

    Parameters
    ----------
    file : Opened
        The file.
    connection : DuckDBPyConnection
        The database that will read it.
    plain : bool
        Whether the database reads a CSV file itself, or Arrow hands it over.

    Returns
    -------
    str
        What stands after FROM.
    """
    names = [f"c{position}" for position in range(len(file.headers))]
    # A star in a path would be a pattern of many files.
    path = quoted("".join(f"[{one}]" if one in "[*?" else one for one in str(file.path)))
    if not file.encoding:
        return f"read_parquet({path}, hive_partitioning=false) AS t({', '.join(names)})"
    if plain:
        columns = ", ".join(f"'{name}': 'VARCHAR'" for name in names)
        return (
            f"read_csv({path}, auto_detect=false, header=true, delim={quoted(file.delimiter)}, "
            f"quote='\"', escape='\"', encoding='utf-8', buffer_size={BUFFER}, "
            f"columns={{{columns}}})"
        )
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    stream = arrow_csv.open_csv(
        file.path,
        read_options=arrow_csv.ReadOptions(
            column_names=names, skip_rows_after_names=1, encoding=file.encoding, block_size=BLOCK
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=file.delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            include_columns=[names[file.position(one)] for one in dict.fromkeys(file.needed)],
            strings_can_be_null=False,
        ),
    )
    connection.register("stream", stream)
    return "stream"


@contextmanager
def database(*, ordered: bool, threads: int = THREADS) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database in memory that writes no file and loads no extension.

    Parameters
    ----------
    ordered : bool
        Whether the rows of a file keep their order, which takes longer.
    threads : int
        Threads at most.
    """
    import duckdb

    connection = duckdb.connect(
        ":memory:",
        config={
            "threads": str(min(os.cpu_count() or 1, threads)),
            "memory_limit": MEMORY,
            "temp_directory": "",
            "preserve_insertion_order": "true" if ordered else "false",
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
            "allow_persistent_secrets": "false",
        },
    )
    try:
        # The number of rows of a CSV file is not known: the small tables are always looked up in.
        connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
        yield connection
    finally:
        connection.close()


def refused(error: Exception, file: Opened) -> InputError:
    """Return what a reader said in plain words, without the row that it quotes."""
    said, name = str(error), file.path.name
    line = re.search(r"(?:CSV Error on Line: |Row #)(\d+)", said)
    where = f"{name}, line {line[1]}" if line else name
    cells = re.search(
        r"Expected (?:Number of Columns: )?(\d+)(?: Found:| columns, got) (\d+)", said
    )
    again = "Ask for the extract again."
    if type(error).__name__ == "OutOfMemoryException":
        return too_many(file)
    if cells:
        return InputError.one(
            f"a row has {cells[2]} cells and the header has {cells[1]}",
            where,
            "Correct the row; a comma inside a value needs quotes.",
        )
    if isinstance(error, UnicodeError) or "Invalid unicode" in said or "invalid UTF8" in said:
        return InputError.one(
            f"the file is not in the declared encoding {file.encoding}",
            where,
            "Declare its encoding in case.yml (utf-8, utf-8-sig or windows-1252).",
        )
    if "unterminated quote" in said:
        return InputError.one("a quote is opened and never closed", where, again)
    kind = "CSV" if file.encoding else "Parquet"
    return InputError.one(f"the file cannot be read as {kind}", where, again)


def too_many(file: Opened) -> InputError:
    """Return the refusal of columns with too many combinations of values."""
    return InputError.one(
        f"the columns hold more than {GROUPS:,} different combinations of values",
        file.path.name,
        "Leave out the column that identifies people or holds free text, or cut ages into bands.",
    )


def reading(file: Opened, run: Callable[[bool], Result]) -> Result:
    """Return what a query gives; a file whose lines end in two ways is read by the other reader."""
    import duckdb
    import pyarrow as pa

    plain = file.encoding != "windows-1252"
    try:
        try:
            return run(plain)
        except duckdb.InvalidInputException as error:
            if not plain or not file.encoding or "invalid state" not in str(error):
                raise
            return run(False)
    except (duckdb.Error, pa.ArrowException, UnicodeError, OSError) as error:
        raise refused(error, file) from None
