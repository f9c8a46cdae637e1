"""What imputations put in: against posteriors, other libraries and what was true."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from statsmodels.discrete.discrete_model import MNLogit
from statsmodels.imputation import mice
from statsmodels.regression.linear_model import OLS

from helpers.methods import _impute_columns, _impute_draws
from helpers.methods.missing_data import fit_each, impute, pool
from helpers.methods.regression import logistic


def records(rows=200):
    """Invented records of columns with levels."""
    random = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "late": random.integers(0, 2, rows),
            "male": random.integers(0, 2, rows),
            "place": random.choice(["ward", "home", "other"], rows),
            "band": random.choice(["low", "mid", "high"], rows),
        }
    )


# ---- Draws ---------------------------------------------------------------------------------------


def test_levels_drawn_follow_the_posterior_of_a_share():
    """6 of 20 recorded, 30 missing, nothing else known: beta-binomial counts.

    The Bayesian bootstrap gives the share Dirichlet's, here Beta(6, 14), distribution; the
    made-up record moves it by less than a hundredth.
    """
    random, codes = np.random.default_rng(1), np.repeat([1, 0], [6, 44])
    index, missing = np.zeros(50, dtype=int), np.arange(20, 50)
    counts, near = np.zeros(1500), None
    for draw in range(1500):
        levels, near = _impute_draws.draw_levels(
            np.ones((1, 1)), index, codes, missing, 2, random, near=near
        )
        counts[draw] = levels.sum()
    exact = stats.betabinom(30, 6, 14)
    assert abs(counts.mean() - exact.mean()) < 4 * exact.std() / np.sqrt(1500)
    assert_allclose(counts.std(), exact.std(), rtol=0.075)  # four standard errors
    for cut in exact.ppf([0.1, 0.5, 0.9]):
        chance = exact.cdf(cut)
        assert abs(np.mean(counts <= cut) - chance) < 4 * np.sqrt(chance * (1 - chance) / 1500)


def test_parameters_of_a_linear_model_are_drawn_with_its_covariance():
    random, information = np.random.default_rng(2), np.array([[4.0, 1.0], [1.0, 2.0]])
    drawn = np.array([
        _impute_draws._normal(np.array([1.0, -1.0]), information, 0.5, random) for _ in range(4000)
    ])  # fmt: skip
    expected = 0.25 * np.linalg.inv(information)
    assert_allclose(drawn.mean(axis=0), [1, -1], atol=4 * np.sqrt(expected.max() / 4000))
    assert_allclose(
        np.cov(drawn, rowvar=False), expected, atol=4 * expected.max() * np.sqrt(2 / 4000)
    )


def test_a_level_never_seen_in_a_group_is_not_put_into_its_gaps():
    """Nobody of a group has a level that 3% of the others have: perfect prediction.

    With as few records (35) a share of 1/37, or 2.7%, would be believable at most.
    """
    random = np.random.default_rng(4)
    frame = pd.DataFrame({"late": random.integers(0, 2, 500), "custody": [1] * 50 + [0] * 450})
    rare = np.where(frame["custody"].eq(1), 0.0, random.random(500) < 0.03)
    frame["rare"] = np.where(random.random(500) < 0.3, np.nan, rare)
    imputed = impute(frame, columns=["custody", "rare"], outcome="late", imputations=40,
                     iterations=1, seed=1)  # fmt: skip
    gaps = frame["rare"].isna()
    shares = [frame_.loc[gaps].groupby("custody")["rare"].mean() for frame_ in imputed.frames]
    custody, others = (np.mean([share[group] for share in shares]) for group in (1, 0))
    assert custody < 0.01
    known = frame.loc[~gaps & frame["custody"].eq(0), "rare"].mean()
    assert abs(others - known) < 0.012
    note = imputed.models.set_index("column").loc["rare", "note"]
    assert note == (
        "perfect prediction, held in bounds by made-up records: '0' wherever 'custody' is '1'"
    )


def test_everybody_predicted_perfectly():
    frame = pd.DataFrame({"late": [0, 1] * 20, "seen": ["no", "yes"] * 20})
    frame.loc[:5, "seen"] = None
    imputed = impute(frame, columns=["seen"], outcome="late", imputations=20, iterations=1, seed=1)
    right = [(one["seen"].eq("yes") == one["late"].eq(1)).mean() for one in imputed.frames]
    assert np.mean(right) > 0.97


def test_the_estimate_is_that_of_a_multinomial_model_of_statsmodels():
    random = np.random.default_rng(5)
    x = np.column_stack([np.ones(300), random.integers(0, 2, (300, 2)), random.normal(size=300)])
    y = random.integers(0, 4, 300)
    found = _impute_draws.mode(x, np.eye(4)[y])
    peer = MNLogit(y, x).fit(disp=0, method="newton", tol=1e-12)
    assert_allclose(found.estimate, peer.params.T, atol=1e-4)


def test_a_start_nearby_does_not_change_the_estimate():
    random = np.random.default_rng(6)
    x = np.column_stack([np.ones(300), random.normal(size=(300, 2))])
    first, second = (np.eye(3)[random.integers(0, 3, 300)] for _ in range(2))
    near = _impute_draws.mode(x, first)
    assert_allclose(
        _impute_draws.mode(x, second, near).estimate,
        _impute_draws.mode(x, second).estimate,
        atol=1e-4,
    )


def test_counts_of_patterns_give_what_rows_give():
    columns = _impute_columns.coded(records(), ["late", "place", "male", "band"])
    state = {name: column.state for name, column in columns.items()}
    matrix, index = _impute_columns.patterns(columns, state, "place", [("late", "male")])
    assert len(matrix) == 2 * 2 * 3
    counts = np.zeros((len(matrix), 3))
    np.add.at(counts, (index, state["place"]), 1)
    few = _impute_draws.mode(*_impute_draws.augmented(matrix, counts))
    rows = _impute_draws.augmented(matrix[index], np.eye(3)[state["place"]])
    assert_allclose(few.estimate, _impute_draws.mode(*rows).estimate, atol=1e-8)


def test_patterns_found_by_sorting_are_those_found_by_counting(monkeypatch):
    columns = _impute_columns.coded(records(), ["late", "place", "male", "band"])
    few = {name: column.state[:2] for name, column in columns.items()}
    matrix, index = _impute_columns.patterns(columns, few, "place")
    monkeypatch.setattr(_impute_columns, "SPACE", 0)  # 12 cells for 2 rows: sorting is shorter
    again, place = _impute_columns.patterns(columns, few, "place")
    assert_allclose(matrix, again)
    assert index.tolist() == place.tolist()


def test_made_up_records_keep_the_shares_and_weigh_as_said():
    matrix = np.column_stack([np.ones(50), np.arange(50) % 2, np.arange(50) % 3 == 0])
    counts = np.eye(2)[(np.arange(50) < 5).astype(int)]
    points, whole = _impute_draws.augmented(matrix, counts)
    added = whole[50:]
    assert_allclose(added.sum(axis=0), 3 * np.array([0.9, 0.1]))
    assert_allclose(points[50:].mean(axis=0), matrix.mean(axis=0))
    assert_allclose(points[50] - points[52], [0, 2 * 0.5, 0])


def test_donors_are_the_nearest_with_ties_at_random():
    random = np.random.default_rng(7)
    known = np.array([0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 5.0, 9.0, 9.5])
    found = np.array([_impute_draws._nearest(known, np.full(1, 1.1), 5, random)[0]
                      for _ in range(600)])  # fmt: skip
    # The five nearest are five of the six at 1: each of the six serves as often as the others.
    assert set(found) == {1, 2, 3, 4, 5, 6}
    assert np.bincount(found)[1:].min() > 60
    found = _impute_draws._nearest(known, np.full(500, 8.0), 3, random)
    assert set(found) == {7, 8, 9}
    assert set(_impute_draws._nearest(known[:2], np.full(50, 3.0), 5, random)) == {0, 1}


def test_predictions_to_be_matched_are_drawn_by_students_t(monkeypatch):
    """Rubin (1987) p. 167: estimate plus t with rows less parameters degrees of freedom.

    Donors are predicted by the estimate itself.
    """
    random = np.random.default_rng(3)
    x = np.column_stack([np.ones(10), np.arange(10.0)])
    y = 0.3 * x[:, 1] + random.normal(size=10)
    seen = []
    nearest = _impute_draws._nearest
    monkeypatch.setattr(
        _impute_draws, "_nearest", lambda *given_: seen.append(given_[:2]) or nearest(*given_)
    )
    for _ in range(1500):
        _impute_draws.draw_matched(x, np.arange(10), y, np.array([9]), random)
    known, rows = x[:9], y[:9]
    estimate, squares, *_ = np.linalg.lstsq(known, rows)
    spread = np.sqrt(squares[0] / 7 * x[9] @ np.linalg.inv(known.T @ known) @ x[9])
    drawn = np.array([asked[0] for _, asked in seen])
    assert stats.kstest((drawn - x[9] @ estimate) / spread, stats.t(7).cdf).pvalue > 0.01
    assert_allclose(seen[0][0], known @ estimate, rtol=1e-3)


@given(st.lists(st.integers(-20, 20), min_size=1, max_size=30), st.integers(-25, 25))
def test_a_donor_is_never_further_than_the_fifth_nearest(known, asked):
    values = np.array(known, dtype=float)
    found = _impute_draws._nearest(values, np.full(20, float(asked)), 5, np.random.default_rng(1))
    distance = np.sort(np.abs(values - asked))
    assert np.abs(values[found] - asked).max() <= distance[min(5, len(known)) - 1]


# ---- Pooled results -----------------------------------------------------------------------------


def linear(frame):
    design = np.column_stack([np.ones(len(frame)), frame[["x", "z"]].to_numpy(dtype=float)])
    fitted = OLS(frame["y"].to_numpy(dtype=float), design).fit()
    return ["constant", "x", "z"], fitted.params, fitted.cov_params()


@pytest.fixture(scope="module")
def continuous():
    """A linear model with 35% of x missing more often where y is high."""
    random = np.random.default_rng(8)
    z = random.normal(size=400)
    x = 0.6 * z + random.normal(size=400)
    y = 1 + 0.5 * x - 0.4 * z + random.normal(size=400)
    gone = random.random(400) < 1 / (1 + np.exp(0.7 - y + 1))
    return pd.DataFrame({"y": y, "x": np.where(gone, np.nan, x), "z": z})


def test_a_linear_model_agrees_with_mice_of_statsmodels(continuous):
    """Within Monte Carlo error of both; standard errors within a tenth."""
    imputed = impute(
        continuous, columns=["x", "z"], outcome="y", imputations=25, iterations=3, seed=1
    )
    fits = fit_each(imputed, fit=linear)
    ours = pool(fits.estimates, fits.covariances, names=fits.names).set_index("term")
    data = mice.MICEData(continuous, k_pmm=5, rng=np.random.default_rng(1))
    made = []
    for _ in range(25):
        data.update_all(1)
        made.append(linear(data.data)[1:])
    theirs = pool(*(np.array(part) for part in zip(*made, strict=True)), names=fits.names)
    theirs = theirs.set_index("term")
    error = np.hypot(ours["monte_carlo_error"], theirs["monte_carlo_error"])
    assert ((ours["value"] - theirs["value"]).abs() < 4 * error).all()
    assert_allclose(ours["std_error"], theirs["std_error"], rtol=0.1)


def test_values_missing_by_the_outcome_do_not_bias_the_pooled_slope(continuous):
    """The slope of the complete rows is pulled down by selection on y; ours is not."""
    imputed = impute(
        continuous, columns=["x", "z"], outcome="y", imputations=20, iterations=3, seed=2
    )
    fits = fit_each(imputed, fit=linear)
    pooled = pool(fits.estimates, fits.covariances, names=fits.names).set_index("term")
    assert (pooled["low"] < [1, 0.5, -0.4]).all()
    assert (pooled["high"] > [1, 0.5, -0.4]).all()
    _, complete, spread = linear(continuous.dropna())
    assert abs(complete[0] - 1) > 4 * np.sqrt(spread[0, 0])


def test_an_interaction_is_kept_where_it_is_named():
    """Half of x missing; the model to be fitted has a product of x and z."""
    random = np.random.default_rng(9)
    x, z = random.integers(0, 2, (2, 6000))
    chance = 1 / (1 + np.exp(1 - 0.3 * x - 0.3 * z - 1.5 * x * z))
    frame = pd.DataFrame({"late": (random.random(6000) < chance).astype(int), "z": z})
    frame["x"] = np.where(random.random(6000) < 0.6, np.nan, x)

    def product(one):
        one = one.assign(both=one["x"] * one["z"])
        fitted = logistic(one, outcome="late", terms=["x", "z", "both"])
        return fitted.covariance.index, fitted.estimate, fitted.covariance

    found = []
    for pairs in ([], [("late", "z")]):
        imputed = impute(frame, columns=["x", "z"], outcome="late", interactions=pairs,
                         imputations=6, iterations=1, seed=1)  # fmt: skip
        fits = fit_each(imputed, fit=product)
        found.append(pool(fits.estimates, fits.covariances, names=fits.names).iloc[-1])
    without, named = found
    assert abs(named["value"] - 1.5) < 2.5 * named["std_error"]
    assert without["value"] < named["value"] - 0.3
