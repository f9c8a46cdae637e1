"""Missing data: counts, what imputation promises, its diagnostics, departures and bounds."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from pandas.testing import assert_frame_equal

from helpers.methods.change import difference_of_proportions
from helpers.methods.missing_data import (
    diagnostics,
    fit_each,
    impute,
    missing_patterns,
    missingness,
    outcome_bounds,
    pool,
    tilt,
    tipping_point,
)
from helpers.methods.proportions import wilson

SOME = {"imputations": 3, "iterations": 3, "seed": 1}


def people(rows=200, seed=1, missing=0.2):
    """Invented records with columns of every kind, some values missing at random."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "late": random.integers(0, 2, rows),
            "male": random.integers(0, 2, rows).astype(float),
            "known": pd.array(random.random(rows) < 0.4, dtype="boolean"),
            "place": random.choice(["ward", "home", "other"], rows),
            "band": pd.Categorical(
                random.choice(["low", "mid", "high"], rows), ["low", "mid", "high"], ordered=True
            ),
            "team": pd.Categorical(random.choice(["a", "b"], rows), ["a", "b", "never"]),
            "age": pd.array(random.integers(18, 99, rows), dtype="Int64"),
            "dose": random.gamma(2.0, size=rows),
            "note": "kept",
        }
    )
    for name in COLUMNS:
        frame.loc[random.random(rows) < missing, name] = None
    return frame


COLUMNS = ["male", "known", "place", "band", "team", "age", "dose"]


# ---- What is missing -----------------------------------------------------------------------------


def test_missing_values_are_counted_by_outcome():
    frame = pd.DataFrame(
        {
            "late": [0, 0, 0, 0, 1, 1, 1, None],
            "age": [70, None, 81, 64, None, None, 90, None],
            "male": [1, 0, None, 1, 1, 0, 0, 1],
        }
    )
    found = missingness(frame, columns=["age", "male"], outcome="late", level=0.9)
    counts = found.groupby("column")["numerator"].agg(list)
    assert found["outcome"].tolist() == ["all", "0", "1", "missing"] * 3
    assert counts["age"] == [4, 1, 2, 1]
    assert counts["(any of them)"] == [5, 2, 2, 1]
    assert found.drop_duplicates("outcome")["denominator"].tolist() == [8, 4, 3, 1]
    age = found[found["column"].eq("age")].set_index("outcome")
    assert_allclose(age.loc["1", ["low", "high"]].astype(float), wilson(2, 3, level=0.9))
    shown = age.loc["1", ["difference", "difference_low", "difference_high"]].astype(float)
    assert_allclose(shown, difference_of_proportions(2, 3, 1, 4, level=0.9))
    assert age["difference"].notna().sum() == 1


def test_an_outcome_that_nobody_has_leaves_no_share():
    frame = pd.DataFrame({"late": [0, 0], "age": [None, 70]})
    found = missingness(frame, columns=["age"], outcome="late").set_index(["column", "outcome"])
    assert np.isnan(found.loc[("age", "1"), "value"])
    assert np.isnan(found.loc[("age", "1"), "difference"])
    nobody = missingness(frame.iloc[:0], columns=["age"], outcome="late")
    assert nobody["denominator"].eq(0).all()


@given(cells=st.lists(st.tuples(*[st.booleans()] * 3, st.sampled_from([0, 1, None])), min_size=1))
def test_patterns_add_up_to_the_rows_and_to_the_counts_of_columns(cells):
    frame = pd.DataFrame(cells, columns=["a", "b", "c", "late"])
    frame[["a", "b", "c"]] = (
        frame[["a", "b", "c"]].astype(float).where(frame[["a", "b", "c"]], None)
    )
    found = missing_patterns(frame, columns=["a", "b", "c"], outcome="late")
    assert found["numerator"].sum() == len(frame)
    groups = found[["outcome_0", "outcome_1", "outcome_missing"]]
    assert groups.sum(axis=1).tolist() == found["numerator"].tolist()
    assert found["numerator"].is_monotonic_decreasing
    for name in "abc":
        mine = found["pattern"].str.split(" + ", regex=False).map(lambda part, n=name: n in part)
        assert found.loc[mine, "numerator"].sum() == frame[name].isna().sum()


