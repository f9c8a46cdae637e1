"""What an attacker can work out: integer programmes over all tables that fit what was published.

- :class:`Attack`: whether a value can stand behind a cell, and the least and the most that can.

The attacker's problem of Fischetti and Salazar (Solving the cell suppression problem on tabular
data with linear constraints, Management Science 47, 2001, 1008-1027): minimise and maximise a cell
over all tables that agree with every published number. Here a published number is an interval (a
rounded one stands for several counts; a true one has no width), a hidden one has no upper limit,
and people are whole: the programme is solved in integers, as an attacker who knows that people are
whole would. Solved by HiGHS through scipy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from helpers.disclosure.cells import Key
from helpers.disclosure.protect import Shown
from helpers.disclosure.space import Space

SECONDS = 20.0
"""After which one question counts as not settled; what is not settled is not taken as protected."""


class Attack:
    """Everything that was published, as constraints on a space.

    Parameters
    ----------
    space : Space
        The unknowns.
    known : mapping
        What is shown of each cell, by run and key.

    Examples
    --------
    >>> from helpers.disclosure.cells import Cell, Scheme, where_of
    >>> from helpers.disclosure.space import space_of
    >>> total, a, b = ("n", ()), ("n", where_of({"s": "A"})), ("n", where_of({"s": "B"}))
    >>> space = space_of([{total: 9, a: 2, b: 7}], Scheme())
    >>> hidden = Shown(None, 1, math.inf)
    >>> Attack(space, {(0, total): Shown(9, 9, 9), (0, a): hidden, (0, b): Shown(7, 7, 7)}).range(
    ...     space.form(0, a)
    ... )
    (2.0, 2.0)
    """

    def __init__(self, space: Space, known: Mapping[tuple[int, Key], Shown]) -> None:
        self._space = space
        self._a = sparse.csr_matrix(sparse.vstack([space.ties, space.sums(list(known))]))
        ties = len(space.tie_high)
        self._low = np.concatenate([np.zeros(ties), [one.low for one in known.values()]])
        self._high = np.concatenate([space.tie_high, [one.high for one in known.values()]])
        self._asked = 0
        self._lower = np.where(space.free, -np.inf, 0.0)

    def _solve(
        self,
        objective: np.ndarray,
        extra: sparse.csr_matrix | None = None,
        value: float = 0.0,
        *,
        whole: bool = True,
    ) -> tuple[int, np.ndarray | None]:
        a, low, high = self._a, self._low, self._high
        if extra is not None:
            a = sparse.vstack([a, extra])
            low, high = np.append(low, value), np.append(high, value)
        done = milp(
            objective,
            constraints=LinearConstraint(a, low, high),
            bounds=Bounds(self._lower, np.inf),
            integrality=np.full(self._space.size, int(whole)),
            options={"time_limit": SECONDS, **({"mip_rel_gap": 0.0} if whole else {})},
        )
        if done.x is None:
            return done.status, None
        near = np.round(done.x)
        return done.status, near if whole or np.abs(done.x - near).max(initial=0) < 1e-6 else done.x

    def possible(self) -> bool:
        """Return whether any table agrees with everything that is known."""
        return self._solve(np.zeros(self._space.size))[1] is not None

    def attains(self, form: sparse.csr_matrix, value: int) -> np.ndarray | None:
        """Return a table in which a sum has a value, or None where there is none.

        Parameters
        ----------
        form : csr_matrix
            The sum, as one row over the unknowns.
        value : int
            The value.
        """
        # A corner of the tables in fractions is mostly whole, and is found sooner. Each question
        # has costs of its own, so that the tables that are found differ from one another.
        self._asked += 1
        costs = np.random.default_rng(self._asked).random(self._space.size)
        status, found = self._solve(
            np.where(self._space.free, 0.0, costs), form, value, whole=False
        )
        if status == 2:
            return None
        if found is not None and np.array_equal(found, np.round(found)):
            return found
        return self._solve(np.zeros(self._space.size), form, value)[1]

    def range(self, form: sparse.csr_matrix) -> tuple[float, float]:
        """Return the least and the most that a sum can be; infinite where there is no limit.

        Raises
        ------
        ValueError
            If no table agrees with everything that is known.
        """
        ends = []
        for sign in (1.0, -1.0):
            objective = sign * form.toarray()[0]
            status, found = self._solve(objective)
            if status in (3, 4):
                # No limit; HiGHS may not tell "no limit" from "no table" before it looks again.
                if not self.possible():
                    raise ValueError("No table agrees with everything that is known.")
                ends.append(sign * -math.inf)
            elif found is None:
                raise ValueError("No table agrees with everything that is known.")
            else:
                ends.append(float((form @ found)[0]))
        return ends[0], ends[1]
