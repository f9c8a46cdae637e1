"""Pairs that only a person can decide: the queue, and the one file of decisions for a case."""

import numpy as np
import pandas as pd
import pytest
from linked_people import ANN, DECIDED, JOE, incidents, people

from helpers.errors import InputError
from helpers.intake import linkage
from helpers.intake.linkage import link_incidents, link_steis

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
