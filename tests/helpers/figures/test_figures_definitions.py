"""The specification curve: every combination is drawn once, with what it chose."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from helpers.exhibits import drawn
from helpers.figures.definitions import specification_curve

CHOICES = ["window", "definition", "denominator_rows"]
FRAME = pd.DataFrame(
    list(product(["1 month", "6 months", "12 months"], ["category", "cause"], ["all", "reported"])),
    columns=CHOICES,
)
FRAME = FRAME.assign(
    numerator=np.arange(12, 0, -1), denominator=100, headline=np.arange(12) == 4
).assign(value=lambda f: f["numerator"] / 100)
FRAME = FRAME.assign(low=FRAME["value"] * 0.8, high=FRAME["value"] * 1.2)


@pytest.fixture
def figure():
    return specification_curve(FRAME, choices=CHOICES)


def test_values_ascend_and_the_headline_stands_among_them(figure):
    frame = drawn.read_back(figure)
    other = frame[frame["series"].eq("another combination of choices")]
    head = frame[frame["series"].eq("headline")]
    assert head[["x", "y"]].to_numpy().tolist() == [[7.0, 0.08]]
    both = pd.concat([other, head]).sort_values("x")
    assert both["y"].tolist() == sorted(FRAME["value"])
    assert frame["series"].eq("limits").sum() == 12


def test_each_combination_has_one_option_of_each_choice(figure):
    frame = drawn.read_back(figure)
    ordered = FRAME.sort_values("value")
    for choice in CHOICES:
        part = frame[frame["series"].str.startswith(f"{choice}: ")].sort_values("x")
        assert part["x"].tolist() == list(range(12))
        assert part["series"].str.split(": ").str[1].tolist() == ordered[choice].tolist()
        assert part["category"].tolist() == ordered[choice].tolist()


def test_options_stand_in_the_order_of_the_frame(figure):
    named = [label.get_text() for label in figure.axes[1].get_yticklabels()]
    assert named == ["1 month", "6 months", "12 months", "category", "cause", "all", "reported"]


def test_the_headline_differs_by_shape_and_has_a_line_across(figure):
    upper = figure.axes[0]
    points = {a.get_label(): a for a in upper.collections}
    one, other = points["headline"], points["another combination of choices"]
    assert len(one.get_paths()[0].vertices) != len(other.get_paths()[0].vertices)
    assert [line.get_ydata()[0] for line in upper.lines] == [0.08]


def test_combinations_without_a_value_are_counted_and_not_drawn():
    frame = FRAME.assign(value=FRAME["value"].where(FRAME.index > 0))
    figure = specification_curve(frame, choices=CHOICES)
    assert "1 without a value is not drawn" in figure.axes[1].get_xlabel()
    assert "11 combinations" in figure.axes[0].get_title(loc="left")
    assert drawn.read_back(figure)["series"].eq("limits").sum() == 11


def test_no_headline_one_row_all_zero_and_no_limits():
    for frame in (
        FRAME.assign(headline=False),
        FRAME.iloc[:1],
        FRAME.assign(value=0.0, low=0.0, high=0.0),
        FRAME.assign(low=np.nan, high=np.nan),
    ):
        figure = specification_curve(frame, choices=CHOICES)
        figure.draw_without_rendering()
        assert not drawn.read_back(figure).empty
    assert drawn.read_back(specification_curve(FRAME.iloc[:0], choices=CHOICES)).empty


def test_a_hundred_and_fifty_combinations_can_be_drawn_and_no_text_lies_outside():
    from matplotlib.text import Text

    many = pd.concat([FRAME] * 13, ignore_index=True).iloc[:150].assign(headline=False)
    figure = specification_curve(many, choices=CHOICES)
    figure.draw_without_rendering()
    for text in figure.findobj(Text):
        if text.get_text().strip() and text.get_visible():
            assert text.get_fontsize() >= 7.5
            box = text.get_window_extent()
            assert figure.bbox.x0 - 1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1, text


def test_what_is_missing_is_named():
    with pytest.raises(ValueError, match="headline"):
        specification_curve(FRAME.drop(columns="headline"), choices=CHOICES)
    with pytest.raises(ValueError, match="Name the choices"):
        specification_curve(FRAME, choices=[])
