"""Differences and ratios of pairs of numbers with their intervals, many at once.

- :func:`kind_of`: by which method a pair can be compared, or why it has no interval.
- :func:`intervals`: the differences and ratios of pairs of one kind.
- :func:`mover`: limits of a difference from the limits of two numbers.

Shares of counted people: Newcombe's hybrid score and Koopman's score. Rates: MOVER from exact
limits, and the mid-p conditional ratio. Whatever else has limits of its own: MOVER (Zou and Donner
2008), for ratios on the log scale.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from helpers.compare.numbers import Number

NEWCOMBE = "Newcombe hybrid score (method 10); ratio: Koopman score"
RATES = "MOVER from exact Poisson limits; ratio: mid-p, conditional on all events"
MOVER = "MOVER from the two intervals (Zou and Donner 2008)"
LOG_MOVER = "ratio: MOVER from the two intervals on the log scale (Zou and Donner 2008)"
METHODS = {"proportion": NEWCOMBE, "rate": RATES, "mover": MOVER, "log_mover": LOG_MOVER}

_COUNTED = re.compile(r"^(Wilson score|Clopper-Pearson)")
_RATED = re.compile(r"^(Byar|Poisson exact)")
_NO_CONFIDENCE = re.compile(
    r"not confidence|bounds|no test|declared combination|bias analysis|sensitivity|E-value|"
    r"recursion over the states|at the expected table",
)
_TOLERANCE = 1e-9


def _parts(number: Number) -> bool:
    """Return whether a number is its numerator over its denominator, ``per`` allowed for."""
    if number.value is None or number.numerator is None or not number.denominator:
        return False
    made = number.numerator / number.denominator * (number.per or 1.0)
    return math.isclose(made, number.value, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def kind_of(first: Number, second: Number) -> tuple[str, str]:
    """Return the kind of interval that a pair can have (a key of ``METHODS``), or why it has none.

    Parameters
    ----------
    first, second : Number
        Numbers that may be compared and rest on other people.

    Returns
    -------
    str, str
        The kind and nothing, or nothing and the reason.
    """
    both = (first, second)
    if any(number.value is None for number in both):
        return "", "one of the two is not there"
    if all(_parts(number) for number in both):
        if all(_COUNTED.match(number.method) for number in both):
            return "proportion", ""
        if all(_RATED.match(number.method) for number in both):
            return "rate", ""
    if any(number.low is None and number.high is None for number in both):
        return "", "one or both have no interval of their own"
    if any(_NO_CONFIDENCE.search(number.method) for number in both):
        return "", "their ranges are no confidence intervals"
    if first.level != second.level:
        return "", f"their intervals are of different levels, {first.level} and {second.level}"
    if first.unit != "ratio":
        return "mover", ""
    held = [value for number in both for value in (number.value, number.low, number.high)]
    if any(value is not None and not 0 < value < math.inf for value in held):
        return "", "a ratio or a limit is 0 or without end"
    return "log_mover", ""


def mover(
    first: Sequence[Any], second: Sequence[Any], *, log: bool = False
) -> tuple[Any, Any, Any]:
    """Return second less first with limits made from the limits of both.

    The distances from each number to its own limits are added in quadrature: a limit of the
    difference rests on the lower limit of one and the upper limit of the other.

    Parameters
    ----------
    first, second : sequence
        Value, low and high of each, as arrays or numbers; a limit that is NaN gives NaN.
    log : bool
        The same of logarithms, given back as a ratio.

    Returns
    -------
    tuple of ndarray
        Difference (or ratio), lower and upper limit.

    Notes
    -----
    Zou and Donner (2008) Stat Med 27:1693.

    Examples
    --------
    >>> [round(float(v), 4) for v in mover((0.6, 0.4905, 0.7006), (0.8, 0.6914, 0.8769))]
    [0.2, 0.052, 0.3338]
    """
    import numpy as np

    change = np.log if log else np.asarray
    (a, la, ha), (b, lb, hb) = (
        [change(np.asarray(value, dtype=float)) for value in triple] for triple in (first, second)
    )
    value = b - a
    low, high = value - np.hypot(b - lb, ha - a), value + np.hypot(hb - b, a - la)
    return tuple(np.exp(item) for item in (value, low, high)) if log else (value, low, high)


def _columns(pairs: Sequence[tuple[Number, Number]], names: Sequence[str]) -> list[Any]:
    import numpy as np

    return [
        np.array([getattr(pair[side], name) for pair in pairs], dtype=float)
        for side in (0, 1)
        for name in names
    ]


def intervals(
    pairs: Sequence[tuple[Number, Number]], kind: str, *, level: float
) -> dict[str, list[float | None]]:
    """Return the differences and ratios of pairs of one kind, second held against first.

    Parameters
    ----------
    pairs : sequence of pairs of Number
        All of this kind.
    kind : str
        As :func:`kind_of` gives it.
    level : float
        Level of intervals that are made from counts; others keep their own.

    Returns
    -------
    dict
        difference_low, difference_high, ratio, ratio_low, ratio_high; None where there is none.
    """
    import numpy as np

    from helpers.methods import change, rates

    nothing: list[float | None] = [None] * len(pairs)
    made: dict[str, Any] = dict.fromkeys(
        ("difference_low", "difference_high", "ratio", "ratio_low", "ratio_high"), nothing
    )
    if kind in {"proportion", "rate"}:
        x0, n0, x1, n1 = _columns(pairs, ["numerator", "denominator"])
        if kind == "proportion":
            differs = change.difference_of_proportions(x1, n1, x0, n0, level=level)
            ratio = change.ratio_of_proportions(x1, n1, x0, n0, level=level)
        else:
            per = np.nan_to_num(_columns(pairs, ["per"])[1], nan=1.0)
            differs = rates.difference_of_rates(x1, n1, x0, n0, level=level)
            differs = tuple(value * per for value in differs)
            ratio = rates.ratio_of_rates(x1, n1, x0, n0, level=level, method="mid-p")
        made["ratio"], made["ratio_low"], made["ratio_high"] = map(_plain, ratio)
        made["difference_low"], made["difference_high"] = map(_plain, differs[1:])
        return made
    a, la, ha, b, lb, hb = _columns(pairs, ["value", "low", "high"])
    found = mover((a, la, ha), (b, lb, hb), log=kind == "log_mover")
    if kind == "log_mover":
        made["ratio"], made["ratio_low"], made["ratio_high"] = map(_plain, found)
    else:
        made["difference_low"], made["difference_high"] = map(_plain, found[1:])
    return made


def _plain(values: Any) -> list[float | None]:
    return [float(value) if math.isfinite(value) else None for value in values]
