"""What comparisons share: four numbers broadcast together, and each row's reference row.

Functions
---------
four
    Counts and exposure of both sides, broadcast together.
reference_rows
    Position of the row that each row of a frame is compared with.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._checks import Floats, refuse


def four(*values: ArrayLike) -> list[Floats]:
    """Return the values as floats, broadcast together.

    Examples
    --------
    >>> [part.tolist() for part in four([1, 2], 3)]
    [[1.0, 2.0], [3.0, 3.0]]
    """
    return list(np.broadcast_arrays(*(np.asarray(value, dtype=float) for value in values)))


def reference_rows(
    frame: pd.DataFrame, by: str, reference: object, within: list[str]
) -> np.ndarray:
    """Position of each row's reference row, or -1 where its group has none.

    Examples
    --------
    >>> reference_rows(pd.DataFrame({"year": [2013, 2011]}), "year", 2011, [])
    array([1, 1])
    """
    is_reference = (frame[by] == reference).to_numpy(dtype=bool, na_value=False)
    if len(frame) and not is_reference.any():
        raise ValueError(f"No row has {by!r} equal to the reference {reference!r}.")
    if within:
        group = frame.groupby(within, dropna=False, observed=True, sort=False).ngroup().to_numpy()
    else:
        group = np.zeros(len(frame), dtype=int)
    chosen = np.flatnonzero(is_reference)
    again = pd.Series(group[chosen]).duplicated().to_numpy()
    where = f" in one group of {', '.join(within)}" if within else ""
    refuse(again, frame.index[chosen], f"a second reference row{where}, where only one is allowed")
    position = np.full(group.max(initial=-1) + 1, -1)
    position[group[chosen]] = chosen
    return position[group]
