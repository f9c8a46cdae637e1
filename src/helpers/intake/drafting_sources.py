"""The draft of one source: its sheets, its table and system, and what only a person can know of it.

- :func:`groups`: the parts of a file, each of which becomes a source.
- :class:`Part`: sheets of a file that speak of the same canonical table.
- :class:`SourceDraft`: the entry of one source in ``case.yml``, and what is asked about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from helpers.intake import guessing
from helpers.intake.draft_text import Alias, Noted
from helpers.intake.drafting_columns import GUESS, Asked, ColumnsDraft
from helpers.intake.guessing_dates import rows_of
from helpers.intake.guessing_people import People
from helpers.intake.looking import Looked, Seen
from helpers.intake.reading import ROW
from helpers.tables import TABLES
from helpers.undecided import DECIDE


@dataclass(frozen=True)
class Part:
    """Sheets of a file that speak of the same canonical table.

    Parameters
    ----------
    table : str
        The table; empty where none is plain.
    header_rows : int
        Rows of headers.
    sheets : list of Seen
        The sheets to read.
    """

    table: str
    header_rows: int
    sheets: list[Seen] = field(default_factory=list)


def _headers(seen: Seen) -> list[str]:
    return [] if seen.sheet is None else [name for name in seen.sheet.frame if name != ROW]


def groups(file: Looked) -> list[Part]:
    """Return the parts of a file, each of which becomes a source.

    Parameters
    ----------
    file : Looked
        The file at a first look.

    Returns
    -------
    list of Part
        One for each canonical table that its visible sheets speak of; one without a table, and
        perhaps without a sheet, where they speak of none.
    """
    parts: dict[tuple[str, int], Part] = {}
    for seen in file.seen:
        table = guessing.table_of(_headers(seen)) if seen.state == "visible" else ""
        if table:
            place = table, seen.header_rows
            parts.setdefault(place, Part(*place)).sheets.append(seen)
    if parts:
        return list(parts.values())
    held = [seen for seen in file.seen if seen.sheet is not None and seen.state == "visible"]
    return [Part("", held[0].header_rows if held else 1, held[:1])]


def _pattern(name: str) -> str:
    """Return a sheet's name as a pattern that fits no other name."""
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", name)


class SourceDraft:
    """The entry of one source in ``case.yml``, and what is asked about it.

    Parameters
    ----------
    name : str
        Id of the source.
    file : Looked
        The file.
    part : Part
        The sheets to read and the table they become.
    people : People
        The people whom the files name.
    several : bool
        The file has other parts, which are sources of their own.
    """

    def __init__(self, name: str, file: Looked, part: Part, people: People, *, several: bool):
        self.id, self.file, self.part, self.table = name, file, part, part.table
        sheets = [seen.sheet for seen in part.sheets if seen.sheet is not None]
        self.columns = ColumnsDraft(name, part.table, sheets, people)
        self.asked: list[Asked] = list(self.columns.asked)
        self.entry = self._entry(several)

    def _ask(self, place: str, seen: str, choices: str) -> None:
        self.asked.append(Asked(f"sources.{self.id}.{place}", seen, choices))

    def _sheets(self, several: bool) -> dict[str, Any]:
        """Draft which sheets are read, and ask about those that are not."""
        read = {seen.name for seen in self.part.sheets}
        ignore: dict[str, Any] = {}
        for seen in self.file.seen:
            if seen.name in read:
                continue
            table = guessing.table_of(_headers(seen))
            if several and table and seen.state == "visible":
                ignore[seen.name] = "read as another source"
                continue
            ignore[seen.name] = DECIDE
            state = "" if seen.state == "visible" else f"the sheet is {seen.state}; "
            if seen.sheet is None:
                what = seen.why
            else:
                rows = rows_of(len(seen.sheet.frame))
                what = f"a table of {rows}" + (f" that reads like {table}" if table else "")
            self._ask(
                f"sheets.ignore.{seen.name}",
                f"sheet {seen.name!r} is not read: {state}{what}",
                "Write why it is ignored, or name it under read.",
            )
        made: dict[str, Any] = {"read": [_pattern(seen.name) for seen in self.part.sheets]}
        if not made["read"]:
            made["read"] = DECIDE
        if ignore:
            made["ignore"] = ignore
        if self.part.header_rows > 1:
            made["header_rows"] = Noted(self.part.header_rows, GUESS)
        return made

    def _entry(self, several: bool) -> dict[str, Any]:
        """Return the entry of the source, and ask what only a person can know of it."""
        name = self.file.path.name
        self._ask("publisher", f"who gave {name} out, and on what terms", "Write both.")
        made: dict[str, Any] = {
            "id": self.id,
            "title": Noted(self.file.path.stem.replace("_", " "), GUESS),
            "publisher": DECIDE,
            "licence": DECIDE,
            "file": name,
        }
        if self.file.encoding:
            sure = self.file.encoding == "utf-8"
            made["encoding"] = self.file.encoding if sure else Noted(self.file.encoding, GUESS)
        made |= {
            "layout": "extract",
            "coverage": Noted(Alias("period"), "guess: check: the days that the file covers"),
            "table": Noted(self.table, GUESS) if self.table else DECIDE,
        }
        if not self.table:
            known = ", ".join(guessing.ORDER)
            seen = "; ".join(s.why for s in self.file.seen if s.why) or "no table is plain"
            choices = f"Write one of {known} and its fields, or take the source out."
            self._ask("table", f"{name}: {seen}", choices)
        if self.table == "incidents":
            system = guessing.system_of(self.columns.headers)
            made["system"] = DECIDE if system == DECIDE else Noted(system, GUESS)
            if system == DECIDE:
                column = next(c for c in TABLES["incidents"].columns if c.name == "system")
                seen = f"the headers of {name} do not say which incident system they come from"
                self._ask("system", seen, f"Write one of: {', '.join(column.allowed)}.")
        if any(seen.name for seen in self.file.seen):
            made["sheets"] = self._sheets(several)
        made["fields"] = self.columns.fields or DECIDE
        for kind in ("milestones", "ignored", "quarantined"):
            if held := getattr(self.columns, kind):
                made[kind] = held
        self._ask_hidden()
        return made

    def _ask_hidden(self) -> None:
        """Ask about hidden columns and rows, which are read like the others."""
        found: dict[str, list[str]] = {}
        for seen in self.part.sheets:
            facts = seen.sheet.facts if seen.sheet is not None else {}
            hidden = [repr(header) for header in facts.get("hidden_columns", [])]
            parts = [f"columns {', '.join(hidden)}"] if hidden else []
            parts += [f"{facts['hidden_rows']} rows"] if facts.get("hidden_rows") else []
            if parts:
                found.setdefault(" and ".join(parts), []).append(repr(seen.name))
        for parts, sheets in found.items():
            self._ask(
                "sheets.read",
                f"hidden in sheet {', '.join(sheets)}: {parts}; they are read",
                "Ask the trust why they are hidden.",
            )
