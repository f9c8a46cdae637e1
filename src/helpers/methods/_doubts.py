"""A comparison if something was not measured, or was recorded wrongly.

Functions
---------
unmeasured
    What a characteristic that was not measured would have to be.
misclassified
    The comparison if some records of the outcome were wrong.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ._comparison import Comparison, refusal
from ._model_fit import NotFitted, nothing
from ._model_read import coefficients
from .regression import RegressionFit

COMMON = 0.15
"""Share of records with the outcome from which it is called common (VanderWeele and Ding 2017)."""


def unmeasured(fitted: RegressionFit | NotFitted, *, names: Sequence[str]) -> pd.DataFrame:
    """Return what a characteristic that was not measured would have to be, for named results.

    Parameters
    ----------
    fitted : RegressionFit or NotFitted
        The model.
    names : sequence of str
        Names of results, as `helpers.methods.models.coefficients` gives them.

    Returns
    -------
    DataFrame
        ``term``, ``odds_ratio``, ``low``, ``high``, ``e_value``, ``e_value_limit``, ``method``.

    Notes
    -----
    VanderWeele and Ding (2017) Ann Intern Med 167:268; see `helpers.methods.unmeasured`. Where 15%
    of the records or more have the outcome, odds ratios lie further from 1 than ratios of
    probabilities, and their square root is taken.

    Examples
    --------
    >>> unmeasured(NotFitted("No model."), names=["x"]).attrs["reason"]
    'No model.'
    """
    from .unmeasured import e_values

    columns = ["term", "odds_ratio", "low", "high", "e_value", "e_value_limit", "method"]
    held = coefficients(fitted)
    chosen = held[held["name"].isin(list(names))]
    if isinstance(fitted, NotFitted) or chosen.empty:
        return nothing(held.attrs.get("reason", "No result is named."), columns)
    place = {name: at for at, name in enumerate(names)}
    order = chosen["name"].map(place).sort_values(kind="stable").index
    made = e_values(
        chosen.loc[order], measure="odds_ratio", value="odds_ratio",
        outcome="common" if fitted.events / fitted.n >= COMMON else "rare",
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
    reason = refusal(options, comparison, level)
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
