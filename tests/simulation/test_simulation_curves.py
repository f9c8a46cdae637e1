"""The table of attacks on released curves is the one that its script makes; no attack succeeds."""

import numpy as np
import pandas as pd
import pytest
from curves import (
    CASES,
    COLUMNS,
    PROFILE,
    STRETCHES,
    TABLE,
    Attacker,
    Release,
    attacked,
    extract,
    people,
    released,
    released_whole,
    row_of,
)

from helpers.disclosure.cells import by_key
from helpers.disclosure.protect import shown
from helpers.disclosure.telling import tell


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(TABLE)


@pytest.fixture(scope="module")
def extracts():
    held, first, second = people(6)
    return [extract(held, 0, first), extract(held, 1, second)]


@pytest.fixture(scope="module")
def by_size(extracts):
    """Two releases in which everything is rounded and nothing is cut or hidden for others."""
    rounded = [{cell.key: shown(cell.value, PROFILE) for cell in one.cells} for one in extracts]
    return [
        Release(counts, released_whole(one)) for counts, one in zip(rounded, extracts, strict=True)
    ]


def test_the_table_is_whole(table):
    assert table.columns.tolist() == COLUMNS
    assert table["case"].tolist() == list(range(CASES))


@pytest.mark.slow
def test_a_row_of_the_table_is_made_again(table):
    assert row_of(6) == table.iloc[6].to_dict()


@pytest.mark.parametrize("case", [0, 1, 199])
def test_the_draws_are_as_described(case):
    held, first, second = people(case)
    one, two = (extract(held, number, day) for number, day in enumerate((first, second)))
    assert 1 <= held["extract"].sum() <= 3
    for made in (one, two):
        by_key(made.cells)  # tables do not contradict one another
        assert {name: len(frame) > 0 for name, frame in made.weeks.items()}
    before = {cell.key: cell.value for cell in one.cells}
    assert all(cell.value >= before[cell.key] for cell in two.cells)
    reached = [
        [one.weeks[name]["events"].sum(), two.weeks[name]["events"].sum()] for name in STRETCHES
    ]
    assert all(later >= sooner for sooner, later in reached)
    assert reached[1] == reached[2]  # both end with the final report of the same people


@pytest.mark.slow
def test_the_attacker_never_rules_out_the_truth(extracts, by_size):
    attacker = Attacker(by_size)
    for run, made in enumerate(extracts):
        for name, frame in made.weeks.items():
            people_of = int(frame["at_risk"].iloc[0] + frame["lost"].iloc[0])
            assert attacker.fits(attacker.everybody(run, name), people_of, people_of)
            weeks = frame.set_index(frame["time"] // 7)["events"]
            for step in attacker.steps[name]:
                until = int(weeks[weeks.index <= step].sum())
                form = attacker.part(run, name, "reached", 1, step)
                assert attacker.fits(form, until, until)


def test_the_attacker_works_out_what_bands_leave(by_size):
    """A first step is at 3, which is 1 to 6, and the week before it nobody: no more is known."""
    attacker, name = Attacker(by_size[:1]), "death to final"
    first = attacker.steps[name][0]
    assert by_size[0].told[name].steps[0][:2] == (7 * first, 3)
    form = attacker.part(0, name, "reached", first, first)
    assert [k for k in range(9) if attacker.fits(form, k, k)] == list(range(1, 7))
    assert not attacker.fits(attacker.part(0, name, "reached", 1, first - 1), 1, np.inf)


def test_no_sum_is_narrowed_in_any_pair_of_runs(table):
    assert len(table) >= 200
    assert table[["narrowed", "unsettled", "small_narrowed"]].eq(0).all(axis=None)
    assert table["small"].sum() > 1_000


def test_curves_that_are_not_cut_do_not_protect(table):
    """Otherwise there would be nothing to prove."""
    assert table["comes_out_without"].mean() > 0.5


def test_what_is_shown_is_still_worth_showing(table):
    assert table["steps"].mean() > 5
    assert table["second_steps"].mean() > 3


@pytest.mark.slow
def test_two_curves_of_the_same_people_say_more_than_each_alone():
    """Each is as safe as can be by itself; this is why a release tells one."""
    held, first, _ = people(122)
    made = extract(held, 0, first)
    counts = released(made, []).shown
    each = {
        name: tell(frame, profile=PROFILE, among=counts[STRETCHES[name], ()])
        for name, frame in made.weeks.items()
    }
    assert any(answer for _, answer in attacked([Release(counts, each)]))
    for name, told in each.items():
        assert not any(answer for _, answer in attacked([Release(counts, {name: told})]))


@pytest.mark.slow
def test_what_was_added_since_a_release_is_asked_of_too():
    held, first, second = people(17)
    one = released(extract(held, 0, first), [])
    two = released(extract(held, 1, second), [one])
    asked = [what for what, _ in Attacker([one, two]).asked()]
    assert {what.rpartition(" (")[2] for what in asked} == {"run 1)", "run 2)", "added)"}
    assert len(set(asked)) == len(asked)
