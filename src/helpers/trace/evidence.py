"""The rows that say that deaths reached a step, whatever table they are counted from.

- :func:`evidence`: those of a step, or of the state of investigations.
"""

from __future__ import annotations

import pandas as pd

from helpers.chain import INVESTIGATIONS, SIRI, STATES, STEPS
from helpers.tables import among
from helpers.trace.look import AT, Look, beside
from helpers.trace.parts import Part


def _said(look: Look, step: str) -> tuple[str, pd.DataFrame]:
    """Return the rows that say that any death reached a step: its death_id and its place."""
    reviews = look.table("reviews")
    if step in {"reported", "unexpected"}:
        incidents = look.table("incidents")
        own = incidents["system"].ne("steis") & incidents["in_scope"].astype("bool")
        links = look.run.extract.tables["incident_death"][["incident_id", "death_id"]]
        held = links.merge(incidents.loc[own, ["incident_id", "lead_incident", AT]])
        if step == "reported":
            return "Incidents that were linked to these deaths", held
        lead = held[held["lead_incident"].fillna(False).astype("bool")]
        return "The lead incident of each, with its category", lead.drop_duplicates("death_id")
    if step == "reviewed":
        held = reviews["type"].eq("IMA") & reviews["outcome"].eq("completed")
        return "Initial management assessments completed", reviews[held]
    if step == "investigated":
        return "Investigations opened", reviews[reviews["type"].isin(INVESTIGATIONS)]
    if step == "siri":
        return "Serious incident investigations", reviews[reviews["type"].isin(SIRI)]
    if step in STATES:
        return "Investigations, with their state", reviews[reviews["type"].isin(INVESTIGATIONS)]
    family = look.table("family")
    return "Records that show no involvement of the family", family[
        family["involvement"].eq("none")
    ]


def evidence(look: Look, step: str, people: pd.DataFrame) -> list[Part]:
    """Return the rows that say that deaths reached a step.

    Parameters
    ----------
    look : Look
        The run.
    step : str
        A key of :data:`helpers.chain.STEPS` or :data:`helpers.chain.STATES`.
    people : DataFrame
        The deaths.

    Returns
    -------
    list of Part
        None for the deaths themselves, which are rows of their own.
    """
    if step not in {*STEPS, *STATES} - {"deaths"}:
        return []
    words, said = look.once(f"who {step}", lambda: _told(look, step))
    return beside(look, words, said[among(said["death_id"], people["death_id"])])


def _told(look: Look, step: str) -> tuple[str, pd.DataFrame]:
    words, said = _said(look, step)
    return words, said[["death_id", AT]]
