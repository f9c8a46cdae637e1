"""A table or query of a database as text, read and never written.

- :func:`read_database`: the rows as one sheet.
- :func:`fingerprint`: the SHA-256 of the rows, since there is no file to take it of.
- :func:`query_problems`: why a query is not taken.

The connection string comes from the environment variable that ``case.yml`` names. It is shown
nowhere: a message says the name of the variable and, of what the driver said, nothing that holds a
part of it. The transaction is opened for reading where the database can do that, and always
rolled back. A login that may only read is still the best protection.
"""

from __future__ import annotations

import hashlib
import io
import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from helpers.errors import InputError, Problem
from helpers.intake.cells import text_column
from helpers.intake.headers import squeezed
from helpers.intake.sheets import Sheet, settled
from helpers.sourcefile import Database, Source

if TYPE_CHECKING:
    import sqlalchemy as sa

AT_ONCE = 50_000
"""Rows fetched at a time."""

COMMENT_OR_QUOTED = re.compile(
    r"(--[^\n]*|/\*.*?\*/)|\$(\w*)\$.*?\$\2\$|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|\[[^\]]*\]",
    re.S,
)
WRITES = re.compile(
    r"\b(insert|update|delete|merge|into|create|drop|alter|truncate|grant|revoke|exec|execute)\b",
    re.I,
)
READ_ONLY = {
    "postgresql": "SET TRANSACTION READ ONLY",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
    "oracle": "SET TRANSACTION READ ONLY",
    "sqlite": "PRAGMA query_only = ON",
}
BIND = re.compile(r"(?<![:\w\\]):(\w+)(?!:)")


def query_problems(query: str, where: str) -> list[Problem]:
    """Return why a query is not taken: it must be one SELECT that orders its rows.

    Parameters
    ----------
    query : str
        SQL.
    where : str
        The source, for messages.

    Returns
    -------
    list of Problem
        Empty if it is taken.

    Examples
    --------
    >>> query_problems("select ref from deaths order by ref", "pas")
    []
    >>> [problem.what for problem in query_problems("delete from deaths", "pas")]
    ['the query is not one SELECT (or WITH ... SELECT)', 'the query says DELETE',
     'the query does not say in which order its rows come']
    """
    bare = COMMENT_OR_QUOTED.sub(lambda found: " " if found[1] else " x ", query)
    found = []
    if not re.match(r"\s*(select|with)\b", bare, re.I) or ";" in bare.rstrip().rstrip(";"):
        found.append("the query is not one SELECT (or WITH ... SELECT)")
    found += [
        f"the query says {word}"
        for word in dict.fromkeys(word.upper() for word in WRITES.findall(bare))
    ]
    if "/*!" in query or "\\'" in query:
        found.append("the query holds a comment or quote that databases read differently")
    outer = bare
    while (inner := re.sub(r"\([^()]*\)", " ", outer)) != outer:
        outer = inner
    if not re.search(r"\border\s+by\b", outer, re.I):
        found.append("the query does not say in which order its rows come")
    mend = "Write one SELECT that ends with ORDER BY a unique column; it may not change anything."
    return [Problem(what, where, mend) for what in found]


class _Hashed(io.RawIOBase):
    """A file of which nothing is kept but the hash."""

    def __init__(self) -> None:
        self.hash = hashlib.sha256()

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:
        self.hash.update(data)
        return len(data)


def fingerprint(frame: pd.DataFrame) -> str:
    r"""Return the SHA-256 of a text frame, written as CSV with every cell in quotes.

    Parameters
    ----------
    frame : DataFrame
        Of a sheet.

    Returns
    -------
    str
        Sixty-four hexadecimal digits; the same rows in the same order give the same.

    Examples
    --------
    >>> frame = pd.DataFrame({"source_row": [1], "Ref": ["a"]})
    >>> by_hand = '"source_row","Ref"\n"1","a"\n'
    >>> fingerprint(frame) == hashlib.sha256(by_hand.encode()).hexdigest()
    True
    """
    from pyarrow import csv

    sink = _Hashed()
    table = pa.Table.from_pandas(frame.astype("str"), preserve_index=False)
    with pa.PythonFile(sink, mode="w") as file:
        csv.write_csv(table, file, csv.WriteOptions(quoting_style="all_valid"))
    return sink.hash.hexdigest()


def _url(rule: Database, where: str) -> sa.URL:
    """Return the connection of the environment; SQLite for reading only."""
    import sqlalchemy as sa

    text = os.environ.get(rule.connection, "")
    if not text:
        raise InputError.one(
            f"environment variable {rule.connection} is not set",
            where,
            "Set it to the connection string, such as postgresql+pg8000://...",
        )
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise InputError.one(
            f"environment variable {rule.connection} holds no connection string",
            where,
            "Set it to one, such as postgresql+pg8000://...",
        ) from None
    file = url.database
    if url.get_backend_name() != "sqlite" or not file or file == ":memory:":
        return url
    if not file.startswith("file:"):
        if not Path(file).is_file():
            raise InputError.one(
                f"the database file that {rule.connection} names is not there",
                where,
                "Correct the connection string.",
            )
        file = Path(file).resolve().as_uri()
    return url.set(database=file, query={**url.query, "mode": "ro", "uri": "true"})


