"""What was odd in the records, what is missing from them, and in what order their dates stand.

``run`` is what :func:`helpers.start` returns. No identifier, name, date or free text of a person
is in any of these frames: they count.

- :func:`flags`: what was odd, and what was done.
- :func:`ambiguous`: dates that could be read in two ways.
- :func:`duplicates`: records that may be there twice.
- :func:`missing`: which columns are empty, and for whom.
- :func:`date_order`: dates that stand before one they should follow.
- :func:`without_days`: reasons of flags without the days of any one person.
- :func:`empty`: which values say that nothing is known.
- :func:`asked`: the columns that a source can leave empty.
"""

from __future__ import annotations

import pandas as pd

from helpers.run import Run
from helpers.tables import TABLES

ABSENT = ("", "NR", "NK", "NA", "WH", "unknown")
"""Values that say that nothing is known."""

DOUBTFUL = "day and month could be exchanged; in this column somebody wrote the month first"
OUTCOMES = ("Investigated", "Reported, not investigated", "Not reported")
UNLINKED = "Linked to no death of the period"

EVENTS = {
    "deaths": {"last_discharge_date", "discharge_reason", "leave_status", "mha_status"},
    "incidents": {
        *("steis_ref", "harm_changed_on", "si_level", "delog_date", "downgrade_date"),
        *("panel_outcome", "incident_time"),
    },
}
"""Columns in which a blank cell can also mean that there was no such thing."""

DERIVED = {
    *("provider", "age_band", "closed_on_death", "date_precision", "days_since_contact"),
    *("days_since_discharge", "in_scope", "exclusion_reason", "lead_incident", "si_ever"),
    *("si_current", "system", "person_type"),
}
"""Columns that intake makes, or that the case gives; whether they are empty says nothing new."""

ORDER = (
    ("last_contact_date", "date_of_death", "Last contact", "Death"),
    ("date_of_death", "date_trust_knew", "Death", "Trust knew"),
    ("date_of_death", "registration_date", "Death", "Registration"),
)
STAGES = (
    *("death", "incident_reported", "ima_started", "ima_completed", "panel_decision"),
    *("investigator_appointed", "draft_report", "final_report_internal"),
    *("report_to_commissioner", "si_closed"),
)
"""Milestones in the order in which they should happen."""


def without_days(reason: pd.Series) -> pd.Series:
    """Return reasons of flags without the days of any one person.

    Examples
    --------
    >>> without_days(pd.Series(["12 days before date_of_death (2013-05-02)"])).tolist()
    ['before date of death']
    """
    said = reason.astype("str").str.replace(r" \(\d{4}-\d\d-\d\d\)", "", regex=True)
    said = said.str.replace(r"^\d+ days (before|after)", r"\1", regex=True)
    return said.str.replace("_", " ")


def flags(run: Run) -> pd.DataFrame:
    """Return how often each kind of oddity was met in each column, and what was done.

    Dates whose day and month could be exchanged are among them (see :func:`ambiguous`). The rows
    themselves are in ``run.extract.flags``; here no value and no day is repeated.

    Returns
    -------
    DataFrame
        Columns source_id, column, code, reason, action, numerator (places with the oddity: rows,
        or sheets and columns as a whole; a cell that was flagged twice counts once).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> flags(run)[["column", "code", "reason"]].head(1)["code"].tolist()
    ['X11']
    """
    found = run.extract.flags
    found = found.assign(
        reason=without_days(found["reason"]),
        column=found["column"].mask(found["column"].eq(""), "(the sheet)"),
    )
    keys = ["source_id", "column", "code", "reason", "action"]
    found = found.drop_duplicates([*keys, "source_sheet", "source_row", "value"])
    counted = found.groupby(keys, as_index=False, sort=True).size()
    parts = [counted.rename(columns={"size": "numerator"})]
    doubtful = ambiguous(run)
    if len(doubtful):
        said = {"code": "X01", "reason": DOUBTFUL, "action": "read as declared"}
        parts.append(doubtful.assign(**said)[[*keys, "numerator"]])
    return pd.concat(parts, ignore_index=True).sort_values(keys, ignore_index=True)


def ambiguous(run: Run) -> pd.DataFrame:
    """Return how many dates were read as declared though day and month could be exchanged.

    Returns
    -------
    DataFrame
        Columns source_id, column, numerator (dates), denominator (rows of the source); a column
        in which nobody wrote the month first is not among them.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> ambiguous(run).attrs["answer"]
    'No date had to be read in one of two possible ways.'
    """
    built, columns = run.extract.built, ["source_id", "column"]
    frame = pd.DataFrame(columns=[*columns, "numerator", "denominator"])
    if built is not None and len(built.ambiguous):
        cells = built.ambiguous.drop_duplicates([*columns, "source_sheet", "source_row"])
        frame = cells.groupby(columns, as_index=False).size()
        frame = frame.rename(columns={"size": "numerator"})
        read = run.accounts.set_index("source_id")["rows_read"]
        frame["denominator"] = frame["source_id"].map(read)
    frame.attrs["answer"] = "No date had to be read in one of two possible ways."
    return frame


