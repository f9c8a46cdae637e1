"""A raw grid of cells to a sheet: where its headers stand, which rows are records, which are not.

- :class:`Sheet`: one sheet as text columns under their headers, with what is to be known of it.
- :func:`located`: a grid as a sheet, its headers found.
- :func:`settled`: the rows below known headers as a sheet, without blank and total rows.
- :func:`is_total`: whether a row is a total.

A total row says "total", "grand total" or "sub-total" at the start of its first filled cell or of
one of its first three cells, and is filled at most half as much as a usual row; or its first filled
cell says nothing but that, and what it is a total of. How headers are found: see
:mod:`helpers.intake.headers`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from helpers.errors import InputError, Problem
from helpers.intake.headers import HEAD, Merged, find_headers, letters
from helpers.intake.reading import ROW
from helpers.sourcefile import Source

LIMITS = {
    65_536: "65,536 rows is all that the older spreadsheets hold",
    1_048_576: "1,048,576 rows is all that a spreadsheet holds",
}
TOTAL = r"(?i)^\s*(?:(?:grand|sub)[\s-]*)?totals?\b"
OF_WHAT = (
    TOTAL + r"(?:\s*(?:of|for|number|no|all|the|deaths|incidents|patients|people|records|rows"
    r"|reported|registered|year|in|to|and|[\d\W_]+))*\s*$"
)


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file, or the whole of a file that has none.

    Parameters
    ----------
    name : str
        Name of the sheet; empty where the source has none.
    frame : DataFrame
        One text column a header, blank cells as empty text, and ``source_row``: the row of the
        sheet, the first being 1. Titles, headers, blank rows and total rows are not in it.
    facts : dict
        state, header_row, last_row, rows_read, blank_rows, total_rows, hidden_columns,
        hidden_rows, merged, filtered, date_mode, truncated.
    """

    name: str
    frame: pd.DataFrame
    facts: dict[str, Any] = field(default_factory=dict)


def _filled(column: pa.ChunkedArray) -> np.ndarray:
    return pc.match_substring_regex(column, r"\S").to_numpy(zero_copy_only=False)


def _blank(body: pa.Table) -> np.ndarray:
    """Return which rows hold nothing: each column is asked only about the rows still in doubt."""
    places = np.arange(body.num_rows)
    for column in body.columns:
        if not len(places):
            break
        part = column if len(places) == body.num_rows else column.take(pa.array(places))
        places = places[~_filled(part)]
    blank = np.zeros(body.num_rows, dtype=bool)
    blank[places] = True
    return blank


def is_total(cells: Sequence[str], usual: float) -> bool:
    """Return whether a row is a total and no record.

    Parameters
    ----------
    cells : sequence of str
        The row.
    usual : float
        Filled cells of a usual row.

    Returns
    -------
    bool
        True for a total row.

    Examples
    --------
    >>> is_total(["", "Grand total", "", "722"], 4), is_total(["Total deaths 2012/13:"], 4)
    (True, True)
    >>> is_total(["17", "Total Care Unit", "M", "05/03/2014"], 4)
    False
    """
    filled = [cell for cell in cells if cell.strip()]
    looked_at = [*filled[:1], *cells[:3]]
    if not any(re.search(TOTAL, cell) for cell in looked_at):
        return False
    return 2 * len(filled) <= usual or bool(re.search(OF_WHAT, filled[0]))


def _totals(body: pa.Table, blank: np.ndarray) -> np.ndarray:
    """Return which rows are totals."""
    may_be = np.zeros(body.num_rows, dtype=bool)
    empty = ~blank
    for number, column in enumerate(body.columns):
        places = np.flatnonzero(empty) if number > 2 else np.arange(body.num_rows)
        if not len(places):
            break
        part = column if len(places) == body.num_rows else column.take(pa.array(places))
        word = pc.match_substring(part, "total", ignore_case=True)
        may_be[places] |= word.to_numpy(zero_copy_only=False)
        empty[places] &= ~_filled(part)
    places = np.flatnonzero(may_be)
    if not len(places):
        return may_be
    usual = _usual(body, ~(may_be | blank))
    rows = zip(*(column.to_pylist() for column in body.take(pa.array(places)).columns), strict=True)
    may_be[places] = [is_total(row, usual) for row in rows]
    return may_be


def _usual(body: pa.Table, records: np.ndarray) -> float:
    """Return how many cells a usual row has filled: the median of the first 1,000 records."""
    places = np.flatnonzero(records)[:1000]
    if not len(places):
        return float(body.num_columns)
    some = body.take(pa.array(places))
    return float(np.median(np.sum([_filled(column) for column in some.columns], axis=0)))


def _kept(body: pa.Table, keep: np.ndarray) -> pa.Table:
    """Return the rows to keep, without a copy where only a few rows go."""
    gone = np.flatnonzero(~keep)
    if len(gone) > 1000:
        return body.filter(pa.array(keep))
    edges = [-1, *gone.tolist(), body.num_rows]
    parts = [
        body.slice(a + 1, b - a - 1) for a, b in zip(edges, edges[1:], strict=False) if b > a + 1
    ]
    return pa.concat_tables(parts) if parts else body.slice(0, 0)


def _wrong_headers(names: list[str], holds: Mapping[int, int], where: str) -> list[Problem]:
    found = []
    repeated = [name for name, times in Counter(names).items() if name and times > 1]
    for name in repeated:
        columns = " and ".join(letters(n) for n, other in enumerate(names) if other == name)
        found.append(
            Problem(
                f"header {name!r} stands above columns {columns}",
                where,
                "Ask for the extract again with a name of its own for each column.",
            )
        )
    for column, row in holds.items():
        found.append(
            Problem(
                f"column {letters(column)} has no header and holds values (first in row {row})",
                where,
                "Ask what the column is; with header_rows or a named column it can be read.",
            )
        )
    if ROW in names:
        found.append(
            Problem(f"a column is named {ROW}, which the suite uses itself", where, "Rename it.")
        )
    return found


