"""Logistic models of an outcome recorded wrongly: closed forms, row by row, and known truth."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from helpers.methods._pattern_fit import covariance_root, expit, fit_patterns, sandwich
from helpers.methods.misclassified import (
    Beta,
    adjusted_bias_analysis,
    corrected_comparison,
    reading,
)

NAMES = ["(intercept)", "male", "old"]
MATRIX = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1]], dtype=float)
EVENTS = np.array([30, 55, 12, 41])
TRIALS = np.array([120, 130, 110, 140])


def analysed(**options):
    given = {"names": NAMES, "sensitivity": 0.85, "specificity": 0.97, "draws": 100, "seed": 1}
    return adjusted_bias_analysis(MATRIX, EVENTS, TRIALS, **given | options)


def estimate(found, kind):
    return found[found["estimate"].eq(kind)]["value"].to_numpy()


def by_expectation(matrix, outcome, sensitivity, specificity):
    """Magder and Hughes's own algorithm, over single records.

    Each record is given the chance that the outcome was there, from the record and the fit; a
    logistic regression is fitted to these chances (a Newton step at a time); and so on.
    """
    beta = np.zeros(matrix.shape[1])
    for _ in range(5000):
        p = expit(matrix @ beta)
        chance = np.where(
            outcome == 1,
            sensitivity * p / (sensitivity * p + (1 - specificity) * (1 - p)),
            (1 - sensitivity) * p / ((1 - sensitivity) * p + specificity * (1 - p)),
        )
        weight = p * (1 - p)
        step = np.linalg.solve(matrix.T @ (matrix * weight[:, None]), matrix.T @ (chance - p))
        beta = beta + step
        if np.abs(step).max() < 1e-11:
            return beta
    raise AssertionError("the algorithm did not come to an end")


def single(events, trials):
    """One row a record, in the order of the patterns."""
    row = np.repeat(np.arange(len(trials)), trials)
    outcome = np.concatenate(
        [np.r_[np.ones(e), np.zeros(n - e)] for e, n in zip(events, trials, strict=True)]
    )
    return row, outcome


def test_counts_by_pattern_give_what_records_put_right_by_expectation_give():
    row, outcome = single(EVENTS, TRIALS)
    expected = by_expectation(MATRIX[row], outcome, 0.85, 0.97)
    found = estimate(analysed(), "allowing for errors in the record")
    assert_allclose(np.log(found), expected, rtol=1e-7)


def test_errors_that_differ_by_group_are_put_right_by_group():
    men = MATRIX[:, 1] == 1
    found = analysed(
        group=np.where(men, "men", "women"),
        sensitivity={"men": 0.95, "women": 0.7},
        specificity={"men": 0.9, "women": 0.99},
    )
    row, outcome = single(EVENTS, TRIALS)
    expected = by_expectation(
        MATRIX[row], outcome, np.where(men, 0.95, 0.7)[row], np.where(men, 0.9, 0.99)[row]
    )
    kind = "allowing for errors in the record"
    assert_allclose(np.log(estimate(found, kind)), expected, rtol=1e-7)


def test_a_single_term_gives_the_closed_form_with_its_interval():
    """One 0/1 term leaves nothing to model: the corrected odds ratio of the 2x2 table."""
    table = pd.DataFrame({"g": ["a", "b"], "numerator": [40, 20], "denominator": [100, 100]})
    closed = corrected_comparison(
        table, group="g", reference="b", sensitivity=0.9, specificity=0.98
    ).iloc[0]
    fit = fit_patterns(
        np.array([[1.0, 0], [1, 1]]), np.array([20.0, 40]), np.array([100.0, 100]),
        floor=0.02, gain=0.88,
    )  # fmt: skip
    reach = 1.959963984540054 * np.sqrt(fit.covariance[1, 1])
    assert_allclose(np.exp(fit.estimate[1]), closed["value"], rtol=1e-9)
    assert_allclose(np.exp(fit.estimate[1] - reach), closed["low"], rtol=1e-9)
    assert_allclose(np.exp(fit.estimate[1] + reach), closed["high"], rtol=1e-9)


@pytest.mark.slow
def test_without_errors_the_logistic_regression_is_left():
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM

    peer = GLM(np.column_stack([EVENTS, TRIALS - EVENTS]), MATRIX, family=Binomial()).fit(tol=1e-12)
    found = analysed(sensitivity=1.0, specificity=1.0, draws=4000)
    crude = found[found["estimate"].eq("as recorded")]
    assert_allclose(np.log(crude["value"]), peer.params, rtol=1e-9)
    assert_allclose(np.log(crude[["low", "high"]]), peer.conf_int(), rtol=1e-7)
    errors = found[found["estimate"].eq("allowing for errors in the record")]
    assert_allclose(errors["value"], crude["value"], rtol=1e-9)
    assert_allclose(errors["low"], errors["high"], rtol=1e-12)
    both = found[found["estimate"].eq("allowing for errors and chance")]
    widths = [np.log(part["high"] / part["low"]).to_numpy() for part in (crude, both)]
    # 4,000 draws: the width of a 95% interval to about 3%.
    assert_allclose(widths[1], widths[0], rtol=0.06)


def test_clustered_limits_as_recorded_are_those_of_the_regression(clustered, as_records):
    """Reference 28: CR1 with t, over patterns that hold one trust each."""
    design = clustered.design
    matrix, outcome, trust = as_records(clustered)
    frame = pd.DataFrame(matrix).assign(trust=trust, y=outcome)
    counts = frame.groupby([*range(design.matrix.shape[1]), "trust"])["y"].agg(["sum", "size"])
    counts = counts.reset_index()
    found = adjusted_bias_analysis(
        counts[list(range(design.matrix.shape[1]))], counts["sum"], counts["size"],
        names=design.labels(), cluster=counts["trust"], sensitivity=1, specificity=1, draws=100,
        seed=1,
    )  # fmt: skip
    crude = found[found["estimate"].eq("as recorded")]
    scaled = np.linalg.solve(design.back, clustered.estimate)
    table = clustered.robust.table(scaled, design.back, kind="CR1S")
    table = np.exp(table[["estimate", "low", "high"]])
    for mine, theirs in (("value", "estimate"), ("low", "low"), ("high", "high")):
        assert_allclose(crude[mine], table[theirs], rtol=1e-6)
    assert "t with 13 degrees of freedom" in found.loc[0, "method"]


def test_draws_with_fewer_clusters_than_columns_have_the_covariance_of_the_sandwich():
    """Three trusts, three columns: CR1 has rank 2, from which Cholesky would draw nothing."""
    matrix, trust = np.vstack([MATRIX, MATRIX]), np.array([0, 1, 2, 0, 1, 2, 1, 0])
    fit = fit_patterns(matrix, np.r_[EVENTS, EVENTS[::-1]], np.r_[TRIALS, TRIALS[::-1]])
    root = covariance_root(fit, trust, 1000)
    assert root.shape == (3, 3)
    assert np.linalg.matrix_rank(root, tol=1e-8) == 2
    assert_allclose(root @ root.T, sandwich(fit, trust, 1000), rtol=1e-12)
    found = adjusted_bias_analysis(
        matrix, np.r_[EVENTS, EVENTS[::-1]], np.r_[TRIALS, TRIALS[::-1]], names=NAMES,
        cluster=trust, sensitivity=0.9, specificity=0.98, draws=100, seed=1,
    )  # fmt: skip
    assert found["value"].notna().all()


def test_a_term_that_rests_on_one_cluster_has_no_limits_with_chance():
    found = analysed(cluster=["A", "B", "C", "B"], sensitivity=Beta(80, 9))
    male = found[found["term"].eq("male")].set_index("estimate")
    assert male.loc[["as recorded", "allowing for errors and chance"], "low"].isna().all()
    assert np.isfinite(male.loc["allowing for errors in the record", "low"])
    assert male["method"].str.endswith("the term rests on one cluster").all()
    assert found[found["term"].eq("old")]["low"].notna().all()


def test_a_known_truth_is_found_again():
    """400,000 people; men are recorded better than women, so that the crude ratio misleads."""
    generator = np.random.default_rng(5)
    truth, trials = np.array([-1.0, 0.5, -0.8]), np.full(4, 100_000)
    p = expit(MATRIX @ truth)
    men = MATRIX[:, 1] == 1
    found_in, kept_out = np.where(men, 0.9, 0.6), np.where(men, 0.97, 0.99)
    recorded = generator.binomial(trials, found_in * p + (1 - kept_out) * (1 - p))
    rates = {"floor": 1 - kept_out, "gain": found_in + kept_out - 1}
    fit = fit_patterns(MATRIX, recorded, trials, **rates)
    error = np.sqrt(np.diag(fit.covariance))
    assert (np.abs(fit.estimate - truth) < 3 * error).all()
    crude = fit_patterns(MATRIX, recorded, trials)
    assert abs(crude.estimate[1] - truth[1]) > 10 * error[1]


def test_draws_that_no_finite_fit_agrees_with_are_counted():
    """A third is recorded of all; specificity 0.6 alone would give more than that."""
    found = analysed(sensitivity=0.9, specificity=0.6)
    rest = found[~found["estimate"].eq("as recorded")]
    assert rest["share_impossible"].eq(1.0).all()
    assert rest["value"].isna().all()
    assert "no estimate" in reading(found, label="term")[0]
    some = analysed(sensitivity=Beta(20, 4), specificity=Beta(30, 5), draws=400)
    last = some.iloc[-1]
    assert 0 < last["impossible"] < 400
    assert np.isfinite(last["value"])


def test_the_seed_fixes_the_draws():
    options = {"sensitivity": Beta(20, 4)}
    pd.testing.assert_frame_equal(analysed(**options), analysed(**options))
    assert not analysed(**options).equals(analysed(**options, seed=2))


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"names": ["a"]}, "3 columns need as many names; got 1"),
        ({"draws": 5}, "5 draws are too few"),
        ({"cluster": ["T01"] * 4}, "All patterns belong to one cluster"),
        ({"cluster": ["T01"]}, "There are 4 patterns, but 1 labels of clusters"),
        ({"group": ["a", None, "a", "a"]}, "Row 1: a label of groups is missing"),
        ({"sensitivity": {"a": 0.9}}, "declared by group, but not for"),
    ],
)
def test_what_cannot_be_analysed_is_refused(options, sentence):
    with pytest.raises(ValueError, match=sentence):
        analysed(**options)


def test_an_outcome_that_separates_is_refused():
    with pytest.raises(ValueError, match="has no finite fit"):
        adjusted_bias_analysis(
            [[1, 0], [1, 1]], [0, 5], [10, 10], names=["a", "b"], sensitivity=1, specificity=1,
            seed=1,
        )  # fmt: skip


# ---- The fit itself -----------------------------------------------------------------------------


def test_a_fit_without_a_finite_end_is_none():
    ones = np.ones((2, 1))
    assert fit_patterns(ones, np.zeros(2), np.full(2, 9.0)) is None
    assert fit_patterns(ones, np.full(2, 9.0), np.full(2, 9.0)) is None
    assert fit_patterns(np.ones((2, 2)), np.array([2.0, 3]), np.full(2, 9.0)) is None
    # One recorded of 50, where the errors alone give one of ten.
    assert fit_patterns(ones, np.array([1.0, 0]), np.full(2, 25.0), floor=0.1, gain=0.8) is None


def test_a_bad_start_and_an_uncentred_year_come_to_the_same_end():
    year = np.arange(2010, 2020, dtype=float)
    matrix = np.column_stack([np.ones(10), year])
    events, trials = np.array([3, 5, 4, 6, 8, 7, 9, 9, 12, 11.0]), np.full(10, 20.0)
    centred = fit_patterns(matrix - [0, 2015], events, trials)
    for start in (None, np.array([-100.0, 0.05])):
        found = fit_patterns(matrix, events, trials, start=start)
        assert_allclose(found.estimate[1], centred.estimate[1], rtol=1e-9)
        assert_allclose(found.covariance[1, 1], centred.covariance[1, 1], rtol=1e-6)


def test_the_sandwich_of_clusters_of_one_record_is_hc1():
    """n/(n-k) times the usual sandwich, here from its formula."""
    row, outcome = single(EVENTS, TRIALS)
    matrix = MATRIX[row]
    fit = fit_patterns(matrix, outcome, np.ones(len(row)))
    p = expit(matrix @ fit.estimate)
    bread = np.linalg.inv(matrix.T @ (matrix * (p * (1 - p))[:, None]))
    meat = matrix.T @ (matrix * ((outcome - p) ** 2)[:, None])
    n, k = matrix.shape
    expected = bread @ meat @ bread * n / (n - k)
    assert_allclose(sandwich(fit, np.arange(n), n), expected, rtol=1e-8)
