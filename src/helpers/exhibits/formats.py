"""Numbers to text, rounded once and in one place.

- :func:`shown`: a value as text, by its kind; :func:`shown_in`: a value of a column.
- :func:`kind_of`: the kind of a column.
- :func:`control_total`: the sum of each column of numbers, to seven significant figures.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from helpers.exhibits import natural

MISSING = "not recorded"

KINDS = {
    "numerator": "count",
    "denominator": "count",
    "year": "plain",
    "first_year": "plain",
    "last_year": "plain",
    "time": "plain",
    "difference": "points",
    "difference_low": "points",
    "difference_high": "points",
    "ratio": "ratio",
    "ratio_low": "ratio",
    "ratio_high": "ratio",
    "odds_ratio": "ratio",
    "p_value": "p",
    "level": "percent0",
}


def kind_of(column: str, values: pd.Series, *, unit: str, kinds: dict[str, str]) -> str:
    """Return how the values of a column are shown.

    Parameters
    ----------
    column : str
        Name of the column.
    values : Series
        Its values; their type decides where the name does not.
    unit : str
        Unit of value, low and high.
    kinds : dict
        Kinds that the words of the exhibit declare, by column.

    Returns
    -------
    str
        A kind as :func:`shown` takes it.

    Examples
    --------
    >>> kind_of("value", pd.Series([0.156]), unit="percent", kinds={})
    'percent'
    >>> kind_of("year", pd.Series([2020]), unit="percent", kinds={})
    'plain'
    """
    if column in kinds:
        return kinds[column]
    if column in {"value", "low", "high"}:
        return unit
    if column in KINDS:
        return KINDS[column]
    if pd.api.types.is_bool_dtype(values):
        return "yes_no"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "day"
    if pd.api.types.is_integer_dtype(values):
        return "count"
    return "number" if pd.api.types.is_float_dtype(values) else "text"


def _fixed(value: float, places: int) -> str:
    """Round halves away from zero: the nudge lifts 0.125, whose binary form may fall below."""
    nudged = f"{abs(value) * (1 + 1e-12):,.{places}f}"
    zero = float(nudged.replace(",", "")) == 0
    return nudged if value >= 0 or zero else f"\N{MINUS SIGN}{nudged}"


def _four_figures(value: float) -> str:
    """Four significant figures, never an exponent; whole from a thousand up."""
    size = math.floor(math.log10(abs(value))) if value else 0
    text = _fixed(value, min(max(3 - size, 0), 9))
    return text.rstrip("0").rstrip(".") if "." in text else text


def _places(proportion: float) -> int:
    """One decimal, or two below one per cent, where one would leave a single digit."""
    return 2 if 0 < abs(proportion) < 0.01 else 1


def _ratio_places(ratio: float) -> int:
    """Two decimals, or two significant figures below a tenth, where two decimals leave one."""
    size = abs(ratio)
    return 2 if not 1e-6 < size < 0.1 else 1 - math.floor(math.log10(size))


def shown_in(column: str, value: Any, kind: str) -> str:
    """Return a value of a column as text; a limit that was not reached is no missing record.

    Parameters
    ----------
    column : str
        Name of the column; ``low``, ``high`` and names ending in them are limits.
    value : object
        A number, text or missing value.
    kind : str
        As for :func:`shown`.

    Examples
    --------
    >>> shown_in("high", None, "days"), shown_in("value", None, "days")
    ('no limit', 'not reached')
    """
    text = shown(value, kind)
    if column == "value" and kind == "days" and text == MISSING:
        return "not reached"
    limit = column in {"low", "high"} or column.endswith(("_low", "_high"))
    return "no limit" if limit and text == MISSING else text


def shown(value: Any, kind: str) -> str:
    """Return a value as text.

    Parameters
    ----------
    value : object
        A number, text or missing value.
    kind : str
        count, plain, percent, percent0, points, points2, days, ratio, p, number, in_words (a share
        as a natural frequency), day, month, yes_no or text.

    Returns
    -------
    str
        ``not recorded`` for a missing value, ``no limit`` for an infinite one.

    Raises
    ------
    KeyError
        For a kind that is not among these.

    Examples
    --------
    >>> shown(0.155724, "percent"), shown(205438, "count"), shown(0.0004, "p")
    ('15.6%', '205,438', 'below 0.001')
    >>> shown(0.141, "in_words"), shown(pd.Timestamp("2013-04-01"), "month")
    ('about 14 in 100', 'April 2013')
    """
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return MISSING
    if kind == "text":
        return str(value)
    if kind == "yes_no":
        return "yes" if value else "no"
    if kind in {"day", "month"}:
        day = pd.Timestamp(value)  # a day that travelled with an exhibit is text
        return f"{day.day} {day:%B %Y}" if kind == "day" else f"{day:%B %Y}"
    number = float(value)
    if math.isinf(number):
        return "no limit"
    plain = {
        "count": lambda: _fixed(number, 0),
        "plain": lambda: f"{number:g}",
        "percent": lambda: f"{_fixed(100 * number, _places(number))}%",
        "percent0": lambda: f"{100 * number:g}%",
        "points": lambda: _fixed(100 * number, 1),
        "points2": lambda: _fixed(100 * number, 2),
        "days": lambda: _fixed(number, 0 if number == round(number) else 1),
        "ratio": lambda: _fixed(number, _ratio_places(number)),
        "p": lambda: "below 0.001" if number < 0.001 else _fixed(number, 3),
        "number": lambda: _four_figures(number),
        "in_words": lambda: natural.natural(number),
    }
    return plain[kind]()


def control_total(frame: pd.DataFrame) -> str:
    """Return the sum of the absolute values of each column of numbers, to 7 significant figures.

    It moves when a number moves far below the decimals that are shown, so a comparison of what
    is shown also sees that. A sum for each column, because counts would drown shares in one.

    Examples
    --------
    >>> control_total(pd.DataFrame({"n": [1.5, -2.0], "b": ["x", "y"], "share": [0.25, 0.5]}))
    'n 3.5, share 0.75'
    """
    sums = []
    for column in frame.select_dtypes("number"):
        values = frame[column].to_numpy(dtype="float64", na_value=np.nan)
        total = math.fsum(abs(value) for value in values if math.isfinite(value))
        sums.append(f"{column} {total:.7g}")
    return ", ".join(sums) or "no numbers"
