"""Time limits against deaths made by hand: which was in force, and what became of it."""

import numpy as np
import pandas as pd
import pytest
from limits_by_hand import (
    CONCLUDED,
    CONTRACT,
    INFORMED,
    REFERRED,
    REGISTERED,
    WENT_OVER,
    late,
    one,
    rows_of,
    told,
)
from ways import FINAL, LOGGED, REPORTED, death, of

from helpers.casetimes import Limits
from helpers.cohort import limits

# ---- One limit ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("informed", "days", "status"),
    [
        ("2013-05-24", 10, "met"),
        ("2013-05-28", 11, "breached"),
        ("2013-05-10", 0, "met"),
        ("2013-05-18", 6, "met"),  # a Saturday after the fifth working day: as on Monday
        ("2013-05-25", 11, "breached"),  # a Saturday after the last day of the limit
    ],
)
def test_ten_working_days_are_counted_from_the_day_after_the_report(
    trust_run, informed, days, status
):
    made = one(trust_run, told(informed=informed))
    assert (made["days"], made["limit_days"], made["status"]) == (days, 10, status)
    assert made["due"] == pd.Timestamp("2013-05-24")
    assert (made["start_from"], made["cause"]) == (REPORTED, 1)


def test_the_first_day_counts_where_that_is_asked(trust_run):
    """Friday is the first day and Thursday 23 May the tenth: Friday 24 is the eleventh."""
    made = one(trust_run, told(), counting="inclusive")
    assert (made["days"], made["limit_days"], made["status"]) == (11, 10, "breached")
    assert made["due"] == pd.Timestamp("2013-05-23")


def test_the_clock_starts_where_that_is_asked(trust_run):
    """With the death on Wednesday 8 May: due on Wednesday 22, and 24 is the twelfth day."""
    made = one(trust_run, told(), clock="death")
    assert (made["days"], made["status"]) == (12, "breached")
    assert made["begun"] == pd.Timestamp("2013-05-08")


def test_an_open_limit_is_overdue_only_after_its_last_day(trust_run):
    """The extract is of 30 September 2014. Reported on 16 September, 10 working days end on it."""
    others = {"died": "2014-03-01", "informed": None}
    known = told(name="Z", informed="2013-05-24")
    made = rows_of(trust_run, known, told(reported="2014-09-16", **others))
    assert made.loc["A", ["status", "cause", "days"]].tolist() == ["open in time", 0, 10]
    made = rows_of(trust_run, known, told(reported="2014-09-15", **others))
    assert made.loc["A", ["status", "cause", "days"]].tolist() == ["open overdue", 0, 11]


def test_a_clock_that_did_not_start_is_said_to_have_not(trust_run):
    made = rows_of(trust_run, told("A"), told("B", reported=None, informed=None))
    assert made.loc["B", "status"] == "clock not started"
    assert np.isnan(made.loc["B", "days"])


def test_an_end_of_another_kind_is_neither_met_nor_overdue(trust_run):
    """Removed from the list on Friday 31 May, 14 working days after the report."""
    gone = told("B", informed=None, outcome="delogged", delog_date="2013-05-31")
    made = rows_of(trust_run, told("A"), gone).loc["B"]
    assert (made["status"], made["cause"], made["days"]) == ("ended without it", 2, 14)


@pytest.mark.parametrize("informed", ["2013-05-09", "2013-04-30"])
def test_a_stop_before_its_start_is_out_of_order_and_never_met(trust_run, informed):
    run = of(trust_run, told("A"), told("B", informed=informed))
    made = limits.held(run, families=CONTRACT)
    row = made.set_index("review_id").loc["B"]
    assert row["status"] == "dates out of order"
    assert np.isnan(row["days"])
    assert limits.standing(made)["dates_out_of_order"].tolist() == [1]
    assert limits.timed(made)["review_id"].tolist() == ["A"]


def test_a_start_a_century_too_early_is_out_of_order_and_stops_nothing(trust_run):
    """Bank holidays are listed from 1999, and no working day before can be counted."""
    made = rows_of(trust_run, told("A"), told("B", reported="1913-05-10"))
    assert made["status"].tolist() == ["met", "dates out of order"]


def test_a_stop_after_the_extract_was_not_seen_by_it(trust_run):
    made = rows_of(trust_run, told("A"), told("B", informed="2014-10-15"))
    assert made.loc["B", "status"] == "open overdue"


def test_a_death_without_a_day_has_no_rule_to_be_chosen(trust_run):
    unknown = death(
        "B", "2013-05-08", days={"death": None, REPORTED: "2013-05-10", INFORMED: "2013-05-24"}
    )
    assert rows_of(trust_run, told("A"), unknown).loc["B", "status"] == "date missing"


def test_calendar_days_and_months_run_to_the_same_day(trust_run):
    """Referred on 2 September 2013: six months end on 2 March 2014, 30 - 2 + 31 + 30 + 31 + 31 +
    28 + 2 = 181 days later. Concluded on the day after is late by the number."""
    for concluded, status in (("2014-03-02", "met"), ("2014-03-03", "breached")):
        inquest = death("A", "2013-09-01", days={REFERRED: "2013-09-02", CONCLUDED: concluded})
        made = one(trust_run, inquest, families=["inquest"])
        assert (made["status"], made["limit_days"]) == (status, 181)
        assert made["days"] == 181 + (status == "breached")


