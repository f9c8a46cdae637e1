"""What leaving out a part does: every part drawn once, nothing ranked, what is lost said."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from helpers import figures
from helpers.exhibits import drawn
from helpers.figures.definitions import specification_curve
from helpers.methods.specification import leave_one_out, specifications, summary

FRAME = pd.DataFrame(
    {
        "left_out": ["", "T01", "T02", "T03"],
        "value": [1.5, 1.2, 1.9, np.nan],
        "low": [1.0, 0.8, 1.2, np.nan],
        "high": [2.2, 1.8, 3.1, np.nan],
        "n": [700, 650, 640, np.nan],
        "headline": [True, False, False, False],
        "reason": ["", "", "", "no T03, no estimate"],
    }
)


def points(figure, series):
    read = drawn.read_back(figure)
    return read[read["series"].eq(series)]


def test_every_part_is_drawn_where_its_values_say_in_the_order_of_the_frame():
    figure = figures.left_out(FRAME)
    one, head = points(figure, "one left out"), points(figure, "nothing left out")
    assert head[["x", "y"]].to_numpy().tolist() == [[1.5, 2.0]]
    assert one[["x", "y"]].to_numpy().tolist() == [[1.2, 1.0], [1.9, 0.0]]
    limits = points(figure, "interval")
    assert limits[["x", "y2"]].to_numpy().tolist() == [[1.0, 2.2], [0.8, 1.8], [1.2, 3.1]]
    assert one["category"].tolist() == ["without T01  (n = 650)", "without T02  (n = 640)"]


def test_parts_that_cannot_be_left_out_are_named_below():
    assert (
        figures.left_out(FRAME).axes[0].get_xlabel() == "odds ratio (log scale)\nNo estimate: T03"
    )


def test_the_headline_differs_by_shape_and_lines_mark_it_and_the_null():
    ax = figures.left_out(FRAME).axes[0]
    shapes = {a.get_label(): len(a.get_paths()[0].vertices) for a in ax.collections}
    assert shapes["nothing left out"] != shapes["one left out"]
    assert [line.get_xdata()[0] for line in ax.lines] == [1.5, 1.0]


def test_limits_without_end_stop_at_the_edge_and_shares_stand_on_a_plain_scale():
    open_ended = FRAME.assign(low=[1.0, 0.0, 1.2, np.nan], high=[2.2, 1.8, np.inf, np.nan])
    ax = figures.left_out(open_ended).axes[0]
    left, right = ax.get_xlim()
    assert 0 < left < 0.01
    assert 100 < right < np.inf
    share = FRAME.assign(**{name: FRAME[name] / 4 for name in ("value", "low", "high")})
    figure = figures.left_out(share, unit="share", null=None, log=False, percent=True)
    assert figure.axes[0].get_xscale() == "linear"
    assert figure.axes[0].get_xlabel().startswith("share\n")


def test_the_table_of_the_method_can_be_drawn_as_it_is():
    rows = pd.DataFrame({"trust": list("AABBCC"), "seen": [1, 0, 1, 1, 0, 1]})
    table = leave_one_out(
        rows, by="trust", estimate=lambda part: {"value": part["seen"].mean(), "n": len(part)}
    )
    figure = figures.left_out(table, log=False, null=None)
    assert len(points(figure, "one left out")) == 3
    assert len(points(figure, "interval")) == 0


def test_nothing_is_drawn_of_nothing_and_a_missing_column_is_named():
    assert drawn.read_back(figures.left_out(FRAME.iloc[:0])).empty
    assert drawn.read_back(figures.left_out(FRAME.iloc[3:])).empty
    with pytest.raises(ValueError, match="headline"):
        figures.left_out(FRAME.drop(columns="headline"))


# ---- A curve of specifications of a model -------------------------------------------------------


@pytest.fixture
def curve():
    def estimate(terms, people):
        if people == "nobody":
            return "no people"
        value = {"all": 2.0, "age": 0.5}[terms] * (1.5 if people == "adults" else 1.0)
        return {"value": value, "low": value / 2, "high": value * 2, "n": 90}

    return specifications(
        estimate, {"terms": ["all", "age"], "people": ["all", "adults", "nobody"]}
    )


def test_ratios_are_drawn_on_a_log_scale_about_the_null(curve):
    figure = specification_curve(
        curve, choices=["terms", "people"], unit="odds ratio", log=True, null=1
    )
    upper = figure.axes[0]
    assert upper.get_yscale() == "log"
    other = points(figure, "another combination of choices")
    assert sorted(other["y"]) == [0.5, 0.75, 3.0]
    assert points(figure, "headline")["y"].tolist() == [2.0]
    assert sorted(line.get_ydata()[0] for line in upper.lines) == [1.0, 2.0]
    assert (
        figure.axes[1].get_xlabel()
        == "Out of 90 to 90 a combination. 2 without a value are not drawn."
    )
    assert summary(curve).loc[0, "without"] == 2


def test_differences_below_zero_are_inside_the_panel():
    frame = pd.DataFrame({"rule": list("abc"), "value": [-0.2, 0.1, 0.3]})
    frame = frame.assign(low=frame["value"] - 0.2, high=frame["value"] + 0.2, headline=False)
    figure = specification_curve(
        frame.assign(numerator=np.nan, denominator=np.nan), choices=["rule"], null=0
    )
    bottom, top = figure.axes[0].get_ylim()
    assert bottom < -0.4
    assert top > 0.5
    assert figure.axes[1].get_xlabel() == ""


@pytest.mark.parametrize("high", [2.5, 25.0, 900.0])
def test_no_text_lies_outside_and_few_marks_stand_on_the_axis(curve, high):
    wide = curve.assign(high=curve["value"] * high)
    figure = specification_curve(wide, choices=["terms", "people"], log=True, null=1)
    figure.draw_without_rendering()
    assert 2 <= len(figure.axes[0].get_yticks()) <= 8
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible():
            box = text.get_window_extent()
            assert figure.bbox.x0 - 1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1, text
