"""A model with imputed characteristics, as tables: against the methods that it rests on."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from helpers.methods import imputed_model, regression
from helpers.methods.models import NotFitted
from helpers.methods.robustness import Comparison

COMPARED = Comparison("setting", "crisis", "community")


@pytest.fixture
def options(deaths):
    random = np.random.default_rng(9)
    kind = pd.Series(np.where(random.random(700) < 0.3, "other", "white"))
    kind = kind.where(random.random(700) > 0.1)
    frame = deaths.assign(
        kind=pd.Categorical(kind, ["white", "other"]), setting=deaths["setting"].astype("category")
    )
    terms = ["setting", "male", "kind"]
    return {"frame": frame, "outcome": "investigated", "terms": terms, "columns": terms,
            "cluster": "trust"}  # fmt: skip


@pytest.fixture
def imputed(options):
    return imputed_model.completed(options, imputations=5, iterations=5, seed=4)


def test_only_what_is_missing_has_a_row(options):
    made = imputed_model.missing(options, level=0.95)
    assert made["column"].unique().tolist() == ["kind"]
    assert made["outcome"].tolist() == ["all records", "without the outcome", "with the outcome"]
    lacking = options["frame"]["kind"].isna()
    assert made["numerator"].tolist() == [
        lacking.sum(), (lacking & options["frame"]["investigated"].eq(0)).sum(),
        (lacking & options["frame"]["investigated"].eq(1)).sum(),
    ]  # fmt: skip


def test_complete_records_stand_beside_all_of_them(options, imputed):
    made = imputed_model.beside(imputed, options, level=0.95).set_index(["term", "records"])
    complete = regression.logistic(
        options["frame"], outcome="investigated", terms=options["terms"], cluster="trust"
    )
    odds = complete.coefficients.set_index("level_name").loc["crisis", "odds_ratio"]
    assert_allclose(made.loc[("setting: crisis", "complete records"), "value"], odds)
    pooled = made.xs("all records, imputed", level="records")
    assert pooled["denominator"].eq(700).all()
    assert pooled["df"].le(13).all()
    assert "(intercept)" not in pooled.index


def test_chains_are_shown_and_judged(imputed):
    traces = imputed_model.traces(imputed)
    assert traces["chain"].nunique() == 5
    assert traces["level_name"].unique().tolist() == ["other"]  # of two levels, the last
    settled = imputed_model.settled(imputed)
    assert settled["column"].eq("kind").all()
    assert {"r_hat", "settled", "observed", "imputed"} <= set(settled)


def test_a_shift_moves_what_is_put_in(options):
    made = imputed_model.shifted(
        options, COMPARED, column="kind", shifts=[-2.0, 0.0, 2.0], imputations=5, iterations=3,
        seed=4, level=0.95,
    )  # fmt: skip
    assert made["imputed"].is_monotonic_increasing
    assert (made["low"] < made["value"]).all()


def test_nothing_missing_and_no_plan_are_answered(options):
    full = {**options, "columns": ["setting", "male"]}
    none = imputed_model.completed(full, imputations=2, iterations=2, seed=1)
    assert none == NotFitted(imputed_model.NONE)
    assert imputed_model.missing(full, level=0.95).attrs["answer"].startswith("Every")
    for made in (
        imputed_model.beside(none, full, level=0.95), imputed_model.settled(none),
        imputed_model.traces(none),
    ):  # fmt: skip
        assert made.attrs["reason"] == imputed_model.NONE
    assert imputed_model.missing({}, level=0.95).attrs["reason"].startswith("The plan imputes")
    shifted = imputed_model.shifted(
        full, COMPARED, column="male", shifts=[0.0], imputations=2, iterations=2, seed=1, level=0.9
    )
    assert shifted.attrs["reason"] == imputed_model.NONE
