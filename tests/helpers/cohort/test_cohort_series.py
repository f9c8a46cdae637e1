"""Series over time by hand on the trust of nine people: whole periods only, none left out.

Deaths in contact: 10 May 2012 (Ann), 20 August 2012 (Bob), 15 January 2013 (Cora), 31 March 2013
(Eve), 1 April 2013 (Finn) and 31 March 2014 (Iris); all but Cora and Eve unexpected.
"""

import dataclasses
from datetime import date

import pandas as pd
import pytest

from helpers import start
from helpers.casefile import Break, Provider, Target
from helpers.chain import STEPS
from helpers.cohort import series, strata
from helpers.errors import InputError

LENGTH = {"month": 1, "quarter": 3, "year": 12}


def changed(run, **values):
    """The run with something of its case changed."""
    return dataclasses.replace(run, case=run.case.model_copy(update=values))


def with_tables(run, **tables):
    """The run with some of its tables replaced."""
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, **tables})
    return dataclasses.replace(run, extract=extract)


def counted(frame):
    """Numerator and denominator of each period that holds a death, by its first day."""
    return {
        row.period.date().isoformat(): (row.numerator, row.denominator)
        for row in frame.itertuples(index=False)
        if row.denominator
    }


def total(frame):
    return [int(frame["numerator"].sum()), int(frame["denominator"].sum())]


# ---- Targets ------------------------------------------------------------------------------------


def test_the_target_of_an_indicator_and_which_way_is_better(told_run):
    target = Target(value=0.2, better="decrease", source="made for this test")
    ours = [
        one.model_copy(update={"target": target}) if one.id == "unexpected_of_deaths" else one
        for one in told_run.case.indicators
    ]
    with_target = changed(told_run, indicators=ours)
    assert series.aim(with_target, "unexpected_of_deaths") == {
        "target": 0.2, "improvement": "decrease",
    }  # fmt: skip
    assert series.aim(told_run, "unexpected_of_deaths")["target"] is None
    with pytest.raises(InputError, match="nonsense"):
        series.aim(told_run, "nonsense")


# ---- Months, quarters, years --------------------------------------------------------------------


def test_each_month_has_a_row_and_its_deaths(told_run):
    made = series.shares(told_run, "unexpected_of_deaths")
    assert made.columns.tolist() == ["indicator", "label", "period", "numerator", "denominator"]
    assert made["period"].tolist() == list(pd.date_range("2012-04-01", "2014-03-01", freq="MS"))
    assert counted(made) == {
        "2012-05-01": (1, 1), "2012-08-01": (1, 1), "2013-01-01": (0, 1), "2013-03-01": (0, 1),
        "2013-04-01": (1, 1), "2014-03-01": (1, 1),
    }  # fmt: skip


def test_each_quarter_has_a_row_and_its_deaths(told_run):
    made = series.shares(told_run, "unexpected_of_deaths", grain="quarter")
    assert len(made) == 8
    assert counted(made) == {
        "2012-04-01": (1, 1), "2012-07-01": (1, 1), "2013-01-01": (0, 2), "2013-04-01": (1, 1),
        "2014-01-01": (1, 1),
    }  # fmt: skip


def test_a_financial_year_ends_on_31_march(told_run):
    made = series.shares(told_run, "unexpected_of_deaths", grain="year")
    assert counted(made) == {"2012-04-01": (2, 4), "2013-04-01": (2, 2)}


def test_a_calendar_year_counts_only_where_it_lies_wholly_in_the_period(told_run):
    """Of April 2012 to March 2014 only 2013 does: Cora, Eve and Finn."""
    made = series.shares(
        changed(told_run, year_start_month=1), "unexpected_of_deaths", grain="year"
    )
    assert made["period"].tolist() == [pd.Timestamp("2013-01-01")]
    assert total(made) == [1, 3]


def test_a_month_or_year_that_the_period_cuts_is_left_out(told_run, over):
    """Ann died in a May of which the first days are not there, Finn on the one day of an April."""
    cut = over(told_run, "2012-05-05", "2013-04-01")
    assert len(cut.people) == 5
    made = series.shares(cut, "unexpected_of_deaths")
    assert made["period"].tolist() == list(pd.date_range("2012-06-01", "2013-03-01", freq="MS"))
    assert total(made) == [1, 3]
    assert counted(series.shares(cut, "unexpected_of_deaths", grain="quarter")) == {
        "2012-07-01": (1, 1), "2013-01-01": (0, 2),
    }  # fmt: skip
    assert series.shares(cut, "unexpected_of_deaths", grain="year").empty


def test_the_last_day_of_a_month_completes_it(told_run, over):
    made = series.shares(over(told_run, "2013-03-01", "2013-03-31"), "unexpected_of_deaths")
    assert counted(made) == {"2013-03-01": (0, 1)}
    short = series.shares(over(told_run, "2013-03-01", "2013-03-30"), "unexpected_of_deaths")
    assert short.empty


