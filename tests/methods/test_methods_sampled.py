"""A sample for reviewers, planned and drawn."""

import pandas as pd
import pytest

from helpers.methods import sampled

FRAME = pd.DataFrame(
    {"id": [f"d{at}" for at in range(200)], "stratum": ["A"] * 150 + ["B"] * 47 + ["C"] * 3}
)


def test_groups_are_read_in_proportion_but_two_of_each_at_least():
    made = sampled.allocated(FRAME, size=40).set_index("stratum")
    assert made["sample"].sum() == 40
    assert made.loc["C", "sample"] == 2
    assert made.loc["A", "inclusion_probability"] == pytest.approx(made.loc["A", "sample"] / 150)
    assert made.loc["A", "weight"] == pytest.approx(150 / made.loc["A", "sample"])


def test_a_sample_larger_than_the_frame_is_the_frame():
    assert sampled.allocated(FRAME, size=5_000)["sample"].sum() == 200
    assert set(sampled.drawn(FRAME, size=5_000, seed=1)["id"]) == set(FRAME["id"])
    assert sampled.allocated(FRAME, size=1)["sample"].sum() == 6  # two of each group


def test_the_draw_hangs_on_the_seed_and_not_on_the_order_of_the_rows():
    one = sampled.drawn(FRAME, size=40, seed=7)
    mixed = sampled.drawn(FRAME.sample(frac=1, random_state=3), size=40, seed=7)
    pd.testing.assert_frame_equal(one, mixed)
    assert set(one["id"]) != set(sampled.drawn(FRAME, size=40, seed=8)["id"])
    facts = [sampled.facts(frame, size=40, seed=7)["answer"].tolist()
             for frame in (FRAME, FRAME.iloc[::-1])]  # fmt: skip
    assert facts[0] == facts[1]
    assert facts[0][1] == "40"


def test_narrower_limits_need_more_records():
    made = sampled.precision(FRAME, half_widths=[0.05, 0.1], level=0.95)
    assert made["value"].is_monotonic_decreasing
    # Without the finite population: 1.96^2 / 4 / 0.1^2 = 96; of 200 fewer are needed.
    assert made["value"].iloc[1] < 96
    second = sampled.second_readings(kappas=[0.6], half_widths=[0.1, 0.2], share=0.3, level=0.95)
    assert second["subjects"].is_monotonic_decreasing


# Spearman-Brown: n = wanted (1 - r) / (r (1 - wanted)).
@pytest.mark.parametrize(("single", "needed"), [(0.2, 16), (0.4, 6), (0.5, 4), (0.8, 1)])
def test_reviewers_needed_agree_with_the_closed_form(single, needed):
    made = sampled.reviewers(single=[single], wanted=0.8)
    assert made.loc[0, "reviewers"] == needed
    assert made.loc[0, "reliability"] >= 0.8 - 1e-9
    assert sampled.reviewers(single=[0.01], wanted=0.8)["reviewers"].isna().all()


def test_no_records_give_a_reason():
    none = FRAME.head(0)
    for made in (
        sampled.allocated(none, size=5), sampled.drawn(none, size=5, seed=1),
        sampled.facts(none, size=5, seed=1), sampled.precision(none, half_widths=[0.1], level=0.9),
    ):  # fmt: skip
        assert made.attrs["reason"] == sampled.NONE
