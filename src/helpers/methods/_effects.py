"""A logistic regression read as probabilities.

Functions
---------
average_marginal_effects
    Mean change in probability for each coefficient.
predicted
    Standardised probability for each level of a term.
curve
    Standardised probability over the values of a number.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._checks import Floats, check_level
from ._fit import RegressionFit
from ._glm import expit

LEVELLED = (
    "; the intercept refitted so that expected and observed events agree (Puhr and others 2017)"
)


def _estimate(fit: RegressionFit) -> Floats:
    """Return coefficients for probabilities.

    Firth's penalty draws probabilities towards one half; the intercept is refitted so that
    their mean is the observed share (FLIC: Puhr and others 2017, Stat Med 36:2302). Intercept and
    the other coefficients then vary together as those of maximum likelihood do in large samples,
    so that the covariance of the fit serves.
    """
    estimate = fit.estimate.copy()
    if not fit.penalised:
        return estimate
    design = fit.design
    rest = design.matrix[:, 1:] @ estimate[1:]
    for _ in range(50):
        share = expit(estimate[0] + rest)
        weight = design.trials * share * (1.0 - share)
        move = (design.events - design.trials * share).sum() / weight.sum()
        estimate[0] += move
        if abs(move) < 1e-12:
            break
    return estimate


class _Standard:
    """Mean probabilities over the records of a fit."""

    def __init__(self, fit: RegressionFit) -> None:
        if fit.family != "binomial":
            raise ValueError("Probabilities need a logistic regression; this is one of counts.")
        self.fit = fit
        self.estimate = _estimate(fit)
        self.share = fit.design.trials / fit.design.trials.sum()

    def mean(self, matrix: Floats) -> tuple[float, Floats]:
        """Mean probability under a changed design, and its gradient."""
        probability = expit(matrix @ self.estimate)
        gradient = (self.share * probability * (1.0 - probability)) @ matrix
        return float(self.share @ probability), gradient

    def slope(self, at: int) -> tuple[float, Floats]:
        """Mean derivative of the probability in a number, and its gradient."""
        matrix, slope = self.fit.design.matrix, self.fit.design.slope(at)
        probability = expit(matrix @ self.estimate)
        spread = self.share * probability * (1.0 - probability)
        steep = slope @ self.estimate
        gradient = (spread * (1.0 - 2.0 * probability) * steep) @ matrix + spread @ slope
        return float(spread @ steep), gradient


def average_marginal_effects(fit: RegressionFit, *, level: float | None = None) -> pd.DataFrame:
    """Mean change in probability for each level and number, over the records of the fit.

    Parameters
    ----------
    fit : RegressionFit
        From `helpers.methods.regression.logistic`.
    level : float, optional
        Two-sided confidence level; that of the fit if not given.

    Returns
    -------
    DataFrame
        ``term``, ``level_name``, ``reference``, ``value``, ``low``, ``high``, ``std_error``
        (probability, or probability per unit of a number), ``numerator``,
        ``denominator``, ``level``, ``method``; one row for each level but the reference, and one
        for each number, whether it enters linearly, as a curve or in an interaction. No limits
        where the level or the reference lies in one cluster.

    Raises
    ------
    ValueError
        For a level outside (0, 1), or a fit of counts.

    Notes
    -----
    Categories and flags: each record set to the level, less each record set to the reference,
    other terms as they are. Numbers: the mean derivative. Delta method with the covariance of the
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
    wanted = fit.level if level is None else check_level(level)
    standard, design, rows = _Standard(fit), fit.design, []
    for at, variable in enumerate(design.variables):
        if not variable.levels:
            value, gradient = standard.slope(at)
            sizes = design.events.sum(), design.trials.sum()
            rows.append((variable.name, "", "", value, gradient, False, *sizes, "mean derivative"))
            continue
        alone, members = design.alone(at), design.members(at)
        base, base_gradient = standard.mean(design.changed(at, code=0))
        for code in range(1, len(variable.levels)):
            value, gradient = standard.mean(design.changed(at, code=code))
            sizes = design.events[members[code]].sum(), design.trials[members[code]].sum()
            name = variable.levels[code] if variable.kind == "categorical" else ""
            rows.append(
                (variable.name, name, variable.levels[0], value - base, gradient - base_gradient,
                 alone[0] or alone[code], *sizes, "mean discrete change from the reference")
            )  # fmt: skip
    made = []
    for name, label, reference, value, gradient, single, events, trials, kind in rows:
        error, reach = (np.nan, np.nan) if single else fit.reach(gradient, wanted)
        words = f"average marginal effect, {kind}; delta method; {fit.method}"
        made.append(
            (name, label, reference, value, value - reach, value + reach, error, int(events),
             int(trials), wanted, words + (LEVELLED if fit.penalised else ""))
        )  # fmt: skip
    columns = ["term", "level_name", "reference", "value", "low", "high", "std_error"]
    return pd.DataFrame(made, columns=[*columns, "numerator", "denominator", "level", "method"])


