"""Times come back from deaths whose laws are known; where they do not, the table says why."""

import numpy as np
import pandas as pd
import pytest
import yaml
from delays import (
    ASSESSED,
    COLUMNS,
    END,
    EXTRACT,
    FIRST,
    KEYS,
    LATEST,
    SEEDS,
    TABLE,
    TRUE,
    estimates,
    summary,
    truths,
)
from delays_drawn import DEATHS, ENDED, EPOCH, case, drawn, recorded, run_of, stretches
from pandas.testing import assert_frame_equal
from scipy import stats
from scipy.special import gamma

from helpers import start, synthetic
from helpers.cohort import delays, ends, stages, waiting
from helpers.methods import proportions
from helpers.synthetic import delays as laws
from helpers.synthetic import names, truth
from helpers.synthetic.records import build


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(TABLE, keep_default_na=False, na_values=[""]).fillna({"note": ""})


@pytest.fixture(scope="module")
def first():
    """The estimates of the first seeds, made again."""
    return estimates(range(FIRST), DEATHS, case())


@pytest.fixture(scope="module")
def true():
    """True values from fewer draws than those of the table."""
    return truths(60_000).set_index("quantity")["truth"]


def rows(table, estimator, pattern):
    mine = table["estimator"].eq(estimator) & table["quantity"].str.contains(pattern)
    assert mine.any()
    return table[mine]


def expected(table):
    """Which shares could come of the promised chance: exact limits, 999 of 1,000."""
    hits = (table["coverage"] * table["seeds"]).round()
    low, high = proportions.clopper_pearson(hits, table["seeds"], level=0.999)
    return (low <= table["promised"]) & (table["promised"] <= high)


# ---- The table is what the script makes ---------------------------------------------------------


def test_the_first_seeds_of_the_table_are_made_again(table, first):
    assert table.columns.tolist() == COLUMNS
    assert table["seeds"].eq(SEEDS).all()
    made = first.groupby(KEYS, sort=False)["value"].mean().rename("mean_of_first").reset_index()
    held = table[[*KEYS, "mean_of_first"]]
    assert_frame_equal(held, made, check_dtype=False, rtol=1e-4, atol=1e-6)


def test_seeds_that_go_through_together_give_what_each_gives_alone(first):
    alone = estimates([1], DEATHS, case())
    mine = first[first["seed"].eq(1)]
    assert_frame_equal(mine.reset_index(drop=True), alone)


def test_true_values_of_the_table_come_of_the_laws(table, true):
    """Made again from fewer draws: to a day or 2%, shares to a hundredth."""
    held = table.set_index("quantity")["truth"]
    again = true.reindex(held.index)
    days = ~held.index.str.contains("within")
    assert np.allclose(again[days], held[days], rtol=0.02, atol=1.0)
    assert np.allclose(again[~days], held[~days], atol=0.01)


def test_parameters_are_those_of_the_laws_in_closed_form(table):
    """Whole days: the median of 9 days stays 9, a scale of 120 days is about that."""
    held = table.drop_duplicates("quantity").set_index("quantity")["truth"]
    for name, (_, kind, first_, second) in laws.LAWS.items():
        if (key := f"{name}, median of its law") in held:
            assert (kind, held[key]) == ("lognormal", first_)
        if (key := f"{name}, scale of its law") in held:
            # Somewhat shorter: of those investigated more than half died in the later two years.
            assert kind == "weibull"
            assert held[key] == pytest.approx(second, rel=0.02)
    # Hazards of a Weibull law are proportional when its scale changes: shape times the change.
    shape, change = laws.LAWS["draft_report"][2], laws.YEAR_EFFECT["draft_report"]
    assert held["draft_report, hazard ratio of a later year"] == pytest.approx(
        np.exp(-shape * change)
    )


def test_true_means_agree_with_closed_forms(table):
    """Mean of a lognormal law; of a Weibull law, for those who were no in-patients."""
    held = table.drop_duplicates("quantity").set_index("quantity")["truth"]
    mean = held["incident_reported, mean days in the first 730"]
    assert mean == pytest.approx(2.0 * np.exp(0.5), abs=0.03)
    ward = synthetic.people(1, 100_000).query("investigated")["inpatient"].mean()
    mean = held["trust_knew, mean days in the first 730"]
    assert mean == pytest.approx((1 - ward) * 6.0 * gamma(1 + 1 / 0.8), abs=0.15)
    # An end of another kind comes at a constant chance: none of it before the panel decided.
    assert held["Removed from the list of serious incidents within 365 days of opening"] < (
        1 - np.exp(-laws.ENDS["delogged"] * 365)
    )


