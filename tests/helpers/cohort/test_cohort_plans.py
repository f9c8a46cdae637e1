"""The plan beside what was run, and what the checks are made with: by hand, on a small trust."""

import dataclasses

import pandas as pd
import pytest

from helpers.cohort import factors, plans, samples, sureness
from helpers.planfile import Control, Fixed, Missing, Term


def planned(run, **plan):
    """The run with another plan."""
    changed = run.case.plan.model_copy(update=plan)
    return dataclasses.replace(run, case=run.case.model_copy(update={"plan": changed}))


def told(**values):
    row = {"id": "investigated", "estimator": "maximum likelihood", "n": 4, "events": 2,
           "separated": "", "reason": ""}  # fmt: skip
    return pd.DataFrame([row | values])


def items(run, frame):
    return plans.kept(run, frame).set_index("item")


def test_what_was_run_as_planned_says_so(trust_run):
    made = items(trust_run, told())
    row = made.loc["Model: Investigated, of those unexpected"]
    assert row["ran"] == "maximum likelihood, 4 records, 2 with the outcome"
    assert row["deviation"] == "as planned"
    assert made.loc["Term: Service", "planned"] == "Service, against Learning disability"
    assert made.loc["Term: Age (per 10 years)", "ran"] == "in the model"


def test_a_plan_that_was_not_fixed_is_a_deviation_and_a_fixed_one_is_not(trust_run):
    loose = items(trust_run, told()).loc["When it was fixed"]
    assert loose["deviation"] == "nothing shows that the plan came before the results"
    fixed = Fixed(sha256="0" * 64, on="2016-02-01", by="analyst")
    made = items(planned(trust_run, fixed=fixed), told()).loc["When it was fixed"]
    assert made["planned"] == "fixed on 1 February 2016 by analyst"
    assert made["deviation"] == "as planned"


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"separated": "Service: Adult"}, "separated by Service: Adult"),
        ({"n": 3}, "1 records lack a characteristic"),
        ({"reason": "No model: too few."}, "No model: too few."),
    ],
)
def test_what_differs_from_the_plan_is_named(trust_run, values, words):
    row = items(trust_run, told(**values)).loc["Model: Investigated, of those unexpected"]
    assert words in row["deviation"]


def test_a_term_that_could_not_enter_and_a_model_added_later_are_named(trust_run):
    later = trust_run.case.plan.head.model_copy(
        update={"id": "later", "label": "Later", "post_hoc": "Asked for by the families."}
    )
    run = planned(trust_run, least=3, post_hoc=[later])
    frame = pd.concat([told(), told(id="later")])
    made = items(run, frame)
    assert made.loc["Term: Service", "deviation"] == "as planned"
    assert made.loc["Model: Later", "deviation"] == "post hoc: Asked for by the families."
    chain = plans.chain(run, frame)
    assert chain["model"].tolist() == ["Investigated, of those unexpected", "Later (post hoc)"]
    assert chain[["numerator", "denominator"]].iloc[0].tolist() == [2, 4]


def test_each_model_is_fitted_with_its_own_records(trust_run):
    asked = plans.asked(trust_run)
    assert list(asked) == ["investigated"]
    options = asked["investigated"]
    assert options["outcome"] == "investigated"
    assert options["cluster"] == "team"
    assert len(options["frame"]) == 4
    assert plans.firsts(trust_run) == {"investigated": "Service"}
    assert plans.headline(trust_run) == "investigated"


def test_a_curve_is_fitted_only_where_the_plan_asks_and_the_number_is_there(trust_run):
    assert plans.bent(trust_run)["term"] == ""
    made = plans.bent(planned(trust_run, curves={"Age (per 10 years)": 4}))
    assert (made["term"], made["knots"], len(made["frame"])) == ("Age (per 10 years)", 4, 4)
    assert made["per"] == 10


def test_a_case_without_a_plan_has_nothing_to_check(trust_run):
    bare = dataclasses.replace(trust_run, case=trust_run.case.model_copy(update={"plan": None}))
    assert plans.kept(bare, told()).empty
    assert plans.asked(bare) == {}
    assert plans.headline(bare) == ""
    assert sureness.compared(bare) == {}
    assert sureness.incomplete(bare) == {}
    assert sureness.control(bare) == {}
    assert sureness.chosen(bare) == ("", "")
    assert sureness.wrong(bare) == {"sensitivity": (1.0, 1.0), "specificity": (1.0, 1.0)}
    assert samples.frame(bare).empty


def test_sets_of_characteristics_and_what_is_left_out(trust_run):
    run = planned(
        trust_run, covariate_sets={"one": ["Service"], "all": ["Service", "Sex"]}, leave_out=["Sex"]
    )
    assert sureness.sets(run) == {"one": ["Service"], "all": ["Service", "Sex"]}
    assert sureness.chosen(run) == ("Investigated, of those unexpected", "all")
    assert sureness.leaves(run) == ["Sex"]
    assert sureness.clusters(run) == {0: "North", 1: "South"}


def test_characteristics_that_are_added_for_what_is_missing(trust_run):
    run = planned(trust_run, missing=Missing(adds={"Age band": Term(column="age_band")}, tilt=""))
    made = sureness.incomplete(run)
    assert "Age band" in made["frame"]
    assert set(made["columns"]) <= set(made["frame"])
    assert sureness.imputing(run) == {"imputations": 20, "iterations": 10}
    assert sureness.shifting(run)["column"] == ""


def test_a_control_outcome_takes_the_place_of_the_outcome(trust_run):
    control = Control(column="inpatient_at_death", label="In-patient", why="Settled before.")
    made = sureness.control(planned(trust_run, control=control))
    options = made["In-patient"]
    assert options["outcome"] == sureness.CONTROL
    assert options["frame"][sureness.CONTROL].isin([0, 1]).all()


def test_a_sample_is_drawn_from_the_records_of_the_first_model(trust_run):
    made = samples.frame(trust_run)
    study = factors.study(trust_run)
    assert made["id"].tolist() == study.frame["death_id"].tolist()
    assert made["stratum"].tolist() == study.frame["Service"].astype(str).tolist()


def test_single_records_are_listed_in_the_internal_profile_only(trust_run):
    drawn = pd.DataFrame({"stratum": ["a"], "place": [1], "id": ["x"]})
    open_ = dataclasses.replace(
        trust_run, parameters={**trust_run.parameters, "release_profile": "open"}
    )
    assert samples.listed(open_, drawn).empty
    inside = dataclasses.replace(
        trust_run, parameters={**trust_run.parameters, "release_profile": "internal"}
    )
    assert len(samples.listed(inside, drawn)) == 1
