"""How well a model tells apart those with the outcome from those without, and what it explains.

Functions
---------
discrimination
    Area under the curve with DeLong limits.
fit_statistics
    Likelihoods, Brier score, pseudo R squared and expected shrinkage.
"""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._checks import Floats, check_choice, check_level, critical
from ._pattern_checks import checked_counts, checked_probability


def _placements(events: Floats, others: Floats, score: Floats) -> tuple[Floats, ...]:
    """Count by distinct score, with the share of the other side that each beats."""
    _, place = np.unique(score, return_inverse=True)
    e, m = np.bincount(place, events), np.bincount(place, others)
    below = np.cumsum(m) - m
    above = e.sum() - np.cumsum(e)
    return e, m, (below + 0.5 * m) / m.sum(), (above + 0.5 * e) / e.sum()


def discrimination(
    events: ArrayLike,
    trials: ArrayLike,
    probability: ArrayLike,
    *,
    level: float = 0.95,
    scale: Literal["logit", "plain"] = "logit",
) -> pd.DataFrame:
    """Area under the receiver operating curve with DeLong limits.

    Parameters
    ----------
    events, trials, probability : array_like, shape (patterns,)
        See `calibration_table`; any score that puts patterns in order will do.
    level : float
        Two-sided confidence level.
    scale : {"logit", "plain"}
        Limits on the log odds scale, which stay between 0 and 1, or symmetrical ones as
        published, which may not.

    Returns
    -------
    DataFrame
        One row: ``measure`` ("area under the curve"), ``value`` (of a record with the outcome and
        one without, how often the first has the higher probability; ties count half), ``low``,
        ``high``, ``std_error``, ``pairs``, ``numerator``, ``denominator``, ``level``, ``method``.
        NaN, with the reason as method, where none or all have the outcome; no limits where one
        side has a single record or every pair is in the same order.

    Raises
    ------
    ValueError
        For counts or scores that cannot be right, shapes that do not fit, or an unknown scale.

    Notes
    -----
    DeLong, DeLong and Clarke-Pearson (1988) Biometrics 44:837, over counts by distinct score: the
    same to rounding as over single records. They take records as independent.

    Examples
    --------
    >>> score = [0.1, 0.3, 0.5, 0.7, 0.9]
    >>> found = discrimination([3, 2, 2, 11, 33], [36, 8, 8, 22, 35], score)
    >>> found[["value", "std_error"]].round(4)
        value  std_error
    0  0.8932     0.0307
    """
    check_choice("scale", scale, ("logit", "plain"))
    check_level(level)
    y, n = checked_counts(events, trials)
    p = checked_probability(probability, len(y))
    yes, no = float(y.sum()), float((n - y).sum())
    value, error, low, high = (float("nan"),) * 4
    if min(yes, no) == 0:
        method = f"none: {'none' if yes == 0 else 'all'} of the records have the outcome"
    else:
        e, m, first, second = _placements(y, n - y, p)
        value = float(e @ first / yes)
        method = "DeLong; no limits: one side has a single record"
        if min(yes, no) > 1:
            spread = (e @ (first - value) ** 2) / (yes - 1.0) / yes
            spread += (m @ (second - value) ** 2) / (no - 1.0) / no
            error = float(np.sqrt(spread))
            low, high = _limits(value, error, critical(level), scale)
            method = (
                f"DeLong, limits on the {'log odds' if scale == 'logit' else 'plain'} scale"
                if np.isfinite(low)
                else "DeLong; no limits: every pair is in the same order"
            )
    row = {"measure": "area under the curve", "value": value, "low": low, "high": high}
    row |= {"std_error": error, "pairs": yes * no, "numerator": int(yes)}
    row |= {"denominator": int(yes + no), "level": float(level), "method": method}
    return pd.DataFrame([row])


def _limits(value: float, error: float, z: float, scale: str) -> tuple[float, float]:
    if error == 0 or not 0 < value < 1:
        return float("nan"), float("nan")
    if scale == "plain":
        return value - z * error, value + z * error
    odds, reach = np.log(value / (1 - value)), z * error / (value * (1 - value))
    low, high = (1.0 / (1.0 + np.exp(-(odds + side * reach))) for side in (-1.0, 1.0))
    return float(low), float(high)


