"""Coefficients of agreement with the errors that come from the spread between subjects.

Functions
---------
coefficient
    One coefficient as a row of results.
kappa_variance
    Variance of Cohen's kappa for one subject, from a table of shares.

Each coefficient is ``(observed - expected) / (1 - expected)``; they differ in what agreement they
expect by chance. Errors of all but Cohen's kappa are linearised: the coefficient is followed as
each subject's part in it changes.
"""

from dataclasses import dataclass

import numpy as np

from ._checks import Floats, critical
from ._ratings import Ratings, Weights, agreement_weights, of_two
from .proportions import wilson

NAMES = {
    "percent": "percent agreement",
    "cohen": "Cohen's kappa",
    "fleiss": "Fleiss' kappa",
    "gwet": "Gwet's AC1",
    "krippendorff": "Krippendorff's alpha",
}
WEIGHTED = {"cohen": "Cohen's weighted kappa", "gwet": "Gwet's AC2"}
SOURCES = {
    "cohen": "large-sample error of Fleiss, Cohen and Everitt (1969), normal limits",
    "spread": "error from the spread between subjects, t limits with n - 1 degrees of freedom",
    "wilson": "Wilson score limits",
    "even": "Wilson score limits with each subject as one trial, as no subject differs from others",
}
ONE = "Not defined: every rating is {}, so that chance alone would give the same agreement."
NONE = "Not defined: the scale has one category only."
ALL = (
    "All ratings agree. The formula would give an error of 0, which is no certainty: the limits "
    "of percent agreement say how sure it is."
)
EVEN = "No subject differs from another in agreement: there is no spread to take limits from."
UNKNOWN = {"std_error": np.nan, "low": np.nan, "high": np.nan}
EMPTY = np.zeros(0)
# Agreement by chance that is 1 but for rounding; an error that is 0 but for rounding.
CERTAIN, STILL = 1.0 - 1e-12, 1e-12
FEW = "One subject only: there is no spread to take limits from."


@dataclass(frozen=True)
class Parts:
    """Observed and expected agreement, and how each subject moves them (sums to 0).

    ``rated`` is the number of subjects with two ratings or more, ``once`` of those with one.
    """

    observed: float
    expected: float
    moved: Floats
    chance: Floats
    rated: int
    once: int
    ratings: int


def _parts(ratings: Ratings, weights: Floats, name: str) -> Parts:
    """Return the parts of a coefficient for any number of reviewers, ratings missing or not."""
    counts = ratings.counts()
    if name == "krippendorff":
        counts = counts[counts.sum(axis=1) >= 2]
    counts = counts[counts.sum(axis=1) >= 1]
    given = counts.sum(axis=1)
    several = given >= 2
    rated, subjects = int(several.sum()), len(given)
    if not rated:
        raise ValueError("No subject was rated by two reviewers or more.")
    pairs = (counts * (counts @ weights - 1.0)).sum(axis=1)
    of_own = np.divide(pairs, given * (given - 1.0), out=np.zeros(subjects), where=several)
    shares = counts / given[:, None]
    if name == "krippendorff":
        # Each rating counts the same, so a subject counts as often as it was rated.
        mean = given.mean()
        pooled = counts.sum(axis=0) / given.sum()
        raw = float((of_own * given).sum() / given.sum())
        small = 1.0 / given.sum()
        observed = (1.0 - small) * raw + small
        moved = (1.0 - small) * (of_own - raw) * given / mean  # its part in 1 / given is left out
        apart = (shares - pooled) * (given / mean)[:, None]
    else:
        pooled = shares.mean(axis=0)
        observed = float(of_own[several].mean())
        moved = np.where(several, of_own - observed, 0.0) * (subjects / rated)
        apart = shares - pooled
    if name == "gwet":
        size = len(pooled)
        scale = weights.sum() / (size * (size - 1.0)) if size > 1 else np.nan
        expected, slope = scale * (pooled * (1.0 - pooled)).sum(), scale * (1.0 - 2.0 * pooled)
    elif name == "percent":
        expected, slope = 0.0, 0.0 * pooled
    else:
        expected, slope = pooled @ weights @ pooled, 2.0 * weights @ pooled
    known = (subjects - rated, int(given.sum()))
    return Parts(float(observed), float(expected), moved, apart @ slope, rated, *known)


