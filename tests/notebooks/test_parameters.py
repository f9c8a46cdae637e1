"""Every parameter matters: a trial of another period, and of each other parameter."""

from __future__ import annotations

from functools import cache
from typing import Any

import golden
import pytest
import trial
from sheets import NOTEBOOKS, ROOT, Sheet, facts_of, read

from helpers.parameters import declared

QUALITY, RATES = "0_data_quality", "1_unexpected_death_rates"
CHANGE, WATCH = "1b_change_over_time", "1c_rates_and_watching"
TIMES, RISKS = "2_time_to_investigation", "3_risk_factors"
LIMITS, BACKLOG = "2b_time_limits", "2c_backlog"
SURE, REVIEW = "3b_how_sure", "3c_reviewers"
LEARNING = "4b_learning_from_deaths"
PERIODS = "4_period_comparison"  # its days are refused one by one: tested with the two periods
EVERY = [RATES, CHANGE, WATCH, TIMES, LIMITS, BACKLOG, RISKS, SURE, REVIEW, LEARNING]

# Published figures are compared over the years they were published for; what was received, how it
# was cleaned and linked, is looked at before a period is chosen.
SAME_IN_EVERY_PERIOD = {
    f"quality.{name}"
    for name in (
        *("received", "flags", "duplicates", "planted", "missed", "links", "match_rates"),
        *("left_over", "weights", "link_errors", "reconciliation", "exclusions"),
        *("contradictions", "assumptions", "linked", "reconciled"),
    )
} | {"review.second", "review.reviewers"}  # how many are needed hangs on no record

OTHER = {"period_start": "2012-04-01", "period_end": "2014-03-31"}
"""Another period of the default case."""

IMPUTED = {"sure.imputed", "sure.traces_figure", "sure.settled", "sure.shifted"}

# Notebook, parameter, another value, and exhibits whose data move with it.
TRIALS: list[tuple[str, str, Any, set[str]]] = [
    (RATES, "level", 0.9, {"rates.chain", "rates.grid", "rates.standardised", "rates.range"}),
    (RATES, "strata", ["sex"], {"rates.shares_by_stratum", "rates.strata_figure"}),
    (RATES, "funnel_indicator", "unexpected_share", {"rates.areas", "rates.funnel_figure"}),
    (CHANGE, "level", 0.9, {"change.shares", "change.trend", "change.steps", "change.known"}),
    (CHANGE, "strata", ["sex"], {"change.parts", "change.trends", "change.cusum_figure"}),
    (CHANGE, "chart_indicator", "reported_share", {"change.xmr", "change.laney_figure"}),
    (CHANGE, "watch_indicator", "reported_share", {"change.cusum_figure", "change.alarms"}),
    (CHANGE, "grain", "quarter", {"change.xmr_figure", "change.season", "change.trend_figure"}),
    (CHANGE, "rare_measure", "reported", {"change.rare_figure"}),
    (CHANGE, "rare_stratum", "adult_mh", {"change.rare_figure"}),
    (CHANGE, "baseline_periods", 24, {"change.cusum_figure", "change.watched"}),
    (WATCH, "level", 0.9, {"watch.beside_figure", "watch.shrunken_figure", "watch.lists"}),
    (WATCH, "chart_indicator", "reported_share", {"watch.u_figure", "watch.parts_figure"}),
    (WATCH, "watch_indicator", "reported_share", {"watch.sprt_alarms", "watch.max_sprt"}),
    (WATCH, "grain", "quarter", {"watch.u_figure", "watch.sprt_figure", "watch.max_sprt_alarms"}),
    (WATCH, "rare_measure", "reported", {"watch.g_figure"}),
    (WATCH, "rare_stratum", "adult_mh", {"watch.g_figure"}),
    (WATCH, "baseline_periods", 24, {"watch.sprt_figure", "watch.max_sprt"}),
    (WATCH, "funnel_indicator", "unexpected_share", {"watch.ratios", "watch.years_figure"}),
    (TIMES, "level", 0.9, {"delay.quartiles", "delay.within", "delay.medians"}),
    (TIMES, "group", "sex", {"delay.by_group", "delay.group_test", "delay.ends_test"}),
    (LIMITS, "level", 0.9, {"limits.compliance", "limits.choices", "limits.families"}),
    (LIMITS, "group", "team", {"limits.by_group"}),
    (BACKLOG, "level", 0.9, {"backlog.parts_latest", "backlog.late_latest"}),
    (BACKLOG, "backlog_indicator", "no_family_share", {"backlog.areas", "backlog.areas_figure"}),
    (BACKLOG, "estimate_unknown", True, {"backlog.nowcast"}),
    (RISKS, "level", 0.9, {"risk.crude", "risk.coefficients", "risk.forest_figure"}),
    (SURE, "level", 0.9, {"sure.estimators", "sure.left_out_figure", "sure.measures"}),
    (SURE, "seed", 1, {"sure.estimators", "sure.misclassified", *IMPUTED}),
    (SURE, "replicates", 100, {"sure.estimators"}),
    (REVIEW, "level", 0.9, {"review.precision", "review.second"}),
    (REVIEW, "seed", 1, {"review.facts"}),  # single records are listed for internal use only
    (REVIEW, "sample_size", 50, {"review.facts", "review.allocated", "review.planned"}),
    (LEARNING, "level", 0.9, {"learning.alternatives", "learning.years", "learning.latest"}),
    (PERIODS, "level", 0.9, {"periods.counts", "periods.shares", "periods.times"}),
    (PERIODS, "strata", ["sex"], {"periods.parts"}),
    (PERIODS, "chart_indicator", "reported_share", {"periods.series_figure", "periods.parts"}),
    (PERIODS, "across_breaks", True, {"periods.series_figure"}),
]
OWN = {
    *("group", "backlog_indicator", "estimate_unknown", "seed", "replicates", "sample_size"),
    *("rare_measure", "rare_stratum"),
}


