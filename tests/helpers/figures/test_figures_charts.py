"""Control charts draw what their frame says: points by shape, limits by phase, notes by series."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from helpers import figures
from helpers.casefile import Break
from helpers.exhibits import drawn
from helpers.figures.charts import moments

DAYS = pd.date_range("2013-01-01", periods=6, freq="MS")
CHART = pd.DataFrame(
    {
        "label": "Share",
        "indicator": "share",
        "period": DAYS,
        "value": [0.1, 0.2, 0.1, 0.4, 0.5, 0.9],
        "centre": [0.13] * 3 + [0.6] * 3,
        "lower": [0.0] * 3 + [0.3] * 3,
        "upper": [0.3] * 3 + [0.8] * 3,
        "phase": [0] * 3 + [1] * 3,
        "phase_reason": [""] * 3 + ["a new form"] * 3,
        "type": ["common cause"] * 5 + ["special cause, high"],
    }
)
BREAKS = [
    Break(date=date(2013, 4, 1), note="a new law", measures=["share"]),
    Break(date=date(2013, 2, 1), note="of something else", measures=["other"]),
]
RARE = CHART.assign(period=range(1, 7), phase=0, phase_reason="", value=[5.0, 0, 9, 30, 2, 4])
SCORE = pd.DataFrame(
    {
        "period": DAYS,
        "score": [0, 1, 2, 5, 4, 6.0],
        "threshold": 4.5,
        "ratio": 1.5,
        "first_signal": [False] * 3 + [True] + [False] * 2,
        "observed_minus_expected": [0, 1, 3, 8, 9, 12.0],
    }
)


def series(figure):
    """Number of points of each series drawn, by its name."""
    read = drawn.read_back(figure)
    return read.groupby("series").size().to_dict()


def test_points_limits_and_what_breaks_a_rule_are_all_drawn_and_read_back():
    found = series(figures.control_chart(CHART, percent=True))
    assert found["series"] == 6
    assert found["within the rules"] == 5
    assert found["breaks a rule, high"] == 1
    assert found["upper, stretch 1"] == found["centre, stretch 2"] == 3


def test_dates_are_read_back_as_years_with_their_fraction():
    read = drawn.read_back(figures.control_chart(CHART))
    held = read[read["series"].eq("series")]
    assert held["x"].round(3).tolist() == moments(pd.Series(DAYS)).round(3).tolist()
    assert held["y"].tolist() == CHART["value"].tolist()


def test_only_the_changes_of_the_series_are_noted_and_reasons_of_new_limits():
    said = figures.control_chart(CHART, breaks=BREAKS).axes[0].get_xlabel()
    assert "1 April 2013: a new law" in said
    assert "something else" not in said
    assert "Limits set anew from 1 April 2013: a new form" in said
    assert "n = 6 periods" in said


def test_kinds_of_points_differ_in_shape_not_in_colour_alone():
    kinds = ["common cause", "improvement", "improvement", "concern", "concern", "common cause"]
    values = [0.1, 0.05, 0.2, 0.4, 0.7, 0.6]
    read = drawn.read_back(figures.control_chart(CHART.assign(type=kinds, value=values)))
    names = set(read.loc[read["form"].eq("points"), "series"])
    assert names == {
        "within the rules", "signal of improvement, low", "signal of improvement, high",
        "signal of concern, low", "signal of concern, high",
    }  # fmt: skip


def test_signals_of_improvement_and_concern_have_shapes_and_fills_of_their_own():
    kinds = ["common cause", "improvement", "improvement", "concern", "concern", "common cause"]
    values = [0.1, 0.05, 0.2, 0.4, 0.7, 0.6]
    ax = figures.control_chart(CHART.assign(type=kinds, value=values)).axes[0]
    shapes = {
        one.get_label(): one.get_paths()[0].vertices.round(6).tobytes()
        for one in ax.collections
        if "signal" in one.get_label()
    }
    assert len(shapes) == len(set(shapes.values())) == 4


def test_a_type_that_is_not_known_is_refused_and_one_without_a_value_is_left_out():
    with pytest.raises(ValueError, match="type 'worse' cannot be drawn"):
        figures.control_chart(CHART.assign(type="worse"))
    gap = CHART.assign(value=[0.1, np.nan, 0.1, 0.4, 0.5, 0.9], type=["common cause", None] * 3)
    assert series(figures.control_chart(gap))["within the rules"] == 5


@pytest.mark.parametrize(
    ("day", "noted"),
    [
        ("2012-12-31", False),
        ("2013-01-01", True),
        ("2013-06-30", True),
        ("2013-07-02", False),  # June has ended
        ("2014-05-01", False),
    ],
)
def test_a_change_off_the_axis_is_neither_drawn_nor_noted(day, noted):
    change = Break(date=date.fromisoformat(day), note="a new law", measures=["share"])
    ax = figures.control_chart(CHART, breaks=[change]).axes[0]
    assert ("a new law" in ax.get_xlabel()) == noted
    plain = figures.control_chart(CHART).axes[0]
    assert len(ax.lines) - len(plain.lines) == noted
    if noted:
        left, right = ax.get_xlim()
        assert left <= moments(pd.Series(pd.to_datetime([day])))[0] <= right


def test_a_change_within_the_last_year_lies_on_the_axis():
    years = CHART.assign(period=pd.date_range("2013-01-01", periods=6, freq="YS"))
    change = Break(date=date(2018, 11, 1), note="a new law", measures=["share"])
    ax = figures.control_chart(years, breaks=[change]).axes[0]
    assert "1 November 2018: a new law" in ax.get_xlabel()
    assert ax.get_xlim()[1] > 2018 + 304 / 365


def test_ticks_are_years_and_places_are_months_in_words():
    years = pd.date_range("2009-01-01", periods=len(CHART), freq="YS")
    long, short = CHART.assign(period=years), CHART
    formatter, months = (
        figures.control_chart(one).axes[0].xaxis.get_major_formatter() for one in (long, short)
    )
    assert months(2013.0, 0) == "Jan 2013"  # of less than a year
    days = pd.Series(pd.date_range("2011-01-01", periods=60, freq="MS"))
    assert formatter(2013.0, 0) == "2013"
    said = [formatter.format_data(place) for place in moments(days)]
    assert said == [f"{day:%B %Y}" for day in days]


def test_charts_of_one_series_refuse_several():
    both = pd.concat([SCORE, SCORE])
    with pytest.raises(ValueError, match="one series; the period 1 January 2013 occurs twice"):
        figures.cusum_chart(both)
    observed = CHART.assign(low=0.05, high=0.95)
    line = observed.assign(segment=0)
    several = pd.concat([observed, observed.assign(label="Another")])
    with pytest.raises(ValueError, match="one series; got 2: Share, Another"):
        figures.trend_chart(several, line)
    with pytest.raises(ValueError, match="occurs twice"):
        figures.trend_chart(pd.concat([observed, observed]), line)


def test_a_target_a_missing_value_and_a_constant_series_are_drawn():
    gap = CHART.assign(target=0.25, value=[0.1, np.nan, 0.1, 0.4, 0.5, 0.9])
    assert series(figures.control_chart(gap))["target"] == 6
    flat = CHART.assign(value=0.1, centre=0.1, lower=0.1, upper=0.1, type="common cause")
    assert series(figures.control_chart(flat))["within the rules"] == 6


SAID = pd.DataFrame({"label": "Share", "phase": [0, 1]})


@pytest.mark.parametrize(
    ("assurance", "icon", "words"),
    [
        ("consistently hits", "P", "met in every period"),
        ("hit and miss", "?", "met in some periods and missed in others"),
        ("consistently fails", "F", "missed in every period"),
    ],
)
def test_a_target_has_its_icon_and_its_words(assurance, icon, words):
    said = SAID.assign(assurance=["", assurance])
    figure = figures.control_chart(CHART.assign(target=0.25), verdicts=said, percent=True)
    (ax,) = figure.axes
    assert [text.get_text() for text in ax.texts] == [icon]
    below = " ".join(ax.get_xlabel().split())
    assert f"Target: 25%, the dotted line. Sign {icon}:" in below
    assert words in below


def test_a_target_of_which_nothing_can_be_said_has_no_icon():
    said = SAID.assign(assurance=["", "cannot be said"])
    (ax,) = figures.control_chart(CHART.assign(target=0.25), verdicts=said).axes
    assert not ax.texts
    assert "Target: 0.25, the dotted line. Too few periods" in ax.get_xlabel()
    (plain,) = figures.control_chart(CHART.assign(target=0.25)).axes
    assert "Too few" not in plain.get_xlabel()


def test_a_chart_without_a_target_says_nothing_of_one():
    said = SAID.assign(assurance=["", "no target"])
    (ax,) = figures.control_chart(CHART.assign(target=np.nan), verdicts=said).axes
    assert "arget" not in ax.get_xlabel()


def test_notes_take_no_height_from_the_chart():
    long = [Break(date=date(2013, 4, 1), note="a long reason " * 40, measures=["share"])]
    plain, noted = figures.control_chart(CHART), figures.control_chart(CHART, breaks=long)
    for figure in (plain, noted):
        figure.draw_without_rendering()
    heights = [figure.axes[0].get_window_extent().height for figure in (plain, noted)]
    assert heights[1] > 0.9 * heights[0]


def test_rare_events_are_gaps_between_events():
    """Six gaps, and not six periods."""
    assert "n = 6 gaps between events" in figures.rare_chart(RARE).axes[0].get_xlabel()


def test_rare_events_stand_by_number():
    read = drawn.read_back(figures.rare_chart(RARE))
    assert read.loc[read["series"].eq("series"), "x"].tolist() == [1, 2, 3, 4, 5, 6]


def test_the_first_signal_of_a_score_is_marked_and_said():
    figure = figures.cusum_chart(SCORE)
    assert series(figure)["threshold first reached"] == 1
    assert "April 2013" in figure.axes[0].get_xlabel()
    none = figures.cusum_chart(SCORE.assign(first_signal=False))
    assert "not reached" in none.axes[0].get_xlabel()


def test_what_a_threshold_does_not_mean_stands_below_the_score():
    said = figures.cusum_chart(SCORE.assign(caution="counts vary by more")).axes[0].get_xlabel()
    assert "Caution: counts vary by more." in said
    assert "Caution" not in figures.cusum_chart(SCORE.assign(caution="")).axes[0].get_xlabel()


def test_a_fitted_line_is_interrupted_at_each_change():
    observed = CHART.assign(low=0.05, high=0.95)
    fitted = observed.assign(segment=[0, 0, 0, 1, 1, 1])
    found = series(figures.trend_chart(observed, fitted, breaks=BREAKS, percent=True))
    assert found["fitted, stretch 1"] == found["fitted, stretch 2"] == 3
    assert found["share"] == found["interval"] == 6


@pytest.mark.parametrize(
    "figure",
    [
        lambda: figures.control_chart(CHART.iloc[:0]),
        lambda: figures.rare_chart(RARE.iloc[:0]),
        lambda: figures.cusum_chart(SCORE.iloc[:0]),
        lambda: figures.trend_chart(CHART.iloc[:0], CHART.iloc[:0]),
    ],
)
def test_nothing_to_draw_is_said(figure):
    assert drawn.read_back(figure()).empty
