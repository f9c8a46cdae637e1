"""Cox's proportional-hazards model on counted records.

Functions
---------
cox
    Fit hazard ratios of categorical, binary and numeric terms.
global_tests
    Likelihood-ratio, Wald and score tests of all coefficients.
joint_tests
    Wald test of each term as a whole.
baseline_hazard
    Cumulative hazard with every term at its reference or at zero.
predicted_survival
    Share still without the event for given values of the terms.
residuals
    Martingale and deviance residuals of rows.
concordance
    Share of pairs whose order the model gets right.

Rows that agree in all terms, times and flags are counted once, so that the cost of a fit depends
on the patterns that occur and not on the number of records.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import Floats, check_choice, check_level, refuse, require_columns
from ._cox_curves import baseline_hazard, predicted_survival
from ._cox_design import CoxDesign, designed
from ._cox_fit import Columns, CoxFit, score_sums
from ._cox_records import Clock, Times, counted, labelled_codes, times
from ._cox_residuals import concordance, residuals
from ._cox_table import alone_in_cluster, coefficient_table, level_counts
from ._exact_ties import evaluate_exact
from ._partial_likelihood import Point, evaluate, maximum
from ._patterns import Codes, coded
from ._risk_sets import RiskSets

__all__ = [
    "CoxFit",
    "baseline_hazard",
    "concordance",
    "cox",
    "global_tests",
    "joint_tests",
    "predicted_survival",
    "residuals",
]

Ties = Literal["efron", "breslow", "exact"]
TIES = ("efron", "breslow", "exact")


def _check_names(terms: Sequence[str], others: Sequence[str]) -> None:
    if isinstance(terms, str) or not list(terms) or len(set(terms)) < len(list(terms)):
        raise ValueError(f"terms must be a list of different column names; got {terms!r}.")
    both = [name for name in terms if name in others]
    if both:
        raise ValueError(
            f"{', '.join(map(repr, both))}: a time, a flag, a number of records or strata cannot "
            "be a term as well."
        )


def _check_people(frame: pd.DataFrame, person: str, records: Times) -> None:
    """Refuse rows of one person that overlap, or that follow an event."""
    entry = np.full(len(frame), -np.inf) if records.entry is None else records.entry
    code = pd.factorize(frame[person], use_na_sentinel=False)[0]
    order = np.lexsort((records.exit, code))
    same = np.r_[False, code[order][1:] == code[order][:-1]]
    before = np.roll(order, 1)
    overlap, after = np.zeros(len(frame), dtype=bool), np.zeros(len(frame), dtype=bool)
    overlap[order] = same & (entry[order] < records.exit[before])
    after[order] = same & records.event[before]
    refuse(overlap, frame.index, f"it overlaps another row of the same {person!r}")
    refuse(after, frame.index, f"it follows the event of the same {person!r}")


@dataclass(frozen=True, eq=False)
class _Prepared:
    """Counted records of a fit, the cluster of each cell, and rows left out."""

    design: CoxDesign
    risk: RiskSets
    clock: Clock
    cluster: Codes | None
    groups: int
    dropped: int


def _prepared(
    frame: pd.DataFrame,
    terms: Sequence[str],
    columns: Columns,
    cluster: str | None,
    person: str | None,
    weights: str | None,
) -> _Prepared:
    """Check the rows and count them."""
    names = (columns.duration, columns.observed, columns.entry, columns.strata, weights)
    others = [name for name in names if name]
    _check_names(terms, others)
    require_columns(frame, [*others, *terms, *(name for name in (cluster, person) if name)])
    records = times(frame, columns.duration, columns.observed, columns.entry, weights)
    if person:
        _check_people(frame, person, records)
    codes, values, used = coded(frame, terms)
    stratum, strata = labelled_codes(frame, columns.strata)
    group, groups = labelled_codes(frame, cluster)
    for code in (stratum, group):
        used = used if code is None else used & (code >= 0)
    left = ~used if records.count is None else np.where(used, 0.0, records.count)
    if records.count is not None:
        used = used & (records.count > 0)
    if not used.all():
        records, codes = records.part(used), [code[used] for code in codes]
        stratum, group = (None if code is None else code[used] for code in (stratum, group))
    if not records.event.any():
        raise ValueError(
            f"Of {len(frame)} rows, {int(used.sum())} have no missing value, and none of them has "
            f"the event {columns.observed!r}."
        )
    if group is not None and (group == group[0]).all():
        raise ValueError(
            f"All rows belong to one cluster of {cluster!r}; clustered limits need several."
        )
    design, pattern = designed(frame, terms, codes, values, records.count)
    risk, clock, cells = counted(records, pattern, stratum, strata, group)
    return _Prepared(design, risk, clock, cells, len(groups), int(left.sum()))


def _method(ties: str, strata: str | None, clusters: int | None, late: bool) -> str:
    name = {"efron": "Efron's", "breslow": "Breslow's", "exact": "exact"}[ties]
    words = f"Cox model, partial likelihood, {name} treatment of ties"
    words += ", delayed entry" if late else ""
    words += f", stratified by {strata}" if strata else ""
    if clusters is None:
        return f"{words}; model-based covariance, normal limits"
    return (
        f"{words}; cluster-robust covariance (score residuals summed over {clusters} clusters, no "
        "small-sample factor), normal limits"
    )


def cox(
    frame: pd.DataFrame,
    *,
    terms: Sequence[str],
    duration: str = "days",
    observed: str = "observed",
    entry: str | None = None,
    strata: str | None = None,
    cluster: str | None = None,
    person: str | None = None,
    weights: str | None = None,
    ties: Ties = "efron",
    level: float = 0.95,
) -> CoxFit:
    """Fit Cox's proportional-hazards model by partial likelihood.

    Parameters
    ----------
    frame : DataFrame
        One row per record, or per period of a person whose terms change; not changed. Rows with
        a missing term, stratum or cluster are left out and counted.
    terms : sequence of str
        Columns. A pandas categorical has its first category as reference, text its first value in
        sorted order; flags and 0/1 numbers are binary; other numbers enter linearly.
    duration, observed : str
        Columns of times (zero allowed) and of flags: 1 or True when the event was seen.
    entry : str, optional
        Column of times after which a record is at risk, up to and including its duration: one
        that enters on a day is not at risk on that day.
    strata : str, optional
        Column whose values have a baseline hazard each.
    cluster : str, optional
        Column whose values define clusters, for cluster-robust limits.
    person : str, optional
        Column that names the person of each row, to check that rows of one person do not overlap
        and that none follows the event.
    weights : str, optional
        Column of whole numbers: the records that a row stands for.
    ties : {"efron", "breslow", "exact"}
        Treatment of events on the same day. "exact" is slow where many share a day.
    level : float
        Two-sided confidence level.

    Returns
    -------
    CoxFit
        Coefficients with hazard ratios, covariance, log-likelihoods and counts.

    Raises
    ------
    ValueError
        For missing columns, missing or negative durations, flags other than 0 and 1, an entry
        not before the duration, numbers of records that are not whole, no events, a level without
        events, a constant term, collinear terms, a single cluster, a hazard ratio without finite
        estimate (monotone likelihood), too many ties for "exact", or no convergence. The sentence
        names the rows or the term.

    Notes
    -----
    Cox (1972) JRSS B 34:187; ties: Efron (1977) JASA 72:557, Breslow (1974) Biometrics 30:89,
    exact: the discrete likelihood of Cox (1972) by Gail, Lubin and Rubinstein (1981) Biometrika
    68:703. Clusters: Lin and Wei (1989) JASA 84:1074, without a small-sample factor, so that
    limits are too narrow with few clusters; a level or reference in one cluster has none. Numbers
    are centred and scaled inside, and given back on their own scales.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> found = cox(waits, terms=["prison"]).coefficients
    >>> found[["term", "value", "numerator", "denominator"]].round(3)
         term  value  numerator  denominator
    0  prison  2.924          2            3
    """
    check_level(level)
    check_choice("ties", ties, TIES)
    if ties == "exact" and cluster:
        raise ValueError("Cluster-robust limits are not defined here for ties='exact'.")
    columns = Columns(duration, observed, entry, strata)
    made = _prepared(frame, terms, columns, cluster, person, weights)
    design, risk = made.design, made.risk
    counts, alone = level_counts(design, risk), alone_in_cluster(design, risk, made.cluster)

    def likelihood(estimate: Floats) -> Point:
        if ties == "exact":
            return evaluate_exact(risk, design.matrix, estimate)
        return evaluate(risk, design.matrix, estimate, efron=ties == "efron")

    labels = design.labels()
    scaled, at, null, taken = maximum(likelihood, risk, design.matrix, labels)
    back = 1.0 / np.outer(design.spread, design.spread)
    inverse = np.linalg.inv(at.information)
    robust = inverse
    if made.cluster is not None:
        half = score_sums(risk, design.matrix, at, made.cluster, made.groups) @ inverse
        robust = half.T @ half
    clusters = None if made.cluster is None else int(np.unique(made.cluster).size)
    method = _method(ties, strata, clusters, entry is not None)
    covariance = robust * back
    return CoxFit(
        coefficients=coefficient_table(
            design, scaled / design.spread, covariance, counts, alone, float(level), method
        ),
        n=int(risk.count.sum()),
        events=int(risk.tied.sum()),
        clusters=clusters,
        parameters=design.columns,
        covariance=pd.DataFrame(covariance, index=labels, columns=labels),
        model_covariance=pd.DataFrame(inverse * back, index=labels, columns=labels),
        dropped=made.dropped,
        log_likelihood=at.value,
        log_likelihood_null=null.value,
        score=float(null.gradient @ np.linalg.solve(null.information, null.gradient)),
        iterations=taken,
        level=float(level),
        ties=ties,
        method=method,
        columns=columns,
        design=design,
        risk=risk,
        clock=made.clock,
        at=at,
        cluster=made.cluster,
    )


def global_tests(fit: CoxFit) -> pd.DataFrame:
    """Likelihood-ratio, Wald and score tests that no term matters.

    Parameters
    ----------
    fit : CoxFit
        From `cox`.

    Returns
    -------
    DataFrame
        ``test``, ``statistic``, ``df``, ``p_value``, ``method``. The likelihood-ratio and score
        tests do not allow for clusters, and are NaN where there are any.

    Notes
    -----
    All three are chi-squared; see Klein and Moeschberger (2003) Survival Analysis, section 8.3.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> global_tests(cox(waits, terms=["prison"]))[["test", "statistic", "df"]].round(3)
                   test  statistic  df
    0  likelihood ratio      0.811   1
    1              Wald      0.754   1
    2             score      0.825   1
    """
    from scipy.special import chdtrc

    estimate, lost = fit.estimate, fit.clusters is not None
    wald = _wald(fit, list(range(fit.parameters)))
    found = {
        "likelihood ratio": 2.0 * (fit.log_likelihood - fit.log_likelihood_null),
        "Wald": wald,
        "score": fit.score,
    }
    statistic = [np.nan if lost and name != "Wald" else value for name, value in found.items()]
    return pd.DataFrame({"test": list(found), "statistic": statistic, "df": estimate.size}).assign(
        p_value=lambda made: chdtrc(made["df"], made["statistic"]), method=fit.method
    )


def _wald(fit: CoxFit, at: list[int]) -> float:
    part, estimate = fit.covariance.to_numpy()[np.ix_(at, at)], fit.estimate[at]
    if fit.coefficients["std_error"].iloc[at].isna().any():
        return float("nan")
    return float(estimate @ np.linalg.pinv(part, hermitian=True) @ estimate)


def joint_tests(fit: CoxFit) -> pd.DataFrame:
    """Wald test of each term as a whole.

    Parameters
    ----------
    fit : CoxFit
        From `cox`.

    Returns
    -------
    DataFrame
        ``term``, ``statistic`` (chi-squared), ``df``, ``p_value``, ``method``. A term with more
        coefficients than there are clusters less one, or with a level that lies in one cluster,
        cannot be tested and is NaN.

    Notes
    -----
    Wald (1943) Trans Am Math Soc 54:426, with the covariance of the fit.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> joint_tests(cox(waits, terms=["prison"]))[["term", "statistic", "df"]].round(3)
         term  statistic  df
    0  prison      0.754   1
    """
    from scipy.special import chdtrc

    rows = []
    for term in (part.term for part in fit.design.terms):
        at = list(term.columns)
        few = fit.clusters is not None and len(at) > fit.clusters - 1
        wald = np.nan if few else _wald(fit, at)
        rows.append((term.name, wald, len(at), float(chdtrc(len(at), wald))))
    made = pd.DataFrame(rows, columns=["term", "statistic", "df", "p_value"])
    return made.assign(method=f"Wald chi-squared; {fit.method}")
