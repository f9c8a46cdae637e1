"""Queries over rows of contacts or referrals, each row looked up and its fate settled.

Columns of the file are named by position, and texts are looked up in tables, so that nothing of a
file becomes part of a query.

- :data:`REASONS`: why a row is not counted.
- :func:`parts`: what is read of a row; :func:`looked_up`: every row, with its fate.
- :func:`fate`: the reason why a row is not counted.
- :func:`contacts`, :func:`referrals`: strata of the one and of the other.
- :func:`key`: the text of a day as it is looked up; :func:`cell`: any other.
- :func:`is_day`: whether a column holds days; :func:`whole`: the months that are covered.
- :func:`month_of`: the number of a day's month.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from helpers.errors import InputError
from helpers.intake.contacts_texts import Days, Plan, timed
from helpers.intake.tally_engine import FIRST, LAST, OLDEST
from helpers.intake.tally_files import Opened, quoted

PLACEHOLDERS = tuple(str(digit) * 10 for digit in range(10))
"""Numbers that modulus 11 lets pass and that are nobody's."""

QUARANTINED, BEYOND = "quarantined", "out of scope"
DAY, END, OTHER = "day", "end", ""
REASONS: dict[int, tuple[str, str, str, str]] = {
    1: (QUARANTINED, "no date recorded", "X04", DAY),
    2: (QUARANTINED, "date not in the declared format", "X01", DAY),
    3: (QUARANTINED, "date that no record can have", "X03", DAY),
    4: (QUARANTINED, "end not in the declared format", "X01", END),
    5: (QUARANTINED, "end that no record can have", "X03", END),
    6: (QUARANTINED, "end before start", "X06", END),
    7: (BEYOND, "before the days that the source covers", "", DAY),
    8: (BEYOND, "after the days that the source covers", "", DAY),
    9: (BEYOND, "in a month that the source covers in part", "", DAY),
    10: (QUARANTINED, "no person recorded", "X04", OTHER),
    11: (QUARANTINED, "day of birth not in the declared format", "X01", OTHER),
    12: (QUARANTINED, "day of birth that no record can have", "X03", OTHER),
    13: (QUARANTINED, "born after the day", "X06", OTHER),
    14: (QUARANTINED, f"age below 0, or of {OLDEST + 1} and over", "X19", OTHER),
    15: (BEYOND, "younger than every band", "", OTHER),
    16: (QUARANTINED, "not recorded what a stratum needs", "X04", OTHER),
}
"""By number: fate, reason, code of the flag ("" where nothing is odd), and the text shown."""


@dataclass
class Query:
    """The parts of a query over the rows of a file."""

    inner: list[str] = field(default_factory=list)
    joins: list[str] = field(default_factory=list)
    outer: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)


def month_of(day: str) -> str:
    """Return the number of a day's month since year 0, as SQL."""
    return f"(year({day}) * 12 + month({day}) - 1)"


def _first_of(month: str) -> str:
    return f"make_date({month} // 12, ({month} % 12 + 1)::INTEGER, 1)"


def cell(file: Opened, column: str) -> str:
    """Return the text of a column, as SQL; empty where there is none."""
    return f"coalesce(c{file.position(column)}::VARCHAR, '')"


def is_day(file: Opened, days: Days) -> bool:
    """Return whether the column itself holds days."""
    return file.types.get(file.position(days.column)) == "day"


def key(file: Opened, days: Days) -> str:
    """Return the text of a day as it is looked up: cut from its time where the format has one."""
    text = cell(file, days.column)
    if not timed(days.format):
        return text
    day = f"try_strptime({text}, {quoted(days.format or '')})"
    return f"coalesce(strftime({day}, '%Y-%m-%d'), {text})"


