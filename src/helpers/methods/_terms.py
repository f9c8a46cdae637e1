"""What a regression may be asked to contain: variables, curves and interactions.

Functions
---------
Spline
    A number that enters as a smooth curve.
Interaction
    Two variables whose coefficients may depend on one another.
asked
    Specifications of terms, checked, and the variables that they need.
spline_basis
    Columns of a restricted cubic spline, and their slopes.
placed
    Knots at the usual quantiles.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ._checks import Floats

QUANTILES = {
    3: (0.10, 0.50, 0.90),
    4: (0.05, 0.35, 0.65, 0.95),
    5: (0.05, 0.275, 0.50, 0.725, 0.95),
    6: (0.05, 0.23, 0.41, 0.59, 0.77, 0.95),
    7: (0.025, 0.1833, 0.3417, 0.50, 0.6583, 0.8167, 0.975),
}
"""Harrell (2015) Regression Modeling Strategies, 2nd edition, Table 2.3."""


@dataclass(frozen=True)
class Spline:
    """A number that enters as a restricted cubic spline.

    Parameters
    ----------
    name : str
        Column of numbers.
    knots : int or tuple of float
        How many knots (3 to 7, placed at the quantiles of Harrell 2015, Table 2.3), or where.

    Examples
    --------
    >>> Spline("age").knots
    4
    """

    name: str
    knots: int | tuple[float, ...] = 4


@dataclass(frozen=True)
class Interaction:
    """Two variables, both terms of the model too, whose coefficients depend on one another.

    Parameters
    ----------
    first, second : str
        Columns.

    Examples
    --------
    >>> Interaction("service", "sex").name
    'service x sex'
    """

    first: str
    second: str

    @property
    def name(self) -> str:
        """Both names."""
        return f"{self.first} x {self.second}"


Asked = str | Spline | Interaction


def asked(terms: Sequence[Asked]) -> tuple[list[str], dict[str, Spline], list[Interaction]]:
    """Return variables in order, the curves among them and the interactions.

    Parameters
    ----------
    terms : sequence of str, Spline or Interaction
        What the model is to contain.

    Returns
    -------
    tuple
        Names of variables, splines by name, interactions.

    Raises
    ------
    ValueError
        For a text in place of a list, no term, one named twice, or an interaction of variables
        that are not terms themselves: without them its coefficients would hang on the coding.

    Examples
    --------
    >>> asked(["sex", Spline("age")])[0]
    ['sex', 'age']
    """
    wrong = f"terms must be a list of different column names; got {terms!r}."
    if isinstance(terms, str) or not list(terms):
        raise ValueError(wrong)
    crossed = [term for term in terms if isinstance(term, Interaction)]
    curves = {term.name: term for term in terms if isinstance(term, Spline)}
    names = [term if isinstance(term, str) else term.name for term in terms]
    if len(set(names)) < len(names):
        raise ValueError(wrong)
    variables = [name for name, term in zip(names, terms, strict=True) if term not in crossed]
    for term in crossed:
        absent = [name for name in (term.first, term.second) if name not in variables]
        if absent or term.first == term.second:
            raise ValueError(
                f"The interaction {term.name!r} needs two different variables that are terms "
                f"themselves; {', '.join(map(repr, absent or [term.first]))} must be added, or "
                "the interaction left out."
            )
    return variables, curves, crossed


def placed(spline: Spline, values: Floats, count: Floats) -> tuple[float, ...]:
    """Return knots: those given, or the usual quantiles of the records.

    Parameters
    ----------
    spline : Spline
        What is asked.
    values : ndarray, shape (distinct,)
        Distinct values in rising order.
    count : ndarray, shape (distinct,)
        Records that have each.

    Raises
    ------
    ValueError
        For fewer than 3 knots, knots that are not rising, or so few distinct values that knots
        fall together.

    Examples
    --------
    >>> placed(Spline("age", 3), np.arange(1.0, 12.0), np.ones(11))
    (2.0, 6.0, 10.0)
    """
    if isinstance(spline.knots, int):
        if spline.knots not in QUANTILES:
            raise ValueError(
                f"Spline {spline.name!r}: {spline.knots} knots; choose 3 to 7, or give places."
            )
        # The quantile of numpy's default, for records counted by value.
        ends = np.cumsum(count)
        place = np.array(QUANTILES[spline.knots]) * (ends[-1] - 1)
        low = values[np.searchsorted(ends, np.floor(place), side="right")]
        high = values[np.searchsorted(ends, np.ceil(place), side="right")]
        knots = low + (place - np.floor(place)) * (high - low)
    else:
        knots = np.array(spline.knots, dtype=float)
    if knots.size < 3 or not np.all(np.diff(knots) > 0):
        raise ValueError(
            f"Spline {spline.name!r}: the knots {', '.join(f'{k:g}' for k in knots)} must be at "
            "least three, each above the one before; ask for fewer, or enter the number linearly."
        )
    return tuple(float(k) for k in knots)


def spline_basis(values: Floats, knots: Sequence[float]) -> tuple[Floats, Floats]:
    """Return columns of a restricted cubic spline and their slopes.

    Parameters
    ----------
    values : ndarray, shape (rows,)
        Numbers.
    knots : sequence of float
        Rising, at least three.

    Returns
    -------
    tuple of ndarray, shape (rows, knots - 1)
        The value itself and ``knots - 2`` curved columns, straight below the first knot and
        above the last; and the derivative of each.

    Notes
    -----
    Harrell (2015) 2.4.5, with the curved columns divided by the square of the distance between
    the outer knots, so that they have the unit of the value (Devlin and Weeks 1986).

    Examples
    --------
    >>> spline_basis(np.array([0.0, 2.0]), [0.0, 1.0, 2.0])[0].tolist()
    [[0.0, 0.0], [2.0, 1.5]]
    """
    t, x = np.asarray(knots, dtype=float), np.asarray(values, dtype=float)
    scale, last = (t[-1] - t[0]) ** 2, t[-1] - t[-2]
    above = np.maximum(x[:, None] - t, 0.0)
    cube, square = above**3, 3.0 * above**2
    columns, slopes = [x], [np.ones_like(x)]
    for at in range(t.size - 2):
        one, two = (t[-1] - t[at]) / last, (t[-2] - t[at]) / last
        columns.append((cube[:, at] - one * cube[:, -2] + two * cube[:, -1]) / scale)
        slopes.append((square[:, at] - one * square[:, -2] + two * square[:, -1]) / scale)
    return np.column_stack(columns), np.column_stack(slopes)
