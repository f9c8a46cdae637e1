"""How long a Cox model of millions of deaths takes, and how much memory: run it by hand.

    .venv/bin/python tests/bench/speed_cox.py [--rows 6000000]

It makes SYNTHETIC deaths in memory (whole days 1 to 800, two in three with the event, hence
thousands of ties a day; service 5, age band 8, sex 2, year as a number: 13 parameters; 50 trusts
set against one more: 63), fits each model in a fresh process, three times, and prints the seconds
of each call, the greatest memory of the process and how much of it the data took; the goal is for
the median. Then it holds coefficients and
standard errors of 20,000 rows against statsmodels' PHReg (Efron), which goes row by row. pytest
does not collect it.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

SEED = 20_260_401
REPEATS = 3
MODELS = {
    "terms": (["service", "age_band", "sex", "year"], 13, 1.0),
    "terms and trust": (["service", "age_band", "sex", "year", "trust"], 63, 12.0),
}
MEMORY = 1024
AGREE = 1e-8


def made(rows):
    """Synthetic deaths, terms as categories, year as a number."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(SEED)

    def drawn(prefix, size):
        codes = random.integers(0, size, rows, dtype=np.int8)
        names = [f"{prefix} {n:02d}" for n in range(size)]
        return pd.Categorical.from_codes(codes, names)

    frame = pd.DataFrame(
        {
            "service": drawn("service", 5),
            "age_band": drawn("band", 8),
            "sex": drawn("sex", 2),
            "trust": drawn("SYNTHETIC trust", 51),
            "year": random.integers(0, 11, rows, dtype=np.int16),
        }
    )
    pull = 0.1 * frame["service"].cat.codes - 0.05 * frame["age_band"].cat.codes
    pull = pull.to_numpy() + 0.01 * (frame["trust"].cat.codes.to_numpy() % 7)
    waits = random.exponential(300.0, rows) * np.exp(-pull)
    ends = random.exponential(600.0, rows)
    frame["days"] = np.ceil(np.minimum(np.minimum(waits, ends), 800.0)).astype(np.int16)
    frame["observed"] = (waits <= ends) & (waits <= 800.0)
    return frame


def peak():
    """Greatest memory of this process in MiB since it was last told to forget."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())[1]) / 1024


def step(rows, terms):
    """Fit one model in this process and say seconds and memory."""
    import scipy.sparse  # noqa: F401 - loading it is not part of the fit

    from helpers.methods.cox import cox

    frame = made(rows)
    data = frame.memory_usage(deep=True).sum() / 2**20
    # The making of the data needs more memory than the fit: forget it.
    Path("/proc/self/clear_refs").write_text("5")
    seconds = []
    for _ in range(REPEATS):
        fit = None  # what an earlier fit keeps is not the memory of this one
        started = time.perf_counter()
        fit = cox(frame, terms=terms)
        seconds.append(time.perf_counter() - started)
    told = {"seconds": seconds, "peak": peak(), "data": data}
    told |= {"parameters": fit.parameters, "steps": fit.iterations, "patterns": fit.risk.patterns}
    sys.stdout.write(json.dumps(told))


def agreement(rows, terms):
    """Greatest difference of estimates and of standard errors from statsmodels."""
    import numpy as np
    import pandas as pd
    from statsmodels.duration.hazard_regression import PHReg

    from helpers.methods.cox import cox

    frame = made(rows)
    fit = cox(frame, terms=terms)
    wide = pd.get_dummies(frame[terms], drop_first=True, dtype=float)
    wide = wide[[*[c for c in wide if c != "year"]]].assign(year=frame["year"].astype(float))
    labels = [label.replace(": ", "_") for label in fit.design.labels()]
    peer = PHReg(frame["days"], wide[labels], status=frame["observed"], ties="efron").fit()
    estimate = np.abs(peer.params - fit.estimate).max()
    return estimate, np.abs(peer.bse - fit.coefficients["std_error"].to_numpy()).max()


def main(rows):
    """Fit every model, print the table and hold a smaller fit against statsmodels."""
    good = True
    print(f"{rows:,} SYNTHETIC deaths\n")
    print("| model | parameters | patterns | steps | seconds | peak, MiB | of it data |")
    print("|---|---|---|---|---|---|---|")
    for terms, parameters, goal in MODELS.values():
        done = subprocess.run(
            [sys.executable, __file__, "--rows", str(rows), "--step", *terms],
            capture_output=True,
            text=True,
            check=True,
        )
        told = json.loads(done.stdout)
        good &= median(told["seconds"]) < goal and told["peak"] < MEMORY
        good &= told["parameters"] == parameters
        seconds = " / ".join(f"{each:.2f}" for each in told["seconds"])
        print(
            f"| {', '.join(terms)} | {told['parameters']} | {told['patterns']} | {told['steps']} "
            f"| {seconds} (goal {goal:g}) | {told['peak']:.0f} | {told['data']:.0f} |"
        )
    differences = agreement(20_000, MODELS["terms"][0])
    good &= max(differences) < AGREE
    print(
        "\n20,000 rows against PHReg (Efron), greatest difference: estimates "
        f"{differences[0]:.1e}, standard errors {differences[1]:.1e}."
    )
    print(f"{'All goals met' if good else 'A GOAL WAS MISSED'}.")
    return 0 if good else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=6_000_000)
    parser.add_argument("--step", nargs="+")
    given = parser.parse_args()
    if given.step:
        step(given.rows, given.step)
    else:
        sys.exit(main(given.rows))
