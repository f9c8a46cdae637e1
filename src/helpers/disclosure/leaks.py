"""What identifies a person in any byte that was written for a release.

- :func:`leaks_in`: what one file would give away.
- :func:`leaks_of`: what a folder would give away, names of files included.
- :class:`Leak`: one thing found; it never holds the thing itself.

Looked for are what :mod:`helpers.personal` looks for (NHS numbers, postcodes, dates of birth, names
given as hashes), absolute paths of the machine, and cells of tables that are as long as free text.
Looked through are text, tables, JSON, notebooks with all their outputs and metadata, pages and
drawings (with and without their tags, pictures inside them decoded), pictures (text and EXIF, and
what follows the picture), workbooks and documents (every part: hidden sheets, comments, names of
sheets, properties) and PDF (information, XMP, compressed streams, text through the tables of its
fonts). A file that cannot be looked through counts as a leak.
"""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pandas as pd

from helpers import personal
from helpers.disclosure._formats import Unreadable, texts

PATH, FREE, CLOSED = "absolute path", "free text", "file that cannot be looked through"

LONGEST = 200
"""Characters from which a cell of a table counts as free text, unless its words are allowed."""

_PATHS = re.compile(
    r"(?<![\w.:/~-])/(?:home|root|users|tmp|var|mnt|media|srv|opt|work|data|private|volumes|workspace)"
    r"/[\w.-]+|(?<![A-Za-z])[A-Za-z]:\\+[\w.-]+|(?<!\\)\\\\[\w.-]+\\+[\w.$-]+|file:///?\w",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Leak:
    """Something that must not leave.

    Parameters
    ----------
    file : str
        The file, as a path inside the release.
    part : str
        The part of the file, or "".
    kind : str
        What it is.
    count : int
        How often it was found.

    Examples
    --------
    >>> str(Leak("tables/a.csv", "column note", "postcode", 2))
    'tables/a.csv, column note: postcode (2)'
    """

    file: str
    part: str
    kind: str
    count: int

    def __str__(self) -> str:
        """Return what was found and where as a few words."""
        place = f"{self.file}, {self.part}" if self.part else self.file
        return f"{place}: {self.kind} ({self.count})"


def _in_text(text: str, names: Collection[str], salt: str) -> dict[str, int]:
    found = {one.kind: one.count for one in personal.scan_text(text, names=names, salt=salt)}
    if paths := len(_PATHS.findall(text)):
        found[PATH] = paths
    return found


def _tables(name: str, data: bytes) -> list[tuple[str, pd.DataFrame]]:
    """Return the tables that a file holds, where it holds tables: each sheet, hidden ones too."""
    ending = PurePosixPath(name).suffix.lower()
    if ending == ".csv":
        text = data.decode("utf-8-sig", "replace")
        options = {"dtype": "str", "keep_default_na": False}
        try:
            return [("", pd.read_csv(io.StringIO(text), **options))]
        except (pd.errors.ParserError, pd.errors.EmptyDataError):
            return []
    if ending in {".xlsx", ".xlsm"}:
        # A heading need not be in the first row.
        sheets = pd.read_excel(io.BytesIO(data), sheet_name=None, header=None, engine="openpyxl")
        return [
            (f"sheet {place}", _headed(frame)) for place, frame in enumerate(sheets.values(), 1)
        ]
    return []


def _headed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a sheet with the row of most texts as its headings."""
    if frame.empty:
        return frame
    texts_in = frame.map(lambda value: isinstance(value, str)).sum(axis=1)
    top = int(texts_in.to_numpy().argmax())
    made = frame.iloc[top + 1 :].reset_index(drop=True)
    made.columns = [str(value) for value in frame.iloc[top]]
    return made.infer_objects()


def _in_tables(
    name: str, data: bytes, names: Collection[str], salt: str, allowed: Collection[str]
) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    for place, frame in _tables(name, data):
        for one in personal.scan(frame, names=names, salt=salt):
            found[", ".join(filter(None, [place, f"column {one.where}"])), one.kind] = one.count
        for number, column in enumerate(frame.columns):
            cells = frame.iloc[:, number]
            long = [c for c in cells if isinstance(c, str) and len(c) >= LONGEST]
            free = sum(cell not in allowed for cell in long)
            if free:
                found[", ".join(filter(None, [place, f"column {column}"])), FREE] = free
    return found


def leaks_in(
    name: str,
    data: bytes,
    *,
    names: Collection[str] = frozenset(),
    salt: str = "",
    allowed: Collection[str] = frozenset(),
) -> list[Leak]:
    """Return what one file would give away.

    Parameters
    ----------
    name : str
        Its path inside the release; it is looked at, too.
    data : bytes
        What is in it.
    names : collection of str
        Names as :func:`helpers.personal.name_hashes`.
    salt : str
        The salt they were made with.
    allowed : collection of str
        Long texts that may stand in a cell: those of the house.

    Returns
    -------
    list of Leak
        Empty where nothing was found. A thing that stands in several forms of one part (with tags
        and without) is counted in each.

    Examples
    --------
    >>> [str(leak) for leak in leaks_in("a.html", b"<p>943 476 <b>5919</b></p>")]
    ['a.html: NHS number (1)']
    >>> [leak.kind for leak in leaks_in("a.bin", b"")]
    ['file that cannot be looked through']
    """
    found: Counter[tuple[str, str]] = Counter()
    spoken = re.sub(r"[_/.-]+", " ", str(PurePosixPath(name).with_suffix("")))
    for text in (name, spoken):
        for kind, count in _in_text(text, names, salt).items():
            found["its name", kind] = max(found["its name", kind], count)
    try:
        held: dict[str, list[str]] = {}
        for part, text in texts(name, data):
            held.setdefault(part, []).append(text)
        for part, every in held.items():
            # Looked through at once, which is quicker; no number goes over the end of a line.
            for kind, count in _in_text("\n".join(dict.fromkeys(every)), names, salt).items():
                found[part, kind] = count
        for place, count in _in_tables(name, data, names, salt, allowed).items():
            found[place] = max(found[place], count)
    except Unreadable as error:
        found[str(error), CLOSED] = 1
    except Exception as error:
        # Whatever a reader of some format trips over: what was not read has not been looked at.
        found[type(error).__name__, CLOSED] = 1
    return [Leak(name, part, kind, count) for (part, kind), count in found.items()]


def leaks_of(
    folder: Path,
    *,
    names: Collection[str] = frozenset(),
    salt: str = "",
    allowed: Collection[str] = frozenset(),
) -> list[Leak]:
    """Return what a folder would give away: every byte of every file, and the names of the files.

    Parameters
    ----------
    folder : Path
        The release before it is put in place.
    names, salt, allowed : collection of str, str, collection of str
        As for :func:`leaks_in`.
    """
    found: list[Leak] = []
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder).as_posix()
        if path.is_symlink():
            found.append(Leak(inside, "it leads elsewhere", CLOSED, 1))
        elif path.is_file():
            found += leaks_in(inside, path.read_bytes(), names=names, salt=salt, allowed=allowed)
    return found
