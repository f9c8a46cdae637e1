"""A light look at the records of an .xls file: how far it reaches, what is hidden, dates, errors.

- :class:`Records`: what each sheet of a workbook says of itself.

An .xls file is a small file system (sectors in chains) that holds a stream of records, each a kind,
a length and some bytes. Whatever does not fit is refused as damaged before calamine reads it: a
chain that runs in a circle, or a cell far outside, would cost it all memory there is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from helpers.errors import InputError
from helpers.intake.workbook import CELLS, Look, refused

END = 0xFFFFFFFA  # from here on a number of a sector is a sign: end of chain, unused ...
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
}
BOF, EOF, BOUNDSHEET, DATEMODE, FILEPASS = 0x0809, 0x000A, 0x0085, 0x0022, 0x002F
DIMENSIONS, ROW, COLINFO, FILTERMODE, BOOLERR = 0x0200, 0x0208, 0x007D, 0x009B, 0x0205
FORMULAS = (0x0006, 0x0206, 0x0406)
SEVERAL = (0x00BD, 0x00BE)
CELL_KINDS = {0x00FD, 0x0203, 0x027E, 0x0201, 0x0204, 0x00D6, BOOLERR, *FORMULAS, *SEVERAL}


class _Damaged(Exception):
    """The file does not hold together."""


def _numbers(data: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(data) // 4}I", data[: len(data) // 4 * 4]))


def _no_circle(table: list[int]) -> None:
    """Refuse a table of sectors in which two lead to the same one: so no chain is a circle."""
    targets = [target for target in table if target < END]
    if len(set(targets)) != len(targets) or any(target >= len(table) for target in targets):
        raise _Damaged


class _Container:
    """The streams of the file."""

    def __init__(self, data: bytes) -> None:
        if len(data) < 512:
            raise _Damaged
        shift, mini_shift = struct.unpack_from("<HH", data, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise _Damaged
        self.size = 1 << shift
        self.data = data
        count, directory = struct.unpack_from("<II", data, 44)
        mini, more, more_count = struct.unpack_from("<I4xII", data, 60)
        tables = [sector for sector in _numbers(data[76:512]) if sector < END]
        seen: set[int] = set()
        while more < END and len(seen) < more_count:
            if more in seen:
                raise _Damaged
            seen.add(more)
            *found, more = _numbers(self._sector(more))
            tables += [sector for sector in found if sector < END]
        if len(tables) != len(set(tables)) or count > len(tables):
            raise _Damaged
        self.table = _numbers(b"".join(self._sector(sector) for sector in tables))
        # A table may say that sectors beyond the end of the file are unused, nothing else.
        _no_circle(self.table)
        self.mini_table = _numbers(self._chain(mini)) if mini < END else []
        _no_circle(self.mini_table)
        self.streams: dict[str, bytes] = {}
        entries = self._chain(directory)
        root = b""
        for at in range(0, len(entries) - 127, 128):
            entry = entries[at : at + 128]
            (length,) = struct.unpack_from("<H", entry, 64)
            name = entry[: max(min(length, 64) - 2, 0)].decode("utf-16-le", "replace")
            (start,), (size,) = (
                struct.unpack_from("<I", entry, 116),
                struct.unpack_from("<I", entry, 120),
            )
            if entry[66] == 5:
                root = self._chain(start) if start < END else b""
            elif entry[66] == 2 and name.casefold() in {"workbook", "book"}:
                self.streams[name.casefold()] = self._stream(start, size, root)
            elif entry[66] == 2:
                self.streams[name.casefold()] = b""

    def _sector(self, number: int) -> bytes:
        start = (number + 1) * self.size
        if start >= len(self.data):
            raise _Damaged
        return self.data[start : start + self.size]

    def _chain(self, number: int) -> bytes:
        parts = []
        while number < END:
            parts.append(self._sector(number))
            if number >= len(self.table) or len(parts) > len(self.table):
                raise _Damaged
            number = self.table[number]
        return b"".join(parts)

    def _stream(self, start: int, size: int, root: bytes) -> bytes:
        if size >= 4096:
            return self._chain(start)[:size]
        parts: list[bytes] = []
        while start < END:
            parts.append(root[start * 64 : start * 64 + 64])
            if start >= len(self.mini_table) or len(parts) > len(self.mini_table):
                raise _Damaged
            start = self.mini_table[start]
        return b"".join(parts)[:size]


def _records(stream: bytes, at: int) -> Iterator[tuple[int, bytes]]:
    """Give the records from a place on, to the end of the part that begins there."""
    depth = 0
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        depth += (kind == BOF) - (kind == EOF)
        if kind == EOF and depth <= 0:
            return
        at += 4 + length


def _error(kind: int, body: bytes) -> str:
    """Return the error that a cell holds, or nothing."""
    if kind == BOOLERR and len(body) >= 8 and body[7]:
        return ERRORS.get(body[6], "#N/A")
    if kind in FORMULAS and body[12:14] == b"\xff\xff" and body[6] == 2:
        return ERRORS.get(body[8], "#N/A")
    return ""


def _looked_at(records: Iterator[tuple[int, bytes]]) -> Look:
    look = Look()
    rows = columns = 0
    for kind, body in records:
        if kind in CELL_KINDS and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
            if kind in SEVERAL and len(body) >= 6:
                column = max(column, *struct.unpack_from("<H", body, len(body) - 2))
            rows, columns = max(rows, row + 1), max(columns, column + 1)
            if (kind == BOOLERR or kind in FORMULAS) and (text := _error(kind, body)):
                look.errors[row, column] = text
        elif kind == ROW and len(body) >= 16:
            look.hidden_rows += body[12] >> 5 & 1
        elif kind == COLINFO and len(body) >= 10:
            first, last, _, _, options = struct.unpack_from("<5H", body)
            if options & 1:
                look.hidden_columns += range(first, min(last, 255) + 1)
        elif kind == FILTERMODE:
            look.filtered = True
        elif kind == DIMENSIONS and len(body) in (10, 14):
            top, bottom, left, right = struct.unpack_from(
                "<2I2H" if len(body) == 14 else "<4H", body
            )
            if top > bottom or left > right:  # calamine would make room for less than nothing
                raise _Damaged
            rows, columns = max(rows, bottom), max(columns, right)
    look.rows, look.columns = rows, columns
    return look


class Records:
    """What each sheet of an .xls file says of itself.

    Parameters
    ----------
    data : bytes
        The file.
    name : str
        Its name, for messages.
    """

    def __init__(self, data: bytes, name: str) -> None:
        self.date_mode = ""
        self._looks: dict[str, Look] = {}
        try:
            streams = _Container(data).streams
            stream = streams.get("workbook") or streams.get("book")
            if stream is None and "encryptedpackage" in streams:
                raise refused(
                    "the workbook is locked with a password", name, "Ask for it without one."
                )
            if not stream:
                raise _Damaged
            self._read(stream, name)
        except InputError:
            raise
        except (_Damaged, struct.error, IndexError, ValueError):
            raise refused("the workbook is damaged", name) from None

    def _read(self, stream: bytes, name: str) -> None:
        wide = True
        sheets: list[tuple[int, bytes]] = []
        for kind, body in _records(stream, 0):
            if kind == BOF and len(body) >= 2:
                wide = struct.unpack_from("<H", body)[0] >= 0x0600
            elif kind == FILEPASS:
                raise refused(
                    "the workbook is locked with a password", name, "Ask for it without one."
                )
            elif kind == DATEMODE and len(body) >= 2:
                self.date_mode = "1904" if body[0] else "1900"
            elif kind == BOUNDSHEET and len(body) >= 8:
                sheets.append((struct.unpack_from("<I", body)[0], body[6:]))
        cells = 0
        for at, title in sheets:
            look = _looked_at(_records(stream, at))
            cells += look.rows * look.columns
            # calamine reads all sheets of such a file at once, also those that nobody asks for.
            if cells > CELLS:
                raise refused(
                    f"its sheets reach over more than {CELLS:,} cells", name, "Ask for it as CSV."
                )
            self._looks[_title(title, wide)] = look

    def look(self, sheet: str) -> Look:
        """Return what a sheet says of itself beside its cells.

        Parameters
        ----------
        sheet : str
            Its name.

        Returns
        -------
        Look
            How far it reaches, what is hidden, filtered, and which cells hold errors.
        """
        return self._looks.get(sheet, Look())


def _title(body: bytes, wide: bool) -> str:
    """Return the name of a sheet from its length and characters."""
    length = body[0]
    if not wide:
        return body[1 : 1 + length].decode("cp1252", "replace")
    if body[1] & 1:
        return body[2 : 2 + 2 * length].decode("utf-16-le", "replace")
    return body[2 : 2 + length].decode("latin-1")
