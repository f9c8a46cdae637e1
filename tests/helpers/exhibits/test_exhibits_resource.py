"""Frames as tabular data resources: what goes in comes out, to the last bit."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.exhibits.resource import from_frame, is_empty, to_frame

floats = st.one_of(
    st.floats(allow_nan=False),
    st.sampled_from([0.1, 1 / 3, 5e-324, 2.2250738585072014e-308, 1.7976931348623157e308, -0.0]),
)
# A blank is a missing value in a CSV file, so only text with something in it is text.
words = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.sampled_from(
        ["a,b", 'say "no"', "two\nlines", "a\r\nb", "NA", "nan", " kept ", "007", "1e3"]
    ),
)


def back(frame):
    return to_frame(from_frame("a.b", frame))


@given(st.lists(floats, min_size=1, max_size=10))
def test_floats_come_back_exactly_sign_of_zero_and_extremes_included(values):
    made = back(pd.DataFrame({"x": values}))["x"].tolist()
    assert made == values
    assert [math.copysign(1, x) for x in made] == [math.copysign(1, x) for x in values]


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=10))
def test_whole_numbers_come_back_exactly(values):
    assert back(pd.DataFrame({"n": pd.Series(values, dtype="int64")}))["n"].tolist() == values


@given(st.lists(words, min_size=1, max_size=8))
def test_text_comes_back_exactly_with_commas_quotes_and_line_ends(values):
    frame = pd.DataFrame({"name": pd.Series(values, dtype="str"), "n": range(len(values))})
    assert back(frame)["name"].tolist() == values


@given(st.lists(st.tuples(*[st.booleans()] * 4), min_size=1, max_size=8))
def test_missing_values_stay_missing_in_every_kind_of_column(holes):
    frame = pd.DataFrame(
        {
            "n": pd.array([None if hole[0] else 7 for hole in holes], "Int64"),
            "x": [math.nan if hole[1] else 0.1 for hole in holes],
            "t": pd.Series([None if hole[2] else "a" for hole in holes], dtype="str"),
            "b": pd.array([None if hole[3] else True for hole in holes], "boolean"),
        }
    )
    made = back(frame)
    assert made.isna().to_numpy().tolist() == [list(hole) for hole in holes]
    assert made["n"].dropna().eq(7).all()


def test_a_column_of_whole_numbers_with_a_gap_stays_whole():
    made = back(pd.DataFrame({"n": pd.array([2**53 + 1, None], "Int64")}))
    assert made["n"][0] == 2**53 + 1


def test_a_single_column_keeps_its_missing_rows():
    assert back(pd.DataFrame({"x": [None, "y", None]}))["x"].isna().tolist() == [True, False, True]


def test_the_types_of_the_fields_are_named_for_other_programs():
    frame = pd.DataFrame(
        {
            "n": [1],
            "x": [0.5],
            "t": ["a"],
            "b": [True],
            "d": pd.to_datetime(["2020-02-29"]),
        }
    )
    resource = from_frame("a.b", frame)
    assert [field["type"] for field in resource["schema"]["fields"]] == [
        "integer",
        "number",
        "string",
        "boolean",
        "date",
    ]
    assert resource["profile"] == "tabular-data-resource"
    assert back(frame)["d"].tolist() == ["2020-02-29"]


@pytest.mark.parametrize(
    ("frame", "empty"),
    [
        (pd.DataFrame(), True),
        (pd.DataFrame(columns=["a", "b"]), True),
        (pd.DataFrame({"a": [1]}), False),
        (pd.DataFrame({"a": [None]}), False),
    ],
)
def test_a_resource_knows_whether_it_has_rows(frame, empty):
    assert is_empty(from_frame("a.b", frame)) is empty
    assert len(back(frame)) == len(frame)
    assert list(back(frame)) == list(frame)


def test_the_same_frame_gives_the_same_bytes():
    frame = pd.DataFrame({"x": [0.1, 1 / 3], "t": ["a", None]})
    assert from_frame("a.b", frame) == from_frame("a.b", frame.copy())
