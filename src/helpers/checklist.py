"""The RECORD checklist, filled from the run; what no run can know is asked for by name.

What each item asks stands in :mod:`helpers.record_items`. An answer is made of what the run holds
(sources, dates, definitions, links, flags, rows), of what the case says under ``record`` in
``case.yml``, or of both. Where a part is lacking the item is not answered, and says who must fill
it, whatever else is known.

- :func:`record`: one row an item.
- :func:`by_status`: how many are answered from the run, from the case, and not at all.
"""

from __future__ import annotations

import pandas as pd

from helpers import _checklist
from helpers.record_items import items
from helpers.run import Run

FROM_RUN, FROM_CASE, OPEN = "from the run", "from the case", "not answered"
STATUSES = (FROM_RUN, FROM_CASE, OPEN)


def record(run: Run) -> pd.DataFrame:
    """Return the RECORD checklist of a run.

    Parameters
    ----------
    run : Run
        As `helpers.start` returns it.

    Returns
    -------
    DataFrame
        Columns item, section, asks, answer and status: "from the run" (the run answers it
        wholly), "from the case" (``case.yml`` says it, or a part of it) or "not answered" (a part
        is lacking; the answer says which, and who must give it).

    Notes
    -----
    Source of the items: Benchimol and others 2015, The REporting of studies Conducted using
    Observational Routinely-collected health Data (RECORD) statement, PLoS Medicine 12:e1001885.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> record(run).set_index("item").loc["1.3", "answer"]
    'No records were linked: each source is read and counted by itself.'
    """
    rows = []
    for item in items():
        said, lacking = _checklist.ANSWERS[item.id](run)
        given = " ".join(run.case.record.get(item.id, "").split())
        if given:
            answer, status = f"{said} {given}".strip(), FROM_CASE
        elif lacking:
            asked = f"not answered: {item.who} must say {lacking}."
            answer = f"{said} {asked[:1].upper()}{asked[1:]}" if said else asked
            status = OPEN
        else:
            answer, status = said, FROM_RUN
        rows.append((item.id, item.section, item.asks, answer, status))
    return pd.DataFrame(rows, columns=["item", "section", "asks", "answer", "status"])


def by_status(checklist: pd.DataFrame) -> pd.DataFrame:
    """Return how many items have each status.

    Parameters
    ----------
    checklist : DataFrame
        As :func:`record` returns it.

    Returns
    -------
    DataFrame
        Columns status, numerator (items) and denominator (all items); every status is there.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> by_status(record(run))["denominator"].tolist()
    [13, 13, 13]
    """
    counted = checklist["status"].value_counts()
    rows = [(status, int(counted.get(status, 0)), len(checklist)) for status in STATUSES]
    return pd.DataFrame(rows, columns=["status", "numerator", "denominator"])
