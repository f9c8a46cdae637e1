"""Means and quantiles of banded times against hand counts and the times that were banded."""

import numpy as np
import pandas as pd
import pytest
from banded_rows import MONTHS, bands
from hypothesis import given
from hypothesis import strategies as st

from helpers.methods import banded

# ---- Means --------------------------------------------------------------------------------------


def test_mean_by_hand():
    # 10 people: 0.5 x 1 + 2 x 2 + 4.5 x 3 + 9 x 2 + 18 x 2 = 72.
    found = banded.banded_mean(bands([1, 2, 3, 2, 2]), last=18).iloc[0]
    assert found["value"] == pytest.approx(7.2)
    assert found["low"] == pytest.approx((0 + 2 + 9 + 12 + 24) / 10)
    assert found["high"] == np.inf
    assert (found["numerator"], found["denominator"]) == (8, 10)
    assert np.isnan(found["level"])
    assert "the open-ended band at 18" in found["method"]
    assert "no upper bound" in found["method"]


def test_a_cap_gives_an_upper_bound_and_a_middle():
    found = banded.banded_mean(bands([1, 2, 3, 2, 2]), cap=60).iloc[0]
    assert found["high"] == pytest.approx((1 + 6 + 18 + 24 + 120) / 10)
    assert found["value"] == pytest.approx((0.5 + 4 + 13.5 + 18 + 2 * 36) / 10)
    assert "halfway to the cap" in found["method"]
    assert "none taken to exceed 60" in found["method"]


def test_without_a_word_on_the_last_band_there_is_no_mean():
    found = banded.banded_mean(bands([1, 2, 3, 2, 2])).iloc[0]
    assert np.isnan(found["value"])
    assert found["low"] == pytest.approx(4.7)
    assert "no value for the open-ended band" in found["method"]


def test_an_open_ended_band_with_nobody_in_it_matters_not():
    found = banded.banded_mean(bands([1, 2, 3, 2, 0])).iloc[0]
    assert found["value"] == pytest.approx(36 / 8)
    assert found["high"] == pytest.approx(49 / 8)
    assert "no upper bound" not in found["method"]


def test_groups_and_missing_counts():
    frame = pd.concat(
        [
            bands([1, 2, 3, 2, 2], area="b", year=2020),
            bands([1, None, 3, 2, 2], area="a", year=2020),
            bands([0, 0, 0, 0, 0], area="c", year=2020),
        ]
    )
    found = banded.banded_mean(frame, by=["year", "area"], last=18).set_index("area")
    assert found.index.tolist() == ["a", "b", "c"]
    assert found.loc["b", "value"] == pytest.approx(7.2)
    for nothing in ("a", "c"):
        columns = ["value", "low", "high", "numerator", "denominator"]
        assert found.loc[nothing, columns].isna().all()


def test_no_rows_give_no_rows():
    frame = bands([1, 2, 3, 2, 2], area="a").iloc[:0]
    for function in (banded.banded_mean, banded.banded_quantiles):
        found = function(frame, by="area")
        assert found.empty
        assert {"area", "value", "low", "high", "method"} <= set(found.columns)


times = st.lists(st.floats(0.01, 40), min_size=1, max_size=40)


def counted(waits, edges=MONTHS):
    """Bands of times, each above its lower edge and at or below the upper."""
    ends = [np.inf if end is None else end for _, end in edges]
    return bands(np.bincount(np.searchsorted(ends, waits), minlength=len(edges)), edges)


@given(times)
def test_the_bounds_hold_the_mean_of_the_times_that_were_banded(waits):
    found = banded.banded_mean(counted(waits), cap=40).iloc[0]
    assert found["low"] - 1e-9 <= np.mean(waits) <= found["high"] + 1e-9
    assert found["low"] <= found["value"] <= found["high"]


@given(times, st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]))
def test_the_bounds_hold_the_quantile_of_the_times_that_were_banded(waits, share):
    found = banded.banded_quantiles(counted(waits), probabilities=[share]).iloc[0]
    true = np.quantile(waits, share, method="inverted_cdf")
    assert found["low"] < true <= found["high"]
    assert np.isnan(found["value"]) or found["low"] <= found["value"] <= found["high"]


# ---- Quantiles ----------------------------------------------------------------------------------


def test_quantiles_by_hand():
    found = banded.banded_quantiles(bands([1, 2, 3, 2, 2])).set_index("probability")
    # The 2.5th of 10 lies in 1 to 3 months: 1 + 2 x 1.5/2; the 5th: 3 + 3 x 2/3.
    assert found["value"].tolist() == pytest.approx([2.5, 5.0, 10.5])
    assert found.loc[0.5, ["low", "high", "numerator", "denominator"]].tolist() == [3, 6, 6, 10]


def test_a_quantile_in_the_open_ended_band_has_no_value():
    found = banded.banded_quantiles(bands([1, 1, 1, 1, 6])).iloc[1]
    assert np.isnan(found["value"])
    assert (found["low"], found["high"]) == (12, np.inf)


def test_a_quantile_at_an_edge_is_in_the_band_below():
    found = banded.banded_quantiles(bands([3, 0, 0, 27, 0]), probabilities=[0.1]).iloc[0]
    assert found[["value", "low", "high"]].tolist() == [1, 0, 1]


