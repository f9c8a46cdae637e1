"""Models as readers meet them: penalties where events are few, chains, curves, refusals."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose

from helpers.methods import models, regression
from helpers.methods.models import NotFitted


@pytest.fixture
def services():
    """Of 402, 227 and 93 unexpected deaths 241, 27 and 4 were investigated (Mazars 2015)."""
    sizes = {"adult": (241, 402), "older": (27, 227), "ld": (4, 93)}
    parts = [
        pd.DataFrame({"service": name, "seen": [1] * seen + [0] * (many - seen)})
        for name, (seen, many) in sizes.items()
    ]
    rows = pd.concat(parts, ignore_index=True)
    rows["team"] = np.arange(len(rows)) % 12
    rows["male"] = (np.arange(len(rows)) % 5 < 3).astype(int)
    return rows


def test_the_published_chain_reads_60_in_100_and_4_in_100(services):
    """About 60 of 100 such deaths in adult services were investigated, about 4 of 100 in others."""
    fit = models.fit(services, outcome="seen", terms=["service"], cluster="team")
    shares = models.standardised(fit).set_index("level_name")
    assert shares.loc["adult", "value"] == pytest.approx(0.60, abs=0.005)
    assert shares.loc["ld", "value"] == pytest.approx(0.043, abs=0.005)
    assert (shares["low"] < shares["value"]).all()


def test_few_events_in_a_level_bring_the_penalty_and_say_so(services):
    fit = models.fit(services, outcome="seen", terms=["service", "male"])
    assert fit.penalised
    assert fit.scarce == ("service: ld",)
    assert fit.separated == ()
    assert "fewer than 10 with or without the outcome in service: ld" in fit.method
    facts = models.facts(fit).set_index("fact")["answer"]
    assert facts["Too few with or without the outcome"] == "service: ld"
    assert facts["Fewest with or without the outcome in a level"] == "4, in service ld"
    assert facts["Separated"].startswith("nothing")


def test_none_in_a_level_is_separation_and_is_named(services):
    none = services.assign(seen=services["seen"].where(services["service"].ne("ld"), 0))
    fit = models.fit(none, outcome="seen", terms=["service"])
    assert fit.separated == ("service: ld",)
    assert models.facts(fit).set_index("fact").loc["Separated", "answer"] == "service: ld"
    odds = models.coefficients(fit).set_index("name")
    assert 0 <= odds.loc["service ld", "low"] < odds.loc["service ld", "odds_ratio"] < 0.05


def test_beside_clusters_only_the_scarce_level_has_limits_of_the_profile(services):
    odds = models.coefficients(
        models.fit(services, outcome="seen", terms=["service", "male"], cluster="team")
    ).set_index("name")
    assert "clusters not allowed for" in odds.loc["service ld", "method"]
    assert "CR2" in odds.loc["male", "method"]


def test_few_with_the_reference_bring_the_penalty_for_each_level(services):
    order = pd.Categorical(services["service"], ["ld", "adult", "older"])
    fit = models.fit(services.assign(service=order), outcome="seen", terms=["service"])
    assert fit.scarce == ("service: adult", "service: older")


def test_too_few_events_for_the_parameters_give_a_reason_and_empty_tables(services):
    few = services.head(30).assign(seen=[1] * 6 + [0] * 24, age=range(30))
    fit = models.fit(few, outcome="seen", terms=["age"])
    assert isinstance(fit, NotFitted)
    assert fit.reason.startswith("No model: 6 events for 2 parameters")
    spline = models.fit(few, outcome="seen", terms=[regression.Spline("age", 4)])
    assert "6 events for 4 parameters" in spline.reason
    for made in (
        models.coefficients(fit), models.effects(fit), models.standardised(fit),
        models.joint(fit, groups={}), models.contrasts(fit, term="age"),
        models.bootstrap(fit, replicates=50, seed=1),
    ):  # fmt: skip
        assert made.empty
        assert made.attrs["reason"] == fit.reason
    assert models.told({"a": fit})["reason"].tolist() == [fit.reason]


def test_several_models_are_fitted_told_and_read_together(services):
    asked = {
        "all": {"frame": services, "outcome": "seen", "terms": ["service"]},
        "few": {"frame": services.tail(93), "outcome": "seen", "terms": ["male"]},
    }
    fits = models.fit_each(asked, level=0.9)
    told = models.told(fits).set_index("id")
    assert told.loc["all", ["n", "events"]].tolist() == [722, 272]
    assert told.loc["few", "reason"].startswith("No model: 4 events")
    shares = models.standardised_each(fits, terms={"all": "service", "few": "male"})
    assert shares["id"].unique().tolist() == ["all"]
    assert shares["level"].eq(0.9).all()
    assert models.pick(fits, "all") is fits["all"]
    assert "has none" in models.pick(fits, "none").reason
    assert models.standardised_each({"few": fits["few"]}, terms={}).attrs["reason"]


def test_every_two_levels_are_compared_once_and_adjusted_for_their_number(services):
    fit = models.fit(services, outcome="seen", terms=["service"])
    pairs = models.contrasts(fit, term="service")
    assert (pairs["level_name"] + "/" + pairs["against"]).tolist() == [
        "ld/adult", "older/adult", "older/ld",
    ]  # fmt: skip
    ratio = pairs["value"]
    assert_allclose(ratio[1], ratio[0] * ratio[2], rtol=1e-10)
    single = regression.contrast(fit, term="service", level_name="older", against="ld")
    assert pairs.loc[2, "adjusted_p"] >= single.loc[0, "p_value"]
    assert models.contrasts(fit, term="age").attrs["reason"] == "age is not in the model."


def curved(bend):
    """Deaths whose log odds of the outcome bend with age, or do not."""
    random = np.random.default_rng(5)
    age = random.integers(18, 98, 4000).astype(float)
    eta = -0.5 + (age - 60) * 0.01 + bend * ((age - 58) / 20) ** 2
    seen = random.random(4000) < 1 / (1 + np.exp(-eta))
    return pd.DataFrame({"age": age, "seen": seen.astype(int), "team": np.arange(4000) % 20})


def test_a_bend_is_found_where_there_is_one_and_drawn_beside_the_line():
    made = models.curve(
        curved(0.5), outcome="seen", terms=["age"], term="age", knots=4, cluster="team", level=0.95
    )
    test = models.straight(made).iloc[0]
    assert test["p_value"] == 1 / 100_000  # no draw of 99,999 has a statistic as great
    assert test["test"].endswith("; 2 df")
    ends = made.groupby("line")["value"].agg(["first", "last", "min"])
    assert ends.loc["curve", "min"] < ends.loc["curve", ["first", "last"]].min() - 0.05
    # The straight line does not turn back.
    line = made.loc[made["line"].eq("straight line"), "value"]
    assert line.is_monotonic_increasing or line.is_monotonic_decreasing


def test_a_curve_over_a_divided_number_is_read_in_units_of_the_number():
    options = {"outcome": "seen", "terms": ["age"], "term": "age", "knots": 4}
    years = curved(0.5)
    whole = models.curve(years, **options)
    tens = models.curve(years.assign(age=years["age"] / 10), per=10, **options)
    assert_allclose(tens[["x", "value"]], whole[["x", "value"]], rtol=1e-6)


def test_where_there_is_no_bend_the_line_is_enough():
    made = models.curve(curved(0.0), outcome="seen", terms=["age"], term="age", knots=4)
    assert models.straight(made).loc[0, "p_value"] > 0.05
    assert (
        models.curve(curved(0.0), outcome="seen", terms=["age"], term="", knots=4)
        .attrs["reason"]
        .startswith("The plan asks for no curve")
    )


def test_a_control_outcome_is_fitted_by_the_same_terms(services):
    options = {"frame": services, "outcome": "male", "terms": ["service"]}
    made = models.control({"Sex": options}, level=0.95)
    assert made["term"].tolist() == ["service ld", "service older"]
    assert made["value"].between(0.8, 1.25).all()
    few = {**options, "frame": services.tail(12)}
    assert models.control({"Sex": few}, level=0.95).attrs["reason"].startswith("No model")
