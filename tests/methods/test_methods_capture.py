"""Capture-recapture against closed forms, laws that hold for all counts, and simulation."""

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.capture import chapman, histories, span, three_sources

NAMES = ["trust", "coroner", "register"]
CELLS = list(product([True, False], repeat=3))[:-1]
COLUMNS = [
    *("model", "parameters", "deviance", "df", "aic", "observed", "unseen"),
    *("value", "std_error", "low", "high", "level", "method"),
]


def table(counts, names=NAMES):
    """The seven cells from "on all three" down to "on the last one only"."""
    return pd.DataFrame(CELLS, columns=names).assign(count=counts)


# Made up, with few people on all three sources; 548 in all.
MADE = [25, 90, 60, 210, 15, 70, 78]
# 2,400 people, listed independently with chances of 2/3, 3/4 and 1/2: 1/24 of them, 100, by nobody.
INDEPENDENT = [600, 600, 200, 200, 300, 300, 100]

positive = st.lists(st.integers(1, 2000), min_size=7, max_size=7)


def test_chapman_is_its_formula():
    found = chapman(60, 140, 90).iloc[0]
    assert_allclose(found["value"], 201 * 151 / 61 - 1)
    assert_allclose(found["std_error"] ** 2, 201 * 151 * 140 * 90 / (61**2 * 62))
    assert found["observed"] == 290
    factor = np.exp(1.959963985 * np.sqrt(np.log1p((found["std_error"] / found["unseen"]) ** 2)))
    assert_allclose([found["low"], found["high"]], 290 + found["unseen"] * factor ** np.r_[-1, 1])


@given(st.integers(1, 500), st.integers(0, 500), st.integers(0, 500), st.floats(0.8, 0.9999))
def test_the_lower_limit_never_falls_below_the_people_observed(both, first, second, level):
    found = chapman(both, first, second, level=level).iloc[0]
    assert found["observed"] <= found["low"] <= found["value"]
    assert np.isnan(found["high"]) if 0 in (first, second) else found["value"] <= found["high"]


@given(st.integers(1, 500), st.integers(1, 500), st.integers(1, 500))
def test_which_list_comes_first_does_not_matter(both, first, second):
    one, other = chapman(both, first, second).iloc[0], chapman(both, second, first).iloc[0]
    for name in ("value", "low", "high"):
        assert_allclose(one[name], other[name])


def test_chapman_has_no_bias_where_the_lists_together_exceed_the_people():
    # n1 + n2 >= N: the hypergeometric mean of the estimate is N (Chapman 1951).
    from scipy.stats import hypergeom

    people, one, two = 50, 30, 25
    shared = np.arange(5, 26)
    weight = hypergeom(people, one, two).pmf(shared)
    found = chapman(shared, one - shared, two - shared)
    assert_allclose(weight.sum(), 1.0)
    assert_allclose((weight * found["value"]).sum(), people)


def test_a_list_within_the_other_has_no_upper_limit_and_says_why():
    found = chapman([30, 30], [0, 5], [12, 12])
    assert found["value"].tolist() == pytest.approx([42, 47 + 60 / 31])
    assert np.isnan(found.loc[0, "high"])
    assert "lies within the other" in found.loc[0, "method"]
    assert "lies within the other" not in found.loc[1, "method"]


def test_a_missing_count_keeps_its_row():
    found = chapman([60, np.nan], [140, 3], [90, 4])
    assert len(found) == 2
    assert found.loc[1, ["value", "low", "high"]].isna().all()


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ((0, 5, 6), "share nobody"),
        ((0, 0, 6), "first list holds nobody"),
        ((0, 6, 0), "second list holds nobody"),
        ((-1, 5, 6), "negative"),
        ((np.inf, 5, 6), "infinite"),
    ],
)
def test_two_lists_that_say_nothing_are_refused(counts, words):
    with pytest.raises(ValueError, match=words):
        chapman(*counts)


def test_limits_of_two_lists_cover_the_truth_about_as_often_as_they_say():
    draw = np.random.default_rng(4)
    people, one, two = 400, 0.5, 0.6
    cells = draw.multinomial(
        people,
        [one * two, one * (1 - two), (1 - one) * two, (1 - one) * (1 - two)],
        size=2000,
    )
    found = chapman(cells[:, 0], cells[:, 1], cells[:, 2])
    covered = found["low"].le(people) & found["high"].ge(people)
    assert 0.93 < covered.mean() < 0.97


# ---- Three sources ------------------------------------------------------------------------------


def closed(counts):
    """Unseen under each model but independence, from the odds ratio that the model sets to 1.

    Two sources that are independent given the third have the same odds where it holds people and
    where it does not, and one that is independent of both others together is listed as often among
    the people of any cell. With all terms of two sources only the ratio of the two odds ratios of
    any pair, given the third, is 1.
    """
    n111, n110, n101, n100, n011, n010, n001 = counts
    return [
        (n110 + n100 + n010) * n001 / (n111 + n101 + n011),  # first with second
        (n101 + n100 + n001) * n010 / (n111 + n110 + n011),  # first with third
        (n011 + n010 + n001) * n100 / (n111 + n110 + n101),  # second with third
        n010 * n001 / n011,
        n100 * n001 / n101,
        n100 * n010 / n110,
        n111 * n100 * n010 * n001 / (n110 * n101 * n011),
    ]


