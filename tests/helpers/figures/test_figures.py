"""What each figure draws is what its frame says, read back from the artists and not from pixels."""

import base64
import dataclasses
import io
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from helpers import figures
from helpers.exhibits import Exhibits, drawn, images, layout
from helpers.exhibits.resource import to_frame
from helpers.figures import style

WORDS = {"title": "A figure", "shows": "What it shows."}

YEARS = pd.DataFrame(
    {
        "indicator": ["a"] * 3 + ["b"] * 3,
        "label": ["Opened"] * 3 + ["Examined"] * 3,
        "year": [2018, 2019, 2020] * 2,
        "numerator": [15, 20, 12, 40, 38, 45],
        "denominator": [100, 110, 90, 100, 110, 90],
        "value": [0.15, 0.182, 0.133, 0.4, 0.345, 0.5],
        "low": [0.093, 0.121, 0.078, 0.309, 0.263, 0.399],
        "high": [0.233, 0.264, 0.219, 0.498, 0.438, 0.601],
    }
)
PLACES = YEARS.assign(place=["North", "South", "Wales"] * 2)
PARTS = pd.DataFrame(
    {
        "year": [2019, 2019, 2020, 2020],
        "label": ["Prison", "Police", "Prison", "Police"],
        "numerator": [299, 18, 318, 17],
        "denominator": [478, 478, 562, 562],
    }
)
CURVE = pd.DataFrame(
    {
        "label": ["Death to report"] * 3 + ["Death to opened"] * 2,
        "time": [30, 90, 365, 2, 10],
        "n_risk": [10, 8, 3, 10, 6],
        "survival": [0.8, 0.3, 0.1, 0.6, 0.2],
        "low": [0.6, 0.15, 0.02, 0.4, 0.05],
        "high": [0.95, 0.5, 0.3, 0.8, 0.4],
    }
)
MEDIANS = pd.DataFrame(
    {
        "label": ["Death to report"] * 3,
        "year": [2018, 2019, 2020],
        "value": [400.0, 420.0, 510.0],
        "low": [350.0, 380.0, 430.0],
        "high": [470.0, np.nan, 600.0],
        "denominator": [80, 75, 60],
    }
)
ODDS = pd.DataFrame(
    {
        "label": ["Two recipients", "Three or more"],
        "odds_ratio": [1.5, 0.7],
        "low": [1.1, 0.5],
        "high": [2.1, 0.95],
        "numerator": [120, 40],
        "denominator": [300, 150],
    }
)
FLOW = pd.DataFrame(
    {
        "lane": ["Deaths"] * 3,
        "fate": ["kept", "left out", "kept"],
        "label": ["Rows read", "Total row", "People who died"],
        "numerator": [10_608, 1_042, 9_566],
    }
)


@dataclass(frozen=True)
class Case:
    """A figure, its frame, the column a reader looks at, and the points that must be drawn."""

    draw: object
    frame: pd.DataFrame
    column: str
    forms: set
    points: list
    panels: int = 1


def pairs(x, y):
    return [(float(a), round(float(b), 9)) for a, b in zip(x, y, strict=True)]


CASES = {
    "trend": Case(
        figures.trend, YEARS, "value", {"line"}, pairs(YEARS["year"], YEARS["value"]), panels=2
    ),
    "lines": Case(
        figures.lines,
        YEARS,
        "numerator",
        {"line"},
        pairs(YEARS["year"], YEARS["numerator"]),
        panels=2,
    ),
    "stacked": Case(
        figures.stacked,
        PARTS,
        "numerator",
        {"bars"},
        pairs(PARTS["year"], PARTS["numerator"] / PARTS["denominator"]),
    ),
    "intervals": Case(
        lambda frame: figures.intervals(frame, stratum="place"),
        PLACES,
        "value",
        {"points"},
        pairs(PLACES["value"], [2, 1, 0] * 2),
        panels=2,
    ),
    "curves": Case(
        figures.curves,
        CURVE,
        "survival",
        {"line"},
        [(0.0, 0.0), (0.0, 0.0), *pairs(CURVE["time"], 1 - CURVE["survival"])],
        panels=2,
    ),
    "medians": Case(
        figures.medians, MEDIANS, "value", {"points"}, pairs(MEDIANS["year"], MEDIANS["value"])
    ),
    "forest": Case(
        figures.forest, ODDS, "odds_ratio", {"points"}, pairs(ODDS["odds_ratio"], [1, 0])
    ),
    # The places are inches from the top; the numbers are whole, as the boxes say them.
    "flow": Case(
        figures.flow, FLOW, "numerator", {"box"}, pairs([0.295, 0.865, 1.435], FLOW["numerator"])
    ),
}

every = pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))


def exhibits(run, status):
    """Exhibits of the shipped case with another status of its rows."""
    case = run.case.model_copy(update={"data_status": status})
    return Exhibits(dataclasses.replace(run, case=case))


@pytest.fixture(scope="module")
def draw_and_show(run):
    """Give a function that draws a case and shows it, its rows said to be synthetic."""
    show = exhibits(run, "synthetic")

    def draw(case):
        figure = case.draw(case.frame.copy())
        return figure, show.figure("mine.figure", figure, scope="counts", **WORDS)

    return draw


@pytest.fixture(scope="module")
def once(draw_and_show):
    """The same, but each case is drawn once for all tests: its images take time."""
    made = {}

    def draw(case):
        if id(case) not in made:
            made[id(case)] = draw_and_show(case)
        return made[id(case)]

    return draw


@pytest.fixture(scope="module")
def compared(run):
    """Give the text of a figure that notebooks are compared by, without making its images."""
    facts = exhibits(run, "real").figure("mine.first", figures.forest(ODDS), **WORDS).facts

    def text(case, frame):
        read = drawn.read_back(case.draw(frame))
        return drawn.plain(read, facts | {"alt": drawn.alternative("A figure", read)})

    return text


def faces(figure):
    """All text on the face of a figure, line ends taken out."""
    texts = [text.get_text() for ax in [figure, *figure.axes] for text in ax.texts]
    return " ".join(texts).replace("\n", " ")


def test_every_function_of_the_room_is_tested_here_or_in_a_file_beside():
    files = Path(__file__).parent.glob("test_figures_*.py")
    beside = "".join(path.read_text(encoding="utf-8") for path in files)
    assert [name for name in figures.__all__ if name not in CASES and name not in beside] == []


@every
def test_every_row_of_the_frame_is_drawn_where_its_values_say(case):
    read = drawn.read_back(case.draw(case.frame))
    points = read[read["form"].isin(case.forms)]
    assert sorted(pairs(points["x"], points["y"])) == sorted(case.points)
    assert points["panel"].nunique() == case.panels


@pytest.mark.slow
@every
def test_a_changed_value_changes_what_is_compared(compared, case):
    moved = case.frame.copy()
    moved[case.column] = moved[case.column].astype(float)
    moved.loc[moved.index[1], case.column] *= 1.001
    assert compared(case, moved) != compared(case, case.frame)


@pytest.mark.slow
@every
def test_a_missing_row_changes_what_is_compared(compared, case):
    assert compared(case, case.frame.iloc[:-1]) != compared(case, case.frame)


@every
def test_another_name_of_a_panel_series_or_stratum_changes_the_data_of_a_figure(case):
    column = "place" if "place" in case.frame else "label"
    renamed = case.frame.assign(
        **{column: case.frame[column].replace(case.frame[column].iloc[0], "Another name")}
    )
    before, after = (drawn.read_back(case.draw(frame)) for frame in (case.frame, renamed))
    assert not before.equals(after)
    assert "Another name" in after.to_csv()


