"""The records of a run with the place of each in the files.

- :class:`Look`: the tables of a run as families of traces take them.
- :data:`AT`: the column that holds the place of a record.
- :func:`coded`: strata as categories.
- :func:`counted`: numerator and denominator as records counted; :func:`beside`: the rows that say
  what a numerator counts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from helpers.chain import STEPS
from helpers.cohort import delays, replies
from helpers.intake.reading import ROW, read_csv
from helpers.pack.collect import Collected
from helpers.run import Run
from helpers.tables import among
from helpers.trace.parts import ALL, COUNTED, DENOMINATOR, NUMERATOR, SAYS, Part
from helpers.trace.rows import Places, Rows

AT = "at"
STRATA = ("service", "age_band", "sex", "area", "region", "place", "start_from", "rule_id")
"""Columns that tell groups apart."""


class Look:
    """The tables of a run, each record with its place in the files.

    Parameters
    ----------
    run : Run
        The run.
    made : Collected
        The exhibits of its notebooks.
    """

    def __init__(self, run: Run, made: Collected) -> None:
        self.run = run
        self.made = made
        sources = run.case.sources
        tallies = {one.id for one in sources if one.layout == "tally"}
        self._places = Places({one.id: one.file or one.id for one in sources}, tallies)
        self._tables: dict[str, pd.DataFrame] = {}
        self._once: dict[str, Any] = {}

    @cached_property
    def exhibits(self) -> set[str]:
        """The ids of the exhibits."""
        return {facts["id"] for facts in self.made.exhibits}

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return what a function makes, made once.

        Parameters
        ----------
        name : str
            Name under which it is kept.
        make : callable
            Called the first time.
        """
        if name not in self._once:
            self._once[name] = make()
        return self._once[name]

    def table(self, name: str) -> pd.DataFrame:
        """Return a canonical table over the whole of its sources, with the place of each record.

        Parameters
        ----------
        name : str
            Name of the table.
        """
        if name not in self._tables:
            frame = self.run.extract.tables[name]
            self._tables[name] = frame.assign(at=self._places.codes(frame))
        return self._tables[name]

    def placed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return records of a table with the place of each.

        Parameters
        ----------
        frame : DataFrame
            With source_id, source_sheet and source_row.
        """
        return frame.assign(at=self._places.codes(frame))

    def rows(self, *frames: pd.DataFrame) -> Rows:
        """Return the rows of records.

        Parameters
        ----------
        *frames : DataFrame
            With the column :data:`AT`.
        """
        codes = [frame[AT].to_numpy(dtype="int64") for frame in frames]
        return self._places.rows(np.concatenate(codes) if codes else np.array([], dtype="int64"))

    def of(self, places: np.ndarray) -> Rows:
        """Return the rows of places.

        Parameters
        ----------
        places : array of int64
            As the column :data:`AT` holds them.
        """
        return self._places.rows(places)

    @cached_property
    def people(self) -> pd.DataFrame:
        """People of the period with their steps; year and strata as tables name them."""
        people = self.placed(self.run.people)
        kept = [
            *("death_id", "date_of_death", "lead_incident_id", "team", "service", "age_band"),
            *("sex", *list(STEPS)[1:], "fate", "state", AT),
        ]
        people = people[kept]
        labels = self.run.case.labels
        named = {
            name: people[name].map(lambda code: labels.get(code, code), na_action="ignore")
            for name in ("service", "age_band", "sex")
        }
        years = self.run.years(people["date_of_death"])
        return coded(people.assign(**named, area=people["team"], year=years, deaths=True))

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Annual counts of the period, strata as tables name them; none of a case of people."""
        counts = self.run.counts
        if len(self.run.people):
            return counts.iloc[0:0].assign(at=0)
        labels = self.run.case.labels
        if labels:
            named = {
                name: counts[name].map(lambda code: labels.get(code, code), na_action="ignore")
                for name in ("service", "age_band", "sex", "area", "region")
            }
            counts = counts.assign(**named)
        return coded(self.placed(counts))

    @cached_property
    def records(self) -> pd.DataFrame:
        """The records that times are taken from."""
        held = delays.records(self.run)
        if not len(held):
            return held.assign(at=0)
        stretches = self.run.case.intervals
        days = {name for one in stretches for name in (one.from_, one.to)}
        steps = {"deaths", *STEPS} | {one.among for one in stretches}
        kept = {"review_id", "year", "service", "age_band", "sex", "place", AT, *days, *steps}
        held = self.placed(held)
        return coded(held[[name for name in held if name in kept]])

    @cached_property
    def days(self) -> pd.DataFrame:
        """Milestones of the period by record and milestone, the first day of each first."""
        days = self.table("milestones")
        key = "death_id" if delays.of_deaths(self.run) else "review_id"
        kept = days[among(days[key], self.records["review_id"])]
        kept = kept.assign(record=kept[key])[["record", "milestone", "date", AT]]
        return kept.sort_values("date", kind="stable")

    def rows_of_days(self, records: pd.Series, names: Sequence[str]) -> pd.DataFrame:
        """Return the rows that give the first day of milestones of records.

        Parameters
        ----------
        records : Series
            Ids of the records.
        names : sequence of str
            The milestones.
        """
        found = [
            self.once(f"days of {name}", lambda name=name: self._first(name)) for name in names
        ]
        return pd.concat([days[among(days["record"], records)] for days in found])

    def _first(self, name: str) -> pd.DataFrame:
        days = self.days[self.days["milestone"].eq(name)]
        return days.drop_duplicates("record")[["record", AT]]

    def published(self) -> pd.DataFrame:
        """Return the published figures of the case with their place in the file."""
        name = self.run.case.published
        if name is None:
            return pd.DataFrame(columns=["figure_id", AT])
        held = read_csv(self.run.case.path(name), encoding="utf-8", needed=["figure_id"])
        return held.assign(at=self._places.of_file(name, held[ROW].to_numpy()))

    def parameter(self, page: str, name: str) -> Any:
        """Return a parameter that was in force in a notebook.

        Parameters
        ----------
        page, name : str
            The notebook, and the parameter.
        """
        return self.made.runs[page]["parameters"][name]

    def whole(self, table: str) -> list[Part]:
        """Return the rows of everything that an exhibit of a source can have been made from.

        Parameters
        ----------
        table : str
            As the exhibit names its source: deaths, counts, delays, replies, factors, known,
            rare, published or case.
        """
        words, rows = self._whole(table)
        return [Part("source", words, ALL, rows)]

    @cached_property
    def _of_people(self) -> Rows:
        """Rows of the people of the period and of whatever speaks of them."""
        incidents = self.table("incidents")
        ids = self.people["death_id"]
        links = self.run.extract.tables["incident_death"]
        mine = links.loc[among(links["death_id"], ids), "incident_id"]
        found = [self.people, incidents[among(incidents["incident_id"], mine)]]
        for name in ("reviews", "milestones", "family", "registrations"):
            frame = self.table(name)
            found.append(frame[among(frame["death_id"], ids)])
        return self.rows(*found)

    @cached_property
    def _every(self) -> Rows:
        """Rows of every table, and those that were flagged or set aside."""
        names = [
            *("deaths", "incidents", "reviews", "milestones", "family", "registrations"),
            *("exposure", "reports"),
        ]
        found = [self.table(name) for name in names if len(self.table(name))]
        if not len(self.run.people) and len(self.table("counts")):
            found.append(self.table("counts"))
        flags = self.run.extract.flags
        if len(flags):  # X14 speaks of a column, not of a row
            found.append(self.placed(flags[flags["source_row"].notna() & flags["code"].ne("X14")]))
        return self.rows(*found, self.published())

    def _register(self, source: str | None) -> Rows:
        reports = self.table("reports")
        if not len(reports):
            return self._of_people
        inside = self.run.reports["review_id"]
        kept = reports["register"].eq(source) if source else reports["review_id"].notna()
        return self.rows(reports[kept & among(reports["review_id"], inside)])

    def _whole(self, table: str) -> tuple[str, Rows]:
        case, people = self.run.case, len(self.people) > 0
        if table == "providers":
            from helpers.trace import providers  # it looks with what is defined here

            return providers.whole(self)
        if table == "published":
            return "Published figures of the case", self.rows(self.published()) | self._every
        if table == "case":
            return "Every row of every source", self._every
        if people:
            exposure = self.table("exposure")
            rows = self._of_people
            if table in {"deaths", "counts"}:
                years = exposure["year"].isin(set(self.people["year"]))
                return "People of the period, what is recorded of each, and the caseload", (
                    rows | self.rows(exposure[years])
                )
            return "People of the period and what is recorded of each", rows
        if table in {"delays"} and case.delays:
            return "Reports of the register from which times are taken", self.rows(self.records)
        if table in {"replies", "factors"} and case.replies:
            owed = replies.owed(self.run)["review_id"]
            reports = self.table("reports")
            return "Reports that owe a reply", self.rows(reports[among(reports["review_id"], owed)])
        if table == "known" and case.maturity:
            return "Reports of the register", self._register(case.maturity.register_)
        if table in {"delays", "replies", "factors", "known", "rare"}:
            return "Reports of the registers", self._register(None)
        return "Annual counts of the years of the period", self.rows(self.counts)


