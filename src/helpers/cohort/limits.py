"""Time limits held against the records: which was in force, and what became of it.

``run`` is the run, as :func:`helpers.start` returns it. Which rules there are stands in
``rules/time_limits.csv`` or the table that the case names; the rule in force is chosen by the day
of the death and the days on which the provider went over to later rules.

- :func:`in_force`: the rules that concern the period, each with its source and status.
- :func:`held`: one row a death and family of rules: clock, due day, what became of it.
- :func:`standing`: how many met each limit, missed it, are open, or had no limit.
- :func:`timed`: the rows that a share within the limit can be taken of.
- :func:`choices`: the same limit under other ways of counting.
- :func:`reached`, :func:`horizon`, :func:`units`, :func:`marks`: what a figure of curves takes.
- :func:`group`: the column by which shares are compared.
- :func:`work_list`: what is overdue or missing, for internal use.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import pandas as pd

from helpers.cohort import delays
from helpers.cohort._limits import (
    COLUMNS,
    CONCERNS,
    DONE,
    OTHERWISE,
    OUT_OF_ORDER,
    Counting,
    chosen,
    concerned,
    followed,
    in_milestones,
    in_span,
    joined,
    known,
    limit_words,
    rules_of,
)
from helpers.milestones import words
from helpers.rules import time_limits
from helpers.run import Run

SETTLED = ("met", "breached", "open in time", "open overdue", "ended without it")


def in_force(run: Run) -> pd.DataFrame:
    """Return the rules that were in force at some time for deaths of the period.

    Returns
    -------
    DataFrame
        Columns rule_id, label, in_force (from and to, in words), clock (from and to, in words),
        limit (in words), applies_to, standing (in force, suspended, no limit, expected but no
        number), known (how well the limit is known: sourced, second-hand, assumption), source and
        held (the records hold the days that its clock needs). Of a register of reports, only rules
        that concern every death.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> in_force(run).set_index("rule_id").loc["COR-INQUEST", "limit"]
    '6 months'
    """
    rules = rules_of(run)
    first, last = str(run.period_start), str(run.period_end)
    provider = run.case.provider
    own = {
        word: str(day) if provider and (day := getattr(provider, word)) else ""
        for word in ("psirf_go_live", "lfpse_go_live")
    }
    begin = rules["in_force_from"].replace({name: day or "9999" for name, day in own.items()})
    end = rules["in_force_to"].replace({name: day or "9999" for name, day in own.items()})
    # A rule that ends with a day of the provider ends on the day before it.
    over = end.lt(first) | (rules["in_force_to"].isin(list(own)) & end.eq(first))
    wanted = begin.le(last) & (end.eq("") | ~over) & rules["clock_start"].ne("")
    if not delays.of_deaths(run):
        wanted &= rules["applies_to"].eq("all")
    records = delays.records(run)
    rules = rules[wanted].reset_index(drop=True)
    return pd.DataFrame(
        {
            "rule_id": rules["id"],
            "label": rules["label"],
            "in_force": [
                in_span(*days)
                for days in zip(rules["in_force_from"], rules["in_force_to"], strict=True)
            ],
            "clock": [
                f"{in_milestones(start)}, until {in_milestones(stop)}"
                for start, stop in zip(rules["clock_start"], rules["clock_stop"], strict=True)
            ],
            "limit": [limit_words(*row) for row in zip(rules["limit"], rules["unit"], strict=True)],
            "applies_to": rules["applies_to"].map(CONCERNS),
            "standing": rules["limit_status"],
            "known": rules["status"],
            "source": rules["source"],
            "held": [
                known(records, start) and known(records, stop)
                for start, stop in zip(rules["clock_start"], rules["clock_stop"], strict=True)
            ],
        }
    )


def held(
    run: Run,
    *,
    families: Collection[str] = (),
    counting: Counting | None = None,
    clock: str | None = None,
) -> pd.DataFrame:
    """Return one row a death and family of rules: its clock, its limit, what became of it.

    Parameters
    ----------
    run : Run
        The run.
    families : collection of str
        Families of rules; empty: all of which the records hold a start and a stop of the clock.
    counting : {"exclusive", "inclusive"}, optional
        Count working days in this way, whatever the rule says: a sensitivity.
    clock : str, optional
        Start every clock at this milestone, whatever the rule says: a sensitivity.

    Returns
    -------
    DataFrame
        Columns review_id, source_row, year, service, team, family, rule_id and label (of the rule
        in force on the day of the death), limit, unit, limit_status, applies_to, begun (day),
        start_from (the milestone), due, stopped (day), status (see
        :data:`helpers.rules.time_limits.STATUSES`, or dates out of order), days and limit_days
        (both in working days where the rule counts in them, else in calendar days; until the
        stop, another end or the extract), cause (1 done, 2 ended otherwise, 0 open), delay_reason
        and to_extract (days until the extract, in the same unit). Each rule counts for those whom
        it applies to; where none was in force, or none could be chosen, for those to whom any
        rule of the family applies.

    Notes
    -----
    What is done on a day that is no working day counts, in working days, as done on the next:
    so ``days`` is at most ``limit_days`` where the limit was met, and above it where it was not.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> held(run, families=["inquest"])["status"].value_counts().to_dict()
    {'breached': 50, 'met': 21, 'date missing': 6, 'open overdue': 2}
    """
    records = delays.records(run)
    rules = rules_of(run)
    parts = []
    for family, mine in rules.groupby("family", sort=False):
        clocks = joined(mine["clock_start"]), joined(mine["clock_stop"])
        if (families and family not in families) or not all(known(records, one) for one in clocks):
            continue
        people = records[concerned(run, records, mine)].reset_index(drop=True)
        found = chosen(run, family, people)
        among = concerned(run, people, mine, found)
        if among.any():
            people, found = (frame[among].reset_index(drop=True) for frame in (people, found))
            # Where no rule was in force, its line still says what the rules of the family ask for.
            found["label"] = found["label"].mask(found["rule_id"].eq(""), mine["label"].iloc[0])
            parts.append(followed(run, people, found, counting=counting, clock=clock))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=COLUMNS)


def standing(rows: pd.DataFrame) -> pd.DataFrame:
    """Return, rule by rule, how many met the limit, missed it, are open, or had none.

    Parameters
    ----------
    rows : DataFrame
        As :func:`held` returns it.

    Returns
    -------
    DataFrame
        Columns family, rule_id, label, limit (in words), concerned and a column for each status,
        whole numbers; the statuses of a row add up to ``concerned``.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> standing(held(run, families=["inquest"]))[["rule_id", "concerned", "met"]]
             rule_id  concerned  met
    0    COR-INQUEST         73   21
    1  none in force          6    0
    """
    names = [*time_limits.STATUSES, OUT_OF_ORDER]
    columns = ["family", "rule_id", "label", "limit", "concerned", *map(_column, names)]
    if rows.empty:
        return pd.DataFrame(columns=columns)
    rows = rows.assign(
        limit=[limit_words(*row) for row in zip(rows["limit"], rows["unit"], strict=True)],
        rule_id=rows["rule_id"].mask(rows["rule_id"].eq(""), "none in force"),
    )
    keys = ["family", "rule_id", "label", "limit"]
    made = rows.assign(one=1).pivot_table(
        index=keys, columns="status", values="one", aggfunc="sum", fill_value=0, sort=False
    )
    made = made.reindex(columns=names, fill_value=0).astype("int64")
    made.columns = [_column(name) for name in names]
    return made.assign(concerned=made.sum(axis=1)).reset_index()[columns]


def _column(status: str) -> str:
    return status.replace(" ", "_")


def timed(
    rows: pd.DataFrame, *, legitimate: Literal["counted", "left out"] = "counted"
) -> pd.DataFrame:
    """Return the rows of which a share within the limit can be taken.

    Limits that were suspended, and events without a limit in force, have no share; nor have
    clocks that cannot be read. All of those are counted in :func:`standing`.

    Parameters
    ----------
    rows : DataFrame
        As :func:`held` returns it.
    legitimate : {"counted", "left out"}
        What to do with delays for a recorded reason that the case names as legitimate.

    Returns
    -------
    DataFrame
        The columns of ``rows`` with limit_words, for `helpers.methods.compliance.compliance`.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> rows = held(run, families=["inquest"])
    >>> len(rows), len(timed(rows))
    (79, 73)
    """
    kept = rows["status"].isin(SETTLED) & rows["days"].notna() & rows["limit_days"].gt(0)
    if legitimate == "left out":
        kept &= rows["delay_reason"].eq("")
    made = rows[kept].reset_index(drop=True)
    said = [limit_words(*row) for row in zip(made["limit"], made["unit"], strict=True)]
    return made.assign(limit_words=pd.Series(said, index=made.index, dtype="object"))


def choices(run: Run) -> pd.DataFrame:
    """Return the rows of the headline limit under every way of counting that could be defended.

    Parameters
    ----------
    run : Run
        The run; its case names the headline among the families of rules.

    Returns
    -------
    DataFrame
        The columns of :func:`timed` with ``choice`` in words; the first is the rule as it stands.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> choices(run)["choice"].iloc[0]
    'As the rule says'
    """
    way, headline = run.case.stages, [run.case.limits.headline if run.case.limits else "report"]
    rule = held(run, families=headline)
    found = {
        "As the rule says": timed(rule),
        "Recorded reasons for delay left out": timed(rule, legitimate="left out"),
        "The first day counted": timed(held(run, families=headline, counting="inclusive")),
    }
    for name in way.clocks if way else ():
        found[f"The clock started with: {words(name)}"] = timed(
            held(run, families=headline, clock=name)
        )
    whole = pd.concat([rows.assign(choice=choice) for choice, rows in found.items()])
    order = list(found)
    whole["choice"] = pd.Categorical(whole["choice"], categories=order, ordered=True)
    return whole.reset_index(drop=True)


def marks(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the limits of rows as named lines of a figure, one a panel and limit.

    Parameters
    ----------
    rows : DataFrame
        As :func:`timed` returns it.

    Returns
    -------
    DataFrame
        Columns label, time (in the unit of ``days``) and name.
    """
    found = rows.drop_duplicates(["label", "rule_id"])
    return pd.DataFrame(
        {
            "label": found["label"],
            "time": found["limit_days"],
            "name": found["limit_words"] + " (" + found["rule_id"] + ")",
        }
    ).reset_index(drop=True)


