"""How far reviewers who read the same records agree.

Functions
---------
coefficients
    Percent agreement, Cohen's and Fleiss' kappa, Gwet's AC1 and AC2, Krippendorff's alpha.
pairwise
    The coefficients of every two reviewers.
confusion
    How often two reviewers gave each pair of answers.
prevalence_and_bias
    What uneven answers and differing reviewers do to kappa, category by category.
in_convention
    The customary word for a coefficient, named as the convention that it is.
icc
    Intraclass correlations of scores, for one reviewer and for the mean of several.
reviewers_needed
    Reviewers whose mean score is as reliable as wanted.
spearman_brown
    Reliability of the mean of several reviewers.
subjects_needed
    Subjects rated twice for a kappa with limits as narrow as wanted.
subjects_from_pilot
    The same for any coefficient, from a first set of ratings.

Every function of ratings takes either a long frame (columns ``subject``, ``rater``, ``rating``) or,
with ``raters``, a wide one: one row a subject and one column for each reviewer. A rating that is
missing is no rating. No coefficient says who is right, and reviewers who were not blind to each
other agree for other reasons than the record.
"""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from ._chance_corrected import NAMES, coefficient
from ._checks import check_choice, check_level, require_columns
from ._icc import icc
from ._ratings import Columns, Names, Ratings, Weights, coded
from ._reviewers import (
    reviewers_needed,
    spearman_brown,
    subjects_from_pilot,
    subjects_needed,
)
from ._two_reviewers import confusion, prevalence_and_bias

__all__ = [
    "coefficients",
    "confusion",
    "icc",
    "in_convention",
    "pairwise",
    "prevalence_and_bias",
    "reviewers_needed",
    "spearman_brown",
    "subjects_from_pilot",
    "subjects_needed",
]

LANDIS_KOCH = (
    (0.0, "poor"),
    (0.2, "slight"),
    (0.4, "fair"),
    (0.6, "moderate"),
    (0.8, "substantial"),
    (1.0, "almost perfect"),
)
CUSTOM = "in the words of Landis and Koch (1977), a convention and no test"


def _rows(
    ratings: Ratings, weights: Weights, which: Sequence[str] | None, level: float
) -> pd.DataFrame:
    two = len(ratings.raters) == 2
    chosen = [name for name in NAMES if two or name != "cohen"] if which is None else list(which)
    for name in chosen:
        check_choice("which", name, tuple(NAMES))
    if "cohen" in chosen and not two:
        raise ValueError(
            f"Cohen's kappa is for two reviewers; there are {len(ratings.raters)} "
            f"({', '.join(ratings.raters)}). Use Fleiss' kappa, or pairwise() for every two."
        )
    return pd.DataFrame([coefficient(ratings, name, weights, level) for name in chosen])


