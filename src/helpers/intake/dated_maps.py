"""Values through maps whose rows hold between two days: services merge, organisations move.

- :func:`map_problems`: what is wrong with a dated map.
- :func:`mapped_by_date`: values through a dated map of services or organisations (X11).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.errors import InputError, Problem
from helpers.intake.hits import distinct, hits, positions_of, squeezed, together
from helpers.intake.words import Coded, _word_hits, missing_codes, word_key

_DAY = "datetime64[s]"
_FIRST, _LAST = pd.Timestamp("0001-01-01"), pd.Timestamp("9999-12-31")
_SPAN = 4_000_000  # more days than there are between the two


def _dated(table: pd.DataFrame) -> pd.DataFrame:
    """Return a dated map by key and first day; a blank day is open, one that is no day NaT."""
    text = table.astype("str").apply(squeezed)
    frame = text[["raw_value", "canonical_id"]].assign(key=text["raw_value"].map(word_key))
    for name, bound in (("valid_from", _FIRST), ("valid_to", _LAST)):
        day = pd.to_datetime(text[name].mask(text[name].eq("")), format="ISO8601", errors="coerce")
        frame[name] = day.astype(_DAY).mask(text[name].eq(""), bound)
    frame["row"] = table["source_row"] if "source_row" in table else range(2, len(table) + 2)
    return frame.sort_values(["key", "valid_from"], kind="stable", ignore_index=True)


def map_problems(table: pd.DataFrame, *, file: str) -> list[Problem]:
    """Return everything that is wrong with a dated map; an empty list if nothing is.

    Parameters
    ----------
    table : DataFrame
        Columns raw_value, canonical_id, valid_from, valid_to (ISO days, both included; blank:
        open), and source_row where the rows of the file are known.
    file : str
        Its name, for the messages.

    Examples
    --------
    >>> rows = [["Ward 3", "ld", "", "2013-03-31"], ["ward 3", "adult_mh", "2013-03-01", ""]]
    >>> names = ["raw_value", "canonical_id", "valid_from", "valid_to"]
    >>> [problem.what for problem in map_problems(pd.DataFrame(rows, columns=names), file="m.csv")]
    ["'ward 3' already has a meaning (row 2) on its first day"]
    """
    frame = _dated(table)
    before = frame.groupby("key")["valid_to"].cummax().groupby(frame["key"]).shift()
    blank = frame["raw_value"].eq("") | frame["canonical_id"].eq("")
    nonsense = frame["valid_from"].isna() | frame["valid_to"].isna()
    earlier = "row " + frame["row"].shift(fill_value=0).astype("str")
    faults = {
        "raw_value or canonical_id is blank": (blank, "Fill it in, or delete the row."),
        "valid_from or valid_to is not a day": (nonsense, "Write it as YYYY-MM-DD."),
        "{} ends before it starts": (frame["valid_from"] > frame["valid_to"], "Correct the days."),
        "{} already has a meaning ({}) on its first day": (
            frame["valid_from"] <= before,
            "Let one row end the day before the next one starts.",
        ),
    }
    return [
        Problem(what.format(repr(raw), row_before), f"{file}, row {row}", mend)
        for what, (wrong, mend) in faults.items()
        for raw, row, row_before in zip(
            frame.loc[wrong, "raw_value"], frame.loc[wrong, "row"], earlier[wrong], strict=True
        )
    ]


def mapped_by_date(
    text: pd.Series,
    *,
    dates: pd.Series,
    mapping: pd.DataFrame,
    file: str,
    missing: Mapping[str, str] | None = None,
    blank: str = "NR",
) -> Coded:
    """Return values through a map whose rows hold between two days: services merge and move.

    A value that the map knows but not at the date is read as its one meaning, with a flag
    (X11), if it never had another; if it had, it is listed as unmapped. A row without a date
    whose value had several meanings has no value, with a flag: no map could tell.

    Parameters
    ----------
    text, dates : Series
        Text, and the day at which each value is to be understood.
    mapping : DataFrame
        As for :func:`map_problems`.
    file : str
        Its name, for the messages.
    missing : mapping, optional
        Words for a missing value beyond the common ones, with their codes.
    blank : str
        What a blank cell, or one that cannot be told, becomes.

    Returns
    -------
    Coded
        Values, hits (X04, X11) and unmapped values.

    Raises
    ------
    InputError
        With everything that is wrong with the map.

    Examples
    --------
    >>> rows = [["Ward 3", "ld", "", "2013-03-31"], ["Ward 3", "adult_mh", "2013-04-01", ""]]
    >>> names = ["raw_value", "canonical_id", "valid_from", "valid_to"]
    >>> rule = {"mapping": pd.DataFrame(rows, columns=names), "file": "map.csv"}
    >>> days = pd.Series(pd.to_datetime(["2013-03-31", "2013-04-01"]))
    >>> mapped_by_date(pd.Series(["ward 3", "Ward 3"]), dates=days, **rule).values.tolist()
    ['ld', 'adult_mh']
    """
    problems = map_problems(mapping, file=file)
    if problems:
        raise InputError(problems)
    table = _dated(mapping)
    held, known = pd.factorize(table["key"])  # in order of the key, so that the numbers rise
    start = (table["valid_from"].to_numpy(_DAY) - np.datetime64(_FIRST)) // np.timedelta64(1, "D")
    end = (table["valid_to"].to_numpy(_DAY) - np.datetime64(_FIRST)) // np.timedelta64(1, "D")
    start, end = start.astype(int), end.astype(int)
    ids = table["canonical_id"].to_numpy(dtype=object)
    first = np.flatnonzero(np.diff(held, prepend=-1))
    alone = table.groupby("key")["canonical_id"].nunique().eq(1).to_numpy()
    always = (start == 0) & (end == (_LAST - _FIRST).days)

    which, found = distinct(text)
    number = pd.Index(known).get_indexer(pd.Index(found.map(word_key)))
    words = missing_codes(found, missing).mask(pd.Series(number >= 0), "")
    value = words.mask(found.eq(""), blank).to_numpy(dtype=object)[which]
    of_row, dated = number[which], dates.notna().to_numpy()
    in_map = of_row >= 0
    day = dates.fillna(_FIRST).to_numpy(_DAY) - np.datetime64(_FIRST)
    day = (day // np.timedelta64(1, "D")).astype(int)
    at = np.searchsorted(held * _SPAN + start, of_row * _SPAN + day, side="right") - 1
    inside = in_map & (at >= 0)
    inside[inside] = held[at[inside]] == of_row[inside]
    inside[inside] = np.where(dated[inside], day[inside] <= end[at[inside]], always[at[inside]])
    value[inside] = ids[at[inside]]
    outside = in_map & ~inside
    single = outside.copy()
    single[outside] = alone[of_row[outside]]
    value[single] = ids[first[of_row[single]]]
    untold = outside & ~single & ~dated
    value[untold] = blank
    unknown = outside & ~single & dated | (value == "") & found.ne("").to_numpy()[which]
    met = found.to_numpy(dtype=object)[which]
    return Coded(
        pd.Series(value, index=text.index, dtype="str"),
        together(
            _word_hits(which, found, words, text.index),
            hits(
                "X11",
                single,
                index=text.index,
                values=met[single],
                new_values=value[single],
                action="read as",
                reason="the map does not hold it at this date, but it never had another meaning",
            ),
            hits(
                "X11",
                untold,
                index=text.index,
                values=met[untold],
                action="no value",
                reason="it had several meanings, and there is no date to tell them by",
            ),
        ),
        positions_of(which, found, unknown, text.index),
    )
