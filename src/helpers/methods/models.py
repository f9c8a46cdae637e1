"""A logistic model as a chain of tidy tables, or the reason why it was not fitted.

Functions
---------
fit
    A fitted model, or `NotFitted` with the reason in words.
coefficients
    Odds ratios without the intercept, p values adjusted for the number of tests.
effects
    Average marginal effects.
standardised
    Standardised probabilities.
joint
    One test for each group of terms.
bootstrap
    Odds ratios with limits from resampled clusters.

Where a model cannot be fitted every table comes back empty and carries the reason in
``attrs["reason"]``, so that a reader is told why instead of meeting an error.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from . import regression
from ._checks import require_columns
from .adjust import benjamini_hochberg
from .regression import LogisticFit

__all__ = ["NotFitted", "bootstrap", "coefficients", "effects", "fit", "joint", "standardised"]

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
    >>> coefficients(NotFitted("No model: too few events.")).attrs["reason"]
    'No model: too few events.'
    """

    reason: str


def _nothing(reason: str, columns: Sequence[str]) -> pd.DataFrame:
    frame = pd.DataFrame(columns=list(columns))
    frame.attrs["reason"] = reason
    return frame


def fit(
    frame: pd.DataFrame,
    *,
    outcome: str,
    terms: Sequence[str],
    cluster: str | None = None,
    level: float = 0.95,
    events_per_parameter: float = EVENTS_PER_PARAMETER,
) -> LogisticFit | NotFitted:
    """Fit a logistic model, or say why not.

    Parameters
    ----------
    frame, outcome, terms, cluster, level
        See `helpers.methods.regression.logistic`.
    events_per_parameter : float
        Fewest events (or non-events, if fewer) for each parameter.

    Returns
    -------
    LogisticFit or NotFitted
        Not fitted where there are no rows, too few events for the parameters, or
        `helpers.methods.regression.logistic` refuses the data; its sentence is the reason.

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
    regression.check_level(level)
    if not frame.empty:
        require_columns(frame, [outcome, *terms, *([cluster] if cluster else [])])
    if frame.empty or not list(terms):
        return NotFitted("No model: there are no records with characteristics that vary.")
    levels = [
        1 if pd.api.types.is_numeric_dtype(frame[term]) else frame[term].nunique() - 1
        for term in terms
    ]
    parameters = 1 + sum(levels)
    events = int(frame[outcome].sum())
    rarer = min(events, len(frame) - events)
    if rarer < events_per_parameter * parameters:
        return NotFitted(
            f"No model: {rarer} events for {parameters} parameters; "
            f"at least {events_per_parameter:g} for each are needed."
        )
    try:
        return regression.logistic(
            frame, outcome=outcome, terms=list(terms), cluster=cluster, level=level
        )
    except ValueError as error:
        return NotFitted(f"No model: {error}")


def coefficients(fitted: LogisticFit | NotFitted) -> pd.DataFrame:
    """Return odds ratios without the intercept, p values adjusted for the number of tests.

    Parameters
    ----------
    fitted : LogisticFit or NotFitted
        As `fit` returns it.

    Returns
    -------
    DataFrame
        As `LogisticFit.coefficients`, with ``adjusted_p`` (Benjamini and Hochberg 1995, over all
        coefficients) and ``name`` (term and level).

    Examples
    --------
    >>> frame = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0] * 20, "prison": [1, 0] * 80})
    >>> coefficients(fit(frame, outcome="late", terms=["prison"]))[["name", "odds_ratio"]].round(2)
         name  odds_ratio
    0  prison         9.0
    """
    columns = ["term", "level_name", "odds_ratio", "low", "high", "adjusted_p", "name"]
    if isinstance(fitted, NotFitted):
        return _nothing(fitted.reason, columns)
    frame = fitted.coefficients.iloc[1:].reset_index(drop=True)
    return _worded(frame).assign(adjusted_p=benjamini_hochberg(frame["p_value"].to_numpy()))


def _worded(frame: pd.DataFrame) -> pd.DataFrame:
    """Name each coefficient, and leave the 0 that a 0/1 term is compared with unsaid."""
    level = frame["level_name"].astype("str")
    return frame.assign(
        reference=frame["reference"].astype("str").mask(level.eq(""), ""),
        name=frame["term"].where(level.eq(""), frame["term"] + " " + level),
    )


def effects(fitted: LogisticFit | NotFitted) -> pd.DataFrame:
    """Return average marginal effects with the ``name`` of each.

    See `helpers.methods.regression.average_marginal_effects`.

    Parameters
    ----------
    fitted : LogisticFit or NotFitted
        As `fit` returns it.

    Returns
    -------
    DataFrame
        term, level_name, value (difference of probabilities, 0.1 being ten percentage points), low,
        high and more; empty, with the reason, where no model was fitted.

    Examples
    --------
    >>> frame = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0] * 20, "prison": [1, 0] * 80})
    >>> effects(fit(frame, outcome="late", terms=["prison"]))[["name", "value"]].round(2)
         name  value
    0  prison    0.5
    """
    if isinstance(fitted, NotFitted):
        return _nothing(fitted.reason, ["term", "level_name", "value", "low", "high", "name"])
    return _worded(regression.average_marginal_effects(fitted))


def standardised(
    fitted: LogisticFit | NotFitted, *, terms: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return standardised probabilities; see `helpers.methods.regression.predicted`.

    Parameters
    ----------
    fitted : LogisticFit or NotFitted
        As `fit` returns it.
    terms : sequence of str, optional
        Terms with levels; None: all of them.

    Returns
    -------
    DataFrame
        term, level_name, value (probability), low, high and more; empty, with the reason, where no
        model was fitted.

    Raises
    ------
    ValueError
        For a term that is not in the model or has no levels.

    Examples
    --------
    >>> frame = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0] * 20, "prison": [1, 0] * 80})
    >>> standardised(fit(frame, outcome="late", terms=["prison"]))[["level_name", "value"]].round(2)
      level_name  value
    0          0   0.25
    1          1   0.75
    """
    if isinstance(fitted, NotFitted):
        return _nothing(fitted.reason, ["term", "level_name", "value", "low", "high"])
    return regression.predicted(fitted, terms=terms)


