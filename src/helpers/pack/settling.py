"""Packs that were in place when their run was killed, set right.

- :func:`complete`: put a pack on the ledger that was in place when its run was killed.
- :func:`listed`: whether a pack is on the ledger as it stands.
- :func:`versions`, :func:`manifest`: what there is of a period.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from helpers.intake.reading import sha256
from helpers.pack import history, verify

_VERSION = re.compile(r"v[1-9][0-9]*")


def manifest(pack: Path) -> dict[str, Any] | None:
    """Return the manifest of a pack, None where it has none that can be read.

    Parameters
    ----------
    pack : Path
        Folder of the version.
    """
    try:
        held = json.loads((pack / "manifest.json").read_bytes())
    except (OSError, ValueError):
        return None
    return held if isinstance(held, dict) else None


def versions(period: Path) -> list[Path]:
    """Return the folders of the versions of a period, the first one first.

    Parameters
    ----------
    period : Path
        ``<packs>/<case>/<period>``.
    """
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
    if all(listed(pack) for pack in versions(period)):
        return []
    said = []
    with history.locked(period.parent):
        for pack in versions(period):
            ledger = period.parent / history.NAME
            known = {entry.pack for entry in history.read(ledger)}
            held = manifest(pack) or {}
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
