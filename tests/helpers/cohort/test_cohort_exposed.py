"""Deaths against person-years by hand on the trust of nine people; who is left out is said."""

import dataclasses

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trusts import untouched

from helpers import start
from helpers.cohort import exposed

AMH, LD, OLDER = "Adult mental health", "Learning disability", "Older people"


@pytest.fixture(scope="module")
def cared(tmp_path_factory):
    """Person-years for women of 55 to 64 and for Cora's stratum; for a ward where nobody died.

    Ann, Eve and Iris had a learning disability (Iris died at 54), Bob (40) and Finn (33) were in
    adult mental health, Cora (82) in that of older people.
    """
    names = ["service", "age_band", "sex", "year", "value", "measure"]
    rows = [
        ("ld", "55 to 64", "F", 2012, 100.0, "person_years"),
        ("ld", "55 to 64", "M", 2013, 50.0, "person_years"),
        ("older_mh", "75 to 84", "F", 2012, 40.0, "person_years"),
        ("camhs", "Under 18", "F", 2012, 10.0, "person_years"),
        ("ld", "55 to 64", "F", 2011, 1000.0, "person_years"),  # a year outside the period
        ("ld", "55 to 64", "F", 2012, 1000.0, "contacts"),  # something else
        ("adult_mh", "35 to 44", "M", 2012, 0.0, "person_years"),  # Bob, of nobody
    ]
    exposure = pd.DataFrame(rows, columns=names).astype({"value": "Float64"})
    run = untouched(tmp_path_factory)
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, "exposure": exposure})
    return dataclasses.replace(run, extract=extract)


def rows(frame):
    return frame.to_numpy().tolist()


# ---- Deaths and person-years --------------------------------------------------------------------


def test_each_stratum_that_has_person_years_with_its_deaths(cared):
    made = exposed.exposed(cared)
    assert made.columns.tolist() == [*exposed.STRATA, "numerator", "denominator"]
    assert rows(made) == [
        ["camhs", "Under 18", "F", 2012, 0, 10.0],
        [LD, "55 to 64", "F", 2012, 2, 100.0],
        [LD, "55 to 64", "M", 2013, 0, 50.0],
        [OLDER, "75 to 84", "F", 2012, 1, 40.0],
    ]


def test_a_group_of_a_few_columns_holds_all_its_deaths(cared):
    """Iris is among those with a learning disability, though nobody of her age is on record."""
    assert rows(exposed.exposed(cared, by="service")) == [
        ["camhs", 0, 10.0], [LD, 3, 150.0], [OLDER, 1, 40.0],
    ]  # fmt: skip
    assert rows(exposed.exposed(cared, by="sex")) == [["F", 4, 150.0], ["M", 2, 50.0]]
    assert rows(exposed.exposed(cared, by=["year"])) == [[2012, 4, 150.0], [2013, 2, 50.0]]


def test_another_step_of_the_chain_is_counted_alike(cared):
    made = exposed.exposed(cared, measure="unexpected").set_index(["service", "sex"])
    assert made["numerator"].to_dict() == {
        ("camhs", "F"): 0, (LD, "F"): 1, (LD, "M"): 0, (OLDER, "F"): 0,
    }  # fmt: skip


def test_a_year_that_the_period_cuts_counts_on_neither_side(cared, over):
    made = exposed.exposed(over(cared, "2012-04-01", "2014-03-30"), by="year")
    assert rows(made) == [[2012, 4, 150.0]]


# ---- Left out -----------------------------------------------------------------------------------


def test_deaths_of_strata_without_person_years_are_named(cared):
    made = exposed.unexposed(cared)
    assert made.columns.tolist() == ["service", "age_band", "numerator", "denominator"]
    assert rows(made) == [
        [AMH, "25 to 34", 1, 2], [AMH, "35 to 44", 1, 2], [LD, "45 to 54", 1, 3],
    ]  # fmt: skip


def test_the_strata_and_those_left_out_are_all_deaths(cared, southern):
    for run in (cared, southern):
        for measure in ("deaths", "unexpected"):
            held = exposed.exposed(run, measure=measure)["numerator"].sum()
            lost = exposed.unexposed(run, measure=measure)["numerator"].sum()
            counts = run.counts[run.counts["measure"].eq(measure)]
            assert held + lost == counts["events"].sum()


