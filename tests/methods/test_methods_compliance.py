"""Compliance with a limit against the reference comparison, statsmodels, closed forms and laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.duration.survfunc import CumIncidenceRight

from helpers.methods.compliance import compliance, one_row
from helpers.methods.proportions import wilson

ESTIMATES = ["known", "worst", "best", "aalen_johansen"]

records = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 3)), min_size=1, max_size=30)
limits = st.integers(1, 12)


def frame_of(pairs):
    return pd.DataFrame(pairs, columns=["days", "cause"])


def values(frame, limit, column="value", **options):
    """One column of the result by estimate."""
    return compliance(frame, limit=limit, **options).set_index("estimate")[column]


def weighted_share(frame, limit, weight):
    """The share done by the limit from the definition, record by record, with weights."""
    days, cause = frame["days"].to_numpy(), frame["cause"].to_numpy()
    free, share = 1.0, 0.0
    for day in np.unique(days[days <= limit]):
        at_risk = weight[days >= day].sum()
        share += free * weight[(days == day) & (cause == 1)].sum() / at_risk
        free *= 1.0 - weight[(days == day) & (cause > 0)].sum() / at_risk
    return share


# ---- Independent numbers ------------------------------------------------------------------------


def test_every_column_agrees_with_reference_23(reference):
    rows = reference("23_target_compliance", "input").rename(columns={"status": "cause"})
    expected = reference("23_target_compliance", "expected").set_index("trust")
    found = compliance(rows, limit=60, by="trust").drop(columns="method")
    found = found.pivot_table(index="trust", columns="estimate")
    assert found.index.tolist() == expected.index.tolist()
    names = {
        ("value", "known"): "crude",
        ("low", "known"): "wilson_low",
        ("high", "known"): "wilson_high",
        ("value", "worst"): "worst_case",
        ("value", "best"): "best_case",
        ("value", "aalen_johansen"): "aj_incidence_60",
        ("std_error", "aalen_johansen"): "aj_se",
    }
    for ours, theirs in names.items():
        assert_allclose(found[ours], expected[theirs], rtol=1e-8, err_msg=theirs)
    counts = {
        ("denominator", "worst"): "n",
        ("numerator", "known"): "investigated_by_60",
        ("denominator", "known"): "known_by_60",
    }
    for ours, theirs in counts.items():
        assert found[ours].tolist() == expected[theirs].tolist()


@given(records, limits, st.integers(0, 12))
def test_the_estimate_and_its_error_are_those_of_statsmodels(pairs, limit, day):
    # Its variance divides by those left, so one is left open to the end; and one is done.
    rows = frame_of([*pairs, (day, 1), (13, 0)])
    peer = CumIncidenceRight(rows["days"].astype(float), rows["cause"].clip(upper=2))
    at = np.searchsorted(peer.times, limit, side="right") - 1
    found = compliance(rows, limit=limit).iloc[3]
    wanted = (peer.cinc[0][at], peer.cinc_se[0][at]) if at >= 0 else (0.0, 0.0)
    assert_allclose(found["value"], wanted[0], rtol=1e-9, atol=1e-12)
    assert_allclose(found["std_error"], wanted[1], rtol=1e-7, atol=1e-9)


@given(records, limits)
def test_the_estimate_is_that_of_its_definition_and_the_error_that_of_its_derivatives(pairs, limit):
    rows = frame_of(pairs)
    found = compliance(rows, limit=limit).iloc[3]
    assume(not np.isnan(found["value"]))
    weight, step = np.ones(len(rows)), 1e-5
    assert_allclose(found["value"], weighted_share(rows, limit, weight), rtol=0, atol=1e-12)
    moved = step * np.eye(len(rows))
    up = [weighted_share(rows, limit, weight + one) for one in moved]
    down = [weighted_share(rows, limit, weight - one) for one in moved]
    slopes = (np.array(up) - np.array(down)) / (2 * step)
    assert_allclose(found["std_error"], np.sqrt(np.sum(slopes**2)), rtol=0, atol=1e-7)


def test_open_records_bias_the_known_share_and_not_the_estimate():
    """Closed form: with hazards a and b, the share by t is a / (a + b) * (1 - exp(-(a + b) t)).

    Followed for a time uniform on 0 to u, the share of those known is that of those done and
    seen, out of all but those open at a time before t; both are integrals of exponentials.
    """
    random = np.random.default_rng(20151217)
    n, done, other, limit, end = 40_000, 1 / 50, 1 / 200, 60, 150
    first, second = random.exponential(1 / done, n), random.exponential(1 / other, n)
    seen = random.uniform(0, end, n)
    days = np.minimum(np.minimum(first, second), seen)
    cause = np.select([seen <= days, first < second], [0, 1], 2)
    truth = done / (done + other) * (1 - np.exp(-(done + other) * limit))
    found = compliance(pd.DataFrame({"days": days, "cause": cause}), limit=limit)
    found = found.set_index("estimate")
    estimate = found.loc["aalen_johansen"]
    assert abs(estimate["value"] - truth) < 4 * estimate["std_error"]
    assert estimate["std_error"] < 0.005
    a, gone = done + other, np.exp(-(done + other) * limit)
    seen_done = done / a * ((1 - gone) - ((1 - gone) / a - limit * gone) / end)
    known = seen_done / (1 - (1 - gone) / (a * end))
    assert known > truth + 0.03
    half = found.loc["known", "high"] - found.loc["known", "low"]
    assert abs(found.loc["known", "value"] - known) < half


@pytest.mark.slow
def test_the_limits_cover_the_truth_as_often_as_they_say():
    random = np.random.default_rng(20240909)
    n, groups, done, other, limit = 80, 600, 1 / 50, 1 / 200, 60
    size = n * groups
    first, second = random.exponential(1 / done, size), random.exponential(1 / other, size)
    seen = random.uniform(20, 200, size)
    rows = pd.DataFrame(
        {
            "days": np.minimum(np.minimum(first, second), seen),
            "cause": np.select([seen <= np.minimum(first, second), first < second], [0, 1], 2),
            "group": np.repeat(np.arange(groups), n),
        }
    )
    truth = done / (done + other) * (1 - np.exp(-(done + other) * limit))
    found = compliance(rows, limit=limit, by="group", level=0.9)
    found = found[found["estimate"] == "aalen_johansen"]
    covered = np.mean((found["low"] <= truth) & (truth <= found["high"]))
    assert abs(covered - 0.9) < 4 * np.sqrt(0.9 * 0.1 / groups)


# ---- Laws ---------------------------------------------------------------------------------------


@given(records, limits)
def test_the_estimate_lies_between_the_bounds(pairs, limit):
    found = values(frame_of(pairs), limit)
    assert found["worst"] <= found["best"]
    for inside in ("known", "aalen_johansen"):
        if not np.isnan(found[inside]):
            assert found["worst"] - 1e-12 <= found[inside] <= found["best"] + 1e-12


@given(records, limits)
def test_without_open_records_all_are_the_plain_share(pairs, limit):
    rows = frame_of([(day, cause or 2) for day, cause in pairs])
    share = np.mean((rows["cause"] == 1) & (rows["days"] <= limit))
    found = compliance(rows, limit=limit)
    assert_allclose(found["value"], share, rtol=0, atol=1e-12)
    error = np.sqrt(share * (1 - share) / len(rows))
    assert_allclose(found["std_error"].iloc[3], error, rtol=0, atol=1e-12)


@given(records, limits, st.integers(1, 50))
def test_open_past_the_limit_is_as_late_as_done_past_it(pairs, limit, more):
    known_late = compliance(frame_of([*pairs, (limit + more, 1)]), limit=limit)
    still_open = compliance(frame_of([*pairs, (limit + more, 0)]), limit=limit)
    numeric = ["value", "std_error", "low", "high", "numerator", "denominator", "open"]
    assert_allclose(known_late[numeric], still_open[numeric], rtol=0, atol=1e-12)


@given(records, limits, st.integers(0, 12))
def test_a_further_open_record_never_raises_the_worst_nor_lowers_the_best(pairs, limit, day):
    before, after = values(frame_of(pairs), limit), values(frame_of([*pairs, (day, 0)]), limit)
    assert after["worst"] <= before["worst"]
    if day <= limit:
        assert after["best"] >= before["best"]


@given(records, limits, st.integers(2, 5))
def test_a_share_of_the_limit_measures_the_same_in_any_unit(pairs, limit, scale):
    """Half the records in one unit, half in another: as if all were in the first."""
    rows = frame_of(pairs)
    factor = np.where(np.arange(len(rows)) % 2, scale, 1)
    mixed = rows.assign(days=rows["days"] * factor, limit=limit * factor)
    numeric = ["value", "std_error", "low", "high", "numerator", "denominator", "open"]
    one, other = compliance(rows, limit=limit), compliance(mixed, limit="limit")
    assert_allclose(one[numeric], other[numeric], rtol=0, atol=1e-12)
    if len(rows) > 1:
        assert other["method"].iloc[3].endswith("as a share of each record's limit")


# ---- Edges --------------------------------------------------------------------------------------


def test_the_last_day_of_the_limit_is_in_time_and_an_open_record_still_has_it():
    rows = frame_of([(60, 1), (61, 1), (60, 0), (61, 0), (60, 2)])
    found = compliance(rows, limit=60).set_index("estimate")
    assert found.loc["known", ["numerator", "denominator", "open"]].tolist() == [1, 4, 1]
    assert found.loc["best", ["numerator", "denominator"]].tolist() == [2, 5]
    assert_allclose(found.loc["aalen_johansen", "value"], 1 / 5)


def test_a_tie_at_the_limit_holds_for_every_limit():
    limit = np.arange(1, 2001) / 7
    rows = pd.DataFrame({"days": limit, "cause": 1, "limit": limit})
    assert values(rows, "limit", "numerator")["known"] == 2000


def test_all_open_within_the_limit_leaves_only_the_bounds():
    found = compliance(frame_of([(5, 0), (9, 0)]), limit=60).set_index("estimate")
    assert found["value"].loc[["worst", "best"]].tolist() == [0.0, 1.0]
    assert found["value"].loc[["known", "aalen_johansen"]].isna().all()
    assert found.loc["known", "denominator"] == 0


def test_nobody_followed_to_the_limit_gives_no_estimate():
    found = values(frame_of([(5, 1), (9, 0), (3, 2)]), 60)
    assert found["known"] == 0.5
    assert np.isnan(found["aalen_johansen"])
    everyone_ended = values(frame_of([(5, 1), (9, 1), (3, 2)]), 60)
    assert_allclose(everyone_ended["aalen_johansen"], 2 / 3)


def test_one_record_and_none():
    found = compliance(frame_of([(0, 1)]), limit=1)
    assert found["value"].tolist() == [1.0] * 4
    assert found["std_error"].iloc[3] == 0
    assert found.loc[3, ["low", "high"]].isna().all()
    empty = compliance(frame_of([]).assign(trust=""), limit=60, by="trust")
    assert empty.columns.tolist()[:3] == ["trust", "estimate", "value"]
    assert len(empty) == len(compliance(frame_of([]), limit=60)) == 0


def test_bounds_have_no_limits_and_the_known_share_has_those_of_wilson():
    found = compliance(frame_of([(5, 1), (70, 1), (9, 0), (3, 2)]), limit=60, level=0.998)
    assert found["estimate"].tolist() == ESTIMATES
    assert found.loc[1:2, ["low", "high", "std_error"]].isna().all(axis=None)
    low, high = wilson([1], [3], level=0.998)
    assert found.loc[0, ["low", "high"]].tolist() == [low[0], high[0]]
    assert (found["level"] == 0.998).all()
    assert found["method"].is_unique


def test_a_missing_label_is_a_group_of_its_own():
    rows = frame_of([(5, 1), (70, 1)]).assign(trust=["A", None])
    found = compliance(rows, limit=60, by="trust")
    assert found["trust"].isna().tolist() == [False] * 4 + [True] * 4
    assert found.loc[[0, 4], "value"].tolist() == [1.0, 0.0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"days": [1, np.nan]}, "Row b: the duration 'days' is missing"),
        ({"days": [1, -1]}, "Row b: the duration 'days' is negative"),
        ({"days": [1, np.inf]}, "Row b: the duration 'days' is infinite"),
        ({"days": ["1", "x"]}, "Row b: column 'days' is not a number"),
        ({"cause": [1, None]}, "Row b: 'cause' is missing"),
        ({"cause": [1, -1]}, "Row b: 'cause' is not 0, 1"),
        ({"cause": [1, 0.5]}, "Row b: 'cause' is not 0, 1"),
        ({"limit": [60, None]}, "Row b: no limit in 'limit': leave out what has none"),
        ({"limit": [60, 0]}, "Row b: the limit is not a number above zero"),
        ({"limit": [60, -5]}, "Row b: the limit is not a number above zero"),
        ({"limit": [60, np.inf]}, "Row b: the limit is not a number above zero"),
    ],
)
def test_rows_that_cannot_be_are_named(change, said):
    rows = pd.DataFrame({"days": [5, 70], "cause": [1, 0], "limit": 60}, index=["a", "b"])
    with pytest.raises(ValueError, match=said):
        compliance(rows.assign(**change), limit="limit")


@pytest.mark.parametrize("limit", [0, -1, float("nan"), float("inf")])
def test_a_limit_that_is_none_is_refused(limit):
    with pytest.raises(ValueError, match="The limit must be a number above zero"):
        compliance(frame_of([(5, 1)]), limit=limit)


def test_missing_columns_and_an_impossible_level_are_refused():
    rows = frame_of([(5, 1)])
    for options in ({"limit": "limit"}, {"limit": 60, "by": "trust"}):
        with pytest.raises(ValueError, match="Missing column"):
            compliance(rows, **options)
    with pytest.raises(ValueError, match="confidence level"):
        compliance(rows, limit=60, level=95)


# ---- One row a group ----------------------------------------------------------------------------


@given(records, limits)
def test_one_row_a_group_holds_the_four_estimates_and_their_order(pairs, limit):
    frame = frame_of(pairs).assign(site=[place % 2 for place in range(len(pairs))])
    found = compliance(frame, limit=limit, by="site")
    made = one_row(found, by="site").set_index("site")
    for name, column in zip(ESTIMATES, ["known", "all_late", "all_in_time", "value"], strict=True):
        rows = found[found["estimate"].eq(name)].set_index("site")
        assert_allclose(made[column], rows["value"].reindex(made.index))
    assert (made["all_late"] <= made["all_in_time"]).all()
    assert (made["denominator"] == frame.groupby("site").size().reindex(made.index)).all()
