"""Every text that the bytes of a file hold, by format: what is seen, and what is not.

- :func:`texts`: the texts of a file with the part in which each stands.
- :class:`Unreadable`: a file whose texts cannot be got at.

A text is given in more than one form where readers and programs see different ones: as it stands,
and without its tags; in a document of several encodings, in each of them.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from functools import partial
from html import unescape
from pathlib import PurePosixPath
from urllib.parse import unquote

Text = tuple[str, str]
"""Part of the file ("" for the file itself), and what stands there."""

PLAIN = {"txt", "md", "csv", "tsv", "css", "yml", "yaml", "jsonl", "toml", "log", "ris", "sig"}
MARKED = {"html", "htm", "svg", "xml", "rels", "xhtml", "vml"}
ZIPPED = {"xlsx", "docx", "pptx", "ods", "odt", "zip", "xlsm"}
DEEP = 6
"""Files within files are opened so many times."""

_EMBEDDED = re.compile(r"data:([\w/+.-]+)(?:;[\w=-]+)*;base64,([A-Za-z0-9+/=\s]+)")
_DRAWN = re.compile(r"""\s(?:d|points)=(["'])[\sMLHVCSQTAZmlhvcsqtaz\d.,+-]*\1""")
_ENDINGS = {
    "image/png": "png",
    "image/jpeg": "jpg",
    "image/svg+xml": "svg",
    "application/pdf": "pdf",
    "text/html": "html",
    "application/json": "json",
    "text/csv": "csv",
}


class Unreadable(Exception):
    """A file whose texts cannot be got at, so that nothing can be said of it."""


def _decoded(data: bytes) -> str:
    for encoding in ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig",):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("cp1252", errors="replace")


def _embedded(text: str, part: str, deep: int) -> Iterator[Text]:
    for number, found in enumerate(_EMBEDDED.finditer(text), start=1):
        place = f"{part}/embedded {number}".lstrip("/")
        ending = _ENDINGS.get(found[1])
        if ending is None:
            raise Unreadable(f"{place}: {found[1]} cannot be read")
        yield from texts(f"x.{ending}", _base64(found[2], place), part=place, deep=deep + 1)


def _base64(text: str, place: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()))
    except (binascii.Error, ValueError):
        raise Unreadable(f"{place}: it is not base64") from None


def _marked(text: str, part: str, deep: int) -> Iterator[Text]:
    # Places of a line or a letter that was drawn are numbers in a row, and no text of anybody.
    bare = _DRAWN.sub("", _EMBEDDED.sub("", text))
    yield part, bare
    for between in ("", " "):  # a number may be cut by a tag; two words may be kept apart by one
        yield part, unescape(re.sub(r"<[^>]*>", between, bare))
    yield part, unquote(unescape(bare)) if "%" in bare else unescape(bare)
    yield from _embedded(text, part, deep)


