"""The plan of a batch: a CSV file of one row a pack, checked whole before anything runs.

- :func:`read`: the rows of a plan as they are written.
- :func:`cases`: the cases that a plan names.
- :class:`Row`: one pack to be made.
- :class:`Written`: a row as it stands in the file.

The columns are ``case`` (needed), ``period`` (the name of a registered period, or
``2014-04-01/2015-03-31``) or ``start`` and ``end``, ``profile``, and ``notebooks`` separated by
semicolons. What is empty is that of the case: its whole period, its first profile, all notebooks.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from helpers.errors import InputError, Problem

COLUMNS = ("case", "period", "start", "end", "profile", "notebooks")
RESERVED = "batch"
"""The folder of the journal and the summary stands beside those of the cases."""


@dataclass(frozen=True)
class Written:
    """A row as it stands in the file.

    Parameters
    ----------
    number : int
        Its line in the file, the header being 1.
    cells : dict of str
        What it says by column, without spaces at the ends.
    """

    number: int
    cells: dict[str, str]


@dataclass(frozen=True)
class Row:
    """One pack to be made.

    Parameters
    ----------
    number : int
        Line in the plan.
    case, title : str
        Id and title of the case.
    start, end : str
        First and last day, as ISO 8601.
    profile : str
        Release profile in force.
    data_status : str
        That of the case: real, synthetic or published.
    notebooks : dict
        Parameters of each notebook, by its name.
    overrides : dict
        What was set for the whole batch, by parameter.
    inputs : dict of str
        SHA-256 of each file of the case.
    code : str
        SHA-256 over the suite.
    sources : str
        SHA-256 over the notebooks of the row, as they will be executed.
    named : str
        The case as a run is asked for it: with a registered period, ``case/period``.
    pdf : bool
        Whether its pack gets a PDF.
    """

    number: int
    case: str
    title: str
    start: str
    end: str
    profile: str
    data_status: str = "real"
    notebooks: dict[str, dict[str, Any]] = field(default_factory=dict)
    overrides: dict[str, Any] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    code: str = ""
    sources: str = ""
    named: str = ""
    pdf: bool = False

    @property
    def key(self) -> str:
        """Return the hash of what the row asks, of which files, by which code.

        Examples
        --------
        >>> one = Row(2, "a", "A", "2020-01-01", "2020-12-31", "open", inputs={"a.csv": "12"})
        >>> moved = Row(3, "a", "A", "2020-01-01", "2020-12-31", "open", inputs={"a.csv": "12"})
        >>> changed = Row(2, "a", "A", "2020-01-01", "2020-12-31", "open", inputs={"a.csv": "13"})
        >>> one.key == moved.key, one.key == changed.key
        (True, False)
        """
        held = {k: v for k, v in asdict(self).items() if k not in {"number", "title"}}
        text = json.dumps(held, sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    @property
    def folder(self) -> str:
        """Return the folder of the period, relative to that of all packs."""
        return f"{self.case}/{self.start}_{self.end}"

    @property
    def settings(self) -> dict[str, Any]:
        """Return what a run is given beside the case: its period, profile and overrides."""
        given = {"period_start": self.start, "period_end": self.end}
        return {**self.overrides, **given, "release_profile": self.profile}


def read(path: Path) -> list[Written]:
    r"""Return the rows of a plan as they are written; empty lines are left out.

    A byte order mark and semicolons between the columns, as spreadsheets write them, are taken.

    Parameters
    ----------
    path : Path
        CSV in UTF-8.

    Returns
    -------
    list of Written
        In the order of the file.

    Raises
    ------
    InputError
        If the file cannot be read, holds no row, or its columns are not those of a plan.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "plan.csv"
    ...     _ = file.write_text("case,period\ncoroners,2019-01-01/2019-12-31\n")
    ...     read(file)[0].cells["case"]
    'coroners'
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        reason = (error.strerror or "it cannot be read").lower()
        raise InputError.one(f"cannot be read: {reason}", path.name, "Name a CSV file.") from None
    except UnicodeDecodeError:
        mend = "Save it as CSV UTF-8."
        raise InputError.one("is not UTF-8", path.name, mend) from None
    if "\0" in text:
        raise InputError.one("is not a CSV file", path.name, "Save it as CSV UTF-8.")
    first = text.split("\n", 1)[0]
    separator = ";" if ";" in first and "," not in first else ","
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    lines: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            lines.append((reader.line_num, [cell.strip() for cell in cells]))
    except csv.Error as error:
        where = f"{path.name}, row {reader.line_num}"
        raise InputError.one(f"is not CSV ({error})", where, "Mend the line.") from None
    lines = [(number, cells) for number, cells in lines if any(cells)]
    if not lines:
        raise InputError.one("is empty", path.name, f"Columns: {', '.join(COLUMNS)}.")
    header = [name.lower() for name in lines[0][1]]
    _check_header(header, path.name)
    if len(lines) == 1:
        raise InputError.one("holds no row", path.name, "Write one row for each pack.")
    long = [number for number, cells in lines[1:] if any(cells[len(header) :])]
    if long:
        raise InputError(
            Problem("has more cells than the header has columns", f"{path.name}, row {number}",
                    "Put a cell that holds the separator in quotation marks.")
            for number in long
        )  # fmt: skip
    return [
        Written(number, dict.fromkeys(COLUMNS, "") | dict(zip(header, cells, strict=False)))
        for number, cells in lines[1:]
    ]


def _check_header(header: Sequence[str], name: str) -> None:
    where, known = f"{name}, row 1", f"Columns: {', '.join(COLUMNS)}."
    found = [
        Problem(f"there is no column {column or 'without a name'!r} in a plan", where, known)
        for column in dict.fromkeys(header)
        if column not in COLUMNS
    ]
    twice = sorted({column for column in header if header.count(column) > 1})
    found += [Problem(f"column {column!r} stands twice", where, "Keep one.") for column in twice]
    if "case" not in header:
        found.append(Problem("the column 'case' is missing", where, known))
    for one, other in (("start", "end"), ("end", "start")):
        if one in header and other not in header:
            found.append(Problem(f"column {one!r} has no column {other!r}", where, known))
    if found:
        raise InputError(found)


def cases(rows: Sequence[Written]) -> list[str]:
    """Return the cases that a plan names, each once, in its order; empty cells are left out."""
    return list(dict.fromkeys(row.cells["case"] for row in rows if row.cells["case"]))
