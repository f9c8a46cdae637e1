"""Which rows the numbers about records themselves are made of: what was linked, what agrees.

Each function takes the run and a row of an exhibit.

- :func:`linked`: incidents that were linked to a death.
- :func:`reconciled`: published figures that agree with the records.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.reconciliation import AGREES, reconcile
from helpers.tables import among
from helpers.trace.look import Look, beside, counted
from helpers.trace.parts import ALL, Part

Row = Mapping[str, Any]


def linked(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of incidents about patients that were linked to a death.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With numerator and denominator.
    """
    incidents, links = look.table("incidents"), look.run.extract.tables["incident_death"]
    under = incidents[incidents["in_scope"].astype("bool") & incidents["system"].ne("steis")]
    over = under[among(under["incident_id"], links["incident_id"])]
    deaths = look.table("deaths")
    mine = links.loc[among(links["incident_id"], over["incident_id"]), "death_id"]
    what = ("Incidents linked to a death", "Incidents about patients, of the trust's own system")
    parts = counted(look, over, under, what=what)
    held = deaths[among(deaths["death_id"], mine)]
    return parts + beside(look, "Deaths to which they were linked", held, role="linked to")


def reconciled(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of published figures that agree with the records.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With numerator and denominator.
    """
    figures = look.published()
    verdicts = look.once("verdicts", lambda: reconcile(look.run))
    agree = verdicts.loc[verdicts["verdict"].eq(AGREES), "figure_id"]
    what = ("Published figures that agree with the records", "Published figures")
    over = figures[figures["figure_id"].isin(agree)]
    every = look.whole("case")[0].rows
    return [
        *counted(look, over, figures, what=what),
        Part("compared with", "What the figures are computed from", ALL, every),
    ]
