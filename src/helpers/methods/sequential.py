"""Counts watched as they come in: scores against a threshold, with their false-alarm chances.

A signal is a reason to look, and nothing more. Every threshold states its chance of a signal when
nothing changed; that chance is computed, or simulated with a seed, and never assumed.

Functions
---------
cusum
    Risk-adjusted cumulative sum of log likelihood ratios that restarts at zero.
sprt
    Sequential probability ratio test with Wald's thresholds; not to be used alone.
max_sprt
    Maximised sequential probability ratio test.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from . import _signals
from ._checks import (
    Floats,
    as_list,
    numbers,
    refuse,
    require_columns,
)
from ._strata import positions
from ._watching import Outcome, check_values, inside, positive, true_ratio

SIGNAL, NO_SIGNAL = "at or above the threshold: a reason to look", "below the threshold"
CREDIT = (
    "not to be used alone: long stretches as expected build up credit, which hides a later rise; "
    "read with the cumulative sum or the maximised form"
)


NOTHING = 1e-4
"""Evidence that weighs nothing: a single event weighs hundreds of times as much."""
FLAT = (
    "the threshold is next to nothing: any score above 0 is a signal, which is rare by chance only "
    "if counts vary no more than Poisson's do"
)
SPREAD = (
    "counts vary from look to look by more than Poisson chance (dispersion {:.1f}): false alarms "
    "come more often than stated, and a signal may be that variation"
)
RARE = 0.01


class _Grid:
    """Series as rows of a grid, looks as its columns; missing looks count as no increment."""

    def __init__(
        self, frame: pd.DataFrame, observed: str, expected: str, order: str,
        within: str | Sequence[str] | None, outcome: str,
    ) -> None:  # fmt: skip
        groups = as_list(within)
        require_columns(frame, [observed, expected, order, *groups])
        x, e = numbers(frame, observed), numbers(frame, expected)
        check_values(x, e, outcome, frame.index)
        self.group, self.keys = positions(frame, groups)
        when = frame[order].reset_index(drop=True)
        refuse(when.isna(), frame.index, f"{order!r} is missing")
        last = when.groupby(self.group).shift()
        refuse((when == last).to_numpy(), frame.index, f"{order!r} occurs twice in a series")
        known = last.notna()
        back = np.zeros(len(frame), dtype=bool)
        back[known.to_numpy()] = (when[known] < last[known]).to_numpy()
        refuse(back, frame.index, f"{order!r} is before the row above: sort the rows first")
        self.look = when.groupby(self.group).cumcount().to_numpy(dtype=np.intp)
        self.shape = (len(self.keys), int(self.look.max()) + 1 if len(frame) else 0)
        self.missing = np.isnan(x) | np.isnan(e)
        self.x, self.e = np.where(self.missing, 0.0, x), np.where(self.missing, 0.0, e)

    def spread(self, values: Floats) -> Floats:
        grid = np.zeros(self.shape)
        grid[self.group, self.look] = values
        return grid

    def back(self, grid: Floats) -> Floats:
        return np.where(self.missing, np.nan, grid[self.group, self.look])

    def series(self, group: int) -> Floats:
        return self.e[(self.group == group) & ~self.missing]


def _spread(x: Floats, e: Floats) -> tuple[float, float]:
    """Return the spread of a series from look to look over Poisson chance, and its upper tail.

    Successive differences of z about the series' own ratio hardly feel a lasting rise: von Neumann,
    Kent, Bellinson and Hart (1941) Ann Math Stat 12:153. Their sum is set against a chi-squared
    distribution with the same mean and variance.
    """
    from scipy.special import chdtrc

    x, e = x[e > 0], e[e > 0]
    looks = e.size
    # Fewer looks say nothing of spread; of counts as small, z is too skew for it.
    if looks < 4 or not x.sum() >= looks:
        return np.nan, np.nan
    mean = e * x.sum() / e.sum()
    ratio = float((np.diff((x - mean) / np.sqrt(mean)) ** 2).sum() / (2.0 * (looks - 1)))
    df = 2.0 * (looks - 1) ** 2 / (3.0 * looks - 4.0)
    return ratio, float(chdtrc(df, ratio * df))


def _cautions(
    grid: _Grid, threshold: float, outcome: str, known: str
) -> tuple[Floats, Floats, list[str]]:
    """Return the spread of each row's series, its upper tail, and what a reader must be told."""
    found, said = np.full((grid.shape[0], 2), np.nan), []
    for group in range(grid.shape[0]):
        own = (grid.group == group) & ~grid.missing
        if outcome == "poisson":
            found[group] = _spread(grid.x[own], grid.e[own])
        wide = SPREAD.format(found[group, 0]) if found[group, 1] < RARE else ""
        flat = FLAT if threshold < NOTHING else ""
        said.append("; ".join(part for part in (known, flat, wide) if part))
    return found[grid.group, 0], found[grid.group, 1], [said[group] for group in grid.group]


