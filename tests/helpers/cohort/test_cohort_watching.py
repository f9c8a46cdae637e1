"""Exposure, units and lists by hand on the trust of nine people, and laws on the shipped cases.

Deaths in contact: Ann (ld, North, 10 May 2012), Bob (adult, South, 20 August 2012), Cora (older,
South, 15 January 2013), Eve (ld, North, 31 March 2013), Finn (adult, South, 1 April 2013) and Iris
(ld, North, 31 March 2014). All but Cora were reported; all but Cora and Eve were unexpected.
"""

import dataclasses

import pandas as pd
import pytest

from helpers.cohort import series, watching
from helpers.errors import InputError
from helpers.methods import capture, rare_events, standardise

LD, AMH = "Learning disability", "Adult mental health"


def with_tables(run, **tables):
    """The run with some of its tables replaced."""
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, **tables})
    return dataclasses.replace(run, extract=extract)


def cared(run):
    """The run with 365 person-years of women with a learning disability in 2012, 730 in 2013."""
    names = ["service", "age_band", "sex", "year", "value", "measure"]
    rows = [("ld", "55 to 64", "F", year, value, "person_years") for year, value in
            ((2012, 365.0), (2013, 730.0))]  # fmt: skip
    return with_tables(run, exposure=pd.DataFrame(rows, columns=names).astype({"value": "Float64"}))


def rows(frame):
    return frame.to_numpy().tolist()


def test_a_change_allows_for_the_first_dimension_of_a_case(southern, run, told_run):
    assert watching.groups(southern) == watching.groups(told_run) == ["service"]
    assert watching.groups(run) == ["region"]


# ---- Events against exposure --------------------------------------------------------------------


def test_person_years_of_a_year_are_divided_among_its_months_by_their_days(told_run):
    made = watching.against(cared(told_run), "unexpected_of_deaths")
    assert made["label"].unique().tolist() == ["Unexpected of deaths, against person-years"]
    assert len(made) == 24
    days = [30, 31, 30, 31, 31, 30, 31, 30, 31, 31, 28, 31]  # April 2012 to March 2013
    assert made["denominator"].tolist() == pytest.approx(days + [2 * day for day in days])
    happened = made.loc[made["numerator"].gt(0), ["period", "numerator"]]
    assert rows(happened.assign(period=happened["period"].dt.strftime("%Y-%m"))) == [
        ["2012-05", 1],
        ["2012-08", 1],
        ["2013-04", 1],
        ["2014-03", 1],
    ]


@pytest.mark.parametrize("grain", ["month", "quarter", "year"])
def test_the_periods_of_a_year_hold_all_its_person_years(told_run, grain):
    made = watching.against(cared(told_run), "unexpected_of_deaths", grain=grain)
    by_year = made.groupby(told_run.years(made["period"]))["denominator"].sum()
    assert by_year.to_dict() == pytest.approx({2012: 365.0, 2013: 730.0})


def test_a_year_without_person_years_is_left_out(told_run):
    run = cared(told_run)
    exposure = run.extract.tables["exposure"]
    made = watching.against(
        with_tables(run, exposure=exposure[exposure["year"].eq(2013)]), "unexpected_of_deaths"
    )
    assert made["period"].min() == pd.Timestamp("2013-04-01")
    assert len(made) == 12


def test_without_person_years_the_denominator_of_the_indicator_takes_their_place(told_run):
    made = watching.against(told_run, "reported_share", grain="year")
    assert made["label"].unique().tolist() == ["Reported, as the indicator counts them"]
    assert rows(made[["numerator", "denominator"]]) == [[3, 4.0], [2, 2.0]]


# ---- Others between events ----------------------------------------------------------------------


def test_eve_is_the_one_between_ann_and_iris(told_run):
    made = watching.between(told_run, "unexpected", "ld")
    assert rows(made) == [
        ["Categorised as unexpected by the trust: Learning disability",
         pd.Timestamp("2014-03-31"), 1, 1.0]
    ]  # fmt: skip


def test_one_event_has_no_gap_and_none_has_none(told_run):
    for measure in ("siri", "no_family"):  # Ann's alone
        assert watching.between(told_run, measure, "ld").empty
        assert watching.between(told_run, measure, "older_mh").empty
    assert rare_events.g_chart(watching.between(told_run, "siri", "ld"), within="label").empty


def test_a_measure_that_is_none_is_refused(told_run):
    with pytest.raises(InputError, match="neither a step of the chain nor reports"):
        watching.between(told_run, "births", "ld")


