"""Calibration and predicted probability: what is drawn is what the tables say."""

import numpy as np
import pandas as pd
import pytest

from helpers import figures
from helpers.exhibits import drawn
from helpers.methods.model_fit import calibration_table

TABLE = calibration_table([2, 9, 20], [40, 40, 40], [0.15, 0.25, 0.5], groups=3)
AGES = pd.DataFrame(
    {
        "age": [60, 20, 40] * 2,
        "setting": ["community"] * 3 + ["prison"] * 3,
        "value": [0.3, 0.5, 0.4, 0.2, 0.35, 0.25],
        "low": [0.2, 0.3, 0.35, 0.1, 0.2, 0.2],
        "high": [0.4, 0.7, 0.45, 0.3, 0.5, 0.3],
        "denominator": [50, 5, 80, 10, 15, 20],
    }
)


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


# ---- Probability along a term -------------------------------------------------------------------


def test_curves_and_bands_are_drawn_in_the_order_of_the_term():
    figure = figures.probability_curve(AGES, x="age", by="setting")
    line = points(figure, "community")
    assert line[["x", "y"]].to_numpy().tolist() == [[20, 0.5], [40, 0.4], [60, 0.3]]
    band = points(figure, "interval prison")
    assert band[["y", "y2"]].to_numpy().tolist() == [[0.2, 0.5], [0.2, 0.3], [0.1, 0.3]]


def test_bars_say_how_many_there_are_of_all_curves_together():
    figure = figures.probability_curve(AGES, x="age", by="setting", name="age at death")
    bars = points(figure, "number of deaths")
    assert bars[["x", "y"]].to_numpy().tolist() == [[20, 20], [40, 100], [60, 60]]
    assert figure.axes[1].get_xlabel() == "age at death; n = 180 deaths"
    inside_the_figure(figure)


def test_curves_are_told_apart_by_dashes_as_well_as_colour():
    lines = figures.probability_curve(AGES, x="age", by="setting").axes[0].lines
    assert len({line.get_linestyle() for line in lines}) == 2


def test_without_counts_limits_or_several_values_there_is_still_a_figure():
    bare = AGES.drop(columns="denominator").iloc[:3]
    figure = figures.probability_curve(bare, x="age")
    assert len(figure.axes) == 1
    assert points(figure, "probability")["y"].tolist() == [0.5, 0.4, 0.3]
    open_ended = figures.probability_curve(bare.assign(low=np.nan, high=np.nan), x="age")
    assert len(points(open_ended, "probability")) == 3
    assert len(figures.probability_curve(AGES.iloc[:1], x="age").axes) == 2


def test_nothing_is_drawn_of_nothing_and_a_missing_column_is_named():
    assert drawn.read_back(figures.probability_curve(AGES.iloc[:0], x="age")).empty
    with pytest.raises(ValueError, match="year"):
        figures.probability_curve(AGES, x="year")
