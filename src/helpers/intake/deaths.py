"""The table ``deaths``: one row a person, from the cleaned rows of a patient system.

- :func:`build`: the table, the rows left out, and what identifies each person (for linkage only).
- :func:`complete`, :func:`kept`: rows with every column, and some rows.
- :func:`completed_years`, :func:`banded`: ages and age bands (:data:`BANDS`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from helpers.casefile import Case
from helpers.intake import checks, identifiers, repeats
from helpers.intake.extracts import Cleaned, places, row_ids
from helpers.intake.flags import Log
from helpers.sourcefile import IDENTITY, RELATED
from helpers.tables import TABLES

BANDS = {
    18: "Under 18",
    25: "18 to 24",
    35: "25 to 34",
    45: "35 to 44",
    55: "45 to 54",
    65: "55 to 64",
    75: "65 to 74",
    85: "75 to 84",
    120: "85 and over",
}
"""Age bands by the first age that is no longer in them; 120 and over is no age."""

WINDOWS = {"30d": pd.DateOffset(days=30)} | {
    f"{months}m": pd.DateOffset(months=months) for months in (3, 6, 12)
}
"""Look-back windows from the day of death; a month is a calendar month."""

DTYPES = {"date": "datetime64[s]", "flag": "boolean", "count": "Int64", "number": "Float64"}
"""Types of empty columns by the kind of the canonical column; the others are text."""

ORDER = [
    ("dob", "last_contact_date"),
    ("dob", "date_of_death"),
    ("date_of_death", "date_trust_knew"),
    ("date_of_death", "registration_date"),
]
"""Pairs of dates, the first of which should not be after the second."""


@dataclass(frozen=True)
class Deaths:
    """What is made of the rows of a patient system.

    Parameters
    ----------
    table : DataFrame
        The canonical table.
    left_out : Series
        Why a row is not in it, by position; empty text where it is.
    identities : DataFrame
        death_id and what identifies the person, for linkage; it never leaves intake.
    """

    table: pd.DataFrame
    left_out: pd.Series
    identities: pd.DataFrame


def complete(frame: pd.DataFrame, table: str) -> pd.DataFrame:
    """Return the rows with every column of a table and of an identity, empty where absent.

    Parameters
    ----------
    frame : DataFrame
        Cleaned rows.
    table : str
        Name of the canonical table.

    Returns
    -------
    DataFrame
        The rows; name keys and ids are not yet among the columns.
    """
    kinds = {column.name: column.kind for column in TABLES[table].columns}
    wanted = {**dict.fromkeys([*IDENTITY, *RELATED], "text"), "dob": "date", **kinds}
    absent = {
        name: pd.Series(pd.NA, index=frame.index, dtype=DTYPES.get(kind, "str"))
        for name, kind in wanted.items()
        if name not in frame
    }
    return frame.assign(**absent)


def completed_years(born: pd.Series, died: pd.Series) -> pd.Series:
    """Return the completed years between two days.

    Parameters
    ----------
    born, died : Series
        Days.

    Returns
    -------
    Series
        Whole years (``Int64``); missing where a day is missing, negative where they are reversed.

    Examples
    --------
    >>> born, died = pd.Series(["1954-03-02"] * 2), pd.Series(["2013-03-01", "2013-03-02"])
    >>> completed_years(pd.to_datetime(born), pd.to_datetime(died)).tolist()
    [58, 59]
    """
    years = died.dt.year - born.dt.year
    day_of_year = 100 * died.dt.month + died.dt.day - 100 * born.dt.month - born.dt.day
    return (years - day_of_year.lt(0)).astype("Int64")


def banded(age: pd.Series) -> pd.Series:
    """Return the age band of each age.

    Parameters
    ----------
    age : Series
        Completed years (``Int64``).

    Returns
    -------
    Series
        The band; ``Not recorded`` where there is no age, or one that no person reaches.

    Examples
    --------
    >>> banded(pd.Series([17, 18, 84, 85, 140, None], dtype="Int64")).tolist()
    ['Under 18', '18 to 24', '75 to 84', '85 and over', 'Not recorded', 'Not recorded']
    """
    usable = age.where(age.between(0, 119)).astype("float64")
    band = pd.cut(usable, [0, *BANDS], right=False, labels=list(BANDS.values()))
    return band.astype("str").fillna("Not recorded")


def _windows(frame: pd.DataFrame) -> pd.DataFrame:
    """Days since the last contact and the last discharge, and the windows the death falls in."""
    died = frame["date_of_death"]
    contact, discharge = frame["last_contact_date"], frame["last_discharge_date"]
    inpatient = frame["inpatient_at_death"].fillna(False).astype("bool")
    # A contact after the death is a question to the trust, flagged; the person was in contact. A
    # discharge on the day of death or later closed a record and was none.
    seen = contact.mask(contact > died, died)
    last = pd.concat([seen, discharge.mask(discharge.ge(died))], axis=1).max(axis=1)
    made = {
        "days_since_contact": (died - contact).dt.days.astype("Int64"),
        "days_since_discharge": (died - discharge).dt.days.astype("Int64"),
        "closed_on_death": discharge.eq(died).where(discharge.notna()).astype("boolean"),
        "in_window_ip": inpatient.astype("boolean"),
    }
    for name, offset in WINDOWS.items():
        made[f"in_window_{name}"] = (inpatient | last.ge(died - offset)).astype("boolean")
    return pd.DataFrame(made, index=frame.index)


def build(case: Case, cleaned: Cleaned, log: Log) -> Deaths:
    """Return the table ``deaths`` from the cleaned rows of a patient system.

    Rows without a usable date of death are quarantined; a repeated record of the same person is
    out of scope. Both are counted, and neither is dropped in silence.

    Parameters
    ----------
    case : Case
        The case.
    cleaned : Cleaned
        A source whose table is ``deaths``.
    log : Log
        Takes a flag for whatever is odd.

    Returns
    -------
    Deaths
        The table, the rows left out, the identities.
    """
    schema = TABLES["deaths"]
    frame = complete(cleaned.frame, "deaths")
    where = {"source_id": cleaned.source.id, "places": places(frame)}
    left_out = cleaned.left_out.mask(frame["date_of_death"].isna(), "no usable date of death")
    frame["age"] = completed_years(frame["dob"], frame["date_of_death"])
    frame = frame.assign(**_windows(frame), **identifiers.name_keys(frame))
    log.take(checks.ages(frame["age"]), column="age", **where)
    extract = pd.Timestamp(case.extract_date)
    log.take(checks.date_order(frame, pairs=ORDER, latest=extract), **where)
    log.take(checks.contact_after_death(frame), column="last_contact_date", **where)
    log.take(checks.closed_on_death(frame), column="last_discharge_date", **where)
    repeated = repeats.duplicate_people(frame)
    log.take(repeated.hits, column="nhs_number", **where)
    left_out = left_out.mask(left_out.eq("") & repeated.left_out, "duplicate record")
    frame["nhs_number"] = frame["nhs_number"].mask(repeated.conflict)
    frame = frame.assign(
        death_id=row_ids(frame),
        person_id=_people(frame),
        sex=frame["sex"].fillna("NR"),
        age_band=banded(frame["age"]),
        date_precision=frame["date_precision"].fillna("day"),
        age=frame["age"].where(frame["age"].between(0, 119)),
    )
    reasons = {"duplicate record": "duplicate record"}
    late = frame["date_of_death"] > extract
    excluded = left_out.map(reasons)
    frame["exclusion_reason"] = excluded.mask(excluded.isna() & late, "death after the extract")
    frame["in_scope"] = frame["exclusion_reason"].isna()
    left_out = left_out.mask(left_out.eq("") & late, "death after the extract")
    used = left_out.ne("no usable date of death")
    identities = [name for name in IDENTITY if name in frame]
    if "nhs_number_typed" in frame:
        identities.append("nhs_number_typed")
    identities = ["death_id", "date_of_death", *identities, "surname_key", "forename_key"]
    return Deaths(
        table=kept(frame, used, schema.names),
        left_out=left_out,
        identities=kept(
            frame,
            used & frame["in_scope"],
            [*identities, "source_id", "source_sheet", "source_row"],
        ),
    )


def kept(frame: pd.DataFrame, rows: pd.Series, columns: list[str]) -> pd.DataFrame:
    """Return some rows and columns; nothing is copied where all rows are wanted.

    Parameters
    ----------
    frame : DataFrame
        The rows.
    rows : Series
        True for those wanted.
    columns : list of str
        The columns wanted.

    Returns
    -------
    DataFrame
        With a new index.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": [1, 2], "b": [3, 4]})
    >>> kept(frame, frame["a"].gt(1), ["b"])["b"].tolist()
    [4]
    """
    chosen = frame[columns]
    return (chosen if rows.all() else chosen[rows]).reset_index(drop=True)


def _people(frame: pd.DataFrame) -> pd.Series:
    """Give people numbers in the order of their first row; one NHS number is one person."""
    number = frame["nhs_number"].fillna("")
    key = number.mask(number.eq(""), row_ids(frame))
    codes, _ = pd.factorize(key)
    return "P" + pd.Series(codes + 1, index=frame.index).astype("str").str.zfill(7)
