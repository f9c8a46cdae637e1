"""Time in stages against plain means, Kaplan-Meier, counts by hand and a simulation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.stages import occupation, time_in_stages
from helpers.methods.survival import kaplan_meier, restricted_mean

STAGES = ["known", "reported", "closed"]


def ways(gaps, until, ended=()):
    """Ways from the days each stage takes; what comes after the follow-up was not seen."""
    times = np.cumsum(np.asarray(gaps, dtype=float), axis=1)
    until = np.broadcast_to(np.asarray(until, dtype=float), len(times))
    frame = pd.DataFrame(np.where(times <= until[:, None], times, np.nan), columns=STAGES)
    frame["followed"] = until
    frame["ended"] = 0
    for row in ended:
        frame.loc[row, "ended"] = 1
    return frame


drawn = st.lists(
    st.tuples(*[st.integers(0, 6)] * 3, st.integers(0, 15), st.booleans()), min_size=1, max_size=25
)


def shares(frame, **options):
    """Return the shares with a row a time and a column a stage."""
    found = occupation(frame, **options)
    return found.pivot_table(index="time", columns="stage", values="value")


def frame_of(rows):
    gaps, until = [row[:3] for row in rows], [row[3] for row in rows]
    frame = ways(gaps, until)
    frame["ended"] = [int(row[4]) for row in rows] * frame["closed"].isna()
    return frame


@given(drawn)
@settings(max_examples=30, deadline=None)
def test_shares_of_a_time_add_up_to_1_and_none_is_negative(rows):
    found = occupation(frame_of(rows), stages=STAGES, ended="ended")
    assert_allclose(found.groupby("time")["value"].sum(), 1.0, rtol=1e-12)
    assert found["value"].min() >= -1e-12


@given(st.lists(st.tuples(*[st.integers(0, 6)] * 3), min_size=1, max_size=25))
@settings(max_examples=30, deadline=None)
def test_without_open_ways_it_is_the_plain_share_and_the_plain_mean(gaps):
    frame = ways(gaps, 100)
    found = shares(frame, stages=STAGES)
    for day, row in found.iterrows():
        passed = frame[STAGES].le(day)
        assert_allclose(row["all passed"], passed["closed"].mean(), atol=1e-12)
        assert_allclose(row["reported"], (passed["known"] & ~passed["reported"]).mean(), atol=1e-12)
    spent = time_in_stages(frame, stages=STAGES, horizon=50)
    assert_allclose(spent["value"], np.mean(gaps, axis=0), atol=1e-12)


def test_jackknife_of_plain_means_is_the_textbook_standard_error():
    # With as many groups as people the jackknife of a mean is s / sqrt(n) exactly.
    gaps = np.array([[1, 4, 2], [3, 1, 8], [2, 2, 2], [6, 9, 1], [2, 5, 3]])
    found = time_in_stages(ways(gaps, 100), stages=STAGES, horizon=90)
    assert_allclose(found["std_error"], gaps.std(axis=0, ddof=1) / np.sqrt(5), rtol=1e-12)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), min_size=1, max_size=30))
@settings(max_examples=30, deadline=None)
def test_one_stage_is_kaplan_meier(pairs):
    waits = pd.DataFrame(pairs, columns=["event", "followed"])
    waits["closed"] = waits["event"].where(waits["event"] <= waits["followed"])
    found = occupation(waits, stages=["closed"])
    found = found[found["stage"].eq("closed")].set_index("time")["value"]
    days = waits.assign(
        days=waits[["event", "followed"]].min(axis=1), observed=waits["closed"].notna()
    )
    curve = kaplan_meier(days).set_index("time")["survival"]
    assert_allclose(
        found.drop(0.0, errors="ignore"), curve.reindex(found.index).drop(0.0, errors="ignore")
    )


def test_all_stages_together_take_the_restricted_mean():
    rng = np.random.default_rng(3)
    frame = ways(rng.geometric(0.1, (200, 3)), rng.integers(5, 120, 200))
    whole = frame.assign(
        days=frame["closed"].fillna(frame["followed"]), observed=frame["closed"].notna()
    )
    spent = time_in_stages(frame, stages=STAGES, horizon=60)
    assert spent["share"].sum() == pytest.approx(1)
    # The two estimators use the same censored ways in different ways: close, not equal.
    assert spent["value"].sum() == pytest.approx(
        restricted_mean(whole, horizon=60)["value"].iloc[0], rel=0.02
    )


def test_worked_by_hand_with_one_open_way():
    # Three ways; the second is open from day 2. Day 1: two of three pass "known"; day 3: of the one
    # still followed before "closed", that one passes it (so the open way's weight goes with it).
    frame = pd.DataFrame({"known": [1, 1, 2], "closed": [3, None, 2], "followed": [9, 2, 9]})
    wide = shares(frame, stages=["known", "closed"])
    assert_allclose(wide.loc[1.0, ["known", "closed", "all passed"]], [1 / 3, 2 / 3, 0])
    assert_allclose(wide.loc[2.0, ["known", "closed", "all passed"]], [0, 2 / 3, 1 / 3])
    assert_allclose(wide.loc[3.0, ["known", "closed", "all passed"]], [0, 0, 1])


def test_an_end_of_another_kind_is_a_state_of_its_own():
    frame = ways([[1, 1, 1], [1, 9, 9]], [10, 4], ended=[1])
    wide = shares(frame, stages=STAGES, ended="ended")
    assert wide.loc[3.0, "reported"] == 0.5
    assert_allclose(wide.loc[4.0, ["reported", "all passed", "ended otherwise"]], [0, 0.5, 0.5])
    spent = time_in_stages(frame, stages=STAGES, horizon=10, ended="ended")
    assert_allclose(spent["value"], [1.0, 2.0, 0.5])
    assert spent["waiting"].tolist() == [0, 0, 0]


@pytest.mark.slow
def test_limits_cover_the_truth_in_a_simulation():
    # Mean days of three stages, exponential with means 5, 20 and 60, up to 200 days, against the
    # numerical truth; extract dates leave some ways open. Tolerance: three standard errors of a
    # share of 200 repeats, 4.6 points.
    rng = np.random.default_rng(20151217)
    means = np.array([5.0, 20.0, 60.0])
    times = np.cumsum(rng.exponential(means, (200_000, 3)), axis=1).clip(max=200)
    truth = np.diff(np.c_[np.zeros(len(times)), times], axis=1).mean(axis=0)
    inside = np.zeros(3)
    for _ in range(200):
        frame = ways(rng.exponential(means, (80, 3)), rng.uniform(20, 400, 80))
        found = time_in_stages(frame, stages=STAGES, horizon=200)
        inside += (found["low"] <= truth) & (truth <= found["high"])
    assert_allclose(inside / 200, 0.95, atol=0.046)


def test_nobody_followed_to_the_horizon_gives_no_mean():
    found = time_in_stages(ways([[1, 2, 9], [1, 2, 9]], 5), stages=STAGES, horizon=30)
    assert found["value"].isna().all()
    assert found["waiting"].tolist() == [0, 0, 2]


def test_an_empty_frame_and_a_single_person():
    assert occupation(frame_of([(1, 1, 1, 9, False)]).iloc[:0], stages=STAGES).empty
    one = time_in_stages(frame_of([(1, 2, 3, 9, False)]), stages=STAGES, horizon=8)
    assert one["value"].tolist() == [1, 2, 3]
    assert one["low"].isna().all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"known": -1.0}, "before the start"),
        ({"reported": 99.0}, "after the follow-up"),
        ({"reported": np.nan}, "no time although a later one has"),
        ({"known": 5.0}, "before the one that precedes it"),
        ({"ended": 2}, "neither 0 nor 1"),
        ({"ended": 1}, "all stages were passed"),
        ({"followed": np.nan}, "is missing"),
    ],
)
def test_ways_that_cannot_be_are_refused_by_row(change, words):
    frame = ways([[1, 1, 1], [1, 2, 3]], 20)
    for column, value in change.items():
        frame[column] = frame[column].astype(float)
        frame.loc[1, column] = value
    with pytest.raises(ValueError, match=f"Row 1: .*{words}"):
        time_in_stages(frame, stages=STAGES, horizon=10, ended="ended")
