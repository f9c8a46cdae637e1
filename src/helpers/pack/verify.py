"""Whether a pack or a release is as it was made: each file, the manifest, its place in the ledger.

- :class:`Fault`: one thing that is not as it was.
- :func:`load`: the manifest of a pack or a release; :func:`is_release`: of which;
  :func:`ledger_of`: where its ledger is.
- :func:`faults`: everything that is not as it was.
- :func:`rerun`: every number that comes out differently when the pack is made again from raw files.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pandas as pd

from helpers.errors import InputError, Problem
from helpers.intake.reading import sha256
from helpers.pack import history, signing

if TYPE_CHECKING:
    from helpers.pack.execute import Progress

MANIFEST = "manifest.json"
APART = {MANIFEST, signing.NAME}
"""Files that the manifest does not list: itself, and the signature over it."""


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it was when the pack was made.

    Parameters
    ----------
    file : str
        The file, relative to the pack; of the ledger its name.
    what : str
        altered, missing, added, swapped, ledger or signature.
    detail : str
        What is known of it, as a sentence without a full stop.

    Examples
    --------
    >>> str(Fault("findings.json", "missing", "the manifest lists it and it is not there"))
    'findings.json: missing: the manifest lists it and it is not there'
    """

    file: str
    what: str
    detail: str

    def __str__(self) -> str:
        """Return the fault as one line."""
        return f"{self.file}: {self.what}: {self.detail}"


def load(pack: Path) -> dict[str, Any]:
    """Return the manifest of a pack or a release.

    Parameters
    ----------
    pack : Path
        Folder of the pack, or of the release.

    Raises
    ------
    InputError
        If there is no such folder, or its manifest cannot be read or is of another version.
    """
    from helpers.pack.manifest import VERSION

    mend = "Name a pack, evidence/CASE/PERIOD/vN, or a release, releases/CASE/PERIOD_PROFILE."
    path = pack / MANIFEST
    if not path.is_file():
        raise InputError.one("there is no manifest.json: this is not a pack", pack.name, mend)
    try:
        held = json.loads(path.read_bytes())
        version = held["manifest_version"]
        known = history.RELEASE_VERSION if is_release(held) else VERSION
    except (ValueError, KeyError, TypeError):
        raise InputError.one(
            "the manifest cannot be read: it was altered, or is not one of this suite",
            f"{pack.name}/{MANIFEST}",
            "Take the pack again from where it was issued.",
        ) from None
    if version != known:
        raise InputError.one(
            f"the manifest is of version {version}; this suite reads {known}",
            f"{pack.name}/{MANIFEST}",
            f"Verify it with the revision that made it: {held.get('code', {}).get('revision')}.",
        )
    return dict(held)


def is_release(manifest: Mapping[str, Any]) -> bool:
    """Return whether a manifest is that of a release.

    Examples
    --------
    >>> is_release({"kind": "release"}), is_release({"pack": {"id": "coroners.2020.v1"}})
    (True, False)
    """
    return manifest.get("kind") == "release"


def ledger_of(pack: Path, manifest: Mapping[str, Any]) -> Path:
    """Return where the ledger of a pack or a release is, if nobody moved either.

    Parameters
    ----------
    pack : Path
        Its folder.
    manifest : mapping
        As :func:`load` returns it.
    """
    here = pack.resolve()
    if is_release(manifest):
        return here.parent / history.RELEASES
    return here.parents[1] / history.NAME


