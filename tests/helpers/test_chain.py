"""The chain from a death to its investigation, counted on people made up one by one."""

from collections import Counter

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from trusts import person, tables

from helpers.chain import FATES, PARENT, STATES, STEPS, chain, counts

DONE = list(STEPS)[1:]


def reached(made, name):
    """The steps that a death reached."""
    row = made.set_index("death_id").loc[name]
    return [step for step in DONE if row[step]]


def incident(name, of, **values):
    return {"incident_id": name, "death_id": of, "lead_incident": True, **values}


def review(of, kind, outcome="completed"):
    return {"review_id": f"{of}:{kind}", "death_id": of, "type": kind, "outcome": outcome}


def counted(table):
    """Deaths by measure over all strata."""
    return table.groupby("measure")["events"].sum().to_dict()


ANN = {
    "people": [person("Ann")],
    "incidents": [incident("W1", "Ann", expectedness="unexpected")],
    "reviews": [review("Ann", "IMA"), review("Ann", "SIRI")],
    "family": [{"death_id": "Ann", "incident_id": "W1", "involvement": "none"}],
}


# ---- Which step a death reached -----------------------------------------------------------------


def test_a_death_that_went_the_whole_way():
    made = chain(tables(**ANN))
    assert reached(made, "Ann") == DONE
    row = made.iloc[0]
    assert (row["lead_incident_id"], row["fate"], row["state"]) == (
        "W1", "fate_siri", "state_completed",
    )  # fmt: skip


def test_a_death_that_nobody_reported_reached_nothing_and_has_no_state():
    made = chain(tables([person("Cora")]))
    assert reached(made, "Cora") == []
    assert made["fate"].tolist() == ["fate_not_reported"]
    assert made["state"].isna().all()
    assert made["lead_incident_id"].isna().all()


@pytest.mark.parametrize("said", ["expected", "NR", "NK"])
def test_only_the_word_unexpected_makes_a_death_unexpected(said):
    made = chain(tables([person("Eve")], [incident("W1", "Eve", expectedness=said)]))
    assert reached(made, "Eve") == ["reported"]
    assert made["fate"].tolist() == ["fate_not_unexpected"]


def test_the_lead_incident_alone_says_whether_a_death_was_unexpected():
    both = [
        incident("W1", "Ann", expectedness="expected"),
        incident("W2", "Ann", expectedness="unexpected", lead_incident=False),
    ]
    assert reached(chain(tables([person("Ann")], both)), "Ann") == ["reported"]


@pytest.mark.parametrize(
    ("kind", "outcome", "steps"),
    [
        ("IMA", "completed", ["reviewed"]),
        ("IMA", "open", []),  # begun, not completed
        ("CIR", "completed", ["investigated"]),
        ("CIR", "open", ["investigated"]),  # whatever became of it
        ("CIR", "abandoned", ["investigated"]),
        ("SIRI", "delogged", ["investigated", "siri"]),
        ("SIRI_RCA_L2", "open", ["investigated", "siri"]),
        ("PSII", "open", ["investigated"]),
        ("independent", "superseded", ["investigated"]),
        ("LeDeR_initial", "completed", []),  # a review of another kind
        ("SJR/CRT", "completed", []),
    ],
)
def test_which_reviews_count_as_which_step(kind, outcome, steps):
    made = chain(tables([person("Bob")], reviews=[review("Bob", kind, outcome)]))
    assert reached(made, "Bob") == steps


@pytest.mark.parametrize("involvement", ["declined", "no family traced", "informed", "NR", "NK"])
def test_only_no_involvement_counts_as_none(involvement):
    """A family that declined, or that nobody could find, was not left out."""
    held = [{"death_id": "Ann", "incident_id": "W1", "involvement": involvement}]
    assert "no_family" not in reached(chain(tables(**{**ANN, "family": held})), "Ann")


def test_a_family_without_a_part_counts_only_where_there_was_an_investigation():
    made = chain(tables(**{**ANN, "reviews": [review("Ann", "IMA")]}))
    assert reached(made, "Ann") == ["reported", "unexpected", "reviewed"]


# ---- A later step without an earlier one --------------------------------------------------------


