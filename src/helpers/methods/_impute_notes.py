"""What a reader should know of each column that was imputed.

Functions
---------
models
    Kind, method, counts and a note for each column.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ._impute_columns import METHODS, Column

MODELS = ["column", "kind", "method", "observed", "missing", "denominator", "note"]
LEAST = 5
"""Fewer rows of one value among those of a level are no sign of perfect prediction."""


def _once(column: Column) -> str:
    if not column.levels:
        return ""
    counts = np.bincount(column.state[~column.missing], minlength=len(column.levels))
    rare = [label for label, n in zip(column.labels(), counts, strict=True) if n == 1]
    if not rare:
        return ""
    return f"recorded in one row only: {', '.join(map(repr, rare))}; imputations of it rest on that"


def _perfect(column: Column, others: Mapping[str, Column]) -> str:
    """Levels of other columns that are always seen with one level of this one."""
    found = []
    for other in others.values():
        if not other.levels or not other.varies or other.name == column.name:
            continue
        both = ~column.missing & ~other.missing
        table = np.zeros((len(other.levels), len(column.levels)), dtype=int)
        np.add.at(table, (other.state[both], column.state[both]), 1)
        alone = (table.sum(axis=1) >= LEAST) & (table.max(axis=1) == table.sum(axis=1))
        for place in np.flatnonzero(alone):
            level, mine = other.labels()[place], column.labels()[int(table[place].argmax())]
            found.append(f"{mine!r} wherever {other.name!r} is {level!r}")
    if not found:
        return ""
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f"perfect prediction, held in bounds by made-up records: {', '.join(found[:3])}{more}"


def _note(column: Column, columns: Mapping[str, Column]) -> str:
    if not column.varies:
        return "the same in every row: it says nothing of the other columns and took no part"
    if not column.incomplete:
        return ""
    width = 1 + sum(max(len(other.levels) - 1, 1) for other in columns.values() if other.varies)
    width -= max(len(column.levels) - 1, 1)
    seen = int((~column.missing).sum())
    few = f"{seen} recorded values for {width} parameters" if seen <= width else ""
    matched = column.kind in ("numeric", "ordered")
    perfect = "" if matched else _perfect(column, columns)
    return "; ".join(part for part in (few, _once(column), perfect) if part)


def models(columns: Mapping[str, Column]) -> pd.DataFrame:
    """Return kind, method, counts and a note for each column.

    Parameters
    ----------
    columns : mapping
        From `helpers.methods._impute_columns.coded`.

    Returns
    -------
    DataFrame
        ``column``, ``kind``, ``method`` (empty for a complete column), ``observed``,
        ``missing``, ``denominator`` (rows) and ``note``.

    Examples
    --------
    >>> from helpers.methods._impute_columns import coded
    >>> seen = pd.DataFrame({"late": [0, 1, 0, 1], "place": ["home", "home", None, "ward"]})
    >>> models(coded(seen, ["late", "place"]))["note"].tolist()
    ['', "recorded in one row only: 'ward'; imputations of it rest on that"]
    """
    rows = [
        (
            column.name,
            column.kind,
            METHODS[column.kind] if column.incomplete else "",
            int((~column.missing).sum()),
            int(column.missing.sum()),
            column.missing.size,
            _note(column, columns),
        )
        for column in columns.values()
    ]
    return pd.DataFrame(rows, columns=MODELS)
