"""Whether an attacker narrows a protected number behind released curves, over 200 pairs of runs.

    python tests/simulation/curves.py            # writes tests/simulation/curves.csv
    python tests/simulation/curves.py --quick    # the first eight cases, shown only

Each case is drawn person by person: deaths by service (3), band of age (2), sex (2) and year (2);
of these some are reported after a while, and of those some are investigated, with a final report
after a while. A first extract is taken, and a second one months later: one, two or three deaths
more, and whatever became known in between. Each is released under the profile opensafely, the only
one with a rule for curves: the tables of ``disclosure.py``, and one of three curves, of stretches
that lie in one another: from death to the report of the incident (those reported), and to the
final report of the investigation from death and from that report (those investigated; the same
people).

The attacker is not the one that makes the release. It knows all of both releases together: one
unknown for each week and stretch of each run, and for each cell of the tables; what the bands of
each step, and the weeks without one, say of running totals; that totals of the tables are the
people of the curves and those without a date; that whoever has a final report had it sooner from
the report of the incident than from death; that a later extract only adds people and dates. It
solves a programme in whole numbers (HiGHS) for sums of people: those who reached the end, and
those lost, in each part of the time between two steps of either release, those still waiting at
each step, those outside, and how each of these grew. A sum is narrowed where nobody is impossible
and some but not all of the protection interval are.

A row is one case: people in both runs and steps shown, whether any sum comes out where every step
of all three curves is shown (``comes_out_without``), and, of what the release shows, sums asked of
and how many are narrowed (``narrowed``: must be 0; ``unsettled``: questions
that took too long; such a sum counts as narrowed). Then the small counts of the tables of both
runs are asked of: ``small`` of them, and how many are narrowed by tables and curve together
(``small_narrowed``: must be 0).

What it showed before a release told one curve alone: where each of the three was cut so that it was
safe by itself, and what all tables leave open of a total was not looked at, sums were narrowed in
28 of the 200 cases, by two curves of the same people or by a total that the tables narrow.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise, product
from pathlib import Path

import numpy as np
import pandas as pd
from disclosure import CATEGORIES, GROUPS
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from helpers.disclosure.cells import Cell, Key, Scheme, where_of
from helpers.disclosure.needs import Published
from helpers.disclosure.profiles import RELEASES
from helpers.disclosure.protect import Shown
from helpers.disclosure.running import Told, told_of, weekly
from helpers.disclosure.secondary import hide
from helpers.disclosure.telling import first_of, known_of

TABLE = Path(__file__).with_name("curves.csv")
SEED, CASES = 20151218, 200
PROFILE = RELEASES["opensafely"]
MEASURES = ("deaths", "reported", "investigated")
SCHEME = Scheme(nested=(("reported", "deaths"), ("investigated", "reported")))
STRETCHES = {"death to reported": "reported", "death to final": "investigated"}
STRETCHES["reported to final"] = "investigated"
PLANNED = ("reported to final", "death to reported", "death to final")
"""The order in which a release tries them."""

SECONDS = 30.0
COLUMNS = [
    *("case", "people", "steps", "second_people", "second_steps", "asked"),
    *("comes_out_without", "narrowed", "unsettled", "small", "small_narrowed"),
]


@dataclass(frozen=True)
class Extract:
    """What a run has: every count of the linked tables, and the weeks of each stretch."""

    cells: list[Cell]
    weeks: dict[str, pd.DataFrame]
    people: int


@dataclass(frozen=True)
class Release:
    """What a run shows: each count of the tables, and what the curve of a stretch tells, if any."""

    shown: Mapping[Key, Shown]
    told: Mapping[str, Told]


def people(case: int) -> tuple[pd.DataFrame, int, int]:
    """The people of a case, each with the extract that first has them, and the day of both."""
    random = np.random.default_rng([SEED, case])
    scale = 2.0 if case % 20 == 19 else (0.5, 0.8, 1.0, 1.2)[case % 4]
    shape = tuple(len(held) for held in CATEGORIES.values())
    mean = random.gamma(0.8, 5.0 * scale, size=(*shape[:2], 1, 1)) * np.ones(shape)
    places = np.argwhere(np.ones(shape))
    rows = np.repeat(places, random.poisson(mean).ravel(), axis=0)
    late = random.integers(1, 4)
    rows = np.concatenate([rows, random.integers(0, shape, size=(late, len(shape)))])
    many = len(rows)
    made = pd.DataFrame(rows, columns=list(CATEGORIES))
    made["extract"] = np.repeat([0, 1], [many - late, late])
    made["death"] = random.integers(0, 365, many) + 365 * made["year"]
    reported = made["death"] + random.exponential(30, many).astype(int)
    made["reported"] = reported.where(random.random(many) < 0.8, np.inf)
    investigated = np.isfinite(made["reported"]) & (random.random(many) < 0.6)
    made["investigated"] = made["reported"].where(investigated, np.inf)
    final = reported + random.exponential(120, many).astype(int)
    made["final"] = final.where(random.random(many) < 0.85, np.inf)
    made["undated"] = random.random(many) < 0.05  # closed, nobody knows when
    first = 730 + int(random.integers(30, 200))
    return made, first, first + int(random.integers(30, 120))


def extract(held: pd.DataFrame, number: int, day: int) -> Extract:
    """What an extract of a day says of the people whom it has."""
    known = held[held["extract"].le(number)]
    by_measure = {name: known[known[name].le(day)] for name in MEASURES[1:]}
    by_measure["deaths"] = known
    cells = []
    for group in GROUPS:
        for measure in MEASURES:
            count = by_measure[measure].groupby(list(group)).size() if group else None
            indices = [range(len(CATEGORIES[name])) for name in group]
            whole = pd.MultiIndex.from_product(indices) if group else [()]
            for place in whole:
                key = place[0] if len(group) == 1 else place
                value = len(by_measure[measure]) if count is None else int(count.get(key, 0))
                where = {name: CATEGORIES[name][at] for name, at in zip(group, place, strict=True)}
                table = "_".join(group) or "all"
                cells.append(Cell(measure, where_of(where), value, table, kept=not group))
    weeks = {}
    for name, among in STRETCHES.items():
        start, end = name.split(" to ")
        part = by_measure[among]
        part = part if among == "reported" else part[~part["undated"]]
        seen = part[end].le(day)
        weeks[name] = weekly(part[end].where(seen, day) - part[start], seen)
    return Extract(cells, weeks, len(by_measure["reported"]))


def released(made: Extract, earlier: list[Release]) -> Release:
    """What the release of a run shows, after those before it."""
    before = [
        Published(PROFILE, one.shown, f"release {number}") for number, one in enumerate(earlier, 1)
    ]
    shown = hide(made.cells, profile=PROFILE, scheme=SCHEME, earlier=before)
    whole = {name: (measure, ()) for name, measure in STRETCHES.items()}
    known = known_of(list(whole.values()), shown, scheme=SCHEME, earlier=before)
    told = first_of(
        {name: made.weeks[name] for name in PLANNED if len(made.weeks[name])},
        profile=PROFILE,
        among={name: known[key] for name, key in whole.items()},
        earlier=[one.told for one in earlier],
    )
    return Release(shown, {} if told is None else dict([told]))


def released_whole(made: Extract) -> dict[str, Told]:
    """What the curves would tell if every step were shown."""
    told = {name: told_of(frame, PROFILE) for name, frame in made.weeks.items() if len(frame)}
    return {name: one for name, one in told.items() if one.steps}


def _band(middle: int) -> tuple[float, float]:
    half = PROFILE.midpoint // 2
    return (middle - half + 1, middle + half) if middle else (0, 0)


class Attacker:
    """All that two releases say, as one programme in whole numbers."""

    def __init__(self, releases: list[Release]) -> None:
        self.releases = releases
        self.steps = {
            name: sorted(
                {
                    step[0] // 7
                    for one in releases
                    if name in one.told
                    for step in one.told[name].steps
                }
            )
            for name in STRETCHES
        }
        self.names: dict[tuple, int] = {}
        self.rows: list[dict[int, float]] = []
        self.ends: list[tuple[float, float]] = []
        self.fitting: list[np.ndarray] = []
        for run in range(len(releases)):
            self._tables(run)
            for name in STRETCHES:
                if self.steps[name]:
                    self._curve(run, name)
            self._between(run)
        for run in range(1, len(releases)):
            self._grows(run)
        shape = len(self.rows), len(self.names)
        at = [(i, j, value) for i, row in enumerate(self.rows) for j, value in row.items()]
        i, j, value = zip(*at, strict=True)
        self.matrix = sparse.csr_matrix((value, (i, j)), shape=shape)
        self.low, self.high = map(np.array, zip(*self.ends, strict=True))

    def _of(self, *key: object) -> int:
        return self.names.setdefault(key, len(self.names))

    def _say(self, terms: Mapping[int, float], low: float, high: float) -> None:
        self.rows.append(dict(terms))
        self.ends.append((low, high))

    def _places(self, where: Mapping[str, str]) -> Iterator[tuple]:
        yield from product(
            *([where[name]] if name in where else held for name, held in CATEGORIES.items())
        )

    def table(self, run: int, measure: str, where: Mapping[str, str]) -> dict[int, float]:
        """The people of a count: unknowns are those who got no further than a measure."""
        further = MEASURES[MEASURES.index(measure) :]
        return {
            self._of(run, "cell", one, place): 1.0
            for place in self._places(where)
            for one in further
        }

    def _tables(self, run: int) -> None:
        for (measure, where), cell in self.releases[run].shown.items():
            plain = {name: values[0] for name, values in where}
            self._say(self.table(run, measure, plain), cell.low, cell.high)

    def part(self, run: int, name: str, what: str, first: int, last: int) -> dict[int, float]:
        """People who reached the end, or were lost, from a week to another."""
        return {self._of(run, name, what, week): 1.0 for week in range(first, last + 1)}

    def everybody(self, run: int, name: str) -> dict[int, float]:
        """All people of a stretch: by week until the last step of either run, and the rest."""
        last = self.steps[name][-1]
        rest = {self._of(run, name, what, 0): 1.0 for what in ("reached later", "others")}
        weeks = [self.part(run, name, what, 1, last) for what in ("reached", "lost")]
        return weeks[0] | weeks[1] | rest

    def reached(self, run: int, name: str) -> dict[int, float]:
        """Everybody who reached the end of a stretch."""
        last = self.steps[name][-1]
        later = {self._of(run, name, "reached later", 0): 1.0}
        return self.part(run, name, "reached", 1, last) | later

    def _curve(self, run: int, name: str) -> None:
        outside = {self._of(run, name, "outside", 0): 1.0}
        total = self.table(run, STRETCHES[name], {})
        people = self.everybody(run, name) | outside
        self._say(people | dict.fromkeys(total, -1.0), 0, 0)
        told = self.releases[run].told.get(name)
        if told is None:
            return
        self._say(self.everybody(run, name), *_band(told.started))
        last = told.steps[-1][0] // 7
        weeks = self.steps[name][-1] if told.whole else last
        reached = {day // 7: middle for day, middle, _ in told.steps}
        now = 0
        for week in range(1, weeks + 1):
            now = reached.get(week, now)
            self._say(self.part(run, name, "reached", 1, week), *_band(now))
        if told.whole:
            self._say(self.reached(run, name), *_band(now))
        for day, _, lost in told.steps:
            if day > 7:
                self._say(self.part(run, name, "lost", 1, day // 7 - 1), *_band(lost))

    def _between(self, run: int) -> None:
        """The stretches lie in one another."""
        whole, long, short = STRETCHES
        if not (self.steps[long] and self.steps[short]):
            return
        for one in (self.everybody, self.reached):
            less = dict.fromkeys(one(run, short), -1.0)
            self._say(one(run, long) | less, 0, 0)
        for week in range(1, min(self.steps[long][-1], self.steps[short][-1]) + 1):
            for what in ("reached", "lost"):
                less = dict.fromkeys(self.part(run, short, what, 1, week), -1.0)
                self._say(self.part(run, long, what, 1, week) | less, -np.inf, 0)
        if self.steps[whole]:
            less = dict.fromkeys(self.everybody(run, short), -1.0)
            self._say(self.reached(run, whole) | less, 0, np.inf)

    def _grows(self, run: int) -> None:
        """A later extract has everybody whom an earlier one had, and every date."""
        for measure in MEASURES:
            for place in self._places({}):
                where = dict(zip(CATEGORIES, place, strict=True))
                self._more(self.table(run, measure, where), self.table(run - 1, measure, where))
        for name, steps in self.steps.items():
            for week in range(1, steps[-1] + 1 if steps else 0):
                now, before = (
                    self.part(one, name, "reached", week, week) for one in (run, run - 1)
                )
                self._more(now, before)
            if steps:
                self._more(self.reached(run, name), self.reached(run - 1, name))
                self._more(self.everybody(run, name), self.everybody(run - 1, name))

    def _more(self, now: Mapping[int, float], before: Mapping[int, float]) -> None:
        self._say(dict(now) | dict.fromkeys(before, -1.0), 0, np.inf)

    def asked(self) -> Iterator[tuple[str, dict[int, float]]]:
        """Every sum of people that is asked of, in words, of each run and what was added."""
        for name, steps in self.steps.items():
            sums: dict[str, list[dict[int, float]]] = {}
            for run, one in enumerate(self.releases):
                if name not in one.told:
                    continue
                for what, form in self._sums(run, name, steps).items():
                    sums.setdefault(what, []).append(form)
                    yield f"{name}: {what} (run {run + 1})", form
            for what, forms in sums.items():
                for before, now in pairwise(forms):
                    less = {place: -value for place, value in before.items()}
                    yield f"{name}: {what} (added)", now | less

    def _sums(self, run: int, name: str, steps: list[int]) -> dict[str, dict[int, float]]:
        found = {"outside": {self._of(run, name, "outside", 0): 1.0}}
        found["others"] = {
            self._of(run, name, what, 0): 1.0 for what in ("reached later", "others")
        }
        for before, step in pairwise([0, *steps]):
            found[f"reached in week {step}"] = self.part(run, name, "reached", step, step)
            if step - before > 1:
                span = before + 1, step - 1
                found[f"reached in weeks {span[0]} to {span[1]}"] = self.part(
                    run, name, "reached", *span
                )
            span = max(before, 1), step - 1
            if span[1] >= span[0]:
                found[f"lost in weeks {span[0]} to {span[1]}"] = self.part(run, name, "lost", *span)
            gone = [self.part(run, name, what, 1, step - 1) for what in ("reached", "lost")]
            left = {place for one in gone for place in one}
            waiting = self.everybody(run, name)
            found[f"waiting before week {step}"] = {
                place: value for place, value in waiting.items() if place not in left
            }
        return found

    def fits(self, form: Mapping[int, float], low: float, high: float) -> bool | None:
        """Whether a sum can lie between two numbers; None where it took too long to tell."""
        places, weights = list(form), np.array(list(form.values()))
        if any(low <= x[places] @ weights <= high for x in self.fitting if places):
            return True
        row = np.zeros((1, len(self.names)))
        row[0, places] = weights
        # A corner of the programme in fractions is mostly whole, and is found sooner.
        costs = np.random.default_rng(len(self.fitting)).random(len(self.names))
        for whole in (0, 1):
            done = milp(
                (1 - whole) * costs,
                constraints=[
                    LinearConstraint(self.matrix, self.low, self.high),
                    LinearConstraint(row, low, high),
                ],
                bounds=Bounds(0, np.inf),
                integrality=np.full(len(self.names), whole),
                options={"time_limit": SECONDS},
            )
            if done.status == 2:
                return False
            if done.x is not None and np.abs(done.x - np.round(done.x)).max() < 1e-6:
                self.fitting.append(np.round(done.x))
                return True
        return None

    def narrows(self, form: Mapping[int, float]) -> bool | None:
        """Whether too much can be said of a sum of people; None where it took too long to tell."""
        nobody = self.fits(form, 0, 0)
        if nobody is not False:
            return None if nobody is None else False
        first, last = PROFILE.protected[0], PROFILE.protected[-1]
        signs = (1, -1) if min(form.values()) < 0 else (1,)  # in a difference some may have gone
        for sign in signs:
            if self.fits(form, *sorted((sign * first, sign * last))) is not False:
                possible = [self.fits(form, sign * k, sign * k) for k in PROFILE.protected]
                return None if None in possible else not all(possible)
        return False


def small_narrowed(releases: list[Release], extracts: list[Extract]) -> list[bool]:
    """Of each small count of the tables: whether tables and curves together narrow it."""
    attacker = Attacker(releases)
    found = []
    for run, made in enumerate(extracts):
        for key, value in {cell.key: cell.value for cell in made.cells}.items():
            if value in PROFILE.protected:
                form = attacker.table(run, key[0], {name: one[0] for name, one in key[1]})
                found.append(not all(attacker.fits(form, k, k) for k in PROFILE.protected))
    return found


def attacked(releases: list[Release]) -> Iterator[tuple[str, bool | None]]:
    """Each sum that is asked of, in words, and whether the attacker narrows it."""
    attacker = Attacker(releases)
    if not any(attacker.steps.values()):
        return
    if not attacker.fits({}, 0, 0):
        raise AssertionError("the attacker's programme does not fit what was published")
    for what, form in attacker.asked():
        yield what, attacker.narrows(form)


def row_of(case: int) -> dict[str, object]:
    """A row of the table."""
    held, first, second = people(case)
    extracts = [extract(held, 0, first), extract(held, 1, second)]
    row: dict[str, object] = {"case": case}
    whole: list[Release] = []
    every: list[Release] = []
    for one in extracts:
        whole.append(released(one, whole))
        every.append(Release(whole[-1].shown, released_whole(one)))
    for name, one, shown in zip(("", "second_"), extracts, whole, strict=True):
        row[f"{name}people"] = one.people
        row[f"{name}steps"] = sum(len(told.steps) for told in shown.told.values())
    row["comes_out_without"] = any(answer for _, answer in attacked(every))
    answers = [answer for _, answer in attacked(whole)]
    row["asked"], row["unsettled"] = len(answers), answers.count(None)
    row["narrowed"] = sum(answer is not False for answer in answers)
    small = small_narrowed(whole, extracts) if any(one.told for one in whole) else []
    row["small"], row["small_narrowed"] = len(small), sum(small)
    return {name: row[name] for name in COLUMNS}


def main() -> int:
    """Write the table, or show the first rows of it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the first eight, shown only")
    quick = parser.parse_args().quick
    began, rows = time.perf_counter(), []
    with ProcessPoolExecutor() as pool:
        for row in pool.map(row_of, range(8 if quick else CASES)):
            rows.append(row)
            sys.stderr.write(f"\rcase {row['case']}, {time.perf_counter() - began:.0f} s")
    table = pd.DataFrame(rows, columns=COLUMNS)
    if quick:
        sys.stdout.write(f"\n{table.to_string(index=False)}\n")
    else:
        table.to_csv(TABLE, index=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
