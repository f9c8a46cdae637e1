"""Delays until known: a triangle worked by hand, the law without truncation, and simulation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods.maturity import completeness, delay_distribution, triangle


def deaths(*rows):
    return pd.DataFrame(rows, columns=["died", "told"])


def made(frame, extract="2015-12-31", **options):
    return triangle(frame, event="died", known="told", extract_date=extract, **options)


def simulated(seed=3, size=20_000, mean=40.0, until="2016-06-30"):
    """Deaths of a year and a half with exponential delays, seen if known by the extract."""
    draw = np.random.default_rng(seed)
    died = pd.Timestamp("2015-01-01") + pd.to_timedelta(draw.integers(0, 546, size), unit="D")
    told = died + pd.to_timedelta(np.floor(draw.exponential(mean, size)), unit="D")
    frame = pd.DataFrame({"died": died, "told": told})
    return frame, frame[frame["told"] <= until].reset_index(drop=True)


def test_a_triangle_worked_by_hand():
    cells = pd.DataFrame(
        {
            "period": np.repeat(["2015-01", "2015-02", "2015-03"], 3),
            "start": np.repeat(pd.to_datetime(["2015-01-01", "2015-02-01", "2015-03-01"]), 3),
            "end": np.repeat(pd.to_datetime(["2015-01-31", "2015-02-28", "2015-03-31"]), 3),
            "delay": [10, 40, 70] * 3,
            "count": [50, 30, 20, 60, 40, np.nan, 45, np.nan, np.nan],
            "numerator": [50, 80, 100, 60, 100, np.nan, 45, np.nan, np.nan],
            "denominator": np.repeat([100, 100, 45], 3),
        }
    )
    law = delay_distribution(cells)
    # Reverse-time hazards: 20/100 for the last class, 70/180 for the one before it.
    assert law["numerator"].tolist() == [155, 70, 20]
    assert law["denominator"].tolist() == [155, 180, 100]
    assert_allclose(law["value"], [0.8 * 110 / 180, 0.8, 1.0])
    spread = 20 / (100 * 80) + 70 / (180 * 110)
    factor = np.exp(1.959963985 * np.sqrt(spread) / -np.log(law["value"][0]))
    assert_allclose([law["low"][0], law["high"][0]], law["value"][0] ** np.r_[factor, 1 / factor])
    found = completeness(cells, extract_date="2015-04-12")
    assert_allclose(found["value"], [1.0, 0.8, 0.8 * 110 / 180])
    assert_allclose(found["denominator"], [100, 125, 45 / (0.8 * 110 / 180)])
    assert found["followed"].tolist() == [71, 43, 12]
    assert found["mature_after"].tolist() == [70] * 3
    assert found["immature"].tolist() == [False, True, True]
    assert found["rule"][0] == "0.95 of deaths are known within 70 days"
    early = completeness(cells, extract_date="2015-04-12", share=0.75)
    assert early["immature"].tolist() == [False, False, True]
    by_hand = completeness(cells, extract_date="2015-04-12", mature_after=12)
    assert by_hand["immature"].tolist() == [False, False, False]
    assert by_hand["rule"][0] == "12 days, as set"


@pytest.mark.slow
@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 89), st.integers(0, 120)), min_size=1, max_size=80))
def test_without_truncation_the_law_is_the_empirical_one(rows):
    start = pd.Timestamp("2015-01-01")
    frame = pd.DataFrame(rows, columns=["day", "delay"])
    frame["died"] = start + pd.to_timedelta(frame["day"], unit="D")
    frame["told"] = frame["died"] + pd.to_timedelta(frame["delay"], unit="D")
    cells = made(frame, "2016-06-30", delays=[5, 20, 60, 120])
    # The months from April to the extract are empty and add nothing.
    law = delay_distribution(cells)
    expected = [frame["delay"].le(days).mean() for days in (5, 20, 60, 120)]
    assert_allclose(law["value"], expected)
    inside = law[law["value"].gt(0)]
    assert (inside["low"] <= inside["value"] + 1e-12).all()
    assert (inside["value"] <= inside["high"] + 1e-12).all()


def test_the_law_of_the_delay_is_found_in_spite_of_truncation():
    _, seen = simulated()
    delays = [10, 20, 40, 80, 160, 365]
    law = delay_distribution(made(seen, "2016-06-30", delays=delays))
    # Whole days of an exponential delay: P(floor(T) <= d) = 1 - exp(-(d + 1) / 40).
    truth = -np.expm1(-(np.array(delays) + 1) / 40)
    assert_allclose(law["value"], truth / truth[-1], atol=0.02)
    assert (law["low"][:-1] < truth[:-1]).all()
    assert (law["high"][:-1] > truth[:-1]).all()


def test_the_totals_to_be_expected_are_found_and_recent_periods_are_immature():
    whole, seen = simulated()
    found = completeness(made(seen, "2016-06-30"), extract_date="2016-06-30")
    truth = whole["died"].dt.to_period("M").value_counts().sort_index()
    kept = found.dropna(subset=["value"])
    real = truth.to_numpy()[: len(kept)]
    assert_allclose(kept["denominator"], real, rtol=0.25)
    # 95% of these delays lie within 120 days, so within the class to 180: back to 2 January 2016.
    assert found["immature"].tolist() == [False] * 12 + [True] * 6
    assert np.isnan(found["value"].iloc[-1])


@pytest.mark.slow
def test_limits_cover_the_law_about_as_often_as_they_say():
    delays, inside = [10, 30, 90, 270], []
    truth = -np.expm1(-(np.array(delays) + 1) / 40)
    for seed in range(60):
        _, seen = simulated(seed=seed, size=1000)
        law = delay_distribution(made(seen, "2016-06-30", delays=delays))
        share = truth / truth[-1]
        inside.append(((law["low"] <= share) & (share <= law["high"]))[:3])
    assert 0.90 < np.mean(inside) < 0.99


# ---- The triangle -------------------------------------------------------------------------------


def test_cells_after_the_extract_are_missing_and_not_zero():
    frame = deaths(("2015-01-31", "2015-02-07"), ("2015-02-01", "2015-02-01"))
    found = made(frame, "2015-02-07", delays=[7, 8])
    assert found["period"].tolist() == ["2015-01"] * 2 + ["2015-02"] * 2
    assert found["count"].tolist()[0] == 1
    assert found["count"].isna().tolist() == [False, True, True, True]
    assert found["denominator"].tolist() == [1, 1, 1, 1]


def test_a_period_without_deaths_has_its_row():
    frame = deaths(("2015-01-31", "2015-02-07"), ("2015-03-01", "2015-03-01"))
    found = made(frame, delays=[30])
    assert found["numerator"].tolist()[:3] == [1, 0, 1]
    assert len(found) == 12
    assert np.isnan(found["numerator"].iloc[-1])


def test_those_without_a_date_and_beyond_the_last_delay_are_counted_apart():
    frame = deaths(("2015-01-31", None), ("2015-01-31", "2015-06-30"), ("2015-01-03", "2015-01-03"))
    found = made(frame, delays=[0, 30]).iloc[:2]
    assert found["unknown"].tolist() == [1, 1]
    assert found["beyond"].tolist() == [1, 1]
    assert found["denominator"].tolist() == [2, 2]
    assert found["numerator"].tolist() == [1, 1]
    assert found["label"].tolist() == ["0 to 0 days", "1 to 30 days"]


def test_negative_delays_are_refused_or_counted():
    frame = deaths(("2015-01-31", "2015-01-30"), ("2015-01-03", "2015-01-04"))
    with pytest.raises(ValueError, match="Row 0: 'told' lies before 'died'"):
        made(frame)
    found = made(frame, negative="count").iloc[0]
    assert found[["count", "numerator", "denominator", "negative"]].tolist() == [1, 1, 1, 1]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 700), st.integers(-5, 500), st.booleans()), min_size=1),
    st.sampled_from(["month", "quarter", "year"]),
)
def test_every_death_is_in_one_count(rows, period):
    start = pd.Timestamp("2013-04-01")
    frame = pd.DataFrame(rows, columns=["day", "delay", "dated"])
    frame["died"] = start + pd.to_timedelta(frame["day"], unit="D")
    frame["told"] = (frame["died"] + pd.to_timedelta(frame["delay"], unit="D")).where(
        frame["dated"]
    )
    found = made(frame, "2016-12-31", negative="count", period=period)
    first = found.drop_duplicates("period")
    assert first[["denominator", "unknown", "negative"]].to_numpy().sum() == len(frame)
    last = found.groupby("period", sort=False).last()
    full = last["numerator"].notna()
    assert (last["numerator"] + last["beyond"])[full].tolist() == last["denominator"][full].tolist()


def test_years_and_quarters_may_start_in_april():
    frame = deaths(("2015-03-31", "2015-04-01"), ("2015-04-01", "2015-04-01"))
    found = made(frame, period="year", first_month=4, delays=[1])
    assert found["period"].tolist() == ["2014-15", "2015-16"]
    assert found["start"].tolist() == [pd.Timestamp("2014-04-01"), pd.Timestamp("2015-04-01")]
    assert made(frame, period="year", delays=[1])["period"].tolist() == ["2015"]
    quarters = made(frame, period="quarter", delays=[1])["period"].tolist()
    assert quarters[:2] == ["Jan to Mar 2015", "Apr to Jun 2015"]


def test_no_deaths_give_no_rows():
    found = made(deaths())
    assert found.empty
    assert delay_distribution(found).empty
    assert completeness(found, extract_date="2015-12-31").empty


def test_an_extract_too_early_for_every_class_gives_no_share():
    found = completeness(made(deaths(("2015-12-01", "2015-12-02"))), extract_date="2015-12-31")
    assert found["value"].isna().all()
    assert found["immature"].all()


def test_where_nobody_came_later_the_lower_limit_is_the_exact_one_for_none():
    frame = deaths(*[("2015-01-10", "2015-01-12")] * 20)
    law = delay_distribution(made(frame, delays=[7, 30]))
    assert law["value"].tolist() == [1, 1]
    assert_allclose(law["low"], [0.025 ** (1 / 20), 1.0])


@pytest.mark.parametrize(
    ("frame", "options", "words"),
    [
        (deaths((None, "2015-01-01")), {}, "Row 0: column 'died' is missing"),
        (deaths(("2016-01-01", None)), {}, "'died' lies after the extract"),
        (deaths(("2015-01-01", "2016-01-01")), {}, "'told' lies after the extract"),
        (deaths(("soon", "2015-01-01")), {}, "no dates"),
        (deaths(), {"delays": []}, "delays must be days"),
        (deaths(), {"delays": [30, 7]}, "delays must be days"),
        (deaths(), {"delays": [-1, 7]}, "delays must be days"),
        (deaths(), {"period": "week"}, "period must be one of"),
        (deaths(), {"negative": "drop"}, "negative must be one of"),
        (deaths(), {"first_month": 13}, "month from 1 to 12"),
        (deaths(), {"extract": None}, "extract is missing"),
        (pd.DataFrame({"died": []}), {}, "Missing column 'told'"),
    ],
)
def test_deaths_that_cannot_be_right_are_refused(frame, options, words):
    with pytest.raises(ValueError, match=words):
        made(frame, **options)


def test_wrong_rules_and_triangles_with_holes_are_refused():
    cells = made(deaths(("2015-01-31", "2015-02-07")))
    for options, words in (
        ({"share": 1.0}, "share must lie"),
        ({"mature_after": -1}, "number of days"),
        ({"level": 0}, "confidence level"),
    ):
        with pytest.raises(ValueError, match=words):
            completeness(cells, extract_date="2015-12-31", **options)
    with pytest.raises(ValueError, match="every delay of every period"):
        delay_distribution(cells.iloc[1:])
    with pytest.raises(ValueError, match="Missing column"):
        delay_distribution(cells.drop(columns="count"))