@pytest.mark.parametrize("share", [0, 1, -0.2, np.nan])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="inside"):
        banded.banded_quantiles(bands([1, 2, 3, 2, 2]), probabilities=[share])


# ---- Published means ----------------------------------------------------------------------------


def test_published_means_are_held_against_the_bounds():
    frame = pd.concat([bands([1, 2, 3, 2, 2], year=year) for year in (2018, 2019, 2020)])
    means = banded.banded_mean(frame, by="year", last=18)  # 7.2, at least 4.7
    said = pd.DataFrame({"year": [2020, 2019, 2018, 2017], "published": [7, 4, 9, 5]})
    found = banded.against_published(means, said)
    assert found["year"].tolist() == [2020, 2019, 2018]
    assert found["difference"].tolist() == pytest.approx([0.2, 3.2, -1.8])
    assert found["inside"].tolist() == [True, False, True]
    assert found["reproduced"].tolist() == [True, False, False]


def test_rounding_is_allowed_for():
    means = banded.banded_mean(bands([1, 2, 3, 2, 2], year=2020), by="year", last=18)
    for figure, unit, inside in ((4.2, 1, True), (4.1, 1, False), (4.6, 0.1, False)):
        said = pd.DataFrame({"year": [2020], "published": [figure]})
        found = banded.against_published(means, said, rounded_to=unit)
        assert found["inside"].tolist() == [inside]


def test_what_has_no_mean_is_neither_inside_nor_outside():
    means = banded.banded_mean(bands([0, 0, 0, 0, 0], year=2020), by="year")
    found = banded.against_published(means, pd.DataFrame({"year": [2020], "published": [7]}))
    assert found[["inside", "reproduced"]].isna().all(axis=None)


def test_the_open_ended_band_is_solved_for():
    said = pd.DataFrame({"year": [2020], "published": [7]})
    found = banded.open_band_value(bands([1, 2, 3, 2, 2], year=2020), said).iloc[0]
    assert found["value"] == pytest.approx((70 - 36) / 2)
    assert (found["low"], found["high"]) == pytest.approx(((65 - 36) / 2, (75 - 36) / 2))
    assert found["possible"]
    assert (found["numerator"], found["denominator"]) == (2, 10)
    for last in (found["low"], found["high"]):
        mean = banded.banded_mean(bands([1, 2, 3, 2, 2]), last=last)["value"].iloc[0]
        assert abs(mean - 7) == pytest.approx(0.5)


def test_a_published_mean_that_no_open_ended_band_explains():
    said = pd.DataFrame({"year": [2020], "published": [4]})
    found = banded.open_band_value(bands([1, 2, 3, 2, 2], year=2020), said).iloc[0]
    assert found["high"] < 12
    assert not found["possible"]


def test_nobody_in_the_open_ended_band_leaves_nothing_to_solve():
    said = pd.DataFrame({"year": [2020], "published": [4]})
    found = banded.open_band_value(bands([1, 2, 3, 2, 0], year=2020), said).iloc[0]
    assert found[["value", "low", "high", "possible"]].isna().all()


def test_a_figure_that_stands_twice_is_refused():
    means = banded.banded_mean(bands([1, 2, 3, 2, 2], year=2020), by="year")
    said = pd.DataFrame({"year": [2020, 2020], "published": [7, 8]})
    with pytest.raises(ValueError, match="Rows 0, 1: a figure stands twice"):
        banded.against_published(means, said)
    with pytest.raises(ValueError, match="rounded_to"):
        banded.against_published(means, said.iloc[:1], rounded_to=0)


# ---- Bands that cannot be -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="count"), "Missing column 'count'"),
        (lambda f: f.assign(count=[1, 2, -3, 2, 2]), "Row 2: the count 'count' is negative"),
        (lambda f: f.assign(count=[1, np.inf, 3, 2, 2]), "Row 1: the count 'count' is infinite"),
        (lambda f: f.assign(count=["a", 2, 3, 2, 2]), "Row 0: column 'count' is not a number"),
        (lambda f: f.assign(lower=[None, 1, 3, 6, 12]), "Row 0: the lower edge 'lower' is missing"),
        (lambda f: f.assign(lower=[-1, 1, 3, 6, 12]), "Row 0: the lower edge 'lower' is no time"),
        (lambda f: f.assign(lower=[0, 1, 3, 12, 12]), "Row 3: the upper edge"),
        (lambda f: f.assign(lower=[0, 1, 2, 6, 12]), "Row 2: the band overlaps another"),
        (lambda f: pd.concat([f, f], ignore_index=True), "overlaps another of its group"),
    ],
)
def test_bands_that_cannot_be_are_refused(change, message):
    frame = change(bands([1, 2, 3, 2, 2]))
    for function in (banded.banded_mean, banded.banded_quantiles):
        with pytest.raises(ValueError, match=message):
            function(frame)


@pytest.mark.parametrize(
    "options", [{"cap": 12}, {"last": 11}, {"cap": -1}, {"cap": 20, "last": 21}, {"last": np.nan}]
)
def test_a_last_band_that_cannot_be_is_refused(options):
    with pytest.raises(ValueError, match=r"cap|last"):
        banded.banded_mean(bands([1, 2, 3, 2, 2]), **options)
