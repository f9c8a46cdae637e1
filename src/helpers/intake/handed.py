"""A case that was read once and is handed on, so that each notebook need not read it again.

What was read is written aside with the hashes of the files that it was read from. Whoever takes it
knows the SHA-256 of what was written, from the process that wrote it; one byte that is another, in
what was written or in a file of the case, and the files are read instead. A case that reads a
database is not handed on: nothing says that the database is as it was.

- :func:`write`: write a case that was read; by what it is found.
- :func:`taken`: what was written, where it is still what the files say.
- :func:`ingest`: what was handed to this process, else what the files say.
"""

from __future__ import annotations

import hashlib
import io
import os
import pickle  # noqa: S403 - only of bytes whose hash the process that wrote them has told
from pathlib import Path
from typing import Any

from helpers.case import files
from helpers.casefile import Case
from helpers.intake import Extract
from helpers.intake import ingest as read
from helpers.intake.reading import sha256

VARIABLE = "INQUIRY_HANDED"
"""Environment variable of a process to which a case was handed: SHA-256, a colon, the file."""

TRUSTED = ("helpers.", "numpy.", "pandas.", "pyarrow.", "datetime.", "pathlib.")
PLAIN = {"builtins.slice", "builtins.set", "builtins.frozenset", "collections.OrderedDict"}


def _key(case: Case) -> str:
    """Return one hash over every file that a case consists of, and over its place."""
    digest = hashlib.sha256(f"{case.id}\n{case.folder}\n".encode())
    for name in files(case):
        digest.update(f"{sha256(case.path(name))}  {name}\n".encode())
    return digest.hexdigest()


def _by_files_alone(case: Case) -> bool:
    return not any(source.database for source in case.sources)


def write(case: Case, extract: Extract, folder: Path) -> str:
    """Write a case that was read, and return by what it is found.

    Parameters
    ----------
    case : Case
        The case.
    extract : Extract
        What was read of it.
    folder : Path
        Of this run alone; only its owner can read the file.

    Returns
    -------
    str
        For :data:`VARIABLE` of whoever is to take it; empty for a case that is not handed on.
    """
    if not _by_files_alone(case):
        return ""
    content = pickle.dumps({"key": _key(case), "extract": extract}, protocol=5)
    path = folder / f"{case.id}.read"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    return f"{hashlib.sha256(content).hexdigest()}:{path}"


class _Reader(pickle.Unpickler):  # noqa: S301
    """Reads frames and what the house puts beside them, and calls nothing else."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class or function by name, if it is one of those that frames are made of."""
        if f"{module}.".startswith(TRUSTED) or f"{module}.{name}" in PLAIN:
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a case")


def taken(case: Case, said: str) -> Extract | None:
    """Return what was written, or None where it, or a file of the case, is not as it was.

    Parameters
    ----------
    case : Case
        The case as it is now.
    said : str
        As :func:`write` returns it.
    """
    digest, _, path = said.partition(":")
    try:
        content = Path(path).read_bytes()
    except OSError:
        return None
    if not _by_files_alone(case) or hashlib.sha256(content).hexdigest() != digest:
        return None
    try:
        held = _Reader(io.BytesIO(content)).load()
    except (pickle.UnpicklingError, AttributeError, ImportError, EOFError):
        return None
    return held["extract"] if held["key"] == _key(case) else None


def ingest(case: Case) -> Extract:
    """Return what was handed to this process, else what the files of the case say.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    Extract
        As :func:`helpers.intake.ingest` returns it, equal in every value and type.

    Raises
    ------
    InputError
        As :func:`helpers.intake.ingest` does.
    """
    said = os.environ.get(VARIABLE, "")
    found = taken(case, said) if said else None
    return read(case) if found is None else found