def test_independent_sources_give_the_people_there_are_under_every_model():
    found = three_sources(table(INDEPENDENT))
    assert_allclose(found["value"], 2400, rtol=1e-9)
    assert_allclose(found["deviance"], 0, atol=1e-9)
    assert (found["low"] < 2400).all()
    assert (found["high"] > 2400).all()


@pytest.mark.parametrize(
    ("pair", "right"), [((0, 1), [1, 4, 5, 7]), ((0, 2), [2, 4, 6, 7]), ((1, 2), [3, 5, 6, 7])]
)
def test_models_with_the_planted_dependence_find_everybody_and_others_too_few(pair, right):
    """People on both sources of a pair are three times as many: the odds ratio is 3."""
    held = np.array(CELLS)[:, pair].all(axis=1)
    counts = np.where(held, 3, 1) * np.array(INDEPENDENT)
    found = three_sources(table(counts))["value"].to_numpy() - counts.sum()
    assert_allclose(found[right], 100, rtol=1e-8)
    assert (np.delete(found, right) < 100 - 1e-6).all()


@settings(max_examples=60, deadline=None)
@given(positive)
def test_every_model_but_independence_is_its_closed_form(counts):
    expected = np.array(closed(counts))
    assume(expected.max() < 1e9)
    assert_allclose(three_sources(table(counts))["unseen"][1:], expected, rtol=1e-6)


def test_independence_solves_its_equation():
    # (N - n1)(N - n2)(N - n3) = N^2 (N - n): Darroch (1958) Biometrika 45:343.
    cells = table(MADE)
    total = three_sources(cells).loc[0, "value"]
    sizes = [cells.loc[cells[name], "count"].sum() for name in NAMES]
    assert_allclose(np.prod([total - size for size in sizes]), total**2 * (total - 548), rtol=1e-9)


def test_the_saturated_variance_is_its_closed_form():
    """The log of the unseen is a sum of logs of all seven counts, each plus or less once.

    Independent Poisson counts n have logs with a variance of 1 / n to first order, so that of the
    log is the sum of 1 / n, and that of the total m^2 times it, with the m people themselves.
    """
    found = three_sources(table(MADE)).loc[7]
    unseen = closed(MADE)[-1]
    assert_allclose(found["std_error"] ** 2, unseen + unseen**2 * (1 / np.array(MADE)).sum())
    assert found["deviance"] == pytest.approx(0, abs=1e-9)
    assert found["df"] == 0


def test_all_models_and_their_range():
    found = three_sources(table(MADE))
    assert found.columns.tolist() == COLUMNS
    assert len(found) == 8
    assert (found["observed"] == 548).all()
    assert found["df"].tolist() == [3, 2, 2, 2, 1, 1, 1, 0]
    assert (found["low"] >= 548).all()
    made = span(found).iloc[0]
    assert made["models"] == 8
    assert made["without_estimate"] == 0
    # The least and the greatest of the closed forms; independence lies between.
    assert_allclose(made["value_from"], 548 + 210 * 70 / 90)
    assert_allclose(made["value_to"], 548 + 70 * 78 / 15)
    assert "no model is picked" in made["method"]


def test_every_fit_but_the_saturated_agrees_with_statsmodels():
    import statsmodels.api as sm

    cells, pairs = table(MADE), [(0, 1), (0, 2), (1, 2)]
    x = cells[NAMES].to_numpy(float)
    # The saturated model leaves nothing over, which statsmodels divides by; it is checked above.
    found = three_sources(cells).iloc[:7]
    chosen = [(), *((pair,) for pair in pairs), *combinations(pairs, 2)]
    for row, terms in zip(found.itertuples(), chosen, strict=True):
        design = np.column_stack([np.ones(7), x, *(x[:, a] * x[:, b] for a, b in terms)])
        fit = sm.GLM(cells["count"], design, family=sm.families.Poisson()).fit(tol=1e-12)
        unseen = np.exp(fit.params.iloc[0])
        assert_allclose(row.deviance, fit.deviance, atol=1e-8)
        assert_allclose(row.aic, fit.aic)
        assert_allclose(row.unseen, unseen)
        spread = unseen + unseen**2 * fit.cov_params().iloc[0, 0]
        assert_allclose(row.std_error**2, spread, rtol=1e-6)
    assert found.loc[3, "model"] == "dependence: coroner with register"


@settings(max_examples=30, deadline=None)
@given(positive, st.permutations(range(7)))
def test_the_order_of_the_cells_does_not_matter(counts, order):
    cells = table(counts)
    one, other = three_sources(cells), three_sources(cells.iloc[list(order)])
    assert_allclose(one["value"], other["value"])


