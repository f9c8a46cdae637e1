"""Text to days and times of day: by declaration, never by a guess.

- :func:`read_dates`: one column as days, with everything that was odd in it.
- :class:`Dates`: what that gives.

What is taken, in this order: a date of the file itself (ISO with a ``T``), the declared format,
ISO ``YYYY-MM-DD``, a format declared under ``also`` where it cannot be mistaken for another
declared one, the day number of a spreadsheet. What is a date of some other kind becomes no value
(X01); what is no date at all is handed back, so that the run stops with the whole list.

Day and month are never swapped by what a single row allows. Where a column holds a text such as
04/13/2013 although day/month/year was declared, some other hand has written month/day/year, and
each text of that column whose day and month could be exchanged is in doubt: such rows stay as
declared and are given in ``ambiguous``, for one statement about the column, not a flag a row (a
flag a row would put most of the clean rows under suspicion).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from helpers.intake.days import ISO, _Read, _read_day, _Rule
from helpers.intake.hits import HITS, distinct, hits, positions_of, together
from helpers.intake.words import missing_codes

LONDON = "Europe/London"
NO_TIME, WRONG_TIME = -1, -2
_OWN = re.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK = r"[ T](?:%H:%M(?::%S(?:\.%f)?)?|%R|%T|%I:%M(?::%S)? ?%p)$"
_CELL = (
    r"^(?P<day>.*?\S)(?P<gap> ?T ?| )"
    r"(?P<clock>[0-9]{1,2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?(?: ?[AaPp]\.?[Mm]\.?)?)"
    r"(?: ?(?P<zone>Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?))?$"
)


@dataclass(frozen=True)
class Dates:
    """A column of days and times.

    Parameters
    ----------
    date : Series
        Days (``datetime64[s]``), missing where there is none.
    time : Series
        Time of day as HH:MM:SS; "" where only the day is known.
    hits : DataFrame
        What was odd, as :func:`helpers.intake.hits.hits`.
    unread : dict
        Each text that is no date, with the positions it stands in: the run must stop with these.
    ambiguous : dict
        Each text whose day and month could be exchanged, in a column where somebody did write
        them in the other order, with the positions it stands in; read as declared.
    """

    date: pd.Series
    time: pd.Series
    hits: pd.DataFrame
    unread: dict[str, pd.Index]
    ambiguous: dict[str, pd.Index]


def _seconds(clock: str) -> int:
    """Return a time of day in seconds, or that none is written, or that there is no such time."""
    if not clock:
        return NO_TIME
    hour, minute, second = (*map(int, re.findall("[0-9]+", clock)[:3]), 0)[:3]
    if clock[-1].isalpha() or clock[-1] == ".":
        if not 1 <= hour <= 12:
            return WRONG_TIME
        hour = hour % 12 + 12 * ("p" in clock.lower())
    fits = hour < 24 and minute < 60 and second < 60
    return hour * 3600 + minute * 60 + second if fits else WRONG_TIME


def _clock(seconds: np.ndarray) -> pd.Series:
    """Return seconds of the day as HH:MM:SS; "" where there are none."""
    which, found = pd.factorize(seconds)
    shown = [f"{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}" if n >= 0 else "" for n in found]
    return pd.Series(pd.array(shown, dtype="str").take(which))


def _split(cells: pd.Series) -> dict[str, tuple[np.ndarray, list[str]]]:
    """Return day, gap, clock and zone of each cell: which one it is, and the distinct ones.

    A cell without a time of day is all day.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    whole = pa.array(cells, type=pa.large_string())
    whole = whole.combine_chunks() if isinstance(whole, pa.ChunkedArray) else whole
    # What the file itself holds as a date has one length, so that it need not be searched.
    own = pc.match_substring_regex(whole, f"^{_OWN.pattern}T[0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}}$")
    rest = pc.if_else(own, "", whole)
    found = pc.extract_regex(rest, _CELL)
    sliced = {
        "day": (pc.utf8_slice_codeunits(whole, 0, 10), rest),
        "gap": ("T", ""),
        "clock": (pc.utf8_slice_codeunits(whole, 11, 19), ""),
        "zone": ("", ""),
    }
    result = {}
    for name, (of_own, otherwise) in sliced.items():
        held = pc.coalesce(pc.struct_field(found, name), otherwise)
        encoded = pc.dictionary_encode(pc.if_else(own, of_own, held))
        result[name] = encoded.indices.to_numpy(), encoded.dictionary.to_pylist()
    return result


