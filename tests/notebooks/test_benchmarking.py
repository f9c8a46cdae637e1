"""Each parameter of the notebook that compares providers moves its exhibits, and no other."""

from __future__ import annotations

from functools import cache
from typing import Any

import golden
import pytest
import trial
from sheets import ROOT, Sheet, facts_of, read

from helpers.parameters import declared

SHEET = read(ROOT / "notebooks" / "5_benchmarking.ipynb")
OWN = {"providers.own", "providers.own_cells"}
COVERED = {"providers.coverage", "providers.coverage_figure", "providers.known"}
LEVELS = {
    *("providers.shares", "providers.placed", "providers.shrunken_figure"),
    *("providers.standardised", "providers.mix_figure", *COVERED),
}
ORDERED = {
    *("providers.standing", "providers.shares", "providers.placed", "providers.shrunken_figure"),
    *("providers.standardised", "providers.mix_figure"),
    *("providers.coverage", "providers.coverage_figure"),
    "providers.funnel_figure",  # the marks stand where they stood; their data follow the order
}
FINDINGS = {"providers.left_out", "providers.outside"}
# Shares of 20 providers in another indicator: everything but what the case itself gives by year,
# and the coverage index.
INDICATOR = {
    *("providers.merged", "providers.spread", "providers.funnel_figure", "providers.own_cells"),
    *(ORDERED - COVERED), *FINDINGS,
}  # fmt: skip

TRIALS: list[tuple[str, Any, set[str]]] = [
    ("level", 0.9, LEVELS),
    ("provider_order", "exposure", ORDERED),
    ("funnel_indicator", "unexpected_of_deaths", INDICATOR),
]
UNTRIED = {"case", "release_profile", "period_start", "period_end", "providers"}
"""Tried in the baseline of another case, or in the tests of providers."""


@cache
def by_default() -> dict[str, str]:
    every = [facts_of(output) for _, output in SHEET.exhibits]
    return {facts["id"]: facts["resource"]["data"] for facts in every}


def moved(sheet: Sheet, **changed: Any) -> set[str]:
    other = trial.data_of(trial.shown_by(sheet, **changed))
    assert other.keys() == by_default().keys()
    return {item.exhibit for item in golden.moved(by_default(), other)}


@pytest.mark.slow
@pytest.mark.parametrize(("name", "value", "expected"), TRIALS, ids=[one[0] for one in TRIALS])
def test_the_parameter_moves_its_exhibits(name: str, value: Any, expected: set[str]) -> None:
    assert moved(SHEET, **{name: value}) == expected


@pytest.mark.slow
def test_without_other_providers_only_what_the_case_itself_gives_is_shown() -> None:
    shown = trial.shown_by(SHEET, providers="own")
    full = {name for name, item in shown.items() if item.facts["resource"]["data"].count("\n") > 1}
    assert full == OWN
    assert "one provider" in shown["providers.standing"].data["text/plain"]


def test_every_parameter_is_tried() -> None:
    assert declared(SHEET.node).keys() == {one[0] for one in TRIALS} | UNTRIED


def test_a_provider_that_counts_otherwise_is_on_no_figure() -> None:
    for _, output in SHEET.exhibits:
        facts = facts_of(output)
        if facts["id"] in {"providers.funnel_figure", "providers.mix_figure"}:
            assert "Trust 17" not in facts["svg"]
