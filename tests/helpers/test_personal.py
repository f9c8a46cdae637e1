"""What would identify a person is found, and what is only a number is left in peace."""

import hashlib
import uuid

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.personal import Found, name_hashes, scan, scan_text

NUMBER, TEST_RANGE = "9434765919", "9990548609"  # reference 41; nobody's
NUMBERS = ["9434765919", "9990000026", "9990000018", "9990548609", "9876543210"]


def kinds(found):
    return {(one.kind, one.where) for one in found}


# ---- Texts --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (f"NHS No. {NUMBER}.", "NHS number"),
        ("(943 476 5919)", "NHS number"),
        ("943-476-5919", "NHS number"),
        (f"synthetic: {TEST_RANGE}", "NHS number"),  # also those of the range for tests
        (f"{NUMBER}.0", "NHS number"),  # printed as a number with decimals
        ("lived at SO30 1AA until 2012", "postcode"),
        ("EC1A1BB", "postcode"),
        ("DOB: 01/02/1950", "date of birth"),
        ("d.o.b. 1950-02-01", "date of birth"),
        ("born on 1st February 1950", "date of birth"),
    ],
)
def test_what_identifies_is_found_in_a_text(text, kind):
    assert scan_text(text) == [Found(kind, "", 1)]


@pytest.mark.parametrize(
    "text",
    [
        "Ref 2013-0181", "StEIS 2014/12345", "10,306 deaths in 2011 to 2015", "date 01/02/2013",
        "9434765910 fails its check digit", "ward E12, ICD-10 F20.0, area E06000001", "SO30",
        "born in February", "0.9434765919", "12-9434765919", "2014/9434765919", "v1.9434765919",
        "0000000000", "file 943476591912 of 94347659191", "https://example.org/9434765919",
        hashlib.sha256(b"x").hexdigest(), hashlib.sha256(b"x").hexdigest().upper(),
        str(uuid.UUID(int=2**127 + 5)), "2013-04-01T10:00:00", "p = 0.05, 95% CI 1.02 to 1.37",
    ],
)  # fmt: skip
def test_what_does_not_identify_raises_no_alarm(text):
    assert scan_text(text) == []


@given(st.uuids(), st.binary(max_size=8))
def test_hashes_and_identifiers_of_rows_raise_no_alarm(one, data):
    digest = hashlib.sha256(data).hexdigest()
    assert scan_text(f"{one} {digest} {str(one).upper()} {digest.upper()}") == []


def test_what_was_found_is_never_repeated():
    found = scan_text(f"{NUMBER}, SO30 1AA, DOB 01/02/1950")
    said = " ".join([*map(str, found), *map(repr, found)])
    assert not any(part in said for part in ("943", "SO30", "1950"))


# ---- Tables -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "values", "kind"),
    [
        ("note", ["none", f"see {NUMBER}", None], "NHS number"),
        ("anything", NUMBERS, "NHS number"),
        ("anything", [int(number) for number in NUMBERS], "NHS number"),
        ("NHS Number", [9434765910], "NHS number"),  # by its name, valid or not
        ("nhs_number", ["9434765910"], "NHS number"),
        ("place", ["SO30 1AA"], "postcode"),
        ("dob", pd.to_datetime(["1950-02-01"]), "date of birth"),
        ("PersonBirthDate", ["01/02/1950"], "date of birth"),
        ("Date of Birth", ["1 Feb 1950"], "date of birth"),
        ("Surname", ["O'Brien"], "name"),
        ("patient_forename", ["Mary"], "name"),
    ],
)
def test_what_identifies_is_found_in_a_table(column, values, kind):
    frame = pd.DataFrame({column: values})
    assert kinds(scan(frame.assign(deaths=1))) == {(kind, column)}


def test_an_index_and_headings_are_looked_at():
    frame = pd.DataFrame({"deaths": [1]}, index=pd.Index(["SO30 1AA"], name="area"))
    assert kinds(scan(frame)) == {("postcode", "area")}
    assert kinds(scan(pd.DataFrame({NUMBER: [1]}))) == {("NHS number", "(headings)")}
    categories = pd.DataFrame({"area": pd.Categorical(["SO30 1AA", "SO30 1AA"])})
    assert scan(categories) == [Found("postcode", "area", 2)]


QUIET = pd.DataFrame(
    {
        "year": [2013, 2014], "deaths": [10306, 1454], "control_total": [9434765919, 9876543210],
        "share": [0.9434765919, 0.5], "reference": ["2013-0181", "2014-0007"],
        "steis": ["2014/12345", "2014/9999"], "sha256": [hashlib.sha256(b"a").hexdigest()] * 2,
        "first_year": [2011, 2012], "name": ["Southern Health", "Other trust"],
        "area_name": ["North", "South"], "nhs_number": [0.98, 0.97], "dob": ["agrees", "differs"],
        "surname": ["same", "different"], "postcode": ["missing", "present"],
        "date": pd.to_datetime(["2013-01-01", "2014-01-01"]), "flag": [True, False],
    }
)  # fmt: skip


def test_tables_of_counts_and_of_agreement_raise_no_alarm():
    assert scan(QUIET) == []
    assert scan(QUIET.head(0)) == []
    assert scan(pd.DataFrame()) == []


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=30), st.data())
def test_counts_raise_no_alarm_as_numbers_or_as_text(counts, data):
    year = data.draw(st.integers(1990, 2030))
    frame = pd.DataFrame({"year": year, "count": counts, "shown": [f"{n:,}" for n in counts]})
    assert scan(frame) == []


@given(st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=5), st.sampled_from(["", " ", "-"]))
def test_every_number_in_a_text_is_found_wherever_it_stands(numbers, gap):
    written = [gap.join((number[:3], number[3:6], number[6:])) for number in numbers]
    frame = pd.DataFrame({"note": [f"about {number}; closed" for number in written]})
    assert scan(frame) == [Found("NHS number", "note", len(numbers))]
    assert scan_text(", ".join(written)) == [Found("NHS number", "", len(numbers))]


# ---- Known names --------------------------------------------------------------------------------


def test_known_names_are_found_without_being_held():
    names = name_hashes(["Mary O'Brien"], salt="of the run")
    assert not any("brien" in name for name in names)
    rule = {"names": names, "salt": "of the run"}
    assert scan(pd.DataFrame({"x": ["MARY OBRIEN", "Other"]}), **rule) == [Found("name", "x", 1)]
    assert scan_text("It was said that Mary O\u2019Brien had called.", **rule) == [
        Found("name", "", 1)
    ]
    assert scan_text("Mary had called.", **rule) == []
    assert scan_text("Mary O'Brien", names=names, salt="another") == []
