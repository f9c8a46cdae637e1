"""A trust's extracts together: cleaned, linked, and turned into the canonical tables.

- :func:`build`: all sources laid out as extracts, as canonical tables with the accounts of rows.
- :class:`Built`: what that makes.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from helpers import chain
from helpers.casefile import Case
from helpers.intake import deaths, identifiers, incidents, linkage, repeats
from helpers.intake.deaths import complete
from helpers.intake.extracts import Cleaned, places, row_ids
from helpers.intake.flags import Log
from helpers.tables import TABLES

QUARANTINED = ("no usable date of death", "no usable year or value")
"""Reasons for which a row is held back because it cannot be used; the others are out of scope."""


@dataclass(frozen=True)
class Built:
    """What the extracts of a trust become.

    Parameters
    ----------
    tables : dict of DataFrame
        Canonical tables by name.
    rows : DataFrame
        One row a source, sheet and fate: source_id, source_sheet, fate, reason, rows; the fates
        are used, quarantined and out of scope.
    sheets : DataFrame
        One row a sheet: what was found in it.
    linkage : dict of DataFrame
        ``queue`` (pairs for a person to decide), ``weights`` (the model) and ``unlinked``
        (records linked to nothing, with the reason).
    ambiguous : DataFrame
        Dates read as declared whose day and month could be exchanged.
    databases : DataFrame
        One row a source of a database: file (its id), sha256 of its rows, bytes (none).
    """

    tables: dict[str, pd.DataFrame]
    rows: pd.DataFrame
    sheets: pd.DataFrame
    linkage: dict[str, pd.DataFrame]
    ambiguous: pd.DataFrame
    databases: pd.DataFrame


def _fates(cleaned: Cleaned, left_out: pd.Series) -> pd.DataFrame:
    fate = pd.Series("used", index=left_out.index).mask(left_out.ne(""), "out of scope")
    fate = fate.mask(left_out.isin(QUARANTINED), "quarantined")
    rows = pd.DataFrame(
        {"source_sheet": cleaned.frame["source_sheet"], "fate": fate, "reason": left_out}
    )
    counted = rows.groupby(["source_sheet", "fate", "reason"], as_index=False, sort=False).size()
    counted = counted.rename(columns={"size": "rows"})
    totals = cleaned.sheets.loc[cleaned.sheets["total_rows"].gt(0), ["sheet", "total_rows"]]
    totals = totals.rename(columns={"sheet": "source_sheet", "total_rows": "rows"})
    whole = pd.concat(
        [counted, totals.assign(fate="out of scope", reason="total row")], ignore_index=True
    )
    return whole.assign(source_id=cleaned.source.id)[
        ["source_id", "source_sheet", "fate", "reason", "rows"]
    ]


def _joined(parts: list[pd.DataFrame], table: str) -> pd.DataFrame:
    filled = [part for part in parts if not part.empty]
    if not filled:
        return pd.DataFrame(columns=TABLES[table].names)
    return pd.concat(filled, ignore_index=True)[TABLES[table].names]


def _events(cleaned: Cleaned, ids: pd.DataFrame) -> pd.DataFrame:
    """Milestones of one source, long: one row a dated event."""
    if cleaned.days.columns.empty:
        return pd.DataFrame(columns=TABLES["milestones"].names)
    names = {"var_name": "milestone", "ignore_index": False}
    long = cleaned.days.melt(value_name="date", **names)
    time = cleaned.times.melt(value_name="time", **names)["time"]
    long["time"] = time.mask(time.eq("")).array
    long = long[long["date"].notna()].rename_axis("position").reset_index()
    held = ids.join(places(cleaned.frame))
    long = long.join(held, on="position", how="inner").assign(
        register=cleaned.source.id, source_id=cleaned.source.id, precision="day"
    )
    return long[TABLES["milestones"].names]


def _own_events(table: pd.DataFrame, columns: dict[str, str], review_id: bool) -> pd.DataFrame:
    """Milestones that stand in columns of a canonical table, such as the day of death."""
    held = ["death_id", "source_id", "source_sheet", "source_row"]
    held += ["incident_id"] if review_id else []
    parts = [
        table.loc[known, held].assign(milestone=milestone, date=table.loc[known, column])
        for column, milestone in columns.items()
        if (known := table[column].notna()).any()
    ]
    if not parts:
        return pd.DataFrame(columns=TABLES["milestones"].names)
    long = pd.concat(parts, ignore_index=True)
    long = long.assign(
        register=long["source_id"],
        precision="day",
        time=None,
        review_id=long["incident_id"] if review_id else None,
    )
    return long[TABLES["milestones"].names]


def _link(
    case: Case, people: list[deaths.Deaths], found: list[incidents.Incidents]
) -> dict[str, pd.DataFrame]:
    """Link incidents to deaths, and entries of StEIS to the trust's own incidents."""
    persons = [made.identities for made in people]
    own = [made.identities for made in found if not made.listed]
    listed = [made.identities for made in found if made.listed]
    if not persons or not own:
        return {"links": pd.DataFrame(columns=TABLES["incident_death"].names)}
    deaths_, own_ = pd.concat(persons, ignore_index=True), pd.concat(own, ignore_index=True)
    decisions = None
    if case.decisions:
        decisions = linkage.read_decisions(case.path(case.decisions))
    linked = linkage.link_incidents(deaths_, own_, decisions=decisions)
    links, queue, unlinked = linked.links, [linked.queue], [linked.unlinked]
    if listed:
        entries = pd.concat(listed, ignore_index=True).rename(columns={"incident_id": "steis_id"})
        steis = linkage.link_steis(own_, entries, decisions=decisions)
        # An entry of StEIS concerns the deaths that the trust's own incident concerns.
        followed = steis.links.merge(links[["incident_id", "death_id"]], on="incident_id")
        method = followed["link_method"].replace("exact", "reference")
        followed = followed.assign(
            incident_id=followed["steis_id"], link_method=method, strict=True, link_weight=pd.NA
        )
        parts = [links, followed[links.columns]]
        links = pd.concat([part for part in parts if not part.empty], ignore_index=True)
        queue.append(steis.queue)
        unlinked.append(steis.unlinked)
    return {
        "links": links,
        "queue": pd.concat(queue, ignore_index=True),
        "weights": linked.weights,
        "unlinked": pd.concat(unlinked, ignore_index=True),
    }


