"""All tables that could stand behind what was published: the unknowns, and what ties them.

- :class:`Space`: the unknowns of one or several successive runs, and the sum that each cell is.
- :func:`space_of`: the space of the cells of one or several runs.

A cell names the finest categories that it holds, so a wider group is a list of them. Where a total
exceeds the sum of the categories that are published, a piece "(rest)" stands for the others. An
unknown is the number of people of one measure in one combination of pieces; every cell is a sum of
unknowns. So equalities between tables (the same cell twice, subtotals, grand totals, other
groupings) need no list of their own: they follow from sharing unknowns.

Of a second run of the same period the unknowns are the people who were added, so that what two
releases say together is in the same sums.

Where the combinations are too many (:data:`MOST`), unknowns are made for the combinations of
characteristics that some table shows together, and for what two of these have in common, each tied
to the other by its sums. Then more tables seem possible than are: an interval can come out wider
than an attacker's, never narrower. An audit says which of the two was used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from scipy import sparse

from helpers.disclosure.cells import Key, Scheme, Where

MOST = 1_000
"""Unknowns of one run above which only combinations that are shown together are told apart."""

REST = "(rest)"


@dataclass(frozen=True)
class Space:
    """The unknowns, and what is known of them before anything is published.

    Parameters
    ----------
    size : int
        How many unknowns there are; each is a whole number, 0 or more.
    forms : dict
        For each run and key the places of the unknowns whose sum it is.
    ties : csr_matrix
        Sums of unknowns that cannot be below 0 (``tie_high`` infinite) or are 0.
    tie_high : ndarray
        The most that each of these sums can be.
    free : ndarray
        Unknowns that may be below 0: people added, where a later run need not hold everybody.
    exact : bool
        Whether all combinations are told apart.
    """

    size: int
    forms: dict[tuple[int, Key], np.ndarray]
    ties: sparse.csr_matrix
    tie_high: np.ndarray
    free: np.ndarray
    exact: bool

    def form(self, run: int, key: Key) -> sparse.csr_matrix:
        """Return the sum that a cell is, as one row.

        Parameters
        ----------
        run : int
            Number of the run, from 0.
        key : tuple
            What is counted, and of whom.
        """
        return self.sums([(run, key)])

    def sums(self, places: Sequence[tuple[int, Key]]) -> sparse.csr_matrix:
        """Return the sums that several cells are, a row each."""
        held = [self.forms[place] for place in places]
        starts = np.cumsum([0, *(len(one) for one in held)])
        where = np.concatenate(held) if held else np.zeros(0, dtype=int)
        return sparse.csr_matrix((np.ones(len(where)), where, starts), shape=(len(held), self.size))


def _families(measures: Sequence[str], scheme: Scheme) -> list[list[str]]:
    """Return measures in groups that are tied to one another."""
    group = {name: name for name in measures}

    def root(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    for inner, outer in scheme.nested:
        if inner in group and outer in group:
            group[root(inner)] = root(outer)
    found: dict[str, list[str]] = defaultdict(list)
    for name in measures:
        found[root(name)].append(name)
    return list(found.values())


def _pieces(wheres: Sequence[Where]) -> dict[str, list[str]]:
    """Return for each characteristic the finest categories that any cell uses."""
    found: dict[str, set[str]] = defaultdict(set)
    for where in wheres:
        for name, held in where:
            found[name].update(held)
    return {name: sorted(held) for name, held in found.items()}


def _less(where: Where, pieces: Mapping[str, Sequence[str]]) -> Where:
    """Leave out the characteristics of which every piece is counted."""
    return tuple(part for part in where if list(part[1]) != list(pieces[part[0]]))


def _whole(cells: Mapping[Key, int | None], name: str, pieces: Sequence[str]) -> bool:
    """Return whether no total exceeds the sum of the categories of a characteristic."""
    groups: dict[tuple[str, Where], dict[tuple[str, ...], int]] = defaultdict(dict)
    for (measure, where), value in cells.items():
        held = dict(where).get(name)
        if held is not None and value is not None:
            groups[measure, tuple(part for part in where if part[0] != name)][held] = value
    every = tuple(pieces)
    for (measure, others), parts in groups.items():
        total, summed = cells.get((measure, others)), parts.get(every)
        if total is not None and summed is not None and summed < total:
            return False
        fine = {held: n for held, n in parts.items() if held != every or len(every) == 1}
        whole = total if summed is None or len(every) == 1 else summed
        covered = sorted(category for held in fine for category in held)
        if whole is not None and covered == list(every) and sum(fine.values()) < whole:
            return False
    return True


class _Block:
    """Unknowns of the combinations of some characteristics, for each of some measures."""

    def __init__(
        self, names: tuple[str, ...], pieces: Mapping[str, Sequence[str]], begin: int
    ) -> None:
        self.names = names
        self.levels = [list(pieces[name]) for name in names]
        self.shape = tuple(len(held) for held in self.levels)
        self.count = int(np.prod(self.shape)) if names else 1
        self.begin = begin
        self.places = np.arange(self.count).reshape(self.shape or (1,))

    def of(self, where: Mapping[str, Sequence[str]]) -> np.ndarray:
        """Return the places of the combinations that lie within some categories."""
        if not self.names:
            return np.array([self.begin])
        index = [
            [self.levels[i].index(category) for category in where[name]]
            if name in where
            else list(range(self.shape[i]))
            for i, name in enumerate(self.names)
        ]
        return self.begin + self.places[np.ix_(*index)].ravel()


def _sets(wheres: Sequence[Where], pieces: Mapping[str, Sequence[str]], measures: int) -> tuple:
    """Return the sets of characteristics that are told apart together, and whether that is all."""
    every = tuple(sorted(pieces))
    size = measures * int(np.prod([len(pieces[name]) for name in every], dtype=float) or 1)
    if size <= MOST:
        return [every], True
    found = {frozenset(name for name, _ in where) for where in wheres} | {frozenset()}
    while True:
        more = {a & b for a, b in combinations(found, 2)} - found
        if not more:
            return [tuple(sorted(held)) for held in sorted(found, key=len)], False
        found |= more


def space_of(runs: Sequence[Mapping[Key, int | None]], scheme: Scheme) -> Space:
    """Return the space of the cells of one or several successive runs.

    Parameters
    ----------
    runs : sequence of mapping
        The cells of each run with their true values, the earliest first. Values tell only whether
        the categories of a characteristic are all that there are; None where they are not known,
        as in an earlier release.
    scheme : Scheme
        What ties measures to one another.

    Returns
    -------
    Space
        One unknown a measure, run and combination.

    Examples
    --------
    >>> space_of([{("deaths", ()): 9, ("deaths", (("sex", ("F",)),)): 4}], Scheme()).size
    2
    """
    keys = list(dict.fromkeys(key for run in runs for key in run))
    measures = list(dict.fromkeys(measure for measure, _ in keys))
    begin = 0
    blocks: dict[str, list[_Block]] = {}
    rows: list[tuple[np.ndarray, np.ndarray, float]] = []
    finest: dict[str, dict[str, list[str]]] = {}
    exact = True
    for family in _families(measures, scheme):
        mine = [key for key in keys if key[0] in family]
        wheres = [where for _, where in mine]
        pieces = _pieces(wheres)
        for name, held in pieces.items():
            within = [{key: run[key] for key in mine if key in run} for run in runs]
            if not all(_whole(cells, name, held) for cells in within):
                held.append(REST)
        sets, all_of_it = _sets([_less(where, pieces) for where in wheres], pieces, len(family))
        exact &= all_of_it
        finest |= dict.fromkeys(family, pieces)
        for measure in family:
            blocks[measure] = []
            for names in sets:
                blocks[measure].append(_Block(names, pieces, begin))
                begin += blocks[measure][-1].count
            rows += _sums(blocks[measure])
        for inner, outer in scheme.nested:
            if inner in family and outer in family:
                for a, b in zip(blocks[inner], blocks[outer], strict=True):
                    rows += [
                        (np.array([b.begin + i, a.begin + i]), np.array([1.0, -1.0]), np.inf)
                        for i in range(a.count)
                    ]
    forms = {}
    for number, run in enumerate(runs):
        for measure, where in run:
            held = dict(_less(where, finest[measure]))
            within = [block for block in blocks[measure] if set(held) <= set(block.names)]
            places = min(within, key=lambda block: len(block.names)).of(held)
            forms[number, (measure, where)] = np.concatenate(
                [places + step * begin for step in range(number + 1)]
            )
    return _stacked(forms, rows, begin, len(runs), grows=scheme.grows, exact=exact)


def _sums(blocks: Sequence[_Block]) -> list[tuple[np.ndarray, np.ndarray, float]]:
    """Tie the combinations of fewer characteristics to the sums of those of more."""
    rows = []
    for small, large in product(blocks, blocks):
        if set(small.names) < set(large.names):
            for place, levels in enumerate(product(*small.levels)):
                held = {name: [level] for name, level in zip(small.names, levels, strict=True)}
                summed = large.of(held)
                places = np.append(summed, small.begin + place)
                rows.append((places, np.append(np.ones(len(summed)), -1.0), 0.0))
    return rows


def _stacked(
    forms: dict[tuple[int, Key], np.ndarray],
    rows: list[tuple[np.ndarray, np.ndarray, float]],
    size: int,
    runs: int,
    *,
    grows: bool,
    exact: bool,
) -> Space:
    """Repeat the unknowns for each run: those of the first, then those added by each later one."""
    data: list[np.ndarray] = []
    where: list[np.ndarray] = []
    starts, highs = [0], []
    for run in range(runs):
        for places, values, high in rows:
            # Whoever is in the inner measure is in the outer one, after each run.
            for step in range(run + 1):
                where.append(places + step * size)
                data.append(values)
            starts.append(starts[-1] + len(places) * (run + 1))
            highs.append(high)
    ties = sparse.csr_matrix(
        (
            np.concatenate(data) if data else np.zeros(0),
            np.concatenate(where) if where else np.zeros(0, int),
            starts,
        ),
        shape=(len(highs), size * runs),
    )
    free = np.zeros(size * runs, dtype=bool)
    if not grows:
        free[size:] = True
        # What was taken away cannot be more than there was.
        for run in range(1, runs):
            held = sparse.hstack(
                [sparse.identity(size)] * (run + 1)
                + [sparse.csr_matrix((size, size))] * (runs - run - 1)
            )
            ties = sparse.vstack([ties, held])
            highs += [np.inf] * size
    return Space(size * runs, forms, sparse.csr_matrix(ties), np.array(highs), free, exact)
