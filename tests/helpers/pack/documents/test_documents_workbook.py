"""The workbook: each number of the CSV files, the rules of accessible spreadsheets, no formula."""

import csv
import io
import re
import shutil
import subprocess
import zipfile

import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.exhibits.resource import from_frame
from helpers.pack.collect import Collected
from helpers.pack.documents import sheets, workbook

FIXED = {"Cover", "Contents", "Notes", "Findings", "Tables_without_rows"}


def opened(content):
    return openpyxl.load_workbook(io.BytesIO(content))


@pytest.fixture(scope="module")
def book(southern):
    return opened(workbook.workbook(southern.context, southern.made))


@pytest.fixture(scope="module")
def small(few):
    return workbook.workbook(few.context, few.made)


def table_of(sheet):
    """The one table of a sheet: its headers and its rows."""
    (table,) = sheet.tables.values()
    headers, *rows = [[cell.value for cell in row] for row in sheet[table.ref]]
    return headers, rows


def full(made):
    """The exhibits that are tables with rows, each with the CSV text it carries."""
    tables = [facts for facts in made.exhibits if facts["kind"] == "table"]
    return {
        facts["id"]: list(csv.reader(io.StringIO(facts["resource"]["data"])))
        for facts in tables
        if facts["resource"]["data"].count("\n") > 1
    }


def expected(text, kind):
    """What a cell holds for a text of a CSV file: Excel keeps 16 figures of a number."""
    if text == "":
        return "[x]"
    if kind == "boolean":
        return "yes" if text == "True" else "no"
    if kind in {"integer", "number"}:
        value = float(text)
        return "no limit" if value in {float("inf"), float("-inf")} else float(f"{value:.16g}")
    return text


def test_every_cell_of_every_table_is_that_of_its_csv_file(book, southern):
    tables = full(southern.made)
    assert set(book.sheetnames) == FIXED | set(workbook.sheet_names(tables).values())
    kinds = {
        facts["id"]: [field["type"] for field in facts["resource"]["schema"]["fields"]]
        for facts in southern.made.exhibits
    }
    numbers = 0
    for exhibit, (names, *lines) in tables.items():
        headers, rows = table_of(book[workbook.sheet_names([exhibit])[exhibit]])
        assert len(headers) == len(names) + 1
        assert len(rows) == len(lines)
        for row, line in zip(rows, lines, strict=True):
            wanted = [expected(*pair) for pair in zip(line, kinds[exhibit], strict=True)]
            assert row == [*wanted, "SYNTHETIC"], exhibit
            numbers += sum(isinstance(value, int | float) for value in row)
    assert numbers > 5000


def test_every_finding_is_a_row_with_its_numbers_in_full(book, southern):
    headers, rows = table_of(book["Findings"])
    told = {row[headers.index("Id")]: row for row in rows}
    for item in southern.made.findings:
        row = told[item["id"]]
        assert row[headers.index("Finding")] == item["text"]
        for name, key in (("Estimate", "value"), ("Lower limit", "low"), ("Upper limit", "high")):
            wanted = "[x]" if item[key] is None else float(f"{item[key]:.16g}")
            assert row[headers.index(name)] == wanted


def test_every_sheet_says_that_the_data_are_synthetic_and_in_which_pack_it_is(book):
    for sheet in book:
        assert sheet["A1"].value.startswith("SYNTHETIC DATA.")
        assert sheet.oddHeader.left.text == "SYNTHETIC DATA | OFFICIAL-SENSITIVE | Pack pack-0007"
    told = "\n".join(str(row[0].value) for row in book["Cover"])
    assert "Classification: OFFICIAL-SENSITIVE" in told
    assert "Pack: pack-0007" in told


def test_real_records_are_not_called_synthetic(few):
    exhibits = [{**facts, "data_status": "real"} for facts in few.made.exhibits]
    exhibits = [facts for facts in exhibits if facts["kind"] == "table"]
    real = type(few.context)(**{**vars(few.context), "data_status": "real"})
    book = opened(workbook.workbook(real, Collected(exhibits)))
    assert not any("SYNTHETIC" in str(sheet["A1"].value) for sheet in book)
    assert "Data status" not in table_of(book["rates.chain"])[0]


def test_over_each_table_stands_what_a_reader_has_to_know(book, southern):
    for exhibit in full(southern.made):
        sheet = book[exhibit]
        above = [str(row[0].value) for row in sheet.iter_rows(max_row=60)]
        for what in ("What it shows: ", "Period: ", "Source: ", f"Exhibit id: {exhibit}."):
            assert any(line.startswith(what) for line in above), (exhibit, what)


