"""Natural frequencies: no share becomes none, all or half of itself by its wording."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.exhibits.natural import certainty, chance, natural

inner = st.floats(0.0001, 0.9999)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "none"),
        (1, "all"),
        (float("nan"), "not known"),
        (1454 / 10306, "about 14 in 100"),
        (195 / 10306, "about 2 in 100"),
        (0.01, "about 1 in 100"),
        (0.0031, "about 3 in 1,000"),
        (0.00012, "about 1 in 10,000"),
        (0.0001, "about 1 in 10,000"),
        (0.00009, "fewer than 1 in 10,000"),
        (0.5, "about 50 in 100"),
        (0.9, "about 90 in 100"),
        (0.996, "about 996 in 1,000"),
        (0.99995, "more than 9,999 in 10,000"),
    ],
)
def test_shares_in_words(value, words):
    assert natural(value) == words


def said(text):
    count, base = re.fullmatch(r"about ([\d,]+) in ([\d,]+)", text).groups()
    return int(count.replace(",", "")) / int(base.replace(",", ""))


@given(inner)
def test_the_words_are_near_the_share_and_never_none_or_all(value):
    found = said(natural(value))
    assert 0 < found < 1
    assert abs(found - value) <= max(0.1 * min(value, 1 - value), 0.00005) + 1e-9


@given(inner, inner)
def test_a_higher_share_is_never_said_to_be_lower(one, other):
    low, high = sorted([one, other])
    # Two bases may round each to a tenth; beyond that the order must stay.
    if high > 1.3 * low and (1 - low) > 1.3 * (1 - high) and low > 0.001:
        assert said(natural(low)) < said(natural(high))


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (1 / 160, "about 1 in 160"),
        (0.00624, "about 1 in 160"),
        (0.5, "about 1 in 2"),
        (0.05, "about 1 in 20"),
        (0.3, "about 30 in 100"),
        (0.8, "about 80 in 100"),
        (1 / 123_456, "about 1 in 120,000"),
        (1e-7, "fewer than 1 in 1,000,000"),
        (0, "none"),
        (1, "all"),
        (float("nan"), "not known"),
    ],
)
def test_one_in_so_many(p, words):
    assert chance(p) == words


@given(st.floats(0, 1))
def test_every_share_has_words(value):
    assert natural(value)
    assert "in 1 " not in f"{chance(value)} "


@pytest.mark.parametrize("value", [-0.1, 1.1, 14, float("inf")])
def test_what_is_no_share_is_refused(value):
    for words in (natural, chance):
        with pytest.raises(ValueError, match="between 0 and 1"):
            words(value)


@pytest.mark.parametrize(
    ("low", "high", "null", "words"),
    [
        (0.01, 0.04, 0, "lies above no difference"),
        (-0.04, -0.01, 0, "lies below no difference"),
        (-0.04, 0.01, 0, "includes no difference"),
        (0.0, 0.01, 0, "begins at no difference"),
        (-0.01, 0.0, 0, "ends at no difference"),
        (0.8, 1.2, 1, "includes no difference"),
        (1.2, float("inf"), 1, "lies above no difference"),
        (0, 0, 0, "no width"),
        (float("nan"), 1, 0, "No interval can be given"),
    ],
)
def test_what_an_interval_includes(low, high, null, words):
    found = certainty(low, high, null)
    assert words in found
    assert not re.search("chance|likely|probab|significan", found)


def test_limits_the_wrong_way_round_are_refused():
    with pytest.raises(ValueError, match="above the upper"):
        certainty(2, 1, 0)
    with pytest.raises(ValueError, match="null must be"):
        certainty(1, 2, float("nan"))