def _several(every: pd.DataFrame, links: pd.DataFrame, log: Log) -> None:
    """Flag deaths about which a system holds several incidents; all are kept."""
    if every.empty:
        return
    death_of = links.drop_duplicates("incident_id").set_index("incident_id")["death_id"]
    scoped = every[every["in_scope"]]
    found = repeats.several_incidents(scoped["incident_id"].map(death_of), system=scoped["system"])
    for source, part in scoped.loc[found["position"]].groupby("source_id"):
        log.take(
            found[found["position"].isin(part.index)],
            source_id=str(source),
            places=places(scoped),
            column="local_ref",
        )


def _registrations(cleaned: Cleaned, people: list[deaths.Deaths]) -> tuple[pd.DataFrame, pd.Series]:
    """Return the national list, each death linked to the trust's own where it is there."""
    frame = complete(cleaned.frame, "registrations")
    left_out = cleaned.left_out.mask(frame["date_of_death"].isna(), "no usable date of death")
    frame = frame.assign(registration_id=row_ids(frame), **identifiers.name_keys(frame))
    frame = frame[left_out.eq("")]
    if people:
        persons = pd.concat([made.identities for made in people], ignore_index=True)
        linked = linkage.link_registrations(persons, frame)
        found = linked.links.drop_duplicates("registration_id").set_index("registration_id")
        frame = frame.assign(death_id=frame["registration_id"].map(found["death_id"]))
    return frame[TABLES["registrations"].names], left_out


def _exposure(cleaned: Cleaned) -> tuple[pd.DataFrame, pd.Series]:
    """Return the denominators as they stand in the source."""
    frame = complete(cleaned.frame, "exposure")
    unusable = frame[["year", "value"]].isna().any(axis=1)
    left_out = cleaned.left_out.mask(unusable, "no usable year or value")
    return frame.loc[~unusable, TABLES["exposure"].names], left_out


DEATH_DAYS = {
    "date_of_death": "death",
    "date_trust_knew": "trust_knew",
    "registration_date": "registration",
}
INCIDENT_DAYS = {
    "incident_date": "incident_occurred",
    "identified_date": "identified",
    "reported_date": "incident_reported",
}
STEIS_DAYS = {"reported_date": "steis_logged"}