def test_gaps_events_and_ends_are_all_deaths_of_the_service(southern):
    own = southern.people[southern.people["service"].eq("ld")].sort_values(
        ["date_of_death", "death_id"]
    )
    hit = own["unexpected"].to_numpy(dtype=bool)
    made = watching.between(southern, "unexpected", "ld")
    ends = hit.argmax() + hit[::-1].argmax()  # before the first event, after the last
    assert len(made) == hit.sum() - 1 == 92
    assert made["value"].sum() + hit.sum() + ends == len(own) == 337


def test_every_report_of_a_category_is_an_event(run):
    made = watching.between(run, "reports", "Service personnel")
    days = series.events(run, "reports", "Service personnel")["date"]
    assert made["date"].tolist() == days.tolist()[1:]


# ---- Units --------------------------------------------------------------------------------------


def test_units_of_the_last_year_with_the_years_as_strata(told_run):
    """Nobody of Cora's service died in the last year, so its team is not there."""
    made = watching.layers(told_run, "reported_share")
    assert rows(made.drop(columns="label")) == [
        [AMH, "South", "2012", 1, 1],
        [AMH, "South", "2013", 1, 1],
        [LD, "North", "2012", 2, 2],
        [LD, "North", "2013", 1, 1],
    ]


@pytest.mark.parametrize("case", ["southern", "run"])
def test_as_many_are_expected_as_seen_among_peers(request, case):
    held = request.getfixturevalue(case)
    layers = watching.layers(held, "reported_share" if case == "southern" else "post_mortem_share")
    made = standardise.indirect(layers, by=["peers", "area"], strata=["peers", "stratum"])
    whole = made.groupby("peers")[["observed", "expected"]].sum()
    assert whole["observed"].tolist() == pytest.approx(whole["expected"].tolist())
    assert len(made) > 20


def test_years_of_a_service_against_thousands_of_person_years(told_run):
    made = watching.exposed_units(cared(told_run), "reported_share")
    assert rows(made) == [
        ["Reported", LD, "2012", 2, 0.365],
        ["Reported", LD, "2013", 1, 0.73],
    ]


def test_units_without_person_years_stand_over_the_denominator(told_run):
    made = watching.exposed_units(told_run, "reported_share")
    assert rows(made) == [["Reported", AMH, "South", 1, 0.001], ["Reported", LD, "North", 1, 0.001]]


def test_the_last_year_over_the_year_before(told_run):
    made = watching.two_years(told_run, "reported_share")
    assert rows(made) == [
        ["Reported", AMH, "South", 2013, 1, 1],
        ["Reported", LD, "North", 2013, 1, 2],
    ]


def test_one_year_has_none_before(told_run, over):
    one = over(told_run, "2013-04-01", "2014-03-31")
    assert watching.two_years(one, "reported_share").empty


# ---- Lists --------------------------------------------------------------------------------------


def test_who_is_on_which_of_three_lists(told_run):
    """Reported: all but Cora; the coroner: Cora and Finn; the national list: Ann and Bob."""
    milestones = told_run.extract.tables["milestones"]
    people = told_run.people.assign(dod_source="clinician")
    cora = people["date_of_death"].eq(pd.Timestamp("2013-01-15"))
    people["dod_source"] = people["dod_source"].mask(cora, "coroner")
    finn = people.loc[people["date_of_death"].eq(pd.Timestamp("2013-04-01")), "death_id"].iloc[0]
    others = milestones[milestones["milestone"].ne("coroner_referral")]
    referral = others.iloc[[0]].assign(milestone="coroner_referral", death_id=finn)
    extract = told_run.extract
    tables = {**extract.tables, "milestones": pd.concat([others, referral], ignore_index=True)}

    held = dataclasses.replace(told_run, extract=dataclasses.replace(extract, tables=tables))
    held.__dict__["people"] = people  # where the run keeps what it has worked out
    made = watching.three_lists(held)
    assert rows(made) == [
        [False, True, False, 1],  # Cora
        [True, False, False, 2],  # Eve and Iris
        [True, False, True, 2],  # Ann and Bob
        [True, True, False, 1],  # Finn
    ]
    assert made.attrs["unseen"] == 0


def test_every_death_of_the_patient_system_is_counted_once(southern):
    cells = watching.three_lists(southern)
    assert cells["count"].sum() + cells.attrs["unseen"] == len(southern.people) == 10_306
    assert cells.loc[cells["incident system"], "count"].sum() == 1_454
    models = watching.where_held(cells, capture.three_sources)
    assert models["known_unseen"].eq(cells.attrs["unseen"]).all()
    assert models["observed"].eq(cells["count"].sum()).all()


def test_a_method_is_not_applied_to_nothing(run):
    cells = watching.three_lists(run)
    assert cells.empty
    with pytest.raises(ValueError, match="Nobody is on source"):
        capture.three_sources(cells)
    made = watching.where_held(cells, capture.three_sources)
    assert made.empty
    assert made.columns.tolist() == ["model", "value", "low", "high"]
