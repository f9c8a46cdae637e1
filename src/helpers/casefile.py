"""What ``case.yml`` may say: each entry with its type, and names that must lead somewhere.

- :class:`Case`: the whole file; its sources are in :mod:`helpers.sourcefile`, what it says of
  times in :mod:`helpers.casetimes`, of what is asked and assumed in :mod:`helpers.caseterms`.
- :class:`Break`, :class:`Provider`: changes of definition, and of the systems of a trust.
- :class:`Truth`: files that say what is true of a synthetic case.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from helpers import covariates
from helpers.caseterms import (
    RECORD,
    Alternatives,
    Assumption,
    Composition,
    Folder,
    Indicator,
    TermOfReference,
)
from helpers.caseterms import Target as Target
from helpers.casetimes import (
    KNOWN_AT_DEATH,
    KNOWN_OF_REPORTS,
    Bands,
    Delays,
    Interval,
    Limits,
    Maturity,
    Replies,
    Stages,
    Waiting,
)
from helpers.chain import STEPS
from helpers.errors import InputError
from helpers.planfile import PLAN, Plan
from helpers.record_items import Answers
from helpers.rules.definitions import national_changes
from helpers.sourcefile import IMPLIED, Source, Span, _Model
from helpers.tables import TABLES

CASE_VERSION = 1


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
    rebase: bool = False

    @property
    def at(self) -> date:
        """Return the day, by the name that control charts use."""
        return self.date

    @property
    def reason(self) -> str:
        """Return the note, by the name that control charts use."""
        return self.note


class Provider(_Model):
    """Days on which a trust went over to another rule or system; each breaks its series.

    Examples
    --------
    >>> Provider(psirf_go_live="2023-11-01").lfpse_go_live is None
    True
    """

    psirf_go_live: date | None = None
    lfpse_go_live: date | None = None


class Truth(_Model):
    """What is true of a synthetic case: the faults planted, and which records belong together."""

    dirt: str
    links: str


class Case(_Model):
    """What ``case.yml`` says, checked; ``folder`` is where it stands.

    ``registered`` and ``held`` come from a registered period that is laid over it: its name, and
    the days that the files speak of.

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
    stages: Stages | None = None
    limits: Limits | None = None
    waiting: Waiting | None = None
    bands: Bands | None = None
    replies: Replies | None = None
    breaks: list[Break] = []
    provider: Provider | None = None
    alternatives: Alternatives | None = None
    maturity: Maturity | None = None
    crosswalk: str | None = None
    labels: dict[str, str] = {}
    published: str | None = None
    year_start_month: int = Field(default=1, ge=1, le=12)
    assumptions: list[Assumption] = []
    decisions: str | None = None
    truth: Truth | None = None
    record: Answers = {}
    terms_of_reference: list[TermOfReference] = []
    judgement: Folder = RECORD
    parameters: dict[str, Any] = {}
    folder: Path = Path()
    plan: Plan | None = None
    registered: str = ""
    held: Span | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Case:
        """Refuse names that lead nowhere: an exhibit would say that the records hold nothing."""
        ids = [source.id for source in self.sources]
        personal = {"extract", "tally", "contacts"}
        extracts = [source.id for source in self.sources if source.layout in personal]
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
        asked = [item.id for item in self.terms_of_reference]
        if len(set(asked)) != len(asked):
            raise ValueError("two items of terms_of_reference have the same id")
        for rule in (self.delays, self.replies, self.maturity):
            if rule is not None and rule.register_ not in ids:
                raise ValueError(f"register {rule.register_!r} is not the id of a source")
        if self.replies is not None and "complete" not in self.replies.states:
            raise ValueError("replies: states do not say which of them is complete")
        if self.delays is not None:
            unknown = set(self.delays.only) - set(TABLES["reports"].names)
            if unknown:
                raise ValueError(f"delays: {unknown.pop()!r} is not a column of reports")
        self._planned()
        self._timed(milestones)
        self._matures()
        return self

    def _timed(self, milestones: set[str]) -> None:
        """Refuse stretches and stages between milestones that no source has."""
        for interval in self.intervals:
            wrong = {interval.from_, interval.to} - milestones
            if wrong:
                raise ValueError(f"interval {interval.id}: no source has milestone {wrong.pop()!r}")
        if self.stages is not None:
            way = self.stages
            named = [way.start, way.opened, way.report, *way.clocks]
            named += [one.milestone for one in way.path]
            wrong = sorted(name for name in set(named) - {None} if name not in milestones)
            if wrong:
                raise ValueError(f"stages: no source has milestone {wrong[0]!r}")
        if self.waiting:
            self._knows_in_time(self.waiting)

    def _knows_in_time(self, plan: Waiting) -> None:
        """Refuse a model of times with what became known only after the clock had started."""
        if plan.interval not in {one.id for one in self.intervals}:
            raise ValueError(f"waiting: {plan.interval!r} is not the id of an interval")
        of_deaths = any(
            source.table == "deaths" and self.delays and source.id == self.delays.register_
            for source in self.sources
        )
        known = set(KNOWN_AT_DEATH if of_deaths else KNOWN_OF_REPORTS)
        covariates.check(
            "waiting",
            plan.terms,
            known=known,
            declared=plan.declared,
            headers=covariates.headers(self.sources),
            settled="when the clock starts",
            so="so that whoever waited longer had more time to get it",
        )
        known |= {*TABLES["deaths"].names, *TABLES["reports"].names}
        wrong = [name for name in plan.declared if name not in known]
        if wrong:
            raise ValueError(f"waiting: declared {wrong[0]!r} is not a column of the records")
        for what, names in (("focus", [plan.focus]), ("reference", list(plan.reference))):
            unknown = [name for name in names if name not in plan.terms]
            if unknown:
                raise ValueError(f"waiting: {what} {unknown[0]!r} is not one of the terms")

    def _matures(self) -> None:
        """Refuse a delay between days that its register does not hold."""
        rule = self.maturity
        if rule is None:
            return
        source = next(one for one in self.sources if one.id == rule.register_)
        held = {*source.milestones, *IMPLIED.get(source.table or "", ())}
        wrong = sorted({rule.event, rule.known} - held)
        if wrong:
            raise ValueError(f"maturity: source {source.id} has no milestone {wrong[0]!r}")

    def _planned(self) -> None:
        """Refuse steps and characteristics that do not exist."""
        asked = [(f"interval {one.id}: among", one.among) for one in self.intervals]
        plan = self.plan
        if plan is not None and plan.records == "deaths":
            for model in (*plan.models, *plan.post_hoc):
                where = f"{PLAN}: model {model.id}"
                asked += [(f"{where}: outcome", model.outcome), (f"{where}: among", model.among)]
            known = {*TABLES["deaths"].names, "year"}
            self._of_records(plan, known, KNOWN_AT_DEATH, "on the day of death")
        elif plan is not None:
            if self.replies is None:
                raise ValueError(f"{PLAN}: records are replies, and case.yml has no entry replies")
            known = {*TABLES["reports"].names, "year"}
            settled = {*KNOWN_OF_REPORTS, "recipient_kind", "recipient_count", "year"}
            self._of_records(plan, known, settled, "on the day of the report")
        if self.stages is not None:
            asked += [("stages: among", self.stages.among)]
            asked += [(f"stages: {one.milestone}: among", one.among) for one in self.stages.path]
        for what, step in asked:
            if step not in STEPS:
                raise ValueError(f"{what} is {step!r}; it may be {', '.join(STEPS)}")

    def _of_records(self, plan: Plan, known: set[str], settled: Collection[str], when: str) -> None:
        """Refuse characteristics that are not recorded, or that may not explain the outcome."""
        terms = {**plan.terms, **(plan.missing.adds if plan.missing else {})}
        columns = [term.column for term in terms.values()]
        columns += [plan.control.column] if plan.control else []
        wrong = [name for name in (*columns, plan.cluster) if name not in known]
        if wrong:
            raise ValueError(f"{PLAN}: {', '.join(wrong)} is not recorded of each of the records")
        covariates.check(
            PLAN,
            {name: term.column for name, term in terms.items()},
            known=settled,
            declared={term.column: term.declared for term in terms.values() if term.declared},
            cluster=plan.cluster,
            headers=covariates.headers(self.sources),
            settled=when,
        )

    @property
    def name(self) -> str:
        """Return the name by which the case is loaded: its id, and the period laid over it."""
        return f"{self.id}/{self.registered}" if self.registered else self.id

    @property
    def all_breaks(self) -> list[Break]:
        """Return the breaks of the case with those of its trust and of national rules, in order.

        National changes count where the case names a provider; each concerns the indicators that
        are made of a step which it touches.
        """
        found = list(self.breaks)
        if self.provider is not None:
            own = (
                (self.provider.psirf_go_live, "PSIRF replaced the Serious Incident Framework here"),
                (self.provider.lfpse_go_live, "LFPSE replaced the earlier reporting system here"),
            )
            changes = [
                (row.date, row.note, row.steps)
                for row in national_changes().itertuples(index=False)
            ]
            changes += [(day, note, list(STEPS)) for day, note in own if day is not None]
            for day, note, steps in changes:
                touched = [
                    item.id
                    for item in self.indicators
                    if {item.numerator, item.denominator} & set(steps)
                ]
                found.append(Break(date=day, note=note, measures=[*steps, *touched]))
        return sorted(found, key=lambda one: one.date)

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