def _walked(value: object, part: str, deep: int, form: str = "") -> Iterator[Text]:
    """Go through everything that a JSON document holds, keys as well."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield part, str(key)
            yield from _walked(item, part, deep, str(key))
    elif isinstance(value, list):
        if value and all(isinstance(item, str) for item in value):
            yield from _walked("".join(value), part, deep, form)
            yield part, " ".join(value)
        else:
            for item in value:
                yield from _walked(item, part, deep, form)
    elif isinstance(value, str):
        ending = _ENDINGS.get(form, "")
        if ending in {"png", "jpg", "pdf"}:
            inner = f"{part}/{form}".lstrip("/")
            yield from texts(f"x.{ending}", _base64(value, inner), part=inner, deep=deep + 1)
        elif re.fullmatch(r"[A-Za-z0-9+/=\s]{800,}", value) and " " not in value.strip():
            raise Unreadable(f"{part or 'file'}: {form or 'a text'} is coded and cannot be read")
        elif "<" in value:
            yield from _marked(value, part, deep)
        else:
            yield part, value
            yield from _embedded(value, part, deep)
    elif value is not None:
        yield part, f"{form} {value}"


def _png(data: bytes, part: str) -> Iterator[Text]:
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise Unreadable(f"{part or 'file'}: it is no PNG")
    place = 8
    while place + 12 <= len(data):
        (size,) = struct.unpack(">I", data[place : place + 4])
        kind, body = data[place + 4 : place + 8], data[place + 8 : place + 8 + size]
        inner = f"{part}/chunk {kind.decode('latin-1')}".lstrip("/")
        place += 12 + size
        if kind == b"tEXt":
            yield inner, body.decode("latin-1").replace("\0", ": ")
        elif kind == b"zTXt":
            key, _, rest = body.partition(b"\0")
            yield inner, f"{key.decode('latin-1')}: {zlib.decompress(rest[1:]).decode('latin-1')}"
        elif kind == b"iTXt":
            key, _, rest = body.partition(b"\0")
            packed, rest = rest[0], rest[2:]
            language, translated, told = rest.split(b"\0", 2)
            told = zlib.decompress(told) if packed else told
            words = [
                part_.decode("utf-8", "replace") for part_ in (key, language, translated, told)
            ]
            yield inner, " ".join(words)
        elif kind not in {b"IDAT", b"IHDR", b"PLTE", b"IEND", b"pHYs", b"gAMA", b"sRGB", b"tRNS"}:
            yield from _raw(body, inner)  # eXIf, and what anybody may have invented
        if kind == b"IEND":
            break
    yield from _raw(data[place:], f"{part}/after the picture".lstrip("/"))


def _raw(data: bytes, part: str) -> Iterator[Text]:
    """Give what could be text in bytes, in the encodings in which programs write it."""
    if data:
        for text in (
            data.decode("latin-1"),
            data.decode("utf-8", "replace"),
            data.decode("utf-16-le", "replace"),
            data.decode("utf-16-be", "replace"),
            data[1:].decode("utf-16-le", "replace"),
        ):
            runs = re.findall(r"[\w\s.,:;'/\\@()+\u2019-]{4,}", text)
            yield part, " | ".join(runs)


def _jpeg(data: bytes, part: str) -> Iterator[Text]:
    if data[:2] != b"\xff\xd8":
        raise Unreadable(f"{part or 'file'}: it is no JPEG")
    place = 2
    while place + 4 <= len(data) and data[place] == 0xFF and data[place + 1] != 0xDA:
        (size,) = struct.unpack(">H", data[place + 2 : place + 4])
        inner = f"{part}/segment {data[place + 1]:02X}".lstrip("/")
        yield from _raw(data[place + 4 : place + 2 + size], inner)
        place += 2 + size
    end = data.rfind(b"\xff\xd9")
    yield from _raw(data[end + 2 :], f"{part}/after the picture".lstrip("/"))


def _zip(data: bytes, part: str, deep: int) -> Iterator[Text]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as held:
            yield part, held.comment.decode("utf-8", "replace")
            for item in held.infolist():
                inner = f"{part}/{item.filename}".lstrip("/")
                yield inner, item.filename
                yield inner, item.comment.decode("utf-8", "replace")
                if not item.is_dir():
                    name = item.filename if "." in item.filename else f"{item.filename}.txt"
                    yield from texts(name, held.read(item), part=inner, deep=deep + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise Unreadable(f"{part or 'file'}: it cannot be opened ({error})") from None


_STREAM = re.compile(
    rb"\bobj\s*<<((?:(?!endobj).)*?)>>\s*stream\r?\n(.*?)\r?\n?endstream", re.DOTALL
)
_PICTURE_OR_FONT = re.compile(
    rb"/Subtype\s*/(Image|Type1C|CIDFontType0C|OpenType)|/Length1|/FunctionType|/Alternate\b"
)
_PLACES = re.compile(rb"^\d{10} \d{5} [nf]\s", re.MULTILINE)
_SHOWN = re.compile(
    rb"<([0-9A-Fa-f\s]+)>|\(((?:\\.|[^()\\])*)\)"  # what is shown, by numbers or as it stands
    rb"|(\b(?:BT|ET|Tm)\b|T\*)|\s(-?[\d.]+)\s+T[dD]\b",  # a move elsewhere; how far up or down
    re.DOTALL,
)


def _pdf(data: bytes, part: str) -> Iterator[Text]:
    """Give the texts of a PDF: as written, and each glyph through each font's own table."""
    if not data.startswith(b"%PDF"):
        raise Unreadable(f"{part or 'file'}: it is no PDF")
    if b"/Encrypt" in data:
        raise Unreadable(f"{part or 'file'}: it is encrypted")
    # The table of places has ten digits a line; one in eleven would pass for a number of a person.
    bodies = [_PLACES.sub(b"", _STREAM.sub(rb"<<\1>>", data))]
    for found in _STREAM.finditer(data):
        head, body = found[1], found[2]
        if b"/FlateDecode" in head:
            try:
                body = zlib.decompressobj().decompress(body)
            except zlib.error:
                raise Unreadable(f"{part or 'file'}: a stream cannot be read") from None
        elif b"/Filter" in head and b"/DCTDecode" not in head:
            raise Unreadable(f"{part or 'file'}: a stream is coded in another way") from None
        if not _PICTURE_OR_FONT.search(head):
            bodies.append(body)
    tables = [table for body in bodies if (table := _glyphs(body))]
    for body in bodies:
        yield part, body.decode("latin-1")
        lines = _lines(body)
        # A word is cut where its letters are set closer; words may be set apart without a space.
        for within, between in (("", ""), (" ", " "), ("", " ")):
            for read in (_latin, _utf_16, *(partial(_through, table=table) for table in tables)):
                yield part, between.join(within.join(map(read, line)) for line in lines)


