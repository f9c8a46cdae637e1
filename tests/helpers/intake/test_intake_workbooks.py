"""Workbooks: dates in both date modes, what a sheet hides, and cells as text in one way."""

import datetime as dt
import io

import openpyxl
import pytest
import xlsxwriter
from declared import Folder
from hypothesis import given, settings
from hypothesis import strategies as st
from made_workbooks import FILES, extract, make, read_written

from helpers.errors import InputError
from helpers.intake.opening_files import read_source
from helpers.intake.reading import sha256
from helpers.intake.workbook import contents, read_workbook


def read(folder, pages, **changed):
    path = make(folder, pages)
    before = sha256(path)
    try:
        return read_source(Folder(folder), extract(**changed))
    finally:
        assert sha256(path) == before


def refused(folder, pages, **changed):
    with pytest.raises(InputError) as error:
        read(folder, pages, **changed)
    return [str(problem) for problem in error.value.problems]


TABLE = [["Ref", "Gender"], ["A1", "F"]]

# ---- Sheets -------------------------------------------------------------------------------------


def test_sheets_are_read_in_their_order_and_those_ignored_are_not(tmp_path):
    sheets = read(tmp_path, {"2013-14": TABLE, "Lookups": [["M", "Male"]], "2012-13": TABLE})
    assert [sheet.name for sheet in sheets] == ["2013-14", "2012-13"]
    assert sheets[0].frame.to_dict("list") == {"source_row": [2], "Ref": ["A1"], "Gender": ["F"]}


def test_everything_wrong_in_any_sheet_is_named_at_once(tmp_path):
    said = refused(
        tmp_path,
        {
            "2012-13": [["Ref", "Gender", "Ward"], ["A1", "F", "x"]],
            "2012-13 (2)": TABLE,
            "Sheet3": [],
            "2013-14": [["Ref", "DOD"], ["A1", "x"]],
            "2014-15": [["x"]],
            "2015-16": [["Ref", "Ref", "Gender"], ["A1", "A1", "F"]],
        },
    )
    assert [line.split(". ")[0].removeprefix("deaths.xlsx") for line in said] == [
        ": sheet '2012-13 (2)' is neither read nor ignored",
        ": sheet 'Sheet3' is neither read nor ignored",
        ", sheet 2014-15: no row among the first 40 holds the headers declared; "
        "missing: Ref, Gender",
        ", sheet 2015-16: header 'Ref' stands above columns A and B",
        ", sheet 2012-13: header 'Ward' is not declared",
        ", sheet 2013-14: header 'DOD' is not declared",
        ", sheet 2013-14: sex has no column: none is headed 'Gender'",
    ]


def test_a_workbook_of_which_no_sheet_is_read_is_refused(tmp_path):
    assert any("no sheet is read" in line for line in refused(tmp_path, {"Lookups": TABLE}))


def test_what_a_sheet_hides_is_told_and_read(tmp_path):
    def hide(page, book):
        page.write_row(0, 0, ["Deaths 2012-13"])
        page.write_row(1, 0, ["Ref", "Gender", "Notes"])
        for row in range(2, 8):
            page.write_row(row, 0, [f"A{row}", "F" if row % 2 else "M", "x"])
        page.merge_range(9, 0, 9, 2, "end")
        page.autofilter(1, 0, 7, 2)
        page.filter_column(1, "Gender == F")
        for row in (2, 4, 6):
            page.set_row(row, None, None, {"hidden": True})
        page.set_column(2, 2, None, None, {"hidden": True})

    def plain(page, book):
        page.write_row(0, 0, ["Ref", "Gender"])
        page.write_row(1, 0, ["B1", "F"])
        page.hide()

    def buried(page, book):
        plain(page, book)
        page.very_hidden()

    sheets = read(tmp_path, {"2012-13": hide, "2013-14": plain, "2014-15": buried})
    first, second, third = (sheet.facts for sheet in sheets)
    assert len(sheets[0].frame) == 7
    assert first["hidden_columns"] == ["Notes"]
    assert (first["hidden_rows"], first["merged"], first["filtered"]) == (3, 1, True)
    assert (second["hidden_rows"], second["merged"], second["filtered"]) == (0, 0, False)
    assert [facts["state"] for facts in (first, second, third)] == [
        "visible",
        "hidden",
        "very hidden",
    ]
    assert contents(tmp_path / "deaths.xlsx")[2] == ("2014-15", "very hidden", "WorkSheet")


