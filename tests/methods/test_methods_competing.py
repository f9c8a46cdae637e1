"""Cumulative incidence and Gray's test against the reference comparison, peers and definitions."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from statsmodels.duration.survfunc import CumIncidenceRight

from helpers.methods.competing import (
    aalen_johansen,
    gray_test,
    incidence_at,
    incidence_quantiles,
)
from helpers.methods.survival import day_counts, kaplan_meier, log_rank, quantiles

CASE = Path(__file__).parents[1] / "reference" / "18_competing_risks"
CAUSES = ["investigated", "closed"]

# Day of entry, days from then to the end, how it ended: entries and ends fall on the same days.
people = st.lists(
    st.tuples(st.integers(-1, 10), st.integers(1, 10), st.sampled_from([None, "x", "y", "z"])),
    min_size=1,
    max_size=40,
)
brief = settings(deadline=None, max_examples=20)


def frame_of(drawn, scale=1.0):
    frame = pd.DataFrame(drawn, columns=["since", "days", "cause"])
    frame["cause"] = frame["cause"].astype("str")
    frame["days"] = (frame["days"] + frame["since"]) * scale
    return frame.assign(since=frame["since"] * scale)


@pytest.fixture
def waits(reference):
    """Read the simulated times to an investigation of reference 18."""
    rows = reference("18_competing_risks", "input")
    return rows.assign(cause=rows["status"].map({0: "open", 1: "investigated", 2: "closed"}))


@pytest.fixture
def expected():
    return json.loads((CASE / "expected.json").read_text())


def test_curves_agree_with_reference_18(waits, reference):
    expected = reference("18_competing_risks", "expected_overall")
    found = aalen_johansen(waits, censored="open", causes=CAUSES, variance="greenwood")
    for cause in CAUSES:
        curve = found[found["cause"] == cause]
        assert curve["time"].tolist() == expected["time"].tolist()
        assert curve["n_risk"].tolist() == expected["n_risk"].tolist()
        assert_allclose(curve["open"], expected["p_open"], rtol=1e-8)
        assert_allclose(curve["value"], expected[f"cif_{cause}"], rtol=1e-8)
        # The peer's infinitesimal jackknife, which this formula equals without late entries.
        assert_allclose(curve["std_error"], expected[f"se_{cause}"], rtol=1e-6)


def test_variance_and_limits_agree_with_reference_18(waits, reference):
    expected = reference("18_competing_risks", "expected_cif_by_inpatient")
    times = sorted(expected["time"].unique())
    found = incidence_at(waits, times=times, cause="status", censored=0, by="inpatient")
    both = expected.merge(
        found.astype({"inpatient": int, "cause": int}), on=["inpatient", "cause", "time"]
    )
    assert len(both) == len(expected)
    # After the last record the peer says nothing; here what is known stays known: all inpatients'
    # records had ended by day 206.
    late = both[both["cif"].isna()]
    assert set(late["time"]) == {240}
    assert (late["value"].notna() == (late["inpatient"] == 1)).all()
    both = both.dropna(subset="cif")
    assert_allclose(both["value"], both["cif"], rtol=1e-8)
    assert_allclose(both["std_error"], both["se_aalen"], rtol=1e-6)
    assert_allclose(both["low"], both["cll_low"], rtol=1e-6)
    assert_allclose(both["high"], both["cll_high"], rtol=1e-6)


def test_gray_agrees_with_reference_18(waits, expected):
    found = gray_test(waits, by="inpatient", cause="status", censored=0)
    for row, theirs in zip(found.itertuples(), expected["gray"], strict=True):
        assert str(row.cause) == theirs["cause"]
        assert row.df == theirs["df"]
        assert_allclose(row.chi_squared, theirs["statistic"], rtol=1e-6)
        assert_allclose(row.p_value, theirs["p_value"], rtol=1e-6)


def test_median_and_the_naive_curve_agree_with_reference_18(waits, expected):
    options = {"censored": "open", "causes": CAUSES}
    at = incidence_at(waits, times=[120], **options).loc[0]
    assert_allclose(at["value"], expected["cif_investigated_at_120"], rtol=1e-8)
    assert at["numerator"] == ((waits["status"] == 1) & (waits["days"] <= 120)).sum()
    median = incidence_quantiles(waits, probabilities=[0.5], **options).loc[0]
    assert median["value"] == expected["median_time_to_investigation_cif"]
    assert median["low"] < median["value"] < median["high"]
    naive = kaplan_meier(waits.assign(observed=waits["status"] == 1))
    naive = 1 - naive.loc[naive["time"] <= 120, "survival"].iloc[-1]
    assert_allclose(naive, expected["naive_1_minus_km_at_120"], rtol=1e-8)
    assert at["value"] < naive


# statsmodels 0.15, without late entries: the delta method, as here.
@brief
@given(people.filter(lambda drawn: {"x", "y", "z"} <= {cause for _, _, cause in drawn}))
def test_curves_agree_with_statsmodels(drawn):
    rows = frame_of(drawn)
    number = rows["cause"].map({"x": 1, "y": 2, "z": 3}).fillna(0).astype(int)
    with np.errstate(all="ignore"):  # its variance divides by zero once nobody is left
        theirs = CumIncidenceRight(rows["days"], number)
    found = aalen_johansen(rows, variance="greenwood")
    for position, cause in enumerate("xyz"):
        curve = found[found["cause"] == cause]
        assert_allclose(curve["value"], theirs.cinc[position], atol=1e-12)
        left = curve["open"].to_numpy() > 1e-9
        assert_allclose(
            curve["std_error"][left] ** 2, theirs.cinc_se[position][left] ** 2, atol=1e-12
        )


@brief
@given(people, st.sampled_from([1.0, 0.1]))
def test_late_entries_agree_with_counting_who_is_there(drawn, scale):
    # Scale 0.1: the same in tenths of a day, which are sorted and not counted by day.
    rows = frame_of(drawn, scale)
    found = aalen_johansen(rows, entry="since", causes=list("xyz"))
    still, value = 1.0, dict.fromkeys("xyz", 0.0)
    for time, here in found.groupby("time"):
        there = (rows["since"] < time) & (rows["days"] >= time)
        ended = {
            cause: ((rows["days"] == time) & (rows["cause"] == cause)).sum() for cause in "xyz"
        }
        for row in here.itertuples():
            assert row.n_risk == there.sum()
            assert row.n_event == ended[row.cause]
            value[row.cause] += still * ended[row.cause] / there.sum()
            assert_allclose(row.value, value[row.cause], atol=1e-13)
        still *= 1 - sum(ended.values()) / there.sum()
        assert_allclose(here["open"], still, atol=1e-13)


@brief
@given(people, st.booleans())
def test_what_ended_and_what_is_open_add_up_to_one(drawn, with_entries):
    rows = frame_of(drawn)
    options = {"entry": "since" if with_entries else None, "causes": ["x", "y", "z", "none"]}
    found = aalen_johansen(rows, **options)
    total = found.groupby("time")["value"].sum() + found.groupby("time")["open"].first()
    assert_allclose(total, 1, rtol=0, atol=1e-13)
    assert (found.groupby("cause")["value"].diff().dropna() >= 0).all()
    assert (found.loc[found["cause"] == "none", "value"] == 0).all()
    known = found.dropna()
    assert (known["low"] <= known["value"]).all()
    assert (known["value"] <= known["high"]).all()
    at = incidence_at(rows, times=[0, 4.5, 30], **options)
    total = at.groupby("time")["value"].sum(min_count=1) + at.groupby("time")["open"].first()
    assert_allclose(total.dropna(), 1, rtol=0, atol=1e-13)


@brief
@given(people, st.booleans())
def test_one_cause_gives_the_curve_of_kaplan_and_meier(drawn, with_entries):
    rows = frame_of(drawn)
    rows["cause"] = rows["cause"].mask(rows["cause"].notna(), "ended")
    rows["observed"] = rows["cause"].notna()
    entry = "since" if with_entries else None
    found = aalen_johansen(
        rows, causes=["ended"], entry=entry, variance="greenwood", transform="cloglog"
    )
    curve = kaplan_meier(rows, entry=entry)
    assert_allclose(found["open"], curve["survival"], atol=1e-14)
    assert_allclose(found["value"], 1 - curve["survival"], atol=1e-13)
    inside = curve["survival"].between(1e-9, 1 - 1e-9)
    for ours, theirs in (("low", "high"), ("high", "low")):
        assert_allclose(found.loc[inside, ours], 1 - curve.loc[inside, theirs], atol=1e-7)
    both = [
        incidence_quantiles(rows, causes=["ended"], entry=entry),
        quantiles(rows.astype({"observed": bool}), entry=entry),
    ]
    assert_allclose(both[0]["value"], both[1]["value"])


def median(rows, cause, **options):
    """The day by which half had ended by a cause; infinite where it is not reached."""
    found = incidence_quantiles(rows, probabilities=[0.5], **options)
    value = found.set_index("cause").loc[cause, "value"]
    return np.inf if np.isnan(value) else value


@brief
@given(people, st.integers(0, 25))
def test_a_further_open_record_never_shortens_the_median_to_any_end(drawn, day):
    rows = frame_of(drawn)
    rows["cause"] = rows["cause"].mask(rows["cause"].notna(), "ended")
    more = pd.concat([rows, pd.DataFrame({"since": [-1], "days": [day]})])
    assert median(more, "ended", causes=["ended"]) >= median(rows, "ended", causes=["ended"])


def test_the_median_of_one_end_among_several_can_be_shortened_by_an_open_record():
    # Of three, two end as x on day 1 and one as y on day 2: a third of all ever ends as y. One more
    # that is open after day 1 halves the pace of x, leaves half of all for day 2, and y takes them.
    rows = pd.DataFrame({"days": [1, 1, 2], "cause": ["x", "x", "y"]})
    more = pd.concat([rows, pd.DataFrame({"days": [1]})])
    assert median(rows, "y") == np.inf
    assert median(more, "y") == 2


ESTIMATES = [
    (aalen_johansen, {}),
    (incidence_at, {"times": [0, 3, 8]}),
    (incidence_quantiles, {"probabilities": [0.2, 0.5]}),
]


@brief
@given(people, st.lists(st.integers(0, 3), min_size=40, max_size=40))
def test_weights_and_counts_by_day_are_repetitions(drawn, counts):
    rows = frame_of(drawn).assign(n=counts[: len(drawn)])
    rows["group"] = np.arange(len(rows)) % 2
    repeated = rows.loc[rows.index.repeat(rows["n"])].drop(columns="n")
    counted = day_counts(repeated, by="group", cause="cause", entry="since")
    options = {"by": "group", "causes": list("xyz"), "entry": "since"}
    for function, more in ESTIMATES:
        expected = function(repeated, **options, **more)
        shared = {"check_dtype": bool(len(expected)), "rtol": 1e-12}
        for frame in (rows, counted):
            found = function(frame, weights="n", **options, **more)
            pd.testing.assert_frame_equal(found, expected, **shared)
    if repeated["group"].nunique() == 2:
        options.pop("entry")
        found = gray_test(rows, weights="n", **options)
        pd.testing.assert_frame_equal(found, gray_test(repeated, **options), rtol=1e-9)


@brief
@given(people)
def test_entries_before_the_start_change_nothing(drawn):
    rows = frame_of(drawn).assign(since=-0.25)
    for function, options in ESTIMATES:
        found = function(rows, entry="since", **options).drop(columns="method")
        pd.testing.assert_frame_equal(found, function(rows, **options).drop(columns="method"))


@pytest.mark.parametrize("variance", ["aalen", "greenwood"])
def test_without_open_records_the_incidence_is_a_share_with_its_binomial_error(variance):
    rows = pd.DataFrame({"days": np.arange(1, 201)})
    rows["cause"] = np.where(np.arange(200) % 5 < 2, "x", "y")
    found = aalen_johansen(rows, variance=variance)
    x = found[(found["cause"] == "x") & (found["time"] < 200)]
    share = np.cumsum(rows["cause"] == "x")[:-1] / 200
    assert_allclose(x["value"], share, rtol=1e-12)
    error = np.sqrt(share * (1 - share) / 200)
    # Aalen's is the same to the order of 1 / n.
    assert_allclose(x["std_error"], error, rtol=1e-9 if variance == "greenwood" else 0.02)


def jackknifed(rows, time):
    """Infinitesimal jackknife of the incidence of x by a time, by numerical derivatives."""

    def by_weights(weight):
        still, value = 1.0, 0.0
        for day in sorted(set(rows["days"])):
            if day > time:
                break
            there = weight[rows["days"] >= day].sum()
            ended = weight[(rows["days"] == day) & rows["cause"].notna()].sum()
            value += still * weight[(rows["days"] == day) & (rows["cause"] == "x")].sum() / there
            still *= 1 - ended / there
        return value

    steps = 1e-5 * np.eye(len(rows))
    slopes = [(by_weights(1 + step) - by_weights(1 - step)) / 2e-5 for step in steps]
    return np.sqrt(np.sum(np.square(slopes)))


def test_greenwood_is_the_infinitesimal_jackknife():
    random = np.random.default_rng(20_260_401)
    rows = pd.DataFrame({"days": random.integers(1, 12, 40)})
    rows["cause"] = random.choice(np.array(["x", "y", None]), 40)
    found = incidence_at(rows, times=[3, 9], variance="greenwood")
    for row in found[found["cause"] == "x"].itertuples():
        assert_allclose(row.std_error, jackknifed(rows, row.time), rtol=1e-7)


@pytest.fixture
def three_groups():
    i = np.arange(90)
    rows = pd.DataFrame({"days": (i * i * 7 + 3 * i) % 23 + 1 + (i % 3) * 3, "group": i % 3})
    return rows.assign(cause=(i * 5 + i // 7) % 3)


# comprisk 0.8.0 (Apache-2.0), gray_test(days, cause, group, cause=1 or 2, rho=rho).
@pytest.mark.parametrize(
    ("rho", "statistics"),
    [
        (0, [0.24817665041468873, 3.0332546951717134]),
        (1, [0.14993715594453702, 3.4686390406891174]),
        (-0.5, [0.3103240461090637, 2.8181705271392814]),
    ],
)
def test_gray_for_three_groups_and_powers_agrees_with_comprisk(three_groups, rho, statistics):
    found = gray_test(three_groups, by="group", censored=0, rho=rho)
    assert found["cause"].tolist() == [1, 2]
    assert_allclose(found["chi_squared"], statistics, rtol=1e-9)
    assert found["df"].tolist() == [2, 2]
    assert found["method"].tolist() == [f"Gray, rho {rho:g}"] * 2


def test_gray_adds_up_what_the_strata_say(three_groups):
    # Two strata that are the same twice: difference and variance double, and so the statistic.
    twice = pd.concat([three_groups.assign(layer="a"), three_groups.assign(layer="b")])
    once = gray_test(three_groups, by="group", censored=0)
    found = gray_test(twice, by="group", censored=0, strata="layer")
    assert_allclose(found["chi_squared"], 2 * once["chi_squared"], rtol=1e-9)
    assert found["method"].eq("Gray, rho 0, stratified by layer").all()
    # Strata keep apart what differs between them and not between the groups.
    moved = three_groups.assign(layer="b", days=three_groups["days"] + 1_000)
    apart = pd.concat([three_groups.assign(layer="a"), moved])
    shifted = gray_test(apart, by="group", censored=0, strata="layer")
    assert_allclose(shifted["chi_squared"], found["chi_squared"], rtol=1e-9)


# 200 samples under the hypothesis: 5%, give or take three standard errors.
@pytest.mark.slow
def test_equal_groups_are_called_different_one_time_in_twenty():
    random = np.random.default_rng(20_260_401)
    size, p_values = 150, []
    for _ in range(200):
        end, seen = random.geometric(0.06, size), random.geometric(0.02, size)
        rows = pd.DataFrame({"days": np.minimum(end, seen), "group": np.arange(size) % 2})
        rows["cause"] = np.where(end > seen, "open", np.where(random.random(size) < 0.6, "x", "y"))
        p_values.append(gray_test(rows, by="group", censored="open").loc[0, "p_value"])
    assert abs(np.mean(np.array(p_values) < 0.05) - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 200)


def test_without_other_causes_gray_is_the_log_rank_test_in_large_samples():
    # The sums of differences are the same; the variances agree under the hypothesis.
    random, size = np.random.default_rng(20_260_401), 40_000
    end, seen = random.geometric(0.03, size), random.geometric(0.01, size)
    rows = pd.DataFrame({"days": np.minimum(end, seen), "observed": end <= seen})
    rows["cause"], rows["group"] = np.where(rows["observed"], "ended", None), np.arange(size) % 2
    gray = gray_test(rows, by="group").loc[0]
    assert_allclose(
        gray["chi_squared"], log_rank(rows, by="group").loc[0, "chi_squared"], rtol=1e-3
    )


def test_causes_come_in_the_order_of_categories_of_what_is_stated_or_of_the_alphabet():
    rows = pd.DataFrame({"days": [1, 2, 3], "cause": ["opened", "closed", None]})
    order = ["opened", "withdrawn", "closed"]
    kinds = rows.assign(cause=pd.Categorical(rows["cause"], categories=order))
    assert incidence_at(rows, times=[2])["cause"].tolist() == ["closed", "opened"]
    assert incidence_at(kinds, times=[2])["cause"].tolist() == ["opened", "closed"]
    found = incidence_at(rows, times=[2], causes=order)
    assert found["cause"].tolist() == order
    assert found["numerator"].tolist() == [1, 0, 1]
    several = incidence_at(rows, times=[2], censored=["closed", "opened"], causes=["withdrawn"])
    assert several["value"].tolist() == [0]


def test_beyond_follow_up_nothing_is_claimed():
    rows = pd.DataFrame({"days": [2, 5], "cause": ["x", None]})
    found = incidence_at(rows, times=[1, 5, 6])
    assert found["value"].isna().tolist() == [False, False, True]
    assert found["open"].isna().tolist() == [False, False, True]
    assert found["n_risk"].tolist() == [2, 1, 0]
    assert found["numerator"].tolist() == [0, 1, 1]
    ended = incidence_at(rows.assign(cause=["x", "y"]), times=[99])
    assert ended["value"].tolist() == [0.5, 0.5]
    assert incidence_quantiles(rows, probabilities=[0.6])["value"].isna().all()


def test_single_records_and_nobody_ended():
    one = aalen_johansen(pd.DataFrame({"days": [0], "cause": ["x"]})).loc[0]
    assert one[["time", "value", "open"]].tolist() == [0, 1, 0]
    assert one[["low", "high"]].isna().all()
    still = pd.DataFrame({"days": [1, 4], "cause": [None, None], "group": ["a", "b"]})
    assert aalen_johansen(still).empty
    assert incidence_quantiles(still).empty
    assert gray_test(still, by="group").empty
    found = aalen_johansen(still, causes=["x"])
    assert found["value"].tolist() == [0, 0]
    assert found["open"].tolist() == [1, 1]
    assert found[["low", "high"]].isna().all(axis=None)
    nothing = gray_test(still, by="group", causes=["x"]).loc[0]
    assert nothing["df"] == 0
    assert nothing[["chi_squared", "p_value"]].isna().all()


def test_a_risk_set_that_runs_empty_is_said_in_words():
    rows = pd.DataFrame({"days": [3, 9], "since": [0, 5], "cause": ["x", "y"]})
    found = aalen_johansen(rows, entry="since")
    assert found["open"].eq(0).all()
    words = "; at risk after entry; nobody was left at risk at 3, before others entered"
    assert found["method"].str.endswith(words).all()


@pytest.mark.parametrize(
    ("function", "options"),
    [*ESTIMATES, (gray_test, {})],
    ids=lambda item: getattr(item, "__name__", str(item)),
)
def test_empty_frames_give_empty_frames_with_the_columns_of_full_ones(waits, function, options):
    options = options | {"by": "inpatient", "censored": "open"}
    full, nothing = function(waits, **options), function(waits.head(0), **options)
    assert nothing.empty
    assert nothing.columns.equals(full.columns)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"censored": "Open "}, "censored names 'Open ', but column 'cause' holds 'open'"),
        ({"cause": "status", "censored": "0"}, "censored names '0', but column 'status' holds 0"),
        ({"censored": "open", "causes": ["closed"]}, "'cause' is neither open nor one of"),
        ({"transform": "log"}, "transform must be one of 'log-log', 'cloglog', 'plain'"),
        ({"variance": "jackknife"}, "variance must be one of 'aalen', 'greenwood'"),
        ({"duration": "delay"}, "Missing column 'delay'"),
        ({"level": 95}, "level must lie strictly between 0 and 1"),
    ],
)
def test_impossible_options_are_refused(waits, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        aalen_johansen(waits, **options)


def test_impossible_records_and_points_are_refused(waits):
    rows = pd.DataFrame({"days": [1, -2], "cause": "x"}, index=["a", "b"])
    with pytest.raises(ValueError, match="Row b: the duration 'days' is negative"):
        aalen_johansen(rows)
    with pytest.raises(ValueError, match="Row a: the entry 'since' is not before 'days'"):
        aalen_johansen(rows.assign(days=3, since=[3, 1]), entry="since")
    with pytest.raises(ValueError, match=r"Probabilities must lie inside \(0, 1\)"):
        incidence_quantiles(waits, probabilities=[1])
    with pytest.raises(ValueError, match="Times must be numbers that are not negative"):
        incidence_at(waits, times=[np.nan])
    with pytest.raises(ValueError, match="All records form one group of 'one'"):
        gray_test(waits.assign(one=1), by="one")
    with pytest.raises(ValueError, match="rho must be a number"):
        gray_test(waits, by="inpatient", rho=np.nan)
