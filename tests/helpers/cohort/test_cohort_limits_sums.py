"""Time limits added up: every choice of them, the lines of figures, curves and the work list."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from limits_by_hand import CONCLUDED, CONTRACT, REFERRED, told
from ways import death, of

from helpers.casetimes import Limits
from helpers.cohort import limits
from helpers.methods import compliance, survival

day = st.one_of(st.none(), st.integers(-10, 400))
some = st.lists(
    st.tuples(day, day, st.sampled_from(["open", "completed", "delogged"]), st.integers(0, 400)),
    min_size=1,
    max_size=8,
)


def drawn(run, rows):
    first = pd.Timestamp("2012-12-01")

    def on(wait):
        return None if wait is None else first + pd.Timedelta(days=wait)

    made = [
        told(f"D{place}", on(begun), on(done), died=str(on(died).date()), outcome=outcome)
        for place, (begun, done, outcome, died) in enumerate(rows)
    ]
    return of(run, *made, told("Z"))


@pytest.mark.slow
@settings(max_examples=8)
@given(some, st.sampled_from([None, "inclusive"]), st.sampled_from([None, "death"]))
def test_what_became_of_each_adds_up_to_those_concerned(trust_run, rows, counting, clock):
    run = drawn(trust_run, rows)
    made = limits.held(run, families=CONTRACT, counting=counting, clock=clock)
    counted = limits.standing(made)
    assert len(made) == counted["concerned"].sum() == len(rows) + 1
    statuses = counted.drop(columns=["family", "rule_id", "label", "limit", "concerned"])
    assert statuses.sum(axis=1).tolist() == counted["concerned"].tolist()
    kept = limits.timed(made)
    done = kept[kept["cause"].eq(1)]
    assert (done["status"].eq("met") == done["days"].le(done["limit_days"])).all()
    found = compliance.compliance(kept, limit="limit_days") if len(kept) else None
    if found is not None:
        known = found.set_index("estimate").loc["known", "numerator"]
        assert known == kept["status"].eq("met").sum()


def test_standing_counts_by_hand(trust_run):
    made = limits.held(
        of(
            trust_run,
            told("A"),
            told("B", informed="2013-05-28"),
            told("C", informed=None),
            told("D", informed="2013-05-09"),
            told("E", reported=None, informed=None),
            told("F", died="2013-03-31"),
        ),
        families=CONTRACT,
    )
    rows = limits.standing(made).set_index("rule_id")
    assert rows.loc["DOC-CONTRACT", "limit"] == "10 working days"
    assert rows.loc["DOC-CONTRACT"].drop(["family", "label", "limit"]).to_dict() == {
        "concerned": 5, "met": 1, "breached": 1, "open_in_time": 0, "open_overdue": 1,
        "ended_without_it": 0, "suspended": 0, "no_limit_in_force": 0, "clock_not_started": 1,
        "date_missing": 0, "dates_out_of_order": 1,
    }  # fmt: skip
    assert rows.loc["none in force", ["concerned", "no_limit_in_force"]].tolist() == [1, 1]


def test_the_same_limit_under_every_choice(trust_run):
    """Told on the tenth day, Friday 24 May: in time by the rule, late if the first day counts, and
    late by two days if the clock starts with the death. B was late while the police asked."""
    run = of(
        trust_run,
        told("A"),
        told("B", informed="2013-06-20", delay="police"),
        limits=Limits(headline="candour_contract", legitimate=["police"]),
    )
    made = limits.choices(run)
    met = made[made["status"].eq("met")].groupby("choice", observed=False).size()
    size = made.groupby("choice", observed=False).size()
    assert size.to_dict() == {
        "As the rule says": 2,
        "Recorded reasons for delay left out": 1,
        "The first day counted": 2,
        "The clock started with: death": 2,
        "The clock started with: reported as an incident": 2,
    }
    assert met.tolist() == [1, 1, 0, 0, 1]


def test_the_lines_of_a_figure_are_the_limits(trust_run):
    made = limits.marks(limits.timed(limits.held(of(trust_run, told("A"), told("B")))))
    assert made.to_dict("records") == [
        {
            "label": "Duty of candour in the NHS Standard Contract",
            "time": 10.0,
            "name": "10 working days (DOC-CONTRACT)",
        }
    ]


def test_curves_keep_those_who_will_never_reach_it(trust_run):
    """A was told on day 10. B's investigation was removed from the list on 31 May, day 14, and its
    family was never told; C's was told on day 20: by then one of three was still waiting."""
    run = of(
        trust_run,
        told("A"),
        told("B", informed=None, outcome="delogged", delog_date="2013-05-31"),
        told("C", informed="2013-06-10"),
    )
    rows = limits.timed(limits.held(run, families=CONTRACT))
    assert rows["days"].tolist() == [10, 14, 20]
    curve = survival.kaplan_meier(limits.reached(rows))
    assert curve.set_index("time").loc[20, "survival"] == pytest.approx(1 / 3)


