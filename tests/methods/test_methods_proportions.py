"""Proportions and rates against published rows, the reference comparisons and properties."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.proportions import (
    clopper_pearson,
    poisson_limits,
    proportion,
    rate,
    wilson,
)

RESULT = ["numerator", "denominator", "value", "low", "high", "level", "method"]

counts = st.integers(1, 20_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
levels = st.floats(0.5, 0.999)


# Newcombe (1998) Stat Med 17:857, table I, method 3.
@pytest.mark.parametrize(
    ("x", "n", "low", "high"),
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_wilson_gives_the_rows_newcombe_printed(x, n, low, high):
    found = [round(float(limit), 4) for limit in wilson(x, n)]
    assert found == [low, high]


def test_proportions_agree_with_reference_01(reference):
    rows = reference("01_proportion_wilson", "input")
    expected = reference("01_proportion_wilson", "expected")
    for method, level, suffix in (
        ("wilson", 0.95, "wilson_{}95"),
        ("wilson", 0.998, "wilson_{}998"),
        ("exact", 0.95, "exact_{}95"),
    ):
        found = proportion(rows, numerator="x", denominator="n", level=level, method=method)
        assert_allclose(found["value"], expected["value"], rtol=0, atol=1e-9)
        for side in ("low", "high"):
            assert_allclose(found[side], expected[suffix.format(side)], rtol=0, atol=1e-9)


@pytest.mark.parametrize(("method", "level"), [("exact", 0.95), ("phe", 0.95), ("phe", 0.998)])
def test_rates_agree_with_reference_02(reference, method, level):
    rows = reference("02_rate_byar_exact", "input")
    expected = reference("02_rate_byar_exact", "expected")
    found = rate(
        rows,
        numerator="deaths",
        denominator="person_units",
        per=1000,
        level=level,
        method=method,
    )
    suffix = f"{100 * level:g}".replace(".", "")
    assert_allclose(found["value"], expected["rate_per_1000"], rtol=1e-9, atol=0)
    assert_allclose(found["low"], expected[f"{method}_low{suffix}"], rtol=1e-9, atol=0)
    assert_allclose(found["high"], expected[f"{method}_high{suffix}"], rtol=1e-9, atol=0)
    if method == "phe":
        exact = found["method"].str.startswith("Poisson exact")
        assert exact.tolist() == expected["phe_method"].eq("Exact").tolist()
    assert (found["per"] == 1000).all()


# Published counts on deaths under mental health services, with Clopper-Pearson limits.
@pytest.mark.parametrize(
    ("x", "n", "percent"),
    [
        (1454, 10306, (14.11, 13.44, 14.80)),
        (722, 1454, (49.66, 47.05, 52.26)),
        (272, 722, (37.67, 34.13, 41.32)),
        (272, 10306, (2.64, 2.34, 2.97)),
    ],
)
def test_exact_limits_give_published_percentages(x, n, percent):
    found = proportion(pd.DataFrame({"numerator": [x], "denominator": [n]}), method="exact").loc[
        0, ["value", "low", "high"]
    ]
    assert [round(100 * number, 2) for number in found] == list(percent)


# 4 of 93: an independent route to the same limits, scipy's binomial test.
@pytest.mark.parametrize(("x", "n"), [(4, 93), (0, 93), (93, 93)])
def test_exact_limits_agree_with_scipy(x, n):
    from scipy.stats import binomtest

    expected = binomtest(x, n).proportion_ci(method="exact")
    assert_allclose([float(limit) for limit in clopper_pearson(x, n)], expected, rtol=1e-12)


@given(counts, levels)
def test_wilson_contains_the_proportion_and_stays_on_the_scale(pair, level):
    x, n = pair
    low, high = (float(limit) for limit in wilson(x, n, level=level))
    assert 0 <= low <= x / n <= high <= 1


@given(counts, levels, levels)
def test_wilson_widens_with_the_level(pair, one, other):
    narrow, wide = (wilson(*pair, level=level) for level in sorted((one, other)))
    assert wide[0] <= narrow[0] + 1e-15
    assert wide[1] >= narrow[1] - 1e-15


@given(counts, levels)
def test_the_complement_has_the_mirrored_limits(pair, level):
    x, n = pair
    for limits in (wilson, clopper_pearson):
        low, high = limits(x, n, level=level)
        other_low, other_high = limits(n - x, n, level=level)
        assert_allclose([low, high], [1 - other_high, 1 - other_low], rtol=0, atol=1e-11)


# Garwood's limits hold half of the remainder in each tail, by definition.
@settings(deadline=None)
@given(st.integers(1, 5000), levels)
def test_exact_poisson_limits_hold_their_tails(x, level):
    from scipy.stats import poisson

    low, high = (float(limit) for limit in poisson_limits(x, level=level))
    assert_allclose(poisson.sf(x - 1, low), (1 - level) / 2, rtol=1e-8)
    assert_allclose(poisson.cdf(x, high), (1 - level) / 2, rtol=1e-8)


def test_byar_never_goes_below_zero():
    low, high = poisson_limits([0, 1, 2], level=0.998, method="byar")
    assert (low >= 0).all()
    assert (high > low).all()


def test_missing_counts_keep_their_rows():
    rows = pd.DataFrame({"numerator": [1, None, 2, 0], "denominator": [5, 5, None, 0]})
    for found in (proportion(rows), proportion(rows, method="exact"), rate(rows)):
        assert len(found) == 4
        assert found.loc[0, ["value", "low", "high"]].notna().all()
        assert found.loc[1:, ["value", "low", "high"]].isna().all(axis=None)
        assert found["method"].notna().all()


def test_counts_stay_as_given_and_the_input_is_untouched():
    rows = pd.DataFrame({"died": [3, 4], "all": [9, 10]}, index=[7, 8])
    before = rows.copy()
    found = proportion(rows, numerator="died", denominator="all")
    pd.testing.assert_frame_equal(rows, before)
    assert found.columns.tolist() == ["died", "all", *RESULT]
    assert found.index.tolist() == [0, 1]
    assert found["numerator"].dtype == rows["died"].dtype


@pytest.mark.parametrize("function", [proportion, rate])
def test_an_empty_frame_gives_an_empty_frame(function):
    found = function(pd.DataFrame({"numerator": [], "denominator": []}))
    assert found.empty
    assert set(RESULT) <= set(found.columns)


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ({"numerator": [-1], "denominator": [5]}, "Row a: the numerator is negative"),
        ({"numerator": [1], "denominator": [-5]}, "Row a: the denominator is negative"),
        ({"numerator": [6], "denominator": [5]}, "Row a: the numerator is greater than the den"),
        ({"numerator": ["x"], "denominator": [5]}, "Row a: column 'numerator' is not a number"),
        ({"deaths": [6], "denominator": [5]}, "Missing column 'numerator'; the frame has 'deaths'"),
    ],
)
def test_impossible_counts_are_refused_by_row(rows, sentence):
    with pytest.raises(ValueError, match=sentence):
        proportion(pd.DataFrame(rows, index=["a"]))


def test_many_refused_rows_are_cut_short():
    rows = pd.DataFrame({"numerator": [2] * 8, "denominator": [1] * 8})
    with pytest.raises(ValueError, match=r"Rows 0, 1, 2, 3, 4 and 3 more: the numerator is gr"):
        proportion(rows)


def test_events_without_exposure_are_refused():
    rows = pd.DataFrame({"numerator": [2, 0], "denominator": [0, 0]})
    with pytest.raises(ValueError, match="Row 0: there are events but the denominator is zero"):
        rate(rows)
    assert np.isnan(rate(rows.loc[[1]])["value"]).all()


@pytest.mark.parametrize("level", [0, 1, 95, -0.1, float("nan"), "high"])
def test_a_level_outside_zero_to_one_is_refused(level):
    rows = pd.DataFrame({"numerator": [1], "denominator": [5]})
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        proportion(rows, level=level)


def test_unknown_options_are_refused():
    rows = pd.DataFrame({"numerator": [1], "denominator": [5]})
    with pytest.raises(ValueError, match="method must be one of 'wilson', 'exact'"):
        proportion(rows, method="wald")
    with pytest.raises(ValueError, match="per must be a number above zero"):
        rate(rows, per=0)
