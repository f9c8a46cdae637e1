"""What case.yml says is checked before a data file is opened, and each fault is named."""

import pytest
from changed_case import refused, rewrite

import helpers
from helpers import case
from helpers.errors import InputError


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
