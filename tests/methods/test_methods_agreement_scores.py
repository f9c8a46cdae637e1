"""Agreement of scores, and how many readings are needed: published examples, closed forms, laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.agreement import (
    coefficients,
    icc,
    reviewers_needed,
    spearman_brown,
    subjects_from_pilot,
    subjects_needed,
)

FEW = settings(max_examples=8)  # each example is several tables


def kappa(counts):
    """Cohen's kappa of two reviewers, A in rows and B in columns."""
    rows = [(a, b) for (a, b), n in np.ndenumerate(np.array(counts)) for _ in range(n)]
    read = pd.DataFrame(rows, columns=["A", "B"])
    return coefficients(read, raters=["A", "B"], which=["cohen"])


# ---- Intraclass correlation ---------------------------------------------------------------------

# Shrout and Fleiss (1979), six targets and four judges; they give .17, .29, .71, .44, .62, .91.
JUDGES = pd.DataFrame(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]],
    columns=["A", "B", "C", "D"],
)
# The same with 95% limits, printed by the R packages psych and irr.
PRINTED = {
    "ICC(1,1)": (0.1657418, -0.1329323, 0.7225601),
    "ICC(A,1)": (0.2897638, 0.0187865, 0.7610844),
    "ICC(C,1)": (0.7148407, 0.3424648, 0.9458583),
    "ICC(1,k)": (0.4427971, -0.8844422, 0.9124154),
    "ICC(A,k)": (0.6200505, 0.0711368, 0.9272320),
    "ICC(C,k)": (0.9093155, 0.6756747, 0.9858917),
}
SINGLE = ["ICC(1,1)", "ICC(A,1)", "ICC(C,1)"]


def scores(frame, **options):
    return icc(frame, raters=list(frame.columns), **options).set_index("coefficient")


@pytest.mark.parametrize("name", list(PRINTED))
def test_intraclass_correlations_of_shrout_and_fleiss(name):
    row = scores(JUDGES).loc[name]
    assert_allclose(row[["value", "low", "high"]].astype(float), PRINTED[name], rtol=0, atol=5e-7)
    assert row["reviewers"] == (1 if name in SINGLE else 4)
    assert row[["subjects", "raters", "left_out"]].tolist() == [6, 4, 0]


# psych prints F 1.79 with 5 and 18, and 11.03 with 5 and 15 degrees of freedom.
def test_the_tests_behind_them():
    table = scores(JUDGES)
    assert round(table.loc["ICC(1,1)", "f"], 2) == 1.79
    assert table.loc["ICC(1,1)", ["df1", "df2"]].tolist() == [5, 18]
    assert round(table.loc["ICC(A,1)", "f"], 2) == 11.03
    assert table.loc["ICC(C,1)", ["df1", "df2"]].tolist() == [5, 15]
    assert table.loc["ICC(A,1)", "other_name"] == "ICC(2,1)"


def test_unequal_numbers_of_scores_against_the_analysis_of_variance_of_statsmodels():
    from statsmodels.formula.api import ols
    from statsmodels.stats.anova import anova_lm

    read = JUDGES.astype(float)
    read.loc[0, ["A", "B"]] = np.nan
    read.loc[3, "D"] = np.nan
    read.loc[5, ["A", "B", "C"]] = np.nan
    long = read.iloc[:5].reset_index(names="s").melt("s", value_name="y").dropna()
    between, within = anova_lm(ols("y ~ C(s)", long).fit())["mean_sq"]
    given = np.array([2, 4, 4, 3, 4])
    k = (given.sum() - (given**2).sum() / given.sum()) / 4
    row = scores(read).loc["ICC(1,1)"]
    assert_allclose(row["value"], (between - within) / (between + (k - 1) * within))
    assert row[["subjects", "left_out"]].tolist() == [5, 1]
    assert "approximate" in row["method"]
    assert scores(read).loc["ICC(A,1)", "subjects"] == 3


# Each death read by a pair of its own: no reviewer read all, the one-way question has an answer.
def test_reviewers_may_differ_from_subject_to_subject():
    long = pd.DataFrame(
        {
            "subject": [1, 1, 2, 2, 3, 3],
            "rater": ["A", "B", "B", "C", "C", "A"],
            "rating": [1, 2, 5, 6, 3, 3],
        }
    )
    table = icc(long).set_index("coefficient")
    same = scores(pd.DataFrame({"A": [1, 5, 3], "B": [2, 6, 3]}))
    for name in ("value", "low", "high"):
        assert_allclose(table.loc["ICC(1,1)", name], same.loc["ICC(1,1)", name])
    assert np.isnan(table.loc["ICC(A,1)", "value"])
    assert "fewer than two subjects were scored by all" in table.loc["ICC(A,1)", "note"]


floats = st.lists(st.lists(st.integers(1, 6), min_size=3, max_size=3), min_size=3, max_size=10).map(
    lambda rows: pd.DataFrame(rows, columns=["A", "B", "C"])
)


