"""Raw extracts to canonical tables: read, clean, map, validate; nothing is fixed in silence.

- :func:`ingest`: every source of a case as canonical tables, with a log of each flag.
- :class:`Extract`: the tables, the log and the row accounts.
- :mod:`helpers.intake.reading`: files as text, with their hashes.
- :mod:`helpers.intake.cleaning`: dates, counts, maps, each with its flags.
- :mod:`helpers.intake.annual`: annual counts by area; :mod:`helpers.intake.records`: registers.
- :mod:`helpers.intake.tally`: millions of deaths, counted by stratum;
  :mod:`helpers.intake.contacts`: contacts and referrals, as people and person-time.
- :mod:`helpers.intake.extracts`: a trust's extracts; :mod:`helpers.intake.trust`: all of them
  together, linked.
- :mod:`helpers.intake.handed`: a case that was read once, handed on to each notebook.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from helpers.case import files
from helpers.casefile import Case
from helpers.chain import FATES, STATES, STEPS
from helpers.errors import InputError, Problem
from helpers.intake import annual, contacts, records, tally
from helpers.intake.flags import Log
from helpers.intake.reading import read_csv, sha256
from helpers.rules.definitions import crosswalk
from helpers.rules.time_limits import time_limits
from helpers.tables import TABLES, validate

if TYPE_CHECKING:
    from helpers.intake.trust import Built


TALLIED = ["source_id", "fate", "reason", "year", "rows"]
"""Columns of what became of the rows of a tally."""

READERS = {
    "annual_counts": annual.read,
    "records": records.read,
    "tally": tally.read,
    "contacts": contacts.read,
}
"""What reads each layout; extracts are read together."""


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
    built : Built, optional
        For a trust's extracts: what became of each row, what was in each sheet, the linkage.
    tallied : DataFrame
        For tallies: rows by source_id, fate, reason and year (of those that were counted).
    """

    tables: dict[str, pd.DataFrame]
    flags: pd.DataFrame
    accounts: pd.DataFrame
    inputs: pd.DataFrame
    measures: pd.DataFrame
    built: Built | None = None
    tallied: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=TALLIED))


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


def _trust(case: Case, log: Log, problems: list[Problem], without: Collection[str]) -> Built | None:
    """Read every extract of a trust and build its tables; None where the case has none."""
    sources = [source for source in case.sources if source.layout == "extract"]
    if not sources:
        return None
    from helpers.intake import extracts, trust

    cleaned = []
    for source in sources:
        try:
            cleaned.append(extracts.read(case, source, log, without=without))
        except InputError as error:
            problems += error.problems
    if problems:
        return None
    try:
        return trust.build(case, cleaned, log)
    except InputError as error:
        problems += error.problems
        return None


def _accounts(case: Case, built: Built) -> list[dict[str, object]]:
    """Count the rows of each extract: read = used + quarantined + out of scope."""
    read = built.sheets.groupby("source_id")["rows_read"].sum()
    fates = built.rows.pivot_table(
        index="source_id", columns="fate", values="rows", aggfunc="sum", fill_value=0
    ).reindex(columns=["used", "quarantined", "out of scope"], fill_value=0)
    uneven = read.reindex(fates.index).ne(fates.sum(axis=1))
    if uneven.any():  # a fault of the suite, never of the data
        raise AssertionError(f"rows of {', '.join(fates.index[uneven])} are not accounted for")
    return [
        {
            "source_id": source.id,
            "file": source.file or source.id,
            "rows_read": int(read[source.id]),
            "rows_used": int(read[source.id] - fates.loc[source.id, "quarantined"]),
            "rows_quarantined": int(fates.loc[source.id, "quarantined"]),
        }
        for source in case.sources
        if source.id in fates.index
    ]


def _steps(case: Case) -> pd.DataFrame:
    """Return the steps of the chain as the measures of a case of deaths."""
    days = case.held or case.period
    first = days.start.year - (days.start.month < case.year_start_month)
    last = days.end.year - (days.end.month < case.year_start_month)
    return pd.DataFrame(
        {
            "measure": name,
            "label": label,
            "columns": "",
            "first_year": first,
            "last_year": last,
            "composition": whole,
            "note": "",
        }
        for whole, names in (("", STEPS), ("deaths", FATES), ("investigated", STATES))
        for name, label in names.items()
    )


def _joined(parts: list[pd.DataFrame]) -> pd.DataFrame:
    return parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True)


def _limits(case: Case) -> list[Problem]:
    """Return the names under ``limits`` that the table of time limits does not have."""
    rule = case.limits
    table = time_limits(case.path(rule.file) if rule.file else None)
    asked = (
        ("headline", rule.headline, table["family"]),
        ("local_to", rule.local_to, table["local_to"]),
    )
    return [
        Problem(
            f"limits: {what} is {name!r}, which no rule has",
            "case.yml",
            f"Use one of: {', '.join(sorted(set(known) - {''}))}.",
        )
        for what, name, known in asked
        if name and name not in set(known)
    ]


# Text as Python's own strings: an extract is many short columns, and each call on one costs Arrow
# more. At 60,000 deaths both take as long.
@pd.option_context("mode.string_storage", "python")
def ingest(case: Case, *, without: Collection[str] = frozenset()) -> Extract:
    """Return the canonical tables of a case with the log of every flag.

    Parameters
    ----------
    case : Case
        The case; its raw files are opened for reading only.
    without : collection of str
        Rows of extracts that are passed over, by their ids
        (:func:`helpers.intake.extracts.row_ids`): for a question such as what a figure would be
        without the records that came late.

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
    accounts, measures, tallied = [], [], []
    built = _trust(case, log, problems, without)
    for source in case.sources:
        if source.layout == "extract":
            continue
        try:
            made = READERS[source.layout](case, source, log)
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
        if made.fates is not None:
            tallied.append(made.fates[TALLIED])
    try:
        published = _published(case)
        problems += validate(published, "published", where=case.published or "")
    except InputError as error:
        problems += error.problems
    if built is not None:
        for name, frame in built.tables.items():
            problems += validate(frame, name, where=name)
            parts.setdefault(name, []).append(frame)
        accounts += _accounts(case, built)
        measures.append(_steps(case))
    try:
        if case.crosswalk is not None:
            crosswalk(case.path(case.crosswalk))
        if case.limits is not None:
            problems += _limits(case)
    except InputError as error:
        problems += error.problems
    known = {name for frame in measures for name in frame["measure"]}
    asked = [
        (f"indicator {item.id} is made of", name)
        for item in case.indicators
        for name in (item.numerator, item.denominator)
    ]
    if case.alternatives is not None:
        named = (*case.alternatives.counted, *case.alternatives.out_of)
        asked += [("alternatives name", name) for name in dict.fromkeys(named)]
    problems += [
        Problem(
            f"{what} {name!r}, which is not a measure",
            "case.yml",
            f"Use one of: {', '.join(sorted(known)) or 'none'}.",
        )
        for what, name in asked
        if measures and name not in known
    ]
    if problems:
        raise InputError(problems)
    tables = {
        name: _joined(parts[name]) if name in parts else pd.DataFrame(columns=table.names)
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
    if built is not None:
        inputs = pd.concat([inputs, built.databases], ignore_index=True)
    return Extract(
        tables=tables,
        flags=log.frame(),
        accounts=pd.DataFrame(accounts),
        inputs=inputs,
        measures=pd.concat(measures, ignore_index=True)
        if measures
        else pd.DataFrame(columns=annual.MEASURE_COLUMNS),
        built=built,
        tallied=_joined(tallied) if tallied else pd.DataFrame(columns=TALLIED),
    )