def test_a_later_step_without_an_earlier_one_is_shown_as_it_is():
    """Investigated, though nobody reported, assessed or called the death unexpected."""
    made = chain(tables([person("Bob")], reviews=[review("Bob", "CIR", "open")]))
    assert reached(made, "Bob") == ["investigated"]
    assert (made.loc[0, "fate"], made.loc[0, "state"]) == ("fate_cir", "state_open")


def test_the_fate_is_the_furthest_step_on_record():
    made = chain(tables([person("Iris")], reviews=[review("Iris", "IMA")]))
    assert made["fate"].tolist() == ["fate_reviewed"]


def test_each_step_but_the_first_is_part_of_an_earlier_one():
    order = list(STEPS)
    assert set(PARENT) == set(order[1:])
    assert all(order.index(PARENT[step]) < order.index(step) for step in PARENT)


# ---- What does not belong -----------------------------------------------------------------------


def test_an_entry_of_steis_alone_is_no_report_and_never_leads():
    """StEIS follows the trust's own incident; without one the trust has reported nothing."""
    held = [incident("S1", "Ann", system="steis", expectedness="unexpected")]
    made = chain(tables([person("Ann")], held))
    assert reached(made, "Ann") == []
    assert made["lead_incident_id"].isna().all()


def test_an_entry_of_steis_beside_an_own_incident_changes_nothing():
    more = [*ANN["incidents"], incident("S1", "Ann", system="steis", expectedness="expected")]
    alone, both = chain(tables(**ANN)), chain(tables(**{**ANN, "incidents": more}))
    pd.testing.assert_frame_equal(alone, both)


def test_an_incident_out_of_scope_is_no_report():
    held = [incident("W1", "Ann", expectedness="unexpected", in_scope=False)]
    assert reached(chain(tables([person("Ann")], held)), "Ann") == []


def test_a_death_out_of_scope_is_in_no_row():
    people = [person("Ann"), person("Hal", in_scope=False)]
    assert chain(tables(people))["death_id"].tolist() == ["Ann"]


def test_several_incidents_and_reviews_of_a_death_leave_it_one_row():
    more = [*ANN["incidents"], incident("W2", "Ann", lead_incident=False)]
    reviews = [*ANN["reviews"], review("Ann", "CIR", "superseded")]
    made = chain(tables(**{**ANN, "incidents": more, "reviews": reviews}))
    assert len(made) == 1
    assert made["fate"].tolist() == ["fate_siri"]


def test_a_family_that_had_a_part_in_one_of_two_investigations_was_involved():
    both = [*ANN["family"], {"death_id": "Ann", "incident_id": "W2", "involvement": "contributed"}]
    made = chain(tables(**{**ANN, "family": both}))
    assert "no_family" not in reached(made, "Ann")


# ---- Counts -------------------------------------------------------------------------------------


def test_counts_by_hand():
    """Ann went all the way; Bob was reported only; Cora was not in contact for a year."""
    people = [person("Ann"), person("Bob", sex="M"), person("Cora", in_window_12m=False)]
    held = [*ANN["incidents"], incident("W2", "Bob", expectedness="expected")]
    made = counts(chain(tables(**{**ANN, "people": people, "incidents": held})))
    known = {name: count for name, count in counted(made).items() if count}
    assert known == {
        "deaths": 2, "reported": 2, "unexpected": 1, "reviewed": 1, "investigated": 1, "siri": 1,
        "no_family": 1, "fate_siri": 1, "fate_not_unexpected": 1, "state_completed": 1,
    }  # fmt: skip
    assert made.loc[made["sex"].eq("M") & made["measure"].eq("unexpected"), "events"].tolist() == [
        0
    ]


@pytest.mark.parametrize(
    ("died", "month", "year"),
    [
        ("2013-03-31", 1, 2013),
        ("2013-03-31", 4, 2012),  # the last day of 2012-13
        ("2013-04-01", 4, 2013),  # the first day of 2013-14
        ("2013-12-31", 4, 2013),
        ("2014-01-01", 4, 2013),
        ("2014-01-01", 1, 2014),
        ("2014-11-30", 12, 2013),
        ("2014-12-01", 12, 2014),
    ],
)
def test_a_year_is_named_by_the_calendar_year_in_which_it_starts(died, month, year):
    made = counts(chain(tables([person("Ann", date_of_death=died)])), year_start_month=month)
    assert made["year"].unique().tolist() == [year]


