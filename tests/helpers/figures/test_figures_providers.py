"""Providers side by side, as drawn: every mark is there, in the order given, and named."""

import numpy as np
import pandas as pd
import pytest

from helpers.exhibits import drawn
from helpers.figures import index, mix

ROWS = pd.DataFrame(
    {
        "provider": ["B", "A", "C"],
        "crude": [0.2, 0.1, 0.0],
        "rate": [0.18, 0.12, np.nan],
        "rate_low": [0.15, 0.1, np.nan],
        "rate_high": [0.22, 0.14, np.nan],
        "reference_rate": 0.15,
        "value": [0.9, 0.8, np.nan],
        "low": [0.85, 0.7, np.nan],
        "high": [0.95, 0.88, np.nan],
        "denominator": [1200, 90, 2],
    }
)


def labels(figure):
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def test_shares_as_counted_stand_beside_the_standardised_in_the_order_given():
    figure = mix(ROWS, reference="all together")
    assert labels(figure) == ["B", "A", "C"]
    made = drawn.read_back(figure)
    assert made.loc[made["series"].eq("as counted"), "x"].tolist() == [0.2, 0.1, 0.0]
    standardised = made.loc[made["series"].eq("standardised"), "x"].dropna()
    assert standardised.tolist() == [0.18, 0.12]
    below = figure.axes[0].get_xlabel()
    assert "dashed: all together, 15.0%" in below
    assert "Too few events for a standardised share: C" in below


def test_an_index_names_what_it_is_out_of_and_whom_it_leaves_out():
    figure = index(ROWS)
    assert labels(figure) == ["B, n = 1,200", "A, n = 90"]
    made = drawn.read_back(figure)
    assert made.loc[made["series"].eq("share"), "x"].tolist() == [0.9, 0.8]
    assert figure.axes[0].get_xlabel() == "No share, out of too few: C"


@pytest.mark.parametrize("draw", [mix, index])
def test_nothing_to_draw_is_said(draw):
    assert "nothing to draw" in draw(ROWS.iloc[0:0]).axes[0].texts[0].get_text()