def test_merged_groups_above_the_headers_are_joined_to_them(tmp_path):
    def grouped(page, book):
        page.merge_range(0, 0, 0, 4, "Deaths 2012-13")
        page.merge_range(1, 2, 1, 3, "IMA")
        page.write_row(2, 0, ["Ref", "Gender", "Date", "Done", "Notes"])
        page.write_row(3, 0, ["A1", "F", "x", "y", "z"])

    milestones = {"ima_started": {"from": "IMA / Date"}, "ima_completed": {"from": "IMA / Done"}}
    rule = {"sheets": {"header_rows": 2}, "milestones": milestones}
    (sheet,) = read(tmp_path, {"2012-13": grouped}, **rule)
    assert list(sheet.frame)[1:] == ["Ref", "Gender", "IMA / Date", "IMA / Done", "Notes"]


def test_a_sheet_that_begins_far_from_its_corner_keeps_the_numbers_of_its_rows(tmp_path):
    def low(page, book):
        page.write_row(20, 5, ["Ref", "Gender"])
        page.write_row(21, 5, ["A1", "F"])
        page.write_row(30, 5, ["A2", "F"])

    (sheet,) = read(tmp_path, {"2012-13": low})
    assert sheet.frame["source_row"].tolist() == [22, 31]
    assert (sheet.facts["header_row"], sheet.facts["blank_rows"]) == (21, 8)


# ---- Cells --------------------------------------------------------------------------------------


DAYS = [dt.date(1904, 1, 2), dt.date(1929, 2, 28), dt.date(2000, 2, 29), dt.date(2014, 3, 5)]


@pytest.mark.parametrize("from_1904", [False, True])
def test_native_dates_are_the_same_days_in_both_date_modes(tmp_path, from_1904):
    """The cells are written as bare numbers, counted here by hand from the first day."""
    first = dt.datetime(1904, 1, 1) if from_1904 else dt.datetime(1899, 12, 30)
    moment = dt.datetime(2014, 3, 5, 13, 45, 10)

    def dated(page, book):
        day, both, clock, length = (
            book.add_format({"num_format": text})
            for text in ("dd/mm/yyyy", "dd/mm/yyyy hh:mm:ss", "hh:mm", "[h]:mm")
        )
        page.write_row(0, 0, ["Ref", "Gender", "Notes"])
        for row, when in enumerate(DAYS, start=1):
            page.write_row(row, 0, ["A1"])
            page.write_number(row, 2, (when - first.date()).days, day)
        page.write_number(5, 2, (moment - first).total_seconds() / 86400, both)
        page.write_number(6, 2, (moment - first).total_seconds() / 86400 % 1, clock)
        page.write_number(7, 2, 1.25, length)
        page.write_number(8, 2, 41000)
        page.write_number(9, 2, 41000, book.add_format({"num_format": "0.00"}))
        page.write_number(10, 2, 41000, book.add_format({"num_format": '0 "days"'}))

    path = make(tmp_path, {"2012-13": dated}, date_1904=from_1904)
    (raw,) = read_workbook(path)
    assert raw.facts["date_mode"] == ("1904" if from_1904 else "1900")
    assert raw.grid.column(2).to_pylist()[1:] == [
        *(f"{day.isoformat()}T00:00:00" for day in DAYS),
        "2014-03-05T13:45:10",
        "13:45:10",
        "30:00:00",
        "41000",
        "41000",
        "41000",
    ]


def test_dates_written_as_iso_text_cells_are_native_dates(tmp_path):
    book = openpyxl.Workbook(iso_dates=True)
    book.active.append(
        ["Ref", dt.date(2014, 3, 5), dt.datetime(2014, 3, 5, 13, 45), dt.time(9, 30)]
    )
    book.save(tmp_path / "deaths.xlsx")
    (raw,) = read_workbook(tmp_path / "deaths.xlsx")
    assert [column[0].as_py() for column in raw.grid.columns[1:3]] == [
        "2014-03-05T00:00:00",
        "2014-03-05T13:45:00",
    ]


