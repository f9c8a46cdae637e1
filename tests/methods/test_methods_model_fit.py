"""Fit of a model against reference 24, published numbers, brute force and other libraries."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.exhibits import wording
from helpers.methods._pattern_fit import expit, fit_patterns, logit
from helpers.methods.model_fit import (
    calibration,
    calibration_table,
    discrimination,
    fit_statistics,
    held_out,
    hosmer_lemeshow,
    reading,
)
from helpers.methods.proportions import wilson
from helpers.methods.regression import logistic

REFERENCE = Path(__file__).parents[1] / "reference" / "24_logistic" / "expected.json"
EXPECTED = json.loads(REFERENCE.read_text(encoding="utf-8"))


@pytest.fixture
def rows(reference, as_records):
    """Outcome, ones and fitted probability of the 700 deaths of reference 24."""
    fit = logistic(
        reference("24_logistic", "input"),
        outcome="investigated",
        terms=["age", "male", "setting", "year"],
    )
    matrix, y, _ = as_records(fit)
    return y, np.ones(len(y)), expit(matrix @ fit.estimate), matrix


@st.composite
def patterns(draw, least=2):
    """Counts of some patterns with probabilities that may tie, and both outcomes among them."""
    size = draw(st.integers(least, 8))
    trials = draw(st.lists(st.integers(1, 9), min_size=size, max_size=size))
    events = [draw(st.integers(0, n)) for n in trials]
    if sum(events) == 0:
        events[0] = 1
    if sum(events) == sum(trials):
        events[-1] -= 1
    levels = [0.05, 0.2, 0.2, 0.4, 0.6, 0.85]
    p = draw(st.lists(st.sampled_from(levels), min_size=size, max_size=size))
    return np.array(events), np.array(trials), np.array(p)


def single(events, trials, p):
    """One row a record: outcome and probability."""
    outcome = np.concatenate(
        [np.r_[np.ones(e), np.zeros(n - e)] for e, n in zip(events, trials, strict=True)]
    )
    return outcome, np.repeat(p, trials)


# ---- Reference 24 -------------------------------------------------------------------------------


def test_statistics_of_fit_agree_with_reference_24(rows):
    y, n, p, _ = rows
    found = fit_statistics(y, n, p, parameters=7).set_index("measure")["value"]
    for mine, theirs in (
        ("log_likelihood", "loglik"),
        ("log_likelihood_null", "loglik_null"),
        ("deviance", "deviance"),
        ("mcfadden", "mcfadden"),
        ("nagelkerke", "nagelkerke"),
        ("brier", "brier"),
    ):
        assert_allclose(found[mine], EXPECTED[theirs], rtol=1e-6)
    # By hand: (chi-squared - df) / chi-squared.
    chi2 = 2 * (EXPECTED["loglik"] - EXPECTED["loglik_null"])
    assert_allclose(found["expected_slope"], (chi2 - 6) / chi2, rtol=1e-6)


def test_the_area_under_the_curve_agrees_with_reference_24(rows):
    y, n, p, _ = rows
    assert_allclose(discrimination(y, n, p).loc[0, "value"], EXPECTED["auc"], rtol=1e-6)


def test_the_hosmer_lemeshow_test_agrees_with_reference_24(rows):
    y, n, p, _ = rows
    found, expected = hosmer_lemeshow(y, n, p).iloc[0], EXPECTED["hosmer_lemeshow"]
    assert (found["df"], found["groups"]) == (expected["df"], 10)
    assert_allclose(found["statistic"], expected["chisq"], rtol=1e-6)
    assert_allclose(found["p_value"], expected["p"], rtol=1e-6)


def test_calibration_in_its_own_data_is_perfect_whatever_the_model(rows):
    """Reference 24 has slope 1; the others follow from the score of maximum likelihood."""
    y, n, p, _ = rows
    found = calibration(y, n, p).set_index("measure")["value"]
    assert_allclose(found["slope"], EXPECTED["calibration_slope"], rtol=1e-6)
    assert_allclose(found["observed to expected"], 1, rtol=1e-9)
    assert_allclose(found[["in the large", "intercept"]], 0, atol=1e-9)


# ---- Discrimination -----------------------------------------------------------------------------


def test_the_limits_of_delong_are_those_published_for_counts():
    """Hanley and McNeil (1982) Radiology 143:29, 109 images in 5 ratings.

    Stata's manual, roctab: area 0.8932, standard error 0.0307, 0.83295 to 0.95339.
    """
    normal, abnormal = np.array([33, 6, 6, 11, 2]), np.array([3, 2, 2, 11, 33])
    score = np.arange(1, 6) / 10
    found = discrimination(abnormal, normal + abnormal, score, scale="plain").iloc[0]
    assert round(found["value"], 4) == 0.8932
    assert round(found["std_error"], 4) == 0.0307
    assert (round(found["low"], 5), round(found["high"], 5)) == (0.83295, 0.95339)
    assert found["pairs"] == 58 * 51


def brute(outcome, p):
    """Area and its DeLong variance over all pairs of single records."""
    yes, no = p[outcome == 1], p[outcome == 0]
    wins = (yes[:, None] > no).astype(float) + 0.5 * (yes[:, None] == no)
    first, second = wins.mean(axis=1), wins.mean(axis=0)
    variance = first.var(ddof=1) / len(yes) + second.var(ddof=1) / len(no)
    return wins.mean(), np.sqrt(variance)


@given(patterns())
def test_counts_by_pattern_give_the_area_and_limits_of_all_pairs(counts):
    found = discrimination(*counts).iloc[0]
    outcome, p = single(*counts)
    if min(outcome.sum(), (1 - outcome).sum()) < 2:
        assert "single record" in found["method"]
        assert np.isnan(found["std_error"])
        return
    area, error = brute(outcome, p)
    assert_allclose(found["value"], area, rtol=1e-12)
    assert_allclose(found["std_error"], error, atol=1e-12)
    if np.isfinite(found["low"]):
        assert 0 <= found["low"] <= area <= found["high"] <= 1


@given(patterns())
def test_the_mirrored_outcome_and_probability_have_the_same_area(counts):
    events, trials, p = counts
    both = discrimination(events, trials, p), discrimination(trials - events, trials, 1 - p)
    for name in ("value", "low", "high"):
        assert_allclose(both[0][name], both[1][name], rtol=1e-9)


def test_one_sided_tied_and_perfect_records_have_no_limits_and_say_why():
    none = discrimination([0, 0], [5, 5], [0.1, 0.2]).iloc[0]
    assert np.isnan(none["value"])
    assert none["method"] == "none: none of the records have the outcome"
    assert "all of the records" in discrimination([5], [5], [0.2]).loc[0, "method"]
    tied = discrimination([2, 3], [5, 5], [0.2, 0.2]).iloc[0]
    assert tied["value"] == 0.5
    perfect = discrimination([0, 5], [5, 5], [0.1, 0.9]).iloc[0]
    assert perfect["value"] == 1.0
    assert np.isnan(perfect["low"])
    assert "every pair is in the same order" in perfect["method"]


# ---- Calibration --------------------------------------------------------------------------------


@given(patterns(), st.integers(2, 5))
def test_the_table_of_patterns_is_that_of_single_records(counts, groups):
    found = calibration_table(*counts, groups=groups)
    outcome, p = single(*counts)
    ends = np.unique(np.quantile(p, np.linspace(0, 1, groups + 1)))
    place = (
        np.zeros(len(p)) if len(ends) < 2 else pd.cut(p, ends, include_lowest=True, labels=False)
    )
    rows = pd.DataFrame({"place": place, "y": outcome, "p": p}).groupby("place")
    assert found["numerator"].tolist() == rows["y"].sum().tolist()
    assert found["denominator"].tolist() == rows.size().tolist()
    assert_allclose(found["expected"], rows["p"].mean(), rtol=1e-12)
    assert found["expected_numerator"].sum() == pytest.approx(p.sum())


def test_the_table_has_wilson_limits_and_says_what_lies_outside():
    found = calibration_table([10, 45], [100, 100], [0.3, 0.5], groups=2)
    low, high = wilson([10, 45], [100, 100])
    assert_allclose(found["low"], low)
    assert_allclose(found["high"], high)
    assert found["inside"].tolist() == [False, True]


def test_equal_probabilities_are_one_group_and_patterns_without_records_none():
    found = calibration_table([1, 2, 0], [4, 4, 0], [0.3, 0.3, 0.9])
    assert found[["group", "numerator", "denominator"]].to_numpy().tolist() == [[1, 3, 8]]
    test = hosmer_lemeshow([1, 2], [4, 4], [0.3, 0.3]).iloc[0]
    assert np.isnan(test["statistic"])
    assert np.isnan(test["p_value"])


def test_the_test_of_records_not_fitted_to_keeps_its_degrees_of_freedom():
    args = ([1, 3, 6], [10, 10, 10], [0.15, 0.3, 0.5])
    own, other = hosmer_lemeshow(*args, groups=3), hosmer_lemeshow(*args, groups=3, own_data=False)
    assert (own.loc[0, "df"], other.loc[0, "df"]) == (1, 3)
    # By hand: (1-1.5)^2/(1.5 x 0.85) + 0 + (6-5)^2/(5 x 0.5).
    assert own.loc[0, "statistic"] == pytest.approx(0.25 / 1.275 + 1 / 2.5)


def test_intercept_and_slope_are_those_of_statsmodels():
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    events, trials = np.array([4, 9, 12, 30]), np.array([40, 40, 30, 45])
    p = np.array([0.05, 0.3, 0.35, 0.8])
    found = calibration(events, trials, p).set_index("measure")
    counts, score = np.column_stack([events, trials - events]), logit(p)
    large = GLM(counts, np.ones((4, 1)), family=Binomial(), offset=score).fit(tol=1e-12)
    both = GLM(counts, np.column_stack([np.ones(4), score]), family=Binomial()).fit(tol=1e-12)
    rows = [("in the large", large, 0), ("intercept", both, 0), ("slope", both, 1)]
    for name, peer, at in rows:
        assert_allclose(found.loc[name, "value"], peer.params[at], rtol=1e-7)
        assert_allclose(
            found.loc[name, ["low", "high"]].astype(float), peer.conf_int()[at], rtol=1e-6
        )
    assert found.loc["observed to expected", "value"] == pytest.approx(55 / (trials @ p))


def test_clusters_widen_the_limits_as_their_sums_say():
    """CR1 by hand for the intercept with an offset: sums of residuals over the information."""
    events, trials = np.array([4, 9, 12, 30]), np.array([40, 40, 30, 45])
    p, cluster = np.array([0.05, 0.3, 0.35, 0.8]), ["A", "A", "B", "C"]
    found = calibration(events, trials, p, cluster=cluster).set_index("measure")
    value = found.loc["in the large", "value"]
    fitted = expit(value + logit(p))
    residual = events - trials * fitted
    sums = np.array([residual[:2].sum(), residual[2], residual[3]])
    factor = 3 / 2 * (155 - 1) / (155 - 1)
    error = np.sqrt(factor * (sums**2).sum()) / (trials * fitted * (1 - fitted)).sum()
    assert_allclose(found.loc["in the large", "std_error"], error, rtol=1e-8)
    # t with 2 degrees of freedom.
    assert_allclose(found.loc["in the large", "high"], value + 4.302652729911275 * error, rtol=1e-8)


def test_none_all_and_equal_probabilities_have_no_slope_and_say_why():
    none = calibration([0, 0], [9, 9], [0.1, 0.3])
    assert none["value"].round(6).tolist()[0] == 0.0
    assert none["method"].tolist()[1:] == ["none: there is no finite estimate"] * 3
    equal = calibration([2, 3], [9, 9], [0.3, 0.3]).set_index("measure")
    assert equal.loc["slope", "method"] == "none: all fitted probabilities are equal"
    assert np.isfinite(equal.loc["in the large", "value"])


@given(patterns())
def test_the_brier_score_is_the_mean_over_single_records(counts):
    found = fit_statistics(*counts).set_index("measure")["value"]
    outcome, p = single(*counts)
    assert_allclose(found["brier"], ((outcome - p) ** 2).mean(), rtol=1e-12)
    assert_allclose(found["brier_null"], outcome.var(), rtol=1e-9)
    assert np.isnan(found["expected_slope"])


def test_a_probability_that_rules_out_what_was_seen_has_no_likelihood():
    found = fit_statistics([1, 3], [4, 4], [0.0, 0.5]).set_index("measure")["value"]
    assert np.isnan(found["log_likelihood"])
    assert found["brier"] == pytest.approx((1 + 4 * 0.25) / 8)
    none = fit_statistics([0], [4], [0.1]).set_index("measure")["value"]
    assert none[["mcfadden", "nagelkerke", "brier_gain"]].isna().all()


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (([5], [4], [0.5]), "Row 0: the numerator is greater"),
        (([1, np.nan], [4, 4], [0.5, 0.5]), "Row 1: a count is missing"),
        (([1], [4], [1.5]), "Row 0: the fitted probability does not lie between"),
        (([1], [4], [np.nan]), "Row 0: the fitted probability does not lie between"),
        (([1], [4, 5], [0.5]), "need one value for each pattern"),
        (([1, 1], [4, 4], [0.5]), "There are 2 patterns, but fitted probabilities"),
        (([], [], []), "There are no records"),
        (([0], [0], [0.5]), "There are no records"),
    ],
)
def test_what_cannot_be_right_is_refused(args, sentence):
    for function in (calibration_table, calibration, discrimination, fit_statistics):
        with pytest.raises(ValueError, match=sentence):
            function(*args)


def test_options_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="has no log odds"):
        calibration([1, 3], [4, 4], [0.0, 0.5])
    with pytest.raises(ValueError, match="2 groups or more"):
        calibration_table([1], [4], [0.5], groups=1)
    with pytest.raises(ValueError, match="scale must be one of"):
        discrimination([1], [4], [0.5], scale="log")
    with pytest.raises(ValueError, match="1 parameter or more"):
        fit_statistics([1], [4], [0.5], parameters=0)
    with pytest.raises(ValueError, match="belong to one cluster"):
        calibration([1, 3], [4, 4], [0.2, 0.5], cluster=["A", "A"])


# ---- In words -----------------------------------------------------------------------------------


def test_the_reading_gives_the_numbers_and_passes_the_rules_of_wording(rows, reference):
    y, n, p, matrix = rows
    trust = reference("24_logistic", "input")["trust"]
    other = held_out(y, n, matrix, by=trust)["probability"]
    said = reading(y, n, p, unseen=other, cluster=trust, parameters=7)
    assert said[0].startswith(
        "Of 700 deaths 309 (44.1%) were investigated, and the model expects 309."
    )
    assert "agree whatever it holds" in said[0]
    assert "probability 67 times in 100 (interval 63 to 71)" in said[1]
    slope = calibration(y, n, other, cluster=trust).set_index("measure").loc["slope"]
    assert f"{slope['value']:.2f} times what it said (interval {slope['low']:.2f}" in said[2]
    assert "8.52% smaller than if all deaths" in said[3]
    assert "0.90 times as large in new records" in said[4]
    assert said[5] == (
        "In 10 groups by fitted probability, each interval holds the share expected to be "
        "investigated."
    )
    for text in said:
        assert wording.faults(text) == []


def test_the_reading_of_a_poor_model_says_so():
    """Twice as many as expected, in the wrong order."""
    events, trials, p = [60, 20], [100, 100], [0.1, 0.3]
    said = reading(events, trials, p, unseen=[0.01, 0.6], parameters=9, groups=2)
    assert "the model expects 40." in said[0]
    assert "whatever it holds" not in said[0]
    assert "Differences between deaths were smaller than it said" in said[2]
    assert "larger than if all deaths" in said[3]
    assert "The widest gap: 10% expected to be investigated, 60% were" in said[4]
    assert wording.faults(" ".join(said)) == []


def test_a_model_that_finds_less_than_chance_would_is_said_to():
    """20 and 24 of 100: chi-squared 0.47 on the 4 degrees of freedom that are claimed for it."""
    said = reading([20, 24], [100, 100], [0.2, 0.24], parameters=5)
    assert "It finds no more than as many parameters find where there is nothing to find." in said


def test_the_reading_counts_deaths_that_no_model_could_be_tried_on():
    said = reading([3, 5], [10, 10], [0.3, 0.5], unseen=[np.nan, 0.4], groups=2)
    assert said[2].endswith("For 10 deaths no such model could be fitted.")
    nothing = reading([3, 5], [10, 10], [0.3, 0.5], unseen=[np.nan, np.nan], groups=2)
    assert "Nothing can be said of records that it had not seen." in nothing[2]
    with pytest.raises(ValueError, match="unseen needs one value for each of 2 patterns"):
        reading([3, 5], [10, 10], [0.3, 0.5], unseen=[0.3])


def test_the_reading_of_none_is_no_error():
    said = reading([0, 0], [10, 10], [0.1, 0.2])
    assert "How well it tells deaths apart cannot be said: none of the records have" in said[1]


def test_reading_a_fit_of_patterns_and_of_its_records_gives_the_same_words():
    matrix = np.array([[1.0, 0], [1, 1], [1, 2]])
    events, trials = np.array([5, 9, 14]), np.array([30, 30, 30])
    p = expit(matrix @ fit_patterns(matrix, events, trials).estimate)
    outcome, each = single(events, trials, p)
    assert reading(events, trials, p) == reading(outcome, np.ones(90), each)