def settled(
    body: pa.Table,
    names: Sequence[str],
    numbers: np.ndarray,
    *,
    where: str,
    name: str = "",
    facts: Mapping[str, Any] | None = None,
    totals: Iterable[int] = (),
) -> Sheet:
    """Return the rows below the headers as a sheet.

    Parameters
    ----------
    body : Table
        Text columns below the headers.
    names : sequence of str
        Header of each column; blank ones too.
    numbers : array of int
        Row of the sheet of each row.
    where, name : str
        File and sheet for messages, and the name of the sheet.
    facts : mapping, optional
        What is known already.
    totals : iterable of int, optional
        Rows that were known for totals already and are not in ``body``.

    Returns
    -------
    Sheet
        The records; the rows left out are in its facts.

    Raises
    ------
    InputError
        If a header is there twice, a column without one holds values, or there is no record.
    """
    names = [*names, *[""] * (body.num_columns - len(names))][: body.num_columns]
    blank = _blank(body)
    total = _totals(body, blank)
    keep = ~(blank | total)
    kept = body if keep.all() else _kept(body, keep)
    rows = numbers[keep]
    holds = {}
    for column, header in enumerate(names):
        if not header:
            places = np.flatnonzero(_filled(kept.column(column)))
            if len(places):
                holds[column] = int(rows[places[0]])
    problems = _wrong_headers(names, holds, where)
    if not len(rows):
        problems.append(
            Problem(
                "there are headers and no records below them",
                where,
                "Ask for the extract again, or list the sheet under sheets.ignore.",
            )
        )
    if problems:
        raise InputError(problems)
    used = [column for column, header in enumerate(names) if header]
    frame = kept.select(used).rename_columns([names[column] for column in used]).to_pandas()
    frame.insert(0, ROW, rows)
    filled = numbers[~blank]
    total_rows = sorted([*numbers[total].tolist(), *totals])
    known = {
        "state": "visible",
        "header_row": 0,
        "hidden_columns": [],
        "hidden_rows": 0,
        "merged": 0,
        "filtered": False,
        "date_mode": "",
    }
    last = max([int(filled[-1]), *total_rows])
    return Sheet(
        name,
        frame,
        known
        | {
            "last_row": last,
            "rows_read": len(rows) + len(total_rows),
            "blank_rows": int((blank & (numbers <= last)).sum()),
            "total_rows": total_rows,
            "truncated": LIMITS.get(last, ""),
        }
        | dict(facts or {}),
    )


def located(
    grid: pa.Table,
    source: Source,
    *,
    where: str,
    name: str = "",
    facts: Mapping[str, Any] | None = None,
    merged: Merged = (),
    hidden: Iterable[int] = (),
) -> Sheet:
    """Return a raw grid as a sheet: its headers found, its titles, blanks and totals set aside.

    Parameters
    ----------
    grid : Table
        Text columns; the first row is row 1 of the sheet.
    source : Source
        The headers declared.
    where, name : str
        File and sheet for messages, and the name of the sheet.
    facts : mapping, optional
        What is known of the sheet already.
    merged : sequence, optional
        Merged ranges, as for :func:`find_headers`.
    hidden : iterable of int
        Hidden columns, from 0: their headers are among the facts.

    Returns
    -------
    Sheet
        The records.

    Raises
    ------
    InputError
        As :func:`find_headers` and :func:`settled`.

    Examples
    --------
    >>> from helpers.sourcefile import Source
    >>> from helpers.intake.cells import text_table
    >>> source = Source.model_validate({
    ...     "id": "pas", "title": "", "publisher": "", "licence": "", "file": "pas.csv",
    ...     "layout": "extract", "table": "deaths", "fields": {"sex": {"from": "Gender"}},
    ...     "coverage": {"start": "2011-04-01", "end": "2015-03-31"}, "ignored": {"RAG": "colour"}})
    >>> rows = [["Deaths 2012-13"], ["Gender", "RAG"], ["F", ""], [], ["M", "red"], ["Total", "2"]]
    >>> sheet = located(text_table(rows), source, where="pas.csv")
    >>> sheet.frame.to_dict("list")
    {'source_row': [3, 5], 'Gender': ['F', 'M'], 'RAG': ['', 'red']}
    >>> [sheet.facts[fact] for fact in ("header_row", "last_row", "blank_rows", "total_rows")]
    [2, 6, 1, [6]]
    """
    deepest = HEAD + source.sheets.header_rows - 1
    first = [column.to_pylist() for column in grid.slice(0, deepest).columns]
    head = list(zip(*first, strict=True))
    if not any(cell.strip() for row in head for cell in row):
        raise InputError.one(
            "the sheet is empty" if name else "there is nothing in it",
            where,
            "Ask for the extract again, or list the sheet under sheets.ignore.",
        )
    at, names = find_headers(head, source, where=where, merged=merged)
    numbers = np.arange(at + 2, grid.num_rows + 1)
    known = {
        "header_row": at + 1,
        "hidden_columns": [
            names[column] for column in sorted(hidden) if column < len(names) and names[column]
        ],
    }
    return settled(
        grid.slice(at + 1),
        names,
        numbers,
        where=where,
        name=name,
        facts=known | dict(facts or {}),
    )
