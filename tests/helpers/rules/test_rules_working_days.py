"""Working days of England and Wales, by rule, by reference and by a loop over the days."""

from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.errors import InputError
from helpers.rules.working_days import (
    add_working_days,
    bank_holidays,
    calendar,
    is_working_day,
    working_days_between,
)

REFERENCE = Path(__file__).parents[2] / "reference" / "35_working_days_england"
FIRST, LAST = date(1999, 1, 1), date(2028, 12, 31)
DAYS = [FIRST + timedelta(days=nth) for nth in range((LAST - FIRST).days + 1)]

days = st.dates(FIRST, LAST)


def easter(year):
    """Easter Sunday by the anonymous Gregorian algorithm (Meeus, Astronomical Algorithms)."""
    a, (b, c) = year % 19, divmod(year, 100)
    (d, e), f = divmod(b, 4), (b + 8) // 25
    g = (b - f + 1) // 3
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


def on_or_after(day, weekday):
    return day + timedelta(days=(weekday - day.weekday()) % 7)


# What is not by rule: the usual day that was moved, and days of their own.
MOVED = {
    date(2002, 5, 27): date(2002, 6, 4),
    date(2012, 5, 28): date(2012, 6, 4),
    date(2020, 5, 4): date(2020, 5, 8),
    date(2022, 5, 30): date(2022, 6, 2),
}
ONE_OFF = {
    date(1999, 12, 31), date(2002, 6, 3), date(2011, 4, 29), date(2012, 6, 5), date(2022, 6, 3),
    date(2022, 9, 19), date(2023, 5, 8),
}  # fmt: skip


def by_rule(year):
    """Holidays of a year on weekdays, each that falls on a weekend or a holiday moved forward."""
    sunday = easter(year)
    found = {sunday - timedelta(days=2), sunday + timedelta(days=1)}
    found |= {on_or_after(date(year, 5, 1), 0), on_or_after(date(year, 5, 25), 0)}
    found |= {on_or_after(date(year, 8, 25), 0)}
    # Boxing Day goes first: on a Monday it stays and Christmas Day of the Sunday takes Tuesday.
    for fixed in (date(year, 1, 1), date(year, 12, 26), date(year, 12, 25)):
        day = fixed
        while day.weekday() > 4 or day in found:
            day += timedelta(days=1)
        found.add(day)
    found = {MOVED.get(day, day) for day in found}
    return found | {day for day in ONE_OFF if day.year == year}


HOLIDAYS = {day for year in range(FIRST.year, LAST.year + 1) for day in by_rule(year)}
WORKING = {day for day in DAYS if day.weekday() < 5 and day not in HOLIDAYS}


# ---- The list -----------------------------------------------------------------------------------


def test_the_frozen_list_is_what_the_rules_and_the_exceptions_give():
    listed = bank_holidays()
    assert set(listed["date"].dt.date) == HOLIDAYS
    assert listed["date"].is_monotonic_increasing
    assert listed["date"].is_unique
    assert listed["date"].dt.day_of_week.max() == 4
    assert listed[["name", "source"]].ne("").all(axis=None)


def test_the_frozen_list_agrees_with_that_of_reference_35():
    """Its list is that of GOV.UK for 2018 to 2024."""
    theirs = pd.read_csv(REFERENCE / "input_holidays.csv")["bank_holiday"]
    ours = bank_holidays()["date"]
    years = ours[ours.dt.year.between(2018, 2024)]
    assert years.dt.strftime("%Y-%m-%d").tolist() == theirs.tolist()


def test_a_day_that_is_not_the_usual_one_says_why():
    listed = bank_holidays().set_index("date")["note"]
    assert all(listed[pd.Timestamp(day)].startswith("moved from") for day in MOVED.values())
    assert all(listed[pd.Timestamp(day)].startswith("one-off") for day in ONE_OFF)
    assert listed.str.startswith("moved").sum() == len(MOVED)
    assert listed.str.startswith("one-off").sum() == len(ONE_OFF)


def test_the_calendar_ends_with_the_last_year_that_is_listed():
    held = calendar()
    assert (held["valid_from"], held["valid_to"]) == (str(FIRST), str(LAST))
    assert bank_holidays()["date"].dt.year.iloc[[0, -1]].tolist() == [FIRST.year, LAST.year]


def test_every_day_of_the_calendar_is_a_working_day_or_not():
    found = is_working_day(pd.Series(pd.to_datetime(DAYS)))
    assert {day for day, works in zip(DAYS, found, strict=True) if works} == WORKING


# ---- Counting -----------------------------------------------------------------------------------


