"""Sequential scores against reference 37, published critical values, and simulation."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods import _signals
from helpers.methods.false_alarms import detection, false_alarms, max_sprt_critical, threshold_for
from helpers.methods.sequential import cusum, max_sprt, sprt

CASE = "37_sprt_cusum_poisson"


@pytest.fixture
def counts(reference):
    return reference(CASE, "input")


def test_every_score_agrees_with_reference_37(counts, reference):
    theirs = reference(CASE, "expected")
    ours = cusum(counts, order="year", threshold=4)
    test = sprt(counts, order="year", alpha=0.01, beta=0.01)
    most = max_sprt(counts, order="year", threshold=3.0)
    close = {"rtol": 1e-10, "atol": 1e-10}
    assert_allclose(ours["observed_minus_expected"], theirs["cum_obs_minus_exp"], **close)
    assert_allclose(ours["increment"], theirs["llr_increment"], **close)
    assert_allclose(ours["score"], theirs["cusum"], **close)
    assert_allclose(test["score"], theirs["sprt"], **close)
    assert_allclose(most["score"], theirs["max_sprt_llr"], **close)
    assert ours["signal"].astype(int).tolist() == theirs["cusum_cross_4"].tolist()
    assert test["signal"].astype(int).tolist() == theirs["sprt_cross"].tolist()
    assert ours.loc[ours["first_signal"], "year"].tolist() == [15]
    assert test["caution"].str.contains("credit").all()


def test_wald_thresholds_agree_with_reference_37(counts):
    folder = Path(__file__).parents[1] / "reference" / CASE
    theirs = json.loads((folder / "expected.json").read_text())["thresholds"]
    for name, value in theirs.items():
        error = float(name.removeprefix("alpha_beta_"))
        found = sprt(counts, order="year", alpha=error, beta=error)
        assert_allclose(found["threshold"], value, rtol=1e-10)
        assert_allclose(found["low_threshold"], -value, rtol=1e-10)


# Kulldorff et al. (2011) Seq Anal 30:58, table 1: alpha 0.05, no minimum number of events.
@pytest.mark.parametrize(
    ("total", "value"), [(1, 2.853937), (5, 3.297183), (10, 3.467952), (20, 3.628123)]
)
def test_critical_values_are_those_published(total, value):
    assert_allclose(max_sprt_critical(total), value, atol=2e-6)


def test_the_continuous_value_is_the_limit_of_ever_closer_looks():
    close = threshold_for(np.full(800, 1 / 800), kind="max_sprt")
    assert 2.75 < close <= 2.853938


@pytest.mark.parametrize("kind", ["cusum", "sprt", "max_sprt"])
@pytest.mark.parametrize("actual", [1.0, 1.6])
def test_exact_chances_agree_with_simulation(kind, actual):
    expected = np.array([3.0, 0.5, 7.2, 4.1, 0.0, 5.5] * 4)
    found = detection(expected, actual=actual, threshold=2.0, ratio=1.7, kind=kind)
    first = _signals.simulated_first(
        expected, threshold=2.0, ratio=1.7, kind=kind, outcome="poisson", actual=actual,
        replicates=20_000, seed=3,
    )  # fmt: skip
    assert abs((first < expected.size).mean() - found.loc[0, "detection"]) < 4 * 0.5 / 141


@pytest.mark.slow
@pytest.mark.parametrize("ratio", [0.5, 3.0])
@pytest.mark.parametrize("kind", ["cusum", "sprt"])
def test_single_outcomes_and_falls_agree_with_simulation(kind, ratio):
    expected = np.tile([0.1, 0.4, 0.05, 0.7], 25)
    options = {"threshold": 2.0, "ratio": ratio, "kind": kind, "outcome": "bernoulli"}
    exact = false_alarms(expected, **options).loc[0, "false_alarm"]
    drawn = false_alarms(
        expected, **options, method="simulation", replicates=20_000, seed=5, level=0.9999
    )
    assert drawn.loc[0, "low"] < exact < drawn.loc[0, "high"]


def test_poisson_falls_agree_with_simulation():
    options = {"threshold": 1.5, "ratio": 0.6}
    exact = false_alarms([6.0, 9.0] * 10, **options).loc[0, "false_alarm"]
    drawn = false_alarms([6.0, 9.0] * 10, **options, method="simulation", seed=8, level=0.9999)
    assert drawn.loc[0, "low"] < exact < drawn.loc[0, "high"]


def test_run_length_agrees_with_a_markov_chain_on_whole_numbers():
    # log(2) x (2 O - 3): with E = 1.5 log(2) and ratio 2 the score is a whole lattice of log(2)/2.
    mean, states = 1.5 * np.log(2), np.arange(8)
    from scipy.stats import poisson

    chain = np.zeros((8, 8))
    for i in states:
        for count in range(40):
            j = max(0, i + 2 * count - 3)
            if j < 8:
                chain[i, j] += poisson.pmf(count, mean)
    exact = np.linalg.solve(np.eye(8) - chain, np.ones(8))[0]
    found = false_alarms([mean] * 12, threshold=7.5 * np.log(2) / 2, ratio=2.0)
    assert_allclose(found.loc[0, "average_run_length"], exact, rtol=1e-6)


@pytest.mark.slow
@settings(max_examples=5, deadline=None)
@given(st.lists(st.floats(0.2, 20), min_size=2, max_size=12), st.floats(0.01, 0.3))
def test_a_threshold_keeps_its_chance_and_a_smaller_one_does_not(expected, chance):
    found = threshold_for(expected, false_alarm=chance)
    assert false_alarms(expected, threshold=found).loc[0, "false_alarm"] <= chance
    if found > 1e-3:
        assert false_alarms(expected, threshold=found - 1e-7).loc[0, "false_alarm"] > chance - 1e-9


def test_series_are_kept_apart_and_a_missing_look_leaves_the_sum_as_it_is():
    one = pd.DataFrame({"period": [1, 2, 3], "observed": [6, None, 6], "expected": [2.0, 2, 2]})
    both = pd.concat([one.assign(trust="A"), one.assign(trust="B")]).sample(frac=1, random_state=1)
    both = both.sort_values(["period", "trust"])
    found = cusum(both, within="trust", replicates=50, seed=1)
    alone = cusum(one)["score"]
    for trust in "AB":
        assert_allclose(found.loc[found["trust"].eq(trust), "score"], alone)
    assert alone.isna().tolist() == [False, True, False]
    assert found["false_alarm"].between(0, 1).all()


def test_an_empty_frame_gives_an_empty_frame():
    empty = pd.DataFrame({"period": [], "observed": [], "expected": []})
    for found in (cusum(empty), sprt(empty), max_sprt(empty, threshold=3)):
        assert found.empty
        assert "score" in found


@pytest.mark.parametrize("kind", ["cusum", "sprt", "max_sprt"])
def test_a_series_without_a_look_has_no_chance_of_a_signal_to_state(kind):
    """As where the whole of a period is the baseline: a quarter has no later periods."""
    looks, threshold = pd.Series([], dtype="float64"), threshold_for([], kind=kind)
    empty = pd.DataFrame({"period": [], "observed": [], "expected": []})
    assert cusum(empty, threshold=threshold).empty
    for found, some in (
        (false_alarms(looks, threshold=np.nan, kind=kind), false_alarms([1.0], threshold=1)),
        (
            detection(looks, actual=2, threshold=np.nan, kind=kind),
            detection([1.0], actual=2, threshold=1),
        ),
    ):
        assert found.empty
        assert list(found) == list(some)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"observed": [1, -1]}, "negative"),
        ({"expected": [1.0, -1]}, "negative"),
        ({"expected": [0.0, 1]}, "none is expected"),
        ({"period": [1, 1]}, "twice"),
        ({"period": [2, 1]}, "sort"),
        ({"period": [None, 1]}, "missing"),
    ],
)
def test_rows_that_cannot_be_right_are_refused(change, words):
    frame = pd.DataFrame({"period": [1, 2], "observed": [1, 2], "expected": [1.0, 2]})
    with pytest.raises(ValueError, match=words):
        cusum(frame.assign(**change))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda f: cusum(f, ratio=1), "ratio"),
        (lambda f: cusum(f, threshold=0), "threshold"),
        (lambda f: cusum(f, replicates=5), "seed"),
        (lambda f: cusum(f, outcome="bernoulli"), "above 1|0 or 1"),
        (lambda f: sprt(f, alpha=0.6, beta=0.5), "add up"),
        (lambda f: sprt(f, alpha=0), "alpha"),
        (lambda f: false_alarms([1.0], threshold=0), "threshold"),
        (lambda f: false_alarms([1.0], threshold=1, method="simulation"), "seed"),
        (lambda f: false_alarms([0.1], threshold=1, kind="max_sprt", outcome="bernoulli"), "only"),
        (lambda f: threshold_for([1.0], false_alarm=1), "false_alarm"),
        (lambda f: max_sprt_critical(0), "total"),
        (lambda f: max_sprt_critical(1, minimum=9), "chance"),
    ],
)
def test_options_that_make_no_sense_are_refused(call, words):
    frame = pd.DataFrame({"period": [1, 2], "observed": [3, 2], "expected": [1.0, 2]})
    with pytest.raises(ValueError, match=words):
        call(frame)


def watched(observed, expected):
    return pd.DataFrame(
        {"period": range(len(observed)), "observed": observed, "expected": expected}
    )


def test_a_threshold_next_to_nothing_is_said_with_what_chance_gives():
    """Five years of a thousand: by Poisson chance hardly any score leaves 0."""
    many, few = [1000.0] * 5, [8.0] * 24
    found = threshold_for(many, ratio=1.5)
    assert found < 2e-6
    words = false_alarms(many, threshold=found, ratio=1.5).loc[0, "method"]
    assert "any score above 0 is a signal" in words
    assert (
        "next to nothing"
        in detection(many, actual=1.5, threshold=found, ratio=1.5).loc[0, "method"]
    )
    score = cusum(watched([1010] * 5, many), ratio=1.5, threshold=found)
    assert score["caution"].str.contains("next to nothing").all()
    usual = threshold_for(few)
    assert "nothing" not in false_alarms(few, threshold=usual).loc[0, "method"]
    assert cusum(watched([8, 9, 7, 6], few[:4]), threshold=usual)["caution"].eq("").all()


def test_spread_from_look_to_look_is_that_of_successive_differences():
    """By hand: z of 90, 110, 90, 110 about 100 are -1, 1, -1, 1: three squares of 2 over 6."""
    found = cusum(watched([90, 110, 90, 110], [50.0] * 4))
    assert_allclose(found["dispersion"], 2.0)
    # A fixed ratio to what was expected is no spread, and a lasting rise is next to none.
    assert_allclose(cusum(watched([150] * 9, [100.0] * 9))["dispersion"], 0.0, atol=1e-12)
    rise = cusum(watched([100] * 12 + [150] * 12, [100.0] * 24))
    assert rise.loc[0, "dispersion"] < 1
    assert rise["caution"].eq("").all()


@pytest.mark.slow
def test_spread_beyond_chance_is_seen_and_chance_is_not_called_spread():
    generator = np.random.default_rng(6)
    told = {"chance": 0, "spread": 0}
    for _ in range(200):
        plain = generator.poisson(30, 24)
        wide = generator.poisson(30 * generator.gamma(8, 1 / 8, 24))
        for name, counts in (("chance", plain), ("spread", wide)):
            found = cusum(watched(counts, [30.0] * 24), ratio=1.5)
            told[name] += found["caution"].str.contains("dispersion").all()
    assert told["chance"] <= 8  # of 200 at 1%: more has a chance of 1 in 4,000
    assert told["spread"] >= 190


def test_spread_is_not_looked_at_where_it_cannot_be_seen():
    for rows in (
        watched([90, 110, 90], [50.0] * 3),
        watched([0, 0, 3, 0, 0], [0.5] * 5),
        watched([None, 9, 2, 30], [9.0] * 4),
    ):
        found = cusum(rows)
        assert found["dispersion"].isna().all()
        assert found["caution"].eq("").all()
    single = cusum(watched([0, 1, 1, 0, 1], [0.5] * 5), outcome="bernoulli")
    assert single["dispersion"].isna().all()
    both = pd.concat(
        [watched([90, 110, 90, 110], 100.0).assign(trust="A"),
         watched([100] * 4, 100.0).assign(trust="B")]
    )  # fmt: skip
    assert cusum(both, within="trust").groupby("trust")["dispersion"].first().tolist() == [2.0, 0.0]
