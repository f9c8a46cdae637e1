"""What case.yml says is checked before a data file is opened, and each fault is named."""

import re
from datetime import date

import pytest
import yaml
from trusts import Trust

import helpers
from helpers import case
from helpers.casefile import Provider, Target
from helpers.chain import STEPS
from helpers.errors import InputError
from helpers.rules.definitions import CATEGORIES, CAUSES, national_changes


def refused(name="small"):
    with pytest.raises(InputError) as error:
        case.load(name)
    problems = error.value.problems
    assert all(len(str(problem).splitlines()) == 1 for problem in problems)
    return problems


def rewrite(project, change):
    """Change case.yml as data."""
    path = project.folder / "case.yml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(raw)
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")


def test_the_shipped_case_is_as_it_should_be(run):
    assert run.case.id == "coroners"
    assert run.case.data_status == "real"
    assert [source.layout for source in run.case.sources] == ["annual_counts", "records", "records"]


def test_a_misspelt_key_is_named_with_its_place(project):
    rewrite(project, lambda raw: raw["sources"][0].update(fiel="counts.csv"))
    (problem,) = refused()
    assert problem.where == "data/small/case.yml, sources.0.fiel"


def test_a_missing_key_is_named_with_its_place(project):
    rewrite(project, lambda raw: raw["indicators"][0].pop("definition"))
    (problem,) = refused()
    assert problem.where == "data/small/case.yml, indicators.0.definition"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("period", "2018"),
        ("extract_date", "yesterday"),
        ("profiles", "open"),
        ("case_version", 2),
        ("data_status", "true"),
        ("sources", {}),
    ],
)
def test_a_value_of_the_wrong_type_is_named_with_its_place(project, key, value):
    rewrite(project, lambda raw: raw.update({key: value}))
    assert refused()[0].where == f"data/small/case.yml, {key}"


def test_every_fault_is_named_and_not_only_the_first(project):
    def change(raw):
        raw["titel"] = raw.pop("title")
        raw["period"]["start"] = "2018-02-30"
        raw["sources"][1]["layout"] = "list"

    rewrite(project, change)
    assert {problem.where.split(", ")[1] for problem in refused()} == {
        "title",
        "titel",
        "period.start",
        "sources.1.layout",
    }


def test_every_file_that_is_not_there_is_named(project):
    for name in ("counts.csv", "places.csv", "published.csv"):
        (project.folder / name).unlink()
    assert [problem.where for problem in refused()] == [
        "data/small/counts.csv",
        "data/small/places.csv",
        "data/small/published.csv",
    ]


@pytest.mark.parametrize("text", ["a: [1", "", "- just\n- a list\n", "words\n", "\t"])
def test_what_is_no_case_is_refused_in_one_line(project, text):
    (project.folder / "case.yml").write_text(text, encoding="utf-8")
    (problem, *_) = refused()
    assert problem.where.startswith("data/small/case.yml")


def test_a_case_in_another_encoding_is_refused(project):
    (project.folder / "case.yml").write_bytes("title: Siân".encode("windows-1252"))
    (problem,) = refused()
    assert problem.where == "data/small/case.yml"


def test_an_unknown_case_is_refused_with_those_there_are(project):
    (problem,) = refused("coronors")
    assert "'coronors'" in problem.what
    assert "small" in problem.mend
    assert project.folder.name in helpers.cases()


def test_the_cases_are_the_folders_that_hold_a_case(project):
    (project.home / "data" / "notes").mkdir()
    (project.home / "data" / "another").mkdir()
    (project.home / "data" / "another" / "case.yml").write_text("", encoding="utf-8")
    assert case.available() == ["another", "small"]


def test_a_project_without_data_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path))
    with pytest.raises(InputError, match="INQUIRY_HOME"):
        case.project_root()


def test_the_project_is_found_whatever_the_working_directory(tmp_path, monkeypatch):
    monkeypatch.delenv("INQUIRY_HOME", raising=False)
    monkeypatch.chdir(tmp_path)
    assert "coroners" in case.available()


def test_an_unknown_indicator_is_refused_with_those_there_are(run):
    with pytest.raises(InputError, match="post_mortem_share"):
        run.case.indicator("post_mortems_share")


def test_the_files_of_a_case_are_listed_once_each(project):
    assert case.files(case.load("small")) == [
        "case.yml",
        "counts.csv",
        "measures.csv",
        "reports.csv",
        "places.csv",
        "kinds.csv",
        "published.csv",
        "plan.yml",
    ]
    assert {path.name for path in project.folder.iterdir()} == set(case.files(case.load("small")))


def test_counts_without_a_file_of_measures_are_refused_in_words(project):
    """The layout annual_counts cannot be read without `measures` and `year`."""
    rewrite(project, lambda raw: raw["sources"][0].pop("measures"))
    with pytest.raises(InputError):
        helpers.start(case="small")


