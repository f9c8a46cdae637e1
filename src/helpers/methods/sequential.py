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
max_sprt_critical
    Its critical value for a count watched without a pause.
false_alarms
    Chance of at least one false signal over a series, and the average run length.
threshold_for
    Threshold with a stated chance of any false signal over a series.
detection
    Chance of a signal, and median delay, for a given true ratio.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from . import _signals
from ._checks import (
    Floats,
    as_list,
    check_choice,
    check_counts,
    critical,
    numbers,
    refuse,
    require_columns,
)
from ._strata import positions

Kind = Literal["cusum", "sprt", "max_sprt"]
Outcome = Literal["poisson", "bernoulli"]

KINDS, OUTCOMES = ("cusum", "sprt", "max_sprt"), ("poisson", "bernoulli")
SIGNAL, NO_SIGNAL = "at or above the threshold: a reason to look", "below the threshold"
CREDIT = (
    "not to be used alone: long stretches as expected build up credit, which hides a later rise; "
    "read with the cumulative sum or the maximised form"
)
CYCLES = 200


def _inside(name: str, value: float) -> float:
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1; got {value!r}.")
    return float(value)


def _ratio(ratio: float, name: str = "ratio", *, any_: bool = False) -> float:
    if not (np.isfinite(ratio) and ratio > 0 and (any_ or ratio != 1)):
        rest = "" if any_ else " other than 1"
        raise ValueError(f"{name} must be a number above zero{rest}; got {ratio!r}.")
    return float(ratio)


def _threshold(threshold: float) -> float:
    if not (np.isfinite(threshold) and threshold > 0):
        raise ValueError(f"threshold must be a number above zero; got {threshold!r}.")
    return float(threshold)


def _check_values(x: Floats | None, expected: Floats, outcome: str, labels: object) -> None:
    check_choice("outcome", outcome, OUTCOMES)
    if x is not None:
        check_counts(x, labels=labels)
    refuse((expected < 0) | np.isinf(expected), labels, "the expected value is negative, infinite")
    if outcome == "bernoulli":
        refuse(expected > 1, labels, "the expected probability is above 1")
        if x is not None:
            refuse(~np.isin(x, (0.0, 1.0)) & ~np.isnan(x), labels, "an outcome is 0 or 1")
    if x is not None:
        refuse((expected == 0) & (x > 0), labels, "there are events but none is expected")


class _Grid:
    """Series as rows of a grid, looks as its columns; missing looks count as no increment."""

    def __init__(
        self, frame: pd.DataFrame, observed: str, expected: str, order: str,
        within: str | Sequence[str] | None, outcome: str,
    ) -> None:  # fmt: skip
        groups = as_list(within)
        require_columns(frame, [observed, expected, order, *groups])
        x, e = numbers(frame, observed), numbers(frame, expected)
        _check_values(x, e, outcome, frame.index)
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


