"""Contacts or referrals to people and time, by stratum and month: more rows than memory holds.

The file is read once for its distinct texts, which are few; what they mean is decided in Python
(:mod:`helpers.intake.contacts_texts`). Then every row is looked up, its fate settled, and people
are counted once in each stratum and month: exactly, by their numbers, which never leave the
database. Groups that memory does not hold are put on disk by the database, parted by a hash.

- :func:`counted`: strata, fates of rows, and examples of what was not counted.
- :class:`Counted`: that.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from helpers.errors import InputError
from helpers.intake import _contacts_sql as sql
from helpers.intake.contacts_files import memory, spilling, within
from helpers.intake.contacts_texts import (
    Days,
    Plan,
    age_table,
    day_table,
    value_table,
)
from helpers.intake.tally_engine import _rows_of, check_format
from helpers.intake.tally_files import GROUPS, Opened, source, too_many
from helpers.intake.tally_rules import Found

if TYPE_CHECKING:
    import duckdb

EXAMPLES = 5
"""Rows that are named of each reason."""


@dataclass
class Counted:
    """What became of a file.

    Parameters
    ----------
    strata : DataFrame
        ``month`` (number since year 0), a column of values for each dimension, ``age`` (number of
        the band), and what was counted.
    fates : DataFrame
        Columns fate (number of the reason, 0 where used), month, rows.
    examples : dict
        By number of the reason: up to :data:`EXAMPLES` pairs of row and text.
    found : Found
        Texts that are flagged, texts that stop the run.
    """

    strata: pd.DataFrame
    fates: pd.DataFrame
    examples: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    found: Found = field(default_factory=Found)


def _checked(file: Opened, plan: Plan) -> Plan:
    """Return the plan without formats of columns that hold days; refuse formats that say none."""
    roles: dict[str, Days] = {}
    for role in ("start", "end", "born"):
        days = getattr(plan, role)
        if days is None:
            continue
        where = f"{file.path.name}, column {days.column}"
        if sql.is_day(file, days):
            roles[role] = replace(days, format=None)
            continue
        if days.format is None:
            raise InputError.one(
                "holds text and no format is declared",
                where,
                "Declare the format of the dates, such as '%d/%m/%Y'.",
            )
        check_format(days.format, where)
        if role == "born" and "%y" in days.format:
            raise InputError.one(
                "a year of birth of two digits may be of either century",
                where,
                "Ask for days of birth with four digits.",
            )
    return replace(plan, **roles)


def _texts(
    file: Opened, plan: Plan, connection: duckdb.DuckDBPyConnection, rows: str
) -> tuple[int, dict[str, pd.Series]]:
    """Return the number of rows, and by role the number of rows of each text."""
    keys = {f"x{n}": sql.cell(file, rule.column) for n, rule in enumerate(plan.dimensions.values())}
    for role in ("start", "end", "born"):
        days = getattr(plan, role)
        if days is not None and not sql.is_day(file, days):
            keys[role] = sql.key(file, days)
    if plan.age is not None:
        keys["age"] = sql.cell(file, plan.age)
    names = [f"k_{role}" for role in keys]
    inner = ", ".join([f"{key} AS {name}" for key, name in zip(keys.values(), names, strict=True)])
    if not names:
        return connection.execute(f"SELECT count(*) FROM {rows}").fetchall()[0][0], {}  # noqa: S608
    sets = ", ".join([*(f"({name})" for name in names), "()"])
    query = (
        f"SELECT grouping({', '.join(names)}) AS g, coalesce({', '.join(names)}) AS text, "  # noqa: S608
        f"count(*) AS rows FROM (SELECT {inner} FROM {rows}) "
        f"GROUP BY GROUPING SETS ({sets}) LIMIT {GROUPS + 1}"
    )
    table = connection.sql(query).to_arrow_table()
    if table.num_rows > GROUPS:
        raise too_many(file)
    frame = table.to_pandas()
    everything = (1 << len(names)) - 1
    total = frame.loc[frame["g"].eq(everything), "rows"].sum()
    found = {}
    for position, role in enumerate(keys):
        mine = frame[frame["g"].eq(everything ^ (1 << (len(names) - 1 - position)))]
        found[role] = mine.sort_values("text").set_index("text")["rows"]
    return int(total), found


def _meant(connection: duckdb.DuckDBPyConnection, name: str, table: pd.DataFrame) -> None:
    """Make a table of texts and what they mean."""
    import pyarrow as pa

    columns = {"key": pa.array(table["key"], pa.string()), "why": pa.array(table["why"], pa.int8())}
    if "day" in table:
        days = [None if pd.isna(day) else day.date() for day in table["day"]]
        columns["day"] = pa.array(days, pa.date32())
    else:
        columns["code"] = pa.array(table["code"], pa.int16())
    connection.register("arrived", pa.table(columns))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE t_{name} AS FROM arrived")
    connection.unregister("arrived")


def _examples(
    file: Opened,
    connection: duckdb.DuckDBPyConnection,
    numbered: str,
    plan: Plan,
    odd: Sequence[int],
) -> dict[int, list[tuple[int, str]]]:
    """Return the first rows of each reason; the text only where it is a day of the file."""
    connection.execute("SET preserve_insertion_order = true")
    ends = ", ".join(str(code) for code, told in sql.REASONS.items() if told[3] == sql.END)
    days = ", ".join(str(code) for code, told in sql.REASONS.items() if told[3] == sql.DAY)
    said = f"CASE WHEN f IN ({days}) THEN said_start"
    said += f" WHEN f IN ({ends}) THEN said_end" if plan.end is not None else ""
    found = connection.execute(
        f"SELECT f, min(n, {EXAMPLES}), arg_min(coalesce({said} ELSE '(withheld)' END, ''), n, "  # noqa: S608
        f"{EXAMPLES}) FROM ({numbered}) WHERE f IN ({', '.join(map(str, odd))}) GROUP BY f"
    ).fetchall()
    connection.execute("SET preserve_insertion_order = false")
    rows = _rows_of(file, {record for _, records, _ in found for record in records})
    return {
        code: sorted((rows[record], text) for record, text in zip(records, texts, strict=True))
        for code, records, texts in found
    }


def _tables(
    file: Opened, plan: Plan, texts: dict[str, pd.Series], found: Found, *, strict: bool
) -> tuple[dict[str, pd.DataFrame], list[list[str]]]:
    """Return what each text means, by role, and the values of each dimension."""
    tables = {
        role: day_table(texts[role], getattr(plan, role), birth=role == "born")
        for role in ("start", "end", "born")
        if role in texts
    }
    if plan.age is not None:
        tables["age"] = age_table(texts["age"], plan.age, plan.bands, found)
    values = []
    for number, (name, rule) in enumerate(plan.dimensions.items()):
        blank = None if name in plan.required else plan.blanks.get(name, "Not recorded")
        tables[f"x{number}"], held = value_table(
            texts[f"x{number}"], rule, found, blank=blank, file=file.path.name, strict=strict
        )
        values.append(held)
    return tables, values


def counted(
    file: Opened,
    plan: Plan,
    *,
    strict: bool,
    memory_limit: str = "2GB",
    threads: int | None = None,
    folder: Path | None = None,
) -> Counted:
    """Return the strata of a file of contacts or referrals, with an account of every row.

    Parameters
    ----------
    file : Opened
        The file; opened for reading only.
    plan : Plan
        What is read of it.
    strict : bool
        Whether text that may speak of a person is withheld.
    memory_limit : str
        What the whole process may take, such as ``2GB``.
    threads : int, optional
        Threads of the database.
    folder : Path, optional
        Where a temporary folder is made for what memory does not hold.

    Returns
    -------
    Counted
        Strata, fates, examples, and texts that are odd or stop the run (then without strata).

    Raises
    ------
    AssertionError
        If rows are not accounted for: a fault of the suite.
    InputError
        If the file cannot be read, holds no rows, or memory or disk do not suffice.
    """
    plan = _checked(file, plan)
    limit = memory(memory_limit)

    def run(plain: bool) -> Counted:
        with spilling(limit=limit, threads=threads, folder=folder) as connection:
            total, texts = _texts(file, plan, connection, source(file, connection, plain))
            if total == 0:
                raise InputError.one(
                    "the file has a header and no rows", file.path.name, "Ask for it again."
                )
            found = Found()
            tables, values = _tables(file, plan, texts, found, strict=strict)
            if found.stops:
                return Counted(pd.DataFrame(), pd.DataFrame(), found=found)
            for name, table in tables.items():
                _meant(connection, name, table)
            made, fate = sql.parts(file, plan), sql.fate(plan)

            def rows(**more: bool) -> str:
                return sql.looked_up(made, fate, source(file, connection, plain), **more)

            if plan.end is None:
                strata = connection.sql(sql.contacts(plan, made, rows())).df()
                fates = strata.groupby(["f", "m"], dropna=False, as_index=False)["contacts"].sum()
                strata = strata[strata["f"].eq(0)].drop(columns="f")
            else:
                month = sql.month_of(f"greatest(d_start, DATE '{sql.whole(plan)[0]:%Y-%m-%d}')")
                fates = connection.sql(
                    f"SELECT f, CASE WHEN f = 0 THEN {month} END AS m, count(*) AS contacts "  # noqa: S608
                    f"FROM ({rows()}) GROUP BY ALL"
                ).df()
                strata = connection.sql(sql.referrals(plan, made, rows())).df()
            fates = fates.set_axis(["fate", "month", "rows"], axis=1)
            if fates["rows"].sum() != total:  # a fault of the suite, never of the data
                raise AssertionError(f"rows of {file.path.name} are not accounted for")
            odd = [code for code in fates["fate"].unique() if code and sql.REASONS[code][2]]
            told = _examples(file, connection, rows(numbered=True), plan, odd) if odd else {}
        for number, name in enumerate(plan.dimensions):
            codes = strata.pop(f"x{number}").astype("int64")
            strata[name] = pd.Categorical.from_codes(codes, pd.Index(values[number], dtype="str"))
        return Counted(strata.rename(columns={"m": "month", "a": "age"}), fates, told, found)

    return within(file, run, limit=memory_limit)
