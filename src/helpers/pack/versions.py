"""The versions of a pack: one folder a version, and none is ever overwritten.

- :func:`latest`: the newest version of a period.
- :func:`following`: the number of the next one, and its id.
- :func:`same`: whether what every notebook rests on is the same of two runs.
- :func:`unchanged`: whether a run found and rests on the same as a version that is there.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from helpers.pack import history

COMMON = ("plan", "rules", "inputs", "judgement", "code", "environment")
"""What every notebook of a run rests on, and what its pages say beside it."""

GROUNDS = ("results_sha256", "notebooks", *COMMON)
"""What must be the same of two runs for the later one to be no new version."""


def _numbers(folder: Path) -> dict[int, Path]:
    if not folder.is_dir():
        return {}
    found = ((re.fullmatch(r"v([1-9][0-9]*)", path.name), path) for path in folder.iterdir())
    return {int(match[1]): path for match, path in found if match and path.is_dir()}


def latest(folder: Path) -> Path | None:
    """Return the newest version of a period, or None.

    Parameters
    ----------
    folder : Path
        ``evidence/<case>/<period>``.
    """
    known = _numbers(folder)
    return known[max(known)] if known else None


def following(folder: Path) -> tuple[int, str]:
    """Return the number of the next version and the id of its pack.

    A version that the ledger names is not given again, though its folder may be gone.

    Parameters
    ----------
    folder : Path
        ``evidence/<case>/<period>``.

    Examples
    --------
    >>> following(Path("evidence/small/2020-01-01_2020-12-31"))
    (1, 'small.2020-01-01_2020-12-31.v1')
    """
    stem = f"{folder.parent.name}.{folder.name}.v"
    named = [entry.pack for entry in history.read(folder.parent / history.NAME)]
    ends = [name.removeprefix(stem) for name in named if name.startswith(stem)]
    on_ledger = [int(end) for end in ends if end.isdecimal()]
    number = max([0, *_numbers(folder), *on_ledger]) + 1
    return number, f"{stem}{number}"


def _held(manifest: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    held = {name: manifest[name] for name in names}
    if "notebooks" in held:
        held["notebooks"] = {
            name: (item["parameters"], item["source_sha256"])
            for name, item in held["notebooks"].items()
        }
    held["code"] = held["code"]["sha256"]
    # As JSON gives it back, so that tuples and lists are the same.
    return dict(json.loads(json.dumps(held)))


def same(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Return whether what every notebook rests on is the same of two runs.

    Parameters
    ----------
    old, new : mapping
        What their manifests hold, :data:`COMMON` at least.
    """
    try:
        return _held(old, COMMON) == _held(new, COMMON)
    except (KeyError, TypeError):
        return False


def unchanged(standing: Path, now: Mapping[str, Any]) -> bool:
    """Return whether a run found the same, from the same, by the same, as a version that is there.

    Parameters
    ----------
    standing : Path
        The version.
    now : mapping
        What the manifest of the run would hold, :data:`GROUNDS` at least.
    """
    try:
        held = json.loads((standing / "manifest.json").read_bytes())
        return _held(held, GROUNDS) == _held(now, GROUNDS)
    except (OSError, ValueError, KeyError, TypeError):
        return False
