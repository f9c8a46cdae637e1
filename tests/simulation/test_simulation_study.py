"""The table of the simulation study is the one that its script makes, where that is quick."""

import pandas as pd
from pandas.testing import assert_frame_equal
from study import COLUMNS, TABLE, study

QUICK = ["proportions", "rates"]


def test_the_quick_parts_of_the_table_are_what_the_script_makes():
    held = pd.read_csv(TABLE)
    assert held.columns.tolist() == COLUMNS
    made = study(100_000, QUICK).round(6)
    assert len(made) == 10 + 15
    assert_frame_equal(held.iloc[: len(made)], made, check_dtype=False, rtol=1e-6)


def test_intervals_of_the_table_cover_as_they_promise():
    """Wilson about the level, exact and Fay-Feuer at least; those whose assumptions fail do not."""
    held = pd.read_csv(TABLE)
    of = held.groupby("method")["found"]
    assert of.get_group("Clopper-Pearson").min() >= 0.95
    assert of.get_group("exact").min() >= 0.95
    assert of.get_group("Wilson").between(0.92, 0.97).all()
    assert of.get_group("fay-feuer").min() > 0.945
    shared = held["setting"].eq("lists that share who they miss")
    assert held.loc[shared, "found"].max() < 0.05  # what the notebook warns of


def test_alarms_come_as_often_as_stated_by_chance_alone_and_more_often_with_more_spread():
    held = pd.read_csv(TABLE)
    alarms = held[held["method"].eq("CUSUM")]["found"].tolist()
    told = held[held["method"].eq("CUSUM, spread")]["found"].tolist()
    assert max(alarms[:2]) <= 0.05 + 0.01
    assert alarms[1:] == sorted(alarms[1:])
    assert alarms[-1] > 0.5  # which is why the frame carries a caution
    assert max(told[:2]) < 0.015
    assert told[-1] > 0.9
