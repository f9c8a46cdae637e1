"""Nowcasts against Mack's published example, a Poisson model, simulation and counting by hand.

Taylor and Ashe (1983) Journal of Econometrics 23:37 is the run-off triangle (amounts paid, not
deaths) on which Mack (1993) ASTIN Bulletin 23:213 published estimates and standard errors of his
method, period by period and in all.
"""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.methods import maturity, nowcast

TAYLOR_ASHE = [
    [357848, 1124788, 1735330, 2218270, 2745596, 3319994, 3466336, 3606286, 3833515, 3901463],
    [352118, 1236139, 2170033, 3353322, 3799067, 4120063, 4647867, 4914039, 5339085],
    [290507, 1292306, 2218525, 3235179, 3985995, 4132918, 4628910, 4909315],
    [310608, 1418858, 2195047, 3757447, 4029929, 4381982, 4588268],
    [443160, 1136350, 2128333, 2897821, 3402672, 3873311],
    [396132, 1333217, 2180715, 2985752, 3691712],
    [440832, 1288463, 2419861, 3483130],
    [359480, 1421128, 2864498],
    [376686, 1363294],
    [344014],
]
# Mack (1993), tables of section 6: deaths (there, amounts) to come and their standard errors, in
# thousands, by period from the second; and both of the whole.
TO_COME = [95, 470, 710, 985, 1419, 2178, 3920, 4279, 4626]
ERRORS_PER_CENT = [80, 26, 19, 27, 29, 26, 22, 23, 29]
WHOLE, WHOLE_ERROR = 18_680_856, 2_447_095


def triangle(rows):
    """The frame of a triangle, from running counts by period; delays of 30, 60, ... days."""
    size = max(len(row) for row in rows)
    running = np.array([[*row, *[np.nan] * (size - len(row))] for row in rows], dtype=float)
    count = np.diff(running, axis=1, prepend=0.0)
    seen = [row[-1] if len(row) else 0.0 for row in rows]
    starts = pd.date_range("2010-01-01", periods=len(rows), freq="YS")
    return pd.DataFrame(
        {
            "period": np.repeat([f"{start.year}" for start in starts], size),
            "start": np.repeat(starts, size),
            "end": np.repeat(starts + pd.offsets.YearEnd(), size),
            "delay": np.tile(30.0 * np.arange(1, size + 1), len(rows)),
            "count": count.ravel(),
            "numerator": running.ravel(),
            "denominator": np.repeat(seen, size),
            "beyond": 0,
        }
    )


# ---- Published ----------------------------------------------------------------------------------


def test_mack_1993_taylor_ashe_in_all():
    whole = nowcast.nowcast_total(triangle(TAYLOR_ASHE)).iloc[0]
    assert whole["to_come"] == pytest.approx(WHOLE, abs=0.5)
    assert whole["std_error"] == pytest.approx(WHOLE_ERROR, abs=0.5)
    assert whole["periods"] == 10
    assert whole["left_out"] == 0


def test_mack_1993_taylor_ashe_by_period():
    found = nowcast.nowcast(triangle(TAYLOR_ASHE)).iloc[1:]
    assert (found["to_come"] / 1000).round().tolist() == TO_COME
    assert (100 * found["std_error"] / found["to_come"]).round().tolist() == ERRORS_PER_CENT


def test_the_limits_are_those_of_a_log_normal_with_that_mean_and_error():
    from scipy.stats import lognorm

    found = nowcast.nowcast(triangle(TAYLOR_ASHE), level=0.9, shape="log-normal").iloc[5]
    spread = np.sqrt(np.log1p((found["std_error"] / found["to_come"]) ** 2))
    law = lognorm(spread, scale=found["to_come"] * np.exp(-(spread**2) / 2))
    assert law.mean() == pytest.approx(found["to_come"])
    assert law.std() == pytest.approx(found["std_error"])
    assert found["low"] - found["seen"] == pytest.approx(law.ppf(0.05))
    assert found["high"] - found["seen"] == pytest.approx(law.ppf(0.95))


