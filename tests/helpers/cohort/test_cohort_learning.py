"""Deaths and their reviews on both bases, counted by hand; the statements of a Quality Account.

Nine people, none of whom lived. The period runs from 1 April 2012 to 31 March 2014, the extract is
of 30 September 2014.

    died        reviewed on            investigated, closed on    judged due to problems in care
A   1 May 2012  1 June 2012            10 June 2013               more likely than not
B   1 Feb 2013  1 May 2013                                        not
F   10 Mar 2013 completed, no day
H   8 Aug 2012                         1 July 2014                more likely than not
C   1 Jul 2013  1 August 2013
D   1 Dec 2013  1 May 2014
E   10 Jan 2014
G   9 Sep 2013  (aged 17)              12 December 2013           more likely than not
I   1 Oct 2013  (age not recorded)
"""

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest
from trusts import person, tables, untouched

from helpers import start
from helpers.chain import INVESTIGATIONS
from helpers.cohort import backlog, learning, quality_account, reviewed
from helpers.methods import proportions
from helpers.milestones import MILESTONES
from helpers.rules import quality_account as rules
from helpers.tables import TABLES

YES, NO = "more likely than not", "not more likely than not"
MILESTONE = {"IMA": "ima_completed", "CIR": "si_closed", "SIRI": "si_closed"}
PEOPLE = [
    ("A", "2012-05-01", {}, [("IMA", "2012-06-01", None), ("SIRI", "2013-06-10", YES)]),
    ("B", "2013-02-01", {}, [("IMA", "2013-05-01", NO)]),
    ("F", "2013-03-10", {}, [("IMA", None, None)]),
    ("H", "2012-08-08", {}, [("CIR", "2014-07-01", YES)]),
    ("C", "2013-07-01", {}, [("IMA", "2013-08-01", None)]),
    ("D", "2013-12-01", {"age": 80, "ld": True}, [("IMA", "2014-05-01", "NR")]),
    ("E", "2014-01-10", {"age": 80, "ld": False}, []),
    ("G", "2013-09-09", {"age": 17}, [("CIR", "2013-12-12", YES)]),
    ("I", "2013-10-01", {"age": None}, []),
]


def made(run, people=PEOPLE, *, judged=True, outcome="completed", **values):
    """The run with these people in place of its own."""
    reviews, days = [], []
    for name, _, _, done in people:
        for type_, day, problem in done:
            ids = {"death_id": name, "incident_id": f"W-{name}"}
            reviews.append(
                ids
                | {"review_id": f"W-{name}:{type_}", "type": type_, "outcome": outcome}
                | {"problem_in_care": problem if judged else None, "source_row": 2}
            )
            if day:
                days.append(
                    {"death_id": name, "review_id": f"W-{name}", "milestone": MILESTONE[type_]}
                    | {"date": day, "source_row": 2}
                )
    rows = [
        person(name, date_of_death=died, **{"source_row": nth, **rest})
        for nth, (name, died, rest, _) in enumerate(people, 2)
    ]
    held = tables(rows, reviews=reviews, milestones=days)
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, **held})
    return dataclasses.replace(run, extract=extract, parameters=run.parameters | values)


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    return untouched(tmp_path_factory)


@pytest.fixture(scope="module")
def nine(trust):
    return made(trust)


def row(frame, **where):
    """The one row of a frame with these values."""
    kept = frame
    for name, value in where.items():
        kept = kept[kept[name].eq(value)]
    assert len(kept) == 1
    return kept.iloc[0]


# ---- Quarters and reporting years ---------------------------------------------------------------


def spans_of(run, first, last, grain="quarter"):
    days = {"period_start": date.fromisoformat(first), "period_end": date.fromisoformat(last)}
    return reviewed.spans(dataclasses.replace(run, parameters=run.parameters | days), grain)


