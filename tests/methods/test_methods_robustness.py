"""One comparison made again in other ways: each against the method it rests on."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from helpers.methods import model_quality, models, regression, robustness
from helpers.methods.models import NotFitted
from helpers.methods.robustness import Comparison

COMPARED = Comparison("setting", "crisis", "community")


@pytest.fixture
def options(deaths):
    return {
        "frame": deaths.assign(year=deaths["year"].astype(str)), "outcome": "investigated",
        "terms": ["setting", "age", "male"], "cluster": "trust",
    }  # fmt: skip


def test_each_estimator_gives_what_it_gives_alone(options, deaths):
    found = robustness.estimators(options, COMPARED, level=0.95, replicates=50, seed=3)
    found = found.set_index("estimator")
    assert found["reason"].eq("").all()
    plain = regression.logistic(deaths, outcome="investigated", terms=options["terms"])
    expected = plain.coefficients.set_index("level_name").loc["crisis"]
    row = found.loc["maximum likelihood, clusters not allowed for"]
    assert_allclose(
        row[["value", "low", "high"]].astype(float),
        expected[["odds_ratio", "low", "high"]].astype(float),
    )  # noqa: E501
    cr1, cr2 = (found.loc[f"maximum likelihood, clusters by {kind}"] for kind in ("CR1", "CR2"))
    assert cr1["value"] == pytest.approx(cr2["value"])
    assert cr1["df"] == 13
    assert cr2["high"] > cr1["high"] > cr1["value"]
    assert found.loc["random intercept of each cluster", "compares"] == "records of one cluster"
    assert (found["low"] < found["value"]).all()
    assert (found["value"] < found["high"]).all()


def test_a_comparison_with_another_level_than_the_reference(options):
    other = Comparison("setting", "crisis", "inpatient")
    found = robustness.estimators(options, other, level=0.95, replicates=50, seed=3)
    found = found.set_index("estimator")
    head = found.loc["the model of the notebook before", "value"]
    assert found.loc["maximum likelihood, clusters by CR1", "value"] == pytest.approx(head)
    averaged = found.loc["estimating equations, equal correlation in clusters", "value"]
    assert averaged == pytest.approx(head, rel=0.15)
    assert "not the reference" in found.loc["clusters resampled", "reason"]


@pytest.mark.parametrize(
    ("compared", "sentence"),
    [
        (None, "The plan names no comparison"),
        (Comparison("setting", "prison", "community"), "setting: prison against community is not"),
        (Comparison("ward", "a", "b"), "ward: a against b is not in the model"),
    ],
)
def test_a_comparison_that_is_not_there_gives_a_reason(options, compared, sentence):
    made = robustness.estimators(options, compared, level=0.95, replicates=50, seed=1)
    assert made.attrs["reason"].startswith(sentence)
    left = robustness.left_out(options, compared, by=["year"], level=0.95)
    assert left.attrs["reason"].startswith(sentence)


def test_every_combination_is_run_and_the_headline_is_the_model(options):
    sets = {"setting": ["setting"], "all": options["terms"]}
    every = robustness.specification(
        {"seen": options}, sets, COMPARED, headline=("seen", "all"), level=0.95
    )
    assert len(every) == 1 * 2 * 3
    head = every[every["headline"]].iloc[0]
    fit = models.fit(**options, level=0.95)
    odds = models.coefficients(fit).set_index("name").loc["setting crisis"]
    assert_allclose([head["value"], head["low"]], [odds["odds_ratio"], odds["low"]])
    agreed = robustness.agreement(every)
    made = robustness.ranged(agreed, COMPARED).iloc[0]
    assert made["least"] == every["value"].min()
    assert made["words"] == "setting: crisis against community"
    assert made["denominator"] == 700


@pytest.mark.slow
def test_within_subgroups_one_interaction_is_fitted_and_tested(options, deaths):
    import statsmodels.formula.api as smf

    plain = {**options, "cluster": "single", "frame": options["frame"].assign(single=range(700))}
    made = robustness.subgroups(plain, COMPARED, by=["male"], level=0.95)
    peer = smf.logit("investigated ~ setting * male + age", deaths).fit(disp=0, tol=1e-10)
    within = [peer.params["setting[T.crisis]"]]
    within.append(within[0] + peer.params["setting[T.crisis]:male"])
    assert_allclose(np.log(made["value"]), within, rtol=1e-6)
    assert made["level_name"].tolist() == ["0", "1"]
    crisis = deaths[deaths["setting"].eq("crisis")].groupby("male")["investigated"]
    assert made["numerator"].tolist() == crisis.sum().tolist()
    assert made["denominator"].tolist() == crisis.size().tolist()
    assert len(set(made["adjusted_p"])) == 1
    none = robustness.subgroups(options, COMPARED, by=[], level=0.95)
    assert none.attrs["reason"] == "The plan names no subgroups."


def test_what_is_left_out_is_refitted_without_it(options):
    made = robustness.left_out(options, COMPARED, by=["year", "trust"], level=0.95)
    assert made["headline"].sum() == 1
    frame = options["frame"]
    expected = models.fit(**{**options, "frame": frame[frame["year"].ne("2015")]}, level=0.95)
    expected = models.coefficients(expected).set_index("name").loc["setting crisis", "odds_ratio"]
    row = made[made["left_out"].eq("2015")].iloc[0]
    assert row["value"] == pytest.approx(expected)
    assert len(made) == 1 + frame["year"].nunique() + frame["trust"].nunique()
    none = robustness.left_out(options, COMPARED, by=[], level=0.95)
    assert none.attrs["reason"] == "The plan leaves nothing out."
    one = {**options, "frame": frame.assign(ward="A")}
    beside = robustness.left_out(one, COMPARED, by=["ward", "year"], level=0.95)
    assert set(beside["by"]) == {"year"}, "a single ward cannot be left out"
    alone = robustness.left_out(one, COMPARED, by=["ward"], level=0.95)
    assert alone.empty
    assert alone.attrs["reason"] == "All records are of one ward."


def test_clusters_that_move_the_comparison_are_near_their_refits(options):
    fit = models.fit(**options, level=0.95)
    names = dict(enumerate(options["frame"]["trust"].drop_duplicates()))
    made = robustness.moved(fit, COMPARED, names=names, least=0.0)
    left = robustness.left_out(options, COMPARED, by=["trust"], level=0.95).set_index("left_out")
    assert made["left_out"].tolist() == sorted(names.values())
    assert_allclose(
        np.log(made["odds_ratio_without"]), np.log(left.loc[made["left_out"], "value"]), atol=0.03
    )
    assert robustness.moved(fit, COMPARED, names=names, least=99).attrs["answer"].startswith("No")


def test_records_that_are_all_right_change_nothing(options):
    same = robustness.misclassified(
        options, COMPARED, sensitivity=(1.0, 1.0), specificity=(1.0, 1.0), seed=1, level=0.95,
        draws=200,
    ).set_index("estimate")  # fmt: skip
    crude = regression.logistic(options["frame"], outcome="investigated", terms=["setting"])
    odds = crude.coefficients.set_index("level_name").loc["crisis", "odds_ratio"]
    assert same.loc["as recorded", "value"] == pytest.approx(odds)
    assert same.loc["allowing for errors in the record", "value"] == pytest.approx(odds)


def test_a_comparison_of_nothing_is_none():
    assert robustness.comparison() is None
    assert robustness.comparison("a", "b", "c") == Comparison("a", "b", "c")


# ---- Fit ----------------------------------------------------------------------------------------


def test_the_quality_of_a_model_agrees_with_reference_24(reference):
    """expected.json of the comparison: AUC 0.673478509174881 without clusters."""
    rows = reference("24_logistic", "input")
    fit = models.fit(rows, outcome="investigated", terms=["age", "male", "setting", "year"])
    made = model_quality.measures(fit, level=0.95)
    assert made["records"].unique().tolist() == ["records fitted to"]
    assert_allclose(made.loc[0, "value"], 0.673478509174881, rtol=1e-9)


def test_clusters_not_seen_are_shown_beside_the_records_fitted_to(options):
    fit = models.fit(**options, level=0.95)
    groups = model_quality.calibration(fit, level=0.95)
    assert groups.groupby("records")["denominator"].sum().eq(700).all()
    assert groups.groupby("records")["numerator"].sum().eq(309).all()
    measures = model_quality.measures(fit, level=0.95).set_index(["records", "what"])["value"]
    seen, unseen = (
        measures[name, "area under the curve"]
        for name in ("records fitted to", "clusters not seen")
    )
    assert unseen < seen
    said = model_quality.said(fit, level=0.95, outcome="investigated")["answer"]
    assert said[0].startswith("Of 700 records 309 (44.1%) were investigated")


def test_a_model_that_was_not_fitted_says_why():
    none = NotFitted("No model: too few.")
    for made in (
        model_quality.calibration(none, level=0.9), model_quality.measures(none, level=0.9),
        model_quality.said(none, level=0.9, outcome="seen"),
        robustness.moved(none, COMPARED, names={}),
    ):  # fmt: skip
        assert made.attrs["reason"] == none.reason
    assert robustness.unmeasured(none, names=["a"]).attrs["reason"] == none.reason


def test_whether_an_outcome_is_common_follows_from_the_records(options):
    """E-value of an odds ratio: of its square root where 15 in 100 or more have the outcome."""
    fit = models.fit(**options, level=0.95)
    odds = models.coefficients(fit).set_index("name").loc["setting crisis", "odds_ratio"]
    row = robustness.unmeasured(fit, names=["setting crisis"]).iloc[0]
    root = np.sqrt(odds)
    assert row["e_value"] == pytest.approx(root + np.sqrt(root * (root - 1)))
    rare = options["frame"].assign(n=range(700))
    rare = rare[rare["investigated"].eq(0) | rare["n"].mod(6).eq(0)]
    fit = models.fit(**{**options, "frame": rare, "events_per_parameter": 1}, level=0.95)
    assert fit.events / fit.n < 0.15
    odds = models.coefficients(fit).set_index("name").loc["setting inpatient", "odds_ratio"]
    row = robustness.unmeasured(fit, names=["setting inpatient"]).iloc[0]
    assert odds > 1
    assert row["e_value"] == pytest.approx(odds + np.sqrt(odds * (odds - 1)))
