"""Curves of a fitted Cox model.

Functions
---------
baseline_hazard
    Cumulative hazard with every term at its reference or at zero.
predicted_survival
    Share still without the event for given values of the terms.
profiles_of
    Covariates and stratum of given rows.
refuse_exact
    Refuse a fit with exact ties, which has no curve here.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, check_choice, refuse, require_columns
from ._cox_design import recoded
from ._cox_fit import CoxFit, Sums
from ._cox_records import slots_of

Transform = Literal["log-log", "log", "plain"]
TRANSFORMS = ("log-log", "log", "plain")


def refuse_exact(fit: CoxFit) -> None:
    """Raise ``ValueError`` for a fit with exact ties, which has no curve here."""
    if fit.ties == "exact":
        raise ValueError(
            "A fit with ties='exact' has no cumulative hazard here; fit it with ties='efron'."
        )


def _strata(fit: CoxFit) -> dict[str, NDArray[np.object_]]:
    """Label of each slot's stratum, where the fit has strata."""
    if fit.columns.strata is None:
        return {}
    labels = np.array(fit.clock.strata, dtype=object)
    return {fit.columns.strata: labels[fit.risk.stratum]}


def baseline_hazard(fit: CoxFit, *, level: float | None = None) -> pd.DataFrame:
    """Cumulative hazard with every term at its reference level or, for a number, at zero.

    Parameters
    ----------
    fit : CoxFit
        From `helpers.methods.cox.cox`.
    level : float, optional
        Two-sided confidence level; that of the fit if not given.

    Returns
    -------
    DataFrame
        The stratum, ``time`` (each time with an event), ``value`` (cumulative hazard),
        ``std_error``, ``low``, ``high``, ``numerator`` (events at the time), ``denominator``
        (records at risk), ``level``, ``method``.

    Raises
    ------
    ValueError
        For a fit with exact ties, or a level outside (0, 1).

    Notes
    -----
    Breslow (1974) Biometrics 30:89, with Efron's sums where the fit has them; variance with that
    of the estimates, after Tsiatis (1981) Ann Stat 9:93; limits on the log scale. Zero may lie far
    from the data, for an age for example: the curve is then no forecast for anybody.

    Examples
    --------
    >>> from helpers.methods.cox import cox
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> baseline_hazard(cox(waits, terms=["prison"]))[["time", "value"]].round(3).head(2)
       time  value
    0   1.0  0.085
    1   2.0  0.198
    """
    refuse_exact(fit)
    z, risk, sums = fit.critical(level), fit.risk, Sums.of(fit.risk, fit.at)
    # The design is centred, so that zero on the scale of the frame lies elsewhere in it.
    zero = -fit.design.centre / fit.design.spread
    value, error = _cumulative(fit, sums, zero, np.arange(risk.slots))
    at_risk, _ = risk.sums(np.ones(risk.patterns), np.zeros((risk.patterns, 0)))
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.exp(z * error / value)
    made = pd.DataFrame(
        {**_strata(fit), "time": fit.clock.time, "value": value, "std_error": error}
        | {"low": value / reach, "high": value * reach}
        | {"numerator": risk.tied.astype(np.int64)}
        | {"denominator": np.rint(at_risk).astype(np.int64)}
    )
    return (
        made[risk.tied > 0]
        .reset_index(drop=True)
        .assign(
            level=fit.level if level is None else float(level),
            method=f"cumulative hazard at zero, log limits; {fit.method}",
        )
    )


def _cumulative(
    fit: CoxFit, sums: Sums, covariates: Floats, slot: NDArray[np.intp]
) -> tuple[Floats, Floats]:
    """Cumulative hazard and standard error of one set of covariates at given slots."""
    ratio = float(np.exp(covariates @ fit.scaled - fit.at.shift))
    hazard = sums.hazard[slot]
    gradient = hazard[:, None] * covariates - sums.slope[slot]
    variance = sums.spread[slot]
    variance = variance + np.einsum("ij,jk,ik->i", gradient, fit.scaled_covariance, gradient)
    return ratio * hazard, ratio * np.sqrt(variance)


