"""Whether hazard ratios stay the same over time.

Functions
---------
proportional_hazards_test
    Score test of each term, and of all together.
schoenfeld_residuals
    Covariates of those who had the event less those expected, by time.
"""

from typing import Literal

import numpy as np
import pandas as pd

from ._checks import Floats, check_choice
from ._cox_curves import refuse_exact
from ._cox_fit import CoxFit, Sums
from ._partial_likelihood import information

Transform = Literal["km", "rank", "identity", "log"]
TRANSFORMS = ("km", "rank", "identity", "log")
ALL = "(all terms)"


def _function_of_time(fit: CoxFit, transform: str) -> Floats:
    """Transform of the time of each slot, less its mean over events; strata share it."""
    died, moment = fit.risk.tied > 0, fit.clock.moments
    place = np.searchsorted(moment, fit.clock.time[died])
    events = np.bincount(place, fit.risk.tied[died])
    if transform == "identity":
        value = moment
    elif transform == "log":
        if moment[0] <= 0:
            raise ValueError(
                "There are events at time 0, which has no logarithm; choose another transform."
            )
        value = np.log(moment)
    elif transform == "rank":
        value = fit.clock.rank
    else:
        survival = np.cumprod(1.0 - events / fit.clock.at_risk)
        value = 1.0 - np.r_[1.0, survival[:-1]]
    made = np.zeros(fit.risk.slots)
    made[died] = (value - np.average(value, weights=events))[place]
    return made


def proportional_hazards_test(fit: CoxFit, *, transform: Transform = "km") -> pd.DataFrame:
    """Score test that hazard ratios do not change over time.

    Parameters
    ----------
    fit : CoxFit
        From `helpers.methods.cox.cox`.
    transform : {"km", "rank", "identity", "log"}
        Function of time in which a log hazard ratio would change: one minus Kaplan and Meier's
        curve just before the time, the mean rank of the time among all records, the time, or its
        logarithm.

    Returns
    -------
    DataFrame
        One row per term, and one for all terms together: ``term``, ``statistic`` (chi-squared),
        ``df``, ``p_value``, ``numerator`` (events), ``denominator`` (records), ``method``. The
        levels of a category are tested together. NaN where the times of events leave nothing to
        test, as with all events at one time.

    Raises
    ------
    ValueError
        For an unknown transform, a fit with exact ties, or the logarithm of events at time 0.

    Notes
    -----
    The score test of terms times a function of time, added to the model with coefficient zero:
    Grambsch and Therneau (1994) Biometrika 81:515 without their approximation of a constant
    covariance, as in the R package survival from version 3.0. It does not allow for clusters. A
    large p value does not show that hazards are proportional: with few events the test sees
    little.

    Examples
    --------
    >>> from helpers.methods.cox import cox
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> found = proportional_hazards_test(cox(waits, terms=["prison"]), transform="identity")
    >>> found[["term", "statistic", "df"]].round(4)
              term  statistic  df
    0       prison     0.3035   1
    1  (all terms)     0.3035   1
    """
    from scipy.special import chdtrc

    check_choice("transform", transform, TRANSFORMS)
    refuse_exact(fit)
    time, design = _function_of_time(fit, transform), fit.design.matrix
    mixed = information(fit.risk, design, fit.at, time)
    twice = information(fit.risk, design, fit.at, time**2)
    score = time @ fit.at.score
    left = twice - mixed @ np.linalg.solve(fit.at.information, mixed)
    terms = {part.term.name: list(part.term.columns) for part in fit.design.terms}
    rows = []
    for name, at in {**terms, ALL: list(range(fit.parameters))}.items():
        part = left[np.ix_(at, at)]
        testable = np.diag(part) > 1e-10 * np.diag(fit.at.information)[at] * (time**2).max()
        statistic = np.nan
        if testable.all():
            statistic = float(score[at] @ np.linalg.pinv(part, hermitian=True) @ score[at])
        rows.append((name, statistic, len(at), float(chdtrc(len(at), statistic))))
    return pd.DataFrame(rows, columns=["term", "statistic", "df", "p_value"]).assign(
        numerator=fit.events,
        denominator=fit.n,
        method=f"score test of proportional hazards, {transform} transform; {fit.method}",
    )


def schoenfeld_residuals(fit: CoxFit, *, scaled: bool = False) -> pd.DataFrame:
    """Covariates of those who had the event less those expected, by time.

    Parameters
    ----------
    fit : CoxFit
        From `helpers.methods.cox.cox`.
    scaled : bool
        Multiply by the covariance of the estimates and the number of events, and add the
        estimates: their trend over time is then that of the log hazard ratio.

    Returns
    -------
    DataFrame
        One row for each time and pattern of terms with an event: the stratum, ``time``,
        ``records`` (events of that pattern then) and one column for each coefficient.

    Raises
    ------
    ValueError
        For a fit with exact ties.

    Notes
    -----
    Schoenfeld (1982) Biometrika 69:239; scaled as Grambsch and Therneau (1994) Biometrika 81:515.
    With Efron's ties the expectation is the mean of those of the tied events.

    Examples
    --------
    >>> from helpers.methods.cox import cox
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> schoenfeld_residuals(cox(waits, terms=["prison"])).round(3).head(2)
       time  records  prison
    0   1.0        1   0.255
    1   2.0        1  -0.661
    """
    refuse_exact(fit)
    died = fit.risk.deaths.tocoo()
    slot, pattern = died.row, died.col
    covariates = fit.design.matrix[pattern]
    covariates = covariates if isinstance(covariates, np.ndarray) else covariates.toarray()
    residual = (covariates - Sums.of(fit.risk, fit.at).mean[slot]) * fit.design.spread
    if scaled:
        residual = residual @ fit.model_covariance.to_numpy() * fit.events + fit.estimate
    order = np.lexsort((pattern, slot, fit.clock.time[slot]))
    keys = {"time": fit.clock.time[slot], "records": died.data.astype(np.int64)}
    if fit.columns.strata is not None:
        labels = np.array(fit.clock.strata, dtype=object)
        keys = {fit.columns.strata: labels[fit.risk.stratum[slot]], **keys}
    made = pd.DataFrame({**keys, **dict(zip(fit.design.labels(), residual.T, strict=True))})
    return made.iloc[order].reset_index(drop=True)
