"""Change between two periods, against published, closed and independently computed numbers."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from helpers.methods import many_changes, two_periods
from helpers.methods.change import ratio_of_proportions


def two(earlier, later, **more):
    (b, m), (a, n) = earlier, later
    held = {"earlier_numerator": [b], "earlier_denominator": [m], "numerator": [a],
            "denominator": [n], "compared": [True]}  # fmt: skip
    return pd.DataFrame({**held, **more})


def test_a_difference_of_shares_has_newcombes_limits():
    """Newcombe 1998, Stat Med 17:873, table II, contrast (a), method 10."""
    row = two_periods.shares(two((48, 80), (56, 70))).iloc[0]
    assert (row["value"], row["low"], row["high"]) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert (row["earlier_share"], row["later_share"]) == (0.6, 0.8)


@pytest.mark.parametrize(
    ("earlier", "later"), [((48, 80), (56, 70)), ((5, 50), (1, 60)), ((396, 2652), (440, 2674))]
)
def test_the_p_value_is_that_of_pearsons_chi_squared_without_correction(earlier, later):
    """Against `scipy.stats.chi2_contingency`."""
    (b, m), (a, n) = earlier, later
    expected = stats.chi2_contingency([[a, n - a], [b, m - b]], correction=False).pvalue
    found = two_periods.shares(two(earlier, later))
    assert found["p_value"].iloc[0] == pytest.approx(expected, rel=1e-9)


@given(st.integers(1, 60), st.integers(1, 60), st.integers(1, 60), st.integers(1, 60))
def test_the_p_value_and_koopmans_limits_agree_whether_there_is_a_difference(b, more_b, a, more_a):
    m, n = b + more_b, a + more_a
    row = two_periods.shares(two((b, m), (a, n))).iloc[0]
    _, low, high = ratio_of_proportions(a, n, b, m)
    inside = bool(low < 1 < high)
    assert abs(row["p_value"] - 0.05) < 1e-6 or inside == bool(row["p_value"] > 0.05)


def test_a_share_across_a_declared_change_has_both_shares_and_no_difference():
    rows = pd.concat([two((48, 80), (56, 70)), two((48, 80), (56, 70), compared=[False])])
    found = two_periods.shares(rows.reset_index(drop=True))
    hidden = found.iloc[1]
    assert (hidden["earlier_share"], hidden["later_share"]) == (0.6, 0.8)
    assert hidden[["value", "low", "high", "ratio", "p_value", "adjusted_p"]].isna().all()
    assert found["looked_at"].tolist() == [1, 1]  # it was not looked at, so it is not counted


def test_shares_that_are_all_or_nothing_in_both_do_not_differ():
    found = two_periods.shares(pd.concat([two((3, 3), (5, 5)), two((0, 3), (0, 5))]))
    assert found["p_value"].tolist() == [1.0, 1.0]


def test_a_count_is_held_against_the_days_of_its_period():
    """With n events in all, the later ones are binomial; twice the days, half the chance of one."""
    frame = pd.DataFrame({"earlier_numerator": [30], "earlier_days": [365], "numerator": [80],
                          "days": [730], "compared": [True]})  # fmt: skip
    row = two_periods.counts(frame).iloc[0]
    assert row["value"] == pytest.approx(80 / 730 / (30 / 365))
    law = stats.binom(110, 730 / 1095)
    tail = min(law.sf(80) + law.pmf(80) / 2, law.cdf(79) + law.pmf(80) / 2)
    assert row["p_value"] == pytest.approx(min(1, 2 * tail), rel=1e-9)


def times(seed=1, n=60):
    """Waits of two periods with some still open, drawn with a seed."""
    rng = np.random.default_rng(seed)
    return pd.concat(
        [
            pd.DataFrame({"label": "wait", "when": name, "days": rng.exponential(scale, n).round(),
                          "observed": rng.random(n) < 0.8})
            for name, scale in (("earlier", 30), ("later", 45))
        ],
        ignore_index=True,
    )  # fmt: skip


def test_medians_stand_with_the_log_rank_test_of_another_library():
    """The p value against `scipy.stats.logrank`."""
    frame = times()
    held = [
        stats.CensoredData.right_censored(mine["days"], ~mine["observed"])
        for _, mine in frame.groupby("when", sort=False)
    ]
    row = two_periods.medians(frame, by=["label"]).iloc[0]
    assert row["p_value"] == pytest.approx(stats.logrank(*held).pvalue, rel=1e-6)
    assert row["value"] == row["later_value"] - row["earlier_value"]


def test_the_limits_of_a_difference_of_medians_are_mover():
    row = two_periods.medians(times(), by=["label"]).iloc[0]
    down = np.hypot(
        row["later_value"] - row["later_low"], row["earlier_high"] - row["earlier_value"]
    )
    up = np.hypot(row["later_high"] - row["later_value"], row["earlier_value"] - row["earlier_low"])
    assert (row["low"], row["high"]) == pytest.approx((row["value"] - down, row["value"] + up))


def test_a_stretch_of_one_period_only_is_not_compared():
    frame = times()
    frame.loc[frame["when"].eq("later"), "label"] = "another"
    assert two_periods.medians(frame, by=["label"]).empty


def test_standardised_rates_differ_as_their_variances_say():
    """Two independent rates: z is their difference over the root of the sum of the variances."""
    frame = pd.DataFrame({"when": ["earlier", "later"], "value": [4.0, 6.0], "crude": [4.1, 6.2],
                          "low": [3.0, 5.0], "high": [5.0, 7.0], "variance": [0.26, 0.30],
                          "numerator": [40, 60], "denominator": [10.0, 10.0], "per": 1.0,
                          "level": 0.95, "method": "m"})  # fmt: skip
    row = two_periods.rates(frame).iloc[0]
    assert row["p_value"] == pytest.approx(2 * stats.norm.sf(2 / np.sqrt(0.56)))
    assert (row["earlier_crude"], row["later_crude"]) == (4.1, 6.2)


def test_p_values_are_adjusted_by_holms_method_over_those_that_are_known():
    """Holm 1979: the smallest times three, the next times two, never falling."""
    frame = pd.DataFrame({"p_value": [0.02, np.nan, 0.01, 0.03]})
    found = many_changes.adjusted(frame)
    assert found["adjusted_p"].tolist()[0::2] == pytest.approx([0.04, 0.03])
    assert found["adjusted_p"].iloc[3] == pytest.approx(0.04)
    assert found["looked_at"].unique().tolist() == [3]


def test_what_remains_is_counted_over_all_tables_together():
    """0.012 remains among three, 0.02 would have by itself: Holm asks for 0.05 / 2."""
    one, other = (pd.DataFrame({"p_value": held}) for held in ([0.012, 0.5], [0.03]))
    found = many_changes.looked_at({"Shares": one, "Times": other}).set_index("what")
    assert found["numerator"].to_dict() == {"Shares": 1, "Times": 0, "All together": 1}
    assert found.loc["All together", "by_chance"] == pytest.approx(0.15)


def test_no_tables_with_p_values_leave_nothing_to_say():
    assert many_changes.looked_at({"Shares": pd.DataFrame({"p_value": []})}).empty