def test_rules_of_accessible_spreadsheets_hold(book):
    """One marked table a sheet, no merged and no empty cell in it, each column named once."""
    for sheet in book:
        assert not sheet.merged_cells.ranges
        assert len(sheet.tables) == (sheet.title != "Cover")
        if sheet.tables:
            headers, rows = table_of(sheet)
            assert len({name.casefold() for name in headers}) == len(headers)
            assert all(str(value).strip() for row in rows for value in row if value is not None)
            assert not any(value is None for row in rows for value in row), sheet.title
    linked = [row[0].hyperlink.location for row in book["Contents"].iter_rows(min_row=4)]
    assert linked == [f"'{name}'!A1" for name in book.sheetnames if name not in
                      {"Cover", "Contents", "Notes"}]  # fmt: skip


def test_a_table_without_rows_is_listed_with_what_it_says(small):
    headers, rows = table_of(opened(small)["Tables_without_rows"])
    assert [row[headers.index("Id")] for row in rows] == ["rates.totals_that_differ"]
    assert all(row[headers.index("What it says")] for row in rows)


HOSTILE = [
    *("=1+1", "+44", "-2", "@SUM(A1)", '=HYPERLINK("http://a.example")'),
    "[a](http://b.example)",
]


def test_text_that_begins_like_a_formula_stays_text(few):
    facts = next(facts for facts in few.made.exhibits if facts["id"] == "rates.chain")
    frame = pd.DataFrame({"label": HOSTILE, "=2": 1, "numerator": [1, 2, 3, 4, 5, 6]})
    mine = {**facts, "id": "mine.first", "title": "=3", "resource": from_frame("mine", frame)}
    content = workbook.workbook(few.context, Collected([mine]))
    sheet = opened(content)["mine.first"]
    texts = [row[0] for row in table_of(sheet)[1]]
    assert texts == [text.replace("](", "] (") for text in HOSTILE]
    cells = [cell for row in sheet for cell in row if isinstance(cell.value, str)]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        xml = [parts.read(name) for name in parts.namelist() if "worksheets/sheet" in name]
    assert not any(b"<f>" in part for part in xml)


def test_cells_of_marks_alone_and_endless_numbers_are_said_in_words(few):
    facts = next(facts for facts in few.made.exhibits if facts["id"] == "rates.chain")
    values = {"value": [float("inf"), 0.25], "yes": [True, False]}
    frame = pd.DataFrame({"label": ["*", "..."], **values})
    mine = {**facts, "id": "mine.first", "resource": from_frame("mine", frame)}
    book = opened(workbook.workbook(few.context, Collected([mine])))
    assert [row[:3] for row in table_of(book["mine.first"])[1]] == [
        ["the text *", "no limit", "yes"],
        ["the text ...", 0.25, "no"],
    ]


def test_numbers_are_shown_as_the_pages_show_them(book):
    headers, _ = table_of(book["rates.shares_by_stratum"])
    (table,) = book["rates.shares_by_stratum"].tables.values()
    first = book["rates.shares_by_stratum"][table.ref][1]
    forms = dict(zip(headers, (cell.number_format for cell in first), strict=True))
    assert forms["Number"] == "#,##0"
    assert forms["Share"] in {"0.0%", "0.00%"}


def test_properties_name_the_pack_and_nobody(small):
    told = opened(small).properties
    assert told.title.startswith("SYNTHETIC DATA. Tables: The case southern_health")
    assert told.creator == told.lastModifiedBy == "inquiry-notebooks"
    assert told.created.isoformat() == "2015-09-30T00:00:00"


def test_the_same_pack_gives_the_same_bytes(few, small):
    assert workbook.workbook(few.context, few.made) == small


@given(st.lists(st.text("ab_.", min_size=1, max_size=60), unique=True))
def test_sheets_have_names_that_excel_takes_each_once(ids):
    names = workbook.sheet_names(ids)
    assert len(set(names.values())) == len(ids)
    assert all(
        0 < len(name) <= 31 and re.fullmatch(r"[a-z0-9_.]+", name) for name in names.values()
    )
    assert all(workbook.sheet_names([exhibit])[exhibit] == names[exhibit] for exhibit in ids)


def test_long_text_is_cut_and_the_cut_is_said():
    assert sheets.text_of("a" * 40_000).endswith("[cut; the CSV file holds it]")
    assert len(sheets.text_of("a" * 40_000)) < 32_767


OFFICE = shutil.which("soffice")


@pytest.mark.skipif(not OFFICE, reason="LibreOffice is not on this machine")
@pytest.mark.slow
def test_libreoffice_opens_the_workbook(small, tmp_path):
    (tmp_path / "tables.xlsx").write_bytes(small)
    own = f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}"
    asked = ["--headless", "--convert-to", "csv", "--outdir", str(tmp_path)]
    subprocess.run(
        [OFFICE, own, *asked, str(tmp_path / "tables.xlsx")],
        check=True,
        capture_output=True,
        timeout=120,
    )
    assert "SYNTHETIC DATA. Tables" in (tmp_path / "tables.csv").read_text(encoding="utf-8")
