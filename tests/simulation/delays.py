"""Whether times come back from synthetic deaths whose laws are known, over many seeds.

    python tests/simulation/delays.py            # writes tests/simulation/delays_coverage.csv
    python tests/simulation/delays.py --quick    # ten seeds, shown only

Each seed is a trust of 2,500 invented deaths, some 220 of them investigated, drawn by
:func:`helpers.synthetic.people`: what a record of it would hold before anything in it went wrong.
The same functions draw the deaths of a case that is written to files; that its files, read back by
intake, give the same days is tested beside this. From the records everything goes the way of the
notebook: :mod:`helpers.cohort.delays`, :mod:`helpers.cohort.ends`, :mod:`helpers.cohort.stages`,
then :mod:`helpers.methods`.

Every row of the table is a quantity, what was done to estimate it, its true value, what came of it,
and how often the 95% interval held the truth, with Monte Carlo limits (Wilson, 95%). An upper limit
that the curve does not reach is taken as beyond the truth. Where the share is not the promised one
the column ``note`` says why: the estimate is then of something else than the truth beside it, or
the record lacks what would be needed. True values are those of the laws, in whole days as they are
recorded, of half a million people; those of the truth file of a case are of its own people.
``mean_of_first`` is the mean estimate of the first few seeds, so that a test can make it again.

Three ways to follow an investigation that ended otherwise (removed from the list, downgraded,
abandoned, superseded) are set against one another, for they estimate different things:

to the extract
    As never having reached the next day, followed to the extract: the share of all. The notebook
    gives it for the stretches.
to its end
    To the day on which it ended, or the last recorded day where none is recorded: the pace while
    it was open. The notebook gives it beside, and for the stages and the model.
true day
    To the day on which it truly ended, which the record of abandoned and superseded ones lacks.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from delays_drawn import (
    CAUSE,
    DEATHS,
    ENDED,
    EPOCH,
    PARAMETERS,
    case,
    drawn,
    gaps,
    joined,
    lived,
    parameter,
    recorded,
    run_of,
    seed_of,
    spells,
    stretches,
    ways,
)

from helpers import synthetic
from helpers.casefile import Case
from helpers.cohort import delays, ends, stages
from helpers.methods import competing, cox, proportions, survival
from helpers.methods.stages import time_in_stages
from helpers.synthetic import delays as laws
from helpers.synthetic.people import SHARES

TABLE = Path(__file__).with_name("delays_coverage.csv")
SEED, SEEDS, FIRST = 20151217, 200, 4
COLUMNS = [
    *("quantity", "estimator", "truth", "mean_estimate", "bias", "bias_error", "promised"),
    *("coverage", "low", "high", "seeds", "unbounded", "events", "mean_of_first", "note"),
]
KEYS = ["quantity", "estimator"]
QUARTILES, TIMES, HORIZON = (0.25, 0.5, 0.75), (183, 365), 730
OF_ALL = " of all"
ASSESSED = "of those whose assessment was completed"
EXTRACT, END, TRUE = "to the extract", "to its end", "true day"
LATEST = "to the extract if its end has no day"


# ---- What is estimated --------------------------------------------------------------------------


def _kept(frame: pd.DataFrame, quantity: pd.Series | str, estimator: str) -> pd.DataFrame:
    named = frame.assign(quantity=quantity, estimator=estimator, events=frame["numerator"])
    return named[["seed", *KEYS, "value", "low", "high", "events"]]


def _quartiles(days: pd.DataFrame, estimator: str, words: str = "") -> pd.DataFrame:
    made = survival.quantiles(days, probabilities=QUARTILES, by=["seed", "interval"])
    share = (100 * made["probability"]).astype(int).astype("str")
    named = made["interval"].astype("str") + ", day by which " + share + "%" + words
    return _kept(made, named, estimator)


def _locations(days: pd.DataFrame, estimator: str) -> pd.DataFrame:
    parts = []
    for name in PARAMETERS:
        word, share = parameter(name)
        mine = days[days["stage"].eq(name)]
        made = survival.quantiles(mine, probabilities=[share], by="seed")
        parts.append(_kept(made, f"{name}, {word} of its law", estimator))
    return pd.concat(parts)


def _incidence(ended: pd.DataFrame, estimator: str) -> pd.DataFrame:
    causes = sorted(set(CAUSE.values()))
    made = competing.incidence_at(ended, times=[365, HORIZON], causes=causes, by="seed")
    time = made["time"].astype(int).astype("str")
    named = made["cause"].astype("str") + " within " + time + " days of opening"
    return _kept(made, named, estimator)


def _means(ways_: pd.DataFrame, names: list[str], estimator: str) -> pd.DataFrame:
    made = [
        time_in_stages(mine, stages=names, horizon=HORIZON, ended="ended").assign(seed=seed)
        for seed, mine in ways_.groupby("seed")
    ]
    whole = pd.concat(made)
    return _kept(whole, whole["stage"] + f", mean days in the first {HORIZON}", estimator)


def _year(days: pd.DataFrame, estimator: str) -> pd.DataFrame:
    days = days[days["stage"].eq("draft_report")]
    made = [
        cox.cox(mine, terms=["year"]).coefficients.assign(seed=seed)
        for seed, mine in days.groupby("seed")
    ]
    return _kept(pd.concat(made), "draft_report, hazard ratio of a later year", estimator)


def estimates(seeds: Sequence[int], deaths: int, case_: Case) -> pd.DataFrame:
    """Every estimate of each seed with its interval.

    The records of all the seeds go through the house's functions at once, which treat each record
    by itself; every estimate is of one seed.
    """
    people = pd.concat([drawn(seed, deaths) for seed in seeds], ignore_index=True)
    run = run_of(case_, people)
    days, names = delays.durations(run), list(stages.names(run))
    days = days.assign(seed=seed_of(days))
    within = survival.share_by(days, times=TIMES, by=["seed", "interval"])
    within = within[within["interval"].isin(["death_to_ima", *ENDED])]
    time = within["time"].astype(int).astype("str")
    named = within["interval"].astype("str") + ", share within " + time + " days"
    reviewed = people["seed"].astype("str") + "-" + people.index.astype("str")
    reviewed = set(reviewed[people["reviewed"]])
    assessed = days[days["interval"].eq("death_to_ima") & days["review_id"].isin(reviewed)]
    looked = people[people["investigated"]]
    run = run_of(case_, looked)  # the other deaths are in none of what follows
    looked = looked.assign(date_of_death=(looked["date_of_death"] - EPOCH).dt.days.astype(float))
    true = joined(
        lived(np.random.default_rng([SEED, seed]), mine.reset_index(drop=True), last=laws.LAST_DAY)
        for seed, mine in looked.groupby("seed")
    )
    end, late = recorded(run), recorded(run, undated="latest")
    waits, way = stages.waits(run), stages.elapsed(run)
    stage = {label: name for name, label in stages.names(run).items()}
    waits = waits.assign(seed=seed_of(waits), stage=waits["label"].map(stage))
    waits = waits.astype({"year": "float64", "observed": "bool"})
    ended, ended_late = ends.ends(run), ends.ends(run, undated="latest")
    return pd.concat(
        [
            _quartiles(days, EXTRACT),
            _quartiles(days[days["interval"].isin(["death_to_ima", *ENDED])], EXTRACT, OF_ALL),
            _kept(within, named, EXTRACT),
            _quartiles(assessed, ASSESSED),
            _quartiles(stretches(end), END),
            _quartiles(stretches(late), LATEST),
            _quartiles(stretches(true), TRUE),
            _locations(gaps(end), END),
            _locations(gaps(true), TRUE),
            _incidence(ended.assign(seed=seed_of(ended)), END),
            _incidence(ended_late.assign(seed=seed_of(ended_late)), LATEST),
            _incidence(spells(true), TRUE),
            _means(way.assign(seed=seed_of(way)), names, END),
            _means(ways(true, names), names, TRUE),
            _year(waits, END),
            _year(gaps(true), TRUE),
        ],
        ignore_index=True,
    )


# ---- What is true -------------------------------------------------------------------------------


def _by_law(name: str, share: float, years: np.ndarray) -> float:
    """First whole day by which a share of a stage is over, from its law in closed form."""
    from scipy import stats

    _, kind, first, second = laws.LAWS[name]
    year, count = np.unique(years, return_counts=True)
    day = np.arange(5_000)
    over = (day[:, None] + 0.5) / np.exp(laws.YEAR_EFFECT.get(name, 0.0) * (year - 2012.5))
    if kind == "weibull":
        chance = stats.weibull_min.cdf(over, first, scale=second)
    else:
        chance = stats.lognorm.cdf(over, second, scale=first)
    return float(day[np.argmax(chance @ (count / count.sum()) >= share)])


def _of_all(name: str, took: pd.Series, reached: float) -> dict[str, float]:
    """Days by which quarters of all were there, where only a share is among those who took."""
    made = {}
    for share in QUARTILES:
        day = np.quantile(took, share / reached, method="inverted_cdf")
        made[f"{name}, day by which {int(100 * share)}%{OF_ALL}"] = float(day)
    return made


def truths(size: int = 500_000) -> pd.DataFrame:
    """The true value of each quantity, and of what the notebook's own way of following estimates.

    Returns
    -------
    DataFrame
        quantity, estimator (empty: whichever), aim (what is estimated) and truth.
    """
    rng = np.random.default_rng([SEED])
    people = synthetic.people(SEED, size).assign(seed=SEED)
    people["date_of_death"] = (people["date_of_death"] - EPOCH).dt.days.astype("float64")
    looked = people[people["investigated"]].reset_index(drop=True)
    looked = looked.iloc[rng.integers(0, len(looked), size)].reset_index(drop=True)
    rows: dict[str, float] = {}
    for row in laws.truth(rng, people, draws=size):
        for share, word in zip((25, 50, 75), ("quartile_1", "median", "quartile_3"), strict=True):
            rows[f"{row['interval']}, day by which {share}%"] = row[f"{word}_days"]
    held = lived(rng, looked, last=np.inf)
    days = stretches(held)
    for name in ENDED:
        took = days.loc[days["interval"].eq(name), "days"]
        took = took.where(days["observed"], np.inf)
        for time in TIMES:
            rows[f"{name}, share within {time} days"] = took.le(time).mean()
        rows |= _of_all(name, took, 1.0)
    # An assessment was completed for those investigated and for a known share of the others.
    studied = people.loc[people["unexpected"], "investigated"].mean()
    assessed = studied + (1 - studied) * SHARES["reviewed"]
    seen = people[people["reviewed"]]
    seen = seen.iloc[rng.integers(0, len(seen), size)].reset_index(drop=True)
    took = laws.latent(rng, seen)["ima_completed"] - seen["date_of_death"]
    for time in TIMES:
        rows[f"death_to_ima, share within {time} days"] = assessed * took.le(time).mean()
    rows |= _of_all("death_to_ima", took, assessed)
    for name in PARAMETERS:
        word, share = parameter(name)
        rows[f"{name}, {word} of its law"] = _by_law(name, share, looked["year"].to_numpy())
    took = spells(held)
    for cause in sorted(set(CAUSE.values())):
        for time in (365, HORIZON):
            hit = took["cause"].eq(cause) & took["days"].le(time)
            rows[f"{cause} within {time} days of opening"] = hit.mean()
    names = [stage.milestone for stage in case().stages.path]
    passed = ways(held, names)
    before = pd.Series(0.0, index=passed.index)
    for name in names:
        until = passed[name].fillna(passed["followed"]).clip(upper=HORIZON)
        rows[f"{name}, mean days in the first {HORIZON}"] = (until - before).mean()
        before = until
    _, _, shape, _ = laws.LAWS["draft_report"]
    ratio = np.exp(-shape * laws.YEAR_EFFECT["draft_report"])
    rows["draft_report, hazard ratio of a later year"] = ratio
    return pd.DataFrame({"quantity": list(rows), "truth": list(rows.values())})


# ---- The table ----------------------------------------------------------------------------------

DAY = ", day by which .*%"
WHOLE = (
    "Recorded in whole days, and few of them: limits that are whole days as well hold the truth "
    "more often than promised."
)
SKEWED = (
    "The stage is short and skewed: limits by Student's t about a plain mean of as many days drawn "
    "from its law hold it in 93 of 100 samples."
)
CUT = (
    "Where an abandoned or superseded investigation has no day of its end, its last recorded day "
    "is taken, which is too early: the wait that it was in is cut short, by one or two in a "
    "hundred on average."
)
NOTES: list[tuple[str, str, str]] = [
    (".*", "death_to_(?:reported|steis|ima)" + DAY, WHOLE),
    (".*", "(?:panel|steis|investigator|report_to).*median of its law", WHOLE),
    (".*", "incident_reported, mean days", SKEWED),
    (END, "(?:draft_report|final_report_internal|si_closed), (?:mean|scale|median)", CUT),
    (
        EXTRACT,
        "death_to_ima" + DAY + "$",
        "The notebook counts every death called unexpected; a fifth were never assessed and wait "
        "until the extract. The truth file gives the days of those that were assessed, which come "
        "back where only these are counted; the same estimate recovers the days of all.",
    ),
    (
        EXTRACT,
        "(?:reported|death)_to_(?:final|closed)" + DAY + "$",
        "The truth file gives the days had every investigation been seen to its end. Here one that "
        "ended otherwise never gets there, so the days are longer; they are those by which a share "
        "of all investigations was there, and recover those. The days of the truth file come back "
        "where investigations are followed to their end only.",
    ),
    (
        LATEST,
        "(?:reported|death)_to_(?:final|closed)" + DAY,
        "An end without a day is put at the extract, the latest it can have been: whoever was "
        "abandoned or superseded waits too long. With the earliest day the days come back.",
    ),
    (
        LATEST,
        "(?:Abandoned|Superseded|Completed) within",
        "An end without a day is put at the extract, the latest it can have been: too late to be "
        "counted within the time, and fewer are completed of those that seem open.",
    ),
]
"""Which rows (patterns of estimator and quantity) do not cover as promised, and why; the last
that fits is taken."""


def summary(found: pd.DataFrame, true: pd.DataFrame) -> pd.DataFrame:
    """One row a quantity and estimator: bias and coverage over the seeds."""
    held = found.merge(true, on="quantity", how="left")
    least, most = held["low"].fillna(-np.inf), held["high"].fillna(np.inf)
    hit = least.le(held["truth"]) & most.ge(held["truth"])
    first = held["value"].where(held["seed"].lt(FIRST))
    held = held.assign(hit=hit, unbounded=held["high"].isna(), first=first)
    by = held.groupby(KEYS, sort=False)
    made = by.agg(
        truth=("truth", "first"), mean_estimate=("value", "mean"), spread=("value", "std"),
        known=("value", "count"), hits=("hit", "sum"), seeds=("hit", "size"),
        unbounded=("unbounded", "sum"), events=("events", "mean"),
    ).reset_index()  # fmt: skip
    made["low"], made["high"] = proportions.wilson(made["hits"], made["seeds"])
    made = made.assign(
        bias=made["mean_estimate"] - made["truth"],
        bias_error=made["spread"] / np.sqrt(made["known"]),
        coverage=made["hits"] / made["seeds"],
        promised=0.95,
        mean_of_first=by["first"].mean().to_numpy(),
        note="",
    )
    for estimator, quantity, note in NOTES:
        mine = made["estimator"].str.fullmatch(estimator) & made["quantity"].str.contains(quantity)
        made.loc[mine, "note"] = note
    return made[COLUMNS]


def study(seeds: int = SEEDS, deaths: int = DEATHS) -> pd.DataFrame:
    """Estimate everything for each seed and hold it against the truth."""
    case_ = case()
    batches = [range(first, min(first + 20, seeds)) for first in range(0, seeds, 20)]
    found = [estimates(batch, deaths, case_) for batch in batches]
    return summary(pd.concat(found, ignore_index=True), truths())


def main() -> None:
    """Write the table, or show a quick one."""
    given = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    given.add_argument("--quick", action="store_true")
    quick = given.parse_args().quick
    found = study(10 if quick else SEEDS).round(6)
    if quick:
        sys.stdout.write(found.to_string(index=False) + "\n")
    else:
        found.to_csv(TABLE, index=False, lineterminator="\n")
        sys.stdout.write(f"{len(found)} rows written to {TABLE.name}\n")


if __name__ == "__main__":
    main()
