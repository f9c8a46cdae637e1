"""Effects, tests and resampling after a logistic regression, against independent routes."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.discrete.discrete_model import Logit

from helpers.methods.regression import (
    Interaction,
    Spline,
    average_marginal_effects,
    cluster_bootstrap,
    contrast,
    curve,
    joint_tests,
    likelihood_tests,
    logistic,
    predicted,
)


@pytest.fixture
def settled(as_records):
    """Fit the same records with statsmodels, to full convergence."""

    def peer(fit):
        matrix, outcome, _ = as_records(fit)
        return Logit(outcome, matrix).fit(disp=0, tol=1e-10)

    return peer


def test_effects_agree_with_statsmodels(plain, settled):
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
    share = fit.design.trials / fit.design.trials.sum()

    def mean(changed):
        return share @ (1 / (1 + np.exp(-changed @ estimate)))

    for term in fit.design.terms:
        base = matrix.copy()
        base[:, term.columns] = 0
        for column in term.columns:
            if term.kind == "numeric":
                p = 1 / (1 + np.exp(-matrix @ estimate))
                found.append(share @ (p * (1 - p)) * estimate[column])
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
    if name == "plain":
        reach = 1.959963984540054 * found["std_error"]
        assert_allclose(found["high"] - found["value"], reach, rtol=1e-10)


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


def test_joint_tests_agree_with_statsmodels(plain, settled):
    restriction = np.eye(7)[3:6]
    peer = settled(plain).wald_test(restriction, use_f=False, scalar=True)
    found = joint_tests(plain).set_index("term").loc["setting"]
    assert_allclose(
        [found["statistic"], found["p_value"]], [peer.statistic, peer.pvalue], rtol=1e-8
    )
    assert found["df"] == 3
    assert found["method"] == "Wald chi-squared"


def test_a_term_with_more_coefficients_than_clusters_allow_is_not_tested(deaths):
    rows = deaths.assign(pair=deaths["trust"] > "T07")
    fit = logistic(rows, outcome="investigated", terms=["setting"], cluster="pair")
    found = joint_tests(fit).loc[0]
    assert found[["statistic", "p_value"]].isna().all()
    assert "too many for 2 clusters" in found["method"]


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
def test_bootstrap_equals_refits_of_copied_rows(clustered, as_records):
    random, ratios = np.random.default_rng(11), []
    matrix, outcome, cluster = as_records(clustered)
    members = [np.flatnonzero(cluster == group) for group in range(14)]
    for _ in range(20):
        rows = np.concatenate([members[group] for group in random.integers(14, size=14)])
        peer = Logit(outcome[rows], matrix[rows])
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


def test_clusters_that_are_all_alike_give_no_limits():
    rows = pd.DataFrame({"y": [1, 0, 0, 1] * 20, "x": [1, 0] * 40})
    rows["trust"] = np.repeat(range(20), 4)
    found = logistic(rows, outcome="y", terms=["x"], cluster="trust").coefficients
    assert found[["std_error", "low", "high", "p_value"]].isna().all(axis=None)
    assert found["method"].str.contains("all clusters are alike").all()


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


@pytest.mark.slow
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


# A natural cubic spline with the same knots spans the same curves: patsy's cr() is another
# basis of it, so that fitted probabilities, likelihood and effects must agree.
def test_a_curve_agrees_with_another_basis_of_the_same_splines(deaths, settled):
    from patsy import dmatrix

    fit = logistic(deaths, outcome="investigated", terms=[Spline("age", 4), "male"])
    knots = fit.design.variables[0].knots
    assert_allclose(knots, np.quantile(deaths["age"], [0.05, 0.35, 0.65, 0.95]))
    inner, low, high = knots[1:-1], knots[0], knots[-1]
    # Outside the bounds a natural spline is straight; patsy refuses values there, so the
    # comparison stays inside.
    inside = deaths[deaths["age"].between(low, high)]
    fit = logistic(inside, outcome="investigated", terms=[Spline("age", tuple(knots)), "male"])
    basis = dmatrix(
        "cr(age, knots=inner, lower_bound=low, upper_bound=high) + male - 1",
        {"age": inside["age"], "male": inside["male"], "inner": inner, "low": low, "high": high},
    )
    peer = Logit(inside["investigated"].to_numpy(), np.asarray(basis)).fit(disp=0, tol=1e-10)
    assert_allclose(fit.log_likelihood, peer.llf, rtol=1e-10)
    found = curve(fit, term="age", values=[30, 55, 70])
    for x, value in zip(found["x"], found["value"], strict=True):
        at = dmatrix(basis.design_info, {"age": np.full(len(inside), x), "male": inside["male"],
                                         "inner": inner, "low": low, "high": high})  # fmt: skip
        assert_allclose(value, peer.predict(np.asarray(at)).mean(), rtol=1e-8)


def test_a_curve_is_straight_outside_its_knots(deaths):
    fit = logistic(deaths, outcome="investigated", terms=[Spline("age", (40.0, 55.0, 70.0))])
    found = curve(fit, term="age", values=[75, 80, 85])
    logit = np.log(found["value"] / (1 - found["value"]))
    assert_allclose(logit[2] - logit[1], logit[1] - logit[0], rtol=1e-9)


def test_interactions_agree_with_statsmodels(deaths):
    import statsmodels.formula.api as smf

    terms = ["male", "setting", "year", Interaction("male", "setting"), Interaction("male", "year")]
    fit = logistic(deaths, outcome="investigated", terms=terms)
    peer = smf.logit("investigated ~ male * setting + male * yc", deaths).fit(disp=0, tol=1e-10)
    found = fit.coefficients.set_index(["term", "level_name"])
    assert_allclose(fit.log_likelihood, peer.llf, rtol=1e-10)
    for level in ("crisis", "discharged", "inpatient"):
        row = found.loc["male x setting", level]
        assert_allclose(row["estimate"], peer.params[f"male:setting[T.{level}]"], rtol=1e-6)
        assert_allclose(row["std_error"], peer.bse[f"male:setting[T.{level}]"], rtol=1e-6)
    # The year enters uncentred in one and centred in the other: only the product is the same.
    assert_allclose(found.loc[("male x year", ""), "estimate"], peer.params["male:yc"], rtol=1e-6)
    effect = average_marginal_effects(fit).set_index(["term", "level_name"])
    on, off = (peer.predict(deaths.assign(male=value)) for value in (1, 0))
    assert_allclose(effect.loc[("male", ""), "value"], (on - off).mean(), rtol=1e-7)
    step = 1e-4
    ahead, behind = (peer.predict(deaths.assign(yc=deaths["yc"] + move)) for move in (step, -step))
    slope = ((ahead - behind) / (2 * step)).mean()
    assert_allclose(effect.loc[("year", ""), "value"], slope, rtol=1e-6)
    tests = likelihood_tests(fit).set_index("term")
    without = smf.logit("investigated ~ male + setting + male * yc", deaths).fit(disp=0, tol=1e-10)
    assert_allclose(
        tests.loc["male x setting", "statistic"], 2 * (peer.llf - without.llf), rtol=1e-6
    )
    assert tests.loc["male", "method"] == "no test: part of an interaction"


def test_an_interaction_needs_its_own_terms(deaths):
    with pytest.raises(ValueError, match="'setting' must be added"):
        logistic(deaths, outcome="investigated", terms=["male", Interaction("male", "setting")])


def test_any_two_levels_can_be_compared(deaths, plain):
    order = ["inpatient", "crisis", "discharged", "community"]
    rows = deaths.assign(setting=pd.Categorical(deaths["setting"], order))
    other = logistic(rows, outcome="investigated", terms=["age", "male", "setting", "yc"])
    found = contrast(plain, term="setting", level_name="crisis", against="inpatient").loc[0]
    expected = other.coefficients.set_index("level_name").loc["crisis"]
    for ours, theirs in (("value", "odds_ratio"), ("low", "low"), ("high", "high")):
        assert_allclose(found[ours], expected[theirs], rtol=1e-8)
    same = contrast(plain, weights={"setting: crisis": 1, "setting: inpatient": -1}).loc[0]
    assert_allclose(same["value"], found["value"], rtol=1e-12)
    assert_allclose(same["p_value"], expected["p_value"], rtol=1e-6)
    with pytest.raises(ValueError, match="no level 'ward'"):
        contrast(plain, term="setting", level_name="ward", against="crisis")


# Firth's penalty draws probabilities to one half; with the intercept refitted their mean is the
# observed share again (Puhr and others 2017, Stat Med 36:2302).
def test_penalised_probabilities_agree_with_the_observed_share(reference):
    rows = reference("26_firth_separation", "input")
    fit = logistic(rows, outcome="inquest", terms=["custody", "age10"], penalty="firth")
    found = predicted(fit, terms=["custody"])
    share = rows["custody"].mean()
    # Not the mean of the two levels, which are standardised; the fitted mean itself.
    from helpers.methods._effects import _Standard

    held = _Standard(fit)
    assert_allclose(held.mean(fit.design.matrix)[0], rows["inquest"].mean(), rtol=1e-10)
    assert found["value"].between(0, 1).all()
    assert 0 < share < 1
    assert found["method"].str.contains("intercept refitted").all()


def test_penalised_effects_come_near_those_of_maximum_likelihood_in_many_records(deaths):
    many = pd.concat([deaths] * 40)
    plain, firth = (
        logistic(many, outcome="investigated", terms=["male", "setting"], penalty=penalty)
        for penalty in ("none", "firth")
    )
    one, two = average_marginal_effects(plain), average_marginal_effects(firth)
    assert_allclose(one["value"], two["value"], rtol=1e-3)
    assert_allclose(one["std_error"], two["std_error"], rtol=1e-3)


def test_counts_have_no_probabilities():
    rates = pd.DataFrame({"sex": ["F", "M"] * 3, "numerator": [1, 3, 2, 5, 3, 4]})
    from helpers.methods.regression import poisson

    fit = poisson(rates.assign(denominator=100.0), terms=["sex"])
    with pytest.raises(ValueError, match="Probabilities need a logistic regression"):
        predicted(fit)
