"""Stages of the way: what is recorded, what the rules settle, and what is counted for whom."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ways import ASSESSED, FINAL, KNEW, LOGGED, REPORTED, WAY, death, of, way

from helpers.cohort import stages
from helpers.errors import InputError
from helpers.methods import stages as methods

NAMES = [KNEW, REPORTED, ASSESSED, LOGGED, FINAL]


def days(*dates):
    """The days of the five stages, in their order."""
    return dict(zip(NAMES, dates, strict=True))


IN_ORDER = death(
    "in order", "2013-05-01",
    days=days("2013-05-02", "2013-05-03", "2013-05-06", "2013-05-10", "2013-08-09"),
)  # fmt: skip
SKIPPED = death(
    "skipped", "2013-05-01",
    days=days("2013-05-02", "2013-05-03", None, "2013-05-10", "2013-08-09"),
)  # fmt: skip
REVERSED = death(
    "reversed", "2013-05-01",
    days=days("2013-05-04", "2013-05-02", "2013-05-06", "2013-05-06", "2013-08-09"),
)  # fmt: skip
NO_SIRI = death(
    "no siri", "2013-05-01", kind="CIR",
    days=days("2013-05-02", "2013-05-03", "2013-05-06", "2013-05-20", "2013-08-09"),
)  # fmt: skip
LATER = death(
    "later", "2013-05-01",
    days=days("2013-05-02", "2013-05-03", "2013-05-06", "2013-05-10", "2014-10-15"),
)  # fmt: skip
UNKNOWN = death(
    "unknown", "2013-05-01",
    days={"death": None, **days("2013-05-02", "2013-05-03", "2013-05-06", "2013-05-10", None)},
)  # fmt: skip
SIX = (IN_ORDER, SKIPPED, REVERSED, NO_SIRI, LATER, UNKNOWN)


def passed(run, name):
    """Days until each stage of one death."""
    row = stages.elapsed(run).set_index("review_id").loc[name]
    return [float(row[stage]) for stage in NAMES]


# ---- What is recorded ---------------------------------------------------------------------------


def test_the_days_of_each_stage_are_counted_as_recorded(trust_run):
    """Six deaths, one without the day that the way starts at, so five are followed.

    The assessment has no day for one, although later stages have. One was reported on 2 May after
    the trust knew on 4 May. Four are serious incidents; one of them was logged on the day of its
    assessment. One final report is dated after the extract, so it is still to come.
    """
    made = stages.order(of(trust_run, *SIX)).set_index("milestone").drop(columns="label")
    assert made.loc[KNEW].tolist() == [5, 5, 0, 0, 0, 0]
    assert made.loc[REPORTED].tolist() == [5, 5, 0, 0, 1, 0]
    assert made.loc[ASSESSED].tolist() == [5, 4, 1, 0, 0, 0]
    assert made.loc[LOGGED].tolist() == [4, 4, 0, 0, 0, 1]
    assert made.loc[FINAL].tolist() == [5, 4, 0, 1, 0, 0]


def test_a_first_stage_before_the_death_is_early(trust_run):
    early = death("A", "2013-05-01", days=days("2013-04-30", "2013-05-03", None, None, None))
    made = stages.order(of(trust_run, early)).set_index("milestone")
    assert made["early"].tolist() == [1, 0, 0, 0, 0]
    assert made["to_come"].tolist() == [0, 0, 1, 1, 1]


def test_the_stages_are_named_in_the_order_of_the_way(trust_run):
    assert stages.names(of(trust_run, IN_ORDER)) == {name: f"Until {name}" for name in NAMES}


# ---- What the rules settle ----------------------------------------------------------------------


def test_each_stage_is_passed_on_its_day(trust_run):
    """1 May to 2, 3, 6 and 10 May, and to 9 August: 30 + 30 + 31 + 9 = 100 days."""
    assert passed(of(trust_run, IN_ORDER), "in order") == [1, 2, 5, 9, 100]


def test_a_stage_without_a_day_is_passed_on_that_of_the_next(trust_run):
    """The assessment with the logging, on day 9."""
    assert passed(of(trust_run, SKIPPED), "skipped") == [1, 2, 9, 9, 100]


def test_a_stage_before_an_earlier_one_is_passed_with_it(trust_run):
    """Reported on day 1, but the trust knew on day 3: both on day 3."""
    assert passed(of(trust_run, REVERSED), "reversed") == [3, 3, 5, 5, 100]


def test_a_stage_that_does_not_concern_somebody_is_passed_with_the_one_before(trust_run):
    """A critical incident review is logged nowhere; a day that stands there all the same (20 May,
    day 19) is not used."""
    assert passed(of(trust_run, NO_SIRI), "no siri") == [1, 2, 5, 5, 100]


def test_what_is_dated_after_the_extract_was_not_passed(trust_run):
    """1 May 2013 to 30 September 2014 are 365 + 152 = 517 days."""
    made = stages.elapsed(of(trust_run, LATER)).iloc[0]
    assert np.isnan(made[FINAL])
    assert (made["followed"], made["ended"]) == (517, 0)


def test_whoever_has_no_day_of_death_is_not_followed(trust_run):
    made = stages.elapsed(of(trust_run, *SIX))
    assert made["review_id"].tolist() == ["in order", "skipped", "reversed", "no siri", "later"]


def test_only_those_of_the_step_are_followed(trust_run):
    """Two were reported and one investigated: the way of those reported is that of both."""
    other = death("other", "2013-05-01", kind=None, days={REPORTED: "2013-05-04"})
    whole = way(KNEW, (REPORTED, "reported"), opened=REPORTED, among="reported")
    assert len(stages.elapsed(of(trust_run, IN_ORDER, other))) == 1
    assert len(stages.elapsed(of(trust_run, IN_ORDER, other, stages=whole))) == 2


def test_one_that_ended_otherwise_is_followed_to_that_day(trust_run):
    """Removed from the list on 1 August 2013, day 92, without a final report."""
    gone = death(
        "gone", "2013-05-01", outcome="delogged", delog_date="2013-08-01",
        days=days("2013-05-02", "2013-05-03", "2013-05-06", "2013-05-10", None),
    )  # fmt: skip
    made = stages.elapsed(of(trust_run, gone)).iloc[0]
    assert (made["followed"], made["ended"]) == (92, 1)


def test_one_that_passed_every_stage_did_not_end_otherwise(trust_run):
    """Removed from the list on 1 June, and the final report came on 9 August all the same."""
    both = death(
        "both", "2013-05-01", outcome="delogged", delog_date="2013-06-01",
        days=days("2013-05-02", "2013-05-03", "2013-05-06", "2013-05-10", "2013-08-09"),
    )  # fmt: skip
    made = stages.elapsed(of(trust_run, both)).iloc[0]
    assert (made[FINAL], made["ended"]) == (100, 0)


day = st.one_of(st.none(), st.integers(-20, 700))
ways = st.lists(
    st.tuples(
        st.lists(day, min_size=5, max_size=5),
        st.sampled_from(["SIRI", "CIR"]),
        st.sampled_from(["open", "delogged", "abandoned", "completed"]),
        day,
    ),
    min_size=1,
    max_size=6,
)


def drawn(run, rows):
    """Deaths of 1 May 2013 with stages so many days later, in whatever order."""
    first = pd.Timestamp("2013-05-01")
    dates = [
        ([None if n is None else first + pd.Timedelta(days=n) for n in one], kind, outcome, gone)
        for one, kind, outcome, gone in rows
    ]
    made = [
        death(
            f"D{place}", "2013-05-01", kind=kind, outcome=outcome, days=days(*stages_),
            delog_date=None if gone is None else first + pd.Timedelta(days=gone),
        )
        for place, (stages_, kind, outcome, gone) in enumerate(dates)
    ]  # fmt: skip
    return of(run, *made)


@settings(max_examples=8)
@given(ways)
def test_whatever_is_recorded_gives_ways_that_can_be_counted(trust_run, rows):
    """Days do not fall, none is missing before one that is there, none is after the follow-up:
    the method refuses ways that break any of it. And everybody is counted once a stage."""
    run = drawn(trust_run, rows)
    made = stages.elapsed(run)
    assert len(made) == len(rows)
    shares = methods.occupation(made, stages=NAMES, ended="ended")
    assert np.allclose(shares.groupby("time")["value"].sum(), 1.0)
    counted = stages.order(run)
    assert (
        counted["concerned"] == counted["recorded"] + counted["skipped"] + counted["to_come"]
    ).all()
    assert (counted["early"] <= counted["recorded"]).all()


# ---- From one stage to the next -----------------------------------------------------------------


def test_waits_run_from_one_stage_to_the_next(trust_run):
    """1, 2 - 1, 5 - 2, 9 - 5 and 100 - 9 days."""
    made = stages.waits(of(trust_run, IN_ORDER))
    assert made["days"].tolist() == [1, 1, 3, 4, 91]
    assert made["stage"].tolist() == [1, 2, 3, 4, 5]
    assert made["observed"].all()


def test_a_wait_counts_only_for_those_whom_the_stage_concerns(trust_run):
    """A critical incident review never waited for the list of serious incidents: no wait of no
    day. Its final report is counted from the assessment: 100 - 5 days."""
    made = stages.waits(of(trust_run, NO_SIRI)).set_index("label")
    assert f"Until {LOGGED}" not in made.index
    assert made.loc[f"Until {FINAL}", "days"] == 95


def test_who_has_not_passed_a_stage_waits_for_it_alone_and_to_the_extract(trust_run):
    """Logged on day 9; 517 - 9 = 508 days to the extract. Of the stage after nothing is counted."""
    closing = way(*[(one.milestone, one.among) for one in WAY.path], "si_closed", opened=ASSESSED)
    made = stages.waits(of(trust_run, LATER, stages=closing))
    last = made.iloc[-1]
    assert (last["label"], last["days"], last["observed"]) == (f"Until {FINAL}", 508, False)


def test_one_that_ended_otherwise_is_waited_for_to_that_end(trust_run):
    """From the panel on 10 May to 1 August 2013: nobody waits for it longer than that."""
    gone = death(
        "gone", "2013-05-01", outcome="abandoned", delog_date="2013-08-01",
        days=days("2013-05-02", "2013-05-03", "2013-05-06", "2013-05-10", None),
    )  # fmt: skip
    last = stages.waits(of(trust_run, gone)).iloc[-1]
    assert (last["days"], last["observed"]) == (83, False)


# ---- Clocks -------------------------------------------------------------------------------------


def test_a_later_start_of_the_clock_makes_the_same_report_sooner(trust_run):
    """100 days from the death, 98 from the report as an incident on 3 May."""
    made = stages.clocks(of(trust_run, IN_ORDER))
    assert dict(zip(made["label"], made["days"], strict=True)) == {
        "From: death": 100,
        "From: reported as an incident": 98,
    }


def test_a_clock_runs_to_the_extract_without_a_report_and_not_backwards(trust_run):
    """517 and 515 days to the extract; a report before the incident was reported has no days."""
    made = stages.clocks(of(trust_run, LATER))
    assert made["days"].tolist() == [517, 515]
    assert not made["observed"].any()
    back = death("A", "2013-05-01", days={REPORTED: "2013-05-20", FINAL: "2013-05-10"})
    assert stages.clocks(of(trust_run, back))["label"].tolist() == ["From: death"]


def test_a_way_that_names_no_clocks_has_none(trust_run):
    bare = way(KNEW, FINAL, report=FINAL)
    assert stages.clocks(of(trust_run, IN_ORDER, stages=bare)).empty


# ---- Nothing to follow --------------------------------------------------------------------------


@pytest.mark.parametrize("make", [stages.order, stages.elapsed, stages.waits, stages.clocks])
def test_a_case_without_a_way_and_a_period_without_deaths_give_no_rows(trust_run, over, make):
    assert make(of(trust_run, IN_ORDER, stages=None)).empty
    assert make(over(of(trust_run, IN_ORDER), "2012-04-01", "2012-04-30")).empty


def test_words_for_a_way_that_a_case_does_not_have(trust_run):
    none = of(trust_run, IN_ORDER, stages=None)
    assert stages.names(none) == {}
    assert stages.horizon(none) == 730
    assert stages.horizon(of(trust_run, IN_ORDER, stages=way(FINAL, horizon=90))) == 90


def test_the_longest_stage_is_named_with_its_part(trust_run):
    """Of 100 days 91 were spent until the final report."""
    run = of(trust_run, IN_ORDER)
    spent = methods.time_in_stages(
        stages.elapsed(run), stages=NAMES, ended="ended", horizon=stages.horizon(run)
    )
    made = stages.longest(run, spent)
    assert made["label"].tolist() == [f"Until {FINAL}"]
    assert made["part"].iloc[0] == pytest.approx(0.91)


# ---- The days of one death ----------------------------------------------------------------------


def test_the_days_of_one_death_stand_in_their_order(trust_run):
    made = stages.timeline(of(trust_run, REVERSED, profile="internal"), "reversed")
    assert made["days"].tolist() == [0, 1, 3, 5, 5, 100]
    assert made["label"].tolist() == [
        "death", "reported as an incident", "the trust knew", "initial assessment completed",
        "logged as a serious incident", "final report",
    ]  # fmt: skip


def test_the_days_of_one_death_are_refused_outside_the_internal_profile(trust_run):
    run = of(trust_run, IN_ORDER)
    assert run.parameters["release_profile"] == "open"
    with pytest.raises(InputError) as error:
        stages.timeline(run, "in order")
    (problem,) = error.value.problems
    assert problem.where == "parameter release_profile"
    assert "2013" not in str(problem)


def test_an_id_that_nobody_has_is_refused(trust_run):
    with pytest.raises(InputError, match="no death of the period has the id 'nobody'"):
        stages.timeline(of(trust_run, IN_ORDER, profile="internal"), "nobody")


def test_the_days_of_somebody_outside_the_period_are_not_shown(trust_run, over):
    run = over(of(trust_run, IN_ORDER, profile="internal"), "2012-04-01", "2012-12-31")
    with pytest.raises(InputError):
        stages.timeline(run, "in order")
