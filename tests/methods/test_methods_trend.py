"""Trend models against reference 27, closed forms and simulation."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from helpers.methods import _loglinear
from helpers.methods.trend import coefficients, fitted, homogeneity, trend, trends

CASE = "27_count_models"


@pytest.fixture
def model(reference):
    rows = reference(CASE, "input")
    matrix = np.column_stack([np.ones(len(rows)), rows["t"], rows["sex"].eq("M")]).astype(float)
    x, n = rows["deaths"].to_numpy(float), rows["service_users"].to_numpy(float)

    def run(family, errors="model"):
        terms = ["constant", "t", "sex"]
        return _loglinear.fit(x, n, matrix, terms, family=family, errors=errors)

    return run


@pytest.fixture
def numbers27():
    folder = Path(__file__).parents[1] / "reference" / CASE
    return json.loads((folder / "expected.json").read_text())


def errors_of(found):
    return np.sqrt(np.diag(found.covariance))


def test_poisson_and_quasi_agree_with_reference_27(model, reference, numbers27):
    plain, quasi = model("poisson"), model("quasi-poisson")
    theirs, loose = reference(CASE, "expected_poisson"), reference(CASE, "expected_quasipoisson")
    assert_allclose(plain.estimate, theirs["estimate"], rtol=1e-6)
    assert_allclose(errors_of(plain), theirs["std_error"], rtol=1e-6)
    assert_allclose(errors_of(quasi), loose["std_error"], rtol=1e-6)
    assert_allclose(plain.estimate - plain.critical(0.95) * errors_of(plain), theirs["wald_low"],
                    rtol=1e-6)  # fmt: skip
    robust = reference(CASE, "expected_poisson_robust")
    assert_allclose(errors_of(model("poisson", "robust")), robust["se_hc0"], rtol=1e-6)
    assert_allclose(plain.loglik, numbers27["poisson"]["loglik"], rtol=1e-6)
    assert_allclose(plain.deviance, numbers27["poisson"]["deviance"], rtol=1e-6)
    assert_allclose(plain.pearson, numbers27["poisson"]["pearson"], rtol=1e-6)
    assert_allclose(quasi.dispersion, numbers27["quasi_dispersion"], rtol=1e-6)
    assert plain.df == numbers27["poisson"]["df"]


def test_negative_binomial_agrees_with_reference_27(model, reference, numbers27):
    found, theirs = model("negative-binomial"), reference(CASE, "expected_negbin")
    assert_allclose(found.estimate, theirs["estimate"], rtol=1e-6)
    assert_allclose(errors_of(found), theirs["std_error"], rtol=1e-2)
    assert_allclose(found.alpha, numbers27["negbin"]["alpha"], rtol=1e-6)
    assert_allclose(found.loglik, numbers27["negbin"]["loglik"], rtol=1e-6)
    assert_allclose(found.lr_alpha, numbers27["lr_alpha_zero"], rtol=1e-6)


def test_the_public_trend_is_that_of_reference_27(reference):
    rows = reference(CASE, "input")
    names = {"numerator": "deaths", "denominator": "service_users", "time": "t"}
    found = trend(rows, **names, strata="sex", units="trust", family="poisson").loc[0]
    theirs = reference(CASE, "expected_poisson").loc[1]
    assert_allclose(found["coefficient"], theirs["estimate"], rtol=1e-6)
    assert_allclose(found["low"], np.exp(theirs["wald_low"]), rtol=1e-6)
    terms = coefficients(rows, **names, strata="sex", units="trust", family="poisson")
    assert_allclose(terms["estimate"][1:], reference(CASE, "expected_poisson")["estimate"][1:],
                    rtol=1e-6)  # fmt: skip


def test_errors_robust_to_clusters_are_those_of_reference_27(reference):
    rows = reference(CASE, "input")
    names = {"numerator": "deaths", "denominator": "service_users", "time": "t"}
    options = {"strata": "sex", "family": "poisson", "errors": "cluster", "clusters": "trust"}
    found = coefficients(rows, **names, **options).loc[1:]
    theirs = reference(CASE, "expected_poisson_robust").loc[1:]
    assert_allclose(found["std_error"], theirs["se_cluster_trust_adj"], rtol=1e-6)
    same = coefficients(rows, **names, **options, units="trust").loc[1:]
    assert_allclose(same["std_error"], found["std_error"])
    plain = found["std_error"] * np.sqrt(11 / 12)
    assert_allclose(plain, theirs["se_cluster_trust_hc0"], rtol=1e-6)
    # Other programmes' HC1 carries (n - 1) / (n - k) as well.
    matrix = np.column_stack([np.ones(len(rows)), rows["t"], rows["sex"].eq("M")]).astype(float)
    import statsmodels.api as sm

    other = sm.GLM(
        rows["deaths"], matrix, family=sm.families.Poisson(),
        offset=np.log(rows["service_users"]),
    ).fit(cov_type="cluster", cov_kwds={"groups": pd.factorize(rows["trust"])[0]})  # fmt: skip
    assert_allclose(found["std_error"] * np.sqrt(191 / 189), other.bse.iloc[1:], rtol=1e-6)


def test_a_cluster_a_row_is_hc0_with_its_factor_and_few_clusters_are_said():
    rows = series([5, 9, 14, 22]).assign(own=list("abcd"), both=list("aabb"), none=[None] * 4)
    alone = trend(rows, family="poisson", errors="cluster", clusters="own").loc[0]
    plain = trend(rows, family="poisson", errors="robust").loc[0]
    assert_allclose(alone["std_error"], plain["std_error"] * np.sqrt(4 / 3), rtol=1e-9)
    few = trend(rows, family="poisson", errors="cluster", clusters="both").loc[0]
    assert "too few" in few["note"]
    assert np.isnan([few["low"], few["high"], few["p_value"]]).all()
    with pytest.raises(ValueError, match="cluster 'none' is missing"):
        trend(rows, errors="cluster", clusters="none")
    with pytest.raises(ValueError, match="belong together"):
        trend(rows, errors="cluster")
    with pytest.raises(ValueError, match="belong together"):
        trend(rows, errors="robust", clusters="own")
    with pytest.raises(ValueError, match="belong together"):
        trends(rows, within="both", errors="cluster")


def series(x, n=100.0, start=2000):
    return pd.DataFrame({"year": start + np.arange(len(x)), "numerator": x, "denominator": n})


def test_two_periods_give_the_closed_form():
    found = trend(series([10, 30], [100, 150]), family="poisson").loc[0]
    assert_allclose(found["value"], 2.0, rtol=1e-9)
    assert_allclose(found["std_error"], np.sqrt(1 / 10 + 1 / 30), rtol=1e-9)
    odds = trend(series([10, 30], [100, 150]), kind="proportion", family="binomial").loc[0]
    assert_allclose(odds["value"], (30 / 120) / (10 / 90), rtol=1e-9)
    assert_allclose(odds["std_error"], np.sqrt(1 / 10 + 1 / 90 + 1 / 30 + 1 / 120), rtol=1e-9)


@pytest.mark.parametrize("family", ["poisson", "quasi-poisson", "negative-binomial"])
def test_limits_cover_a_known_ratio(family):
    generator, t, hits = np.random.default_rng(4), np.arange(12), 0
    runs = 25 if family == "negative-binomial" else 100
    for _ in range(runs):
        mean = 40 * 1.05**t
        spread = generator.gamma(20, 1 / 20, 12) if family != "poisson" else 1.0
        found = trend(series(generator.poisson(mean * spread)), family=family).loc[0]
        hits += found["low"] < 1.05 < found["high"]
    assert hits >= 0.85 * runs


def test_homogeneity_is_the_closed_form():
    x, n = np.array([12.0, 20, 31]), np.array([200.0, 250, 300])
    from scipy.stats import chi2_contingency

    found = homogeneity(series(x, n), kind="proportion").loc[0]
    theirs = chi2_contingency(np.array([x, n - x]), correction=False)
    assert_allclose([found["statistic"], found["p_value"]], [theirs.statistic, theirs.pvalue])
    assert homogeneity(series([0, 0])).loc[0, "note"]
    assert homogeneity(series([3])).loc[0, "note"]


@pytest.mark.parametrize("kind", ["rate", "proportion"])
@pytest.mark.parametrize(
    ("x", "words"),
    [([0, 0, 0, 0], "no events"), ([0, 0, 0, 5], "separates"), ([3], "too few"), ([], "too few")],
)
def test_what_cannot_be_estimated_is_said(x, words, kind):
    found = trend(series(np.array(x, float)), kind=kind).loc[0]
    assert words in found["note"]
    assert np.isnan([found["value"], found["low"], found["p_value"]]).all()


def test_a_constant_series_and_a_perfect_fit_are_said():
    found = trend(series([7, 7, 7, 7])).loc[0]
    assert "perfect" in found["note"]
    assert_allclose(found["value"], 1.0)
    assert trend(series([7, 7, 7, 7]), family="poisson").loc[0, "low"] < 1
    assert "Poisson" in trend(series([7, 7, 8, 7]), family="negative-binomial").loc[0, "note"]


def test_strata_are_looked_at_together():
    both = pd.concat([series([5, 9, 14, 22]).assign(a="A"), series([0, 0, 0, 0]).assign(a="B")])
    found = trends(both.reset_index(drop=True), within="a", family="poisson")
    assert found["looked_at"].tolist() == [2, 2]
    alone = trend(series([5, 9, 14, 22]), family="poisson")
    assert_allclose(found.loc[0, "value"], alone.loc[0, "value"])
    assert trends(both.iloc[:0], within="a").empty


def test_a_missing_year_is_left_out_and_waves_are_warned_of():
    assert trend(series([5, None, 14, 22]), family="poisson").loc[0, "n"] == 3
    waves = series(np.round(60 + 30 * np.sin(np.arange(24) / 3)))
    assert "Newey-West" in trend(waves).loc[0, "warning"]
    assert "lags" in trend(waves, errors="hac").loc[0, "method"]


def test_fitted_lines_lie_within_their_limits():
    found = fitted(series([5, 9, 14, 22]), family="poisson", per=1000)
    assert (found["low"] < found["value"]).all()
    assert (found["value"] < found["high"]).all()
    assert_allclose((found["value"] * found["denominator"] / 1000).sum(), 50)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"numerator": [-1, 2, 3]}, "negative"),
        ({"denominator": [0, 2, 3]}, "denominator is zero"),
        ({"year": [1, 1, 2]}, "twice"),
        ({"year": [2, 1, 3]}, "sort"),
        ({"year": [None, 1, 3]}, "missing"),
    ],
)
def test_rows_that_cannot_be_right_are_refused(change, words):
    with pytest.raises(ValueError, match=words):
        trend(series([1, 2, 3]).assign(**change))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"family": "normal"}, "family"),
        ({"kind": "proportion", "family": "poisson"}, "family"),
        ({"kind": "mean"}, "kind"),
        ({"errors": "none"}, "errors"),
        ({"level": 1}, "level"),
        ({"strata": "sex"}, "sex"),
    ],
)
def test_options_that_make_no_sense_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        trend(series([1, 2, 3]), **options)
