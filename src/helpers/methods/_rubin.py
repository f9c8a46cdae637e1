"""Rubin's rules for the estimates of several completed frames.

Functions
---------
limits
    Limits and p values by t or, for infinite degrees of freedom, the normal distribution.
pool
    Estimates with limits that allow for what is not known.
joint_test
    One test of several coefficients at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._checks import Floats, as_list, check_level

POOLED = "Rubin's rules, t with Barnard-Rubin degrees of freedom"
LARGE = "Rubin's rules, t with Rubin's degrees of freedom (complete data taken as large)"
ESTIMATES = ["term", "value", "std_error", "low", "high", "statistic", "p_value", "df"]


@dataclass(frozen=True, eq=False)
class Fits:
    """Estimates of one model from several completed frames.

    Attributes
    ----------
    names : tuple of str
        Names of the coefficients.
    estimates : ndarray, shape (imputations, coefficients)
        One row for each frame.
    covariances : ndarray, shape (imputations, coefficients, coefficients)
        Of the estimates of each frame.

    Examples
    --------
    >>> Fits(("age",), np.zeros((2, 1)), np.ones((2, 1, 1))).names
    ('age',)
    """

    names: tuple[str, ...]
    estimates: Floats
    covariances: Floats


def _shaped(
    estimates: ArrayLike, covariances: ArrayLike, names: Sequence[str] | None, level: float
) -> Fits:
    """Arrays of the right shape with names, or a sentence."""
    check_level(level)
    value, spread = np.asarray(estimates, float), np.asarray(covariances, float)
    if value.ndim == 1:
        value = value[:, None]
    if spread.ndim == 1:
        spread = spread[:, None, None]
    if value.ndim != 2 or spread.shape != (*value.shape, value.shape[-1]):
        raise ValueError(
            "estimates must be of shape (imputations, coefficients) and covariances of shape "
            f"(imputations, coefficients, coefficients); got {value.shape} and {spread.shape}."
        )
    count, width = value.shape
    if count < 2:
        raise ValueError(
            "One imputation cannot say how much imputations differ; at least 2 are needed."
        )
    if not (np.isfinite(value).all() and np.isfinite(spread).all()):
        bad = np.flatnonzero(~np.isfinite(value).all(axis=1) | ~np.isfinite(spread).all((1, 2)))
        raise ValueError(
            f"Imputation {', '.join(str(number + 1) for number in bad[:5])}: an estimate or "
            "covariance is missing or infinite."
        )
    negative = np.flatnonzero((np.diagonal(spread, axis1=1, axis2=2) < 0).any(axis=1))
    if negative.size:
        raise ValueError(f"Imputation {negative[0] + 1}: a variance is negative.")
    labels = tuple(map(str, names)) if names is not None else tuple(map(str, range(1, width + 1)))
    if len(labels) != width or len(set(labels)) < width:
        raise ValueError(f"{width} coefficients need as many different names; got {labels!r}.")
    return Fits(labels, value, spread)


def _freedom(share: Floats, imputations: int, df_complete: float | None) -> tuple[Floats, Floats]:
    """Rubin's degrees of freedom, and those of Barnard and Rubin, by share of variance between."""
    with np.errstate(divide="ignore"):
        rubin = (imputations - 1) / share**2
    if df_complete is None:
        return rubin, rubin
    observed = (df_complete + 1) / (df_complete + 3) * df_complete * (1 - share)
    with np.errstate(divide="ignore"):
        adjusted = 1.0 / (1.0 / rubin + 1.0 / observed)
    # Nothing differs between imputations: the result is that of complete data.
    return rubin, np.where(share == 0, float(df_complete), adjusted)


def _check_freedom(df_complete: float | None) -> None:
    if df_complete is not None and not df_complete > 0:
        raise ValueError(
            "df_complete must be positive: rows less parameters, or clusters less one; "
            f"got {df_complete!r}."
        )


def limits(value: Floats, error: Floats, df: Floats, level: float) -> pd.DataFrame:
    """Limits and p values by t, or by the normal distribution where df is infinite."""
    from scipy.special import ndtr, ndtri, stdtr, stdtrit

    finite = np.where(np.isfinite(df), df, 1.0)
    tail = 0.5 + check_level(level) / 2.0
    reach = np.where(np.isfinite(df), stdtrit(finite, tail), ndtri(tail)) * error
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = value / error
    beyond = -np.abs(statistic)
    p_value = 2.0 * np.where(np.isfinite(df), stdtr(finite, beyond), ndtr(beyond))
    return pd.DataFrame(
        {
            "value": value,
            "std_error": error,
            "low": value - reach,
            "high": value + reach,
            "statistic": statistic,
            "p_value": p_value,
            "df": df,
        }
    )


