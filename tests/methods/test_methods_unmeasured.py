"""E-values and bounding factors against published examples, brute force and laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.exhibits import wording
from helpers.methods.unmeasured import (
    bounding_factor,
    bounding_table,
    e_value,
    e_values,
    reading,
    to_risk_ratio,
)

ratios = st.floats(0.01, 100.0)
strengths = st.floats(1.0, 50.0)


def one(value, low, high, **options):
    frame = pd.DataFrame({"name": ["this"], "value": [value], "low": [low], "high": [high]})
    return e_values(frame, **{"measure": "risk_ratio"} | options)


# VanderWeele and Ding (2017) Ann Intern Med 167:268 (infant deaths: 3.9; leukaemia: 0.80), Ding and
# VanderWeele (2016) Epidemiology 27:368 (10.73), with the digits that the authors' R package
# EValue 2.0.0 prints for them in its vignette.
@pytest.mark.parametrize(
    ("value", "low", "high", "expected", "nearer", "expected_limit"),
    [
        (3.9, 1.8, 8.7, 7.263034, "low", 3.0),
        (10.73, 8.02, 14.36, 20.94777, "low", 15.52336),
        (0.80, 0.71, 0.91, 1.809017, "high", 1.428571),
    ],
)
def test_e_values_are_those_published(value, low, high, expected, nearer, expected_limit):
    found = one(value, low, high).iloc[0]
    assert found["e_value"] == pytest.approx(expected, abs=1e-5)
    assert found["nearer"] == nearer
    assert found["e_value_limit"] == pytest.approx(expected_limit, abs=1e-5)


def test_the_odds_ratio_of_a_rare_outcome_is_taken_as_it_is():
    """The 3.9 of VanderWeele and Ding is one."""
    found = one(3.9, 1.8, 8.7, measure="odds_ratio", outcome="rare").iloc[0]
    assert (round(found["e_value"], 6), found["e_value_limit"]) == (7.263034, 3.0)


def test_a_shift_to_another_value_than_none_is_that_published():
    """From 2.5 to 1.5: vignette of EValue 2.0.0."""
    assert e_value(2.5, towards=1.5) == pytest.approx(2.720759, abs=1e-6)


def test_ratios_of_a_common_outcome_are_turned_as_the_authors_do():
    """Table 2 of VanderWeele and Ding (2017); shifts to other values by their package's tests."""
    assert to_risk_ratio(4.0, measure="odds_ratio", outcome="common") == 2.0
    hazard = to_risk_ratio(1.3, measure="hazard_ratio", outcome="common")
    assert hazard == pytest.approx((1 - 0.5**1.3**0.5) / (1 - 0.5 ** (1 / 1.3) ** 0.5))
    found = one(5.0, 3.0, 8.0, measure="odds_ratio", outcome="common", towards=2.0).iloc[0]
    five, three, two = 5**0.5, 3**0.5, 2**0.5
    assert found["e_value"] == pytest.approx((five + (five * (five - two)) ** 0.5) / two)
    assert found["e_value_limit"] == pytest.approx((three + (three * (three - two)) ** 0.5) / two)


@given(ratios)
def test_the_hazard_ratio_is_turned_alike_both_ways_up(ratio):
    up, down = (
        to_risk_ratio(one, measure="hazard_ratio", outcome="common") for one in (ratio, 1 / ratio)
    )
    assert_allclose(up * down, 1.0, rtol=1e-9)
    assert (up > 1) == (ratio > 1) or ratio == 1


@given(ratios)
def test_both_ways_up_have_one_e_value(ratio):
    assert_allclose(e_value(ratio), e_value(1 / ratio), rtol=1e-6)
    assert e_value(ratio) >= max(ratio, 1 / ratio) - 1e-12


@given(st.floats(1.001, 100.0))
def test_a_characteristic_of_the_strength_of_the_e_value_just_reaches(ratio):
    """The E-value solves bounding factor (E, E) = ratio."""
    strength = e_value(ratio)
    assert_allclose(bounding_factor(strength, strength), ratio, rtol=1e-9)


@given(strengths, strengths)
def test_the_bound_is_the_same_from_either_side_and_below_both_strengths(group, outcome):
    found = float(bounding_factor(group, outcome))
    assert found == float(bounding_factor(outcome, group))
    assert 1 - 1e-12 <= found <= min(group, outcome) + 1e-9


def test_no_characteristic_of_given_strengths_shifts_a_risk_ratio_beyond_the_bound():
    """Brute force: 200,000 binary characteristics; some come near the bound, none passes it.

    Shares p1 and p0 of each group have it, and those with it have the outcome r times as often.
    Nothing else differs, so that the ratio between the groups is due to it alone.
    """
    generator = np.random.default_rng(7)
    p1, p0 = generator.uniform(0, 1, (2, 200_000)) ** [[0.1], [3.0]]
    r = generator.uniform(1, 20, p1.size)
    seen = (p1 * r + 1 - p1) / (p0 * r + 1 - p0)
    up = p1 > p0
    bound = bounding_factor((p1 / p0)[up], r[up])
    assert up.sum() > 100_000
    assert (seen[up] <= bound * (1 + 1e-12)).all()
    assert (seen[up] / bound).max() > 0.99


