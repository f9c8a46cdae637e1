"""Variables and terms of a regression, and the columns that they become.

Functions
---------
variable
    One variable with its values in order, and the codes renumbered.
placing
    Terms and the columns of each.
matrix
    Columns of all terms, or their derivatives.
scaling
    The same columns centred and scaled, and the way back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._checks import Floats
from ._patterns import Codes, ordered
from ._terms import Asked, Spline, placed, spline_basis


@dataclass(frozen=True, eq=False)
class Variable:
    """One variable of a design and what it may be.

    Attributes
    ----------
    name, kind : str
        Column of the frame; "categorical", "binary", "numeric" or "spline".
    levels : tuple of str
        Levels, reference first; none for a number.
    found : Series
        Distinct values in the order of the codes.
    knots : tuple of float
        Of a spline.
    centre, spread : ndarray
        Taken from, and divided out of, each of its columns before the fit.
    """

    name: str
    kind: str
    levels: tuple[str, ...]
    found: pd.Series
    knots: tuple[float, ...] = ()
    centre: Floats | None = None
    spread: Floats | None = None

    def numbers(self) -> Floats:
        """Distinct values as floats."""
        return self.found.to_numpy(dtype=float)

    def columns(self, codes: Codes | None, values: Floats | None = None) -> tuple[Floats, Floats]:
        """Columns of the variable on their own scale, and their slopes (zero for levels)."""
        if self.levels:
            made = (codes[:, None] == np.arange(1, len(self.levels))).astype(float)
            return made, np.zeros_like(made)
        given = self.numbers()[codes] if values is None else values
        if self.knots:
            return spline_basis(given, self.knots)
        return given[:, None], np.ones((given.size, 1))

    def labels(self) -> list[str]:
        """Level of each column; empty for flags and numbers that enter linearly."""
        if self.kind == "categorical":
            return list(self.levels[1:])
        if self.kind == "spline":
            return [f"spline {at}" for at in range(1, len(self.knots))]
        return [""]


@dataclass(frozen=True)
class Term:
    """One term and its columns in the design.

    Attributes
    ----------
    name, kind : str
        Name; "categorical", "binary", "numeric", "spline" or "interaction".
    levels : tuple of str
        Levels, reference first; none for numbers and interactions.
    columns : tuple of int
        Positions of its columns in the design.
    variables : tuple of int
        Positions of its one or two variables.
    """

    name: str
    kind: str
    levels: tuple[str, ...]
    columns: tuple[int, ...]
    variables: tuple[int, ...] = ()


def matrix(
    variables: Sequence[Variable],
    terms: Sequence[Term],
    codes: Codes,
    values: Mapping[int, Floats] | None,
    *,
    by: int | None = None,
) -> Floats:
    """Return columns of all terms, or their derivatives in variable ``by``."""
    width = 1 + sum(len(term.columns) for term in terms)
    made = np.zeros((len(codes), width))
    made[:, 0] = 1.0 if by is None else 0.0
    held = values or {}
    parts = [variable.columns(codes[:, at], held.get(at)) for at, variable in enumerate(variables)]
    for term in terms:
        place = slice(term.columns[0], term.columns[-1] + 1)
        if len(term.variables) == 1:
            (one,) = term.variables
            if by is None:
                made[:, place] = parts[one][0]
            elif by == one:
                made[:, place] = parts[one][1]
            continue
        one, two = term.variables
        if by is None:
            made[:, place] = _crossed(parts[one][0], parts[two][0])
        elif by == one:
            made[:, place] = _crossed(parts[one][1], parts[two][0])
        elif by == two:
            made[:, place] = _crossed(parts[one][0], parts[two][1])
    return made


def _crossed(one: Floats, two: Floats) -> Floats:
    return (one[:, :, None] * two[:, None, :]).reshape(len(one), -1)


def scaling(
    variables: Sequence[Variable], terms: Sequence[Term], codes: Codes
) -> tuple[Floats, Floats]:
    """Centre and scale numbers, so that a year such as 2015 costs no precision."""
    parts = [
        (variable.columns(codes[:, at])[0] - variable.centre) / variable.spread
        for at, variable in enumerate(variables)
    ]
    width = 1 + sum(len(term.columns) for term in terms)
    scaled, back = np.ones((len(codes), width)), np.eye(width)
    place = {term.variables[0]: term.columns for term in terms if len(term.variables) == 1}
    for term in terms:
        at = slice(term.columns[0], term.columns[-1] + 1)
        if len(term.variables) == 1:
            (one,) = term.variables
            scaled[:, at] = parts[one]
            for column, c, s in zip(
                term.columns, variables[one].centre, variables[one].spread, strict=True
            ):
                back[column, column], back[0, column] = 1.0 / s, -c / s
            continue
        one, two = term.variables
        scaled[:, at] = _crossed(parts[one], parts[two])
        column = iter(term.columns)
        # (x - c)(z - d) / (s t) = (xz - d x - c z + c d) / (s t)
        for i, (c, s) in enumerate(zip(variables[one].centre, variables[one].spread, strict=True)):
            for j, (d, t) in enumerate(
                zip(variables[two].centre, variables[two].spread, strict=True)
            ):
                here = next(column)
                back[here, here] = 1.0 / (s * t)
                back[place[one][i], here] = -d / (s * t)
                back[place[two][j], here] = -c / (s * t)
                back[0, here] = c * d / (s * t)
    return scaled, back


def variable(
    name: str,
    codes: Codes,
    values: pd.Series,
    frame: pd.DataFrame,
    spline: Spline | None,
    count: Floats | None,
) -> tuple[Variable, Codes]:
    """Return one variable with its values in order, and the codes renumbered."""
    kind, levels, kept, new = ordered(name, codes, values, frame)
    if spline and kind != "numeric":
        raise ValueError(f"Spline {name!r} is not a number with several values; enter it as it is.")
    if kind != "numeric":
        width = len(levels) - 1
        return Variable(name, kind, levels, kept, (), np.zeros(width), np.ones(width)), new
    number = kept.to_numpy(dtype=float)
    weight = np.bincount(new, count, minlength=number.size)
    knots = placed(spline, number, weight) if spline else ()
    made = Variable(name, "spline" if spline else kind, (), kept, knots)
    columns = made.columns(np.arange(number.size))[0]
    centre = np.average(columns, axis=0, weights=weight)
    largest = np.abs(columns - centre).max(axis=0)
    largest = np.where(largest > 0, largest, 1.0)
    squares = ((columns - centre) / largest) ** 2
    spread = largest * np.sqrt(np.average(squares, axis=0, weights=weight))
    # A curved column can be zero throughout; it is refused as collinear, not divided by zero.
    spread = np.where(spread > 0, spread, 1.0)
    return Variable(name, made.kind, (), kept, knots, centre, spread), new


def placing(
    terms: Sequence[Asked], names: Sequence[str], variables: Sequence[Variable]
) -> tuple[Term, ...]:
    """Return the terms asked for, with the columns of each."""
    made, column = [], 1
    for term in terms:
        if isinstance(term, str | Spline):
            at = (names.index(term if isinstance(term, str) else term.name),)
            width, kind = len(variables[at[0]].labels()), variables[at[0]].kind
            name, levels = variables[at[0]].name, variables[at[0]].levels
        else:
            at = (names.index(term.first), names.index(term.second))
            width = len(variables[at[0]].labels()) * len(variables[at[1]].labels())
            name, levels, kind = term.name, (), "interaction"
        made.append(Term(name, kind, levels, tuple(range(column, column + width)), at))
        column += width
    return tuple(made)
