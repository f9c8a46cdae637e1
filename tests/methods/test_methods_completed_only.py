"""Finished records alone are shown only beside the estimate that counts open ones."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.completed_only import completed_only
from helpers.methods.survival import quantiles, restricted_mean

waits = st.lists(st.tuples(st.integers(0, 60), st.booleans()), min_size=1, max_size=30)


@given(waits)
def test_its_estimates_are_those_of_the_curves(pairs):
    frame = pd.DataFrame(pairs, columns=["days", "observed"])
    found = completed_only(frame, horizon=30).iloc[0]
    middle = quantiles(frame, probabilities=[0.5]).iloc[0]
    assert_allclose(
        found[["value", "low", "high"]].astype(float),
        middle[["value", "low", "high"]].astype(float),
    )
    mean = restricted_mean(frame, horizon=30)["value"].iloc[0]
    assert_allclose(found["restricted_mean"], mean)
    done = frame.loc[frame["observed"], "days"]
    assert_allclose(found["completed_mean"], done.mean())
    assert (found["numerator"], found["denominator"]) == (len(done), len(frame))


def test_the_mean_of_finished_records_misleads_in_a_simulation():
    # Exponential waits of 100 days on average, of which the extract sees 100 days at most: the
    # finished have a mean of 100 - 100 / (e - 1) = 41.8 days in closed form.
    rng = np.random.default_rng(9)
    true = rng.exponential(100, 200_000)
    frame = pd.DataFrame({"days": np.minimum(true, 100), "observed": true <= 100})
    found = completed_only(frame, horizon=100).iloc[0]
    assert found["completed_mean"] == pytest.approx(100 - 100 / (np.e - 1), rel=0.01)
    assert found["value"] == pytest.approx(100 * np.log(2), rel=0.02)
    assert found["restricted_mean"] == pytest.approx(100 * (1 - np.exp(-1)), rel=0.01)


def test_groups_keep_their_own_numbers_and_one_without_an_end_has_none():
    frame = pd.DataFrame(
        {"site": ["b", "a", "a", "b"], "days": [40, 10, 20, 50], "observed": [0, 1, 1, 0]}
    )
    found = completed_only(frame, horizon=15, by="site").set_index("site")
    assert found.loc["a", "completed_mean"] == 15
    assert np.isnan(found.loc["b", "completed_mean"])
    assert found["restricted_mean"].tolist() == [12.5, 15]
    assert completed_only(frame.iloc[:0], horizon=15, by="site").empty
