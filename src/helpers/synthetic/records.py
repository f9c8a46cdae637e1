"""The rows that four systems of a trust hold about the same deaths, before anything goes wrong.

Beside the deaths that the case counts there are rows that intake has to leave out: people who
died outside the period, people without a contact in the twelve months before, the same person
twice, rows without a usable date of death; and in the incident system second incidents about one
death, incidents about two people, about nobody in the patient list, about staff, visitors and
stillbirths.

- :func:`build`: a :class:`Records` from a seed.
- :func:`scaled`: a number of the plan in line with the size of the case.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.synthetic import delays, names
from helpers.synthetic import people as persons

BASIS = 10_306
"""The numbers of :data:`EXTRAS` are for this many deaths; they grow in line."""

EXTRAS = {
    "before the period": 60,
    "after the period": 80,
    "no contact in 12 months": 120,
    "no date of death": 8,
}
DUPLICATES = {"same row": 20, "new client id": 5, "other surname": 5}
TWINS = 4
SHARED_NUMBERS = 3
REPORTED_OUTSIDE = {"after the period": 20, "no contact in 12 months": 6}
SECOND_INCIDENTS = 30
SECOND_CONTRADICTS = 10
PAIRS = 4
ORPHANS = 6
NOT_PATIENTS = {"staff": 10, "visitor": 5, "stillbirth or foetal death": 3}
STEIS_ONLY = 5
NOT_IN_NATIONAL = 40
NATIONAL_ONLY = 25
HARM_RECODED = 40


@dataclass(frozen=True)
class Records:
    """True rows of each system; day columns are days since 1970 as numbers.

    Parameters
    ----------
    patients, incidents, steis, national : DataFrame
        One row a row of the file; ``person`` numbers the person, ``status`` says why a row of
        the patient list is not counted (empty: it is), ``kind`` what an incident is.
    intercepts : dict
        Intercept of each model by step and service.
    """

    patients: pd.DataFrame
    incidents: pd.DataFrame
    steis: pd.DataFrame
    national: pd.DataFrame
    intercepts: dict[str, dict[str, float]]


def scaled(count: int, deaths: int) -> int:
    """Return a number of the plan in line with the size of the case, 1 at least.

    Examples
    --------
    >>> scaled(30, 10306), scaled(30, 1030600), scaled(3, 500)
    (30, 3000, 1)
    """
    return max(1, round(count * deaths / BASIS))


def _apart(rng: np.random.Generator, deaths: int, trusts: int) -> pd.DataFrame:
    """People who are not counted: each kind of :data:`EXTRAS`."""
    spans = {
        "before the period": ("2010-09-01", "2011-03-31"),
        "after the period": ("2015-04-01", "2015-07-31"),
        "no contact in 12 months": ("2011-04-01", "2015-03-31"),
        "no date of death": ("2011-04-01", "2015-03-31"),
    }
    parts = []
    for status, count in EXTRAS.items():
        many = scaled(count, deaths)
        part = persons.population(rng, many, trusts=trusts, between=spans[status])
        part["status"] = status
        part["reported"] = False
        out = REPORTED_OUTSIDE.get(status, 0)
        part.loc[: scaled(out, deaths) - 1 if out else -1, "reported"] = True
        if status == "no contact in 12 months":
            long_ago = part["date_of_death"] - rng.integers(400, 1500, many)
            part["last_contact_date"] = long_ago
            part["last_discharge_date"] = long_ago.where(rng.random(many) < 0.6)
            part["inpatient"] = False
            wards = part["team"].str.contains("Ward|Unit|House")
            part.loc[wards, "team"] = "Ashmere CMHT"
        parts.append(part)
    apart = pd.concat(parts, ignore_index=True)
    for step in ("unexpected", "reviewed", "investigated", "siri", "unnatural"):
        apart[step] = False
    apart["involvement"] = ""
    apart["underlying_icd10"] = persons._taken(rng, persons.CAUSES["natural"], len(apart))
    return apart


def _identified(
    rng: np.random.Generator, frame: pd.DataFrame, pool: np.ndarray, start: int
) -> pd.DataFrame:
    count = len(frame)
    place = np.arange(start, start + count)
    number = np.full(count, "", dtype=object)
    able = place < len(pool)
    number[able] = pool[place[able]].astype(str).astype(object)
    sex = frame["sex"].to_numpy(dtype=object)
    return frame.assign(
        person=place,
        nhs_number=number,
        local_id=(1_000_003 + place * 7).astype(str).astype(object),
        surname=names.surnames(rng.integers(0, 10**6, count)),
        forename=names.forenames(rng.integers(0, 10**6, count), sex),
        postcode=names.postcodes(rng.integers(0, 10**6, count)),
    )


def _twins_and_shared(rng: np.random.Generator, frame: pd.DataFrame, deaths: int) -> pd.DataFrame:
    """Make some uncounted people the twins of others, and give some another person's number."""
    frame = frame.assign(oddity="")
    quiet = np.flatnonzero(
        frame["status"].eq("") & ~frame["reported"] & frame["service"].eq("older_mh")
    )
    twins, shared = scaled(TWINS, deaths), scaled(SHARED_NUMBERS, deaths)
    chosen = rng.choice(quiet, min(twins + shared, len(quiet)), replace=False)
    later = np.flatnonzero(frame["status"].eq("after the period") & ~frame["reported"])[:twins]
    former = np.flatnonzero(frame["status"].eq("no contact in 12 months") & ~frame["reported"])
    first = chosen[: len(later)]
    for column in ("surname", "dob", "service", "team", "provider"):
        frame.loc[later, column] = frame.loc[first, column].to_numpy()
    frame.loc[[*first, *later], "oddity"] = "twin"
    rest = chosen[len(later) :]
    former = former[: len(rest)]
    frame.loc[former, "nhs_number"] = frame.loc[rest, "nhs_number"].to_numpy()
    frame.loc[[*former, *rest], "oddity"] = "shared number"
    return frame


