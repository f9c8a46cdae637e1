"""A run over deaths: years from April to March, people of a period, accounts of extracts."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trusts import Trust, untouched

from helpers.cohort.exposed import exposed
from helpers.errors import InputError
from helpers.run import start

ANN, BOB, CORA, EVE = (f"patients:2012-13:{row}" for row in (2, 3, 4, 6))
FINN, IRIS = "patients:2013-14:2", "patients:2013-14:5"


@pytest.fixture(scope="module")
def trust_run(tmp_path_factory):
    """The trust of nine people; its years start on 1 April."""
    return untouched(tmp_path_factory)


def account(run, source):
    """Rows read, used, quarantined and out of scope of a source."""
    row = run.accounts.set_index("source_id").loc[source]
    return [int(row[f"rows_{name}"]) for name in ("read", "used", "quarantined", "out_of_scope")]


# ---- Years --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "year"),
    [
        ("2013-03-31", 2012),
        ("2013-04-01", 2013),
        ("2013-12-31", 2013),
        ("2014-01-01", 2013),
        ("2012-02-29", 2011),
    ],
)
def test_a_day_belongs_to_the_year_that_started_in_april(trust_run, day, year):
    assert trust_run.year(date.fromisoformat(day)) == year


@pytest.mark.parametrize(
    ("year", "name"), [(2012, "2012-13"), (1999, "1999-00"), (2009, "2009-10"), (2099, "2099-00")]
)
def test_a_year_over_two_calendar_years_is_named_by_both(trust_run, year, name):
    assert trust_run.year_name(year) == name


def test_a_calendar_year_is_named_by_itself(run):
    assert run.year_name(2013) == "2013"
    assert run.days_of(2013) == (date(2013, 1, 1), date(2013, 12, 31))
    assert run.year(date(2013, 3, 31)) == 2013


def test_the_days_of_a_year(trust_run):
    assert trust_run.days_of(2012) == (date(2012, 4, 1), date(2013, 3, 31))


@given(st.dates(date(1950, 1, 1), date(2050, 12, 31)))
def test_every_day_lies_in_the_year_it_belongs_to_and_in_no_other(trust_run, day):
    first, last = trust_run.days_of(trust_run.year(day))
    assert first <= day <= last
    assert trust_run.year(first - timedelta(days=1)) == trust_run.year(day) - 1
    assert trust_run.year(last + timedelta(days=1)) == trust_run.year(day) + 1


# ---- People -------------------------------------------------------------------------------------


def test_the_people_of_a_run_are_those_in_contact_in_the_12_months_before(trust_run):
    """Dan had no contact; Ann's second row, Hal and Gwen are not among the deaths."""
    assert trust_run.people["death_id"].tolist() == [ANN, BOB, CORA, EVE, FINN, IRIS]


@pytest.mark.parametrize(
    ("first", "last", "who"),
    [
        ("2012-04-01", "2013-03-31", [ANN, BOB, CORA, EVE]),
        ("2013-04-01", "2014-03-31", [FINN, IRIS]),
        ("2012-05-10", "2012-05-10", [ANN]),  # both days are in
        ("2012-05-11", "2012-08-19", []),
        ("2014-03-31", "2014-03-31", [IRIS]),
    ],
)
def test_the_day_of_death_decides_about_the_period(trust_run, over, first, last, who):
    part = over(trust_run, first, last)
    assert part.people["death_id"].tolist() == who
    assert set(part.milestones["death_id"].dropna()) == set(who)


def test_the_milestones_of_people_are_there_and_no_others(trust_run):
    held = trust_run.milestones
    assert set(held["death_id"]) == {ANN, BOB, CORA, EVE, FINN, IRIS}
    assert held[held["milestone"].eq("death")]["death_id"].is_unique


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        ("2012-04-01", "2014-03-31", [2012, 2013]),
        ("2012-04-02", "2014-03-31", [2013]),
        ("2012-04-01", "2014-03-30", [2012]),
        ("2013-04-01", "2014-03-31", [2013]),
    ],
)
def test_counts_are_of_years_that_lie_wholly_in_the_period(trust_run, over, first, last, years):
    assert sorted(over(trust_run, first, last).counts["year"].unique()) == years


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        ("2013-04-01", "2013-06-30", ["part of 2013-14"]),
        ("2013-01-01", "2013-12-31", ["part of 2012-13", "part of 2013-14"]),
    ],
)
def test_a_period_without_a_whole_year_is_counted_by_its_own_days(
    trust_run, over, first, last, years
):
    part = over(trust_run, first, last)
    counts = part.counts
    assert counts.loc[counts["measure"].eq("deaths"), "events"].sum() == len(part.people) > 0
    assert [part.year_name(year) for year in sorted(counts["year"].unique())] == years
    days = part.scope("counts")
    assert (days.start.isoformat(), days.end.isoformat()) == (first, last)


