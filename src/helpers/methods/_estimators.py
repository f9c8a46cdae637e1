"""A comparison by other estimators and other limits.

Functions
---------
estimators
    The comparison by each of them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from . import _model_fit, regression
from ._comparison import Comparison, compared, refusal
from ._model_fit import NotFitted, nothing


def estimators(
    options: Mapping[str, Any],
    comparison: Comparison | None,
    *,
    level: float,
    replicates: int,
    seed: int,
) -> pd.DataFrame:
    """Return a comparison by other estimators and other limits.

    Parameters
    ----------
    options, comparison : mapping, Comparison
        What the model is fitted with, and what is compared.
    level : float
        Two-sided confidence level.
    replicates, seed : int
        Of the resampling of clusters.

    Returns
    -------
    DataFrame
        One row a way: ``estimator``, ``compares`` (of whom it speaks), ``value`` (odds ratio),
        ``low``, ``high``, ``df``, ``numerator``, ``denominator``, ``level``, ``reason`` (why there
        is none) and ``method``. Empty, with the reason, where there is no model.

    Notes
    -----
    CR1 is shown because it is what most programs give; with few clusters its limits are too
    narrow (Cameron and Miller 2015, J Hum Resour 50:317).

    Examples
    --------
    >>> estimators({}, None, level=0.95, replicates=10, seed=1).attrs["reason"]
    'The plan names no comparison, or there are no records.'
    """
    columns = ["estimator", "compares", "value", "low", "high", "df", "numerator", "denominator",
               "level", "reason", "method"]  # fmt: skip
    reason = refusal(options, comparison, level)
    if reason:
        return nothing(reason, columns)
    every, within = "all records", "records of one cluster"
    ways = [
        ("the model of the notebook before", every, compared(options, comparison, level=level)),
        ("maximum likelihood, clusters by CR2", every,
         compared(options, comparison, level=level, penalty="if separated")),
        ("maximum likelihood, clusters by CR1", every, _plain(options, comparison, level)),
        ("maximum likelihood, clusters not allowed for", every,
         compared(options, comparison, level=level, cluster=False, penalty="if separated")),
        ("Firth's penalty, profile limits, clusters not allowed for", every,
         compared(options, comparison, level=level, cluster=False, penalty="firth")),
        ("estimating equations, equal correlation in clusters", every,
         _other(options, comparison, level, "gee")),
        ("random intercept of each cluster", within,
         _other(options, comparison, level, "random_intercept")),
        ("clusters resampled", every, _resampled(options, comparison, level, replicates, seed)),
    ]  # fmt: skip
    rows = []
    for name, of, found in ways:
        held = {"reason": found} if isinstance(found, str) else found
        rows.append({"estimator": name, "compares": of, "reason": "", "level": level, **held})
    return pd.DataFrame(rows).reindex(columns=columns)


def _plain(
    options: Mapping[str, Any], comparison: Comparison, level: float
) -> dict[str, object] | str:
    """CR1 with t on one df fewer than clusters."""
    try:
        fit = regression.logistic(
            options["frame"], outcome=options["outcome"], terms=options["terms"],
            cluster=options["cluster"], level=level,
        )  # fmt: skip
    except ValueError as error:
        return str(error)
    design = fit.design
    at = design.find(comparison.term)
    levels = design.variables[at].levels
    one, two = (
        design.changed(at, code=levels.index(name))[0]
        for name in (comparison.level, comparison.against)
    )
    scaled = np.linalg.solve(design.back, fit.estimate)
    row = fit.robust.table(scaled, [(one - two) @ design.back], kind="CR1", level=level).iloc[0]
    found = {name: float(np.exp(row[old])) for name, old in
             (("value", "estimate"), ("low", "low"), ("high", "high"))}  # fmt: skip
    counts = {"numerator": fit.events, "denominator": fit.n, "df": row["df"]}
    return found | counts | {"method": row["method"], "reason": row["reason"]}


def _other(
    options: Mapping[str, Any], comparison: Comparison, level: float, way: str
) -> dict[str, object] | str:
    """GEE, or a random intercept; the comparison as a coefficient."""
    from . import clustered

    frame = options["frame"]
    held = frame[comparison.term].astype("str")
    order = [comparison.against, *sorted(set(held) - {comparison.against})]
    frame = frame.assign(**{comparison.term: pd.Categorical(held, order)})
    try:
        fit = getattr(clustered, way)(
            frame, outcome=options["outcome"], terms=options["terms"], cluster=options["cluster"],
            level=level,
        )  # fmt: skip
    except ValueError as error:
        return str(error)
    table = fit.coefficients
    row = table[table["term"].eq(comparison.term) & table["level_name"].eq(comparison.level)]
    one = row.iloc[0]
    return {
        "value": one["odds_ratio"], "low": one["low"], "high": one["high"],
        "numerator": fit.events, "denominator": fit.n, "method": one["method"],
        "reason": one["reason"],
    }  # fmt: skip


def _resampled(
    options: Mapping[str, Any], comparison: Comparison, level: float, replicates: int, seed: int
) -> dict[str, object] | str:
    """Percentile limits over resampled clusters."""
    fit = _model_fit.fit(**options, level=level)
    if isinstance(fit, NotFitted):
        return fit.reason
    made = regression.cluster_bootstrap(fit, replicates=replicates, seed=seed, level=level)
    row = made[made["term"].eq(comparison.term) & made["level_name"].eq(comparison.level)]
    if not len(row) or row["reference"].iloc[0] != comparison.against:
        return "the level compared with is not the reference of the model"
    one = row.iloc[0]
    words = f"{one['method']}, {one['replicates']} draws, {one['failed']} without a fit"
    return {
        "value": one["value"], "low": one["low"], "high": one["high"],
        "numerator": fit.events, "denominator": fit.n, "method": words,
    }  # fmt: skip
