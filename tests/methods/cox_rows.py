"""Rows for the tests of Cox models, the name of their reference, and brute force."""

from itertools import combinations

import numpy as np
import pandas as pd

TERMS = ["age", "sex", "ph.ecog"]
CASE = "20_cox_ties"


def synthetic(rows, seed=1, ties=30):
    """Rows with late entry, whole days, a category, a flag and a number."""
    random = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "place": random.choice(["community", "prison", "ward"], rows),
            "male": random.integers(0, 2, rows),
            "age": random.normal(60, 15, rows).round(1),
            "trust": random.choice(list("ABCDEF"), rows),
        }
    )
    pull = 0.4 * (frame["place"] == "ward") - 0.3 * frame["male"] + 0.02 * (frame["age"] - 60)
    frame["days"] = np.ceil(random.exponential(ties, rows) * np.exp(-pull)).astype(int) + 1
    frame["entered"] = random.integers(-5, 1 + frame["days"].to_numpy() // 2)
    frame["observed"] = random.random(rows) < 0.7
    return frame


def brute(frame, terms, estimate, *, entry=None, ties="efron"):
    """Log partial likelihood written out death by death."""
    x = frame[terms].to_numpy(float) @ np.asarray(estimate)
    start = np.full(len(frame), -np.inf) if entry is None else frame[entry].to_numpy()
    days, seen = frame["days"].to_numpy(), frame["observed"].to_numpy(bool)
    total = 0.0
    for day in np.unique(days[seen]):
        risk, died = (start < day) & (day <= days), seen & (days == day)
        d = int(died.sum())
        total += x[died].sum()
        if ties == "exact":
            sets = combinations(np.flatnonzero(risk), d)
            total -= np.log(sum(np.exp(x[list(chosen)].sum()) for chosen in sets))
            continue
        shares = np.arange(d) / d if ties == "efron" else np.zeros(d)
        total -= np.log(np.exp(x[risk]).sum() - shares * np.exp(x[died]).sum()).sum()
    return total
