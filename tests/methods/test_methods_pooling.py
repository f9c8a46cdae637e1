"""Rubin's rules against printed results, closed forms and numerical integration."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

from helpers.methods.missing_data import beside_complete, fit_each, impute, joint_test, pool


def with_variances(within, between, imputations, value=1.0):
    """Estimates and variances that have just these averages."""
    spread = np.arange(imputations, dtype=float)
    spread = (spread - spread.mean()) / spread.std(ddof=1)
    return value + np.sqrt(between) * spread, np.full(imputations, within)


# ---- One coefficient -----------------------------------------------------------------------------


# SAS/STAT 12.3 User's Guide, The MIANALYZE Procedure, Output 62.10.2, 5 imputations, edf=28:
# between, within, total, df, relative increase, fraction of missing information.
SAS = [
    (45.529229, 76.543614, 131.178689, 9.1917, 0.713777, 0.461277),
    (0.014715, 0.114324, 0.131983, 20.598, 0.154459, 0.141444),
]


@pytest.mark.parametrize(("between", "within", "total", "df", "increase", "missing"), SAS)
def test_pooled_variances_and_degrees_of_freedom_are_those_that_sas_prints(
    between, within, total, df, increase, missing
):
    found = pool(*with_variances(within, between, 5), df_complete=28).iloc[0]
    assert_allclose(found["std_error"] ** 2, total, rtol=1e-5)
    # Variances are printed to 5 or 6 digits.
    assert_allclose(found["relative_increase"], increase, rtol=1e-4)
    assert_allclose(found["missing_information"], missing, rtol=1e-4)
    assert_allclose(found["df"], df, rtol=1e-4)


# The R package mice as printed in its vignettes (Vink and van Buuren): sleep of mammals, 5
# imputations: ubar, b, t, dfcom, df, riv.
MICE = [
    (0.60565082, 0.03950197, 0.6530532, 59, 49.49987, 0.0782668),
    (0.08549939, 0.01114601, 0.0988746, 59, 40.27585, 0.1564364),
    (0.07572358, 0.00761169, 0.0848576, 59, 44.39847, 0.1206233),
]


@pytest.mark.parametrize(("within", "between", "total", "complete", "df", "increase"), MICE)
def test_pooled_variances_and_degrees_of_freedom_are_those_that_mice_prints(
    within, between, total, complete, df, increase
):
    found = pool(*with_variances(within, between, 5), df_complete=complete).iloc[0]
    assert_allclose(found["std_error"] ** 2, total, rtol=1e-6)
    assert_allclose(found["df"], df, rtol=1e-6)
    assert_allclose(found["relative_increase"], increase, rtol=1e-6)


def test_means_of_a_published_example_by_hand():
    """SAS/STAT 13.2 Output 64.1.1: mean oxygen uptake in 5 imputed samples of 31 people."""
    means = [47.0120, 47.2407, 47.4995, 47.1485, 47.0042]
    errors = np.array([0.95984, 0.93540, 1.00766, 0.95439, 0.96528])
    found = pool(means, errors**2, names=["oxygen"], df_complete=30).iloc[0]
    between = np.var(means, ddof=1)
    total = (errors**2).mean() + 1.2 * between
    share = 1.2 * between / total
    df = 1 / (share**2 / 4 + 1 / (31 / 33 * 30 * (1 - share)))
    reach = stats.t(df).ppf(0.975) * np.sqrt(total)
    assert found["term"] == "oxygen"
    assert_allclose(found[["low", "high"]].astype(float), np.mean(means) + [-reach, reach])
    assert_allclose(found["monte_carlo_error"], np.sqrt(between / 5))
    assert_allclose(found["p_value"], 2 * stats.t(df).sf(np.mean(means) / np.sqrt(total)))


@given(
    within=st.floats(0.01, 10), between=st.floats(0.001, 10), complete=st.floats(2, 1e4),
    imputations=st.integers(2, 40),
)  # fmt: skip
def test_what_barnard_and_rubin_promise_of_their_degrees_of_freedom(
    within, between, complete, imputations
):
    """Never above those of complete data, more with more data, Rubin's with very much."""
    given_ = with_variances(within, between, imputations)
    few, more = (pool(*given_, df_complete=df)["df"].iloc[0] for df in (complete, 2 * complete))
    rubin = pool(*given_)["df"].iloc[0]
    assert few < complete
    assert few < more < rubin * (1 + 1e-12)
    assert_allclose(pool(*given_, df_complete=1e16)["df"].iloc[0], rubin, rtol=1e-5)
    share = (1 + 1 / imputations) * between / (within + (1 + 1 / imputations) * between)
    assert_allclose(rubin, (imputations - 1) / share**2)


