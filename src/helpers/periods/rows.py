"""Rows of two extracts of the same source: which are the same record, and what changed in it.

- :func:`paired`: rows of an earlier and a later extract that are the same record.
- :func:`changed`: fields of the same record that read otherwise in the later extract.

A row of one extract is the same record as a row of another where what the system itself calls it
is the same: reference and NHS number together, else the reference, else the NHS number (of the
national list: number and day of death, else number, else day of birth and of death; of
person-years: all that they are counted by). Repeated records are paired in their order. No likeness
is used: what is not paired by these keys counts as gone and as new.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

KEYS: dict[str, tuple[tuple[str, ...], ...]] = {
    "deaths": (("local_id", "nhs_number"), ("local_id",), ("nhs_number",)),
    "incidents": (
        ("local_ref", "nhs_number"),
        ("local_ref",),
        ("steis_ref", "incident_date"),
        ("steis_ref",),
    ),
    "registrations": (
        ("nhs_number", "date_of_death"),
        ("nhs_number",),
        ("dob", "date_of_death"),
    ),
    "exposure": (("area", "service", "age_band", "sex", "year", "measure"), ("year", "measure")),
}
"""What tells a record by table, tried in this order."""

IDENTIFYING = frozenset(
    ("nhs_number", "nhs_number_typed", "dob", "surname", "forename", "local_id", "postcode")
)
"""Fields whose values are never written down; that they changed is."""

PLACES = frozenset(("source_id", "source_sheet", "source_row"))


def _texts(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.Series | None:
    """Return the keys of rows as text, missing where any part is; None if no column is there."""
    held = [name for name in names if name in frame]
    if not held or (len(names) <= 2 and len(held) < len(names)):  # noqa: PLR2004
        return None
    parts = [_text(frame[name]) for name in held]
    whole = parts[0]
    for part in parts[1:]:
        whole = whole + "|" + part
    empty = np.logical_or.reduce([part.eq("").to_numpy() for part in parts])
    if len(names) > 2:  # noqa: PLR2004 - a stratum may have no value for one dimension
        empty[:] = False
    return whole.mask(empty)


def _text(column: pd.Series) -> pd.Series:
    if column.dtype.kind == "M":
        return column.dt.strftime("%Y-%m-%d").fillna("").astype("str")
    if column.dtype.kind in "fiu":
        return column.map(lambda v: "" if pd.isna(v) else f"{float(v):g}").astype("str")
    return column.astype("str").where(column.notna(), "").str.strip()


def paired(old: pd.DataFrame, new: pd.DataFrame, *, table: str) -> pd.DataFrame:
    """Return the rows of an earlier and a later extract that are the same record.

    Parameters
    ----------
    old, new : DataFrame
        Cleaned rows of each extract, by position.
    table : str
        Canonical table of the source.

    Returns
    -------
    DataFrame
        Columns old and new: positions, one row a record that both have.

    Examples
    --------
    >>> old = pd.DataFrame({"local_id": ["1", "2"], "nhs_number": ["", "9990000018"]})
    >>> new = pd.DataFrame({"local_id": ["7", "1", "8"], "nhs_number": ["9990000018", "", ""]})
    >>> paired(old, new, table="deaths").to_dict("list")
    {'old': [0, 1], 'new': [1, 0]}
    """
    found = []
    rest_old, rest_new = old, new
    for names in KEYS[table]:
        left, right = _texts(rest_old, names), _texts(rest_new, names)
        if left is None or right is None:
            continue
        sides = []
        for side, key in (("old", left), ("new", right)):
            key = key.dropna()
            times = key.groupby(key).cumcount()
            sides.append(pd.DataFrame({"key": key, "time": times, side: key.index}))
        both = sides[0].merge(sides[1], on=["key", "time"])[["old", "new"]]
        found.append(both)
        rest_old, rest_new = rest_old.drop(both["old"]), rest_new.drop(both["new"])
    made = pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=["old", "new"])
    return made.sort_values("old", ignore_index=True)


def changed(old: pd.DataFrame, new: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the fields of the same record that read otherwise in the later extract.

    Parameters
    ----------
    old, new : DataFrame
        Cleaned rows of each extract.
    pairs : DataFrame
        As :func:`paired` returns them.

    Returns
    -------
    DataFrame
        Columns old, new (positions), field, before, after; values that identify a person are
        withheld. Fields that only one of the extracts has are left out.

    Examples
    --------
    >>> old = pd.DataFrame({"local_ref": ["W1"], "expectedness": ["expected"]})
    >>> new = old.assign(expectedness="unexpected")
    >>> changed(old, new, paired(old, new, table="incidents")).to_dict("records")
    [{'old': 0, 'new': 0, 'field': 'expectedness', 'before': 'expected', 'after': 'unexpected'}]
    """
    both = [name for name in old if name in new and name not in PLACES]
    left, right = old.loc[pairs["old"]], new.loc[pairs["new"]]
    made: list[dict[str, Any]] = []
    for name in both:
        before, after = _text(left[name]).to_numpy(), _text(right[name]).to_numpy()
        for place in np.flatnonzero(before != after):
            hidden = name in IDENTIFYING
            made.append(
                {
                    "old": int(pairs["old"].iloc[place]),
                    "new": int(pairs["new"].iloc[place]),
                    "field": name,
                    "before": "(withheld)" if hidden else str(before[place]),
                    "after": "(withheld)" if hidden else str(after[place]),
                }
            )
    return pd.DataFrame(made, columns=["old", "new", "field", "before", "after"])