def _local(day: np.ndarray, seconds: np.ndarray, zone: np.ndarray) -> np.ndarray:
    """Return moments with a time zone as the clock in London showed them."""
    shift = {}
    for name in set(zone):
        digits = re.sub("[^0-9]", "", name).ljust(4, "0")
        minutes = int(digits[:2]) * 60 + int(digits[2:4])
        shift[name] = 60 * (-minutes if name.startswith("-") else minutes)
    ahead = np.array([shift[name] for name in zone], dtype="int64")
    moment = pd.Series(day + (seconds - ahead).astype("m8[s]")).dt.tz_localize("UTC")
    return moment.dt.tz_convert(LONDON).dt.tz_localize(None).to_numpy("M8[s]")


def read_dates(
    text: pd.Series,
    *,
    fmt: str,
    also: Sequence[str] = (),
    missing: Mapping[str, str] | None = None,
    date_mode: str = "",
    serials: str | None = None,
    birth: bool = False,
    latest: pd.Timestamp | dt.date | str | None = None,
) -> Dates:
    """Return a column of days, with their times where the column has any.

    Parameters
    ----------
    text : Series
        Text; a date of the file itself as ``YYYY-MM-DDTHH:MM:SS``.
    fmt : str
        The declared format; what it fits is taken without a flag.
    also : sequence of str
        Other formats that may be met; taken with a flag (X01). One whose texts look like those of
        the declared format is taken only where the day is above 12.
    missing : mapping, optional
        Words for a missing value beyond the common ones, with their codes (X04).
    date_mode : {"1900", "1904", ""}
        How the workbook counts days, for whole numbers in place of dates (X02).
    serials : {"1900", "1904"}, optional
        The same by declaration, for a file that does not say.
    birth : bool
        Dates of birth: numbers from 3000 on are day numbers, a year of two digits is never read,
        and no text that was a date stands in a flag.
    latest : Timestamp, optional
        Last day that can have been recorded; a year of two digits, if declared, is taken for one
        of this century where that gives no later day, and never without this.

    Returns
    -------
    Dates
        Days, times, hits (X01 to X05), texts that are no date, and texts in doubt.

    Raises
    ------
    InputError
        For a format that does not give a day.

    Examples
    --------
    >>> text = pd.Series(["05/03/2014", "2014-03-06T09:30:00", "41000", "tbc", "3rd April 2013"])
    >>> read = read_dates(text, fmt="%d/%m/%Y", date_mode="1900")
    >>> read.date.dt.strftime("%Y-%m-%d").tolist()
    ['2014-03-05', '2014-03-06', '2012-04-01', nan, nan]
    >>> read.hits[["code", "value", "new_value", "action"]].values.tolist()
    [['X02', '41000', '2012-04-01', 'read as'], ['X04', 'tbc', 'NR', 'no value'], \
['X01', '3rd April 2013', '', 'no value']]
    >>> list(read_dates(pd.Series(["last Tuesday"]), fmt="%d/%m/%Y").unread)
    ['last Tuesday']
    """
    day_formats = [re.sub(_CLOCK, "", form) for form in (fmt, *also)]
    rule = _Rule(
        fmt=day_formats[0],
        also=tuple(day_formats[1:]),
        mode=date_mode or serials or "",
        birth=birth,
        latest=None if latest is None else pd.Timestamp(latest).date(),
    )
    which, cells = distinct(text)
    parts = _split(cells)
    days_of, days = parts["day"]
    gap_of, gaps = parts["gap"]
    zone_of, zones = parts["zone"]

    # Each distinct day is read once; one with a T is the file's own if it is written as such.
    own = np.array(["T" in gap for gap in gaps], dtype=bool)[gap_of]
    own &= np.array([bool(_OWN.fullmatch(day)) for day in days], dtype=bool)[days_of]
    whole = np.array([gap == "" for gap in gaps], dtype=bool)[gap_of]
    codes = missing_codes(pd.Series(days, dtype="str"), missing).to_numpy(dtype=object)
    words = codes != ""
    pairs, of_cell = np.unique(days_of + own * len(days), return_inverse=True)
    of_file = replace(rule, fmt=ISO, also=(), own=True)
    read = [
        _read_day(days[pair % len(days)], of_file if pair >= len(days) else rule) for pair in pairs
    ]
    table = pd.DataFrame(read, columns=_Read._fields)
    swapped = {form for one in read for form in one.swapped}
    doubt = (table["exchangeable"] & table["form"].isin(swapped)).to_numpy(dtype=bool)
    clock_of, clocks = parts["clock"]
    seconds = np.array([_seconds(clock) for clock in clocks], dtype="int64")[clock_of]

    word = words[days_of] & whole
    unread = (table["unread"].to_numpy(dtype=bool)[of_cell] | (seconds == WRONG_TIME)) & ~word
    usable = ~unread & ~word
    day = np.array([one.day for one in read], dtype="M8[s]")[of_cell]
    day[~usable] = np.datetime64("NaT", "s")
    found = ~np.isnat(day)
    numbered = np.array([_seconds(one.time) for one in read], dtype="int64")[of_cell]
    seconds = np.where(found, np.maximum(seconds, numbered), NO_TIME)
    zoned = found & np.array([zone != "" for zone in zones], dtype=bool)[zone_of]
    if zoned.any():
        names = np.array(zones, dtype=object)[zone_of[zoned]]
        local = _local(day[zoned], seconds[zoned], names)
        day[zoned] = local.astype("M8[D]").astype("M8[s]")
        seconds[zoned] = (local - day[zoned]).astype("int64")
    midnight = seconds == 0
    has_times = (seconds > 0).any()
    bare = np.array([clock[-1:].isdigit() for clock in clocks], dtype=bool)[clock_of]
    halved = ~own & bare & (seconds >= 0) & (seconds < 13 * 3600) & ("%p" in fmt)
    declared = (table["code"].eq("") & table["form"].ne("")).to_numpy(dtype=bool)[of_cell]
    unsaid = found & ~own & declared & (seconds == NO_TIME) & (day_formats[0] != fmt)
    seconds[midnight | halved] = NO_TIME
    time = _clock(seconds)

    def met(code: str, at: np.ndarray, action: str, reason: str | None = None) -> pd.DataFrame:
        if not at.any():
            return pd.DataFrame(columns=HITS)
        rows = np.flatnonzero(at[which])
        held = which[rows]
        values = cells.iloc[held].tolist()
        days_new = np.datetime_as_string(day[held], unit="D").astype(object)
        new = np.where(found[held], days_new + (" " + time.iloc[held]).str.rstrip(), "")
        if birth and code not in {"X03", "X04"}:  # placeholders and words tell nothing of anybody
            values = [_looks(value) for value in values]
            new = np.where(found[held], "(withheld)", "")
        return hits(
            code,
            rows,
            index=text.index,
            values=values,
            new_values=codes[days_of[held]] if code == "X04" else new,
            action=action,
            reason=table["reason"].iloc[of_cell[held]] if reason is None else reason,
        )

    def texts(at: np.ndarray) -> dict[str, pd.Index]:
        shown = cells if not birth else cells.mask(at, cells[at].map(_looks))
        return positions_of(which, shown, at[which], text.index)

    kinds = table.loc[table["code"].ne(""), ["code", "action"]].drop_duplicates()
    of_kind = [
        ((table["code"].eq(code) & table["action"].eq(action)).to_numpy()[of_cell], code, action)
        for code, action in kinds.itertuples(index=False)
    ]
    return Dates(
        date=pd.Series(day[which], index=text.index),
        time=time.iloc[which].set_axis(text.index),
        hits=together(
            *(met(code, at & usable, action) for at, code, action in of_kind),
            met("X04", word, "no value", ""),
            met("X05", zoned, "read as", "time zone: read as the clock in London showed it"),
            met("X05", midnight & has_times & ~zoned, "read as", "midnight: only the day"),
            met("X05", unsaid, "read as", "no time, although the declared format has one"),
            met("X05", halved, "read as", "neither AM nor PM: only the day"),
        ),
        unread=texts(unread),
        ambiguous=texts(doubt[of_cell] & found),
    )


def _looks(text: str) -> str:
    """Return the form of a text without its content: each digit as 9, each letter as a."""
    return re.sub(r"[^\W\d]", "a", re.sub(r"\d", "9", text))
