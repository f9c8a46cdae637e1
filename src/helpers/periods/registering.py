"""A new period of a case from new files: looked at, held against the map of the case, written.

- :func:`new_period`: write the folder of the period, whole or not at all.
- :func:`days_of`: the days of each period of a case.
- :class:`Made`: what was written, what is new, and what a person must decide.

The rules by which a record belongs to a period are in :mod:`helpers.periods`.
"""

from __future__ import annotations

import datetime as dt
import re
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from helpers.case import load, project_root
from helpers.casefile import Case
from helpers.errors import InputError, Problem
from helpers.intake.drafting import Question
from helpers.intake.looking import Looked, look
from helpers.intake.new_case import _copied, gathered
from helpers.periods import frozen, overlay, spans
from helpers.periods.composing import Composed, basis_of, compose
from helpers.periods.matching import Matched, assigned, known_headers

CHECKS, DECISIONS, SOURCE = "CHECKS.md", "DECISIONS.md", "SOURCE.md"


@dataclass(frozen=True)
class Made:
    """What was written.

    Parameters
    ----------
    folder : Path
        Folder of the period.
    name : str
        Its name.
    files : list of str
        Files in it.
    sources : dict of str
        The new file of each source.
    told : list of str
        What is new, as sentences.
    questions : list of Question
        What a person must decide; none: it can be run at once.
    left : list of str
        Files of a folder that no reader takes; they were not copied.
    frozen : str
        Id of the pack whose figures were frozen; empty where there is none.
    """

    folder: Path
    name: str
    files: list[str]
    sources: dict[str, str]
    told: list[str]
    questions: list[Question] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    frozen: str = ""


def days_of(case: Case) -> dict[str, spans.Days]:
    """Return first and last day of each period of a case: its own under "", then the registered.

    Parameters
    ----------
    case : Case
        The case itself.
    """
    found = {"": (case.period.start, case.period.end)}
    for name in overlay.registered(case.folder):
        held = load(f"{case.id}/{name}").period
        found[name] = (held.start, held.end)
    return found


def _checked(
    case: Case, name: str, start: dt.date, end: dt.date, extract_date: dt.date | None
) -> dict[str, spans.Days]:
    """Refuse a name that is none or is taken, and days that cannot be those of a new period."""
    problems = []
    if not re.fullmatch(r"[a-z0-9_]+", name):
        problems.append(
            Problem(
                f"{name!r} cannot be the name of a period",
                "--name",
                "Use small letters, digits and underscores, such as 2015_16.",
            )
        )
    elif (case.folder / overlay.FOLDER / name).exists():
        problems.append(
            Problem(
                f"data/{case.id}/{overlay.FOLDER}/{name} exists, and nothing is overwritten",
                "--name",
                "Use another name, or move that folder away.",
            )
        )
    days = days_of(case) if not problems else {"": (case.period.start, case.period.end)}
    shown = {one or "the case itself": span for one, span in days.items()}
    problems += spans.check_days(start, end, extract_date=extract_date, others=shown)
    if problems:
        raise InputError(problems)
    return days


def _looked(paths: Sequence[Path], case: Case) -> list[Looked]:
    found, problems = [], []
    known = known_headers(case)
    for path in paths:
        try:
            found.append(look(path, known))
        except InputError as error:
            problems += error.problems
    if problems:
        raise InputError(problems)
    return found


def _source_page(hashes: dict[str, str], matched: dict[str, Matched], case: Case) -> str:
    titles = {source.id: source.title for source in case.sources}
    of = {item.file.path.name: titles[name] for name, item in matched.items()}
    lines = ["# Where the files of this period come from", ""]
    lines += ["Copies of the files as they were given; the bytes are the same.", ""]
    for name, digest in hashes.items():
        lines += [f"## {name}", "", f"- What: a later extract of: {of.get(name, '')}"]
        lines += [f"- SHA-256: {digest}", ""]
    return "\n".join(lines)


