"""The table of deaths: ages, windows and scope, each on days that can be checked on a calendar."""

import calendar
from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trusts import number

from helpers.intake import deaths
from helpers.intake.deaths import banded, build, completed_years, kept
from helpers.intake.extracts import Cleaned, row_ids
from helpers.intake.flags import Log
from helpers.personal import scan
from helpers.tables import validate

EXTRACT = date(2014, 9, 30)
DAYS = ("date_of_death", "dob", "last_contact_date", "last_discharge_date", "registration_date")
ANN = {
    "nhs_number": number(1), "surname": "Abbott", "forename": "Ann", "local_id": "C1",
    "postcode": "SO30 1AA", "sex": "F", "service": "ld", "dob": "1950-06-01",
    "date_of_death": "2012-05-10",
}  # fmt: skip
BOB = ANN | {"nhs_number": number(2), "surname": "Brook", "forename": "Bob", "dob": "1972-08-20"}


def built(*rows):
    """The table of some rows, and the flags; row 2 is the first."""
    frame = pd.DataFrame(list(rows))
    for name in DAYS:
        if name in frame:
            frame[name] = pd.to_datetime(frame[name]).astype("datetime64[s]")
    if "inpatient_at_death" in frame:
        frame["inpatient_at_death"] = frame["inpatient_at_death"].astype("boolean")
    places = range(2, len(frame) + 2)
    frame = frame.assign(source_id="pas", source_sheet="2012-13", source_row=places)
    nothing = pd.DataFrame(index=frame.index)
    left_out = pd.Series("", index=frame.index, dtype="str")
    source = SimpleNamespace(id="pas")
    cleaned = Cleaned(source, frame, nothing, nothing, left_out, nothing, nothing)
    log = Log()
    return build(SimpleNamespace(extract_date=EXTRACT), cleaned, log), log.frame()


def one(**values):
    """The row of the table for one person."""
    return built(ANN | values)[0].table.iloc[0]


def days(*values):
    return pd.Series(pd.to_datetime(list(values)))


# ---- Ages ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("born", "died", "years"),
    [
        ("1954-03-02", "2013-03-01", 58),  # the day before the birthday
        ("1954-03-02", "2013-03-02", 59),
        ("2013-03-01", "2013-03-01", 0),
        ("2013-03-02", "2013-03-01", -1),  # reversed
        ("1980-02-29", "2013-02-28", 32),
        ("1980-02-29", "2013-03-01", 33),  # in a year without 29 February: on 1 March
        ("1980-02-29", "2012-02-28", 31),
        ("1980-02-29", "2012-02-29", 32),
        ("1979-03-01", "2012-02-29", 32),
        ("1900-01-01", "2012-01-01", 112),
    ],
)
def test_completed_years(born, died, years):
    assert completed_years(days(born), days(died)).tolist() == [years]


def test_without_both_days_there_is_no_age():
    made = completed_years(days(None, "1950-01-01"), days("2012-01-01", None))
    assert made.isna().all()
    assert made.dtype == "Int64"


lifetimes = st.dates(date(1900, 1, 1), date(2020, 12, 31))


@given(lifetimes, lifetimes)
def test_a_year_more_of_life_is_a_year_more_of_age(born, died):
    born, died = min(born, died), max(born, died)
    birthdays = sum(
        (died.month, died.day) >= (born.month, born.day) if year == died.year else True
        for year in range(born.year + 1, died.year + 1)
    )
    assert completed_years(days(born), days(died)).tolist() == [birthdays]


@pytest.mark.parametrize(
    ("age", "band"),
    [
        (0, "Under 18"), (17, "Under 18"), (18, "18 to 24"), (24, "18 to 24"), (25, "25 to 34"),
        (34, "25 to 34"), (44, "35 to 44"), (45, "45 to 54"), (55, "55 to 64"), (64, "55 to 64"),
        (65, "65 to 74"), (74, "65 to 74"), (75, "75 to 84"), (84, "75 to 84"),
        (85, "85 and over"), (119, "85 and over"), (120, "Not recorded"), (-1, "Not recorded"),
        (None, "Not recorded"),
    ],
)  # fmt: skip
def test_bands_at_their_edges(age, band):
    assert banded(pd.Series([age], dtype="Int64")).tolist() == [band]


def test_the_age_of_a_person_is_that_at_death():
    assert (one()["age"], one()["age_band"]) == (61, "55 to 64")


@pytest.mark.parametrize(
    ("born", "age"), [("2012-05-10", 0), ("2012-06-01", None), ("1892-05-10", None)]
)
def test_an_age_that_needs_a_question_is_flagged(born, age):
    """Below 0 or 120 and over is no age; 0 may be one."""
    made, flags = built(ANN | {"dob": born})
    assert flags.loc[flags["code"].eq("X19"), "source_row"].tolist() == [2]
    assert (
        made.table["age"].tolist() == [age] if age is not None else made.table["age"].isna().all()
    )


@pytest.mark.parametrize("age", [119, 120])
def test_no_age_is_taken_away_without_a_flag(age):
    made, flags = built(ANN | {"dob": f"{2012 - age}-05-10"})
    if made.table["age"].isna().all():
        assert "X19" in set(flags["code"])


