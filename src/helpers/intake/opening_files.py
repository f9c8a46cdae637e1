"""The one door to raw extracts: a source of a case as sheets of text, whatever file it is.

- :func:`read_source`: all sheets of a source, checked against what ``case.yml`` declares.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from helpers.casefile import Case
from helpers.errors import InputError, Problem
from helpers.intake.headers import HEAD, find_headers, header_problems
from helpers.intake.reading import csv_body, csv_head
from helpers.intake.sheets import Sheet, is_total, located, settled
from helpers.sourcefile import Source

DELIMITERS = (",", ";", "\t", "|")


def _csv(path: Path, source: Source) -> list[Sheet]:
    """Return a CSV file as one sheet; the comma is tried first."""
    refusals = []
    for delimiter in DELIMITERS:
        head, ends = csv_head(path, encoding=source.encoding, delimiter=delimiter, limit=HEAD + 10)
        try:
            at, names = find_headers(head[: HEAD + 2], source, where=path.name)
        except InputError as error:
            refusals.append(error)
            continue
        return [_csv_sheet(path, source, delimiter, head, ends, at, names)]
    raise refusals[0]


def _csv_sheet(
    path: Path,
    source: Source,
    delimiter: str,
    head: list[list[str]],
    ends: list[int],
    at: int,
    names: list[str],
) -> Sheet:
    names = names[: max((n + 1 for n, name in enumerate(names) if name), default=0)]
    width = len(head[at])
    first = next((record for record in head[at + 1 :] if record), [])
    if len(first) >= len(names) and not any(cell.strip() for cell in first[width:]):
        width = len(first)  # the headers, or the records, end with cells that hold nothing
    body = csv_body(
        path, encoding=source.encoding, delimiter=delimiter, start=ends[at], width=width
    )
    numbers = np.arange(1, body.records + 1)
    totals, ragged, blank = [], [], 0
    for number, cells in body.uneven.items():
        if not any(cell.strip() for cell in cells):
            blank += 1
        elif len(cells) < width and is_total(cells, width):
            totals.append(number + at + 1)
        else:
            ragged.append((number + at + 1, len(cells)))
    if ragged:
        shown = ", ".join(f"{row} ({cells} cells)" for row, cells in ragged[:5])
        more = f" and {len(ragged) - 5:,} more" if len(ragged) > 5 else ""
        raise InputError.one(
            f"{len(ragged):,} rows have not the {width} cells of the others: row {shown}{more}",
            path.name,
            "Ask for it again with every value that holds a separator or a quote in quotes.",
        )
    if body.uneven:
        numbers = np.delete(numbers, np.array(list(body.uneven)) - 1)
    sheet = settled(
        body.table,
        names,
        numbers + at + 1,
        where=path.name,
        facts={"header_row": at + 1},
        totals=totals,
    )
    sheet.facts["blank_rows"] += blank
    return sheet


def _sheet_problems(path: Path, source: Source, names: list[str]) -> list[Problem]:
    """Return every sheet that is neither read nor ignored, and every one ignored in vain."""
    ignored = source.sheets.ignore
    found = [
        Problem(
            f"sheet {name!r} is neither read nor ignored",
            path.name,
            "Add it to sheets.read, or to sheets.ignore with the reason, in case.yml.",
        )
        for name in names
        if name not in ignored and not _read(source, name)
    ]
    if not any(name not in ignored and _read(source, name) for name in names):
        found.append(Problem("no sheet is read", path.name, "Correct sheets.read in case.yml."))
    return found


def _read(source: Source, name: str) -> bool:
    return name not in source.sheets.ignore and any(
        re.fullmatch(pattern, name) for pattern in source.sheets.read
    )


def _workbook(path: Path, source: Source) -> list[Sheet]:
    from helpers.intake.workbook import read_workbook

    names: list[str] = []

    def wanted(name: str) -> bool:
        names.append(name)
        return _read(source, name)

    found = read_workbook(path, wanted=wanted)
    problems = _sheet_problems(path, source, names)
    sheets = []
    for raw in found:
        try:
            sheets.append(
                located(
                    raw.grid,
                    source,
                    where=f"{path.name}, sheet {raw.name}",
                    name=raw.name,
                    facts=raw.facts,
                    merged=raw.merged,
                    hidden=raw.hidden,
                )
            )
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError([*problems, *header_problems(sheets, source)])
    return sheets


def _parquet(path: Path, source: Source) -> list[Sheet]:
    from helpers.intake.parquet import read_parquet

    return [read_parquet(path)]


READERS = {
    ".csv": _csv,
    ".tsv": _csv,
    ".txt": _csv,
    ".xlsx": _workbook,
    ".xlsm": _workbook,
    ".xls": _workbook,
    ".parquet": _parquet,
}


def read_source(case: Case, source: Source) -> list[Sheet]:
    """Return all sheets of a source, checked against what ``case.yml`` declares.

    Parameters
    ----------
    case : Case
        The case; its files are opened for reading only.
    source : Source
        One of its extracts.

    Returns
    -------
    list of Sheet
        In the order of the workbook; one, without a name, for any other file or a database.

    Raises
    ------
    InputError
        With every problem: sheets neither read nor ignored, headers not declared, fields without
        a column, and whatever keeps the file from being read.
    """
    if source.database is not None:
        from helpers.intake.database import read_database

        return _checked([read_database(source)], source)
    path = case.path(source.file or "")
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError.one(
            f"no reader for files that end with {path.suffix!r}",
            path.name,
            f"Use one of: {', '.join(READERS)}.",
        )
    return _checked(reader(path, source), source)


def _checked(sheets: list[Sheet], source: Source) -> list[Sheet]:
    problems = header_problems(sheets, source)
    if problems:
        raise InputError(problems)
    return sheets
