"""Who is at risk when somebody dies: counts by covariate pattern and time, and their sums.

Functions
---------
weighted
    Rows of a design times weights, dense or sparse.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._checks import Floats

# Where fewer than this share of those who ever entered is left, differences of sums lose digits.
LOST = 1e-6

Design = Any
"""A dense array or a scipy sparse matrix in CSR form, shape (patterns, columns)."""


def weighted(design: Design, weights: Floats) -> Design:
    """Return the rows of a design times weights, dense or sparse.

    Examples
    --------
    >>> weighted(np.array([[1.0, 2.0]]), np.array([3.0]))
    array([[3., 6.]])
    """
    if isinstance(design, np.ndarray):
        return design * weights[:, None]
    made = design.copy()
    made.data = made.data * np.repeat(weights, np.diff(made.indptr))
    return made


def _dense(matrix: Design) -> Floats:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Records counted by covariate pattern, stratum, slot of entry, slot of exit and event.

    A slot is a time of death in one stratum; the first slot of each stratum stands for the time
    before its first death. A record is at risk in the slots after ``entry`` up to ``exit``.

    Attributes
    ----------
    start : ndarray, shape (strata + 1,)
        First slot of each stratum, and the number of slots.
    patterns : int
        Number of patterns.
    pattern, entry, exit, event, count : ndarray, shape (cells,)
        Pattern, slots, whether the event was seen, and number of records.
    late : tuple, optional
        For weights that go on after a competing end: weight of each cell, and of each slot.
    """

    start: NDArray[np.intp]
    patterns: int
    pattern: NDArray[np.intp]
    entry: NDArray[np.intp]
    exit: NDArray[np.intp]
    event: NDArray[np.bool_]
    count: Floats
    late: tuple[Floats, Floats] | None = None

    @property
    def slots(self) -> int:
        """Number of slots."""
        return int(self.start[-1])

    @cached_property
    def stratum(self) -> NDArray[np.intp]:
        """Stratum of each slot."""
        return np.repeat(np.arange(self.start.size - 1), np.diff(self.start))

    @cached_property
    def entered(self) -> NDArray[np.bool_]:
        """Cells that enter after the first death of their stratum."""
        return self.entry > self.start[self.stratum[self.exit]]

    def _table(self, slot: NDArray[np.intp], pattern: NDArray[np.intp], count: Floats) -> Any:
        from scipy.sparse import csr_matrix

        return csr_matrix((count, (slot, pattern)), shape=(self.slots, self.patterns))

    @cached_property
    def leaving(self) -> Any:
        """Records that leave less those that enter, by slot and pattern."""
        late = self.entered
        if not late.any():
            return self._table(self.exit, self.pattern, self.count)
        slot = np.concatenate([self.exit, self.entry[late]])
        pattern = np.concatenate([self.pattern, self.pattern[late]])
        return self._table(slot, pattern, np.concatenate([self.count, -self.count[late]]))

    @cached_property
    def gone(self) -> Any:
        """All records that leave, by slot and pattern: where some enter late."""
        return self._table(self.exit, self.pattern, self.count)

    @cached_property
    def deaths(self) -> Any:
        """Records with the event, by slot and pattern."""
        died = self.event
        return self._table(self.exit[died], self.pattern[died], self.count[died])

    @cached_property
    def tied(self) -> Floats:
        """Deaths of each slot."""
        died = self.event
        return np.bincount(self.exit[died], self.count[died], minlength=self.slots)

    @cached_property
    def late_table(self) -> Any:
        """Weighted records that go on after a competing end, by slot and pattern."""
        weights = self.late[0]
        on = weights > 0
        return self._table(self.exit[on], self.pattern[on], self.count[on] * weights[on])

    def from_here(self, values: Floats) -> Floats:
        """Sum over each slot and all later ones of its stratum."""
        made = np.empty_like(values)
        for low, high in zip(self.start[:-1], self.start[1:], strict=True):
            made[low:high] = np.cumsum(values[low:high][::-1], axis=0)[::-1]
        return made

    def up_to(self, values: Floats) -> Floats:
        """Sum over each slot and all earlier ones of its stratum."""
        made = np.empty_like(values)
        for low, high in zip(self.start[:-1], self.start[1:], strict=True):
            made[low:high] = np.cumsum(values[low:high], axis=0)
        return made

    def sums(self, hazard: Floats, design: Design) -> tuple[Floats, Floats]:
        """Sum hazards, and hazards times covariates, over those at risk in each slot.

        Parameters
        ----------
        hazard : ndarray, shape (patterns,)
            Relative hazard of each pattern.
        design : ndarray or sparse, shape (patterns, columns)
            Covariates.

        Returns
        -------
        tuple of ndarray
            Shapes (slots,) and (slots, columns).
        """
        rows = weighted(design, hazard)
        risk = self.from_here(self.leaving @ hazard)
        first = self.from_here(_dense(self.leaving @ rows))
        if self.late is not None:
            after = self.late[1]
            risk = risk + after * self._before(self.late_table @ hazard)
            first = first + after[:, None] * self._before(_dense(self.late_table @ rows))
        if self.entered.any():
            left = self.from_here(self.gone @ hazard)
            for slot in np.flatnonzero((self.tied > 0) & (risk < LOST * left)):
                here = (self.entry < slot) & (slot <= self.exit)
                here &= self.stratum[self.exit] == self.stratum[slot]
                members = np.bincount(self.pattern[here], self.count[here], minlength=self.patterns)
                risk[slot] = members @ hazard
                first[slot] = members @ rows
        return risk, first

    def _before(self, values: Floats) -> Floats:
        return self.up_to(values) - values

    def pooled(self, values: Floats) -> Floats:
        """Sum values of slots over the time that the records of each pattern are at risk.

        Parameters
        ----------
        values : ndarray, shape (slots,)
            A value for each slot.

        Returns
        -------
        ndarray, shape (patterns,)
            The transpose of summing over those at risk.
        """
        made = self.leaving.T @ self.up_to(values)
        if self.late is not None:
            after = self.from_here(self.late[1] * values) - self.late[1] * values
            made = made + self.late_table.T @ after
        return made
