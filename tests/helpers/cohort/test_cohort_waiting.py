"""The model of a stretch: who is in it, followed to when, with what was known when it began."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from ways import ASSESSED, CLOSED, FINAL, REPORTED, death, of, way

from helpers.casetimes import KNOWN_AT_DEATH, Interval, Waiting
from helpers.cohort import waiting
from helpers.methods import cox

PLAN = {
    "interval": "reported_to_final",
    "terms": {"Service": "service", "Age (per 10 years)": "age_decade",
              "Ward": "inpatient_at_death", "Year": "year"},
    "reference": {"Service": "Older people", "Year": "2013"},
    "focus": "Service",
    "cannot_show": "Why.",
}  # fmt: skip
STRETCH = Interval(
    id="reported_to_final", to=FINAL, label="Report to final report", among="investigated",
    **{"from": REPORTED},
)  # fmt: skip
WAY = way(ASSESSED, FINAL, CLOSED)
SERVICES = ["ld", "older_mh", "adult_mh"]


def planned(run, *deaths, **values):
    plan = Waiting(**PLAN | values)
    return of(run, *deaths, stages=WAY, waiting=plan, intervals=[STRETCH])


def one(name="A", reported="2013-05-02", final="2013-05-12", died="2013-05-01", **values):
    return death(name, died, days={REPORTED: reported, FINAL: final}, **values)


def framed(run, *deaths, **values):
    return waiting.model_frame(planned(run, *deaths, **values)).set_index("review_id")


def said(frame, name):
    """Days, observed and cause of one record; a cause of None: open."""
    row = frame.loc[name]
    return row["days"], row["observed"], None if pd.isna(row["cause"]) else row["cause"]


# ---- Days and ends ------------------------------------------------------------------------------


def test_reached_open_and_ended_otherwise(trust_run):
    """Reported on 2 May 2013: reached on 12 May, day 10; open at the extract, 365 + 151 = 516
    days; removed from the list on 22 May, day 20, and followed no further."""
    made = framed(
        trust_run,
        one("A", outcome="completed"),
        one("B", final=None),
        one("C", final=None, outcome="delogged", delog_date="2013-05-22"),
    )
    assert said(made, "A") == (10, 1, waiting.DONE)
    assert said(made, "B") == (516, 0, None)
    assert said(made, "C") == (20, 0, "ended otherwise")


def test_reached_although_it_ended_otherwise_is_reached(trust_run):
    made = framed(trust_run, one(outcome="delogged", delog_date="2013-05-07"))
    assert said(made, "A") == (10, 1, waiting.DONE)


def test_who_cannot_be_in_the_model_is_left_out(trust_run):
    """Not investigated; without a start; reached before the start; started before the death."""
    made = framed(
        trust_run,
        one("A"),
        one("B", kind=None),
        one("C", reported=None),
        one("D", final="2013-05-01"),
        one("E", reported="2013-04-30"),
    )
    assert made.index.tolist() == ["A"]


# ---- Characteristics ----------------------------------------------------------------------------


def test_the_reference_of_the_plan_comes_first_and_others_by_name(trust_run):
    """Services by their names for readers."""
    made = framed(trust_run, *(one(name, service=name) for name in SERVICES))
    assert made["Service"].cat.categories.tolist() == [
        "Older people", "Adult mental health", "Learning disability",
    ]  # fmt: skip
    assert made["Service"].tolist()[0] == "Learning disability"


def test_a_reference_that_nobody_has_leaves_the_first_by_name(trust_run):
    made = framed(trust_run, one("A", service="ld"), one("B", service="adult_mh"))
    assert made["Service"].cat.categories.tolist() == ["Adult mental health", "Learning disability"]


def test_numbers_flags_and_years_as_the_model_takes_them(trust_run):
    """Age 65 is 6.5 decades; a stay on a ward 1, none 0, not recorded missing; the financial year
    is a level and no number."""
    made = framed(
        trust_run,
        one("A", age=65, inpatient_at_death=True),
        one("B", age=None, inpatient_at_death=False),
        one("C", died="2013-03-01", reported="2013-03-02", final="2013-03-03",
            inpatient_at_death=None),
    )  # fmt: skip
    assert made["Age (per 10 years)"].tolist()[0] == 6.5
    assert np.isnan(made.loc["B", "Age (per 10 years)"])
    assert made["Ward"].tolist()[:2] == [1.0, 0.0]
    assert np.isnan(made.loc["C", "Ward"])
    assert made["Year"].tolist() == ["2013", "2013", "2012"]
    assert made["Year"].cat.categories.tolist() == ["2013", "2012"]


def test_what_does_not_vary_or_was_never_reached_does_not_enter(trust_run):
    """All of one year; nobody of adult mental health had reached it; ages differ."""
    run = planned(
        trust_run,
        one("A", service="ld", age=60, inpatient_at_death=True),
        one("B", service="ld", age=70, inpatient_at_death=False),
        one("C", service="adult_mh", age=80, final=None, inpatient_at_death=False),
    )
    frame = waiting.model_frame(run)
    assert waiting.terms(run, frame) == ["Age (per 10 years)", "Ward"]
    ratios = pd.DataFrame({"term": ["Ward"], "level_name": [""], "value": [1.5]})
    made = waiting.with_left_out(run, frame, ratios)
    assert made[["term", "level_name"]].to_numpy().tolist() == [
        ["Ward", ""],
        ["Service", "left out: nobody of a level had reached the second day"],
        ["Year", "left out: it does not vary"],
    ]
    assert made["value"].isna().tolist() == [False, True, True]
    none = ratios.iloc[:0]
    none.attrs["reason"] = "No model: no finite estimate."
    assert waiting.with_left_out(run, frame, none)["level_name"].tolist() == [
        "No model: no finite estimate.",
        *made["level_name"].iloc[1:],
    ]


def test_the_focus_and_the_points_are_those_of_the_plan(trust_run):
    run = planned(trust_run, one(), days=[30])
    assert (waiting.focus(run), waiting.points(run)) == ("Service", [30])


def test_the_frame_can_be_fitted_and_the_estimate_is_that_of_the_days(trust_run):
    """Three of each service at days 2, 4, 6 and 3, 5, 7, all reached: the partial likelihood of
    the one ratio h is h^3 / ((3+3h)(3+2h)... ) and its maximum is found by a plain search."""
    first = pd.Timestamp("2013-05-02")
    waits = {"ld": (2, 4, 6), "older_mh": (3, 5, 7)}
    deaths = [
        one(f"{service}{wait}", service=service, final=first + pd.Timedelta(days=wait))
        for service, days in waits.items()
        for wait in days
    ]
    frame = waiting.model_frame(planned(trust_run, *deaths))
    fit = cox.cox(frame, terms=["Service"])
    beta = np.linspace(-5, 5, 100_001)
    ratio, total = np.exp(beta), np.zeros_like(beta)
    for day in range(2, 8):
        ld, older = (sum(wait >= day for wait in waits[name]) for name in ("ld", "older_mh"))
        total += (beta if day in waits["ld"] else 0.0) - np.log(ld * ratio + older)
    best = float(np.exp(beta[total.argmax()]))
    row = fit.coefficients.set_index("level_name").loc["Learning disability"]
    assert row["value"] == pytest.approx(best, rel=2e-4)


def test_without_a_plan_there_is_no_model(trust_run):
    assert waiting.model_frame(trust_run).empty
    assert waiting.terms(trust_run, waiting.model_frame(trust_run)) == []
    none = pd.DataFrame(columns=["term", "level_name"])
    assert waiting.with_left_out(trust_run, waiting.model_frame(trust_run), none).empty
    assert (waiting.focus(trust_run), waiting.points(trust_run)) == ("", [])


def test_a_period_without_deaths_has_an_empty_frame(trust_run, over):
    nobody = over(planned(trust_run, one()), "2012-04-01", "2012-04-30")
    frame = waiting.model_frame(nobody)
    assert frame.empty
    assert waiting.terms(nobody, frame) == []


def test_a_register_of_finished_reports_holds_no_open_ones(run):
    """Every record of the shipped register reached its report."""
    frame = waiting.model_frame(run)
    assert len(frame) > 300
    assert frame["observed"].eq(1).all()
    assert frame["cause"].eq(waiting.DONE).all()
    assert frame["Place of death"].cat.categories[0] == "Hospital"


def test_every_column_that_counts_as_known_can_be_a_term(trust_run):
    """A name in the list that no death has would be refused only when the model is run."""
    run = planned(trust_run, one(), terms={name: name for name in sorted(KNOWN_AT_DEATH)},
                  focus="sex")  # fmt: skip
    assert set(KNOWN_AT_DEATH) <= set(waiting.model_frame(run))


def test_what_became_known_after_the_death_is_not_on_the_list():
    """The category, what a review found, how the news of the death came."""
    late = {"expectedness", "mazars_code", "underlying_icd10", "cause_status", "registration_date",
            "date_trust_knew", "dod_source", "closed_on_death", "in_scope"}  # fmt: skip
    assert late & KNOWN_AT_DEATH == set()


def test_the_plan_is_not_changed_by_its_use(trust_run):
    run = planned(trust_run, one("A"), one("B", final=None))
    before = dataclasses.replace(run)
    waiting.model_frame(run)
    assert run.case.waiting == before.case.waiting
    assert run.extract.tables["deaths"].equals(before.extract.tables["deaths"])
