"""pyproject.toml, requirements.lock, environment.yml and what is installed say the same.

Each rule is a function over parsed text that returns its complaints, and each is also shown a
small text that breaks it.
"""

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
SUPPORTED = {"3.11": "3.11.7", "3.12": "3.12.1", "3.13": "3.13.0"}
REQUIRED = {"jupyterlab", "pandas", "matplotlib", "seaborn", "statsmodels", "papermill", "nbval"}
ENTRY = re.compile(r"[A-Za-z0-9][\w.-]*==")
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}(\s|$)")

PYPROJECT = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")
CONDA = (ROOT / "environment.yml").read_text(encoding="utf-8")


# ---- Reading ------------------------------------------------------------------------------------


def direct(pyproject):
    """Give the run-time and test requirements by name."""
    project = tomllib.loads(pyproject)["project"]
    texts = project["dependencies"] + project["optional-dependencies"]["test"]
    return {canonicalize_name(Requirement(text).name): Requirement(text) for text in texts}


def build(pyproject):
    """Give the requirements that set-up itself needs, by name."""
    document = tomllib.loads(pyproject)
    texts = document["build-system"]["requires"] + document["dependency-groups"]["build"]
    return {canonicalize_name(Requirement(text).name): Requirement(text) for text in texts}


def locked_entries(lock):
    """Give each entry of the lock with all of its lines joined, in order."""
    joined = lock.replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.startswith("#")]


def locked(lock, python):
    """Give name and version of what the lock installs on this machine under a Python version."""
    environment = {"python_version": python, "python_full_version": SUPPORTED[python]}
    found = {}
    for entry in locked_entries(lock):
        requirement = Requirement(entry.split("--hash")[0].strip())
        if requirement.marker is None or requirement.marker.evaluate(environment):
            (pin,) = requirement.specifier
            found.setdefault(canonicalize_name(requirement.name), []).append(pin.version)
    return found


def conda_pins(conda):
    """Give name and version of each package; the version is empty where none is set.

    Those that pip installs, because conda does not have them, count too.
    """
    known = {"python-duckdb": "duckdb"}  # conda names the command by the plain name
    listed = yaml.safe_load(conda)["dependencies"]
    specs = [spec for spec in listed if isinstance(spec, str)]
    specs += [
        spec.replace("==", "=")
        for part in listed if isinstance(part, dict)
        for spec in part["pip"] if not spec.startswith("-")
    ]  # fmt: skip
    pins = {spec.partition("=")[0].strip(): spec.partition("=")[2].strip() for spec in specs}
    return {known.get(name, name): version for name, version in pins.items()}


# ---- Rules --------------------------------------------------------------------------------------


def lock_form_problems(lock):
    """Each entry is one exact version with hashes, and no address of a server is in the file."""
    problems = ["an address is in the lock"] if "://" in lock else []
    for entry in locked_entries(lock):
        if not ENTRY.match(entry):
            problems.append(f"not an exact version: {entry.split('--hash')[0].strip()}")
        elif not HASH.search(entry):
            problems.append(f"no hash: {entry.split('==')[0]}")
    return problems


def lock_problems(requirements, lock, python):
    """Each requirement is locked once under this Python, at a version it allows."""
    versions = locked(lock, python)
    problems = []
    for name, requirement in requirements.items():
        found = versions.get(name, [])
        if len(found) != 1:
            problems.append(f"{name} is locked {len(found)} times for Python {python}")
        elif found[0] not in requirement.specifier:
            problems.append(f"{requirement} does not allow the locked {found[0]}")
    return problems


def conda_problems(requirements, lock, conda):
    """environment.yml pins the direct requirements, all of them and no others, as locked."""
    pins = conda_pins(conda)
    document = yaml.safe_load(conda)
    python = pins.pop("python", "")
    if python not in SUPPORTED:
        return [f"python={python} is not supported"]
    versions = locked(lock, python)
    problems = [f"unknown: {name}" for name in pins if name not in {*requirements, "pip"}]
    for name in requirements:
        wanted = versions.get(name, ["nothing"])[0]
        if pins.get(name) != wanted:
            problems.append(f"{name}={pins.get(name, 'nothing')} but the lock has {wanted}")
    if document["channels"] != ["conda-forge", "nodefaults"]:
        problems.append(f"channels: {document['channels']}")
    (pip,) = [spec["pip"] for spec in document["dependencies"] if isinstance(spec, dict)] or [[]]
    if [spec for spec in pip if "==" not in spec] != ["-e ."]:
        problems.append("pip must install this project, and nothing else without a version")
    return problems


def installed_problems(lock, python, installed, *, only=None):
    """Give each locked package that is not installed here at its locked version."""
    problems = []
    for name, versions in locked(lock, python).items():
        here = installed.get(name, "nothing")
        if (only is None or name in only) and here != versions[0]:
            problems.append(f"{name}: the lock has {versions[0]}, installed is {here}")
    return problems


# ---- The files as they are ----------------------------------------------------------------------


def test_lock_is_exact_hashed_and_names_no_server():
    assert len(locked_entries(LOCK)) > len(direct(PYPROJECT))
    assert lock_form_problems(LOCK) == []


@pytest.mark.parametrize("python", SUPPORTED)
def test_lock_satisfies_pyproject(python):
    assert lock_problems({**build(PYPROJECT), **direct(PYPROJECT)}, LOCK, python) == []