def test_a_row_by_hand():
    """Of three intervals one holds the truth, one ends before it and one has no upper limit."""
    found = pd.DataFrame(
        {"seed": [0, 1, 9], "quantity": "a", "estimator": "b", "value": [1.0, 2.0, np.nan],
         "low": [0.0, 1.0, 2.0], "high": [4.0, 2.5, np.nan], "events": [10, 20, 30]}
    )  # fmt: skip
    row = summary(found, pd.DataFrame({"quantity": ["a"], "truth": [3.0]})).iloc[0]
    assert (row["mean_estimate"], row["mean_of_first"]) == (1.5, 1.5)
    assert (row["bias"], row["events"]) == (-1.5, 20)
    assert (row["coverage"], row["seeds"], row["unbounded"]) == (pytest.approx(2 / 3), 3, 1)
    assert row["bias_error"] == pytest.approx(0.5)


# ---- What it shows ------------------------------------------------------------------------------


def test_every_row_covers_as_promised_or_says_why_not(table):
    odd = table[~expected(table)]
    assert odd.loc[odd["note"].eq(""), KEYS].to_numpy().tolist() == []
    assert len(odd) > 10  # the test can fail: some rows are known not to cover


def test_every_bias_is_within_chance_or_small_or_explained(table):
    """Small: less than 3% of the true value, or less than a day."""
    size = table["bias"].abs()
    few = table["quantity"].str.contains("day by which|median|scale|mean days") & size.lt(1.0)
    fine = size.le(4 * table["bias_error"]) | size.le(0.03 * table["truth"]) | few
    assert table.loc[~fine & table["note"].eq(""), KEYS].to_numpy().tolist() == []


def test_with_the_true_day_of_every_end_all_that_is_true_comes_back(table):
    """No row fails to cover: what does not come back from records is lost in them."""
    mine = table[table["estimator"].eq(TRUE)]
    assert len(mine) == 9 + 7 + 8 + 10 + 1
    assert mine["coverage"].ge(0.90).all()
    assert abs(mine["coverage"].mean() - 0.95) < 0.02


def test_followed_to_their_end_investigations_give_the_days_of_the_truth_file(table):
    mine = rows(table, END, "day by which")
    assert len(mine) == 3 * len(ENDED)
    assert expected(mine).all()


def test_counted_as_never_there_they_give_the_days_of_a_share_of_all(table):
    """The notebook's own way: longer than the truth file by what other ends took away."""
    of_all, file = rows(table, EXTRACT, "of all$"), rows(table, EXTRACT, "final|closed")
    assert expected(of_all).all()
    file = file[file["quantity"].str.contains("%$")]
    assert file["bias"].gt(0).all()
    assert file["coverage"].min() < 0.3
    assert expected(rows(table, EXTRACT, "share within")).all()


def test_what_nothing_competes_with_comes_back_as_the_notebook_counts_it(table):
    for interval in ("death_to_reported", "death_to_steis"):
        assert rows(table, EXTRACT, interval)["coverage"].ge(0.95).all()
    assert rows(table, ASSESSED, "death_to_ima")["coverage"].ge(0.95).all()


def test_the_effect_of_the_year_comes_back_where_ends_are_censored(table):
    both = pd.concat([rows(table, name, "hazard ratio") for name in (END, TRUE)])
    assert expected(both).all()
    assert both["bias"].abs().lt(3 * both["bias_error"]).all()


def test_the_latest_day_of_an_end_without_a_day_is_too_late(table):
    early = rows(table, END, "death_to_closed, day by which 75%")["coverage"].iloc[0]
    late = rows(table, LATEST, "death_to_closed, day by which 75%")["coverage"].iloc[0]
    assert early > 0.9 > late


