"""Two reviewers side by side: their answers, and what those do to kappa.

Functions
---------
confusion
    How often two reviewers gave each pair of answers.
prevalence_and_bias
    What uneven answers and differing reviewers do to kappa, category by category.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._ratings import Columns, Names, Ratings, coded, of_two

Counts = NDArray[np.intp]


def _table(
    frame: pd.DataFrame,
    columns: Columns,
    categories: Sequence[object] | None,
    first: str | None,
    second: str | None,
) -> tuple[Ratings, Counts]:
    """Return two reviewers, and subjects by the category that each of them gave."""
    pair, both = of_two(coded(frame, columns, categories), first, second)
    size = len(pair.categories)
    counts = np.bincount(both[:, 0] * size + both[:, 1], minlength=size * size)
    return pair, counts.reshape(size, size)


def confusion(
    frame: pd.DataFrame,
    *,
    subject: str = "subject",
    rater: str = "rater",
    rating: str = "rating",
    raters: Names = None,
    categories: Sequence[object] | None = None,
    first: str | None = None,
    second: str | None = None,
) -> pd.DataFrame:
    """How often two reviewers gave each pair of answers.

    Parameters
    ----------
    frame, subject, rater, rating, raters, categories
        See `coefficients`.
    first, second : str, optional
        Names of the two reviewers, needed where there are more.

    Returns
    -------
    DataFrame
        One row for every pair of categories, also those that did not occur: first_rater,
        second_rater, first and second (their answers), same, numerator (subjects), denominator
        (subjects that both rated), value (share), method.

    Raises
    ------
    ValueError
        As `coefficients`, and where the two reviewers are not named among more or rated no subject
        in common.

    Examples
    --------
    >>> read = pd.DataFrame({"A": [1, 1, 0, 0], "B": [1, 1, 0, 1]})
    >>> confusion(read, raters=["A", "B"])[["first", "second", "numerator", "denominator"]]
      first second  numerator  denominator
    0     0      0          1            4
    1     0      1          1            4
    2     1      0          0            4
    3     1      1          2            4
    """
    columns = Columns(subject, rater, rating, raters)
    pair, table = _table(frame, columns, categories, first, second)
    size = len(pair.categories)
    scale = np.empty(size, dtype=object)
    scale[:] = pair.categories
    return pd.DataFrame(
        {
            "first_rater": pair.raters[0],
            "second_rater": pair.raters[1],
            "first": np.repeat(scale, size),
            "second": np.tile(scale, size),
            "same": np.eye(size, dtype=bool).ravel(),
            "numerator": table.ravel(),
            "denominator": int(table.sum()),
            "value": table.ravel() / table.sum(),
            "method": "subjects that both reviewers rated",
        }
    )


def _note(observed: float, kappa: float, prevalence: float, bias: float) -> str:
    """Return what the indices do to kappa, in words."""
    if np.isnan(kappa):
        return "Kappa is not defined: both reviewers gave one and the same answer throughout."
    if observed == 1.0:
        return "The reviewers agree throughout, and kappa is 1."
    note = (
        f"The reviewers agree on {100 * observed:.0f}%; kappa is {kappa:.2f}. It would be "
        f"{2.0 * observed - 1.0:.2f} were both answers equally common and given equally often by "
        "each."
    )
    if abs(prevalence) > abs(bias):
        note += (
            " Kappa lies below that, as one answer is the more common (prevalence index "
            f"{prevalence:.2f}): much agreement with a small kappa is the first paradox of "
            "Feinstein and Cicchetti (1990)."
        )
    elif abs(bias) > abs(prevalence):
        note += (
            " Kappa lies above that, as one reviewer gives the answer more often (bias index "
            f"{bias:.2f}): the second paradox of Feinstein and Cicchetti (1990)."
        )
    return note


def _against_rest(table: Counts, k: int) -> dict[str, object]:
    """Return one category against all others: counts, indices and the note on kappa."""
    n = int(table.sum())
    both = int(table[k, k])
    one, other = int(table[k].sum()) - both, int(table[:, k].sum()) - both
    neither = n - both - one - other
    observed = (both + neither) / n
    prevalence, bias, pabak = (both - neither) / n, (one - other) / n, 2.0 * observed - 1.0
    rows, sides = np.array([both + one, other + neither]), np.array([both + other, one + neither])
    expected = float(rows @ sides) / n**2
    defined = expected < 1.0
    kappa = (observed - expected) / (1.0 - expected) if defined else np.nan
    highest = (np.minimum(rows, sides).sum() / n - expected) / (1 - expected) if defined else np.nan
    given, others = 2 * both + one + other, 2 * neither + one + other
    return {
        "both": both,
        "only_first": one,
        "only_second": other,
        "neither": neither,
        "subjects": n,
        "observed": observed,
        "expected": expected,
        "kappa": kappa,
        "highest_kappa": highest,
        "prevalence_index": prevalence,
        "bias_index": bias,
        "pabak": pabak,
        "agreement_on_it": 2 * both / given if given else np.nan,
        "agreement_on_others": 2 * neither / others if others else np.nan,
        "method": "the category against all others; indices of Byrt, Bishop and Carlin (1993)",
        "note": _note(observed, kappa, prevalence, bias),
    }


def prevalence_and_bias(
    frame: pd.DataFrame,
    *,
    subject: str = "subject",
    rater: str = "rater",
    rating: str = "rating",
    raters: Names = None,
    categories: Sequence[object] | None = None,
    first: str | None = None,
    second: str | None = None,
) -> pd.DataFrame:
    """Show what uneven answers and differing reviewers do to kappa, category by category.

    Parameters
    ----------
    frame, subject, rater, rating, raters, categories, first, second
        See `confusion`.

    Returns
    -------
    DataFrame
        One row a category: first_rater, second_rater, category, both, only_first, only_second,
        neither, subjects, observed, expected, kappa, highest_kappa (that the reviewers' own shares
        allow), prevalence_index, bias_index, pabak (prevalence- and bias-adjusted kappa, which is
        2 observed - 1), agreement_on_it (of the times either gave the answer, how often the other
        did too), agreement_on_others, method, note (what the indices do to kappa, in words).

    Raises
    ------
    ValueError
        As `confusion`.

    Notes
    -----
    Byrt, Bishop and Carlin (1993) J Clin Epidemiol 46:423: with prevalence index P and bias index
    B, kappa = (pabak - P^2 + B^2) / (1 - P^2 + B^2), so kappa lies below pabak where P^2 > B^2 and
    above it where B^2 > P^2. Feinstein and Cicchetti (1990) J Clin Epidemiol 43:543; agreement on
    one answer: Cicchetti and Feinstein (1990) J Clin Epidemiol 43:551. Pabak is no better kappa: it
    says what was taken away.

    Examples
    --------
    >>> second = [1] * 80 + [0] * 10 + [1] * 5 + [0] * 5
    >>> read = pd.DataFrame({"A": [1] * 90 + [0] * 10, "B": second})
    >>> found = prevalence_and_bias(read, raters=["A", "B"]).set_index("category")
    >>> found.loc[1, ["observed", "kappa", "pabak"]].astype(float).round(2).tolist()
    [0.85, 0.32, 0.7]
    >>> found.loc[[1, 0], ["agreement_on_it"]].round(2)
              agreement_on_it
    category
    1                    0.91
    0                    0.40
    """
    columns = Columns(subject, rater, rating, raters)
    pair, table = _table(frame, columns, categories, first, second)
    rows = [
        {"first_rater": pair.raters[0], "second_rater": pair.raters[1], "category": category}
        | _against_rest(table, k)
        for k, category in enumerate(pair.categories)
    ]
    return pd.DataFrame(rows)