def test_a_derived_column_without_patterns_is_refused_in_words(project):
    rewrite(
        project, lambda raw: raw["sources"][1]["derived"]["recipient_kind"].pop("patterns_file")
    )
    with pytest.raises(InputError):
        helpers.start(case="small")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("numerator: opened", "numerator: openned"),
        ("denominator: reported", "denominator: reportd"),
        ("from: death, to: opened", "from: deaht, to: opened"),
        ("delays:\n  register: reports", "delays:\n  register: report"),
        ("replies:\n  register: reports", "replies:\n  register: report"),
        ("period_milestone: report", "period_milestone: reported"),
    ],
)
def test_a_case_that_names_what_it_does_not_have_is_refused(project, old, new):
    """Else an exhibit says that the records hold nothing, which is not true."""
    project.edit("case.yml", old, new)
    with pytest.raises(InputError):
        helpers.start(case="small")


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("case.yml", "reported, format: '%d/%m/%Y'", "reported, format: '%d/%Q/%Y'"),
        ("case.yml", r"'\d{4}-\d{4}'", r"'(\d'"),
        ("case.yml", "  - id: reports", "  - id: counts"),
        ("case.yml", "profiles: [internal, open]", "profiles: []"),
        ("kinds.csv", "^trust", "(trust"),
        (
            "kinds.csv",
            "pattern,kind\n^trust,Trust\ncouncil,Local authority\nprison,Prison\n",
            "kind\ntrust\n",
        ),
        ("measures.csv", "reported,2018,2020", "reported,,2020"),
        ("measures.csv", "reported,2018,2020", "reported,2020,2018"),
    ],
    ids=[
        "format of a date",
        "pattern of a reference",
        "two sources with one id",
        "no profile",
        "pattern of a kind",
        "patterns without kinds",
        "measure without a first year",
        "measure that ends before it begins",
    ],
)
def test_a_rule_that_cannot_be_applied_is_refused_in_words(project, file, old, new):
    project.edit(file, old, new)
    with pytest.raises(InputError):
        helpers.start(case="small")


# ---- Crosswalk, alternatives, maturity, parameters ----------------------------------------------

WALK = [
    "version,trust_category,cause,mazars,note",
    *(f"1,{category},{cause},not mappable," for category in CATEGORIES for cause in CAUSES),
]


def crosswalk(project, *lines):
    """Give the small case a crosswalk."""
    (project.folder / "walk.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    project.add("case.yml", "crosswalk: walk.csv")


def not_started():
    """Problems for which the small case does not start, each in one line with its mend."""
    with pytest.raises(InputError) as error:
        helpers.start(case="small")
    assert all(len(str(one).splitlines()) == 1 and one.mend for one in error.value.problems)
    return [(one.what, one.where) for one in error.value.problems]


def test_a_crosswalk_is_a_file_of_the_case_with_its_hash(project):
    crosswalk(project, *WALK)
    assert "walk.csv" in case.files(case.load("small"))
    assert "walk.csv" in set(helpers.start(case="small").extract.inputs["file"])


def test_a_crosswalk_that_is_not_there_is_named(project):
    project.add("case.yml", "crosswalk: walk.csv")
    (problem,) = refused()
    assert problem.where == "data/small/walk.csv"


def test_a_bad_crosswalk_is_refused_at_intake_with_every_other_problem(project):
    crosswalk(project, *WALK[:2], "1,expected,unnatural,EX,", *WALK[4:])
    project.edit("case.yml", "numerator: opened", "numerator: openned")
    found = not_started()
    assert found[:2] == [
        ("mazars is 'EX'", "walk.csv, row 3"),
        ("the pair expected and unknown is missing", "walk.csv, no row"),
    ]
    assert "'openned'" in found[2][0]


def test_nothing_is_run_or_written_with_a_bad_crosswalk(project, capsys):
    crosswalk(project, *WALK, WALK[-1])
    before = project.tree()
    assert project.inquiry("run", "small") == 2
    assert project.tree() == before
    assert "walk.csv, rows 13, 14" in capsys.readouterr().err


@pytest.mark.parametrize(("key", "other"), [("counted", "out_of"), ("out_of", "counted")])
def test_alternatives_that_are_no_measures_are_refused_at_intake(project, key, other):
    rewrite(
        project,
        lambda raw: raw.update(alternatives={key: ["opened", "reportd"], other: ["reported"]}),
    )
    assert not_started() == [("alternatives name 'reportd', which is not a measure", "case.yml")]


def test_alternatives_need_something_on_both_sides(project):
    rewrite(project, lambda raw: raw.update(alternatives={"counted": [], "out_of": ["reported"]}))
    (problem,) = refused()
    assert problem.where == "data/small/case.yml, alternatives.counted"


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"register": "report"}, "register 'report' is not the id of a source"),
        ({"known": "registration"}, "source reports has no milestone 'registration'"),
        ({"event": "deaht"}, "source reports has no milestone 'deaht'"),
        ({"register": "counts"}, "source counts has no milestone 'death'"),
    ],
)
def test_a_maturity_between_days_that_its_register_does_not_hold_is_refused(project, values, named):
    rule = {"register": "reports", "event": "death", "known": "report", "cannot_show": "Why."}
    rewrite(project, lambda raw: raw.update(maturity=rule))
    assert case.load("small").maturity.period == "quarter"
    rewrite(project, lambda raw: raw.update(maturity=rule | values))
    (problem,) = refused()
    assert named in problem.what


