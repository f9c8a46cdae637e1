"""Workbooks made for a test, the source that declares them, and one read from its bytes."""

import tempfile
from pathlib import Path

import xlsxwriter

from helpers.intake.workbook import read_workbook
from helpers.sourcefile import Source

FILES = Path(__file__).parent / "files"


class Folder:
    """A case of which only the folder is asked."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def path(self, name):
        return self.folder / name


def extract(file="deaths.xlsx", **changed):
    entries = {
        "id": "pas",
        "title": "Patients",
        "publisher": "A trust",
        "licence": "none",
        "file": file,
        "layout": "extract",
        "table": "deaths",
        "coverage": {"start": "2011-04-01", "end": "2015-03-31"},
        "fields": {"local_id": {"from": "Ref"}, "sex": {"from": "Gender"}},
        "sheets": {"read": [r"20\d\d-\d\d"], "ignore": {"Lookups": "lists of codes"}},
        "quarantined": ["Notes"],
    }
    return Source.model_validate(entries | changed)


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
