"""A category recorded wrongly: published bias analyses, closed forms and laws."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.exhibits import wording
from helpers.methods.misclassified import (
    Beta,
    Fixed,
    Trapezoidal,
    bias_analysis,
    corrected,
    corrected_comparison,
    reading,
)
from helpers.methods.proportions import wilson

rates = st.floats(0.6, 1.0)
counts = st.integers(20, 500).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))


def table(x1, n1, x0, n0):
    return pd.DataFrame({"group": ["one", "other"], "numerator": [x1, x0], "denominator": [n1, n0]})


def compared(frame, **options):
    return corrected_comparison(frame, group="group", reference="other", **options).iloc[0]


def drawn(frame, **options):
    return bias_analysis(frame, group="group", reference="other", **{"seed": 1} | options)


# ---- Known rates --------------------------------------------------------------------------------

# Lash, Fox and Fink (2009), chapter 6: smoking in pregnancy and breast cancer (Fink and Lash 2003),
# sensitivity 0.78, specificity 0.99; the characteristic was recorded wrongly, so that the outcomes
# are the groups. Myocardial infarction as cause of death of men and women, sensitivity 0.53,
# specificity 0.99: the outcome was. Chu and others (2006) Ann Epidemiol 16:834: smoking and
# pneumococcal disease, 5.02 (3.28 to 7.69). Digits: tests of the R package episensr 1.3.
SMOKING = table(215, 215 + 1449, 668, 668 + 4296)
INFARCTION = table(4558, 4558 + 46305, 3428, 3428 + 46085)
PNEUMOCOCCAL = table(126, 126 + 92, 71, 71 + 224)


def test_smoking_in_pregnancy_is_corrected_as_published():
    found = compared(SMOKING, sensitivity=0.78, specificity=0.99)
    before = [found["recorded"], found["recorded_low"], found["recorded_high"]]
    assert_allclose(before, [0.9542, 0.8093, 1.1252], atol=1e-4)
    after = [found["value"], found["low"], found["high"]]
    assert_allclose(after, [0.9491, 0.7896, 1.1408], atol=1e-4)


def test_smoking_and_pneumococcal_disease_is_corrected_as_published():
    found = compared(PNEUMOCOCCAL, sensitivity=0.94, specificity=0.97)
    after = [found["value"], found["low"], found["high"]]
    assert_allclose(after, [5.0245, 3.2825, 7.6909], atol=1e-4)


@pytest.mark.parametrize(
    ("measure", "recorded", "value"),
    [
        ("risk_ratio", [1.2944, 1.2404, 1.3506], 1.3440),
        ("odds_ratio", [1.3233, 1.2636, 1.3858], 1.4062),
    ],
)
def test_an_outcome_recorded_wrongly_is_corrected_as_published(measure, recorded, value):
    found = compared(INFARCTION, sensitivity=0.53, specificity=0.99, measure=measure)
    before = [found["recorded"], found["recorded_low"], found["recorded_high"]]
    assert_allclose(before, recorded, atol=1e-4)
    assert found["value"] == pytest.approx(value, abs=1e-4)


def test_errors_that_differ_by_group_are_corrected_as_published():
    """episensr 1.3: sensitivity 0.13 and 0.78, specificity 0.91 and 1 give 237.0529."""
    found = compared(
        SMOKING,
        sensitivity={"one": 0.13, "other": 0.78},
        specificity={"one": 0.91, "other": 1.0},
    )
    assert found["value"] == pytest.approx(237.0529, abs=1e-4)


def test_the_share_is_that_of_rogan_and_gladen():
    """By hand: (30/100 + 0.9 - 1) / (0.8 + 0.9 - 1) = 0.2 / 0.7."""
    frame = pd.DataFrame({"numerator": [30], "denominator": [100]})
    found = corrected(frame, sensitivity=0.8, specificity=0.9).iloc[0]
    assert found["value"] == pytest.approx(2 / 7)
    assert found["corrected_numerator"] == pytest.approx(200 / 7)
    # Of 30 recorded, 0.8 x 28.571 are right; of 70 not recorded, 0.9 x 71.429.
    assert found["right_if_in"] == pytest.approx(0.8 * 200 / 7 / 30)
    assert found["right_if_out"] == pytest.approx(0.9 * 500 / 7 / 70)


@given(counts, counts, st.sampled_from(["odds_ratio", "risk_ratio", "risk_difference"]))
def test_without_errors_the_crude_estimate_is_left(one, other, measure):
    frame = table(*one, *other)
    found = compared(frame, sensitivity=1.0, specificity=1.0, measure=measure)
    for name, crude in (("value", "recorded"), ("low", "recorded_low"), ("high", "recorded_high")):
        assert_allclose(found[name], found[crude], rtol=1e-12)
    share = corrected(frame, sensitivity=1, specificity=1)
    assert_allclose(share["value"], share["recorded"], rtol=1e-12)
    low, high = wilson(frame["numerator"], frame["denominator"])
    assert_allclose(share["low"], low, atol=1e-12)
    assert_allclose(share["high"], high, atol=1e-12)


@given(counts, rates, rates)
def test_corrected_cells_add_up_to_the_total(pair, sensitivity, specificity):
    frame = pd.DataFrame({"numerator": [pair[0]], "denominator": [pair[1]]})
    found = corrected(frame, sensitivity=sensitivity, specificity=specificity).iloc[0]
    assert_allclose(found["corrected_numerator"] + found["corrected_rest"], pair[1], rtol=1e-9)
    possible = min(found["corrected_numerator"], found["corrected_rest"]) >= 0
    assert (found["note"] == "") == possible
    assert np.isfinite(found["value"]) == possible


@given(counts, rates, rates)
def test_errors_put_back_give_the_record(pair, sensitivity, specificity):
    """Expected records of the corrected share are those that were there."""
    frame = pd.DataFrame({"numerator": [pair[0]], "denominator": [pair[1]]})
    found = corrected(frame, sensitivity=sensitivity, specificity=specificity).iloc[0]
    inside, rest = found["corrected_numerator"], found["corrected_rest"]
    assert_allclose(sensitivity * inside + (1 - specificity) * rest, pair[0], atol=1e-7)


def test_an_impossible_share_is_shown_with_its_reason_and_has_no_value():
    frame = pd.DataFrame({"group": ["a", "b", "c"], "numerator": [2, 95, 5]})
    found = corrected(frame.assign(denominator=100), sensitivity=0.9, specificity=0.95)
    assert found["value"].isna().tolist() == [True, True, False]
    assert found["corrected_numerator"].round(2).tolist() == [-3.53, 105.88, 0.0]
    assert found.loc[0, "note"] == (
        "impossible: 0.02 were recorded, fewer than the 0.05 that such errors alone would give"
    )
    assert "more than the 0.9 that could be" in found.loc[1, "note"]
    other = corrected_comparison(
        frame.assign(denominator=100), group="group", reference="a", sensitivity=0.9,
        specificity=0.95,
    )  # fmt: skip
    assert other["value"].isna().all()
    assert other["note"].str.contains("impossible").all()


def test_none_all_empty_and_missing_counts():
    frame = pd.DataFrame({"numerator": [0, 10, 0, None], "denominator": [10, 10, 0, 5]})
    found = corrected(frame, sensitivity=1.0, specificity=1.0)
    assert found["value"].tolist()[:2] == [0.0, 1.0]
    assert found["value"].isna().tolist() == [False, False, True, True]
    ratio = compared(table(0, 10, 5, 10), sensitivity=1.0, specificity=1.0)
    assert np.isnan(ratio["value"])
    assert corrected(frame.iloc[:0], sensitivity=1, specificity=1).empty


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"sensitivity": 0.4, "specificity": 0.6}, "Rows 0, 1: sensitivity and specificity"),
        (
            {"sensitivity": 1.2, "specificity": 0.6},
            "The sensitivity must be a number between 0 and 1.*got 1.2",
        ),
        ({"sensitivity": Beta(9, 1)}, "must be a known number here"),
        ({"sensitivity": {"one": 0.9}}, "declared by group, but not for 'other'"),
        ({"sensitivity": "high"}, "must be a number between 0 and 1, Beta"),
        ({"reference": "none"}, "The reference 'none' is not among"),
        ({"measure": "rate"}, "measure must be one of"),
        ({"group": "trust"}, "Missing column 'trust'"),
    ],
)
def test_what_cannot_be_corrected_is_refused(options, sentence):
    given = {"sensitivity": 0.9, "specificity": 0.9, "group": "group", "reference": "other"}
    with pytest.raises(ValueError, match=sentence):
        corrected_comparison(table(5, 10, 5, 10), **given | options)


def test_a_group_that_occurs_twice_is_refused():
    twice = pd.concat([table(5, 10, 5, 10)] * 2, ignore_index=True)
    with pytest.raises(ValueError, match="the group of 'group' occurs twice"):
        compared(twice, sensitivity=0.9, specificity=0.9)
    with pytest.raises(ValueError, match="the group of 'group' occurs twice"):
        drawn(twice, sensitivity=0.9, specificity=0.9)


# ---- Distributions ------------------------------------------------------------------------------


@given(st.lists(st.floats(0, 1), min_size=4, max_size=4), st.floats(0, 1))
def test_the_trapezoid_holds_the_share_below_its_quantile(ends, share):
    """Its cumulative distribution, integrated piece by piece, gives the share back."""
    a, b, c, d = sorted(ends)
    if d - a < 1e-3:
        return
    x = float(Trapezoidal(a, b, c, d).quantile(share))
    height = 2 / (d + c - a - b)
    area = height * max(min(x, c) - b, 0)
    if b > a:
        area += height * (min(x, b) - a) ** 2 / (2 * (b - a))
    if x > c and d > c:
        area += height * ((d - c) ** 2 - (d - x) ** 2) / (2 * (d - c))
    assert_allclose(area, share, atol=1e-6)


def test_beta_quantiles_are_those_of_the_closed_form():
    """Of Beta(1, b): 1 - (1 - u)^(1/b)."""
    shares = np.linspace(0.01, 0.99, 9)
    assert_allclose(Beta(1, 4).quantile(shares), 1 - (1 - shares) ** 0.25, rtol=1e-10)
    assert Beta.of_check(24, 2) == Beta(25, 3)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Beta(0, 1), "needs two numbers above 0"),
        (lambda: Beta.of_check(-1, 2), "cannot be negative"),
        (lambda: Trapezoidal(0.9, 0.8, 0.95, 1), "must ascend between 0 and 1"),
        (lambda: Trapezoidal(0.9, 0.9, 0.9, 0.9), "for a known rate use Fixed"),
        (lambda: Fixed(-0.1), "A rate lies between 0 and 1"),
    ],
)
def test_what_is_no_distribution_is_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_rates_of_groups_are_correlated_as_declared():
    both = {"one": Beta(20, 5), "other": Beta(20, 5)}
    for correlation in (0.0, 0.8, 1.0):
        found = drawn(
            table(50, 100, 50, 100), sensitivity=both, specificity=1.0, correlation=correlation
        )
        wide = found.draws.pivot_table(index="draw", columns="group", values="sensitivity")
        ranks = wide.rank().corr().iloc[0, 1]
        # Spearman's correlation of a Gaussian copula: 6 / pi arcsin(rho / 2).
        assert ranks == pytest.approx(6 / np.pi * np.arcsin(correlation / 2), abs=0.03)
    shared = drawn(table(50, 100, 50, 100), sensitivity=Beta(20, 5), specificity=1.0).draws
    assert shared.groupby("draw")["sensitivity"].nunique().eq(1).all()


# ---- Probabilistic ------------------------------------------------------------------------------

# Fox, MacLehose and Lash (2023) Int J Epidemiol 52:1624, as reproduced with 1,000,000 and 100,000
# draws in the tests of episensr 1.3; Fox, MacLehose and Lash (2021) Applying Quantitative Bias
# Analysis, 2nd edition, chapter 8 (smoking in pregnancy). Odds ratios: median and 95% limits.
PUBLISHED = {
    "characteristic by outcome": (
        table(40, 60, 60, 140),
        {"one": Beta(25, 3), "other": Beta(45, 7)},
        {"one": Trapezoidal(0.9, 0.93, 0.97, 1), "other": Trapezoidal(0.8, 0.83, 0.87, 0.9)},
        [4.1753, 3.3127, 8.5107],
        [4.3618, 1.8721, 14.8008],
    ),
    "outcome by characteristic": (
        table(40, 100, 20, 100),
        {"one": Beta(254, 24), "other": Trapezoidal(0.94, 0.96, 0.98, 1)},
        {"one": Beta(450, 67), "other": Trapezoidal(0.9, 0.92, 0.93, 0.95)},
        [3.2446, 2.9278, 3.6446],
        [3.2929, 1.3890, 8.7248],
    ),
    "smoking in pregnancy": (
        SMOKING,
        Beta(50.6, 14.3),
        Beta(70, 1),
        [0.9490, 0.9278, 0.9525],
        [0.9472, 0.7796, 1.1402],
    ),
}


@pytest.mark.parametrize("case", PUBLISHED.values(), ids=list(PUBLISHED))
def test_records_put_right_at_random_give_published_bias_analyses(case):
    frame, sensitivity, specificity, errors, both = case
    found = drawn(
        frame, sensitivity=sensitivity, specificity=specificity, chance="records", draws=100_000
    )
    last = found.comparisons.iloc[2]
    assert_allclose(last[["value", "low", "high"]].astype(float), both, rtol=0.015)
    # Published limits of errors alone are over draws that survive the step with chance as well.
    share, after = (
        found.draws[name].to_numpy().reshape(-1, 2) for name in ("errors", "errors_and_chance")
    )
    share = share[np.isfinite(after).all(axis=1)]
    odds = share / (1 - share)
    ratio = odds[:, 0] / odds[:, 1]
    assert_allclose(np.quantile(ratio, [0.5, 0.025, 0.975]), errors, rtol=0.015)


def test_without_errors_both_ways_of_chance_give_the_conventional_interval():
    """Quantiles of 100,000 draws beside the normal limits on the log scale."""
    frame = table(400, 1000, 300, 1000)
    for chance in ("shares", "records"):
        found = drawn(frame, sensitivity=1, specificity=1, chance=chance, draws=100_000)
        crude, errors, both = (row for _, row in found.comparisons.iterrows())
        assert errors["value"] == errors["low"] == errors["high"]
        assert errors["value"] == pytest.approx(crude["value"], rel=1e-12)
        widths = [np.log(row["high"] / row["low"]) for row in (crude, both)]
        # Putting right records that are right adds the Beta draw but changes nothing.
        assert widths[1] == pytest.approx(widths[0], rel=0.02)
        assert both["impossible"] == 0


def test_known_rates_give_draws_of_shares_the_interval_of_the_delta_method():
    """Chu and others' 3.28 to 7.69, by another route."""
    found = drawn(PNEUMOCOCCAL, sensitivity=0.94, specificity=0.97, draws=100_000).comparisons
    assert found.loc[1, "value"] == pytest.approx(5.0245, abs=1e-4)
    assert_allclose(found.loc[2, ["low", "high"]].astype(float), [3.28, 7.69], rtol=0.02)


