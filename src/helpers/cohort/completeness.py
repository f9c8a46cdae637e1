"""How complete is the record: who told the trust, who is on which list, how late it was known.

``run`` is what :func:`helpers.start` returns.

- :func:`sources`: deaths by how the trust came to know.
- :func:`lists`: how many deaths two lists share, and how many only one of them holds.
- :func:`delays`: the day of each event and the day on which it was known.
- :func:`immature_years`: the years of which not enough was known.
- :func:`if_asked`: an estimate of what is not yet known, on request.
- :func:`of_period`: the periods of a layout of delays that lie in the period of the run.
- :func:`rule`: how these delays are laid out, as the case says.
"""

from __future__ import annotations

import pandas as pd

from helpers.casefile import Maturity
from helpers.run import Run
from helpers.tables import among

SOURCES = {
    "spine": "Tracing against the national spine",
    "registration": "Registration of the death",
    "coroner": "Coroner",
    "clinician": "Clinician or ward",
    "family": "Family",
    "incident": "Incident report",
    "other": "General practice or other",
}


def sources(run: Run) -> pd.DataFrame:
    """Return deaths by how the trust came to know, with how many of each were reported.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns source, deaths, numerator (of these, reported as incidents), denominator (deaths);
        every death is in one row. Empty where the case records no source.
    """
    people = run.people
    columns = ["source", "deaths", "numerator", "denominator"]
    if people.empty or people["dod_source"].isna().all():
        return pd.DataFrame(columns=columns)
    named = people["dod_source"].map(lambda code: SOURCES.get(code, "Not recorded"))
    made = people.assign(source=named).groupby("source", sort=True)
    frame = made.agg(numerator=("reported", "sum"), denominator=("reported", "size")).reset_index()
    return frame.assign(deaths=frame["denominator"])[columns].astype({"numerator": "int64"})


def lists(run: Run) -> pd.DataFrame:
    """Return how many deaths the trust's list and the national list share.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        One row: first, second (names of the lists), both, only_first, only_second; empty where
        the case has no second list. ``only_second`` are entries of the period that were linked to
        no death of the trust: a failed link looks the same as a death that the trust missed.
    """
    columns = ["first", "second", "both", "only_first", "only_second"]
    listed = run.extract.tables["registrations"]
    people = run.people
    if listed.empty or people.empty:
        return pd.DataFrame(columns=columns)
    inside = pd.to_datetime(listed["date_of_death"]).between(
        pd.Timestamp(run.period_start), pd.Timestamp(run.period_end)
    )
    both = int(among(people["death_id"], listed["death_id"].dropna()).sum())
    alone = int((inside & listed["death_id"].isna()).sum())
    row = ("Trust's patient system", "National list", both, len(people) - both, alone)
    return pd.DataFrame([row], columns=columns)


def delays(run: Run) -> pd.DataFrame:
    """Return the day of each event and the day on which it was known.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns event and known (days; known is missing where it was not known at the extract);
        one row an event of the period. Events whose two days are in the wrong order are left out
        and counted in ``attrs["reversed"]``. Empty where the case names no such days.
    """
    rule = run.case.maturity
    columns = ["event", "known"]
    if rule is None:
        return pd.DataFrame(columns=columns)
    days = run.extract.tables["milestones"]
    days = days[days["register"].eq(rule.register_) | days["source_id"].eq(rule.register_)]
    who = days["death_id"].where(days["death_id"].notna(), days["review_id"])
    days = days.assign(who=who)
    if len(run.people):
        days = days[among(days["death_id"], run.people["death_id"])]
    first, last = (
        days[days["milestone"].eq(name)].groupby("who")["date"].min()
        for name in (rule.event, rule.known)
    )
    made = pd.DataFrame({"event": pd.to_datetime(first), "known": pd.to_datetime(last)})
    made = made[made["event"].notna()]
    extract, opens = pd.Timestamp(run.case.extract_date), pd.Timestamp(run.period_start)
    made = made[made["event"].between(opens, pd.Timestamp(run.period_end))]
    made["known"] = made["known"].where(made["known"].le(extract))
    wrong = made["known"].lt(made["event"])
    made = made[~wrong].sort_values("event").reset_index(drop=True)
    made.attrs["reversed"] = int(wrong.sum())
    return made[columns]


def rule(run: Run) -> dict[str, object]:
    """Return how the delays until events were known are laid out.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    dict
        extract_date, period, first_month and delays, as `helpers.methods.maturity.triangle` takes
        them.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> rule(run)["period"]
    'year'
    """
    told = run.case.maturity
    return {
        "extract_date": pd.Timestamp(run.case.extract_date),
        "period": told.period if told else "quarter",
        "first_month": run.case.year_start_month,
        "delays": tuple(told.delays if told else Maturity.model_fields["delays"].default),
    }


def immature_years(run: Run, known: pd.DataFrame) -> list[int]:
    """Return the years of deaths of which not enough was known at the extract.

    Parameters
    ----------
    run : Run
        The run.
    known : DataFrame
        As `helpers.methods.maturity.completeness` returns it: start and immature.

    Returns
    -------
    list of int
        Years by the calendar of the case in which any period was immature; none where the times
        are those of a register of reports, which are counted by the year of the report.
    """
    if run.people.empty or known.empty:
        return []
    late = known.loc[known["immature"].astype("bool"), "start"]
    return sorted(int(year) for year in set(run.years(late)))


def if_asked(estimate: pd.DataFrame, *, asked: bool) -> pd.DataFrame:
    """Return an estimate of what is not yet known only where one was asked for.

    Parameters
    ----------
    estimate : DataFrame
        As `helpers.methods.nowcast.nowcast` returns it.
    asked : bool
        Whether it was asked for.

    Returns
    -------
    DataFrame
        The estimate, or an empty frame that says that none was asked for.
    """
    if asked:
        return estimate
    nothing = estimate.iloc[0:0]
    nothing.attrs["answer"] = "No estimate of deaths not yet known was asked for."
    return nothing


def of_period(run: Run, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the rows whose period starts in the period of the run.

    A layout of delays runs on to the extract, where no event of the run can lie.

    Parameters
    ----------
    run : Run
        The run.
    frame : DataFrame
        With a column start.

    Returns
    -------
    DataFrame
        The rows kept.
    """
    if frame.empty:
        return frame
    return frame[frame["start"].le(pd.Timestamp(run.period_end))].reset_index(drop=True)