def _result(
    frame: pd.DataFrame, grid: _Grid, score: Floats, increment: Floats | None, **options: object
) -> pd.DataFrame:
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
    return result.assign(**options)


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
    order: str = "month",
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
        has none), ``false_alarm``, ``replicates`` and ``method``. A missing value gives a
        missing score and leaves the sum as it stands; the sum goes on after a signal.

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
    >>> counts = pd.DataFrame({"month": [1, 2], "observed": [17, 13], "expected": [8.43, 7.01]})
    >>> cusum(counts)[["score", "signal"]].round(4)
        score  signal
    0  3.3535   False
    1  5.3544    True
    """
    ratio, threshold = _ratio(ratio), _threshold(threshold)
    grid = _Grid(frame, observed, expected, order, within, outcome)
    increment = grid.x * np.log(ratio) + _signals.drift(grid.e, ratio, outcome)
    score = _signals.restarted(grid.spread(increment))
    chance = _chances(grid, threshold, ratio, "cusum", outcome, replicates, seed)
    return _result(
        frame, grid, score, increment, ratio=ratio, threshold=threshold, alpha=np.nan, beta=np.nan,
        false_alarm=chance, replicates=replicates, method=f"cumulative sum, {outcome}",
    )  # fmt: skip


def sprt(
    frame: pd.DataFrame,
    *,
    observed: str = "observed",
    expected: str = "expected",
    order: str = "month",
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
    >>> counts = pd.DataFrame({"month": [1], "observed": [11], "expected": [10.16]})
    >>> sprt(counts)[["score", "threshold"]].round(4)
        score  threshold
    0 -2.5354     4.5951
    """
    ratio, alpha, beta = _ratio(ratio), _inside("alpha", alpha), _inside("beta", beta)
    if alpha + beta >= 1:
        raise ValueError(f"alpha and beta must add up to less than 1; got {alpha + beta:g}.")
    grid = _Grid(frame, observed, expected, order, within, outcome)
    threshold = float(np.log((1 - beta) / alpha))
    increment = grid.x * np.log(ratio) + _signals.drift(grid.e, ratio, outcome)
    score = grid.spread(increment).cumsum(axis=1)
    chance = _chances(grid, threshold, ratio, "sprt", outcome, replicates, seed)
    return _result(
        frame, grid, score, increment, ratio=ratio, threshold=threshold,
        low_threshold=float(np.log(beta / (1 - alpha))), alpha=alpha, beta=beta,
        false_alarm=chance, replicates=replicates,
        method=f"sequential probability ratio test, {outcome}, Wald's thresholds", caution=CREDIT,
    )  # fmt: skip


