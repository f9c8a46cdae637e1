"""Rates and proportions over time.

Nothing here searches: families, units of time and dates of change are stated, and every row says
which model it came from.

Functions
---------
trend
    Ratio per unit of time with its limits, dispersion and residual autocorrelation.
trends
    The same in each stratum, with p values adjusted for the number looked at.
coefficients
    All terms of the model behind a trend.
fitted
    Fitted values with limits, for drawing.
homogeneity
    Whether periods differ at all.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import (
    Floats,
    as_list,
    check_level,
    refuse,
)
from ._loglinear import Fit, fit
from ._series import Kind, autocorrelation, chosen_family, design, drawn, prepared
from ._strata import positions
from .adjust import benjamini_hochberg

Errors = Literal["model", "robust", "hac", "cluster"]


def _model(
    rows: pd.DataFrame,
    x: Floats,
    n: Floats,
    t: Floats,
    strata: list[str],
    family: str,
    errors: str,
    clusters: str | None = None,
) -> Fit:
    matrix, names = design(rows, t, strata)
    code = None
    if clusters is not None:
        refuse(rows[clusters].isna(), rows.index, f"the cluster {clusters!r} is missing")
        code = positions(rows, [clusters])[0]
    return fit(x, n, matrix, names, family=family, errors=errors, clusters=code)


def _row(found: Fit, x: Floats, n: Floats, t: Floats, level: float) -> dict[str, object]:
    slope, error = found.estimate[1], np.sqrt(found.covariance[1, 1])
    z = found.critical(level)
    lag, warning = autocorrelation(found, t)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        ends = np.exp([slope, slope - z * error, slope + z * error])
        p = float(found.p_value(np.asarray(slope / error)))
    return {
        "numerator": x.sum(), "denominator": n.sum(), "n": len(x), "value": ends[0],
        "low": ends[1], "high": ends[2], "coefficient": slope, "std_error": error, "p_value": p,
        "dispersion": found.dispersion, "p_dispersion": found.p_dispersion, "df": found.df,
        "alpha": found.alpha, "autocorrelation": lag, "warning": warning, "level": float(level),
        "method": found.method, "note": found.note,
    }  # fmt: skip


def trend(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    time: str = "year",
    strata: str | Sequence[str] = (),
    units: str | Sequence[str] = (),
    kind: Kind = "rate",
    family: str | None = None,
    errors: Errors = "model",
    clusters: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Ratio of rates (or of odds) per unit of time.

    Parameters
    ----------
    frame : DataFrame
        One row a period and series, in order of time within each. It is not changed.
    numerator, denominator, time : str
        Columns of events, of exposure (or trials), and of time: numbers, or dates, whose unit is
        a year.
    strata : str or sequence of str
        Columns whose levels may differ in rate; they enter the model.
    units : str or sequence of str
        Columns that tell rows of one period apart without entering the model.
    kind : {"rate", "proportion"}
        Events over exposure, or events among trials.
    family : str, optional
        "quasi-poisson", "poisson" or "negative-binomial" for rates; "quasi-binomial" or
        "binomial" for proportions. The quasi family if none is named: never chosen from the data.
    errors : {"model", "robust", "hac", "cluster"}
        From the family, HC0, Newey and West (one series only), or robust to any dependence
        within the clusters.
    clusters : str, optional
        Column of clusters, such as trusts, for ``errors="cluster"``; it tells rows of one period
        apart as ``units`` do.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row: ``numerator``, ``denominator``, ``n`` (rows used), ``value``, ``low``, ``high``
        (ratio per unit of time), ``coefficient``, ``std_error``, ``p_value``, ``dispersion``
        (Pearson chi-squared over df), ``p_dispersion``, ``df``, ``alpha``, ``autocorrelation``,
        ``warning``, ``level``, ``method`` and ``note``, which says why there is no estimate.
        Rows with missing values or without exposure are left out.

    Raises
    ------
    ValueError
        For missing columns, counts that cannot be right, times missing, out of order or twice in
        a series, unknown options, or Newey-West errors for more than one series.

    Notes
    -----
    McCullagh and Nelder (1989) Generalized Linear Models; Cameron and Trivedi (2013) Regression
    Analysis of Count Data (NB2); White (1980) and Newey and West (1987) Econometrica; Liang and
    Zeger (1986) Biometrika 73:13 for clusters. Standard errors of NB2 come from the joint
    information of coefficients and alpha. Cluster-robust variances carry the factor G / (G - 1)
    for G clusters and not (n - 1) / (n - k) as well, which other programmes add (HC1); with
    fewer than about twenty clusters, or clusters of very different size, they are too small.

    Examples
    --------
    >>> years = pd.DataFrame({"year": [1, 2], "numerator": [10, 20], "denominator": [100, 100]})
    >>> trend(years, family="poisson")[["value", "low", "high"]].round(3)
       value    low   high
    0    2.0  0.936  4.273
    """
    check_level(level)
    family, fixed = chosen_family(family, kind), as_list(strata)
    by = list(dict.fromkeys([*fixed, *as_list(units), *as_list(clusters)]))
    rows, x, n, t = prepared(frame, numerator, denominator, time, by, kind)
    if errors == "hac" and len(np.unique(t)) < len(t):
        raise ValueError("Newey-West errors need a single series: one row for each time.")
    found = _model(rows, x, n, t, fixed, family, errors, clusters)
    return pd.DataFrame([_row(found, x, n, t, level)])


