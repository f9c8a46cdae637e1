"""Protected curves as running totals: what they publish, and what an attacker makes of them.

- :func:`weekly`: events and people at risk by whole weeks, of one group of records.
- :class:`Told`: what a protected curve says, and nothing more; its protected table.
- :func:`tell`: what a release says of one group, cut where more would say too much.
- :func:`first_of`: the one stretch of a release of which a curve is told.
- :func:`known_of`: what all tables of all releases leave open of a count, run by run.
- :func:`unsafe`: the sums of people of which too much could be said.

A curve by :mod:`helpers.disclosure.curves` says how many started, and at each step how many had
reached the event and how many were lost before, each in bands. Times are whole weeks, so that its
first step is no shortest time of one person. Each is an interval for a sum of people (those who
reached it at a step, between two steps, who were lost between two steps, all others), so an
attacker's questions are those of :mod:`helpers.disclosure.attack`: of any of these sums, and of
the difference to the same sum of an earlier release, either nobody must be possible, or every
number of the protection interval, or none of that interval. The question does not ask for the true
number, so where a curve is cut says nothing that its bands do not say.

The number of all people from whom the group comes is known from the tables, as far as all of them
together leave it open: the people who are in it and not in the group are such a sum, too, and of
the number itself a curve may tell nothing new.

People of one stretch are people of others, and who reached a later milestone reached an earlier one
sooner. Curves of two such stretches can say more together than each alone (found by
``tests/simulation/curves.py``), so a release tells one, and later releases of the case the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy import sparse

from helpers.disclosure.cells import Key, Scheme
from helpers.disclosure.curves import curve
from helpers.disclosure.needs import Evidence, Published, evidence_of
from helpers.disclosure.profiles import Profile
from helpers.disclosure.protect import Shown, midpoint
from helpers.disclosure.space import Space

WEEK = 7
LEAST = 2
"""Steps that a curve has to have."""


def weekly(days: pd.Series, observed: pd.Series) -> pd.DataFrame:
    """Return events and people at risk by whole weeks, of one group of records.

    Parameters
    ----------
    days : Series
        Days followed, 0 or more. A day counts at the end of its week; day 0 in the first.
    observed : Series
        Whether the event was seen on that day.

    Returns
    -------
    DataFrame
        time (days, a multiple of 7), events, at_risk (just before), lost (until just before);
        weeks with an event only, as :func:`helpers.disclosure.curves.curve` takes them.

    Examples
    --------
    >>> weekly(pd.Series([0, 7, 8, 20]), pd.Series([True, True, False, True])).values.tolist()
    [[7, 2, 4, 0], [21, 1, 1, 1]]
    """
    week = -(-days.clip(lower=1).astype("int64") // WEEK) * WEEK
    seen = observed.astype("bool")
    events = week[seen].value_counts().sort_index()
    lost = [int((week[~seen] < time).sum()) for time in events.index]
    before = events.cumsum().shift(fill_value=0).to_numpy()
    return pd.DataFrame(
        {
            "time": events.index.astype("int64"),
            "events": events.to_numpy(dtype="int64"),
            "at_risk": len(days) - before - np.array(lost, dtype="int64"),
            "lost": np.array(lost, dtype="int64"),
        }
    )


def _band(middle: int, width: int) -> Shown:
    """Return what the middle of a band says."""
    half = width // 2
    return Shown(middle, middle - half + 1, middle + half) if middle else Shown(0, 0, 0)


@dataclass(frozen=True)
class Told:
    """What a protected curve says, and nothing more.

    Parameters
    ----------
    started : int
        People at the start, as the middle of their band.
    steps : tuple of tuple of int
        Time in days, people who had reached the event by then, and people lost before, as middles.
    whole : bool
        Nothing was cut off: after the last step the running total stays in its band.
    width : int
        Numbers in a band.
    """

    started: int
    steps: tuple[tuple[int, int, int], ...]
    whole: bool
    width: int = 6

    def frame(self) -> pd.DataFrame:
        """Return the table: time, events, at_risk, survival; made from what is told alone."""
        made = pd.DataFrame(list(self.steps), columns=["time", "reached", "lost"])
        events = made["reached"].diff().fillna(made["reached"])
        at_risk = (self.started - (made["reached"] - events) - made["lost"]).clip(lower=0)
        share = (events / at_risk.where(at_risk.gt(0))).clip(upper=1)
        return pd.DataFrame(
            {
                "time": made["time"],
                "events": events.astype("int64"),
                "at_risk": at_risk.astype("int64"),
                "survival": (1 - share).cumprod(),
            }
        )


def _told(frame: pd.DataFrame, profile: Profile) -> Told:
    """Return all that a curve of weeks says under a profile."""
    width = profile.midpoint
    made = curve(frame[["time", "events", "at_risk"]], profile=profile)
    reached = made[f"events_midpoint{width}"].cumsum()
    lost = frame.set_index("time")["lost"].map(lambda count: midpoint(int(count), width))
    rows = zip(made["time"], reached, lost.loc[made["time"]], strict=True)
    start = midpoint(int(frame["at_risk"].iloc[0] + frame["lost"].iloc[0]), width)
    return Told(start, tuple(tuple(map(int, row)) for row in rows), True, width)  # type: ignore[arg-type]


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
            at, band, mine = (
                self.times.index(time),
                _band(reached, told.width),
                _band(away, told.width),
            )
            x[2 * at], x[2 * at + 1] = top - before, band.low + above - top
            before, top = band.low + above, band.high
            first = place == 0 or lost[place - 1] != away
            final = place + 1 == len(lost) or lost[place + 1] != away
            high = final and (not first or place % 2 == turn)
            now = mine.high if high else max(min(mine.low + above, mine.high), gone)
            x[2 * count + at], gone = now - gone, now
        started = _band(told.started, told.width).high
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
        start, nobody = _band(told.started, told.width), Shown(0, 0, 0)
        self._say(run, "started", everybody, start)
        n, gone = nobody, nobody
        since: list[int] = []
        lost_since: list[int] = []
        for time, reached, lost in told.steps:
            until, by = self._reached(time, inside=False), self._reached(time)
            away, more, now = self._lost(time), _band(lost, told.width), _band(reached, told.width)
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
        others, least = (
            sorted({*everybody} - {*since} - {*lost_since}),
            start.low - n.high - gone.high,
        )
        self._say(run, "others", others, None, least)
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


def tell(
    frame: pd.DataFrame,
    *,
    profile: Profile,
    among: Shown | None = None,
    earlier: Sequence[tuple[Told, Shown | None]] = (),
) -> Told | None:
    """Return what a release says of one group, cut where more would say too much.

    Parameters
    ----------
    frame : DataFrame
        As :func:`weekly` returns it.
    profile : Profile
        A profile whose rule covers curves.
    among : Shown, optional
        What the release says of all people from whom the group comes.
    earlier : sequence of tuple
        What earlier releases of the case say of the group, and of those from whom it comes.

    Returns
    -------
    Told or None
        None where fewer steps than :data:`LEAST` could be shown: the group is too small.

    Raises
    ------
    InputError
        If no rule of the profile covers curves.

    Examples
    --------
    >>> from helpers.disclosure.profiles import RELEASES
    >>> days = pd.Series(range(1, 41))
    >>> made = tell(weekly(days, days.gt(0)), profile=RELEASES["opensafely"])
    >>> made.steps[:3], made.frame()["at_risk"].tolist()[:3]
    (((7, 9, 0), (14, 15, 0), (21, 21, 0)), [39, 30, 24])
    """
    if frame.empty:
        return None
    told = _told(frame, profile)
    before = [one for one, _ in earlier]
    of = [*(one for _, one in earlier), among]
    while len(told.steps) >= LEAST:
        if not unsafe([*before, told], profile=profile, among=of):
            return told
        told = replace(told, steps=told.steps[:-1], whole=False)
    return None


def known_of(
    measures: Sequence[Key],
    shown: Mapping[Key, Shown],
    *,
    scheme: Scheme,
    earlier: Sequence[Published] = (),
) -> dict[Key, list[Shown | None]]:
    """Return what all tables of all releases leave open of a count, run by run.

    Parameters
    ----------
    measures : sequence of tuple
        The counts.
    shown : mapping
        What the release that is being made shows of each count.
    scheme : Scheme
        Which measures lie within which.
    earlier : sequence of Published
        Releases of the case that are about already, the earliest first.

    Returns
    -------
    dict
        By count, for each earlier release and then for this one: between which numbers it lies;
        None where a release has no such count.

    Examples
    --------
    >>> known_of([("n", ())], {("n", ()): Shown(9, 7, 12)}, scheme=Scheme())
    {('n', ()): [Shown(value=9, low=7.0, high=12.0)]}
    """
    runs = [*(one.shown for one in earlier), shown]
    found: dict[Key, list[Shown | None]] = {key: [] for key in measures}
    if not any(key in held for key in found for held in runs):
        return {key: [None] * len(runs) for key in found}
    evidence = evidence_of(dict.fromkeys(shown, 0), shown, scheme, earlier)
    for key in found:
        for run, held in enumerate(runs):
            if key in held:
                low, high = evidence.attack.range(evidence.space.form(run, key))
                found[key].append(Shown(held[key].value, low, high))
            else:
                found[key].append(None)
    return found


def first_of(
    frames: Mapping[str, pd.DataFrame],
    *,
    profile: Profile,
    among: Mapping[str, Sequence[Shown | None]],
    earlier: Sequence[Mapping[str, Told]] = (),
) -> tuple[str, Told] | None:
    """Return the one stretch of a release of which a curve is told, and what is told of it.

    Parameters
    ----------
    frames : mapping of DataFrame
        By stretch, as :func:`weekly` returns it; the first of which enough can be told is taken.
    profile : Profile
        A profile whose rule covers curves.
    among : mapping of sequence
        By stretch: what is known of all people from whom it comes, for each earlier release and
        then for this one (:func:`known_of`).
    earlier : sequence of mapping
        What each earlier release tells, by stretch: where one tells a curve, only that stretch
        may be told again; where they tell several, none is.

    Returns
    -------
    tuple or None
        Name and what is told; None where nothing can be.

    Examples
    --------
    >>> from helpers.disclosure.profiles import RELEASES
    >>> days = pd.Series(range(1, 41))
    >>> frames = {"a": weekly(days[:5], days[:5].gt(0)), "b": weekly(days, days.gt(0))}
    >>> first_of(frames, profile=RELEASES["opensafely"], among={"a": [None], "b": [None]})[0]
    'b'
    """
    before = {name for one in earlier for name in one}
    if len(before) > 1:
        return None
    for name, frame in frames.items():
        if before and name not in before:
            continue
        *of, now = among[name]
        held = [(one[name], cell) for one, cell in zip(earlier, of, strict=True) if name in one]
        made = tell(frame, profile=profile, among=now, earlier=held)
        if made is not None:
            return name, made
    return None
