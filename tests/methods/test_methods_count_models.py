"""Families, tests of spread and likelihood limits against reference 27 and closed forms."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from helpers.methods._profile import profiled
from helpers.methods.count_models import families, overdispersion, profile_limits

CASE = "27_count_models"
NAMES = {
    "numerator": "deaths", "denominator": "service_users", "time": "t", "strata": "sex",
    "units": "trust",
}  # fmt: skip
FALL = 1.959963984540054**2


@pytest.fixture
def numbers27():
    folder = Path(__file__).parents[1] / "reference" / CASE
    return json.loads((folder / "expected.json").read_text())


def series(x, n=100.0):
    return pd.DataFrame({"year": range(len(x)), "numerator": x, "denominator": n})


def test_families_side_by_side_are_those_of_reference_27(reference, numbers27):
    found = families(reference(CASE, "input"), **NAMES).set_index("family")
    plain, wide = numbers27["poisson"], numbers27["negbin"]
    for name in ("loglik", "deviance", "pearson", "df", "aic"):
        assert_allclose(found.loc["poisson", name], plain[name], rtol=1e-6)
    assert_allclose(found.loc["quasi-poisson", "dispersion"], numbers27["quasi_dispersion"],
                    rtol=1e-6)  # fmt: skip
    for name in ("alpha", "loglik", "aic"):
        assert_allclose(found.loc["negative-binomial", name], wide[name], rtol=1e-6)
    assert found.loc["quasi-poisson", ["loglik", "aic"]].isna().all()


def test_tests_of_spread_are_those_of_reference_27(reference, numbers27):
    found = overdispersion(reference(CASE, "input"), **NAMES).set_index("test")
    theirs = numbers27["cameron_trivedi_nb2"]
    assert_allclose(found.loc["Cameron-Trivedi", "value"], theirs["alpha"], rtol=1e-6)
    assert_allclose(found.loc["Cameron-Trivedi", "statistic"], theirs["t"], rtol=1e-6)
    ratio = found.loc["likelihood ratio"]
    assert_allclose(ratio["statistic"], numbers27["lr_alpha_zero"], rtol=1e-6)
    assert_allclose(ratio["value"], numbers27["negbin"]["alpha"], rtol=1e-6)


@pytest.mark.parametrize(
    ("family", "table"), [("poisson", "poisson"), ("negative-binomial", "negbin")]
)
def test_profile_limits_are_those_of_reference_27(reference, family, table):
    found = profile_limits(reference(CASE, "input"), **NAMES, family=family)
    theirs = reference(CASE, f"expected_{table}")
    for end in ("low", "high"):
        assert_allclose(found[end][1:], theirs[f"profile_{end}"][1:], rtol=1e-6)


def test_the_profile_of_the_constant_is_that_of_reference_27(reference):
    rows, theirs = reference(CASE, "input"), reference(CASE, "expected_poisson")
    matrix = np.column_stack([np.ones(len(rows)), rows["t"], rows["sex"].eq("M")]).astype(float)
    x, n = rows["deaths"].to_numpy(float), rows["service_users"].to_numpy(float)
    ends = profiled(x, n, matrix, theirs["estimate"].to_numpy(), 0, 0.03, fall=FALL, kind="rate")
    assert_allclose(ends, theirs.loc[0, ["profile_low", "profile_high"]].astype(float), rtol=1e-6)


@pytest.mark.parametrize(("kind", "family"), [("rate", "poisson"), ("proportion", "binomial")])
def test_the_likelihood_falls_by_what_the_level_says(kind, family):
    """Refitted by statsmodels with the term held at its limit."""
    import statsmodels.api as sm

    rows = series([2, 3, 9, 7, 12], [40, 45, 50, 38, 60])
    found = profile_limits(rows, kind=kind, family=family).loc[1]
    t = rows["year"] - 2.0
    whole = {
        "rate": (rows["numerator"], sm.families.Poisson(), np.log(rows["denominator"])),
        "proportion": (
            np.column_stack([rows["numerator"], rows["denominator"] - rows["numerator"]]),
            sm.families.Binomial(), 0 * t,
        ),
    }[kind]  # fmt: skip

    def likelihood(terms, offset):
        return sm.GLM(whole[0], terms, family=whole[1], offset=whole[2] + offset).fit(tol=1e-12).llf

    constant = np.ones((5, 1))
    top = likelihood(np.column_stack([constant, t]), 0.0)
    for end in ("low", "high"):
        assert_allclose(2 * (top - likelihood(constant, found[end] * t)), FALL, rtol=1e-6)
    assert found["low"] < found["value"] < found["high"]


def test_quasi_limits_widen_by_the_root_of_the_dispersion_where_the_likelihood_is_a_parabola():
    """With many events the profile is a parabola: limits are the estimate and t errors."""
    from scipy.stats import t as student

    from helpers.methods.trend import coefficients

    rows = series([80_000, 80_900, 81_200, 82_700, 83_000], 1e6)
    found, terms = profile_limits(rows).loc[1], coefficients(rows).loc[1]
    reach = student.ppf(0.975, 3) * terms["std_error"]
    assert_allclose(found["high"] - found["value"], reach, rtol=1e-2)
    assert_allclose(found["value"] - found["low"], reach, rtol=1e-2)


def test_cameron_trivedi_is_a_regression_through_the_origin():
    import statsmodels.api as sm

    rows = series([4, 31, 9, 40, 12, 60])
    mean = sm.GLM(
        rows["numerator"], sm.add_constant(rows["year"]), family=sm.families.Poisson()
    ).fit().fittedvalues  # fmt: skip
    theirs = sm.OLS(((rows["numerator"] - mean) ** 2 - rows["numerator"]) / mean, mean).fit()
    found = overdispersion(rows).loc[1]
    assert_allclose(
        [found["value"], found["statistic"]], [theirs.params.iloc[0], theirs.tvalues.iloc[0]],
        rtol=1e-6,
    )  # fmt: skip


@pytest.mark.slow
def test_the_tests_of_spread_keep_their_size_and_see_spread():
    generator, t = np.random.default_rng(11), np.arange(40)
    hits = np.zeros((2, 3))
    for _ in range(60):
        for row, mean in enumerate((30 * 1.01**t, 30 * 1.01**t * generator.gamma(4, 1 / 4, 40))):
            hits[row] += overdispersion(series(generator.poisson(mean)))["p_value"] < 0.05
    assert (hits[0] <= 9).all()  # of 60 at 5%: more than 9 has a chance below 1 in 400
    assert (hits[1] >= 57).all()


@pytest.mark.parametrize(
    ("x", "words"),
    [([0, 0, 0], "no events"), ([3], "too few"), ([], "too few"), ([0, 0, 9], "sep")],
)
def test_what_cannot_be_estimated_is_said(x, words):
    rows = series(np.array(x, dtype=float))
    for found in (families(rows), overdispersion(rows), profile_limits(rows)):
        assert found["note"].str.contains(words).all()
    assert profile_limits(rows)[["value", "low", "high"]].isna().all(axis=None)
    assert overdispersion(rows)["p_value"].isna().all()


def test_less_spread_than_chance_has_no_alpha_and_two_periods_no_test():
    found = overdispersion(series([7, 7, 8, 7])).set_index("test")
    assert found.loc["likelihood ratio", ["statistic", "p_value"]].tolist() == [0, 1]
    assert found.loc["Cameron-Trivedi", "p_value"] > 0.5
    two = overdispersion(series([10, 30]))
    assert two["p_value"].isna().all()
    assert "degrees of freedom" in two.loc[0, "note"]
    assert profile_limits(series([10, 30]))["low"].isna().all()


def test_options_and_rows_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="negative"):
        profile_limits(series([-1, 2, 3]))
    with pytest.raises(ValueError, match="level"):
        profile_limits(series([1, 2, 3]), level=1)
    with pytest.raises(ValueError, match="family"):
        profile_limits(series([1, 2, 3]), family="normal")
    with pytest.raises(ValueError, match="kind"):
        families(series([1, 2, 3]), kind="mean")
