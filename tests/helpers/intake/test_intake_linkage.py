"""Linking incidents with deaths: each rule on people who can be counted by hand."""

import pandas as pd
import pytest
from linked_people import ANN, DEATHS, DECIDED, JOE, NOBODY, incidents, link, people

from helpers.errors import InputError
from helpers.intake import linkage
from helpers.intake.identifiers import modulus_11
from helpers.intake.linkage import Thresholds, link_incidents
from helpers.tables import validate


def test_the_numbers_of_these_examples_are_well_formed():
    assert modulus_11(pd.Series([ANN["nhs_number"], JOE["nhs_number"]])).all()


# ---- Exact and by rule --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "method"),
    [
        (ANN, "exact"),
        # Neither name nor day matters where number and birthday agree.
        (ANN | {"surname": "else", "forename": "", "day": "2011-01-01"}, "exact"),
        (ANN | {"dob": "1950-04-03"}, "rule"),
        (ANN | {"dob": None}, "rule"),
        # Local id with birthday, and with surname.
        (NOBODY | {"local_id": "R1", "dob": "1950-03-04", "day": "2014-01-09"}, "rule"),
        (NOBODY | {"local_id": "R1", "surname": "thackeray", "day": "2014-01-09"}, "rule"),
        (ANN | {"nhs_number": "", "local_id": ""}, "probabilistic"),
        (ANN | {"nhs_number": "", "local_id": "", "forename": "a"}, "probabilistic"),
    ],
)
def test_each_way_to_a_link(told, method):
    made = link(told)
    assert made.links["death_id"].tolist() == ["pas:2"]
    assert made.links["link_method"].tolist() == [method]
    assert made.links["strict"].tolist() == [True]
    assert made.links["link_weight"].isna().tolist() == [method == "exact"]
    assert made.queue.empty
    assert made.unlinked.empty


def test_links_are_the_canonical_table_and_say_which_fields_agree():
    made = link(ANN, ANN | {"dob": "1950-04-03", "forename": "mary", "sex": ""})
    assert validate(made.links, "incident_death") == []
    assert made.links["link_reason"].tolist() == [
        "number and birthday. NHS number: agree; date of birth: agree; surname: agree; "
        "forename: agree; sex: agree; date: same day",
        "number, and birthday with day and month swapped. NHS number: agree; "
        "date of birth: day and month swapped; surname: agree; forename: disagree; "
        "sex: not recorded; date: same day",
    ]


def test_a_number_without_birthday_or_name_is_queued_and_never_a_link():
    """However much else agrees: somebody else's number was written down."""
    made = link(ANN | {"dob": "1971-07-07", "surname": "brown", "local_id": ""})
    assert made.links.empty
    assert made.queue["why"].tolist() == [linkage.NO_NAME]
    assert made.unlinked["reason"].tolist() == ["queued: " + linkage.NO_NAME]


def test_somebody_elses_number_keeps_the_right_person_from_being_linked_in_silence():
    made = link(ANN | {"nhs_number": JOE["nhs_number"], "local_id": ""})
    assert made.links["death_id"].tolist() == ["pas:2"]
    assert made.links["strict"].tolist() == [False]
    assert set(made.queue["death_id"]) == {"pas:2", "pas:3"}


def test_a_number_alone_is_queued():
    made = link(NOBODY | {"nhs_number": ANN["nhs_number"], "day": "2014-01-09"})
    assert made.links.empty
    assert made.queue["why"].tolist() == [linkage.ALONE]


def test_a_local_id_alone_is_queued():
    made = link(JOE | {"nhs_number": "", "local_id": "R1"}, deaths=people(ANN))
    assert made.links.empty
    assert made.queue["why"].tolist() == [linkage.LOCAL]


ONLY_LOCAL = NOBODY | {"local_id": "R1", "sex": "F", "day": "2014-01-09"}


@pytest.mark.parametrize("day", ["2014-01-02", "2014-01-09", "2014-01-16"])
@pytest.mark.parametrize(
    "also", [{}, {"sex": ""}, {"sex": "NK"}, {"forename": "a"}, {"nhs_number": ANN["nhs_number"]}]
)
def test_a_local_id_alone_links_within_a_week_of_the_one_death_that_has_it(also, day):
    made = link(ONLY_LOCAL | {"day": day} | also)
    assert made.links["death_id"].tolist() == ["pas:2"]
    assert made.links["link_method"].tolist() == ["rule"]
    assert made.links["strict"].tolist() == [True]
    assert made.links["link_reason"].iloc[0].startswith(linkage.LOCAL_ONLY + ". NHS number: ")
    assert made.queue.empty


