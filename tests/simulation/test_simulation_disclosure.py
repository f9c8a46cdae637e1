"""The table of attacks on releases is the one that its script makes, and no attack succeeds."""

import pandas as pd
import pytest
from disclosure import CASES, CATEGORIES, COLUMNS, PROFILES, TABLE, cells, drawn, row_of

from helpers.disclosure.cells import by_key


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(TABLE)


def test_the_table_is_whole(table):
    assert table.columns.tolist() == COLUMNS
    assert table["case"].tolist() == list(range(CASES))
    assert table["profile"].tolist() == [PROFILES[case % len(PROFILES)] for case in range(CASES)]


@pytest.mark.slow
@pytest.mark.parametrize("case", [1, 2])
def test_a_row_of_the_table_is_made_again(table, case):
    assert row_of(case) == table.iloc[case].to_dict()


@pytest.mark.parametrize("case", [0, 50, 199])
def test_the_draws_are_as_described(case):
    before, after, added = drawn(case)
    assert before["deaths"].shape == tuple(len(held) for held in CATEGORIES.values())
    for run in (before, after):
        assert (run["unexpected"] <= run["reported"]).all()
        assert (run["reported"] <= run["deaths"]).all()
        by_key(cells(run))  # tables do not contradict one another
    assert (after["deaths"] - before["deaths"]).sum() == added
    assert all((after[measure] >= before[measure]).all() for measure in before)


def test_no_protected_count_is_narrowed_in_any_case_or_pair_of_runs(table):
    assert len(table) >= 200
    assert table[["narrowed", "second_narrowed", "first_run_narrowed"]].eq(0).all(axis=None)


def test_the_rule_on_size_alone_does_not_protect(table):
    """Otherwise there would be nothing to prove: most cases have counts that come out."""
    assert table["small"].sum() > 1_000
    assert table["narrowed_without"].gt(0).mean() > 0.6
    assert table.groupby("profile")["narrowed_without"].sum().gt(0).all()


def test_what_is_shown_is_still_worth_showing(table):
    """In a first release most counts stay; two runs so close together cost more."""
    assert 1 - table["hidden"].sum() / table["counts"].sum() > 0.5
