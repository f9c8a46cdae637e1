"""What a pack says of itself: hashes, parameters, revision, environment.

- :func:`revision`: the revision of the code and whether files differ from it.
- :func:`code`: the same with one hash over every file of the suite.
- :func:`environment`: Python and every installed package with its version.
- :func:`log`: how many rows each step of a run took in and gave out.
- :func:`outputs`: the files of a pack with their hashes.
- :func:`results`: one hash over everything that was found.
- :func:`common`: what every notebook of a run rests on.
- :func:`manifest`: the manifest of a pack folder.
"""

from __future__ import annotations

import hashlib
import platform
import re
import shutil
import subprocess  # noqa: S404 - asks git for the revision, with fixed arguments only
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import metadata
from pathlib import Path
from typing import Any

import helpers
from helpers import judgement
from helpers.case import project_root
from helpers.casefile import CASE_VERSION, Case
from helpers.intake.reading import sha256
from helpers.rules.versions import rules_files, versions
from helpers.run import Run

VERSION = "2.0"
RESULTS = ("tables", "figures", "notebooks", "findings.json")
"""What a pack found; its pages and documents say the same in other forms."""


def _git(folder: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    done = subprocess.run(  # noqa: S603 - fixed program and arguments, no shell
        [git, *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else None


def revision(folder: Path = Path(__file__).parent) -> dict[str, Any]:
    """Return the revision of the code, and how many tracked files differ from it.

    Both are null where the folder (by default that of the code) is not in a git checkout.

    Returns
    -------
    dict
        version, revision, changed_files (how many).

    Examples
    --------
    >>> sorted(revision())
    ['changed_files', 'revision', 'version']
    """
    changed = _git(folder, "status", "--porcelain", "--untracked-files=no")
    return {
        "version": helpers.__version__,
        "revision": _git(folder, "rev-parse", "HEAD"),
        "changed_files": None if changed is None else len(changed.splitlines()),
    }


@cache
def _tree(folder: Path) -> str:
    """Return one hash over the files of a folder, compiled ones left out."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc":
            digest.update(f"{sha256(path)}  {path.relative_to(folder).as_posix()}\n".encode())
    return digest.hexdigest()


def code() -> dict[str, Any]:
    """Return the revision of the code, and one hash over every file of the helpers.

    Returns
    -------
    dict
        version, revision, changed_files, and sha256: of the lines "hash, two spaces, file" of the
        package, as ``sha256sum`` writes them.

    Examples
    --------
    >>> len(code()["sha256"])
    64
    """
    return {**revision(), "sha256": _tree(Path(helpers.__file__).parent)}


def _locked(here: Mapping[str, str]) -> dict[str, Any]:
    """Return the lock file's hash, and which installed packages are of another version."""
    path = project_root() / "requirements.lock"
    if not path.is_file():
        return {"sha256": None, "differs": []}
    wanted = dict(re.findall(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", path.read_text("utf-8"), re.M))
    differs = [
        f"{name} {here[name.lower()]}, locked {version}"
        for name, version in sorted(wanted.items())
        if name.lower() in here and here[name.lower()] != version
    ]
    return {"sha256": sha256(path), "differs": differs}


@cache
def _installed() -> dict[str, str]:
    """Return every installed package with its version, by its name in small letters.

    Nothing is installed while a process runs; reading them all takes an eighth of a second.
    """
    said = (item.metadata for item in metadata.distributions())
    return dict(sorted((held["Name"].lower(), held["Version"]) for held in said))


def environment() -> dict[str, Any]:
    """Return Python, the platform and every installed package with its version.

    Returns
    -------
    dict
        python, implementation, system, machine, packages with the version of each, and lock: the
        hash of ``requirements.lock`` and each installed package of another version than it says.

    Examples
    --------
    >>> "pandas" in environment()["packages"]
    True
    """
    packages = dict(_installed())
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "system": platform.system(),
        "machine": platform.machine(),
        "packages": packages,
        "lock": _locked(packages),
    }


def log(run: Run, seconds: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return how many rows each step of a run took in and gave out, in their order.

    Parameters
    ----------
    run : Run
        The run.
    seconds : mapping
        Seconds of each notebook.

    Returns
    -------
    list of dict
        step (read, table, notebook), what, and the counts of that step.
    """
    read = [
        {
            "step": "read",
            "what": row.get("file", row["source_id"]),
            **{name: int(row[name]) for name in row if name.startswith("rows_")},
        }
        for row in run.accounts.to_dict("records")
    ]
    tables = [
        {"step": "table", "what": name, "rows": len(frame)}
        for name, frame in run.extract.tables.items()
    ]
    notebooks = [
        {"step": "notebook", "what": name, "seconds": round(value, 2)}
        for name, value in seconds.items()
    ]
    return [*read, *tables, *notebooks]


def outputs(folder: Path, *, only: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Return the files of a folder but for its manifest: file, sha256 and bytes of each.

    Parameters
    ----------
    folder : Path
        The pack.
    only : sequence of str
        First parts of the names that are wanted; empty: all.
    """
    return [
        {"file": name, "sha256": sha256(path), "bytes": path.stat().st_size}
        for path in sorted(folder.rglob("*"))
        for name in [path.relative_to(folder).as_posix()]
        if path.is_file() and name != "manifest.json" and (not only or name.split("/")[0] in only)
    ]


def results(folder: Path) -> str:
    """Return one hash over everything that a pack found (:data:`RESULTS`).

    Parameters
    ----------
    folder : Path
        The pack.
    """
    lines = [f"{item['sha256']}  {item['file']}\n" for item in outputs(folder, only=RESULTS)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def common(case: Case, inputs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return what every notebook of a run rests on, and what its pages say beside it.

    Parameters
    ----------
    case : Case
        The case.
    inputs : sequence of mapping
        file, sha256 and bytes of what was read of it.

    Returns
    -------
    dict
        plan, rules, inputs, judgement (the files of the record of judgement), code, environment.
    """
    plan = case.plan
    fixed = plan.fixed.model_dump(mode="json") if plan and plan.fixed else None
    return {
        "plan": {"sha256": plan.sha256, "fixed": fixed} if plan else None,
        "rules": versions() | {"files": rules_files().to_dict("records")},
        "inputs": list(inputs),
        "judgement": [
            {"file": name, "sha256": sha256(case.path(name))} for name in judgement.files(case)
        ],
        "code": code(),
        "environment": environment(),
    }


def manifest(
    folder: Path,
    *,
    run: Run,
    identity: Mapping[str, Any],
    notebooks: Mapping[str, Mapping[str, Any]],
    block: Mapping[str, Any],
    times: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the manifest of a pack whose other files are all written.

    Parameters
    ----------
    folder : Path
        The pack.
    run : Run
        The run.
    identity : mapping
        ``pack`` (id, version), ``ledger`` (entry, previous, made) and ``results_sha256``.
    notebooks : mapping
        Of each notebook its parameters, its seconds, the hash of its cells, and the pack from which
        it was taken, if it was.
    block : mapping
        The opening block of the run: inputs, rows, flags.
    times : mapping
        When the run started and ended.

    Returns
    -------
    dict
        Plain values that can be written as JSON.
    """
    rests = common(run.case, block["inputs"])
    return {
        "manifest_version": VERSION,
        **identity,
        "case": run.case.id,
        "registered_period": run.case.registered or None,
        "case_version": CASE_VERSION,
        "period": {"start": run.period_start.isoformat(), "end": run.period_end.isoformat()},
        "data_status": block["data_status"],
        "extract_date": block["extract_date"],
        "release_profile": block["parameters"]["release_profile"],
        "notebooks": notebooks,
        **{name: rests[name] for name in ("plan", "rules", "inputs", "judgement")},
        "rows": block["rows"],
        "flags": block["flags"],
        "log": log(run, {name: said["seconds"] for name, said in notebooks.items()}),
        "outputs": outputs(folder),
        "code": rests["code"],
        "environment": rests["environment"],
        "times": times,
    }
