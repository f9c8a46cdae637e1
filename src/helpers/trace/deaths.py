"""Which rows the numbers about deaths and the steps that followed them are made of.

Each function takes the run and a row of an exhibit; None: the row is of another kind.

- :func:`step`: a step of the chain out of another; :func:`nested`: of every step before it.
- :func:`window`: a step among the deaths of a look-back window.
- :func:`combination`: a definition out of a denominator within a window, and
  :func:`alternative`: a count of a case of annual counts out of another.
- :func:`involvement`: the part that families had in investigations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from helpers.chain import STEPS
from helpers.cohort import definitions
from helpers.cohort.families import INVOLVEMENT
from helpers.cohort.steps import BASES, WINDOWS
from helpers.rules import definitions as rules
from helpers.tables import among
from helpers.trace import counts
from helpers.trace.evidence import evidence
from helpers.trace.look import AT, Look, beside, counted
from helpers.trace.parts import Part

Row = Mapping[str, Any]
LABELS = {label: step for step, label in STEPS.items()}


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


@dataclass(frozen=True)
class _Held:
    """Deaths of the period, whatever the window: who they are, and what is true of each."""

    people: pd.DataFrame
    true: dict[str, np.ndarray]
    flags: dict[str, np.ndarray]
    bases: dict[str, np.ndarray]


def _held(look: Look) -> _Held:
    held = look.placed(definitions._held(look.run))
    true = {
        name: held[name].fillna(False).to_numpy(dtype=bool)
        for name in (*WINDOWS, "main_provider", *list(STEPS)[1:])
    }
    flags, bases = (
        {name: flag.to_numpy(dtype=bool) for name, flag in made.items()}
        for made in (
            definitions._flags(look.run, held),
            definitions._bases(look.run, held),
        )
    )
    return _Held(held[["death_id", AT]], true, flags, bases)


def _window(words: str) -> str:
    return next(name for name, text in WINDOWS.items() if text == words)


def window(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of a step among the deaths of a look-back window.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With window, main_provider and label, in words.
    """
    held, step = look.once("held", lambda: _held(look)), LABELS[row["label"]]
    under = held.true[_window(row["window"])]
    if row["main_provider"] != "all":
        under = under & held.true["main_provider"]
    over = held.people[under & held.true[step]]
    what = (row["label"], row["window"])
    return counted(look, over, held.people[under], what=what) + evidence(look, step, over)


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
    held, name = look.once("held", lambda: _held(look)), row["definition_id"]
    under = held.true[_window(row["window"])] & held.bases[row["base"]]
    over = held.people[under & held.flags[name]]
    labels = look.once("labels", lambda: rules.unexpected().set_index("id")["label"])
    parts = counted(look, over, held.people[under], what=(labels[name], row["base"]))
    steps = {"trust": "unexpected", "reported": "reported"}
    return parts + (evidence(look, steps[name], over) if name in steps else [])


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
