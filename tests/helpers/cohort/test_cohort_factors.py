"""Who was investigated: the records, levels and characteristics of the model, by hand."""

import dataclasses

import pandas as pd
import pytest
from trusts import Trust, untouched

from helpers import start
from helpers.case import load
from helpers.cohort import factors
from helpers.cohort.factors import Study
from helpers.errors import InputError


@pytest.fixture(scope="module")
def trust_run(tmp_path_factory):
    """Of four unexpected deaths Ann's and Bob's were investigated, Finn's and Iris's not."""
    return untouched(tmp_path_factory)


def planned(run, **plan):
    """The run with another plan of its model."""
    factors_ = run.case.factors.model_copy(update=plan)
    return dataclasses.replace(run, case=run.case.model_copy(update={"factors": factors_}))


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
    terms = {"In-patient": "inpatient_at_death", "Year": "year"}
    made = factors.study(planned(trust_run, terms=terms, reference={}, among="reported")).frame
    assert made["In-patient"].tolist() == [0, 0, 1, 0, 0]  # Eve
    assert made["Year"].tolist() == ["2012", "2012", "2012", "2013", "2013"]  # April to March


def test_a_death_of_whom_a_characteristic_is_not_recorded_is_left_out_and_counted(trust_run):
    run = with_deaths(trust_run, age={ANN: pd.NA})
    assert len(factors.study(run).frame) == 3
    standing = factors.standing(run)
    assert standing["numerator"].tolist() == [2, 1, 3]
    assert standing["status"].tolist() == [
        "not in the model", "a characteristic not recorded", "in the model",
    ]  # fmt: skip
    assert standing["denominator"].tolist() == [6, 6, 6]


def test_a_characteristic_in_words_that_is_not_recorded_is_no_level_of_its_own(trust_run):
    """An ethnic category that nobody wrote down is not a category called nan."""
    known = {death: "A" for death in trust_run.people["death_id"] if death != ANN}
    run = with_deaths(planned(trust_run, terms={"Ethnic group": "ethnic_category"}, reference={}),
                      ethnic_category=known)  # fmt: skip
    made = factors.study(run).frame
    assert "nan" not in set(made["Ethnic group"])
    assert len(made) == 3


def test_a_team_that_is_not_recorded_leaves_the_death_out(trust_run):
    assert len(factors.study(with_deaths(trust_run, team={ANN: None})).frame) == 3


def test_standing_adds_up_to_all_deaths(trust_run):
    made = factors.standing(trust_run)
    assert made["numerator"].sum() == 6
    assert made["standing"].iloc[1] == "categorised as unexpected by the trust"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Sex: sex}", "Mood: mood}"),
        ("outcome: investigated", "outcome: mourned"),
        ("among: unexpected\n  terms", "among: missed\n  terms"),
        ("cluster: team", "cluster: wards"),
    ],
    ids=["term", "outcome", "among", "cluster"],
)
def test_a_plan_that_names_what_is_not_there_is_refused_by_name(
    trust_run, tmp_path, monkeypatch, old, new
):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    trust = Trust(tmp_path / "project")
    trust.edit(old, new)
    trust.write()
    with pytest.raises(InputError):
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
        "Class": "all or none of the deaths of a level have the outcome",
    }
    assert factors.terms(STUDY) == ["Sex", "Day", "Age"]


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


def test_a_period_in_which_nobody_died_has_nothing_to_model(trust_run, over):
    nobody = over(trust_run, "2012-04-01", "2012-04-30")
    made = factors.study(nobody)
    assert made.frame.empty
    assert factors.standing(nobody).empty
    assert factors.crude(made).empty
    assert factors.left_out(made)["numerator"].sum() == 0
