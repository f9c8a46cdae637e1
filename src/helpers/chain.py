"""The chain from a death to its investigation: which steps each death reached.

Every headline of this field is a share between two steps of this chain, and every dispute is
about which two. So the steps are defined once, here, for notebooks and published figures alike.

- :data:`STEPS`: the steps in order, with what each means.
- :data:`FATES`, :data:`STATES`: what became of each death, and of each investigation.
- :func:`chain`: one row a death, one column a step.
- :func:`counts`: how many deaths reached each step, in each stratum: the table ``counts``.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.tables import TABLES, among

STEPS = {
    "deaths": "Deaths of people with a contact in the 12 months before",
    "reported": "Reported as an incident",
    "unexpected": "Categorised as unexpected by the trust",
    "reviewed": "Initial management assessment completed",
    "investigated": "Investigated (critical incident review or serious incident)",
    "siri": "Reported as a serious incident requiring investigation",
    "no_family": "Investigated without involvement of the family",
}
"""Steps in order. ``reported`` is out of deaths; ``unexpected`` out of reported; ``reviewed`` and
``investigated`` out of unexpected; ``siri`` and ``no_family`` out of investigated."""

PARENT = {
    "reported": "deaths",
    "unexpected": "reported",
    "reviewed": "unexpected",
    "investigated": "unexpected",
    "siri": "investigated",
    "no_family": "investigated",
}
"""The step of which each step should be a part; where the records say otherwise it is shown."""

FATES = {
    "fate_not_reported": "Not reported as an incident",
    "fate_not_unexpected": "Reported, not categorised as unexpected",
    "fate_not_reviewed": "Unexpected, no assessment completed",
    "fate_reviewed": "Assessment completed, not investigated",
    "fate_cir": "Critical incident review",
    "fate_siri": "Serious incident investigation",
}
"""What became of each death: exactly one of these, so that they add up to all deaths."""

STATES = {
    "state_completed": "Completed",
    "state_open": "Open at the extract",
    "state_delogged": "Removed from the list of serious incidents",
    "state_superseded": "Superseded",
    "state_abandoned": "Abandoned",
}
"""State of each investigation at the extract: exactly one, so that they add up to all."""

INVESTIGATIONS = ("CIR", "SIRI", "SIRI_RCA_L1", "SIRI_RCA_L2", "SIRI_RCA_L3", "PSII", "independent")
SIRI = ("SIRI", "SIRI_RCA_L1", "SIRI_RCA_L2", "SIRI_RCA_L3")
STRATA = ("service", "age_band", "sex", "area")


def chain(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """Return one row a death that belongs to the case, with the steps that it reached.

    A death is reported if an incident about a patient is linked to it; unexpected if the lead
    incident of the death says so; reviewed if an initial management assessment was completed;
    investigated if a critical incident review, a serious incident investigation or a later kind
    of investigation was opened, whatever became of it.

    Parameters
    ----------
    tables : mapping of DataFrame
        The canonical tables deaths, incidents, incident_death, reviews and family.

    Returns
    -------
    DataFrame
        The columns of ``deaths`` with reported, unexpected, reviewed, investigated, siri and
        no_family (true or false), lead_incident_id (missing where none is linked), and fate and
        state (missing where there was no investigation), each a key of :data:`FATES` or
        :data:`STATES`.

    Examples
    --------
    >>> empty = {name: pd.DataFrame(columns=table.names) for name, table in TABLES.items()}
    >>> chain(empty).columns[-9:].tolist()[:3]
    ['lead_incident_id', 'reported', 'unexpected']
    """
    deaths = tables["deaths"]
    inside = deaths["in_scope"].astype("bool")
    deaths = (deaths if inside.all() else deaths[inside]).reset_index(drop=True)
    links = tables["incident_death"][["incident_id", "death_id"]]
    needed = ["incident_id", "system", "lead_incident", "expectedness"]
    incidents = tables["incidents"]
    incidents = incidents.loc[incidents["in_scope"].astype("bool"), needed]
    held = links.merge(incidents, on="incident_id", how="inner")
    local = held[held["system"].ne("steis")]
    lead = local[local["lead_incident"].fillna(False).astype("bool")]
    lead = lead.drop_duplicates("death_id").set_index("death_id")
    ids = deaths["death_id"]
    reviews = tables["reviews"]
    completed = reviews[reviews["type"].eq("IMA") & reviews["outcome"].eq("completed")]
    opened = reviews[reviews["type"].isin(INVESTIGATIONS)]
    family = tables["family"]
    nothing = ["none", "NR", "NK", "NA", "WH"]  # none of these says that a family had a part
    part = family.loc[~family["involvement"].isin(nothing), "death_id"]
    without = family[family["involvement"].eq("none") & ~among(family["death_id"], part)]
    investigated = among(ids, opened["death_id"])
    by_death = opened.drop_duplicates("death_id").set_index("death_id")["outcome"]
    made = deaths.assign(
        lead_incident_id=ids.map(lead["incident_id"]),
        reported=among(ids, local["death_id"]),
        unexpected=ids.map(lead["expectedness"]).eq("unexpected").astype("bool"),
        reviewed=among(ids, completed["death_id"]),
        investigated=investigated,
        siri=among(ids, opened.loc[opened["type"].isin(SIRI), "death_id"]),
        no_family=investigated & among(ids, without["death_id"]),
    )
    return made.assign(fate=_fate(made), state="state_" + ids.map(by_death).astype("str"))


def _fate(people: pd.DataFrame) -> pd.Series:
    """Return the furthest step of each death, even where an earlier one is missing."""
    steps = {
        "siri": "fate_siri",
        "investigated": "fate_cir",
        "reviewed": "fate_reviewed",
        "unexpected": "fate_not_reviewed",
        "reported": "fate_not_unexpected",
    }
    reached = [people[step].to_numpy(dtype=bool) for step in steps]
    fate = np.select(reached, list(steps.values()), default="fate_not_reported")
    return pd.Series(fate, index=people.index, dtype="str")


def counts(people: pd.DataFrame, *, year_start_month: int = 1) -> pd.DataFrame:
    """Return how many deaths reached each step, fate and state, as the table ``counts``.

    Parameters
    ----------
    people : DataFrame
        As :func:`chain` returns it; those without a contact in the 12 months before are left out.
    year_start_month : int
        Month in which a year starts: 1 for calendar years, 4 for financial years.

    Returns
    -------
    DataFrame
        One row a year, service, age band, sex, team and step; a year is named by the calendar
        year in which it starts. ``source_row`` numbers the strata.

    Examples
    --------
    >>> day = {"service": "ld", "age_band": "55 to 64", "sex": "F", "team": "A"}
    >>> person = day | {"date_of_death": pd.Timestamp("2012-03-31"), "in_window_12m": True}
    >>> steps = dict.fromkeys(list(STEPS)[1:], True)
    >>> ends = {"fate": "fate_siri", "state": "state_open"}
    >>> table = counts(pd.DataFrame([person | steps | ends]), year_start_month=4)
    >>> table[["year", "measure", "events"]].head(2).to_dict("list")
    {'year': [2011, 2011], 'measure': ['deaths', 'reported'], 'events': [1, 1]}
    """
    steps = list(STEPS)[1:]
    needed = ["date_of_death", "service", "age_band", "sex", "team", "fate", "state", *steps]
    held = people.loc[people["in_window_12m"].fillna(False).astype("bool"), needed]
    day = held["date_of_death"]
    marked = held[["service", "age_band", "sex", *steps]].assign(
        year=day.dt.year - day.dt.month.lt(year_start_month).astype("int64"),
        area=held["team"],
        deaths=1,
    )
    marked[steps] = marked[steps].astype("int64")
    for column, names in (("fate", FATES), ("state", STATES)):
        for name in names:
            marked[name] = held[column].eq(name).astype("int64")
    measures = [*STEPS, *FATES, *STATES]
    strata = ["year", "service", "age_band", "sex", "area"]
    wide = marked.groupby(strata, dropna=False, sort=True, observed=True)[measures].sum()
    wide = wide.reset_index()
    wide["source_row"] = range(1, len(wide) + 1)
    long = wide.melt(
        id_vars=[*strata, "source_row"],
        value_vars=measures,
        var_name="measure",
        value_name="events",
    )
    long = long.assign(region=None, in_doubt=False, source_id="deaths", source_sheet="")
    long["events"] = long["events"].astype("Int64")
    order = {step: place for place, step in enumerate(measures)}
    long = long.sort_values(
        ["source_row", "measure"], key=lambda s: s.map(order) if s.name == "measure" else s
    )
    return long[TABLES["counts"].names].reset_index(drop=True)