def parts(file: Opened, plan: Plan) -> Query:
    """Return the parts of the query that reads and looks up each row."""
    made = Query()
    person = f"replace({cell(file, plan.person)}, ' ', '')"
    made.inner.append(f"{person} AS p")
    made.outer.append("p")
    for role in ("start", "end", "born"):
        days = getattr(plan, role)
        if days is None:
            continue
        if is_day(file, days):
            at = f"k_{role}"
            made.inner.append(f"c{file.position(days.column)}::DATE AS {at}")
            odd = f"year({at}) NOT BETWEEN {FIRST} AND {LAST}"
            odd += f" OR {at} = DATE '1900-01-01'" if role == "born" else ""
            why = f"CASE WHEN {at} IS NULL THEN 1 WHEN {odd} THEN 3 ELSE 0 END"
            made.outer += [
                f"{at} AS d_{role}",
                f"{why} AS why_{role}",
                f"{at}::VARCHAR AS said_{role}",
            ]
            continue
        made.inner.append(f"{key(file, days)} AS k_{role}")
        made.joins.append(f"LEFT JOIN t_{role} ON t_{role}.key = k_{role}")
        made.outer += [f"t_{role}.day AS d_{role}", f"t_{role}.why AS why_{role}"]
        made.outer.append(f"k_{role} AS said_{role}")
    named = [(f"x{n}", rule.column) for n, rule in enumerate(plan.dimensions.values())]
    named += [("age", plan.age)] if plan.age else []
    for name, column in named:
        made.inner.append(f"{cell(file, column)} AS k_{name}")
        made.joins.append(f"LEFT JOIN t_{name} ON t_{name}.key = k_{name}")
        made.outer += [f"t_{name}.code AS {name}", f"t_{name}.why AS why_{name}"]
    made.names = [f"x{n}" for n in range(len(plan.dimensions))]
    return made