def test_the_limits_of_a_count_are_whole_and_those_of_a_negative_binomial():
    from scipy.stats import nbinom

    found = nowcast.nowcast(triangle([[10, 14, 15], [20, 22, 22], [12, 18], [9]]), level=0.8)
    last = found.iloc[-1]
    mean, variance = last["to_come"], last["std_error"] ** 2
    assert variance > mean
    law = nbinom(mean**2 / (variance - mean), mean / variance)
    assert law.mean() == pytest.approx(mean)
    assert law.var() == pytest.approx(variance)
    assert last["low"] == 9 + law.ppf(0.1)
    assert last["high"] == 9 + law.ppf(0.9)


def test_a_count_still_to_come_varies_no_less_than_chance_alone():
    from scipy.stats import poisson

    # Growth that was all but the same in every period: Mack's error is next to nothing.
    last = nowcast.nowcast(triangle([[100, 150], [102, 153], [98, 148], [100]])).iloc[-1]
    assert last["std_error"] < 2
    assert last["low"] == 100 + poisson(last["to_come"]).ppf(0.025)
    assert last["high"] == 100 + poisson(last["to_come"]).ppf(0.975)


# ---- Against a model and by hand ----------------------------------------------------------------


def test_the_estimates_are_those_of_a_poisson_model_by_period_and_delay():
    """Renshaw and Verrall (1998): the chain ladder is the fit of a Poisson model."""
    import statsmodels.api as sm

    draw = np.random.default_rng(20240611)
    laid = draw.poisson(60 * np.array([0.5, 0.25, 0.15, 0.1]), size=(6, 4))
    rows = [laid[i, : min(4, 6 - i)].cumsum().tolist() for i in range(6)]
    found = nowcast.nowcast(triangle(rows))
    cells = pd.DataFrame(
        [(i, j, laid[i, j], j < len(rows[i])) for i in range(6) for j in range(4)],
        columns=["period", "delay", "count", "seen"],
    )
    design = pd.get_dummies(cells[["period", "delay"]].astype(str), drop_first=True, dtype=float)
    design = sm.add_constant(design)
    seen = cells["seen"]
    model = sm.GLM(cells.loc[seen, "count"], design[seen], family=sm.families.Poisson()).fit()
    cells["expected"] = np.where(seen, cells["count"], model.predict(design))
    whole = cells.groupby("period")["expected"].sum()
    assert found["value"].to_numpy() == pytest.approx(whole.to_numpy(), rel=1e-7)


def test_by_hand_two_steps():
    # Factors: (14 + 22)/(10 + 20) = 1.2 and 15/14; the last period: 12 x 1.2 x 15/14.
    rows = [[10, 14, 15], [20, 22], [12]]
    found = nowcast.nowcast(triangle(rows))
    assert found["value"].tolist() == pytest.approx([15, 22 * 15 / 14, 12 * 1.2 * 15 / 14])
    assert found["completeness"].tolist() == pytest.approx([1, 14 / 15, 14 / 18])
    assert found["immature"].tolist() == [False, True, True]
    # One period alone was followed through the last step: no spread, and two before it to carry on.
    assert found["std_error"].isna().tolist() == [False, True, True]
    assert found[["low", "high"]].iloc[1:].isna().all(axis=None)


def test_factors_by_hand():
    found = nowcast.factors(triangle([[10, 14, 15], [20, 22, 22], [12, 18], [9]]))
    assert found["value"].tolist() == pytest.approx([54 / 42, 37 / 36])
    assert found["numerator"].tolist() == [54, 37]
    assert found["denominator"].tolist() == [42, 36]
    assert found["periods"].tolist() == [3, 2]
    factor = 54 / 42
    apart = [
        (14 - factor * 10) ** 2 / 10,
        (22 - factor * 20) ** 2 / 20,
        (18 - factor * 12) ** 2 / 12,
    ]
    assert found.loc[0, "variance"] == pytest.approx(sum(apart) / 2)
    assert found.loc[0, "std_error"] == pytest.approx(np.sqrt(sum(apart) / 2 / 42))
    assert (found["low"] >= 1).all()


def test_a_step_of_one_period_carries_the_least_variance_on():
    found = nowcast.factors(triangle(TAYLOR_ASHE))
    two, one, last = found["variance"].iloc[-3:]
    assert last == pytest.approx(min(one**2 / two, two, one))
    assert "carried on" in found["method"].iloc[-1]
    assert not found["method"].iloc[:-1].str.contains("carried on").any()


# ---- From records -------------------------------------------------------------------------------


