"""What ``case.yml`` may say: each entry with its type, and names that must lead somewhere.

- :class:`Case`: the whole file; its sources are in :mod:`helpers.sourcefile`.
- :class:`Indicator`, :class:`Composition`, :class:`Interval`: what may be asked.
- :class:`Delays`, :class:`Replies`, :class:`Factors`: which records times and models rest on.
- :class:`Break`: changes of definition.
- :class:`Assumption`: what no source gives and the case takes to be so.
- :class:`Truth`: files that say what is true of a synthetic case.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from helpers.chain import STEPS
from helpers.errors import InputError
from helpers.sourcefile import IMPLIED, Source, Span, _Model
from helpers.tables import TABLES

CASE_VERSION = 1

ClaimType = Literal["process", "outcome", "comparison"]


class Composition(_Model):
    """A total and the parts it is made of; the parts are named in the measures file."""

    title: str
    claim_type: ClaimType
    cannot_show: str
    notebook: str = "1_unexpected_death_rates"


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
    """A stretch of time between two milestones; ``among`` names a step of the chain.

    Where records are of deaths, ``among`` says which of them the stretch is counted for: all
    (``deaths``) or those that were reported, categorised as unexpected, investigated.

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
    among: str = "deaths"


class Delays(_Model):
    """Which records the times between milestones are taken from.

    A register of reports, or the source of deaths; in that case deaths that have not reached the
    second milestone by the extract are counted as open.
    """

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
    least: int = 20
    units: str = "reports"
    having: str = "having no complete reply"
    focus: dict[str, str] = {}
    definition: str
    cannot_show: str


class Factors(_Model):
    """The model of the third notebook: what is explained, by what, among whom, in whose words.

    ``outcome`` and ``among`` are steps of the chain; ``terms`` gives the covariates by the name
    that readers see. ``focus`` words the characteristics that are stated as findings, whatever
    the model shows.
    """

    outcome: str
    among: str
    terms: dict[str, str]
    reference: dict[str, str] = {}
    cluster: str = "team"
    least: int = Field(default=20, ge=1)
    units: str
    having: str
    definition: str
    cannot_show: str
    focus: dict[str, str] = {}


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


class Truth(_Model):
    """What is true of a synthetic case: the faults planted, and which records belong together."""

    dirt: str
    links: str


class Assumption(_Model):
    """Something that no source gives and the case takes to be so; listed on the pages."""

    id: str
    text: str
    value: str | float | None = None


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
    factors: Factors | None = None
    breaks: list[Break] = []
    labels: dict[str, str] = {}
    published: str | None = None
    year_start_month: int = Field(default=1, ge=1, le=12)
    assumptions: list[Assumption] = []
    decisions: str | None = None
    truth: Truth | None = None
    parameters: dict[str, Any] = {}
    folder: Path = Path()

    @model_validator(mode="after")
    def _consistent(self) -> Case:
        """Refuse names that lead nowhere: an exhibit would say that the records hold nothing."""
        ids = [source.id for source in self.sources]
        extracts = [source.id for source in self.sources if source.layout == "extract"]
        if extracts and self.data_status != "synthetic" and self.profiles != ["internal"]:
            raise ValueError(
                "profiles of a case with extracts about real people can be [internal] only: "
                "no other profile suppresses small numbers yet"
            )
        milestones = {name for source in self.sources for name in source.milestones}
        for source in self.sources:
            milestones |= set(IMPLIED.get(source.table or "", ()))
        if len(set(ids)) != len(ids):
            raise ValueError("two sources have the same id")
        for rule in (self.delays, self.replies):
            if rule is not None and rule.register_ not in ids:
                raise ValueError(f"register {rule.register_!r} is not the id of a source")
        if self.replies is not None and "complete" not in self.replies.states:
            raise ValueError("replies: states do not say which of them is complete")
        if self.delays is not None:
            unknown = set(self.delays.only) - set(TABLES["reports"].names)
            if unknown:
                raise ValueError(f"delays: {unknown.pop()!r} is not a column of reports")
        self._planned()
        for interval in self.intervals:
            wrong = {interval.from_, interval.to} - milestones
            if wrong:
                raise ValueError(f"interval {interval.id}: no source has milestone {wrong.pop()!r}")
        return self

    def _planned(self) -> None:
        """Refuse steps and characteristics that do not exist."""
        asked = [(f"interval {one.id}: among", one.among) for one in self.intervals]
        plan = self.factors
        if plan is not None:
            asked += [("factors: outcome", plan.outcome), ("factors: among", plan.among)]
            known = {*TABLES["deaths"].names, "year", "age_decade"}
            wrong = [name for name in (*plan.terms.values(), plan.cluster) if name not in known]
            if wrong:
                raise ValueError(f"factors: {', '.join(wrong)} is not recorded of each death")
        for what, step in asked:
            if step not in STEPS:
                raise ValueError(f"{what} is {step!r}; it may be {', '.join(STEPS)}")

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
