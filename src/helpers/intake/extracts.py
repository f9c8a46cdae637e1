"""Extracts as a trust sends them: one frame of canonical columns a source, cleaned by rule.

The kind of the canonical column decides the rule; ``case.yml`` says only which header it is read
from, in which format and through which map. What identifies a person is held beside the canonical
columns until records are linked, and dropped then.

- :func:`read`: a source as :class:`Cleaned`.
- :func:`places`: sheet and row of each position.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.casefile import IDENTITY, RELATED, Case, FieldMap, Source
from helpers.errors import InputError, Problem
from helpers.intake import checks, dates, identifiers, words
from helpers.intake.cleaning import row_list, squeeze
from helpers.intake.database import fingerprint
from helpers.intake.flags import Log
from helpers.intake.opening_files import read_source
from helpers.intake.reading import ROW, read_csv
from helpers.intake.sheets import Sheet
from helpers.tables import TABLES, Column

EVENT_DATE = {"deaths": "date_of_death", "incidents": "incident_date"}
"""The date at which the dated maps of services and organisations are asked."""

SEX = Column("sex", "code", "sex as recorded", allowed=("M", "F", "X", "NK", "NR"))
DOB = Column("dob", "date", "date of birth")
YES_NO = {"yes": "yes", "y": "yes", "true": "yes", "1": "yes"} | dict.fromkeys(
    ("no", "n", "false", "0"), "no"
)


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


def _column(table: str, name: str) -> Column:
    if name == "sex":
        return SEX
    if name == "dob":
        return DOB
    if name in RELATED:
        table, name = RELATED[name]
    found = [column for column in TABLES[table].columns if column.name == name]
    return found[0] if found else Column(name, "text", name)


def _stacked(source: Source, sheets: list[Sheet]) -> pd.DataFrame:
    """Put all sheets under one another, each canonical name from the header it has there."""
    rules = {**source.fields, **source.milestones}
    parts = []
    for sheet in sheets:
        held = {
            name: sheet.frame[header]
            for name, rule in rules.items()
            for header in rule.from_
            if header in sheet.frame
        }
        part = pd.DataFrame(held, index=sheet.frame.index)
        parts.append(part.assign(source_sheet=sheet.name, source_row=sheet.frame[ROW]))
    whole = pd.concat(parts, ignore_index=True)
    for name in rules:  # a column that may be absent, and is
        if name not in whole:
            whole[name] = ""
    return whole.fillna(dict.fromkeys(rules, ""))


def _places_of(frame: pd.DataFrame, source: Source, positions: Any) -> str:
    chosen = frame.loc[positions]
    sheet = chosen["source_sheet"].iloc[0]
    rows = row_list(chosen.loc[chosen["source_sheet"].eq(sheet), ROW])
    name = source.file or source.id
    return f"{name}, sheet {sheet}, row {rows}" if sheet else f"{name}, row {rows}"


class _Reader:
    """Cleans the columns of one source; keeps what they need in common."""

    def __init__(self, case: Case, source: Source, text: pd.DataFrame, mode: str, log: Log):
        self.case, self.source, self.text, self.mode, self.log = case, source, text, mode, log
        self.problems: list[Problem] = []
        self.ambiguous: list[pd.DataFrame] = []

    def _logged(self, hits: pd.DataFrame, name: str) -> None:
        if name in IDENTITY and name not in {"sex", "age"}:
            # What was written there identifies a person; the row leads back to it.
            hits = hits.assign(
                value="(withheld)",
                new_value=hits["new_value"].where(hits["new_value"].eq(""), "(withheld)"),
            )
        self.log.take(
            hits, source_id=self.source.id, places=places(self.text), column=self._header(name)
        )

    def _header(self, name: str) -> str:
        rule = {**self.source.fields, **self.source.milestones}[name]
        return rule.from_[0]

    def dates(self, name: str, rule: FieldMap) -> dates.Dates:
        """Read a column of days; collect what cannot be read."""
        read = dates.read_dates(
            self.text[name],
            fmt=rule.format or "%Y-%m-%d",
            also=rule.also,
            missing=rule.missing,
            date_mode=self.mode,
            serials=rule.serials,
            birth=name == "dob",
            latest=pd.Timestamp(self.case.extract_date),
        )
        self._logged(read.hits, name)
        for value, positions in read.ambiguous.items():
            held = self.text.loc[positions, ["source_sheet", ROW]]
            self.ambiguous.append(
                held.assign(column=rule.from_[0], value="" if name == "dob" else value)
            )
        for value, positions in read.unread.items():
            shown = "a value" if name == "dob" else repr(value)
            self.problems.append(
                Problem(
                    f"{shown} is not a day in the declared format {rule.format}",
                    f"{_places_of(self.text, self.source, positions)}, column {rule.from_[0]}",
                    "Declare the format, or name the word under missing, in case.yml.",
                )
            )
        return read

    def _mapping(self, rule: FieldMap, column: Column) -> dict[str, str] | None:
        if rule.map is not None:
            return rule.map
        if rule.map_file is not None:
            pairs = read_csv(self.case.path(rule.map_file), encoding="utf-8", needed=["raw_value"])
            return dict(zip(pairs["raw_value"], pairs["canonical_id"], strict=True))
        return {value: value for value in column.allowed} or None

    def _unmapped(self, found: dict[str, Any], rule: FieldMap, allowed: tuple[str, ...]) -> None:
        target = rule.map_file or "the map of the column in case.yml"
        rest = f" It may become: {', '.join(allowed)}." if allowed else ""
        for value, positions in found.items():
            self.problems.append(
                Problem(
                    f"{value!r} is not mapped ({len(positions)} rows)",
                    f"{_places_of(self.text, self.source, positions)}, column {rule.from_[0]}",
                    f"Add it to {target}.{rest}",
                )
            )

    def coded(self, name: str, rule: FieldMap, column: Column) -> pd.Series:
        """Read a column of codes through its map; collect what is not mapped."""
        mapping = (
            {**YES_NO, **(rule.map or {})} if column.kind == "flag" else self._mapping(rule, column)
        )
        values, hits, unmapped = words.coded(
            self.text[name],
            mapping=mapping,
            missing=rule.missing,
            blank="" if column.kind == "flag" else "NR",
        )
        self._logged(hits, name)
        self._unmapped(unmapped, rule, column.allowed if column.kind == "code" else ("yes", "no"))
        if column.kind == "flag":
            known = {"yes": True, "no": False}
            return values.map(known).astype("boolean")
        return values

    def dated(self, name: str, rule: FieldMap, when: pd.Series, column: Column) -> pd.Series:
        """Read a column through a dated map of names to ids."""
        table = read_csv(
            self.case.path(rule.map_file or ""),
            encoding="utf-8",
            needed=["raw_value", "canonical_id", "valid_from", "valid_to"],
        )
        values, hits, unmapped = words.mapped_by_date(
            self.text[name],
            dates=when,
            mapping=table,
            file=rule.map_file or "",
            missing=rule.missing,
        )
        self._logged(hits, name)
        self._unmapped(unmapped, rule, column.allowed)
        return values

    def plain(self, name: str, rule: FieldMap, column: Column) -> pd.Series:
        """Read text or a number; words that mean nothing was recorded become missing."""
        if rule.map is not None or rule.map_file is not None:
            return self.coded(name, rule, column)
        values, hits = words.without_missing(self.text[name], missing=rule.missing)
        self._logged(hits, name)
        if column.kind not in {"count", "number", "year"}:
            return values
        number = pd.to_numeric(values, errors="coerce")
        bad = values.notna() & number.isna()
        if bad.any():
            where = _places_of(self.text, self.source, values.index[bad])
            self.problems.append(
                Problem(
                    f"{values[bad].iloc[0]!r} is not a number ({int(bad.sum())} rows)",
                    f"{where}, column {rule.from_[0]}",
                    "Name the word under missing in case.yml, or ask for the extract again.",
                )
            )
        return number


def _has_dated_map(case: Case, rule: FieldMap) -> bool:
    if rule.map_file is None:
        return False
    with case.path(rule.map_file).open(encoding="utf-8") as file:
        return "valid_from" in file.readline()


def _frame(reader: _Reader) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
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
            reader._logged(hits, name)
            # What was typed is kept for linkage: one slip away from the number of the person.
            digits = text[name].str.replace(r"[^0-9]", "", regex=True)
            made["nhs_number_typed"] = digits.where(made[name].isna() & digits.str.len().eq(10), "")
        elif name in IDENTITY and name not in {"dob", "sex", "age"}:
            made[name] = squeeze(text[name])
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
    when = made.get(EVENT_DATE.get(table, ""), pd.Series(pd.NaT, index=text.index))
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


def _report(source: Source, sheets: list[Sheet]) -> pd.DataFrame:
    rows = []
    for sheet in sheets:
        facts = sheet.facts
        rows.append(
            {
                "source_id": source.id,
                "sheet": sheet.name,
                "state": facts["state"],
                "header_row": facts["header_row"],
                "last_row": facts["last_row"],
                "rows_read": facts["rows_read"],
                "blank_rows": facts["blank_rows"],
                "total_rows": len(facts["total_rows"]),
                "hidden_columns": len(facts["hidden_columns"]),
                "hidden_rows": facts["hidden_rows"],
                "merged": facts["merged"],
                "filtered": facts["filtered"],
                "date_mode": facts["date_mode"],
            }
        )
    return pd.DataFrame(rows)


def _workbook_flags(source: Source, sheets: list[Sheet], log: Log) -> None:
    """Flag what is in a workbook beside its records: totals, hidden parts, cut-off sheets."""
    for sheet in sheets:
        facts = sheet.facts
        head = {"source_id": source.id, "sheet": sheet.name, "rows": [facts["header_row"]]}
        log.add(
            "X16",
            source_id=source.id,
            sheet=sheet.name,
            rows=facts["total_rows"],
            column="",
            values=["total row"] * len(facts["total_rows"]),
            action="left out",
            reason="a total row, no record",
        )
        odd = {
            "the sheet is hidden; it was read": facts["state"] != "visible",
            f"hidden columns were read: {', '.join(facts['hidden_columns'])}": facts[
                "hidden_columns"
            ],
            f"{facts['hidden_rows']} hidden rows were read": facts["hidden_rows"],
        }
        for reason, found in odd.items():
            if found:
                log.add("X16", column="", values=[""], action="kept", reason=reason, **head)
        if facts["truncated"]:
            log.add("X20", column="", values=[""], action="kept", reason=facts["truncated"], **head)


def _marked_synthetic(case: Case, source: Source, sheets: list[Sheet]) -> list[Problem]:
    """Refuse rows that say SYNTHETIC in a case that says they are real."""
    if case.data_status == "synthetic":
        return []
    return [
        Problem(
            "rows are marked SYNTHETIC, and the case says that its data are real",
            f"{source.file or source.id}, sheet {sheet.name or '-'}, column {header}",
            "Write data_status: synthetic in case.yml, or take the file out.",
        )
        for sheet in sheets
        for header in source.ignored
        if header in sheet.frame and sheet.frame[header].str.upper().eq("SYNTHETIC").any()
    ]


def read(case: Case, source: Source, log: Log) -> Cleaned:
    """Return a source laid out as an extract, cleaned.

    Parameters
    ----------
    case : Case
        The case; its files are opened for reading only.
    source : Source
        One of its sources, laid out as an extract.
    log : Log
        Takes a flag for whatever is odd.

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
    problems = _marked_synthetic(case, source, sheets)
    _workbook_flags(source, sheets, log)
    text = _stacked(source, sheets)
    modes = {sheet.facts["date_mode"] for sheet in sheets}
    reader = _Reader(case, source, text, modes.pop() if len(modes) == 1 else "", log)
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
        _report(source, sheets),
        ambiguous.assign(source_id=source.id),
        fingerprint(sheets[0].frame) if source.database else "",
    )
