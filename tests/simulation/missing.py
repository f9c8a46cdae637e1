"""Whether imputation gives back what is true where values are missing, over many drawn registers.

    python tests/simulation/missing.py            # writes tests/simulation/missing.csv
    python tests/simulation/missing.py --quick    # ten runs of each setting, shown only

Each run is a register of 600 invented records: an outcome that depends by a logistic model of known
coefficients on whether a person was male, had a learning disability, where they died, their age and
the service, which is always recorded, and not on a team. Values are then taken away in four ways,
and the model is fitted to

all values
    before any was taken away: what could be had at best;
complete rows
    the rows that are left without a missing value;
multiple imputation
    the frames of :func:`helpers.methods.missing_data.impute`, pooled;
moved by the true delta
    the same with the odds moved by what they were moved by (where values are missing because of
    what they are).

Every row of the table says how far the mean estimate (log odds ratio) is from the truth, with its
Monte Carlo error, how often the 95% interval held the truth, with Monte Carlo limits (Wilson, 95%),
and how large the standard error was on average beside the spread of the estimates. The joint test
of the team should call it a difference in 5 of 100 runs: its ``coverage`` is how often it did not.
``note`` says why where the share is not the promised one. ``mean_of_first`` is the mean of the
first runs, so that a test can make it again. Not part of ``make test``, but for those.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.methods import proportions
from helpers.methods._glm import expit, maximum
from helpers.methods.missing_data import fit_each, impute, joint_test, pool

TABLE = Path(__file__).with_name("missing.csv")
SEED, RUNS, FIRST, ROWS = 20151217, 500, 2, 600
KEYS = ["setting", "estimator", "term"]
COLUMNS = [
    *KEYS, *("truth", "mean_estimate", "bias", "bias_error", "promised", "coverage", "low", "high"),
    *("std_error", "spread", "missing_information", "runs", "unfitted", "mean_of_first", "note"),
]  # fmt: skip

TRUTH = {
    "constant": -1.0, "male": 0.6, "disability": -0.9, "home": 0.4, "elsewhere": -0.5, "age": 0.25,
    "service": 0.5, "team b": 0.0, "team c": 0.0,
}  # fmt: skip
COVARIATES = ["male", "disability", "place", "age", "team", "service"]
TEAM = "team, joint test"
ALL, COMPLETE, IMPUTED = "all values", "complete rows", "multiple imputation"
MOVED = "moved by the true delta"
CHANCE, OUTCOME, RARE = "by chance", "by outcome and service", "by outcome and service, rare level"
ITSELF = "by the value itself, outcome and service"
SETTINGS = (CHANCE, OUTCOME, RARE, ITSELF)
DELTA = float(np.log(4.0))


# ---- What is drawn -------------------------------------------------------------------------------


def register(random: np.random.Generator, rare: bool) -> pd.DataFrame:
    """Draw a register without gaps."""
    service = random.integers(0, 2, ROWS)
    male = (random.random(ROWS) < 0.4 + 0.2 * service).astype(float)
    share = 0.07 if rare else 0.25
    disability = (random.random(ROWS) < share * (0.7 + 0.6 * service)).astype(float)
    age = np.round(random.normal(60.0 + 5 * male - 12 * disability, 12.0))
    place = random.choice(["hospital", "home", "elsewhere"], ROWS, p=[0.5, 0.3, 0.2])
    frame = pd.DataFrame({"service": service, "male": male, "disability": disability, "age": age,
                          "place": place, "team": random.choice(list("abc"), ROWS)})  # fmt: skip
    chance = expit(design(frame) @ np.array(list(TRUTH.values())))
    return frame.assign(late=(random.random(ROWS) < chance).astype(int))


def design(frame: pd.DataFrame) -> np.ndarray:
    """Code the model that is true; age counts in decades from 60."""
    columns = [
        np.ones(len(frame)), frame["male"], frame["disability"], frame["place"].eq("home"),
        frame["place"].eq("elsewhere"), (frame["age"] - 60) / 10, frame["service"],
        frame["team"].eq("b"), frame["team"].eq("c"),
    ]  # fmt: skip
    return np.column_stack([np.asarray(column, dtype=float) for column in columns])


def with_gaps(random: np.random.Generator, frame: pd.DataFrame, setting: str) -> pd.DataFrame:
    """Take values away."""
    found = frame.copy()
    both = frame["late"].eq(1) & frame["service"].eq(1)
    if setting == ITSELF:
        odds = -1.8 + DELTA * frame["male"] + 1.2 * both
        found.loc[random.random(ROWS) < expit(odds.to_numpy(dtype=float)), "male"] = np.nan
        return found
    chance = np.full(ROWS, 0.15) if setting == CHANCE else np.where(both, 0.35, 0.08)
    for name in ("male", "disability", "place", "age", "team"):
        found.loc[random.random(ROWS) < chance, name] = None
    return found


# ---- What is estimated ---------------------------------------------------------------------------


def model(frame: pd.DataFrame) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Fit the model that is true; no finite maximum is a ``ValueError``."""
    matrix, outcome = design(frame), frame["late"].to_numpy(dtype=float)
    found = maximum(matrix, outcome, np.ones(len(frame)), extreme=30.0)
    if found is None:
        raise ValueError("there is no finite maximum")
    return list(TRUTH), found.estimate, np.linalg.inv(found.information)


