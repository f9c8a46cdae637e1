"""Linking: each rule on people who can be counted by hand, then ten thousand with a known truth."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.errors import InputError
from helpers.intake import linkage
from helpers.intake.identifiers import modulus_11, soundex
from helpers.intake.linkage import Thresholds, link_incidents, link_registrations, link_steis
from helpers.methods.linkage import error_rates
from helpers.tables import validate

# Numbers that start with 999 are nobody's.
ANN = {
    "nhs_number": "9990000018",
    "dob": "1950-03-04",
    "surname": "thackeray",
    "forename": "ann",
    "sex": "F",
    "local_id": "R1",
    "day": "2014-01-09",
}
JOE = {
    "nhs_number": "9990000026",
    "dob": "1961-11-23",
    "surname": "owen",
    "forename": "joe",
    "sex": "M",
    "local_id": "R2",
    "day": "2013-06-30",
}
NOBODY = dict.fromkeys(["nhs_number", "surname", "forename", "sex", "local_id"], "") | {"dob": None}


def people(*records, kind="death"):
    """A list of records: deaths from row 2 of the patient system, or incidents from row 2."""
    key, day = (
        ("death_id", "date_of_death") if kind == "death" else ("incident_id", "incident_date")
    )
    frame = pd.DataFrame(records).rename(columns={"day": day})
    source = "pas" if kind == "death" else "ulysses"
    frame = frame.assign(source_id=source, source_sheet="2014", source_row=range(2, len(frame) + 2))
    frame[key] = source + ":" + frame["source_row"].astype("str")
    if kind == "incident":
        frame["local_ref"] = "W" + frame["source_row"].astype("str")
    for name in ("dob", day):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def incidents(*records):
    return people(*records, kind="incident")


DEATHS = people(ANN, JOE)


def link(*told, deaths=DEATHS, **options):
    return link_incidents(deaths, incidents(*told), **options)


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


# ---- The queue and what a person decides ---------------------------------------------------------


PARENT = {"nhs_number": "9990000034", "dob": "1920-01-01", "local_id": "R3"}


@pytest.fixture
def alike():
    """Two deaths that agree alike with one incident."""
    deaths = people(ANN, ANN | PARENT)
    told = incidents(ANN | {"nhs_number": "", "local_id": "", "dob": None}, JOE)
    return deaths, told


@pytest.fixture
def filled(alike, tmp_path):
    """Write the queue, fill in some cells by row, and read it back."""

    def fill(cells, change=lambda text: text):
        path = tmp_path / "queue.csv"
        linkage.write_queue(link_incidents(*alike).queue, path)
        frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
        for row, values in cells.items():
            frame.loc[row, list(values)] = list(values.values())
        path.write_text(change(frame.to_csv(index=False)), encoding="utf-8")
        return linkage.read_decisions(path)

    return fill


DECIDED = {"decided_by": "A reader", "decided_on": "2016-03-31"}


def test_the_queue_shows_rows_and_no_identifier(alike, tmp_path):
    linkage.write_queue(link_incidents(*alike).queue, tmp_path / "queue.csv")
    text = (tmp_path / "queue.csv").read_text(encoding="utf-8-sig")
    assert "ulysses | sheet 2014 | row 2 | number W2,pas | sheet 2014 | row 2 | number ," in text
    for value in [*ANN.values(), *PARENT.values()]:
        assert value not in text.replace("ulysses | sheet 2014", "") or value in {"F", ""}


def test_a_queue_that_nobody_filled_in_decides_nothing(filled):
    assert filled({}).empty


def test_same_links_and_different_forbids(alike, filled):
    same = filled({0: DECIDED | {"decision": "Same", "note": "seen the notes"}})
    made = link_incidents(*alike, decisions=same)
    assert made.links["link_method"].tolist() == ["clerical"]
    assert made.links["death_id"].tolist() == link_incidents(*alike).queue["death_id"].tolist()[:1]
    assert made.links["link_reason"].iloc[0].startswith("a person decided: same. NHS number: not")
    assert made.queue.empty
    different = filled({0: DECIDED | {"decision": "different", "decided_on": "31/03/2016"}})
    made = link_incidents(*alike, decisions=different)
    assert made.links["death_id"].tolist() == link_incidents(*alike).queue["death_id"].tolist()[1:]
    both = {row: DECIDED | {"decision": "different"} for row in (0, 1)}
    made = link_incidents(*alike, decisions=filled(both))
    assert made.links.empty
    assert made.unlinked["reason"].tolist()[0] == linkage.APART


def test_undecided_stays_in_the_queue_with_what_was_written(alike, filled):
    notes = filled({0: {"decision": "undecided", "note": "asked the trust"}})
    made = link_incidents(*alike, decisions=notes)
    assert len(made.queue) == 2
    assert made.queue["note"].tolist() == ["asked the trust", ""]


def test_every_fault_of_a_filled_in_queue_is_named_at_once(filled):
    with pytest.raises(InputError) as caught:
        filled(
            {
                0: {"decision": "yes", "decided_on": "March"},
                1: {"decision": "same", "incident": "row 2"},
            }
        )
    assert [str(problem) for problem in caught.value.problems] == [
        "queue.csv, row 2: the decision is none that can be taken. "
        "Write same, different or undecided.",
        "queue.csv, row 3: decided_by is empty. Write who decided.",
        "queue.csv, row 2: decided_on is no day. Write it as 2016-03-31.",
        "queue.csv, row 3: decided_on is no day. Write it as 2016-03-31.",
        "queue.csv, row 3: incident does not say which record is meant. "
        "Copy it from the queue as it was written.",
    ]


def test_a_name_without_a_decision_and_a_missing_column_are_named(filled):
    with pytest.raises(InputError, match="there is no decision beside what was filled in"):
        filled({0: {"decided_by": "A reader"}})
    with pytest.raises(InputError, match="column decided_by is not in the file"):
        filled({}, lambda text: text.replace("decided_by", "who"))
    with pytest.raises(InputError, match="names 1 kinds of record and needs two"):
        filled({}, lambda text: text.replace("death,", "person,", 1))


def test_a_decision_about_a_pair_that_is_no_longer_there_is_a_problem(alike, filled):
    deaths, told = alike
    decided = filled({row: DECIDED | {"decision": "different"} for row in (0, 1)})
    moved = told.assign(local_ref=["W9", "W8"])
    with pytest.raises(InputError) as caught:
        link_incidents(deaths.iloc[:1], moved, decisions=decided)
    assert sorted(problem.what for problem in caught.value.problems) == [
        "that row now holds another incident",
        "that row now holds another incident",
        "the death is not in the extract",
    ]


def test_decisions_that_contradict_each_other_are_a_problem(alike, filled):
    with pytest.raises(InputError, match="contradicts another decision"):
        link_incidents(
            *alike, decisions=filled({row: DECIDED | {"decision": "same"} for row in (0, 1)})
        )


def test_a_number_that_lost_its_zeros_in_a_spreadsheet_is_still_that_number(alike, filled):
    deaths, told = alike
    decided = filled({0: DECIDED | {"decision": "same"}})
    decided["incident_local_ref"] = "12"
    told = told.assign(local_ref=["0012", "0013"])
    assert len(link_incidents(deaths, told, decisions=decided).links) == 1


# ---- One file of decisions for a case -----------------------------------------------------------


@pytest.fixture
def case_queue(alike):
    """The queue of incidents and deaths over that of entries of StEIS, as a case joins them."""
    deaths, told = alike
    told = told.assign(reported_date=told["incident_date"], service="ld", age=None, steis_ref="")
    entry = told[:1].assign(steis_id="listing:2", source_id="listing", sex="", local_ref="")
    people_ = link_incidents(deaths, told)
    listing = link_steis(told, entry)
    queue = pd.concat([people_.queue, listing.queue], ignore_index=True)
    return deaths, told, entry, queue


def test_a_joined_queue_shows_whole_numbers_of_rows_and_blanks_for_what_a_row_is_not_about(
    case_queue, tmp_path
):
    queue = case_queue[-1]
    for frame in (queue, queue.astype({"death_source_row": "float64"})):
        linkage.write_queue(frame, tmp_path / "queue.csv")
        read = pd.read_csv(tmp_path / "queue.csv", dtype=str, keep_default_na=False)
        assert read.columns.tolist()[:3] == ["incident", "death", "steis"]
        assert read[["incident", "death", "steis"]].to_numpy().tolist() == [
            ["ulysses | sheet 2014 | row 2 | number W2", "pas | sheet 2014 | row 2 | number ", ""],
            ["ulysses | sheet 2014 | row 2 | number W2", "pas | sheet 2014 | row 3 | number ", ""],
            [
                "ulysses | sheet 2014 | row 2 | number W2",
                "",
                "listing | sheet 2014 | row 2 | number ",
            ],
        ]


def test_each_linkage_takes_its_own_rows_of_one_file(case_queue, tmp_path):
    deaths, told, entry, queue = case_queue
    answers = queue.assign(**DECIDED, decision=["different", "same", "same"])
    linkage.write_queue(answers, tmp_path / "queue.csv")
    decided = linkage.read_decisions(tmp_path / "queue.csv")
    assert decided["row"].tolist() == [2, 3, 4]
    made = link_incidents(deaths, told, decisions=decided)
    assert made.links["death_id"].tolist() == ["pas:3"]
    assert made.links["link_method"].tolist() == ["clerical"]
    made = link_steis(told, entry, decisions=decided)
    assert made.links["link_method"].tolist() == ["clerical"]
    assert link_steis(told, entry, decisions=decided[:2]).links.empty
    only = decided.drop(columns=[name for name in decided if name.startswith("steis_")])
    assert link_steis(told, entry, decisions=only[:2]).links.empty


def test_a_row_that_names_no_two_records_that_can_be_linked_is_a_problem(case_queue, tmp_path):
    queue = case_queue[-1]
    answers = queue.assign(**DECIDED, decision="different")
    linkage.write_queue(answers, tmp_path / "queue.csv")
    frame = pd.read_csv(tmp_path / "queue.csv", dtype=str, keep_default_na=False)
    frame.loc[0, "steis"] = frame.loc[2, "steis"]  # three records
    frame.loc[1, "death"] = ""  # one
    frame.loc[2, ["incident", "death"]] = ["", frame.loc[0, "death"]]  # a death and an entry
    frame.to_csv(tmp_path / "queue.csv", index=False)
    with pytest.raises(InputError) as caught:
        linkage.read_decisions(tmp_path / "queue.csv")
    assert [str(problem) for problem in caught.value.problems] == [
        f"queue.csv, row {row}: the row does not name two records that can be linked. "
        "Copy it from the queue as it was written."
        for row in (2, 3, 4)
    ]


def test_an_incident_may_have_two_entries_by_decision_and_an_entry_one_incident(
    case_queue, tmp_path
):
    _, told, entry, _ = case_queue
    told = told.assign(incident_date=pd.Timestamp("2014-01-09"), sex="")
    told["reported_date"] = told["incident_date"]
    entries_ = pd.concat([entry, entry.assign(steis_id="listing:3", source_row=3)])
    queue = link_steis(told, entries_).queue
    assert len(queue) == 4
    for columns, right in (("incident_id", True), ("steis_id", False)):
        first = queue[columns].eq(queue[columns].iloc[0])
        answers = queue.assign(**DECIDED, decision=np.where(first, "same", "different"))
        linkage.write_queue(answers, tmp_path / "queue.csv")
        decided = linkage.read_decisions(tmp_path / "queue.csv")
        if right:
            made = link_steis(told, entries_, decisions=decided)
            assert len(made.links) == 2
            assert len(set(made.links["incident_id"])) == 1
        else:
            with pytest.raises(InputError, match="another decision about that steis"):
                link_steis(told, entries_, decisions=decided)


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


# ---- Ten thousand people with a known truth -----------------------------------------------------


def numbers(size, rng):
    """Numbers with a right check digit, all in the range that is nobody's."""
    first = 999_000_000 + rng.choice(1_000_000, size * 2, replace=False)
    total = sum(first // 10 ** (weight - 2) % 10 * weight for weight in range(2, 11))
    check = (11 - total % 11) % 11
    return (first * 10 + check)[check < 10][:size].astype("U10").astype(object)


def names(size, rng):
    """Names of two or three made-up syllables, some far more common than others."""
    starts = ["b", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "w"]
    ends = ["", "n", "rs", "ll", "rd", "ck", "ns", "ton", "son", "ley", "man", "er"]
    made = {
        a + v + b + w + end
        for a in starts
        for v in "aeiou"
        for b in ["", *starts]
        for w in ("a", "e", "o")
        for end in ends
    }
    return rng.permutation(sorted(made))[:size].astype(object)


def drawn(pool, size, rng):
    chance = 1 / np.arange(1, len(pool) + 1) ** 0.8
    return pool[rng.choice(len(pool), size, p=chance / chance.sum())]


def misspelt(name, rng):
    place = int(rng.integers(1, len(name) - 1)) if len(name) > 2 else 1
    kind = rng.integers(3)
    if kind == 0:
        return name[:place] + name[place - 1] + name[place:]
    if kind == 1:
        return (
            name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]
        )
    return name[:place] + name[place + 1 :]


