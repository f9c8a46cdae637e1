"""Agreement of several reviewers against published examples, other libraries and a jackknife."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from numpy.testing import assert_allclose
from rated import FEW, FLEISS, MISSING, found, of_counts, of_table, ratings

from helpers.methods.agreement import coefficients

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
