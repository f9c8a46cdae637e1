"""Life tables and Turnbull's estimate against published examples, Kaplan-Meier and brute force.

Published: the angina life table of Parker and others (1946) JAMA 131:95 as in Lee (1992)
Statistical Methods for Survival Data Analysis and the SAS manual (LIFETEST, actuarial estimates);
the breast cosmesis data of Finkelstein and Wolfe (1985) Biometrics 41:933 with the estimate that
the R package interval publishes for them (Fay and Shaw (2010) JSS 36(2), section 4).
"""

import itertools

import numpy as np
import pandas as pd
import pytest
from banded_rows import MONTHS, bands
from hypothesis import given
from hypothesis import strategies as st

from helpers.methods import banded, survival

# ---- Life table ---------------------------------------------------------------------------------


ANGINA_DONE = [456, 226, 152, 171, 135, 125, 83, 74, 51, 42, 43, 34, 18, 9, 6, 0]
ANGINA_OPEN = [0, 39, 22, 23, 24, 107, 133, 102, 68, 64, 45, 53, 33, 27, 23, 30]
ANGINA = "0.8114 0.7170 0.6524 0.5786 0.5193 0.4611 0.4172 0.3712 0.3342 0.2987 0.2557 0.2136"
ANGINA_SURVIVAL = [float(part) for part in (ANGINA + " 0.1839 0.1636 0.1429").split()]


def cohort(done, still_open, edges):
    return bands(0, edges).assign(done=done, still_open=still_open)


def test_the_published_life_table_of_angina():
    years = [(year, year + 1) for year in range(15)] + [(15, None)]
    found = banded.life_table(cohort(ANGINA_DONE, ANGINA_OPEN, years))
    assert found["denominator"].eq(2418).all()
    assert (1 - found["value"]).iloc[:15].round(4).tolist() == ANGINA_SURVIVAL
    assert np.isnan(found["value"].iloc[15])
    # Greenwood's standard errors of the first, second and last year, as SAS prints them.
    for year, error in ((0, 0.00796), (1, 0.00918), (14, 0.0133)):
        low, high = found.loc[year, ["low", "high"]]
        survival_ = 1 - found.loc[year, "value"]
        on_scale = error / (survival_ * abs(np.log(survival_)))
        wide = np.log(np.log(1 - high) / np.log(1 - low)) / (2 * 1.959964)
        assert wide == pytest.approx(on_scale, rel=0.01)


def test_without_anybody_open_the_life_table_counts():
    found = banded.life_table(cohort([4, 3, 2, 1, 0], 0, MONTHS))
    assert found["value"].iloc[:4].tolist() == pytest.approx([0.4, 0.7, 0.9, 1.0])
    assert found["least"].equals(found["value"])
    assert found["most"].equals(found["value"])


def test_the_life_table_by_hand():
    found = banded.life_table(cohort([40, 18], [20, 22], [(0, 6), (6, 12)]))
    assert found["value"].tolist() == pytest.approx([40 / 90, 1 - (50 / 90) * (11 / 29)])
    assert found["least"].tolist() == pytest.approx([0.4, 1 - 0.6 * 22 / 40])
    assert found["most"].tolist() == pytest.approx([0.5, 1.0])


def test_least_and_most_are_the_maximum_likelihood_at_the_ends_of_the_bands():
    """Open people put at the end or at the beginning of their band, by another estimator."""
    edges = [(0, 1), (1, 3), (3, 6), (6, 12)]
    done, waits = [5, 9, 4, 3], [2, 3, 6, 8]
    table = banded.life_table(cohort(done, waits, edges))
    for name, place in (("least", 1), ("most", 0)):
        rows = [(low, high, n) for (low, high), n in zip(edges, done, strict=True)]
        rows += [(edge[place], None, n) for edge, n in zip(edges, waits, strict=True)]
        frame = pd.DataFrame(rows, columns=["lower", "upper", "people"]).astype("float64")
        found = banded.turnbull(frame, count="people").dropna(subset=["value"])
        assert found["value"].tolist() == pytest.approx(table[name].tolist())


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.iloc[1:], "must begin at 0"),
        (lambda f: f.drop(index=1), "without a gap"),
        (lambda f: f.assign(done=[1, None, 3, 2, 2]), "Row 1: the count 'done' is missing"),
        (lambda f: f.assign(still_open=-1), "the count 'still_open' is negative"),
    ],
)
def test_a_cohort_that_cannot_be_is_refused(change, message):
    with pytest.raises(ValueError, match=message):
        banded.life_table(change(cohort([1, 2, 3, 2, 2], 1, MONTHS)))


