"""Changes at declared dates, and seasons: closed forms, planted truths, what is not estimated."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from helpers.methods.changes import STEP_COLUMNS, fitted_steps, seasonality, step_changes
from helpers.methods.trend import trend

NEW_FORM = (date(2015, 1, 1), "a new form")


def months(numerator, denominator=1000.0, start="2011-01-01"):
    """A series of months."""
    days = pd.date_range(start, periods=len(numerator), freq="MS")
    return pd.DataFrame({"period": days, "numerator": numerator, "denominator": denominator})


def planted(*, step=1.0, season=1.0, slope=0.0, seed=1, size=50.0, length=96):
    """Poisson months with a change in January 2015, a high January and a trend."""
    time = np.arange(length)
    days = pd.date_range("2011-01-01", periods=length, freq="MS")
    mean = size * np.exp(slope * time / 12)
    mean = mean * np.where(days >= "2015-01-01", step, 1.0) * np.where(days.month == 1, season, 1.0)
    return months(np.random.default_rng(seed).poisson(mean))


# ---- Changes of level ---------------------------------------------------------------------------


def test_a_planted_change_and_trend_are_found_again():
    series = planted(step=1.6, slope=0.05, size=400.0)
    found = step_changes(series, dates=[NEW_FORM]).iloc[0]
    assert found["low"] < 1.6 < found["high"]
    assert found["value"] == pytest.approx(1.6, rel=0.05)
    assert (found["n_before"], found["n_after"]) == (48, 48)


@pytest.mark.slow
def test_limits_cover_the_planted_change_as_often_as_they_say():
    inside = 0
    for seed in range(200):
        row = step_changes(planted(step=1.3, seed=seed), dates=[NEW_FORM], family="poisson").iloc[0]
        inside += row["low"] < 1.3 < row["high"]
    assert 0.90 < inside / 200 < 0.99  # 95%, give or take three standard errors


def test_two_mirrored_halves_have_the_closed_form_ratio():
    """Each half is symmetric about its middle, and the halves are alike: no slope within them."""
    series = months([10, 12, 10, 12, 12, 10, 12, 10] + [20, 24, 20, 24, 24, 20, 24, 20])
    days = series["period"]
    found = step_changes(series, dates=[(days[8].date(), "a new form")], family="poisson").iloc[0]
    assert found["value"] == pytest.approx(2.0, rel=0.02)


def test_without_a_date_there_is_no_row_and_the_line_is_that_of_the_trend():
    series = planted(slope=0.1)
    assert step_changes(series, dates=[]).columns.tolist() == STEP_COLUMNS
    line = fitted_steps(series, dates=[])
    assert line["segment"].eq(0).all()
    ratio = trend(series, time="period").loc[0, "value"]
    years = (series["period"].iloc[12] - series["period"].iloc[0]).days / 365
    assert_allclose(line["value"].iloc[12] / line["value"].iloc[0], ratio**years, rtol=1e-4)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (date(2009, 1, 1), "outside the series"),
        (date(2030, 1, 1), "outside the series"),
        (date(2011, 3, 1), "fewer than 3 periods"),
        (date(2018, 12, 1), "fewer than 3 periods"),
    ],
)
def test_a_date_that_cannot_be_estimated_says_why(day, said):
    found = step_changes(planted(), dates=[(day, "a reason"), NEW_FORM])
    row = found[found["date"].eq(pd.Timestamp(day))].iloc[0]
    assert said in row["note"]
    assert np.isnan(row["value"])
    assert found["value"].notna().sum() == 1  # the other one still is
    assert found["looked_at"].eq(2).all()


def test_two_dates_of_one_period_are_one_change():
    found = step_changes(planted(step=2.0), dates=[NEW_FORM, (date(2014, 12, 20), "a memo")])
    assert found["reason"].tolist() == ["a memo", "a new form"]  # in order of time
    assert found["value"].notna().tolist() == [True, False]
    assert "one change" in found.loc[1, "note"]


def test_a_period_that_holds_the_day_counts_as_before():
    found = step_changes(planted(), dates=[(date(2015, 1, 2), "mid-month")]).iloc[0]
    assert (found["n_before"], found["n_after"]) == (49, 47)
    assert "starts on the day or later" in found["method"]


def test_p_values_are_adjusted_for_all_dates_that_were_estimated():
    found = step_changes(planted(step=1.5), dates=[NEW_FORM, (date(2013, 1, 1), "a memo")])
    assert (found["adjusted_p"] >= found["p_value"]).all()


def test_shares_give_odds_ratios():
    series = months([20] * 24 + [40] * 24, 100.0)
    day = series["period"][24].date()
    found = step_changes(series, dates=[(day, "x")], kind="proportion", family="binomial").iloc[0]
    assert found["value"] == pytest.approx((40 / 60) / (20 / 80), rel=1e-6)


def test_a_date_without_a_reason_is_refused():
    with pytest.raises(ValueError, match=r"2015-01-01.*no reason"):
        step_changes(planted(), dates=[(date(2015, 1, 1), " ")])


def test_months_out_of_order_or_twice_are_refused():
    series = planted()
    with pytest.raises(ValueError, match="before the row above"):
        step_changes(series[::-1], dates=[NEW_FORM])
    with pytest.raises(ValueError, match="twice"):
        step_changes(pd.concat([series[:5], series[4:]]), dates=[NEW_FORM])


def test_a_series_without_events_gives_a_statement():
    found = step_changes(months([0] * 96), dates=[NEW_FORM]).iloc[0]
    assert found["note"]
    assert np.isnan(found["value"])


# ---- Seasons ------------------------------------------------------------------------------------


def test_a_planted_january_is_the_peak():
    found = seasonality(planted(season=1.8)).iloc[0]
    assert found["peak"] == "January"
    assert found["p_value"] < 0.001
    assert found["low"] < 1.8 ** (11 / 12) < found["high"]  # over the geometric mean of twelve


@pytest.mark.slow
def test_chance_alone_is_called_a_season_as_often_as_the_level_says():
    small = sum(seasonality(planted(seed=seed)).loc[0, "p_value"] < 0.05 for seed in range(300))
    assert 5 < small < 30  # 15 expected, give or take four standard errors


@pytest.mark.parametrize("length", [0, 5, 23])
def test_too_few_months_are_said_to_be_too_few(length):
    found = seasonality(months([5] * length)).iloc[0]
    assert "two years" in found["note"]
    assert np.isnan(found["p_value"])


def test_a_constant_series_has_no_season():
    found = seasonality(months([12] * 36)).iloc[0]
    assert found["value"] == pytest.approx(1.0) or found["note"]


def test_numbers_are_no_months():
    with pytest.raises(ValueError, match="no dates"):
        seasonality(pd.DataFrame({"period": [1, 2], "numerator": 1, "denominator": 2}))