def test_quarters_of_a_period_follow_one_another_without_a_gap_and_stay_in_it(trust):
    found = spans_of(trust, "2012-05-20", "2014-02-03")
    assert (found[0].start, found[-1].end) == (date(2012, 5, 20), date(2014, 2, 3))
    days = [
        (after.start - before.end).days for before, after in zip(found, found[1:], strict=False)
    ]
    assert days == [1] * 7


def test_what_the_period_cuts_is_marked_with_the_days_that_are_counted(trust):
    found = spans_of(trust, "2012-05-20", "2014-02-03")
    assert found[0].covered == "part: 20 May 2012 to 30 June 2012"
    assert {one.covered for one in found[1:-1]} == {"whole"}
    assert [one.reporting_year for one in spans_of(trust, "2012-05-20", "2014-02-03", "year")] == [
        "2012-13", "2013-14",
    ]  # fmt: skip


def test_the_last_quarter_of_a_reporting_year_lies_in_the_next_calendar_year(trust):
    (one,) = spans_of(trust, "2014-01-01", "2014-03-31")
    assert (one.label, one.reporting_year, one.whole) == ("January to March 2014", "2013-14", True)


# ---- Both bases ---------------------------------------------------------------------------------

YEARS = {
    "2012-13": {"numerator": 4, "denominator": 4, "cohort_review": 3, "cohort_investigation": 2,
                "problems": 2, "activity_review": 1, "activity_investigation": 0,
                "activity_deaths": 1},
    "2013-14": {"numerator": 3, "denominator": 5, "cohort_review": 2, "cohort_investigation": 1,
                "problems": 1, "activity_review": 2, "activity_investigation": 2,
                "activity_deaths": 4},
}  # fmt: skip


@pytest.mark.parametrize("year", YEARS)
def test_both_bases_are_as_counted_by_hand(nine, year):
    found = row(learning.bases(nine, grain="year"), reporting_year=year)
    assert {name: found[name] for name in learning.COUNTS} == YEARS[year]


def test_quarters_add_up_to_years_but_for_deaths_that_are_in_two_quarters(nine):
    quarters, years = learning.bases(nine), learning.bases(nine, grain="year")
    summed = quarters.groupby("reporting_year")[learning.COUNTS].sum(min_count=1)
    once = [name for name in learning.COUNTS if name not in {"activity_deaths", "problems"}]
    assert summed[once].to_numpy().tolist() == years[once].to_numpy().tolist()
    assert (summed["activity_deaths"].to_numpy() >= years["activity_deaths"].to_numpy()).all()


def test_a_review_that_is_open_counts_on_neither_basis(trust):
    found = learning.bases(made(trust, outcome="open"), grain="year")
    assert found["numerator"].tolist() == [0, 0]
    assert found["activity_deaths"].tolist() == [0, 0]


def test_a_day_after_the_extract_is_not_recorded(trust):
    late = [("A", "2013-05-01", {}, [("IMA", "2014-10-01", None)])]
    found = row(learning.reconciliation(made(trust, late)), reporting_year="2013-14",
                kind="either, each death once")  # fmt: skip
    assert (found["cohort"], found["undated"]) == (1, 1)


def test_an_investigation_without_a_day_of_closing_is_finished_with_its_report(trust):
    one = made(trust, [("A", "2013-05-01", {}, [("CIR", "2013-06-01", None)])])
    days = one.extract.tables["milestones"].replace(
        {"milestone": {"si_closed": "final_report_internal"}}
    )
    extract = dataclasses.replace(one.extract, tables={**one.extract.tables, "milestones": days})
    found = reviewed.finished(dataclasses.replace(one, extract=extract))
    assert found["finished"].tolist() == [pd.Timestamp("2013-06-01")]


# ---- Not recorded is not none -------------------------------------------------------------------


def test_without_any_judgement_problems_in_care_are_missing_and_never_zero(trust):
    run = made(trust, judged=False)
    for frame in (learning.bases(run), learning.ages(run), learning.disability(run)):
        assert frame["problems"].isna().all()


def test_a_judgement_that_none_was_due_to_problems_is_a_zero(trust):
    run = made(trust, [("B", "2013-05-01", {}, [("IMA", "2013-06-01", NO)])])
    assert learning.bases(run, grain="year")["problems"].tolist()[1] == 0


