"""Records that may repeat one another: deaths and incidents listed twice, numbers that are shared.

- :func:`several_incidents`: several incidents about one death (X07).
- :func:`shared_incidents`: one incident number for several people (X08).
- :class:`Repeated`: records that may be of one person twice.
- :func:`duplicate_people`, :func:`duplicate_incidents`: repeated records (X10).

Hits are as :func:`helpers.intake.hits.hits` gives them; the index of what a check is given holds
the positions.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from helpers.intake.hits import hits, together


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
