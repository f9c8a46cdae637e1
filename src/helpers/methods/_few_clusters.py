"""Limits and tests of a regression whose rows are clustered, where the clusters are few.

Functions
---------
cluster_robust
    Sandwich of a logistic or Poisson regression fitted on covariate patterns.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ._checks import Floats, check_choice, check_level, refuse
from ._cr2 import adjusted, alone, satterthwaite
from ._small_sample import Reference, variance_between, weights

Kind = Literal["CR0", "CR1", "CR1S", "CR2"]
KINDS = ("CR0", "CR1", "CR1S", "CR2")

FEW = 4.0
"""Degrees of freedom below which limits are marked (Tipton 2015, Psychol Methods 20:375)."""

MANY = 250
"""Clusters above which t with Satterthwaite's degrees of freedom stands for the distribution."""

WORDS = {
    "CR0": "cluster-robust covariance CR0, no factor",
    "CR1": "cluster-robust covariance CR1, factor G/(G-1)",
    "CR1S": "cluster-robust covariance CR1, factor G/(G-1) x (n-1)/(n-k)",
    "CR2": "cluster-robust covariance CR2 (Bell and McCaffrey)",
}
REASON = "no limits: rests on the records of one cluster alone"
CAUTION = f"fewer than {FEW:g} degrees of freedom: limits uncertain"


class Adjusted(NamedTuple):
    """What CR2 makes of each cluster, as `helpers.methods._cr2.adjusted` does.

    Attributes
    ----------
    score : ndarray, shape (clusters, k)
        Adjusted score.
    own, cross : ndarray, shape (clusters, k, k)
        What its expected square and products rest on.
    shift : ndarray, shape (clusters, k)
        Adjusted score if the linear predictor of all rows of the cluster were off by 1.
    """

    score: Floats
    own: Floats
    cross: Floats
    shift: Floats