@pytest.mark.parametrize("count", [missingness, missing_patterns])
def test_what_cannot_be_counted_is_refused(count):
    frame = pd.DataFrame({"late": [0, 2], "age": [1, 2]})
    with pytest.raises(ValueError, match="Row 1: the outcome 'late' is neither 0 nor 1"):
        count(frame, columns=["age"], outcome="late")
    with pytest.raises(ValueError, match="without the outcome"):
        count(frame, columns=["late"], outcome="late")
    with pytest.raises(ValueError, match="Missing column 'place'"):
        count(frame, columns=["place"], outcome="late")


# ---- Imputation: what always holds ---------------------------------------------------------------


@settings(max_examples=15)
@given(
    rows=st.integers(12, 60), seed=st.integers(0, 10_000), missing=st.floats(0.02, 0.6),
    chosen=st.sets(st.sampled_from(COLUMNS), min_size=1),
)  # fmt: skip
def test_observed_values_stay_nothing_is_missing_and_only_known_values_come_in(
    rows, seed, missing, chosen
):
    frame, names = people(rows, seed, missing), sorted(chosen)
    if any(frame[name].nunique() < 2 for name in names):
        with pytest.raises(ValueError, match="recorded"):
            impute(frame, columns=names, outcome="late", **SOME)
        return
    before = frame.copy()
    imputed = impute(frame, columns=names, outcome="late", **SOME)
    assert_frame_equal(frame, before)
    for completed in imputed.frames:
        assert completed.dtypes.equals(frame.dtypes)
        assert completed.columns.equals(frame.columns)
        assert completed[names].notna().all(axis=None)
        others = [name for name in frame if name not in names]
        assert_frame_equal(completed[others], frame[others])
        for name in names:
            known = frame[name].notna()
            assert completed.loc[known, name].equals(frame.loc[known, name])
            assert set(completed[name]) == set(frame[name].dropna())


def test_the_same_seed_gives_the_same_and_another_gives_others():
    frame = people()
    first = impute(frame, columns=COLUMNS, outcome="late", **SOME)
    again = impute(frame, columns=COLUMNS, outcome="late", **SOME)
    other = impute(frame, columns=COLUMNS, outcome="late", **(SOME | {"seed": 2}))
    assert_frame_equal(first.trace, again.trace)
    for one, two in zip(first.frames, again.frames, strict=True):
        assert_frame_equal(one, two)
    assert not first.completed(1).equals(other.completed(1))
    assert not first.completed(1).equals(first.completed(2))


def test_more_imputations_leave_the_first_as_they_were():
    frame = people()
    few = impute(frame, columns=COLUMNS, outcome="late", **SOME)
    many = impute(frame, columns=COLUMNS, outcome="late", **(SOME | {"imputations": 5}))
    for number in (1, 2, 3):
        assert_frame_equal(few.completed(number), many.completed(number))
    with pytest.raises(ValueError, match="imputations 1 to 3; got 4"):
        few.completed(4)


def test_a_frame_without_missing_values_gives_itself():
    frame = people(missing=0.0)
    imputed = impute(frame, columns=COLUMNS, outcome="late", **SOME)
    assert imputed.trace.empty
    assert imputed.models["missing"].eq(0).all()
    for completed in imputed.frames:
        assert_frame_equal(completed, frame)
    assert diagnostics(imputed).convergence.empty
    assert diagnostics(imputed).distributions.empty


def test_the_trace_follows_every_column_of_every_chain():
    imputed = impute(people(), columns=COLUMNS, outcome="late", **SOME)
    trace = imputed.trace
    per_round = {"male": 1, "known": 1, "place": 3, "band": 2, "team": 1, "age": 2, "dose": 2}
    counts = trace.groupby("column").size().to_dict()
    assert counts == {name: 3 * 3 * size for name, size in per_round.items()}
    last = trace[trace["iteration"].eq(3) & trace["chain"].eq(2)]
    last = last.set_index(["column", "level_name", "statistic"])["value"]
    frame, given_ = imputed.completed(2), imputed.frame
    put_in = {name: frame.loc[given_[name].isna(), name] for name in COLUMNS}
    assert_allclose(last["male", "1", "share"], put_in["male"].mean())
    assert_allclose(last["place", "ward", "share"], put_in["place"].eq("ward").mean())
    assert_allclose(last["age", "", "mean"], put_in["age"].mean())
    assert_allclose(last["band", "", "mean"], put_in["band"].cat.codes.mean() + 1)