def pool(
    estimates: ArrayLike,
    covariances: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    level: float = 0.95,
    df_complete: float | None = None,
) -> pd.DataFrame:
    """Pool the estimates of several completed frames by Rubin's rules.

    Parameters
    ----------
    estimates : array_like, shape (imputations, coefficients) or (imputations,)
        On a scale on which they are about normal: log odds ratios, not odds ratios.
    covariances : array_like, shape (imputations, coefficients, coefficients) or (imputations,)
        Covariances of the estimates; variances of a single coefficient.
    names : sequence of str, optional
        Names of the coefficients; counted from 1 if not given.
    level : float
        Two-sided confidence level.
    df_complete : float, optional
        Degrees of freedom that complete data would have: rows less parameters, or clusters
        less one. None: very many.

    Returns
    -------
    DataFrame
        ``term``, ``value``, ``std_error``, ``low``, ``high``, ``statistic``, ``p_value``,
        ``df``, ``within``, ``between`` (variances), ``relative_increase`` (of the variance, by
        what is missing), ``missing_information`` (fraction), ``monte_carlo_error`` (of the
        value: how much it would move with other random numbers), ``imputations``, ``level``,
        ``method``.

    Raises
    ------
    ValueError
        For fewer than 2 imputations, shapes that do not fit together, missing estimates, names
        that are too few or repeated, degrees of freedom not above 0, or a level outside (0, 1).

    Notes
    -----
    Rubin (1987) Multiple Imputation for Nonresponse in Surveys, 3.1-3.3: total variance is that
    within plus (1 + 1/m) times that between; the fraction of missing information is his
    (r + 2 / (df + 3)) / (r + 1) with his degrees of freedom. Degrees of freedom of t: Barnard and
    Rubin (1999) Biometrika 86:948. Monte Carlo error: the root of between / m (White, Royston
    and Wood 2011, Stat Med 30:377).

    Examples
    --------
    >>> pooled = pool([1.0, 1.2, 0.9, 1.1], [0.04, 0.05, 0.04, 0.05], df_complete=100)
    >>> pooled[["value", "std_error", "df", "relative_increase"]].round(3)
       value  std_error      df  relative_increase
    0   1.05      0.257  20.704              0.463
    """
    fits = _shaped(estimates, covariances, names, level)
    _check_freedom(df_complete)
    count = len(fits.estimates)
    value = fits.estimates.mean(axis=0)
    within = np.diagonal(fits.covariances, axis1=1, axis2=2).mean(axis=0)
    between = fits.estimates.var(axis=0, ddof=1)
    total = within + (1 + 1 / count) * between
    with np.errstate(divide="ignore", invalid="ignore"):
        increase = (1 + 1 / count) * between / within
        share = np.where(total > 0, (1 + 1 / count) * between / total, 0.0)
    rubin, df = _freedom(share, count, df_complete)
    return (
        limits(value, np.sqrt(total), df, level)
        .assign(
            within=within,
            between=between,
            relative_increase=increase,
            missing_information=(increase + 2.0 / (rubin + 3.0)) / (increase + 1.0),
            monte_carlo_error=np.sqrt(between / count),
            imputations=count,
            level=float(level),
            method=LARGE if df_complete is None else POOLED,
        )
        .assign(term=list(fits.names))[
            [
                *ESTIMATES,
                *("within", "between", "relative_increase", "missing_information"),
                *("monte_carlo_error", "imputations", "level", "method"),
            ]
        ]
    )


def _joint_freedom(
    width: int, imputations: int, increase: float, share: float, df_complete: float | None
) -> tuple[float, str]:
    """Denominator degrees of freedom of D1, and whose they are."""
    if increase == 0:
        return (np.inf if df_complete is None else float(df_complete)), "of complete data"
    t = width * (imputations - 1)
    rubin = (imputations - 1) * (1 + 1 / increase) ** 2
    if df_complete is None:
        if t > 4:
            return 4 + (t - 4) * (1 + (1 - 2 / t) / increase) ** 2, "of Li, Raghunathan and Rubin"
        return rubin * (width + 1) / 2, "of Rubin"
    whole = df_complete * (df_complete + 1) / (df_complete + 3)
    both = 1 / (1 / rubin + 1 / (whole * (1 - share)))
    if t <= 4:
        return both * (width + 1) / 2, "of Barnard and Rubin, for few imputations"
    a = increase * t / (t - 2)
    two, four = whole - 2 * (1 + a), whole - 4 * (1 + a)
    if four <= 0:
        return both, "of Barnard and Rubin, beyond the range of Reiter's"
    inverse = 1 / four + (
        a**2 * two / ((1 + a) ** 2 * four)
        + 8 * a**2 * two / ((1 + a) * four**2)
        + 4 * a**2 / ((1 + a) * four)
        + 4 * a**2 / (four * two)
        + 16 * a**2 * two / four**3
        + 8 * a**2 / four**2
    ) / (t - 4)
    return 4 + 1 / inverse, "of Reiter"


