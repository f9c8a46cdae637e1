"""How many reviewers, and how many subjects read twice, a wanted certainty asks for.

Functions
---------
spearman_brown
    Reliability of the mean of several reviewers.
reviewers_needed
    Reviewers whose mean score is as reliable as wanted.
subjects_needed
    Subjects rated twice for a kappa with limits as narrow as wanted.
subjects_from_pilot
    The same for any coefficient, from a first set of ratings.
"""

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._chance_corrected import kappa_variance
from ._checks import Floats, check_level, critical, refuse, require_columns

ROUNDING = 1e-9
UNKNOWN = ("value", "subjects", "expected_half_width", "low", "high")


def spearman_brown(reliability: ArrayLike, reviewers: ArrayLike) -> Floats:
    """Return the reliability of the mean score of several reviewers from that of one.

    Raises ``ValueError`` for a reliability above 1, or reviewers not above 0.

    Notes
    -----
    Spearman (1910) Br J Psychol 3:271; Brown (1910) Br J Psychol 3:296.

    Examples
    --------
    >>> spearman_brown(0.4, [1, 2, 6]).round(2).tolist()
    [0.4, 0.57, 0.8]
    """
    one, k = np.broadcast_arrays(np.asarray(reliability, float), np.asarray(reviewers, float))
    refuse(one > 1, None, "the reliability is above 1")
    refuse(~(k > 0), None, "the number of reviewers is not above 0")
    return np.asarray(k * one / (1.0 + (k - 1.0) * one))


def _wanted(name: str, value: float) -> float:
    if not 0.0 < float(value) < 1.0:
        raise ValueError(f"{name} must lie strictly between 0 and 1; got {value!r}.")
    return float(value)


def _needed(one: float, wanted: float) -> float:
    """Return the exact number of reviewers; infinite where no number is enough."""
    if np.isnan(one):
        return np.nan
    if one <= 0.0:
        return np.inf
    return wanted * (1.0 - one) / (one * (1.0 - wanted))


def _whole(number: float) -> float:
    """Return the next whole number, at least 1; infinite and missing stay so."""
    return float(max(math.ceil(number - ROUNDING), 1)) if np.isfinite(number) else number


def reviewers_needed(frame: pd.DataFrame, *, wanted: float = 0.8) -> pd.DataFrame:
    """Reviewers whose mean score is as reliable as wanted, with limits.

    Parameters
    ----------
    frame : DataFrame
        As `icc` returns it; its rows for one reviewer are used.
    wanted : float
        Reliability that the mean score is to have, for example 0.8.

    Returns
    -------
    DataFrame
        One row a coefficient: coefficient, wanted, reliability (of one reviewer), value (exact
        number), reviewers (whole, at least 1), low and high (whole numbers at the upper and lower
        limit of the reliability; infinite where no number is enough), level, method, note.

    Raises
    ------
    ValueError
        For missing columns, a frame without rows for one reviewer, or a reliability outside (0, 1).

    Notes
    -----
    The formula of Spearman and Brown solved for the number. It holds if the further reviewers are
    as reliable and err independently, which reviewers who confer do not.

    Examples
    --------
    >>> from helpers.methods.agreement import icc
    >>> scores = pd.DataFrame(
    ...     [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    ...     columns=list("ABCD"),
    ... )
    >>> found = reviewers_needed(icc(scores, raters=list("ABCD")), wanted=0.8)
    >>> found[["coefficient", "reliability", "reviewers", "low", "high"]].round(2)
      coefficient  reliability  reviewers  low   high
    0    ICC(1,1)         0.17       21.0  2.0    inf
    1    ICC(A,1)         0.29       10.0  2.0  209.0
    2    ICC(C,1)         0.71        2.0  1.0    8.0
    """
    _wanted("The wanted reliability", wanted)
    require_columns(frame, ["coefficient", "reviewers", "value", "low", "high", "level"])
    single = frame[frame["reviewers"] == 1].reset_index(drop=True)
    if single.empty:
        raise ValueError("There is no row for one reviewer; give the table that icc() returns.")
    exact = [_needed(value, wanted) for value in single["value"]]
    high = [_whole(_needed(value, wanted)) for value in single["low"]]
    note = np.where(
        np.isposinf(exact),
        "No number of reviewers is enough: scores of one tell nothing of another's.",
        np.where(np.isposinf(high), "The lower limit is no reliability: no upper number.", ""),
    )
    return pd.DataFrame(
        {
            "coefficient": single["coefficient"],
            "wanted": float(wanted),
            "reliability": single["value"],
            "value": exact,
            "reviewers": [_whole(number) for number in exact],
            "low": [_whole(_needed(value, wanted)) for value in single["high"]],
            "high": high,
            "level": single["level"],
            "method": "Spearman-Brown at the reliability and at its limits",
            "note": note,
        }
    )


def _expected_table(kappa: float, one: float, other: float) -> Floats:
    """Return the shares of two answers that give a kappa, from each reviewer's share of yes."""
    chance = one * other + (1.0 - one) * (1.0 - other)
    observed = kappa * (1.0 - chance) + chance
    both = (observed - 1.0 + one + other) / 2.0
    table = np.array([[both, one - both], [other - both, 1.0 - one - other + both]])
    if (table < -ROUNDING).any():
        inside = [1.0 - abs(one - other), abs(1.0 - one - other)]
        most, least = ((share - chance) / (1.0 - chance) for share in inside)
        raise ValueError(
            f"No two reviewers with shares {one:g} and {other:g} can have a kappa of {kappa:g}; "
            f"it lies between {least:.2f} and {most:.2f}."
        )
    return np.maximum(table, 0.0)


