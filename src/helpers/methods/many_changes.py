"""P values of many changes adjusted for how many were looked at.

Functions
---------
adjusted
    Any table of changes with p values adjusted for all of it.
looked_at
    How many changes were looked at, table by table, and how many remain.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ._checks import check_level, numbers, require_columns
from .adjust import holm

HOLM = "Holm's adjustment"


def adjusted(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table of changes with p values adjusted for all that were looked at.

    Parameters
    ----------
    frame : DataFrame
        With ``p_value``; a missing one was not looked at.

    Returns
    -------
    DataFrame
        The same with ``adjusted_p`` (Holm) and ``looked_at``.

    Raises
    ------
    ValueError
        If there is no p value column.

    Examples
    --------
    >>> adjusted(pd.DataFrame({"p_value": [0.01, 0.04, None]}))["adjusted_p"].tolist()
    [0.02, 0.04, nan]
    """
    require_columns(frame, ["p_value"])
    p = numbers(frame, "p_value") if len(frame) else np.array([])
    return frame.assign(adjusted_p=holm(p), looked_at=int(np.isfinite(p).sum()))


def looked_at(tables: Mapping[str, pd.DataFrame], *, level: float = 0.95) -> pd.DataFrame:
    """Return how many changes were looked at, table by table, and how many remain.

    Parameters
    ----------
    tables : mapping
        Tables with ``p_value``, by what they are of.
    level : float
        A change remains where its adjusted p value is at most one less this level.

    Returns
    -------
    DataFrame
        Columns ``what``, ``looked_at``, ``by_chance`` (how many would be below by chance alone,
        nothing adjusted), ``numerator`` (those that remain after Holm's adjustment over all
        tables together), ``method``; the last row is all together.

    Raises
    ------
    ValueError
        For a table without p values, or a level outside (0, 1).

    Examples
    --------
    >>> one = pd.DataFrame({"p_value": [0.001, 0.3]})
    >>> looked_at({"Shares": one})[["what", "looked_at", "numerator"]].values.tolist()
    [['Shares', 2, 1], ['All together', 2, 1]]
    """
    check_level(level)
    held = []
    for what, frame in tables.items():
        require_columns(frame, ["p_value"])
        p = numbers(frame, "p_value") if len(frame) else np.array([])
        held.append(pd.DataFrame({"what": what, "p": p[np.isfinite(p)]}))
    every = pd.concat(held, ignore_index=True)
    if every.empty:
        columns = ["what", "looked_at", "by_chance", "numerator", "method"]
        return pd.DataFrame(columns=columns)
    every["adjusted"] = holm(every["p"])
    alpha = 1 - level
    rows = []
    for what, part in [*every.groupby("what", sort=False), ("All together", every)]:
        rows.append(
            {
                "what": what,
                "looked_at": len(part),
                "by_chance": alpha * len(part),
                "numerator": int((part["adjusted"] <= alpha).sum()),
                "method": f"{HOLM} over all changes of this page",
            }
        )
    return pd.DataFrame(rows)
