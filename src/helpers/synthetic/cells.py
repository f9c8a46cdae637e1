"""True rows as the cells that each system writes: its words, its spellings, its formats.

- :class:`Ink`: how days are written: as dates of a workbook, or as text.
- :func:`patient`, :func:`incident`, :func:`steis`, :func:`national`: cells of each file.
- :func:`raw_services`: the name that a service had on a day; :data:`SERVICE_NAMES`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

FIRST = -40_200
"""Day that the tables of written days start with, in days since 1970 (December 1859)."""
EPOCH = date(1970, 1, 1)
RENAMED = float(np.datetime64("2013-04-01").astype(np.int64))

_OBJECTS = np.array([None, *(EPOCH + timedelta(FIRST + n) for n in range(62_000))], dtype=object)
_DMY = np.array(["", *(day.strftime("%d/%m/%Y") for day in _OBJECTS[1:])], dtype=object)
_ISO = np.array(["", *(day.isoformat() for day in _OBJECTS[1:])], dtype=object)

SERVICE_NAMES = (
    ("Adult Mental Health", "adult_mh", "2009-01-01", "2013-03-31"),
    ("AMH Division", "adult_mh", "2013-04-01", "2016-12-31"),
    ("Older Persons Mental Health", "older_mh", "2009-01-01", "2013-03-31"),
    ("OPMH Division", "older_mh", "2013-04-01", "2016-12-31"),
    ("Learning Disabilities", "ld", "2009-01-01", "2013-03-31"),
    ("LD Division", "ld", "2013-04-01", "2016-12-31"),
    ("Specialist Services", "ld", "2009-01-01", "2013-03-31"),
    ("Specialist Services", "adult_mh", "2013-04-01", "2016-12-31"),
)
"""Raw name, service, first and last day: directorates became divisions on 1 April 2013, the old
names lingered in some records, and one name went from one service to another."""

OLD = {
    "adult_mh": "Adult Mental Health",
    "older_mh": "Older Persons Mental Health",
    "ld": "Learning Disabilities",
}
NEW = {"adult_mh": "AMH Division", "older_mh": "OPMH Division", "ld": "LD Division"}
STEIS_SERVICE = {
    "adult_mh": "Mental Health – Adult",
    "older_mh": "Older People’s Mental Health",
    "ld": "Learning Disability",
}
SEX = {"M": "Male", "F": "Female"}
PLACES = {"10": "Hospital", "20": "Own home", "30": "Hospice", "40": "Care home", "50": "Elsewhere"}
MHA = {"informal": "Informal", "s2": "Section 2", "s3": "Section 3"}
LEAVE = {"none": "Not on leave", "s17": "Section 17 leave", "AWOL": "AWOL"}
UNEXPECTED = ("Unexpected", "UNEXPECTED", "Un-expected", "Unexpected death", "unexpected")
EXPECTED = ("Expected", "EXPECTED", "Expected death", "expected")
CLOSURE = {
    "completed": "Closed",
    "open": "Open",
    "delogged": "De-logged",
    "downgraded": "Downgraded",
    "abandoned": "Abandoned",
    "superseded": "Superseded",
}
FAMILY = {
    "none": "No involvement",
    "informed": "Informed",
    "asked questions": "Asked questions",
    "contributed": "Contributed",
    "saw draft": "Saw draft report",
    "declined": "Declined",
    "no family traced": "No family traced",
    "": "",
}
PERSON = {
    "lead": "Patient",
    "second": "Patient",
    "orphan": "Patient",
    "staff": "Staff",
    "visitor": "Visitor",
    "stillbirth or foetal death": "Stillbirth",
}
NOTES = (
    "Seen in clinic.",
    "Letter sent to GP.",
    "Shared care with primary care.",
    "Care plan reviewed.",
    "Referred by GP.",
)
STORIES = (
    "Death notified by telephone.",
    "Found at home, police informed.",
    "Death on the ward after physical illness.",
    "Notified by GP surgery.",
    "Care home informed the team of the death.",
)


@dataclass(frozen=True)
class Ink:
    """How days are written.

    Parameters
    ----------
    native : bool
        As dates of a workbook; else as text.
    mode : str
        Date mode of the workbook: 1900 or 1904.
    iso : bool
        Text as YYYY-MM-DD; else as DD/MM/YYYY.

    Examples
    --------
    >>> Ink(native=False).days(np.array([0.0, np.nan])).tolist()
    ['01/01/1970', '']
    """

    native: bool = True
    mode: str = "1900"
    iso: bool = False

    def days(self, values: np.ndarray) -> np.ndarray:
        """Return days since 1970 as cells; a missing one is an empty cell."""
        place = np.where(np.isnan(values), FIRST - 1, values).astype(np.int64) - FIRST + 1
        return (_OBJECTS if self.native else _ISO if self.iso else _DMY)[place]

    def moments(self, values: np.ndarray, minutes: np.ndarray) -> np.ndarray:
        """Return days with a time of day as cells."""
        day = _OBJECTS[values.astype(np.int64) - FIRST + 1]
        made = [
            datetime(d.year, d.month, d.day, m // 60, m % 60)  # noqa: DTZ001 - a wall clock
            for d, m in zip(day, minutes.tolist(), strict=True)
        ]
        if not self.native:
            made = [f"{moment:%d/%m/%Y %H:%M}" for moment in made]
        return np.array(made, dtype=object)


def _named(values: pd.Series, words: dict[str, str]) -> np.ndarray:
    return values.map(words).to_numpy(dtype=object)


def _yes_no(values: pd.Series) -> np.ndarray:
    return np.where(values.to_numpy(dtype=bool), "Y", "N").astype(object)


def raw_services(rng: np.random.Generator, rows: pd.DataFrame) -> np.ndarray:
    """Return the name of the service as the trust wrote it on the day of the death.

    Parameters
    ----------
    rng : Generator
        Some rows use the name that changed its meaning, or the old name in the first quarter.
    rows : DataFrame
        With service, status and date_of_death.

    Returns
    -------
    ndarray
        Raw names.
    """
    day, service = rows["date_of_death"].to_numpy(), rows["service"]
    late = (day >= RENAMED) & (day <= RENAMED + 90) & (rng.random(len(rows)) < 0.06)
    old = (day < RENAMED) | late
    name = np.where(old, _named(service, OLD), _named(service, NEW)).astype(object)
    moved = np.where(day < RENAMED, service.eq("ld"), service.eq("adult_mh"))
    moved &= rows["status"].ne("no date of death").to_numpy()  # nobody could tell which it was
    name[moved & (rng.random(len(rows)) < 0.06)] = "Specialist Services"
    return name


def _spelt(rng: np.random.Generator, words: tuple[str, ...], count: int) -> np.ndarray:
    return np.array(words, dtype=object)[rng.integers(0, len(words), count)]


def patient(rng: np.random.Generator, rows: pd.DataFrame, ink: Ink) -> pd.DataFrame:
    """Return the cells of the patient system.

    Parameters
    ----------
    rng : Generator
        Source of the choice of words.
    rows : DataFrame
        Patients of :class:`helpers.synthetic.records.Records`.
    ink : Ink
        How days are written.

    Returns
    -------
    DataFrame
        One column a canonical field, cells as they are written.
    """
    count = len(rows)
    source = _spelt(rng, ("Spine trace", "GP", "Family", "Clinician", "Coroner"), count)
    inside = rows["inpatient"].to_numpy(dtype=bool)
    status = np.where(rows["unnatural"], "Awaiting inquest", "Final").astype(object)
    known = rows["registration_date"].notna().to_numpy()
    status = np.where(known, "Final", np.where(rows["unnatural"], status, "Provisional"))
    left = rows["last_discharge_date"].notna()
    reason = np.where(left, _spelt(rng, ("Treatment complete", "Moved away", "To GP"), count), "")
    notes = np.where(rng.random(count) < 0.06, _spelt(rng, NOTES, count), "")
    days = {
        name: ink.days(rows[name].to_numpy())
        for name in (
            "dob",
            "date_of_death",
            "registration_date",
            "last_contact_date",
            "last_discharge_date",
        )
    }
    cells = {
        "local_id": rows["local_id"],
        "nhs_number": rows["nhs_number"],
        "nhs_number_status": np.where(rows["nhs_number"].ne(""), "01", "07"),
        "surname": rows["surname"],
        "forename": rows["forename"],
        "dob": days["dob"],
        "postcode": rows["postcode"],
        "sex": _named(rows["sex"], SEX),
        "ethnic_category": rows["ethnic_category"],
        "date_of_death": days["date_of_death"],
        "dod_source": np.where(inside, "Ward", source),
        "date_trust_knew": ink.days(rows["trust_knew"].to_numpy()),
        "registration_date": days["registration_date"],
        "service": raw_services(rng, rows),
        "team": rows["team"],
        "last_contact_date": days["last_contact_date"],
        "last_discharge_date": days["last_discharge_date"],
        "discharge_reason": reason,
        "inpatient_at_death": _yes_no(rows["inpatient"]),
        "leave_status": _named(rows["leave_status"], LEAVE),
        "mha_status": _named(rows["mha_status"], MHA),
        "main_provider": _yes_no(rows["main_provider"]),
        "place_of_death": _named(rows["place_of_death"], PLACES),
        "underlying_icd10": rows["underlying_icd10"],
        "cause_status": status,
        "ld": _yes_no(rows["ld"]),
        "autism": _yes_no(rows["autism"]),
        "smi": _yes_no(rows["smi"]),
        "rag": _spelt(rng, ("Green", "Amber", "Red", ""), count),
        "entered_by": _spelt(rng, ("Clerk 1", "Clerk 2", "Clerk 3"), count),
        "notes": notes,
    }
    return _as_objects(cells, rows)


def _as_objects(cells: dict[str, object], rows: pd.DataFrame) -> pd.DataFrame:
    made = {name: np.asarray(values, dtype=object) for name, values in cells.items()}
    return pd.DataFrame(made, index=rows.index, dtype=object)


def incident(rng: np.random.Generator, rows: pd.DataFrame, ink: Ink) -> pd.DataFrame:
    """Return the cells of the incident system.

    Parameters
    ----------
    rng : Generator
        Source of the choice of words.
    rows : DataFrame
        Incidents of :class:`helpers.synthetic.records.Records`.
    ink : Ink
        How days are written.

    Returns
    -------
    DataFrame
        One column a canonical field, cells as they are written.
    """
    count = len(rows)
    said = np.where(
        rows["unexpected"], _spelt(rng, UNEXPECTED, count), _spelt(rng, EXPECTED, count)
    )
    cause = np.where(rows["unnatural"], "Self-harm", "Death - physical health").astype(object)
    patient = rows["kind"].isin(["lead", "second", "orphan"])
    names = {"reported_date": "incident_reported"} | {
        name: name
        for name in (
            "dob",
            "entered_date",
            "harm_changed_on",
            "expectedness_recorded_at",
            "ima_started",
            "ima_completed",
            "panel_decision",
            "investigator_appointed",
            "draft_report",
            "final_report_internal",
            "report_to_commissioner",
            "si_closed",
            "family_informed",
            "report_shared_family",
            "coroner_referral",
            "inquest_opened",
            "inquest_concluded",
        )
    }
    days = {name: ink.days(rows[held].to_numpy(dtype=float)) for name, held in names.items()}
    known = rng.random(count) < 0.6
    cells = {
        "local_ref": rows["incident_no"],
        "incident_date": ink.moments(rows["incident_date"].to_numpy(), rows["minutes"].to_numpy()),
        **{name: days[name] for name in ("reported_date", "entered_date")},
        "person_type": _named(rows["kind"], PERSON),
        "nhs_number": rows["nhs_number"],
        "local_id": np.where(known, rows["local_id"], ""),
        "dob": days["dob"],
        "surname": rows["surname"],
        "forename": rows["forename"],
        "sex": _named(rows["sex"], SEX),
        "service": raw_services(rng, rows.assign(date_of_death=rows["incident_date"])),
        "cause_group": np.where(patient, cause, "Other death"),
        "harm_first": np.where(rows["recoded"], "Severe", "Death"),
        "harm_latest": np.full(count, "Death"),
        "harm_changed_on": days["harm_changed_on"],
        "expectedness": said,
        **{
            name: days[name]
            for name in (
                "expectedness_recorded_at",
                "ima_started",
                "ima_completed",
                "panel_decision",
            )
        },
        "panel_outcome": rows["panel_outcome"],
        "steis_ref": rows["steis_ref"],
        **{
            name: days[name]
            for name in (
                "investigator_appointed",
                "draft_report",
                "final_report_internal",
                "report_to_commissioner",
                "si_closed",
            )
        },
        "review_outcome": rows["closure"].map({**CLOSURE, "": ""}),
        "family_informed": days["family_informed"],
        "family_involvement": _named(rows["involvement"], FAMILY),
        **{
            name: days[name]
            for name in (
                "report_shared_family",
                "coroner_referral",
                "inquest_opened",
                "inquest_concluded",
            )
        },
        "legitimate_delay_code": rows["delay_reason"],
        "description": _spelt(rng, STORIES, count),
    }
    return _as_objects(cells, rows)


def steis(rows: pd.DataFrame, ink: Ink) -> pd.DataFrame:
    """Return the cells of the listing of serious incidents."""
    closed = rows["si_closed"].where(rows["closure"].eq("completed"))
    status = rows["closure"].map(
        {"completed": "Closed", "delogged": "De-logged", "downgraded": "Downgraded"}
    )
    kind = np.where(rows["unnatural"], "Apparent/suspected suicide", "Unexpected death of patient")
    cells = {
        "steis_ref": rows["steis_ref"],
        "incident_date": ink.days(rows["date_of_death"].to_numpy()),
        "reported_date": ink.days(rows["steis_logged"].to_numpy()),
        "organisation": np.full(len(rows), "SYNTHETIC Health NHS Foundation Trust"),
        "service": _named(rows["service"], STEIS_SERVICE),
        "person_type": kind,
        "sex": _named(rows["sex"], SEX),
        "age": rows["age"].astype(str),
        "si_level": rows["si_level"],
        "status": status.fillna("Ongoing"),
        "delog_date": ink.days(rows["delog_date"].to_numpy()),
        "downgrade_date": ink.days(rows["downgrade_date"].to_numpy()),
        "closure_date": ink.days(closed.to_numpy()),
    }
    return _as_objects(cells, rows)


def national(rows: pd.DataFrame, ink: Ink) -> pd.DataFrame:
    """Return the cells of the national list of deaths."""
    cells = {
        "nhs_number": rows["nhs_number"],
        "dob": ink.days(rows["dob"].to_numpy()),
        "date_of_death": ink.days(rows["date_of_death"].to_numpy()),
        "registration_date": ink.days(rows["registration_date"].to_numpy()),
        "initial": rows["surname"].str[0],
    }
    return _as_objects(cells, rows)
