"""What the texts of a file of contacts or referrals mean: days, ages, values of a stratum.

Each distinct text is read once, by the same rules as everywhere else; a row is then looked up.

- :class:`Days`, :class:`Plan`: what is read of a file.
- :func:`day_table`: texts as days; :func:`age_table`: texts as bands of ages.
- :func:`value_table`: texts as values of a stratum.
- :func:`timed`: whether a format has a time of day.
- :func:`needed`: the columns of the file that are looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.intake.cleaning import squeeze
from helpers.intake.columns import WITHHELD, prose_withheld
from helpers.intake.tally_engine import FIRST, LAST, OLDEST, OTHERS, age_of
from helpers.intake.tally_rules import DISTINCT, NOT_RECORDED, Dimension, Found

GOOD, BLANK, UNREAD, IMPOSSIBLE = 0, 1, 2, 3
"""What a text is as a day: one, none, of another format, one that no record can have."""


NO_ONE, YOUNGER = 1, 2
"""What a text is as an age: that of nobody, or below every band."""


@dataclass(frozen=True)
class Days:
    """A column of days: its format (None where it holds days), and words for a missing one."""

    column: str
    format: str | None = None
    missing: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Plan:
    """What is read of a file of contacts or referrals.

    Parameters
    ----------
    person : str
        Column that tells people apart; spaces in it do not count.
    start : Days
        Day of the contact, or on which the referral began.
    end : Days or None
        Last day of the referral, blank where it is open; None for contacts.
    born : Days or None
        Day of birth.
    age : str or None
        Column of the age, of contacts only, where the day of birth is not there.
    bands : tuple of int
        Ages at which bands begin.
    dimensions : dict of Dimension
        What strata are made of, beside age and month, by name in the result.
    required : frozenset of str
        Those of them that a row must have.
    blanks : dict of str
        Word for a missing value of the others, where it is not :data:`NOT_RECORDED`.
    coverage : tuple of Timestamp or None
        First and last day covered; months that are not wholly inside are not counted.
    missing : frozenset of str
        Words for a missing person.
    """

    person: str
    start: Days
    end: Days | None = None
    born: Days | None = None
    age: str | None = None
    bands: tuple[int, ...] = ()
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    blanks: Mapping[str, str] = field(default_factory=dict)
    coverage: tuple[pd.Timestamp, pd.Timestamp] | None = None
    missing: frozenset[str] = frozenset()

    @property
    def aged(self) -> bool:
        """Return whether strata are told apart by age."""
        return self.born is not None or self.age is not None


def needed(plan: Plan) -> list[str]:
    """Return the columns of the file that are looked at."""
    columns = [plan.person, plan.start.column]
    columns += [one.column for one in (plan.end, plan.born) if one is not None]
    columns += [plan.age] if plan.age else []
    columns += [rule.column for rule in plan.dimensions.values()]
    return list(dict.fromkeys(columns))


def timed(date_format: str | None) -> bool:
    """Return whether a format has a time of day beside the day.

    Examples
    --------
    >>> timed("%d/%m/%Y %H:%M"), timed("%d/%m/%Y"), timed(None)
    (True, False, False)
    """
    return bool(set(re.findall(r"%.", date_format or "")) & OTHERS)


def day_table(rows: pd.Series, days: Days, *, birth: bool = False) -> pd.DataFrame:
    """Return what each text is as a day.

    Parameters
    ----------
    rows : Series
        Number of rows by text.
    days : Days
        How the column is read; a day that was cut from a time is in ISO form.
    birth : bool
        Whether it is the day of birth: then 1 January 1900 is a placeholder.

    Returns
    -------
    DataFrame
        Columns key (the text), day, why (:data:`GOOD`, :data:`BLANK`, :data:`UNREAD` or
        :data:`IMPOSSIBLE`).

    Examples
    --------
    >>> rows = pd.Series([1, 1, 1], index=["01/02/1950 ", "1950-02-01", ""])
    >>> day_table(rows, Days("born", "%d/%m/%Y"))["why"].tolist()
    [0, 2, 1]
    """
    keys = pd.Series(rows.index, dtype="str")
    text = squeeze(keys)
    blank = text.eq("") | text.isin(days.missing)
    day = pd.to_datetime(text.mask(blank), format=days.format or "", errors="coerce")
    if timed(days.format):
        cut = pd.to_datetime(text.mask(blank), format="%Y-%m-%d", errors="coerce")
        day = cut.fillna(day)
    day = day.dt.normalize()
    odd = day.notna() & ~day.dt.year.between(FIRST, LAST)
    if birth:
        odd |= day.eq(pd.Timestamp(1900, 1, 1))
    why = np.select([blank, day.isna(), odd], [BLANK, UNREAD, IMPOSSIBLE], GOOD)
    return pd.DataFrame({"key": keys, "day": day.mask(why != GOOD), "why": why})


def age_table(rows: pd.Series, column: str, bands: tuple[int, ...], found: Found) -> pd.DataFrame:
    """Return the band of each text that is an age; what is no number stops the run.

    Parameters
    ----------
    rows : Series
        Number of rows by text.
    column : str
        Where they stand.
    bands : tuple of int
        Ages at which bands begin.
    found : Found
        Takes what stops the run, and blanks.

    Returns
    -------
    DataFrame
        Columns key, code (of the band; one more than the last where blank), why.
    """
    keys = pd.Series(rows.index, dtype="str")
    text = squeeze(keys)
    blank = text.eq("")
    ages = np.array([np.nan if age_of(one) is None else age_of(one) for one in text], dtype=float)
    wrong = ~blank & np.isnan(ages)
    found.flag("X04", column, f"counted as {NOT_RECORDED!r}", rows[blank.to_numpy()])
    if wrong.any():
        mend = "Ask for the extract again, or leave the column out."
        found.stops.append(("is not a number", column, mend, rows[wrong.to_numpy()]))
    code = np.searchsorted(bands, ages, side="right") - 1  # nan sorts behind every band
    code = np.where(np.isnan(ages), len(bands), np.maximum(code, 0))
    no_one = (ages < 0) | (ages >= OLDEST + 1)
    why = np.select([no_one, ages < bands[0]], [NO_ONE, YOUNGER], GOOD)
    return pd.DataFrame({"key": keys, "code": code, "why": why})


def value_table(
    rows: pd.Series, rule: Dimension, found: Found, *, blank: str | None, file: str, strict: bool
) -> tuple[pd.DataFrame, list[str]]:
    """Return the value of each text; what is not mapped stops the run.

    Parameters
    ----------
    rows : Series
        Number of rows by text.
    rule : Dimension
        How the column is read.
    found : Found
        Takes what stops the run, and what is odd.
    blank : str or None
        The value where nothing was recorded; None: such a row is not counted.
    file : str
        Name of the file.
    strict : bool
        Whether text that may speak of a person is withheld.

    Returns
    -------
    tuple
        Columns key, code, why (:data:`BLANK` where a row is not counted); and the values.

    Raises
    ------
    InputError
        If a column without a map tells people apart.
    """
    keys = pd.Series(rows.index, dtype="str")
    text = squeeze(keys)
    none = text.eq("") | text.isin(rule.missing)
    at = rows.set_axis(range(len(rows)))
    if rule.mapping is None:
        value = text.mask(none)
        if value.nunique() > DISTINCT:
            raise InputError.one(
                f"column {rule.column} holds more than {DISTINCT:,} different values",
                file,
                "Give it a map in case.yml; what identifies people is never counted by.",
            )
        if strict:
            kept, _ = prose_withheld(value)
            held = value.notna() & kept.isna()
            found.flag("X14", rule.column, WITHHELD, at[held].set_axis(keys[held]))
            value, none = kept, none | held
    else:
        value = text.map(dict(rule.mapping)).mask(none)
        unknown = value.isna() & ~none
        if rule.quarantine:
            found.flag("X14", rule.column, WITHHELD, at[unknown].set_axis(keys[unknown]))
        elif unknown.any():
            mend = f"Add it to {rule.file}."
            lost = at[unknown].set_axis(keys[unknown])
            found.stops.append(("is not mapped", rule.column, mend, lost))
        none = value.isna()
    if blank is not None:
        empty = at[text.eq("") | text.isin(rule.missing)]
        found.flag("X04", rule.column, f"counted as {blank!r}", empty.set_axis(keys[empty.index]))
    codes, values = pd.factorize(value.fillna(blank or ""), sort=True)
    why = np.where(none & (blank is None), BLANK, GOOD)
    return pd.DataFrame({"key": keys, "code": codes, "why": why}), list(values)
