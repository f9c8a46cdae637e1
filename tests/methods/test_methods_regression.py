"""Logistic regression against the reference comparisons, statsmodels and differentiation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.discrete.discrete_model import Logit

from helpers.methods.regression import (
    Separated,
    likelihood_tests,
    logistic,
    poisson,
    profile_limits,
)

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


def test_log_odds_limits_of_reference_24_rest_on_weights_one_step_behind(reference, as_records):
    """Limits near zero differ by 1.2e-6 because R's standard errors lag; ours do not."""
    rows, expected = (reference("24_logistic", table) for table in ("input", "expected"))
    fit = logistic(rows, outcome="investigated", terms=TERMS)
    estimate = fit.coefficients["estimate"]
    matrix, outcome, _ = as_records(fit)
    lagging = standard_errors_as_glm(matrix, outcome)
    assert_allclose(lagging, expected["std_error"], rtol=1e-9)
    assert_allclose(estimate - 1.959963984540054 * lagging, expected["wald_low"], rtol=1e-6)
    assert_allclose(estimate + 1.959963984540054 * lagging, expected["wald_high"], rtol=1e-6)
    back = np.linalg.inv(fit.design.back)
    settled = Logit(outcome, matrix @ fit.design.back).fit(disp=0, tol=1e-10).cov_params()
    settled = fit.design.back @ settled @ fit.design.back.T
    assert_allclose(back @ fit.design.back, np.eye(7), atol=1e-9)
    assert_allclose(fit.coefficients["std_error"], np.sqrt(np.diag(settled)), rtol=1e-10)


def test_profile_limits_agree_with_reference_24(reference):
    rows, expected = (reference("24_logistic", table) for table in ("input", "expected"))
    fit = logistic(rows, outcome="investigated", terms=TERMS)
    found = profile_limits(fit)
    assert_allclose(found["low"], expected["profile_low"], rtol=1e-4)
    assert_allclose(found["high"], expected["profile_high"], rtol=1e-4)


def test_term_tests_agree_with_reference_24(reference):
    fit = logistic(reference("24_logistic", "input"), outcome="investigated", terms=TERMS)
    found = likelihood_tests(fit)
    # expected.json of the comparison (R: drop1).
    statistics = [9.57546314524166, 5.87223915516142, 43.1150983332502, 5.7241931161949]
    p_values = [0.00197195099959992, 0.0153814753255589, 2.32634373354861e-09, 0.0167327238056607]
    assert found["df"].tolist() == [1, 1, 3, 1]
    assert_allclose(found["statistic"], statistics, rtol=1e-6)
    assert_allclose(found["p_value"], p_values, rtol=1e-6)


def test_clustered_errors_agree_with_reference_28(clustered, reference):
    expected = reference("28_clustered_logistic", "expected")
    found = clustered.coefficients
    assert_allclose(found["estimate"], expected["estimate"], rtol=1e-6)
    assert_allclose(found["std_error"], expected["se_cr2"], rtol=1e-6)
    assert_allclose(found["df"], expected["df_satt"], rtol=1e-6)
    scaled = np.linalg.solve(clustered.design.back, clustered.estimate)
    table = clustered.robust.table(scaled, clustered.design.back, satterthwaite=True)
    # A relative error of 1e-6 in t = 6 moves p by 1e-5: d log p / d log t is about -df.
    assert_allclose(table["p_value"], expected["p_satt"], rtol=1e-5)
    assert clustered.clusters == 14
    assert "CR2 of 14 clusters" in clustered.method


def test_model_errors_agree_with_reference_28(plain, reference):
    expected = reference("28_clustered_logistic", "expected")
    assert_allclose(plain.coefficients["std_error"], expected["se_model"], rtol=1e-6)


