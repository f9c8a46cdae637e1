"""Providers side by side, only where they count the same things in the same way.

``run`` is what :func:`helpers.start` returns; nothing here is ordered by a value.

- :class:`Held`: the numbers of a folder of providers that fall in the period.
- :func:`held`: those of the folder that is named, predecessors put to their successors.
- :func:`everybody`: the rows of an indicator that are not about a cell.
- :func:`standing`: every provider: whether it is compared, what differs, what it holds.
- :func:`units`: numerator and denominator of an indicator for each provider that is compared.
- :func:`coverage`: deaths known to each provider out of those of a national list.
- :func:`nothing`: a frame without rows, with the reason.

Mergers and sums are in :mod:`helpers.cohort.providers_told`, the mix of people in
:mod:`helpers.cohort.providers_mix`, what a case itself gives to a comparison in
:mod:`helpers.cohort.providers_own`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from helpers.cohort import providers_own
from helpers.errors import InputError
from helpers.providers import files
from helpers.providers.form import STRATA
from helpers.providers.matching import COVERAGE, coverage_ids, ids_of, matched
from helpers.providers.mergers import RULES, put_together
from helpers.run import Run
from helpers.scope import long_date

UNIT = ["provider", "marked", "numerator", "denominator", "holds", "period_held"]
Spans = set[tuple[date, date]]
MERGED, PART = "merged", "part of the period"


@dataclass(frozen=True)
class Held:
    """The numbers of a folder of providers that fall in the period of a run.

    Parameters
    ----------
    rows : DataFrame
        Rows whose period lies in that of the run; ``provider`` answers for them, ``recorded_by``
        counted them.
    every : list of str
        Every provider of the folder, those without a row in the period too.
    mergers, reference : DataFrame
        As :class:`helpers.providers.files.Folder` holds them.
    rule : str
        The rule for mergers, in words.
    why : str
        Why nothing is compared; empty where something is.
    """

    rows: pd.DataFrame
    every: list[str]
    mergers: pd.DataFrame
    reference: pd.DataFrame
    rule: str
    why: str = ""


def nothing(why: str, columns: list[str]) -> pd.DataFrame:
    """Return a frame without rows that says why it has none."""
    made = pd.DataFrame(columns=columns)
    made.attrs["reason"] = why
    return made


def _own(run: Run) -> Held:
    """Return the trusts of the case itself."""
    rows = providers_own.rows(run)
    if "funnel_indicator" in run.parameters and len(rows):
        cells = providers_own.cells(run, run.parameters["funnel_indicator"])
        rows = pd.concat([rows, cells], ignore_index=True) if len(cells) else rows
    every = sorted(set(rows["provider"]))
    why = "This case holds one provider, or units that are none: there is nothing to set beside it."
    none = pd.DataFrame(columns=["predecessor", "successor", "date", "source", "source_row"])
    return Held(rows, every, none, pd.DataFrame(), "", why if len(every) < 2 else "")


def held(run: Run, providers: str) -> Held:
    """Return the numbers of a folder of providers that fall in the period of the run.

    Parameters
    ----------
    run : Run
        The run. Its case says what each indicator means: other definitions are not compared.
    providers : str
        A folder of ``data/`` that holds ``providers.yml``; ``own``: the trusts of the case itself.

    Returns
    -------
    Held
        Without rows and with the reason where nothing can be compared: invented numbers are never
        set beside real ones.

    Raises
    ------
    InputError
        If the folder cannot be used, or does not permit the profile of the run.

    Examples
    --------
    >>> from helpers import start
    >>> held(start(case="southern_health"), "providers_example").rows["provider"].nunique()
    24
    """
    if providers == files.OWN:
        return _own(run)
    folder = files.read(providers)
    profile = run.parameters["release_profile"]
    if profile not in folder.about.profiles:
        raise InputError.one(
            f"profile {profile!r} is not one that these numbers permit",
            f"data/{providers}/{files.ABOUT}, profiles",
            f"Use one of: {', '.join(folder.about.profiles)}.",
        )
    every = sorted(set(folder.rows["provider"]))
    rule = RULES[folder.about.mergers] if len(folder.mergers) else ""
    if folder.about.data_status != run.case.data_status:
        why = (
            f"The numbers of {providers} are {folder.about.data_status} and the records of this "
            f"case are {run.case.data_status}: the two are not set side by side."
        )
        none = folder.rows.iloc[0:0].assign(recorded_by="")
        return Held(none, every, folder.mergers, folder.reference, rule, why)
    first, last = pd.Timestamp(run.period_start), pd.Timestamp(run.period_end)
    inside = folder.rows["period_start"].ge(first) & folder.rows["period_end"].le(last)
    rows = put_together(folder.rows[inside], folder.mergers, rule=folder.about.mergers)
    return Held(rows.reset_index(drop=True), every, folder.mergers, folder.reference, rule)


def everybody(found: Held, indicator: str) -> pd.DataFrame:
    """Return the rows of an indicator that are about everybody, not about a cell."""
    rows = found.rows
    blank = rows[STRATA].eq("").all(axis=1) if len(rows) else rows["indicator"].eq("")
    return rows[rows["indicator"].eq(indicator) & blank]


def _length(spans: Spans) -> int:
    """Return how many days lie in any of the spans."""
    total, reached = 0, date.min
    for first, last in sorted(spans):
        first = max(first, reached + timedelta(days=1))
        total += max((last - first).days + 1, 0)
        reached = max(reached, last)
    return total


def _span(mine: Spans, whole: int) -> str:
    """Say which days a provider holds, where it lacks some that others hold."""
    if _length(mine) >= whole:
        return ""
    first, last = min(day for day, _ in mine), max(day for _, day in mine)
    gaps = _length(mine) < (last - first).days + 1
    return f"{long_date(first)} to {long_date(last)}" + (", with gaps" if gaps else "")


def _gathered(rows: pd.DataFrame) -> tuple[dict[str, Spans], dict[str, set[str]], dict[str, list]]:
    """Return by provider its spans, the others that it answers for, and periods withheld."""
    spans: dict[str, Spans] = defaultdict(set)
    others: dict[str, set[str]] = defaultdict(set)
    lost: dict[str, list[str]] = defaultdict(list)
    missing = rows[["numerator", "denominator"]].isna().any(axis=1)
    for provider, recorded, first, last, withheld in zip(
        *(rows[name] for name in ("provider", "recorded_by")),
        *(rows[name].dt.date for name in ("period_start", "period_end")),
        missing,
        strict=True,
    ):
        spans[provider].add((first, last))
        if recorded != provider:
            others[provider].add(recorded)
        if withheld:
            lost[provider].append(first.isoformat())
    return spans, others, lost


def standing(
    run: Run,
    found: Held,
    indicator: str,
    *,
    order: str = "name",
    wanted: dict[str, str] | None = None,
) -> pd.DataFrame:
    """Return every provider: whether it is compared, what differs, what it holds.

    Parameters
    ----------
    run : Run
        The run.
    found : Held
        As :func:`held` returns it.
    indicator : str
        Id of an indicator of the case.
    order : str
        ``name``, or ``exposure``: the largest denominator first, then by name.
    wanted : dict of str, optional
        Definition, denominator, window and method; those of the case if not given.

    Returns
    -------
    DataFrame
        Columns provider, compared, reason (what differs), period_held (where it is not the whole
        period that others hold), holds (organisations whose numbers it answers for), numerator,
        denominator; missing where a number was withheld or nothing lies in the period.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="southern_health")
    >>> made = standing(run, held(run, "providers_example"), "reported_share")
    >>> made["compared"].value_counts().to_dict()
    {True: 21, False: 3}
    """
    columns = ["provider", "compared", "reason", "period_held", "holds"]
    columns += ["numerator", "denominator"]
    if found.why:
        return nothing(found.why, columns)
    rows = everybody(found, indicator)
    ids = ids_of(run.case, indicator) if wanted is None else wanted
    verdicts = {one.provider: one for one in matched(rows, ids).itertuples(index=False)}
    spans, others, lost = _gathered(rows)
    whole = _length({span for mine in spans.values() for span in mine})
    sums = rows.groupby("provider")[["numerator", "denominator"]].sum()
    answered = {name for mine in others.values() for name in mine}
    made: list[list[Any]] = []
    for provider in sorted({*spans, *found.every}):
        if provider in spans:
            verdict, days = verdicts[provider], ", ".join(lost[provider])
            said = f"a number was withheld or not recorded (periods from {days})" if days else ""
            reason = "; ".join(filter(None, [verdict.reason, said]))
            held_ = [np.nan, np.nan] if days else sums.loc[provider].tolist()
            marks = [_span(spans[provider], whole), ", ".join(sorted(others[provider]))]
            made.append([provider, verdict.compared and not days, reason, *marks, *held_])
        elif provider not in answered:
            # A predecessor whose every number was put elsewhere is no provider of this period.
            reason = "no number of this indicator lies within the period"
            made.append([provider, False, reason, "", "", np.nan, np.nan])
    frame = pd.DataFrame(made, columns=columns)
    frame[["numerator", "denominator"]] = frame[["numerator", "denominator"]].astype("Int64")
    return _ordered(frame, order).assign(**_labels(run, indicator))


def _labels(run: Run, indicator: str) -> dict[str, str]:
    """Return the columns by which an exhibit finds the definition; none of the coverage index."""
    if indicator == COVERAGE:
        return {}
    return {"indicator": indicator, "label": run.case.indicator(indicator).label}


def _ordered(frame: pd.DataFrame, order: str) -> pd.DataFrame:
    """Order providers by name, or by the number out of which a share is taken."""
    if order == "exposure":
        frame = frame.sort_values(
            ["denominator", "provider"], ascending=[False, True], na_position="last"
        )
    else:
        frame = frame.sort_values("provider")
    return frame.reset_index(drop=True)


def units(
    run: Run,
    found: Held,
    indicator: str,
    *,
    order: str = "name",
    wanted: dict[str, str] | None = None,
) -> pd.DataFrame:
    """Return numerator and denominator of an indicator for each provider that is compared.

    Parameters
    ----------
    run : Run
        The run.
    found : Held
        As :func:`held` returns it.
    indicator, order, wanted : object
        As for :func:`standing`.

    Returns
    -------
    DataFrame
        Columns provider, marked (its name, with (merged) or (part of the period)), numerator,
        denominator, holds, period_held, indicator, label and definition_id, which is the same in
        every row.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="southern_health")
    >>> made = units(run, held(run, "providers_example"), "reported_share", order="exposure")
    >>> made["denominator"].is_monotonic_decreasing
    True
    """
    every = standing(run, found, indicator, order=order, wanted=wanted)
    named = list(_labels(run, indicator))
    if every.empty or not every["compared"].any():
        why = found.why or "No provider counts by the definition of this case in the period."
        return nothing(why, [*named, *UNIT, "definition_id"])
    ids = ids_of(run.case, indicator) if wanted is None else wanted
    made = every[every["compared"]].reset_index(drop=True)
    made["marked"] = [
        _marked(*row) for row in made[["provider", "holds", "period_held"]].itertuples(index=False)
    ]
    return made[[*named, *UNIT]].assign(definition_id=ids["definition_id"])


def _marked(provider: str, holds: str, period: str) -> str:
    """Return the name of a provider with what a figure must say of it."""
    said = ", ".join([MERGED] * bool(holds) + [PART] * bool(period))
    return f"{provider} ({said})" if said else provider


def coverage(run: Run, found: Held, *, order: str = "name") -> pd.DataFrame:
    """Return deaths known to each provider out of those of a national list.

    Parameters
    ----------
    run : Run
        The run.
    found : Held
        As :func:`held` returns it.
    order : str
        As for :func:`standing`.

    Returns
    -------
    DataFrame
        As :func:`units` returns it, without indicator and label.
    """
    made = units(run, found, COVERAGE, order=order, wanted=coverage_ids())
    if made.empty and not found.why:
        return nothing("No provider gives the deaths of a national list.", list(made.columns))
    return made
