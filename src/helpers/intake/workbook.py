"""Workbooks: the cells of their sheets as text, and what a sheet hides.

- :func:`contents`: the sheets of a workbook with their states, none of them read.
- :func:`read_workbook`: sheets of a workbook as raw grids of text.
- :class:`Raw`: one raw sheet; :class:`Look`: what the file says of one beside its cells.
- :func:`refused`: the error for a workbook that cannot be read.

Formats: .xlsx, .xlsm and .xls, by the bytes of the file and not by its name. The cells come from
calamine; what it does not tell (hidden rows and columns, filters, how dates are counted, cells that
hold an error) comes from a light look at the file itself, which also refuses a file that would need
more memory than :data:`CELLS` cells or :data:`UNPACKED` bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from helpers.errors import InputError
from helpers.intake.cells import text_table

CELLS = 40_000_000
"""Cells, blank ones too, up to which a sheet is read: 1,048,576 rows of 38 columns."""

UNPACKED = 4 << 30
"""Bytes that the parts of a workbook may unpack to, all together."""

STATES = {"Visible": "visible", "Hidden": "hidden", "VeryHidden": "very hidden"}


@dataclass(frozen=True)
class Raw:
    """One sheet as it stands.

    Parameters
    ----------
    name : str
        Its name.
    grid : Table
        Text columns; the first row is row 1 of the sheet.
    facts : dict
        state, hidden_rows, merged, filtered, date_mode.
    merged : list
        Merged ranges: first and last cell, each as (row, column) from 0.
    hidden : list of int
        Hidden columns, from 0.
    """

    name: str
    grid: pa.Table
    facts: dict[str, Any] = field(default_factory=dict)
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)


@dataclass
class Look:
    """What the file itself says of a sheet beside its cells.

    Parameters
    ----------
    rows, columns : int
        How far the cells reach.
    hidden_rows : int
        Rows that are hidden.
    hidden_columns : list of int
        Columns that are hidden, from 0.
    filtered : bool
        Whether rows are filtered.
    errors : dict
        Text of each cell that holds an error, such as #N/A, by (row, column) from 0.
    """

    rows: int = 0
    columns: int = 0
    hidden_rows: int = 0
    hidden_columns: list[int] = field(default_factory=list)
    filtered: bool = False
    errors: dict[tuple[int, int], str] = field(default_factory=dict)


def refused(what: str, where: str, mend: str = "Ask for the extract again.") -> InputError:
    """Return the error for a workbook that cannot be read.

    Parameters
    ----------
    what, where, mend : str
        As for a problem.

    Returns
    -------
    InputError
        To be raised.
    """
    return InputError.one(what, where, mend)


@contextmanager
def _calamine(name: str) -> Iterator[None]:
    """Turn whatever calamine raises, its panics too, into a plain problem."""
    import python_calamine

    try:
        yield
    except (InputError, KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except python_calamine.PasswordError:
        raise refused(
            "the workbook is locked with a password", name, "Ask for it without a password."
        ) from None
    except BaseException as error:
        # A panic of Rust is no Exception: PanicException is derived from BaseException.
        if not isinstance(error, Exception):
            if type(error).__name__ != "PanicException":
                raise
            raise refused("the workbook is damaged", name) from None
        said = " ".join(str(error).split())[:120]
        raise refused(f"the workbook cannot be read ({said})", name) from None


def _looks(data: bytes, name: str) -> tuple[str, Callable[[str], Look]]:
    """Return how dates are counted, and a function that looks at a sheet by its name."""
    if data.startswith(b"PK"):
        from helpers.intake.workbook_xml import Package

        package = Package(data, name, unpacked=UNPACKED)
        return package.date_mode, package.look
    if data.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        from helpers.intake.workbook_biff import Records

        records = Records(data, name)
        return records.date_mode, records.look
    if not data:
        raise refused("the file is empty", name)
    raise refused(
        "the file is no workbook", name, "Ask for it as .xlsx, or declare its true format."
    )


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else "cannot be opened"
        mend = "Put it there, or correct case.yml."
        raise refused(f"the file {reason}", path.name, mend) from None


def _last(value: object) -> str:
    return str(value).rsplit(".", 1)[-1]  # calamine's enumerations have no names


def contents(path: Path) -> list[tuple[str, str, str]]:
    """Return the sheets of a workbook, none of them read.

    Parameters
    ----------
    path : Path
        The workbook.

    Returns
    -------
    list of tuple
        Name, state (visible, hidden, very hidden) and kind (WorkSheet, ChartSheet ...) of each.

    Raises
    ------
    InputError
        If the file is not there or is no workbook.
    """
    from python_calamine import CalamineWorkbook

    data = _bytes(path)
    _looks(data, path.name)
    with _calamine(path.name), CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        return [
            (sheet.name, STATES[_last(sheet.visible)], _last(sheet.typ))
            for sheet in book.sheets_metadata
        ]


def _with_errors(rows: list[list[object]], errors: dict[tuple[int, int], str]) -> None:
    """Put back the errors that calamine gives as blank cells."""
    for (row, column), text in errors.items():
        if row < len(rows) and column < len(rows[row]) and rows[row][column] == "":
            rows[row][column] = text


def read_workbook(path: Path, *, wanted: Callable[[str], bool] = lambda name: True) -> list[Raw]:
    """Return sheets of a workbook as raw grids of text.

    Parameters
    ----------
    path : Path
        The workbook; opened for reading only.
    wanted : callable
        Says of the name of a sheet whether to read it; asked once for each sheet, in order.

    Returns
    -------
    list of Raw
        The sheets in the order of the workbook; sheets that hold no cells by their kind, such as
        charts, are left out.

    Raises
    ------
    InputError
        If the file is not there, is no workbook, is locked, broken or too large.
    """
    from python_calamine import CalamineWorkbook

    data = _bytes(path)
    date_mode, look_at = _looks(data, path.name)
    found = []
    with _calamine(path.name), CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
        for sheet in book.sheets_metadata:
            if not wanted(sheet.name) or _last(sheet.typ) != "WorkSheet":
                continue
            look = look_at(sheet.name)
            if look.rows * look.columns > CELLS:
                raise refused(
                    f"the cells reach to row {look.rows:,} and column {look.columns:,}, "
                    f"more than {CELLS:,} cells",
                    f"{path.name}, sheet {sheet.name}",
                    "Ask for it without stray cells far below or beside the table, or as CSV.",
                )
            cells = book.get_sheet_by_name(sheet.name)
            rows = cells.to_python(skip_empty_area=False)
            _with_errors(rows, look.errors)
            merged = [(tuple(a), tuple(b)) for a, b in cells.merged_cell_ranges or []]
            facts = {
                "state": STATES[_last(sheet.visible)],
                "hidden_rows": look.hidden_rows,
                "merged": len(merged),
                "filtered": look.filtered,
                "date_mode": date_mode,
            }
            grid = text_table(rows)
            del rows, cells
            found.append(Raw(sheet.name, grid, facts, merged, look.hidden_columns))
    return found
