"""What a model of counts is worth: families side by side, tests of spread, likelihood limits.

Nothing here chooses a family or a term: the tables are shown, and the family stays the one stated.

Functions
---------
families
    Likelihood, deviance, dispersion and AIC of the same terms under each family.
overdispersion
    Three tests of whether counts vary more than Poisson allows.
profile_limits
    Limits of each term from the likelihood, which need not lie evenly about the estimate.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._checks import as_list, check_level
from ._loglinear import FAMILIES, Fit, fit
from ._profile import profiled
from ._series import Kind, chosen_family, design, prepared

PROFILE = "profile likelihood"
PROFILE_QUASI = "profile deviance over the dispersion (F)"


def families(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    time: str = "year",
    strata: str | Sequence[str] = (),
    units: str | Sequence[str] = (),
    kind: Kind = "rate",
) -> pd.DataFrame:
    """Fit the same terms under each family of a kind and lay the fits side by side.

    Parameters
    ----------
    frame, numerator, denominator, time, strata, units, kind
        As for `helpers.methods.trend.trend`.

    Returns
    -------
    DataFrame
        One row a family in the order of its list: ``family``, ``numerator``, ``denominator``,
        ``n`` (rows used), ``parameters`` (alpha among them), ``loglik``, ``aic`` (both missing for
        the quasi families, which have no likelihood), ``deviance``, ``pearson`` and
        ``dispersion`` (of the terms without extra spread, the same for each family of a kind),
        ``df``, ``alpha``, ``method`` and ``note``.

    Raises
    ------
    ValueError
        As `helpers.methods.trend.trend`.

    Notes
    -----
    Akaike (1974) IEEE Trans Autom Control 19:716: twice the parameters less twice the log
    likelihood. A lower AIC is no licence to change a family after the data were seen.

    Examples
    --------
    >>> years = pd.DataFrame({"year": [1, 2, 3], "numerator": [10, 20, 24], "denominator": 100})
    >>> families(years)[["family", "parameters", "aic"]].round(2)
                  family  parameters    aic
    0      quasi-poisson           2    NaN
    1            poisson           2  18.77
    2  negative-binomial           2  18.77
    """
    by = [*as_list(strata), *as_list(units)]
    rows, x, n, t = prepared(frame, numerator, denominator, time, by, kind)
    matrix, terms = design(rows, t, as_list(strata))
    made = []
    for family in FAMILIES[kind]:
        found = fit(x, n, matrix, terms, family=family, errors="model")
        quasi = family.startswith("quasi")
        made.append(
            {
                "family": family, "numerator": x.sum(), "denominator": n.sum(), "n": len(x),
                "parameters": len(terms) + int(found.alpha > 0),
                "loglik": np.nan if quasi else found.loglik, "aic": found.aic,
                "deviance": found.deviance, "pearson": found.pearson,
                "dispersion": found.dispersion, "df": found.df, "alpha": found.alpha,
                "method": found.method, "note": found.note,
            }
        )  # fmt: skip
    return pd.DataFrame(made)


def overdispersion(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    time: str = "year",
    strata: str | Sequence[str] = (),
    units: str | Sequence[str] = (),
) -> pd.DataFrame:
    """Test in three ways whether counts vary more about their terms than Poisson allows.

    Parameters
    ----------
    frame, numerator, denominator, time, strata, units
        As for `helpers.methods.trend.trend`; rates only.

    Returns
    -------
    DataFrame
        One row a test: ``test``, ``value`` (Pearson chi-squared over df, then alpha of NB2 by
        regression and by maximum likelihood), ``statistic``, ``df``, ``p_value``, ``numerator``,
        ``denominator``, ``n``, ``method`` and ``note``. All three are of more spread, not less.

    Raises
    ------
    ValueError
        As `helpers.methods.trend.trend`.

    Notes
    -----
    Cameron and Trivedi (1990) J Econometrics 46:347: ((x - m)^2 - x) / m is regressed on m,
    without a constant; the t ratio is set against the normal distribution, above only. The
    likelihood ratio of alpha above none has half a chi-squared distribution with 1 df, since
    alpha cannot lie below none (Cameron and Trivedi 2013, Regression Analysis of Count Data,
    3.4); without more spread than chance its statistic is 0 and its p value 1.

    Examples
    --------
    >>> counts = pd.DataFrame({"year": [1, 2, 3, 4], "numerator": [4, 31, 9, 40]})
    >>> overdispersion(counts.assign(denominator=100))[["test", "p_value"]].round(4)
                   test  p_value
    0           Pearson   0.0000
    1   Cameron-Trivedi   0.1374
    2  likelihood ratio   0.0000
    """
    from scipy.special import chdtrc, ndtr

    by = [*as_list(strata), *as_list(units)]
    rows, x, n, t = prepared(frame, numerator, denominator, time, by, "rate")
    matrix, terms = design(rows, t, as_list(strata))
    plain = fit(x, n, matrix, terms, family="poisson", errors="model")
    wide = fit(x, n, matrix, terms, family="negative-binomial", errors="model")
    slope, ratio, note = np.nan, np.nan, plain.note
    if not note and plain.df:
        m = plain.mean
        y = ((x - m) ** 2 - x) / m
        slope = float((m * y).sum() / (m**2).sum())
        left = ((y - slope * m) ** 2).sum() / (len(x) - 1)
        ratio = slope / float(np.sqrt(left / (m**2).sum())) if left > 0 else np.nan
    elif not note:
        note = "no residual degrees of freedom: spread cannot be told from the terms"
    lr = np.nan if note else max(wide.lr_alpha, 0.0) if wide.alpha > 0 else 0.0
    p_lr = 1.0 if lr == 0 else 0.5 * float(chdtrc(1, lr))
    tests = [
        ("Pearson", plain.dispersion, plain.pearson, plain.df, plain.p_dispersion,
         "Pearson chi-squared of the Poisson model"),
        ("Cameron-Trivedi", slope, ratio, np.nan, float(ndtr(-ratio)),
         "Cameron and Trivedi (1990), NB2 form, one-sided"),
        ("likelihood ratio", np.nan if note else wide.alpha, lr, 1, p_lr,
         "likelihood ratio of NB2 to Poisson, half the chi-squared tail"),
    ]  # fmt: skip
    return pd.DataFrame(
        tests, columns=["test", "value", "statistic", "df", "p_value", "method"]
    ).assign(numerator=x.sum(), denominator=n.sum(), n=len(x), note=note)


def profile_limits(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    time: str = "year",
    strata: str | Sequence[str] = (),
    units: str | Sequence[str] = (),
    kind: Kind = "rate",
    family: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Limits of each term at which the likelihood falls by what chance allows.

    Parameters
    ----------
    frame, numerator, denominator, time, strata, units, kind, family, level
        As for `helpers.methods.trend.trend`.

    Returns
    -------
    DataFrame
        One row a term, the constant at the mean time: ``term``, ``value``, ``low``, ``high`` (all
        on the log scale), ``numerator``, ``denominator``, ``level``, ``method`` and ``note``. A
        limit that the likelihood never reaches is infinite.

    Raises
    ------
    ValueError
        As `helpers.methods.trend.trend`.

    Notes
    -----
    Venzon and Moolgavkar (1988) Appl Stat 37:87: all other terms are fitted anew at each value.
    The spread alpha of NB2 is held at its estimate, as ``confint`` of R's MASS holds it. For the
    quasi families the fall in deviance over the dispersion is set against F with 1 and the
    residual df.

    Examples
    --------
    >>> years = pd.DataFrame({"year": [1, 2], "numerator": [3, 12], "denominator": [100, 100]})
    >>> profile_limits(years, family="poisson")[["term", "value", "low", "high"]].round(3)
           term  value    low   high
    0  constant -2.813 -3.558 -2.257
    1      time  1.386  0.239  2.865
    """
    check_level(level)
    chosen, layers = chosen_family(family, kind), as_list(strata)
    by = [*layers, *as_list(units)]
    rows, x, n, t = prepared(frame, numerator, denominator, time, by, kind)
    matrix, terms = design(rows, t, layers)
    found = fit(x, n, matrix, terms, family=chosen, errors="model")
    low, high = _ends(found, x, n, matrix, kind, level)
    words = PROFILE_QUASI if chosen.startswith("quasi") else PROFILE
    return pd.DataFrame(
        {
            "term": found.terms, "value": found.estimate, "low": low, "high": high,
            "numerator": x.sum(), "denominator": n.sum(), "level": float(level),
            "method": f"{found.method}; {words}", "note": found.note,
        }
    )  # fmt: skip


def _ends(
    found: Fit, x: np.ndarray, n: np.ndarray, matrix: np.ndarray, kind: str, level: float
) -> tuple[np.ndarray, np.ndarray]:
    """Both limits of each term; NaN where there is no estimate or no dispersion."""
    spread = np.diag(found.covariance)
    if np.isnan(found.estimate).any() or not (spread > 0).all():
        return np.full(len(spread), np.nan), np.full(len(spread), np.nan)
    quasi = not np.isnan(found.quantile_df)
    fall = found.critical(level) ** 2 * (found.dispersion if quasi else 1.0)
    alpha = found.alpha if found.alpha > 0 else 0.0
    pairs = [
        profiled(x, n, matrix, found.estimate, place, np.sqrt(spread[place]), fall=fall,
                 kind=kind, alpha=alpha)
        for place in range(len(spread))
    ]  # fmt: skip
    return np.array([pair[0] for pair in pairs]), np.array([pair[1] for pair in pairs])
