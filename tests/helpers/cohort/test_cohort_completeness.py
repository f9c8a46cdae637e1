"""How complete the record is: sources, lists and delays by hand on the trust of nine people."""

import dataclasses
from datetime import date

import pandas as pd
import pytest

from helpers import start
from helpers.casefile import Maturity
from helpers.cohort import completeness


def changed(run, **values):
    """The run with something of its case changed."""
    return dataclasses.replace(run, case=run.case.model_copy(update=values))


def with_tables(run, **tables):
    """The run with some of its tables replaced."""
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, **tables})
    return dataclasses.replace(run, extract=extract)


def rows(frame):
    return frame.to_numpy().tolist()


def days(frame):
    """Days of each event and of when it was known, as text."""
    text = frame.apply(lambda column: column.dt.strftime("%Y-%m-%d"))
    return [tuple(row) for row in text.fillna("unknown").to_numpy().tolist()]


# ---- Sources ------------------------------------------------------------------------------------


def test_deaths_by_how_the_trust_came_to_know(told_run):
    """Dan, whom the trust had not seen for years, is not among them; a code of none is named so."""
    deaths = told_run.extract.tables["deaths"].copy()
    known = {"North": "coroner", "South": "spine"}
    deaths["dod_source"] = deaths["team"].map(known).mask(deaths["service"].eq("older_mh"), "NR")
    made = completeness.sources(with_tables(told_run, deaths=deaths))
    assert made.columns.tolist() == ["source", "deaths", "numerator", "denominator"]
    assert rows(made) == [
        ["Coroner", 3, 3, 3],
        ["Not recorded", 1, 0, 1],
        ["Tracing against the national spine", 2, 2, 2],
    ]


def test_every_death_has_one_source(southern):
    made = completeness.sources(southern)
    assert made["deaths"].sum() == len(southern.people) == 10_306
    assert made["numerator"].sum() == 1_454
    assert made["denominator"].eq(made["deaths"]).all()


# ---- Lists --------------------------------------------------------------------------------------


def test_two_lists_share_ann_and_bob(told_run):
    """The third of the national list is nobody whom the trust knows to have died."""
    made = completeness.lists(told_run)
    assert rows(made) == [["Trust's patient system", "National list", 2, 4, 1]]
    assert made.columns.tolist() == ["first", "second", "both", "only_first", "only_second"]


def test_entries_outside_the_period_are_nobodys(told_run, over):
    made = completeness.lists(over(told_run, "2012-06-01", "2013-05-31"))
    assert rows(made)[0][2:] == [1, 3, 0]  # Bob; Cora, Eve and Finn


def test_the_shipped_lists(southern):
    made = completeness.lists(southern)
    assert rows(made)[0][2:] == [10_231, 75, 60]
    assert made["both"].sum() + made["only_first"].sum() == len(southern.people)


# ---- Delays -------------------------------------------------------------------------------------


def test_the_day_of_each_incident_and_of_its_first_report(told_run):
    """Ann has two incidents and Eve has: the first report counts."""
    assert days(completeness.delays(told_run)) == [
        ("2012-05-10", "2012-05-11"),
        ("2012-08-20", "2012-08-21"),
        ("2013-03-31", "2013-04-02"),
        ("2013-04-01", "2013-04-03"),
        ("2014-03-31", "2014-03-31"),
    ]
    assert completeness.delays(told_run).attrs["reversed"] == 0


def test_what_was_known_after_the_extract_is_not_known(told_run, over):
    run = over(changed(told_run, extract_date=date(2013, 4, 2)), "2012-04-01", "2013-04-01")
    assert days(completeness.delays(run))[-2:] == [
        ("2013-03-31", "2013-04-02"), ("2013-04-01", "unknown"),
    ]  # fmt: skip


def test_an_event_that_was_never_known_stays_without_a_day(told_run):
    rule = Maturity(
        register="ulysses", event="incident_occurred", known="ima_completed", cannot_show="Why"
    )
    assert days(completeness.delays(changed(told_run, maturity=rule))) == [
        ("2012-05-10", "2012-05-14"), ("2012-08-20", "2012-08-23"), ("2013-03-31", "unknown"),
        ("2013-04-01", "unknown"), ("2014-03-31", "2014-04-04"),
    ]  # fmt: skip


def test_two_days_in_the_wrong_order_are_left_out_and_counted(told_run):
    milestones = told_run.extract.tables["milestones"].copy()
    report = milestones["milestone"].eq("incident_reported")
    wrong = report & milestones["date"].eq(pd.Timestamp("2012-08-21"))
    assert wrong.sum() == 1
    milestones.loc[wrong, "date"] = pd.Timestamp("2012-08-19")
    made = completeness.delays(with_tables(told_run, milestones=milestones))
    assert len(made) == 4
    assert made.attrs["reversed"] == 1


def test_events_outside_the_period_are_left_out(told_run, over):
    made = completeness.delays(over(told_run, "2012-08-20", "2013-03-31"))
    assert days(made) == [("2012-08-20", "2012-08-21"), ("2013-03-31", "2013-04-02")]


def test_events_of_a_register_of_reports(project):
    """One death is without a day; of none of the others is the report before the death."""
    with (project.folder / "case.yml").open("a", encoding="utf-8") as out:
        out.write("maturity: {register: reports, event: death, known: report, cannot_show: Why}\n")
    made = completeness.delays(start(case=project.name))
    assert days(made) == [("2018-12-01", "2019-03-05"), ("2019-12-25", "2020-02-20")]


def test_the_shipped_delays_leave_out_only_what_is_reversed_or_without_a_day(southern):
    made = completeness.delays(southern)
    assert len(made) + made.attrs["reversed"] == 10_306
    assert made["event"].is_monotonic_increasing
    assert (made["known"].isna() | made["known"].ge(made["event"])).all()


# ---- Without ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("made", "columns"),
    [
        (completeness.sources, ["source", "deaths", "numerator", "denominator"]),
        (completeness.lists, ["first", "second", "both", "only_first", "only_second"]),
        (completeness.delays, ["event", "known"]),
    ],
)
def test_a_case_that_holds_none_gives_an_empty_frame(small, told_run, made, columns):
    bare = changed(told_run, maturity=None)
    empty = told_run.extract.tables["registrations"].iloc[0:0]
    for run in (small, with_tables(bare, registrations=empty)):
        assert made(run).empty
        assert made(run).columns.tolist() == columns
