"""Differences of two numbers with their intervals, against published and closed forms."""

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.compare.differences import METHODS, intervals, kind_of, mover
from helpers.compare.numbers import Number

SHARE = Number(
    exhibit="a.b", title="A share", page="1", row="a.b.all", column="", value=48 / 80, text="",
    low=0.4905, high=0.7006, level=0.95, numerator=48.0, denominator=80.0, per=None,
    unit="proportion", method="Wilson score, no continuity correction", definition="d",
    wording="", denominator_id="n", start="2018-01-01", end="2018-12-31", year="", status="real",
)  # fmt: skip
OTHER = replace(SHARE, value=0.8, low=0.6914, high=0.8769, numerator=56.0, denominator=70.0)
RATE = replace(SHARE, unit="number", method="Byar's approximation, used at 10 events and above")
MEDIAN = replace(SHARE, unit="days", method="Kaplan-Meier, inverted log-log band", value=20.0,
                 low=18.0, high=24.0, numerator=50.0, denominator=60.0)  # fmt: skip


def rate(events, exposure, per=1000.0):
    return replace(RATE, value=per * events / exposure, numerator=float(events),
                   denominator=float(exposure), per=per)  # fmt: skip


def of(first, second):
    kind, _ = kind_of(first, second)
    return kind, {
        name: item[0] for name, item in intervals([(first, second)], kind, level=0.95).items()
    }


def test_shares_of_people_have_newcombes_limits():
    """Newcombe 1998, Stat Med 17:873, table II, contrast (a), method 10: 0.0524 to 0.3339."""
    kind, made = of(SHARE, OTHER)
    assert kind == "proportion"
    assert made["difference_low"] == pytest.approx(0.0524, abs=5e-5)
    assert made["difference_high"] == pytest.approx(0.3339, abs=5e-5)
    assert made["ratio"] == pytest.approx(0.8 / 0.6)


def test_mover_from_wilsons_limits_is_newcombes_method():
    """Newcombe's method 10 is MOVER from Wilson limits (Zou and Donner 2008), to their digits."""
    value, low, high = mover((0.6, 0.4905, 0.7006), (0.8, 0.6914, 0.8769))
    assert (value, low, high) == pytest.approx((0.2, 0.0524, 0.3339), abs=1e-3)


def test_rates_have_the_mid_p_ratio_and_the_difference_per_the_same_units():
    """The ratio of the documentation of the method: 11 in 800 against 23 in 3000, mid-p."""
    kind, made = of(rate(23, 3000), rate(11, 800))
    assert kind == "rate"
    assert [made[name] for name in ("ratio", "ratio_low", "ratio_high")] == pytest.approx(
        [1.793, 0.842, 3.642], abs=5e-4
    )
    assert made["difference_low"] == pytest.approx(-1.80, abs=5e-3)
    assert made["difference_high"] == pytest.approx(17.29, abs=5e-3)


def test_ratios_are_compared_on_the_log_scale():
    """Two log-normal intervals: the closed form is the ratio times exp(+-z root(s1^2 + s2^2))."""
    z, spreads = 1.959963984540054, (0.2, 0.3)
    first, second = (
        replace(SHARE, unit="ratio", method="logistic regression, maximum likelihood",
                numerator=None, denominator=None, value=value,
                low=value * math.exp(-z * spread), high=value * math.exp(z * spread))
        for value, spread in zip((1.5, 2.1), spreads, strict=True)
    )  # fmt: skip
    kind, made = of(first, second)
    assert kind == "log_mover"
    width = z * math.hypot(*spreads)
    assert made["ratio"] == pytest.approx(1.4)
    assert made["ratio_low"] == pytest.approx(1.4 * math.exp(-width))
    assert made["ratio_high"] == pytest.approx(1.4 * math.exp(width))
    assert made["difference_low"] is None


def test_a_limit_that_was_not_reached_leaves_the_limit_that_rests_on_it_open():
    kind, made = of(MEDIAN, replace(MEDIAN, value=30.0, low=27.0, high=None))
    assert kind == "mover"
    assert made["difference_low"] == pytest.approx(10 - math.hypot(3, 4))
    assert made["difference_high"] is None


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"low": None, "high": None}, "no interval of their own"),
        ({"value": None}, "not there"),
        ({"level": 0.99}, "different levels"),
        ({"method": "every declared combination counts once; no test"}, "no confidence intervals"),
    ],
)
def test_what_has_no_interval_says_why(change, why):
    kind, said = kind_of(MEDIAN, replace(MEDIAN, **change))
    assert kind == ""
    assert why in said


def test_a_ratio_of_nothing_has_no_interval_of_its_log():
    zero = replace(SHARE, unit="ratio", method="Cox model", numerator=None, value=0.0, low=0.0)
    assert kind_of(zero, zero)[1] == "a ratio or a limit is 0 or without end"


def test_a_share_whose_value_is_not_its_numerator_over_its_denominator_is_not_one_of_counts():
    weighted = replace(SHARE, value=0.61)
    assert kind_of(weighted, weighted)[0] == "mover"


def test_every_kind_names_its_method():
    assert all(METHODS[kind] for kind in ("proportion", "rate", "mover", "log_mover"))


numbers = st.tuples(st.floats(-50, 50), st.floats(0, 20), st.floats(0, 20)).map(
    lambda part: (part[0], part[0] - part[1], part[0] + part[2])
)


@given(numbers, numbers)
def test_the_other_way_round_is_the_same_difference_with_its_sign_turned(first, second):
    value, low, high = mover(first, second)
    assert low <= value <= high
    turned = [float(-item) for item in mover(second, first)]
    assert turned == pytest.approx([float(value), float(high), float(low)], abs=1e-9)


@given(numbers)
def test_a_number_known_without_doubt_lends_the_other_its_own_width(number):
    value, low, high = (float(item) for item in mover((5.0, 5.0, 5.0), number))
    assert (value, low, high) == pytest.approx(tuple(part - 5 for part in number), abs=1e-9)
