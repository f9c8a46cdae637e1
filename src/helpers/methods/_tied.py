"""Sums over deaths that share a day, for the Efron and Breslow partial likelihoods.

Functions
---------
tied_sums
    Sums over the tied deaths of each time.
"""

from dataclasses import dataclass

import numpy as np

from ._checks import Floats

# Terms summed one by one; the rest by series whose error is then below 1e-16.
SUMMED = 16


@dataclass(frozen=True, eq=False)
class Tied:
    """Sums over the ``d`` deaths of each time, numbered l = 0 to d - 1.

    With ``R`` the hazards summed over those at risk, ``E`` over those who died, and
    ``S = R - (l / d) E`` (Efron) or ``S = R`` (Breslow):

    Attributes
    ----------
    log, first, first_shared : ndarray, shape (times,)
        Sums of log S, of 1 / S, and of (l / d) / S.
    second, second_shared, second_twice : ndarray, shape (times,)
        Sums of 1 / S², of (l / d) / S² and of (l / d)² / S². Breslow has no shared part: zero.
    """

    log: Floats
    first: Floats
    first_shared: Floats
    second: Floats
    second_shared: Floats
    second_twice: Floats


def _series(low: Floats, steps: Floats) -> tuple[Floats, Floats, Floats]:
    """Sum log x, 1 / x and 1 / x² over x = low, low + 1, ... (``steps`` terms)."""
    high = low + steps
    u, v = 1.0 / low, 1.0 / high
    u2, v2 = u * u, v * v

    def psi(x: Floats, x2: Floats) -> Floats:
        tail = 1 / 120 - x2 * (1 / 252 - x2 * (1 / 240 - x2 / 132))
        return -0.5 * x - x2 * (1 / 12 - x2 * tail)

    def trigamma(x: Floats, x2: Floats) -> Floats:
        tail = 1 / 30 - x2 * (1 / 42 - x2 * (1 / 30 - x2 * 5 / 66))
        return 0.5 * x2 + x * x2 * (1 / 6 - x2 * tail)

    def gamma(x: Floats, x2: Floats) -> Floats:
        return x * (1 / 12 - x2 * (1 / 360 - x2 * (1 / 1260 - x2 / 1680)))

    ratio = np.log1p(steps * u)
    logs = (low - 0.5) * ratio + steps * (np.log(high) - 1.0) + gamma(v, v2) - gamma(u, u2)
    ones = ratio + psi(v, v2) - psi(u, u2)
    squares = steps * u * v + trigamma(u, u2) - trigamma(v, v2)
    return logs, ones, squares


def tied_sums(deaths: Floats, risk: Floats, dying: Floats, *, efron: bool) -> Tied:
    """Return the sums over tied deaths at each time.

    Parameters
    ----------
    deaths : ndarray, shape (times,)
        Number of deaths; zero gives zero sums.
    risk, dying : ndarray, shape (times,)
        Hazards summed over those at risk and over those who died.
    efron : bool
        Efron's sums, otherwise Breslow's.

    Returns
    -------
    Tied
        The sums.

    Notes
    -----
    Efron (1977) JASA 72:557. With v = d (R - E) / E, S is (E / d)(v + i) for i = d - l, so that
    its sums are differences of log-gamma, digamma and trigamma functions. The smallest sixteen
    terms are summed as they are and the others by Stirling's series (Abramowitz and Stegun
    6.1.40, 6.3.18 and 6.4.11) in a form without cancellation: the cost does not depend on
    the number of ties.

    Examples
    --------
    >>> made = tied_sums(np.array([2.0]), np.array([5.0]), np.array([2.0]), efron=True)
    >>> made.first.round(6), made.log.round(6)
    (array([0.45]), array([2.995732]))
    """
    some = deaths > 0
    d, total = deaths[some], risk[some]
    made = {name: np.zeros(deaths.size) for name in Tied.__dataclass_fields__}

    def fill(*values: Floats) -> Tied:
        for name, value in zip(made, values, strict=True):
            made[name][some] = value
        return Tied(**made)

    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if not efron:
            none = np.zeros(d.size)
            return fill(d * np.log(total), d / total, none, d / total**2, none, none)
        part = dying[some] / d
        rest = np.maximum(total - dying[some], 0.0)
        log, first, shared, second, second_shared, twice = (np.zeros(d.size) for _ in made)
        for i in range(1, SUMMED + 1):
            used = d >= i
            x, share = rest + i * part, 1.0 - i / d
            log += np.where(used, np.log(x), 0.0)
            inverse = np.where(used, 1.0 / x, 0.0)
            first += inverse
            shared += share * inverse
            second += inverse**2
            second_shared += share * inverse**2
            twice += (share * inverse) ** 2
        many = np.flatnonzero(d > SUMMED)
        if many.size:
            d, part, v = d[many], part[many], rest[many] / part[many]
            steps = d - SUMMED
            logs, h1, h2 = _series(v + SUMMED + 1.0, steps)
            # Sums of i / (v + i), i / (v + i)² and i² / (v + i)².
            i1, i2, i3 = steps - v * h1, h1 - v * h2, steps - 2.0 * v * h1 + v**2 * h2
            log[many] += logs + steps * np.log(part)
            first[many] += h1 / part
            shared[many] += (h1 - i1 / d) / part
            second[many] += h2 / part**2
            second_shared[many] += (h2 - i2 / d) / part**2
            twice[many] += (h2 - 2.0 * i2 / d + i3 / d**2) / part**2
        return fill(log, first, shared, second, second_shared, twice)
