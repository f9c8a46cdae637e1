"""Which rows the numbers on deaths and their reviews, on either basis, are made of.

- :func:`reviewed`: deaths of a reporting year or quarter that were reviewed or investigated.
- :func:`statement`: the number of a statement of a Quality Account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from helpers.rules import quality_account as rules
from helpers.tables import among
from helpers.trace.look import AT, Look, beside, counted
from helpers.trace.parts import COUNTED, NUMERATOR, Part

Row = Mapping[str, Any]
WORDS = ("Reviewed or investigated, completed by", "Deaths in scope")
QUARTERS = {"April": 4, "July": 7, "October": 10, "January": 1}


def _deaths(look: Look) -> pd.DataFrame:
    """Return the deaths in scope of every period."""
    deaths = look.table("deaths")
    held = deaths["in_scope"].astype("bool") & deaths["in_window_12m"].fillna(False).astype("bool")
    died = pd.to_datetime(deaths.loc[held, "date_of_death"])
    return deaths.loc[held, ["death_id", AT]].assign(died=died)


def _done(look: Look) -> pd.DataFrame:
    """Return what was completed, with the first of its days that is recorded by the extract."""
    reviews = look.table("reviews").merge(rules.kinds()[["type", "kind", "finished_on"]], on="type")
    reviews = reviews[reviews["outcome"].eq("completed") & reviews["kind"].ne(rules.NEITHER)]
    days = look.table("milestones")
    wanted = reviews.assign(milestone=reviews["finished_on"].str.split(";")).explode("milestone")
    wanted = wanted.assign(order=wanted.groupby(level=0).cumcount())
    days = days[["review_id", "milestone", "date"]].rename(columns={"review_id": "incident_id"})
    found = wanted.merge(days, on=["incident_id", "milestone"])
    found = found.sort_values(["order", "date"]).drop_duplicates("review_id")
    dates = found.set_index("review_id")["date"]
    day = pd.to_datetime(dates).reindex(reviews["review_id"]).to_numpy()
    made = reviews.assign(day=day)
    made["day"] = made["day"].where(made["day"].le(pd.Timestamp(look.run.case.extract_date)))
    return made[["death_id", "review_id", "kind", "day", "problem_in_care", AT]]


def _span(look: Look, row: Row) -> tuple[pd.Timestamp, pd.Timestamp]:
    """Return first and last day of a row's reporting year or quarter, within the period."""
    year = int(str(row["reporting_year"])[:4])
    start, months = pd.Timestamp(year, 4, 1), 12
    month = QUARTERS.get(str(row.get("period", "")).split(" ")[0])
    if month:
        start, months = pd.Timestamp(year + (month == 1), month, 1), 3
    end = start + pd.DateOffset(months=months) - pd.Timedelta(days=1)
    run = look.run
    return max(start, pd.Timestamp(run.period_start)), min(end, pd.Timestamp(run.period_end))


def _held(look: Look) -> tuple[pd.DataFrame, pd.DataFrame]:
    return look.once("deaths in scope", lambda: _deaths(look)), look.once(
        "what was completed", lambda: _done(look)
    )


def reviewed(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of the deaths of a span that were reviewed or investigated by the extract.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With reporting_year, and period where it is a quarter.
    """
    if row.get("numerator") is None:  # not recorded: no row can say so
        return None
    deaths, done = _held(look)
    under = deaths[deaths["died"].between(*_span(look, row))]
    over = under[among(under["death_id"], done["death_id"])]
    words = f"{WORDS[0]} the extract", WORDS[1]
    rows = done[among(done["death_id"], over["death_id"])]
    return counted(look, over, under, what=words) + beside(look, "What was completed", rows)


def statement(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of a statement: the deaths that it counts, and what was finished.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With item and reporting_year.
    """
    deaths, done = _held(look)
    start, end = _span(look, row)
    known = min(end, pd.Timestamp(look.run.case.extract_date))
    year = int(str(row["reporting_year"])[:4])
    first, last = pd.Timestamp(year - 1, 4, 1), pd.Timestamp(year, 3, 31)
    died = deaths[deaths["died"].between(start, end)]
    if row["item"] == "27.1":
        return [Part(NUMERATOR, WORDS[1], COUNTED, look.rows(died), float(len(died)))]
    due = done[done["problem_in_care"].eq("more likely than not")]
    old = deaths[deaths["died"].between(first, last)]
    by_then = done[done["day"].le(last)]
    uncounted = old[~among(old["death_id"], by_then["death_id"])]
    within = done[done["day"].between(start, known)]
    late = uncounted[among(uncounted["death_id"], within["death_id"])]
    said = {  # of whom, and what is to be on record of them
        "27.2": (died, done[done["day"].le(known)]),
        "27.3": (died, due[due["day"].le(known)]),
        "27.7": (uncounted, within),
        "27.8": (late, due[due["day"].le(known)]),
        "27.9": (old, due[due["day"].le(known)]),
    }
    under, told = said[str(row["item"])]
    over = under[among(under["death_id"], told["death_id"])]
    rows = told[among(told["death_id"], over["death_id"])]
    words = f"{rules.items().set_index('item').loc[row['item'], 'label']}", "Deaths out of which"
    return counted(look, over, under, what=words) + beside(look, "What was completed", rows)
