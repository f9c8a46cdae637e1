"""Terms of a Cox model coded to patterns, without one row per record.

Functions
---------
coded
    Codes of each term and its levels.
patterned
    Patterns of codes that occur, and the pattern of each row.
recoded
    Codes of other rows by the levels of a fit.
matrix
    Covariates of patterns.
designed
    The patterns of complete rows and the pattern of each.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, refuse
from ._design import Term, _label, _levels
from ._risk_sets import Design

Codes = NDArray[np.intp]

# A design with fewer non-zero entries than this share is kept sparse.
SPARSE = 0.25
LARGE = 1_000_000


@dataclass(frozen=True, eq=False)
class Coded:
    """One term, its distinct values and their coding.

    Attributes
    ----------
    term : Term
        Name, kind, labels of levels and columns.
    found : Series
        Distinct values, in the order of the codes; reference first.
    centre, spread : float
        Taken from a number before the fit; 0 and 1 otherwise.
    """

    term: Term
    found: pd.Series
    centre: float = 0.0
    spread: float = 1.0


@dataclass(frozen=True, eq=False)
class CoxDesign:
    """Covariate patterns of a Cox model.

    Attributes
    ----------
    terms : tuple of Coded
        Terms in the order given.
    codes : ndarray, shape (patterns, terms)
        Code of each term in each pattern.
    matrix : ndarray or sparse, shape (patterns, columns)
        Coded covariates; numbers centred and divided by their standard deviation.
    """

    terms: tuple[Coded, ...]
    codes: Codes
    matrix: Design

    @property
    def columns(self) -> int:
        """Number of columns."""
        return self.matrix.shape[1]

    @property
    def centre(self) -> Floats:
        """What was taken from each column."""
        return np.concatenate([np.full(len(c.term.columns), c.centre) for c in self.terms])

    @property
    def spread(self) -> Floats:
        """By what each column was divided."""
        return np.concatenate([np.full(len(c.term.columns), c.spread) for c in self.terms])

    def names(self) -> list[tuple[str, str, str]]:
        """Term, level and reference of each column; levels are empty unless categorical."""
        found = []
        for term in (part.term for part in self.terms):
            if term.kind == "categorical":
                found += [(term.name, level, term.levels[0]) for level in term.levels[1:]]
            else:
                found.append((term.name, "", term.levels[0] if term.levels else ""))
        return found

    def labels(self) -> list[str]:
        """One label per column: the term, with its level where it has one."""
        return [f"{term}: {level}" if level else term for term, level, _ in self.names()]

    def find(self, name: str) -> Coded:
        """Return a term with levels by its name, or raise ``ValueError``."""
        offered = {part.term.name: part for part in self.terms if part.term.levels}
        if name not in offered:
            raise ValueError(
                f"{name!r} is not a categorical or binary term of the fit, which has "
                f"{', '.join(map(repr, offered)) or 'none'}."
            )
        return offered[name]


def _first_codes(values: pd.Series) -> tuple[Codes, pd.Series]:
    """Code of each row, -1 if missing, and the values that the codes stand for."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        every = pd.Categorical.from_codes(range(len(values.cat.categories)), dtype=values.dtype)
        return values.cat.codes.to_numpy(), pd.Series(every, name=values.name)
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu" and len(values):
        low, high = int(values.min()), int(values.max())
        if high - low < 4096:
            every = pd.Series(np.arange(low, high + 1, dtype=values.dtype), name=values.name)
            return values.to_numpy() - low, every
    codes, found = pd.factorize(values.infer_objects())
    return codes, pd.Series(found, name=values.name)


def coded(
    frame: pd.DataFrame, terms: Sequence[str]
) -> tuple[list[Codes], list[pd.Series], NDArray[np.bool_]]:
    """Return codes and values of each term, and which rows have no missing value.

    Parameters
    ----------
    frame : DataFrame
        One row per record.
    terms : sequence of str
        Columns.

    Returns
    -------
    tuple
        Codes by term, values by term, and a flag for each row.
    """
    codes, values, complete = [], [], np.ones(len(frame), dtype=bool)
    for name in terms:
        found, every = _first_codes(frame[name])
        complete &= found >= 0
        codes.append(found)
        values.append(every)
    return codes, values, complete


def _ordered(name: str, codes: Codes, values: pd.Series, frame: pd.DataFrame) -> tuple:
    """Kind, labels and values present, with the codes renumbered in their order."""
    present = np.flatnonzero(np.bincount(codes, minlength=len(values)))
    kept = values.iloc[present]
    kind, levels = _levels(name, kept)
    if kind == "numeric":
        number = kept.to_numpy(dtype=float)
        if np.isinf(number).any():
            row = np.isinf(pd.to_numeric(frame[name]).to_numpy(dtype=float, na_value=np.nan))
            refuse(row, frame.index, f"term {name!r} is infinite")
        order = np.argsort(number, kind="stable")
        labels: tuple[str, ...] = ()
    else:
        place = {value: at for at, value in enumerate(kept)}
        order = np.array([place[level] for level in levels])
        labels = tuple(_label(level) for level in levels)
    new = np.full(len(values), -1, dtype=np.intp)
    new[present[order]] = np.arange(order.size)
    # Codes that are in order already need no pass over the rows.
    renumbered = codes if np.array_equal(new, np.arange(len(values))) else new[codes]
    return kind, labels, kept.iloc[order].reset_index(drop=True), renumbered


