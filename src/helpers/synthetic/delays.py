"""When each thing happened after a death, with laws whose parameters are known.

Each stage takes a number of days drawn from a Weibull or lognormal law (:data:`LAWS`), rounded to
whole days and added to the day of the stage before. What would have happened after the day of the
extract is not in the record: those investigations are still open. An investigation may end in
another way first (:data:`ENDS`: removed from the list of serious incidents, downgraded,
abandoned, superseded), each with a constant chance a day.

- :func:`latent`: every day of every stage, as if the record went on for ever.
- :func:`recorded`: what the record of the day of the extract holds.
- :func:`truth`: true quartiles of each interval, by simulation.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.synthetic.people import EXTRACT

LAWS: dict[str, tuple[str, str, float, float]] = {
    "trust_knew": ("date_of_death", "weibull", 0.80, 6.0),
    "incident_reported": ("trust_knew", "lognormal", 2.0, 1.0),
    "ima_started": ("incident_reported", "lognormal", 2.0, 0.8),
    "ima_completed": ("ima_started", "weibull", 1.10, 6.0),
    "panel_decision": ("ima_completed", "lognormal", 9.0, 0.6),
    "steis_logged": ("panel_decision", "lognormal", 3.0, 0.9),
    "investigator_appointed": ("steis_logged", "lognormal", 7.0, 0.6),
    "draft_report": ("investigator_appointed", "weibull", 1.40, 120.0),
    "final_report_internal": ("draft_report", "lognormal", 45.0, 0.8),
    "report_to_commissioner": ("final_report_internal", "lognormal", 6.0, 0.8),
    "si_closed": ("report_to_commissioner", "lognormal", 90.0, 0.7),
    "family_informed": ("incident_reported", "lognormal", 4.0, 1.0),
    "report_shared_family": ("final_report_internal", "lognormal", 21.0, 0.8),
    "coroner_referral": ("trust_knew", "lognormal", 1.5, 0.8),
    "inquest_opened": ("coroner_referral", "lognormal", 7.0, 0.9),
    "inquest_concluded": ("inquest_opened", "weibull", 1.30, 280.0),
}
"""Each milestone: the one it is counted from, the law, and its parameters: shape and scale in
days of a Weibull law, median in days and standard deviation of the logarithm of a lognormal one.
For a critical incident review, which is not logged on StEIS nor sent to the commissioner, the
stages that it has follow one another."""

YEAR_EFFECT = {"draft_report": -0.08}
"""Logarithm of the factor by which a stage's days change from one financial year to the next."""

SAME_DAY = "trust_knew"
"""Of somebody who died as an in-patient the trust knew on the same day."""

REGISTRATION = {"natural": ("lognormal", 6.0, 0.5), "inquest": ("lognormal", 160.0, 0.5)}
ENDS = {"delogged": 0.00025, "downgraded": 0.0002, "abandoned": 0.00015, "superseded": 0.0001}
"""Chance a day of each other end from the start of the investigation; the first two concern
serious incidents only."""

SHARE_REFERRED = {"unexpected": 0.85, "other": 0.15}
SHARE_INQUEST = 0.6
SHARE_STARTED = 0.4
"""Of unexpected deaths that were not reviewed, those whose assessment was begun, and left so."""

INTERVALS = {
    "death_to_reported": ("date_of_death", "incident_reported", "reported"),
    "death_to_ima": ("date_of_death", "ima_completed", "reviewed"),
    "death_to_steis": ("date_of_death", "steis_logged", "siri"),
    "reported_to_final": ("incident_reported", "final_report_internal", "investigated"),
    "death_to_final": ("date_of_death", "final_report_internal", "investigated"),
    "death_to_closed": ("date_of_death", "si_closed", "investigated"),
}
BEFORE_EXTRACT = ("incident_reported", "ima_completed", "panel_decision", "steis_logged")
LAST_DAY = float(EXTRACT.astype("datetime64[D]").astype(np.int64))


def _drawn(rng: np.random.Generator, law: tuple[str, float, float], count: int) -> np.ndarray:
    name, first, second = law
    if name == "weibull":
        return second * rng.weibull(first, count)
    return np.exp(np.log(first) + second * rng.standard_normal(count))


def _once(rng: np.random.Generator, people: pd.DataFrame) -> dict[str, np.ndarray]:
    days = {"date_of_death": people["date_of_death"].to_numpy()}
    siri = people["siri"].to_numpy()
    year = people["year"].to_numpy() - 2012.5
    for name, (start, *law) in LAWS.items():
        gap = _drawn(rng, tuple(law), len(people)) * np.exp(YEAR_EFFECT.get(name, 0.0) * year)
        gap = np.rint(gap)
        if name == SAME_DAY:
            gap = np.where(people["inpatient"].to_numpy(), 0.0, gap)
        if name in {"steis_logged", "report_to_commissioner"}:
            gap = np.where(siri, gap, 0.0)  # a review has no such stage: the next follows at once
        days[name] = days[start] + gap
    return days