def test_a_case_without_records_of_reviews_says_so_and_counts_no_zero(trust):
    run = made(trust, [(name, died, rest, []) for name, died, rest, _ in PEOPLE])
    found = learning.bases(run, grain="year")
    assert found["denominator"].tolist() == [4, 5]
    assert found.drop(columns=[*learning.WHEN, "denominator"]).isna().all(axis=None)
    assert learning.latest(found).empty
    said = quality_account.statements(run).set_index("item")
    assert said.loc["27.1", "state"] == "filled"
    assert set(said.loc["27.2":, "state"]) == {"open"}
    assert said.loc["27.2", "why"] == quality_account.NO_REVIEWS
    assert proportions.proportion(found)["value"].isna().all()


def test_a_kind_of_which_there_is_no_record_is_missing(trust):
    run = made(trust, [one for one in PEOPLE if one[0] in "CDE"])
    found = learning.bases(run, grain="year")
    assert found["cohort_investigation"].isna().all()
    assert found["cohort_review"].tolist() == [0, 2]
    said = quality_account.statements(run).set_index("item").loc["27.2", "why"]
    assert "no record of any investigation" in said


# ---- Groups -------------------------------------------------------------------------------------


def test_groups_of_age_add_up_to_adults_and_to_everybody_with_the_unknown_shown(nine):
    found = learning.ages(nine)
    mine = found[found["reporting_year"].eq("2013-14")].set_index("group")["denominator"]
    assert mine.to_dict() == {
        "18 to 64": 1, "65 and over": 2, "All adults": 3, "Under 18": 1, "Age not recorded": 1,
        "Everybody": 5,
    }  # fmt: skip


def test_learning_disability_that_is_not_recorded_is_a_group_of_its_own(nine):
    found = learning.disability(nine)
    mine = found[found["reporting_year"].eq("2013-14")].set_index("group")
    assert mine["denominator"].tolist() == [1, 1, 3]
    assert mine["numerator"].tolist() == [1, 0, 2]


# ---- From one basis to the other ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("year", "steps"),
    [
        ("2012-13", {"activity": 1, "next_year": 1, "later": 1, "undated": 1, "cohort": 4}),
        ("2013-14", {"activity": 4, "counted_before": 1, "earlier_deaths": 1, "next_year": 1,
                     "cohort": 3}),
    ],
)  # fmt: skip
def test_the_way_from_activity_to_cohort_is_as_counted_by_hand(nine, year, steps):
    found = row(learning.reconciliation(nine), reporting_year=year, kind="either, each death once")
    wanted = dict.fromkeys(learning.STEPS, 0) | steps
    assert {name: found[name] for name in learning.STEPS} == wanted
    assert found["difference"] == 0


def scattered(seed, size=60):
    """People whose days are drawn, slips among them: reviews before the death, or without a day."""
    rng = np.random.default_rng(seed)
    people = []
    for nth in range(size):
        died = pd.Timestamp("2012-02-01") + pd.Timedelta(days=int(rng.integers(0, 850)))
        done = []
        for kind in ("IMA", "CIR"):
            if rng.random() < 0.6:
                day = died + pd.Timedelta(days=int(rng.integers(-40, 500)))
                day = None if rng.random() < 0.15 else str(day.date())
                done.append((kind, day, rng.choice([YES, NO, "NR"])))
        people.append((f"P{nth}", str(died.date()), {}, done))
    return people


@pytest.mark.parametrize("seed", range(8))
def test_every_death_is_accounted_for_whatever_the_days(trust, seed):
    run = made(trust, scattered(seed))
    found = learning.reconciliation(run)
    assert found["difference"].eq(0).all()
    years = learning.bases(run, grain="year").set_index("reporting_year")
    either = found[found["kind"].eq("either, each death once")].set_index("reporting_year")
    assert either["cohort"].tolist() == years["numerator"].tolist()
    assert either["activity"].tolist() == years["activity_deaths"].tolist()


