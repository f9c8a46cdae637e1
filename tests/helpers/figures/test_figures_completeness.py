"""Figures of completeness: every model and every period is read back, gaps are said in words."""

import numpy as np
import pandas as pd
import pytest

from helpers.exhibits import drawn
from helpers.figures.completeness import capture_range, triangle_plot

MODELS = pd.DataFrame(
    {
        "model": ["sources independent", "dependence: a with b", "dependence: every two sources"],
        "observed": 626.0,
        "value": [763.9, np.nan, 763.0],
        "low": [729.0, np.nan, 670.1],
        "high": [810.5, np.nan, np.nan],
        "level": 0.95,
    }
)
CELLS = pd.DataFrame(
    {
        "period": np.repeat(["2015-01", "2015-02", "2015-03"], 2),
        "label": ["0 to 7 days", "8 to 30 days"] * 3,
        "count": [8, 2, 6, np.nan, np.nan, np.nan],
    }
)
SHARES = pd.DataFrame(
    {
        "period": ["2015-01", "2015-02", "2015-03"],
        "value": [1.0, 0.8, np.nan],
        "low": [1.0, 0.5, np.nan],
        "high": [1.0, 0.95, np.nan],
        "immature": [False, True, True],
    }
)


def series(frame, name):
    return frame[frame["series"].eq(name)]


def test_every_estimate_is_read_back_by_its_model():
    frame = drawn.read_back(capture_range(MODELS))
    points = series(frame, "estimate under the model")
    assert points["x"].tolist() == [763.9, 763.0]
    assert points["category"].tolist() == [MODELS["model"][0], MODELS["model"][2]]
    assert series(frame, "observed: 626")["x"].tolist() == [626, 626]
    limits = series(frame, "95% limits")
    assert limits[["x", "y2"]].to_numpy().tolist() == [[729.0, 810.5]]


def test_a_model_without_an_estimate_or_a_limit_says_so():
    said = " ".join(drawn.texts(capture_range(MODELS)))
    assert "no estimate under this model" in said
    assert "no upper limit can be given" in said
    assert "No model is picked" in said


def test_one_model_and_none():
    assert len(drawn.read_back(capture_range(MODELS.iloc[:1]))) == 4
    alone = capture_range(MODELS.iloc[1:2])
    assert "no estimate under this model" in " ".join(drawn.texts(alone))
    assert drawn.read_back(capture_range(MODELS.iloc[:0])).empty


def test_counts_are_read_back_by_period_and_delay_and_missing_ones_are_not_drawn():
    frame = drawn.read_back(triangle_plot(CELLS, shares=SHARES))
    first = series(frame, "known after 0 to 7 days")
    assert first[["category", "y"]].to_numpy().tolist() == [["2015-01", 8.0], ["2015-02", 6.0]]
    second = series(frame, "known after 8 to 30 days")
    assert second[["category", "y", "y2"]].to_numpy().tolist() == [["2015-01", 2.0, 8.0]]


def test_immature_periods_differ_by_shape_hatching_and_words():
    figure = triangle_plot(CELLS, shares=SHARES)
    frame = drawn.read_back(figure)
    assert series(frame, "mature")["y"].tolist() == [1.0]
    late = frame[frame["series"].str.startswith("immature")]
    assert late[["category", "y"]].to_numpy().tolist() == [["2015-02", 0.8]]
    said = " ".join(drawn.texts(figure))
    assert "hatched: not yet complete" in said
    assert "no estimate yet" in said
    for ax in figure.axes:
        assert sum(patch.get_hatch() == "///" for patch in ax.patches) == 2


def test_without_shares_there_is_one_panel_and_nothing_is_marked():
    figure = triangle_plot(CELLS)
    assert len(figure.axes) == 1
    assert "hatched" not in " ".join(drawn.texts(figure))
    assert drawn.read_back(triangle_plot(CELLS.iloc[:0])).empty


@pytest.mark.parametrize(
    "make", [lambda: capture_range(MODELS), lambda: triangle_plot(CELLS, shares=SHARES)]
)
def test_no_text_is_too_small_or_outside_the_figure(make):
    from matplotlib.text import Text

    figure = make()
    figure.draw_without_rendering()
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible():
            assert text.get_fontsize() >= 7.5
            box = text.get_window_extent()
            assert figure.bbox.x0 - 1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1, text
            assert figure.bbox.y0 - 1 <= box.y0 <= box.y1 <= figure.bbox.y1 + 1, text