def _tested(
    values: Floats, spread: Floats, df_complete: float | None
) -> tuple[float, int, float, float, float, str]:
    """Statistic, degrees of freedom, p value, increase of variance and method of one group."""
    from scipy.special import chdtrc, fdtrc

    count, width = values.shape
    centre, more, within = values.mean(axis=0), 1 + 1 / count, spread.mean(axis=0)
    between = np.atleast_2d(np.cov(values, rowvar=False))
    total = within + more * between
    increase = more * float(np.trace(np.linalg.solve(within, between))) / width
    share = more * float(np.trace(np.linalg.solve(total, between))) / width
    wald = float(centre @ np.linalg.solve(within, centre)) / (width * (1 + increase))
    if width == 1:
        df = float(_freedom(np.array([share]), count, df_complete)[1][0])
        whose = "of Rubin" if df_complete is None else "of Barnard and Rubin"
    else:
        df, whose = _joint_freedom(width, count, increase, share, df_complete)
    p_value = fdtrc(width, df, wald) if np.isfinite(df) else chdtrc(width, wald * width)
    method = f"D1 (pooled Wald F), degrees of freedom {whose}"
    return wald, width, df, float(p_value), increase, method


def joint_test(
    estimates: ArrayLike,
    covariances: ArrayLike,
    *,
    names: Sequence[str] | None = None,
    groups: Mapping[str, Sequence[str]] | None = None,
    df_complete: float | None = None,
) -> pd.DataFrame:
    """Test several coefficients at once, such as those of all levels of a factor.

    Parameters
    ----------
    estimates, covariances, names, df_complete
        As `pool` takes them.
    groups : mapping, optional
        Names of coefficients by the name of their group; None: all of them together.

    Returns
    -------
    DataFrame
        ``term`` (the group), ``statistic`` (F), ``df``, ``df_denominator``, ``p_value``,
        ``relative_increase`` (average over the group), ``method``. A group of one is tested as
        `pool` does it.

    Raises
    ------
    ValueError
        As `pool`; for a group that is empty or names a coefficient that is not there, or whose
        covariance within imputations is singular.

    Notes
    -----
    D1 of Li, Raghunathan and Rubin (1991) J Am Stat Assoc 86:1065, which takes the fraction of
    missing information as equal for all coefficients of a group. Denominator degrees of freedom:
    theirs for large samples, else Reiter (2007) Biometrika 94:502. Where coefficients times
    (imputations - 1) are at most 4, or complete data have too few degrees of freedom for Reiter's
    expansion, those of Barnard and Rubin with the average missing information, in the former case
    times (coefficients + 1) / 2 (Marchenko and Reiter 2009, Stata J 9:388). By numerical
    integration of the distribution that Reiter approximates, a test at 5% with his degrees of
    freedom rejects up to 6.5% where those of complete data are 10 to 30.

    Examples
    --------
    >>> values = [[0.9, 0.2], [1.1, 0.3], [1.0, 0.1], [0.8, 0.2]]
    >>> spread = [[[0.09, 0.02], [0.02, 0.04]]] * 4
    >>> tested = joint_test(values, spread, groups={"place": ["1", "2"]}, df_complete=200)
    >>> tested[["term", "statistic", "df", "df_denominator"]].round(2)
        term  statistic  df  df_denominator
    0  place       4.11   2           29.43
    """
    fits = _shaped(estimates, covariances, names, 0.95)
    _check_freedom(df_complete)
    rows = []
    for group, members in (groups or {"all coefficients": fits.names}).items():
        chosen = as_list(members)
        unknown = [name for name in chosen if name not in fits.names]
        if unknown or not chosen:
            raise ValueError(
                f"Group {group!r} must name coefficients among {', '.join(fits.names)}; "
                f"got {', '.join(map(repr, unknown)) or 'none'}."
            )
        at = [fits.names.index(name) for name in chosen]
        values, spread = fits.estimates[:, at], fits.covariances[:, at][:, :, at]
        if np.linalg.matrix_rank(spread.mean(axis=0), hermitian=True) < len(at):
            raise ValueError(f"Group {group!r}: its coefficients have a singular covariance.")
        rows.append((group, *_tested(values, spread, df_complete)))
    columns = ["term", "statistic", "df", "df_denominator", "p_value", "relative_increase"]
    return pd.DataFrame(rows, columns=[*columns, "method"])
