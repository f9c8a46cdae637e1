"""Which rules a run used: the files of this folder with their hashes, and the calendar.

- :func:`rules_files`: every CSV file of the rules with its SHA-256.
- :func:`versions`: what a manifest says of the rules and the calendar.
"""

from __future__ import annotations

import hashlib
from importlib import resources

import pandas as pd

from helpers.rules.working_days import calendar


def rules_files() -> pd.DataFrame:
    """Return the CSV files of the rules, by name.

    Returns
    -------
    DataFrame
        Columns name, sha256 and bytes, one row a file.

    Examples
    --------
    >>> {"bank_holidays.csv", "time_limits.csv"} <= set(rules_files()["name"])
    True
    """
    folder = resources.files(__package__)
    files = sorted(
        (item for item in folder.iterdir() if item.name.endswith(".csv")),
        key=lambda item: item.name,
    )
    rows = [
        (file.name, hashlib.sha256(data).hexdigest(), len(data))
        for file in files
        for data in [file.read_bytes()]
    ]
    return pd.DataFrame(rows, columns=["name", "sha256", "bytes"])


def versions() -> dict[str, str]:
    """Return the calendar with its first and last day, and one hash over all rules.

    Returns
    -------
    dict
        calendar, valid_from, valid_to (days written YYYY-MM-DD) and rules_sha256: the hash of
        the lines "hash, two spaces, name" of :func:`rules_files`, as ``sha256sum`` writes them.

    Examples
    --------
    >>> versions()["calendar"]
    'England and Wales'
    """
    files = rules_files()
    lines = "".join(f"{row.sha256}  {row.name}\n" for row in files.itertuples(index=False))
    return {**calendar(), "rules_sha256": hashlib.sha256(lines.encode()).hexdigest()}
