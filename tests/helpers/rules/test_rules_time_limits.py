"""Time limits as data: the table, the rule in force, when it ran out, what became of it."""

from datetime import date, timedelta

import pandas as pd
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st

from helpers.chain import STEPS
from helpers.errors import InputError
from helpers.rules._limits_table import COLUMNS
from helpers.rules.time_limits import (
    STATUSES,
    clock_days,
    due_dates,
    rules_in_force,
    status_of,
    time_limits,
)
from helpers.tables import TABLES

# Every row of the table of rules that the suite was designed from.
DESIGNED = [
    "SI10-STEIS", "SI10-G0", "SI10-G1", "SI10-G2", "SI10-IND", "SI13", "SI15-STEIS", "SI15-72H",
    "SI15-60", "SI15-60-COVID", "SI15-IND", "SI15-CLOSE", "PSIRF", "LFPSE", "SH-IMA", "SH-PANEL",
    "DOC-CONTRACT", "DOC-REG20", "CQC-16/17", "COR-NOTIFY", "COR-INQUEST", "PFD", "LFD-NQB",
    "QA-27", "CRT", "LEDER", "ME", "REG",
]  # fmt: skip
RULES = time_limits().set_index("id")


def events(*days, **provider):
    return pd.DataFrame({"event_date": list(days)} | provider)


def rule_of(day, family, *, column="rule_id", **options):
    """What is in force for one event on a day."""
    provider = {word: options.pop(word, None) for word in ("psirf_go_live", "lfpse_go_live")}
    return rules_in_force(events(day, **provider), family, **options)[column].iloc[0]


def status(day, family, start, stop, extract, *, column="status", **options):
    """What became of the limit of one event."""
    kept = {k: [options.pop(k)] for k in ("start_time", "stop_time", "ended") if k in options}
    provider = {word: options.pop(word, None) for word in ("psirf_go_live", "lfpse_go_live")}
    rules = rules_in_force(events(day, **provider), family, **options)
    return status_of(rules, start=[start], stop=[stop], extract=extract, **kept)[column].iloc[0]


def changed(rule, **values):
    """The shipped table with one rule changed."""
    table = time_limits()
    for column, value in values.items():
        table.loc[table["id"].eq(rule), column] = value
    return table


# ---- The table ----------------------------------------------------------------------------------


def test_every_rule_that_was_designed_is_there_with_a_source():
    assert set(DESIGNED) <= set(RULES.index)
    assert RULES.index.is_unique
    assert RULES[["family", "label", "source"]].ne("").all(axis=None)


@pytest.mark.parametrize(
    ("rule", "limit", "unit", "says"),
    [
        ("SI10-STEIS", 2, "working days", "second-hand"),
        ("SI10-G0", 3, "working days", "second-hand"),
        ("SI10-G1", 45, "working days", "assumption"),
        ("SI10-G2", 60, "working days", "second-hand"),
        ("SI10-IND", 26, "weeks", "second-hand"),
        ("SI15-STEIS", 2, "working days", "assumption"),
        ("SI15-72H", 72, "hours", "assumption"),
        ("SI15-60", 60, "working days", "sourced"),
        ("SI15-IND", 6, "months", "assumption"),
        ("SI15-CLOSE", 20, "calendar days", "assumption"),
        ("SH-IMA", 48, "hours", "assumption"),
        ("DOC-CONTRACT", 10, "working days", "sourced"),
        ("COR-INQUEST", 6, "months", "assumption"),
        ("PFD", 56, "calendar days", "sourced"),
        ("LEDER", 6, "months", "sourced"),
        ("REG", 5, "calendar days", "sourced"),
    ],
)
def test_the_limits_are_those_of_the_documents(rule, limit, unit, says):
    row = RULES.loc[rule]
    assert (row["limit"], row["unit"], row["status"]) == (limit, unit, says)
    assert row["limit_status"] == "in force"


def test_the_words_are_those_of_the_canonical_tables_and_of_the_chain():
    allowed = next(c.allowed for c in TABLES["milestones"].columns if c.name == "milestone")
    named = {name for text in RULES["clock_start"] + ";" + RULES["clock_stop"]
             for name in text.split(";")} - {""}  # fmt: skip
    assert named <= set(allowed)
    assert set(RULES["applies_to"]) <= {"all", *STEPS}


def test_what_a_caller_does_to_the_table_is_not_there_the_next_time():
    mine = time_limits()
    mine["limit"] = 0
    assert time_limits()["limit"].min() > 0


