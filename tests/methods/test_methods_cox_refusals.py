"""What a Cox model cannot be fitted to is refused in words, and what runs away is named."""

import numpy as np
import pandas as pd
import pytest
from cox_rows import TERMS, brute
from numpy.testing import assert_allclose

from helpers.methods.cox import baseline_hazard, cox, predicted_survival, residuals


def small(**change):
    frame = pd.DataFrame(
        {"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1], "male": [1, 0, 1, 1, 0, 0]},
        index=list("abcdef"),
    )
    return frame.assign(**change)


@pytest.mark.parametrize(
    ("change", "options", "sentence"),
    [
        ({"days": [1, -2, 3, 4, 5, 6]}, {}, "Row b: the duration 'days' is negative"),
        ({"days": [1, None, 3, 4, 5, 6]}, {}, "Row b: the duration 'days' is missing"),
        ({"days": [1, np.inf, 3, 4, 5, 6]}, {}, "Row b: the duration 'days' is infinite"),
        ({"observed": [1, 2, 0, 1, 1, 1]}, {}, "Row b: 'observed' is neither 0 nor 1"),
        ({"observed": [1, None, 0, 1, 1, 1]}, {}, "Row b: the flag 'observed' is missing"),
        ({"late": [0, 2, 0, 4, 0, 0]}, {"entry": "late"}, "Rows b, d: the entry 'late' is not"),
        ({"n": [1, 1.5, 1, 1, 1, 1]}, {"weights": "n"}, "Row b: .* is not whole"),
        ({"n": [1, -1, 1, 1, 1, 1]}, {"weights": "n"}, "Row b: .* is negative"),
        ({"observed": 0}, {}, "none of them has the event 'observed'"),
        ({"male": None}, {}, "0 have no missing value, and none"),
        ({"male": 1}, {}, "Term 'male' has the same value in every row"),
        ({"old": [2, 0, 2, 2, 0, 0]}, {"terms": ["male", "old"]}, "'old' cannot be told apart"),
        ({"at": list("xyxxyy")}, {"strata": "at"}, "'male' cannot be told apart .* strata"),
        ({"at": "x"}, {"cluster": "at"}, "All rows belong to one cluster of 'at'"),
        ({}, {"terms": "male"}, "terms must be a list of different column names"),
        ({}, {"terms": ["days"]}, "'days': a time, a flag"),
        ({}, {"terms": ["female"]}, "Missing column 'female'"),
        ({}, {"ties": "random"}, "ties must be one of 'efron', 'breslow', 'exact'"),
        ({}, {"level": 95}, "The confidence level must lie strictly between 0 and 1"),
        ({"at": list("xyxyxy")}, {"cluster": "at", "ties": "exact"}, "not defined here"),
        ({"far": [1, 2, 3, 4, 5, np.inf]}, {"terms": ["far"]}, "Row f: term 'far' is infinite"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(change, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        cox(small(**change), **({"terms": ["male"]} | options))


def test_an_empty_frame_is_refused():
    with pytest.raises(ValueError, match="Of 0 rows, 0 have no missing value"):
        cox(small().head(0), terms=["male"])


def test_a_level_without_events_is_named():
    frame = small(place=["a", "a", "b", "a", "c", "c"])
    with pytest.raises(ValueError, match="Term 'place', level 'b': none of its 1 records"):
        cox(frame, terms=["place"])


@pytest.mark.parametrize("ties", ["efron", "breslow", "exact"])
@pytest.mark.parametrize("entry", [None, "entered"])
def test_an_estimate_that_runs_away_is_named(ties, entry):
    """Whoever dies is the oldest at risk: no finite hazard ratio."""
    frame = small(age=[90, 80, 20, 70, 60, 50], entered=[-1, 0, 1, 2, 2, -1])
    with pytest.raises(ValueError, match=r"hazard ratio of 'age' has no finite estimate"):
        cox(frame, terms=["age"], ties=ties, entry=entry)


def test_terms_that_run_away_together_are_named():
    """Neither term alone, but their difference, is greatest for those who die."""
    frame = pd.DataFrame({"x": [5, 1, 7, 2, 3, 0], "y": [3, 0, 7, 2, 4, 2]})
    frame = frame.assign(days=range(1, 7), observed=1)
    for term in ("x", "y"):
        assert np.isfinite(cox(frame, terms=[term]).estimate).all()
    with pytest.raises(ValueError, match="'x', 'y' has no finite estimate"):
        cox(frame, terms=["x", "y"])


def test_a_large_but_finite_estimate_is_no_runaway():
    """All but one of a group die first: a hazard ratio of 86, yet a maximum."""
    frame = pd.DataFrame({"days": [*range(1, 41), 41, *range(42, 60)], "observed": 1})
    frame["male"] = [1] * 40 + [0] + [1] + [0] * 17
    fit = cox(frame, terms=["male"])
    assert 80 < fit.coefficients["value"][0] < 90
    assert_allclose(fit.log_likelihood, brute(frame, ["male"], fit.estimate), rtol=1e-10)


def test_too_many_ties_for_the_exact_likelihood_are_refused():
    frame = pd.DataFrame({"days": [1, 2] * 3000, "observed": 1, "male": [0, 0, 1, 1] * 1500})
    with pytest.raises(ValueError, match="use ties='efron'"):
        cox(frame, terms=["male"], ties="exact")


def test_rows_of_a_person_must_follow_one_another():
    frame = pd.DataFrame({"days": [5, 9, 4, 8], "entered": [0, 4, 0, 4], "observed": [0, 1, 1, 0]})
    frame = frame.assign(male=[0, 1, 0, 1], who=[1, 1, 2, 2])
    options = {"terms": ["male"], "entry": "entered", "person": "who"}
    with pytest.raises(ValueError, match="Row 1: it overlaps another row of the same 'who'"):
        cox(frame, **options)
    with pytest.raises(ValueError, match="Row 3: it follows the event of the same 'who'"):
        cox(frame[2:], **options)


def test_curves_and_residuals_refuse_what_they_cannot_read(lung):
    exact = cox(lung, terms=TERMS, ties="exact")
    for function in (baseline_hazard, lambda fit: residuals(fit, lung)):
        with pytest.raises(ValueError, match="fit it with ties='efron'"):
            function(exact)
    fit = cox(lung.assign(sex=lung["sex"].astype(str)), terms=["sex"], strata="inst")
    with pytest.raises(ValueError, match="Row 0: term 'sex' has none of '1', '2'"):
        predicted_survival(fit, pd.DataFrame({"sex": ["3"], "inst": [1]}), times=[5])
    with pytest.raises(ValueError, match="Row 0: the fit has no such stratum of 'inst'"):
        predicted_survival(fit, pd.DataFrame({"sex": ["1"], "inst": [99]}), times=[5])
    with pytest.raises(ValueError, match="Times must be numbers that are not negative"):
        predicted_survival(fit, pd.DataFrame({"sex": ["1"], "inst": [1]}), times=[-5])


def test_beyond_a_size_single_terms_that_run_away_are_still_named(monkeypatch):
    from helpers.methods import _runaway

    monkeypatch.setattr(_runaway, "TOO_MANY", 1)
    with pytest.raises(ValueError, match="hazard ratio of 'age' has no finite estimate"):
        cox(small(age=[90, 80, 20, 70, 60, 50]), terms=["age"])
    with pytest.raises(ValueError, match="did not converge: .* 'age' moved most"):
        cox(
            small(age=[90, 80, 20, 70, 60, 50], late=[-1, 0, 1, 2, 2, -1]),
            terms=["age"],
            entry="late",
        )


def test_a_stratum_without_events_changes_nothing(lung):
    quiet = lung.head(30).assign(inst=999, observed=False)
    options = {"terms": TERMS, "strata": "inst"}
    one, other = cox(pd.concat([lung, quiet]), **options), cox(lung, **options)
    assert_allclose(one.covariance, other.covariance, rtol=1e-9)
    assert one.n == other.n + 30