def duplicates(run: Run) -> pd.DataFrame:
    """Return records that may be of one person or incident twice, and what was done.

    Returns
    -------
    DataFrame
        Columns source_id, code, reason, action, numerator (rows).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> duplicates(run)["code"].unique().tolist()
    ['X10']
    """
    found = flags(run)
    found = found[found["code"].isin(["X07", "X08", "X10"])].drop(columns="column")
    found = found.groupby(["source_id", "code", "reason", "action"], as_index=False).sum()
    found.attrs["answer"] = "No record was found twice."
    return found


def empty(values: pd.Series) -> pd.Series:
    """Return which values say that nothing is known.

    Examples
    --------
    >>> empty(pd.Series(["NR", "M", None, ""])).tolist()
    [True, False, True, True]
    """
    return values.isna() | values.astype("str").isin(ABSENT)


def _groups(run: Run) -> dict[str, tuple[pd.DataFrame, pd.Series]]:
    """Return the rows of deaths and of incidents, each with the outcome of its death."""
    people = run.people
    fate = pd.Series(OUTCOMES[2], index=people.index).mask(people["reported"], OUTCOMES[1])
    fate = fate.mask(people["investigated"], OUTCOMES[0])
    tables = run.extract.tables
    told = tables["incidents"]
    told = told[told["in_scope"].astype("bool") & told["system"].ne("steis")]
    links = tables["incident_death"].drop_duplicates("incident_id").set_index("incident_id")
    death = told["incident_id"].map(links["death_id"])
    outcome = death.map(pd.Series(fate.array, index=people["death_id"]))
    outcome = outcome.mask(death.isna(), UNLINKED)
    kept = outcome.notna()
    return {"deaths": (people, fate), "incidents": (told[kept], outcome[kept])}


def missing(run: Run) -> pd.DataFrame:
    """Return how many values each column lacks, by what became of the death.

    Columns without a gap are left out, and so are those that no source of the case has (see
    :func:`unanswered`).

    Returns
    -------
    DataFrame
        Columns table, column, outcome, may_be_none (a blank can also mean that there was no such
        thing), numerator (rows without a value), denominator (rows with the outcome).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(missing(run))
    0
    """
    columns = ["table", "column", "outcome", "may_be_none", "numerator", "denominator"]
    rows = []
    for table, (frame, outcome) in _groups(run).items():
        sizes = outcome.value_counts()
        for column in asked(table):
            lacking = empty(frame[column])
            if not lacking.any() or lacking.all():
                continue
            counted = lacking.groupby(outcome).sum()
            words = column.replace("_", " ")
            may = column in EVENTS[table]
            rows += [
                (table, words, name, may, int(counted[name]), int(sizes[name]))
                for name in (*OUTCOMES, UNLINKED)
                if name in sizes
            ]
    return pd.DataFrame(rows, columns=columns)


def asked(table: str) -> list[str]:
    """Return the columns of a table that a source can leave empty.

    Examples
    --------
    >>> asked("deaths")[:2]
    ['service', 'team']
    """
    return [
        column.name
        for column in TABLES[table].columns
        if column.name not in DERIVED
        and not column.name.startswith(("source_", "in_window_"))
        and not column.name.endswith("_id")
    ]


def _pair(early: pd.Series, late: pd.Series) -> tuple[int, int, int]:
    days = (pd.to_datetime(late) - pd.to_datetime(early)).dt.days
    return int(days.lt(-1).sum()), int(days.eq(-1).sum()), int(days.notna().sum())


def _said(milestone: str) -> str:
    words = milestone.removeprefix("si_").replace("ima_", "initial assessment ").replace("_", " ")
    return words.capitalize()


def date_order(run: Run) -> pd.DataFrame:
    """Return how often a date stands before one that it should follow, in the period.

    Counted from the tables, not from the flags. A day's difference is let pass and shown: what
    happens near midnight is written down under either day.

    Returns
    -------
    DataFrame
        Columns earlier, later (what should come first and next), a_day (later by one day the
        other way round), numerator (by more than a day), denominator (records with both dates).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> date_order(run)["later"].tolist()[:1]
    ['Opened']
    """
    people, rows = run.people, []
    for first, second, one, other in ORDER:
        if len(people):
            rows.append((one, other, *_pair(people[first], people[second])))
    days, key = run.milestones, "review_id"
    wide = days.pivot_table(index=key, columns="milestone", values="date", aggfunc="min")
    if len(people):
        died = people.set_index("death_id")["date_of_death"]
        known = days.dropna(subset=["death_id", key]).drop_duplicates(key)
        wide["death"] = wide.index.map(known.set_index(key)["death_id"].map(died))
        stages = [name for name in STAGES if name in wide]
        pairs = list(zip(stages, stages[1:], strict=False))
    else:
        pairs = [(item.from_, item.to) for item in run.case.intervals]
        pairs = [pair for pair in pairs if set(pair) <= set(wide.columns)]
    for first, second in pairs:
        rows.append((_said(first), _said(second), *_pair(wide[first], wide[second])))
    frame = pd.DataFrame(rows, columns=["earlier", "later", "numerator", "a_day", "denominator"])
    return frame[["earlier", "later", "a_day", "numerator", "denominator"]]
