"""A logistic model, or several, or the reason why none was fitted.

Functions
---------
NotFitted
    The reason.
nothing
    An empty table that carries the reason.
fit, fit_each
    One model, or several.
told, pick, facts
    What was fitted, one of several, and how it was fitted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from . import regression
from ._checks import check_level, require_columns
from ._terms import Asked, Interaction, Spline
from .regression import RegressionFit

EVENTS_PER_PARAMETER = 10
"""Peduzzi and others (1996) J Clin Epidemiol 49:1373; below it a table only is shown."""


@dataclass(frozen=True)
class NotFitted:
    """A model that was not fitted, and why.

    Parameters
    ----------
    reason : str
        Why, as a sentence for readers.

    Examples
    --------
    >>> NotFitted("No model: too few events.").reason
    'No model: too few events.'
    """

    reason: str


def nothing(reason: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return an empty table that carries the reason."""
    frame = pd.DataFrame(columns=list(columns))
    frame.attrs["reason"] = reason
    return frame


def _parameters(frame: pd.DataFrame, terms: Sequence[Asked]) -> int:
    """Return how many coefficients the terms need, with the intercept."""
    sizes = {}
    for term in terms:
        if isinstance(term, Spline):
            sizes[term.name] = (term.knots if isinstance(term.knots, int) else len(term.knots)) - 1
        elif isinstance(term, str):
            numeric = pd.api.types.is_numeric_dtype(frame[term])
            sizes[term] = 1 if numeric else frame[term].nunique() - 1
    crossed = [
        sizes.get(term.first, 1) * sizes.get(term.second, 1)
        for term in terms
        if isinstance(term, Interaction)
    ]
    return 1 + sum(sizes.values()) + sum(crossed)


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    terms: Sequence[Asked],
    cluster: str | None = None,
    level: float = 0.95,
    events_per_parameter: float = EVENTS_PER_PARAMETER,
) -> RegressionFit | NotFitted:
    """Fit a logistic model, or say why not.

    Parameters
    ----------
    frame, outcome, terms, cluster, level
        See `helpers.methods.regression.logistic`.
    events_per_parameter : float
        Fewest events (or non-events, if fewer) for each parameter.

    Returns
    -------
    RegressionFit or NotFitted
        By maximum likelihood; where the outcome is separated, or fewer than 10 records of a level
        have it or lack it, by Firth's penalised likelihood, which says so. Not fitted where there
        are no rows, too few events for the parameters, or `helpers.methods.regression.logistic`
        refuses the data; its sentence is the reason.

    Raises
    ------
    ValueError
        For a level outside (0, 1), or a column that is not there.

    Examples
    --------
    >>> few = pd.DataFrame({"seen": [1, 0], "male": [1, 0]})
    >>> fit(few, outcome="seen", terms=["male"]).reason
    'No model: 1 events for 2 parameters; at least 10 for each are needed.'
    """
    check_level(level)
    names = [term for term in terms if isinstance(term, str)]
    if not frame.empty:
        require_columns(frame, [outcome, *names, *([cluster] if cluster else [])])
    if frame.empty or not list(terms):
        return NotFitted("No model: there are no records with characteristics that vary.")
    parameters = _parameters(frame, terms)
    events = int(frame[outcome].sum())
    rarer = min(events, len(frame) - events)
    if rarer < events_per_parameter * parameters:
        return NotFitted(
            f"No model: {rarer} events for {parameters} parameters; "
            f"at least {events_per_parameter:g} for each are needed."
        )
    try:
        return regression.logistic(
            frame, outcome=outcome, terms=list(terms), cluster=cluster, level=level,
            penalty="if few",
        )  # fmt: skip
    except ValueError as error:
        return NotFitted(f"No model: {error}")


