"""The table of tests at ten clusters is the one that its script makes, and what it shows."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from few_clusters import (
    BELL,
    CHANCES,
    COLUMNS,
    CORRELATION,
    FIRST,
    HOTELLING,
    NORMAL,
    RUNS,
    SIZES,
    SMALL,
    STUDENT,
    TABLE,
    TERMS,
    WALD,
    WILD,
    drawn,
    fitted,
    rejections,
    scenarios,
    setting,
    summary,
)
from statsmodels.discrete.discrete_model import Logit

from helpers.methods import proportions
from helpers.methods._few_clusters import cluster_robust


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(TABLE)


# ---- The table is what the script makes ---------------------------------------------------------


@pytest.mark.parametrize("place", [0, 7])
def test_the_first_runs_of_the_table_are_made_again(table, place):
    scenario = scenarios()[place]
    made = summary(scenario, rejections(scenario, range(FIRST))).set_index(["term", "method"])
    held = table[table["setting"].eq(setting(scenario))].set_index(["term", "method"])
    assert held["first"].sum() > 0
    pd.testing.assert_series_equal(made["first"], held["first"])


def test_the_table_is_whole(table):
    assert table.columns.tolist() == COLUMNS
    assert len(table) == len(scenarios()) * (4 * len(TERMS) + 3)
    assert table["replicates"].between(0.98 * RUNS, RUNS).all()
    assert table["from_4_to_6"].eq(table["found"].between(0.04, 0.06)).all()


def test_the_draws_are_as_described():
    """Two outcomes of a trust have the correlation that is promised, and no term an effect."""
    scenario = ("equal sizes", CHANCES[0], 5)
    runs = pd.concat([drawn(scenario, run).assign(run=run) for run in range(200)])
    trusts = runs.groupby(["run", "trust"])[["events", "trials"]].sum()
    assert trusts["trials"].eq(50).all()
    assert trusts["events"].sum() / trusts["trials"].sum() == pytest.approx(CHANCES[0], abs=0.01)
    share = trusts["events"] / 50
    within = CHANCES[0] * (1 - CHANCES[0])
    assert share.var() / within == pytest.approx(CORRELATION + (1 - CORRELATION) / 50, rel=0.05)
    assert runs[runs["of_trust"]].groupby("run")["trust"].nunique().eq(5).all()
    for term in ("of_trust", "even", "uneven"):
        by = runs.groupby(term)[["events", "trials"]].sum()
        chance = by["events"] / by["trials"]
        assert chance[True] == pytest.approx(chance[False], abs=0.02)
    assert all(size.sum() == 500 for size in SIZES.values())


def test_fits_are_of_greatest_likelihood():
    data = drawn(scenarios()[-1], 3)
    x = data[["one", "of_trust", "even", "uneven"]].to_numpy(float)
    found = fitted(x, data["events"].to_numpy(float), data["trials"].to_numpy(float))
    events = data["events"].to_numpy(int)
    more = np.repeat(x, data["trials"], axis=0)
    y = np.concatenate(
        [np.repeat([1, 0], [a, n - a]) for a, n in zip(events, data["trials"], strict=True)]
    )
    np.testing.assert_allclose(found, Logit(y, more).fit(disp=0, tol=1e-10).params, rtol=1e-7)


# ---- What it shows ------------------------------------------------------------------------------


def rows(table, *methods):
    return table[table["method"].isin(methods)]


def test_plain_tests_reject_too_often(table):
    """Normal limits always, t with clusters less one nearly always where sizes differ."""
    assert rows(table, NORMAL)["low"].min() > 0.06
    assert rows(table, WALD)["low"].min() > 0.06
    student = rows(table, STUDENT)
    assert student.loc[student["setting"].str.startswith("sizes"), "low"].min() > 0.06
    assert student["found"].max() > 0.15


def test_what_the_suite_uses_lies_within_4_to_6_as_far_as_chance_can_tell(table):
    found = rows(table, SMALL, WILD)
    assert len(found) == 32
    assert found["low"].max() < 0.06
    assert found["high"].min() > 0.04
    assert found["found"].between(0.037, 0.0615).all()
    assert found["found"].mean() == pytest.approx(0.049, abs=0.001)


def test_the_readme_says_what_the_table_shows(table):
    said = " ".join((Path(__file__).parents[2] / "README.md").read_text("utf-8").split())
    of = (100 * table.groupby("method")["found"].agg(["min", "max"])).round(1)
    for method, words in ((SMALL, "tests of a coefficient reject"), (WILD, "of several together")):
        assert f"{words} {of.loc[method, 'min']} to {of.loc[method, 'max']}, " in said
    assert f"CR1 with t, up to {of.loc[STUDENT, 'max']:.0f})" in said


def test_where_it_lies_outside_4_to_6_is_said(table):
    """Two of 32, both in the hardest setting: unlike sizes, rare outcomes, three of ten trusts."""
    found = rows(table, SMALL, WILD)
    outside = found[~found["from_4_to_6"]]
    assert outside["method"].eq(SMALL).all()
    assert outside["setting"].eq("sizes 10 to 150, chance 0.08, 3 of 10 trusts").all()
    assert outside["term"].tolist() == [
        "of deaths, half in each trust",
        "of deaths, shares differ by trust",
    ]


def test_satterthwaite_is_too_cautious_about_what_three_trusts_have(table):
    """With about four degrees of freedom or fewer, together by more than chance."""
    bell = rows(table, BELL)
    assert bell["from_4_to_6"].sum() == 17
    few = bell[bell["term"].eq("of trusts") & bell["setting"].str.contains("3 of 10")]
    assert few["mean_df"].max() < 4.1
    rejected = (few["found"] * few["replicates"]).sum()
    _, high = proportions.wilson(rejected, few["replicates"].sum())
    assert high < 0.04
    own = (
        rows(table, SMALL)
        .set_index(["term", "setting"])
        .loc[list(zip(few["term"], few["setting"], strict=True))]
    )
    assert own["from_4_to_6"].all()


def test_the_correlation_within_clusters_is_found(table):
    """Of 0.05, on average over runs: what the distribution of t rests on."""
    found = []
    for run in range(150):
        data = drawn(scenarios()[0], run)
        x = data[["one", "of_trust", "even", "uneven"]].to_numpy(float)
        events, trials = (data[name].to_numpy(float) for name in ("events", "trials"))
        chance = 1 / (1 + np.exp(-x @ fitted(x, events, trials)))
        found.append(cluster_robust(x, events, trials, chance, data["trust"]).correlation)
    error = np.std(found) / np.sqrt(len(found))
    assert np.mean(found) == pytest.approx(CORRELATION, abs=3 * error)
    assert error < 0.004


def test_approximate_hotelling_tests_are_too_cautious_where_sizes_differ(table):
    joint = rows(table, HOTELLING)
    unequal = joint["setting"].str.startswith("sizes")
    assert joint.loc[unequal, "high"].max() < 0.045
    assert joint.loc[~unequal, "from_4_to_6"].all()
