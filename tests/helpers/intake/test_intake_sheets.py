"""Headers, titles, totals and blanks of a raw grid: what is a record and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.errors import InputError
from helpers.intake.cells import text_table
from helpers.intake.headers import header_problems, letters
from helpers.intake.sheets import Sheet, located
from helpers.sourcefile import Source


def source(**changed):
    """An extract with three fields, a milestone and a column that is left out."""
    entries = {
        "id": "pas",
        "title": "Patients",
        "publisher": "A trust",
        "licence": "none",
        "file": "pas.xlsx",
        "layout": "extract",
        "table": "deaths",
        "coverage": {"start": "2011-04-01", "end": "2015-03-31"},
        "fields": {
            "local_id": {"from": "Ref"},
            "date_of_death": {"from": ["Date of Death", "DOD"], "format": "%d/%m/%Y"},
            "sex": {"from": "Gender", "optional": True},
        },
        "milestones": {"ima_started": {"from": "IMA date", "format": "%d/%m/%Y"}},
        "ignored": {"RAG": "colour"},
        "quarantined": ["Notes"],
    }
    return Source.model_validate(entries | changed)


HEADERS = ["Ref", "DOD", "Gender", "IMA date"]


def sheet(*rows, of=None, **options):
    return located(text_table(rows), of or source(), where="pas.xlsx, sheet 2012-13", **options)


def refused(*rows, **options):
    with pytest.raises(InputError) as error:
        sheet(*rows, **options)
    return [str(problem) for problem in error.value.problems]


def test_titles_stand_above_the_headers_and_are_no_records():
    made = sheet(["Deaths 2012-13"], [], HEADERS, ["A1", "05/04/2012", "F", ""])
    assert made.frame.to_dict("list") == {
        "source_row": [4],
        "Ref": ["A1"],
        "DOD": ["05/04/2012"],
        "Gender": ["F"],
        "IMA date": [""],
    }
    assert made.frame.dtypes.astype(str).tolist() == ["int64", "str", "str", "str", "str"]
    assert made.facts["header_row"] == 3


def test_the_row_with_the_most_declared_headers_is_the_header_row_and_the_first_of_equals():
    made = sheet(["Ref", "as at"], HEADERS, HEADERS, ["A1", "x", "F", ""])
    assert made.facts["header_row"] == 2
    assert made.frame["Ref"].tolist() == ["Ref", "A1"]


def test_headers_beyond_row_40_are_not_looked_for():
    assert sheet(*[["x"]] * 39, HEADERS, ["A1"]).facts["header_row"] == 40
    (said,) = refused(*[["x"]] * 40, HEADERS, ["A1"])
    assert "no row among the first 40" in said


def test_a_sheet_without_the_headers_names_the_closest_row_and_what_is_missing():
    (said,) = refused(["a"], ["Ref", "b"], ["A1", "c"])
    assert "the closest is row 2 with 1 of them" in said
    assert "missing: Date of Death, IMA date" in said


def test_headers_are_read_without_stray_spaces_and_line_ends():
    made = sheet([" Ref ", "Date of\nDeath", "IMA  date"], ["A1", "x", "y"])
    assert list(made.frame) == ["source_row", "Ref", "Date of Death", "IMA date"]


def test_total_and_blank_rows_are_set_aside_and_counted():
    made = sheet(
        HEADERS,
        ["A1", "1", "F", "2"],
        [" ", "\n"],
        ["A2", "1", "F", "2"],
        ["Sub-total", "2"],
        ["A3", "1", "M", "2"],
        ["", "", "", "Total: 3"],
        ["Grand Total 2012/13", "3", "3", "3"],
        [],
    )
    assert made.frame["source_row"].tolist() == [2, 4, 6]
    assert made.facts["total_rows"] == [5, 7, 8]
    assert made.facts["blank_rows"] == 1
    assert made.facts["rows_read"] == 6
    assert made.facts["last_row"] == 8


def test_a_record_of_a_ward_whose_name_begins_with_total_is_a_record():
    made = sheet(HEADERS, ["A1", "1", "F", "2"], ["Total Care Unit", "1", "F", "2"])
    assert len(made.frame) == 2
    assert made.facts["total_rows"] == []


def test_two_headers_that_are_equal_and_a_column_without_one_are_named_together():
    rows = [["Ref", "DOD", "DOD", "IMA date", "", ""], ["A1", "1", "2", "3", "", "stray"]]
    first, second = refused(*rows)
    assert "header 'DOD' stands above columns B and C" in first
    assert "column F has no header and holds values (first in row 2)" in second


def test_a_blank_header_above_nothing_is_dropped():
    made = sheet(["Ref", "", "DOD", "IMA date"], ["A1", "", "1", "2"], ["Total", "9"])
    assert list(made.frame) == ["source_row", "Ref", "DOD", "IMA date"]


def test_headers_and_nothing_below_are_refused():
    (said,) = refused(HEADERS, [])
    assert "no records" in said


GROUPED = source(
    sheets={"header_rows": 2},
    fields={"local_id": {"from": "Ref"}, "date_of_death": {"from": "DOD"}},
    milestones={
        "ima_started": {"from": "IMA / Date"},
        "ima_completed": {"from": "IMA / Done"},
        "panel_decision": {"from": "Panel / Date"},
    },
)


def test_merged_groups_are_joined_to_the_headers_below_them():
    made = sheet(
        ["Deaths"],
        ["", "", "IMA", "", "Panel", ""],
        ["Ref", "DOD", "Date", "Done", "Date", "RAG"],
        ["A1", "1", "2", "3", "4", "5"],
        of=GROUPED,
        merged=[((0, 0), (0, 5)), ((1, 2), (1, 3)), ((1, 4), (1, 4))],
    )
    assert list(made.frame)[1:] == ["Ref", "DOD", "IMA / Date", "IMA / Done", "Panel / Date", "RAG"]
    assert (made.facts["header_row"], made.frame["source_row"].tolist()) == (3, [4])


def test_groups_that_are_not_merged_reach_to_the_next_one():
    rows = [
        ["Ref", "DOD", "IMA", "", "Panel"],
        ["", "", "Date", "Done", "Date"],
        ["A1", "1", "2", "3", "4"],
    ]
    made = sheet(*rows, of=GROUPED)
    assert list(made.frame)[1:] == ["Ref", "DOD", "IMA / Date", "IMA / Done", "Panel / Date"]


def test_every_header_that_is_not_declared_is_named_over_all_sheets():
    first = sheet([*HEADERS, "Ward", "gender"], ["A1", "1", "F", "2", "x", "y"], name="a")
    second = sheet(["Ref", "DOD", "Date of Death", "Handler"], ["A1", "1", "1", "x"], name="b")
    said = [str(problem) for problem in header_problems([first, second], source())]
    assert [line.split(". ")[0] for line in said] == [
        "pas.xlsx, sheet a: header 'Ward' is not declared",
        "pas.xlsx, sheet a: header 'gender' is not declared (is it 'Gender'?)",
        "pas.xlsx, sheet b: header 'Handler' is not declared",
        "pas.xlsx, sheet b: date_of_death has two columns: 'Date of Death' and 'DOD'",
        "pas.xlsx, sheet b: ima_started has no column: none is headed 'IMA date'",
    ]


def test_an_optional_field_and_columns_that_are_left_out_may_be_absent_or_there():
    made = sheet(["Ref", "DOD", "IMA date", "RAG", "Notes"], ["A1", "1", "2", "3", "4"])
    assert header_problems([made], source()) == []


@given(st.integers(0, 16_383))
def test_the_letters_of_a_column_count_as_a_spreadsheet_does(column):
    number = 0
    for letter in letters(column):
        number = number * 26 + ord(letter) - 64
    assert number == column + 1


cells = st.text(st.characters(codec="utf-8"), max_size=6)
rows = st.lists(st.lists(cells | st.sampled_from(["Total", "", "Ref"]), max_size=6), max_size=8)


@given(rows, rows)
def test_every_row_is_a_record_a_total_or_blank_and_none_is_lost(above, below):
    """Whatever the cells hold: the rows below the headers are all accounted for."""
    try:
        made = sheet(*above, HEADERS, *below)
    except InputError:
        return
    assert isinstance(made, Sheet)
    facts = made.facts
    kept = made.frame["source_row"].tolist()
    assert facts["rows_read"] == len(kept) + len(facts["total_rows"])
    assert facts["last_row"] - facts["header_row"] == facts["rows_read"] + facts["blank_rows"]
    assert not set(kept) & set(facts["total_rows"])
    grid = [*above, HEADERS, *below]
    for row, ref in zip(kept, made.frame["Ref"], strict=True):
        column = [" ".join(cell.split()) for cell in grid[facts["header_row"] - 1]].index("Ref")
        assert ref == (grid[row - 1][column] if column < len(grid[row - 1]) else "")
