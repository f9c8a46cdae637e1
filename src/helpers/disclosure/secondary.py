"""Further counts to hide, so that those hidden by their size cannot be worked out.

- :func:`hide`: what a release shows of each count so that every need is met.
- :class:`CannotProtect`: some count cannot be protected, whatever is hidden.

The cell suppression problem in the form of Fischetti and Salazar (Models and algorithms for
optimizing cell suppression in tabular data with linear constraints, Journal of the American
Statistical Association 95, 2000, 916-928): a binary y says of each cell whether it is hidden; for
each protected sum p and each value k that must stay possible there has to be a table x that fits
the ties, has p(x) = k, and differs from what is shown only in cells with y = 1; the people in the
cells with y = 1 are as few as can be. All these tables are unknowns of one mixed integer programme,
which is solved exactly while it is small (:data:`EXACT`). Where it is not, each sum and value is
solved in turn: what was hidden for one costs the next nothing, and where even that is large, a
linear programme in which moving a cell costs what it counts says which cells to hide. While that
is quick (:data:`TIDIED`), cells that turn out not to be needed are shown again. Hiding more never
makes a protected cell less so, hence the order is free.

In all cases the attack (:mod:`helpers.disclosure.attack`) is then made in whole numbers, and what
it still finds is solved again in whole numbers, until it finds nothing.

Totals are never changed. What is shown is the truth, or the truth rounded by the profile's rule.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from helpers.disclosure.cells import Cell, Key, Scheme, by_key, name_of
from helpers.disclosure.needs import Evidence, Need, Published, evidence_of, needs_of, still
from helpers.disclosure.profiles import Profile
from helpers.disclosure.protect import HIDDEN, Shown, shown

EXACT = 1_000
"""Unknowns of the joint programme above which needs are met in turn."""

WHOLE = 1_000
"""Unknowns above which a need that is met in turn is first solved in fractions."""

TIDIED = 2_500
"""Needs times unknowns up to which cells that turn out not to be needed are shown again."""

KEPT = 1_000.0
"""How many times as much it costs to hide a total that is to be kept; it is the last resort where
a total is so small that it alone gives a count away."""

ZERO = 5.0
"""What it costs to hide a zero, which says something too, in people."""

SECONDS = 10.0
Wanted = tuple[Need, int]


class CannotProtect(Exception):
    """Some count cannot be protected, whatever is hidden.

    Parameters
    ----------
    needs : sequence of Need
        Which.
    """

    def __init__(self, needs: Sequence[Need]) -> None:
        self.needs = list(needs)
        said = (f"{name_of((need.of, need.key[1]))} ({need.kind})" for need in needs)
        self.lines = list(dict.fromkeys(said))
        super().__init__("; ".join(self.lines))


class _Programme:
    """Which cells to hide so that some values of some sums become possible."""

    def __init__(self, evidence: Evidence, cost: Mapping[Key, float]) -> None:
        self.evidence = evidence
        run = max(number for number, _ in evidence.known)
        self.open = [
            key
            for (number, key), cell in evidence.known.items()
            if number == run and key in cost and not cell.hidden
        ]
        space = evidence.space
        shut = [place for place in evidence.known if place[0] != run or place[1] not in self.open]
        self.base = sparse.csr_matrix(sparse.vstack([space.ties, space.sums(shut)]))
        self.low = np.append(
            np.zeros(len(space.tie_high)), [evidence.known[place].low for place in shut]
        )
        self.high = np.append(space.tie_high, [evidence.known[place].high for place in shut])
        self.forms = space.sums([(run, key) for key in self.open])
        cells = [evidence.known[run, key] for key in self.open]
        self.least = np.array([cell.low for cell in cells], dtype=float)
        self.most = np.array([cell.high for cell in cells], dtype=float)
        finite = [cell.high for cell in evidence.known.values() if np.isfinite(cell.high)]
        self.far = 2.0 * max([*finite, 50.0]) + 50.0
        self.costs = np.array([max(cost[key], 0.5) for key in self.open])

    def exact(self, wanted: Sequence[Wanted], *, whole: bool) -> list[Key] | None:
        """Return the cells of least cost, or None where there are none or time has run out."""
        n, m, copies = self.evidence.space.size, len(self.open), len(wanted)
        zero = sparse.csr_matrix((self.base.shape[0], m))
        rows, lows, highs = [], [], []
        for number, (need, value) in enumerate(wanted):

            def at(block: sparse.csr_matrix, y: sparse.csr_matrix, place: int = number):
                before = sparse.csr_matrix((block.shape[0], place * n))
                after = sparse.csr_matrix((block.shape[0], (copies - 1 - place) * n))
                return sparse.hstack([before, block, after, y])

            rows += [
                at(self.base, zero),
                at(self.forms, sparse.diags(self.least)),
                at(self.forms, sparse.diags(-np.full(m, self.far))),
                at(self.evidence.form(need), sparse.csr_matrix((1, m))),
            ]
            lows += [self.low, self.least, np.full(m, -np.inf), [value]]
            highs += [self.high, np.full(m, np.inf), self.most, [value]]
        lower = np.concatenate([np.where(self.evidence.space.free, -np.inf, 0.0)] * copies)
        done = milp(
            np.concatenate([np.zeros(n * copies), self.costs]),
            constraints=LinearConstraint(
                sparse.csr_matrix(sparse.vstack(rows)), np.concatenate(lows), np.concatenate(highs)
            ),
            bounds=Bounds(
                np.append(lower, np.zeros(m)), np.append(np.full(n * copies, np.inf), np.ones(m))
            ),
            integrality=np.append(np.full(n * copies, int(whole)), np.ones(m)),
            options={"time_limit": SECONDS},
        )
        if done.x is None:
            return None
        return [key for key, y in zip(self.open, done.x[n * copies :], strict=True) if y > 0.5]

    def guided(self, wanted: Wanted) -> list[Key] | None:
        """Return the cells that the cheapest table moves, where moving costs what a cell counts."""
        need, value = wanted
        n, m = self.evidence.space.size, len(self.open)
        up = sparse.hstack([self.forms, -sparse.identity(m), sparse.csr_matrix((m, m))])
        down = sparse.hstack([self.forms, sparse.csr_matrix((m, m)), sparse.identity(m)])
        wide = sparse.csr_matrix((self.base.shape[0], 2 * m))
        row = sparse.hstack([self.evidence.form(need), sparse.csr_matrix((1, 2 * m))])
        endless, none = np.full(m, np.inf), np.full(m, -np.inf)
        a = sparse.vstack([sparse.hstack([self.base, wide]), up, down, row])
        lower = np.where(self.evidence.space.free, -np.inf, 0.0)
        done = milp(
            np.concatenate([np.zeros(n), self.costs, self.costs]),
            constraints=LinearConstraint(
                sparse.csr_matrix(a),
                np.concatenate([self.low, none, self.least, [value]]),
                np.concatenate([self.high, self.most, endless, [value]]),
            ),
            bounds=Bounds(np.append(lower, np.zeros(2 * m)), np.inf),
            options={"time_limit": SECONDS},
        )
        if done.x is None:
            return None
        moved = done.x[n : n + m] + done.x[n + m :]
        return [key for key, far in zip(self.open, moved, strict=True) if far > 1e-7]


def _met(evidence: Evidence, needs: Sequence[Need], cost: Mapping[Key, float]) -> Evidence:
    """Hide cells until no need is unmet."""
    run = max(number for number, _ in evidence.known)
    unmet = evidence.unmet(needs)
    wanted = [(need, value) for need, values in unmet for value in values]
    if wanted and len(wanted) * evidence.space.size <= EXACT:
        found = _Programme(evidence, cost).exact(wanted, whole=False)
        if found:
            evidence = _hidden(evidence, run, found)
            unmet = evidence.unmet([need for need, _ in unmet])
    for need, _ in unmet:
        # What was hidden for an earlier one may have met this one, and never does harm to it.
        while lacking := evidence.lacking(need):
            programme, wanted = _Programme(evidence, cost), (need, lacking[0])
            found = programme.guided(wanted) if evidence.space.size > WHOLE else None
            found = found or programme.exact([wanted], whole=True)
            if not found:
                raise CannotProtect([need])
            evidence = _hidden(evidence, run, found)
    return evidence


def _hidden(evidence: Evidence, run: int, keys: Collection[Key]) -> Evidence:
    return evidence.showing({(run, key): HIDDEN for key in keys})


def _shown_again(
    evidence: Evidence,
    needs: Sequence[Need],
    first: Mapping[Key, Shown],
    cost: Mapping[Key, float],
) -> Evidence:
    """Show again, the largest first, each cell without whose hiding every need is still met."""
    run = max(number for number, _ in evidence.known)
    more = [key for key in cost if evidence.known[run, key].hidden and not first[key].hidden]
    for key in sorted(more, key=lambda key: (-cost[key], name_of(key))):
        tried = evidence.showing({(run, key): first[key]})
        if not any(tried.lacking(need) for need in needs):
            evidence = tried
    return evidence


def hide(
    cells: Sequence[Cell],
    *,
    profile: Profile,
    scheme: Scheme | None = None,
    earlier: Sequence[Published] = (),
) -> dict[Key, Shown]:
    """Return what a release shows of each count so that every need is met.

    Parameters
    ----------
    cells : sequence of Cell
        Every count of people in all tables of the release.
    profile : Profile
        The profile in force.
    scheme : Scheme, optional
        What ties measures to one another; by default nothing does.
    earlier : sequence of Published
        Releases of the same case that are about already, the earliest first.

    Returns
    -------
    dict of Shown
        By what is counted, and of whom. A count is hidden in all tables or in none.

    Raises
    ------
    CannotProtect
        If a count cannot be protected, whatever is hidden.
    InputError
        If two cells that count the same differ.

    Examples
    --------
    >>> from helpers.disclosure.cells import where_of
    >>> from helpers.disclosure.profiles import RELEASES
    >>> rows = {"A": 3, "B": 12, "C": 20}
    >>> parts = [Cell("deaths", where_of({"service": name}), n) for name, n in rows.items()]
    >>> made = hide([*parts, Cell("deaths", (), 35, kept=True)], profile=RELEASES["ons-deaths"])
    >>> [cell.value for cell in made.values()]
    [None, None, 20, 35]
    """
    held = by_key(cells)
    values = {key: same[0].value for key, same in held.items()}
    first = {key: shown(value, profile) for key, value in values.items()}
    totals = {key for key, same in held.items() if any(cell.kept for cell in same)}
    needs = needs_of(values, profile, earlier, scheme=scheme, totals=totals)
    if not needs:
        return first
    evidence = evidence_of(values, first, scheme or Scheme(), earlier)
    needs = still(evidence, needs, len(earlier))
    cost = {
        key: (value or ZERO) * (KEPT if key in totals else 1.0) for key, value in values.items()
    }
    evidence = _met(evidence, needs, cost)
    if len(needs) * evidence.space.size <= TIDIED:
        evidence = _shown_again(evidence, needs, first, cost)
    return {key: evidence.known[len(earlier), key] for key in values}
