"""People out of a hundred: marks add up, fill in one order and can be read back."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.exhibits import drawn
from helpers.figures.icons import icon_array, shared_out

CHAIN = pd.DataFrame(
    {
        "label": ["Reported", "Unexpected", "Reviewed", "Investigated", "Serious incident"],
        "numerator": [1454, 722, 540, 272, 195],
        "denominator": 10306,
    }
)


@given(
    st.lists(st.integers(0, 5000), min_size=1, max_size=8).filter(any), st.sampled_from([100, 1000])
)
def test_marks_add_up_and_none_is_off_by_one(parts, marks):
    found = shared_out(parts, marks)
    assert sum(found) == marks
    assert all(abs(n - part * marks / sum(parts)) < 1 for n, part in zip(found, parts, strict=True))
    assert all(n == 0 for n, part in zip(found, parts, strict=True) if part == 0)


def test_the_chain_is_read_back_mark_by_mark():
    frame = drawn.read_back(icon_array(CHAIN))
    full = frame[frame["series"].str.contains("reached the step", regex=False)]
    assert full.groupby("panel", sort=False).size().tolist() == [14, 7, 5, 3, 2]
    assert frame.groupby("panel").size().tolist() == [100] * 5


def test_marks_of_a_step_are_among_those_of_the_step_before():
    frame = drawn.read_back(icon_array(CHAIN, marks=1000))
    full = frame[frame["series"].str.contains("reached the step", regex=False)]
    sets = [
        set(zip(part["x"], part["y"], strict=True)) for _, part in full.groupby("panel", sort=False)
    ]
    assert all(after <= before for before, after in zip(sets, sets[1:], strict=False))


def test_the_exact_numbers_and_the_rounding_are_said():
    said = drawn.texts(icon_array(CHAIN))
    assert "14 of 100 marks\n1,454 of 10,306" in said
    assert any("largest" in text and "103 of 10,306" in text for text in said)


def test_a_few_people_are_not_said_to_be_none_nor_many_to_be_all():
    frame = pd.DataFrame({"label": ["a", "b"], "numerator": [9999, 3], "denominator": 10_000})
    figure = icon_array(frame)
    below = [ax.get_xlabel().splitlines()[0] for ax in figure.axes]
    assert below == ["nearly all of 100 marks", "fewer than 1 of 100 marks"]


def test_full_and_hollow_marks_differ_without_colour():
    full, hollow = icon_array(CHAIN).axes[0].collections
    assert full.get_facecolor()[0][:3].mean() < 0.5
    assert hollow.get_facecolor()[0][:3].tolist() == [1, 1, 1]


def test_nobody_and_no_rows():
    none = icon_array(pd.DataFrame({"label": ["a"], "numerator": [0], "denominator": [50]}))
    assert none.axes[0].get_xlabel().startswith("0 of 100 marks\n0 of 50\n")
    assert drawn.read_back(icon_array(CHAIN.iloc[:0])).empty
    assert drawn.read_back(icon_array(CHAIN.assign(denominator=0))).empty


@pytest.mark.parametrize(
    ("frame", "options", "words"),
    [
        (CHAIN, {"marks": 50}, "100 or 1000"),
        (CHAIN.assign(denominator=range(2000, 2005)), {}, "same whole"),
        (CHAIN.iloc[::-1], {}, "'Investigated' is negative, or larger"),
        (CHAIN.assign(denominator=1000), {}, "'Reported' is negative, or larger"),
        (CHAIN.assign(numerator=-1), {}, "negative"),
    ],
)
def test_what_is_no_chain_is_refused(frame, options, words):
    with pytest.raises(ValueError, match=words):
        icon_array(frame, **options)
