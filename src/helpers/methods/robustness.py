"""How far one comparison of a logistic model hangs on how it was made.

Functions
---------
Comparison, comparison
    Two levels of a term; one from its parts, or none.
estimators
    The comparison by other estimators and limits.
specification
    The comparison under every combination of outcomes, characteristics and estimators.
left_out
    The comparison without each part of the records in turn.
moved
    How far each cluster moves the comparison.
unmeasured
    What a characteristic that was not measured would have to be.
misclassified
    The comparison if some records of the outcome were wrong.
ranged
    The comparison with its range over all choices, as one finding.

``options`` is what `helpers.methods.models.fit` takes, but for the level. Nothing here chooses:
each table shows all that was tried.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from . import _model_fit, regression
from ._model_fit import NotFitted, nothing
from .regression import RegressionFit
from .specification import leave_one_out, specifications

SPECIFIED = ("Outcome and records", "Characteristics", "Estimator")
ESTIMATORS = {
    "clusters allowed for": {"cluster": True, "penalty": "if few"},
    "clusters not allowed for": {"cluster": False, "penalty": "if few"},
    "Firth's penalty": {"cluster": False, "penalty": "firth"},
}


@dataclass(frozen=True)
class Comparison:
    """Two levels of a term: the odds of ``level`` over those of ``against``.

    Parameters
    ----------
    term, level, against : str
        A term of the model, and two of its levels.

    Examples
    --------
    >>> Comparison("Service", "Learning disability", "Adult").words
    'Service: Learning disability against Adult'
    """

    term: str
    level: str
    against: str

    @property
    def words(self) -> str:
        """Say what is compared."""
        return f"{self.term}: {self.level} against {self.against}"


def comparison(term: str = "", level: str = "", against: str = "") -> Comparison | None:
    """Return a comparison, or None where no term is named.

    Parameters
    ----------
    term, level, against : str
        As for `Comparison`.

    Examples
    --------
    >>> comparison() is None
    True
    """
    return Comparison(term, level, against) if term else None


def _value(fit: RegressionFit, comparison: Comparison) -> dict[str, object]:
    """Odds ratio of a comparison with its limits; those of the profile where a fit has them."""
    table = fit.coefficients
    row = table[table["term"].eq(comparison.term) & table["level_name"].eq(comparison.level)]
    if len(row) and row["reference"].iloc[0] == comparison.against:
        one = row.iloc[0]
        found = {"value": one["odds_ratio"], **one[["low", "high", "df", "method"]].to_dict()}
    else:
        one = regression.contrast(
            fit, term=comparison.term, level_name=comparison.level, against=comparison.against
        ).iloc[0]
        found = one[["value", "low", "high", "df", "method"]].to_dict()
    return found | {"n": fit.n, "numerator": fit.events, "denominator": fit.n}


def _compared(
    options: Mapping[str, Any],
    comparison: Comparison,
    *,
    level: float,
    cluster: bool = True,
    penalty: str = "if few",
) -> dict[str, object] | str:
    """Odds ratio of a comparison, or why there is none."""
    try:
        fit = regression.logistic(
            options["frame"], outcome=options["outcome"], terms=options["terms"],
            cluster=options["cluster"] if cluster else None, penalty=penalty, level=level,
            profile=[comparison.term],
        )  # fmt: skip
        return _value(fit, comparison)
    except ValueError as error:
        return str(error)


def _refusal(
    options: Mapping[str, Any], comparison: Comparison | None, level: float
) -> str:
    """Why the headline model cannot be looked at, or an empty text."""
    if comparison is None or not options:
        return "The plan names no comparison, or there are no records."
    fitted = _model_fit.fit(**options, level=level)
    if isinstance(fitted, NotFitted):
        return fitted.reason
    kinds = {term.name: term.levels for term in fitted.design.terms}
    levels = kinds.get(comparison.term, ())
    if not {comparison.level, comparison.against} <= set(levels):
        return f"{comparison.words} is not in the model."
    return ""


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
    reason = _refusal(options, comparison, level)
    if reason:
        return nothing(reason, columns)
    every, within = "all records", "records of one cluster"
    ways = [
        ("the model of the notebook before", every, _compared(options, comparison, level=level)),
        ("maximum likelihood, clusters by CR2", every,
         _compared(options, comparison, level=level, penalty="if separated")),
        ("maximum likelihood, clusters by CR1", every, _plain(options, comparison, level)),
        ("maximum likelihood, clusters not allowed for", every,
         _compared(options, comparison, level=level, cluster=False, penalty="if separated")),
        ("Firth's penalty, profile limits, clusters not allowed for", every,
         _compared(options, comparison, level=level, cluster=False, penalty="firth")),
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


def specification(
    asked: Mapping[str, Mapping[str, Any]],
    sets: Mapping[str, Sequence[str]],
    comparison: Comparison | None,
    *,
    headline: tuple[str, str],
    level: float,
) -> pd.DataFrame:
    """Return a comparison under every combination of outcomes, characteristics and estimators.

    Parameters
    ----------
    asked : mapping
        Options of each model by its label.
    sets : mapping
        Terms of each set of characteristics by its label.
    comparison : Comparison
        What is compared.
    headline : tuple of str
        Labels of the model and the set that the findings are made from.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        As `helpers.methods.specification.specifications`; its choices are `SPECIFIED`.

    Examples
    --------
    >>> specification({}, {}, None, headline=("", ""), level=0.95).empty
    True
    """
    columns = [*SPECIFIED, "value", "low", "high", "n", "numerator", "denominator", "headline",
               "reason"]  # fmt: skip
    if comparison is None or not asked or not sets:
        return nothing("The plan names no comparison, or there are no records.", columns)

    def estimate(**chosen: Any) -> dict[str, object] | str:
        options, terms, way = (chosen[name] for name in SPECIFIED)
        held = [term for term in options["terms"] if term in set(terms)]
        return _compared({**options, "terms": held}, comparison, level=level, **way)

    made = specifications(
        estimate,
        dict(zip(SPECIFIED, (asked, sets, ESTIMATORS), strict=True)),
        headline=dict(zip(SPECIFIED, (*headline, next(iter(ESTIMATORS))), strict=True)),
    )
    return made.assign(level=level)


def left_out(
    options: Mapping[str, Any],
    comparison: Comparison | None,
    *,
    by: Sequence[str],
    level: float,
) -> pd.DataFrame:
    """Return a comparison without each value of some columns in turn.

    Parameters
    ----------
    options, comparison : mapping, Comparison
        What the model is fitted with, and what is compared.
    by : sequence of str
        Columns whose values are left out in turn.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        As `helpers.methods.specification.leave_one_out`, for each column in turn, nothing left out
        first and once.

    Examples
    --------
    >>> left_out({}, None, by=["Year"], level=0.95).empty
    True
    """
    columns = ["by", "left_out", "value", "low", "high", "n", "numerator", "denominator", "ratio",
               "headline", "reason"]  # fmt: skip
    reason = _refusal(options, comparison, level)
    if reason or not list(by):
        return nothing(reason or "The plan leaves nothing out.", columns)

    def estimate(frame: pd.DataFrame) -> dict[str, object] | str:
        held = [term for term in options["terms"] if len(frame[term].unique()) > 1]
        kept = {
            name: frame[name].cat.remove_unused_categories()
            for name in held
            if isinstance(frame[name].dtype, pd.CategoricalDtype)
        }
        return _compared(
            {**options, "frame": frame.assign(**kept), "terms": held}, comparison, level=level
        )

    parts = [leave_one_out(options["frame"], by=name, estimate=estimate) for name in by]
    rest = [part[~part["headline"].astype(bool)] for part in parts]
    made = pd.concat([parts[0][parts[0]["headline"].astype(bool)], *rest], ignore_index=True)
    return made[columns].assign(level=level)


def moved(
    fitted: RegressionFit | NotFitted,
    comparison: Comparison | None,
    *,
    names: Mapping[int, str],
    least: float = 0.25,
) -> pd.DataFrame:
    """Return the clusters that move a comparison most, by one step.

    Parameters
    ----------
    fitted : RegressionFit or NotFitted
        A clustered fit; the comparison must be one of its coefficients.
    comparison : Comparison
        What is compared.
    names : mapping
        Name of each cluster by its number.
    least : float
        Only clusters that move it by as many standard errors.

    Returns
    -------
    DataFrame
        ``left_out``, ``odds_ratio``, ``odds_ratio_without``, ``change_in_errors``, ``numerator``,
        ``denominator`` (of the cluster), in the order of the names, and ``method``.

    Examples
    --------
    >>> moved(NotFitted("No model."), None, names={}).attrs["reason"]
    'No model.'
    """
    from .model_fit import influence

    columns = ["left_out", "odds_ratio", "odds_ratio_without", "change_in_errors", "numerator",
               "denominator"]  # fmt: skip
    if isinstance(fitted, NotFitted) or comparison is None:
        return nothing(getattr(fitted, "reason", "The plan names no comparison."), columns)
    design, label = fitted.design, f"{comparison.term}: {comparison.level}"
    if label not in design.labels() or design.cluster is None:
        return nothing(f"{comparison.words} is not a coefficient of the model.", columns)
    probability = design.scaled @ fitted.at.estimate
    made = influence(
        design.events, design.trials, 1 / (1 + np.exp(-probability)), design.matrix,
        estimate=fitted.estimate, by=np.array([names[int(code)] for code in design.cluster]),
        names=design.labels(), std_error=fitted.coefficients["std_error"].fillna(np.inf).to_numpy(),
    )  # fmt: skip
    made = made[made["term"].eq(label) & made["change_in_errors"].abs().ge(least)]
    found = made.sort_values("left_out", ignore_index=True)[[*columns, "method"]]
    found.attrs["answer"] = f"No cluster moves it by {least:g} standard errors or more."
    return found


def unmeasured(
    coefficients: pd.DataFrame, *, names: Sequence[str], common: bool
) -> pd.DataFrame:
    """Return what a characteristic that was not measured would have to be, for named results.

    Parameters
    ----------
    coefficients : DataFrame
        As `helpers.methods.models.coefficients`.
    names : sequence of str
        Names of results.
    common : bool
        Whether the outcome is common (15% or more), so that odds ratios lie further from 1 than
        ratios of probabilities.

    Returns
    -------
    DataFrame
        ``term``, ``odds_ratio``, ``low``, ``high``, ``e_value``, ``e_value_limit``, ``method``.

    Notes
    -----
    VanderWeele and Ding (2017) Ann Intern Med 167:268; see `helpers.methods.unmeasured`.

    Examples
    --------
    >>> odds = pd.DataFrame({"name": ["x"], "odds_ratio": [4.0], "low": [2.25], "high": [9.0]})
    >>> unmeasured(odds, names=["x"], common=True)["e_value"].round(2).tolist()
    [3.41]
    """
    from .unmeasured import e_values

    columns = ["term", "odds_ratio", "low", "high", "e_value", "e_value_limit", "method"]
    chosen = coefficients[coefficients["name"].isin(list(names))]
    if chosen.empty:
        return nothing(coefficients.attrs.get("reason", "No result is named."), columns)
    place = {name: at for at, name in enumerate(names)}
    order = chosen["name"].map(place).sort_values(kind="stable").index
    made = e_values(
        chosen.loc[order], measure="odds_ratio", outcome="common" if common else "rare",
        value="odds_ratio",
    )  # fmt: skip
    made = made.assign(term=made["name"], method=made["e_value_method"])
    return made[columns].reset_index(drop=True)


def misclassified(
    options: Mapping[str, Any],
    comparison: Comparison | None,
    *,
    sensitivity: tuple[float, float],
    specificity: tuple[float, float],
    seed: int,
    level: float,
    draws: int = 10_000,
) -> pd.DataFrame:
    """Return a comparison, not adjusted, if some records of the outcome were wrong.

    Parameters
    ----------
    options, comparison : mapping, Comparison
        What the model is fitted with, and what is compared.
    sensitivity, specificity : tuple of float
        Least and greatest value thought possible, each value between them as likely as another;
        drawn for each group by itself, with a correlation of 0.8.
    seed : int
        Of the draws.
    level : float
        Two-sided level of the limits.
    draws : int
        How many.

    Returns
    -------
    DataFrame
        ``estimate`` ("as recorded", "allowing for errors in the record", "allowing for errors and
        chance"), ``value`` (odds ratio), ``low``, ``high``, ``draws``, ``impossible``,
        ``share_impossible``, ``numerator``, ``denominator``, ``level``, ``method``.

    Notes
    -----
    Fox, Lash and Greenland (2005) Int J Epidemiol 34:1370; see `helpers.methods.misclassified`.

    Examples
    --------
    >>> misclassified({}, None, sensitivity=(1, 1), specificity=(1, 1), seed=1, level=0.9).empty
    True
    """
    from .misclassified import Fixed, Trapezoidal, bias_analysis

    columns = ["estimate", "value", "low", "high", "draws", "impossible", "share_impossible",
               "numerator", "denominator", "level", "method"]  # fmt: skip
    reason = _refusal(options, comparison, level)
    if reason:
        return nothing(reason, columns)
    frame = options["frame"]
    held = frame[frame[comparison.term].astype("str").isin([comparison.level, comparison.against])]
    counts = (
        held.assign(group=held[comparison.term].astype("str"))
        .groupby("group", as_index=False)[options["outcome"]]
        .agg(numerator="sum", denominator="size")
    )

    def rates(ends: tuple[float, float]) -> dict[str, Fixed | Trapezoidal]:
        low, high = ends
        one = Fixed(low) if low == high else Trapezoidal(low, low, high, high)
        return {comparison.level: one, comparison.against: one}

    found = bias_analysis(
        counts, group="group", sensitivity=rates(sensitivity), specificity=rates(specificity),
        seed=seed, reference=comparison.against, draws=draws, level=level,
    ).comparisons  # fmt: skip
    return found.reindex(columns=columns)


def ranged(
    summary: pd.DataFrame, every: pd.DataFrame, comparison: Comparison | None
) -> pd.DataFrame:
    """Return a comparison with its range over all choices, as one finding.

    Parameters
    ----------
    summary : DataFrame
        As `helpers.methods.specification.summary`.
    every : DataFrame
        As `specification`.
    comparison : Comparison
        What is compared.

    Returns
    -------
    DataFrame
        One row: the summary with ``words``, ``numerator`` and ``denominator`` of the headline, or
        none without a comparison.

    Examples
    --------
    >>> ranged(pd.DataFrame(), pd.DataFrame(), None).empty
    True
    """
    if comparison is None or every.empty:
        return nothing(every.attrs.get("reason", "The plan names no comparison."), ["words"])
    head = every[every["headline"].astype(bool)].iloc[0]
    counts = {name: head[name] for name in ("numerator", "denominator", "level")}
    return summary.assign(words=comparison.words, **counts)
