"""Figures of the way from a death to the end of its investigation, read back from their artists."""

import numpy as np
import pandas as pd
import pytest

from helpers import figures
from helpers.exhibits import drawn
from helpers.figures.stages import BELOW
from helpers.methods import competing, stages

WORDS = {"told": "Until told", "report": "Until the report", "closed": "Until closed"}
# Four people: two pass everything, one ends otherwise on day 8, one is open on day 20.
WAYS = pd.DataFrame(
    {
        "told": [1, 4, 2, 6],
        "report": [5, 9, np.nan, 10],
        "closed": [9, 9, np.nan, np.nan],
        "followed": [20, 20, 8, 20],
        "ended": [0, 0, 1, 0],
    }
)
SHARES = stages.occupation(WAYS, stages=list(WORDS), ended="ended")
SPENT = stages.time_in_stages(WAYS, stages=list(WORDS), ended="ended", horizon=20)
ENDS = pd.DataFrame(
    {
        "days": [90, 120, 120, 200, 300, 400],
        "cause": ["Completed", "Abandoned", "Completed", None, "Completed", None],
    }
)
COURSE = competing.aalen_johansen(ENDS)
LIFE = pd.DataFrame(
    {
        "days": [0, 12, 12, 90],
        "label": ["death", "reported as an incident", "the trust knew", "final report"],
        "date": pd.to_datetime(["2014-05-01", "2014-05-13", "2014-05-13", "2014-07-30"]),
    }
)


def occupied(frame=SHARES, **values):
    values = {"labels": WORDS, "done": "Closed", "horizon": 20} | values
    return figures.occupied(frame, **values)


def edges(figure):
    """The upper edge of each area by day, in the order from the foot."""
    read = drawn.read_back(figure)
    assert read["form"].eq("line").all()
    wide = read.pivot_table(index="x", columns="series", values="y", sort=False, aggfunc="last")
    return wide.rename(columns=lambda name: name.removesuffix(BELOW))


def faces(figure):
    return " ".join(drawn.texts(figure)).replace("\n", " ")


# ---- Who was in which stage ---------------------------------------------------------------------


def test_the_areas_are_the_shares_of_each_day():
    """Each upper edge less the one below it is the share that was given, day by day."""
    read = edges(occupied())
    assert read.columns.tolist() == [
        "Closed", "Ended otherwise", "Until closed", "Until the report", "Until told",
    ]  # fmt: skip
    shares = read.diff(axis=1)
    shares.iloc[:, 0] = read.iloc[:, 0]
    given = SHARES.pivot_table(index="time", columns="stage", values="value")
    names = {"Closed": "all passed", "Ended otherwise": "ended otherwise"}
    names |= {words: name for name, words in WORDS.items()}
    for words, name in names.items():
        assert shares[words].loc[given.index].to_numpy() == pytest.approx(given[name].to_numpy())


def test_the_areas_fill_the_whole_at_every_day_and_go_to_the_edge():
    read = edges(occupied())
    assert np.allclose(read.iloc[:, -1], 1.0)
    assert read.index[-1] == 20


def test_what_comes_after_the_horizon_is_not_drawn():
    """By day 8 nobody has closed, so nothing is said of it; on that day one ended otherwise."""
    read = edges(occupied(horizon=8))
    assert read.index.max() == 8
    assert "Closed" not in read
    assert read["Ended otherwise"].tolist() == [0, 0, 0, 0, 0, 0, 0.25]


def test_without_ends_of_another_kind_there_is_no_area_of_them():
    plain = stages.occupation(WAYS.drop(columns="ended"), stages=list(WORDS))
    assert "Ended otherwise" not in faces(occupied(plain))


def test_the_legend_names_the_areas_from_the_top_down():
    legend = occupied().axes[0].get_legend()
    assert [text.get_text() for text in legend.get_texts()] == [
        "Until told", "Until the report", "Until closed", "Ended otherwise", "Closed",
    ]  # fmt: skip


def test_areas_beside_one_another_can_be_told_apart_without_colour():
    """Seen in grey, neighbours differ in lightness by a tenth at least, or one of them is hatched
    and the other is not."""
    names = [f"s{place}" for place in range(10)]
    ways = pd.DataFrame({name: [place + 1.0] for place, name in enumerate(names)})
    shares = stages.occupation(ways.assign(followed=20), stages=names)
    figure = figures.occupied(shares, labels={n: n for n in names}, done="Done", horizon=20)
    areas = figure.axes[0].collections
    look = [
        (float(np.dot(area.get_facecolor()[0][:3], [0.299, 0.587, 0.114])), area.get_hatch() or "")
        for area in areas
    ]
    assert len(set(look)) == len(look) == 11
    for (light, hatch), (other, hatched) in zip(look, look[1:], strict=False):
        assert abs(light - other) > 0.1 or hatch != hatched


# ---- How investigations had ended ---------------------------------------------------------------


