"""The design of a regression: records counted by pattern, terms coded, refusals.

Functions
---------
build
    Treatment-coded design of an outcome and its terms, one row a pattern.
check_rank
    Refuse terms that are combinations of others.
flags
    An outcome of 0 and 1 as numbers.

Records that agree in every variable and in their cluster are one pattern, so that the cost of a
fit depends on the patterns that occur and not on the number of records.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, numbers, refuse, require_columns
from ._coding import Term, Variable, matrix, placing, scaling, variable
from ._patterns import Codes, coded, patterned
from ._terms import Asked, asked

INTERCEPT = "(intercept)"


@dataclass(frozen=True, eq=False)
class Design:
    """Coded data of a regression, one row a pattern.

    Attributes
    ----------
    variables : tuple of Variable
        In the order given.
    terms : tuple of Term
        In the order given; the intercept is column 0 and no term.
    codes : ndarray, shape (patterns, variables)
        Place of each pattern's value among those of the variable.
    matrix : ndarray, shape (patterns, columns)
        Intercept and coded terms on their own scales.
    scaled : ndarray, shape (patterns, columns)
        The same with numbers centred and divided by their standard deviation.
    back : ndarray, shape (columns, columns)
        Turns coefficients of ``scaled`` into those of ``matrix``.
    events, trials : ndarray, shape (patterns,)
        Records with the outcome, and all records; of a rate: events and exposure.
    cluster : ndarray or None
        Cluster number of each pattern, from 0.
    rows : int
        Records used.
    dropped : int
        Records left out for missing values.
    place : ndarray or None
        Pattern of each row without missing values, where it was asked for.
    """

    variables: tuple[Variable, ...]
    terms: tuple[Term, ...]
    codes: Codes
    matrix: Floats
    scaled: Floats
    back: Floats
    events: Floats
    trials: Floats
    cluster: Codes | None
    rows: int
    dropped: int
    place: Codes | None = None

    def names(self) -> list[tuple[str, str, str]]:
        """Term, level and reference of each column; levels are empty for flags and numbers."""
        found = [(INTERCEPT, "", "")]
        for term in self.terms:
            parts = [self.variables[at] for at in term.variables]
            if term.kind == "interaction":
                crossed = [
                    " x ".join(level for level in (one, two) if level)
                    for one in parts[0].labels()
                    for two in parts[1].labels()
                ]
                found += [(term.name, level, "") for level in crossed]
            else:
                reference = term.levels[0] if term.levels else ""
                found += [(term.name, level, reference) for level in parts[0].labels()]
        return found

    def labels(self) -> list[str]:
        """One label per column: the term, with its level where it has one."""
        return [f"{term}: {level}" if level else term for term, level, _ in self.names()]

    def find(self, name: str) -> int:
        """Return the place of a variable by its name, or raise ``ValueError``."""
        names = [held.name for held in self.variables]
        if name in names:
            return names.index(name)
        known = ", ".join(map(repr, names))
        raise ValueError(f"{name!r} is not a term of the fit, which has {known}.")

    def members(self, at: int) -> list[NDArray[np.bool_]]:
        """Patterns of each level of a variable, reference first."""
        return [self.codes[:, at] == code for code in range(len(self.variables[at].levels))]

    def alone(self, at: int) -> list[bool]:
        """Whether all records of each level of a variable lie in a single cluster."""
        if self.cluster is None:
            return [False] * len(self.variables[at].levels)
        return [len(set(self.cluster[rows])) == 1 for rows in self.members(at)]

    def unsupported(self) -> NDArray[np.bool_]:
        """Columns whose level or reference lies in a single cluster.

        The score of such a level sums to zero within its cluster, so that the sandwich takes
        it for known and its limits would be far too narrow.
        """
        found = np.zeros(self.matrix.shape[1], dtype=bool)
        for term in self.terms:
            if term.levels:
                reference, *levels = self.alone(term.variables[0])
                found[list(term.columns)] = [reference or level for level in levels]
        return found

    def changed(self, at: int, *, code: int | None = None, value: float | None = None) -> Floats:
        """Return ``matrix`` with one variable set to a level (``code``) or a ``value``."""
        rows, given = len(self.codes), None
        codes = self.codes
        if code is not None:
            codes = codes.copy()
            codes[:, at] = code
        else:
            given = {at: np.full(rows, float(value))}
        return matrix(self.variables, self.terms, codes, given)

    def slope(self, at: int) -> Floats:
        """Return the derivative of ``matrix`` in a variable that is a number."""
        return matrix(self.variables, self.terms, self.codes, None, by=at)


def check_rank(design: Design) -> None:
    """Raise ``ValueError`` naming columns that are combinations of the columns before them."""
    weighted = design.scaled * np.sqrt(design.trials)[:, None]
    pivots = np.abs(np.diag(np.linalg.qr(weighted, mode="r")))
    lengths = np.sqrt((weighted**2).sum(axis=0))
    pivots = np.pad(pivots, (0, lengths.size - pivots.size))
    combined = [
        f"{label!r}"
        for label, pivot, length in zip(design.labels(), pivots, lengths, strict=True)
        if pivot < 1e-9 * length or length == 0
    ]
    if combined:
        raise ValueError(
            f"{', '.join(combined)} cannot be told apart from the terms before it (collinear); "
            "leave a term out."
        )


@dataclass(frozen=True, eq=False)
class Counts:
    """What is counted of each row: events, exposure, and the records it stands for.

    Attributes
    ----------
    events, trials : ndarray, shape (rows,)
        Events, and trials or exposure; NaN where missing.
    records : ndarray or None
        Records of each row, if not one.
    proportion : bool
        Whether trials are records, so that events cannot be more.
    """

    events: Floats
    trials: Floats | None
    records: Floats | None = None
    proportion: bool = True


def flags(frame: pd.DataFrame, name: str) -> Floats:
    """Return an outcome of 0 and 1 as floats; other values raise ``ValueError`` naming rows."""
    values = numbers(frame, name)
    wrong = ~np.isnan(values) & (values != 0) & (values != 1)
    refuse(wrong, frame.index, f"the outcome {name!r} is neither 0 nor 1")
    return values


def build(
    frame: pd.DataFrame,
    outcome: str,
    terms: Sequence[Asked],
    cluster: str | None,
    *,
    counts: Counts | None = None,
    keep: bool = False,
) -> Design:
    """Return the treatment-coded design of the records without missing values.

    Parameters
    ----------
    frame : DataFrame
        One row a record, or a stratum of records.
    outcome : str
        Column of 0 and 1, or the name of what is counted.
    terms : sequence of str, Spline or Interaction
        What the model contains.
    cluster : str, optional
        Column of clusters.
    counts : Counts, optional
        What is counted of each row; from the outcome if not given.
    keep : bool
        Keep the pattern of each row.

    Raises
    ------
    ValueError
        For what cannot be fitted; the sentence names term, level and rows.
    """
    names, curves, _ = asked(terms)
    if outcome in names:
        raise ValueError(f"The outcome {outcome!r} cannot be a term as well.")
    require_columns(frame, [*([outcome] if counts is None else []), *names])
    require_columns(frame, [cluster] if cluster else [])
    held = counts or Counts(flags(frame, outcome), None)
    codes, values, complete = coded(frame, names)
    complete = complete & ~np.isnan(held.events)
    if held.trials is not None:
        complete &= ~np.isnan(held.trials) & (held.trials > 0)
    group = None
    if cluster:
        group, found = pd.factorize(frame[cluster], sort=False)
        complete &= group >= 0
    many = held.records
    full = bool(complete.all())
    used = slice(None) if full else complete
    events, trials = held.events[used], None if held.trials is None else held.trials[used]
    codes = codes if full else [code[complete] for code in codes]
    group = group if group is None or full else group[complete]
    _check_outcome(len(frame), outcome, events, trials, proportion=held.proportion)
    if group is not None and (group == group[0]).all():
        raise ValueError(
            f"All rows belong to one cluster of {cluster!r}; clustered limits need several."
        )
    weight = trials if held.proportion else None
    made = [
        variable(name, code, value, frame, curves.get(name), weight)
        for name, code, value in zip(names, codes, values, strict=True)
    ]
    variables, renumbered = tuple(one for one, _ in made), [new for _, new in made]
    sizes = [len(one.found) for one in variables]
    if group is not None:
        renumbered, sizes = [*renumbered, group], [*sizes, len(found)]
    patterns, place = patterned(renumbered, sizes)
    size = len(patterns)
    total = np.bincount(place, trials, minlength=size).astype(float)
    lost = 0 if full else int((~complete).sum() if many is None else many[~complete].sum())
    rows = int(total.sum()) if held.proportion else events.size
    by_term = placing(terms, names, variables)
    inside = patterns[:, : len(names)]
    width = 1 + sum(len(term.columns) for term in by_term)
    if rows <= width:
        raise ValueError(f"{rows} rows are too few for {width} parameters.")
    scaled, back = scaling(variables, by_term, inside)
    clusters = None if group is None else np.unique(patterns[:, -1], return_inverse=True)[1]
    design = Design(
        variables, by_term, inside, matrix(variables, by_term, inside, None), scaled, back,
        np.bincount(place, events, minlength=size), total, clusters, rows, lost,
        place if keep else None,
    )  # fmt: skip
    check_rank(design)
    return design


def _check_outcome(
    rows: int, outcome: str, events: Floats, trials: Floats | None, *, proportion: bool
) -> None:
    """Refuse an outcome that does not vary."""
    total = float(events.size if trials is None else trials.sum())
    happened = float(events.sum())
    if not events.size or happened == 0 or (proportion and happened == total):
        what = "take both values, 0 and 1," if proportion else "have events"
        raise ValueError(
            f"Of {rows} rows, {events.size} have no missing value, and the outcome "
            f"{outcome!r} does not {what} among them."
        )