def test_estimates_that_do_not_differ_are_those_of_complete_data():
    found = pool([0.5] * 4, [0.04] * 4, df_complete=10, level=0.9).iloc[0]
    reach = stats.t(10).ppf(0.95) * 0.2
    assert_allclose([found["low"], found["high"], found["df"]], [0.5 - reach, 0.5 + reach, 10])
    assert found["relative_increase"] == found["missing_information"] == 0
    assert found["monte_carlo_error"] == 0
    large = pool([0.5] * 4, [0.04] * 4).iloc[0]
    assert_allclose(large["high"], 0.5 + stats.norm.ppf(0.975) * 0.2)
    assert_allclose(large["p_value"], 2 * stats.norm.sf(2.5))


def test_pooling_does_not_depend_on_the_order_or_the_scale():
    random = np.random.default_rng(1)
    values = random.normal(size=(6, 2))
    spread = np.array([np.cov(random.normal(size=(2, 9))) for _ in range(6)])
    found = pool(values, spread, df_complete=40)
    turned = pool(values[::-1], spread[::-1], df_complete=40)
    scaled = pool(10 * values, 100 * spread, df_complete=40)
    numbers = ["value", "std_error", "low", "high"]
    assert_allclose(turned[numbers], found[numbers])
    assert_allclose(scaled[numbers], 10 * found[numbers])
    assert_allclose(scaled[["df", "p_value"]], found[["df", "p_value"]])


# ---- Several coefficients ------------------------------------------------------------------------


def test_a_group_of_one_is_tested_as_pool_does_it():
    values, spread = [1.0, 1.4, 0.9, 1.1], [0.2, 0.3, 0.2, 0.25]
    for complete in (None, 12):
        one = pool(values, spread, df_complete=complete).iloc[0]
        test = joint_test(values, spread, df_complete=complete).iloc[0]
        assert_allclose(test["statistic"], one["statistic"] ** 2)
        assert_allclose([test["df_denominator"], test["p_value"]], [one["df"], one["p_value"]])


# Stata 18, mi test, nosmall, 2 coefficients: denominator df of the unrestricted test, which is
# (m - 1)(1 + 1/r)^2, and of the default test (fixture mi_test_stata.json of the package StatsPAI).
STATA = [(8, 225.3330905488389, 254.59996720946631), (3, 146.770050475674, 220.15507571351091)]


@pytest.mark.parametrize(("imputations", "unrestricted", "expected"), STATA)
def test_large_sample_degrees_of_freedom_are_those_of_stata(imputations, unrestricted, expected):
    increase = 1 / (np.sqrt(unrestricted / (imputations - 1)) - 1)
    between = increase / (1 + 1 / imputations)
    column, _ = with_variances(1.0, between, imputations)
    # Two coefficients that vary between imputations by as much each.
    values = np.column_stack([column, column[np.r_[1:imputations, 0]]])
    found = joint_test(values, [np.eye(2)] * imputations).iloc[0]
    assert_allclose(found["relative_increase"], increase)
    assert_allclose(found["df_denominator"], expected, rtol=1e-9)