@dataclass(frozen=True, eq=False)
class ClusterRobust:
    """Sandwich of a fit with its degrees of freedom.

    Attributes
    ----------
    clusters : int
        Number of clusters G.
    n : float
        Single rows.
    root : ndarray, shape (k, k)
        L, where L L' is the inverse information.
    scores : ndarray, shape (clusters, k)
        L'X'(events - trials fitted) of each cluster.

    Examples
    --------
    >>> x, events = np.ones((4, 1)), np.array([3, 1, 2, 4])
    >>> found = cluster_robust(x, events, np.full(4, 10), np.full(4, 0.25), np.arange(4))
    >>> found.covariance("CR0").round(4), found.covariance("CR2").round(4)
    (array([[0.0889]]), array([[0.1185]]))
    >>> found.degrees_of_freedom().round(6)
    array([3.])
    """

    clusters: int
    n: float
    root: Floats
    scores: Floats
    _rows: Floats = field(repr=False)
    _trials: Floats = field(repr=False)
    _variance: Floats = field(repr=False)
    _residual: Floats = field(repr=False)
    _start: NDArray[np.intp] = field(repr=False)

    def _parts(self) -> Iterator[tuple[Floats, Floats, Floats, Floats]]:
        """Rows, trials, variance and residual of each cluster."""
        for low, high in pairwise([*self._start, len(self._rows)]):
            columns = self._rows, self._trials, self._variance, self._residual
            yield tuple(column[low:high] for column in columns)

    @cached_property
    def adjusted(self) -> Adjusted:
        """What CR2 makes of each cluster."""
        found = []
        for rows, trials, variance, residual in self._parts():
            both = np.column_stack([residual, trials * variance])
            found.append(adjusted(rows, trials, variance, both))
        scores, own, cross = (np.array(part) for part in zip(*found, strict=True))
        return Adjusted(scores[:, 0], own, cross, scores[:, 1])

    @cached_property
    def _shift(self) -> Floats:
        """Whitened score of each cluster if the linear predictor of all its rows were off by 1."""
        return np.array([rows.T @ (trials * spread) for rows, trials, spread, _ in self._parts()])

    @cached_property
    def between(self) -> float:
        """Variance between clusters of the linear predictor, given the model."""
        parts = list(self._parts())
        size = np.array([(trials * spread).sum() for _, trials, spread, _ in parts])
        error = np.array([residual.sum() for _, _, _, residual in parts])
        return variance_between(size, error, self._shift)

    @cached_property
    def _alone(self) -> Floats:
        """Whitened directions of the parameters that are known from one cluster alone."""
        found = [alone(rows, trials * spread)[0] for rows, trials, spread, _ in self._parts()]
        return np.vstack(found)

    def whitened(self, contrasts: ArrayLike | None) -> Floats:
        """Return L'c of each contrast; of each coefficient if none are given."""
        k = self.root.shape[0]
        given = np.eye(k) if contrasts is None else np.atleast_2d(np.asarray(contrasts, float))
        if given.ndim != 2 or given.shape[1] != k or not np.isfinite(given).all():
            raise ValueError(
                f"Contrasts must be rows of {k} numbers, one for each parameter; got an array of "
                f"shape {given.shape}."
            )
        refuse(~given.any(axis=1), None, "a contrast of nothing but zeros")
        return given @ self.root

    def covariance(self, kind: Kind = "CR2") -> Floats:
        """Covariance of the estimates, shape (k, k).

        Entries of coefficients that `supported` denies are far too small.
        """
        check_choice("kind", kind, KINDS)
        groups, k = self.scores.shape
        if kind == "CR1S" and self.n <= k:
            raise ValueError(f"{self.n:g} rows are too few for {k} parameters.")
        factor = {
            "CR1": groups / (groups - 1.0),
            "CR1S": groups / (groups - 1.0) * (self.n - 1.0) / max(self.n - k, 1.0),
        }.get(kind, 1.0)
        half = (self.adjusted.score if kind == "CR2" else self.scores) @ self.root.T
        return factor * half.T @ half

    def supported(self, contrasts: ArrayLike | None = None) -> NDArray[np.bool_]:
        """Whether each contrast could still be estimated without any one of the clusters.

        Where it could not, as for a level of a term all of whose rows lie in one cluster, the
        scores of that cluster sum to zero along it: the sandwich takes it for known and its limits
        would be far too narrow.
        """
        given = self.whitened(contrasts)
        if not len(self._alone):
            return np.ones(len(given), dtype=bool)
        given = given / np.linalg.norm(given, axis=1, keepdims=True)
        return np.abs(given @ self._alone.T).max(axis=1) < 1e-6

    def degrees_of_freedom(
        self, contrasts: ArrayLike | None = None, *, guarded: bool = True
    ) -> Floats:
        """Satterthwaite degrees of freedom of each contrast under CR2; NaN if not supported.

        With ``guarded=False`` also of contrasts that are not supported: for averages over all
        records, in which a coefficient that is known from one cluster alone has a small part.
        """
        given = self.whitened(contrasts)
        own, cross = self.adjusted.own, self.adjusted.cross
        found = np.array([satterthwaite((own @ c) @ c, cross @ c) for c in given])
        return np.where(self.supported(contrasts), found, np.nan) if guarded else found

    def references(
        self, contrasts: ArrayLike | None = None, *, guarded: bool = True
    ) -> list[Reference]:
        """Return what t of each contrast is compared with under CR2; NaN if not supported.

        The distribution that it has where rows are normal and clusters differ as they are found
        to: see `helpers.methods._small_sample.weights`.
        """
        df = self.degrees_of_freedom(contrasts, guarded=guarded)
        if self.clusters > MANY:
            return [Reference(float(one)) for one in df]
        made, found = self.adjusted, []
        for c, one in zip(self.whitened(contrasts), df, strict=True):
            numbers = (made.own @ c) @ c, made.cross @ c, made.shift @ c, self._shift
            how = {"contrast": c, "between": self.between}
            found.append(Reference(float(one), None if np.isnan(one) else weights(*numbers, **how)))
        return found

    @property
    def words(self) -> str:
        """Covariance and distribution by which contrasts are judged, in words."""
        how = (
            "t limits with Satterthwaite's degrees of freedom"
            if self.clusters > MANY
            else "limits from the small-sample distribution of t, standard deviation between "
            f"clusters {self.between**0.5:.2f} (log scale)"
        )
        return f"cluster-robust covariance CR2 of {self.clusters} clusters; {how}"

    def table(
        self,
        estimate: ArrayLike,
        contrasts: ArrayLike | None = None,
        *,
        kind: Kind = "CR2",
        level: float = 0.95,
        satterthwaite: bool = False,
    ) -> pd.DataFrame:
        """Estimate, limits and test of each contrast.

        Parameters
        ----------
        estimate : array_like, shape (k,)
            Coefficients of the matrix given.
        contrasts : array_like, shape (contrasts, k), optional
            Weights of the coefficients; each coefficient by itself if not given.
        kind : {"CR2", "CR1", "CR1S", "CR0"}
            Covariance. CR2 goes with `references`, the others with t of clusters less one.
        level : float
            Two-sided confidence level.
        satterthwaite : bool
            Compare CR2 with t with Satterthwaite's degrees of freedom, as clubSandwich does.

        Returns
        -------
        DataFrame
            ``estimate``, ``std_error``, ``df``, ``low``, ``high`` (on the scale of the
            estimate), ``statistic``, ``p_value``, ``level``, ``method`` and ``reason``, which says
            why there are no limits, or that they are uncertain; else empty.
        """
        check_level(level)
        given, known = self.whitened(contrasts), self.supported(contrasts)
        value = given @ np.linalg.solve(self.root, np.asarray(estimate, float))
        direct = np.linalg.solve(self.root.T, given.T).T
        variance = np.einsum("ci,ij,cj->c", direct, self.covariance(kind), direct)
        error = np.where(known, np.sqrt(variance), np.nan)
        method = f"{WORDS[kind]}; t limits with G-1 = {self.clusters - 1} degrees of freedom"
        against = [Reference(self.clusters - 1.0)] * len(given)
        if kind == "CR2" and satterthwaite:
            against = [Reference(float(one)) for one in self.degrees_of_freedom(contrasts)]
            method = f"{WORDS[kind]}; t limits with Satterthwaite's degrees of freedom"
        elif kind == "CR2":
            against, method = self.references(contrasts), self.words
        df = np.array([one.df for one in against])
        with np.errstate(divide="ignore", invalid="ignore"):
            statistic = value / error
        reach = np.array([one.critical(level) for one in against]) * error
        pairs = zip(against, statistic, strict=True)
        few = np.where(df < FEW, CAUTION, "")
        return pd.DataFrame(
            {
                "estimate": value,
                "std_error": error,
                "df": np.where(known, df, np.nan),
                "low": value - reach,
                "high": value + reach,
                "statistic": statistic,
                "p_value": [one.two_sided(each) for one, each in pairs],
                "level": float(level),
                "method": method,
                "reason": np.where(known, few, REASON),
            }
        )


