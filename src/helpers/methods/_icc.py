"""Intraclass correlations of scores.

Functions
---------
icc
    Reliability of one reviewer's scores and of the mean of several, with limits.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._checks import Floats, check_level
from ._ratings import Columns, Names, scored

ONE_WAY = "one-way random effects"
TWO_WAY = "two-way random effects"
EXACT, ROUGH = "exact F limits", "approximate F limits, unequal numbers of scores"
SATTERTHWAITE = "F limits with Satterthwaite's degrees of freedom"
SAME = "Not defined: every score is the same, so that there is nothing to tell subjects apart by."
ALL = "All reviewers gave the same scores: the formula gives no limits, which is no certainty."
NO_LIMITS = "Scores of one reviewer tell nothing of another's, and the formula gives no limits."
FEW = "Not defined: fewer than two subjects were scored {}."


@dataclass(frozen=True)
class Squares:
    """Mean squares of an analysis of variance, with what it rests on."""

    subjects: int
    readings: float
    between: float
    within: float
    raters: float
    df: tuple[float, float]


def _one_way(scores: Floats) -> Squares | None:
    """Return the analysis by subject, whoever scored it; ``None`` for too few."""
    scores = scores[(~np.isnan(scores)).sum(axis=1) >= 2]
    given = (~np.isnan(scores)).sum(axis=1)
    n, total = len(scores), int(given.sum())
    if n < 2:
        return None
    means = np.nansum(scores, axis=1) / given
    grand = np.nansum(scores) / total
    between = float((given * (means - grand) ** 2).sum() / (n - 1))
    within = float(np.nansum((scores - means[:, None]) ** 2) / (total - n))
    readings = (total - (given**2).sum() / total) / (n - 1)
    return Squares(n, float(readings), between, within, np.nan, (n - 1, total - n))


def _two_way(scores: Floats) -> Squares | None:
    """Return the analysis by subject and reviewer; ``None`` for too few subjects."""
    scores = scores[~np.isnan(scores).any(axis=1)]
    n, k = scores.shape
    if n < 2:
        return None
    grand = scores.mean()
    rows, columns = scores.mean(axis=1), scores.mean(axis=0)
    between = float(k * ((rows - grand) ** 2).sum() / (n - 1))
    raters = float(n * ((columns - grand) ** 2).sum() / (k - 1))
    left = scores - rows[:, None] - columns + grand
    df = ((n - 1), (n - 1) * (k - 1))
    return Squares(n, k, between, float((left**2).sum() / df[1]), raters, df)


def _several(value: float, readings: float) -> float:
    """Return the reliability of a mean of ``readings`` (Spearman-Brown)."""
    with np.errstate(divide="ignore"):
        return float(np.divide(readings * value, 1.0 + (readings - 1.0) * value))


def _by_f(squares: Squares, level: float) -> tuple[float, float, float]:
    """Return value and limits from the F ratio alone: one-way, and two-way for consistency."""
    from scipy.special import fdtri

    k, tail = squares.readings, 0.5 + level / 2.0
    ratio = squares.between / squares.within
    one, two = squares.df
    ends = ratio / fdtri(one, two, tail), ratio * fdtri(two, one, tail)
    value, low, high = ((f - 1.0) / (f + k - 1.0) for f in (ratio, *ends))
    return value, low, high


def _agreement(squares: Squares, level: float) -> tuple[float, float, float]:
    """Return ICC(A,1) and its limits (McGraw and Wong 1996, table 7)."""
    from scipy.special import fdtri

    n, k, tail = squares.subjects, squares.readings, 0.5 + level / 2.0
    msr, msc, mse = np.array([squares.between, squares.raters, squares.within])
    value = (msr - mse) / (msr + (k - 1.0) * mse + k * (msc - mse) / n)
    a = k * value / (n * (1.0 - value))
    b = 1.0 + k * value * (n - 1.0) / (n * (1.0 - value))
    parts = (a * msc) ** 2 / (k - 1.0) + (b * mse) ** 2 / ((n - 1.0) * (k - 1.0))
    df = (a * msc + b * mse) ** 2 / parts
    upper, lower = fdtri(n - 1.0, df, tail), fdtri(df, n - 1.0, tail)
    rest = k * msc + (k * n - k - n) * mse
    low = n * (msr - upper * mse) / (upper * rest + n * msr)
    high = n * (lower * msr - mse) / (rest + n * lower * msr)
    return value, low, high


def _found(squares: Squares | None, kind: str, level: float) -> tuple[tuple, str]:
    """Return value and limits of one kind, and a note where it is not defined."""
    nothing = (np.nan, np.nan, np.nan)
    if squares is None:
        return nothing, FEW.format("twice" if kind == "1" else "by all reviewers")
    tiny = 1e-12 * max(squares.between, squares.within, np.nan_to_num(squares.raters))
    error = squares.within + (np.nan_to_num(squares.raters) if kind == "A" else 0.0)
    if squares.between <= tiny and squares.within <= tiny:
        return nothing, SAME
    if error <= tiny:
        return (1.0, np.nan, np.nan), ALL
    with np.errstate(divide="ignore", invalid="ignore"):
        found = (_agreement if kind == "A" else _by_f)(squares, level)
    if not np.isfinite(found).all():
        return (found[0] if np.isfinite(found[0]) else np.nan, np.nan, np.nan), NO_LIMITS
    return found, ""


def icc(
    frame: pd.DataFrame,
    *,
    subject: str = "subject",
    rater: str = "rater",
    rating: str = "rating",
    raters: Names = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Intraclass correlations of scores, for one reviewer and for the mean of several.

    Parameters
    ----------
    frame : DataFrame
        One row a score, or with ``raters`` one row a subject. It is not changed.
    subject, rater, rating : str
        Columns of a long frame; ``rating`` holds numbers.
    raters : sequence of str, optional
        Columns of a wide frame, one for each reviewer.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        Six rows: coefficient, other_name (of Shrout and Fleiss), reviewers (whose mean the score
        is), subjects, raters, left_out (subjects not used), value, low, high, f, df1, df2 (test
        against no reliability), level, method, note. ICC(1,...) asks whoever scored: each subject
        may have its own reviewers, and all with two scores or more are used. ICC(A,...) asks
        whether reviewers give the same scores and ICC(C,...) whether they put subjects in the same
        order, both of subjects that all reviewers scored. Values below 0 mean none.

    Raises
    ------
    ValueError
        For missing columns, scores that are no numbers, a subject scored twice by one reviewer,
        scores by fewer than two reviewers, or a level outside (0, 1).

    Notes
    -----
    Shrout and Fleiss (1979) Psychol Bull 86:420; McGraw and Wong (1996) Psychol Methods 1:30 (and
    corrections, 1:390). Limits of ICC(A,...) rest on Satterthwaite's degrees of freedom, those of
    the mean of several reviewers follow from those of one. Where subjects have unequal numbers of
    scores, ICC(1,...) uses their effective number (Donner 1986 Int Stat Rev 54:67), and its limits
    are no longer exact. Scores are taken as measured on equal steps with normal errors: for a
    scale of few steps hold them beside weighted kappa, which with quadratic weights is ICC(A,1) but
    for a term in 1/n (Fleiss and Cohen 1973 Educ Psychol Meas 33:613).

    Examples
    --------
    >>> scores = pd.DataFrame(
    ...     [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    ...     columns=list("ABCD"),
    ... )  # Shrout and Fleiss (1979)
    >>> icc(scores, raters=list("ABCD"))[["coefficient", "value", "low", "high"]].round(2)
      coefficient  value   low  high
    0    ICC(1,1)   0.17 -0.13  0.72
    1    ICC(A,1)   0.29  0.02  0.76
    2    ICC(C,1)   0.71  0.34  0.95
    3    ICC(1,k)   0.44 -0.88  0.91
    4    ICC(A,k)   0.62  0.07  0.93
    5    ICC(C,k)   0.91  0.68  0.99
    """
    check_level(level)
    scores = scored(frame, Columns(subject, rater, rating, raters)).to_numpy()
    one, two = _one_way(scores), _two_way(scores)
    kinds = {
        "1": (one, "ICC(1,{})", ONE_WAY),
        "A": (two, "ICC(2,{})", f"{TWO_WAY}, absolute agreement"),
        "C": (two, "ICC(3,{})", f"{TWO_WAY}, consistency"),
    }
    rows = []
    for mean in (False, True):
        for kind, (squares, other, model) in kinds.items():
            found, note = _found(squares, kind, level)
            k = squares.readings if squares else np.nan
            limits = SATTERTHWAITE if kind == "A" else EXACT if k % 1 == 0 else ROUGH
            if mean:
                found = tuple(_several(value, k) for value in found)
            ratio = np.nan
            if squares and squares.within > 0:
                ratio = squares.between / squares.within
            rows.append(
                {
                    "coefficient": f"ICC({kind},{'k' if mean else 1})",
                    "other_name": other.format("k" if mean else 1),
                    "reviewers": k if mean else 1.0,
                    "subjects": squares.subjects if squares else 0,
                    "raters": scores.shape[1],
                    "left_out": len(scores) - (squares.subjects if squares else 0),
                    **dict(zip(("value", "low", "high"), map(float, found), strict=True)),
                    "f": ratio,
                    "df1": squares.df[0] if squares else np.nan,
                    "df2": squares.df[1] if squares else np.nan,
                    "level": float(level),
                    "method": f"{model}; {limits}",
                    "note": note,
                }
            )
    return pd.DataFrame(rows)
