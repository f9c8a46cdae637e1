"""Ratings of subjects by reviewers, as a grid of subjects and reviewers.

Functions
---------
grid
    One row a subject and one column a reviewer, from a long or a wide frame.
coded
    The same as numbers of categories.
scored
    The same as scores.
of_two
    The codes of two reviewers for the subjects that both of them rated.
agreement_weights
    How far two categories count as agreement.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ._checks import SHOWN, Floats, as_list, check_choice, numbers, refuse, require_columns

Codes = NDArray[np.intp]
Names = Sequence[str] | None
Weights = str | ArrayLike

KINDS = ("identity", "linear", "quadratic")


@dataclass(frozen=True)
class Columns:
    """Where the ratings stand: names of columns, and those of a wide frame."""

    subject: str
    rater: str
    rating: str
    raters: Names


@dataclass(frozen=True, eq=False)
class Ratings:
    """Ratings as numbers of categories.

    Attributes
    ----------
    codes : ndarray, shape (subjects, raters)
        Number of the category; -1 where the reviewer gave none.
    categories : tuple
        All categories of the scale, also those that nobody gave.
    raters : tuple of str
        Names of the reviewers.
    ordered : bool
        Whether the order of the categories is known.
    """

    codes: Codes
    categories: tuple[object, ...]
    raters: tuple[str, ...]
    ordered: bool

    def counts(self) -> Floats:
        """Return how many reviewers gave each category, shape (subjects, categories)."""
        places = range(len(self.categories))
        return np.stack([(self.codes == k).sum(axis=1) for k in places], axis=1).astype(float)

    def of(self, raters: Sequence[int]) -> "Ratings":
        """Return the ratings of some reviewers, by position."""
        names = tuple(self.raters[place] for place in raters)
        return Ratings(self.codes[:, list(raters)], self.categories, names, self.ordered)


def _long(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    names = [columns.subject, columns.rater, columns.rating]
    require_columns(frame, names)
    for name in names[:2]:
        refuse(frame[name].isna(), frame.index, f"column {name!r} is missing")
    twice = frame.duplicated(names[:2], keep=False)
    if twice.any():
        first = frame.loc[twice, names[:2]].drop_duplicates().head(SHOWN)
        pairs = ", ".join(f"{subject} by {rater}" for subject, rater in first.to_numpy(object))
        raise ValueError(
            f"Rated more than once by the same reviewer: {pairs}. Keep one rating of each "
            "reviewer, or name the readings as reviewers of their own."
        )
    rows, subjects = pd.factorize(frame[columns.subject].astype(object))
    places, raters = pd.factorize(frame[columns.rater].astype(object), sort=False)
    cells = np.full((len(subjects), len(raters)), None, dtype=object)
    cells[rows, places] = frame[columns.rating].astype(object)
    wide = pd.DataFrame(cells, index=subjects, columns=[str(name) for name in raters])
    return wide[sorted(wide.columns)]


def grid(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return one row a subject and one column a reviewer; missing where there is no rating.

    Raises ``ValueError`` for missing columns, subjects or reviewers, for a subject rated twice by
    one reviewer, and where fewer than two reviewers gave a rating.

    Examples
    --------
    >>> long = pd.DataFrame({"id": [1, 1], "by": ["B", "A"], "answer": ["yes", "no"]})
    >>> grid(long, Columns("id", "by", "answer", None)).loc[1].tolist()
    ['no', 'yes']
    """
    if columns.raters is None:
        wide = _long(frame, columns)
    else:
        names = as_list(columns.raters)
        require_columns(frame, names)
        if len(set(names)) != len(names):
            raise ValueError(f"The same reviewer is named twice: {', '.join(names)}.")
        wide = frame[names].astype(object)
        if columns.subject in frame:
            refuse(frame[columns.subject].isna(), frame.index, "the subject is missing")
            refuse(frame[columns.subject].duplicated(), frame.index, "the subject comes twice")
            wide = wide.set_axis(frame[columns.subject])
    given = wide.columns[wide.notna().any()]
    if len(given) < 2:
        found = "none" if given.empty else f"one only ({given[0]})"
        raise ValueError(
            f"Agreement needs ratings by two reviewers or more; there are ratings by {found}."
        )
    return wide


def _scale(frame: pd.DataFrame, columns: Columns, wide: pd.DataFrame) -> tuple[list, bool]:
    """Categories of the scale, and whether their order is known."""
    names = [columns.rating] if columns.raters is None else as_list(columns.raters)
    kinds = [frame[name].dtype for name in names]
    if isinstance(kinds[0], pd.CategoricalDtype) and all(kind == kinds[0] for kind in kinds):
        return list(kinds[0].categories), bool(kinds[0].ordered)
    seen = pd.unique(wide.to_numpy(dtype=object).ravel())
    seen = [value for value in seen if not pd.isna(value)]
    numeric = all(isinstance(value, (int, float, np.number)) for value in seen)
    return sorted(seen, key=None if numeric else str), numeric


