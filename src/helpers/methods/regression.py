"""Logistic and Poisson regression of counted patterns, and what can be read from it.

Functions
---------
logistic
    Fit an outcome on categories, flags, numbers, curves and interactions.
poisson
    Fit counts with an exposure.
joint_tests
    Wald test of each term as a whole.
likelihood_tests
    Likelihood-ratio test of each term as a whole.
profile_limits
    Limits from the (penalised) likelihood.
average_marginal_effects
    Mean change in probability for each coefficient.
predicted
    Standardised probability for each level of a term.
curve
    Standardised probability over the values of a number.
contrast
    Ratio of any two levels, or of any combination of coefficients.
cluster_bootstrap
    Percentile limits of the odds ratios from resampled clusters.

Records that agree in every term and in their cluster are counted once, so that the cost of a fit
depends on the patterns that occur; a number with a value for each record is fitted record by
record, and ``patterns`` of the fit says so.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._bootstrap import cluster_bootstrap
from ._checks import (
    check_choice,
    check_counts,
    check_exposure,
    check_level,
    critical,
    numbers,
    refuse,
    require_columns,
)
from ._contrast import contrast
from ._design import Counts, build, flags
from ._effects import average_marginal_effects, curve, predicted
from ._fit import RegressionFit
from ._fitting import PENALTIES, WORDS, Penalty, fitted, term_test
from ._profile_limits import fallen, profiled
from ._separation import Separated
from ._small_sample import Reference
from ._terms import Asked, Interaction, Spline

__all__ = [
    "Interaction",
    "RegressionFit",
    "Separated",
    "Spline",
    "average_marginal_effects",
    "cluster_bootstrap",
    "contrast",
    "curve",
    "joint_tests",
    "likelihood_tests",
    "logistic",
    "poisson",
    "predicted",
    "profile_limits",
]


def logistic(
    frame: pd.DataFrame,
    *,
    outcome: str,
    terms: Sequence[Asked],
    cluster: str | None = None,
    records: str | None = None,
    penalty: Penalty = "none",
    profile: Sequence[str] | None = None,
    level: float = 0.95,
) -> RegressionFit:
    """Fit a logistic regression.

    Parameters
    ----------
    frame : DataFrame
        One row per record, or per stratum of records; rows with a missing value in a column used
        are left out and counted.
    outcome : str
        Column of 0 and 1, or flags; with ``records``, how many of a row's records have it.
    terms : sequence of str, Spline or Interaction
        Columns. A pandas categorical has its first category as reference, text its first
        value in sorted order; flags and 0/1 numbers are binary; other numbers enter linearly, or
        as a curve by `Spline`.
    cluster : str, optional
        Column whose values define clusters, for cluster-robust limits.
    records : str, optional
        Column of how many records a row stands for; one if not given.
    penalty : {"none", "firth", "if separated", "if few"}
        Maximum likelihood, Firth's penalty, or that penalty only where there is no finite
        estimate otherwise, which ``separated`` of the fit then names; or also where fewer than 10
        records of a level have the outcome, or lack it (``scarce``).
    profile : sequence of str, optional
        Terms whose limits by the profile are wanted, where there is a penalty; all if not given.
    level : float
        Two-sided confidence level.

    Returns
    -------
    RegressionFit
        Coefficients with odds ratios, covariance and counts.

    Raises
    ------
    Separated
        A ``ValueError``, without a penalty: by a level in which all or none have the outcome, or
        by several terms together. The sentence names the term and level.
    ValueError
        For missing columns, an outcome other than 0 and 1, no variation, collinear terms,
        a constant term, a reference level without rows, a single cluster, too few rows (an
        empty frame included), or no convergence. The sentence names the term and level.

    Notes
    -----
    Without clusters: inverse information and normal limits; penalised, limits and p values of the
    profile penalised likelihood (Heinze and Schemper 2002, Stat Med 21:2409) beside standard
    errors from the information without the penalty. With clusters: the bias-reduced sandwich
    CR2 (Bell and McCaffrey 2002, Survey Methodology 28:169; Pustejovsky and Tipton 2018, J Bus Econ
    Stat 36:672), its t compared with the distribution that it has in few clusters that differ as
    they are found to (`helpers.methods._small_sample.weights`; ``df`` is Satterthwaite's, for
    comparison with other programs); columns that are separated have the limits of the profile,
    which do not allow for clusters. A coefficient that is known from one cluster alone has no
    clustered limits: its standard error and limits are NaN.
    Numbers are centred and scaled inside, and given back on their own scales.

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
    check_choice("penalty", penalty, PENALTIES)
    check_level(level)
    counts = None
    if records is None:
        require_columns(frame, [outcome])
        counts = Counts(flags(frame, outcome), None)
    else:
        require_columns(frame, [outcome, records])
        events, many = numbers(frame, outcome), numbers(frame, records)
        check_counts(events, many, frame.index)
        part = (events != np.floor(events)) | (many != np.floor(many))
        refuse(part & ~np.isnan(events + many), frame.index, "a count is not whole")
        counts = Counts(events, many, many)
    design = build(frame, outcome, terms, cluster, counts=counts)
    return fitted(design, "binomial", penalty, float(level), "odds_ratio", profile=profile)


