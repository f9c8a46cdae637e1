"""Columns as chained equations see them: codes, predictors and covariate patterns.

Functions
---------
label
    Text of a level.
coded
    Each column with its kind, its levels and its observed values.
blocks
    Predictors of each column of a state: indicators, or one standardised number.
patterns
    The distinct rows of predictors of one column, and which of them each row is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, refuse

Ints = NDArray[np.intp]
State = dict[str, NDArray]
"""The current values by column: codes from 0, or standardised numbers."""

MOST_LEVELS = 25
"""A multinomial model of more levels has thousands of parameters."""

METHODS = {
    "binary": "logistic regression",
    "categorical": "multinomial logistic regression",
    "ordered": "predictive mean matching",
    "numeric": "predictive mean matching",
}
SPACE = 1 << 20


def label(level: object) -> str:
    """Text of a level; a flag stored as 1.0 beside missing values still reads 1."""
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)


@dataclass(frozen=True, eq=False)
class Column:
    """One column of the data.

    Attributes
    ----------
    name, kind : str
        Column of the frame; "binary", "categorical", "ordered" or "numeric".
    levels : tuple
        Levels in order; none for a numeric column.
    state : ndarray, shape (rows,)
        Codes (-1 where missing), or standardised numbers (NaN where missing).
    missing : ndarray of bool
        Which rows lack a value.
    centre, spread : float
        What turns standardised numbers back: value times ``spread`` plus ``centre``.
    """

    name: str
    kind: str
    levels: tuple[object, ...]
    state: NDArray
    missing: NDArray[np.bool_]
    centre: float = 0.0
    spread: float = 1.0

    @property
    def incomplete(self) -> bool:
        """Whether any value is missing."""
        return bool(self.missing.any())

    @property
    def varies(self) -> bool:
        """Whether the observed values differ."""
        seen = self.state[~self.missing]
        return bool(seen.size) and bool((seen != seen[0]).any())

    def labels(self) -> list[str]:
        """Levels as text."""
        return [label(level) for level in self.levels]

    def coded(self, values: pd.Series) -> NDArray:
        """Codes of some values of the column, or the numbers themselves."""
        if not self.levels:
            return values.to_numpy(dtype=float)
        return pd.Index(list(self.levels)).get_indexer(values.astype(object))


def _levels(series: pd.Series) -> tuple[str, tuple[object, ...]]:
    """Kind of a column and its observed levels."""
    seen, dtype = series.dropna(), series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        present = set(seen.unique())
        levels = tuple(level for level in dtype.categories if level in present)
        kind = "ordered" if dtype.ordered else "categorical"
    elif pd.api.types.is_datetime64_any_dtype(dtype) or pd.api.types.is_timedelta64_dtype(dtype):
        raise ValueError(
            f"Column {series.name!r} holds dates; give days since a fixed day instead, as numbers."
        )
    elif pd.api.types.is_bool_dtype(dtype) or set(seen.unique()) <= {True, False}:
        levels, kind = tuple(sorted(seen.unique())), "categorical"
    elif pd.api.types.is_numeric_dtype(dtype):
        levels, kind = tuple(sorted(seen.unique())), "numeric"
    else:
        levels, kind = tuple(sorted(seen.unique(), key=str)), "categorical"
    if len(levels) <= 2:
        return "binary", levels
    return kind, () if kind == "numeric" else levels


def _column(series: pd.Series) -> Column:
    name, missing = str(series.name), series.isna().to_numpy(dtype=bool)
    if missing.all():
        raise ValueError(
            f"Column {name!r} has no recorded value, so that nothing says what its missing values "
            "could be; leave it out."
        )
    kind, levels = _levels(series)
    if kind == "numeric":
        values = series.to_numpy(dtype=float, na_value=np.nan)
        refuse(np.isinf(values), series.index, f"column {name!r} is infinite")
        centre, spread = float(np.nanmean(values)), float(np.nanstd(values))
        return Column(name, kind, (), (values - centre) / spread, missing, centre, spread)
    codes = np.full(missing.size, -1, dtype=np.intp)
    codes[~missing] = pd.Index(list(levels)).get_indexer(series[~missing].astype(object))
    column = Column(name, kind, levels, codes, missing)
    if missing.any() and not column.varies:
        raise ValueError(
            f"Column {name!r} is {column.labels()[0]!r} wherever it was recorded: an imputation "
            "could only repeat that; leave it out, or give its missing values a level of their own."
        )
    if missing.any() and kind == "categorical" and len(levels) > MOST_LEVELS:
        raise ValueError(
            f"Column {name!r} has {len(levels)} levels; imputation is offered up to {MOST_LEVELS}: "
            "merge levels, or leave it out."
        )
    return column


def coded(frame: pd.DataFrame, names: Sequence[str]) -> dict[str, Column]:
    """Return each column with its kind, its levels and its observed values.

    Parameters
    ----------
    frame : DataFrame
        The data.
    names : sequence of str
        Columns of it.

    Returns
    -------
    dict of str to Column
        By name, in the order given. Numbers of more than two values are numeric, ordered
        categories ordered, two levels of anything binary, the rest categorical.

    Raises
    ------
    ValueError
        For a column without a recorded value, one that is incomplete and has a single level or
        too many of them, dates, and infinite numbers.

    Examples
    --------
    >>> seen = pd.DataFrame({"age": [70.0, None, 81.0, 64.0], "place": ["ward", "home", None, "x"]})
    >>> [(column.kind, column.levels) for column in coded(seen, ["age", "place"]).values()]
    [('numeric', ()), ('categorical', ('home', 'ward', 'x'))]
    """
    return {name: _column(frame[name]) for name in names}


def _indicators(codes: NDArray, levels: int) -> Floats:
    return (codes[:, None] == np.arange(1, levels)).astype(float)


def blocks(columns: Mapping[str, Column], state: State) -> dict[str, Floats]:
    """Return the predictors of each column: indicators of its levels, or one number.

    Parameters
    ----------
    columns : mapping
        From `coded`.
    state : dict
        Values by column, all of them present.

    Returns
    -------
    dict of str to ndarray, shape (rows, width)
        The first level of a column with levels has no indicator.

    Examples
    --------
    >>> columns = coded(pd.DataFrame({"place": ["ward", "home", "ward"]}), ["place"])
    >>> blocks(columns, {"place": columns["place"].state})["place"].ravel()
    array([1., 0., 1.])
    """
    return {
        name: _indicators(state[name], len(column.levels))
        if column.levels
        else state[name][:, None]
        for name, column in columns.items()
        if name in state
    }


def _design(
    columns: Mapping[str, Column], state: State, products: Sequence[tuple[str, str]]
) -> Floats:
    parts = blocks(columns, state)
    rows = next(iter(state.values())).size
    for first, second in products:
        if first in parts and second in parts:
            both = parts[first][:, :, None] * parts[second][:, None, :]
            parts[f"{first}*{second}"] = both.reshape(rows, -1)
    return np.hstack([np.ones((rows, 1)), *parts.values()])


def patterns(
    columns: Mapping[str, Column],
    state: State,
    target: str,
    products: Sequence[tuple[str, str]] = (),
) -> tuple[Floats, Ints]:
    """Return the distinct rows of predictors of one column, and which of them each row is.

    Parameters
    ----------
    columns : mapping
        From `coded`; those that vary.
    state : dict
        Values by column.
    target : str
        The column to be predicted from all the others.
    products : sequence of pairs of str
        Columns whose products are predictors too, unless the target is one of them.

    Returns
    -------
    matrix : ndarray, shape (patterns, predictors)
        Intercept first. With a numeric predictor every row is a pattern of its own.
    index : ndarray of int, shape (rows,)
        Pattern of each row.

    Examples
    --------
    >>> seen = pd.DataFrame({"late": [0, 1, 1, 0], "male": [1, 1, 1, 0]})
    >>> columns = coded(seen, ["late", "male"])
    >>> state = {name: column.state for name, column in columns.items()}
    >>> matrix, index = patterns(columns, state, "late")
    >>> matrix, index
    (array([[1., 0.],
           [1., 1.]]), array([1, 1, 1, 0]))
    """
    others = {name: values for name, values in state.items() if name != target}
    rows = state[target].size
    if not others:
        return np.ones((1, 1)), np.zeros(rows, dtype=np.intp)
    if any(not columns[name].levels for name in others):
        return _design(columns, others, products), np.arange(rows)
    sizes = [len(columns[name].levels) for name in others]
    space = int(np.prod(sizes, dtype=object))
    if space >= np.iinfo(np.intp).max:
        return _design(columns, others, products), np.arange(rows)
    keys = np.ravel_multi_index(tuple(others.values()), sizes)
    if space <= max(SPACE, 4 * rows):
        present = np.bincount(keys, minlength=space) > 0
        found, index = np.flatnonzero(present), (np.cumsum(present) - 1)[keys]
    else:
        found, index = np.unique(keys, return_inverse=True)
    distinct = dict(zip(others, np.unravel_index(found, sizes), strict=True))
    return _design(columns, distinct, products), index
