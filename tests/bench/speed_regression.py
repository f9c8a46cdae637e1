"""Time from a frame of deaths to fitted models, and agreement with fits of single records.

``python tests/bench/speed_regression.py [ROWS]``: 20 and 69 parameters, clustered by trust.
"""

import resource
import sys
import time

import numpy as np
import pandas as pd

from helpers.methods.regression import logistic, poisson

TERMS = ["service", "age_band", "sex", "in_patient", "year"]


def drawn(rows: int, seed: int = 1) -> pd.DataFrame:
    """Draw deaths with five characteristics, a trust and an outcome; nobody lived."""
    random = np.random.default_rng(seed)
    sizes = {"service": 5, "age_band": 8, "sex": 2, "in_patient": 2, "year": 8, "trust": 50}
    codes = {name: random.integers(0, size, rows, dtype=np.int8) for name, size in sizes.items()}
    log_odds = -1.0 + sum(0.1 * codes[name] * (-1) ** at for at, name in enumerate(TERMS))
    log_odds = log_odds + 0.4 * np.sin(codes["trust"])
    seen = random.random(rows) < 1 / (1 + np.exp(-log_odds))
    frame = {
        name: pd.Categorical.from_codes(code, [f"{name} {at:02d}" for at in range(sizes[name])])
        for name, code in codes.items()
    }
    return pd.DataFrame(frame | {"seen": seen.astype(np.int8)})


def timed(what: str, make) -> object:
    """Run ``make`` three times and print the least time."""
    best, made = np.inf, None
    for _ in range(3):
        start = time.perf_counter()
        made = make()
        best = min(best, time.perf_counter() - start)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{what}: {best:.2f} s, {made.parameters} parameters, {made.patterns} patterns, "
          f"peak so far {peak:.0f} MiB")  # fmt: skip
    return made


def agreement(rows: int = 20_000) -> None:
    """Print the greatest difference from statsmodels on single records."""
    import statsmodels.api as sm

    frame = drawn(rows, seed=2)
    ours = logistic(frame, outcome="seen", terms=TERMS)
    matrix = pd.get_dummies(frame[TERMS], drop_first=True, dtype=float)
    peer = sm.Logit(frame["seen"].to_numpy(float), sm.add_constant(matrix)).fit(disp=0, tol=1e-12)
    there = np.abs(ours.estimate - peer.params.to_numpy()).max()
    spread = np.abs(ours.coefficients["std_error"].to_numpy() - peer.bse.to_numpy()).max()
    print(f"statsmodels Logit, {rows:,} records: {there:.1e} in estimates, {spread:.1e} in errors")


if __name__ == "__main__":
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 6_000_000
    deaths = drawn(size)
    deaths["one"] = np.float32(1)
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{size:,} deaths, the frame {start:.0f} MiB")
    options = {"outcome": "seen", "cluster": "trust"}
    timed("logistic", lambda: logistic(deaths, terms=TERMS, **options))
    timed("Firth", lambda: logistic(deaths, terms=TERMS, penalty="firth", **options))
    timed("Poisson", lambda: poisson(deaths, numerator="seen", denominator="one", terms=TERMS,
                                     cluster="trust"))  # fmt: skip
    timed("logistic, trusts as terms", lambda: logistic(deaths, outcome="seen",
                                                        terms=[*TERMS, "trust"]))  # fmt: skip
    agreement()
