"""Which two periods are compared, what lies between them, and what is counted in each."""

from datetime import date

import pytest

from helpers import start
from helpers.cohort import delays, two_counts, two_periods, two_times
from helpers.errors import InputError

YEARS = {"earlier": ("2018-01-01", "2018-12-31"), "later": ("2019-01-01", "2019-12-31")}


@pytest.fixture(scope="module")
def five():
    """The shipped case of real records over five years."""
    return start(case="coroners", period_start="2015-01-01", period_end="2019-12-31")


@pytest.fixture(scope="module")
def trust():
    """The synthetic case over its whole period; its years start in April."""
    return start(case="southern_health")


def days(pair):
    return [(one.period_start.isoformat(), one.period_end.isoformat()) for _, one in pair.sides]


# Which periods ----------------------------------------------------------------------------------


def test_by_default_they_are_the_last_whole_year_and_the_one_before(five, trust):
    assert days(two_periods.choose(five)) == [YEARS["earlier"], YEARS["later"]]
    years = [("2013-04-01", "2014-03-31"), ("2014-04-01", "2015-03-31")]
    assert days(two_periods.choose(trust)) == years


def test_a_year_that_the_run_cuts_is_not_whole(over, five):
    cut = over(five, "2016-06-01", "2019-06-30")
    assert days(two_periods.choose(cut)) == [("2017-01-01", "2017-12-31"), YEARS["earlier"]]


def test_a_run_without_two_whole_years_has_no_two_periods_and_says_nothing(over, five):
    pair = two_periods.choose(over(five, "2019-01-01", "2019-12-31"))
    assert pair.sides == []
    for made in (
        two_periods.compared,
        two_periods.changed,
        two_periods.sources,
        two_periods.limits_in_force,
        two_counts.counts,
        two_counts.shares,
        two_times.reached,
        two_times.durations,
        two_times.timed,
        two_times.exposed_in,
    ):
        assert made(pair).empty  # fmt: skip
    assert two_times.asked(pair) == {}


@pytest.mark.parametrize(
    ("earlier", "later", "said"),
    [
        (("2016-01-01", "none"), ("none", "none"), "some days of the two periods are given"),
        (("2016-12-31", "2016-01-01"), YEARS["later"], "earlier period ends before it starts"),
        (YEARS["earlier"], ("2019-12-31", "2019-01-01"), "later period ends before it starts"),
        (YEARS["earlier"], ("2018-12-31", "2019-12-31"), "overlap"),
        (YEARS["later"], YEARS["earlier"], "overlap, or the later one comes first"),
        (("2014-01-01", "2014-12-31"), YEARS["later"], "reach outside the period of the run"),
    ],
)
def test_days_that_cannot_be_are_refused_by_name(five, earlier, later, said):
    with pytest.raises(InputError, match=said):
        two_periods.choose(five, earlier=earlier, later=later)


def test_both_periods_are_followed_equally_long_after_their_end(trust):
    pair = two_periods.choose(trust)
    seen = two_periods.compared(pair)
    assert seen["lag"].tolist() == [183, 183]
    assert pair.earlier.case.extract_date == date(2014, 9, 30)
    assert trust.case.extract_date == date(2015, 9, 30)  # the run itself is not touched


# What lies between ------------------------------------------------------------------------------


def test_a_change_within_the_earlier_period_lies_between_and_one_on_its_first_day_does_not(five):
    pair = two_periods.choose(five)
    assert two_periods.changed(pair)["note"].tolist() == ["Standard of proof for suicide lowered"]
    on_the_day = two_periods.choose(
        five, earlier=("2018-07-26", "2018-12-31"), later=YEARS["later"]
    )
    assert two_periods.changed(on_the_day).empty
    assert "No change was declared" in two_periods.changed(on_the_day).attrs["answer"]


@pytest.mark.slow
def test_across_a_declared_change_there_is_no_difference_unless_asked(five):
    shares = two_counts.shares(two_periods.choose(five)).set_index("indicator")
    hidden = shares.index[~shares["compared"]].tolist()
    assert hidden == ["suicide_conclusion_share"]
    assert shares.loc[hidden[0], "across"].startswith("26 July 2018: Standard of proof")
    asked = two_counts.shares(two_periods.choose(five, across_breaks=True))
    assert asked["compared"].all()
    flags = asked.set_index("indicator")["flag"]
    assert flags[hidden[0]].startswith(" It lies ACROSS a declared change")
    assert (flags.drop(hidden) == "").all()


