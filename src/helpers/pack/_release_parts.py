"""What a release shows: exhibits that a rule covers, protected together and made again.

- :class:`Part`: one exhibit as the release shows it.
- :class:`Contents`: all of them, and what was left out and why.
- :func:`select`: the exhibits that a rule covers, with their counts.
- :func:`remake`: the parts of a release, from what is shown of each count.
- :func:`image_of`: a figure that was drawn again.
- :func:`as_text`, :func:`as_csv`: the two forms in which a table leaves.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from helpers.casefile import Case
from helpers.disclosure.cells import Cell, Key
from helpers.disclosure.profiles import Profile
from helpers.disclosure.protect import NONE, Shown
from helpers.exhibits import drawn, finding, images, layout
from helpers.exhibits.finding import Finding
from helpers.exhibits.words import Words, words_for
from helpers.pack._release_rules import (
    CURVES,
    DRAWN,
    RULES,
    Rule,
    by_of,
    cells,
    reason,
    rule_of,
    words_of,
)
from helpers.pack.collect import Collected
from helpers.remake import drawings, intervals
from helpers.run import Run

MADE = tuple(dict.fromkeys(("value", "low", "high", *intervals.COMPARED)))


@dataclass
class Part:
    """One exhibit as the release shows it.

    Parameters
    ----------
    facts : dict
        Its facts, as the pack carries them; without the data.
    words : Words
        Title, sentences and headers.
    frame : DataFrame
        Its protected data; a count that is hidden is missing.
    findings : list of Finding
        Sentences, where it states findings.
    figure : dict
        id, title, alt, svg and png of the figure that was drawn from it, or empty.
    """

    facts: dict[str, Any]
    words: Words
    frame: pd.DataFrame
    findings: list[Finding] = field(default_factory=list)
    figure: dict[str, Any] = field(default_factory=dict)


@dataclass
class Contents:
    """What a release shows, what it does not, and why.

    Parameters
    ----------
    parts : list of Part
        In the order of the pack.
    left_out : list of dict
        ``id``, ``title`` and ``reason`` of each exhibit, or finding, that is not in the release.
    """

    parts: list[Part] = field(default_factory=list)
    left_out: list[dict[str, str]] = field(default_factory=list)

    def leave(self, facts: Mapping[str, Any], why: str) -> None:
        """Note that something is left out."""
        self.left_out.append({"id": facts["id"], "title": facts["title"], "reason": why})


def select(
    made: Collected, case: Case, contents: Contents, *, audited: bool = True
) -> tuple[list[dict[str, Any]], list[Cell]]:
    """Return the exhibits that a rule covers, with their counts; the others are noted.

    Parameters
    ----------
    made : Collected
        The exhibits of the pack.
    case : Case
        The case.
    contents : Contents
        Takes what is left out.
    audited : bool
        Counts are to be protected together, so two that contradict one another cannot both stay.
    """
    chosen: list[dict[str, Any]] = []
    held: list[Cell] = []
    values: dict[Key, Cell] = {}
    figures: dict[str, dict[str, Any]] = {}
    for facts in made.exhibits:
        exhibit = facts["id"]
        if facts.get("unanswered"):
            contents.leave(facts, "the records hold nothing to answer it")
        elif exhibit in DRAWN and facts["kind"] == "figure":
            figures[exhibit] = facts
        elif exhibit not in RULES or facts["kind"] == "figure":
            contents.leave(facts, reason(exhibit, facts["kind"]))
        elif (source := RULES[exhibit].between) and source not in {one["id"] for one in chosen}:
            contents.leave(facts, f"it compares numbers of {source}, which is not in this release")
        else:
            mine = cells(facts, made.frame(exhibit), case)
            other = next((c for c in mine if values.get(c.key, c).value != c.value), None)
            if other is not None and audited:
                table = values[other.key].table
                contents.leave(facts, f"{table} counts the same people in another way")
                continue
            values |= {cell.key: cell for cell in mine if cell.key not in values}
            chosen.append(facts)
            held += mine
    tables = {facts["id"] for facts in chosen}
    for exhibit, facts in figures.items():
        if DRAWN[exhibit] not in tables:
            contents.leave(facts, "the table from which it would be drawn is not in this release")
    return chosen, held


def _protected(
    rule: Rule, frame: pd.DataFrame, mine: list[Cell], shown: Mapping[Key, Shown]
) -> pd.DataFrame:
    """Return the columns of a rule with what is shown of each count."""
    kept = words_of(rule, frame)
    more = [name for name in ("level", "method") if name in frame and rule.shares]
    made = frame[[*kept, *rule.counts, *more]].copy()
    for column in rule.counts:
        made[column] = pd.array([None] * len(made), dtype="Int64")
    for cell in mine:
        value = shown[cell.key].value if shown else cell.value
        if value is not None:
            made.loc[made.index[cell.row], cell.column] = value
    return made


def _ordered(made: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    order = [name for name in frame if name in made]
    return made[[*order, *(name for name in made if name not in order)]]


def _findings(part: Part, run: Run, contents: Contents) -> list[Finding]:
    """Make the sentences again of which every number is shown; note the others."""
    numbers = [name for name in ("numerator", "denominator") if name in part.frame]
    whole = part.frame[numbers].notna().all(axis=1)
    whole &= part.frame["value"].notna() if "value" in part.frame else True
    held = part.frame.astype(dict.fromkeys(numbers, "float64"))
    every = finding.make(part.facts["id"], held, part.words, part.facts, run)
    for item, stays in zip(every, whole, strict=True):
        if not stays:
            contents.left_out.append(
                {"id": item.id, "title": item.title, "reason": "one of its counts is not shown"}
            )
    return [item for item, stays in zip(every, whole, strict=True) if stays]


def _figure(
    part: Part, way: str, facts: Mapping[str, Any], case: Case, contents: Contents
) -> dict[str, Any]:
    """Draw the figure of a table again from what is shown."""
    rule = RULES[part.facts["id"]]
    options: dict[str, Any] = {}
    if way == "intervals":
        options["stratum"] = by_of(rule, "numerator", part.frame)
    if way == "trend":
        options["breaks"] = case.all_breaks
    try:
        figure = drawings.draw(way, part.frame, **options)
    except ValueError as error:
        contents.leave(facts, str(error))
        return {}
    return image_of(figure, facts)


def image_of(figure: Any, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return a figure that was drawn again as a part has it: id, title, alt, svg and png.

    Parameters
    ----------
    figure : matplotlib Figure
        Drawn from protected data.
    facts : mapping
        The facts of its exhibit, with the profile in force.
    """
    frame = drawn.read_back(figure)
    alt = drawn.alternative(facts["title"], frame)
    drawn.footer(figure, dict(facts))
    png, svg = images.images(figure, facts["id"], alt=alt)
    return {
        "id": facts["id"],
        "title": layout.mark(dict(facts)),
        "alt": alt,
        "svg": images.svg_text({"svg": svg}),
        "png": base64.b64decode(png) if png else b"",
    }


