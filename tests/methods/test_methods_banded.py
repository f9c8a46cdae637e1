"""Banded times against hand counts, published examples, Kaplan-Meier and brute force.

Published: the angina life table of Parker and others (1946) JAMA 131:95 as in Lee (1992)
Statistical Methods for Survival Data Analysis and the SAS manual (LIFETEST, actuarial estimates);
the breast cosmesis data of Finkelstein and Wolfe (1985) Biometrics 41:933 with the estimate that
the R package interval publishes for them (Fay and Shaw (2010) JSS 36(2), section 4).
"""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.methods import banded, survival

MONTHS = [(0, 1), (1, 3), (3, 6), (6, 12), (12, None)]


def bands(counts, edges=MONTHS, **more):
    """A frame of one group's bands."""
    lower, upper = zip(*edges, strict=True)
    frame = pd.DataFrame({"lower": lower, "upper": upper}).astype("float64")
    return frame.assign(count=counts, **more)


# ---- Means --------------------------------------------------------------------------------------


def test_mean_by_hand():
    # 10 people: 0.5 x 1 + 2 x 2 + 4.5 x 3 + 9 x 2 + 18 x 2 = 72.
    found = banded.banded_mean(bands([1, 2, 3, 2, 2]), last=18).iloc[0]
    assert found["value"] == pytest.approx(7.2)
    assert found["low"] == pytest.approx((0 + 2 + 9 + 12 + 24) / 10)
    assert found["high"] == np.inf
    assert (found["numerator"], found["denominator"]) == (8, 10)
    assert np.isnan(found["level"])
    assert "the open-ended band at 18" in found["method"]
    assert "no upper bound" in found["method"]


def test_a_cap_gives_an_upper_bound_and_a_middle():
    found = banded.banded_mean(bands([1, 2, 3, 2, 2]), cap=60).iloc[0]
    assert found["high"] == pytest.approx((1 + 6 + 18 + 24 + 120) / 10)
    assert found["value"] == pytest.approx((0.5 + 4 + 13.5 + 18 + 2 * 36) / 10)
    assert "halfway to the cap" in found["method"]
    assert "none taken to exceed 60" in found["method"]


def test_without_a_word_on_the_last_band_there_is_no_mean():
    found = banded.banded_mean(bands([1, 2, 3, 2, 2])).iloc[0]
    assert np.isnan(found["value"])
    assert found["low"] == pytest.approx(4.7)
    assert "no value for the open-ended band" in found["method"]


def test_an_open_ended_band_with_nobody_in_it_matters_not():
    found = banded.banded_mean(bands([1, 2, 3, 2, 0])).iloc[0]
    assert found["value"] == pytest.approx(36 / 8)
    assert found["high"] == pytest.approx(49 / 8)
    assert "no upper bound" not in found["method"]


def test_groups_and_missing_counts():
    frame = pd.concat(
        [
            bands([1, 2, 3, 2, 2], area="b", year=2020),
            bands([1, None, 3, 2, 2], area="a", year=2020),
            bands([0, 0, 0, 0, 0], area="c", year=2020),
        ]
    )
    found = banded.banded_mean(frame, by=["year", "area"], last=18).set_index("area")
    assert found.index.tolist() == ["a", "b", "c"]
    assert found.loc["b", "value"] == pytest.approx(7.2)
    for nothing in ("a", "c"):
        columns = ["value", "low", "high", "numerator", "denominator"]
        assert found.loc[nothing, columns].isna().all()


def test_no_rows_give_no_rows():
    frame = bands([1, 2, 3, 2, 2], area="a").iloc[:0]
    for function in (banded.banded_mean, banded.banded_quantiles):
        found = function(frame, by="area")
        assert found.empty
        assert {"area", "value", "low", "high", "method"} <= set(found.columns)


times = st.lists(st.floats(0.01, 40), min_size=1, max_size=40)


def counted(waits, edges=MONTHS):
    """Bands of times, each above its lower edge and at or below the upper."""
    ends = [np.inf if end is None else end for _, end in edges]
    return bands(np.bincount(np.searchsorted(ends, waits), minlength=len(edges)), edges)


