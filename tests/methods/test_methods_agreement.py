"""Agreement of two reviewers against published examples, other libraries and closed forms."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from numpy.testing import assert_allclose
from rated import COHEN, FEW, FLEISS, found, of_counts, of_table, tables

from helpers.methods.agreement import (
    coefficients,
    confusion,
    in_convention,
    pairwise,
    prevalence_and_bias,
)

# ---- Cohen's kappa ------------------------------------------------------------------------------

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