def _on_logit(value: float, reach: float) -> tuple[float, float]:
    """Limits formed on the logit scale, where they cannot leave 0 to 1."""
    centre, half = np.log(value / (1.0 - value)), reach / (value * (1.0 - value))
    low, high = expit(centre + np.array([-half, half]))
    return float(low), float(high)


def predicted(
    fit: RegressionFit, *, terms: Sequence[str] | None = None, level: float | None = None
) -> pd.DataFrame:
    """Probability for each level of a term, standardised to the records of the fit.

    Parameters
    ----------
    fit : RegressionFit
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
        ``denominator`` (events and records observed in the level), ``level``, ``method``. No
        limits for a level that lies in one cluster.

    Raises
    ------
    ValueError
        For a term that is not a categorical or binary term of the fit, a level outside
        (0, 1), or a fit of counts.

    Notes
    -----
    Every record is set to the level with other terms as they are, and the probabilities are
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
    design = fit.design
    offered = [variable.name for variable in design.variables if variable.levels]
    chosen = offered if terms is None else list(terms)
    unknown = [name for name in chosen if name not in offered]
    if unknown:
        raise ValueError(
            f"{', '.join(map(repr, unknown))}: not a categorical or binary term of the fit, "
            f"which has {', '.join(map(repr, offered)) or 'none'}."
        )
    wanted = fit.level if level is None else check_level(level)
    standard, rows = _Standard(fit), []
    for name in chosen:
        at = design.find(name)
        parts = zip(design.variables[at].levels, design.members(at), design.alone(at), strict=True)
        for code, (label, member, single) in enumerate(parts):
            value, gradient = standard.mean(design.changed(at, code=code))
            error, reach = (np.nan, np.nan) if single else fit.reach(gradient, wanted)
            low, high = _on_logit(value, reach)
            counts = int(design.events[member].sum()), int(design.trials[member].sum())
            rows.append((name, label, value, low, high, error, *counts))
    columns = ["term", "level_name", "value", "low", "high", "std_error"]
    result = pd.DataFrame(rows, columns=[*columns, "numerator", "denominator"])
    words = f"standardised probability, delta method on the logit scale; {fit.method}"
    return result.assign(level=float(wanted), method=words + (LEVELLED if fit.penalised else ""))


def curve(
    fit: RegressionFit,
    *,
    term: str,
    values: Sequence[float] | None = None,
    level: float | None = None,
) -> pd.DataFrame:
    """Probability over the values of a number, standardised to the records of the fit.

    Parameters
    ----------
    fit : RegressionFit
        From `helpers.methods.regression.logistic`.
    term : str
        A number of the fit, linear or a curve.
    values : sequence of float, optional
        Where to read it; 41 even steps from the least to the greatest value if not given.
    level : float, optional
        Two-sided confidence level; that of the fit if not given.

    Returns
    -------
    DataFrame
        ``term``, ``x``, ``value``, ``low``, ``high``, ``std_error``, ``numerator``,
        ``denominator`` (events and records of the fit), ``level``, ``method``. Values outside
        those observed are extrapolated, and limits are of each point, not of the whole curve.

    Raises
    ------
    ValueError
        For a term that is not a number of the fit.

    Notes
    -----
    As `predicted`, with every record set to each value in turn.

    Examples
    --------
    >>> from helpers.methods.regression import logistic
    >>> rows = pd.DataFrame({"age": range(20, 80), "seen": [1, 1, 0] * 10 + [1, 0, 0] * 10})
    >>> fit = logistic(rows, outcome="seen", terms=["age"])
    >>> curve(fit, term="age", values=[30, 70])[["x", "value"]].round(2)
          x  value
    0  30.0   0.69
    1  70.0   0.30
    """
    at = fit.design.find(term)
    variable = fit.design.variables[at]
    if variable.levels:
        raise ValueError(f"{term!r} has levels; read it with `predicted`.")
    held = variable.numbers()
    places = np.linspace(held[0], held[-1], 41) if values is None else np.asarray(values, float)
    wanted = fit.level if level is None else check_level(level)
    standard, rows = _Standard(fit), []
    for x in places:
        value, gradient = standard.mean(fit.design.changed(at, value=float(x)))
        error, reach = fit.reach(gradient, wanted)
        rows.append((term, float(x), value, *_on_logit(value, reach), error))
    words = f"standardised probability, delta method on the logit scale; {fit.method}"
    return pd.DataFrame(
        rows, columns=["term", "x", "value", "low", "high", "std_error"]
    ).assign(
        numerator=int(fit.design.events.sum()),
        denominator=int(fit.design.trials.sum()),
        level=float(wanted),
        method=words + (LEVELLED if fit.penalised else ""),
    )  # fmt: skip
