"""Mergers: whose a number is after one organisation went into another, worked by hand.

The example throughout: North went into South on 1 October 2018, South into East on 1 January 2020.

    year   North     South     East
    2018   3 of 10   20 of 100  -
    2019   5 of 20   30 of 200  7 of 50

2018 ends after 1 October 2018, so South answers for North's 2018 and 2019; nothing ends on or after
1 January 2020 but in the whole series, where all is East's.
"""

import pandas as pd
import pytest
from by_hand import INDICATOR
from hypothesis import given
from hypothesis import strategies as st

from helpers.cohort import providers as cohort
from helpers.cohort import providers_told
from helpers.errors import InputError
from helpers.providers import files
from helpers.providers.mergers import put_together, successor

STEPS = [("North", "South", "2018-10-01"), ("South", "East", "2020-01-01")]
NUMBERS = [
    ("North", 2018, 3, 10),
    ("North", 2019, 5, 20),
    ("South", 2018, 20, 100),
    ("South", 2019, 30, 200),
    ("East", 2019, 7, 50),
]


def sums(found, run):
    made = cohort.units(run, found, INDICATOR).set_index("provider")
    return {name: (int(row.numerator), int(row.denominator)) for name, row in made.iterrows()}


def test_numbers_are_put_to_the_successor_from_the_day_of_the_merger(run, rows, into, together):
    found = together(rows(*NUMBERS), into(*STEPS))
    assert sums(found, run) == {"South": (3 + 5 + 20 + 30, 10 + 20 + 100 + 200), "East": (7, 50)}


def test_or_for_the_whole_series(run, rows, into, together):
    found = together(rows(*NUMBERS), into(*STEPS), rule="whole_series")
    assert sums(found, run) == {"East": (65, 380)}


def test_a_predecessor_keeps_the_periods_that_ended_before(run, rows, into, together):
    found = together(rows(*NUMBERS), into(("North", "South", "2019-01-01")))
    assert sums(found, run) == {"North": (3, 10), "South": (55, 320), "East": (7, 50)}


@pytest.mark.parametrize(
    ("day", "who"), [("2018-09-30", "North"), ("2018-10-01", "South"), ("2020-01-01", "East")]
)
def test_a_period_belongs_to_whoever_exists_on_its_last_day(into, day, who):
    assert successor("North", pd.Timestamp(day), into(*STEPS)) == who


def test_mergers_and_parts_of_the_period_are_marked(run, rows, into, together):
    found = together(rows(*NUMBERS), into(("North", "South", "2019-01-01")))
    made = cohort.units(run, found, INDICATOR).set_index("provider")
    assert made["marked"].to_dict() == {
        "East": "East (part of the period)",
        "North": "North (part of the period)",
        "South": "South (merged)",
    }
    assert made.loc["North", "period_held"] == "1 January 2018 to 31 December 2018"
    assert made.loc["South", "holds"] == "North"
    said = providers_told.size(made.reset_index())
    assert said.endswith("Merged: South. Part of the period: East, North.")


def test_what_was_put_over_is_listed(run, rows, into, together):
    found = together(rows(*NUMBERS), into(*STEPS))
    made = providers_told.merged(run, found, INDICATOR)
    assert made[["predecessor", "put_to", "numerator", "denominator"]].fillna(
        0
    ).to_numpy().tolist() == [
        ["North", "South", 3, 10],
        ["North", "South", 5, 20],
        ["South", "", 0, 0],
    ]
    assert made["period"].iloc[-1] == "no numbers were put over"


def test_without_a_merger_that_is_said(run, rows, together):
    made = providers_told.merged(run, together(rows(*NUMBERS)), INDICATOR)
    assert made.attrs["answer"] == "No merger of these providers is known."


def test_other_words_in_a_predecessors_rows_leave_the_successor_out(run, rows, into, together):
    other = rows(("North", 2019, 5, 20, {"window": "6 months"}), ("South", 2019, 30, 200))
    found = together(other, into(*STEPS))
    made = cohort.standing(run, found, INDICATOR).set_index("provider")
    assert not made.loc["South", "compared"]
    assert made.loc["South", "reason"] == "window 6 months, not none (recorded by North)"


@given(
    counts=st.lists(st.integers(0, 50), min_size=5, max_size=5),
    day=st.dates(pd.Timestamp("2017-01-01").date(), pd.Timestamp("2021-01-01").date()),
    rule=st.sampled_from(["from_date", "whole_series"]),
)
def test_nobody_is_lost_or_counted_twice(rows, into, counts, day, rule):
    held = rows(*[(*one[:2], n, 50) for one, n in zip(NUMBERS, counts, strict=True)])
    made = put_together(held, into(("North", "South", str(day))), rule=rule)
    assert made["numerator"].sum() == sum(counts)
    assert made["recorded_by"].tolist() == held["provider"].tolist()


@pytest.mark.parametrize(
    ("steps", "what"),
    [
        ([("A", "B", "2018-13-01")], "date '2018-13-01' is not a day"),
        ([("A", "", "2018-01-01")], "predecessor or successor is blank"),
        ([("A", "B", "2018-01-01"), ("A", "C", "2018-01-01")], "'A' has two successors"),
        ([("A", "A", "2018-01-01")], "'A' comes back to itself through its successors"),
        (
            [("A", "B", "2018-01-01"), ("B", "A", "2019-01-01")],
            "'A' comes back to itself through its successors",
        ),
    ],
)
def test_a_map_that_cannot_be_is_refused(folder, rows, steps, what):
    table = pd.DataFrame([(*one, "") for one in steps])
    table.columns = ["predecessor", "successor", "date", "source"]
    folder(rows(("A", 2018, 1, 2)), mergers=table)
    with pytest.raises(InputError) as error:
        files.read("region")
    assert [problem.what for problem in error.value.problems] == [what]
    assert "data/region/mergers.csv" in error.value.problems[0].where
