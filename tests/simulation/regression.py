"""How often the limits of the models hold the true coefficients, separation included.

    python tests/simulation/regression.py            # writes tests/simulation/regression.csv
    python tests/simulation/regression.py --quick    # a tenth of the runs, shown only

Synthetic deaths with known coefficients (`helpers.synthetic.people`): the chain is drawn anew for
each seed and each step fitted as the notebook fits it, by maximum likelihood, or by Firth's penalty
where the outcome is separated or a level has few events. Rows say the setting, the coefficient, how
many runs held the truth within their 95% limits, the Wilson limits of that share, and in how many
runs the penalty was used.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from helpers import synthetic
from helpers.methods import proportions
from helpers.methods.regression import logistic
from helpers.synthetic.people import INTERCEPTS, MODELS, SERVICES, WITHIN

TABLE = Path(__file__).with_name("regression.csv")
COLUMNS = ["setting", "step", "term", "promised", "found", "low", "high", "replicates",
           "penalised", "bias"]  # fmt: skip
NUMBERS = ["age10", "female", "inpatient", "year_centred"]
RUNS = 500
SIZES = {"reported": 3_000, "unexpected": 6_000, "investigated": 8_000}


def truth(step: str) -> dict[str, float]:
    """True coefficients of a step, services against the first."""
    base = INTERCEPTS[step][0]
    model = MODELS[step]
    known = {name: model[name.replace("_centred", "")] for name in NUMBERS}
    return known | {
        f"service {name}": INTERCEPTS[step][place] - base
        for place, name in enumerate(SERVICES)
        if place
    }


def fitted(frame: pd.DataFrame, step: str) -> tuple[pd.Series, pd.Series, pd.Series, bool]:
    """Estimates and limits of the model of a step, and whether a penalty was used."""
    rows = frame.assign(
        inpatient=frame["inpatient"].astype(float),
        service=pd.Categorical(frame["service"], SERVICES),
        outcome=frame[step].astype(int),
    )
    fit = logistic(rows, outcome="outcome", terms=["service", *NUMBERS], penalty="if few")
    table = fit.coefficients.iloc[1:]
    names = table["term"].where(table["level_name"].eq(""), "service " + table["level_name"])
    table = table.assign(name=names).set_index("name")
    return table["estimate"], np.log(table["low"]), np.log(table["high"]), fit.penalised


def chain(step: str, runs: int) -> list[tuple]:
    """Rows of a step of the synthetic chain."""
    true, parent = pd.Series(truth(step)), WITHIN[step]

    def draw(seed: int) -> pd.DataFrame:
        people = synthetic.people(seed, SIZES[step])
        return people if parent is None else people[people[parent]]

    return _rows("synthetic deaths", step, true, draw, runs)


def rare(runs: int) -> list[tuple]:
    """Rows of few deaths, of whom in one service almost none was investigated: 4 of 93 expected."""
    true = pd.Series({"service older_mh": -1.5, "service ld": -3.5} | dict.fromkeys(NUMBERS, 0.0))
    true["age10"], true["inpatient"] = -0.3, 1.0

    def draw(seed: int) -> pd.DataFrame:
        random = np.random.default_rng([seed, 93])
        size = {"adult_mh": 100, "older_mh": 60, "ld": 40}
        service = np.repeat(list(size), list(size.values()))
        frame = pd.DataFrame({"service": service})
        frame["age10"] = random.normal(0, 1.5, len(frame)).round(1)
        frame["female"] = random.integers(0, 2, len(frame))
        frame["inpatient"] = random.random(len(frame)) < 0.15
        frame["year_centred"] = random.integers(0, 4, len(frame)) - 1.5
        shift = frame["service"].map({"adult_mh": 0.3, "older_mh": -1.2, "ld": -3.2})
        eta = shift - 0.3 * frame["age10"] + frame["inpatient"]
        frame["investigated"] = random.random(len(frame)) < 1 / (1 + np.exp(-eta))
        return frame

    return _rows("200 deaths, a group with few events", "investigated", true, draw, runs)


def _rows(setting: str, step: str, true: pd.Series, draw, runs: int) -> list[tuple]:
    hits, errors, penalised = [], [], 0
    for seed in range(runs):
        estimate, low, high, used = fitted(draw(seed), step)
        hits.append(low.le(true.reindex(low.index)) & high.ge(true.reindex(high.index)))
        errors.append(estimate - true.reindex(estimate.index))
        penalised += used
    held, bias = pd.concat(hits, axis=1), pd.concat(errors, axis=1).mean(axis=1)
    made = []
    for name in held.index:
        low, high = proportions.wilson(held.loc[name].sum(), runs)
        made.append((setting, step, name, 0.95, held.loc[name].mean(), float(low), float(high),
                     runs, penalised, bias[name]))  # fmt: skip
    return made


def study(runs: int = RUNS) -> pd.DataFrame:
    """The whole table."""
    rows = [row for step in MODELS for row in chain(step, runs)] + rare(runs)
    return pd.DataFrame(rows, columns=COLUMNS)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args().quick
    made = study(RUNS // 10 if quick else RUNS)
    if quick:
        sys.stdout.write(made.to_string() + "\n")
    else:
        made.round(6).to_csv(TABLE, index=False)