def _decisions(case: Case, name: str, questions: list[Question]) -> str:
    asked = "\n".join(f"{number}. {item}" for number, item in enumerate(questions, start=1))
    return (
        "# What a person must decide before this period runs\n\n"
        "Written from a first look at the new files, beside the map of the case; nothing of them\n"
        "was changed. Decide by editing `period.yml` and the maps beside it, then run\n"
        f"`inquiry run {case.id} --period {name}`: it says what is still open.\n\n{asked}\n"
    )


def new_period(
    case_name: str,
    paths: Sequence[Path],
    *,
    start: dt.date,
    end: dt.date,
    name: str | None = None,
    extract_date: dt.date | None = None,
    out: Path | None = None,
) -> Made:
    """Register a new period of a case: copies of the files, ``period.yml``, and what is new.

    Parameters
    ----------
    case_name : str
        A case of the project.
    paths : sequence of Path
        The new files of the trust, or folders of them; opened for reading only.
    start, end : date
        First and last day of the period.
    name : str, optional
        Name of the period; default: by its days, see :func:`helpers.periods.spans.named`.
    extract_date : date, optional
        Day on which the trust took the data; a question to a person where it is not given.
    out : Path, optional
        Folder of packs, from the last of which the figures of the period before are frozen;
        default: ``evidence/`` of the project.

    Returns
    -------
    Made
        The folder, what is new, and the questions.

    Raises
    ------
    InputError
        For a name or days that cannot be used, and a file that cannot be read, fits no source of
        the case, fits two, or is a source that another file is already; nothing is left behind.
    """
    if "/" in case_name:
        raise InputError.one("this is a period of a case", "CASE", "Name the case alone.")
    case = load(case_name)
    name = name or spans.named(start, end) if end >= start else name or "period"
    days = _checked(case, name, start, end, extract_date)
    previous = spans.before(start, days)
    before = load(f"{case.id}/{previous}") if previous else case
    files, left = gathered(paths)
    target = case.folder / overlay.FOLDER / name
    aside = Path(tempfile.mkdtemp(prefix=f".{case.id}.{name}.", dir=project_root()))
    try:
        work = aside / name
        work.mkdir()
        try:
            hashes = {path.name: _copied(path, work) for path in files}
        except OSError as error:
            raise InputError.one(
                f"the file cannot be copied ({error.strerror})", str(error.filename), "Check it."
            ) from None
        basis = basis_of(case, before)
        matched = assigned(basis, _looked([work / path.name for path in files], basis))
        made: Composed = compose(
            case, before if previous is not None else None, matched, folder=work, name=name,
            start=start, end=end, extract_date=extract_date,
        )  # fmt: skip
        texts = {overlay.FILE: made.text, **made.maps}
        texts[CHECKS] = made.page
        texts[SOURCE] = _source_page(hashes, matched, case)
        if made.questions:
            texts[DECISIONS] = _decisions(case, name, made.questions)
        pack = frozen.pack_of(case.id, days[previous], out=out) if previous is not None else None
        kept = ""
        if pack is not None:
            figures = frozen.freeze(pack)
            texts[frozen.NAME] = frozen.written(figures)
            kept = str(figures["pack"].iloc[0]) if len(figures) else ""
        if taken := [file for file in texts if (work / file).exists()]:
            raise InputError.one("the suite writes a file of this name", taken[0], "Rename it.")
        for file, text in texts.items():
            (work / file).write_text(text, encoding="utf-8", newline="\n")
        written = sorted(path.name for path in work.iterdir())
        target.parent.mkdir(exist_ok=True)
        if target.exists():  # somebody may have made it meanwhile
            _checked(case, name, start, end, extract_date)
        work.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return Made(
        folder=target,
        name=name,
        files=written,
        sources={key: item.file.path.name for key, item in matched.items()},
        told=made.told,
        questions=made.questions,
        left=left,
        frozen=kept,
    )
