"""What a pack says of the code and the machine it was made with."""

import platform
import shutil
import subprocess
from importlib import metadata

import pytest

import helpers
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
        case="small",
        period=("2018-01-01", "2020-12-31"),
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
