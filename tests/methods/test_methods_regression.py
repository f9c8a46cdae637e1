"""Logistic regression against the reference comparisons, statsmodels and differentiation."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from statsmodels.discrete.discrete_model import Logit

from helpers.methods.regression import logistic

TERMS = ["age", "male", "setting", "year"]
CENTRED = ["age", "male", "setting", "yc"]


def test_estimates_agree_with_reference_24(reference):
    rows, expected = (reference("24_logistic", table) for table in ("input", "expected"))
    fit = logistic(rows, outcome="investigated", terms=TERMS)
    found = fit.coefficients
    names = found["term"] + found["level_name"]
    assert names.replace("(intercept)", "(Intercept)").tolist() == expected["term"].tolist()
    for name in ("estimate", "std_error", "statistic"):
        assert_allclose(found[name], expected[name], rtol=1e-6)
    # expected.json of the comparison.
    assert (fit.n, fit.events, fit.parameters, fit.dropped) == (700, 309, 7, 0)
    assert_allclose(fit.log_likelihood, -450.478635836994, rtol=1e-6)
    assert_allclose(fit.log_likelihood_null, -480.389124014702, rtol=1e-6)


def test_odds_ratio_limits_agree_with_reference_24(reference):
    rows, expected = (reference("24_logistic", table) for table in ("input", "expected"))
    found = logistic(rows, outcome="investigated", terms=TERMS).coefficients
    for side in ("low", "high"):
        assert_allclose(found[side][1:], np.exp(expected[f"wald_{side}"][1:]), rtol=1e-6)


def standard_errors_as_glm(matrix, outcome):
    """Standard errors as R's glm leaves them.

    R stops when the deviance changes by less than 1e-8 and takes the covariance from the
    weights of the last step, that is from the estimate before the last.
    """
    p = (outcome + 0.5) / 2
    linear, last = np.log(p / (1 - p)), np.inf
    while True:
        weight = np.sqrt(p * (1 - p))
        q, r = np.linalg.qr(matrix * weight[:, None])
        estimate = np.linalg.solve(r, q.T @ (weight * linear + (outcome - p) / weight))
        linear = matrix @ estimate
        p = 1 / (1 + np.exp(-linear))
        deviance = -2 * np.log(np.where(outcome == 1, p, 1 - p)).sum()
        if abs(deviance - last) / (abs(deviance) + 0.1) < 1e-8:
            return np.sqrt(np.diag(np.linalg.inv(r.T @ r)))
        last = deviance


def test_log_odds_limits_of_reference_24_rest_on_weights_one_step_behind(reference):
    """Limits near zero differ by 1.2e-6 because R's standard errors lag; ours do not."""
    rows, expected = (reference("24_logistic", table) for table in ("input", "expected"))
    fit = logistic(rows, outcome="investigated", terms=TERMS)
    estimate = fit.coefficients["estimate"]
    lagging = standard_errors_as_glm(fit.design.matrix, fit.design.outcome)
    assert_allclose(lagging, expected["std_error"], rtol=1e-9)
    assert_allclose(estimate - 1.959963984540054 * lagging, expected["wald_low"], rtol=1e-6)
    assert_allclose(estimate + 1.959963984540054 * lagging, expected["wald_high"], rtol=1e-6)
    settled = Logit(fit.design.outcome, fit.design.scaled).fit(disp=0, tol=1e-10).cov_params()
    settled = fit.design.back @ settled @ fit.design.back.T
    assert_allclose(fit.coefficients["std_error"], np.sqrt(np.diag(settled)), rtol=1e-10)


def test_clustered_errors_agree_with_reference_28(clustered, reference):
    expected = reference("28_clustered_logistic", "expected")
    found = clustered.coefficients
    assert_allclose(found["estimate"], expected["estimate"], rtol=1e-6)
    assert_allclose(found["std_error"], expected["se_hc1_adj"], rtol=1e-6)
    assert clustered.clusters == 14
    assert "13 degrees of freedom" in clustered.method


def test_model_errors_agree_with_reference_28(plain, reference):
    expected = reference("28_clustered_logistic", "expected")
    assert_allclose(plain.coefficients["std_error"], expected["se_model"], rtol=1e-6)


def test_clustered_covariance_agrees_with_statsmodels(clustered):
    design = clustered.design
    peer = Logit(design.outcome, design.matrix).fit(
        disp=0, tol=1e-10, cov_type="cluster", cov_kwds={"groups": design.cluster}
    )
    assert_allclose(clustered.covariance, peer.cov_params(), rtol=1e-8)


def test_clustered_limits_use_t(clustered):
    from scipy.stats import t

    found = clustered.coefficients
    reach = t(13).ppf(0.975) * found["std_error"]
    assert_allclose(found["high"], np.exp(found["estimate"] + reach), rtol=1e-10)
    assert_allclose(found["p_value"], 2 * t(13).sf(found["statistic"].abs()), rtol=1e-8)


def test_counts_belong_to_the_level(deaths, plain):
    found = plain.coefficients.set_index(["term", "level_name"])
    crisis = deaths[deaths["setting"] == "crisis"]
    assert found.loc[("setting", "crisis"), "denominator"] == len(crisis)
    assert found.loc[("setting", "crisis"), "numerator"] == crisis["investigated"].sum()
    assert found.loc[("setting", "crisis"), "reference"] == "community"
    assert found.loc[("male", ""), "denominator"] == deaths["male"].sum()
    assert found.loc[("age", ""), "denominator"] == len(deaths)


