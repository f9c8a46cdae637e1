"""Who was investigated: the records, levels and characteristics of the model, by hand."""

import dataclasses

import pandas as pd
import pytest
from trusts import Trust

from helpers import start
from helpers.case import load
from helpers.cohort import factors
from helpers.cohort.factors import Study
from helpers.errors import InputError
from helpers.planfile import Term


def planned(run, **plan):
    """The run with another plan of its model."""
    held, model = run.case.plan, run.case.plan.head
    own = {name: plan.pop(name) for name in ("outcome", "among") if name in plan}
    changed = held.model_copy(update={**plan, "models": [model.model_copy(update=own)]})
    return dataclasses.replace(run, case=run.case.model_copy(update={"plan": changed}))


def with_deaths(run, **columns):
    """The run with some columns of its deaths replaced: by the id of a death."""
    deaths = run.extract.tables["deaths"].copy()
    for name, values in columns.items():
        for death, value in values.items():
            deaths.loc[deaths["death_id"].eq(death), name] = value
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, "deaths": deaths})
    return dataclasses.replace(run, extract=extract)


ANN, FINN = "patients:2012-13:2", "patients:2013-14:2"


# ---- The records --------------------------------------------------------------------------------


def test_the_records_are_the_deaths_among_which_the_case_asks(trust_run):
    made = factors.study(trust_run)
    assert made.frame.to_dict("list") == {
        "death_id": [ANN, "patients:2012-13:3", FINN, "patients:2013-14:5"],
        "investigated": [1, 1, 0, 0],
        "team": ["North", "South", "South", "North"],
        "Service": [
            "Learning disability",
            "Adult mental health",
            "Adult mental health",
            "Learning disability",
        ],  # fmt: skip
        "Age (per 10 years)": pytest.approx([6.1, 4.0, 3.3, 5.4]),
        "Sex": ["F", "M", "M", "F"],
    }
    assert made.covariates == ["Service", "Age (per 10 years)", "Sex"]
    assert (made.outcome, made.cluster, made.units) == ("investigated", "team", "deaths")


def test_the_level_that_others_are_compared_with_comes_first(trust_run):
    levels = factors.study(trust_run).frame["Service"].cat.categories.tolist()
    assert levels == ["Learning disability", "Adult mental health"]


def test_another_outcome_among_others(trust_run):
    """Who was reported, among all six deaths: all but Cora."""
    made = factors.study(planned(trust_run, outcome="reported", among="deaths"))
    assert made.frame["reported"].tolist() == [1, 1, 0, 1, 1, 1]


def test_what_a_person_has_or_lacks_is_one_or_nought_and_a_year_is_a_level(trust_run):
    terms = {"In-patient": Term(column="inpatient_at_death"), "Year": Term(column="year")}
    made = factors.study(planned(trust_run, terms=terms, among="reported")).frame
    assert made["In-patient"].tolist() == [0, 0, 1, 0, 0]  # Eve
    assert made["Year"].tolist() == ["2012", "2012", "2012", "2013", "2013"]  # April to March


def test_a_death_of_whom_a_characteristic_is_not_recorded_is_left_out_and_counted(trust_run):
    run = with_deaths(trust_run, age={ANN: pd.NA})
    study = factors.study(run)
    assert (len(study.frame), len(study.complete)) == (4, 3)
    crude = factors.crude(study)
    assert crude.loc[crude["level_name"].eq("not recorded"), "denominator"].tolist() == [1]
    standing = factors.standing(run)
    assert standing["numerator"].tolist() == [2, 1, 3]
    assert standing["status"].tolist() == [
        "not in the model", "a characteristic not recorded", "in the model",
    ]  # fmt: skip
    assert standing["denominator"].tolist() == [6, 6, 6]


def test_a_characteristic_in_words_that_is_not_recorded_is_no_level_of_its_own(trust_run):
    """An ethnic category that nobody wrote down is not a category called nan."""
    known = {death: "A" for death in trust_run.people["death_id"] if death != ANN}
    terms = {"Ethnic group": Term(column="ethnic_category")}
    study = factors.study(with_deaths(planned(trust_run, terms=terms), ethnic_category=known))
    assert study.frame["Ethnic group"].cat.categories.tolist() == ["A"]
    assert len(study.complete) == 3


def test_values_that_stand_for_nothing_recorded_are_missing_and_others_are_merged(trust_run):
    known = dict.fromkeys(trust_run.people["death_id"], "B") | {ANN: "Z", FINN: "A"}
    levels = {"A": "White", "B": "White"}
    term = Term(column="ethnic_category", reference="White", levels=levels, absent=["Z"])
    run = with_deaths(planned(trust_run, terms={"Ethnicity": term}), ethnic_category=known)
    made = factors.study(run).frame["Ethnicity"]
    assert made.isna().sum() == 1
    assert made.cat.categories.tolist() == ["White"]


def test_a_number_in_bands(trust_run):
    term = Term(column="age", bands=[40, 60])
    made = factors.study(planned(trust_run, terms={"Age": term})).frame["Age"]
    assert made.cat.categories.tolist() == ["1 to 40", "41 to 60", "61 or more"]
    assert made.tolist() == ["61 or more", "1 to 40", "1 to 40", "41 to 60"]


