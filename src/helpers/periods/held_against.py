"""New extracts held against those of the last period: rows again, rows outside, volumes.

- :func:`against`: all of it; :func:`tables_of`: what a source of counts or a register holds.
- :class:`Held`: what is found, and the page that says it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from helpers.casefile import Case
from helpers.intake.flags import Log
from helpers.intake.guessing_dates import rows_of
from helpers.periods import volumes
from helpers.periods.probing import Probed, rows_before
from helpers.periods.rows import paired
from helpers.sourcefile import Source
from helpers.undecided import DECIDE

DAY = {"deaths": "date_of_death", "incidents": "incident_date", "registrations": "date_of_death"}
"""The day by which a row of each table belongs to a period."""

MOST, LITTLE = 0.8, 0.1
"""Shares of the last period's rows that are there again: of a cumulative extract at least, of an
incremental one at most."""

NO_ROW = "no row has its day in the new period: is it the right file?"

EARLY = 90
"""Days between the end of a month and the extract, below which its count is still growing."""


@dataclass(frozen=True)
class Held:
    """What the new extracts are beside those of the last period.

    Parameters
    ----------
    history : str
        cumulative, incremental, or DECIDE where it is neither plainly.
    why : str
        What that rests on.
    told : list of str
        What is to be known, as sentences.
    volumes : DataFrame
        Months out of line: source and the columns of :func:`helpers.periods.volumes.out_of_line`.
    extract_date : date, optional
        Day of the extract.
    """

    history: str
    why: str
    told: list[str] = field(default_factory=list)
    volumes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=volumes.COLUMNS))
    extract_date: dt.date | None = None

    def page(
        self,
        name: str,
        case: Case,
        made: Mapping[str, Any],
        told: list[str],
        *,
        volumes: pd.DataFrame,
    ) -> str:
        """Return the report on the new files as a page in Markdown.

        Parameters
        ----------
        name : str
            Name of the period.
        case : Case
            The case.
        made : mapping
            The entry of each source, with its file.
        told : list of str
            What is new.
        volumes : DataFrame
            Months out of line.
        """  # fmt: skip
        lines = [f"# The new files of {case.id}, period {name}, beside the last period", ""]
        lines += ["Counts of rows only; no name, number of a person or date of birth.", ""]
        lines += ["## Which file is which source", ""]
        for key, one in made.items():
            lines.append(
                f"- {one.file.path.name}: {key}, likeness of headers {one.matched.likeness:.2f}"
            )
        lines += ["", "## What is new or was checked", "", *(f"- {line}" for line in told), ""]
        lines += ["## Months out of line with the last period", ""]
        lines.append(
            "Limits: 0.1% and 99.9% quantiles (together 99.8%) of a Poisson count, or of a "
            "negative binomial where the months of the last period vary more than that; mean by "
            "the daily rate of the last period; no trend or season allowed for."
        )
        lines.append("")
        if volumes.empty:
            lines.append("None.")
        else:
            lines += ["| source | rows of | month | rows | expected | limits | |", "|" + "---|" * 7]
        for row in volumes.to_dict("records"):
            early = self._early(row["month"])
            lines.append(
                f"| {row['source']} | {row['part']} | {row['month']} | {row['rows']:,} | "
                f"{row['expected']:,.1f} | {row['low']:,.0f} to {row['high']:,.0f} | {early} |"
            )
        return "\n".join(lines) + "\n"

    def _early(self, month: str) -> str:
        if self.extract_date is None:
            return ""
        end = (pd.Timestamp(month + "-01") + pd.offsets.MonthEnd(0)).date()
        return "still growing" if (self.extract_date - end).days < EARLY else ""


def _inside(frame: pd.DataFrame, table: str, start: dt.date, end: dt.date) -> pd.Series:
    day = pd.to_datetime(frame[DAY[table]])
    return day.between(pd.Timestamp(start), pd.Timestamp(end))


def tables_of(case: Case, source: Source) -> Mapping[str, pd.DataFrame]:
    """Return the canonical tables of a source that is no extract of records of a trust.

    Parameters
    ----------
    case : Case
        The case.
    source : Source
        One of its sources.

    Raises
    ------
    InputError
        With every problem of its file.
    """
    from helpers.intake import READERS

    return READERS[source.layout](case, source, Log()).tables


def _days(tables: Mapping[str, pd.DataFrame], case: Case) -> pd.Series | None:
    """Return the day by which each row belongs to a period: of counts, the first of the year."""
    if (counts := tables.get("counts")) is not None:
        month = case.year_start_month
        return pd.to_datetime(counts["year"].astype(int).map(lambda y: f"{y}-{month:02d}-01"))
    deciding = {one.id: one.period_milestone for one in case.sources}
    if (days := tables.get("milestones")) is None or days.empty:
        return None
    chosen = days[days["milestone"].eq(days["register"].map(deciding))]
    return pd.to_datetime(chosen["date"])


def against(
    before: Case | None,
    probed: Mapping[str, Probed],
    *,
    others: Mapping[str, Mapping[str, pd.DataFrame]],
    start: dt.date,
    end: dt.date,
    extract_date: dt.date | None,
) -> Held:
    """Return what the new extracts are beside those of the last period.

    Parameters
    ----------
    before : Case, optional
        The period before, as a case.
    probed : mapping of Probed
        The rows of each new extract.
    others : mapping
        Canonical tables of each new source that is no extract of records of a trust.
    start, end : date
        First and last day of the new period.
    extract_date : date, optional
        Day of the extract.

    Returns
    -------
    Held
        Rows that are there again, rows outside the period, months out of line.
    """
    if before is None:
        why = "no period is there before it"
        return Held("incremental", why, [why], extract_date=extract_date)
    tables = {source.id: source.table or "" for source in before.sources}
    old = rows_before(before)
    span = before.period
    told, months, again = [], [], {}
    for name, one in probed.items():
        table = tables.get(name, "")
        if table not in DAY or DAY[table] not in one.frame or name not in old:
            continue
        theirs = old[name][_inside(old[name], table, span.start, span.end)]
        pairs = paired(theirs, one.frame, table=table)
        again[name] = (len(pairs), len(theirs), table)
        told.append(
            f"{name}: {len(pairs):,} of the {rows_of(len(theirs))} of the last period "
            f"({span.start} to {span.end}) are in the new extract again"
        )
        inside = _inside(one.frame, table, start, end)
        told.append(
            f"{name}: {rows_of(len(one.frame))}, {int(inside.sum()):,} with their day in the new "
            f"period ({DAY[table].replace('_', ' ')})"
        )
        if not inside.any():
            told.append(f"{name}: {NO_ROW}")
        found = volumes.out_of_line(
            volumes.monthly(old[name], start=span.start, end=span.end, day=DAY[table]),
            volumes.monthly(one.frame, start=start, end=end, day=DAY[table]),
        )
        months.append(found.assign(source=name))
    for name, made in others.items():
        source = next((one for one in before.sources if one.id == name), None)
        was = {} if source is None else tables_of(before, source)
        theirs, again_ = (_days(one, before) for one in (was, made))
        if theirs is None or again_ is None:
            continue
        inside = [one.between(pd.Timestamp(span.start), pd.Timestamp(span.end)).sum()
                  for one in (theirs, again_)]  # fmt: skip
        again[name] = (int(min(inside)), int(inside[0]), "")
        told.append(
            f"{name}: {int(inside[1]):,} rows of the last period in the new file, which had "
            f"{int(inside[0]):,} before"
        )
        new = int(again_.between(pd.Timestamp(start), pd.Timestamp(end)).sum())
        told.append(f"{name}: {rows_of(len(again_))}, {new:,} with their day in the new period")
        if not new:
            told.append(f"{name}: {NO_ROW}")
    gap = (start - span.end).days - 1
    if gap:
        told.append(f"{gap} days between the last period and this one belong to neither")
    history, why = _history(again)
    kept = [part for part in months if not part.empty]
    held = pd.concat(kept, ignore_index=True) if kept else pd.DataFrame(columns=volumes.COLUMNS)
    if not held.empty:
        told.append(f"{len(held)} months are out of line with the last period: see CHECKS.md")
    return Held(history, why, told, held, extract_date)


def _history(again: Mapping[str, tuple[int, int, str]]) -> tuple[str, str]:
    """Tell a cumulative extract from an incremental one by the deaths that are there again."""
    chosen = {name: one for name, one in again.items() if one[2] == "deaths"} or dict(again)
    found, of = (sum(one[place] for one in chosen.values()) for place in (0, 1))
    if not of:
        return DECIDE, "no row of the last period could be looked for"
    why = f"{found:,} of {of:,} rows of the last period are there again"
    if found >= MOST * of:
        return "cumulative", why
    if found <= LITTLE * of:
        return "incremental", why
    return DECIDE, why
