"""A run: its period within the data, whole years only, and what it says it rests on."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import helpers
from helpers.disclosure import PROFILES
from helpers.errors import InputError
from helpers.exhibits.opening import opening
from helpers.run import start
from helpers.scope import long_date


def refused(**values):
    with pytest.raises(InputError) as error:
        start(**values)
    return [problem.where for problem in error.value.problems], str(error.value)


# ---- The period ---------------------------------------------------------------------------------


def test_the_period_is_that_of_the_case_unless_given(small):
    assert (small.period_start, small.period_end) == (date(2018, 1, 1), date(2020, 12, 31))
    assert small.parameters["release_profile"] == "internal"


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("2017-12-31", "2019-12-31"),
        ("2018-01-01", "2021-01-01"),
        ("2030-01-01", "2031-01-01"),
        ("1990-01-01", "1991-01-01"),
    ],
)
def test_a_period_that_reaches_outside_the_data_is_refused_with_what_the_case_holds(
    project, first, last
):
    where, text = refused(case=project.name, period_start=first, period_end=last)
    assert where == ["parameter period_start, period_end"]
    assert "2018-01-01 to 2020-12-31" in text


def test_a_period_that_ends_before_it_starts_is_refused(project):
    where, _ = refused(case=project.name, period_start="2019-02-01", period_end="2019-01-31")
    assert where == ["parameter period_end"]


def test_an_end_before_the_start_of_the_case_is_refused(project):
    assert refused(case=project.name, period_end="2017-06-30")[0] == ["parameter period_end"]


def test_a_run_without_a_case_is_refused():
    assert refused(level=0.95)[0] == ["parameter case"]


ends = st.dates(date(1995, 1, 1), date(2020, 12, 31))


@settings(max_examples=60)
@given(first=ends, last=ends)
def test_a_year_is_counted_exactly_when_its_first_and_last_day_lie_in_the_period(
    run, over, first, last
):
    first, last = min(first, last), max(first, last)
    whole = [
        year
        for year in range(1995, 2021)
        if first <= date(year, 1, 1) and date(year, 12, 31) <= last
    ]
    counted = over(run, first.isoformat(), last.isoformat()).counts["year"].unique()
    assert sorted(counted) == whole


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        ("2019-01-01", "2019-12-31", [2019]),
        ("2019-01-02", "2019-12-31", []),
        ("2019-01-01", "2019-12-30", []),
        ("2018-01-02", "2020-12-30", [2019]),
        ("2018-01-01", "2020-12-31", [2018, 2019, 2020]),
    ],
)
def test_one_day_less_at_either_end_leaves_the_year_out(small, over, first, last, years):
    assert sorted(over(small, first, last).counts["year"].unique()) == years


@settings(max_examples=40)
@given(ends, st.integers(0, 800))
def test_records_are_those_whose_report_lies_in_the_period_both_days_included(
    run, over, first, length
):
    last = min(first + timedelta(days=length), date(2025, 7, 31))
    made = over(run, first.isoformat(), last.isoformat())
    days = run.extract.tables["milestones"].query("milestone == 'report'")
    inside = days[(days["date"] >= str(first)) & (days["date"] <= str(last))]
    assert set(made.reports["review_id"]) == set(inside["review_id"])
    assert set(made.milestones["review_id"]) == set(inside["review_id"])


# ---- Profiles -----------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["opne", "public"])
def test_a_profile_that_does_not_exist_is_refused(project, profile):
    assert refused(case=project.name, release_profile=profile)[0] == ["parameter release_profile"]


def test_a_profile_that_the_case_does_not_permit_is_refused(project):
    project.edit("case.yml", "profiles: [internal, open]", "profiles: [internal]")
    where, text = refused(case=project.name, release_profile="open")
    assert where == ["parameter release_profile"]
    assert "internal" in text
    assert start(case=project.name, release_profile="internal")


def test_each_profile_says_what_it_permits():
    assert set(PROFILES) == {"open", "internal"}
    assert "not for release" in PROFILES["internal"]


# ---- What a run says it rests on ----------------------------------------------------------------


def test_the_opening_block_names_parameters_inputs_rows_and_flags(small, project):
    data, metadata = opening(small)
    hashes = project.tree(project.folder)
    for name, digest in hashes.items():
        assert name in data["text/plain"]
        assert digest in data["text/plain"]
        assert digest in data["text/html"]
    block = metadata["inquiry"]
    assert block["kind"] == "run"
    assert block["parameters"]["period_start"] == "2018-01-01"
    assert [row["rows_read"] for row in block["rows"]] == [10, 4]
    assert {row["code"] for row in block["flags"]} == {"X01", "X04", "X11", "X14"}
    assert project.free_text not in str(block) + data["text/plain"] + data["text/html"]


def test_the_opening_block_changes_when_one_byte_of_an_input_changes(project):
    before = opening(start(case=project.name))[0]["text/plain"]
    project.edit("places.csv", "home,Home", "home,Hone")
    assert opening(start(case=project.name))[0]["text/plain"] != before


def test_a_scope_speaks_of_the_days_that_the_source_covers(run, over):
    part = over(run, "2012-04-01", "2022-06-30")
    assert (part.scope("counts").start, part.scope("counts").end) == (
        date(2013, 1, 1),
        date(2020, 12, 31),
    )
    assert (part.scope("delays").start, part.scope("delays").end) == (
        date(2013, 7, 1),
        date(2022, 2, 28),
    )
    assert part.scope("replies").file.startswith("pfd_tracker")
    assert part.scope("published").file == "published_figures.csv"


def test_a_day_is_written_as_in_a_british_sentence():
    assert long_date(date(2015, 4, 1)) == "1 April 2015"


def test_the_package_offers_what_a_notebook_starts_with():
    assert helpers.start is start
    assert "coroners" in helpers.cases()
    with pytest.raises(AttributeError, match="begin"):
        _ = helpers.begin
