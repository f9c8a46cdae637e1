"""The two parts of a change: the identity, hand-worked numbers, coverage and refusals."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.methods.decompose import TOTAL, kitagawa


def table(first, last):
    """Rows from pairs of events and people, by stratum."""
    rows = [(1, name, *pair) for name, pair in zip("abcdef", first, strict=False)]
    rows += [(2, name, *pair) for name, pair in zip("abcdef", last, strict=False)]
    return pd.DataFrame(rows, columns=["year", "age", "numerator", "denominator"])


def split(rows, **options):
    return kitagawa(rows, by="year", strata="age", first=1, last=2, **options)


def test_worked_by_hand():
    """Shares 1/2, 1/2 then 1/3, 2/3; rates 0.10, 0.40 then 0.12, 0.45."""
    found = split(table([(10, 100), (40, 100)], [(12, 100), (90, 200)])).set_index("age")
    assert found.loc["a", "rate_part"] == pytest.approx((1 / 2 + 1 / 3) / 2 * 0.02)
    assert found.loc["b", "rate_part"] == pytest.approx((1 / 2 + 2 / 3) / 2 * 0.05)
    assert found.loc["a", "mix_part"] == pytest.approx(0.11 * (1 / 3 - 1 / 2))
    assert found.loc["b", "mix_part"] == pytest.approx(0.425 * (2 / 3 - 1 / 2))
    assert found.loc[TOTAL, "change"] == pytest.approx(102 / 300 - 50 / 200)


pair = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
pairs = st.integers(1, 5).flatmap(
    lambda size: st.tuples(*[st.lists(pair, min_size=size, max_size=size)] * 2)
)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(pairs)
def test_the_parts_add_up_to_the_change_and_turn_round_with_the_periods(rows):
    found = split(table(*rows)).iloc[-1]
    totals = [sum(x for x, _ in part) / sum(n for _, n in part) for part in rows]
    assert found["rate_part"] + found["mix_part"] == pytest.approx(totals[1] - totals[0], abs=1e-12)
    back = split(table(*rows[::-1])).iloc[-1]
    assert back["rate_part"] == pytest.approx(-found["rate_part"], abs=1e-12)
    assert back["mix_part"] == pytest.approx(-found["mix_part"], abs=1e-12)


def test_the_same_mix_has_no_mix_part_and_the_same_rates_no_rate_part():
    same_mix = split(table([(10, 100), (40, 100)], [(40, 200), (90, 200)])).iloc[-1]
    assert same_mix["mix_part"] == pytest.approx(0)
    assert same_mix["mix_low"] == same_mix["mix_high"] == pytest.approx(0)
    same_rates = split(table([(10, 100), (40, 100)], [(10, 100), (160, 400)])).iloc[-1]
    assert same_rates["rate_part"] == pytest.approx(0)


def covered(size, rate, kind, replicates, seed=8):
    """How often the limits of the rate part and of the mix part hold the true one."""
    rng = np.random.default_rng(seed)
    share = size / size.sum(axis=1, keepdims=True)
    true_rate = (share.mean(axis=0) * (rate[1] - rate[0])).sum()
    true_mix = (rate.mean(axis=0) * (share[1] - share[0])).sum()
    inside = np.zeros(2)
    for _ in range(replicates):
        events = rng.binomial(size, rate) if kind == "proportion" else rng.poisson(size * rate)
        rows = table(*[list(zip(events[year], size[year], strict=True)) for year in (0, 1)])
        found = split(rows, kind=kind).iloc[-1]
        inside += (
            found["rate_low"] < true_rate < found["rate_high"],
            found["mix_low"] < true_mix < found["mix_high"],
        )
    return inside / replicates


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["proportion", "rate"])
def test_limits_of_both_parts_cover_as_often_as_they_say(kind):
    size = np.array([[400, 600], [300, 900]])
    rate = np.array([[0.10, 0.30], [0.15, 0.32]])
    assert (np.abs(covered(size, rate, kind, 200) - 0.95) < 0.06).all()  # four standard errors


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["proportion", "rate"])
def test_with_a_handful_of_events_limits_cover_no_less_than_they_say(kind):
    """2 to 5 events expected in each; delta limits cover 90 to 91% for the mix part."""
    size = np.array([[20, 200, 400], [40, 180, 300]])
    rate = np.array([[0.10, 0.02, 0.01], [0.12, 0.03, 0.01]])
    assert (covered(size, rate, kind, 250) > 0.95 - 0.023).all()


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(pairs)
def test_limits_hold_the_part_and_turn_round_with_the_periods(rows):
    found, back = split(table(*rows)).iloc[-1], split(table(*rows[::-1])).iloc[-1]
    for part in ("rate", "mix"):
        low, value, high = (found[f"{part}_{end}"] for end in ("low", "part", "high"))
        assert low <= value + 1e-12
        assert value <= high + 1e-12
        assert low == pytest.approx(-back[f"{part}_high"], abs=1e-12)


def test_one_stratum_has_newcombes_limits_of_a_difference_of_shares():
    """Newcombe (1998) Stat Med 17:873, method 10: 56/70 less 48/80 is 0.2 (0.0524 to 0.3339)."""
    found = split(table([(48, 80)], [(56, 70)])).iloc[-1]
    limits = found[["rate_part", "rate_low", "rate_high"]].astype(float)
    assert limits.tolist() == pytest.approx([0.2, 0.0524, 0.3339], abs=5e-5)
    assert found["mix_low"] == found["mix_high"] == 0


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (table([(1, 9), (1, 9)], [(1, 9)]), "Row b: this stratum has no row"),
        (table([(1, 9)], [(0, 0)]), "Row a: nobody is in this stratum"),
        (table([(10, 9)], [(1, 9)]), "Row a: the numerator is greater"),
        (pd.concat([table([(1, 9)], [(1, 9)])] * 2), "occurs twice"),
        (table([(np.nan, 9)], [(1, 9)]), "Row a: a count or exposure is missing"),
    ],
)
def test_what_is_refused(rows, words):
    with pytest.raises(ValueError, match=words):
        split(rows)


@pytest.mark.parametrize(("first", "last"), [(2014, 2015), (1, "2"), ("one", 2)])
def test_a_period_that_is_mistyped_is_refused_and_those_present_are_named(first, last):
    rows = table([(1, 9)], [(2, 9)])
    with pytest.raises(ValueError, match="No row is of the period .*; the rows are of 1, 2"):
        kitagawa(rows, by="year", strata="age", first=first, last=last)
    with pytest.raises(ValueError, match="the same: 1"):
        kitagawa(rows, by="year", strata="age", first=1, last=1)


def test_no_rows_give_no_rows_with_the_columns():
    found = split(table([], []))
    assert found.empty
    assert {"rate_part", "mix_low", "method"} <= set(found)


@pytest.mark.parametrize("events", [(0, 0), (50, 60)])
def test_none_or_all_everywhere_is_not_certain(events):
    first, last = events
    rows = table([(first, 50), (last, 60)], [(first, 50), (last, 60)])
    found = split(rows).iloc[-1]
    assert found["rate_part"] == 0
    assert found["rate_low"] < -0.03
    assert found["rate_high"] > 0.03