def test_cells_are_text_in_one_way(tmp_path):
    def page(page, book):
        page.write_string(0, 0, "007")
        page.write_number(0, 1, 9434765919)
        page.write_number(0, 2, 0.1)
        page.write_boolean(0, 3, True)
        page.write_formula(0, 4, "=NA()", None, "#N/A")
        page.write_formula(0, 5, "=1/0", None, "#DIV/0!")
        page.write_string(0, 6, " two\nlines ")
        page.write_formula(0, 7, '="a"&"b"', None, "ab")
        page.write_string(0, 8, "05/03/2014")
        page.write_formula(1, 27, "=A1", None, "#REF!")

    (raw,) = read_workbook(make(tmp_path, {"a": page}))
    first = [column[0].as_py() for column in raw.grid.columns[:9]]
    expected = ["007", "9434765919", "0.1", "TRUE", "#N/A", "#DIV/0!"]
    assert first == [*expected, " two\nlines ", "ab", "05/03/2014"]
    assert raw.grid.column(27).to_pylist() == ["", "#REF!"]


@pytest.mark.parametrize("mode", ["1900", "1904"])
def test_old_workbooks_are_read_in_both_date_modes(mode):
    rule = extract(
        f"deaths_{mode}.xls",
        fields={"local_id": {"from": "Ref"}, "date_of_death": {"from": "Date of Death"}},
        ignored={"Reported at": "x", "Time": "x", "Age": "x", "Serial": "x"},
        sheets={"read": ["20.*"], "ignore": {"Lookups": "codes", "Secret …": "codes"}},
    )
    before = sha256(FILES / rule.file)
    (sheet,) = read_source(Folder(FILES), rule)
    assert sha256(FILES / rule.file) == before
    assert sheet.frame.to_dict("list") == {
        "source_row": [4, 5, 7],
        "Ref": ["A1", "A2", "A3"],
        "Date of Death": ["2012-04-05T00:00:00", "2013-03-31T00:00:00", "2012-12-12T00:00:00"],
        "Reported at": ["2012-04-06T13:45:00", "2013-04-02T09:30:00", ""],
        "Time": ["13:45:00", "09:30:00", ""],
        "Age": ["81", "47.5", "#N/A"],
        "Notes": ["x", "", "TRUE"],
        "Serial": ["41000", "41000", ""],
    }
    assert sheet.facts == {
        "state": "visible",
        "header_row": 3,
        "last_row": 8,
        "rows_read": 4,
        "blank_rows": 1,
        "total_rows": [8],
        "hidden_columns": ["Notes"],
        "hidden_rows": 1,
        "merged": 1,
        "filtered": False,
        "date_mode": mode,
        "truncated": "",
    }
    states = [state for _, state, _ in contents(FILES / rule.file)]
    assert states == ["visible", "hidden", "very hidden"]


cell = st.one_of(
    st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "Zs"]), max_size=8),
    st.integers(-(10**9), 10**9),
    st.booleans(),
    st.dates(dt.date(1904, 1, 2), dt.date(9999, 12, 31)),
    st.none(),
)


def expected(value):
    """The text of a cell, said in another way than the suite says it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    return f"{value:%Y-%m-%d}T00:00:00".zfill(19) if isinstance(value, dt.date) else str(value)


@settings(max_examples=60)
@given(st.lists(st.lists(cell, min_size=1, max_size=5), min_size=1, max_size=6), st.booleans())
def test_whatever_is_written_is_read_back_as_text(rows, from_1904):
    path = io.BytesIO()
    options = {"in_memory": True, "date_1904": from_1904, "default_date_format": "dd/mm/yyyy"}
    if from_1904:
        latest = dt.date(9995, 1, 1)  # calamine ends with the year 9999 as 1900 counts it
        rows = [[min(v, latest) if isinstance(v, dt.date) else v for v in row] for row in rows]
    with xlsxwriter.Workbook(path, options) as book:
        page = book.add_worksheet("a")
        for i, row in enumerate(rows):
            for j, value in enumerate(row):
                if isinstance(value, str):
                    page.write_string(i, j, value)
                elif isinstance(value, dt.date):
                    page.write_datetime(i, j, value)
                elif value is not None:
                    page.write(i, j, value)
    (raw,) = read_written(path.getvalue())
    grid = [list(row) for row in zip(*(c.to_pylist() for c in raw.grid.columns), strict=True)]
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            there = i < len(grid) and j < len(grid[i])
            assert (grid[i][j] if there else "") == expected(value)
