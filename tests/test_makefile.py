"""The Makefile: its help, its choice of Python, and when it sets up again. Nothing is installed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MAKE = shutil.which("make") or ""
TARGETS = ["help", "setup", "evidence", "test", "test-all", "simulate", "bench"]
TARGETS += ["lab", "lint", "refresh", "lock", "clean"]

pytestmark = pytest.mark.skipif(not MAKE, reason="make is not installed")


def make(*arguments, cwd=ROOT, path=None):
    """Run make as from a fresh shell, also when these tests were themselves started by make."""
    hidden = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "PYTHON"}
    environment = {name: value for name, value in os.environ.items() if name not in hidden}
    if path is not None:
        environment["PATH"] = f"{path}{os.pathsep}{environment['PATH']}"
    return subprocess.run(
        [MAKE, *arguments], cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def fake_python(path, *, version=None):
    """Write a Python that reports a version, or one that fails as a broken pyenv shim does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\necho {version}\n" if version else "#!/bin/sh\nexit 127\n")
    path.chmod(0o755)
    return path


def test_help_is_the_default_and_lists_every_target():
    listed = re.findall(r"^  make (\S+) +\S", make().stdout, flags=re.MULTILINE)
    assert set(TARGETS) <= set(listed)
    assert make("help").stdout == make().stdout


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13"])
def test_a_supported_python_is_taken(tmp_path, version):
    python = fake_python(tmp_path / "a folder" / "python", version=version)
    done = make("which-python", f"PYTHON={python}")
    assert done.stdout == f"{python} (Python {version})\n"


@pytest.mark.parametrize("version", ["3.10", "3.14", "2.7", "3.1"])
def test_another_python_is_refused_in_a_sentence(tmp_path, version):
    python = fake_python(tmp_path / "python", version=version)
    done = make("which-python", f"PYTHON={python}")
    assert done.returncode == 2
    assert "this needs Python 3.11, 3.12 or 3.13" in done.stderr
    assert f"{python} is Python {version}." in done.stderr


def test_a_python_that_does_not_run_is_passed_over(tmp_path):
    fake_python(tmp_path / "python3.13")
    fake_python(tmp_path / "python3.12", version="3.12")
    assert make("which-python", path=tmp_path).stdout == "python3.12 (Python 3.12)\n"


def test_no_python_at_all_is_refused_in_a_sentence(tmp_path):
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        fake_python(tmp_path / name)
    done = make("which-python", path=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("No suitable Python found")


@pytest.fixture
def project(tmp_path):
    """Give a folder that `make setup` takes for ready."""
    folder = tmp_path / "a project"
    fake_python(folder / ".venv/bin/python", version="3.12")
    for name in ("Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
        os.utime(folder / name, (1, 1))
    (folder / ".venv/.ready").write_text(f"3.12 {folder.resolve()}\n")
    return folder


def is_ready(project, *arguments):
    """Ask make, which answers 0 for nothing to do and 1 for something to do."""
    status = make("--question", ".venv/.ready", *arguments, cwd=project).returncode
    assert status in {0, 1}
    return status == 0


def test_a_ready_project_is_left_alone(project):
    assert is_ready(project)


@pytest.mark.parametrize("name", ["Makefile", "pyproject.toml", "requirements.lock"])
def test_set_up_again_when_a_file_changes(project, name):
    os.utime(project / name)
    os.utime(project / ".venv/.ready", (2, 2))
    assert not is_ready(project)


def test_set_up_again_when_half_made(project):
    (project / ".venv/.ready").unlink()
    assert not is_ready(project)


def test_set_up_again_when_its_python_is_gone(project):
    fake_python(project / ".venv/bin/python")
    assert not is_ready(project)


def test_set_up_again_when_moved(project):
    moved = project.rename(project.with_name("moved"))
    assert not is_ready(moved)


def test_set_up_again_for_another_python_only(project, tmp_path):
    same = fake_python(tmp_path / "same", version="3.12")
    other = fake_python(tmp_path / "other", version="3.13")
    assert is_ready(project, f"PYTHON={same}")
    assert not is_ready(project, f"PYTHON={other}")
