"""The RECORD checklist: what the run knows, what the case says, and what is shown as open."""

import dataclasses
import re

import pandas as pd
import pytest
import yaml
from trusts import untouched

from helpers import _checklist, case, checklist, start
from helpers.cohort import replies
from helpers.errors import InputError
from helpers.exhibits import Exhibits
from helpers.exhibits.wording import faults
from helpers.planfile import Term
from helpers.record_items import items

# The items that the statement adds to STROBE, by number: Benchimol and others 2015, PLoS Medicine
# 12:e1001885, table 1.
ADDED = ["1.1", "1.2", "1.3", "6.1", "6.2", "6.3", "7.1", "12.1", "12.2", "12.3", "13.1", "19.1", "22.1"]  # noqa: E501  # fmt: skip


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    """The trust of nine people."""
    return untouched(tmp_path_factory)


@pytest.fixture(scope="module")
def shipped(run):
    """Both shipped cases with their checklists, by name."""
    runs = (run, start(case="southern_health"))
    return {one.case.id: (one, checklist.record(one)) for one in runs}


def with_record(run, **answers):
    """The run of a case that says more of some items; names are those of the items: i_12_1."""
    said = {name[2:].replace("_", "."): text for name, text in answers.items()}
    return dataclasses.replace(run, case=run.case.model_copy(update={"record": said}))


def answers(run):
    return checklist.record(run).set_index("item")["answer"]


def statuses(run):
    return checklist.record(run).set_index("item")["status"]


# ---- The items ----------------------------------------------------------------------------------


def test_there_are_the_13_items_that_the_statement_adds():
    assert [item.id for item in items()] == ADDED
    assert list(_checklist.ANSWERS) == ADDED


def test_every_item_is_a_question_in_plain_words_and_names_who_answers_it():
    for item in items():
        assert item.asks.endswith("?")
        assert item.who.startswith("whoever ")
        assert item.section[0].isupper()
        assert faults(item.asks) == []


# ---- Status -------------------------------------------------------------------------------------

OPEN = {"1.2", "6.2", "12.1"}
"""What no run can know: the place, a test of the codes, what was seen, where the plan is."""


def test_what_a_run_cannot_know_is_open_and_says_who_must_fill_it(trust):
    made = checklist.record(trust)
    assert made.columns.tolist() == ["item", "section", "asks", "answer", "status"]
    assert made["item"].tolist() == ADDED
    # This trust has no truth to hold its links against, so nobody knows how good they are.
    unknown = made[made["status"].eq(checklist.OPEN)]
    assert set(unknown["item"]) == OPEN | {"12.3"}
    who = {item.id: item.who for item in items()}
    for row in unknown.itertuples():
        assert re.search(rf"[Nn]ot answered: {who[row.item]} must say .*\.$", row.answer)
    rest = made[made["status"].ne(checklist.OPEN)]
    assert not rest["answer"].str.contains("ot answered").any()
    assert set(rest["status"]) == {checklist.FROM_RUN}


def test_what_the_run_knows_of_an_open_item_stands_before_what_is_lacking(trust):
    said = answers(trust)
    assert said["1.2"].startswith("1 April 2012 to 31 March 2014")
    assert said["6.2"].startswith("not answered: ")


def test_what_the_case_says_closes_an_item_and_follows_what_the_run_knows(trust):
    said = with_record(trust, i_1_2="A town that\n  is made up.", i_6_2="Nobody tested them.")
    made = checklist.record(said).set_index("item")
    assert made.loc["1.2", "answer"].startswith("1 April 2012")
    assert made.loc["1.2", "answer"].endswith(" A town that is made up.")
    assert made.loc["6.2", "answer"] == "Nobody tested them."
    assert set(made.index[made["status"].eq(checklist.FROM_CASE)]) == {"1.2", "6.2"}


def test_what_the_case_adds_to_an_item_of_the_run_hides_nothing(trust):
    before, after = answers(trust)["13.1"], with_record(trust, i_13_1="And no more.")
    assert answers(after)["13.1"] == f"{before} And no more."
    assert statuses(after)["13.1"] == checklist.FROM_CASE


def test_items_are_counted_by_status(trust):
    made = checklist.by_status(checklist.record(with_record(trust, i_6_2="Nobody did.")))
    assert made.to_dict("list") == {
        "status": ["from the run", "from the case", "not answered"],
        "numerator": [9, 1, 3],
        "denominator": [13, 13, 13],
    }
    empty = checklist.by_status(pd.DataFrame({"status": []}))
    assert empty["numerator"].tolist() == [0, 0, 0]


# ---- What the run says --------------------------------------------------------------------------


def test_numbers_are_those_counted_by_hand(trust):
    """Six deaths in scope, five of them reported, four unexpected, two investigated."""
    said = answers(trust)
    assert "in the 12 months before: 6." in said["6.1"]
    assert "Deaths in scope with a linked incident: 5 of 6." in said["6.3"]
    for part in ("less duplicate record 1;", "less no usable date of death 1;", "trust 4;"):
        assert part in said["13.1"]
    assert "In the model: 4 deaths." in said["13.1"]