def test_limits_about_means_of_a_skewed_stage_are_as_good_as_they_can_be(table):
    """What the note says of Student's limits, by plain simulation of 216 draws."""
    rng = np.random.default_rng(20151217)
    days = np.rint(np.exp(np.log(2.0) + rng.standard_normal((8_000, 216))))
    error = days.std(axis=1, ddof=1) / np.sqrt(216)
    reach = stats.t.ppf(0.975, 215) * error
    hits = np.abs(days.mean(axis=1) - days.mean()) <= reach
    assert hits.mean() == pytest.approx(0.93, abs=0.01)
    note = rows(table, TRUE, "incident_reported, mean")["note"].iloc[0]
    assert "93 of 100" in note


# ---- The frames are those of the notebook -------------------------------------------------------


@pytest.fixture(scope="module")
def run():
    return run_of(case(), drawn(5, DEATHS))


def test_those_followed_to_their_end_are_those_of_the_model_of_waiting(run):
    frame = waiting.model_frame(run)
    mine = stretches(recorded(run))
    mine = mine[mine["interval"].eq(run.case.waiting.interval)]
    assert mine["days"].tolist() == frame["days"].tolist()
    assert mine["observed"].astype(int).tolist() == frame["observed"].tolist()


def test_every_kind_of_end_is_in_the_records(run):
    assert ends.ends(run)["cause"].nunique() == 4
    assert ends.ends(run)["cause"].isna().any()
    assert stages.elapsed(run)["ended"].sum() > 10


@pytest.mark.parametrize("seed", [1])
def test_the_files_of_a_case_read_back_give_the_same_days(seed, tmp_path, monkeypatch):
    """Written, damaged and read by intake: only what was planted differs from the records.

    The records are drawn again from the seed of the case by the functions that the study uses.
    """
    size, home = 400, tmp_path
    (home / "notebooks").mkdir()
    monkeypatch.setenv("INQUIRY_HOME", str(home))
    folder = home / "data" / "trial"
    synthetic.synthesise(folder, seed=seed, deaths=size, shape="general", books=False)
    read = delays.durations(start(case="trial"))
    stream, _ = np.random.default_rng([seed, 3, 0]).spawn(2)
    pool = names.numbers(np.random.default_rng([seed, 1]))
    people = build(stream, size, exact=False, trusts=1, pool=pool).patients
    people = people[people["status"].eq("")].assign(seed=seed).reset_index(drop=True)
    dates = ["date_of_death", *laws.LAWS]
    as_days = {name: EPOCH + pd.to_timedelta(people[name], unit="D") for name in dates}
    own = delays.durations(run_of(case(), people.assign(**as_days)))
    place = own["review_id"].str.split("-").str[1].astype(int)
    own = own.assign(person=people["person"].to_numpy()[place])
    told = truth.read(folder, "people").set_index("row")["person"].astype(int)
    read = read.assign(person=read["source_row"].map(told))
    both = read.merge(own, on=["person", "interval"], how="outer", suffixes=("", "_true"))
    same = both["days"].eq(both["days_true"]) & both["observed"].eq(both["observed_true"])
    assert len(own) > 250
    assert same.mean() > 0.98
    # Whoever differs is somebody to whom a fault was planted.
    links = truth.read(folder, "links").astype({"person": "int64"})
    faults = truth.read(folder, "dirt").merge(links, on=["source_id", "sheet", "row"])
    planted = set(faults["person"]) | set(links.loc[links["damage"].ne(""), "person"])
    assert set(both.loc[~same, "person"]) <= planted
    # The truth file says of its own people what the table says of half a million.
    said = yaml.safe_load((folder / "truth" / "truth.yml").read_text(encoding="utf-8"))
    quartiles = said["delays"]["quartiles_if_all_were_seen_to_their_end"]
    held = pd.read_csv(TABLE).drop_duplicates("quantity").set_index("quantity")["truth"]
    for row in quartiles:
        for share, word in ((25, "quartile_1"), (50, "median"), (75, "quartile_3")):
            table_says = held[f"{row['interval']}, day by which {share}%"]
            assert row[f"{word}_days"] == pytest.approx(table_says, rel=0.06, abs=1)


def test_of_a_drawn_seed_the_days_are_those_that_were_drawn():
    people = drawn(7, 800).reset_index(drop=True)
    days = delays.durations(run_of(case(), people))
    mine = days[days["interval"].eq("death_to_reported")]
    took = (people["incident_reported"] - people["date_of_death"]).dt.days
    assert mine["days"].tolist() == took.tolist()
