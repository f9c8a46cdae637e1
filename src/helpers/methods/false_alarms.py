"""How often a watched series gives a false alarm, and how soon a true rise is seen.

Chances are computed over the states of the score, or simulated with a seed; none is assumed.

Functions
---------
false_alarms
    Chance of at least one false signal over a series, and the average run length.
threshold_for
    Threshold with a stated chance of any false signal over a series.
detection
    Chance of a signal, and median delay, for a given true ratio.
max_sprt_critical
    Critical value of the maximised test for a count watched without a pause.
"""

from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from . import _signals
from ._checks import Floats, check_choice, critical, refuse
from ._watching import KINDS, Kind, Outcome, check_values, inside, positive, true_ratio

CYCLES = 200
LEAST = 1e-6
"""Thresholds are looked for from here on; one as small means that any score above 0 signals."""
COLUMNS = [
    *("kind", "outcome", "looks", "expected", "ratio", "threshold", "false_alarm", "low", "high"),
    *("average_run_length", "level", "replicates", "method"),
]
DETECTED = [
    *("kind", "outcome", "looks", "ratio", "threshold", "actual", "detection", "median_delay"),
    *("false_alarm", "method"),
]


def _flat(threshold: float, chance: float) -> str:
    """Return what must be said of a threshold that is next to nothing."""
    if threshold > 10.0 * LEAST:
        return ""
    return (
        f"; the threshold is next to nothing: any score above 0 is a signal, which Poisson chance "
        f"gives in {100.0 * chance:.2g}% of such series, and more variation far more often"
    )


def _series(expected: ArrayLike, outcome: str, kind: str) -> Floats:
    check_choice("kind", kind, KINDS)
    values = np.atleast_1d(np.asarray(expected, dtype=float))
    refuse(np.isnan(values), None, "the expected value is missing")
    check_values(None, values, outcome, None)
    if kind == "max_sprt" and outcome != "poisson":
        raise ValueError("The maximised form is offered for Poisson counts only.")
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
        One row, or none for a series without a look: ``kind``, ``outcome``, ``looks``,
        ``expected``, ``ratio``, ``threshold``, ``false_alarm``, ``low``, ``high``,
        ``average_run_length`` (looks to a false signal if the series repeated without end;
        cumulative sums only, always exact), ``level``, ``replicates`` and ``method``.

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
    values, ratio = _series(expected, outcome, kind), true_ratio(ratio)
    critical(level)
    if not values.size:
        return pd.DataFrame(columns=COLUMNS)
    threshold = positive(threshold)
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
        "method": words + _flat(threshold, chance),
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
        Where it does so for any score above 0, as with very many events in few looks, the
        threshold is next to nothing; `false_alarms`, `detection` and `sequential.cusum` say so. A
        series without a look can give no signal whatever the threshold: next to nothing as well.

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
    inside("false_alarm", false_alarm)
    values, ratio = _series(expected, outcome, kind), true_ratio(ratio)
    low, high = LEAST, 1.0
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
        One row, or none for a series without a look: ``kind``, ``outcome``, ``looks``, ``ratio``,
        ``threshold``, ``actual``, ``detection``, ``median_delay`` (looks; missing if fewer than
        half signal within the series), ``false_alarm`` and ``method``.

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
    values, ratio = _series(expected, outcome, kind), true_ratio(ratio)
    actual = true_ratio(actual, "actual", any_=True)
    if not values.size:
        return pd.DataFrame(columns=DETECTED)
    threshold = positive(threshold)
    reached = _path(values, threshold, ratio, kind, outcome, actual).cumsum()
    half = np.flatnonzero(reached >= 0.5)
    chance = float(_path(values, threshold, ratio, kind, outcome, 1.0).sum())
    row = {
        "kind": kind, "outcome": outcome, "looks": values.size, "ratio": ratio,
        "threshold": threshold, "actual": actual, "detection": float(reached[-1]),
        "median_delay": float(half[0] + 1) if half.size else np.nan,
        "false_alarm": chance,
        "method": "exact recursion over the states of the score" + _flat(threshold, chance),
    }  # fmt: skip
    return pd.DataFrame([row])


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

    inside("alpha", alpha)
    if not (np.isfinite(total) and total > 0) or minimum < 1:
        raise ValueError("total must be above zero, and minimum 1 or more.")
    if float(pdtrc(minimum - 1, total)) <= alpha:
        raise ValueError(f"{minimum} events by the end have a chance of no more than {alpha:g}.")
    return _signals.continuous_critical(float(total), alpha, int(minimum))
