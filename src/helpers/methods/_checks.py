"""Checks shared by the statistics modules; each refusal is a sentence that names the rows.

Functions
---------
critical
    Two-sided standard normal critical value for a confidence level.
check_level
    Refuse a confidence level outside (0, 1).
check_choice
    Refuse an option that is not one of those offered.
require_columns
    Refuse a frame that lacks a column.
refuse
    Raise a sentence naming the offending rows, if there are any.
numbers
    A column as floats, with missing values as NaN.
as_list
    No name, one name or several names as a list.
check_counts
    Refuse negative or infinite counts and, for proportions, more events than records.
check_exposure
    Refuse negative or infinite exposure, and events without exposure.
"""

from collections.abc import Iterable, Sequence
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SHOWN = 5


def check_level(level: float) -> float:
    """Return ``level`` as a float, or raise ``ValueError`` unless it lies inside (0, 1).

    Examples
    --------
    >>> check_level(0.95)
    0.95
    """
    try:
        number = float(level)
    except (TypeError, ValueError):
        number = float("nan")
    if not 0.0 < number < 1.0:
        raise ValueError(
            "The confidence level must lie strictly between 0 and 1, for example 0.95; "
            f"got {level!r}."
        )
    return number


def critical(level: float) -> float:
    """Two-sided standard normal critical value for ``level``.

    Examples
    --------
    >>> round(critical(0.95), 6)
    1.959964
    """
    return NormalDist().inv_cdf(0.5 + check_level(level) / 2.0)


def check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Raise ``ValueError`` unless ``value`` is one of ``choices``.

    Examples
    --------
    >>> check_choice("method", "exact", ("exact", "byar"))
    """
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}; got {value!r}.")


def as_list(names: str | Iterable[str] | None) -> list[str]:
    """No name, one name or several names as a list.

    Examples
    --------
    >>> as_list("trust"), as_list(None), as_list(("trust", "year"))
    (['trust'], [], ['trust', 'year'])
    """
    if names is None:
        return []
    return [names] if isinstance(names, str) else list(names)


def require_columns(frame: pd.DataFrame, names: Iterable[str]) -> None:
    """Raise ``ValueError`` naming the missing columns and those present.

    Examples
    --------
    >>> require_columns(pd.DataFrame({"days": [1]}), ["days"])
    """
    missing = [name for name in names if name not in frame.columns]
    if missing:
        present = ", ".join(map(repr, frame.columns)) or "none"
        raise ValueError(
            f"Missing column{'s' if len(missing) > 1 else ''} "
            f"{', '.join(map(repr, missing))}; the frame has {present}."
        )


def refuse(bad: ArrayLike, labels: ArrayLike | None, problem: str) -> None:
    """Raise ``ValueError`` with ``problem`` and the first labels where ``bad`` is true.

    Examples
    --------
    >>> refuse([False, False], None, "negative count")
    """
    where = np.flatnonzero(np.ravel(bad))
    if not where.size:
        return
    names = where if labels is None else np.asarray(labels, dtype=object)[where]
    shown = ", ".join(str(name) for name in names[:SHOWN])
    more = f" and {where.size - SHOWN} more" if where.size > SHOWN else ""
    raise ValueError(f"Row{'s' if where.size > 1 else ''} {shown}{more}: {problem}.")


def numbers(frame: pd.DataFrame, column: str) -> Floats:
    """Return a column as floats with NaN for missing; text raises ``ValueError`` naming rows.

    Examples
    --------
    >>> numbers(pd.DataFrame({"n": [1, None]}), "n")
    array([ 1., nan])
    """
    values = pd.to_numeric(frame[column], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    text = np.isnan(values) & frame[column].notna().to_numpy()
    refuse(text, frame.index, f"column {column!r} is not a number")
    return values


def check_counts(events: Floats, trials: Floats | None = None, labels: object = None) -> None:
    """Refuse counts that cannot be right; missing counts pass.

    Examples
    --------
    >>> check_counts(np.array([2.0, np.nan]), np.array([5.0, 4.0]))
    """
    refuse(events < 0, labels, "the numerator is negative")
    refuse(np.isinf(events), labels, "the numerator is infinite")
    if trials is not None:
        refuse(trials < 0, labels, "the denominator is negative")
        refuse(np.isinf(trials), labels, "the denominator is infinite")
        refuse(events > trials, labels, "the numerator is greater than the denominator")


def check_exposure(events: Floats, exposure: Floats, labels: object = None) -> None:
    """Refuse exposure that is negative or infinite, or absent although events were counted.

    Examples
    --------
    >>> check_exposure(np.array([2.0, 0.0]), np.array([5.0, 0.0]))
    """
    check_counts(events, labels=labels)
    refuse(exposure < 0, labels, "the denominator is negative")
    refuse(np.isinf(exposure), labels, "the denominator is infinite")
    refuse((exposure == 0) & (events > 0), labels, "there are events but the denominator is zero")
