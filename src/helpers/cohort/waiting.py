"""The model of how long a stretch took: the records that it is given, and its plan.

``run`` is the run, as :func:`helpers.start` returns it; which stretch is explained by what stands
in its ``case.yml`` under ``waiting``.

- :data:`KNOWN_AT_DEATH`, :data:`KNOWN_OF_REPORTS`: columns that are known when the clock starts.
- :func:`model_frame`: one row a record with days, end and characteristics.
- :func:`terms`: the characteristics that enter; :func:`with_left_out`: results with those that
  do not, and why.
- :func:`focus`, :func:`points`: what is translated into days and chances, and at which days.
"""

from __future__ import annotations

import pandas as pd

from helpers.casetimes import KNOWN_AT_DEATH, KNOWN_OF_REPORTS
from helpers.cohort import delays, ends
from helpers.run import Run

DONE, _OTHERWISE = "reached", "ended otherwise"

__all__ = [
    "DONE",
    "KNOWN_AT_DEATH",
    "KNOWN_OF_REPORTS",
    "focus",
    "model_frame",
    "points",
    "terms",
    "with_left_out",
]


def model_frame(run: Run) -> pd.DataFrame:
    """Return one row a record with its days, its end and the characteristics of the plan.

    An investigation that ended otherwise is followed to that end: what is modelled is the pace at
    which the second day is reached while it is still to come.

    Returns
    -------
    DataFrame
        Columns review_id, source_row, days, cause (reached, ended otherwise; missing: open at the
        extract), observed (it was reached), and the characteristics by the names of the plan:
        text as categories with the reference first, flags as 0 and 1. Records whose clock started
        before the death, by the record, are left out.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> model_frame(run)["Place of death"].cat.categories.tolist()[0]
    'Hospital'
    """
    plan = run.case.waiting
    fixed = ["review_id", "source_row", "days", "cause", "observed"]
    if plan is None:
        return pd.DataFrame(columns=fixed)
    interval = next(one for one in run.case.intervals if one.id == plan.interval)
    held = delays.records(run)
    if delays.of_deaths(run):
        held = held[held[interval.among].astype("bool")]
        held = held.assign(age_decade=held["age"].astype("Float64") / 10)
    held = held[held[interval.from_].notna()].reset_index(drop=True)
    if "death" in held:
        # The characteristics are those of the day of death: a clock that by the record started
        # before it cannot be right.
        held = held[~held[interval.from_].lt(held["death"])].reset_index(drop=True)
    made = _timed(run, held, interval.from_, interval.to)
    for name, column in plan.terms.items():
        made[name] = _characteristic(run, held[column], plan.reference.get(name))
    return made[made["days"].ge(0)].reset_index(drop=True)


def _timed(run: Run, held: pd.DataFrame, begin: str, end: str) -> pd.DataFrame:
    """Return the days of each record and how it ended."""
    extract = pd.Timestamp(run.case.extract_date)
    reached = held[end].notna()
    other, until = pd.Series(False, index=held.index), pd.Series(extract, index=held.index)
    if delays.of_deaths(run) and run.case.stages:
        other = ends.otherwise(run, held) & ~reached
        until = ends.last_day(run, held).where(other, extract)
    if not delays.of_deaths(run):
        until = until.where(reached)  # a register of finished reports follows nobody
    cause = pd.Series(None, index=held.index, dtype="object")
    cause = cause.mask(other, _OTHERWISE).mask(reached, DONE)
    return pd.DataFrame(
        {
            "review_id": held["review_id"],
            "source_row": held["source_row"],
            "days": (held[end].fillna(until) - held[begin]).dt.days,
            "cause": cause,
            "observed": reached.astype(int),
        }
    )


def _characteristic(run: Run, values: pd.Series, reference: str | None) -> pd.Series:
    if isinstance(values.dtype, pd.BooleanDtype) or values.dtype == "bool":
        return values.astype("Int64").astype("float64")
    if values.name != "year" and pd.api.types.is_numeric_dtype(values):
        return values.astype("float64")
    labels = run.case.labels
    text = values.map(lambda value: labels.get(str(value), str(value)), na_action="ignore")
    found = sorted(set(text.dropna()))
    first = [reference] if reference in found else []
    levels = [*first, *(level for level in found if level not in first)]
    return pd.Series(pd.Categorical(text, categories=levels), index=values.index)


def _left_out(run: Run, frame: pd.DataFrame) -> dict[str, str]:
    """Return the characteristics that do not enter the model, and why."""
    found = {}
    for name in run.case.waiting.terms if run.case.waiting else ():
        levels = frame[frame[name].notna()]
        number = pd.api.types.is_numeric_dtype(frame[name]) and frame[name].nunique() > 2
        counted = levels.groupby(name, observed=True)["observed"].agg(["sum", "size"])
        if len(counted) < 2:
            found[name] = "it does not vary"
        elif not number and counted["sum"].lt(1).any():
            found[name] = "nobody of a level had reached the second day"
    return found


def terms(run: Run, frame: pd.DataFrame) -> list[str]:
    """Return the characteristics that enter the model.

    Parameters
    ----------
    run, frame : Run, DataFrame
        The run, and what :func:`model_frame` returns for it.
    """
    out = _left_out(run, frame)
    return [name for name in run.case.waiting.terms if name not in out] if run.case.waiting else []


def with_left_out(run: Run, frame: pd.DataFrame, ratios: pd.DataFrame) -> pd.DataFrame:
    """Return the ratios of a model with a row for each characteristic that did not enter it.

    Parameters
    ----------
    run, frame : Run, DataFrame
        The run, and what :func:`model_frame` returns for it.
    ratios : DataFrame
        As `helpers.methods.pace.pace` gives them: term, level_name and numbers.

    Returns
    -------
    DataFrame
        The same, and below it the characteristics of the plan that were left out, with the reason
        as level_name and no numbers. The reason why there is no model stays with the table.
    """
    rows = [
        {"term": name, "level_name": f"left out: {reason}"}
        for name, reason in _left_out(run, frame).items()
    ]
    if not rows:
        return ratios
    if reason := ratios.attrs.get("reason"):
        rows.insert(0, {"term": "All of them", "level_name": reason})
    return pd.concat([ratios, pd.DataFrame(rows)], ignore_index=True)


def focus(run: Run) -> str:
    """Return the characteristic whose levels are translated into days and chances.

    Parameters
    ----------
    run : Run
        The run.
    """
    return run.case.waiting.focus if run.case.waiting else ""


def points(run: Run) -> list[int]:
    """Return the days at which the chances are given.

    Parameters
    ----------
    run : Run
        The run.
    """
    return list(run.case.waiting.days) if run.case.waiting else []