@given(times)
def test_the_bounds_hold_the_mean_of_the_times_that_were_banded(waits):
    found = banded.banded_mean(counted(waits), cap=40).iloc[0]
    assert found["low"] - 1e-9 <= np.mean(waits) <= found["high"] + 1e-9
    assert found["low"] <= found["value"] <= found["high"]


@given(times, st.sampled_from([0.1, 0.25, 0.5, 0.75, 0.9]))
def test_the_bounds_hold_the_quantile_of_the_times_that_were_banded(waits, share):
    found = banded.banded_quantiles(counted(waits), probabilities=[share]).iloc[0]
    true = np.quantile(waits, share, method="inverted_cdf")
    assert found["low"] < true <= found["high"]
    assert np.isnan(found["value"]) or found["low"] <= found["value"] <= found["high"]


# ---- Quantiles ----------------------------------------------------------------------------------


def test_quantiles_by_hand():
    found = banded.banded_quantiles(bands([1, 2, 3, 2, 2])).set_index("probability")
    # The 2.5th of 10 lies in 1 to 3 months: 1 + 2 x 1.5/2; the 5th: 3 + 3 x 2/3.
    assert found["value"].tolist() == pytest.approx([2.5, 5.0, 10.5])
    assert found.loc[0.5, ["low", "high", "numerator", "denominator"]].tolist() == [3, 6, 6, 10]


def test_a_quantile_in_the_open_ended_band_has_no_value():
    found = banded.banded_quantiles(bands([1, 1, 1, 1, 6])).iloc[1]
    assert np.isnan(found["value"])
    assert (found["low"], found["high"]) == (12, np.inf)


def test_a_quantile_at_an_edge_is_in_the_band_below():
    found = banded.banded_quantiles(bands([3, 0, 0, 27, 0]), probabilities=[0.1]).iloc[0]
    assert found[["value", "low", "high"]].tolist() == [1, 0, 1]


@pytest.mark.parametrize("share", [0, 1, -0.2, np.nan])
def test_a_share_that_is_none_is_refused(share):
    with pytest.raises(ValueError, match="inside"):
        banded.banded_quantiles(bands([1, 2, 3, 2, 2]), probabilities=[share])


# ---- Published means ----------------------------------------------------------------------------


def test_published_means_are_held_against_the_bounds():
    frame = pd.concat([bands([1, 2, 3, 2, 2], year=year) for year in (2018, 2019, 2020)])
    means = banded.banded_mean(frame, by="year", last=18)  # 7.2, at least 4.7
    said = pd.DataFrame({"year": [2020, 2019, 2018, 2017], "published": [7, 4, 9, 5]})
    found = banded.against_published(means, said)
    assert found["year"].tolist() == [2020, 2019, 2018]
    assert found["difference"].tolist() == pytest.approx([0.2, 3.2, -1.8])
    assert found["inside"].tolist() == [True, False, True]
    assert found["reproduced"].tolist() == [True, False, False]


def test_rounding_is_allowed_for():
    means = banded.banded_mean(bands([1, 2, 3, 2, 2], year=2020), by="year", last=18)
    for figure, unit, inside in ((4.2, 1, True), (4.1, 1, False), (4.6, 0.1, False)):
        said = pd.DataFrame({"year": [2020], "published": [figure]})
        found = banded.against_published(means, said, rounded_to=unit)
        assert found["inside"].tolist() == [inside]


def test_what_has_no_mean_is_neither_inside_nor_outside():
    means = banded.banded_mean(bands([0, 0, 0, 0, 0], year=2020), by="year")
    found = banded.against_published(means, pd.DataFrame({"year": [2020], "published": [7]}))
    assert found[["inside", "reproduced"]].isna().all(axis=None)


