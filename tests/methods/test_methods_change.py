"""Differences and ratios against published examples and other software."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.change import (
    compare,
    difference_of_proportions,
    ratio_of_proportions,
)
from helpers.methods.rates import ratio_of_rates

counts = st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def numbers(triple):
    return [float(part) for part in triple]


# Newcombe (1998) Stat Med 17:873, table II, method 10, no continuity correction.
@pytest.mark.parametrize(
    ("counts", "difference", "low", "high"),
    [
        ((56, 70, 48, 80), 0.2000, 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.6000, 0.1705, 0.8090),
        ((6, 7, 2, 7), 0.5714, 0.0582, 0.8062),
        ((5, 56, 0, 29), 0.0893, -0.0381, 0.1926),
        ((0, 10, 0, 20), 0.0000, -0.1611, 0.2775),
        ((0, 10, 0, 10), 0.0000, -0.2775, 0.2775),
        ((10, 10, 0, 20), 1.0000, 0.6791, 1.0000),
        ((10, 10, 0, 10), 1.0000, 0.6075, 1.0000),
    ],
)
def test_differences_give_the_rows_newcombe_printed(counts, difference, low, high):
    found = [round(part, 4) for part in numbers(difference_of_proportions(*counts))]
    assert found == [difference, low, high]


# Koopman (1984) Biometrics 40:513, worked example.
def test_ratio_gives_koopmans_example():
    found = [round(part, 2) for part in numbers(ratio_of_proportions(36, 40, 16, 80))]
    assert found == [4.5, 2.94, 7.15]


@pytest.mark.parametrize(
    "counts", [(36, 40, 16, 80), (722, 1454, 272, 1454), (7, 34, 1, 34), (3, 1000, 9, 1100)]
)
def test_ratio_limits_agree_with_statsmodels(counts):
    from statsmodels.stats.proportion import confint_proportions_2indep

    expected = confint_proportions_2indep(
        *counts, compare="ratio", method="score", correction=False
    )
    assert_allclose(numbers(ratio_of_proportions(*counts))[1:], expected, rtol=1e-8)


def constrained_score(ratio, x1, n1, x0, n0):
    """Score statistic with the constrained likelihood maximised numerically."""
    from scipy.optimize import minimize_scalar

    def loss(log_odds, top):
        p0 = top / (1 + np.exp(-log_odds))
        p1 = ratio * p0
        terms = [(x1, p1), (n1 - x1, 1 - p1), (x0, p0), (n0 - x0, 1 - p0)]
        return -sum(count * np.log(p) for count, p in terms if count)

    top = min(1.0, 1.0 / ratio)
    best = minimize_scalar(loss, args=(top,), bounds=(-30, 30), options={"xatol": 1e-10})
    p0 = top / (1 + np.exp(-best.x))
    p1 = ratio * p0
    return (x1 / n1 - ratio * x0 / n0) / np.sqrt(p1 * (1 - p1) / n1 + ratio**2 * p0 * (1 - p0) / n0)


# Zeros and everyone: by definition the score statistic at each limit is the normal quantile.
@pytest.mark.parametrize(
    "counts",
    [(36, 40, 16, 80), (0, 20, 3, 30), (4, 20, 0, 30), (5, 5, 2, 9), (2, 9, 5, 5), (1, 9, 8, 9)],
)
def test_ratio_limits_solve_the_score_equation(counts):
    _, low, high = numbers(ratio_of_proportions(*counts))
    for limit, target in ((low, 1.959963984540054), (high, -1.959963984540054)):
        if 0 < limit < np.inf:
            assert_allclose(constrained_score(limit, *counts), target, rtol=1e-5)


def test_ratio_copes_with_zeros_and_everyone():
    assert numbers(ratio_of_proportions(0, 20, 3, 30))[:2] == [0, 0]
    assert numbers(ratio_of_proportions(4, 20, 0, 30))[::2] == [np.inf, np.inf]
    nothing = numbers(ratio_of_proportions(0, 20, 0, 30))
    assert np.isnan(nothing[0])
    assert nothing[1:] == [0, np.inf]
    # All against all has the closed form n/(n + z^2) to (m + z^2)/m (Koopman 1984).
    z2 = 1.959963984540054**2
    assert_allclose(numbers(ratio_of_proportions(5, 5, 5, 5)), [1, 5 / (5 + z2), (5 + z2) / 5])


@given(counts, counts)
def test_ratio_limits_swap_with_the_groups(one, other):
    value, low, high = numbers(ratio_of_proportions(*one, *other))
    _, other_low, other_high = numbers(ratio_of_proportions(*other, *one))
    assert low <= high
    assert np.isnan(value) or low <= value <= high
    with np.errstate(divide="ignore"):
        assert_allclose([1 / np.float64(other_high), 1 / np.float64(other_low)], [low, high])


@pytest.fixture
def years():
    return pd.DataFrame(
        {
            "region": ["N", "N", "S", "S", "W"],
            "year": [1, 2, 2, 1, 2],
            "numerator": [48, 56, 4, None, 3],
            "denominator": [80, 70, 10, 10, 7],
        }
    )


def test_compare_sets_each_row_against_its_own_reference(years):
    found = compare(years, by="year", reference=1, within="region")
    assert found.loc[0, ["difference", "ratio"]].tolist() == [0, 1]
    assert found.loc[0, ["difference_low", "ratio_high"]].isna().all()
    assert found.loc[0, "method"] == "reference row"
    assert_allclose(
        found.loc[1, ["difference", "difference_low", "difference_high"]].astype(float),
        numbers(difference_of_proportions(56, 70, 48, 80)),
    )
    assert_allclose(
        found.loc[1, ["ratio", "ratio_low", "ratio_high"]].astype(float),
        numbers(ratio_of_proportions(56, 70, 48, 80)),
    )
    # Reference count not collected, and no reference row at all.
    assert found.loc[[2, 3, 4], ["difference", "ratio", "ratio_low"]].isna().all(axis=None)


def test_compare_of_counts_has_a_ratio_and_a_plain_difference(years):
    found = compare(years.head(2), by="year", reference=1, kind="count")
    assert_allclose(
        found.loc[1, ["ratio", "ratio_low", "ratio_high"]].astype(float),
        numbers(ratio_of_rates(56, 1, 48, 1)),
    )
    assert found.loc[1, "difference"] == 8
    assert np.isnan(found.loc[1, "difference_low"])


def test_compare_refuses_an_unclear_reference(years):
    with pytest.raises(ValueError, match="Row 3: a second reference row, where only one"):
        compare(years, by="year", reference=1)
    with pytest.raises(ValueError, match="No row has 'year' equal to the reference 1999"):
        compare(years, by="year", reference=1999)
    with pytest.raises(ValueError, match="kind must be one of"):
        compare(years, by="year", reference=1, kind="rate")


def test_compare_of_nothing_is_nothing(years):
    found = compare(years.head(0), by="year", reference=1, within=["region"])
    assert found.empty
    assert {"difference", "ratio_high", "level", "method"} <= set(found.columns)
