"""The table of rules: a case may bring its own, and which rules are in force in a period."""

import pandas as pd
import pytest
from limits_by_hand import CONTRACT, WENT_OVER, late, one, rows_of, told
from trusts import Trust
from ways import of

from helpers.casetimes import Limits
from helpers.cohort import limits
from helpers.errors import InputError
from helpers.rules import time_limits


def table_with(folder, rule, **cells):
    """Write the shipped table with other cells of one rule; return the entry of the case."""
    made = time_limits.time_limits().astype("str")
    made["limit"] = made["limit"].replace("nan", "").str.removesuffix(".0")
    for column, value in cells.items():
        made.loc[made["id"].eq(rule), column] = value
    made.to_csv(folder / "mine.csv", index=False)
    return Limits(file="mine.csv")


def test_a_changed_table_changes_results_without_code(trust_run, tmp_path):
    """With 9 working days in place of 10 the tenth is late."""
    own = table_with(tmp_path, "DOC-CONTRACT", limit="9")
    made = one(trust_run, told(), limits=own, folder=tmp_path)
    assert (made["days"], made["limit_days"], made["status"]) == (10, 9, "breached")


def test_calendar_days_of_which_the_first_counts_are_as_many_as_the_rule_says(trust_run, tmp_path):
    """One day counted inclusive is the day of the report itself."""
    changes = {"limit": "1", "unit": "calendar days", "counting": "inclusive"}
    own = table_with(tmp_path, "DOC-CONTRACT", **changes)
    for informed, status in (("2013-05-10", "met"), ("2013-05-11", "breached")):
        run = of(trust_run, told(informed=informed), limits=own, folder=tmp_path)
        (row,) = limits.timed(limits.held(run, families=CONTRACT)).itertuples()
        assert (row.status, row.limit_days, row.days) == (status, 1, 1 + (status == "breached"))


def test_two_ways_of_counting_in_one_family_are_each_counted_in_theirs(trust_run, tmp_path):
    """From June 2013 on the first day counts: reported on Monday 3 June and told on Friday 7 June
    are 5 days, told on 7 June and reported before it on Monday 3 are 4 by the rule until May."""
    whole = time_limits.time_limits().astype("str")
    whole["limit"] = whole["limit"].replace("nan", "").str.removesuffix(".0")
    rule = whole[whole["id"].eq("DOC-CONTRACT")]
    later = rule.assign(id="LATER", in_force_from="2013-06-01", counting="inclusive")
    earlier = rule.assign(in_force_to="2013-05-31")
    pd.concat([whole.drop(rule.index), earlier, later]).to_csv(tmp_path / "mine.csv", index=False)
    days = {"reported": "2013-06-03", "informed": "2013-06-07"}
    made = rows_of(
        trust_run,
        told("A", died="2013-05-31", **days),
        told("B", died="2013-05-30", **days),
        told("C", died="2013-06-01", **days),
        limits=Limits(file="mine.csv"),
        folder=tmp_path,
    )
    assert made["days"].tolist() == [4, 4, 5]


def test_a_faulty_table_of_a_case_is_refused_at_intake_with_its_file_and_row(tmp_path, monkeypatch):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    trust = Trust(tmp_path / "project")
    trust.case += "limits: {file: mine.csv}\n"
    table_with(trust.folder, "SI10-G0", unit="fortnights")
    with pytest.raises(InputError) as error:
        trust.start()
    assert [(one.what, one.where) for one in error.value.problems] == [
        ("unit is 'fortnights'", "mine.csv, row 3")
    ]


def test_a_table_of_a_case_that_is_not_there_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    trust = Trust(tmp_path / "project")
    trust.case += "limits: {file: mine.csv}\n"
    with pytest.raises(InputError, match=r"mine\.csv"):
        trust.start()


def test_a_table_of_a_case_is_one_of_its_inputs(tmp_path, monkeypatch):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    trust = Trust(tmp_path / "project")
    trust.case += "limits: {file: mine.csv}\n"
    table_with(trust.folder, "SI10-G0", limit="4")
    run = trust.start()
    assert "mine.csv" in set(run.extract.inputs["file"])
    rules = limits.in_force(run).set_index("rule_id")
    assert rules.loc["SI10-G0", "limit"] == "4 working days"


def test_rules_in_force_are_those_of_the_period(trust_run):
    """From April 2012 to March 2014: the framework of 2010, nothing of 2015, no local rule."""
    made = limits.in_force(of(trust_run, told())).set_index("rule_id")
    assert {"SI10-G2", "DOC-CONTRACT", "COR-INQUEST"} <= set(made.index)
    assert not made.index.str.startswith(("SI15", "SH-", "PSIRF", "DOC-REG20")).any()
    assert made.loc["DOC-CONTRACT", "held"]
    assert not made.loc["SI10-STEIS", "held"]
    assert made.loc["SI10-G2", "in_force"] == "2010-01-01 to 2015-03-31"
    assert made.loc["DOC-CONTRACT", "clock"] == (
        "incident identified, or reported as an incident, until family told in person, "
        "or family informed"
    )


def test_rules_that_ended_with_a_day_of_the_provider_are_over_on_it(trust_run):
    """A period that begins on 1 October 2023, when the provider went over, or on the day before."""
    for first, there in (("2023-10-01", False), ("2023-09-30", True)):
        run = late(trust_run, told(), first=first, provider=WENT_OVER)
        made = limits.in_force(run)["rule_id"].tolist()
        assert ("SI15-60-COVID" in made) == there
        assert "PSIRF" in made


def test_of_a_provider_that_has_not_gone_over_the_earlier_rules_stand(trust_run):
    made = limits.in_force(late(trust_run, told()))["rule_id"].tolist()
    assert "SI15-60-COVID" in made
    assert "PSIRF" not in made
