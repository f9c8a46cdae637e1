"""The tables of what followed a death: ``incidents``, ``reviews`` and ``family``.

- :func:`build`: the cleaned rows of one incident system as ``incidents``, with identities.
- :func:`lead`: which incident stands for each death.
- :func:`reviews`, :func:`family`: what the incident records say of reviews and of families.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from helpers.casefile import Case
from helpers.intake import checks, identifiers, repeats
from helpers.intake.deaths import complete
from helpers.intake.extracts import Cleaned, places, row_ids
from helpers.intake.flags import Log
from helpers.sourcefile import IDENTITY
from helpers.tables import TABLES, among

ORDER = [("incident_date", "reported_date"), ("reported_date", "entered_date")]
STAGES = [
    "incident_occurred",
    "incident_reported",
    "ima_started",
    "ima_completed",
    "panel_decision",
    "investigator_appointed",
    "draft_report",
    "final_report_internal",
    "report_to_commissioner",
    "si_closed",
]
"""Milestones in the order in which they should happen."""


@dataclass(frozen=True)
class Incidents:
    """What is made of the rows of an incident system.

    Parameters
    ----------
    table : DataFrame
        The canonical table; lead_incident is not yet known.
    left_out : Series
        Why a row does not concern the death of a patient, by position; empty text where it does.
    identities : DataFrame
        incident_id and what identifies the person, for linkage; it never leaves intake.
    held : DataFrame
        The cleaned rows with their incident_id, for reviews, family and milestones.
    listed : bool
        Entries of StEIS, which follow a trust's own incidents.
    """

    table: pd.DataFrame
    left_out: pd.Series
    identities: pd.DataFrame
    held: pd.DataFrame
    listed: bool


def build(case: Case, cleaned: Cleaned, log: Log) -> Incidents:
    """Return the table ``incidents`` from the cleaned rows of one incident system.

    Parameters
    ----------
    case : Case
        The case.
    cleaned : Cleaned
        A source whose table is ``incidents``.
    log : Log
        Takes a flag for whatever is odd.

    Returns
    -------
    Incidents
        The table, the rows left out, the identities, and the rows themselves.
    """
    schema = TABLES["incidents"]
    frame = complete(cleaned.frame, "incidents")
    frame = frame.assign(**identifiers.name_keys(frame))
    where = {"source_id": cleaned.source.id, "places": places(frame)}
    extract = pd.Timestamp(case.extract_date)
    log.take(checks.date_order(frame, pairs=ORDER, latest=extract), **where)
    stages = [name for name in STAGES if name in cleaned.days]
    pairs = list(zip(stages, stages[1:], strict=False))
    log.take(checks.date_order(cleaned.days, pairs=pairs, latest=extract), **where)
    log.take(repeats.shared_incidents(frame), column="local_ref", **where)
    log.take(checks.removed(frame), column="delog_date", **where)
    log.take(checks.recoded_harm(frame), column="harm_latest", **where)
    listed = cleaned.source.system == "steis"
    # StEIS lists incidents, not people; whose death it was stands in the trust's own record.
    person = frame["person_type"].fillna("patient" if listed else "NR")
    frame["person_type"] = person
    reason = pd.Series(None, index=frame.index, dtype="str")
    reason = reason.mask(person.isin(["staff", "visitor", "other"]), "not a patient")
    reason = reason.mask(person.eq("stillbirth or foetal death"), "stillbirth or foetal death")
    log.take(checks.not_a_patient(person), column="person_type", **where)
    again = repeats.duplicate_incidents(frame)
    log.take(again.hits, column="local_ref", **where)
    reason = reason.mask(reason.isna() & again.left_out, "duplicate record")
    panel = frame["panel_outcome"]
    frame = frame.assign(
        incident_id=row_ids(frame),
        system=cleaned.source.system,
        exclusion_reason=reason,
        in_scope=reason.isna(),
        si_ever=(panel.eq("SIRI") | listed).astype("boolean"),
        lead_incident=pd.array([pd.NA] * len(frame), dtype="boolean"),
    )
    gone = frame["delog_date"].notna() | frame["downgrade_date"].notna()
    frame["si_current"] = frame["si_ever"] & ~gone
    identities = [
        "incident_id",
        "local_ref",
        "steis_ref",
        "incident_date",
        "reported_date",
        "service",
    ]
    if "nhs_number_typed" in frame:
        identities.append("nhs_number_typed")
    identities += [
        *IDENTITY,
        "surname_key",
        "forename_key",
        "source_id",
        "source_sheet",
        "source_row",
    ]
    held = frame.join(cleaned.days)
    return Incidents(
        table=frame[schema.names].reset_index(drop=True),
        left_out=reason.fillna(""),
        identities=frame.loc[frame["in_scope"], identities].reset_index(drop=True),
        held=held.reset_index(drop=True),
        listed=listed,
    )


def lead(incidents: pd.DataFrame, links: pd.DataFrame) -> pd.Series:
    """Return which incident stands for its death: the first reported, then the lowest number.

    Parameters
    ----------
    incidents : DataFrame
        The canonical table; entries of StEIS never lead, they follow a trust's own incident.
    links : DataFrame
        The canonical table ``incident_death``.

    Returns
    -------
    Series
        True for a leading incident, false for another that is linked, missing for the rest.
    """
    own = incidents[incidents["system"].ne("steis") & incidents["in_scope"]]
    pairs = links.merge(own[["incident_id", "reported_date", "local_ref"]], on="incident_id")
    number = pd.to_numeric(pairs["local_ref"].str.extract(r"(\d+)\D*$")[0])
    pairs = pairs.assign(number=number)
    order = ["death_id", "reported_date", "number", "local_ref"]
    pairs = pairs.sort_values(order, kind="stable")
    first = pairs.drop_duplicates("death_id")["incident_id"]
    linked = among(incidents["incident_id"], pairs["incident_id"])
    return among(incidents["incident_id"], first).where(linked).astype("boolean")


def _outcome(held: pd.DataFrame) -> pd.Series:
    """State of an investigation at the extract: as recorded, else from its dates."""
    finished = pd.Series(data=False, index=held.index)
    for name in ("final_report_internal", "report_to_commissioner", "si_closed"):
        if name in held:
            finished |= held[name].notna()
    made = pd.Series("open", index=held.index).mask(finished, "completed")
    made = made.mask(held["delog_date"].notna(), "delogged")
    recorded = held["review_outcome"]
    usable = recorded.isin(["completed", "abandoned", "superseded", "delogged", "open"])
    return made.mask(usable, recorded)


def reviews(held: pd.DataFrame) -> pd.DataFrame:
    """Return the reviews that the incident records speak of, as the table ``reviews``.

    An initial management assessment is there where either of its dates is; an investigation where
    the panel decided on one.

    Parameters
    ----------
    held : DataFrame
        Rows of incidents with their milestones, related columns and death_id.

    Returns
    -------
    DataFrame
        One row a review.
    """
    held = held[held["in_scope"]]
    parts = []
    investigated = held["panel_outcome"].isin(["CIR", "SIRI"])
    assessed = [name for name in ("ima_started", "ima_completed") if name in held]
    if assessed:
        began = held[held[assessed].notna().any(axis=1)]
        # Where no day of completion is recorded at all, none is known to have been completed.
        done = began["ima_completed"].notna() if "ima_completed" in began else ~began["in_scope"]
        parts.append(
            began.assign(
                type="IMA",
                decision_by="team",
                outcome=done.map({True: "completed", False: "open"}),
                # One judgement stands in the row: it is that of the investigation if there was one.
                problem_in_care=began["problem_in_care"].mask(investigated[began.index]),
            )
        )
    chosen = held[investigated]
    parts.append(
        chosen.assign(type=chosen["panel_outcome"], decision_by="panel", outcome=_outcome(chosen))
    )
    whole = pd.concat(parts, ignore_index=True)
    whole["review_id"] = whole["incident_id"] + ":" + whole["type"]
    for name in TABLES["reviews"].names:
        if name not in whole:
            whole[name] = pd.NA
    return whole[TABLES["reviews"].names]


def family(held: pd.DataFrame) -> pd.DataFrame:
    """Return what the incident records say of the family's part, as the table ``family``.

    Parameters
    ----------
    held : DataFrame
        Rows of incidents with family_involvement and death_id.

    Returns
    -------
    DataFrame
        One row an incident that led to an investigation.
    """
    chosen = held[held["in_scope"] & held["panel_outcome"].isin(["CIR", "SIRI"])]
    made = chosen.assign(involvement=chosen["family_involvement"].fillna("NR"))
    return made[TABLES["family"].names].reset_index(drop=True)
