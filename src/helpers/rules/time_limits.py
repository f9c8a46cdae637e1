"""Time limits as data: which was in force, when it ran out, and what became of it.

The rules are ``time_limits.csv``, or a table of the case in the same form: a row that changes
changes results without code. A limit that was suspended is never a breach, and where no limit was
in force that is what is said.

- :func:`time_limits`: the table, checked.
- :func:`rules_in_force`: the rule of a family for each event, by its day and the provider's days.
- :func:`clock_days`: the day on which a clock starts or stops, with the fall-backs of the rule.
- :func:`due_dates`: when a limit runs out.
- :func:`status_of`: met, breached, open, suspended or without a limit.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from helpers.errors import InputError
from helpers.rules._due_dates import DAY, HOURS, as_days, due_dates, refuse, spread, times_of_day
from helpers.rules._limits_table import IN_FORCE, SUSPENDED, WORDS, read_limits

__all__ = [
    "STATUSES",
    "clock_days",
    "due_dates",
    "rules_in_force",
    "status_of",
    "time_limits",
]

STATUSES = (
    "met",
    "breached",
    "open in time",
    "open overdue",
    "ended without it",
    "suspended",
    "no limit in force",
    "clock not started",
    "date missing",
)
"""What can be said of an event and its limit."""

EARLIEST, LATEST = np.datetime64("0001-01-01", "s"), np.datetime64("9999-12-31", "s")
TAKEN = ["family", "label", "limit", "unit", "counting", "limit_status", "status", "clock_status"]
TAKEN += ["clock_start", "clock_stop", "applies_to", "unless", "source"]


def time_limits(table: Path | pd.DataFrame | None = None) -> pd.DataFrame:
    """Return the time limits, one row a rule.

    Parameters
    ----------
    table : Path or DataFrame, optional
        A table of the case instead of the shipped one.

    Returns
    -------
    DataFrame
        Columns id, family (what is limited: one rule of a family is in force at a time), label,
        local_to (a provider to whom alone it applies), in_force_from and in_force_to (first and
        last day, empty where open; or ``psirf_go_live`` or ``lfpse_go_live``: from that day of
        the provider, or up to the day before it), not_before (first day on which such a day can
        fall), clock_start and clock_stop (milestones, fall-backs joined by ";"), limit, unit,
        counting (exclusive: the day on which the clock starts is day 0), applies_to (a step of
        the chain), unless (milestones: who has one of them is left out), limit_status (in force,
        suspended, no limit, expected but no number), status of the limit and clock_status of its
        clock (sourced, second-hand, assumption: from general knowledge, the document named was
        not read), source and note.

    Raises
    ------
    InputError
        For a table of the case with any fault; each is named with its row and how to mend it.

    Examples
    --------
    >>> rules = time_limits().set_index("id")
    >>> rules.loc["SI15-60-COVID", "limit_status"]
    'suspended'
    """
    return read_limits(table)


def _column(frame: pd.DataFrame, name: str) -> NDArray[np.datetime64]:
    """Return days of a column, without the time of day; missing where there is no column."""
    if name not in frame:
        return np.full(len(frame), np.datetime64("NaT", "s"))
    return as_days(frame[name])


def _ends(
    rules: pd.DataFrame, provider: dict[str, NDArray[np.datetime64]]
) -> list[tuple[NDArray[np.datetime64], NDArray[np.datetime64]]]:
    """Return the first and last day of each rule for each event; none where it never came."""
    found = []
    for row in rules.itertuples(index=False):
        if row.in_force_from in WORDS:
            days = provider[row.in_force_from]
            first = np.where(np.isnat(days), LATEST + DAY, days)
        else:
            first = np.datetime64(row.in_force_from, "s") if row.in_force_from else EARLIEST
        if row.in_force_to in WORDS:
            days = provider[row.in_force_to]
            last = np.where(np.isnat(days), LATEST, days - DAY)
        else:
            last = np.datetime64(row.in_force_to, "s") if row.in_force_to else LATEST
        found.append((np.asarray(first), np.asarray(last)))
    return found


def _undecided(
    whole: pd.DataFrame,
    rules: pd.DataFrame,
    event: NDArray[np.datetime64],
    provider: dict[str, NDArray[np.datetime64]],
    index: pd.Index,
) -> dict[str, NDArray[np.bool_]]:
    """Tell by word where the family's rule depends on a day of the provider that is not known."""
    found = {}
    for word in WORDS:
        if not (rules["in_force_from"].eq(word) | rules["in_force_to"].eq(word)).any():
            continue
        fixed = whole.loc[whole["in_force_from"].eq(word), "not_before"]
        earliest = np.datetime64(fixed.min(), "s") if len(fixed) else EARLIEST
        days = provider[word]
        refuse(
            days < earliest,
            index,
            f"{word} is before {str(earliest)[:10]}, when no provider had gone over",
            "Correct the day of the provider in case.yml.",
        )
        found[word] = np.isnat(days) & (event >= earliest)
    return found


