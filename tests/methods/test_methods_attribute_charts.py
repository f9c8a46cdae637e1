"""p, u, c, p', u', t and g charts and run rules against reference 15, closed forms and laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import binom, norm, poisson

from helpers.methods.attribute_charts import attribute_chart
from helpers.methods.rare_events import g_chart, gaps, t_chart
from helpers.methods.run_rules import runs
from helpers.methods.xmr import Rebase, xmr

CASE = "15_attribute_and_rare_event_charts"


@pytest.fixture
def months(reference):
    rows = reference(CASE, "input")
    return rows.assign(period=pd.to_datetime(rows["month"]))


@pytest.mark.parametrize(
    ("name", "kind", "numerator", "denominator"),
    [
        ("u", "u", "deaths", "contacts"),
        ("up", "u'", "deaths", "contacts"),
        ("p", "p", "reviewed", "deaths"),
        ("pp", "p'", "reviewed", "deaths"),
        ("c", "c", "deaths", "contacts"),
    ],
)
def test_charts_agree_with_reference_15(months, reference, name, kind, numerator, denominator):
    expected = reference(CASE, "expected_attribute")
    expected = expected[expected["chart"].eq(name)].reset_index(drop=True)
    assert len(expected) == 36
    found = attribute_chart(months, kind=kind, numerator=numerator, denominator=denominator)
    for ours, theirs in (("value", "y"), ("centre", "cl"), ("lower", "lcl"), ("upper", "ucl")):
        assert_allclose(found[ours], expected[theirs], rtol=1e-8, atol=1e-15)
    assert found["outside"].astype(int).tolist() == expected["sigma_signal"].tolist()
    assert found["runs_signal"].astype(int).tolist() == expected["runs_signal"].tolist()
    for ours, theirs in (
        *(("useful", "n_useful"), ("longest_run", "longest_run"), ("crossings", "n_crossings")),
        *(("longest_run_max", "longest_run_max"), ("crossings_min", "n_crossings_min")),
    ):
        assert found[ours].tolist() == expected[theirs].tolist()


def test_the_chart_of_single_values_agrees_with_reference_15(months, reference):
    """The peer's factor is 3/1.128 = 2.6596; ours is that of the NHS rules, 2.66."""
    expected = reference(CASE, "expected_attribute")
    expected = expected[expected["chart"].eq("i")].reset_index(drop=True)
    found = xmr(months, value="deaths")
    assert_allclose(found["centre"], expected["cl"], rtol=1e-8)
    reach = (found["upper"] - found["centre"]) / 2.66 * 3 / 1.128
    assert_allclose(found["centre"] + reach, expected["ucl"], rtol=1e-8)


@pytest.mark.parametrize(("name", "chart"), [("t", t_chart), ("g", g_chart)])
def test_rare_event_charts_agree_with_reference_15(reference, name, chart):
    expected = reference(CASE, "expected_rare")
    expected = expected[expected["chart"].eq(name)].reset_index(drop=True)
    found = chart(reference(CASE, "input_rare"), value="days_since_last")
    assert found["period"].tolist() == expected["event"].tolist()
    for ours, theirs in (("value", "y"), ("centre", "cl"), ("lower", "lcl"), ("upper", "ucl")):
        assert_allclose(found[ours], expected[theirs], rtol=1e-8)


# ---- Closed forms and edges ---------------------------------------------------------------------


def series(numerator, denominator=50):
    return pd.DataFrame(
        {"period": range(len(numerator)), "numerator": numerator, "denominator": denominator}
    )


def test_exact_limits_hold_no_more_than_the_tails_of_three_sigma():
    found = attribute_chart(series([3, 5, 2, 6], 80), limits="exact").iloc[0]
    assert binom.cdf(found["lower"] * 80 - 1, 80, found["centre"]) < 0.00135
    assert binom.sf(found["upper"] * 80, 80, found["centre"]) < 0.00135
    counts = attribute_chart(series([30, 50, 20, 60]), kind="c", limits="exact").iloc[0]
    assert poisson.sf(counts["upper"], counts["centre"]) < 0.00135


def test_a_period_of_nobody_keeps_its_row_and_has_no_value_and_no_limits():
    found = attribute_chart(series([3, 0, 5], [10, 0, 20]))
    assert found.loc[1, ["value", "lower", "upper"]].isna().all()
    assert found.loc[1, "type"] == ""
    assert not found.loc[1, "outside"]


