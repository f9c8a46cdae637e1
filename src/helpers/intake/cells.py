"""Cells as text: what a file holds as a date, a number or a yes/no, written in one way.

- :func:`cell_text`: one cell.
- :func:`text_column`: a column of cells of any kinds.
- :func:`text_table`: rows of cells as a table of text, rows made equally long.

A date of the file itself is written ``2014-03-05T00:00:00``: with the ``T``, which typed text never
has, so that whoever reads it knows that day and month cannot be mistaken for one another.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from itertools import zip_longest

import pyarrow as pa

TEXT = pa.large_string()
EXACT = 2**53
"""Whole numbers from here on are not exact in a spreadsheet, so they are not written out."""


def _seconds(value: dt.timedelta) -> str:
    whole = round(value.total_seconds())
    sign, whole = ("-", -whole) if whole < 0 else ("", whole)
    return f"{sign}{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"


def _moment(value: dt.datetime) -> str:
    if value.tzinfo is not None:
        from zoneinfo import ZoneInfo

        value = value.astimezone(ZoneInfo("Europe/London")).replace(tzinfo=None)
    return value.isoformat(timespec="seconds")


def cell_text(value: object) -> str:
    """Return a cell as text.

    Fractions of a second are dropped. A moment with a time zone is given as the clock in the
    United Kingdom showed it, because that is how the trusts' own systems write it.

    Parameters
    ----------
    value : object
        A cell: text, number, date, moment, time, length of time, yes/no or nothing.

    Returns
    -------
    str
        Its text; a blank cell is empty text.

    Examples
    --------
    >>> [cell_text(value) for value in (None, " a ", 41000.0, 0.5, True)]
    ['', ' a ', '41000', '0.5', 'TRUE']
    >>> cell_text(dt.date(2014, 3, 5)), cell_text(dt.time(13, 4))
    ('2014-03-05T00:00:00', '13:04:00')
    >>> cell_text(dt.datetime(2014, 7, 1, 12, tzinfo=dt.UTC))
    '2014-07-01T13:00:00'
    """
    match value:
        case str():
            return value
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case float():
            if value != value:  # no number: how tables hold what was not recorded
                return ""
            return str(int(value)) if value.is_integer() and abs(value) < EXACT else repr(value)
        case Decimal():
            whole = value.is_finite() and value == value.to_integral_value()
            return str(int(value)) if whole else str(value)
        case dt.datetime():
            return _moment(value)
        case dt.date():
            return f"{value.isoformat()}T00:00:00"
        case dt.time():
            return value.replace(tzinfo=None).isoformat(timespec="seconds")
        case dt.timedelta():
            return _seconds(value)
    return str(value)


def text_column(values: Sequence[object]) -> pa.Array:
    """Return a column of cells as text.

    Parameters
    ----------
    values : sequence
        Cells of any kinds.

    Returns
    -------
    Array
        Text (Arrow, large strings), nothing missing.

    Examples
    --------
    >>> text_column(["a", 2.0, None]).to_pylist()
    ['a', '2', '']
    """
    texts = [value if type(value) is str else cell_text(value) for value in values]
    try:
        return pa.array(texts, TEXT)
    except UnicodeEncodeError:  # half a character, as broken programs leave it
        clean = (text.encode("utf-8", "replace").decode("utf-8") for text in texts)
        return pa.array(list(clean), TEXT)


def text_table(rows: Sequence[Sequence[object]]) -> pa.Table:
    """Return rows of cells as a table of text with columns 0, 1, 2 ..., rows made equally long.

    Parameters
    ----------
    rows : sequence of sequences
        Cells row by row.

    Returns
    -------
    Table
        As many columns as the longest row has cells.

    Examples
    --------
    >>> text_table([["a", 1.0], ["b"]]).to_pydict()
    {'0': ['a', 'b'], '1': ['1', '']}
    """
    columns = [text_column(column) for column in zip_longest(*rows)]
    return pa.table(columns, names=[str(number) for number in range(len(columns))])
