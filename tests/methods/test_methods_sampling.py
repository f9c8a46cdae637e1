"""Samples of deaths against other tools' hashes, published examples, full enumeration and laws."""

import hashlib
import json
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from sampled_deaths import chosen, frame, planned, several

from helpers.methods.sampling import allocate, draw, frame_hash, random_numbers, replace

FEW = settings(max_examples=8)  # each example is several samples

# ---- Random numbers and the fingerprint of a frame ----------------------------------------------


# printf '["7","A1"]' | sha256sum (GNU coreutils) begins 1b75af7541f56029, for A2 b969511f95988916.
def test_random_numbers_are_those_that_another_tool_makes():
    found = random_numbers(pd.DataFrame({"id": ["A1", "A2"]}), seed=7)
    expected = [0x1B75AF7541F56029 / 2**64, 0xB969511F95988916 / 2**64]
    assert_allclose(found, expected, rtol=0, atol=2**-53)


# printf '["A1","South"]\n["A2","North"]\n' | sha256sum
def test_the_fingerprint_is_the_one_that_another_tool_makes():
    deaths = pd.DataFrame({"id": ["A2", "A1"], "stratum": ["North", "South"]})
    expected = "a7be4c3bbf4e537e2d95761ab2b10c968ba4605fa7a126bb08238f6074ad4368"
    assert frame_hash(deaths) == expected


plain = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


@given(st.lists(plain, min_size=1, max_size=8, unique=True), st.data())
def test_the_fingerprint_is_what_the_documentation_says(names, data):
    strata = data.draw(st.lists(plain, min_size=len(names), max_size=len(names)))
    deaths = pd.DataFrame({"id": names, "stratum": strata}, dtype=object)
    rows = zip(names, strata, strict=True)
    lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows]
    expected = hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
    assert frame_hash(deaths) == expected
    order = data.draw(st.permutations(range(len(names))))
    assert frame_hash(deaths.iloc[order]) == expected
    other = deaths.assign(stratum=[*strata[:-1], strata[-1] + "x"])
    assert frame_hash(other) != expected


def test_fields_cannot_run_into_one_another():
    one = pd.DataFrame({"id": ['A","B'], "stratum": ["C"]})
    other = pd.DataFrame({"id": ["A"], "stratum": ['B","C']})
    assert frame_hash(one) != frame_hash(other)
    both = pd.DataFrame({"id": ["A"], "year": ["2015"], "service": ["Adult"]})
    assert frame_hash(both, strata=["year", "service"]) != frame_hash(both, strata="service")


def test_the_written_form_counts_and_not_the_type():
    text = pd.DataFrame({"id": ["7", "8"], "stratum": ["2015", "2016"]})
    for types in ("int64", "Int32", "object"):
        whole = pd.DataFrame({"id": [7, 8], "stratum": [2015, 2016]}).astype(types)
        assert frame_hash(whole) == frame_hash(text)
        assert random_numbers(whole, seed="7").tolist() == random_numbers(text, seed=7).tolist()
    category = text.astype({"stratum": "category"})
    assert frame_hash(category) == frame_hash(text)


@pytest.mark.parametrize(
    ("deaths", "words"),
    [
        ({"id": [1.0, 2.5], "stratum": "A"}, "column 'id' is neither text nor a whole number"),
        ({"id": [True, False], "stratum": "A"}, "neither text nor a whole number"),
        ({"id": ["D1", None], "stratum": "A"}, "Row 1: column 'id' is missing"),
        ({"id": ["D1", "D1"], "stratum": "A"}, "Row 1: column 'id' repeats an id"),
        ({"id": [7, "7"], "stratum": "A"}, "Row 1: column 'id' repeats an id"),
        ({"id": ["D1", "D2"], "stratum": ["A", None]}, "Row 1: column 'stratum' is missing"),
        ({"id": ["D1"], "stratum": [pd.Timestamp("2015-01-01")]}, "column 'stratum' is neither"),
        ({"id": ["D1"]}, "Missing column 'stratum'"),
    ],
)
def test_ids_and_strata_without_one_written_form_are_refused(deaths, words):
    with pytest.raises(ValueError, match=words):
        frame_hash(pd.DataFrame(deaths))


@pytest.mark.parametrize("seed", [None, "", " ", 1.5, True])
def test_a_seed_is_a_number_or_a_text(seed):
    with pytest.raises(ValueError, match="The seed must be"):
        random_numbers(frame(2), seed=seed)


# Every pair of six deaths is to be the sample of two equally often: chi-squared over 15 pairs with
# 14 degrees of freedom, below its 99.9% point 36.12. And every death in each place of the order: a
# table of 6 x 6 with fixed margins, 25 degrees of freedom, 99.9% point 52.62. 1,500 seeds.
def test_every_pair_of_deaths_is_drawn_equally_often():
    deaths = frame(6)
    orders = np.array([np.argsort(random_numbers(deaths, seed=s)) for s in range(1500)])
    pairs = [tuple(sorted(order[:2])) for order in orders]
    observed = np.array([pairs.count(pair) for pair in combinations(range(6), 2)])
    assert ((observed - 100) ** 2 / 100).sum() < 36.12
    places = np.array([np.bincount(column, minlength=6) for column in orders.T])
    assert ((places - 250) ** 2 / 250).sum() * 5 / 6 < 52.62


