"""Rates compared: published examples, other software, closed forms, laws and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from helpers.methods.proportions import poisson_limits, rate
from helpers.methods.rates import (
    compare_rates,
    difference_of_rates,
    p_value_of_ratio,
    ratio_of_rates,
)

METHODS = ("exact", "mid-p")
EDGES = [
    (11, 800, 21, 3011),
    (41, 28010, 15, 19017),
    (3, 10, 1, 10),
    (0, 10, 4, 7),
    (4, 7, 0, 10),
    (2500, 1e6, 2400, 9e5),
    (1, 1e6, 300, 5),
]
events = st.integers(0, 400)
exposure = st.floats(0.01, 1e6)
levels = st.floats(0.8, 0.9999)


def plain(triple):
    return [float(part) for part in triple]


# R 4.5 stats::poisson.test(c(11, 6+8+7), c(800, 1083+1050+878)), the example of its manual.
def test_the_example_of_poisson_test():
    expected = [1.971488, 0.8584264, 4.2772659]
    assert_allclose(plain(ratio_of_rates(11, 800, 21, 3011)), expected, rtol=1e-6)


# Example of the R package rateratio.test (Fay), as its Python translation prints it; Fay (2010) R
# Journal 2(1):53 is the source of the matching of p-value and limits.
def test_the_example_of_rateratio_test():
    assert_allclose(
        plain(ratio_of_rates(2, 17877, 9, 16660)),
        [0.207094155743, 0.0217740627591, 1.00054910449],
        rtol=1e-11,
    )
    assert_allclose(p_value_of_ratio(2, 17877, 9, 16660), 0.0501064956141, rtol=1e-11)


# Its test divides by the reference count, so that a reference without events is left to scipy.
@pytest.mark.parametrize("counts", [counts for counts in EDGES if counts[2]])
def test_exact_limits_have_half_the_remainder_as_one_sided_p_in_statsmodels(counts):
    from statsmodels.stats.rates import test_poisson_2indep as poisson_test

    x1, e1, x0, e0 = counts
    _, low, high = plain(ratio_of_rates(*counts))
    for limit, side in ((low, "larger"), (high, "smaller")):
        if 0 < limit < np.inf:
            found = poisson_test(x1, e1, x0, e0, value=limit, method="exact-cond", alternative=side)
            assert_allclose(found.pvalue, 0.025, rtol=1e-7)


# By definition; scipy's own binomial distribution is an independent route.
@pytest.mark.parametrize("counts", EDGES)
@pytest.mark.parametrize("level", [0.8, 0.95, 0.9999])
def test_mid_p_limits_solve_their_equation(counts, level):
    from scipy.stats import binom

    x1, e1, x0, e0 = counts
    _, low, high = plain(ratio_of_rates(*counts, level=level, method="mid-p"))
    for limit, side in ((low, "above"), (high, "below")):
        if 0 < limit < np.inf:
            share = limit * e1 / (limit * e1 + e0)
            total = x1 + x0
            at = binom.pmf(x1, total, share)
            below, above = binom.cdf(x1 - 1, total, share), binom.sf(x1, total, share)
            beyond = above if side == "above" else below
            assert_allclose(beyond + at / 2, (1 - level) / 2, rtol=1e-6)


# Without an event on one side the equations are powers of the share, with tail 0.025 and 0.05.
def test_closed_forms_where_one_side_has_no_event():
    for method, tail in (("exact", 0.025), ("mid-p", 0.05)):
        edge = tail ** (1 / 4)
        found = plain(ratio_of_rates(0, 10, 4, 20, method=method))
        assert_allclose(found, [0, 0, (1 - edge) / edge * 2], rtol=1e-12)
        found = plain(ratio_of_rates(4, 20, 0, 10, method=method))
        assert_allclose(found, [np.inf, edge / (1 - edge) / 2, np.inf], rtol=1e-12)
        value, low, high = plain(ratio_of_rates(0, 10, 0, 20, method=method))
        assert np.isnan(value)
        assert (low, high) == (0, np.inf)


@pytest.mark.parametrize("counts", EDGES)
@pytest.mark.parametrize("ratio", [0.2, 1.0, 1.7])
def test_p_value_is_twice_the_smaller_tail_of_scipys_binomial_test(counts, ratio):
    from scipy.stats import binom, binomtest

    x1, e1, x0, e0 = counts
    share = ratio * e1 / (ratio * e1 + e0)
    tails = [binomtest(x1, x1 + x0, share, alternative=side).pvalue for side in ("less", "greater")]
    assert_allclose(p_value_of_ratio(*counts, ratio=ratio), min(1, 2 * min(tails)), rtol=1e-7)
    half = binom.pmf(x1, x1 + x0, share) / 2
    expected = min(1, 2 * (min(tails) - half))
    found = p_value_of_ratio(*counts, ratio=ratio, method="mid-p")
    assert_allclose(found, expected, rtol=1e-6, atol=1e-12)


@settings(deadline=None)
@given(events, exposure, events, exposure, levels, st.sampled_from(METHODS))
def test_p_value_at_a_limit_is_the_remainder(x1, e1, x0, e0, level, method):
    _, low, high = ratio_of_rates(x1, e1, x0, e0, level=level, method=method)
    for limit in (low, high):
        if 0 < limit < np.inf:
            found = p_value_of_ratio(x1, e1, x0, e0, ratio=limit, method=method)
            assert_allclose(found, 1 - level, rtol=1e-5)


@settings(deadline=None)
@given(events, exposure, events, exposure, levels)
def test_mid_p_limits_lie_inside_the_exact_ones_around_the_ratio(x1, e1, x0, e0, level):
    value, low, high = ratio_of_rates(x1, e1, x0, e0, level=level)
    _, inner_low, inner_high = ratio_of_rates(x1, e1, x0, e0, level=level, method="mid-p")
    less = 1 - 1e-12
    assert low * less <= inner_low <= inner_high <= high / less
    assert np.isnan(value) or inner_low * less <= value <= inner_high / less


@settings(deadline=None)
@given(events, exposure, events, exposure, st.sampled_from(METHODS))
def test_limits_swap_with_the_sides_and_p_values_stay(x1, e1, x0, e0, method):
    _, low, high = ratio_of_rates(x1, e1, x0, e0, method=method)
    _, other_low, other_high = ratio_of_rates(x0, e0, x1, e1, method=method)
    with np.errstate(divide="ignore"):
        assert_allclose([1 / other_high, 1 / other_low], [low, high], rtol=1e-10)
    one, other = (p_value_of_ratio(*c, method=method) for c in ((x1, e1, x0, e0), (x0, e0, x1, e1)))
    assert_allclose(one, other, rtol=1e-9)


def coverage(method, ratio=1.5, mean0=9.0):
    """Exact share of samples of which the limits hold the ratio, summed over all likely counts."""
    from scipy.stats import poisson

    x1, x0 = np.meshgrid(np.arange(60), np.arange(60), indexing="ij")
    chance = poisson.pmf(x1, ratio * mean0) * poisson.pmf(x0, mean0)
    _, low, high = ratio_of_rates(x1, 1.0, x0, 1.0, method=method)
    return float((chance * ((low <= ratio) & (ratio <= high))).sum())


def test_exact_limits_cover_at_least_and_mid_p_close_to_the_level():
    assert coverage("exact") > 0.95
    assert 0.94 < coverage("mid-p") < coverage("exact")


# MOVER with score limits is in statsmodels; the same combination of its limits must agree.
@pytest.mark.parametrize("counts", EDGES[:3])
def test_difference_is_the_combination_that_statsmodels_uses(counts, monkeypatch):
    from statsmodels.stats.rates import confint_poisson, confint_poisson_2indep

    from helpers.methods import rates

    def score(x, *, level, method):
        return tuple(map(np.asarray, confint_poisson(float(x), 1.0, "score", 1 - level)))

    monkeypatch.setattr(rates, "poisson_limits", score)
    expected = confint_poisson_2indep(*counts, method="mover", compare="diff")
    assert_allclose(plain(difference_of_rates(*counts))[1:], expected, rtol=1e-9)


@pytest.mark.parametrize("method", ["exact", "byar"])
def test_difference_from_the_limits_of_each_rate_by_hand(method):
    value, low, high = plain(difference_of_rates(11, 800, 23, 3000, per=1000, method=method))
    l1, u1 = poisson_limits(11, method=method)
    l0, u0 = poisson_limits(23, method=method)
    assert_allclose(value, 11 / 0.8 - 23 / 3)
    assert_allclose(value - low, np.hypot((11 - l1) / 0.8, (u0 - 23) / 3), rtol=1e-12)
    assert_allclose(high - value, np.hypot((u1 - 11) / 0.8, (23 - l0) / 3), rtol=1e-12)


def test_difference_against_a_rate_known_without_error_has_the_limits_of_the_other():
    _, low, high = plain(difference_of_rates(12, 1.0, 0, 1e12))
    assert_allclose([low, high], plain(poisson_limits(12)), rtol=1e-9)


@given(events, exposure, events, exposure, levels, st.sampled_from(["exact", "byar"]))
def test_difference_turns_round_with_the_sides(x1, e1, x0, e0, level, method):
    value, low, high = difference_of_rates(x1, e1, x0, e0, level=level, method=method)
    other = difference_of_rates(x0, e0, x1, e1, level=level, method=method)
    assert low <= value <= high
    assert_allclose([value, low, high], [-other[0], -other[2], -other[1]], rtol=1e-12)


def test_missing_counts_and_no_exposure_give_missing_results():
    x, e = np.array([np.nan, 3, 0, 3]), np.array([10, np.nan, 0, 10])
    for method in METHODS:
        for part in ratio_of_rates(x, e, 2, 10, method=method):
            assert np.isnan(part[:3]).all()
            assert np.isfinite(part[3])
        p = p_value_of_ratio(x, e, 2, 10, method=method)
        assert_array_equal(np.isnan(p), [True, True, True, False])
    for part in difference_of_rates(x, e, 2, 10):
        assert_array_equal(np.isnan(part), [True, True, True, False])


YEARS = pd.DataFrame(
    {
        "trust": ["N", "N", "S", "S", "W"],
        "year": [2012, 2011, 2011, 2012, 2012],
        "deaths": [30, 20, 0, 4, 7],
        "person_years": [900.0, 1000.0, 50.0, None, 70.0],
    },
    index=list("abcde"),
)
NAMES = {"by": "year", "numerator": "deaths", "denominator": "person_years"}


@pytest.mark.parametrize("method", METHODS)
def test_compare_rates_sets_each_row_against_its_own_reference(method):
    before = YEARS.copy()
    found = compare_rates(YEARS, **NAMES, reference=2011, within="trust", per=1000, method=method)
    pd.testing.assert_frame_equal(YEARS, before)
    assert found.columns.tolist() == [
        *YEARS.columns,
        *("numerator", "denominator", "difference", "difference_low", "difference_high"),
        *("ratio", "ratio_low", "ratio_high", "p_value", "per", "level", "method"),
    ]
    row = found.loc[0]
    counts = (30, 900, 20, 1000)
    assert_allclose(
        row[["ratio", "ratio_low", "ratio_high"]].astype(float),
        plain(ratio_of_rates(*counts, method=method)),
    )
    assert_allclose(
        row[["difference", "difference_low", "difference_high"]].astype(float),
        plain(difference_of_rates(*counts, per=1000)),
    )
    assert row["p_value"] == p_value_of_ratio(*counts, method=method)
    assert ("mid-p" in row["method"]) == (method == "mid-p")
    assert found.loc[1, ["difference", "ratio"]].tolist() == [0, 1]
    assert found.loc[[1, 2], "method"].eq("reference row").all()
    assert found.loc[1:, ["ratio_low", "difference_high", "p_value"]].isna().all(axis=None)
    # Exposure not known, and no reference row at all.
    assert found.loc[[3, 4], ["difference", "ratio"]].isna().all(axis=None)


def test_compare_rates_follows_on_from_rate():
    rows = YEARS.dropna().head(2)
    found = compare_rates(
        rate(rows, numerator="deaths", denominator="person_years"), by="year", reference=2011
    )
    assert found["value"].tolist() == [30 / 900, 20 / 1000]


def test_compare_rates_of_nothing_is_nothing():
    found = compare_rates(YEARS.head(0), **NAMES, reference=2011, within=["trust"])
    assert found.empty
    assert {"difference", "ratio_high", "p_value", "method"} <= set(found.columns)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"reference": 1999}, "No row has 'year' equal to the reference 1999"),
        ({"within": None}, "Row c: a second reference row, where only one is allowed"),
        ({"method": "wald"}, "method must be one of 'exact', 'mid-p'"),
        ({"per": 0}, "per must be a number above zero"),
        ({"level": 95}, "strictly between 0 and 1"),
        ({"numerator": "died"}, "Missing column 'died'"),
    ],
)
def test_compare_rates_refuses_options_that_cannot_be(changes, sentence):
    options = {**NAMES, "reference": 2011, "within": "trust", **changes}
    with pytest.raises(ValueError, match=sentence):
        compare_rates(YEARS, **options)


def test_impossible_counts_are_refused_by_row():
    for column, value, sentence in (
        ("deaths", -1, "Row b: the numerator is negative"),
        ("person_years", -1.0, "Row b: the denominator is negative"),
        ("person_years", 0.0, "Row b: there are events but the denominator is zero"),
    ):
        rows = YEARS.copy()
        rows.loc["b", column] = value
        with pytest.raises(ValueError, match=sentence):
            compare_rates(rows, **NAMES, reference=2011, within="trust")
    for function in (ratio_of_rates, p_value_of_ratio, difference_of_rates):
        with pytest.raises(ValueError, match="there are events but the denominator is zero"):
            function(1, 5, 2, 0)
    with pytest.raises(ValueError, match="ratio must be a number above zero"):
        p_value_of_ratio(1, 5, 2, 5, ratio=0)
    with pytest.raises(ValueError, match="method must be one of 'exact', 'byar'"):
        difference_of_rates(1, 5, 2, 5, method="mid-p")


def test_three_hundred_trusts_take_no_time():
    import time

    rows = pd.DataFrame({"trust": range(300), "numerator": range(300), "denominator": 1000.0})
    start = time.perf_counter()
    compare_rates(rows, by="trust", reference=7, method="mid-p")
    assert time.perf_counter() - start < 1
