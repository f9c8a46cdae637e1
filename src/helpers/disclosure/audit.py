"""The audit of a release: what an attacker can work out from it and from those before it.

- :func:`audit`: each hidden or protected count with what it can be, and whether that is enough.
- :func:`failures`: the rows of an audit that fail, as sentences.

A release passes only if no row fails. What is looked at: every number in the tables of the release
and of the earlier releases of the same case, as equalities or as the interval that a rounded number
stands for; that people are whole and never fewer than none; that measures lie within one another;
that a later run holds those whom an earlier one held. What is not: what people know from elsewhere,
estimates of models, and other publishers' tables.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from helpers.disclosure.cells import Cell, Key, Scheme, by_key, name_of
from helpers.disclosure.needs import ADDED, COUNT, Need, Published, evidence_of, needs_of, still
from helpers.disclosure.profiles import Profile
from helpers.disclosure.protect import Shown

COLUMNS = [
    *("release", "kind", "measure", "of_whom", "tables", "shown", "low", "high"),
    *("must_stay_possible", "ruled_out", "passes"),
]


def _words(values: Sequence[int]) -> str:
    if len(values) > 2 and list(values) == list(range(values[0], values[-1] + 1)):
        return f"{values[0]} to {values[-1]}"
    return ", ".join(str(value) for value in values)


def audit(
    cells: Sequence[Cell],
    shown: Mapping[Key, Shown],
    *,
    profile: Profile,
    scheme: Scheme | None = None,
    earlier: Sequence[Published] = (),
    limits: bool = True,
) -> pd.DataFrame:
    """Return each hidden or protected count with what it can be, and whether that is enough.

    Parameters
    ----------
    cells : sequence of Cell
        Every count of people in all tables of the release, true.
    shown : mapping
        What the release shows of each, by what is counted, and of whom.
    profile : Profile
        Its profile.
    scheme : Scheme, optional
        What ties measures to one another; by default nothing does.
    earlier : sequence of Published
        Releases of the same case that are about already, the earliest first.
    limits : bool
        Work out ``low`` and ``high`` of rows that pass, too; those that fail always have them.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`: low and high are the least and the most that an attacker finds
        (missing where they were not asked for, infinite where there is no limit);
        ``must_stay_possible`` is the protection interval, empty for a count that is hidden for the
        sake of others; ``ruled_out`` is what of it an attacker can rule out. No true count is in
        it.

    Examples
    --------
    >>> from helpers.disclosure.cells import where_of
    >>> from helpers.disclosure.profiles import RELEASES
    >>> from helpers.disclosure.protect import shown as under
    >>> profile = RELEASES["ons-deaths"]
    >>> rows = {"A": 3, "B": 12}
    >>> cells = [Cell("deaths", where_of({"service": name}), n, "t") for name, n in rows.items()]
    >>> cells.append(Cell("deaths", (), 15, "u"))
    >>> shown = {cell.key: under(cell.value, profile) for cell in cells}
    >>> made = audit(cells, shown, profile=profile)
    >>> made[["of_whom", "low", "high", "passes"]].values.tolist()
    [['service A', 3.0, 3.0, False]]
    """
    held = by_key(cells)
    values = {key: same[0].value for key, same in held.items()}
    totals = {key for key, same in held.items() if any(cell.kept for cell in same)}
    needs = needs_of(values, profile, earlier, scheme=scheme, totals=totals)
    evidence = evidence_of(values, shown, scheme or Scheme(), earlier)
    needs = still(evidence, needs, len(earlier))
    last = len(earlier)
    names = [item.name or f"earlier release {number}" for number, item in enumerate(earlier, 1)]
    names.append("this release")
    rows = []

    def add(kind: str, run: int, key: Key, interval: range, lacking: Sequence[int], need: Need):
        _, where = key
        cell = evidence.known.get((run, key))
        low = high = None
        if lacking or limits:
            low, high = evidence.attack.range(evidence.form(need))
        rows.append(
            {
                "release": names[run],
                "kind": kind,
                "measure": need.of,
                "of_whom": name_of(("", where)).removeprefix(", ") or "all",
                "tables": ", ".join(sorted({c.table for c in held.get(key, [])})),
                "shown": "" if cell is None or cell.hidden or need.less else str(cell.value),
                "low": low,
                "high": high,
                "must_stay_possible": _words(interval),
                "ruled_out": _words(lacking),
                "passes": not lacking,
            }
        )

    asked = set()
    for need in needs:
        lacking = evidence.lacking(need)
        asked.add((need.run, need.key, need.kind))
        if need.kind != ADDED or lacking:
            interval = range(need.protected[-1] + 1) if need.kind == ADDED else need.protected
            add(need.kind, need.run, need.key, interval, lacking, need)
    for key, cell in shown.items():
        if cell.hidden and (last, key, COUNT) not in asked:
            add(COUNT, last, key, range(0), (), Need(COUNT, last, key, range(0)))
    made = pd.DataFrame(rows, columns=COLUMNS)
    return made.astype({"low": "float64", "high": "float64", "passes": "bool"})


def failures(found: pd.DataFrame) -> list[str]:
    """Return the rows of an audit that fail, as sentences.

    Parameters
    ----------
    found : DataFrame
        As :func:`audit` returns it.

    Examples
    --------
    >>> row = dict.fromkeys(COLUMNS, "") | {"passes": True}
    >>> failures(pd.DataFrame([row]))
    []
    """
    said = []
    for row in found[~found["passes"]].itertuples(index=False):
        what = f"{row.measure}, {row.of_whom} ({row.release}; tables {row.tables})"
        if row.kind == ADDED:
            said.append(
                f"{what}: together with an earlier release, between {row.low:g} and {row.high:g} "
                "people were added"
            )
        else:
            said.append(
                f"{what}: it can be worked out to lie between {row.low:g} and {row.high:g}; "
                f"{row.ruled_out} can be ruled out"
            )
    return said
