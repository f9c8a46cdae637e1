"""`inquiry new-case`, `clerical` and `synthesise`: from a trust's files to a case that runs.

The files of :mod:`other_trust` were made by hand; every number is counted there.
"""

import csv
import gc
import re
import shutil
from pathlib import Path

import other_trust
import pytest

from helpers import start
from helpers.case import load
from helpers.intake.reading import sha256

ROOT = Path(__file__).resolve().parents[2]

# What a person decides in case.yml and in the map, and nothing else.
DECIDED = {
    "data_status: real": "data_status: synthetic",
    "summary: DECIDE": "summary: Rows made up by hand for a test.",
    "start: DECIDE": "start: 2016-04-01",
    "end: DECIDE": "end: 2018-03-31",
    "extract_date: DECIDE": "extract_date: 2018-06-30",
    "Archive 2009: DECIDE": "Archive 2009: before the period",
    "Lists: DECIDE": "Lists: codes of colours",
    "Serious incident: DECIDE": "Serious incident: SIRI",
    "Comprehensive review: DECIDE": "Comprehensive review: CIR",
    "Under review: DECIDE": "Under review: NR",
    "format: DECIDE": "format: '%d/%m/%Y'",
    "Risk score: DECIDE": "Risk score: of the form, not of the person",
}
FOR_EACH_FILE = {"publisher: DECIDE": "publisher: nobody", "licence: DECIDE": "licence: none"}
SERVICES = {
    "Adult MH – North": "adult_mh",
    "Adult MH – South": "adult_mh",
    "AMH North locality": "adult_mh",
    "AMH South locality": "adult_mh",
    "LD & Autism": "ld",
    "LD and Autism": "ld",
    "Older People": "older_mh",
    "OPMH": "older_mh",
}


@pytest.fixture
def extracts(tmp_path):
    """The folder that the other trust sends."""
    folder = tmp_path / "sent by the trust"
    folder.mkdir()
    (folder / "deaths_list.csv").write_bytes(other_trust.deaths())
    other_trust.incidents(folder / "incidents_export.xlsx")
    (folder / "covering letter.pdf").write_bytes(b"%PDF")
    return folder


@pytest.fixture
def drafted(project, extracts):
    """The folder of the drafted case."""
    assert project.inquiry("new-case", "other_trust", extracts) == 0
    return project.home / "data" / "other_trust"


def decide(folder, replacements=DECIDED, *, times=1):
    """Replace what stands in case.yml exactly so many times."""
    path = folder / "case.yml"
    text = path.read_text(encoding="utf-8")
    for old, new in replacements.items():
        found = len(re.findall(rf"(?<![\w]){re.escape(old)}", text))
        assert found == times, f"{old!r} stands {found} times"
        text = re.sub(rf"(?<![\w]){re.escape(old)}", lambda _, new=new: new, text)
    path.write_text(text, encoding="utf-8", newline="\n")


def map_services(folder):
    """Write a service beside each name."""
    path = folder / "service_map.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    rows = [line.split(",") for line in lines[1:]]
    assert {row[0] for row in rows} == set(SERVICES)
    mapped = [",".join([row[0], SERVICES[row[0]], *row[2:]]) for row in rows]
    path.write_text("\n".join([lines[0], *mapped]) + "\n", encoding="utf-8", newline="\n")


@pytest.fixture
def decided(drafted):
    """The folder of the case when a person has decided everything."""
    decide(drafted)
    decide(drafted, FOR_EACH_FILE, times=2)
    map_services(drafted)
    return drafted


# ---- Another trust's files become a case that runs ----------------------------------------------


def test_files_of_another_trust_run_once_a_person_has_decided(decided):
    run = start(case="other_trust")
    steps = ["reported", "unexpected", "investigated", "siri"]
    assert len(run.people) == 8
    assert {step: int(run.people[step].sum()) for step in steps} == {
        "reported": 6,
        "unexpected": 4,
        "investigated": 3,
        "siri": 2,
    }
    accounts = run.accounts.set_index("source_id")
    columns = ["rows_read", "rows_used", "rows_quarantined", "rows_out_of_scope"]
    assert accounts.loc["deaths_list", columns].tolist() == [11, 8, 1, 2]
    assert accounts.loc["incidents_export", columns].tolist() == [11, 9, 0, 2]
    links = run.extract.tables["incident_death"]
    assert links["link_method"].tolist() == ["exact"] * 7
    assert run.people["service"].value_counts().to_dict() == {
        "adult_mh": 4,
        "older_mh": 3,
        "ld": 1,
    }
    # Rows of the list of deaths: P1 is row 2, and so on.
    reported = run.people.loc[run.people["reported"], "source_row"]
    assert sorted(reported) == [2, 3, 4, 6, 7, 9]