def coded(frame: pd.DataFrame, columns: Columns, categories: Sequence[object] | None) -> Ratings:
    """Return ratings as numbers of categories.

    The scale is ``categories`` in their order, else that of a categorical column, else the values
    found, whose order is known only if they are numbers. Raises ``ValueError`` for ratings outside
    the scale.

    Examples
    --------
    >>> wide = pd.DataFrame({"A": ["yes", "no"], "B": ["yes", None]})
    >>> coded(wide, Columns("id", "by", "answer", ["A", "B"]), None).codes.tolist()
    [[1, 1], [0, -1]]
    """
    wide = grid(frame, columns)
    scale, ordered = _scale(frame, columns, wide)
    if categories is not None:
        scale, ordered = list(categories), True
    if len(set(scale)) != len(scale):
        raise ValueError("A category is named twice; name each category once.")
    place = {value: number for number, value in enumerate(scale)}
    codes = np.array(
        [[-1 if pd.isna(v) else place.get(v, -2) for v in row] for row in wide.to_numpy(object)],
        dtype=np.intp,
    ).reshape(wide.shape)
    if (codes == -2).any():
        outside = sorted({str(value) for value in wide.to_numpy(object)[codes == -2]})
        subjects = wide.index[(codes == -2).any(axis=1)]
        shown = ", ".join(map(str, subjects[:SHOWN]))
        raise ValueError(
            f"Ratings outside the categories given: {', '.join(outside[:SHOWN])} (subjects "
            f"{shown}). Add them to the categories or mend the ratings."
        )
    return Ratings(codes, tuple(scale), tuple(map(str, wide.columns)), ordered)


def scored(frame: pd.DataFrame, columns: Columns) -> pd.DataFrame:
    """Return scores, one row a subject and one column a reviewer; NaN where there is none.

    Raises ``ValueError`` where a rating is not a finite number.

    Examples
    --------
    >>> wide = pd.DataFrame({"A": [1, 6], "B": [2.5, None]})
    >>> scored(wide, Columns("id", "by", "answer", ["A", "B"])).to_numpy().tolist()
    [[1.0, 2.5], [6.0, nan]]
    """
    wide = grid(frame, columns)
    scores = pd.DataFrame({name: numbers(wide, name) for name in wide}, index=wide.index)
    refuse(np.isinf(scores.to_numpy()).any(axis=1), wide.index, "a score is infinite")
    return scores


def of_two(ratings: Ratings, first: str | None, second: str | None) -> tuple[Ratings, Codes]:
    """Return the ratings of two reviewers, and their codes for the subjects that both rated.

    Raises ``ValueError`` where the two are not named among more, are not there, or rated no
    subject in common.

    Examples
    --------
    >>> three = Ratings(np.array([[0, 1, 1], [1, -1, 0]]), ("no", "yes"), ("A", "B", "C"), False)
    >>> of_two(three, "A", "B")[1].tolist()
    [[0, 1]]
    """
    names = list(ratings.raters)
    if first is None and second is None and len(names) == 2:
        first, second = names
    if first not in names or second not in names or first == second:
        raise ValueError(
            f"Name two different reviewers as first and second; there are {', '.join(names)}."
        )
    pair = ratings.of([names.index(first), names.index(second)])
    both = pair.codes[(pair.codes >= 0).all(axis=1)]
    if not len(both):
        raise ValueError(f"{first} and {second} rated no subject in common.")
    return pair, both


def agreement_weights(ratings: Ratings, weights: Weights) -> tuple[Floats, str]:
    """Return how far two categories count as agreement (1 the same, 0 none), and the name of it.

    Numbers are as far apart as their values, other categories as their places in the order.
    Raises ``ValueError`` where the order is not known, or for weights of one's own that are not
    square, symmetrical, 1 on the diagonal and between 0 and 1.

    Examples
    --------
    >>> scale = Ratings(np.array([[0, 2]]), (1, 2, 6), ("A", "B"), True)
    >>> agreement_weights(scale, "linear")[0].tolist()
    [[1.0, 0.8, 0.0], [0.8, 1.0, 0.19999999999999996], [0.0, 0.19999999999999996, 1.0]]
    """
    size = len(ratings.categories)
    if not isinstance(weights, str):
        own = np.asarray(weights, dtype=float)
        square = own.shape == (size, size) and np.array_equal(own, own.T)
        if not square or (np.diag(own) != 1).any() or (own < 0).any() or (own > 1).any():
            raise ValueError(
                f"Weights of one's own are a symmetrical table of {size} by {size} numbers from "
                "0 (no agreement) to 1 (the same), with 1 on the diagonal."
            )
        return own, "own weights"
    check_choice("weights", weights, KINDS)
    if weights == "identity" or size < 3:
        return np.eye(size), "identity weights"
    if not ratings.ordered:
        raise ValueError(
            f"{weights.capitalize()} weights need the order of the categories; give them in order "
            f"as categories: {', '.join(map(str, ratings.categories))}."
        )
    numeric = all(isinstance(value, (int, float, np.number)) for value in ratings.categories)
    place = np.array(ratings.categories if numeric else range(size), dtype=float)
    apart = np.abs(place[:, None] - place) / (place.max() - place.min())
    return 1.0 - apart ** (1 if weights == "linear" else 2), f"{weights} weights"
