"""Ratios of any two levels, and of combinations of coefficients.

Functions
---------
contrast
    Ratio of two levels, or of a combination.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from ._checks import Floats, check_level
from ._few_clusters import CAUTION, FEW
from ._fit import RegressionFit


def _levels(fit: RegressionFit, term: str, level: str, against: str) -> Floats:
    """Difference of the designs of two levels, other variables at the mean of all records."""
    design, at = fit.design, fit.design.find(term)
    variable = design.variables[at]
    absent = [name for name in (level, against) if name not in variable.levels]
    if absent:
        known = ", ".join(map(repr, variable.levels)) or "no levels"
        raise ValueError(
            f"Term {term!r} has no level {', '.join(map(repr, absent))}; it has {known}."
        )
    if any(part.kind == "interaction" and at in part.variables for part in design.terms):
        raise ValueError(
            f"{term!r} is part of an interaction, so that its ratio depends on the other "
            "variable; name the coefficients in `weights`."
        )
    one, two = (design.changed(at, code=variable.levels.index(name)) for name in (level, against))
    return (one - two)[0]


def contrast(
    fit: RegressionFit,
    *,
    term: str = "",
    level_name: str = "",
    against: str = "",
    weights: Mapping[str, float] | None = None,
    level: float | None = None,
) -> pd.DataFrame:
    """Ratio of any two levels of a term, or of any combination of coefficients.

    Parameters
    ----------
    fit : RegressionFit
        From `helpers.methods.regression.logistic` or ``poisson``.
    term, level_name, against : str
        A term with levels, and the two that are compared.
    weights : mapping of float, optional
        Instead of these: weight of each coefficient by its label ("term: level", or "term").
    level : float, optional
        Two-sided confidence level; that of the fit if not given.

    Returns
    -------
    DataFrame
        One row: ``contrast`` (in words), ``estimate`` (log ratio), ``std_error``, ``value`` (the
        ratio), ``low``, ``high``, ``df``, ``p_value``, ``level``, ``method``. No limits where
        the combination is known from one cluster alone.

    Raises
    ------
    ValueError
        For a term, level or coefficient that the fit does not have.

    Notes
    -----
    Wald limits of the combination, with the covariance of the fit.

    Examples
    --------
    >>> from helpers.methods.regression import logistic
    >>> rows = pd.DataFrame({"ward": list("aabbcc") * 10, "seen": [0, 1, 1, 0, 0, 1] * 10})
    >>> fit = logistic(rows, outcome="seen", terms=["ward"])
    >>> found = contrast(fit, term="ward", level_name="c", against="b")
    >>> found.loc[0, "contrast"], round(float(found.loc[0, "value"]), 3)
    ('ward: c against b', 1.0)
    """
    wanted = fit.level if level is None else check_level(level)
    labels = fit.design.labels()
    if weights is None:
        gradient = _levels(fit, term, level_name, against)
        words = f"{term}: {level_name} against {against}"
    else:
        absent = [name for name in weights if name not in labels]
        if absent:
            raise ValueError(
                f"{', '.join(map(repr, absent))}: not a coefficient of the fit, which has "
                f"{', '.join(map(repr, labels))}."
            )
        gradient = np.array([float(weights.get(name, 0.0)) for name in labels])
        words = " + ".join(f"{weight:g} x {name}" for name, weight in weights.items())
    estimate = float(gradient @ fit.estimate)
    error, against = fit.spread(gradient)
    reach = against.critical(wanted) * error
    df = np.nan if against.df is None else against.df
    return pd.DataFrame(
        {
            "contrast": [words],
            "estimate": estimate,
            "std_error": error,
            "value": np.exp(estimate),
            "low": np.exp(estimate - reach),
            "high": np.exp(estimate + reach),
            "df": df,
            "p_value": against.two_sided(estimate / error) if error > 0 else np.nan,
            "level": float(wanted),
            "method": f"linear combination of coefficients; {fit.method}"
            + (f"; {CAUTION}" if df < FEW else ""),
        }
    )
