"""Deaths made by hand with the days that followed, for tests of stages, ends, limits and backlog.

The extract of the trust is of 30 September 2014; its period runs from 1 April 2012 to 31 March
2014. Nobody in these rows lived.
"""

import dataclasses

import pandas as pd
from trusts import person, tables

from helpers.casetimes import Limits, Stages

EXTRACT = pd.Timestamp("2014-09-30")
KNEW, REPORTED, ASSESSED = "trust_knew", "incident_reported", "ima_completed"
LOGGED, OPENED, FINAL, CLOSED = (
    "steis_logged", "panel_decision", "final_report_internal", "si_closed",
)  # fmt: skip


def way(*path, opened=OPENED, **values):
    """A way of stages: milestones, or pairs of a milestone and the step of those concerned."""
    pairs = [one if isinstance(one, tuple) else (one, "investigated") for one in path]
    stages = [
        {"milestone": name, "label": f"Until {name}", "among": among} for name, among in pairs
    ]
    return Stages(**{"among": "investigated", "opened": opened, "path": stages} | values)


WAY = way(
    (KNEW, "deaths"),
    (REPORTED, "reported"),
    (ASSESSED, "reviewed"),
    (LOGGED, "siri"),
    FINAL,
    opened=ASSESSED,
    report=FINAL,
    clocks=["death", REPORTED],
)


def death(name, died, *, kind="SIRI", outcome="open", delay=None, family=(), reviewed=True, **rest):
    """A death: its days by milestone, its investigation (``kind`` None: none) and the family.

    A day may be None; ``death`` gives another day of death, or none, to the milestones. Whatever
    else is given belongs to the incident where it is a column of it, else to the person.
    """
    days = {"death": died, **rest.pop("days", {})}
    incident = {key: rest.pop(key) for key in ("delog_date", "downgrade_date") if key in rest}
    return {
        "person": person(name, date_of_death=died, **rest),
        "incident": {"incident_id": f"W-{name}", "death_id": name, "lead_incident": True,
                     "expectedness": "unexpected", **incident},
        "reviews": [
            {"review_id": f"W-{name}:{type_}", "death_id": name, "type": type_, **values}
            for type_, values in (
                ("IMA", {"outcome": "completed" if reviewed else "open"}),
                (kind, {"outcome": outcome, "legitimate_delay_code": delay}),
            )
            if type_
        ],
        "family": [{"death_id": name, "incident_id": f"W-{name}", "involvement": part}
                   for part in family],
        "milestones": [{"death_id": name, "milestone": milestone, "date": day, "source_row": 2}
                       for milestone, day in days.items() if day is not None],
    }  # fmt: skip


def of(run, *deaths, stages=WAY, limits=None, profile=None, **case):
    """The run with deaths made by hand and other entries of its case."""
    made = tables(
        [one["person"] | {"source_row": row} for row, one in enumerate(deaths, 2)],
        [one["incident"] for one in deaths],
        [row for one in deaths for row in one["reviews"]],
        [row for one in deaths for row in one["family"]],
        [row for one in deaths for row in one["milestones"]],
    )
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, **made})
    update = {"stages": stages, "limits": limits or Limits(), **case}
    parameters = run.parameters | ({"release_profile": profile} if profile else {})
    return dataclasses.replace(
        run, extract=extract, case=run.case.model_copy(update=update), parameters=parameters
    )
