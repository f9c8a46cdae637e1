"""What ``period.yml`` and its report say: entries, questions, and what is new, from the new files.

- :func:`compose`: all of it, for one new period.
- :class:`Composed`: the texts to write.
- :func:`basis_of`: the case as the period before reads it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.case import read_yaml
from helpers.casefile import Case
from helpers.errors import InputError, Problem
from helpers.intake.draft_text import Noted, written
from helpers.intake.drafting import Question
from helpers.intake.drafting_columns import Asked
from helpers.intake.guessing_people import People
from helpers.intake.reading import read_csv
from helpers.intake.words import word_key
from helpers.periods import overlay
from helpers.periods.drafting import SourceOverlay
from helpers.periods.held_against import against, tables_of
from helpers.periods.matching import Matched
from helpers.periods.probing import Probed, probe
from helpers.periods.values import Mapped
from helpers.sourcefile import Source
from helpers.undecided import DECIDE

ABOVE = """\
A registered period: what is different for it from case.yml. Where it says DECIDE a person must
decide; the questions are in DECISIONS.md. What is marked "guess: check" is likely and not certain.
What was seen of the new files beside the last period is in CHECKS.md."""


@dataclass(frozen=True)
class Composed:
    """The texts to write.

    Parameters
    ----------
    text : str
        ``period.yml``.
    page : str
        ``CHECKS.md``.
    maps : dict of str
        Maps with the values that nobody mapped, by file.
    questions : list of Question
        What a person must decide.
    told : list of str
        What is new, as sentences.
    """

    text: str
    page: str
    maps: dict[str, str]
    questions: list[Question]
    told: list[str] = field(default_factory=list)


def basis_of(case: Case, before: Case | None) -> Case:
    """Return the case with each source as the period before reads it.

    Parameters
    ----------
    case : Case
        The case itself.
    before : Case, optional
        The period before; None, or the case itself, where no period is registered before.
    """
    if before is None or not before.registered:
        return case
    held = {source.id: source for source in before.sources}
    sources = [held.get(source.id, source) for source in case.sources]
    return case.model_copy(update={"sources": sources})


def _words(case: Case, source: Source) -> Callable[[str], set[str] | None]:
    """Return what gives the values that the map of a field of a source holds."""

    def words(name: str) -> set[str] | None:
        rule = source.fields[name]
        if rule.map is not None:
            return {word_key(value) for value in rule.map}
        if rule.map_file is None:
            return None
        path = case.path(rule.map_file)
        pairs = read_csv(path, encoding="utf-8", needed=["raw_value"])
        return {word_key(value) for value in pairs["raw_value"]}

    return words


def _beneath(case: Case, before: Case | None) -> dict[str, Any]:
    """Return the entries of ``case.yml`` as the period before reads them."""
    raw = read_yaml((case.folder / "case.yml").read_text(encoding="utf-8"))
    if before is None or not before.registered:
        return raw
    from helpers.case import _with_period

    return overlay.beneath(raw, _with_period(raw, case.folder, before.registered))


def _probing(
    case: Case,
    before: Case | None,
    made: dict[str, SourceOverlay],
    *,
    folder: Path,
    start: dt.date,
    end: dt.date,
    extract_date: dt.date | None,
) -> Case:
    """Return the case with the new period laid over it, every open question left out."""
    others = {one.id: overlay.AS_BEFORE for one in case.sources if one.id not in made}
    said = overlay.PeriodFile.model_validate(
        {
            "period_version": 1,
            "period": {"start": start, "end": end},
            "extract_date": extract_date or end + dt.timedelta(days=366),
            "history": "cumulative",
            "sources": {name: one.probe for name, one in made.items()},
            "others": others,
        }
    )
    raw = overlay.overlaid(
        _beneath(case, before), said, name="new", prefix=str(folder), where=overlay.FILE
    )
    return Case.model_validate({**raw, "folder": case.folder})


def compose(
    case: Case,
    before: Case | None,
    matched: dict[str, Matched],
    *,
    folder: Path,
    name: str,
    start: dt.date,
    end: dt.date,
    extract_date: dt.date | None,
) -> Composed:
    """Return what ``period.yml`` and its report say.

    Parameters
    ----------
    case : Case
        The case itself.
    before : Case, optional
        The period before, as a case; None where there is none.
    matched : dict of Matched
        The new sheets by source.
    folder : Path
        Where the copies of the new files are.
    name : str
        Name of the period.
    start, end : date
        First and last day of it.
    extract_date : date, optional
        Day of the extract.

    Returns
    -------
    Composed
        The texts.
    """
    basis = basis_of(case, before)
    people = People()
    for item in matched.values():
        for seen in item.sheets:
            people.add(seen.sheet.frame)  # type: ignore[union-attr]
    made: dict[str, SourceOverlay] = {}
    for source in basis.sources:
        if source.id in matched:
            item = matched[source.id]
            elsewhere = {
                seen.name
                for other, one in matched.items()
                if other != source.id and one.file.path == item.file.path
                for seen in one.sheets
            }
            made[source.id] = SourceOverlay(
                source, item, elsewhere=elsewhere, people=people, words=_words(basis, source)
            )
    trial = _probing(
        case, before, made, folder=folder, start=start, end=end, extract_date=extract_date
    )
    asked = [item for one in made.values() for item in one.asked]
    told = [line for one in made.values() for line in one.told]
    probed: dict[str, Probed] = {}
    tables: dict[str, Mapping[str, pd.DataFrame]] = {}
    mapped = Mapped(basis, start=start)
    for source in trial.sources:
        if source.id not in made:
            continue
        place = f"sources.{source.id}"
        faults: list[Problem] = []
        try:
            if source.layout == "extract":
                probed[source.id] = probe(trial, source)
                mapped.add(source, made[source.id], probed[source.id], people)
                faults = probed[source.id].problems
            else:
                tables[source.id] = tables_of(trial, source)
        except InputError as error:
            faults = error.problems
        asked += [Asked(place, f"a run would stop: {fault}", "") for fault in faults]
    asked += mapped.asked
    told += mapped.told
    held = against(before, probed, others=tables, start=start, end=end, extract_date=extract_date)
    told += held.told
    others, more = _others(basis, made)
    asked += more
    top: dict[str, Any] = {"period_version": 1}
    if before is not None and before.registered:
        top["like"] = before.registered
    top |= {
        "period": {"start": start, "end": end},
        "extract_date": extract_date or DECIDE,
        "history": Noted(held.history, held.why),
        "sources": {key: one.entry for key, one in made.items()},
    }
    if others:
        top["others"] = others
    if (parameters := _parameters(case, start, end)) is not None:
        top["parameters"] = parameters
    if extract_date is None:
        what = "the day on which the trust took the data from its systems"
        asked.append(Asked("extract_date", what, "Ask the trust; write YYYY-MM-DD."))
    if held.history == DECIDE:
        asked.append(
            Asked(
                "history", held.why, "Write cumulative (all history again) or incremental (only "
                "the new period)."
            )
        )  # fmt: skip
    text, places = written(top, above=ABOVE)
    asked.sort(key=lambda item: places[item.place])
    questions = [
        Question(
            f"{overlay.FILE}, line {places[item.place]}, {item.place}", item.seen, item.choices
        )
        for item in asked
    ]
    questions += mapped.of_maps
    page = held.page(name, case, made, told, volumes=held.volumes)
    return Composed(text, page, mapped.files(), questions, told)


PER = {"month": 1, "quarter": 3, "year": 12}


def _parameters(case: Case, start: dt.date, end: dt.date) -> dict[str, Any] | None:
    """Return a shorter baseline where that of the case would leave no later part of the period."""
    length = 12 * (end.year - start.year) + end.month - start.month + 1
    many = length // PER[str(case.parameters.get("grain", "month"))]
    asked = int(case.parameters.get("baseline_periods", 12))
    if asked < many:
        return None
    why = f"guess: check: of the {asked} of the case no later one would be left"
    return {"baseline_periods": Noted(max(2, many // 2), why)}


def _others(basis: Case, made: dict[str, SourceOverlay]) -> tuple[dict[str, Any], list[Asked]]:
    """Say what becomes of the sources of which there is no new file."""
    others: dict[str, Any] = {}
    asked = []
    for source in basis.sources:
        if source.id in made:
            continue
        if source.database is not None:
            others[source.id] = Noted(overlay.AS_BEFORE, "the database is asked again")
            continue
        others[source.id] = DECIDE
        asked.append(
            Asked(
                f"others.{source.id}",
                f"none of the new files is {source.id} ({source.title})",
                f"Write {overlay.AS_BEFORE!r} to read its file again, or {overlay.NONE!r}.",
            )
        )
    return others, asked
