"""Two further ways to fit clustered yes-or-no outcomes, to lay beside the logistic regression.

Functions
---------
gee
    Averages over all clusters: generalised estimating equations, equal correlation within.
random_intercept
    Comparisons within a cluster: a normal random intercept, by maximum likelihood.

Two questions
-------------
Logistic regression with cluster-robust limits and `gee` compare people on average over all
clusters: how the odds of an outcome differ between, say, men and women of the whole region. A
random intercept compares people of the same cluster, or of clusters with the same unmeasured
level: how the odds differ between a man and a woman of one trust. Odds are not averaged as
probabilities are: where clusters differ, the average over curves that lie apart is flatter than
each of them, so that the odds ratios of `gee` lie nearer to 1, the more so the more clusters
differ. Both are right; neither is an error of the other (Zeger, Liang and Albert 1988, Biometrics
44:1049). Where the two differ by more than that, the effect differs between clusters and within.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, check_level, critical
from ._design import Design, build
from ._few_clusters import REASON
from ._random_intercept import maximum, prepared, profile_limits
from ._separation import refuse_levels, separation

AVERAGED = "odds ratios are of averages over all clusters"
WITHIN = "odds ratios compare people of one cluster, or of clusters with the same unmeasured level"

LOGISTIC_VARIANCE = np.pi**2 / 3.0


@dataclass(frozen=True, eq=False)
class AveragedFit:
    """A logistic regression by generalised estimating equations.

    Attributes
    ----------
    coefficients : DataFrame
        ``term``, ``level_name``, ``reference``, ``estimate``, ``std_error``, ``odds_ratio``,
        ``low``, ``high`` (of the odds ratio), ``statistic``, ``p_value``, ``numerator``,
        ``denominator`` (events and rows of the level), ``level``, ``method``, ``reason``.
    alpha : float
        Correlation of two outcomes of a cluster, given the terms.
    n, events, clusters, dropped : int
        Rows used, events among them, clusters, and rows left out for missing values.
    method : str
        Estimator, covariance and distribution, in words.
    """

    coefficients: pd.DataFrame
    alpha: float
    n: int
    events: int
    clusters: int
    dropped: int
    method: str


@dataclass(frozen=True, eq=False)
class RandomInterceptFit:
    """A logistic regression with a normal random intercept.

    Attributes
    ----------
    coefficients : DataFrame
        As of `AveragedFit`; odds ratios within a cluster.
    sd, sd_low, sd_high : float
        Standard deviation of the intercepts (log odds) with profile-likelihood limits.
    intraclass_correlation : float
        Of the latent scale: sd^2 / (sd^2 + pi^2 / 3).
    median_odds_ratio, median_odds_ratio_low, median_odds_ratio_high : float
        Median ratio of the odds of two people alike in all terms, of two clusters taken at
        random, the one with the higher odds over the other.
    attenuation : float
        About how many times nearer to none log odds ratios averaged over clusters are.
    log_likelihood, log_likelihood_without : float
        Of the fit, and without a random intercept.
    points : int
        Points of the quadrature for each cluster.
    n, events, clusters, dropped : int
        As of `AveragedFit`.
    method, note : str
        Estimator in words, and what to know of it; empty if nothing.
    """

    coefficients: pd.DataFrame
    sd: float
    sd_low: float
    sd_high: float
    intraclass_correlation: float
    median_odds_ratio: float
    median_odds_ratio_low: float
    median_odds_ratio_high: float
    attenuation: float
    log_likelihood: float
    log_likelihood_without: float
    points: int
    n: int
    events: int
    clusters: int
    dropped: int
    method: str
    note: str


def _counted(design: Design) -> tuple[Floats, Floats, NDArray[np.intp]]:
    """Events, trials and cluster of each row of the design: the only place that reads them."""
    return design.events, design.trials, design.cluster


def _table(
    design: Design,
    estimate: Floats,
    covariance: Floats,
    *,
    df: float,
    unknown: NDArray[np.bool_],
    level: float,
    method: str,
) -> pd.DataFrame:
    from scipy.special import stdtr, stdtrit

    events, trials, _ = _counted(design)
    reach = stdtrit(df, 0.5 + level / 2.0) if np.isfinite(df) else critical(level)
    std_error = np.where(unknown, np.nan, np.sqrt(np.diag(covariance)))
    # A numeric term and the intercept rest on every row, a level on its own.
    member = np.ones(design.matrix.shape)
    for term in design.terms:
        if term.kind != "numeric":
            member[:, term.columns] = design.matrix[:, term.columns] == 1
    statistic = estimate / std_error
    return pd.DataFrame(design.names(), columns=["term", "level_name", "reference"]).assign(
        estimate=estimate,
        std_error=std_error,
        odds_ratio=np.exp(estimate),
        low=np.exp(estimate - reach * std_error),
        high=np.exp(estimate + reach * std_error),
        statistic=statistic,
        p_value=2.0 * stdtr(df, -np.abs(statistic)),
        numerator=np.rint(events @ member).astype(np.int64),
        denominator=np.rint(trials @ member).astype(np.int64),
        level=level,
        method=method,
        reason=np.where(unknown, REASON, ""),
    )


def _sizes(design: Design, cluster: str) -> Floats:
    """Rows of each cluster; refuses clusters that cannot say how much they differ."""
    refuse_levels(design)
    events, trials, group = _counted(design)
    seen, size = np.bincount(group, events), np.bincount(group, trials)
    if size.max() < 2:
        raise ValueError(
            f"Every row is a cluster of {cluster!r} by itself: what rows of a cluster share cannot "
            "be told from chance."
        )
    if np.all((seen == 0) | (seen == size)):
        raise ValueError(
            f"In every cluster of {cluster!r} all rows or none have the outcome: how much clusters "
            "differ has no finite estimate."
        )
    return size


def _refuse_unsolved(design: Design, problem: str) -> None:
    """Raise the sentence on separation, if it is that, or else the problem."""
    raise separation(design) or ValueError(problem)


def gee(
    frame: pd.DataFrame,
    *,
    outcome: str,
    terms: Sequence[str],
    cluster: str,
    level: float = 0.95,
) -> AveragedFit:
    """Fit a logistic regression by generalised estimating equations.

    Parameters
    ----------
    frame : DataFrame
        One row per record; rows with a missing value in a column used are left out and counted.
    outcome : str
        Column of 0 and 1, or flags.
    terms : sequence of str
        Columns, coded as by `helpers.methods.regression.logistic`.
    cluster : str
        Column whose values define clusters.
    level : float
        Two-sided confidence level.

    Returns
    -------
    AveragedFit
        Odds ratios averaged over all clusters, and the correlation within clusters.

    Raises
    ------
    ValueError
        As `helpers.methods.regression.logistic`; also where every cluster has one row or all or
        none with the outcome, or where the equations have no solution.

    Notes
    -----
    Liang and Zeger (1986) Biometrika 73:13, exchangeable correlation, by statsmodels; correlation
    and scale by moments over n, as the R package geepack. Sandwich covariance times G/(G-1), and t
    with G-1 degrees of freedom. A level, or a reference, whose rows all lie in one cluster has no
    limits. Every row is visited: for comparison, not for millions of rows.

    Examples
    --------
    >>> rows = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0, 0] * 4,
    ...     "prison": [1, 0] * 24, "trust": ["A", "B", "C", "D"] * 12})
    >>> found = gee(rows, outcome="late", terms=["prison"], cluster="trust")
    >>> found.coefficients[["term", "odds_ratio", "denominator"]].round(2)
              term  odds_ratio  denominator
    0  (intercept)         0.2           48
    1       prison        10.0           24
    """
    from statsmodels.genmod.cov_struct import Exchangeable
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_estimating_equations import GEE

    check_level(level)
    design = build(frame, outcome, terms, cluster)
    events, trials, _ = _counted(design)
    sizes = _sizes(design, cluster)
    # The equations know no patterns: each record is written out again.
    at = np.repeat(np.arange(trials.size), trials.astype(int))
    first = np.cumsum(trials) - trials
    single = (np.arange(at.size) - first[at] < events[at]).astype(float)
    group = design.cluster[at]
    problem = "The estimating equations have no solution that the steps come to."
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        model = GEE(single, design.scaled[at], group, family=Binomial(), cov_struct=Exchangeable())
        try:
            result = model.fit(maxiter=200, ctol=1e-8, ddof_scale=0)
        except (np.linalg.LinAlgError, ValueError):
            result = None
    if result is None or not result.converged or not np.isfinite(result.params).all():
        _refuse_unsolved(design, problem)
    alpha = float(model.cov_struct.dep_params)
    if not -1.0 / (sizes.max() - 1.0) < alpha < 1.0:
        raise ValueError(f"{problem} The correlation came to {alpha:.3f}, which cannot be.")
    groups = len(sizes)
    covariance = design.back @ result.cov_robust @ design.back.T * groups / (groups - 1.0)
    method = (
        "logistic regression, generalised estimating equations, exchangeable correlation; sandwich "
        f"covariance, factor G/(G-1); t limits with G-1 = {groups - 1} degrees of freedom; "
        f"{AVERAGED}"
    )
    return AveragedFit(
        coefficients=_table(
            design,
            design.back @ np.asarray(result.params),
            covariance,
            df=groups - 1.0,
            unknown=design.unsupported(),
            level=float(level),
            method=method,
        ),
        alpha=alpha,
        n=len(group),
        events=int(events.sum()),
        clusters=groups,
        dropped=design.dropped,
        method=method,
    )


def _median_odds_ratio(sd: float) -> float:
    from statistics import NormalDist

    return float(np.exp(np.sqrt(2.0) * NormalDist().inv_cdf(0.75) * sd))


def random_intercept(
    frame: pd.DataFrame,
    *,
    outcome: str,
    terms: Sequence[str],
    cluster: str,
    level: float = 0.95,
    points: int = 15,
) -> RandomInterceptFit:
    """Fit a logistic regression with a normal random intercept for each cluster.

    Parameters
    ----------
    frame, outcome, terms, cluster, level
        As for `gee`.
    points : int
        Points of the quadrature for each cluster, 5 to 50.

    Returns
    -------
    RandomInterceptFit
        Odds ratios within a cluster, and how much clusters differ.

    Raises
    ------
    ValueError
        As `gee`; also for points outside 5 to 50, or where there is no finite estimate.

    Notes
    -----
    Maximum likelihood with adaptive Gauss-Hermite quadrature (Pinheiro and Bates 1995, J Comput
    Graph Stat 4:12) on patterns within clusters, as ``glmer(nAGQ = 15)`` of the R package lme4.
    Standard errors from the observed information of coefficients and standard deviation together;
    normal limits, which are too narrow for characteristics of clusters where these are few. Median
    odds ratio: Larsen and Merlo (2005) Am J Epidemiol 161:81. Attenuation: Zeger, Liang and Albert
    (1988) Biometrics 44:1049, eq. 3.8: (1 + (16 sqrt(3) / (15 pi))^2 sd^2)^-1/2.

    Examples
    --------
    >>> rows = pd.DataFrame({"prison": [1, 0] * 30, "trust": np.repeat(["A", "B", "C"], 20)})
    >>> rows["late"] = [1, 0, 0, 0, 0] * 4 + [1, 1, 1, 0, 1] * 4 + [1, 1, 0, 0, 0] * 4
    >>> found = random_intercept(rows, outcome="late", terms=["prison"], cluster="trust")
    >>> round(found.sd, 2), round(found.median_odds_ratio, 2), found.clusters
    (1.05, 2.73, 3)
    """
    check_level(level)
    if not 5 <= points <= 50 or int(points) != points:
        raise ValueError(f"points must be a whole number from 5 to 50; got {points!r}.")
    design = build(frame, outcome, terms, cluster)
    events, trials, group = _counted(design)
    _sizes(design, cluster)
    data = prepared(design.scaled, events, trials, group)
    try:
        plain, _, without = maximum(data, points=1, sd=0.0)
        estimate, sd, value = maximum(data, points=int(points), start=plain)
    except ValueError as error:
        _refuse_unsolved(design, str(error))
    note = ""
    k = plain.size
    if value.log_likelihood - without.log_likelihood < 1e-7:
        estimate, sd, value = plain, 0.0, without
        note = "Clusters differ by no more than chance allows: the standard deviation is 0."
    held = k if sd == 0.0 else k + 1
    covariance = np.linalg.inv(-value.hessian[:held, :held])[:k, :k]
    low, high = profile_limits(
        data,
        points=int(points),
        estimate=estimate,
        sd=sd,
        log_likelihood=value.log_likelihood,
        drop=critical(level) ** 2 / 2.0,
    )
    method = (
        "logistic regression with a normal random intercept, maximum likelihood, adaptive "
        f"quadrature of {points} points; observed information, normal limits; {WITHIN}"
    )
    return RandomInterceptFit(
        coefficients=_table(
            design,
            design.back @ estimate,
            design.back @ covariance @ design.back.T,
            df=np.inf,
            unknown=np.zeros(k, dtype=bool),
            level=float(level),
            method=method,
        ),
        sd=sd,
        sd_low=low,
        sd_high=high,
        intraclass_correlation=sd**2 / (sd**2 + LOGISTIC_VARIANCE),
        median_odds_ratio=_median_odds_ratio(sd),
        median_odds_ratio_low=_median_odds_ratio(low),
        median_odds_ratio_high=_median_odds_ratio(high),
        attenuation=float((1.0 + (16.0 * np.sqrt(3.0) / (15.0 * np.pi)) ** 2 * sd**2) ** -0.5),
        log_likelihood=value.log_likelihood,
        log_likelihood_without=without.log_likelihood,
        points=int(points),
        n=int(data.trials.sum()),
        events=int(data.events.sum()),
        clusters=len(data.start),
        dropped=design.dropped,
        method=method,
        note=note,
    )
