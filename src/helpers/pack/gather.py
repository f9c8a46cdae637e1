"""Numbers of many providers, gathered from their finished packs: no record is read.

- :func:`packs`: the packs that would be gathered, the newest version of each case and period.
- :func:`gathered`: the rows that they give to a comparison.
- :func:`gather`: a folder of providers made of them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.case import project_root
from helpers.errors import InputError, Problem
from helpers.intake.reading import read_csv, sha256
from helpers.pack import verify, versions
from helpers.providers import files
from helpers.providers.form import COLUMNS, MERGERS, checked, merger_problems

TABLES = ("providers.own", "providers.own_cells")
"""The tables of a pack that hold what its case gives to a comparison."""

ABOUT = """\
# Gathered from finished packs by inquiry gather; each row names its pack and the hash of the pack.
providers_version: 1
id: {name}
title: Numbers of {providers} providers from {packs} packs
data_status: {status}
publisher: gathered from evidence packs
licence: that of the cases
profiles: [{profiles}]
mergers: {rule}
"""
SOURCE = """\
# Where the files of this folder come from

Gathered from finished packs by `inquiry gather`: every pack was verified first, and each row of
`indicators.csv` names its pack and the SHA-256 of that pack's manifest.
"""


def packs(root: Path, *, periods: Sequence[str] = ()) -> list[Path]:
    """Return the packs that would be gathered, the newest version of each case and period.

    Parameters
    ----------
    root : Path
        Where packs are, such as ``evidence``.
    periods : sequence of str
        Names of periods, such as ``2011-04-01_2015-03-31``; empty: all.

    Returns
    -------
    list of Path
        In the order of case and period.

    Examples
    --------
    >>> packs(Path("nowhere"))
    []
    """
    found = sorted({path.parents[1] for path in root.glob("*/*/v*/manifest.json")})
    newest = [versions.latest(folder) for folder in found if not periods or folder.name in periods]
    return [pack for pack in newest if pack is not None]


def _rows(pack: Path) -> tuple[pd.DataFrame, list[Problem]]:
    """Return the rows of a pack, and what is wrong with it."""
    where = "/".join(pack.parts[-3:])
    manifest = verify.load(pack)
    if faults := verify.faults(pack):
        what = f"the pack is not as it was made ({faults[0]})"
        return pd.DataFrame(), [Problem(what, where, "Restore it, or run the case again.")]
    first = pack / "tables" / f"{TABLES[0]}.csv"
    if not first.is_file():
        what = "the pack holds no numbers for a comparison"
        mend = "Run the case again with 5_benchmarking among its notebooks."
        return pd.DataFrame(), [Problem(what, where, mend)]
    parts = []
    for name in TABLES:
        path = pack / "tables" / f"{name}.csv"
        text = pd.read_csv(path, dtype=str, keep_default_na=False) if path.is_file() else None
        if text is not None and len(text):
            parts.append(text.rename(columns={"indicator_id": "indicator"}))
    if not parts:
        return pd.DataFrame(), [Problem("no whole year lies in the pack", where, "Run more.")]
    rows = pd.concat(parts, ignore_index=True)
    given = {"source_pack": manifest["pack"]["id"], "source_sha256": sha256(pack / verify.MANIFEST)}
    given["data_status"] = manifest["data_status"]
    return rows.assign(**given)[COLUMNS], []


def gathered(found: Sequence[Path]) -> pd.DataFrame:
    """Return the rows that packs give to a comparison.

    Parameters
    ----------
    found : sequence of Path
        Folders of packs, as :func:`packs` returns them.

    Returns
    -------
    DataFrame
        The columns of ``indicators.csv`` as text, by provider, indicator, cell and period.

    Raises
    ------
    InputError
        With every problem: no pack, one that was altered or holds no numbers for a comparison,
        real and synthetic ones together, two packs of a provider that share a day.
    """
    if not found:
        raise InputError.one(
            "there is no pack to gather from", "evidence/", "Run cases first, or name their folder."
        )
    parts, problems = [], []
    for pack in found:
        rows, wrong = _rows(pack)
        parts += [rows] if len(rows) else []
        problems += wrong
    statuses = sorted({status for part in parts for status in part["data_status"]})
    if len(statuses) > 1:
        problems.append(
            Problem(
                f"the packs are {' and '.join(statuses)}",
                "evidence/",
                "Gather those of one kind: name their folder, or a period.",
            )
        )
    if problems:
        raise InputError(problems)
    rows = pd.concat(parts, ignore_index=True)
    keys = ["provider", "indicator", "service", "age_band", "sex", "period_start"]
    rows = rows.sort_values(keys, kind="stable", ignore_index=True)
    numbered = rows.assign(source_row=range(2, len(rows) + 2))
    _, wrong = checked(numbered, file="the rows gathered", data_status=statuses[0])
    if wrong:
        raise InputError(wrong)
    return rows


def _mergers(path: Path | None) -> str:
    if path is None:
        return ""
    raw = read_csv(path, encoding="utf-8", needed=MERGERS)
    if problems := merger_problems(raw, file=path.name):
        raise InputError(problems)
    return raw[MERGERS].to_csv(index=False, lineterminator="\n")


def gather(
    name: str,
    *,
    root: Path | None = None,
    periods: Sequence[str] = (),
    mergers: Path | None = None,
    rule: str = "from_date",
) -> dict[str, Any]:
    """Make a folder of providers from finished packs.

    Parameters
    ----------
    name : str
        Folder of ``data/`` that is made; what is there is never overwritten.
    root : Path, optional
        Where packs are; default ``evidence/`` of the project.
    periods : sequence of str
        As for :func:`packs`.
    mergers : Path, optional
        A CSV with the columns predecessor, successor, date, source.
    rule : str
        Rule for mergers: ``from_date`` or ``whole_series``.

    Returns
    -------
    dict
        folder, packs, providers and rows: where it is, and how many there are.

    Raises
    ------
    InputError
        As for :func:`gathered`; if the folder is there, or its name is not small letters, digits
        and underscores.
    """
    target = project_root() / "data" / name
    if not name.replace("_", "").isalnum() or name != name.lower() or name == files.OWN:
        raise InputError.one(
            f"{name!r} cannot be the name of a folder", "NAME", "Use a-z, 0-9 and underscores."
        )
    if target.exists():
        raise InputError.one(
            "the folder is there already", f"data/{name}", "Choose another name, or remove it."
        )
    into = _mergers(mergers)
    found = packs(root or project_root() / "evidence", periods=periods)
    rows = gathered(found)
    status, providers = rows["data_status"].iloc[0], len(set(rows["provider"]))
    profiles = "internal" if status == "real" else "open, internal"
    about = {"name": name, "providers": providers, "packs": len(found), "status": status}
    texts = {
        files.ABOUT: ABOUT.format(**about, profiles=profiles, rule=rule),
        files.ROWS: rows.to_csv(index=False, lineterminator="\n"),
        **({files.INTO: into} if into else {}),
    }
    work = target.with_name(f".{name}.{os.getpid()}.partial")
    try:
        work.mkdir()
        for file, text in texts.items():
            (work / file).write_bytes(text.encode("utf-8"))
        lines = [
            f"\n## {file}\n\n- Licence: that of the cases.\n- SHA-256: {sha256(work / file)}\n"
            for file in texts
        ]
        (work / "SOURCE.md").write_bytes((SOURCE + "".join(lines)).encode("utf-8"))
        work.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return {"folder": target, "packs": len(found), "providers": providers, "rows": len(rows)}
