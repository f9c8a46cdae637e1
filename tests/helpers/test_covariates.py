"""What may explain an outcome: settled at time zero, and never who was on duty."""

import re

import pytest

from helpers import covariates
from helpers.case import available, load
from helpers.casetimes import KNOWN_AT_DEATH, KNOWN_OF_REPORTS
from helpers.tables import TABLES

STAFF = [
    *("investigator", "Lead investigator", "investigators", "clinician", "Responsible Clinician"),
    *("Entered By", "entered_by", "EnteredBy", "recorded-by", "Reported by", "last seen by"),
    *("keyworker", "Key Worker", "KeyWorker", "key-workers", "Care Co-ordinator"),
    *("care_coordinator", "Named Nurse", "nurse_id", "Nurses on the ward", "NURSE"),
    *("roster", "Roster week", "rota", "shift", "Shift pattern", "night_shift", "on duty"),
    *("Consultant", "Doctor", "Staff number", "reviewer", "Author", "Initials", "GMC number"),
    *("user_id", "User Name", "coroner_name", "panel chair", "allocated to"),
]
OTHERS = [
    *("service", "team", "sex", "age_decade", "Age (per 10 years)", "In-patient at death"),
    *("Place of death", "Nursing home", "Main provider", "coroner_area", "Under 18", "Standby"),
    "Initial harm",
    *("Staffordshire", "days since contact", "Authority", "Doctorate", "Year", "region"),
]


@pytest.mark.parametrize("name", STAFF)
def test_a_name_of_staff_is_found_as_column_as_readers_name_and_as_header(name):
    assert covariates.of_staff({"A term": name}) == {"A term": name}
    assert covariates.of_staff({name: "team"}) == {name: name}
    assert covariates.of_staff({"Team": "team"}, headers={"team": ["Team", name]}) == {"Team": name}


@pytest.mark.parametrize("name", OTHERS)
def test_other_names_are_none(name):
    assert covariates.of_staff({name: name}, headers={name: [name]}) == {}


@pytest.mark.parametrize("known", [KNOWN_AT_DEATH, KNOWN_OF_REPORTS])
def test_what_is_settled_at_time_zero_says_nothing_of_staff(known):
    assert covariates.of_staff({name: name for name in known}) == {}


def test_what_is_settled_at_death_is_a_column_of_deaths_or_made_from_one():
    made = {"age_decade", "year"}
    assert set(KNOWN_AT_DEATH) - made <= set(TABLES["deaths"].names)
    later = {"expectedness", "mazars_code", "cause_status", "underlying_icd10", "dod_source"}
    later |= {"date_trust_knew", "registration_date", "expectedness_recorded_at"}
    assert later <= set(TABLES["deaths"].names)
    assert not later & KNOWN_AT_DEATH


def test_what_is_late_is_named_once_in_its_order():
    names = ["mazars_code", "sex", "cause_status", "mazars_code"]
    assert covariates.late(names, known={"sex"}) == ["mazars_code", "cause_status"]
    assert covariates.late(names, known={"sex"}, declared=["mazars_code"]) == ["cause_status"]
    assert covariates.late([], known=()) == []


def said(terms, **values):
    with pytest.raises(ValueError, match="^factors: ") as error:
        covariates.check("factors", terms, known=KNOWN_AT_DEATH, **values)
    return str(error.value)


def test_one_that_is_late_is_refused_unless_declared_with_a_reason():
    terms = {"Sex": "sex", "Category": "expectedness"}
    assert "'expectedness' is not settled on the day of death" in said(terms, declared={})
    assert "declared with the reason" in said(terms, declared={})
    assert "declared 'expectedness' has no reason" in said(terms, declared={"expectedness": "  "})
    why = "Asked for by the inquiry, as a description only."
    declared = {"expectedness": why}
    assert covariates.check("x", terms, known=KNOWN_AT_DEATH, declared=declared) is None


def test_a_declaration_of_a_column_that_is_no_term_is_refused():
    declared = {"mazars_code": "It is settled early."}
    assert "declared 'mazars_code' is not the column of a term" in said(
        {"Sex": "sex"}, declared=declared
    )


def test_no_declaration_lets_a_name_of_staff_in():
    terms = {"Nurse": "nurse_name"}
    declared = {"nurse_name": "The inquiry asked for it."}
    assert "'Nurse' says who of the staff it was" in said(terms, declared=declared)


def test_groups_within_which_records_are_alike_may_name_nobody_either():
    assert "'cluster keyworker' says who" in said({"Sex": "sex"}, cluster="keyworker")
    headers = {"team": ["Entered By"]}
    assert "'Entered By' says who" in said({"Sex": "sex"}, cluster="team", headers=headers)
    assert covariates.check("x", {"Sex": "sex"}, known={"sex"}, cluster="team") is None


def test_every_fault_is_named_in_one_line():
    terms = {"Nurse": "sex", "Category": "expectedness", "Class": "mazars_code"}
    text = said(terms, declared={"mazars_code": ""})
    assert len(text.splitlines()) == 1
    for part in ("'Nurse' says", "'expectedness' is not", "'mazars_code' has no reason"):
        assert part in text
    both = said({"Category": "expectedness", "Class": "mazars_code"})
    assert "'expectedness', 'mazars_code' are not settled" in both


@pytest.mark.parametrize("name", available())
def test_no_plan_of_a_shipped_case_has_such_a_column(name):
    case = load(name)
    plans = [{name: term.column for name, term in case.plan.terms.items()}]
    plans += [case.waiting.terms] if case.waiting else []
    for terms in plans:
        assert covariates.of_staff(terms, headers=covariates.headers(case.sources)) == {}


def test_the_words_of_staff_are_small_letters_and_say_nothing_twice():
    assert len(set(covariates.STAFF)) == len(covariates.STAFF)
    assert all(re.fullmatch(r"[a-z]+( [a-z]+)*", word) for word in covariates.STAFF)
    assert [word for word in covariates.STAFF if not covariates.of_staff({"x": word})] == []