@FEW
@given(floats, st.floats(0.5, 3), st.floats(-5, 5), st.permutations(["A", "B", "C"]))
def test_unit_origin_and_names_do_not_matter(read, unit, origin, order):
    assume(read.nunique(axis=1).max() > 1)
    assume(np.ptp(read.mean(axis=1)) > 0)
    names = ["value", "low", "high"]
    expected = scores(read)[names].astype(float)
    moved = (read * unit + origin)[order]
    assert_allclose(scores(moved)[names].astype(float), expected, rtol=1e-6, atol=1e-6)


@FEW
@given(floats, st.integers(1, 5))
def test_consistency_does_not_mind_a_stricter_reviewer(read, more):
    assume(np.ptp(read.sub(read.mean(axis=1), axis=0), axis=0).max() > 1e-9)
    stricter = read.assign(A=read["A"] + more)
    one, other = (scores(frame).loc["ICC(C,1)", "value"] for frame in (read, stricter))
    assert_allclose(one, other, atol=1e-9)


# Fleiss and Cohen (1973): quadratic weighted kappa is ICC(A,1) but for a term in 1/n.
def test_weighted_kappa_with_squares_is_nearly_the_intraclass_correlation():
    draw = np.random.default_rng(8)
    first = draw.integers(1, 7, 3000)
    read = pd.DataFrame({"A": first, "B": np.clip(first + draw.integers(-2, 3, 3000), 1, 6)})
    table = coefficients(read, raters=["A", "B"], which=["cohen"], weights="quadratic")
    assert_allclose(scores(read).loc["ICC(A,1)", "value"], table.loc[0, "value"], atol=1e-3)


@pytest.mark.slow
def test_limits_hold_the_true_correlation_about_as_often_as_they_say():
    draw = np.random.default_rng(9)
    truth = {"ICC(1,1)": 0.5, "ICC(A,1)": 1 / 2.5, "ICC(C,1)": 0.5}
    inside = dict.fromkeys(truth, 0)
    for _ in range(200):
        person, error = draw.normal(size=(30, 1)), draw.normal(size=(30, 3))
        plain = scores(pd.DataFrame(person + error, columns=["A", "B", "C"]))
        reviewer = draw.normal(scale=np.sqrt(0.5), size=(1, 3))
        mixed = scores(pd.DataFrame(person + reviewer + error, columns=["A", "B", "C"]))
        for name, value in truth.items():
            row = (plain if name == "ICC(1,1)" else mixed).loc[name]
            inside[name] += row["low"] <= value <= row["high"]
    assert all(0.90 <= n / 200 <= 0.99 for n in inside.values()), inside


def test_the_same_scores_by_all_have_no_limits():
    table = scores(pd.DataFrame({"A": [1, 2, 6], "B": [1, 2, 6]}))
    assert (table["value"] == 1).all()
    assert table[["low", "high"]].isna().all(axis=None)
    assert table["note"].str.contains("no certainty").all()


def test_one_score_for_everybody_has_no_correlation():
    table = scores(pd.DataFrame({"A": [3, 3, 3], "B": [3, 3, 3]}))
    assert table["value"].isna().all()
    assert table["note"].str.contains("every score is the same").all()


def test_one_subject_has_no_correlation():
    table = scores(pd.DataFrame({"A": [3], "B": [4]}))
    assert table["value"].isna().all()
    assert table["note"].str.contains("fewer than two subjects").all()


def test_a_constant_difference_is_consistent_and_not_the_same():
    table = scores(pd.DataFrame({"A": [1, 2, 5, 3], "B": [2, 3, 6, 4]}))
    assert table.loc["ICC(C,1)", "value"] == 1
    assert table.loc["ICC(A,1)", "value"] < 1
    assert table.loc["ICC(A,1)", "low"] < table.loc["ICC(A,1)", "value"]


def test_scores_that_are_no_numbers_are_refused():
    with pytest.raises(ValueError, match="column 'A' is not a number"):
        icc(pd.DataFrame({"A": ["good", "poor"], "B": [1, 2]}), raters=["A", "B"])
    with pytest.raises(ValueError, match="infinite"):
        icc(pd.DataFrame({"A": [1, np.inf], "B": [1, 2]}), raters=["A", "B"])


# ---- How many -----------------------------------------------------------------------------------


@given(st.floats(0.01, 0.99), st.floats(0.05, 0.95))
def test_the_reviewers_needed_reach_the_reliability_wanted(one, wanted):
    row = {"coefficient": "ICC(1,1)", "reviewers": 1, "value": one, "low": one / 2, "high": one}
    found = reviewers_needed(pd.DataFrame([row | {"level": 0.95}]), wanted=wanted).iloc[0]
    assert_allclose(spearman_brown(one, found["value"]), wanted)
    assert spearman_brown(one, found["reviewers"]) >= wanted - 1e-9
    assert found["reviewers"] == 1 or spearman_brown(one, found["reviewers"] - 1) < wanted
    assert found["low"] == found["reviewers"] <= found["high"]


