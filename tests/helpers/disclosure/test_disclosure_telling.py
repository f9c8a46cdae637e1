"""What a release tells of its curves: how far, of which stretch, and after earlier releases."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from waits import people, records

from helpers.disclosure.cells import Scheme, where_of
from helpers.disclosure.curves import curve
from helpers.disclosure.needs import Published
from helpers.disclosure.profiles import RELEASES
from helpers.disclosure.protect import Shown, shown
from helpers.disclosure.running import Told, weekly
from helpers.disclosure.sums import unsafe
from helpers.disclosure.telling import first_of, known_of, tell
from helpers.errors import InputError

RULE = RELEASES["opensafely"]


@given(people)
def test_the_table_is_that_of_the_rule_for_curves(rows):
    held = records(rows)
    frame = weekly(held["days"], held["observed"])
    told = tell(frame, profile=RULE)
    if told is None:
        return
    made = told.frame()
    rule = curve(frame[["time", "events", "at_risk"]], profile=RULE).head(len(made))
    if frame["lost"].iloc[0] == 0:
        assert made["events"].tolist() == rule["events_midpoint6"].tolist()
        assert made["at_risk"].tolist() == rule["at_risk_midpoint6"].tolist()
        np.testing.assert_allclose(made["survival"], rule["value_midpoint6_derived"])


@given(people)
def test_no_step_stands_for_fewer_people_than_the_profile_allows(rows):
    """By the bands alone, 1 to 6 people are all possible at a step, or only more than six are."""
    held = records(rows)
    told = tell(weekly(held["days"], held["observed"]), profile=RULE)
    if told is None:
        return
    middles = [0, *(reached for _, reached, _ in told.steps)]
    assert all(b > a and (b - a) % 3 == 0 for a, b in pairwise(middles))
    for before, now in pairwise(middles):
        least = (now - 2) - (before + 3 if before else 0)
        most = (now + 3) - (before - 2 if before else 0)
        assert least > 6 or (least <= 1 and most >= 6)


def test_a_curve_is_cut_where_its_end_would_give_those_lost_away():
    """Of 13 to 18 people 13 to 18 had got there: of those lost 1 to 5 were possible, and 6 not."""
    got = [4, 6, 7, 16, 24, 28, 30, 36, 41, 48, 48, 50, 51]
    held = records([*((day, True) for day in got), *((day, False) for day in (13, 31, 54))])
    all_of_it = Told(15, ((7, 3, 0), (35, 9, 3), (56, 15, 3)), whole=True)
    assert "lost before 56 (release 1)" in unsafe([all_of_it], profile=RULE)
    told = tell(weekly(held["days"], held["observed"]), profile=RULE)
    assert told == Told(15, all_of_it.steps[:2], whole=False)


def test_a_group_that_is_too_small_has_no_curve():
    held = records([(number, True) for number in range(6)])
    assert tell(weekly(held["days"], held["observed"]), profile=RULE) is None
    assert tell(weekly(held["days"][:0], held["observed"][:0]), profile=RULE) is None


@pytest.mark.parametrize("name", ["hes", "mhsds", "ons-deaths", "open"])
def test_a_profile_without_a_rule_for_curves_is_refused(name):
    held = records([(number, True) for number in range(20)])
    with pytest.raises(InputError, match="no rule of this profile"):
        tell(weekly(held["days"], held["observed"]), profile=RELEASES[name])


@settings(max_examples=20)
@given(people, st.lists(st.tuples(st.integers(0, 60), st.booleans()), max_size=12))
def test_a_second_release_narrows_nothing_of_the_first(rows, more):
    """What is told of people added, at any step, leaves nobody or one to six of them possible."""
    before, after = records(rows), records(rows + more)
    first = tell(weekly(before["days"], before["observed"]), profile=RULE)
    if first is None:
        return
    among = shown(len(rows), RULE)
    second = tell(
        weekly(after["days"], after["observed"]), profile=RULE, earlier=[(first, among)],
        among=shown(len(rows + more), RULE),
    )  # fmt: skip
    if second is None:
        return
    assert unsafe([first], profile=RULE) == []
    assert unsafe([first, second], profile=RULE) == []
    whole = {time: reached for time, reached, _ in first.steps}
    for time, reached, _ in second.steps:
        if time in whole:  # by the bands of the two alone, how many were added until then
            least, most = reached - whole[time] - 5, reached - whole[time] + 5
            assert least <= 0 or (least <= 1 and most >= 6) or least > 6


# ---- One stretch a release ----------------------------------------------------------------------

DAYS = pd.Series(range(1, 61))
FRAMES = {name: weekly(DAYS + 7 * k, DAYS.gt(0)) for k, name in enumerate(("planned", "other"))}


def test_a_release_tells_the_first_stretch_of_which_enough_can_be_told():
    among = dict.fromkeys(["few", *FRAMES], [None])
    few = weekly(DAYS[:4], DAYS[:4].gt(0))
    name, told = first_of({"few": few, **FRAMES}, profile=RULE, among=among)
    assert (name, told) == ("planned", tell(FRAMES["planned"], profile=RULE))
    assert first_of({"few": few}, profile=RULE, among=among) is None


def test_a_later_release_tells_the_same_stretch_or_none():
    other = {"other": tell(FRAMES["other"], profile=RULE)}
    among = dict.fromkeys(FRAMES, [None, None])
    name, _ = first_of(FRAMES, profile=RULE, among=among, earlier=[other])
    assert name == "other"
    only = {"planned": FRAMES["planned"]}
    assert first_of(only, profile=RULE, among=among, earlier=[other]) is None
    both = other | {"planned": tell(FRAMES["planned"], profile=RULE)}
    assert first_of(FRAMES, profile=RULE, among=among, earlier=[both]) is None


def test_a_total_is_known_as_far_as_all_tables_of_all_releases_leave_it_open():
    """7 to 12 people, of whom 7 to 12 and 1 to 6: 8 at least; a later run has no fewer."""
    total, one, two = (("n", where_of(held)) for held in ({}, {"s": "A"}, {"s": "B"}))
    middle = {total: Shown(9, 7, 12), one: Shown(9, 7, 12), two: Shown(3, 1, 6)}
    assert known_of([total], middle, scheme=Scheme())[total] == [Shown(9, 8, 12)]
    alone = {total: Shown(9, 7, 12)}
    found = known_of([total], alone, scheme=Scheme(), earlier=[Published(RULE, middle)])
    assert found[total] == [Shown(9, 8, 12), Shown(9, 8, 12)]
    nowhere = ("m", ())
    assert known_of([nowhere], alone, scheme=Scheme())[nowhere] == [None]