def test_a_categorical_brings_its_own_reference(deaths, plain):
    order = ["inpatient", "crisis", "discharged", "community", "prison"]
    rows = deaths.assign(setting=pd.Categorical(deaths["setting"], order))
    found = logistic(rows, outcome="investigated", terms=CENTRED).coefficients
    found = found.set_index("level_name")["estimate"]
    before = plain.coefficients.set_index("level_name")["estimate"]
    assert_allclose(found["crisis"], before["crisis"] - before["inpatient"], rtol=1e-9)
    assert "prison" not in found


def test_flags_numbers_and_nullable_types_are_one_design(deaths, plain):
    rows = deaths.assign(
        male=deaths["male"].astype("boolean"),
        age=deaths["age"].astype("Int64"),
        setting=deaths["setting"].astype("category"),
        investigated=deaths["investigated"].astype(bool),
    )
    found = logistic(rows, outcome="investigated", terms=CENTRED)
    assert_allclose(found.coefficients["estimate"], plain.coefficients["estimate"], rtol=1e-12)
    assert found.coefficients.loc[2, "reference"] == "False"


def test_a_flag_stored_as_float_reads_as_a_whole_number(deaths):
    rows = deaths.assign(male=deaths["male"].where(deaths["age"] > 20))
    found = logistic(rows, outcome="investigated", terms=["male"])
    assert found.dropped == (deaths["age"] <= 20).sum()
    assert found.coefficients.loc[1, "reference"] == "0"


def test_incomplete_rows_are_dropped_and_counted(deaths, plain):
    more = pd.DataFrame({"age": [None, 50.0], "male": [1, 0], "setting": ["crisis", None]})
    rows = pd.concat([deaths, more.assign(yc=0, investigated=1, trust="T01")])
    found = logistic(rows, outcome="investigated", terms=CENTRED)
    assert (found.n, found.dropped) == (700, 2)
    assert_allclose(found.coefficients["estimate"], plain.coefficients["estimate"], rtol=1e-12)


def test_the_frame_is_not_changed(deaths):
    before = deaths.copy()
    logistic(deaths, outcome="investigated", terms=CENTRED, cluster="trust")
    pd.testing.assert_frame_equal(deaths, before)


@pytest.fixture
def small():
    return pd.DataFrame(
        {
            "y": [0, 1, 0, 1, 0, 1, 0, 1, 1, 0],
            "x": [1.0, 2, 3, 4, 5, 6, 7, 8, 1, 9],
            "flag": [0, 0, 1, 1, 0, 0, 1, 1, 0, 1],
            "text": list("aabbaabbab"),
            "trust": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
        },
        index=list("ABCDEFGHIJ"),
    )


@pytest.mark.parametrize(
    ("change", "terms", "sentence"),
    [
        ({"y": [2] + [0, 1] * 4 + [1]}, ["x"], "Row A: the outcome 'y' is neither 0 nor 1"),
        ({"y": 1}, ["x"], "the outcome 'y' does not take both values"),
        ({"x": 3}, ["x"], "Term 'x' has the same value in every row used"),
        ({"x": [np.inf, *range(9)]}, ["x"], "Row A: term 'x' is infinite"),
        ({"z": [0, 1] * 2 + [2, 1] * 3}, ["x", "z", "x"], "list of different column names"),
        ({}, "x", "list of different column names"),
        ({}, ["x", "y"], "The outcome 'y' cannot be a term as well"),
        ({"z": list(range(0, 20, 2))}, ["x", "w"], "Missing column 'w'"),
        ({"z": [2.0, 4, 6, 8, 10, 12, 14, 16, 2, 18]}, ["x", "z"], "'z' cannot be told apart"),
        ({"z": list("ppqqppqqpq")}, ["text", "z"], "'z: q' cannot be told apart"),
        ({"text": list("cabbaabbab")}, ["text"], "Term 'text', level 'c': none of its 1 rows"),
        ({"text": list("acbbaabbab")}, ["text"], "Term 'text', level 'c': all of its 1 rows"),
        (
            {"flag": [1, 0, 1, 0, 0, 0, 0, 0, 0, 0]},
            ["flag"],
            "Term 'flag', level '1': none of its 2",
        ),
        ({"x": [1.0, 5, 2, 6, 3, 7, 3, 8, 9, 4]}, ["x", "flag"], "The outcome is separated by 'x'"),
        ({"x": pd.Timestamp("2020-01-01")}, ["x"], "neither a category, a flag nor a number"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(small, change, terms, sentence):
    with pytest.raises(ValueError, match=sentence):
        logistic(small.assign(**change), outcome="y", terms=terms)


def test_an_unused_reference_and_a_single_cluster_are_refused(small):
    rows = small.assign(text=pd.Categorical(small["text"], ["z", "a", "b"]), all="T01")
    with pytest.raises(ValueError, match="no row has the reference level 'z'"):
        logistic(rows, outcome="y", terms=["text"])
    with pytest.raises(ValueError, match="All rows belong to one cluster of 'all'"):
        logistic(rows, outcome="y", terms=["x"], cluster="all")
    with pytest.raises(ValueError, match="2 rows are too few for 2 parameters"):
        logistic(small.head(2), outcome="y", terms=["x"])
    with pytest.raises(ValueError, match="Of 0 rows"):
        logistic(small.head(0), outcome="y", terms=["x"])


def test_flags_that_separate_only_together_are_named():
    # a without b always has the outcome, b without a never; each flag alone is mixed.
    rows = pd.DataFrame(
        [(0, 0, y) for y in (0, 1)]
        + [(1, 1, y) for y in (0, 1)]
        + [(1, 0, 1)] * 3
        + [(0, 1, 0)] * 3,
        columns=["a", "b", "y"],
    )
    with pytest.raises(ValueError, match="The outcome is separated by 'a', 'b'"):
        logistic(rows, outcome="y", terms=["a", "b"])
