"""Figures of chains of models, of a number as a curve, and of imputed values, read back."""

import pandas as pd

from helpers import figures
from helpers.exhibits import drawn

STEPS = pd.DataFrame(
    {
        "model": ["Reported"] * 2 + ["Investigated"] * 2,
        "level_name": ["Adult", "Learning disability"] * 2,
        "value": [0.56, 0.32, 0.52, 0.04],
        "low": [0.5, 0.2, 0.4, 0.02],
        "high": [0.6, 0.4, 0.6, 0.07],
        "observed": [0.7, 0.4, 0.6, 0.043],
    }
)


def read(figure, series):
    back = drawn.read_back(figure)
    return back[back["series"].eq(series)]


def test_each_group_has_its_mark_its_interval_and_what_was_observed():
    figure = figures.steps(STEPS)
    assert read(figure, "Learning disability")["x"].tolist() == [32.0, 4.0]
    assert read(figure, "Learning disability: observed")["x"].tolist() == [40.0, 4.3]
    assert len(read(figure, "Adult: interval")) == 2
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert names == ["Reported", "Investigated"]


def test_groups_do_not_lie_on_one_another():
    heights = [read(figures.steps(STEPS), name)["y"].tolist() for name in
               ("Adult", "Learning disability")]  # fmt: skip
    assert set(heights[0]).isdisjoint(heights[1])


def test_a_curve_has_a_band_and_the_line_beside_it_has_none():
    rows = pd.DataFrame({"x": [2.0, 5.0, 8.0], "value": [0.5, 0.3, 0.4]})
    frame = pd.concat([rows.assign(line="curve"), rows.assign(line="straight line", value=0.4)])
    figure = figures.bent(frame.assign(low=0.2, high=0.6, term="Age"))
    assert read(figure, "curve")["y"].round(6).tolist() == [50.0, 30.0, 40.0]
    assert read(figure, "straight line")["y"].round(6).tolist() == [40.0] * 3
    assert len(read(figure, "interval of the curve")) > 0
    styles = {line.get_label(): line.get_linestyle() for line in figure.axes[0].lines}
    assert styles == {"curve": "-", "straight line": "--"}


def test_each_chain_is_a_line_and_so_is_their_mean():
    frame = pd.DataFrame(
        {
            "chain": [1, 1, 2, 2], "iteration": [1, 2, 1, 2], "column": "Sex",
            "level_name": "Male", "statistic": "share", "value": [0.2, 0.4, 0.4, 0.6],
        }
    )  # fmt: skip
    figure = figures.traces(frame)
    assert read(figure, "chain 2")["y"].tolist() == [0.4, 0.6]
    assert read(figure, "mean of the chains")["y"].round(6).tolist() == [0.3, 0.5]


def test_of_nothing_nothing_is_drawn():
    for figure in (
        figures.steps(STEPS.head(0)), figures.bent(pd.DataFrame()), figures.traces(pd.DataFrame()),
    ):  # fmt: skip
        assert drawn.read_back(figure).empty
