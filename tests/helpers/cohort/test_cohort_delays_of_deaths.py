"""Times of deaths: what is still open counts as open, and nothing waits less by waiting longer."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trusts import person, tables

from helpers.cohort import delays
from helpers.methods import survival

EXTRACT = pd.Timestamp("2014-09-30")


def of(run, *people):
    """The run with people given by hand: died, reported, final report (days; None: not reached).

    All of them were reported and investigated, so that both stretches are counted for them.
    """
    rows, incidents, reviews, events = [], [], [], []
    for place, (died, reported, final) in enumerate(people):
        name = f"D{place}"
        rows.append(person(name, date_of_death=died, source_row=place + 2))
        incidents.append({"incident_id": f"W{place}", "death_id": name, "lead_incident": True})
        reviews.append({"review_id": f"W{place}:CIR", "death_id": name, "type": "CIR"})
        for milestone, day in (
            ("death", died), ("incident_reported", reported), ("final_report_internal", final),
        ):  # fmt: skip
            if day is not None:
                events.append({"death_id": name, "milestone": milestone, "date": day})
    made = tables(rows, incidents, reviews, milestones=events)
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, **made})
    return dataclasses.replace(run, extract=extract)


def stretch(run, interval="death_to_final"):
    """Days, and whether the end was reached, by person."""
    made = delays.durations(run)
    made = made[made["interval"].eq(interval)]
    return list(zip(made["days"], made["observed"], strict=True))


def used(run, interval="death_to_final"):
    row = delays.usable(run).set_index("interval").loc[interval]
    return row.drop("label").to_dict()


# ---- By hand ------------------------------------------------------------------------------------


def test_the_trust_by_hand(trust_run):
    """Ann: 10 May to 10 November 2012. Bob: 20 August 2012 to the extract, and still open."""
    assert stretch(trust_run) == [(184, True), (771, False)]
    assert stretch(trust_run, "death_to_reported") == [
        (1, True), (1, True), (2, True), (2, True), (0, True),
    ]  # fmt: skip


def test_a_stretch_is_counted_for_those_whom_it_concerns(trust_run):
    """Five were reported, two investigated."""
    made = delays.usable(trust_run).set_index("interval")["records"]
    assert made.to_dict() == {"death_to_reported": 5, "death_to_final": 2}


def test_each_record_says_whose_it_is(trust_run):
    made = delays.longest(trust_run, delays.durations(trust_run))
    assert made["review_id"].tolist() == ["patients:2012-13:2", "patients:2012-13:3"]
    assert made["service"].tolist() == ["Learning disability", "Adult mental health"]
    assert made["year"].tolist() == [2012, 2012]
    assert made["label"].unique().tolist() == ["Death to final report"]


# ---- Open, closed and out of order --------------------------------------------------------------


def test_one_that_is_open_is_followed_to_the_extract(trust_run):
    run = of(trust_run, ("2014-03-31", "2014-04-02", None))
    assert stretch(run) == [(183, False)]
    assert used(run) == {
        "records": 1, "no_start": 0, "no_end": 0, "negative": 0, "used": 1, "still_open": 1,
    }  # fmt: skip


@pytest.mark.parametrize("outcome", ["abandoned", "completed", "superseded", "delogged"])
def test_one_that_was_closed_without_the_end_counts_as_never_having_reached_it(trust_run, outcome):
    """Bob's investigation is closed without a final report: nobody will write it now."""
    reviews = trust_run.extract.tables["reviews"]
    reviews = reviews.assign(outcome=reviews["outcome"].mask(reviews["type"].eq("CIR"), outcome))
    made = {**trust_run.extract.tables, "reviews": reviews}
    extract = dataclasses.replace(trust_run.extract, tables=made)
    run = dataclasses.replace(trust_run, extract=extract)
    assert run.people["state"].dropna().tolist() == ["state_completed", f"state_{outcome}"]
    assert stretch(run)[1] == (771, False)


def test_a_stretch_without_a_beginning_is_counted_as_such(trust_run):
    case = trust_run.case
    interval = case.intervals[1].model_copy(update={"from_": "incident_reported"})
    case = case.model_copy(update={"intervals": [interval]})
    run = dataclasses.replace(of(trust_run, ("2013-01-01", None, "2013-03-01")), case=case)
    assert stretch(run) == []
    assert used(run)["no_start"] == 1


