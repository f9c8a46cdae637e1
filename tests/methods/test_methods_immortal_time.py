"""Landmarks and the refusal of covariates from the future."""

import numpy as np
import pandas as pd
import pytest

from helpers.methods.cox import cox
from helpers.methods.immortal_time import landmark, refuse_immortal_time


@pytest.fixture
def waits():
    return pd.DataFrame(
        {
            "days": [5, 10, 30, 90, 11],
            "begun": [0, 0, 0, 12, 9],
            "reviewed": [0, 1, 1, 1, 0],
            "review": [np.nan, 3, 8, 9, np.nan],
        },
        index=list("abcde"),
    )


def test_only_those_still_followed_at_the_landmark_are_kept(waits):
    found = landmark(waits, at=10)
    assert found.index.tolist() == ["c", "d", "e"]
    assert found["days"].tolist() == [20, 80, 1]
    assert found.attrs["left_out"] == {"ended by the landmark": 2, "entered after it": 0}
    assert waits["days"].tolist() == [5, 10, 30, 90, 11]


def test_those_who_enter_after_the_landmark_are_left_out(waits):
    found = landmark(waits, at=10, entry="begun")
    assert found.index.tolist() == ["c", "e"]
    assert "begun" not in found
    assert found.attrs["left_out"] == {"ended by the landmark": 2, "entered after it": 1}


def test_what_became_known_later_is_refused_by_row(waits):
    late = waits.assign(review=[np.nan, 3, 12, 9, np.nan])
    with pytest.raises(
        ValueError, match=r"Row c: 'reviewed' became known .* after the landmark 10"
    ):
        landmark(late, at=10, measured={"reviewed": "review"})
    # Of those who ended before the landmark nothing is asked.
    early = waits.assign(review=[40, 40, 8, 9, np.nan])
    assert len(landmark(early, at=10, measured={"reviewed": "review"})) == 3


def test_what_is_set_without_a_time_is_refused(waits):
    with pytest.raises(ValueError, match="Row d: 'reviewed' is set, but 'review' does not say"):
        landmark(
            waits.assign(review=[np.nan, 3, 8, np.nan, np.nan]),
            at=10,
            measured={"reviewed": "review"},
        )


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        ({"days": [1, None, 3, 4, 5]}, {}, "Row b: the duration 'days' is missing"),
        ({"days": [1, -2, 3, 4, 5]}, {}, "Row b: the duration 'days' is negative"),
        ({"begun": None}, {"entry": "begun"}, "the entry 'begun' is missing"),
        ({}, {"at": -1}, "The landmark must be a number that is not negative"),
        ({}, {"at": np.nan}, "The landmark must be a number that is not negative"),
        ({}, {"measured": {"reviewed": "seen"}}, "Missing column 'seen'"),
    ],
)
def test_an_impossible_landmark_is_refused(waits, change, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        landmark(waits.assign(**change), **({"at": 2} | options))


def test_a_group_that_must_have_lived_seems_to_do_better_until_the_landmark():
    """Simulated: review does nothing, yet "was reviewed" halves the hazard unless landmarked."""
    random = np.random.default_rng(20_260_401)
    days, review = random.exponential(50, 4000), random.exponential(50, 4000)
    frame = pd.DataFrame({"days": days, "observed": 1, "reviewed": (review < days).astype(int)})
    frame["review"] = np.where(review < days, review, np.nan)
    naive = cox(frame, terms=["reviewed"]).coefficients
    assert naive["high"][0] < 0.6
    known = frame.assign(reviewed=(frame["review"] <= 20).astype(int))
    known["review"] = known["review"].where(known["reviewed"] == 1)
    at_20 = landmark(known, at=20, measured={"reviewed": "review"})
    honest = cox(at_20, terms=["reviewed"]).coefficients
    assert honest["low"][0] < 1 < honest["high"][0]


def dated(**change):
    frame = pd.DataFrame(
        {
            "died": pd.to_datetime(["2015-01-01", "2015-02-01", "2015-03-01"]),
            "reviewed": [1, 0, 1],
            "review": pd.to_datetime(["2014-12-01", None, "2015-03-01"]),
        },
        index=list("abc"),
    )
    return frame.assign(**change)


PAIR = {"clock_start": "died", "covariate_dates": {"reviewed": "review"}}


def test_what_was_known_by_the_start_passes():
    assert refuse_immortal_time(dated(), **PAIR) is None


def test_a_date_after_the_start_is_refused_unless_declared():
    late = dated(review=pd.to_datetime(["2015-01-02", None, "2015-03-01"]))
    with pytest.raises(ValueError, match="Row a: 'reviewed' is dated .* after the clock started"):
        refuse_immortal_time(late, **PAIR)
    assert refuse_immortal_time(late, declared=["reviewed"], **PAIR) is None


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        ({"died": pd.NaT}, {}, "the start of the clock 'died' is missing"),
        ({"reviewed": [1, 1, 1]}, {}, "Row b: 'reviewed' is set, but 'review' does not say"),
        ({"review": ["01/12/2014", None, "x"]}, {}, "Column 'review' has neither dates nor num"),
        ({"review": [1.0, None, 2.0]}, {}, "must both be dates or both numbers"),
        ({}, {"declared": ["seen"]}, "'seen' is declared but not among the dates"),
        ({}, {"clock_start": "start"}, "Missing column 'start'"),
    ],
)
def test_dates_that_cannot_be_compared_are_refused(change, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        refuse_immortal_time(dated(**change), **(PAIR | options))
