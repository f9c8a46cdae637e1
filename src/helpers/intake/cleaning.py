"""Text to values by rule: each function converts one column and logs what it met.

- :func:`row_list`: the rows of a problem, for a message.
- :func:`squeeze`: text without stray spaces.
- :func:`counts`: whole numbers, or the rows that are not.
- :func:`dates`: days in a declared format, or the rows that are not.
- :func:`mapped`: values through an explicit map.
- :func:`listed`: cells that hold several values.
- :func:`matched`: values to kinds by ordered patterns.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from helpers.errors import InputError, Problem
from helpers.intake.flags import Log


def row_list(rows: pd.Series, limit: int = 5) -> str:
    """Return the first rows of a problem, and how many more there are."""
    shown = ", ".join(str(row) for row in rows.head(limit))
    return f"{shown} and {len(rows) - limit} more" if len(rows) > limit else shown


def squeeze(values: pd.Series) -> pd.Series:
    """Return text without leading, trailing or doubled spaces.

    Parameters
    ----------
    values : Series
        Text.

    Returns
    -------
    Series
        The text, spaces of every kind made single.

    Examples
    --------
    >>> squeeze(pd.Series(["  North   Wales "])).tolist()
    ['North Wales']
    """
    return values.str.replace(r"\s+", " ", regex=True).str.strip()


def counts(values: pd.Series, *, rows: pd.Series, file: str, column: str) -> pd.Series:
    """Return a column of whole numbers; blank is missing.

    Parameters
    ----------
    values, rows : Series
        Text, and the row of the file it stands in.
    file, column : str
        Where the text comes from, for the message.

    Returns
    -------
    Series
        Whole numbers (``Int64``).

    Raises
    ------
    InputError
        Naming the rows that hold anything but a whole number of 0 or more.

    Examples
    --------
    >>> text = pd.Series(["12", "", " 7"])
    >>> counts(text, rows=pd.Series([2, 3, 4]), file="deaths.csv", column="deaths").tolist()
    [12, <NA>, 7]
    """
    text = values.str.strip()
    number = pd.to_numeric(text.where(text.ne("")), errors="coerce")
    bad = text.ne("") & (number.isna() | number.lt(0) | number.mod(1).ne(0))
    if bad.any():
        raise InputError.one(
            f"{text[bad].iloc[0]!r} is not a whole number of 0 or more",
            f"{file}, column {column}, row {row_list(rows[bad])}",
            "Correct the cell, or name the word as missing in case.yml.",
        )
    return number.astype("Int64")


def _parsed(text: pd.Series, fmt: str) -> pd.Series:
    """Parse each distinct text once: dates repeat, and parsing them is most of reading."""
    distinct = pd.Series(text.unique())
    days = pd.to_datetime(distinct, format=fmt, errors="coerce").astype("datetime64[s]")
    return text.map(dict(zip(distinct, days, strict=True))).astype("datetime64[s]")


def dates(
    values: pd.Series,
    *,
    rows: pd.Series,
    fmt: str,
    also: Sequence[str],
    missing: Sequence[str],
    source_id: str,
    file: str,
    column: str,
    log: Log,
) -> pd.Series:
    """Return a column of days.

    Parameters
    ----------
    values, rows : Series
        Text, and the row of the file it stands in.
    fmt : str
        The declared format; the only one that is taken without a flag.
    also : sequence of str
        Other formats that may be met; taken, with a flag, where the day is above 12 so that day
        and month cannot be mistaken for one another.
    missing : sequence of str
        Words that mean that no date was recorded.
    source_id, file, column : str
        Where the text comes from, for flags and messages.
    log : Log
        Takes the flags.

    Returns
    -------
    Series
        Days (``datetime64``); missing where none was recorded.

    Raises
    ------
    InputError
        Naming the rows whose text is none of these, or whose other format is ambiguous.

    Examples
    --------
    >>> text, log = pd.Series(["01/04/2020", "2020-04-17", "NR"]), Log()
    >>> where = {"source_id": "mine", "file": "mine.csv", "column": "died", "log": log}
    >>> rule = {"fmt": "%d/%m/%Y", "also": ["%Y-%m-%d"], "missing": ["NR"]}
    >>> dates(text, rows=pd.Series([2, 3, 4]), **rule, **where).dt.month.tolist()
    [4.0, 4.0, nan]
    >>> log.frame()["code"].tolist()
    ['X01', 'X04']
    """
    text = values.str.strip()
    where = {"source_id": source_id, "column": column}
    blank = text.eq("") | text.isin(list(missing))
    words = text.isin(list(missing))
    log.add("X04", rows=rows[words], values=text[words], action="no date", **where)
    day = _parsed(text, fmt).mask(blank)
    for other in also:
        again = _parsed(text, other)
        hit = day.isna() & again.notna() & ~blank & again.dt.day.gt(12)
        day = day.mask(hit, again)
        log.add("X01", rows=rows[hit], values=text[hit], action="read in the other format", **where)
    bad = day.isna() & ~blank
    if bad.any():
        raise InputError.one(
            f"{text[bad].iloc[0]!r} is not a day in the declared format {fmt}",
            f"{file}, column {column}, row {row_list(rows[bad])}",
            "Correct the cell, or declare the format or the missing word in case.yml.",
        )
    odd = day.dt.year.lt(1900) | day.dt.year.gt(2100)
    log.add("X03", rows=rows[odd], values=text[odd], action="no date", **where)
    return day.mask(odd)


def mapped(
    values: pd.Series,
    *,
    rows: pd.Series,
    mapping: Mapping[str, str],
    otherwise: str | None,
    source_id: str,
    file: str,
    column: str,
    log: Log,
) -> pd.Series:
    """Return values through an explicit map; blanks stay missing.

    Parameters
    ----------
    values, rows : Series
        Text, and the row of the file it stands in.
    mapping : mapping
        Canonical value by raw value.
    otherwise : {"quarantine"} or None
        ``quarantine``: a value that is not in the map is withheld and flagged, and never shown
        (it may be free text about a person); None: it is refused.
    source_id, file, column : str
        Where the text comes from, for flags and messages.
    log : Log
        Takes the flags.

    Returns
    -------
    Series
        Canonical values; missing where the text is blank or withheld.

    Raises
    ------
    InputError
        With every unmapped value, not only the first.

    Examples
    --------
    >>> text, log = pd.Series(["ward 3", "at home"]), Log()
    >>> where = {"source_id": "mine", "file": "mine.csv", "column": "place", "log": log}
    >>> rule = {"mapping": {"at home": "Home"}, "otherwise": "quarantine"}
    >>> mapped(text, rows=pd.Series([2, 3]), **rule, **where).tolist()
    [nan, 'Home']
    >>> log.frame()[["source_row", "value"]].to_dict("records")
    [{'source_row': 2, 'value': '(withheld)'}]
    """
    text = squeeze(values)
    result = text.map(dict(mapping))
    unknown = text.ne("") & text.notna() & result.isna()
    if otherwise == "quarantine":
        log.add(
            "X14",
            source_id=source_id,
            rows=rows[unknown],
            column=column,
            values=["(withheld)"] * int(unknown.sum()),
            action="withheld",
        )
    elif unknown.any():
        raise InputError(
            Problem(
                f"{value!r} is not mapped ({int(text.eq(value).sum())} rows)",
                f"{file}, column {column}, row {row_list(rows[text.eq(value)], 3)}",
                "Add it to the map of the column in case.yml.",
            )
            for value in text[unknown].drop_duplicates()
        )
    return result


def listed(
    values: pd.Series, *, separator: str, convert: Callable[[pd.Series], pd.Series] | None = None
) -> pd.Series:
    """Return cells that hold several values as text joined by " | ", each once, in order.

    Parameters
    ----------
    values : Series
        Text.
    separator : str
        Regular expression between the values of a cell.
    convert : callable, optional
        Applied to all single values (a Series with the index of the cells).

    Returns
    -------
    Series
        Text with the index of ``values``; missing where a cell holds nothing.

    Examples
    --------
    >>> listed(pd.Series(["Police; Prison;Police"]), separator=";").tolist()
    ['Police | Prison']
    """
    single = squeeze(values.str.split(separator, regex=True).explode())
    single = single[single.ne("")]
    if convert is not None:
        single = convert(single)
    # A plain dictionary: grouping thousands of cells to join a few texts each is far slower.
    cells: dict[object, dict[str, None]] = {}
    for place, value in single.dropna().items():
        cells.setdefault(place, {})[value] = None
    joined = pd.Series({place: " | ".join(held) for place, held in cells.items()}, dtype="str")
    return joined.reindex(values.index)


def matched(values: pd.Series, *, patterns: Sequence[tuple[str, str]], otherwise: str) -> pd.Series:
    """Return the kind of each value: that of the first pattern found in it, else ``otherwise``.

    Parameters
    ----------
    values : Series
        Text.
    patterns : sequence of tuple of str
        Regular expressions, each with the kind that it stands for; capitals make no difference.
    otherwise : str
        The kind where no pattern is found.

    Returns
    -------
    Series
        Kinds; missing stays missing.

    Examples
    --------
    >>> names = pd.Series(["NHS England", "Example Homes Ltd"])
    >>> matched(names, patterns=[(r"nhs", "NHS body")], otherwise="Other body").tolist()
    ['NHS body', 'Other body']
    """
    compiled = [(re.compile(pattern, re.IGNORECASE), kind) for pattern, kind in patterns]

    def kind_of(value: str) -> str:
        return next((kind for pattern, kind in compiled if pattern.search(value)), otherwise)

    distinct = values.dropna().unique()
    return values.map({value: kind_of(value) for value in distinct})
