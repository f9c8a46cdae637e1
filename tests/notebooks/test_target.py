"""A target that a case names is shown by the notebook that charts its indicator."""

from __future__ import annotations

from unittest import mock

import pytest
import trial
from sheets import ROOT, read

from helpers.casefile import Case, Indicator, Target
from helpers.exhibits import Shown

CHART = {"change.xmr_figure", "change.xmr"}
LIMIT = Target(value=0.02, better="decrease", source="an assumption made for this test")


def charted(target: Target | None) -> dict[str, Shown]:
    """Return the chart and its table of the default case, with a target for what is charted."""
    plain = Case.indicator

    def aimed(self: Case, name: str) -> Indicator:
        return plain(self, name).model_copy(update={"target": target})

    with mock.patch.object(Case, "indicator", aimed):
        return trial.shown_by(read(ROOT / "notebooks" / "1b_change_over_time.ipynb"), CHART)


@pytest.fixture(scope="module")
def shown() -> dict[str, Shown]:
    """Return both exhibits of a case that aims at 2% or less."""
    return charted(LIMIT)


def test_the_target_is_a_line_of_the_chart(shown: dict[str, Shown]) -> None:
    """One point a month, all of them at 2%."""
    text = shown["change.xmr_figure"].data["text/plain"]
    assert "target (line): 48 points" in text
    assert "vertically 0.02 to 0.02" in shown["change.xmr_figure"].facts["alt"]


def test_the_table_gives_target_and_assurance(shown: dict[str, Shown]) -> None:
    """The lower limit, 1.7%, lies below the target, and the upper one above it."""
    heading, row = shown["change.xmr"].data["text/plain"].splitlines()[2:4]
    assert "Target" in heading
    assert "Assurance" in heading
    assert "2.0%" in row
    assert "hit and miss" in row


def test_both_say_who_set_it(shown: dict[str, Shown]) -> None:
    said = "Target: at most 2% (an assumption made for this test)."
    assert all(said in shown[name].data["text/plain"] for name in CHART)


def test_which_way_is_better_makes_improvement_and_concern(shown: dict[str, Shown]) -> None:
    """Without a target a high point is neither; with one that asks for less it is of concern."""
    told = shown["change.xmr_figure"].data["text/plain"]
    assert "signal of concern, high" in told
    assert "signal of improvement, low" in told


def test_without_a_target_none_is_made_up() -> None:
    plain = charted(None)
    assert "no target" in plain["change.xmr"].data["text/plain"]
    assert "target (line)" not in plain["change.xmr_figure"].data["text/plain"]
