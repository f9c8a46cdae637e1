"""A finished pack, read for a comparison.

- :class:`Pack`: what a comparison needs of a pack.
- :func:`read`: one pack.
- :func:`both`: two of them, with the problems of both at once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.errors import InputError, Problem
from helpers.pack import verify
from helpers.pack.collect import Collected, collect


@dataclass(frozen=True)
class Pack:
    """What a comparison needs of a pack.

    Parameters
    ----------
    folder : Path
        Where it lies.
    manifest : mapping
        What it says of itself.
    made : Collected
        Its exhibits.
    faults : list of Fault
        What of it is not as it was made.
    files : mapping
        Of each exhibit the files that its numbers were made from, as far as its traces say.
    """

    folder: Path
    manifest: Mapping[str, Any]
    made: Collected
    faults: list[verify.Fault] = field(default_factory=list)
    files: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return the identity of the pack."""
        return str(self.manifest["pack"]["id"])

    @property
    def case(self) -> str:
        """Return the case."""
        return str(self.manifest["case"])

    @property
    def period(self) -> tuple[str, str]:
        """Return the first and the last day of the period, as ISO dates."""
        said = self.manifest["period"]
        return str(said["start"]), str(said["end"])

    @property
    def data(self) -> dict[str, str]:
        """Return the hash of each file whose rows were read, by name."""
        read_from = {row.get("file") for row in self.manifest["rows"]}
        return {
            item["file"]: item["sha256"]
            for item in self.manifest["inputs"]
            if item["file"] in read_from
        }


def _json(path: Path, where: str) -> Any:
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise InputError.one(
            "the file cannot be read: it was altered, or is not one of this suite",
            where,
            "Take the pack again from where it was issued.",
        ) from None


def _files(folder: Path) -> dict[str, frozenset[str]]:
    """Return the files behind each exhibit; empty where the pack has no traces."""
    path = folder / "traces.json"
    if not path.is_file():
        return {}
    told = _json(path, f"{folder.name}/traces.json")
    behind = {}
    for name, item in told["exhibits"].items():
        sets = [told["sets"].get(part.get("set"), {}) for part in item.get("parts", [])]
        found = {place["file"] for rows in sets for place in rows.get("places", [])}
        beside = {
            other for file in found for other in told["files"].get(file, {}).get("read_with", [])
        }
        if found:
            behind[name] = frozenset(found | beside)
    return behind


def read(folder: Path) -> Pack:
    """Return a pack; whether it is as it was made is found out first.

    Parameters
    ----------
    folder : Path
        ``evidence/<case>/<period>/vN``.

    Raises
    ------
    InputError
        If it is not a pack, or its manifest or a notebook cannot be read.
    """
    manifest = verify.load(folder)
    faults = verify.faults(folder)
    paths = sorted((folder / "notebooks").glob("*.ipynb"))
    told = {path.stem: _json(path, f"{folder.name}/notebooks/{path.name}") for path in paths}
    needed = {"pack", "case", "period", "rows", "inputs", "notebooks", "rules", "plan", "code",
              "environment", "data_status", "extract_date", "release_profile"}  # fmt: skip
    if lacking := sorted(needed - set(manifest)):
        raise InputError.one(
            f"the manifest lacks {', '.join(lacking)}: it was altered, or is of another suite",
            f"{folder.name}/manifest.json",
            "Take the pack again from where it was issued.",
        )
    return Pack(folder, manifest, collect(told), faults, _files(folder))


def both(first: Path, second: Path) -> tuple[Pack, Pack]:
    """Return two packs.

    Parameters
    ----------
    first, second : Path
        Their folders.

    Raises
    ------
    InputError
        With every problem of both, or if they are the same folder.
    """
    found: list[Pack] = []
    problems: list[Problem] = []
    for folder in (first, second):
        try:
            found.append(read(folder))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    if first.resolve() == second.resolve():
        raise InputError.one(
            "both are the same pack", found[0].id, "Name another version, period or case."
        )
    return found[0], found[1]
