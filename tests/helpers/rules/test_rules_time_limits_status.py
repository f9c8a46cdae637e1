"""Time limits: when the clock starts, when a limit runs out, and what became of it."""

from datetime import date, timedelta

import pandas as pd
import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import given
from hypothesis import strategies as st
from limits_in_force import events, status

from helpers.errors import InputError
from helpers.rules.time_limits import (
    STATUSES,
    clock_days,
    due_dates,
    rules_in_force,
    status_of,
    time_limits,
)

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
