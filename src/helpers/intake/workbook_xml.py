"""A light look at the parts of an .xlsx file: hidden rows and columns, filters, dates, errors.

- :class:`Package`: the parts of a workbook, with what each sheet says of itself.

Nothing is parsed as a document: the parts are read in pieces and searched for tags, so a sheet of
any length needs little memory and no entity is ever expanded. A file whose parts unpack to more
than the limit is refused before it is read.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from html import unescape

from helpers.errors import InputError
from helpers.intake.workbook import Look, refused

PIECE = 4 << 20
_TAG = rb"<(?:\w+:)?"
PLAIN_ROW = re.compile(rb"<row(\s[^>]*)>")
ROW_TAG = re.compile(_TAG + rb"row(\s[^>]*)>")
PLAIN_CELL = re.compile(rb"<c r=\"([A-Z]+)")
ROW_AT = re.compile(rb"\sr=[\"'](\d+)[\"']")
CELL_TAG = re.compile(_TAG + rb"c[\s/>]")
CELL_AT = re.compile(_TAG + rb"c\s(?:[^>]*\s)?r=[\"']([A-Za-z]+)\d+[\"']")
FAULT = re.compile(
    _TAG
    + rb"c\s(?=[^>]*\bt=[\"']e[\"'])(?=[^>]*\br=[\"']([A-Za-z]+)(\d+)[\"'])[^>]*(?<!/)>"
    + rb"(?:(?!</(?:\w+:)?c>).){0,4000}?<(?:\w+:)?v>(#[^<]{1,20})</",
    re.S,
)
COLUMN_TAG = re.compile(_TAG + rb"col(\s[^>]*)>")
FILTER_TAG = re.compile(_TAG + rb"(?:filterColumn|sheetPr\s[^>]*filterMode=[\"'](?:1|true))")
ATTRIBUTE = re.compile(rb"([\w:]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
DIMENSION_LIMIT = (1_048_576, 16_384)


def _attributes(tag: bytes) -> dict[str, str]:
    return {
        name.decode(): unescape((double or single).decode("utf-8", "replace"))
        for name, double, single in ATTRIBUTE.findall(tag)
    }


def _true(value: str | None) -> bool:
    return value in {"1", "true", "on"}


def _whole(value: str | None) -> int:
    return int(value) if value and value.isdecimal() and len(value) < 9 else 0


def _column(letters: bytes) -> int:
    """Return the column, counted from 1."""
    number = 0
    for letter in letters.upper()[:4]:
        number = number * 26 + letter - 64
    return number


class Package:
    """The parts of a workbook.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Its name, for messages.
    unpacked : int
        Bytes that the parts may unpack to, all together.
    """

    def __init__(self, data: bytes, name: str, *, unpacked: int) -> None:
        self.name = name
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            size = sum(part.file_size for part in self._zip.infolist())
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError, EOFError):
            raise refused("the workbook is damaged: it cannot be unpacked", name) from None
        if size > unpacked:
            raise refused(
                f"the workbook unpacks to {size:,} bytes; the limit is {unpacked:,}",
                name,
                "Ask for it as CSV.",
            )
        self._parts = {part.filename.lower().lstrip("/"): part for part in self._zip.infolist()}
        self._sheets, self.date_mode = self._book()
        if not self._sheets:
            raise refused("the file is no .xlsx workbook", name, "Ask for it as .xlsx.")

    def _pieces(self, part: str) -> Iterator[bytes]:
        info = self._parts.get(part.lower().lstrip("/"))
        if info is None:
            return
        try:
            with self._zip.open(info) as file:
                left = info.file_size
                while data := file.read(PIECE):
                    left -= len(data)
                    if left < 0:
                        raise refused("the workbook is damaged: a part is too long", self.name)
                    yield data
        except InputError:
            raise
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, RuntimeError,
                NotImplementedError) as error:  # fmt: skip
            locked = "password" in str(error)
            raise refused(
                "the workbook is locked with a password"
                if locked
                else "the workbook is damaged: a part cannot be unpacked",
                self.name,
            ) from None

    def _small(self, part: str) -> bytes:
        """Return the start of a part that is short by its nature."""
        return next(self._pieces(part), b"")

    def _book(self) -> tuple[dict[str, str], str]:
        """Return the part of each sheet by its name, and how dates are counted."""
        root = self._small("_rels/.rels")
        book = "xl/workbook.xml"
        for tag in re.findall(rb"<(?:\w+:)?Relationship\s[^>]*>", root):
            link = _attributes(tag)
            if link.get("Type", "").endswith("/officeDocument"):
                book = link.get("Target", book).lstrip("/")
        folder, file = posixpath.split(book)
        text = self._small(book)
        targets = {}
        for tag in re.findall(
            rb"<(?:\w+:)?Relationship\s[^>]*>", self._small(f"{folder}/_rels/{file}.rels")
        ):
            link = _attributes(tag)
            target = link.get("Target", "")
            path = target if target.startswith("/") else posixpath.join(folder, target)
            targets[link.get("Id", "")] = posixpath.normpath(path).lstrip("/")
        sheets = {}
        for tag in re.findall(rb"<(?:\w+:)?sheet\s[^>]*>", text):
            link = _attributes(tag)
            key = next((v for k, v in link.items() if k.endswith(":id")), "")
            sheets[link.get("name", "")] = targets.get(key, "")
        found = re.search(rb"<(?:\w+:)?workbookPr\s[^>]*>", text)
        said = _attributes(found[0]).get("date1904") if found else None
        return sheets, "1904" if _true(said) else "1900"

    def look(self, sheet: str) -> Look:
        """Return what the part of a sheet says of it beside its cells.

        Parameters
        ----------
        sheet : str
            Name of the sheet.

        Returns
        -------
        Look
            How far it reaches, what is hidden, filtered, and which cells hold errors.
        """
        if not self._sheets.get(sheet):
            raise refused("the workbook is damaged: a sheet is not in it", self.name)
        look = Look()
        rest, columns, unnamed = b"", set(), 0
        for piece in self._pieces(self._sheets.get(sheet, "")):
            text = rest + piece
            cut = max(text.rfind(b"<row"), text.rfind(b":row"))
            cut = text.rfind(b"<") if cut <= 0 else text.rfind(b"<", 0, cut + 1)
            rest = text[cut:] if cut > 0 else b""
            unnamed = max(unnamed, self._piece(text[:cut] if cut > 0 else text, look, columns))
        unnamed = max(unnamed, self._piece(rest, look, columns))
        widest = max((_column(letters) for letters in columns), default=0)
        look.columns = min(max(widest, unnamed), DIMENSION_LIMIT[1])
        look.rows = min(look.rows, DIMENSION_LIMIT[0])
        return look

    @staticmethod
    def _piece(text: bytes, look: Look, columns: set[bytes]) -> int:
        """Add what a piece says; return how many of its cells do not say where they stand."""
        rows = (ROW_TAG if b":row" in text else PLAIN_ROW).findall(text)
        for tag in rows:
            if b"hidden" in tag and _true(_attributes(tag).get("hidden")):
                look.hidden_rows += 1
        if rows:
            said = (ROW_AT.search(tag) for tag in rows)
            highest = max(_whole(found[1].decode()) if found else 0 for found in said)
            look.rows = max(look.rows + (0 if highest else len(rows)), highest)
        places = PLAIN_CELL.findall(text)
        tags = text.count(b"<c ") + text.count(b"<c>") + text.count(b"<c/")
        if len(places) != tags or b":c" in text or b"<c\n" in text:
            places = CELL_AT.findall(text)  # as hardly any program writes them, and slower
            tags = len(CELL_TAG.findall(text))
        columns |= set(places)
        if b't="e"' in text or b"t='e'" in text:
            for letters, row, error in FAULT.findall(text):
                look.errors[int(row) - 1, _column(letters) - 1] = error.decode("utf-8", "replace")
        for tag in COLUMN_TAG.findall(text) if b"cols>" in text else ():
            link = _attributes(tag)
            if _true(link.get("hidden")):
                first, last = _whole(link.get("min")), _whole(link.get("max"))
                look.hidden_columns += range(max(first, 1) - 1, min(last, DIMENSION_LIMIT[1]))
        if b"filter" in text:
            look.filtered = look.filtered or bool(FILTER_TAG.search(text))
        return tags - len(places)
