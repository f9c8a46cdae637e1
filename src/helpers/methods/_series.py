"""Steps that models of series share: rows that can be fitted, families, lines to draw.

Functions
---------
prepared
    Checked rows with their events, exposure and times.
design
    The coded terms of a trend: a constant, time about its mean, and strata.
chosen_family
    The family named, or the quasi family of the kind.
autocorrelation
    Lag 1 autocorrelation of residuals, with a warning.
drawn
    Rows with the line of a fit and its limits.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import Floats, check_choice, check_counts, check_exposure, numbers, require_columns
from ._loglinear import FAMILIES, Fit, check_times, clock, factors

Kind = Literal["rate", "proportion"]


def prepared(
    frame: pd.DataFrame, numerator: str, denominator: str, time: str, by: Sequence[str], kind: str
) -> tuple[pd.DataFrame, Floats, Floats, Floats]:
    """Return checked rows that can be fitted, with their events, exposure and times.

    Parameters
    ----------
    frame : DataFrame
        One row a period and series.
    numerator, denominator, time : str
        Columns of events, exposure or trials, and time.
    by : sequence of str
        Columns that tell series apart.
    kind : {"rate", "proportion"}
        What the denominator is.

    Returns
    -------
    tuple
        Rows with both values and a denominator above zero; events; exposure; times.

    Examples
    --------
    >>> frame = pd.DataFrame({"numerator": [1], "denominator": [9], "year": [2020]})
    >>> prepared(frame, "numerator", "denominator", "year", [], "rate")[3]
    array([2020.])
    """
    check_choice("kind", kind, tuple(FAMILIES))
    require_columns(frame, [numerator, denominator, time, *by])
    x, n, t = numbers(frame, numerator), numbers(frame, denominator), clock(frame, time)
    if kind == "proportion":
        check_counts(x, n, frame.index)
    else:
        check_exposure(x, n, frame.index)
    check_times(frame, t, by, time)
    kept = ~(np.isnan(x) | np.isnan(n)) & (n > 0)
    return frame[kept].reset_index(drop=True), x[kept], n[kept], t[kept]


def design(rows: pd.DataFrame, t: Floats, strata: Sequence[str]) -> tuple[Floats, list[str]]:
    """Return the coded terms of a trend and their names; the constant stands at the mean time.

    Examples
    --------
    >>> design(pd.DataFrame({"sex": ["F", "M"]}), np.array([1.0, 3.0]), ["sex"])[0].tolist()
    [[1.0, -1.0, 0.0], [1.0, 1.0, 1.0]]
    """
    names, coded = factors(rows, strata)
    centre = t.mean() if len(t) else 0.0
    return np.column_stack([np.ones(len(t)), t - centre, *coded]), ["constant", "time", *names]


def chosen_family(family: str | None, kind: str) -> str:
    """Return the family named, or the quasi family of the kind.

    Examples
    --------
    >>> chosen_family(None, "rate")
    'quasi-poisson'
    """
    check_choice("kind", kind, tuple(FAMILIES))
    name = FAMILIES[kind][0] if family is None else family
    check_choice("family", name, FAMILIES[kind])
    return name


def autocorrelation(found: Fit, order: Floats) -> tuple[float, str]:
    """Lag 1 autocorrelation of the residuals of a single series, and a warning if it is large.

    Examples
    --------
    >>> from helpers.methods._loglinear import fit
    >>> y = np.array([5.0, 9, 5, 9])
    >>> model = fit(y, np.ones(4), np.ones((4, 1)), ["constant"], family="poisson", errors="model")
    >>> round(autocorrelation(model, np.arange(4.0))[0], 2)
    -0.75
    """
    left = found.residuals - found.residuals.mean() if len(order) else found.residuals
    if len(order) < 4 or len(np.unique(order)) < len(order) or not (left**2).sum() > 1e-12:
        return np.nan, ""
    value = float((left[1:] * left[:-1]).sum() / (left**2).sum())
    if abs(value) < 1.959964 / np.sqrt(len(order)):
        return value, ""
    return value, "neighbouring periods are alike or opposed; Newey-West errors (hac) allow for it"


def drawn(
    rows: pd.DataFrame, found: Fit, matrix: Floats, kind: str, per: float, level: float
) -> pd.DataFrame:
    """Rows with the line of a fit and its limits.

    Parameters
    ----------
    rows : DataFrame
        Rows that were fitted.
    found : Fit
        The fit.
    matrix : ndarray
        Its coded terms.
    kind : {"rate", "proportion"}
        Scale of the line.
    per, level : float
        Units of exposure of a rate, and confidence level.

    Examples
    --------
    >>> from helpers.methods._loglinear import fit
    >>> model = fit(np.array([4.0, 4]), np.ones(2), np.ones((2, 1)), ["constant"],
    ...             family="poisson", errors="model")
    >>> drawn(pd.DataFrame(index=[0, 1]), model, np.ones((2, 1)), "rate", 1, 0.95)["value"].tolist()
    [4.0, 4.0]
    """
    centre = matrix @ found.estimate
    spread = np.sqrt(np.einsum("ij,jk,ik->i", matrix, found.covariance, matrix))
    reach = found.critical(level) * spread
    ends = [centre, centre - reach, centre + reach]
    with np.errstate(over="ignore"):
        scaled = [
            1 / (1 + np.exp(-end)) if kind == "proportion" else per * np.exp(end) for end in ends
        ]
    names = dict(zip(("value", "low", "high"), (np.round(v, 12) for v in scaled), strict=True))
    return rows.assign(**names, level=float(level), method=found.method)