def reported(seed, *, years=8, mean=120.0, scale=150.0):
    """Deaths of some years with exponential delays, and how many there were in all."""
    draw = np.random.default_rng(seed)
    died = pd.Timestamp("2012-01-01") + pd.to_timedelta(
        draw.integers(0, 365 * years, draw.poisson(mean * years)), unit="D"
    )
    delay = draw.exponential(scale, died.size).astype(int)
    return pd.DataFrame({"died": died, "known": died + pd.to_timedelta(delay, unit="D")})


DELAYS = [90, 180, 270, 360, 720]
EXTRACT = pd.Timestamp("2019-12-31")


def laid_out(deaths, extract=EXTRACT, period="quarter"):
    seen = deaths[deaths["known"] <= extract]
    return maturity.triangle(
        seen, event="died", known="known", extract_date=extract, period=period, delays=DELAYS
    )


def test_the_share_known_is_that_of_the_reverse_time_law():
    """`maturity` estimates the same share by another road: reverse-time hazards."""
    frame = laid_out(reported(3))
    by_law = maturity.completeness(frame, extract_date=EXTRACT)
    found = nowcast.nowcast(frame)
    some = found["completeness"].notna() & (found["value"] > found["known"])
    assert some.sum() >= 4
    assert found.loc[some, "completeness"].to_numpy() == pytest.approx(
        by_law.loc[some, "value"].to_numpy(), rel=1e-9
    )


def held(seeds, shape, **size):
    """Whether limits of 90% held the deaths known within the longest delay, by period."""
    found = []
    for seed in seeds:
        deaths = reported(seed, **size)
        told = nowcast.nowcast(laid_out(deaths), level=0.9, shape=shape).dropna(subset=["low"])
        timely = deaths[(deaths["known"] - deaths["died"]).dt.days <= max(DELAYS)]
        for row in told[told["immature"]].itertuples():
            found.append(row.low <= timely["died"].between(row.start, row.end).sum() <= row.high)
    return found


@pytest.mark.slow
def test_limits_hold_the_deaths_there_were_at_least_as_often_as_they_say():
    """60 simulated registers of 120 deaths a year, with two or three deaths a period to come.

    Limits in whole deaths hold more than their level: over 600 registers 96% where they say 90%.
    """
    found = held(range(60), "count")
    assert len(found) > 300
    assert 0.9 < np.mean(found) < 0.99


@pytest.mark.slow
def test_limits_of_many_deaths_hold_about_as_often_as_they_say():
    """Over 300 registers of 3,000 deaths a year: 92% as counts, 89% log-normal, where 90% is said.

    The standard error of a share of 200 periods is 2%.
    """
    for shape in ("count", "log-normal"):
        found = held(range(30), shape, mean=3000)
        assert len(found) > 150
        assert 0.84 < np.mean(found) < 0.97


def test_the_total_holds_its_error_for_the_shared_factors():
    frame = laid_out(reported(11))
    each, whole = nowcast.nowcast(frame), nowcast.nowcast_total(frame).iloc[0]
    assert whole["value"] == pytest.approx(each["value"].sum())
    assert whole["left_out"] == each["value"].isna().sum()
    assert whole["std_error"] ** 2 > (each["std_error"] ** 2).sum()


# ---- Laws ---------------------------------------------------------------------------------------

counts = st.lists(st.integers(0, 30), min_size=4, max_size=4)


@given(st.lists(counts, min_size=4, max_size=7))
def test_an_estimate_is_never_below_what_is_seen(laid):
    rows = [np.cumsum(row)[: max(1, min(4, len(laid) - i))].tolist() for i, row in enumerate(laid)]
    found = nowcast.nowcast(triangle(rows))
    told = found["value"].notna()
    assert (found["value"] >= found["seen"] - 1e-9)[told].all()
    limits = found.dropna(subset=["low", "high"])
    assert (limits["low"] <= limits["high"]).all()
    assert (limits["low"] >= limits["seen"] - 1e-9).all()
    assert found["completeness"].dropna().between(0, 1 + 1e-12).all()


