"""What a killed run left behind, set right; and packs that stand already, recognised.

- :func:`sweep`: take away unfinished folders of processes that are dead.
- :func:`complete`: put a pack on the ledger that was in place when its run was killed.
- :func:`standing`: the pack that a row asks for, if it stands on the ledger.
- :func:`listed`: whether a pack is on the ledger as it stands.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

from helpers.batch.plan import Row

_PARTIAL = re.compile(r"\..+\.(\d+)\.partial")
_VERSION = re.compile(r"v[1-9][0-9]*")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True


def sweep(case: Path, *, dead: int | None = None) -> list[str]:
    """Take away unfinished packs of processes that are dead, and return their names.

    Parameters
    ----------
    case : Path
        Folder of the packs of a case.
    dead : int, optional
        A process known to be dead: only what it left is taken away.

    Examples
    --------
    >>> sweep(Path("nowhere"))
    []
    """
    gone = []
    for path in sorted(case.glob(".*.partial")) if case.is_dir() else []:
        match = _PARTIAL.fullmatch(path.name)
        if match is None or (dead is not None and int(match[1]) != dead):
            continue
        if dead is not None or (os.name != "nt" and not _alive(int(match[1]))):
            shutil.rmtree(path, ignore_errors=True)
            gone.append(path.name)
    return gone


def _manifest(pack: Path) -> dict[str, Any] | None:
    try:
        held = json.loads((pack / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return None
    return held if isinstance(held, dict) else None


def _versions(period: Path) -> list[Path]:
    found = period.iterdir() if period.is_dir() else ()
    kept = [path for path in found if _VERSION.fullmatch(path.name) and path.is_dir()]
    return sorted(kept, key=lambda path: int(path.name[1:]))


def listed(pack: Path) -> str:
    """Return the hash of a pack's manifest if it is on the ledger as it stands, else nothing.

    Parameters
    ----------
    pack : Path
        Folder of the version.

    Examples
    --------
    >>> listed(Path("nowhere/2020-01-01_2020-12-31/v1"))
    ''
    """
    from helpers.intake.reading import sha256
    from helpers.pack import history

    path = pack / "manifest.json"
    if not path.is_file():
        return ""
    digest = sha256(path)
    entries = history.read(pack.parents[1] / history.NAME)
    name = f"{pack.parents[1].name}.{pack.parent.name}.{pack.name}"
    found = any(item.pack == name and item.manifest_sha256 == digest for item in entries)
    return digest if found else ""


def complete(period: Path) -> list[str]:
    """Put packs on the ledger that were in place when their run was killed; say what was done.

    A pack is moved into place and then put on the ledger; a kill may come between. Its manifest
    says which entry it is to be and which line it follows, so the entry that was never written is
    known to the letter. Where the ledger has gone on since, or a file of the pack is not as its
    manifest says, the pack is moved aside: nobody was told of it.

    Parameters
    ----------
    period : Path
        ``<packs>/<case>/<period>``.

    Returns
    -------
    list of str
        A sentence for each pack.
    """
    from helpers.intake.reading import sha256
    from helpers.pack import history, verify

    if all(listed(pack) for pack in _versions(period)):
        return []
    said = []
    with history.locked(period.parent):
        for pack in _versions(period):
            ledger = period.parent / history.NAME
            known = {entry.pack for entry in history.read(ledger)}
            held = _manifest(pack) or {}
            name = f"{period.parent.name}.{period.name}.{pack.name}"
            if name in known:
                continue
            place = held.get("ledger", {})
            entry, previous = history.last(ledger)
            follows = (place.get("entry"), place.get("previous")) == (entry + 1, previous)
            if follows and not verify._files(pack, held):
                digest = sha256(pack / "manifest.json")
                made = history.Entry(entry + 1, name, digest, place["made"], previous)
                history.append(ledger, made)
                said.append(f"{name} was in place, and is now on the ledger")
            else:
                pack.rename(_aside(period, pack.name))
                said.append(f"{name} was not on the ledger, and was moved aside")
    return said


def _aside(period: Path, name: str) -> Path:
    stem = period.with_name(f".{period.name}.{name}.unlisted")
    number, path = 1, stem
    while path.exists():
        number += 1
        path = stem.with_name(f"{stem.name}-{number}")
    return path


def standing(out: Path, row: Row) -> Path | None:
    """Return the pack that a row asks for, if it stands on the ledger; the newest one that fits.

    It fits if it was made from the same files, with the same parameters of the same notebooks, by
    the same code in the same environment.

    Parameters
    ----------
    out : Path
        Folder of all packs.
    row : Row
        The row.
    """
    from helpers.pack.manifest import environment

    for pack in reversed(_versions(out / row.folder)):
        held = _manifest(pack)
        if not held or not listed(pack):
            continue
        try:
            given = {name: said["parameters"] for name, said in held["notebooks"].items()}
            fits = (
                {item["file"]: item["sha256"] for item in held["inputs"]} == row.inputs
                and given == json.loads(json.dumps(row.notebooks))
                and held["code"]["sha256"] == row.code
                and held["release_profile"] == row.profile
                and held["environment"] == json.loads(json.dumps(environment()))
                and (not row.pdf or any(pack.glob("documents/pack.pdf*")))
            )
        except (KeyError, TypeError, AttributeError):
            continue
        if fits:
            return pack
    return None
