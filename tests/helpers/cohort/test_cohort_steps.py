"""From a death to its investigation: each share by hand, on the trust of nine people."""

import dataclasses

import pandas as pd

from helpers import start
from helpers.chain import PARENT, STEPS
from helpers.cohort import steps

ORDER = list(STEPS)


def with_tables(run, **tables):
    """The run with some of its tables replaced."""
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, **tables})
    return dataclasses.replace(run, extract=extract)


def fractions(frame):
    """Numerator and denominator by step and base."""
    return {
        (row.step, row.base): (row.numerator, row.denominator)
        for row in frame.itertuples(index=False)
    }


# ---- The ladder ---------------------------------------------------------------------------------


def test_each_step_out_of_each_base_before_it(trust_run):
    assert fractions(steps.ladder(trust_run)) == {
        ("reported", "deaths"): (5, 6),
        ("unexpected", "deaths"): (4, 6),
        ("unexpected", "reported"): (4, 5),
        ("reviewed", "deaths"): (3, 6),
        ("reviewed", "reported"): (3, 5),
        ("reviewed", "unexpected"): (3, 4),
        ("investigated", "deaths"): (2, 6),
        ("investigated", "reported"): (2, 5),
        ("investigated", "unexpected"): (2, 4),
        ("siri", "deaths"): (1, 6),
        ("siri", "reported"): (1, 5),
        ("siri", "unexpected"): (1, 4),
        ("siri", "investigated"): (1, 2),
        ("no_family", "deaths"): (1, 6),
        ("no_family", "reported"): (1, 5),
        ("no_family", "unexpected"): (1, 4),
        ("no_family", "investigated"): (1, 2),
    }


def test_every_row_says_out_of_whom_in_words(trust_run):
    made = steps.ladder(trust_run)
    assert made["label"].eq(made["step"].map(STEPS)).all()
    assert made["out_of"].eq(made["base"].map(steps.BASES)).all()


def test_a_year_of_the_case_runs_from_april_to_march(trust_run, over):
    """Ann, Bob, Cora and Eve died in 2012-13: Eve on its last day."""
    first = over(trust_run, "2012-04-01", "2013-03-31")
    second = over(trust_run, "2013-04-01", "2014-03-31")
    assert fractions(steps.ladder(first))["reported", "deaths"] == (3, 4)
    assert fractions(steps.ladder(second))["reported", "deaths"] == (2, 2)


def test_an_investigation_of_a_death_that_was_not_called_unexpected_is_not_among_those(trust_run):
    """It counts out of all deaths, and not among the unexpected: the numerator reached both."""
    incidents = trust_run.extract.tables["incidents"]
    bob = incidents["local_ref"].eq("W2")
    changed = incidents.assign(expectedness=incidents["expectedness"].mask(bob, "expected"))
    made = fractions(steps.ladder(with_tables(trust_run, incidents=changed)))
    assert made["investigated", "deaths"] == (2, 6)
    assert made["investigated", "unexpected"] == (1, 3)


def test_no_share_is_above_one_and_every_denominator_is_the_number_that_reached_it(trust_run):
    made = steps.ladder(trust_run)
    assert (made["numerator"] <= made["denominator"]).all()
    reached = fractions(made)
    for (step, base), (_, under) in reached.items():
        if base != "deaths":
            assert reached[base, "deaths"][0] == under
        assert ORDER.index(base) < ORDER.index(step)


def test_what_is_stated_is_each_step_of_its_own_and_the_investigated_of_every_base(trust_run):
    made = steps.headline(steps.ladder(trust_run))
    assert list(zip(made["step"], made["base"], strict=True)) == [
        ("reported", "deaths"), ("unexpected", "reported"), ("reviewed", "unexpected"),
        ("investigated", "deaths"), ("investigated", "reported"), ("investigated", "unexpected"),
        ("siri", "investigated"), ("no_family", "investigated"),
    ]  # fmt: skip
    own = made[made["step"].ne("investigated")]
    assert own["base"].eq(own["step"].map(PARENT)).all()


# ---- Windows ------------------------------------------------------------------------------------


def test_the_same_steps_under_each_window(trust_run):
    """Eve was an in-patient; Cora was last seen 330 days before, Iris three months to the day."""
    made = steps.windows(trust_run)
    deaths = made.drop_duplicates("window").set_index("window")["denominator"]
    assert deaths.tolist() == [1, 4, 5, 5, 6]
    assert deaths.index.tolist() == list(steps.WINDOWS.values())
    investigated = made[made["label"].eq(STEPS["investigated"])]
    assert investigated["numerator"].tolist() == [0, 2, 2, 2, 2]
    reported = made[made["label"].eq(STEPS["reported"])]
    assert reported["numerator"].tolist() == [1, 4, 5, 5, 5]
    assert made["main_provider"].unique().tolist() == ["all"]  # nobody recorded it


def test_deaths_of_people_whose_main_provider_was_the_trust_are_counted_apart(trust_run):
    """A person of whom it was not recorded is not among them."""
    deaths = trust_run.extract.tables["deaths"]
    main = pd.array([True, True, False, pd.NA, True, True, pd.NA, pd.NA, pd.NA], dtype="boolean")
    made = steps.windows(with_tables(trust_run, deaths=deaths.assign(main_provider=main)))
    own = made[made["main_provider"].eq("the trust only")].drop_duplicates("window")
    assert own["denominator"].tolist() == [1, 3, 3, 3, 3]  # Ann, Bob and Eve


def test_a_longer_window_never_holds_fewer_deaths(trust_run):
    made = steps.windows(trust_run)
    contact = made[made["window"].str.startswith("Contact")]
    for column in ("numerator", "denominator"):
        by_step = contact.groupby("label", sort=False)[column].apply(list)
        assert all(counts == sorted(counts) for counts in by_step)


# ---- Without deaths -----------------------------------------------------------------------------


def test_a_case_without_deaths_has_no_steps(project):
    small = start(case=project.name)
    assert steps.ladder(small).empty
    assert steps.windows(small).empty
    assert steps.headline(steps.ladder(small)).empty
