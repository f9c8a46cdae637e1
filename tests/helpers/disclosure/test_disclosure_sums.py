"""Sums behind a protected curve: what an attacker finds, by counting all that could be."""

from itertools import product

import pytest

from helpers.disclosure.profiles import RELEASES
from helpers.disclosure.protect import Shown, shown
from helpers.disclosure.running import Told
from helpers.disclosure.sums import unsafe

RULE = RELEASES["opensafely"]


def everything(told):
    """Every way in which the people of a curve of two steps could have fared, one by one."""
    (_, n1, l1), (_, n2, l2) = told.steps

    def band(middle):
        return range(middle - 2, middle + 4) if middle else range(1)

    for first, second, lost, more, start in product(*map(band, (n1, n2, l1, l2, told.started))):
        # None was reached before the first step; later ones may have been before the second.
        for between in range(6):
            at = second - first - between
            rest = start - second - more
            if at >= 0 and more >= lost and rest >= 0 and first + between in band(n1):
                yield {
                    "started": start, "reached at 7": first, "reached at 14": at,
                    "reached between, before 14": between, "reached by 7": first,
                    "reached by 14": second, "reached before 14": first + between,
                    "lost before 7": lost, "lost before 14": more,
                    "lost between, before 14": more - lost, "at risk at 7": start - lost,
                    "lost between, before 7": lost, "others": rest,
                    "at risk at 14": start - first - between - more,
                }  # fmt: skip


CURVES = [
    Told(started, ((7, first, l1), (14, second, l2)), whole=False)
    for started, (first, second), (l1, l2) in product(
        [9, 15, 21, 33], [(3, 9), (3, 15), (9, 15)], [(0, 0), (0, 3), (3, 3), (3, 9)]
    )
]
POSSIBLE = [told for told in CURVES if next(everything(told), None)]
"""Those that some people could have; nobody fits the bands of the others."""


@pytest.mark.parametrize("told", POSSIBLE, ids=str)
def test_the_attacker_finds_what_counting_finds(told):
    ways = list(everything(told))
    expected = set()
    for name in ways[0]:
        possible = {way[name] for way in ways}
        protected = possible & set(range(1, 7))
        if 0 not in possible and protected and len(protected) < 6:
            expected.add(f"{name} (release 1)")
    assert set(unsafe([told], profile=RULE)) == expected


def test_those_who_are_not_in_the_group_are_no_small_number_that_can_be_told():
    """100 people of whom 97 to 102 are in the group: nobody may be outside, so nothing is told."""
    told = Told(99, ((7, 33, 0), (14, 63, 0)), whole=False)
    assert unsafe([told], profile=RULE, among=[shown(100, RULE)]) == []
    # By a total that is shown as it is, between 1 and 3 are outside: that may not be told.
    found = unsafe([told], profile=RULE, among=[Shown(105, 105, 105)])
    assert found == ["outside (release 1)"]
