"""The numbers behind every exhibit stay put: in the committed notebooks, and in a fresh run.

The fresh run is the one that nbval makes: what its cells carry is compared with what the committed
notebooks carry (:mod:`rerun`), and that with the golden data here.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import rerun
from golden import EXPECTED, KEPT, carried, folder_of, moved, report, stored
from sheets import ROOT, facts_of, label, read


@pytest.mark.parametrize("path", KEPT, ids=label)
def test_committed_notebooks_carry_the_golden_data(path: Path) -> None:
    found = moved(stored(path), carried(read(path)))
    assert not found, report(found)


def test_golden_data_are_kept_for_every_notebook_and_no_other() -> None:
    held = {file.parent for file in EXPECTED.rglob("*.csv")}
    assert held == {folder_of(path) for path in KEPT}


# ---- The comparison can fail --------------------------------------------------------------------

OLD = "region,numerator,value\nWales,1454,0.14108286435086356\nLondon,722,\n"


def changed(old: str, new: str) -> list[str]:
    assert old in OLD
    found = moved({"rates.shares": OLD}, {"rates.shares": OLD.replace(old, new)})
    return [str(item) for item in found]


def test_a_count_that_moves_by_one_is_found_and_named() -> None:
    expected = "rates.shares row 1 (Wales, 1454, 0.14108286435086356) numerator: 1454 -> 1455"
    assert changed("1454", "1455") == [expected]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0.14108286435086356", "0.14108286635086356"),  # relative 1.4e-8
        ("0.14108286435086356", ""),  # no longer known
        ("0.14108286435086356", "inf"),
        ("722,\n", "722,0.0\n"),  # known of a sudden
        ("1454", "1454.0"),  # a count that has become a measurement
        ("Wales", "wales"),
        ("Wales,1454,0.14108286435086356\n", ""),
        ("numerator", "deaths"),
    ],
)
def test_any_other_change_is_found(old: str, new: str) -> None:
    assert len(changed(old, new)) == 1


def test_noise_of_the_last_digits_is_no_change() -> None:
    assert changed("0.14108286435086356", "0.14108286435086412") == []


def test_an_exhibit_that_vanishes_or_appears_is_found() -> None:
    assert [str(item) for item in moved({"rates.shares": OLD}, {})] == [
        "rates.shares: shown -> not shown"
    ]
    assert [str(item) for item in moved({}, {"rates.shares": OLD})] == [
        "rates.shares: not shown -> shown"
    ]


def test_the_report_says_which_exhibits_moved_and_how_to_store_it() -> None:
    said = report(moved({"a": "n\n1\n", "b": "n\n1\n"}, {"a": "n\n2\n", "b": "n\n3\n"}))
    assert said.splitlines() == [
        "2 values moved, in a, b:",
        "a row 1 (1) n: 1 -> 2",
        "b row 1 (1) n: 1 -> 3",
        "If the change is meant: python tests/notebooks/golden.py --write",
    ]


# ---- What the cells of a fresh run carry --------------------------------------------------------

SHEET = read(ROOT / "notebooks" / "3_risk_factors.ipynb")
OUTPUTS = {facts_of(output)["id"]: output for _, output in SHEET.exhibits}


def carried_again(exhibit: str, change: Callable[[Any], None]) -> list[str]:
    """Say what differs where a cell gave its exhibit again, but for one change."""
    again = copy.deepcopy(OUTPUTS[exhibit])
    assert rerun.differing([OUTPUTS[exhibit]], [again]) == []
    change(again)
    return rerun.differing([OUTPUTS[exhibit]], [again])


def with_data(old: str, new: str) -> Callable[[Any], None]:
    def change(output: Any) -> None:
        resource = facts_of(output)["resource"]
        assert resource["data"].count(old) == 1
        resource["data"] = resource["data"].replace(old, new)

    return change


def last_of(exhibit: str) -> str:
    """Return the last number behind an exhibit that is no count, to be changed."""
    data = facts_of(OUTPUTS[exhibit])["resource"]["data"]
    cells = data.replace("\n", ",").split(",")
    return [cell for cell in cells if len(cell) > 12 and "." in cell][-1]


@pytest.mark.parametrize("exhibit", ["risk.crude", "risk.overall", "risk.forest_figure"])
def test_a_number_that_a_fresh_run_carries_otherwise_is_found(exhibit: str) -> None:
    old = last_of(exhibit)
    (said,) = carried_again(exhibit, with_data(old, repr(float(old) * (1 + 1e-7))))
    assert said.startswith(f"{exhibit} row")
    assert carried_again(exhibit, with_data(old, repr(float(old) * (1 + 1e-12)))) == []


@pytest.mark.parametrize("fact", ["alt", "method", "definitions", "resource.schema"])
def test_a_fact_that_a_fresh_run_carries_otherwise_is_found(fact: str) -> None:
    def change(output: Any) -> None:
        facts = facts_of(output)
        *outer, name = fact.split(".")
        (facts[outer[0]] if outer else facts)[name] = "other"

    (said,) = carried_again("risk.forest_figure", change)
    assert said.startswith(f"risk.forest_figure {fact}: ")


def test_another_drawing_is_no_change_and_another_exhibit_is_one() -> None:
    assert carried_again("risk.forest_figure", lambda o: facts_of(o).update(svg="other")) == []
    said = carried_again("risk.crude", lambda output: facts_of(output).update(id="risk.new"))
    assert said == ["risk.crude: shown -> not shown", "risk.new: not shown -> shown"]


def test_the_opening_block_is_compared_and_a_cell_that_carries_nothing_is_left_alone() -> None:
    opening = SHEET.opening
    again = copy.deepcopy(opening)
    assert rerun.differing([opening], [again]) == []
    facts_of(again)["inputs"][0]["sha256"] = "0" * 64
    (said,) = rerun.differing([opening], [again])
    assert said.startswith("run inputs: ")
    assert rerun.differing([opening], []) == ["run: carried by one only"]
    assert rerun.differing([], []) == []
