"""Do the tables agree with one another? Twelve checks, each with what failed, out of how many.

- :func:`crosschecks`: one row a check, V1 to V12; nothing is changed, and nothing stops a run.
- :data:`LARGEST_GAP`: the share of reported deaths that may lack a category.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

from helpers.chain import FATES, PARENT, STEPS
from helpers.cohort import strata
from helpers.run import Run
from helpers.tables import among

HOLDS, QUERY, BLOCKED = "holds", "query", "does not hold: do not use the headline rate"
NO_PEOPLE = "cannot be asked: the case holds no record of each person"
NO_EARLIER = "cannot be asked: no earlier extract"
LARGEST_GAP = 0.05
"""Share of reported deaths without a category above which a rate of unexpected deaths misleads."""

COLUMNS = ["id", "what", "numerator", "denominator", "verdict", "then"]

CHECKS = {
    "V1": ("Deaths that are not exactly one of reported and not reported",
           "Look for a death listed twice."),
    "V2": ("Deaths with a step of the chain and not the step it is part of",
           "Ask the trust; the first notebook shows both counts."),
    "V3": ("Reviews and investigations linked to no death",
           "Decide the pairs in the queue; ask the trust about the rest."),
    "V4": ("Deaths investigated and not reported as an incident",
           "Ask the trust what the investigation followed."),
    "V5": ("Deaths with a serious incident on record and no investigation",
           "Ask the trust, or link the entry again."),
    "V6": ("Totals that are not the sum of their parts, missing ones included",
           "A fault of the suite, or of the source where the total is its own."),
    "V7a": ("Deaths of the national list that are not in the trust's list",
            "Ask the trust whether these people were in contact with it."),
    "V7b": ("Deaths in the trust's list that are not in the national list",
            "Ask for the national list again; look at numbers that failed their check."),
    "V8": ("Groups of people with deaths and without person-years",
           "No rate can be given for them; ask for the caseload."),
    "V9": ("People with more than one death",
           "Look at the records that share an NHS number."),
    "V10": ("Rates that moved by more than 3 standard deviations since the last run",
            "Explain each."),
    "V11": ("Totals of earlier years that changed since the last run",
            "Record the restatement and its cause."),
    "V12": ("Reported deaths without a category of expected or unexpected",
            "Above 1 in 20 the headline rate should not be used."),
}  # fmt: skip
"""What each check looks for, and what to do where it finds something."""


def _both(numerator: int, denominator: int) -> tuple[int, int, str]:
    return numerator, denominator, QUERY if numerator else HOLDS


def _exactly_one(people: pd.DataFrame, links: pd.DataFrame, told: pd.DataFrame) -> pd.Series:
    """Deaths for which the links and the fate disagree, or that are there more than once."""
    own = told[told["in_scope"].astype("bool") & told["system"].ne("steis")]
    linked = links.loc[among(links["incident_id"], own["incident_id"]), "death_id"]
    by_link = among(people["death_id"], linked)
    none = people["fate"].eq("fate_not_reported")
    known = people["fate"].isin(list(FATES))
    twice = people["death_id"].duplicated(keep=False)
    later = people["investigated"] | people["reviewed"]  # a later step without an incident: V4
    return twice | ~known | ((by_link == none) & ~(later & ~by_link))


def _monotone(people: pd.DataFrame) -> pd.Series:
    wrong = pd.Series(data=False, index=people.index)
    for step, parent in PARENT.items():
        if parent != "deaths":
            wrong |= people[step] & ~people[parent]
    return wrong


def _sums(run: Run) -> tuple[int, int]:
    """Compare every total with the sum of its strata, and of its parts."""
    wrong = asked = 0
    people = run.people
    if len(people) and not run.counts.empty:
        whole = people.assign(deaths=True)
        first, last = run.counts["year"].min(), run.counts["year"].max()
        inside = whole["date_of_death"].map(run.year).between(first, last)
        for step in STEPS:
            total = int(whole.loc[inside, step].sum())
            mine = run.counts[run.counts["measure"].eq(step)]
            for dimension in run.case.dimensions:
                parts = mine.groupby(dimension, dropna=False)["events"].sum()
                asked += 1
                wrong += int(parts.sum()) != total
    gaps = strata.gaps(run)
    for name in run.case.compositions:
        parts = strata.parts(run, name).dropna(subset=["numerator", "denominator"])
        asked += parts["year"].nunique()
    return wrong + len(gaps), asked


def _person_years(run: Run) -> tuple[int, int] | None:
    keys = ["service", "age_band", "sex", "year"]
    exposed = run.extract.tables["exposure"]
    exposed = exposed[exposed["measure"].eq("person_years") & exposed["value"].gt(0)]
    died = run.counts[run.counts["measure"].eq("deaths") & run.counts["events"].gt(0)]
    if exposed.empty or died.empty or run.part_of_year:
        return None
    groups = (
        died[keys]
        .drop_duplicates()
        .merge(exposed[keys].drop_duplicates(), on=keys, how="left", indicator=True)
    )
    return int(groups["_merge"].eq("left_only").sum()), len(groups)


def _national(run: Run) -> tuple[tuple[int, int], tuple[int, int]] | None:
    listed = run.extract.tables["registrations"]
    if listed.empty:
        return None
    first, last = pd.Timestamp(run.period_start), pd.Timestamp(run.period_end)
    inside = listed[pd.to_datetime(listed["date_of_death"]).between(first, last)]
    absent = ~among(run.people["death_id"], listed["death_id"].dropna())
    return (
        (int(inside["death_id"].isna().sum()), len(inside)),
        (int(absent.sum()), len(run.people)),
    )


def _of_people(run: Run) -> dict[str, tuple[int | None, int | None, str]]:
    people, tables = run.people, run.extract.tables
    links, told, reviews = tables["incident_death"], tables["incidents"], tables["reviews"]
    ever = told.loc[told["si_ever"].fillna(False).astype("bool"), "incident_id"]
    serious = among(people["death_id"], links.loc[among(links["incident_id"], ever), "death_id"])
    reported = people[people["reported"]]
    category = reported["lead_incident_id"].map(told.set_index("incident_id")["expectedness"])
    lacking = int((~category.isin(["expected", "unexpected"])).sum())
    investigated, count = people["investigated"], len(people)
    persons = run.extract.tables["deaths"]
    persons = persons.loc[persons["in_scope"].astype("bool"), "person_id"].value_counts()
    made: dict[str, tuple[int | None, int | None, str]] = {
        "V1": _both(int(_exactly_one(people, links, told).sum()), count),
        "V2": _both(int(_monotone(people).sum()), count),
        "V3": _both(int(reviews["death_id"].isna().sum()), len(reviews)),
        "V4": _both(int((investigated & ~people["reported"]).sum()), int(investigated.sum())),
        "V5": _both(int((serious & ~investigated).sum()), int(serious.sum())),
        "V9": _both(int(persons.gt(1).sum()), len(persons)),
    }
    blocked = len(reported) and lacking > LARGEST_GAP * len(reported)
    made["V12"] = (lacking, len(reported), BLOCKED if blocked else HOLDS)
    listed, years = _national(run), _person_years(run)
    why = "cannot be asked: the case has no"
    none = (None, None, f"{why} national list")
    made["V7a"], made["V7b"] = (_both(*listed[0]), _both(*listed[1])) if listed else (none, none)
    made["V8"] = _both(*years) if years else (None, None, f"{why} person-years")
    return made


def crosschecks(run: Run, *, leave_out: Iterable[str] = ()) -> pd.DataFrame:
    """Return the twelve checks of the tables against one another.

    Parameters
    ----------
    run : Run
        The run.
    leave_out : iterable of str
        Ids of checks that are not asked.

    Returns
    -------
    DataFrame
        Columns id, what (is counted), numerator (that fail), denominator, verdict (holds, query,
        does not hold, or cannot be asked and why), then (what to do where something fails).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> found = crosschecks(run).set_index("id")["verdict"]
    >>> found["V6"], found["V11"]
    ('holds', 'cannot be asked: no earlier extract')
    """
    made = _of_people(run) if len(run.people) else {}
    wrong, asked = _sums(run)
    made["V6"] = _both(wrong, asked) if asked else (None, None, "cannot be asked: no totals")
    made |= dict.fromkeys(("V10", "V11"), (None, None, NO_EARLIER))
    rows = [
        (name, what, *made.get(name, (None, None, NO_PEOPLE)), then)
        for name, (what, then) in CHECKS.items()
        if name not in set(leave_out)
    ]
    frame = pd.DataFrame(rows, columns=COLUMNS)
    return frame.astype({"numerator": "Int64", "denominator": "Int64"})
