"""Records with milestones: how long each stretch took, and what the times rest on.

``run`` is the run, as :func:`helpers.start` returns it. Where the records are of deaths, those
that have not reached the second milestone are counted as open until the extract; a register of
finished investigations holds no open ones.

- :func:`of_deaths`: whether the records are of deaths or a register of reports.
- :func:`records`: the records that times are taken from, one column a milestone.
- :func:`durations`: days between two milestones, one row a record and interval.
- :func:`longest`: the rows of the whole way.
- :func:`usable`: how many records each interval rests on, and why the others are out.
"""

from __future__ import annotations

import pandas as pd

from helpers.casetimes import Interval
from helpers.run import Run

COLUMNS = ["review_id", "source_row", "interval", "label", "days", "observed", "year"]


def of_deaths(run: Run) -> bool:
    """Return whether the times of a case are those of deaths, not of a register of reports.

    Examples
    --------
    >>> from helpers import start
    >>> of_deaths(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    False
    """
    rule = run.case.delays
    return rule is not None and any(
        source.id == rule.register_ and source.table == "deaths" for source in run.case.sources
    )


def _wide(run: Run, key: str, register: str | None) -> pd.DataFrame:
    """First day of each milestone, one row a record and one column a milestone."""
    days = run.milestones
    if register is not None:
        days = days[days["register"].eq(register)]
    wide = days.pivot_table(index=key, columns="milestone", values="date", aggfunc="min")
    known = {name for interval in run.case.intervals for name in (interval.from_, interval.to)}
    known |= {run.case.delays.cohort if run.case.delays else "death"}
    if way := run.case.stages:
        known |= {way.start, way.opened, *way.clocks, *(stage.milestone for stage in way.path)}
    return wide.reindex(columns=sorted({*known, *wide})).astype("datetime64[s]")


def records(run: Run) -> pd.DataFrame:
    """Return the records that times are taken from, with one column a milestone.

    Returns
    -------
    DataFrame
        Of deaths: the columns of ``run.people`` with review_id (the death), deaths (true), year
        and the service by its label; of a register: its reports and their year. Then one column a
        milestone with its first day; what is dated after the extract is left out.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(records(run)), int(records(run)["opened"].notna().sum())
    (82, 79)
    """
    rule = run.case.delays
    if rule is None:
        return pd.DataFrame(columns=["review_id", "source_row", "year"])
    if of_deaths(run):
        people = run.people.assign(deaths=True)
        people = people.assign(
            review_id=people["death_id"],
            year=run.years(people["date_of_death"]),
            service=people["service"].map(lambda name: run.case.labels.get(name, name)),
        )
        wide = _wide(run, "death_id", None)
        # What is dated after the extract cannot have been seen by it: a slip, flagged at intake.
        wide = wide.where(wide.le(pd.Timestamp(run.case.extract_date)))
        return people.join(wide, on="death_id").reset_index(drop=True)
    chosen = run.reports[run.reports["register"].eq(rule.register_)]
    for column, value in rule.only.items():
        chosen = chosen[chosen[column].eq(value)]
    joined = chosen.join(_wide(run, "review_id", rule.register_), on="review_id")
    joined["place"] = joined["place"].fillna("Not recorded")
    return joined.assign(year=joined[rule.cohort].dt.year.astype("Int64")).reset_index(drop=True)


def _stretches(run: Run, study: pd.DataFrame) -> list[tuple[Interval, pd.DataFrame]]:
    """Each interval with the records it is counted for."""
    found = []
    for interval in run.case.intervals:
        if interval.from_ in study and interval.to in study:
            among = study[interval.among].astype("bool") if of_deaths(run) else slice(None)
            found.append((interval, study[among]))
    return found


def durations(run: Run) -> pd.DataFrame:
    """Return the days of each interval, one row a record and interval.

    Records without the first date, or with the later one first, are left out here and counted by
    :func:`usable`. A death that has not reached the second milestone is followed to the extract;
    so is one whose investigation was closed without it, which counts as never having reached it.

    Returns
    -------
    DataFrame
        Columns review_id (the record), source_row, interval, label, days, observed (false: not
        reached by the extract), year (of the deciding milestone), and place (of death) or
        service, age_band and sex.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> days = durations(run)
    >>> float(days.loc[days["label"].eq("Death to report"), "days"].median())
    323.5
    """
    study = records(run)
    groups = ["service", "age_band", "sex"] if of_deaths(run) else ["place"]
    columns = [*COLUMNS, *groups]
    extract = pd.Timestamp(run.case.extract_date)
    found = []
    for interval, held in _stretches(run, study):
        end = held[interval.to].fillna(extract) if of_deaths(run) else held[interval.to]
        part = held.assign(
            interval=interval.id,
            label=interval.label,
            days=(end - held[interval.from_]).dt.days,
            observed=held[interval.to].notna(),
        )[columns]
        found.append(part[part["days"].ge(0)])
    if not found:
        return pd.DataFrame(columns=columns)
    whole = pd.concat(found, ignore_index=True)
    whole["days"] = whole["days"].astype("int64")
    # An ordered category keeps the order of the case wherever groups are sorted.
    known = [interval.id for interval in run.case.intervals]
    whole["interval"] = pd.Categorical(whole["interval"], categories=known, ordered=True)
    return whole


def longest(run: Run, days: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the last interval that the case names: the whole of the way.

    Parameters
    ----------
    run, days : Run, DataFrame
        The run, and what :func:`durations` returns for it.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> longest(run, durations(run))["label"].value_counts().to_dict()
    {'Death to report': 76}
    """
    names = [interval.id for interval in run.case.intervals]
    return days[days["interval"].eq(names[-1] if names else "")].reset_index(drop=True)


def usable(run: Run) -> pd.DataFrame:
    """Return, for each interval, how many records it rests on and why the others are out.

    Returns
    -------
    DataFrame
        Columns interval, label, records, no_start, no_end (start known, of a finished record),
        negative, used, still_open (of those used: not reached by the extract); records =
        no_start + no_end + negative + used.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> usable(run)["used"].tolist()
    [73, 75, 74, 78, 76]
    """
    rows = []
    followed = of_deaths(run)
    for interval, held in _stretches(run, records(run)):
        begin, end = held[interval.from_], held[interval.to]
        days = (end - begin).dt.days
        waiting = int((begin.notna() & end.isna()).sum())
        rows.append(
            {
                "interval": interval.id,
                "label": interval.label,
                "records": len(held),
                "no_start": int(begin.isna().sum()),
                "no_end": 0 if followed else waiting,
                "negative": int(days.lt(0).sum()),
                "used": int(days.ge(0).sum()) + (waiting if followed else 0),
                "still_open": waiting if followed else 0,
            }
        )
    names = ["interval", "label", "records", "no_start", "no_end", "negative", "used", "still_open"]
    return pd.DataFrame(rows, columns=names)