@pytest.mark.parametrize("kind", ["p", "u", "c", "p'", "u'"])
@pytest.mark.parametrize("counts", [[0, 0, 0, 0], [50, 50, 50, 50], [7, 7, 7, 7]])
def test_none_all_and_constant_counts_give_no_signal(kind, counts):
    found = attribute_chart(series(counts), kind=kind)
    assert not found["outside"].any()
    assert found["type"].eq("common cause").all()


def test_limits_of_a_share_stay_between_none_and_all():
    found = attribute_chart(series([9, 10, 10, 8], 10))
    assert found["upper"].eq(1).all()
    assert attribute_chart(series([0, 1, 0, 1], 10))["lower"].eq(0).all()


def test_laney_is_nearly_the_plain_chart_where_chance_alone_is_at_work():
    """Leaving out the widest ranges takes 2.4% off the spread: the mean of a cut half-normal."""
    cut = 3.267 * 1.128 / np.sqrt(2)
    left = 2 * np.sqrt(2) * (norm.pdf(0) - norm.pdf(cut)) / (2 * norm.cdf(cut) - 1) / 1.128
    assert left == pytest.approx(0.976, abs=0.001)
    draw = np.random.default_rng(3).binomial(200, 0.2, 20_000)
    found = attribute_chart(series(draw, 200), kind="p'")
    assert found["sigma_z"].iloc[0] == pytest.approx(left, abs=0.03)  # four standard errors


def test_each_phase_has_its_centre_and_needs_a_reason():
    found = attribute_chart(series([5, 6, 20, 21]), rebase=[Rebase(2, "a new form")])
    assert found["centre"].round(2).tolist() == [0.11, 0.11, 0.41, 0.41]
    assert found["phase_reason"].tolist() == ["", "", "a new form", "a new form"]
    with pytest.raises(ValueError, match="no reason"):
        attribute_chart(series([5, 6, 20, 21]), rebase=[Rebase(2, "")])


@pytest.mark.parametrize(
    ("rows", "options", "words"),
    [
        (series([60]), {}, "Row 0: the numerator is greater"),
        (series([-1]), {"kind": "u"}, "Row 0: the numerator is negative"),
        (series([2], 0), {"kind": "u"}, "Row 0: there are events but the denominator is zero"),
        (series([1, 2])[::-1], {}, "before the one above"),
        (series([1, 2]), {"kind": "p'", "limits": "exact"}, "Exact limits are for"),
        (series([1, 2]), {"kind": "x"}, "kind must be one of"),
    ],
)
def test_what_is_refused(rows, options, words):
    with pytest.raises(ValueError, match=words):
        attribute_chart(rows, **options)


def test_no_rows_give_no_rows():
    assert attribute_chart(series([])).empty
    assert t_chart(pd.DataFrame({"value": []})).empty


# ---- Rare events --------------------------------------------------------------------------------


def test_days_between_events_of_each_series():
    days = pd.DataFrame(
        {
            "unit": ["a", "a", "a", "b", "b"],
            "date": pd.to_datetime(
                ["2015-01-01", "2015-01-05", "2015-01-05", "2014-06-01", "2014-06-11"]
            ),
        }
    )
    found = gaps(days, within="unit")
    assert found["value"].tolist() == [4, 0, 10]
    assert found["event"].tolist() == [1, 2, 1]
    with pytest.raises(ValueError, match="before the one above"):
        gaps(days[::-1], within="unit")
    with pytest.raises(ValueError, match="missing"):
        gaps(days.assign(date=pd.NaT))


def test_two_events_of_one_day_are_kept_and_said():
    found = t_chart(pd.DataFrame({"value": [4.0, 0.0, 9.0, 0.0]}))
    assert "2 gaps of nothing" in found["method"].iloc[0]
    assert found["lower"].eq(0).all()


def test_one_gap_has_no_limits_and_a_negative_one_is_refused():
    assert t_chart(pd.DataFrame({"value": [4.0]}))["upper"].isna().all()
    with pytest.raises(ValueError, match="Row 1: the gap is negative"):
        g_chart(pd.DataFrame({"value": [4, -1]}))