def test_each_curve_has_the_span_and_the_unit_of_its_rule(trust_run):
    """Four times 10 working days, and four times the 181 days of six months."""
    inquest = death("I", "2013-09-01", days={REFERRED: "2013-09-02", CONCLUDED: "2014-03-01"})
    rows = limits.timed(limits.held(of(trust_run, told("A"), inquest), families=[
        "candour_contract", "inquest",
    ]))  # fmt: skip
    assert limits.horizon(rows).tolist() == [40, 724]
    assert limits.units(rows).tolist() == ["working days", "calendar days"]


def test_the_group_is_a_column_that_rows_have(run, trust_run):
    made = of(trust_run, told())
    assert limits.group(made, "service") == "service"
    assert limits.group(made, "ward") == "start_from"
    assert limits.group(run, "service") == "start_from"


def test_the_work_list_is_empty_in_the_open_profile_and_says_so(trust_run):
    run = of(trust_run, told("A", informed=None), told("B"))
    made = limits.work_list(run, limits.held(run))
    assert made.empty
    assert made.attrs["answer"] == "The work list is shown in the internal profile only."


def test_the_work_list_names_the_longest_overdue_first(trust_run):
    """Due on 24 May 2013, which is 365 + 129 = 494 days before the extract; reported on 1 May the
    tenth working day is 16 May (6 May is a bank holiday), eight days before. One has no start."""
    run = of(
        trust_run,
        told("later", informed=None),
        told("first", reported="2013-05-01", died="2013-04-30", informed=None),
        told("unknown", reported=None, informed=None),
        told("done"),
        told("reason", informed=None, delay="police"),
        profile="internal",
        limits=Limits(legitimate=["police"]),
    )
    made = limits.work_list(run, limits.held(run, families=CONTRACT))
    assert made["review_id"].tolist() == ["first", "later", "reason", "unknown"]
    assert made["days_overdue"].tolist() == [502, 494, 494, pd.NA]
    assert made["state"].tolist() == [*["overdue"] * 3, "clock not started"]
    assert made["delay_reason"].tolist() == ["", "", "police", ""]


def test_a_work_list_with_nothing_on_it_says_so(trust_run):
    run = of(trust_run, told(), profile="internal")
    made = limits.work_list(run, limits.held(run, families=CONTRACT))
    assert made.empty
    assert made.attrs["answer"] == "Nothing is overdue, and every clock has started."


def test_a_period_without_deaths_has_no_rows_and_every_step_goes_through(trust_run, over):
    nobody = over(of(trust_run, told()), "2012-04-01", "2012-04-30")
    made = limits.held(nobody)
    assert made.empty
    assert limits.standing(made).empty
    assert limits.timed(made).empty
    assert limits.marks(limits.timed(made)).empty
    assert limits.reached(limits.timed(made)).empty
    assert limits.horizon(limits.timed(made)).empty
    assert limits.units(limits.timed(made)).empty
    assert limits.choices(nobody).empty
    assert limits.work_list(nobody, made).empty
