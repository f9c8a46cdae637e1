"""A case with a registered period laid over it: ``CASE/NAME`` as a case like any other.

- :func:`parts`: the two parts of a name such as ``southern_health/2015_16``.
- :func:`registered`: the periods that are registered for a case.
- :func:`read`: what ``period.yml`` says, checked.
- :func:`beneath`: the case as an earlier period reads it, for one that builds on that.
- :func:`overlaid`: the entries of ``case.yml`` with those of a period laid over them.
- :class:`PeriodFile`: what ``period.yml`` may say.

What is laid over what: of a source, an entry of ``period.yml`` replaces that of ``case.yml``, but
for ``fields``, ``milestones``, ``columns``, ``dimensions``, ``map``, ``missing`` and ``ignored``,
which are added to, and ``quarantined``, of which both hold. Files are named relative to the folder
of the period. ``like`` names an earlier period: its map is then what this one is laid over, so that
what was decided once need not be decided again. Published figures, clerical decisions and truth
belong to the files of the case itself: none of them holds for a period unless its ``period.yml``
names its own.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from helpers.errors import InputError, Problem

FOLDER, FILE = "periods", "period.yml"
AS_BEFORE, NONE = "as before", "none"
FILES = ("file", "map_file", "patterns_file", "measures")
"""Entries of a source that name a file."""

OWN = ("published", "decisions", "truth")
"""Entries of a case that speak of its own files and not of those of a later period."""


class Days(BaseModel):
    """First and last day of a period, both included."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    start: date
    end: date


class PeriodFile(BaseModel):
    """What ``period.yml`` may say.

    Examples
    --------
    >>> said = {"period_version": 1, "period": {"start": "2015-04-01", "end": "2016-03-31"},
    ...         "extract_date": "2016-09-30", "history": "cumulative", "sources": {"pas": {}}}
    >>> PeriodFile.model_validate(said).history
    'cumulative'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    period_version: Literal[1]
    like: str | None = None
    period: Days
    extract_date: date
    history: Literal["cumulative", "incremental"]
    sources: dict[str, dict[str, Any]] = Field(min_length=1)
    others: dict[str, Literal["as before", "none"]] = {}
    published: str | None = None
    decisions: str | None = None
    parameters: dict[str, Any] = {}
    changes: dict[str, Any] = {}


def parts(name: str) -> tuple[str, str]:
    """Return case and period of a name; the period is empty where the name is of a case alone.

    Parameters
    ----------
    name : str
        Such as ``southern_health`` or ``southern_health/2015_16``.

    Raises
    ------
    InputError
        If it could lead out of the folder ``data/``.

    Examples
    --------
    >>> parts("southern_health"), parts("southern_health/2015_16")
    (('southern_health', ''), ('southern_health', '2015_16'))
    """
    if not re.fullmatch(r"[\w-]+(/[\w-]+)?", name):
        raise InputError.one(
            f"{name!r} cannot be the name of a case",
            "case",
            "Name a folder of data/, or a case and one of its periods, such as our_trust/2015_16.",
        )
    case, _, period = name.partition("/")
    return case, period


def registered(folder: Path) -> list[str]:
    """Return the names of the periods that are registered for a case, sorted.

    Parameters
    ----------
    folder : Path
        Folder of the case.
    """
    return sorted(path.parent.name for path in (folder / FOLDER).glob(f"[!.]*/{FILE}"))


def read(raw: Any, *, where: str) -> PeriodFile:
    """Return what ``period.yml`` says, checked.

    Parameters
    ----------
    raw : object
        Its entries, as YAML gives them.
    where : str
        Its name, for messages.

    Raises
    ------
    InputError
        With each fault of it.
    """
    try:
        said = PeriodFile.model_validate(raw)
    except ValidationError as error:
        raise InputError(
            Problem(
                issue["msg"].lower(),
                f"{where}, {'.'.join(map(str, issue['loc'])) or 'top'}",
                "Correct the entry.",
            )
            for issue in error.errors()
        ) from None
    if said.period.end < said.period.start:
        raise InputError.one(
            "the period ends before it starts", f"{where}, period", "Give a later end."
        )
    if said.extract_date < said.period.end:
        raise InputError.one(
            f"the period ends on {said.period.end}, after the extract of {said.extract_date}",
            f"{where}, extract_date",
            "End the period by then, or correct the day of the extract.",
        )
    return said


ADDED = ("fields", "milestones", "columns", "dimensions", "map", "missing", "ignored")


def _laid(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return entries of a source with those of a period laid over them."""
    made = dict(below)
    for name, value in above.items():
        held = made.get(name)
        if name in ADDED and isinstance(held, Mapping) and isinstance(value, Mapping):
            inner = {key: held[key] for key in held}
            for key, item in value.items():
                both = isinstance(item, Mapping) and isinstance(inner.get(key), Mapping)
                inner[key] = _laid(inner[key], item) if both else item
            made[name] = inner
        elif name == "quarantined":
            made[name] = list(dict.fromkeys([*(held or []), *value]))
        else:
            made[name] = value
    return made