def _duplicated(rng: np.random.Generator, frame: pd.DataFrame, deaths: int) -> pd.DataFrame:
    free = np.flatnonzero(frame["status"].eq("") & frame["oddity"].eq(""))
    parts = [frame]
    for kind, count in DUPLICATES.items():
        chosen = rng.choice(free, min(scaled(count, deaths), len(free) // 4), replace=False)
        free = np.setdiff1d(free, chosen)
        frame.loc[chosen, "oddity"] = "has a duplicate"
        copy = frame.loc[chosen].assign(status="duplicate", oddity=kind)
        if kind != "same row":
            copy["local_id"] = (copy["local_id"].astype(np.int64) + 3).astype(str).astype(object)
        if kind == "other surname":
            copy["surname"] = names.surnames(rng.integers(0, 10**6, len(copy)))
        parts.append(copy)
    return pd.concat(parts, ignore_index=True)


def _references(days: pd.Series, start: int, *, apart: int = 0) -> np.ndarray:
    """StEIS references: year and number, as they were logged; those ``apart`` meet no others."""
    year = days.to_numpy().astype("datetime64[D]").astype("datetime64[Y]").astype(int) + 1970
    order = np.argsort(np.argsort(days.to_numpy(), kind="stable"), kind="stable")
    return np.array(
        [f"{y}/{10_007 + 13 * (start + int(n)) + apart}" for y, n in zip(year, order, strict=True)],
        dtype=object,
    )


def _incidents(
    rng: np.random.Generator, patients: pd.DataFrame, others: pd.DataFrame, deaths: int, start: int
) -> pd.DataFrame:
    lead = patients[patients["reported"] & patients["status"].ne("duplicate")].assign(kind="lead")
    able = lead[lead["status"].eq("") & lead["oddity"].eq("")]
    # Two people who died in one incident: the same day, the same service, neither investigated.
    quiet = able[~able["unexpected"]].sort_values(["provider", "service", "date_of_death"])
    same = quiet.duplicated(["provider", "service", "date_of_death"], keep=False)
    pairs = quiet[same].groupby(["provider", "service", "date_of_death"], sort=True).head(2)
    pairs = pairs.iloc[: 2 * scaled(PAIRS, deaths)]
    paired = pairs.index[: len(pairs) // 2 * 2]
    rest = able.index.difference(paired)
    rest = rest[able.loc[rest, "incident_reported"].lt(delays.LAST_DAY - 20)]
    second = rng.choice(rest, min(scaled(SECOND_INCIDENTS, deaths), len(rest)), replace=False)
    again = lead.loc[second].assign(kind="second")
    again["incident_reported"] += rng.integers(1, 10, len(again))
    turned = np.arange(len(again)) < scaled(SECOND_CONTRADICTS, deaths)
    again["unexpected"] = np.where(turned, ~again["unexpected"], again["unexpected"])
    for column in (*list(delays.LAWS)[2:], "delog_date", "downgrade_date"):
        again[column] = np.nan
    for step in ("reviewed", "investigated", "siri"):
        again[step] = False
    again["involvement"], again["closure"] = "", ""
    frame = pd.concat([lead, again, others], ignore_index=True)
    frame["patient_row"] = [*lead.index, *second, *([-1] * len(others))]
    order = frame["incident_reported"].rank(method="first").astype(np.int64) + start
    number = "W" + (20_000 + order * 3).astype(str)
    held = frame["kind"].eq("lead") & frame["patient_row"].isin(paired)
    place = frame.index[held]
    place = place[
        np.argsort(
            frame.loc[place, "patient_row"]
            .map({row: n for n, row in enumerate(paired)})
            .to_numpy(),
            kind="stable",
        )
    ]
    number.loc[place[1::2]] = number.loc[place[0::2]].to_numpy()
    frame["incident_no"] = number.astype(object)
    frame["paired"] = held
    count = len(frame)
    frame["minutes"] = rng.integers(1, 1440, count)
    frame["incident_date"] = frame["date_of_death"] - (rng.random(count) < 0.1)
    until = delays.LAST_DAY
    frame["entered_date"] = np.minimum(
        frame["incident_reported"] + rng.integers(0, 4, count), until
    )
    said = frame["incident_reported"] + rng.integers(0, 11, count)
    frame["expectedness_recorded_at"] = np.minimum(said, until)
    frame["recoded"] = False
    able = np.flatnonzero(~frame["unexpected"] & frame["kind"].eq("lead") & ~frame["paired"])
    chosen = rng.choice(able, min(scaled(HARM_RECODED, deaths), len(able) // 2), replace=False)
    frame.loc[chosen, "recoded"] = True
    changed = np.minimum(frame["incident_reported"] + rng.integers(3, 60, count), until)
    frame["harm_changed_on"] = changed.where(frame["recoded"])
    frame["steis_ref"] = ""
    serious = frame["siri"] & frame["kind"].eq("lead")
    frame.loc[serious, "steis_ref"] = _references(frame.loc[serious, "steis_logged"], start)
    waits = rng.choice(
        np.array(["Police", "Inquest", "Family request", "None"], dtype=object),
        count,
        p=[0.06, 0.14, 0.05, 0.75],
    )
    frame["delay_reason"] = np.where(frame["investigated"], waits, "")
    panel = np.where(frame["siri"], "SIRI", "CIR").astype(object)
    small = np.where(rng.random(count) < 0.5, "No further investigation", "Local review")
    panel = np.where(frame["investigated"], panel, small)
    frame["panel_outcome"] = np.where(frame["reviewed"], panel, "")
    return frame.sort_values("incident_reported", kind="stable", ignore_index=True)


def _others(
    rng: np.random.Generator, pool: np.ndarray, start: int, deaths: int, trusts: int
) -> pd.DataFrame:
    """People in the incident system who are not in the patient list, or were no patients."""
    kinds = {"orphan": ORPHANS, **NOT_PATIENTS}
    label = np.repeat(
        np.array(list(kinds), dtype=object), [scaled(n, deaths) for n in kinds.values()]
    )
    frame = persons.population(rng, len(label), trusts=trusts)
    for step in ("unexpected", "reviewed", "investigated", "siri", "unnatural"):
        frame[step] = False
    frame = frame.assign(kind=label, status="", oddity="", involvement="", reported=True)
    frame["underlying_icd10"] = ""
    frame = delays.recorded(rng, frame)
    frame = _identified(rng, frame, pool, start)
    nobody = frame["kind"].ne("orphan")
    frame.loc[nobody, ["nhs_number", "local_id"]] = ""
    frame.loc[frame["kind"].eq("stillbirth or foetal death"), ["dob", "forename"]] = [np.nan, ""]
    return frame


def _steis(
    rng: np.random.Generator, incidents: pd.DataFrame, deaths: int, start: int
) -> pd.DataFrame:
    held = incidents[incidents["steis_ref"].ne("")]
    frame = held.assign(incident_row=held.index)
    only = incidents[
        incidents["kind"].eq("lead")
        & ~incidents["investigated"]
        & incidents["incident_reported"].lt(delays.LAST_DAY - 10)
    ]
    chosen = rng.choice(only.index, min(scaled(STEIS_ONLY, deaths), len(only)), replace=False)
    extra = only.loc[chosen].assign(incident_row=-1)
    # Logged by another organisation about somebody else: no row of the incident system is meant.
    extra["date_of_death"] += 200.0 - 400.0 * (extra["date_of_death"] > 16_000)
    extra["steis_logged"] = extra["date_of_death"] + 5
    extra["age"] = 18 + (extra["age"] + 17) % 60
    extra["steis_ref"] = _references(extra["steis_logged"], start, apart=3)
    extra["closure"] = "open"
    frame = pd.concat([frame, extra], ignore_index=True)
    frame["si_level"] = np.where(rng.random(len(frame)) < 0.25, "2", "1")
    frame["unnatural"] = frame["unnatural"].astype(bool)
    return frame.sort_values("steis_logged", kind="stable", ignore_index=True)


def _national(
    rng: np.random.Generator, patients: pd.DataFrame, extra: pd.DataFrame, deaths: int
) -> pd.DataFrame:
    once = patients[patients["status"].isin(["", "before the period", "after the period"])]
    quiet = once.index[once["status"].eq("") & ~once["reported"]]
    out = rng.choice(quiet, min(scaled(NOT_IN_NATIONAL, deaths), len(quiet) // 3), replace=False)
    once = once.drop(index=out)
    frame = pd.concat(
        [once.assign(patient_row=once.index), extra.assign(patient_row=-1)], ignore_index=True
    )
    return frame.sort_values(["date_of_death", "person"], kind="stable", ignore_index=True)


def build(
    rng: np.random.Generator,
    deaths: int,
    *,
    exact: bool,
    trusts: int,
    pool: np.ndarray,
    start: int = 0,
    trust_effects: np.ndarray | None = None,
) -> Records:
    """Return the true rows of each system.

    Parameters
    ----------
    rng : Generator
        Source of the draws; a stream of its own goes to each part.
    deaths : int
        Deaths that the case counts.
    exact : bool
        With the published number at each step.
    trusts : int
        Number of trusts.
    pool : ndarray
        NHS numbers, as :func:`helpers.synthetic.names.numbers` returns them.
    start : int
        Number of the first person; those before it belong to other parts of the case.
    trust_effects : ndarray, optional
        As for :func:`helpers.synthetic.people.chain`.

    Returns
    -------
    Records
        The rows, in the order of the files.

    Examples
    --------
    >>> pool = names.numbers(np.random.default_rng(1))
    >>> held = build(np.random.default_rng(2), 500, exact=False, trusts=1, pool=pool)
    >>> int(held.patients["status"].eq("").sum())
    500
    """
    who, when, extra, odd, after, listed = rng.spawn(6)
    counted = persons.population(who, deaths, exact=exact, trusts=trusts)
    counted, intercepts = persons.chain(who, counted, exact=exact, trust_effects=trust_effects)
    patients = pd.concat(
        [counted.assign(status=""), _apart(extra, deaths, trusts)], ignore_index=True
    ).drop(columns="trust_effect")
    patients = delays.recorded(when, patients)
    patients = _identified(who, patients, pool, start)
    patients = _twins_and_shared(odd, patients, deaths)
    patients = _duplicated(odd, patients, deaths)
    missing = patients["status"].eq("no date of death")
    patients.loc[missing, ["trust_knew", "registration_date"]] = np.nan
    order = patients["date_of_death"] + patients["status"].eq("duplicate") * 0.5
    patients = patients.iloc[np.argsort(order.to_numpy(), kind="stable")].reset_index(drop=True)
    many = start + len(patients)
    others = _others(after, pool, many, deaths, trusts)
    incidents = _incidents(after, patients, others, deaths, start)
    unknown = persons.population(listed, scaled(NATIONAL_ONLY, deaths), trusts=trusts)
    unknown = unknown.assign(status="", registration_date=unknown["date_of_death"] + 6)
    unknown = _identified(listed, unknown, pool, many + len(others))
    return Records(
        patients=patients,
        incidents=incidents,
        steis=_steis(after, incidents, deaths, start),
        national=_national(listed, patients, unknown, deaths),
        intercepts=intercepts,
    )