# ---- Imputation: what is refused or said ---------------------------------------------------------


def refused(frame, message, **more):
    with pytest.raises(ValueError, match=message):
        impute(frame, **({"columns": ["a"], "outcome": "late"} | SOME | more))


def test_columns_that_cannot_be_imputed_are_refused():
    base = pd.DataFrame({"late": [0, 1, 0, 1]})
    refused(base.assign(a=[None] * 4), "'a' has no recorded value")
    refused(base.assign(a=np.nan), "'a' has no recorded value")
    refused(base.assign(a=["x", None, "x", "x"]), "'a' is 'x' wherever it was recorded")
    refused(base.assign(a=[7.0, None, 7, 7]), "'a' is '7' wherever it was recorded")
    refused(base.assign(a=[1, np.inf, 3, None]), "Row 1: column 'a' is infinite")
    refused(base.assign(a=pd.to_datetime(["2015-01-01"] * 4)), "'a' holds dates")
    refused(base.assign(a=1).head(1), "The frame has 1 row: other rows must say")
    refused(base.assign(a=1).head(0), "The frame has 0 rows")
    many = pd.DataFrame({"late": [0, 1] * 30, "a": [str(n) for n in range(59)] + [None]})
    refused(many, "'a' has 59 levels; imputation is offered up to 25")


def test_calls_that_make_no_sense_are_refused():
    frame = pd.DataFrame({"late": [0, 1, 0, 1], "a": [1.0, None, 3, 4]})
    refused(frame, "must name different columns", columns=["late"])
    refused(frame, "must name different columns", columns=[])
    refused(frame, "Missing column 'b'", columns=["b"])
    refused(frame, "imputations must be a whole number of at least 1", imputations=0)
    refused(frame, "iterations must be a whole number", iterations=1.5)
    refused(frame, "An interaction is a pair", interactions=[("a", "b")])
    refused(frame, "shift names 'b'", shift={"b": 1})
    refused(frame, "its shift has no level", shift={"a": ("1", 1)})
    refused(frame, "must be a finite number", shift={"a": np.nan})
    gaps = frame.assign(b=[0.0, 1, None, 1])
    refused(gaps, "needs one of its levels, '0', '1'", columns=["b"], shift={"b": ("2", 1)})
    whole = frame.assign(a=frame["a"].astype("Int64"))
    refused(whole, "'a' holds whole numbers", shift={"a": 0.5})
    refused(frame, "'late' has no missing value", shift={"late": 0.5})


def test_a_constant_complete_column_takes_no_part():
    frame = people().assign(same="x")
    with_it = impute(frame, columns=["place", "male", "same"], outcome="late", **SOME)
    without = impute(frame, columns=["place", "male"], outcome="late", **SOME)
    assert_frame_equal(with_it.completed(1), without.completed(1))
    note = with_it.models.set_index("column").loc["same", "note"]
    assert note == "the same in every row: it says nothing of the other columns and took no part"


def test_a_level_recorded_once_and_few_values_are_said():
    frame = people(40)
    frame.loc[frame["place"].eq("other"), "place"] = "home"
    frame.loc[0, "place"] = "prison"
    imputed = impute(frame, columns=["place", "dose"], outcome="late", **SOME)
    notes = imputed.models.set_index("column")["note"]
    assert notes["place"].startswith("recorded in one row only: 'prison'; imputations of it rest")
    few = pd.DataFrame({"late": [0, 1, 0, 1, 0], "a": [1.0, 2, None, None, None],
                        "b": [3.0, 1, 4, 1, 5], "c": [9.0, 2, 6, 5, 3]})  # fmt: skip
    few = pd.concat([few, few.assign(a=[None, None, 7, None, None])], ignore_index=True)
    imputed = impute(few, columns=["a", "b", "c"], outcome="late", **SOME)
    assert (
        imputed.models.set_index("column").loc["a", "note"] == "3 recorded values for 4 parameters"
    )
    assert set(imputed.completed(1)["a"]) <= {1.0, 2.0, 7.0}


