"""Which source and which days an exhibit speaks of.

- :class:`Scope`: title, publisher and file of a source, and the days of it that are in the period.
- :func:`scope_of`: that of a run and what an exhibit is made from.
- :func:`long_date`: a day as it is written in a sentence.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from helpers.providers import files as providers

if TYPE_CHECKING:
    from helpers.run import Run


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


def scope_of(run: Run, table: str) -> Scope:
    """Return which source and days an exhibit on ``table`` speaks of; see :meth:`Run.scope`.

    Parameters
    ----------
    run : Run
        The run.
    table : str
        What the exhibit is made from.

    Returns
    -------
    Scope
        Title, publisher and file of the source, and the days of the period that it covers.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> scope_of(run, "replies").period
    '1 January 2020 to 31 December 2020'
    """
    case = run.case
    if table == "providers":
        said = providers.described(run.parameters.get("providers", providers.OWN))
        if said and said.pop("data_status") == case.data_status:
            return Scope(table, **said, start=run.period_start, end=run.period_end)
        table = "case"
    wanted = {
        "delays": case.delays.register_ if case.delays else None,
        "replies": case.replies.register_ if case.replies else None,
        "factors": (
            case.replies.register_
            if case.replies and case.plan and case.plan.records == "replies"
            else None
        ),
        "known": case.maturity.register_ if case.maturity else None,
        "rare": case.replies.register_ if case.replies and run.people.empty else None,
    }.get(table)
    for source in case.sources if table not in {"published", "case"} else ():
        fits = source.id == wanted if wanted else source.layout in {"annual_counts", "tally"}
        fits = fits or (wanted is None and source.table == "deaths")
        if fits:
            start = max(run.period_start, source.coverage.start)
            end = min(run.period_end, source.coverage.end)
            if table == "counts" and not run.counts.empty and not run.part_of_year:
                start, _ = run.days_of(int(run.counts["year"].min()))
                _, end = run.days_of(int(run.counts["year"].max()))
            file = source.file or source.id
            return Scope(table, source.title, source.publisher, file, start, end)
    if table == "case":
        days = run.period_start, run.period_end
        return Scope(table, case.title, "all sources of the case", "case.yml", *days)
    return Scope(
        table,
        case.title,
        "published figures, each with its source",
        case.published or "case.yml",
        case.period.start,
        case.period.end,
    )