def test_an_end_before_its_beginning_is_counted_and_never_used(trust_run):
    run = of(trust_run, ("2013-03-01", "2013-03-02", "2013-02-01"))
    assert stretch(run) == []
    assert (used(run)["negative"], used(run)["used"]) == (1, 0)


def test_an_end_on_the_day_of_its_beginning_took_no_day(trust_run):
    assert stretch(of(trust_run, ("2013-03-01", None, "2013-03-01"))) == [(0, True)]


def test_of_several_events_the_first_counts(trust_run):
    run = of(trust_run, ("2013-03-01", None, "2013-03-05"))
    more = run.extract.tables["milestones"]
    later = more[more["milestone"].eq("final_report_internal")].assign(
        date=pd.Timestamp("2013-09-01")
    )
    run.extract.tables["milestones"] = pd.concat([later, more], ignore_index=True)
    assert stretch(run) == [(4, True)]


def test_a_beginning_after_the_extract_is_no_open_record(trust_run):
    """A slip of the pen: what is said to be used is what is used."""
    case = trust_run.case
    interval = case.intervals[1].model_copy(update={"from_": "incident_reported"})
    case = case.model_copy(update={"intervals": [interval]})
    run = dataclasses.replace(of(trust_run, ("2013-01-01", "2015-01-01", None)), case=case)
    assert used(run)["used"] == len(stretch(run))


def test_an_end_after_the_extract_was_not_seen_by_it(trust_run):
    """Nothing that is dated after the extract can have been observed at it."""
    assert stretch(of(trust_run, ("2014-03-31", None, "2041-04-20"))) in ([(183, False)], [])


def test_a_period_in_which_nobody_died_has_no_times(trust_run, over):
    nobody = over(trust_run, "2012-04-01", "2012-04-30")
    assert delays.durations(nobody).empty
    assert delays.usable(nobody)["records"].sum() == 0


# ---- Laws ---------------------------------------------------------------------------------------

day = st.integers(0, 540)
waits = st.lists(st.tuples(day, st.one_of(st.none(), st.integers(-5, 400))), min_size=1, max_size=8)


def drawn(run, pairs):
    """People who died so many days after 1 April 2012 and waited so many more, or still do."""
    first = pd.Timestamp("2012-04-01")
    return of(
        run,
        *(
            (str((first + pd.Timedelta(days=died)).date()), None,
             None if wait is None else str((first + pd.Timedelta(days=died + wait)).date()))
            for died, wait in pairs
        ),
    )  # fmt: skip


def median(days):
    value = survival.quantiles(days, probabilities=[0.5])["value"].iloc[0]
    return np.inf if np.isnan(value) else value


@settings(max_examples=8)
@given(waits)
def test_every_record_is_used_or_counted_with_the_reason_it_is_not(trust_run, pairs):
    run = drawn(trust_run, pairs)
    row = used(run)
    assert row["records"] == len(pairs)
    assert row["records"] == row["no_start"] + row["no_end"] + row["negative"] + row["used"]
    held = stretch(run)
    assert row["used"] == len(held)
    assert row["still_open"] == sum(not seen for _, seen in held)
    first = pd.Timestamp("2012-04-01")
    by_hand = [
        ((EXTRACT - first).days - died, False) if wait is None else (wait, True)
        for died, wait in pairs
        if wait is None or wait >= 0
    ]
    assert held == by_hand


@pytest.mark.slow
@settings(max_examples=8)
@given(waits, day)
def test_adding_an_open_record_never_shortens_the_median(trust_run, pairs, died):
    """Leaving the open ones out would: a median of finished records alone flatters the late."""
    pairs = [(start, None if wait is None else abs(wait)) for start, wait in pairs]
    before = delays.longest(trust_run, delays.durations(drawn(trust_run, pairs)))
    after = delays.longest(trust_run, delays.durations(drawn(trust_run, [*pairs, (died, None)])))
    assert len(after) == len(before) + 1
    assert median(after) >= median(before)
