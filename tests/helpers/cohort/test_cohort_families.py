"""Families: what they answered, what nobody wrote down, and how long they waited to be told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ways import FINAL, REPORTED, death, of

from helpers.cohort import families

INFORMED, SHARED = "family_informed", "report_shared_family"


def parts(run, **values):
    """Families by their part."""
    made = families.involvement(run, **values)
    return dict(zip(made["involvement"], made["numerator"], strict=True))


def one(*said, name="A", died="2013-05-01", **values):
    return death(name, died, family=said, **values)


# ---- Parts --------------------------------------------------------------------------------------


def test_the_trust_by_hand(trust_run):
    """Two deaths were investigated: Ann's family had no part, Bob's declined."""
    made = families.involvement(trust_run)
    assert made[["involvement", "numerator", "denominator"]].to_numpy().tolist() == [
        ["declined", 1, 2], ["none", 1, 2],
    ]  # fmt: skip


def test_declined_no_part_and_no_family_are_never_one(trust_run):
    """Three different things, and a record that says nothing is a fourth."""
    run = of(
        trust_run,
        one("declined", name="A"),
        one("none", name="B"),
        one("no family traced", name="C"),
        one("NR", name="D"),
        one("NK", name="E"),
        one(name="F"),
    )
    assert parts(run) == {"declined": 1, "no family traced": 1, "none": 1, "NR": 3}
    labels = families.involvement(run)["label"]
    assert labels.is_unique
    assert labels.tolist()[0] == "Declined when asked"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "furthest"),
    [
        (("informed", "saw draft", "asked questions"), "saw draft"),
        (("contributed", "declined"), "contributed"),
        (("declined", "none"), "declined"),
        (("none", "no family traced"), "no family traced"),
        (("NR", "none"), "none"),
        (("WH", "NK"), "NR"),
    ],
)
def test_of_several_records_of_one_death_the_furthest_part_counts_once(trust_run, said, furthest):
    for order in (said, said[::-1]):
        assert parts(of(trust_run, one(*order))) == {furthest: 1}


def test_only_families_of_those_investigated_are_asked_about(trust_run):
    run = of(trust_run, one("contributed", name="A"), one("declined", name="B", kind=None))
    assert parts(run) == {"contributed": 1}


def test_every_stratum_has_every_part(trust_run):
    """One year with one death, another with two; the denominators are those of the years."""
    run = of(
        trust_run,
        one("declined", name="A", died="2012-05-01"),
        one("none", name="B"),
        one("informed", name="C"),
    )
    made = families.involvement(run, by="year")
    assert made[["year", "involvement", "numerator", "denominator"]].to_numpy().tolist() == [
        [2012, "informed", 0, 1], [2012, "declined", 1, 1], [2012, "none", 0, 1],
        [2013, "informed", 1, 2], [2013, "declined", 0, 2], [2013, "none", 1, 2],
    ]  # fmt: skip


def test_strata_of_several_columns(trust_run):
    run = of(trust_run, one("none", name="A", sex="F"), one("declined", name="B", sex="M"))
    made = families.involvement(run, by=["year", "sex"])
    assert made.groupby("sex")["numerator"].sum().to_dict() == {"F": 1, "M": 1}


def test_a_death_without_the_column_asked_for_is_not_lost(trust_run):
    """Somebody whose team nobody wrote down was investigated all the same."""
    run = of(trust_run, one("none", name="A"), one("declined", name="B", team=None))
    assert families.involvement(run, by="team")["numerator"].sum() == 2


@settings(max_examples=8)
@given(
    st.lists(
        st.lists(st.sampled_from([*families.INVOLVEMENT][:7] + ["NR", "NK"]), max_size=3),
        min_size=1,
        max_size=8,
    )
)
def test_parts_exclude_one_another_and_add_up_to_all(trust_run, said):
    run = of(trust_run, *(one(*words, name=f"D{place}") for place, words in enumerate(said)))
    made = families.involvement(run)
    assert made["numerator"].sum() == len(said)
    assert made["denominator"].eq(len(said)).all()


# ---- Waits --------------------------------------------------------------------------------------


def waited(run):
    made = families.waits(run).set_index("wait")
    return {name: (row["days"], row["observed"]) for name, row in made.iterrows()}


def told(*said, **days):
    return one(*said, days=days)


def test_days_until_the_family_was_told_and_had_the_report(trust_run):
    """Told on 11 May, ten days after the death and nine after the report; the final report of
    1 June was shared on 1 July."""
    run = of(
        trust_run,
        told("informed", **{REPORTED: "2013-05-02", INFORMED: "2013-05-11", FINAL: "2013-06-01",
                            SHARED: "2013-07-01"}),
    )  # fmt: skip
    assert waited(run) == {
        "death_to_family": (10, True),
        "reported_to_family": (9, True),
        "final_to_family": (30, True),
    }


def test_a_family_with_no_day_waits_to_the_extract(trust_run):
    """1 May 2013 to 30 September 2014 are 517 days, from 2 May 516, from 1 June 486.

    The columns of the days are there because another family was told.
    """
    run = of(
        trust_run,
        told("none", **{REPORTED: "2013-05-02", FINAL: "2013-06-01"}),
        one("informed", name="Z", days={INFORMED: "2013-05-05", SHARED: "2013-06-05"}),
    )
    made = families.waits(run)
    made = made[made["review_id"].eq("A")]
    assert made["days"].tolist() == [517, 516, 486]
    assert not made["observed"].any()


@pytest.mark.parametrize("said", ["declined", "no family traced"])
def test_who_declined_or_could_not_be_traced_does_not_wait_for_the_report(trust_run, said):
    run = of(
        trust_run,
        told(said, **{REPORTED: "2013-05-02", FINAL: "2013-06-01"}),
        one("informed", name="Z", days={INFORMED: "2013-05-05", FINAL: "2013-06-01",
                                        SHARED: "2013-06-05"}),
    )  # fmt: skip
    made = families.waits(run)
    assert made.loc[made["review_id"].eq("A"), "wait"].tolist() == [
        "death_to_family", "reported_to_family",
    ]  # fmt: skip
    assert made.loc[made["wait"].eq("final_to_family"), "review_id"].tolist() == ["Z"]


def test_a_day_out_of_order_is_no_wait(trust_run):
    """Told on 30 April by the record, the day before the death."""
    run = of(trust_run, told("informed", **{REPORTED: "2013-05-02", INFORMED: "2013-04-30"}))
    assert families.waits(run).empty


def test_records_that_say_nothing_of_families_have_no_waits(trust_run, run, over):
    assert families.waits(trust_run).empty
    assert families.waits(run).empty
    assert families.involvement(run).empty
    nobody = over(of(trust_run, one("none")), "2012-04-01", "2012-04-30")
    assert families.involvement(nobody, by="year").empty
    assert families.waits(nobody).empty
