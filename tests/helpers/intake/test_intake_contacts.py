"""Contacts and referrals to denominators: equal to a count by hand, every row accounted for."""

import tempfile
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from counted_contacts import BANDS, COVERED, HEADERS, UK, contacts, csv_bytes, fates, referrals
from hypothesis import given, settings
from hypothesis import strategies as st

NAMES = ["Under 18", "18 to 64", "65 and over", "Not recorded"]


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
