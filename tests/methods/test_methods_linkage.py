"""Fellegi and Sunter: against splink, against closed forms, against brute force."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods import linkage, pairs

PERSON = {
    "nhs_number": "9434765919",
    "dob": pd.Timestamp("1950-03-04"),
    "surname": "smith",
    "surname_soundex": "S530",
    "forename": "ann",
    "sex": "F",
    "day": pd.Timestamp("2014-01-09"),
}


def level(field, **other):
    """The level of one field between the person and a record that differs in some values."""
    one = pd.DataFrame([PERSON])
    both = pairs.coded(one, pd.DataFrame([PERSON | other]))
    return pairs.comparisons(both, np.array([0]), np.array([0]))[field].iloc[0]


@pytest.mark.parametrize(
    ("field", "expected", "other"),
    [
        ("nhs_number", "agree", {}),
        ("nhs_number", "one slip", {"nhs_number": "9434765918"}),
        ("nhs_number", "one slip", {"nhs_number": "4934765919"}),
        ("nhs_number", "disagree", {"nhs_number": "9434765900"}),
        ("dob", "agree", {}),
        ("dob", "day and month swapped", {"dob": pd.Timestamp("1950-04-03")}),
        ("dob", "one part differs", {"dob": pd.Timestamp("1950-03-14")}),
        ("dob", "one part differs", {"dob": pd.Timestamp("1905-03-04")}),
        ("dob", "disagree", {"dob": pd.Timestamp("1951-04-03")}),
        ("surname", "agree", {}),
        ("surname", "sound alike", {"surname": "smyth"}),
        ("surname", "disagree", {"surname": "owen", "surname_soundex": "O500"}),
        ("forename", "same initial", {"forename": "a"}),
        ("forename", "disagree", {"forename": "jo"}),
        ("sex", "disagree", {"sex": "M"}),
        ("day", "same day", {}),
        ("day", "1 to 7 days", {"day": pd.Timestamp("2014-01-16")}),
        ("day", "1 to 7 days", {"day": pd.Timestamp("2014-01-02")}),
        ("day", "more than 7 days", {"day": pd.Timestamp("2014-01-17")}),
    ],
)
def test_levels(field, expected, other):
    assert level(field, **other) == expected


@pytest.mark.parametrize(
    "other",
    [
        {"nhs_number": ""},
        {"nhs_number": "943476591"},
        {"nhs_number": "4444444444"},
        {"dob": pd.NaT},
        {"surname": "", "surname_soundex": ""},
        {"forename": ""},
        {"sex": "NK"},
        {"sex": "NR"},
        {"day": pd.NaT},
    ],
)
def test_what_is_not_recorded_has_no_level_and_no_weight(other):
    field = next(iter(other))
    assert pd.isna(level(field, **other))
    both = pairs.coded(pd.DataFrame([PERSON]), pd.DataFrame([PERSON | other]))
    levels = pairs.comparisons(both, np.array([0]), np.array([0]))
    model = linkage.Model(linkage.weights(linkage.MATCHES, linkage.OTHERS), 0.5, 0, converged=True)
    assert linkage.score(levels, model, fields=[field]).tolist() == [0.0]


def one_slip(a, b):
    """Brute force over texts."""
    places = [place for place in range(10) if a[place] != b[place]]
    if len(places) == 2:
        first, second = places
        return second == first + 1 and a[first] == b[second] and a[second] == b[first]
    return len(places) == 1


digits = st.text("0123456789", min_size=10, max_size=10)


@given(digits, st.integers(0, 9), st.integers(0, 8), st.sampled_from("0123456789"), digits)
@example("0999999999", 0, 0, "1", "1000000000")  # differ by one and have no digit in common
@example("1000000000", 0, 0, "2", "0900000000")
def test_one_slip_is_one_digit_or_two_neighbours_exchanged(number, place, left, digit, other):
    changed = number[:place] + digit + number[place + 1 :]
    exchanged = number[:left] + number[left + 1] + number[left] + number[left + 2 :]
    another = [changed, exchanged, other]
    sides = [
        pd.DataFrame([PERSON | {"nhs_number": text} for text in held])
        for held in ([number], another)
    ]
    found = pairs.comparisons(pairs.coded(*sides), np.array([0, 0, 0]), np.arange(3))
    for text, level_ in zip(another, found["nhs_number"], strict=True):
        if len(set(number)) > 1 and len(set(text)) > 1:  # ten times one digit is no number
            wanted = "one slip" if one_slip(number, text) else "disagree"
            assert level_ == ("agree" if text == number else wanted)


def valid(number):
    check = 11 - sum(int(d) * w for d, w in zip(number[:9], range(10, 1, -1), strict=True)) % 11
    return check % 11 == int(number[9]) if check != 10 else False


@given(digits.filter(valid), st.integers(0, 9), st.sampled_from("0123456789"), st.integers(0, 8))
def test_two_numbers_with_a_right_check_digit_are_never_one_slip_apart(number, place, digit, left):
    """Which is why numbers that fail the check are worth comparing."""
    changed = number[:place] + digit + number[place + 1 :]
    exchanged = number[:left] + number[left + 1] + number[left] + number[left + 2 :]
    assert [other for other in (changed, exchanged) if other != number and valid(other)] == []


keys = st.lists(st.integers(-1, 6), max_size=12).map(lambda held: np.array(held, np.int64))


@given(keys, keys, st.integers(0, 2), st.integers(1, 5))
def test_pairs_within_a_range_are_those_of_a_full_join(left, right, reach, portion):
    low, high = (np.where(right < 0, -1, right + step) for step in (-reach, reach))
    found = [
        (int(i), int(j))
        for a, b in pairs.within(left, low, high, portion=portion)
        for i, j in zip(a, b, strict=True)
    ]
    wanted = {
        (i, j)
        for i, key in enumerate(left)
        for j, other in enumerate(right)
        if key >= 0 and other >= 0 and abs(key - other) <= reach
    }
    assert len(found) == len(set(found))
    assert set(found) == wanted


# ---- EM -----------------------------------------------------------------------------------------


def by_field(frame, column):
    return {field: rows[column].to_numpy() for field, rows in frame.groupby("field", sort=False)}


def test_em_agrees_with_splink_in_reference_45(reference):
    table, expected = (reference("45_fellegi_sunter_em", name) for name in ("input", "expected"))
    found = linkage.estimate(
        table,
        by_field(expected, "u"),
        start=by_field(expected, "start"),
        prior=0.1,
        tolerance=1e-11,
    )
    assert found.weights["field"].tolist() == expected["field"].tolist()
    assert found.weights["level"].tolist() == expected["level"].tolist()
    assert found.converged
    assert_allclose(found.weights["m"], expected["m"], atol=1e-9)
    assert_allclose(found.weights["weight"], expected["weight"], rtol=1e-7)
    assert_allclose(found.prior, 0.0783291259657647, atol=1e-9)  # case.json


def test_where_one_field_tells_matches_apart_m_is_a_share_that_can_be_counted():
    """No two people share a date of birth here, so every pair that agrees on it is a match."""
    rows = [("agree", "agree", 80), ("agree", "sound alike", 15), ("agree", "disagree", 5)]
    rows += [("disagree", "agree", 9), ("disagree", "disagree", 891)]
    table = pd.DataFrame(rows, columns=["dob", "surname", "pairs"])
    u = {"dob": [1e-12, 1e-12, 1e-12, 1 - 3e-12], "surname": [0.01, 0.01, 0.98]}
    start = {"dob": [1 - 3e-12, 1e-12, 1e-12, 1e-12], "surname": [0.9, 0.05, 0.05]}
    found = linkage.estimate(table, u, start=start)
    assert_allclose(found.weights["m"][4:], [0.80, 0.15, 0.05], atol=1e-6)
    assert_allclose(found.weights["weight"][4:], np.log2([80, 15, 0.05 / 0.98]), atol=1e-4)
    assert_allclose(found.prior, 0.1, atol=1e-6)


def test_known_chances_are_found_again_within_sampling_error():
    """60,000 pairs of which 3,000 match: m within 4 standard errors, u within 4 of theirs."""
    rng = np.random.default_rng(3)
    m = {"dob": (0.93, 0.02, 0.03, 0.02), "surname": (0.9, 0.06, 0.04), "sex": (0.97, 0.03)}
    u = {"dob": (0.001, 0.001, 0.008, 0.99), "surname": (0.01, 0.02, 0.97), "sex": (0.5, 0.5)}
    match = np.arange(60_000) < 3_000
    levels = pd.DataFrame(
        {
            field: pd.Categorical.from_codes(
                np.where(
                    match,
                    rng.choice(len(m[field]), 60_000, p=m[field]),
                    rng.choice(len(m[field]), 60_000, p=u[field]),
                ),
                categories=list(pairs.LEVELS[field]),
            )
            for field in m
        }
    )
    shares = linkage.shares(levels[~match], strength=0)
    for field, true in u.items():
        error = np.sqrt(np.multiply(true, np.subtract(1, true)) / 57_000)
        assert (np.abs(shares[field] - true) < 4 * error).all()
    found = linkage.estimate(linkage.patterns(levels), shares)
    for field, values in by_field(found.weights, "m").items():
        error = np.sqrt(np.multiply(m[field], np.subtract(1, m[field])) / 3_000)
        assert (np.abs(values - m[field]) < 4 * error).all(), field
    assert abs(found.prior - 0.05) < 0.005


def test_em_gives_the_same_numbers_each_time_and_in_any_order_of_patterns(reference):
    table, expected = (reference("45_fellegi_sunter_em", name) for name in ("input", "expected"))
    u = by_field(expected, "u")
    once, again = (linkage.estimate(table, u).weights for _ in range(2))
    pd.testing.assert_frame_equal(once, again)
    assert_allclose(linkage.estimate(table[::-1], u).weights["m"], once["m"], atol=1e-12)


def test_few_pairs_leave_m_near_the_stated_start():
    table = pd.DataFrame({"sex": ["disagree"], "pairs": [1]})
    found = linkage.estimate(table, {"sex": [0.5, 0.5]}, strength=1_000)
    assert_allclose(found.weights["m"], linkage.MATCHES["sex"], atol=1e-4)


def test_no_pair_or_no_column_is_refused_in_words():
    table = pd.DataFrame({"sex": ["agree"], "pairs": [0]})
    with pytest.raises(ValueError, match="no pair to learn from"):
        linkage.estimate(table, {"sex": [0.5, 0.5]})
    with pytest.raises(ValueError, match="'dob'"):
        linkage.estimate(table, {"dob": [0.1, 0.1, 0.1, 0.7]})
    with pytest.raises(ValueError, match="'nhs_number'"):
        pairs.coded(pd.DataFrame([{"sex": "M"}]), pd.DataFrame([PERSON]))


def test_stated_chances_are_chances():
    for chances in (linkage.MATCHES, linkage.OTHERS):
        assert {field: len(values) for field, values in chances.items()} == {
            field: len(names) for field, names in pairs.LEVELS.items()
        }
        for values in chances.values():
            assert math.isclose(sum(values), 1.0)
            assert min(values) > 0


def test_a_date_speaks_for_a_pair_and_never_against_it():
    made = linkage.weights(linkage.MATCHES, linkage.OTHERS)
    assert made.loc[made["field"].eq("day"), "weight"].min() == 0
    assert made.loc[made["field"].eq("dob"), "weight"].min() < 0


def test_weight_and_probability_by_hand():
    """Surname agrees: 0.9 / 0.01 = 90; sex: 0.98 / 0.5 = 1.96; 176.4 times odds of 1 to 999."""
    weights = linkage.weights(
        {"surname": [0.9, 0.06, 0.04], "sex": [0.98, 0.02]},
        {"surname": [0.01, 0.02, 0.97], "sex": [0.5, 0.5]},
    )
    pair = pd.DataFrame({"surname": ["agree"], "sex": ["agree"]})
    bits = linkage.score(pair, linkage.Model(weights, 0.001, 0, converged=True))
    assert_allclose(bits, math.log2(176.4))
    assert_allclose(linkage.probability(bits, 0.001), 176.4 / (176.4 + 999))


# ---- Errors -------------------------------------------------------------------------------------


def test_error_rates_by_hand():
    """Eight links, six right; the truth has ten. Wilson of 6/8 and 6/10; F = 12/18."""
    truth = pd.DataFrame({"incident_id": list("abcdefghij"), "death_id": list("ABCDEFGHIJ")})
    links = truth.iloc[:6]
    wrong = pd.DataFrame({"incident_id": ["g", "z"], "death_id": ["A", "Z"]})
    found = linkage.error_rates(pd.concat([links, wrong]), truth).set_index("measure")
    assert found["value"].round(4).to_dict() == {"precision": 0.75, "recall": 0.6, "F": 0.6667}
    assert_allclose(
        found.loc["precision", ["low", "high"]].astype(float), [0.4093, 0.9285], atol=1e-4
    )
    assert_allclose(found.loc["recall", ["low", "high"]].astype(float), [0.3127, 0.8318], atol=1e-4)
    assert found.loc["F", ["low", "high"]].isna().all()


def test_error_rates_of_no_links_have_no_precision_and_a_recall_of_0():
    truth = pd.DataFrame({"incident_id": ["a"], "death_id": ["A"]})
    found = linkage.error_rates(truth.iloc[:0], truth).set_index("measure")["value"]
    assert math.isnan(found["precision"])
    assert found["recall"] == 0


def test_a_field_that_is_missing_everywhere_keeps_its_start():
    table = pd.DataFrame({"sex": [None], "surname": ["agree"], "pairs": [5]})
    u = {"sex": [0.5, 0.5], "surname": [0.01, 0.01, 0.98]}
    for strength in (0.0, 20.0):
        found = by_field(linkage.estimate(table, u, strength=strength).weights, "m")
        assert_allclose(found["sex"], linkage.MATCHES["sex"])