MEANING = {
    "log_likelihood": "log-likelihood of the fitted probabilities over single records",
    "log_likelihood_null": "the same with one probability for all",
    "deviance": "minus twice the log-likelihood over single records",
    "mcfadden": "share by which the log-likelihood is nearer to 0 than without the model",
    "cox_snell": "gain in likelihood a record, on a scale that ends below 1",
    "nagelkerke": "the same over the most that it could be: 0 none, 1 all",
    "brier": "mean squared gap between outcome and fitted probability; 0 is exact",
    "brier_null": "the same with one probability for all",
    "brier_gain": "share by which the model makes that gap smaller",
    "expected_slope": "slope of calibration to be expected in new records; below 1: overfitted",
}


def fit_statistics(
    events: ArrayLike,
    trials: ArrayLike,
    probability: ArrayLike,
    *,
    parameters: int | None = None,
) -> pd.DataFrame:
    """Likelihoods, pseudo R squared, Brier score and expected shrinkage.

    Parameters
    ----------
    events, trials, probability : array_like, shape (patterns,)
        See `calibration_table`.
    parameters : int, optional
        Parameters of the model, the intercept among them; needed for the expected slope.

    Returns
    -------
    DataFrame
        One row a measure: ``measure``, ``meaning``, ``value``, ``numerator``, ``denominator``,
        ``method``.
        NaN where none or all have the outcome, or a fitted probability rules out what was seen;
        no expected slope for probabilities that fit worse than one for all.

    Raises
    ------
    ValueError
        As `calibration_table`, or for fewer parameters than 1.

    Notes
    -----
    Brier (1950) Mon Weather Rev 78:1; McFadden (1974); Nagelkerke (1991) Biometrika 78:691. The
    expected slope is the heuristic shrinkage of van Houwelingen and le Cessie (1990) Stat Med
    9:1303: (chi-squared - df) / chi-squared of the whole model.

    Examples
    --------
    >>> found = fit_statistics([2, 6], [10, 10], [0.2, 0.6], parameters=2).set_index("measure")
    >>> found.loc[["brier", "nagelkerke", "expected_slope"], "value"].round(3)
    measure
    brier             0.200
    nagelkerke        0.214
    expected_slope    0.710
    Name: value, dtype: float64
    """
    y, n = checked_counts(events, trials)
    p = checked_probability(probability, len(y))
    if parameters is not None and parameters < 1:
        raise ValueError(f"A model has 1 parameter or more; got {parameters}.")
    total, yes = float(n.sum()), float(y.sum())
    share = yes / total
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = np.where(y > 0, y * np.log(p), 0.0) + np.where(n > y, (n - y) * np.log1p(-p), 0.0)
        full = float(parts.sum())
        null = total * float(share * np.log(share) + (1 - share) * np.log1p(-share))
        gain = 2.0 * (full - null)
        cox = -np.expm1(-gain / total)
        most = -np.expm1(2.0 * null / total)
        brier = float(y @ (1.0 - p) ** 2 + (n - y) @ p**2) / total
        plain = share * (1.0 - share)
        found = {
            "log_likelihood": full,
            "log_likelihood_null": null if 0 < share < 1 else 0.0,
            "deviance": -2.0 * full,
            "mcfadden": 1.0 - full / null,
            "cox_snell": cox,
            "nagelkerke": cox / most,
            "brier": brier,
            "brier_null": plain,
            "brier_gain": 1.0 - brier / plain if plain else np.nan,
            "expected_slope": 1.0 - ((parameters or np.nan) - 1.0) / gain if gain > 0 else np.nan,
        }
    result = pd.DataFrame({"measure": list(found), "meaning": [MEANING[name] for name in found]})
    value = np.array(list(found.values()), dtype=float)
    return result.assign(
        value=np.where(np.isfinite(value), value, np.nan),
        numerator=int(yes),
        denominator=int(total),
        method="over single records, from their counts by fitted probability",
    )
