"""How many deaths to draw from each stratum: published examples, full enumeration and laws."""

from fractions import Fraction
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sampled_deaths import counts, frame, several

from helpers.methods.sampling import allocate, stratified_mean


def shared(size, *sizes, **options):
    return allocate(counts(*sizes), size, population="deaths", **options)["sample"].tolist()


# Cochran (1977) Sampling Techniques, ch. 5: 64 cities in two strata, S = 232.04 and 74.71, n = 24.
CITIES = {"deaths": [16, 48], "spread": {"A": 232.04, "B": 74.71}, "squares": [53843, 5581]}


def test_neyman_allocation_of_cochrans_cities():
    assert shared(24, 16, 48) == [6, 18]
    assert shared(24, 16, 48, method="equal") == [12, 12]
    # 12.21 and 11.79 before rounding.
    assert shared(24, 16, 48, method="neyman", spread=CITIES["spread"]) == [12, 12]


# He gives the variance of the estimated total as 1,882,293 (proportional) and 1,090,827 (equal).
@pytest.mark.parametrize(("read", "variance"), [([6, 18], 1_882_293), ([12, 12], 1_090_827)])
def test_the_variance_of_the_total_of_cochrans_cities(read, variance):
    strata = pd.DataFrame(
        {"population": [16, 48], "denominator": read, "mean": 0, "variance": CITIES["squares"]}
    )
    found = stratified_mean(strata).loc[0, "std_error"]
    assert_allclose((64 * found) ** 2, variance, atol=1)


@given(several, st.integers(1, 150), st.sampled_from(["proportional", "equal"]), st.integers(0, 4))
def test_samples_sum_to_the_size_within_bounds_and_nearest_to_the_shares(
    sizes, size, method, minimum
):
    least = sum(min(minimum, n) for n in sizes)
    assume(least <= size <= sum(sizes))
    found = allocate(counts(*sizes), size, population="deaths", method=method, minimum=minimum)
    sample, deaths = found["sample"], found["population"]
    assert sample.sum() == size
    assert (sample >= np.minimum(minimum, deaths)).all()
    assert (sample <= deaths).all()
    if (sample > 0).all():
        assert_allclose((found["weight"] * sample).sum(), deaths.sum())
        assert_allclose(found["inclusion_probability"] * found["weight"], 1)
    exact = np.array(sizes) * Fraction(size, sum(sizes))
    if method == "proportional" and (exact >= minimum).all():
        assert all(abs(n - x) < 1 for n, x in zip(sample, exact, strict=True))


# All ways to share out 12 over strata of 40, 25 and 10, looked through for the smallest variance.
def test_neyman_allocation_has_nearly_the_smallest_variance_there_is():
    deaths, spread = np.array([40, 25, 10]), np.array([0.1, 0.5, 0.3])

    def variance(sample):
        return (deaths**2 * spread**2 * (1 / sample - 1 / deaths)).sum()

    every = [np.array(s) for s in product(range(2, 11), repeat=3) if sum(s) == 12]
    best = min(map(variance, every))
    found = shared(12, *deaths, method="neyman", spread=dict(zip("ABC", spread, strict=True)))
    assert variance(np.array(found)) <= best * 1.02
    assert variance(np.array(shared(12, *deaths))) > best * 1.2


def test_equal_remainders_go_to_the_first_stratum_by_name():
    assert shared(4, 10, 10, 10, minimum=0) == [2, 1, 1]
    assert shared(5, 10, 10, 10, minimum=0) == [2, 2, 1]
    backwards = counts(10, 10, 10).iloc[::-1]
    assert allocate(backwards, 4, population="deaths", minimum=0)["sample"].tolist() == [2, 1, 1]


def test_small_strata_are_read_whole_and_the_rest_is_shared_out():
    found = allocate(counts(60, 30, 4), 22, population="deaths", whole_up_to=5)
    assert found["sample"].tolist() == [12, 6, 4]
    assert found["weight"].tolist() == [5, 5, 1]
    assert "all of 5 or fewer" in found.loc[0, "method"]


def test_a_stratum_that_is_full_gives_its_part_to_the_others():
    assert shared(30, 3, 50, 50, method="equal") == [3, 14, 13]
    spread = {"A": 0.5, "B": 0.0}
    assert shared(12, 8, 20, method="neyman", spread=spread, minimum=1) == [8, 4]


def test_deaths_and_numbers_of_deaths_are_allocated_alike():
    deaths = frame(30, 12, 5).sample(frac=1, random_state=1)
    one = allocate(deaths, 10)
    other = allocate(counts(30, 12, 5), 10, population="deaths")
    pd.testing.assert_frame_equal(one.reset_index(drop=True), other, check_dtype=False)


def test_strata_of_several_columns():
    deaths = pd.DataFrame({"year": [2015] * 6 + [2016] * 4, "service": ["Adult", "Older"] * 5})
    spread = {(2015, "Adult"): 0.5, (2015, "Older"): 0.5, (2016, "Adult"): 0.1, (2016, "Older"): 0}
    found = allocate(
        deaths, 6, strata=["year", "service"], method="neyman", spread=spread, minimum=1
    )
    assert found[["year", "service"]].to_numpy().tolist() == [[y, s] for y, s in spread]
    assert found["population"].tolist() == [3, 3, 2, 2]
    assert found["sample"].tolist() == [2, 2, 1, 1]


@pytest.mark.parametrize(
    ("size", "options", "words"),
    [
        (0, {}, "between 1 and 50, all deaths"),
        (51, {}, "between 1 and 50, all deaths"),
        (2.5, {}, "size must be a whole number"),
        (3, {}, "A sample of 3 is too small: .* come to 4"),
        (10, {"minimum": -1}, "minimum must be a whole number"),
        (10, {"method": "random"}, "method must be one of"),
        (10, {"method": "neyman"}, "needs the spread"),
        (10, {"method": "neyman", "spread": {"A": 1}}, "spread by stratum lacks B"),
        (10, {"method": "neyman", "spread": {"A": 1, "B": 1, "C": 1}}, "what is no stratum: C"),
        (10, {"method": "neyman", "spread": {"A": 0, "B": 0}}, "above 0 somewhere"),
        (10, {"method": "neyman", "spread": {"A": -1, "B": 1}}, "at least 0"),
        (10, {"strata": "service"}, "Missing column 'service'"),
        (10, {"strata": []}, "There are no strata"),
    ],
)
def test_samples_that_cannot_be_are_refused(size, options, words):
    with pytest.raises(ValueError, match=words):
        allocate(counts(30, 20), size, population="deaths", **options)


def test_strata_that_cannot_be_are_refused():
    with pytest.raises(ValueError, match="the stratum comes twice"):
        allocate(pd.concat([counts(3), counts(4)]), 4, population="deaths")
    with pytest.raises(ValueError, match="Row 1: deaths are no whole number above 0"):
        allocate(counts(3, 0), 2, population="deaths")
    with pytest.raises(ValueError, match="at least one death"):
        allocate(frame(), 1)
    with pytest.raises(ValueError, match="may not be called 'weight'"):
        allocate(frame(5).rename(columns={"stratum": "weight"}), 2, strata="weight")
