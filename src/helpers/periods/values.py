"""Values of new extracts that no map of the case holds, and dates in no declared format.

- :class:`Mapped`: the entries and maps in which a person decides what they mean.

A value whose meaning the suite knows is filled in and marked to be checked; any other is DECIDE.
A value that may be about a person is written nowhere: its rows are.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pandas as pd

from helpers.casefile import Case
from helpers.intake import guessing
from helpers.intake.draft_text import Noted
from helpers.intake.drafting import Question
from helpers.intake.drafting_columns import WHICH_FORMAT, Asked
from helpers.intake.guessing_dates import date_format, rows_of
from helpers.intake.guessing_people import People
from helpers.intake.words import word_key
from helpers.periods.drafting import SourceOverlay
from helpers.periods.probing import Probed
from helpers.sourcefile import Source
from helpers.undecided import DECIDE

GUESS = "guess: check"


def _shown(counts: dict[str, int]) -> str:
    return ", ".join(f"{value!r} ({rows_of(rows)})" for value, rows in counts.items())


class Mapped:
    """The entries and maps in which a person decides what new values mean.

    Parameters
    ----------
    basis : Case
        The case, as the period before reads it.
    start : date
        First day of the new period.

    Attributes
    ----------
    asked : list of Asked
        Questions about entries of ``period.yml``.
    of_maps : list of Question
        Questions about maps beside it.
    told : list of str
        What is new, as sentences.
    """

    def __init__(self, basis: Case, *, start: dt.date) -> None:
        self.basis, self.start = basis, start
        self.asked: list[Asked] = []
        self.of_maps: list[Question] = []
        self.told: list[str] = []
        self._maps: dict[str, list[dict[str, str]]] = {}
        self._columns: dict[str, list[str]] = {}

    def add(self, source: Source, made: SourceOverlay, probed: Probed, people: People) -> None:
        """Take what one source holds that is new.

        Parameters
        ----------
        source : Source
            The source with the new period laid over it.
        made : SourceOverlay
            Its entry of ``period.yml``, which is added to.
        probed : Probed
            What would stop a run.
        people : People
            The people whom the new files name.
        """
        for name, (counts, allowed) in probed.unmapped.items():
            kept = self._not_about_people(source, made, name, counts, people)
            if not kept:
                continue
            rule = source.fields[name]
            what = "service" if name == "service" else name
            self.told.append(f"{source.id}: values of {what} not seen before: {_shown(kept)}")
            if rule.map_file is not None:
                self._in_file(source, made, name, kept)
            else:
                self._in_entry(source, made, name, kept, allowed)
        for name, counts in probed.undated.items():
            self._dated(source, made, name, counts)

    def _not_about_people(
        self,
        source: Source,
        made: SourceOverlay,
        name: str,
        counts: dict[str, int],
        people: People,
    ) -> dict[str, int]:
        """Return the values that may be written down, and ask about the others by their rows."""
        held: dict[str, int] = {}
        for seen in made.matched.sheets:
            frame = seen.sheet.frame  # type: ignore[union-attr]
            for header in source.fields[name].from_:
                if header in frame:
                    some = frame[frame[header].str.strip().isin(list(counts))]
                    held |= people.withheld(some, header)
        if hidden := [value for value in counts if value in held]:
            rows = ", ".join(str(held[value]) for value in hidden[:5])
            self.asked.append(
                Asked(
                    f"sources.{source.id}",
                    f"{len(hidden)} values of {name} may be about a person and are not written "
                    f"here (first rows: {rows})",
                    "Look at them in the file; have them corrected, or add them to the map.",
                )
            )
        return {value: rows for value, rows in counts.items() if value not in held}

    def _in_entry(
        self,
        source: Source,
        made: SourceOverlay,
        name: str,
        counts: dict[str, int],
        allowed: tuple[str, ...],
    ) -> None:
        plain = guessing.code_map(pd.Series(list(counts)), source.table or "deaths", name)
        codes = {value: plain.get(value, DECIDE) for value in counts}
        rule = {value: code if code == DECIDE else Noted(code, GUESS)
                for value, code in codes.items()}  # fmt: skip
        kept = made.entry.setdefault("fields", {}).setdefault(name, {})
        kept.setdefault("map", {}).update(rule)
        for value, code in codes.items():
            if code == DECIDE:
                self.asked.append(
                    Asked(
                        f"sources.{source.id}.fields.{name}.map.{value}",
                        f"{name} {value!r} was not seen before ({rows_of(counts[value])})",
                        f"Write one of: {', '.join(allowed) or 'yes, no'}.",
                    )
                )

    def _in_file(
        self, source: Source, made: SourceOverlay, name: str, counts: dict[str, int]
    ) -> None:
        """Copy the map beside the period and add a row for each value that it does not hold."""
        base = self.basis.path(source.fields[name].map_file or "")
        if base.name not in self._maps:
            with base.open(encoding="utf-8-sig", newline="") as file:
                reader = csv.DictReader(file)
                self._maps[base.name] = list(reader)
                self._columns[base.name] = list(reader.fieldnames or [])
        rows = self._maps[base.name]
        for value, number in counts.items():
            same = [row for row in rows if word_key(row["raw_value"]) == word_key(value)]
            if any(row["canonical_id"] == DECIDE for row in same):
                continue
            row = dict.fromkeys(self._columns[base.name], "")
            row |= {"raw_value": value, "canonical_id": DECIDE}
            ends = [row["valid_to"] for row in same if row.get("valid_to")]
            why = "is not in the map"
            if same:
                why = f"is in the map until {max(ends, default='')} only"
                if ends:
                    day = dt.date.fromisoformat(max(ends)) + dt.timedelta(days=1)
                    row["valid_from"] = day.isoformat()
            rows.append(row)
            known = sorted({row["canonical_id"] for row in rows} - {DECIDE})
            self.of_maps.append(
                Question(
                    f"{base.name}, line {len(rows) + 1}, {value}",
                    f"{name} {value!r} of {source.id} {why} ({rows_of(number)})",
                    f"Write a code in place of DECIDE; known: {', '.join(known)}.",
                )
            )
        for one, entry in self._users(base.name, made):
            entry.setdefault("fields", {}).setdefault(one, {})["map_file"] = base.name

    def _users(self, file: str, made: SourceOverlay) -> list[tuple[str, dict[str, Any]]]:
        """Return the fields of a source that are read through a map."""
        rules = made.source.fields
        return [
            (name, made.entry)
            for name, rule in rules.items()
            if rule.map_file is not None and self.basis.path(rule.map_file).name == file
        ]

    def _dated(
        self, source: Source, made: SourceOverlay, name: str, counts: dict[str, int]
    ) -> None:
        kind = "milestones" if name in source.milestones else "fields"
        rule = getattr(source, kind)[name]
        found = date_format(pd.Series([text for text, n in counts.items() for _ in range(n)]))
        entry = made.entry.setdefault(kind, {}).setdefault(name, {})
        total = sum(counts.values())
        self.told.append(
            f"{source.id}: {rows_of(total)} of {name} hold no day in a declared format"
        )
        place = f"sources.{source.id}.{kind}.{name}"
        if found.fmt and not found.words:
            entry["also"] = [*(rule.also or source.date_also), Noted(found.fmt, GUESS)]
            return
        if found.fits:
            entry["also"] = DECIDE
            formats = " or ".join(map(repr, found.fits))
            what = f"dates in another format, which cannot be told: {found.seen}"
            self.asked.append(Asked(f"{place}.also", what, f"{WHICH_FORMAT}: {formats}."))
            return
        entry["missing"] = DECIDE
        self.asked.append(
            Asked(
                f"{place}.missing",
                f"{rows_of(total)} of {name} hold something that is no date",
                "Name the words that mean 'not recorded', as word: NR; or have the rows corrected.",
            )
        )

    def files(self) -> dict[str, str]:
        """Return the maps with the rows that a person must decide, as CSV by name."""
        made = {}
        for name, rows in self._maps.items():
            text = io.StringIO()
            writer = csv.DictWriter(text, self._columns[name], lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
            made[name] = text.getvalue()
        return made
