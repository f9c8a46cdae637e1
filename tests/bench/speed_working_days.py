"""How many pairs of days a second become working days: run it by hand.

    .venv/bin/python tests/bench/speed_working_days.py [--rows 10000000]

It draws SYNTHETIC pairs of days, counts the working days of each three times, as arrays and as
columns in seconds (the form of the canonical tables), and holds the counts against numpy's
``busday_count`` with both ends moved by a day. pytest does not collect it.
"""

import argparse
import sys
import time
from statistics import median

import numpy as np
import pandas as pd

from helpers.rules.working_days import add_working_days, bank_holidays, working_days_between

REPEATS = 3
SEED = 20_260_401
GOAL = 10e6


def timed(call):
    """Seconds of each repeat, and what the last one gave."""
    seconds, made = [], None
    for _ in range(REPEATS):
        started = time.perf_counter()
        made = call()
        seconds.append(time.perf_counter() - started)
    return seconds, made


def main(rows):
    """Draw the days, time each call and print the table."""
    random = np.random.default_rng(SEED)
    start = np.datetime64("2001-01-01") + random.integers(0, 9000, rows)
    end = start + random.integers(0, 500, rows)
    columns = [pd.Series(days.astype("datetime64[s]")) for days in (start, end)]
    missing = columns[1].mask(random.random(rows) < 0.2)
    days = bank_holidays()["date"].to_numpy(dtype="datetime64[D]")
    peer = np.busday_count(start + 1, end + 1, holidays=days)
    calls = {
        "between, arrays": lambda: working_days_between(start, end),
        "between, columns": lambda: working_days_between(*columns),
        "between, columns, a fifth missing": lambda: working_days_between(columns[0], missing),
        "add 60, arrays": lambda: add_working_days(start, 60),
    }
    print(f"{rows:,} SYNTHETIC pairs, {REPEATS} repeats each\n")
    print("| call | seconds | million pairs a second |")
    print("|---|---|---|")
    speeds, equal = {}, True
    for name, call in calls.items():
        seconds, made = timed(call)
        speeds[name] = rows / median(seconds)
        told = " / ".join(f"{one:.2f}" for one in seconds)
        print(f"| {name} | {told} | {speeds[name] / 1e6:.1f} |")
        if name.startswith("between"):
            counted = np.asarray(made)
            known = ~np.isnan(counted)
            equal &= bool(np.array_equal(counted[known], peer[known]))
    good = equal and speeds["between, arrays"] >= GOAL
    said = "equal to numpy" if equal else "NOT EQUAL to numpy"
    print(f"\n{said}; goal of {GOAL / 1e6:.0f} million a second {'met' if good else 'MISSED'}.")
    return 0 if good else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=10_000_000)
    sys.exit(main(parser.parse_args().rows))
