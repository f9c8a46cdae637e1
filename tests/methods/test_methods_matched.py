"""Conditional logistic regression: against McNemar, published sets, R's clogit and enumeration."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.optimize import brentq
from scipy.stats import norm

from helpers.methods.cox import cox
from helpers.methods.matched import conditional_logistic


def pairs(both, first, second, neither):
    """Pairs of one with the outcome and one without, by who of them was exposed."""
    kinds = [(1, 1)] * both + [(1, 0)] * first + [(0, 1)] * second + [(0, 0)] * neither
    x = np.array(kinds).ravel()
    return pd.DataFrame({"pair": np.arange(x.size) // 2, "y": 1 - np.arange(x.size) % 2, "x": x})


PAIRS = {"outcome": "y", "terms": ["x"], "sets": "pair"}

# ---- Closed forms and published examples --------------------------------------------------------


def test_pairs_of_the_los_angeles_study_give_29_over_3():
    """Breslow and Day (1980), section 5.2: of 63 pairs 29 and 3 are discordant, ratio 9.67."""
    found = conditional_logistic(pairs(27, 29, 3, 4), **PAIRS)
    row = found.coefficients.iloc[0]
    assert round(row["odds_ratio"], 2) == 9.67
    assert (found.sets, found.n, found.events, row["sets"]) == (63, 126, 63, 32)
    assert (row["numerator"], row["denominator"]) == (27 + 29, 2 * 27 + 29 + 3)


@given(st.integers(1, 15), st.integers(1, 15), st.integers(0, 5))
@settings(max_examples=10, deadline=None)
def test_pairs_give_the_odds_ratio_of_mcnemar(first, second, alike):
    found = conditional_logistic(pairs(alike, first, second, alike), **PAIRS)
    row = found.coefficients.iloc[0]
    assert_allclose(row["odds_ratio"], first / second, rtol=1e-9)
    assert_allclose(row["std_error"], np.sqrt(1 / first + 1 / second), rtol=1e-8)
    reach = norm.ppf(0.975) * np.sqrt(1 / first + 1 / second)
    assert_allclose([row["low"], row["high"]], first / second * np.exp([-reach, reach]), rtol=1e-7)


def test_one_to_four_sets_of_the_los_angeles_study_solve_the_published_equation():
    """Le (2003) Introductory Biostatistics, example 11.8: 52 sets of one and four, by exposed.

    Of n sets with m of five exposed the one with the outcome is expected among them with the
    chance m w / (m w + 5 - m), w the odds ratio (Breslow and Day 1980, 5.3).
    """
    exposed, sets, with_outcome = np.array([[1, 2, 3, 4], [10, 20, 12, 10], [4, 17, 11, 9]])
    rows, name = [], 0
    for m, hits, count in zip(exposed, with_outcome, sets, strict=True):
        for one in range(count):
            mine = int(one < hits)
            others = [1] * (m - mine) + [0] * (4 - m + mine)
            rows += [(name, 1, mine), *((name, 0, other) for other in others)]
            name += 1
    found = conditional_logistic(pd.DataFrame(rows, columns=["pair", "y", "x"]), **PAIRS)

    def share(w):
        return exposed * w / (exposed * w + 5 - exposed)

    w = brentq(lambda w: (with_outcome - sets * share(w)).sum(), 0.1, 100, xtol=1e-13)
    row = found.coefficients.iloc[0]
    assert_allclose(row["odds_ratio"], w, rtol=1e-9)
    assert_allclose(row["std_error"], (sets * share(w) * (1 - share(w))).sum() ** -0.5, rtol=1e-8)


def test_sets_agree_with_reference_29(reference):
    """R's survival::clogit."""
    rows, table = (reference("29_matched_sets", name) for name in ("input", "expected"))
    found = conditional_logistic(
        rows, outcome="infertile", terms=["spontaneous", "induced"], sets="set"
    )
    assert_allclose(found.coefficients["estimate"], table["estimate"], rtol=1e-8)
    assert_allclose(found.coefficients["std_error"], table["std_error"], rtol=1e-8)
    for side in ("low", "high"):
        assert_allclose(np.log(found.coefficients[side]), table[side], rtol=1e-8)
    assert_allclose(found.log_likelihood, -64.2022369244, rtol=1e-10)
    assert (found.sets, found.n, found.events, found.sets_left_out) == (83, 248, 83, ())
    assert found.note == ""


