"""Probabilistic bias analysis of a logistic model of counts by covariate pattern.

Functions
---------
adjusted_bias_analysis
    Odds ratios over draws of the rates of error in the outcome.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._bias_draws import AS_RECORDED, ERRORS, ERRORS_AND_CHANCE, FEWEST, summarised
from ._checks import Floats, check_level
from ._error_rates import Rates, described, drawn_rates
from ._pattern_checks import (
    checked_clusters,
    checked_counts,
    checked_matrix,
    critical_of,
    labelled,
    lone,
)
from ._pattern_fit import PatternFit, covariance_root, fit_patterns, sandwich


def _drawn(fit: PatternFit, root: Floats, df: int | None, generator: np.random.Generator) -> Floats:
    """One draw of the estimate from its normal, or t, distribution."""
    step = root @ generator.standard_normal(root.shape[1])
    if df is not None:
        step = step * np.sqrt(df / generator.chisquare(df))
    return fit.estimate + step


def adjusted_bias_analysis(
    matrix: ArrayLike,
    events: ArrayLike,
    trials: ArrayLike,
    *,
    names: Sequence[str],
    sensitivity: Rates,
    specificity: Rates,
    seed: int,
    group: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    correlation: float = 0.8,
    draws: int = 1_000,
    level: float = 0.95,
) -> pd.DataFrame:
    """Odds ratios of a logistic model over draws of the rates of error in its outcome.

    Parameters
    ----------
    matrix : array_like, shape (patterns, columns)
        Coded covariates of each pattern, the intercept among them.
    events, trials : array_like, shape (patterns,)
        Records in which the outcome was recorded, and records.
    names : sequence of str
        Name of each column.
    sensitivity, specificity : float, Beta, Trapezoidal, Fixed, or mapping of groups to these
        See `helpers.methods.misclassified.bias_analysis`.
    seed : int
        The same seed gives the same draws.
    group : array_like, optional
        Group of each pattern; needed where rates are declared by group.
    cluster : array_like, optional
        Cluster of each pattern, such as the trust; patterns must not straddle clusters.
    correlation : float
        0 to 1: between groups, of rates declared group by group.
    draws : int
        How many; 100 or more.
    level : float
        Two-sided level of the limits.

    Returns
    -------
    DataFrame
        One row a column and estimate: ``term``, ``estimate`` ("as recorded", "allowing for errors
        in the record", "allowing for errors and chance"), ``value`` (odds ratio; the median of
        the draws), ``low``, ``high``, ``draws``, ``impossible``, ``share_impossible`` (draws in
        which no finite fit agrees with the records), ``numerator``, ``denominator`` (all
        records), ``level``, ``method``. No limits with chance for a 0/1 column whose ones or zeros
        all lie in one cluster.

    Raises
    ------
    ValueError
        For shapes that do not fit, missing or impossible counts, an outcome as recorded without a
        finite fit, a single cluster, fewer than 100 draws, or rates that are no distribution.

    Notes
    -----
    For each draw the model of Magder and Hughes (1997) Am J Epidemiol 146:195 is fitted to the
    counts: the outcome is recorded with chance (1 - specificity) + (sensitivity + specificity - 1)
    p, and p is logistic. It gives what putting each record right by its expectation comes to, and
    counts by pattern give what single records do (Lash, Abrams and Bodnar 2014, Epidemiology
    25:550). Chance is a draw from the normal distribution of that fit; with clusters from the t
    distribution with clusters less one degrees of freedom and the CR1 covariance.

    Examples
    --------
    >>> found = adjusted_bias_analysis([[1, 0], [1, 1]], [20, 40], [100, 100],
    ...     names=["(intercept)", "prison"], sensitivity=0.9, specificity=0.98, draws=100, seed=1)
    >>> found.loc[found["term"].eq("prison"), ["estimate", "value"]].round(3)
                                estimate  value
    3                        as recorded  2.667
    4  allowing for errors in the record  2.956
    5     allowing for errors and chance  2.991
    """
    check_level(level)
    if draws < FEWEST:
        raise ValueError(f"{draws} draws are too few for limits; take {FEWEST} or more.")
    y, n = checked_counts(events, trials)
    x, names = checked_matrix(matrix, len(y), names)
    codes, df = checked_clusters(cluster, len(y))
    place, groups = labelled([""] * len(y) if group is None else group, len(y), "groups")
    generator = np.random.default_rng(seed)
    options = {"draws": draws, "correlation": correlation, "generator": generator}
    found_in = drawn_rates(sensitivity, groups, "sensitivity", **options)
    kept_out = drawn_rates(specificity, groups, "specificity", **options)
    crude = fit_patterns(x, y, n)
    if crude is None:
        raise ValueError(
            "The outcome as recorded has no finite fit: a term separates it, or terms are "
            "collinear."
        )
    records = float(n.sum())
    error = np.sqrt(np.diag(sandwich(crude, codes, records)))
    errors, both = (np.full((draws, x.shape[1]), np.nan) for _ in range(2))
    for at in range(draws):
        false = 1.0 - kept_out[at]
        gain = found_in[at] - false
        if not (gain > 0).all():
            continue
        rates = {"floor": false[place], "gain": gain[place]}
        fit = fit_patterns(x, y, n, start=crude.estimate, **rates)
        if fit is not None:
            errors[at] = fit.estimate
            both[at] = _drawn(fit, covariance_root(fit, codes, records), df, generator)
    reach = critical_of(level, df) * error
    method = (
        f"logistic regression with errors in the record of the outcome; "
        f"{described(sensitivity, groups, 'sensitivity')}; "
        f"{described(specificity, groups, 'specificity')}; correlation {correlation:g}; seed {seed}"
    )
    if df is not None:
        method += f"; cluster-robust covariance CR1, t with {df} degrees of freedom"
    rows, alone = [], lone(x, codes)
    for column, name in enumerate(names):
        value = crude.estimate[column]
        ends = np.exp([value, value - reach[column], value + reach[column]]).tolist()
        first = dict(zip(("value", "low", "high"), ends, strict=True))
        first |= {"draws": 0, "impossible": 0, "share_impossible": 0.0}
        parts = {
            AS_RECORDED: first,
            ERRORS: summarised(np.exp(errors[:, column]), level),
            ERRORS_AND_CHANCE: summarised(np.exp(both[:, column]), level),
        }
        if alone[column]:
            for kind in (AS_RECORDED, ERRORS_AND_CHANCE):
                parts[kind] |= {"low": float("nan"), "high": float("nan")}
        said = f"{method}; no limits with chance, the term rests on one cluster"
        rows += [
            {"term": name, "estimate": kind} | part | {"method": said if alone[column] else method}
            for kind, part in parts.items()
        ]
    found = pd.DataFrame(rows)
    last = found.pop("method")
    return found.assign(
        numerator=int(y.sum()), denominator=int(records), level=float(level), method=last
    )
