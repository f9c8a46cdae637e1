"""Whether as many had the outcome as a model expects.

Functions
---------
calibration_table
    Observed and expected shares by groups of the fitted probability.
calibration
    Observed to expected, calibration in the large, intercept and slope.
hosmer_lemeshow
    The Hosmer-Lemeshow test.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ._checks import Floats, check_level
from ._pattern_checks import (
    checked_clusters,
    checked_counts,
    checked_probability,
    critical_of,
)
from ._pattern_fit import fit_patterns, logit, sandwich
from .proportions import WILSON, wilson


def _quantiles(p: Floats, n: Floats, groups: int) -> Floats:
    """Quantiles of the probability over single records, as R's default (type 7) has them."""
    order = np.argsort(p, kind="stable")
    last = np.cumsum(n[order])
    place = (last[-1] - 1.0) * np.linspace(0.0, 1.0, groups + 1)
    # A whole number that rounding has missed is a whole number.
    place = np.where(np.abs(place - np.round(place)) < 1e-9 * last[-1], np.round(place), place)
    # Records are numbered from 0; pattern i holds the numbers below last[i].
    low = np.searchsorted(last, np.floor(place), side="right")
    high = np.searchsorted(last, np.ceil(place), side="right")
    lower, upper = p[order][low], p[order][high]
    return lower + (place - np.floor(place)) * (upper - lower)


def _grouped(p: Floats, n: Floats, groups: int) -> NDArray[np.intp]:
    """Group of each pattern: (from, to], the first with its lower end."""
    if groups < 2:
        raise ValueError(f"A table needs 2 groups or more; got {groups}.")
    ends = np.unique(_quantiles(p, n, groups))
    place = np.searchsorted(ends, p, side="left") - 1
    return np.clip(place, 0, max(len(ends) - 2, 0))


def calibration_table(
    events: ArrayLike,
    trials: ArrayLike,
    probability: ArrayLike,
    *,
    groups: int = 10,
    level: float = 0.95,
) -> pd.DataFrame:
    """Observed and expected shares by groups of the fitted probability.

    Parameters
    ----------
    events, trials : array_like, shape (patterns,)
        Records with the outcome, and records, of each covariate pattern. Single records are
        patterns of one.
    probability : array_like, shape (patterns,)
        Fitted probability.
    groups : int
        Groups of about equally many records, cut at quantiles of the probability; equal
        probabilities stay together, so that there may be fewer.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row a group, in ascending order: ``group`` (from 1), ``least``, ``most`` (fitted
        probability), ``expected`` (its mean over records), ``value`` (observed share), ``low``,
        ``high``, ``inside`` (whether the interval holds what is expected),
        ``expected_numerator``, ``numerator``, ``denominator``, ``level``, ``method``.

    Raises
    ------
    ValueError
        For counts or probabilities that cannot be right, shapes that do not fit, no records, or
        fewer than 2 groups.

    Notes
    -----
    Quantiles over single records as R's default; the groups are those of Hosmer and Lemeshow
    (1980) Commun Stat A9:1043.

    Examples
    --------
    >>> found = calibration_table([1, 3], [10, 10], [0.15, 0.25], groups=2)
    >>> found[["expected", "value", "numerator", "denominator"]]
       expected  value  numerator  denominator
    0      0.15    0.1          1           10
    1      0.25    0.3          3           10
    """
    check_level(level)
    y, n = checked_counts(events, trials)
    p = checked_probability(probability, len(y))
    kept = n > 0
    y, n, p = y[kept], n[kept], p[kept]
    place = _grouped(p, n, groups)
    found = np.unique(place)
    seen, size, mean = (np.bincount(place, part)[found] for part in (y, n, n * p))
    ends = [(p[place == at].min(), p[place == at].max()) for at in found]
    low, high = wilson(seen, size, level=level)
    expected = mean / size
    return pd.DataFrame(
        {
            "group": np.arange(1, len(found) + 1),
            "least": [end[0] for end in ends],
            "most": [end[1] for end in ends],
            "expected": expected,
            "value": seen / size,
            "low": low,
            "high": high,
            "inside": (low <= expected) & (expected <= high),
            "expected_numerator": mean,
            "numerator": seen.astype(np.int64),
            "denominator": size.astype(np.int64),
            "level": float(level),
            "method": f"groups of equally many records by fitted probability; {WILSON}",
        }
    )


