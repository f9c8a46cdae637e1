"""Workbooks made for a test, the source that declares them, and one read from its bytes."""

import tempfile
from pathlib import Path

import declared
import xlsxwriter

from helpers.intake.workbook import read_workbook

FILES = Path(__file__).parent / "files"
SHEETS = {"read": [r"20\d\d-\d\d"], "ignore": {"Lookups": "lists of codes"}}


def extract(file="deaths.xlsx", **changed):
    """Return the declaration of a workbook with a sheet a year."""
    return declared.extract(file, **({"sheets": SHEETS} | changed))


def make(folder, sheets, **options):
    """Write a workbook; a sheet is a list of rows, or a function of the sheet and the workbook."""
    path = folder / "deaths.xlsx"
    with xlsxwriter.Workbook(path, options) as book:
        for name, rows in sheets.items():
            page = book.add_worksheet(name)
            if callable(rows):
                rows(page, book)
                continue
            for number, row in enumerate(rows):
                page.write_row(number, 0, row)
    return path


def read_written(data):
    """Read a workbook from its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deaths.xlsx"
        path.write_bytes(data)
        return read_workbook(path)
