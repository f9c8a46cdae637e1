"""A new case from the files of a trust: copies, hashes, a draft of case.yml, and what to decide.

- :func:`new_case`: write the folder of the case, whole or not at all.
- :func:`gathered`: the files that were named, those of folders included.
- :class:`Made`: what was written.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from helpers.errors import InputError, Problem
from helpers.intake.drafting import MAP_HEADER, SERVICE_MAP, Draft, draft
from helpers.intake.guessing import known_keys
from helpers.intake.looking import Looked, look
from helpers.intake.opening_files import READERS
from helpers.intake.reading import sha256
from helpers.placing import check_name, new_case_folder
from helpers.undecided import DECIDE

DECISIONS = """\
# What a person must decide before this case runs

Written from a first look at the files; nothing of them was changed. No name, number of a person or
date of birth is in this list. Decide by editing `case.yml` and `service_map.csv`, then run
`inquiry run {name}`: it says what is still open. Take this file away when nothing is.

## What was seen

{seen}

## To decide

{questions}
"""
SOURCE = """\
# Where the files of this case come from

Copies of the files as they were given; the bytes are the same.
"""
ENTRY = """
## {name}

- What: {decide}
- Publisher: {decide}
- Obtained: {decide} (from whom, how and on which day)
- Licence: {decide}
- SHA-256: {hash}
"""


@dataclass(frozen=True)
class Made:
    """What was written.

    Parameters
    ----------
    folder : Path
        Folder of the case.
    files : list of str
        Files in it.
    draft : Draft
        The draft, with what a person must decide.
    left : list of str
        Files of a folder that no reader takes; they were not copied.
    """

    folder: Path
    files: list[str]
    draft: Draft
    left: list[str]


def gathered(paths: Sequence[Path]) -> tuple[list[Path], list[str]]:
    """Return the files that were named, those of folders included, and those left alone.

    Parameters
    ----------
    paths : sequence of Path
        Files and folders; folders within folders are not looked into.

    Returns
    -------
    tuple of list
        The files in order, and the names of files of a folder that no reader takes.

    Raises
    ------
    InputError
        For each file that is not there, of a kind that cannot be read, or named as another is.
    """
    files: list[Path] = []
    left: list[str] = []
    problems: list[Problem] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(item for item in path.iterdir() if not item.name.startswith((".", "~")))
            usable = [item for item in inside if _readable(item)]
            left += [item.name for item in inside if item not in usable]
            if not usable:
                problems.append(_problem("the folder holds no file that can be read", path))
            files += usable
        elif not path.is_file():
            problems.append(_problem("the file is not there", path))
        elif not _readable(path):
            problems.append(_problem(f"no reader for files that end with {path.suffix!r}", path))
        else:
            files.append(path)
    files = list(dict.fromkeys(path.resolve() for path in files))
    names = [path.name.casefold() for path in files]
    problems += [
        _problem("another file has the same name", path, "Rename one of them.")
        for number, path in enumerate(files)
        if path.name.casefold() in names[:number]
    ]
    problems += [
        _problem("the draft writes a file of this name", path, "Rename it.")
        for path in files
        if path.name.casefold() == SERVICE_MAP
    ]
    if problems:
        raise InputError(problems)
    return files, left


def _readable(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in READERS


def _problem(what: str, path: Path, mend: str = "") -> Problem:
    return Problem(what, str(path), mend or f"Name files that end with {', '.join(READERS)}.")


def _looked(files: Sequence[Path]) -> list[Looked]:
    """Look at every file, or say what keeps any of them from being read."""
    found, problems = [], []
    for path in files:
        try:
            found.append(look(path, known_keys()))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def _copied(path: Path, folder: Path) -> str:
    """Copy a file and return its hash; refuse it where the copy is another."""
    before = sha256(path)
    copy = folder / path.name
    shutil.copyfile(path, copy)
    if not before == sha256(copy) == sha256(path):
        raise InputError.one(
            "the copy is not the same as the file", path.name, "Somebody may be writing it; retry."
        )
    return before


def _services(names: Sequence[str]) -> str:
    """Return the map of services as CSV, every name still to be decided."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(MAP_HEADER)
    writer.writerows([name, DECIDE, "", "", "", ""] for name in names)
    return text.getvalue()


def new_case(
    name: str,
    paths: Sequence[Path],
    *,
    start: dt.date | None = None,
    end: dt.date | None = None,
    extract_date: dt.date | None = None,
) -> Made:
    """Write a new case: copies of the files, a draft of case.yml, and what must be decided.

    Parameters
    ----------
    name : str
        Name of the case: a folder of ``data/`` that does not exist.
    paths : sequence of Path
        The files of the trust, or folders of them; opened for reading only.
    start, end, extract_date : date, optional
        First and last day of the period and day of the extract, where they are known.

    Returns
    -------
    Made
        The folder, its files, the draft.

    Raises
    ------
    InputError
        With every problem of the name and the files; nothing is left behind.
    """
    target = check_name(name)
    if start and end and end < start:
        raise InputError.one("the period ends before it starts", "--end", "Give a later day.")
    files, left = gathered(paths)
    with new_case_folder(name) as folder:
        try:
            hashes = {path.name: _copied(path, folder) for path in files}
        except OSError as error:
            raise InputError.one(
                f"the file cannot be copied ({error.strerror})", str(error.filename), "Check it."
            ) from None
        made = draft(
            name,
            _looked([folder / path.name for path in files]),
            start=start,
            end=end,
            extract_date=extract_date,
        )
        questions = "\n".join(f"{n}. {item}" for n, item in enumerate(made.questions, start=1))
        seen = "\n".join(f"- {line}" for line in made.seen)
        texts = {
            "case.yml": made.text,
            "DECISIONS.md": DECISIONS.format(name=name, seen=seen, questions=questions),
            "SOURCE.md": SOURCE
            + "".join(
                ENTRY.format(name=file, hash=value, decide=DECIDE) for file, value in hashes.items()
            ),
        }
        if "map_file: service_map.csv" in made.text:
            texts[SERVICE_MAP] = _services(made.services)
        for file, text in texts.items():
            (folder / file).write_text(text, encoding="utf-8", newline="\n")
        written = sorted(path.name for path in folder.iterdir())
    return Made(target, written, made, left)
