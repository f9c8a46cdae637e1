"""What a pack says of itself: hashes, parameters, revision, environment.

- :func:`revision`: the revision of the code and whether files differ from it.
- :func:`environment`: Python and every installed package with its version.
- :func:`manifest`: the manifest of a pack folder.
"""

from __future__ import annotations

import platform
import shutil
import subprocess  # noqa: S404 - asks git for the revision, with fixed arguments only
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import helpers
from helpers.casefile import CASE_VERSION
from helpers.intake.reading import sha256
from helpers.rules.versions import rules_files

VERSION = "1.0"


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


def environment() -> dict[str, Any]:
    """Return Python, the platform and every installed package with its version.

    Returns
    -------
    dict
        python, implementation, system, machine, and packages with the version of each.

    Examples
    --------
    >>> "pandas" in environment()["packages"]
    True
    """
    packages = {item.metadata["Name"].lower(): item.version for item in metadata.distributions()}
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "system": platform.system(),
        "machine": platform.machine(),
        "packages": dict(sorted(packages.items())),
    }


def manifest(
    folder: Path,
    *,
    case: str,
    period: tuple[str, str],
    notebooks: dict[str, dict[str, Any]],
    block: dict[str, Any],
    times: dict[str, Any],
) -> dict[str, Any]:
    """Return the manifest of a pack whose other files are all written.

    Parameters
    ----------
    folder : Path
        The pack.
    case : str
        Id of the case.
    period : tuple of str
        First and last day.
    notebooks : dict
        Parameters and seconds of each notebook.
    block : dict
        The opening block of the run: inputs, rows, flags.
    times : dict
        When the run started and ended.

    Returns
    -------
    dict
        Plain values that can be written as JSON.
    """
    outputs = [
        {
            "file": path.relative_to(folder).as_posix(),
            "sha256": sha256(path),
            "bytes": path.stat().st_size,
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    ]
    return {
        "manifest_version": VERSION,
        "case": case,
        "case_version": CASE_VERSION,
        "period": {"start": period[0], "end": period[1]},
        "data_status": block["data_status"],
        "extract_date": block["extract_date"],
        "release_profile": block["parameters"]["release_profile"],
        "notebooks": notebooks,
        "rules": block["rules"] | {"files": rules_files().to_dict("records")},
        "inputs": block["inputs"],
        "rows": block["rows"],
        "flags": block["flags"],
        "outputs": outputs,
        "code": revision(),
        "environment": environment(),
        "times": times,
    }
