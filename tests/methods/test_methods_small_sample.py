"""What t is compared with in few clusters: against Student's t, closed forms and draws."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.special import erfc
from scipy.stats import f, norm, t

from helpers.methods._small_sample import Reference, tail

T = [0.01, 0.3, 1.0, 2.0, 4.0, 10.0, 100.0, 1e4]


@pytest.mark.parametrize("df", [1, 2, 3, 7, 40, 250])
def test_equal_weights_are_students_t(df):
    found = [tail(one, np.full(df, 1 / df)) for one in T]
    assert_allclose(found, 2 * t(df).sf(T), rtol=1e-8, atol=1e-300)


def test_weights_that_are_short_of_one_widen_the_distribution():
    """A variance that is found too small by a factor is that of t, blown up by its root."""
    found = [tail(one, np.full(5, 0.8 / 5)) for one in T]
    assert_allclose(found, 2 * t(5).sf(np.array(T) * np.sqrt(0.8)), rtol=1e-8)


def test_two_unlike_groups_agree_with_an_integral_over_their_share():
    """Given the share of one chi-square in the sum of both, the rest is F on 1 and 7."""
    from scipy.integrate import quad
    from scipy.stats import beta

    weights = np.repeat([0.45, 0.02], [2, 5])
    for one in (0.5, 2.0, 5.0):

        def rest(share, one=one):
            scale = 7 * (0.45 * share + 0.02 * (1 - share))
            return beta(1, 2.5).pdf(share) * f(1, 7).sf(one**2 * scale)

        assert tail(one, weights) == pytest.approx(quad(rest, 0, 1, epsabs=1e-12)[0], rel=1e-9)


def test_it_is_the_share_of_draws():
    weights = np.array([0.5, 0.3, 0.1, 0.05, 0.05, 1e-6, 0])
    drawn = np.random.default_rng(1).chisquare(1, (400_000, 7)) @ weights
    for one in (0.3, 1.0, 2.0, 3.0):
        shares = erfc(np.sqrt(one**2 * drawn / 2))
        error = shares.std() / np.sqrt(shares.size)
        assert abs(tail(one, weights) - shares.mean()) < 4 * error


@given(
    weights=st.lists(st.floats(0.001, 1.0), min_size=1, max_size=12),
    level=st.floats(0.5, 0.999),
)
def test_the_critical_value_is_exceeded_as_often_as_promised(weights, level):
    against = Reference(3.0, np.array(weights))
    assert against.two_sided(against.critical(level)) == pytest.approx(1 - level, rel=1e-7)
    assert against.two_sided(0.0) == pytest.approx(1.0)


def test_without_weights_it_is_the_normal_distribution_or_t():
    assert Reference().critical(0.9) == pytest.approx(norm.ppf(0.95))
    assert Reference().two_sided(-1.2) == pytest.approx(2 * norm.sf(1.2))
    assert Reference(2.5).critical(0.9) == pytest.approx(t(2.5).ppf(0.95))
    assert Reference(2.5).two_sided(-1.2) == pytest.approx(2 * t(2.5).sf(1.2))


def test_of_what_is_not_known_nothing_is():
    assert np.isnan(Reference(np.nan).critical(0.95))
    assert np.isnan(Reference(np.nan).two_sided(1.0))
    assert np.isnan(Reference(3.0, np.full(3, 1 / 3)).two_sided(np.nan))
    assert Reference(3.0, np.zeros(3)).critical(0.95) == np.inf
