"""The command: what it refuses, in how many lines, with which status, and that nothing is written.

The command runs in this process on a small copied project.
"""

import pytest

import helpers

EXECUTED = "the notebooks were executed"


@pytest.fixture
def before(project, monkeypatch):
    """The project as it stands before a command; executing a notebook would be a failure."""

    def refuse(*_, **__):
        raise AssertionError(EXECUTED)

    monkeypatch.setattr("helpers.pack.execute.execute_all", refuse)
    return project.tree()


def refused(project, capsys, before, *arguments):
    """Run the command, and check what holds for every refusal; give its lines."""
    status = project.inquiry("run", *arguments)
    said = capsys.readouterr()
    assert status == 2
    assert said.out == ""
    assert project.tree() == before
    lines = said.err.splitlines()
    assert lines
    assert all(text.startswith("inquiry: ") for text in lines)
    assert "Traceback" not in said.err
    return lines


# ---- Bad parameters -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["--set", "levle=0.9"], "levle"),
        (["--set", "level=95"], "level"),
        (["--set", "level=high"], "level"),
        (["--set", "level"], "--set"),
        (["--set", "seed=1"], "seed"),  # known, but no notebook of this project declares it
        (["--start", "2020-06-01", "--end", "2020-01-01"], "period_end"),
        (["--start", "2017-01-01"], "period_start"),
        (["--end", "2021-12-31"], "period_end"),
        (["--start", "01/02/2019"], "period_start"),
        (["--start", "2019-02-30"], "period_start"),
        (["--notebook", "9_nothing"], "9_nothing"),
        (["--set", "funnel_indicator=opend_share"], "opend_share"),
        (["--set", "strata=county"], "county"),
        (["--set", "strata=[region, county]"], "county"),
        (["--set", "release_profile=public"], "public"),
    ],
)
def test_a_wrong_parameter_is_refused_in_one_line(project, capsys, before, arguments, named):
    (line,) = refused(project, capsys, before, "small", *arguments)
    assert named in line


def test_an_unknown_case_is_refused_in_one_line_with_those_there_are(project, capsys, before):
    (line,) = refused(project, capsys, before, "smal")
    assert "'smal'" in line
    assert "small" in line.split(":")[-1]


@pytest.mark.parametrize("name", ["../small", "small/../small", ""])
def test_a_case_is_a_name_and_no_path(project, capsys, before, name):
    assert len(refused(project, capsys, before, name)) == 1


def test_a_profile_that_the_case_does_not_permit_is_refused(project, capsys, monkeypatch):
    project.edit("case.yml", "profiles: [internal, open]", "profiles: [internal]")
    (line,) = refused(project, capsys, project.tree(), "small", "--set", "release_profile=open")
    assert "internal" in line


def test_every_problem_has_its_own_line(project, capsys, before):
    lines = refused(project, capsys, before, "small", "--notebook", "8_a", "--notebook", "9_b")
    assert [("8_a" in line, "9_b" in line) for line in lines] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--set", "case=other"],
        ["--start", "2019-01-01", "--set", "period_start=2018-01-01"],
    ],
)
def test_two_values_for_one_parameter_contradict_each_other(project, capsys, before, arguments):
    """One of them would be ignored without a word."""
    refused(project, capsys, before, "small", *arguments)


# ---- Bad files ----------------------------------------------------------------------------------


def spoil(old, new, file):
    return lambda project: project.edit(file, old, new)