def _rows(
    estimates: np.ndarray, covariances: np.ndarray, df: float
) -> list[tuple[str, float, float, float, float, float]]:
    """Term, value, error, limits and missing information; for the team the p value as value."""
    groups = {TEAM: ["team b", "team c"]}
    test = joint_test(estimates, covariances, names=list(TRUTH), groups=groups, df_complete=df)
    found = pool(estimates, covariances, names=list(TRUTH), df_complete=df)
    columns = ["term", "value", "std_error", "low", "high", "missing_information"]
    rows = list(found[columns].itertuples(index=False, name=None))
    return [*rows, (TEAM, float(test["p_value"].iloc[0]), *[np.nan] * 4)]


def _once(frame: pd.DataFrame) -> list[tuple]:
    _, value, covariance = model(frame)
    return _rows(np.stack([value] * 2), np.stack([covariance] * 2), len(frame) - value.size)


def _imputed(frame: pd.DataFrame, seed: int, shift: dict[str, float]) -> list[tuple]:
    found = impute(frame, columns=COVARIATES, outcome="late", imputations=10, iterations=5,
                   seed=seed, shift=shift)  # fmt: skip
    fits = fit_each(found, fit=model)
    return _rows(fits.estimates, fits.covariances, len(frame) - len(TRUTH))


def estimates(setting: str, runs: Sequence[int]) -> pd.DataFrame:
    """Every estimate of each run with its interval; NaN where a model has no finite maximum."""
    parts = []
    for run in runs:
        random = np.random.default_rng([SEED, SETTINGS.index(setting), run])
        whole = register(random, setting == RARE)
        frame = with_gaps(random, whole, setting)
        ways = {
            ALL: lambda data=whole: _once(data),
            COMPLETE: lambda data=frame: _once(data.dropna()),
            IMPUTED: lambda data=frame, seed=run: _imputed(data, seed, {}),
        }
        if setting == ITSELF:
            ways[MOVED] = lambda data=frame, seed=run: _imputed(data, seed, {"male": DELTA})
        for name, way in ways.items():
            try:
                rows = way()
            except ValueError:
                rows = [(term, *[np.nan] * 5) for term in [*TRUTH, TEAM]]
            columns = ["term", "value", "std_error", "low", "high", "missing_information"]
            made = pd.DataFrame(rows, columns=columns)
            parts.append(made.assign(run=run, setting=setting, estimator=name))
    return pd.concat(parts, ignore_index=True)


# ---- The table -----------------------------------------------------------------------------------

GONE = (
    "Rows are left out far more often where the outcome was 1 in service 1, so that the complete "
    "rows tell of another group: that service seems to have the outcome less often than it has."
)
UNTRUE = (
    "Men's records lack the entry more often than women's, which nothing recorded shows: "
    "imputation as if at random puts too few men in. With the odds moved by as much as they were, "
    "the truth comes back."
)
NOTES: list[tuple[str, str, str, str]] = [
    (OUTCOME, COMPLETE, "constant|service", GONE),
    (RARE, COMPLETE, "constant|service", GONE),
    (ITSELF, COMPLETE, "constant|service|male", GONE),
    (ITSELF, IMPUTED, "constant|service|male", UNTRUE),
]
"""Which rows (setting, estimator, pattern of the term) may not cover as promised, and why."""


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """One row a setting, estimator and term: bias and coverage over the runs."""
    held = found.assign(truth=found["term"].map(TRUTH))
    test = held["term"].eq(TEAM)
    hit = held["low"].le(held["truth"]) & held["high"].ge(held["truth"])
    held["hit"] = hit.where(~test, held["value"].gt(0.05)) & held["value"].notna()
    held.loc[test, "truth"] = 0.5  # the mean of a p value where nothing differs
    held["first"] = held["value"].where(held["run"].lt(FIRST))
    by = held.groupby(KEYS, sort=False)
    made = by.agg(
        truth=("truth", "first"), mean_estimate=("value", "mean"), spread=("value", "std"),
        std_error=("std_error", "mean"), missing_information=("missing_information", "mean"),
        runs=("value", "count"), all_runs=("hit", "size"), hits=("hit", "sum"),
        mean_of_first=("first", "mean"),
    ).reset_index()  # fmt: skip
    made["low"], made["high"] = proportions.wilson(made["hits"], made["runs"])
    made = made.assign(
        bias=made["mean_estimate"] - made["truth"],
        bias_error=made["spread"] / np.sqrt(made["runs"]),
        promised=0.95,
        coverage=made["hits"] / made["runs"],
        unfitted=made["all_runs"] - made["runs"],
        note="",
    )
    for setting, estimator, term, note in NOTES:
        mine = made["setting"].eq(setting) & made["estimator"].eq(estimator)
        made.loc[mine & made["term"].str.fullmatch(term), "note"] = note
    return made[COLUMNS]


def study(runs: int = RUNS) -> pd.DataFrame:
    """Run every setting."""
    return summary(pd.concat([estimates(name, range(runs)) for name in SETTINGS]))


def main() -> None:
    """Write the table, or show a quick one."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--quick", action="store_true")
    quick = given.parse_args().quick
    found = study(10 if quick else RUNS).round(6)
    if quick:
        sys.stdout.write(found.to_string(index=False) + "\n")
    else:
        found.to_csv(TABLE, index=False, lineterminator="\n")
        sys.stdout.write(f"{len(found)} rows written to {TABLE.name}\n")


if __name__ == "__main__":
    main()
