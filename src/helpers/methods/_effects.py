"""A logistic regression read as probabilities.

Functions
---------
average_marginal_effects
    Mean change in probability for each coefficient.
predicted
    Standardised probability for each level of a term.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._checks import Floats
from ._design import Term
from ._fit import LogisticFit, expit


def _mean_at(fit: LogisticFit, term: Term, column: int | None) -> tuple[float, Floats]:
    """Mean probability and its gradient with every row set to one level (None: reference)."""
    matrix = fit.design.matrix.copy()
    matrix[:, term.columns] = 0.0
    if column is not None:
        matrix[:, column] = 1.0
    probability = expit(matrix @ fit.estimate)
    return float(probability.mean()), (probability * (1 - probability)) @ matrix / fit.n


def _slope(fit: LogisticFit, column: int) -> tuple[float, Floats]:
    """Mean derivative of the probability in a numeric column, and its gradient."""
    matrix, estimate = fit.design.matrix, fit.estimate
    probability = expit(matrix @ estimate)
    spread = probability * (1.0 - probability)
    gradient = estimate[column] * ((spread * (1.0 - 2.0 * probability)) @ matrix) / fit.n
    gradient[column] += spread.mean()
    return float(estimate[column] * spread.mean()), gradient


def _std_error(fit: LogisticFit, gradient: Floats) -> float:
    return float(np.sqrt(gradient @ fit.covariance.to_numpy() @ gradient))


def average_marginal_effects(fit: LogisticFit, *, level: float | None = None) -> pd.DataFrame:
    """Mean change in probability for each coefficient, over the rows of the fit.

    Parameters
    ----------
    fit : LogisticFit
        From `helpers.methods.regression.logistic`.
    level : float, optional
        Two-sided confidence level; that of the fit if not given.

    Returns
    -------
    DataFrame
        ``term``, ``level_name``, ``reference``, ``value``, ``low``, ``high``, ``std_error``
        (probability, or probability per unit of a numeric term), ``numerator``,
        ``denominator``, ``level``, ``method``; the intercept has no row. No limits where the
        coefficient has none.

    Raises
    ------
    ValueError
        For a level outside (0, 1).

    Notes
    -----
    Categories and flags: each row set to the level, less each row set to the reference, other
    terms as they are. Numbers: the mean derivative. Delta method with the covariance of the
    fit and its critical value (Williams 2012, Stata Journal 12:308).

    Examples
    --------
    >>> from helpers.methods.regression import logistic
    >>> seen = pd.DataFrame({"male": [1] * 20 + [0] * 20,
    ...     "seen": [1] * 15 + [0] * 5 + [1] * 5 + [0] * 15})
    >>> fit = logistic(seen, outcome="seen", terms=["male"])
    >>> average_marginal_effects(fit)[["term", "value", "std_error"]].round(4)
       term  value  std_error
    0  male    0.5     0.1369
    """
    z, rows = fit.critical(level), []
    for term in fit.design.terms:
        if term.kind == "numeric":
            value, gradient = _slope(fit, term.columns[0])
            rows.append((value, _std_error(fit, gradient), "mean derivative"))
            continue
        base, base_gradient = _mean_at(fit, term, None)
        for column in term.columns:
            value, gradient = _mean_at(fit, term, column)
            error = _std_error(fit, gradient - base_gradient)
            rows.append((value - base, error, "mean discrete change from the reference"))
    value, error, kind = (np.array(part) for part in zip(*rows, strict=True))
    error = np.where(fit.design.unsupported()[1:], np.nan, error)
    kept = fit.coefficients.iloc[1:].reset_index(drop=True)
    return kept[["term", "level_name", "reference"]].assign(
        value=value,
        low=value - z * error,
        high=value + z * error,
        std_error=error,
        numerator=kept["numerator"],
        denominator=kept["denominator"],
        level=fit.level if level is None else float(level),
        method=[f"average marginal effect, {part}; delta method; {fit.method}" for part in kind],
    )


def predicted(
    fit: LogisticFit, *, terms: Sequence[str] | None = None, level: float | None = None
) -> pd.DataFrame:
    """Probability for each level of a term, standardised to the rows of the fit.

    Parameters
    ----------
    fit : LogisticFit
        From `helpers.methods.regression.logistic`.
    terms : sequence of str, optional
        Categorical or binary terms; all of them if not given.
    level : float, optional
        Two-sided confidence level; that of the fit if not given.

    Returns
    -------
    DataFrame
        ``term``, ``level_name`` (reference first; "0" and "1", or "False" and "True", for
        flags), ``value``, ``low``, ``high``, ``std_error`` (probability), ``numerator``,
        ``denominator`` (events and rows observed in the level), ``level``, ``method``. No
        limits for a level that lies in one cluster.

    Raises
    ------
    ValueError
        For a term that is not a categorical or binary term of the fit, or a level outside
        (0, 1).

    Notes
    -----
    Every row is set to the level with other terms as they are, and the probabilities are
    averaged (g-computation: Robins 1986, Math Model 7:1393). Delta method with the covariance
    of the fit; limits are formed on the logit scale, so that they stay between 0 and 1.

    Examples
    --------
    >>> from helpers.methods.regression import logistic
    >>> seen = pd.DataFrame({"male": [1] * 20 + [0] * 20,
    ...     "seen": [1] * 15 + [0] * 5 + [1] * 5 + [0] * 15})
    >>> fit = logistic(seen, outcome="seen", terms=["male"])
    >>> predicted(fit)[["term", "level_name", "value", "std_error"]].round(4)
       term level_name  value  std_error
    0  male          0   0.25     0.0968
    1  male          1   0.75     0.0968
    """
    offered = {term.name: term for term in fit.design.terms if term.levels}
    chosen = list(offered) if terms is None else list(terms)
    unknown = [name for name in chosen if name not in offered]
    if unknown:
        raise ValueError(
            f"{', '.join(map(repr, unknown))}: not a categorical or binary term of the fit, "
            f"which has {', '.join(map(repr, offered)) or 'none'}."
        )
    z, rows = fit.critical(level), []
    for term in (offered[name] for name in chosen):
        inside = fit.design.matrix[:, term.columns] == 1
        members, alone = [~inside.any(axis=1), *inside.T], fit.design.alone(term)
        levels = zip(term.levels, (None, *term.columns), members, alone, strict=True)
        for label, column, member, single in levels:
            value, gradient = _mean_at(fit, term, column)
            error = float("nan") if single else _std_error(fit, gradient)
            reach = z * error / (value * (1.0 - value))
            low, high = expit(np.log(value / (1.0 - value)) + np.array([-reach, reach]))
            counts = int(fit.design.outcome[member].sum()), int(member.sum())
            rows.append((term.name, label, value, low, high, error, *counts))
    columns = ["term", "level_name", "value", "low", "high", "std_error"]
    result = pd.DataFrame(rows, columns=[*columns, "numerator", "denominator"])
    return result.assign(
        level=fit.level if level is None else float(level),
        method=f"standardised probability, delta method on the logit scale; {fit.method}",
    )
