"""Which date format fits a column: one that all values prove, or a question to a person.

- :func:`date_format`: the format of a column, or those that a person must choose from.
- :class:`Dated`: what is found; :func:`rows_of`: a number of rows in words.

A format is taken only if it is the only one of :data:`FORMATS` that fits every value, and if not
too few values say so. Where all days are 12 or less, or two hands wrote in two orders, a person
must ask the trust: a wrong guess would turn 3 April into 4 March in silence.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass, field

import pandas as pd

from helpers.intake.hits import squeezed
from helpers.intake.words import COMMON, word_key

ISO = "%Y-%m-%d"
_ORDERS = ("%d{0}%m{0}%Y", "%m{0}%d{0}%Y", "%Y{0}%m{0}%d", "%d{0}%m{0}%y", "%m{0}%d{0}%y")
_ORDERS += ("%y{0}%m{0}%d", "%Y{0}%d{0}%m", "%d{0}%b{0}%Y", "%d{0}%b{0}%y", "%Y{0}%b{0}%d")
FORMATS = (
    *(order.format(mark) for mark in ("/", "-", ".", " ", "") for order in _ORDERS),
    "%b %d, %Y",
    "%b %d %Y",
)
"""The formats that are tried; each with the order that could be mistaken for it."""

CLOCK = r"^(.*?\S)(?: ?T ?| )([0-9]{1,2}:[0-9]{2})(:[0-9]{2})?(?:\.[0-9]+)?( ?[AaPp]\.?[Mm]\.?)?$"
PROOF = 0.2
"""Share of the distinct days that must prove an order; of all days three in five are above 12."""

NATIVE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T"
FIRST_YEAR, LAST_YEAR = 1900, 2100
FIRST_SERIAL, LAST_SERIAL = 3_000, 60_000
_MONTHS = {name.casefold(): n for n, name in enumerate(calendar.month_abbr) if name}
_PARTS = {
    "%d": "(?P<d>[0-9]{1,2})",
    "%m": "(?P<m>[0-9]{1,2})",
    "%Y": "(?P<Y>[0-9]{4})",
    "%y": "(?P<y>[0-9]{2})",
    "%b": r"(?P<b>[A-Za-z]{3,9})\.?",
}


@dataclass(frozen=True)
class Dated:
    """What a column says of its date format.

    Parameters
    ----------
    fmt : str
        The format; empty where a person must say.
    seen : str
        What was seen, in words; no value of the column is in it.
    fits : list of str
        The formats to choose from, where a person must say: of the column, or, where it has a
        format, of the rest of it.
    also : list of str
        A format that some values are in, beside that of the column.
    numbers : bool
        Whether days stand there as numbers.
    words : int
        Rows that hold something that is no date.
    dates : int
        Rows that hold a date.
    """

    fmt: str
    seen: str = ""
    fits: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    numbers: bool = False
    words: int = 0
    dates: int = 0


def _pattern(fmt: str) -> re.Pattern[str]:
    pieces = re.findall("%.|[^%]", fmt)
    found = "".join(_PARTS.get(piece, re.escape(piece)) for piece in pieces)
    if not re.search("[^%dmYyb]", fmt):  # digits that touch have their full width
        found = found.replace("{1,2}", "{2}")
    return re.compile(found)


_PATTERNS = {fmt: _pattern(fmt) for fmt in FORMATS}


def _day(text: str, fmt: str) -> dt.date | None:
    """Return the day that a text is in a format; None where it is none."""
    match = _PATTERNS[fmt].fullmatch(text)
    if match is None:
        return None
    held = match.groupdict()
    if "b" in held:
        name = held["b"].casefold()
        month = _MONTHS.get(name[:3], 0)
        if not (calendar.month_name[month].casefold() + " sept").startswith(name[:3]) or not month:
            return None
        if name not in {name[:3], "sept", calendar.month_name[month].casefold()}:
            return None
    else:
        month = int(held["m"])
    year = int(held["Y"]) if "Y" in held else 2000 + int(held["y"])
    try:
        return dt.date(year, month, int(held["d"]))
    except ValueError:
        return None


def _placeholder(days: dict[str, dt.date]) -> bool:
    """Return whether every reading is a day that no record can have."""
    return all(
        not FIRST_YEAR <= day.year <= LAST_YEAR or day == dt.date(FIRST_YEAR, 1, 1)
        for day in days.values()
    )


def _is_number(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{4,5}(\.[0-9]+)?", text)) and (
        FIRST_SERIAL <= float(text) <= LAST_SERIAL
    )


def _clocks(parts: pd.DataFrame) -> str:
    """Return how the time of day is written, if every cell has one in the same way."""
    if parts[1].isna().any() or parts.empty:
        return ""
    seconds, halves = parts[2].notna(), parts[3].notna()
    if any(part.any() and not part.all() for part in (seconds, halves)):
        return ""
    clock = ("%I:%M" if halves.iloc[0] else "%H:%M") + (":%S" if seconds.iloc[0] else "")
    return f" {clock}{' %p' if halves.iloc[0] else ''}"


def rows_of(number: int) -> str:
    """Return a number of rows in words.

    Examples
    --------
    >>> rows_of(1), rows_of(1200)
    ('1 row', '1,200 rows')
    """
    return f"{number:,} {'row' if number == 1 else 'rows'}"


def date_format(text: pd.Series) -> Dated:
    """Return the format of a column of dates, or those that a person must choose from.

    Parameters
    ----------
    text : Series
        The column as text; dates of a workbook itself as ``YYYY-MM-DDTHH:MM:SS``.

    Returns
    -------
    Dated
        The format, if the values prove it.

    Examples
    --------
    >>> date_format(pd.Series(["05/03/2014", "13/03/2014"])).fmt
    '%d/%m/%Y'
    >>> date_format(pd.Series(["05/03/2014", "04/03/2014"])).fits
    ['%d/%m/%Y', '%m/%d/%Y']
    """
    counts = squeezed(text).value_counts()
    counts = counts[[bool(v) and word_key(v) not in COMMON for v in counts.index]]
    native = counts.index.str.contains(NATIVE, regex=True)
    own, rest = counts[native], counts[~native]
    parts = rest.index.to_series().str.extract(CLOCK)
    day_text = parts[0].fillna(rest.index.to_series())
    numbers = rest[[_is_number(value) for value in rest.index]]
    readings: dict[str, dict[str, dt.date]] = {}
    for value in day_text.unique():
        days = {fmt: day for fmt in FORMATS if (day := _day(value, fmt)) is not None}
        if days:
            readings[value] = days
    usable = {value: days for value, days in readings.items() if not _placeholder(days)}
    # Year-month-day cannot be mistaken, unless somebody wrote year-day-month beside it.
    doubt = any("%Y-%d-%m" in days and ISO not in days for days in usable.values())
    typed = {value: days for value, days in usable.items() if doubt or ISO not in days}
    is_date = day_text.isin(list(readings)).to_numpy(dtype=bool)
    is_number = rest.index.isin(numbers.index)
    words = int(rest[~is_date & ~is_number].sum())
    held = int(own.sum() + rest[is_date | is_number].sum())
    base = {"numbers": not numbers.empty, "words": words, "dates": held}
    if not held:
        return Dated("", "no value that is a date", **base)
    if not typed:
        if not len(usable) and own.empty and numbers.empty:
            return Dated("", "only dates that no record can have, such as 01/01/1900", **base)
        what = "dates of the workbook itself" if not usable else "written year-month-day"
        clock = _clocks(parts[is_date]) if own.empty and usable else ""
        return Dated(ISO + clock, what if usable or not own.empty else "day numbers", **base)
    fits = [fmt for fmt in FORMATS if all(fmt in days for days in typed.values())]
    clock = _clocks(parts[day_text.isin(list(typed)).to_numpy(dtype=bool)])
    # Where most are written year-month-day, which cannot be mistaken, the others are the exception.
    typed_rows = rest[day_text.isin(list(typed)).to_numpy(dtype=bool)]
    mostly = ISO if int(rest[is_date].sum()) > 2 * int(typed_rows.sum()) else ""
    beside = f"; {rows_of(int(own.sum()))} hold dates of the workbook itself" if len(own) else ""
    if len(fits) != 1:
        seen, fits = _open(typed, fits, rest.groupby(day_text.to_numpy()).sum())
        return Dated(mostly, seen + beside, [fmt + clock for fmt in fits], **base)
    proof = sum(list(days) == fits for days in typed.values())
    fmt = fits[0]
    if "%m" in fmt and proof < PROOF * len(typed):
        rivals = {other for days in typed.values() if fmt in days for other in days}
        seen = f"{fmt} alone fits every value, but only {proof} of {len(typed)} days are above 12"
        choices = [other + clock for other in FORMATS if other in rivals]
        return Dated(mostly, f"{seen}: two people may have written them{beside}", choices, **base)
    exchanged = _exchanged(list(typed.values()), fmt, own.index)
    if exchanged:
        return Dated("", exchanged, [fmt + clock], **base)
    seen = f"{proof} days above 12 prove it" if "%m" in fmt else "the month is in letters"
    seen = f"{seen}; {rows_of(int(typed_rows.sum()))}"
    if mostly:
        return Dated(mostly, f"most are written year-month-day; {seen}", also=[fmt + clock], **base)
    return Dated(fmt + clock, seen, **base)


def _open(
    typed: dict[str, dict[str, dt.date]], fits: list[str], weight: pd.Series
) -> tuple[str, list[str]]:
    """Say which formats fit, where it is not exactly one."""
    if fits:
        return f"{' and '.join(fits)} fit every value", fits
    held = {
        fmt: int(sum(weight[value] for value, days in typed.items() if fmt in days))
        for fmt in FORMATS
    }
    best = sorted((fmt for fmt in FORMATS if held[fmt]), key=lambda fmt: -held[fmt])[:4]
    seen = ", ".join(f"{fmt} fits {held[fmt]:,}" for fmt in best)
    total = int(sum(weight[value] for value in typed))
    return f"no format fits every value: of {rows_of(total)} {seen}", best


def _exchanged(typed: list[dict[str, dt.date]], fmt: str, own: pd.Index) -> str:
    """Say whether a program took some of the typed dates for month/day and made them its own.

    Where day/month/year is opened by a program that expects month/day/year, days up to 12 become
    dates of the workbook with day and month exchanged, and the others stay text.
    """
    if "%b" in fmt or len(own) < 3 or len(typed) < 3:
        return ""
    above = all(days[fmt].day > 12 for days in typed)
    below = all(int(value[8:10]) <= 12 for value in own)
    if not (above and below):
        return ""
    return (
        "every typed date has a day above 12 and every date of the workbook itself one of 12 or "
        "less: a program may have exchanged day and month of the latter; ask for the extract again"
    )
