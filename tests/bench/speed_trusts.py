"""How long the limits, funnels and charts of 300 trusts take from their counts: run it by hand.

    .venv/bin/python tests/bench/speed_trusts.py [--trusts 300]

It draws SYNTHETIC monthly counts of four years for each trust, and from them makes, as frames:
limits of shares and rates of every trust, standardised ratios, funnels with and without
over-dispersion, shrunken estimates, a chart of each kind for each trust (XmR, p, u, p', u', t, g)
and a cumulative sum. "all of it" is the sum of the medians of three calls each, in one process.
Pictures are not part of it. pytest does not collect it.
"""

import argparse
import sys
import time
from statistics import median

import numpy as np
import pandas as pd

from helpers.methods import (
    attribute_charts,
    funnel,
    proportions,
    rare_events,
    sequential,
    shrinkage,
    spread,
    standardise,
    xmr,
)

REPEATS, SEED, MONTHS, GOAL = 3, 20_260_401, 48, 1.0


def drawn(trusts):
    """Return counts by trust and month, by trust, by trust and stratum, and gaps between events."""
    random = np.random.default_rng(SEED)
    size = random.gamma(4, 20, trusts)
    share = random.beta(20, 180, trusts)
    rows = pd.DataFrame(
        {
            "trust": np.repeat(np.arange(trusts), MONTHS),
            "period": np.tile(pd.date_range("2011-04-01", periods=MONTHS, freq="MS"), trusts),
        }
    )
    rows["denominator"] = random.poisson(np.repeat(size, MONTHS)) + 1
    rows["numerator"] = random.binomial(rows["denominator"], np.repeat(share, MONTHS))
    rows["value"] = rows["numerator"] / rows["denominator"]
    rows["expected"] = rows["denominator"] * 0.1
    whole = rows.groupby("trust", as_index=False)[["numerator", "denominator", "expected"]].sum()
    strata = pd.DataFrame(
        {
            "trust": np.repeat(np.arange(trusts), 18),
            "stratum": np.tile(np.arange(18), trusts),
            "denominator": random.gamma(3, 200, trusts * 18),
        }
    )
    strata["numerator"] = random.poisson(strata["denominator"] * 0.01)
    events = pd.DataFrame({"trust": np.repeat(np.arange(trusts), 24)})
    events["value"] = random.exponential(30, len(events)).round() + 1
    return rows, whole, strata, events


def steps(rows, whole, strata, events):
    """Return every step by name."""
    of_counts = {"numerator": "numerator", "denominator": "expected"}
    standard = strata.groupby("stratum", as_index=False)["numerator"].sum()
    standard["denominator"] = strata.groupby("stratum")["denominator"].sum().to_numpy()
    charts = {
        f"{kind} chart": lambda kind=kind: attribute_charts.attribute_chart(
            rows, kind=kind, within="trust"
        )
        for kind in ("p", "u", "p'", "u'")
    }
    return {
        "limits of shares": lambda: proportions.proportion(whole),
        "limits of rates": lambda: proportions.rate(whole),
        "standardised ratios": lambda: standardise.indirect(
            strata, by="trust", strata="stratum", reference=standard
        ),
        "funnel of shares": lambda: funnel.funnel(whole),
        "funnel of ratios": lambda: funnel.funnel(whole, kind="ratio", **of_counts),
        "curves of the funnel": lambda: spread.limit_curves(whole),
        "shrunken shares": lambda: shrinkage.beta_binomial(whole),
        "shrunken ratios": lambda: shrinkage.gamma_poisson(whole, **of_counts),
        "XmR chart": lambda: xmr.xmr(rows, within="trust"),
        **charts,
        "t chart": lambda: rare_events.t_chart(events, within="trust"),
        "g chart": lambda: rare_events.g_chart(events, within="trust"),
        "cumulative sum": lambda: sequential.cusum(
            rows, observed="numerator", expected="expected", within="trust"
        ),
    }


def main(trusts):
    """Measure every step and print the table."""
    held = drawn(trusts)
    total = 0.0
    print(f"{trusts} SYNTHETIC trusts of {MONTHS} months, {REPEATS} calls each, medians\n")
    print("| what | rows | seconds |")
    print("|---|---|---|")
    for name, step in steps(*held).items():
        spent = []
        for _ in range(REPEATS):
            began = time.perf_counter()
            made = step()
            spent.append(time.perf_counter() - began)
        total += median(spent)
        print(f"| {name} | {len(made):,} | {median(spent):.3f} |", flush=True)
    print(f"| all of it | | {total:.2f} |")
    print(f"\n{'Goal met' if total < GOAL else 'THE GOAL WAS MISSED'}: {GOAL:g} s.")
    return 0 if total < GOAL else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--trusts", type=int, default=300)
    sys.exit(main(parser.parse_args().trusts))
