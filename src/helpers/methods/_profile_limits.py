"""Limits and tests of a regression from its likelihood, plain or penalised.

Functions
---------
profiled
    Both values of a coefficient at which twice the log likelihood has fallen by a stated amount.
fallen
    Fall of twice the log likelihood with some coefficients held at zero.
"""

from collections.abc import Sequence

import numpy as np

from ._checks import Floats
from ._design import Design
from ._glm import Family, Point, evaluate, maximum

# A likelihood that has not fallen this many standard errors away never does.
FAR = 2000.0


def fallen(
    design: Design, at: Point, columns: Sequence[int], *, family: Family, penalised: bool
) -> float:
    """Return by how much twice the log likelihood falls with ``columns`` held at zero.

    Parameters
    ----------
    design : Design
        Coded patterns.
    at : Point
        Where the likelihood is greatest, in scaled columns.
    columns : sequence of int
        Whole terms, so that zero means the same on every scale.
    family, penalised
        As for `helpers.methods._glm.maximum`; the penalty stays that of all columns.

    Returns
    -------
    float
        Likelihood-ratio statistic; NaN if the others have no greatest likelihood.
    """
    held = np.zeros(at.estimate.size, dtype=bool)
    held[list(columns)] = True
    start = np.where(held, 0.0, at.estimate)
    found = maximum(
        design.scaled, design.events, design.trials,
        family=family, penalised=penalised, start=start, held=held,
    )  # fmt: skip
    if found is None:
        found = _from_zero(design, held, family=family, penalised=penalised)
    return np.nan if found is None else max(2.0 * (at.value - found.value), 0.0)


def _from_zero(design: Design, held: Floats, *, family: Family, penalised: bool) -> Point | None:
    return maximum(
        design.scaled, design.events, design.trials,
        family=family, penalised=penalised, start=np.zeros(held.size), held=held,
    )  # fmt: skip


def profiled(
    design: Design,
    at: Point,
    column: int,
    *,
    fall: float,
    family: Family,
    penalised: bool,
) -> tuple[float, float, float]:
    """Return limits of a coefficient on its own scale, and the fall at zero.

    Parameters
    ----------
    design, at, family, penalised
        As for `fallen`.
    column : int
        Place of the coefficient.
    fall : float
        Fall of twice the log likelihood: the quantile of chi-squared with one df.

    Returns
    -------
    tuple of float
        Lower and upper limit (infinite where the likelihood never falls so far), and by how much
        twice the log likelihood falls at zero.

    Notes
    -----
    Venzon and Moolgavkar (1988) Appl Stat 37:87; penalised: Heinze and Schemper (2002) Stat Med
    21:2409. Columns are turned so that one coefficient is the wanted one on its own scale; the
    turning changes the penalty by a constant, which ``top`` carries too.
    """
    from scipy.optimize import brentq

    turn = np.eye(at.estimate.size)
    turn[column] = design.back[column]
    matrix = design.scaled @ np.linalg.inv(turn)
    centre = turn @ at.estimate
    held = np.zeros(centre.size, dtype=bool)
    held[column] = True
    spread = turn @ np.linalg.inv(at.information) @ turn.T
    error = float(np.sqrt(spread[column, column]))
    # Where the others go as this one moves: a first value close to theirs.
    path = spread[:, column] / spread[column, column]
    top = evaluate(
        matrix, design.events, design.trials, centre, family=family, penalised=penalised
    ).value
    known: dict[float, Floats] = {float(centre[column]): centre}

    def lost(value: float) -> float:
        near = min(known, key=lambda seen: abs(seen - value))
        start = known[near] + path * (value - near)
        start[column] = value
        found = maximum(
            matrix, design.events, design.trials,
            family=family, penalised=penalised, start=start, held=held,
        )  # fmt: skip
        if found is None:
            start = np.zeros(centre.size)
            start[column] = value
            found = maximum(
                matrix, design.events, design.trials,
                family=family, penalised=penalised, start=start, held=held,
            )  # fmt: skip
        if found is None:
            return np.inf
        known[value] = found.estimate
        return 2.0 * (top - found.value)

    ends = []
    for way in (-1.0, 1.0):
        inside, size = float(centre[column]), 1.0
        outside = inside + way * error * np.sqrt(fall)
        while lost(outside) < fall and size < FAR:
            size *= 2.0
            inside, outside = outside, float(centre[column]) + way * size * error * np.sqrt(fall)
        if size >= FAR:
            ends.append(way * np.inf)
        else:
            ends.append(
                brentq(lambda value: lost(value) - fall, inside, outside, xtol=1e-9 * error)
            )
    return ends[0], ends[1], max(lost(0.0), 0.0)
