"""Columns by their distinct values, and what the rules met in them, one row a hit.

- :func:`squeezed`: text without stray spaces of any kind.
- :func:`distinct`: the distinct values of a column, and which of them stands in each row.
- :func:`hits`: what a rule met, one row a hit; :func:`together`: the hits of several rules.
- :func:`positions_of`: the rows in which each value stands.

Each rule looks at distinct values only, so that a column of a million rows costs little more than
finding them.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

HITS = ["code", "position", "value", "new_value", "action", "reason"]
"""What a hit says: the code, the row by its position, what was met, what became of it and why."""

_STRAY = r"[\s\u00a0\u1680\u2000-\u200d\u202f\u205f\u2060\u3000\ufeff]+"


def squeezed(text: pd.Series) -> pd.Series:
    r"""Return text without leading, trailing, doubled or unusual spaces; missing becomes "".

    Examples
    --------
    >>> squeezed(pd.Series(["  North \u00a0 Wales ", None])).tolist()
    ['North Wales', '']
    """
    text = text.astype("str").fillna("")
    odd = text.str.contains(r"^ | $|  |[^ -~]", regex=True)
    if odd.any():
        cleaned = text[odd].str.replace(_STRAY, " ", regex=True).str.strip()
        text = text.copy()
        text[odd] = cleaned
    return text


def distinct(text: pd.Series) -> tuple[np.ndarray, pd.Series]:
    """Return which distinct value stands in each row, and the distinct values, squeezed.

    Two values that differ in their spaces only stay two.

    Examples
    --------
    >>> which, values = distinct(pd.Series(["ward", "home", "ward"]))
    >>> which.tolist(), values.tolist()
    ([0, 1, 0], ['ward', 'home'])
    """
    which, found = pd.factorize(text.fillna(""))
    return which, squeezed(pd.Series(found, dtype="str"))


def hits(
    code: str,
    at: np.ndarray,
    *,
    index: pd.Index,
    values: object,
    new_values: object = "",
    action: str,
    reason: object = "",
) -> pd.DataFrame:
    """Return what a rule met, one row a hit.

    Parameters
    ----------
    code : str
        One of :data:`helpers.intake.flags.CODES`.
    at : array
        True in each row that is hit, or the places of those rows.
    index : Index
        Index of the column: its labels are the positions.
    values, new_values, reason : str or sequence
        One for all hits, or one for each. An empty reason is that of the code.
    action : str
        read as, no value, kept, left out or withheld.

    Returns
    -------
    DataFrame
        Columns as :data:`HITS`.

    Examples
    --------
    >>> rows = pd.Index([4, 5])
    >>> at = np.array([False, True])
    >>> hits("X04", at, index=rows, values="tbc", action="no value").loc[0, ["position", "action"]]
    position           5
    action      no value
    Name: 0, dtype: object
    """
    places = np.flatnonzero(at) if at.dtype == bool else at
    if not len(places):
        return pd.DataFrame(columns=HITS)
    said = {
        name: given if isinstance(given, str) else pd.array(np.asarray(given, object), dtype="str")
        for name, given in (("value", values), ("new_value", new_values), ("reason", reason))
    }
    made = {"code": code, "position": index[places], "action": action, **said}
    return pd.DataFrame({name: made[name] for name in HITS})


def together(*parts: pd.DataFrame) -> pd.DataFrame:
    """Return the hits of several rules as one frame, ordered by position.

    Examples
    --------
    >>> len(together(pd.DataFrame(columns=HITS)))
    0
    """
    full = [part for part in parts if len(part)]
    if not full:
        return pd.DataFrame(columns=HITS)
    return pd.concat(full, ignore_index=True).sort_values(
        "position", kind="stable", ignore_index=True
    )


def positions_of(
    which: np.ndarray, found: pd.Series, rows: np.ndarray, index: pd.Index
) -> dict[str, pd.Index]:
    """Return the positions of each value met in some rows.

    Parameters
    ----------
    which, found : array, Series
        As :func:`distinct` gives them.
    rows : array
        True in the rows concerned, or their places.
    index : Index
        Index of the column: its labels are the positions.

    Examples
    --------
    >>> which, found = distinct(pd.Series(["a", "b", "a"]))
    >>> positions_of(which, found, np.array([True, False, True]), pd.RangeIndex(3))
    {'a': Index([0, 2], dtype='int64')}
    """
    places = np.flatnonzero(rows) if rows.dtype == bool else rows
    met = found.iloc[which[places]].to_numpy(dtype=object)
    groups = pd.Series(index[places]).groupby(met, sort=False)
    return {str(value): pd.Index(part) for value, part in groups}
