"""Log-linear and logistic models of grouped counts: fit, dispersion and standard errors.

Functions
---------
clock
    A column of times as numbers; dates become years.
factors
    Columns that say by how much the strata differ.
check_times
    Refuse times out of order or twice in a series.
fit
    Estimates with their covariance, or the reason why there are none.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._checks import Floats, check_choice, critical, numbers, refuse
from ._strata import Codes, positions

FAMILIES = {
    "rate": ("quasi-poisson", "poisson", "negative-binomial"),
    "proportion": ("quasi-binomial", "binomial"),
}
ERRORS = ("model", "robust", "hac", "cluster")
EXTREME = 18.0


@dataclass(frozen=True)
class Fit:
    """A fitted model; without estimates, ``note`` says why."""

    terms: tuple[str, ...]
    estimate: Floats
    covariance: Floats
    mean: Floats
    residuals: Floats
    pearson: float
    deviance: float
    loglik: float
    df: int
    dispersion: float
    p_dispersion: float
    alpha: float
    lr_alpha: float
    quantile_df: float
    method: str
    note: str = ""

    @property
    def aic(self) -> float:
        """Akaike's criterion: missing for the quasi families, which have no likelihood."""
        if self.method.startswith("quasi") or np.isnan(self.loglik):
            return np.nan
        return 2.0 * (len(self.terms) + (self.alpha > 0)) - 2.0 * self.loglik

    def critical(self, level: float) -> float:
        """Two-sided critical value: of t for the quasi families and clusters, else normal."""
        if np.isnan(self.quantile_df):
            return critical(level)
        from scipy.special import stdtrit

        return float(stdtrit(self.quantile_df, 0.5 + level / 2)) if self.quantile_df > 0 else np.nan

    def p_value(self, statistic: Floats) -> Floats:
        """Two-sided p values of statistics."""
        from scipy.special import ndtr, stdtr

        size = -np.abs(statistic)
        if np.isnan(self.quantile_df):
            return np.asarray(2 * ndtr(size))
        return np.asarray(2 * stdtr(self.quantile_df, size))


def clock(frame: pd.DataFrame, time: str) -> Floats:
    """Return times as numbers: dates as calendar years with their fraction.

    Examples
    --------
    >>> clock(pd.DataFrame({"day": pd.to_datetime(["2020-01-01"])}), "day")
    array([2020.])
    """
    column = frame[time]
    if pd.api.types.is_datetime64_any_dtype(column):
        return np.asarray(
            column.dt.year + (column.dt.day_of_year - 1) / (365 + column.dt.is_leap_year)
        )
    return numbers(frame, time)


def check_times(frame: pd.DataFrame, t: Floats, by: Sequence[str], time: str) -> None:
    """Refuse rows whose time is missing, repeats or precedes the one above in its series.

    Examples
    --------
    >>> check_times(pd.DataFrame({"year": [1, 2]}), np.array([1.0, 2.0]), [], "year")
    """
    refuse(np.isnan(t), frame.index, f"{time!r} is missing")
    last = pd.Series(t).groupby(positions(frame, list(by))[0]).shift().to_numpy()
    refuse(t == last, frame.index, f"{time!r} occurs twice in a series")
    refuse(t < last, frame.index, f"{time!r} is before the row above: sort the rows first")


