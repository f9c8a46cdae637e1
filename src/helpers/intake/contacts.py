"""Contacts or referrals to denominators, tens of millions of rows at a time.

One row a contact (a day) or a referral (its first and last day) becomes people, contacts and
person-time by trust, service, age, sex and month. Rows are never held in memory, and no number of
a person leaves the database that counts them. Every row is accounted for: used, quarantined or out
of scope, each with the reason.

The definitions, which the table states beside each number:

- people: each once in a stratum and month in which they have a contact, or a referral open on any
  day. In two strata they count in both, so people of strata or of months are not to be added up;
  a person with two days of birth counts as two in referrals.
- person-time: days on which a referral is open, the first and the last included; the days of
  several referrals of one person in one stratum count once. A year is 365.25 days.
- age: completed years on the first day of the month (0 in the month of birth), or the age that the
  row of a contact gives.
- a month that the source covers in part is left out, since it would look complete.

Functions: :func:`read`, a source laid out as contacts as the canonical table ``exposure``;
:func:`denominators`, the same of any file, for a notebook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Day
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake._contacts_sql import QUARANTINED, REASONS
from helpers.intake.annual import Made
from helpers.intake.contacts_engine import Counted, counted
from helpers.intake.contacts_texts import Days, Plan, needed
from helpers.intake.flags import CODES, Log
from helpers.intake.tally import _mapping
from helpers.intake.tally_files import Opened, opened
from helpers.intake.tally_rules import (
    NOT_RECORDED,
    Dimension,
    band_names,
    flagged,
    rising,
    stopped,
)
from helpers.sourcefile import FieldMap, Source
from helpers.tables import TABLES

YEAR = 365.25
"""Days of a person-year."""

BANDS = (0, 18, 25, 35, 45, 55, 65, 75, 85)
"""Ages at which the bands of the suite begin."""

METHODS = {
    "contacts": "D7: contacts, one a row",
    "referrals": "D7: referrals that began in the month, one a row",
    "discharges": "D9: referrals that ended in the month, one a row",
    "person_years": "D6: days with an open referral, first and last included, each day of a person "
    "once in a stratum, over 365.25; age on the first day of the month",
    "people_in_month": "people, each once in a stratum and month",
    "caseload_start": "D2: people with a referral open on the first day of the year",
    "caseload_end": "D2: people with a referral open on the last day of the year",
}
"""What the canonical table says of each measure: the definition and how it was counted."""


def _month(number: pd.Series) -> pd.Series:
    """Return the first day of months that are numbered from year 0."""
    number = number.astype("int64")
    text = (number // 12).astype("str") + "-" + (number % 12 + 1).astype("str").str.zfill(2)
    return pd.to_datetime(text + "-01", format="%Y-%m-%d")


def _accounts(made: Counted, year_start_month: int) -> pd.DataFrame:
    """Return rows by fate, reason and year, in the order of the reasons, used rows last."""
    held = made.fates.copy()
    used = held["fate"].eq(0)
    held["year"] = pd.Series(pd.NA, index=held.index, dtype="Int64")
    if used.any():
        month = _month(held.loc[used, "month"])
        years = month.dt.year - (month.dt.month < year_start_month)
        held.loc[used, "year"] = years.astype("Int64")
    held["reason"] = [REASONS[code][1] if code else "counted" for code in held["fate"]]
    held["order"] = held["fate"].mask(used, len(REASONS) + 1)
    held["fate"] = [REASONS[code][0] if code else "used" for code in held["fate"]]
    keys = ["order", "fate", "reason", "year"]
    made_ = held.groupby(keys, dropna=False, as_index=False, sort=True)["rows"].sum()
    return made_.drop(columns="order").astype({"rows": "int64"})


def _strata(made: Counted, plan: Plan) -> pd.DataFrame:
    """Return the strata with their months as days, bands as names, in order."""
    frame = made.strata.astype({"month": "int64"})
    keys = ["month", *plan.dimensions]
    if plan.aged:
        names = [*band_names(plan.bands), NOT_RECORDED]
        codes = frame.pop("age").astype("int64")
        frame["age_band"] = pd.Categorical.from_codes(codes, names, ordered=True)
        keys.append("age_band")
    frame = frame.sort_values(keys, ignore_index=True)
    frame["month"] = _month(frame["month"])
    rest = [name for name in frame if name not in keys]
    return frame[[*keys, *rest]].astype(dict.fromkeys(rest, "int64"))


def _note(file: Opened, made: Counted, plan: Plan, source_id: str, log: Log) -> None:
    """Put what was not counted into the log: examples with their rows, and how many there are."""
    rows = made.fates.groupby("fate")["rows"].sum()
    columns = {"day": plan.start.column, "end": plan.end.column if plan.end else ""}
    for code, told in sorted(made.examples.items()):
        fate, reason, flag, shown = REASONS[code]
        total = int(rows[code])
        listed = "" if total == len(told) else f", {len(told)} of them listed"
        log.add(
            flag,
            source_id=source_id,
            rows=[row for row, _ in told],
            column=columns.get(shown, plan.person if code == 10 else ""),
            values=[text for _, text in told],
            action="not counted",
            reason=f"{CODES[flag]}: {reason} ({total:,} row{'s' * (total > 1)}{listed})",
        )
    flagged(file, made.found, source_id, log)


def _days(rule: FieldMap | None) -> Days | None:
    return None if rule is None else Days(rule.from_[0], rule.format, frozenset(rule.missing))


def read(case: Case, source: Source, log: Log) -> Made:
    """Return a source laid out as contacts as the canonical table ``exposure``, by month.

    ``source_row`` is the number of the stratum, since a number is made from many rows of the file.

    Parameters
    ----------
    case : Case
        The case; its files are opened for reading only.
    source : Source
        One of its sources, laid out as contacts.
    log : Log
        Takes examples of whatever is odd, with the number of rows of each kind.

    Returns
    -------
    Made
        The table, the rows, and what became of them.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, a value is not mapped, or memory or disk
        do not suffice.
    """
    rule = source.contacts
    if rule is None or source.file is None:  # the source was checked when it was loaded
        raise AssertionError("contacts without their rule")
    first = rule.date or rule.start
    plan = Plan(
        person=rule.person,
        start=_days(first) or Days(""),
        end=_days(rule.end),
        born=_days(rule.born),
        age=rule.age,
        bands=tuple(rule.bands),
        dimensions={
            name: Dimension(
                one.from_,
                _mapping(case, one),
                (),
                frozenset(one.missing),
                one.otherwise == "quarantine",
                one.map_file or "the map of the column in case.yml",
            )
            for name, one in source.dimensions.items()
        },
        required=frozenset({"service"}) & set(source.dimensions),
        blanks={"sex": "NR"},
        coverage=(pd.Timestamp(source.coverage.start), pd.Timestamp(source.coverage.end)),
        missing=frozenset(rule.missing),
    )
    file = opened(
        case.path(source.file), needed(plan), encoding=source.encoding, delimiter=rule.delimiter
    )
    made = counted(file, plan, strict=True, memory_limit=rule.memory_limit, threads=rule.threads)
    if made.found.stops:
        raise stopped(file, made.found)
    _note(file, made, plan, source.id, log)
    fates = _accounts(made, case.year_start_month).assign(source_id=source.id)
    held = int(fates.loc[fates["fate"].eq(QUARANTINED), "rows"].sum())
    total = int(fates["rows"].sum())
    table = _canonical(_strata(made, plan), source.id, case.year_start_month)
    return Made({"exposure": table}, total, total - held, None, fates)


def _canonical(wide: pd.DataFrame, source_id: str, month: int) -> pd.DataFrame:
    """Return strata as the canonical table, one row a measure."""
    base = wide.assign(
        year=(wide["month"].dt.year - (wide["month"].dt.month < month)).astype("Int64"),
        source_id=source_id,
        source_sheet="",
        source_row=range(1, len(wide) + 1),
    )
    for column in ("provider", "service", "age_band", "sex"):
        base[column] = base[column].astype("str") if column in base else pd.NA
    names = {"contacts": "contacts", "people": "people_in_month", "began": "referrals"}
    names |= {"ended": "discharges"}
    parts = [
        base.assign(measure=name, value=base[column].astype("float64"))
        for column, name in names.items()
        if column in base
    ]
    if "person_days" in base:
        years = base["person_days"] / YEAR
        parts.append(base.assign(measure="person_years", value=years))
        last = (month - 2) % 12 + 1
        for column, name, at in (
            ("on_first_day", "caseload_start", month),
            ("on_last_day", "caseload_end", last),
        ):
            some = base[base["month"].dt.month.eq(at)]
            parts.append(some.assign(measure=name, value=some[column].astype("float64")))
    table = pd.concat(parts, ignore_index=True)
    table["method"] = table["measure"].map(METHODS)
    return table[TABLES["exposure"].names]


def denominators(
    path: str | Path,
    *,
    person: str,
    date: str | None = None,
    start: str | None = None,
    end: str | None = None,
    date_format: str | None = None,
    born: str | None = None,
    born_format: str | None = None,
    age: str | None = None,
    bands: Sequence[int] = BANDS,
    by: Sequence[str] | Mapping[str, str] = (),
    maps: Mapping[str, Mapping[str, str]] | None = None,
    missing: Sequence[str] = (),
    coverage: tuple[Day, Day] | None = None,
    year_start_month: int = 4,
    encoding: str = "utf-8",
    delimiter: str = ",",
    memory_limit: str = "2GB",
    threads: int | None = None,
    folder: str | Path | None = None,
) -> pd.DataFrame:
    """Return people and contacts, or person-time, of a file by stratum and month.

    Parameters
    ----------
    path : str or Path
        A CSV or Parquet file, one row a contact or a referral; opened for reading only.
    person : str
        Column that tells people apart; spaces in it do not count, and a number of one digit
        repeated ten times is nobody's.
    date : str, optional
        Column of the day of a contact.
    start, end : str, optional
        In place of it: columns of the first and last day of a referral; blank where it is open.
        Then ``coverage`` is needed.
    date_format, born_format : str, optional
        Their formats as for ``strptime``, such as ``%d/%m/%Y``; never guessed. Only a column of a
        Parquet file that holds days needs none. ``born_format`` is ``date_format`` by default.
    born : str, optional
        Column of the day of birth.
    age : str, optional
        Of contacts without it: column of the age in years.
    bands : sequence of int
        Ages at which bands begin.
    by : sequence of str or mapping
        Columns to count by; or the name in the result, with the column.
    maps : mapping, optional
        By name in the result: value by raw value; one that is not in it is refused.
    missing : sequence of str
        Words that stand for a missing value in any column.
    coverage : tuple of date, optional
        First and last day covered; months not wholly inside are out of scope.
    year_start_month : int
        Month in which a year of the accounts begins.
    encoding, delimiter : str
        Of a CSV file: utf-8 or windows-1252, and what stands between cells.
    memory_limit : str
        What the process may take, such as ``2GB``; what does not fit goes to disk.
    threads : int, optional
        Threads; default: one a core, four at most.
    folder : str or Path, optional
        Where a temporary folder is made for that; it is gone afterwards.

    Returns
    -------
    DataFrame
        ``month`` (its first day), a column for each of ``by``, ``age_band`` and, of contacts,
        people and contacts; of referrals person_days, people, on_first_day and on_last_day (people
        with one open on that day), began and ended (referrals). Under ``attrs["accounts"]``: rows
        by fate (used, quarantined, out of scope), reason and year; they add up to the rows of the
        file.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, a value is not mapped, or memory or disk
        do not suffice.

    Examples
    --------
    >>> from helpers.case import load
    >>> path = load("coroners").path("pfd_tracker_2025-07-31.csv")
    >>> made = denominators(path, person="ref", date="date_of_report", date_format="%d/%m/%Y")
    >>> made.columns.tolist()
    ['month', 'people', 'contacts']
    """
    names = dict(by) if isinstance(by, Mapping) else {name: name for name in by}
    whole = None if coverage is None else (pd.Timestamp(coverage[0]), pd.Timestamp(coverage[1]))
    _check(
        {
            "date": date, "start": start, "end": end, "born": born, "age": age,
            "coverage": coverage, "bands": list(bands), "names": names, "maps": maps or {},
            "month": year_start_month,
        }
    )  # fmt: skip
    words = frozenset(missing)
    plan = Plan(
        person=person,
        start=Days(date or start or "", date_format, words),
        end=None if end is None else Days(end, date_format, words),
        born=None if born is None else Days(born, born_format or date_format, words),
        age=age,
        bands=tuple(bands),
        dimensions={
            name: Dimension(column, (maps or {}).get(name), (), words, file="maps")
            for name, column in names.items()
        },
        coverage=whole,
        missing=words,
    )
    file = opened(Path(path), needed(plan), encoding=encoding, delimiter=delimiter)
    made = counted(
        file,
        plan,
        strict=False,
        memory_limit=memory_limit,
        threads=threads,
        folder=None if folder is None else Path(folder),
    )
    if made.found.stops:
        raise stopped(file, made.found)
    table = _strata(made, plan)
    accounts = _accounts(made, year_start_month)
    table.attrs["accounts"] = [
        one | {"year": None if pd.isna(one["year"]) else int(one["year"])}
        for one in accounts.to_dict("records")
    ]
    return table


TAKEN = (
    *("month", "age_band", "people", "contacts", "person_days", "on_first_day", "on_last_day"),
    *("began", "ended", "f", "age"),
)
"""Names of columns that a result has anyway."""


def _check(asked: dict[str, Any]) -> None:
    """Refuse what cannot be counted, in words."""
    contacts, referrals = asked["date"] is not None, asked["start"] is not None
    lost = [name for name in asked["maps"] if name not in asked["names"]]
    same = [name for name in asked["names"] if name in TAKEN]
    for bad, what, mend in (
        (contacts == referrals, "date or start", "Name the column of one of them."),
        (
            referrals and asked["end"] is None,
            "start without end",
            "Name the column of the last day.",
        ),
        (contacts and asked["end"] is not None, "date with end", "Name start in place of date."),
        (asked["born"] and asked["age"], "born and age", "Name one of them."),
        (referrals and asked["age"], "age of referrals", "It changes with time: name born."),
        (referrals and asked["coverage"] is None, "coverage", "Give the days covered."),
        (not rising(asked["bands"]), "bands", "Begin them at rising whole ages of 0 or more."),
        (lost, f"maps of {', '.join(lost)}", "Name it under by."),
        (same, f"by {', '.join(same)}", "Name it otherwise: the result has such a column."),
        (not 1 <= asked["month"] <= 12, "year_start_month", "Give 1 to 12."),
    ):
        if bad:
            raise InputError.one(f"{what}: cannot be counted so", "denominators", mend)
