"""The numbers behind every exhibit stay put: in the committed notebooks, and in a fresh run."""

from __future__ import annotations

from pathlib import Path

import pytest
import trial
from golden import EXPECTED, KEPT, carried, folder_of, moved, report, stored
from sheets import NOTEBOOKS, label, read

from helpers.pack.execute import execute
from helpers.pack.refresh import differences

FRESH = ("3_risk_factors",)


@pytest.mark.parametrize("path", KEPT, ids=label)
def test_committed_notebooks_carry_the_golden_data(path: Path) -> None:
    found = moved(stored(path), carried(read(path)))
    assert not found, report(found)


@pytest.mark.slow
@pytest.mark.parametrize("path", KEPT, ids=label)
def test_running_the_code_again_gives_the_golden_data(path: Path) -> None:
    sheet = read(path)
    shown = trial.shown_by(sheet)
    data = {name: shown[name].facts["resource"]["data"] for name in carried(sheet)}
    found = moved(stored(path), data)
    assert not found, report(found)


@pytest.mark.slow
@pytest.mark.parametrize("path", [path for path in NOTEBOOKS if path.stem in FRESH], ids=label)
def test_a_fresh_kernel_draws_the_same(path: Path, tmp_path: Path) -> None:
    """Of one notebook, all that travels; nbval compares what all of them show."""
    fresh = execute(path, parameters={}, scratch=tmp_path)
    differing = differences(path.stem, read(path).node, fresh)
    assert differing.empty, differing.to_string()


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