# ---- Sets with several outcomes -----------------------------------------------------------------


def drawn(seed, sets=12):
    """Sets of three to six rows with one or more outcomes, a factor and a number."""
    random, rows = np.random.default_rng(seed), []
    for name in range(sets):
        size = random.integers(3, 7)
        events = random.integers(1, size)
        outcome = random.permutation(np.repeat([1, 0], [events, size - events]))
        rows += [(f"s{name}", y, random.choice(list("abc")), random.normal()) for y in outcome]
    return pd.DataFrame(rows, columns=["set", "y", "kind", "age"])


def test_the_likelihood_is_that_of_all_ways_to_choose_the_outcomes():
    """Enumerated: exp of the terms of those chosen, over the sum of all choices as many."""
    rows = drawn(4)
    found = conditional_logistic(rows, outcome="y", terms=["kind", "age"], sets="set")
    columns = np.column_stack([rows["kind"].eq("b"), rows["kind"].eq("c"), rows["age"]])

    def value(estimate):
        total = 0.0
        for _, at in rows.groupby("set").indices.items():
            linear, y = columns[at].astype(float) @ estimate, rows["y"].to_numpy()[at]
            ways = [linear[list(way)].sum() for way in combinations(range(len(at)), y.sum())]
            total += linear[y == 1].sum() - np.log(np.exp(ways).sum())
        return total

    estimate = found.coefficients["estimate"].to_numpy()
    assert_allclose(found.log_likelihood, value(estimate), rtol=1e-10)
    assert_allclose(found.log_likelihood_null, value(np.zeros(3)), rtol=1e-10)
    step = 1e-5
    slope = [(value(estimate + step * e) - value(estimate - step * e)) / 2e-5 for e in np.eye(3)]
    assert_allclose(slope, 0, atol=1e-8)


@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_a_cox_model_of_one_time_with_exact_ties_and_sets_as_strata(seed):
    """The identity by which R's clogit is made."""
    rows = drawn(seed, sets=25).assign(days=1.0)
    found = conditional_logistic(rows, outcome="y", terms=["kind", "age"], sets="set")
    peer = cox(rows, terms=["kind", "age"], observed="y", strata="set", ties="exact")
    for name in ("estimate", "std_error", "p_value"):
        assert_allclose(found.coefficients[name], peer.coefficients[name], rtol=1e-6)
    assert_allclose(found.covariance, peer.covariance, rtol=1e-6)


@given(seed=st.integers(0, 500))
@settings(max_examples=5, deadline=None)
def test_order_names_and_what_all_of_a_set_share_change_nothing(seed):
    rows = drawn(7, sets=15)
    model = {"outcome": "y", "terms": ["kind", "age"], "sets": "set"}
    found = conditional_logistic(rows, **model).coefficients["estimate"]
    random = np.random.default_rng(seed)
    shift = dict(zip(rows["set"].unique(), random.normal(0, 3, 15), strict=True))
    other = rows.assign(age=rows["age"] + rows["set"].map(shift), set="x" + rows["set"])
    again = conditional_logistic(other.sample(frac=1, random_state=seed), **model)
    assert_allclose(again.coefficients["estimate"], found, rtol=1e-6, atol=1e-8)


def test_a_year_such_as_2015_costs_no_precision():
    rows = drawn(9, sets=30)
    rows["age"] = (10 * rows["age"]).round()
    model = {"outcome": "y", "terms": ["age"], "sets": "set"}
    near = conditional_logistic(rows, **model).coefficients
    far = conditional_logistic(rows.assign(age=rows["age"] + 2015), **model).coefficients
    assert_allclose(near[["estimate", "std_error"]], far[["estimate", "std_error"]], rtol=1e-8)


# ---- What says nothing is named -----------------------------------------------------------------


def test_sets_without_a_contrast_are_counted_and_named():
    rows = pairs(5, 8, 4, 5).astype({"pair": object})
    more = [("P1", 1, 1), ("P1", 1, 0), ("P2", 0, 1), ("P2", 0, 0), ("P2", 0, 0), ("P3", 1, 1)]
    whole = pd.concat([pd.DataFrame(more, columns=rows.columns), rows])
    found, before = conditional_logistic(whole, **PAIRS), conditional_logistic(rows, **PAIRS)
    pd.testing.assert_frame_equal(found.coefficients, before.coefficients)
    assert found.sets_left_out == ("P1", "P2", "P3")
    assert (found.sets, found.n, found.rows_left_out, found.dropped) == (22, 44, 6, 0)
    assert found.note == (
        "3 sets of 'pair' with 6 rows say nothing, since all or none of their rows have the "
        "outcome: P1, P2, P3."
    )