def test_the_open_ended_band_is_solved_for():
    said = pd.DataFrame({"year": [2020], "published": [7]})
    found = banded.open_band_value(bands([1, 2, 3, 2, 2], year=2020), said).iloc[0]
    assert found["value"] == pytest.approx((70 - 36) / 2)
    assert (found["low"], found["high"]) == pytest.approx(((65 - 36) / 2, (75 - 36) / 2))
    assert found["possible"]
    assert (found["numerator"], found["denominator"]) == (2, 10)
    for last in (found["low"], found["high"]):
        mean = banded.banded_mean(bands([1, 2, 3, 2, 2]), last=last)["value"].iloc[0]
        assert abs(mean - 7) == pytest.approx(0.5)


def test_a_published_mean_that_no_open_ended_band_explains():
    said = pd.DataFrame({"year": [2020], "published": [4]})
    found = banded.open_band_value(bands([1, 2, 3, 2, 2], year=2020), said).iloc[0]
    assert found["high"] < 12
    assert not found["possible"]


def test_nobody_in_the_open_ended_band_leaves_nothing_to_solve():
    said = pd.DataFrame({"year": [2020], "published": [4]})
    found = banded.open_band_value(bands([1, 2, 3, 2, 0], year=2020), said).iloc[0]
    assert found[["value", "low", "high", "possible"]].isna().all()


def test_a_figure_that_stands_twice_is_refused():
    means = banded.banded_mean(bands([1, 2, 3, 2, 2], year=2020), by="year")
    said = pd.DataFrame({"year": [2020, 2020], "published": [7, 8]})
    with pytest.raises(ValueError, match="Rows 0, 1: a figure stands twice"):
        banded.against_published(means, said)
    with pytest.raises(ValueError, match="rounded_to"):
        banded.against_published(means, said.iloc[:1], rounded_to=0)


# ---- Bands that cannot be -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="count"), "Missing column 'count'"),
        (lambda f: f.assign(count=[1, 2, -3, 2, 2]), "Row 2: the count 'count' is negative"),
        (lambda f: f.assign(count=[1, np.inf, 3, 2, 2]), "Row 1: the count 'count' is infinite"),
        (lambda f: f.assign(count=["a", 2, 3, 2, 2]), "Row 0: column 'count' is not a number"),
        (lambda f: f.assign(lower=[None, 1, 3, 6, 12]), "Row 0: the lower edge 'lower' is missing"),
        (lambda f: f.assign(lower=[-1, 1, 3, 6, 12]), "Row 0: the lower edge 'lower' is no time"),
        (lambda f: f.assign(lower=[0, 1, 3, 12, 12]), "Row 3: the upper edge"),
        (lambda f: f.assign(lower=[0, 1, 2, 6, 12]), "Row 2: the band overlaps another"),
        (lambda f: pd.concat([f, f], ignore_index=True), "overlaps another of its group"),
    ],
)
def test_bands_that_cannot_be_are_refused(change, message):
    frame = change(bands([1, 2, 3, 2, 2]))
    for function in (banded.banded_mean, banded.banded_quantiles):
        with pytest.raises(ValueError, match=message):
            function(frame)


@pytest.mark.parametrize(
    "options", [{"cap": 12}, {"last": 11}, {"cap": -1}, {"cap": 20, "last": 21}, {"last": np.nan}]
)
def test_a_last_band_that_cannot_be_is_refused(options):
    with pytest.raises(ValueError, match=r"cap|last"):
        banded.banded_mean(bands([1, 2, 3, 2, 2]), **options)


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


# ---- Stock and flow -----------------------------------------------------------------------------


def yearly(**columns):
    return pd.DataFrame({"year": [2018, 2019, 2020]} | columns)


def test_stock_and_flow_by_hand():
    frame = yearly(stock=[50, 60, 58], inflow=[100, 112, 96], outflow=[100, 100, 100])
    found = banded.stock_and_flow(frame).set_index("year")
    assert found["opening"].tolist()[1:] == [50, 60]
    assert found["expected"].tolist()[1:] == [62, 56]
    assert found["residual"].tolist()[1:] == [-2, 2]
    assert found["residual_share"].tolist()[1:] == pytest.approx([-2 / 112, 2 / 96])
    assert found["months_of_work"].tolist() == pytest.approx([6, 7.2, 6.96])
    assert found["value"].tolist()[1:] == pytest.approx([12 * 55 / 106, 12 * 59 / 98])
    assert found.loc[2020, ["low", "high"]].tolist() == pytest.approx([12 * 0.59, 12 * 59 / 96])
    assert found["steady"].tolist() == [pd.NA, False, True]
    assert found.loc[2018, ["opening", "expected", "residual", "value"]].isna().all()