def test_numbers_are_those_that_were_published(shipped):
    """Mazars 2015: 10,306 deaths, 1,454 reported, 722 unexpected, 540 reviewed, 272 investigated,
    195 of them as serious incidents; the records of the shipped case are made to give them."""
    run, made = shipped["southern_health"]
    said = made.set_index("item")["answer"]
    boxes = re.findall(r"([\d,]+);? ?", said["13.1"])
    for number in ("10,306", "1,454", "722", "540", "272", "195"):
        assert number in boxes
    assert "In the model: 722 deaths categorised as unexpected." in said["13.1"]
    # Against the truth file, which the linkage does not read.
    assert "Incidents to deaths, recall 1,510 of 1,510" in said["12.3"]
    for term in run.case.plan.terms.values():
        assert f"column {term.column}" in said["7.1"]
    assert run.case.plan.sha256 in said["22.1"]


def test_rows_of_the_account_add_up(run, trust):
    for made in (run, trust):
        said = answers(made)["12.2"]
        read, used, held, out = (
            int(re.search(rf"([\d,]+) {what}", said)[1].replace(",", ""))
            for what in ("rows of", "used", "quarantined", "out of scope")
        )
        assert read == made.accounts["rows_read"].sum() == used + held + out


def test_nothing_is_said_of_links_where_none_were_made(run):
    said = answers(run)
    assert set(said[["1.3", "6.3", "12.3"]]) == {_checklist.UNLINKED}
    assert set(statuses(run)[["1.3", "6.3", "12.3"]]) == {checklist.FROM_RUN}


def test_every_source_is_named_with_its_publisher_and_licence(run):
    said = answers(run)
    for source in run.case.sources:
        assert f"{source.title} ({source.publisher})" in said["1.1"]
        assert f"{source.title}: licence {source.licence}" in said["22.1"]


def test_changes_outside_the_period_are_left_out(run, over):
    assert "23 March 2020, Covid-19 pandemic" in answers(run)["19.1"]
    early = answers(over(run, "1996-01-01", "1999-12-31"))["19.1"]
    assert "Changes of law, definition or system: none is declared in the period." in early
    assert "Covid" not in early


def test_a_characteristic_that_was_declared_is_named_with_its_reason(trust):
    term = Term(column="expectedness", declared="The inquiry asked for it")
    plan = trust.case.plan.model_copy(update={"terms": {"Category": term}})
    changed = trust.case.model_copy(update={"plan": plan})
    said = answers(dataclasses.replace(trust, case=changed))["7.1"]
    assert "Used although settled later: Category: The inquiry asked for it." in said


def test_a_period_without_records_is_answered(run, over):
    early = over(run, "1995-01-01", "1996-12-31")
    assert replies.due(early).empty
    assert "In the model" not in answers(early)["13.1"]


def test_a_case_with_no_plan_and_no_definitions_says_what_is_lacking(project):
    path = project.folder / "case.yml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    raw.pop("replies")
    (project.folder / "plan.yml").unlink()
    raw["indicators"] = []
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    made = start(case="small")
    assert statuses(made)["7.1"] == checklist.FROM_RUN  # the maps of codes are still there
    assert "Outcome" not in answers(made)["7.1"]


@pytest.mark.parametrize("name", case.available())
def test_the_table_of_a_shipped_case_is_shown(shipped, name):
    run, made = shipped[name]
    assert made["answer"].str.len().min() > 10
    shown = Exhibits(run).table("risk.record", made)
    assert shown.facts["unanswered"] is False
    assert "22.1" in shown.data["text/plain"]


@pytest.mark.parametrize("name", case.available())
def test_a_shipped_case_says_what_no_run_can_know(shipped, name):
    _, made = shipped[name]
    assert set(made.loc[made["status"].eq(checklist.FROM_CASE), "item"]) == OPEN
    assert checklist.by_status(made)["numerator"].tolist() == [10, 3, 0]


# ---- What the case may say ----------------------------------------------------------------------


def said_in(project, record):
    path = project.folder / "case.yml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    path.write_text(yaml.safe_dump(raw | {"record": record}), encoding="utf-8")
    return case.load("small")


@pytest.mark.parametrize("name", ["12.1", 12.1])
def test_ids_may_be_written_with_or_without_marks(project, name):
    """YAML reads 12.1 as a number."""
    assert said_in(project, {name: "Everything."}).record == {"12.1": "Everything."}


@pytest.mark.parametrize("name", ["12.4", 12, "STROBE 4", ""])
def test_an_id_that_is_none_is_refused_with_those_there_are(project, name):
    with pytest.raises(InputError) as error:
        said_in(project, {name: "Everything.", "6.2": "Nobody."})
    (problem,) = error.value.problems
    assert problem.where == "data/small/case.yml, record"
    assert f"{str(name).lower()} is no item of record's own" in problem.what
    assert ", ".join(ADDED) in problem.what


def test_a_blank_answer_is_refused(project):
    with pytest.raises(InputError, match=r"6\.2 has no answer"):
        said_in(project, {"6.2": "  "})


def test_a_case_that_says_nothing_has_no_answers(small):
    assert small.case.record == {}