@pytest.mark.parametrize(
    "otherwise",
    [
        {"day": "2014-01-01"},
        {"day": "2014-01-17"},
        {"day": None},
        {"sex": "M"},
        {"forename": "joe"},
        {"surname": "owen"},
        {"dob": "1971-07-07"},
        {"nhs_number": "9990000034"},
    ],
)
def test_a_local_id_is_queued_where_the_day_is_far_or_anything_disagrees(otherwise):
    made = link(ONLY_LOCAL | otherwise)
    assert made.links.empty
    assert made.queue["why"].tolist() == [linkage.LOCAL]


@pytest.mark.parametrize("day", ["2014-01-15", "2013-06-30"])
def test_a_local_id_that_two_deaths_have_is_queued(day):
    """Even where one of them is the nearer by its day."""
    made = link(ONLY_LOCAL, deaths=people(ANN, JOE | {"local_id": "R1", "sex": "F", "day": day}))
    assert made.links.empty
    assert made.queue["why"].tolist() == [linkage.LOCAL] * 2


def test_a_local_id_is_queued_where_the_name_is_another_persons_who_died():
    """The death that has the id holds no name; the incident's name and birthday are Joe's."""
    nameless = NOBODY | {"local_id": "R1", "day": "2013-06-30"}
    told = JOE | {"nhs_number": "", "local_id": "R1"}
    made = link(told, deaths=people(nameless, JOE))
    assert made.links["death_id"].tolist() == ["pas:3"]
    assert made.links["link_method"].tolist() == ["probabilistic"]
    weak = NOBODY | {"local_id": "R1", "nhs_number": JOE["nhs_number"], "day": "2013-06-30"}
    made = link(weak, deaths=people(nameless, JOE))
    assert made.links.empty
    assert set(made.queue["why"]) == {linkage.LOCAL, linkage.ALONE}


def test_a_person_may_forbid_a_link_by_local_id_alone():
    row = {"incident_source_id": "ulysses", "incident_source_sheet": "2014", "row": 2}
    row |= {"death_source_id": "pas", "death_source_sheet": "2014", "death_source_row": 2}
    row |= {"incident_source_row": 2, "incident_local_ref": "W2", "death_local_ref": "", "note": ""}
    decided = pd.DataFrame([row | DECIDED | {"decision": "different"}])
    made = link(ONLY_LOCAL, decisions=decided)
    assert made.links.empty
    assert made.unlinked["reason"].tolist() == [linkage.APART]


def test_a_local_id_counts_within_its_trust():
    told = incidents(NOBODY | {"local_id": "R1", "dob": "1950-03-04", "day": "2014-01-09"})
    for provider, found in (("A", 1), ("B", 0)):
        made = link_incidents(DEATHS.assign(provider="A"), told.assign(provider=provider))
        assert len(made.links) == found


def test_local_id_and_birthday_do_not_join_twins_with_two_valid_numbers():
    twin = ANN | {"nhs_number": "9990000034", "forename": "bea"}
    made = link(twin)
    assert made.links["strict"].tolist() in ([], [False])
    assert len(made.queue) == 1


# ---- By probability -----------------------------------------------------------------------------


def test_a_number_one_digit_wrong_is_compared_as_typed_and_never_exact():
    wrong = {"nhs_number": "", "nhs_number_typed": "9990000019", "local_id": ""}
    told = ANN | wrong | {"dob": "1950-03-05", "surname": "brown"}
    assert link(told | {"nhs_number_typed": ""}).links.empty
    assert link(told).links["link_method"].tolist() == ["probabilistic"]


def test_dates_do_not_carry_a_link_that_would_not_be_there_without_them():
    told = NOBODY | {"surname": "thackeray", "sex": "F", "day": "2014-01-09"}
    assert link(told).links.empty  # one name, the sex and the day
    made = link(told | {"surname": "brown", "forename": "ann", "dob": "1950-03-05"})
    assert made.links.empty
    assert made.queue["why"].tolist() == [linkage.DATES]


def test_an_incident_long_before_the_death_is_no_evidence_against():
    made = link(ANN | {"nhs_number": "", "local_id": "", "day": "2012-01-09"})
    assert made.links["strict"].tolist() == [True]


def test_an_incident_weeks_after_the_death_needs_a_person():
    made = link(ANN | {"nhs_number": "", "local_id": "", "day": "2014-03-01"})
    assert made.links["strict"].tolist() == [False]
    assert made.queue["why"].tolist() == ["incident more than 7 days after the death"]
    assert made.queue["linked_meanwhile"].tolist() == ["yes"]


