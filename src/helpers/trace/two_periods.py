"""Which rows a change between two periods is made of.

- :func:`change`: an indicator in the later period, and beside it in the earlier one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from helpers.trace import counts
from helpers.trace.evidence import evidence
from helpers.trace.look import Look, counted
from helpers.trace.parts import DENOMINATOR, NUMERATOR, Part

Row = Mapping[str, Any]


def _of_people(look: Look, over: str, under: str, first: Any, last: Any) -> list[Part] | None:
    people = look.people.assign(deaths=True)
    if not len(people) or not {over, under} <= set(people):
        return None
    mine = people["date_of_death"].between(pd.Timestamp(first), pd.Timestamp(last))
    below = people[mine & people[under].astype("bool")]
    above = below[below[over].astype("bool")]
    words = (counts._label(look, over), counts._label(look, under))
    return counted(look, above, below, what=words) + evidence(look, over, above)


def _of_years(look: Look, over: str, under: str, first: Any, last: Any) -> list[Part]:
    """Return the cells of the years that lie wholly between two days."""
    days = pd.Timestamp(first).date(), pd.Timestamp(last).date()
    one, other = counts._both(look, over, under)
    made = []
    for role, measure, held in ((NUMERATOR, over, one), (DENOMINATOR, under, other)):
        years = {
            int(year)
            for year in held.frame["year"].unique()
            if days[0]
            <= look.run.days_of(int(year))[0]
            <= look.run.days_of(int(year))[1]
            <= days[1]
        }
        kept = held.frame["year"].isin(years).to_numpy()
        made.append(counts._part(look, role, measure, held, kept))
    return made


def _period(look: Look, row: Row, name: str) -> list[Part]:
    item = look.run.case.indicator(row["indicator"])
    asked = item.numerator, item.denominator, row[f"{name}_start"], row[f"{name}_end"]
    return _of_people(look, *asked) or _of_years(look, *asked)


def change(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of an indicator in the later period, and beside them those of the earlier.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With indicator and the first and last days of both periods.
    """
    if "indicator" not in row or "earlier_start" not in row:
        return None
    before = [
        Part(f"{part.role} of the earlier period", part.what, part.how, part.rows, part.number,
             part.columns)
        for part in _period(look, row, "earlier")
        if part.role in {NUMERATOR, DENOMINATOR}
    ]  # fmt: skip
    for part, name in zip(before, ("numerator", "denominator"), strict=True):
        if part.number is None or abs(part.number - float(row[f"earlier_{name}"])) > 1e-9:
            raise ValueError(f"the earlier {name} is {part.number}, not {row[f'earlier_{name}']}")
    return _period(look, row, "later") + before