def remake(
    chosen: list[dict[str, Any]],
    made: Collected,
    run: Run,
    shown: Mapping[Key, Shown],
    profile: Profile,
    contents: Contents,
) -> None:
    """Make the parts of a release from what is shown of each count.

    Parameters
    ----------
    chosen : list of dict
        The facts of the exhibits that a rule covers.
    made : Collected
        The exhibits of the pack.
    run : Run
        The case and its period.
    shown : mapping
        What is shown of each count.
    profile : Profile
        The profile in force.
    contents : Contents
        Takes the parts, and what is left out.
    """
    by_id = {facts["id"]: facts for facts in made.exhibits}
    tables: dict[str, pd.DataFrame] = {}
    for facts in chosen:
        exhibit, frame = facts["id"], made.frame(facts["id"])
        rule, words = RULES[exhibit], words_for(exhibit, run.case, {})
        lost: list[str] = []
        if rule.between:
            table = intervals.changes(frame, tables[rule.between])
        else:
            table = _protected(rule, frame, cells(facts, frame, run.case), shown)
            if rule.shares:
                table, lost = intervals.limits(table)
        tables[exhibit] = table
        if "in_words" in frame:
            table["in_words"] = table["value"]
        table = _ordered(table, frame)
        told = {
            name: value
            for name, value in facts.items()
            if name not in {"resource", "svg", "png", "findings", "alt"}
        }
        told |= {"release_profile": profile.name, "method": [], "level": []}
        if rule.shares and "method" in table:
            told["method"] = list(dict.fromkeys(table["method"].dropna()))
            told["level"] = [] if lost else list(dict.fromkeys(table["level"].dropna()))
        part = Part(told, words, table)
        if facts["kind"] == "findings":
            part.findings = _findings(part, run, contents)
            if not part.findings:
                continue
        figure = by_id.get(rule.draws[0]) if rule.draws else None
        if rule.draws and figure is not None and not figure.get("unanswered"):
            said = {**figure, "release_profile": profile.name}
            part.figure = _figure(part, rule.draws[1], said, run.case, contents)
        contents.parts.append(part)


def as_text(part: Part, mark: str) -> tuple[list[str], list[list[str]], list[bool]]:
    """Return headers, cells and which columns are numbers, hidden ones marked.

    Parameters
    ----------
    part : Part
        One exhibit of the release.
    mark : str
        What stands in a cell that is hidden.
    """
    words = part.words.model_copy(update={"wide": None})
    laid = layout.lay_out(part.frame, words)
    names = [name for name in part.frame if name not in layout.HIDDEN and name not in words.hide]
    rule = rule_of(part.facts["id"])
    # Of a curve nothing is hidden: a limit is missing where the method gives none.
    gone = (
        {}
        if part.facts["id"] in CURVES
        else {**dict.fromkeys(rule.counts, mark), **dict.fromkeys((*MADE, "in_words"), NONE)}
    )
    missing = part.frame[names].isna().to_numpy()
    rows = [
        [
            gone[name] if missing[i, j] and name in gone else cell
            for j, (name, cell) in enumerate(zip(names, row, strict=True))
        ]
        for i, row in enumerate(laid.rows)
    ]
    return laid.headers, rows, laid.numeric


def as_csv(part: Part, profile: Profile) -> str:
    """Return the protected data of a part as CSV; its columns say how counts were protected.

    Parameters
    ----------
    part : Part
        One exhibit of the release.
    profile : Profile
        The profile in force.
    """
    rule = rule_of(part.facts["id"])
    made = part.frame.drop(columns=[name for name in ("in_words",) if name in part.frame])
    for column in (*rule.counts, *MADE):
        if column in made and part.facts["id"] not in CURVES:
            made[column] = made[column].astype("object").where(made[column].notna(), profile.mark)
    if profile.midpoint:
        suffix = f"_midpoint{profile.midpoint}"
        made = made.rename(
            columns={
                **{column: f"{column}{suffix}" for column in rule.counts},
                **{column: f"{column}{suffix}_derived" for column in MADE},
            }
        )
    made.insert(0, "release_profile", profile.name)
    if part.facts["data_status"] == "synthetic":
        made.insert(0, "data_status", "SYNTHETIC")
    return made.to_csv(index=False, lineterminator="\n")