def whole(plan: Plan) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return the first and the last day of the months that are wholly covered."""
    if plan.coverage is None:
        return pd.Timestamp(FIRST, 1, 1), pd.Timestamp(LAST, 12, 31)
    start, end = plan.coverage
    first = start if start.day == 1 else (start + pd.offsets.MonthBegin(1)).normalize()
    last = end if end.is_month_end else (end - pd.offsets.MonthEnd(1)).normalize()
    if first > last:
        raise InputError.one(
            "the days covered hold no whole month",
            "coverage",
            "Give the first and the last day that the source covers.",
        )
    return first, last


def _age_at(month: str) -> str:
    """Return completed years on the first day of a month; 0 in the month of birth."""
    born = f"({month_of('d_born')} + (day(d_born) > 1)::INTEGER)"
    return f"greatest(0, ({month} - {born}) // 12)"


def _band_at(plan: Plan, month: str) -> str:
    cases = " ".join(
        f"WHEN {_age_at(month)} < {bound} THEN {n}" for n, bound in enumerate(plan.bands[1:])
    )
    return f"CASE WHEN d_born IS NULL THEN {len(plan.bands)} {cases} ELSE {len(plan.bands) - 1} END"


def fate(plan: Plan) -> str:
    """Return the number of the reason why a row is not counted; 0 where it is."""
    nobody = ", ".join(quoted(one) for one in sorted({"", *plan.missing, *PLACEHOLDERS}))
    cases = [(f"why_start = {why}", why) for why in (1, 2, 3)]
    last_day = "d_start"
    if plan.end is not None:
        cases += [("why_end = 2", 4), ("why_end = 3", 5), ("d_end < d_start", 6)]
        last_day = "coalesce(d_end, DATE '9999-12-31')"
    if plan.coverage is not None:
        start, end = (f"DATE '{day:%Y-%m-%d}'" for day in plan.coverage)
        first, last = (f"DATE '{day:%Y-%m-%d}'" for day in whole(plan))
        cases += [(f"{last_day} < {start}", 7), (f"d_start > {end}", 8)]
        cases += [(f"{last_day} < {first} OR d_start > {last}", 9)]
    cases.append((f"p IN ({nobody})", 10))
    if plan.born is not None:
        cases += [("why_born = 2", 11), ("why_born = 3", 12), ("d_born > d_start", 13)]
        cases += [(f"{_age_at(month_of('d_start'))} > {OLDEST}", 14)]
        if plan.bands[0] > 0:
            until = f"least({last_day}, DATE '{whole(plan)[1]:%Y-%m-%d}')"
            cases.append((f"{_age_at(month_of(until))} < {plan.bands[0]}", 15))
    if plan.age is not None:
        cases += [("why_age = 1", 14), ("why_age = 2", 15)]
    cases += [(f"why_x{n} = 1", 16) for n in range(len(plan.dimensions))]
    whens = " ".join(f"WHEN {condition} THEN {code}" for condition, code in cases)
    return f"(CASE {whens} ELSE 0 END)::TINYINT"


def looked_up(made: Query, fate: str, rows: str, *, numbered: bool = False) -> str:
    """Return the query of every row, looked up, with its fate ``f``; numbered if asked."""
    inner = [*made.inner, *(["row_number() OVER () AS n"] if numbered else [])]
    outer = [*made.outer, *(["n"] if numbered else [])]
    return (
        f"SELECT *, {fate} AS f FROM (SELECT {', '.join(outer)} "  # noqa: S608
        f"FROM (SELECT {', '.join(inner)} FROM {rows}) AS s {' '.join(made.joins)})"
    )


def contacts(plan: Plan, made: Query, looked: str) -> str:
    """Return the query of contacts: rows and people of each stratum and month, with fates."""
    told = [f"CASE WHEN f = 0 THEN {name} END AS {name}" for name in made.names]
    if plan.aged:
        band = _band_at(plan, month_of("d_start")) if plan.born is not None else "age"
        told.append(f"CASE WHEN f = 0 THEN ({band})::UTINYINT END AS a")
    by = [*made.names, *(["a"] if plan.aged else [])]
    month = f"CASE WHEN f = 0 THEN {month_of('d_start')}::USMALLINT END AS m"
    inner = ", ".join(["f", month, *told, "CASE WHEN f = 0 THEN p END AS p"])
    keys = ", ".join(["f", "m", *by])
    return (
        f"SELECT {keys}, count(*) AS people, sum(n)::BIGINT AS contacts FROM "  # noqa: S608
        f"(SELECT {keys}, p, count(*) AS n FROM (SELECT {inner} FROM ({looked})) "
        f"GROUP BY {keys}, p) GROUP BY {keys}"
    )


def referrals(plan: Plan, made: Query, looked: str) -> str:
    """Return the query of referrals: people and their time in each stratum and month.

    Of the rows of one person in one stratum, in the order of their days, each adds only the days
    after the last one so far (``pm``), and counts a person only where none counted before.
    """
    first, last = (f"DATE '{day:%Y-%m-%d}'" for day in whole(plan))
    born = ["d_born"] if plan.born is not None else []
    key = ", ".join(["p", *made.names, *born])
    clipped = (
        f"SELECT {key}, greatest(d_start, {first}) AS st, "  # noqa: S608
        f"least(coalesce(d_end, {last}), {last}) AS en, d_start >= {first} AS began, "
        f"coalesce(d_end <= {last}, false) AS ended FROM ({looked}) WHERE f = 0"
    )
    ordered = (
        f"SELECT *, max(en) OVER (PARTITION BY {key} ORDER BY st, en "  # noqa: S608
        f"ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS pm FROM ({clipped})"
    )
    monthly = (
        f"SELECT *, unnest(range({month_of('st')}, {month_of('en')} + 1)) AS m FROM ({ordered})"  # noqa: S608
    )
    told = [f"({_band_at(plan, 'm')})::UTINYINT AS a"] if born else []
    if born and plan.bands[0] > 0:
        monthly = (
            f"SELECT * FROM ({monthly}) WHERE d_born IS NULL OR {_age_at('m')} >= {plan.bands[0]}"  # noqa: S608
        )
    dated = (
        f"SELECT *, {', '.join([*told, ''])}{_first_of('m')} AS ms, "  # noqa: S608
        f"{_first_of('(m + 1)')} AS after FROM ({monthly})"
    )
    by = ", ".join(["m", *made.names, *(["a"] if born else [])])
    days = "least(en + 1, after) - greatest(st, coalesce(pm + 1, st), ms)"
    return (
        f"SELECT {by}, sum(greatest(0, {days}))::BIGINT AS person_days, "  # noqa: S608
        "count(*) FILTER (pm IS NULL OR pm < ms) AS people, "
        "count(*) FILTER (st <= ms AND (pm IS NULL OR pm < ms)) AS on_first_day, "
        "count(*) FILTER (en >= after - 1 AND (pm IS NULL OR pm < after - 1)) AS on_last_day, "
        f"count(*) FILTER (began AND m = {month_of('st')}) AS began, "
        f"count(*) FILTER (ended AND m = {month_of('en')}) AS ended "
        f"FROM ({dated}) GROUP BY {by}"
    )