@pytest.mark.parametrize("by", [(), ("service",), ("service", "sex")])
@pytest.mark.parametrize("grain", list(LENGTH))
def test_a_period_shorter_than_one_month_gives_no_row_but_every_column(told_run, over, grain, by):
    made = series.shares(
        over(told_run, "2013-03-02", "2013-04-29"), "reported_share", grain=grain, by=by
    )
    assert made.empty
    assert made.columns.tolist() == [
        "indicator", "label", *by, "period", "numerator", "denominator",
    ]  # fmt: skip


# ---- Strata -------------------------------------------------------------------------------------


def test_each_stratum_has_every_month(told_run):
    made = series.shares(told_run, "unexpected_of_deaths", by=["service"])
    assert made.groupby("service").size().to_dict() == {
        "Adult mental health": 24, "Learning disability": 24, "Older people": 24,
    }  # fmt: skip
    ld = made[made["service"].eq("Learning disability")]
    assert counted(ld) == {"2012-05-01": (1, 1), "2013-03-01": (0, 1), "2014-03-01": (1, 1)}
    assert made.equals(made.sort_values(["service", "period"], ignore_index=True))


def test_a_team_that_nobody_wrote_down_is_a_stratum_of_its_own(told_run):
    deaths = told_run.extract.tables["deaths"].copy()
    deaths.loc[deaths["service"].eq("older_mh"), "team"] = None
    made = series.shares(
        with_tables(told_run, deaths=deaths), "reported_share", grain="year", by=["area"]
    )
    of = made.groupby("area", dropna=False)["denominator"].sum()
    assert of[["North", "South"]].to_dict() == {"North": 3, "South": 2}
    assert of[of.index.isna()].tolist() == [1]


@pytest.mark.parametrize("by", [["service"], ["area"], ["service", "sex"]])
@pytest.mark.parametrize("grain", list(LENGTH))
def test_strata_add_up_to_the_whole(told_run, southern, grain, by):
    for one in (told_run, southern):
        whole = series.shares(one, "unexpected_of_deaths", grain=grain)
        made = series.shares(one, "unexpected_of_deaths", grain=grain, by=by)
        added = made.groupby("period", as_index=False)[["numerator", "denominator"]].sum()
        assert added.to_numpy().tolist() == whole[added.columns].to_numpy().tolist()


def test_counts_by_stratum_say_which_periods_are_the_baseline(told_run):
    made = series.strata_counts(
        told_run, "unexpected_of_deaths", grain="quarter", strata=["service"], baseline=2
    )
    assert made["denominator"].gt(0).all()
    assert made.groupby("period")["in_baseline"].first().tolist() == [True, True, *[False] * 3]
    # One death of a service that the baseline does not hold: nothing is expected of it.
    assert total(made) == [4, 5]
    assert made.attrs["left_out"] == 1


def test_the_ends_hold_groups_of_both_years_only(southern):
    made = series.ends(southern, "reported_share", by=["service"])
    assert made.groupby("when")["year"].unique().map(list).to_dict() == {
        "first": [2011], "last": [2014],
    }  # fmt: skip
    assert made.groupby("service")["when"].apply(sorted).map(tuple).unique().tolist() == [
        ("first", "last")
    ]


def test_a_stretch_ends_where_a_change_was_declared(southern):
    made = series.stretches(southern, "unexpected_of_deaths")
    assert made["stretch"].value_counts().to_dict() == {
        "April 2011 to March 2013": 24, "April 2013 to March 2015": 24,
    }  # fmt: skip


def test_limits_are_set_anew_only_where_the_case_says_so(southern):
    assert series.rebases(southern, "unexpected_of_deaths") == []
    coroners = start(case="coroners")
    (one,) = series.rebases(coroners, "inquests_opened_share")
    assert (one.at, one.reason) == (date(2013, 7, 25), "Coroners and Justice Act 2009 in force")


# ---- Against the annual counts ------------------------------------------------------------------


def test_months_and_quarters_add_up_to_the_annual_counts(southern):
    """Of every indicator that is a share of two steps of the chain."""
    steps = {"deaths", *STEPS}
    asked = [
        item.id for item in southern.case.indicators if {item.numerator, item.denominator} <= steps
    ]
    assert len(asked) > 5
    annual = strata.ratios(southern, by="year", indicators=asked)
    for name in asked:
        want = annual[annual["indicator"].eq(name)][["numerator", "denominator"]]
        for grain in LENGTH:
            made = series.shares(southern, name, grain=grain)
            assert len(made) == 48 / LENGTH[grain]
            added = made.groupby(southern.years(made["period"]))[["numerator", "denominator"]].sum()
            assert added.to_numpy().tolist() == want.to_numpy().tolist(), (name, grain)


def test_the_shipped_headline_is_the_sum_of_its_months(southern):
    assert total(series.shares(southern, "unexpected_of_deaths")) == [722, 10_306]


def test_what_is_no_step_of_the_chain_is_taken_from_the_annual_counts(told_run):
    """Two investigations of deaths of 2012-13: Ann's was closed, Bob's is open."""
    made = series.shares(told_run, "open_share", grain="month")
    assert counted(made) == {"2012-04-01": (1, 2)}


