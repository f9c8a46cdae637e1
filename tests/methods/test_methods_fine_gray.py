"""Subdistribution hazards against another package, a Cox model, the jackknife and simulation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.cox import cox
from helpers.methods.fine_gray import fine_gray, predicted_incidence

TERMS = ["age", "male", "inpatient"]


@pytest.fixture
def deaths(reference):
    rows = reference("18_competing_risks", "input")
    return rows.assign(cause=rows["status"])


def synthetic(rows, seed=1, closed=True):
    """Whole days, two ends, and (if ``closed`` is false) nobody still open."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame({"male": random.integers(0, 2, rows), "age": random.normal(60, 9, rows)})
    frame["place"] = random.choice(["ward", "home", "prison"], rows)
    frame["days"] = np.ceil(random.exponential(15, rows))
    kinds = ["done", "closed", None] if closed else ["done", "closed"]
    frame["cause"] = random.choice(np.array(kinds, dtype=object), rows)
    return frame


def test_estimates_agree_with_comprisk_on_reference_18(deaths):
    """comprisk 0.8.0, FineGrayRegression(robust_se=True, gtol=1e-12).

    Its coefficients are those of R's cmprsk to 8e-15; its robust errors agree with R to 4e-4 only,
    and ours with the jackknife (below) to 1e-5.
    """
    expected = {
        1: ([-0.01655671, -0.10293931, 0.28910618], [0.00380852, 0.13353271, 0.14455243]),
        2: ([0.02246324, 0.14689602, -0.27600725], [0.00552458, 0.18079292, 0.22366655]),
    }
    likelihood = {1: (-1202.4620531533328, -1212.1656237465886), 2: (-677.7451222582833, None)}
    for cause, (estimate, error) in expected.items():
        fit = fine_gray(deaths, terms=TERMS, interest=cause, censored=0)
        assert_allclose(fit.estimate, estimate, atol=6e-9)
        assert_allclose(fit.coefficients["std_error"], error, rtol=4e-4)
        assert_allclose(fit.log_likelihood, likelihood[cause][0], rtol=1e-12)
        if likelihood[cause][1]:
            assert_allclose(fit.log_likelihood_null, likelihood[cause][1], rtol=1e-12)
    assert (fit.n, fit.events, fit.competing, fit.still_open) == (400, 121, 219, 60)


