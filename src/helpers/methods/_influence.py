"""What single patterns and whole clusters do to a logistic fit.

Functions
---------
residuals
    Residuals, leverage and Cook's distance of each pattern.
influence
    How far each pattern or cluster moves each estimate (one step).
held_out
    Fitted probabilities of each group by a model that has not seen it.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from ._checks import Floats
from ._pattern_checks import checked_counts, checked_matrix, checked_probability, labelled
from ._pattern_fit import expit, fit_patterns


def _factor(matrix: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Orthogonal factor of the weighted matrix, and the inverse of the other factor."""
    q, r = np.linalg.qr(matrix * np.sqrt(weight)[:, None])
    if len(r) < r.shape[1] or (np.abs(np.diag(r)) <= 1e-10 * np.sqrt((r**2).sum(axis=0))).any():
        raise ValueError(
            "The columns of the matrix are collinear over the patterns: leave a term out."
        )
    return q, np.linalg.inv(r)


def _signed_deviance(y: Floats, n: Floats, p: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        yes = np.where(y > 0, y * np.log(y / (n * p)), 0.0)
        no = np.where(y < n, (n - y) * np.log((n - y) / (n * (1 - p))), 0.0)
    return np.sign(y - n * p) * np.sqrt(np.maximum(2.0 * (yes + no), 0.0))


def residuals(
    events: ArrayLike, trials: ArrayLike, probability: ArrayLike, matrix: ArrayLike
) -> pd.DataFrame:
    """Residuals, leverage and Cook's distance of each covariate pattern.

    Parameters
    ----------
    events, trials, probability : array_like, shape (patterns,)
        Records with the outcome, records, and the fitted probability strictly between 0 and 1.
    matrix : array_like, shape (patterns, columns)
        Coded covariates that the model was fitted with.

    Returns
    -------
    DataFrame
        One row a pattern, in order: ``numerator``, ``denominator``, ``expected``, ``pearson``,
        ``deviance``, ``standardised`` (Pearson over the root of 1 - leverage), ``leverage``,
        ``cooks`` (the pattern as a whole), ``row_leverage`` and ``row_cooks`` (the largest of its
        single records), ``method``. A pattern without records is NaN.

    Raises
    ------
    ValueError
        For counts or probabilities that cannot be right, shapes that do not fit, or collinear
        columns.

    Notes
    -----
    Pregibon (1981) Ann Stat 9:705; Hosmer and Lemeshow (2000) Applied Logistic Regression, chapter
    5. A pattern of m records has m times the leverage of each of them.

    Examples
    --------
    >>> found = residuals([2, 6], [10, 10], [0.4, 0.4], [[1], [1]])
    >>> found[["pearson", "leverage", "cooks", "row_leverage"]].round(3)
       pearson  leverage  cooks  row_leverage
    0   -1.291       0.5  3.333          0.05
    1    1.291       0.5  3.333          0.05
    """
    y, n = checked_counts(events, trials)
    p = checked_probability(probability, len(y), inside=True)
    x, _ = checked_matrix(matrix, len(y), None)
    spread = p * (1.0 - p)
    q, _ = _factor(x, n * spread)
    leverage = (q**2).sum(axis=1)
    columns = x.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        pearson = (y - n * p) / np.sqrt(n * spread)
        cooks = pearson**2 * leverage / (1.0 - leverage) ** 2 / columns
        single = leverage / n
        # The residual of a record with the outcome, or without, whichever there are.
        worst = np.maximum(np.where(y > 0, (1.0 - p) / p, 0.0), np.where(y < n, p / (1.0 - p), 0.0))
        row_cooks = worst * single / (1.0 - single) ** 2 / columns
        standardised = pearson / np.sqrt(1.0 - leverage)
    frame = pd.DataFrame(
        {
            "numerator": y.astype(np.int64),
            "denominator": n.astype(np.int64),
            "expected": n * p,
            "pearson": pearson,
            "deviance": _signed_deviance(y, n, p),
            "standardised": np.where(1.0 - leverage > 1e-9, standardised, np.nan),
            "leverage": leverage,
            "cooks": np.where(1.0 - leverage > 1e-9, cooks, np.nan),
            "row_leverage": single,
            "row_cooks": row_cooks,
        }
    )
    frame.loc[n == 0, frame.columns[2:]] = np.nan
    return frame.assign(method="logistic regression diagnostics (Pregibon 1981)")


def influence(
    events: ArrayLike,
    trials: ArrayLike,
    probability: ArrayLike,
    matrix: ArrayLike,
    *,
    estimate: ArrayLike,
    by: ArrayLike | None = None,
    names: Sequence[str] | None = None,
    std_error: ArrayLike | None = None,
) -> pd.DataFrame:
    """How far each pattern or cluster moves each estimate, by one step.

    Parameters
    ----------
    events, trials, probability : array_like, shape (patterns,)
        Records with the outcome, records, and the fitted probability strictly between 0 and 1.
    matrix : array_like, shape (patterns, columns)
        Coded covariates that the model was fitted with.
    estimate : array_like, shape (columns,)
        Fitted log odds ratios.
    by : array_like, optional
        Label of each pattern, such as the trust; what bears one label is left out together. If
        not given, each pattern by itself, named by its number.
    names : sequence of str, optional
        Names of the columns.
    std_error : array_like, shape (columns,), optional
        Standard errors to measure changes by; those of the model if not given.

    Returns
    -------
    DataFrame
        One row a label and column: ``left_out``, ``term``, ``estimate``, ``change`` (the estimate
        less that without the label), ``change_in_errors`` (over its standard error),
        ``estimate_without``, ``odds_ratio``, ``odds_ratio_without``, ``numerator``,
        ``denominator`` (of what is left out), ``reason`` (why there is none, else empty),
        ``method``.

    Raises
    ------
    ValueError
        As `residuals`, or for estimates that are not one a column.

    Notes
    -----
    One Newton step from the fit on the records left over: Pregibon (1981) Ann Stat 9:705; for
    clusters Preisser and Qaqish (1996) Biometrika 83:551. Near enough for small parts; a part that
    moves an estimate by a standard error or more should be left out in earnest.

    Examples
    --------
    >>> found = influence([2, 6], [10, 10], [0.4, 0.4], [[1], [1]], estimate=[-0.405],
    ...     by=["A", "B"])
    >>> found[["left_out", "change", "estimate_without"]].round(3)
      left_out  change  estimate_without
    0        A  -0.833             0.428
    1        B   0.833            -1.238
    """
    y, n = checked_counts(events, trials)
    p = checked_probability(probability, len(y), inside=True)
    x, labels = checked_matrix(matrix, len(y), names)
    beta = np.asarray(estimate, dtype=float)
    if beta.shape != (x.shape[1],):
        raise ValueError(f"{x.shape[1]} columns need as many estimates; got {beta.shape}.")
    weight = n * p * (1.0 - p)
    q, root = _factor(x, weight)
    if by is None:
        codes, left_out = np.arange(len(y)), [str(at) for at in range(len(y))]
    else:
        codes, left_out = labelled(by, len(y), "what is left out")
    error = np.sqrt((root**2).sum(axis=1)) if std_error is None else np.asarray(std_error, float)
    step = _steps(q, np.sqrt(weight), y - n * p, codes, len(left_out)) @ root.T
    groups, columns = len(left_out), len(labels)
    gone = np.isnan(step).all(axis=1)
    without = beta - step
    with np.errstate(over="ignore"):
        odds, odds_without = np.exp(beta), np.exp(without)
    seen, size = (np.bincount(codes, part, minlength=groups) for part in (y, n))
    return pd.DataFrame(
        {
            "left_out": np.repeat(np.asarray(left_out, dtype=object), columns),
            "term": np.tile(np.asarray(labels, dtype=object), groups),
            "estimate": np.tile(beta, groups),
            "change": step.ravel(),
            "change_in_errors": (step / error).ravel(),
            "estimate_without": without.ravel(),
            "odds_ratio": np.tile(odds, groups),
            "odds_ratio_without": odds_without.ravel(),
            "numerator": np.repeat(seen.astype(np.int64), columns),
            "denominator": np.repeat(size.astype(np.int64), columns),
            "reason": np.repeat(
                np.where(gone, "a term rests on what is left out alone", ""), columns
            ),
            "method": "one step from the fit on what is left over",
        }
    )


def _steps(
    q: Floats, root_weight: Floats, residual: Floats, codes: NDArray[np.intp], groups: int
) -> Floats:
    """Return changes in the coordinates of q, shape (groups, columns); NaN for none."""
    columns = q.shape[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        scaled = np.where(root_weight > 0, residual / root_weight, 0.0)
    score = np.zeros((groups, columns))
    np.add.at(score, codes, q * scaled[:, None])
    found = np.full((groups, columns), np.nan)
    order = np.argsort(codes, kind="stable")
    ends = np.searchsorted(codes[order], np.arange(groups + 1))
    size = np.diff(ends)
    alone = np.flatnonzero(size == 1)
    rest = 1.0 - (q[order[ends[alone]]] ** 2).sum(axis=1)
    found[alone] = np.where(rest > 1e-9, 1.0 / np.maximum(rest, 1e-9), np.nan)[:, None]
    found[alone] *= score[alone]
    for at in np.flatnonzero(size > 1):
        part = q[order[ends[at] : ends[at + 1]]]
        left = np.eye(columns) - part.T @ part
        if np.linalg.eigvalsh(left)[0] > 1e-9:
            found[at] = np.linalg.solve(left, score[at])
    return found


def held_out(
    events: ArrayLike, trials: ArrayLike, matrix: ArrayLike, *, by: ArrayLike
) -> pd.DataFrame:
    """Fitted probabilities of each group by a model that has not seen it.

    Parameters
    ----------
    events, trials : array_like, shape (patterns,)
        Records with the outcome, and records.
    matrix : array_like, shape (patterns, columns)
        Coded covariates, the intercept among them.
    by : array_like, shape (patterns,)
        Group of each pattern, such as the trust or the year; patterns must not straddle groups.

    Returns
    -------
    DataFrame
        One row a pattern, in order: ``left_out`` (its group), ``probability`` (by the logistic
        model fitted to all other groups; NaN without one), ``reason`` (why there is none, else
        empty), ``numerator``, ``denominator``, ``method``.

    Raises
    ------
    ValueError
        For counts that cannot be right, shapes that do not fit, or a single group.

    Notes
    -----
    Internal-external validation: Royston, Parmar and Sylvester (2004) Stat Med 23:907; Steyerberg
    and Harrell (2016) J Clin Epidemiol 69:245. A level that only one group has cannot be known
    without it.

    Examples
    --------
    >>> found = held_out([2, 6], [10, 10], [[1], [1]], by=["A", "B"])
    >>> found["probability"].round(6).tolist()
    [0.6, 0.2]
    """
    y, n = checked_counts(events, trials)
    x, _ = checked_matrix(matrix, len(y), None)
    codes, groups = labelled(by, len(y), "groups")
    if len(groups) < 2:
        raise ValueError("All patterns belong to one group; leaving it out leaves nothing.")
    probability = np.full(len(y), np.nan)
    reason = np.full(len(y), "", dtype=object)
    whole = fit_patterns(x, y, n)
    for at in range(len(groups)):
        mine = codes == at
        start = None if whole is None else whole.estimate
        fit = fit_patterns(x[~mine], y[~mine], n[~mine], start=start)
        if fit is None:
            reason[mine] = "the other groups alone have no finite fit"
        else:
            probability[mine] = expit(x[mine] @ fit.estimate)
    return pd.DataFrame(
        {
            "left_out": np.asarray(groups, dtype=object)[codes],
            "probability": probability,
            "reason": reason,
            "numerator": y.astype(np.int64),
            "denominator": n.astype(np.int64),
            "method": "logistic regression fitted to all other groups",
        }
    )
