"""Which source of a case a new file is: found by its headers, whatever its sheets are called.

- :func:`known_headers`: every header that a case or the suite knows, to find header rows by.
- :func:`headers_of`, :func:`declared`, :func:`needed`: headers of a sheet; what a source declares
  by header, and cannot be read without.
- :func:`places`: where each header of a sheet belongs in a source of the case.
- :func:`likeness`: how well the headers of a sheet fit a source.
- :func:`assigned`: the sheets of new files by source, or what keeps a file from being placed.

Headers are compared without capitals, spaces and punctuation, in any order. The likeness of a
sheet to a source is the harmonic mean of two shares: of the fields the source needs that have a
header there, and of the headers there that the source declares. A header that the suite itself
knows for a field counts nearly as much as one that the case declares. A sheet belongs to the source
it is most like, if that is at least :data:`LEAST`; where another is less than :data:`APART` behind,
nobody could tell, and the file is refused. Of a source of counts or a register, which need not
declare every column, the first share alone is its likeness.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from helpers.casefile import Case
from helpers.errors import InputError, Problem
from helpers.intake import guessing
from helpers.intake.headers import synonyms
from helpers.intake.looking import Looked, Seen, key
from helpers.intake.reading import ROW
from helpers.sourcefile import Source

LEAST, APART = 0.45, 0.10
GUESSED = 0.8
"""What a header that only the suite knows counts for, beside one that the case declares."""

Place = tuple[str, str]


@dataclass(frozen=True)
class Placed:
    """Where the headers of a sheet belong.

    Parameters
    ----------
    by : dict
        For each header: the entries it belongs to, each as kind (fields, milestones, ignored,
        quarantined) and name.
    guessed : dict
        For each header that only the suite knows: whether it is sure of it.
    """

    by: dict[str, list[Place]] = field(default_factory=dict)
    guessed: dict[str, bool] = field(default_factory=dict)


@dataclass(frozen=True)
class Matched:
    """The sheets of a new file that are one source of the case.

    Parameters
    ----------
    file : Looked
        The file.
    sheets : list of Seen
        Those of its sheets that belong to the source.
    likeness : float
        Of the sheet that fits best.
    """

    file: Looked
    sheets: list[Seen]
    likeness: float


def headers_of(seen: Seen) -> list[str]:
    """Return the headers of a sheet."""
    return [] if seen.sheet is None else [name for name in seen.sheet.frame if name != ROW]


def declared(source: Source) -> dict[str, list[Place]]:
    """Return the entries of a source by the key of each header that it declares.

    Parameters
    ----------
    source : Source
        A source of the case, of any layout.
    """
    found: dict[str, list[Place]] = {}

    def add(header: str, kind: str, name: str) -> None:
        if (kind, name) not in found.setdefault(key(header), []):
            found[key(header)].append((kind, name))

    for name, spellings in synonyms(source).items():
        for header in spellings:
            add(header, "milestones" if name in source.milestones else "fields", name)
            if name in source.milestones and name in source.fields:
                add(header, "fields", name)
    for kind, rules in (("dimensions", source.dimensions), ("columns", source.columns)):
        for name, rule in rules.items():
            add(rule.from_, kind, name)
    if source.tally is not None:
        for header in source.tally.date.from_:
            add(header, "fields", "date_of_death")
    if source.year:
        add(source.year, "columns", "year")
    for header in source.ignored:
        add(header, "ignored", header)
    for header in source.quarantined:
        add(header, "quarantined", header)
    return found


def known_headers(case: Case) -> frozenset[str]:
    """Return the keys of every header that the case or the suite knows.

    Parameters
    ----------
    case : Case
        The case.
    """
    own = {name for source in case.sources for name in declared(source)}
    return frozenset(own | guessing.known_keys())


def needed(source: Source) -> list[Place]:
    """Return the entries of a source without which its rows cannot be read."""
    rules = [("fields", source.fields), ("milestones", source.milestones)]
    found = [(kind, name) for kind, held in rules for name in held if not held[name].optional]
    found += [("dimensions", name) for name in source.dimensions]
    return found + [("columns", name) for name in source.columns]


def places(source: Source, headers: Sequence[str]) -> Placed:
    """Return where each header of a sheet belongs in a source.

    Parameters
    ----------
    source : Source
        A source of the case.
    headers : sequence of str
        Headers of the sheet.

    Returns
    -------
    Placed
        Each entry is given one header: the first that the case declares for it, else one that the
        suite knows for it. Headers that nothing is known of are left out.
    """
    held = declared(source)
    made = Placed()
    taken: set[Place] = set()
    for header in headers:
        free = [place for place in held.get(key(header), []) if place not in taken]
        if free:
            made.by[header] = free
            taken |= {place for place in free if place[0] not in {"ignored", "quarantined"}}
    if source.table is None:
        return made
    rules = {"fields": source.fields, "milestones": source.milestones}
    rest = {header: guessing.likely(header, source.table) for header in headers}
    rest = {header: match for header, match in rest.items() if match and header not in made.by}
    for header, match in sorted(rest.items(), key=lambda item: not item[1].sure):
        place = match.kind, match.name
        if match.name in rules.get(match.kind, {}) and place not in taken:
            made.by[header], made.guessed[header] = [place], match.sure
            taken.add(place)
    return made


def likeness(source: Source, headers: Sequence[str]) -> float:
    """Return how well the headers of a sheet fit a source, from 0 to 1.

    Parameters
    ----------
    source : Source
        A source of the case.
    headers : sequence of str
        Headers of the sheet.

    Examples
    --------
    >>> from helpers.case import load
    >>> listed = load("southern_health").sources[3]
    >>> likeness(listed, ["DATE OF BIRTH", "Reg. date", "NHS number", "Reg. date of death"])
    1.0
    >>> likeness(listed, ["Code", "Meaning"])
    0.0
    """
    found = places(source, headers)
    wanted = needed(source)
    if not headers or not wanted:
        return 0.0
    worth = {
        place: GUESSED if header in found.guessed else 1.0
        for header, all_ in found.by.items()
        for place in all_
    }
    recall = sum(worth.get(place, 0.0) for place in wanted) / len(wanted)
    if source.layout != "extract":
        return recall
    held = sum(GUESSED if header in found.guessed else 1.0 for header in found.by)
    precision = held / len(headers)
    return 2 * recall * precision / (recall + precision) if recall and precision else 0.0


def _refused(file: Path, best: dict[str, float], case: Case) -> Problem:
    near = max(best, key=lambda name: best[name], default="")
    closest = f"; the closest is {near} with a likeness of {best[near]:.2f}" if near else ""
    return Problem(
        f"the headers fit no source of case {case.id}{closest}",
        file.name,
        f"Leave the file out, or declare a source for it in case.yml. {LEAST:.2f} is needed.",
    )


def assigned(case: Case, looked: Iterable[Looked]) -> dict[str, Matched]:
    """Return the sheets of new files by the source of the case that they are.

    Parameters
    ----------
    case : Case
        The case, or one of its periods.
    looked : iterable of Looked
        The new files at a first look.

    Returns
    -------
    dict of Matched
        By id of the source.

    Raises
    ------
    InputError
        For each file that fits no source, fits two equally well, or is a source that another file
        is already.
    """
    problems: list[Problem] = []
    made: dict[str, Matched] = {}
    sources = [source for source in case.sources if source.file is not None]
    for file in looked:
        best: dict[str, float] = {}
        mine: dict[str, list[tuple[Seen, float]]] = {}
        tied = False
        for seen in file.seen:
            if seen.sheet is None or seen.state != "visible":
                continue
            fits = {one.id: likeness(one, headers_of(seen)) for one in sources}
            order = sorted(fits, key=lambda name: -fits[name])
            best = {name: max(value, best.get(name, 0.0)) for name, value in fits.items()}
            if not order or fits[order[0]] < LEAST:
                continue
            if len(order) > 1 and fits[order[0]] - fits[order[1]] < APART:
                where = f"{file.path.name}, sheet {seen.name}" if seen.name else file.path.name
                what = f"the headers fit two sources, {order[0]} and {order[1]}, alike"
                problems.append(Problem(what, where, "Name the headers of the source in case.yml."))
                tied = True
                continue
            mine.setdefault(order[0], []).append((seen, fits[order[0]]))
        if not mine and not tied:
            problems.append(_refused(file.path, best, case))
        for name, sheets in mine.items():
            if name in made:
                other = made[name].file.path.name
                what = f"the file is source {name}, and so is {other}"
                problems.append(Problem(what, file.path.name, "Give one file for each source."))
                continue
            fit = max(value for _, value in sheets)
            made[name] = Matched(file, [seen for seen, _ in sheets], fit)
    if problems:
        raise InputError(problems)
    return made