def kappa_variance(table: Floats, weights: Floats) -> float:
    """Return the variance of Cohen's kappa times the number of subjects, from a table of shares.

    Examples
    --------
    >>> half = np.array([[0.4, 0.1], [0.1, 0.4]])  # kappa 0.6: 1 - 0.6^2
    >>> round(kappa_variance(half, np.eye(2)), 12)
    0.64
    """
    from statsmodels.stats.inter_rater import cohens_kappa

    with np.errstate(all="ignore"):
        found = cohens_kappa(table / table.sum(), weights=1.0 - weights)
    return max(float(found.var_kappa), 0.0)


def _counted(ratings: Ratings) -> Floats:
    """Return the table of two reviewers: subjects by the category each of them gave."""
    _, both = of_two(ratings, None, None)
    size = len(ratings.categories)
    table = np.zeros((size, size))
    np.add.at(table, (both[:, 0], both[:, 1]), 1.0)
    return table


def _cohen(ratings: Ratings, weights: Floats) -> tuple[Parts, float]:
    """Return the parts of Cohen's kappa of two reviewers, and its error."""
    table = _counted(ratings)
    subjects = int(table.sum())
    share = table / subjects
    observed = float((weights * share).sum())
    expected = float((weights * np.outer(share.sum(axis=1), share.sum(axis=0))).sum())
    error = np.sqrt(kappa_variance(share, weights) / subjects) if expected < CERTAIN else np.nan
    return Parts(observed, expected, EMPTY, EMPTY, subjects, 0, 2 * subjects), float(error)


def _error(parts: Parts, value: float) -> float:
    """Return the linearised standard error; NaN for one subject."""
    if parts.rated < 2:
        return np.nan
    moved = (parts.moved - (1.0 - value) * parts.chance) / (1.0 - parts.expected)
    few = parts.rated / (parts.rated - 1.0)
    return float(np.sqrt((moved**2).sum() * few) / len(moved))


def _limited(
    name: str, parts: Parts, value: float, error: float, level: float, plain: bool
) -> tuple[dict[str, object], str]:
    """Return error, limits and note of a coefficient that is defined, and how limits were made.

    ``plain``: two reviewers and no weights, so that subjects agree or do not.
    """
    from scipy.special import stdtrit

    subjects = parts.rated
    still = not error > STILL
    if name == "percent" and (plain or still):
        low, high = (float(limit) for limit in wilson(value * subjects, subjects, level=level))
        error = np.nan if still else error
        found = {"std_error": error, "low": low, "high": high, "note": ""}
        return found, "wilson" if plain else "even"
    source = "cohen" if name == "cohen" else "spread"
    if still or subjects < 2:
        note = FEW if subjects < 2 else ALL if parts.observed > CERTAIN else EVEN
        return UNKNOWN | {"note": note}, source
    reach = critical(level) if name == "cohen" else stdtrit(subjects - 1, 0.5 + level / 2.0)
    floor = 0.0 if name == "percent" else -1.0
    low, high = max(value - reach * error, floor), min(value + reach * error, 1.0)
    return {"std_error": error, "low": float(low), "high": float(high), "note": ""}, source


def coefficient(ratings: Ratings, name: str, weights: Weights, level: float) -> dict[str, object]:
    """Return one coefficient as a row of results; NaN and a note where it is not defined."""
    table, named = agreement_weights(ratings, weights)
    weighted = named != "identity weights"
    title = WEIGHTED.get(name, NAMES[name]) if weighted else NAMES[name]
    if name == "cohen":
        parts, error = _cohen(ratings, table)
    else:
        parts = _parts(ratings, table, name)
    value, source = np.nan, "cohen" if name == "cohen" else "spread"
    if len(ratings.categories) < 2 and name != "percent":
        found = UNKNOWN | {"note": NONE}
    elif parts.expected > CERTAIN:
        only = ratings.categories[ratings.codes.max()]
        found = UNKNOWN | {"note": ONE.format(only)}
    else:
        value = (parts.observed - parts.expected) / (1.0 - parts.expected)
        error = error if name == "cohen" else _error(parts, value)
        plain = len(ratings.raters) == 2 and not weighted
        found, source = _limited(name, parts, value, error, level, plain)
    return {
        "coefficient": title,
        "weights": named.removesuffix(" weights"),
        "subjects": parts.rated,
        "rated_once": parts.once,
        "raters": len(ratings.raters),
        "ratings": parts.ratings,
        "categories": len(ratings.categories),
        "observed": parts.observed,
        "expected": parts.expected,
        "value": value,
        "std_error": found["std_error"],
        "low": found["low"],
        "high": found["high"],
        "level": float(level),
        "method": f"{title}, {named}; {SOURCES[source]}",
        "note": found["note"],
    }
