"""Which rows the numbers about deaths and the steps that followed them are made of.

Each function takes the run and a row of an exhibit; None: the row is of another kind.

- :func:`evidence`: the rows that say that deaths reached a step.
- :func:`step`: a step of the chain out of another; :func:`nested`: of every step before it.
- :func:`window`: a step among the deaths of a look-back window.
- :func:`combination`: a definition out of a denominator within a window, and
  :func:`alternative`: a count of a case of annual counts out of another.
- :func:`involvement`: the part that families had in investigations.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from helpers.chain import INVESTIGATIONS, SIRI, STEPS
from helpers.cohort import definitions
from helpers.cohort.families import INVOLVEMENT
from helpers.cohort.steps import BASES, WINDOWS
from helpers.rules import definitions as rules
from helpers.tables import among
from helpers.trace import counts
from helpers.trace.look import AT, Look, beside, counted
from helpers.trace.parts import Part

Row = Mapping[str, Any]
LABELS = {label: step for step, label in STEPS.items()}


def evidence(look: Look, step: str, people: pd.DataFrame) -> list[Part]:
    """Return the rows that say that deaths reached a step.

    Parameters
    ----------
    look : Look
        The run.
    step : str
        A key of :data:`helpers.chain.STEPS`.
    people : DataFrame
        The deaths.

    Returns
    -------
    list of Part
        None for the deaths themselves, which are rows of their own.
    """
    ids = people["death_id"]
    incidents, reviews = look.table("incidents"), look.table("reviews")
    mine = reviews[among(reviews["death_id"], ids)]
    if step == "reported":
        links = look.run.extract.tables["incident_death"]
        held = among(
            incidents["incident_id"], links.loc[among(links["death_id"], ids)]["incident_id"]
        )
        held &= incidents["system"].ne("steis") & incidents["in_scope"].astype("bool")
        return beside(look, "Incidents that were linked to these deaths", incidents[held])
    if step == "unexpected":
        lead = among(incidents["incident_id"], people["lead_incident_id"].dropna())
        return beside(look, "The lead incident of each, with its category", incidents[lead])
    if step == "reviewed":
        held = mine["type"].eq("IMA") & mine["outcome"].eq("completed")
        return beside(look, "Initial management assessments completed", mine[held])
    if step == "investigated":
        return beside(look, "Investigations opened", mine[mine["type"].isin(INVESTIGATIONS)])
    if step == "siri":
        return beside(look, "Serious incident investigations", mine[mine["type"].isin(SIRI)])
    if step == "no_family":
        family = look.table("family")
        held = among(family["death_id"], ids) & family["involvement"].eq("none")
        return beside(look, "Records that show no involvement of the family", family[held])
    return []


def step(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of a step of the chain out of a step before it.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With step and base.
    """
    people = look.people
    under = people[people[row["base"]]]
    over = under[under[row["step"]]]
    parts = counted(look, over, under, what=(STEPS[row["step"]], BASES[row["base"]].capitalize()))
    return parts + evidence(look, row["step"], over)


def nested(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of deaths that reached a step and every step before it.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With step, numerator and denominator; a row of what was drawn of them has none.
    """
    if row.get("step") not in STEPS or "numerator" not in row:
        return None
    over = look.people
    for name in list(STEPS)[1 : list(STEPS).index(row["step"]) + 1]:
        over = over[over[name]]
    what = (f"{STEPS[row['step']]}, and every step before", STEPS["deaths"])
    return counted(look, over, look.people, what=what) + evidence(look, row["step"], over)


def _held(look: Look) -> pd.DataFrame:
    """Return the deaths of the period, whatever the window, with what definitions need."""
    held = look.once("wide", lambda: definitions._held(look.run))
    steps = [name for name in STEPS if name in held]
    return look.placed(held)[
        ["death_id", "lead_incident_id", *WINDOWS, "main_provider", *steps, AT]
    ]


def window(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of a step among the deaths of a look-back window.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With window, main_provider and label, in words.
    """
    held = look.once("held", lambda: _held(look))
    name = next(name for name, words in WINDOWS.items() if words == row["window"])
    under = held[held[name].fillna(False).astype("bool")]
    if row["main_provider"] != "all":
        under = under[under["main_provider"].fillna(False).astype("bool")]
    over = under[under[LABELS[row["label"]]]]
    parts = counted(look, over, under, what=(row["label"], row["window"]))
    return parts + evidence(look, LABELS[row["label"]], over)


def _choices(look: Look) -> tuple[pd.DataFrame, dict[str, Any], dict[str, Any]]:
    held, wide = look.once("held", lambda: _held(look)), look.once("wide", dict)
    return held, definitions._flags(look.run, wide), definitions._bases(look.run, wide)


def combination(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of a definition out of a denominator within a window.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With window and base in words, and definition_id.
    """
    if "definition_id" not in row:
        return None
    if not len(look.people):
        return alternative(look, row)
    held, flags, bases = look.once("choices", lambda: _choices(look))
    name = next(name for name, words in WINDOWS.items() if words == row["window"])
    under = held[held[name].fillna(False).astype("bool") & bases[row["base"]]]
    over = under[flags[row["definition_id"]].reindex(under.index)]
    labels = rules.unexpected().set_index("id")["label"]
    parts = counted(look, over, under, what=(labels[row["definition_id"]], row["base"]))
    steps = {"trust": "unexpected", "reported": "reported"}
    if row["definition_id"] in steps:
        parts += evidence(look, steps[row["definition_id"]], over)
    return parts


def alternative(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of a count of a case of annual counts out of another.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With base in words, and definition_id.
    """
    measures = look.run.extract.measures.drop_duplicates("measure")
    base = measures.loc[measures["label"].eq(row["base"]), "measure"].iloc[0]
    return counts.pair(look, row["definition_id"], base, counts.Where())


def involvement(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of investigations in which families had a part.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With involvement, and year where it is one of a year.
    """
    if "involvement" not in row or "denominator" not in row:
        return None
    under = look.people[look.people["investigated"]]
    if "year" in row:
        under = under[under["year"].eq(int(row["year"]))]
    family = look.table("family")
    mine = family[among(family["death_id"], under["death_id"])]
    order = [
        *("NR", "NK", "NA", "WH", "none", "not asked", "no family traced", "declined"),
        *("informed", "asked questions", "contributed", "saw draft"),
    ]
    # The furthest part that any record of a death names is the one that counts.
    place = mine["involvement"].map({name: at for at, name in enumerate(order)})
    last = mine.assign(place=place).sort_values("place", kind="stable")
    last = last.drop_duplicates("death_id", keep="last")
    said = under["death_id"].map(last.set_index("death_id")["involvement"]).fillna("NR")
    over = under[said.replace({"NK": "NR", "NA": "NR", "WH": "NR"}).eq(row["involvement"])]
    parts = counted(
        look, over, under, what=(INVOLVEMENT[row["involvement"]], "Deaths investigated")
    )
    rows = last[among(last["death_id"], over["death_id"])]
    return parts + beside(look, "Records that say which part the family had", rows)
