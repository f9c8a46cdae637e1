"""A comparison as files: page, CSV and JSON, written aside and moved into place.

- :func:`target`: the folder of a comparison, or why it cannot be there.
- :func:`write`: all files of it.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from helpers.case import project_root
from helpers.compare.account import COLUMNS
from helpers.compare.page import page
from helpers.errors import InputError

DATA = "comparison.json"


def target(first: str, second: str, *, out: Path | None = None) -> Path:
    """Return the folder of a comparison.

    Parameters
    ----------
    first, second : str
        Ids of the packs.
    out : Path, optional
        The folder; default ``comparison/<first>_and_<second>/`` of the project.

    Raises
    ------
    InputError
        If it lies in a pack or a release, which it would alter, or holds something else than an
        earlier comparison.
    """
    folder = out or project_root() / "comparison" / f"{first}_and_{second}"
    where = "--out" if out else folder.name
    if any((place / "manifest.json").is_file() for place in (folder, *folder.resolve().parents)):
        raise InputError.one(
            "a comparison cannot be put into a pack: the pack would no longer be as it was made",
            where,
            "Name a folder elsewhere.",
        )
    if folder.is_dir() and any(folder.iterdir()) and not (folder / DATA).is_file():
        raise InputError.one(
            "the folder holds something else than a comparison",
            where,
            "Name a new or an empty folder.",
        )
    if folder.exists() and not folder.is_dir():
        raise InputError.one("it is a file", where, "Name a folder.")
    return folder


def _csv(told: Mapping[str, Any]) -> str:
    made = io.StringIO(newline="")
    out = csv.DictWriter(made, COLUMNS, lineterminator="\n", extrasaction="ignore")
    out.writeheader()
    out.writerows(told["findings"])
    out.writerows(told["tables"])
    return made.getvalue()


def _json(told: Mapping[str, Any]) -> str:
    """Return all as JSON: a number a line, without the keys that hold nothing."""
    lines = {
        kind: ",\n".join(
            json.dumps({key: value for key, value in line.items() if value is not None},
                       ensure_ascii=False)
            for line in told[kind]
        )
        for kind in ("findings", "tables")
    }  # fmt: skip
    rest = {key: value for key, value in told.items() if key not in lines}
    head = json.dumps(rest, indent=1, ensure_ascii=False)[:-2]
    parts = ",\n".join(f' "{kind}": [\n{text}\n ]' for kind, text in lines.items())
    return f"{head},\n{parts}\n}}\n"


def write(told: Mapping[str, Any], *, out: Path | None = None) -> Path:
    """Write a comparison; an earlier one of the same packs is replaced when all is written.

    Parameters
    ----------
    told : mapping
        As :func:`helpers.compare.account.account` returns it.
    out : Path, optional
        As for :func:`target`.

    Returns
    -------
    Path
        The folder, with ``index.html``, ``comparison.csv`` and ``comparison.json``.

    Raises
    ------
    InputError
        As :func:`target`.
    """
    folder = target(told["first"]["pack"], told["second"]["pack"], out=out)
    texts = {"index.html": page(told), "comparison.csv": _csv(told), DATA: _json(told)}
    work = folder.with_name(f".{folder.name}.{os.getpid()}.partial")
    shutil.rmtree(work, ignore_errors=True)
    try:
        work.mkdir(parents=True)
        for name, text in texts.items():
            (work / name).write_bytes(text.encode("utf-8"))
        if folder.is_dir():
            before = folder.with_name(f".{folder.name}.{os.getpid()}.before")
            folder.rename(before)
            work.rename(folder)
            shutil.rmtree(before)
        else:
            work.rename(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return folder
