"""Samples of deaths against other tools' hashes, published examples, full enumeration and laws."""

import hashlib
import json
from fractions import Fraction
from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.sampling import (
    allocate,
    draw,
    frame_hash,
    random_numbers,
    replace,
    replay,
    stratified_mean,
    stratified_share,
    tally,
)

FEW = settings(max_examples=8)  # each example is several samples


def frame(*sizes, first=0):
    """Deaths D0, D1, ... in strata A, B, ... of given sizes."""
    strata = [name for name, size in zip("ABCDEFGH", sizes, strict=False) for _ in range(size)]
    return pd.DataFrame({"id": [f"D{first + n}" for n in range(len(strata))], "stratum": strata})


def counts(*sizes):
    """The same as one row a stratum."""
    return pd.DataFrame({"stratum": list("ABCDEFGH"[: len(sizes)]), "deaths": sizes})


def shared(size, *sizes, **options):
    return allocate(counts(*sizes), size, population="deaths", **options)["sample"].tolist()


def chosen(sample):
    return set(sample.selected["id"])


several = st.lists(st.integers(1, 40), min_size=1, max_size=5)


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


# ---- Allocation ---------------------------------------------------------------------------------


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


def planned(deaths, **sizes):
    """An allocation by hand."""
    plan = allocate(deaths, len(deaths))
    return plan.assign(sample=plan["stratum"].map(sizes))


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


# ---- Replacements -------------------------------------------------------------------------------


def test_a_replacement_is_the_next_in_its_stratum_and_is_written_down():
    deaths = frame(10, 10)
    sample = draw(deaths, planned(deaths, A=3, B=2), seed=4)
    reserves = sample.reserves[sample.reserves["stratum"] == "B"]["id"].tolist()
    first, second = sample.selected[sample.selected["stratum"] == "B"]["id"]
    later = replace(sample, out=second, reason=" records held elsewhere ", on="2016-03-01")
    later = replace(later, out=first, reason="not a patient of the trust")
    later = replace(later, out=reserves[0], reason="records lost")
    assert later.log["replaced"].tolist() == [second, first, reserves[0]]
    assert later.log["replacement"].tolist() == reserves[:3]
    assert later.log["place"].tolist() == [3, 4, 5]
    assert later.log["number"].tolist() == [1, 2, 3]
    assert later.log.loc[0, ["stratum", "reason", "on"]].tolist() == [
        *("B", "records held elsewhere", "2016-03-01")
    ]
    assert chosen(later) == chosen(sample) - {first, second} | set(reserves[1:3])
    stead = later.selected.set_index("id")["replaces"]
    assert stead[reserves[2]] == reserves[0]
    assert stead[reserves[1]] == first
    # Nobody is drawn again or forgotten, and the sample before is as it was.
    assert later.order is sample.order
    assert sample.log.empty
    assert_allclose(later.selected["weight"].sum(), 20)
    assert reserves[0] not in set(later.reserves["id"])
    assert second not in set(later.reserves["id"])


def test_what_cannot_be_replaced_is_refused():
    deaths = frame(4, 2)
    sample = draw(deaths, planned(deaths, A=2, B=2), seed=4)
    inside = sample.selected["id"].iloc[0]
    spare = sample.reserves["id"].iloc[0]
    whole = sample.selected.loc[sample.selected["stratum"] == "B", "id"].iloc[0]
    for out, reason, words in (
        (inside, "", "Say why"),
        (inside, "  ", "Say why"),
        (inside, None, "Say why"),
        ("X1", "lost", "X1 is not in the frame"),
        (spare, "lost", "is not in the sample: it is number 3 in the order of A"),
        (whole, "lost", "B has no death left to replace"),
    ):
        with pytest.raises(ValueError, match=words):
            replace(sample, out=out, reason=reason)
    later = replace(sample, out=inside, reason="lost")
    with pytest.raises(ValueError, match="was replaced before"):
        replace(later, out=inside, reason="lost")
    later = replace(later, out=spare, reason="lost")
    with pytest.raises(ValueError, match="A has no death left"):
        replace(later, out=later.selected["id"].iloc[0], reason="lost")


