"""Sums of people behind a protected curve: what an attacker can say of them.

- :func:`unsafe`: the sums of people of which too much could be said.

Each step of a curve (:mod:`helpers.disclosure.running`) is an interval for a sum of people: those
who reached the event at a step, between two steps, who were lost between two steps, all others. An
attacker's questions are those of :mod:`helpers.disclosure.attack`: of any of these sums, and of the
difference to the same sum of an earlier release, either nobody must be possible, or every number of
the protection interval, or none of that interval. The question does not ask for the true number, so
where a curve is cut says nothing that its bands do not say.

The number of all people from whom the group comes is known from the tables, as far as all of them
together leave it open: the people who are in it and not in the group are such a sum, too, and of
the number itself a curve may tell nothing new.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy import sparse

from helpers.disclosure.cells import Key
from helpers.disclosure.needs import Evidence
from helpers.disclosure.profiles import Profile
from helpers.disclosure.protect import Shown
from helpers.disclosure.running import Told, band
from helpers.disclosure.space import Space


class _Sums:
    """The unknowns behind the curve of one group in one or several releases, and its sums."""

    def __init__(self, runs: Sequence[Told], among: Sequence[Shown | None], *, grows: bool) -> None:
        self.runs, self.among = runs, among
        self.times = sorted({time for told in runs for time, _, _ in told.steps})
        count = len(self.times)
        # before and at each time: reached; before each time: lost; then the rest, and outside
        self.size = 3 * count + 3
        self.forms: dict[tuple[int, Key], np.ndarray] = {}
        self.known: dict[tuple[int, Key], Shown] = {}
        self.least: dict[tuple[int, Key], float] = {}
        for run, told in enumerate(runs):
            self._tell(run, told)
        total = self.size * len(runs)
        free = np.zeros(total, dtype=bool)
        rows, self.asked = [], self.forms.copy()
        for run in range(1, len(runs)):
            # A later extract finds those reached who were still followed: only that grows.
            more = np.ones(self.size, dtype=bool)
            more[: 2 * count] = not grows
            free[run * self.size : (run + 1) * self.size] = more
            rows += [self._of(run, [place]) for place in np.flatnonzero(more)]
        self.space = Space(
            total, self.forms, _matrix(rows, total), np.full(len(rows), np.inf), free, True
        )
        self.evidence = Evidence(self.space, self.known, self._seeds())

    def _seeds(self) -> list[np.ndarray]:
        """Return tables that fit and answer many questions at once; others are left to solve."""
        found = []
        for above in range(self.runs[-1].width):
            for turn in (0, 1):
                held = [self._table(run, above, turn) for run in range(len(self.runs))]
                x = np.concatenate([held[0], *(b - a for a, b in pairwise(held))])
                fits = all(
                    one.low <= x[self.forms[place]].sum() <= one.high
                    for place, one in self.known.items()
                )
                if fits and (x >= 0)[~self.space.free].all() and (self.space.ties @ x >= 0).all():
                    found.append(x)
        return found

    def _table(self, run: int, above: int, turn: int) -> np.ndarray:
        """Return a table in which steps are small: from the top of a band to just above the next.

        It need not fit: a band of those lost, or of all, may not leave room for it.
        """
        told, count = self.runs[run], len(self.times)
        x = np.zeros(self.size)
        lost = [one for _, _, one in told.steps]
        before, gone = 0.0, 0.0
        top = 0.0
        for place, (time, reached, away) in enumerate(told.steps):
            at = self.times.index(time)
            now, mine = band(reached, told.width), band(away, told.width)
            x[2 * at], x[2 * at + 1] = top - before, now.low + above - top
            before, top = now.low + above, now.high
            first = place == 0 or lost[place - 1] != away
            final = place + 1 == len(lost) or lost[place + 1] != away
            high = final and (not first or place % 2 == turn)
            by_now = mine.high if high else max(min(mine.low + above, mine.high), gone)
            x[2 * count + at], gone = by_now - gone, by_now
        started = band(told.started, told.width).high
        x[3 * count + 1] = started - x.sum()
        if self.among[run] is not None:
            x[3 * count + 2] = max(self.among[run].low - started, 0.0)
        return x

    def _of(self, run: int, places: Sequence[int]) -> np.ndarray:
        base = np.asarray(places, dtype=int)
        return np.concatenate([base + step * self.size for step in range(run + 1)])

    def _reached(self, time: int, *, inside: bool = True) -> list[int]:
        place = self.times.index(time)
        return list(range(2 * place + 1 + inside))

    def _lost(self, time: int) -> list[int]:
        count = len(self.times)
        return [2 * count + place for place in range(self.times.index(time) + 1)]

    def _say(
        self, run: int, name: str, places: Sequence[int], cell: Shown | None, least: float = 0
    ) -> None:
        """Note a sum, what is told of it, and how few it can be by what is told of its parts."""
        key = run, (name, ())
        self.forms[key] = self._of(run, places)
        self.least[key] = least if cell is None else cell.low
        if cell is not None:
            self.known[key] = cell

    def _tell(self, run: int, told: Told) -> None:
        count = len(self.times)
        everybody = list(range(3 * count + 2))
        start, nobody = band(told.started, told.width), Shown(0, 0, 0)
        self._say(run, "started", everybody, start)
        n, gone = nobody, nobody
        since: list[int] = []
        lost_since: list[int] = []
        for time, reached, lost in told.steps:
            until, by = self._reached(time, inside=False), self._reached(time)
            away, more, now = self._lost(time), band(lost, told.width), band(reached, told.width)
            self._say(run, f"reached before {time}", until, n)
            self._say(run, f"reached by {time}", by, now)
            self._say(run, f"lost before {time}", away, more)
            at, between = sorted({*by} - {*until}), sorted({*until} - {*since})
            self._say(run, f"reached at {time}", at, None, now.low - n.high)
            self._say(run, f"reached between, before {time}", between, None)
            between = sorted({*away} - {*lost_since})
            self._say(run, f"lost between, before {time}", between, None, more.low - gone.high)
            at_risk = sorted({*everybody} - {*until} - {*away})
            self._say(run, f"at risk at {time}", at_risk, None, start.low - n.high - more.high)
            n, gone, since, lost_since = now, more, by, away
        if told.whole:
            self._say(run, "reached at all", [*range(2 * count), 3 * count], n)
        others = sorted({*everybody} - {*since} - {*lost_since})
        self._say(run, "others", others, None, start.low - n.high - gone.high)
        if (cell := self.among[run]) is not None:
            self._say(run, "among", [*everybody, 3 * count + 2], cell)
            self._say(run, "outside", [3 * count + 2], None, cell.low - start.high)

    def open(self, form: sparse.csr_matrix, interval: range, least: float = -1) -> bool:
        """Return whether nobody, or every number of an interval, or none of it is possible."""
        if least > interval[-1]:
            return True
        if least <= 0 and self.evidence.attains(form, 0):
            return True
        for sign in (1, -1) if self.space.free.any() and least < 0 else (1,):
            possible = [self.evidence.attains(form, sign * k) for k in interval]
            if any(possible):
                return all(possible)
        return True

    def faults(self, interval: range) -> list[str]:
        """Return the sums of which too much can be said."""
        found = []
        last = len(self.runs) - 1
        for run, key in self.asked:
            form = self.space.form(run, key)
            if not self.open(form, interval, max(self.least[run, key], 0)):
                found.append(f"{key[0]} (release {run + 1})")
            if run < last and (last, key) in self.asked:
                added = self.space.form(last, key) - form
                if not self.open(added, interval):
                    found.append(f"{key[0]} (added since release {run + 1})")
            cell = self.known.get((run, key))
            ends = {cell.low, cell.high} if cell is not None and key[0] == "among" else set()
            if not all(self.evidence.attains(form, int(end)) for end in ends if np.isfinite(end)):
                found.append(f"{key[0]} (release {run + 1})")
        return found


def _matrix(rows: Sequence[np.ndarray], size: int) -> sparse.csr_matrix:
    """Return sums of unknowns as a matrix, a row each."""
    starts = np.cumsum([0, *(len(one) for one in rows)])
    where = np.concatenate(rows) if rows else np.zeros(0, dtype=int)
    return sparse.csr_matrix((np.ones(len(where)), where, starts), shape=(len(rows), size))


def unsafe(
    runs: Sequence[Told], *, profile: Profile, among: Sequence[Shown | None] = ()
) -> list[str]:
    """Return the sums of people of which too much could be said.

    Parameters
    ----------
    runs : sequence of Told
        What releases of the same case say of a group, the earliest first; the last is the one
        that is being made.
    profile : Profile
        Its profile.
    among : sequence of Shown, optional
        What each says of all people from whom the group comes; None where it says nothing.

    Examples
    --------
    >>> from helpers.disclosure.profiles import RELEASES
    >>> rule = RELEASES["opensafely"]
    >>> unsafe([Told(33, ((7, 3, 0), (14, 9, 0)), True)], profile=rule)
    []
    >>> unsafe([Told(9, ((7, 3, 0), (14, 9, 3)), True)], profile=rule)
    ['lost before 14 (release 1)', 'lost between, before 14 (release 1)']
    """
    of = list(among) or [None] * len(runs)
    made = _Sums(runs, of, grows=True)
    if len(runs) > 1 and not made.evidence.attack.possible():
        made = _Sums(runs, of, grows=False)
    return made.faults(profile.protected)
