"""The draft of a case from files of which nothing is declared: best guesses, and questions.

- :func:`draft`: the text of ``case.yml``, the map of services and the questions to a person.
- :class:`Draft`, :class:`Question`: what is made.

What the files prove is filled in. What is likely is filled in and marked "guess: check". What would
change a result if it were wrong (the order of day and month, what a word means, which service is
which) is never guessed: the draft says DECIDE there and does not run until a person has decided.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

import pandas as pd

from helpers.case import read_yaml
from helpers.intake.dates import read_dates
from helpers.intake.draft_text import Noted, written
from helpers.intake.drafting_columns import Asked
from helpers.intake.drafting_sources import SourceDraft, groups
from helpers.intake.guessing_dates import rows_of
from helpers.intake.guessing_people import People
from helpers.intake.looking import Looked
from helpers.intake.words import word_key
from helpers.undecided import DECIDE

SERVICE_MAP = "service_map.csv"
MAP_HEADER = ["raw_value", "canonical_id", "valid_from", "valid_to", "mapped_by", "mapped_on"]
ABOVE = """\
A draft, made from a first look at the files. Where it says DECIDE a person must decide; the
questions are in DECISIONS.md. What is marked "guess: check" is likely and not certain. The case
runs when no DECIDE is left here and in the maps."""


@dataclass(frozen=True)
class Question:
    """Something that a person must decide.

    Parameters
    ----------
    where : str
        File, line and entry.
    seen : str
        What was seen; never a name, a number of a person or a date of birth.
    choices : str
        What can be done.

    Examples
    --------
    >>> str(Question("case.yml, line 9, period.start", "no file says it", "Write YYYY-MM-DD."))
    'case.yml, line 9, period.start: no file says it. Write YYYY-MM-DD.'
    """

    where: str
    seen: str
    choices: str

    def __str__(self) -> str:
        """Return the question as one line."""
        return f"{self.where}: {self.seen}. {self.choices}"


@dataclass(frozen=True)
class Draft:
    """The draft of a case.

    Parameters
    ----------
    text : str
        Its ``case.yml``.
    services : list of str
        Names of services and directorates that a person must map.
    questions : list of Question
        In the order of the lines they are about.
    seen : list of str
        What was seen in each file and sheet, a line each.
    """

    text: str
    services: list[str] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)


def _slug(name: str) -> str:
    return re.sub("[^a-z0-9]+", "_", name.casefold()).strip("_") or "file"


def _drafted(looked: Sequence[Looked], people: People) -> list[SourceDraft]:
    """Draft every source: one a file and canonical table, each with an id of its own."""
    made: list[SourceDraft] = []
    taken: set[str] = set()
    for file in looked:
        parts = groups(file)
        for part in parts:
            wanted = _slug(file.path.stem)
            if len(parts) > 1:
                wanted = f"{wanted}_{part.table or 'unknown'}"
            name, number = wanted, 1
            while name in taken:
                number += 1
                name = f"{wanted}_{number}"
            taken.add(name)
            made.append(SourceDraft(name, file, part, people, several=len(parts) > 1))
    return made


def _span(sources: Sequence[SourceDraft]) -> str:
    """Say from which month to which people died, where the format of the dates is known."""
    days = [
        read_dates(text, fmt=fmt, date_mode=mode).date
        for source in sources
        for text, fmt, mode in source.columns.deaths
    ]
    known = pd.concat(days).dropna() if days else pd.Series(dtype="datetime64[s]")
    known = known[known.dt.year.between(1900, 2100)]
    if known.empty:
        return "no file says it"
    return f"no file says it; dates of death run from {known.min():%B %Y} to {known.max():%B %Y}"


def _tail(sources: Sequence[SourceDraft]) -> dict[str, Any]:
    """Return what is the same for every trust, as far as these files can tell it."""
    text = resources.files(__package__).joinpath("draft.yml").read_text(encoding="utf-8")
    told = read_yaml(text)
    held = {name for source in sources for name in source.columns.milestones}
    told["intervals"] = [item for item in told["intervals"] if {item["from"], item["to"]} <= held]
    deaths = [source.id for source in sources if source.table == "deaths"]
    if not told["intervals"] or not deaths:
        del told["intervals"], told["delays"]
    else:
        told["delays"] = {"register": deaths[0], **told["delays"]}
    way = _way(told.pop("stages"), held)
    if way and "delays" in told:
        told["stages"] = way
    return told


def _way(told: dict[str, Any], held: set[str]) -> dict[str, Any]:
    """Return the stages of the way as far as the files have their days; nothing without an end."""
    path = [stage for stage in told["path"] if stage["milestone"] in held]
    opened = [name for name in told["opened"] if name in held]
    if not opened or told["start"] not in held or path[-1:] != told["path"][-1:]:
        return {}
    way = {**told, "opened": opened[0], "path": path}
    way["clocks"] = [name for name in told["clocks"] if name in held]
    if told["report"] not in held:
        del way["report"], way["clocks"]
    return way


def draft(
    name: str,
    looked: Sequence[Looked],
    *,
    start: dt.date | None = None,
    end: dt.date | None = None,
    extract_date: dt.date | None = None,
) -> Draft:
    """Return the draft of a case.

    Parameters
    ----------
    name : str
        Name of the case.
    looked : sequence of Looked
        Its files at a first look.
    start, end, extract_date : date, optional
        First and last day of the period, and the day of the extract, where they are known.

    Returns
    -------
    Draft
        Text, services and questions.
    """
    people = People()
    for file in looked:
        for seen in file.seen:
            if seen.sheet is not None:
                people.add(seen.sheet.frame)
    sources = _drafted(looked, people)
    synthetic = any(source.columns.synthetic for source in sources)
    asked = [Asked("summary", "two or three sentences for the first page", "Write them.")]
    span = _span(sources)
    for place, value in (("period.start", start), ("period.end", end)):
        if value is None:
            asked.append(Asked(place, span, "Write YYYY-MM-DD, or give --start and --end."))
    if extract_date is None:
        what = "the day on which the trust took the data from its systems"
        asked.append(Asked("extract_date", what, "Ask the trust; write YYYY-MM-DD."))
    guess = "guess: check"
    top: dict[str, Any] = {
        "case_version": 1,
        "id": name,
        "title": Noted(name.replace("_", " ").capitalize(), guess),
        "data_status": Noted("synthetic", "rows say SYNTHETIC") if synthetic else "real",
        "summary": DECIDE,
        "period": Noted({"start": start or DECIDE, "end": end or DECIDE}, anchor="period"),
        "extract_date": extract_date or DECIDE,
        "year_start_month": Noted(4, "guess: check: financial years"),
        "profiles": Noted(["internal"], "add open once somebody has decided that it may be shown"),
        "parameters": {"release_profile": "internal"},
        "sources": [source.entry for source in sources],
        **_tail(sources),
    }
    text, places = written(top, above=ABOVE)
    asked += [item for source in sources for item in source.asked]
    services: dict[str, str] = {}
    for source in sources:
        for value in source.columns.services:
            services.setdefault(word_key(value), value)
    questions = [
        Question(f"case.yml, line {places[item.place]}, {item.place}", item.seen, item.choices)
        for item in sorted(asked, key=lambda item: places[item.place])
    ]
    if any("map_file" in rule for source in sources for rule in source.columns.rules):
        seen = f"{len(services)} names of services and directorates"
        choices = "Write a service in place of each DECIDE; the days only where a name moved."
        questions.append(Question(f"{SERVICE_MAP}, column canonical_id", seen, choices))
    told = [line for file in looked for line in _told(file)]
    return Draft(text, sorted(services.values(), key=str.casefold), questions, told)


def _told(file: Looked) -> list[str]:
    """Say what was seen in a file, a line a sheet; numbers only."""
    lines = []
    for seen in file.seen:
        place = f"{file.path.name}, sheet {seen.name}" if seen.name else file.path.name
        state = "" if seen.state == "visible" else f"{seen.state}; "
        if seen.sheet is None:
            lines.append(f"{place}: {state}{seen.why}")
            continue
        facts = seen.sheet.facts
        head = f"headers in row {facts['header_row']}" if facts["header_row"] else "named columns"
        counts = {
            "above the headers": facts["header_row"] - seen.header_rows,
            "of totals": len(facts["total_rows"]),
            "hidden": facts["hidden_rows"],
        }
        parts = [f"{rows_of(len(seen.sheet.frame))}, {head}"]
        parts += [f"{rows_of(number)} {what}" for what, number in counts.items() if number > 0]
        hidden = len(facts["hidden_columns"])
        parts += [f"{hidden} hidden {'column' if hidden == 1 else 'columns'}"] if hidden else []
        parts += ["rows are filtered"] if facts["filtered"] else []
        parts += [facts["truncated"]] if facts["truncated"] else []
        parts += [f"encoding {file.encoding}"] if file.encoding else []
        lines.append(f"{place}: {state}{'; '.join(parts)}")
    return lines