def coded(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its strata as categories, of which parts are taken quickly.

    Parameters
    ----------
    frame : DataFrame
        With some of the columns of :data:`STRATA`.
    """
    return frame.astype({name: "category" for name in STRATA if name in frame})


def counted(
    look: Look, over: pd.DataFrame, under: pd.DataFrame, *, what: tuple[str, str]
) -> list[Part]:
    """Return numerator and denominator as records counted.

    Parameters
    ----------
    look : Look
        The run.
    over, under : DataFrame
        The records of each, with their place; one row a record.
    what : tuple of str
        What the records of numerator and denominator are, in words.

    Returns
    -------
    list of Part
        The number of each is that of its records.
    """
    return [
        Part(NUMERATOR, what[0], COUNTED, look.rows(over), float(len(over))),
        Part(DENOMINATOR, what[1], COUNTED, look.rows(under), float(len(under))),
    ]


def beside(look: Look, what: str, *frames: pd.DataFrame, role: str = "recorded in") -> list[Part]:
    """Return the rows that say what a numerator counts, if there are any.

    Parameters
    ----------
    look : Look
        The run.
    what : str
        What they say, in words.
    *frames : DataFrame
        The records, with their place.
    role : str
        What the part is.
    """
    rows = look.rows(*frames)
    return [Part(role, what, SAYS, rows)] if len(rows) else []