def test_clustered_limits_are_those_of_the_distribution_of_t_in_few_clusters(clustered, reference):
    """Near those of Satterthwaite's degrees of freedom here, where trusts are of like size."""
    from scipy.stats import t

    found = clustered.coefficients
    table = clustered.robust.table(
        np.linalg.solve(clustered.design.back, clustered.estimate), clustered.design.back
    )
    assert_allclose(found["high"], np.exp(table["high"]), rtol=1e-10)
    assert_allclose(found["p_value"], table["p_value"], rtol=1e-10)
    reach = t(found["df"]).ppf(0.975) * found["std_error"]
    assert_allclose(np.log(found["high"]) - found["estimate"], reach, rtol=0.02)
    assert "standard deviation between clusters 0." in clustered.method


def test_records_counted_beforehand_give_the_same_fit(deaths, plain):
    by = [*CENTRED, "trust"]
    counted = deaths.groupby(by, as_index=False)["investigated"].agg(["sum", "size"])
    found = logistic(counted, outcome="sum", records="size", terms=CENTRED, cluster="trust")
    assert (found.n, found.events) == (700, 309)
    assert_allclose(found.estimate, plain.estimate, rtol=1e-12)


@given(st.integers(0, 2**32 - 1))
def test_the_order_of_records_does_not_matter(seed):
    x, g, y = [1.0, 2, 3, 4] * 6, list("aabbc" * 5)[:24], ([0, 1, 1, 0, 1, 1, 0] * 4)[:24]
    rows = pd.DataFrame({"x": x, "g": g, "y": y})
    mixed = rows.sample(frac=1, random_state=seed)
    one, two = (logistic(part, outcome="y", terms=["x", "g"]) for part in (rows, mixed))
    assert_allclose(one.estimate, two.estimate, rtol=1e-9, atol=1e-12)
    assert one.patterns == two.patterns


def test_patterns_are_what_is_fitted(deaths):
    fit = logistic(deaths, outcome="investigated", terms=["male", "setting"])
    assert fit.patterns == 8
    assert fit.n == 700


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


def test_what_separates_is_named_for_programs_too():
    rows = pd.DataFrame({"custody": [1, 1, 1, 0, 0, 0], "inquest": [1, 1, 1, 1, 0, 0]})
    with pytest.raises(Separated, match="Term 'custody', level '1': all of its 3 rows") as error:
        logistic(rows, outcome="inquest", terms=["custody"])
    assert error.value.terms == ("custody",)


FIRTH = ["custody", "age10", "male"]


@pytest.mark.parametrize("penalty", ["firth", "if separated"])
def test_firth_agrees_with_reference_26(reference, penalty):
    rows, expected = (reference("26_firth_separation", table) for table in ("input", "expected"))
    fit = logistic(rows, outcome="inquest", terms=FIRTH, penalty=penalty)
    found = fit.coefficients
    assert_allclose(found["estimate"], expected["estimate"], rtol=1e-5)
    assert_allclose(np.log(found["low"]), expected["profile_low"], rtol=1e-4)
    assert_allclose(np.log(found["high"]), expected["profile_high"], rtol=1e-4)
    assert_allclose(found["p_value"], expected["p_plr"], rtol=1e-3)
    # Ours are from the information without the penalty, as those of brglm2.
    assert_allclose(found["std_error"], expected["brglm2_se"], rtol=1e-5)
    # expected.json of the comparison.
    assert_allclose(fit.log_likelihood, -47.0760987587122, rtol=1e-6)
    assert_allclose(fit.log_likelihood_null, -57.0010891296204, rtol=1e-6)
    assert fit.separated == (("custody",) if penalty == "if separated" else ())
    assert "separated by custody" in fit.method or penalty == "firth"


def test_without_separation_no_penalty_is_used(deaths, plain):
    fit = logistic(deaths, outcome="investigated", terms=CENTRED, penalty="if separated")
    assert not fit.penalised
    assert_allclose(fit.estimate, plain.estimate)


# One flag: Firth's estimate is the log odds ratio with one half added to each cell (Heinze and
# Schemper 2002, Stat Med 21:2409, section 2).
@given(st.tuples(*[st.integers(0, 12)] * 4))
def test_firth_of_one_flag_adds_a_half_to_each_cell(cells):
    a, b, c, d = cells
    if not (a + b and c + d and a + c and b + d) or a + b + c + d < 3:
        return
    rows = pd.DataFrame({"flag": [1, 0], "seen": [a, c], "all": [a + b, c + d]})
    fit = logistic(rows, outcome="seen", records="all", terms=["flag"], penalty="firth")
    ratio = (a + 0.5) * (d + 0.5) / ((b + 0.5) * (c + 0.5))
    assert_allclose(fit.coefficients["odds_ratio"][1], ratio, rtol=1e-7)


