"""How long multiple imputation takes: run it by hand.

    .venv/bin/python tests/bench/speed_missing.py [--rows 5000] [--imputations 20] [--iterations 10]

It makes SYNTHETIC deaths with six incomplete columns (two of two levels, two of five, an ordered
one, and either a year or an age as a number), a fifth of each missing, and imputes them on one
core. With the year all predictors have levels, so that models are fitted to counts of distinct
rows; with the age to rows. pytest does not collect it.

Measured with 5,000 deaths, 20 imputations of 10 iterations, on one of two cores that others used
as well: 3.5 to 5 s of processor time with the year, 7 to 9 s with the age.
"""

import argparse
import os
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

SEED = 20_260_401
GOAL = 10.0


def make(rows, numeric):
    """Make the synthetic deaths."""
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(SEED)
    frame = pd.DataFrame(
        {
            "late": random.integers(0, 2, rows),
            "male": random.integers(0, 2, rows).astype(float),
            "disability": (random.random(rows) < 0.1).astype(float),
            "place": random.choice(list("abcde"), rows, p=[0.4, 0.3, 0.15, 0.1, 0.05]),
            "ethnicity": random.choice(list("abcde"), rows, p=[0.8, 0.07, 0.06, 0.04, 0.03]),
            "band": pd.Categorical.from_codes(random.integers(0, 6, rows), list("123456"), True),
            "last": random.normal(70, 15, rows) if numeric else random.choice(list("1234"), rows),
        }
    )
    for name in frame.columns[1:]:
        frame.loc[random.random(rows) < 0.2, name] = None
    return frame


def main():
    """Time both kinds of columns."""
    from helpers.methods.missing_data import impute

    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--rows", type=int, default=5_000)
    given.add_argument("--imputations", type=int, default=20)
    given.add_argument("--iterations", type=int, default=10)
    asked = given.parse_args()
    for numeric, words in ((False, "with a year"), (True, "with an age")):
        frame = make(asked.rows, numeric)
        start = time.process_time()
        impute(frame, columns=list(frame.columns[1:]), outcome="late", seed=1,
               imputations=asked.imputations, iterations=asked.iterations)  # fmt: skip
        took = time.process_time() - start
        print(f"{words}: {took:.1f} s of processor time (goal {GOAL:g} s)")


if __name__ == "__main__":
    main()
