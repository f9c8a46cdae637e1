"""The figure of both bases: bars and line are the counts that were given."""

import pandas as pd
import pytest

from helpers import figures
from helpers.exhibits import drawn

HELD = pd.DataFrame(
    {
        "period": ["April to June 2014", "July to September 2014", "October to December 2014"],
        "numerator": pd.array([3, 4, pd.NA], dtype="Int64"),
        "activity_deaths": pd.array([2, 5, 6], dtype="Int64"),
        "denominator": pd.array([40, 42, 39], dtype="Int64"),
    }
)


@pytest.fixture(scope="module")
def read():
    return drawn.read_back(figures.two_bases(HELD))


def test_bars_and_line_are_the_two_bases(read):
    drawn_ = read[read["panel"].eq("Deaths reviewed or investigated")]
    found = {name: part["y"].dropna().tolist() for name, part in drawn_.groupby("form")}
    assert found == {"bars": [3, 4], "line": [2, 5, 6]}


def test_below_stand_the_deaths_in_scope(read):
    assert read.loc[read["panel"].eq("Deaths in scope"), "y"].tolist() == [40, 42, 39]


def test_quarters_are_named_in_short(read):
    named = read.loc[read["panel"].eq("Deaths in scope"), "category"].tolist()
    assert named == ["Apr to Jun 2014", "Jul to Sep 2014", "Oct to Dec 2014"]


def test_nothing_is_drawn_of_nothing():
    assert drawn.read_back(figures.two_bases(HELD.iloc[0:0])).empty
