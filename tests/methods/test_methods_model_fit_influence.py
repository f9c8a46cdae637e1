"""Leverage, Cook's distance, influence and held-out fits against R, statsmodels and refits."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.genmod.families import Binomial
from statsmodels.genmod.generalized_linear_model import GLM

from helpers.methods._pattern_fit import expit, fit_patterns
from helpers.methods.model_fit import held_out, influence, residuals
from helpers.methods.regression import logistic

REFERENCE = Path(__file__).parents[1] / "reference" / "24_logistic" / "expected.json"
EXPECTED = json.loads(REFERENCE.read_text(encoding="utf-8"))
TERMS = ["age", "male", "setting", "year"]

MATRIX = np.array([[1, 0, 0], [1, 1, 0], [1, 0, 1], [1, 1, 1], [1, 0, 2], [1, 1, 2]], dtype=float)
EVENTS = np.array([3, 9, 6, 12, 5, 20])
TRIALS = np.array([20, 22, 25, 18, 9, 30])
FIT = fit_patterns(MATRIX, EVENTS, TRIALS)
P = expit(MATRIX @ FIT.estimate)


def peer():
    counts = np.column_stack([EVENTS, TRIALS - EVENTS])
    return GLM(counts, MATRIX, family=Binomial()).fit(tol=1e-14)


def last_but_one(matrix, outcome):
    """Fitted probabilities whose weights R's glm leaves: those of the step before the last.

    R stops when the deviance changes by less than 1e-8 (see test_methods_regression).
    """
    p, linear, last = (outcome + 0.5) / 2, None, np.inf
    linear = np.log(p / (1 - p))
    while True:
        before, weight = p, np.sqrt(p * (1 - p))
        q, r = np.linalg.qr(matrix * weight[:, None])
        estimate = np.linalg.solve(r, q.T @ (weight * linear + (outcome - p) / weight))
        linear = matrix @ estimate
        p = 1 / (1 + np.exp(-linear))
        deviance = -2 * np.log(np.where(outcome == 1, p, 1 - p)).sum()
        if abs(deviance - last) / (abs(deviance) + 0.1) < 1e-8:
            return before
        last = deviance


def by_hand(rows):
    """Design and outcome of each death of reference 24, in the order of the file."""
    setting = pd.get_dummies(rows["setting"], drop_first=True).to_numpy(float)
    parts = [np.ones(len(rows)), rows["age"], rows["male"], setting, rows["year"]]
    return np.column_stack(parts), rows["investigated"].to_numpy(float)


def test_leverage_and_cooks_distance_agree_with_reference_24(reference):
    """R's hat values rest on weights one step behind; ours, settled, differ by 2e-6."""
    rows = reference("24_logistic", "input")
    fit = logistic(rows, outcome="investigated", terms=TERMS)
    (matrix, y), n = by_hand(rows), np.ones(700)
    p = expit(matrix @ fit.estimate)
    lagging = residuals(y, n, last_but_one(matrix, y), matrix)["leverage"].to_numpy()
    assert_allclose(lagging.max(), EXPECTED["max_leverage"], rtol=1e-9)
    settled = residuals(y, n, p, matrix)
    cooks = settled["pearson"] ** 2 * lagging / (1 - lagging) ** 2 / 7
    assert_allclose(cooks.max(), EXPECTED["max_cooks"], rtol=1e-9)
    assert_allclose(settled["row_leverage"].max(), EXPECTED["max_leverage"], rtol=5e-6)
    assert_allclose(settled["row_cooks"].max(), EXPECTED["max_cooks"], rtol=5e-6)


def test_residuals_of_patterns_are_those_of_statsmodels():
    fit = peer()
    found, other = residuals(EVENTS, TRIALS, P, MATRIX), fit.get_influence()
    assert_allclose(found["leverage"], other.hat_matrix_diag, rtol=1e-7)
    assert_allclose(found["cooks"], other.cooks_distance[0], rtol=1e-7)
    assert_allclose(found["pearson"], fit.resid_pearson, rtol=1e-7)
    assert_allclose(found["deviance"], fit.resid_deviance, rtol=1e-7)
    assert_allclose(found["standardised"], other.resid_studentized, rtol=1e-7)


