"""Ways, limits and models of a case: what leads nowhere or came too late to explain is refused."""

import pytest
import yaml
from changed_case import not_started, refused, rewrite
from trusts import Trust

from helpers import case

# ---- Stages, limits, waiting --------------------------------------------------------------------


WAY = {
    "opened": "opened",
    "path": [{"milestone": "opened", "label": "Until opened"}],
    "report": "report",
    "clocks": ["death"],
}
PLAN = {
    "interval": "death_to_report",
    "terms": {"Place": "place"},
    "focus": "Place",
    "cannot_show": "Why.",
}


@pytest.fixture
def trust(tmp_path, monkeypatch):
    """The trust of nine people, to which entries of the case may be added."""
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    return Trust(tmp_path / "project")


def added(trust, **entries):
    """Write the case of the trust with more entries."""
    trust.write()
    text = trust.case + yaml.safe_dump(entries)
    (trust.folder / "case.yml").write_text(text, encoding="utf-8")


def test_a_way_has_what_it_does_not_say_by_rule(project):
    rewrite(project, lambda raw: raw.update(stages=WAY))
    made = case.load("small").stages
    assert (made.start, made.among, made.horizon) == ("death", "deaths", 730)
    assert [(one.milestone, one.among) for one in made.path] == [("opened", "deaths")]


@pytest.mark.parametrize(
    "values",
    [
        {"start": "deaht"},
        {"opened": "openned"},
        {"report": "repport"},
        {"clocks": ["death", "opend"]},
        {"path": [{"milestone": "concluded", "label": "Until concluded"}]},
    ],
    ids=["start", "opened", "report", "clocks", "path"],
)
def test_a_way_over_a_milestone_that_no_source_has_is_refused_with_its_name(project, values):
    rewrite(project, lambda raw: raw.update(stages=WAY | values))
    (problem,) = refused()
    name = next(iter(values.values()))
    name = name[-1] if isinstance(name, list) else name
    name = name["milestone"] if isinstance(name, dict) else name
    assert f"stages: no source has milestone {name!r}" in problem.what


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"among": "investigatd"}, "stages: among is 'investigatd'"),
        (
            {"path": [{"milestone": "opened", "label": "Until opened", "among": "sirii"}]},
            "stages: opened: among is 'sirii'",
        ),
    ],
)
def test_a_way_of_a_step_that_does_not_exist_is_refused_with_those_there_are(
    project, values, named
):
    rewrite(project, lambda raw: raw.update(stages=WAY | values))
    (problem,) = refused()
    assert named in problem.what
    assert "investigated" in problem.what


@pytest.mark.parametrize(
    ("values", "where"),
    [({"path": []}, "stages.path"), ({"horizon": 0}, "stages.horizon")],
)
def test_a_way_needs_a_stage_and_days(project, values, where):
    rewrite(project, lambda raw: raw.update(stages=WAY | values))
    (problem,) = refused()
    assert problem.where == f"data/small/case.yml, {where}"


def test_limits_have_the_table_of_the_suite_where_the_case_names_none(project):
    rewrite(project, lambda raw: raw.update(limits={}))
    made = case.load("small").limits
    assert (made.file, made.headline, made.local_to, made.legitimate) == (None, "report", "", [])
    assert "time_limits.csv" not in case.files(case.load("small"))


def test_a_table_of_limits_is_a_file_of_the_case(project):
    rewrite(project, lambda raw: raw.update(limits={"file": "mine.csv"}))
    (problem,) = refused()
    assert problem.where == "data/small/mine.csv"
    (project.folder / "mine.csv").write_text("id\n", encoding="utf-8")
    assert "mine.csv" in case.files(case.load("small"))
    found = not_started()
    assert [where for _, where in found] == ["mine.csv, row 1"]


def test_a_model_of_a_register_may_use_what_is_settled_before_the_report(project):
    rewrite(project, lambda raw: raw.update(waiting=PLAN))
    assert case.load("small").waiting.days == [183, 365]


