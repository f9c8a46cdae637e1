"""Resampling of clusters for a logistic regression.

Functions
---------
cluster_bootstrap
    Percentile limits of the odds ratios.
"""

import numpy as np
import pandas as pd

from ._checks import Floats, check_level
from ._design import Design
from ._fit import LogisticFit, expit, newton

# A resample with worse conditioned information than this has collinear columns.
CONDITION = 1e12


def _per_cluster(design: Design, estimate: Floats) -> tuple[Floats, Floats, Floats]:
    """Information at the estimate, rows of each level, and events of each level, by cluster."""
    groups = int(design.cluster.max()) + 1
    probability = expit(design.scaled @ estimate)
    weighted = design.scaled * (probability * (1.0 - probability))[:, None]
    rows = [np.flatnonzero(design.cluster == group) for group in range(groups)]
    information = np.stack([design.scaled[at].T @ weighted[at] for at in rows])
    member = [np.ones((design.outcome.size, 1))]
    for term in design.terms:
        if term.levels:
            inside = design.matrix[:, term.columns]
            member += [1.0 - inside.sum(axis=1, keepdims=True), inside]
    inside = np.hstack(member)
    size = np.stack([inside[at].sum(axis=0) for at in rows])
    events = np.stack([design.outcome[at] @ inside[at] for at in rows])
    return information, size, events


def _refits(fit: LogisticFit, replicates: int, seed: int) -> Floats:
    """Scaled estimates of the resamples that have a finite solution."""
    design, random = fit.design, np.random.default_rng(seed)
    start = np.linalg.solve(design.back, fit.estimate)
    information, size, events = _per_cluster(design, start)
    groups, found = len(size), []
    for _ in range(replicates):
        count = np.bincount(random.integers(groups, size=groups), minlength=groups).astype(float)
        total, seen = count @ size, count @ events
        if np.any(seen == 0) or np.any(seen == total):
            continue
        first = np.tensordot(count, information, axes=1)
        if np.linalg.cond(first) > CONDITION:
            continue
        weights = count[design.cluster]
        used = weights > 0
        estimate = newton(design.scaled[used], design.outcome[used], weights[used], start, first)
        if estimate is not None:
            found.append(design.back @ estimate)
    return np.array(found).reshape(-1, start.size)


def cluster_bootstrap(
    fit: LogisticFit, *, replicates: int = 200, seed: int, level: float = 0.95
) -> pd.DataFrame:
    """Percentile limits of the odds ratios from resampled clusters.

    Parameters
    ----------
    fit : LogisticFit
        Clustered fit from `helpers.methods.regression.logistic`.
    replicates : int
        Resamples, at least 2.
    seed : int
        Seed of the random numbers; the same seed gives the same limits.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        ``term``, ``level_name``, ``reference``, ``value`` (odds ratio of the fit), ``low``,
        ``high``, ``numerator``, ``denominator``, ``replicates``, ``failed``, ``level``,
        ``method``; the intercept has no row. ``failed`` counts resamples without a finite
        solution, which limits leave out: many of them mean that the limits cannot be trusted.

    Raises
    ------
    ValueError
        For a fit without clusters, fewer than 2 replicates, or a level outside (0, 1).

    Notes
    -----
    As many clusters as there are, drawn with replacement, each with all its rows; percentile
    limits (Efron 1979, Ann Stat 7:1; Field and Welsh 2007, J R Stat Soc B 69:369).

    Examples
    --------
    >>> from helpers.methods.regression import logistic
    >>> seen = pd.DataFrame({"male": [0, 1] * 40, "seen": [0, 1, 0, 0, 1, 1, 0, 1] * 10,
    ...     "trust": [row // 10 for row in range(80)]})
    >>> fit = logistic(seen, outcome="seen", terms=["male"], cluster="trust")
    >>> cluster_bootstrap(fit, replicates=50, seed=1)[["term", "replicates", "failed"]]
       term  replicates  failed
    0  male          50       0
    """
    tail = (1.0 - check_level(level)) / 2.0
    if fit.design.cluster is None:
        raise ValueError("The fit has no clusters to resample; name a cluster column first.")
    if replicates < 2:
        raise ValueError(f"replicates must be at least 2; got {replicates!r}.")
    ratios = np.exp(_refits(fit, replicates, seed))
    low, high = np.full((2, fit.parameters), np.nan)
    if len(ratios) > 1:
        low, high = np.quantile(ratios, [tail, 1.0 - tail], axis=0)
    kept = fit.coefficients.assign(value=fit.coefficients["odds_ratio"], low=low, high=high)
    columns = ["term", "level_name", "reference", "value", "low", "high"]
    return (
        kept.iloc[1:][[*columns, "numerator", "denominator"]]
        .reset_index(drop=True)
        .assign(
            replicates=replicates,
            failed=replicates - len(ratios),
            level=float(level),
            method=f"percentile bootstrap of {fit.clusters} clusters",
        )
    )
