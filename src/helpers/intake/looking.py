"""A first look at files of which nothing is declared yet: sheets, headers, encoding.

- :func:`look`: a file as the sheets in which a table was found, and those in which none was.
- :func:`heading`: the row of headers among the first rows of a sheet.
- :func:`key`: a header without capitals, spaces and punctuation.
- :class:`Looked`, :class:`Seen`: what is found.

Nothing is guessed from values that could be a person's: a row is a row of headers if it holds two
headers that the suite knows (``headers.yml``).
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake import headers, opening_files
from helpers.intake.reading import ROW, START, csv_head
from helpers.intake.sheets import Sheet, located
from helpers.sourcefile import Source

NO_HEADERS = "no row of headers was found in it"
_DATA = re.compile(r"[\W\d]*")


@dataclass(frozen=True)
class Seen:
    """One sheet at a first look.

    Parameters
    ----------
    name, state : str
        Name of the sheet, empty where the file has none; visible, hidden or very hidden.
    sheet : Sheet, optional
        Its records, where headers were found.
    why : str
        Why there are none.
    header_rows : int
        Rows of headers.
    """

    name: str
    state: str = "visible"
    sheet: Sheet | None = None
    why: str = ""
    header_rows: int = 1


@dataclass(frozen=True)
class Looked:
    """One file at a first look.

    Parameters
    ----------
    path : Path
        The file.
    encoding : str
        Of a CSV file; empty for others.
    seen : list of Seen
        Its sheets.
    """

    path: Path
    encoding: str = ""
    seen: list[Seen] = field(default_factory=list)


def key(header: str) -> str:
    """Return a header without capitals, spaces and punctuation.

    Parameters
    ----------
    header : str
        As it stands in the file.

    Returns
    -------
    str
        Letters and digits.

    Examples
    --------
    >>> key("NHS No."), key("PersonBirthDate")
    ('nhsno', 'personbirthdate')
    """
    return "".join(re.findall(r"[^\W_]+", header.casefold()))


def _score(names: Sequence[str], known: Collection[str]) -> tuple[int, int] | None:
    """Return how many headers a row holds that are known, and how header-like the rest is."""
    filled = [name for name in names if name]
    held = sum(key(name) in known for name in filled)
    if held < min(2, len(filled)) or not held:
        return None
    data = sum(bool(_DATA.fullmatch(name)) for name in filled)
    twice = len(filled) - len(set(filled))
    return held, len(filled) - 3 * data - 3 * twice


def heading(
    head: Sequence[Sequence[str]], known: Collection[str], *, merged: headers.Merged = ()
) -> tuple[int, list[str]] | None:
    """Return how many rows of headers a sheet has and what they say, or None.

    Parameters
    ----------
    head : sequence of sequences
        Text of its first rows.
    known : collection of str
        Headers that the suite knows, as :func:`key`.
    merged : sequence, optional
        Merged ranges, as for :func:`helpers.intake.headers.find_headers`.

    Returns
    -------
    tuple of int and list of str, or None
        Rows of headers, and the header of each column; None where fewer than two are known.

    Examples
    --------
    >>> heading([["Deaths 2013", ""], ["NHS No", "DOD"], ["1", "x"]], {"nhsno", "dod"})
    (1, ['NHS No', 'DOD'])
    """
    width = max((len(row) for row in head), default=0)
    rows = [[*row, *[""] * (width - len(row))] for row in head]
    best: tuple[tuple[int, int], int, list[str]] | None = None
    for depth in (1, 2):
        for top in range(max(min(headers.HEAD, len(rows) - depth), 0)):
            names = headers._names(rows[top : top + depth], top, merged)
            score = _score(names, known)
            if score is not None and (best is None or score > best[0]):
                best = score, depth, names
    return None if best is None else best[1:]


def _probe(path: Path, names: Sequence[str], *, depth: int = 1, encoding: str = "utf-8") -> Source:
    """Return a source that declares the headers and no more, to read the file with."""
    return Source.model_validate(
        {
            **dict.fromkeys(("id", "title", "publisher", "licence"), ""),
            "file": path.name,
            "encoding": encoding,
            "layout": "extract",
            "table": "deaths",
            "coverage": {"start": "2000-01-01", "end": "2000-01-01"},
            "sheets": {"header_rows": depth},
            "ignored": dict.fromkeys((name for name in names if name), ""),
        }
    )


def _encoding(path: Path) -> str:
    """Return utf-8 where all bytes are that, else windows-1252: there is no third choice."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while data := file.read(START):
                decoder.decode(data)
            decoder.decode(b"", final=True)
    except UnicodeError:
        return "windows-1252"
    return "utf-8"