def _files(pack: Path, manifest: dict[str, Any]) -> list[Fault]:
    wanted = {item["file"]: item["sha256"] for item in manifest["outputs"]}
    by_hash: dict[str, list[str]] = {}
    for name, digest in wanted.items():
        by_hash.setdefault(digest, []).append(name)
    present = {
        path.relative_to(pack).as_posix(): path
        for path in sorted(pack.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }
    found = []
    for name, digest in wanted.items():
        path = present.get(name)
        if path is None:
            found.append(Fault(name, "missing", "the manifest lists it and it is not there"))
            continue
        if path.is_symlink():
            found.append(Fault(name, "altered", "it is a link to another file"))
            continue
        actual = sha256(path)
        if actual == digest:
            continue
        others = [other for other in by_hash.get(actual, []) if other != name]
        if others:
            found.append(Fault(name, "swapped", f"it holds what {others[0]} held"))
        else:
            found.append(Fault(name, "altered", "its SHA-256 is not the one in the manifest"))
    found += [
        Fault(name, "added", "the manifest does not list it")
        for name in present
        if name not in wanted and name not in APART
    ]
    return found


def _ledger(pack: Path, manifest: dict[str, Any], ledger: Path) -> list[Fault]:
    if not ledger.is_file():
        lost = "it is not there, so the place of the pack in the chain cannot be checked"
        return [Fault(ledger.name, "ledger", lost)]
    found = [Fault(ledger.name, "ledger", text) for text in history.faults(ledger)]
    said = manifest["ledger"]
    entries = {entry.entry: entry for entry in history.read(ledger)}
    mine = entries.get(said["entry"])
    if mine is None:
        missing = f"entry {said['entry']}, that of this pack, is not there"
        return [*found, Fault(ledger.name, "ledger", missing)]
    if mine.pack != manifest["pack"]["id"]:
        other = f"entry {mine.entry} is of {mine.pack}, not of {manifest['pack']['id']}"
        found.append(Fault(ledger.name, "ledger", other))
    elif mine.manifest_sha256 != sha256(pack / MANIFEST):
        found.append(Fault(MANIFEST, "altered", "its SHA-256 is not the one in the ledger"))
    if mine.made != said["made"]:
        when = f"entry {mine.entry} gives another time than the manifest of its pack"
        found.append(Fault(ledger.name, "ledger", when))
    if mine.previous != said["previous"]:
        before = "the entry before this pack is not the one that was there when it was made"
        found.append(Fault(ledger.name, "ledger", before))
    return found


def faults(
    pack: Path, *, ledger: Path | None = None, public_key: Path | None = None
) -> list[Fault]:
    """Return everything of a pack or a release that is not as it was when it was made.

    Every file is hashed and compared with the manifest, the manifest with the ledger, each line of
    the ledger with the one before. A signature that is there is checked where a key is given.

    Parameters
    ----------
    pack : Path
        Folder of the pack, or of the release.
    ledger : Path, optional
        Default: ``ledger.jsonl`` of the case, two folders above the pack; of a release
        ``releases.jsonl``, beside it.
    public_key : Path, optional
        Of whoever signed the pack: then a pack without a signature has a fault.

    Returns
    -------
    list of Fault
        Empty where nothing was altered, left out or added.

    Raises
    ------
    InputError
        If the folder is not a pack whose manifest can be read.
    """
    manifest = load(pack)
    try:
        found = _files(pack, manifest)
        found += _ledger(pack, manifest, ledger or ledger_of(pack, manifest))
    except (KeyError, TypeError, AttributeError):
        return [Fault(MANIFEST, "altered", "it lacks what every manifest holds")]
    if public_key is not None and (wrong := signing.check(pack, public_key)):
        found.append(Fault(signing.NAME, "signature", wrong))
    return found


def _changed_inputs(manifest: dict[str, Any]) -> list[Problem]:
    from helpers.case import project_root

    folder = project_root() / "data" / manifest["case"]
    problems = []
    for item in manifest["inputs"]:
        path = folder / item["file"]
        where = f"data/{manifest['case']}/{item['file']}"
        if not path.is_file():
            problems.append(Problem("the file is not there", where, "Restore what the pack used."))
        elif sha256(path) != item["sha256"]:
            problems.append(
                Problem("the file is not the one the pack used", where, "Restore that one.")
            )
    return problems


def rerun(
    pack: Path, *, report: Callable[[Progress], None] = lambda progress: None
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Make a pack again from the raw files and return every number that comes out differently.

    Parameters
    ----------
    pack : Path
        Folder of the pack.
    report : callable
        Told of each cell as it starts.

    Returns
    -------
    DataFrame, dict
        Columns notebook, exhibit, row, column, old, new, as
        :func:`helpers.pack.refresh.differences` gives them (counts and text exactly, other numbers
        to a relative 1e-8); and ``tables``, how many were compared, with ``code``: the revisions
        of the pack and of now.

    Raises
    ------
    InputError
        If an input file is not the one that the pack was made from: each is named; or if it is a
        release, which holds no notebook.
    """
    from helpers.pack import build, execute
    from helpers.pack.collect import collect
    from helpers.pack.manifest import code
    from helpers.pack.refresh import COLUMNS, differences

    manifest = load(pack)
    if is_release(manifest):
        raise InputError.one(
            "a release holds no notebook that could be executed again",
            pack.name,
            "Verify the pack that it was made from with --rerun.",
        )
    if problems := _changed_inputs(manifest):
        raise InputError(problems)
    known = build.notebooks()
    missing = [name for name in manifest["notebooks"] if name not in known]
    if missing:
        raise InputError.one(
            "this suite has no such notebook", f"notebook {', '.join(missing)}",
            f"Check out revision {manifest['code']['revision']}.",
        )  # fmt: skip
    jobs = {known[name]: said["parameters"] for name, said in manifest["notebooks"].items()}
    with tempfile.TemporaryDirectory() as scratch:
        executed, _ = execute.execute_all(jobs, report=report, scratch=Path(scratch))
    found, tables = [], 0
    for name, notebook in executed.items():
        old = nbformat.read(pack / "notebooks" / f"{name}.ipynb", as_version=4)
        tables += len(collect({name: old}).exhibits)
        found.append(differences(name, old, notebook))
    moved = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)
    return moved, {"tables": tables, "then": manifest["code"], "now": code()}
