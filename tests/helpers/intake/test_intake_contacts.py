"""Contacts and referrals to denominators: equal to a count by hand, every row accounted for."""

import csv
import io
import tempfile
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.case import load
from helpers.errors import InputError
from helpers.intake import contacts_engine, contacts_files, ingest
from helpers.intake.contacts import denominators
from helpers.sourcefile import Contacts, Source

UK = "%d/%m/%Y"
BANDS = [0, 18, 65]
NAMES = ["Under 18", "18 to 64", "65 and over", "Not recorded"]
COVERED = date(2012, 4, 1), date(2013, 3, 31)
HEADERS = ["NHS no", "From", "To", "Born", 'Trust "A"; é', "Sex", "Notes"]
BY = {"trust": 'Trust "A"; é', "sex": "Sex"}
MONTHS = [date(2012 + (m > 8), (m + 3) % 12 + 1, 1) for m in range(12)]


def csv_bytes(rows, *, headers=HEADERS, encoding="utf-8", end="\n"):
    """Write rows as a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerows([headers, *rows])
    return text.getvalue().encode(encoding)


def contacts(path, **more):
    """Count the contacts of these tests."""
    asked = {
        "person": "NHS no", "date": "From", "date_format": UK, "born": "Born", "bands": BANDS,
        "by": BY, "coverage": COVERED, "memory_limit": "600MB", "threads": 1,
    }  # fmt: skip
    return denominators(path, **(asked | more))


def referrals(path, **more):
    """Count the referrals of these tests."""
    return contacts(path, **({"date": None, "start": "From", "end": "To"} | more))


def fates(made):
    """Rows by reason."""
    found = Counter()
    for one in made.attrs["accounts"]:
        found[one["reason"]] += one["rows"]
    return found


# ---- By hand ------------------------------------------------------------------------------------


def day_of(text):
    """A day in the declared format, None where blank, else why it is none."""
    text = " ".join(text.split())
    if not text:
        return None
    try:
        day = datetime.strptime(text, UK).date()  # noqa: DTZ007
    except ValueError:
        return "not in the declared format"
    return day if 1900 <= day.year <= 2100 else "that no record can have"


def band_of(born, month):
    """Band on the first day of a month."""
    if born is None:
        return NAMES[3]
    age = month.year - born.year - ((month.month, month.day) < (born.month, born.day))
    return NAMES[sum(max(age, 0) >= bound for bound in BANDS) - 1]


def why(row, referral):
    """Why a row is not counted, with its days."""
    person, start, end, born, *_ = row
    first, until, birth = day_of(start), day_of(end) if referral else None, day_of(born)
    if first is None or isinstance(first, str):
        return ("no date recorded" if first is None else f"date {first}"), None
    if isinstance(until, str):
        return f"end {until}", None
    if until is not None and until < first:
        return "end before start", None
    last = (until or date.max) if referral else first
    if last < COVERED[0]:
        return "before the days that the source covers", None
    if first > COVERED[1]:
        return "after the days that the source covers", None
    person = person.replace(" ", "")
    if not person or person == "0000000000":
        return "no person recorded", None
    if birth == date(1900, 1, 1):
        birth = "that no record can have"
    if isinstance(birth, str):
        return f"day of birth {birth}", None
    if birth and birth > first:
        return "born after the day", None
    return "counted", (person, first, last, until, birth)


def word(text):
    """A value of a stratum."""
    return " ".join(text.split()) or "Not recorded"


def by_hand(rows, referral):
    """Strata and fates, one row and one day after the other."""
    told, people, numbers = Counter(), defaultdict(set), defaultdict(Counter)
    days = set()
    for row in rows:
        reason, held = why(row, referral)
        told[reason] += 1
        if held is None:
            continue
        person, first, last, until, birth = held
        trust, sex = word(row[4]), word(row[5])
        day = max(first, COVERED[0])
        while day <= min(last, COVERED[1]):
            month = day.replace(day=1)
            key = (month, trust, sex, band_of(birth, month))
            people[key].add((person, birth))
            number = numbers[key]
            if not referral:
                number["contacts"] += 1
            else:
                who = (person, trust, sex, birth, day)
                fresh = who not in days
                days.add(who)
                number["person_days"] += fresh
                number["on_first_day"] += fresh and day == month
                number["on_last_day"] += fresh and (day + timedelta(1)).day == 1
                number["began"] += day == first
                number["ended"] += day == until
            day += timedelta(1)
    numbered = {(p, b): p for key in people for p, b in people[key]}
    size = {k: len(v if referral else {numbered[one] for one in v}) for k, v in people.items()}
    return {key: Counter(people=size[key]) + number for key, number in numbers.items()}, told


def strata(made):
    """The result as the count by hand has it, without noughts."""
    found = {}
    for row in made.to_dict("records"):
        key = (row.pop("month").date(), row.pop("trust"), row.pop("sex"), row.pop("age_band"))
        found[key] = {name: number for name, number in row.items() if number}
    return found


PEOPLE = st.sampled_from(["1", "2", "3", "943 476 5919", "9434765919", "", "0000000000", "é" * 20])
NEAR = st.dates(date(2012, 2, 20), date(2013, 5, 5)).map(lambda day: day.strftime(UK))
ODD = st.sampled_from(["", " ", "31/02/2012", "13/31/2012", "2012-05-01", "01/05/1850", "tbc"])
DATES = st.one_of(NEAR, NEAR, NEAR, ODD, NEAR.map(lambda text: f" {text} "))
BORN = st.one_of(
    st.sampled_from(["29/02/1948", "01/01/1900", "15/07/1947", "01/07/1994", "30/06/1994"]),
    st.dates(date(1994, 3, 1), date(1995, 5, 1)).map(lambda day: day.strftime(UK)),
    DATES,
)
WORDS = st.one_of(
    st.sampled_from(["", "a", "A", "a ", ' q"uote', "semi;colon", "comma, here", "'"]),
    st.text(st.characters(codec="cp1252", exclude_categories=["C"]), max_size=4),
)
ROWS = st.lists(
    st.tuples(PEOPLE, DATES, DATES, BORN, WORDS, st.sampled_from(["F", "M", ""]), WORDS),
    min_size=1,
    max_size=25,
)


@settings(max_examples=25, deadline=None)
@given(rows=ROWS, end=st.sampled_from(["\n", "\r\n"]), referral=st.booleans())
def test_strata_are_those_counted_by_hand(rows, end, referral):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        path.write_bytes(csv_bytes(rows, end=end))
        made = (referrals if referral else contacts)(path)
    expected, told = by_hand(rows, referral)
    assert fates(made) == told
    assert strata(made) == expected


# ---- Files --------------------------------------------------------------------------------------

ROW = ["1", "01/05/2012", "30/06/2012", "01/01/1950", "T1", "F", "free text"]


def changed(**values):
    """Return the row with other values by position."""
    row = list(ROW)
    for place, value in values.items():
        row[int(place[1:])] = value
    return row


@pytest.fixture
def put(tmp_path):
    """Give a function that writes rows as a file."""

    def write(*rows, **more):
        path = tmp_path / "contacts.csv"
        path.write_bytes(csv_bytes(rows, **more))
        return path

    return write


@settings(max_examples=8, deadline=None)
@given(rows=ROWS, referral=st.booleans())
def test_parquet_and_windows_1252_give_what_csv_gives(rows, referral):
    count = referrals if referral else contacts
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / "contacts.csv", Path(folder) / "contacts.parquet"
        western = Path(folder) / "western.csv"
        rows = [*rows, ("4", "01/05/2012", "", "01/01/1950", "£é", "F", "œ")]
        plain.write_bytes(csv_bytes(rows))
        western.write_bytes(csv_bytes(rows, encoding="cp1252"))
        columns = [[one or None for one in column] for column in zip(*rows, strict=True)]
        pq.write_table(pa.table([pa.array(c, pa.string()) for c in columns], HEADERS), packed)
        one = count(plain)
        for other in (count(packed), count(western, encoding="cp1252")):
            assert fates(one) == fates(other)
            pd.testing.assert_frame_equal(one, other)


def test_days_of_parquet_need_no_format_and_numbers_are_people(tmp_path):
    path = tmp_path / "contacts.parquet"
    table = {
        "who": [7, 7, 8, None, 9],
        "on": pa.array([date(2012, 5, 1), date(2012, 5, 31), date(2012, 5, 2), date(2012, 5, 2),
                        date(1850, 1, 1)], pa.date32()),
        "born": pa.array([date(1994, 5, 2)] * 2 + [None] * 3, pa.date32()),
    }  # fmt: skip
    pq.write_table(pa.table(table), path)
    made = denominators(path, person="who", date="on", born="born", bands=BANDS)
    assert made.astype({"age_band": "str"}).to_dict("list") == {
        "month": [pd.Timestamp(2012, 5, 1)] * 2,
        "age_band": ["Under 18", "Not recorded"],
        "people": [1, 1],
        "contacts": [2, 1],
    }
    assert fates(made)["no person recorded"] == 1
    assert fates(made)["date that no record can have"] == 1


def test_a_time_of_day_is_cut_off_and_day_first_is_never_guessed(put):
    path = put(changed(_1="01/02/2013 23:59"), changed(_1="28/02/2013 00:00"), changed(_1="13/02"))
    made = contacts(path, date_format="%d/%m/%Y %H:%M", born_format=UK)
    assert made[["people", "contacts"]].to_numpy().tolist() == [[1, 2]]
    assert made["month"].tolist() == [pd.Timestamp(2013, 2, 1)]
    assert fates(made)["date not in the declared format"] == 1


def test_an_age_of_the_row_is_that_of_a_contact(put):
    rows = [changed(_3=age) for age in ("17", " 018 ", "64.9", "65", "", "-1", "120")]
    made = contacts(put(*rows), born=None, age="Born", by=())
    assert dict(zip(made["age_band"], made["contacts"], strict=True)) == {
        "Under 18": 1, "18 to 64": 2, "65 and over": 1, "Not recorded": 1,
    }  # fmt: skip
    assert fates(made)["age below 0, or of 120 and over"] == 2
    made = contacts(put(*rows), born=None, age="Born", by=(), bands=[18, 65])
    assert fates(made)["younger than every band"] == 1
    with pytest.raises(InputError, match="'about 40' is not a number"):
        contacts(put(changed(_3="about 40")), born=None, age="Born")


def test_months_in_which_a_person_is_younger_than_every_band_do_not_count(put):
    path = put(changed(_3="15/05/1994"))  # 18 on 15 May: counts from June on
    made = referrals(path, bands=[18, 65], by=())
    assert made["month"].tolist() == [pd.Timestamp(2012, 6, 1)]
    made = referrals(put(changed(_3="15/05/1999")), bands=[18, 65], by=())
    assert made.empty
    assert fates(made) == {"younger than every band": 1}


def test_a_month_that_is_covered_in_part_is_left_out(put):
    rows = [changed(_1=day) for day in ("10/04/2012", "01/05/2012", "30/06/2012", "01/07/2012")]
    made = contacts(put(*rows), coverage=(date(2012, 4, 2), date(2012, 7, 30)), by=())
    assert made["month"].tolist() == [pd.Timestamp(2012, 5, 1), pd.Timestamp(2012, 6, 1)]
    assert fates(made)["in a month that the source covers in part"] == 2
    made = referrals(put(ROW), coverage=(date(2012, 5, 15), date(2012, 6, 30)), by=())
    assert made[["person_days", "on_first_day", "began", "ended"]].to_numpy().tolist() == [
        [30, 1, 0, 1]
    ]


# ---- Limits -------------------------------------------------------------------------------------


def test_more_than_memory_holds_goes_to_disk_and_is_gone_afterwards(tmp_path, monkeypatch):
    """The database may hold 36 MB; 390,000 people with their names do not fit."""
    rows = 400_000
    table = {
        "who": [f"SYNTHETIC {number % 390_000:030d}" for number in range(rows)],
        "on": pa.array([date(2012, 5, 1 + number % 31) for number in range(rows)], pa.date32()),
    }
    path, spill = tmp_path / "contacts.parquet", tmp_path / "spill"
    pq.write_table(pa.table(table), path)
    spill.mkdir()
    seen = []
    monkeypatch.setattr(contacts_files, "SHARE", 0.06)
    original = contacts_engine._examples

    def looked(*arguments):
        seen.extend(spill.rglob("*"))
        return original(*arguments)

    monkeypatch.setattr(contacts_engine, "_examples", looked)
    table["who"][0] = ""
    pq.write_table(pa.table(table), path)
    made = denominators(
        path, person="who", date="on", memory_limit="600MB", threads=1, folder=spill
    )
    assert made[["people", "contacts"]].to_numpy().tolist() == [[390_000, rows - 1]]
    assert seen
    assert list(spill.iterdir()) == []
    monkeypatch.setattr(contacts_files, "SHARE", 0.001)
    with pytest.raises(InputError, match="cannot be counted within 600MB"):
        denominators(path, person="who", date="on", memory_limit="600MB", folder=spill)
    assert list(spill.iterdir()) == []


@pytest.mark.parametrize("limit", ["2", "", "100MB", "2TB", "-2GB"])
def test_a_limit_of_memory_is_an_amount_that_can_do(put, limit):
    with pytest.raises(InputError, match="memory_limit"):
        contacts(put(ROW), memory_limit=limit)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"start": "From"}, "date or start"),
        ({"date": None}, "date or start"),
        ({"date": None, "start": "From"}, "start without end"),
        ({"end": "To"}, "date with end"),
        ({"age": "Sex"}, "born and age"),
        ({"date": None, "start": "From", "end": "To", "coverage": None}, "coverage"),
        ({"coverage": (date(2012, 4, 2), date(2012, 5, 30))}, "hold no whole month"),
        ({"bands": [18, 0]}, "bands"),
        ({"bands": []}, "bands"),
        ({"maps": {"age": {}}}, "maps of age"),
        ({"by": {"people": "Sex"}}, "by people"),
        ({"by": ["Nobody"]}, "column Nobody is not in the file"),
        ({"date_format": None, "born_format": UK}, "no format is declared"),
        ({"date_format": "%d/%m"}, "does not say day, month and year"),
        ({"born_format": "%d/%m/%y"}, "two digits"),
        ({"year_start_month": 0}, "year_start_month"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_words(put, asked, said):
    with pytest.raises(InputError, match=said):
        contacts(put(ROW), **asked)


def test_a_file_that_cannot_be_read_is_refused_with_its_line(put, tmp_path):
    with pytest.raises(InputError, match="line 3: a row has 8 cells and the header has 7"):
        contacts(put(ROW, [*ROW, "x"]))
    with pytest.raises(InputError, match="a header and no rows"):
        contacts(put())
    with pytest.raises(InputError, match="the file is not there"):
        contacts(tmp_path / "none.parquet")


def test_values_that_are_not_mapped_stop_with_their_rows(put):
    path = put(ROW, changed(_5="Femail"), *[changed(_5="?")] * 4)
    with pytest.raises(InputError) as caught:
        contacts(path, maps={"sex": {"F": "Female"}})
    assert [str(one) for one in caught.value.problems] == [
        "contacts.csv, column Sex, row 4, 5, 6 and 1 more: '?' is not mapped (4 rows). "
        "Add it to maps.",
        "contacts.csv, column Sex, row 3: 'Femail' is not mapped (1 rows). Add it to maps.",
    ]


# ---- A case -------------------------------------------------------------------------------------

CASE = {
    "case_version": 1, "id": "cared", "title": "A made-up county", "data_status": "synthetic",
    "summary": "Rows made up for tests.", "period": {"start": date(2012, 4, 1), "end": COVERED[1]},
    "extract_date": date(2014, 9, 30), "year_start_month": 4, "profiles": ["internal"],
    "sources": [{
        "id": "caseload", "title": "Referrals of a trust", "publisher": "Nobody",
        "file": "referrals.csv", "licence": "none", "layout": "contacts",
        "coverage": {"start": COVERED[0], "end": COVERED[1]},
        "dimensions": {
            "provider": {"from": "Trust"},
            "service": {"from": "Service", "map": {"Adult": "adult_mh", "LD": "ld"}},
            "sex": {"from": "Sex", "map": {"F": "F", "M": "M"}},
        },
        "contacts": {
            "person": "NHS no", "memory_limit": "1GB", "threads": 1,
            "start": {"from": "From", "format": UK}, "end": {"from": "To", "format": UK},
            "born": {"from": "Born", "format": UK},
        },
    }],
}  # fmt: skip
REFERRALS = """\
NHS no,From,To,Born,Trust,Service,Sex
1,01/03/2012,15/04/2012,01/01/1950,T1,Adult,F
1,10/04/2012,,01/01/1950,T1,Adult,F
1,10/04/2012,,01/01/1950,T1,LD,F

