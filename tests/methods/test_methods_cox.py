"""Cox models against the reference comparison, statsmodels, brute force and definitions."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.duration.hazard_regression import PHReg

from helpers.methods._partial_likelihood import evaluate
from helpers.methods._tied import tied_sums
from helpers.methods.cox import (
    baseline_hazard,
    concordance,
    cox,
    global_tests,
    joint_tests,
    predicted_survival,
    residuals,
)

TERMS = ["age", "sex", "ph.ecog"]
CASE = "20_cox_ties"
WHOLE = json.loads((Path(__file__).parents[1] / "reference" / CASE / "expected.json").read_text())


@pytest.fixture
def lung(reference):
    rows = reference(CASE, "input")
    return rows.assign(days=rows["time"], observed=rows["status"] == 2)


def synthetic(rows, seed=1, ties=30):
    """Rows with late entry, whole days, a category, a flag and a number."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "place": random.choice(["community", "prison", "ward"], rows),
            "male": random.integers(0, 2, rows),
            "age": random.normal(60, 15, rows).round(1),
            "trust": random.choice(list("ABCDEF"), rows),
        }
    )
    pull = 0.4 * (frame["place"] == "ward") - 0.3 * frame["male"] + 0.02 * (frame["age"] - 60)
    frame["days"] = np.ceil(random.exponential(ties, rows) * np.exp(-pull)).astype(int) + 1
    frame["entered"] = random.integers(-5, 1 + frame["days"].to_numpy() // 2)
    frame["observed"] = random.random(rows) < 0.7
    return frame


def brute(frame, terms, estimate, *, entry=None, ties="efron"):
    """Log partial likelihood written out death by death."""
    x = frame[terms].to_numpy(float) @ np.asarray(estimate)
    start = np.full(len(frame), -np.inf) if entry is None else frame[entry].to_numpy()
    days, seen = frame["days"].to_numpy(), frame["observed"].to_numpy(bool)
    total = 0.0
    for day in np.unique(days[seen]):
        risk, died = (start < day) & (day <= days), seen & (days == day)
        d = int(died.sum())
        total += x[died].sum()
        if ties == "exact":
            sets = combinations(np.flatnonzero(risk), d)
            total -= np.log(sum(np.exp(x[list(chosen)].sum()) for chosen in sets))
            continue
        shares = np.arange(d) / d if ties == "efron" else np.zeros(d)
        total -= np.log(np.exp(x[risk]).sum() - shares * np.exp(x[died]).sum()).sum()
    return total


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


# ---- Laws ---------------------------------------------------------------------------------------


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_counted_rows_give_what_repeated_rows_give(seed):
    frame = synthetic(80, seed=seed, ties=8)
    frame["n"] = np.random.default_rng(seed).integers(0, 4, len(frame))
    repeated = frame.loc[frame.index.repeat(frame["n"])]
    options = {"terms": ["place", "male", "age"], "entry": "entered"}
    one, other = cox(frame, weights="n", **options), cox(repeated, **options)
    assert_allclose(one.estimate, other.estimate, rtol=1e-8, atol=1e-10)
    assert_allclose(one.covariance, other.covariance, rtol=1e-8, atol=1e-12)
    assert_allclose(one.log_likelihood, other.log_likelihood, rtol=1e-10)
    assert (one.n, one.events) == (other.n, other.events)


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_splitting_time_at_risk_changes_nothing(seed):
    """A person's time in pieces, entry open and duration closed, is the same time."""
    frame = synthetic(60, seed=seed, ties=10).assign(person=range(60))
    cut = np.random.default_rng(seed).integers(1, 12, 60)
    split = (frame["entered"] < cut) & (cut < frame["days"])
    first = frame[split].assign(days=cut[split], observed=False)
    second = frame[split].assign(entered=cut[split])
    pieces = pd.concat([frame[~split], first, second])
    options = {"terms": ["male", "age"], "entry": "entered"}
    whole, parts = cox(frame, **options), cox(pieces, person="person", **options)
    assert_allclose(parts.estimate, whole.estimate, rtol=1e-8, atol=1e-10)
    assert_allclose(parts.covariance, whole.covariance, rtol=1e-8, atol=1e-12)
    sums = residuals(parts, pieces).groupby(pieces["person"])["martingale"].sum()
    assert_allclose(sums, residuals(whole, frame)["martingale"], rtol=1e-8, atol=1e-10)


@given(st.integers(0, 10_000), st.sampled_from(["efron", "breslow"]))
@settings(max_examples=8, deadline=None)
def test_residuals_sum_to_zero_in_each_stratum(seed, ties):
    frame = synthetic(80, seed=seed, ties=6)
    fit = cox(frame, terms=["male", "age"], strata="place", entry="entered", ties=ties)
    sums = residuals(fit, frame)["martingale"].groupby(frame["place"]).sum()
    assert_allclose(sums, 0.0, atol=1e-9)


def test_only_the_order_of_times_matters(lung):
    rank = lung.assign(days=lung["days"].rank(method="dense"))
    assert_allclose(cox(rank, terms=TERMS).estimate, cox(lung, terms=TERMS).estimate, rtol=1e-10)


def test_fractions_of_days_give_what_whole_days_give(lung):
    """Times that are no whole numbers take another path."""
    parts = lung.assign(days=lung["days"] / 7)
    assert_allclose(cox(parts, terms=TERMS).estimate, cox(lung, terms=TERMS).estimate, rtol=1e-10)


def test_a_number_far_from_zero_costs_no_precision(lung):
    later = lung.assign(age=lung["age"] + 2_000_000)
    assert_allclose(cox(later, terms=TERMS).estimate, cox(lung, terms=TERMS).estimate, rtol=1e-8)


def test_entry_before_everything_is_no_entry(lung):
    early = lung.assign(entered=-1)
    plain, late = cox(lung, terms=TERMS), cox(early, terms=TERMS, entry="entered")
    assert_allclose(late.covariance, plain.covariance, rtol=1e-10)


def test_a_small_risk_set_late_in_time_keeps_its_digits():
    """Hundreds of thousands enter and leave; two at the end decide."""
    crowd = pd.DataFrame({"male": [0, 1, 0, 1], "days": [2, 2, 3, 3], "observed": [1, 1, 0, 0]})
    crowd = crowd.assign(entered=[0, 0, 0, 0], n=[300_000, 500_000, 10**9, 10**9])
    late = pd.DataFrame({"male": [0, 1, 1], "days": [30, 31, 30], "entered": 20})
    late = late.assign(observed=[1, 1, 0], n=1)
    frame = pd.concat([crowd, late], ignore_index=True)
    fit = cox(frame, terms=["male"], entry="entered", weights="n", ties="breslow")
    ratio = fit.coefficients["value"][0]
    # The score of the definition: day 2, then day 30 with one woman and two men.
    men, women = 500_000 + 10**9, 300_000 + 10**9
    score = 500_000 - 800_000 * men * ratio / (women + men * ratio) - 2 * ratio / (1 + 2 * ratio)
    assert abs(score) < 1e-6


def test_the_sparse_design_gives_what_the_dense_one_gives(monkeypatch):
    from helpers.methods import _cox_design

    frame = synthetic(2000, seed=2)
    frame["unit"] = np.random.default_rng(1).choice([f"unit {n:02d}" for n in range(30)], 2000)
    options = {"terms": ["unit", "place", "male"], "entry": "entered", "cluster": "trust"}
    dense = cox(frame, **options)
    monkeypatch.setattr(_cox_design, "LARGE", 100)
    sparse = cox(frame, **options)
    assert isinstance(dense.design.matrix, np.ndarray)
    assert not isinstance(sparse.design.matrix, np.ndarray)
    assert_allclose(sparse.covariance, dense.covariance, rtol=1e-8, atol=1e-12)
    assert_allclose(sparse.estimate, dense.estimate, rtol=1e-8)


def test_the_gradient_vanishes_at_the_estimate(lung):
    fit = cox(lung, terms=TERMS)
    again = evaluate(fit.risk, fit.design.matrix, fit.scaled, efron=True)
    assert_allclose(again.gradient, 0.0, atol=1e-8)


# ---- What is counted and said -------------------------------------------------------------------


def test_counts_belong_to_the_level():
    frame = synthetic(300)
    frame.loc[:9, "place"] = None
    fit = cox(frame, terms=["place", "male", "age"])
    found = fit.coefficients.set_index(["term", "level_name"])
    used = frame[10:]
    ward = used[used["place"] == "ward"]
    assert found.loc[("place", "ward"), "denominator"] == len(ward)
    assert found.loc[("place", "ward"), "numerator"] == ward["observed"].sum()
    assert found.loc[("place", "ward"), "reference"] == "community"
    assert found.loc[("male", ""), "numerator"] == used.loc[used["male"] == 1, "observed"].sum()
    assert found.loc[("age", ""), "denominator"] == len(used) == fit.n
    assert fit.dropped == 10


def test_a_categorical_brings_its_own_reference():
    frame = synthetic(300)
    order = ["ward", "community", "prison", "hospice"]
    chosen = frame.assign(place=pd.Categorical(frame["place"], order))
    before = cox(frame, terms=["place"]).coefficients.set_index("level_name")["estimate"]
    after = cox(chosen, terms=["place"]).coefficients.set_index("level_name")["estimate"]
    assert_allclose(after["prison"], before["prison"] - before["ward"], rtol=1e-8)
    assert after.index.tolist() == ["community", "prison"]


def test_terms_are_tested_as_a_whole():
    fit = cox(synthetic(300), terms=["place", "male"])
    found = joint_tests(fit).set_index("term")
    part = fit.covariance.iloc[:2, :2].to_numpy()
    wald = fit.estimate[:2] @ np.linalg.inv(part) @ fit.estimate[:2]
    assert_allclose(found.loc["place", "statistic"], wald, rtol=1e-10)
    assert found["df"].tolist() == [2, 1]
    assert_allclose(found.loc["male", "p_value"], fit.coefficients["p_value"].iloc[2], rtol=1e-10)


def test_a_level_within_one_cluster_has_no_limits():
    frame = synthetic(200)
    frame["trust"] = np.where(frame["place"] == "ward", "A", frame["trust"])
    fit = cox(frame, terms=["place", "male"], cluster="trust")
    found = fit.coefficients.set_index("level_name")
    assert np.isnan(found.loc["ward", ["std_error", "low", "high", "p_value"]].astype(float)).all()
    assert np.isfinite(found.loc["prison", "low"])
    assert "a level lies in one cluster" in found.loc["ward", "method"]
    assert np.isnan(joint_tests(fit)["statistic"][0])
    tests = global_tests(cox(frame, terms=["male"], cluster="trust")).set_index("test")["statistic"]
    assert tests.isna().tolist() == [True, False, True]


def test_baseline_of_each_stratum_counts_who_was_at_risk():
    frame = pd.DataFrame(
        {"days": [1, 2, 3, 1, 1, 4], "observed": [1, 0, 1, 1, 1, 1], "male": [1, 0, 1, 0, 1, 0]}
    ).assign(place=list("aaabbb"), entered=[0, 0, 1, 0, 0, 1])
    found = baseline_hazard(cox(frame, terms=["male"], strata="place", entry="entered"))
    assert found["place"].tolist() == ["a", "a", "b", "b"]
    assert found["time"].tolist() == [1, 3, 1, 4]
    assert found["numerator"].tolist() == [1, 1, 2, 1]
    assert found["denominator"].tolist() == [2, 1, 2, 1]


def test_prediction_ends_with_the_last_record(lung):
    fit = cox(lung, terms=TERMS)
    one = pd.DataFrame({"age": [60], "sex": [1], "ph.ecog": [1]})
    found = predicted_survival(fit, one, times=[0, 4, 5, 1022, 1023])
    assert found["value"].isna().tolist() == [False, False, False, False, True]
    assert found["value"].tolist()[:2] == [1.0, 1.0]
    assert found["low"].isna().tolist() == [True, True, False, False, True]


# ---- Refusals -----------------------------------------------------------------------------------


def small(**change):
    frame = pd.DataFrame(
        {"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1], "male": [1, 0, 1, 1, 0, 0]},
        index=list("abcdef"),
    )
    return frame.assign(**change)


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        ({"days": [1, -2, 3, 4, 5, 6]}, {}, "Row b: the duration 'days' is negative"),
        ({"days": [1, None, 3, 4, 5, 6]}, {}, "Row b: the duration 'days' is missing"),
        ({"days": [1, np.inf, 3, 4, 5, 6]}, {}, "Row b: the duration 'days' is infinite"),
        ({"observed": [1, 2, 0, 1, 1, 1]}, {}, "Row b: 'observed' is neither 0 nor 1"),
        ({"observed": [1, None, 0, 1, 1, 1]}, {}, "Row b: the flag 'observed' is missing"),
        ({"late": [0, 2, 0, 4, 0, 0]}, {"entry": "late"}, "Rows b, d: the entry 'late' is not"),
        ({"n": [1, 1.5, 1, 1, 1, 1]}, {"weights": "n"}, "Row b: .* is not whole"),
        ({"n": [1, -1, 1, 1, 1, 1]}, {"weights": "n"}, "Row b: .* is negative"),
        ({"observed": 0}, {}, "none of them has the event 'observed'"),
        ({"male": None}, {}, "0 have no missing value, and none"),
        ({"male": 1}, {}, "Term 'male' has the same value in every row"),
        ({"old": [2, 0, 2, 2, 0, 0]}, {"terms": ["male", "old"]}, "'old' cannot be told apart"),
        ({"at": list("xyxxyy")}, {"strata": "at"}, "'male' cannot be told apart .* strata"),
        ({"at": "x"}, {"cluster": "at"}, "All rows belong to one cluster of 'at'"),
        ({}, {"terms": "male"}, "terms must be a list of different column names"),
        ({}, {"terms": ["days"]}, "'days': a time, a flag"),
        ({}, {"terms": ["female"]}, "Missing column 'female'"),
        ({}, {"ties": "random"}, "ties must be one of 'efron', 'breslow', 'exact'"),
        ({}, {"level": 95}, "The confidence level must lie strictly between 0 and 1"),
        ({"at": list("xyxyxy")}, {"cluster": "at", "ties": "exact"}, "not defined here"),
        ({"far": [1, 2, 3, 4, 5, np.inf]}, {"terms": ["far"]}, "Row f: term 'far' is infinite"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(change, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        cox(small(**change), **({"terms": ["male"]} | options))


def test_an_empty_frame_is_refused():
    with pytest.raises(ValueError, match="Of 0 rows, 0 have no missing value"):
        cox(small().head(0), terms=["male"])


def test_a_level_without_events_is_named():
    frame = small(place=["a", "a", "b", "a", "c", "c"])
    with pytest.raises(ValueError, match="Term 'place', level 'b': none of its 1 records"):
        cox(frame, terms=["place"])


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
@pytest.mark.parametrize("entry", [None, "entered"])
def test_an_estimate_that_runs_away_is_named(ties, entry):
    """Whoever dies is the oldest at risk: no finite hazard ratio."""
    frame = small(age=[90, 80, 20, 70, 60, 50], entered=[-1, 0, 1, 2, 2, -1])
    with pytest.raises(ValueError, match=r"hazard ratio of 'age' has no finite estimate"):
        cox(frame, terms=["age"], ties=ties, entry=entry)


def test_terms_that_run_away_together_are_named():
    """Neither term alone, but their difference, is greatest for those who die."""
    frame = pd.DataFrame({"x": [5, 1, 7, 2, 3, 0], "y": [3, 0, 7, 2, 4, 2]})
    frame = frame.assign(days=range(1, 7), observed=1)
    for term in ("x", "y"):
        assert np.isfinite(cox(frame, terms=[term]).estimate).all()
    with pytest.raises(ValueError, match="'x', 'y' has no finite estimate"):
        cox(frame, terms=["x", "y"])


def test_a_large_but_finite_estimate_is_no_runaway():
    """All but one of a group die first: a hazard ratio of 86, yet a maximum."""
    frame = pd.DataFrame({"days": [*range(1, 41), 41, *range(42, 60)], "observed": 1})
    frame["male"] = [1] * 40 + [0] + [1] + [0] * 17
    fit = cox(frame, terms=["male"])
    assert 80 < fit.coefficients["value"][0] < 90
    assert_allclose(fit.log_likelihood, brute(frame, ["male"], fit.estimate), rtol=1e-10)


def test_too_many_ties_for_the_exact_likelihood_are_refused():
    frame = pd.DataFrame({"days": [1, 2] * 3000, "observed": 1, "male": [0, 0, 1, 1] * 1500})
    with pytest.raises(ValueError, match="use ties='efron'"):
        cox(frame, terms=["male"], ties="exact")


def test_rows_of_a_person_must_follow_one_another():
    frame = pd.DataFrame({"days": [5, 9, 4, 8], "entered": [0, 4, 0, 4], "observed": [0, 1, 1, 0]})
    frame = frame.assign(male=[0, 1, 0, 1], who=[1, 1, 2, 2])
    options = {"terms": ["male"], "entry": "entered", "person": "who"}
    with pytest.raises(ValueError, match="Row 1: it overlaps another row of the same 'who'"):
        cox(frame, **options)
    with pytest.raises(ValueError, match="Row 3: it follows the event of the same 'who'"):
        cox(frame[2:], **options)


def test_curves_and_residuals_refuse_what_they_cannot_read(lung):
    exact = cox(lung, terms=TERMS, ties="exact")
    for function in (baseline_hazard, lambda fit: residuals(fit, lung)):
        with pytest.raises(ValueError, match="fit it with ties='efron'"):
            function(exact)
    fit = cox(lung.assign(sex=lung["sex"].astype(str)), terms=["sex"], strata="inst")
    with pytest.raises(ValueError, match="Row 0: term 'sex' has none of '1', '2'"):
        predicted_survival(fit, pd.DataFrame({"sex": ["3"], "inst": [1]}), times=[5])
    with pytest.raises(ValueError, match="Row 0: the fit has no such stratum of 'inst'"):
        predicted_survival(fit, pd.DataFrame({"sex": ["1"], "inst": [99]}), times=[5])
    with pytest.raises(ValueError, match="Times must be numbers that are not negative"):
        predicted_survival(fit, pd.DataFrame({"sex": ["1"], "inst": [1]}), times=[-5])


def test_beyond_a_size_single_terms_that_run_away_are_still_named(monkeypatch):
    from helpers.methods import _runaway

    monkeypatch.setattr(_runaway, "TOO_MANY", 1)
    with pytest.raises(ValueError, match="hazard ratio of 'age' has no finite estimate"):
        cox(small(age=[90, 80, 20, 70, 60, 50]), terms=["age"])
    with pytest.raises(ValueError, match="did not converge: .* 'age' moved most"):
        cox(
            small(age=[90, 80, 20, 70, 60, 50], late=[-1, 0, 1, 2, 2, -1]),
            terms=["age"],
            entry="late",
        )


def test_a_stratum_without_events_changes_nothing(lung):
    quiet = lung.head(30).assign(inst=999, observed=False)
    options = {"terms": TERMS, "strata": "inst"}
    one, other = cox(pd.concat([lung, quiet]), **options), cox(lung, **options)
    assert_allclose(one.covariance, other.covariance, rtol=1e-9)
    assert one.n == other.n + 30