def factors(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[list[str], list[Floats]]:
    """Return indicator columns of each level but the first.

    Examples
    --------
    >>> factors(pd.DataFrame({"sex": ["F", "M"]}), ["sex"])
    (['sex: M'], [array([0., 1.])])
    """
    names, coded = [], []
    for column in columns:
        refuse(frame[column].isna(), frame.index, f"the stratum {column!r} is missing")
        for level in sorted(frame[column].unique(), key=str)[1:]:
            names.append(f"{column}: {level}")
            coded.append(frame[column].eq(level).to_numpy(dtype=float))
    return names, coded


def _nothing(terms: Sequence[str], rows: int, family: str, note: str) -> Fit:
    none = np.full(len(terms), np.nan)
    rest = np.full(rows, np.nan)
    return Fit(
        tuple(terms), none, np.full((len(terms),) * 2, np.nan), rest, rest, *[np.nan] * 3,
        rows - len(terms), *[np.nan] * 5, f"{family}: not estimated", note,
    )  # fmt: skip


def _reweighted(x: Floats, n: Floats, matrix: Floats, kind: str) -> tuple[Floats, Floats] | None:
    """Estimates and means by iteratively reweighted least squares; None if they diverge."""
    rate = (x + 0.1) / (n + 0.2) if kind == "proportion" else (x + 0.1) / n
    predictor = np.log(rate / (1 - rate)) if kind == "proportion" else np.log(rate)
    estimate = np.full(matrix.shape[1], np.inf)
    for _ in range(60):
        if np.abs(predictor).max() > 700:
            return None
        if kind == "proportion":
            share = 1 / (1 + np.exp(-predictor))
            mean, weight = n * share, n * share * (1 - share)
        else:
            mean = n * np.exp(predictor)
            weight = mean
        if not weight.min() > 0:
            return None
        root = np.sqrt(weight)
        target = predictor + (x - mean) / weight
        new = np.linalg.lstsq(matrix * root[:, None], target * root, rcond=None)[0]
        size = np.abs(new - estimate).max()
        estimate, predictor = new, matrix @ new
        if size < 1e-11 * (1 + np.abs(new).max()):
            mean = n / (1 + np.exp(-predictor)) if kind == "proportion" else n * np.exp(predictor)
            return estimate, mean
    return None


def _meat(score: Floats, lags: int) -> Floats:
    meat = score.T @ score
    for lag in range(1, lags + 1):
        part = (1 - lag / (lags + 1)) * score[lag:].T @ score[:-lag]
        meat = meat + part + part.T
    return np.asarray(meat)


def _by_cluster(score: Floats, clusters: Codes) -> tuple[Floats, int]:
    """Return the sums of the scores of each cluster, and how many clusters there are."""
    code = np.unique(clusters, return_inverse=True)[1]
    summed = np.zeros((code.max() + 1, score.shape[1]))
    np.add.at(summed, code, score)
    return summed, len(summed)


def _negative_binomial(
    x: Floats, n: Floats, matrix: Floats, start: Floats
) -> tuple[Floats, Floats, float, float] | None:
    """Estimates, covariance, alpha and log likelihood of NB2 by maximum likelihood."""
    import warnings

    from statsmodels.discrete.discrete_model import NegativeBinomial

    mean = n * np.exp(matrix @ start)
    alpha = max(float((((x - mean) ** 2 - mean) / mean**2).mean()), 0.01)
    with warnings.catch_warnings():
        # What it warns of is looked at below: convergence, and limits that are numbers.
        warnings.simplefilter("ignore")
        model = NegativeBinomial(x, matrix, offset=np.log(n))
        found = model.fit(start_params=[*start, alpha], disp=0, method="bfgs", maxiter=500)
        try:
            found = model.fit(start_params=found.params, disp=0, method="newton", maxiter=50)
            spread = np.asarray(found.cov_params())
        except np.linalg.LinAlgError:
            return None
    alpha = float(found.params[-1])
    if not (np.isfinite(spread).all() and (np.diag(spread) > 0).all() and alpha > 1e-6):
        return None
    return np.asarray(found.params[:-1]), spread[:-1, :-1], alpha, float(found.llf)


def fit(
    x: Floats,
    n: Floats,
    matrix: Floats,
    terms: Sequence[str],
    *,
    family: str,
    errors: str,
    clusters: Codes | None = None,
) -> Fit:
    """Fit counts to terms with an exposure offset, or events among trials.

    Parameters
    ----------
    x, n : ndarray, shape (rows,)
        Events, and exposure above zero or trials.
    matrix : ndarray, shape (rows, terms)
        Coded terms, the constant among them.
    terms : sequence of str
        Their names.
    family : str
        One of `FAMILIES`.
    errors : {"model", "robust", "hac", "cluster"}
        From the family; HC0; Newey and West (1987), rows in order of time; or robust to any
        dependence within clusters (Liang and Zeger 1986), times clusters / (clusters - 1), with
        t on one df fewer than clusters.
    clusters : ndarray of int, shape (rows,), optional
        Number of each row's cluster, for ``errors="cluster"``.

    Examples
    --------
    >>> fit(np.array([10.0, 20.0]), np.ones(2), np.array([[1.0, 0], [1, 1]]), ["constant", "t"],
    ...     family="poisson", errors="model").estimate.round(4)
    array([2.3026, 0.6931])
    """
    from scipy.special import chdtrc, gammaln, xlogy

    check_choice("errors", errors, ERRORS)
    if (errors == "cluster") != (clusters is not None):
        raise ValueError("Clusters and errors='cluster' belong together: give both or neither.")
    kind = "proportion" if "binomial" in family and not family.startswith("neg") else "rate"
    rows, count = matrix.shape
    if rows < count:
        return _nothing(terms, rows, family, f"{rows} rows are too few for {count} terms")
    if not x.sum() > 0:
        return _nothing(terms, rows, family, "no events: no trend can be estimated")
    if kind == "proportion" and x.sum() == n.sum():
        return _nothing(terms, rows, family, "all are events: no trend can be estimated")
    if np.linalg.matrix_rank(matrix) < count:
        return _nothing(terms, rows, family, "the terms cannot be told apart in these rows")
    found = _reweighted(x, n, matrix, kind)
    # A fit that sends a mean to none or all of its exposure has no finite maximum.
    if found is not None:
        mean = found[1]
        ends = np.minimum(mean / n, 1 - mean / n) if kind == "proportion" else mean / x.sum()
        found = None if ends.min() < np.exp(-EXTREME) else found
    if found is None:
        return _nothing(terms, rows, family, "no finite estimate: a term separates the events")
    estimate, mean = found
    df = rows - count
    weight = mean * (1 - mean / n) if kind == "proportion" else mean
    residuals = (x - mean) / np.sqrt(weight)
    pearson = float((residuals**2).sum())
    deviance = 2 * float((xlogy(x, x / mean) - (x - mean)).sum())
    loglik = float((xlogy(x, mean) - mean - gammaln(x + 1)).sum())
    if kind == "proportion":
        left, other = n - x, n - mean
        deviance = 2 * float((xlogy(x, x / mean) + xlogy(left, left / other)).sum())
        chosen = gammaln(n + 1) - gammaln(x + 1) - gammaln(left + 1)
        loglik = float((chosen + xlogy(x, mean / n) + xlogy(left, other / n)).sum())
    dispersion = pearson / df if df else np.nan
    p_dispersion = float(chdtrc(df, pearson)) if df else np.nan
    bread = np.linalg.inv(matrix.T @ (matrix * weight[:, None]))
    spread, alpha, lr, note, quantile = bread, np.nan, np.nan, "", np.nan
    words = f"{family}, {'log' if kind == 'rate' else 'logit'} link"
    if family == "negative-binomial":
        joint = _negative_binomial(x, n, matrix, estimate) if df and dispersion > 1 else None
        if joint is None:
            alpha, note = 0.0, "no more spread than chance: the Poisson limit is given"
        else:
            estimate, spread, alpha, likely = joint
            lr, loglik = 2 * (likely - loglik), likely
            mean = n * np.exp(matrix @ estimate)
            weight = mean / (1 + alpha * mean)
            residuals = (x - mean) / np.sqrt(mean * (1 + alpha * mean))
            bread = spread
    if errors != "model":
        # The weight of a residual is 1 but for NB2, where it is 1 / (1 + alpha mean).
        scale = 1 / (1 + alpha * mean) if alpha > 0 else 1.0
        lags = int(4 * (rows / 100) ** (2 / 9)) if errors == "hac" else 0
        score = matrix * ((x - mean) * scale)[:, None]
        if clusters is None:
            spread = bread @ _meat(score, min(lags, rows - 1)) @ bread
            words += ", robust errors (HC0)" if not lags else f", Newey-West errors, {lags} lags"
        else:
            score, groups = _by_cluster(score, clusters)
            quantile = float(groups - 1)
            factor = groups / quantile if quantile else np.nan
            spread = factor * (bread @ _meat(score, 0) @ bread)
            words += (
                f", errors robust to {groups} clusters, times clusters / (clusters - 1), "
                f"limits from t with {groups - 1} df"
            )
            if groups <= count:
                note = f"{groups} clusters are too few for {count} terms: no robust limits"
                spread = spread * np.nan
        if not df:
            spread, note = spread * np.nan, "no residual degrees of freedom: no robust limits"
    elif family.startswith("quasi"):
        quantile = float(df)
        if not df:
            note = (
                "no residual degrees of freedom: the dispersion, and so the limits, are not known"
            )
        elif pearson < 1e-12 * rows:
            note = "perfect fit: the dispersion is zero and limits mean nothing"
        spread = spread * (np.nan if note else dispersion)
        words += f", limits from t with {df} df"
    return Fit(
        tuple(terms), estimate, spread, mean, residuals, pearson, deviance, loglik, df, dispersion,
        p_dispersion, alpha, lr, quantile, words, note,
    )  # fmt: skip