def max_sprt(
    frame: pd.DataFrame,
    *,
    observed: str = "observed",
    expected: str = "expected",
    order: str = "month",
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
    >>> counts = pd.DataFrame({"month": [1], "observed": [11], "expected": [10.16]})
    >>> max_sprt(counts, threshold=2.9)[["score", "ratio"]].round(4)
        score   ratio
    0  0.0338  1.0827
    """
    threshold = _threshold(threshold)
    grid = _Grid(frame, observed, expected, order, within, "poisson")
    counts, sums = grid.spread(grid.x).cumsum(axis=1), grid.spread(grid.e).cumsum(axis=1)
    score = np.nan_to_num(_signals.maximised(counts, sums))
    chance = _chances(grid, threshold, 2.0, "max_sprt", "poisson", replicates, seed)
    return _result(
        frame, grid, score, None, ratio=grid.back(counts / np.where(sums > 0, sums, np.nan)),
        threshold=threshold, alpha=np.nan, beta=np.nan, false_alarm=chance, replicates=replicates,
        method="maximised sequential probability ratio test, poisson",
    )  # fmt: skip


def max_sprt_critical(total: float, *, alpha: float = 0.05, minimum: int = 1) -> float:
    """Critical value for a Poisson count watched without a pause.

    Parameters
    ----------
    total : float
        Expected events at the end of the watch.
    alpha : float
        Chance of any signal without a change.
    minimum : int
        Fewest events that may give a signal.

    Returns
    -------
    float
        In units of log likelihood. Looks at intervals need less: see `threshold_for`.

    Raises
    ------
    ValueError
        For a total not above zero, alpha outside (0, 1), a minimum below 1, or a minimum that
        the count reaches with a chance of alpha or less.

    Notes
    -----
    Kulldorff and others (2011) Seq Anal 30:58, table 1; computed here, not looked up.

    Examples
    --------
    >>> round(max_sprt_critical(10), 6)
    3.467952
    """
    from scipy.special import pdtrc

    _inside("alpha", alpha)
    if not (np.isfinite(total) and total > 0) or minimum < 1:
        raise ValueError("total must be above zero, and minimum 1 or more.")
    if float(pdtrc(minimum - 1, total)) <= alpha:
        raise ValueError(f"{minimum} events by the end have a chance of no more than {alpha:g}.")
    return _signals.continuous_critical(float(total), alpha, int(minimum))


def _series(expected: ArrayLike, outcome: str, kind: str) -> Floats:
    check_choice("kind", kind, KINDS)
    values = np.atleast_1d(np.asarray(expected, dtype=float))
    refuse(np.isnan(values), None, "the expected value is missing")
    _check_values(None, values, outcome, None)
    if kind == "max_sprt" and outcome != "poisson":
        raise ValueError("The maximised form is offered for Poisson counts only.")
    if not values.size:
        raise ValueError("The series of expected values is empty.")
    return values


def _path(
    values: Floats, threshold: float, ratio: float, kind: str, outcome: str, actual: float
) -> Floats:
    if kind == "cusum":
        return _signals.cusum_path(
            values, threshold=threshold, ratio=ratio, outcome=outcome, actual=actual
        )
    return _signals.cumulative_path(
        values, threshold=threshold, ratio=ratio, kind=kind, outcome=outcome, actual=actual
    )


def _run_length(values: Floats, threshold: float, ratio: float, outcome: str) -> float:
    """Mean looks to a signal when the series repeats itself without end."""
    cycles = int(np.clip(4000 // values.size, 3, CYCLES))
    first = _path(np.tile(values, cycles), threshold, ratio, "cusum", outcome, 1.0)
    left = np.maximum(1.0 - np.cumsum(first), 0.0)
    by_cycle = np.concatenate([[1.0], left]).reshape(-1)[:-1].reshape(cycles, -1).sum(axis=1)
    total = float(by_cycle.sum())
    if by_cycle[-1] < 1e-13:
        return total
    # From here each cycle loses the same share: the rest is a geometric sum.
    share = float(by_cycle[-1] / by_cycle[-2])
    return total + float(by_cycle[-1]) * share / (1.0 - share) if share < 1 - 1e-10 else np.inf


def false_alarms(
    expected: ArrayLike,
    *,
    threshold: float,
    ratio: float = 2.0,
    kind: Kind = "cusum",
    outcome: Outcome = "poisson",
    method: Literal["exact", "simulation"] = "exact",
    replicates: int = 10_000,
    seed: int | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Chance of at least one signal over the series when nothing changed.

    Parameters
    ----------
    expected : array_like
        Expected counts or probabilities of the looks, in order.
    threshold, ratio : float
        As used for the score; the maximised form does not use the ratio.
    kind : {"cusum", "sprt", "max_sprt"}
        Which score.
    outcome : {"poisson", "bernoulli"}
        What is counted.
    method : {"exact", "simulation"}
        Recursion over the states of the score, or simulation with limits for its error.
    replicates, seed : int
        Of the simulation; it needs a seed.
    level : float
        Of the limits of a simulated chance.

    Returns
    -------
    DataFrame
        One row: ``kind``, ``outcome``, ``looks``, ``expected``, ``ratio``, ``threshold``,
        ``false_alarm``, ``low``, ``high``, ``average_run_length`` (looks to a false signal if the
        series repeated without end; cumulative sums only, always exact), ``level``,
        ``replicates`` and ``method``.

    Raises
    ------
    ValueError
        For values that cannot be right, unknown options, or a simulation without a seed.

    Notes
    -----
    Exact chances after Brook and Evans (1972) Biometrika 59:539, on the lattice of the score
    itself, so that nothing is rounded. Limits of a simulated chance: Wilson (1927).

    Examples
    --------
    >>> found = false_alarms([0.1], threshold=0.5)  # one event signals: 1 - exp(-0.1)
    >>> found.loc[0, "false_alarm"].round(6).item()
    0.095163
    """
    check_choice("method", method, ("exact", "simulation"))
    values, ratio, threshold = (
        _series(expected, outcome, kind),
        _ratio(ratio),
        _threshold(threshold),
    )
    critical(level)
    if method == "exact":
        chance = float(_path(values, threshold, ratio, kind, outcome, 1.0).sum())
        low = high = chance
        words = "exact recursion over the states of the score"
    else:
        from .proportions import wilson

        if seed is None or replicates < 1:
            raise ValueError("A simulation needs a seed and at least one replicate.")
        first = _signals.simulated_first(
            values, threshold=threshold, ratio=ratio, kind=kind, outcome=outcome, actual=1.0,
            replicates=replicates, seed=seed,
        )  # fmt: skip
        hits = int((first < values.size).sum())
        chance = hits / replicates
        low, high = (float(end) for end in wilson(hits, replicates, level=level))
        words = f"simulation, seed {seed}; limits for its error (Wilson)"
    length = _run_length(values, threshold, ratio, outcome) if kind == "cusum" else np.nan
    row = {
        "kind": kind, "outcome": outcome, "looks": values.size, "expected": values.sum(),
        "ratio": ratio if kind != "max_sprt" else np.nan, "threshold": threshold,
        "false_alarm": chance, "low": low, "high": high, "average_run_length": length,
        "level": float(level), "replicates": replicates if method == "simulation" else 0,
        "method": words,
    }  # fmt: skip
    return pd.DataFrame([row])


def threshold_for(
    expected: ArrayLike,
    *,
    false_alarm: float = 0.05,
    ratio: float = 2.0,
    kind: Kind = "cusum",
    outcome: Outcome = "poisson",
) -> float:
    """Smallest threshold whose chance of any false signal over the series is as stated or less.

    Parameters
    ----------
    expected : array_like
        Expected counts or probabilities of the looks, in order.
    false_alarm : float
        Chance of at least one signal over the whole series without a change.
    ratio, kind, outcome
        As for `false_alarms`.

    Returns
    -------
    float
        In units of log likelihood. Counts are whole, so the chance may lie below the one stated.

    Raises
    ------
    ValueError
        As `false_alarms`, and for a chance outside (0, 1).

    Notes
    -----
    Bisection on the exact chance of `false_alarms`.

    Examples
    --------
    >>> found = threshold_for([8.0] * 24, false_alarm=0.05)
    >>> bool(false_alarms([8.0] * 24, threshold=found).loc[0, "false_alarm"] <= 0.05)
    True
    """
    _inside("false_alarm", false_alarm)
    values, ratio = _series(expected, outcome, kind), _ratio(ratio)
    low, high = 1e-6, 1.0
    while _path(values, high, ratio, kind, outcome, 1.0).sum() > false_alarm:
        low, high = high, 2.0 * high
    while high - low > 1e-8:
        middle = 0.5 * (low + high)
        above = _path(values, middle, ratio, kind, outcome, 1.0).sum() > false_alarm
        low, high = (middle, high) if above else (low, middle)
    return high


def detection(
    expected: ArrayLike,
    *,
    actual: float,
    threshold: float,
    ratio: float = 2.0,
    kind: Kind = "cusum",
    outcome: Outcome = "poisson",
) -> pd.DataFrame:
    """Chance of a signal within the series, and median delay, when the ratio is ``actual``.

    Parameters
    ----------
    expected : array_like
        Expected counts or probabilities without a change.
    actual : float
        True ratio of rates (or of odds) from the first look on.
    threshold, ratio, kind, outcome
        As for `false_alarms`.

    Returns
    -------
    DataFrame
        One row: ``kind``, ``outcome``, ``looks``, ``ratio``, ``threshold``, ``actual``,
        ``detection``, ``median_delay`` (looks; missing if fewer than half signal within the
        series), ``false_alarm`` and ``method``.

    Raises
    ------
    ValueError
        As `false_alarms`.

    Notes
    -----
    The recursion of `false_alarms` under the true ratio.

    Examples
    --------
    >>> detection([8.0] * 24, actual=2, threshold=4).loc[0, "median_delay"].item()
    2.0
    """
    values, ratio, threshold = (
        _series(expected, outcome, kind),
        _ratio(ratio),
        _threshold(threshold),
    )
    actual = _ratio(actual, "actual", any_=True)
    reached = _path(values, threshold, ratio, kind, outcome, actual).cumsum()
    half = np.flatnonzero(reached >= 0.5)
    row = {
        "kind": kind, "outcome": outcome, "looks": values.size, "ratio": ratio,
        "threshold": threshold, "actual": actual, "detection": float(reached[-1]),
        "median_delay": float(half[0] + 1) if half.size else np.nan,
        "false_alarm": float(_path(values, threshold, ratio, kind, outcome, 1.0).sum()),
        "method": "exact recursion over the states of the score",
    }  # fmt: skip
    return pd.DataFrame([row])