def test_a_cohort_of_nobody_is_nothing():
    found = banded.life_table(cohort([0, 0, 0, 0, 0], 0, MONTHS))
    assert found[["value", "low", "high", "least", "most"]].isna().all(axis=None)
    assert found["denominator"].eq(0).all()


# ---- Turnbull -----------------------------------------------------------------------------------


COSMESIS = (
    "45- 6-10 0-7 46- 46- 7-16 17- 7-14 37-44 0-8 4-11 15- 11-15 22- 46- 46- 25-37 46- 26-40 46- "
    "27-34 36-44 46- 36-48 37- 40- 17-25 46- 11-18 38- 5-12 37- 0-5 18- 24- 36- 5-11 19-35 17-25 "
    "24- 32- 33- 19-26 37- 34- 36-"
)
COSMESIS_SHARES = {
    (4, 5): 0.0463,
    (6, 7): 0.0334,
    (7, 8): 0.0887,
    (11, 12): 0.0708,
    (24, 25): 0.0926,
    (33, 34): 0.0818,
    (38, 40): 0.1209,
    (46, 48): 0.4656,
}


def intervals(*rows, names=("lower", "upper", "people")):
    """A frame of intervals and how many people each stands for."""
    return pd.DataFrame(rows, columns=list(names)).astype("float64")


def test_the_published_estimate_of_breast_cosmesis():
    rows = [part.split("-") for part in COSMESIS.split()]
    frame = pd.DataFrame(rows, columns=["lower", "upper"]).replace("", None).astype("float64")
    found = banded.turnbull(frame)
    shares = found.set_index(["lower", "upper"])["share"].round(4)
    assert shares.to_dict() == COSMESIS_SHARES


def log_likelihood(frame, mass):
    """Log-likelihood of shares on unit steps 1, 2, ... for intervals with whole edges."""
    steps = np.arange(1, len(mass) + 1)
    upper = frame["upper"].fillna(np.inf).to_numpy()
    covers = (steps > frame["lower"].to_numpy()[:, None]) & (steps <= upper[:, None])
    with np.errstate(divide="ignore"):
        return float(frame["people"] @ np.log(covers @ mass))


@pytest.mark.slow
@pytest.mark.parametrize(
    "frame",
    [
        intervals((0, 2, 3), (1, 3, 2), (2, np.nan, 1)),
        intervals((0, 1, 1), (0, 3, 2), (1, np.nan, 2), (2, 3, 1)),
        intervals((0, 2, 1), (1, np.nan, 4), (0, 3, 2)),
    ],
)
def test_no_share_on_a_fine_grid_is_more_likely(frame):
    """Brute force: every way to deal 20 parts to four steps of time."""
    found = banded.turnbull(frame, count="people")
    mass = np.zeros(4)
    for row in found.itertuples():
        mass[int(min(row.upper, 4)) - 1] += row.share
    best = log_likelihood(frame, mass)
    parts = 20
    for cut in itertools.combinations(range(parts + 3), 3):
        dealt = np.diff([-1, *cut, parts + 3]) - 1
        assert log_likelihood(frame, dealt / parts) <= best + 1e-9


def test_bands_of_people_who_are_all_done_are_shares():
    found = banded.turnbull(bands([1, 2, 3, 2, 2]), count="count")
    assert found["share"].tolist() == pytest.approx([0.1, 0.2, 0.3, 0.2, 0.2])
    some = found.iloc[:4]
    binomial = some["value"] * (1 - some["value"]) / 10
    assert some["std_error"].to_numpy() == pytest.approx(np.sqrt(binomial))
    assert some["numerator"].tolist() == [1, 3, 6, 8]
    assert np.isnan(found["value"].iloc[4])


def test_exact_times_are_kaplan_meier(reference):
    """Reference 16 (R's lung data): 228 people, ties, 63 of them still alive at the end."""
    lung = reference("16_km_lung", "input")
    lung = lung.assign(died=lung["status"].eq(2).astype(int))
    upper = lung["time"].where(lung["died"].eq(1))
    found = banded.turnbull(lung.assign(lower=lung["time"], upper=upper))
    known = survival.kaplan_meier(lung, duration="time", observed="died")
    known = known[known["n_event"].gt(0)].reset_index(drop=True)
    found = found.dropna(subset=["value"])
    assert found["upper"].tolist() == known["time"].tolist()
    assert found["value"].to_numpy() == pytest.approx(1 - known["survival"].to_numpy(), abs=1e-7)
    assert found["std_error"].to_numpy() == pytest.approx(known["std_error"], rel=1e-5)
    assert found["low"].to_numpy() == pytest.approx(1 - known["high"], abs=1e-6)
    assert found["high"].to_numpy() == pytest.approx(1 - known["low"], abs=1e-6)


