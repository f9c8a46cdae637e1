"""What followed a death: which incident leads, which reviews there were, what families did."""

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest
from trusts import number

from helpers.intake import incidents
from helpers.intake.deaths import complete
from helpers.intake.extracts import Cleaned
from helpers.intake.flags import Log
from helpers.tables import validate

EXTRACT = date(2014, 9, 30)
W1 = {
    "local_ref": "W1", "person_type": "patient", "nhs_number": number(1), "dob": "1950-06-01",
    "surname": "Abbott", "forename": "Ann", "sex": "F", "service": "ld",
    "incident_date": "2012-05-10", "reported_date": "2012-05-11",
}  # fmt: skip
W2 = W1 | {"local_ref": "W2", "nhs_number": number(2), "surname": "Brook", "dob": "1972-08-20"}
DATES = ("dob", "incident_date", "reported_date", "entered_date", "delog_date", "downgrade_date")


def built(*rows, system="ulysses", **days):
    """The incidents of some rows, and the flags; ``days`` are milestones."""
    frame = pd.DataFrame(list(rows))
    frame = frame.assign(
        **{n: pd.to_datetime(frame[n]).astype("datetime64[s]") for n in DATES if n in frame}
    )
    places = range(2, len(frame) + 2)
    frame = frame.assign(source_id="inc", source_sheet="", source_row=places)
    events = pd.DataFrame({n: pd.to_datetime(v) for n, v in days.items()}, index=frame.index)
    source = SimpleNamespace(id="inc", system=system)
    left_out = pd.Series("", index=frame.index, dtype="str")
    cleaned = Cleaned(source, frame, events, events, left_out, None, None)
    log = Log()
    return incidents.build(SimpleNamespace(extract_date=EXTRACT), cleaned, log), log.frame()


# ---- Which incident leads -----------------------------------------------------------------------


def lead(*rows):
    """Which incidents lead; each row is reference, death, day of the report, system."""
    names = ["local_ref", "death_id", "reported_date", "system"]
    frame = pd.DataFrame(list(rows), columns=names)
    frame["reported_date"] = pd.to_datetime(frame["reported_date"])
    frame = frame.assign(incident_id=frame["local_ref"], in_scope=True)
    links = frame.loc[frame["death_id"].notna(), ["incident_id", "death_id"]]
    return dict(zip(frame["local_ref"], incidents.lead(frame, links), strict=True))


def test_the_incident_that_was_reported_first_stands_for_the_death():
    made = lead(
        ("W2", "Ann", "2012-05-20", "ulysses"),
        ("W1", "Ann", "2012-05-11", "ulysses"),
        ("W3", "Bob", "2012-08-21", "ulysses"),
    )
    assert made == {"W1": True, "W2": False, "W3": True}


def test_of_two_reported_on_one_day_the_lower_number_stands_for_the_death():
    day = "2012-05-11"
    assert lead(("W2", "Ann", day, "ulysses"), ("W1", "Ann", day, "ulysses"))["W1"]


def test_the_lower_number_is_the_lower_number_however_many_digits_it_has():
    """W9 comes before W10, although not in the alphabet."""
    day = "2012-05-11"
    assert lead(("W10", "Ann", day, "ulysses"), ("W9", "Ann", day, "ulysses"))["W9"]


def test_a_report_without_a_day_leads_only_where_no_other_has_one():
    assert lead(("W1", "Ann", None, "ulysses"), ("W2", "Ann", "2014-01-01", "ulysses"))["W2"]
    assert lead(("W1", "Ann", None, "ulysses"))["W1"]


def test_an_entry_of_steis_never_leads_and_an_unlinked_incident_is_neither():
    made = lead(
        ("S1", "Ann", "2012-05-01", "steis"),
        ("W1", "Ann", "2012-05-11", "ulysses"),
        ("W9", None, "2012-05-11", "ulysses"),
    )
    assert made["W1"]
    assert pd.isna(made["S1"])
    assert pd.isna(made["W9"])