@pytest.mark.parametrize("factor", [2, 1000])
def test_amounts_in_other_units_scale_the_estimate_and_log_normal_limits(factor):
    plain, scaled = (
        nowcast.nowcast(
            triangle([[part * n for n in row] for row in TAYLOR_ASHE]), shape="log-normal"
        )
        for part in (1, factor)
    )
    for column in ("value", "low", "high", "std_error"):
        assert scaled[column].to_numpy() == pytest.approx(factor * plain[column].to_numpy())


# ---- What cannot be told ------------------------------------------------------------------------


def test_a_period_seen_in_full_is_a_count_and_no_estimate():
    found = nowcast.nowcast(triangle([[3, 5], [4, 4], [2]]))
    assert found.loc[:1, ["value", "low", "high"]].to_numpy().tolist() == [[5] * 3, [4] * 3]
    assert found["immature"].tolist() == [False, False, True]


def test_a_period_with_nobody_yet_and_one_not_followed_have_no_limits():
    frame = triangle([[3, 5], [4, 6], [0], []])
    found = nowcast.nowcast(frame)
    assert found.loc[2, ["value", "seen"]].tolist() == [0, 0]
    assert found.loc[2, ["low", "high", "completeness"]].isna().all()
    assert found.loc[3, ["value", "low", "high", "delay", "seen"]].isna().all()
    assert found["immature"].tolist() == [False, False, True, True]
    assert nowcast.nowcast_total(frame).loc[0, ["periods", "left_out"]].tolist() == [3, 1]


def test_no_late_report_ever_seen_is_no_certainty():
    found = nowcast.nowcast(triangle([[3, 3], [4, 4], [5]]))
    assert found.loc[2, "value"] == 5
    assert found.loc[2, ["low", "high"]].isna().all()


def test_deaths_known_of_a_delay_not_followed_in_full_are_not_forgotten():
    frame = triangle([[10, 11], [10, 12], [10]])
    frame.loc[frame["period"].eq("2012"), "denominator"] = 14  # four late ones are known already
    found = nowcast.nowcast(frame)
    assert found.loc[2, "known"] == 14
    assert (found.loc[2, ["value", "low", "high"]] >= 14).all()


def test_nothing_in_gives_nothing_out():
    empty = pd.DataFrame({"died": pd.to_datetime([]), "known": pd.to_datetime([])})
    frame = maturity.triangle(empty, event="died", known="known", extract_date="2020-01-01")
    assert nowcast.nowcast(frame).empty
    assert nowcast.nowcast_total(frame).empty
    assert nowcast.factors(frame).empty
    assert nowcast.factors(triangle([[3], [4]])).empty


def test_all_say_that_they_are_estimates():
    frame = triangle(TAYLOR_ASHE)
    for found in (nowcast.nowcast(frame), nowcast.nowcast_total(frame)):
        assert found["label"].eq("estimate of deaths not yet known, not a count").all()
        assert found["method"].str.contains("within 300 days").all()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.drop(columns="numerator"), "Missing column 'numerator'"),
        (lambda f: f.iloc[:-1], "every delay of every period"),
        (lambda f: f.assign(numerator=[5, 3, 4, None]), "falls from one delay"),
        (lambda f: f.assign(numerator=[None, 3, 4, None]), "lacks a delay"),
        (lambda f: f.assign(count=[-1, 3, 4, None]), "negative"),
    ],
)
def test_a_triangle_that_cannot_be_is_refused(change, message):
    frame = change(triangle([[3, 5], [4]]))
    for function in (nowcast.nowcast, nowcast.nowcast_total, nowcast.factors):
        with pytest.raises(ValueError, match=message):
            function(frame)


@pytest.mark.parametrize("options", [{"share": 0}, {"share": 1.0}, {"level": 1}])
def test_shares_that_are_none_are_refused(options):
    with pytest.raises(ValueError, match="strictly between 0 and 1"):
        nowcast.nowcast(triangle([[3, 5], [4]]), **options)


def test_a_law_that_is_not_offered_is_refused():
    with pytest.raises(ValueError, match="shape must be one of 'count', 'log-normal'"):
        nowcast.nowcast(triangle([[3, 5], [4]]), shape="normal")


def test_the_frame_is_not_changed():
    frame = triangle(TAYLOR_ASHE)
    before = frame.copy(deep=True)
    nowcast.nowcast(frame)
    nowcast.nowcast_total(frame)
    pd.testing.assert_frame_equal(frame, before)
