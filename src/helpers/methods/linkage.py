"""Linking the records of two lists about the same people: the model of Fellegi and Sunter.

Two records of one person agree on a field at some level with chance m; two records of two people
do so with chance u. A field adds log2(m / u) bits to the weight of a pair at that level; a field
that is missing on one side adds nothing. u is measured on pairs drawn at random, m is found by
expectation and maximisation (EM) over the patterns of levels with u held fixed. The pairs and
their levels come from :mod:`helpers.methods.pairs`.

Functions
---------
patterns
    How many pairs show each pattern of levels.
shares
    The share of each level among pairs, for u.
estimate
    m by EM with fixed u: a :class:`Model`.
weights
    Weight of each level: log2(m / u).
score
    Weight of each pair in bits.
probability
    Match probability from a weight and the prior share of matches.
error_rates
    Precision, recall and F of links against the truth.

Classes
-------
Model
    Levels with m, u and weight.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._checks import Floats, require_columns
from .pairs import LEVELS, Ints
from .proportions import WILSON, wilson

Chances = Mapping[str, ArrayLike]

SUPPORTING = ("day",)
"""Fields that may speak for a pair and never against it."""

MATCHES: dict[str, tuple[float, ...]] = {
    "nhs_number": (0.97, 0.02, 0.01),
    "dob": (0.95, 0.01, 0.03, 0.01),
    "surname": (0.93, 0.04, 0.03),
    "forename": (0.90, 0.05, 0.05),
    "sex": (0.99, 0.01),
    "day": (0.60, 0.25, 0.15),
}
"""m at the start of EM, and where there are too few pairs to learn from."""

OTHERS: dict[str, tuple[float, ...]] = {
    "nhs_number": (1.6e-8, 1.6e-6, 1 - 1.6e-6 - 1.6e-8),
    "dob": (1 / 25_000, 1 / 40_000, 0.0035, 1 - 1 / 25_000 - 1 / 40_000 - 0.0035),
    "surname": (0.003, 0.007, 0.99),
    "forename": (0.015, 0.085, 0.90),
    "sex": (0.5, 0.5),
    "day": (1 / 1_500, 14 / 1_500, 1 - 15 / 1_500),
}
"""u where there are too few pairs to learn from; one in 60 million for the NHS number, of which
about as many are in use; at most 99 numbers lie one slip from another."""


@dataclass(frozen=True)
class Model:
    """Levels with m, u and weight.

    Parameters
    ----------
    weights : DataFrame
        One row a level: field, level, m, u, weight (bits).
    prior : float
        Share of matches among the pairs that m was found on.
    iterations : int
        Steps of EM.
    converged : bool
        Whether the last step changed nothing beyond the tolerance.

    Examples
    --------
    >>> u = {"sex": [0.5, 0.5]}
    >>> pairs = pd.DataFrame({"sex": ["agree", "disagree"], "pairs": [70, 30]})
    >>> estimate(pairs, u).weights["field"].tolist()
    ['sex', 'sex']
    """

    weights: pd.DataFrame
    prior: float
    iterations: int
    converged: bool


def patterns(levels: pd.DataFrame) -> pd.DataFrame:
    """Return how many pairs show each pattern of levels.

    Parameters
    ----------
    levels : DataFrame
        Categorical columns, as from :func:`helpers.methods.pairs.comparisons`.

    Returns
    -------
    DataFrame
        The same columns, one row a pattern, and ``pairs``.

    Examples
    --------
    >>> sex = pd.Categorical(["agree", "agree", None], categories=LEVELS["sex"])
    >>> patterns(pd.DataFrame({"sex": sex}))["pairs"].tolist()
    [1, 2]
    """
    key = np.zeros(len(levels), np.int64)
    for field in levels:
        key = key * (len(levels[field].cat.categories) + 1) + levels[field].cat.codes + 1
    _, first, count = np.unique(key, return_index=True, return_counts=True)
    return levels.iloc[first].reset_index(drop=True).assign(pairs=count)


def _positions(levels: pd.DataFrame, field: str) -> Ints:
    """Return the number of each level in the order of its field; -1 where it is missing."""
    column = levels[field]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy(np.int64)
    found = column.map({name: place for place, name in enumerate(LEVELS[field])})
    return found.fillna(-1).to_numpy(np.int64)


def shares(levels: pd.DataFrame, *, strength: float = 1_000.0) -> dict[str, Floats]:
    """Return the share of each level among pairs that are known not to match, for u.

    Parameters
    ----------
    levels : DataFrame
        As from :func:`helpers.methods.pairs.comparisons`.
    strength : float
        Weight in pairs of the stated chances :data:`OTHERS`, which keep a level that no pair
        shows above zero. Agreement on the NHS number is never learnt here: pairs that agree on
        it are matches.

    Returns
    -------
    dict of ndarray
        Shares by field, in the order of its levels.

    Examples
    --------
    >>> sex = pd.Categorical(["agree", "disagree", "disagree", None], categories=LEVELS["sex"])
    >>> shares(pd.DataFrame({"sex": sex}), strength=0)["sex"].round(3).tolist()
    [0.333, 0.667]
    """
    made = {}
    for field in levels:
        stated = np.asarray(OTHERS[field], float)
        place = _positions(levels, field)
        count = np.bincount(place[place >= 0], minlength=len(stated)) + strength * stated
        made[field] = stated if field == "nhs_number" else count / count.sum()
    return made


def weights(m: Chances, u: Chances) -> pd.DataFrame:
    """Return the weight of each level of each field: log2(m / u), in bits.

    Parameters
    ----------
    m, u : mapping
        Chances by field, in the order of its levels.

    Returns
    -------
    DataFrame
        One row a level: field, level, m, u, weight; never below 0 for :data:`SUPPORTING` fields.

    Examples
    --------
    >>> weights({"sex": [0.96, 0.04]}, {"sex": [0.5, 0.5]})["weight"].round(2).tolist()
    [0.94, -3.64]
    """
    parts = []
    for field in m:
        with np.errstate(divide="ignore"):
            weight = np.log2(np.asarray(m[field], float) / np.asarray(u[field], float))
        if field in SUPPORTING:
            weight = np.maximum(weight, 0.0)
        names = list(LEVELS[field])
        parts.append(
            pd.DataFrame(
                {"field": field, "level": names, "m": m[field], "u": u[field], "weight": weight}
            )
        )
    return pd.concat(parts, ignore_index=True)


def estimate(
    table: pd.DataFrame,
    u: Chances,
    *,
    start: Chances | None = None,
    prior: float = 0.1,
    strength: float = 0.0,
    tolerance: float = 1e-9,
    steps: int = 2_000,
) -> Model:
    """Estimate m by EM over patterns of levels with u held fixed.

    Parameters
    ----------
    table : DataFrame
        One row a pattern: a column for each field of ``u`` and ``pairs``.
    u : mapping
        Chances of the levels of each field for pairs that do not match.
    start : mapping, optional
        m to start from; :data:`MATCHES` by default.
    prior : float
        Share of matches among the pairs to start from.
    strength : float
        Weight in pairs of the start: 0 is maximum likelihood; more keeps m near the start where
        there are few pairs.
    tolerance : float
        EM stops when no m and not the prior changes by more.
    steps : int
        Most steps taken.

    Returns
    -------
    Model
        The weights, with the share of matches among these pairs as its prior.

    Raises
    ------
    ValueError
        If a column is missing, or there is no pair.

    Notes
    -----
    Fellegi and Sunter (1969) JASA 64:1183; Winkler (1988). Fields are taken to be independent
    among matches and among non-matches. Missing levels are left out of the likelihood.
    :data:`SUPPORTING` fields never weigh less than 0.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     [("agree", "agree", 90), ("agree", "disagree", 10), ("disagree", "disagree", 900)],
    ...     columns=["surname", "sex", "pairs"],
    ... )
    >>> u = {"surname": [0.01, 0.01, 0.98], "sex": [0.5, 0.5]}
    >>> found = estimate(table, u)
    >>> found.converged, f"{found.prior:.1f}"
    (True, '0.1')
    """
    require_columns(table, [*u, "pairs"])
    count = table["pairs"].to_numpy(float)
    if not count.sum() > 0:
        raise ValueError("There is no pair to learn from.")
    fixed = {field: np.asarray(values, float) for field, values in u.items()}
    begun = {field: np.asarray((start or MATCHES)[field], float) for field in fixed}
    place = {field: _positions(table, field) for field in fixed}
    m, share, done, taken = begun, float(prior), False, 0
    while not done and taken < steps:
        odds = np.full(len(table), np.log(share) - np.log1p(-share))
        for field, level in place.items():
            with np.errstate(divide="ignore"):
                ratio = np.log(m[field]) - np.log(fixed[field])
            odds += np.where(level < 0, 0.0, ratio[level])
        matches = count / (1.0 + np.exp(-odds))
        new = {}
        for field, level in place.items():
            size = len(fixed[field])
            held = np.bincount(level[level >= 0], matches[level >= 0], size)
            held = held + strength * begun[field]
            new[field] = held / held.sum() if held.sum() > 0 else begun[field]
        now = min(max(float(matches.sum() / count.sum()), 1e-12), 1 - 1e-12)
        change = max(abs(now - share), *(np.abs(new[f] - m[f]).max() for f in m))
        m, share, taken, done = new, now, taken + 1, bool(change <= tolerance)
    return Model(weights(m, fixed), share, taken, done)


def score(levels: pd.DataFrame, model: Model, *, fields: Iterable[str] | None = None) -> Floats:
    """Return the weight of each pair: the sum over its fields of log2(m / u), in bits.

    Parameters
    ----------
    levels : DataFrame
        As from :func:`helpers.methods.pairs.comparisons`.
    model : Model
        The weights.
    fields : iterable of str, optional
        Only these fields; all by default.

    Returns
    -------
    ndarray
        Bits; a missing level adds 0.

    Examples
    --------
    >>> pairs = pd.DataFrame({"sex": ["agree", "disagree"], "pairs": [75, 25]})
    >>> model = estimate(pairs, {"sex": [0.5, 0.5]}, strength=1e9)
    >>> score(pairs[["sex"]], model).round(2).tolist()
    [0.99, -5.64]
    """
    total = np.zeros(len(levels))
    by_field = model.weights.groupby("field", sort=False)["weight"]
    for field, weights in by_field:
        if fields is None or field in fields:
            total += np.append(weights.to_numpy(), 0.0)[_positions(levels, str(field))]
    return total


def probability(weight: ArrayLike, prior: float) -> Floats:
    """Return the match probability from weights in bits and the prior share of matches.

    Examples
    --------
    >>> probability([0.0, 10.0], 1 / 1024).round(4).tolist()
    [0.001, 0.5002]
    """
    odds = np.asarray(weight, float) + np.log2(prior / (1 - prior))
    return np.asarray(1.0 / (1.0 + np.exp2(-odds)))


def error_rates(links: pd.DataFrame, truth: pd.DataFrame, *, level: float = 0.95) -> pd.DataFrame:
    """Return precision, recall and F of links against the truth.

    Parameters
    ----------
    links, truth : DataFrame
        The same columns in both (such as incident_id and death_id); one row a pair. Columns of
        ``links`` that ``truth`` has not are passed over.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        measure, numerator, denominator, value, low, high, level, method. F is twice the right
        links out of links and true pairs together; it is no proportion and has no limits.

    Raises
    ------
    ValueError
        If ``links`` lacks a column of ``truth``.

    Examples
    --------
    >>> truth = pd.DataFrame({"incident_id": ["a", "b", "c"], "death_id": ["1", "2", "3"]})
    >>> links = pd.DataFrame({"incident_id": ["a", "b"], "death_id": ["1", "9"]})
    >>> error_rates(links, truth)[["measure", "numerator", "denominator"]]
         measure  numerator  denominator
    0  precision          1            2
    1     recall          1            3
    2          F          2            5
    """
    keys = list(truth.columns)
    require_columns(links, keys)
    made, true = links[keys].drop_duplicates(), truth.drop_duplicates()
    right = len(made.merge(true, on=keys))
    frame = pd.DataFrame(
        {
            "measure": ["precision", "recall", "F"],
            "numerator": [right, right, 2 * right],
            "denominator": [len(made), len(true), len(made) + len(true)],
        }
    )
    low, high = wilson(frame["numerator"][:2], frame["denominator"][:2], level=level)
    with np.errstate(invalid="ignore"):
        value = frame["numerator"] / frame["denominator"].where(frame["denominator"] > 0)
    return frame.assign(
        value=value,
        low=[*low, np.nan],
        high=[*high, np.nan],
        level=level,
        method=[WILSON, WILSON, "harmonic mean of precision and recall"],
    )