def patterned(
    codes: Sequence[Codes], sizes: Sequence[int]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the distinct rows of codes, and the place of each row among them.

    Examples
    --------
    >>> patterned([np.array([1, 0, 1]), np.array([0, 0, 0])], [2, 1])[1]
    array([1, 0, 1])
    """
    key, size = codes[0].astype(np.int64), int(sizes[0])
    for code, many in zip(codes[1:], sizes[1:], strict=True):
        if size * many > 2**62:
            # Numbers of patterns multiply: those that do not occur are left out in between.
            found, key = np.unique(key, return_inverse=True)
            size = found.size
        key *= many
        key += code
        size *= int(many)
    if size <= max(4 * key.size, LARGE):
        seen = np.flatnonzero(np.bincount(key, minlength=size))
        if seen.size < size:
            place = np.zeros(size, dtype=np.intp)
            place[seen] = np.arange(seen.size)
            key = place[key]
        many = seen.size
    else:
        found, key = np.unique(key, return_inverse=True)
        many = found.size
    example = np.empty(many, dtype=np.intp)
    example[key] = np.arange(key.size)
    return np.stack([code[example] for code in codes], axis=1).astype(np.intp), key


def matrix(terms: Sequence[Coded], codes: Codes) -> Design:
    """Return the covariates of patterns, dense or (with many zeros) sparse."""
    columns = sum(len(part.term.columns) for part in terms)
    share = len(terms) / columns
    if share < SPARSE and codes.shape[0] * columns > LARGE:
        return _sparse(terms, codes, columns)
    made = np.zeros((codes.shape[0], columns))
    for part, code in zip(terms, codes.T, strict=True):
        if part.term.levels:
            rows = np.flatnonzero(code > 0)
            made[rows, part.term.columns[0] + code[rows] - 1] = 1.0
        else:
            number = part.found.to_numpy(dtype=float)
            made[:, part.term.columns[0]] = (number[code] - part.centre) / part.spread
    return made


def _sparse(terms: Sequence[Coded], codes: Codes, columns: int) -> Design:
    from scipy.sparse import csr_matrix

    row, column, value = [], [], []
    for part, code in zip(terms, codes.T, strict=True):
        rows = np.flatnonzero(code > 0) if part.term.levels else np.arange(code.size)
        row.append(rows)
        if part.term.levels:
            column.append(part.term.columns[0] + code[rows] - 1)
            value.append(np.ones(rows.size))
        else:
            number = part.found.to_numpy(dtype=float)
            column.append(np.full(rows.size, part.term.columns[0]))
            value.append((number[code] - part.centre) / part.spread)
    place = (np.concatenate(row), np.concatenate(column))
    return csr_matrix((np.concatenate(value), place), shape=(codes.shape[0], columns))


def designed(
    frame: pd.DataFrame,
    terms: Sequence[str],
    codes: Sequence[Codes],
    values: Sequence[pd.Series],
    count: Floats | None,
) -> tuple[CoxDesign, NDArray[np.intp]]:
    """Return the patterns of complete rows and the pattern of each.

    Parameters
    ----------
    frame : DataFrame
        The rows, for sentences.
    terms : sequence of str
        Columns.
    codes, values : sequence
        From `coded`, rows with missing values left out.
    count : ndarray, optional
        Records that each row stands for.

    Returns
    -------
    tuple
        The design, and the pattern of each row.
    """
    made, renumbered, column = [], [], 0
    for name, code, every in zip(terms, codes, values, strict=True):
        kind, labels, kept, new = _ordered(name, code, every, frame)
        width = len(labels) - 1 if labels else 1
        columns, centre, spread = tuple(range(column, column + width)), 0.0, 1.0
        if kind == "numeric":
            number = kept.to_numpy(dtype=float)
            weight = np.bincount(new, count, minlength=number.size)
            centre = float(np.average(number, weights=weight))
            largest = float(np.abs(number - centre).max())
            squares = ((number - centre) / largest) ** 2
            spread = largest * float(np.sqrt(np.average(squares, weights=weight)))
        made.append(Coded(Term(name, kind, labels, columns), kept, centre, spread))
        renumbered.append(new)
        column += width
    found, pattern = patterned(renumbered, [len(part.found) for part in made])
    return CoxDesign(tuple(made), found, matrix(made, found)), pattern


def recoded(frame: pd.DataFrame, terms: Sequence[Coded]) -> tuple[Floats, NDArray[np.bool_]]:
    """Return covariates of other rows, and which rows have no missing value.

    Parameters
    ----------
    frame : DataFrame
        Rows with the columns of the fit.
    terms : sequence of Coded
        Terms of the fit.

    Returns
    -------
    tuple
        Covariates scaled as in the fit, shape (rows, columns), and a flag for each row.

    Raises
    ------
    ValueError
        For a level that the fit does not have; the sentence names the rows.
    """
    columns = sum(len(part.term.columns) for part in terms)
    made, complete = np.zeros((len(frame), columns)), np.ones(len(frame), dtype=bool)
    for part in terms:
        name, given = part.term.name, frame[part.term.name]
        missing = given.isna().to_numpy()
        complete &= ~missing
        if part.term.levels:
            code = pd.Index(part.found.astype(object)).get_indexer(given.astype(object))
            known = ", ".join(map(repr, part.term.levels))
            refuse((code < 0) & ~missing, frame.index, f"term {name!r} has none of {known}")
            rows = np.flatnonzero(code > 0)
            made[rows, part.term.columns[0] + code[rows] - 1] = 1.0
        else:
            number = pd.to_numeric(given, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
            bad = ~np.isfinite(number) & ~missing
            refuse(bad, frame.index, f"term {name!r} is not a number")
            made[:, part.term.columns[0]] = (number - part.centre) / part.spread
    return made, complete
