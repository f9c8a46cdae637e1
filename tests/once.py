"""Cases read once a process: most tests ask what becomes of a case, not how its files are read.

A case is read again where one byte of any of its files is another. Tests of intake itself read
every time: see ``tests/helpers/intake/conftest.py``.
"""

from dataclasses import fields, replace

import pandas as pd

from helpers import run
from helpers.case import files
from helpers.casefile import Case
from helpers.intake import Extract
from helpers.intake.reading import sha256

_read = run.ingest
_READ: dict[tuple[str, ...], Extract] = {}


def _copied(extract: Extract) -> Extract:
    """Return an extract whose frames a test may change without changing those of the next."""
    held = {one.name: getattr(extract, one.name) for one in fields(Extract)}
    frames = {
        name: value.copy(deep=False)
        for name, value in held.items()
        if isinstance(value, pd.DataFrame)
    }
    tables = {name: frame.copy(deep=False) for name, frame in extract.tables.items()}
    return replace(extract, tables=tables, **frames)


def ingest(case: Case) -> Extract:
    """Read a case as :func:`helpers.intake.ingest` does, but files that were read only once."""
    if any(source.database for source in case.sources):
        return _read(case)
    key = tuple(f"{name} {sha256(case.path(name))}" for name in files(case))
    if key not in _READ:
        _READ[key] = _read(case)
    return _copied(_READ[key])
