"""Questions that cleaned records raise: nothing is changed, everything is listed.

- :func:`date_order`: dates out of order, or after the extract (X06).
- :func:`several_incidents`: several incidents about one death (X07).
- :func:`shared_incidents`: one incident number for several people (X08).
- :func:`duplicate_people`, :func:`duplicate_incidents`: repeated records (X10).
- :func:`contact_after_death`: contacts long after the death (X12).
- :func:`closed_on_death`: discharged on the day of death (X13).
- :func:`removed`: serious incidents taken off the list or downgraded (X15).
- :func:`recoded_harm`: harm that was coded anew (X17).
- :func:`not_a_patient`: staff, visitors, stillbirths (X18).
- :func:`ages`: ages that need a question (X19).
- :func:`cut_off`: text that stops at the limit of a program (X20).

Each returns hits as :func:`helpers.intake.words.hits`; the index of what it is given holds the
positions.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.intake.words import HITS, hits, together

PRIVATE = ("dob",)
"""Dates that never stand in a flag."""

TEXT_LIMIT = 255
"""Characters at which older programs cut text off."""


def _days(days: pd.Series) -> np.ndarray:
    return days.dt.strftime("%Y-%m-%d").to_numpy(dtype=object)


def date_order(
    frame: pd.DataFrame,
    *,
    pairs: Sequence[tuple[str, str]],
    latest: pd.Timestamp | None = None,
    tolerance_days: int = 1,
) -> pd.DataFrame:
    """Return dates that stand before one they should follow, or after the extract.

    Parameters
    ----------
    frame : DataFrame
        Columns of days. Pairs of which a column is absent are passed over.
    pairs : sequence of tuple of str
        The earlier and the later of each two dates.
    latest : Timestamp, optional
        Day of the extract: nothing can have been recorded after it.
    tolerance_days : int
        Days by which a later date may precede an earlier one: what happens near midnight is
        written down under either day. Does not apply to the extract.

    Returns
    -------
    DataFrame
        Hits (X06, "kept") with the column of the later date; a date of birth is not told.

    Examples
    --------
    >>> days = {"death": ["2013-05-02"], "reported": ["2013-04-02"]}
    >>> frame = pd.DataFrame(days).apply(pd.to_datetime)
    >>> date_order(frame, pairs=[("death", "reported")])["reason"].tolist()
    ['30 days before death (2013-05-02)']
    """
    parts = []
    for first, second in pairs:
        if first not in frame or second not in frame:
            continue
        early = (frame[first] - frame[second]).dt.days
        wrong = early.gt(tolerance_days).to_numpy(dtype=bool)
        chosen = frame[wrong]
        if chosen.empty:
            continue
        if first in PRIVATE:
            reason: object = f"before {first}"
        else:
            gap = early[wrong].astype(int).astype("str")
            reason = (gap + f" days before {first} (" + _days(chosen[first]) + ")").to_numpy()
        shown = "(withheld)" if second in PRIVATE else _days(chosen[second])
        part = hits("X06", wrong, index=frame.index, values=shown, action="kept", reason=reason)
        parts.append(part.assign(column=second))
    if latest is not None:
        for name in dict.fromkeys(name for pair in pairs for name in pair if name in frame):
            late = frame[name].dt.normalize().gt(latest).to_numpy(dtype=bool)
            if late.any():
                part = hits(
                    "X06",
                    late,
                    index=frame.index,
                    values="(withheld)" if name in PRIVATE else _days(frame.loc[late, name]),
                    action="kept",
                    reason=f"after the extract of {latest:%Y-%m-%d}",
                )
                parts.append(part.assign(column=name))
    return together(*parts) if parts else pd.DataFrame(columns=[*HITS, "column"])


def several_incidents(death: pd.Series, *, system: pd.Series | None = None) -> pd.DataFrame:
    """Return incidents of a death that has several; all are kept.

    Parameters
    ----------
    death : Series
        The death each incident is linked to; missing where to none.
    system : Series, optional
        The system each incident is in: the same incident is often in two, which is no oddity.

    Returns
    -------
    DataFrame
        Hits (X07, "kept"), one for each of the incidents.

    Examples
    --------
    >>> several_incidents(pd.Series(["D1", "D2", "D1", None]))["position"].tolist()
    [0, 2]
    """
    key = pd.DataFrame({"death": death, "system": "" if system is None else system})
    again = (key.duplicated(keep=False) & death.notna()).to_numpy(dtype=bool)
    chosen = key[again]
    number = chosen.groupby(["death", "system"])["death"].transform("size").astype("str")
    return hits(
        "X07",
        again,
        index=death.index,
        values=number.to_numpy(dtype=object) + " incidents" if len(number) else "",
        action="kept",
    )


def _person(frame: pd.DataFrame) -> pd.Series:
    """Return a key of the person each row is about: the number, else name and date of birth."""
    born = frame["dob"].dt.strftime("%Y%m%d").fillna("")
    name = frame["surname_key"].fillna("") + "|" + frame["forename_key"].fillna("")
    named = name.ne("|")
    return frame["nhs_number"].fillna((name + "|" + born).where(named))


def shared_incidents(frame: pd.DataFrame, *, column: str = "local_ref") -> pd.DataFrame:
    """Return rows whose incident number is also that of another person.

    Parameters
    ----------
    frame : DataFrame
        The number of the incident, nhs_number, dob, surname_key and forename_key.
    column : str
        The column of the number.

    Returns
    -------
    DataFrame
        Hits (X08, "kept"), one for each row of such a number.

    Examples
    --------
    >>> frame = pd.DataFrame({"local_ref": "W1", "nhs_number": ["9990000018", "9990000026"]})
    >>> frame = frame.assign(dob=pd.NaT, surname_key="", forename_key="")
    >>> shared_incidents(frame)["value"].tolist()
    ['W1', 'W1']
    """
    number = frame[column]
    held = number.notna() & number.ne("")
    again = frame[held & number.duplicated(keep=False)]
    shared = pd.Series(False, index=frame.index)
    if not again.empty:
        # Rows without a number are told apart by name and date of birth where all have those.
        people = pd.DataFrame({"ref": again[column], "person": _person(again)})
        shared[again.index] = people.groupby("ref")["person"].transform("nunique").gt(1)
    at = shared.to_numpy(dtype=bool)
    return hits(
        "X08", at, index=frame.index, values=number[at].to_numpy(dtype=object), action="kept"
    )


@dataclass(frozen=True)
class Repeated:
    """Records that may be of one person twice.

    Parameters
    ----------
    hits : DataFrame
        What was met (X10).
    left_out : Series
        True in a later record of the same person or incident, by position.
    conflict : Series
        True where the NHS number is also another person's and must not be used.
    """

    hits: pd.DataFrame
    left_out: pd.Series
    conflict: pd.Series


def _repeated_hits(at: pd.Series, *, action: str, reason: str, value: str = "") -> pd.DataFrame:
    place = at.to_numpy(dtype=bool)
    return hits("X10", place, index=at.index, values=value, action=action, reason=reason)


def duplicate_people(frame: pd.DataFrame) -> Repeated:
    """Return records of people that are there twice, and numbers that two people share.

    The later of two records with the same NHS number, date of birth and date of death is left
    out. Everything less sure is kept and asked about: the same number with another date, a number
    with another name and another date of birth (two people; the number is not used), the same
    names and dates where one record lacks a number. Twins, who share a surname and a date of
    birth but neither forename nor number, raise no question.

    Parameters
    ----------
    frame : DataFrame
        nhs_number, dob, date_of_death, surname_key, forename_key.

    Returns
    -------
    Repeated
        Hits, records left out, numbers in conflict.

    Examples
    --------
    >>> days = pd.to_datetime(["1950-01-02"] * 2), pd.to_datetime(["2013-05-06"] * 2)
    >>> frame = pd.DataFrame({"nhs_number": ["9990000018"] * 2, "dob": days[0]})
    >>> frame = frame.assign(date_of_death=days[1], surname_key="li", forename_key="an")
    >>> duplicate_people(frame).left_out.tolist()
    [False, True]
    """
    nothing = pd.Series(False, index=frame.index)
    left_out, conflict, query, alike = (nothing.copy() for _ in range(4))
    number = frame["nhs_number"]
    numbered = number.notna() & number.ne("")
    held = frame[numbered & number.duplicated(keep=False)]
    if not held.empty:
        known = held["dob"].notna() & held["date_of_death"].notna()
        same = held.duplicated(["nhs_number", "dob", "date_of_death"]) & known
        left_out[held.index] = same
        name = held["surname_key"].fillna("") + "|" + held["forename_key"].fillna("")
        by_number = held.assign(_name=name.where(name.ne("|"))).groupby("nhs_number")
        births = by_number["dob"].transform("nunique").gt(1)
        names = by_number["_name"].transform("nunique").gt(1)
        conflict[held.index] = births & names
        rest = held[~same & ~(births & names)]
        query[rest.index] = rest.duplicated("nhs_number", keep=False)
    names = ["surname_key", "forename_key", "dob", "date_of_death"]
    full = frame[names].notna().all(axis=1)
    full &= frame["surname_key"].ne("") & frame["forename_key"].ne("")
    unnumbered = full & ~numbered
    if unnumbered.any():
        near = frame[full]
        near = near[near.duplicated(names, keep=False)]
        lacking = ~numbered[near.index]
        # Ask about rows without a number; where all lack one, not about the first.
        later = near.assign(_lacks=lacking).sort_values("_lacks", kind="stable").duplicated(names)
        alike[near.index] = later.reindex(near.index) & lacking
    found = together(
        _repeated_hits(
            left_out, action="left out", reason="same NHS number and dates as an earlier row"
        ),
        _repeated_hits(
            conflict & ~left_out,
            action="kept",
            reason="NHS number shared by people of other names and dates of birth: not used",
        ),
        _repeated_hits(
            query, action="kept", reason="same NHS number as another row, with another date"
        ),
        _repeated_hits(
            alike,
            action="kept",
            reason="same names and dates as another row, and one of them lacks an NHS number",
        ),
    )
    return Repeated(found, left_out, conflict)


def duplicate_incidents(frame: pd.DataFrame, *, column: str = "local_ref") -> Repeated:
    """Return incidents that are listed twice: the same number about the same person.

    Parameters
    ----------
    frame : DataFrame
        The number of the incident, incident_date, nhs_number, dob, surname_key, forename_key.
    column : str
        The column of the number.

    Returns
    -------
    Repeated
        The later rows are left out where the incident's date agrees too.

    Examples
    --------
    >>> frame = pd.DataFrame({"local_ref": ["W1", "W1"], "nhs_number": ["9990000018"] * 2})
    >>> days = pd.to_datetime(["2013-05-06"] * 2)
    >>> frame = frame.assign(dob=pd.NaT, surname_key="", forename_key="", incident_date=days)
    >>> duplicate_incidents(frame).left_out.tolist()
    [False, True]
    """
    left_out, query = (pd.Series(False, index=frame.index) for _ in range(2))
    number = frame[column]
    again = frame[number.notna() & number.ne("") & number.duplicated(keep=False)]
    if not again.empty:
        key = pd.DataFrame({"ref": again[column], "person": _person(again)})
        key["day"] = again["incident_date"]
        known = key.notna().all(axis=1)
        left_out[again.index] = key.duplicated() & known
        query[again.index] = key.duplicated(["ref", "person"]) & key["person"].notna()
    found = together(
        _repeated_hits(left_out, action="left out", reason="same incident as an earlier row"),
        _repeated_hits(
            query & ~left_out,
            action="kept",
            reason="same incident number and person as an earlier row, with another date",
        ),
    )
    return Repeated(found, left_out, pd.Series(False, index=frame.index))


def contact_after_death(
    frame: pd.DataFrame,
    *,
    contact: str = "last_contact_date",
    death: str = "date_of_death",
    days: int = 7,
) -> pd.DataFrame:
    """Return contacts so long after a death that they cannot be a call to the family.

    Parameters
    ----------
    frame : DataFrame
        The two columns of days.
    contact, death : str
        Their names.
    days : int
        Days after the death within which contacts are with those who are left behind.

    Returns
    -------
    DataFrame
        Hits (X12, "kept").

    Examples
    --------
    >>> days = {"last_contact_date": ["2013-05-13", "2013-05-14"], "date_of_death": "2013-05-06"}
    >>> contact_after_death(pd.DataFrame(days).apply(pd.to_datetime))["reason"].tolist()
    ['8 days after the death']
    """
    after = (frame[contact] - frame[death]).dt.days
    at = after.gt(days).to_numpy(dtype=bool)
    gap = after[at].astype(int).astype("str") + " days after the death"
    shown = _days(frame.loc[at, contact])
    return hits(
        "X12", at, index=frame.index, values=shown, action="kept", reason=gap.to_numpy(dtype=object)
    )


def closed_on_death(
    frame: pd.DataFrame, *, discharge: str = "last_discharge_date", death: str = "date_of_death"
) -> pd.DataFrame:
    """Return discharges on the day of death: the record was closed, nobody was discharged.

    Parameters
    ----------
    frame : DataFrame
        The two columns of days.
    discharge, death : str
        Their names.

    Returns
    -------
    DataFrame
        Hits (X13, "kept").

    Examples
    --------
    >>> days = {"last_discharge_date": ["2013-05-06", "2013-05-05"], "date_of_death": "2013-05-06"}
    >>> closed_on_death(pd.DataFrame(days).apply(pd.to_datetime))["position"].tolist()
    [0]
    """
    at = frame[discharge].dt.normalize().eq(frame[death].dt.normalize()).to_numpy(dtype=bool)
    shown = _days(frame.loc[at, discharge])
    return hits("X13", at, index=frame.index, values=shown, action="kept")


def removed(frame: pd.DataFrame) -> pd.DataFrame:
    """Return serious incidents that were taken off the list or downgraded; they are kept.

    Examples
    --------
    >>> days = {"delog_date": ["2014-02-03", None], "downgrade_date": [None, None]}
    >>> removed(pd.DataFrame(days).apply(pd.to_datetime))["reason"].tolist()
    ['taken off the list']
    """
    parts = []
    names = {"delog_date": "taken off the list", "downgrade_date": "downgraded"}
    for name, reason in names.items():
        if name in frame:
            at = frame[name].notna().to_numpy(dtype=bool)
            shown = _days(frame.loc[at, name])
            part = hits("X15", at, index=frame.index, values=shown, action="kept", reason=reason)
            parts.append(part)
    return together(*parts)


def recoded_harm(frame: pd.DataFrame) -> pd.DataFrame:
    """Return incidents whose harm was first coded otherwise than last; both codes are kept.

    Examples
    --------
    >>> frame = pd.DataFrame({"harm_first": ["death", "NR"], "harm_latest": ["low", "death"]})
    >>> recoded_harm(frame)[["position", "value", "new_value"]].values.tolist()
    [[0, 'death', 'low']]
    """
    first, latest = frame["harm_first"], frame["harm_latest"]
    none = ["", "NR", "NK", "NA", "WH"]
    held = first.notna() & latest.notna() & ~first.isin(none) & ~latest.isin(none)
    at = (held & first.ne(latest)).to_numpy(dtype=bool)
    return hits(
        "X17",
        at,
        index=frame.index,
        values=first[at].to_numpy(dtype=object),
        new_values=latest[at].to_numpy(dtype=object),
        action="kept",
    )


def not_a_patient(person_type: pd.Series) -> pd.DataFrame:
    """Return records about staff, visitors, stillbirths: out of scope, and counted.

    Examples
    --------
    >>> not_a_patient(pd.Series(["patient", "staff", "NR"]))["value"].tolist()
    ['staff']
    """
    scoped = person_type.isna() | person_type.isin(["", "patient", "NR", "NK", "NA", "WH"])
    at = ~scoped.to_numpy(dtype=bool)
    shown = person_type[at].to_numpy(dtype=object)
    return hits("X18", at, index=person_type.index, values=shown, action="left out")


def ages(age: pd.Series, *, oldest: int = 120) -> pd.DataFrame:
    """Return ages below 0, of 0, and so high that the date of birth is in doubt.

    An age of 0 is kept, with a question; one that nobody can have is taken for not recorded.

    Examples
    --------
    >>> ages(pd.Series([59, 120, -1, 0, None], dtype="Int64"))[["value", "action"]].values.tolist()
    [['120', 'no value'], ['-1', 'no value'], ['0', 'kept']]
    """
    at = (age.le(0) | age.ge(oldest)).fillna(False).to_numpy(dtype=bool)
    odd = age[at].astype("int64")
    shown = odd.astype("str").to_numpy(dtype=object)
    action = np.where(odd.eq(0), "kept", "no value")
    return hits("X19", at, index=age.index, values=shown, action=action)


def cut_off(lengths: pd.Series, *, limit: int = TEXT_LIMIT) -> pd.DataFrame:
    """Return texts that are exactly as long as an older program allows, if none is longer.

    Parameters
    ----------
    lengths : Series
        Number of characters; the text itself is not needed.
    limit : int
        The limit of the program.

    Returns
    -------
    DataFrame
        Hits (X20, "kept"); none where a longer text shows that there was no such limit.

    Examples
    --------
    >>> len(cut_off(pd.Series([12, 255, 255]))), len(cut_off(pd.Series([12, 255, 256])))
    (2, 0)
    """
    if lengths.gt(limit).any():
        return pd.DataFrame(columns=HITS)
    at = lengths.eq(limit).to_numpy(dtype=bool)
    reason = f"every longer text of this column stops at {limit} characters"
    return hits(
        "X20", at, index=lengths.index, values=f"{limit} characters", action="kept", reason=reason
    )