def _lines(body: bytes) -> list[list[bytes]]:
    """Return the strings that a page shows, those of a line together."""
    lines: list[list[bytes]] = [[]]
    for hexed, literal, elsewhere, far in _SHOWN.findall(body):
        if elsewhere or far.strip(b"-0."):
            lines.append([])
        elif hexed:
            digits = b"".join(hexed.split()).decode()
            lines[-1].append(bytes.fromhex(digits.ljust(2, "0")[: len(hexed) // 2 * 2]))
        elif not far:
            lines[-1].append(re.sub(rb"\\(.)", rb"\1", literal))
    return [line for line in lines if line]


def _latin(shown: bytes) -> str:
    return shown.decode("latin-1")


def _utf_16(shown: bytes) -> str:
    return shown.removeprefix(b"\xfe\xff").decode("utf-16-be", "replace")


def _glyphs(body: bytes) -> dict[int, str]:
    """Return the characters of glyphs by their numbers, where a stream is such a table."""
    found: dict[int, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", body, re.DOTALL):
        for glyph, text in re.findall(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(glyph, 16)] = bytes.fromhex(text.decode()).decode("utf-16-be", "replace")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", body, re.DOTALL):
        three = rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*(?:<([0-9A-Fa-f]+)>|\[([^\]]*)\])"
        for first, last, text, many in re.findall(three, block):
            begin, end = int(first, 16), int(last, 16)
            each = re.findall(rb"<([0-9A-Fa-f]+)>", many)
            for step in range(min(end - begin + 1, 65_536)):
                if many and step < len(each):
                    raw = bytes.fromhex(each[step].decode())
                    found[begin + step] = raw.decode("utf-16-be", "replace")
                elif text:
                    found[begin + step] = chr(min(int(text, 16) + step, 0x10FFFF))
    return found


def _through(shown: bytes, table: dict[int, str]) -> str:
    pairs = [int.from_bytes(shown[i : i + 2], "big") for i in range(0, len(shown) - 1, 2)]
    wide = "".join(table.get(pair, "") for pair in pairs)
    return wide or "".join(table.get(one, "") for one in shown)


def texts(name: str, data: bytes, *, part: str = "", deep: int = 0) -> Iterator[Text]:
    """Yield the texts of a file with the part in which each stands.

    Parameters
    ----------
    name : str
        Name of the file; its ending says how it is read.
    data : bytes
        What is in it.
    part : str
        What stands before the name of each part.
    deep : int
        How many files this one lies in.

    Yields
    ------
    tuple of str
        The part, and a text.

    Raises
    ------
    Unreadable
        If the format is not known, the file is not of it, or files lie too deep in one another.

    Examples
    --------
    >>> [text for _, text in texts("a.json", b'{"who": ["Ann", "Lee"]}')]
    ['who', 'AnnLee', 'Ann Lee']
    """
    ending = PurePosixPath(name).name.lower().rpartition(".")[2] if "." in name else ""
    if deep > DEEP:
        raise Unreadable(f"{part}: it lies too deep in other files")
    if ending in PLAIN:
        text = _decoded(data)
        yield part, text
        yield from _embedded(text, part, deep)
    elif ending in MARKED:
        yield from _marked(_decoded(data), part, deep)
    elif ending in {"json", "ipynb", "jsonld"}:
        try:
            held = json.loads(_decoded(data))
        except ValueError:
            raise Unreadable(f"{part or 'file'}: it is no JSON") from None
        yield from _walked(held, part, deep)
    elif ending == "png":
        yield from _png(data, part)
    elif ending in {"jpg", "jpeg"}:
        yield from _jpeg(data, part)
    elif ending in ZIPPED:
        yield from _zip(data, part, deep)
    elif ending == "pdf":
        yield from _pdf(data, part)
    else:
        raise Unreadable(f"{part or 'file'}: a file of this format cannot be looked through")