# ---- The rule in force --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "family", "rule"),
    [
        ("2009-12-31", "report", ""),
        ("2010-01-01", "report", "SI10-G2"),
        ("2015-03-31", "report", "SI10-G2"),
        ("2015-04-01", "report", "SI15-60"),
        ("2020-02-29", "report", "SI15-60"),
        ("2020-03-01", "report", "SI15-60-COVID"),
        ("2023-09-30", "report", "SI15-60-COVID"),
        ("2023-10-01", "report", "PSIRF"),
        ("2015-03-31", "steis", "SI10-STEIS"),
        ("2023-09-30", "steis", "SI15-STEIS"),
        ("2023-10-01", "steis", ""),
        ("2015-03-31", "initial_review", ""),
        ("2015-04-01", "initial_review", "SI15-72H"),
        ("2013-07-24", "pfd_response", ""),
        ("2013-07-25", "pfd_response", "PFD"),
        ("2024-09-09", "medical_examiner", "ME"),
    ],
)
def test_the_rule_is_chosen_by_the_day_of_the_event_and_the_providers_day(day, family, rule):
    assert rule_of(day, family, psirf_go_live="2023-10-01") == rule


def test_providers_that_went_over_on_other_days_have_other_rules_on_one_day():
    days = events(*["2022-06-01"] * 2, psirf_go_live=["2020-03-01", "2023-10-01"])
    assert rules_in_force(days, "report")["rule_id"].tolist() == ["PSIRF", "SI15-60-COVID"]
    days = events(*["2022-06-01"] * 2, lfpse_go_live=["2021-09-01", "2023-09-01"])
    assert rules_in_force(days, "reporting_system")["rule_id"].tolist() == ["LFPSE", ""]


def test_a_day_of_the_provider_is_needed_only_once_one_can_have_gone_over():
    """The earliest adopters of PSIRF went over in March 2020."""
    for family in ("report", "steis", "independent"):
        found = rules_in_force(events("2016-01-01", "2020-02-29", "2020-03-01"), family)
        assert found["missing"].tolist() == ["", "", "psirf_go_live"]
        assert found["rule_id"].ne("").tolist() == [True, True, False]
    assert status("2021-01-01", "report", "2021-01-01", None, "2021-09-01") == "date missing"
    # What does not depend on it does not need it.
    assert rule_of("2024-10-01", "registration") == "REG"


def test_local_rules_apply_only_where_they_are_asked_for():
    assert rule_of("2013-05-01", "ima", local_to="southern_health") == "SH-IMA"
    with pytest.raises(InputError, match="there is no family of rules 'ima'"):
        rule_of("2013-05-01", "ima")
    table = pd.concat([time_limits(), time_limits().query("id == 'SI15-60'").assign(
        id="LOCAL", local_to="a_trust", limit=45, in_force_from="2018-01-01")])  # fmt: skip
    assert rule_of("2018-01-01", "report", table=table) == "SI15-60"
    assert rule_of("2018-01-01", "report", table=table, local_to="a_trust") == "LOCAL"
    assert rule_of("2017-12-31", "report", table=table, local_to="a_trust") == "SI15-60"


def test_a_missing_day_of_the_event_is_said_and_the_index_is_kept():
    days = events("2014-05-01", None).set_axis(["a", "b"])
    found = rules_in_force(days, "report")
    assert found.index.tolist() == ["a", "b"]
    assert found["missing"].tolist() == ["", "event_date"]
    stated = status_of(found, start=["2014-05-01"] * 2, stop=[None] * 2, extract="2015-09-30")
    assert stated["status"].tolist() == ["open overdue", "date missing"]
    assert rules_in_force(events(), "report").empty


def test_what_cannot_be_chosen_is_refused():
    with pytest.raises(InputError, match="Use one of: steis, grade_0, .*registration"):
        rule_of("2014-05-01", "reports")
    with pytest.raises(InputError, match="row 0: psirf_go_live is before 2020-03-01"):
        rule_of("2014-05-01", "report", psirf_go_live="2019-01-01")
    with pytest.raises(ValueError, match="no column 'date_of_death'"):
        rules_in_force(events("2014-05-01"), "report", event_date="date_of_death")
    # Only a provider's day can make two rules meet that do not meet in the table.
    table = changed("SI15-60-COVID", in_force_to="2024-03-31")
    with pytest.raises(InputError, match="row 0: two rules of report are in force"):
        rule_of("2024-01-01", "report", psirf_go_live="2023-10-01", table=table)