def poisson(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    terms: Sequence[Asked],
    cluster: str | None = None,
    penalty: Penalty = "none",
    level: float = 0.95,
) -> RegressionFit:
    """Fit counts with an exposure by Poisson regression.

    Parameters
    ----------
    frame : DataFrame
        One row a stratum, or a record.
    numerator, denominator : str
        Columns of events and of exposure, such as person-years. A row without exposure and
        without events holds nothing and is left out.
    terms, cluster, penalty, level
        As for `logistic`.

    Returns
    -------
    RegressionFit
        Coefficients with rate ratios. ``n`` is the number of rows with exposure.

    Raises
    ------
    Separated
        A ``ValueError``, for a level without events and no penalty.
    ValueError
        As `logistic`, and for negative counts, or events without exposure.

    Notes
    -----
    Without clusters the limits rest on the variance that Poisson gives; where counts vary more,
    name a cluster (a unit, or each row) or use `helpers.methods.count_models`.

    Examples
    --------
    >>> rates = pd.DataFrame({"sex": ["F", "M", "F", "M"], "numerator": [10, 30, 12, 22],
    ...     "denominator": [100.0, 100.0, 120.0, 110.0]})
    >>> poisson(rates, terms=["sex"]).coefficients[["term", "rate_ratio"]].round(3)
              term  rate_ratio
    0  (intercept)       0.100
    1          sex       2.476
    """
    check_choice("penalty", penalty, PENALTIES)
    check_level(level)
    require_columns(frame, [numerator, denominator])
    events, exposure = numbers(frame, numerator), numbers(frame, denominator)
    check_exposure(events, exposure, frame.index)
    counts = Counts(events, exposure, None, proportion=False)
    design = build(frame, numerator, terms, cluster, counts=counts)
    return fitted(design, "poisson", penalty, float(level), "rate_ratio")


def profile_limits(
    fit: RegressionFit, *, terms: Sequence[str] | None = None, level: float | None = None
) -> pd.DataFrame:
    """Limits of each coefficient at which the likelihood falls by what chance allows.

    Parameters
    ----------
    fit : RegressionFit
        From `logistic` or `poisson`.
    terms : sequence of str, optional
        Terms wanted; all, with the intercept, if not given.
    level : float, optional
        Two-sided confidence level; that of the fit if not given.

    Returns
    -------
    DataFrame
        ``term``, ``level_name``, ``estimate``, ``low``, ``high`` (of the log ratio; infinite
        where the likelihood never falls so far), ``statistic`` (fall of twice the log likelihood
        at zero), ``p_value``, ``level``, ``method``. Clusters are not allowed for.

    Raises
    ------
    ValueError
        For a term that is not in the fit, or a level outside (0, 1).

    Notes
    -----
    Venzon and Moolgavkar (1988) Appl Stat 37:87; penalised as `logistic` says.

    Examples
    --------
    >>> seen = pd.DataFrame({"male": [1] * 20 + [0] * 20,
    ...     "seen": [1] * 15 + [0] * 5 + [1] * 5 + [0] * 15})
    >>> fit = logistic(seen, outcome="seen", terms=["male"])
    >>> profile_limits(fit, terms=["male"])[["estimate", "low", "high"]].round(3)
       estimate    low   high
    1     2.197  0.836  3.732
    """
    wanted = fit.level if level is None else check_level(level)
    names = fit.coefficients["term"]
    if terms is not None:
        absent = [name for name in terms if name not in set(names)]
        if absent:
            raise ValueError(f"{', '.join(map(repr, absent))}: not a term of the fit.")
    chosen = names.index[names.isin(terms)] if terms is not None else names.index
    fall = critical(wanted) ** 2
    found = [
        profiled(fit.design, fit.at, at, fall=fall, family=fit.family, penalised=fit.penalised)
        for at in chosen
    ]
    words = "penalised likelihood" if fit.penalised else "likelihood"
    return (
        fit.coefficients.loc[chosen, ["term", "level_name", "estimate"]]
        .assign(
            low=[one[0] for one in found],
            high=[one[1] for one in found],
            statistic=[one[2] for one in found],
            p_value=[Reference().two_sided(np.sqrt(one[2])) for one in found],
            level=float(wanted),
            method=f"{WORDS[fit.family]}; profile {words}",
        )
    )  # fmt: skip


