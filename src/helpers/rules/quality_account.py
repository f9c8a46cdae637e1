"""What a Quality Account and the Learning from Deaths dashboard ask, as data with dates in force.

The wording is this suite's own, in plain English: the exact text of the regulations and the
counting rule of the dashboard are to be checked at source, and the tables say for which items.

- :func:`items`: items 27.1 to 27.9, each with its sentence, and why it may have to stay open.
- :func:`form`: whether an item was in force for a period.
- :func:`kinds`: which records of reviews count as a case record review, or as an investigation.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources

import pandas as pd

REVIEW, INVESTIGATION, NEITHER = "case record review", "investigation", "neither"
"""The kinds of :func:`kinds`."""

DASHBOARD = "dashboard"
IN_FORCE = "in force"
LATER = {
    False: "shown in the form that the regulations later asked for",
    True: "shown in the form that the guidance later asked for",
}
"""What is said of a period before the regulations (of the dashboard: the guidance)."""


@cache
def _table(name: str) -> pd.DataFrame:
    with resources.files(__package__).joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype="str", keep_default_na=False)


def items() -> pd.DataFrame:
    """Return items 27.1 to 27.9 in their order.

    Returns
    -------
    DataFrame
        Columns item, label, in_force_from (YYYY-MM-DD), asks, filled (the sentence, its numbers
        in braces; empty where no number can fill it), open (why it stays open where the records
        hold nothing), status (how far its text was seen) and source.

    Examples
    --------
    >>> items()["item"].tolist()[::4]
    ['27.1', '27.5', '27.9']
    """
    table = _table("quality_account.csv")
    return table[table["item"].ne(DASHBOARD)].reset_index(drop=True)


def form(item: str, last: date) -> str:
    """Return whether an item was in force for a period, in words.

    Parameters
    ----------
    item : str
        Such as 27.1, or ``dashboard``.
    last : date
        Last day of the reporting year or quarter; what came into force before it ended applies.

    Returns
    -------
    str
        :data:`IN_FORCE`, or that it is shown in the form that was asked for later.

    Raises
    ------
    KeyError
        If there is no such item.

    Examples
    --------
    >>> form("27.1", date(2018, 3, 31)), form("dashboard", date(2017, 6, 30))
    ('in force', 'in force')
    >>> form("27.1", date(2015, 3, 31))
    'shown in the form that the regulations later asked for'
    """
    start = _table("quality_account.csv").set_index("item").loc[item, "in_force_from"]
    return IN_FORCE if last >= date.fromisoformat(start) else LATER[item == DASHBOARD]


def kinds() -> pd.DataFrame:
    """Return each type of review with what it counts as.

    Returns
    -------
    DataFrame
        Columns type (as the table ``reviews`` names it), label, kind (case record review,
        investigation or neither), finished_on (milestones joined by ";": the first that is on
        record is the day on which it was finished), status (seen, or assumption) and note.

    Examples
    --------
    >>> kinds().set_index("type").loc[["IMA", "CIR", "screen"], "kind"].tolist()
    ['case record review', 'investigation', 'neither']
    """
    return _table("review_kinds.csv").copy()
