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
from ._fit import RegressionFit
from ._glm import maximum

# A resample with a worse conditioned design than this has collinear columns.
CONDITION = 1e12

# A linear predictor of 30 is a probability of 1 - 1e-13: a resample that needs it has no
# finite estimate.
EXTREME = 30.0


def _per_cluster(design: Design) -> tuple[Floats, Floats]:
    """Return records and events of each level of each variable, by cluster."""
    groups = int(design.cluster.max()) + 1
    member = [np.ones((design.events.size, 1))]
    for at, variable in enumerate(design.variables):
        if variable.levels:
            member.append(np.column_stack(design.members(at)).astype(float))
    inside = np.hstack(member)
    size, events = np.zeros((2, groups, inside.shape[1]))
    np.add.at(size, design.cluster, inside * design.trials[:, None])
    np.add.at(events, design.cluster, inside * design.events[:, None])
    return size, events


def _refits(fit: RegressionFit, replicates: int, seed: int) -> Floats:
    """Estimates of the resamples that have a finite solution."""
    design, random = fit.design, np.random.default_rng(seed)
    size, events = _per_cluster(design)
    groups, found = len(size), []
    for _ in range(replicates):
        count = np.bincount(random.integers(groups, size=groups), minlength=groups).astype(float)
        total, seen = count @ size, count @ events
        if not fit.penalised and (np.any(seen == 0) or np.any(seen == total)):
            continue
        if np.any(total == 0):
            continue
        times = count[design.cluster]
        used = times > 0
        matrix, trials = design.scaled[used], times[used] * design.trials[used]
        gram = matrix.T @ (matrix * trials[:, None])
        if np.linalg.cond(gram) > CONDITION:
            continue
        at = maximum(
            matrix, times[used] * design.events[used], trials,
            family=fit.family, penalised=fit.penalised, start=fit.at.estimate, extreme=EXTREME,
        )  # fmt: skip
        if at is not None:
            found.append(design.back @ at.estimate)
    return np.array(found).reshape(-1, fit.parameters)


def cluster_bootstrap(
    fit: RegressionFit, *, replicates: int = 200, seed: int, level: float = 0.95
) -> pd.DataFrame:
    """Percentile limits of the odds ratios from resampled clusters.

    Parameters
    ----------
    fit : RegressionFit
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
    kept = fit.coefficients.assign(value=np.exp(fit.estimate), low=low, high=high)
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
