"""One model read in several ways: each reading is that of the method it comes from."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from helpers.methods.cox import cox
from helpers.methods.fine_gray import fine_gray
from helpers.methods.hazard_reading import standardised_days, standardised_probability
from helpers.methods.hazards_test import proportional_hazards_test
from helpers.methods.pace import pace


def waits(count=120):
    """Waits of two wards, one of them faster, with ends of another kind and open records."""
    rng = np.random.default_rng(4)
    ward = pd.Categorical(np.where(np.arange(count) % 2, "east", "west"))
    days = np.ceil(rng.exponential(np.where(ward == "east", 40, 80)))
    other, until = np.ceil(rng.exponential(200, count)), rng.integers(30, 300, count)
    end = np.minimum(np.minimum(days, other), until)
    cause = np.select([days == end, other == end], ["done", "closed"], "")
    return pd.DataFrame(
        {"days": end, "ward": ward, "elder": rng.integers(0, 2, count)}
        | {"cause": pd.Series(cause).replace("", None)}
    )


def test_ratios_stand_beside_one_another_and_are_those_of_both_models():
    frame = waits()
    found = pace(frame, terms=["ward", "elder"], interest="done").ratios
    first = cox(
        frame.assign(observed=frame["cause"].eq("done").astype(int)), terms=["ward", "elder"]
    ).coefficients
    other = fine_gray(frame, terms=["ward", "elder"], interest="done").coefficients
    for ours, theirs in (("value", "value"), ("low", "low"), ("high", "high")):
        assert_allclose(found[ours], first[theirs])
        assert_allclose(found[f"other_{ours}"], other[theirs])
    assert found["reference"].tolist() == ["east", "without it"]


def test_every_reading_is_that_of_the_cox_model():
    frame = waits()
    model = pace(frame, terms=["ward"], interest="done", level=0.9)
    fit = cox(
        frame.assign(observed=frame["cause"].eq("done").astype(int)), terms=["ward"], level=0.9
    )
    pd.testing.assert_frame_equal(model.proportional(), proportional_hazards_test(fit))
    pd.testing.assert_frame_equal(
        model.chances("ward", [30, 90]), standardised_probability(fit, term="ward", times=[30, 90])
    )
    pd.testing.assert_frame_equal(model.lasting("ward"), standardised_days(fit, term="ward"))


def test_without_a_plan_or_records_every_reading_is_empty_with_its_columns():
    frame = waits()
    full = pace(frame, terms=["ward"], interest="done")
    for model in (
        pace(frame, terms=[], interest="done"),
        pace(frame.iloc[:0], terms=["ward"], interest="done"),
    ):
        assert model.fit is None
        assert model.ratios.empty
        assert list(model.ratios) == list(full.ratios)
        assert model.proportional().empty
        for empty, whole in (
            (model.chances("ward", [30]), full.chances("ward", [30])),
            (model.lasting("ward"), full.lasting("ward")),
        ):
            assert empty.empty
            assert set(empty) == set(whole) - {"std_error"}


def test_a_term_that_is_not_in_the_model_has_no_reading():
    model = pace(waits(), terms=["elder"], interest="done")
    assert model.chances("ward", [30]).empty
    assert model.lasting("ward").empty


def test_a_model_without_a_finite_estimate_says_so_in_every_reading():
    """All who got there from the ward were the first of those at risk: the ratio has no end."""
    frame = pd.DataFrame({"days": range(1, 41), "ward": [1] * 8 + [0] * 32, "cause": "done"})
    model = pace(frame, terms=["ward"], interest="done")
    assert model.fit is None
    assert model.reason.startswith("No model: The hazard ratio of 'ward' has no finite estimate")
    full = pace(waits(), terms=["elder"], interest="done")
    assert list(model.ratios) == list(full.ratios)
    readings = model.proportional(), model.chances("ward", [30]), model.lasting("ward")
    for table in (model.ratios, *readings):
        assert table.empty
        assert table.attrs["reason"] == model.reason


def test_what_is_wrong_with_the_records_is_still_an_error():
    frame = waits()
    with pytest.raises(ValueError, match="collinear|combination|explained"):
        pace(frame.assign(again=frame["elder"]), terms=["elder", "again"], interest="done")
