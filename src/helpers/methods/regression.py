"""Logistic regression with clustered limits, and what can be read from it.

Functions
---------
logistic
    Fit an outcome on categorical, binary and numeric terms.
joint_tests
    Wald test of each term as a whole.
average_marginal_effects
    Mean change in probability for each coefficient.
predicted
    Standardised probability for each level of a term.
cluster_bootstrap
    Percentile limits of the odds ratios from resampled clusters.
"""

import warnings
from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._bootstrap import cluster_bootstrap
from ._checks import Floats, check_level
from ._design import Design, build, separating
from ._effects import average_marginal_effects, predicted
from ._fit import LogisticFit, critical_value, expit

__all__ = [
    "LogisticFit",
    "average_marginal_effects",
    "cluster_bootstrap",
    "joint_tests",
    "logistic",
    "predicted",
]

# Fitted log odds beyond this suggest separation, which is then looked for.
SUSPICIOUS = 15.0


def _maximum(design: Design) -> tuple[Floats, float]:
    """Scaled estimates and log-likelihood, or ``ValueError`` if there are none."""
    from statsmodels.discrete.discrete_model import Logit

    problem = ""
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = Logit(design.outcome, design.scaled).fit(
                method="newton", maxiter=100, tol=1e-10, disp=False
            )
            estimate, converged = np.asarray(result.params), result.mle_retvals["converged"]
        except np.linalg.LinAlgError:
            converged, problem = False, "the information matrix became singular"
    if not converged or np.abs(design.scaled @ estimate).max() > SUSPICIOUS:
        separated = separating(design)
        if separated:
            raise ValueError(
                f"The outcome is separated by {', '.join(map(repr, separated))}: for some "
                "combination of values all or none have it, and there is no finite estimate."
            )
    if not converged:
        raise ValueError(f"The fit did not converge{': ' + problem if problem else ''}.")
    return estimate, float(result.llf)


def _covariance(design: Design, estimate: Floats) -> Floats:
    """Inverse information, or the CR1 sandwich when rows are clustered; scaled columns."""
    probability = expit(design.scaled @ estimate)
    spread = probability * (1.0 - probability)
    bread = np.linalg.inv(design.scaled.T @ (design.scaled * spread[:, None]))
    if design.cluster is None:
        return bread
    rows, columns = design.scaled.shape
    groups = int(design.cluster.max()) + 1
    score = np.zeros((groups, columns))
    np.add.at(score, design.cluster, design.scaled * (design.outcome - probability)[:, None])
    factor = groups / (groups - 1.0) * (rows - 1.0) / (rows - columns)
    half = score @ bread
    return factor * half.T @ half


_ALONE = "logistic regression, maximum likelihood; no limits, a level lies in one cluster"


def _method(clusters: int | None) -> str:
    if clusters is None:
        return "logistic regression, maximum likelihood; model-based covariance, normal limits"
    return (
        "logistic regression, maximum likelihood; cluster-robust covariance CR1, factor "
        f"G/(G-1) x (n-1)/(n-k); t limits with G-1 = {clusters - 1} degrees of freedom"
    )


def _p_value(statistic: Floats, df: int | None) -> Floats:
    from scipy.special import ndtr, stdtr

    tail = -np.abs(statistic)
    return 2.0 * (ndtr(tail) if df is None else stdtr(df, tail))


def _coefficients(
    design: Design, estimate: Floats, covariance: Floats, df: int | None, level: float
) -> pd.DataFrame:
    alone = design.unsupported()
    std_error = np.where(alone, np.nan, np.sqrt(np.diag(covariance)))
    reach = critical_value(level, df) * std_error
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = estimate / std_error
    result = pd.DataFrame(design.names(), columns=["term", "level_name", "reference"])
    # A numeric term and the intercept rest on every row, a level on its own.
    member = np.ones(design.matrix.shape, dtype=bool)
    for term in design.terms:
        if term.kind != "numeric":
            member[:, term.columns] = design.matrix[:, term.columns] == 1
    with np.errstate(over="ignore"):
        odds = {"odds_ratio": estimate, "low": estimate - reach, "high": estimate + reach}
        odds = {name: np.exp(value) for name, value in odds.items()}
    return result.assign(
        estimate=estimate,
        std_error=std_error,
        **odds,
        statistic=statistic,
        p_value=_p_value(statistic, df),
        numerator=(design.outcome @ member).astype(np.int64),
        denominator=member.sum(axis=0),
        level=level,
        method=np.where(alone, _ALONE, _method(None if df is None else df + 1)),
    )


