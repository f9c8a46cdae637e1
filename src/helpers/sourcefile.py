"""What ``case.yml`` may say of a source: the file or database, its layout, how columns are read.

- :class:`Source`, :class:`ColumnMap`: a raw file and how it is read.
- :class:`Sheets`, :class:`Database`, :class:`FieldMap`: the parts of an extract, and its columns.
- :class:`Tally`, :class:`Tallied`: what is counted of a file with one row a death.
- :class:`Contacts`: what is counted of a file with one row a contact or referral.
- :class:`Span`: a period, such as the one that a source covers.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from helpers.tables import TABLES

UNDECIDED = "DECIDE"
"""What stands in a draft where a person must decide."""

IDENTITY = (
    "nhs_number",
    "nhs_number_status",
    "dob",
    "surname",
    "forename",
    "local_id",
    "postcode",
    "sex",
    "age",
)
"""Fields by which a person is found: used to link records, then dropped from every table but
``deaths``, which keeps sex and age."""

IMPLIED = {
    "deaths": ("death", "trust_knew", "registration"),
    "incidents": ("incident_occurred", "identified", "incident_reported", "steis_logged"),
}
"""Milestones that stand in columns of a table of their own and need not be declared."""

COUNTED_BY = ("area", "region", "service", "age_band", "sex")
"""Columns of ``counts`` by which a tally can count; a trust or provider is the area."""

CARED_BY = ("provider", "service", "sex")
"""Columns of ``exposure`` by which contacts can count, beside age and month."""

RELATED = {
    "family_involvement": ("family", "involvement"),
    "review_outcome": ("reviews", "outcome"),
    "legitimate_delay_code": ("reviews", "legitimate_delay_code"),
    "problem_in_care": ("reviews", "problem_in_care"),
}
"""Fields of an incident system that other tables hold: name, table and column."""


def _date_format(text: str) -> str:
    try:
        datetime.strptime("", text)  # noqa: DTZ007 - only the format is looked at
    except ValueError as error:
        if "does not match" not in str(error):
            raise
    return text


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _not_recorded(value: object) -> object:
    """Read a plain list of words as words that mean that nothing was recorded."""
    return dict.fromkeys(value, "NR") if isinstance(value, list) else value


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
    """How one canonical column is read from a source; ``bands``: ages at which each begins."""

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
    bands: list[Annotated[int, Field(ge=0, le=119)]] = []


class Sheets(_Model):
    """Which sheets of a workbook are read (patterns of whole names) and which are not, and why."""

    read: list[Pattern] = [".*"]
    ignore: dict[str, str] = {}
    header_rows: int = Field(default=1, ge=1, le=3)


class Database(_Model):
    """Where rows of a database come from; the connection is named, never written here.

    ``connection`` is an environment variable that holds the connection string; ``table`` or
    ``query`` says which rows.
    """

    connection: str
    table: str | None = None
    query: str | None = None

    @model_validator(mode="after")
    def _one(self) -> Database:
        if (self.table is None) == (self.query is None):
            raise ValueError("name either a table or a query")
        return self


class FieldMap(_Model):
    """How one canonical column or milestone is read from the columns of an extract.

    ``from`` holds the header, or its spellings in different sheets; ``missing`` adds words that
    mean that nothing was recorded, with the code they stand for; ``serials`` says how a date
    that is held as a number is counted where the file itself does not say.
    """

    from_: Annotated[list[str], BeforeValidator(_one_or_more)] = Field(alias="from", min_length=1)
    format: Format | None = None
    also: list[Format] = []
    serials: Literal["1900", "1904"] | None = None
    missing: Annotated[
        dict[str, Literal["NR", "NK", "NA", "WH"]], BeforeValidator(_not_recorded)
    ] = {}
    map: dict[str, str] | None = None
    map_file: str | None = None
    optional: bool = False


class Tallied(_Model):
    """A count of a tally: every row, or those that hold one of the values of each column."""

    label: str
    where: dict[str, Annotated[list[str], Field(min_length=1)]] = {}
    composition: str = ""
    note: str = ""


class Tally(_Model):
    """What is counted of a file with one row a death.

    ``date`` is the column of the day of death with its format, and words under ``missing``.
    ``known`` names values of a column of ``where`` that count for no measure: one that nobody
    named stops the run.
    """

    date: FieldMap
    measures: Annotated[dict[str, Tallied], Field(min_length=1)]
    known: dict[str, list[str]] = {}
    delimiter: Literal[",", ";", "\t", "|"] = ","

    @model_validator(mode="after")
    def _plain(self) -> Tally:
        """Refuse what a tally would not look at."""
        unused = {"also", "serials", "map", "map_file", "optional"} & self.date.model_fields_set
        if unused or len(self.date.from_) != 1:
            what = ", ".join(sorted(unused)) or "more than one column"
            raise ValueError(f"the date of a tally has {what}, which a tally does not read")
        asked = {column for one in self.measures.values() for column in one.where}
        lost = [column for column in self.known if column not in asked]
        if lost:
            raise ValueError(f"known names {', '.join(lost)}, which no measure asks for")
        return self


class Contacts(_Model):
    """What is counted of a file with one row a contact (``date``) or referral (``start``, ``end``).

    ``person`` is the column that tells people apart; the age comes from the day of birth
    (``born``) or, of contacts only, from a column (``age``). ``memory_limit`` is what the counting
    may take; what does not fit goes to disk for as long as it lasts.
    """

    person: str
    date: FieldMap | None = None
    start: FieldMap | None = None
    end: FieldMap | None = None
    born: FieldMap | None = None
    age: str | None = None
    bands: list[Annotated[int, Field(ge=0, le=119)]] = [0, 18, 25, 35, 45, 55, 65, 75, 85]
    missing: list[str] = []
    delimiter: Literal[",", ";", "\t", "|"] = ","
    memory_limit: Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)? ?([MG]i?B)$")] = "2GB"
    threads: Annotated[int, Field(ge=1, le=64)] | None = None

    @model_validator(mode="after")
    def _plain(self) -> Contacts:
        """Refuse a row that is both a contact and a referral, or whose age is not known."""
        if (self.date is None) == (self.start is None) or (self.start is None) != (
            self.end is None
        ):
            raise ValueError("name either date (contacts), or start and end (referrals)")
        if self.born and self.age:
            raise ValueError("name either born or age")
        if self.age and self.start:
            raise ValueError("the age of a referral changes with time: name born in place of age")
        if self.bands != sorted(set(self.bands)) or not self.bands:
            raise ValueError("bands do not begin at rising ages")
        for name in ("date", "start", "end", "born"):
            rule = getattr(self, name)
            unused = {"also", "serials", "map", "map_file", "optional"}
            if rule is not None and (unused & rule.model_fields_set or len(rule.from_) != 1):
                raise ValueError(f"{name} can have one column, a format and words under missing")
        return self


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
    file: str | None = None
    database: Database | None = None
    licence: str
    encoding: str = "utf-8"
    layout: Literal["annual_counts", "records", "extract", "tally", "contacts"]
    coverage: Span
    year: str | None = None
    measures: str | None = None
    tally: Tally | None = None
    contacts: Contacts | None = None
    dimensions: dict[str, ColumnMap] = {}
    columns: dict[str, ColumnMap] = {}
    derived: dict[str, ColumnMap] = {}
    milestones: dict[str, FieldMap] = {}
    period_milestone: str | None = None
    table: Literal["deaths", "incidents", "registrations", "exposure"] | None = None
    system: str | None = None
    sheets: Sheets = Sheets()
    date_format: Format | None = None
    date_also: list[Format] = []
    fields: dict[str, FieldMap] = {}
    ignored: dict[str, str] = {}
    quarantined: list[str] = []

    @model_validator(mode="after")
    def _complete(self) -> Source:
        """Refuse a source that its layout cannot be read from."""
        if (self.file is None) == (self.database is None):
            raise ValueError("a source needs either 'file' or 'database'")
        if self.layout != "extract" and self.file is None:
            raise ValueError(f"a source laid out as {self.layout} needs 'file'")
        if self.layout == "extract":
            if self.table is None:
                raise ValueError("an extract needs 'table'")
            known = {*TABLES[self.table].names, *IDENTITY, *RELATED}
            wrong = [name for name in self.fields if name not in known]
            if wrong:
                raise ValueError(f"field {', '.join(wrong)} is not a column of {self.table}")
            allowed = next(c.allowed for c in TABLES["milestones"].columns if c.name == "milestone")
            self._codes()
            wrong = [name for name in self.milestones if name not in allowed]
            if wrong:
                raise ValueError(f"milestone {', '.join(wrong)} is not one the suite knows")
        if self.layout == "annual_counts" and not (self.year and self.measures):
            raise ValueError("a source of annual counts needs 'year' and 'measures'")
        if (self.layout == "tally") != (self.tally is not None):
            raise ValueError("'tally' says what is counted by the layout tally, and by no other")
        if (self.layout == "contacts") != (self.contacts is not None):
            raise ValueError("'contacts' says what is counted by the layout contacts, and no other")
        if self.layout == "contacts":
            self._cared_for()
        if self.layout == "tally":
            self._counted_by()
        elif any(rule.bands for rule in self.dimensions.values()):
            raise ValueError("bands are for the layout tally")
        if self.layout == "records" and self.period_milestone not in self.milestones:
            known = ", ".join(self.milestones)
            raise ValueError(f"'period_milestone' names none of the milestones {known}")
        lacking = [name for name, rule in self.derived.items() if not rule.patterns_file]
        if lacking:
            raise ValueError(f"derived column {', '.join(lacking)} needs 'patterns_file'")
        return self

    def _counted_by(self) -> None:
        """Refuse a dimension of a tally that cannot be counted by, or is not read as declared."""
        wrong = [name for name in self.dimensions if name not in COUNTED_BY]
        if wrong:
            raise ValueError(
                f"dimension {', '.join(wrong)} is not a column of counts; "
                f"it may be {', '.join(COUNTED_BY)}"
            )
        if lost := {"year", "measures", "columns", "fields", "milestones"} & self.model_fields_set:
            raise ValueError(f"a tally does not read {', '.join(sorted(lost))}")
        read = {"from_", "map", "map_file", "otherwise", "missing", "bands"}
        for name, rule in self.dimensions.items():
            if unread := rule.model_fields_set - read:
                raise ValueError(f"dimension {name}: a tally does not read {', '.join(unread)}")
            if (rule.map is not None) + (rule.map_file is not None) + bool(rule.bands) > 1:
                raise ValueError(f"dimension {name} has more than one of map, map_file and bands")
            if rule.bands != sorted(set(rule.bands)):
                raise ValueError(f"dimension {name}: bands do not begin at rising ages")
            if rule.otherwise not in (None, "quarantine"):
                raise ValueError(f"dimension {name}: otherwise can be quarantine only")

    def _cared_for(self) -> None:
        """Refuse a dimension that people cannot be counted by, or is not read as declared."""
        wrong = [name for name in self.dimensions if name not in CARED_BY]
        if wrong or "service" not in self.dimensions:
            raise ValueError(
                f"contacts are counted by {', '.join(CARED_BY)}, of which service must be there"
            )
        if lost := {"year", "measures", "columns", "fields", "milestones"} & self.model_fields_set:
            raise ValueError(f"contacts do not read {', '.join(sorted(lost))}")
        read = {"from_", "map", "map_file", "otherwise", "missing"}
        for name, rule in self.dimensions.items():
            if unread := rule.model_fields_set - read:
                raise ValueError(f"dimension {name}: contacts do not read {', '.join(unread)}")
            if rule.map is not None and rule.map_file is not None:
                raise ValueError(f"dimension {name} has both a map and a map_file")
            if rule.otherwise not in (None, "quarantine"):
                raise ValueError(f"dimension {name}: otherwise can be quarantine only")

    def _codes(self) -> None:
        """Refuse a map to a code that the canonical column does not have."""
        columns = {column.name: column for column in TABLES[self.table or "deaths"].columns}
        for name, rule in self.fields.items():
            table, other = RELATED.get(name, (None, name))
            column = columns.get(name)
            if table is not None:
                column = next(c for c in TABLES[table].columns if c.name == other)
            if column is None or rule.map is None or UNDECIDED in rule.map.values():
                continue
            allowed = ("yes", "no") if column.kind == "flag" else column.allowed
            wrong = sorted(set(rule.map.values()) - set(allowed)) if allowed else []
            if wrong:
                raise ValueError(
                    f"field {name} is mapped to {', '.join(wrong)}; it may be {', '.join(allowed)}"
                )