def test_the_ambiguous_dates_are_read_as_the_person_said(decided):
    incidents = start(case="other_trust").extract.tables["incidents"].set_index("local_ref")
    entered = incidents["entered_date"].dt.strftime("%Y-%m-%d")
    assert entered["W101"] == "2016-06-05"
    assert entered["D203"] == "2018-03-01"


def test_a_clerical_decision_is_fed_back(project, decided, capsys):
    capsys.readouterr()
    assert project.inquiry("clerical", "other_trust") == 0
    said = capsys.readouterr().out
    assert "decisions: clerical_queue.csv" in said
    path = decided / "clerical_queue.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        (row,) = csv.DictReader(file)
    assert ("W107" in row["incident"], "row 8" in row["death"]) == (True, True)
    text = path.read_text(encoding="utf-8-sig")
    for person in other_trust.PEOPLE.values():
        assert person[0] not in text
    assert other_trust.number("P7") not in text
    row |= {"decision": "same", "decided_by": "A clerk", "decided_on": "2018-07-02"}
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, row)
        writer.writeheader()
        writer.writerow(row)
    decide(decided, {"year_start_month:": "decisions: clerical_queue.csv\nyear_start_month:"})
    people = start(case="other_trust").people
    assert (int(people["reported"].sum()), int(people["unexpected"].sum())) == (7, 5)
    capsys.readouterr()
    assert project.inquiry("clerical", "other_trust") == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert project.inquiry("clerical", "other_trust", "--out", decided / "again.csv") == 0
    assert capsys.readouterr().out == "No pair waits for a decision; nothing was written.\n"


def test_the_queue_of_a_registered_period_is_written_and_named_beside_its_own_files(
    project, decided, extracts, capsys
):
    decide(decided, {"end: 2018-03-31": "end: 2017-03-31"})
    days = ["--start", "2017-04-01", "--end", "2018-03-31", "--extract-date", "2018-06-30"]
    assert project.inquiry("new-period", "other_trust", extracts, *days) == 0
    folder = decided / "periods" / "2017_18"
    period = (folder / "period.yml").read_text(encoding="utf-8")
    (folder / "period.yml").write_text(
        re.sub(r"DECIDE\b", "of no use here", period), encoding="utf-8", newline="\n"
    )
    capsys.readouterr()
    assert project.inquiry("clerical", "other_trust/2017_18") == 0
    said = capsys.readouterr().out
    assert "into the folder of the period, name it in period.yml" in said
    assert (folder / "clerical_queue.csv").is_file()
    assert not (decided / "clerical_queue.csv").exists()


# nbclient leaves the event loop and sockets of a kernel to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.slow
def test_the_first_notebook_runs_on_it_and_counts_the_same(project, decided):
    name = "1_unexpected_death_rates"
    shutil.copy(ROOT / "notebooks" / f"{name}.ipynb", project.home / "notebooks")
    assert project.inquiry("run", "other_trust", "--notebook", name, "--quiet") == 0
    pack = project.home / "evidence" / "other_trust" / "2016-04-01_2018-03-31" / "v1"
    with (pack / "tables" / "rates.chain.csv").open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["base"] == "deaths"]
    counted = {row["step"]: (row["numerator"], row["denominator"]) for row in rows}
    assert counted["reported"] == ("6", "8")
    assert counted["unexpected"] == ("4", "8")
    assert counted["investigated"] == ("3", "8")
    assert "SYNTHETIC" in (pack / "index.html").read_text(encoding="utf-8")
    gc.collect()


