"""Funnels of rates and ratios against the reference comparisons, exact tails and closed forms."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import binom, binomtest, norm, poisson

from helpers.methods._between import dersimonian_laird, reml
from helpers.methods._kinds import FAMILIES
from helpers.methods._limits import METHODS
from helpers.methods.funnel import dispersion, funnel, limits
from helpers.methods.spread import dispersion_table, limit_curves, outside

CASE = Path(__file__).parents[1] / "reference" / "08_funnel_sr_medpar"
SAID = json.loads((CASE / "expected.json").read_text())
RATIO = {"kind": "ratio", "numerator": "observed", "denominator": "expected"}
FORMS = [
    ("shmi_log_truncated10", "log", 0.1),
    ("cqc_sqrt_winsorised10", "sqrt", 0.1),
    ("cqc_sqrt_winsorised20", "sqrt", 0.2),
]
forms = pytest.mark.parametrize(("name", "family", "adjust"), FORMS, ids=[f[0] for f in FORMS])


@pytest.fixture
def providers(reference):
    return reference("08_funnel_sr_medpar", "input")


# ---- Reference 08: FunnelPlotR 0.6.0 ------------------------------------------------------------


@forms
def test_dispersion_agrees_with_reference_08(providers, name, family, adjust):
    found = dispersion(providers, family=family, adjust=adjust, **RATIO)
    for field in ("phi", "tau2", "tau"):
        assert_allclose(getattr(found, field), SAID[name][field], rtol=1e-6)
    assert (found.units, found.target, found.df) == (54, 1, 54)


@forms
def test_scores_and_poisson_limits_agree_with_reference_08(
    providers, reference, name, family, adjust
):
    expected = reference("08_funnel_sr_medpar", f"expected_{name}")
    found = funnel(providers, family=family, adjust=adjust, method="garwood", **RATIO)
    assert found["provnum"].tolist() == expected["group"].tolist()
    pairs = {"value": "rr", "z": "Uzscore", "z_winsorised": "Wuzscore", "low_95": "LCL95"}
    pairs |= {"high_95": "UCL95", "low_99_8": "LCL99", "high_99_8": "UCL99"}
    for ours, theirs in pairs.items():
        # Truncated units have no adjusted z, here as there.
        assert_allclose(found[ours], expected[theirs], rtol=1e-6, err_msg=ours)


# The peer does not square its CQC limits back; cf_ columns are the closed form, squared back.
@forms
def test_over_dispersed_limits_agree_with_reference_08(providers, reference, name, family, adjust):
    expected = reference("08_funnel_sr_medpar", f"expected_{name}")
    found = funnel(providers, family=family, adjust=adjust, **RATIO)
    theirs = ("OD95LCL", "OD95UCL", "OD99LCL", "OD99UCL")
    if family == "sqrt":
        theirs = ("cf_low95", "cf_high95", "cf_low998", "cf_high998")
    ours = ("od_low_95", "od_high_95", "od_low_99_8", "od_high_99_8")
    for mine, other in zip(ours, theirs, strict=True):
        assert_allclose(found[mine], expected[other], rtol=1e-6, err_msg=mine)
    assert_allclose(
        found["od_p_value"], 2 * norm.sf(expected["cf_z_adjusted"].abs()), rtol=1e-6, atol=1e-15
    )
    # The over-dispersed limits lie outside the exact ones where a normal approximation holds;
    # the peer's CQC limits lie inside (0.781 to 1.219 against 0.751 to 1.305 at 53.8 expected).
    large = found["expected"] >= 50
    assert large.sum() > 40
    assert (found["od_low_99_8"] < found["low_99_8"])[large].all()
    assert (found["od_high_99_8"] > found["high_99_8"])[large].all()


@forms
def test_units_outside_agree_with_reference_08(providers, reference, name, family, adjust):
    expected = reference("08_funnel_sr_medpar", f"expected_{name}")
    found = funnel(providers, family=family, adjust=adjust, **RATIO)
    far = sorted(found.loc[found["od_position"].str.contains("99.8"), "provnum"])
    if family == "log":
        assert far == SAID[name]["outside"]
    else:
        closed = expected["rr"].gt(expected["cf_high998"]) | expected["rr"].lt(
            expected["cf_low998"]
        )
        assert far == sorted(expected.loc[closed, "group"])
        assert len(far) < SAID[name]["n_outside"]


def test_limits_without_over_dispersion_agree_with_reference_08(providers, reference):
    expected = reference("08_funnel_sr_medpar", "expected_poisson_unadjusted")
    found = funnel(providers, method="garwood", **RATIO)
    for ours, theirs in {"z": "Uzscore", "low_95": "LCL95", "high_95": "UCL95"}.items():
        assert_allclose(found[ours], expected[theirs], rtol=1e-6)
    assert_allclose(found["low_99_8"], expected["LCL99"], rtol=1e-6)
    assert_allclose(found["high_99_8"], expected["UCL99"], rtol=1e-6)
    # In this table the peer flags units outside its 95% limits (LCL95, UCL95), in the others
    # those outside its 99.8% limits.
    far = sorted(found.loc[found["position"].ne("within limits"), "provnum"])
    assert far == SAID["poisson_unadjusted"]["outside"]
    # Columns OD are the normal limits on the log scale when there is no over-dispersion.
    plain = funnel(providers, method="normal", **RATIO)
    for ours, theirs in {"low_95": "OD95LCL", "high_99_8": "OD99UCL"}.items():
        assert_allclose(plain[ours], expected[theirs], rtol=1e-6)


# Unit tests of FunnelPlotR.
def test_phi_and_limits_agree_with_the_unit_tests_of_the_peer():
    rows = pd.DataFrame(
        {
            "numerator": [100, 150, 180, 80, 120, 225],
            "denominator": [108, 112, 165, 95, 100, 220],
        }
    )
    assert_allclose(dispersion(rows, kind="ratio").phi, 2.948033, rtol=1e-6)
    found = limits(1, [15, 20, 30], kind="ratio", levels=[0.95], method="garwood")
    assert_allclose(found["low"], [0.5596924, 0.6108260, 0.6746958], rtol=1e-6)
    assert_allclose(found["high"], [1.649348, 1.544419, 1.427562], rtol=1e-6)


@pytest.mark.parametrize("method", ["exact", "conservative"])
def test_positions_of_ratios_agree_with_reference_06(reference, method):
    rows = reference("06_funnel_phe", "input")
    bands = {
        "within limits": "Not significant",
        "above 95% limit": "High (0.025)",
        "below 95% limit": "Low (0.025)",
        "above 99.8% limit": "High (0.001)",
        "below 99.8% limit": "Low (0.001)",
    }
    found = funnel(rows, method=method, **RATIO)
    expected = reference("06_funnel_phe", "expected_significance")["ratio"]
    assert found["position"].map(bands).tolist() == expected.tolist()


# ---- Variance between units ---------------------------------------------------------------------

# BCG vaccine trials, Colditz et al. (1994) JAMA 271:698: events and non-events, vaccinated and not.
BCG = np.array(
    [
        (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619),
        (33, 5036, 47, 5761), (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892),
        (29, 7470, 45, 7232), (17, 1699, 65, 1600), (186, 50448, 141, 27197),
        (5, 2493, 3, 2338), (27, 16886, 29, 17825),
    ],
    dtype=float,
)  # fmt: skip


def test_variances_between_trials_agree_with_metafor_on_the_bcg_trials():
    a, b, c, d = BCG.T
    y = np.log(a / (a + b)) - np.log(c / (c + d))
    v = 1 / a - 1 / (a + b) + 1 / c - 1 / (c + d)
    found, converged = reml(y, v)
    assert converged
    # metafor: rma(measure="RR", data=dat.bcg), printed to four decimals.
    assert_allclose(found, 0.3132, atol=5e-5)
    assert_allclose(dersimonian_laird(y, v), 0.3088, atol=5e-5)


@pytest.mark.parametrize("centre", [None, 0.2])
def test_with_equal_variances_both_estimates_have_a_closed_form(centre):
    y, v = np.array([-0.4, 0.1, 0.5, 1.2, 0.3]), np.full(5, 0.05)
    middle = y.mean() if centre is None else centre
    squares = ((y - middle) ** 2).sum()
    assert_allclose(dersimonian_laird(y, v, centre=centre), squares / 4 - 0.05, rtol=1e-10)
    likely = squares / (4 if centre is None else 5) - 0.05
    assert_allclose(reml(y, v, centre=centre)[0], likely, rtol=1e-8)


def test_without_spread_the_restricted_estimate_is_zero():
    assert reml(np.array([0.01, -0.01, 0.0]), np.full(3, 0.5)) == (0, True)
    assert np.isnan(reml(np.array([0.3]), np.array([0.1]))[0])


def test_funnels_can_use_the_restricted_estimate(providers):
    spread = dispersion(providers, **RATIO)
    found = funnel(providers, tau2="reml", **RATIO)
    reach = norm.isf(0.001) * np.sqrt(1 / providers["expected"] + spread.tau2_reml)
    assert_allclose(found["od_high_99_8"], np.exp(reach), rtol=1e-9)
    assert found["method"].str.endswith("(restricted maximum likelihood)").all()


# ---- Exact limits of counts ---------------------------------------------------------------------

means = st.floats(0.01, 3000)
levels = st.sampled_from([0.8, 0.95, 0.998, 0.9999])


@settings(deadline=None, max_examples=50)
@given(means, levels)
def test_exact_poisson_limits_follow_the_published_interpolation(mean, level):
    found = limits(1, [mean], kind="ratio", levels=[level]).loc[0]
    tail = (1 - level) / 2
    for side, p in (("low", tail), ("high", 1 - tail)):
        r = poisson.ppf(p, mean)
        share = (poisson.cdf(r, mean) - p) / poisson.pmf(r, mean)
        assert_allclose(found[side], max(r - share, 0) / mean, rtol=1e-6, atol=1e-9)


@settings(deadline=None, max_examples=50)
@given(means, levels, st.floats(-6, 6))
def test_conservative_poisson_limits_never_exceed_the_nominal_tail(mean, level, off):
    x = max(np.floor(mean + off * np.sqrt(mean)), 0)
    found = limits(1, [mean], kind="ratio", levels=[level], method="conservative").loc[0]
    above, below, tail = poisson.sf(x - 1, mean), poisson.cdf(x, mean), (1 - level) / 2
    if abs(above / tail - 1) > 1e-6:
        assert (x / mean > found["high"] * (1 + 1e-12)) == (above < tail)
    if abs(below / tail - 1) > 1e-6:
        assert (x / mean < found["low"] * (1 - 1e-12)) == (below < tail)


def test_no_events_where_next_to_none_are_expected_are_not_too_many():
    for kind, target, size in (("rate", 1e-6, 10), ("proportion", 1e-6, 10)):
        row = pd.DataFrame({"numerator": [0], "denominator": [size]})
        found = funnel(row, kind=kind, target=target)
        assert found.loc[0, ["position", "od_position"]].tolist() == ["within limits"] * 2
        assert found.loc[0, "high_99_8"] >= 0


def test_score_limits_are_those_whose_score_interval_excludes_the_target():
    found = limits(2.0, [50], kind="rate", levels=[0.95], method="score").loc[0]
    assert_allclose((found["high"] - 2) / np.sqrt(2 / 50), norm.isf(0.025), rtol=1e-9)


@pytest.mark.parametrize("kind", ["rate", "ratio"])
def test_p_values_are_twice_the_smaller_poisson_tail(kind):
    rows = pd.DataFrame({"numerator": [0, 3, 10, 40], "denominator": [4.5, 10, 10, 20.5]})
    found = funnel(rows, kind=kind, target=1)
    mean = rows["denominator"]
    tails = np.minimum(
        poisson.cdf(rows["numerator"], mean), poisson.sf(rows["numerator"] - 1, mean)
    )
    assert_allclose(found["p_value"], np.minimum(2 * tails, 1), rtol=1e-9)
    # Benjamini and Hochberg by hand, the smallest of four.
    smallest = found["p_value"].idxmin()
    assert_allclose(found.loc[smallest, "q_value"], 4 * found["p_value"].min(), rtol=1e-12)
    assert (found["q_value"] >= found["p_value"]).all()


def test_p_values_of_proportions_are_twice_the_smaller_binomial_tail():
    rows = pd.DataFrame({"numerator": [0, 7, 20, 20], "denominator": [20, 20, 20, 40]})
    found = funnel(rows, target=0.3)
    x, n = rows["numerator"], rows["denominator"]
    tails = np.minimum(binom.cdf(x, n, 0.3), binom.sf(x - 1, n, 0.3))
    assert_allclose(found["p_value"], np.minimum(2 * tails, 1), rtol=1e-9)


# ---- Ratios of two counts -----------------------------------------------------------------------


def test_a_ratio_of_counts_is_placed_by_its_share_of_both():
    rows = pd.DataFrame({"numerator": [30, 5, 60], "denominator": [30, 20, 20]})
    found = funnel(rows, kind="count_ratio", target=1)
    share = limits(0.5, rows.sum(axis=1), levels=[0.95])
    assert_allclose(found["low_95"], share["low"] / (1 - share["low"]), rtol=1e-12)
    assert_allclose(found["value"], [1, 0.25, 3])
    assert found["size"].tolist() == [60, 25, 80]
    p = [binomtest(int(x), int(x + n), 0.5).pvalue for x, n in rows.to_numpy()]
    assert_allclose(found["p_value"], p, rtol=1e-9)
    z = np.log(rows["numerator"] / rows["denominator"]) * np.sqrt(rows.sum(axis=1) / 4)
    assert_allclose(found["z"], z, rtol=1e-12)


def test_a_ratio_of_counts_turned_over_lies_on_the_other_side():
    rows = pd.DataFrame({"numerator": [30, 5, 60, 12], "denominator": [30, 20, 20, 17]})
    turned = rows.rename(columns={"numerator": "denominator", "denominator": "numerator"})
    one, other = (
        funnel(f, kind="count_ratio", family="arcsine", adjust=0, method="conservative")
        for f in (rows, turned)
    )
    assert_allclose(one["z"], -other["z"], rtol=1e-9)
    assert_allclose(one["low_95"], 1 / other["high_95"], rtol=1e-9)
    assert_allclose(one["od_low_95"], 1 / other["od_high_95"], rtol=1e-9)


def test_without_a_second_count_there_is_a_position_but_no_value():
    rows = pd.DataFrame({"numerator": [12, 10, 0], "denominator": [0, 11, 0]})
    found = funnel(rows, kind="count_ratio", target=1)
    assert found["value"].isna().tolist() == [True, False, True]
    assert found["position"].tolist()[:2] == ["above 99.8% limit", "within limits"]
    assert found["position"].isna().tolist() == [False, False, True]


# ---- Groups, definitions, inputs at the edge ----------------------------------------------------


@pytest.fixture
def peers():
    return pd.DataFrame(
        {
            "trust": list("abcdef"),
            "peers": ["town", "county"] * 3,
            "numerator": [10, 40, 30, 50, 45, 75],
            "denominator": [100, 100, 100, 120, 100, 130],
        }
    )


@pytest.mark.parametrize("kind", ["proportion", "rate", "ratio", "count_ratio"])
def test_groups_are_what_each_would_be_alone(peers, kind):
    together = funnel(peers, kind=kind, within="peers")
    curves = limit_curves(peers, kind=kind, within="peers", points=7)
    table = dispersion_table(peers, kind=kind, within="peers")
    for name, part in peers.groupby("peers"):
        alone = funnel(part, kind=kind)
        own = together[together["peers"].eq(name)].reset_index(drop=True)
        pd.testing.assert_frame_equal(own, alone)
        lines = curves[curves["peers"].eq(name)].drop(columns="peers").reset_index(drop=True)
        pd.testing.assert_frame_equal(lines, limit_curves(part, kind=kind, points=7))
        row, found = table[table["peers"].eq(name)].iloc[0], dispersion(part, kind=kind)
        assert (row["phi"], row["tau2"], row["units"]) == (found.phi, found.tau2, found.units)
        assert_allclose(row["tau2_reml"], found.tau2_reml)
    assert together["trust"].tolist() == list("abcdef")
    if kind != "ratio":
        assert together["target"].nunique() == 2


def test_curves_pass_through_the_limits_of_the_units(peers):
    rows = peers.assign(denominator=[4.0, 4.0, 30.0, 30.0, 90.0, 90.0])
    for kind in ("rate", "ratio"):
        curves = limit_curves(rows, kind=kind, points=2001, method="garwood")
        placed = funnel(rows, kind=kind, method="garwood")
        for name, prefix in (("exact", ""), ("over-dispersed", "od_")):
            line = curves[curves["kind"].eq(name) & curves["level"].eq(0.998)]
            drawn = np.interp(rows["denominator"], line["denominator"], line["high"])
            assert_allclose(drawn, placed[f"{prefix}high_99_8"], rtol=1e-3)


def test_units_that_count_by_different_definitions_are_refused(peers):
    rows = peers.assign(counts=["all", "all", "reported", "all", "all", "all"])
    for call in (funnel, dispersion, limit_curves):
        with pytest.raises(ValueError, match=r"\(a, b, d, e, f: 'all'; c: 'reported'\)"):
            call(rows, definition="counts")
    words = "rows 0, 1, 3, 4, 5: 'all'; row 2: 'reported'"
    with pytest.raises(ValueError, match=words):
        funnel(rows.drop(columns="trust"), definition="counts")
    with pytest.raises(ValueError, match="'reported'"):
        funnel(rows, within="peers", definition="counts")
    funnel(rows[rows["peers"].eq("county")], definition="counts")
    split = rows.assign(counts=rows["peers"])
    assert len(funnel(split, within="peers", definition="counts")) == 6
    with pytest.raises(ValueError, match="none given"):
        funnel(rows.assign(counts=["all", None] * 3), definition="counts")


def test_outside_counts_units_of_ratios(providers):
    found = outside(funnel(providers, **RATIO), within=None, kind="ratio").loc[0]
    assert (found["units"], found["outside_over_dispersed"]) == (54, 9)
    assert_allclose(found["value"], SAID["shmi_log_truncated10"]["phi"], rtol=1e-6)


EDGES = {
    "empty": ([], []),
    "one": ([3], [10]),
    "one without events": ([0], [10]),
    "two": ([1, 40], [50, 90]),
    "alike": ([5, 5, 5], [10, 10, 10]),
    "no events": ([0, 0], [10, 20]),
    "all": ([10, 20], [10, 20]),
    "missing": ([np.nan, 2, 0], [3, np.nan, 0]),
    "small and large": ([0, 1, 0, 90_000], [1, 1, 0, 400_000]),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", list(FAMILIES))
@pytest.mark.parametrize(("x", "n"), EDGES.values(), ids=list(EDGES))
def test_inputs_at_the_edge_keep_their_rows_and_have_limits(kind, x, n):
    rows = pd.DataFrame({"numerator": np.array(x, float), "denominator": np.array(n, float)})
    for family in FAMILIES[kind]:
        for method in METHODS[kind]:
            options = {"kind": kind, "family": family, "method": method, "tau2": "reml"}
            found = funnel(rows, levels=[0.8, 0.9999], **options)
            assert len(found) == len(rows)
            assert not [name for name in found if "rank" in name]
            placed = found["position"].notna()
            size = rows["denominator"] + (rows["numerator"] if kind == "count_ratio" else 0)
            assert placed.tolist() == (rows["numerator"].notna() & (size > 0)).tolist()
            numbers = [name for name in found if name.startswith(("z", "low", "od_", "p_v", "q_v"))]
            numbers = [name for name in numbers if name not in ("z_winsorised", "od_position")]
            assert found.loc[placed, numbers].notna().all(axis=None)
            assert found.loc[~placed, numbers].isna().all(axis=None)
            for name in ("80", "99_99"):
                for prefix in ("", "od_"):
                    low, high = found[f"{prefix}low_{name}"], found[f"{prefix}high_{name}"]
                    assert (low <= high)[placed].all()
            limit_curves(rows, levels=[0.8, 0.9999], **options)
            outside(found, within=None, kind=kind, family=family)


@pytest.mark.parametrize("kind", ["rate", "count_ratio"])
def test_units_alike_are_within_and_have_no_spread(kind):
    rows = pd.DataFrame({"numerator": [6] * 5, "denominator": [12] * 5})
    found = dispersion(rows, kind=kind)
    assert (found.phi, found.tau2, found.tau2_reml) == (0, 0, 0)
    assert_allclose(found.p_value, 1)
    assert funnel(rows, kind=kind)["od_position"].eq("within limits").all()


# Groups of ten by floor(10 rank / (n + 1)): with 29 units, ranks 3 to 26 are kept.
@pytest.mark.parametrize(
    ("units", "kept"), [(29, range(3, 27)), (9, range(1, 9)), (5, range(1, 6))]
)
def test_truncation_keeps_the_inner_groups_whatever_rounding_does(units, kept):
    rows = pd.DataFrame({"numerator": 10 * np.arange(1, units + 1), "denominator": 10.0 * units})
    found = funnel(rows, kind="rate")
    assert (np.flatnonzero(found["z_winsorised"].notna()) + 1).tolist() == list(kept)


def test_what_cannot_be_right_is_refused():
    rows = pd.DataFrame({"numerator": [5, 3], "denominator": [20.5, 4]})
    with pytest.raises(ValueError, match="kind must be one of"):
        funnel(rows, kind="share")
    with pytest.raises(ValueError, match="family must be one of"):
        funnel(rows, kind="rate", family="arcsine")
    with pytest.raises(ValueError, match="method must be one of"):
        funnel(rows, kind="ratio", method="wilson")
    with pytest.raises(ValueError, match="tau2 must be one of"):
        funnel(rows, kind="ratio", tau2="ml")
    with pytest.raises(ValueError, match="target of a rate or ratio must be above 0"):
        limits(0, [3], kind="rate")
    with pytest.raises(ValueError, match="Row 1: there are events but the denominator is zero"):
        funnel(rows.assign(denominator=[20.5, 0]), kind="rate")
    with pytest.raises(ValueError, match="Row 0: the numerator is not a whole number"):
        funnel(rows.assign(numerator=[5.5, 3]), kind="ratio")
    with pytest.raises(ValueError, match="Row North: the numerator is not a whole number"):
        funnel(rows.assign(numerator=[2.5, 3], denominator=9, area=["North", "South"]))
    with pytest.raises(ValueError, match="Row South: the numerator is greater"):
        dispersion(rows.assign(numerator=[2, 10], denominator=9, area=["North", "South"]))
    with pytest.raises(ValueError, match="Row 0: exact limits need a whole number"):
        funnel(rows, kind="count_ratio")
    with pytest.raises(ValueError, match="Row 0: the denominator is negative"):
        funnel(rows.assign(denominator=[-1, 4]), kind="count_ratio")
    with pytest.raises(ValueError, match="Missing column 'peers'"):
        funnel(rows, kind="rate", within="peers")
    with pytest.raises(ValueError, match="confidence level"):
        funnel(rows, kind="rate", levels=[95])
