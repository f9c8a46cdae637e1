"""NHS numbers, names and postcodes: cleaned, never repaired, and never told."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.intake.identifiers import (
    modulus_11,
    name_key,
    name_keys,
    nhs_numbers,
    postcode,
    soundex,
)

REFERENCE = Path(__file__).parents[2] / "reference" / "41_nhs_number"
VALID, TEST_RANGE = "9434765919", "9990548609"  # both of reference 41; nobody's


def series(*texts):
    return pd.Series(texts, dtype="str")


def number_of(text, **rule):
    """The number, and code, value and reason of its hit."""
    numbers, met = nhs_numbers(series(text), **rule)
    number = "" if pd.isna(numbers.iloc[0]) else numbers.iloc[0]
    return number, *met[["code", "value"]].to_numpy().ravel()


def check_digit(nine):
    """The sum by hand, as the NHS Data Dictionary describes it; None where there is none."""
    total = sum(int(digit) * weight for digit, weight in zip(nine, range(10, 1, -1), strict=True))
    check = (11 - total % 11) % 11
    return None if check == 10 else check


# ---- NHS numbers --------------------------------------------------------------------------------


def test_check_digits_agree_with_reference_41():
    table = pd.read_csv(REFERENCE / "expected.csv", dtype="str", keep_default_na=False)
    found = modulus_11(table["nhs_number"])
    assert found.astype(int).astype("str").tolist() == table["modulus11_valid"].tolist()


@given(st.text("0123456789", min_size=9, max_size=9), st.integers(0, 9))
def test_check_digits_agree_with_the_sum_by_hand(nine, last):
    assert modulus_11(series(f"{nine}{last}")).iloc[0] == (check_digit(nine) == last)


@given(st.text("0123456789", min_size=10, max_size=10), st.integers(0, 9), st.integers(0, 9))
def test_one_wrong_digit_is_always_noticed(number, place, digit):
    """What the check digit is for: two numbers that differ in one digit are never both valid."""
    other = number[:place] + str(digit) + number[place + 1 :]
    assert other == number or not modulus_11(series(number, other)).all()


@pytest.mark.parametrize(
    "text",
    [VALID, "943 476 5919", "943-476-5919", " 943\u00a0476 5919 ", f"'{VALID}", f"{VALID}.0"],
)
def test_spaces_hyphens_and_an_apostrophe_are_cleaned_without_a_flag(text):
    assert number_of(text) == (VALID,)


REFUSED = [
    ("943476591", "9 digits"),  # a zero may be lost at the front; it is not made up
    ("94347659191", "11 digits"),
    ("4.857773e+09", "a number in powers of ten"),
    ("9434765910", "10 digits"),
    ("1111111111", "10 digits"),
    ("0000000000", "10 digits"),  # passes the arithmetic
    (TEST_RANGE, "10 digits"),
    ("943476591X", "text of 10 characters"),
    ("see notes", "text of 8 characters"),
]


@pytest.mark.parametrize(("text", "looks"), REFUSED)
def test_what_cannot_be_one_is_no_value_and_the_flag_does_not_tell_it(text, looks):
    assert number_of(text) == ("", "X09", looks)


def test_a_synthetic_case_takes_the_range_for_tests_and_nothing_else():
    assert number_of(TEST_RANGE, test_range=True) == (TEST_RANGE,)
    assert number_of(VALID, test_range=True) == ("", "X09", "10 digits")
    assert number_of("9999999999", test_range=True) == ("", "X09", "10 digits")


def test_words_for_a_missing_number_are_missing_and_a_blank_gives_no_flag():
    text = series("N/K", "", "no number", VALID)
    numbers, met = nhs_numbers(text, missing={"No number": "NR"})
    assert numbers.isna().tolist() == [True, True, True, False]
    assert met[["code", "position", "value", "new_value"]].to_numpy().tolist() == [
        ["X04", 0, "N/K", "NK"],
        ["X04", 2, "no number", "NR"],
    ]


@given(st.lists(st.text("0123456789 -'xX.e+", max_size=14), max_size=8))
def test_a_flag_never_holds_three_digits_of_a_number(texts):
    _, met = nhs_numbers(series(*texts))
    refused = met[met["code"].eq("X09")]
    told = refused["value"] + " " + refused["new_value"]
    assert not told.str.contains("[0-9]{3}").any()
    assert met["action"].eq("no value").all()


# ---- Names --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "code"),
    [  # the United States National Archives, and Knuth, The Art of Computer Programming, 6
        ("Robert", "R163"), ("Rupert", "R163"), ("Rubin", "R150"), ("Ashcraft", "A261"),
        ("Ashcroft", "A261"), ("Tymczak", "T522"), ("Pfister", "P236"), ("Honeyman", "H555"),
        ("Jackson", "J250"), ("Washington", "W252"), ("Lee", "L000"), ("Gutierrez", "G362"),
        ("Euler", "E460"), ("Gauss", "G200"), ("Hilbert", "H416"), ("Knuth", "K530"),
        ("Lloyd", "L300"), ("Lukasiewicz", "L222"),
    ],
)  # fmt: skip
def test_soundex_agrees_with_published_examples(name, code):
    assert soundex(series(name, name.upper(), f" {name} ")).tolist() == [code] * 3


@given(st.text(max_size=12))
def test_soundex_is_a_letter_and_three_digits_or_nothing(name):
    assert soundex(series(name)).str.fullmatch("([A-Z][0-6]{3})?").all()


def test_spellings_of_one_name_have_one_key():
    names = ["O'Brien", "O\u2019BRIEN", "o brien", "O-Brien", "Óbrien", " O'  Brien "]
    assert name_key(series(*names)).unique().tolist() == ["obrien"]
    assert name_key(series("Zoë", "Łukasz", "Søren", "Weiß")).tolist() == [
        "zoe", "lukasz", "soren", "weiss"
    ]  # fmt: skip


def test_no_name_is_no_key_but_people_called_null_keep_theirs():
    words = series("Unknown", "not known", "N/K", "", "-", "?", "Not recorded", "Null", "Na")
    assert name_key(words).tolist() == ["", "", "", "", "", "", "", "null", "na"]


def test_names_of_a_frame_get_their_keys():
    frame = pd.DataFrame({"surname": ["Smith-Jones"], "forename": ["Mary Ann"]}, index=[4])
    keys = name_keys(frame)
    assert {name: key.to_dict() for name, key in keys.items()} == {
        "surname_key": {4: "smithjones"},
        "forename_key": {4: "maryann"},
    }


# ---- Postcodes ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [  # the six forms, and one of its own
        ("m11ae", "M1 1AE"), ("B33 8TH", "B33 8TH"), ("CR2  6XH", "CR2 6XH"),
        ("dn551pt", "DN55 1PT"),
        ("W1A 1HQ", "W1A 1HQ"), ("EC1A 1BB", "EC1A 1BB"), ("GIR 0AA", "GIR 0AA"),
        ("SO30", ""), ("SO30 1A", ""), ("ZZ99 3VZ", ""), ("unknown", ""), ("", ""),
    ],
)  # fmt: skip
def test_full_postcodes_have_one_spelling(text, expected):
    assert postcode(series(text)).tolist() == [expected]
