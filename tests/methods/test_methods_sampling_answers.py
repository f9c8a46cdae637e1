"""Deaths that are replaced, and the answers that are counted."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose
from sampled_deaths import chosen, frame, planned

from helpers.methods.sampling import (
    allocate,
    draw,
    frame_hash,
    replace,
    replay,
    stratified_share,
    tally,
)

# ---- Replacements -------------------------------------------------------------------------------


def test_a_replacement_is_the_next_in_its_stratum_and_is_written_down():
    deaths = frame(10, 10)
    sample = draw(deaths, planned(deaths, A=3, B=2), seed=4)
    reserves = sample.reserves[sample.reserves["stratum"] == "B"]["id"].tolist()
    first, second = sample.selected[sample.selected["stratum"] == "B"]["id"]
    later = replace(sample, out=second, reason=" records held elsewhere ", on="2016-03-01")
    later = replace(later, out=first, reason="not a patient of the trust")
    later = replace(later, out=reserves[0], reason="records lost")
    assert later.log["replaced"].tolist() == [second, first, reserves[0]]
    assert later.log["replacement"].tolist() == reserves[:3]
    assert later.log["place"].tolist() == [3, 4, 5]
    assert later.log["number"].tolist() == [1, 2, 3]
    assert later.log.loc[0, ["stratum", "reason", "on"]].tolist() == [
        *("B", "records held elsewhere", "2016-03-01")
    ]
    assert chosen(later) == chosen(sample) - {first, second} | set(reserves[1:3])
    stead = later.selected.set_index("id")["replaces"]
    assert stead[reserves[2]] == reserves[0]
    assert stead[reserves[1]] == first
    # Nobody is drawn again or forgotten, and the sample before is as it was.
    assert later.order is sample.order
    assert sample.log.empty
    assert_allclose(later.selected["weight"].sum(), 20)
    assert reserves[0] not in set(later.reserves["id"])
    assert second not in set(later.reserves["id"])


def test_what_cannot_be_replaced_is_refused():
    deaths = frame(4, 2)
    sample = draw(deaths, planned(deaths, A=2, B=2), seed=4)
    inside = sample.selected["id"].iloc[0]
    spare = sample.reserves["id"].iloc[0]
    whole = sample.selected.loc[sample.selected["stratum"] == "B", "id"].iloc[0]
    for out, reason, words in (
        (inside, "", "Say why"),
        (inside, "  ", "Say why"),
        (inside, None, "Say why"),
        ("X1", "lost", "X1 is not in the frame"),
        (spare, "lost", "is not in the sample: it is number 3 in the order of A"),
        (whole, "lost", "B has no death left to replace"),
    ):
        with pytest.raises(ValueError, match=words):
            replace(sample, out=out, reason=reason)
    later = replace(sample, out=inside, reason="lost")
    with pytest.raises(ValueError, match="was replaced before"):
        replace(later, out=inside, reason="lost")
    later = replace(later, out=spare, reason="lost")
    with pytest.raises(ValueError, match="A has no death left"):
        replace(later, out=later.selected["id"].iloc[0], reason="lost")


def test_a_log_from_a_file_is_played_again(tmp_path):
    deaths = pd.DataFrame({"id": range(30), "year": [2015, 2016] * 15})
    sample = draw(deaths, allocate(deaths, 8, strata="year"), seed="s", strata="year")
    later = sample
    for out in sample.selected["id"].iloc[[1, 5]]:
        later = replace(later, out=out, reason="records lost")
    path = tmp_path / "log.csv"
    later.log.to_csv(path, index=False)
    again = replay(sample, pd.read_csv(path))
    pd.testing.assert_frame_equal(again.selected, later.selected)
    other = draw(deaths, allocate(deaths, 8, strata="year"), seed="t", strata="year")
    with pytest.raises(ValueError, match="not in the sample|the next in order is"):
        replay(other, pd.read_csv(path))
    forged = later.log.assign(replacement=[later.log["replacement"].iloc[1], 99])
    with pytest.raises(ValueError, match="Replacement 1 of the log puts"):
        replay(sample, forged)
    with pytest.raises(ValueError, match="the reason is missing"):
        replay(sample, later.log.assign(reason=np.nan))


# ---- Answers ------------------------------------------------------------------------------------


def answered(sample, share=0.5):
    ids = sample.selected[["id"]]
    return ids.assign(outcome=(np.arange(len(ids)) < share * len(ids)).astype(int))


def test_answers_are_counted_by_stratum():
    deaths = frame(20, 10)
    sample = draw(deaths, planned(deaths, A=4, B=3), seed=1)
    table = tally(sample, sample.selected[["id"]].assign(outcome=[1, 0, 0, 1, 1, 1, 1]))
    assert table["population"].tolist() == [20, 10]
    assert table["denominator"].tolist() == [4, 3]
    assert table["numerator"].tolist() == [2, 3]
    assert_allclose(table["variance"], [1 / 3, 0])
    flags = tally(sample, sample.selected[["id"]].assign(outcome=[True] * 3 + [False] * 4))
    assert flags["numerator"].tolist() == [3, 0]
    scored = tally(sample, sample.selected[["id"]].assign(outcome=[1, 2, 4, 5, 2.5, 3, 3.5]))
    assert_allclose(scored["mean"], [3, 3])
    assert_allclose(scored["variance"], [10 / 3, 0.25])


def test_deaths_without_an_answer_are_refused_or_left_out_and_said():
    deaths = frame(20, 10)
    sample = draw(deaths, planned(deaths, A=4, B=3), seed=1)
    answers = answered(sample)
    first = answers["id"].iloc[0]
    for few in (answers.iloc[1:], answers.assign(outcome=[None, *answers["outcome"].iloc[1:]])):
        with pytest.raises(ValueError, match=f"No answer for {first}"):
            tally(sample, few)
        table = tally(sample, few, missing="leave_out")
        assert table["denominator"].tolist() == [3, 3]
        assert table["missing"].tolist() == [1, 0]
        row = stratified_share(table).iloc[0]
        assert "without an answer: 1 of 7;" in row["note"]


def test_answers_for_deaths_outside_the_sample_are_refused():
    deaths = frame(20, 10)
    sample = draw(deaths, planned(deaths, A=4, B=3), seed=1)
    out = sample.selected["id"].iloc[0]
    later = replace(sample, out=out, reason="records lost")
    with pytest.raises(ValueError, match=f"Row {out}: the death was replaced"):
        tally(later, answered(sample))
    spare = sample.reserves["id"].iloc[0]
    extra = pd.DataFrame({"id": [spare], "outcome": [1]})
    with pytest.raises(ValueError, match=f"Row {spare}: the death is not in the sample"):
        tally(sample, pd.concat([answered(sample), extra]))
    with pytest.raises(ValueError, match="two answers"):
        tally(sample, pd.concat([answered(sample), answered(sample)]))
    with pytest.raises(ValueError, match="not a number"):
        tally(sample, answered(sample).assign(outcome="yes"))
    table = tally(later, answered(later))
    assert table["replaced"].tolist() == [1, 0]
    assert "Deaths replaced: 1;" in stratified_share(table).loc[0, "note"]


def test_deaths_read_twice_may_be_drawn_from_the_sample_itself():
    deaths = frame(60, 40)
    sample = draw(deaths, allocate(deaths, 20), seed=1)
    twice = draw(sample.selected, allocate(sample.selected, 6), seed="second reader")
    assert chosen(twice) < chosen(sample)
    assert twice.frame_hash == frame_hash(sample.selected)