def test_the_test_of_two_coefficients_by_hand():
    """Worked out with pencil and paper from the definitions of D1 and of Reiter (2007)."""
    values = [[0.9, 0.2], [1.1, 0.3], [1.0, 0.1], [0.8, 0.2]]
    spread = [[[0.09, 0.02], [0.02, 0.04]]] * 4
    found = joint_test(values, spread, df_complete=200).iloc[0]
    # Inverse of the covariance: (0.04, -0.02; -0.02, 0.09) / 0.0032.
    increase = 1.25 * (0.04 / 60 - 2 * 0.02 / 300 + 0.09 / 150) / 0.0032 / 2
    wald = (0.04 * 0.95**2 - 2 * 0.02 * 0.95 * 0.2 + 0.09 * 0.2**2) / 0.0032
    assert_allclose(found["relative_increase"], increase)
    assert_allclose(found["statistic"], wald / (2 * (1 + increase)))
    assert_allclose(found["df_denominator"], 29.43, atol=0.005)
    expected = stats.f(2, found["df_denominator"]).sf(found["statistic"])
    assert_allclose(found["p_value"], expected)
    assert found["method"].endswith("of Reiter")


def true_tail(cut, width, imputations, increase, complete):
    """Chance that D1 passes a cut if nothing differs, by integration over the true increase.

    The increase, given its estimate, is that times t over chi-squared with t = coefficients
    (imputations - 1) degrees of freedom; D1 (1 + estimate) / (1 + increase) then is F with the
    degrees of freedom of complete data divided by (1 + increase).
    """
    t = width * (imputations - 1)
    true = increase * t / stats.chi2(t).ppf((np.arange(2000) + 0.5) / 2000)
    whole = complete * (complete + 1) / (complete + 3)
    scaled = cut * (1 + increase) / (1 + true)
    return stats.f.sf(scaled, width, whole / (1 + true)).mean()


@pytest.mark.parametrize("width", [2, 4])
@pytest.mark.parametrize("increase", [0.1, 0.6])
@pytest.mark.parametrize(
    ("complete", "most"), [(7, 0.054), (20, 0.065), (100, 0.057), (1e6, 0.052)]
)
def test_the_joint_test_rejects_about_as_often_as_it_says(width, increase, complete, most):
    count = 20
    random = np.random.default_rng(3)
    noise = random.normal(size=(count, width))
    noise -= noise.mean(axis=0)
    # Between-imputation covariance proportional to that within.
    noise = noise @ np.linalg.inv(np.linalg.cholesky(np.cov(noise, rowvar=False))).T
    values = noise * np.sqrt(increase / (1 + 1 / count))
    test = joint_test(values, [np.eye(width)] * count, df_complete=complete).iloc[0]
    assert_allclose(test["relative_increase"], increase)
    cut = stats.f(width, test["df_denominator"]).ppf(0.95)
    assert 0.048 < true_tail(cut, width, count, increase, complete) < most


def test_reiters_degrees_of_freedom_grow_into_those_of_large_samples():
    values = np.random.default_rng(2).normal(size=(6, 3)) * 0.4
    spread = [np.eye(3)] * 6
    dfs = [joint_test(values, spread, df_complete=df)["df_denominator"].iloc[0]
           for df in (20, 50, 200, 1e9)]  # fmt: skip
    assert dfs == sorted(dfs)
    assert_allclose(dfs[-1], joint_test(values, spread)["df_denominator"].iloc[0], rtol=1e-4)


def test_a_joint_test_of_identical_estimates_is_walds():
    values, spread = [[1.0, 0.5]] * 3, [[[0.2, 0.1], [0.1, 0.3]]] * 3
    wald = np.array([1.0, 0.5]) @ np.linalg.solve(spread[0], [1.0, 0.5])
    found = joint_test(values, spread).iloc[0]
    assert_allclose([found["statistic"], found["p_value"]], [wald / 2, stats.chi2(2).sf(wald)])
    assert joint_test(values, spread, df_complete=9)["df_denominator"].iloc[0] == 9


def test_few_imputations_of_few_coefficients():
    values, spread = [[1.0, 0.5], [1.2, 0.4], [0.9, 0.7]], [np.eye(2) * 0.1] * 3
    large, small = (joint_test(values, spread, df_complete=df).iloc[0] for df in (None, 30))
    r = large["relative_increase"]
    # Rubin (1987) p. 138: (k + 1)(m - 1)(1 + 1/r)^2 / 2.
    assert_allclose(large["df_denominator"], 3 * 2 * (1 + 1 / r) ** 2 / 2)
    assert small["df_denominator"] < min(large["df_denominator"], 1.5 * 30)
    assert "few imputations" in small["method"]