def test_collinear_columns_do_not_stop_it():
    frame = people()
    twice = frame.assign(again=frame["late"], twice=frame["late"] * 2.0)
    imputed = impute(twice, columns=["place", "dose", "again", "twice"], outcome="late", **SOME)
    assert imputed.completed(1)[["place", "dose"]].notna().all(axis=None)


def test_rows_may_share_their_labels():
    frame = people()
    same = impute(frame.set_axis([0] * 200), columns=["place", "age"], outcome="late", **SOME)
    plain = impute(frame, columns=["place", "age"], outcome="late", **SOME)
    assert_frame_equal(same.completed(2).reset_index(drop=True), plain.completed(2))


def test_a_missing_outcome_is_imputed_too_and_outcomes_may_be_several():
    frame = people().assign(time=np.random.default_rng(1).exponential(size=200))
    frame["late"] = frame["late"].astype(float).where(frame.index > 30)
    imputed = impute(frame, columns=["place"], outcome=["late", "time"], **SOME)
    assert imputed.completed(1)["late"].isin([0, 1]).all()
    assert imputed.outcome == ("late", "time")


# ---- Diagnostics ---------------------------------------------------------------------------------


def test_the_ratio_of_chains_by_hand():
    imputed = impute(
        people(), columns=["male"], outcome="late", imputations=2, iterations=4, seed=1
    )
    trace = imputed.trace.assign(value=[0.9, 0.1, 0.2, 0.4, 0.9, 0.1, 0.3, 0.7])
    row = diagnostics(replace(imputed, trace=trace)).convergence.iloc[0]
    # The last two of four: 0.2, 0.4 and 0.3, 0.7.
    within, between = (0.02 + 0.08) / 2, (0.5 - 0.3) ** 2 / 2
    assert_allclose([row["within"], row["between"]], [within, between])
    assert_allclose(row["r_hat"], np.sqrt(1 / 2 + between / within))
    assert row["settled"]
    apart = trace.assign(value=[0, 0, 0.1, 0.2, 0, 0, 0.8, 0.9])
    row = diagnostics(replace(imputed, trace=apart)).convergence.iloc[0]
    assert not row["settled"]
    assert row["note"] == "chains of 'male' have not come together: ask for more iterations"


def test_chains_that_started_apart_come_together_and_few_cannot_tell():
    frame = people(400)
    settled = diagnostics(impute(frame, columns=COLUMNS, outcome="late", seed=1, imputations=10))
    assert settled.convergence["settled"].mean() > 0.9
    assert settled.convergence["iterations"].eq(5).all()
    few = diagnostics(impute(frame, columns=["male"], outcome="late", **SOME)).convergence.iloc[0]
    assert np.isnan(few["r_hat"])
    assert few["note"] == "needs at least 2 imputations and 4 iterations"


def test_observed_and_imputed_values_side_by_side():
    imputed = impute(people(), columns=COLUMNS, outcome="late", **SOME)
    found = diagnostics(imputed).distributions.set_index(["column", "level_name", "statistic"])
    frame = imputed.frame
    assert_allclose(found.loc[("age", "", "mean"), "observed"], frame["age"].mean())
    assert_allclose(found.loc[("dose", "", "sd"), "observed"], frame["dose"].std(ddof=0))
    row = found.loc[("place", "ward", "share")]
    assert_allclose(row["observed"], frame["place"].dropna().eq("ward").mean())
    shares = [values["place"].eq("ward").mean() for values in imputed.put_in]
    assert_allclose(row[["imputed", "imputed_low", "imputed_high"]].astype(float),
                    [np.mean(shares), min(shares), max(shares)])  # fmt: skip
    assert (row["numerator"], row["denominator"]) == (frame["place"].isna().sum(), 200)
    assert ("band", "mid", "share") in found.index
    assert ("known", "True", "share") in found.index