def fit_each(
    asked: Mapping[str, Mapping[str, Any]], *, level: float
) -> dict[str, RegressionFit | NotFitted]:
    """Fit several models.

    Parameters
    ----------
    asked : mapping
        What `fit` takes of each, by id.
    level : float
        Two-sided confidence level.

    Returns
    -------
    dict
        Fits, or the reasons why not, by id.

    Examples
    --------
    >>> few = pd.DataFrame({"seen": [1, 0], "male": [1, 0]})
    >>> list(fit_each({"seen": {"frame": few, "outcome": "seen", "terms": ["male"]}}, level=0.9))
    ['seen']
    """
    return {name: fit(**options, level=level) for name, options in asked.items()}


def told(fits: Mapping[str, RegressionFit | NotFitted]) -> pd.DataFrame:
    """Return what was fitted, one model a row.

    Parameters
    ----------
    fits : mapping
        As `fit_each` returns them.

    Returns
    -------
    DataFrame
        Columns id, estimator, n, events, separated (names, joined), reason (empty where a model
        was fitted).

    Examples
    --------
    >>> told({"seen": NotFitted("No model: too few.")})[["id", "reason"]].to_numpy().tolist()
    [['seen', 'No model: too few.']]
    """
    rows = []
    for name, one in fits.items():
        if isinstance(one, NotFitted):
            rows.append((name, "", 0, 0, "", one.reason))
        else:
            separated = ", ".join(one.separated)
            rows.append((name, _estimator(one), one.n, one.events, separated, ""))
    return pd.DataFrame(rows, columns=["id", "estimator", "n", "events", "separated", "reason"])


def _estimator(fitted: RegressionFit) -> str:
    return "Firth's penalised likelihood" if fitted.penalised else "maximum likelihood"


def pick(fits: Mapping[str, RegressionFit | NotFitted], name: str) -> RegressionFit | NotFitted:
    """Return one of several models, or that there is none.

    Parameters
    ----------
    fits : mapping
        As `fit_each` returns them.
    name : str
        Its id.

    Examples
    --------
    >>> pick({}, "seen").reason
    'No model: the plan has none, or there are no records.'
    """
    return fits.get(name, NotFitted("No model: the plan has none, or there are no records."))


def facts(fitted: RegressionFit | NotFitted) -> pd.DataFrame:
    """Return what was fitted and how, one fact a row.

    Parameters
    ----------
    fitted : RegressionFit or NotFitted
        As `fit` returns it.

    Returns
    -------
    DataFrame
        Columns fact and answer, both text; for a model that was not fitted, the reason.

    Examples
    --------
    >>> facts(NotFitted("No model: too few events.")).to_dict("list")
    {'fact': ['Model'], 'answer': ['No model: too few events.']}
    """
    if isinstance(fitted, NotFitted):
        return pd.DataFrame({"fact": ["Model"], "answer": [fitted.reason]})
    rarer = min(fitted.events, fitted.n - fitted.events)
    fewest = fitted.coefficients.iloc[1:].assign(
        rarer=lambda held: np.minimum(held["numerator"], held["denominator"] - held["numerator"])
    )
    least = fewest.loc[fewest["rarer"].idxmin()]
    name = least["term"] + (f" {least['level_name']}" if least["level_name"] else "")
    rows = [
        ("Estimator", f"logistic regression, {_estimator(fitted)}"),
        ("Separated", ", ".join(fitted.separated) or "nothing: every odds ratio has an estimate"),
        ("Too few with or without the outcome", ", ".join(fitted.scarce) or "in no level"),
        ("Records, events", f"{fitted.n:,}, {fitted.events:,}"),
        ("Left out for missing values", f"{fitted.dropped:,}"),
        ("Parameters", f"{fitted.parameters}, with the intercept"),
        ("Events (or non-events, if fewer) for each parameter", f"{rarer / fitted.parameters:.1f}"),
        ("Fewest with or without the outcome in a level", f"{least['rarer']:g}, in {name}"),
        ("Covariate patterns fitted", f"{fitted.patterns:,}"),
        ("Limits", fitted.method.split("; ", 1)[1]),
    ]
    return pd.DataFrame(rows, columns=["fact", "answer"])
