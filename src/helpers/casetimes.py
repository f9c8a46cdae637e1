"""What ``case.yml`` may say of times: stretches, the way of stages, limits, replies, maturity.

- :class:`Interval`: a stretch of time between two milestones.
- :class:`Delays`: which records the times are taken from.
- :class:`Stages`: the way from a death to the end of its investigation, stage by stage.
- :class:`Limits`: the time limits that are asked about.
- :class:`Waiting`: the model of how long a stretch took.
- :class:`Bands`: times that are published as counts in bands.
- :class:`Replies`: which records owe a reply, and when.
- :class:`Maturity`: which two days tell how long it took until an event was known.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from helpers.sourcefile import _Model


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


class Stage(_Model):
    """A stage of the way: the milestone that ends it, and whom it concerns.

    ``among`` names a step of the chain; people who are not in it pass the stage at once.
    """

    milestone: str
    label: str
    among: str = "deaths"


class Stages(_Model):
    """The way from a death to the end of its investigation, in the order that was meant.

    ``among`` names the step of the chain whose people are followed; ``opened`` the milestone at
    which an investigation counts as opened; ``report`` the milestone up to which several clocks
    are set side by side, and ``clocks`` the milestones they may start at; ``horizon`` the days
    over which the time spent in each stage is counted. The last stage of ``path`` is the end.
    """

    among: str = "deaths"
    start: str = "death"
    opened: str
    path: list[Stage] = Field(min_length=1)
    report: str | None = None
    clocks: list[str] = []
    horizon: int = Field(default=730, ge=1)


class Limits(_Model):
    """The time limits that are asked about; ``file`` replaces the table of the suite.

    ``headline`` is the family of rules whose limit is tried in several ways; ``local_to`` names
    the provider whose local rules apply too; ``legitimate`` are the recorded reasons for a delay
    that are set apart on request.
    """

    file: str | None = None
    headline: str = "report"
    local_to: str = ""
    legitimate: list[Literal["police", "inquest", "HSE", "LeDeR hold", "family request"]] = []


KNOWN_AT_DEATH = frozenset(
    {
        *("provider", "service", "team", "sex", "ethnic_category", "age", "age_band"),
        *("age_decade", "year"),
        *("place_of_death", "inpatient_at_death", "leave_status", "mha_status"),
        *("discharge_reason", "days_since_contact", "days_since_discharge", "main_provider"),
        *("ld", "autism", "smi", "in_window_ip", "in_window_30d", "in_window_3m", "in_window_6m"),
    }
)
"""Columns of deaths that are settled on the day of death; what is recorded later, such as the
category of the death or what a review found, would make those who waited long look different."""

KNOWN_OF_REPORTS = frozenset({"area", "place", "category"})
"""Columns of a register that are settled before the report is written."""


class Waiting(_Model):
    """The model of how long a stretch took: which one, explained by what.

    ``terms`` gives the covariates by the name that readers see, as columns of deaths or
    ``year``; all of them must be known when the clock starts, but for the columns that are
    ``declared`` to be of later, best with a reason. None may say who of the staff it was. ``focus``
    is the term whose levels are translated into days and chances. What the model cannot show, and
    which terms are of later, stand with each of its exhibits.
    """

    interval: str
    terms: dict[str, str]
    reference: dict[str, str] = {}
    declared: list[str] | dict[str, str] = []
    focus: str
    days: list[int] = Field(default=[183, 365], min_length=1)
    cannot_show: str


class Bands(_Model):
    """Times that are published as counts in bands, and the measures of what waits.

    ``ended`` is the composition of what ended, by the time it took; ``stock``, ``inflow`` and
    ``outflow`` are measures that count the same kind of thing. ``last_months`` is what the band
    without end is taken to stand for, in months: an assumption, which ``why`` gives grounds for;
    both stand with the mean that rests on it.
    """

    ended: str
    stock: str
    inflow: str
    outflow: str
    last_months: float = Field(gt=0)
    why: str


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
    definition: str
    cannot_show: str


class Maturity(_Model):
    """Which two milestones tell how long it took until an event was known.

    ``register`` is the source whose milestones count; ``share`` is the share of events that must
    be known before a period counts as mature; ``delays`` are the upper ends, in days, of the
    classes of delay.
    """

    register_: str = Field(alias="register")
    event: str = "death"
    known: str
    period: Literal["month", "quarter", "year"] = "quarter"
    share: float = Field(default=0.95, gt=0, lt=1)
    delays: list[int] = Field(default=[7, 14, 30, 60, 90, 180, 365], min_length=1)
    cannot_show: str