def test_a_table_of_strengths_divides_a_ratio_above_1_and_multiplies_one_below():
    strong = {"measure": "risk_ratio", "strengths": [2.0, 4.0]}
    up = bounding_table(3.9, 1.8, 8.7, **strong)
    assert up["bounding_factor"].round(4).tolist() == [1.3333, 1.6, 1.6, 2.2857]
    assert_allclose(up["value"], 3.9 / up["bounding_factor"])
    assert up["holds"].tolist() == [True] * 4
    assert up["holds_limit"].tolist() == [True, True, True, False]
    down = bounding_table(1 / 3.9, 1 / 8.7, 1 / 1.8, **strong)
    assert_allclose(down["value"], 1 / up["value"])
    assert_allclose(down["high"], 1 / up["low"])
    assert down["holds_limit"].tolist() == up["holds_limit"].tolist()
    assert bounding_table(3.9, **strong)["holds_limit"].isna().all()


def test_an_interval_that_holds_1_needs_nothing_unmeasured():
    found = one(1.4, 0.9, 2.2).iloc[0]
    assert found["e_value_limit"] == 1.0
    assert found["e_value"] == pytest.approx(1.4 + (1.4 * 0.4) ** 0.5)


def test_no_association_no_estimate_no_limits_and_limits_without_end():
    frame = pd.DataFrame({"value": [1.0, np.nan, 2.0, 0.5, 3.0]})
    frame = frame.assign(low=[0.8, np.nan, np.nan, 0.0, 2.0], high=[1.2, 1, np.nan, 0.9, np.inf])
    found = e_values(frame, measure="risk_ratio")
    assert found["e_value"].round(3).tolist()[0] == 1.0
    assert found["e_value"].isna().tolist() == [False, True, False, False, False]
    assert found["nearer"].tolist() == ["low", "", "", "high", "low"]
    assert found["e_value_limit"].isna().tolist() == [False, True, True, False, False]
    assert e_value([0.0, np.inf]).tolist() == [np.inf, np.inf]
    assert e_values(frame.iloc[:0], measure="risk_ratio").empty


def test_the_frame_is_not_changed_and_columns_can_be_named():
    frame = pd.DataFrame({"odds_ratio": [4.0], "low": [2.0], "high": [8.0]}, index=["a"])
    before = frame.copy()
    found = e_values(frame, measure="odds_ratio", outcome="common", value="odds_ratio")
    assert found["risk_ratio"].tolist() == [2.0]
    assert "square root" in found.loc[0, "e_value_method"]
    pd.testing.assert_frame_equal(frame, before)


@pytest.mark.parametrize(
    ("frame", "options", "sentence"),
    [
        ({"value": [0.0]}, {}, "Row 0: the ratio is not a number above zero"),
        ({"value": [5.0]}, {}, "Row 0: the ratio does not lie within its limits"),
        ({"low": [-1.0]}, {}, "Row 0: the lower limit is negative"),
        ({}, {"measure": "odds_ratio"}, "Say whether the outcome behind the odds ratio"),
        ({}, {"measure": "odds_ratio", "outcome": "some"}, "outcome must be one of"),
        ({}, {"measure": "difference"}, "measure must be one of"),
        ({}, {"value": "rr"}, "Missing column 'rr'"),
        ({}, {"towards": 0.0}, "towards must be a ratio above zero"),
    ],
)
def test_what_has_no_e_value_is_refused(frame, options, sentence):
    rows = pd.DataFrame({"value": [2.0], "low": [1.0], "high": [4.0]} | frame)
    with pytest.raises(ValueError, match=sentence):
        e_values(rows, **{"measure": "risk_ratio"} | options)


def test_strengths_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="a strength is below 1"):
        bounding_factor(0.5, 2.0)
    with pytest.raises(ValueError, match="Name the strengths"):
        bounding_table(2.0, measure="risk_ratio", strengths=[])
    with pytest.raises(ValueError, match="no ratio to shift"):
        bounding_table(np.nan, measure="risk_ratio")


def test_the_reading_gives_both_e_values_and_passes_the_rules_of_wording():
    said = reading(one(3.9, 1.8, 8.7), outcome="being investigated")
    assert said == [
        "this: to shift the risk ratio of 3.9 to 1, an unmeasured characteristic would have to go "
        "with both this and being investigated by a ratio of at least 7.3 each, beyond all that "
        "was taken account of; with weaker links on both sides it could not. To bring 1 into the "
        "interval (1.8 to 8.7), a ratio of 3 with each could be enough."
    ]
    for row in ((0.5, 0.3, 0.9), (1.2, 0.9, 1.6), (2.0, np.nan, np.nan), (1.0, 0.5, 2.0)):
        (text,) = reading(one(*row))
        assert wording.faults(text) == []
        assert "cause" not in text
    assert "no limit" in reading(one(3.0, 2.0, np.inf))[0]
    (nothing,) = reading(one(np.nan, np.nan, np.nan))
    assert nothing == "this: no risk ratio was estimated, so there is no E-value."