# ---- The clock ----------------------------------------------------------------------------------


def test_a_clock_falls_back_on_the_next_milestone_and_says_so():
    days = pd.DataFrame(
        {"identified": ["2014-05-01", None, None], "incident_reported": ["2014-05-02"] * 2 + [None]}
    )
    rules = rules_in_force(events(*["2014-05-01"] * 3), "steis")
    found = clock_days(days, rules["clock_start"])
    assert found["milestone"].tolist() == ["identified", "incident_reported", ""]
    assert found["fallback"].tolist() == [False, True, False]
    assert found["date"].dt.day.tolist()[:2] == [1, 2]
    assert found["date"].isna().tolist() == [False, False, True]
    assert clock_days(days, rules["clock_stop"])["date"].isna().all()


# ---- When it runs out ---------------------------------------------------------------------------


def due(start, limit, unit, **options):
    return due_dates([start], limit=limit, unit=unit, **options).iloc[0]


@pytest.mark.parametrize(
    ("start", "limit", "unit", "last", "inclusive"),
    [
        ("2014-12-23", 60, "working days", "2015-03-20", "2015-03-19"),
        ("2015-04-01", 60, "working days", "2015-06-30", "2015-06-29"),
        ("2015-04-01", 20, "calendar days", "2015-04-21", "2015-04-20"),
        ("2015-12-25", 56, "calendar days", "2016-02-19", "2016-02-18"),
        ("2014-01-01", 26, "weeks", "2014-07-02", "2014-07-01"),
        ("2015-08-31", 6, "months", "2016-02-29", "2016-02-28"),
        ("2014-08-31", 6, "months", "2015-02-28", "2015-02-27"),
        ("2015-12-15", 6, "months", "2016-06-15", "2016-06-14"),
    ],
)
def test_the_last_day_of_a_limit_in_each_unit(start, limit, unit, last, inclusive):
    """By hand; the working days from the list of GOV.UK."""
    assert due(start, limit, unit)["due"] == pd.Timestamp(last)
    assert due(start, limit, unit)["counted_in"] == f"{limit} {unit}"
    counted = due(start, limit, unit, counting="inclusive")
    assert counted["due"] == pd.Timestamp(inclusive)


@given(st.dates(date(1990, 1, 1), date(2040, 1, 1)), st.integers(1, 60))
def test_months_end_where_dateutil_ends_them(start, number):
    assert due(start, number, "months")["due"].date() == start + relativedelta(months=number)


@given(st.dates(date(1999, 1, 1), date(2027, 1, 1)), st.integers(1, 80), st.data())
def test_one_unit_is_as_long_as_another_where_they_are_the_same(start, number, data):
    longer = data.draw(st.integers(number, 90))
    units = ["weeks", "calendar days", "hours", "working days", "months"]
    limits = [number, 7 * number, 7 * 24 * number, number, number]
    found = due_dates([start] * 5, limit=limits, unit=units)["due"]
    assert found.dt.date.tolist()[:3] == [start + timedelta(weeks=number)] * 3
    more = [limit + longer - number for limit in limits]
    assert (due_dates([start] * 5, limit=more, unit=units)["due"] >= found).all()


def test_hours_are_hours_where_there_is_a_time_and_stated_days_where_there_is_none():
    found = due_dates(
        ["2016-05-06"] * 4, limit=[72, 72, 50, 72], unit="hours", time=["09:30", None, "", "0:00"]
    )
    assert found["due"].astype(str).tolist() == [
        "2016-05-09 09:30:00", "2016-05-09 00:00:00", "2016-05-09 00:00:00", "2016-05-09 00:00:00",
    ]  # fmt: skip
    assert found["counted_in"].tolist() == [
        "72 hours",
        "3 calendar days for 72 hours, as there is no time of day",
        "3 calendar days for 50 hours, as there is no time of day",
        "72 hours",
    ]