def test_an_empty_cell_gets_a_half_and_the_method_says_so():
    counts = [1, 0, 5, 30, 2, 20, 10]
    found = three_sources(table(counts))
    assert found["method"].str.contains("0.5 added to every cell").all()
    assert (found["observed"] == 68).all()
    assert_allclose(found["unseen"][1:], closed([n + 0.5 for n in counts]), rtol=1e-8)
    assert not three_sources(table(MADE))["method"].str.contains("0.5 added").any()


def test_an_empty_cell_that_is_kept_leaves_some_models_without_an_estimate():
    found = three_sources(table([1, 0, 5, 30, 2, 20, 10]), zero_cells="keep")
    assert found["value"].isna().tolist() == [False] * 6 + [True] * 2
    made = span(found).iloc[0]
    assert made["without_estimate"] == 2
    assert np.isnan(made["high"])


def test_cells_that_are_not_given_are_empty():
    cells = table([1, 0, 5, 30, 2, 20, 10])
    assert_allclose(
        three_sources(cells[cells["count"].gt(0)])["value"], three_sources(cells)["value"]
    )


def test_people_in_a_simulation_are_found_under_the_model_that_made_them():
    draw = np.random.default_rng(11)
    people = draw.random((200_000, 3)) < [0.3, 0.4, 0.5]
    frame = pd.DataFrame(people[people.any(axis=1)], columns=NAMES)
    found = three_sources(histories(frame, NAMES))
    assert_allclose(found["value"], 200_000, rtol=0.05)
    assert found.loc[0, "low"] < 200_000 < found.loc[0, "high"]


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (table([0, 0, 0, 5, 0, 4, 3]), "No two sources share anybody"),
        (table([0, 0, 2, 5, 0, 0, 3]), "Nobody is on source 'coroner'"),
        (table([1, 2, 3, 4, -5, 6, 7]), "negative"),
        (table([1, 2, 3, 4, np.nan, 6, 7]), "missing"),
        (pd.concat([table(MADE)] * 2, ignore_index=True), "given twice"),
        (table(MADE).assign(trust=[2, 1, 1, 1, 0, 0, 0]), "neither true nor false"),
        (table(MADE).assign(register=False, trust=False, coroner=False), "on no source"),
        (table(MADE).drop(columns="trust"), "Three different sources"),
        (table(MADE).drop(columns="count"), "Missing column 'count'"),
    ],
)
def test_cells_that_cannot_be_right_are_refused(frame, words):
    with pytest.raises(ValueError, match=words):
        three_sources(frame)


def test_an_unknown_option_and_a_wrong_level_are_refused():
    with pytest.raises(ValueError, match="zero_cells"):
        three_sources(table(MADE), zero_cells="drop")
    with pytest.raises(ValueError, match="confidence level"):
        three_sources(table(MADE), level=95)


# ---- From people to cells -----------------------------------------------------------------------


def test_people_are_counted_into_cells():
    people = pd.DataFrame(
        np.repeat(CELLS, [2, 0, 1, 3, 1, 0, 4], axis=0), columns=NAMES, dtype=bool
    )
    found = histories(people.sample(frac=1, random_state=1), NAMES)
    assert found["count"].tolist() == [2, 0, 1, 3, 1, 0, 4]
    assert found[NAMES].to_numpy().tolist() == [list(cell) for cell in CELLS]


@pytest.mark.parametrize(
    ("frame", "sources", "words"),
    [
        (pd.DataFrame({"a": [1, 1]}), "a", "at least two sources"),
        (pd.DataFrame({"a": [1, 1]}), ["a", "a"], "named once"),
        (pd.DataFrame({"a": [1, 1], "b": [0, 0]}), ["a", "b"], "Nobody is on source 'b'"),
        (pd.DataFrame({"a": [1, 0], "b": [0, 0]}), ["a", "b"], "Row 1: no source holds"),
        (pd.DataFrame({"a": [1, None], "b": [1, 1]}), ["a", "b"], "Row 1: .* missing"),
        (pd.DataFrame({"a": [1, 3], "b": [1, 1]}), ["a", "b"], "neither true nor false"),
        (pd.DataFrame({"a": [1, 0]}), ["a", "b"], "Missing column 'b'"),
        (pd.DataFrame({"a": [], "b": []}), ["a", "b"], "Nobody is on source 'a', 'b'"),
    ],
)
def test_histories_that_cannot_be_right_are_refused(frame, sources, words):
    with pytest.raises(ValueError, match=words):
        histories(frame, sources)


def test_a_range_needs_models_of_the_same_people():
    both = pd.concat([chapman(60, 140, 90), chapman(6, 14, 9)])
    with pytest.raises(ValueError, match="different counts"):
        span(both)
    with pytest.raises(ValueError, match="no model"):
        span(both.iloc[:0])
