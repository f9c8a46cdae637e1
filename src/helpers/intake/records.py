"""Registers, one row a review or report: to the tables ``reports`` and ``milestones``.

- :func:`read`: a source as canonical tables.
"""

from __future__ import annotations

import re

import pandas as pd

from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake import cleaning
from helpers.intake.annual import Made
from helpers.intake.flags import Log
from helpers.intake.reading import ROW, read_csv
from helpers.sourcefile import ColumnMap, Source
from helpers.tables import TABLES

ORDER = ("death", "opened", "concluded", "report", "added")
"""Milestones in the order in which they happen; a later one before an earlier one is flagged."""


def _pairs(case: Case, file: str) -> list[tuple[str, str]]:
    frame = read_csv(case.path(file), encoding="utf-8", needed=[])
    if len(frame.columns) < 3:
        raise InputError.one(
            "the file has one column and needs two", file, "Write the value and what it means."
        )
    value, meaning = list(frame.columns[1:3])
    return list(zip(frame[value], frame[meaning], strict=True))


def _patterns(case: Case, file: str) -> list[tuple[str, str]]:
    pairs = _pairs(case, file)
    for row, (pattern, _) in enumerate(pairs, start=2):
        try:
            re.compile(pattern)
        except re.error as error:
            raise InputError.one(
                f"{pattern!r} is not a pattern ({error})", f"{file}, row {row}", "Correct it."
            ) from None
    return pairs


def _column(
    case: Case,
    source: Source,
    name: str,
    rule: ColumnMap,
    text: pd.Series,
    rows: pd.Series,
    log: Log,
) -> pd.Series:
    where = {"source_id": source.id, "column": rule.from_}
    text = cleaning.squeeze(text)
    word = text.isin(rule.missing)
    log.add("X04", rows=rows[word], values=text[word], action="no value", **where)
    text = text.mask(word, "")
    if rule.kind == "count":
        return cleaning.counts(text, rows=rows, file=source.file, column=rule.from_)
    mapping = dict(_pairs(case, rule.map_file)) if rule.map_file else rule.map

    def convert(values: pd.Series) -> pd.Series:
        if mapping is None:
            return values
        return cleaning.mapped(
            values,
            rows=rows.reindex(values.index),
            mapping=mapping,
            otherwise=rule.otherwise,
            file=source.file,
            log=log,
            **where,
        )

    if rule.separator:
        return cleaning.listed(text, separator=rule.separator, convert=convert)
    result = convert(text).mask(text.eq(""))
    if rule.unique or rule.pattern:
        _references(result, rule, rows, where, log)
    return result


def _references(
    refs: pd.Series, rule: ColumnMap, rows: pd.Series, where: dict[str, str], log: Log
) -> None:
    """Flag blank, repeated and malformed references; every row is kept."""
    blank = refs.isna()
    log.add("X04", rows=rows[blank], values=[""] * int(blank.sum()), action="kept", **where)
    if rule.unique:
        twice = refs.notna() & refs.duplicated(keep=False)
        log.add("X10", rows=rows[twice], values=refs[twice], action="kept", **where)
    if rule.pattern:
        odd = refs.notna() & ~refs.fillna("").str.fullmatch(rule.pattern)
        log.add("X21", rows=rows[odd], values=refs[odd], action="kept", **where)


def _milestones(case: Case, source: Source, raw: pd.DataFrame, log: Log) -> pd.DataFrame:
    rows = raw[ROW]
    days = pd.DataFrame(
        {
            name: cleaning.dates(
                raw[rule.from_[0]],
                rows=rows,
                fmt=rule.format or "%Y-%m-%d",
                also=rule.also,
                missing=list(rule.missing),
                source_id=source.id,
                file=source.file,
                column=rule.from_[0],
                log=log,
            )
            for name, rule in source.milestones.items()
        }
    )
    known = [name for name in ORDER if name in days]
    for name in known:
        late = days[name] > pd.Timestamp(case.extract_date)
        log.add(
            "X06",
            source_id=source.id,
            rows=rows[late],
            column=name,
            values=days.loc[late, name].dt.strftime("%Y-%m-%d"),
            action="kept",
            reason=f"after the extract date {case.extract_date}",
        )
    for position, earlier in enumerate(known):
        for later in known[position + 1 :]:
            wrong = days[later] < days[earlier]
            log.add(
                "X06",
                source_id=source.id,
                rows=rows[wrong],
                column=later,
                values=days.loc[wrong, later].dt.strftime("%Y-%m-%d"),
                action="kept, left out of times between the two",
                reason=f"{later} before {earlier}",
            )
    long = days.assign(review_id=source.id + ":" + rows.astype(str), source_row=rows).melt(
        id_vars=["review_id", "source_row"], var_name="milestone", value_name="date"
    )
    long = long.dropna(subset="date").assign(
        death_id=None, register=source.id, time=None, precision="day"
    )
    long = long.assign(source_id=source.id, source_sheet="")
    return long.sort_values(["source_row", "date"], kind="stable", ignore_index=True)


def read(case: Case, source: Source, log: Log) -> Made:
    """Return a register as the canonical tables ``reports`` and ``milestones``.

    Every row is kept; what is odd about it is in the log.

    Parameters
    ----------
    case : Case
        The case; its files are opened for reading only.
    source : Source
        One of its sources, laid out as a register.
    log : Log
        Takes a flag for whatever is odd.

    Returns
    -------
    Made
        The tables and the rows.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, a value is not mapped, a count is not a
        number or a date is not in its declared format.
    """
    needed = [rule.from_ for rule in source.columns.values()]
    needed += [rule.from_[0] for rule in source.milestones.values()]
    raw = read_csv(case.path(source.file), encoding=source.encoding, needed=needed)
    rows = raw[ROW]
    made: dict[str, pd.Series] = {
        name: _column(case, source, name, rule, raw[rule.from_], rows, log)
        for name, rule in source.columns.items()
    }
    for name, rule in source.derived.items():
        patterns = _patterns(case, rule.patterns_file or "")
        made[name] = cleaning.listed(
            made[rule.from_].fillna(""),
            separator=r" \| ",
            convert=lambda values, patterns=patterns, rule=rule: cleaning.matched(
                values, patterns=patterns, otherwise=rule.otherwise or "Other"
            ),
        )
    reports = pd.DataFrame(made, index=raw.index).assign(
        review_id=source.id + ":" + rows.astype(str),
        register=source.id,
        source_id=source.id,
        source_sheet="",
        source_row=rows,
    )
    schema = TABLES["reports"]
    for column in schema.columns:
        if column.name not in reports:
            kind = "Int64" if column.kind == "count" else "str"
            reports[column.name] = pd.Series(pd.NA, index=reports.index, dtype=kind)
    milestones = _milestones(case, source, raw, log)
    return Made(
        {"reports": reports[schema.names], "milestones": milestones[TABLES["milestones"].names]},
        len(raw),
        len(raw),
    )
