"""Deaths to counts, millions of rows at a time: one row a death, to the table ``counts``.

A file is scanned once (see :mod:`helpers.intake.tally_engine`); only the columns that are declared
are looked at, so that free text and identifiers never enter memory. Every row of the file is
accounted for: counted, quarantined (no usable date or age) or out of scope, each with the reason.

- :func:`read`: a source laid out as a tally, as the canonical table ``counts``.
- :func:`count`: the same of any file, for a notebook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Day
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake.annual import Made
from helpers.intake.flags import Log
from helpers.intake.reading import read_csv
from helpers.intake.tally_engine import Question
from helpers.intake.tally_files import opened
from helpers.intake.tally_rules import (
    Dimension,
    Plan,
    flagged,
    needed,
    planned,
    rising,
    stopped,
    tallied,
)
from helpers.sourcefile import COUNTED_BY, ColumnMap, Source
from helpers.tables import TABLES


def _mapping(case: Case, rule: ColumnMap) -> Mapping[str, str] | None:
    if rule.map_file is None:
        return rule.map
    pairs = read_csv(
        case.path(rule.map_file), encoding="utf-8", needed=["raw_value", "canonical_id"]
    )
    return dict(zip(pairs["raw_value"], pairs["canonical_id"], strict=True))


def read(case: Case, source: Source, log: Log) -> Made:
    """Return a source laid out as a tally as the canonical table ``counts``.

    A stratum in which somebody died has a row for each measure, 0 where none of its deaths counts;
    ``source_row`` is the number of the stratum, since a count is made from many rows of the file.
    Years that the source covers only in part are out of scope: their counts would look complete.

    Parameters
    ----------
    case : Case
        The case; its files are opened for reading only.
    source : Source
        One of its sources, laid out as a tally.
    log : Log
        Takes examples of whatever is odd, with the number of rows of each kind.

    Returns
    -------
    Made
        The table, the rows, the measures, and what became of the rows.

    Raises
    ------
    InputError
        If the file cannot be read or a column is missing; with every value that is not mapped,
        not known to a measure or not a number, and the number of rows of each.
    """
    rule = source.tally
    if rule is None or source.file is None:  # the source was checked when it was loaded
        raise AssertionError("a tally without its rule")
    start, end = pd.Timestamp(source.coverage.start), pd.Timestamp(source.coverage.end)
    plan = planned(
        Plan(
            Question(
                rule.date.from_[0],
                rule.date.format,
                year_start_month=case.year_start_month,
                coverage=(start, end),
            ),
            {
                name: Dimension(
                    one.from_,
                    _mapping(case, one),
                    tuple(one.bands),
                    frozenset(one.missing),
                    one.otherwise == "quarantine",
                    one.map_file or "the map of the column in case.yml",
                )
                for name, one in source.dimensions.items()
            },
            {name: one.where for name, one in rule.measures.items()},
            frozenset(rule.date.missing),
            rule.known,
        )
    )
    file = opened(
        case.path(source.file), needed(plan), encoding=source.encoding, delimiter=rule.delimiter
    )
    found = tallied(file, plan, strict=True)
    if found.stops:
        raise stopped(file, found)
    flagged(file, found, source.id, log)
    wide = found.counts
    base = wide[["year", *source.dimensions]].assign(
        in_doubt=False, source_id=source.id, source_sheet="", source_row=range(1, len(wide) + 1)
    )
    for column in COUNTED_BY:
        if column not in base:
            base[column] = pd.NA
    counts = pd.concat(
        [base.assign(measure=name, events=wide[name].astype("Int64")) for name in rule.measures],
        ignore_index=True,
    )[TABLES["counts"].names].astype({"year": "Int64"})
    month = case.year_start_month
    first = start.year + ((start.month, start.day) > (month, 1))
    after = end + pd.Timedelta(days=1)
    measures = pd.DataFrame(
        {
            "measure": name,
            "label": one.label,
            "columns": "+".join(one.where),
            "first_year": first,
            "last_year": after.year - 1 - ((after.month, after.day) < (month, 1)),
            "composition": one.composition,
            "note": one.note,
        }
        for name, one in rule.measures.items()
    )
    fates = pd.DataFrame(found.fates, columns=["fate", "reason", "year", "rows"])
    fates = fates.assign(source_id=source.id).astype({"year": "Int64"})
    held = int(fates.loc[fates["fate"].eq("quarantined"), "rows"].sum())
    total = int(fates["rows"].sum())
    return Made({"counts": counts}, total, total - held, measures, fates)


def count(
    path: str | Path,
    *,
    date: str,
    date_format: str | None = None,
    by: Sequence[str] | Mapping[str, str] = (),
    measures: Mapping[str, Mapping[str, Sequence[str]]] | None = None,
    bands: Mapping[str, Sequence[int]] | None = None,
    maps: Mapping[str, Mapping[str, str]] | None = None,
    missing: Sequence[str] = (),
    coverage: tuple[Day, Day] | None = None,
    year_start_month: int = 4,
    encoding: str = "utf-8",
    delimiter: str = ",",
) -> pd.DataFrame:
    """Return how many rows of a file fall into each year and stratum, however many rows there are.

    Parameters
    ----------
    path : str or Path
        A CSV or Parquet file with one row a death; opened for reading only.
    date : str
        Column of the day that decides the year.
    date_format : str, optional
        Its format as for ``strptime``, such as ``%d/%m/%Y``; never guessed. Only a column of a
        Parquet file that holds days needs none.
    by : sequence of str or mapping
        Columns to count by; or the name in the result, with the column.
    measures : mapping, optional
        Name of each count, with its condition: by column the values that count, all of which must
        hold. Without any: ``{"deaths": {}}``, every row.
    bands : mapping, optional
        By name in the result: the ages at which bands begin, such as ``[0, 18, 65]``.
    maps : mapping, optional
        By name in the result: canonical value by raw value; one that is not in it is refused.
    missing : sequence of str
        Words that stand for a missing value in any column.
    coverage : tuple of date, optional
        First and last day covered; years not wholly inside are out of scope.
    year_start_month : int
        Month in which a year begins: 4 for financial years.
    encoding, delimiter : str
        Of a CSV file: utf-8 or windows-1252, and what stands between cells.

    Returns
    -------
    DataFrame
        ``year`` (the one in which the year begins), a column for each of ``by`` (text without
        stray spaces; ``Not recorded`` where blank) and one for each measure, ordered. Under
        ``attrs["accounts"]``: rows by fate (used, quarantined, out of scope), reason and year;
        they add up to the rows of the file.

    Raises
    ------
    InputError
        If the file cannot be read, a column is missing, a value is not mapped or an age is not a
        number.

    Examples
    --------
    >>> from helpers.case import load
    >>> path = load("coroners").path("pfd_tracker_2025-07-31.csv")
    >>> made = count(path, date="date_of_report", date_format="%d/%m/%Y", year_start_month=1)
    >>> made.columns.tolist()
    ['year', 'deaths']
    """
    names = dict(by) if isinstance(by, Mapping) else {name: name for name in by}
    cut, mapped = bands or {}, maps or {}
    asked = dict(measures) if measures is not None else {"deaths": {}}
    _check_count(names, asked, cut, mapped, year_start_month)
    whole = None if coverage is None else tuple(pd.Timestamp(day) for day in coverage)
    plan = planned(
        Plan(
            Question(date, date_format, year_start_month=year_start_month, coverage=whole),
            {
                name: Dimension(
                    column,
                    mapped.get(name),
                    tuple(cut.get(name, ())),
                    frozenset(missing),
                    file="maps",
                )
                for name, column in names.items()
            },
            asked,
            frozenset(missing),
        )
    )
    file = opened(Path(path), needed(plan), encoding=encoding, delimiter=delimiter)
    found = tallied(file, plan, strict=False)
    if found.stops:
        raise stopped(file, found)
    keys = ["fate", "reason", "year", "rows"]
    accounts: list[dict[str, Any]] = [dict(zip(keys, one, strict=True)) for one in found.fates]
    found.counts.attrs["accounts"] = accounts
    return found.counts


def _check_count(
    names: Mapping[str, str],
    measures: Mapping[str, object],
    bands: Mapping[str, Sequence[int]],
    maps: Mapping[str, object],
    month: int,
) -> None:
    """Refuse what cannot be counted, in words."""
    lost = [name for name in (*bands, *maps) if name not in names]
    both = [name for name in bands if name in maps]
    wrong = [name for name, cut in bands.items() if not rising(cut)]
    same = sorted({"year", *names} & set(measures)) + (["year"] if "year" in names else [])
    for bad, what, mend in (
        (lost, "has bands or a map and is not counted by", "Name it under by."),
        (both, "has bands and a map", "Give it one of them."),
        (wrong, "has bands that do not begin at rising ages of 0 or more", "Order them."),
        (same, "is the name of two columns of the result", "Name one of them otherwise."),
        ([] if measures else ["measures"], "names nothing to count", "Name one."),
        ([] if 1 <= month <= 12 else ["year_start_month"], "is no month", "Give 1 to 12."),
    ):
        if bad:
            raise InputError.one(f"{', '.join(map(str, bad))} {what}", "count", mend)
