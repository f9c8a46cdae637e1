"""What a pack says of the code and the machine it was made with."""

import hashlib
import platform
import shutil
import subprocess
from importlib import metadata
from pathlib import Path

import pytest

import helpers
from helpers.exhibits.opening import opening
from helpers.intake.reading import sha256
from helpers.pack.manifest import environment, manifest, revision

GIT = shutil.which("git") or "git"
WHO = ["-c", "user.name=A person", "-c", "user.email=person@example.org"]


def git(folder, *arguments):
    done = subprocess.run(
        [GIT, *WHO, *arguments], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def checkout(project):
    """The small project as a git checkout with one revision."""
    git(project.home, "init", "--quiet")
    git(project.home, "add", ".")
    git(project.home, "commit", "--quiet", "--no-gpg-sign", "-m", "First")
    return project


def test_a_clean_checkout_gives_its_revision_and_no_changed_file(checkout):
    assert revision(checkout.home) == {
        "version": helpers.__version__,
        "revision": git(checkout.home, "rev-parse", "HEAD"),
        "changed_files": 0,
    }


def test_changed_files_are_counted_and_new_ones_are_not(checkout):
    checkout.edit("places.csv", "home,Home", "home,House")
    checkout.edit("counts.csv", "Northtown,North,100", "Northtown,North,101")
    (checkout.home / "new.txt").write_text("new", encoding="utf-8")
    assert revision(checkout.home)["changed_files"] == 2


def test_where_there_is_no_checkout_both_are_null(project, monkeypatch):
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(project.home.parent))
    assert revision(project.home) == {
        "version": helpers.__version__,
        "revision": None,
        "changed_files": None,
    }


def test_without_git_both_are_null(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert revision(checkout.home)["revision"] is None
    assert revision(checkout.home)["changed_files"] is None


def test_the_environment_names_python_and_every_package(project):
    found = environment()
    assert found["python"] == platform.python_version()
    for name in ("pandas", "numpy", "papermill", "statsmodels", "inquiry-notebooks"):
        assert found["packages"][name] == metadata.version(name)
    assert list(found["packages"]) == sorted(found["packages"])


def test_every_file_but_the_manifest_is_hashed_in_order(small, tmp_path):
    folder = tmp_path / "pack"
    for name in ("tables/b.csv", "index.html", "tables/a.csv", "manifest.json"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name, encoding="utf-8")
    said = manifest(
        folder,
        run=small,
        identity={"pack": {"id": "small.v1", "version": 1}},
        notebooks={},
        block=small.block(),
        times={},
    )
    assert [row["file"] for row in said["outputs"]] == [
        "index.html",
        "tables/a.csv",
        "tables/b.csv",
    ]
    for row in said["outputs"]:
        assert row["sha256"] == sha256(folder / row["file"])
    assert said["inputs"] == small.block()["inputs"]
    assert said["extract_date"] == "2021-01-15"


def test_the_manifest_names_the_calendar_and_every_table_of_rules_with_its_hash(small, tmp_path):
    """A limit that changes with the suite must be seen to have changed."""
    (tmp_path / "pack").mkdir()
    said = manifest(
        tmp_path / "pack",
        run=small,
        identity={"pack": {"id": "small.v1", "version": 1}},
        notebooks={},
        block=small.block(),
        times={},
    )
    found = said["rules"]
    assert found["calendar"] == "England and Wales"
    assert (found["valid_from"], found["valid_to"]) == ("1999-01-01", "2028-12-31")
    assert found["rules_sha256"] == small.block()["rules"]["rules_sha256"]
    folder = Path(helpers.__file__).parent / "rules"
    by_name = {row["name"]: row["sha256"] for row in found["files"]}
    assert set(by_name) == {path.name for path in folder.glob("*.csv")}
    assert by_name["time_limits.csv"] == sha256(folder / "time_limits.csv")
    lines = "".join(f"{by_name[name]}  {name}\n" for name in sorted(by_name))
    assert hashlib.sha256(lines.encode()).hexdigest() == found["rules_sha256"]


def test_the_block_of_a_notebook_names_the_rules_that_were_in_force(small):
    data, facts = opening(small)
    held = small.block()["rules"]
    assert facts["inquiry"]["rules"] == held
    for form in data.values():
        assert held["rules_sha256"] in form
        assert "working days, England and Wales" in form
        assert f"{held['valid_from']} to {held['valid_to']}" in form