def logistic(
    frame: pd.DataFrame,
    *,
    outcome: str,
    terms: Sequence[str],
    cluster: str | None = None,
    level: float = 0.95,
) -> LogisticFit:
    """Fit a logistic regression by maximum likelihood.

    Parameters
    ----------
    frame : DataFrame
        One row per record; rows with a missing value in a column used are left out and
        counted.
    outcome : str
        Column of 0 and 1, or flags.
    terms : sequence of str
        Columns. A pandas categorical has its first category as reference, text its first
        value in sorted order; flags and 0/1 numbers are binary; other numbers enter linearly.
    cluster : str, optional
        Column whose values define clusters, for cluster-robust limits.
    level : float
        Two-sided confidence level.

    Returns
    -------
    LogisticFit
        Coefficients with odds ratios, covariance and counts.

    Raises
    ------
    ValueError
        For missing columns, an outcome other than 0 and 1, no variation, a level in which
        all or none have the outcome, separation by several terms together, collinear terms,
        a constant term, a reference level without rows, a single cluster, too few rows (an
        empty frame included), or no convergence. The sentence names the term and level.

    Notes
    -----
    Without clusters: inverse information and normal limits. With clusters: Liang and Zeger
    (1986) Biometrika 73:13 with the factor G/(G-1) (n-1)/(n-k), as ``vcovCL(type="HC1")`` of
    the R package sandwich, and t with G-1 degrees of freedom (Cameron and Miller 2015, J Hum
    Resour 50:317). A level, or a reference, whose rows all lie in one cluster has no clustered
    limits: its standard error and limits are NaN. Numeric terms are centred and scaled inside,
    and given back on their own scales.

    Examples
    --------
    >>> seen = pd.DataFrame({"male": [1] * 20 + [0] * 20,
    ...     "seen": [1] * 15 + [0] * 5 + [1] * 5 + [0] * 15})
    >>> fit = logistic(seen, outcome="seen", terms=["male"])
    >>> fit.coefficients[["term", "odds_ratio", "numerator", "denominator"]].round(3)
              term  odds_ratio  numerator  denominator
    0  (intercept)       0.333         20           40
    1         male       9.000         15           20
    """
    check_level(level)
    design = build(frame, outcome, terms, cluster)
    scaled, log_likelihood = _maximum(design)
    estimate = design.back @ scaled
    covariance = design.back @ _covariance(design, scaled) @ design.back.T
    clusters = None if design.cluster is None else int(design.cluster.max()) + 1
    n, events = design.outcome.size, int(design.outcome.sum())
    share, labels = events / n, design.labels()
    df = None if clusters is None else clusters - 1
    return LogisticFit(
        coefficients=_coefficients(design, estimate, covariance, df, float(level)),
        n=n,
        events=events,
        clusters=clusters,
        parameters=estimate.size,
        covariance=pd.DataFrame(covariance, index=labels, columns=labels),
        dropped=design.dropped,
        converged=True,
        log_likelihood=log_likelihood,
        log_likelihood_null=n * float(share * np.log(share) + (1 - share) * np.log1p(-share)),
        df=df,
        level=float(level),
        method=_method(clusters),
        design=design,
    )


def joint_tests(fit: LogisticFit) -> pd.DataFrame:
    """Wald test of each term as a whole.

    Parameters
    ----------
    fit : LogisticFit
        From `logistic`.

    Returns
    -------
    DataFrame
        ``term``, ``statistic``, ``df``, ``df_denominator``, ``p_value``, ``method``: F with
        clusters, where the denominator has clusters less one degrees of freedom, otherwise
        chi-squared. A term with more coefficients than that, or with a level that lies in one
        cluster, cannot be tested and is NaN.

    Raises
    ------
    numpy.linalg.LinAlgError
        Never for a fit returned by `logistic`, whose terms are not collinear.

    Notes
    -----
    Wald (1943) Trans Am Math Soc 54:426; F with clusters as in Cameron and Miller (2015) J Hum
    Resour 50:317.

    Examples
    --------
    >>> seen = pd.DataFrame({"male": [1] * 20 + [0] * 20,
    ...     "seen": [1] * 15 + [0] * 5 + [1] * 5 + [0] * 15})
    >>> fit = logistic(seen, outcome="seen", terms=["male"])
    >>> joint_tests(fit)[["term", "statistic", "df"]].round(3)
       term  statistic  df
    0  male      9.052   1
    """
    from scipy.special import chdtrc, fdtrc

    covariance, alone, rows = fit.covariance.to_numpy(), fit.design.unsupported(), []
    for term in fit.design.terms:
        at = list(term.columns)
        estimate, q = fit.estimate[at], len(at)
        wald = float(estimate @ np.linalg.pinv(covariance[np.ix_(at, at)]) @ estimate)
        if fit.df is None:
            rows.append((term.name, wald, q, np.nan, float(chdtrc(q, wald)), "Wald chi-squared"))
        elif q > fit.df or alone[at].any():
            rows.append((term.name, np.nan, q, fit.df, np.nan, "Wald F: too few clusters"))
        else:
            p_value = float(fdtrc(q, fit.df, wald / q))
            rows.append((term.name, wald / q, q, fit.df, p_value, "Wald F, cluster-robust"))
    columns = ["term", "statistic", "df", "df_denominator", "p_value", "method"]
    return pd.DataFrame(rows, columns=columns)