def _csv(path: Path, known: Collection[str]) -> Looked:
    encoding = _encoding(path)
    found: list[tuple[int, list[str]]] = []
    for delimiter in opening_files.DELIMITERS:
        head, _ = csv_head(path, encoding=encoding, delimiter=delimiter, limit=headers.HEAD + 2)
        cells = [[headers.squeezed(cell) for cell in row] for row in head]
        made = heading([*cells, []], known)
        if made is not None and made[0] == 1:
            found.append((len([name for name in made[1] if name]), made[1]))
    if not found:
        return Looked(path, encoding, [Seen("", why=NO_HEADERS)])
    _, names = max(found, key=lambda item: item[0])
    case = Case.model_construct(folder=path.parent)
    (sheet,) = opening_files.read_source(case, _probe(path, names, encoding=encoding))
    return Looked(path, encoding, [Seen("", sheet=sheet)])


def _workbook(path: Path, known: Collection[str]) -> Looked:
    from helpers.intake.workbook import contents, read_workbook

    raws = {raw.name: raw for raw in read_workbook(path)}
    seen = []
    for name, state, _ in contents(path):
        raw = raws.get(name)
        if raw is None:
            seen.append(Seen(name, state, why="it holds no cells, as a chart does not"))
            continue
        first = [column.to_pylist() for column in raw.grid.slice(0, headers.HEAD + 2).columns]
        made = heading([*zip(*first, strict=True), ()], known, merged=raw.merged)
        if made is None:
            empty = not any(cell.strip() for column in first for cell in column)
            seen.append(Seen(name, state, why="it is empty" if empty else NO_HEADERS))
            continue
        depth, names = made
        try:
            sheet = located(
                raw.grid,
                _probe(path, names, depth=depth),
                where=f"{path.name}, sheet {name}",
                name=name,
                facts=raw.facts,
                merged=raw.merged,
                hidden=raw.hidden,
            )
        except InputError as error:
            why = "; ".join(problem.what for problem in error.problems)
            seen.append(Seen(name, state, why=why))
            continue
        seen.append(Seen(name, state, sheet, header_rows=depth))
    return Looked(path, "", seen)


def _parquet(path: Path, known: Collection[str]) -> Looked:
    from helpers.intake.parquet import read_parquet

    sheet = read_parquet(path)
    names = [name for name in sheet.frame.columns if name != ROW]
    if _score(names, known) is None:
        return Looked(path, "", [Seen("", why="the suite knows none of the names of its columns")])
    return Looked(path, "", [Seen("", sheet=sheet)])


def look(path: Path, known: Collection[str]) -> Looked:
    """Return what a file holds, at a first look.

    Parameters
    ----------
    path : Path
        The file; opened for reading only.
    known : collection of str
        Headers that the suite knows, as :func:`key`.

    Returns
    -------
    Looked
        Its sheets.

    Raises
    ------
    InputError
        If the file cannot be read, whatever were declared.
    """
    readers = {opening_files._csv: _csv, opening_files._workbook: _workbook}
    reader = opening_files.READERS.get(path.suffix.lower())
    if reader is None:
        raise InputError.one(
            f"no reader for files that end with {path.suffix!r}",
            path.name,
            f"Use one of: {', '.join(opening_files.READERS)}.",
        )
    return readers.get(reader, _parquet)(path, known)