def test_shares_hold_the_truth_in_95_of_100_tables_where_records_do_not():
    """Of 500 people 40% are in the category; sensitivity 0.5, specificity 0.9; 500 such tables."""
    recorded = np.random.default_rng(11).binomial(500, 0.5 * 0.4 + 0.1 * 0.6, size=500)
    frame = pd.DataFrame({"group": np.arange(500), "numerator": recorded, "denominator": 500})
    held = {}
    for chance in ("shares", "records"):
        found = bias_analysis(
            frame, group="group", sensitivity=0.5, specificity=0.9, chance=chance, draws=400,
            seed=1,
        ).shares  # fmt: skip
        last = found[found["estimate"].eq("allowing for errors and chance")]
        held[chance] = (last["low"].le(0.4) & last["high"].ge(0.4)).mean()
    # Binomial 99% limits of 500 tables about 0.95: 0.92 to 0.974.
    assert 0.92 <= held["shares"] <= 0.974
    assert held["records"] < 0.9


def test_the_seed_fixes_the_draws_and_the_frame_is_not_changed():
    frame = table(40, 100, 20, 100)
    before = frame.copy()
    options = {"sensitivity": Beta(45, 5), "specificity": 0.95}
    one, same, other = (drawn(frame, seed=seed, **options) for seed in (1, 1, 2))
    pd.testing.assert_frame_equal(one.draws, same.draws)
    assert not one.draws["errors"].equals(other.draws["errors"])
    pd.testing.assert_frame_equal(frame, before)


