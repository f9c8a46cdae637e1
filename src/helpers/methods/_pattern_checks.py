"""Checks of counts by covariate pattern.

Functions
---------
checked_counts
    Events and trials of each pattern as floats.
checked_probability
    Fitted probability of each pattern.
checked_matrix
    Coded covariates of each pattern.
checked_clusters
    Numbers of the clusters, and their degrees of freedom.
labelled
    Numbers of labels.
lone
    Columns that rest on one cluster alone.
critical_of
    Critical value of t, or of the normal distribution.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ._checks import Floats, check_counts, check_level, critical, refuse


def checked_counts(events: ArrayLike, trials: ArrayLike) -> tuple[Floats, Floats]:
    """Return events and trials of each pattern as floats, or refuse them.

    Examples
    --------
    >>> checked_counts([1, 0], [3, 2])
    (array([1., 0.]), array([3., 2.]))
    """
    y, n = np.asarray(events, dtype=float), np.asarray(trials, dtype=float)
    if y.ndim != 1 or y.shape != n.shape:
        raise ValueError(
            "Events and trials need one value for each pattern; got shapes "
            f"{y.shape} and {n.shape}."
        )
    refuse(np.isnan(y) | np.isnan(n), None, "a count is missing")
    check_counts(y, n)
    if not n.sum() > 0:
        raise ValueError("There are no records: the trials of all patterns sum to nothing.")
    return y, n


def checked_probability(probability: ArrayLike, patterns: int, *, inside: bool = False) -> Floats:
    """Return the fitted probability of each pattern, or refuse it.

    Examples
    --------
    >>> checked_probability([0.2, 0.4], 2)
    array([0.2, 0.4])
    """
    p = np.asarray(probability, dtype=float)
    if p.shape != (patterns,):
        raise ValueError(
            f"There are {patterns} patterns, but fitted probabilities of shape {p.shape}."
        )
    refuse(~((p >= 0) & (p <= 1)), None, "the fitted probability does not lie between 0 and 1")
    if inside:
        refuse((p == 0) | (p == 1), None, "a fitted probability of 0 or 1 has no log odds")
    return p


def checked_matrix(
    matrix: ArrayLike, patterns: int, names: Sequence[str] | None
) -> tuple[Floats, list[str]]:
    """Return coded covariates and names of their columns, or refuse them.

    Examples
    --------
    >>> checked_matrix([[1, 0], [1, 1]], 2, ["(intercept)", "male"])[1]
    ['(intercept)', 'male']
    """
    x = np.asarray(matrix, dtype=float)
    if x.ndim != 2 or len(x) != patterns:
        raise ValueError(
            f"The matrix needs one row for each of {patterns} patterns; got shape {x.shape}."
        )
    labels = [f"column {at}" for at in range(x.shape[1])] if names is None else list(names)
    if len(labels) != x.shape[1]:
        raise ValueError(f"{x.shape[1]} columns need as many names; got {len(labels)}.")
    refuse(~np.isfinite(x).all(axis=1), None, "a covariate is missing or infinite")
    return x, labels


def checked_clusters(
    cluster: ArrayLike | None, patterns: int
) -> tuple[NDArray[np.intp] | None, int | None]:
    """Return numbers of the clusters and clusters less one; None without clusters.

    Examples
    --------
    >>> checked_clusters(["A", "B", "A"], 3)
    (array([0, 1, 0]), 1)
    """
    if cluster is None:
        return None, None
    codes, found = labelled(cluster, patterns, "clusters")
    if len(found) < 2:
        raise ValueError("All patterns belong to one cluster; clustered limits need several.")
    return codes, len(found) - 1


def labelled(values: ArrayLike, patterns: int, what: str) -> tuple[NDArray[np.intp], list[str]]:
    """Return the number of each label and the labels, in the order in which they come.

    Examples
    --------
    >>> labelled(["B", "A", "B"], 3, "groups")
    (array([0, 1, 0]), ['B', 'A'])
    """
    labels = pd.Series(np.asarray(values, dtype=object))
    if len(labels) != patterns:
        raise ValueError(f"There are {patterns} patterns, but {len(labels)} labels of {what}.")
    refuse(labels.isna(), None, f"a label of {what} is missing")
    codes, found = pd.factorize(labels.astype(str))
    return codes, [str(one) for one in found]


def lone(matrix: Floats, cluster: NDArray[np.intp] | None) -> NDArray[np.bool_]:
    """Return the 0/1 columns whose ones, or zeros, all lie in one cluster.

    The sums of scores by cluster take such a column for known, and limits from them would be far
    too narrow.

    Examples
    --------
    >>> lone(np.array([[1, 0.0], [1, 1], [1, 0]]), np.array([0, 1, 2]))
    array([False,  True])
    """
    found = np.zeros(matrix.shape[1], dtype=bool)
    if cluster is None:
        return found
    for at, column in enumerate(matrix.T):
        sides = [cluster[column == 1], cluster[column == 0]]
        two = set(np.unique(column)) == {0.0, 1.0}
        found[at] = two and any(len(np.unique(side)) == 1 for side in sides)
    return found


def critical_of(level: float, df: int | None) -> float:
    """Return the two-sided critical value of t with ``df``, or of the normal if None.

    Examples
    --------
    >>> round(critical_of(0.95, 13), 4)
    2.1604
    """
    if df is None:
        return critical(level)
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + check_level(level) / 2.0))
