"""Words in place of values, and values through the maps of a case.

- :func:`squeezed`: text without stray spaces of any kind.
- :func:`distinct`: the distinct values of a column, and which of them stands in each row.
- :func:`hits`: what a rule met, one row a hit; :func:`together`: the hits of several rules.
- :func:`word_key`: a word without its capitals and spaces, to compare it by.
- :func:`missing_codes`: which values are words for a missing value, and the code of each.
- :func:`without_missing`: text without the words for missing values (X04).
- :func:`positions_of`: the rows in which each value stands.
- :class:`Coded`: values by an explicit map, with what the map does not hold.
- :func:`coded`: values through a map; words for missing values become codes (X04).
- :func:`map_problems`: what is wrong with a dated map.
- :func:`mapped_by_date`: values through a dated map of services or organisations (X11).

Each rule looks at distinct values only, so that a column of a million rows costs little more than
finding them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.errors import InputError, Problem

HITS = ["code", "position", "value", "new_value", "action", "reason"]
"""What a hit says: the code, the row by its position, what was met, what became of it and why."""

_WORDS = {
    "NR": "NR|N/R|not recorded|none recorded|nothing recorded|not stated|not specified|"
    "not available|not entered|not completed|missing|blank|null|(null)|<null>|nan|nat|none given|"
    "tbc|tba|t.b.c.|to be confirmed|to be advised|-|--|---|–|—|?|??|???|.|..|...|#N/A|"
    "#VALUE!|#REF!|#NAME?|#DIV/0!|#NULL!|#NUM!",
    "NK": "NK|N/K|N.K.|not known|unknown|unk|u/k|don't know|dk",
    "NA": "NA|N/A|N.A.|not applicable",
    "WH": "WH|withheld|refused|declined|declined to give|declined to answer|prefer not to say",
}
_REASONS = {
    "NR": "not recorded",
    "NK": "not known",
    "NA": "not applicable",
    "WH": "withheld by the person or the trust",
}
_STRAY = r"[\s\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]+"


def squeezed(text: pd.Series) -> pd.Series:
    r"""Return text without leading, trailing, doubled or unusual spaces; missing becomes "".

    Examples
    --------
    >>> squeezed(pd.Series(["  North \u00a0 Wales ", None])).tolist()
    ['North Wales', '']
    """
    text = text.astype("str").fillna("")
    odd = text.str.contains(r"^ | $|  |[^ -~]", regex=True)
    if odd.any():
        cleaned = text[odd].str.replace(_STRAY, " ", regex=True).str.strip()
        text = text.copy()
        text[odd] = cleaned
    return text


def distinct(text: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """Return which distinct value stands in each row, and the distinct values, squeezed.

    Two values that differ in their spaces only stay two.

    Examples
    --------
    >>> which, values = distinct(pd.Series(["ward", "home", "ward"]))
    >>> which.tolist(), values.tolist()
    ([0, 1, 0], ['ward', 'home'])
    """
    which, found = pd.factorize(text.fillna(""))
    return which, squeezed(pd.Series(found, dtype="str"))


def hits(
    code: str,
    at: np.ndarray,
    *,
    index: pd.Index,
    values: object,
    new_values: object = "",
    action: str,
    reason: object = "",
) -> pd.DataFrame:
    """Return what a rule met, one row a hit.

    Parameters
    ----------
    code : str
        One of :data:`helpers.intake.flags.CODES`.
    at : array
        True in each row that is hit, or the places of those rows.
    index : Index
        Index of the column: its labels are the positions.
    values, new_values, reason : str or sequence
        One for all hits, or one for each. An empty reason is that of the code.
    action : str
        read as, no value, kept, left out or withheld.

    Returns
    -------
    DataFrame
        Columns as :data:`HITS`.

    Examples
    --------
    >>> rows = pd.Index([4, 5])
    >>> at = np.array([False, True])
    >>> hits("X04", at, index=rows, values="tbc", action="no value").loc[0, ["position", "action"]]
    position           5
    action      no value
    Name: 0, dtype: object
    """
    places = np.flatnonzero(at) if at.dtype == bool else at
    if not len(places):
        return pd.DataFrame(columns=HITS)
    frame = pd.DataFrame({"position": index[places]})
    frame["code"] = code
    frame["action"] = action
    for name, given in (("value", values), ("new_value", new_values), ("reason", reason)):
        held = given if isinstance(given, str) else np.asarray(given, dtype=object)
        frame[name] = pd.Series(held, index=frame.index, dtype="str")
    return frame[HITS]


def together(*parts: pd.DataFrame) -> pd.DataFrame:
    """Return the hits of several rules as one frame, ordered by position.

    Examples
    --------
    >>> len(together(pd.DataFrame(columns=HITS)))
    0
    """
    full = [part for part in parts if len(part)]
    if not full:
        return pd.DataFrame(columns=HITS)
    return pd.concat(full, ignore_index=True).sort_values(
        "position", kind="stable", ignore_index=True
    )


def word_key(word: object) -> str:
    """Return a word without its capitals and spaces.

    Examples
    --------
    >>> word_key(" Not  Known ")
    'notknown'
    """
    return "".join(str(word).casefold().split())


COMMON = {word_key(word): code for code, words in _WORDS.items() for word in words.split("|")}
"""Words that every trust uses for a missing value, as keys, and the code of each."""


def missing_codes(values: pd.Series, missing: Mapping[str, str] | None = None) -> pd.Series:
    """Return NR, NK, NA or WH where a value is a word for a missing value, else "".

    Parameters
    ----------
    values : Series
        Distinct values.
    missing : mapping, optional
        Words of this column beyond :data:`COMMON`, or with another code than there.

    Examples
    --------
    >>> missing_codes(pd.Series(["N/K", "ward 3", "not given"]), {"Not given": "NR"}).tolist()
    ['NK', '', 'NR']
    """
    table = COMMON | {word_key(word): code for word, code in (missing or {}).items()}
    return pd.Series(
        [table.get(word_key(value), "") for value in values], index=values.index, dtype="str"
    )


class Coded(NamedTuple):
    """Values by an explicit map.

    Parameters
    ----------
    values : Series
        Canonical values; "" where the map does not hold the value.
    hits : DataFrame
        What was odd, as :func:`hits`.
    unmapped : dict
        Each value that the map does not hold, with the positions it stands in.
    """

    values: pd.Series
    hits: pd.DataFrame
    unmapped: dict[str, pd.Index]


def positions_of(
    which: np.ndarray, found: pd.Series, rows: np.ndarray, index: pd.Index
) -> dict[str, pd.Index]:
    """Return the positions of each value met in some rows.

    Parameters
    ----------
    which, found : array, Series
        As :func:`distinct` gives them.
    rows : array
        True in the rows concerned, or their places.
    index : Index
        Index of the column: its labels are the positions.

    Examples
    --------
    >>> which, found = distinct(pd.Series(["a", "b", "a"]))
    >>> positions_of(which, found, np.array([True, False, True]), pd.RangeIndex(3))
    {'a': Index([0, 2], dtype='int64')}
    """
    places = np.flatnonzero(rows) if rows.dtype == bool else rows
    met = found.iloc[which[places]].to_numpy(dtype=object)
    groups = pd.Series(index[places]).groupby(met, sort=False)
    return {str(value): pd.Index(part) for value, part in groups}


def _word_hits(
    which: np.ndarray, found: pd.Series, codes: pd.Series, index: pd.Index
) -> pd.DataFrame:
    """Return a hit (X04) for each word that stands for a missing value, with its code."""
    rows = np.flatnonzero(codes.ne("").to_numpy()[which])
    met = pd.DataFrame({"value": found, "code": codes, "reason": codes.map(_REASONS)})
    met = met.iloc[which[rows]]
    return hits(
        "X04",
        rows,
        index=index,
        values=met["value"],
        new_values=met["code"],
        action="no value",
        reason=met["reason"],
    )


def without_missing(
    text: pd.Series, *, missing: Mapping[str, str] | None = None
) -> tuple[pd.Series, pd.DataFrame]:
    """Return text that is missing where it is blank or a word for a missing value.

    Parameters
    ----------
    text : Series
        Text.
    missing : mapping, optional
        Words for a missing value beyond the common ones, with their codes.

    Returns
    -------
    tuple
        Text, and hits (X04, "no value") for words; a blank cell gives none.

    Examples
    --------
    >>> values, met = without_missing(pd.Series(["Team  A", "", "tbc"]))
    >>> values.tolist(), met["value"].tolist()
    (['Team A', nan, nan], ['tbc'])
    """
    which, found = distinct(text)
    codes = missing_codes(found, missing)
    kept = found.mask(found.eq("") | codes.ne(""))
    values = pd.Series(kept.array.take(which), index=text.index)
    return values, _word_hits(which, found, codes, text.index)


def coded(
    text: pd.Series,
    *,
    mapping: Mapping[str, object] | None = None,
    missing: Mapping[str, str] | None = None,
    blank: str = "NR",
) -> Coded:
    """Return values through a map; capitals and spaces make no difference to its keys.

    A value that the map holds is taken without a flag, also where it is a common word for a
    missing value: the map was declared. Other words for missing values become their code, with a
    flag. Whatever else is met is listed: it is for a person to map, never for the suite to guess.

    Parameters
    ----------
    text : Series
        Text.
    mapping : mapping, optional
        Canonical value by raw value; without it the text itself is the value.
    missing : mapping, optional
        Words for a missing value beyond the common ones, with their codes.
    blank : str
        What a blank cell becomes, without a flag: ``NR`` in a column of codes, "" in text.

    Returns
    -------
    Coded
        Values, hits (X04, "no value", the code as the new value) and unmapped values.

    Raises
    ------
    InputError
        Where the map gives two meanings to one value.

    Examples
    --------
    >>> given = coded(pd.Series(["male", "N/K", "", "Mail"]), mapping={"Male": "M"})
    >>> given.values.tolist(), {value: list(at) for value, at in given.unmapped.items()}
    (['M', 'NK', 'NR', ''], {'Mail': [3]})
    """
    which, found = distinct(text)
    if mapping is None:
        value = found.mask(found.eq(""), blank)
    else:
        table: dict[str, str] = {"": blank}
        for raw, canonical in mapping.items():
            key = word_key(raw)
            if key and table.get(key, str(canonical)) != str(canonical):
                raise InputError.one(
                    f"the map gives two meanings to {raw!r}",
                    "case.yml",
                    "Keep one of them: capitals and spaces are not told apart.",
                )
            table[key] = str(canonical)
        value = found.map({raw: table.get(word_key(raw)) for raw in found}).astype("str")
    words = missing_codes(found, missing)
    if mapping is not None:
        words = words.where(value.isna(), "")
    value = value.mask(words.ne(""), words)
    unknown = value.isna().to_numpy()[which]
    return Coded(
        pd.Series(value.fillna("").array.take(which), index=text.index),
        _word_hits(which, found, words, text.index),
        positions_of(which, found, unknown, text.index),
    )


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
