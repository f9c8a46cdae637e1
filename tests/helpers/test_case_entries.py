"""What a case may hold besides: a crosswalk, alternatives, a maturity, targets and breaks."""

import re
from datetime import date

import pytest
from changed_case import not_started, refused, rewrite
from trusts import Trust

import helpers
from helpers import case
from helpers.casefile import Provider, Target
from helpers.chain import STEPS
from helpers.rules.definitions import CATEGORIES, CAUSES, national_changes

# ---- Crosswalk, alternatives, maturity, parameters ----------------------------------------------


WALK = [
    "version,trust_category,cause,mazars,note",
    *(f"1,{category},{cause},not mappable," for category in CATEGORIES for cause in CAUSES),
]


def crosswalk(project, *lines):
    """Give the small case a crosswalk."""
    (project.folder / "walk.csv").write_text("\n".join([*lines, ""]), encoding="utf-8")
    project.add("case.yml", "crosswalk: walk.csv")


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