def _prefixed(node: Any, prefix: str) -> Any:
    """Return entries in which each file is named from the folder of the case."""
    if isinstance(node, Mapping):
        return {
            key: f"{prefix}/{value}"
            if key in FILES and isinstance(value, str)
            else _prefixed(value, prefix)
            for key, value in node.items()
        }
    return node


def _merged(below: Any, above: Any) -> Any:
    if isinstance(below, Mapping) and isinstance(above, Mapping):
        both = {key: _merged(below.get(key), value) for key, value in above.items()}
        return {**below, **both}
    return above


def beneath(case: Mapping[str, Any], like: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a period is laid over that builds on an earlier one: the case, as that reads it.

    Parameters
    ----------
    case : mapping
        Entries of ``case.yml``.
    like : mapping
        The same with the earlier period laid over them, as :func:`overlaid` returns it.

    Examples
    --------
    >>> case = {"period": 1, "sources": [{"id": "a", "file": "a.csv"}, {"id": "b"}]}
    >>> like = {"period": 2, "sources": [{"id": "a", "file": "periods/x/new.csv"}]}
    >>> sorted(beneath(case, like).items())
    [('period', 1), ('sources', [{'id': 'a', 'file': 'periods/x/new.csv'}, {'id': 'b'}])]
    """
    held = {source["id"]: source for source in like["sources"]}
    own = ("period", "extract_date", "held", "registered", *OWN)
    kept = {key: value for key, value in like.items() if key not in own}
    sources = []
    for source in case["sources"]:
        coverage = {"coverage": source["coverage"]} if "coverage" in source else {}
        sources.append({**held.get(source["id"], source), **coverage})
    rest = {key: case[key] for key in own if key in case}
    return {**kept, **rest, "sources": sources}


def overlaid(
    case: Mapping[str, Any], period: PeriodFile, *, name: str, prefix: str, where: str
) -> dict[str, Any]:
    """Return the entries of ``case.yml`` with those of a period laid over them.

    Parameters
    ----------
    case : mapping
        Entries of ``case.yml``; those of :func:`beneath`, where the period builds on another.
    period : PeriodFile
        What the period says.
    name : str
        Name of the period.
    prefix : str
        Folder of the period, relative to that of the case.
    where : str
        Name of ``period.yml``, for messages.

    Returns
    -------
    dict
        Entries as :class:`helpers.casefile.Case` takes them, with ``registered`` (the name of the
        period) and ``held`` (the days that the files speak of: all history, where they hold it).

    Raises
    ------
    InputError
        For a source that the case does not have, or of which the period says nothing.

    Examples
    --------
    >>> said = {"period_version": 1, "period": {"start": "2015-04-01", "end": "2016-03-31"},
    ...         "extract_date": "2016-09-30", "history": "incremental",
    ...         "sources": {"pas": {"file": "new.csv", "ignored": {"Frailty": "not asked"}}}}
    >>> raw = {"id": "ours", "sources": [{"id": "pas", "file": "old.csv", "ignored": {"RAG": ""}}]}
    >>> made = overlaid(raw, read(said, where=""), name="2015_16", prefix="periods/2015_16",
    ...                 where="")
    >>> made["sources"][0]["file"], list(made["sources"][0]["ignored"])
    ('periods/2015_16/new.csv', ['RAG', 'Frailty'])
    """
    made = copy.deepcopy(dict(case))
    known = {source["id"]: source for source in made.get("sources", [])}
    said = {**dict.fromkeys(period.sources, AS_BEFORE), **period.others}
    problems = [
        Problem(f"the case has no source {key!r}", where, f"It has: {', '.join(known)}.")
        for key in said
        if key not in known
    ]
    problems += [
        Problem(
            f"nothing is said of source {key!r}",
            where,
            f"Put its new file under sources, or under others: {AS_BEFORE!r} or {NONE!r}.",
        )
        for key in known
        if key not in said
    ]
    if problems:
        raise InputError(problems)
    cumulative = period.history == "cumulative"
    sources = []
    for key, below in known.items():
        if key in period.sources:
            above = _prefixed(period.sources[key], prefix)
            start = (below.get("coverage") or {}).get("start") if cumulative else None
            covered = {"start": start or period.period.start, "end": period.extract_date}
            sources.append(_laid(below, {"coverage": covered, **above}))
        elif period.others[key] == AS_BEFORE:
            sources.append(below)
    for entry in OWN:
        made.pop(entry, None)
    for entry in ("published", "decisions"):
        if (file := getattr(period, entry)) is not None:
            made[entry] = f"{prefix}/{file}"
    made |= {key: _merged(made.get(key), value) for key, value in period.changes.items()}
    before = (case.get("period") or {}).get("start") if cumulative else None
    made |= {
        "sources": sources,
        "period": {"start": period.period.start, "end": period.period.end},
        "held": {"start": before or period.period.start, "end": period.period.end},
        "extract_date": period.extract_date,
        "parameters": {**made.get("parameters", {}), **period.parameters},
        "registered": name,
    }
    return made