def test_impossible_draws_are_counted_and_named_never_dropped_in_silence():
    """Of uniform specificities from 0.9 to 1 about half expect more than the 5 in 100 recorded."""
    found = drawn(
        table(5, 100, 40, 100), sensitivity=0.9, specificity=Trapezoidal(0.9, 0.9, 1.0, 1.0)
    )
    reasons = found.impossible.set_index(["group", "reason"])["share"]
    few = "fewer recorded than such errors alone would give"
    assert reasons["one", few] == pytest.approx(0.5, abs=0.02)
    assert reasons["other"].sum() == 0
    errors = found.draws[found.draws["group"].eq("one")]["errors"]
    row = found.comparisons.iloc[1]
    assert row["impossible"] == errors.isna().sum() > 0
    assert row["share_impossible"] == row["impossible"] / row["draws"]
    # Chance can make further draws impossible, never fewer.
    assert found.comparisons.loc[2, "impossible"] >= row["impossible"]
    (said,) = reading(found.comparisons)
    assert "draws of the rates of error could not have given these records" in said


def test_rates_that_no_draw_can_meet_give_no_value_and_say_so():
    for chance in ("shares", "records"):
        found = drawn(table(1, 100, 50, 100), sensitivity=0.9, specificity=0.8, chance=chance)
        assert found.comparisons["value"].isna().tolist() == [False, True, True]
        assert found.comparisons["share_impossible"].tolist() == [0.0, 1.0, 1.0]
        assert "no estimate" in reading(found.comparisons)[0]


