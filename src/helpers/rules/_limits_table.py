"""The table of time limits: its words, and the check of a table that a case brings itself.

- :func:`read_limits`: a table as a checked frame, or an InputError with every fault.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib import resources
from pathlib import Path

import pandas as pd

from helpers.errors import InputError, Problem
from helpers.tables import TABLES

COLUMNS = [
    *("id", "family", "label", "local_to", "in_force_from", "in_force_to", "not_before"),
    *("clock_start", "clock_stop", "limit", "unit", "counting", "applies_to", "unless"),
    *("limit_status", "status", "clock_status", "source", "note"),
]
NEEDED = ["id", "family", "label", "in_force_from", "unit", "applies_to", "limit_status", "status"]
WORDS = ("psirf_go_live", "lfpse_go_live")
NONE = "none"
UNITS = ("hours", "calendar days", "working days", "weeks", "months", NONE)
COUNTINGS = ("exclusive", "inclusive", "")
APPLIES_TO = ("all", "reported", "unexpected", "reviewed", "investigated", "siri")
IN_FORCE, SUSPENDED = "in force", "suspended"
LIMIT_STATUSES = (IN_FORCE, SUSPENDED, "no limit", "expected but no number")
STATUSES = ("sourced", "second-hand", "assumption")
MILESTONES = next(c.allowed for c in TABLES["milestones"].columns if c.name == "milestone")
CHOICES = {
    "unit": UNITS,
    "counting": COUNTINGS,
    "applies_to": APPLIES_TO,
    "limit_status": LIMIT_STATUSES,
    "status": STATUSES,
    "clock_status": (*STATUSES, ""),
}
SHIPPED = "time_limits.csv"


def _is_day(text: str) -> bool:
    # One form only: 1/4/2015 could be the 1st of April or the 4th of January.
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        return False
    try:
        return bool(date.fromisoformat(text))
    except ValueError:
        return False


def _is_count(text: str) -> bool:
    return text.isascii() and text.isdigit() and int(text) > 0


def _known(row: object, at: str) -> Iterator[Problem]:
    """Yield words that are not among those that may stand there, and what is missing."""
    for column, known in CHOICES.items():
        value = getattr(row, column)
        if value not in known:
            words = ", ".join(word for word in known if word)
            yield Problem(f"{column} is {value!r}", at, f"Use one of: {words}.")
    for column in NEEDED:
        if not getattr(row, column).strip():
            yield Problem(f"{column} is empty", at, f"Every rule needs {column}.")
    for column in ("clock_start", "clock_stop", "unless"):
        text = getattr(row, column)
        wrong = [name for name in text.split(";") if text and name not in MILESTONES]
        if wrong:
            yield Problem(
                f"{column} has {wrong[0]!r}",
                at,
                "Use milestones of the table milestones; several are joined by ;.",
            )


def _days(row: object, at: str) -> Iterator[Problem]:
    """Yield days that are none, or not in order."""
    mend = f"Write days as YYYY-MM-DD, or one of {', '.join(WORDS)}."
    for column in ("in_force_from", "in_force_to"):
        text = getattr(row, column)
        if text and text not in WORDS and not _is_day(text):
            yield Problem(f"{column} is {text!r}", at, mend)
    both = (row.in_force_from, row.in_force_to)
    if all(map(_is_day, both)) and both[0] > both[1]:
        yield Problem("in_force_to is before in_force_from", at, "Correct one of the two.")
    if row.in_force_from in WORDS and not _is_day(row.not_before):
        yield Problem(
            f"not_before is {row.not_before!r}",
            at,
            f"Give the first day on which {row.in_force_from} can fall, as YYYY-MM-DD.",
        )


def _limit(row: object, at: str) -> Iterator[Problem]:
    """Yield a limit that is missing where it is in force, or that has no unit or clock."""
    if row.limit and not _is_count(row.limit):
        yield Problem(f"limit is {row.limit!r}", at, "Give a whole number above 0, or leave empty.")
    if row.limit_status == IN_FORCE and not row.limit:
        yield Problem("a limit in force has no number", at, "Give the limit, or change its status.")
    if bool(row.limit) == (row.unit == NONE):
        yield Problem(
            f"the limit is {row.limit!r} and its unit {row.unit!r}",
            at,
            "Give a limit a unit; the unit is none where there is no limit.",
        )
    if row.limit and not (row.clock_start and row.clock_stop and row.counting):
        yield Problem(
            "a limit lacks clock_start, clock_stop or counting",
            at,
            "Say from what to what it runs, and how it is counted.",
        )
    if row.unit == "hours" and row.counting == "inclusive":
        yield Problem("hours are counted inclusive", at, "Hours are counted exclusive.")


def _table_faults(frame: pd.DataFrame, file: str) -> Iterator[Problem]:
    """Yield ids that are there twice, and rules of one family whose days overlap."""
    for name, rows in frame.groupby("id", sort=False):
        if len(rows) > 1:
            lines = ", ".join(str(line + 2) for line in rows.index)
            yield Problem(
                f"id {name} is there more than once",
                f"{file}, rows {lines}",
                "Give each rule an id of its own.",
            )
    fixed = frame[frame["in_force_from"].map(_is_day)].copy()
    # A rule that ends with a provider's day may last as long as any.
    fixed["last"] = fixed["in_force_to"].where(fixed["in_force_to"].map(_is_day), "9999-12-31")
    for _, rows in fixed.groupby(["family", "local_to"], sort=False):
        held = rows.sort_values("in_force_from", kind="stable")
        late = held["last"].cummax().shift(fill_value="")
        clash = held[held["in_force_from"].le(late)]
        for line, row in clash.iterrows():
            yield Problem(
                f"{row['id']} begins while another rule of {row['family']} is in force",
                f"{file}, row {line + 2}",
                "End the earlier rule the day before.",
            )


def _checked(frame: pd.DataFrame, file: str) -> pd.DataFrame:
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise InputError.one(
            f"column {', '.join(missing)} is missing",
            f"{file}, row 1",
            f"A table of time limits has the columns {', '.join(COLUMNS)}.",
        )
    frame = frame[COLUMNS].reset_index(drop=True)
    if frame.empty:
        raise InputError.one("there is no rule", file, "Give at least one, or leave the file out.")
    text = frame.map(lambda cell: "" if pd.isna(cell) else str(cell).strip())
    text["limit"] = text["limit"].str.removesuffix(".0")
    problems = [
        fault
        for line, row in enumerate(text.itertuples(index=False), 2)
        for check in (_known, _days, _limit)
        for fault in check(row, f"{file}, row {line}")
    ]
    problems += _table_faults(text, file)
    if problems:
        raise InputError(problems)
    return text.assign(limit=pd.to_numeric(text["limit"]).astype("float64"))


@cache
def _shipped() -> pd.DataFrame:
    with resources.files(__package__).joinpath(SHIPPED).open(encoding="utf-8") as file:
        return _checked(pd.read_csv(file, dtype="str", keep_default_na=False), SHIPPED)


def read_limits(table: Path | pd.DataFrame | None = None) -> pd.DataFrame:
    """Return a table of time limits, the shipped one if none is given, or raise InputError."""
    if table is None:
        return _shipped().copy()
    if isinstance(table, pd.DataFrame):
        return _checked(table, "table of time limits")
    try:
        frame = pd.read_csv(table, dtype="str", keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError.one(
            f"not readable as CSV ({reason})", table.name, "Save it as CSV in UTF-8."
        ) from None
    except OSError as error:
        raise InputError.one(
            f"cannot be opened ({error.strerror})", table.name, "Correct the name in case.yml."
        ) from None
    return _checked(frame, table.name)