# ---- The table ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "reason"),
    [
        ("patient", None), ("NR", None), ("NK", None), (None, None), ("staff", "not a patient"),
        ("visitor", "not a patient"), ("other", "not a patient"),
        ("stillbirth or foetal death", "stillbirth or foetal death"),
    ],
)  # fmt: skip
def test_whose_death_an_incident_is_about(who, reason):
    """What is not recorded may be a patient; staff and visitors are counted and left out."""
    made, flags = built(W1 | {"person_type": who}, W2)
    assert made.left_out.tolist() == [reason or "", ""]
    assert made.table["in_scope"].tolist() == [reason is None, True]
    assert len(made.table) == 2
    assert len(made.identities) == 2 - (reason is not None)
    assert ("X18" in set(flags["code"])) is (reason is not None)


def test_an_incident_listed_twice_is_one():
    made, flags = built(W1, W2, W1)
    assert made.left_out.tolist() == ["", "", "duplicate record"]
    assert flags[["code", "source_row"]].to_numpy().tolist() == [["X10", 4]]


def test_one_number_for_two_people_is_asked_about_and_kept():
    made, flags = built(W1, W2 | {"local_ref": "W1"})
    assert made.left_out.tolist() == ["", ""]
    assert flags["code"].tolist() == ["X08", "X08"]


def test_a_serious_incident_that_was_taken_off_the_list_was_one():
    days = {"delog_date": [None, "2013-01-01", None], "downgrade_date": [None, None, "2013-02-01"]}
    rows = [{"steis_ref": f"2012/{n}", "incident_date": "2012-05-10"} for n in (1, 2, 3)]
    rows = [row | {name: days[name][place] for name in days} for place, row in enumerate(rows)]
    made, flags = built(*rows, system="steis")
    assert made.table["si_ever"].tolist() == [True, True, True]
    assert made.table["si_current"].tolist() == [True, False, False]
    assert flags[["code", "source_row"]].to_numpy().tolist() == [["X15", 3], ["X15", 4]]


@pytest.mark.parametrize(("panel", "ever"), [("SIRI", True), ("CIR", False), ("NR", False)])
def test_the_panel_makes_an_own_incident_serious(panel, ever):
    assert built(W1 | {"panel_outcome": panel})[0].table["si_ever"].tolist() == [ever]


def test_an_entry_of_steis_is_about_a_patient_and_an_own_incident_says_whom():
    bare = {"steis_ref": "2012/1", "incident_date": "2012-05-10"}
    assert built(bare, system="steis")[0].table["person_type"].tolist() == ["patient"]
    assert built(bare)[0].table["person_type"].tolist() == ["NR"]


def test_days_out_of_order_and_harm_that_was_coded_anew_are_flagged_and_kept():
    late = {"reported_date": "2012-05-01", "harm_first": "death", "harm_latest": "low"}
    made, flags = built(W1 | late, ima_started=["2012-06-10"], ima_completed=["2012-06-01"])
    assert flags[["code", "column"]].to_numpy().tolist() == [
        ["X06", "ima_completed"], ["X06", "reported_date"], ["X17", "harm_latest"],
    ]  # fmt: skip
    assert made.held["ima_completed"].tolist() == [pd.Timestamp("2012-06-01")]


def test_the_table_is_valid_and_holds_no_name():
    made, _ = built(W1, W2)
    table = made.table.assign(lead_incident=pd.array([pd.NA] * 2, dtype="boolean"))
    assert validate(table, "incidents", where="inc") == []
    assert "Abbott" not in table.to_csv()
    assert "1950" not in table.to_csv()


# ---- Reviews ------------------------------------------------------------------------------------


def held(*rows, **days):
    """Rows of incidents as reviews and families are read from them."""
    frame = complete(pd.DataFrame(list(rows)), "incidents")
    frame["delog_date"] = pd.to_datetime(frame["delog_date"])
    names = [f"inc:{place}" for place in range(2, len(frame) + 2)]
    frame = frame.assign(incident_id=names, death_id="Ann", in_scope=True)
    events = pd.DataFrame({n: pd.to_datetime(v) for n, v in days.items()}, index=frame.index)
    return frame.join(events)


def reviews(*rows, **days):
    made = incidents.reviews(held(*rows, **days))
    return made[["incident_id", "type", "outcome"]].to_numpy().tolist()