def test_a_useless_record_is_impossible_as_such():
    found = drawn(table(40, 100, 50, 100), sensitivity=0.4, specificity=0.5)
    reasons = found.impossible.groupby("reason")["share"].max()
    assert reasons["sensitivity and specificity together not above 1"] == 1.0
    assert reasons.drop("sensitivity and specificity together not above 1").eq(0).all()


def test_shares_alone_are_given_without_a_reference_and_none_or_all_recorded_are_no_error():
    frame = pd.DataFrame({"group": ["a", "b"], "numerator": [0, 10], "denominator": [10, 10]})
    found = bias_analysis(frame, group="group", sensitivity=0.9, specificity=1.0, seed=1)
    assert found.comparisons.empty
    shares = found.shares.set_index(["group", "estimate"])
    assert shares.loc[("a", "allowing for errors in the record"), "value"] == 0.0
    # All of b were recorded, which sensitivity 0.9 makes impossible.
    assert np.isnan(shares.loc[("b", "allowing for errors in the record"), "value"])
    assert set(shares["draws"]) == {0, 10_000}


@pytest.mark.parametrize(
    ("frame", "options", "sentence"),
    [
        ({"numerator": [5.5, 5]}, {}, "Row 0: a count is not a whole number"),
        ({"numerator": [None, 5]}, {}, "Row 0: a count is missing"),
        ({"numerator": [0, 5], "denominator": [0, 9]}, {}, "Row 0: the group has no records"),
        ({"numerator": [50, 5]}, {}, "Row 0: the numerator is greater"),
        ({}, {"draws": 10}, "10 draws are too few"),
        ({}, {"correlation": 1.5}, "The correlation between groups"),
        ({}, {"chance": "none"}, "chance must be one of"),
        ({}, {"reference": "none"}, "The reference 'none' is not among"),
        ({}, {"specificity": {"one": 0.9}}, "The specificity is declared by group, but not for"),
    ],
)
def test_what_cannot_be_analysed_is_refused(frame, options, sentence):
    rows = table(5, 10, 5, 10).assign(**frame)
    given = {"group": "group", "reference": "other", "sensitivity": 0.9, "specificity": 0.9}
    with pytest.raises(ValueError, match=sentence):
        bias_analysis(rows, **given | {"seed": 1} | options)
    with pytest.raises(ValueError, match="There are no groups"):
        bias_analysis(rows.iloc[:0], group="group", sensitivity=1, specificity=1, seed=1)


def test_the_reading_passes_the_rules_of_wording_and_gives_the_numbers():
    found = drawn(table(40, 100, 20, 100), sensitivity=Beta(45, 5), specificity=0.98, draws=2000)
    (said,) = reading(found.comparisons)
    assert said.startswith(
        "one: as recorded 2.67 (1.42 to 5.02); allowing for errors in the record"
    )
    assert "all 2,000 draws" in said
    assert wording.faults(said) == []
    assert len(reading(found.shares)) == 2
