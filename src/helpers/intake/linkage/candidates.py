"""Which incident may concern whose death: the model, learnt from the lists, and candidate pairs.

- :func:`coded_people`: both lists as whole numbers.
- :func:`learn`: the weights of the model, from these very lists.
- :func:`compared`: levels and weights of pairs.
- :func:`blocks`: pairs that may match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from helpers.intake.linkage.records import together
from helpers.methods import linkage as model
from helpers.methods import pairs as pairing

SEED = 20_110_401
FEWEST = 1_000
"""The prior is one match in so many pairs as there are deaths, and never more than one in these."""

PAIRS_OF_CHANCE, PAIRS_OF_LEARNING = 300_000, 500_000
STRENGTH = 20.0
"""Weight, in pairs, of the stated m: so few matches teach nothing yet."""


def coded_people(deaths: pd.DataFrame, incidents: pd.DataFrame) -> pairing.Coded:
    """Return both lists as whole numbers; an NHS number that fails the check is compared too."""
    return pairing.coded(*(f.assign(nhs_number=f["compared"]) for f in (deaths, incidents)))


def learn(codes: pairing.Coded) -> model.Model:
    """Return the model: u from pairs at random, m by EM over pairs that agree on something.

    Pairs chosen because a field agrees can teach nothing about that field: m of the date of birth
    is learnt from pairs of one name, every other m from pairs of one birthday.
    """
    sides = codes.left, codes.right
    size = [len(side["sex"]) for side in sides]
    if not all(size):
        return model.Model(
            model.weights(model.MATCHES, model.OTHERS), 1 / FEWEST, 0, converged=True
        )
    drawn = pairing.random_pairs(size[0], size[1], PAIRS_OF_CHANCE, seed=SEED)
    levels = pairing.comparisons(codes, *drawn)
    agree = levels.eq("agree")
    u = model.shares(levels[~(agree["nhs_number"] | (agree["dob"] & agree["surname"]))])
    order = np.random.default_rng(SEED).permutation(size[1])
    m, taken, settled = dict(model.MATCHES), 0, True
    name = ("surname", "forename")
    for block, fields in (
        (("year", "month", "date"), [field for field in u if field != "dob"]),
        (name, [field for field in u if field not in name]),
    ):
        keys, wanted = (together(*(side[part] for part in block)) for side in sides)
        wanted = wanted[order]
        pairs = next(pairing.within(keys, wanted, wanted, portion=PAIRS_OF_LEARNING), None)
        if pairs is None:
            continue
        table = model.patterns(pairing.comparisons(codes, pairs[0], order[pairs[1]]))
        known = {field: u[field] for field in fields}
        found = model.estimate(table, known, strength=STRENGTH, tolerance=1e-6)
        taken, settled = taken + found.iterations, settled and found.converged
        for field in ["dob"] if block == name else fields:
            m[field] = found.weights.loc[found.weights["field"].eq(field), "m"].to_numpy()
    return model.Model(model.weights(m, u), 1 / max(size[0], FEWEST), taken, settled)


def compared(
    codes: pairing.Coded, learnt: model.Model, a: np.ndarray, b: np.ndarray
) -> pd.DataFrame:
    """Return pairs with their levels and weights, in all and without the date.

    Parameters
    ----------
    codes : Coded
        Deaths on the left, incidents on the right.
    learnt : Model
        The weights.
    a, b : ndarray
        Positions of the death and of the incident of each pair.

    Returns
    -------
    DataFrame
        A level for each field, death, incident, weight, and identity: the weight without the date.
    """
    levels = pairing.comparisons(codes, a, b)
    identity = [name for name in pairing.LEVELS if name != "day"]
    return levels.assign(
        death=a,
        incident=b,
        weight=model.score(levels, learnt),
        identity=model.score(levels, learnt, fields=identity),
    )


def blocks(
    codes: pairing.Coded, rest: np.ndarray, *, typed: bool
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield pairs that may match: they share a birthday, a name and year, a week, or a number.

    Parameters
    ----------
    codes : Coded
        Deaths on the left, incidents on the right.
    rest : ndarray
        Positions of the incidents that are not yet linked.
    typed : bool
        Whether any NHS number fails the check: only such a one is a slip from another's.

    Yields
    ------
    tuple of ndarray
        Positions of the deaths, and of the incidents within ``rest``.
    """
    left, right = codes.left, {name: values[rest] for name, values in codes.right.items()}

    def same(of: Callable[[dict[str, np.ndarray]], np.ndarray]) -> Iterator[Any]:
        wanted = of(right)
        return pairing.within(of(left), wanted, wanted)

    def born(side: dict[str, np.ndarray]) -> np.ndarray:
        low, high = np.minimum(side["month"], side["date"]), np.maximum(side["month"], side["date"])
        return together(side["year"], low, high)  # an exchange of day and month leaves it as it is

    yield from same(born)
    yield from same(lambda side: together(side["sound"], side["year"]))
    if typed:  # two valid numbers are never one slip apart
        for ten in 10 ** np.arange(9):
            yield from same(
                lambda side, ten=ten: np.where(
                    side["nhs_number"] < 0,
                    -1,
                    side["nhs_number"] // (100 * ten) * ten + side["nhs_number"] % ten,
                )
            )
    day = [together(side["sex"], side["day"] + 200_000) for side in (left, right)]
    low, high = (np.where(day[1] < 0, -1, day[1] + step) for step in (-pairing.NEAR, pairing.NEAR))
    for a, b in pairing.within(day[0], low, high):
        some = np.zeros(len(a), bool)
        for name in ("sound", "initial", "year"):
            some |= (left[name][a] == right[name][b]) & (left[name][a] >= 0)
        yield a[some], b[some]