@pytest.mark.slow
def test_the_extracts_of_the_shipped_case_drafted_anew_give_the_published_chain(project):
    """Its own case.yml is not looked at: only the draft, and what a person decides about it."""
    shipped = ROOT / "data" / "southern_health"
    names = ["patient_system.xlsx", "incident_system.xlsx", "steis_listing.csv"]
    days = ["--start", "2011-04-01", "--end", "2015-03-31", "--extract-date", "2015-09-30"]
    assert project.inquiry("new-case", "anew", *(shipped / name for name in names), *days) == 0
    folder = project.home / "data" / "anew"
    text = (folder / "case.yml").read_text(encoding="utf-8")
    for old, new in {
        "GP: DECIDE": "GP: other",
        "Ward: DECIDE": "Ward: clinician",
        "Own home: DECIDE": "Own home: '20'",
        "Elsewhere: DECIDE": "Elsewhere: '50'",
        "Closed: DECIDE": "Closed: completed",
        "Downgraded: DECIDE": "Downgraded: superseded",
        "serials: DECIDE": "serials: '1900'",
        "also: DECIDE": "also: ['%d/%m/%Y', '%d/%m/%y']",
        "format: DECIDE": "format: '%d/%m/%Y'\n        also: ['%m/%d/%Y', '%d/%m/%y']",
        "DECIDE": "said by a person",
    }.items():
        text = text.replace(old, new)
    (folder / "case.yml").write_text(text, encoding="utf-8")
    codes = {"Adult": "adult_mh", "AMH": "adult_mh", "Older": "older_mh", "OPMH": "older_mh"}
    path = folder / "service_map.csv"
    with path.open(encoding="utf-8", newline="") as file:
        first, *rows = csv.reader(file)
    for row in rows:
        row[1] = next((code for word, code in codes.items() if word in row[0]), "ld")
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([first, *rows])
    people = start(case="anew").people
    steps = ["reported", "unexpected", "reviewed", "investigated", "siri"]
    assert len(people) == 10_306
    assert [int(people[step].sum()) for step in steps] == [1454, 722, 540, 272, 195]


# ---- What new-case writes -----------------------------------------------------------------------


def test_the_copies_have_the_bytes_of_the_files_and_their_hashes_are_written_down(
    drafted, extracts
):
    source = (drafted / "SOURCE.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", source, flags=re.S | re.M))
    assert set(sections) == {"deaths_list.csv", "incidents_export.xlsx"}
    for name, section in sections.items():
        assert (drafted / name).read_bytes() == (extracts / name).read_bytes()
        assert f"- SHA-256: {sha256(extracts / name)}" in section
        assert "- Licence: DECIDE" in section


def test_a_draft_does_not_run_and_every_open_place_is_named_with_its_line(project, drafted, capsys):
    before = project.tree()
    capsys.readouterr()
    assert project.inquiry("run", "other_trust", "--notebook", "1_tiny") == 2
    said = capsys.readouterr().err.splitlines()
    assert project.tree() == before
    lines = (drafted / "case.yml").read_text(encoding="utf-8").splitlines()
    open_ = [number for number, line in enumerate(lines, 1) if re.search(r": DECIDE\b", line)]
    named = [int(n) for n in re.findall(r"case\.yml, line (\d+),", "\n".join(said))]
    assert named == open_
    assert sum("service_map.csv, line" in line for line in said) == len(SERVICES)
    assert len(said) == len(open_) + len(SERVICES)


def test_the_same_questions_stand_in_the_terminal_and_in_the_file(project, extracts, capsys):
    project.inquiry("new-case", "other_trust", extracts)
    said = capsys.readouterr().out
    folder = project.home / "data" / "other_trust"
    text = (folder / "DECISIONS.md").read_text(encoding="utf-8")
    shown = re.findall(r"^ *\d+\. (.*)$", said, flags=re.M)
    assert shown == re.findall(r"^\d+\. (.*)$", text, flags=re.M)
    assert "covering letter.pdf" in said
    (dates,) = [line for line in shown if "entered_date.format" in line]
    assert "%d/%m/%Y and %m/%d/%Y fit every value" in dates
    lines = (folder / "case.yml").read_text(encoding="utf-8").splitlines()
    for line in shown:  # each question names the line in which its entry stands
        if found := re.match(r"case\.yml, line (\d+), (\S.*?): ", line):
            assert found[2].split(".")[-1] in lines[int(found[1]) - 1]


def test_no_name_number_or_day_of_birth_of_a_person_is_written_or_said(project, extracts, capsys):
    project.inquiry("new-case", "other_trust", extracts)
    folder = project.home / "data" / "other_trust"
    written = [
        (folder / name).read_text(encoding="utf-8")
        for name in ("case.yml", "DECISIONS.md", "SOURCE.md", "service_map.csv")
    ]
    said = "\n".join([capsys.readouterr().out, *written])
    for who, (surname, forename, born, *_) in other_trust.PEOPLE.items():
        assert [word for word in (surname, forename, born) if word in said] == []
        assert other_trust.number(who) not in said.replace(" ", "")
    for other in ("Kestrel", "Anwen", "Marsh", "Odette", "daughter", "telephone"):
        assert other not in said