# ---- Missing because of what they are ------------------------------------------------------------


def share_of_men(frame):
    share = frame["male"].mean()
    return ["male"], [share], [[share * (1 - share) / len(frame)]]


def test_delta_moves_the_odds_by_what_it_says():
    """Nothing but the share is known: the odds put in are those recorded times exp(delta)."""
    frame = pd.DataFrame({"late": 0, "male": [1.0] * 600 + [0.0] * 400 + [None] * 1000})
    found = tilt(frame, columns=["male"], outcome="late", column="male", deltas=[-1, 0, 1],
                 fit=share_of_men, imputations=20, iterations=1, seed=1)  # fmt: skip
    odds = found["imputed"] / (1 - found["imputed"])
    assert_allclose(np.log(odds / 1.5), [-1, 0, 1], atol=0.12)
    assert_allclose(found["value"], 0.5 * 0.6 + 0.5 * found["imputed"])
    assert found["observed"].eq(0.6).all()
    other = tilt(frame, columns=["male"], outcome="late", column="male", deltas=[1], level_name=0,
                 fit=share_of_men, imputations=20, iterations=1, seed=1)  # fmt: skip
    assert_allclose(other["imputed"], 1 - found["imputed"].iloc[0])
    assert_allclose(other["value"], found["value"].iloc[0])


def test_no_departure_is_plain_imputation():
    frame = people()
    more = {"columns": ["male", "place"], "outcome": "late", **SOME}
    found = tilt(frame, column="male", deltas=[0.0], fit=share_of_men, **more).iloc[0]
    fits = fit_each(impute(frame, **more), fit=share_of_men)
    plain = pool(fits.estimates, fits.covariances).iloc[0]
    for name in ("value", "low", "high", "df"):
        assert_allclose(found[name], plain[name])


def test_a_number_moves_by_delta_and_an_ordered_column_by_levels():
    frame = people()

    def dose(one):
        return ["dose"], [one["dose"].mean()], [[one["dose"].var() / len(one)]]

    more = {"columns": ["dose", "band"], "outcome": "late", "seed": 1, "imputations": 4,
            "iterations": 1}  # fmt: skip
    complete = frame.assign(band=frame["band"].fillna("mid"))
    found = tilt(complete, column="dose", deltas=[0, 3.5], fit=dose, **more)
    gone = frame["dose"].isna().mean()
    assert_allclose(found["value"].diff().iloc[1], 3.5 * gone)
    assert_allclose(found["imputed"].diff().iloc[1], 3.5)
    moved = tilt(frame, column="band", deltas=[-5, 0, 5], fit=dose, **more)
    assert moved["imputed"].is_monotonic_increasing
    whole = frame.assign(age=frame["age"])
    shifted = impute(whole, columns=["age"], outcome="late", shift={"age": 10}, **SOME)
    plain = impute(whole, columns=["age"], outcome="late", **SOME)
    assert (shifted.put_in[0]["age"] - plain.put_in[0]["age"]).eq(10).all()
    assert shifted.completed(1)["age"].dtype == "Int64"
    # The other columns see the moved values, and so does the trace.
    last = shifted.trace.query("chain == 1 and iteration == 3 and statistic == 'mean'")
    assert_allclose(last["value"].iloc[0], shifted.put_in[0]["age"].astype(float).mean())


def test_a_category_moves_at_one_level():
    frame = people(400)
    more = {"columns": ["place", "male"], "outcome": "late", "column": "place", **SOME}
    found = tilt(frame.assign(male=frame["male"].fillna(0)), deltas=[-2, 0, 2], level_name="ward",
                 fit=share_of_men, **more)  # fmt: skip
    assert found["imputed"].is_monotonic_increasing
    assert found["level_name"].eq("ward").all()
    with pytest.raises(ValueError, match="needs one of its levels, 'home', 'other', 'ward'"):
        tilt(frame, deltas=[1], fit=share_of_men, **more)
    with pytest.raises(ValueError, match="has no missing value"):
        tilt(frame, deltas=[1], fit=share_of_men, **(more | {"column": "late"}))
    with pytest.raises(ValueError, match="at least one departure"):
        tilt(frame, deltas=[], fit=share_of_men, **more)