def latent(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Return the day of every stage for everybody, as if the record went on for ever.

    Parameters
    ----------
    rng : Generator
        Source of the draws.
    people : DataFrame
        With date_of_death, year, inpatient and siri.

    Returns
    -------
    DataFrame
        One column a stage, with the index of ``people``; days since 1970.
    """
    return pd.DataFrame(_once(rng, people), index=people.index)


def _within(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Draw again where a stage that is known to have happened would come after the extract."""
    days = latent(rng, people)
    steps = dict(zip(BEFORE_EXTRACT, ("reported", "reviewed", "reviewed", "siri"), strict=True))

    def late() -> np.ndarray:
        found = days["trust_knew"].gt(LAST_DAY).to_numpy().copy()
        for stage, step in steps.items():
            found |= days[stage].gt(LAST_DAY).to_numpy() & people[step].to_numpy()
        return np.flatnonzero(found)

    for _ in range(200):
        places = late()
        if not len(places):
            return days
        again = latent(rng, people.iloc[places])
        days.iloc[places] = again.to_numpy()
    days.iloc[places] = days["date_of_death"].iloc[places].to_numpy()[:, None]
    return days


def _ends(rng: np.random.Generator, people: pd.DataFrame, start: np.ndarray) -> pd.DataFrame:
    """Return the day of the first other end of each investigation, and which it would be."""
    days = np.full((len(people), len(ENDS)), np.inf)
    for place, (name, chance) in enumerate(ENDS.items()):
        wait = 1 + np.floor(rng.exponential(1 / chance, len(people)))
        able = people["investigated"].to_numpy()
        if name in {"delogged", "downgraded"}:
            able = people["siri"].to_numpy()
        days[:, place] = np.where(able, start + wait, np.inf)
    first = days.argmin(axis=1)
    return pd.DataFrame(
        {"day": days[np.arange(len(people)), first], "kind": np.array(list(ENDS))[first]},
        index=people.index,
    )


def recorded(rng: np.random.Generator, people: pd.DataFrame) -> pd.DataFrame:
    """Return the people with the days that the record of the day of the extract holds.

    Parameters
    ----------
    rng : Generator
        Source of the draws.
    people : DataFrame
        As :func:`helpers.synthetic.people.chain` returns it.

    Returns
    -------
    DataFrame
        The people with a column for each milestone (missing: not there), registration_date,
        closure (completed, open, or one of :data:`ENDS`; empty where nothing was investigated),
        delog_date and downgrade_date.
    """
    days = _within(rng, people)
    held = days.drop(columns="date_of_death")
    reported, reviewed = people["reported"].to_numpy(), people["reviewed"].to_numpy()
    studied, siri = people["investigated"].to_numpy(), people["siri"].to_numpy()
    count = len(people)
    begun = people["unexpected"].to_numpy() & ~reviewed & (rng.random(count) < SHARE_STARTED)
    referred = reported & (
        rng.random(count)
        < np.where(people["unexpected"], SHARE_REFERRED["unexpected"], SHARE_REFERRED["other"])
    )
    inquest = referred & (rng.random(count) < SHARE_INQUEST)
    told = people["involvement"].isin(
        ["informed", "asked questions", "contributed", "saw draft", "declined"]
    )
    shared = people["involvement"].isin(["asked questions", "contributed", "saw draft"])
    member = {
        "trust_knew": np.ones(count, dtype=bool), "incident_reported": reported,
        "ima_started": reviewed | begun, "ima_completed": reviewed, "panel_decision": reviewed,
        "steis_logged": siri, "investigator_appointed": studied, "draft_report": studied,
        "final_report_internal": studied, "report_to_commissioner": siri, "si_closed": studied,
        "family_informed": told.to_numpy(), "report_shared_family": shared.to_numpy(),
        "coroner_referral": referred, "inquest_opened": inquest, "inquest_concluded": inquest,
    }  # fmt: skip
    start = np.where(siri, days["steis_logged"], days["panel_decision"])
    ends = _ends(rng, people, start)
    ended = studied & (ends["day"].to_numpy() < days["si_closed"].to_numpy())
    last = np.where(ended, np.minimum(ends["day"].to_numpy(), LAST_DAY), LAST_DAY)
    after = ["investigator_appointed", "draft_report", "final_report_internal"]
    after += ["report_to_commissioner", "report_shared_family", "si_closed"]
    for name, belongs in member.items():
        limit = last if name in after else LAST_DAY
        held[name] = held[name].where(belongs & (held[name] <= limit))
    held.loc[ended, "si_closed"] = np.nan
    closure = np.where(held["si_closed"].notna(), "completed", "open").astype(object)
    known = ended & (ends["day"].to_numpy() <= LAST_DAY)
    closure = np.where(known, ends["kind"], closure)
    natural = np.rint(_drawn(rng, REGISTRATION["natural"], count))
    late = np.rint(_drawn(rng, REGISTRATION["inquest"], count))
    registered = days["date_of_death"] + np.where(inquest | people["unnatural"], late, natural)
    return people.assign(
        **{name: held[name] for name in member},
        registration_date=registered.where(registered <= LAST_DAY),
        closure=np.where(studied, closure, ""),
        delog_date=ends["day"].where(known & ends["kind"].eq("delogged")),
        downgrade_date=ends["day"].where(known & ends["kind"].eq("downgraded")),
    )


def truth(
    rng: np.random.Generator, people: pd.DataFrame, *, draws: int = 50_000
) -> list[dict[str, object]]:
    """Return the true quartiles of each interval had every investigation been seen to its end.

    Parameters
    ----------
    rng : Generator
        Source of the draws.
    people : DataFrame
        Those whose year, service and stay on a ward the draws are made for.
    draws : int
        Number of draws for each interval.

    Returns
    -------
    list of dict
        Interval, who it concerns, and the three quartiles in days.
    """
    rows: list[dict[str, object]] = []
    for name, (start, end, step) in INTERVALS.items():
        those = people[people[step]]
        if those.empty:
            continue
        many = those.iloc[rng.integers(0, len(those), draws)].reset_index(drop=True)
        days = latent(rng, many)
        low, middle, high = np.percentile(days[end] - days[start], [25, 50, 75])
        rows.append(
            {
                "interval": name,
                "from": "death" if start == "date_of_death" else start,
                "to": end,
                "among": step,
                "quartile_1_days": float(low),
                "median_days": float(middle),
                "quartile_3_days": float(high),
            }
        )
    return rows
