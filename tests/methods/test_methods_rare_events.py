"""t and g charts: closed forms, constant series, days with hours and series side by side."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from helpers.methods.rare_events import g_chart, gaps, t_chart

PROMISED = {
    "period", "value", "centre", "lower", "upper", "phase", "phase_reason", "outside", "rule",
    "type", "runs_signal", "method",
}  # fmt: skip


def between(values):
    return pd.DataFrame({"value": np.asarray(values, dtype=float)})


def test_the_t_chart_is_a_chart_of_single_values_to_the_power_of_1_in_3_6():
    """Nelson (1994) J Qual Technol 26:239, by hand: 1 and 2 to the 3.6 have powers 1 and 2."""
    found = t_chart(between([1, 2**3.6, 1, 2**3.6])).iloc[0]
    assert found["centre"] == pytest.approx(1.5**3.6)
    assert found["upper"] == pytest.approx((1.5 + 3 / 1.128) ** 3.6)
    assert found["lower"] == 0


def test_the_g_chart_has_the_standard_error_of_a_geometric_count():
    """Benneyan (2001) Health Care Manag Sci 4:305."""
    found = g_chart(between([2, 4, 6, 12])).iloc[0]
    assert found["centre"] == 5
    assert found["upper"] == pytest.approx(6 + 3 * np.sqrt(6 * 7))
    assert found["lower"] == 0


def g_exact(rows, **options):
    return g_chart(rows, limits="probability", **options)


@pytest.mark.parametrize("mean", [0.2, 3, 40, 739, 740, 5000])
def test_probability_limits_of_a_g_chart_are_quantiles_of_the_geometric_distribution(mean):
    """scipy counts the trial of the event itself, so its values lie one higher."""
    from scipy.stats import geom

    found, tail = g_exact(between([0, 2 * mean])).iloc[0], 0.0013498980316301
    law = geom(1 / (mean + 1), loc=-1)
    assert found["upper"] == law.ppf(1 - tail)
    assert found["lower"] == law.ppf(tail)
    assert law.cdf(found["lower"] - 1) < tail
    assert law.sf(found["upper"]) <= tail
    # None in between has a chance of 1 in mean + 1, which falls below the tail at 740.8.
    assert (found["lower"] > 0) == (mean + 1 > 740.8)


@pytest.mark.parametrize("mean", [3, 20, 60])
def test_three_standard_errors_of_a_geometric_count_are_passed_by_18_in_1000(mean):
    from scipy.stats import geom

    found = g_chart(between([0, 2 * mean])).iloc[0]
    assert geom(1 / (mean + 1), loc=-1).sf(np.floor(found["upper"])) == pytest.approx(
        0.018, abs=0.002
    )
    assert found["lower"] == 0


def test_gaps_far_above_or_below_are_marked_by_probability_limits():
    rows = between([5000] * 30 + [2] + [5000] * 30 + [60_000])
    found = g_exact(rows)
    assert found.loc[found["outside"], "rule"].tolist() == [
        "below the lower limit", "above the upper limit",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="limits must be one of"):
        g_chart(rows, limits="exact")


@pytest.mark.parametrize("chart", [t_chart, g_chart, g_exact])
@pytest.mark.parametrize("days", [0, 1, 3, 5, 6, 7, 11, 30, 365])
def test_a_constant_series_gives_no_signal(chart, days):
    found = chart(between([days] * 20))
    assert found["centre"].eq(days).all()
    assert not found["outside"].any()
    assert not found["runs_signal"].any()
    assert found["type"].eq("common cause").all()


@pytest.mark.parametrize("chart", [t_chart, g_chart, g_exact])
@pytest.mark.parametrize("days", [[], ["2020-01-01"]])
def test_fewer_than_two_events_give_no_rows_but_the_columns(chart, days):
    found = chart(gaps(pd.DataFrame({"date": pd.to_datetime(days)})))
    assert found.empty
    assert set(found) >= PROMISED


def test_days_are_counted_whatever_the_hour():
    times = ["2020-01-01 23:00", "2020-01-02 01:00", "2020-01-02 00:30", "2020-01-04 12:00"]
    found = gaps(pd.DataFrame({"date": pd.to_datetime(times)}))
    assert found["value"].tolist() == [1, 0, 2]


@pytest.mark.parametrize("chart", [t_chart, g_chart, g_exact])
def test_each_series_has_the_limits_it_has_alone(chart):
    one, two = [3, 9, 4, 20], [50, 2, 31]
    rows = pd.DataFrame({"unit": list("aaaabbb"), "value": [*one, *two]})
    found = chart(rows, within="unit")
    assert found["period"].tolist() == [1, 2, 3, 4, 1, 2, 3]
    for unit, values in (("a", one), ("b", two)):
        own, alone = found[found["unit"].eq(unit)], chart(between(values))
        for column in ("centre", "lower", "upper"):
            assert_allclose(own[column], alone[column])


@pytest.mark.parametrize("value", [np.nan, np.inf, -1.0])
def test_a_gap_that_cannot_be_is_refused_by_row(value):
    with pytest.raises(ValueError, match="Row 1: the gap is"):
        t_chart(between([4, value]))
