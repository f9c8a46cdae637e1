"""Test of proportional hazards against the reference comparison, brute force and simulation."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from helpers.methods.cox import cox
from helpers.methods.hazards_test import proportional_hazards_test, schoenfeld_residuals

TERMS = ["trt", "karno", "age", "prior"]
CASE = "21_cox_zph"


@pytest.fixture
def veteran(reference):
    rows = reference(CASE, "input")
    return rows.assign(days=rows["time"], observed=rows["status"])


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
def test_score_tests_agree_with_reference_21(veteran, reference, transform):
    expected = reference(CASE, "expected")
    expected = expected[expected["transform"] == transform]
    found = proportional_hazards_test(cox(veteran, terms=TERMS), transform=transform)
    assert found["term"].tolist() == [*TERMS, "(all terms)"]
    assert_allclose(found["statistic"], expected["chisq"], rtol=1e-6)
    assert_allclose(found["p_value"], expected["p"], rtol=1e-6)
    assert found["df"].tolist() == expected["df"].tolist()


def test_the_model_agrees_with_reference_21(veteran, reference):
    expected = reference(CASE, "expected_coef")
    found = cox(veteran, terms=TERMS).coefficients
    assert_allclose(found["estimate"], expected["estimate"], rtol=1e-6)
    assert_allclose(found["std_error"], expected["std_error"], rtol=1e-6)


def test_schoenfeld_residuals_agree_with_reference_21(veteran, reference):
    expected = reference(CASE, "expected_schoenfeld")
    # Deaths of one day come in the order of the rows there, by pattern here.
    order = ["time", "karno", "age", "prior", "trt"]
    ours = schoenfeld_residuals(cox(veteran, terms=TERMS))
    ours = ours.loc[ours.index.repeat(ours["records"])].reset_index(drop=True)
    ours = ours.loc[ours.round(6).sort_values(order).index, order]
    theirs = expected.loc[expected.round(6).sort_values(order).index, order]
    assert_allclose(ours, theirs, rtol=1e-6, atol=1e-9)


def with_time(frame, term, function):
    """One row per record and day of death at risk, with the term times a function of time."""
    days = np.unique(frame.loc[frame["observed"] == 1, "days"])
    pieces = []
    for before, day in zip(np.r_[-1, days[:-1]], days, strict=True):
        here = frame[frame["days"] >= day].copy()
        here["observed"] = here["observed"] * (here["days"] == day)
        pieces.append(here.assign(start=before, days=day, by_time=here[term] * function(day)))
    return pd.concat(pieces)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_the_score_test_is_that_of_a_model_with_a_term_that_changes_over_time(veteran, ties):
    """Each record in pieces, one for each day of death, and the score test of an added term."""
    from helpers.methods._partial_likelihood import evaluate

    rows = veteran[::2]
    terms = ["trt", "karno"]
    fit = cox(rows, terms=terms, ties=ties)
    long = with_time(rows, "karno", np.log)
    wide = cox(long, terms=[*terms, "by_time"], entry="start", ties=ties)
    at = np.r_[fit.estimate, 0.0] * wide.design.spread
    point = evaluate(wide.risk, wide.design.matrix, at, efron=ties == "efron")
    score = point.gradient @ np.linalg.solve(point.information, point.gradient)
    found = proportional_hazards_test(fit, transform="log").set_index("term")
    assert_allclose(found.loc["karno", "statistic"], score, rtol=1e-8)


def test_levels_of_a_category_are_tested_together(veteran):
    fit = cox(veteran, terms=["celltype", "karno"])
    found = proportional_hazards_test(fit).set_index("term")
    assert found["df"].tolist() == [3, 1, 4]
    # The result of a joint test does not depend on the reference level.
    order = ["squamous", "large", "adeno", "smallcell"]
    other = veteran.assign(celltype=pd.Categorical(veteran["celltype"], order))
    again = proportional_hazards_test(cox(other, terms=["celltype", "karno"]))
    assert_allclose(again["statistic"], found["statistic"], rtol=1e-7)


def test_all_terms_and_the_only_term_have_one_statistic(veteran):
    found = proportional_hazards_test(cox(veteran, terms=["karno"]))["statistic"]
    assert_allclose(found[0], found[1], rtol=1e-12)


@pytest.mark.parametrize("transform", ["km", "rank", "identity", "log"])
def test_counted_rows_are_tested_as_repeated_rows_in_strata(veteran, transform):
    counted = veteran.assign(n=1 + veteran.index % 3)
    repeated = veteran.loc[veteran.index.repeat(counted["n"])]
    options = {"terms": ["trt", "karno"], "strata": "celltype"}
    one = proportional_hazards_test(cox(counted, weights="n", **options), transform=transform)
    other = proportional_hazards_test(cox(repeated, **options), transform=transform)
    assert_allclose(one["statistic"], other["statistic"], rtol=1e-8)


def test_a_hazard_ratio_that_turns_is_found_and_a_steady_one_is_not():
    """Simulated: the ratio is 4 up to day 20 and 1/4 after it; then 2 throughout."""
    random = np.random.default_rng(20_260_401)
    male = np.repeat([0, 1], 400)
    first = random.exponential(np.where(male, 10, 40))
    second = 20 + random.exponential(np.where(male, 160, 40))
    turning = np.ceil(np.where(first < 20, first, second))
    steady = np.ceil(random.exponential(np.where(male, 20, 40)))
    p_values = []
    for days in (turning, steady):
        frame = pd.DataFrame({"days": days, "observed": 1, "male": male})
        p_values.append(proportional_hazards_test(cox(frame, terms=["male"]))["p_value"][0])
    assert p_values[0] < 1e-10
    assert p_values[1] > 0.05


def test_scaled_residuals_average_to_the_estimates(veteran):
    """Residuals sum to zero at the estimates, so that the mean of scaled ones is the estimate."""
    fit = cox(veteran, terms=TERMS)
    found = schoenfeld_residuals(fit, scaled=True)
    mean = np.average(found[TERMS], axis=0, weights=found["records"])
    assert_allclose(mean, fit.estimate, rtol=1e-8)


def test_events_at_one_time_leave_nothing_to_test():
    frame = pd.DataFrame({"days": 5, "observed": [1, 1, 0, 0, 1, 0], "male": [1, 0, 1, 0, 0, 1]})
    found = proportional_hazards_test(cox(frame, terms=["male"]))
    assert found[["statistic", "p_value"]].isna().all(axis=None)


def test_what_cannot_be_tested_is_refused(veteran):
    fit = cox(veteran.assign(days=veteran["days"] - 1), terms=["karno"])
    with pytest.raises(ValueError, match="events at time 0"):
        proportional_hazards_test(fit, transform="log")
    with pytest.raises(ValueError, match="transform must be one of"):
        proportional_hazards_test(fit, transform="square")
    exact = cox(veteran, terms=["karno"], ties="exact")
    for function in (proportional_hazards_test, schoenfeld_residuals):
        with pytest.raises(ValueError, match="fit it with ties='efron'"):
            function(exact)