def test_the_mean_of_the_judges_is_as_reliable_as_spearman_and_brown_say():
    table = scores(JUDGES)
    for one, several in zip(SINGLE, ["ICC(1,k)", "ICC(A,k)", "ICC(C,k)"], strict=True):
        assert_allclose(spearman_brown(table.loc[one, "value"], 4), table.loc[several, "value"])


def test_no_number_of_reviewers_makes_up_for_no_reliability():
    opposite = pd.DataFrame({"A": [1, 5, 2, 6], "B": [6, 2, 5, 1]})
    needed = reviewers_needed(icc(opposite, raters=["A", "B"]))
    assert np.isposinf(needed["reviewers"]).all()
    assert needed["note"].str.contains("No number of reviewers").all()
    unknown = reviewers_needed(icc(JUDGES * 0, raters=list("ABCD")))
    assert unknown["reviewers"].isna().all()


def test_numbers_that_cannot_be_wanted_are_refused():
    table = icc(JUDGES, raters=list("ABCD"))
    with pytest.raises(ValueError, match="wanted reliability must lie"):
        reviewers_needed(table, wanted=1)
    with pytest.raises(ValueError, match="no row for one reviewer"):
        reviewers_needed(table.iloc[3:])
    with pytest.raises(ValueError, match="not above 0"):
        spearman_brown(0.5, 0)
    with pytest.raises(ValueError, match="above 1"):
        spearman_brown(1.2, 2)


def per_subject(expected, share=0.5):
    """Variance of kappa for one subject, from the number of subjects for a half width of 0.1."""
    row = subjects_needed(kappa=expected, share=share, half_width=0.1).iloc[0]
    return row["value"] * (0.1 / 1.959963984540054) ** 2


# irr::N.cohen.kappa of R (Cantor 1996): a one-sided test of kappa 0.85 against 0.70 with power 0.8
# needs 96 subjects (its documentation), a two-sided one of 0.7 against 0.3 needs 39.
@pytest.mark.parametrize(
    ("null", "true", "critical", "printed"), [(0.85, 0.7, 1.6448536, 96), (0.3, 0.7, 1.9599640, 39)]
)
def test_the_variance_gives_the_sample_sizes_of_cantor(null, true, critical, printed):
    spread = critical * np.sqrt(per_subject(null)) + 0.8416212 * np.sqrt(per_subject(true))
    assert np.ceil((spread / (true - null)) ** 2) == printed


# Bloch and Kraemer (1989), Donner and Eliasziw (1992): both give the answer equally often.
@given(st.floats(0.0, 0.95), st.floats(0.05, 0.95))
def test_the_variance_for_equal_shares_is_that_of_bloch_and_kraemer(k, p):
    expected = (1 - k) * ((1 - k) * (1 - 2 * k) + k * (2 - k) / (2 * p * (1 - p)))
    assert_allclose(per_subject(k, p), expected, rtol=1e-9)


def test_kappas_of_as_many_subjects_spread_as_planned():
    plan = subjects_needed(kappa=0.6, share=0.3, second_share=0.2, half_width=0.1).iloc[0]
    n = int(plan["subjects"])
    chance = 0.3 * 0.2 + 0.7 * 0.8
    both = (0.6 * (1 - chance) + chance - 1 + 0.5) / 2
    cells = [both, 0.3 - both, 0.2 - both, 1 - 0.5 + both]
    drawn = np.random.default_rng(5).multinomial(n, cells, size=4000) / n
    first, second = drawn[:, 0] + drawn[:, 1], drawn[:, 0] + drawn[:, 2]
    expected = first * second + (1 - first) * (1 - second)
    found = (drawn[:, 0] + drawn[:, 3] - expected) / (1 - expected)
    assert_allclose(1.96 * found.std(), 0.1, rtol=0.04)
    assert plan["expected_half_width"] <= 0.1
    assert_allclose([plan["low"], plan["high"]], [0.5, 0.7], atol=1e-3)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"share": 0.0}, "The share must lie"),
        ({"half_width": 0}, "The half width must lie"),
        ({"kappa": 1}, "The expected kappa must lie"),
        ({"second_share": 0.9, "kappa": 0.8}, "can have a kappa of 0.8; it lies between"),
        ({"level": 2}, "level must lie strictly"),
    ],
)
def test_plans_that_cannot_be_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        subjects_needed(**({"kappa": 0.6, "share": 0.2, "half_width": 0.1} | options))


def test_a_first_set_tells_how_many_are_needed():
    pilot = kappa([[20, 5], [5, 20]])
    row = subjects_from_pilot(pilot, half_width=0.1).iloc[0]
    planned = subjects_needed(kappa=0.6, share=0.5, half_width=0.1).iloc[0]
    assert row["subjects"] == planned["subjects"]
    assert row["pilot_subjects"] == 50
    assert "246 deaths are read twice, a Cohen's kappa of 0.60" in row["note"]


def test_a_first_set_that_agrees_throughout_tells_nothing():
    pilot = kappa([[3, 0], [0, 4]])
    row = subjects_from_pilot(pilot, half_width=0.1).iloc[0]
    assert np.isnan(row["subjects"])
    assert "gives no error" in row["note"]
