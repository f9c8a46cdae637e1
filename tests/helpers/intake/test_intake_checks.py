"""Questions about cleaned records: each rule on rows whose answer can be seen."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.intake import checks, repeats
from helpers.intake.flags import CODES
from helpers.intake.hits import HITS

A, B, C = "9990000018", "9990000026", "9990548609"  # of the range for tests
BORN, DIED = "1950-01-02", "2013-05-06"


def days(**columns):
    return pd.DataFrame(columns).apply(lambda column: pd.to_datetime(column).astype("M8[s]"))


def people(*rows):
    """Number, date of birth, date of death, surname, forename; index as positions from 10."""
    names = ["nhs_number", "dob", "date_of_death", "surname_key", "forename_key"]
    frame = pd.DataFrame(rows, columns=names, index=range(10, 10 + len(rows)))
    dates = {name: pd.to_datetime(frame[name]).astype("M8[s]") for name in names[1:3]}
    return frame.astype("str").assign(**dates)


def fates(*rows):
    """Action for each row, "" where nothing is asked; and the rows whose number is not used."""
    found = repeats.duplicate_people(people(*rows))
    assert found.hits["code"].isin(["X10"]).all()
    actions = found.hits.set_index("position")["action"].to_dict()
    assert found.left_out.eq([actions.get(n) == "left out" for n in found.left_out.index]).all()
    return [actions.get(n, "") for n in found.left_out.index], found.conflict.tolist()


# ---- X06: order ---------------------------------------------------------------------------------

PAIRS = [("dob", "contact"), ("dob", "death"), ("death", "reported")]


def test_dates_out_of_order_are_asked_about_with_their_column():
    frame = days(
        dob=["1950-01-02", "2013-06-01", "1950-01-02"],
        contact=["2013-01-01", None, "2013-01-01"],
        death=["2013-05-06", "2013-05-06", "2013-05-06"],
        reported=["2013-05-07", "2013-05-07", "2013-04-06"],
    )
    found = checks.date_order(frame, pairs=PAIRS)
    assert found[["position", "column", "value", "action"]].to_numpy().tolist() == [
        [1, "death", "2013-05-06", "kept"],
        [2, "reported", "2013-04-06", "kept"],
    ]
    assert found["reason"].tolist() == ["before dob", "30 days before death (2013-05-06)"]


def test_a_day_either_side_of_midnight_is_no_question():
    frame = days(death=["2013-05-06", "2013-05-06"], reported=["2013-05-05", "2013-05-04"])
    assert checks.date_order(frame, pairs=PAIRS)["position"].tolist() == [1]
    assert len(checks.date_order(frame, pairs=PAIRS, tolerance_days=0)) == 2


def test_nothing_can_be_recorded_after_the_extract():
    frame = days(death=["2015-06-30", "2015-07-01"], reported=["2015-06-30", "2015-07-01"])
    found = checks.date_order(frame, pairs=PAIRS, latest=pd.Timestamp("2015-06-30"))
    assert found[["position", "column"]].to_numpy().tolist() == [[1, "death"], [1, "reported"]]
    assert found["reason"].unique().tolist() == ["after the extract of 2015-06-30"]


def test_a_date_of_birth_is_never_told():
    frame = days(dob=["2016-01-02"], contact=["2013-01-01"], death=["2013-05-06"])
    found = checks.date_order(frame, pairs=PAIRS, latest=pd.Timestamp("2015-06-30"))
    assert len(found) == 3
    assert not found.astype("str").apply(lambda column: column.str.contains("2016")).any(axis=None)


def test_pairs_of_absent_columns_are_passed_over():
    found = checks.date_order(days(death=["2013-05-06"]), pairs=PAIRS)
    assert found.empty
    assert {*HITS, "column"} <= set(found.columns)


day = st.one_of(st.none(), st.dates(dt.date(2013, 1, 1), dt.date(2013, 1, 9)))


@given(st.lists(st.tuples(day, day), min_size=1, max_size=12), st.integers(0, 3))
def test_order_is_asked_exactly_where_it_is_broken(pairs, tolerance):
    frame = days(death=[one for one, _ in pairs], reported=[two for _, two in pairs])
    rule = {"pairs": [("death", "reported")], "tolerance_days": tolerance}
    expected = [
        n for n, (one, two) in enumerate(pairs) if one and two and (one - two).days > tolerance
    ]
    assert checks.date_order(frame, **rule)["position"].tolist() == expected


# ---- X07, X08: deaths and incidents -------------------------------------------------------------


def test_every_incident_of_a_death_with_several_is_listed():
    death = pd.Series(["D1", "D2", None, "D1", None, "D1"])
    found = repeats.several_incidents(death)
    assert found["position"].tolist() == [0, 3, 5]
    assert found["value"].unique().tolist() == ["3 incidents"]
    systems = pd.Series(["ulysses", "ulysses", "steis", "steis", "steis", "ulysses"])
    assert repeats.several_incidents(death, system=systems)["position"].tolist() == [0, 5]
    assert repeats.several_incidents(death.head(2)).empty


def test_one_incident_number_of_two_people_is_asked_about():
    rows = people(
        (A, BORN, DIED, "li", "an"), (B, BORN, DIED, "roe", "jo"), (A, BORN, DIED, "li", "an"),
        (None, BORN, DIED, "poe", "al"), (C, BORN, DIED, "day", "mo"),
    ).assign(local_ref=["W1", "W1", "W2", "W2", "W3"])  # fmt: skip
    assert repeats.shared_incidents(rows)["position"].tolist() == [10, 11, 12, 13]
    same = rows.assign(local_ref=["W1", "W4", "W1", "", ""])
    assert repeats.shared_incidents(same).empty  # the same person, twice


# ---- X10: repeated people -----------------------------------------------------------------------

LI = (A, BORN, DIED, "li", "an")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([LI, LI], ["", "left out"]),
        ([LI, LI, LI], ["", "left out", "left out"]),
        ([LI, (A, BORN, DIED, "lee", "ann")], ["", "left out"]),  # an alias, or a new name
        ([LI, (B, BORN, DIED, "li", "bo")], ["", ""]),  # twins
        ([LI, (B, BORN, DIED, "li", "an")], ["", ""]),  # two numbers: two people until shown
        ([LI, (A, BORN, "2014-05-06", "li", "an")], ["kept", "kept"]),  # dead twice?
        ([LI, (A, "1950-02-01", DIED, "li", "an")], ["kept", "kept"]),  # day and month exchanged?
        ([LI, (A, None, DIED, "li", "an")], ["kept", "kept"]),
        ([LI, (None, BORN, DIED, "li", "an")], ["", "kept"]),  # ask; never leave out
        ([(None, BORN, DIED, "li", "an"), LI], ["kept", ""]),
        ([(None, BORN, DIED, "li", "an")] * 2, ["", "kept"]),
        ([(None, BORN, DIED, "", "")] * 2, ["", ""]),
        ([(None, None, DIED, "li", "an")] * 2, ["", ""]),
        ([LI], [""]),
    ],
)
def test_only_a_sure_repetition_is_left_out(rows, expected):
    found, conflict = fates(*rows)
    assert found == expected
    assert not any(conflict)


def test_a_number_of_two_people_is_not_used_for_linking():
    other = (A, "1971-03-04", "2014-01-01", "roe", "jo")
    found, conflict = fates(LI, other, (B, BORN, DIED, "day", "mo"))
    assert found == ["kept", "kept", ""]
    assert conflict == [True, True, False]


def test_a_repetition_within_a_conflict_is_still_left_out():
    other = (A, "1971-03-04", "2014-01-01", "roe", "jo")
    found, conflict = fates(LI, other, LI)
    assert found == ["kept", "kept", "left out"]
    assert conflict == [True, True, True]


def test_the_same_incident_twice_is_left_out_and_another_date_is_asked_about():
    rows = people(LI, LI, LI, (B, BORN, DIED, "roe", "jo"))
    incident = pd.to_datetime(["2013-05-06", "2013-05-06", "2013-06-06", "2013-05-06"])
    found = repeats.duplicate_incidents(rows.assign(local_ref="W1", incident_date=incident))
    assert found.left_out.tolist() == [False, True, False, False]
    assert found.hits[["position", "action"]].to_numpy().tolist() == [
        [11, "left out"],
        [12, "kept"],
    ]
    apart = rows.assign(local_ref=["W1", "W2", "", None], incident_date=incident)
    assert repeats.duplicate_incidents(apart).hits.empty


# ---- The others ---------------------------------------------------------------------------------


def test_contacts_within_a_week_may_be_with_the_family():
    frame = days(
        date_of_death=[DIED] * 4, last_contact_date=["2013-05-06", "2013-05-13", "2013-05-14", None]
    )
    found = checks.contact_after_death(frame)
    assert found[["position", "value", "reason"]].to_numpy().tolist() == [
        [2, "2013-05-14", "8 days after the death"]
    ]
    assert len(checks.contact_after_death(frame, days=6)) == 2


def test_a_discharge_on_the_day_of_death_is_a_closing():
    frame = days(date_of_death=[DIED, DIED, None], last_discharge_date=[DIED, "2013-05-05", None])
    assert checks.closed_on_death(frame)["position"].tolist() == [0]


def test_incidents_taken_off_the_list_are_kept():
    frame = days(delog_date=[DIED, None, None], downgrade_date=[None, DIED, None])
    found = checks.removed(frame)
    assert found["reason"].tolist() == ["taken off the list", "downgraded"]
    assert found["action"].unique().tolist() == ["kept"]


def test_harm_coded_anew_shows_both_codes():
    frame = pd.DataFrame(
        {"harm_first": ["death", "low", "NR", None], "harm_latest": ["low", "low", "low", "low"]}
    )
    found = checks.recoded_harm(frame)
    assert found[["position", "value", "new_value", "action"]].to_numpy().tolist() == [
        [0, "death", "low", "kept"]
    ]


def test_those_who_were_not_patients_are_left_out_and_the_unknown_are_not():
    kinds = pd.Series(["patient", "staff", "visitor", "stillbirth or foetal death", "NR", "", None])
    found = checks.not_a_patient(kinds)
    assert found["position"].tolist() == [1, 2, 3]
    assert found["action"].unique().tolist() == ["left out"]


def test_ages_that_need_a_question():
    age = pd.Series([-1, 0, 1, 119, 120, 140, None], dtype="Int64")
    assert checks.ages(age)["position"].tolist() == [0, 1, 4, 5]


def test_text_that_stops_at_255_characters_is_cut_off_unless_longer_text_exists():
    lengths = pd.Series([0, 12, 255, 255])
    assert checks.cut_off(lengths)["position"].tolist() == [2, 3]
    assert checks.cut_off(pd.Series([0, 12, 254])).empty
    assert checks.cut_off(pd.Series([255, 300])).empty


def test_no_rows_raise_no_question():
    none = people().assign(
        local_ref=pd.Series(dtype="str"), incident_date=pd.Series(dtype="M8[s]"),
        last_contact_date=pd.Series(dtype="M8[s]"), last_discharge_date=pd.Series(dtype="M8[s]"),
        delog_date=pd.Series(dtype="M8[s]"), downgrade_date=pd.Series(dtype="M8[s]"),
        harm_first=pd.Series(dtype="str"), harm_latest=pd.Series(dtype="str"),
    )  # fmt: skip
    found = [
        repeats.duplicate_people(none).hits, repeats.duplicate_incidents(none).hits,
        repeats.shared_incidents(none), checks.contact_after_death(none),
        checks.closed_on_death(none), checks.removed(none), checks.recoded_harm(none),
        checks.not_a_patient(none["harm_first"]), checks.ages(pd.Series(dtype="Int64")),
        checks.cut_off(pd.Series(dtype="int64")), repeats.several_incidents(none["local_ref"]),
        checks.date_order(none, pairs=[("dob", "date_of_death")], latest=pd.Timestamp(DIED)),
    ]  # fmt: skip
    assert [len(hits) for hits in found] == [0] * 12


def test_every_code_of_a_check_is_known():
    text = "".join((room.__doc__ or "").split("\n\n")[1] for room in (checks, repeats))
    codes = {f"X{number:02}" for number in (6, 7, 8, 10, 12, 13, 15, 17, 18, 19, 20)}
    assert all(code in text and code in CODES for code in codes)
