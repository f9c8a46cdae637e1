"""What has to stay possible for whoever puts together all that was published.

- :class:`Published`: an earlier release of the same case: its profile, and what it shows.
- :class:`Need`: one sum of people that has to stay uncertain.
- :class:`Evidence`: all that was published, and which needs it leaves open.
- :func:`needs_of`: everything that has to stay uncertain; :func:`still`: of which it still is.
- :func:`evidence_of`: the evidence of a release and of those before it.

A count from 1 to the threshold needs every whole number of the protection interval to be possible.
So do counts that an earlier release protected, for as long as that release is about.

A count in two releases gives a third: the people who were added in between. Of these, either it
must be possible that nobody was added, or every number of the protection interval must be, or all
of that interval must be impossible (many were added). The count of all people is let out: that a
death was added at all is what a release says.

Where one measure lies within another, their difference is a count, too: of those who were not
reported, say. It is protected as if it stood there, unless both are totals of all people.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from helpers.disclosure.attack import Attack
from helpers.disclosure.cells import Key, Scheme
from helpers.disclosure.profiles import Profile
from helpers.disclosure.protect import Shown
from helpers.disclosure.space import Space, space_of

COUNT, ADDED = "count", "added since an earlier release"
BETWEEN = "difference of two counts"


@dataclass(frozen=True)
class Published:
    """An earlier release of the same case.

    Parameters
    ----------
    profile : Profile
        The profile it was made under.
    shown : mapping
        What it shows of each count.
    name : str
        By which name it is known.
    curves : mapping
        By stretch of time: what its curve tells (:class:`helpers.disclosure.running.Told`), and
        what the release says of all people from whom it comes, or None.
    """

    profile: Profile
    shown: Mapping[Key, Shown]
    name: str = ""
    curves: Mapping[str, tuple[Any, Shown | None]] = field(default_factory=dict)


@dataclass(frozen=True)
class Need:
    """One sum of people that has to stay uncertain.

    Parameters
    ----------
    kind : str
        :data:`COUNT`, :data:`BETWEEN` or :data:`ADDED`.
    run : int
        Number of the run, from 0; the last is the release that is being made.
    key : tuple
        What is counted, and of whom.
    protected : range
        The protection interval.
    since : int
        Number of the run since which people were added; -1 for a count.
    less : tuple, optional
        What is taken away, of a difference.
    """

    kind: str
    run: int
    key: Key
    protected: range
    since: int = -1
    less: Key | None = None

    @property
    def of(self) -> str:
        """Return what is counted, in words."""
        return f"{self.key[0]} less {self.less[0]}" if self.less else self.key[0]


def _protects(cell: Shown, profile: Profile) -> bool:
    """Return whether an earlier release shows a count in the way in which it shows small ones."""
    low = profile.midpoint and cell.value == profile.midpoint // 2
    return bool(profile.threshold) and (cell.hidden or bool(low))


def needs_of(
    values: Mapping[Key, int],
    profile: Profile,
    earlier: Sequence[Published] = (),
    *,
    scheme: Scheme | None = None,
    totals: Collection[Key] = (),
) -> list[Need]:
    """Return everything that has to stay uncertain.

    Parameters
    ----------
    values : mapping
        The true counts of the release that is being made.
    profile : Profile
        Its profile.
    earlier : sequence of Published
        Releases of the same case that are about already, the earliest first.
    scheme : Scheme, optional
        Which measures lie within which.
    totals : collection of tuple
        The counts of all people.

    Examples
    --------
    >>> from helpers.disclosure.profiles import RELEASES
    >>> [need.key[0] for need in needs_of({("a", ()): 3, ("b", ()): 30}, RELEASES["mhsds"])]
    ['a']
    """
    if not profile.threshold:
        return []
    last, protected = len(earlier), profile.protected
    found = [
        Need(COUNT, last, key, protected) for key, value in values.items() if value in protected
    ]
    for inner, outer in scheme.nested if scheme else ():
        for (measure, where), value in values.items():
            within = inner, where
            if measure != outer or values.get(within, value) == value:
                continue
            if value - values[within] in protected and not {(outer, where), within} <= set(totals):
                found.append(Need(BETWEEN, last, (outer, where), protected, less=within))
    for run, release in enumerate(earlier):
        found += [
            Need(COUNT, run, key, release.profile.protected)
            for key, cell in release.shown.items()
            if _protects(cell, release.profile)
        ]
        found += [
            Need(ADDED, last, key, protected, since=run)
            for key in release.shown
            if key in values and key[1] and key not in totals
        ]
    return found


@dataclass
class Evidence:
    """All that was published, and which needs it leaves open.

    Parameters
    ----------
    space : Space
        The unknowns of all runs.
    known : dict
        What is shown of each cell, by run and key.

    Tables that were found to fit are kept: one table answers many questions at once.
    """

    space: Space
    known: dict[tuple[int, Key], Shown]
    fitting: list[np.ndarray] = field(default_factory=list)
    _attack: Attack | None = None

    @property
    def attack(self) -> Attack:
        """Return what an attacker can work out."""
        if self._attack is None:
            self._attack = Attack(self.space, self.known)
        return self._attack

    def form(self, need: Need) -> sparse.csr_matrix:
        """Return the sum that a need is about."""
        made = self.space.form(need.run, need.key)
        if need.less is not None:
            return made - self.space.form(need.run, need.less)
        return made - self.space.form(need.since, need.key) if need.kind == ADDED else made

    def showing(self, changed: Mapping[tuple[int, Key], Shown]) -> Evidence:
        """Return the evidence with other things shown; tables that still fit are kept."""
        known = {**self.known, **changed}
        kept = list(self.fitting)
        for place, cell in changed.items():
            if not cell.hidden:
                where = self.space.forms[place]
                kept = [x for x in kept if cell.low <= x[where].sum() <= cell.high]
        return Evidence(self.space, known, kept)

    def attains(self, form: sparse.csr_matrix, value: int) -> bool:
        """Return whether a sum can have a value."""
        if any(x[form.indices] @ form.data == value for x in self.fitting):
            return True
        found = self.attack.attains(form, value)
        if found is not None:
            self.fitting.append(found)
        return found is not None

    def lacking(self, need: Need) -> tuple[int, ...]:
        """Return the values that would have to be possible and are not; empty: it is protected."""
        form, interval = self.form(need), need.protected
        if need.kind != ADDED:
            ends = (interval[0], interval[-1], *interval[1:-1])
            return tuple(k for k in dict.fromkeys(ends) if not self.attains(form, k))
        here, before = self.known[need.run, need.key], self.known[need.since, need.key]
        if here.low == here.high and before.low == before.high:
            step = int(here.low - before.low)
            return () if step == 0 or abs(step) > interval[-1] else (0,)
        if self.attains(form, 0):
            return ()
        for sign in (1, -1) if self.space.free.any() else (1,):
            possible = [self.attains(form, sign * k) for k in interval]
            if any(possible) and not all(possible):
                return (0,)
            if all(possible):
                return ()
        return ()

    def unmet(self, needs: Iterable[Need]) -> list[tuple[Need, tuple[int, ...]]]:
        """Return the needs that are not met, each with the values that are not possible."""
        found = ((need, self.lacking(need)) for need in needs)
        return [(need, values) for need, values in found if values]


def evidence_of(
    values: Mapping[Key, int],
    shown: Mapping[Key, Shown],
    scheme: Scheme,
    earlier: Sequence[Published] = (),
) -> Evidence:
    """Return the evidence of a release and of those before it.

    Parameters
    ----------
    values : mapping
        The true counts of the release that is being made.
    shown : mapping
        What it would show of each.
    scheme : Scheme
        What ties measures to one another.
    earlier : sequence of Published
        Releases of the same case that are about already, the earliest first.

    Returns
    -------
    Evidence
        If no table agrees with all releases together although later runs should hold everybody
        whom earlier ones held, people may also have been taken away in between.
    """
    runs: list[Mapping[Key, int | None]] = [dict.fromkeys(item.shown) for item in earlier]
    runs.append(values)
    known = {
        (run, key): cell
        for run, held in enumerate([*(item.shown for item in earlier), shown])
        for key, cell in held.items()
    }
    made = Evidence(space_of(runs, scheme), known)
    if earlier and scheme.grows and not made.attack.possible():
        return Evidence(space_of(runs, Scheme(scheme.nested, grows=False)), known)
    return made


def still(evidence: Evidence, needs: Sequence[Need], last: int) -> list[Need]:
    """Return the needs without earlier counts that earlier releases do not protect by themselves.

    The mark does not say whether an earlier count was hidden by its size. Those to which earlier
    releases leave less than the protection interval were hidden for others' sake.

    Parameters
    ----------
    evidence : Evidence
        All that was published.
    needs : sequence of Need
        As :func:`needs_of` returns them.
    last : int
        Number of the release that is being made.
    """
    old = [need for need in needs if need.run < last]
    if not old:
        return list(needs)
    known = {place: cell for place, cell in evidence.known.items() if place[0] < last}
    alone = Evidence(evidence.space, known)
    open_before = {need for need, _ in alone.unmet(old)}
    return [need for need in needs if need not in open_before]
