"""Tests of several coefficients together by the wild cluster bootstrap."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods._wild import draws, flips
from helpers.methods.regression import joint_tests, logistic, poisson

SIZES = [6, 8, 9, 12, 15, 20, 26, 34]


def linear():
    """130 rows in 8 clusters, made by arithmetic."""
    cluster = np.repeat(np.arange(8), SIZES)
    row = np.arange(cluster.size)
    x = np.where(row * 7 % 11 < 3 + cluster % 5, 1, 0)
    z = row * 5 % 4
    y = ((row * 37 + 11) % 53 / 10 + ((cluster * 3) % 7) * 0.4 + 0.9 * x + 0.25 * z).round(4)
    return np.column_stack([np.ones(row.size), x, z]), y, cluster


@pytest.mark.parametrize(
    ("column", "statistic", "above"), [(1, 3.7113817079766025, 2), (2, 2.474187673035411, 20)]
)
def test_of_a_linear_model_it_is_the_test_of_wildboottest(column, statistic, above):
    """wildboottest 0.3.2 (Python), type 31, all 256 changes of sign, no factors: t and p value."""
    matrix, y, cluster = linear()
    tested = np.arange(3) == column
    held = matrix[:, ~tested]
    residual = y - held @ np.linalg.lstsq(held, y, rcond=None)[0]
    parts = [matrix[cluster == group] for group in range(8)]
    scores = np.array([part.T @ residual[cluster == at] for at, part in enumerate(parts)])
    found, drawn = draws(scores, np.array([part.T @ part for part in parts]), tested, flips(8))
    assert np.sqrt(found) == pytest.approx(statistic, rel=1e-12)
    both_ways = 2 * (drawn > found).sum()  # all signs turned round give the same
    assert both_ways == above


@pytest.fixture(scope="module")
def deaths():
    """Deaths in nine trusts, by arithmetic; older people are investigated less."""
    row = np.arange(420)
    trust = row * row % 47 % 9
    setting = np.array(["community", "ward", "crisis"])[(row * 5 + trust) % 3]
    male = row * 3 % 7 < 3
    seen = (row * 29 + 5 * trust) % 31 < 9 + 4 * male + 3 * (setting == "ward") + trust
    return pd.DataFrame({"seen": seen, "setting": setting, "male": male, "trust": trust})


def by_hand(frame, mean, events, trials, tested):
    """The share of changes of sign, step by step as the method is described, cluster by cluster."""
    matrix, cluster = frame
    groups = sorted(set(cluster))
    k = matrix.shape[1]
    free = [at for at in range(k) if at not in tested]
    pick = np.eye(k)[tested]
    information, scores = {}, {}
    for one in groups:
        rows = cluster == one
        spread = mean(trials[rows], rows, 2)
        information[one] = matrix[rows].T @ np.diag(spread) @ matrix[rows]
        scores[one] = matrix[rows].T @ (events[rows] - mean(trials[rows], rows, 1))
    whole = sum(information.values())
    back = np.linalg.inv(whole)

    def statistic(held):
        step = back @ sum(held.values())
        middle = np.zeros((k, k))
        for one in groups:
            left = held[one] - information[one] @ step
            middle += np.outer(left, left)
        spread = pick @ back @ middle @ back @ pick.T
        return (pick @ step) @ np.linalg.inv(spread) @ (pick @ step)

    alone = {}
    for one in groups:
        others = (whole - information[one])[np.ix_(free, free)]
        moved = np.linalg.solve(others, scores[one][free])
        alone[one] = scores[one] + information[one][:, free] @ moved
    seen = statistic(scores)
    found = [
        statistic({one: sign * alone[one] for one, sign in zip(groups, signs, strict=True)})
        for signs in product([1.0, -1.0], repeat=len(groups) - 1)
        for signs in [(1.0, *signs)]
    ]
    return seen, (1 + sum(one >= seen for one in found)) / (1 + len(found))


@pytest.mark.parametrize("kind", ["logistic", "poisson"])
def test_a_term_is_tested_as_the_method_says_step_by_step(deaths, kind):
    options = {"terms": ["setting", "male"], "cluster": "trust"}
    if kind == "logistic":
        fit = logistic(deaths, outcome="seen", **options)
    else:
        rows = deaths.assign(seen=deaths["seen"] * 1.0, days=1.0 + deaths.index % 5)
        fit = poisson(rows, numerator="seen", denominator="days", **options)
    found = joint_tests(fit).set_index("term").loc["setting"]
    design = fit.design
    shorter = design.matrix[:, [0, 3]]
    # Newton's method, without the terms tested.
    at = np.zeros(2)
    for _ in range(60):
        eta = shorter @ at
        if kind == "logistic":
            share = 1 / (1 + np.exp(-eta))
            mean, weight = design.trials * share, design.trials * share * (1 - share)
        else:
            mean = weight = design.trials * np.exp(eta)
        at = at + np.linalg.solve(
            shorter.T @ (shorter * weight[:, None]), shorter.T @ (design.events - mean)
        )

    def moments(_, rows, which):
        return mean[rows] if which == 1 else weight[rows]

    seen, p_value = by_hand(
        (design.matrix, design.cluster), moments, design.events, design.trials, [1, 2]
    )
    assert found["statistic"] == pytest.approx(seen, rel=1e-8)
    assert found["p_value"] == pytest.approx(p_value, abs=1e-12)
    assert found["df"] == 2
    assert "256 changes of sign of 9 clusters" in found["method"]


def test_one_coefficient_is_tested_as_in_the_table_of_coefficients(deaths):
    fit = logistic(deaths, outcome="seen", terms=["setting", "male"], cluster="trust")
    row = fit.coefficients.set_index("term").loc["male"]
    found = joint_tests(fit).set_index("term").loc["male"]
    assert found["statistic"] == pytest.approx(row["statistic"] ** 2, rel=1e-9)
    assert found["df_denominator"] == pytest.approx(row["df"], rel=1e-6)
    assert found["p_value"] == pytest.approx(row["p_value"], rel=1e-6)


def test_the_reference_level_does_not_matter(deaths):
    made = [
        joint_tests(
            logistic(
                deaths.assign(setting=pd.Categorical(deaths["setting"], order)),
                outcome="seen", terms=["setting", "male"], cluster="trust",
            )
        ).loc[0]
        for order in (["community", "crisis", "ward"], ["ward", "community", "crisis"])
    ]  # fmt: skip
    assert_allclose(made[0]["statistic"], made[1]["statistic"], rtol=1e-8)
    assert made[0]["p_value"] == made[1]["p_value"]


def test_separated_outcomes_are_tested_with_the_penalty(deaths):
    """Nobody in crisis care was seen: no finite estimate, and yet a test."""
    rows = deaths.assign(seen=deaths["seen"] & deaths["setting"].ne("crisis"))
    fit = logistic(
        rows, outcome="seen", terms=["setting", "male"], cluster="trust", penalty="if separated"
    )
    found = joint_tests(fit).loc[0]
    assert fit.penalised
    assert found["p_value"] < 0.01


@pytest.mark.parametrize(("clusters", "said"), [(3, "too many"), (5, "no p value below 0.06")])
def test_few_clusters_say_what_they_cannot_tell(deaths, clusters, said):
    rows = deaths.assign(trust=deaths["trust"] % clusters)
    found = joint_tests(logistic(rows, outcome="seen", terms=["setting"], cluster="trust")).loc[0]
    assert said in found["method"]
    assert np.isnan(found["p_value"]) == (said == "too many")


@given(st.integers(2, 14))
def test_all_changes_of_sign_are_there_once(clusters):
    signs = flips(clusters)
    assert len({tuple(row) for row in signs}) == len(signs) == 2 ** (clusters - 1)
    assert (signs[:, 0] == 1).all()
    assert set(np.unique(signs)) <= {-1.0, 1.0}


def test_where_there_are_more_they_are_drawn_and_the_same_each_time():
    signs = flips(30)
    assert signs.shape == (99_999, 30)
    np.testing.assert_array_equal(signs, flips(30))
    assert abs(signs[:, 1:].mean()) < 0.01


def test_draws_in_pieces_are_the_draws_at_once(monkeypatch):
    from helpers.methods import _wild

    random = np.random.default_rng(1)
    scores = random.normal(size=(12, 4))
    half = random.normal(size=(12, 6, 4))
    information = half.transpose(0, 2, 1) @ half
    tested = np.array([False, True, True, False])
    whole = draws(scores, information, tested, flips(12))[1]
    monkeypatch.setattr(_wild, "AT_ONCE", 1_000)
    assert_allclose(draws(scores, information, tested, flips(12))[1], whole, rtol=1e-9)
