"""The share within each limit: the estimate, its interval, and what the open ones could do."""

import pandas as pd
import pytest

from helpers import figures
from helpers.exhibits import drawn
from helpers.methods.compliance import compliance

ROWS = pd.DataFrame(
    {
        "label": ["Report"] * 5 + ["Inquest"] * 4,
        "days": [10, 40, 70, 30, 80, 100, 200, 150, 120],
        "cause": [1, 1, 1, 0, 0, 1, 1, 0, 1],
        "limit_days": [60] * 5 + [181] * 4,
    }
)
FOUND = compliance(ROWS, limit="limit_days", by="label")
ORDER = list(dict.fromkeys(FOUND["label"]))


def estimate(name):
    return FOUND[FOUND["estimate"].eq(name)].set_index("label").loc[ORDER]


def points(series):
    read = drawn.read_back(figures.within_limit(FOUND))
    return read[read["series"].str.startswith(series)]


def test_the_points_are_the_estimate_and_the_share_of_those_known():
    for series, name in (("estimate", "aalen_johansen"), ("of those", "known")):
        read = points(series)
        assert read["x"].tolist() == pytest.approx(estimate(name)["value"].tolist())
        assert read["category"].tolist() == [
            f"{label} (n = {size})" for label, size in ROWS["label"].value_counts()[ORDER].items()
        ]


def test_the_interval_is_that_of_the_estimate():
    read, found = points("interval"), estimate("aalen_johansen")
    assert read["x"].tolist() == pytest.approx(found["low"].tolist())
    assert read["y2"].tolist() == pytest.approx(found["high"].tolist())


def test_the_bar_runs_from_all_open_ones_late_to_all_in_time():
    """Of five reports two were in time and one was open within its 60 days: 2 to 3 of 5."""
    (bars,) = figures.within_limit(FOUND).axes[0].containers
    ends = {
        label: (bar.get_x(), bar.get_x() + bar.get_width())
        for label, bar in zip(ORDER, bars, strict=True)
    }
    assert ends["Report"] == pytest.approx((2 / 5, 3 / 5))
    assert ends["Inquest"] == pytest.approx((2 / 4, 3 / 4))


def test_nothing_is_drawn_of_nothing():
    assert drawn.read_back(figures.within_limit(FOUND.iloc[:0])).empty