def sheet(name: str) -> Sheet:
    return read(ROOT / "notebooks" / f"{name}.ipynb")


@cache
def data_by_default(name: str) -> dict[str, str]:
    """Return the data of every exhibit of a committed notebook, those of figures too."""
    every = [facts_of(output) for _, output in sheet(name).exhibits]
    return {facts["id"]: facts["resource"]["data"] for facts in every}


# ---- The period ---------------------------------------------------------------------------------


def test_fewer_rows_fall_in_a_shorter_period() -> None:
    default = facts_of(sheet(RATES).opening or {})["rows"]
    other = trial.started(OTHER).block()["rows"]
    used = {
        old["source_id"]: (old["rows_used"], new["rows_used"])
        for old, new in zip(default, other, strict=True)
    }
    # Entries of StEIS are told apart by the death that they are linked to.
    assert all(0 < new < old for old, new in used.values())
    assert [old["rows_read"] for old in default] == [new["rows_read"] for new in other]


@pytest.mark.slow
@pytest.mark.parametrize("name", [QUALITY, *EVERY])
def test_every_exhibit_follows_the_period(name: str) -> None:
    default = data_by_default(name)
    other = trial.data_of(trial.shown_by(sheet(name), **OTHER))
    assert default.keys() == other.keys()
    same = {
        name for name in default if not golden.moved({"it": default[name]}, {"it": other[name]})
    }
    nothing = {name for name in same if default[name].count("\n") <= 1}  # a heading and no rows
    assert same - nothing == (SAME_IN_EVERY_PERIOD - nothing) & default.keys()


# ---- Every other parameter ----------------------------------------------------------------------


# By notebook: the parameters that move their own exhibits and nothing else, with another value.
ALONE = {
    name: {trial[1]: trial[2] for trial in TRIALS if trial[0] == name and trial[1] in OWN}
    for name in dict.fromkeys(trial[0] for trial in TRIALS if trial[1] in OWN)
}


def expected_of(name: str) -> set[str]:
    """Return every exhibit that a parameter of :data:`ALONE` moves."""
    found = [trial[3] for trial in TRIALS if trial[0] == name and trial[1] in OWN]
    return set().union(*found)


def moved_by(name: str, only: set[str] | None, **changed: Any) -> set[str]:
    """Return the exhibits that differ from the committed ones, of all or of some."""
    default = data_by_default(name)
    other = trial.data_of(trial.shown_by(sheet(name), only, **changed))
    kept = {exhibit: default[exhibit] for exhibit in other if only is None or exhibit in only}
    assert kept.keys() == (default.keys() if only is None else only)
    return {item.exhibit for item in golden.moved(kept, {name: other[name] for name in kept})}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parameter", "value", "expected"), TRIALS, ids=[f"{t[1]}-{t[0]}" for t in TRIALS]
)
def test_the_parameter_moves_its_exhibits(
    name: str, parameter: str, value: Any, expected: set[str]
) -> None:
    looked_at = expected_of(name) if parameter in OWN else expected
    assert moved_by(name, looked_at, **{parameter: value}) == expected


@pytest.mark.slow
@pytest.mark.parametrize("name", ALONE)
def test_parameters_with_exhibits_of_their_own_move_nothing_else(name: str) -> None:
    """All of them at once: what any of them moves is among what moves."""
    assert moved_by(name, None, **ALONE[name]) == expected_of(name)


@pytest.mark.slow
def test_a_trial_in_which_nothing_is_changed_moves_nothing() -> None:
    """Of the notebook that no parameter leaves alone in part; the trials above show the others."""
    expected = set().union(*(trial[3] for trial in TRIALS if trial[0] == RATES))
    assert moved_by(RATES, expected) == set()


@pytest.mark.parametrize("name", EVERY)
def test_the_release_profile_is_named_by_every_exhibit(name: str) -> None:
    for _, output in sheet(name).exhibits:
        assert "Profile: open." in output["data"]["text/plain"]


def test_every_parameter_has_its_trial_or_its_baseline() -> None:
    tried = {(name, parameter) for name, parameter, _, _ in TRIALS}
    tried |= {(name, parameter) for name in EVERY for parameter in OTHER}
    # The case names the folder that everything is read from; the profile is tested above.
    # Whose days are shown is refused but in the internal profile: tested with the stages.
    untried = {"case", "release_profile", "timeline_of"}
    for path in NOTEBOOKS:
        if path.stem in EVERY:
            wanted = declared(read(path).node).keys() - untried
            assert {(path.stem, name) for name in wanted} <= tried
