"""Terms of a Cox model coded to patterns, without one row per record.

Functions
---------
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
from ._design import Term
from ._patterns import Codes, ordered, patterned
from ._risk_sets import Design

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
        kind, labels, kept, new = ordered(name, code, every, frame)
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
