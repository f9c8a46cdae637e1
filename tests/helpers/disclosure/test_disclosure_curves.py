"""Curves of survival from protected counts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.disclosure.curves import curve
from helpers.disclosure.profiles import RELEASES
from helpers.errors import InputError

RULE = RELEASES["opensafely"]


def life_table(events, losses):
    """Times 1, 2, ... with events and people at risk just before each."""
    events, losses = np.array(events), np.array(losses)
    start = int(events.sum() + losses.sum()) + 5
    gone = np.concatenate([[0], (events + losses).cumsum()[:-1]])
    return pd.DataFrame(
        {"time": range(1, len(events) + 1), "events": events, "at_risk": start - gone}
    )


def true_curve(table):
    return (1 - table["events"] / table["at_risk"]).cumprod()


pairs = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=60)


@given(pairs)
def test_each_step_stands_for_a_whole_band(rows):
    made = curve(life_table(*zip(*rows, strict=True)), profile=RULE)
    steps = made["events_midpoint6"]
    assert steps.iloc[1:].mod(6).eq(0).all()
    assert steps.iloc[:1].mod(6).eq(3).all()
    assert made["value_midpoint6_derived"].dropna().between(0, 1).all()
    assert made["value_midpoint6_derived"].dropna().is_monotonic_decreasing


@given(pairs)
def test_moving_one_death_within_its_band_changes_nothing_but_the_day_of_a_step(rows):
    """How many steps there are, and how high, is told by bands; single deaths are not."""
    events = [event for event, _ in rows]
    made = curve(life_table(events, [0] * len(rows)), profile=RULE)
    assert len(made) == -(-sum(events) // 6)


def test_it_stays_near_the_curve_where_many_are_at_risk():
    random = np.random.default_rng(1)
    table = life_table(random.poisson(5, 100), random.poisson(3, 100))
    made = curve(table, profile=RULE)
    true = true_curve(table).to_numpy()[made["time"] - 1]
    assert np.abs(made["value_midpoint6_derived"] - true).max() < 0.02


def test_a_time_without_an_event_is_not_shown():
    table = pd.DataFrame({"time": [1, 2, 3], "events": [0, 3, 0], "at_risk": [20, 20, 17]})
    assert curve(table, profile=RULE)["time"].tolist() == [2]
    assert curve(table.iloc[:0], profile=RULE).empty


@pytest.mark.parametrize("name", ["hes", "mhsds", "ons-deaths"])
def test_other_profiles_have_no_rule_for_curves(name):
    with pytest.raises(InputError, match="no rule of this profile covers curves"):
        curve(life_table([1], [0]), profile=RELEASES[name])


def test_times_out_of_order_are_refused():
    table = pd.DataFrame({"time": [2, 1], "events": [1, 1], "at_risk": [9, 8]})
    with pytest.raises(InputError, match="not in order"):
        curve(table, profile=RULE)