def test_each_event_may_have_its_own_limit_and_none_has_no_day():
    found = due_dates(
        pd.Series(["2016-05-06", "2016-05-06", None, "2016-05-06"], index=list("abcd")),
        limit=pd.Series([2, 2, 2, None], index=list("abcd")),
        unit=pd.Series(["working days", "weeks", "weeks", "none"], index=list("abcd")),
    )
    assert found["due"].iloc[:2].astype(str).tolist() == ["2016-05-10", "2016-05-20"]
    assert found["due"].isna().tolist() == [False, False, True, True]
    assert found["counted_in"].tolist() == ["2 working days", "2 weeks", "", ""]
    assert due_dates([], limit=2, unit="weeks").empty


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"limit": 0, "unit": "weeks"}, InputError, "row 0: the limit is no whole number above 0"),
        ({"limit": 1.5, "unit": "months"}, InputError, "no whole number"),
        ({"limit": 2, "unit": "days"}, ValueError, "unit 'days' is not known"),
        ({"limit": 2, "unit": "weeks", "counting": ""}, ValueError, "counting must be"),
        ({"limit": 2, "unit": "hours", "time": ["9.30"]}, InputError, "row 0: a time of day"),
        ({"limit": 2, "unit": "hours", "time": ["24:00"]}, InputError, "a time of day"),
        (
            {"limit": pd.Series([2], index=["a"]), "unit": "weeks"},
            ValueError,
            "do not have the same index",
        ),
    ],
)
def test_what_has_no_end_is_refused(options, error, said):
    with pytest.raises(error, match=said):
        due_dates(["2016-05-06"], **options)


def test_working_days_outside_the_calendar_are_refused_but_only_those():
    with pytest.raises(InputError, match=r"row 0: .*1999-01-01 to 2028-12-31"):
        due_dates(["1998-06-01"], limit=2, unit="working days")
    assert due("1998-06-01", 2, "weeks")["due"] == pd.Timestamp("1998-06-15")
    # No working day is counted for an event that no limit was in force for.
    assert status("1998-06-01", "report", "1998-06-01", None, "2015-09-30") == "no limit in force"


# ---- What became of it --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stop", "extract", "said"),
    [
        ("2015-03-19", "2015-09-30", "met"),
        ("2015-03-20", "2015-09-30", "met"),
        ("2015-03-21", "2015-09-30", "breached"),
        (None, "2015-03-19", "open in time"),
        (None, "2015-03-20", "open in time"),
        (None, "2015-03-21", "open overdue"),
    ],
)
def test_the_last_day_is_in_time(stop, extract, said):
    assert status("2014-12-23", "report", "2014-12-23", stop, extract) == said


def test_a_suspended_limit_is_never_a_breach():
    for stop in (None, "2020-06-02", "2022-06-01"):
        for extract in ("2022-06-01", "2024-06-01"):
            found = status("2020-06-01", "report", "2020-06-01", stop, extract,
                           psirf_go_live="2023-10-01")  # fmt: skip
            assert found == "suspended"


@pytest.mark.parametrize(
    ("stop", "extract", "said"),
    [
        ("2020-02-20", "2020-09-30", "met"),
        ("2020-05-05", "2020-09-30", "met"),  # the 60th working day after 7 February 2020
        ("2020-05-06", "2020-09-30", "suspended"),
        (None, "2020-02-29", "open in time"),
        (None, "2020-03-01", "suspended"),
        (None, "2020-09-30", "suspended"),
    ],
)
def test_a_limit_that_was_lifted_before_it_ran_out_is_not_breached(stop, extract, said):
    assert status("2020-02-07", "report", "2020-02-07", stop, extract) == said


def test_a_limit_that_ran_out_before_it_was_lifted_is_breached_all_the_same():
    """60 working days after 28 November 2019 end on 25 February 2020."""
    last = status("2019-11-28", "report", "2019-11-28", None, "2024-01-01", column="due")
    assert last == pd.Timestamp("2020-02-25")
    assert status("2019-11-28", "report", "2019-11-28", "2020-03-05", "2024-01-01") == "breached"
    assert status("2019-11-28", "report", "2019-11-28", None, "2024-01-01") == "open overdue"


def test_a_limit_that_a_framework_replaced_runs_on():
    assert status("2015-03-31", "report", "2015-03-31", "2015-07-31", "2016-01-01") == "breached"


@pytest.mark.parametrize(
    ("day", "family"),
    [
        ("2024-01-01", "report"),  # expected under PSIRF, but without a number
        ("2024-01-01", "steis"),  # no rule at all since PSIRF
        ("2016-01-01", "candour_statutory"),
        ("2016-01-01", "cqc"),
        ("2009-01-01", "report"),
    ],
)
@pytest.mark.parametrize("stop", [None, "2025-01-01"])
def test_a_limit_that_exists_nowhere_is_no_limit_in_force(day, family, stop):
    found = status(day, family, day, stop, "2025-06-01", psirf_go_live="2023-10-01")
    assert found == "no limit in force"
    due_ = status(day, family, day, stop, "2025-06-01", psirf_go_live="2023-10-01", column="due")
    assert pd.isna(due_)


