"""Curves of times with those at risk below them and the limits in force as named lines."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import figures
from helpers.exhibits import drawn
from helpers.methods import survival

DAYS = pd.DataFrame(
    {
        "label": ["Report"] * 6 + ["Inquest"] * 4,
        "service": ["A", "A", "A", "B", "B", "B"] + ["A", "A", "B", "B"],
        "days": [10, 30, 30, 60, 90, 365, 100, 200, 200, 700],
        "observed": [True, True, False, True, False, True, True, True, False, False],
    }
)
CURVES = survival.kaplan_meier(DAYS, by=["label"])
SHOWN = ["Report", "Inquest"]
MARKS = pd.DataFrame(
    {
        "label": ["Report", "Report", "Inquest", "Inquest"],
        "time": [45.0, 60.0, 181.0, 1000.0],
        "name": ["45 days (A)", "60 days (B)", "6 months (C)", "beyond (D)"],
    }
)


def below(ax):
    """The rows of numbers below a panel, by their name, in the order of the ticks."""
    found, name = {}, None
    for text in ax.texts:
        said = text.get_text()
        if text.get_ha() == "right":
            name = said
            found[name] = []
        elif name is not None and text.get_ha() == "center":
            found[name].append(int(said.replace(",", "")))
    return found


def panels(figure):
    """The panels by their title."""
    return {ax.get_title(loc="left"): ax for ax in figure.axes}


def still_followed(frame, ticks):
    """How many had neither reached it nor left before each tick."""
    return [int((frame["days"] >= tick).sum()) for tick in ticks]


def test_those_at_risk_are_those_still_followed_at_each_tick():
    figure = figures.curves(CURVES, horizon=730)
    for name, ax in panels(figure).items():
        part = DAYS[DAYS["label"].eq(name)]
        ticks = [int(tick) for tick in ax.get_xticks()]
        assert below(ax) == {"at risk": still_followed(part, ticks)}


def test_each_curve_of_a_panel_has_its_own_row():
    by = survival.kaplan_meier(DAYS[DAYS["label"].eq("Report")], by=["label", "service"])
    figure = figures.curves(by, by="service", horizon=100)
    (ax,) = figure.axes
    ticks = [int(tick) for tick in ax.get_xticks()]
    report = DAYS[DAYS["label"].eq("Report")]
    assert below(ax) == {
        name: still_followed(part, ticks) for name, part in report.groupby("service")
    }


@settings(max_examples=10)
@given(
    st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=12),
    st.sampled_from([30, 100, 365, 1460]),
)
def test_those_at_risk_agree_with_the_records_whatever_they_are(rows, horizon):
    frame = pd.DataFrame(rows, columns=["days", "observed"]).assign(label="Any")
    (ax,) = figures.curves(survival.kaplan_meier(frame, by=["label"]), horizon=horizon).axes
    ticks = [int(tick) for tick in ax.get_xticks()]
    assert ticks[0] == 0
    assert max(ticks) <= horizon
    assert below(ax)["at risk"] == still_followed(frame, ticks)


def test_the_curve_is_one_less_the_share_still_waiting():
    read = drawn.read_back(figures.curves(CURVES, horizon=730))
    for panel, part in CURVES.groupby("label"):
        line = read[read["panel"].eq(panel) & read["series"].eq("share")]
        given_ = {0.0: 0.0} | dict(zip(part["time"], 1 - part["survival"], strict=True))
        seen = dict(zip(line["x"], line["y"], strict=True))
        assert {time: seen[time] for time in given_} == pytest.approx(given_)


def test_a_curve_followed_beyond_the_edge_goes_on_to_it_and_no_other_does():
    """The inquests were followed to day 700, the reports to day 365."""
    read = drawn.read_back(figures.curves(CURVES, horizon=500))
    ends = read[read["series"].eq("share")].groupby("panel")["x"].max()
    assert ends.to_dict() == {"Report": 365, "Inquest": 500}


def test_a_curve_of_many_steps_is_drawn_at_a_hundred_of_them():
    """At none of them does it differ from the estimate, and it ends where that ends."""
    many = pd.DataFrame(
        {"label": "Many", "days": range(1, 401), "observed": [True, True, False, True] * 100}
    )
    fitted = survival.kaplan_meier(many, by=["label"])
    read = drawn.read_back(figures.curves(fitted, horizon=500))
    line = read[read["series"].eq("share")]
    assert len(line) == 100
    held = {0.0: 0.0} | dict(zip(fitted["time"], 1 - fitted["survival"], strict=True))
    assert all(held[x] == pytest.approx(y) for x, y in zip(line["x"], line["y"], strict=True))
    assert line["x"].max() == 400
    # 300 events are 301 heights, and 100 of them are drawn: every third or fourth.
    heights = np.flatnonzero(np.isin(np.unique(list(held.values())), line["y"]))
    assert set(np.diff(heights)) <= {3, 4}


def test_each_panel_has_its_own_span_and_unit():
    spans = pd.Series({"Report": 100, "Inquest": 730})
    units = pd.Series({"Report": "working days", "Inquest": "calendar days"})
    found = panels(figures.curves(CURVES, horizon=spans, unit=units))
    assert {name: ax.get_xlim()[1] for name, ax in found.items()} == spans.to_dict()
    assert {name: ax.get_xlabel() for name, ax in found.items()} == units.to_dict()


# ---- Limits as lines ----------------------------------------------------------------------------


def test_limits_stand_where_they_ran_out_with_their_names():
    """Those of each panel in it; one beyond the edge is not drawn."""
    figure = figures.curves(CURVES, horizon=730, marks=MARKS)
    said = [[text.get_text() for text in panels(figure)[name].texts] for name in SHOWN]
    assert {"45 days (A)", "60 days (B)"} <= set(said[0])
    assert "6 months (C)" in said[1]
    assert not any("beyond" in text for texts in said for text in texts)
    read = drawn.read_back(figure)
    lines = read[read["series"].isin(MARKS["name"])].groupby(["panel", "series"])["x"].unique()
    assert {key: value.tolist() for key, value in lines.items()} == {
        ("Report", "45 days (A)"): [45.0],
        ("Report", "60 days (B)"): [60.0],
        ("Inquest", "6 months (C)"): [181.0],
    }


def test_a_limit_that_moves_changes_the_data_of_the_figure():
    moved = MARKS.assign(time=MARKS["time"] + 1)
    before, after = (
        drawn.read_back(figures.curves(CURVES, horizon=730, marks=marks))
        for marks in (MARKS, moved)
    )
    assert not before.equals(after)


def test_limits_do_not_enter_the_legend_of_the_curves():
    by = survival.kaplan_meier(DAYS, by=["label", "service"])
    figure = figures.curves(by, by="service", horizon=730, marks=MARKS)
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["A", "B"]


def test_a_panel_with_one_curve_needs_no_key():
    """The inquests of one service alone: one row of numbers, and nothing named in the key."""
    by = survival.kaplan_meier(DAYS, by=["label", "service"])
    alone = by[by["label"].eq("Report") | by["service"].eq("A")]
    figure = figures.curves(alone, by="service", horizon=730)
    assert list(below(panels(figure)["Inquest"])) == ["at risk"]
    assert list(below(panels(figure)["Report"])) == ["A", "B"]
    assert not figures.curves(by[by["service"].eq("A")], by="service").legends


def test_a_name_stands_where_the_curve_leaves_room():
    """Below a curve that has risen by the limit, above one that has not."""
    heights = {}
    for name, ax in panels(figures.curves(CURVES, horizon=730, marks=MARKS)).items():
        heights[name] = [text.xy[1] for text in ax.texts if hasattr(text, "xy")]
    assert max(heights["Report"]) < 0.5
    early = pd.DataFrame({"label": ["Report"], "time": [5.0], "name": ["5 days (A)"]})
    ax = panels(figures.curves(CURVES, marks=early))["Report"]
    assert [text.xy[1] for text in ax.texts if hasattr(text, "xy")] == [0.97]


def test_without_a_span_each_panel_ends_soon_after_its_last_event():
    """The last report came on day 365, the last inquest on day 200; both were followed on."""
    found = panels(figures.curves(CURVES))
    assert {name: ax.get_xlim()[1] for name, ax in found.items()} == {"Report": 730, "Inquest": 365}


def test_the_span_is_four_years_at_most():
    late = pd.DataFrame({"label": "Late", "days": [10, 3000], "observed": True})
    (ax,) = figures.curves(survival.kaplan_meier(late, by=["label"])).axes
    assert ax.get_xlim()[1] == 1460


def test_names_of_two_limits_do_not_lie_on_one_another():
    ax = panels(figures.curves(CURVES, horizon=730, marks=MARKS))["Report"]
    heights = [text.xy[1] for text in ax.texts if hasattr(text, "xy")]
    assert len(heights) == len(set(heights)) == 2


def test_no_limits_and_nothing_to_draw():
    plain = drawn.read_back(figures.curves(CURVES, horizon=730))
    none = drawn.read_back(figures.curves(CURVES, horizon=730, marks=MARKS.iloc[:0]))
    assert plain.equals(none)
    empty = figures.curves(CURVES.iloc[:0], marks=MARKS)
    assert drawn.read_back(empty).empty


# ---- Medians ------------------------------------------------------------------------------------


def test_years_of_which_not_enough_is_known_are_hatched_and_that_is_said():
    frame = pd.DataFrame(
        {"label": "Death to report", "year": [2012, 2013, 2014], "value": [100.0, 120.0, 90.0],
         "low": [80.0, 100.0, 70.0], "high": [130.0, 150.0, np.nan], "denominator": [20, 25, 15]}
    )  # fmt: skip
    (ax,) = figures.medians(frame, immature=[2014]).axes
    (box,) = (patch.get_bbox() for patch in ax.patches)
    assert (box.x0, box.x1) == (2013.5, 2014.5)
    assert "not all were known" in ax.get_xlabel()
    (plain,) = figures.medians(frame).axes
    assert len(plain.patches) == 0
    assert "not all were known" not in plain.get_xlabel()


BOTH = pd.DataFrame(
    {"label": "Death to report", "year": [2012, 2013], "value": [100.0, 120.0],
     "low": [80.0, 100.0], "high": [130.0, np.nan], "denominator": [20, 25],
     "followed_value": [90.0, np.nan], "followed_low": [70.0, 95.0],
     "followed_high": [120.0, 140.0]}
)  # fmt: skip


def test_the_second_way_of_counting_stands_beside_the_first():
    """A median that was not reached in the second way has no square."""
    figure = figures.medians(BOTH)
    read = drawn.read_back(figure).set_index("series")
    assert read.loc["median days", "y"].tolist() == [100.0, 120.0]
    square = read.loc[["median days, followed to another end"]]
    assert square[["x", "y"]].to_numpy().tolist() == [[2012.1, 90.0]]
    line = read.loc[["interval, followed to another end"]]
    assert line[["y", "y2"]].to_numpy().tolist() == [[70.0, 120.0]]
    assert "Square: what ended otherwise followed to that end" in figure.axes[0].get_xlabel()


def test_two_ways_that_agree_are_drawn_once():
    same = BOTH.assign(**{f"followed_{name}": BOTH[name] for name in ("value", "low", "high")})
    alone = BOTH[["label", "year", "value", "low", "high", "denominator"]]
    assert drawn.read_back(figures.medians(same)).equals(drawn.read_back(figures.medians(alone)))
