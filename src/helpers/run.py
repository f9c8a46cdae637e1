"""A run: one case, one period, the tables that fall in it, and what was read to get them.

- :func:`start`: the first thing a notebook does; checks every parameter and reads the case.
- :class:`Run`: what the other helpers are given.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

import pandas as pd

from helpers import chain, disclosure, parameters
from helpers.case import load
from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake import Extract
from helpers.intake.flags import CODES
from helpers.intake.handed import ingest
from helpers.methods.small_numbers import SmallNumbers
from helpers.providers import files as providers
from helpers.rules import versions
from helpers.scope import Scope, scope_of
from helpers.tables import among


@dataclass(frozen=True)
class Run:
    """One case over one period.

    Parameters
    ----------
    case : Case
        The case.
    extract : Extract
        Its canonical tables over the whole of each source.
    parameters : dict
        Every parameter in force, typed.

    Examples
    --------
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> run.period_end, len(run.reports), run.block()["data_status"]
    (datetime.date(2020, 12, 31), 394, 'real')
    >>> run.counts[["year", "region", "measure", "events"]].head(1)
       year region          measure  events
    0  2020  Wales  deaths_reported    3489
    """

    case: Case
    extract: Extract
    parameters: dict[str, Any]

    @property
    def period_start(self) -> date:
        """Return the first day of the period."""
        return self.parameters["period_start"]

    @property
    def period_end(self) -> date:
        """Return the last day of the period."""
        return self.parameters["period_end"]

    @property
    def small_numbers(self) -> SmallNumbers:
        """Return the rule on rates of few events of the profile in force."""
        return SmallNumbers(**disclosure.SMALL_NUMBERS[self.parameters["release_profile"]])

    @property
    def _years(self) -> tuple[int, int]:
        """First and last year, by the calendar of the case, that lie wholly in the period."""
        first, last = self.year(self.period_start), self.year(self.period_end)
        first += self.period_start > self.days_of(first)[0]
        last -= self.period_end < self.days_of(last)[1]
        return first, last

    @property
    def part_of_year(self) -> bool:
        """Whether people are counted over a period that holds no whole year, such as a quarter."""
        first, last = self._years
        return first > last and not self.extract.tables["deaths"].empty

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Counts of the years, by the calendar of the case, that lie wholly in the period.

        A period that holds no whole year has those of its own days, where the case has a row a
        death; its years are then parts of years, and are named so (:meth:`year_name`).
        """
        if self.part_of_year:
            return chain.counts(self.people, year_start_month=self.case.year_start_month)
        frame = self.extract.tables["counts"]
        return frame[frame["year"].between(*self._years)].reset_index(drop=True)

    @cached_property
    def people(self) -> pd.DataFrame:
        """People whose death lies in the period, with the steps that followed it.

        Only deaths with a contact in the 12 months before; see :func:`helpers.chain.chain`.
        """
        people = chain.chain(self.extract.tables)
        inside = people["date_of_death"].between(
            pd.Timestamp(self.period_start), pd.Timestamp(self.period_end)
        )
        held = inside & people["in_window_12m"].fillna(False).astype("bool")
        return people[held].reset_index(drop=True)

    @cached_property
    def reports(self) -> pd.DataFrame:
        """Records whose deciding milestone (the day of the report) lies in the period."""
        reports = self.extract.tables["reports"]
        deciding = {
            source.id: source.period_milestone
            for source in self.case.sources
            if source.layout == "records"
        }
        days = self.extract.tables["milestones"]
        if days.empty:
            return reports.iloc[0:0]
        chosen = days[days["milestone"].eq(days["register"].map(deciding))]
        inside = chosen["date"].between(
            pd.Timestamp(self.period_start), pd.Timestamp(self.period_end)
        )
        kept = chosen.loc[inside, "review_id"]
        return reports[among(reports["review_id"], kept)].reset_index(drop=True)

    @cached_property
    def milestones(self) -> pd.DataFrame:
        """Milestones of the reports and of the deaths in the period."""
        days = self.extract.tables["milestones"]
        kept = among(days["review_id"], self.reports["review_id"])
        kept |= among(days["death_id"], self.people["death_id"])
        return days[kept].reset_index(drop=True)

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """Rows of each source: read = used + quarantined + out of scope (outside the period)."""
        used: dict[str, int] = {}
        for frame in (self.counts, self.reports, self.people, *self._followed()):
            places = frame[["source_id", "source_sheet", "source_row"]].drop_duplicates()
            for source, rows in places["source_id"].value_counts().items():
                used[source] = max(rows, used.get(source, 0))
        tallied = set(self.extract.tallied["source_id"])
        rows = []
        for account in self.extract.accounts.to_dict("records"):
            in_scope = used.get(account["source_id"], 0)
            if account["source_id"] in tallied:  # a count is made of many rows
                in_scope = self._tallied(account["source_id"])
            rows.append(
                {
                    **account,
                    "rows_used": in_scope,
                    "rows_out_of_scope": account["rows_used"] - in_scope,
                }
            )
        return pd.DataFrame(rows)

    def _tallied(self, source: str) -> int:
        """Return the rows of a tally that were counted in years of the period."""
        rows = self.extract.tallied
        years = set(self.counts["year"])
        mine = rows["source_id"].eq(source) & rows["fate"].eq("used") & rows["year"].isin(years)
        return int(rows.loc[mine, "rows"].sum())

    def _followed(self) -> list[pd.DataFrame]:
        """Return incidents, national list and denominators as far as they concern the period.

        An incident concerns it if its death does; one that is linked to no death, by its own day.
        """
        tables = self.extract.tables
        incidents, links = tables["incidents"], tables["incident_death"]
        incidents = incidents[incidents["in_scope"].astype("bool")]
        first, last = pd.Timestamp(self.period_start), pd.Timestamp(self.period_end)
        mine = links.loc[among(links["death_id"], self.people["death_id"]), "incident_id"]
        alone = ~among(incidents["incident_id"], links["incident_id"])
        held = among(incidents["incident_id"], mine)
        held |= alone & pd.to_datetime(incidents["incident_date"]).between(first, last)
        listed = tables["registrations"]
        listed = listed[pd.to_datetime(listed["date_of_death"]).between(first, last)]
        exposed = tables["exposure"]
        years = self.year(self.period_start), self.year(self.period_end)
        return [incidents[held], listed, exposed[exposed["year"].between(*years)]]

    def year(self, day: date) -> int:
        """Return the year of a day by the calendar of the case: the one in which it starts.

        Parameters
        ----------
        day : date
            The day.

        Returns
        -------
        int
            Calendar year in which the year of the case starts.

        Examples
        --------
        >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
        >>> run.year(date(2020, 2, 29))
        2020
        """
        return day.year - (day.month < self.case.year_start_month)

    def years(self, days: pd.Series) -> pd.Series:
        """Return the years of days by the calendar of the case.

        Parameters
        ----------
        days : Series
            Days; missing ones have no year.

        Returns
        -------
        Series
            Whole numbers (``Int64``).

        Examples
        --------
        >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
        >>> run.years(pd.Series(["2020-02-29", None])).tolist()
        [2020, <NA>]
        """
        days = pd.to_datetime(days)
        years = days.dt.year - days.dt.month.lt(self.case.year_start_month)
        return years.where(days.notna()).astype("Int64")

    def year_name(self, year: int) -> str:
        """Return a year as it is written: 2014, or 2014-15 where it does not start in January.

        Parameters
        ----------
        year : int
            Calendar year in which it starts.

        Returns
        -------
        str
            Its name; "part of" it where the period holds no whole year.

        Examples
        --------
        >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
        >>> run.year_name(2020)
        '2020'
        """
        name = f"{year}-{(year + 1) % 100:02d}" if self.case.year_start_month > 1 else str(year)
        return f"part of {name}" if self.part_of_year else name

    def days_of(self, year: int) -> tuple[date, date]:
        """Return the first and the last day of a year by the calendar of the case.

        Parameters
        ----------
        year : int
            Calendar year in which it starts.

        Returns
        -------
        tuple of date
            First and last day.

        Examples
        --------
        >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
        >>> [day.isoformat() for day in run.days_of(2020)]
        ['2020-01-01', '2020-12-31']
        """
        month = self.case.year_start_month
        return date(year, month, 1), date(year + 1, month, 1) - timedelta(days=1)

    def scope(self, table: str) -> Scope:
        """Return which source and days an exhibit on ``table`` speaks of.

        Parameters
        ----------
        table : str
            What the exhibit is made from: counts, delays, replies, factors, known, rare, deaths,
            providers, published or case.

        Returns
        -------
        Scope
            Title, publisher and file of the source, and the days of the period that it covers.

        Examples
        --------
        >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
        >>> run.scope("replies").publisher, run.scope("replies").period
        ('Preventable Deaths Tracker, from judiciary.uk', '1 January 2020 to 31 December 2020')
        """
        return scope_of(self, table)

    def block(self) -> dict[str, Any]:
        """Return what the run rests on: parameters, inputs with hashes, rows, flags.

        Returns
        -------
        dict
            ``parameters``, ``data_status``, ``extract_date``, ``rules`` (their hash, and the span
            of the calendar), ``plan`` (hash and standing of that of the models), ``inputs``,
            ``rows`` and ``flags``, as plain values that can be written as JSON.
        """
        flags = self.extract.flags
        by_code = flags.groupby("code", as_index=False).agg(
            rows=("source_row", "size"), sources=("source_id", "nunique")
        )
        by_code["meaning"] = by_code["code"].map(CODES)
        return {
            "parameters": {
                name: value.isoformat() if isinstance(value, date) else value
                for name, value in self.parameters.items()
            },
            "data_status": self.case.data_status,
            "extract_date": self.case.extract_date.isoformat(),
            "rules": versions.versions(),
            "plan": (
                {"sha256": self.case.plan.sha256, "standing": self.case.plan.standing}
                if self.case.plan
                else {}
            ),
            "inputs": [
                *self.extract.inputs.to_dict("records"),
                *providers.inputs(self.parameters.get("providers", providers.OWN)),
            ],
            "rows": [
                *self.accounts.to_dict("records"),
                *providers.accounts(
                    self.parameters.get("providers", providers.OWN),
                    first=self.period_start,
                    last=self.period_end,
                ),
            ],
            "flags": by_code.to_dict("records"),
        }

    def __repr__(self) -> str:
        """Return the case and the period, not the tables."""
        return f"Run({self.case.id}, {self.period_start} to {self.period_end})"


