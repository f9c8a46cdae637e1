"""The flow diagram: every box can be seen, read back and heard."""

import pandas as pd
import pytest

from helpers import figures
from helpers.exhibits import Exhibits, drawn
from helpers.exhibits.resource import to_frame

BOXES = pd.DataFrame(
    [
        ("Deaths", "kept", "Rows read", 10_608),
        ("Deaths", "left out", "Duplicate record of a person who is there already", 42),
        ("Deaths", "kept", "People who died, each once", 10_566),
        ("Deaths", "beside", "Investigated, without every step before it", 3),
        ("Incidents", "kept", "Rows read", 1_537),
        ("Incidents", "kept", "About the death of a patient", 1_537),
    ],
    columns=["lane", "fate", "label", "numerator"],
)


@pytest.fixture
def figure():
    return figures.flow(BOXES)


def test_every_box_is_read_back_from_what_was_drawn(figure):
    frame = drawn.read_back(figure)
    assert frame["form"].unique().tolist() == ["box"]
    made = frame[["panel", "series", "category", "y"]].to_numpy().tolist()
    assert made == BOXES[["lane", "fate", "label", "numerator"]].to_numpy().tolist()


def test_boxes_of_a_lane_stand_below_one_another(figure):
    frame = drawn.read_back(figure)
    for _, part in frame.groupby("panel"):
        assert part["x"].is_monotonic_increasing


def test_no_box_covers_another(figure):
    figure.draw_without_rendering()
    for ax in figure.axes:
        boxes = [text.get_bbox_patch().get_window_extent() for text in ax.texts if text.get_label()]
        clear = [a.y0 >= b.y1 for a, b in zip(boxes, boxes[1:], strict=False)]
        assert all(clear)


def test_every_box_lies_within_the_figure(figure):
    figure.draw_without_rendering()
    whole = figure.bbox
    for ax in figure.axes:
        for text in ax.texts:
            if text.get_label():
                box = text.get_bbox_patch().get_window_extent()
                assert whole.x0 <= box.x0 < box.x1 <= whole.x1
                assert whole.y0 <= box.y0 < box.y1 <= whole.y1


def test_arrows_and_titles_carry_no_data(figure):
    labelled = [text for ax in figure.axes for text in ax.texts if text.get_label()]
    assert len(labelled) == len(BOXES)


def test_the_alternative_text_reads_the_boxes_from_the_top_down(figure):
    assert drawn.alternative("The flow", drawn.read_back(figure)) == (
        "The flow. Deaths, from the top down: Rows read 10,608, "
        "left out Duplicate record of a person who is there already 42, "
        "People who died, each once 10,566, "
        "beside Investigated, without every step before it 3; "
        "Incidents, from the top down: Rows read 1,537, About the death of a patient 1,537. "
        "The data are in the table of this figure."
    )


def test_one_lane_needs_one_panel_and_none_says_so():
    assert len(figures.flow(BOXES[BOXES["lane"].eq("Deaths")]).axes) == 1
    empty = figures.flow(BOXES.iloc[0:0])
    assert "nothing" in empty.axes[0].texts[0].get_text()
    assert drawn.read_back(empty).empty


def test_the_exhibit_carries_the_boxes(run, figure):
    words = {"title": "The flow", "shows": "Boxes."}
    facts = Exhibits(run).figure("mine.flow", figure, of=BOXES, **words).facts
    carried = to_frame(facts["resource"])
    assert carried["y"].tolist() == BOXES["numerator"].tolist()
    assert facts["alt"].startswith("The flow. Deaths, from the top down: Rows read 10,608")
