"""The proof that the checks can fail: known faults are put in, and each is found.

What turns red is named each time: the cells for nbval, the exhibits for the golden data, the
check of the guard, the house rule. The faults with a letter are those of the mutation matrix.
"""

from __future__ import annotations

import copy
import shutil
from pathlib import Path
from typing import Any

import golden
import guard
import mutants
import pytest
import rules
import trial
from sheets import ROOT, read, sheet_of

COUNTS = "moj_coroner_statistics_1995_2020.csv"
REGISTER = "pfd_tracker_2025-07-31.csv"
MEDICINES = "pfd_medicines_2013_2022.csv"

OTHER_COLUMN = ("trend(shares", "trend(shares.assign(value=shares.low)")
A_THOUSANDTH = ('["indicator"])', '["indicator"], numerator=shares["numerator"] * 1.001)')
TWO_MILLIONTHS = ("latest,", "latest.assign(value=latest.value * (1 + 2e-6)),")
WARNING = ("latest = ", 'import warnings\n\nwarnings.warn("new", stacklevel=1)\nlatest = ')


def a_sound_notebook() -> Any:
    return copy.deepcopy(read(ROOT / "notebooks" / "3_risk_factors.ipynb").node)


# ---- nbval --------------------------------------------------------------------------------------


@pytest.mark.slow
def test_nbval_finds_each_change_and_nothing_else(tmp_path: Path) -> None:
    sound = mutants.executed(tmp_path / "sound")

    mutants.project(tmp_path / "nothing", sound)  # (a)

    changes = {
        "trend": OTHER_COLUMN,  # (e) a figure plots another column
        "lines": A_THOUSANDTH,  # (f) the data behind a figure are a thousandth too high
        "again": TWO_MILLIONTHS,  # (j) far below the decimals that are shown
        "latest": WARNING,  # (k) a warning that was not there
    }
    cells = mutants.with_changes(sound, changes)
    mutants.cell(cells, "standing")["outputs"] = []  # (c) an output is gone, its count is not
    mutants.a_digit_behind(cells, "shares")  # the data behind a table, in the ninth digit
    mutants.project(tmp_path / "cells", cells)

    data = mutants.project(tmp_path / "data", sound) / mutants.DATA  # (g) one death more
    mutants.one_more(data / COUNTS, {"Year": "2017"}, "TDR_TDR_TDR")

    helpers = mutants.project(tmp_path / "helpers", sound) / mutants.HELPERS  # (i) constants
    mutants.rewrite(
        helpers / "methods" / "proportions.py",
        ("z**2 + 4.0 * x", "z**2 + 4.1 * x"),  # Wilson's limits
        ("up * (1.0 - 1.0 / (9.0 * up)", "up * (1.0 - 1.0 / (9.1 * up)"),  # Byar's limits
    )

    assert mutants.nbval(tmp_path) == {
        "nothing": set(),
        "cells": {"shares", "trend", "lines", "again", "latest", "standing"},
        "data": {"opening", "shares", "rates", "trend"},
        "helpers": {"shares", "rates", "trend", "latest", "again"},
    }


# ---- Golden data --------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("notebook", "file", "where", "column", "exhibit"),
    [
        (
            "1_unexpected_death_rates",
            COUNTS,
            {"Year": "2019"},
            "TDR_TDR_TDR",
            "rates.shares_by_stratum",
        ),
        ("3_risk_factors", REGISTER, {"ref": "2018-0001"}, "sent_to_count", "risk.coefficients"),
        (
            "2_time_to_investigation",
            MEDICINES,
            {"ref": "2019-0241"},
            "invest_open",
            "delay.by_year",
        ),
    ],
)
def test_one_cell_of_an_input_changed_by_one_is_named_by_exhibit(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    notebook: str,
    file: str,
    where: dict[str, str],
    column: str,
    exhibit: str,
) -> None:  # (g)
    shutil.copytree(ROOT / mutants.DATA, tmp_path / mutants.DATA)
    mutants.one_more(tmp_path / mutants.DATA / file, where, column)
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path))

    path = ROOT / "tests/baselines/coroners/2015-01-01_2019-12-31" / f"{notebook}.ipynb"
    sheet = read(path)
    shown = trial.shown_by(sheet)
    tables = {name: shown[name].facts["resource"]["data"] for name in golden.carried(sheet)}
    moved = golden.moved(golden.stored(path), tables)

    assert exhibit in {item.exhibit for item in moved}
    assert exhibit in golden.report(moved)
    assert golden.carried(sheet).keys() - {item.exhibit for item in moved}  # and it is not all


# ---- The guard and the house rules --------------------------------------------------------------


def test_the_guard_finds_a_stripped_notebook() -> None:  # (b)
    node = a_sound_notebook()
    for cell in node["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    assert guard.every_cell_was_executed_in_order(sheet_of(node)) != []
    assert guard.every_cell_kept_its_output(sheet_of(node)) != []


def test_the_guard_finds_an_image_that_is_junk() -> None:  # (d)
    node = a_sound_notebook()
    images = [
        o["data"] for c in node["cells"] for o in c.get("outputs", []) if "image/png" in o["data"]
    ]
    images[0]["image/png"] = "bm90IGFuIGltYWdl" * 400
    assert guard.every_figure_can_be_seen(sheet_of(node)) != []


def test_the_house_rules_find_a_wrong_number_in_prose() -> None:  # (h)
    node = a_sound_notebook()
    prose = [cell for cell in node["cells"] if cell["cell_type"] == "markdown"]
    prose[1]["source"] += "\n\nOf these, 42% had no reply."
    assert len(rules.no_result_is_typed_into_prose(sheet_of(node))) == 1
