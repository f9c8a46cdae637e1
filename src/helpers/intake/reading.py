"""Files as text, opened for reading only, each with its hash.

- :func:`sha256`: the hash of a file.
- :func:`read_csv`: a CSV file as text columns with the row of the file, or a plain problem.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from helpers.errors import InputError

ROW = "source_row"


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
