"""Funnel limits against the reference comparisons, exact tails and simulation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.funnel import dispersion, funnel, limits
from helpers.methods.spread import limit_curves


def test_inverted_wilson_limits_agree_with_reference_06(reference):
    rows = reference("06_funnel_phe", "input")
    expected = reference("06_funnel_phe", "expected_limits_proportion")
    target = rows["x"].sum() / rows["n"].sum()
    assert_allclose(100 * target, expected["baseline"], rtol=1e-6)
    for level, name in ((0.95, "2s"), (0.998, "3s")):
        found = limits(target, expected["Population"], levels=[level], method="wilson")
        assert_allclose(100 * found["low"], expected[f"lower_{name}_limit"], rtol=1e-6)
        assert_allclose(100 * found["high"], expected[f"upper_{name}_limit"], rtol=1e-6)


def test_positions_agree_with_reference_06(reference):
    rows = reference("06_funnel_phe", "input")
    found = funnel(rows, numerator="x", denominator="n", method="wilson")
    bands = {
        "within limits": "Not significant",
        "above 95% limit": "High (0.025)",
        "below 95% limit": "Low (0.025)",
        "above 99.8% limit": "High (0.001)",
        "below 99.8% limit": "Low (0.001)",
    }
    expected = reference("06_funnel_phe", "expected_significance")["proportion"]
    assert found["position"].map(bands).tolist() == expected.tolist()


@pytest.fixture
def medpar(reference):
    rows = reference("09_funnel_proportion", "input")
    return rows.rename(columns={"died": "numerator", "patients": "denominator"})


def test_dispersion_agrees_with_reference_09(medpar):
    found = dispersion(medpar)
    # expected.json of the comparison.
    assert_allclose(found.phi, 1.36073398509911, rtol=1e-6)
    assert_allclose(found.tau2, 0.00353333502020161, rtol=1e-6)
    assert_allclose(found.tau, 0.0594418625229864, rtol=1e-6)
    assert found.units == 54


def test_scores_agree_with_reference_09(medpar, reference):
    expected = reference("09_funnel_proportion", "expected_arcsine_winsorised10")
    found = funnel(medpar, method="arcsine")
    assert found["provnum"].tolist() == expected["group"].tolist()
    assert_allclose(found["value"], expected["rr"], rtol=1e-6)
    assert_allclose(found["z"], expected["Uzscore"], rtol=1e-6)
    assert_allclose(found["z_winsorised"], expected["Wuzscore"], rtol=1e-6)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        *(("low_95", "LCL95"), ("high_95", "UCL95"), ("low_99_8", "LCL99")),
        *(("high_99_8", "UCL99"), ("od_low_95", "OD95LCL"), ("od_high_95", "OD95UCL")),
        *(("od_low_99_8", "OD99LCL"), ("od_high_99_8", "OD99UCL")),
    ],
)
def test_arcsine_limits_agree_with_reference_09(medpar, reference, ours, theirs):
    expected = reference("09_funnel_proportion", "expected_arcsine_winsorised10")
    found = funnel(medpar, method="arcsine")
    # With one record the peer's upper 95% limits pass the end of the arcsine scale and fold
    # back below 1 (0.99877 and 0.99824); ours stay at the end.
    folded = (found["denominator"] == 1) & (ours in ("high_95", "od_high_95"))
    assert folded.sum() in (0, 2)
    assert (found.loc[folded, ours] == 1).all()
    assert_allclose(found.loc[~folded, ours], expected.loc[~folded, theirs], rtol=1e-6)


def test_no_unit_of_reference_09_lies_outside_the_over_dispersed_limits(medpar):
    assert not funnel(medpar)["od_position"].str.contains("99.8").any()


# Spiegelhalter (2005) Stat Med 24:1185, appendix: limit (r - a) / n with r the binomial
# quantile and a = (F(r) - p) / (F(r) - F(r - 1)), here from scipy's distribution.
@pytest.mark.parametrize("target", [0.03, 0.36, 0.9])
@pytest.mark.parametrize("n", [20, 137, 5000])
def test_exact_limits_follow_the_published_interpolation(target, n):
    from scipy.stats import binom

    found = limits(target, [n])
    for side, tails in (("low", (0.025, 0.001)), ("high", (0.975, 0.999))):
        for at, p in enumerate(tails):
            r = binom.ppf(p, n, target)
            share = (binom.cdf(r, n, target) - p) / binom.pmf(r, n, target)
            expected = max((r - share) / n, 0)
            if side == "high" and target**n > 1 - p:
                expected = 1
            assert_allclose(found.loc[at, side], expected, rtol=1e-9)


units = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(deadline=None)
@given(units, st.floats(0.001, 0.999), st.sampled_from([0.95, 0.998]))
def test_conservative_limits_never_exceed_the_nominal_tail(unit, target, level):
    from scipy.stats import binom

    (x, n), tail = unit, (1 - level) / 2
    found = limits(target, [n], levels=[level], method="conservative").loc[0]
    above, below = binom.sf(x - 1, n, target), binom.cdf(x, n, target)
    if abs(above - tail) > 1e-9:
        assert (x / n > found["high"] + 1e-12) == (above < tail)
    if abs(below - tail) > 1e-9:
        assert (x / n < found["low"] - 1e-12) == (below < tail)


def test_a_single_record_is_never_outside():
    rows = pd.DataFrame({"numerator": [1, 0, 2], "denominator": [1, 1, 2]})
    for method in ("exact", "conservative", "wilson", "arcsine"):
        found = funnel(rows, target=0.36, method=method, levels=[0.998])
        assert (found["position"] == "within limits").all()


@pytest.mark.parametrize("target", [0.0, 1.0])
@pytest.mark.parametrize("method", ["exact", "conservative", "wilson"])
def test_a_certain_target_has_no_width(target, method):
    found = limits(target, [5, 50], method=method)
    assert (found[["low", "high"]] == target).all(axis=None)


def test_over_dispersed_limits_are_never_narrower(medpar):
    found = funnel(medpar, method="arcsine")
    for level in ("95", "99_8"):
        assert (found[f"od_low_{level}"] <= found[f"low_{level}"] + 1e-15).all()
        assert (found[f"od_high_{level}"] >= found[f"high_{level}"] - 1e-15).all()


# Pearson's idea by hand: equal denominators, z as it is, target known.
def test_dispersion_test_counts_a_known_target_as_free():
    rows = pd.DataFrame({"numerator": [10, 30, 45], "denominator": [100] * 3})
    z = (np.arcsin(np.sqrt([0.1, 0.3, 0.45])) - np.arcsin(np.sqrt(0.3))) * 20
    found = dispersion(rows, target=0.3)
    assert found.df == 3
    assert_allclose(found.chi_squared, (z**2).sum(), rtol=1e-12)
    assert dispersion(rows).df == 2


def test_units_alike_have_no_over_dispersion():
    found = dispersion(pd.DataFrame({"numerator": [30] * 5, "denominator": [100] * 5}))
    assert (found.phi, found.tau2, found.p_value) == (0, 0, 1)


def test_units_without_records_keep_their_rows():
    rows = pd.DataFrame({"numerator": [5, 0, None, 9], "denominator": [20, 0, 20, 20]})
    found = funnel(rows)
    assert found.loc[[1, 2], ["value", "z", "low_95", "position"]].isna().all(axis=None)
    assert found.loc[[0, 3], "position"].notna().all()
    assert dispersion(rows).units == 2
    assert dispersion(rows).target == 14 / 40


def test_one_unit_has_limits_but_no_dispersion():
    rows = pd.DataFrame({"numerator": [5], "denominator": [20]})
    assert np.isnan(dispersion(rows).phi)
    assert funnel(rows).loc[0, "od_position"] == "within limits"


def test_an_empty_frame_gives_an_empty_frame():
    found = funnel(pd.DataFrame({"numerator": [], "denominator": []}))
    assert found.empty
    assert {"value", "low_95", "od_high_99_8", "position", "od_position"} <= set(found.columns)
    assert limits(0.3, []).empty


def test_the_input_is_untouched_and_nothing_is_ranked(medpar):
    before = medpar.copy()
    found = funnel(medpar)
    pd.testing.assert_frame_equal(medpar, before)
    assert not [name for name in found.columns if "rank" in name]
    assert found["provnum"].tolist() == before["provnum"].tolist()


def test_what_cannot_be_right_is_refused():
    rows = pd.DataFrame({"numerator": [5], "denominator": [20.5]})
    with pytest.raises(ValueError, match="Row 0: exact limits need a whole number"):
        funnel(rows)
    assert funnel(rows, method="wilson")["low_95"].notna().all()
    with pytest.raises(ValueError, match="target must be a proportion between 0 and 1"):
        limits(30, [10])
    with pytest.raises(ValueError, match="Row 1: the denominator is negative"):
        limits(0.3, [10, -1])
    with pytest.raises(ValueError, match="adjust must be at least 0 and below 0.5"):
        dispersion(rows, adjust=0.5)
    with pytest.raises(ValueError, match="method must be one of"):
        limits(0.3, [10], method="normal")


def test_reml_about_a_pooled_target_allows_for_its_own_uncertainty():
    """As the routine gives it, which agrees with metafor; a known target gives less."""
    units = pd.DataFrame({"numerator": [10, 30, 45, 22, 18, 37], "denominator": [100] * 6})
    pooled, known = dispersion(units, adjust=0), dispersion(units, adjust=0, target=0.27)
    y = np.arcsin(np.sqrt(units["numerator"] / 100)).to_numpy()
    v = np.full(6, 1 / 400)
    assert_allclose(pooled.tau2_reml, y.var(ddof=1) - v[0], rtol=1e-6)  # equal sizes: closed form
    centre = np.arcsin(np.sqrt(0.27))
    assert_allclose(known.tau2_reml, ((y - centre) ** 2).mean() - v[0], rtol=1e-6)


def test_a_unit_beyond_a_wider_level_counts_as_outside_a_narrower_one():
    from helpers.methods.spread import outside

    units = pd.DataFrame({"g": "a", "numerator": [10, 30, 45, 90], "denominator": [100] * 4})
    usual = outside(funnel(units), within="g")
    wider = outside(funnel(units, levels=(0.95, 0.998, 0.9999)), within="g")
    assert wider["outside_exact"].tolist() == usual["outside_exact"].tolist()
    assert usual["outside_exact"].item() > 0


@pytest.mark.parametrize("options", [{}, {"target": 0.2}, {"adjust": 0.2}])
def test_the_spread_beside_the_units_outside_is_that_behind_the_limits(options):
    """Nothing is told of the target or the adjustment: they are in the funnel itself."""
    from helpers.methods.spread import outside

    events = [10, 30, 45, 90, 22, 31, 8, 19, 27, 60]
    units = pd.DataFrame({"g": "a", "numerator": events, "denominator": [100] * 10})
    found = outside(funnel(units, **options), within="g").loc[0]
    behind = dispersion(units, **options)
    assert_allclose(found["value"], behind.phi, rtol=1e-12)
    assert found["units"] == behind.units
    one = outside(funnel(units.iloc[:1]), within="g").loc[0]
    assert np.isnan(one["value"])
    with pytest.raises(ValueError, match="Missing column"):
        outside(units, within="g")


def test_without_spread_beyond_chance_both_sets_of_limits_are_those_of_chance():
    # Four units nearer to one another than chance would have them: phi is below 1, tau2 is 0.
    units = pd.DataFrame({"numerator": [14, 15, 14, 2], "denominator": [28, 29, 27, 4]})
    found = funnel(units)
    assert dispersion(units).tau2 == 0
    for side in ("low_95", "high_95", "low_99_8", "high_99_8"):
        assert_allclose(found[f"od_{side}"], found[side])
    assert found["od_position"].tolist() == found["position"].tolist()
    assert_allclose(found["od_p_value"], found["p_value"])
    curves = limit_curves(units, points=5).drop(columns=["level", "denominator"])
    exact, wide = (part for _, part in curves.groupby("kind"))
    assert_allclose(exact[["low", "high"]], wide[["low", "high"]])
