"""A fitted logistic regression, and Newton's method for weighted rows.

Functions
---------
critical_value
    Critical value of t, or of the normal distribution.
expit
    Probability for a linear predictor.
newton
    Weighted maximum likelihood from a start close by.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ._checks import Floats, check_level, critical
from ._design import Design

# A linear predictor of 30 is a probability of 1 - 1e-13: a resample that needs it has no
# finite estimate.
EXTREME = 30.0


@dataclass(frozen=True, eq=False)
class LogisticFit:
    """A fitted logistic regression.

    Attributes
    ----------
    coefficients : DataFrame
        ``term``, ``level_name`` (category, else empty), ``reference``, ``estimate``,
        ``std_error``, ``odds_ratio``, ``low``, ``high`` (of the odds ratio), ``statistic``,
        ``p_value``, ``numerator`` (events among the rows of the level), ``denominator`` (those
        rows; all rows for numeric terms and the intercept), ``level``, ``method``.
    n, events, parameters, dropped : int
        Rows used, events among them, parameters, and rows left out for missing values.
    clusters : int or None
        Number of clusters.
    covariance : DataFrame
        Of the estimates, labelled by term and level.
    converged : bool
        Always true: a fit that does not converge is refused.
    log_likelihood, log_likelihood_null : float
        Of the fit, and with the intercept alone.
    df : int or None
        Degrees of freedom of t: clusters less one; None for normal limits.
    level : float
        Confidence level.
    method : str
        Estimator, covariance and distribution, in words.
    design : Design
        The coded data.

    Examples
    --------
    >>> import pandas as pd
    >>> from helpers.methods.regression import logistic
    >>> frame = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0] * 5, "prison": [1, 0] * 20})
    >>> model = logistic(frame, outcome="late", terms=["prison"])
    >>> model.n, model.events, model.parameters
    (40, 20, 2)
    """

    coefficients: pd.DataFrame
    n: int
    events: int
    clusters: int | None
    parameters: int
    covariance: pd.DataFrame
    dropped: int
    converged: bool
    log_likelihood: float
    log_likelihood_null: float
    df: int | None
    level: float
    method: str
    design: Design = field(repr=False)

    @property
    def estimate(self) -> Floats:
        """Estimates as an array."""
        return self.coefficients["estimate"].to_numpy()

    def critical(self, level: float | None = None) -> float:
        """Critical value of the fit's distribution for ``level`` (the fit's own if None)."""
        return critical_value(self.level if level is None else level, self.df)


def critical_value(level: float, df: int | None) -> float:
    """Two-sided critical value of t with ``df``, or of the normal distribution if None.

    Examples
    --------
    >>> round(critical_value(0.95, 13), 4)
    2.1604
    """
    if df is None:
        return critical(level)
    from scipy.special import stdtrit

    return float(stdtrit(df, 0.5 + check_level(level) / 2.0))


def expit(predictor: Floats) -> Floats:
    """Return the probability for a linear predictor.

    Examples
    --------
    >>> expit(np.array([0.0]))
    array([0.5])
    """
    return 0.5 * (1.0 + np.tanh(0.5 * predictor))


def newton(
    matrix: Floats,
    outcome: Floats,
    weights: Floats,
    start: Floats,
    information: Floats,
    *,
    steps: int = 60,
    tolerance: float = 1e-9,
) -> Floats | None:
    """Weighted maximum likelihood from ``start``, or None without a finite solution.

    Parameters
    ----------
    matrix : ndarray, shape (rows, columns)
        Coded data; numeric columns scaled.
    outcome, weights : ndarray, shape (rows,)
        0 or 1, and how often each row counts.
    start : ndarray, shape (columns,)
        First estimate.
    information : ndarray, shape (columns, columns)
        Weighted information at ``start``; kept while it still shortens the steps.
    steps : int
        Steps allowed.
    tolerance : float
        Largest last step, in units of the scaled coefficients.

    Returns
    -------
    ndarray or None
        Estimates. They do not depend on ``information``, which only sets the path: a vanishing
        score alone ends the steps.

    Examples
    --------
    >>> x, y = np.ones((4, 1)), np.array([0.0, 0.0, 0.0, 1.0])
    >>> newton(x, y, np.ones(4), np.zeros(1), np.array([[1.0]])).round(4)
    array([-1.0986])
    """
    estimate, last = start, np.inf
    for _ in range(steps):
        predictor = matrix @ estimate
        # Not "any above", so that NaN stops here too.
        if not np.abs(predictor).max() < EXTREME:
            return None
        probability = expit(predictor)
        if last > 1e-2 and np.isfinite(last):
            spread = weights * probability * (1.0 - probability)
            information = matrix.T @ (matrix * spread[:, None])
        score = matrix.T @ (weights * (outcome - probability))
        try:
            step = np.linalg.solve(information, score)
        except np.linalg.LinAlgError:
            return None
        estimate = estimate + step
        size = float(np.abs(step).max())
        if size < tolerance:
            return estimate
        last = size
    return None
