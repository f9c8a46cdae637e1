"""What a profile shows of one count, and of a table."""

import math

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.disclosure.profiles import RELEASES, profile_of
from helpers.disclosure.protect import midpoint, protect, shown
from helpers.errors import InputError

HIDING = ["hes", "mhsds", "opensafely", "ons-deaths"]
profiles = pytest.mark.parametrize("name", HIDING)
people = st.integers(0, 20_000)

# ---- Profiles -----------------------------------------------------------------------------------


def test_nothing_made_under_the_internal_profile_leaves():
    with pytest.raises(InputError, match="nothing made under this profile may be released"):
        profile_of("internal")


def test_an_unknown_profile_is_answered_with_those_that_may_be_used():
    with pytest.raises(InputError) as refused:
        profile_of("secret")
    (problem,) = refused.value.problems
    assert problem.mend == "Use one of: open, hes, mhsds, opensafely, ons-deaths."


def test_a_profile_that_hides_nothing_is_refused_for_unpublished_records():
    assert profile_of("open").name == "open"
    with pytest.raises(InputError, match="hides nothing"):
        profile_of("open", unpublished=True)


@profiles
def test_a_profile_says_its_rule_its_source_and_what_is_barred(name):
    profile = RELEASES[name]
    assert profile.rule.endswith(".")
    assert profile.source.endswith(".")
    assert any("minima and maxima" in text for text in profile.barred)


# ---- One count ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "middle"),
    [(0, 0), (1, 3), (6, 3), (7, 9), (12, 9), (13, 15), (722, 723), (272, 273)],
)
def test_midpoint_6(count, middle):
    assert midpoint(count) == middle


@given(people)
def test_midpoint_6_is_what_its_documentation_says(count):
    """Zero is zero; otherwise the truth lies from two below to three above."""
    middle = midpoint(count)
    assert (middle == 0) == (count == 0)
    if count:
        assert middle - 2 <= count <= middle + 3
        assert middle % 6 == 3


def test_there_are_no_fewer_than_none():
    with pytest.raises(ValueError, match="below zero"):
        midpoint(-1)
    with pytest.raises(ValueError, match="below zero"):
        shown(-1, RELEASES["hes"])


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("hes", {0: 0, 1: None, 7: None, 8: 10, 12: 10, 13: 15}),
        ("mhsds", {0: None, 4: None, 5: 5, 7: 5, 8: 10}),
        ("opensafely", {0: 0, 1: 3, 6: 3, 7: 9, 12: 9}),
        ("ons-deaths", {0: 0, 1: None, 4: None, 5: 5, 13: 13}),
        ("open", {0: 0, 1: 1, 13: 13}),
    ],
)
def test_the_rule_of_each_profile(name, expected):
    assert {count: shown(count, RELEASES[name]).value for count in expected} == expected


@profiles
@given(count=people)
def test_the_truth_lies_within_what_a_reader_knows(name, count):
    cell = shown(count, RELEASES[name])
    assert cell.low <= count <= cell.high


@profiles
@given(count=people, hide=st.booleans())
def test_a_small_count_leaves_the_whole_protection_interval_open(name, count, hide):
    profile = RELEASES[name]
    cell = shown(count, profile, hide=hide)
    if count in profile.protected:
        assert cell.low <= profile.protected[0]
        assert cell.high >= profile.protected[-1]
    if hide:
        assert cell.hidden
        assert cell.high == math.inf


@profiles
def test_what_a_reader_knows_is_exactly_what_has_the_same_form(name):
    """The interval of a number that is shown holds the counts that are shown so, and no other."""
    profile = RELEASES[name]
    cells = {count: shown(count, profile) for count in range(200)}
    for cell in (cell for cell in cells.values() if not cell.hidden and cell.high < 190):
        same = [count for count, other in cells.items() if other.value == cell.value]
        assert same == list(range(int(cell.low), int(cell.high) + 1))


# ---- A table ------------------------------------------------------------------------------------


@pytest.fixture
def table():
    frame = pd.DataFrame(
        {"service": list("ABC"), "year": 2014, "reported": [3, 13, 0], "deaths": [50, 61, 40]}
    )
    return frame.assign(share=frame["reported"] / frame["deaths"])


def test_shares_are_made_again_from_what_is_shown(table):
    shares = {"share": ("reported", "deaths")}
    made = protect(
        table, counts=["reported", "deaths"], shares=shares, profile=RELEASES["opensafely"]
    )
    assert made["reported"].tolist() == [3, 15, 0]
    assert made["deaths"].tolist() == [51, 63, 39]
    assert made["share"].tolist() == [3 / 51, 15 / 63, 0.0]


def test_nothing_of_a_hidden_number_travels_with_the_table(table):
    shares = {"share": ("reported", "deaths")}
    made = protect(table, counts=["reported", "deaths"], shares=shares, profile=RELEASES["hes"])
    assert made["reported"].isna().tolist() == [True, False, False]
    assert made["share"].isna().tolist() == [True, False, False]
    assert "3" not in made.loc[0].astype("str").str.replace("2014", "").str.cat()


def test_only_declared_columns_are_taken_for_counts_of_people(table):
    made = protect(table, counts=["reported"], profile=RELEASES["hes"])
    assert made["deaths"].tolist() == table["deaths"].tolist()
    assert made["year"].tolist() == [2014] * 3


def test_a_cell_can_be_hidden_for_the_sake_of_another(table):
    made = protect(
        table, counts=["reported", "deaths"], profile=RELEASES["ons-deaths"],
        hidden=[(1, "reported")],
    )  # fmt: skip
    assert made["reported"].isna().tolist() == [True, True, False]
    assert made["deaths"].tolist() == [50, 61, 40]
