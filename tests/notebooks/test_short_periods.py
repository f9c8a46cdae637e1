"""Every notebook runs over a period that holds no whole year, and over a single year by years.

A quarter and a month are what a trust reports on between two years: many comparisons have nothing
to compare then. No exhibit fails for it, and those that need no second period have their numbers.
"""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest
import trial
from sheets import ROOT, read

from helpers.exhibits import Shown
from helpers.parameters import declared

QUARTER = {"period_start": "2013-04-01", "period_end": "2013-06-30"}
MONTH = {"period_start": "2013-05-01", "period_end": "2013-05-31"}
YEAR = {"period_start": "2013-04-01", "period_end": "2014-03-31", "grain": "year"}
NAMES = sorted(path.stem for path in (ROOT / "notebooks").glob("[0-9]*.ipynb"))


def shown(name: str, values: dict[str, Any]) -> dict[str, Shown]:
    sheet = read(ROOT / "notebooks" / f"{name}.ipynb")
    known = declared(sheet.node)
    return trial.shown_by(sheet, **{key: value for key, value in values.items() if key in known})


@pytest.mark.slow
@pytest.mark.parametrize("values", [QUARTER, MONTH, YEAR], ids=["quarter", "month", "year"])
@pytest.mark.parametrize("name", NAMES)
def test_no_exhibit_fails_over_a_short_period(name: str, values: dict[str, Any]) -> None:
    told = [one.facts.get("unanswered") for one in shown(name, values).values()]
    if name == "4_period_comparison":  # of two whole years, unless its days are given
        assert True in told
    else:
        assert False in told


def test_a_quarter_has_its_shares() -> None:
    made = shown("1_unexpected_death_rates", QUARTER)
    table = pd.read_csv(io.StringIO(trial.data_of(made)["rates.shares_by_stratum"]))
    people = trial.started(QUARTER).people
    by_service = table.groupby("indicator")[["numerator", "denominator"]].sum()
    assert by_service.loc["reported_share"].tolist() == [people["reported"].sum(), len(people)]


@pytest.mark.parametrize(
    ("values", "head", "note"),
    [
        (QUARTER, "Part of year from 1 April", "2013 is the part of the year from 1 April that"),
        (
            {"period_start": "2013-02-01", "period_end": "2013-05-31"},
            "Part of year from 1 April",
            "2012 and 2013 are the parts of the years from 1 April that lie",
        ),
        (YEAR, "Year from 1 April", "2014 is the year from 1 April 2014"),
    ],
    ids=["quarter", "across", "year"],
)
def test_a_part_of_a_year_is_called_so_in_tables(
    values: dict[str, Any], head: str, note: str
) -> None:
    sheet = read(ROOT / "notebooks" / "1_unexpected_death_rates.ipynb")
    made = trial.shown_by(sheet, **{k: v for k, v in values.items() if k != "grain"})
    pages = "".join(str(one.data.get("text/html", "")) for one in made.values())
    assert f">{head}<" in pages
    assert {one.facts["year_note"].startswith(note) for one in made.values()} == {True}
    assert (">Year from 1 April<" in pages) is (head == "Year from 1 April")
    days = {(one.facts["period_start"], one.facts["period_end"]) for one in made.values()}
    assert days == {(values["period_start"], values["period_end"])}