def coefficients(
    frame: pd.DataFrame,
    *,
    subject: str = "subject",
    rater: str = "rater",
    rating: str = "rating",
    raters: Names = None,
    categories: Sequence[object] | None = None,
    weights: Weights = "identity",
    which: Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Coefficients of agreement between reviewers, with limits.

    Parameters
    ----------
    frame : DataFrame
        One row a rating, or with ``raters`` one row a subject. It is not changed.
    subject, rater, rating : str
        Columns of a long frame. A wide frame may have a column ``subject``.
    raters : sequence of str, optional
        Columns of a wide frame, one for each reviewer.
    categories : sequence, optional
        The whole scale in its order, also answers that nobody gave: they count in Gwet's
        coefficients and in weights. By default those of a categorical column, or those found.
    weights : {"identity", "linear", "quadratic"} or array_like
        How far two different answers count as agreement: not at all, by their distance on the
        scale, by its square, or a table of one's own (1 the same, 0 no agreement). Numbers are as
        far apart as their values, other answers as their places in the order.
    which : sequence of str, optional
        From "percent", "cohen" (two reviewers only), "fleiss", "gwet" and "krippendorff"; by
        default all that can be.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row a coefficient: coefficient, weights, subjects (rated by two reviewers or more; for
        Cohen by both), rated_once (subjects that tell only how common answers are), raters,
        ratings, categories, observed and expected agreement, value, std_error, low, high, level,
        method, note. What is not defined is NaN and ``note`` says why.

    Raises
    ------
    ValueError
        For missing columns, a subject rated twice by one reviewer, ratings by fewer than two
        reviewers, no subject rated twice, ratings outside ``categories``, weights without an
        order, Cohen's kappa of more than two reviewers, or a level outside (0, 1).

    Notes
    -----
    Cohen (1960) Educ Psychol Meas 20:37; Cohen (1968) Psychol Bull 70:213; error of Fleiss, Cohen
    and Everitt (1969) Psychol Bull 72:323 (by statsmodels). Fleiss (1971) Psychol Bull 76:378; Gwet
    (2008) Br J Math Stat Psychol 61:29; Krippendorff (2004) Content Analysis, ch. 11; errors of
    these linearised as in Gwet (2008, 2021 Educ Psychol Meas 81:781), with n - 1. Unlike there, a
    subject rated once adds nothing to the error of the observed agreement: the published formula
    counts it as one without agreement, which swells the error where few of many are read twice.
    Quadratic weights give Krippendorff's alpha for intervals. Limits end at 1 and, but for percent
    agreement, at -1.

    Examples
    --------
    >>> read = pd.DataFrame({"A": [1] * 45 + [0] * 55, "B": [1] * 40 + [0] * 54 + [1] * 6})
    >>> coefficients(read, raters=["A", "B"])[["coefficient", "value", "low", "high"]].round(2)
                coefficient  value   low  high
    0     percent agreement   0.89  0.81  0.94
    1         Cohen's kappa   0.78  0.65  0.90
    2         Fleiss' kappa   0.78  0.65  0.90
    3            Gwet's AC1   0.78  0.66  0.91
    4  Krippendorff's alpha   0.78  0.65  0.90
    """
    check_level(level)
    ratings = coded(frame, Columns(subject, rater, rating, raters), categories)
    return _rows(ratings, weights, which, level)


def pairwise(
    frame: pd.DataFrame,
    *,
    subject: str = "subject",
    rater: str = "rater",
    rating: str = "rating",
    raters: Names = None,
    categories: Sequence[object] | None = None,
    weights: Weights = "identity",
    which: Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Coefficients of agreement of every two reviewers who rated a subject in common.

    Parameters
    ----------
    frame, subject, rater, rating, raters, categories, weights, which, level
        See `coefficients`.

    Returns
    -------
    DataFrame
        As `coefficients`, headed by ``first`` and ``second`` (names of the two reviewers).

    Raises
    ------
    ValueError
        As `coefficients`, and where no two reviewers rated a subject in common.

    Notes
    -----
    See `coefficients`. A pair that stands out among many may do so by chance, and no row is a
    judgement of a person: reviewers may have read different records.

    Examples
    --------
    >>> read = pd.DataFrame({"A": [1, 1, 0, 0], "B": [1, 1, 0, 1], "C": [1, 0, 0, None]})
    >>> pairs = pairwise(read, raters=["A", "B", "C"], which=["percent"])
    >>> pairs[["first", "second", "subjects", "value"]].round(2)
      first second  subjects  value
    0     A      B         4   0.75
    1     A      C         3   0.67
    2     B      C         3   0.67
    """
    check_level(level)
    ratings = coded(frame, Columns(subject, rater, rating, raters), categories)
    found = []
    for places in combinations(range(len(ratings.raters)), 2):
        pair = ratings.of(places)
        if (pair.codes >= 0).all(axis=1).any():
            rows = _rows(pair, weights, which, level)
            rows.insert(0, "first", pair.raters[0])
            rows.insert(1, "second", pair.raters[1])
            found.append(rows)
    if not found:
        raise ValueError("No two reviewers rated a subject in common.")
    return pd.concat(found, ignore_index=True)


def _word(value: float) -> str:
    return "poor" if value < 0 else next(word for top, word in LANDIS_KOCH[1:] if value <= top)


def in_convention(frame: pd.DataFrame) -> pd.DataFrame:
    """Append the customary word for each coefficient, named as the convention that it is.

    Parameters
    ----------
    frame : DataFrame
        As `coefficients` or `pairwise` returns it.

    Returns
    -------
    DataFrame
        The rows with ``convention``: the word for the value, the words for its limits, and whose
        words they are. It is empty for percent agreement, for which there are no such words, and
        where the coefficient is not defined.

    Raises
    ------
    ValueError
        For missing columns.

    Notes
    -----
    Landis and Koch (1977) Biometrics 33:159 call their divisions arbitrary. The same agreement has
    another kappa, and so another word, where answers are less even or the scale is longer.

    Examples
    --------
    >>> read = pd.DataFrame({"A": [1] * 20 + [0] * 20, "B": [1] * 16 + [0] * 18 + [1] * 6})
    >>> found = in_convention(coefficients(read, raters=["A", "B"], which=["cohen"]))
    >>> found.loc[0, "convention"].split(" in ")
    ['moderate (limits: fair to substantial)',
     'the words of Landis and Koch (1977), a convention and no test']
    """
    require_columns(frame, ["coefficient", "value", "low", "high"])
    words = []
    for row in frame.itertuples():
        if row.coefficient == NAMES["percent"] or not np.isfinite(row.value):
            words.append("")
            continue
        known = np.isfinite(row.low) and np.isfinite(row.high)
        span = f"limits: {_word(row.low)} to {_word(row.high)}" if known else "limits not known"
        words.append(f"{_word(row.value)} ({span}) {CUSTOM}")
    return frame.assign(convention=words)
