"""What ``case.yml`` may say: each entry with its type, and names that must lead somewhere.

- :class:`Case`: the whole file.
- :class:`Source`, :class:`ColumnMap`, :class:`DateMap`: a raw file and how it is read.
- :class:`Indicator`, :class:`Composition`, :class:`Interval`: what may be asked.
- :class:`Delays`, :class:`Replies`: which records times and replies are taken from.
- :class:`Break`, :class:`Span`: changes of definition, and periods.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from helpers.errors import InputError
from helpers.tables import TABLES

CASE_VERSION = 1
ClaimType = Literal["process", "outcome", "comparison"]


def _date_format(text: str) -> str:
    try:
        datetime.strptime("", text)  # noqa: DTZ007 - only the format is looked at
    except ValueError as error:
        if "does not match" not in str(error):
            raise
    return text


def _regular_expression(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"{text!r} is not a pattern ({error})") from None
    return text


Format = Annotated[str, AfterValidator(_date_format)]
Pattern = Annotated[str, AfterValidator(_regular_expression)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Span(_Model):
    """A period, both days included."""

    start: date
    end: date


class ColumnMap(_Model):
    """How one canonical column is read from a source."""

    from_: str = Field(alias="from")
    kind: Literal["text", "count"] = "text"
    separator: str | None = None
    map: dict[str, str] | None = None
    map_file: str | None = None
    patterns_file: str | None = None
    otherwise: str | None = None
    missing: list[str] = []
    pattern: Pattern | None = None
    unique: bool = False
    fold_case: bool = False


class DateMap(_Model):
    """How one milestone is read: the declared format, others that may be met, missing words."""

    from_: str = Field(alias="from")
    format: Format
    also: list[Format] = []
    missing: list[str] = []


class Source(_Model):
    """One file of the case and how it becomes canonical tables.

    Examples
    --------
    >>> from helpers.case import load
    >>> [source.id for source in load("coroners").sources]
    ['moj_coroner_statistics', 'pfd_tracker', 'pfd_medicines']
    """

    id: str
    title: str
    publisher: str
    file: str
    licence: str
    encoding: str
    layout: Literal["annual_counts", "records"]
    coverage: Span
    year: str | None = None
    measures: str | None = None
    dimensions: dict[str, ColumnMap] = {}
    columns: dict[str, ColumnMap] = {}
    derived: dict[str, ColumnMap] = {}
    milestones: dict[str, DateMap] = {}
    period_milestone: str | None = None

    @model_validator(mode="after")
    def _complete(self) -> Source:
        """Refuse a source that its layout cannot be read from."""
        if self.layout == "annual_counts" and not (self.year and self.measures):
            raise ValueError("a source of annual counts needs 'year' and 'measures'")
        if self.layout == "records" and self.period_milestone not in self.milestones:
            known = ", ".join(self.milestones)
            raise ValueError(f"'period_milestone' names none of the milestones {known}")
        lacking = [name for name, rule in self.derived.items() if not rule.patterns_file]
        if lacking:
            raise ValueError(f"derived column {', '.join(lacking)} needs 'patterns_file'")
        return self


class Composition(_Model):
    """A total and the parts it is made of; the parts are named in the measures file."""

    title: str
    claim_type: ClaimType
    cannot_show: str


class Indicator(_Model):
    """A ratio with its definition: what is counted, out of what, and what it cannot show.

    Examples
    --------
    >>> from helpers.case import load
    >>> share = load("coroners").indicator("post_mortem_share")
    >>> share.numerator, share.denominator
    ('post_mortems', 'deaths_reported')
    """

    id: str
    label: str
    numerator: str
    denominator: str
    claim_type: ClaimType
    definition: str
    cannot_show: str
    sentence: str
    notebook: str = "1_unexpected_death_rates"


class Interval(_Model):
    """A stretch of time between two milestones.

    Examples
    --------
    >>> from helpers.case import load
    >>> load("coroners").intervals[0].label
    'Death to investigation opened'
    """

    id: str
    from_: str = Field(alias="from")
    to: str
    label: str


class Delays(_Model):
    """Which records the times between milestones are taken from."""

    register_: str = Field(alias="register")
    only: dict[str, str] = {}
    cohort: str
    population: str
    cannot_show: str


class Replies(_Model):
    """Which records owe a reply, when it falls due (in days), and how their states are named.

    Examples
    --------
    >>> from helpers.case import load
    >>> load("coroners").replies.due_days
    56
    """

    register_: str = Field(alias="register")
    due_days: int
    states: dict[Literal["complete", "partial", "none", "pending"], str]
    least_reports: int = 20
    focus: dict[str, str] = {}
    definition: str
    cannot_show: str


class Break(_Model):
    """A change of law, definition or system after which figures may not be comparable.

    Examples
    --------
    >>> from helpers.case import load
    >>> covid = Break(date="2020-03-23", note="Covid-19 pandemic", measures=["post_mortem_share"])
    >>> covid.date.year
    2020
    """

    date: date
    note: str
    measures: list[str]


class Case(_Model):
    """What ``case.yml`` says, checked; ``folder`` is where it stands.

    Examples
    --------
    >>> from helpers.case import load
    >>> case = load("coroners")
    >>> case.profiles, case.dimensions["area"]
    (['open', 'internal'], 'Coroner area')
    """

    case_version: Literal[1]
    id: str
    title: str
    data_status: Literal["real", "synthetic", "published"]
    summary: str
    period: Span
    extract_date: date
    profiles: list[str] = Field(min_length=1)
    dimensions: dict[str, str] = {}
    sources: list[Source]
    compositions: dict[str, Composition] = {}
    indicators: list[Indicator] = []
    intervals: list[Interval] = []
    delays: Delays | None = None
    replies: Replies | None = None
    breaks: list[Break] = []
    published: str | None = None
    folder: Path = Path()

    @model_validator(mode="after")
    def _consistent(self) -> Case:
        """Refuse names that lead nowhere: an exhibit would say that the records hold nothing."""
        ids = [source.id for source in self.sources]
        milestones = {name for source in self.sources for name in source.milestones}
        if len(set(ids)) != len(ids):
            raise ValueError("two sources have the same id")
        for rule in (self.delays, self.replies):
            if rule is not None and rule.register_ not in ids:
                raise ValueError(f"register {rule.register_!r} is not the id of a source")
        if self.replies is not None and "complete" not in self.replies.states:
            raise ValueError("replies: states do not say which of them is complete")
        if self.delays is not None:
            unknown = set(self.delays.only) - set(TABLES["reviews"].names)
            if unknown:
                raise ValueError(f"delays: {unknown.pop()!r} is not a column of reviews")
        for interval in self.intervals:
            wrong = {interval.from_, interval.to} - milestones
            if wrong:
                raise ValueError(f"interval {interval.id}: no source has milestone {wrong.pop()!r}")
        return self

    def path(self, name: str) -> Path:
        """Return the path of a file of the case.

        Parameters
        ----------
        name : str
            The file as ``case.yml`` names it, relative to the folder of the case.

        Returns
        -------
        Path
            Where it stands.

        Examples
        --------
        >>> from helpers.case import load
        >>> load("coroners").path("measures.csv").is_file()
        True
        """
        return self.folder / name

    def indicator(self, name: str) -> Indicator:
        """Return an indicator by id, or say which there are.

        Parameters
        ----------
        name : str
            Id of the indicator.

        Returns
        -------
        Indicator
            Its definition.

        Raises
        ------
        InputError
            Naming the indicators of the case, if it has none of this id.

        Examples
        --------
        >>> from helpers.case import load
        >>> load("coroners").indicator("open_long_share").label
        'Open inquests older than 12 months'
        """
        for indicator in self.indicators:
            if indicator.id == name:
                return indicator
        known = ", ".join(indicator.id for indicator in self.indicators)
        raise InputError.one(
            f"{name!r} is not an indicator of case {self.id}", "indicator", f"Use one of: {known}."
        )
