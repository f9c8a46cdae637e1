"""The log-rank test and its relatives against a textbook, statsmodels and plain loops."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.duration.survfunc import survdiff

from helpers.methods.survival import day_counts, log_rank

# Day of entry, time from then, event seen, group, stratum: few days, so that entries, ends and
# events fall on the same ones.
people = st.tuples(
    st.integers(-1, 8), st.integers(1, 8), st.booleans(), st.sampled_from("abc"), st.integers(0, 1)
)
samples = st.lists(people, min_size=2, max_size=40).filter(
    lambda rows: len({row[3] for row in rows}) > 1
)


def frame_of(rows):
    frame = pd.DataFrame(rows, columns=["since", "days", "observed", "group", "layer"])
    return frame.assign(days=frame["since"] + frame["days"])


@pytest.fixture
def remission():
    """Weeks in remission of 42 people with leukaemia (Freireich and others 1963 Blood 21:699)."""
    treated = [6, 6, 6, 7, 10, 13, 16, 22, 23], [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
    placebo = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]
    rows = [(week, True, "6-MP") for week in treated[0]]
    rows += [(week, False, "6-MP") for week in treated[1]]
    rows += [(week, True, "placebo") for week in placebo]
    return pd.DataFrame(rows, columns=["days", "observed", "group"])


@pytest.fixture
def lung(reference):
    rows = reference("16_km_lung", "input").dropna(subset=["ph.ecog"])
    return rows.assign(days=rows["time"], observed=rows["status"] == 2)


# Kleinbaum and Klein (2012) Survival Analysis, chapter 2: two decimals are printed.
@pytest.mark.parametrize(
    ("test", "printed"),
    [("log-rank", 16.79), ("gehan-breslow", 13.46), ("tarone-ware", 15.12), ("peto-peto", 14.08)],
)
def test_weighted_tests_agree_with_a_textbook(remission, test, printed):
    found = log_rank(remission, by="group", test=test).loc[0]
    assert found["chi_squared"].round(2) == printed
    assert found[["df", "numerator", "denominator"]].tolist() == [1, 30, 42]


# statsmodels 0.15 survdiff.
@pytest.mark.parametrize(
    ("options", "theirs"),
    [
        ({}, {}),
        ({"test": "gehan-breslow"}, {"weight_type": "gb"}),
        ({"test": "tarone-ware"}, {"weight_type": "tw"}),
        ({"test": "fleming-harrington", "rho": 1}, {"weight_type": "fh", "fh_p": 1}),
        ({"test": "fleming-harrington", "rho": 0.5}, {"weight_type": "fh", "fh_p": 0.5}),
    ],
)
@pytest.mark.parametrize("strata", [None, "sex"])
def test_weighted_and_stratified_tests_agree_with_statsmodels(lung, options, theirs, strata):
    rows = lung[lung["ph.ecog"] < 3]
    layers = None if strata is None else rows[strata]
    expected = survdiff(rows["days"], rows["observed"], rows["ph.ecog"], strata=layers, **theirs)
    found = log_rank(rows, by="ph.ecog", strata=strata, **options).loc[0]
    assert_allclose([found["chi_squared"], found["p_value"]], expected, rtol=1e-9)
    assert found["df"] == 2


def test_entries_on_the_days_of_events_agree_with_statsmodels(lung):
    # Entries among the days of events: who enters on the day of an event is not at risk then.
    entry = lung["days"].sort_values().to_numpy()[: len(lung)] // 2
    rows = lung.assign(since=np.minimum(entry, lung["days"] - 1))
    assert set(rows["since"]) & set(rows.loc[rows["observed"], "days"])
    expected = survdiff(
        rows["days"].to_numpy(),
        rows["observed"].to_numpy(),
        rows["sex"].to_numpy(),
        entry=rows["since"].to_numpy(),
    )
    found = log_rank(rows, by="sex", entry="since").loc[0]
    assert_allclose([found["chi_squared"], found["p_value"]], expected, rtol=1e-9)


def looped(rows, weight, columns="abc"):
    """Observed less expected by group and its variance, person by person and day by day."""
    more, variance = np.zeros(3), np.zeros((3, 3))
    for _, part in rows.groupby("layer"):
        open_share = peto = 1.0
        for day in sorted(set(part.loc[part["observed"], "days"])):
            n, d = np.zeros(3), np.zeros(3)
            for person in part.itertuples():
                if person.since < day <= person.days:
                    n[columns.index(person.group)] += 1
                    if person.days == day and person.observed:
                        d[columns.index(person.group)] += 1
            peto *= 1 - d.sum() / (n.sum() + 1)
            w = weight(n.sum(), open_share, peto)
            open_share *= 1 - d.sum() / n.sum()
            share = n / n.sum()
            more += w * (d - d.sum() * share)
            if n.sum() > 1:
                ties = d.sum() * (n.sum() - d.sum()) / (n.sum() - 1)
                variance += w**2 * ties * (np.diag(share) - np.outer(share, share))
    return more, variance


WEIGHTS = {
    ("log-rank", 0, 0): lambda n, s, p: 1,
    ("gehan-breslow", 0, 0): lambda n, s, p: n,
    ("tarone-ware", 0, 0): lambda n, s, p: np.sqrt(n),
    ("peto-peto", 0, 0): lambda n, s, p: p,
    ("fleming-harrington", 1, 1): lambda n, s, p: s * (1 - s),
    ("fleming-harrington", 0, 2): lambda n, s, p: (1 - s) ** 2,
}


@pytest.mark.slow
@settings(deadline=None, max_examples=20)
@given(samples)
def test_entries_strata_and_weights_agree_with_plain_loops(drawn):
    rows = frame_of(drawn)
    for (test, rho, gamma), weight in WEIGHTS.items():
        more, variance = looped(rows, weight)
        found = log_rank(
            rows, by="group", strata="layer", entry="since", test=test, rho=rho, gamma=gamma
        ).loc[0]
        assert found["df"] == np.linalg.matrix_rank(variance, tol=1e-9, hermitian=True)
        if found["df"]:
            expected = more @ np.linalg.pinv(variance, rcond=1e-9, hermitian=True) @ more
            assert_allclose(found["chi_squared"], expected, rtol=1e-6, atol=1e-9)
        else:
            assert np.isnan(found["chi_squared"])
            assert np.isnan(found["p_value"])


@settings(deadline=None, max_examples=20)
@given(samples)
def test_counts_by_day_give_the_same_test_as_the_people_themselves(drawn):
    rows = frame_of(drawn)
    counted = day_counts(rows, by=["group", "layer"], observed="observed", entry="since")
    options = {"by": "group", "strata": "layer", "entry": "since", "test": "peto-peto"}
    found = log_rank(counted, weights="n", **options)
    pd.testing.assert_frame_equal(found, log_rank(rows, **options), rtol=1e-12)


@settings(deadline=None, max_examples=20)
@given(samples)
def test_entries_before_the_start_change_nothing(drawn):
    rows = frame_of(drawn).assign(since=-0.5)
    rows["days"] += 1
    late, plain = log_rank(rows, by="group", entry="since"), log_rank(rows, by="group")
    shared = ["chi_squared", "df", "p_value", "numerator", "denominator"]
    pd.testing.assert_frame_equal(late[shared], plain[shared])


def test_the_method_names_test_powers_strata_and_entries(remission):
    rows = remission.assign(since=0, ward="x")
    found = log_rank(
        rows, by="group", strata="ward", entry="since", test="fleming-harrington", rho=1, gamma=0.5
    )
    words = "fleming-harrington (rho 1, gamma 0.5), stratified by ward; at risk after entry"
    assert found.loc[0, "method"] == words
    assert log_rank(rows, by="group").loc[0, "method"] == "log-rank"


def test_nothing_is_claimed_where_nothing_can_be_compared():
    together = pd.DataFrame({"days": [3, 3, 3], "observed": True, "group": ["a", "a", "b"]})
    apart = pd.DataFrame(
        {"days": [2, 3, 8, 9], "since": [0, 0, 5, 5], "observed": True, "group": list("aabb")}
    )
    for found in (log_rank(together, by="group"), log_rank(apart, by="group", entry="since")):
        assert found.loc[0, "df"] == 0
        assert found.loc[0, ["chi_squared", "p_value"]].isna().all()
    # A stratum of one group compares nothing and adds nothing.
    rows = pd.DataFrame({"days": [1, 2, 3, 4], "observed": True, "group": list("abab")})
    more = pd.DataFrame({"days": [1, 2], "observed": True, "group": "a", "layer": "alone"})
    both = pd.concat([rows.assign(layer="pair"), more])
    expected = log_rank(rows, by="group").loc[0, "chi_squared"]
    assert_allclose(log_rank(both, by="group", strata="layer").loc[0, "chi_squared"], expected)


# 200 samples under the hypothesis: 5%, give or take three standard errors.
@pytest.mark.slow
def test_equal_groups_are_called_different_one_time_in_twenty():
    random = np.random.default_rng(20_260_401)
    size, p_values = 80, []
    for _ in range(200):
        end, seen = random.geometric(0.05, size), random.geometric(0.03, size)
        rows = pd.DataFrame({"days": np.minimum(end, seen), "observed": end <= seen})
        rows["group"] = np.arange(size) % 2
        p_values.append(log_rank(rows, by="group").loc[0, "p_value"])
    assert abs(np.mean(np.array(p_values) < 0.05) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 200)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"test": "wilcoxon"}, "test must be one of 'log-rank', 'gehan-breslow'"),
        ({"test": "fleming-harrington", "rho": -1}, "rho and gamma must not be negative"),
        ({"rho": 1}, "rho and gamma belong to 'fleming-harrington', not to 'log-rank'"),
        ({"strata": "ward"}, "Missing column 'ward'"),
    ],
)
def test_impossible_options_are_refused(remission, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        log_rank(remission, by="group", **options)