def test_a_log_from_a_file_is_played_again(tmp_path):
    deaths = pd.DataFrame({"id": range(30), "year": [2015, 2016] * 15})
    sample = draw(deaths, allocate(deaths, 8, strata="year"), seed="s", strata="year")
    later = sample
    for out in sample.selected["id"].iloc[[1, 5]]:
        later = replace(later, out=out, reason="records lost")
    path = tmp_path / "log.csv"
    later.log.to_csv(path, index=False)
    again = replay(sample, pd.read_csv(path))
    pd.testing.assert_frame_equal(again.selected, later.selected)
    other = draw(deaths, allocate(deaths, 8, strata="year"), seed="t", strata="year")
    with pytest.raises(ValueError, match="not in the sample|the next in order is"):
        replay(other, pd.read_csv(path))
    forged = later.log.assign(replacement=[later.log["replacement"].iloc[1], 99])
    with pytest.raises(ValueError, match="Replacement 1 of the log puts"):
        replay(sample, forged)
    with pytest.raises(ValueError, match="the reason is missing"):
        replay(sample, later.log.assign(reason=np.nan))


# ---- Answers ------------------------------------------------------------------------------------


def answered(sample, share=0.5):
    ids = sample.selected[["id"]]
    return ids.assign(outcome=(np.arange(len(ids)) < share * len(ids)).astype(int))


def test_answers_are_counted_by_stratum():
    deaths = frame(20, 10)
    sample = draw(deaths, planned(deaths, A=4, B=3), seed=1)
    table = tally(sample, sample.selected[["id"]].assign(outcome=[1, 0, 0, 1, 1, 1, 1]))
    assert table["population"].tolist() == [20, 10]
    assert table["denominator"].tolist() == [4, 3]
    assert table["numerator"].tolist() == [2, 3]
    assert_allclose(table["variance"], [1 / 3, 0])
    flags = tally(sample, sample.selected[["id"]].assign(outcome=[True] * 3 + [False] * 4))
    assert flags["numerator"].tolist() == [3, 0]
    scored = tally(sample, sample.selected[["id"]].assign(outcome=[1, 2, 4, 5, 2.5, 3, 3.5]))
    assert_allclose(scored["mean"], [3, 3])
    assert_allclose(scored["variance"], [10 / 3, 0.25])


def test_deaths_without_an_answer_are_refused_or_left_out_and_said():
    deaths = frame(20, 10)
    sample = draw(deaths, planned(deaths, A=4, B=3), seed=1)
    answers = answered(sample)
    first = answers["id"].iloc[0]
    for few in (answers.iloc[1:], answers.assign(outcome=[None, *answers["outcome"].iloc[1:]])):
        with pytest.raises(ValueError, match=f"No answer for {first}"):
            tally(sample, few)
        table = tally(sample, few, missing="leave_out")
        assert table["denominator"].tolist() == [3, 3]
        assert table["missing"].tolist() == [1, 0]
        row = stratified_share(table).iloc[0]
        assert "without an answer: 1 of 7;" in row["note"]


def test_answers_for_deaths_outside_the_sample_are_refused():
    deaths = frame(20, 10)
    sample = draw(deaths, planned(deaths, A=4, B=3), seed=1)
    out = sample.selected["id"].iloc[0]
    later = replace(sample, out=out, reason="records lost")
    with pytest.raises(ValueError, match=f"Row {out}: the death was replaced"):
        tally(later, answered(sample))
    spare = sample.reserves["id"].iloc[0]
    extra = pd.DataFrame({"id": [spare], "outcome": [1]})
    with pytest.raises(ValueError, match=f"Row {spare}: the death is not in the sample"):
        tally(sample, pd.concat([answered(sample), extra]))
    with pytest.raises(ValueError, match="two answers"):
        tally(sample, pd.concat([answered(sample), answered(sample)]))
    with pytest.raises(ValueError, match="not a number"):
        tally(sample, answered(sample).assign(outcome="yes"))
    table = tally(later, answered(later))
    assert table["replaced"].tolist() == [1, 0]
    assert "Deaths replaced: 1;" in stratified_share(table).loc[0, "note"]


def test_deaths_read_twice_may_be_drawn_from_the_sample_itself():
    deaths = frame(60, 40)
    sample = draw(deaths, allocate(deaths, 20), seed=1)
    twice = draw(sample.selected, allocate(sample.selected, 6), seed="second reader")
    assert chosen(twice) < chosen(sample)
    assert twice.frame_hash == frame_hash(sample.selected)
