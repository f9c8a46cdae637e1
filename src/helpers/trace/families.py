"""Which rows the numbers of each exhibit are made of: the registry of families.

- :data:`FAMILIES`: by id of an exhibit, the function that finds the rows of one of its rows.
- :func:`family`: that of an exhibit, if it has one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from helpers.trace import counts, deaths, delays, learning, models, providers, records, two_periods
from helpers.trace.look import Look
from helpers.trace.parts import Part

Row = Mapping[str, Any]
Family = Callable[[Look, Row], "list[Part] | None"]


def _spread(look: Look, row: Row) -> list[Part] | None:
    return counts.units(look, row, indicator=row["indicator"], exhibit="rates.areas", whole=False)


def _funnel(look: Look) -> str:
    return str(look.parameter("1c_rates_and_watching", "funnel_indicator"))


def _outside(look: Look, row: Row) -> list[Part] | None:
    return counts.units(look, row, indicator=_funnel(look), exhibit="watch.ratios", whole=True)


FAMILIES: dict[str, Family] = {
    "quality.linked": records.linked,
    "quality.reconciled": records.reconciled,
    "rates.steps": deaths.step,
    "rates.chain": deaths.step,
    "rates.windows": deaths.window,
    "rates.grid": deaths.combination,
    "rates.range": deaths.combination,
    "rates.shares_by_stratum": counts.indicator,
    "rates.areas": counts.indicator,
    "rates.spread": _spread,
    "change.counts": counts.measure,
    "change.shares": counts.indicator,
    "change.first_to_last": counts.change,
    "change.latest": partial(counts.indicator, told=True),
    "change.changes": counts.change,
    "change.watched": partial(counts.watched, page="1b_change_over_time"),
    "watch.outside": _outside,
    "delay.quartiles": delays.interval,
    "delay.within": delays.interval,
    "delay.finished_only": delays.interval,
    "delay.by_year": delays.interval,
    "delay.by_group": delays.interval,
    "delay.medians": delays.interval,
    "delay.within_year": delays.interval,
    "delay.stages": delays.stage,
    "delay.longest_stage": delays.stage,
    "delay.stage_quartiles": delays.wait,
    "delay.clocks": delays.clock,
    "limits.compliance": delays.limit,
    "limits.by_year": delays.limit,
    "limits.by_group": delays.limit,
    "limits.shares": delays.limit,
    "limits.families": deaths.involvement,
    "limits.families_found": deaths.involvement,
    "limits.family_waits": delays.family,
    "backlog.parts_latest": counts.measure,
    "backlog.late_by_year": counts.indicator,
    "backlog.areas": counts.indicator,
    "backlog.late_latest": partial(counts.indicator, told=True),
    "backlog.replies_standing": delays.standing,
    "backlog.replies_overall": delays.reply,
    "risk.records": models.standing,
    "risk.crude": models.crude,
    "risk.coefficients": models.level,
    "risk.effects": models.level,
    "risk.overall": models.overall,
    "risk.focus": models.level,
    "sure.range": models.comparison,
    "learning.years": learning.reviewed,
    "learning.quarters": learning.reviewed,
    "learning.latest": learning.reviewed,
    "learning.stated": learning.statement,
    "review.planned": partial(models.planned, page="3c_reviewers"),
    "providers.standing": providers.one,
    "providers.shares": providers.one,
    "providers.placed": providers.one,
    "providers.coverage": providers.covered,
    "providers.left_out": providers.left_out,
    "providers.outside": providers.outside,
    "providers.known": providers.known,
    "periods.shares": two_periods.change,
    "periods.found": two_periods.change,
}
"""By id of an exhibit: what finds the rows of one of its rows."""


def family(exhibit: str) -> Family | None:
    """Return what finds the rows of a row of an exhibit.

    Parameters
    ----------
    exhibit : str
        Its id.

    Examples
    --------
    >>> family("rates.steps").__name__, family("mine.first")
    ('step', None)
    """
    return FAMILIES.get(exhibit)