def test_a_death_whose_window_or_team_is_not_known():
    """No contact on record is no contact; a team that is not recorded is a stratum of its own."""
    people = [person("Ann", in_window_12m=None), person("Bob", team=None), person("Eve")]
    made = counts(chain(tables(people)))
    assert counted(made)["deaths"] == 2
    assert made.groupby("area", dropna=False)["source_row"].nunique().tolist() == [1, 1]


def test_without_deaths_there_are_no_counts():
    assert counts(chain(tables([]))).empty


# ---- Laws ---------------------------------------------------------------------------------------

SEXES, SERVICES = ["F", "M", "NR"], ["ld", "adult_mh"]
flags = st.fixed_dictionaries(
    {name: st.booleans() for name in ["local", "steis", "expected", "ima", "window", "none"]}
)
stretch = st.dates(pd.Timestamp("2011-01-01").date(), pd.Timestamp("2015-12-31").date())
lives = st.lists(
    st.tuples(
        flags,
        stretch,
        st.sampled_from(SEXES),
        st.sampled_from(SERVICES),
        st.sampled_from([None, "CIR", "SIRI", "PSII"]),
        st.sampled_from(["completed", "open", "abandoned", "superseded", "delogged"]),
    ),
    max_size=12,
)


def world(drawn):
    """Tables of people of whom anything may be on record, nested or not."""
    people, incidents, reviews, family = [], [], [], []
    for place, (has, died, sex, service, kind, outcome) in enumerate(drawn):
        name = f"D{place}"
        person_ = {"date_of_death": str(died), "sex": sex, "service": service}
        people.append(person(name, in_window_12m=has["window"], **person_))
        said = "expected" if has["expected"] else "unexpected"
        if has["local"]:
            incidents.append(incident(f"W{place}", name, expectedness=said))
        if has["steis"]:
            incidents.append(incident(f"S{place}", name, system="steis", expectedness=said))
        if has["ima"]:
            reviews.append(review(name, "IMA"))
        if kind:
            reviews.append(review(name, kind, outcome))
        if has["none"]:
            family.append({"death_id": name, "incident_id": f"W{place}", "involvement": "none"})
    return tables(people, incidents, reviews, family)


few = settings(max_examples=10)  # each example holds up to a dozen people


@few
@given(lives)
def test_every_death_has_exactly_one_fate_and_every_investigation_one_state(drawn):
    made = chain(world(drawn))
    assert len(made) == len(drawn)
    assert made["fate"].isin(list(FATES)).all()
    assert made["state"].notna().tolist() == made["investigated"].tolist()
    assert made["state"].dropna().isin(list(STATES)).all()
    assert made.loc[made["siri"] | made["no_family"], "investigated"].all()
    assert made.loc[made["unexpected"], "reported"].all()
    table = counted(counts(made))
    if table:
        assert sum(table[name] for name in FATES) == table["deaths"]
        assert sum(table[name] for name in STATES) == table["investigated"]


@few
@given(lives, st.sampled_from([1, 4]))
def test_sums_over_any_stratum_equal_the_total(drawn, month):
    made = chain(world(drawn))
    table = counts(made, year_start_month=month)
    held = made[made["in_window_12m"].astype(bool)]
    for step in DONE:
        assert table.loc[table["measure"].eq(step), "events"].sum() == held[step].sum()
    deaths = table[table["measure"].eq("deaths")]
    for stratum in ("service", "sex", "age_band"):
        assert deaths.groupby(stratum)["events"].sum().to_dict() == Counter(held[stratum])
    years = Counter(day.year - (day.month < month) for day in held["date_of_death"])
    assert deaths.groupby("year")["events"].sum().to_dict() == years


@few
@given(lives, st.randoms(use_true_random=False))
def test_the_order_of_records_makes_no_difference(drawn, random):
    before = world(drawn)
    order = random.sample(range(len(drawn)), len(drawn))
    after = {**before, "deaths": before["deaths"].iloc[order]}
    fates = [chain(made).set_index("death_id")["fate"].to_dict() for made in (before, after)]
    assert fates[0] == fates[1]
