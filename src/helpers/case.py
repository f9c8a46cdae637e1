"""A case: one inquiry's files, what they mean, and what may be asked of them.

A case is a folder of ``data/`` with a ``case.yml``. Everything that a person decided about the
files (formats, maps, definitions, denominators, breaks) is in it, never in code.

- :func:`project_root`: the folder that holds ``data/`` and ``notebooks/``.
- :func:`available`: the cases of the project.
- :func:`load`: one case, checked.
- :func:`files`: every file that a case consists of.
- :func:`read_yaml`: YAML, read safely and fast.
- :class:`Case`, :class:`Source`, :class:`Indicator`, :class:`Interval`: what ``case.yml`` says.
"""

from __future__ import annotations

import os
import re
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from helpers.errors import InputError, Problem
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


def read_yaml(text: str) -> Any:
    """Return what YAML text says, by the fast loader where it is installed.

    Parameters
    ----------
    text : str
        YAML; tags that would run code are refused.

    Returns
    -------
    object
        Plain dictionaries, lists, texts, numbers and dates.

    Raises
    ------
    yaml.YAMLError
        If the text is not YAML.

    Examples
    --------
    >>> read_yaml("period: {start: 2020-01-01}")
    {'period': {'start': datetime.date(2020, 1, 1)}}
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders


def project_root() -> Path:
    """Return the folder that holds ``data/`` and ``notebooks/``.

    It is found from the environment variable ``INQUIRY_HOME`` or from where this package is
    installed from, never from the working directory: papermill, nbval and JupyterLab each start
    notebooks in another one.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If there is no such folder.

    Examples
    --------
    >>> (project_root() / "data" / "coroners" / "case.yml").is_file()
    True
    """
    named = os.environ.get("INQUIRY_HOME")
    root = Path(named) if named else Path(__file__).resolve().parents[2]
    if not (root / "data").is_dir():
        raise InputError.one(
            f"there is no folder data/ in {root.name or root}",
            "project",
            "Install the project with 'pip install -e .', or set INQUIRY_HOME to its folder.",
        )
    return root


def available() -> list[str]:
    """Return the ids of the cases of the project, sorted.

    Returns
    -------
    list of str
        Names of the folders of ``data/`` that hold a ``case.yml``.

    Raises
    ------
    InputError
        If there is no folder ``data/``.

    Examples
    --------
    >>> "coroners" in available()
    True
    """
    return sorted(path.parent.name for path in (project_root() / "data").glob("*/case.yml"))


def load(name: str) -> Case:
    """Return a case by the name of its folder.

    Parameters
    ----------
    name : str
        Folder of ``data/``.

    Returns
    -------
    Case
        The checked description; no data file is opened.

    Raises
    ------
    InputError
        If the case does not exist, its ``case.yml`` is not as it should be (every fault is
        named), or a file it names is missing.

    Examples
    --------
    >>> load("coroners").data_status
    'real'
    """
    folder = project_root() / "data" / name
    path = folder / "case.yml"
    where = f"data/{name}/case.yml"
    if not path.is_file():
        raise InputError.one(
            f"there is no case {name!r}", where, f"Cases: {', '.join(available()) or 'none'}."
        )
    try:
        raw = read_yaml(path.read_text(encoding="utf-8"))
        case = Case.model_validate({**raw, "folder": folder})
    except (yaml.YAMLError, UnicodeDecodeError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise InputError.one(f"not readable as YAML ({reason})", where, "Correct it.") from None
    except ValidationError as error:
        raise InputError(
            Problem(
                issue["msg"].lower(),
                f"{where}, {'.'.join(str(part) for part in issue['loc']) or 'top'}",
                "Correct the entry.",
            )
            for issue in error.errors()
        ) from None
    if case.id != name:
        raise InputError.one(
            f"id {case.id!r} is not the name of its folder", where, f"Write id: {name}."
        )
    missing = [file for file in files(case) if not case.path(file).is_file()]
    if missing:
        raise InputError(
            Problem(
                "the file is not there", f"data/{name}/{file}", "Put it there, or correct case.yml."
            )
            for file in missing
        )
    return case


def files(case: Case) -> list[str]:
    """Return every file that a case consists of, ``case.yml`` first, each once.

    Parameters
    ----------
    case : Case
        As :func:`load` returns it.

    Returns
    -------
    list of str
        Names relative to the folder of the case.

    Examples
    --------
    >>> files(load("coroners"))[:2]
    ['case.yml', 'moj_coroner_statistics_1995_2020.csv']
    """
    names = ["case.yml"]
    for source in case.sources:
        names += [source.file, source.measures]
        maps = [*source.columns.values(), *source.dimensions.values(), *source.derived.values()]
        for column in maps:
            names += [column.map_file, column.patterns_file]
    names.append(case.published)
    return list(dict.fromkeys(name for name in names if name))
