"""Terms whose hazard ratio has no finite estimate.

Functions
---------
running_away
    Labels of the terms along which the partial likelihood rises for ever.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ._checks import SHOWN
from ._risk_sets import Design, RiskSets

# Beyond this many constraints only single columns are looked at.
TOO_MANY = 100_000


def _at_risk(risk: RiskSets) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Slots and patterns at risk that a bound on every risk set must hold for."""
    if not risk.entered.any():
        # Risk sets are nested: the last slot of a pattern has the lowest bound.
        return risk.exit, risk.pattern
    length = risk.exit - risk.entry
    slot = np.repeat(risk.exit - length + 1, length)
    slot += np.arange(slot.size) - np.repeat(np.cumsum(length) - length, length)
    return slot, np.repeat(risk.pattern, length)


def _single(risk: RiskSets, design: Design) -> NDArray[np.intp]:
    """Columns that alone are greatest, or least, for all who die, where risk sets are nested."""
    died, found = risk.deaths.tocoo(), []
    for at in range(design.shape[1]):
        column = design[:, [at]]
        column = (column if isinstance(column, np.ndarray) else column.toarray()).ravel()
        for side in (column, -column):
            most, least = np.full(risk.slots, -np.inf), np.full(risk.slots, np.inf)
            np.maximum.at(most, risk.exit, side[risk.pattern])
            np.minimum.at(least, risk.exit, side[risk.pattern])
            for low, high in zip(risk.start[:-1], risk.start[1:], strict=True):
                most[low:high] = np.maximum.accumulate(most[low:high][::-1])[::-1]
                least[low:high] = np.minimum.accumulate(least[low:high][::-1])[::-1]
            if np.all(side[died.col] >= most[died.row]) and np.any(
                least[died.row] < most[died.row]
            ):
                found.append(at)
                break
    return np.array(found, dtype=np.intp)


def running_away(risk: RiskSets, design: Design, labels: Sequence[str]) -> list[str]:
    """Return labels of the columns along which the partial likelihood rises for ever.

    Parameters
    ----------
    risk : RiskSets
        Counted records.
    design : ndarray or sparse, shape (patterns, columns)
        Covariates.
    labels : sequence of str
        Name of each column.

    Returns
    -------
    list of str
        Empty if there is a finite estimate, or the question is too large to be settled.

    Notes
    -----
    The likelihood is monotone if some combination of covariates is, at every death, greatest
    for those who died and not the same for all at risk (Jacobsen 1989, Scand J Stat 16:335).
    A linear programme looks for it, with the greatest value at each time as a variable.
    """
    if risk.late is not None:
        # Weights after a competing end are above zero up to the last time.
        stays = np.where(risk.late[0] > 0, risk.slots - 1, risk.exit)
        risk = replace(risk, exit=stays, late=None)
    from scipy.optimize import linprog
    from scipy.sparse import csr_matrix, hstack, vstack

    nested = not risk.entered.any()
    alone = _single(risk, design) if nested else np.empty(0, dtype=np.intp)
    if alone.size:
        return [labels[at] for at in alone][:SHOWN]
    length = risk.exit.size if nested else int((risk.exit - risk.entry).sum())
    if length + risk.deaths.nnz > TOO_MANY:
        return []
    slot, pattern = _at_risk(risk)
    happened = risk.tied[slot] > 0
    pairs = np.unique(slot[happened] * risk.patterns + pattern[happened])
    slot, pattern = np.divmod(pairs, risk.patterns)
    covariates = csr_matrix(design)

    def bounds(at: NDArray[np.intp], of: NDArray[np.intp]) -> csr_matrix:
        ones = np.ones(at.size)
        time = csr_matrix((-ones, (np.arange(at.size), at)), shape=(at.size, risk.slots))
        return hstack([covariates[of], time], format="csr")

    died = risk.deaths.tocoo()
    blocks = [bounds(slot, pattern)]
    if nested:
        first = np.flatnonzero(np.diff(risk.stratum, append=-1) == 0)
        first = first[risk.tied[first] > 0]
        order = csr_matrix((first.size, risk.slots), dtype=float).tolil()
        order[np.arange(first.size), first] = -1.0
        order[np.arange(first.size), first + 1] = 1.0
        none = csr_matrix((first.size, covariates.shape[1]))
        blocks.append(hstack([none, order.tocsr()], format="csr"))
    under = vstack(blocks, format="csr")
    equal = bounds(died.row.astype(np.intp), died.col.astype(np.intp))
    columns = covariates.shape[1]
    free = [(-1.0, 1.0)] * columns + [(None, None)] * risk.slots
    found = linprog(
        np.asarray(under.sum(axis=0)).ravel(),
        A_ub=under,
        b_ub=np.zeros(under.shape[0]),
        A_eq=equal,
        b_eq=np.zeros(equal.shape[0]),
        bounds=free,
    )
    if found.status != 0 or -found.fun < 1e-6:
        return []
    part = np.abs(found.x[:columns]) > 1e-6
    return [label for label, used in zip(labels, part, strict=True) if used][:SHOWN]
