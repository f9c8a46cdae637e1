"""Exhibit numbers are given once: every exhibit has one, and none is used twice."""

import csv
import re
from importlib import resources

import pytest

from helpers.case import project_root, read_yaml
from helpers.exhibits import numbers
from helpers.exhibits.words import catalogue

FILE = resources.files("helpers.exhibits").joinpath("exhibit_numbers.csv")
ROWS = list(csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()))
CATALOGUE = project_root() / "src/helpers/exhibits/catalogue"


def test_every_exhibit_of_the_catalogue_has_a_number():
    """An exhibit that was added needs a line at the end of exhibit_numbers.csv."""
    assert numbers.unnumbered() == []
    assert {row["exhibit"] for row in ROWS} >= set(catalogue())


def test_no_number_is_used_twice():
    assert len({row["number"] for row in ROWS}) == len(ROWS)
    assert len({row["exhibit"] for row in ROWS}) == len(ROWS)
    assert all(re.fullmatch(r"(?:\d[a-z]?|E)\.[1-9]\d*", row["number"]) for row in ROWS)


@pytest.mark.parametrize("path", sorted(CATALOGUE.glob("*.yml")), ids=lambda path: path.stem)
def test_the_number_of_an_exhibit_begins_with_that_of_its_page(path):
    prefix = "E" if path.stem == "0_explore" else path.stem.split("_")[0]
    described = read_yaml(path.read_text(encoding="utf-8"))
    assert described
    for exhibit in described:
        assert numbers.number(exhibit).startswith(f"{prefix}."), exhibit
        assert numbers.page(exhibit) == path.stem


# What was quoted stays true: if one of these fails, a number was moved, and that is the fault.
QUOTED = {
    "quality.reconciliation": "0.19",
    "rates.chain": "1.2",
    "rates.steps": "1.23",
    "change.changes": "1b.23",
    "delay.medians": "2.23",
    "limits.shares": "2b.15",
    "backlog.late_latest": "2c.15",
    "risk.focus": "3.19",
    "sure.range": "3b.18",
    "review.planned": "3c.7",
}


def test_numbers_that_were_quoted_lead_to_the_same_exhibits():
    assert {exhibit: numbers.number(exhibit) for exhibit in QUOTED} == QUOTED
    assert len(ROWS) >= 201  # lines are added and never taken out


def test_an_exhibit_of_ones_own_goes_by_its_id():
    assert numbers.number("mine.first") == "mine.first"
    assert numbers.label("mine.first") == "Exhibit mine.first"
    assert numbers.page("mine.first") == ""
