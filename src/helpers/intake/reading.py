"""Files as text, opened for reading only, each with its hash.

- :func:`sha256`: the hash of a file.
- :func:`read_csv`: a CSV file as text columns with the row of the file, or a plain problem.
- :func:`csv_head`: the first records of an extract, and where in the file each ends.
- :func:`csv_body`: the records below the headers of an extract, however many, as columns of text.

In an extract the row of a record is its number counted from the top of the file, the first record
being 1: titles, headers and blank lines count, and a record whose quoted cell holds line ends
counts once. It is the row that a spreadsheet shows when it opens the file.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from helpers.errors import InputError

if TYPE_CHECKING:
    import pyarrow as pa

ROW = "source_row"
ENCODINGS = {"utf-8": "utf-8", "utf-8-sig": "utf-8", "cp1252": "windows-1252"}
"""Encodings of an extract by Python's name, and as Arrow reads them (a mark is skipped before)."""

START = 4 << 20
"""Bytes of the start of a file in which its first records must stand, and those read at a time."""

LONGEST = 32_767
"""Characters that a cell of a spreadsheet holds; more in a CSV cell is an unclosed quote."""

MARK = codecs.BOM_UTF8


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file as hexadecimal text.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    str
        Sixty-four hexadecimal digits.

    Examples
    --------
    >>> from helpers.case import load
    >>> len(sha256(load("coroners").path("measures.csv")))
    64
    """
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _undecoded(path: Path, encoding: str) -> str:
    """Return the first row that is not in the encoding, as part of a place."""
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode(encoding)
            except UnicodeError:
                return f", row {number}"
    return ""


def read_csv(path: Path, *, encoding: str, needed: Iterable[str]) -> pd.DataFrame:
    """Return a CSV file as text, nothing converted, with the row of the file beside each row.

    Parameters
    ----------
    path : Path
        The file.
    encoding : str
        Declared encoding; never guessed.
    needed : iterable of str
        Columns that must be there.

    Returns
    -------
    DataFrame
        All columns as text, blanks as empty text, and ``source_row`` (the header is row 1).

    Raises
    ------
    InputError
        Where the file is missing, empty, in another encoding, ragged, or lacks columns.

    Examples
    --------
    >>> from helpers.case import load
    >>> path = load("coroners").path("measures.csv")
    >>> read_csv(path, encoding="utf-8", needed=["measure"])[["source_row", "measure"]].head(2)
       source_row          measure
    0           2  deaths_reported
    1           3  inquests_opened
    """
    name = path.name
    try:
        frame = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding=encoding, skip_blank_lines=False
        )
    except FileNotFoundError:
        raise InputError.one(
            "the file is not there", name, "Put it there, or correct case.yml."
        ) from None
    except pd.errors.EmptyDataError:
        raise InputError.one("the file is empty", name, "Ask for the extract again.") from None
    except UnicodeError:
        raise InputError.one(
            f"the file is not in the declared encoding {encoding}",
            f"{name}{_undecoded(path, encoding)}",
            "Declare its encoding in case.yml (utf-8, utf-8-sig or windows-1252).",
        ) from None
    except pd.errors.ParserError as error:
        raise InputError.one(
            f"a row has more cells than the header ({' '.join(str(error).split())})",
            name,
            "Correct the row; a comma inside a value needs quotes.",
        ) from None
    except LookupError:
        raise InputError.one(
            f"there is no encoding {encoding!r}", f"case.yml, {name}", "Use utf-8 or windows-1252."
        ) from None
    missing = [column for column in dict.fromkeys(needed) if column not in frame]
    if missing:
        raise InputError.one(
            f"column {', '.join(missing)} is not in the file",
            f"{name}, header",
            f"Correct the name in case.yml; the file has: {', '.join(frame.columns[:40])}.",
        )
    if frame.empty:
        raise InputError.one(
            "the file has a header and no rows", name, "Ask for the extract again."
        )
    frame.index = range(2, len(frame) + 2)
    return frame.rename_axis(ROW).reset_index()


def _refuse(what: str, where: str, mend: str = "Ask for the extract again.") -> InputError:
    return InputError.one(what, where, mend)


def _encoding(name: str, encoding: str) -> str:
    """Return the encoding as Arrow names it."""
    try:
        return ENCODINGS[codecs.lookup(encoding).name]
    except (LookupError, ValueError):
        raise InputError.one(
            f"an extract cannot be in encoding {encoding!r}",
            f"case.yml, {name}",
            "Use utf-8, utf-8-sig or windows-1252.",
        ) from None


def _look_through(path: Path, encoding: str) -> None:
    """Refuse a file that is no text, or that says by its bytes that it is in UTF-8."""
    decoder, utf8, plain = codecs.getincrementaldecoder("utf-8")(), encoding != "utf-8", True
    with path.open("rb") as file:
        while data := file.read(START):
            if b"\0" in data:
                raise _refuse(
                    "the file holds zero bytes, so it is no text in the declared encoding",
                    path.name,
                    "Ask for it as UTF-8 (it may have been saved as 'Unicode', or not be a CSV).",
                )
            if not utf8:
                continue
            plain = plain and data.isascii()
            try:
                decoder.decode(data)
            except UnicodeError:
                utf8 = False
    if utf8 and not plain:
        raise _refuse(
            f"the file is declared as {encoding} and is in UTF-8",
            path.name,
            "Declare encoding: utf-8 in case.yml.",
        )


def _decoded(line: bytes, encoding: str, path: Path) -> str:
    try:
        return line.decode(encoding)
    except UnicodeError:
        raise _not_in(path, encoding) from None


def _not_in(path: Path, encoding: str) -> InputError:
    return _refuse(
        f"the file is not in the declared encoding {encoding}",
        f"{path.name}{_undecoded(path, encoding)}",
        "Declare its encoding in case.yml (utf-8, utf-8-sig or windows-1252).",
    )


def csv_head(
    path: Path, *, encoding: str, delimiter: str = ",", limit: int = 60
) -> tuple[list[list[str]], list[int]]:
    """Return the first records of an extract, and the byte of the file at which each ends.

    Parameters
    ----------
    path : Path
        The file.
    encoding : str
        Declared encoding: utf-8 (with or without a mark at the start), utf-8-sig, windows-1252.
    delimiter : str
        What stands between the cells.
    limit : int
        Records wanted at most.

    Returns
    -------
    tuple of list and list
        Cells of each record (none for a blank line), and where the record after it begins.

    Raises
    ------
    InputError
        Where the file is missing, empty, no text, or in another encoding.

    Examples
    --------
    >>> from helpers.case import load
    >>> path = load("coroners").path("measures.csv")
    >>> csv_head(path, encoding="utf-8", limit=1)[0][0][:2]
    ['measure', 'label']
    """
    known = _encoding(path.name, encoding)
    try:
        with path.open("rb") as file:
            start = file.read(START)
            whole = not file.read(1)
    except OSError as error:
        reason = "is not there" if isinstance(error, FileNotFoundError) else "cannot be opened"
        raise _refuse(
            f"the file {reason}", path.name, "Put it there, or correct case.yml."
        ) from None
    if start[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in start:
        _look_through(path, known)
    marked = start.startswith(MARK)
    if marked and known != "utf-8":
        raise _refuse(
            f"the file is declared as {encoding} and begins with the mark of UTF-8",
            path.name,
            "Declare encoding: utf-8 in case.yml.",
        )
    at = len(MARK) if marked else 0
    if not start[at:].strip():
        raise _refuse("the file is empty", path.name)
    lines = start[at:].splitlines(keepends=True)
    if not whole and len(lines) > 1:
        lines.pop()  # it may go on beyond what was read
    ends = [at]
    for line in lines:
        ends.append(ends[-1] + len(line))
    reader = csv.reader((_decoded(line, known, path) for line in lines), delimiter=delimiter)
    records, after = [], []
    try:
        for record in reader:
            records.append(record)
            after.append(ends[reader.line_num])
            if len(records) == limit:
                break
    except csv.Error as error:
        raise _refuse(
            f"record {len(records) + 1} cannot be read as CSV ({error})",
            path.name,
            "Ask for it again; a quote may be opened and never closed.",
        ) from None
    return records, after


@dataclass(frozen=True)
class Body:
    """The records of an extract below its headers.

    Parameters
    ----------
    table : Table
        Text columns (Arrow), one row a record that has as many cells as it should.
    uneven : dict
        Cells of each record that has not, by its number counted from the first of the body.
    records : int
        All of them.
    """

    table: pa.Table
    uneven: dict[int, list[str]]
    records: int


def csv_body(path: Path, *, encoding: str, delimiter: str, start: int, width: int) -> Body:
    """Return the records of an extract from a byte on as columns of text, nothing converted.

    Parameters
    ----------
    path : Path
        The file.
    encoding, delimiter : str
        As for :func:`csv_head`.
    start : int
        Where the first of the records begins.
    width : int
        Cells that a record has.

    Returns
    -------
    Body
        The records.

    Raises
    ------
    InputError
        Where the file is in another encoding, no text, or has a quote that is never closed.

    Examples
    --------
    >>> from helpers.case import load
    >>> path = load("coroners").path("measures.csv")
    >>> records, ends = csv_head(path, encoding="utf-8", limit=1)
    >>> where = {"start": ends[0], "width": len(records[0])}
    >>> csv_body(path, encoding="utf-8", delimiter=",", **where).table.column(0)[0].as_py()
    'deaths_reported'
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    known = _encoding(path.name, encoding)
    _look_through(path, known)
    uneven: dict[int, list[str]] = {}

    def set_aside(row: arrow_csv.InvalidRow) -> str:
        uneven[row.number] = next(csv.reader([row.text], delimiter=delimiter), [])
        return "skip"

    names = [str(number) for number in range(width)]
    try:
        with pa.OSFile(str(path)) as file:
            if start >= file.size():
                empty = pa.array([], pa.large_string())
                return Body(pa.table(dict.fromkeys(names, empty)), {}, 0)
            file.seek(start)
            table = arrow_csv.read_csv(
                file,
                # One thread: only then is each record that is set aside known by its number.
                read_options=arrow_csv.ReadOptions(
                    use_threads=False, column_names=names, block_size=START, encoding=known
                ),
                parse_options=arrow_csv.ParseOptions(
                    delimiter=delimiter,
                    newlines_in_values=True,
                    ignore_empty_lines=False,
                    invalid_row_handler=set_aside,
                ),
                convert_options=arrow_csv.ConvertOptions(
                    column_types=dict.fromkeys(names, pa.large_string()),
                    strings_can_be_null=False,
                ),
            )
    except UnicodeError:
        raise _not_in(path, known) from None
    except pa.ArrowInvalid as error:
        if "UTF8" in str(error):
            raise _not_in(path, known) from None
        if "straddl" in str(error):
            raise _never_closed(path) from None
        raise _refuse(
            f"the file cannot be read as CSV ({' '.join(str(error).split())[:120]})", path.name
        ) from None
    _closed(path, table)
    return Body(table, uneven, table.num_rows + len(uneven))


def _never_closed(path: Path, where: str = "") -> InputError:
    return _refuse(
        "a quote is opened and never closed, so that many rows run into one cell",
        f"{path.name}{where}",
        "Ask for it again with quotes inside cells doubled.",
    )


def _closed(path: Path, table: pa.Table) -> None:
    """Refuse a file in which a quote is never closed: all rows after it would be one cell."""
    import pyarrow.compute as pc

    if not table.num_rows:
        return
    for column in table.columns:
        if (pc.max(pc.binary_length(column)).as_py() or 0) > LONGEST:
            long = column.filter(pc.greater(pc.binary_length(column), LONGEST))
            if pc.any(pc.match_substring(long, "\n")).as_py():
                raise _never_closed(path)
    last = table.column(table.num_columns - 1)[-1].as_py().rstrip("\r\n")
    if "\n" in last or "\r" in last:  # so it was quoted, and the file must end with the quote
        with path.open("rb") as file:
            file.seek(max(path.stat().st_size - START, 0))
            if not file.read().rstrip(b"\r\n\t ").endswith(b'"'):
                raise _never_closed(path)
