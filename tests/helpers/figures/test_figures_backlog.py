"""The figure of what is unfinished: the bars and lines are the counts that were given."""

from datetime import date

import pandas as pd
import pytest

from helpers import figures
from helpers.cohort.backlog import AGES
from helpers.exhibits import drawn

DAYS = pd.to_datetime(["2013-12-31", "2014-03-31", "2014-06-30"])
OPEN = pd.DataFrame(
    {
        "date": DAYS.repeat(4),
        "label": list(AGES) * 3,
        "numerator": [3, 0, 0, 1, 2, 2, 0, 1, 0, 1, 2, 0],
        "denominator": [4] * 4 + [5] * 4 + [3] * 4,
    }
)
MOVED = pd.DataFrame(
    {"date": DAYS, "opened": [4, 2, 0], "completed": [0, 1, 1], "otherwise": [0, 0, 1]}
)
TOP, FOOT = "Open at the end of each period, by age", "Opened and ended in each period"


def faces(figure):
    return " ".join(drawn.texts(figure)).replace("\n", " ")


@pytest.fixture(scope="module")
def read():
    return drawn.read_back(figures.backlog(OPEN, MOVED))


def test_the_bars_are_the_open_ones_of_each_age(read):
    bars = read[read["panel"].eq(TOP)]
    assert bars["form"].eq("bars").all()
    assert bars["series"].drop_duplicates().tolist() == list(AGES)
    for name, part in bars.groupby("series"):
        assert part["y"].tolist() == OPEN.loc[OPEN["label"].eq(name), "numerator"].tolist()
        assert part["category"].tolist() == ["Dec 2013", "Mar 2014", "Jun 2014"]


def test_the_bars_stand_on_one_another_and_reach_all_open_ones(read):
    bars = read[read["panel"].eq(TOP)]
    assert bars.groupby("x")["y"].sum().tolist() == [4, 5, 3]
    oldest = bars[bars["series"].eq("over 12 months")]
    assert (oldest["y2"] + oldest["y"]).tolist() == [4, 5, 3]


def test_the_lines_are_what_came_in_and_what_went_out(read):
    """What went out is what was completed and what ended otherwise."""
    lines = read[read["panel"].eq(FOOT)].groupby("series")["y"].apply(list)
    assert lines.to_dict() == {"opened": [4, 2, 0], "ended": [0, 1, 2]}


def test_periods_after_the_last_death_are_hatched_and_that_is_said():
    """The last of three periods, from its left edge to that of the figure."""
    figure = figures.backlog(OPEN, MOVED, last_death=date(2014, 3, 31))
    assert "investigations of later deaths are not counted" in faces(figure)
    spans = [patch for patch in figure.axes[0].patches if "\\" in (patch.get_hatch() or "")]
    (box,) = (span.get_bbox() for span in spans)
    assert (box.x0, box.x1) == (1.5, 2.5)
    assert drawn.read_back(figure)["y"].tolist() == drawn.read_back(
        figures.backlog(OPEN, MOVED)
    )["y"].tolist()  # fmt: skip


def test_nothing_is_hatched_where_deaths_go_on_to_the_end():
    for last in (None, date(2014, 6, 30), date(2015, 1, 1)):
        assert "later deaths" not in faces(figures.backlog(OPEN, MOVED, last_death=last))


def test_nothing_is_drawn_of_nothing():
    for still, flow in ((OPEN.iloc[:0], MOVED), (OPEN, MOVED.iloc[:0])):
        figure = figures.backlog(still, flow)
        assert "nothing to draw" in faces(figure)
        assert drawn.read_back(figure).empty


def test_ages_can_be_told_apart_without_colour():
    bars = figures.backlog(OPEN, MOVED).axes[0].containers
    look = [(group[0].get_facecolor(), group[0].get_hatch()) for group in bars]
    assert len(set(look)) == len(AGES)


def test_no_number_of_people_stands_twice_on_an_axis():
    """Of few investigations the ticks are whole numbers, and not halves that round to one."""
    figure = figures.backlog(OPEN, MOVED)
    figure.canvas.draw()
    for ax in figure.axes:
        said = [text.get_text() for text in ax.get_yticklabels()]
        assert len(said) == len(set(said)) > 1