def simulated(size, told, seed):
    """Deaths, incidents with damaged identifiers, and which incident concerns which death."""
    rng = np.random.default_rng(seed)
    surnames, forenames = names(3_000, rng), names(500, rng)
    died = pd.Series(np.datetime64("2011-04-01", "s") + rng.integers(0, 1461, size) * 86_400)
    days = (np.clip(rng.normal(72, 16, size), 18, 104) * 365.25).astype(int)
    sex = rng.choice(["M", "F"], size).astype(object)
    deaths = pd.DataFrame(
        {
            "nhs_number": numbers(size, rng),
            "dob": died - pd.to_timedelta(days, "D"),
            "surname": drawn(surnames, size, rng),
            "forename": np.where(
                sex == "F", drawn(forenames[:250], size, rng), drawn(forenames[250:], size, rng)
            ),
            "sex": sex,
            "local_id": rng.permutation(np.arange(10**6, 10**6 + size)).astype(str).astype(object),
            "day": died,
        }
    )
    for one in range(0, 60, 2):  # fifteen pairs of twins, fifteen of parent and child of one name
        shared = ["dob", "surname", "sex"] if one < 30 else ["surname", "forename", "sex"]
        deaths.loc[one + 1, shared] = deaths.loc[one, shared].to_list()
    inside = told * 91 // 100
    who = np.concatenate([np.arange(60), rng.permutation(np.arange(60, size))[: inside - 60]])
    who = np.concatenate([who, who[rng.integers(0, inside, told * 5 // 100)]])  # a second incident
    frame = deaths.iloc[who].reset_index(drop=True)
    frame["truth"] = "pas:" + pd.Series(who + 2).astype(str)
    strangers = deaths.iloc[rng.integers(0, size, told - len(frame))].reset_index(drop=True)
    strangers = strangers.assign(  # people who are not in the list of deaths
        nhs_number=[f"9{number}"[:10] for number in range(10**9, 10**9 + len(strangers))],
        local_id="",
        dob=rng.permutation(deaths["dob"])[: len(strangers)],
        surname=drawn(surnames, len(strangers), rng),
        truth="",
    )
    frame = pd.concat([frame, strangers], ignore_index=True).astype({"truth": object})
    before = np.where(rng.random(told) < 0.6, 0, rng.integers(0, 60, told))
    frame["day"] = frame["day"] - pd.to_timedelta(before, "D")
    frame["nhs_number_typed"] = ""
    hit = lambda share: np.flatnonzero(rng.random(told) < share)  # noqa: E731
    frame.loc[hit(0.10), "nhs_number"] = ""
    for row in hit(0.04):
        number = frame.loc[row, "nhs_number"]
        if number:
            place = int(rng.integers(10))
            digit = str((int(number[place]) + int(rng.integers(1, 10))) % 10)
            wrong = number[:place] + digit + number[place + 1 :]
            frame.loc[row, ["nhs_number", "nhs_number_typed"]] = ["", wrong]
    for row in hit(0.003):  # the number of another person in the list
        frame.loc[row, "nhs_number"] = deaths.loc[int(rng.integers(size)), "nhs_number"]
    for row in hit(0.03):
        born = frame.loc[row, "dob"]
        if born.day <= 12:
            frame.loc[row, "dob"] = born.replace(month=born.day, day=born.month)
    for row in hit(0.01):
        frame.loc[row, "dob"] += pd.DateOffset(years=int(rng.choice([-10, -1, 1, 10])))
    frame.loc[hit(0.02), "dob"] = pd.NaT
    for row in hit(0.05):
        frame.loc[row, "surname"] = misspelt(frame.loc[row, "surname"], rng)
    for row in hit(0.04):
        frame.loc[row, "forename"] = frame.loc[row, "forename"][:1]
    for row in hit(0.03):
        frame.loc[row, "forename"] = forenames[int(rng.integers(500))]
    for row in hit(0.01):
        frame.loc[row, "sex"] = {"M": "F", "F": "M"}[frame.loc[row, "sex"]]
    frame.loc[hit(0.02), "sex"] = "NK"
    frame.loc[hit(0.5), "local_id"] = ""
    order = rng.permutation(told)
    frame = frame.iloc[order].reset_index(drop=True)
    made = incidents(*frame.drop(columns="truth").to_dict("records"))
    # Two people and one incident: two rows of one number.
    made.loc[1:29:2, "local_ref"] = made.loc[0:28:2, "local_ref"].to_numpy()
    deaths.loc[rng.random(size) < 0.02, "nhs_number"] = ""
    truth = made[["incident_id"]].assign(death_id=frame["truth"].to_numpy())
    return people(*deaths.to_dict("records")), made, truth[truth["death_id"].ne("")]


@pytest.fixture(scope="module")
def world():
    deaths, told, truth = simulated(10_000, 1_500, seed=20)
    return deaths, told, truth, link_incidents(deaths, told)


def rate(links, truth):
    return error_rates(links, truth).set_index("measure")["value"]


def test_before_any_decision_99_in_100_links_are_right_and_98_in_100_are_found(world):
    _, _, truth, made = world
    for links in (made.links, made.links[made.links["strict"]]):
        found = rate(links, truth)
        assert found["precision"] >= 0.99
        assert found["recall"] >= 0.98
    assert made.links["incident_id"].is_unique
    assert set(made.links["link_method"]) == {"exact", "rule", "probabilistic"}
    assert validate(made.links, "incident_death") == []


def test_nobody_outside_the_list_is_linked_and_all_unlinked_have_a_reason(world):
    _, told, truth, made = world
    assert set(made.links["incident_id"]) <= set(truth["incident_id"])
    assert len(made.links) + len(made.unlinked) == len(told)
    assert made.unlinked["reason"].ne("").all()


def test_with_the_queue_decided_the_links_are_exactly_the_truth(world, tmp_path):
    """A person who knows the truth fills in the file; nothing is left for a second round.

    In half of twelve other draws up to 3 in 1,440 pairs agree on so little that they are not even
    queued, and no strict link was wrong in any: see the next test for those.
    """
    deaths, told, truth, made = world
    true = set(zip(truth["incident_id"], truth["death_id"], strict=True))
    pairs = zip(made.queue["incident_id"], made.queue["death_id"], strict=True)
    queue = made.queue.assign(
        decision=["same" if pair in true else "different" for pair in pairs],
        decided_by="A reader",
        decided_on="2016-03-31",
    )
    linkage.write_queue(queue, tmp_path / "queue.csv")
    decided = linkage.read_decisions(tmp_path / "queue.csv")
    after = link_incidents(deaths, told, decisions=decided)
    assert after.queue.empty
    assert after.links["strict"].all()
    assert set(zip(after.links["incident_id"], after.links["death_id"], strict=True)) == true


def test_a_person_may_link_a_pair_that_was_not_queued():
    told = incidents(NOBODY | {"forename": "ann", "day": "2014-01-09"})
    made = link_incidents(DEATHS, told)
    assert made.links.empty
    assert made.queue.empty
    row = {"incident_source_id": "ulysses", "incident_source_sheet": "2014", "row": 2}
    row |= {"death_source_id": "pas", "death_source_sheet": "2014", "death_source_row": 2}
    row |= {"incident_source_row": 2, "incident_local_ref": "W2", "death_local_ref": "", "note": ""}
    decided = pd.DataFrame([row | DECIDED | {"decision": "same"}])
    after = link_incidents(DEATHS, told, decisions=decided)
    assert after.links["link_method"].tolist() == ["clerical"]


def test_rows_of_one_incident_number_lead_to_the_people_they_concern(world):
    _, told, _, made = world
    shared = told[told.duplicated("local_ref", keep=False)]
    assert len(shared) == 30
    per_number = made.links.merge(told, on="incident_id").groupby("local_ref")["death_id"].nunique()
    assert per_number.max() == 2
    assert set(per_number[per_number.gt(1)].index) <= set(shared["local_ref"])


SMALL = simulated(300, 120, seed=5)


@settings(max_examples=5)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(random):
    deaths, told, _ = SMALL
    once = link_incidents(deaths, told)
    orders = [random.sample(range(len(frame)), len(frame)) for frame in (deaths, told)]
    again = link_incidents(deaths.iloc[orders[0]], told.iloc[orders[1]])
    for name in ("links", "queue", "weights", "unlinked"):
        pd.testing.assert_frame_equal(getattr(once, name), getattr(again, name))


FIELDS = ["nhs_number", "dob", "surname", "forename", "sex", "local_id"]


@settings(max_examples=8)
@given(st.lists(st.tuples(st.sampled_from(FIELDS), st.integers(0, 119)), max_size=200))
def test_whatever_is_missing_an_incident_has_one_death_at_most(gone):
    deaths, told, truth = SMALL
    told = told.assign(nhs_number_typed="")
    for field in FIELDS:
        rows = [row for name, row in gone if name == field]
        told.loc[rows, field] = pd.NaT if field == "dob" else ""
    made = link_incidents(deaths, told)
    assert made.links["incident_id"].is_unique
    assert len(made.links) + len(made.unlinked) == len(told)
    blank = told[FIELDS].isna() | told[FIELDS].eq("")
    assert not set(told.loc[blank.all(axis=1), "incident_id"]) & set(made.links["incident_id"])
    assert rate(made.links[made.links["strict"]], truth)["precision"] == 1


def test_the_sound_of_a_surname_may_be_given_or_is_worked_out():
    deaths, told, _ = SMALL
    given_ = [frame.assign(surname_soundex=soundex(frame["surname"])) for frame in (deaths, told)]
    pd.testing.assert_frame_equal(link_incidents(*given_).links, link_incidents(deaths, told).links)
