"""The entry of one source in ``period.yml``: only what differs from the case's own map.

- :class:`SourceOverlay`: file, sheets and headers of a new extract beside what the case declares.

Headers that the case declares in other capitals, or that the suite knows for a field, are taken and
said. A header that only looks like one of the case, one that nobody knows, and a field without a
header are for a person to decide.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from helpers.intake.draft_text import Noted
from helpers.intake.drafting_columns import Asked, ColumnsDraft
from helpers.intake.drafting_sources import _pattern
from helpers.intake.guessing_dates import rows_of
from helpers.intake.guessing_people import People
from helpers.intake.looking import Looked, Seen, key
from helpers.intake.reading import ROW
from helpers.intake.sheets import Sheet
from helpers.intake.words import word_key
from helpers.periods.matching import Matched, Place, headers_of, needed, places
from helpers.sourcefile import Source
from helpers.undecided import DECIDE

FITS = 0.5
"""Share of the values of a column that a map must hold for the column to be offered for it."""

SAME = "the same but for capitals or marks"
KNOWN = "guess: check: the suite knows this header for it"
SOME = "some sheets have no such column"


class SourceOverlay:
    """File, sheets and headers of a new extract beside what the case declares.

    Parameters
    ----------
    source : Source
        The source of the case.
    matched : Matched
        The sheets of the new file that are this source.
    elsewhere : set of str
        Sheets of the file that are other sources.
    people : People
        The people whom the new files name.
    words : callable
        The values that the map of a field holds, as keys; None where it has no map.

    Attributes
    ----------
    entry : dict
        What ``period.yml`` says of the source; DECIDE where a person must.
    probe : dict
        The same with every open question left out, so that the values can be looked at.
    asked : list of Asked
        Questions, by the place of the entry.
    told : list of str
        What is new, as sentences.
    """

    def __init__(
        self,
        source: Source,
        matched: Matched,
        *,
        elsewhere: set[str],
        people: People,
        words: Callable[[str], set[str] | None],
    ) -> None:
        self.source, self.matched, self.people, self.words = source, matched, people, words
        self.file: Looked = matched.file
        self.asked: list[Asked] = []
        self.told: list[str] = []
        self.entry: dict[str, Any] = {"file": self.file.path.name}
        self.probe: dict[str, Any] = {"file": self.file.path.name}
        self._encoding()
        if source.layout == "extract" and any(seen.name for seen in self.file.seen):
            self._sheets(elsewhere)
        self._headers()

    def _ask(self, place: str, seen: str, choices: str) -> None:
        self.asked.append(Asked(f"sources.{self.source.id}.{place}", seen, choices))

    def _say(self, text: str) -> None:
        self.told.append(f"{self.source.id}: {text}")

    def _set(self, kind: str, name: str, rule: dict[str, Any], *, probe: dict[str, Any]) -> None:
        self.entry.setdefault(kind, {}).setdefault(name, {}).update(rule)
        self.probe.setdefault(kind, {}).setdefault(name, {}).update(probe)

    def _encoding(self) -> None:
        """Say the encoding of a CSV file where it is another; a mark at its start is no matter."""
        if not self.file.encoding:
            return
        with self.file.path.open("rb") as file:
            marked = file.read(3) == codecs.BOM_UTF8
        found = "utf-8-sig" if marked else self.file.encoding
        if found.removesuffix("-sig") != self.source.encoding.removesuffix("-sig"):
            self._say(f"the encoding is {found}; it was {self.source.encoding}")
        self.entry["encoding"] = self.probe["encoding"] = found

    def _sheets(self, elsewhere: set[str]) -> None:
        """Say which sheets are read and ask about those that nobody knows."""
        read = [seen.name for seen in self.matched.sheets]
        before = {key(name): why for name, why in self.source.sheets.ignore.items()}
        ignore: dict[str, Any] = {}
        for seen in self.file.seen:
            if seen.name in read:
                continue
            if key(seen.name) in before:
                ignore[seen.name] = before[key(seen.name)]
            elif seen.name in elsewhere:
                ignore[seen.name] = "read as another source"
            elif seen.sheet is None and seen.state == "visible":
                ignore[seen.name] = Noted(seen.why or "no table", "no table was found in it")
                self._say(f"sheet {seen.name!r} is not read: {seen.why or 'no table'}")
            else:
                ignore[seen.name] = DECIDE
                self._unread(seen)
        made: dict[str, Any] = {"read": [_pattern(name) for name in read]}
        if ignore:
            made["ignore"] = ignore
        depth = max(seen.header_rows for seen in self.matched.sheets)
        if depth > 1:
            made["header_rows"] = depth
        self.entry["sheets"] = made
        plain = {name: "" if why == DECIDE else str(why) for name, why in ignore.items()}
        self.probe["sheets"] = {**made, "ignore": plain}
        tops = {seen.sheet.facts["header_row"] for seen in self.matched.sheets if seen.sheet}
        rows = ", ".join(map(str, sorted(tops)))
        self._say(f"sheets read: {', '.join(map(repr, read))}, headers in row {rows}")

    def _unread(self, seen: Seen) -> None:
        state = "" if seen.state == "visible" else f"the sheet is {seen.state}; "
        what = seen.why or "no table"
        if seen.sheet is not None:
            what = f"a table of {rows_of(len(seen.sheet.frame))} whose headers fit no source"
        self._ask(
            f"sheets.ignore.{seen.name}",
            f"sheet {seen.name!r} is not read: {state}{what}",
            "Write why it is ignored, or name it under read.",
        )

    def _frames(self) -> list[Sheet]:
        return [seen.sheet for seen in self.matched.sheets if seen.sheet is not None]

    def _headers(self) -> None:
        """Give each header its entry, sheet by sheet, and ask about what is left."""
        found: dict[Place, list[str]] = {}
        guessed: dict[Place, list[str]] = {}
        near: dict[Place, list[str]] = {}
        lacking: dict[Place, int] = {}
        strange: list[str] = []
        for seen in self.matched.sheets:
            headers = headers_of(seen)
            held = places(self.source, headers)
            for header in headers:
                for place in held.by.get(header, []):
                    sure = held.guessed.get(header, True)
                    into = found if header not in held.guessed else guessed if sure else near
                    kept = into.setdefault(place, [])
                    kept += [header] if header not in kept else []
                if header not in held.by and header not in strange:
                    strange.append(header)
            there = {place for header in held.by for place in held.by[header]}
            for place in needed(self.source):
                lacking[place] = lacking.get(place, 0) + (place not in there)
        self._known(found, guessed)
        empty = [place for place, n in lacking.items() if n == len(self.matched.sheets)]
        for place in empty:
            if place not in near and (header := self._by_values(place, strange)):
                near[place] = [header]
                strange.remove(header)
        self._near(near)
        self._strange(strange)
        self._lacking(lacking, near)

    def _by_values(self, place: Place, headers: Sequence[str]) -> str:
        """Return the one unknown header most of whose values the map of a field holds."""
        kind, name = place
        if kind != "fields" or (words := self.words(name)) is None:
            return ""
        fits = []
        for header in headers:
            parts = [sheet.frame[header] for sheet in self._frames() if header in sheet.frame]
            values = pd.concat(parts).map(word_key)
            values = values[values.ne("")]
            if len(values) and values.isin(words).mean() >= FITS:
                fits.append(header)
        return fits[0] if len(fits) == 1 else ""

    def _known(self, found: dict[Place, list[str]], guessed: dict[Place, list[str]]) -> None:
        for kind, name in dict.fromkeys([*found, *guessed]):
            headers = [*found.get((kind, name), []), *guessed.get((kind, name), [])]
            if kind in {"ignored", "quarantined"}:
                for header in headers:
                    if header != name:
                        self._withheld(kind, header, name)
                continue
            if kind in {"dimensions", "columns"}:
                rules = self.source.dimensions if kind == "dimensions" else self.source.columns
                declared = [rules[name].from_] if name in rules else [headers[0]]
            else:
                declared = getattr(self.source, kind)[name].from_
            if set(headers) <= set(declared):
                continue
            known = [header for header in headers if header in guessed.get((kind, name), [])]
            self._say(
                f"{name} is headed {', '.join(map(repr, headers))}; it was "
                f"{' or '.join(map(repr, declared))}"
            )
            value: Any = headers if len(headers) > 1 else headers[0]
            noted = Noted(value, KNOWN if known else SAME)
            self._set(kind, name, {"from": noted}, probe={"from": value})

    def _withheld(self, kind: str, header: str, name: str) -> None:
        if kind == "ignored":
            why = self.source.ignored[name]
            self.entry.setdefault("ignored", {})[header] = why
            self.probe.setdefault("ignored", {})[header] = why
        else:
            self.entry.setdefault("quarantined", []).append(header)
            self.probe.setdefault("quarantined", []).append(header)

    def _near(self, near: dict[Place, list[str]]) -> None:
        """Ask whether a header that looks like a field is that field."""
        for (kind, name), headers in near.items():
            shown = " or ".join(map(repr, headers))
            self._set(kind, name, {"from": DECIDE}, probe={"from": headers})
            self._say(f"header {shown} is new, and by its words or values may be {name}")
            self._ask(
                f"{kind}.{name}.from",
                f"no column is headed as before, and {shown} may be {name} by its words or values",
                "Write that header here; if it is something else, write why under ignored.",
            )

    def _strange(self, headers: Sequence[str]) -> None:
        """Give a place to headers that nobody knows, as a draft of a case does."""
        if not headers or self.source.layout != "extract":
            return  # other layouts read the columns that are declared and no others
        sheets = []
        for sheet in self._frames():
            some = [name for name in sheet.frame if name == ROW or name in headers]
            if len(some) > 1:
                sheets.append(Sheet(sheet.name, sheet.frame[some], sheet.facts))
        made = ColumnsDraft(self.source.id, "", sheets, self.people)
        self.asked += made.asked
        if made.ignored:
            self.entry.setdefault("ignored", {}).update(made.ignored)
            plain = dict.fromkeys(made.ignored, "")
            self.probe.setdefault("ignored", {}).update(plain)
        if made.quarantined:
            self.entry.setdefault("quarantined", []).extend(made.quarantined)
            names = [item.value if isinstance(item, Noted) else item for item in made.quarantined]
            self.probe.setdefault("quarantined", []).extend(names)
        self._say(f"headers that the case does not declare: {', '.join(map(repr, headers))}")

    def _lacking(self, lacking: dict[Place, int], near: dict[Place, list[str]]) -> None:
        """Say which fields some sheets lack, and ask about those without any header."""
        for (kind, name), sheets in lacking.items():
            if not sheets or (kind, name) in near:
                continue
            if sheets < len(self.matched.sheets):
                self._set(kind, name, {"optional": Noted(True, SOME)}, probe={"optional": True})
                self._say(f"{name} has no column in {sheets} of the sheets")
                continue
            self._say(f"{name} has no column")
            if kind in {"fields", "milestones"}:
                self._set(kind, name, {"from": DECIDE}, probe={"optional": True})
                self._ask(
                    f"{kind}.{name}.from",
                    f"no column was taken for {name}, which the case declares",
                    "Write its header and take it out of ignored; if there is none, take this "
                    "line out and write optional: true.",
                )
            else:
                self._ask(kind, f"{name} has no column", "Ask for the file again.")
