"""Product-limit estimates against the reference comparison, statsmodels and definitions."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.duration.survfunc import SurvfuncRight, survdiff

from helpers.methods.survival import (
    day_counts,
    kaplan_meier,
    log_rank,
    quantiles,
    restricted_mean,
    share_by,
)

TRANSFORMS = ["log-log", "log", "plain"]

waits = st.lists(st.tuples(st.integers(0, 30), st.booleans()), min_size=1, max_size=40)

# Day of entry, days from then to the end, event seen: entries and ends fall on the same days.
entries = st.lists(
    st.tuples(st.integers(-1, 12), st.integers(1, 12), st.booleans()), min_size=1, max_size=40
)


def frame_of(pairs):
    return pd.DataFrame(pairs, columns=["days", "observed"])


def late(drawn, scale=1.0):
    frame = pd.DataFrame(drawn, columns=["since", "days", "observed"])
    frame["days"] += frame["since"]
    return frame.assign(since=frame["since"] * scale, days=frame["days"] * scale)


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


@settings(deadline=None, max_examples=20)
@given(entries, st.sampled_from([1.0, 0.1]))
def test_late_entries_agree_with_counting_who_is_there(drawn, scale):
    # Scale 0.1: the same in tenths of a day, which are sorted and not counted by day.
    rows = late(drawn, scale)
    found = kaplan_meier(rows, entry="since")
    survival = 1.0
    assert found["time"].tolist() == sorted(set(rows["days"]))
    for row in found.itertuples():
        there = (rows["since"] < row.time) & (rows["days"] >= row.time)
        ended = rows["days"] == row.time
        assert row.n_risk == there.sum()
        assert row.n_event == (ended & rows["observed"]).sum()
        assert row.n_censored == (ended & ~rows["observed"]).sum()
        survival *= 1 - row.n_event / row.n_risk
        assert_allclose(row.survival, survival, atol=1e-14)
    points = [0, 2.5, 4, 7.25, 11]
    at = share_by(rows, times=points, entry="since")
    there = [((rows["since"] < t) & (rows["days"] >= t)).sum() for t in points]
    assert at["n_risk"].tolist() == there
    assert (at["denominator"] == len(rows)).all()


# statsmodels 0.15: its curve, unlike its Cox model, leaves out who enters at the time.
@settings(deadline=None, max_examples=20)
@given(entries.filter(lambda drawn: any(seen for _, _, seen in drawn)))
def test_late_entries_agree_with_statsmodels(drawn):
    rows = late(drawn)
    expected = SurvfuncRight(rows["days"], rows["observed"].astype(int), entry=rows["since"])
    found = kaplan_meier(rows, entry="since").set_index("time").loc[expected.surv_times]
    assert_allclose(found["n_risk"], expected.n_risk)
    assert_allclose(found["survival"], expected.surv_prob, atol=1e-12)
    left = found["survival"].to_numpy() > 0
    assert_allclose(found["std_error"][left], np.asarray(expected.surv_prob_se)[left], rtol=1e-9)


FUNCTIONS = [
    (kaplan_meier, {}),
    (quantiles, {}),
    (share_by, {"times": [0, 3, 8]}),
    (restricted_mean, {"horizon": 6}),
]


@settings(deadline=None, max_examples=20)
@given(entries)
def test_entries_before_the_start_change_nothing(drawn):
    rows = late(drawn)
    rows = rows.assign(since=-0.25)
    for function, options in FUNCTIONS:
        found = function(rows, entry="since", **options).drop(columns="method")
        pd.testing.assert_frame_equal(found, function(rows, **options).drop(columns="method"))


@settings(deadline=None, max_examples=20)
@given(entries, st.lists(st.integers(0, 3), min_size=40, max_size=40), st.booleans())
def test_a_weight_is_a_repetition(drawn, counts, with_entries):
    rows = late(drawn).assign(n=counts[: len(drawn)])
    rows["group"] = np.arange(len(rows)) % 2
    repeated = rows.loc[rows.index.repeat(rows["n"])]
    shared = {"by": "group", "entry": "since" if with_entries else None}
    for function, options in FUNCTIONS:
        found = function(rows, weights="n", **shared, **options)
        expected = function(repeated, **shared, **options)
        pd.testing.assert_frame_equal(found, expected, check_dtype=bool(len(expected)))


@settings(deadline=None, max_examples=20)
@given(entries, st.sampled_from([1.0, 0.1]))
def test_counts_by_day_give_the_curves_of_the_records(drawn, scale):
    rows = late(drawn, scale).assign(group="x")
    rows.loc[::3, "group"] = None
    counted = day_counts(rows, by="group", observed="observed", entry="since")
    assert counted["n"].sum() == len(rows)
    assert not counted.drop(columns="n").duplicated().any()
    for function, options in FUNCTIONS:
        shared = {"by": "group", "entry": "since"} | options
        found = function(counted, weights="n", **shared)
        pd.testing.assert_frame_equal(found, function(rows, **shared), rtol=1e-12)


def test_counts_keep_causes_flags_and_weights_apart():
    rows = pd.DataFrame({"days": [2, 2, 2, 0.5], "cause": ["x", None, "x", "x"], "k": [1, 4, 2, 0]})
    found = day_counts(rows.assign(observed=[1, 1, 0, 1]), observed="observed", cause="cause")
    assert found["days"].tolist() == [0.5, 2, 2, 2]
    assert found["observed"].tolist() == [1, 0, 1, 1]
    assert found["cause"].isna().tolist() == [False, False, False, True]
    again = day_counts(rows, cause="cause", weights="k", name="deaths")
    assert again["deaths"].tolist() == [3, 4]
    assert day_counts(rows.head(0), cause="cause").empty


@pytest.mark.parametrize("kind", ["int8", "uint16", "Int64", "float32", "object"])
def test_the_type_of_a_column_changes_nothing(kind):
    rows = pd.DataFrame({"days": [3, 90, 127, 3, 0], "site": [5, -120, 5, -120, 5]})
    rows["observed"] = [True, False, True, True, False]
    expected = kaplan_meier(rows, by="site")
    site = "int16" if kind.startswith("uint") else kind
    other = rows.astype({"days": kind, "site": site, "observed": "uint8"})
    pd.testing.assert_frame_equal(kaplan_meier(other, by="site"), expected, check_dtype=False)
    counted = day_counts(other, by="site", observed="observed")
    pd.testing.assert_frame_equal(
        kaplan_meier(counted, by="site", weights="n"), expected, check_dtype=False
    )


def test_long_durations_are_sorted_and_not_counted_by_day():
    seconds = [86_400 * 400, 86_400 * 30, 5, 86_400 * 30]
    rows = pd.DataFrame({"days": seconds, "observed": [1, 1, 0, 1]})
    found = kaplan_meier(rows)
    assert found["time"].tolist() == [5, 86_400 * 30, 86_400 * 400]
    assert_allclose(found["survival"], [1, 1 / 3, 0], atol=1e-15)


def test_a_risk_set_that_runs_empty_is_said_in_words():
    ended = pd.DataFrame({"days": [3, 9, 12], "since": [0, 5, 5], "observed": True})
    found = kaplan_meier(ended, entry="since")
    assert found["n_risk"].tolist() == [1, 2, 1]
    # The only person there on day 3 had the event: the curve can say nothing after that.
    assert found["survival"].tolist() == [0, 0, 0]
    words = "; at risk after entry; nobody was left at risk at 3, before others entered"
    assert found["method"].str.endswith(words).all()
    censored = kaplan_meier(ended.assign(observed=[False, True, True]), entry="since")
    assert censored["survival"].tolist() == [1, 0.5, 0]
    assert censored["method"].str.endswith(words).all()
    whole = kaplan_meier(ended.assign(since=-1), entry="since")
    assert whole["method"].str.endswith("at risk after entry").all()


def test_thousands_of_groups_are_each_what_they_are_alone():
    random = np.random.default_rng(20_260_401)
    rows = pd.DataFrame({"unit": random.integers(0, 3_000, 12_000)})
    rows["days"], rows["observed"] = random.integers(0, 99, 12_000), random.random(12_000) < 0.6
    found = kaplan_meier(rows, by="unit").set_index("unit")
    for unit in (0, 1_234, 2_999):
        alone = kaplan_meier(rows[rows["unit"] == unit])
        pd.testing.assert_frame_equal(found.loc[[unit]].reset_index(drop=True), alone)


@pytest.mark.parametrize(
    ("column", "values", "sentence"),
    [
        ("since", [0, 2], "Row b: the entry 'since' is not before 'days'"),
        ("since", [None, 1], "Row a: the entry 'since' is missing"),
        ("since", [-np.inf, 1], "Row a: the entry 'since' is infinite"),
        ("n", [1, -1], "Row b: the weight 'n' is negative"),
        ("n", [1.5, 1], "Row a: the weight 'n' is not a whole number"),
        ("n", [1, np.inf], "Row b: the weight 'n' is not a whole number"),
        ("n", [None, 1], "Row a: the weight 'n' is missing"),
    ],
)
def test_impossible_entries_and_weights_are_refused_by_row(column, values, sentence):
    rows = pd.DataFrame({"days": [1, 2], "observed": [0, 1], column: values}, index=["a", "b"])
    options = {"entry" if column == "since" else "weights": column}
    with pytest.raises(ValueError, match=sentence):
        kaplan_meier(rows, **options)


def test_impossible_counts_are_refused():
    rows = frame_of([(1, True)])
    with pytest.raises(ValueError, match="Name the column of what ended a record"):
        day_counts(rows)
    with pytest.raises(ValueError, match="The counts cannot be called 'days'"):
        day_counts(rows, observed="observed", name="days")
    with pytest.raises(ValueError, match="'observed' is neither 0 nor 1"):
        day_counts(rows.assign(observed=2, cause="x"), observed="observed", cause="cause")
