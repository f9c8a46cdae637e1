"""Annual counts by area, one row an area and year, one column a count: to the table ``counts``.

- :func:`read`: a source as the canonical table ``counts``.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake import cleaning
from helpers.intake.flags import Log
from helpers.intake.reading import ROW, read_csv
from helpers.sourcefile import Source
from helpers.tables import TABLES

MEASURE_COLUMNS = [
    "measure",
    "label",
    "columns",
    "first_year",
    "last_year",
    "composition",
    "note",
]


@dataclass(frozen=True)
class Made:
    """What a reader makes of one source.

    Parameters
    ----------
    tables : dict of DataFrame
        Canonical tables by name.
    rows_read, rows_used : int
        Rows of the file, and those that entered a table.
    measures : DataFrame, optional
        The measures of a source of annual counts or of a tally.
    fates : DataFrame, optional
        Of a tally: rows by source_id, fate, reason and year.
    """

    tables: dict[str, pd.DataFrame]
    rows_read: int
    rows_used: int
    measures: pd.DataFrame | None = None
    fates: pd.DataFrame | None = None


def _measures(case: Case, source: Source) -> pd.DataFrame:
    name = source.measures or ""
    frame = read_csv(case.path(name), encoding="utf-8", needed=MEASURE_COLUMNS)
    for column in ("first_year", "last_year"):
        frame[column] = cleaning.counts(frame[column], rows=frame[ROW], file=name, column=column)
    wrong = ~frame["first_year"].le(frame["last_year"]).fillna(False)
    if wrong.any():
        raise InputError.one(
            "a measure has no first and last year in that order",
            f"{name}, row {cleaning.row_list(frame.loc[wrong, ROW])}",
            "Write the first and the last year in which it was collected.",
        )
    repeated = frame["measure"][frame["measure"].duplicated()].tolist()
    if repeated:
        raise InputError.one(
            f"measure {repeated[0]!r} is there twice", name, "Give each measure its own id."
        )
    return frame[MEASURE_COLUMNS]


def _dimension(case: Case, source: Source, raw: pd.DataFrame, name: str, log: Log) -> pd.Series:
    rule = source.dimensions[name]
    text = cleaning.squeeze(raw[rule.from_])
    if rule.map is not None:
        return cleaning.mapped(
            text,
            rows=raw[ROW],
            mapping=rule.map,
            otherwise=rule.otherwise,
            source_id=source.id,
            file=source.file,
            column=rule.from_,
            log=log,
        )
    if rule.fold_case:
        # The same name in capitals is the same name; the spelling of the latest row is kept.
        latest = (
            pd.DataFrame({"key": text.str.casefold(), "name": text, "year": raw[source.year]})
            .sort_values("year", kind="stable")
            .drop_duplicates("key", keep="last")
            .set_index("key")["name"]
        )
        text = text.str.casefold().map(latest)
    return text


def read(case: Case, source: Source, log: Log) -> Made:
    """Return a source of annual counts as the canonical table ``counts``.

    A measure is read for the years it was collected only, so that a year in which it did not
    exist is absent and never a zero. Rows that share year and area are kept in every total and
    marked ``in_doubt``, because the area they belong to cannot be established.

    Parameters
    ----------
    case : Case
        The case; its files are opened for reading only.
    source : Source
        One of its sources, laid out as annual counts.
    log : Log
        Takes a flag for whatever is odd.

    Returns
    -------
    Made
        The table, the rows and the measures.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing or a cell is not a count.
    """
    measures = _measures(case, source)
    used = sorted({part for columns in measures["columns"] for part in columns.split("+")})
    needed = [source.year, *(rule.from_ for rule in source.dimensions.values()), *used]
    raw = read_csv(case.path(source.file), encoding=source.encoding, needed=needed)
    rows = raw[ROW]
    numbers = pd.DataFrame(
        {
            column: cleaning.counts(raw[column], rows=rows, file=source.file, column=column)
            for column in [source.year, *used]
        }
    )
    year = numbers[source.year]
    wrong = ~year.between(source.coverage.start.year, source.coverage.end.year).fillna(False)
    if wrong.any():
        raise InputError.one(
            f"{raw.loc[wrong, source.year].iloc[0]!r} is not a year of the coverage "
            f"{source.coverage.start.year} to {source.coverage.end.year}",
            f"{source.file}, column {source.year}, row {cleaning.row_list(rows[wrong])}",
            "Correct the cell, or the coverage in case.yml.",
        )
    base = pd.DataFrame(
        {name: _dimension(case, source, raw, name, log) for name in source.dimensions}
    ).assign(year=year, source_id=source.id, source_sheet="", source_row=rows)
    for column in ("area", "region", "service", "age_band", "sex"):
        if column not in base:
            base[column] = pd.NA
    base["in_doubt"] = base.duplicated(["year", "area"], keep=False)
    doubt = base["in_doubt"]
    log.add(
        "X11",
        source_id=source.id,
        rows=rows[doubt],
        column="area",
        values=base.loc[doubt, "area"],
        action="kept in totals, left out where areas are compared",
    )
    parts = []
    for measure in measures.itertuples(index=False):
        events = numbers[measure.columns.split("+")].sum(axis=1, min_count=1).astype("Int64")
        collected = base["year"].between(measure.first_year, measure.last_year)
        part = base.assign(measure=measure.measure, events=events)[collected]
        empty = part["events"].isna()
        log.add(
            "X04",
            source_id=source.id,
            rows=part.loc[empty, "source_row"],
            column=measure.measure,
            values=[""] * int(empty.sum()),
            action="no count",
        )
        parts.append(part)
    counts = pd.concat(parts, ignore_index=True)[TABLES["counts"].names]
    return Made({"counts": counts}, len(raw), len(raw), measures)
