"""Frozen figures beside those from a later extract: what changed is what the truth says changed."""

import csv
import dataclasses
import datetime as dt
import gc
import io
import json

import pandas as pd
import pytest

from helpers import start
from helpers.case import load
from helpers.errors import InputError
from helpers.periods import frozen, restated_figures, restatement, restating
from helpers.periods.apportioning import apportioned, moved
from helpers.periods.extracts_compared import about, compared
from helpers.synthetic import synthesise
from helpers.synthetic.following import follow

pytestmark = [
    pytest.mark.xdist_group("pack"),
    # nbclient leaves the event loop and sockets of a kernel to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

OLD = dt.date(2011, 4, 1), dt.date(2015, 3, 31)
SPAN = {"period_start": "2011-04-01", "period_end": "2015-03-31"}
NEW = {"start": dt.date(2015, 4, 1), "end": dt.date(2016, 3, 31)}


@pytest.fixture(autouse=True)
def collected():
    """Let what a kernel left be collected within the test that started it."""
    yield
    gc.collect()


# ---- Rows and deaths, against the truth ---------------------------------------------------------


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """The old period of a SYNTHETIC case by its own extract and by a later, cumulative one."""
    from test_periods_registering import decide, register

    home = tmp_path_factory.mktemp("project")
    folder = home / "data" / "trial"
    synthesise(folder, seed=5, deaths=300, shape="general")
    follow(folder, home / "cumulative", seed=4, deaths=100, **NEW)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INQUIRY_HOME", str(home))
        decide(register(home).folder)
        before, after = load("trial"), load("trial/2015_16")
        runs = [start(case=one.name, **SPAN) for one in (before, after)]
        found = compared(before, after, OLD)
    truth = pd.read_csv(home / "cumulative" / "truth" / "truth_following.csv", dtype=str)
    return runs, found, truth


def planted(truth, kind, source):
    """Count what was planted."""
    return int((truth["kind"].eq(kind) & truth["source_id"].eq(source)).sum())


def test_rows_that_came_late_changed_or_went_are_those_that_were_planted(both):
    _, found, truth = both
    for row in found.counts.to_dict("records"):
        if row["source_id"] in {"patient_system", "incident_system"}:
            name = row["source_id"]
            assert row["late"] == planted(truth, "late registration", name), name
            assert row["recoded"] == planted(truth, "re-coding", name), name
            assert row["deleted"] == planted(truth, "deletion", name), name
            assert row["before"] + row["late"] - row["deleted"] == row["now"], name
    assert planted(truth, "deletion", "patient_system") > 0


def test_no_person_year_of_the_old_period_changed(both):
    _, found, _ = both
    row = found.counts.set_index("source_id").loc["caseload"]
    assert row[["late", "recoded", "deleted"]].tolist() == [0, 0, 0]


def test_each_changed_count_of_the_chain_is_apportioned_without_rest(both):
    (old, new), found, truth = both
    tables = [run.extract.tables for run in (old, new)]
    gone, late = (
        about(one["incident_death"], ids, one["incidents"])
        for one, ids in zip(tables, (found.gone, found.late), strict=True)
    )
    people = old.people, new.people
    moves = moved(*people, same=found.same, late=late, gone=gone)
    counts = tuple((float(one["reported"].sum()), float(len(one))) for one in people)
    made = apportioned(moves, *people, of=("reported", "deaths", {}), counts=counts)
    assert made["denominator_late"] == planted(truth, "late registration", "patient_system")
    assert made["denominator_deleted"] == -planted(truth, "deletion", "patient_system")
    assert made["denominator_recoded"] == 0
    unexpected = tuple(
        (float((one["reported"] & one["unexpected"]).sum()), float(one["reported"].sum()))
        for one in people
    )
    made = apportioned(moves, *people, of=("unexpected", "reported", {}), counts=unexpected)
    assert made["numerator_recoded"] == planted(truth, "re-coding", "incident_system")
    changes = [value for name, value in made.items() if name.startswith("numerator")]
    assert sum(changes) == unexpected[1][0] - unexpected[0][0]


def test_the_list_of_rows_holds_no_name_number_or_date_of_birth(both):
    (old, _), found, _ = both
    text = found.rows.to_csv()
    from helpers.periods.probing import rows_before

    people = rows_before(old.case)["patient_system"]
    identifying = [*people["nhs_number"].dropna(), *people["surname"], *people["local_id"]]
    assert [one for one in identifying if one and one in text] == []


# ---- The whole of it, on a case that can be counted by hand -------------------------------------

LATER = "2021,Northtown,North,130,39,6\n2021,Southtown,South,240,48,8\n2021,Weston,South,80,16,3\n"


def later(project, *edits, history="all", name="2021"):
    """Register 2021 from files that a publisher sends, with the older years again or without."""
    text = (project.folder / "counts.csv").read_text(encoding="utf-8")
    for old, new in edits:
        assert text.count(old) == 1
        text = text.replace(old, new)
    head, *rows = text.splitlines(keepends=True)
    folder = project.home / f"sent_{name}"
    folder.mkdir()
    kept = rows if history == "all" else []
    (folder / "counts_2021.csv").write_text("".join([head, *kept, LATER]), encoding="utf-8")
    reports = (project.folder / "reports.csv").read_text(encoding="utf-8")
    head, *rows = reports.splitlines(keepends=True)
    kept = rows if history == "all" else []
    new = "2021-0001,20/02/2021,25/12/2020,13/01/2021,Weston,home,1,Trust A,1,1,completed\n"
    (folder / "reports_2021.csv").write_text("".join([head, *kept, new]), encoding="utf-8")
    days = ["--start", "2021-01-01", "--end", "2021-12-31", "--extract-date", "2022-01-15"]
    assert project.inquiry("new-period", "small", folder, *days, "--name", name) == 0
    return project.folder / "periods" / name


@pytest.fixture(scope="module")
def ran(project_of_module, tmp_path_factory):
    """The small project after its pack was made."""
    made = type(project_of_module)(tmp_path_factory.mktemp("ran") / "project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INQUIRY_HOME", str(made.home))
        assert made.inquiry("run", "small", "--quiet", "--no-pdf") == 0
    return made


@pytest.fixture
def project(ran, tmp_path, monkeypatch):
    """A copy of it that a test may change, in force for the test."""
    made = type(ran).copy(ran, tmp_path / "project")
    monkeypatch.setenv("INQUIRY_HOME", str(made.home))
    return made


def log(folder):
    """Give the rows of the log."""
    (path,) = folder.glob("restatement/*/restatement.csv")
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def test_a_later_extract_that_says_the_same_restates_nothing(project):
    folder = later(project)
    before = project.tree(project.packs)
    assert project.inquiry("restate", "small", "--period", "2021", "--quiet") == 0
    rows = log(folder)
    assert rows
    assert {row["status"] for row in rows} == {"equal"}
    assert project.tree(project.packs) == before  # no pack is touched


def test_a_figure_that_changed_is_restated_with_both_numbers(project):
    """Northtown opened 37 inquests in 2020 and not 36: 98 of 440 instead of 97."""
    folder = later(project, ("2020,Northtown,North,120,36,5", "2020,Northtown,North,120,37,5"))
    assert project.inquiry("restate", "small", "--period", "2021", "--quiet") == 0
    (row,) = [row for row in log(folder) if row["status"] != "equal"]
    assert row["figure"].endswith("2020")
    assert row["status"] == "restated"
    numbers = (row["frozen_numerator"], row["recomputed_numerator"], row["recomputed_denominator"])
    assert [float(one) for one in numbers] == [97, 98, 440]
    assert float(row["difference"]) == pytest.approx(1 / 440)
    (page,) = folder.glob("restatement/*/restatement.html")
    text = page.read_text(encoding="utf-8")
    assert "97 of 440, 22.0%" in text
    assert "98 of 440, 22.3%" in text
    assert "SYNTHETIC DATA" in text
    assert "<script" not in text


def test_an_extract_without_the_old_period_leaves_its_figures_open_and_says_so(project):
    folder = later(project, history="none")
    assert "history: incremental" in (folder / "period.yml").read_text(encoding="utf-8")
    assert project.inquiry("restate", "small", "--period", "2021", "--quiet") == 0
    assert {row["status"] for row in log(folder)} == {"open"}
    (said,) = folder.glob("restatement/*/restatement.json")
    assert "could not be recomputed" in json.loads(said.read_text(encoding="utf-8"))["open"]


def test_figures_are_frozen_with_the_pack_and_the_hash_of_its_manifest(project):
    figures = frozen.read(later(project) / "frozen.csv")
    assert figures["pack"].unique().tolist() == ["small.2018-01-01_2020-12-31.v1"]
    assert figures.equals(frozen.freeze(project.pack))


def test_frozen_figures_that_were_altered_are_refused(project, capsys):
    folder = later(project)
    path = folder / "frozen.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("97.0", "96.0"), encoding="utf-8")
    assert project.inquiry("restate", "small", "--period", "2021", "--quiet") == 2
    assert "the frozen figures are not those of the pack" in capsys.readouterr().err
    assert not (folder / "restatement").exists()


def test_a_pack_that_is_gone_is_named(project, capsys):
    later(project)
    project.pack.rename(project.home / "elsewhere")
    assert project.inquiry("restate", "small", "--period", "2021", "--quiet") == 2
    assert "the pack of the period before is not there" in capsys.readouterr().err


def test_single_rows_are_listed_in_the_internal_profile_only(both, tmp_path, project):
    _, found, _ = both
    later(project)
    figures = pd.DataFrame(columns=restated_figures.COLUMNS)
    told = {"case": "small", "period": "2021", "pack": "p", "manifest_sha256": "", "days": OLD}
    made = restating.Restated(**told, figures=figures, compared=found, profile="open")
    open_ = restatement.write(made, folder=tmp_path / "open")
    internal = dataclasses.replace(made, profile="internal")
    inside = restatement.write(internal, folder=tmp_path / "internal")
    assert not (open_ / "changed_rows.csv").exists()
    assert (inside / "changed_rows.csv").is_file()
    assert (open_ / "rows.csv").read_bytes() == (inside / "rows.csv").read_bytes()


def test_a_pack_of_another_case_is_refused(project, tmp_path):
    later(project)
    copy = tmp_path / "v1"
    copy.mkdir()
    held = json.loads((project.pack / "manifest.json").read_bytes())
    (copy / "manifest.json").write_text(json.dumps({**held, "case": "other"}), encoding="utf-8")
    with pytest.raises(InputError, match="the pack is of case other"):
        restating.restate("small", "2021", against=copy)
