"""Figures of an earlier period, frozen: copied from its last pack before a new extract is read.

- :func:`pack_of`: the last pack of a period, or None.
- :func:`freeze`: its findings as a table, with the pack's id and the hash of its manifest.
- :func:`read`: frozen figures as they were written.
- :func:`written`: the same as CSV.
"""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.case import project_root
from helpers.errors import InputError

NAME = "frozen.csv"
FIGURE = ["id", "title", "stratum", "value", "unit", "numerator", "denominator", "low", "high"]
COLUMNS = ["pack", "manifest_sha256", *FIGURE, "period_start", "period_end", "definition", "text"]


def pack_of(case: str, days: tuple[dt.date, dt.date], *, out: Path | None = None) -> Path | None:
    """Return the last pack of a period of a case, or None.

    Parameters
    ----------
    case : str
        Id of the case.
    days : tuple of date
        First and last day of the period.
    out : Path, optional
        Folder of packs; default: ``evidence/`` of the project.
    """
    from helpers.pack import versions

    folder = (out or project_root() / "evidence") / case / f"{days[0]}_{days[1]}"
    return versions.latest(folder)


def freeze(pack: Path) -> pd.DataFrame:
    """Return the findings of a pack as frozen figures.

    Parameters
    ----------
    pack : Path
        Folder of the pack.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`, as text; one row a finding.

    Raises
    ------
    InputError
        If the folder is no pack, or its findings are not those that its manifest names.
    """
    from helpers.intake.reading import sha256
    from helpers.pack.verify import load

    manifest = load(pack)
    name = "findings.json"
    known = {item["file"]: item["sha256"] for item in manifest["outputs"]}
    path = pack / name
    if not path.is_file() or known.get(name) != sha256(path):
        raise InputError.one(
            "the findings are not those that the manifest of the pack names",
            f"{pack.name}/{name}",
            f"Check it: inquiry verify {pack}",
        )
    found = json.loads(path.read_text(encoding="utf-8"))
    digest = sha256(pack / "manifest.json")
    rows = [
        {
            **{key: _text(item.get(key)) for key in COLUMNS},
            "pack": manifest["pack"]["id"],
            "manifest_sha256": digest,
        }
        for item in found
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype="str")


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, dict):
        return "; ".join(f"{key}={item}" for key, item in value.items())
    return repr(value) if isinstance(value, float) else str(value)


def written(figures: pd.DataFrame) -> str:
    """Return frozen figures as CSV."""
    return figures.to_csv(index=False, lineterminator="\n")


def read(path: Path) -> pd.DataFrame:
    """Return frozen figures as they were written.

    Parameters
    ----------
    path : Path
        ``frozen.csv`` of a registered period.

    Raises
    ------
    InputError
        If the file has not the columns of one.
    """
    held = pd.read_csv(path, dtype=str, keep_default_na=False)
    if list(held.columns) != COLUMNS:
        raise InputError.one(
            "the file has not the columns of frozen figures",
            path.name,
            "Restore it from version control, or take it away: the figures are then copied again.",
        )
    return held
