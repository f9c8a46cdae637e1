"""The table of tests at ten clusters is the one that its script makes, and what it shows."""

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
    JOINT,
    NORMAL,
    RUNS,
    SIZES,
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
    assert len(table) == len(scenarios()) * (3 * len(TERMS) + 3)
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
    found = rows(table, BELL, WILD)
    assert len(found) == 32
    assert found["low"].max() < 0.06
    assert found["high"].min() > 0.04
    assert rows(table, BELL)["found"].between(0.03, 0.066).all()
    assert rows(table, BELL)["found"].mean() == pytest.approx(0.045, abs=0.002)
    assert rows(table, WILD)["found"].between(0.04, 0.062).all()


def test_where_they_lie_outside_4_to_6_is_said(table):
    """Of 32, 10: too cautious, but for two that are at 6.5 and 6.1%."""
    found = rows(table, BELL, WILD)
    outside = found[~found["from_4_to_6"]]
    above = outside[outside["found"].gt(0.06)]
    assert above["term"].tolist() == ["of trusts", JOINT]
    assert above["setting"].eq("sizes 10 to 150, chance 0.4, 5 of 10 trusts").all()
    below = outside.drop(above.index)
    assert below["term"].value_counts().to_dict() == {
        "of trusts": 5, "of deaths, shares differ by trust": 2, "of deaths, half in each trust": 1,
    }  # fmt: skip
    # Of what three trusts have: about four degrees of freedom or fewer, which tables mark.
    few = below[below["term"].eq("of trusts") & below["setting"].str.contains("3 of 10")]
    assert len(few) == 4
    assert few["mean_df"].max() < 4.1
    assert (few["found"] * few["replicates"]).sum() / few["replicates"].sum() > 0.035


def test_approximate_hotelling_tests_are_too_cautious_where_sizes_differ(table):
    joint = rows(table, HOTELLING)
    unequal = joint["setting"].str.startswith("sizes")
    assert joint.loc[unequal, "high"].max() < 0.045
    assert joint.loc[~unequal, "from_4_to_6"].all()
