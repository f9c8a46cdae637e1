"""The way from a death to the end of its investigation, stage by stage.

``run`` is the run, as :func:`helpers.start` returns it; which stages there are, in which order and
whom each concerns stands in its ``case.yml`` under ``stages``.

- :func:`order`: which days of each stage are there, missing or out of order.
- :func:`elapsed`: one row a record with the days until each stage, for the methods.
- :func:`waits`: days from one stage to the next, one row a record and stage.
- :func:`clocks`: days to the report from several starts of the clock.
- :func:`labelled`, :func:`longest`: results with the stages in words, and the longest of them.
- :func:`names`, :func:`horizon`: the stages by the column that holds them.
- :func:`timeline`: the days of one death, for internal use.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.casetimes import Stage
from helpers.cohort import delays, ends
from helpers.errors import InputError
from helpers.milestones import words
from helpers.run import Run
from helpers.tables import among

NOBODY = "none"
GROUPS = ["service", "age_band", "sex", "place"]


def names(run: Run) -> dict[str, str]:
    """Return the label of each stage by its milestone, in the order of the way.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> list(names(run))
    ['opened', 'concluded', 'report']
    """
    way = run.case.stages
    return {stage.milestone: stage.label for stage in way.path} if way else {}


def _held(run: Run) -> pd.DataFrame:
    """Return the records of those whose way is followed, if the day of its start is known."""
    held = delays.records(run)
    if run.case.stages is None:
        return held.iloc[0:0]
    if delays.of_deaths(run):
        held = held[held[run.case.stages.among].astype("bool")]
    return held[held[run.case.stages.start].notna()].reset_index(drop=True)


def _concerned(run: Run, held: pd.DataFrame, stage: Stage) -> np.ndarray:
    if not delays.of_deaths(run):
        return np.ones(len(held), dtype=bool)
    return held[stage.among].to_numpy(dtype=bool)


def _days(run: Run, held: pd.DataFrame) -> pd.DataFrame:
    """Return days from the start to each stage as recorded; NaN where the stage has no day."""
    begin = held[run.case.stages.start]
    return pd.DataFrame(
        {
            stage.milestone: (held[stage.milestone] - begin).dt.days.where(
                _concerned(run, held, stage)
            )
            for stage in run.case.stages.path
        },
        dtype="float64",
        index=held.index,
    )


def order(run: Run) -> pd.DataFrame:
    """Return, stage by stage, how many days are there, missing, out of order or still to come.

    Returns
    -------
    DataFrame
        Columns milestone, label, concerned (people whom the stage concerns), recorded, skipped
        (no day, although a later stage has one), to_come (no day, and no later one), early
        (dated before the stage that precedes it), same_day (on the day of the one before);
        concerned = recorded + skipped + to_come.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> order(run)[["label", "recorded", "skipped", "early"]].head(1)
                                    label  recorded  skipped  early
    0  Until the investigation was opened        73        3      0
    """
    columns = ["milestone", "label", "concerned", "recorded", "skipped", "to_come", "early"]
    held = _held(run)
    if held.empty:
        return pd.DataFrame(columns=[*columns, "same_day"])
    days = _days(run, held)
    later = days.bfill(axis=1).notna()
    before = days.ffill(axis=1).shift(1, axis=1).fillna(0.0)
    rows = []
    for stage in run.case.stages.path:
        mine = _concerned(run, held, stage)
        name = stage.milestone
        known = days[name].notna()
        rows.append(
            {
                "milestone": name,
                "label": stage.label,
                "concerned": int(mine.sum()),
                "recorded": int(known.sum()),
                "skipped": int((mine & ~known & later[name]).sum()),
                "to_come": int((mine & ~known & ~later[name]).sum()),
                "early": int((known & days[name].lt(before[name])).sum()),
                "same_day": int((known & days[name].eq(before[name])).sum()),
            }
        )
    return pd.DataFrame(rows)


def elapsed(run: Run) -> pd.DataFrame:
    """Return one row a record with the days from the start until each stage was passed.

    What the records leave open is settled by rule, and counted in :func:`order`: a stage without
    a day is passed on the day of the next that has one; a stage that does not concern somebody is
    passed with the one before; a day before that of an earlier stage is that of the earlier one.

    Returns
    -------
    DataFrame
        Columns review_id, source_row, year, those of service, age_band, sex and place that the
        records have, one column a stage (days; missing: not passed), followed (days until the
        extract, or until the way ended otherwise) and ended (it ended otherwise). Records without
        the day that the way starts at, or one after the extract, are left out.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> elapsed(run)[["opened", "concluded", "report"]].median().tolist()
    [8.5, 286.5, 323.5]
    """
    held = _held(run)
    kept = [name for name in ("review_id", "source_row", "year", *GROUPS) if name in held]
    if held.empty:
        return pd.DataFrame(columns=[*kept, *names(run), "followed", "ended"])
    way = run.case.stages
    days = _days(run, held)
    filled = days.bfill(axis=1)
    previous = pd.Series(0.0, index=held.index)
    for stage in way.path:
        mine = _concerned(run, held, stage)
        here = filled[stage.milestone].where(mine, previous)
        filled[stage.milestone] = np.fmax(here, previous).where(here.notna())
        previous = filled[stage.milestone]
    other = ends.otherwise(run, held) & filled.iloc[:, -1].isna()
    until = (ends.last_day(run, held) - held[way.start]).dt.days.astype(float)
    until = np.fmax(until, filled.max(axis=1))
    made = held[kept].join(filled).assign(followed=until, ended=other.astype(int))
    return made[made["followed"].ge(0)].reset_index(drop=True)


def waits(run: Run) -> pd.DataFrame:
    """Return the days from each stage to the next, one row a record and stage.

    A stage counts for those whom it concerns. Whoever passed the stage before is counted as
    waiting from then on; who has not passed this one is followed to the extract, or to the day on
    which the investigation ended otherwise.

    Returns
    -------
    DataFrame
        Columns review_id, source_row, stage (its place on the way, from 1), label, days,
        observed, and year, service, age_band, sex or place.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> waits(run).groupby("label", sort=False)["days"].median().tolist()
    [8.5, 252.5, 8.0]
    """
    made = elapsed(run)
    groups = [name for name in ("year", *GROUPS) if name in made]
    parts, before = [], pd.Series(0.0, index=made.index)
    held = _held(run)
    concerned = {
        stage.milestone: held.loc[_concerned(run, held, stage), "review_id"]
        for stage in (run.case.stages.path if run.case.stages else ())
    }
    for place, (name, label) in enumerate(names(run).items(), start=1):
        passed = made[name].notna()
        mine = among(made["review_id"], concerned[name])
        days = (made[name].where(passed, made["followed"]) - before).where(before.notna())
        part = made[["review_id", "source_row", *groups]].assign(
            stage=place, label=label, days=days, observed=passed
        )
        parts.append(part[days.notna() & mine])
        before = made[name]
    columns = ["review_id", "source_row", *groups, "stage", "label", "days", "observed"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def horizon(run: Run) -> int:
    """Return the days over which the time in each stage is counted.

    Parameters
    ----------
    run : Run
        The run.
    """
    return run.case.stages.horizon if run.case.stages else 730


def labelled(run: Run, spent: pd.DataFrame) -> pd.DataFrame:
    """Return the time in each stage with the stages in words.

    Parameters
    ----------
    run : Run
        The run.
    spent : DataFrame
        As `helpers.methods.stages.time_in_stages` returns it.

    Returns
    -------
    DataFrame
        The same with ``label`` first.
    """
    made = spent.copy()
    made.insert(0, "label", spent["stage"].map(names(run)))
    return made


def longest(run: Run, spent: pd.DataFrame) -> pd.DataFrame:
    """Return the stage in which most of the time was spent.

    Parameters
    ----------
    run : Run
        The run.
    spent : DataFrame
        As `helpers.methods.stages.time_in_stages` returns it.

    Returns
    -------
    DataFrame
        Its row with ``label``, and ``part`` (its share of the days on the way); none where no
        time could be counted.
    """
    known = labelled(run, spent).dropna(subset=["value"])
    top = known.sort_values("value", ascending=False, kind="stable").head(1)
    return top.assign(part=top["share"]).reset_index(drop=True)


def clocks(run: Run) -> pd.DataFrame:
    """Return the days to the report from several starts of the clock, one row a record and clock.

    Returns
    -------
    DataFrame
        Columns review_id, source_row, clock (the milestone it starts at), label, days, observed
        and year. A record counts for a clock if it has its start, not after the report; without a
        report it is followed to the extract.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> clocks(run).groupby("label", sort=False)["days"].median().tolist()
    [323.5, 281.0]
    """
    held, way = _held(run), run.case.stages
    columns = ["review_id", "source_row", "year", "clock", "label", "days", "observed"]
    if held.empty or way.report is None or not way.clocks:
        return pd.DataFrame(columns=columns)
    extract = pd.Timestamp(run.case.extract_date)
    parts = []
    for name in way.clocks:
        end = held[way.report]
        if delays.of_deaths(run):
            end = end.fillna(extract)
        days = (end - held[name]).dt.days
        label = f"From: {words(name)}"
        part = held.assign(clock=name, label=label, days=days, observed=held[way.report].notna())
        parts.append(part.loc[days.ge(0), columns])
    whole = pd.concat(parts, ignore_index=True)
    whole["clock"] = pd.Categorical(whole["clock"], categories=way.clocks, ordered=True)
    return whole.astype({"days": "int64"})


def timeline(run: Run, record: str) -> pd.DataFrame:
    """Return the recorded days of one death, for internal use only.

    Parameters
    ----------
    run : Run
        Its profile must be ``internal``.
    record : str
        The death, by the death_id of the case; ``none``: nobody.

    Returns
    -------
    DataFrame
        Columns date, milestone, label, days (since the death), register, source_sheet and
        source_row, in the order of the days; empty for nobody.

    Raises
    ------
    InputError
        If somebody is named and the profile is not internal, or no death of the period has this
        id.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> try:
    ...     timeline(run, "anybody")
    ... except InputError as error:
    ...     print(error.problems[0].mend)
    Set release_profile to internal.
    """
    columns = ["date", "milestone", "label", "days", "register", "source_sheet", "source_row"]
    if record == NOBODY:
        nothing = pd.DataFrame(columns=columns)
        nothing.attrs["answer"] = "No death was named; one can be, in the internal profile only."
        return nothing
    if run.parameters["release_profile"] != "internal":
        raise InputError.one(
            "the days of one death are shown in the internal profile only",
            "parameter release_profile",
            "Set release_profile to internal.",
        )
    days = run.milestones[run.milestones["death_id"].eq(record)]
    if days.empty:
        raise InputError.one(
            f"no death of the period has the id {record!r}",
            "parameter timeline_of",
            "Use a death_id of the work list.",
        )
    death = days.loc[days["milestone"].eq("death"), "date"].min()
    made = days.assign(label=days["milestone"].map(words), days=(days["date"] - death).dt.days)
    return made.sort_values(["date", "source_row"], kind="stable")[columns].reset_index(drop=True)
