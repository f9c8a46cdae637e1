"""Two periods of one case: which they are, and what changed between them.

``run`` is what :func:`helpers.start` returns. Both periods lie within its period. Each is a run of
its own over the same records, seen as they stood the same number of days after its end, so that
the later one is not held against one that had more time.

- :class:`Pair`: the two periods.
- :func:`choose`: the periods that were asked for, or the last two whole years.
- :func:`compared`: the periods in words.
- :func:`changed`, :func:`breaks_of`: what changed between them, and for one indicator.
- :func:`sources`: how far each source covers each period.
- :func:`limits_in_force`: the time limits of each period.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pandas as pd

from helpers.casefile import Break
from helpers.cohort import limits
from helpers.errors import InputError, Problem
from helpers.run import Run
from helpers.scope import long_date

NAMES = ("earlier", "later")
NONE = "none"
"""A day that is not given."""
CHANGES = ["date", "what", "note", "concerns"]
RULE = "The last whole year within the period of the run, against the year before it."
ASKED = "As the parameters of the run say."


@dataclasses.dataclass(frozen=True)
class Pair:
    """Two periods of a run.

    Parameters
    ----------
    run : Run
        The run within whose period both lie.
    rule : str
        How they were chosen, in words.
    across : bool
        Whether differences are shown across declared changes, and flagged.
    earlier, later : Run or None
        The run over each period, its records seen ``lag`` days after the end; None where the
        period of the run holds no two whole years.
    lag : int
        Days from the end of each period to the day up to which records are followed.
    """

    run: Run
    rule: str
    across: bool = False
    earlier: Run | None = None
    later: Run | None = None
    lag: int = 0

    @property
    def sides(self) -> list[tuple[str, Run]]:
        """Return name and run of both periods; nothing where there are none."""
        if self.earlier is None or self.later is None:
            return []
        return [(NAMES[0], self.earlier), (NAMES[1], self.later)]

    @property
    def days(self) -> dict[str, pd.Timestamp]:
        """Return the first and the last day of both periods, by name of their columns."""
        return {
            f"{name}_{end}": pd.Timestamp(getattr(one, f"period_{end}"))
            for name, one in self.sides
            for end in ("start", "end")
        }


Days = tuple[date, date]


def _last_years(run: Run) -> tuple[Days, Days] | None:
    """Return the days of the last two whole years within the period, the earlier first."""
    last = run.year(run.period_end)
    last -= run.days_of(last)[1] > run.period_end
    both = run.days_of(last - 1), run.days_of(last)
    return both if both[0][0] >= run.period_start else None


def _asked(given: dict[str, Any], run: Run) -> tuple[Days, Days]:
    missing = [name for name, day in given.items() if not day]
    if missing:
        raise InputError.one(
            "some days of the two periods are given and others are not",
            f"parameter {', '.join(missing)}",
            "Give all four days, or none for the last two whole years.",
        )
    earlier = given["earlier_start"], given["earlier_end"]
    later = given["later_start"], given["later_end"]
    problems = [
        Problem(what, where, mend)
        for wrong, what, where, mend in (
            (earlier[1] < earlier[0], "the earlier period ends before it starts",
             "parameter earlier_end", "Give an end on or after the start."),
            (later[1] < later[0], "the later period ends before it starts",
             "parameter later_end", "Give an end on or after the start."),
            (later[0] <= earlier[1], "the two periods overlap, or the later one comes first",
             "parameter later_start", "Give a day after the end of the earlier period."),
            (earlier[0] < run.period_start or later[1] > run.period_end,
             "the two periods reach outside the period of the run",
             "parameter earlier_start, later_end",
             f"The run holds {run.period_start} to {run.period_end}."),
        )
        if wrong
    ]  # fmt: skip
    if problems:
        raise InputError(problems)
    return earlier, later


def choose(
    run: Run,
    *,
    earlier: Sequence[date | str] = (NONE, NONE),
    later: Sequence[date | str] = (NONE, NONE),
    across_breaks: bool = False,
) -> Pair:
    """Return the two periods that are compared.

    Parameters
    ----------
    run : Run
        The run.
    earlier, later : sequence of date or str
        First and last day of each; ``none``: the last whole year within the period of the run, by
        the calendar of the case, and the year before it.
    across_breaks : bool
        Show differences across declared changes as well.

    Returns
    -------
    Pair
        Without periods where the run holds no two whole years.

    Raises
    ------
    InputError
        If only some days are given, the periods overlap, or reach outside the run.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2018-07-01", period_end="2020-12-31")
    >>> pair = choose(run)
    >>> pair.earlier.period_start, pair.later.period_end, pair.lag
    (datetime.date(2019, 1, 1), datetime.date(2020, 12, 31), 1673)
    """
    names = [f"{name}_{end}" for name in NAMES for end in ("start", "end")]
    given = dict(zip(names, (*earlier, *later), strict=True))
    days = {name: None if day == NONE else date.fromisoformat(str(day)) for name, day in
            given.items()}  # fmt: skip
    asked = any(days.values())
    both = _asked(days, run) if asked else _last_years(run)
    if both is None:
        return Pair(run, RULE, across_breaks)
    lag = max((run.case.extract_date - both[1][1]).days, 0)
    made = []
    for first, last in both:
        seen = min(last + timedelta(days=lag), run.case.extract_date)
        case = run.case.model_copy(update={"extract_date": seen})
        period = {"period_start": first, "period_end": last}
        made.append(dataclasses.replace(run, case=case, parameters=run.parameters | period))
    return Pair(run, ASKED if asked else RULE, across_breaks, made[0], made[1], lag)


def compared(pair: Pair) -> pd.DataFrame:
    """Return the two periods in words.

    Parameters
    ----------
    pair : Pair
        The periods.

    Returns
    -------
    DataFrame
        Columns period, start, end, days, followed_until (the day up to which its records are
        seen), lag (days from its end to that day), chosen (how).
    """
    rows = [
        {
            "period": name,
            "start": pd.Timestamp(one.period_start),
            "end": pd.Timestamp(one.period_end),
            "days": (one.period_end - one.period_start).days + 1,
            "followed_until": pd.Timestamp(one.case.extract_date),
            "lag": (one.case.extract_date - one.period_end).days,
            "chosen": pair.rule,
        }
        for name, one in pair.sides
    ]
    columns = ["period", "start", "end", "days", "followed_until", "lag", "chosen"]
    return pd.DataFrame(rows, columns=columns)


def _between(pair: Pair) -> list[Break]:
    """Return the declared changes after the first day of the earlier period, in order."""
    if not pair.sides:
        return []
    first, last = pair.earlier.period_start, pair.later.period_end  # type: ignore[union-attr]
    return [one for one in pair.run.case.all_breaks if first < one.date <= last]


def breaks_of(pair: Pair, *names: str) -> list[Break]:
    """Return the declared changes between the periods, or within them, that concern something.

    Parameters
    ----------
    pair : Pair
        The periods.
    *names : str
        Ids of indicators, steps or measures.
    """
    return [one for one in _between(pair) if set(names) & set(one.measures)]


def changed(pair: Pair) -> pd.DataFrame:
    """Return what changed between the periods: declared changes and time limits, by day.

    Parameters
    ----------
    pair : Pair
        The periods.

    Returns
    -------
    DataFrame
        Columns date, what (a declared change, a time limit that starts or ends), note, concerns.
    """
    labels = {item.id: item.label for item in pair.run.case.indicators}
    rows = [
        {
            "date": pd.Timestamp(one.date),
            "what": "declared change of law, definition or system",
            "note": one.note,
            "concerns": "; ".join(dict.fromkeys(labels[name] for name in one.measures
                                                if name in labels)) or "no share shown here",
        }
        for one in _between(pair)
    ]  # fmt: skip
    made = pd.DataFrame(rows, columns=CHANGES).sort_values("date", ignore_index=True)
    if pair.sides:
        made.attrs["answer"] = "No change was declared between the two periods."
    return made


def sources(pair: Pair) -> pd.DataFrame:
    """Return how far each source covers each period.

    Parameters
    ----------
    pair : Pair
        The periods.

    Returns
    -------
    DataFrame
        Columns source, covers (its days, in words), earlier, later: whole, in part or not.
    """

    def far(first: date, last: date, one: Run) -> str:
        if first <= one.period_start and one.period_end <= last:
            return "whole"
        return "not" if last < one.period_start or one.period_end < first else "in part"

    rows = [
        {
            "source": source.title,
            "covers": f"{long_date(source.coverage.start)} to {long_date(source.coverage.end)}",
            **{name: far(source.coverage.start, source.coverage.end, one)
               for name, one in pair.sides},
        }
        for source in (pair.run.case.sources if pair.sides else ())
        if source.coverage is not None
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["source", "covers", *NAMES])


def limits_in_force(pair: Pair) -> pd.DataFrame:
    """Return the time limits that were in force at some time of each period.

    Parameters
    ----------
    pair : Pair
        The periods.

    Returns
    -------
    DataFrame
        Columns rule_id, label, in_force, limit, known, earlier, later (yes or no), changed.
    """
    columns = ["rule_id", "label", "in_force", "limit", "known"]
    found = [limits.in_force(one)[columns].assign(period=name) for name, one in pair.sides]
    if not found:
        return pd.DataFrame(columns=[*columns, *NAMES, "changed"])
    every = pd.concat(found, ignore_index=True)
    rules = every[columns].drop_duplicates("rule_id", ignore_index=True)
    for name in NAMES:
        mine = set(every.loc[every["period"].eq(name), "rule_id"])
        rules[name] = ["yes" if rule in mine else "no" for rule in rules["rule_id"]]
    differs = rules["earlier"].ne(rules["later"])
    return rules.assign(changed=differs.map({True: "yes", False: "no"}))
