"""Calibration and predicted probability: what is drawn is what the tables say."""

import pandas as pd
import pytest

from helpers import figures
from helpers.exhibits import drawn
from helpers.methods.model_fit import calibration_table

TABLE = calibration_table([2, 9, 20], [40, 40, 40], [0.15, 0.25, 0.5], groups=3)


def points(figure, start):
    read = drawn.read_back(figure)
    return read[read["series"].str.startswith(start)]


def inside_the_figure(figure):
    figure.draw_without_rendering()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert -0.01 <= box.x0 <= box.x1 <= width + 0.01
    assert -0.01 <= box.y0 <= box.y1 <= height + 0.01


# ---- Calibration --------------------------------------------------------------------------------


def test_groups_are_drawn_where_seen_and_expected_say_with_their_intervals():
    figure = figures.calibration_plot(TABLE)
    both = points(figure, "group").sort_values("x")
    assert both["x"].tolist() == pytest.approx([0.15, 0.25, 0.5])
    assert both["y"].tolist() == pytest.approx([2 / 40, 9 / 40, 20 / 40])
    bars = points(figure, "interval").sort_values("x")
    assert bars["y"].tolist() == pytest.approx(TABLE["low"].tolist())
    assert bars["y2"].tolist() == pytest.approx(TABLE["high"].tolist())
    assert "n = 120 deaths in 3 groups of 40" in figure.axes[0].get_xlabel()


def test_a_group_off_what_was_expected_differs_by_shape():
    """Of the first 2 of 40 were seen, where 6 were expected; its interval ends at 16.5%."""
    off = TABLE.assign(inside=[False, True, True])
    ax = figures.calibration_plot(off).axes[0]
    shapes = {a.get_label(): len(a.get_paths()[0].vertices) for a in ax.collections[1:]}
    assert len(set(shapes.values())) == 2
    assert points(figures.calibration_plot(off), "group whose interval does not")["y"].tolist() == [
        0.05
    ]


def test_both_axes_have_one_scale_and_hold_everything():
    ax = figures.calibration_plot(TABLE).axes[0]
    assert ax.get_xlim() == ax.get_ylim()
    assert ax.get_ylim()[1] >= TABLE["high"].max()


def test_panels_are_named_and_nothing_is_drawn_of_nothing():
    two = pd.concat([TABLE.assign(of="Fitted to"), TABLE.assign(of="Not seen")])
    figure = figures.calibration_plot(two, panel="of")
    assert drawn.read_back(figure)["panel"].unique().tolist() == ["Fitted to", "Not seen"]
    inside_the_figure(figure)
    assert drawn.read_back(figures.calibration_plot(TABLE.iloc[:0])).empty
