"""Extracts as a trust sends them: one frame of canonical columns a source, cleaned by rule.

The kind of the canonical column decides the rule; ``case.yml`` says only which header it is read
from, in which format and through which map. What identifies a person is held beside the canonical
columns until records are linked, and dropped then.

- :func:`read`: a source as :class:`Cleaned`.
- :func:`places`, :func:`row_ids`: sheet and row of each position, and an id made of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import pandas as pd

from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake import checks, identifiers, received
from helpers.intake.columns import Columns
from helpers.intake.database import fingerprint
from helpers.intake.flags import Log
from helpers.intake.hits import squeezed
from helpers.intake.opening_files import read_source
from helpers.intake.reading import ROW
from helpers.intake.sheets import Sheet
from helpers.sourcefile import IDENTITY, RELATED, FieldMap, Source
from helpers.tables import TABLES, Column

EVENT_DATE = {"deaths": "date_of_death", "incidents": "incident_date"}
"""The date at which the dated maps of services and organisations are asked."""

SEX = Column("sex", "code", "sex as recorded", allowed=("M", "F", "X", "NK", "NR"))
DOB = Column("dob", "date", "date of birth")


@dataclass(frozen=True)
class Cleaned:
    """A source, cleaned.

    Parameters
    ----------
    source : Source
        Its description.
    frame : DataFrame
        Canonical columns that the source has, those that identify people, and source_sheet and
        source_row; one row a data row, index = position.
    days, times : DataFrame
        Days and times of its milestones, one column each, with the same index.
    left_out : Series
        Why a row is not used, by position; empty text where it is.
    sheets : DataFrame
        One row a sheet: what was found and how many rows were read.
    ambiguous : DataFrame
        Dates of a column in which somebody wrote the month first, read as declared although day
        and month could be exchanged: source_sheet, source_row, column, value.
    sha256 : str
        Of the rows of a database, which has no file to hash.
    """

    source: Source
    frame: pd.DataFrame
    days: pd.DataFrame
    times: pd.DataFrame
    left_out: pd.Series
    sheets: pd.DataFrame
    ambiguous: pd.DataFrame
    sha256: str = ""


def places(frame: pd.DataFrame) -> pd.DataFrame:
    """Return sheet and row of each position.

    Parameters
    ----------
    frame : DataFrame
        With columns source_sheet and source_row.

    Returns
    -------
    DataFrame
        Those two columns, by position.
    """
    return frame[["source_sheet", ROW]]


def row_ids(frame: pd.DataFrame) -> pd.Series:
    """Return ids made from source, sheet and row: an id leads back to the record.

    Parameters
    ----------
    frame : DataFrame
        Columns source_id, source_sheet, source_row.

    Returns
    -------
    Series
        One id a row.

    Examples
    --------
    >>> place = {"source_id": "pas", "source_sheet": "2012-13", "source_row": 7}
    >>> row_ids(pd.DataFrame([place])).tolist()
    ['pas:2012-13:7']
    """
    sheet = frame["source_sheet"].where(frame["source_sheet"].eq(""), ":" + frame["source_sheet"])
    return frame["source_id"] + sheet + ":" + frame["source_row"].astype("str")


def _column(table: str, name: str) -> Column:
    if name == "sex":
        return SEX
    if name == "dob":
        return DOB
    if name in RELATED:
        table, name = RELATED[name]
    found = [column for column in TABLES[table].columns if column.name == name]
    return found[0] if found else Column(name, "text", name)


def _stacked(source: Source, sheets: list[Sheet]) -> tuple[pd.DataFrame, dict[str, dict[str, str]]]:
    """Put all sheets under one another; return the header of each name in each sheet beside."""
    rules = {**source.fields, **source.milestones}
    headers: dict[str, dict[str, str]] = {name: {} for name in rules}
    parts = []
    for sheet in sheets:
        held = {}
        for name, rule in rules.items():
            for header in rule.from_:
                if header in sheet.frame:
                    held[name] = sheet.frame[header]
                    headers[name][sheet.name] = header
        part = pd.DataFrame(held, index=sheet.frame.index)
        parts.append(part.assign(source_sheet=sheet.name, source_row=sheet.frame[ROW]))
    whole = parts[0] if len(parts) == 1 else pd.concat(parts)
    whole = whole.reset_index(drop=True)
    for name in rules:  # a column that may be absent, and is
        if name not in whole:
            whole[name] = ""
    if len(parts) > 1:  # a column that is absent from some sheets
        whole = whole.fillna(dict.fromkeys(rules, ""))
    return whole, headers


def _has_dated_map(case: Case, rule: FieldMap) -> bool:
    if rule.map_file is None:
        return False
    with case.path(rule.map_file).open(encoding="utf-8") as file:
        return "valid_from" in file.readline()


def _frame(reader: Columns) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    source, text = reader.source, reader.text
    table = source.table or "deaths"
    made: dict[str, pd.Series] = {}
    later: list[str] = []
    for name, rule in source.fields.items():
        column = _column(table, name)
        if name == "nhs_number":
            made[name], hits = identifiers.nhs_numbers(
                text[name],
                missing=rule.missing,
                test_range=reader.case.data_status == "synthetic",
            )
            reader.logged(hits, name)
            # What was typed is kept for linkage: one slip away from the number of the person.
            digits = text[name].str.replace(r"[^0-9]", "", regex=True)
            made["nhs_number_typed"] = digits.where(made[name].isna() & digits.str.len().eq(10), "")
        elif name in IDENTITY and name not in {"dob", "sex", "age"}:
            made[name] = squeezed(text[name])
        elif column.kind == "date":
            read = reader.dates(name, rule)
            made[name] = read.date
            if name == "incident_date":
                made["incident_time"] = read.time.mask(read.time.eq(""))
        elif _has_dated_map(reader.case, rule):
            later.append(name)
        elif column.kind in {"code", "flag"}:
            made[name] = reader.coded(name, rule, column)
        else:
            made[name] = reader.plain(name, rule, column)
    when = made.get(
        EVENT_DATE.get(table, ""), pd.Series(pd.NaT, index=text.index, dtype="datetime64[s]")
    )
    for name in later:
        made[name] = reader.dated(name, source.fields[name], when, _column(table, name))
    days, times = {}, {}
    for name, rule in source.milestones.items():
        read = reader.dates(name, rule)
        days[name], times[name] = read.date, read.time
    frame = pd.DataFrame(made, index=text.index).assign(
        source_id=source.id, source_sheet=text["source_sheet"], source_row=text[ROW]
    )
    return frame, pd.DataFrame(days, index=text.index), pd.DataFrame(times, index=text.index)


def _left(source: Source, sheet: Sheet, without: Collection[str]) -> Sheet:
    """Return a sheet without some rows, as if they had never been in it."""
    held = sheet.frame.assign(source_id=source.id, source_sheet=sheet.name)
    kept = sheet.frame[~row_ids(held).isin(without)].reset_index(drop=True)
    read = sheet.facts["rows_read"] - (len(held) - len(kept))
    return replace(sheet, frame=kept, facts={**sheet.facts, "rows_read": read})


def read(
    case: Case, source: Source, log: Log, *, without: Collection[str] = frozenset()
) -> Cleaned:
    """Return a source laid out as an extract, cleaned.

    Parameters
    ----------
    case : Case
        The case; its files are opened for reading only.
    source : Source
        One of its sources, laid out as an extract.
    log : Log
        Takes a flag for whatever is odd.
    without : collection of str
        Rows that are passed over, by their ids (:func:`row_ids`).

    Returns
    -------
    Cleaned
        Every data row of the source, used or not.

    Raises
    ------
    InputError
        With every problem of the source: sheets and headers nobody declared, dates in no declared
        format, values that are not mapped.
    """
    sheets = read_source(case, source)
    if without:
        sheets = [_left(source, sheet, without) for sheet in sheets]
    problems = received.marked_synthetic(case, source, sheets)
    report = received.report(case, source, sheets)
    received.flag(source, sheets, report, log)
    text, headers = _stacked(source, sheets)
    modes = {sheet.facts["date_mode"] for sheet in sheets}
    mode = modes.pop() if len(modes) == 1 else ""
    reader = Columns(case, source, text, headers=headers, mode=mode, log=log)
    frame, days, times = _frame(reader)
    for header in source.quarantined:
        lengths = pd.concat(
            [
                sheet.frame[header].str.len()
                if header in sheet.frame
                else pd.Series(0, index=sheet.frame.index)
                for sheet in sheets
            ],
            ignore_index=True,
        )
        log.take(checks.cut_off(lengths), source_id=source.id, places=places(text), column=header)
        filled = int(lengths.gt(0).sum())
        if filled:
            log.add(
                "X14",
                source_id=source.id,
                sheet="",
                rows=[int(sheets[0].facts["header_row"])],
                column=header,
                values=[""],
                action="withheld",
                reason=f"free text of {filled} rows was not loaded",
            )
    problems += reader.problems
    if problems:
        raise InputError(problems)
    left_out = pd.Series("", index=frame.index, dtype="str")
    ambiguous = pd.DataFrame(columns=["source_sheet", ROW, "column", "value"])
    if reader.ambiguous:
        ambiguous = pd.concat(reader.ambiguous, ignore_index=True)
    return Cleaned(
        source,
        frame,
        days,
        times,
        left_out,
        report,
        ambiguous.assign(source_id=source.id),
        fingerprint(sheets[0].frame) if source.database else "",
    )
