"""Exact chances that a sequential score reaches its threshold, look by look.

Functions
---------
drift
    What each look takes off the score, whatever was observed.
tilted
    Expected values when the ratio is not one.
cusum_path
    Probability of a first signal at each look of a cumulative sum.
cumulative_path
    Probability of a first signal at each look of a score that never restarts.
maximised
    Maximised log likelihood ratio of a count.
restarted
    Running sums that restart at zero.
simulated_first
    First look at which simulated series signal.
continuous_critical
    Critical value of the maximised score of a Poisson process watched without a pause.
"""

import numpy as np
from numpy.typing import NDArray

from ._checks import Floats

# States that hold less than this are left out; with thousands of looks it adds up to nothing.
NEGLIGIBLE = 1e-16


def drift(expected: Floats, ratio: float, outcome: str) -> Floats:
    """Part of the increment that does not depend on what was observed.

    Examples
    --------
    >>> drift(np.array([10.0]), 2.0, "poisson")
    array([-10.])
    """
    if outcome == "poisson":
        return np.asarray(-(ratio - 1.0) * expected)
    return np.asarray(-np.log1p((ratio - 1.0) * expected))


def tilted(expected: Floats, actual: float, outcome: str) -> Floats:
    """Return expected counts times a ratio, or probabilities with their odds times a ratio.

    Examples
    --------
    >>> tilted(np.array([0.5]), 3.0, "bernoulli")
    array([0.75])
    """
    if outcome == "poisson":
        return np.asarray(expected * actual)
    return np.asarray(actual * expected / (1.0 + (actual - 1.0) * expected))


def _pmf(counts: NDArray[np.intp], mean: float, outcome: str) -> Floats:
    from scipy.special import gammaln, xlogy

    if outcome == "bernoulli":
        return np.where(counts == 1, mean, np.where(counts == 0, 1.0 - mean, 0.0))
    safe = np.maximum(counts, 0)
    chance = np.exp(xlogy(safe, mean) - mean - gammaln(safe + 1.0))
    return np.where(counts < 0, 0.0, chance)


def cusum_path(
    expected: Floats, *, threshold: float, ratio: float, outcome: str, actual: float = 1.0
) -> Floats:
    """Probability of the first signal at each look.

    Between restarts the score is a lattice of step ``|log(ratio)|`` whose offset depends only on
    when the score last stood at zero. The states are therefore finite, and nothing is rounded.

    Parameters
    ----------
    expected : ndarray, shape (looks,)
        Expected counts or probabilities without a change.
    threshold, ratio : float
        Of the cumulative sum.
    outcome : {"poisson", "bernoulli"}
        What is counted.
    actual : float
        True ratio (of rates, or of odds).

    Examples
    --------
    >>> chance = cusum_path(np.array([0.1]), threshold=0.5, ratio=2.0, outcome="poisson")
    >>> chance.round(6), round(float(1 - np.exp(-0.1)), 6)
    (array([0.095163]), 0.095163)
    """
    step, sign = abs(np.log(ratio)), int(np.sign(np.log(ratio)))
    down, mean = drift(expected, ratio, outcome), tilted(expected, actual, outcome)
    width = int(np.ceil(threshold / step)) + 1
    place = np.arange(width)
    base, state = np.zeros(1), np.zeros((1, width))
    state[0, 0] = 1.0
    first = np.zeros(expected.size)
    for look in range(expected.size):
        moved = base + down[look]
        shift = np.floor(moved / step)
        base_new = moved - shift * step
        shift = shift.astype(np.intp)
        # Count that takes place i to place k; one row for each time of the last restart.
        count = sign * (place[None, None, :] - place[None, :, None] - shift[:, None, None])
        new = np.einsum("ji,jik->jk", state, _pmf(count, float(mean[look]), outcome))
        value = base_new[:, None] + place[None, :] * step
        new = np.where(value < threshold, new, 0.0)
        # Chance of falling to zero or below: the counts that lead under place 0.
        floor = -place[None, :] - shift[:, None]
        zero = float((state * _under(floor, sign, float(mean[look]), outcome)).sum())
        before = state.sum()
        kept = new.sum(axis=1) > NEGLIGIBLE
        base = np.append(base_new[kept], 0.0)
        fresh = np.zeros((1, width))
        fresh[0, 0] = zero
        state = np.vstack([new[kept], fresh])
        first[look] = max(before - state.sum(), 0.0)
    return first


def _under(floor: NDArray[np.intp], sign: int, mean: float, outcome: str) -> Floats:
    """Chance that ``sign`` times the count lies below ``floor``."""
    from scipy.special import pdtr

    def at_most(count: NDArray[np.intp]) -> Floats:
        if outcome == "bernoulli":
            return np.where(count < 0, 0.0, np.where(count >= 1, 1.0, 1.0 - mean))
        return np.where(count < 0, 0.0, pdtr(np.maximum(count, 0), mean))

    return at_most(floor - 1) if sign > 0 else 1.0 - at_most(-floor)