def hosmer_lemeshow(
    events: ArrayLike,
    trials: ArrayLike,
    probability: ArrayLike,
    *,
    groups: int = 10,
    own_data: bool = True,
) -> pd.DataFrame:
    """Hosmer-Lemeshow test of the calibration table.

    Parameters
    ----------
    events, trials, probability, groups
        See `calibration_table`.
    own_data : bool
        Whether the model was fitted to these records, which costs two degrees of freedom.

    Returns
    -------
    DataFrame
        One row: ``statistic``, ``df``, ``p_value``, ``groups``, ``numerator``, ``denominator``,
        ``method``. NaN where groups leave no degrees of freedom, or a group expects none or all.

    Raises
    ------
    ValueError
        As `calibration_table`.

    Notes
    -----
    Hosmer and Lemeshow (1980) Commun Stat A9:1043. It depends on the number of groups, finds
    little in few records and any trifle in many: read the table before it.

    Examples
    --------
    >>> found = hosmer_lemeshow([1, 3, 6], [10, 10, 10], [0.15, 0.3, 0.5], groups=3)
    >>> found[["statistic", "df"]].round(3)
       statistic  df
    0      0.596   1
    """
    from scipy.special import chdtrc

    table = calibration_table(events, trials, probability, groups=groups)
    seen, mean, size = (
        table[name].to_numpy(dtype=float)
        for name in ("numerator", "expected_numerator", "denominator")
    )
    df = len(table) - (2 if own_data else 0)
    spread = mean * (1.0 - mean / size)
    known = df > 0 and bool((spread > 0).all())
    statistic = float(((seen - mean) ** 2 / spread).sum()) if known else float("nan")
    return pd.DataFrame(
        {
            "statistic": [statistic],
            "df": [df],
            "p_value": [float(chdtrc(df, statistic)) if known else float("nan")],
            "groups": [len(table)],
            "numerator": [int(seen.sum())],
            "denominator": [int(size.sum())],
            "method": ["Hosmer-Lemeshow chi-squared over groups by fitted probability"],
        }
    )


ROWS = {
    "observed to expected": "observed events over expected; 1 is agreement",
    "in the large": "log odds by which all fitted probabilities are off; 0 is agreement",
    "intercept": "intercept of the outcome on fitted log odds; 0 is agreement",
    "slope": "slope of the outcome on fitted log odds; 1 is agreement",
}


def calibration(
    events: ArrayLike,
    trials: ArrayLike,
    probability: ArrayLike,
    *,
    cluster: ArrayLike | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Observed to expected, calibration in the large, calibration intercept and slope.

    Parameters
    ----------
    events, trials, probability : array_like, shape (patterns,)
        See `calibration_table`; probabilities strictly between 0 and 1.
    cluster : array_like, optional
        Cluster of each pattern, such as the trust, for clustered limits of the last three.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        Rows "observed to expected", "in the large", "intercept" and "slope" of ``measure``:
        ``meaning``, ``value``, ``low``, ``high``, ``std_error``, ``numerator``, ``denominator``,
        ``level``, ``method``. NaN, with the reason as method, where none or all have the outcome
        or all fitted probabilities are equal.

    Raises
    ------
    ValueError
        As `calibration_table`; for a fitted probability of 0 or 1, or a single cluster.

    Notes
    -----
    Cox (1958) Biometrika 45:562; Steyerberg (2019) Clinical Prediction Models, chapter 15. In the
    data that a model of maximum likelihood was fitted to, the first is 1, the second and third 0
    and the fourth 1 whatever the model: they mean something in records it has not seen (see
    `held_out`). Limits of the first are Wilson limits of the share over the mean fitted
    probability; of the others normal, or with clusters t with clusters less one degrees of freedom
    and the CR1 covariance.

    Examples
    --------
    >>> found = calibration([2, 6], [10, 10], [0.3, 0.5])
    >>> found[["measure", "value"]].round(3)
                    measure  value
    0  observed to expected  1.000
    1          in the large  0.000
    2             intercept  0.405
    3                 slope  2.115
    """
    check_level(level)
    y, n = checked_counts(events, trials)
    p = checked_probability(probability, len(y), inside=True)
    codes, df = checked_clusters(cluster, len(y))
    score, total, mean = logit(p), float(n.sum()), float(n @ p)
    low, high = (float(end) * total / mean for end in wilson(y.sum(), total, level=level))
    rows = [(float(y.sum()) / mean, low, high, float("nan"), f"{WILSON}, over the mean fitted")]
    z = critical_of(level, df)
    ones = np.ones((len(y), 1))
    limits = "normal limits" if df is None else f"CR1 covariance, t with {df} degrees of freedom"
    for matrix, offset in ((ones, score), (np.column_stack([ones, score]), 0.0)):
        flat = matrix.shape[1] == 2 and np.ptp(score[n > 0]) < 1e-12
        fit = None if flat else fit_patterns(matrix, y, n, offset=offset)
        if fit is None:
            why = "all fitted probabilities are equal" if flat else "there is no finite estimate"
            rows += [(float("nan"),) * 4 + (f"none: {why}",)] * matrix.shape[1]
            continue
        error = np.sqrt(np.diag(sandwich(fit, codes, total)))
        rows += [
            (value, value - z * one, value + z * one, one, f"logistic recalibration; {limits}")
            for value, one in zip(fit.estimate.tolist(), error.tolist(), strict=True)
        ]
    result = pd.DataFrame(rows, columns=["value", "low", "high", "std_error", "method"])
    result.insert(0, "measure", list(ROWS))
    result.insert(1, "meaning", list(ROWS.values()))
    method = result.pop("method")
    return result.assign(
        numerator=int(y.sum()), denominator=int(total), level=float(level), method=method
    )