@given(st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_without_open_records_it_is_a_cox_model_in_which_other_ends_never_leave(seed):
    frame = synthetic(90, seed=seed, closed=False)
    fit = fine_gray(frame, terms=["male", "age", "place"], interest="done")
    other = frame["cause"] == "closed"
    stay = frame.assign(days=frame["days"].where(~other, 10_000), observed=~other)
    peer = cox(stay, terms=["male", "age", "place"], ties="breslow")
    assert_allclose(fit.estimate, peer.estimate, rtol=1e-7, atol=1e-9)
    assert_allclose(fit.model_covariance, peer.covariance, rtol=1e-7, atol=1e-9)
    rows = cox(
        stay.assign(row=range(90)), terms=["male", "age", "place"], ties="breslow", cluster="row"
    )
    assert_allclose(fit.covariance, rows.covariance, rtol=1e-6, atol=1e-9)


def test_with_a_single_end_it_is_the_cox_model():
    frame = synthetic(120)
    frame["cause"] = frame["cause"].where(frame["cause"] == "done")
    fit = fine_gray(frame, terms=["male", "age"], interest="done")
    seen = frame.assign(observed=frame["cause"].notna())
    peer = cox(seen, terms=["male", "age"], ties="breslow")
    assert_allclose(fit.estimate, peer.estimate, rtol=1e-8)
    assert_allclose(fit.log_likelihood, peer.log_likelihood, rtol=1e-12)


def brute(frame, terms, estimate):
    """Weighted log partial likelihood written out, record by record."""
    days, cause = frame["days"].to_numpy(), frame["cause"].to_numpy(dtype=object)
    still = frame["cause"].isna().to_numpy()
    x = frame[terms].to_numpy(float) @ estimate

    def curve(day):
        """Probability of not being censored before a day."""
        found = 1.0
        for u in np.unique(days[days < day]):
            found *= 1 - ((days == u) & still).sum() / (days >= u).sum()
        return found

    total = 0.0
    for row in np.flatnonzero(cause == "done"):
        day, risk = days[row], 0.0
        for other in range(len(frame)):
            if days[other] >= day:
                risk += np.exp(x[other])
            elif cause[other] == "closed":
                risk += np.exp(x[other]) * curve(day) / curve(days[other])
        total += x[row] - np.log(risk)
    return total


def test_the_likelihood_is_that_of_the_definition_and_greatest():
    frame = synthetic(40, seed=4)
    fit = fine_gray(frame, terms=["male", "age"], interest="done")
    highest = brute(frame, ["male", "age"], fit.estimate)
    assert_allclose(fit.log_likelihood, highest, rtol=1e-10)
    for move in np.diag([1e-3, 1e-4]):
        up, down = (brute(frame, ["male", "age"], fit.estimate + s * move) for s in (1, -1))
        assert max(up, down) < highest
        assert abs(up - down) / (2 * move.max()) < 1e-3  # gradient by finite differences


def moved(frame, weight, function):
    """Derivative of a result in the weight of each row, from fits with one record more."""
    many = frame.assign(n=weight)
    whole = function(many)
    return weight * np.array(
        [function(many.assign(n=many["n"] + (np.arange(len(many)) == at))) - whole
         for at in range(len(many))]
    )  # fmt: skip


def test_robust_errors_are_the_infinitesimal_jackknife():
    """That of the censoring curve included; also for clusters and for predictions."""
    frame = synthetic(30, seed=6).assign(unit=np.arange(30) % 7)
    options = {"terms": ["male", "age"], "interest": "done"}
    one = pd.DataFrame({"male": [1], "age": [55.0]})

    def both(rows):
        fit = fine_gray(rows, weights="n", **options)
        return np.r_[fit.estimate, predicted_incidence(fit, one, times=[8, 13, 20])["value"]]

    moves = moved(frame, 100_000, both)
    fit = fine_gray(frame, **options)
    assert_allclose(fit.covariance, moves[:, :2].T @ moves[:, :2], rtol=1e-4)
    found = predicted_incidence(fit, one, times=[8, 13, 20])["std_error"]
    assert_allclose(found, np.sqrt((moves[:, 2:] ** 2).sum(axis=0)), rtol=1e-4)
    clustered = fine_gray(frame, cluster="unit", **options)
    sums = pd.DataFrame(moves).groupby(frame["unit"]).sum().to_numpy()
    assert_allclose(clustered.covariance, sums[:, :2].T @ sums[:, :2], rtol=1e-4)
    found = predicted_incidence(clustered, one, times=[8, 13, 20])["std_error"]
    assert_allclose(found, np.sqrt((sums[:, 2:] ** 2).sum(axis=0)), rtol=1e-4)


@given(st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_counted_rows_give_what_repeated_rows_give(seed):
    frame = synthetic(70, seed=seed)
    frame["n"] = np.random.default_rng(seed).integers(0, 4, len(frame))
    repeated = frame.loc[frame.index.repeat(frame["n"])].sample(frac=1, random_state=1)
    options = {"terms": ["male", "place"], "interest": "done"}
    one, other = fine_gray(frame, weights="n", **options), fine_gray(repeated, **options)
    assert_allclose(one.estimate, other.estimate, rtol=1e-7, atol=1e-9)
    assert_allclose(one.covariance, other.covariance, rtol=1e-7, atol=1e-10)
    assert (one.n, one.events, one.competing) == (other.n, other.events, other.competing)


def test_only_the_order_of_times_matters(deaths):
    rank = deaths.assign(days=deaths["days"].rank(method="dense") / 7)
    options = {"terms": TERMS, "interest": 1, "censored": 0}
    one, other = fine_gray(deaths, **options), fine_gray(rank, **options)
    assert_allclose(one.covariance, other.covariance, rtol=1e-9)


def test_a_known_subdistribution_hazard_is_found():
    """Simulated as in Fine and Gray (1999), section 5: log ratio 0.5, censoring by day.

    P(T <= t, done | z) = 1 - (1 - p (1 - exp(-t)))^exp(0.5 z) with p = 0.6.
    """
    random = np.random.default_rng(20_260_401)
    z = random.integers(0, 2, 6000)
    ratio = np.exp(0.5 * z)
    ever = 1 - 0.4**ratio
    u, done = random.random(6000), random.random(6000) < ever
    inside = (1 - (1 - u * ever) ** (1 / ratio)) / 0.6
    days = np.where(done, -np.log1p(-np.minimum(inside, 1 - 1e-12)), random.exponential(1, 6000))
    ends = random.uniform(0.3, 3, 6000)
    cause = np.where(days > ends, "open", np.where(done, "done", "closed"))
    frame = pd.DataFrame({"z": z, "days": np.minimum(days, ends), "cause": cause})
    fit = fine_gray(frame, terms=["z"], interest="done", censored="open")
    error = fit.coefficients["std_error"][0]
    assert abs(fit.estimate[0] - 0.5) < 3 * error < 0.2
    found = predicted_incidence(fit, pd.DataFrame({"z": [0, 1]}), times=[0.5, 1.5])
    truth = [
        1 - (1 - 0.6 * (1 - np.exp(-t))) ** np.exp(0.5 * z) for z in (0, 1) for t in (0.5, 1.5)
    ]
    assert (found["low"] < truth).all()
    assert (truth < found["high"]).all()
    assert (found["high"] - found["low"] < 0.06).all()


def test_limits_stay_in_order_and_end_with_the_last_record(deaths):
    fit = fine_gray(deaths, terms=["male"], interest=1, censored=0)
    found = predicted_incidence(fit, pd.DataFrame({"male": [0]}), times=[0, 5, 60, 120, 1e4])
    inside = found.iloc[1:4]
    assert ((inside["low"] > 0) & (inside["low"] < inside["value"])).all()
    assert ((inside["value"] < inside["high"]) & (inside["high"] < 1)).all()
    assert found["value"].isna().tolist() == [False] * 4 + [True]
    assert found["low"].isna().tolist() == [True, False, False, False, True]
    counted = (deaths["status"].eq(1) & deaths["days"].le(60)).sum()
    assert found["numerator"].tolist()[2] == counted


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        ({}, {"interest": "lost"}, "No row of 'cause' is 'lost'; the ends that occur are 'closed'"),
        ({}, {"interest": "closed", "censored": "closed"}, "No row of 'cause' is 'closed'"),
        ({"days": -1}, {}, "the duration 'days' is negative"),
        ({"days": None}, {}, "the duration 'days' is missing"),
        ({"male": 1}, {}, "Term 'male' has the same value"),
        ({"male": None}, {}, "No row without a missing value has 'cause' equal to 'done'"),
        ({"n": 0.5}, {"weights": "n"}, "is not whole"),
        ({"at": 1}, {"cluster": "at"}, "All rows belong to one cluster of 'at'"),
        ({}, {"terms": "male"}, "terms must be a list"),
        ({}, {"terms": ["seen"]}, "Missing column 'seen'"),
        ({}, {"level": 1}, "The confidence level"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(change, options, sentence):
    frame = synthetic(40).assign(**change)
    with pytest.raises(ValueError, match=sentence):
        fine_gray(frame, **({"terms": ["male"], "interest": "done"} | options))


def test_an_estimate_that_runs_away_is_named():
    """Whoever is done is the oldest of all not done, other ends included."""
    frame = pd.DataFrame({"age": [9, 3, 8, 7, 2, 1], "days": range(1, 7)})
    frame["cause"] = ["done", "closed", "done", "done", None, None]
    with pytest.raises(ValueError, match="hazard ratio of 'age' has no finite estimate"):
        fine_gray(frame, terms=["age"], interest="done")
    # Older than those done, yet ended otherwise before: still at risk, so that there is a maximum.
    frame["age"] = [9, 10, 8, 7, 2, 1]
    assert np.isfinite(fine_gray(frame, terms=["age"], interest="done").estimate).all()