def test_the_sample_is_those_with_the_smallest_random_numbers():
    deaths = frame(9, 5)
    for seed in range(8):
        sample = draw(deaths, allocate(deaths, 6), seed=seed)
        number = random_numbers(deaths, seed=seed)
        expected = set()
        for name, size in zip("AB", sample.strata["sample"], strict=True):
            own = number[deaths["stratum"] == name].nsmallest(size).index
            expected |= set(deaths.loc[own, "id"])
        assert chosen(sample) == expected


# ---- Drawing ------------------------------------------------------------------------------------


@FEW
@given(several, st.integers(0, 99), st.data())
def test_the_order_of_rows_and_other_columns_do_not_matter(sizes, seed, data):
    deaths = frame(*sizes)
    size = data.draw(st.integers(sum(min(2, n) for n in sizes), sum(sizes)))
    plan = allocate(deaths, size)
    sample = draw(deaths, plan, seed=seed)
    order = data.draw(st.permutations(range(len(deaths))))
    mixed = deaths.iloc[order].assign(age=80)[["age", "stratum", "id"]]
    other = draw(mixed, plan.iloc[::-1], seed=str(seed))
    pd.testing.assert_frame_equal(sample.selected, other.selected)
    pd.testing.assert_frame_equal(sample.order, other.order)
    assert sample.frame_hash == other.frame_hash == frame_hash(deaths)


@FEW
@given(several, st.integers(0, 99))
def test_weights_sum_to_the_deaths_and_a_sample_of_all_is_the_frame(sizes, seed):
    deaths = frame(*sizes)
    least = sum(min(2, n) for n in sizes)
    sample = draw(deaths, allocate(deaths, least), seed=seed)
    assert_allclose(sample.selected["weight"].sum(), len(deaths))
    by_stratum = sample.selected.groupby("stratum")["weight"].sum()
    assert_allclose(by_stratum, deaths.groupby("stratum").size())
    assert len(sample.selected) + len(sample.reserves) == len(deaths)
    every = draw(deaths, allocate(deaths, len(deaths)), seed=seed)
    assert chosen(every) == set(deaths["id"])
    assert every.reserves.empty
    assert (every.selected["weight"] == 1).all()


@FEW
@given(st.integers(0, 500))
def test_a_larger_sample_keeps_the_smaller_one(seed):
    deaths = frame(20, 8)
    small = draw(deaths, planned(deaths, A=5, B=2), seed=seed)
    large = draw(deaths, planned(deaths, A=9, B=2), seed=seed)
    assert chosen(small) <= chosen(large)


# Permanent random numbers: a later frame draws those of the earlier one again, but for deaths that
# were added and come before them, or that left.
@FEW
@given(st.integers(0, 500))
def test_a_later_frame_keeps_what_was_drawn(seed):
    deaths = frame(20, 8)
    later = pd.concat([deaths, frame(6, 3, first=100)]).drop_duplicates("id")
    sample = draw(deaths, planned(deaths, A=5, B=3), seed=seed)
    new = draw(later, planned(later, A=5, B=3), seed=seed)
    added = set(later["id"]) - set(deaths["id"])
    assert chosen(new) <= chosen(sample) | added
    gone = sorted(chosen(sample))[0]
    fewer = deaths[deaths["id"] != gone]
    again = draw(fewer, planned(fewer, A=5, B=3), seed=seed)
    assert chosen(sample) - {gone} <= chosen(again)
    assert len(chosen(again) - chosen(sample)) == 1


def test_another_seed_draws_another_sample():
    deaths = frame(50)
    samples = {frozenset(chosen(draw(deaths, allocate(deaths, 5), seed=s))) for s in range(20)}
    assert len(samples) > 15


def test_the_list_to_read_says_what_each_death_stands_for():
    deaths = frame(40, 10)
    sample = draw(deaths, allocate(deaths, 12, method="equal"), seed=1)
    assert list(sample.selected.columns) == [
        *("id", "stratum", "place", "random_number"),
        *("inclusion_probability", "weight", "replaces"),
    ]
    rows = sample.selected.groupby("stratum").first()
    assert_allclose(rows["inclusion_probability"], [6 / 40, 6 / 10])
    assert (
        sample.selected.groupby("stratum")["place"].apply(list).tolist() == [[1, 2, 3, 4, 5, 6]] * 2
    )
    assert sample.reserves.groupby("stratum")["place"].first().tolist() == [7, 7]
    assert (sample.selected["replaces"] == "").all()


def test_ids_that_are_numbers_stay_numbers():
    deaths = pd.DataFrame({"id": [11, 12, 13, 14], "stratum": 1})
    sample = draw(deaths, allocate(deaths, 2), seed=3)
    assert sample.selected["id"].dtype == "int64"
    out = int(sample.selected["id"].iloc[0])
    for name in (out, str(out)):
        assert replace(sample, out=name, reason="records lost").log.loc[0, "replaced"] == out


def test_an_allocation_of_another_frame_is_refused():
    deaths = frame(20, 8)
    with pytest.raises(ValueError, match="made for another frame: the deaths of B differ"):
        draw(deaths, allocate(frame(20, 9), 6), seed=1)
    with pytest.raises(ValueError, match="made for another frame: the deaths of C differ"):
        draw(deaths, allocate(frame(20, 8, 3), 6), seed=1)
    plan = allocate(deaths, 6)
    with pytest.raises(ValueError, match="Row 0: the sample is no whole number"):
        draw(deaths, plan.assign(sample=[21, 2]), seed=1)
    with pytest.raises(ValueError, match="may not be called 'place'"):
        draw(deaths.rename(columns={"id": "place"}), plan, seed=1, id="place")