def test_the_largest_of_the_records_of_a_pattern_is_that_of_single_records():
    row = np.repeat(np.arange(6), TRIALS)
    outcome = np.concatenate(
        [np.r_[np.ones(e), np.zeros(n - e)] for e, n in zip(EVENTS, TRIALS, strict=True)]
    )
    each = residuals(outcome, np.ones(len(row)), P[row], MATRIX[row])
    largest = each.groupby(row)[["leverage", "cooks"]].max()
    found = residuals(EVENTS, TRIALS, P, MATRIX)
    assert_allclose(found["row_leverage"], largest["leverage"], rtol=1e-9)
    assert_allclose(found["row_cooks"], largest["cooks"], rtol=1e-9)


@given(st.lists(st.integers(1, 30), min_size=6, max_size=6))
def test_leverages_add_up_to_the_parameters(trials):
    found = residuals(np.zeros(6), trials, np.linspace(0.1, 0.8, 6), MATRIX)
    assert_allclose(found["leverage"].sum(), 3, rtol=1e-9)
    assert found["leverage"].between(0, 1 + 1e-9).all()


def test_one_step_changes_of_single_patterns_are_those_of_statsmodels():
    found = influence(EVENTS, TRIALS, P, MATRIX, estimate=FIT.estimate)
    expected = peer().get_influence().d_params
    assert_allclose(found["change"].to_numpy().reshape(6, 3), expected, rtol=1e-7)


def test_one_step_changes_of_clusters_are_newton_steps_on_what_is_left():
    trust = np.array(["A", "A", "B", "B", "A", "C"])
    found = influence(EVENTS, TRIALS, P, MATRIX, estimate=FIT.estimate, by=trust)
    for name in "ABC":
        left = trust != name
        x, y, n, p = MATRIX[left], EVENTS[left], TRIALS[left], P[left]
        information = x.T @ (x * (n * p * (1 - p))[:, None])
        step = np.linalg.solve(information, x.T @ (y - n * p))
        mine = found[found["left_out"].eq(name)]
        assert_allclose(mine["estimate_without"], FIT.estimate + step, rtol=1e-8)
        assert mine["numerator"].iloc[0] == EVENTS[~left].sum()
        assert_allclose(mine["odds_ratio_without"], np.exp(mine["estimate_without"]))
    # A label that only one pattern has takes the same road as a pattern by itself.
    alone = influence(EVENTS, TRIALS, P, MATRIX, estimate=FIT.estimate)
    assert_allclose(
        found[found["left_out"].eq("C")]["change"], alone[alone["left_out"].eq("5")]["change"]
    )


def test_leaving_out_a_trust_in_one_step_is_close_to_fitting_again(reference):
    """Reference 24: each of 14 trusts moves no estimate by more than 0.8 of its error."""
    rows = reference("24_logistic", "input")
    fit = logistic(rows, outcome="investigated", terms=TERMS)
    matrix, y = by_hand(rows)
    p = expit(matrix @ fit.estimate)
    found = influence(
        y, np.ones(700), p, matrix, estimate=fit.estimate, by=rows["trust"],
        names=fit.design.labels(),
    )  # fmt: skip
    for trust in ("T01", "T10", "T13"):
        left = (rows["trust"] != trust).to_numpy()
        again = fit_patterns(matrix[left], y[left], np.ones(left.sum()))
        mine = found[found["left_out"].eq(trust)]
        error = (mine["change"] / mine["change_in_errors"]).to_numpy()
        assert (np.abs(mine["estimate_without"] - again.estimate) < 0.03 * error).all()
    assert found["term"].unique().tolist() == fit.design.labels()


def test_standard_errors_of_another_covariance_can_be_given():
    options = {"estimate": FIT.estimate, "by": ["A"] * 3 + ["B"] * 3}
    own = influence(EVENTS, TRIALS, P, MATRIX, **options)
    error = np.sqrt(np.diag(FIT.covariance))
    assert_allclose(own["change_in_errors"], own["change"] / np.tile(error, 2), rtol=1e-9)
    wider = influence(EVENTS, TRIALS, P, MATRIX, **options, std_error=2 * error)
    assert_allclose(wider["change_in_errors"] * 2, own["change_in_errors"], rtol=1e-9)