def test_every_number_agrees_with_reference_35():
    """Made by a loop over the days in R; one end lies before its start, which is refused."""
    given_, expected = (pd.read_csv(REFERENCE / f"{name}.csv") for name in ("input", "expected"))
    start, end = pd.to_datetime(given_["start"]), pd.to_datetime(given_["end"])
    assert working_days_between(start, end, signed=True).tolist() == (
        expected["working_days"].tolist()
    )
    for number in (2, 60):
        due = add_working_days(start, number)
        assert due.dt.strftime("%Y-%m-%d").tolist() == expected[f"due_{number}wd"].tolist()
    assert (end <= add_working_days(start, 60)).astype(int).tolist() == (
        expected["within_60wd"].tolist()
    )
    with pytest.raises(InputError, match="row 16: the end is before the start"):
        working_days_between(start, end)


@pytest.mark.parametrize(
    ("start", "number", "end"),
    [
        ("2011-04-20", 2, "2011-04-26"),
        ("2011-04-20", 45, "2011-06-29"),
        ("2012-05-31", 2, "2012-06-06"),
        ("2012-03-30", 60, "2012-06-29"),
        ("2014-12-23", 60, "2015-03-20"),
        ("2015-04-01", 60, "2015-06-30"),
        ("2020-05-07", 2, "2020-05-12"),
        ("2022-06-01", 2, "2022-06-07"),
        ("2022-09-16", 2, "2022-09-21"),
        ("2023-05-05", 2, "2023-05-10"),
    ],
)
def test_deadlines_around_days_that_are_not_the_usual_ones(start, number, end):
    """By hand, from the lists of GOV.UK and of the proclamations."""
    assert str(add_working_days(start, number)) == end
    assert working_days_between(start, end) == number
    assert working_days_between(start, end, counting="inclusive") == number + 1


@given(days, days)
def test_a_count_is_that_of_a_loop_over_the_days(one, other):
    start, end = sorted((one, other))
    span = [start + timedelta(days=nth) for nth in range((end - start).days + 1)]
    after = sum(day in WORKING for day in span[1:])
    assert working_days_between(start, end) == after
    counted = working_days_between(start, end, counting="inclusive")
    assert counted == after + (start in WORKING)
    for counting in ("exclusive", "inclusive"):
        forward = working_days_between(start, end, counting=counting)
        back = working_days_between(end, start, counting=counting, signed=True)
        assert back == (-forward if start != end else forward)


@given(st.lists(days, min_size=3, max_size=3))
def test_spans_that_join_add_up(three):
    a, b, c = sorted(three)
    whole = working_days_between(a, c)
    assert working_days_between(a, b) + working_days_between(b, c) == whole


@given(st.dates(FIRST, date(2027, 12, 31)), st.integers(0, 240), st.booleans())
def test_the_day_on_which_a_count_ends_is_the_first_that_has_it(start, number, inclusive):
    counting = "inclusive" if inclusive else "exclusive"
    end = add_working_days(start, number, counting=counting).item()
    if number == 0:
        assert end == start
        return
    assert end in WORKING
    assert working_days_between(start, end, counting=counting) == number
    if end > start:
        before = end - timedelta(days=1)
        assert working_days_between(start, before, counting=counting) == number - 1


@given(days, days)
def test_numpy_agrees_when_both_ends_are_moved_by_a_day(one, other):
    start, end = sorted((one, other))
    peer = np.busday_count(
        np.datetime64(start) + 1, np.datetime64(end) + 1, holidays=sorted(HOLIDAYS)
    )
    assert working_days_between(start, end) == peer


# ---- What goes in and what comes out ------------------------------------------------------------


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_series_of_any_resolution_keeps_its_index_and_its_gaps(unit):
    start = pd.Series(pd.to_datetime(["2020-05-07", None, "2020-05-08"]), index=list("abc"))
    start = start.astype(f"datetime64[{unit}]")
    found = working_days_between(start, start.shift(-1, fill_value=pd.Timestamp("2020-05-12")))
    assert found.index.tolist() == list("abc")
    assert found.isna().tolist() == [True, True, False]
    assert found["c"] == 2
    due = add_working_days(start, pd.Series([2, 2, None], index=list("abc")))
    assert due.isna().tolist() == [False, True, True]
    assert due["a"] == pd.Timestamp("2020-05-12")
    assert is_working_day(start).tolist() == [True, pd.NA, False]


@pytest.mark.parametrize(
    "start",
    [
        "2020-05-07",
        date(2020, 5, 7),
        pd.Timestamp("2020-05-07 23:59"),
        np.datetime64("2020-05-07T23:59"),
    ],
)
def test_one_day_in_any_form_gives_one_answer_and_the_time_of_day_does_not_count(start):
    assert working_days_between(start, "2020-05-12") == 2
    assert add_working_days(start, 2) == np.datetime64("2020-05-12")
    assert is_working_day(start) is True