def build(case: Case, sources: list[Cleaned], log: Log) -> Built:
    """Return the canonical tables of a trust's extracts.

    Parameters
    ----------
    case : Case
        The case.
    sources : list of Cleaned
        Every source laid out as an extract.
    log : Log
        Takes a flag for whatever is odd between sources.

    Returns
    -------
    Built
        The tables, the accounts of rows, the sheets and the linkage.

    Raises
    ------
    InputError
        If the file of clerical decisions does not fit the records.
    """
    by_table: dict[str, list[Cleaned]] = {}
    for cleaned in sources:
        by_table.setdefault(cleaned.source.table or "", []).append(cleaned)
    rows, events = [], []
    people = [deaths.build(case, cleaned, log) for cleaned in by_table.get("deaths", [])]
    for cleaned, made in zip(by_table.get("deaths", []), people, strict=True):
        rows.append(_fates(cleaned, made.left_out))
        events.append(_own_events(made.table, DEATH_DAYS, review_id=False))
    table = _joined([made.table for made in people], "deaths")
    found = [incidents.build(case, cleaned, log) for cleaned in by_table.get("incidents", [])]
    for cleaned, made in zip(by_table.get("incidents", []), found, strict=True):
        rows.append(_fates(cleaned, made.left_out))
    linked = _link(case, people, found)
    every = _joined([made.table for made in found], "incidents")
    links = linked["links"]
    if not every.empty:
        every["lead_incident"] = incidents.lead(every, links)
    death_of = links.drop_duplicates("incident_id").set_index("incident_id")["death_id"]
    reviewed, families = [], []
    for cleaned, made in zip(by_table.get("incidents", []), found, strict=True):
        held = made.held.assign(death_id=made.held["incident_id"].map(death_of))
        if cleaned.source.system != "steis":
            reviewed.append(incidents.reviews(held))
            families.append(incidents.family(held))
        scoped = made.table[made.table["in_scope"]]
        scoped = scoped.assign(death_id=scoped["incident_id"].map(death_of))
        own = STEIS_DAYS if cleaned.source.system == "steis" else INCIDENT_DAYS
        events.append(_own_events(scoped, own, review_id=True))
        ids = made.held[["incident_id", "in_scope"]].set_axis(cleaned.frame.index)
        ids = ids.assign(death_id=ids["incident_id"].map(death_of), review_id=ids["incident_id"])
        events.append(_events(cleaned, ids.loc[ids["in_scope"], ["death_id", "review_id"]]))
    _several(every, links, log)
    listed, exposed = [], []
    for cleaned in by_table.get("registrations", []):
        made, left_out = _registrations(cleaned, people)
        listed.append(made)
        rows.append(_fates(cleaned, left_out))
    for cleaned in by_table.get("exposure", []):
        made, left_out = _exposure(cleaned)
        exposed.append(made)
        rows.append(_fates(cleaned, left_out))
    tables = {
        "deaths": table,
        "incidents": every,
        "incident_death": links,
        "reviews": _joined(reviewed, "reviews"),
        "family": _joined(families, "family"),
        "milestones": _joined(events, "milestones"),
        "registrations": _joined(listed, "registrations"),
        "exposure": _joined(exposed, "exposure"),
    }
    tables["milestones"] = tables["milestones"].drop_duplicates(
        ["death_id", "review_id", "milestone", "source_id", "source_sheet", "source_row"],
        ignore_index=True,
    )
    if not table.empty:
        people_ = chain.chain(tables)
        tables["counts"] = chain.counts(people_, year_start_month=case.year_start_month)
    return Built(
        tables=tables,
        rows=pd.concat(rows, ignore_index=True),
        sheets=pd.concat([cleaned.sheets for cleaned in sources], ignore_index=True),
        linkage={name: frame for name, frame in linked.items() if name != "links"},
        databases=pd.DataFrame(
            [
                {"file": cleaned.source.id, "sha256": cleaned.sha256, "bytes": 0}
                for cleaned in sources
                if cleaned.sha256
            ],
            columns=["file", "sha256", "bytes"],
        ),
        ambiguous=pd.concat([cleaned.ambiguous for cleaned in sources], ignore_index=True),
    )