def test_the_ends_are_those_that_were_given_and_the_rest_is_open():
    read = edges(figures.ended(COURSE, horizon=365))
    assert read.columns.tolist()[-1] == "Still open"
    shares = read.diff(axis=1)
    shares.iloc[:, 0] = read.iloc[:, 0]
    given = COURSE.pivot_table(index="time", columns="cause", values="value")
    given = given[given.index <= 365]
    for cause in given:
        assert shares[cause].loc[given.index].to_numpy() == pytest.approx(given[cause].to_numpy())
    assert np.allclose(read["Still open"], 1.0)
    assert read.index.max() == 365


def test_the_ends_start_with_everybody_open():
    read = edges(figures.ended(COURSE, horizon=365))
    assert read.loc[0.0].tolist() == [0.0, 0.0, 1.0]


def test_an_investigation_can_end_on_the_day_on_which_it_was_opened():
    ends = ["Abandoned", "Completed", None, None]
    frame = pd.DataFrame({"days": [0, 40, 90, 200], "cause": ends})
    read = edges(figures.ended(competing.aalen_johansen(frame), horizon=365))
    assert read.loc[0.0].tolist() == [0.25, 0.25, 1.0]
    assert read.loc[40.0].tolist() == [0.25, 0.5, 1.0]


# ---- Where time went ----------------------------------------------------------------------------


def test_the_bars_end_at_the_means_and_the_lines_at_the_limits():
    read = drawn.read_back(figures.where_time_went(SPENT, labels=WORDS))
    means = read[read["form"].eq("points")]
    assert means["x"].to_numpy() == pytest.approx(SPENT["value"].to_numpy())
    assert means["category"].tolist() == list(WORDS.values())
    limits = read[read["form"].eq("interval")]
    assert limits["x"].to_numpy() == pytest.approx(SPENT["low"].to_numpy())
    assert limits["y2"].to_numpy() == pytest.approx(SPENT["high"].to_numpy())


def test_the_length_of_each_bar_is_its_mean():
    figure = figures.where_time_went(SPENT, labels=WORDS)
    (bars,) = figure.axes[0].containers
    assert [bar.get_width() for bar in bars] == pytest.approx(SPENT["value"].tolist())


def test_the_span_and_the_number_of_people_are_said():
    text = faces(figures.where_time_went(SPENT, labels=WORDS))
    assert "mean days within 20 days of the start; n = 4" in text


# ---- The days of one death ----------------------------------------------------------------------


def test_each_day_is_drawn_where_it_was_with_its_date_beside_it():
    read = drawn.read_back(figures.timeline(LIFE))
    assert read["x"].tolist() == LIFE["days"].tolist()
    assert read["category"].tolist() == [
        "1 May 2014: death",
        "13 May 2014: reported as an incident",
        "13 May 2014: the trust knew",
        "30 July 2014: final report",
    ]
    assert read["y"].tolist() == [3, 2, 1, 0]


# ---- Nothing to draw, and alternatives ----------------------------------------------------------


@pytest.mark.parametrize(
    "figure",
    [
        occupied(SHARES.iloc[:0]),
        figures.ended(COURSE.iloc[:0]),
        figures.where_time_went(SPENT.iloc[:0], labels=WORDS),
        figures.where_time_went(SPENT.assign(value=np.nan), labels=WORDS),
        figures.timeline(LIFE.iloc[:0]),
    ],
    ids=["occupied", "ended", "where time went", "no mean", "timeline"],
)
def test_nothing_is_drawn_of_nothing_and_that_is_said(figure):
    assert "nothing to draw" in faces(figure)
    assert drawn.read_back(figure).empty


@pytest.mark.parametrize(
    ("figure", "named"),
    [
        (occupied(), list(WORDS.values())),
        (figures.ended(COURSE), ["Completed", "Abandoned", "Still open"]),
        (figures.where_time_went(SPENT, labels=WORDS), ["mean days"]),
        (figures.timeline(LIFE), ["day"]),
    ],
    ids=["occupied", "ended", "where time went", "timeline"],
)
def test_the_words_that_stand_for_the_figure_name_what_was_drawn(figure, named):
    said = drawn.alternative("A figure", drawn.read_back(figure))
    assert all(name in said for name in named)


@pytest.mark.parametrize(
    ("draw", "frame", "column"),
    [
        (occupied, SHARES, "value"),
        (figures.ended, COURSE, "value"),
        (lambda frame: figures.where_time_went(frame, labels=WORDS), SPENT, "high"),
        (figures.timeline, LIFE, "days"),
    ],
    ids=["occupied", "ended", "where time went", "timeline"],
)
def test_a_changed_value_changes_the_data_of_the_figure(draw, frame, column):
    moved = frame.copy()
    moved[column] = moved[column].astype(float)
    moved.loc[moved.index[-1], column] *= 0.99
    assert not drawn.read_back(draw(moved)).equals(drawn.read_back(draw(frame)))