@pytest.mark.parametrize("share", [0, 1, 1.5])
def test_a_maturity_that_none_or_all_must_reach_is_refused(project, share):
    rule = {"register": "reports", "known": "report", "cannot_show": "Why.", "share": share}
    rewrite(project, lambda raw: raw.update(maturity=rule))
    (problem,) = refused()
    assert problem.where == "data/small/case.yml, maturity.share"


def test_days_of_a_trusts_own_table_need_not_be_declared(tmp_path, monkeypatch):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    trust = Trust(tmp_path / "project")
    trust.case += (
        "maturity: {register: patients, event: death, known: registration, cannot_show: Why}\n"
    )
    trust.write()
    assert case.load(trust.name).maturity.known == "registration"


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"baseline_periods": 1}, ["parameter baseline_periods"]),
        (
            {"baseline_periods": 1, "grain": "week"},
            ["parameter baseline_periods", "parameter grain"],
        ),
        ({"chart_indicater": "opened_share"}, ["parameter chart_indicater"]),
    ],
)
def test_parameters_of_a_case_are_checked_as_those_of_a_notebook_are(project, values, where):
    """A name that no notebook knows would be left out, and its default stand unseen."""
    rewrite(project, lambda raw: raw.update(parameters=values))
    assert [place for _, place in not_started()] == where


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


# ---- Targets ------------------------------------------------------------------------------------

TARGET = {"value": 0.9, "better": "increase", "source": "Policy of 2014, section 3"}


def test_an_indicator_may_have_a_target_that_is_said_with_its_definition(project):
    rewrite(project, lambda raw: raw["indicators"][0].update(target=TARGET))
    indicator = case.load("small").indicators[0]
    assert indicator.target.value == 0.9
    assert indicator.text == (
        "Inquests opened out of deaths reported in the year. "
        "Target: at least 90% (Policy of 2014, section 3)."
    )
    assert Target(**TARGET | {"better": "decrease", "value": 0.005}).words == "at most 0.5%"


@pytest.mark.parametrize(
    ("values", "where"),
    [
        ({"value": 90}, "value"),
        ({"better": "neither"}, "better"),
        ({"source": ""}, "source"),
    ],
)
def test_a_target_that_nobody_set_or_that_is_no_share_is_refused(project, values, where):
    """A percentage is given as a share; which way is better, and who set it, must be said."""
    rewrite(project, lambda raw: raw["indicators"][0].update(target=TARGET | values))
    (problem,) = refused()
    assert problem.where.endswith(f"target.{where}")


def test_the_shipped_cases_have_no_target(run):
    """Nobody set one for a share of deaths, and none is made up."""
    assert all(indicator.target is None for indicator in run.case.indicators)


# ---- Breaks -------------------------------------------------------------------------------------


def test_only_a_case_that_names_a_provider_has_national_changes(project):
    assert case.load("small").all_breaks == []
    project.add("case.yml", "breaks: [{date: 2019-05-01, note: Moved, measures: [opened_share]}]")
    (only,) = case.load("small").all_breaks
    assert (only.note, only.rebase) == ("Moved", False)


def test_breaks_of_the_case_the_trust_and_the_nation_stand_in_order(project):
    """Each touches its steps and the indicators that are made of them."""
    rewrite(
        project,
        lambda raw: raw.update(
            breaks=[{"date": "2016-01-01", "note": "Ours", "measures": ["x"], "rebase": True}],
            provider={"psirf_go_live": "2023-11-01"},
        ),
    )
    made = case.load("small").all_breaks
    national = national_changes()
    days = [*national["date"], date(2016, 1, 1), date(2023, 11, 1)]
    assert [one.date for one in made] == sorted(days)
    assert [one.note for one in made if one.rebase] == ["Ours"]
    notes = {one.note: one.measures for one in made}
    # `reported` is a step of the chain and, here, the denominator of opened_share.
    covid = next(words for note, words in notes.items() if note.startswith("Covid-19"))
    assert covid[-1] == "opened_share"
    sif = next(words for note, words in notes.items() if note.endswith("(March 2013)"))
    assert sif == ["siri"]
    psirf = next(words for note, words in notes.items() if note.startswith("PSIRF"))
    assert psirf == [*STEPS, "opened_share"]


def test_a_day_that_a_trust_has_not_reached_breaks_nothing():
    assert Provider() == Provider(psirf_go_live=None, lfpse_go_live=None)


def test_the_shipped_trust_is_broken_where_the_framework_changed():
    breaks = case.load("southern_health").all_breaks
    march = [one for one in breaks if one.date == date(2013, 3, 1)]
    assert len(march) == 1
    assert {"siri_of_reported", "siri_of_investigated"} <= set(march[0].measures)
    assert all(re.search(r"\w", one.note) for one in breaks)