# ---- Windows ------------------------------------------------------------------------------------

WINDOWS = ["30d", "3m", "6m", "12m"]


def windows(**values):
    row = one(**values)
    return [name for name in WINDOWS if row[f"in_window_{name}"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("contact", "died", "inside"),
    [
        ("2012-05-10", "2012-05-10", ["30d", "3m", "6m", "12m"]),  # seen on the day
        ("2012-04-10", "2012-05-10", ["30d", "3m", "6m", "12m"]),  # 30 days
        ("2012-04-09", "2012-05-10", ["3m", "6m", "12m"]),  # 31 days
        ("2012-02-10", "2012-05-10", ["3m", "6m", "12m"]),
        ("2012-02-09", "2012-05-10", ["6m", "12m"]),
        ("2011-11-10", "2012-05-10", ["6m", "12m"]),
        ("2011-11-09", "2012-05-10", ["12m"]),
        ("2011-05-10", "2012-05-10", ["12m"]),
        ("2011-05-09", "2012-05-10", []),
        # Six months before 28 or 29 February is the 28th or 29th of August; 31 August is later.
        ("2012-08-31", "2013-02-28", ["6m", "12m"]),
        ("2012-08-28", "2013-02-28", ["6m", "12m"]),
        ("2012-08-27", "2013-02-28", ["12m"]),
        ("2011-08-31", "2012-02-29", ["6m", "12m"]),
        ("2011-08-29", "2012-02-29", ["6m", "12m"]),
        ("2011-08-28", "2012-02-29", ["12m"]),
        # Months have no 31st everywhere: three months before 31 May is 29 February 2012.
        ("2012-02-29", "2012-05-31", ["3m", "6m", "12m"]),
        ("2012-02-28", "2012-05-31", ["6m", "12m"]),
        # Twelve months before 29 February 2012 is 28 February 2011.
        ("2011-02-28", "2012-02-29", ["12m"]),
        ("2011-02-27", "2012-02-29", []),
        # Thirty days over the end of a February: 30 January to 29 February and to 1 March.
        ("2012-01-30", "2012-02-29", ["30d", "3m", "6m", "12m"]),
        ("2012-01-30", "2012-03-01", ["3m", "6m", "12m"]),
    ],
)
def test_windows_are_calendar_months_with_both_edges_in(contact, died, inside):
    assert windows(last_contact_date=contact, date_of_death=died) == inside


def test_the_later_of_contact_and_discharge_decides():
    seen = {"last_contact_date": "2010-01-01", "last_discharge_date": "2012-05-01"}
    assert windows(**seen) == WINDOWS
    row = one(**seen)
    assert (row["days_since_contact"], row["days_since_discharge"]) == (860, 9)


def test_an_in_patient_is_in_every_window_whatever_the_last_contact():
    row = one(inpatient_at_death=True, last_contact_date="2001-01-01")
    assert windows(inpatient_at_death=True) == WINDOWS
    assert bool(row["in_window_ip"])
    assert not one(inpatient_at_death=None, last_contact_date="2012-05-09")["in_window_ip"]


def test_without_any_contact_on_record_a_death_is_in_no_window():
    assert windows() == []
    assert pd.isna(one()["days_since_contact"])


def test_a_contact_after_the_death_is_flagged_and_counts_as_contact_on_the_day():
    made, flags = built(ANN | {"last_contact_date": "2012-05-18"})
    assert flags[["code", "column", "value"]].to_numpy().tolist() == [
        ["X12", "last_contact_date", "2012-05-18"]
    ]
    row = made.table.iloc[0]
    assert [bool(row[f"in_window_{name}"]) for name in WINDOWS] == [True] * 4
    assert row["days_since_contact"] == -8  # as it stands
    assert row["last_contact_date"] == pd.Timestamp("2012-05-18")


def test_a_contact_with_the_family_within_a_week_after_the_death_is_no_oddity():
    assert built(ANN | {"last_contact_date": "2012-05-17"})[1].empty


def test_a_record_closed_on_the_day_of_death_is_flagged():
    made, flags = built(ANN | {"last_discharge_date": "2012-05-10"}, BOB)
    assert flags["code"].tolist() == ["X13"]
    assert made.table["closed_on_death"].tolist() == [True, pd.NA]


@settings(max_examples=30)
@given(
    st.dates(date(2011, 1, 1), date(2014, 1, 1)),
    st.lists(st.dates(date(2009, 1, 1), date(2014, 1, 1)), min_size=1, max_size=20),
)
def test_windows_are_nested_and_begin_on_the_same_day_of_an_earlier_month(died, seen):
    frame = pd.DataFrame({"last_contact_date": pd.to_datetime([min(day, died) for day in seen])})
    frame = frame.assign(
        date_of_death=pd.Timestamp(died), last_discharge_date=pd.NaT, inpatient_at_death=pd.NA
    ).astype({"last_discharge_date": "datetime64[s]", "inpatient_at_death": "boolean"})
    made = deaths._windows(frame)
    for inner, outer in zip(WINDOWS, WINDOWS[1:], strict=False):
        assert made.loc[made[f"in_window_{inner}"], f"in_window_{outer}"].all()
    for months in (3, 6, 12):
        year, month = divmod(died.year * 12 + died.month - 1 - months, 12)
        last = calendar.monthrange(year, month + 1)[1]
        first = date(year, month + 1, min(died.day, last))
        assert made[f"in_window_{months}m"].tolist() == [min(day, died) >= first for day in seen]


# ---- Who is in the table ------------------------------------------------------------------------


def test_a_row_without_a_date_of_death_is_held_back_and_counted():
    made, _ = built(ANN, BOB | {"date_of_death": None})
    assert made.left_out.tolist() == ["", "no usable date of death"]
    assert made.table["death_id"].tolist() == ["pas:2012-13:2"]
    assert made.identities["death_id"].tolist() == ["pas:2012-13:2"]


def test_a_death_after_the_extract_is_out_of_scope_and_stays_in_the_table():
    made, flags = built(
        ANN | {"date_of_death": "2014-09-30"}, BOB | {"date_of_death": "2014-10-01"}
    )
    assert made.left_out.tolist() == ["", "death after the extract"]
    assert made.table["in_scope"].tolist() == [True, False]
    assert made.table["exclusion_reason"].tolist()[1] == "death after the extract"
    assert flags[["code", "source_row"]].to_numpy().tolist() == [["X06", 3]]
    assert len(made.identities) == 1  # nothing is linked to it


def test_a_person_twice_is_one_death():
    """Same number, same dates: the later row is out of scope, and neither is dropped."""
    made, flags = built(ANN, BOB, ANN | {"local_id": "C77"})
    assert made.left_out.tolist() == ["", "", "duplicate record"]
    assert made.table["in_scope"].tolist() == [True, True, False]
    assert made.table["exclusion_reason"].dropna().tolist() == ["duplicate record"]
    assert made.table["person_id"].tolist() == ["P0000001", "P0000002", "P0000001"]
    assert flags[["code", "source_row", "action"]].to_numpy().tolist() == [["X10", 4, "left out"]]


def test_two_people_with_one_number_are_two_people():
    """Another name and another date of birth: the number is somebody's mistake and is not used."""
    made, flags = built(ANN, BOB | {"nhs_number": number(1)})
    assert made.table["in_scope"].tolist() == [True, True]
    assert made.table["person_id"].nunique() == 2
    assert made.identities["nhs_number"].isna().all()
    assert flags["code"].tolist() == ["X10", "X10"]


def test_people_without_a_number_are_each_one_person():
    made, _ = built(ANN | {"nhs_number": None}, BOB | {"nhs_number": None})
    assert made.table["person_id"].tolist() == ["P0000001", "P0000002"]


def test_what_is_not_in_the_extract_is_empty_and_the_table_is_valid():
    made, _ = built({"nhs_number": number(1), "service": "ld", "date_of_death": "2012-05-10",
                     "dob": None})  # fmt: skip
    assert validate(made.table, "deaths", where="pas") == []
    row = made.table.iloc[0]
    assert (row["sex"], row["age_band"], row["date_precision"]) == ("NR", "Not recorded", "day")


def test_dates_out_of_order_are_flagged_and_kept():
    made, flags = built(ANN | {"registration_date": "2012-05-01"})
    assert flags[["code", "column"]].to_numpy().tolist() == [["X06", "registration_date"]]
    assert made.table["registration_date"].tolist() == [pd.Timestamp("2012-05-01")]


# ---- No identifier leaves -----------------------------------------------------------------------


def test_neither_table_nor_flags_hold_what_identifies_a_person():
    made, flags = built(ANN, ANN, BOB | {"nhs_number": number(1)}, BOB | {"dob": "2013-01-01"})
    assert len(flags) >= 4
    for frame in (made.table, flags):
        assert scan(frame) == []
        text = frame.to_csv()
        for secret in (number(1), "Abbott", "Brook", "C1", "SO30", "1950-06-01", "1972-08-20"):
            assert secret not in text
    assert number(1) not in "".join(made.table["person_id"] + made.table["death_id"])


def test_the_number_of_a_person_says_nothing_of_the_person():
    """Other identifiers, the same order of rows: the same numbers."""
    other = ANN | {"nhs_number": number(9), "surname": "Zeal"}
    assert built(ANN, BOB)[0].table["person_id"].tolist() == ["P0000001", "P0000002"]
    assert built(other, BOB)[0].table["person_id"].tolist() == ["P0000001", "P0000002"]


def test_an_id_leads_back_to_its_row():
    frame = pd.DataFrame(
        {"source_id": "pas", "source_sheet": ["2012-13", ""], "source_row": [7, 8]}
    )
    assert row_ids(frame).tolist() == ["pas:2012-13:7", "pas:8"]


def test_some_rows_and_columns():
    frame = pd.DataFrame({"a": [1, 2, 3], "b": 0}, index=[5, 6, 7])
    assert kept(frame, frame["a"].ge(2), ["a"]).to_dict("list") == {"a": [2, 3]}
    assert kept(frame, frame["a"].ge(0), ["a"]).index.tolist() == [0, 1, 2]
