"""Product-limit estimates against the reference comparison, statsmodels and definitions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from helpers.methods.survival import (
    kaplan_meier,
    log_rank,
    quantiles,
    restricted_mean,
    share_by,
)

TRANSFORMS = ["log-log", "log", "plain"]

waits = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40)


def frame_of(pairs):
    return pd.DataFrame(pairs, columns=["days", "observed"])


@pytest.fixture
def lung(reference):
    rows = reference("16_km_lung", "input")
    return rows.assign(days=rows["time"], observed=rows["status"] == 2)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_curve_agrees_with_reference_16(lung, reference, transform):
    expected = reference("16_km_lung", f"expected_{transform.replace('-', '')}")
    found = kaplan_meier(lung, transform=transform)
    names = {"n_censored": "n_censor", "survival": "surv", "std_error": "se_greenwood"}
    names |= {"low": "ci_low", "high": "ci_high"}
    for ours in ("time", "n_risk", "n_event", "n_censored", "survival", "std_error", "low", "high"):
        assert_allclose(found[ours], expected[names.get(ours, ours)], rtol=1e-8)


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_quantiles_agree_with_reference_16(lung, reference, transform):
    expected = reference("16_km_lung", "expected_quantiles")
    expected = expected[expected["conf_type"] == transform]
    found = pd.concat([quantiles(lung, transform=transform, by=by) for by in (None, "sex")])
    assert_allclose(found["probability"], expected["p"])
    assert_allclose(found["value"], expected["quantile"], rtol=1e-8)
    assert_allclose(found["low"], expected["ci_low"], rtol=1e-8)
    assert_allclose(found["high"], expected["ci_high"], rtol=1e-8)


def test_shares_agree_with_reference_16(lung, reference):
    expected = reference("16_km_lung", "expected_at_times")
    found = share_by(lung, times=[90, 180, 365, 730], by="sex")
    assert_allclose(found["n_risk"], expected["n_risk"])
    assert_allclose(1 - found["value"], expected["surv"], rtol=1e-8)
    assert_allclose(1 - found["high"], expected["ci_low"], rtol=1e-8)
    assert_allclose(1 - found["low"], expected["ci_high"], rtol=1e-8)


def test_restricted_mean_agrees_with_reference_16(lung, reference):
    expected = reference("16_km_lung", "expected_rmean365")
    found = restricted_mean(lung, horizon=365, by="sex")
    assert_allclose(found["value"], expected["rmean"], rtol=1e-8)
    assert_allclose(found["std_error"], expected["se(rmean)"], rtol=1e-8)
    assert found["denominator"].tolist() == expected["records"].tolist()


# statsmodels 0.15 survdiff, which equals R's survdiff.
@pytest.mark.parametrize("by", ["sex", "ph.ecog"])
def test_log_rank_agrees_with_statsmodels(lung, by):
    rows = lung.dropna(subset=by)
    expected = survdiff(rows["days"], rows["observed"], rows[by])
    found = log_rank(rows, by=by).loc[0]
    assert_allclose([found["chi_squared"], found["p_value"]], expected, rtol=1e-10)
    assert found["df"] == rows[by].nunique() - 1


@settings(deadline=None)
@given(waits.filter(lambda pairs: any(seen for _, seen in pairs)))
def test_curve_agrees_with_statsmodels(pairs):
    rows = frame_of(pairs)
    expected = SurvfuncRight(rows["days"], rows["observed"].astype(int))
    found = kaplan_meier(rows)
    found = found[found["n_event"] > 0]
    assert_allclose(found["survival"], expected.surv_prob, rtol=1e-12, atol=1e-15)
    left = found["survival"].to_numpy() > 0
    assert_allclose(found["std_error"][left], np.asarray(expected.surv_prob_se)[left], rtol=1e-10)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(0, 30))
def test_without_censoring_the_share_is_the_empirical_one(days, time):
    rows = pd.DataFrame({"days": days, "observed": True})
    found = share_by(rows, times=[time]).loc[0]
    share = np.mean([day <= time for day in days])
    assert_allclose(found["value"], share, rtol=0, atol=1e-12)
    assert found["numerator"] == sum(day <= time for day in days)
    assert found["n_risk"] == sum(day >= time for day in days)


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40))
def test_without_censoring_the_median_is_the_usual_one(days):
    rows = pd.DataFrame({"days": days, "observed": True})
    assert quantiles(rows, probabilities=[0.5]).loc[0, "value"] == np.median(days)


@given(waits, st.integers(0, 40))
def test_a_further_censored_record_never_shortens_the_median(pairs, day):
    def median(rows):
        value = quantiles(rows, probabilities=[0.5]).loc[0, "value"]
        return np.inf if np.isnan(value) else value

    assert median(frame_of([*pairs, (day, False)])) >= median(frame_of(pairs))


@given(waits)
def test_the_curve_falls_and_its_band_holds_it(pairs):
    for transform in TRANSFORMS:
        found = kaplan_meier(frame_of(pairs), transform=transform)
        assert (found["survival"].diff().dropna() <= 0).all()
        known = found.dropna()
        assert (known["low"] <= known["survival"]).all()
        assert (known["survival"] <= known["high"]).all()
        assert known["low"].ge(0).all()
        assert known["high"].le(1).all()


@given(waits, st.integers(1, 29))
def test_restricted_mean_is_the_mean_of_the_shorter_time(pairs, horizon):
    rows = frame_of([(day, True) for day, _ in pairs])
    found = restricted_mean(rows, horizon=horizon).loc[0]
    shorter = rows["days"].clip(upper=horizon)
    assert_allclose(found["value"], shorter.mean(), rtol=1e-12, atol=1e-12)
    # Without censoring Greenwood's variance of the area is the variance of the mean.
    assert_allclose(
        found["std_error"], shorter.std(ddof=0) / np.sqrt(len(rows)), rtol=1e-9, atol=1e-7
    )


def test_nobody_observed_leaves_the_curve_at_one():
    rows = frame_of([(0, False), (3, False), (3, False)])
    found = kaplan_meier(rows)
    assert (found["survival"] == 1).all()
    assert (found["std_error"] == 0).all()
    assert found[["low", "high"]].isna().all(axis=None)
    assert quantiles(rows)[["value", "low", "high"]].isna().all(axis=None)
    assert share_by(rows, times=[2]).loc[0, "value"] == 0
    assert restricted_mean(rows, horizon=3).loc[0, "value"] == 3


def test_a_single_event_on_the_first_day():
    rows = frame_of([(0, True)])
    assert kaplan_meier(rows).loc[0, "survival"] == 0
    assert quantiles(rows, probabilities=[0.5]).loc[0, "value"] == 0
    assert share_by(rows, times=[0, 9])["value"].tolist() == [1, 1]
    assert restricted_mean(rows, horizon=5).loc[0, "value"] == 0


def test_beyond_follow_up_nothing_is_claimed():
    rows = frame_of([(2, True), (5, False)])
    found = share_by(rows, times=[5, 6])
    assert found["value"].isna().tolist() == [False, True]
    assert found["numerator"].tolist() == [1, 1]
    assert found["n_risk"].tolist() == [1, 0]
    assert np.isnan(restricted_mean(rows, horizon=6).loc[0, "value"])


def test_a_level_stretch_takes_the_middle():
    rows = frame_of([(1, True), (2, True), (6, True), (9, True)])
    assert quantiles(rows)["value"].tolist() == [1.5, 4, 7.5]
    # Level to the end of follow-up: the time at which it was reached.
    ended = frame_of([(1, True), (2, True), (6, False), (9, False)])
    assert quantiles(ended, probabilities=[0.5]).loc[0, "value"] == 2


def test_groups_by_several_columns_and_missing_labels():
    rows = frame_of([(1, True), (2, False), (3, True)]).assign(
        a=["x", "x", None], b=pd.Categorical(["p", "q", "p"], categories=["q", "p", "r"])
    )
    found = quantiles(rows, by=["a", "b"], probabilities=[0.5])
    assert found["b"].tolist() == ["q", "p", "p"]
    assert found["a"].isna().tolist() == [False, False, True]
    assert found["denominator"].tolist() == [1, 1, 1]


def test_log_rank_leaves_out_groups_never_at_risk():
    rows = frame_of([(5, True), (6, True), (7, True), (1, False)]).assign(g=["a", "b", "b", "c"])
    found = log_rank(rows, by="g").loc[0]
    pair = log_rank(rows.head(3), by="g").loc[0]
    assert found["df"] == 1
    assert_allclose(found["chi_squared"], pair["chi_squared"])
    nothing = log_rank(rows.assign(observed=False), by="g").loc[0]
    assert nothing[["chi_squared", "p_value"]].isna().all()


def test_empty_frames_give_empty_frames(lung):
    nothing = lung.head(0)
    for found in (
        kaplan_meier(nothing, by="sex"),
        quantiles(nothing, by=["sex"]),
        share_by(nothing, times=[5], by="sex"),
        restricted_mean(nothing, horizon=5, by="sex"),
    ):
        assert found.empty
        assert found.columns[0] == "sex"
        assert {"low", "high", "level", "method"} <= set(found.columns)
    assert log_rank(nothing, by="sex").empty


def test_empty_results_have_the_columns_of_full_ones(lung):
    for function, options in (
        (kaplan_meier, {}),
        (quantiles, {}),
        (share_by, {"times": [5]}),
        (restricted_mean, {"horizon": 5}),
    ):
        full = function(lung, by="sex", **options)
        assert function(lung.head(0), by="sex", **options).columns.equals(full.columns)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"days": [1, -2]}, "Row b: the duration 'days' is negative"),
        ({"days": [None, 2]}, "Row a: the duration 'days' is missing"),
        ({"days": [np.inf, 2]}, "Row a: the duration 'days' is infinite"),
        ({"observed": [1, 2]}, "Row b: 'observed' is neither 0 nor 1"),
        ({"observed": [None, 1]}, "Row a: 'observed' is missing"),
    ],
)
def test_impossible_records_are_refused_by_row(change, sentence):
    rows = pd.DataFrame({"days": [1, 2], "observed": [0, 1]} | change, index=["a", "b"])
    with pytest.raises(ValueError, match=sentence):
        kaplan_meier(rows)


def test_impossible_options_are_refused(lung):
    with pytest.raises(ValueError, match="transform must be one of"):
        kaplan_meier(lung, transform="arcsine")
    with pytest.raises(ValueError, match=r"Probabilities must lie inside \(0, 1\)"):
        quantiles(lung, probabilities=[50])
    with pytest.raises(ValueError, match="Times must be numbers that are not negative"):
        share_by(lung, times=[-1])
    with pytest.raises(ValueError, match="horizon must be a number above zero"):
        restricted_mean(lung, horizon=0)
    with pytest.raises(ValueError, match="one group of 'a'"):
        log_rank(lung.assign(a=1), by="a")
    with pytest.raises(ValueError, match="Missing column 'delay'; the frame has 'inst'"):
        kaplan_meier(lung, duration="delay")