def rules_in_force(
    events: pd.DataFrame,
    family: str,
    *,
    event_date: str = "event_date",
    local_to: str = "",
    table: Path | pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Find the rule of a family that was in force for each event.

    Parameters
    ----------
    events : DataFrame
        One row an event. The columns ``psirf_go_live`` and ``lfpse_go_live`` hold the days on
        which its provider went over; without them no provider has a known day.
    family : str
        Family of rules, such as steis, initial_review, report, independent or pfd_response.
    event_date : str
        Column of the days by which the rule is chosen.
    local_to : str
        Provider whose local rules apply too; where it has one that is in force, that one.
    table : Path or DataFrame, optional
        As for :func:`time_limits`.

    Returns
    -------
    DataFrame
        Index of ``events``; rule_id (empty where none), family, label, limit, unit, counting,
        limit_status ("no limit" where no rule is in force), status, clock_status, clock_start,
        clock_stop, applies_to, unless, source, suspended_from (first day after the event on which
        the limit of the family is suspended for the provider) and missing: the day that is
        missing to choose a rule, else empty.

    Raises
    ------
    InputError
        For an unknown family; rows whose provider's day is before any provider went over; rows
        for which two rules are in force; a table with a fault.
    ValueError
        For a column that is not there.

    Notes
    -----
    A provider's day is needed only for events on or after the day from which one can have gone
    over (not_before). Before it a rule that ends with that day is in force without it.

    Examples
    --------
    >>> days = ["2014-05-01", "2016-05-01", "2021-05-01", "2024-05-01"]
    >>> events = pd.DataFrame({"event_date": days, "psirf_go_live": "2023-10-01"})
    >>> rules_in_force(events, "report")[["rule_id", "limit_status"]]
             rule_id            limit_status
    0        SI10-G2                in force
    1        SI15-60                in force
    2  SI15-60-COVID               suspended
    3          PSIRF  expected but no number
    """
    whole = read_limits(table)
    if event_date not in events:
        raise ValueError(f"There is no column {event_date!r}; the frame has {list(events)}.")
    known = whole.loc[whole["local_to"].isin(["", local_to]), "family"]
    if not known.eq(family).any():
        raise InputError.one(
            f"there is no family of rules {family!r}",
            "family",
            f"Use one of: {', '.join(dict.fromkeys(known))}.",
        )
    event = _column(events, event_date)
    provider = {word: _column(events, word) for word in WORDS}
    chosen = np.full(len(events), -1)
    suspended_from = np.full(len(events), np.datetime64("NaT", "s"))
    # Which day is missing to choose a rule: none, the event's, or that of a word.
    reasons = pd.Series(["", event_date, *WORDS], dtype="str")
    missing = np.isnat(event).astype(np.int8)
    for place in dict.fromkeys(["", local_to]):
        rules = whole[whole["family"].eq(family) & whole["local_to"].eq(place)]
        unknown = _undecided(whole, rules, event, provider, events.index)
        # A local rule stands in the place of a general one, whose days then do not matter.
        local = np.full(len(events), -1)
        ends = _ends(rules, provider)
        for number, (first, last) in zip(rules.index, ends, strict=True):
            holds = (first <= event) & (event <= last)
            refuse(
                holds & (local >= 0),
                events.index,
                f"two rules of {family} are in force, one of them {whole.loc[number, 'id']}",
                "Correct their days in the table of time limits.",
            )
            local = np.where(holds, number, local)
            if whole.loc[number, "limit_status"] == SUSPENDED:
                later = (event < first) & (first <= last)
                suspended_from = np.where(later, np.fmin(suspended_from, first), suspended_from)
        for word, mask in unknown.items():
            local[mask] = -1
            missing[mask & (missing == 0)] = 2 + WORDS.index(word)
        found = local >= 0
        chosen[found], missing[found] = local[found], 0
    # Two rows more: one for no rule in force, one for none that could be chosen.
    blank = {name: "" for name in TAKEN if name != "limit"} | {"id": "", "family": family}
    ends = pd.DataFrame([blank | {"limit_status": "no limit"}, blank])
    places = np.where(chosen >= 0, chosen, len(whole) + (missing > 0))
    taken = pd.concat([whole, ends], ignore_index=True)[["id", *TAKEN]].take(places)
    return (
        taken.rename(columns={"id": "rule_id"})
        .set_axis(events.index)
        .assign(suspended_from=suspended_from, missing=reasons.take(missing).array)
    )


def clock_days(days: pd.DataFrame, milestones: str | pd.Series) -> pd.DataFrame:
    """Find the day of the first milestone that has one.

    Parameters
    ----------
    days : DataFrame
        One row an event, one column a milestone with its day; a milestone that has no column
        happened to none.
    milestones : str or Series
        Milestones joined by ";", the first that has a day first; a Series with one text an event,
        such as clock_start of :func:`rules_in_force`.

    Returns
    -------
    DataFrame
        Index of ``days``; date, milestone (empty where none has a day), and fallback: the
        milestone is not the first of those that may stand there.

    Examples
    --------
    >>> days = pd.DataFrame({"identified": [None, "2014-05-01"], "incident_reported": "2014-05-02"})
    >>> clock_days(days, "identified;incident_reported")[["milestone", "fallback"]]
               milestone  fallback
    0  incident_reported      True
    1         identified     False
    """
    wanted = spread(milestones, days.index)
    date = np.full(len(days), np.datetime64("NaT", "s"))
    name = np.full(len(days), "", dtype=object)
    for text in wanted.dropna().unique():
        asked = wanted.eq(text).to_numpy()
        for milestone in text.split(";"):
            held = _column(days, milestone)
            filled = asked & np.isnat(date) & ~np.isnat(held)
            date, name = np.where(filled, held, date), np.where(filled, milestone, name)
    first = wanted.fillna("").str.split(";").str[0].to_numpy()
    return pd.DataFrame(
        {"date": date, "milestone": name, "fallback": (name != "") & (name != first)},
        index=days.index,
    )


def status_of(
    rules: pd.DataFrame,
    *,
    start: ArrayLike,
    stop: ArrayLike,
    extract: ArrayLike,
    ended: ArrayLike = False,
    start_time: ArrayLike | None = None,
    stop_time: ArrayLike | None = None,
) -> pd.DataFrame:
    """Say what became of each limit by the day of the extract.

    Parameters
    ----------
    rules : DataFrame
        What :func:`rules_in_force` gave.
    start, stop : array_like
        Days on which the clock started and stopped, one an event; missing where it has not.
    extract : array_like
        Day of the extract, one for all or one an event.
    ended : array_like
        The event ended otherwise, such as an investigation that was abandoned; with no stop.
    start_time, stop_time : array_like, optional
        Times of day (HH:MM), for limits in hours.

    Returns
    -------
    DataFrame
        Index of ``rules``; rule_id, status (one of :data:`STATUSES`), due and counted_in as from
        :func:`due_dates`, missing where no limit is in force.

    Raises
    ------
    InputError
        For a stop before its start, a start or stop after the extract, an extract that is
        missing, and what :func:`due_dates` refuses; the rows are named.

    Notes
    -----
    Done on the last day is met, and on that day what is open is open in time. A limit that was
    lifted before it ran out is suspended and not breached; what was done within it is met all the
    same. Where a limit in hours has a moment and the stop only a day, that day is enough.

    Examples
    --------
    >>> events = pd.DataFrame({"event_date": ["2014-12-23"] * 3})
    >>> rules = rules_in_force(events, "report")
    >>> stop = ["2015-03-20", "2015-03-23", None]
    >>> found = status_of(rules, start=["2014-12-23"] * 3, stop=stop, extract="2015-09-30")
    >>> found["status"].tolist()
    ['met', 'breached', 'open overdue']
    """
    index = rules.index
    first, last, seen = (as_days(spread(days, index)) for days in (start, stop, extract))
    mend = "Correct the dates at their source, or leave such rows out and count them."
    refuse(np.isnat(seen), index, "the day of the extract is missing", "Give it in case.yml.")
    refuse(last < first, index, "the clock stops before it starts", mend)
    refuse(first > seen, index, "the clock starts after the extract", mend)
    refuse(last > seen, index, "the clock stops after the extract", mend)
    in_force = rules["limit_status"].eq(IN_FORCE).to_numpy()
    due = due_dates(
        pd.Series(np.where(in_force, first, np.datetime64("NaT", "s")), index=index),
        limit=rules["limit"],
        unit=rules["unit"],
        counting=rules["counting"],
        time=start_time,
    )
    end, done = due["due"].to_numpy(), ~np.isnat(last)
    last_day = end.astype("datetime64[D]")
    # A moment against a moment, but a day against a day.
    time = times_of_day(stop_time, index)
    exact = ~np.isnat(time) & due["counted_in"].str.endswith(HOURS).to_numpy(dtype=bool)
    late = np.where(exact, last + time > end, last > last_day)
    overdue = seen > last_day
    lifted = rules["suspended_from"].to_numpy()
    gone = spread(ended, index).astype("boolean").fillna(False).to_numpy(dtype=bool) & ~done
    status = np.select(
        [
            rules["missing"].ne("").to_numpy(),
            rules["limit_status"].eq(SUSPENDED).to_numpy(),
            ~in_force,
            np.isnat(first),
            done & ~late,
            np.where(done | overdue, lifted <= last_day, lifted <= seen),
            gone,
            done,
            overdue,
        ],
        [
            "date missing",
            "suspended",
            "no limit in force",
            "clock not started",
            "met",
            "suspended",
            "ended without it",
            "breached",
            "open overdue",
        ],
        "open in time",
    )
    return pd.DataFrame({"rule_id": rules["rule_id"], "status": status}, index=index).join(due)
