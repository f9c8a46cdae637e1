"""Capture-recapture against closed forms, laws that hold for all counts, and simulation."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.capture import chapman, histories, span, three_sources

NAMES = ["birth", "death", "rehab"]
CELLS = list(product([True, False], repeat=3))[:-1]
COLUMNS = [
    *("model", "parameters", "deviance", "df", "aic", "observed", "unseen"),
    *("value", "std_error", "low", "high", "level", "method"),
]


def table(counts, names=NAMES):
    """The seven cells from "on all three" down to "on the last one only"."""
    return pd.DataFrame(CELLS, columns=names).assign(count=counts)


# Spina bifida in upstate New York, 1969-74: birth and death certificates, rehabilitation records.
# Bishop, Fienberg and Holland (1975), table 6.4-1; IWGDMF (1995) Am J Epidemiol 142:1047.
SPINA = [12, 142, 112, 247, 4, 49, 60]

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
    """Unseen under each model but independence: Bishop et al. (1975), section 6.4."""
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


@settings(max_examples=60, deadline=None)
@given(positive)
def test_every_model_but_independence_is_its_closed_form(counts):
    expected = np.array(closed(counts))
    assume(expected.max() < 1e9)
    assert_allclose(three_sources(table(counts))["unseen"][1:], expected, rtol=1e-6)


def test_independence_solves_its_equation():
    # (N - n1)(N - n2)(N - n3) = N^2 (N - n): Darroch (1958) Biometrika 45:343.
    cells = table(SPINA)
    total = three_sources(cells).loc[0, "value"]
    sizes = [cells.loc[cells[name], "count"].sum() for name in NAMES]
    assert_allclose(np.prod([total - size for size in sizes]), total**2 * (total - 626), rtol=1e-9)


def test_the_saturated_variance_is_its_closed_form():
    # Bishop et al. (1975), 6.4-22: m^2 (1/m + sum of 1/n).
    found = three_sources(table(SPINA)).loc[7]
    unseen = closed(SPINA)[-1]
    assert_allclose(found["std_error"] ** 2, unseen**2 * (1 / unseen + (1 / np.array(SPINA)).sum()))
    assert found["deviance"] == pytest.approx(0, abs=1e-9)
    assert found["df"] == 0


def test_spina_bifida_gives_all_models_and_their_range():
    found = three_sources(table(SPINA))
    assert found.columns.tolist() == COLUMNS
    assert len(found) == 8
    assert (found["observed"] == 626).all()
    assert found["df"].tolist() == [3, 2, 2, 2, 1, 1, 1, 0]
    assert (found["low"] >= 626).all()
    made = span(found).iloc[0]
    assert made["models"] == 8
    assert made["without_estimate"] == 0
    assert_allclose(made["value_from"], 626 + 247 * 49 / 142)
    assert_allclose(made["value_to"], 626 + 49 * 60 / 4)
    assert "no model is picked" in made["method"]


def test_fits_agree_with_statsmodels():
    import statsmodels.api as sm

    cells = table(SPINA)
    x = cells[NAMES].to_numpy(float)
    design = np.column_stack([np.ones(7), x, x[:, 1] * x[:, 2]])
    fit = sm.GLM(cells["count"], design, family=sm.families.Poisson()).fit(tol=1e-12)
    found = three_sources(cells).loc[3]
    assert found["model"] == "dependence: death with rehab"
    assert_allclose(found["deviance"], fit.deviance)
    assert_allclose(found["aic"], fit.aic)
    assert_allclose(found["unseen"], np.exp(fit.params.iloc[0]))


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
    assert not three_sources(table(SPINA))["method"].str.contains("0.5 added").any()


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
        (table([0, 0, 2, 5, 0, 0, 3]), "Nobody is on source 'death'"),
        (table([1, 2, 3, 4, -5, 6, 7]), "negative"),
        (table([1, 2, 3, 4, np.nan, 6, 7]), "missing"),
        (pd.concat([table(SPINA)] * 2, ignore_index=True), "given twice"),
        (table(SPINA).assign(birth=[2, 1, 1, 1, 0, 0, 0]), "neither true nor false"),
        (table(SPINA).assign(rehab=False, birth=False, death=False), "on no source"),
        (table(SPINA).drop(columns="birth"), "Three different sources"),
        (table(SPINA).drop(columns="count"), "Missing column 'count'"),
    ],
)
def test_cells_that_cannot_be_right_are_refused(frame, words):
    with pytest.raises(ValueError, match=words):
        three_sources(frame)


def test_an_unknown_option_and_a_wrong_level_are_refused():
    with pytest.raises(ValueError, match="zero_cells"):
        three_sources(table(SPINA), zero_cells="drop")
    with pytest.raises(ValueError, match="confidence level"):
        three_sources(table(SPINA), level=95)


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
