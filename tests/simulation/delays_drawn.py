"""Records of synthetic deaths whose laws are known, and three ways to follow them to another end.

- :func:`case`, :func:`drawn`, :func:`run_of`: a run of the people of a seed, as intake would give
  it if nothing had gone wrong in any file.
- :class:`Followed`: investigations with the day to which each is followed: :func:`recorded` by the
  record, :func:`lived` by the laws.
- :func:`stretches`, :func:`gaps`, :func:`spells`, :func:`ways`: what methods take, from those.
- :data:`PARAMETERS`, :func:`parameter`: the stages whose law can be seen in the record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import synthetic
from helpers.case import read_yaml
from helpers.casefile import Case
from helpers.cohort import delays, ends
from helpers.intake import Extract
from helpers.intake.deaths import banded
from helpers.run import Run
from helpers.synthetic import caseyml
from helpers.synthetic import delays as laws
from helpers.tables import TABLES

DEATHS = 2_500
EPOCH = pd.Timestamp("1970-01-01")
ENDED = ("reported_to_final", "death_to_final", "death_to_closed")
OUTCOME = {"downgraded": "superseded"}
CAUSE = {
    "completed": "Completed", "delogged": "Removed from the list of serious incidents",
    "downgraded": "Superseded", "superseded": "Superseded", "abandoned": "Abandoned",
}  # fmt: skip


# ---- Records of a seed --------------------------------------------------------------------------


def case() -> Case:
    """The case that a synthetic trust of this size comes with."""
    text = caseyml.case_yml("trial", shape="general", seed=0, deaths=DEATHS, trusts=1, books=False)
    return Case.model_validate({**read_yaml(text), "folder": Path("trial")})


def drawn(seed: int, deaths: int) -> pd.DataFrame:
    """The people of a seed who are in any interval: those whose death was reported."""
    people = synthetic.people(seed, deaths, milestones=True)
    return people[people["reported"]].assign(seed=seed)


def run_of(case_: Case, people: pd.DataFrame) -> Run:
    """The run that intake would give if nothing had gone wrong in any file."""
    people = people.reset_index(drop=True)
    name = people["seed"].astype("str") + "-" + people.index.astype("str")
    source = {"source_id": "patient_system", "source_sheet": "", "source_row": people.index + 2}
    person = people[["service", "sex", "age", "date_of_death", "team"]].assign(
        death_id=name, person_id=name, age_band=banded(people["age"].astype("Int64")),
        in_scope=True, in_window_12m=True, inpatient_at_death=people["inpatient"], **source,
    )  # fmt: skip
    wide = people[[*laws.LAWS]].assign(death=people["date_of_death"], death_id=name, **source)
    wide["incident_reported"] = wide["incident_reported"].where(people["reported"])
    days = wide.melt(["death_id", *source], var_name="milestone", value_name="date").dropna()
    incidents = people.assign(
        incident_id="W" + name, death_id=name, system="ulysses",
        person_type="patient", in_scope=True, lead_incident=True,
        expectedness=np.where(people["unexpected"], "unexpected", "expected"),
    )[people["reported"]]  # fmt: skip
    held = people.assign(death_id=name)
    assessed = held.loc[held["reviewed"], ["death_id"]].assign(type="IMA", outcome="completed")
    looked = held.loc[held["investigated"], ["death_id", "siri", "closure"]]
    opened = looked[["death_id"]].assign(
        type=np.where(looked["siri"], "SIRI", "CIR"), outcome=looked["closure"].replace(OUTCOME)
    )
    made = {
        "deaths": person,
        "incidents": incidents,
        "incident_death": incidents[["incident_id", "death_id"]],
        "reviews": pd.concat([assessed, opened]),
        "milestones": days.assign(register="patient_system"),
    }
    tables = {}
    for table, schema in TABLES.items():
        frame = made.get(table, pd.DataFrame())
        tables[table] = frame.reindex(columns=schema.names).reset_index(drop=True)
    nothing = pd.DataFrame(columns=["source_id"])
    extract = Extract(tables, nothing, nothing, nothing, nothing)
    period = {"period_start": date(2011, 4, 1), "period_end": date(2015, 3, 31)}
    return Run(case_, extract, period | {"release_profile": "open"})


# ---- Investigations followed to another end -----------------------------------------------------


def seed_of(records: pd.DataFrame) -> pd.Series:
    """The seed that each record was drawn by, from its id."""
    return records["review_id"].str.split("-").str[0].astype("int64")


@dataclass(frozen=True)
class Followed:
    """Investigations, one row each, and the day to which each was followed."""

    days: pd.DataFrame  # one column a milestone, days since 1970; missing: not reached
    until: np.ndarray
    cause: np.ndarray  # how it ended; None: open
    year: np.ndarray
    siri: np.ndarray
    seed: np.ndarray


def recorded(run: Run, *, undated: ends.Undated = "earliest") -> Followed:
    """Investigations as the record follows them to their end."""
    held = delays.records(run)
    held = held[held["investigated"]].reset_index(drop=True)
    names = ["death", *laws.LAWS]
    other = ends.otherwise(run, held) & held["si_closed"].isna()
    return Followed(
        days=held[names].apply(lambda day: (day - EPOCH).dt.days.astype("float64")),
        until=(ends.last_day(run, held, undated=undated) - EPOCH).dt.days.to_numpy(dtype=float),
        cause=held["state"].where(other).to_numpy(),
        year=held["year"].to_numpy(dtype=float),
        siri=held["siri"].to_numpy(dtype=bool),
        seed=seed_of(held).to_numpy(),
    )


def lived(rng: np.random.Generator, people: pd.DataFrame, *, last: float) -> Followed:
    """Investigations by the laws, each followed to its true end or to a last day.

    Written from what the truth file says of stages and other ends, and not from the code that
    makes records of them: each other end has a constant chance a day from the start.
    """
    days = laws.latent(rng, people).rename(columns={"date_of_death": "death"})
    siri = people["siri"].to_numpy()
    start = np.where(siri, days["steis_logged"], days["panel_decision"])
    waits = {
        name: np.where(
            siri | (name in {"abandoned", "superseded"}),
            1 + np.floor(rng.exponential(1 / chance, len(people))),
            np.inf,
        )
        for name, chance in laws.ENDS.items()
    }
    table = np.column_stack(list(waits.values()))
    end = start + table.min(axis=1)
    kind = np.array(list(waits), dtype=object)[table.argmin(axis=1)]
    closed = days["si_closed"].to_numpy()
    other = (end < closed) & (end <= last)
    until = np.where(other, end, last)
    cause = np.where(other, kind, None)
    cause = np.where(~other & (closed <= last), "completed", cause)
    return Followed(
        days=days.where(days.le(until, axis=0)),
        until=until,
        cause=cause,
        year=people["year"].to_numpy(dtype=float),
        siri=siri,
        seed=people["seed"].to_numpy(),
    )


def joined(parts: Iterable[Followed]) -> Followed:
    """Several in one."""
    held = list(parts)
    whole = {
        name: np.concatenate([getattr(part, name) for part in held])
        for name in ("until", "cause", "year", "siri", "seed")
    }
    return Followed(days=pd.concat([part.days for part in held], ignore_index=True), **whole)


def stretches(held: Followed) -> pd.DataFrame:
    """Days of the intervals that another end may cut short."""
    parts = []
    for name in ENDED:
        start, end, _ = laws.INTERVALS[name]
        first, last = held.days[start.replace("date_of_", "")], held.days[end]
        days = last.fillna(pd.Series(held.until)) - first
        part = pd.DataFrame({"interval": name, "days": days, "observed": last.notna()})
        parts.append(part.assign(seed=held.seed))
    return pd.concat(parts, ignore_index=True)


def gaps(held: Followed) -> pd.DataFrame:
    """Days of each stage from the one that its law counts from, of those whom it concerns."""
    parts = []
    for name, (start, *_) in PARAMETERS.items():
        mine = held.siri if name in {"steis_logged", "report_to_commissioner"} else slice(None)
        first, last = held.days[start][mine], held.days[name][mine]
        days = last.fillna(pd.Series(held.until)) - first
        part = pd.DataFrame({"stage": name, "days": days, "observed": last.notna()})
        part = part.assign(year=held.year[mine], seed=held.seed[mine])
        parts.append(part[first.notna()])
    return pd.concat(parts, ignore_index=True)


def spells(held: Followed) -> pd.DataFrame:
    """Days from the opening of each investigation to its end, and how it ended."""
    closed = held.days["si_closed"]
    days = closed.fillna(pd.Series(held.until)) - held.days["panel_decision"]
    named = pd.Series(held.cause, dtype="object").map(CAUSE, na_action="ignore")
    return pd.DataFrame({"days": days, "cause": named, "seed": held.seed})


def ways(held: Followed, names: list[str]) -> pd.DataFrame:
    """Days from the death until each stage was passed."""
    made = held.days[names].sub(held.days["death"], axis=0)
    other = ~np.isin(held.cause.astype("str"), ["None", "completed"])
    until = held.until - held.days["death"]
    return made.assign(followed=until, ended=other.astype(int), seed=held.seed)


PARAMETERS = {
    name: law for name, law in laws.LAWS.items()
    if name in {
        "panel_decision", "steis_logged", "investigator_appointed", "draft_report",
        "final_report_internal", "report_to_commissioner", "si_closed",
    }
}  # fmt: skip
"""Stages whose law is counted from a milestone that everybody has in the record."""


def parameter(name: str) -> tuple[str, float]:
    """How the truth file names the parameter of location, and the share that it is reached by."""
    return ("scale", 1 - np.exp(-1)) if laws.LAWS[name][1] == "weibull" else ("median", 0.5)
