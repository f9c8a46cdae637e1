"""Every parameter matters: a baseline of another period, and a trial of each other parameter."""

from __future__ import annotations

from functools import cache
from typing import Any

import golden
import pytest
import trial
from sheets import BASELINES, NOTEBOOKS, ROOT, Sheet, facts_of, label, read

from helpers.parameters import declared

RATES, TIMES, RISKS = "1_unexpected_death_rates", "2_time_to_investigation", "3_risk_factors"
PERIOD = {"period_start", "period_end"}

# Published figures are compared over the years they were published for; what was received, how it
# was cleaned and linked, is looked at before a period is chosen.
SAME_IN_EVERY_PERIOD = {
    f"quality.{name}"
    for name in (
        *("received", "flags", "duplicates", "planted", "missed", "links", "match_rates"),
        *("left_over", "weights", "link_errors", "reconciliation", "exclusions"),
        *("contradictions", "assumptions", "linked", "reconciled"),
    )
}

# Baselines of the default case in another period; the others are of other cases.
PERIODS = [path for path in BASELINES if path.parents[1].name == "southern_health"]

# Notebook, parameter, another value, and exhibits whose data move with it.
TRIALS: list[tuple[str, str, Any, set[str]]] = [
    (RATES, "level", 0.9, {"rates.shares_by_year", "rates.change", "rates.latest"}),
    (RATES, "strata", ["sex"], {"rates.shares_by_stratum", "rates.strata_figure"}),
    (RATES, "funnel_indicator", "unexpected_share", {"rates.areas", "rates.funnel_figure"}),
    (TIMES, "level", 0.9, {"delay.quartiles", "delay.within", "delay.medians"}),
    (TIMES, "group", "sex", {"delay.by_group", "delay.group_test"}),
    (TIMES, "backlog_indicator", "no_family_share", {"delay.backlog_areas"}),
    (RISKS, "level", 0.9, {"risk.crude", "risk.coefficients", "risk.forest_figure"}),
    (RISKS, "seed", 1, {"risk.bootstrap"}),
    (RISKS, "replicates", 100, {"risk.bootstrap"}),
]
MOVES_NOTHING_ELSE = {"strata", "group", "seed", "replicates"}


def sheet(name: str) -> Sheet:
    return read(ROOT / "notebooks" / f"{name}.ipynb")


@cache
def data_by_default(name: str) -> dict[str, str]:
    """Return the data of every exhibit of a committed notebook, those of figures too."""
    every = [facts_of(output) for _, output in sheet(name).exhibits]
    return {facts["id"]: facts["resource"]["data"] for facts in every}


# ---- The period ---------------------------------------------------------------------------------


@pytest.mark.parametrize("path", PERIODS, ids=label)
def test_the_opening_block_of_another_period_differs_in_the_period_only(path: Any) -> None:
    default, other = (
        facts_of(item.opening or {})["parameters"] for item in (sheet(path.stem), read(path))
    )
    assert {name for name in default if default[name] != other.get(name)} == PERIOD
    assert f"{other['period_start']}_{other['period_end']}" == path.parent.name


@pytest.mark.parametrize("path", PERIODS, ids=label)
def test_fewer_rows_fall_in_a_shorter_period(path: Any) -> None:
    default, other = (
        facts_of(item.opening or {})["rows"] for item in (sheet(path.stem), read(path))
    )
    used = [(old["rows_used"], new["rows_used"]) for old, new in zip(default, other, strict=True)]
    assert all(0 < new < old for old, new in used)
    assert [old["rows_read"] for old in default] == [new["rows_read"] for new in other]


@pytest.mark.parametrize("path", PERIODS, ids=label)
def test_every_exhibit_follows_the_period(path: Any) -> None:
    default = data_by_default(path.stem)
    other = {
        facts_of(output)["id"]: facts_of(output)["resource"]["data"]
        for _, output in read(path).exhibits
    }
    assert default.keys() == other.keys()
    same = {name for name in default if default[name] == other[name]}
    nothing = {name for name in same if default[name].count("\n") <= 1}  # a heading and no rows
    assert same - nothing == (SAME_IN_EVERY_PERIOD - nothing) & default.keys()


# ---- Every other parameter ----------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parameter", "value", "expected"), TRIALS, ids=[f"{t[1]}-{t[0]}" for t in TRIALS]
)
def test_the_parameter_moves_its_exhibits(
    name: str, parameter: str, value: Any, expected: set[str]
) -> None:
    default = data_by_default(name)
    other = trial.data_of(trial.shown_by(sheet(name), **{parameter: value}))
    moved = {item.exhibit for item in golden.moved(default, other)}
    assert expected <= moved
    if parameter in MOVES_NOTHING_ELSE:
        assert moved == expected


@pytest.mark.parametrize("name", [RATES, TIMES, RISKS])
def test_the_release_profile_is_named_by_every_exhibit(name: str) -> None:
    for _, output in sheet(name).exhibits:
        assert "Profile: open." in output["data"]["text/plain"]


def test_every_parameter_has_its_trial_or_its_baseline() -> None:
    tried = {(name, parameter) for name, parameter, _, _ in TRIALS}
    tried |= {(path.stem, parameter) for path in PERIODS for parameter in PERIOD}
    # The case names the folder that everything is read from; the profile is tested above.
    untried = {"case", "release_profile"}
    for path in NOTEBOOKS:
        if path.stem in {RATES, TIMES, RISKS}:
            wanted = declared(read(path).node).keys() - untried
            assert {(path.stem, name) for name in wanted} <= tried