def test_a_count_is_hidden_with_the_share_that_it_is_the_numerator_of(five):
    counts = two_counts.counts(two_periods.choose(five)).set_index("measure")
    assert counts.index[~counts["compared"]].tolist() == ["conclusion_suicide"]


def test_the_mix_of_groups_is_not_split_across_a_declared_change_unless_asked(five):
    ends = two_counts.ends(two_periods.choose(five), "suicide_conclusion_share", by=["region"])
    assert ends.empty
    asked = two_periods.choose(five, across_breaks=True)
    ends = two_counts.ends(asked, "suicide_conclusion_share", by=["region"])
    assert ends["when"].value_counts().to_dict() == {"earlier": 10, "later": 10}


def test_a_line_is_cut_at_declared_changes_unless_it_is_asked_to_run_across(five):
    name = "suicide_conclusion_share"
    _, cuts = two_counts.follows(two_periods.choose(five), name, grain="year")
    assert [one.date for one in cuts] == [date(2018, 7, 26)]
    asked = two_periods.choose(five, across_breaks=True)
    assert two_counts.follows(asked, name, grain="year")[1] == []
    assert "ACROSS" in two_counts.said_across(asked, name)["title"]
    assert two_counts.said_across(two_periods.choose(five), name) == {}


def test_a_limit_that_came_into_force_in_the_later_period_differs(five):
    limits = two_periods.limits_in_force(two_periods.choose(five)).set_index("rule_id")
    assert limits.index[limits["changed"].eq("yes")].tolist() == ["COR-NOTIFY"]
    assert limits.loc["COR-NOTIFY", ["earlier", "later"]].tolist() == ["no", "yes"]


def test_a_source_that_begins_within_a_period_covers_it_in_part(over, run):
    pair = two_periods.choose(over(run, "2012-01-01", "2013-12-31"))
    covers = two_periods.sources(pair).set_index("source")
    register = covers.loc["Register of reports to prevent future deaths", ["earlier", "later"]]
    assert register.tolist() == ["not", "in part"]


# What is counted --------------------------------------------------------------------------------


def test_counts_and_shares_are_those_of_the_published_years(five):
    """Ministry of Justice: 220,648 deaths reported in 2018 and 210,912 in 2019."""
    counts = two_counts.counts(two_periods.choose(five)).set_index("measure")
    row = counts.loc["deaths_reported"]
    assert (row["earlier_numerator"], row["numerator"]) == (220_648, 210_912)
    assert (row["earlier_days"], row["days"]) == (365, 365)


def test_periods_that_are_no_years_are_counted_by_the_day_of_death(trust):
    pair = two_periods.choose(
        trust, earlier=("2012-04-01", "2012-09-30"), later=("2013-04-01", "2013-09-30")
    )
    row = two_counts.shares(pair).set_index("indicator").loc["reported_share"]
    people = trust.people
    inside = people["date_of_death"].between("2013-04-01", "2013-09-30")
    assert row["denominator"] == int(inside.sum())
    assert row["numerator"] == int(people.loc[inside, "reported"].sum())
    assert two_times.exposed_in(pair).empty  # person-years are held by year


def test_what_came_later_than_the_lag_of_the_later_period_is_not_yet_seen_in_the_earlier(trust):
    """At equal maturity fewer of the earlier year are closed than are by the extract."""
    pair = two_periods.choose(trust)
    reached = two_times.reached(pair).set_index("interval")
    by_extract = delays.durations(trust)
    closed = by_extract[by_extract["interval"].eq("death_to_closed") & by_extract["year"].eq(2013)]
    assert reached.loc["death_to_closed", "earlier_numerator"] < int(closed["observed"].sum())
    assert reached.loc["death_to_closed", "earlier_denominator"] == len(closed)
    later = by_extract[by_extract["interval"].eq("death_to_closed") & by_extract["year"].eq(2014)]
    assert reached.loc["death_to_closed", "numerator"] == int(later["observed"].sum())


def test_the_model_has_the_period_and_not_the_year_and_loses_no_record(five):
    (asked,) = two_times.asked(two_periods.choose(five)).values()
    assert "Period" in asked["terms"]
    assert "Year" not in asked["terms"]
    sizes = asked["frame"]["Period"].value_counts()
    assert sizes["later"] == 527  # reports of 2019 that were due
    assert sizes["earlier"] > 300
