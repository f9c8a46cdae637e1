"""Rates of few events: the published thresholds, one below and one at each."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.methods.proportions import rate
from helpers.methods.small_numbers import SmallNumbers, apply

RESULTS = ["value", "low", "high"]
UNRELIABLE = "(u) fewer than 20 deaths: unreliable"


def rates(*deaths):
    return rate(pd.DataFrame({"numerator": deaths, "denominator": 1000.0}), per=1000)


# Office for National Statistics, policy on birth and death statistics: 3, 10 and 20 deaths.
@pytest.mark.parametrize(
    ("kind", "deaths", "notes"),
    [
        (
            "crude",
            [0, 2, 3, 19, 20],
            [*["fewer than 3 deaths: no rate"] * 2, UNRELIABLE, UNRELIABLE, ""],
        ),
        (
            "standardised",
            [0, 9, 10, 19, 20],
            [*["fewer than 10 deaths: no standardised rate"] * 2, UNRELIABLE, UNRELIABLE, ""],
        ),
    ],
)
def test_the_thresholds_are_those_published(kind, deaths, notes):
    before = rates(*deaths)
    found = apply(before, kind=kind)
    assert found["note"].tolist() == notes
    assert found["numerator"].tolist() == deaths
    assert found.loc[:1, RESULTS].isna().all(axis=None)
    pd.testing.assert_frame_equal(found.loc[2:, RESULTS], before.loc[2:, RESULTS])


@given(st.lists(st.integers(0, 60), max_size=30), st.sampled_from(["crude", "standardised"]))
def test_nothing_but_rates_of_too_few_is_lost(deaths, kind):
    rule = SmallNumbers(no_rate_below=4, no_standardised_below=7, unreliable_below=11)
    found = apply(rates(*deaths), rule, kind=kind)
    least = 4 if kind == "crude" else 7
    assert found["value"].isna().tolist() == [count < least for count in deaths]
    assert found["note"].ne("").tolist() == [count < 11 for count in deaths]


def test_a_note_that_is_there_is_kept():
    before = rates(1, 12, 50, 2).assign(note=["a", "b", "c", ""])
    assert apply(before)["note"].tolist() == [
        "fewer than 3 deaths: no rate; a",
        f"{UNRELIABLE}; b",
        "c",
        "fewer than 3 deaths: no rate",
    ]


def test_missing_counts_keep_their_row_and_the_input_is_untouched():
    before = rates(None, 30).set_axis(["a", "b"])
    copy = before.copy()
    found = apply(before, noun="people who died")
    pd.testing.assert_frame_equal(before, copy)
    assert found["note"].tolist() == ["", ""]
    assert np.isnan(found.loc[0, "value"])
    assert found.columns.tolist() == [*before.columns, "note"]


def test_nothing_is_nothing():
    found = apply(rates())
    assert found.empty
    assert "note" in found


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="kind must be one of 'crude', 'standardised'"):
        apply(rates(1), kind="both")
    with pytest.raises(ValueError, match="Missing columns 'value', 'low', 'high'"):
        apply(pd.DataFrame({"numerator": [1]}))
    with pytest.raises(ValueError, match="Row 0: the numerator is negative"):
        apply(rates(1).assign(numerator=-1))
    with pytest.raises(ValueError, match=r"unreliable_below no smaller than the others; got 3, 25"):
        SmallNumbers(no_standardised_below=25)
    with pytest.raises(ValueError, match="must be 0 or more"):
        SmallNumbers(no_rate_below=-1)


def test_the_rule_cannot_be_changed_and_names_its_source():
    with pytest.raises(AttributeError):
        SmallNumbers().no_rate_below = 1
    assert "National Statistics" in SmallNumbers().source