@pytest.mark.parametrize("python", SUPPORTED)
def test_lock_gives_one_version_of_each_package(python):
    assert {n: v for n, v in locked(LOCK, python).items() if len(v) > 1} == {}


def test_supported_pythons_are_those_of_pyproject():
    project = tomllib.loads(PYPROJECT)["project"]
    allowed = SpecifierSet(project["requires-python"])
    assert [v for v in ("3.10", *SUPPORTED, "3.14") if f"{v}.0" in allowed] == list(SUPPORTED)
    named = {c.rpartition(" ")[2] for c in project["classifiers"] if "Python ::" in c}
    assert named == set(SUPPORTED)


def test_environment_yml_agrees_with_the_lock():
    assert conda_problems(direct(PYPROJECT), LOCK, CONDA) == []


def test_the_required_packages_are_in_all_three():
    assert REQUIRED - direct(PYPROJECT).keys() == set()
    assert REQUIRED - conda_pins(CONDA).keys() == set()
    for python in SUPPORTED:
        assert REQUIRED - locked(LOCK, python).keys() == set()


def test_installed_packages_are_the_locked_ones():
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    installed = {canonicalize_name(d.name): d.version for d in metadata.distributions()}
    # conda chooses what the direct requirements need in turn; only the direct ones are pinned.
    only = direct(PYPROJECT).keys() if (Path(sys.prefix) / "conda-meta").is_dir() else None
    assert installed_problems(LOCK, python, installed, only=only) == []


# ---- Each rule can fail -------------------------------------------------------------------------

GOOD_HASH = "--hash=sha256:" + "0" * 64
SMALL_LOCK = f"""\
numpy==2.4.6 ; python_full_version < '3.12' \\
    {GOOD_HASH}
numpy==2.5.5 ; python_full_version >= '3.12' \\
    {GOOD_HASH}
"""
SMALL_CONDA = """\
channels: [conda-forge, nodefaults]
dependencies:
  - python=3.13
  - pip
  - numpy=2.5.5
  - pip: ["-e ."]
"""
SMALL = {"numpy": Requirement("numpy>=2.3")}


def test_small_examples_are_right():
    assert lock_form_problems(SMALL_LOCK) == []
    assert lock_problems(SMALL, SMALL_LOCK, "3.11") == []
    assert conda_problems(SMALL, SMALL_LOCK, SMALL_CONDA) == []
    assert installed_problems(SMALL_LOCK, "3.11", {"numpy": "2.4.6"}) == []


@pytest.mark.parametrize(
    ("lock", "complaint"),
    [
        (f"--find-links x://y\n{SMALL_LOCK}", "an address is in the lock"),
        (f"numpy>=2.4 {GOOD_HASH}\n", "not an exact version: numpy>=2.4"),
        ("numpy==2.4.6\n", "no hash: numpy"),
        ("numpy==2.4.6 --hash=sha256:0123\n", "no hash: numpy"),
    ],
)
def test_a_lock_in_bad_form_is_found(lock, complaint):
    assert complaint in lock_form_problems(lock)


@pytest.mark.parametrize(
    ("requirement", "lock", "complaint"),
    [
        ("pandas", SMALL_LOCK, "pandas is locked 0 times for Python 3.11"),
        ("numpy", SMALL_LOCK.split("numpy==2.5.5")[0] * 2, "numpy is locked 2 times"),
        ("numpy", "numpy==2.5.5 ; python_full_version >= '3.12'", "numpy is locked 0 times"),
        ("numpy>=2.5", SMALL_LOCK, "does not allow the locked 2.4.6"),
    ],
)
def test_a_lock_that_does_not_fit_is_found(requirement, lock, complaint):
    needed = Requirement(requirement)
    (problem,) = lock_problems({needed.name: needed}, lock, "3.11")
    assert complaint in problem


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("numpy=2.5.5", "numpy=2.4.6", "numpy=2.4.6 but the lock has 2.5.5"),
        ("numpy=2.5.5", "numpy", "numpy= but the lock has 2.5.5"),
        ("  - numpy=2.5.5\n", "", "numpy=nothing but the lock has 2.5.5"),
        ("- pip\n", "- pip\n  - leftpad=1.0\n", "unknown: leftpad"),
        ("python=3.13", "python=3.10", "python=3.10 is not supported"),
        ("conda-forge", "defaults", "channels: ['defaults', 'nodefaults']"),
        ('"-e ."', '"-e .", "leftpad==1.0"', "unknown: leftpad"),
        ('"-e ."', "", "pip must install this project, and nothing else without a version"),
    ],
)
def test_an_environment_yml_that_disagrees_is_found(old, new, complaint):
    assert old in SMALL_CONDA
    assert conda_problems(SMALL, SMALL_LOCK, SMALL_CONDA.replace(old, new)) == [complaint]


@pytest.mark.parametrize(("installed", "here"), [({}, "nothing"), ({"numpy": "2.4.5"}, "2.4.5")])
def test_another_installed_version_is_found(installed, here):
    complaint = f"numpy: the lock has 2.4.6, installed is {here}"
    assert installed_problems(SMALL_LOCK, "3.11", installed) == [complaint]
    assert installed_problems(SMALL_LOCK, "3.11", installed, only={"pandas"}) == []
