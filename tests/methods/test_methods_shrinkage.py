"""Shrunken values against closed forms, maxima over grids, and simulated truth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import beta, betabinom, gamma, nbinom

from helpers.methods.proportions import clopper_pearson, poisson_limits
from helpers.methods.shrinkage import beta_binomial, gamma_poisson

NEW = ["numerator", "denominator", "raw", "centre", "value", "low", "high", "weight", "level"]


def counts(x, n):
    return pd.DataFrame({"numerator": np.asarray(x, float), "denominator": np.asarray(n, float)})


def drawn_rates(seed, units=40, spread=0.4):
    """Counts whose true rates are known."""
    random = np.random.default_rng(seed)
    exposure = random.uniform(5, 200, units)
    true = 0.2 * random.gamma(1 / spread**2, spread**2, units)
    return counts(random.poisson(exposure * true), exposure), true


def drawn_shares(seed, units=40, size=20.0):
    random = np.random.default_rng(seed)
    n = random.integers(2, 150, units)
    true = random.beta(0.3 * size, 0.7 * size, units)
    return counts(random.binomial(n, true), n), true


def prior_size(found):
    """What the prior is worth, from weights: n / (n + size)."""
    return (found["denominator"] * (1 - found["weight"]) / found["weight"]).to_numpy()


# ---- Closed forms -------------------------------------------------------------------------------


# With two records a unit, the likelihood has three cells and two parameters: the fit is exact,
# P(1 of 2) = 2 p (1 - p) (1 - rho), and the prior is worth 1 / rho - 1 records.
def test_pairs_have_a_closed_form():
    none, one, both = 30, 24, 26
    rows = counts([0] * none + [1] * one + [2] * both, [2] * (none + one + both))
    found = beta_binomial(rows)
    p = (one + 2 * both) / (2 * (none + one + both))
    rho = 1 - one / (none + one + both) / (2 * p * (1 - p))
    assert_allclose(found["centre"], p, rtol=1e-5)
    assert_allclose(prior_size(found), 1 / rho - 1, rtol=1e-4)


# With equal exposure the mean of a negative binomial distribution is estimated by the mean.
def test_with_equal_exposure_rates_are_drawn_to_their_mean():
    rows = counts([2, 5, 9, 30, 14, 3], [40] * 6)
    found = gamma_poisson(rows)
    assert_allclose(found["centre"], rows["numerator"].mean() / 40, rtol=1e-5)
    assert np.ptp(found["weight"]) == 0
    assert_allclose(found["value"].mean(), found["raw"].mean(), rtol=1e-5)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.998, 0.9999])
def test_values_and_limits_are_those_of_the_posterior(level):
    tails = ((1 - level) / 2, (1 + level) / 2)
    rows, _ = drawn_shares(1)
    found = beta_binomial(rows, level=level)
    k, m = prior_size(found), found["centre"]
    a, b = rows["numerator"] + m * k, rows["denominator"] - rows["numerator"] + (1 - m) * k
    assert_allclose(found["value"], beta.mean(a, b), rtol=1e-9)
    for side, tail in zip(("low", "high"), tails, strict=True):
        assert_allclose(found[side], beta.ppf(tail, a, b), rtol=1e-6)
    rows, _ = drawn_rates(1)
    found = gamma_poisson(rows, per=1000, level=level)
    size, mean = prior_size(found), found["centre"] / 1000
    shape, scale = rows["numerator"] + mean * size, 1 / (rows["denominator"] + size)
    assert_allclose(found["value"], 1000 * gamma.mean(shape, scale=scale), rtol=1e-9)
    for side, tail in zip(("low", "high"), tails, strict=True):
        assert_allclose(found[side], 1000 * gamma.ppf(tail, shape, scale=scale), rtol=1e-6)


@pytest.mark.parametrize("shrink", [beta_binomial, gamma_poisson])
def test_a_value_lies_between_its_own_and_the_centre_by_its_weight(shrink):
    found = shrink(drawn_shares(2)[0])
    joined = found["weight"] * found["raw"] + (1 - found["weight"]) * found["centre"]
    assert_allclose(found["value"], joined, rtol=1e-12)
    # The more records, the more a unit keeps of its own.
    order = np.argsort(found["denominator"], kind="stable")
    assert (np.diff(found["weight"].to_numpy()[order]) >= 0).all()


# ---- Maxima over grids --------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_no_point_of_a_grid_has_a_higher_beta_binomial_likelihood(seed):
    rows, _ = drawn_shares(seed, units=25, size=[2, 8, 30, 300, 3000, 0.5][seed])
    found = beta_binomial(rows)
    x, n = rows["numerator"].to_numpy(), rows["denominator"].to_numpy()

    def likelihood(m, k):
        return betabinom.logpmf(x, n, m * k, (1 - m) * k).sum()

    m = float(found["centre"].iloc[0])
    k = prior_size(found)[0] if found["weight"].iloc[0] > 0 else 1e7
    best = likelihood(m, k)
    grid = [
        likelihood(centre, size)
        for centre in np.clip(m * np.linspace(0.7, 1.3, 13), 0.001, 0.999)
        for size in np.geomspace(0.1, 1e6, 60)
    ]
    assert max(grid) <= best + 1e-5


@pytest.mark.parametrize("seed", range(6))
def test_no_point_of_a_grid_has_a_higher_gamma_poisson_likelihood(seed):
    rows, _ = drawn_rates(seed, units=25, spread=[1.5, 0.6, 0.3, 0.15, 0.05, 0.01][seed])
    found = gamma_poisson(rows)
    x, e = rows["numerator"].to_numpy(), rows["denominator"].to_numpy()

    def likelihood(m, size):
        return nbinom.logpmf(x, m * size, size / (size + e)).sum()

    m = float(found["centre"].iloc[0])
    size = prior_size(found)[0] if found["weight"].iloc[0] > 0 else 1e8
    best = likelihood(m, size)
    grid = [
        likelihood(centre, worth)
        for centre in m * np.linspace(0.7, 1.3, 13)
        for worth in np.geomspace(0.1, 1e6, 60)
    ]
    assert max(grid) <= best + 1e-5


# ---- Simulated truth ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shrink", "draw"), [(gamma_poisson, drawn_rates), (beta_binomial, drawn_shares)]
)
def test_shrunken_values_are_closer_to_the_truth_than_raw_ones(shrink, draw):
    raw, closer, covered, units = 0.0, 0.0, 0, 0
    for seed in range(100, 140):
        rows, true = draw(seed)
        found = shrink(rows)
        raw += float(((found["raw"] - true) ** 2).sum())
        closer += float(((found["value"] - true) ** 2).sum())
        covered += int(((found["low"] <= true) & (true <= found["high"])).sum())
        units += len(rows)
    assert closer < 0.85 * raw
    # Forty units know their prior well: nearly nominal coverage over the units.
    assert 0.92 < covered / units < 0.97


# ---- No variation, one unit, nothing ------------------------------------------------------------


def test_units_that_differ_no_more_than_chance_have_the_pooled_value():
    rows = counts([10, 21, 29], [100, 200, 300])
    found, rates = beta_binomial(rows), gamma_poisson(rows, per=100)
    assert_allclose(found["value"], 0.1, rtol=1e-12)
    assert (found["weight"] == 0).all()
    low, high = clopper_pearson(60, 600)
    assert_allclose(found["low"], low)
    assert_allclose(found["high"], high)
    assert_allclose(rates["value"], 10, rtol=1e-12)
    assert_allclose(rates["high"], poisson_limits(60)[1] / 6)
    assert found["method"].str.contains("no variation beyond chance").all()


@pytest.mark.parametrize("shrink", [beta_binomial, gamma_poisson])
@pytest.mark.parametrize("x", [0, 7, 20])
def test_one_unit_keeps_its_own_value(shrink, x):
    found = shrink(counts([x], [20])).loc[0]
    assert (found["value"], found["weight"]) == (x / 20, 1)
    assert found["low"] <= found["value"] <= found["high"]
    assert "one unit" in found["method"]


@pytest.mark.parametrize("shrink", [beta_binomial, gamma_poisson])
def test_no_events_at_all_are_a_value_of_zero_with_an_upper_limit(shrink):
    found = shrink(counts([0, 0, 0], [10, 20, 30]))
    assert (found[["value", "low"]] == 0).all(axis=None)
    assert (found["high"] > 0).all()


def test_all_events_are_a_share_of_one():
    found = beta_binomial(counts([10, 20], [10, 20]))
    assert (found[["value", "high"]] == 1).all(axis=None)
    assert (found["low"] < 1).all()


@pytest.mark.parametrize("shrink", [beta_binomial, gamma_poisson])
def test_missing_counts_and_no_records_keep_their_rows(shrink):
    rows = counts([5, np.nan, 0, 60, 3], [40, 20, 0, 90, np.nan])
    found = shrink(rows)
    numbers = ["raw", "centre", "value", "low", "high", "weight"]
    assert found.loc[[1, 2, 4], numbers].isna().all(axis=None)
    alone = shrink(rows.loc[[0, 3]])
    assert_allclose(found.loc[[0, 3], numbers], alone[numbers], rtol=1e-12)
    assert shrink(rows.iloc[:0]).empty
    assert set(NEW) <= set(shrink(rows.iloc[:0]).columns)
    assert shrink(rows.loc[[1, 2]])["value"].isna().all()


@pytest.mark.parametrize("shrink", [beta_binomial, gamma_poisson])
def test_units_of_one_record_say_nothing_of_variation_between_shares(shrink):
    found = shrink(counts([0, 1, 1, 0, 1], [1] * 5))
    assert_allclose(found["value"], 0.6, rtol=1e-9)


@pytest.mark.parametrize("shrink", [beta_binomial, gamma_poisson])
def test_units_that_have_all_or_nothing_keep_nearly_all_of_their_own(shrink):
    found = shrink(counts([0, 300, 0, 300], [300] * 4))
    assert (found["weight"] > 0.9).all()
    assert_allclose(found["value"], found["raw"], atol=0.05)


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_is_counted_values_lie_within_their_limits(units):
    rows = counts(*zip(*units, strict=True))
    for found in (beta_binomial(rows), gamma_poisson(rows)):
        between = [found[["raw", "centre"]].min(axis=1), found[["raw", "centre"]].max(axis=1)]
        assert (found["value"] >= between[0] - 1e-9).all()
        assert (found["value"] <= between[1] + 1e-9).all()
        assert (found["low"] <= found["high"]).all()
        assert found["weight"].between(0, 1).all()


# ---- Groups, frames, refusals -------------------------------------------------------------------


@pytest.mark.parametrize("shrink", [beta_binomial, gamma_poisson])
def test_groups_are_what_each_would_be_alone(shrink):
    rows = drawn_shares(3)[0].assign(peers=["town", "county"] * 20)
    together = shrink(rows, within="peers")
    for name, part in rows.groupby("peers"):
        own = together[together["peers"].eq(name)].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, shrink(part))


def test_columns_are_appended_nothing_is_ranked_and_the_input_is_untouched():
    rows = drawn_rates(4)[0].rename(columns={"numerator": "deaths", "denominator": "days"})
    before = rows.copy()
    found = gamma_poisson(rows, numerator="deaths", denominator="days", per=1000)
    assert found.columns.tolist() == ["deaths", "days", *NEW, "method"]
    pd.testing.assert_frame_equal(rows, before)
    assert found["deaths"].tolist() == rows["deaths"].tolist()
    assert found["method"].str.contains("ignore the uncertainty of the prior").all()
    assert_allclose(found["raw"], 1000 * rows["deaths"] / rows["days"])


def test_what_cannot_be_right_is_refused():
    rows = counts([5, 3], [20, 4]).assign(counts=["all", "reported"])
    with pytest.raises(ValueError, match="Row 1: the numerator is greater than the denominator"):
        beta_binomial(rows.assign(numerator=[5, 9]))
    with pytest.raises(ValueError, match="Row 0: there are events but the denominator is zero"):
        gamma_poisson(rows.assign(denominator=[0, 4]))
    with pytest.raises(ValueError, match="Row 1: the numerator is negative"):
        gamma_poisson(rows.assign(numerator=[5, -1]))
    with pytest.raises(ValueError, match="per must be a number above zero"):
        gamma_poisson(rows, per=0)
    with pytest.raises(ValueError, match="confidence level"):
        beta_binomial(rows, level=95)
    with pytest.raises(ValueError, match="Missing column 'peers'"):
        beta_binomial(rows, within="peers")
    with pytest.raises(ValueError, match="row 0: 'all'; row 1: 'reported'"):
        beta_binomial(rows, definition="counts")