def replace(file, content):
    return lambda project: (project.folder / file).write_bytes(content)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda project: (project.folder / "counts.csv").unlink(), ["counts.csv"]),
        (spoil("year,area", "Year,area", "counts.csv"), ["counts.csv", "year"]),
        (spoil("Northtown,North,100", "Northtown,North,1OO", "counts.csv"), ["'1OO'", "row 2"]),
        (spoil("Weston,South,70", "Weston,South,-70", "counts.csv"), ["'-70'", "row 11"]),
        (spoil("Weston,South,70", "Weston,South,7.5", "counts.csv"), ["'7.5'", "row 11"]),
        (replace("counts.csv", b""), ["counts.csv", "empty"]),
        (
            replace("counts.csv", b"year,area,region,reported,opened,suicide\n"),
            ["counts.csv", "no rows"],
        ),
        (
            replace("reports.csv", "ref\nSiân\n".encode("windows-1252")),
            ["reports.csv", "utf-8"],
        ),
        (spoil("Weston,South,50", "Weston,East,50", "counts.csv"), ["'East'", "region", "row 4"]),
        (spoil("0,overdue\n2020", "0,late\n2020", "reports.csv"), ["'late'", "state", "row 3"]),
        (spoil("10/06/2019", "31/06/2019", "reports.csv"), ["'31/06/2019'", "reported", "row 3"]),
        (spoil("2019-12-25", "2019-12-05", "reports.csv"), ["'2019-12-05'", "died", "row 4"]),
        (spoil(",350,", ",a lot,", "published.csv"), ["value"]),
        (spoil("title: A small", "titel: A small", "case.yml"), ["title"]),
    ],
    ids=[
        "missing file",
        "missing column",
        "letter in a number",
        "negative number",
        "fraction of a person",
        "empty file",
        "header only",
        "wrong encoding",
        "unmapped region",
        "unmapped state",
        "impossible date",
        "ambiguous date",
        "published figure in words",
        "misspelt key",
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_place(project, capsys, change, named):
    change(project)
    lines = refused(project, capsys, project.tree(), "small")
    assert all(word in lines[0] for word in named)
    if "title" not in named:
        assert len(lines) == 1


def test_the_free_text_of_a_withheld_value_is_never_said(project, capsys):
    project.edit("counts.csv", "Northtown,North,100", "Northtown,North,1OO")
    lines = refused(project, capsys, project.tree(), "small")
    assert project.free_text not in "".join(lines)


def test_a_notebook_with_a_parameter_it_never_uses_is_refused(project, capsys):
    project.put(project.notebook(*project.cells[:2]))
    (line,) = refused(project, capsys, project.tree(), "small")
    assert "1_tiny" in line
    assert "strata, funnel_indicator" in line


def test_all_cases_are_checked_before_the_first_is_run(project, capsys, before):
    other = project.home / "data" / "another"
    other.mkdir()
    (other / "case.yml").write_text("title: nothing more\n", encoding="utf-8")
    tree = project.tree()
    lines = refused(project, capsys, tree, "--all")
    assert all("data/another/case.yml" in line for line in lines)


# ---- Published figures --------------------------------------------------------------------------


def test_a_wrong_published_figure_without_an_explanation_stops_the_run(project, capsys, before):
    project.edit("published.csv", ",350,1,", ",351,1,")
    tree = project.tree()
    assert project.inquiry("run", "small") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert "reported_2018" in line
    assert "351" in line
    assert "350" in line
    assert project.tree() == tree


def test_a_wrong_published_figure_with_an_explanation_lets_the_run_begin(project, before):
    project.edit(
        "published.csv",
        ",350,1,Nobody,primary seen,",
        ",351,1,Nobody,primary seen,One death was counted twice",
    )
    with pytest.raises(AssertionError, match=EXECUTED):
        project.inquiry("run", "small")


# ---- The other commands -------------------------------------------------------------------------


def test_the_cases_are_listed_with_period_profiles_and_indicators(project, capsys):
    assert project.inquiry("cases") == 0
    said = capsys.readouterr().out
    for word in ("small", "synthetic", "2018-01-01", "2020-12-31", "internal", "opened_share"):
        assert word in said


def test_names_of_cases_stand_alone_on_their_lines(project, capsys):
    assert project.inquiry("cases", "--names") == 0
    assert capsys.readouterr().out == "small\n"


def test_the_parameters_of_a_notebook_are_listed_with_defaults_and_help(project, capsys):
    assert project.inquiry("parameters") == 0
    said = capsys.readouterr().out
    assert said.splitlines()[0] == "1_tiny"
    assert "level = 0.95" in said
    assert "level of the intervals" in said
    assert "strata = ['region']" in said
    assert project.inquiry("parameters", "1_tiny") == 0
    assert capsys.readouterr().out == said


def test_parameters_of_an_unknown_notebook_are_refused(project, capsys):
    assert project.inquiry("parameters", "9_nothing") == 2
    assert "9_nothing" in capsys.readouterr().err


@pytest.mark.parametrize("command", [[], ["run"], ["cases"], ["parameters"], ["refresh"]])
def test_help_names_what_there_is_and_does_nothing(project, capsys, command):
    before = project.tree()
    with pytest.raises(SystemExit) as done:
        project.inquiry(*command, "--help")
    assert done.value.code == 0
    assert "usage: inquiry" in capsys.readouterr().out
    assert project.tree() == before


def test_the_version_is_that_of_the_package(project, capsys):
    with pytest.raises(SystemExit) as done:
        project.inquiry("--version")
    assert done.value.code == 0
    assert capsys.readouterr().out == f"inquiry {helpers.__version__}\n"


@pytest.mark.parametrize("arguments", [[], ["run"], ["run", "small", "--all"], ["walk"]])
def test_a_command_that_cannot_be_understood_exits_with_two(project, capsys, arguments):
    with pytest.raises(SystemExit) as done:
        project.inquiry(*arguments)
    assert done.value.code == 2
    assert "usage: inquiry" in capsys.readouterr().err


def test_a_project_that_cannot_be_found_is_refused_in_one_line(tmp_path, monkeypatch, capsys):
    from helpers.cli import main

    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "nowhere"))
    assert main(["cases"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_run_without_any_notebook_is_refused(project, capsys, before):
    """Else an empty pack takes the place of an earlier one."""
    (project.home / "notebooks" / "1_tiny.ipynb").unlink()
    refused(project, capsys, project.tree(), "small")