def _said(error: BaseException, secrets: list[str]) -> str:
    """Return what a driver said of the statement; nothing that may hold a secret or a record.

    Of PostgreSQL, what is wrong with the statement (42) or forbidden in it (25): other messages
    may quote a cell. Of SQLite, whose messages quote none, all. Of others, nothing.
    """
    found = getattr(error, "orig", None)
    told = found.args[0] if found is not None and found.args else ""
    if isinstance(told, dict):
        text = str(told.get("M", "")) if str(told.get("C", ""))[:2] in {"42", "25"} else ""
    else:
        text = str(told) if type(found).__module__.startswith("sqlite3") else ""
    text = " ".join(text.split())[:200]
    return "" if not text or any(part in text for part in secrets) else f" ({text})"


@contextmanager
def _reading(url: sa.URL, variable: str, where: str) -> Iterator[sa.Connection]:
    """Give a connection whose transaction can only read, and is rolled back at the end."""
    import sqlalchemy as sa

    given = [url.password, url.host, *map(str, url.query.values())]
    secrets = [str(part) for part in given if part and str(part) not in {"ro", "true"}]
    log = logging.getLogger("sqlalchemy.pool.impl.NullPool")
    logs = log.disabled
    try:
        engine = sa.create_engine(url, hide_parameters=True, poolclass=sa.pool.NullPool)
        connection = engine.connect()
    except Exception as error:  # whatever the driver raises: a message of its own may hold secrets
        if isinstance(error, ImportError):
            raise InputError.one(
                f"the driver {url.drivername.partition('+')[2] or url.drivername} is not installed",
                where,
                "Install the driver that the connection string names.",
            ) from None
        raise InputError.one(
            f"the database cannot be reached ({type(error).__name__})",
            where,
            f"Check the connection string in {variable}, and that the database is running.",
        ) from None
    try:
        log.disabled = True  # it would write the driver's own traceback where a cursor fails
        with connection:
            statement = READ_ONLY.get(url.get_backend_name())
            if statement:
                connection.exec_driver_sql(statement)
            yield connection
            connection.rollback()
    except sa.exc.SQLAlchemyError as error:
        raise InputError.one(
            f"the database did not give the rows{_said(error, secrets)}",
            where,
            "Correct the table or query in case.yml, or ask for the right to read it.",
        ) from None
    finally:
        log.disabled = logs
        engine.dispose()


def _statement(connection: sa.Connection, rule: Database, where: str) -> sa.Executable:
    """Return what to ask: the query as it is, or all of a table in the order of its key."""
    import sqlalchemy as sa

    if rule.query is not None:
        return sa.text(BIND.sub(r"\\:\1", rule.query.strip().rstrip(";")))
    schema, _, name = (rule.table or "").rpartition(".")
    look = sa.inspect(connection)
    if not (look.has_table(name, schema=schema or None)):
        raise InputError.one(
            f"there is no table {rule.table!r}", where, "Correct its name in case.yml."
        )
    key = look.get_pk_constraint(name, schema=schema or None)["constrained_columns"]
    if not key:
        raise InputError.one(
            f"table {rule.table!r} has no primary key, so its rows have no order of their own",
            where,
            "Give a query with ORDER BY a unique column.",
        )
    # Columns without their types: the cells come as the driver gives them, nothing converted.
    columns = [sa.column(item["name"]) for item in look.get_columns(name, schema=schema or None)]
    table = sa.table(name, *columns, schema=schema or None)
    return sa.select(*columns).select_from(table).order_by(*(table.c[part] for part in key))


def read_database(source: Source) -> Sheet:
    """Return the rows of a table or query as one sheet of text.

    Parameters
    ----------
    source : Source
        An extract with ``database``.

    Returns
    -------
    Sheet
        Without a name. The row is the place in the order of the query, or of the primary key of
        the table, the first being 1.

    Raises
    ------
    InputError
        If SQLAlchemy or the driver is not installed, the variable is not set, the database cannot
        be reached or refuses, the query could change something, or the rows have no order.
    """
    rule = source.database
    where = f"database source {source.id}"
    if rule is None:
        raise InputError.one("the source names no database", where, "Name one in case.yml.")
    problems = query_problems(rule.query, where) if rule.query is not None else []
    if problems:
        raise InputError(problems)
    try:
        import sqlalchemy  # noqa: F401
    except ImportError:
        raise InputError.one(
            "reading a database needs SQLAlchemy, which is not installed",
            where,
            "Install the suite with its extra 'database'.",
        ) from None
    url = _url(rule, where)
    with warnings.catch_warnings(), _reading(url, rule.connection, where) as connection:
        warnings.simplefilter("ignore")  # kinds of columns that SQLAlchemy does not know
        result = connection.execution_options(stream_results=True, max_row_buffer=AT_ONCE).execute(
            _statement(connection, rule, where)
        )
        headers = [squeezed(str(header)) for header in list(result.keys())]
        names = [str(number) for number in range(len(headers))]
        parts = [
            pa.table([text_column(column) for column in zip(*rows, strict=True)], names=names)
            for rows in result.partitions(AT_ONCE)
        ]
    empty = pa.table({name: text_column([]) for name in names})
    body = pa.concat_tables([empty, *parts])
    numbers = np.arange(1, body.num_rows + 1)
    return settled(body, headers, numbers, where=where, facts={"truncated": ""})
