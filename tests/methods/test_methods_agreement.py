"""Agreement of answers against published examples, other libraries, closed forms and laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.agreement import (
    coefficients,
    confusion,
    in_convention,
    pairwise,
    prevalence_and_bias,
)

COLUMNS = [
    *("coefficient", "weights", "subjects", "rated_once", "raters", "ratings", "categories"),
    *("observed", "expected", "value", "std_error", "low", "high", "level", "method", "note"),
]
MISSING = None
FEW = settings(max_examples=8)  # each example is several tables


def of_table(counts):
    """Two reviewers, A in rows and B in columns; categories 0, 1, 2, ..."""
    rows = [(a, b) for (a, b), n in np.ndenumerate(np.array(counts)) for _ in range(n)]
    return pd.DataFrame(rows, columns=["A", "B"])


def of_counts(rows):
    """As many reviewers as each row has ratings; a row says how many gave each category."""
    wide = [[k for k, n in enumerate(row) for _ in range(n)] for row in rows]
    return pd.DataFrame(wide, columns=[f"R{number + 1}" for number in range(len(wide[0]))])


def found(frame, which, raters=None, **options):
    """One coefficient of a wide frame as a row."""
    names = list(frame.columns) if raters is None else raters
    return coefficients(frame, raters=names, which=[which], **options).iloc[0]


ratings = st.integers(2, 12).flatmap(
    lambda n: st.lists(
        st.lists(st.integers(0, 2), min_size=3, max_size=3), min_size=n, max_size=n
    ).map(lambda rows: pd.DataFrame(rows, columns=["A", "B", "C"]))
)
tables = st.lists(st.integers(0, 12), min_size=9, max_size=9).map(lambda n: np.reshape(n, (3, 3)))


# ---- Cohen's kappa ------------------------------------------------------------------------------

# Cohen (1960, 1968), 200 patients; the table is also in the R package psych (?cohen.kappa), which
# gives 0.49 and 0.35 for it.
COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]
DISAGREEMENT = np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]])


def test_kappa_of_cohens_example():
    row = found(of_table(COHEN), "cohen")
    assert_allclose([row["observed"], row["expected"]], [0.70, 0.41])
    assert round(row["value"], 3) == 0.492


def test_weighted_kappa_of_cohens_example():
    row = found(of_table(COHEN), "cohen", weights=1 - DISAGREEMENT / 6)
    assert round(row["value"], 3) == 0.348
    assert row["coefficient"] == "Cohen's weighted kappa"
    assert row["weights"] == "own"


# Printed by SAS PROC FREQ, as kept in the tests of statsmodels (stats/tests/test_inter_rater.py).
@pytest.mark.parametrize(
    ("weights", "printed"),
    [
        ("identity", (0.4842, 0.1380, 0.2137, 0.7547)),
        ("linear", (0.4701, 0.1457, 0.1845, 0.7558)),
    ],
)
def test_kappa_with_the_error_and_limits_that_sas_prints(weights, printed):
    row = found(of_table([[0, 4, 1], [0, 8, 0], [0, 1, 5]]), "cohen", weights=weights)
    assert row["subjects"] == 19
    assert [round(row[name], 4) for name in ("value", "std_error", "low", "high")] == list(printed)


# irr::kappa2 of R on two raters of its `anxiety` data, kept in the same tests of statsmodels. Its
# category 5 was given by neither: with values as scores 4 and 6 stay two steps apart.
SECOND = [3, 6, 4, 6, 2, 4, 2, 4, 3, 3, 2, 3, 3, 3, 2, 2, 1, 3, 3, 4]
THIRD = [2, 1, 4, 4, 3, 2, 1, 6, 1, 1, 1, 2, 3, 3, 1, 1, 3, 3, 2, 2]


@pytest.mark.parametrize(
    ("weights", "printed"),
    [("identity", -0.006289308), ("linear", 0.1459075), ("quadratic", 0.2520325)],
)
def test_weighted_kappa_that_irr_gives_when_categories_are_places(weights, printed):
    read = pd.DataFrame({"B": SECOND, "C": THIRD})
    places = {1: "a", 2: "b", 3: "c", 4: "d", 6: "e"}
    row = found(read.replace(places), "cohen", weights=weights, categories=list("abcde"))
    assert_allclose(row["value"], printed, atol=5e-8)
    if weights != "identity":
        assert abs(found(read, "cohen", weights=weights)["value"] - printed) > 0.005


@FEW
@given(tables)
def test_kappa_is_that_of_statsmodels(counts):
    from statsmodels.stats.inter_rater import cohens_kappa

    agree = np.trace(counts)
    assume(0 < agree < counts.sum() and (counts.sum(axis=0) > 0).all())
    assume((counts.sum(axis=1) > 0).all())
    for weights, wt in (("identity", None), ("linear", "linear"), ("quadratic", "quadratic")):
        row = found(of_table(counts), "cohen", weights=weights)
        peer = cohens_kappa(counts, wt=wt)
        assert_allclose([row["value"], row["std_error"]], [peer.kappa, peer.std_kappa], atol=1e-12)


# ---- More reviewers -----------------------------------------------------------------------------

# Fleiss (1971), 30 patients by 6 psychiatrists: depression, personality disorder, schizophrenia,
# neurosis, other. He gives 0.430; irr::kappam.fleiss of R 0.4302445.
FLEISS = [
    *([0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0]),
    *([2, 0, 4, 0, 0], [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6]),
    *([1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1]),
    *([0, 0, 5, 0, 1], [3, 0, 0, 1, 2], [5, 1, 0, 0, 0], [0, 2, 0, 4, 0], [1, 0, 2, 0, 3]),
    *([0, 0, 0, 0, 6], [0, 1, 0, 5, 0], [0, 2, 0, 1, 3], [2, 0, 0, 4, 0], [1, 0, 0, 4, 1]),
    *([0, 5, 0, 1, 0], [4, 0, 0, 0, 2], [0, 2, 0, 4, 0], [1, 0, 5, 0, 0], [0, 0, 0, 0, 6]),
]
# The first 15 of them with errors, printed in the documentation of the R package irrCAC (README).
FIRST_15 = {
    "fleiss": (0.4139265, 0.08119291, 0.5511111, 0.2340741),
    "gwet": (0.4448007, 0.08418757, 0.5511111, 0.1914815),
}
# Krippendorff (2011) "Computing Krippendorff's Alpha-Reliability": 12 units, four observers. Also
# cac.raw4raters of irrCAC, whose documentation prints the values without limits used below.
UNITS = pd.DataFrame(
    [
        *([1, 1, MISSING, 1], [2, 2, 3, 2], [3, 3, 3, 3], [3, 3, 3, 3], [2, 2, 2, 2], [1, 2, 3, 4]),
        *([4, 4, 4, 4], [1, 1, 2, 1], [2, 2, 2, 2], [MISSING, 5, 5, 5]),
        *([MISSING, MISSING, 1, 1], [MISSING, MISSING, 3, MISSING]),
    ],
    columns=["A", "B", "C", "D"],
)


def test_fleiss_kappa_of_the_psychiatric_diagnoses():
    assert_allclose(found(of_counts(FLEISS), "fleiss")["value"], 0.4302445, atol=5e-8)


@pytest.mark.parametrize("which", list(FIRST_15))
def test_several_reviewers_with_the_errors_that_irrcac_prints(which):
    row = found(of_counts(FLEISS[:15]), which)
    names = ["value", "std_error", "observed", "expected"]
    assert_allclose(row[names].astype(float), FIRST_15[which], rtol=0, atol=5e-8)


# irrCAC prints (0.264, 0.625) and (0.24, 0.588) for them: t with 14 degrees of freedom.
def test_limits_are_those_of_t():
    limits = coefficients(of_counts(FLEISS[:15]), raters=[f"R{k}" for k in range(1, 7)])
    limits = limits.set_index("coefficient")[["low", "high"]].round(3)
    assert limits.loc["Gwet's AC1"].tolist() == [0.264, 0.625]
    assert limits.loc["Fleiss' kappa"].tolist() == [0.24, 0.588]


# README of irrCAC: table of two abstractors. Its errors of two raters divide by n, ours by n - 1.
@pytest.mark.parametrize(
    ("which", "value", "error"),
    [
        ("cohen", 0.7964094, 0.05891072),
        ("fleiss", 0.7962397, 0.05905473),
        ("gwet", 0.8493305, 0.04321747),
    ],
)
def test_two_reviewers_of_irrcac(which, value, error):
    row = found(of_table([[13, 0, 0], [0, 20, 7], [0, 4, 56]]), which)
    factor = 1.0 if which == "cohen" else np.sqrt(100 / 99)
    assert_allclose([row["value"], row["std_error"]], [value, error * factor], atol=5e-8)


# README of irrCAC (nominal); Krippendorff (2011) gives alpha 0.743 nominal and 0.849 interval.
@pytest.mark.parametrize(
    ("which", "weights", "value", "expected"),
    [
        ("percent", "identity", 0.8181818, 0.0),
        ("gwet", "identity", 0.77544, 0.1903212),
        ("fleiss", "identity", 0.76117, 0.2387153),
        ("krippendorff", "identity", 0.74342, 0.24),
        ("krippendorff", "quadratic", 0.849, 0.825),
    ],
)
def test_ratings_with_gaps(which, weights, value, expected):
    row = found(UNITS, which, weights=weights)
    assert_allclose(row["value"], value, rtol=0, atol=5e-4 if weights == "quadratic" else 5e-6)
    assert_allclose(row["expected"], expected, rtol=0, atol=5e-8)
    assert row["subjects"] == 11
    assert row["rated_once"] == (0 if which == "krippendorff" else 1)


# Python package irrCAC 0.4.4 on the eleven units rated twice or more.
@pytest.mark.parametrize(
    ("which", "weights", "value", "error"),
    [
        ("gwet", "identity", 0.77515171, 0.12527193),
        ("fleiss", "identity", 0.76248313, 0.1354386),
        ("gwet", "linear", 0.85769153, 0.09047618),
        ("fleiss", "linear", 0.82408796, 0.12127546),
        ("gwet", "quadratic", 0.91279823, 0.0672071),
        ("fleiss", "quadratic", 0.87423043, 0.10939188),
    ],
)
def test_weighted_coefficients_of_irrcac(which, weights, value, error):
    row = found(UNITS.iloc[:11], which, weights=weights)
    assert_allclose([row["value"], row["std_error"]], [value, error], rtol=0, atol=5e-8)
    if which == "gwet":
        assert row["coefficient"] == ("Gwet's AC1" if weights == "identity" else "Gwet's AC2")


# 125 subjects: 118 yes by both, none no by both. By hand: shares 0.984 and 0.96 of yes, together
# 0.972. The table is Gwet's own of the paradox (2002, Stat Methods Inter-Rater Reliab Assess 1).
def test_much_agreement_on_a_common_answer_has_no_kappa_but_an_ac1():
    read = of_table([[118, 5], [2, 0]])
    chance = 0.984 * 0.96 + 0.016 * 0.04
    assert_allclose(found(read, "cohen")["value"], (0.944 - chance) / (1 - chance))
    assert_allclose(found(read, "gwet")["value"], 1 - 0.056 / (1 - 2 * 0.972 * 0.028))
    assert round(found(read, "cohen")["value"], 3) == -0.023
    assert round(found(read, "gwet")["value"], 3) == 0.941


@FEW
@given(ratings)
def test_fleiss_kappa_is_that_of_statsmodels(read):
    from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

    assume(len(np.unique(read)) > 1)
    peer = fleiss_kappa(aggregate_raters(read.to_numpy())[0])
    assert_allclose(found(read, "fleiss")["value"], peer, atol=1e-12)


def jackknife(read, which, **options):
    """Error from leaving out one subject after the other; independent of any linearisation."""
    n = len(read)
    left = [found(read.drop(index=row), which, **options)["value"] for row in range(n)]
    return np.sqrt((n - 1) / n * ((np.array(left) - np.mean(left)) ** 2).sum())


# Part of a sample is read blind by a second reviewer. The published formula takes a subject read
# once for one without agreement: irrCAC gives 0.1217 here for Gwet's AC1 where this gives 0.1117.
@pytest.mark.parametrize(
    ("which", "weights"),
    [("gwet", "identity"), ("fleiss", "quadratic")],
)
def test_errors_are_those_of_the_jackknife_where_not_all_are_read_twice(which, weights):
    draw = np.random.default_rng(3)
    truth = draw.choice(3, 60, p=[0.5, 0.3, 0.2])
    sides = [np.where(draw.random(60) < 0.7, truth, draw.integers(0, 3, 60)) for _ in "AB"]
    read = pd.DataFrame(dict(zip("AB", sides, strict=True))).astype(object)
    read.loc[40:, "B"] = MISSING
    options = {"weights": weights, "categories": [0, 1, 2]}
    row = found(read, which, **options)
    assert_allclose(row["std_error"], jackknife(read, which, **options), rtol=0.03)


@pytest.mark.parametrize("which", ["percent", "fleiss", "gwet", "krippendorff"])
def test_many_subjects_read_once_do_not_blur_the_agreement_of_those_read_twice(which):
    twice = of_table([[20, 5], [5, 20]]).astype(object)
    once = pd.DataFrame({"A": [0, 1] * 500, "B": MISSING})
    row = found(pd.concat([twice, once], ignore_index=True), which, categories=[0, 1])
    alone = found(twice, which, categories=[0, 1])
    assert_allclose(row["value"], alone["value"])
    assert_allclose(row["std_error"], alone["std_error"], rtol=0.01)


# For equal numbers of ratings alpha is 1 - (1 - 1/N) (1 - kappa) with N ratings: so is its error.
@FEW
@given(ratings)
def test_alpha_follows_from_fleiss_kappa(read):
    assume(len(np.unique(read)) > 1)
    alpha, kappa = found(read, "krippendorff"), found(read, "fleiss")
    factor = 1 - 1 / read.size
    assert_allclose(alpha["value"], 1 - factor * (1 - kappa["value"]), atol=1e-12)
    if not np.isnan(kappa["std_error"]):
        assert_allclose(alpha["std_error"], factor * kappa["std_error"], atol=1e-12)


# ---- Laws ---------------------------------------------------------------------------------------

ANY = ["fleiss", "gwet", "krippendorff", "percent"]
NUMBERS = ["observed", "expected", "value", "std_error", "low", "high"]


def numbers(frame, which=ANY, raters=("A", "B", "C"), **options):
    return coefficients(frame, raters=list(raters), which=which, **options)[NUMBERS].astype(float)


@FEW
@given(ratings, st.permutations(["A", "B", "C"]), st.permutations([0, 1, 2]), st.randoms())
def test_who_rated_and_what_answers_are_called_does_not_matter(read, raters, answers, random):
    scale = {"categories": [0, 1, 2]}
    expected = numbers(read, **scale)
    renamed = read.replace(dict(enumerate(answers)))
    rows = random.sample(range(len(read)), len(read))
    mixed = [random.sample(list(row), 3) for row in read.to_numpy()]
    mixed = pd.DataFrame(mixed, columns=["A", "B", "C"])
    for other in (read[raters].set_axis(list("ABC"), axis=1), renamed, read.iloc[rows], mixed):
        assert_allclose(numbers(other, **scale), expected, atol=1e-9)


@FEW
@given(ratings)
def test_cohens_kappa_is_the_same_from_either_side(read):
    one = numbers(read, ["cohen"], "AB", categories=[0, 1, 2])
    assert_allclose(numbers(read, ["cohen"], "BA", categories=[0, 1, 2]), one, atol=1e-12)


@FEW
@given(ratings, st.integers(2, 4))
def test_subjects_taken_several_times_leave_the_value_and_shrink_the_error(read, times):
    again = pd.concat([read] * times, ignore_index=True)
    scale = {"categories": [0, 1, 2]}
    one, many = (numbers(f, ["fleiss", "gwet"], **scale) for f in (read, again))
    assert_allclose(many["value"], one["value"], atol=1e-12)
    ratio = np.sqrt((len(read) - 1) / (len(again) - 1))
    assert_allclose(many["std_error"], one["std_error"] * ratio, atol=1e-12)
    kappa, kappas = (numbers(f, ["cohen"], "AB", **scale) for f in (read, again))
    assert_allclose(kappas["std_error"], kappa["std_error"] / np.sqrt(times), atol=1e-12)


@FEW
@given(ratings)
def test_coefficients_and_limits_stay_on_their_scale(read):
    table = coefficients(read, raters=["A", "B"], categories=[0, 1, 2])
    assert table["value"].dropna().le(1 + 1e-12).all()
    known = table.dropna(subset=["low"])
    assert (known["low"] <= known["value"] + 1e-12).all()
    assert (known["value"] <= known["high"] + 1e-12).all()
    assert known["low"].ge(-1).all()
    assert known["high"].le(1 + 1e-12).all()


@FEW
@given(ratings)
def test_a_long_frame_in_any_order_says_the_same_as_a_wide_one(read):
    long = read.reset_index(names="subject").melt("subject", var_name="rater", value_name="rating")
    expected = coefficients(read, raters=["A", "B", "C"])
    mixed = long.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(coefficients(mixed), expected)
    assert list(expected.columns) == COLUMNS


def test_weights_count_distances_on_the_scale():
    read = pd.DataFrame({"A": [1, 2, 6, 3], "B": [1, 3, 4, 3]})
    linear = found(read, "percent", weights="linear", categories=[1, 2, 3, 4, 5, 6])
    assert_allclose(linear["value"], (1 + 0.8 + 0.6 + 1) / 4)
    words = pd.DataFrame({"A": ["poor", "good"], "B": ["good", "good"]})
    scale = ["very poor", "poor", "adequate", "good", "excellent"]
    assert found(words, "percent", weights="linear", categories=scale)["value"] == 0.75
    assert found(words, "percent", weights="quadratic", categories=scale)["value"] == 0.875


def test_an_ordered_column_brings_its_scale():
    scale = pd.CategoricalDtype(["poor", "adequate", "good"], ordered=True)
    read = pd.DataFrame({"A": ["poor", "good"], "B": ["good", "good"]}).astype(scale)
    row = found(read, "gwet", weights="linear")
    assert row["categories"] == 3
    long = read.reset_index(names="subject").melt("subject", var_name="rater", value_name="rating")
    long["rating"] = long["rating"].astype(scale)
    assert coefficients(long, which=["gwet"], weights="linear").loc[0, "value"] == row["value"]


# Two reviewers who agree beyond chance with a known kappa (chance-free share 0.6).
@pytest.mark.slow
def test_limits_hold_the_true_kappa_about_as_often_as_they_say():
    draw = np.random.default_rng(6)
    inside = {"cohen": 0, "fleiss": 0}
    for _ in range(300):
        truth = draw.random(100) < 0.3
        same = draw.random(100) < 0.6  # both see the truth; else each gives an answer of its own
        sides = [np.where(same, truth, draw.random(100) < 0.3).astype(int) for _ in "AB"]
        read = pd.DataFrame(dict(zip("AB", sides, strict=True)))
        table = coefficients(read, raters=["A", "B"], which=list(inside))
        for which, low, high in zip(inside, table["low"], table["high"], strict=True):
            inside[which] += low <= 0.6 <= high
    assert all(0.92 <= n / 300 <= 0.98 for n in inside.values()), inside


# ---- Edges --------------------------------------------------------------------------------------


def test_all_agree_kappa_has_a_value_but_no_limits():
    table = coefficients(of_table([[3, 0], [0, 4]]), raters=["A", "B"]).set_index("coefficient")
    assert (table["value"] == 1).all()
    kappas = table.drop(index="percent agreement")
    assert kappas[["std_error", "low", "high"]].isna().all(axis=None)
    assert kappas["note"].str.contains("no certainty").all()
    from helpers.methods.proportions import wilson

    low, high = wilson(7, 7)
    assert table.loc["percent agreement", ["low", "high"]].tolist() == [low, high]


def test_one_answer_throughout_has_no_kappa_and_says_why():
    table = coefficients(of_table([[5, 0], [0, 0]]), raters=["A", "B"], categories=[0, 1])
    table = table.set_index("coefficient")
    for name in ("Cohen's kappa", "Fleiss' kappa", "Krippendorff's alpha"):
        assert np.isnan(table.loc[name, "value"])
        assert "every rating is 0" in table.loc[name, "note"]
    assert table.loc["percent agreement", "value"] == 1
    # Gwet's expects little agreement by chance where nobody gives the second answer.
    assert table.loc["Gwet's AC1", "value"] == 1


def test_a_scale_of_one_category_has_no_coefficient():
    table = coefficients(of_table([[5]]), raters=["A", "B"]).set_index("coefficient")
    assert table["value"].isna().tolist() == [False, True, True, True, True]
    assert table["note"].iloc[1:].str.contains("one category only").all()


@pytest.mark.parametrize("pair", [(0, 0), (0, 1)])
def test_one_subject_has_no_limits(pair):
    read = pd.DataFrame([pair], columns=["A", "B"])
    table = coefficients(read, raters=["A", "B"], categories=[0, 1])
    kappas = table.iloc[1:]
    assert kappas["low"].isna().all()
    assert kappas.loc[kappas["value"].notna(), "note"].str.contains("One subject only").all()
    assert table.loc[0, "value"] == (pair[0] == pair[1])


def test_no_agreement_at_all():
    table = coefficients(of_table([[0, 4], [4, 0]]), raters=["A", "B"]).set_index("coefficient")
    assert table.loc["percent agreement", "value"] == 0
    assert table.loc["Cohen's kappa", "value"] == -1
    assert "no spread" in table.loc["Fleiss' kappa", "note"]


def test_missing_ratings_count_where_they_can():
    read = of_table(COHEN).astype(object)
    read.loc[150:, "B"] = MISSING
    table = coefficients(read, raters=["A", "B"]).set_index("coefficient")
    assert table.loc["Cohen's kappa", ["subjects", "rated_once"]].tolist() == [150, 0]
    assert table.loc["Fleiss' kappa", ["subjects", "rated_once"]].tolist() == [150, 50]
    both = coefficients(read.iloc[:150], raters=["A", "B"]).set_index("coefficient")
    assert_allclose(table.loc["Cohen's kappa", "value"], both.loc["Cohen's kappa", "value"])


LONG = pd.DataFrame(
    {"subject": [1, 1, 2, 2], "rater": ["A", "B", "A", "B"], "rating": ["no", "yes", "no", "no"]}
)


@pytest.mark.parametrize(
    ("frame", "options", "words"),
    [
        (LONG.drop(columns="rater"), {}, "Missing column 'rater'"),
        (LONG.assign(subject=[1, None, 2, 2]), {}, "Row 1: column 'subject' is missing"),
        (LONG.assign(rater=["A", "A", "A", "B"]), {}, "Rated more than once .*: 1 by A"),
        (LONG.assign(rater="A", subject=range(4)), {}, r"ratings by one only \(A\)"),
        (LONG.assign(rating=None), {}, "ratings by none"),
        (LONG.assign(subject=range(4)), {}, "No subject was rated by two"),
        (LONG, {"categories": ["no", "maybe"]}, "outside the categories given: yes .subjects 1"),
        (LONG, {"categories": ["no", "no", "yes"]}, "named twice"),
        (LONG, {"weights": "cubic"}, "weights must be one of"),
        (LONG, {"weights": np.eye(3)}, "table of 2 by 2"),
        (LONG, {"weights": [[1, 0.5], [0.2, 1]]}, "symmetrical"),
        (LONG, {"which": ["scott"]}, "which must be one of"),
        (LONG, {"level": 95}, "level must lie strictly"),
        (LONG, {"raters": ["subject", "subject"]}, "named twice"),
        (LONG, {"raters": ["rater", "rating"]}, "Rows 1, 3: the subject comes twice"),
    ],
)
def test_ratings_that_cannot_be_right_are_refused(frame, options, words):
    with pytest.raises(ValueError, match=words):
        coefficients(frame, **options)


def test_weights_without_an_order_are_refused():
    read = pd.DataFrame({"A": ["low", "mid", "high"], "B": ["low", "high", "high"]})
    with pytest.raises(ValueError, match="need the order of the categories"):
        found(read, "cohen", weights="linear")


def test_cohens_kappa_of_three_is_refused_by_name_and_left_out_by_default():
    read = of_counts(FLEISS)
    with pytest.raises(ValueError, match="for two reviewers; there are 6"):
        found(read, "cohen")
    every = coefficients(read, raters=list(read.columns))["coefficient"]
    assert "Cohen's kappa" not in set(every)
    assert len(every) == 4


# ---- Two reviewers ------------------------------------------------------------------------------


def test_pairs_are_the_two_reviewers_alone():
    read = of_counts(FLEISS).sample(frac=1, axis=1, random_state=2)
    names = sorted(read.columns)
    pairs = pairwise(read, raters=names, which=["cohen"])
    assert len(pairs) == 15
    row = pairs[(pairs["first"] == "R2") & (pairs["second"] == "R5")].iloc[0]
    alone = found(read, "cohen", raters=["R2", "R5"], categories=[0, 1, 2, 3, 4])
    assert row["value"] == alone["value"]


def test_pairs_without_a_subject_in_common_are_left_out():
    read = pd.DataFrame({"A": [1, 0, None], "B": [1, 1, None], "C": [None, None, 1]})
    pairs = pairwise(read, raters=["A", "B", "C"], which=["percent"])
    assert pairs[["first", "second"]].to_numpy().tolist() == [["A", "B"]]
    with pytest.raises(ValueError, match="No two reviewers"):
        pairwise(read.assign(B=None), raters=["A", "B", "C"])


def test_the_table_of_two_reviewers():
    table = confusion(of_table(COHEN), raters=["A", "B"])
    assert table["numerator"].to_numpy().reshape(3, 3).tolist() == COHEN
    assert (table["denominator"] == 200).all()
    assert_allclose(table.loc[table["same"], "value"].sum(), 0.70)
    assert table.loc[1, ["first", "second"]].tolist() == [0, 1]


def test_the_table_keeps_answers_that_nobody_gave_and_leaves_out_who_was_read_once():
    read = pd.DataFrame({"A": ["no", "yes", "no"], "B": ["no", "no", None]})
    table = confusion(read, raters=["A", "B"], categories=["no", "unsure", "yes"])
    assert len(table) == 9
    assert table["numerator"].sum() == 2
    with pytest.raises(ValueError, match="rated no subject in common"):
        confusion(read.assign(B=["no", None, None], C=[None, "no", "no"]), raters=["B", "C"])
    with pytest.raises(ValueError, match="Name two different reviewers"):
        confusion(read.assign(C="no"), raters=["A", "B", "C"])


# Feinstein and Cicchetti (1990) J Clin Epidemiol 43:543: kappa 0.70 and 0.32 at 85% agreement.
@pytest.mark.parametrize(
    ("counts", "kappa", "on_yes", "on_no"),
    [([[40, 9], [6, 45]], 0.70, 80 / 95, 90 / 105), ([[80, 10], [5, 5]], 0.32, 160 / 175, 10 / 25)],
)
def test_the_first_paradox_of_kappa(counts, kappa, on_yes, on_no):
    # Category 0 stands for the answer in the first row.
    yes = prevalence_and_bias(of_table(counts), raters=["A", "B"]).iloc[0]
    assert yes["observed"] == 0.85
    assert round(yes["kappa"], 2) == kappa
    assert_allclose(yes["pabak"], 0.70)
    assert_allclose([yes["agreement_on_it"], yes["agreement_on_others"]], [on_yes, on_no])
    assert_allclose(yes["prevalence_index"], (counts[0][0] - counts[1][1]) / 100)
    assert_allclose(yes["bias_index"], (counts[0][1] - counts[1][0]) / 100)
    assert "first paradox" in yes["note"]
    assert f"agree on 85%; kappa is {kappa:.2f}. It would be 0.70" in yes["note"]


def test_the_second_paradox_is_named_and_neither_where_there_is_none():
    biased = prevalence_and_bias(of_table([[40, 30], [5, 40]]), raters=["A", "B"])
    assert biased["note"].str.contains("second paradox").all()
    even = prevalence_and_bias(of_table([[40, 10], [10, 40]]), raters=["A", "B"])
    assert not even["note"].str.contains("paradox").any()
    assert_allclose(even["kappa"], even["pabak"])
    assert_allclose(even["highest_kappa"], 1.0)
    agreed = prevalence_and_bias(of_table([[40, 0], [0, 5]]), raters=["A", "B"])
    assert (agreed["note"] == "The reviewers agree throughout, and kappa is 1.").all()
    assert (agreed["kappa"] == 1).all()


@FEW
@given(tables)
def test_kappa_follows_from_the_three_indices(counts):
    assume(counts.sum() > 0)
    read = of_table(counts)
    both = prevalence_and_bias(read, raters=["A", "B"], categories=[0, 1, 2])
    for row in both.itertuples():
        assert row.both + row.only_first + row.only_second + row.neither == counts.sum()
        apart = row.prevalence_index**2 - row.bias_index**2
        if np.isnan(row.kappa):
            assert_allclose(apart, 1.0)
            assert "not defined" in row.note
            continue
        # Byrt, Bishop and Carlin (1993).
        assert_allclose(row.kappa, (row.pabak - apart) / (1 - apart), atol=1e-9)
        assert row.kappa <= row.highest_kappa + 1e-12
        alone = read.eq(row.category).astype(int)
        assert_allclose(row.kappa, found(alone, "cohen", categories=[0, 1])["value"], atol=1e-12)


def test_words_for_a_coefficient_are_named_as_a_convention():
    table = in_convention(coefficients(of_table(COHEN), raters=["A", "B"]))
    words = table.set_index("coefficient")["convention"]
    assert words["percent agreement"] == ""
    assert words["Cohen's kappa"].startswith("moderate (limits: fair to moderate) in the words of")
    assert "Landis and Koch (1977), a convention" in words["Cohen's kappa"]


# Landis and Koch (1977): below 0 poor, 0-0.20 slight, 0.21-0.40 fair, 0.41-0.60 moderate, 0.61-0.80
# substantial, 0.81-1 almost perfect.
@pytest.mark.parametrize(
    ("value", "word"),
    [
        *((-0.1, "poor"), (0.0, "slight"), (0.2, "slight"), (0.3, "fair"), (0.4, "fair")),
        *((0.5, "moderate"), (0.7, "substantial"), (0.81, "almost"), (1.0, "almost")),
    ],
)
def test_the_words_are_those_of_landis_and_koch(value, word):
    row = {"coefficient": "Cohen's kappa", "value": value, "low": np.nan, "high": np.nan}
    found = in_convention(pd.DataFrame([row])).loc[0, "convention"]
    assert found.startswith(word)
    assert "limits not known" in found
