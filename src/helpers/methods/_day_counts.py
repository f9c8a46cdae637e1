"""Equal records counted once.

Functions
---------
day_counts
    How many records share group, duration, ending and entry.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._checks import as_list, numbers
from ._records import Ints, coded, first_of, joined, records
from ._risk_table import on_days, sums


def day_counts(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str] | None = None,
    duration: str = "days",
    observed: str | None = None,
    cause: str | None = None,
    entry: str | None = None,
    weights: str | None = None,
    name: str = "n",
) -> pd.DataFrame:
    """Count the records that are equal in group, duration, ending and entry.

    Curves and tests depend on these counts alone: with ``weights="n"`` they give what the
    records themselves give, at the cost of a few thousand rows.

    Parameters
    ----------
    frame : DataFrame
        One row per record. It is not changed.
    by : str or sequence of str, optional
        Columns to keep apart: all groups and strata to be compared later.
    duration : str
        Column of times, not negative.
    observed, cause : str, optional
        Column of flags, column of what ended the record (missing: still open), or both.
    entry, weights : str, optional
        See `helpers.methods.survival.kaplan_meier`.
    name : str
        Column of the counts.

    Returns
    -------
    DataFrame
        Sorted by its columns: those of ``by``, duration, observed and cause, entry, ``name``.

    Raises
    ------
    ValueError
        As for `helpers.methods.survival.kaplan_meier`; with neither ``observed`` nor ``cause``;
        and for a name that is a column already in use.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [2, 3, 3, 3], "observed": [1, 0, 1, 1]})
    >>> day_counts(waits, observed="observed")
       days  observed  n
    0     2         1  1
    1     3         0  1
    2     3         1  2
    """
    ends = [column for column in (observed, cause) if column is not None]
    if not ends:
        raise ValueError("Name the column of what ended a record: observed, cause, or both.")
    columns = [*as_list(by), duration, *ends, *([] if entry is None else [entry])]
    if name in columns:
        raise ValueError(f"The counts cannot be called {name!r}: that column is in use.")
    common = {"duration": duration, "by": as_list(by), "entry": entry, "weights": weights}
    checked = records(frame, cause=cause, observed=observed, **common)
    if cause is not None and observed is not None:
        records(frame, observed=observed, **common)
    if weights is not None:
        frame = frame[numbers(frame, weights) > 0]
    key = joined(checked.group, _position(checked.days))
    for column in ends:
        key = joined(key, coded(frame[column])[0])
    if checked.entry is not None:
        key = joined(key, _position(checked.entry))
    row, place = first_of(key)
    made = frame[columns].iloc[row].reset_index(drop=True)
    made[name] = sums(place, checked.weight, row.size)
    return made


def _position(values: np.ndarray) -> Ints:
    """Return places of values in their order: whole days by the day, others by rank."""
    if values.size and values.min() >= 0 and on_days(values):
        return values.astype(np.intp)
    return np.unique(values, return_inverse=True)[1]
