"""Cox models: laws that hold on any rows, and what is counted and said of a fit."""

import numpy as np
import pandas as pd
from cox_rows import TERMS, synthetic
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods._partial_likelihood import evaluate
from helpers.methods.cox import (
    baseline_hazard,
    cox,
    global_tests,
    joint_tests,
    predicted_survival,
    residuals,
)

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