def _checked(
    matrix: ArrayLike, columns: Sequence[ArrayLike], cluster: ArrayLike
) -> tuple[Floats, list[Floats], NDArray]:
    x, ids = np.asarray(matrix, float), np.asarray(cluster)
    parts = [np.asarray(column, float) for column in columns]
    if x.ndim != 2 or any(part.shape != x.shape[:1] for part in (*parts, ids)):
        raise ValueError(
            "The matrix must have two dimensions, and events, trials, fitted and cluster one value "
            f"for each of its rows; got {x.shape} and "
            f"{', '.join(str(part.shape) for part in (*parts, ids))}."
        )
    finite = np.isfinite(x).all(axis=1) & np.isfinite(parts).all(axis=0)
    refuse(~finite | pd.isna(ids), None, "a value is missing or infinite")
    return x, parts, ids


def cluster_robust(
    matrix: ArrayLike,
    events: ArrayLike,
    trials: ArrayLike,
    fitted: ArrayLike,
    cluster: ArrayLike,
    *,
    family: Literal["binomial", "poisson"] = "binomial",
) -> ClusterRobust:
    """Sandwich of a logistic or Poisson regression fitted on covariate patterns.

    Parameters
    ----------
    matrix : array_like, shape (patterns, k)
        Coded data; columns about centred and scaled lose least precision.
    events : array_like, shape (patterns,)
        Sum of the outcome over the single rows of a pattern.
    trials : array_like, shape (patterns,)
        How many single rows with this pattern the cluster has. For counts with an exposure of
        their own each row is one: trials of 1.
    fitted : array_like, shape (patterns,)
        Fitted probability, or fitted mean, of one single row, by maximum likelihood or Firth.
    cluster : array_like, shape (patterns,)
        Cluster of each row of the matrix: numbers or text, in any order.
    family : {"binomial", "poisson"}
        Logistic regression, or Poisson with a log link.

    Returns
    -------
    ClusterRobust
        Covariances, degrees of freedom, what t is compared with, and tables.

    Raises
    ------
    ValueError
        For arrays that do not fit one another, missing or infinite values, events below none or
        above trials, fitted probabilities of 0 or 1, fewer than two clusters, or columns that are
        combinations of one another.

    Notes
    -----
    Every result is that of the single rows: it does not matter whether rows of one pattern and
    cluster are merged. Liang and Zeger (1986) Biometrika 73:13 for CR0; CR1 and CR1S as ``HC0``
    and ``HC1`` with ``cadjust`` of the R package sandwich; CR2 as ``vcovCR`` of the R package
    clubSandwich does for ``glm`` (Pustejovsky and Tipton 2018, J Bus Econ Stat 36:672), the
    variance of the fit as working model; see `helpers.methods._cr2.adjusted` for how.
    Degrees of freedom after Bell and McCaffrey (2002) Survey Methodology 28:169. With Firth
    estimates the residuals are those of the data, not of the penalised score, and do not sum to
    zero; CR2 is then approximate.

    Examples
    --------
    >>> x = np.column_stack([np.ones(6), [0, 0, 0, 1, 1, 1]])
    >>> events, fitted = np.array([2, 3, 4, 4, 5, 6]), np.repeat([0.3, 0.5], 3)
    >>> found = cluster_robust(x, events, np.full(6, 10), fitted, list("abcdef"))
    >>> found.table(np.log([3 / 7, 7 / 3]))[["estimate", "std_error", "df"]].round(3)
       estimate  std_error    df
    0    -0.847      0.275  2.00
    1     0.847      0.359  3.97
    """
    check_choice("family", family, ("binomial", "poisson"))
    x, (y, n, mean), ids = _checked(matrix, (events, trials, fitted), cluster)
    refuse(n < 0, None, "trials are negative")
    refuse(y < 0, None, "events are negative")
    refuse(mean <= 0, None, "a fitted value is not above zero")
    if family == "binomial":
        refuse(y > n, None, "there are more events than trials")
        refuse(mean >= 1, None, "a fitted probability is not below one")
    kept = n > 0
    groups, place = np.unique(ids[kept], return_inverse=True)
    if len(groups) < 2:
        raise ValueError("All rows belong to one cluster; clustered limits need several.")
    order = np.argsort(place, kind="stable")
    x, y, n, mean = (part[kept][order] for part in (x, y, n, mean))
    variance = mean * (1.0 - mean) if family == "binomial" else mean
    information = x.T @ (x * (n * variance)[:, None])
    lengths = np.sqrt(np.diag(information))
    try:
        if not lengths.all():
            raise np.linalg.LinAlgError
        factor = np.linalg.cholesky(information / np.outer(lengths, lengths))
        if np.diag(factor).min() < 1e-7:
            raise np.linalg.LinAlgError
    except np.linalg.LinAlgError:
        raise ValueError(
            "The information is singular: a column is a combination of the others; leave one out."
        ) from None
    root = np.linalg.inv(factor).T / lengths[:, None]
    rows, residual = x @ root, y - n * mean
    start = np.flatnonzero(np.diff(place[order], prepend=-1))
    return ClusterRobust(
        clusters=len(groups),
        n=float(n.sum()),
        root=root,
        scores=np.add.reduceat(rows * residual[:, None], start, axis=0),
        _rows=rows,
        _trials=n,
        _variance=variance,
        _residual=residual,
        _start=start,
    )
