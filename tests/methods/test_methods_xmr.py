"""XmR charts against the reference comparisons, closed forms and laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.xmr import Rebase, verdicts, xmr

RULES = {
    "Common Cause": "",
    "Above UCL": "above the upper limit",
    "Below LCL": "below the lower limit",
    "7 Point Trend (Increasing)": "trend of 7, rising",
    "2 in 3 Below CL": "2 of 3 near the lower limit",
    "7 Points Above CL": "7 above the mean",
    "7 Points Below CL": "7 below the mean",
}
TYPES = {
    "common_cause": "common cause",
    "special_cause_improvement": "improvement",
    "special_cause_concern": "concern",
}


@pytest.fixture
def breaches(reference):
    rows = reference("12_xmr_basic", "input")
    return rows.assign(period=pd.to_datetime(rows["period"]), value=rows["breaches"])


def agree(chart, expected):
    assert_allclose(chart["centre"], expected["mean_col"], atol=1e-8)
    assert_allclose(chart["lower"], expected["lpl"], atol=1e-8)
    assert_allclose(chart["upper"], expected["upl"], atol=1e-8)
    assert chart["outside"].astype(int).tolist() == expected["outside_limits"].tolist()
    assert chart["phase"].tolist() == expected["rebase_group"].tolist()
    assert chart["rule"].tolist() == expected["special_cause_type"].map(RULES).tolist()
    assert chart["type"].tolist() == expected["point_type"].map(TYPES).tolist()


def test_a_chart_agrees_with_reference_12(breaches, reference):
    chart = xmr(breaches, improvement="decrease")
    agree(chart, reference("12_xmr_basic", "expected"))
    found = verdicts(chart, improvement="decrease").iloc[0]
    expected = reference("12_xmr_basic", "expected_summary").iloc[0]
    assert_allclose(found[["centre", "lower", "upper"]].astype(float),
                    expected[["mean_col", "lpl", "upl"]].astype(float), atol=1e-8)  # fmt: skip
    counts = ["common_cause", "improvement", "concern"]
    theirs = ["common_cause", "special_cause_improvement", "special_cause_concern"]
    assert found[counts].tolist() == expected[theirs].tolist()
    assert (found["n"], found["variation"]) == (expected["n"], TYPES[expected["variation_type"]])
    assert found["assurance"] == "no target"


def test_limits_set_anew_and_a_target_agree_with_reference_13(breaches, reference):
    again = [Rebase(pd.Timestamp("2017-11-01"), "a new department")]
    chart = xmr(breaches, improvement="decrease", rebase=again, target=2000)
    expected = reference("13_xmr_rebase_target", "expected")
    agree(chart, expected)
    assert chart["target"].eq(expected["target"]).all()
    found = verdicts(chart, improvement="decrease")
    theirs = reference("13_xmr_rebase_target", "expected_summary")
    assert found["n"].tolist() == theirs["n"].tolist()
    assert found["common_cause"].tolist() == theirs["common_cause"].tolist()
    assert found["improvement"].tolist() == theirs["special_cause_improvement"].tolist()
    assert found["concern"].tolist() == theirs["special_cause_concern"].tolist()
    assert found["variation"].tolist() == theirs["variation_type"].map(TYPES).tolist()
    assert found["assurance"].tolist() == ["", "consistently fails"]


def test_a_fixed_baseline_and_no_screening_agree_with_reference_13(breaches, reference):
    fixed = xmr(breaches, improvement="decrease", baseline=12)
    agree(fixed, reference("13_xmr_rebase_target", "expected_fixed_after_12"))
    plain = xmr(breaches, improvement="decrease", screen=False)
    agree(plain, reference("13_xmr_rebase_target", "expected_no_screen"))


# ---- Closed forms -------------------------------------------------------------------------------


def series(values, start=0):
    return pd.DataFrame({"period": range(start, start + len(values)), "value": values})


def test_a_moving_range_far_above_the_others_is_left_out_once():
    values = [10, 11, 10, 11, 10, 11, 10, 11, 60, 10, 11, 10]
    screened, plain = xmr(series(values)), xmr(series(values), screen=False)
    assert screened["upper"].iloc[0] == pytest.approx(np.mean(values) + 2.66 * 1.0)
    ranges = np.abs(np.diff(values))
    assert plain["upper"].iloc[0] == pytest.approx(np.mean(values) + 2.66 * ranges.mean())


@pytest.mark.parametrize("value", [0.0, 0.1, 7.0])
def test_a_constant_series_has_limits_equal_to_its_mean_and_no_signal(value):
    chart = xmr(series([value] * 15))
    assert (chart[["centre", "lower", "upper"]] == value).all(axis=None)
    assert chart["type"].eq("common cause").all()
    assert "constant" in verdicts(chart).loc[0, "warning"]


def test_seven_rising_points_are_a_trend_and_six_are_not():
    assert xmr(series([5, 1, 2, 3, 4, 5, 6, 7, 1]))["trend"].sum() == 7
    assert xmr(series([5, 1, 2, 3, 4, 5, 6, 1, 2]))["trend"].sum() == 0
    assert xmr(series([1, 2, 3, 3, 4, 5, 6, 7, 1]))["trend"].sum() == 0  # a tie ends a trend


def test_a_point_on_the_mean_ends_a_run():
    below, above = [-1.0] * 6, [1.0] * 6
    assert not xmr(series([*below, 0.0, *above]))["shift"].any()
    assert xmr(series([*below, -1.0, *above, 1.0]))["shift"].all()


def test_rules_that_collide_are_both_kept_and_the_stated_one_decides():
    """A rising trend at the foot of the chart: worse if low is good, yet below the mean."""
    values = [30, 10, 30, 10, 30, 10, 30, 10, 1, 2, 3, 4, 5, 6, 7, 30, 10, 30, 10]
    chart = xmr(series(values), improvement="decrease")
    point = chart.iloc[11]
    assert point["trend"]
    assert point["shift"]
    assert point["conflict"]
    assert point["rule"] == "trend of 7, rising"
    assert point["type"] == "concern"


def test_a_missing_value_keeps_its_row_and_its_neighbours_are_neighbours():
    whole = xmr(series([5, 7, 6, 8, 5, 9]))
    gap = xmr(series([5, 7, np.nan, 6, 8, 5, 9]))
    assert np.isnan(gap.loc[2, "value"])
    assert gap.loc[2, "type"] == ""
    assert_allclose(gap["upper"], whole["upper"].iloc[0])


def test_a_lower_limit_can_be_held_at_nothing():
    chart = xmr(series([0, 3, 0, 4, 1, 0, 5]), floor=0)
    assert chart["lower"].eq(0).all()
    assert "held at 0" in chart["method"].iloc[0]


@pytest.mark.parametrize(
    ("target", "improvement", "said"),
    [
        (0, "increase", "consistently hits"),
        (0, "decrease", "consistently fails"),
        (99, "increase", "consistently fails"),
        (99, "decrease", "consistently hits"),
        (10.5, "increase", "hit and miss"),
        (10.5, "neither", "cannot be said"),
    ],
)
def test_what_the_limits_mean_for_a_target(target, improvement, said):
    chart = xmr(series([10, 11] * 8), target=target, improvement=improvement)
    assert verdicts(chart, improvement=improvement).loc[0, "assurance"] == said


def test_alike_neighbours_and_few_points_are_warned_of():
    slow = verdicts(xmr(series(np.sin(np.arange(60) / 8))))
    assert "alike" in slow.loc[0, "warning"]
    assert "narrow" in slow.loc[0, "warning"]
    assert "fewer than 12" in verdicts(xmr(series([1, 2, 1, 2]))).loc[0, "warning"]
    one = xmr(series([4.0]))
    assert one["upper"].isna().all()
    assert "too few points" in verdicts(one).loc[0, "warning"]
    assert xmr(series([])).empty


# ---- Series, phases and refusals ----------------------------------------------------------------


def test_each_series_has_limits_of_its_own():
    both = pd.concat([series([1, 2, 1, 2]).assign(unit="a"), series([9, 5, 9, 5]).assign(unit="b")])
    chart = xmr(both, within="unit")
    alone = xmr(series([9, 5, 9, 5]))
    assert_allclose(chart.loc[chart["unit"].eq("b"), "upper"], alone["upper"])
    assert verdicts(chart, within="unit")["unit"].tolist() == ["a", "b"]


def test_a_change_between_two_periods_counts_from_the_next_and_says_so():
    chart = xmr(series([1, 2, 1, 9, 8, 9], start=2010), rebase=[Rebase(2012.5, "a new form")])
    assert chart["phase"].tolist() == [0, 0, 0, 1, 1, 1]
    assert chart["phase_reason"].iloc[-1].startswith("a new form (from the first period after")


def test_two_changes_of_one_period_are_one_phase_and_those_outside_none():
    made = [Rebase(2, "a"), Rebase(2, "b"), Rebase(-5, "long before"), Rebase(99, "later")]
    chart = xmr(series([1, 2, 1, 2]), rebase=made)
    assert chart["phase"].tolist() == [0, 0, 1, 1]
    assert chart["phase_reason"].iloc[-1] == "a; b"


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        (series([1, 2, 3])[::-1], {}, "Rows 1, 0: the period is before"),
        (pd.concat([series([1, 2]), series([2], start=1)]), {}, "Row 1: the period occurs twice"),
        (series([1, 2, 3, 4]), {"rebase": [Rebase(2, " ")]}, "no reason"),
        (series([1, 2, 3, 4]), {"rebase": [Rebase(3, "new form")]}, "at least 2 periods.*new form"),
        (series([1, np.inf]), {}, "infinite"),
        (series([1, 2]), {"run": 2}, "at least 3"),
        (series([1, 2]), {"improvement": "up"}, "improvement must be one of"),
        (series([1, 2]).rename(columns={"period": "x"}), {}, "Missing column 'period'"),
    ],
)
def test_what_is_refused(rows, options, words):
    with pytest.raises(ValueError, match=words):
        xmr(rows, **options)


# ---- Laws ---------------------------------------------------------------------------------------

whole = st.lists(st.integers(0, 40), min_size=2, max_size=40)


@settings(max_examples=60, deadline=None)
@given(whole, st.integers(-50, 50), st.sampled_from([1.0, 2.0, 4.0]))
def test_shifted_and_scaled_series_have_shifted_and_scaled_limits(values, by, times):
    one = xmr(series(values))
    two = xmr(series([by + times * value for value in values]))
    assert_allclose(two["upper"], by + times * one["upper"], rtol=1e-9, atol=1e-9)
    # Limits are sums in another order: a point on a limit may fall on either side of it.
    edge = np.isclose(one["value"], one["upper"]) | np.isclose(one["value"], one["lower"])
    third = (one["upper"] - one["centre"]) * 2 / 3
    edge |= np.isclose((one["value"] - one["centre"]).abs(), third)
    edge |= np.isclose(one["value"], one["centre"])
    if not edge.any():
        assert one["rule"].tolist() == two["rule"].tolist()


@settings(max_examples=60, deadline=None)
@given(whole)
def test_the_other_direction_turns_improvement_into_concern(values):
    up = xmr(series(values), improvement="increase")["type"]
    down = xmr(series(values), improvement="decrease")["type"]
    swapped = {"improvement": "concern", "concern": "improvement", "common cause": "common cause"}
    assert up.map(swapped).tolist() == down.tolist()


def test_three_hundred_series_take_a_fraction_of_a_second():
    import time

    months = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(300), 48),
            "period": np.tile(np.arange(48), 300),
            "value": np.random.default_rng(7).poisson(20, 300 * 48),
        }
    )
    start = time.perf_counter()
    verdicts(xmr(months, within="unit"), within="unit")
    assert time.perf_counter() - start < 2.0  # 0.3 s or so alone; other tests share the machine


def test_a_rare_event_among_equal_values_does_not_bring_the_limits_onto_the_mean():
    """Screening would leave ranges of 0 alone, and every point would lie outside."""
    chart = xmr(series([0] * 20 + [1] + [0] * 20))
    assert chart["outside"].tolist() == [False] * 20 + [True] + [False] * 20
    assert "mostly equal values" in verdicts(chart).loc[0, "warning"]


def test_a_floor_above_some_values_is_refused_by_period():
    rows = pd.DataFrame({"period": [2011, 2012, 2013, 2014], "value": [5.0, 1, np.nan, -3]})
    with pytest.raises(ValueError, match="Rows 2012, 2014: the value is below 2, which is then no"):
        xmr(rows, floor=2)
    held = xmr(rows, floor=-3)
    assert (held["lower"] >= -3).all()
    assert (held["value"].isna() | (held["value"] >= held["lower"]) | held["outside"]).all()