def test_the_quarters_of_a_year_add_up_to_it(trust_run, over):
    quarters = [
        ("2013-04-01", "2013-06-30"),
        ("2013-07-01", "2013-09-30"),
        ("2013-10-01", "2013-12-31"),
        ("2014-01-01", "2014-03-31"),
    ]
    parts = pd.concat(over(trust_run, *days).counts for days in quarters)
    whole = over(trust_run, "2013-04-01", "2014-03-31").counts
    keys = ["year", "service", "age_band", "sex", "area", "measure"]
    summed, expected = (
        frame.groupby(keys, dropna=False)["events"].sum() for frame in (parts, whole)
    )
    pd.testing.assert_series_equal(summed, expected)


def test_a_part_of_a_year_has_no_person_years_to_stand_against(trust_run, over):
    assert exposed(over(trust_run, "2013-04-01", "2013-06-30")).empty


def test_the_deaths_counted_are_the_people(trust_run):
    counts = trust_run.counts
    assert counts.loc[counts["measure"].eq("deaths"), "events"].sum() == len(trust_run.people)


# ---- Accounts -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        # 10 rows and a total row: 6 people; Gwen; Dan, Hal, Ann again and the total row.
        ("patients", [11, 6, 1, 4]),
        ("ulysses", [7, 6, 0, 1]),  # a member of staff
        ("steis", [1, 1, 0, 0]),
        ("national", [3, 3, 0, 0]),
    ],
)
def test_the_account_of_each_source_by_hand(trust_run, source, rows):
    assert account(trust_run, source) == rows


@pytest.mark.parametrize(
    ("source", "rows"),
    [
        ("patients", [11, 2, 1, 8]),  # Finn and Iris
        ("ulysses", [7, 2, 0, 5]),
        ("steis", [1, 0, 0, 1]),  # about Ann
        ("national", [3, 1, 0, 2]),  # one person died in June 2013
    ],
)
def test_the_account_of_the_second_year_alone(trust_run, over, source, rows):
    """An incident concerns the period if its death does; nothing is lost between the columns."""
    assert account(over(trust_run, "2013-04-01", "2014-03-31"), source) == rows


days = st.dates(date(2012, 4, 1), date(2014, 3, 31))


@settings(max_examples=12)
@given(days, days)
def test_read_is_used_and_quarantined_and_out_of_scope_in_every_period(trust_run, over, one, two):
    part = over(trust_run, min(one, two).isoformat(), max(one, two).isoformat())
    made = part.accounts
    parts = made[["rows_used", "rows_quarantined", "rows_out_of_scope"]]
    assert made["rows_read"].tolist() == parts.sum(axis=1).tolist()
    assert (parts >= 0).all(axis=None)


def test_an_incident_linked_to_nobody_is_counted_by_its_own_day(tmp_path, monkeypatch, over):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    trust = Trust(tmp_path / "project")
    for header in ("NHS Number", "DOB", "Surname", "Forename"):
        trust.change(4, header, "")  # Eve's, of 31 March 2013
    run = trust.start()
    assert not run.people.set_index("death_id").loc[EVE, "reported"]
    assert account(run, "ulysses") == [7, 6, 0, 1]
    assert account(over(run, "2012-04-01", "2013-03-31"), "ulysses") == [7, 4, 0, 3]
    assert account(over(run, "2012-04-01", "2013-03-30"), "ulysses") == [7, 3, 0, 4]


# ---- What a run says ----------------------------------------------------------------------------


def test_the_block_names_every_file_with_its_hash_and_every_source(trust_run):
    block = trust_run.block()
    files = [item["file"] for item in block["inputs"]]
    sources = ["patients.xlsx", "ulysses.csv", "steis.csv", "national.csv"]
    assert files == ["case.yml", *sources, "plan.yml"]
    assert [row["source_id"] for row in block["rows"]] == [
        "patients",
        "ulysses",
        "steis",
        "national",
    ]
    assert {flag["code"] for flag in block["flags"]} == {"X04", "X06", "X07", "X10", "X16", "X18"}
    assert block["data_status"] == "synthetic"


def test_exhibits_on_deaths_speak_of_the_patient_system(trust_run):
    for table in ("counts", "deaths", "delays", "factors"):
        scope = trust_run.scope(table)
        assert (scope.source, scope.file) == ("Patient system", "patients.xlsx")
        assert scope.period == "1 April 2012 to 31 March 2014"


def test_a_period_outside_the_years_of_the_case_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    with pytest.raises(InputError, match="2012-04-01 to 2014-03-31"):
        start(case=Trust(tmp_path / "project").name, period_start="2012-01-01")
