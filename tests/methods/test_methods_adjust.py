"""Adjusted p values against statsmodels."""

import gc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.adjust import benjamini_hochberg, holm


# Benjamini and Hochberg (1995), the 15 p values of section 3.2: four are rejected at 0.05.
def test_the_published_example_rejects_four():
    p = [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344),
        *(0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
    ]
    assert (benjamini_hochberg(p) <= 0.05).sum() == 4


@settings(deadline=None)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_adjusted_values_agree_with_statsmodels(p):
    from statsmodels.stats.multitest import multipletests

    assert_allclose(
        benjamini_hochberg(p), multipletests(p, method="fdr_bh")[1], rtol=1e-12, atol=1e-300
    )


@pytest.fixture
def nothing_to_collect():
    """Keep what stands from the collector, which statsmodels calls with every value."""
    gc.freeze()
    yield
    gc.unfreeze()


@pytest.mark.usefixtures("nothing_to_collect")
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.floats(0, 1), min_size=1, max_size=60))
def test_holm_agrees_with_statsmodels(p):
    from statsmodels.stats.multitest import multipletests

    assert_allclose(holm(p), multipletests(p, method="holm")[1], rtol=1e-12, atol=1e-300)


def test_missing_values_are_not_tests():
    assert np.isnan(holm([0.01, np.nan])).tolist() == [False, True]
    found = benjamini_hochberg([0.01, np.nan, 0.04])
    assert np.isnan(found[1])
    assert_allclose(found[[0, 2]], benjamini_hochberg([0.01, 0.04]))
    assert benjamini_hochberg([]).shape == (0,)


@pytest.mark.parametrize("p", [[0.5, 1.2], [-0.1], [[0.5]]])
def test_what_is_no_list_of_p_values_is_refused(p):
    with pytest.raises(ValueError, match="p value must lie|one-dimensional"):
        benjamini_hochberg(p)
    with pytest.raises(ValueError, match="p value must lie|one-dimensional"):
        holm(p)
