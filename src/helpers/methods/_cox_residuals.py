"""Residuals and concordance of a fitted Cox model.

Functions
---------
residuals
    Martingale and deviance residuals of rows.
concordance
    Share of pairs whose order the model gets right.
"""

import numpy as np
import pandas as pd

from ._checks import require_columns
from ._cox_curves import refuse_exact
from ._cox_design import recoded
from ._cox_fit import CoxFit, Sums
from ._cox_records import slots_of, times


def residuals(fit: CoxFit, frame: pd.DataFrame) -> pd.DataFrame:
    """Martingale and deviance residuals of rows.

    Parameters
    ----------
    fit : CoxFit
        From `helpers.methods.cox.cox`.
    frame : DataFrame
        Rows with the columns of the fit; usually those that were fitted.

    Returns
    -------
    DataFrame
        One row per row of ``frame``, with its index: ``linear_predictor`` (centred at the mean of
        numbers), ``expected`` (events expected in the time at risk), ``martingale`` (event less
        expected), ``deviance``. NaN where a term or stratum is missing.

    Raises
    ------
    ValueError
        For missing columns, levels that the fit does not have, times that cannot be right, or a
        fit with exact ties.

    Notes
    -----
    Therneau, Grambsch and Fleming (1990) Biometrika 77:147. With Efron's ties, those who died on
    a day share its risk as in the fit, so that over the fitted rows martingale residuals sum to
    zero in each stratum. For a person with several rows add the martingale residuals.

    Examples
    --------
    >>> from helpers.methods.cox import cox
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> found = residuals(cox(waits, terms=["prison"]), waits)
    >>> found["martingale"].round(3).tolist()[:2], bool(abs(found["martingale"].sum()) < 1e-9)
    ([0.752, 0.802], True)
    """
    refuse_exact(fit)
    names = [part.term.name for part in fit.design.terms]
    used = fit.columns
    others = [used.duration, used.observed, used.entry, used.strata]
    require_columns(frame, [*names, *(name for name in others if name)])
    records = times(frame, used.duration, used.observed, used.entry, None)
    covariates, complete = recoded(frame, fit.design.terms)
    stratum = None
    if used.strata is not None:
        stratum = pd.Index(fit.clock.strata).get_indexer(frame[used.strata])
        complete &= stratum >= 0
        stratum = np.maximum(stratum, 0)
    predictor = np.where(complete, np.nan_to_num(covariates) @ fit.scaled, np.nan)
    sums, slot = Sums.of(fit.risk, fit.at), slots_of(fit.clock, records.exit, stratum)
    inside = sums.hazard[slot]
    if records.entry is not None:
        inside = inside - sums.hazard[slots_of(fit.clock, records.entry, stratum)]
    # An event on a day on which nobody died in the fit shares no ties.
    shared = records.event & (fit.clock.time[slot] == records.exit)
    inside = inside - np.where(shared, fit.at.tied.first_shared[slot], 0.0)
    expected = np.exp(predictor - fit.at.shift) * inside
    martingale = records.event - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where(records.event, np.log(expected), 0.0)
        inner = np.maximum(-2.0 * (martingale + logs), 0.0)
    return pd.DataFrame(
        {"linear_predictor": predictor, "expected": expected, "martingale": martingale}
        | {"deviance": np.sign(martingale) * np.sqrt(inner)},
        index=frame.index,
    )


def concordance(fit: CoxFit) -> pd.DataFrame:
    """Share of pairs of records whose order of events the model gets right.

    Parameters
    ----------
    fit : CoxFit
        From `helpers.methods.cox.cox`.

    Returns
    -------
    DataFrame
        One row: ``value`` (0.5 is no better than chance), ``concordant``, ``discordant``,
        ``tied`` (pairs of one predictor, counted half), ``method``.

    Notes
    -----
    Harrell and others (1982) JAMA 247:2543: a record with the event against each record of its
    stratum that was at risk at the time and did not have the event at the same time. Computed on
    the data that were fitted, it flatters the model.

    Examples
    --------
    >>> from helpers.methods.cox import cox
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> concordance(cox(waits, terms=["prison"]))[["value", "concordant", "tied"]].round(3)
       value  concordant  tied
    0  0.625         5.0   5.0
    """
    risk = fit.risk
    predictor = np.round(fit.design.matrix @ fit.scaled, 10)
    rank = np.unique(predictor, return_inverse=True)[1]
    size = int(rank.max()) + 1
    concordant = discordant = tied = 0.0
    leave = np.argsort(risk.exit, kind="stable")
    enter = np.argsort(risk.entry, kind="stable")
    leaves = np.searchsorted(risk.exit[leave], np.arange(risk.slots + 1))
    enters = np.searchsorted(risk.entry[enter], np.arange(risk.slots + 1))

    def of(cells: np.ndarray) -> np.ndarray:
        return np.bincount(rank[risk.pattern[cells]], risk.count[cells], minlength=size)

    for low, high in zip(risk.start[:-1], risk.start[1:], strict=True):
        at_risk = np.zeros(size)
        for slot in range(high - 1, low, -1):
            here = leave[leaves[slot] : leaves[slot + 1]]
            at_risk += of(here)
            died = of(here[risk.event[here]])
            others = at_risk - died
            below = np.cumsum(others) - others
            concordant += float(died @ below)
            tied += float(died @ others)
            discordant += float(died @ (others.sum() - below - others))
            at_risk -= of(enter[enters[slot - 1] : enters[slot]])
    every = concordant + discordant + tied
    value = (concordant + 0.5 * tied) / every if every else float("nan")
    return pd.DataFrame(
        {"value": [value], "concordant": concordant, "discordant": discordant, "tied": tied}
        | {"method": f"Harrell's concordance, on the fitted records; {fit.method}"}
    )
