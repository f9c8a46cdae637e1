"""What a case holds, and what may be asked of it.

``run`` is what :func:`helpers.start` returns.

- :func:`overview`: the canonical tables that the case fills.
- :func:`indicators`: the indicators of the case with their definitions.
"""

from __future__ import annotations

import pandas as pd

from helpers.run import Run


def overview(run: Run) -> pd.DataFrame:
    """Return the canonical tables that the case fills, with their rows in all and in the period.

    Returns
    -------
    DataFrame
        Columns table, rows (of the whole case), in_period (those of the period of the run).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> overview(run)["table"].tolist()
    ['milestones', 'counts', 'reports', 'published']
    """
    inside = {"counts": run.counts, "reports": run.reports, "milestones": run.milestones}
    rows = [
        {"table": name, "rows": len(frame), "in_period": len(inside.get(name, frame))}
        for name, frame in run.extract.tables.items()
        if not frame.empty
    ]
    return pd.DataFrame(rows)


def indicators(run: Run) -> pd.DataFrame:
    """Return the indicators of the case: id, what is counted, out of what, definition.

    Returns
    -------
    DataFrame
        Columns id, counted and out_of (ids of measures), definition.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> indicators(run)["id"].tolist()[:2]
    ['inquests_opened_share', 'post_mortem_share']
    """
    rows = [
        {
            "id": item.id,
            "counted": item.numerator,
            "out_of": item.denominator,
            "definition": item.definition,
        }
        for item in run.case.indicators
    ]
    return pd.DataFrame(rows, columns=["id", "counted", "out_of", "definition"])