def test_one_day_or_one_number_for_all():
    ends = np.array(["2020-05-11", "2020-05-12"], dtype="datetime64[D]")
    assert working_days_between("2020-05-07", ends).tolist() == [1, 2]
    assert add_working_days("2020-05-07", [1, 2]).astype(str).tolist() == ends.astype(str).tolist()
    listed = pd.Series([date(2020, 5, 7), None])
    assert working_days_between(listed, "2020-05-12").tolist()[0] == 2
    assert np.isnan(working_days_between(listed, "2020-05-12")[1])


def test_missing_days_and_none_at_all():
    assert np.isnan(working_days_between(None, "2020-05-12"))
    assert np.isnat(add_working_days(pd.NaT, 2))
    assert is_working_day(None) is pd.NA
    empty = pd.Series([], dtype="datetime64[s]")
    assert len(working_days_between(empty, empty)) == len(add_working_days(empty, 2)) == 0
    assert working_days_between([], []).tolist() == []


# ---- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "said"),
    [(date(1998, 12, 31), "is before"), (date(2029, 1, 1), "is after"), ("9999-12-31", "is after")],
)
def test_a_day_outside_the_calendar_is_refused_with_its_row_and_what_to_do(day, said):
    rows = pd.Series([date(2020, 5, 7), None, day], index=["a", "b", "c"])
    inside = pd.Series(pd.to_datetime(["2020-05-07"] * 3), index=rows.index)
    calls = (
        lambda: working_days_between(rows, inside),
        lambda: working_days_between(inside, rows),
        lambda: add_working_days(rows, 2),
        lambda: is_working_day(rows),
    )
    for call in calls:
        with pytest.raises(InputError) as error:
            call()
        (problem,) = error.value.problems
        assert problem.where == "row c"
        assert said in problem.what
        assert "1999-01-01 to 2028-12-31" in problem.what
        assert "Leave such rows out" in problem.mend or "move valid_to" in problem.mend


def test_the_first_and_the_last_day_are_inside():
    assert working_days_between(FIRST, LAST, counting="inclusive") == len(WORKING)
    assert add_working_days(FIRST, len(WORKING)).item() == max(WORKING)


def test_an_end_after_the_calendar_is_refused():
    start = pd.Series(pd.to_datetime(["2028-12-28", "2020-05-07"]))
    assert add_working_days(start, 1).dt.strftime("%Y-%m-%d").tolist() == [
        "2028-12-29",
        "2020-05-11",
    ]
    with pytest.raises(InputError, match="row 0: .*ends on 2028-12-31.*move valid_to"):
        add_working_days(start, 2)


def test_an_end_before_its_start_is_refused_unless_asked_for():
    start = pd.Series(pd.to_datetime(["2020-05-07", "2020-05-12", None]), index=["a", "b", "c"])
    end = pd.Series(pd.to_datetime(["2020-05-12", "2020-05-07", "2020-05-07"]), index=start.index)
    with pytest.raises(InputError, match="^row b: the end is before the start. Leave such rows"):
        working_days_between(start, end)
    assert working_days_between(start, end, signed=True).tolist()[:2] == [2, -2]
    both = working_days_between(start, end, counting="inclusive", signed=True)
    assert both.tolist()[:2] == [3, -3]


@pytest.mark.parametrize("number", [-1, 0.5, np.inf])
def test_a_number_that_is_no_count_is_refused(number):
    with pytest.raises(InputError, match="n is no number of working days"):
        add_working_days("2020-05-07", number)


def test_many_rows_are_named_by_the_first_five():
    rows = pd.Series(pd.to_datetime(["1990-01-01"] * 7))
    with pytest.raises(InputError, match="^rows 0, 1, 2, 3, 4 and 2 more: "):
        is_working_day(rows)


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: working_days_between("07/05/2020", "2020-05-12"), "written YYYY-MM-DD"),
        (lambda: working_days_between(1, 2), "start is int64; give dates"),
        (
            lambda: is_working_day(pd.Series(pd.to_datetime(["2020-05-07"])).dt.tz_localize("UTC")),
            "has a time zone",
        ),
        (lambda: working_days_between("2020-05-07", "2020-05-12", counting="both"), "counting"),
        (lambda: add_working_days("2020-05-07", 2, counting="both"), "counting"),
        (
            lambda: working_days_between(
                pd.Series(pd.to_datetime(["2020-05-07"])),
                pd.Series(pd.to_datetime(["2020-05-07"]), index=["a"]),
            ),
            "same index",
        ),
        (lambda: working_days_between(["2020-05-07"] * 2, ["2020-05-07"] * 3), "As many days"),
        (lambda: add_working_days(["2020-05-07"] * 2, [1, 2, 3]), "As many numbers"),
        (
            lambda: add_working_days(
                pd.Series(pd.to_datetime(["2020-05-07"])), pd.Series([1], index=["a"])
            ),
            "same index",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(call, said):
    with pytest.raises(ValueError, match=said):
        call()
