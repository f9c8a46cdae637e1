"""Whether imputations have settled, and whether what they put in is believable.

Functions
---------
diagnostics
    Convergence of the chains, and imputed beside observed values.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats
from ._impute import Imputed
from ._impute_columns import Column

SETTLED = 1.1
"""Gelman and others (2013) Bayesian Data Analysis, 3rd ed, chapter 11."""
RATIO = "Gelman-Rubin ratio of the second half of the iterations"
SIDE = "observed values beside those put in, all imputations together"


@dataclass(frozen=True, eq=False)
class Diagnostics:
    """What to look at before believing imputations.

    Attributes
    ----------
    convergence : DataFrame
        ``column``, ``level_name``, ``statistic``, ``between``, ``within`` (variances), ``r_hat``,
        ``settled``, ``chains``, ``iterations`` (those used), ``note``, ``method``.
    distributions : DataFrame
        ``column``, ``level_name``, ``statistic``, ``observed``, ``imputed``, ``difference``,
        ``imputed_low``, ``imputed_high`` (least and most over the imputations), ``numerator``
        (values put in), ``denominator`` (rows), ``method``.

    Examples
    --------
    >>> from helpers.methods.missing_data import impute
    >>> seen = pd.DataFrame({"late": [0, 1, 1, 0, 1, 0], "male": [1, None, 0, 1, 0, 0]})
    >>> imputed = impute(seen, columns=["male"], outcome="late", imputations=5, seed=1)
    >>> diagnostics(imputed).distributions[["column", "level_name", "observed"]]
      column level_name  observed
    0   male          1       0.4
    """

    convergence: pd.DataFrame = field(repr=False)
    distributions: pd.DataFrame = field(repr=False)


def _ratio(values: Floats) -> tuple[float, float, float]:
    """Variance between (of one value) and within chains, and R-hat; rows are chains."""
    length = values.shape[1]
    within = float(values.var(axis=1, ddof=1).mean())
    between = float(values.mean(axis=1).var(ddof=1))
    if within == 0:
        return between, within, 1.0 if between == 0 else np.inf
    return between, within, float(np.sqrt((length - 1) / length + between / within))


def _note(chains: int, length: int, ratio: float, column: str) -> str:
    if chains < 2 or length < 2:
        return "needs at least 2 imputations and 4 iterations"
    if ratio > SETTLED:
        return f"chains of {column!r} have not come together: ask for more iterations"
    return ""


def _convergence(trace: pd.DataFrame, chains: int, iterations: int) -> pd.DataFrame:
    length = iterations - iterations // 2
    length = length if iterations >= 4 else 0
    rows = []
    keys = ["column", "level_name", "statistic"]
    for (column, level, statistic), mine in trace.groupby(keys, sort=False):
        between = within = ratio = np.nan
        if chains > 1 and length > 1:
            ordered = mine.sort_values(["chain", "iteration"])["value"].to_numpy()
            between, within, ratio = _ratio(ordered.reshape(chains, iterations)[:, -length:])
        settled = bool(ratio <= SETTLED)
        note = _note(chains, length, ratio, str(column))
        rows.append(
            (column, level, statistic, between, within, ratio, settled, chains, length, note, RATIO)
        )
    columns = [*keys, "between", "within", "r_hat", "settled", "chains", "iterations", "note"]
    return pd.DataFrame(rows, columns=[*columns, "method"])


def _described(column: Column, values: NDArray) -> dict[tuple[str, str], float]:
    """Shares of levels (codes), or mean and standard deviation of numbers."""
    if not column.levels:
        return {("", "mean"): float(values.mean()), ("", "sd"): float(values.std())}
    share = np.bincount(values, minlength=len(column.levels)) / values.size
    first = 1 if column.kind == "binary" else 0
    pairs = list(zip(column.labels(), share, strict=True))[first:]
    return {(label, "share"): float(value) for label, value in pairs}


def _distributions(imputed: Imputed) -> pd.DataFrame:
    rows = []
    for name, column in imputed.held.items():
        if not column.incomplete:
            continue
        known = column.state[~column.missing]
        known = known if column.levels else known * column.spread + column.centre
        put_in = [_described(column, column.coded(values[name])) for values in imputed.put_in]
        for (level, statistic), value in _described(column, known).items():
            found = np.array([one[level, statistic] for one in put_in])
            mean, size = float(found.mean()), (int(column.missing.sum()), column.missing.size)
            shown = (value, mean, mean - value, found.min(), found.max(), *size, SIDE)
            rows.append((name, level, statistic, *shown))
    return pd.DataFrame(
        rows,
        columns=[
            *("column", "level_name", "statistic", "observed", "imputed", "difference"),
            *("imputed_low", "imputed_high", "numerator", "denominator", "method"),
        ],
    )


def diagnostics(imputed: Imputed) -> Diagnostics:
    """Look whether chains have come together, and at what they put in.

    A difference between observed and imputed values is no fault in itself: values that are
    missing more often for some people ought to differ. One that nobody can explain is a reason to
    look again at the models.

    Parameters
    ----------
    imputed : Imputed
        From `impute`.

    Returns
    -------
    Diagnostics
        Two frames: ``convergence`` and ``distributions``; both are empty where nothing was
        missing. Chains count as settled up to a ratio of 1.1.

    Notes
    -----
    Gelman and Rubin (1992) Stat Sci 7:457, on the trace of shares, means and standard deviations
    of the values put in, with the first half of the iterations left out; van Buuren (2018)
    Flexible Imputation of Missing Data, 6.5 and 6.6. With 20 chains of 10 iterations that have
    settled, one statistic in a hundred or so passes 1.1 by chance; with fewer chains more do.

    Examples
    --------
    >>> from helpers.methods.missing_data import impute
    >>> seen = pd.DataFrame({"late": [0, 1, 1, 0, 1, 0] * 9, "age": [70, None, 64, 81, 90, 7] * 9})
    >>> imputed = impute(seen, columns=["age"], outcome="late", imputations=5, seed=1)
    >>> found = diagnostics(imputed)
    >>> found.convergence[["column", "statistic", "settled"]]
      column statistic  settled
    0    age      mean     True
    1    age        sd     True
    >>> found.distributions[["statistic", "observed"]].round(1)
      statistic  observed
    0      mean      62.4
    1        sd      29.1
    """
    return Diagnostics(
        convergence=_convergence(imputed.trace, imputed.imputations, imputed.iterations),
        distributions=_distributions(imputed),
    )
