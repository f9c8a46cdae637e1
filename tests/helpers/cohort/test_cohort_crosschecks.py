"""The twelve checks and the flow, on a tiny trust whose rows are then broken one by one."""

import dataclasses

import pandas as pd
import pytest

from helpers.cohort import crosschecks, flow

ADA, BEN, CLEO, DORA = "pas:2", "pas:3", "pas:4", "pas:5"


def checked(run):
    """Numerator, denominator and verdict of each check."""
    frame = crosschecks.crosschecks(run).set_index("id")
    return frame[["numerator", "denominator", "verdict"]].apply(tuple, axis=1).to_dict()


def broken(run, **changes):
    """The run with some tables replaced; what was worked out from the old ones is forgotten."""
    tables = {**run.extract.tables, **changes}
    extract = dataclasses.replace(run.extract, tables=tables)
    return dataclasses.replace(run, extract=extract)


def test_what_each_check_finds_counted_by_hand(tiny):
    assert checked(tiny) == {
        "V1": (0, 4, "holds"),
        "V2": (0, 4, "holds"),
        "V3": (0, 2, "holds"),  # Ada's assessment and investigation
        "V4": (0, 1, "holds"),
        "V5": (0, 1, "holds"),
        "V6": (0, 14, "holds"),  # seven steps by service and by sex
        "V7a": (1, 4, "query"),  # somebody who died in February 2014
        "V7b": (1, 4, "query"),  # Dora
        "V8": (2, 4, "query"),  # no person-years of women of 63 and 53
        "V9": (0, 6, "holds"),
        "V10": (pd.NA, pd.NA, crosschecks.NO_EARLIER),
        "V11": (pd.NA, pd.NA, crosschecks.NO_EARLIER),
        "V12": (1, 3, crosschecks.BLOCKED),  # Ben: one of three is more than one in twenty
    }


def test_a_death_listed_twice_is_not_exactly_one(tiny):
    died = tiny.extract.tables["deaths"]
    twice = pd.concat([died, died[died["death_id"].eq(CLEO)]], ignore_index=True)
    found = checked(broken(tiny, deaths=twice))
    assert found["V1"] == (2, 5, "query")
    assert found["V9"][0] == 1


def test_an_investigation_of_a_death_that_was_not_reported(tiny):
    reviews = tiny.extract.tables["reviews"]
    moved = reviews["death_id"].mask(reviews["type"].eq("SIRI"), CLEO)
    found = checked(broken(tiny, reviews=reviews.assign(death_id=moved)))
    assert found["V2"] == (1, 4, "query")  # investigated, not unexpected
    assert found["V4"] == (1, 1, "query")
    assert found["V5"] == (1, 1, "query")  # Ada's incident was serious, and no review is left


def test_a_review_linked_to_nobody_is_an_orphan(tiny):
    reviews = tiny.extract.tables["reviews"]
    lost = reviews["death_id"].mask(reviews["type"].eq("IMA"))
    assert checked(broken(tiny, reviews=reviews.assign(death_id=lost)))["V3"] == (1, 2, "query")


def test_strata_that_do_not_add_up(tiny):
    counts = tiny.extract.tables["counts"]
    row = counts.index[counts["measure"].eq("reported") & counts["events"].eq(1)][-1]
    short = counts.assign(events=counts["events"].mask(counts.index == row, 0))
    assert checked(broken(tiny, counts=short))["V6"] == (2, 14, "query")


def test_few_missing_categories_block_nothing(tiny):
    told = tiny.extract.tables["incidents"]
    known = told["expectedness"].mask(told["expectedness"].eq("NK"), "expected")
    assert checked(broken(tiny, incidents=told.assign(expectedness=known)))["V12"] == (
        0,
        3,
        "holds",
    )


def test_without_a_national_list_or_person_years_the_check_says_so(tiny):
    tables = tiny.extract.tables
    found = checked(
        broken(
            tiny,
            registrations=tables["registrations"].iloc[0:0],
            exposure=tables["exposure"].iloc[0:0],
        )
    )
    assert found["V7a"][2] == found["V7b"][2] == "cannot be asked: the case has no national list"
    assert found["V8"][2] == "cannot be asked: the case has no person-years"


