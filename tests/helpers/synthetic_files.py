"""The files of a synthetic case, read by openpyxl and csv: not by the suite's own intake."""

import csv
import gzip
import io
from datetime import datetime, timedelta

FORMATS = ("%d/%m/%Y", "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%y", "%d/%m/%Y %H:%M")


def day(value, epoch):
    """A cell as a day; None where there is none that a record can have."""
    if value in (None, ""):
        return None
    if isinstance(value, datetime):
        return value.date() if value.year < 2100 else None
    if isinstance(value, int) or str(value).isdigit():
        return epoch + timedelta(int(value))
    for form in FORMATS:
        try:
            found = datetime.strptime(value, form).date()
        except ValueError:
            continue
        return found if 1900 < found.year < 2100 else None
    return None


def sheet_rows(book, headers):
    """Records of a workbook by (sheet, row), each by the canonical name of its header."""
    names = {header: field for field, heads in headers.items() for header in heads}
    rows = {}
    for sheet in book:
        if sheet.title in {"Read me", "Lookups", "Working"}:
            continue
        cells = list(sheet.iter_rows(values_only=True))
        head = [names[text] for text in cells[2]]
        for number, values in enumerate(cells[3:], start=4):
            if values[0] not in (None, "Total") or values[1]:
                rows[sheet.title, number] = dict(zip(head, values, strict=True))
        total = next(v for v in cells if v[0] == "Total")
        kept = sum(place[0] == sheet.title for place in rows if rows[place].get("record_status"))
        assert total[1] == kept
    return {place: row for place, row in rows.items() if row["record_status"] == "SYNTHETIC"}


def csv_rows(path, encoding="utf-8"):
    """Rows of a CSV file, packed or not."""
    if path.suffix == ".gz":
        return list(csv.DictReader(io.StringIO(gzip.decompress(path.read_bytes()).decode())))
    return list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding))))
