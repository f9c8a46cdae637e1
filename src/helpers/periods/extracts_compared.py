"""Two extracts of a case over the same period: rows that came late, were coded anew, or are gone.

- :func:`compared`: all of it; :func:`about`: deaths to which such incidents are linked.
- :class:`Compared`: what is found.

A row lies in the period by its own day (of a death the day of death, of an incident its day; of
person-years the year), in either extract. The list of single rows names places in files and
withholds what identifies.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from helpers.casefile import Case
from helpers.intake.extracts import row_ids
from helpers.periods.held_against import DAY, _inside
from helpers.periods.probing import rows_before
from helpers.periods.rows import changed, paired
from helpers.periods.spans import Days

LISTED = ["source_id", "kind", "sheet_before", "row_before", "sheet_now", "row_now",
          "field", "before", "after"]  # fmt: skip
COUNTED = ["source_id", "before", "now", "late", "recoded", "deleted", "fields"]


@dataclass(frozen=True)
class Compared:
    """What came late, was coded anew, or is gone.

    Parameters
    ----------
    counts : DataFrame
        One row a source: rows in the period before and now, rows that are new, rows of which a
        field reads otherwise, rows that are gone, and the fields with their numbers of rows.
    rows : DataFrame
        One row a changed row and field: :data:`LISTED`; for the internal profile only.
    same : dict
        Id of a row in the earlier extract to its id in the later one, over all sources.
    late, gone : dict of set
        By source: ids of rows that are new, and that are gone, whatever their day.
    """

    counts: pd.DataFrame
    rows: pd.DataFrame
    same: dict[str, str]
    late: dict[str, set[str]]
    gone: dict[str, set[str]]


def _place(frame: pd.DataFrame, at: pd.Series | pd.Index) -> tuple[list[object], list[object]]:
    chosen = frame.loc[at]
    return chosen["source_sheet"].tolist(), chosen["source_row"].tolist()


def _listed(
    source: str, kind: str, frame: pd.DataFrame, at: pd.Index, *, now: bool
) -> pd.DataFrame:
    sheets, rows = _place(frame, at)
    side, other = ("now", "before") if now else ("before", "now")
    made = pd.DataFrame({f"sheet_{side}": sheets, f"row_{side}": rows})
    blank = {f"sheet_{other}": "", f"row_{other}": "", "field": "", "before": "", "after": ""}
    return made.assign(source_id=source, kind=kind, **blank)[LISTED]


def _of_period(case: Case, frame: pd.DataFrame, table: str, days: Days) -> pd.Series:
    """Return which rows lie in a period: by their day, or by the year that they count."""
    if table in DAY and DAY[table] in frame:
        return _inside(frame, table, *days)
    if "year" in frame:
        first, last = (day.year - (day.month < case.year_start_month) for day in days)
        return pd.to_numeric(frame["year"], errors="coerce").between(first, last)
    return pd.Series(True, index=frame.index)


def compared(before: Case, after: Case, days: Days) -> Compared:
    """Return how the rows of a period differ between two extracts of a case.

    Parameters
    ----------
    before, after : Case
        The case with its earlier, and with its later extracts.
    days : tuple of date
        First and last day of the period.

    Returns
    -------
    Compared
        Counts, rows, and which row is which.

    Raises
    ------
    InputError
        With every problem of the files.
    """
    old, new = rows_before(before), rows_before(after)
    tables = {source.id: source.table or "" for source in before.sources}
    counts, listed = [], []
    same: dict[str, str] = {}
    late: dict[str, set[str]] = {}
    gone: dict[str, set[str]] = {}
    for source, was in old.items():
        now, table = new.get(source), tables[source]
        if now is None:
            continue
        pairs = paired(was, now, table=table)
        differ = changed(was, now, pairs)
        came = now.index.difference(pd.Index(pairs["new"]))
        went = was.index.difference(pd.Index(pairs["old"]))
        ids_old, ids_new = row_ids(was), row_ids(now)
        same |= dict(zip(ids_old.loc[pairs["old"]], ids_new.loc[pairs["new"]], strict=True))
        late[source], gone[source] = set(ids_new.loc[came]), set(ids_old.loc[went])
        in_old, in_new = (_of_period(before, frame, table, days) for frame in (was, now))
        came, went = came[in_new.loc[came]], went[in_old.loc[went]]
        touched = in_old.loc[differ["old"]].to_numpy() | in_new.loc[differ["new"]].to_numpy()
        differ = differ[touched]
        fields = differ["field"].value_counts()
        counts.append(
            {
                "source_id": source,
                "before": int(in_old.sum()),
                "now": int(in_new.sum()),
                "late": len(came),
                "recoded": differ["old"].nunique(),
                "deleted": len(went),
                "fields": "; ".join(f"{name} {number}" for name, number in fields.items()),
            }
        )
        listed += [
            _listed(source, "late", now, came, now=True),
            _listed(source, "deleted", was, went, now=False),
            _recoded(source, was, now, differ),
        ]
    filled = [part for part in listed if not part.empty]
    rows = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=LISTED)
    return Compared(pd.DataFrame(counts, columns=COUNTED), rows, same, late, gone)


def _recoded(
    source: str, was: pd.DataFrame, now: pd.DataFrame, differ: pd.DataFrame
) -> pd.DataFrame:
    sheet_before, row_before = _place(was, differ["old"])
    sheet_now, row_now = _place(now, differ["new"])
    places = {"sheet_before": sheet_before, "row_before": row_before}
    places |= {"sheet_now": sheet_now, "row_now": row_now}
    made = differ[["field", "before", "after"]].reset_index(drop=True)
    return made.assign(source_id=source, kind="re-coded", **places)[LISTED]


def about(
    links: pd.DataFrame, ids: Mapping[str, set[str]], incidents: pd.DataFrame
) -> frozenset[str]:
    """Return the deaths to which an incident of a set is linked.

    Parameters
    ----------
    links : DataFrame
        The canonical table incident_death of an extract.
    ids : mapping
        By source: ids of rows.
    incidents : DataFrame
        The canonical table incidents, whose ids are those of their rows.
    """
    held = set().union(*ids.values()) & set(incidents["incident_id"])
    return frozenset(links.loc[links["incident_id"].isin(held), "death_id"])
