"""Hazard ratios read as probabilities and days, against definitions and simulation."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from helpers.methods.cox import cox, predicted_survival
from helpers.methods.hazard_reading import (
    probability_difference,
    standardised_days,
    standardised_probability,
)

TIMES = [5, 20, 40]


def synthetic(rows, seed=1):
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "place": random.choice(["community", "prison", "ward"], rows),
            "age": random.normal(60, 15, rows).round(),
            "trust": random.choice(list("ABCDEFGH"), rows),
            "entered": random.integers(-5, 3, rows),
        }
    )
    pull = 0.6 * (frame["place"] == "ward") + 0.02 * (frame["age"] - 60)
    frame["days"] = 3 + np.ceil(random.exponential(30, rows) * np.exp(-pull)).astype(int)
    frame["observed"] = random.random(rows) < 0.8
    return frame


@pytest.mark.parametrize("strata", [None, "trust"])
def test_it_is_the_mean_of_predictions_with_everybody_at_one_level(strata):
    frame = synthetic(150)
    fit = cox(frame, terms=["place", "age"], strata=strata, entry="entered")
    found = standardised_probability(fit, term="place", times=[5, 15])
    for name, part in found.groupby("level_name"):
        people = frame.assign(place=name)[["place", "age", "trust"]]
        each = predicted_survival(fit, people, times=[5, 15])
        mean = 1 - each.groupby("time")["value"].mean()
        assert_allclose(part.set_index("time")["value"], mean, rtol=1e-10)


def test_with_one_term_it_is_the_prediction_with_its_limits(reference):
    """The limits of predictions are those of reference 20."""
    rows = reference("20_cox_ties", "input")
    rows = rows.assign(days=rows["time"], observed=rows["status"] == 2, male=rows["sex"] % 2)
    fit = cox(rows, terms=["male"])
    found = standardised_probability(fit, term="male", times=[183, 365])
    peer = predicted_survival(fit, pd.DataFrame({"male": [0, 1]}), times=[183, 365])
    assert_allclose(found["value"], 1 - peer["value"], rtol=1e-10)
    assert_allclose(found["std_error"], peer["std_error"], rtol=1e-8)
    assert_allclose(found["low"], 1 - peer["high"], rtol=1e-8)
    assert_allclose(found["high"], 1 - peer["low"], rtol=1e-8)


def test_differences_are_those_of_the_probabilities():
    fit = cox(synthetic(200), terms=["place", "age"])
    levels = standardised_probability(fit, term="place", times=TIMES)
    levels = levels.set_index(["level_name", "time"])
    found = probability_difference(fit, term="place", times=TIMES)
    for row in found.itertuples():
        base = levels.loc[("community", row.time)]
        here = levels.loc[(row.level_name, row.time)]
        assert row.reference == "community"
        assert_allclose(row.value, here["value"] - base["value"], rtol=1e-9)
        # Both rest on one baseline, so that the difference is surer than if they did not.
        apart = np.hypot(here["std_error"], base["std_error"])
        assert 0 < row.std_error < apart


def test_no_difference_has_the_p_value_of_no_ratio():
    """Near a ratio of one, difference over standard error is that of the log hazard ratio."""
    random = np.random.default_rng(5)
    frame = pd.DataFrame({"male": random.integers(0, 2, 4000), "observed": 1})
    frame["days"] = np.ceil(random.exponential(30, 4000))
    fit = cox(frame, terms=["male"])
    found = probability_difference(fit, term="male", times=[20])
    assert_allclose(found["value"] / found["std_error"], fit.coefficients["statistic"], rtol=0.01)


@pytest.mark.slow
def test_standard_errors_are_the_spread_of_repeated_studies():
    """150 simulated studies of the same people; three standard errors of a spread are 17%."""
    random = np.random.default_rng(20_260_401)
    people = pd.DataFrame({"male": np.arange(200) % 2, "age": np.arange(200) // 2 % 10 / 10})
    rate = np.exp(0.5 * people["male"] + people["age"]) / 40
    made = []
    for _ in range(150):
        wait, end = random.exponential(1 / rate), random.uniform(20, 80, 200)
        frame = people.assign(days=np.ceil(np.minimum(wait, end)), observed=wait <= end)
        fit = cox(frame, terms=["male", "age"])
        rows = [function(fit, term="male", times=[15])[["value", "std_error"]].to_numpy()
                for function in (standardised_probability, probability_difference)]  # fmt: skip
        made.append(np.concatenate(rows))
    made = np.array(made)
    assert_allclose(made[:, :, 1].mean(axis=0), made[:, :, 0].std(axis=0), rtol=0.17)
    truth = [np.mean(1 - np.exp(-15 * np.exp(0.5 * m + people["age"]) / 40)) for m in (0, 1)]
    assert_allclose(made[:, :2, 0].mean(axis=0), truth, atol=0.01)


def test_clustered_errors_are_the_infinitesimal_jackknife():
    """With one term the standard population does not matter; ties by Breslow."""
    frame = synthetic(40, seed=3).assign(n=100_000)
    frame["ward"] = (frame["place"] == "ward").astype(int)
    frame["unit"] = np.arange(40) % 9
    options = {"terms": ["ward"], "entry": "entered", "ties": "breslow"}

    def read(rows, **more):
        fit = cox(rows, **options, **more)
        return [function(fit, term="ward", times=[9, 25])
                for function in (standardised_probability, probability_difference)]  # fmt: skip

    whole = np.concatenate([part["value"] for part in read(frame, weights="n")])
    moves = []
    for row in frame.index:
        more = frame.assign(n=frame["n"] + (frame.index == row))
        value = np.concatenate([part["value"] for part in read(more, weights="n")])
        moves.append((value - whole) * 100_000)
    sums = pd.DataFrame(moves).groupby(frame["unit"].to_numpy()).sum().to_numpy()
    found = np.concatenate([part["std_error"] for part in read(frame, cluster="unit")])
    assert_allclose(found, np.sqrt((sums**2).sum(axis=0)), rtol=1e-4)


def test_days_are_where_the_probability_and_its_limits_reach_the_share():
    fit = cox(synthetic(400), terms=["place", "age"])
    found = standardised_days(fit, term="place", share=0.5)
    for row in found.itertuples():
        days = [row.low, row.value, row.high]
        curve = standardised_probability(fit, term="place", times=days)
        curve = curve[curve["level_name"] == row.level_name].reset_index(drop=True)
        before = standardised_probability(fit, term="place", times=[d - 1 for d in days])
        before = before[before["level_name"] == row.level_name].reset_index(drop=True)
        for at, side in enumerate(["high", "value", "low"]):
            assert before[side][at] < 0.5 <= curve[side][at]
        assert row.low <= row.value <= row.high
    assert found["level_name"].tolist() == ["community", "prison", "ward"]


def test_what_the_curve_does_not_reach_is_not_said():
    frame = synthetic(200).assign(observed=lambda rows: rows["observed"] & (rows["days"] < 10))
    fit = cox(frame, terms=["place"])
    found = standardised_days(fit, term="place", share=0.9)
    assert found[["value", "low", "high"]].isna().all(axis=None)
    late = standardised_probability(fit, term="place", times=[0, frame["days"].max() + 1])
    assert late["value"].isna().tolist() == [False, True] * 3
    assert late["low"].isna().all()


def test_counts_are_those_observed_in_the_level():
    frame = synthetic(200)
    found = standardised_probability(cox(frame, terms=["place"]), term="place", times=[9])
    counts = frame.groupby("place")["observed"].agg(["sum", "size"])
    assert found["numerator"].tolist() == counts["sum"].tolist()
    assert found["denominator"].tolist() == counts["size"].tolist()


def test_a_level_in_one_cluster_has_no_limits():
    frame = synthetic(200)
    frame["trust"] = np.where(frame["place"] == "ward", "A", frame["trust"])
    fit = cox(frame, terms=["place"], cluster="trust")
    found = standardised_probability(fit, term="place", times=[9])
    assert found["value"].notna().all()
    assert found["low"].isna().all()


def test_impossible_questions_are_refused():
    fit = cox(synthetic(200), terms=["place", "age"])
    with pytest.raises(ValueError, match="'age' is not a categorical or binary term of the fit"):
        standardised_probability(fit, term="age", times=[5])
    with pytest.raises(ValueError, match="Times must be numbers that are not negative"):
        probability_difference(fit, term="place", times=[-5])
    with pytest.raises(ValueError, match=r"The share must lie inside \(0, 1\)"):
        standardised_days(fit, term="place", share=50)
    with pytest.raises(ValueError, match="The confidence level"):
        standardised_days(fit, term="place", level=95)
    exact = cox(synthetic(60), terms=["place"], ties="exact")
    with pytest.raises(ValueError, match="fit it with ties='efron'"):
        standardised_probability(exact, term="place", times=[5])