def test_another_model_of_the_plan_and_characteristics_that_are_added(trust_run):
    other = trust_run.case.plan.head.model_copy(update={"id": "reported", "outcome": "reported",
                                                        "among": "deaths"})  # fmt: skip
    plan = trust_run.case.plan.model_copy(update={"post_hoc": [other]})
    run = dataclasses.replace(trust_run, case=trust_run.case.model_copy(update={"plan": plan}))
    made = factors.study(run, model="reported", adds={"Ward": Term(column="team")})
    assert made.frame["reported"].tolist() == [1, 1, 0, 1, 1, 1]
    assert made.covariates[-1] == "Ward"
    assert made.focus == {}


def test_a_team_that_is_not_recorded_leaves_the_death_out(trust_run):
    assert len(factors.study(with_deaths(trust_run, team={ANN: None})).complete) == 3


def test_standing_adds_up_to_all_deaths(trust_run):
    made = factors.standing(trust_run)
    assert made["numerator"].sum() == 6
    assert made["standing"].iloc[1] == "categorised as unexpected by the trust"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Sex: {column: sex}", "Mood: {column: mood}"),
        ("Sex: {column: sex}", "Cause: {column: underlying_icd10}"),
        ("outcome: investigated", "outcome: mourned"),
        ("among: unexpected", "among: missed"),
        ("cluster: team", "cluster: wards"),
        ("headline: investigated", "headline: reviewed"),
    ],
    ids=["term", "settled late", "outcome", "among", "cluster", "headline"],
)
def test_a_plan_that_names_what_is_not_there_is_refused_by_name(
    trust_run, tmp_path, monkeypatch, old, new
):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    trust = Trust(tmp_path / "project")
    trust.edit_plan(old, new)
    trust.write()
    with pytest.raises(InputError, match="plan.yml"):
        factors.study(dataclasses.replace(trust_run, case=load("riverside")))


# ---- What enters the model ----------------------------------------------------------------------

FRAME = pd.DataFrame(
    {
        "seen": [1, 1, 1, 0, 0, 0, 0, 0],
        "ward": list("AABBAABB"),
        "Sex": list("FFMFMFMM"),  # both sexes were seen, and not
        "Same": ["x"] * 8,  # does not vary
        "Leave": [1, 0, 0, 0, 0, 0, 0, 0],  # one person only
        "Awake": [1, 1, 1, 1, 1, 1, 1, 0],  # all but one
        "Class": ["a", "a", "b", "b", "b", "b", "c", "c"],  # nobody of c was seen, all of a were
        "Day": [1, 1, 0, 1, 0, 0, 1, 0],
        "Age": [4.0, 5.1, 6.2, 3.3, 4.4, 5.5, 6.6, 7.7],
    }
)
NAMES = [name for name in FRAME if name not in {"seen", "ward"}]
STUDY = Study(FRAME, "seen", "ward", "deaths", {name: [name] for name in NAMES}, least=2)


def test_what_is_left_out_of_the_model_and_why():
    made = factors.left_out(STUDY).set_index("term")["reason"].to_dict()
    assert made == {
        "Same": "it does not vary",
        "Leave": "fewer than 2 deaths have it, or lack it",
        "Awake": "fewer than 2 deaths have it, or lack it",
    }
    # Nobody of one class was seen, all of another: the model says so, with a penalty.
    assert factors.terms(STUDY) == ["Sex", "Class", "Day", "Age"]
    assert factors.terms(STUDY, among=["Age", "Sex", "Same"]) == ["Sex", "Age"]
    assert factors.first(STUDY) == "Sex"


def test_where_nothing_is_left_out_the_table_says_so():
    made = factors.left_out(Study(FRAME, "seen", "ward", "deaths", {"Sex": ["Sex"]}, least=2))
    assert made.empty
    assert made.attrs["answer"] == "No characteristic was left out."


def test_shares_before_any_adjustment():
    """Three of eight were seen: two of four women, one of four men. A number has no row."""
    some = {name: [name] for name in ("Sex", "Day", "Age")}
    made = factors.crude(dataclasses.replace(STUDY, groups=some))
    assert made.to_numpy().tolist() == [
        ["All deaths", "", 3, 8], ["Sex", "F", 2, 4], ["Sex", "M", 1, 4], ["Day", "", 2, 4],
    ]  # fmt: skip


def test_levels_of_a_characteristic_sum_to_all(trust_run):
    made = factors.crude(factors.study(trust_run))
    service = made[made["term"].eq("Service")]
    assert service[["numerator", "denominator"]].sum().tolist() == [2, 4]


def test_the_named_results_come_in_the_order_of_the_plan():
    plan = {"Sex M": "of men rather than women", "Age": "of a person ten years older"}
    effects = pd.DataFrame({"name": ["Age", "Year 2012", "Sex M"], "value": [-0.5, 0.3, 0.0]})
    made = factors.focus(dataclasses.replace(STUDY, focus=plan), effects)
    assert made["phrase"].tolist() == list(plan.values())
    assert made["absolute"].tolist() == [0.0, 0.5]
    assert made["direction"].tolist() == ["more", "less"]


# ---- Cases without a model of deaths ------------------------------------------------------------


def test_a_case_without_a_plan_models_its_reports_or_nothing(project):
    small = start(case=project.name)
    assert factors.study(small).outcome == "no_complete_reply"
    bare = dataclasses.replace(small, case=small.case.model_copy(update={"plan": None}))
    assert factors.study(bare).frame.empty
    assert factors.crude(factors.study(bare)).empty


def test_a_period_in_which_nobody_died_has_nothing_to_model(trust_run, over):
    nobody = over(trust_run, "2012-04-01", "2012-04-30")
    made = factors.study(nobody)
    assert made.frame.empty
    assert factors.standing(nobody).empty
    assert factors.crude(made).empty
    assert factors.left_out(made)["numerator"].sum() == 0
