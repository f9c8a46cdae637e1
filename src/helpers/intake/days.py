"""One text to one day: what each declared format looks like, day numbers, shapes of other dates.

For :func:`helpers.intake.dates.read_dates`, which says what is taken and in which order; here
each distinct text is read by itself, without a look at the rest of its column.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from helpers.errors import InputError

ISO = "%Y-%m-%d"
FIRST_YEAR, LAST_YEAR = 1900, 2100
LAST_SERIAL, FIRST_SERIAL, FIRST_BIRTH_SERIAL = 60_000, 20_000, 3_000
EPOCHS = {"1900": dt.date(1899, 12, 30), "1904": dt.date(1904, 1, 1)}
"""Day 0 of each way of counting; that of 1900 holds from 1 March 1900, after a day that was not."""

_MONTHS = "january february march april may june july august september october november december"
_MONTH_OF = {name: n for n, full in enumerate(_MONTHS.split(), 1) for name in (full, full[:3])}
_MONTH_OF["sept"] = 9
_NAME = "|".join(sorted(_MONTH_OF, key=len, reverse=True))
_PARTS = {"%d": "d", "%e": "d", "%m": "m", "%Y": "y", "%y": "y", "%b": "b", "%B": "b", "%h": "b"}
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?\.?,? ?)?"
_NTH = r"(?:st|nd|rd|th)?"
_SHAPES = [
    re.compile(shape, re.IGNORECASE)
    for shape in (
        r"(?P<d>[0-9]{1,2}) ?(?P<s>[-/. ]) ?(?P<m>[0-9]{1,2}) ?(?P=s) ?(?P<y>[0-9]{4}|[0-9]{2})",
        r"(?P<y>[0-9]{4}) ?(?P<s>[-/. ]) ?(?P<m>[0-9]{1,2}) ?(?P=s) ?(?P<d>[0-9]{1,2})",
        rf"{_WEEKDAY}(?P<d>[0-9]{{1,2}}){_NTH}[-/., ]*(?:of )?(?P<b>{_NAME})[-/., ]*"
        r"'?(?P<y>[0-9]{4}|[0-9]{2})?",
        rf"{_WEEKDAY}(?P<b>{_NAME})[-/., ]*(?P<d>[0-9]{{1,2}}){_NTH},?[-/. ]+'?(?P<y>[0-9]{{4}})",
        rf"(?P<b>{_NAME})[-/., ]*'?(?P<y>[0-9]{{4}}|[0-9]{{2}})",
        r"(?P<y>[0-9]{4}) ?[-/.] ?(?P<m>[0-9]{1,2})",
        r"(?P<m>[0-9]{1,2}) ?[-/.] ?(?P<y>[0-9]{4})",
        r"(?P<y>(?:19|20)[0-9]{2})",
        r"(?P<y>(?:1[0-9]|20|99)[0-9]{2})(?P<m>0[1-9]|1[0-2])(?P<d>[0-2][0-9]|3[01])",
        r"(?P<d>[0-2][0-9]|3[01])(?P<m>[0-2][0-9]|3[01])(?P<y>(?:1[0-9]|20|99)[0-9]{2})",
    )
]

UNDECLARED = "a date, but not in a declared format"
PARTIAL = "not a whole day"
TWO_DIGITS = "year of two digits: the century cannot be told"
NO_SUCH_DAY = "no such day"
OTHER_ORDER = "no such day in the declared order; in another order it would be one"
TWO_READINGS = "the declared formats read it as different days"


class _Read(NamedTuple):
    """What a distinct text of a day is read as."""

    day: dt.date | None = None
    time: str = ""
    code: str = ""
    action: str = ""
    reason: str = ""
    form: str = ""
    exchangeable: bool = False
    swapped: tuple[str, ...] = ()
    unread: bool = False


@dataclass(frozen=True)
class _Rule:
    """How the days of one column are read; ``own``: dates that the file itself holds as dates."""

    fmt: str
    also: tuple[str, ...] = ()
    mode: str = ""
    birth: bool = False
    latest: dt.date | None = None
    own: bool = False

    @cached_property
    def patterns(self) -> dict[str, re.Pattern[str]]:
        """What texts look like in each format that is taken, the declared one first."""
        return {form: _pattern(form) for form in dict.fromkeys((self.fmt, *self.also, ISO))}

    @cached_property
    def alike(self) -> set[str]:
        """Formats whose texts may fit the declared one as well."""
        return {form for form in self.patterns if _skeleton(form) == _skeleton(self.fmt)}


def _pattern(fmt: str) -> re.Pattern[str]:
    """Return what texts of a format look like; digits that touch have their full width."""
    found = []
    pieces = re.findall(r"%.|[^%]", fmt)
    for place, piece in enumerate(pieces):
        name = _PARTS.get(piece)
        if name is None and len(piece) > 1:
            raise InputError.one(
                f"the suite does not read {piece!r} in the date format {fmt!r}",
                "case.yml",
                "Use %d, %m, %b, %B, %Y and %y, and after them %H:%M or %H:%M:%S.",
            )
        beside = [*pieces[max(place - 1, 0) : place], *pieces[place + 1 : place + 2]]
        close = any(_PARTS.get(other, "b") != "b" for other in beside)
        width = {"%Y": "4", "%y": "2"}.get(piece, "2" if close else "1,2")
        number = f"(?P<{name}>[0-9]{{{width}}})" if name else re.escape(piece)
        found.append(f"(?P<b>{_NAME})\\.?" if name == "b" else number)
    groups = [_PARTS[piece] for piece in pieces if piece in _PARTS]
    if sorted(groups) not in (["d", "m", "y"], ["b", "d", "y"]):
        raise InputError.one(
            f"the date format {fmt!r} does not give day, month and year once each",
            "case.yml",
            "Declare a format with all three.",
        )
    return re.compile("".join(found), re.IGNORECASE)


def _skeleton(fmt: str) -> str:
    """Return what two numeric formats share if a text can fit both."""
    return re.sub("%[demy]", "n", fmt)


def _parts(match: re.Match[str]) -> tuple[str, int, int]:
    """Return year as written, month and day of a text; "" and 0 for what it does not say."""
    held = match.groupdict()
    month = _MONTH_OF[held["b"].lower()] if held.get("b") else int(held.get("m") or 0)
    return held.get("y") or "", month, int(held.get("d") or 0)


def _day(year: int, month: int, day: int) -> dt.date | None:
    try:
        return dt.date(year, month, day)
    except ValueError:
        return None


def _placeholder(year: str, month: int, day: int) -> bool:
    """Return whether no record can have the date: a year out of range, or 1 January 1900."""
    if len(year) != 4:
        return False
    return not FIRST_YEAR <= int(year) <= LAST_YEAR or (int(year), month, day) == (1900, 1, 1)


def _numbered(text: str, rule: _Rule) -> _Read | None:
    """Read the day number of a spreadsheet; None where the text is no such number."""
    if not re.fullmatch(r"[0-9]{1,7}(?:\.[0-9]+)?", text):
        return None
    number = float(text)
    epoch = EPOCHS.get(rule.mode)
    if number in (0, 1, (dt.date(9999, 12, 31) - (epoch or EPOCHS["1900"])).days):
        return _Read(code="X03", action="no value")
    if not (FIRST_BIRTH_SERIAL if rule.birth else FIRST_SERIAL) <= number <= LAST_SERIAL:
        return None
    if epoch is None:
        reason = "the file does not say whether it counts from 1900 or 1904"
        return _Read(code="X02", action="no value", reason=reason)
    moment = dt.datetime.combine(epoch, dt.time()) + dt.timedelta(seconds=round(number * 86_400))
    time = "" if number.is_integer() else f"{moment:%H:%M:%S}"
    return _Read(moment.date(), time, "X02", "read as", f"a day number, counted from {rule.mode}")


def _undeclared(text: str) -> _Read:
    """Return no value for a text that is a date of some kind, unread for one that is none."""
    for shape in _SHAPES:
        match = shape.fullmatch(text)
        if match is not None:
            year, month, day = _parts(match)
            if _placeholder(year, month, day):
                return _Read(code="X03", action="no value")
            reason = UNDECLARED if len(year) == 4 else TWO_DIGITS
            reason = reason if day and year else PARTIAL
            return _Read(code="X01", action="no value", reason=reason)
    return _Read(unread=True)


def _read_day(text: str, rule: _Rule) -> _Read:
    """Read one distinct text of a day."""
    if not text:
        return _Read()
    if re.fullmatch("0?0:00(:00)?", text):  # an empty day, shown as a time
        return _Read(code="X03", action="no value")
    if rule.own and rule.mode == "1904" and text == EPOCHS["1904"].isoformat():
        return _Read(code="X03", action="no value")
    if rule.own:  # as the file itself writes it: most texts, and no more need be asked
        year = text[:4]
        found = _day(int(year), int(text[5:7]), int(text[8:]))
        if found and not _placeholder(year, found.month, found.day):
            other = found.day <= 12 and found.day != found.month
            return _Read(day=found, form=rule.fmt, exchangeable=other)
    written, days, swapped, centuries = {}, {}, [], False
    for form, pattern in rule.patterns.items():
        match = pattern.fullmatch(text)
        if match is None:
            continue
        year, month, day = _parts(match)
        if _placeholder(year, month, day):
            return _Read(code="X03", action="no value")
        written[form] = month, day
        found = _day(int(year) if len(year) == 4 else 2000 + int(year), month, day)
        if found and len(year) == 2 and (rule.birth or not rule.latest or found > rule.latest):
            centuries = True
            continue
        if "%m" in form and month > 12 and _day(int(year) or 2000, day, month):
            swapped.append(form)
        if found and (form == rule.fmt or form not in rule.alike or day > 12):
            days[form] = found
            if form == rule.fmt:
                break
    reason = ""
    if rule.fmt in days:
        form = rule.fmt
    elif len(set(days.values())) == 1:
        form, reason = next(iter(days)), "in another format than the declared one"
    else:
        form = ""
    if form:
        month, day = written[form]
        return _Read(
            day=days[form],
            code="X01" if reason else "",
            action="read as" if reason else "",
            reason=reason,
            form=form,
            exchangeable="%m" in form and month <= 12 and day <= 12 and month != day,
            swapped=tuple(swapped),
        )
    if days or centuries or written:
        reason = OTHER_ORDER if swapped else NO_SUCH_DAY
        reason = TWO_DIGITS if centuries else reason
        reason = TWO_READINGS if days else reason
        return _Read(code="X01", action="no value", reason=reason, swapped=tuple(swapped))
    return _numbered(text, rule) or _undeclared(text)