def test_annual_counts_have_years_whatever_is_asked(small):
    """As in the first lines of conftest.py: 2019 without Weston."""
    made = series.shares(small, "opened_share", grain="month")
    assert counted(made) == {
        "2018-01-01": (55, 350), "2019-01-01": (64, 320), "2020-01-01": (97, 440),
    }  # fmt: skip


def test_annual_counts_by_stratum_agree_with_the_other_tables(run):
    for by in ("region", "area"):
        asked = strata.ratios(run, by=["year", by], indicators=["open_long_share"])
        made = series.shares(run, "open_long_share", grain="year", by=[by])
        assert total(made) == total(asked)
        assert made["denominator"].gt(0).sum() == asked["denominator"].gt(0).sum()


def test_annual_counts_of_a_year_that_the_period_cuts_are_left_out(small, over):
    made = series.shares(over(small, "2018-01-02", "2019-12-31"), "opened_share", grain="year")
    assert counted(made) == {"2019-01-01": (64, 320)}
    none = series.shares(over(small, "2018-01-02", "2018-12-31"), "opened_share", by=["region"])
    assert none.empty
    assert none.columns.tolist()[2:] == ["region", "period", "numerator", "denominator"]


def test_an_indicator_that_is_not_there_is_refused(told_run):
    with pytest.raises(InputError, match="reported_share"):
        series.shares(told_run, "reported")


# ---- Rare events --------------------------------------------------------------------------------


def test_the_days_of_a_step_in_a_service_are_in_order(told_run):
    made = series.events(told_run, "unexpected", "adult_mh")
    assert made["date"].dt.strftime("%Y-%m-%d").tolist() == ["2012-08-20", "2013-04-01"]
    assert made["label"].unique().tolist() == [
        "Categorised as unexpected by the trust: Adult mental health"
    ]
    deaths = series.events(told_run, "deaths", "ld")
    assert deaths["date"].dt.strftime("%Y-%m-%d").tolist() == [
        "2012-05-10", "2013-03-31", "2014-03-31",
    ]  # fmt: skip


@pytest.mark.parametrize("step", list(STEPS))
def test_as_many_days_as_deaths_of_the_step(southern, step):
    people = southern.people.assign(deaths=True)
    mine = people[people[step] & people["service"].eq("ld")]
    assert len(series.events(southern, step, "ld")) == len(mine)


def test_nothing_is_on_record_of_a_service_or_category_that_is_not_there(told_run, small):
    for made in (
        series.events(told_run, "unexpected", "camhs"),
        series.events(told_run, "reports", "Child"),
        series.events(small, "unexpected", "ld"),
        series.events(small, "reports", "Child"),
    ):
        assert made.empty
        assert made.columns.tolist() == ["label", "date"]


def test_a_measure_that_is_not_there_is_refused(told_run, small):
    for one in (told_run, small):
        with pytest.raises(InputError, match="siri"):
            series.events(one, "service", "ld")


def test_reports_are_those_of_the_whole_category_by_the_day_of_the_report(run):
    """A part of its name is another category or none."""
    made = series.events(run, "reports", "Service personnel")
    raw = pd.read_csv(run.case.path("pfd_tracker_2025-07-31.csv"), dtype=str)
    mine = raw["category"].fillna("").str.contains("Service Personnel", case=False)
    days = pd.to_datetime(raw.loc[mine, "date_of_report"], format="%d/%m/%Y").sort_values()
    assert made["date"].tolist() == days.tolist()
    assert len(made) > 5
    assert series.events(run, "reports", "Service").empty


def test_reports_are_dated_by_the_milestone_that_decides_of_the_period(project):
    project.edit("case.yml", "      place: {from: place,", "      category: {from: state}\n"
                 "      place: {from: place,")  # fmt: skip
    project.edit("case.yml", "period_milestone: report", "period_milestone: opened")
    made = series.events(start(case=project.name), "reports", "overdue")
    assert made["date"].dt.strftime("%Y-%m-%d").tolist() == ["2020-01-13"]


# ---- Changes ------------------------------------------------------------------------------------


def test_changes_are_those_of_the_indicator_within_the_period(told_run):
    """A change on the first day has nothing before it to be compared with."""
    mine, other = ["reported_share"], ["unexpected_of_deaths"]
    run = changed(
        told_run,
        breaks=[
            Break(date=date(2014, 3, 31), note="Last day", measures=mine),
            Break(date=date(2012, 4, 1), note="First day", measures=mine),
            Break(date=date(2012, 4, 2), note="Second day", measures=[*mine, *other]),
            Break(date=date(2014, 4, 1), note="After", measures=mine),
        ],
        provider=Provider(lfpse_go_live=date(2013, 6, 1)),
    )
    assert series.dates_of(series.breaks_of(run, "reported_share")) == [
        (date(2012, 4, 2), "Second day"),
        (date(2013, 6, 1), "LFPSE replaced the earlier reporting system here"),
        (date(2014, 3, 31), "Last day"),
    ]
    assert [one.note for one in series.breaks_of(run, "unexpected_of_deaths")] == [
        "Second day", "LFPSE replaced the earlier reporting system here",
    ]  # fmt: skip
    assert series.breaks_of(run, "nothing") == []