def test_a_clock_that_has_not_started_and_an_end_without_it():
    assert status("2014-12-23", "report", None, None, "2015-09-30") == "clock not started"
    ended = status("2014-12-23", "report", "2014-12-23", None, "2015-09-30", ended=True)
    assert ended == "ended without it"
    done = status("2014-12-23", "report", "2014-12-23", "2015-01-05", "2015-09-30", ended=True)
    assert done == "met"


@pytest.mark.parametrize(
    ("start_time", "stop_time", "said"),
    [
        ("09:30", "09:30", "met"),
        ("09:30", "09:31", "breached"),
        ("09:30", None, "met"),
        (None, "23:59", "met"),
        ("00:00", "00:01", "breached"),
    ],
)
def test_hours_are_met_to_the_minute_where_both_times_are_known(start_time, stop_time, said):
    found = status("2016-05-06", "initial_review", "2016-05-06", "2016-05-09", "2016-09-30",
                   start_time=start_time, stop_time=stop_time)  # fmt: skip
    assert found == said


def test_every_status_is_one_of_those_that_are_listed():
    table = time_limits()
    days = pd.date_range("2009-01-01", "2024-06-01", freq="97D")
    for family in table.loc[table["local_to"].eq(""), "family"].unique():
        rules = rules_in_force(events(*days, psirf_go_live="2023-10-01",
                                      lfpse_go_live="2023-10-01"), family)  # fmt: skip
        stop = days.to_series().add(pd.Timedelta(days=80)).where(days.month > 6)
        found = status_of(rules, start=days, stop=stop.to_numpy(), extract="2024-12-31")
        assert set(found["status"]) <= set(STATUSES)
        assert (
            found.loc[found["due"].notna(), "rule_id"]
            .isin(table.loc[table["limit_status"].eq("in force"), "id"])
            .all()
        )


@pytest.mark.parametrize(
    ("start", "stop", "extract", "said"),
    [
        ("2015-01-05", "2015-01-02", "2015-09-30", "row a: the clock stops before it starts"),
        ("2015-01-05", None, "2015-01-04", "row a: the clock starts after the extract"),
        ("2015-01-05", "2015-10-01", "2015-09-30", "row a: the clock stops after the extract"),
        ("2015-01-05", None, None, "row a: the day of the extract is missing"),
    ],
)
def test_days_that_cannot_be_are_refused(start, stop, extract, said):
    rules = rules_in_force(events("2014-12-23").set_axis(["a"]), "report")
    with pytest.raises(InputError, match=said):
        status_of(rules, start=[start], stop=[stop], extract=extract)
    with pytest.raises(ValueError, match="same index"):
        status_of(rules, start=pd.Series([start]), stop=[stop], extract=extract)


# ---- A table of the case ------------------------------------------------------------------------


def test_changing_a_row_changes_results_without_code():
    asked = ("2014-12-23", "report", "2014-12-23", "2015-03-20", "2015-09-30")
    assert status(*asked) == "met"
    assert status(*asked, table=changed("SI10-G2", limit=59)) == "breached"
    assert status(*asked, table=changed("SI10-G2", counting="inclusive")) == "breached"
    assert status(*asked, table=changed("SI10-G2", limit=60, unit="calendar days")) == "breached"
    assert status(*asked, table=changed("SI10-G2", limit_status="suspended")) == "suspended"
    assert status(*asked, table=changed("SI10-G2", in_force_to="2014-12-22")) == "no limit in force"
    lifted = ("2020-06-01", "report", "2020-06-01", "2022-06-01", "2022-09-01")
    reinstated = changed("SI15-60-COVID", limit_status="in force")
    assert status(*lifted, psirf_go_live="2023-10-01") == "suspended"
    assert status(*lifted, psirf_go_live="2023-10-01", table=reinstated) == "breached"


@pytest.fixture
def written(tmp_path):
    """Give a function that writes a table and returns where it stands."""

    def write(frame, encoding="utf-8"):
        path = tmp_path / "limits.csv"
        frame.to_csv(path, index=False, encoding=encoding)
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_from_a_file_is_the_table(written, encoding):
    path = written(time_limits().assign(mine="x"), encoding)
    pd.testing.assert_frame_equal(time_limits(path), time_limits())
    pd.testing.assert_frame_equal(time_limits(time_limits()), time_limits())


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(written, column):
    with pytest.raises(InputError, match=f"limits.csv, row 1: column {column} is missing"):
        time_limits(written(time_limits().drop(columns=column)))


