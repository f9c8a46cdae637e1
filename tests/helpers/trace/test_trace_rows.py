"""Sets of rows: as ranges and back, hashed, and found in the files."""

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.trace.rows import Places, Rows, numbers, ranges

ROWS = st.sets(st.integers(1, 10_000)).map(sorted)


@given(ROWS)
def test_ranges_say_each_row_once_and_can_be_read_again(rows):
    text = ranges(np.array(rows, dtype="int64"))
    assert numbers(text) == rows
    assert text.count(",") <= max(len(rows) - 1, 0)


@given(ROWS)
def test_a_stretch_without_a_gap_is_one_range(rows):
    parts = ranges(np.array(rows, dtype="int64")).split(",") if rows else []
    ends = [(int(part.split("-")[0]), int(part.split("-")[-1])) for part in parts]
    assert all(later[0] - earlier[1] > 1 for earlier, later in zip(ends, ends[1:], strict=False))


@pytest.fixture
def table():
    return pd.DataFrame(
        {
            "source_id": ["pas", "pas", "csv", "pas", "pas"],
            "source_sheet": ["2014", "2013", "", "2014", "2014"],
            "source_row": [9, 4, 7, 4, 9],
        }
    )


@pytest.fixture
def places():
    return Places({"pas": "pas.xlsx", "csv": "list.csv"})


def test_rows_keep_file_sheet_and_row_and_count_each_once(table, places):
    rows = places.rows(places.codes(table))
    assert len(rows) == 4
    found = {place: held.tolist() for place, held in rows.by_sheet.items()}
    assert found == {
        ("list.csv", ""): [7],
        ("pas.xlsx", "2013"): [4],
        ("pas.xlsx", "2014"): [4, 9],
    }


def test_two_tables_of_the_same_files_have_the_same_places(table, places):
    one = places.codes(table)
    other = places.codes(table.iloc[::-1])
    assert one.tolist() == other[::-1].tolist()


def test_the_hash_is_that_of_the_references_in_order_whatever_was_read_first(table, places):
    lines = b"list.csv||7\npas.xlsx|2013|4\npas.xlsx|2014|4\npas.xlsx|2014|9"
    assert places.rows(places.codes(table)).sha256() == hashlib.sha256(lines).hexdigest()
    again = Places({"pas": "pas.xlsx", "csv": "list.csv"})
    assert again.rows(again.codes(table.iloc[[2, 1, 0, 3]])).sha256() == (
        hashlib.sha256(lines).hexdigest()
    )


def test_one_row_more_is_another_hash(table, places):
    codes = places.codes(table)
    assert places.rows(codes).sha256() != places.rows(codes[1:3]).sha256()


def test_rows_of_two_sets_are_those_of_either(table, places):
    codes = places.codes(table)
    both = places.rows(codes[:2]) | places.rows(codes[2:])
    assert both.codes.tolist() == places.rows(codes).codes.tolist()


def test_no_rows_are_a_set_too(places):
    nothing = places.rows(np.array([], dtype="int64"))
    assert (len(nothing), nothing.files, nothing.by_sheet) == (0, [], {})
    assert nothing.sha256() == hashlib.sha256(b"").hexdigest()
    assert len(Rows(np.array([], dtype="int64"), []) | nothing) == 0


def test_the_places_of_a_tally_are_called_strata_and_no_rows(table):
    places = Places({"pas": "pas.xlsx", "csv": "list.csv"}, tallies={"csv"})
    found = places.rows(places.codes(table)).by_sheet
    assert ("list.csv", "strata, not rows") in found
    assert ("list.csv", "") not in found
