"""One real run of a tiny notebook: what the pack holds, and what an unsuccessful run leaves alone.

A run starts a kernel, which takes seconds, so the tests that only read share one pack and the
others start from a copy of it.
"""

import contextlib
import csv
import gc
import io
import json
import re
from pathlib import Path

import jsonschema
import nbformat
import pytest

from helpers.exhibits import KEY, finding
from helpers.pack import execute

pytestmark = [
    pytest.mark.xdist_group("pack"),
    # nbclient leaves the event loop and sockets of a kernel to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

NAMES = ["tiny.years", "tiny.trend", "tiny.by", "tiny.years_found"]


@pytest.fixture(autouse=True)
def collected():
    """Let what a kernel left be collected within the test that started it."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def done(project_of_module):
    """The project after a run, with status and output of the command."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = project_of_module.inquiry("run", "small")
    assert status == 0, err.getvalue()
    return project_of_module, out.getvalue(), err.getvalue()


@pytest.fixture
def packed(done, project, tmp_path, monkeypatch):
    """A copy of the project with its pack, in force for the test."""
    made = type(project).copy(done[0], tmp_path / "copy of a project")
    monkeypatch.setenv("INQUIRY_HOME", str(made.home))
    return made


@pytest.fixture
def again(packed, monkeypatch):
    """Let a run take the notebooks of the earlier pack as executed: no kernel is started."""

    def execute_all(jobs, **_):
        made = {
            path.stem: nbformat.read(packed.pack / "notebooks" / path.name, as_version=4)
            for path in jobs
        }
        return made, dict.fromkeys(made, 1.0)

    monkeypatch.setattr(execute, "execute_all", execute_all)
    return packed


def exhibits(pack):
    """The facts that the outputs of the executed notebook carry, by id."""
    notebook = nbformat.read(pack / "notebooks" / "1_tiny.ipynb", as_version=4)
    facts = [
        output["metadata"][KEY]
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if KEY in output["metadata"]
    ]
    return {item["id"]: item for item in facts if item["kind"] != "run"}


def left_behind(project):
    """What is there beside packs, the ledger and the lock: unfinished packs, say."""
    kept = {"ledger.jsonl", ".lock"}
    return [
        path.name
        for path in project.packs.iterdir()
        if path.name not in kept
        and not re.fullmatch(r"\d{4}-\d\d-\d\d_\d{4}-\d\d-\d\d(.failed)?", path.name)
    ]


# ---- What the pack holds ------------------------------------------------------------------------


def test_the_command_names_the_pack_and_tells_of_progress(done):
    project, out, err = done
    assert str(project.pack / "index.html") in out
    assert "1_tiny: cell 1 of" in err


def test_the_pack_has_its_layout_and_nothing_else(done):
    project, _, _ = done
    files = {name for name, digest in project.tree(project.pack).items() if digest != "folder"}
    assert files >= {
        "index.html",
        "pages/1_tiny.html",
        "notebooks/1_tiny.ipynb",
        "findings.json",
        "manifest.json",
        "figures/tiny.trend.svg",
        "figures/tiny.trend.png",
        *(f"tables/{name}.csv" for name in NAMES),
    }
    assert {name.split("/")[0] for name in files} <= {
        "index.html",
        "pages",
        "notebooks",
        "findings.json",
        "manifest.json",
        "ro-crate-metadata.json",
        "traces.html",
        "traces.json",
        "judgement",
        "documents",
        "figures",
        "tables",
    }
    assert left_behind(project) == []


def test_a_run_changes_no_file_of_the_case_and_no_notebook(done, project):
    """The fixture `project` is the same project, never run."""
    ran = {n: d for n, d in done[0].tree().items() if not n.startswith("evidence")}
    fresh = project.tree()
    notebook = "notebooks/1_tiny.ipynb"
    del ran[notebook], fresh[notebook]  # its cells have random ids
    assert ran == fresh


def test_every_hash_of_the_manifest_is_that_of_the_file(done):
    project, _, _ = done
    said = json.loads((project.pack / "manifest.json").read_text(encoding="utf-8"))
    tree = project.tree(project.pack)
    hashed = {row["file"]: row["sha256"] for row in said["outputs"]}
    assert hashed == {
        name: digest
        for name, digest in tree.items()
        if digest != "folder" and name != "manifest.json"
    }
    assert all(
        (project.pack / row["file"]).stat().st_size == row["bytes"] for row in said["outputs"]
    )
    inputs = {row["file"]: row["sha256"] for row in said["inputs"]}
    assert inputs == project.tree(project.folder)


def test_the_manifest_names_parameters_period_rows_and_flags(done):
    said = json.loads((done[0].pack / "manifest.json").read_text(encoding="utf-8"))
    assert said["case"] == "small"
    assert said["period"] == {"start": "2018-01-01", "end": "2020-12-31"}
    assert said["data_status"] == "synthetic"
    assert said["release_profile"] == "internal"
    assert said["notebooks"]["1_tiny"]["parameters"]["level"] == 0.95
    for row in said["rows"]:
        parts = ("rows_used", "rows_quarantined", "rows_out_of_scope")
        assert row["rows_read"] == sum(row[part] for part in parts)
    assert {row["code"] for row in said["flags"]} == {"X01", "X04", "X11", "X14"}
    assert said["times"]["started"] <= said["times"]["ended"]


def test_the_findings_are_as_their_schema_says_and_state_the_right_numbers(done):
    found = json.loads((done[0].pack / "findings.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(finding.schema()).validate(found)
    assert [item["id"] for item in found] == [
        f"tiny.years_found.{year}" for year in (2018, 2019, 2020)
    ]
    # By hand: 55 of 350, 64 of 320 (Weston's inquests of 2019 were not recorded), 97 of 440.
    assert [(item["numerator"], item["denominator"]) for item in found] == [
        (55, 350),
        (64, 320),
        (97, 440),
    ]
    assert [item["value"] for item in found] == [55 / 350, 64 / 320, 97 / 440]
    assert "55 of 350" in found[0]["text"]
    assert "15.7%" in found[0]["text"]
    assert {item["data_status"] for item in found} == {"synthetic"}


@pytest.mark.parametrize("name", NAMES)
def test_each_table_is_the_data_that_its_exhibit_carries_marked_synthetic(done, name):
    written = (done[0].pack / "tables" / f"{name}.csv").read_text(encoding="utf-8")
    carried = exhibits(done[0].pack)[name]["resource"]["data"]
    rows = list(csv.reader(io.StringIO(written)))
    assert [row[0] for row in rows] == ["data_status", *["SYNTHETIC"] * (len(rows) - 1)]
    assert [row[1:] for row in rows] == list(csv.reader(io.StringIO(carried)))


def test_the_notebook_of_the_pack_is_executed_with_the_parameters_of_the_run(done):
    notebook = nbformat.read(done[0].pack / "notebooks" / "1_tiny.ipynb", as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    injected = [c for c in code if "injected-parameters" in c.metadata.get("tags", [])]
    assert 'period_end = "2020-12-31"' in injected[0].source
    assert not [o for cell in code for o in cell.outputs if o.output_type in {"error", "stream"}]


def test_free_text_about_a_person_is_nowhere_in_the_pack(done):
    project, _, _ = done
    sister = project.free_text.encode()
    assert sister in (project.folder / "reports.csv").read_bytes()
    for path in project.pack.rglob("*"):
        assert path.is_dir() or sister not in path.read_bytes(), path.name


def test_neither_the_folder_of_the_project_nor_of_the_user_is_named_in_the_pack(done):
    """A pack is given to others."""
    project, _, _ = done
    place = str(project.home).encode()
    for path in project.pack.rglob("*"):
        assert path.is_dir() or place not in path.read_bytes(), path.name


# ---- Runs after it ------------------------------------------------------------------------------


def test_a_run_that_comes_to_the_same_makes_no_new_version(packed, capsys):
    before = packed.tree(packed.packs)
    assert packed.inquiry("run", "small", "--quiet") == 0
    assert packed.tree(packed.packs) == before
    said = capsys.readouterr().out
    assert str(packed.pack / "index.html") in said
    assert "Nothing changed" in said


def test_a_run_after_a_change_is_the_next_version_and_the_earlier_one_stays(packed, done):
    """The change is in the case only, so every number is the same, byte for byte."""
    before = packed.tree(packed.pack)
    packed.edit("case.yml", "summary:", "# looked at again\nsummary:")
    assert packed.inquiry("run", "small", "--quiet") == 0
    second = packed.period / "v2"
    assert packed.tree(packed.pack) == before
    first, after = (
        {name: digest for name, digest in packed.tree(pack).items() if name.startswith("tables/")}
        for pack in (packed.pack, second)
    )
    assert after == first
    told = json.loads((second / "corrections.json").read_text(encoding="utf-8"))
    assert told["against"]["pack"] == "small.2018-01-01_2020-12-31.v1"
    assert told["causes"] == [{"cause": "input", "detail": "case.yml changed"}]
    assert (told["findings"], told["tables"]) == ([], [])
    assert left_behind(packed) == []


def test_a_number_that_changed_comes_with_before_after_and_cause(packed):
    packed.edit("counts.csv", "Northtown,North,100,20", "Northtown,North,100,30")
    assert packed.inquiry("run", "small", "--quiet") == 0
    told = json.loads((packed.period / "v2" / "corrections.json").read_text(encoding="utf-8"))
    assert told["causes"] == [{"cause": "input", "detail": "counts.csv changed"}]
    assert told["known_cause"] is True
    (finding,) = told["findings"]
    assert finding["id"] == "tiny.years_found.2018"
    assert (finding["before"]["value"], finding["after"]["value"]) == (55 / 350, 65 / 350)
    assert finding["effect"] == "It lies within the interval that was given before."
    row = {"exhibit": "tiny.years_found", "row": "0", "column": "numerator"}
    assert {**row, "before": "55", "after": "65"} in told["tables"]


def test_another_period_is_written_beside_and_counts_its_own_years(packed):
    before = packed.tree(packed.pack)
    done = packed.inquiry("run", "small", "--quiet", "--start", "2019-01-01", "--end", "2019-12-31")
    assert done == 0
    assert packed.tree(packed.pack) == before
    other = packed.packs / "2019-01-01_2019-12-31" / "v1"
    found = json.loads((other / "findings.json").read_text(encoding="utf-8"))
    assert [(item["numerator"], item["denominator"]) for item in found] == [(64, 320)]
    periods = {path.name for path in packed.packs.iterdir() if path.name[0].isdecimal()}
    assert periods == {other.parent.name, packed.period.name}


def test_a_pack_may_be_put_in_another_folder(again, tmp_path):
    before = again.tree()
    assert again.inquiry("run", "small", "--quiet", "--out", tmp_path / "elsewhere") == 0
    assert (tmp_path / "elsewhere" / "small" / again.period.name / "v1" / "index.html").is_file()
    assert again.tree() == before


def test_quiet_says_where_the_pack_is_and_nothing_else(again, capsys):
    assert again.inquiry("run", "small", "--quiet") == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert "index.html" in said.out


# ---- Runs that do not succeed -------------------------------------------------------------------


SHORT = """\
case = "small"
period_start = "2018-01-01"
period_end = "2020-12-31"
release_profile = "internal"
"""
BEGIN = """\
from helpers import start
run = start(case=case, period_start=period_start, period_end=period_end,
            release_profile=release_profile)
run
"""


def fail(project, cell):
    """Put a notebook into the project whose last cell is the one given, and run it.

    It is the fourth: after the parameters, those of the run, and the start.
    """
    project.put(project.notebook(BEGIN, cell, parameters=SHORT))
    return project.inquiry("run", "small", "--quiet")


def test_a_failing_notebook_leaves_the_earlier_pack_and_is_kept_aside(packed, capsys):
    before = packed.tree(packed.pack)
    assert fail(packed, "deaths = 1 / 0") == 1
    said = capsys.readouterr()
    assert packed.tree(packed.pack) == before
    assert left_behind(packed) == []
    assert "1_tiny, code cell 4: ZeroDivisionError: division by zero" in said.err
    assert "Traceback" not in said.err
    kept = packed.period.with_name(f"{packed.period.name}.failed") / "1_tiny.ipynb"
    assert str(kept) in said.err
    cells = nbformat.read(kept, as_version=4).cells
    assert "ZeroDivisionError" in cells[-1].outputs[0].ename
    assert said.out == ""


def test_bad_input_found_inside_a_first_run_exits_with_two_and_leaves_no_pack(project, capsys):
    assert fail(project, "run.case.indicator('opend_share')") == 2
    said = capsys.readouterr().err
    assert "1_tiny, code cell 4" in said
    assert "'opend_share' is not an indicator" in said
    assert "Traceback" not in said
    assert not project.period.exists()
    assert left_behind(project) == []


def test_a_cancelled_run_leaves_the_earlier_pack_whole(packed, capsys, monkeypatch):
    before = packed.tree()

    def cancelled(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(execute, "execute", cancelled)
    assert packed.inquiry("run", "small", "--quiet", "--no-reuse") == 130
    assert packed.tree() == before
    assert "cancelled" in capsys.readouterr().err


def test_a_run_cancelled_while_pages_are_written_leaves_the_earlier_pack_whole(
    again, capsys, monkeypatch
):
    before = again.tree()

    def cancelled(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("helpers.pack.render.index", cancelled)
    assert again.inquiry("run", "small", "--quiet", "--set", "level=0.9") == 130
    assert again.tree() == before


def test_a_pack_that_cannot_be_put_in_place_leaves_the_earlier_one_whole(again, monkeypatch):
    before = again.tree()
    rename = Path.rename

    def full(self, target):
        if self.name.endswith(".partial"):
            raise OSError("no space left")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(OSError, match="no space left"):
        again.inquiry("run", "small", "--quiet", "--set", "level=0.9")
    assert again.tree() == before


def test_a_pack_that_a_kill_kept_off_the_ledger_is_put_on_it_by_the_next_run(again, capsys):
    """The kill came after the pack was moved into place and before its line was written."""
    ledger = again.packs / "ledger.jsonl"
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[: whole[:-1].rfind(b"\n") + 1])
    assert again.inquiry("run", "small", "--no-pdf", "--quiet") == 0
    said = capsys.readouterr().out
    assert "Of a run that was killed: small.2018-01-01_2020-12-31.v1 was in place, and is" in said
    assert "Nothing changed" in said
    assert ledger.read_bytes() == whole
    assert again.inquiry("verify", again.pack) == 0


def test_two_exhibits_with_one_id_are_refused_by_name(again, capsys):
    path = again.pack / "notebooks" / "1_tiny.ipynb"
    made = nbformat.read(path, as_version=4)
    twice = next(cell for cell in made.cells if "tiny.by" in cell.source)
    made.cells.append(nbformat.v4.new_code_cell(twice.source, outputs=twice.outputs))
    nbformat.write(made, path)
    before = again.tree()
    assert again.inquiry("run", "small", "--quiet") == 2
    assert "tiny.by" in capsys.readouterr().err
    assert again.tree() == before


def test_after_a_run_that_succeeds_the_failed_notebook_is_gone(again):
    aside = again.period.with_name(f"{again.period.name}.failed")
    aside.mkdir()
    (aside / "1_tiny.ipynb").write_text("{}", encoding="utf-8")
    assert again.inquiry("run", "small", "--quiet") == 0
    assert not aside.exists()
    assert again.pack.is_dir()


# ---- The pack held against itself ---------------------------------------------------------------


def test_every_file_of_a_pack_that_was_made_counts(packed, capsys):
    """One bit of each file, one after the other; then as it was."""
    assert packed.inquiry("verify", packed.pack) == 0
    assert "all" in capsys.readouterr().out
    for path in sorted(path for path in packed.pack.rglob("*") if path.is_file()):
        whole = path.read_bytes()
        path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
        name = path.relative_to(packed.pack).as_posix()
        assert packed.inquiry("verify", packed.pack) in {1, 2}
        said = capsys.readouterr()
        assert f"{name}: altered" in said.out or "manifest cannot be read" in said.err, name
        path.write_bytes(whole)
    assert packed.inquiry("verify", packed.pack) == 0


def test_a_pack_made_again_from_the_raw_files_comes_to_the_same_or_says_where_not(packed, capsys):
    path = packed.pack / "notebooks" / "1_tiny.ipynb"
    made = nbformat.read(path, as_version=4)
    facts = next(
        output["metadata"][KEY]
        for cell in made.cells
        for output in cell.get("outputs", [])
        if output["metadata"].get(KEY, {}).get("id") == "tiny.years"
    )
    assert ",97,440," in facts["resource"]["data"]
    facts["resource"]["data"] = facts["resource"]["data"].replace(",97,440,", ",96,440,")
    nbformat.write(made, path)
    assert packed.inquiry("verify", packed.pack, "--rerun") == 1
    said = capsys.readouterr().out
    assert "1_tiny: tiny.years row 2 numerator: 96 in the pack, 97 now" in said
    assert "by the same code: 4 exhibits compared, 1 values differ" in said


def test_a_pack_is_not_made_again_from_other_files_than_it_was_made_from(packed, capsys):
    packed.edit("counts.csv", "Southtown,South,200", "Southtown,South,201")
    assert packed.inquiry("verify", packed.pack, "--rerun") == 2
    assert "data/small/counts.csv: the file is not the one the pack used" in capsys.readouterr().err


def test_other_programs_can_read_what_the_pack_holds_as_an_ro_crate(done):
    from rocrate.rocrate import ROCrate

    pack = done[0].pack
    crate = ROCrate(pack)
    named = {entity.id for entity in crate.get_by_type("File")}
    tree = done[0].tree(pack)
    files = {name for name, digest in tree.items() if digest != "folder"}
    assert named == files - {"manifest.json", "ro-crate-metadata.json"}
    for entity in crate.get_by_type("File"):
        assert entity["sha256"] == tree[entity.id]
    action = crate.get("#run")
    took = {item["name"]: item["sha256"] for item in action["object"]}
    assert took == done[0].tree(done[0].folder)
