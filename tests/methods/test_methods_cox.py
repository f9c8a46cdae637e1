"""Cox models against the reference comparison, statsmodels, brute force and definitions."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cox_rows import CASE, TERMS, brute, synthetic
from numpy.testing import assert_allclose
from statsmodels.duration.hazard_regression import PHReg

from helpers.methods._tied import tied_sums
from helpers.methods.cox import (
    baseline_hazard,
    concordance,
    cox,
    global_tests,
    predicted_survival,
    residuals,
)

WHOLE = json.loads((Path(__file__).parents[1] / "reference" / CASE / "expected.json").read_text())

# ---- The reference comparison -------------------------------------------------------------------


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_coefficients_agree_with_reference_20(lung, reference, ties):
    expected = reference(CASE, f"expected_{ties}")
    fit = cox(lung, terms=TERMS, ties=ties)
    found = fit.coefficients
    assert found["term"].tolist() == expected["term"].tolist()
    for name in ("estimate", "std_error", "statistic", "p_value"):
        assert_allclose(found[name], expected[name], rtol=1e-6)
    assert_allclose(found["low"], np.exp(expected["ci_low"]), rtol=1e-6)
    assert_allclose(found["high"], np.exp(expected["ci_high"]), rtol=1e-6)
    assert_allclose(fit.log_likelihood, WHOLE[ties]["loglik"], rtol=1e-6)
    assert_allclose(fit.log_likelihood_null, WHOLE[ties]["loglik_null"], rtol=1e-6)


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_tests_of_all_terms_agree_with_reference_20(lung, ties):
    found = global_tests(cox(lung, terms=TERMS, ties=ties)).set_index("test")["statistic"]
    assert_allclose(found["likelihood ratio"], WHOLE[ties]["lrt"], rtol=1e-6)
    assert_allclose(found["score"], WHOLE[ties]["score"], rtol=1e-6)
    # The comparison has the Wald statistic to two decimals only.
    assert abs(found["Wald"] - WHOLE[ties]["wald"]) <= 0.005001


def test_strata_agree_with_reference_20(lung, reference):
    expected = reference(CASE, "expected_strata_sex")
    found = cox(lung, terms=["age", "ph.ecog"], strata="sex").coefficients
    assert_allclose(found["estimate"], expected["estimate"], rtol=1e-6)
    assert_allclose(found["std_error"], expected["std_error"], rtol=1e-6)


def test_clustered_errors_agree_with_reference_20(lung, reference):
    expected = reference(CASE, "expected_cluster_inst")
    fit = cox(lung, terms=TERMS, cluster="inst")
    assert_allclose(fit.coefficients["estimate"], expected["estimate"], rtol=1e-6)
    assert_allclose(fit.coefficients["std_error"], expected["se_robust"], rtol=1e-6)
    assert_allclose(np.sqrt(np.diag(fit.model_covariance)), expected["se_model"], rtol=1e-6)
    assert fit.clusters == lung["inst"].nunique()


def test_baseline_hazard_agrees_with_reference_20(lung, reference):
    expected = reference(CASE, "expected_basehaz_efron_uncentred").set_index("time")["cumhaz0"]
    found = baseline_hazard(cox(lung, terms=TERMS)).set_index("time")["value"]
    assert_allclose(found.reindex(expected.index).ffill(), expected, rtol=1e-6)
    assert_allclose(found, expected[found.index], rtol=1e-6)


def test_predictions_agree_with_reference_20(lung, reference):
    expected = reference(CASE, "expected_predicted")
    # The values of the terms, not stated there, follow from its survival and its baseline.
    people = pd.DataFrame({"age": [50, 70], "sex": [1, 2], "ph.ecog": [0, 2]})
    fit = cox(lung, terms=TERMS)
    found = predicted_survival(fit, people, times=[180, 365], transform="log")
    for ours, theirs in {"value": "surv", "low": "ci_low", "high": "ci_high"}.items():
        assert_allclose(found[ours], expected[theirs], rtol=1e-6)


def test_residuals_agree_with_reference_20(lung, reference):
    expected = reference(CASE, "expected_residuals")
    found = residuals(cox(lung, terms=TERMS), lung)
    assert_allclose(found["martingale"], expected["martingale"], rtol=1e-6)
    assert_allclose(found["deviance"], expected["deviance"], rtol=1e-6)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_concordance_agrees_with_reference_20(lung, ties):
    found = concordance(cox(lung, terms=TERMS, ties=ties))["value"][0]
    assert_allclose(found, WHOLE[ties]["concordance"], rtol=1e-6)


# ---- Other independent numbers ------------------------------------------------------------------


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_estimates_agree_with_statsmodels_on_heavily_tied_strata(ties):
    frame = synthetic(600)
    fit = cox(frame, terms=["place", "male", "age"], strata="trust", ties=ties)
    wide = pd.get_dummies(frame["place"], dtype=float)[["prison", "ward"]]
    wide = wide.assign(male=frame["male"], age=frame["age"])
    peer = PHReg(
        frame["days"], wide, status=frame["observed"], strata=frame["trust"], ties=ties
    ).fit()
    assert_allclose(fit.estimate, peer.params, rtol=1e-8)
    assert_allclose(fit.coefficients["std_error"], peer.bse, rtol=1e-8)
    assert_allclose(fit.log_likelihood, peer.llf, rtol=1e-10)


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
def test_the_likelihood_is_that_of_the_definition_with_late_entry(ties):
    frame = synthetic(14, seed=5, ties=4)
    terms = ["male", "age"]
    assert set(frame["entered"]) & set(frame.loc[frame["observed"], "days"])  # entries at deaths
    fit = cox(frame, terms=terms, entry="entered", ties=ties)
    at = fit.estimate
    highest = brute(frame, terms, at, entry="entered", ties=ties)
    assert_allclose(fit.log_likelihood, highest, rtol=1e-10)
    step = np.array([1e-4, 1e-5])
    for side in (-1, 1):
        for move in np.diag(step):
            assert brute(frame, terms, at + side * move, entry="entered", ties=ties) < highest
    curvature = [
        [
            brute(frame, terms, at + a + b, entry="entered", ties=ties)
            - brute(frame, terms, at + a - b, entry="entered", ties=ties)
            - brute(frame, terms, at - a + b, entry="entered", ties=ties)
            + brute(frame, terms, at - a - b, entry="entered", ties=ties)
            for b in np.diag([1e-3, 1e-4])
        ]
        for a in np.diag([1e-3, 1e-4])
    ]
    information = -np.array(curvature) / (4 * np.outer([1e-3, 1e-4], [1e-3, 1e-4]))
    assert_allclose(np.linalg.inv(information), fit.covariance, rtol=2e-4)


def test_someone_who_enters_on_a_day_is_not_at_risk_on_that_day(lung):
    """Entries at times of death: statsmodels takes them for at risk, unless a little later."""
    random = np.random.default_rng(7)
    deaths = lung.loc[lung["observed"], "days"].to_numpy()
    late = lung.assign(entered=random.choice(deaths, len(lung)))
    late = late[late["entered"] < late["days"]]
    fit = cox(late, terms=TERMS, entry="entered")
    assert_allclose(
        fit.log_likelihood, brute(late, TERMS, fit.estimate, entry="entered"), rtol=1e-10
    )
    arguments = {"status": late["observed"], "ties": "efron"}
    after = PHReg(late["days"], late[TERMS], entry=late["entered"] + 1e-6, **arguments).fit()
    assert_allclose(fit.estimate, after.params, rtol=1e-8)
    trapped = PHReg(late["days"], late[TERMS], entry=late["entered"], **arguments).fit()
    assert np.abs(trapped.params - fit.estimate).max() > 1e-4


@pytest.mark.parametrize("deaths", [1, 2, 16, 17, 40, 1000, 20_000])
@pytest.mark.parametrize("others", [0.0, 1e-9, 3.0, 1e4, 1e9])
def test_tied_sums_are_those_written_out(deaths, others):
    dying, left = 0.7 * deaths, np.arange(deaths, 0, -1) / deaths
    s, share = others + left * dying, 1 - left
    found = tied_sums(
        np.array([float(deaths)]), np.array([dying + others]), np.array([dying]), efron=True
    )
    # In the likelihood a shared sum meets the hazard of those who died where the full sum meets
    # that of all at risk: an error counts against that product.
    weight = dying / (dying + others)
    first, second = np.sum(1 / s), np.sum(1 / s**2)
    expected = {
        "log": (np.log(s), np.abs(np.log(s)).sum() + deaths),
        "first": (1 / s, first),
        "first_shared": (share / s, first / weight),
        "second": (1 / s**2, second),
        "second_shared": (share / s**2, second / weight),
        "second_twice": (share**2 / s**2, second / weight**2),
    }
    for name, (terms, scale) in expected.items():
        # R - E has the digits of R only, which is felt in the smallest S, E / d.
        slack = 1e-14 + 2e-16 * (dying + others) / s.min()
        assert abs(getattr(found, name)[0] - np.sum(terms)) <= slack * scale, name


def test_clustered_errors_are_the_infinitesimal_jackknife():
    """With Breslow's ties a score residual is the derivative in the weight of its record."""
    frame = synthetic(25, seed=3).assign(row=range(25), n=100_000)
    terms = ["male", "age"]
    options = {"terms": terms, "entry": "entered", "weights": "n", "ties": "breslow"}
    whole = cox(frame, **options).estimate
    moves = []
    for row in range(25):
        more = frame.assign(n=frame["n"] + (frame["row"] == row))
        moves.append((cox(more, **options).estimate - whole) * 100_000)
    moves = np.array(moves)
    single = cox(frame, terms=terms, entry="entered", cluster="row", ties="breslow")
    assert_allclose(single.covariance, moves.T @ moves, rtol=1e-3)


def test_exact_ties_are_conditional_logistic_regression_for_one_day():
    """All events on one day: hypergeometric odds of Fisher's exact test."""
    from scipy.optimize import brentq
    from scipy.stats import nchypergeom_fisher

    frame = pd.DataFrame({"days": 5, "observed": [1] * 7 + [0] * 5 + [1] * 3 + [0] * 9})
    frame["male"] = [1] * 12 + [0] * 12
    found = cox(frame, terms=["male"], ties="exact").coefficients["value"][0]
    expected = brentq(lambda odds: nchypergeom_fisher(24, 12, 10, odds).mean() - 7, 0.1, 50)
    assert_allclose(found, expected, rtol=1e-8)
