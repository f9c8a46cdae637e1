"""Linking with lists from elsewhere: entries of StEIS, and registrations of a national list."""

import pandas as pd
import pytest
from linked_people import ANN, DEATHS, people

from helpers.intake import linkage
from helpers.intake.linkage import link_registrations, link_steis

# ---- StEIS --------------------------------------------------------------------------------------


TOLD = {"incident_date": "2014-01-09", "reported_date": "2014-01-10", "service": "ld"}
TOLD |= {"sex": "F", "age": 60, "steis_ref": "", "source_sheet": ""}


def entries(*records, kind):
    frame = pd.DataFrame(records).assign(source_id=kind, source_row=range(2, len(records) + 2))
    frame[f"{kind}_id"] = kind + ":" + frame["source_row"].astype("str")
    return frame


def steis(told, listed, **options):
    return link_steis(entries(*told, kind="incident"), entries(*listed, kind="steis"), **options)


@pytest.mark.parametrize("written", ["2014/1234", "2014-1234", "2014/01234", "StEIS 2014 / 1234"])
def test_a_steis_reference_agrees_however_it_is_written(written):
    made = steis([TOLD | {"steis_ref": "2014/1234"}], [TOLD | {"steis_ref": written, "sex": "M"}])
    assert made.links.to_dict("records") == [
        {
            "incident_id": "incident:2",
            "steis_id": "steis:2",
            "link_method": "exact",
            "link_reason": "StEIS reference: agree; date of incident: near",
        }
    ]


def test_a_steis_reference_of_a_wholly_different_day_is_queued():
    late = TOLD | {"incident_date": "2014-06-09", "reported_date": "2014-06-10"}
    made = steis([TOLD | {"steis_ref": "2014/1"}], [late | {"steis_ref": "2014/1"}])
    assert made.links.empty
    assert made.queue["why"].tolist() == [
        "the reference agrees and the dates lie over 31 days apart"
    ]


@pytest.mark.parametrize(
    ("entry", "links", "queued"),
    [
        ({}, 1, 0),
        ({"steis_ref": "2014/4321"}, 1, 0),
        ({"incident_date": "2014-01-11", "reported_date": "2014-01-08", "age": 61}, 1, 0),
        ({"sex": "NK"}, 1, 0),
        ({"incident_date": "2014-01-12"}, 0, 0),
        # Logged on StEIS from 2 days before to 120 days after the trust's own report.
        ({"reported_date": "2014-01-07"}, 0, 0),
        ({"reported_date": "2014-01-08"}, 1, 0),
        ({"reported_date": "2014-02-20"}, 1, 0),
        ({"reported_date": "2014-05-10"}, 1, 0),
        ({"reported_date": "2014-05-11"}, 0, 0),
        ({"reported_date": None}, 0, 0),
        ({"service": "adult_mh"}, 0, 0),
        ({"service": ""}, 0, 0),
        ({"sex": "M"}, 0, 0),
        ({"age": 62}, 0, 0),
        ({"sex": "", "age": None}, 0, 1),
    ],
)
def test_without_its_reference_an_entry_needs_dates_service_and_sex_or_age(entry, links, queued):
    made = steis([TOLD | {"steis_ref": "2014/1234"}], [TOLD | entry])
    assert (len(made.links), len(made.queue)) == (links, queued)
    assert set(made.links["link_method"]) <= {"rule"}
    assert len(made.unlinked) == 1 - links


def test_an_entry_with_two_candidates_is_queued_and_a_person_decides(tmp_path):
    told, listed = [TOLD, TOLD | {"reported_date": "2014-01-11"}], [TOLD]
    made = steis(told, listed)
    assert made.links.empty
    assert made.queue["why"].tolist() == ["another record agrees as well"] * 2
    queue = made.queue.assign(decision="same", decided_by="A reader", decided_on="2016-03-31")
    linkage.write_queue(queue[:1], tmp_path / "steis.csv")
    made = steis(told, listed, decisions=linkage.read_decisions(tmp_path / "steis.csv"))
    assert made.links["link_method"].tolist() == ["clerical"]


def test_the_reason_says_what_agrees_and_how_long_the_entry_took():
    made = steis([TOLD | {"age": None}], [TOLD | {"reported_date": "2014-02-04"}])
    assert made.links["link_reason"].tolist() == [
        "StEIS reference: not the same; date of incident: near; service: agree; sex: agree; "
        "age: not recorded; days from the trust's report to StEIS: 25"
    ]


def test_how_late_an_entry_may_be_can_be_set():
    entry = TOLD | {"reported_date": "2014-02-20"}
    assert len(steis([TOLD], [entry], late=41).links) == 1
    assert len(steis([TOLD], [entry], late=40).links) == 0


@pytest.mark.parametrize(
    ("dob", "links"),
    [("1952-01-09", 0), ("1952-01-10", 1), ("1955-01-09", 1), ("1955-01-10", 0), (None, 0)],
)
def test_an_age_that_is_not_recorded_is_worked_out_for_the_day_of_the_incident(dob, links):
    """Sixty on the entry; on 9 January 2014 these people are 62, 61, 59 and 58."""
    told = [TOLD | {"age": None, "sex": "", "dob": dob}]
    assert len(steis(told, [TOLD]).links) == links


def test_one_incident_and_two_entries_that_agree_alike_are_queued():
    made = steis([TOLD], [TOLD, TOLD | {"reported_date": "2014-02-20"}])
    assert made.links.empty
    assert made.queue["why"].tolist() == ["another record agrees as well"] * 2


def test_an_incident_with_its_entry_is_no_candidate_for_another():
    told = [TOLD | {"steis_ref": "2014/1"}, TOLD]
    made = steis(told, [TOLD | {"steis_ref": "2014/1"}, TOLD])
    assert made.links["link_method"].tolist() == ["exact", "rule"]
    assert made.links["incident_id"].tolist() == ["incident:2", "incident:3"]


# ---- A national list ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "method"),
    [
        ({}, "exact"),
        ({"dob": "1951-01-01", "date_of_death": "2014-01-10"}, "exact"),
        ({"date_of_death": "2014-06-01"}, "exact"),
        ({"nhs_number": "", "surname": "thackery"}, "rule"),
        ({"nhs_number": "", "surname": "owen"}, None),
        ({"nhs_number": "", "date_of_death": "2014-01-10"}, None),
        ({"dob": "1951-01-01", "date_of_death": "2014-06-01"}, "queue"),
        ({"nhs_number": "9990000034"}, "queue"),
    ],
)
def test_each_way_from_a_registration_to_a_death(listed, method):
    registered = people(ANN).drop(columns="death_id").assign(registration_id="ons:2")
    made = link_registrations(DEATHS, registered.assign(**listed))
    assert made.links["link_method"].tolist() == ([method] if method in {"exact", "rule"} else [])
    assert set(made.links["death_id"]) <= {"pas:2"}
    assert len(made.queue) == (method == "queue")
    assert len(made.unlinked) == (method not in {"exact", "rule"})