# ---- What is refused -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "spread", "more", "message"),
    [
        ([1.0], [0.1], {}, "One imputation cannot say"),
        ([[1.0], [2.0]], [0.1], {}, "must be of shape"),
        ([[[1.0]]], [0.1], {}, "must be of shape"),
        ([1.0, np.nan], [0.1, 0.1], {}, "Imputation 2: an estimate or covariance is missing"),
        ([1.0, 2.0], [0.1, -0.1], {}, "Imputation 2: a variance is negative"),
        ([1.0, 2.0], [0.1, 0.1], {"names": ["a", "b"]}, "1 coefficients need as many"),
        ([1.0, 2.0], [0.1, 0.1], {"df_complete": 0}, "df_complete must be positive"),
        ([1.0, 2.0], [0.1, 0.1], {"level": 95}, "strictly between 0 and 1"),
    ],
)
def test_estimates_that_cannot_be_pooled_are_refused(values, spread, more, message):
    with pytest.raises(ValueError, match=message):
        pool(values, spread, **more)


def test_a_group_that_cannot_be_tested_is_refused():
    values, spread = np.zeros((2, 2)), [np.ones((2, 2))] * 2
    with pytest.raises(ValueError, match="'b' must name coefficients among 1, 2; got '3'"):
        joint_test(values, spread, groups={"b": ["3"]})
    with pytest.raises(ValueError, match="got none"):
        joint_test(values, spread, groups={"b": []})
    with pytest.raises(ValueError, match="singular covariance"):
        joint_test(values, spread)


# ---- A model of each frame -----------------------------------------------------------------------


@pytest.fixture
def imputed():
    seen = pd.DataFrame({"late": [0, 1, 1, 0, 1, 0], "age": [70, None, 64, 81, 90, 77.0]})
    return impute(seen, columns=["age"], outcome="late", imputations=3, iterations=2, seed=1)


def mean_age(frame):
    return ["age"], [frame["age"].mean()], [[frame["age"].var() / len(frame)]]


def test_each_frame_is_fitted_and_set_beside_the_complete_rows(imputed):
    fits = fit_each(imputed, fit=mean_age)
    assert_allclose(fits.estimates[:, 0], [frame["age"].mean() for frame in imputed.frames])
    found = beside_complete(imputed, fit=mean_age, df_complete=5)
    assert found["denominator"].tolist() == [5, 6]
    whole = imputed.frame["age"].dropna()
    reach = stats.t(5).ppf(0.975) * np.sqrt(whole.var() / 5)
    assert_allclose(found["high"].iloc[0], whole.mean() + reach)
    pooled = pool(fits.estimates, fits.covariances, df_complete=5)
    assert_allclose(found[["value", "low"]].iloc[1].astype(float), pooled.loc[0, ["value", "low"]])


def test_a_model_that_fails_says_in_which_imputation(imputed):
    def refuses(frame):
        raise ValueError("Term 'age' has the same value in every row used.")

    with pytest.raises(ValueError, match="Imputation 1: the model was not fitted. Term 'age'"):
        fit_each(imputed, fit=refuses)
    with pytest.raises(ValueError, match="1 names, estimates of shape \\(2,\\)"):
        fit_each(imputed, fit=lambda frame: (["age"], [1.0, 2.0], np.eye(2)))
    names = iter(["a", "b"])
    with pytest.raises(ValueError, match="Imputation 2: the model has the coefficients b"):
        fit_each(imputed, fit=lambda frame: ([next(names)], [1.0], [[1.0]]))


def test_no_complete_row_leaves_nothing_to_set_beside():
    seen = pd.DataFrame({"late": [0, 1, 1, 0], "a": [1, None, 2.0, None], "b": [None, 3, None, 5]})
    found = impute(seen, columns=["a", "b"], outcome="late", imputations=2, iterations=1, seed=1)
    with pytest.raises(ValueError, match="No row is without missing values"):
        beside_complete(found, fit=mean_age)
