"""Numbers of predecessors put to their successors, by a stated rule.

- :func:`successor`: who answers for a period of an organisation.
- :func:`put_together`: rows with the provider that answers for each.
- :data:`RULES`: the rules in words.
"""

from __future__ import annotations

import pandas as pd

Steps = dict[str, tuple[str, pd.Timestamp]]

RULES = {
    "from_date": "Numbers of an organisation that went into another are put to its successor for "
    "periods that end on the day of the merger or later, and stay its own before.",
    "whole_series": "Numbers of an organisation that went into another are put to its successor "
    "for the whole series, as if they had always been one.",
}


def successor(
    provider: str, ends: pd.Timestamp, mergers: pd.DataFrame, *, rule: str = "from_date"
) -> str:
    """Return who answers for a period of an organisation.

    Parameters
    ----------
    provider : str
        The organisation that the numbers were recorded of.
    ends : Timestamp
        Last day of the period.
    mergers : DataFrame
        Columns predecessor, successor and date, each predecessor once.
    rule : str
        A key of :data:`RULES`.

    Returns
    -------
    str
        The organisation itself where no merger concerns the period.

    Examples
    --------
    >>> into = pd.DataFrame({"predecessor": ["A", "B"], "successor": ["B", "C"],
    ...     "date": pd.to_datetime(["2013-04-01", "2014-10-01"])})
    >>> [successor("A", pd.Timestamp(day), into) for day in
    ...     ("2013-03-31", "2014-03-31", "2015-03-31")]
    ['A', 'B', 'C']
    >>> successor("A", pd.Timestamp("2012-03-31"), into, rule="whole_series")
    'C'
    """
    return _followed(provider, ends, _steps(mergers), rule)


def _steps(mergers: pd.DataFrame) -> Steps:
    """Return successor and day of each predecessor."""
    return {row.predecessor: (row.successor, row.date) for row in mergers.itertuples(index=False)}


def _followed(provider: str, ends: pd.Timestamp, steps: Steps, rule: str) -> str:
    while provider in steps:
        into, day = steps[provider]
        if rule == "from_date" and ends < day:
            break
        provider = into
    return provider


def put_together(
    rows: pd.DataFrame, mergers: pd.DataFrame, *, rule: str = "from_date"
) -> pd.DataFrame:
    """Return rows with the provider that answers for each; who recorded it is kept beside.

    Parameters
    ----------
    rows : DataFrame
        With provider and period_end. It is not changed.
    mergers : DataFrame
        As for :func:`successor`; empty: nobody merged.
    rule : str
        A key of :data:`RULES`.

    Returns
    -------
    DataFrame
        The same rows; ``recorded_by`` is what ``provider`` was.

    Raises
    ------
    KeyError
        For a rule that is not among :data:`RULES`.

    Examples
    --------
    >>> held = pd.DataFrame({"provider": ["A", "A", "B"], "numerator": [1, 2, 4],
    ...     "period_end": pd.to_datetime(["2013-03-31", "2014-03-31", "2014-03-31"])})
    >>> into = pd.DataFrame({"predecessor": ["A"], "successor": ["B"],
    ...     "date": pd.to_datetime(["2013-10-01"])})
    >>> put_together(held, into).groupby("provider")["numerator"].sum().to_dict()
    {'A': 1, 'B': 6}
    >>> put_together(held, into, rule="whole_series")["provider"].unique().tolist()
    ['B']
    """
    RULES[rule]
    pairs = rows[["provider", "period_end"]].drop_duplicates()
    steps = _steps(mergers)
    found = {
        (one, day): _followed(one, day, steps, rule)
        for one, day in pairs.itertuples(index=False, name=None)
    }
    answering = [found[key] for key in zip(rows["provider"], rows["period_end"], strict=True)]
    return rows.assign(recorded_by=rows["provider"], provider=pd.Series(answering, rows.index))
