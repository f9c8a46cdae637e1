"""GEE and random intercept: against geepack and lme4, plain integration and closed forms."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.integrate import quad
from scipy.stats import norm, t

from helpers.methods import _random_intercept as inside
from helpers.methods.clustered import AVERAGED, WITHIN, gee, random_intercept
from helpers.methods.regression import logistic

MODEL = {"outcome": "investigated", "terms": ["age", "male", "setting", "yc"], "cluster": "trust"}
FEW = {"outcome": "y", "terms": ["x"], "cluster": "place"}


CASE = Path(__file__).parents[1] / "reference" / "28_clustered_logistic"


@pytest.fixture(scope="module")
def expected():
    """Expected values of reference 28 that are no table."""
    return json.loads((CASE / "expected.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def mixed():
    """Random intercepts of the trusts of reference 28."""
    return random_intercept(pd.read_csv(CASE / "input.csv"), **MODEL)


@pytest.fixture(scope="module")
def averaged():
    """Estimating equations for reference 28."""
    return gee(pd.read_csv(CASE / "input.csv"), **MODEL)


def places(sizes, *, sd=0.8, seed=1):
    """Rows of places that differ, with a flag x."""
    random = np.random.default_rng(seed)
    place = np.repeat(np.arange(len(sizes)), sizes)
    x = random.integers(0, 2, len(place))
    chance = 1 / (1 + np.exp(-(0.5 * x - 0.3 + sd * random.normal(size=len(sizes))[place])))
    return pd.DataFrame({"y": (random.random(len(place)) < chance) * 1, "x": x, "place": place})


# ---- Reference comparisons ----------------------------------------------------------------------


def test_gee_agrees_with_reference_28(averaged, reference, expected):
    """R package geepack 1.3.12, exchangeable; its errors have no factor."""
    table = reference("28_clustered_logistic", "expected")
    found = averaged.coefficients
    assert_allclose(averaged.alpha, expected["gee_exchangeable_alpha"], rtol=1e-6)
    assert_allclose(found["estimate"], table["gee_exch_estimate"], rtol=1e-5)
    plain = found["std_error"] / np.sqrt(14 / 13)
    assert_allclose(plain, table["gee_exch_se"], rtol=1e-5)


def test_the_random_intercept_agrees_with_reference_28(mixed, expected):
    """R package lme4 1.1.37, glmer with 15 points; its age is in standard deviations."""
    peer, found = expected["glmer_nAGQ15"], mixed.coefficients
    names = ["(Intercept)", "scale(age)", "male", "settingcrisis"]
    assert list(peer["fixef"])[:4] == names
    scale = np.where(found["term"].eq("age"), peer["age_sd"], 1.0)
    intercept = found["estimate"][0] + peer["age_mean"] * found["estimate"][1]
    assert_allclose(intercept, peer["fixef"]["(Intercept)"], rtol=1e-5)
    value, error = (list(peer[name].values())[1:] for name in ("fixef", "se"))
    assert_allclose((found["estimate"] * scale)[1:], value, rtol=1e-5)
    assert_allclose((found["std_error"] * scale)[1:], error, rtol=1e-5)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("sd", "sd_trust"),
        ("log_likelihood", "loglik"),
        ("median_odds_ratio", "median_odds_ratio"),
        ("intraclass_correlation", "icc_latent"),
    ],
)
def test_what_is_said_of_trusts_agrees_with_reference_28(mixed, expected, name, key):
    assert_allclose(getattr(mixed, name), expected["glmer_nAGQ15"][key], rtol=1e-5)


def test_without_a_random_intercept_the_likelihood_is_that_of_reference_24(mixed):
    """R stats::glm: logLik -450.478635836994."""
    assert_allclose(mixed.log_likelihood_without, -450.478635836994, rtol=1e-10)


# ---- The likelihood -----------------------------------------------------------------------------


@pytest.fixture
def patterns():
    rows = places([7, 25, 60, 3])
    matrix = np.column_stack([np.ones(len(rows)), rows["x"]])
    place = rows["place"].to_numpy()
    return inside.prepared(matrix, rows["y"].to_numpy(float), np.ones(len(rows)), place)


def integrated(data, coefficients, sd):
    """Log-likelihood by plain integration over each intercept."""
    total = 0.0
    for one in range(len(data.start)):
        at = data.place == one
        fixed, y, n = data.matrix[at] @ coefficients, data.events[at], data.trials[at]

        def height(u, fixed=fixed, y=y, n=n):
            linear = fixed + sd * u
            return np.exp((y * linear - n * np.logaddexp(0, linear)).sum()) * norm.pdf(u)

        total += np.log(quad(height, -12, 12, epsabs=0, epsrel=1e-11, limit=400)[0])
    return total


@pytest.mark.parametrize("sd", [0.0, 0.4, 1.5])
def test_quadrature_agrees_with_plain_integration(patterns, sd):
    coefficients = np.array([-0.2, 0.7])
    found = inside.likelihood(patterns, coefficients, sd, 25).log_likelihood
    assert_allclose(found, integrated(patterns, coefficients, sd), rtol=1e-9)


@pytest.mark.parametrize("points", [5, 15])
def test_the_score_is_the_derivative_of_the_sum(patterns, points):
    """Central differences, away from the estimate where it is not zero."""
    at, step = np.array([-0.5, 0.9, 1.1]), 1e-5

    def value(of):
        return inside.likelihood(patterns, of[:2], of[2], points).log_likelihood

    found = inside.likelihood(patterns, at[:2], at[2], points).score
    moved = [(value(at + step * e) - value(at - step * e)) / (2 * step) for e in np.eye(3)]
    assert np.abs(found).min() > 0.1
    assert_allclose(found, moved, rtol=1e-7)


def test_second_derivatives_agree_with_differences_of_the_score(patterns):
    at, step = np.array([-0.5, 0.9, 1.1]), 1e-5

    def score(of):
        return inside.likelihood(patterns, of[:2], of[2], 40).score

    found = inside.likelihood(patterns, at[:2], at[2], 40).hessian
    moved = [(score(at + step * e) - score(at - step * e)) / (2 * step) for e in np.eye(3)]
    assert_allclose(found, moved, rtol=1e-5, atol=1e-6)


def test_profile_limits_are_where_the_likelihood_has_fallen_by_half_a_quantile(mixed, deaths):
    """3.841 / 2, found anew at each limit by maximising the other coefficients."""
    design = logistic(deaths, outcome="investigated", terms=MODEL["terms"], cluster="trust").design
    data = inside.prepared(design.scaled, design.events, design.trials, design.cluster)
    for limit in (mixed.sd_low, mixed.sd_high):
        value = inside.maximum(data, points=15, sd=limit)[2].log_likelihood
        assert mixed.log_likelihood - value == pytest.approx(norm.ppf(0.975) ** 2 / 2, abs=1e-4)
    assert 0 < mixed.sd_low < mixed.sd < mixed.sd_high


@given(seed=st.integers(0, 1000))
@settings(max_examples=10, deadline=None)
def test_patterns_and_single_rows_and_their_order_are_one(seed):
    rows = places([30, 12, 50, 21, 40], seed=seed)
    matrix = np.column_stack([np.ones(len(rows)), rows["x"]])
    whole = inside.prepared(
        matrix, rows["y"].to_numpy(float), np.ones(len(rows)), rows["place"].to_numpy()
    )
    assert len(whole.trials) <= 10
    assert whole.trials.sum() == len(rows)
    # Pairs of one place and x that never merge: an own order, one row each.
    single = inside.Patterns(
        matrix, rows["y"].to_numpy(float), np.ones(len(rows)), rows["place"].to_numpy(),
        np.flatnonzero(np.diff(rows["place"], prepend=-1)),
    )  # fmt: skip
    at = np.array([0.1, -0.3]), 0.7, 9
    one, other = (inside.likelihood(part, *at) for part in (whole, single))
    assert_allclose(one.log_likelihood, other.log_likelihood, rtol=1e-12)
    assert_allclose(one.score, other.score, rtol=1e-9, atol=1e-10)
    assert_allclose(one.hessian, other.hessian, rtol=1e-9, atol=1e-9)


def test_true_values_come_back():
    """Of 150 places with a standard deviation of 0.8 and a log odds ratio of 0.5."""
    found = random_intercept(places([50] * 150), **FEW)
    assert found.sd_low < 0.8 < found.sd_high
    row = found.coefficients.iloc[1]
    assert np.log(row["low"]) < 0.5 < np.log(row["high"])
    assert found.sd_high - found.sd_low < 0.3


# ---- What the two say ---------------------------------------------------------------------------


def test_averaged_odds_ratios_lie_nearer_to_one_by_about_the_attenuation():
    rows = places([50] * 100, sd=1.5)
    within, across = random_intercept(rows, **FEW), gee(rows, **FEW)
    ratio = across.coefficients["estimate"][1] / within.coefficients["estimate"][1]
    assert ratio == pytest.approx(within.attenuation, abs=0.05)
    assert within.attenuation == pytest.approx((1 + 0.3458 * within.sd**2) ** -0.5, rel=1e-4)


def test_both_say_in_words_what_they_compare(averaged, mixed):
    assert averaged.coefficients["method"].str.endswith(AVERAGED).all()
    assert mixed.coefficients["method"].str.endswith(WITHIN).all()
    assert "G-1 = 13 degrees of freedom" in averaged.method


def test_tables_have_the_columns_and_counts_of_the_logistic_table(averaged, mixed, clustered):
    for found in (averaged, mixed):
        shared = ["term", "level_name", "reference", "numerator", "denominator", "level"]
        pd.testing.assert_frame_equal(found.coefficients[shared], clustered.coefficients[shared])
        assert set(clustered.coefficients.columns) - {"df"} < set(found.coefficients.columns)
        assert (found.n, found.events, found.clusters, found.dropped) == (700, 309, 14, 0)


def test_limits_are_of_t_or_normal(deaths):
    for fit, reach in ((gee, t(13).ppf(0.95)), (random_intercept, norm.ppf(0.95))):
        found = fit(deaths, **MODEL | {"terms": ["male"]}, level=0.9).coefficients
        width = np.log(found["high"] / found["low"]) / 2
        assert_allclose(width, reach * found["std_error"], rtol=1e-9)


def test_a_year_such_as_2015_costs_no_precision(deaths, mixed, averaged):
    model = MODEL | {"terms": ["age", "male", "setting", "year"]}
    for fit, before in ((gee, averaged), (random_intercept, mixed)):
        found = fit(deaths, **model).coefficients
        assert_allclose(found["estimate"][1:], before.coefficients["estimate"][1:], rtol=1e-6)


def test_rows_with_missing_values_are_left_out_and_counted(deaths):
    rows = deaths.assign(age=deaths["age"].where(deaths["age"] > 20))
    left = int((deaths["age"] <= 20).sum())
    for fit in (gee, random_intercept):
        found = fit(rows, **MODEL | {"terms": ["age"]})
        assert (found.n, found.dropped) == (700 - left, left)


def test_a_level_in_one_cluster_has_no_limits_by_gee_and_some_by_the_model():
    rows = places([40] * 6)
    kind = np.where(rows["x"] == 1, "a", "b")
    rows["kind"] = np.where((rows["place"] == 2) & (np.arange(240) % 2 == 0), "c", kind)
    model = FEW | {"terms": ["kind"]}
    found = gee(rows, **model).coefficients.set_index("level_name")
    assert found.loc["c", ["std_error", "low", "high", "p_value"]].isna().all()
    assert found.loc["c", "reason"].startswith("no limits: rests on the records of one cluster")
    assert found.loc["b", ["low", "high"]].notna().all()
    assert random_intercept(rows, **model).coefficients["low"].notna().all()


def test_places_that_do_not_differ_have_a_standard_deviation_of_none():
    """Shares are more alike than by chance: the likelihood is greatest without intercepts."""
    rows = pd.DataFrame({"x": [0, 0, 1, 1] * 20, "place": np.repeat(range(10), 8)})
    rows["y"] = [0, 1, 1, 0, 0, 1, 1, 1] * 5 + [0, 0, 1, 0, 0, 1, 1, 0] * 5
    found = random_intercept(rows, **FEW)
    assert (found.sd, found.sd_low, found.median_odds_ratio) == (0.0, 0.0, 1.0)
    assert found.sd_high > 0
    assert found.note.startswith("Clusters differ by no more than chance allows")
    plain = logistic(rows, outcome="y", terms=["x"]).coefficients
    shown = ["estimate", "std_error", "low", "high", "p_value"]
    assert_allclose(found.coefficients[shown], plain[shown], rtol=1e-6, atol=1e-9)
    assert gee(rows, **FEW).alpha < 0


# ---- What is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize("fit", [gee, random_intercept])
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"place": 1}, "All rows belong to one cluster of 'place'"),
        ({"place": range(100)}, "Every row is a cluster of 'place' by itself"),
        ({"y": 1}, "the outcome 'y' does not take both values"),
        ({"y": [0, 1] * 50, "x": [0, 1] * 50}, "Term 'x', level '0': none of its 50 rows"),
        ({"x": 5}, "Term 'x' has the same value in every row"),
        ({"x": range(100), "y": [0] * 50 + [1] * 50}, "The outcome is separated by 'x'"),
        ({"y": 2}, "the outcome 'y' is neither 0 nor 1"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(fit, change, sentence):
    rows = places([20] * 5).assign(**change)
    with pytest.raises(ValueError, match=sentence):
        fit(rows, **FEW)


@pytest.mark.parametrize("fit", [gee, random_intercept])
def test_places_in_which_all_or_none_have_the_outcome_are_refused(fit):
    rows = places([20] * 5)
    rows["y"] = rows["place"].isin([1, 3]) * 1
    with pytest.raises(ValueError, match="In every cluster of 'place' all rows or none"):
        fit(rows, **FEW)


def test_an_upper_limit_that_is_not_reached_is_infinite():
    """Places with nearly all or nearly none: any larger difference is as likely."""
    place = np.repeat([0, 1, 2], 24)
    x = np.tile([1, 0], 36)
    y = np.select([place == 0, place == 1], [1, x * np.tile([1, 1, 0, 0], 18)], x)
    y[25] = 1
    found = random_intercept(pd.DataFrame({"y": y, "x": x, "place": place}), **FEW)
    assert np.isfinite(found.sd)
    assert found.sd_high == np.inf == found.median_odds_ratio_high


@pytest.mark.parametrize("points", [0, 4, 51, 7.5])
def test_points_that_cannot_be_are_refused(points):
    with pytest.raises(ValueError, match="points must be a whole number from 5 to 50"):
        random_intercept(places([20] * 5), **FEW, points=points)


def test_levels_that_cannot_be_are_refused():
    for fit in (gee, random_intercept):
        with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
            fit(places([20] * 5), **FEW, level=95)