2,02/02/2013,01/02/2013,01/01/1950,T1,LD,M
2,tbc,01/02/2013,01/01/1950,T1,LD,M
2,01/05/2012,01/06/2012,01/01/2015,T1,LD,M
2,01/05/2012,01/06/2012,01/01/1950,T1,,
0000000000,01/05/2012,01/06/2012,01/01/1950,T1,LD,M
2,01/05/2012,02/05/2012,,T1,LD,
3,01/05/2009,02/05/2009,,T1,LD,
"""


@pytest.fixture
def cared(tmp_path, monkeypatch):
    """Give the folder of the case, in force for the test."""
    folder = tmp_path / "data" / "cared"
    folder.mkdir(parents=True)
    (folder / "case.yml").write_text(yaml.safe_dump(CASE), encoding="utf-8")
    (folder / "referrals.csv").write_text(REFERRALS, encoding="utf-8", newline="\n")
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path))
    return folder


def test_a_case_of_referrals_becomes_denominators_with_their_definitions(cared):
    extract = ingest(load("cared"))
    table = extract.tables["exposure"]
    days = table[table["measure"].eq("person_years")].groupby(["service", "sex"])["value"].sum()
    # Overlapping referrals of one service once, from 1 April; 356 days from 10 April on.
    assert (days * 365.25).round(9).to_dict() == {
        ("adult_mh", "F"): 365, ("ld", "F"): 356, ("ld", "NR"): 2,
    }  # fmt: skip
    one = table[table["service"].eq("adult_mh")]
    assert one.groupby("measure")["value"].agg(list).map(sum).to_dict() == {
        "caseload_end": 1, "caseload_start": 1, "discharges": 1, "people_in_month": 12,
        "person_years": pytest.approx(365 / 365.25), "referrals": 1,
    }  # fmt: skip
    assert set(one["age_band"]) == {"55 to 64"}
    assert one["year"].unique().tolist() == [2012]
    assert one["month"].min() == pd.Timestamp(2012, 4, 1)
    assert one["method"].str.match("D[2679]: |people").all()
    assert extract.accounts.to_dict("records") == [
        {
            "source_id": "caseload",
            "file": "referrals.csv",
            "rows_read": 10,
            "rows_used": 5,
            "rows_quarantined": 5,
        }
    ]
    told = extract.tallied
    assert dict(zip(told["reason"], told["rows"], strict=True)) == {
        "date not in the declared format": 1,
        "end before start": 1,
        "before the days that the source covers": 1,
        "no person recorded": 1,
        "born after the day": 1,
        "not recorded what a stratum needs": 1,
        "counted": 4,
    }


def test_flags_name_rows_and_show_no_person_and_no_day_of_birth(cared):
    flags = ingest(load("cared")).flags
    assert flags[["code", "source_row", "value"]].to_numpy().tolist() == [
        ["X06", 6, "01/02/2013"],
        ["X01", 7, "tbc"],
        ["X06", 8, "(withheld)"],
        ["X04", 9, "(withheld)"],
        ["X04", 9, ""],
        ["X04", 10, "(withheld)"],
        ["X04", 11, ""],
        ["X04", 12, ""],
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contacts": None}, "'contacts' says what is counted"),
        ({"layout": "tally"}, "'tally' says what is counted"),
        ({"dimensions": {"provider": {"from": "Trust"}}}, "of which service must be there"),
        ({"dimensions": {"area": {"from": "Trust"}}}, "contacts are counted by"),
        ({"year": "Year"}, "do not read year"),
        ({"dimensions": {"service": {"from": "Service", "bands": [1]}}}, "do not read bands"),
    ],
)
def test_a_source_that_people_cannot_be_counted_from_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        Source.model_validate(CASE["sources"][0] | change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"date": {"from": "From"}}, "name either date"),
        ({"end": None}, "name either date"),
        ({"age": "Age"}, "name either born or age"),
        ({"born": None, "age": "Age"}, "changes with time"),
        ({"bands": [5, 1]}, "rising ages"),
        ({"born": {"from": ["Born", "DOB"]}}, "one column"),
        ({"memory_limit": "much"}, "memory_limit"),
    ],
)
def test_contacts_that_cannot_be_read_are_refused(change, said):
    with pytest.raises(ValueError, match=said):
        Contacts.model_validate(CASE["sources"][0]["contacts"] | change)