@pytest.mark.parametrize(("a_day", "days"), [(1, 1), (7, 30), (3, 59), (20, 364)])
def test_littles_law_is_exact_for_a_steady_queue(a_day, days):
    """So many come in each day and each leaves after just so many days: counted day by day."""
    day = np.arange(-days, 3 * 365)
    leaves = day + days
    stock = [a_day * ((day <= 365 * k - 1) & (leaves > 365 * k - 1)).sum() for k in (1, 2, 3)]
    went = [a_day * ((leaves >= 365 * k) & (leaves < 365 * (k + 1))).sum() for k in range(3)]
    found = banded.stock_and_flow(yearly(stock=stock, inflow=365 * a_day, outflow=went))
    assert found["residual"].dropna().eq(0).all()
    assert found["value"].iloc[2] * 365 / 12 == pytest.approx(days)
    assert found["steady"].iloc[2]


def test_units_and_years_that_are_not_there():
    frame = pd.DataFrame(
        {
            "area": ["a", "a", "b", "b"],
            "year": [2020, 2019, 2018, 2020],
            "stock": [5, 4, 3, 2],
            "inflow": [10, 10, 10, 10],
            "outflow": [9, 9, 9, 9],
        }
    )
    found = banded.stock_and_flow(frame, by="area")
    assert found[["area", "year"]].to_numpy().tolist() == [
        ["a", 2019],
        ["a", 2020],
        ["b", 2018],
        ["b", 2020],
    ]
    assert found["opening"].fillna(-1).tolist() == [-1, 4, -1, -1]


def test_nothing_that_flows_and_nothing_counted():
    frame = yearly(stock=[0, 0, 4], inflow=[0, 0, None], outflow=[0, 0, 3])
    found = banded.stock_and_flow(frame)
    assert found["months_of_work"].iloc[:2].isna().all()
    assert found["value"].isna().all()
    assert found["residual"].iloc[1] == 0
    assert found["steady"].iloc[2] is pd.NA
    assert banded.stock_and_flow(frame.iloc[:0]).empty


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"stock": [1, -1, 1]}, "Row 1: the count 'stock' is negative"),
        ({"outflow": [1, 1, np.inf]}, "Row 2: the count 'outflow' is infinite"),
        ({"year": [2018, 2018, 2020]}, "Rows 0, 1: the same unit and year"),
        ({"year": [2018, None, 2020]}, "Row 1: 'year' is no whole year"),
        ({"year": [2018, 2018.5, 2020]}, "Row 1: 'year' is no whole year"),
    ],
)
def test_counts_that_cannot_be_are_refused(columns, message):
    frame = yearly(stock=1, inflow=1, outflow=1).assign(**columns)
    with pytest.raises(ValueError, match=message):
        banded.stock_and_flow(frame)


def test_a_share_within_which_all_is_steady_is_needed():
    with pytest.raises(ValueError, match="steady_within"):
        banded.stock_and_flow(yearly(stock=1, inflow=1, outflow=1), steady_within=0)


def test_frames_are_not_changed():
    frame = bands([1, 2, 3, 2, 2], done=1, still_open=1)
    flows = yearly(stock=1, inflow=1, outflow=1)
    before, flows_before = frame.copy(deep=True), flows.copy(deep=True)
    banded.banded_mean(frame, last=18)
    banded.banded_quantiles(frame)
    banded.life_table(frame)
    banded.turnbull(frame, count="count")
    banded.stock_and_flow(flows)
    pd.testing.assert_frame_equal(frame, before)
    pd.testing.assert_frame_equal(flows, flows_before)