def test_an_exact_time_comes_before_somebody_still_waiting_at_it():
    found = banded.turnbull(intervals((3, 3, 1), (3, np.nan, 1)), count="people")
    assert found["share"].tolist() == pytest.approx([0.5, 0.5])
    assert found["lower"].tolist() == [3, 3]
    assert found["upper"].tolist() == [3, np.inf]


edges = st.tuples(st.integers(0, 6), st.integers(1, 4), st.integers(1, 5), st.booleans())


@given(st.lists(edges, min_size=1, max_size=8))
def test_turnbull_is_self_consistent(rows):
    """Turnbull (1976): each share is the mean of the chances that people's times lie there."""
    frame = intervals(*[(low, np.nan if late else low + wide, n) for low, wide, n, late in rows])
    found = banded.turnbull(frame, count="people")
    assert found["share"].sum() == pytest.approx(1)
    upper = frame["upper"].fillna(np.inf).to_numpy()
    holds = frame["lower"].to_numpy()[:, None] <= found["lower"].to_numpy()
    holds &= found["upper"].to_numpy() <= upper[:, None]
    chance = holds * found["share"].to_numpy()
    chance /= chance.sum(axis=1, keepdims=True)
    expected = frame["people"].to_numpy() @ chance / frame["people"].sum()
    assert found["share"].to_numpy() == pytest.approx(expected, abs=1e-6)


@given(st.lists(edges, min_size=1, max_size=8))
def test_a_row_for_several_people_is_several_rows(rows):
    frame = intervals(*[(low, np.nan if late else low + wide, n) for low, wide, n, late in rows])
    once = banded.turnbull(frame, count="people")
    each = banded.turnbull(frame.loc[frame.index.repeat(frame["people"].astype(int))])
    pd.testing.assert_frame_equal(once, each, rtol=1e-6, atol=1e-7)


def test_limits_hold_the_truth_about_as_often_as_they_say():
    """200 simulated registers of 150 people, looked at 3, 6, 12, 18 or 24 months after entry.

    The standard error of a share of 95% out of 200 is 1.5%.
    """
    draw = np.random.default_rng(7)
    looks = np.array([0.0, 3, 6, 12, 18, 24])
    wait = draw.exponential(10, 200 * 150)
    last = draw.integers(1, 6, wait.size)  # the last look at each person
    at = np.minimum(np.searchsorted(looks, wait), last + 1)
    upper = np.where(at <= last, looks[np.minimum(at, 5)], np.nan)
    frame = pd.DataFrame({"register": np.repeat(np.arange(200), 150)})
    frame = frame.assign(lower=looks[at - 1], upper=upper)
    found = banded.turnbull(frame, by="register")
    found = found[found["upper"].eq(6)]
    assert len(found) == 200
    true = 1 - np.exp(-6 / 10)
    held = found["low"].le(true) & found["high"].ge(true)
    assert 0.91 < held.mean() < 0.99


def test_groups_have_curves_of_their_own():
    frame = intervals((0, 2, 3), (2, 4, 1), (0, 2, 1), (2, 4, 1)).assign(area=["b", "b", "a", "a"])
    found = banded.turnbull(frame, count="people", by="area")
    assert found["area"].tolist() == ["a", "a", "b", "b"]
    assert found["share"].tolist() == pytest.approx([0.5, 0.5, 0.75, 0.25])


def test_everybody_still_waiting():
    found = banded.turnbull(intervals((3, np.nan, 4), (5, np.nan, 2)), count="people")
    assert found[["lower", "upper", "share"]].to_numpy().tolist() == [[5, np.inf, 1]]
    assert np.isnan(found["value"].iloc[0])


def test_one_person_and_nobody():
    alone = banded.turnbull(intervals((1, 2, 1)), count="people")
    assert alone[["value", "std_error"]].to_numpy().tolist() == [[1, 0]]
    assert alone[["low", "high"]].isna().all(axis=None)
    assert banded.turnbull(intervals((1, 2, 0)), count="people").empty
    assert banded.turnbull(intervals((1, 2, 1)).iloc[:0], count="people").empty


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((np.nan, 2, 1), "Row 1: the lower edge 'lower' is missing"),
        ((-1, 2, 1), "Row 1: the lower edge 'lower' is no time"),
        ((3, 2, 1), "Row 1: the upper edge 'upper' lies below"),
        ((1, 2, -1), "Row 1: the count 'people' is negative"),
        ((1, 2, np.nan), "Row 1: the count 'people' is missing"),
    ],
)
def test_intervals_that_cannot_be_are_refused(row, message):
    with pytest.raises(ValueError, match=message):
        banded.turnbull(intervals((0, 1, 1), row), count="people")
