"""A logistic model whose missing characteristics are imputed, as tidy tables.

Functions
---------
missing
    How many values were not recorded, by outcome.
completed
    The completed frames, or the reason why there are none.
beside
    Odds ratios of complete records beside those of the completed frames.
settled, traces
    Whether the chains of the imputation settled; the chains themselves.
shifted
    A comparison if what was not recorded differs from what was.

``options`` is what `helpers.methods.models.fit` takes, but for the level, with ``columns`` (the
characteristics that take part).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from . import missing_data, regression
from ._checks import Floats
from ._model_fit import NotFitted, nothing
from .missing_data import Imputed
from .robustness import Comparison

ANY = "(any of them)"
NONE = "Nothing is missing of these records: there is nothing to impute."


def missing(options: Mapping[str, Any], *, level: float) -> pd.DataFrame:
    """Return how many values of each characteristic were not recorded, by outcome.

    Parameters
    ----------
    options : mapping
        With frame, columns and outcome.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        As `helpers.methods.missing_data.missingness`, ``outcome`` in words; characteristics that
        were recorded of every record have no row.

    Examples
    --------
    >>> missing({}, level=0.95).empty
    True
    """
    columns = ["column", "outcome", "numerator", "denominator", "value", "low", "high",
               "difference", "difference_low", "difference_high"]  # fmt: skip
    if not options or not options["columns"]:
        return nothing("The plan imputes nothing, or there are no records.", columns)
    made = missing_data.missingness(
        options["frame"], columns=options["columns"], outcome=options["outcome"], level=level
    )
    some = made.groupby("column")["numerator"].transform("max").gt(0)
    made = made[some]
    if made["column"].nunique() == 2:  # one of them, and any of them: the same records
        made = made[made["column"].ne(ANY)]
    made = made.reset_index(drop=True)
    made.attrs["answer"] = "Every characteristic was recorded of every record."
    words = {"0": "without the outcome", "1": "with the outcome", "all": "all records"}
    told = made["outcome"].map(lambda name: words.get(str(name), name))
    return made.assign(outcome=told)


def completed(
    options: Mapping[str, Any], *, imputations: int, iterations: int, seed: int
) -> Imputed | NotFitted:
    """Return the completed frames, or the reason why there are none.

    Parameters
    ----------
    options : mapping
        With frame, columns and outcome.
    imputations, iterations, seed : int
        See `helpers.methods.missing_data.impute`.

    Examples
    --------
    >>> completed({}, imputations=5, iterations=5, seed=1).reason
    'The plan imputes nothing, or there are no records.'
    """
    if not options or not options["columns"]:
        return NotFitted("The plan imputes nothing, or there are no records.")
    if not options["frame"][options["columns"]].isna().any(axis=None):
        return NotFitted(NONE)
    try:
        return missing_data.impute(
            options["frame"], columns=options["columns"], outcome=options["outcome"],
            imputations=imputations, iterations=iterations, seed=seed,
        )  # fmt: skip
    except ValueError as error:
        return NotFitted(f"No imputation: {error}")


def _model(options: Mapping[str, Any]) -> Any:
    """Return the fit of a completed frame: names, estimates, covariance."""

    def fit(frame: pd.DataFrame) -> tuple[Sequence[str], Floats, Floats]:
        made = regression.logistic(
            frame, outcome=options["outcome"], terms=options["terms"], cluster=options["cluster"],
            penalty="if few", profile=[],
        )  # fmt: skip
        return made.design.labels(), made.estimate, made.covariance.to_numpy()

    return fit


def _clusters(options: Mapping[str, Any]) -> float:
    """Degrees of freedom of the model if nothing were missing: clusters less one."""
    return float(options["frame"][options["cluster"]].nunique() - 1)


def _exponentiated(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(**{name: np.exp(frame[name]) for name in ("value", "low", "high")})


def beside(
    imputed: Imputed | NotFitted, options: Mapping[str, Any], *, level: float
) -> pd.DataFrame:
    """Return odds ratios of complete records beside those of the completed frames.

    Parameters
    ----------
    imputed : Imputed or NotFitted
        As `completed` returns it.
    options : mapping
        What the model is fitted with.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        ``term``, ``records`` ("complete records", "all records, imputed"), ``value`` (odds ratio),
        ``low``, ``high``, ``df``, ``denominator``, ``level``, ``method``; the intercept has no
        row.

    Notes
    -----
    Rubin's rules with the degrees of freedom of Barnard and Rubin (1999) Biometrika 86:948, those
    of complete data being clusters less one.

    Examples
    --------
    >>> beside(NotFitted(NONE), {}, level=0.95).attrs["reason"] == NONE
    True
    """
    columns = ["term", "records", "value", "low", "high", "df", "denominator", "level", "method"]
    if isinstance(imputed, NotFitted):
        return nothing(imputed.reason, columns)
    try:
        made = missing_data.beside_complete(
            imputed, fit=_model(options), level=level, df_complete=_clusters(options)
        )
    except ValueError as error:
        return nothing(f"No model: {error}", columns)
    half = len(made) // 2
    names = ["complete records"] * half + ["all records, imputed"] * (len(made) - half)
    made = _exponentiated(made.assign(records=names, place=made.groupby("term").ngroup()))
    order = {term: at for at, term in enumerate(dict.fromkeys(made["term"]))}
    made = made.assign(place=made["term"].map(order))
    made = made.sort_values(["place", "records"], ascending=[True, False])
    return made.loc[made["term"].ne("(intercept)"), columns].reset_index(drop=True)


def settled(imputed: Imputed | NotFitted) -> pd.DataFrame:
    """Return whether the chains settled, and what was put in beside what was recorded.

    Parameters
    ----------
    imputed : Imputed or NotFitted
        As `completed` returns it.

    Returns
    -------
    DataFrame
        The convergence of `helpers.methods.missing_data.diagnostics` joined with the distributions
        of what was recorded and what was put in.

    Examples
    --------
    >>> settled(NotFitted(NONE)).empty
    True
    """
    if isinstance(imputed, NotFitted):
        return nothing(imputed.reason, ["column", "statistic", "ratio", "settled"])
    found = missing_data.diagnostics(imputed)
    keys = [name for name in ("column", "level_name", "statistic") if name in found.distributions]
    return found.convergence.merge(found.distributions, on=keys, how="left", suffixes=("", "_put"))


def traces(imputed: Imputed | NotFitted) -> pd.DataFrame:
    """Return the chains of the imputation, step by step.

    Parameters
    ----------
    imputed : Imputed or NotFitted
        As `completed` returns it.

    Returns
    -------
    DataFrame
        ``chain``, ``iteration``, ``column``, ``level_name``, ``statistic``, ``value``; of a
        characteristic with two levels, only the last.

    Examples
    --------
    >>> traces(NotFitted(NONE)).empty
    True
    """
    columns = ["chain", "iteration", "column", "level_name", "statistic", "value"]
    if isinstance(imputed, NotFitted):
        return nothing(imputed.reason, columns)
    made = imputed.trace
    last = made.groupby("column")["level_name"].transform("last")
    count = made.groupby("column")["level_name"].transform("nunique")
    return made[count.ne(2) | made["level_name"].eq(last)][columns].reset_index(drop=True)


def shifted(
    options: Mapping[str, Any],
    comparison: Comparison | None,
    *,
    column: str,
    shifts: Sequence[float],
    imputations: int,
    iterations: int,
    seed: int,
    level: float,
) -> pd.DataFrame:
    """Return a comparison if values that were not recorded differ from those that were.

    Parameters
    ----------
    options, comparison : mapping, Comparison
        What the model is fitted with, and what is compared.
    column : str
        The characteristic whose missing values are shifted; empty: none.
    shifts : sequence of float
        Log odds added to those of its last level when a value is put in.
    imputations, iterations, seed, level
        As for `completed` and `beside`.

    Returns
    -------
    DataFrame
        ``delta``, ``observed`` and ``imputed`` (share of the level among recorded values and among
        those put in), ``value`` (odds ratio), ``low``, ``high``, ``numerator`` (missing values),
        ``denominator``, ``level``, ``method``.

    Examples
    --------
    >>> shifted({}, None, column="", shifts=[0.0], imputations=2, iterations=2, seed=1,
    ...     level=0.95).empty
    True
    """
    columns = ["delta", "observed", "imputed", "value", "low", "high", "numerator", "denominator",
               "level", "method"]  # fmt: skip
    if not options or comparison is None or not column:
        return nothing("The plan shifts nothing, or there are no records.", columns)
    held = options["frame"][column]
    if not held.isna().any():
        return nothing(NONE, columns)
    last = held.cat.categories[-1] if isinstance(held.dtype, pd.CategoricalDtype) else 1
    try:
        made = missing_data.tilt(
            options["frame"], columns=options["columns"], outcome=options["outcome"],
            column=column, deltas=list(shifts), fit=_model(options), level_name=last,
            imputations=imputations, iterations=iterations, seed=seed, level=level,
            df_complete=_clusters(options),
        )  # fmt: skip
    except ValueError as error:
        return nothing(f"No imputation: {error}", columns)
    label = f"{comparison.term}: {comparison.level}"
    return _exponentiated(made[made["term"].eq(label)])[columns].reset_index(drop=True)