# The figures this has to survive: 4 of 93 unexpected deaths of people with a learning disability
# were investigated (Mazars 2015), and an equal share of none.
def test_few_events_in_a_level_are_fitted_and_none_are_penalised():
    rows = pd.DataFrame({"service": ["adult", "ld"], "seen": [200, 4], "all": [500, 93]})
    fit = logistic(rows, outcome="seen", records="all", terms=["service"], penalty="if separated")
    assert not fit.penalised
    assert_allclose(fit.coefficients["odds_ratio"][1], (4 / 89) / (200 / 300), rtol=1e-9)
    none = logistic(
        rows.assign(seen=[200, 0]), outcome="seen", records="all", terms=["service"],
        penalty="if separated",
    )  # fmt: skip
    assert none.separated == ("service: ld",)
    found = none.coefficients.iloc[1]
    assert found["low"] >= 0
    assert 0 < found["odds_ratio"] < found["high"] < 0.1
    assert "profile of the penalised likelihood" in found["method"]


def test_a_separated_term_beside_clusters_has_limits_that_say_so(deaths):
    rows = deaths.assign(never=((deaths.index % 20) == 0) & deaths["investigated"].eq(0))
    fit = logistic(
        rows, outcome="investigated", terms=["never", "male"], cluster="trust",
        penalty="if separated",
    )  # fmt: skip
    found = fit.coefficients.set_index("term")
    assert "clusters not allowed for" in found.loc["never", "method"]
    assert "CR2" in found.loc["male", "method"]
    assert found.loc["never", "high"] < 1


def test_poisson_agrees_with_reference_27(reference):
    rows = reference("27_count_models", "input")
    expected, robust = (
        reference("27_count_models", f"expected_{part}") for part in ("poisson", "poisson_robust")
    )
    fit = poisson(rows, numerator="deaths", denominator="service_users", terms=["t", "sex"])
    found = fit.coefficients
    assert_allclose(found["estimate"], expected["estimate"], rtol=1e-6)
    assert_allclose(found["std_error"], expected["std_error"], rtol=1e-6)
    limits = profile_limits(fit)
    assert_allclose(limits["low"], expected["profile_low"], rtol=1e-4)
    assert_allclose(limits["high"], expected["profile_high"], rtol=1e-4)
    by_row = poisson(
        rows.assign(row=range(len(rows))), numerator="deaths", denominator="service_users",
        terms=["t", "sex"], cluster="trust",
    )  # fmt: skip
    assert_allclose(by_row.estimate, fit.estimate, rtol=1e-10)
    # CR2 is close to, and above, the sandwich without any correction.
    assert (by_row.coefficients["std_error"] > robust["se_cluster_trust_hc0"]).all()


def test_counts_without_events_in_a_level_are_refused_or_penalised():
    rows = pd.DataFrame({"ward": list("abc"), "numerator": [4, 0, 9], "denominator": 50.0})
    rows = pd.concat([rows, rows.assign(numerator=[5, 0, 7])])
    with pytest.raises(Separated, match="'ward: b': no events"):
        poisson(rows, terms=["ward"])
    fit = poisson(rows, terms=["ward"], penalty="if separated")
    # With one exposure a level, the penalty adds half an event to each.
    assert_allclose(fit.coefficients["rate_ratio"][1], 0.5 / 9.5, rtol=1e-8)


def test_events_without_exposure_are_refused():
    rows = pd.DataFrame({"sex": ["F", "M"], "numerator": [1, 2], "denominator": [0.0, 5.0]})
    with pytest.raises(ValueError, match="Row 0: there are events but the denominator is zero"):
        poisson(rows, terms=["sex"])
