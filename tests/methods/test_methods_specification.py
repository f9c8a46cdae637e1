"""Every choice tried, none dropped: what was run, what it gave, and why not."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.specification import by_choice, leave_one_out, specifications, summary

CHOICES = {"base": ["all", "reported"], "window": {"1 month": 1, "12 months": 12}, "rule": ["a"]}


def recorded(base, window, rule):
    """An estimate that says what it was called with."""
    value = (2.0 if base == "all" else 0.8) + window / 100
    return {
        "value": value,
        "low": value - 0.5,
        "high": value + 0.5,
        "n": 100 * window,
        "rule_of": rule,
    }


def test_every_combination_is_run_once_in_order_with_what_it_was_given():
    found = specifications(recorded, CHOICES)
    offered = [["all", "reported"], ["1 month", "12 months"], ["a"]]
    assert found[["base", "window", "rule"]].to_numpy().tolist() == [
        list(c) for c in product(*offered)
    ]
    assert found["value"].tolist() == pytest.approx([2.01, 2.12, 0.81, 0.92])
    assert found["n"].tolist() == [100, 1200, 100, 1200]
    assert found["rule_of"].tolist() == ["a"] * 4
    assert found["specification"].tolist() == [1, 2, 3, 4]
    assert found["numerator"].isna().all()
    assert found["reason"].tolist() == [""] * 4
    assert (found["combinations"] == 4).all()
    assert (found["drawn"] == 4).all()
    assert found["seed"].isna().all()


def test_the_headline_is_the_first_of_each_choice_unless_named():
    assert specifications(recorded, CHOICES)["headline"].tolist() == [True, False, False, False]
    named = specifications(recorded, CHOICES, headline={"window": "12 months"})
    assert named["headline"].tolist() == [False, True, False, False]


def test_why_there_is_no_estimate_is_kept_whatever_way_it_was_said():
    def estimate(how):
        if how == "raises":
            raise ValueError("too few events")
        return {
            "text": "no such records",
            "nan": {"value": np.nan, "low": 1.0},
            "fine": {"value": 1},
        }[how]

    found = specifications(estimate, {"how": ["fine", "raises", "text", "nan"]})
    assert found["reason"].tolist() == [
        "",
        "too few events",
        "no such records",
        "no finite estimate",
    ]
    assert found["value"].isna().tolist() == [False, True, True, True]
    assert found["low"].isna().all()


def test_an_error_that_is_no_reason_is_not_swallowed():
    with pytest.raises(ZeroDivisionError):
        specifications(lambda base: {"value": 1 / base}, {"base": [0]})
    with pytest.raises(TypeError, match="An estimate needs a 'value'"):
        specifications(lambda base: {"estimate": base}, {"base": [1]})


MANY = {"one": list(range(10)), "two": list(range(10)), "three": list(range(20))}


def total(one, two, three):
    return {"value": one + two + three}


def test_too_many_combinations_are_refused_without_a_seed_and_drawn_with_one():
    with pytest.raises(ValueError, match="There are 2,000 combinations, more than 50: give a seed"):
        specifications(total, MANY, most=50)
    drawn = specifications(total, MANY, most=50, seed=3)
    assert len(drawn) == 50
    assert not drawn.duplicated(["one", "two", "three"]).any()
    assert drawn["headline"].sum() == 1
    assert (drawn["combinations"] == 2000).all()
    assert (drawn["drawn"] == 50).all()
    assert (drawn["seed"] == 3).all()
    pd.testing.assert_frame_equal(drawn, specifications(total, MANY, most=50, seed=3))
    assert not drawn.equals(specifications(total, MANY, most=50, seed=4))


@given(st.integers(1, 60), st.integers(0, 9), st.integers(0, 19))
def test_the_headline_is_always_drawn(most, two, three):
    head = {"two": str(two), "three": str(three)}
    drawn = specifications(total, MANY, headline=head, most=most, seed=1)
    assert len(drawn) == most
    assert drawn[drawn["headline"]][["two", "three"]].to_numpy().tolist() == [
        [str(two), str(three)]
    ]


@pytest.mark.parametrize(
    ("choices", "options", "sentence"),
    [
        ({}, {}, "Name at least one choice"),
        ({"base": []}, {}, "needs alternatives with different names"),
        ({"base": ["a", "a"]}, {}, "needs alternatives with different names"),
        ({"base": "all"}, {}, "must be a mapping or a list"),
        ({"value": ["a"]}, {}, "A choice cannot be called 'value'"),
        ({"base": ["a"]}, {"headline": {"base": "b"}}, "The headline's base 'b' is not among"),
        ({"base": ["a"]}, {"headline": {"rule": "b"}}, "names 'rule', which is no choice"),
        ({"base": ["a"]}, {"most": 0}, "At least one combination"),
    ],
)
def test_choices_that_cannot_be_are_refused(choices, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        specifications(recorded, choices, **options)


# ---- Summary ------------------------------------------------------------------------------------


def test_the_summary_counts_agreement_with_the_headline():
    """By hand: values 2.01, 2.12, 0.81, 0.92 with limits 0.5 to either side, about 1."""
    found = summary(specifications(recorded, CHOICES)).iloc[0]
    assert found["median"] == pytest.approx((2.01 + 0.92) / 2)
    assert (found["least"], found["greatest"]) == pytest.approx((0.81, 2.12))
    assert (found["value"], found["low"], found["high"]) == pytest.approx((2.01, 1.51, 2.51))
    assert (found["same_side"], found["excludes"], found["excludes_same_side"]) == (0.5, 0.5, 0.5)
    assert (found["estimated"], found["without"], found["run"]) == (4, 0, 4)


def test_differences_are_summarised_about_zero():
    rows = pd.DataFrame({"value": [-0.2, -0.1, 0.1], "low": [-0.3, -0.2, 0.05]})
    rows = rows.assign(high=[-0.1, 0.1, 0.2], headline=[True, False, False])
    found = summary(rows, null=0.0).iloc[0]
    assert_allclose(
        found[["same_side", "excludes", "excludes_same_side"]].astype(float), [2 / 3, 2 / 3, 1 / 3]
    )


def test_those_without_an_estimate_or_limits_are_counted():
    rows = pd.DataFrame({"value": [2.0, np.nan, 3.0], "low": [1.5, np.nan, np.nan]})
    rows = rows.assign(high=[2.5, np.nan, np.nan], headline=[False, True, False])
    found = summary(rows).iloc[0]
    assert np.isnan(found["value"])
    assert (found["estimated"], found["without"], found["without_limits"]) == (2, 1, 1)
    assert (found["same_side"], found["excludes"]) == (1.0, 1.0)
    nothing = summary(rows.iloc[1:2]).iloc[0]
    assert nothing[["median", "least", "same_side", "excludes"]].isna().all()


@given(st.lists(st.floats(0.1, 10), min_size=1, max_size=12))
def test_the_median_lies_in_the_range_and_the_order_does_not_matter(values):
    rows = pd.DataFrame({"value": values}).assign(low=0.05, high=20.0, headline=False)
    found, other = summary(rows), summary(rows.iloc[::-1])
    assert found.loc[0, "least"] <= found.loc[0, "median"] <= found.loc[0, "greatest"]
    assert found.loc[0, "excludes"] == 0
    pd.testing.assert_frame_equal(found, other)


def test_each_choice_has_the_spread_of_its_medians():
    found = by_choice(specifications(recorded, CHOICES), choices=["base", "window"])
    assert found["alternative"].tolist() == ["all", "reported", "1 month", "12 months"]
    assert_allclose(found["median"], [2.065, 0.865, 1.41, 1.52])
    assert_allclose(found["spread"], [1.2, 1.2, 0.11, 0.11])
    lost = specifications(lambda how: "no" if how == "b" else {"value": 1.0}, {"how": ["a", "b"]})
    counted = by_choice(lost, choices=["how"])
    assert counted[["estimated", "without"]].to_numpy().tolist() == [[1, 0], [0, 1]]
    with pytest.raises(ValueError, match="Name the choices"):
        by_choice(lost, choices=[])
    with pytest.raises(ValueError, match="Missing column 'why'"):
        by_choice(lost, choices=["why"])


# ---- Leaving out --------------------------------------------------------------------------------

ROWS = pd.DataFrame(
    {
        "trust": ["B", "A", "A", None, "B", "C"],
        "year": [2019, 2018, 2019, 2018, 2020, 2020],
        "seen": [1, 0, 1, 1, 0, 1],
    }
)


def mean(part):
    return {"value": part["seen"].mean(), "n": len(part), "numerator": part["seen"].sum()}


def test_each_value_is_left_out_once_and_missing_ones_together():
    found = leave_one_out(ROWS, by="trust", estimate=mean)
    assert found["left_out"].tolist() == ["", "A", "B", "C", "(not recorded)"]
    # By hand: 4/6 of all; without A 3/4, without B 3/4, without C 3/5, without the last 3/5.
    assert_allclose(found["value"], [4 / 6, 3 / 4, 3 / 4, 3 / 5, 3 / 5])
    assert found["n"].tolist() == [6, 4, 4, 5, 5]
    assert found["rows_left_out"].tolist() == [0, 2, 2, 1, 1]
    assert_allclose(found["ratio"] * found["value"].iloc[0], found["value"])
    assert_allclose(found["difference"] + found["value"].iloc[0], found["value"])
    assert found["headline"].tolist() == [True, False, False, False, False]


def test_numbers_are_left_out_in_their_order():
    found = leave_one_out(ROWS.assign(year=[10, 9, 10, 9, 100, 100]), by="year", estimate=mean)
    assert found["left_out"].tolist() == ["", "9", "10", "100"]


def test_the_mean_of_means_without_one_is_the_mean():
    """The law of the jackknife: with one row a group, they average to the mean of all."""
    rows = ROWS.assign(row=range(6))
    found = leave_one_out(rows, by="row", estimate=mean)
    assert_allclose(found["value"].iloc[1:].mean(), found["value"].iloc[0])


def test_why_a_part_cannot_be_left_out_is_said():
    def both(part):
        return mean(part) if part["trust"].eq("A").any() else "A is the reference"

    found = leave_one_out(ROWS, by="trust", estimate=both).set_index("left_out")
    assert found.loc["A", "reason"] == "A is the reference"
    assert np.isnan(found.loc["A", "ratio"])
    assert found["reason"].ne("").sum() == 1


def test_a_column_with_one_value_or_none_leaves_nothing_to_compare():
    with pytest.raises(ValueError, match="Column 'all' has 1 value: leaving it out"):
        leave_one_out(ROWS.assign(all=1), by="all", estimate=mean)
    with pytest.raises(ValueError, match="Column 'trust' has 0 values"):
        leave_one_out(ROWS.iloc[:0], by="trust", estimate=mean)
    with pytest.raises(ValueError, match="Missing column 'team'"):
        leave_one_out(ROWS, by="team", estimate=mean)


def test_the_frame_is_not_changed_and_categories_can_be_left_out():
    before = ROWS.copy()
    leave_one_out(ROWS, by="trust", estimate=mean)
    pd.testing.assert_frame_equal(ROWS, before)
    order = ROWS.assign(trust=pd.Categorical(ROWS["trust"], ["C", "B", "A", "D"]))
    found = leave_one_out(order, by="trust", estimate=mean)
    assert found["left_out"].tolist() == ["", "A", "B", "C", "(not recorded)"]
