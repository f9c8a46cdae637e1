"""Counts of a release are of the years that they were collected in, whatever the period holds."""

import pytest

from helpers import start
from helpers.cohort import strata
from helpers.disclosure.cells import by_key
from helpers.methods import proportions
from helpers.pack._release_rules import cells

PERIOD = {"period_start": "1995-01-01", "period_end": "2020-12-31"}
FACTS = {"id": "rates.shares_by_stratum", **PERIOD}


@pytest.fixture(scope="module")
def run():
    return start(case="coroners", **PERIOD)


@pytest.fixture(scope="module")
def by_region(run):
    made = strata.ratios(run, by=["region"], spans=True)
    return proportions.proportion(made)


def years_of(cell):
    return dict(cell.where)["year"]


def test_a_row_says_the_years_in_which_both_its_parts_were_collected(run, by_region):
    wales = by_region[by_region["region"].eq("Wales")].set_index("indicator")
    assert wales.loc["inquests_opened_share", ["first_year", "last_year"]].tolist() == [1995, 2020]
    assert wales.loc["state_detention_share", ["first_year", "last_year"]].tolist() == [2011, 2020]
    plain = strata.ratios(run, by=["region"])
    assert by_region[plain.columns].equals(plain)


def test_deaths_of_26_years_and_those_of_ten_are_two_counts(run, by_region):
    """Both are deaths reported in a region; a release would have held one against the other."""
    made = [cell for cell in cells(FACTS, by_region, run.case) if cell.measure == "deaths_reported"]
    found = by_key(made)  # raises where one count has two numbers
    wales = {years_of(c[0]): c[0].value for k, c in found.items() if "Wales" in str(c[0].where)}
    every, late = (tuple(map(str, range(first, 2021))) for first in (1995, 2011))
    assert set(wales) == {every, late}
    assert wales[every] > wales[late]


def test_a_count_whose_row_names_no_years_is_of_the_whole_period(run, by_region):
    bare = by_region[by_region["indicator"].eq("inquests_opened_share")]
    bare = bare.drop(columns=["first_year", "last_year"])
    held = {years_of(cell) for cell in cells(FACTS, bare, run.case)}
    assert held == {tuple(map(str, range(1995, 2021)))}
