"""Families find what notebooks count over any period, parts of years among them."""

import pandas as pd
import pytest

from helpers import start
from helpers.cohort import (
    definitions,
    delays,
    factors,
    families,
    learning,
    limits,
    quality_account,
    replies,
    series,
    steps,
)
from helpers.cohort import ends as ways
from helpers.cohort import strata as cohort
from helpers.cohort.units import units
from helpers.methods import change, compliance, proportions, standardise, survival
from helpers.pack.collect import Collected
from helpers.trace.families import family
from helpers.trace.look import Look
from helpers.trace.parts import DENOMINATOR, NUMERATOR

PARAMETERS = {
    "southern_health": {
        "strata": ["service"],
        "watch_indicator": "unexpected_of_deaths",
        "grain": "month",
        "baseline_periods": 12,
        "funnel_indicator": "reported_share",
    },
    "coroners": {
        "strata": ["region"],
        "watch_indicator": "mental_health_act_share",
        "grain": "year",
        "baseline_periods": 2,
        "funnel_indicator": "inquests_opened_share",
    },
}
PERIODS = [
    ("southern_health", "2011-07-15", "2014-12-31"),
    ("southern_health", "2013-04-01", "2015-03-31"),
    ("coroners", "2012-03-01", "2019-06-30"),
]


def of_years(run):
    return proportions.proportion(cohort.ratios(run, by="year"))


def of_watched(run, held):
    by = held["strata"]
    counted = series.strata_counts(
        run, held["watch_indicator"], grain=held["grain"], strata=by,
        baseline=held["baseline_periods"],
    )  # fmt: skip
    first, later = counted[counted["in_baseline"]], counted[~counted["in_baseline"]]
    whole = later.groupby(by, as_index=False)[["numerator", "denominator"]].sum()
    return standardise.indirect(whole, strata=by, reference=first)


def of_limits(run):
    by = ["label", "rule_id", "limit_words"]
    found = compliance.compliance(limits.timed(limits.held(run)), limit="limit_days", by=by)
    return compliance.one_row(found, by=by)


def of_times(run):
    both = ways.both_ways(run, delays.durations(run))
    by = ["interval", "label", "ended_otherwise"]
    return survival.share_by(both, times=[183, 365], by=by)


COUNTED = {
    "rates.chain": lambda run, held: steps.ladder(run),
    "rates.windows": lambda run, held: steps.windows(run),
    "rates.grid": lambda run, held: definitions.grid(run),
    "rates.shares_by_stratum": lambda run, held: cohort.ratios(run, by=held["strata"], spans=True),
    "rates.areas": lambda run, held: units(run, held["funnel_indicator"]),
    "change.counts": lambda run, held: cohort.totals(run, by="year", measures=cohort.headline(run)),
    "change.shares": lambda run, held: of_years(run),
    "change.first_to_last": lambda run, held: change.first_to_last(
        of_years(run), within=["indicator", "label"]
    ),
    "change.watched": of_watched,
    "delay.within": lambda run, held: of_times(run),
    "limits.compliance": lambda run, held: of_limits(run),
    "limits.families": lambda run, held: families.involvement(run),
    "backlog.late_by_year": lambda run, held: cohort.ratios(
        run, by="year", indicators="2_time_to_investigation"
    ),
    "backlog.replies_overall": lambda run, held: replies.shares(run),
    "risk.crude": lambda run, held: factors.crude(factors.study(run)),
    "learning.quarters": lambda run, held: learning.bases(run),
    "learning.years": lambda run, held: learning.bases(run, grain="year"),
    "learning.stated": lambda run, held: quality_account.filled(run),
}
"""What the notebooks make each exhibit from."""


@pytest.fixture(scope="module", params=PERIODS, ids=[" ".join(one) for one in PERIODS])
def looked(request):
    """A run over one period with its parameters, and a look at it."""
    case, first, last = request.param
    run = start(case=case, period_start=first, period_end=last)
    held = PARAMETERS[case]
    pages = ("1b_change_over_time", "1c_rates_and_watching")
    made = Collected(runs={page: {"parameters": held} for page in pages})
    return run, held, made


@pytest.mark.parametrize("exhibit", COUNTED)
def test_a_family_finds_the_rows_of_every_line_that_a_notebook_counts(looked, exhibit):
    run, held, made = looked
    frame = COUNTED[exhibit](run, held)
    facts = {"id": exhibit, "resource": None}
    made = Collected(exhibits=[facts], runs=made.runs)
    look = Look(run, made)
    if exhibit == "limits.compliance":  # it asks the exhibits which rules they show
        look.made.frame = lambda name: frame
    for row in frame.to_dict("records"):
        parts = {part.role: part for part in family(exhibit)(look, row)}
        for role in (NUMERATOR, DENOMINATOR):
            if role in row and not pd.isna(row[role]):
                assert parts[role].number == pytest.approx(float(row[role]), rel=1e-9), row
