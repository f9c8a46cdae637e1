"""Ends of investigations: every one has exactly one, or is open, and none is given a day unsaid."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ways import CLOSED, EXTRACT, FINAL, LOGGED, OPENED, death, of, way

from helpers.chain import STATES
from helpers.cohort import delays, ends
from helpers.methods import survival

WAY = way(OPENED, FINAL, CLOSED)
SIRI_LAST = way(OPENED, FINAL, (CLOSED, "siri"))


def one(opened="2013-05-11", final=None, closed=None, **values):
    """A death of 1 May 2013 whose investigation was opened on 11 May."""
    name = values.pop("name", "A")
    dates = {OPENED: opened, FINAL: final, CLOSED: closed}
    return death(name, "2013-05-01", days=dates, **values)


def end(run, **values):
    """Days and cause of the only investigation; a cause of None: open."""
    ((days, cause),) = ends.ends(run, **values)[["days", "cause"]].to_numpy().tolist()
    return days, None if pd.isna(cause) else cause


def under_both(run):
    return end(run, undated="earliest"), end(run, undated="latest")


# ---- Completed, ended otherwise, open -----------------------------------------------------------


def test_completed_on_the_day_of_the_last_stage(trust_run):
    """11 May to 19 August 2013: 20 + 30 + 31 + 19 = 100 days."""
    run = of(trust_run, one(closed="2013-08-19", outcome="completed"), stages=WAY)
    assert under_both(run) == ((100, "Completed"), (100, "Completed"))


def test_open_at_the_extract(trust_run):
    """11 May 2013 to 30 September 2014: 365 + 142 = 507 days."""
    run = of(trust_run, one(), stages=WAY)
    assert under_both(run) == ((507, None), (507, None))


@pytest.mark.parametrize("outcome", ["delogged", "superseded", "abandoned"])
@pytest.mark.parametrize("column", ["delog_date", "downgrade_date"])
def test_ended_otherwise_on_a_day_that_is_recorded(trust_run, outcome, column):
    """On 31 May, day 20, whatever is assumed of ends without a day."""
    run = of(trust_run, one(outcome=outcome, **{column: "2013-05-31"}), stages=WAY)
    words = STATES[f"state_{outcome}"]
    assert under_both(run) == ((20, words), (20, words))


def test_ended_otherwise_on_a_day_that_is_not_recorded(trust_run):
    """Not before the final report of 10 June, day 30; not after the extract, day 507."""
    run = of(trust_run, one(final="2013-06-10", outcome="abandoned"), stages=WAY)
    assert under_both(run) == ((30, "Abandoned"), (507, "Abandoned"))


def test_an_end_cannot_have_been_before_the_opening(trust_run):
    """Opened by a stage that the way does not name, so that nothing else is dated after it: the
    investigation lasted no day by one assumption and is not left out."""
    short = way(FINAL, opened=OPENED)
    run = of(trust_run, one(outcome="abandoned"), stages=short)
    assert under_both(run) == ((0, "Abandoned"), (507, "Abandoned"))


def test_an_end_cannot_have_been_before_what_is_recorded_later(trust_run):
    """Removed on 31 May by the record, but the final report is of 10 June: day 30."""
    run = of(
        trust_run, one(final="2013-06-10", outcome="delogged", delog_date="2013-05-31"), stages=WAY
    )
    assert end(run)[0] == 30


def test_an_end_after_the_extract_has_no_day(trust_run):
    """A slip; the day cannot have been seen on 30 September 2014."""
    run = of(trust_run, one(outcome="delogged", delog_date="2014-12-01"), stages=WAY)
    assert [days for days, _ in under_both(run)] == [0, 507]


def test_completed_after_it_was_removed_from_the_list_is_completed(trust_run):
    run = of(
        trust_run,
        one(closed="2013-08-19", outcome="delogged", delog_date="2013-05-31"),
        stages=WAY,
    )
    assert end(run) == (100, "Completed")


def test_completed_by_its_state_without_any_day_of_the_last_stage_is_not_open(trust_run):
    """Nobody wrote down when it was closed: not before the final report of 10 June, day 30."""
    run = of(trust_run, one(final="2013-06-10", outcome="completed"), stages=WAY)
    assert under_both(run) == ((30, "Completed"), (507, "Completed"))


def test_completed_on_a_day_after_the_extract_was_open_at_it(trust_run):
    run = of(trust_run, one(closed="2014-10-15", outcome="completed"), stages=WAY)
    assert end(run) == (507, None)


def test_the_last_stage_is_the_last_that_concerns_somebody(trust_run):
    """Only serious incidents are closed by the commissioner. A critical incident review is done
    with its final report of 10 June, day 30; a serious incident with one is still open."""
    review = one(final="2013-06-10", kind="CIR", outcome="completed")
    assert end(of(trust_run, review, stages=SIRI_LAST)) == (30, "Completed")
    serious = one(final="2013-06-10", kind="SIRI")
    assert end(of(trust_run, serious, stages=SIRI_LAST)) == (507, None)


def test_who_was_not_opened_or_was_opened_after_the_end_is_left_out(trust_run):
    run = of(
        trust_run,
        one(name="A", opened=None, closed="2013-08-19"),
        one(name="B", opened="2013-08-20", closed="2013-08-19"),
        one(name="C", closed="2013-08-19"),
        stages=WAY,
    )
    assert ends.ends(run)["review_id"].tolist() == ["C"]


def test_a_death_that_was_not_investigated_has_no_end(trust_run):
    run = of(trust_run, one(kind=None, closed="2013-08-19"), stages=WAY)
    assert ends.ends(run).empty


# ---- Both assumptions, groups, nothing ----------------------------------------------------------


def test_both_assumptions_stand_one_after_the_other(trust_run):
    run = of(trust_run, one(outcome="abandoned"), stages=WAY)
    made = ends.under_both(run)
    assert made["days"].tolist() == [0, 507]
    assert made["undated"].tolist() == ["on their last recorded day", "on the day of the extract"]


def test_groups_are_those_that_ends_have(trust_run):
    run = of(trust_run, one(), stages=WAY)
    assert ends.groups(run, "sex") == "sex"
    assert ends.groups(run, "ward") == "service"


def test_a_register_of_reports_and_a_case_without_a_way_have_no_ends(run, trust_run):
    without = of(trust_run, one(), stages=None)
    for made in (run, without):
        assert ends.ends(made).empty
        assert ends.under_both(made).empty


def test_a_period_without_deaths_has_no_ends(trust_run, over):
    nobody = over(of(trust_run, one(), stages=WAY), "2012-04-01", "2012-04-30")
    assert ends.ends(nobody).empty


def test_the_day_to_which_each_is_followed(trust_run):
    """The open one and the completed one to the extract; the one removed to 31 May 2013."""
    run = of(
        trust_run,
        one(name="A"),
        one(name="B", closed="2013-08-19", outcome="completed"),
        one(name="C", outcome="delogged", delog_date="2013-05-31"),
        stages=WAY,
    )
    held = delays.records(run)
    assert ends.otherwise(run, held).tolist() == [False, False, True]
    assert ends.last_day(run, held).tolist() == [EXTRACT, EXTRACT, pd.Timestamp("2013-05-31")]


# ---- Laws ---------------------------------------------------------------------------------------

day = st.one_of(st.none(), st.integers(0, 700))
spells = st.lists(
    st.tuples(
        st.sampled_from(["open", "completed", "delogged", "superseded", "abandoned"]),
        st.sampled_from(["CIR", "SIRI"]),
        day,
        day,
        day,
    ),
    min_size=1,
    max_size=8,
)
FIRST = pd.Timestamp("2012-05-01")


def drawn(run, rows, stages=WAY):
    """Investigations opened on 1 May 2012, with a final report, closing and removal later on."""

    def date(wait):
        return None if wait is None else FIRST + pd.Timedelta(days=wait)

    made = [
        death(
            f"D{place}", "2012-05-01", kind=kind, outcome=outcome, delog_date=date(gone),
            days={OPENED: FIRST, LOGGED: FIRST, FINAL: date(final), CLOSED: date(closed)},
        )
        for place, (outcome, kind, final, closed, gone) in enumerate(rows)
    ]  # fmt: skip
    return of(run, *made, stages=stages)


@settings(max_examples=8)
@given(spells, st.sampled_from([WAY, SIRI_LAST]), st.sampled_from(["earliest", "latest"]))
def test_ended_and_open_add_up_to_all_investigations(trust_run, rows, stages, undated):
    """All are opened on the first day, so none is left out; only what no end is known of is open.

    1 May 2012 to the extract are 882 days.
    """
    run = drawn(trust_run, rows, stages)
    made = ends.ends(run, undated=undated).set_index("review_id")
    assert len(made) == len(rows)
    assert made["days"].between(0, 882).all()
    still = made["cause"].isna()
    assert (made.loc[still, "days"] == 882).all()
    for place, (outcome, kind, final, closed, _) in enumerate(rows):
        last = closed if stages is WAY or kind == "SIRI" else final
        assert still[f"D{place}"] == (outcome == "open" and last is None)


@settings(max_examples=8)
@given(spells)
def test_the_latest_day_of_an_end_is_never_before_the_earliest(trust_run, rows):
    """They differ only where an end has no day: completed by its state, or otherwise."""
    run = drawn(trust_run, rows)
    made = [ends.ends(run, undated=one).set_index("review_id") for one in ("earliest", "latest")]
    early, late = (one["days"] for one in made)
    assert (early <= late).all()
    for place, (outcome, _, _, closed, gone) in enumerate(rows):
        if outcome == "open" or closed is not None or (outcome != "completed" and gone is not None):
            assert early[f"D{place}"] == late[f"D{place}"]


# ---- Stretches in both ways ---------------------------------------------------------------------

REPORTED = "incident_reported"


def test_a_stretch_that_ended_otherwise_stands_twice(trust_run):
    """Given up on 1 August 2013, 92 days after the death of 1 May; to the extract 517 days."""
    gone = death(
        "gone", "2013-05-01", outcome="abandoned", delog_date="2013-08-01",
        days={REPORTED: "2013-05-02", OPENED: "2013-05-10"},
    )  # fmt: skip
    run = of(trust_run, gone)
    found = ends.both_ways(run, delays.durations(run))
    final = found[found["interval"].eq("death_to_final")]
    assert dict(zip(final["ended_otherwise"], final["days"], strict=True)) == {
        "counted as never reaching it": 517,
        "followed to that end": 92,
    }
    assert not final["observed"].any()
    # The report was reached before: nothing ended otherwise in that stretch, and it stands once.
    once = found[found["interval"].eq("death_to_reported")]
    assert once["ended_otherwise"].tolist() == [ends.NONE]


def test_without_other_ends_each_stretch_stands_once(trust_run):
    run = of(trust_run, death("open", "2013-05-01", days={REPORTED: "2013-05-02"}))
    made = delays.durations(run)
    both = ends.both_ways(run, made)
    assert len(both) == len(made) == 2
    assert both["ended_otherwise"].eq(ends.NONE).all()


def test_a_register_of_finished_reports_has_one_way(run):
    made = delays.durations(run)
    both = ends.both_ways(run, made)
    assert len(both) == len(made)
    assert both["ended_otherwise"].eq(ends.NONE).all()


# ---- Results of both ways -----------------------------------------------------------------------


def results(trust_run):
    """Three people reported on day 1; final reports on days 60 and 130, one given up on day 30."""
    first = {REPORTED: "2013-05-02", OPENED: "2013-05-10"}
    people = [
        death(name, "2013-05-01", days={**first, FINAL: final})
        for name, final in (("A", "2013-06-30"), ("B", "2013-09-08"))
    ]
    gone = death("gone", "2013-05-01", outcome="abandoned", delog_date="2013-05-31", days=first)
    run = of(trust_run, *people, gone)
    both = ends.both_ways(run, delays.durations(run))
    return survival.quantiles(both, probabilities=[0.5], by=["interval", "ended_otherwise"])


def test_the_second_way_stands_beside_the_first_and_is_the_first_where_there_is_none(trust_run):
    """Counted as never reaching it, two of three had got there by day 130, and one before. Followed
    to day 30 only, one of two had on day 60 and both on day 130: level at a half from 60 to 130,
    whose middle is 95."""
    made = ends.side_by_side(results(trust_run), by=["interval"]).set_index("interval")
    assert made.loc["death_to_reported", ["value", "followed_value"]].tolist() == [1.0, 1.0]
    assert made.loc["death_to_final", ["value", "followed_value"]].tolist() == [130.0, 95.0]
    assert made.columns.get_loc("followed_value") == made.columns.get_loc("high") + 1


def test_a_median_that_is_not_reached_in_the_second_way_stays_so():
    """It is missing because it was not reached, and not because there is no second way."""
    found = pd.DataFrame(
        {"label": ["a", "a", "b"], "ended_otherwise": [ends.NEVER, ends.UNTIL, ends.NONE],
         "value": [10.0, np.nan, 7.0], "low": [8.0, 6.0, np.nan], "high": [np.nan, np.nan, 9.0]}
    )  # fmt: skip
    made = ends.side_by_side(found, by=["label"])
    assert made["value"].tolist() == [10.0, 7.0]
    assert np.isnan(made.loc[0, "followed_value"])
    assert made.loc[1, "followed_value"] == 7.0
    assert made.loc[0, "followed_low"] == 6.0


def test_where_nothing_ended_otherwise_there_is_nothing_beside():
    found = pd.DataFrame({"label": ["a"], "ended_otherwise": [ends.NONE], "value": [1.0]})
    made = ends.side_by_side(found.assign(low=0.5, high=2.0), by=["label"])
    assert made.columns.tolist() == ["label", "value", "low", "high"]


def test_each_row_says_how_it_counts(trust_run):
    made = ends.worded(results(trust_run))
    assert made[["counted", "way"]].to_numpy().tolist() == [
        ["", ""],
        [" (those that ended otherwise counted as never reaching it)", ""],
        [" (those that ended otherwise followed to that end)", "followed"],
    ]
