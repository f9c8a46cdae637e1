"""Deaths made by hand for the tests of time limits, and what became of the limit of each.

10 May 2013 is a Friday. The working days after it are 13 to 17, 20 to 24 and 28 to 31 May: 27 May
is a bank holiday. The limits are those of the shipped table, but where a test writes its own.
"""

import dataclasses
from datetime import date

from ways import REPORTED, death, of

from helpers.casefile import Provider
from helpers.cohort import limits

INFORMED, REFERRED, REGISTERED = "family_informed", "coroner_referral", "registration"
CONCLUDED = "inquest_concluded"
CONTRACT, STEIS = ["candour_contract"], ["steis"]


def told(name="A", reported="2013-05-10", informed="2013-05-24", died="2013-05-08", **values):
    """A death whose family was to be told within 10 working days of the report."""
    return death(name, died, days={REPORTED: reported, INFORMED: informed}, **values)


def rows_of(run, *deaths, families=CONTRACT, counting=None, clock=None, **case):
    made = limits.held(of(run, *deaths, **case), families=families, counting=counting, clock=clock)
    return made.set_index("review_id")


def one(run, *deaths, **values):
    made = rows_of(run, *deaths, **values)
    assert len(made) == 1
    return made.iloc[0]


def late(run, *deaths, first="2010-01-01", extract="2025-12-31", **case):
    """A run over other years, with an extract of another day."""
    period = {"period_start": date.fromisoformat(first), "period_end": date(2025, 6, 30)}
    made = of(run, *deaths, extract_date=date.fromisoformat(extract), **case)
    return dataclasses.replace(made, parameters=made.parameters | period)


WENT_OVER = Provider(psirf_go_live="2023-10-01")