def joint(fitted: LogisticFit | NotFitted, *, groups: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """Test groups of terms together.

    Parameters
    ----------
    fitted : LogisticFit or NotFitted
        As `fit` returns it.
    groups : mapping
        Terms by name of the group; terms that are not in the model are passed over.

    Returns
    -------
    DataFrame
        term (the group), statistic, df, df_denominator, p_value, adjusted_p, method. Wald F with
        clusters, else Wald chi-squared; NaN for a group with more coefficients than clusters
        less one.

    Examples
    --------
    >>> frame = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0] * 20, "prison": [1, 0] * 80})
    >>> model = fit(frame, outcome="late", terms=["prison"])
    >>> joint(model, groups={"Place of death": ["prison"]})[["term", "df", "method"]]
                 term  df            method
    0  Place of death   1  Wald chi-squared
    """
    columns = ["term", "statistic", "df", "df_denominator", "p_value", "adjusted_p", "method"]
    if isinstance(fitted, NotFitted):
        return _nothing(fitted.reason, columns)
    from scipy.special import chdtrc, fdtrc

    covariance = fitted.covariance.to_numpy()
    rows = []
    for name, members in groups.items():
        held = [term for term in fitted.design.terms if term.name in set(members)]
        at = [column for term in held for column in term.columns]
        if not at:
            continue
        estimate, q = fitted.estimate[at], len(at)
        wald = float(estimate @ np.linalg.solve(covariance[np.ix_(at, at)], estimate))
        if fitted.df is None:
            rows.append((name, wald, q, np.nan, float(chdtrc(q, wald)), "Wald chi-squared"))
        elif q > fitted.df:
            rows.append((name, np.nan, q, fitted.df, np.nan, "more coefficients than clusters"))
        else:
            p = float(fdtrc(q, fitted.df, wald / q))
            rows.append((name, wald / q, q, fitted.df, p, "Wald F, cluster-robust"))
    frame = pd.DataFrame(rows, columns=[*columns[:5], "method"])
    frame["adjusted_p"] = benjamini_hochberg(frame["p_value"].to_numpy())
    return frame[columns]


def bootstrap(fitted: LogisticFit | NotFitted, *, replicates: int, seed: int) -> pd.DataFrame:
    """Resample clusters; see `helpers.methods.regression.cluster_bootstrap`.

    Parameters
    ----------
    fitted : LogisticFit or NotFitted
        As `fit` returns it, with a cluster.
    replicates : int
        Times that clusters are drawn with replacement.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    DataFrame
        term, level_name, value (odds ratio), low, high and more; empty, with the reason, where no
        model was fitted.

    Raises
    ------
    ValueError
        If the fit has no clusters, or there are fewer than 2 replicates.

    Examples
    --------
    >>> frame = pd.DataFrame({"late": [1, 0, 0, 1, 0, 1, 1, 0] * 20, "prison": [1, 0] * 80})
    >>> frame["area"] = frame.index // 16
    >>> model = fit(frame, outcome="late", terms=["prison"], cluster="area")
    >>> bootstrap(model, replicates=50, seed=1)[["name", "replicates", "failed"]]
         name  replicates  failed
    0  prison          50       0
    """
    if isinstance(fitted, NotFitted):
        return _nothing(fitted.reason, ["term", "level_name", "value", "low", "high"])
    return _worded(regression.cluster_bootstrap(fitted, replicates=replicates, seed=seed))
