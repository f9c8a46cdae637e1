"""The pieces of :mod:`helpers.cohort.limits`: rules of a run, whom they concern, clocks followed.

- :func:`rules_of`: the rules of the case; :func:`known`, :func:`joined`: milestones of a clock.
- :func:`chosen`: the rule of a family for each record; :func:`concerned`: whether it applies.
- :func:`in_span`, :func:`in_milestones`, :func:`limit_words`: a rule in words.
- :func:`followed`: what became of the clock of each record.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from helpers.cohort import delays, ends
from helpers.milestones import words
from helpers.rules import time_limits, working_days
from helpers.run import Run

Counting = Literal["exclusive", "inclusive"]
DONE, OTHERWISE, OPEN = 1, 2, 0
OUT_OF_ORDER = "dates out of order"
COLUMNS = [
    *("review_id", "source_row", "year", "service", "team", "family", "rule_id", "label"),
    *("limit", "unit", "limit_status", "applies_to", "begun", "start_from", "due", "stopped"),
    *("status", "days", "limit_days", "cause", "delay_reason", "to_extract"),
]
WORKING = "working days"
CONCERNS = {
    "all": "every death",
    "reported": "deaths reported as incidents",
    "unexpected": "deaths called unexpected",
    "reviewed": "deaths assessed",
    "investigated": "deaths investigated",
    "siri": "serious incidents",
}
"""Whom a rule applies to, in words."""


def rules_of(run: Run) -> pd.DataFrame:
    """Return the table of rules of the case, without those that are local to another provider."""
    rules = time_limits.time_limits(_table(run))
    return rules[rules["local_to"].isin(["", _local(run)])].reset_index(drop=True)


def _table(run: Run) -> Path | None:
    own = run.case.limits.file if run.case.limits else None
    return run.case.path(own) if own else None


def _local(run: Run) -> str:
    return run.case.limits.local_to if run.case.limits else ""


def known(records: pd.DataFrame, milestones: str) -> bool:
    """Return whether the records hold a day of any of the milestones."""
    return any(
        name in records and bool(records[name].notna().any()) for name in milestones.split(";")
    )


def joined(texts: pd.Series) -> str:
    """Return all milestones that stand in several cells, each once."""
    return ";".join(dict.fromkeys(name for text in texts for name in text.split(";") if name))


def chosen(run: Run, family: str, records: pd.DataFrame) -> pd.DataFrame:
    """Return the rule of a family that was in force on the day of each death."""
    provider = run.case.provider
    events = pd.DataFrame(
        {
            "event_date": records.get("death", pd.NaT),
            "psirf_go_live": provider.psirf_go_live if provider else None,
            "lfpse_go_live": provider.lfpse_go_live if provider else None,
        },
        index=records.index,
    )
    return time_limits.rules_in_force(events, family, local_to=_local(run), table=_table(run))


def concerned(
    run: Run, records: pd.DataFrame, family: pd.DataFrame, found: pd.DataFrame | None = None
) -> np.ndarray:
    """Return which records the rule that was chosen for each applies to.

    Where none was in force, or none could be chosen, those to whom any rule of the family does;
    likewise before one was ``found``.
    """
    kept = np.zeros(len(records), dtype=bool)
    for name in [""] if found is None else found["rule_id"].unique():
        mine = True if found is None else found["rule_id"].eq(name).to_numpy()
        rules = family[family["id"].eq(name)] if name else family
        for rule in rules.itertuples(index=False):
            kept |= mine & _applies(run, records, rule)
    return kept


def _applies(run: Run, records: pd.DataFrame, rule: object) -> np.ndarray:
    """Return which records a rule applies to.

    A rule about every death whose clock need not start, such as that on inquests, concerns those
    for whom it did.
    """
    step, starts = rule.applies_to, rule.clock_start.split(";")
    if step == "all":
        kept = np.ones(len(records), dtype=bool)
        if "death" not in starts:
            kept = _any(records, starts)
    elif delays.of_deaths(run):
        kept = records[step].to_numpy(dtype=bool)
    else:
        kept = np.zeros(len(records), dtype=bool)
    return kept & ~_any(records, rule.unless.split(";"))


def _any(records: pd.DataFrame, milestones: list[str]) -> np.ndarray:
    """Return which records have a day of any of the milestones."""
    held = [name for name in milestones if name in records]
    return records[held].notna().any(axis=1).to_numpy(dtype=bool)


def followed(
    run: Run,
    records: pd.DataFrame,
    found: pd.DataFrame,
    *,
    counting: Counting | None,
    clock: str | None,
) -> pd.DataFrame:
    """Return the clock of each record and what became of its limit."""
    if counting is not None:
        found["counting"] = found["counting"].mask(found["unit"].eq(WORKING), counting)
    begun = time_limits.clock_days(records, found["clock_start"] if clock is None else clock)
    stopped = time_limits.clock_days(records, found["clock_stop"])
    start, stop = begun["date"], stopped["date"]
    extract = pd.Timestamp(run.case.extract_date)
    other = pd.Series(False, index=records.index)
    until = pd.Series(extract, index=records.index)
    if found["applies_to"].isin(["investigated", "siri"]).any() and run.case.stages:
        other = ends.otherwise(run, records) & stop.isna()
        until = ends.last_day(run, records).where(other, extract)
    # Working days before the list of bank holidays cannot be counted: a slip of a century.
    listed = pd.Timestamp(working_days.calendar()["valid_from"])
    wrong = stop.lt(start) | start.gt(extract) | stop.gt(extract)
    wrong |= found["unit"].eq(WORKING) & start.lt(listed)
    became = time_limits.status_of(
        found, start=start.mask(wrong), stop=stop.mask(wrong), extract=extract, ended=other
    )
    end = stop.fillna(until)
    timed = start.notna() & ~wrong & end.ge(start)
    first = start.where(timed)
    days = _days(found, first, end.where(timed), stop)
    limit_days = _limit_days(found, first, became["due"])
    service = records["service"] if "service" in records else pd.Series(None, index=records.index)
    made = found.assign(
        review_id=records["review_id"],
        source_row=records["source_row"],
        year=records["year"],
        service=service,
        team=records.get("team"),
        begun=start,
        start_from=begun["milestone"],
        due=became["due"],
        stopped=stop,
        status=became["status"].mask(wrong, OUT_OF_ORDER),
        days=days,
        limit_days=limit_days,
        cause=np.select([stop.notna(), other], [DONE, OTHERWISE], OPEN),
        delay_reason=_reasons(run, records),
        to_extract=_days(found, first, pd.Series(extract, index=records.index).where(timed)),
    )
    return made[COLUMNS]


def _limit_days(found: pd.DataFrame, start: pd.Series, due: pd.Series) -> pd.Series:
    """Return the days of each limit, in the unit of its rule."""
    days = (due.dt.normalize() - start).dt.days.astype("float64") + _first(found)
    return days.mask(found["unit"].eq(WORKING), found["limit"].astype("float64"))


def _first(found: pd.DataFrame) -> pd.Series:
    """Return 1 where the first day counts too, so that a limit is as many days as it says."""
    return found["counting"].eq("inclusive").astype("float64")


def _days(
    found: pd.DataFrame, start: pd.Series, end: pd.Series, stop: pd.Series | None = None
) -> pd.Series:
    """Return days from the start to the end, in the unit of each rule."""
    working = found["unit"].eq(WORKING)
    days = (end - start).dt.days.astype("float64") + _first(found)
    for way in found.loc[working, "counting"].unique():
        mine = working & found["counting"].eq(way) & start.notna()
        count = working_days.working_days_between(start[mine], end[mine], counting=way)
        if stop is not None:
            # Done on a Saturday is done after Friday: later than a limit that ended on the Friday.
            rest = ~working_days.is_working_day(end[mine]).astype("bool")
            count += rest & stop[mine].notna() & end[mine].gt(start[mine])
        days[mine] = count
    return days


def _reasons(run: Run, records: pd.DataFrame) -> pd.Series:
    """Return the recorded reason for a delay that the case names as legitimate, else empty."""
    reviews = run.extract.tables["reviews"]
    legitimate = run.case.limits.legitimate if run.case.limits else []
    held = reviews[reviews["legitimate_delay_code"].isin(legitimate)].drop_duplicates("death_id")
    by_death = held.set_index("death_id")["legitimate_delay_code"]
    return records["review_id"].map(by_death).astype("object").fillna("")


def in_span(begin: str, end: str) -> str:
    """Return the days on which a rule was in force, in words."""
    named = {"psirf_go_live": "the provider's move to PSIRF", "lfpse_go_live": "its move to LFPSE"}
    return f"{named.get(begin, begin)} to {named.get(end, end) or 'now'}"


def in_milestones(names: str) -> str:
    """Return the milestones of a clock in words."""
    return ", or ".join(words(name) for name in names.split(";"))


def limit_words(number: object, unit: str) -> str:
    """Return a limit in words."""
    return "none" if pd.isna(number) or number == "" else f"{float(number):g} {unit}"
