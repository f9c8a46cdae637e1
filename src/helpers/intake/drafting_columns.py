"""The draft of the columns of one source: fields, formats, maps, and what is withheld.

- :class:`ColumnsDraft`: where each header belongs, and what is asked about it.
- :class:`Asked`: a question, by the place of its entry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.intake import guessing
from helpers.intake.draft_text import Alias, Noted
from helpers.intake.guessing_dates import Dated, date_format
from helpers.intake.guessing_people import People
from helpers.intake.hits import squeezed
from helpers.intake.reading import ROW
from helpers.intake.sheets import Sheet
from helpers.intake.words import COMMON, word_key
from helpers.undecided import DECIDE

GUESS = "guess: check"
MOST_CODES, MOST_SERVICES = 80, 1_000
SYNTHETIC = "says SYNTHETIC on every row"
BLANK = "blank in every row"
OWN_DAYS = {
    ("deaths", "date_of_death"): "death",
    ("incidents", "reported_date"): "incident_reported",
}
"""Days that stand in a field and are milestones as well."""

WHICH_FORMAT = "Ask the trust how the dates are written"


@dataclass(frozen=True)
class Asked:
    """A question, by the place of its entry in ``case.yml``.

    Parameters
    ----------
    place, seen, choices : str
        Place of the entry, what was seen, and what can be done.
    """

    place: str
    seen: str
    choices: str


def _described(text: pd.Series) -> str:
    """Say what a column holds without any of its values."""
    values = squeezed(text)
    values = values[values.ne("")]
    dated = date_format(values)
    if dated.dates > len(values) / 2:
        return f"dates in {len(values):,} rows"
    if values.str.fullmatch(r"-?[0-9]+(\.[0-9]+)?").all():
        return f"numbers in {len(values):,} rows"
    return f"text in {len(values):,} rows, {values.nunique():,} distinct"


class ColumnsDraft:
    """Where each header of a source belongs, in which format and through which map.

    Parameters
    ----------
    source : str
        Id of the source.
    table : str
        Its canonical table; empty where none is plain.
    sheets : list of Sheet
        The sheets to read.
    people : People
        The people whom the files name.
    """

    def __init__(self, source: str, table: str, sheets: Sequence[Sheet], people: People) -> None:
        self.source, self.table, self.people = source, table, people
        modes = {sheet.facts["date_mode"] for sheet in sheets}
        self.mode = modes.pop() if len(modes) == 1 else ""
        self.asked: list[Asked] = []
        self.services: list[str] = []
        self.deaths: list[tuple[pd.Series, str, str]] = []
        self.synthetic = False
        self.fields: dict[str, Any] = {}
        self.milestones: dict[str, Any] = {}
        self.ignored: dict[str, Any] = {}
        self.quarantined: list[Any] = []
        self.rules: list[dict[str, Any]] = []
        self._frames = [sheet.frame for sheet in sheets]
        self.headers = list(dict.fromkeys(h for frame in self._frames for h in frame if h != ROW))
        self._columns()

    def _ask(self, place: str, seen: str, choices: str) -> None:
        self.asked.append(Asked(f"sources.{self.source}.{place}", seen, choices))

    def _text(self, headers: list[str]) -> pd.Series:
        """Return a column over all sheets."""
        parts = [frame[h] for frame in self._frames for h in headers if h in frame]
        return pd.concat(parts, ignore_index=True) if parts else pd.Series(dtype="str")

    def _columns(self) -> None:
        """Give every header a place: field, milestone, ignored or quarantined."""
        every = self.headers
        if not self.table:
            for header in every:
                self._unknown(header, "")
            return
        found = {h: m for h in every if (m := guessing.likely(h, self.table)) is not None}
        chosen: dict[tuple[str, str], list[str]] = {}
        order = sorted(found, key=lambda h: (not found[h].sure, -sum(h in f for f in self._frames)))
        for header in order:
            match = found[header]
            if match.kind in {"fields", "milestones"}:
                held = chosen.setdefault((match.kind, match.name), [])
                if any(header in f and other in f for f in self._frames for other in held):
                    self._unknown(header, f"it reads like {match.name}, as {held[0]!r} does")
                else:
                    held.append(header)
        for header in every:
            match = found.get(header)
            if match is None:
                self._unknown(header, "")
            elif match.kind == "ignored":
                self.ignored[header] = match.name if match.sure else Noted(match.name, GUESS)
            elif match.kind == "quarantined":
                self.quarantined.append(header if match.sure else Noted(header, GUESS))
        for (kind, name), headers in sorted(
            chosen.items(), key=lambda item: min(map(every.index, item[1]))
        ):
            headers.sort(key=every.index)
            sure = all(found[header].sure for header in headers)
            self._named(kind, name, headers, "" if sure else GUESS)
        self._needed()
        for (table, name), milestone in OWN_DAYS.items():
            if table == self.table and name in self.fields and guessing.system_of(every) != "steis":
                held = self.fields[name]
                anchor = f"{self.source}_{name}"
                note = held.note if isinstance(held, Noted) else ""
                value = held.value if isinstance(held, Noted) else held
                self.fields[name] = Noted(value, note, anchor)
                self.milestones = {milestone: Alias(anchor), **self.milestones}

    def _unknown(self, header: str, why: str) -> None:
        """Give a place to a header that the suite does not know."""
        text = self._text([header])
        values = squeezed(text)
        filled = values[values.ne("")]
        if filled.empty:
            self.ignored[header] = Noted(BLANK, GUESS)
        elif filled.str.upper().eq("SYNTHETIC").all():
            self.synthetic = True
            self.ignored[header] = SYNTHETIC
        elif guessing.is_free_text(text):
            self.quarantined.append(Noted(header, GUESS))
        else:
            self.ignored[header] = DECIDE
            seen = f"{why + '; ' if why else ''}{_described(text)}"
            self._ask(
                f"ignored.{header}",
                f"column {header!r} has a header that is not known; it holds {seen}"
                if not why
                else f"column {header!r}: {seen}",
                "Write why it is ignored, or move it to fields, milestones or quarantined.",
            )

    def _named(self, kind: str, name: str, headers: list[str], note: str) -> None:
        """Draft a field or milestone that was found."""
        text = self._text(headers)
        column = guessing.column_of(self.table, name)
        kept = getattr(self, kind)
        must = name in guessing.vocabulary()["tables"][self.table]["must"]
        rule: dict[str, Any] = {"from": headers if len(headers) > 1 else headers[0]}
        if not must and squeezed(text).eq("").all():
            self.ignored |= {header: Noted(BLANK, GUESS) for header in headers}
            return
        place = f"{kind}.{name}"
        if kind == "milestones" or column.kind == "date":
            dated = date_format(text)
            if not must and dated.words >= dated.dates:
                for header in headers:
                    self._unknown(header, f"it reads like {name}, and most of it is no date")
                return
            self._dated(place, rule, dated, text, name)
        elif name == "service":
            rule["map_file"] = "service_map.csv"
            self._services(place, headers)
        elif column.kind in {"code", "flag"}:
            self._coded(place, rule, headers, name)
        elif column.kind in {"count", "number", "year"} and not self._numeric(text):
            for header in headers:
                self._unknown(header, f"it reads like {name}, and most of it is no number")
            return
        elif name not in guessing.vocabulary()["identity"] and guessing.is_free_text(text):
            self.quarantined += [Noted(header, GUESS) for header in headers]
            return
        if any(not set(headers) & set(frame) for frame in self._frames):
            rule["optional"] = True
        self.rules.append(rule)
        kept[name] = Noted(rule, note)

    @staticmethod
    def _numeric(text: pd.Series) -> bool:
        values = squeezed(text)
        values = values[[bool(v) and word_key(v) not in COMMON for v in values]]
        return bool(pd.to_numeric(values, errors="coerce").notna().mean() > 0.5)  # noqa: PLR2004

    def _dated(
        self, place: str, rule: dict[str, Any], dated: Dated, text: pd.Series, name: str
    ) -> None:
        asked = "also" if dated.fmt and dated.fits else "format"
        note = "written year-month-day, most of it" if asked == "also" else dated.seen
        rule["format"] = Noted(dated.fmt, note) if dated.fmt else DECIDE
        if dated.also:
            rule["also"] = dated.also
        if asked == "also":
            rule["also"] = DECIDE
        if dated.fits or not dated.fmt:
            formats = [repr(fmt) for fmt in dated.fits]
            choices = f": {' or '.join(formats)}." if formats else ", such as '%d/%m/%Y'."
            seen = f"the format of the dates cannot be told: {dated.seen}"
            self._ask(f"{place}.{asked}", seen, WHICH_FORMAT + choices)
        if dated.numbers and not self.mode:
            rule["serials"] = DECIDE
            self._ask(
                f"{place}.serials",
                "some days stand there as numbers, and the file does not say how they are counted",
                "Write '1900' or '1904', or take the line out: they become no value.",
            )
        if dated.words:
            self._ask(
                f"{place}.format",
                f"{dated.words:,} rows hold something that is no date",
                "Look at them; name the words that mean 'not recorded' under missing.",
            )
        if name == "date_of_death" and self.table == "deaths" and dated.fmt:
            self.deaths.append((text, dated.fmt, self.mode))

    def _withheld(self, headers: list[str]) -> dict[str, int]:
        """Return values that may be about a person wherever they stand, each with a row."""
        found: dict[str, int] = {}
        spared: set[str] = set()
        for frame in self._frames:
            for header in [h for h in headers if h in frame]:
                held = self.people.withheld(frame, header)
                spared |= set(squeezed(frame[header]).unique()) - set(held)
                found |= held
        return {value: row for value, row in found.items() if value not in spared}

    def _ask_withheld(self, place: str, rows: list[int], target: str) -> None:
        if rows:
            some = ", ".join(str(row) for row in sorted(rows)[:5])
            self._ask(
                place,
                f"{len(rows)} values may be about a person and are not written here "
                f"(first rows: {some})",
                f"Look at them in the file; have them corrected, or add them to {target}.",
            )

    def _services(self, place: str, headers: list[str]) -> None:
        values = squeezed(self._text(headers)).value_counts().index
        names = [value for value in values if value]
        if len(names) > MOST_SERVICES:
            self._ask(
                f"{place}.map_file",
                f"{len(names):,} distinct values, too many for names of services",
                "Check that the column is the one of the service; fill service_map.csv by hand.",
            )
            return
        withheld = self._withheld(headers)
        self.services += [value for value in names if value not in withheld]
        self._ask_withheld(f"{place}.map_file", list(withheld.values()), "service_map.csv")

    def _coded(self, place: str, rule: dict[str, Any], headers: list[str], name: str) -> None:
        text = self._text(headers)
        column = guessing.column_of(self.table, name)
        allowed = ", ".join(column.allowed) if column.kind == "code" else "yes, no"
        codes = guessing.code_map(text, self.table, name)
        if len(codes) > MOST_CODES:
            rule["map"] = DECIDE
            seen = f"{len(codes):,} distinct values, too many for codes"
            self._ask(f"{place}.map", seen, f"Write value: code, each of: {allowed}.")
            return
        withheld = self._withheld(headers)
        kept = {value: code for value, code in codes.items() if value not in withheld}
        if kept:
            rule["map"] = kept
        lost = [row for value, row in withheld.items() if value in codes]
        self._ask_withheld(f"{place}.map" if kept else f"{place}.from", lost, "the map")
        open_ = sum(code == DECIDE for code in kept.values())
        if open_:
            what = "values have" if open_ > 1 else "value has"
            seen = f"{open_} {what} no plain meaning"
            self._ask(f"{place}.map", seen, f"Write in place of each DECIDE one of: {allowed}.")

    def _needed(self) -> None:
        """Ask for the columns without which the table cannot be made."""
        for name in guessing.vocabulary()["tables"][self.table]["must"]:
            if name in self.fields:
                continue
            rule: dict[str, Any] = {"from": DECIDE}
            if name == "service":
                rule["map_file"] = "service_map.csv"
            elif guessing.column_of(self.table, name).kind == "date":
                rule["format"] = DECIDE
            self.rules.append(rule)
            self.fields[name] = rule
            self._ask(
                f"fields.{name}.from",
                f"no column was taken for {name}, and every row of {self.table} needs it",
                "Write the header of its column, and take the header out of where it stands.",
            )
