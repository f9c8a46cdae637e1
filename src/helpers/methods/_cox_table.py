"""The table of coefficients of a Cox model, and the counts behind it.

Functions
---------
level_counts
    Events and records of each column.
alone_in_cluster
    Columns whose level or reference lies in a single cluster.
coefficient_table
    One row per coefficient, the hazard ratio as value.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, critical
from ._cox_design import CoxDesign
from ._patterns import Codes
from ._risk_sets import RiskSets


def level_counts(design: CoxDesign, risk: RiskSets) -> tuple[Floats, Floats]:
    """Return events and records of each column: of its level, or all for a number.

    Raises ``ValueError`` for a level without events, which has no finite estimate.
    """
    records = np.bincount(risk.pattern, risk.count, minlength=risk.patterns)
    events = np.bincount(risk.pattern, risk.count * risk.event, minlength=risk.patterns)
    seen, every = [], []
    for part, code in zip(design.terms, design.codes.T, strict=True):
        if not part.term.levels:
            seen.append([events.sum()])
            every.append([records.sum()])
            continue
        size = len(part.term.levels)
        died, all_of = (np.bincount(code, values, minlength=size) for values in (events, records))
        for label, number, rows in zip(part.term.levels, died, all_of, strict=True):
            if number == 0:
                raise ValueError(
                    f"Term {part.term.name!r}, level {label!r}: none of its {int(rows)} records "
                    "has the event, so that its hazard ratio has no finite estimate; merge the "
                    "level with another or leave the term out."
                )
        seen.append(died[1:])
        every.append(all_of[1:])
    return np.concatenate(seen), np.concatenate(every)


def alone_in_cluster(design: CoxDesign, risk: RiskSets, cluster: Codes | None) -> NDArray[np.bool_]:
    """Return columns whose level or reference lies in a single cluster.

    Its score sums to zero there, so that the sandwich takes its ratio for known.
    """
    found = np.zeros(design.columns, dtype=bool)
    if cluster is None:
        return found
    for part, code in zip(design.terms, design.codes.T, strict=True):
        if part.term.levels:
            pairs = np.unique(np.stack([code[risk.pattern], cluster]), axis=1)
            single = np.bincount(pairs[0], minlength=len(part.term.levels)) < 2
            found[list(part.term.columns)] = single[1:] | single[0]
    return found


def coefficient_table(
    design: CoxDesign,
    estimate: Floats,
    covariance: Floats,
    counts: tuple[Floats, Floats],
    alone: NDArray[np.bool_],
    level: float,
    method: str,
) -> pd.DataFrame:
    """Return one row per coefficient, the hazard ratio as value.

    Parameters
    ----------
    design : CoxDesign
        Names of the columns.
    estimate, covariance : ndarray
        Log hazard ratios and their covariance.
    counts : tuple of ndarray
        Events and records of each column.
    alone : ndarray
        Columns without limits, since a level lies in one cluster.
    level : float
        Two-sided confidence level.
    method : str
        Convention in words.

    Returns
    -------
    DataFrame
        See `helpers.methods._cox_fit.CoxFit`.
    """
    from scipy.special import ndtr

    error = np.where(alone, np.nan, np.sqrt(np.diag(covariance)))
    reach = critical(level) * error
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        statistic = estimate / error
        ratios = {
            "value": np.exp(estimate),
            "low": np.exp(estimate - reach),
            "high": np.exp(estimate + reach),
        }
    words = np.where(alone, f"{method}; no limits, a level lies in one cluster", method)
    names = [list(part) for part in zip(*design.names(), strict=True)]
    # Made in one piece: a frame grown column by column takes as long as a small fit.
    return pd.DataFrame(
        dict(zip(["term", "level_name", "reference"], names, strict=True))
        | {"estimate": estimate, "std_error": error, **ratios, "statistic": statistic}
        | {"p_value": 2.0 * ndtr(-np.abs(statistic))}
        | {"numerator": counts[0].astype(np.int64), "denominator": counts[1].astype(np.int64)}
        | {"level": level, "method": words}
    )