def _result(
    frame: pd.DataFrame, grid: _Grid, score: Floats, increment: Floats | None, outcome: str,
    known: str = "", **options: object,
) -> pd.DataFrame:  # fmt: skip
    threshold = float(options["threshold"])  # type: ignore[arg-type]
    counts, sums = grid.spread(grid.x).cumsum(axis=1), grid.spread(grid.e).cumsum(axis=1)
    out = score >= threshold
    first = out & (out.cumsum(axis=1) == 1)
    result = frame.reset_index(drop=True)
    result["cumulative_observed"] = grid.back(counts)
    result["cumulative_expected"] = grid.back(sums)
    result["observed_minus_expected"] = grid.back(counts - sums)
    if increment is not None:
        result["increment"] = np.where(grid.missing, np.nan, increment)
    result["score"] = grid.back(score)
    result["signal"] = out[grid.group, grid.look] & ~grid.missing
    result["first_signal"] = first[grid.group, grid.look] & ~grid.missing
    words = np.where(result["signal"], SIGNAL, NO_SIGNAL)
    result["reading"] = np.where(grid.missing, "not known: a value is missing", words)
    spread, tail, caution = _cautions(grid, threshold, outcome, known)
    return result.assign(**options, dispersion=spread, p_dispersion=tail, caution=caution)


def _chances(
    grid: _Grid, threshold: float, ratio: float, kind: str, outcome: str, replicates: int,
    seed: int | None,
) -> Floats:  # fmt: skip
    """Return each row's simulated false-alarm chance, NaN where none was asked for."""
    if replicates and seed is None:
        raise ValueError("Simulated false alarms need a seed.")
    chance = np.full(grid.shape[0], np.nan)
    for group in range(grid.shape[0] if replicates else 0):
        series = grid.series(group)
        first = _signals.simulated_first(
            series, threshold=threshold, ratio=ratio, kind=kind, outcome=outcome, actual=1.0,
            replicates=replicates, seed=int(seed or 0),
        )  # fmt: skip
        chance[group] = float((first < series.size).mean())
    return chance[grid.group]


def cusum(
    frame: pd.DataFrame,
    *,
    observed: str = "observed",
    expected: str = "expected",
    order: str = "period",
    ratio: float = 2.0,
    threshold: float = 4.0,
    within: str | Sequence[str] | None = None,
    outcome: Outcome = "poisson",
    replicates: int = 0,
    seed: int | None = None,
) -> pd.DataFrame:
    """Cumulative sum of log likelihood ratios that restarts at zero.

    Parameters
    ----------
    frame : DataFrame
        One row a look, in order within each series. It is not changed.
    observed, expected, order : str
        Columns of counts (or of 0 and 1), expected counts (or probabilities), and time.
    ratio : float
        Ratio of rates (or of odds) the sum is tuned to; below 1 it looks for a fall.
    threshold : float
        In units of log likelihood; see `threshold_for`.
    within : str or sequence of str, optional
        Columns that define series.
    outcome : {"poisson", "bernoulli"}
        Counts, or single outcomes.
    replicates, seed : int
        Simulated series without a change for ``false_alarm``; 0 leaves it missing.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``cumulative_observed``, ``cumulative_expected``,
        ``observed_minus_expected``, ``increment``, ``score``, ``signal``, ``first_signal``,
        ``reading``, ``ratio``, ``threshold``, ``alpha`` and ``beta`` (missing: a cumulative sum
        has none), ``false_alarm``, ``replicates``, ``method``, ``dispersion`` (spread from look
        to look over that of Poisson chance; missing below 4 looks, below 1 event a look and for
        single outcomes), ``p_dispersion`` (its upper tail) and ``caution``, which says where the
        threshold means little: next to nothing, or counts that vary by more than chance. A missing
        value gives a missing score and leaves the sum as it stands; the sum goes on after a
        signal.

    Raises
    ------
    ValueError
        For missing columns, values that cannot be right, times out of order or twice in a series,
        a ratio of 1, a threshold not above zero, or replicates without a seed.

    Notes
    -----
    Steiner, Cook, Farewell and Treasure (2000) Biostatistics 1:441; Grigg, Farewell and
    Spiegelhalter (2003) Stat Methods Med Res 12:147.

    Examples
    --------
    >>> counts = pd.DataFrame({"period": [1, 2], "observed": [17, 13], "expected": [8.43, 7.01]})
    >>> cusum(counts)[["score", "signal"]].round(4)
        score  signal
    0  3.3535   False
    1  5.3544    True
    """
    ratio, threshold = true_ratio(ratio), positive(threshold)
    grid = _Grid(frame, observed, expected, order, within, outcome)
    increment = grid.x * np.log(ratio) + _signals.drift(grid.e, ratio, outcome)
    score = _signals.restarted(grid.spread(increment))
    chance = _chances(grid, threshold, ratio, "cusum", outcome, replicates, seed)
    return _result(
        frame, grid, score, increment, outcome, ratio=ratio, threshold=threshold, alpha=np.nan,
        beta=np.nan, false_alarm=chance, replicates=replicates, method=f"cumulative sum, {outcome}",
    )  # fmt: skip


