"""How often intervals cover, and how often limits and alarms are passed by chance alone.

    python tests/simulation/study.py            # writes tests/simulation/coverage.csv
    python tests/simulation/study.py --quick    # a hundredth of the replicates, shown only

Every row says what was simulated, the level or the chance that is promised, what was found, and the
Monte Carlo limits of what was found (Wilson, 95%). Exact binomial and Poisson coverage is summed
over all outcomes and has none. Not part of `make test`: one row is tested there at a time.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.methods import false_alarms, proportions, rates, sequential
from helpers.methods.attribute_charts import attribute_chart
from helpers.methods.capture import chapman
from helpers.methods.funnel import funnel
from helpers.methods.rare_events import t_chart
from helpers.methods.run_rules import runs
from helpers.methods.standardise import direct
from helpers.methods.xmr import xmr

TABLE = Path(__file__).with_name("coverage.csv")
SEED = 20151217
COLUMNS = ["what", "method", "setting", "promised", "found", "low", "high", "replicates"]
Row = tuple[str, str, str, float, float, float, float, int]


def simulated(
    what: str, method: str, setting: str, promised: float, hits: np.ndarray | pd.Series
) -> Row:
    """A row from outcomes that did or did not happen."""
    done = np.asarray(hits, dtype=bool)
    low, high = proportions.wilson(done.sum(), done.size)
    return (what, method, setting, promised, done.mean(), float(low), float(high), done.size)


def exact(what: str, method: str, setting: str, promised: float, chance: float) -> Row:
    """A row whose chance was summed over every outcome."""
    return what, method, setting, promised, chance, chance, chance, 0


def of_proportions(rng: np.random.Generator, size: int) -> list[Row]:
    """Coverage of the intervals of a share, exactly."""
    from scipy.stats import binom

    made = []
    for n, p in ((20, 0.05), (93, 0.043), (100, 0.5), (722, 0.377), (10_306, 0.0264)):
        x = np.arange(n + 1)
        mass = binom.pmf(x, n, p)
        for name, limits in (
            ("Wilson", proportions.wilson),
            ("Clopper-Pearson", proportions.clopper_pearson),
        ):
            low, high = limits(x, n, level=0.95)
            chance = float(mass[(low <= p) & (p <= high)].sum())
            made.append(exact("interval of a share", name, f"n = {n}, p = {p}", 0.95, chance))
    return made


def of_rates(rng: np.random.Generator, size: int) -> list[Row]:
    """Coverage of the intervals of a count, exactly."""
    from scipy.stats import poisson

    made = []
    for mean in (1.5, 4.0, 10.0, 40.0, 272.0):
        x = np.arange(int(mean + 12 * np.sqrt(mean) + 30))
        mass = poisson.pmf(x, mean)
        for name in ("exact", "byar", "phe"):
            low, high = proportions.poisson_limits(x, level=0.95, method=name)
            chance = float(mass[(low <= mean) & (mean <= high)].sum())
            made.append(exact("interval of a count", name, f"mean {mean:g}", 0.95, chance))
    return made


def of_rate_ratios(rng: np.random.Generator, size: int) -> list[Row]:
    """Coverage of the intervals of a ratio of rates."""
    made = []
    for first, second, ratio in ((5.0, 5.0, 1.0), (20.0, 10.0, 2.0), (60.0, 40.0, 1.5)):
        a, b = rng.poisson(first, size), rng.poisson(second, size)
        for method in ("exact", "mid-p"):
            _, low, high = rates.ratio_of_rates(a, 1.0, b, 1.0, method=method)
            hits = (low <= ratio) & (ratio <= high)
            setting = f"means {first:g} and {second:g}"
            made.append(simulated("interval of a rate ratio", method, setting, 0.95, hits))
    return made


def of_standardised(rng: np.random.Generator, size: int) -> list[Row]:
    """Coverage of the intervals of a directly standardised rate, strata of unequal weight."""
    people, rate = np.array([900.0, 400, 150, 60]), np.array([0.004, 0.02, 0.06, 0.15])
    weight = np.array([0.55, 0.25, 0.15, 0.05])
    truth = float((weight * rate).sum())
    events = rng.poisson(people * rate, (size, 4))
    frame = pd.DataFrame(
        {
            "run": np.repeat(np.arange(size), 4),
            "age": np.tile(np.arange(4), size),
            "numerator": events.ravel(),
            "denominator": np.tile(people, size),
            "weight": np.tile(weight, size),
        }
    )
    made = []
    for method in ("dobson", "fay-feuer"):
        found = direct(frame, by="run", strata="age", method=method)
        hits = found["low"].le(truth) & found["high"].ge(truth)
        setting = f"{(people * rate).sum():.0f} events expected in 4 strata"
        made.append(simulated("interval of a standardised rate", method, setting, 0.95, hits))
    return made


def of_funnels(rng: np.random.Generator, size: int) -> list[Row]:
    """How many units lie outside funnel limits, with and without true differences."""
    made = []
    units, runs_ = 60, max(size // 60, 5)
    n = rng.integers(20, 400, (runs_, units))
    for spread, setting in ((0.0, "no true differences"), (0.15, "true differences, tau 0.15")):
        centre = np.arcsin(np.sqrt(0.15)) + spread * rng.normal(size=(runs_, units))
        events = rng.binomial(n, np.sin(np.clip(centre, 0, np.pi / 2)) ** 2)
        frame = pd.DataFrame(
            {
                "run": np.repeat(np.arange(runs_), units),
                "numerator": events.ravel(),
                "denominator": n.ravel(),
            }
        )
        found = funnel(frame, within="run", method="conservative")
        for column, name in (("position", "exact limits"), ("od_position", "over-dispersed")):
            for level, promised in (("99.8", 0.002), ("95", 0.05)):
                out = found[column].str.contains("limit$" if level == "95" else "99.8", regex=True)
                what = f"units outside the {level}% funnel limits"
                made.append(simulated(what, name, f"{setting}, {units} units", promised, out))
    return made


def of_charts(rng: np.random.Generator, size: int) -> list[Row]:
    """How many points and series of nothing but chance break a rule."""
    series, length = max(size // 24, 5), 24
    value = rng.normal(50, 5, (series, length))
    frame = pd.DataFrame(
        {
            "unit": np.repeat(np.arange(series), length),
            "period": np.tile(np.arange(length), series),
            "value": value.ravel(),
        }
    )
    chart = xmr(frame, within="unit")
    any_rule = chart.groupby("unit")[["outside", "trend", "two_of_three", "shift"]].any()
    made = [
        simulated("points outside the limits", "XmR", "normal, 24 points", 0.0027, chart["outside"])
    ]
    for name in any_rule:
        said = f"XmR, {name.replace('_', ' ')}"
        made.append(
            simulated("series with a false signal", said, "24 points", np.nan, any_rule[name])
        )
    whole = any_rule.any(axis=1)
    made.append(
        simulated("series with a false signal", "XmR, any rule", "24 points", np.nan, whole)
    )
    signal = [runs(row, np.median(row)).signal for row in value]
    made.append(
        simulated("series with a false signal", "runs (Anhoej)", "24 points", np.nan, signal)
    )
    counts = rng.binomial(200, 0.1, (series, length))
    shares = frame.assign(numerator=counts.ravel(), denominator=200)
    for kind in ("p", "p'"):
        found = attribute_chart(shares, kind=kind, within="unit")["outside"]
        made.append(
            simulated("points outside the limits", f"{kind} chart", "n = 200", 0.0027, found)
        )
    gaps = frame.assign(value=rng.exponential(20, (series, length)).ravel())
    found = t_chart(gaps, within="unit")["outside"]
    made.append(simulated("points outside the limits", "t chart", "24 gaps", 0.0027, found))
    return made


def of_alarms(rng: np.random.Generator, size: int) -> list[Row]:
    """How often a calibrated CUSUM raises an alarm without any change, simulated again.

    The threshold supposes Poisson counts. Where they vary by more, it is passed more often, and the
    frame is to say so.
    """
    made, cases = [], [(3.0, 1.0), (12.0, 1.0), (12.0, 1.5), (12.0, 2.0), (12.0, 3.0)]
    for mean, spread in cases:
        expected = np.full(36, mean)
        threshold = false_alarms.threshold_for(expected, ratio=1.5)
        total = max(size // 36, 50)
        rates_ = mean
        if spread > 1:
            rates_ = rng.gamma(mean / (spread - 1), spread - 1, total * 36)
        frame = pd.DataFrame(
            {
                "unit": np.repeat(np.arange(total), 36),
                "period": np.tile(np.arange(36), total),
                "observed": rng.poisson(rates_, total * 36),
                "expected": mean,
            }
        )
        score = sequential.cusum(frame, ratio=1.5, threshold=threshold, within="unit")
        setting = f"36 months of {mean:g}, threshold {threshold:.2f}"
        setting += f", variance {spread:g} times the mean" if spread > 1 else ""
        hits = score.groupby("unit")["signal"].any()
        made.append(simulated("series with a false alarm", "CUSUM", setting, 0.05, hits))
        told = score.groupby("unit")["caution"].first().ne("")
        promised = 0.01 if spread == 1 else np.nan
        made.append(simulated("series with a caution", "CUSUM, spread", setting, promised, told))
    return made


def of_lists(rng: np.random.Generator, size: int) -> list[Row]:
    """Coverage of the two-list estimate where its assumptions hold, and where they do not."""
    made, people, count = [], 500, max(size // 10, 50)
    for together, setting in ((0.0, "independent lists"), (0.3, "lists that share who they miss")):
        missed = rng.random((count, people)) < together
        first = (rng.random((count, people)) < 0.8) & ~missed
        second = (rng.random((count, people)) < 0.7) & ~missed
        pairs = ((first & second), (first & ~second), (second & ~first))
        found = chapman(*(part.sum(axis=1) for part in pairs))
        hits = found["low"].le(people) & found["high"].ge(people)
        made.append(simulated("interval of a total", "Chapman", setting, 0.95, hits))
    return made


PARTS: dict[str, Callable[[np.random.Generator, int], list[Row]]] = {
    "proportions": of_proportions,
    "rates": of_rates,
    "rate_ratios": of_rate_ratios,
    "standardised": of_standardised,
    "funnels": of_funnels,
    "charts": of_charts,
    "alarms": of_alarms,
    "lists": of_lists,
}


def study(size: int, names: list[str] | None = None) -> pd.DataFrame:
    """Run the parts named, each from a seed of its own."""
    rows = []
    for place, (name, part) in enumerate(PARTS.items()):
        if names is None or name in names:
            rows += part(np.random.default_rng([SEED, place]), size)
    return pd.DataFrame(rows, columns=COLUMNS)


def main() -> None:
    """Write the table, or show a quick one."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--quick", action="store_true")
    quick = given.parse_args().quick
    found = study(1_000 if quick else 100_000).round(6)
    if quick:
        sys.stdout.write(found.to_string(index=False) + "\n")
    else:
        found.to_csv(TABLE, index=False, lineterminator="\n")
        sys.stdout.write(f"{len(found)} rows written to {TABLE.name}\n")


if __name__ == "__main__":
    main()