def test_a_set_that_loses_its_contrast_to_a_missing_value_is_named_too():
    rows = pairs(5, 8, 4, 5).astype({"x": float})
    rows.loc[0, "x"] = np.nan
    rows.loc[2, "pair"] = np.nan
    found = conditional_logistic(rows, **PAIRS)
    assert (found.sets, found.dropped, found.rows_left_out) == (20, 2, 2)
    assert found.sets_left_out == ("0", "1")
    assert found.note.startswith("2 sets of 'pair' with 2 rows say nothing")


def test_the_frame_is_not_changed():
    rows = pairs(5, 8, 4, 5)
    before = rows.copy()
    conditional_logistic(rows, **PAIRS, level=0.9)
    pd.testing.assert_frame_equal(rows, before)


# ---- What is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "terms", "sentence"),
    [
        ({"y": 1}, ["x"], "None of the 22 sets of 'pair' has rows with the outcome 'y' beside"),
        ({"pair": range(44)}, ["x"], "None of the 44 sets of 'pair'"),
        ({"age": np.repeat(np.arange(22), 2)}, ["x", "age"], "'age': the same for all rows"),
        ({"trust": np.repeat(list("ab"), 22)}, ["x", "trust"], "'trust: b': the same for all rows"),
        ({"z": np.arange(44) % 2}, ["z"], "Term 'z', level '0': all of its 22 rows"),
        ({"z": np.arange(44.0)}, ["x", "z"], "The outcome is separated by 'z' within sets"),
        ({"y": 2}, ["x"], "the outcome 'y' is neither 0 nor 1"),
        ({}, ["x", "w"], "Missing column 'w'"),
        ({}, ["x", "pair"], "terms must be a list of columns other than the sets 'pair'"),
        ({}, "x", "terms must be a list of columns"),
        ({}, [], "terms must be a list of columns"),
        ({"x": 1}, ["x"], "Term 'x' has the same value in every row used"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(change, terms, sentence):
    rows = pairs(5, 8, 4, 5).assign(**change)
    with pytest.raises(ValueError, match=sentence):
        conditional_logistic(rows, outcome="y", terms=terms, sets="pair")


def test_terms_that_are_one_within_sets_are_refused():
    rows = drawn(3)
    of_set = rows.groupby("set")["age"].transform("mean")
    rows["distance"] = 2 * (rows["age"] - of_set)  # another column, the same within each set
    with pytest.raises(ValueError, match="'distance': cannot be told apart from the terms before"):
        conditional_logistic(rows, outcome="y", terms=["age", "distance"], sets="set")


def test_exposure_in_one_direction_only_is_refused():
    """Discordant pairs of one kind only: the odds ratio of McNemar is infinite."""
    rows = pairs(6, 5, 0, 7)
    with pytest.raises(ValueError, match="The outcome is separated by 'x' within sets"):
        conditional_logistic(rows, **PAIRS)


def test_terms_that_separate_only_together_are_named():
    """In each set the sum of both is higher for the one with the outcome, neither always is."""
    rows = pairs(0, 20, 0, 0).assign(a=0.0, b=0.0)
    of = rows["y"].eq(1)
    rows.loc[of, "a"], rows.loc[of, "b"] = np.tile([3.0, -1.0], 10), np.tile([-1.0, 3.0], 10)
    with pytest.raises(ValueError, match="The outcome is separated by 'a', 'b' within sets"):
        conditional_logistic(rows, outcome="y", terms=["a", "b"], sets="pair")


def test_an_empty_frame_is_refused():
    with pytest.raises(ValueError, match="None of the 0 sets"):
        conditional_logistic(pairs(1, 1, 1, 1).head(0), **PAIRS)


def test_a_level_that_cannot_be_is_refused():
    with pytest.raises(ValueError, match="level must lie strictly between 0 and 1"):
        conditional_logistic(pairs(1, 2, 1, 1), **PAIRS, level=1)
