"""What is missing, and whether it goes with the outcome.

Functions
---------
missingness
    How many values of each column are missing, by outcome.
missing_patterns
    Which columns are missing together.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import as_list, check_level, numbers, refuse, require_columns
from .change import DIFFERENCE, difference_of_proportions
from .proportions import WILSON, wilson

ANY = "(any of them)"
NONE = "(none)"
GROUPS = ("0", "1", "missing")


def _outcome(frame: pd.DataFrame, columns: Sequence[str], outcome: str) -> NDArray[np.intp]:
    """Outcome of each row: 0, 1, or 2 where it is missing."""
    if not columns or outcome in columns or len(set(columns)) < len(columns):
        raise ValueError(
            "columns must name different columns, without the outcome; "
            f"got {list(columns)!r} and outcome {outcome!r}."
        )
    require_columns(frame, [outcome, *columns])
    values = numbers(frame, outcome)
    wrong = ~np.isnan(values) & (values != 0) & (values != 1)
    refuse(wrong, frame.index, f"the outcome {outcome!r} is neither 0 nor 1")
    return np.where(np.isnan(values), 2, values).astype(np.intp)


def missingness(
    frame: pd.DataFrame, *, columns: Sequence[str], outcome: str, level: float = 0.95
) -> pd.DataFrame:
    """Count the missing values of each column, by outcome and in all.

    Values that are missing more often with one outcome than with the other are the reason why
    rows without missing values may mislead.

    Parameters
    ----------
    frame : DataFrame
        One row for each person.
    columns : sequence of str
        Covariates.
    outcome : str
        0, 1 or missing.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row for each column, and for any of them, and each ``outcome`` ("all", "0", "1",
        and "missing" where the outcome itself is): ``column``, ``outcome``, ``numerator``
        (missing), ``denominator`` (rows), ``value`` (share), ``low``, ``high``, and on the rows of
        outcome 1 ``difference`` (its share less that of outcome 0), ``difference_low``,
        ``difference_high``; ``level``, ``method``.

    Raises
    ------
    ValueError
        For columns that are not there, named twice or the outcome itself, an outcome other than
        0 and 1, or a level outside (0, 1).

    Notes
    -----
    Wilson (1927) JASA 22:209; Newcombe (1998) Stat Med 17:873, method 10.

    Examples
    --------
    >>> seen = pd.DataFrame({"late": [0, 0, 0, 0, 1, 1], "age": [70, 64, 81, None, None, 90]})
    >>> found = missingness(seen, columns=["age"], outcome="late")
    >>> found.head(3)[["column", "outcome", "numerator", "denominator", "value", "difference"]]
      column outcome  numerator  denominator     value  difference
    0    age     all          2            6  0.333333         NaN
    1    age       0          1            4  0.250000         NaN
    2    age       1          1            2  0.500000        0.25
    """
    names = as_list(columns)
    check_level(level)
    group = _outcome(frame, names, outcome)
    absent = frame[names].isna().to_numpy(dtype=bool)
    absent = np.column_stack([absent, absent.any(axis=1)])
    rows = np.bincount(group, minlength=3)
    rows_of = [("all", len(frame)), *zip(GROUPS, rows.tolist(), strict=True)]
    shown = rows_of if rows[2] else rows_of[:3]
    parts = []
    for place, name in enumerate([*names, ANY]):
        counts = np.bincount(group[absent[:, place]], minlength=3)
        counts_of = [int(counts.sum()), *counts.tolist()][: len(shown)]
        parts.append(
            pd.DataFrame(
                {
                    "column": name,
                    "outcome": [label for label, _ in shown],
                    "numerator": counts_of,
                    "denominator": [count for _, count in shown],
                }
            )
        )
    found = pd.concat(parts, ignore_index=True)
    trials = found["denominator"].replace(0, np.nan).to_numpy(dtype=float)
    low, high = wilson(found["numerator"], found["denominator"], level=level)
    difference = np.full((3, len(found)), np.nan)
    one = np.flatnonzero(found["outcome"].eq("1"))
    counts, sizes = found["numerator"].to_numpy(), found["denominator"].to_numpy()
    difference[:, one] = difference_of_proportions(
        counts[one], sizes[one], counts[one - 1], sizes[one - 1], level=level
    )
    return found.assign(
        value=found["numerator"].to_numpy() / trials,
        low=low,
        high=high,
        difference=difference[0],
        difference_low=difference[1],
        difference_high=difference[2],
        level=float(level),
        method=f"{WILSON}; difference: {DIFFERENCE}",
    )


def missing_patterns(frame: pd.DataFrame, *, columns: Sequence[str], outcome: str) -> pd.DataFrame:
    """Count the rows by which of their columns are missing together.

    Parameters
    ----------
    frame : DataFrame
        One row for each person.
    columns : sequence of str
        Covariates.
    outcome : str
        0, 1 or missing.

    Returns
    -------
    DataFrame
        One row a pattern that occurs, the commonest first: ``pattern`` (the columns that are
        missing), ``columns_missing``, ``numerator`` (rows), ``denominator`` (all rows),
        ``value`` (share), ``outcome_0``, ``outcome_1``, ``outcome_missing`` (rows of each).

    Raises
    ------
    ValueError
        For columns that are not there, named twice or the outcome itself, or an outcome other
        than 0 and 1.

    Examples
    --------
    >>> seen = pd.DataFrame({"late": [0, 1, 1], "age": [70, None, None], "male": [1, None, 0]})
    >>> missing_patterns(seen, columns=["age", "male"], outcome="late")[["pattern", "numerator"]]
          pattern  numerator
    0      (none)          1
    1         age          1
    2  age + male          1
    """
    names = as_list(columns)
    group = _outcome(frame, names, outcome)
    absent = frame[names].isna().to_numpy(dtype=bool)
    found, which = np.unique(absent, axis=0, return_inverse=True)
    table = np.zeros((len(found), 3), dtype=int)
    np.add.at(table, (which.ravel(), group), 1)
    held = pd.DataFrame(
        {
            "pattern": [
                " + ".join(name for name, gone in zip(names, row, strict=True) if gone) or NONE
                for row in found
            ],
            "columns_missing": found.sum(axis=1),
            "numerator": table.sum(axis=1),
            "denominator": len(frame),
            "value": table.sum(axis=1) / max(len(frame), 1),
            "outcome_0": table[:, 0],
            "outcome_1": table[:, 1],
            "outcome_missing": table[:, 2],
        }
    )
    order = ["numerator", "columns_missing", "pattern"]
    return held.sort_values(order, ascending=[False, True, True], ignore_index=True)