def joint_tests(fit: RegressionFit) -> pd.DataFrame:
    """Test each term as a whole.

    Parameters
    ----------
    fit : RegressionFit
        From `logistic` or `poisson`.

    Returns
    -------
    DataFrame
        ``term``, ``statistic``, ``df``, ``df_denominator``, ``p_value``, ``method``: Wald's
        chi-squared; with clusters a term of one coefficient has the square of its t, with the
        degrees of freedom and p value of the table of coefficients, and one of several a quadratic
        form without a denominator. A term that is known from one cluster alone, or has more
        coefficients than the clusters less two, is NaN.

    Notes
    -----
    Wald (1943) Trans Am Math Soc 54:426. Several coefficients with clusters: the restricted wild
    cluster bootstrap of jackknifed scores of MacKinnon, Nielsen and Webb (2025) Econometric
    Reviews (arXiv 2406.00650), as a score test; see ``helpers.methods._wild.draws``. At ten
    clusters it rejects 4 to 6 of 100 also where their sizes differ, where approximate Hotelling
    tests (HTZ) reject 2 to 3.

    Examples
    --------
    >>> seen = pd.DataFrame({"male": [1] * 20 + [0] * 20,
    ...     "seen": [1] * 15 + [0] * 5 + [1] * 5 + [0] * 15})
    >>> fit = logistic(seen, outcome="seen", terms=["male"])
    >>> joint_tests(fit)[["term", "statistic", "df"]].round(3)
       term  statistic  df
    0  male      9.052   1
    """
    rows = [(term.name, *term_test(fit, list(term.columns))) for term in fit.design.terms]
    columns = ["term", "statistic", "df", "df_denominator", "p_value", "method"]
    return pd.DataFrame(rows, columns=columns)


def likelihood_tests(fit: RegressionFit) -> pd.DataFrame:
    """Likelihood-ratio test of each term as a whole; clusters are not allowed for.

    Parameters
    ----------
    fit : RegressionFit
        From `logistic` or `poisson`.

    Returns
    -------
    DataFrame
        ``term``, ``statistic``, ``df``, ``p_value``, ``method``; NaN where the other terms have
        no greatest likelihood. A term that is part of an interaction is not tested on its own.

    Notes
    -----
    Wilks (1938) Ann Math Stat 9:60; penalised: Heinze and Schemper (2002), with the penalty of
    all columns, as in the R package logistf.

    Examples
    --------
    >>> seen = pd.DataFrame({"male": [1] * 20 + [0] * 20,
    ...     "seen": [1] * 15 + [0] * 5 + [1] * 5 + [0] * 15})
    >>> fit = logistic(seen, outcome="seen", terms=["male"])
    >>> likelihood_tests(fit)[["term", "statistic", "df"]].round(3)
       term  statistic  df
    0  male     10.465   1
    """
    from scipy.special import chdtrc

    design, rows = fit.design, []
    crossed = {at for term in design.terms if term.kind == "interaction" for at in term.variables}
    words = "penalised likelihood ratio" if fit.penalised else "likelihood ratio"
    for term in design.terms:
        q = len(term.columns)
        if len(term.variables) == 1 and term.variables[0] in crossed:
            rows.append((term.name, np.nan, q, np.nan, "no test: part of an interaction"))
            continue
        lost = fallen(design, fit.at, term.columns, family=fit.family, penalised=fit.penalised)
        rows.append((term.name, lost, q, float(chdtrc(q, lost)), words))
    return pd.DataFrame(rows, columns=["term", "statistic", "df", "p_value", "method"])
