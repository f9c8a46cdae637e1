"""Agreement of answers: laws that hold on any ratings, and the edges where nothing can be said."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from rated import COHEN, COLUMNS, FEW, FLEISS, MISSING, found, of_counts, of_table, ratings

from helpers.methods.agreement import coefficients

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
