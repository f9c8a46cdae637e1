"""Raw extracts to canonical tables: read, clean, map, validate; nothing is fixed in silence.

- :func:`ingest`: every source of a case as canonical tables, with a log of each flag.
- :class:`Extract`: the tables, the log and the row accounts.
- :mod:`helpers.intake.reading`: files as text, with their hashes.
- :mod:`helpers.intake.cleaning`: dates, counts, maps, each with its flags.
- :mod:`helpers.intake.annual`: annual counts by area; :mod:`helpers.intake.records`: registers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.case import files
from helpers.casefile import Case
from helpers.errors import InputError, Problem
from helpers.intake import annual, records
from helpers.intake.flags import Log
from helpers.intake.reading import read_csv, sha256
from helpers.tables import TABLES, validate


@dataclass(frozen=True)
class Extract:
    """What intake makes of a case.

    Parameters
    ----------
    tables : dict of DataFrame
        Canonical tables by name.
    flags : DataFrame
        One row a flag: code, source, row, column, value, action, reason.
    accounts : DataFrame
        One row a source: rows read, used, quarantined.
    inputs : DataFrame
        One row a file of the case: name, SHA-256, bytes.
    measures : DataFrame
        The measures of the case: id, label, years collected, composition.
    """

    tables: dict[str, pd.DataFrame]
    flags: pd.DataFrame
    accounts: pd.DataFrame
    inputs: pd.DataFrame
    measures: pd.DataFrame


def _published(case: Case) -> pd.DataFrame:
    names = TABLES["published"].names
    if case.published is None:
        return pd.DataFrame(columns=names)
    raw = read_csv(case.path(case.published), encoding="utf-8", needed=names)
    frame = raw[names].mask(raw[names].eq(""))
    for column in TABLES["published"].columns:
        try:
            if column.kind == "date":
                frame[column.name] = pd.to_datetime(frame[column.name], format="%Y-%m-%d")
            elif column.kind == "number":
                frame[column.name] = pd.to_numeric(frame[column.name])
                if np.isinf(frame[column.name]).any():
                    raise ValueError("a number without end")
        except ValueError as error:
            raise InputError.one(
                f"{column.name} holds a value that is not a {column.kind} ({error})",
                case.published,
                "Write dates as YYYY-MM-DD and numbers without thousands separators.",
            ) from None
    repeated = frame["figure_id"][frame["figure_id"].duplicated()].tolist()
    if repeated:
        raise InputError.one(
            f"figure_id {repeated[0]!r} is used twice", case.published, "Give each row its own id."
        )
    return frame


def ingest(case: Case) -> Extract:
    """Return the canonical tables of a case with the log of every flag.

    Parameters
    ----------
    case : Case
        The case; its raw files are opened for reading only.

    Returns
    -------
    Extract
        Tables over the whole of each source, whatever the period of a run.

    Raises
    ------
    InputError
        With every problem found over all sources: missing file or column, wrong encoding, empty
        file, a letter in a number column, an impossible date, an unmapped value.

    Examples
    --------
    >>> from helpers.case import load
    >>> extract = ingest(load("coroners"))
    >>> extract.accounts[["source_id", "rows_read", "rows_used"]].tail(1)
           source_id  rows_read  rows_used
    2  pfd_medicines        762        762
    """
    log = Log()
    problems: list[Problem] = []
    parts: dict[str, list[pd.DataFrame]] = {}
    accounts, measures = [], []
    for source in case.sources:
        read = annual.read if source.layout == "annual_counts" else records.read
        try:
            made = read(case, source, log)
        except InputError as error:
            problems += error.problems
            continue
        for name, frame in made.tables.items():
            problems += validate(frame, name, where=source.file)
            parts.setdefault(name, []).append(frame)
        accounts.append(
            {
                "source_id": source.id,
                "file": source.file,
                "rows_read": made.rows_read,
                "rows_used": made.rows_used,
                "rows_quarantined": made.rows_read - made.rows_used,
            }
        )
        if made.measures is not None:
            measures.append(made.measures)
    try:
        published = _published(case)
        problems += validate(published, "published", where=case.published or "")
    except InputError as error:
        problems += error.problems
    known = {name for frame in measures for name in frame["measure"]}
    problems += [
        Problem(
            f"indicator {item.id} is made of {name!r}, which is not a measure",
            "case.yml",
            f"Use one of: {', '.join(sorted(known)) or 'none'}.",
        )
        for item in case.indicators
        for name in (item.numerator, item.denominator)
        if measures and name not in known
    ]
    if problems:
        raise InputError(problems)
    tables = {
        name: pd.concat(parts[name], ignore_index=True)
        if name in parts
        else pd.DataFrame(columns=table.names)
        for name, table in TABLES.items()
    }
    tables["published"] = published
    inputs = pd.DataFrame(
        {
            "file": name,
            "sha256": sha256(case.path(name)),
            "bytes": case.path(name).stat().st_size,
        }
        for name in files(case)
    )
    return Extract(
        tables=tables,
        flags=log.frame(),
        accounts=pd.DataFrame(accounts),
        inputs=inputs,
        measures=pd.concat(measures, ignore_index=True)
        if measures
        else pd.DataFrame(columns=annual.MEASURE_COLUMNS),
    )