def test_two_deaths_that_agree_alike_are_both_queued_and_neither_is_linked():
    """Parent and child of one name, and the incident does not say when the person was born."""
    child = ANN | {"nhs_number": "9990000034", "dob": "1975-01-01", "local_id": "R3"}
    told = ANN | {"nhs_number": "", "local_id": "", "dob": None}
    made = link(told, deaths=people(ANN, child))
    assert made.links.empty
    assert made.queue["why"].tolist() == [linkage.ALIKE] * 2
    assert made.unlinked["reason"].tolist() == ["queued: " + linkage.ALIKE]


def test_twins_are_told_apart_by_their_forenames():
    twin = ANN | {"nhs_number": "9990000034", "forename": "bea", "local_id": "R3"}
    told = ANN | {"nhs_number": "", "local_id": ""}
    made = link(told, told | {"forename": "bea"}, deaths=people(ANN, twin))
    assert made.links["death_id"].tolist() == ["pas:2", "pas:3"]


def test_several_incidents_may_concern_one_death_and_several_rows_one_incident():
    made = link(ANN, ANN | {"day": "2014-01-02"}, JOE)
    assert made.links["death_id"].tolist() == ["pas:2", "pas:2", "pas:3"]


def test_nobody_is_linked_where_nothing_identifies_them():
    blank = NOBODY | {"day": "2014-01-09"}
    made = link(blank, blank | {"sex": "F"}, ANN)
    assert made.links["incident_id"].tolist() == ["ulysses:4"]
    assert made.unlinked["reason"].tolist() == [linkage.BLANK] * 2
    everybody = people(*[blank] * 5)
    assert link_incidents(everybody, incidents(*[blank] * 3)).links.empty


def test_empty_lists_are_linked_to_nothing():
    none = DEATHS.iloc[:0]
    made = link(ANN, deaths=none)
    assert validate(made.links, "incident_death") == []
    assert made.unlinked["reason"].tolist() == [linkage.NONE]
    assert len(link_incidents(DEATHS, incidents(ANN).iloc[:0]).links) == 0


def test_the_loose_threshold_shows_beside_the_strict_one():
    told = incidents(ANN, JOE | {"nhs_number": "", "local_id": "", "day": "2013-09-01"})
    made = link_incidents(DEATHS, told)
    side = linkage.at_thresholds(made, told).set_index("measure")
    assert side.loc["incidents linked"].tolist() == [1, 2]
    assert side.loc["incidents not linked"].tolist() == [1, 0]
    assert side.loc["linked: probabilistic"].tolist() == [0, 1]


def test_thresholds_the_wrong_way_round_are_refused():
    with pytest.raises(InputError, match="strict is no lower than loose"):
        Thresholds(strict=0.5, loose=0.9)


# ---- Rates --------------------------------------------------------------------------------------


def test_match_rates_by_hand():
    """Three of 2013, of which two are linked, one loosely; one of 2014, unlinked."""
    told = pd.DataFrame({"incident_id": list("abcd"), "service": ["ld", "ld", "older_mh", None]})
    told["incident_date"] = pd.to_datetime(["2013-01-01"] * 3 + ["2014-01-01"])
    links = pd.DataFrame({"incident_id": ["a", "b"], "death_id": ["1", "2"]})
    links["strict"] = [True, False]
    deaths = pd.DataFrame({"death_id": ["1", "2"], "age_band": ["18 to 24", "85 and over"]})
    found = linkage.match_rates(told, links, deaths)
    rows = found.itertuples(index=False, name=None)
    assert {row[:3]: row[3:] for row in rows} == {
        ("year", "2013", "strict"): (1, 3),
        ("year", "2013", "loose"): (2, 3),
        ("year", "2014", "strict"): (0, 1),
        ("year", "2014", "loose"): (0, 1),
        ("service", "ld", "strict"): (1, 2),
        ("service", "ld", "loose"): (2, 2),
        ("service", "older_mh", "strict"): (0, 1),
        ("service", "older_mh", "loose"): (0, 1),
        ("service", "Not recorded", "strict"): (0, 1),
        ("service", "Not recorded", "loose"): (0, 1),
        ("age_band", "18 to 24", "strict"): (1, 1),
        ("age_band", "18 to 24", "loose"): (1, 1),
        ("age_band", "85 and over", "strict"): (0, 1),
        ("age_band", "85 and over", "loose"): (1, 1),
        ("age_band", "Not recorded", "strict"): (0, 2),
        ("age_band", "Not recorded", "loose"): (0, 2),
    }