@pytest.mark.slow
@every
def test_the_data_of_a_figure_are_those_read_back_from_it(once, case):
    expected = drawn.read_back(case.draw(case.frame))
    carried = to_frame(once(case)[1].facts["resource"])
    assert carried["y"].tolist() == expected["y"].tolist()
    assert carried["series"].tolist() == expected["series"].tolist()


@every
def test_the_alternative_text_names_the_figure_and_each_series_with_its_points(once, case):
    _, shown = once(case)
    alt = shown.facts["alt"]
    assert alt.startswith("A figure.")
    assert alt in shown.data["text/plain"]
    assert shown.metadata["image/png"]["alt"] == alt
    read = drawn.read_back(case.draw(case.frame))
    series = read[read["form"].isin(["line", "points", "bars"])].groupby(["panel", "series"]).size()
    for (panel, name), points in series.items():
        assert name in alt
        assert panel in alt
        assert f": {points} " in alt


@pytest.mark.slow
@every
def test_two_drawings_of_one_frame_are_the_same_to_the_byte(once, draw_and_show, case):
    (_, first), (_, second) = once(case), draw_and_show(case)
    assert first.data == second.data
    assert images.svg_text(first.facts) == images.svg_text(second.facts)


def test_a_colour_that_few_pixels_have_is_kept_in_the_picture():
    """One signal of a chart of many points: counted by how often it occurs, it once became grey."""
    figure = Figure(figsize=(8, 4))
    ax = figure.subplots()
    place = np.arange(60)
    ax.plot(place, np.sin(place), color=style.INK, marker="o")
    ax.plot(place, 0.5 * np.cos(place), "--", color=style.COLOURS[0])
    ax.scatter([30], [0], s=42, marker="^", color=style.COLOURS[1], edgecolor="black")
    png, _ = images.images(figure, "mine.colours")
    with Image.open(io.BytesIO(base64.b64decode(png))) as picture:
        seen = np.asarray(picture.convert("RGB")).reshape(-1, 3).astype(int)
    wanted = np.array([int(style.COLOURS[1][at : at + 2], 16) for at in (1, 3, 5)])
    assert np.abs(seen - wanted).sum(axis=1).min() <= 30


@every
def test_the_images_are_a_picture_and_a_drawing(once, case):
    _, shown = once(case)
    png = base64.b64decode(shown.data["image/png"])
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert width > 300
    assert height > 100
    assert "<svg" in images.svg_text(shown.facts)


@every
def test_synthetic_rows_say_so_on_the_face_and_in_the_text(once, case):
    figure, shown = once(case)
    assert "SYNTHETIC" in faces(figure)
    assert shown.data["text/plain"].startswith("SYNTHETIC")
    assert shown.facts["data_status"] == "synthetic"


@every
def test_the_face_names_the_source_and_real_rows_do_not_say_synthetic(once, case):
    figure, shown = once(case)
    assert "Ministry of Justice" in faces(figure)
    again = case.draw(case.frame)
    drawn.footer(again, shown.facts | {"data_status": "real"})
    assert "Ministry of Justice" in faces(again)
    assert "SYNTHETIC" not in faces(again)


@every
def test_an_empty_frame_gives_a_figure_that_says_so(compared, case):
    assert "nothing to draw" in faces(case.draw(case.frame.iloc[:0]))
    assert "Points: 0." in compared(case, case.frame.iloc[:0])


def test_an_empty_figure_is_shown_with_the_statement_that_there_is_nothing(run):
    figure = figures.trend(YEARS.iloc[:0])
    shown = exhibits(run, "real").figure("mine.empty", figure, **WORDS)
    assert layout.EMPTY in shown.data["text/plain"]
    assert to_frame(shown.facts["resource"]).empty


# ---- Details that a reader relies on ------------------------------------------------------------


def test_intervals_are_drawn_from_the_lower_to_the_upper_limit():
    for figure, low, high in (
        (figures.medians(MEDIANS[MEDIANS["high"].notna()]), [350.0, 430.0], [470.0, 600.0]),
        (figures.trend(YEARS), YEARS["low"].tolist(), YEARS["high"].tolist()),
    ):
        read = drawn.read_back(figure)
        band = read[read["form"].isin(["interval", "band"])]
        assert band["y"].round(9).tolist() == low
        assert band["y2"].round(9).tolist() == high