def test_chance_alone_seldom_leaves_the_limits_of_a_t_chart():
    """Exponential gaps: the upper limit is passed in far fewer than 1 of 100."""
    draw = np.random.default_rng(5).exponential(20, 5000)
    assert t_chart(pd.DataFrame({"value": draw}))["outside"].mean() < 0.01


# ---- Runs ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "longest", "least"), [(10, 6, 2), (20, 7, 6), (24, 8, 8), (36, 8, 13), (100, 10, 41)]
)
def test_limits_of_runs_for_series_of_several_lengths(n, longest, least):
    """Table 1 of Anhoej and Olesen (2014), and the binomial quantile itself."""
    found = runs([1, -1] * (n // 2), 0)
    assert (found.longest_run_max, found.crossings_min) == (longest, least)
    assert least == binom.ppf(0.05, n - 1, 0.5)


def test_points_on_the_centre_are_not_useful():
    found = runs([1, 0, 1, 0, -1, np.nan], 0)
    assert (found.useful, found.longest_run, found.crossings) == (3, 2, 1)
    assert not runs([2, 2, 2], 2).signal
    assert runs([], 0).useful == 0


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from([-1, 1]), min_size=1, max_size=60))
def test_runs_and_crossings_of_a_mirrored_or_reversed_series_are_the_same(sides):
    found = runs(sides, 0)
    assert found == runs([-side for side in sides], 0) == runs(sides[::-1], 0)
    assert found.crossings + 1 >= len(sides) / found.longest_run


def test_chance_alone_is_called_a_signal_in_about_1_of_20_series():
    rng = np.random.default_rng(11)
    share = np.mean([runs(rng.normal(size=24), 0).signal for _ in range(2000)])
    assert 0.03 < share < 0.11  # the two rules together; Anhoej (2015) gives about 0.07 at 24


def test_three_hundred_series_take_a_fraction_of_a_second():
    import time

    rows = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(300), 48),
            "period": np.tile(np.arange(48), 300),
            "numerator": np.random.default_rng(7).poisson(20, 300 * 48),
            "denominator": 400.0,
        }
    )
    start = time.perf_counter()
    attribute_chart(rows, kind="u'", within="unit")
    assert time.perf_counter() - start < 2.0  # 0.2 s or so alone; other tests share the machine


# ---- Options and rounding -----------------------------------------------------------------------


@pytest.mark.parametrize("baseline", [0, -1, 1, 2.5])
def test_a_baseline_of_fewer_than_two_periods_is_refused(baseline):
    with pytest.raises(ValueError, match="baseline must have at least 2"):
        attribute_chart(series([1, 2, 3]), baseline=baseline)


@pytest.mark.parametrize("per", [0, -1, np.nan, np.inf])
def test_a_rate_is_for_some_exposure(per):
    with pytest.raises(ValueError, match="per must be a number above zero"):
        attribute_chart(series([1, 2, 3]), per=per)


def test_changes_that_can_be_read_once_hold_for_every_series():
    rows = pd.concat([series([1, 2, 8, 9]).assign(unit=unit) for unit in "ab"], ignore_index=True)
    once = (change for change in [Rebase(2, "a new form")])
    found = attribute_chart(rows, rebase=once, within="unit")
    assert found["phase"].tolist() == [0, 0, 1, 1] * 2


@pytest.mark.parametrize(("plain", "primed", "count"), [("p", "p'", 50), ("u", "u'", 0)])
def test_none_and_all_have_the_same_limits_with_and_without_a_prime(plain, primed, count):
    rows = series([count] * 5)
    for column in ("centre", "lower", "upper", "sigma_z"):
        found = attribute_chart(rows, kind=primed)[column]
        assert_allclose(found, attribute_chart(rows, kind=plain)[column])


def test_a_missing_count_keeps_its_row_without_limits():
    found = attribute_chart(series([3, np.nan, 5]))
    assert found.loc[1, ["value", "centre", "lower", "upper"]].isna().all()


def test_a_constant_rate_on_uneven_exposure_gives_no_signal():
    days = np.array([0.1, 0.7, 1.3, 0.3, 2.9, 1.1] * 4)
    found = attribute_chart(series(days * 3, days), kind="u'")
    assert not found["outside"].any()
    assert not found["runs_signal"].any()
