"""Questions that cleaned records raise: nothing is changed, everything is listed.

- :func:`date_order`: dates out of order, or after the extract (X06).
- :func:`contact_after_death`: contacts long after the death (X12).
- :func:`closed_on_death`: discharged on the day of death (X13).
- :func:`removed`: serious incidents taken off the list or downgraded (X15).
- :func:`recoded_harm`: harm that was coded anew (X17).
- :func:`not_a_patient`: staff, visitors, stillbirths (X18).
- :func:`ages`: ages that need a question (X19).
- :func:`cut_off`: text that stops at the limit of a program (X20).

Each returns hits as :func:`helpers.intake.hits.hits`; the index of what it is given holds the
positions. Records that repeat one another are in :mod:`helpers.intake.repeats`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from helpers.intake.hits import HITS, hits, together

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
