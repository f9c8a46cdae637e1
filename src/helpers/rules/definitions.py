"""Definitions as data: denominators, what is called unexpected, national changes, crosswalks.

Each is a CSV file beside this module, or of the case, that can be reviewed and changed without
code.

- :func:`denominators`: D1 to D9, with what each is and is not legitimate for.
- :func:`unexpected`: the definitions of an unexpected death.
- :func:`national_changes`: national changes of rule that break a series.
- :func:`crosswalk`: a trust's own categories to the Mazars classification.
"""

from __future__ import annotations

from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd

from helpers.errors import InputError, Problem

MAZARS = {
    "EN1": "expected natural",
    "EN2": "expected natural, earlier than expected",
    "EU": "expected unnatural",
    "UN1": "unexpected natural",
    "UN2": "unexpected natural, potentially avoidable",
    "UU": "unexpected unnatural",
}
"""Codes of the Mazars classification; their wording is not verified against the report."""

UNEXPECTED = frozenset({"UN1", "UN2", "UU"})
NOT_MAPPABLE = "not mappable"
CATEGORIES = ("expected", "unexpected", "not known", "not reported")
CAUSES = ("natural", "unnatural", "unknown")
CROSSWALK_COLUMNS = ["version", "trust_category", "cause", "mazars", "note"]


@cache
def _table(name: str) -> pd.DataFrame:
    with resources.files(__package__).joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype="str", keep_default_na=False)


def denominators() -> pd.DataFrame:
    """Return the denominators of the field, one row each.

    Returns
    -------
    DataFrame
        Columns id (D1 to D9), label, counts (what it counts), legitimate_for, not_for, step (the
        step of the chain or the measure of exposure that fills it; several joined by ";").

    Examples
    --------
    >>> denominators().set_index("id").loc["D6", "legitimate_for"]
    'rates of death and standardised ratios'
    """
    return _table("denominators.csv").copy()


def unexpected() -> pd.DataFrame:
    """Return the definitions of an unexpected death that can be tried side by side.

    Returns
    -------
    DataFrame
        Columns id, label, definition, cannot_show; the first is the headline.

    Examples
    --------
    >>> unexpected()["id"].tolist()[:2]
    ['trust', 'trust_ever']
    """
    return _table("unexpected.csv").copy()


def national_changes() -> pd.DataFrame:
    """Return the national changes of rule after which figures may not be comparable.

    Returns
    -------
    DataFrame
        Columns id, date, note, steps (those of the chain that it touches, a list), source.

    Examples
    --------
    >>> national_changes().set_index("id").loc["sif2015", "steps"]
    ['siri', 'investigated']
    """
    frame = _table("breaks.csv")
    return frame.assign(
        date=pd.to_datetime(frame["date"]).dt.date, steps=frame["steps"].str.split(";")
    )


def _read(path: Path) -> pd.DataFrame:
    """Read the columns of a crosswalk as text; a cell that is not there is empty."""
    try:
        frame = pd.read_csv(path, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError.one(
            f"not readable as CSV ({reason})", path.name, "Save it as CSV in UTF-8."
        ) from None
    missing = [name for name in CROSSWALK_COLUMNS if name not in frame]
    if missing:
        raise InputError.one(
            f"column {', '.join(missing)} is missing",
            f"{path.name}, row 1",
            f"A crosswalk has the columns {', '.join(CROSSWALK_COLUMNS)}.",
        )
    return frame[CROSSWALK_COLUMNS].fillna("").reset_index(drop=True)


def _faults(row: object, line: int, file: str) -> list[Problem]:
    """Return the words of a row that are not among those that may stand there."""
    codes = set(row.mazars.split("|"))
    asked = (
        (row.trust_category in CATEGORIES, "trust_category", row.trust_category, CATEGORIES),
        (row.cause in CAUSES, "cause", row.cause, CAUSES),
        (
            row.mazars == NOT_MAPPABLE or codes <= set(MAZARS),
            "mazars",
            row.mazars,
            (*MAZARS, NOT_MAPPABLE),
        ),
    )
    return [
        Problem(
            f"{column} is {value!r}",
            f"{file}, row {line}",
            f"Use one of: {', '.join(known)}; several codes are joined by |."
            if column == "mazars"
            else f"Use one of: {', '.join(known)}.",
        )
        for holds, column, value, known in asked
        if not holds
    ]


def _doubts(frame: pd.DataFrame, file: str) -> list[Problem]:
    """Return the pairs that have no row or several, and versions that are not one."""
    rows: dict[tuple[str, str], list[str]] = {}
    for line, pair in enumerate(zip(frame["trust_category"], frame["cause"], strict=True), 2):
        rows.setdefault(pair, []).append(str(line))
    mend = "Give each pair of trust_category and cause one row; it may be 'not mappable'."
    problems = [
        Problem(f"the pair {category} and {cause} is missing", f"{file}, no row", mend)
        for category in CATEGORIES
        for cause in CAUSES
        if (category, cause) not in rows
    ]
    problems += [
        Problem(
            f"the pair {' and '.join(pair)} is there more than once",
            f"{file}, rows {', '.join(lines)}",
            mend,
        )
        for pair, lines in rows.items()
        if len(lines) > 1
    ]
    first = frame["version"].iloc[0] if len(frame) else ""
    other = frame.index[frame["version"].ne(first) | frame["version"].str.strip().eq("")]
    if len(other):
        problems.append(
            Problem(
                f"version is {frame['version'].loc[other[0]]!r}, and {first!r} in row 2",
                f"{file}, row {other[0] + 2}",
                "Give every row the same version.",
            )
        )
    return problems


def crosswalk(path: Path) -> pd.DataFrame:
    """Return a crosswalk from a trust's categories to the Mazars classification.

    Parameters
    ----------
    path : Path
        CSV with the columns version, trust_category (expected, unexpected, not known, not
        reported), cause (natural, unnatural, unknown), mazars (codes joined by ``|`` where the
        trust's scheme does not tell them apart, or "not mappable") and note.

    Returns
    -------
    DataFrame
        Those columns; one row for every pair of category and cause.

    Raises
    ------
    InputError
        For a file that is no CSV, a missing column, an unknown word, a pair that is missing or
        there more than once, and a version that is missing or not the same in every row.

    Examples
    --------
    >>> from helpers.case import load
    >>> table = crosswalk(load("southern_health").path("mazars_crosswalk.csv"))
    >>> table.set_index(["trust_category", "cause"]).loc[("unexpected", "unnatural"), "mazars"]
    'UU'
    """
    frame = _read(path)
    problems = [
        fault
        for line, row in enumerate(frame.itertuples(index=False), 2)
        for fault in _faults(row, line, path.name)
    ]
    problems += _doubts(frame, path.name)
    if problems:
        raise InputError(problems)
    return frame
