"""Time limits against deaths made by hand: which was in force, and what became of it.

10 May 2013 is a Friday. The working days after it are 13 to 17, 20 to 24 and 28 to 31 May: 27 May
is a bank holiday. The limits are those of the shipped table, but where a test writes its own.
"""

import dataclasses
from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trusts import Trust, untouched
from ways import FINAL, LOGGED, REPORTED, death, of

from helpers.casefile import Provider
from helpers.casetimes import Limits
from helpers.cohort import limits
from helpers.errors import InputError
from helpers.methods import compliance, survival
from helpers.rules import time_limits

INFORMED, REFERRED, REGISTERED = "family_informed", "coroner_referral", "registration"
CONCLUDED = "inquest_concluded"
CONTRACT, STEIS = ["candour_contract"], ["steis"]


@pytest.fixture(scope="module")
def trust_run(tmp_path_factory):
    return untouched(tmp_path_factory)


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
WENT_OVER = Provider(psirf_go_live="2023-10-01")


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


# ---- The table of rules -------------------------------------------------------------------------


def table_with(folder, rule, **cells):
    """Write the shipped table with other cells of one rule; return the entry of the case."""
    made = time_limits.time_limits().astype("str")
    made["limit"] = made["limit"].replace("nan", "").str.removesuffix(".0")
    for column, value in cells.items():
        made.loc[made["id"].eq(rule), column] = value
    made.to_csv(folder / "mine.csv", index=False)
    return Limits(file="mine.csv")


def test_a_changed_table_changes_results_without_code(trust_run, tmp_path):
    """With 9 working days in place of 10 the tenth is late."""
    own = table_with(tmp_path, "DOC-CONTRACT", limit="9")
    made = one(trust_run, told(), limits=own, folder=tmp_path)
    assert (made["days"], made["limit_days"], made["status"]) == (10, 9, "breached")


def test_calendar_days_of_which_the_first_counts_are_as_many_as_the_rule_says(trust_run, tmp_path):
    """One day counted inclusive is the day of the report itself."""
    changes = {"limit": "1", "unit": "calendar days", "counting": "inclusive"}
    own = table_with(tmp_path, "DOC-CONTRACT", **changes)
    for informed, status in (("2013-05-10", "met"), ("2013-05-11", "breached")):
        run = of(trust_run, told(informed=informed), limits=own, folder=tmp_path)
        (row,) = limits.timed(limits.held(run, families=CONTRACT)).itertuples()
        assert (row.status, row.limit_days, row.days) == (status, 1, 1 + (status == "breached"))


def test_two_ways_of_counting_in_one_family_are_each_counted_in_theirs(trust_run, tmp_path):
    """From June 2013 on the first day counts: reported on Monday 3 June and told on Friday 7 June
    are 5 days, told on 7 June and reported before it on Monday 3 are 4 by the rule until May."""
    whole = time_limits.time_limits().astype("str")
    whole["limit"] = whole["limit"].replace("nan", "").str.removesuffix(".0")
    rule = whole[whole["id"].eq("DOC-CONTRACT")]
    later = rule.assign(id="LATER", in_force_from="2013-06-01", counting="inclusive")
    earlier = rule.assign(in_force_to="2013-05-31")
    pd.concat([whole.drop(rule.index), earlier, later]).to_csv(tmp_path / "mine.csv", index=False)
    days = {"reported": "2013-06-03", "informed": "2013-06-07"}
    made = rows_of(
        trust_run,
        told("A", died="2013-05-31", **days),
        told("B", died="2013-05-30", **days),
        told("C", died="2013-06-01", **days),
        limits=Limits(file="mine.csv"),
        folder=tmp_path,
    )
    assert made["days"].tolist() == [4, 4, 5]


def test_a_faulty_table_of_a_case_is_refused_at_intake_with_its_file_and_row(tmp_path, monkeypatch):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    trust = Trust(tmp_path / "project")
    trust.case += "limits: {file: mine.csv}\n"
    table_with(trust.folder, "SI10-G0", unit="fortnights")
    with pytest.raises(InputError) as error:
        trust.start()
    assert [(one.what, one.where) for one in error.value.problems] == [
        ("unit is 'fortnights'", "mine.csv, row 3")
    ]


def test_a_table_of_a_case_that_is_not_there_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    trust = Trust(tmp_path / "project")
    trust.case += "limits: {file: mine.csv}\n"
    with pytest.raises(InputError, match=r"mine\.csv"):
        trust.start()


def test_a_table_of_a_case_is_one_of_its_inputs(tmp_path, monkeypatch):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    trust = Trust(tmp_path / "project")
    trust.case += "limits: {file: mine.csv}\n"
    table_with(trust.folder, "SI10-G0", limit="4")
    run = trust.start()
    assert "mine.csv" in set(run.extract.inputs["file"])
    rules = limits.in_force(run).set_index("rule_id")
    assert rules.loc["SI10-G0", "limit"] == "4 working days"


def test_rules_in_force_are_those_of_the_period(trust_run):
    """From April 2012 to March 2014: the framework of 2010, nothing of 2015, no local rule."""
    made = limits.in_force(of(trust_run, told())).set_index("rule_id")
    assert {"SI10-G2", "DOC-CONTRACT", "COR-INQUEST"} <= set(made.index)
    assert not made.index.str.startswith(("SI15", "SH-", "PSIRF", "DOC-REG20")).any()
    assert made.loc["DOC-CONTRACT", "held"]
    assert not made.loc["SI10-STEIS", "held"]
    assert made.loc["SI10-G2", "in_force"] == "2010-01-01 to 2015-03-31"
    assert made.loc["DOC-CONTRACT", "clock"] == (
        "incident identified, or reported as an incident, until family told in person, "
        "or family informed"
    )


def test_rules_that_ended_with_a_day_of_the_provider_are_over_on_it(trust_run):
    """A period that begins on 1 October 2023, when the provider went over, or on the day before."""
    for first, there in (("2023-10-01", False), ("2023-09-30", True)):
        run = late(trust_run, told(), first=first, provider=WENT_OVER)
        made = limits.in_force(run)["rule_id"].tolist()
        assert ("SI15-60-COVID" in made) == there
        assert "PSIRF" in made


def test_of_a_provider_that_has_not_gone_over_the_earlier_rules_stand(trust_run):
    made = limits.in_force(late(trust_run, told()))["rule_id"].tolist()
    assert "SI15-60-COVID" in made
    assert "PSIRF" not in made


# ---- Sums, choices, lines, list -----------------------------------------------------------------

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