# ---- Statements ---------------------------------------------------------------------------------


def test_the_numbers_of_a_reporting_year_are_as_counted_by_hand(nine):
    found = quality_account.numbers(nine, reviewed.spans(nine, "year")[1])
    assert dataclasses.asdict(found) == {
        "deaths": 5, "reached": 2, "reviewed": 1, "investigated": 1, "both": 0, "reached_now": 3,
        "judged": 1, "problems": 1, "unplaced": 0,
        "before": 4, "not_counted": 3, "late": 1, "again": 1, "late_reviews": 1,
        "late_investigations": 1, "late_judged": 1, "late_problems": 0,
        "stood": 0, "revised": 1, "revised_judged": 2, "revised_reached": 2,
    }  # fmt: skip


def test_items_come_in_their_order_each_filled_or_open_with_a_reason(nine):
    said = quality_account.statements(nine)
    assert said["item"].tolist() == [f"27.{nth}" for nth in range(1, 10)]
    assert said["why"].str.len().gt(10).all()
    state = dict(zip(said["item"], said["state"], strict=True))
    assert [item for item, one in state.items() if one == "open"] == ["27.4", "27.5", "27.6"]


def test_the_numbers_stand_in_the_texts(nine):
    said = quality_account.statements(nine).set_index("item")["statement"]
    assert said["27.1"] == (
        "In 2013-14 (1 April 2013 to 31 March 2014), the number of people who died within 12 "
        "months of a contact with the trust was 5. By quarter of death: April to June 2013, 0; "
        "July to September 2013, 2; October to December 2013, 2; January to March 2014, 1."
    )
    assert "had been carried out for 2 of the 5 deaths in item 27.1. There was" in said["27.2"]
    assert said["27.7"] == (
        "Case record reviews finished in 2013-14 about deaths of 2012-13: 1; investigations: 1. "
        "Deaths among these that had not been counted in item 27.2 of 2012-13: 1; that had been "
        "counted there: 1."
    )
    assert "1 were by 31 March 2014 judged" in said["27.9"]
    assert "0 by the end of 2012-13, and 1 since" in said["27.9"]


def test_no_statement_gives_a_percentage_of_few(nine):
    assert not quality_account.statements(nine)["statement"].str.contains("%").any()


@pytest.mark.parametrize(
    ("reached", "said"),
    [(2, ""), (3, " (3.0%; unreliable, for they are fewer than 20)"), (20, " (20.0%)")],
)
def test_percentages_follow_the_rule_on_small_numbers(trust, reached, said):
    assert quality_account._share(trust, reached, 100) == said


def test_without_judgements_the_items_that_ask_for_one_stay_open(trust):
    run = made(trust, judged=False)
    said = quality_account.statements(run).set_index("item")
    for item in ("27.3", "27.8", "27.9"):
        assert said.loc[item, "state"] == "open"
        assert "No judgement" in said.loc[item, "why"]
        assert "0" not in said.loc[item, "statement"]
    by_year = quality_account.by_year(run)
    asked = by_year["item"].isin(["27.3", "27.8", "27.9"])
    assert by_year.loc[asked, ["numerator", "denominator"]].isna().all(axis=None)
    assert set(quality_account.filled(run)["item"]) == {"27.1", "27.2", "27.7"}


def test_judgements_that_are_lacking_make_the_number_the_least_that_it_can_be(nine):
    """G was judged; C, who was reviewed as well, was not."""
    why = quality_account.statements(nine).set_index("item").loc["27.3", "why"]
    assert "No judgement is on record for 1 of those" in why


def test_the_first_year_cannot_look_back_to_a_year_that_is_not_there(trust):
    run = made(trust, period_start=date(2012, 4, 1), period_end=date(2013, 3, 31))
    said = quality_account.statements(run).set_index("item")
    assert set(said.loc["27.7":, "state"]) == {"open"}
    assert "begin on 1 April 2012" in said.loc["27.7", "why"]


