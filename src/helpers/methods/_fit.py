"""A fitted regression of counted patterns.

Classes
-------
RegressionFit
    What `logistic` and `poisson` return.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ._checks import Floats
from ._design import Design
from ._few_clusters import ClusterRobust
from ._glm import Family, Point
from ._small_sample import Reference


@dataclass(frozen=True, eq=False)
class RegressionFit:
    """A fitted logistic or Poisson regression.

    Attributes
    ----------
    coefficients : DataFrame
        ``term``, ``level_name`` (category, else empty), ``reference``, ``estimate``,
        ``std_error``, ``odds_ratio`` (or ``rate_ratio``), ``low``, ``high`` (of that ratio),
        ``statistic``, ``df``, ``p_value``, ``numerator`` (events of the level), ``denominator``
        (its records or exposure; all of them for numbers and the intercept), ``level``,
        ``method``.
    n, events, parameters, patterns, dropped : int
        Records used, events among them, parameters, patterns that were fitted, and records left
        out for missing values.
    clusters : int or None
        Number of clusters.
    covariance : DataFrame
        Of the estimates, labelled by term and level.
    log_likelihood, log_likelihood_null : float
        Of the fit and with the intercept alone, penalised if the fit is; terms that hold the
        counts alone are left out of a Poisson likelihood.
    penalised : bool
        Whether Firth's penalty was used.
    separated : tuple of str
        Labels of the columns without a finite estimate of maximum likelihood, where Firth's
        penalty was used for their sake.
    scarce : tuple of str
        Labels of the columns for whose sake the penalty was used: separated ones, and those of
        levels with few events or few others, where that was asked for.
    level : float
        Confidence level.
    method : str
        Estimator, covariance and distribution, in words.
    family : {"binomial", "poisson"}
        Logit or log link.
    design : Design
        The coded patterns.
    at : Point
        Where the likelihood is greatest, in scaled columns.
    robust : ClusterRobust or None
        Covariance by clusters, in scaled columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from helpers.methods.regression import logistic
    >>> frame = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0] * 5, "prison": [1, 0] * 20})
    >>> model = logistic(frame, outcome="late", terms=["prison"])
    >>> model.n, model.events, model.parameters, model.patterns
    (40, 20, 2, 2)
    """

    coefficients: pd.DataFrame
    n: int
    events: int
    clusters: int | None
    parameters: int
    patterns: int
    covariance: pd.DataFrame
    dropped: int
    log_likelihood: float
    log_likelihood_null: float
    penalised: bool
    separated: tuple[str, ...]
    scarce: tuple[str, ...]
    level: float
    method: str
    family: Family
    design: Design = field(repr=False)
    at: Point = field(repr=False)
    robust: ClusterRobust | None = field(repr=False, default=None)

    @property
    def estimate(self) -> Floats:
        """Estimates as an array."""
        return self.coefficients["estimate"].to_numpy()

    def spread(self, gradient: Floats, *, guarded: bool = True) -> tuple[float, Reference]:
        """Return standard error of a combination of the estimates, and what it is judged by.

        Parameters
        ----------
        gradient : ndarray, shape (columns,)
            Derivatives in the estimates, each on its own scale.
        guarded : bool
            Whether a combination that is known from one cluster alone has no standard error.

        Returns
        -------
        tuple
            Standard error, and what the combination over it is compared with; NaN where the
            combination is known from one cluster alone.
        """
        error = float(np.sqrt(max(gradient @ self.covariance.to_numpy() @ gradient, 0.0)))
        if self.robust is None:
            return error, Reference()
        turned = gradient @ self.design.back
        against = self.robust.references(turned, guarded=guarded)[0]
        return error if against.df > 0 else np.nan, against

    def reach(self, gradient: Floats, level: float | None = None) -> tuple[float, float]:
        """Return standard error of an average over records, and half the width of its limits."""
        error, against = self.spread(gradient, guarded=False)
        return error, against.critical(self.level if level is None else level) * error
