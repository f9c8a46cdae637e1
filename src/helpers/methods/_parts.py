"""A comparison within, and without, parts of the records.

Functions
---------
subgroups
    Within the levels of other characteristics.
left_out
    Without each part in turn.
moved
    How far each cluster moves it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from . import regression
from ._comparison import Comparison, compared, refusal
from ._fitting import term_test
from ._model_fit import NotFitted, nothing
from ._patterns import label
from ._terms import Interaction
from .adjust import holm
from .regression import RegressionFit
from .specification import leave_one_out


def subgroups(
    options: Mapping[str, Any],
    comparison: Comparison | None,
    *,
    by: Sequence[str],
    level: float,
) -> pd.DataFrame:
    """Return a comparison within the levels of other characteristics, and whether it differs.

    Parameters
    ----------
    options, comparison : mapping, Comparison
        What the model is fitted with, and what is compared; with the reference of its term.
    by : sequence of str
        Characteristics with levels.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row a level of each characteristic: ``by``, ``level_name``, ``value`` (odds ratio of
        the comparison within it), ``low``, ``high``, ``statistic`` and ``adjusted_p`` (of the test
        that it is the same within each level, adjusted for the number of characteristics; Holm
        1979), ``numerator``, ``denominator`` (records of the level compared), ``level``, ``reason``
        and ``method``.

    Notes
    -----
    One model with an interaction for each characteristic: what differs between subgroups is read
    from the test of the interaction, never from limits that hold 1 in one and not in another.

    Examples
    --------
    >>> subgroups({}, None, by=["Sex"], level=0.95).empty
    True
    """
    columns = ["by", "level_name", "value", "low", "high", "statistic", "adjusted_p", "numerator",
               "denominator", "level", "reason", "method"]  # fmt: skip
    reason = refusal(options, comparison, level)
    if reason or not list(by):
        return nothing(reason or "The plan names no subgroups.", columns)
    parts = [_within(options, comparison, name, level) for name in by]
    made = pd.concat(parts, ignore_index=True)
    tests = made.drop_duplicates("by").set_index("by")["p_value"]
    adjusted = pd.Series(holm(tests.to_numpy(dtype=float)), index=tests.index)
    return made.assign(adjusted_p=made["by"].map(adjusted), level=level).reindex(columns=columns)


def _within(
    options: Mapping[str, Any], comparison: Comparison, by: str, level: float
) -> pd.DataFrame:
    """Comparison within each level of one characteristic."""
    frame, term = options["frame"], comparison.term
    held = frame[frame[term].astype("str").eq(comparison.level)]
    counts = held.groupby(by, observed=False)[options["outcome"]].agg(["sum", "size"])
    counts.index = counts.index.map(lambda value: label(value))
    try:
        fit = regression.logistic(
            frame, outcome=options["outcome"],
            terms=[*options["terms"], Interaction(term, by)], cluster=options["cluster"],
            penalty="if few", profile=[], level=level,
        )  # fmt: skip
    except ValueError as error:
        return pd.DataFrame({"by": [by], "level_name": "", "reason": str(error), "p_value": np.nan})
    variable = fit.design.variables[fit.design.find(by)]
    (crossed,) = [part for part in fit.design.terms if part.kind == "interaction"]
    statistic, _, _, p_value, tested = term_test(fit, crossed.columns)
    rows = []
    for at, name in enumerate(variable.levels):
        weights = {f"{term}: {comparison.level}": 1.0}
        if at:
            inner = name if variable.kind == "categorical" else ""
            parts = " x ".join(part for part in (comparison.level, inner) if part)
            weights[f"{crossed.name}: {parts}"] = 1.0
        one = regression.contrast(fit, weights=weights, level=level).iloc[0]
        some, many = counts.reindex([name]).fillna(0).iloc[0]
        rows.append((by, name, one["value"], one["low"], one["high"], statistic, p_value,
                     int(some), int(many), "", f"{fit.method}; interaction: {tested}"))  # fmt: skip
    return pd.DataFrame(rows, columns=["by", "level_name", "value", "low", "high", "statistic",
                                       "p_value", "numerator", "denominator", "reason",
                                       "method"])  # fmt: skip


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
    reason = refusal(options, comparison, level)
    if reason or not list(by):
        return nothing(reason or "The plan leaves nothing out.", columns)
    parted = [name for name in by if len(options["frame"][name].dropna().unique()) > 1]
    if not parted:
        return nothing(f"All records are of one {' and one '.join(by)}.", columns)

    def estimate(frame: pd.DataFrame) -> dict[str, object] | str:
        held = [term for term in options["terms"] if len(frame[term].unique()) > 1]
        kept = {
            name: frame[name].cat.remove_unused_categories()
            for name in held
            if isinstance(frame[name].dtype, pd.CategoricalDtype)
        }
        return compared(
            {**options, "frame": frame.assign(**kept), "terms": held}, comparison, level=level
        )

    parts = [leave_one_out(options["frame"], by=name, estimate=estimate) for name in parted]
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
