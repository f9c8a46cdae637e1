"""A comparison under every combination of choices.

Functions
---------
specification
    The comparison under each.
agreement
    Median, range and agreement of all of them.
ranged
    The comparison with its range, as one finding.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from ._comparison import Comparison, compared
from ._model_fit import nothing
from .specification import specifications, summary

SPECIFIED = ("Outcome and records", "Characteristics", "Estimator")
ESTIMATORS = {
    "clusters allowed for": {"cluster": True, "penalty": "if few"},
    "clusters not allowed for": {"cluster": False, "penalty": "if few"},
    "Firth's penalty": {"cluster": False, "penalty": "firth"},
}


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
        return compared({**options, "terms": held}, comparison, level=level, **way)

    made = specifications(
        estimate,
        dict(zip(SPECIFIED, (asked, sets, ESTIMATORS), strict=True)),
        headline=dict(zip(SPECIFIED, (*headline, next(iter(ESTIMATORS))), strict=True)),
    )
    return made.assign(level=level)


def agreement(every: pd.DataFrame) -> pd.DataFrame:
    """Return median, range and agreement of all combinations, with the counts of the headline.

    Parameters
    ----------
    every : DataFrame
        As `specification`.

    Returns
    -------
    DataFrame
        As `helpers.methods.specification.summary`, with ``numerator``, ``denominator`` and
        ``level`` of the headline; empty, with the reason, where nothing was compared.

    Examples
    --------
    >>> agreement(nothing("No comparison.", ["value"])).attrs["reason"]
    'No comparison.'
    """
    if every.empty:
        return nothing(every.attrs.get("reason", "Nothing was compared."), ["value"])
    head = every[every["headline"].astype(bool)].iloc[0]
    counts = {name: head[name] for name in ("numerator", "denominator", "level")}
    return summary(every).assign(**counts)


def ranged(agreed: pd.DataFrame, comparison: Comparison | None) -> pd.DataFrame:
    """Return a comparison with its range over all choices, as one finding.

    Parameters
    ----------
    agreed : DataFrame
        As `agreement`.
    comparison : Comparison
        What is compared.

    Returns
    -------
    DataFrame
        One row: the same with ``words``; none without a comparison.

    Examples
    --------
    >>> ranged(pd.DataFrame(), None).empty
    True
    """
    if comparison is None or agreed.empty:
        return nothing(agreed.attrs.get("reason", "The plan names no comparison."), ["words"])
    return agreed.assign(words=comparison.words)