def test_where_none_is_left_out_it_is_said(cared, over):
    whole = exposed.unexposed(cared)
    assert whole.attrs["answer"] == "No death is left out of the rates."
    exposure = cared.extract.tables["exposure"]
    deaths = cared.counts[cared.counts["measure"].eq("deaths")]
    full = pd.concat([exposure, deaths[exposed.STRATA].assign(value=1.0, measure="person_years")])
    extract = dataclasses.replace(cared.extract, tables={**cared.extract.tables, "exposure": full})
    assert exposed.unexposed(dataclasses.replace(cared, extract=extract)).empty


def test_the_shipped_trust_has_person_years_for_all_but_a_few(southern):
    made = exposed.exposed(southern, by="service").set_index("service")["numerator"]
    assert made.to_dict() == {
        "Adult mental health": 803, "Learning disability": 337,
        "Older people's mental health": 9166,
    }  # fmt: skip
    lost = exposed.unexposed(southern)
    assert dict(zip(lost["age_band"], lost["numerator"], strict=True)) == {
        "Not recorded": 10, "Under 18": 4,
    }  # fmt: skip


def test_a_case_without_exposures_or_without_people_gives_empty_frames(tmp_path_factory, project):
    for run in (untouched(tmp_path_factory), start(case=project.name)):
        made = exposed.exposed(run, by=["service", "sex"])
        assert made.empty
        assert made.columns.tolist() == ["service", "sex", "numerator", "denominator"]
        assert made.dtypes[["numerator", "denominator"]].tolist() == ["int64", "float64"]
        assert exposed.unexposed(run).empty
        assert exposed.unexposed(run).columns.tolist() == [
            "service", "age_band", "numerator", "denominator",
        ]  # fmt: skip


# ---- Whole groups -------------------------------------------------------------------------------


def test_a_group_that_lacks_a_stratum_of_the_standard_is_left_out_and_named(cared):
    frame = exposed.exposed(cared)
    standard = pd.DataFrame({"age_band": ["55 to 64"], "weight": [1.0]})
    made = exposed.whole(frame, by="service", strata=["age_band"], standard=standard)
    assert made["service"].unique().tolist() == [LD]
    assert made.attrs["reason"] == (
        "Not standardised, for want of person-years: camhs (55 to 64); Older people (55 to 64)."
    )


def test_strata_of_no_standard_are_not_among_what_is_kept():
    frame = pd.DataFrame({"unit": ["A", "A", "A"], "age": ["a", "b", "c"], "sex": ["F", "F", "F"]})
    standard = pd.DataFrame({"age": ["a", "b"], "sex": ["F", "F"]})
    made = exposed.whole(frame, by=["unit"], strata=["age", "sex"], standard=standard)
    assert made["age"].tolist() == ["a", "b"]
    assert "reason" not in made.attrs


def test_what_is_missing_of_several_columns_is_named_together():
    frame = pd.DataFrame({"unit": ["A"], "year": [2012], "age": ["a"], "sex": ["F"]})
    standard = pd.DataFrame({"age": ["a", "a"], "sex": ["F", "M"]})
    made = exposed.whole(frame, by=["unit", "year"], strata=["age", "sex"], standard=standard)
    assert made.empty
    assert made.columns.tolist() == frame.columns.tolist()
    assert made.attrs["reason"] == "Not standardised, for want of person-years: A 2012 (a M)."


def test_of_nothing_nothing_is_whole():
    frame = pd.DataFrame(columns=["unit", "age"])
    standard = pd.DataFrame({"age": ["a"]})
    made = exposed.whole(frame, by="unit", strata=["age"], standard=standard)
    assert made.empty
    assert "reason" not in made.attrs


strata_sets = st.lists(
    st.tuples(st.sampled_from("ABC"), st.sampled_from("xyz")), min_size=1, max_size=9, unique=True
)


@given(strata_sets, st.sets(st.sampled_from("xyz"), min_size=1))
def test_what_is_kept_has_every_stratum_of_the_standard_and_no_other(held, wanted):
    frame = pd.DataFrame(held, columns=["unit", "age"])
    standard = pd.DataFrame({"age": sorted(wanted)})
    made = exposed.whole(frame, by="unit", strata=["age"], standard=standard)
    for _, part in made.groupby("unit"):
        assert set(part["age"]) == wanted
    left = {unit for unit, part in frame.groupby("unit") if not wanted <= set(part["age"])}
    assert left == set(frame["unit"]) - set(made["unit"])
    assert all(f"{unit} (" in made.attrs["reason"] for unit in left)
