"""Deaths and their reviews on two bases: of the deaths of a period, and of the reviews of one.

On the **cohort basis** the deaths of a quarter are counted, with whatever is known of them at the
extract. On the **activity basis** the reviews and investigations that were finished in a quarter
are counted, whenever the death was. ``run`` is the run, as :func:`helpers.start` returns it.

- :func:`bases`: both bases beside each other; :func:`ages`, :func:`disability`: of groups.
- :func:`reconciliation`: from the activity of a year to its cohort, each difference counted.
- :func:`alternatives`: how many were reviewed under other meanings of reviewed.
- :func:`share_first`: the share beside the numbers that it is made of.
- :func:`latest`: the rows of the last reporting year.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from helpers.cohort.reviewed import KINDS, Grain, Records, Span, nothing, records, span_of, spans
from helpers.rules import quality_account as rules
from helpers.run import Run
from helpers.tables import among

GROUPS = {
    "18 to 64": (18, 64),
    "65 and over": (65, 200),
    "All adults": (18, 200),
    "Under 18": (0, 17),
}
"""Groups of age: first and last year of age."""


def _count(flag: pd.Series, name: str, held: frozenset[str]) -> Any:
    return int(flag.sum()) if name in held else pd.NA


def _row(
    people: pd.DataFrame, done: pd.DataFrame, span: Span, held: frozenset[str]
) -> Mapping[str, Any]:
    """Return the counts of one span on both bases."""
    died = people[span.holds(people["date_of_death"])]
    active = done[span.holds(done["finished"])]
    numbers = {name: _count(died[name], name, held) for name in ("review", "investigation")}
    return {
        "numerator": _count(died["either"], "either", held),
        "denominator": len(died),
        **{f"cohort_{name}": number for name, number in numbers.items()},
        # No judgement on record is no zero: nobody can tell.
        "problems": int(died["problem"].sum()) if died["judged"].any() else pd.NA,
        **{
            f"activity_{name}": _count(active["kind"].eq(kind), name, held)
            for name, kind in KINDS.items()
        },
        "activity_deaths": active["death_id"].nunique() if "either" in held else pd.NA,
    }


COUNTS = [
    *("numerator", "denominator", "cohort_review", "cohort_investigation", "problems"),
    *("activity_review", "activity_investigation", "activity_deaths"),
]
WHEN = ["reporting_year", "period", "covered", "form"]


def _when(span: Span) -> dict[str, Any]:
    said = {"reporting_year": span.reporting_year, "period": span.label, "covered": span.covered}
    return said | {"form": rules.form(rules.DASHBOARD, span.end)}


def _whole(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({name: "Int64" for name in frame if name in COUNTS})


def bases(run: Run, *, grain: Grain = "quarter") -> pd.DataFrame:
    """Return how many deaths were reviewed on both bases, span by span.

    Parameters
    ----------
    run : Run
        The run.
    grain : {"quarter", "year"}
        Length of a span.

    Returns
    -------
    DataFrame
        Columns reporting_year, period, covered, form (whether the guidance was in force),
        numerator (deaths of the span that had been reviewed or investigated by the extract, each
        once), denominator (deaths of the span), cohort_review, cohort_investigation, problems
        (judged due to problems in care; missing where no judgement is on record),
        activity_review, activity_investigation (finished in the span, of deaths whenever) and
        activity_deaths (the deaths these concern, each once). A number of a kind of which the
        case holds no record is missing.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> bases(run).attrs["reason"][:44]
    'This case holds no records of single deaths '
    """
    read = records(run)
    if read.people.empty:
        return nothing([*WHEN, *COUNTS])
    rows = [
        {**_when(one), **_row(read.people, read.done, one, read.held)} for one in spans(run, grain)
    ]
    return _whole(pd.DataFrame(rows))


def _by(run: Run, read: Records, groups: Mapping[str, pd.Series]) -> pd.DataFrame:
    people, done, held = read.people, read.done, read.held
    rows = []
    for span in spans(run, "year"):
        for label, mine in groups.items():
            part = people[mine]
            theirs = done[among(done["death_id"], part["death_id"])]
            said = {"reporting_year": span.reporting_year, "covered": span.covered}
            rows.append({**said, "group": label, **_row(part, theirs, span, held)})
    return _whole(pd.DataFrame(rows))


def ages(run: Run) -> pd.DataFrame:
    """Return both bases by reporting year and group of age, adults and everybody added up.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        As :func:`bases`, with ``group`` in place of the period: 18 to 64 and 65 and over add up to
        all adults; these, people under 18 and those whose age is not recorded to everybody.

    Examples
    --------
    >>> from helpers import start
    >>> len(ages(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")))
    0
    """
    read = records(run)
    people = read.people
    if people.empty:
        return nothing(["reporting_year", "covered", "group", *COUNTS])
    age = pd.to_numeric(people["age"]).astype("Float64")
    known = {
        label: age.between(*edges).fillna(False).astype("bool") for label, edges in GROUPS.items()
    }
    every = pd.Series(True, index=people.index)
    return _by(run, read, known | {"Age not recorded": age.isna(), "Everybody": every})


def disability(run: Run) -> pd.DataFrame:
    """Return both bases by reporting year, for people with a learning disability and others.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        As :func:`ages`; whether somebody had one may not be recorded, which is a group of its own.

    Examples
    --------
    >>> from helpers import start
    >>> len(disability(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")))
    0
    """
    read = records(run)
    people = read.people
    if people.empty:
        return nothing(["reporting_year", "covered", "group", *COUNTS])
    flag = people["ld"].astype("boolean")
    groups = {
        "People with a learning disability": flag.fillna(False).astype("bool"),
        "Other people": ~flag.fillna(True).astype("bool"),
        "Learning disability not recorded": flag.isna(),
    }
    return _by(run, read, groups)


STEPS = {
    "activity": "Deaths with one finished in the year, whenever the death was",
    "counted_before": "of these, one had been finished before the year",
    "earlier_deaths": "of the rest, the death was before the year",
    "later_deaths": "of the rest, the death is dated after the year",
    "before": "deaths of the year with one dated before the year",
    "next_year": "deaths of the year, first finished in the next year",
    "later": "deaths of the year, first finished later still",
    "undated": "deaths of the year, finished on a day that is not recorded",
    "cohort": "Deaths of the year with one finished by the extract",
}
"""Steps from the activity of a year to its cohort."""
TAKEN_OFF = ("counted_before", "earlier_deaths", "later_deaths")
ADDED = ("before", "next_year", "later", "undated")


def reconciliation(run: Run) -> pd.DataFrame:
    """Return the way from the activity basis of each reporting year to its cohort basis.

    activity - counted_before - earlier_deaths - later_deaths + before + next_year + later +
    undated = cohort.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns reporting_year, covered, kind (either, case record review, investigation), those of
        :data:`STEPS` (deaths, each once), and difference, which is 0 where all is accounted for.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(reconciliation(run))
    0
    """
    read = records(run)
    people, done, held = read.people, read.done, read.held
    named = {"either": "either, each death once", **KINDS}
    if people.empty or not held:
        return nothing(["reporting_year", "covered", "kind", *STEPS, "difference"])
    rows = []
    for span in spans(run, "year"):
        for name, kind in named.items():
            if name in held:
                mine = done if name == "either" else done[done["kind"].eq(kind)]
                said = {"reporting_year": span.reporting_year, "covered": span.covered}
                rows.append({**said, "kind": kind, **_steps(people, mine, span, name)})
    return pd.DataFrame(rows)


def _steps(people: pd.DataFrame, done: pd.DataFrame, span: Span, name: str) -> dict[str, int]:
    start, end = pd.Timestamp(span.start), pd.Timestamp(span.end)
    died, first = people["date_of_death"], people[f"{name}_on"]
    of_year, any_ = span.holds(died), people[name]
    active = among(people["death_id"], done.loc[span.holds(done["finished"]), "death_id"])
    new = active & ~first.lt(start)
    soon = span_of(span.year + 1)
    found = {
        "activity": active,
        "counted_before": active & first.lt(start),
        "earlier_deaths": new & died.lt(start),
        "later_deaths": new & died.gt(end),
        "before": of_year & first.lt(start),
        "next_year": of_year & first.gt(end) & first.le(pd.Timestamp(soon.end)),
        "later": of_year & first.gt(pd.Timestamp(soon.end)),
        "undated": of_year & any_ & first.isna(),
        "cohort": of_year & any_,
    }
    counts = {step: int(flag.sum()) for step, flag in found.items()}
    made = counts["activity"] - sum(counts[step] for step in TAKEN_OFF)
    made += sum(counts[step] for step in ADDED)
    return counts | {"difference": counts["cohort"] - made}


def alternatives(run: Run) -> pd.DataFrame:
    """Return how many deaths of the period were reviewed under other meanings of reviewed.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns label, definition, numerator, denominator (deaths in scope of the period); the
        first row is the meaning that is used everywhere else.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(alternatives(run))
    0
    """
    read = records(run)
    people, held = read.people, read.held
    columns = ["label", "definition", "numerator", "denominator"]
    if people.empty or "either" not in held:
        return nothing(columns)
    first, last = pd.Timestamp(run.period_start), pd.Timestamp(run.period_end)
    people = people[people["date_of_death"].between(first, last)]
    reviews = run.extract.tables["reviews"]
    kind = reviews["type"].map(rules.kinds().set_index("type")["kind"])
    opened = reviews[kind.isin(KINDS.values())]
    days = run.extract.tables["milestones"]
    report = days[days["milestone"].eq("final_report_internal")]
    report = report[pd.to_datetime(report["date"]).le(pd.Timestamp(run.case.extract_date))]
    rows = [
        (
            "Reviewed or investigated, completed",
            "a case record review or an investigation was completed by the extract",
            people["either"],
        ),
        (
            "Case record reviews alone",
            "a case record review was completed; investigations are left out",
            people["review"],
        ),
        (
            "Investigations alone",
            "an investigation was completed; case record reviews are left out",
            people["investigation"],
        ),
        (
            "Investigations with a final report",
            "an investigation had its final report, whatever became of it; case record reviews are "
            "left out",
            among(people["death_id"], report["death_id"]),
        ),
        (
            "Opened, finished or not",
            "a case record review or an investigation was opened, whatever became of it",
            among(people["death_id"], opened["death_id"]),
        ),
    ]
    made = [(label, said, int(flag.sum()), len(people)) for label, said, flag in rows]
    return pd.DataFrame(made, columns=columns)


def share_first(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with the share and its limits beside the two numbers that it is made of.

    Parameters
    ----------
    frame : DataFrame
        With denominator, value, low and high; other columns keep their order.

    Examples
    --------
    >>> held = pd.DataFrame(columns=["denominator", "problems", "value", "low", "high"])
    >>> share_first(held).columns.tolist()
    ['denominator', 'value', 'low', 'high', 'problems']
    """
    moved = ["value", "low", "high"]
    order = [name for name in frame if name not in moved]
    at = order.index("denominator") + 1
    return frame[[*order[:at], *moved, *order[at:]]]


def latest(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the last reporting year whose number is on record and share is shown.

    Parameters
    ----------
    frame : DataFrame
        With reporting_year and numerator, in order; where it has value, a missing one is that of
        a share that is not shown.

    Examples
    --------
    >>> held = pd.DataFrame({"reporting_year": ["2013-14", "2014-15"], "numerator": [3, 4]})
    >>> latest(held)["numerator"].tolist()
    [4]
    """
    if frame.empty:
        return frame
    last = frame["reporting_year"].eq(frame["reporting_year"].iloc[-1]) & frame["numerator"].notna()
    last &= frame["value"].notna() if "value" in frame else True
    return frame[last].reset_index(drop=True)
