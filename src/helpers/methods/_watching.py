"""What watching counts and its false alarms share: kinds, and checks of what is given.

Functions
---------
inside, true_ratio, positive
    Numbers strictly between 0 and 1, ratios, and thresholds, or a refusal.
check_values
    Refuse observed and expected values that cannot be right.
"""

from typing import Literal

import numpy as np

from ._checks import Floats, check_choice, check_counts, refuse

Kind = Literal["cusum", "sprt", "max_sprt"]
Outcome = Literal["poisson", "bernoulli"]

KINDS, OUTCOMES = ("cusum", "sprt", "max_sprt"), ("poisson", "bernoulli")


def inside(name: str, value: float) -> float:
    """Return a number strictly between 0 and 1, or refuse it by name."""
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1; got {value!r}.")
    return float(value)


def true_ratio(ratio: float, name: str = "ratio", *, any_: bool = False) -> float:
    """Return a ratio above zero and, unless any will do, other than 1."""
    if not (np.isfinite(ratio) and ratio > 0 and (any_ or ratio != 1)):
        rest = "" if any_ else " other than 1"
        raise ValueError(f"{name} must be a number above zero{rest}; got {ratio!r}.")
    return float(ratio)


def positive(threshold: float) -> float:
    """Return a threshold above zero, or refuse it."""
    if not (np.isfinite(threshold) and threshold > 0):
        raise ValueError(f"threshold must be a number above zero; got {threshold!r}.")
    return float(threshold)


def check_values(x: Floats | None, expected: Floats, outcome: str, labels: object) -> None:
    """Refuse values that cannot be right.

    Parameters
    ----------
    x : ndarray or None
        Observed values.
    expected : ndarray
        Expected counts or probabilities.
    outcome : str
        What is observed, one of :data:`OUTCOMES`.
    labels : object
        Names of the rows.
    """
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