def test_a_missing_outcome_may_be_moved_too():
    frame = people().assign(late=lambda one: one["late"].astype(float).where(one.index > 50))

    def late(one):
        return ["late"], [one["late"].mean()], [[one["late"].var() / len(one)]]

    found = tilt(frame, columns=["place"], outcome="late", column="late", deltas=[-20, 0, 20],
                 fit=late, **SOME)  # fmt: skip
    bounds = outcome_bounds(frame, outcome="late").iloc[0]
    assert_allclose(found["value"].iloc[[0, 2]], [bounds["least"], bounds["most"]])
    assert bounds["least"] < found["value"].iloc[1] < bounds["most"]


def test_tipping_points_lie_where_lines_cross():
    tilted = pd.DataFrame(
        {"term": "male", "delta": [2.0, -2, 0, 1], "value": [0.5, -0.3, 0.1, 0.3],
         "low": [0.0, -0.8, -0.4, -0.2], "high": [1.0, 0.2, 0.6, 0.8],
         "imputed": [0.9, 0.1, 0.5, 0.7]}
    )  # fmt: skip
    found = tipping_point(tilted, term="male").set_index("limit")
    assert_allclose(found.loc["value", ["delta", "imputed"]].astype(float), [-0.5, 0.4])
    assert found.loc["low", "delta"] == 2.0
    assert np.isnan(found.loc["high", "delta"])
    assert found.loc["high", "note"] == "does not reach 0 for deltas from -2 to 2"
    bent = tilted.assign(value=[0.4, 0.1, -0.2, 0.2])  # crosses at -1.33 and at 0.5
    assert_allclose(tipping_point(bent, term="male")["delta"].iloc[0], 0.5)
    half = tipping_point(tilted, term="male", null=0.3).set_index("limit")
    assert half.loc["value", "delta"] == 1.0
    with pytest.raises(ValueError, match="No coefficient is called 'age'; there are 'male'"):
        tipping_point(tilted, term="age")
    with pytest.raises(ValueError, match="at least 2 different deltas"):
        tipping_point(tilted.head(1), term="male")


def test_bounds_of_an_outcome_by_hand():
    frame = pd.DataFrame(
        {"unexpected": [1, 0, None, 1, None, None, 0], "service": [*"aaabc", None, "b"]}
    )  # fmt: skip
    found = outcome_bounds(frame, outcome="unexpected", by="service")
    assert found["service"].fillna("?").tolist() == ["a", "b", "c", "?"]
    assert found["missing"].tolist() == [1, 0, 1, 1]
    assert_allclose(found["least"], [1 / 3, 1 / 2, 0, 0])
    assert_allclose(found["most"], [2 / 3, 1 / 2, 1, 1])
    assert found["value"].isna().tolist() == [False, False, True, True]
    assert_allclose(found.loc[0, "least_low"], wilson(1, 3)[0])
    assert_allclose(found.loc[0, "most_high"], wilson(2, 3)[1])
    whole = outcome_bounds(frame, outcome="unexpected").iloc[0]
    assert (whole["numerator"], whole["denominator"], whole["missing"]) == (2, 4, 3)
    with pytest.raises(ValueError, match="Row 0: 'unexpected' is neither 0 nor 1"):
        outcome_bounds(pd.DataFrame({"unexpected": [3]}), outcome="unexpected")


@given(st.lists(st.sampled_from([0, 1, None]), min_size=1))
def test_bounds_hold_whatever_the_missing_outcomes_were(values):
    frame = pd.DataFrame({"y": pd.Series(values, dtype="float64")})
    row = outcome_bounds(frame, outcome="y").iloc[0]
    assert row["least_low"] <= row["least"] <= row["most"] <= row["most_high"]
    if row["denominator"]:
        assert row["least"] <= row["value"] <= row["most"]