def reached(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows as curves take them: days, and whether what was asked for had been done.

    Parameters
    ----------
    rows : DataFrame
        As :func:`timed` returns it.

    Returns
    -------
    DataFrame
        The same with observed. What ended otherwise counts as never done: its ``days`` are those
        until the extract, for a curve would take one that is no longer followed to be still on
        its way.
    """
    never = rows["cause"].eq(OTHERWISE)
    days = rows["days"].mask(never, rows["to_extract"])
    return rows.assign(days=days, observed=rows["cause"].eq(DONE))


def horizon(rows: pd.DataFrame) -> pd.Series:
    """Return how far the curve of each rule is drawn: to four times its limit.

    Parameters
    ----------
    rows : DataFrame
        As :func:`timed` returns it.

    Returns
    -------
    Series
        Days, in the unit of the rule, by label.
    """
    longest = rows.groupby("label", sort=False)["limit_days"].max()
    return (4 * longest).clip(lower=10).astype("int64")


def units(rows: pd.DataFrame) -> pd.Series:
    """Return the unit in which the days of each rule are counted.

    Parameters
    ----------
    rows : DataFrame
        As :func:`timed` returns it.

    Returns
    -------
    Series
        Words by label: working days, or calendar days.
    """
    working = rows["unit"].eq("working days")
    said = working.map({True: "working days", False: "calendar days"})
    return said.groupby(rows["label"], sort=False).first()


def group(run: Run, name: str) -> str:
    """Return the column by which shares may be compared: the one asked for, if rows have it.

    Parameters
    ----------
    run : Run
        The run.
    name : str
        The column that groups people in this run.
    """
    return name if delays.of_deaths(run) and name in COLUMNS else "start_from"


def work_list(run: Run, rows: pd.DataFrame) -> pd.DataFrame:
    """Return what is overdue or missing at the extract, one row a death and rule.

    Parameters
    ----------
    run, rows : Run, DataFrame
        The run, and what :func:`held` returns for it.

    Returns
    -------
    DataFrame
        Columns review_id, service, team, label (of the rule), rule_id, start_from, begun, due,
        days_overdue (calendar days past the due day), state (overdue, or clock not started) and
        delay_reason, the longest overdue first. In any profile but ``internal`` it is empty and
        says so.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> work_list(run, held(run)).attrs["answer"]
    'The work list is shown in the internal profile only.'
    """
    columns = ["review_id", "service", "team", "label", "rule_id", "start_from", "begun", "due"]
    columns += ["days_overdue", "state", "delay_reason"]
    if run.parameters["release_profile"] != "internal":
        nothing = pd.DataFrame(columns=columns)
        nothing.attrs["answer"] = "The work list is shown in the internal profile only."
        return nothing
    due = rows[rows["status"].isin(["open overdue", "clock not started"])]
    extract = pd.Timestamp(run.case.extract_date)
    made = due.assign(
        days_overdue=(extract - due["due"].dt.normalize()).dt.days.astype("Int64"),
        state=due["status"].map({"open overdue": "overdue"}).fillna("clock not started"),
    )
    order = ["days_overdue", "label", "review_id"]
    made = made.sort_values(order, ascending=[False, True, True], na_position="last")
    found = made[columns].reset_index(drop=True)
    found.attrs["answer"] = "Nothing is overdue, and every clock has started."
    return found