@pytest.mark.parametrize(
    ("rule", "values", "said"),
    [
        ("SI10-STEIS", {"unit": "days"}, "row 2: unit is 'days'. Use one of: hours, calendar"),
        ("SI10-STEIS", {"counting": "both"}, "row 2: counting is 'both'"),
        ("SI10-STEIS", {"applies_to": "deaths"}, "row 2: applies_to is 'deaths'"),
        ("SI10-STEIS", {"limit_status": "lifted"}, "row 2: limit_status is 'lifted'"),
        ("SI10-STEIS", {"status": "sure"}, "row 2: status is 'sure'"),
        ("SI10-STEIS", {"clock_status": "sure"}, "row 2: clock_status is 'sure'"),
        ("SI10-STEIS", {"clock_start": "identified, x"}, "row 2: clock_start has 'identified, x'"),
        ("SI10-STEIS", {"clock_stop": "steis"}, "row 2: clock_stop has 'steis'. Use milestones"),
        ("SI10-STEIS", {"clock_stop": ""}, "row 2: a limit lacks clock_start, clock_stop"),
        ("SI10-STEIS", {"counting": ""}, "row 2: a limit lacks clock_start, clock_stop"),
        ("SI10-STEIS", {"family": " "}, "row 2: family is empty"),
        ("SI10-STEIS", {"limit": None}, "row 2: a limit in force has no number"),
        ("SI10-STEIS", {"limit": -2}, "row 2: limit is '-2'"),
        ("SI10-STEIS", {"limit": 2.5}, "row 2: limit is '2.5'"),
        ("SI10-STEIS", {"unit": "none"}, "row 2: the limit is '2' and its unit 'none'"),
        ("SI13", {"unit": "weeks"}, "row 7: the limit is '' and its unit 'weeks'"),
        ("SI10-STEIS", {"in_force_from": "1/4/2010"}, "row 2: in_force_from is '1/4/2010'"),
        ("SI10-STEIS", {"in_force_from": ""}, "row 2: in_force_from is empty"),
        ("SI10-STEIS", {"in_force_to": "2010-02-30"}, "row 2: in_force_to is '2010-02-30'"),
        ("SI10-STEIS", {"in_force_to": "2009-01-01"}, "row 2: in_force_to is before"),
        ("SI10-STEIS", {"in_force_to": "psirf"}, "row 2: in_force_to is 'psirf'. Write days as"),
        ("PSIRF", {"not_before": ""}, "row 14: not_before is ''"),
        ("SI15-72H", {"counting": "inclusive"}, "row 9: hours are counted inclusive"),
        ("SI10-G0", {"id": "SI10-STEIS"}, "rows 2, 3: id SI10-STEIS is there more than once"),
        (
            "SI15-STEIS",
            {"in_force_from": "2015-03-31"},
            "row 8: SI15-STEIS begins while another rule of steis is in force",
        ),
        (
            "SI10-STEIS",
            {"in_force_to": "psirf_go_live"},
            "row 8: SI15-STEIS begins while another rule of steis is in force",
        ),
    ],
)
def test_a_fault_is_named_with_its_row_and_how_to_mend_it(written, rule, values, said):
    with pytest.raises(InputError, match=f"limits.csv, {said}") as error:
        time_limits(written(changed(rule, **values).astype({"limit": "object"})))
    assert all(problem.mend for problem in error.value.problems)


def test_every_fault_is_named_at_once(written):
    table = changed("SI10-STEIS", unit="days").assign(status="sure")
    with pytest.raises(InputError) as error:
        time_limits(written(table))
    assert len(error.value.problems) == len(table) + 1


def test_a_file_that_is_no_table_is_refused(written, tmp_path):
    path = tmp_path / "limits.csv"
    with pytest.raises(InputError, match=r"limits.csv: cannot be opened \(No such file"):
        time_limits(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="limits.csv: not readable as CSV"):
        time_limits(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="limits.csv: not readable as CSV"):
        time_limits(path)
    with pytest.raises(InputError, match="limits.csv: there is no rule"):
        time_limits(written(time_limits().iloc[:0]))
