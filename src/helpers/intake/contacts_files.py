"""A database for more rows than memory holds: its limit, its threads, and where it puts the rest.

What does not fit is written to a folder of its own, which is gone when the work is done or has
failed.

- :func:`memory`: a limit in words as bytes, checked.
- :func:`spilling`: a database that keeps a limit.
- :func:`within`: runs a query; too little memory or disk is said in words.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from helpers.errors import InputError
from helpers.intake.tally_files import THREADS, Opened, reading

if TYPE_CHECKING:
    import duckdb

Result = TypeVar("Result")

LEAST = 512_000_000
"""Bytes below which nothing is tried: Python and its libraries take a good part of them."""


SHARE = 0.7
"""Part of the limit that the database may hold; the rest is for Python and for the answer."""

UNITS = {"MB": 1000**2, "GB": 1000**3, "MIB": 1024**2, "GIB": 1024**3}


def memory(limit: str) -> int:
    """Return a limit of memory in bytes.

    Parameters
    ----------
    limit : str
        A number with its unit: MB, GB, MiB or GiB.

    Returns
    -------
    int
        Bytes that the whole process may take.

    Raises
    ------
    InputError
        If it is no such text, or less than 512 MB.

    Examples
    --------
    >>> memory("2GB"), memory("1.5 GiB")
    (2000000000, 1610612736)
    """
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?(MB|GB|MiB|GiB)", limit.strip(), re.IGNORECASE)
    size = int(float(found[1]) * UNITS[found[2].upper()]) if found else 0
    if size < LEAST:
        raise InputError.one(
            f"memory_limit {limit!r} is no amount of memory of 512MB or more",
            "memory_limit",
            "Write it as 2GB.",
        )
    return size


@contextmanager
def spilling(
    *, limit: int, threads: int | None = None, folder: Path | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a database that keeps a limit of memory and puts the rest into a folder of its own.

    Parameters
    ----------
    limit : int
        Bytes that the whole process may take.
    threads : int, optional
        Threads; each takes memory for buffers. Default: one a core, four at most.
    folder : Path, optional
        Where the temporary folder is made; default: where the system has its own.
    """
    import duckdb

    with tempfile.TemporaryDirectory(prefix="inquiry-", dir=folder) as spill:
        connection = duckdb.connect(
            ":memory:",
            config={
                "threads": str(threads or min(os.cpu_count() or 1, THREADS)),
                "memory_limit": f"{int(limit * SHARE) // 1000}KB",
                "temp_directory": spill,
                "preserve_insertion_order": "false",
                "autoinstall_known_extensions": "false",
                "autoload_known_extensions": "false",
                "allow_persistent_secrets": "false",
            },
        )
        try:
            # The number of rows of a CSV file is not known: the small tables are looked up in.
            connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
            yield connection
        finally:
            connection.close()


def within(file: Opened, run: Callable[[bool], Result], *, limit: str) -> Result:
    """Return what a query gives; too little memory or disk is said in words.

    Parameters
    ----------
    file : Opened
        The file that is read.
    run : callable
        Takes whether the database reads the file itself; may be called twice.
    limit : str
        The limit of memory, for the message.

    Returns
    -------
    object
        What ``run`` returns.

    Raises
    ------
    InputError
        If the file cannot be read, or memory or disk do not suffice.
    """
    import duckdb

    def guarded(plain: bool) -> Result:
        try:
            return run(plain)
        except (duckdb.OutOfMemoryException, duckdb.IOException) as error:
            said = str(error)
            if "No space left" in said or "max_temp_directory_size" in said:
                raise InputError.one(
                    "the disk has no room for what does not fit into memory",
                    file.path.name,
                    "Free some, or set TMPDIR to a folder on another disk.",
                ) from None
            if not isinstance(error, duckdb.OutOfMemoryException):
                raise
            raise InputError.one(
                f"the rows cannot be counted within {limit} of memory",
                file.path.name,
                "Raise memory_limit, or lower threads.",
            ) from None

    return reading(file, guarded)