def sprt(
    frame: pd.DataFrame,
    *,
    observed: str = "observed",
    expected: str = "expected",
    order: str = "period",
    ratio: float = 2.0,
    alpha: float = 0.01,
    beta: float = 0.01,
    within: str | Sequence[str] | None = None,
    outcome: Outcome = "poisson",
    replicates: int = 0,
    seed: int | None = None,
) -> pd.DataFrame:
    """Sequential probability ratio test, which builds up credit and must not be used alone.

    Parameters
    ----------
    frame, observed, expected, order, ratio, within, outcome, replicates, seed
        As for `cusum`.
    alpha, beta : float
        Error rates that set Wald's thresholds.

    Returns
    -------
    DataFrame
        As `cusum`, with ``alpha``, ``beta``, ``threshold`` (upper), ``low_threshold`` and
        ``caution``. The sum is not stopped at the lower threshold.

    Raises
    ------
    ValueError
        As `cusum`, and for error rates outside (0, 1) or that add up to 1 or more.

    Notes
    -----
    Wald (1945) Ann Math Stat 16:117; Spiegelhalter, Grigg, Kinsman and Treasure (2003) Int J
    Qual Health Care 15:7.

    Examples
    --------
    >>> counts = pd.DataFrame({"period": [1], "observed": [11], "expected": [10.16]})
    >>> sprt(counts)[["score", "threshold"]].round(4)
        score  threshold
    0 -2.5354     4.5951
    """
    ratio, alpha, beta = true_ratio(ratio), inside("alpha", alpha), inside("beta", beta)
    if alpha + beta >= 1:
        raise ValueError(f"alpha and beta must add up to less than 1; got {alpha + beta:g}.")
    grid = _Grid(frame, observed, expected, order, within, outcome)
    threshold = float(np.log((1 - beta) / alpha))
    increment = grid.x * np.log(ratio) + _signals.drift(grid.e, ratio, outcome)
    score = grid.spread(increment).cumsum(axis=1)
    chance = _chances(grid, threshold, ratio, "sprt", outcome, replicates, seed)
    return _result(
        frame, grid, score, increment, outcome, CREDIT, ratio=ratio, threshold=threshold,
        low_threshold=float(np.log(beta / (1 - alpha))), alpha=alpha, beta=beta,
        false_alarm=chance, replicates=replicates,
        method=f"sequential probability ratio test, {outcome}, Wald's thresholds",
    )  # fmt: skip


def max_sprt(
    frame: pd.DataFrame,
    *,
    observed: str = "observed",
    expected: str = "expected",
    order: str = "period",
    threshold: float,
    within: str | Sequence[str] | None = None,
    replicates: int = 0,
    seed: int | None = None,
) -> pd.DataFrame:
    """Maximised sequential probability ratio test of Poisson counts above expectation.

    Parameters
    ----------
    frame, observed, expected, order, within, replicates, seed
        As for `cusum`; counts only.
    threshold : float
        From `threshold_for` for the looks of the series, or `max_sprt_critical`.

    Returns
    -------
    DataFrame
        As `cusum`; ``ratio`` is the ratio observed so far. There is no ``increment``.

    Raises
    ------
    ValueError
        As `cusum`.

    Notes
    -----
    Kulldorff, Davis, Kolczak, Lewis, Lieu and Platt (2011) Seq Anal 30:58.

    Examples
    --------
    >>> counts = pd.DataFrame({"period": [1], "observed": [11], "expected": [10.16]})
    >>> max_sprt(counts, threshold=2.9)[["score", "ratio"]].round(4)
        score   ratio
    0  0.0338  1.0827
    """
    threshold = positive(threshold)
    grid = _Grid(frame, observed, expected, order, within, "poisson")
    counts, sums = grid.spread(grid.x).cumsum(axis=1), grid.spread(grid.e).cumsum(axis=1)
    score = np.nan_to_num(_signals.maximised(counts, sums))
    chance = _chances(grid, threshold, 2.0, "max_sprt", "poisson", replicates, seed)
    ratios = grid.back(counts / np.where(sums > 0, sums, np.nan))
    return _result(
        frame, grid, score, None, "poisson", ratio=ratios, threshold=threshold, alpha=np.nan,
        beta=np.nan, false_alarm=chance, replicates=replicates,
        method="maximised sequential probability ratio test, poisson",
    )  # fmt: skip
