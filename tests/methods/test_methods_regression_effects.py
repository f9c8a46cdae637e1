"""Effects, tests and resampling after a logistic regression, against independent routes."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.discrete.discrete_model import Logit

from helpers.methods.regression import (
    average_marginal_effects,
    cluster_bootstrap,
    joint_tests,
    logistic,
    predicted,
)


def settled(fit):
    """Fit the same design with statsmodels, to full convergence."""
    return Logit(fit.design.outcome, fit.design.matrix).fit(disp=0, tol=1e-10)


def test_effects_agree_with_statsmodels(plain):
    peer = settled(plain).get_margeff(at="overall", dummy=True)
    found = average_marginal_effects(plain)
    # statsmodels moves one dummy of a category and leaves the others, so only flags and
    # numbers compare.
    names = [label for label in plain.design.labels() if label != "(intercept)"]
    for term in ("age", "male", "yc"):
        at, ours = names.index(term), found[found["term"] == term].iloc[0]
        assert_allclose(ours["value"], peer.margeff[at], rtol=1e-8)
        assert_allclose(ours["std_error"], peer.margeff_se[at], rtol=1e-6)


def effects_of(fit, estimate):
    """Marginal effects written out, for numerical differentiation."""
    matrix, names, found = fit.design.matrix, fit.design.labels(), []

    def mean(changed):
        return (1 / (1 + np.exp(-changed @ estimate))).mean()

    for term in fit.design.terms:
        base = matrix.copy()
        base[:, term.columns] = 0
        for column in term.columns:
            if term.kind == "numeric":
                p = 1 / (1 + np.exp(-matrix @ estimate))
                found.append((p * (1 - p)).mean() * estimate[column])
            else:
                level = base.copy()
                level[:, column] = 1
                found.append(mean(level) - mean(base))
    assert len(found) == len(names) - 1
    return np.array(found)


@pytest.mark.parametrize("name", ["plain", "clustered"])
def test_effects_agree_with_numerical_differentiation(name, request):
    fit = request.getfixturevalue(name)
    found, estimate = average_marginal_effects(fit), fit.estimate
    assert_allclose(found["value"], effects_of(fit, estimate), rtol=1e-10)
    step = 1e-5
    jacobian = np.column_stack(
        [
            (effects_of(fit, estimate + move) - effects_of(fit, estimate - move)) / (2 * step)
            for move in step * np.eye(estimate.size)
        ]
    )
    variance = np.diag(jacobian @ fit.covariance.to_numpy() @ jacobian.T)
    assert_allclose(found["std_error"], np.sqrt(variance), rtol=1e-6)
    assert_allclose(found["high"] - found["value"], fit.critical() * found["std_error"], rtol=1e-10)


def test_standardised_probabilities_differ_by_the_effects(clustered):
    found, effects = predicted(clustered), average_marginal_effects(clustered)
    setting = found[found["term"] == "setting"].set_index("level_name")["value"]
    effect = effects[effects["term"] == "setting"].set_index("level_name")["value"]
    for level in ("crisis", "discharged", "inpatient"):
        assert_allclose(setting[level] - setting["community"], effect[level], rtol=1e-10)
    assert found[["low", "high"]].ge(0).all(axis=None)
    assert found[["low", "high"]].le(1).all(axis=None)
    assert found.groupby("term")["denominator"].sum().tolist() == [700, 700]
    assert found.groupby("term")["numerator"].sum().tolist() == [309, 309]


# Saturated in one term, the standardised probabilities are the observed ones and the delta
# error is the binomial one.
def test_standardised_probabilities_of_one_term_are_the_observed(deaths):
    found = predicted(logistic(deaths, outcome="investigated", terms=["setting"]))
    share = deaths.groupby("setting")["investigated"].agg(["mean", "size"])
    assert_allclose(found["value"], share["mean"], rtol=1e-9)
    error = np.sqrt(share["mean"] * (1 - share["mean"]) / share["size"])
    assert_allclose(found["std_error"], error, rtol=1e-8)
    with pytest.raises(ValueError, match="'age': not a categorical or binary term of the fit"):
        predicted(logistic(deaths, outcome="investigated", terms=["age"]), terms=["age"])


def test_joint_tests_agree_with_statsmodels(plain, clustered):
    restriction = np.eye(7)[3:6]
    peer = settled(plain).wald_test(restriction, use_f=False, scalar=True)
    found = joint_tests(plain).set_index("term").loc["setting"]
    assert_allclose(
        [found["statistic"], found["p_value"]], [peer.statistic, peer.pvalue], rtol=1e-8
    )
    assert found["df"] == 3
    assert found["method"] == "Wald chi-squared"

    from scipy.stats import f

    block = clustered.covariance.to_numpy()[3:6, 3:6]
    estimate = clustered.estimate[3:6]
    wald = estimate @ np.linalg.solve(block, estimate) / 3
    found = joint_tests(clustered).set_index("term").loc["setting"]
    assert_allclose([found["statistic"], found["p_value"]], [wald, f.sf(wald, 3, 13)], rtol=1e-8)
    assert found["df_denominator"] == 13


def test_a_term_with_more_coefficients_than_clusters_allow_is_not_tested(deaths):
    rows = deaths.assign(pair=deaths["trust"] > "T07")
    fit = logistic(rows, outcome="investigated", terms=["setting"], cluster="pair")
    found = joint_tests(fit).loc[0]
    assert found[["statistic", "p_value"]].isna().all()
    assert "too few clusters" in found["method"]


def test_bootstrap_repeats_with_its_seed(clustered):
    one, two, other = (cluster_bootstrap(clustered, seed=seed) for seed in (5, 5, 6))
    pd.testing.assert_frame_equal(one, two)
    assert not one["low"].equals(other["low"])
    assert (one["low"] < one["value"]).all()
    assert (one["value"] < one["high"]).all()
    assert (one["replicates"] == 200).all()
    assert (one["failed"] == 0).all()
    assert_allclose(one["value"], clustered.coefficients["odds_ratio"][1:])


# Weighted Newton steps against refits of copied rows: the same draw, the same limits.
def test_bootstrap_equals_refits_of_copied_rows(deaths, clustered):
    random, ratios = np.random.default_rng(11), []
    members = [np.flatnonzero(clustered.design.cluster == group) for group in range(14)]
    for _ in range(20):
        rows = np.concatenate([members[group] for group in random.integers(14, size=14)])
        peer = Logit(clustered.design.outcome[rows], clustered.design.matrix[rows])
        ratios.append(np.exp(peer.fit(disp=0, tol=1e-10).params[1:]))
    low, high = np.quantile(ratios, [0.025, 0.975], axis=0)
    found = cluster_bootstrap(clustered, replicates=20, seed=11)
    assert_allclose(found["low"], low, rtol=1e-8)
    assert_allclose(found["high"], high, rtol=1e-8)


# Within one cluster the score of a level sums to zero, so a sandwich error would be near 0.
def test_a_level_in_one_cluster_has_no_limits(deaths):
    rows = deaths.assign(site=deaths["trust"].where(deaths["trust"].isin(["T01", "T02"]), "else"))
    fit = logistic(rows, outcome="investigated", terms=["site", "male"], cluster="trust")
    found = fit.coefficients.set_index(["term", "level_name"])
    # Reference T01 is a single trust: no contrast with it has limits.
    assert found.loc["site", ["std_error", "low", "high", "p_value"]].isna().all(axis=None)
    assert found.loc["site", "odds_ratio"].notna().all()
    assert found.loc["male", ["std_error", "low", "high"]].notna().all(axis=None)
    effects = average_marginal_effects(fit).set_index("term")
    assert effects.loc["site", "low"].isna().all()
    assert np.isfinite(effects.loc["male", "low"])
    levels = predicted(fit).set_index("level_name")
    assert levels.loc[["T01", "T02"], ["low", "high"]].isna().all(axis=None)
    assert levels.loc["else", ["low", "high"]].notna().all()
    tests = joint_tests(fit).set_index("term")["p_value"]
    assert np.isnan(tests["site"])
    assert np.isfinite(tests["male"])


def test_bootstrap_counts_resamples_without_a_solution():
    # The category b is seen in one cluster of five: many resamples miss it.
    rows = pd.DataFrame(
        {
            "g": ["b"] * 10 + ["a"] * 40,
            "trust": np.repeat(range(5), 10),
            "y": [0, 1, 1, 0, 1, 0, 0, 1, 0, 0, 1] * 4 + [0, 1] * 3,
        }
    )
    fit = logistic(rows, outcome="y", terms=["g"], cluster="trust")
    found = cluster_bootstrap(fit, seed=3)
    # The chance to miss one cluster of five in five draws is 0.8^5 = 0.33.
    assert 40 < found.loc[0, "failed"] < 90


def test_bootstrap_of_a_large_fit_has_limits_for_each_coefficient():
    random, n = np.random.default_rng(1), 5700
    rows = pd.DataFrame({"trust": random.integers(55, size=n), "age": random.normal(50, 15, n)})
    for name, width in zip("abcdef", (10, 8, 7, 6, 5, 4), strict=True):
        rows[name] = random.integers(width, size=n).astype(str)
    rows["y"] = random.random(n) < 0.3
    fit = logistic(rows, outcome="y", terms=["age", *"abcdef"], cluster="trust")
    assert fit.parameters == 36
    limits = cluster_bootstrap(fit, seed=1)
    assert len(limits) == 35
    assert limits["failed"].eq(0).all()
    assert (limits["low"].lt(limits["value"]) & limits["value"].lt(limits["high"])).all()


def test_bootstrap_needs_clusters(plain, clustered):
    with pytest.raises(ValueError, match="no clusters to resample"):
        cluster_bootstrap(plain, seed=1)
    with pytest.raises(ValueError, match="replicates must be at least 2"):
        cluster_bootstrap(clustered, replicates=1, seed=1)