def start(**values: Any) -> Run:
    """Check every parameter, read the case and return the run.

    Parameters
    ----------
    **values
        Every parameter the notebook declares (see :data:`helpers.parameters.FIELDS`);
        ``case``, ``period_start`` and ``period_end`` at least.

    Returns
    -------
    Run
        Show it with :meth:`helpers.exhibits.Exhibits.opening`: the parameters in force, the hashes
        and row counts of the inputs, and the flags raised while reading.

    Raises
    ------
    InputError
        For each parameter that is unknown, ill-typed or contradictory, a period outside the data,
        a profile the case does not permit, and everything intake refuses.

    Examples
    --------
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> run.accounts["rows_used"].tolist()
    [85, 312, 82]
    """
    typed = parameters.check(values)
    if "case" not in typed:
        raise InputError.one("no case is named", "parameter case", "Name a folder of data/.")
    case = load(typed["case"])
    parameters.check(case.parameters)
    typed.setdefault("period_start", case.period.start)
    typed.setdefault("period_end", case.period.end)
    typed.setdefault("release_profile", case.profiles[0])
    parameters.check(typed)
    held = case.held or case.period
    if typed["period_start"] < held.start or typed["period_end"] > held.end:
        raise InputError.one(
            f"the period {typed['period_start']} to {typed['period_end']} reaches outside the data",
            "parameter period_start, period_end",
            f"The case holds {held.start} to {held.end}.",
        )
    disclosure.check_profile(typed["release_profile"], permitted=case.profiles)
    return Run(case=case, extract=ingest(case), parameters=typed)