def profiles_of(fit: CoxFit, profiles: pd.DataFrame) -> tuple[Floats, NDArray[np.intp]]:
    """Return covariates and stratum of given rows, or raise ``ValueError`` naming rows."""
    names = [part.term.name for part in fit.design.terms]
    strata = fit.columns.strata
    require_columns(profiles, [*names, *([strata] if strata else [])])
    covariates, complete = recoded(profiles, fit.design.terms)
    refuse(~complete, profiles.index, "a term is missing")
    if strata is None:
        return covariates, np.zeros(len(profiles), dtype=np.intp)
    stratum = pd.Index(fit.clock.strata).get_indexer(profiles[strata])
    refuse(stratum < 0, profiles.index, f"the fit has no such stratum of {strata!r}")
    return covariates, stratum


def predicted_survival(
    fit: CoxFit,
    profiles: pd.DataFrame,
    *,
    times: Sequence[float],
    transform: Transform = "log-log",
    level: float | None = None,
) -> pd.DataFrame:
    """Share still without the event by given times, for given values of the terms.

    Parameters
    ----------
    fit : CoxFit
        From `helpers.methods.cox.cox`.
    profiles : DataFrame
        One row per set of values, with the terms (and the stratum) of the fit as columns.
    times : sequence of float
        Times, not negative, in units of the duration.
    transform : {"log-log", "log", "plain"}
        Scale on which the limits are symmetrical.
    level : float, optional
        Two-sided confidence level; that of the fit if not given.

    Returns
    -------
    DataFrame
        The columns of ``profiles``, ``time``, ``value`` (share without the event), ``std_error``,
        ``low``, ``high``, ``numerator`` (events in the stratum by then), ``denominator`` (records
        of the stratum), ``level``, ``method``. NaN after the last record of the stratum; no limits
        before its first event.

    Raises
    ------
    ValueError
        For missing columns, levels or strata that the fit does not have, missing terms, a
        negative time, an unknown transform, a fit with exact ties, or a level outside (0, 1).

    Notes
    -----
    exp(-cumulative hazard), variance as in `baseline_hazard`; the three transforms are those of
    Kalbfleisch and Prentice (2002) The Statistical Analysis of Failure Time Data, section 1.4.

    Examples
    --------
    >>> from helpers.methods.cox import cox
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> fit = cox(waits, terms=["prison"])
    >>> predicted_survival(fit, pd.DataFrame({"prison": [0, 1]}), times=[2])[
    ...     ["prison", "time", "value"]].round(3)
       prison  time  value
    0       0   2.0  0.820
    1       1   2.0  0.561
    """
    refuse_exact(fit)
    check_choice("transform", transform, TRANSFORMS)
    points = np.asarray(times, dtype=float)
    if not np.all(points >= 0):
        raise ValueError(f"Times must be numbers that are not negative; got {list(times)!r}.")
    covariates, stratum = profiles_of(fit, profiles)
    z, risk, sums = fit.critical(level), fit.risk, Sums.of(fit.risk, fit.at)
    seen = risk.up_to(risk.tied)
    records = np.bincount(risk.stratum[risk.exit], risk.count, minlength=risk.start.size - 1)
    made = []
    for row, group in zip(covariates, stratum, strict=True):
        slot = slots_of(fit.clock, points, np.full(points.size, group))
        hazard, error = _cumulative(fit, sums, row, slot)
        known = points <= fit.clock.last[group]
        value = np.where(known, np.exp(-hazard), np.nan)
        low, high = _limits(value, hazard, error, z, transform)
        made.append(
            pd.DataFrame(
                {"time": points, "value": value, "std_error": value * error}
                | {"low": low, "high": high, "numerator": seen[slot].astype(np.int64)}
                | {"denominator": int(records[group])}
            )
        )
    keys = profiles.loc[profiles.index.repeat(points.size)].reset_index(drop=True)
    columns = ["time", "value", "std_error", "low", "high", "numerator", "denominator"]
    stacked = pd.concat(made, ignore_index=True) if made else pd.DataFrame(columns=columns)
    return pd.concat([keys, stacked], axis=1).assign(
        level=fit.level if level is None else float(level),
        method=f"predicted survival, {transform} limits; {fit.method}",
    )


def _limits(
    value: Floats, hazard: Floats, error: Floats, z: float, transform: str
) -> tuple[Floats, Floats]:
    value = np.where(hazard > 0, value, np.nan)
    if transform == "plain":
        low, high = value - z * value * error, value + z * value * error
    elif transform == "log":
        low, high = value * np.exp(-z * error), value * np.exp(z * error)
    else:
        with np.errstate(divide="ignore", invalid="ignore"):
            power = np.exp(z * error / hazard)
        low, high = value**power, value ** (1.0 / power)
    return np.maximum(low, 0.0), np.minimum(high, 1.0)
