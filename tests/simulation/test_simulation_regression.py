"""The table of the simulation of the models is the one that its script makes."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from regression import COLUMNS, TABLE, chain, rare

FEW = 12


def test_the_table_covers_each_step_and_the_group_with_few_events():
    held = pd.read_csv(TABLE)
    assert held.columns.tolist() == COLUMNS
    assert held.groupby(["setting", "step"]).size().tolist() == [6] * 4
    assert held["replicates"].eq(500).all()


def test_limits_hold_the_truth_as_often_as_they_say():
    held = pd.read_csv(TABLE)
    assert held["found"].between(0.93, 0.97).all()
    assert held.loc[held["setting"].str.startswith("200"), "penalised"].gt(0).all()


@pytest.mark.slow
def test_a_run_of_the_script_is_repeated_by_its_seed():
    one, two = (pd.DataFrame(rare(FEW), columns=COLUMNS) for _ in range(2))
    assert_frame_equal(one, two)
    made = pd.DataFrame(chain("reported", 4), columns=COLUMNS)
    assert made["found"].mean() > 0.6