def maximised(count: Floats, expected: Floats) -> Floats:
    """Maximised log likelihood ratio of a count above its expectation, else 0.

    Examples
    --------
    >>> maximised(np.array([11.0]), np.array([10.16])).round(6)
    array([0.033805])
    """
    from scipy.special import xlogy

    ratio = count / np.where(expected > 0, expected, np.nan)
    score = expected - count + xlogy(count, ratio)
    return np.where(count > expected, score, 0.0 * score)


def cumulative_path(
    expected: Floats, *, threshold: float, ratio: float, kind: str, outcome: str, actual: float
) -> Floats:
    """Probability of the first signal at each look, by recursion on the cumulative count.

    Parameters
    ----------
    expected : ndarray, shape (looks,)
        Expected counts or probabilities without a change.
    threshold, ratio, actual : float
        Threshold, ratio tested (not used by the maximised form), and true ratio.
    kind : {"sprt", "max_sprt"}
        Which score.
    outcome : {"poisson", "bernoulli"}
        What is counted.

    Examples
    --------
    >>> cumulative_path(np.array([0.1]), threshold=0.5, ratio=2.0, kind="sprt",
    ...                 outcome="poisson", actual=1.0).round(6)
    array([0.095163])
    """
    mean = tilted(expected, actual, outcome)
    total = float(mean.sum())
    most = expected.size if outcome == "bernoulli" else int(total + 12 * np.sqrt(total) + 40)
    counts = np.arange(most + 1.0)
    down, sums = np.cumsum(drift(expected, ratio, outcome)), np.cumsum(expected)
    state = np.zeros(most + 1)
    state[0] = 1.0
    first = np.zeros(expected.size)
    for look in range(expected.size):
        size = 2 if outcome == "bernoulli" else most + 1
        state = np.convolve(state, _pmf(np.arange(size), float(mean[look]), outcome))[: most + 1]
        if kind == "sprt":
            score = counts * np.log(ratio) + down[look]
        else:
            score = maximised(counts, np.full(counts.shape, sums[look]))
        out = score >= threshold
        first[look] = state[out].sum()
        state = np.where(out, 0.0, state)
    return first


def simulated_first(
    expected: Floats,
    *,
    threshold: float,
    ratio: float,
    kind: str,
    outcome: str,
    actual: float,
    replicates: int,
    seed: int,
) -> NDArray[np.intp]:
    """Position of the first signal of each simulated series, or the number of looks if none.

    Parameters
    ----------
    expected : ndarray, shape (looks,)
        Expected counts or probabilities without a change.
    threshold, ratio, actual : float
        Threshold, ratio tested and true ratio.
    kind, outcome : str
        Which score, and what is counted.
    replicates, seed : int
        Series drawn, and the seed of the draw.

    Examples
    --------
    >>> simulated_first(np.ones(3), threshold=99, ratio=2, kind="cusum", outcome="poisson",
    ...                 actual=1, replicates=2, seed=1).tolist()
    [3, 3]
    """
    generator, mean = np.random.default_rng(seed), tilted(expected, actual, outcome)
    shape = (replicates, expected.size)
    if outcome == "poisson":
        drawn = generator.poisson(mean, shape).astype(float)
    else:
        drawn = (generator.random(shape) < mean).astype(float)
    if kind == "max_sprt":
        scores = maximised(drawn.cumsum(axis=1), np.broadcast_to(expected.cumsum(), shape))
    else:
        scores = drawn * np.log(ratio) + drift(expected, ratio, outcome)
        scores = scores.cumsum(axis=1) if kind == "sprt" else restarted(scores)
    out = scores >= threshold
    return np.where(out.any(axis=1), out.argmax(axis=1), expected.size)


def restarted(increments: Floats) -> Floats:
    """Return running sums along the rows that restart at zero instead of falling below it.

    Examples
    --------
    >>> restarted(np.array([[1.0, -3.0, 2.0]]))
    array([[1., 0., 2.]])
    """
    scores, last = np.empty_like(increments), np.zeros(increments.shape[0])
    for look in range(increments.shape[1]):
        last = np.maximum(last + increments[:, look], 0.0)
        scores[:, look] = last
    return scores


def continuous_critical(total: float, alpha: float, minimum: int) -> float:
    """Critical value of the maximised score for a Poisson process of ``total`` expected events.

    The score reaches the value at the n-th event if that comes by a time that the value sets, so
    the chance of no signal is a recursion on the count at those times.

    Examples
    --------
    >>> round(continuous_critical(1.0, 0.05, 1), 6)
    2.853937
    """
    from scipy.optimize import brentq
    from scipy.special import lambertw

    def excess(value: float) -> float:
        last, n = 0.0, minimum
        state = np.zeros(minimum)
        state[0] = 1.0
        while True:
            # The smaller root of n log(n / t) - n + t = value.
            time = float(-n * lambertw(-np.exp(-1.0 - value / n)).real)
            stop = time >= total
            gap = min(time, total) - last
            state = np.convolve(state, _pmf(np.arange(n), gap, "poisson"))[:n]
            if stop:
                return 1.0 - float(state.sum()) - alpha
            last, n = time, n + 1
            state = np.append(state, 0.0)

    return float(brentq(excess, 1e-6, 40.0, xtol=1e-10))