def coefficients(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    time: str = "year",
    strata: str | Sequence[str] = (),
    units: str | Sequence[str] = (),
    kind: Kind = "rate",
    family: str | None = None,
    errors: Errors = "model",
    clusters: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """All terms of the model behind `trend`; the constant stands at the mean time.

    Parameters
    ----------
    frame, numerator, denominator, time, strata, units, kind, family, errors, clusters, level
        As for `trend`.

    Returns
    -------
    DataFrame
        One row a term: ``term``, ``estimate``, ``std_error``, ``statistic``, ``p_value``,
        ``low``, ``high`` (on the log scale), ``level``, ``method`` and ``note``.

    Raises
    ------
    ValueError
        As `trend`.

    Examples
    --------
    >>> years = pd.DataFrame({"year": [1, 2], "numerator": [10, 20], "denominator": [100, 100]})
    >>> coefficients(years, family="poisson")[["term", "estimate"]].round(4)
           term  estimate
    0  constant   -1.9560
    1      time    0.6931
    """
    check_level(level)
    family, fixed = chosen_family(family, kind), as_list(strata)
    by = list(dict.fromkeys([*fixed, *as_list(units), *as_list(clusters)]))
    rows, x, n, t = prepared(frame, numerator, denominator, time, by, kind)
    found = _model(rows, x, n, t, fixed, family, errors, clusters)
    error, z = np.sqrt(np.diag(found.covariance)), found.critical(level)
    with np.errstate(divide="ignore", invalid="ignore"):
        statistic = found.estimate / error
    return pd.DataFrame(
        {
            "term": found.terms, "estimate": found.estimate, "std_error": error,
            "statistic": statistic, "p_value": found.p_value(statistic),
            "low": found.estimate - z * error, "high": found.estimate + z * error,
            "level": float(level), "method": found.method, "note": found.note,
        }
    )  # fmt: skip


def trends(
    frame: pd.DataFrame,
    *,
    within: str | Sequence[str],
    numerator: str = "numerator",
    denominator: str = "denominator",
    time: str = "year",
    kind: Kind = "rate",
    family: str | None = None,
    errors: Errors = "model",
    level: float = 0.95,
) -> pd.DataFrame:
    """Fit a trend in each stratum by itself.

    Parameters
    ----------
    frame, numerator, denominator, time, kind, family, errors, level
        As for `trend`; there are no clusters within a stratum.
    within : str or sequence of str
        Columns that define the strata.

    Returns
    -------
    DataFrame
        One row a stratum in order of appearance: its columns, those of `trend`, ``adjusted_p``
        and ``looked_at``, the number of strata looked at, those without an estimate included.

    Raises
    ------
    ValueError
        As `trend`.

    Notes
    -----
    Adjusted p values: Benjamini and Hochberg (1995) J R Stat Soc B 57:289.

    Examples
    --------
    >>> years = pd.DataFrame({"area": list("AABB"), "year": [1, 2, 1, 2],
    ...                       "numerator": [10, 20, 5, 5], "denominator": [100] * 4})
    >>> trends(years, within="area", family="poisson")[["area", "value", "looked_at"]].round(3)
      area  value  looked_at
    0    A    2.0          2
    1    B    1.0          2
    """
    check_level(level)
    family, groups = chosen_family(family, kind), as_list(within)
    rows, x, n, t = prepared(frame, numerator, denominator, time, groups, kind)
    everyone = positions(frame, groups)[1]
    code, keys = positions(pd.concat([everyone, rows[groups]], ignore_index=True), groups)
    code = code[len(everyone) :]
    found = []
    for group in range(len(keys)):
        own = np.flatnonzero(code == group)
        xs, ns, ts = x[own], n[own], t[own]
        model = _model(rows.iloc[own[:0]], xs, ns, ts, [], family, errors)
        found.append(_row(model, xs, ns, ts, level))
    columns = list(trend(frame.iloc[:0], numerator=numerator, denominator=denominator, time=time,
                         kind=kind, family=family).columns)  # fmt: skip
    result = pd.concat([keys, pd.DataFrame(found, columns=columns)], axis=1)
    p = result["p_value"].to_numpy(dtype=float)
    return result.assign(adjusted_p=benjamini_hochberg(p), looked_at=len(keys))


def fitted(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    time: str = "year",
    kind: Kind = "rate",
    family: str | None = None,
    errors: Errors = "model",
    per: float = 1.0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Fitted values of one series with limits of the line, for drawing.

    Parameters
    ----------
    frame, numerator, denominator, time, kind, family, errors, level
        As for `trend`; one series, so no clusters.
    per : float
        Units of exposure of a rate.

    Returns
    -------
    DataFrame
        The rows that were fitted, with ``value``, ``low``, ``high`` (of the line, not of single
        periods), ``segment`` (0), ``level`` and ``method``.

    Raises
    ------
    ValueError
        As `trend`.

    Examples
    --------
    >>> years = pd.DataFrame({"year": [1, 2], "numerator": [10, 20], "denominator": [100, 100]})
    >>> fitted(years, family="poisson", per=100)["value"].round(2).tolist()
    [10.0, 20.0]
    """
    check_level(level)
    family = chosen_family(family, kind)
    rows, x, n, t = prepared(frame, numerator, denominator, time, [], kind)
    found = _model(rows, x, n, t, [], family, errors)
    matrix, _ = design(rows, t, [])
    return drawn(rows, found, matrix, kind, per, level).assign(segment=0)


def homogeneity(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    time: str = "year",
    kind: Kind = "rate",
) -> pd.DataFrame:
    """Test whether the periods of one series differ at all.

    Parameters
    ----------
    frame, numerator, denominator, time, kind
        As for `trend`; one series.

    Returns
    -------
    DataFrame
        One row: ``numerator``, ``denominator``, ``n``, ``statistic``, ``df``, ``p_value``,
        ``least_expected``, ``method`` and ``note``.

    Raises
    ------
    ValueError
        As `trend`.

    Notes
    -----
    Pearson's chi-squared with k - 1 df against the common rate (Armitage, Berry and Matthews
    2002, Statistical Methods in Medical Research). It supposes independent events.

    Examples
    --------
    >>> years = pd.DataFrame({"year": [1, 2], "numerator": [10, 20], "denominator": [100, 100]})
    >>> homogeneity(years).loc[0, ["statistic", "df"]].round(3).tolist()
    [3.333, 1.0]
    """
    from scipy.special import chdtrc

    _, x, n, _ = prepared(frame, numerator, denominator, time, [], kind)
    share, df, note = x.sum() / max(n.sum(), 1e-300), len(x) - 1, ""
    spread = n * share * (1 - share if kind == "proportion" else 1.0)
    if df < 1:
        note = "fewer than two periods"
    elif not spread.sum() > 0:
        note = "no events, or nothing but events: periods cannot be told apart"
    statistic = np.nan if note else float(((x - n * share) ** 2 / spread).sum())
    if not note and (n * share).min() < 5:
        note = "fewer than 5 events are expected in a period: the p value is rough"
    row = {
        "numerator": x.sum(), "denominator": n.sum(), "n": len(x), "statistic": statistic,
        "df": df, "p_value": np.nan if np.isnan(statistic) else float(chdtrc(df, statistic)),
        "least_expected": float((n * share).min()) if len(x) else np.nan,
        "method": f"Pearson chi-squared of equal {kind}s", "note": note,
    }  # fmt: skip
    return pd.DataFrame([row])