def test_what_is_known_can_be_said_beforehand(project, extracts):
    days = ["--start", "2016-04-01", "--end", "2018-03-31", "--extract-date", "2018-06-30"]
    assert project.inquiry("new-case", "other_trust", *extracts.glob("*.[cx]*"), *days) == 0
    text = (project.home / "data" / "other_trust" / "case.yml").read_text(encoding="utf-8")
    assert "  start: 2016-04-01\n  end: 2018-03-31\nextract_date: 2018-06-30\n" in text


def test_a_draft_does_not_keep_the_other_cases_from_being_listed(project, drafted, capsys):
    capsys.readouterr()
    assert project.inquiry("cases") == 0
    said = capsys.readouterr().out
    assert "other_trust: cannot be run yet" in said
    assert "small: A small invented case" in said


# ---- What is refused, and leaves nothing behind -------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["small", "deaths_list.csv"], "nothing is overwritten"),
        (["Our Trust", "deaths_list.csv"], "'Our Trust'"),
        (["../other", "deaths_list.csv"], "'../other'"),
        (["other", "nothing.csv"], "not there"),
        (["other", "covering letter.pdf"], ".pdf"),
        (["other", "empty folder"], "no file that can be read"),
        (["other", "deaths_list.csv", "twice/deaths_list.csv"], "same name"),
        (["other", "broken.xlsx"], "broken.xlsx"),
        (["other", "deaths_list.csv", "broken.xlsx"], "broken.xlsx"),
        (["other", "nothing.csv", "covering letter.pdf"], ".pdf"),
        (["other", "empty.csv"], "empty"),
        (["other", "service_map.csv"], "Rename it"),
        (["other", "deaths_list.csv", "--start", "2018-04-01", "--end", "2016-03-31"], "--end"),
    ],
)
def test_what_cannot_be_used_is_refused_in_plain_lines(
    project, extracts, capsys, monkeypatch, arguments, named
):
    (extracts / "broken.xlsx").write_bytes(b"PK\x03\x04 no workbook")
    (extracts / "empty.csv").write_bytes(b"")
    (extracts / "service_map.csv").write_text("NHS No,DOD\n", encoding="utf-8")
    (extracts / "empty folder").mkdir()
    (extracts / "twice").mkdir()
    shutil.copy(extracts / "deaths_list.csv", extracts / "twice")
    monkeypatch.chdir(extracts)
    before, sent = project.tree(), project.tree(extracts)
    assert project.inquiry("new-case", *arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert named in said.err
    assert all(line.startswith("inquiry: ") for line in said.err.splitlines())
    assert project.tree() == before
    assert project.tree(extracts) == sent


def test_a_run_that_is_broken_off_leaves_nothing_behind(project, extracts, capsys, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("helpers.intake.new_case.draft", stop)
    before = project.tree()
    assert project.inquiry("new-case", "other_trust", extracts) == 130
    assert project.tree() == before


@pytest.mark.parametrize("day", ["01/04/2016", "2016-02-30", "2016-4-1"])
def test_a_day_that_is_none_is_refused(project, extracts, capsys, day):
    with pytest.raises(SystemExit) as done:
        project.inquiry("new-case", "other", extracts, "--start", day)
    assert done.value.code == 2


@pytest.mark.parametrize("command", ["new-case", "clerical", "synthesise"])
def test_help_of_the_new_commands_does_nothing(project, capsys, command):
    before = project.tree()
    with pytest.raises(SystemExit) as done:
        project.inquiry(command, "--help")
    assert done.value.code == 0
    assert "usage: inquiry" in capsys.readouterr().out
    assert project.tree() == before


# ---- Synthetic cases and the clerical queue -----------------------------------------------------


def test_a_synthetic_case_is_written_and_says_so(project, capsys):
    asked = ["synthesise", "trial", "--seed", "3", "--deaths", "300"]
    assert project.inquiry(*asked) == 0
    said = capsys.readouterr().out
    assert said.startswith("SYNTHETIC case trial")
    assert "seed 3, 300 deaths" in said
    assert "X01" in said
    assert load("trial").data_status == "synthetic"
    before = project.tree()
    assert project.inquiry(*asked) == 2
    assert "nothing is overwritten" in capsys.readouterr().err
    assert project.tree() == before


def test_a_synthetic_case_that_cannot_be_made_leaves_nothing(project, capsys):
    before = project.tree()
    assert project.inquiry("synthesise", "trial", "--deaths", "3", "--trusts", "900") == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert project.tree() == before


def test_the_queue_of_a_case_without_extracts_is_refused(project, capsys):
    before = project.tree()
    assert project.inquiry("clerical", "small") == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nothing is linked" in line
    assert project.inquiry("clerical", "small", "--out", project.home / "no" / "file.csv") == 2
    assert project.tree() == before
