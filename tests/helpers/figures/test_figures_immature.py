"""Years of which not enough was known are hatched, and the panel says so."""

import pandas as pd
import pytest

from helpers import figures
from helpers.figures import style

YEARS = pd.DataFrame(
    {"year": [2019, 2020, 2021], "value": 0.2, "low": 0.1, "high": 0.3, "numerator": 20}
).assign(label="Reported", indicator="reported", denominator=100)
DRAWN = {
    "trend": figures.trend,
    "lines": figures.lines,
    "medians": figures.medians,
    "stacked": figures.stacked,
}


def hatched(figure):
    """Return the middles of the hatched years."""
    return [
        patch.get_x() + patch.get_width() / 2
        for patch in figure.axes[0].patches
        if patch.get_hatch() == "////" and not patch.get_fill() or patch.get_facecolor()[3] == 0
    ]


@pytest.mark.parametrize("name", list(DRAWN))
def test_an_immature_year_is_hatched_and_named(name):
    figure = DRAWN[name](YEARS, immature=[2021, 2031])
    assert hatched(figure) == [2021]
    assert "Hatched: not all were known yet" in figure.axes[0].get_xlabel()


@pytest.mark.parametrize("name", list(DRAWN))
def test_without_one_nothing_is_hatched_and_nothing_said(name):
    figure = DRAWN[name](YEARS)
    assert hatched(figure) == []
    assert "atched" not in figure.axes[0].get_xlabel()


def test_hatching_does_not_move_the_axis():
    figure, (ax,) = style.panels(1)
    style.years(ax, [2019, 2021])
    before = ax.get_xlim()
    style.immature(ax, [2021])
    assert ax.get_xlim() == before
