"""Work that was done before is taken from a pack that is as it was made, and from no other."""

import contextlib
import io
import json
import subprocess
import sys
from dataclasses import replace

import pytest

from helpers.case import load
from helpers.pack import build, execute, manifest, planning, reuse, versions

pytestmark = pytest.mark.xdist_group("pack")


@pytest.fixture(scope="module")
def done(project_of_module):
    """The project after a run."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = project_of_module.inquiry("run", "small", "--quiet", "--no-pdf")
    assert status == 0, err.getvalue()
    return project_of_module


@pytest.fixture
def packed(done, project, tmp_path, monkeypatch):
    """A copy of the project with its pack, in force for the test."""
    made = type(project).copy(done, tmp_path / "copy of a project")
    monkeypatch.setenv("INQUIRY_HOME", str(made.home))
    return made


class Asked(Exception):
    """A notebook was to be executed."""


@pytest.fixture
def never(monkeypatch):
    """Let a run say which notebooks it was going to execute, in place of executing them."""

    def execute_all(jobs, **_):
        raise Asked([path.stem for path in jobs])

    monkeypatch.setattr(execute, "execute_all", execute_all)


def run(project, *arguments):
    return project.inquiry("run", "small", "--quiet", "--no-pdf", *arguments)


def standing(**asked):
    return planning.standing("small", with_pdf=False, **asked)


# ---- Nothing has changed ------------------------------------------------------------------------


def test_nothing_is_executed_and_no_record_is_read(packed, never, monkeypatch, capsys):
    def read(*_):
        raise AssertionError("a record was read")

    monkeypatch.setattr("helpers.run.ingest", read)
    before = packed.tree()
    assert run(packed) == 0
    assert packed.tree() == before
    assert "Nothing changed" in capsys.readouterr().out
    assert standing() == build.Built(packed.pack, new=False)


def test_it_takes_no_time(packed):
    """Measured in a process of its own as processor time: other work on the machine counts less."""
    code = (
        "import resource, sys; from helpers.cli import main; "
        "status = main(['run', 'small', '--quiet', '--no-pdf']); "
        "used = resource.getrusage(resource.RUSAGE_SELF); "
        "sys.stderr.write(str(used.ru_utime + used.ru_stime)); sys.exit(status)"
    )
    seconds = []
    for _ in range(2):  # the first one may have to compile
        told = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True
        )
        assert "Nothing changed" in told.stdout
        seconds.append(float(told.stderr))
    assert min(seconds) < 4  # 1 s where nothing else runs


def test_the_manifest_says_which_cells_were_executed(packed):
    said = json.loads((packed.pack / "manifest.json").read_text("utf-8"))
    (notebook,) = said["notebooks"].values()
    assert len(notebook["source_sha256"]) == 64
    assert "reused_from" not in notebook


# ---- Something has ------------------------------------------------------------------------------


def touch_case(project):
    project.edit("case.yml", "summary:", "# looked at again\nsummary:")


def touch_counts(project):
    project.edit("counts.csv", "Northtown,North,100,20", "Northtown,North,100,30")


def touch_map(project):
    path = project.folder / "places.csv"
    path.write_bytes(path.read_bytes() + b"\n")


def touch_judgement(project):
    folder = project.folder / "judgement"
    folder.mkdir(exist_ok=True)
    head = "id,date,role,decision,reason\n"
    (folder / "decisions.csv").write_text(head, encoding="utf-8")


def touch_notebook(project):
    path = project.home / "notebooks" / "1_tiny.ipynb"
    held = json.loads(path.read_text("utf-8"))
    cell = next(cell for cell in held["cells"] if cell["cell_type"] == "code")
    cell["source"] = [*cell["source"], "\n# another line"]
    path.write_text(json.dumps(held), encoding="utf-8")


def touch_file_of_the_pack(project):
    path = project.pack / "tables" / "tiny.by.csv"
    path.write_bytes(path.read_bytes() + b" ")


def touch_manifest(project):
    path = project.pack / "manifest.json"
    path.write_bytes(path.read_bytes() + b" ")


def touch_ledger(project):
    path = project.packs / "ledger.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"entry"', b'"entre"'))


def lose_ledger(project):
    (project.packs / "ledger.jsonl").unlink()


TOUCHES = [
    *(touch_case, touch_counts, touch_map, touch_judgement, touch_notebook),
    *(touch_file_of_the_pack, touch_manifest, touch_ledger, lose_ledger),
]


@pytest.mark.parametrize("touch", TOUCHES, ids=lambda touch: touch.__name__)
def test_one_byte_that_is_another_and_it_is_executed(touch, packed, never):
    assert standing() is not None
    touch(packed)
    assert standing() is None
    if touch is not touch_judgement:  # which is refused where its columns are not those of a log
        with pytest.raises(Asked, match="1_tiny"):
            run(packed)


CODE = {
    "code": lambda held: {**held, "code": {**held["code"], "sha256": "0" * 64}},
    "library": lambda held: {
        **held,
        "environment": {
            **held["environment"],
            "packages": {**held["environment"]["packages"], "pandas": "0.1"},
        },
    },
    "rules": lambda held: {**held, "rules": {**held["rules"], "rules_sha256": "0" * 64}},
    "plan": lambda held: {**held, "plan": {"sha256": "0" * 64, "fixed": None}},
}


@pytest.mark.parametrize("change", CODE)
def test_another_code_library_rule_or_plan_and_it_is_executed(change, packed, monkeypatch, never):
    common = manifest.common
    monkeypatch.setattr(reuse, "common", lambda *of: CODE[change](common(*of)))
    assert standing() is None
    with pytest.raises(Asked, match="1_tiny"):
        run(packed)


def test_another_parameter_period_or_wish_and_it_is_executed(packed, never):
    assert standing(overrides={"level": 0.99}) is None
    assert standing(overrides={"period_start": "2019-01-01"}) is None
    assert standing(overrides={"level": "no number"}) is None
    assert planning.standing("small") is None  # the pack has no PDF
    assert planning.standing("nowhere") is None
    for wish in ("--no-reuse", "--fresh"):
        with pytest.raises(Asked):
            run(packed, wish)


def test_a_case_with_a_database_is_read(packed, monkeypatch):
    case = load("small")
    source = case.sources[0].model_copy(update={"database": object()})
    changed = case.model_copy(update={"sources": [source]})
    assert reuse.inputs(case) is not None
    assert reuse.inputs(changed) is None


# ---- One notebook has ---------------------------------------------------------------------------


def test_a_notebook_of_which_nothing_changed_is_taken_and_the_other_executed(packed, monkeypatch):
    """A second notebook comes; the first is taken as it is, and the manifest says from where."""
    ran = []
    real = execute.execute_all

    def execute_all(jobs, **more):
        ran.extend(path.stem for path in jobs)
        return real(jobs, **more)

    monkeypatch.setattr(execute, "execute_all", execute_all)
    first = packed.home / "notebooks" / "1_tiny.ipynb"
    other = first.with_name("2_other.ipynb")
    other.write_text(first.read_text("utf-8").replace('"tiny.', '"other.'), encoding="utf-8")
    assert run(packed) == 0
    assert ran == ["2_other"]
    second = packed.period / "v2"
    said = json.loads((second / "manifest.json").read_text("utf-8"))["notebooks"]
    assert said["1_tiny"]["reused_from"] == "small.2018-01-01_2020-12-31.v1"
    assert "reused_from" not in said["2_other"]
    name = "notebooks/1_tiny.ipynb"
    assert (second / name).read_bytes() == (packed.pack / name).read_bytes()
    assert run(packed) == 0
    assert ran == ["2_other"]
    assert versions.latest(packed.period) == second


def test_taken_or_executed_makes_no_difference_to_what_is_found(packed):
    again = build.plan("small", with_pdf=False)
    made = build.build(replace(again, target=packed.packs / "elsewhere"), reuse=False)
    one, other = (
        json.loads((folder / "manifest.json").read_text("utf-8"))["results_sha256"]
        for folder in (packed.pack, made.folder)
    )
    assert one == other