def test_a_term_that_rests_on_one_cluster_alone_has_no_estimate_without_it():
    matrix = np.array([[1, 0], [1, 0], [1, 1.0]])
    events, trials = np.array([3, 5, 4]), np.array([10, 10, 10])
    fit = fit_patterns(matrix, events, trials)
    p = expit(matrix @ fit.estimate)
    for by in (["A", "B", "C"], None, ["A", "B", "B"]):
        found = influence(events, trials, p, matrix, estimate=fit.estimate, by=by)
        last = found.iloc[-2:]
        assert last["change"].isna().all()
        assert last["reason"].eq("a term rests on what is left out alone").all()
        assert found.iloc[:2]["change"].notna().all()


def test_a_pattern_without_records_has_nothing():
    trials = np.array([20, 22, 25, 18, 9, 0])
    events = np.array([3, 9, 6, 12, 5, 0])
    found = residuals(events, trials, P, MATRIX)
    assert found.iloc[5].isna().sum() == 8
    assert found.iloc[:5].notna().all(axis=None)
    assert influence(events, trials, P, MATRIX, estimate=FIT.estimate)["change"].iloc[-1] == 0


def test_a_saturated_fit_has_leverage_1_and_no_cooks_distance():
    found = residuals([3, 5], [10, 10], [0.3, 0.5], [[1, 0], [1, 1]])
    assert_allclose(found["leverage"], 1)
    assert found[["cooks", "standardised"]].isna().all(axis=None)


# ---- Held out -----------------------------------------------------------------------------------


def test_each_group_is_fitted_by_a_model_of_all_others():
    """The same fits by statsmodels."""
    by = np.array(["A", "B", "A", "C", "C", "B"])
    found = held_out(EVENTS, TRIALS, MATRIX, by=by)
    for name in "ABC":
        mine = by == name
        counts = np.column_stack([EVENTS, TRIALS - EVENTS])[~mine]
        fit = GLM(counts, MATRIX[~mine], family=Binomial()).fit(tol=1e-12)
        assert_allclose(found["probability"][mine], fit.predict(MATRIX[mine]), rtol=1e-7)
    assert found["left_out"].tolist() == by.tolist()
    assert found["reason"].eq("").all()


def test_a_level_that_only_one_group_has_cannot_be_known_without_it():
    matrix = np.array([[1, 0], [1, 0], [1, 1.0]])
    found = held_out([3, 5, 4], [10, 10, 10], matrix, by=["A", "B", "C"])
    assert found["probability"].isna().tolist() == [False, False, True]
    assert found["reason"].tolist() == ["", "", "the other groups alone have no finite fit"]


@pytest.mark.parametrize(
    ("function", "sentence"),
    [
        (lambda: residuals(EVENTS, TRIALS, P, MATRIX[:5]), "one row for each of 6 patterns"),
        (lambda: residuals(EVENTS, TRIALS, P, MATRIX * np.nan), "a covariate is missing"),
        (lambda: residuals(EVENTS, TRIALS, np.ones(6), MATRIX), "has no log odds"),
        (lambda: residuals(EVENTS, TRIALS, P, np.ones((6, 2))), "are collinear over the patterns"),
        (lambda: residuals([1], [2], [0.5], [[1, 2, 3]]), "are collinear over the patterns"),
        (
            lambda: influence(EVENTS, TRIALS, P, MATRIX, estimate=[1.0]),
            "3 columns need as many estimates",
        ),
        (
            lambda: influence(EVENTS, TRIALS, P, MATRIX, estimate=FIT.estimate, by=["A"]),
            "There are 6 patterns, but 1 labels",
        ),
        (
            lambda: held_out(EVENTS, TRIALS, MATRIX, by=["A"] * 6),
            "All patterns belong to one group",
        ),
        (
            lambda: held_out(EVENTS, TRIALS, MATRIX, by=["A"] * 5 + [None]),
            "Row 5: a label of groups is missing",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused(function, sentence):
    with pytest.raises(ValueError, match=sentence):
        function()


def test_the_columns_can_be_a_frame_with_names():
    frame = pd.DataFrame(MATRIX, columns=["(intercept)", "male", "old"])
    found = influence(EVENTS, TRIALS, P, frame, estimate=FIT.estimate, names=frame.columns)
    assert found["term"].unique().tolist() == ["(intercept)", "male", "old"]
