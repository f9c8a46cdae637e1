"""Direct and indirect standardisation against references 04 and 05, closed forms and laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.standardise import direct, indirect

DIRECT, INDIRECT = "04_dsr_dobson", "05_smr_isr"
NAMES = {"numerator": "deaths", "denominator": "service_users"}


@pytest.fixture
def people(reference):
    return reference(DIRECT, "input")


def test_rates_by_trust_agree_with_reference_04(people, reference):
    """The peer blanks T4, which has fewer than 10 deaths; the closed form below has it."""
    rule = {"strata": ["ageband", "sex"], "weight": "stdpop", "per": 1000, **NAMES}
    expected = reference(DIRECT, "expected_by_trust")
    shown = expected["value"].notna()
    assert shown.tolist() == [True, True, True, False]
    for level, name in ((0.95, "95_0"), (0.998, "99_8")):
        found = direct(people, by="trust", level=level, **rule)
        assert found["numerator"].tolist() == expected["total_count"].tolist()
        assert found["denominator"].tolist() == expected["total_pop"].tolist()
        assert_allclose(found["value"][shown], expected["value"][shown], rtol=1e-8)
        assert_allclose(found["low"][shown], expected[f"lower{name}cl"][shown], rtol=1e-8)
        assert_allclose(found["high"][shown], expected[f"upper{name}cl"][shown], rtol=1e-8)


def test_rates_by_trust_and_sex_agree_with_reference_04(people, reference):
    expected = reference(DIRECT, "expected_by_trust_sex")
    found = direct(
        people, by=["trust", "sex"], strata="ageband", weight="stdpop", per=1000, **NAMES
    )
    both = expected.merge(found, on=["trust", "sex"], suffixes=("_theirs", ""))
    assert len(both) == len(expected)
    shown = both["value_theirs"].notna()
    assert shown.sum() > 4
    for ours, theirs in (("value", "value_theirs"), ("low", "lowercl"), ("high", "uppercl")):
        assert_allclose(both.loc[shown, ours], both.loc[shown, theirs], rtol=1e-8)


def test_variance_and_limits_of_fay_and_feuer_agree_with_the_closed_form(people, reference):
    expected = reference(DIRECT, "expected_closed_form")
    rule = {"strata": ["ageband", "sex"], "weight": "stdpop", "per": 1000, **NAMES}
    found = direct(people, by="trust", method="fay-feuer", **rule)
    assert_allclose(found["value"], expected["dsr"], rtol=1e-8)
    assert_allclose(found["variance"], expected["var"], rtol=1e-8)
    assert_allclose(found["low"], expected["fay_feuer_low"], rtol=1e-8)
    assert_allclose(found["high"], expected["fay_feuer_high"], rtol=1e-8)


def test_ratios_and_rates_agree_with_reference_05(reference):
    rows = reference(INDIRECT, "input")
    stratum = ["sex", "ageband"]
    pooled = rows.drop_duplicates(stratum)[[*stratum, "x_ref", "n_ref"]]
    pooled = pooled.rename(columns={"x_ref": "deaths", "n_ref": "service_users"})
    rule = {"by": "trust", "strata": stratum, "reference": pooled, "per": 1000, **NAMES}
    smr, isr = reference(INDIRECT, "expected_smr"), reference(INDIRECT, "expected_israte")
    for level, name in ((0.95, "95_0"), (0.998, "99_8")):
        found = indirect(rows, level=level, **rule)
        assert_allclose(found["observed"], smr["observed"])
        assert_allclose(found["expected"], smr["expected"], rtol=1e-8)
        assert_allclose(found["value"], smr["value"], rtol=1e-8)
        assert_allclose(found["low"], smr[f"lower{name}cl"], rtol=1e-8)
        assert_allclose(found["high"], smr[f"upper{name}cl"], rtol=1e-8)
    found = indirect(rows, **rule)
    assert_allclose(found["reference_rate"], isr["ref_rate"], rtol=1e-8)
    for ours, theirs in (("rate", "value"), ("rate_low", "lowercl"), ("rate_high", "uppercl")):
        assert_allclose(found[ours], isr[theirs], rtol=1e-8)


# ---- Laws and closed forms ----------------------------------------------------------------------


def strata(counts, exposures, weights=None):
    frame = pd.DataFrame({"age": range(len(counts)), "numerator": counts})
    frame["denominator"] = exposures
    return frame.assign(weight=exposures if weights is None else weights)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 50), st.integers(100, 999)), min_size=1, max_size=6))
def test_a_standard_like_the_people_themselves_gives_the_crude_rate(rows):
    frame = strata([x for x, _ in rows], [n for _, n in rows])
    found = direct(frame, strata="age", per=1000).iloc[0]
    assert found["value"] == pytest.approx(found["crude"])
    own = indirect(frame, strata="age").iloc[0]
    assert own["value"] == pytest.approx(1.0)  # set against themselves, as many as expected


def test_one_stratum_has_the_limits_of_a_crude_rate():
    found = direct(strata([65], [100]), strata="age", per=1000).iloc[0]
    assert found[["value", "low", "high"]].astype(float).round(1).tolist() == [650.0, 501.6, 828.5]


def test_the_scale_of_the_weights_does_not_matter():
    one = direct(strata([4, 9], [100, 200], [1, 3]), strata="age")
    two = direct(strata([4, 9], [100, 200], [100, 300]), strata="age")
    assert_allclose(one[["value", "low", "high"]], two[["value", "low", "high"]])


def test_events_of_one_each_are_ordinary_events():
    frame = strata([4, 9], [100, 200], [1, 1])
    plain = direct(frame, strata="age")
    each = direct(frame.assign(k=1), strata="age", events_per_person="k")
    assert_allclose(each[["value", "low", "high"]], plain[["value", "low", "high"]])


def test_events_that_come_in_pairs_have_twice_the_variance():
    single = direct(strata([8], [100]), strata="age").iloc[0]
    pairs = direct(strata([8], [100]).assign(k=2), strata="age", events_per_person="k").iloc[0]
    assert pairs["variance"] == pytest.approx(2 * single["variance"])


def test_limits_for_events_in_pairs_cover_as_often_as_they_say():
    """Persons with one event or two: 60 events expected, simulated 1,500 times."""
    rng = np.random.default_rng(4)
    ones, twos = rng.poisson(20, 1500), rng.poisson(20, 1500)
    rows = pd.DataFrame(
        {"run": np.tile(np.arange(1500), 2), "age": 0, "k": np.repeat([1, 2], 1500)}
    )
    rows = rows.assign(numerator=np.concatenate([ones, 2 * twos]), denominator=1000.0, weight=1)
    pairs = direct(rows, by="run", strata="age", events_per_person="k")
    inside = pairs["low"].lt(0.06) & pairs["high"].gt(0.06)
    assert 0.93 < inside.mean() < 0.97
    whole = rows.groupby("run", as_index=False)["numerator"].sum()
    plain = direct(whole.assign(age=0, denominator=1000.0, weight=1), by="run", strata="age")
    inside = plain["low"].lt(0.06) & plain["high"].gt(0.06)
    assert inside.mean() < 0.91  # taking them for independent is what misleads


def test_nobody_dead_and_nobody_there():
    none = direct(strata([0, 0], [100, 200]), strata="age").iloc[0]
    assert none["value"] == 0
    assert "no events" in none["note"]
    gamma = direct(strata([0, 0], [100, 200]), strata="age", method="fay-feuer").iloc[0]
    assert gamma["high"] > 0
    empty = direct(strata([1, 0], [100, 0], [1, 1]), strata="age", empty="zero").iloc[0]
    assert empty["value"] == pytest.approx(0.005)
    assert empty["note"] != ""


def test_a_missing_count_makes_the_rate_missing_and_names_the_stratum():
    found = direct(strata([1, np.nan], [100, 200]), strata="age").iloc[0]
    assert np.isnan(found["value"])
    assert "1" in found["note"]


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        (strata([1, -1], [9, 9]), {}, "negative"),
        (strata([1, 2], [9, 0], [1, 1]), {}, "denominator is zero"),
        (strata([1, 0], [9, 0], [1, 1]), {}, "exposure"),
        (pd.concat([strata([1], [9])] * 2), {}, "second row|twice"),
        (strata([1], [9], [-1]), {}, "weight"),
        (strata([1], [9]), {"per": 0}, "per must be"),
        (strata([1], [9]), {"method": "guess"}, "method must be one of"),
        (strata([1], [9]), {"level": 1}, "level"),
        (strata([1], [9]).drop(columns="weight"), {}, "Missing column 'weight'"),
    ],
)
def test_what_a_direct_rate_refuses(rows, options, words):
    with pytest.raises(ValueError, match=words):
        direct(rows, strata="age", **options)


def test_a_stratum_that_a_group_lacks_is_named():
    rows = pd.concat([strata([1, 2], [9, 9]).assign(trust="N"), strata([1], [9]).assign(trust="S")])
    with pytest.raises(ValueError, match=r"S.*1"):
        direct(rows.assign(weight=1), by="trust", strata="age")


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (strata([1], [9]), "not in the reference"),
        (strata([1, 2], [9, 0]), "denominator is zero"),
        (strata([1, np.nan], [9, 9]), "reference is missing"),
    ],
)
def test_what_an_indirect_ratio_refuses(reference, words):
    with pytest.raises(ValueError, match=words):
        indirect(strata([1, 2], [9, 9]), strata="age", reference=reference)


def test_nothing_expected_gives_no_ratio_and_says_so():
    found = indirect(strata([0], [9]), strata="age", reference=strata([0], [9])).iloc[0]
    assert np.isnan(found["value"])
    assert "no events expected" in found["note"]


def test_a_missing_count_of_a_stratum_without_weight_does_not_matter():
    found = direct(strata([4, np.nan], [100, 100], [1, 0]), strata="age").iloc[0]
    assert found[["value", "low", "high"]].notna().all()


def test_a_stratum_without_weight_is_in_neither_part_of_the_crude_rate():
    found = direct(strata([4, np.nan], [100, 300], [1, 0]), strata="age").iloc[0]
    assert found[["numerator", "denominator", "crude"]].tolist() == [4, 100, 0.04]


def test_rows_without_events_one_for_each_number_are_no_repetition():
    rows = pd.DataFrame({"age": 0, "k": [1, 2, 3], "numerator": [5, 0, 0], "denominator": 100.0})
    found = direct(rows.assign(weight=1), strata="age", events_per_person="k").iloc[0]
    plain = direct(strata([5], [100]), strata="age").iloc[0]
    assert found[["value", "low", "high"]].tolist() == plain[["value", "low", "high"]].tolist()
    with pytest.raises(ValueError, match="a second row for the same age, k"):
        direct(rows.assign(weight=1, k=[1, 2, 2]), strata="age", events_per_person="k")


# Fay and Feuer (1997) Stat Med 16:791, births of order 5 and above (Fleiss 1981, table 14.4), as
# the vignette of the R package dsrTest prints the gamma limits.
def test_the_example_of_fay_and_feuer():
    rows = strata(
        [0, 8, 63, 112, 262, 295],
        [327, 30666, 123419, 149919, 104088, 34392],
        [319933, 931318, 786511, 488235, 237863, 61313],
    )
    found = direct(rows, strata="age", per=1e5, method="fay-feuer").iloc[0]
    expected = [75.52901, 67.70212, 188.30017]
    assert found[["value", "low", "high"]].astype(float).round(5).tolist() == expected


def test_a_missing_count_makes_a_ratio_missing_and_is_not_refused():
    found = indirect(strata([4, np.nan], [100, 100]), strata="age").iloc[0]
    assert np.isnan(found["value"])
    assert found["note"] != ""
