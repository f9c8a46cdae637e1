"""A run: one case, one period, the tables that fall in it, and what was read to get them.

- :func:`start`: the first thing a notebook does; checks every parameter and reads the case.
- :class:`Run`: what the other helpers are given.
- :func:`long_date`: a day as it is written in a sentence.
- :class:`Scope`: which source and which days an exhibit speaks of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

from helpers import disclosure, parameters
from helpers.case import load
from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake import Extract, ingest
from helpers.intake.flags import CODES


def long_date(day: date) -> str:
    """Return a day as it is written in a British sentence.

    Parameters
    ----------
    day : date
        The day.

    Returns
    -------
    str
        Day, month in words and year.

    Examples
    --------
    >>> long_date(date(2015, 4, 1))
    '1 April 2015'
    """
    return f"{day.day} {day:%B %Y}"


@dataclass(frozen=True)
class Scope:
    """Which source an exhibit draws on, and the days of the period that the source covers.

    Parameters
    ----------
    table : str
        What the exhibit is made from, as :meth:`Run.scope` was asked.
    source, publisher, file : str
        Title of the source, who published it, and its file in the folder of the case.
    start, end : date
        First and last day covered.

    Examples
    --------
    >>> days = date(2020, 1, 1), date(2020, 12, 31)
    >>> Scope("counts", "Coroners statistics", "Ministry of Justice", "counts.csv", *days).period
    '1 January 2020 to 31 December 2020'
    """

    table: str
    source: str
    publisher: str
    file: str
    start: date
    end: date

    @property
    def period(self) -> str:
        """Return the days covered, in words."""
        return f"{long_date(self.start)} to {long_date(self.end)}"


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
    >>> run.period_end, len(run.reviews), run.block()["data_status"]
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

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Counts of the calendar years that lie wholly in the period."""
        frame = self.extract.tables["counts"]
        first = self.period_start.year + (self.period_start > date(self.period_start.year, 1, 1))
        last = self.period_end.year - (self.period_end < date(self.period_end.year, 12, 31))
        return frame[frame["year"].between(first, last)].reset_index(drop=True)

    @cached_property
    def reviews(self) -> pd.DataFrame:
        """Records whose deciding milestone (the day of the report) lies in the period."""
        reviews = self.extract.tables["reviews"]
        deciding = {
            source.id: source.period_milestone
            for source in self.case.sources
            if source.layout == "records"
        }
        days = self.extract.tables["milestones"]
        if days.empty:
            return reviews.iloc[0:0]
        chosen = days[days["milestone"].eq(days["register"].map(deciding))]
        inside = chosen["date"].between(
            pd.Timestamp(self.period_start), pd.Timestamp(self.period_end)
        )
        kept = set(chosen.loc[inside, "review_id"])
        return reviews[reviews["review_id"].isin(kept)].reset_index(drop=True)

    @cached_property
    def milestones(self) -> pd.DataFrame:
        """Milestones of the records in the period."""
        days = self.extract.tables["milestones"]
        kept = days["review_id"].isin(set(self.reviews["review_id"]))
        return days[kept].reset_index(drop=True)

    @cached_property
    def accounts(self) -> pd.DataFrame:
        """Rows of each source: read = used + quarantined + out of scope (outside the period)."""
        rows = []
        for account in self.extract.accounts.to_dict("records"):
            used = {
                frame.loc[frame["source_id"].eq(account["source_id"]), "source_row"].nunique()
                for frame in (self.counts, self.reviews)
            }
            in_scope = max(used)
            rows.append(
                {
                    **account,
                    "rows_used": in_scope,
                    "rows_out_of_scope": account["rows_used"] - in_scope,
                }
            )
        return pd.DataFrame(rows)

    def scope(self, table: str) -> Scope:
        """Return which source and days an exhibit on ``table`` speaks of.

        Parameters
        ----------
        table : {"counts", "delays", "replies", "published"}
            What the exhibit is made from.

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
        case = self.case
        wanted = {
            "delays": case.delays.register_ if case.delays else None,
            "replies": case.replies.register_ if case.replies else None,
        }.get(table)
        for source in case.sources:
            fits = source.id == wanted if wanted else source.layout == "annual_counts"
            if fits and table != "published":
                start = max(self.period_start, source.coverage.start)
                end = min(self.period_end, source.coverage.end)
                if table == "counts" and not self.counts.empty:
                    start = date(int(self.counts["year"].min()), 1, 1)
                    end = date(int(self.counts["year"].max()), 12, 31)
                return Scope(table, source.title, source.publisher, source.file, start, end)
        return Scope(
            table,
            case.title,
            "published figures, each with its source",
            case.published or "case.yml",
            case.period.start,
            case.period.end,
        )

    def block(self) -> dict[str, Any]:
        """Return what the run rests on: parameters, inputs with hashes, rows, flags.

        Returns
        -------
        dict
            ``parameters``, ``data_status``, ``extract_date``, ``inputs``, ``rows`` and ``flags``,
            as plain values that can be written as JSON.
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
            "inputs": self.extract.inputs.to_dict("records"),
            "rows": self.accounts.to_dict("records"),
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
    typed.setdefault("period_start", case.period.start)
    typed.setdefault("period_end", case.period.end)
    typed.setdefault("release_profile", case.profiles[0])
    parameters.check(typed)
    if typed["period_start"] < case.period.start or typed["period_end"] > case.period.end:
        raise InputError.one(
            f"the period {typed['period_start']} to {typed['period_end']} reaches outside the data",
            "parameter period_start, period_end",
            f"The case holds {case.period.start} to {case.period.end}.",
        )
    disclosure.check_profile(typed["release_profile"], permitted=case.profiles)
    return Run(case=case, extract=ingest(case), parameters=typed)