def test_a_year_that_is_cut_is_said_to_be(trust):
    run = made(trust, period_start=date(2013, 4, 1), period_end=date(2013, 8, 15))
    said = quality_account.statements(run).set_index("item")
    assert "Part of the reporting year only: 1 April 2013 to 15 August 2013." in said["why"]["27.1"]
    assert (
        "July to September 2013 (part of it: 1 July 2013 to 15 August 2013), 1"
        in (said["statement"]["27.1"])
    )


@pytest.mark.parametrize("seed", range(6))
def test_the_revised_estimate_is_what_stood_what_is_new_and_what_was_judged_since(trust, seed):
    """27.9 = as it stood at the end of that year + 27.8 + judged since of those counted then."""
    run = made(trust, scattered(seed))
    found = quality_account.numbers(run, reviewed.spans(run, "year")[1])
    people = reviewed.followed(run)
    old = people[reviewed.span_of(2012).holds(people["date_of_death"])]
    closed, known = pd.Timestamp("2013-03-31"), pd.Timestamp("2014-03-31")
    since = old["either_on"].le(closed) & old["problem_on"].gt(closed) & old["problem_on"].le(known)
    assert found.revised == found.stood + found.late_problems + since.sum()


@pytest.mark.parametrize("seed", range(6))
def test_what_one_year_stated_and_the_next_added_is_what_was_known_at_its_end(trust, seed):
    """27.2 of a year and 27.7 of the next: deaths of that year reviewed by the end of the next."""
    run = made(trust, scattered(seed))
    first, second = (quality_account.numbers(run, one) for one in reviewed.spans(run, "year")[:2])
    assert first.reached + second.late == second.revised_reached


# ---- The shipped cases --------------------------------------------------------------------------


def test_a_case_of_registers_has_no_such_records_and_says_so():
    run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    frames = [
        learning.bases(run), learning.ages(run), learning.disability(run),
        learning.reconciliation(run), learning.alternatives(run), reviewed.counted_as(run),
        quality_account.statements(run), quality_account.by_year(run), quality_account.filled(run),
    ]  # fmt: skip
    assert [frame.attrs["reason"] for frame in frames] == [reviewed.REASON] * 9


# ---- The rules ----------------------------------------------------------------------------------


def test_a_year_is_in_force_if_the_rules_came_into_force_before_it_ended():
    assert rules.form("27.1", date(2018, 3, 31)) == "in force"
    assert rules.form("27.1", date(2017, 3, 31)) != "in force"
    assert rules.form("dashboard", date(2017, 3, 31)) != "in force"
    assert rules.form("dashboard", date(2017, 6, 30)) == "in force"


def test_every_type_of_review_counts_as_something_once():
    types = next(one for one in TABLES["reviews"].columns if one.name == "type").allowed
    known = rules.kinds()
    assert sorted(known["type"]) == sorted(types)
    assert set(known["kind"]) == {"case record review", "investigation", "neither"}
    counted = set(known.loc[known["kind"].eq("investigation"), "type"])
    assert set(INVESTIGATIONS) <= counted
    named = {name for cell in known["finished_on"] for name in cell.split(";") if name}
    assert named <= set(MILESTONES)


def test_each_item_has_a_reason_to_stay_open_or_a_text():
    for item in rules.items().itertuples():
        assert item.filled or item.open
        assert item.asks
        assert item.in_force_from == "2017-11-01"


@pytest.mark.slow
def test_what_was_completed_in_a_year_is_what_the_notebook_on_the_backlog_says(southern):
    """There the way of an investigation ends on the day it was closed, and a slip is no end."""
    moved = backlog.flow(southern, grain="year")["completed"].tolist()
    found = learning.bases(southern, grain="year")
    earlier = reviewed.followed(southern)
    earlier = earlier[earlier["date_of_death"].lt(pd.Timestamp(southern.period_start))]
    assert not earlier["investigation"].any()  # the notebook counts deaths of the period alone
    assert found["activity_investigation"].tolist() == moved
