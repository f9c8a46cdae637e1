"""From samples to all deaths: published examples, closed forms and every sample there is."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.proportions import wilson
from helpers.methods.sampling import (
    allocate,
    draw,
    sample_size,
    stratified_mean,
    stratified_share,
    tally,
)

FEW = settings(max_examples=8)  # each example is several samples

several = st.lists(st.integers(1, 40), min_size=1, max_size=5)


def counts(*sizes):
    """Strata A, B, ... of given numbers of deaths."""
    return pd.DataFrame({"stratum": list("ABCDEFGH"[: len(sizes)]), "deaths": sizes})


# ---- Estimates ----------------------------------------------------------------------------------


def read(deaths, denominator, numerator):
    return pd.DataFrame({"population": deaths, "denominator": denominator, "numerator": numerator})


# The data `fpc` of the R package survey (from Stata), whose documentation prints svymean: 5.4481,
# standard error 0.616.
def test_a_stratified_mean_of_the_r_package_survey():
    deaths = pd.DataFrame({"id": range(27), "stratum": ["A"] * 15 + ["B"] * 12})
    sample = draw(deaths, allocate(deaths, 27).assign(sample=[5, 3]), seed=1)
    values = [2.8, 4.1, 6.8, 6.8, 9.2, 3.7, 6.6, 4.2]
    row = stratified_mean(tally(sample, sample.selected[["id"]].assign(outcome=values))).iloc[0]
    assert round(row["value"], 4) == 5.4481
    assert round(row["std_error"], 3) == 0.616
    assert row["df"] == 6
    assert_allclose(row["high"] - row["value"], 2.446912 * row["std_error"], rtol=1e-6)


def test_one_stratum_of_many_deaths_has_the_limits_of_wilson():
    row = stratified_share(read([10**9], [263], [81])).iloc[0]
    # Newcombe (1998) Stat Med 17:857: 81 of 263 gives 0.2553 to 0.3662. With n - 1 for n.
    low, high = wilson(81 / 263 * 262, 262)
    assert_allclose([row["low"], row["high"]], [low, high], rtol=1e-6)
    assert_allclose([row["low"], row["high"]], [0.2553, 0.3662], atol=3e-4)


def test_a_share_is_weighted_by_the_deaths_that_each_one_stands_for():
    row = stratified_share(read([900, 100], [10, 10], [1, 9])).iloc[0]
    assert_allclose(row["value"], 0.9 * 0.1 + 0.1 * 0.9)
    assert row[["numerator", "denominator", "population", "strata"]].tolist() == [10, 20, 1000, 2]
    variance = 0.81 * (1 - 10 / 900) * 0.09 / 9 + 0.01 * (1 - 10 / 100) * 0.09 / 9
    assert_allclose(row["std_error"], np.sqrt(variance))
    normal = stratified_share(read([900, 100], [10, 10], [1, 9]), interval="normal").iloc[0]
    assert_allclose(normal["high"] - normal["value"], 1.959964 * np.sqrt(variance), rtol=1e-6)
    assert "normal limits, finite population correction" in normal["method"]


def every_sample(deaths, size):
    """All numbers with the outcome that samples of strata can hold, one row a sample."""
    return np.array(list(product(*(range(n + 1) for n in size))), dtype=float)


def chances(samples, deaths, size, with_outcome):
    from scipy.stats import hypergeom

    parts = zip(samples.T, deaths, with_outcome, size, strict=True)
    return np.prod([hypergeom(n, k, m).pmf(x) for x, n, k, m in parts], axis=0)


# Over all samples of 5 of 12 and 4 of 9 deaths: the mean estimate is the truth, and the mean of the
# squared error is the variance of the estimate.
@pytest.mark.parametrize("with_outcome", [(3, 4), (12, 2)])
def test_share_and_error_are_right_on_average_over_all_samples(with_outcome):
    deaths, size = (12, 9), (5, 4)
    samples = every_sample(deaths, size)
    weight = chances(samples, deaths, size, with_outcome)
    rows = pd.concat([stratified_share(read(deaths, size, x)) for x in samples])
    truth = sum(with_outcome) / 21
    assert_allclose((weight * rows["value"]).sum(), truth)
    spread = (weight * (rows["value"] - truth) ** 2).sum()
    assert_allclose((weight * rows["std_error"] ** 2).sum(), spread)


DESIGNS = {
    "proportional": ((200, 100, 50), (20, 10, 5)),
    "equal": ((200, 100, 50), (12, 12, 12)),
    "uneven": ((400, 40, 20), (15, 10, 10)),
    "few": ((100, 50), (5, 5)),
    "half": ((40, 40, 20), (20, 20, 10)),
    "one whole": ((100, 10), (20, 10)),
}


def populations(deaths):
    """Deaths with the outcome: about 2 to 50% of all, strata alike or far apart."""
    for share, apart in product((0.02, 0.05, 0.1, 0.2, 0.35, 0.5), (0, 1, 2)):
        logit = np.log(share / (1 - share)) + apart * np.linspace(-1, 1, len(deaths))
        yield np.round(np.array(deaths) / (1 + np.exp(-logit))).astype(int)


def coverage(design, **options):
    """How often 95% limits hold the truth, over all samples of a design, for each population."""
    from helpers.methods._estimates import share_with_limits

    deaths, size = (np.array(numbers, dtype=float) for numbers in DESIGNS[design])
    samples = every_sample(*DESIGNS[design])
    found = [share_with_limits(deaths, size, x, **options) for x in samples]
    low, high = (np.array([row[end] for row in found]) for end in ("low", "high"))
    for with_outcome in populations(deaths):
        truth = with_outcome.sum() / deaths.sum()
        inside = (low <= truth + 1e-12) & (truth <= high + 1e-12)
        yield chances(samples, deaths.astype(int), size.astype(int), with_outcome)[inside].sum()


@pytest.mark.parametrize("design", ["few", "one whole"])
def test_limits_hold_the_truth_at_least_nearly_as_often_as_they_say(design):
    held = list(coverage(design))
    assert np.mean(held) > 0.95
    assert min(held) > 0.89
    assert np.mean(list(coverage(design, interval="normal"))) < 0.72


# The numbers that the documentation of `stratified_share` gives.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("options", "mean", "least"),
    [({}, 0.97, 0.89), ({"strata_gain": True}, 0.93, 0.57), ({"interval": "normal"}, 0.78, 0.19)],
)
def test_how_often_limits_hold_the_truth_over_all_designs(options, mean, least):
    held = [share for design in DESIGNS for share in coverage(design, **options)]
    assert [round(np.mean(held), 2), round(min(held), 2)] == [mean, least]


@FEW
@given(st.lists(st.integers(2, 60), min_size=1, max_size=4), st.data(), st.floats(0.5, 0.999))
def test_limits_hold_the_value_and_what_was_read(sizes, data, level):
    size = [data.draw(st.integers(2, n)) for n in sizes]
    found = [data.draw(st.integers(0, n)) for n in size]
    for options in ({}, {"strata_gain": True}, {"interval": "normal"}):
        row = stratified_share(read(sizes, size, found), level=level, **options).iloc[0]
        assert row["low"] - 1e-12 <= row["value"] <= row["high"] + 1e-12
        assert row["low"] * sum(sizes) >= sum(found) - 1e-9
        assert (1 - row["high"]) * sum(sizes) >= sum(size) - sum(found) - 1e-9


def test_nobody_with_the_outcome_still_leaves_room_for_some():
    row = stratified_share(read([400, 100], [20, 20], [0, 0])).iloc[0]
    assert row["value"] == row["low"] == 0
    # Effective size of the design: 1 / (0.64 x 0.95 / 20 + 0.04 x 0.8 / 20) = 31.25.
    assert_allclose(row["effective_size"], 31.25)
    assert_allclose(row["high"], wilson(0, 31.25)[1])


def test_where_every_death_was_read_there_is_no_sampling_error():
    row = stratified_share(read([8, 3], [8, 3], [2, 3])).iloc[0]
    assert row["low"] == row["value"] == row["high"] == 5 / 11
    assert row["std_error"] == 0
    assert "no sampling error" in row["note"]
    mean = pd.DataFrame(
        {"population": [3], "denominator": [3], "mean": [2.5], "variance": [np.nan]}
    )
    assert stratified_mean(mean).loc[0, ["low", "high"]].tolist() == [2.5, 2.5]


def test_shares_of_groups_of_strata_are_those_of_the_groups_alone():
    table = read([40, 60, 30], [8, 9, 5], [2, 7, 1]).assign(year=[2015, 2015, 2016])
    rows = stratified_share(table, by="year")
    assert rows["year"].tolist() == [2015, 2016]
    alone = stratified_share(table.iloc[:2]).iloc[0]
    assert (
        rows.loc[0, ["value", "low", "high"]].tolist() == alone[["value", "low", "high"]].tolist()
    )


@pytest.mark.parametrize(
    ("table", "options", "words"),
    [
        (read([40, 10], [5, 0], [1, 0]), {}, "Row 1: no death of the stratum was read"),
        (read([40, 10], [5, 1], [1, 0]), {}, "Row 1: one death of several was read"),
        (read([40, 10], [5, 11], [1, 0]), {}, "Row 1: more deaths were read than there are"),
        (read([40, 0], [5, 0], [1, 0]), {}, "Row 1: the stratum holds no deaths"),
        (read([40, 10], [5, 4], [6, 0]), {}, "numerator is greater"),
        (read([40, 10], [5, 4], [1.5, 0]), {}, "not a whole number"),
        (read([40, 10], [5, 4], [None, 0]), {}, "the numerator is missing"),
        (read([40, None], [5, 4], [1, 0]), {}, "a number of deaths is missing"),
        (read([], [], []), {}, "There are no strata"),
        (read([40], [5], [1]), {"interval": "exact"}, "interval must be one of"),
        (read([40], [5], [1]), {"level": 1}, "level must lie strictly"),
        (read([40], [5], [1]), {"by": "year"}, "Missing column 'year'"),
        (read([40], [5], [1]).drop(columns="numerator"), {}, "Missing column 'numerator'"),
    ],
)
def test_samples_that_say_nothing_of_all_deaths_are_refused(table, options, words):
    with pytest.raises(ValueError, match=words):
        stratified_share(table, **options)


def test_a_stratum_of_one_that_was_read_is_known():
    row = stratified_share(read([40, 1], [10, 1], [4, 1])).iloc[0]
    assert_allclose(row["value"], (40 * 0.4 + 1) / 41)


# ---- How many -----------------------------------------------------------------------------------


# Krejcie and Morgan (1970) Educ Psychol Meas 30:607, table 1 (half width 0.05, share 0.5). They
# round to the nearest number; a size that reaches the half width is rounded up.
@pytest.mark.parametrize(
    ("deaths", "printed"),
    [(10, 10), (20, 19), (50, 44), (100, 80), (1000, 278), (10_000, 370), (1_000_000, 384)],
)
def test_sample_sizes_of_krejcie_and_morgan(deaths, printed):
    row = sample_size(counts(deaths), 0.05, population="deaths").iloc[0]
    exact = 3.841459 * deaths / 4 / (0.05**2 * (deaths - 1) + 3.841459 / 4)
    assert round(exact) == printed
    assert row["value"] == np.ceil(exact)


def needed(*sizes, half_width=0.05, **options):
    return sample_size(counts(*sizes), half_width, population="deaths", **options).iloc[0]


# Cochran (1977) ch. 5, with S^2 = N P (1 - P) / (N - 1) and V = (half width / z)^2.
def test_sample_sizes_of_several_strata_are_the_closed_forms():
    deaths, share = np.array([3000, 2000, 1000]), np.array([0.05, 0.3, 0.5])
    expected = dict(zip("ABC", share, strict=True))
    spread, part = share * (1 - share) * deaths / (deaths - 1), deaths / 6000
    variance = (0.03 / 1.959964) ** 2
    below = variance + (part * spread).sum() / 6000
    proportional = (part * spread).sum() / below
    neyman = (part * np.sqrt(spread)).sum() ** 2 / below
    options = {"half_width": 0.03, "expected": expected, "strata_gain": True}
    row = needed(*deaths, **options)
    # Rounded by largest remainders an allocation may be a little better than in proportion; none is
    # better than Neyman's.
    assert abs(row["value"] - proportional) < 2
    assert 0 <= needed(*deaths, method="neyman", **options)["value"] - neyman < 2
    assert_allclose(row["expected"], part @ share)


@FEW
@given(several, st.floats(0.03, 0.4), st.floats(0.05, 0.95), st.booleans())
def test_the_size_reaches_the_half_width(sizes, half_width, share, gain):
    row = needed(*sizes, half_width=half_width, expected=share, strata_gain=gain, minimum=1)
    assert row["expected_half_width"] <= half_width
    assert 1 <= row["value"] <= row["population"] == sum(sizes)
    allocate(counts(*sizes), int(row["value"]), population="deaths", minimum=1)
    tighter = needed(*sizes, half_width=half_width / 2, expected=share, strata_gain=gain, minimum=1)
    assert tighter["value"] >= row["value"]


def test_a_size_comes_with_a_sentence():
    row = needed(600, 400, half_width=0.06)
    assert row["note"] == (
        f"If {row['value']} of 1,000 deaths are read, the share is expected to be known within 6.0 "
        "percentage points either way."
    )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"half_width": 0}, "half width must lie"),
        ({"expected": 1.2}, "expected share must lie"),
        ({"expected": {"A": 0.5}}, "expected share by stratum lacks B"),
        ({"expected": 0, "method": "neyman"}, "share other than 0 and 1"),
        ({"method": "best"}, "method must be one of"),
        ({"level": 0}, "level must lie strictly"),
    ],
)
def test_sizes_that_cannot_be_planned_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        needed(60, 40, **options)


def test_a_share_of_none_needs_the_minimum_only():
    assert needed(60, 40, expected=0)["value"] == 4
