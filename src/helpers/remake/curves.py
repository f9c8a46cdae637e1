"""Curves made again from protected counts, with their intervals, and drawn from them.

- :func:`estimated`: the table of one curve from protected events and people at risk.
- :func:`unprotected`: the curves of records as the notebook drew them, to compare with a pack.
- :func:`figure`: the curves of a protected table, as the notebook drew them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def _records(told: pd.DataFrame) -> pd.DataFrame:
    """Return records, one a person who is shown, of which a table of curves is the count."""
    time, at_risk = told["time"].to_numpy(), told["at_risk"].to_numpy()
    events = np.minimum(told["events"].to_numpy(), at_risk)
    others = np.maximum(at_risk - events - np.append(at_risk[1:], 0), 0)
    # Those lost between two steps were followed to just before the later one.
    followed = np.append(time[1:] - 1, time[-1])
    parts = [(time, events, True), (followed, others, False)]
    made = [
        pd.DataFrame({"days": np.repeat(days, counts), "observed": seen})
        for days, counts, seen in parts
    ]
    return pd.concat(made, ignore_index=True)


def estimated(told: pd.DataFrame, *, level: float) -> pd.DataFrame:
    """Return the table of one curve from protected events and people at risk.

    Parameters
    ----------
    told : DataFrame
        time (days), events, at_risk, in order; protected.
    level : float
        Level of the interval.

    Returns
    -------
    DataFrame
        The three columns, then value (share that had reached the event), low, high, level and
        method: Kaplan-Meier with Greenwood's variance, as a run has it.

    Examples
    --------
    >>> told = pd.DataFrame({"time": [7, 14], "events": [9, 6], "at_risk": [33, 21]})
    >>> estimated(told, level=0.95)[["value", "low", "high"]].round(3).values.tolist()
    [[0.273, 0.152, 0.459], [0.481, 0.322, 0.668]]
    """
    from helpers.methods import survival

    curve = survival.kaplan_meier(_records(told), level=level)
    curve = curve[curve["n_event"].gt(0)].reset_index(drop=True)
    return told[["time", "events", "at_risk"]].assign(
        value=1 - curve["survival"],
        low=1 - curve["high"],
        high=1 - curve["low"],
        level=level,
        method=curve["method"],
    )


def unprotected(both: pd.DataFrame, *, level: float) -> Figure:
    """Return the curves of records as the notebook drew them, to compare with a pack.

    Parameters
    ----------
    both : DataFrame
        As :func:`helpers.cohort.ends.both_ways` returns it.
    level : float
        Level of the intervals.
    """
    from helpers import figures
    from helpers.methods import survival

    curves = survival.kaplan_meier(both, by=["interval", "label", "ended_otherwise"], level=level)
    return figures.curves(curves, by="ended_otherwise")


def figure(frame: pd.DataFrame) -> Figure:
    """Return the curves of a protected table, as the notebook drew them.

    Parameters
    ----------
    frame : DataFrame
        Rows as :func:`estimated` returns them, with ``label``, the panel.

    Returns
    -------
    Figure
        Each panel ends at the last step of its curve: what was not told is not drawn.

    Examples
    --------
    >>> told = pd.DataFrame({"time": [7, 14], "events": [9, 6], "at_risk": [33, 21]})
    >>> drawn = figure(estimated(told, level=0.95).assign(label="Death to report"))
    >>> [text.get_text() for text in drawn.axes[0].texts][:2]
    ['at risk', '33']
    """
    from helpers import figures

    held = frame.assign(
        survival=1 - frame["value"],
        low=1 - frame["high"],
        high=1 - frame["low"],
        n_risk=frame["at_risk"].astype("int64"),
    )
    return figures.curves(held, horizon=held.groupby("label", sort=False)["time"].max())