def test_flat_intervals_of_strata_are_drawn_from_the_lower_to_the_upper_limit():
    read = drawn.read_back(figures.intervals(PLACES, stratum="place"))
    flat = read[read["form"].eq("interval")]
    assert flat["x"].tolist() == PLACES["low"].tolist()
    assert flat["y2"].tolist() == PLACES["high"].tolist()
    assert flat["category"].tolist() == PLACES["place"].tolist()


def test_strata_keep_the_order_of_the_frame_and_are_never_ranked():
    names = ["Wales", "North", "South"]
    frame = PLACES.assign(place=names * 2)
    read = drawn.read_back(figures.intervals(frame, stratum="place"))
    points = read[read["form"].eq("points")].sort_values(["panel", "y"], ascending=[True, False])
    assert points["category"].tolist() == names * 2


def test_strata_too_small_to_draw_are_named_on_the_figure():
    frame = PLACES.assign(denominator=[100, 110, 9, 100, 110, 9])
    figure = figures.intervals(frame, stratum="place")
    assert "Wales" not in drawn.read_back(figure)["category"].tolist()
    assert any("Wales" in ax.get_xlabel().replace("\n", " ") for ax in figure.axes)


def test_a_median_whose_upper_limit_was_not_reached_is_drawn_to_the_top():
    figure = figures.medians(MEDIANS)
    read = drawn.read_back(figure)
    open_ended = read[read["form"].eq("interval") & read["x"].eq(2019)]
    assert open_ended["y"].tolist() == [380.0]
    assert open_ended["y2"].tolist() == [figure.axes[0].get_ylim()[1]]


def test_medians_of_a_panel_without_any_upper_limit_are_drawn_to_the_top():
    figure = figures.medians(MEDIANS.assign(high=np.nan))
    read = drawn.read_back(figure)
    assert read["form"].value_counts().to_dict() == {"interval": 3, "points": 3}


def test_breaks_of_definition_are_marked_for_the_measures_they_concern(run):
    breaks = [item for item in run.case.breaks if "suicide_conclusion_share" in item.measures]
    frame = YEARS.assign(indicator=["suicide_conclusion_share"] * 3 + ["b"] * 3)
    figure = figures.trend(frame, breaks=breaks)
    first, second = (ax.get_xlabel().replace("\n", " ") for ax in figure.axes)
    for item in breaks:
        if 2018 <= item.date.year <= 2020:
            assert str(item.date.year) in first
            assert item.note.split()[0] in first
    assert all(item.note.split()[0] not in second for item in breaks)


def test_parts_beyond_the_largest_are_drawn_together_and_lose_nothing():
    names = [f"part {i}" for i in range(12)]
    frame = pd.DataFrame(
        {"year": 2020, "label": names, "numerator": range(1, 13), "denominator": 78}
    )
    read = drawn.read_back(figures.stacked(frame, most=7))
    assert len(read) == 8
    assert read["y"].sum() == pytest.approx(1, abs=1e-12)


def test_artists_without_a_label_are_decoration_and_are_not_read_back():
    from matplotlib.figure import Figure

    figure = Figure()
    ax = figure.subplots()
    ax.plot([0, 1], [0, 1])
    assert drawn.read_back(figure).empty
    ax.plot([0, 1], [2, 3], label="said")
    assert drawn.read_back(figure)["series"].unique().tolist() == ["said"]


@every
def test_the_table_of_a_figure_has_a_caption_and_scoped_headers(once, case):
    _, shown = once(case)
    facts = shown.facts
    html = drawn.html_table(to_frame(facts["resource"]), facts)
    assert "<caption>" in html
    assert '<th scope="col">' in html
    assert html.count("<tr>") == 1 + len(to_frame(facts["resource"]))