@pytest.mark.parametrize("column", ["status", "reply_count", "recipient_kind", "service"])
def test_a_model_of_a_register_with_what_became_known_later_is_refused(project, column):
    """How the report was answered cannot have delayed it."""
    rewrite(project, lambda raw: raw.update(waiting=PLAN | {"terms": {"Place": column}}))
    (problem,) = refused()
    assert f"waiting: {column!r} is not settled when the clock starts" in problem.what
    assert "declared" in problem.what


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"interval": "death_to_inquest"}, "waiting: 'death_to_inquest' is not the id of"),
        ({"focus": "service"}, "waiting: focus 'service' is not one of the terms"),
    ],
)
def test_a_model_that_leads_nowhere_is_refused(project, values, named):
    rewrite(project, lambda raw: raw.update(waiting=PLAN | values))
    (problem,) = refused()
    assert named in problem.what


DEATHS = PLAN | {"interval": "death_to_final", "focus": "Sex"}


def test_a_model_of_deaths_may_use_what_was_known_on_the_day(trust):
    terms = {"Sex": "sex", "Ward": "inpatient_at_death", "Age": "age_decade", "Year": "year"}
    added(trust, waiting=DEATHS | {"terms": terms})
    assert case.load(trust.name).waiting.terms == terms


@pytest.mark.parametrize(
    "column", ["expectedness", "mazars_code", "cause_status", "registration_date", "dod_source"]
)
def test_a_model_of_deaths_with_what_became_known_later_is_refused_unless_declared(trust, column):
    """Whoever waited longer had more time to get the category, or the cause."""
    plan = DEATHS | {"terms": {"Sex": "sex", "Late": column}}
    added(trust, waiting=plan)
    (problem,) = refused(trust.name)
    assert f"waiting: {column!r} is not settled when the clock starts" in problem.what
    added(trust, waiting=plan | {"declared": [column]})
    assert case.load(trust.name).waiting.declared == [column]


def test_a_late_column_of_a_model_of_times_may_be_declared_with_a_reason(trust):
    plan = DEATHS | {"terms": {"Sex": "sex", "Late": "expectedness"}}
    added(trust, waiting=plan | {"declared": {"expectedness": "Given on the day of the report."}})
    assert list(case.load(trust.name).waiting.declared) == ["expectedness"]
    added(trust, waiting=plan | {"declared": {"expectedness": ""}})
    (problem,) = refused(trust.name)
    assert "waiting: declared 'expectedness' has no reason" in problem.what


# ---- What may explain an outcome ----------------------------------------------------------------


SEX = "Sex: {column: sex}"


@pytest.mark.parametrize("column", ["expectedness", "mazars_code", "registration_date"])
def test_a_characteristic_that_is_not_settled_at_death_is_refused(trust, column):
    trust.edit_plan(SEX, f"{SEX}\n  Late: {{column: {column}}}")
    trust.write()
    (problem,) = refused(trust.name)
    assert f"plan.yml: {column!r} is not settled on the day of death" in problem.what


def test_a_late_characteristic_may_be_declared_with_a_reason(trust):
    late = "Category: {column: expectedness, declared: The inquiry asks for it.}"
    trust.edit_plan(SEX, f"{SEX}\n  {late}")
    trust.write()
    assert case.load(trust.name).plan.terms["Category"].declared == "The inquiry asks for it."


@pytest.mark.parametrize("name", ["Keyworker", "Nurse on the shift", "Recorded by"])
def test_a_characteristic_that_says_who_of_the_staff_it_was_is_refused(trust, name):
    trust.edit_plan(SEX, f"{SEX}\n  {name}: {{column: team}}")
    trust.write()
    (problem,) = refused(trust.name)
    assert f"plan.yml: {name.lower()!r} says who of the staff it was" in problem.what


def test_a_column_that_is_read_from_a_header_of_staff_is_refused_in_every_model(trust):
    """Under the name of a team, but for the file it is who wrote the record."""
    trust.edit("team: {from: Team}", "team: {from: Entered By}")
    trust.write()
    (problem,) = refused(trust.name)  # the teams of the plan are its clusters
    assert "plan.yml: 'entered by' says who of the staff it was" in problem.what
    trust.edit_plan("cluster: team", "cluster: service")
    added(trust, waiting=DEATHS | {"terms": {"Sex": "sex", "Team": "team"}})
    (problem,) = refused(trust.name)
    assert "waiting: 'entered by' says who of the staff it was" in problem.what


@pytest.mark.parametrize("days", [[], "soon"])
def test_a_model_needs_days_at_which_its_chances_are_given(project, days):
    rewrite(project, lambda raw: raw.update(waiting=PLAN | {"days": days}))
    (problem,) = refused()
    assert problem.where == "data/small/case.yml, waiting.days"