# ---- Which rule, and whom it concerns -----------------------------------------------------------


def reports(name, died, kind="SIRI"):
    """A death with a report 100 days later."""
    first = pd.Timestamp(died)
    return death(
        name, died, kind=kind, outcome="completed",
        days={REPORTED: first, LOGGED: first, "investigator_appointed": first,
              FINAL: first + pd.Timedelta(days=100)},
    )  # fmt: skip


FOUR = (
    reports("before", "2014-05-01"),
    reports("framework", "2016-05-03"),
    reports("pandemic", "2021-05-04"),
    reports("response", "2024-05-01", kind="PSII"),
)


def test_the_rule_is_that_of_the_day_of_the_death(trust_run):
    """From 2010: 60 working days; from 2015: 60 working days from another start; lifted from March
    2020 and never a breach; from the day on which the provider went over: no number."""
    run = late(trust_run, *FOUR, provider=WENT_OVER)
    made = limits.held(run, families=["report"]).set_index("review_id")
    assert made["rule_id"].to_dict() == {
        "before": "SI10-G2", "framework": "SI15-60", "pandemic": "SI15-60-COVID",
        "response": "PSIRF",
    }  # fmt: skip
    assert made["status"].tolist() == ["breached", "breached", "suspended", "no limit in force"]
    assert limits.timed(made.reset_index())["review_id"].tolist() == ["before", "framework"]


def test_without_the_day_of_the_provider_later_rules_are_not_guessed(trust_run):
    made = limits.held(late(trust_run, *FOUR), families=["report"])
    assert made["status"].tolist() == ["breached", "breached", "date missing", "date missing"]


def test_each_rule_counts_for_those_whom_it_concerns(trust_run):
    """The frameworks of serious incidents ask nothing of a critical incident review; that of 2022
    concerns every death that was investigated, and knows no serious incidents."""
    run = late(
        trust_run,
        reports("A", "2014-05-01"),
        reports("B", "2014-05-01", kind="CIR"),
        reports("C", "2024-05-01", kind="PSII"),
        provider=WENT_OVER,
    )
    made = limits.held(run, families=["report"]).set_index("review_id")["rule_id"]
    assert made.to_dict() == {"A": "SI10-G2", "C": "PSIRF"}


def test_before_any_rule_of_a_family_no_limit_was_in_force(trust_run):
    """The duty of the contract is of 1 April 2013."""
    made = rows_of(trust_run, told("A"), told("B", died="2013-03-31", reported="2013-04-02"))
    assert made["rule_id"].tolist() == ["DOC-CONTRACT", ""]
    assert made["status"].tolist() == ["met", "no limit in force"]


def test_who_is_excepted_is_left_out_of_that_rule_alone(trust_run):
    """Registration has five days unless a coroner is concerned. 1 to 6 May are five days."""
    deaths = [
        death("A", "2013-05-01", days={REGISTERED: "2013-05-06"}),
        death("B", "2013-05-01", days={REGISTERED: "2013-05-07"}),
        death("C", "2013-05-01", days={REGISTERED: "2014-02-01", REFERRED: "2013-05-02"}),
    ]
    made = rows_of(trust_run, *deaths, families=["registration"])
    assert made["status"].to_dict() == {"A": "met", "B": "breached"}


def test_a_rule_about_inquests_concerns_those_on_whom_one_began(trust_run):
    deaths = [
        death("A", "2013-09-01", days={REFERRED: "2013-09-02", CONCLUDED: "2014-01-01"}),
        death("B", "2013-09-01"),
    ]
    assert rows_of(trust_run, *deaths, families=["inquest"]).index.tolist() == ["A"]


def test_a_local_rule_is_that_of_its_provider_alone(trust_run):
    assessed = death(
        "A", "2013-05-01", days={REPORTED: "2013-05-02", "ima_completed": "2013-05-04"}
    )
    assert limits.held(of(trust_run, assessed), families=["ima"]).empty
    mine = Limits(local_to="southern_health")
    made = one(trust_run, assessed, families=["ima"], limits=mine)
    assert (made["rule_id"], made["days"], made["limit_days"]) == ("SH-IMA", 2, 2)


def test_a_family_of_which_the_records_hold_no_start_or_no_stop_is_not_held_against_them(trust_run):
    made = limits.held(of(trust_run, told()))
    assert made["family"].unique().tolist() == ["candour_contract"]


def test_reasons_that_the_case_calls_legitimate_can_be_left_out(trust_run):
    """Two were late, one of them while the police asked for time; the case names the police."""
    police = Limits(legitimate=["police"])
    run = of(
        trust_run,
        told("A"),
        told("B", informed="2013-06-20", delay="police"),
        told("C", informed="2013-06-20", delay="inquest"),
        limits=police,
    )
    made = limits.held(run, families=CONTRACT)
    assert made["delay_reason"].tolist() == ["", "police", ""]
    assert len(limits.timed(made)) == 3
    assert limits.timed(made, legitimate="left out")["review_id"].tolist() == ["A", "C"]