def test_a_case_without_people_is_asked_only_what_it_can_answer(run):
    found = checked(run)
    asked = {name for name, (_, size, _) in found.items() if not pd.isna(size)}
    assert asked == {"V6"}
    assert found["V4"][2] == crosschecks.NO_PEOPLE


def test_checks_of_the_shipped_case(southern):
    found = checked(southern)
    for name in ("V1", "V2", "V3", "V4", "V6", "V9", "V12"):
        assert found[name][2] == "holds", name
    assert found["V12"][:2] == (20, 1454)


# ---- The flow -----------------------------------------------------------------------------------


def boxes(run, lane):
    """The boxes of a lane: fate, label, number."""
    frame = flow.flow(run)
    chosen = frame.loc[frame["lane"].eq(lane), ["fate", "label", "numerator"]]
    return list(chosen.itertuples(index=False, name=None))


def test_the_lane_of_deaths_counted_by_hand(tiny):
    assert boxes(tiny, "Deaths") == [
        ("kept", "Rows read", 8),
        ("left out", "Duplicate record", 1),
        ("left out", "No usable date of death", 1),
        ("kept", "People who died, each once", 6),
        ("left out", "Died outside the period", 1),
        ("left out", "No contact in the 12 months before", 1),
        ("kept", "Deaths in scope: a contact in the 12 months before", 4),
        ("left out", "Not reported as an incident", 1),
        ("kept", "Reported as an incident", 3),
        ("left out", "Reported, not categorised as unexpected", 1),
        ("kept", "Categorised as unexpected by the trust", 2),
        ("left out", "Unexpected, no initial assessment completed", 1),
        ("kept", "Initial management assessment completed", 1),
        ("kept", "Investigated (critical incident review or serious incident)", 1),
        ("kept", "Reported as a serious incident requiring investigation", 1),
    ]


def test_the_lanes_of_incidents_and_of_the_national_list(tiny):
    assert [number for _, _, number in boxes(tiny, "Incidents")] == [7, 1, 6, 1, 1, 4, 1, 3]
    assert [number for _, _, number in boxes(tiny, "National list")] == [4, 4, 1, 3]


def test_a_step_without_the_one_before_it_stands_beside_the_lane(tiny):
    reviews = tiny.extract.tables["reviews"]
    moved = reviews["death_id"].mask(reviews["type"].eq("SIRI"), CLEO)
    frame = flow.flow(broken(tiny, reviews=reviews.assign(death_id=moved)))
    beside = frame[frame["fate"].eq("beside")]
    assert beside["measure"].tolist() == ["investigated", "siri"]
    assert beside["numerator"].tolist() == [1, 1]
    assert flow.adds_up(frame).empty


@pytest.mark.parametrize("name", ["tiny", "southern", "run"])
def test_every_lane_adds_up(name, request):
    frame = flow.flow(request.getfixturevalue(name))
    assert flow.adds_up(frame).empty
    assert frame["numerator"].ge(0).all()


def test_every_lane_adds_up_in_parts_of_the_period(southern, over):
    year = over(southern, "2012-04-01", "2013-03-31")
    assert flow.adds_up(flow.flow(year)).empty


def test_a_number_that_does_not_add_up_is_named(tiny):
    frame = flow.flow(tiny)
    wrong = frame.assign(
        numerator=frame["numerator"].mask(frame["label"].eq("Duplicate record"), 2)
    )
    found = flow.adds_up(wrong)
    assert found[["label", "numerator", "wanted"]].to_numpy().tolist() == [
        ["People who died, each once", 6, 5]
    ]


def test_the_published_chain_comes_out_of_the_shipped_case(southern):
    frame = flow.flow(southern)
    steps = frame[frame["fate"].eq("kept") & frame["measure"].ne("")]
    assert steps.set_index("measure")["numerator"].to_dict() == {
        "deaths": 10306,
        "reported": 1454,
        "unexpected": 722,
        "reviewed": 540,
        "investigated": 272,
        "siri": 195,
    }
    assert not frame["fate"].eq("beside").any()