@pytest.mark.parametrize(
    ("started", "completed", "found"),
    [
        ("2012-05-12", "2012-05-14", [["inc:2", "IMA", "completed"]]),
        ("2012-05-12", None, [["inc:2", "IMA", "open"]]),
        (None, "2012-05-14", [["inc:2", "IMA", "completed"]]),
        (None, None, []),
    ],
)
def test_an_assessment_is_there_where_either_of_its_days_is(started, completed, found):
    assert reviews(W1, ima_started=[started], ima_completed=[completed]) == found


def test_an_extract_without_assessments_has_none():
    assert reviews(W1) == []


@pytest.mark.parametrize(
    ("panel", "kinds"),
    [
        ("SIRI", ["SIRI"]), ("CIR", ["CIR"]), ("local review", []),
        ("no further investigation", []), ("NR", []), (None, []),
    ],
)  # fmt: skip
def test_an_investigation_is_there_where_the_panel_decided_on_one(panel, kinds):
    assert [kind for _, kind, _ in reviews(W1 | {"panel_outcome": panel})] == kinds


@pytest.mark.parametrize(
    ("recorded", "days", "state"),
    [
        (None, {}, "open"),
        ("NR", {}, "open"),
        (None, {"final_report_internal": ["2012-11-10"]}, "completed"),
        (None, {"report_to_commissioner": ["2012-11-10"]}, "completed"),
        (None, {"si_closed": ["2012-11-10"]}, "completed"),
        ("NR", {"si_closed": ["2012-11-10"]}, "completed"),
        ("abandoned", {"si_closed": ["2012-11-10"]}, "abandoned"),  # what was written counts
        ("superseded", {}, "superseded"),
        ("completed", {}, "completed"),
        ("open", {"final_report_internal": ["2012-11-10"]}, "open"),
    ],
)
def test_the_state_of_an_investigation_is_as_recorded_else_from_its_days(recorded, days, state):
    row = W1 | {"panel_outcome": "SIRI", "review_outcome": recorded}
    assert reviews(row, **days) == [["inc:2", "SIRI", state]]


def test_an_investigation_taken_off_the_list_is_neither_open_nor_completed():
    row = W1 | {"panel_outcome": "SIRI", "delog_date": "2013-01-01"}
    assert reviews(row, si_closed=["2013-01-01"]) == [["inc:2", "SIRI", "delogged"]]


def test_rows_out_of_scope_have_no_reviews_and_no_family():
    rows = held(W1 | {"panel_outcome": "SIRI", "family_involvement": "none"}, W2)
    rows["in_scope"] = False
    assert incidents.reviews(rows).empty
    assert incidents.family(rows).empty


# ---- Families -----------------------------------------------------------------------------------


def test_a_family_that_declined_is_not_one_that_had_no_part():
    said = ["none", "declined", "no family traced", None, "contributed"]
    rows = [W1 | {"panel_outcome": "CIR", "family_involvement": word} for word in said]
    made = incidents.family(held(*rows))
    assert made["involvement"].tolist() == [
        "none", "declined", "no family traced", "NR", "contributed",
    ]  # fmt: skip


def test_families_are_asked_about_only_where_there_was_an_investigation():
    said = {"family_involvement": "none"}
    rows = [W1 | said | {"panel_outcome": panel} for panel in ("SIRI", "CIR", "local review", None)]
    assert incidents.family(held(*rows))["incident_id"].tolist() == ["inc:2", "inc:3"]


# ---- Judgements of problems in care -------------------------------------------------------------


@pytest.mark.parametrize(
    ("panel", "found"),
    [
        (None, [["IMA", "more likely than not"]]),
        ("CIR", [["IMA", None], ["CIR", "more likely than not"]]),
    ],
)
def test_a_judgement_is_that_of_the_investigation_where_there_was_one(panel, found):
    row = W1 | {"panel_outcome": panel, "problem_in_care": "more likely than not"}
    made = incidents.reviews(held(row, ima_completed=["2012-05-14"]))
    said = made["problem_in_care"].astype("object").where(made["problem_in_care"].notna(), None)
    assert list(map(list, zip(made["type"], said, strict=True))) == found
