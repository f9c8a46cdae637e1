"""The design of a logistic regression: coding of terms and refusal of what cannot be fitted.

Functions
---------
build
    Treatment-coded design of an outcome and its terms.
check_rank
    Refuse terms that are combinations of others.
separating
    Terms that separate the outcome together.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import SHOWN, Floats, numbers, refuse, require_columns

INTERCEPT = "(intercept)"


@dataclass(frozen=True)
class Term:
    """One term and its columns in the design.

    Attributes
    ----------
    name, kind : str
        Column of the frame; "categorical", "binary" or "numeric".
    levels : tuple of str
        Levels, reference first; none for a numeric term.
    columns : tuple of int
        Positions of its columns in the design.
    """

    name: str
    kind: str
    levels: tuple[str, ...]
    columns: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Design:
    """Coded data of a regression.

    Attributes
    ----------
    matrix : ndarray, shape (rows, columns)
        Intercept and coded terms on their own scales.
    scaled : ndarray, shape (rows, columns)
        The same with numeric columns centred and divided by their standard deviation.
    back : ndarray, shape (columns, columns)
        Turns coefficients of ``scaled`` into those of ``matrix``.
    outcome : ndarray
        0 or 1.
    terms : tuple of Term
        In the order given; the intercept is column 0 and no term.
    cluster : ndarray or None
        Cluster number of each row, from 0.
    dropped : int
        Rows left out for missing values.
    """

    matrix: Floats
    scaled: Floats
    back: Floats
    outcome: Floats
    terms: tuple[Term, ...]
    cluster: NDArray[np.intp] | None
    dropped: int

    def names(self) -> list[tuple[str, str, str]]:
        """Term, level and reference of each column; levels are empty unless categorical."""
        found = [(INTERCEPT, "", "")]
        for term in self.terms:
            if term.kind == "categorical":
                found += [(term.name, level, term.levels[0]) for level in term.levels[1:]]
            else:
                found.append((term.name, "", term.levels[0] if term.levels else ""))
        return found

    def labels(self) -> list[str]:
        """One label per column: the term, with its level where it has one."""
        return [f"{term}: {level}" if level else term for term, level, _ in self.names()]

    def alone(self, term: Term) -> list[bool]:
        """Whether all rows of each level, reference first, lie in a single cluster."""
        if self.cluster is None:
            return [False] * len(term.levels)
        inside = self.matrix[:, term.columns] == 1
        members = [~inside.any(axis=1), *inside.T]
        return [len(set(self.cluster[rows])) == 1 for rows in members]

    def unsupported(self) -> NDArray[np.bool_]:
        """Columns whose level or reference lies in a single cluster.

        The score of such a level sums to zero within its cluster, so that the sandwich takes
        it for known and its limits would be far too narrow.
        """
        found = np.zeros(self.matrix.shape[1], dtype=bool)
        for term in self.terms:
            if term.levels:
                reference, *levels = self.alone(term)
                found[list(term.columns)] = [reference or level for level in levels]
        return found


def _is_flag(values: pd.Series) -> bool:
    return pd.api.types.is_bool_dtype(values) or (
        pd.api.types.is_numeric_dtype(values) and set(values.unique()) <= {0, 1}
    )


def _levels(name: str, values: pd.Series) -> tuple[str, tuple[object, ...]]:
    """Kind of a term and its levels, reference first."""
    if isinstance(values.dtype, pd.CategoricalDtype):
        present = set(values.unique())
        levels = tuple(level for level in values.cat.categories if level in present)
        if levels and levels[0] != values.cat.categories[0]:
            raise ValueError(
                f"Term {name!r}: no row has the reference level "
                f"{str(values.cat.categories[0])!r}; choose another reference."
            )
        kind = "categorical"
    elif _is_flag(values):
        kind, levels = "binary", tuple(sorted(values.unique()))
    elif pd.api.types.is_numeric_dtype(values):
        kind, levels = "numeric", ()
    elif pd.api.types.is_string_dtype(values) or values.dtype == object:
        kind, levels = "categorical", tuple(sorted(values.unique(), key=str))
    else:
        raise ValueError(f"Term {name!r} is neither a category, a flag nor a number.")
    if values.nunique() < 2:
        raise ValueError(f"Term {name!r} has the same value in every row used.")
    return kind, levels


def _label(level: object) -> str:
    """Text of a level; a flag stored as 1.0 beside missing values still reads 1."""
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)


def _check_level(name: str, level: str, outcome: Floats) -> None:
    events, rows = int(outcome.sum()), outcome.size
    if events in (0, rows):
        share = "none" if events == 0 else "all"
        raise ValueError(
            f"Term {name!r}, level {level!r}: {share} of its {rows} rows "
            "have the outcome, so that its odds ratio has no finite estimate (separation); "
            "merge the level with another or leave the term out."
        )


def _coded(name: str, values: pd.Series, outcome: Floats) -> tuple[str, list[str], list[Floats]]:
    """Kind, levels and columns of a term."""
    kind, levels = _levels(name, values)
    if kind == "numeric":
        column = values.to_numpy(dtype=float)
        refuse(np.isinf(column), values.index, f"term {name!r} is infinite")
        return kind, [], [column]
    member = [(values == level).to_numpy(dtype=bool) for level in levels]
    labels = [_label(level) for level in levels]
    for label, rows in zip(labels, member, strict=True):
        _check_level(name, label, outcome[rows])
    return kind, labels, [rows.astype(float) for rows in member[1:]]


def _outcome(frame: pd.DataFrame, name: str) -> Floats:
    values = numbers(frame, name)
    wrong = ~np.isnan(values) & (values != 0) & (values != 1)
    refuse(wrong, frame.index, f"the outcome {name!r} is neither 0 nor 1")
    return values


def _scaling(matrix: Floats, terms: Sequence[Term]) -> tuple[Floats, Floats]:
    """Centre and scale numeric columns, so that a year such as 2015 costs no precision."""
    scaled, back = matrix.copy(), np.eye(matrix.shape[1])
    for term in terms:
        if term.kind == "numeric":
            at = term.columns[0]
            centre, spread = matrix[:, at].mean(), matrix[:, at].std()
            scaled[:, at] = (matrix[:, at] - centre) / spread
            back[at, at] = 1.0 / spread
            back[0, at] = -centre / spread
    return scaled, back


def check_rank(design: Design) -> None:
    """Raise ``ValueError`` naming columns that are combinations of the columns before them."""
    pivots = np.abs(np.diag(np.linalg.qr(design.scaled, mode="r")))
    lengths = np.sqrt((design.scaled**2).sum(axis=0))
    combined = [
        f"{label!r}"
        for label, pivot, length in zip(design.labels(), pivots, lengths, strict=True)
        if pivot < 1e-9 * length
    ]
    if combined:
        raise ValueError(
            f"{', '.join(combined)} cannot be told apart from the terms before it (collinear); "
            "leave a term out."
        )


def build(frame: pd.DataFrame, outcome: str, terms: Sequence[str], cluster: str | None) -> Design:
    """Return the treatment-coded design of the rows without missing values."""
    if isinstance(terms, str) or not terms or len(set(terms)) < len(list(terms)):
        raise ValueError(f"terms must be a list of different column names; got {terms!r}.")
    if outcome in terms:
        raise ValueError(f"The outcome {outcome!r} cannot be a term as well.")
    used = [outcome, *terms, *([cluster] if cluster else [])]
    require_columns(frame, used)
    values = _outcome(frame, outcome)
    complete = frame[list(dict.fromkeys(used))].notna().all(axis=1).to_numpy()
    rows, y = frame.loc[complete], values[complete]
    if not rows.size or len(set(y)) < 2:
        raise ValueError(
            f"Of {len(frame)} rows, {len(rows)} have no missing value, and the outcome "
            f"{outcome!r} does not take both values, 0 and 1, among them."
        )
    columns, coded = [np.ones(len(rows))], []
    for name in terms:
        kind, levels, added = _coded(name, rows[name].infer_objects(), y)
        place = tuple(range(len(columns), len(columns) + len(added)))
        coded.append(Term(name, kind, tuple(levels), place))
        columns += added
    matrix = np.column_stack(columns)
    if matrix.shape[0] <= matrix.shape[1]:
        raise ValueError(f"{matrix.shape[0]} rows are too few for {matrix.shape[1]} parameters.")
    scaled, back = _scaling(matrix, coded)
    groups = _clusters(rows[cluster]) if cluster else None
    design = Design(matrix, scaled, back, y, tuple(coded), groups, int(len(frame) - len(rows)))
    check_rank(design)
    return design


def _clusters(values: pd.Series) -> NDArray[np.intp]:
    codes, found = pd.factorize(values, sort=False)
    if len(found) < 2:
        raise ValueError(
            f"All rows belong to one cluster of {values.name!r}; clustered limits need several."
        )
    return codes


def separating(design: Design) -> list[str]:
    """Return labels of the columns that separate the outcomes, if any do.

    Notes
    -----
    Konis (2007) Linear programming algorithms for detecting separated data, DPhil thesis,
    Oxford: some combination of columns is on the right side of zero for every row.
    """
    from scipy.optimize import linprog

    signed = design.scaled * (2.0 * design.outcome - 1.0)[:, None]
    found = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1))
    if found.status != 0 or -found.fun < 1e-6:
        return []
    part = np.abs(found.x) > 1e-6
    part[0] = False
    return [label for label, used in zip(design.labels(), part, strict=True) if used][:SHOWN]
