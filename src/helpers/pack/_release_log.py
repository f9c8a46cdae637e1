"""The releases of a case: what each published, so that the next is audited together with them.

- :func:`published`: what a release says of each count, as plain values.
- :func:`earlier_of`: the releases that are about already.
- :func:`place`: which line of the log a release will be, and what it follows.
- :func:`note`: add a line to the log.

``releases.jsonl`` lies beside the releases of a case and gets a line for each, chained as those of
the ledger of packs are (:mod:`helpers.pack.history`): the id of the release, which is case and
folder, and the SHA-256 of its manifest. ``published.json`` lies in each release and holds nothing
that its tables do not say: each count with what it counts, of whom, and between which numbers the
truth lies by the rule of the profile.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from helpers.disclosure.cells import Key, where_of
from helpers.disclosure.needs import Published
from helpers.disclosure.profiles import RELEASES, Profile
from helpers.disclosure.protect import Shown
from helpers.disclosure.running import Told
from helpers.errors import InputError
from helpers.intake.reading import sha256
from helpers.pack import history

LOG, COUNTS = history.RELEASES, "published.json"
VERSION = history.RELEASE_VERSION
"""Of the manifest of a release."""


def _curves(curves: Mapping[str, tuple[Told, Shown | None]]) -> list[dict[str, Any]]:
    return [
        {
            "stretch": name,
            "started": told.started,
            "steps": [list(step) for step in told.steps],
            "whole": told.whole,
            "among": None if among is None else [among.low, among.high],
        }
        for name, (told, among) in curves.items()
    ]


def _told(row: Mapping[str, Any], profile: Profile) -> tuple[Told, Shown | None]:
    steps = tuple((int(time), int(n), int(lost)) for time, n, lost in row["steps"])
    told = Told(int(row["started"]), steps, bool(row["whole"]), profile.midpoint)
    return told, None if row["among"] is None else Shown(None, *row["among"])


def published(
    case: str,
    profile: Profile,
    shown: Mapping[Key, Shown],
    curves: Mapping[str, tuple[Told, Shown | None]] | None = None,
) -> dict[str, Any]:
    """Return what a release says of each count, as plain values.

    Parameters
    ----------
    case : str
        Id of the case.
    profile : Profile
        The profile in force.
    shown : mapping
        What is shown of each count.
    curves : mapping, optional
        What is told of each curve, as :func:`helpers.pack._release_curves.add` returns it.
    """
    rows = [
        {
            "measure": measure,
            "of_whom": {name: list(held) for name, held in where},
            "shown": cell.value,
            "low": cell.low,
            "high": None if math.isinf(cell.high) else cell.high,
        }
        for (measure, where), cell in shown.items()
    ]
    made = {"version": "1.0", "case": case, "profile": profile.name, "counts": rows}
    return made | ({"curves": _curves(curves)} if curves else {})


def _read(folder: Path, case: str) -> Published:
    path = folder / COUNTS
    try:
        held = json.loads(path.read_text(encoding="utf-8"))
        shown = {
            (row["measure"], where_of(row["of_whom"])): Shown(
                row["shown"], row["low"], math.inf if row["high"] is None else row["high"]
            )
            for row in held["counts"]
        }
        profile = RELEASES[held["profile"]]
        curves = {row["stretch"]: _told(row, profile) for row in held.get("curves", [])}
        of = held["case"]
    except (OSError, ValueError, KeyError, TypeError):
        raise InputError.one(
            f"an earlier release cannot be read ({COUNTS})",
            str(folder),
            "Without it no audit can be made. Put the release back as it was.",
        ) from None
    if of != case:
        raise InputError.one(
            f"it is a release of another case ({of})", str(folder), f"Name releases of {case}."
        )
    return Published(profile, shown, folder.name, curves)


def earlier_of(beside: Path, case: str, more: Sequence[Path] = ()) -> list[Published]:
    """Return the releases of a case that are about already, the earliest first.

    Parameters
    ----------
    beside : Path
        The folder of the releases of the case.
    case : str
        Id of the case.
    more : sequence of Path
        Releases that lie elsewhere.

    Raises
    ------
    InputError
        If one of them is gone, was altered, or is of another case.
    """
    folders = [Path(path) for path in more]
    log = beside / LOG
    for line in log.read_text(encoding="utf-8").splitlines() if log.exists() else []:
        name, digest = _noted(line, log)
        folder = beside / name
        manifest = folder / "manifest.json"
        if not manifest.is_file() or sha256(manifest) != digest:
            raise InputError.one(
                "a release that the log names is gone or was altered",
                f"{log}, {name}",
                "Put it back as it was: what was published once stays known.",
            )
        held = json.loads(manifest.read_text(encoding="utf-8"))
        said = next((item for item in held["outputs"] if item["file"] == COUNTS), None)
        if said is None or sha256(folder / COUNTS) != said["sha256"]:
            raise InputError.one(
                f"{COUNTS} of an earlier release was altered", str(folder), "Put it back."
            )
        if folder.resolve() not in {path.resolve() for path in folders}:
            folders.append(folder)
    return [_read(folder, case) for folder in folders]


def _noted(line: str, log: Path) -> tuple[str, str]:
    """Return folder and SHA-256 of the manifest of a release, from its line of the log."""
    try:
        row = json.loads(line)
        # The first releases were noted by their folder, in lines that did not follow one another.
        return row.get("folder") or row["pack"].partition(".")[2], row["manifest_sha256"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise InputError.one(
            "a line of the log of releases cannot be read", str(log), "Put it back as it was."
        ) from None


def place(beside: Path, folder: str, case: str, *, made: str) -> dict[str, Any]:
    """Return which line of the log a release will be, and what it follows, for its manifest.

    Parameters
    ----------
    beside : Path
        The folder of the releases of the case.
    folder, case : str
        Name of the release's own folder, and id of the case.
    made : str
        When it is made, UTC, as ISO 8601.

    Returns
    -------
    dict
        pack (its id) and ledger (entry, previous, made), as the manifest of a pack has them.
    """
    entry, previous = history.last(beside / LOG)
    return {
        "pack": {"id": f"{case}.{folder}"},
        "ledger": {"entry": entry + 1, "previous": previous, "made": made},
    }


def note(beside: Path, folder: Path, said: Mapping[str, Any]) -> None:
    """Add a line to the log of the releases of a case.

    Parameters
    ----------
    beside : Path
        The folder of the releases of the case.
    folder : Path
        The release that was put in place.
    said : mapping
        As :func:`place` returned it.

    Raises
    ------
    ValueError
        If another release was noted since: this one took no account of it.
    """
    at, digest = said["ledger"], sha256(folder / "manifest.json")
    line = history.Entry(at["entry"], said["pack"]["id"], digest, at["made"], at["previous"])
    history.append(beside / LOG, line)