def _subjects(kappa: float, variance: float, half_width: float, level: float) -> dict:
    z = critical(level)
    exact = variance * (z / half_width) ** 2
    # Fewer than two ratings of a subject or two subjects have no spread.
    subjects = max(math.ceil(exact - ROUNDING), 2)
    reached = z * math.sqrt(variance / subjects)
    return {
        "half_width": float(half_width),
        "value": exact,
        "subjects": subjects,
        "expected_half_width": reached,
        "low": max(kappa - reached, -1.0),
        "high": min(kappa + reached, 1.0),
        "level": float(level),
    }


def _sentence(name: str, found: dict) -> str:
    return (
        f"If {found['subjects']:,} deaths are read twice, a {name} is expected to be known "
        f"within {found['expected_half_width']:.2f} either way."
    )


def subjects_needed(
    *,
    kappa: float,
    share: float,
    half_width: float,
    second_share: float | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Subjects rated by two reviewers for a kappa with limits as narrow as wanted.

    Parameters
    ----------
    kappa : float
        Kappa that is expected.
    share : float
        Share of subjects to which the first reviewer is expected to give the answer in question.
    half_width : float
        Wanted distance from kappa to either limit, for example 0.1.
    second_share : float, optional
        The share of the second reviewer; by default the same.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row: kappa, share, second_share, half_width, value (exact number), subjects (whole, at
        least 2), expected_half_width, low, high (limits to expect), level, method, note.

    Raises
    ------
    ValueError
        For shares or a half width outside (0, 1), a kappa outside (-1, 1) or one that the shares do
        not allow, or a level outside (0, 1).

    Notes
    -----
    Large-sample variance of Fleiss, Cohen and Everitt (1969) at the table expected, as in Cantor
    (1996) Psychol Methods 1:150. With equal shares p it is (1-k)((1-k)(1-2k) + k(2-k)/(2p(1-p)))
    (Bloch and Kraemer 1989 Biometrics 45:269). The number is for the expected width: about half of
    such studies come out wider. A rare answer needs many: reckon with the smallest share likely.

    Examples
    --------
    >>> found = subjects_needed(kappa=0.6, share=0.2, half_width=0.1)
    >>> int(found.loc[0, "subjects"])
    392
    >>> found.loc[0, "note"]
    'If 392 deaths are read twice, a kappa of 0.60 is expected to be known within 0.10 either way.'
    """
    check_level(level)
    second = share if second_share is None else second_share
    one, other = _wanted("The share", share), _wanted("The second share", second)
    _wanted("The half width", half_width)
    if not -1.0 < float(kappa) < 1.0:
        raise ValueError(f"The expected kappa must lie strictly between -1 and 1; got {kappa!r}.")
    variance = kappa_variance(_expected_table(kappa, one, other), np.eye(2))
    found = _subjects(kappa, variance, half_width, level)
    row = {"kappa": float(kappa), "share": one, "second_share": other} | found
    method = "large-sample variance of Cohen's kappa at the expected table, normal limits"
    note = _sentence(f"kappa of {kappa:.2f}", found)
    return pd.DataFrame([row | {"method": method, "note": note}])


def subjects_from_pilot(frame: pd.DataFrame, *, half_width: float) -> pd.DataFrame:
    """Subjects to rate for limits as narrow as wanted, from a first set of ratings.

    Parameters
    ----------
    frame : DataFrame
        As `coefficients` returns it for the first set.
    half_width : float
        Wanted distance from the coefficient to either limit.

    Returns
    -------
    DataFrame
        One row a coefficient: coefficient, pilot_subjects, coefficient_value, half_width, value
        (exact number), subjects (whole, at least 2), expected_half_width, low, high (limits to
        expect), level, method, note. Without an error of the coefficient there is no number.

    Raises
    ------
    ValueError
        For missing columns, or a half width outside (0, 1).

    Notes
    -----
    The error falls with the square root of the number of subjects, all else alike: scale, reviewers
    and how common the answers are. A small pilot gives its error, and so this number, roughly.

    Examples
    --------
    >>> from helpers.methods.agreement import coefficients
    >>> read = pd.DataFrame({"A": [1] * 20 + [0] * 20, "B": [1] * 16 + [0] * 18 + [1] * 6})
    >>> pilot = coefficients(read, raters=["A", "B"], which=["cohen"])
    >>> int(subjects_from_pilot(pilot, half_width=0.1).loc[0, "subjects"])
    286
    """
    _wanted("The half width", half_width)
    needed = ["coefficient", "subjects", "value", "std_error", "level"]
    require_columns(frame, needed)
    rows = []
    for name, subjects, value, error, level in frame[needed].itertuples(index=False):
        row = {"coefficient": name, "pilot_subjects": subjects, "coefficient_value": value}
        if np.isfinite(error):
            found = _subjects(value, subjects * error**2, half_width, level)
            note = _sentence(f"{name} of {value:.2f}", found)
        else:
            found = {"half_width": float(half_width)} | dict.fromkeys(UNKNOWN, np.nan)
            found |= {"level": level}
            note = "The first set gives no error, and so no number: rate more subjects."
        method = "error of the first set, falling with the square root of the subjects"
        rows.append(row | found | {"method": method, "note": note})
    return pd.DataFrame(rows)
