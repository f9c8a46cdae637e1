"""Runs about a centre against a plain count, the published limits and edges."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from helpers.methods.run_rules import runs


def counted(sides):
    """Longest run and crossings, one point at a time."""
    longest = length = 1
    crossings = 0
    for before, after in zip(sides, sides[1:], strict=False):
        crossings += before != after
        length = length + 1 if before == after else 1
        longest = max(longest, length)
    return longest, crossings


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([-1, 0, 1]), max_size=60))
def test_counts_agree_with_one_point_at_a_time(values):
    sides = [value for value in values if value]
    found = runs(values, 0)
    assert found.useful == len(sides)
    assert (found.longest_run, found.crossings) == (counted(sides) if sides else (0, 0))


@pytest.mark.parametrize("n", [2, 3, 5, 10, 24, 101, 1000])
def test_limits_are_the_published_formulae(n):
    """Anhoej and Olesen (2014) PLoS ONE 9:e113825."""
    found = runs(np.arange(n) % 2, 0.5)
    assert found.longest_run_max == round(np.log2(n) + 3)
    assert found.crossings_min == binom.ppf(0.05, n - 1, 0.5)


@pytest.mark.parametrize("n", [0, 1, 2, 3])
def test_very_short_series_give_no_signal(n):
    assert not runs([9.0] * n, 1).signal


def test_each_rule_signals_by_itself():
    long = runs([*[1] * 9, *[-1, 1] * 8], 0)
    assert long.longest_run > long.longest_run_max
    assert long.crossings >= long.crossings_min
    assert long.signal
    few = runs([1, 1, 1, 1, 1, -1, -1, -1, -1, -1] * 2, 0)
    assert few.longest_run <= few.longest_run_max
    assert few.crossings < few.crossings_min
    assert few.signal


def test_a_point_off_the_centre_by_rounding_lies_on_it():
    assert 0.1 + 0.2 != 0.3
    assert runs([0.1 + 0.2] * 24, 0.3).useful == 0
    assert runs([0.3 + 1e-9] * 24, 0.3).useful == 24


def test_a_missing_centre_leaves_no_useful_point():
    assert runs([1, 2, 3], np.nan).useful == 0
    assert runs([1, 2, 3], [np.nan, 1, 1]).useful == 2
