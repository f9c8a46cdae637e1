"""Stock and flow against hand counts and Little's law; no function changes its frame."""

import numpy as np
import pandas as pd
import pytest
from banded_rows import bands

from helpers.methods import banded


def yearly(**columns):
    return pd.DataFrame({"year": [2018, 2019, 2020]} | columns)


def test_stock_and_flow_by_hand():
    frame = yearly(stock=[50, 60, 58], inflow=[100, 112, 96], outflow=[100, 100, 100])
    found = banded.stock_and_flow(frame).set_index("year")
    assert found["opening"].tolist()[1:] == [50, 60]
    assert found["expected"].tolist()[1:] == [62, 56]
    assert found["residual"].tolist()[1:] == [-2, 2]
    assert found["residual_share"].tolist()[1:] == pytest.approx([-2 / 112, 2 / 96])
    assert found["months_of_work"].tolist() == pytest.approx([6, 7.2, 6.96])
    assert found["value"].tolist()[1:] == pytest.approx([12 * 55 / 106, 12 * 59 / 98])
    assert found.loc[2020, ["low", "high"]].tolist() == pytest.approx([12 * 0.59, 12 * 59 / 96])
    assert found["steady"].tolist() == [pd.NA, False, True]
    assert found.loc[2018, ["opening", "expected", "residual", "value"]].isna().all()


@pytest.mark.parametrize(("a_day", "days"), [(1, 1), (7, 30), (3, 59), (20, 364)])
def test_littles_law_is_exact_for_a_steady_queue(a_day, days):
    """So many come in each day and each leaves after just so many days: counted day by day."""
    day = np.arange(-days, 3 * 365)
    leaves = day + days
    stock = [a_day * ((day <= 365 * k - 1) & (leaves > 365 * k - 1)).sum() for k in (1, 2, 3)]
    went = [a_day * ((leaves >= 365 * k) & (leaves < 365 * (k + 1))).sum() for k in range(3)]
    found = banded.stock_and_flow(yearly(stock=stock, inflow=365 * a_day, outflow=went))
    assert found["residual"].dropna().eq(0).all()
    assert found["value"].iloc[2] * 365 / 12 == pytest.approx(days)
    assert found["steady"].iloc[2]


def test_units_and_years_that_are_not_there():
    frame = pd.DataFrame(
        {
            "area": ["a", "a", "b", "b"],
            "year": [2020, 2019, 2018, 2020],
            "stock": [5, 4, 3, 2],
            "inflow": [10, 10, 10, 10],
            "outflow": [9, 9, 9, 9],
        }
    )
    found = banded.stock_and_flow(frame, by="area")
    assert found[["area", "year"]].to_numpy().tolist() == [
        ["a", 2019],
        ["a", 2020],
        ["b", 2018],
        ["b", 2020],
    ]
    assert found["opening"].fillna(-1).tolist() == [-1, 4, -1, -1]


def test_nothing_that_flows_and_nothing_counted():
    frame = yearly(stock=[0, 0, 4], inflow=[0, 0, None], outflow=[0, 0, 3])
    found = banded.stock_and_flow(frame)
    assert found["months_of_work"].iloc[:2].isna().all()
    assert found["value"].isna().all()
    assert found["residual"].iloc[1] == 0
    assert found["steady"].iloc[2] is pd.NA
    assert banded.stock_and_flow(frame.iloc[:0]).empty


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"stock": [1, -1, 1]}, "Row 1: the count 'stock' is negative"),
        ({"outflow": [1, 1, np.inf]}, "Row 2: the count 'outflow' is infinite"),
        ({"year": [2018, 2018, 2020]}, "Rows 0, 1: the same unit and year"),
        ({"year": [2018, None, 2020]}, "Row 1: 'year' is no whole year"),
        ({"year": [2018, 2018.5, 2020]}, "Row 1: 'year' is no whole year"),
    ],
)
def test_counts_that_cannot_be_are_refused(columns, message):
    frame = yearly(stock=1, inflow=1, outflow=1).assign(**columns)
    with pytest.raises(ValueError, match=message):
        banded.stock_and_flow(frame)


def test_a_share_within_which_all_is_steady_is_needed():
    with pytest.raises(ValueError, match="steady_within"):
        banded.stock_and_flow(yearly(stock=1, inflow=1, outflow=1), steady_within=0)


def test_frames_are_not_changed():
    frame = bands([1, 2, 3, 2, 2], done=1, still_open=1)
    flows = yearly(stock=1, inflow=1, outflow=1)
    before, flows_before = frame.copy(deep=True), flows.copy(deep=True)
    banded.banded_mean(frame, last=18)
    banded.banded_quantiles(frame)
    banded.life_table(frame)
    banded.turnbull(frame, count="count")
    banded.stock_and_flow(flows)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(flows, flows_before)
