"""Figures of a change and its parts: what was drawn is read back and compared with the numbers."""

import numpy as np
import pandas as pd
import pytest

from helpers.exhibits import drawn
from helpers.figures.parts import beside, parts
from helpers.methods.decompose import kitagawa

YEARS = pd.DataFrame(
    {
        "year": [2011, 2012, 2013],
        "crude": [30.0, 34.0, 9.0],
        "value": [31.0, 33.0, np.nan],
        "low": [27.0, 29.0, np.nan],
        "high": [36.0, 38.0, np.nan],
        "numerator": [120, 131, 9],
    }
)
DEATHS = pd.DataFrame(
    {
        "when": ["first", "first", "last", "last"],
        "service": ["young", "old"] * 2,
        "numerator": [10, 40, 12, 90],
        "denominator": [100, 100, 100, 200],
    }
)


@pytest.fixture
def change():
    return kitagawa(DEATHS, by="when", strata="service", first="first", last="last")


def series(frame, name):
    return frame[frame["series"].eq(name)]


def said(figure):
    return [text.get_text() for ax in figure.axes for text in ax.texts]


def test_crude_and_standardised_rates_stand_side_by_side():
    back = drawn.read_back(beside(YEARS))
    assert series(back, "crude")["y"].tolist() == [30.0, 34.0, 9.0]
    assert series(back, "standardised")["y"].dropna().tolist() == [31.0, 33.0]
    ends = series(back, "interval of the standardised").dropna(subset="y")
    assert ends[["y", "y2"]].to_numpy().tolist() == [[27.0, 36.0], [29.0, 38.0]]


def test_the_scale_of_rates_starts_at_nothing_and_holds_every_limit():
    ax = beside(YEARS).axes[0]
    low, high = ax.get_ylim()
    assert low == 0
    assert high > 38
    assert ax.get_xlabel() == "n = 9 to 131 deaths a year"


def test_years_not_yet_known_are_hatched():
    ax = beside(YEARS, immature=[2013]).axes[0]
    assert ax.get_xlabel().splitlines()[1] == "Hatched: not all were known yet"
    assert len(ax.patches) == 1


def test_both_parts_of_each_group_are_drawn(change):
    back = drawn.read_back(parts(change))
    for column, name in (("rate_part", "part from shares"), ("mix_part", "part from the mix")):
        marks = back[back["series"].eq(name) & back["panel"].eq("Each group")]
        assert marks["x"].tolist() == pytest.approx((100 * change[column].iloc[:2]).tolist())


def test_the_parts_of_all_together_have_their_limits_and_the_change_its_number(change):
    figure = parts(change)
    back = drawn.read_back(figure)
    whole = change.iloc[-1]
    for start, name in (("rate", "part from shares"), ("mix", "part from the mix")):
        point = back[back["series"].eq(name) & back["panel"].ne("Each group")]
        limit = series(back, f"limits, {name}")
        assert point["x"].tolist() == pytest.approx([100 * whole[f"{start}_part"]])
        assert limit[["x", "y2"]].iloc[0].tolist() == pytest.approx(
            [100 * whole[f"{start}_low"], 100 * whole[f"{start}_high"]]
        )
    # By hand: 50 of 200 became 102 of 300, 25% became 34%.
    assert figure.axes[1].get_xlabel() == "percentage points; change of all together: 9 points"


def test_parts_are_told_apart_without_colour(change):
    for ax in parts(change).axes:
        kinds = {one.get_label(): one for one in ax.collections}
        marks = [kinds[name] for name in ("part from shares", "part from the mix")]
        round_, square = (one.get_paths()[0].vertices for one in marks)
        assert len(round_) != len(square)
        assert marks[0].get_facecolor()[0].tolist() != marks[1].get_facecolor()[0].tolist()


def test_nothing_to_draw_is_said():
    for figure in (beside(YEARS.iloc[0:0]), parts(kitagawa(
        DEATHS.iloc[0:0], by="when", strata="service", first="first", last="last"
    ))):  # fmt: skip
        assert said(figure) == ["The records of this case hold nothing to draw here."]
