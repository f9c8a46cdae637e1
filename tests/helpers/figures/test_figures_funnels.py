"""Funnels and shrunken values as drawn: read back from the artists, names never over another."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Annotation, Text

from helpers import figures
from helpers.exhibits import drawn

UNITS = pd.DataFrame(
    {
        "area": ["A", "B", "C", "D", "E"],
        "denominator": [400, 900, 1500, 3000, 2000],
        "value": [0.12, 0.17, 0.3, 0.15, 0.25],
        "target": [0.16] * 5,
        "od_position": [*["within limits"] * 2, "above 99.8% limit", "within limits"]
        + ["above 95% limit"],
    }
)
LIMITS = pd.DataFrame(
    {
        "kind": ["exact", "exact", "over-dispersed", "over-dispersed"] * 2,
        "level": [0.95] * 4 + [0.998] * 4,
        "denominator": [400, 3000, 400, 3000] * 2,
        "low": [0.12, 0.14, 0.08, 0.1, 0.11, 0.13, 0.06, 0.08],
        "high": [0.2, 0.18, 0.24, 0.22, 0.22, 0.2, 0.28, 0.26],
    }
)
SHRUNK = pd.DataFrame(
    {
        "area": ["Wales", "North", "South"],
        "raw": [0.1, 0.4, 0.2],
        "centre": [0.22] * 3,
        "value": [0.15, 0.35, 0.21],
        "low": [0.05, 0.3, 0.1],
        "high": [0.3, 0.42, 0.3],
        "weight": [0.5, 0.9, 0.4],
    }
)


def funnel_of(frame=UNITS, limits=LIMITS, **options):
    return figures.funnel_plot(frame, unit="area", limits=limits, **options)


def names_on(figure):
    return [text for text in figure.findobj(Annotation) if text.get_text()]


def marks(figure):
    read = drawn.read_back(figure)
    return read[read["form"].eq("points")]


def test_every_unit_is_drawn_where_its_values_say():
    points = marks(funnel_of())
    found = sorted(zip(points["x"], points["y"], strict=True))
    assert found == sorted(zip(UNITS["denominator"].astype(float), UNITS["value"], strict=True))


def test_limits_of_a_funnel_are_drawn_on_both_sides():
    read = drawn.read_back(funnel_of())
    lines = read[read["form"].eq("line")]
    assert sorted(lines["y"]) == sorted([*LIMITS["low"], *LIMITS["high"]])
    assert lines["series"].nunique() == 8


def test_units_are_told_apart_by_shape():
    figure = funnel_of()
    series = marks(figure).groupby("series")["y"].agg(list).to_dict()
    assert series["within the over-dispersed limits"] == [0.12, 0.17, 0.15]
    assert series["outside the over-dispersed 95% limit"] == [0.25]
    assert series["outside the over-dispersed 99.8% limit"] == [0.3]
    shapes = {len(a.get_paths()[0].vertices) for a in figure.axes[0].collections}
    corners = [a.get_paths()[0].vertices.round(3).tolist() for a in figure.axes[0].collections]
    assert len(corners) == 3
    assert corners[0] != corners[1] != corners[2]
    assert len(shapes) > 1


def test_a_changed_value_or_a_missing_row_changes_what_is_read_back():
    before = drawn.read_back(funnel_of())
    moved = UNITS.assign(value=UNITS["value"].where(UNITS.index != 1, 0.1702))
    assert not drawn.read_back(funnel_of(moved)).equals(before)
    assert not drawn.read_back(funnel_of(UNITS.iloc[:-1])).equals(before)


def test_only_units_beyond_the_widest_over_dispersed_limits_are_named():
    assert [text.get_text() for text in names_on(funnel_of())] == ["C"]


def crowd(count, value=0.8):
    return pd.DataFrame(
        {
            "area": [f"An area with a long name {i}" for i in range(count)],
            "denominator": np.linspace(200, 3000, count),
            "value": value,
            "target": 0.16,
            "od_position": "above 99.8% limit",
        }
    )


@pytest.mark.parametrize("count", [3, 8, 9, 40])
def test_names_do_not_lie_over_another_and_those_left_out_are_counted(count):
    figure = funnel_of(crowd(count))
    figure.draw_without_rendering()
    named = names_on(figure)
    assert 1 <= len(named) <= 8
    boxes = [text.get_window_extent() for text in named]
    for at, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[at + 1 :])
        assert figure.axes[0].get_window_extent().x1 >= box.x1
    said = f"{count - len(named)} more beyond"
    assert (said in figure.axes[0].get_xlabel()) == (count > len(named))


def test_names_stay_apart_when_source_and_status_are_written_below():
    figure = funnel_of(crowd(20))
    facts = {"source": "A source", "period": "2020", "id": "mine.a", "data_status": "synthetic"}
    drawn.footer(figure, facts)
    figure.draw_without_rendering()
    boxes = [text.get_window_extent() for text in names_on(figure)]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])
    legend = figure.axes[0].get_legend().get_window_extent()
    assert not legend.overlaps(figure.texts[0].get_window_extent())
    assert not legend.overlaps(figure.axes[0].xaxis.label.get_window_extent())


def test_peers_have_panels_with_their_own_limits():
    frame = pd.concat([UNITS.assign(kind_of="town"), UNITS.assign(kind_of="county", target=0.2)])
    limits = pd.concat([LIMITS.assign(kind_of="town"), LIMITS.assign(kind_of="county", low=0.01)])
    figure = funnel_of(frame, limits, within="kind_of")
    read = drawn.read_back(figure)
    assert read["panel"].unique().tolist() == ["town", "county"]
    low = read[read["panel"].eq("county") & read["series"].str.endswith("low")]
    assert (low["y"] == 0.01).all()
    assert "5 units; all together: 20.0%" in figure.axes[1].get_xlabel()
    with pytest.raises(ValueError, match="kind_of"):
        funnel_of(frame, LIMITS, within="kind_of")


def test_a_funnel_of_ratios_names_its_line_and_uses_its_own_size():
    frame = UNITS.assign(value=UNITS["value"] * 5, target=1.0, size=UNITS["denominator"] * 2.0)
    figure = funnel_of(frame, percent=False, centre="as many as expected")
    texts = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert "as many as expected: 1" in texts
    assert sorted(marks(figure)["x"]) == sorted(frame["size"])
    assert "%" not in figure.axes[0].yaxis.get_major_formatter()(1.0)


def test_units_without_a_value_are_counted_and_not_drawn():
    frame = UNITS.assign(value=UNITS["value"].where(UNITS.index > 0))
    figure = funnel_of(frame)
    assert "1 without a value not drawn" in figure.axes[0].get_xlabel()
    assert len(marks(figure)) == 4


@pytest.mark.parametrize(
    ("frame", "limits"),
    [
        (UNITS.iloc[:1], LIMITS),
        (UNITS.assign(value=0.0, target=0.0), LIMITS),
        (UNITS, LIMITS.iloc[:0]),
        (UNITS, LIMITS.assign(high=np.inf)),
        (UNITS, LIMITS[LIMITS["level"].eq(0.95)]),
    ],
)
def test_one_unit_no_events_no_limits_and_limits_without_end_can_be_drawn(frame, limits):
    figure = funnel_of(frame, limits)
    figure.draw_without_rendering()
    assert len(marks(figure)) == len(frame)


def texts_of(figure):
    figure.draw_without_rendering()
    # Ticks beyond the ends of an axis have text but are not drawn.
    ticks = {
        t for ax in figure.axes for axis in (ax.xaxis, ax.yaxis) for t in axis.get_ticklabels()
    }
    for text in set(figure.findobj(Text)) - ticks:
        if text.get_text().strip() and text.get_visible():
            yield text, text.get_window_extent()


@pytest.mark.parametrize(
    "figure", [funnel_of(crowd(12)), figures.shrunken(SHRUNK, unit="area")], ids=["funnel", "pull"]
)
def test_text_can_be_read_and_lies_within_the_figure(figure):
    for text, box in texts_of(figure):
        assert text.get_fontsize() >= 7.5
        assert figure.bbox.x0 - 1 <= box.x0 <= box.x1 <= figure.bbox.x1 + 1, text


# ---- Shrunken values ----------------------------------------------------------------------------


def test_raw_and_shrunken_values_and_intervals_are_read_back():
    read = drawn.read_back(figures.shrunken(SHRUNK, unit="area"))
    for series, column in (("its own", "raw"), ("shrunken", "value")):
        part = read[read["series"].eq(series)]
        assert part["x"].tolist() == SHRUNK[column].tolist()
        assert part["category"].tolist() == SHRUNK["area"].tolist()
    interval = read[read["form"].eq("interval")]
    assert interval["x"].tolist() == SHRUNK["low"].tolist()
    assert interval["y2"].tolist() == SHRUNK["high"].tolist()
    assert set(read["series"]) == {"its own", "shrunken", "interval"}


def test_units_keep_the_order_of_the_frame_and_hollow_marks_are_hollow():
    figure = figures.shrunken(SHRUNK, unit="area")
    read = marks(figure)
    own = read[read["series"].eq("its own")].sort_values("y", ascending=False)
    assert own["category"].tolist() == ["Wales", "North", "South"]
    faces = {a.get_label(): a.get_facecolor() for a in figure.axes[0].collections}
    assert (faces["its own"] == 1).all()
    assert not (faces["shrunken"] == 1).all()


def many(size):
    """Areas in alphabetical order."""
    frame = pd.DataFrame({"area": [f"Area {n:02d}" for n in range(size)], "raw": 0.2})
    frame["value"] = np.linspace(0.1, 0.3, size)
    return frame.assign(low=0.05, high=0.4, weight=0.8, centre=0.2)


def test_a_large_group_stands_in_two_columns_in_its_order():
    """Of 85 areas 43 on the left, 42 on the right; as tall as a page, all of them drawn."""
    figure = figures.shrunken(many(85), unit="area")
    left, right = figure.axes
    names = [[text.get_text() for text in ax.get_yticklabels()] for ax in (left, right)]
    assert [len(one) for one in names] == [43, 42]
    assert [*names[0], *names[1]] == many(85)["area"].tolist()
    assert left.get_xlim() == right.get_xlim()
    assert figure.get_figheight() < 12
    assert len(drawn.read_back(figure)["category"].unique()) == 85
    assert "80% to 80%" in figure.legends[0].get_title().get_text()


def test_a_group_of_40_stands_in_one_column():
    assert len(figures.shrunken(many(40), unit="area").axes) == 1
    assert len(figures.shrunken(many(41), unit="area").axes) == 2


def test_a_small_group_beside_a_large_one_leaves_no_empty_panel():
    frame = pd.concat([many(85).assign(peers="large"), many(3).assign(peers="small")])
    figure = figures.shrunken(frame, unit="area", panel="peers")
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["large", "continued", "small"]


def test_a_size_that_is_counted_has_whole_numbers_on_its_axis():
    """2.5 was once shown as 2, and 7.5 as 8."""
    figure = funnel_of(crowd(12).assign(size=np.linspace(1, 18, 12)))
    figure.draw_without_rendering()
    ticks = figure.axes[0].get_xticks()
    assert np.allclose(ticks, np.round(ticks))


def test_groups_have_panels_on_one_scale_and_units_without_a_value_are_named():
    other = SHRUNK.assign(value=SHRUNK["value"].where(SHRUNK.index > 0), raw=SHRUNK["raw"] * 2)
    frame = pd.concat([SHRUNK.assign(peers="a"), other.assign(peers="b")])
    figure = figures.shrunken(frame, unit="area", panel="peers")
    assert [ax.get_title(loc="left") for ax in figure.axes] == ["a", "b"]
    assert figure.axes[0].get_xlim() == figure.axes[1].get_xlim()
    assert "No value: Wales" in figure.axes[1].get_xlabel()
    assert "40% to 90%" in figure.axes[0].get_xlabel()


@pytest.mark.parametrize(
    "figure",
    [
        funnel_of(UNITS.iloc[:0]),
        funnel_of(UNITS.assign(value=np.nan)),
        figures.shrunken(SHRUNK.iloc[:0], unit="area"),
        figures.shrunken(SHRUNK.assign(value=np.nan), unit="area"),
    ],
)
def test_an_empty_frame_gives_a_figure_that_says_so(figure):
    assert "nothing to draw" in figure.axes[0].texts[0].get_text()
    assert drawn.read_back(figure).empty


def test_drawing_changes_no_frame():
    before, limits, shrunk = UNITS.copy(), LIMITS.copy(), SHRUNK.copy()
    funnel_of()
    figures.shrunken(SHRUNK, unit="area")
    pd.testing.assert_frame_equal(UNITS, before)
    pd.testing.assert_frame_equal(LIMITS, limits)
    pd.testing.assert_frame_equal(SHRUNK, shrunk)
