"""What is said to be true of a synthetic case is true: coefficients and delays come back."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from helpers import synthetic
from helpers.synthetic import delays
from helpers.synthetic.people import INTERCEPTS, MODELS, SERVICES, WITHIN

TERMS = ["age10", "female", "inpatient", "year"]


def fitted(frame, step):
    """Estimates and standard errors of the model behind a step, a constant for each service."""
    parent = WITHIN[step]
    among = frame if parent is None else frame[frame[parent]]
    columns = {"age10": among["age10"], "female": among["female"], "year": among["year_centred"]}
    columns["inpatient"] = among["inpatient"].astype(float)
    columns |= {service: among["service"].eq(service).astype(float) for service in SERVICES}
    design = pd.DataFrame(columns)[[*TERMS, *SERVICES]]
    model = sm.Logit(among[step].astype(float), design).fit(disp=0)
    return model.params, model.bse


def covered(step, seeds, size):
    """Share of 95% intervals that hold the truth, and the mean estimate, by term."""
    true = pd.Series(MODELS[step] | dict(zip(SERVICES, INTERCEPTS[step], strict=True)))
    hits, estimates = [], []
    for seed in range(seeds):
        estimate, error = fitted(synthetic.people(seed, size), step)
        hits.append((estimate - true).abs() <= 1.959964 * error)
        estimates.append(estimate)
    return pd.concat(hits, axis=1).mean(axis=1), pd.concat(estimates, axis=1).T, true


@pytest.mark.slow
@pytest.mark.parametrize(
    ("step", "seeds", "size", "near"),
    [("reported", 100, 3000, 0.03), ("investigated", 200, 6000, 0.025)],
)
def test_intervals_cover_the_true_coefficients_as_often_as_they_say(step, seeds, size, near):
    share, estimates, true = covered(step, seeds, size)
    worst = 4 * np.sqrt(0.95 * 0.05 / seeds)  # seven coefficients are looked at
    assert (share > 0.95 - worst).all()
    assert abs(share.mean() - 0.95) < near
    assert abs(share[TERMS].mean() - 0.95) < near
    error = estimates.std() / np.sqrt(seeds)
    assert ((estimates.mean() - true)[TERMS].abs() < 4 * error[TERMS] + 0.01).all()


def test_the_published_totals_leave_the_coefficients_as_they_are():
    """Draws conditional on the totals: the services' constants move, the coefficients do not."""
    estimates = [
        fitted(synthetic.people(seed, 10_306, shape="southern_health"), "reported")[0]
        for seed in range(25)
    ]
    table = pd.DataFrame(estimates)[TERMS]
    error = table.std() / np.sqrt(len(table))
    assert ((table.mean() - pd.Series(MODELS["reported"])).abs() < 4 * error + 0.01).all()


def test_nobody_is_investigated_who_was_not_reviewed_unexpected_and_reported():
    people = synthetic.people(4, 5000)
    for step, parent in (("siri", "investigated"), ("investigated", "reviewed"),
                         ("reviewed", "unexpected"), ("unexpected", "reported")):  # fmt: skip
        assert (people[step] <= people[parent]).all()
    assert (people["involvement"].ne("") == people["investigated"]).all()


# ---- Delays -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def followed():
    return synthetic.people(11, 40_000, milestones=True)


def law(name, x):
    """Share of a stage's laws that lies below x days."""
    from scipy import stats

    _, kind, first, second = delays.LAWS[name]
    if kind == "weibull":
        return stats.weibull_min.cdf(x, first, scale=second)
    return stats.lognorm.cdf(x, second, scale=first)


STAGES = ["trust_knew", "incident_reported", "ima_completed", "panel_decision", "steis_logged"]


@pytest.mark.parametrize("stage", [*STAGES, "coroner_referral"])
def test_days_of_a_stage_follow_its_law(followed, stage):
    start = delays.LAWS[stage][0]
    rows = followed[~followed["inpatient"] & followed["date_of_death"].lt("2015-01-01")]
    gap = (rows[stage] - rows[start]).dt.days.dropna()
    assert gap.ge(0).all()
    for limit in (1, 3, 10, 30):
        # Whole days: up to `limit` means less than half a day more.
        assert (gap <= limit).mean() == pytest.approx(law(stage, limit + 0.5), abs=0.03)


def product_limit_median(days, seen):
    """Median by the product-limit estimate."""
    order = np.argsort(days, kind="stable")
    days, seen = days[order], seen[order]
    left = 1.0
    for day in np.unique(days):
        at, risk = (days == day) & seen, (days >= day).sum()
        left *= 1 - at.sum() / risk
        if left <= 0.5:
            return day
    return np.inf


@pytest.mark.parametrize("interval", ["death_to_reported", "death_to_final", "death_to_closed"])
def test_true_medians_come_back_although_some_are_still_open(followed, interval):
    rng = np.random.default_rng(0)
    days = followed.assign(
        date_of_death=(followed["date_of_death"] - pd.Timestamp("1970-01-01")).dt.days.astype(float)
    )
    true = {row["interval"]: row["median_days"] for row in delays.truth(rng, days, draws=20_000)}
    start, end, step = delays.INTERVALS[interval]
    rows = followed[followed[step]]
    extract = pd.Timestamp("2015-09-30")
    other = rows[["delog_date", "downgrade_date"]].min(axis=1)
    last = rows[end].fillna(other).fillna(extract)
    waited = (last - rows[start]).dt.days.to_numpy()
    ended = rows["closure"].isin(["abandoned", "superseded"]) & rows[end].isna()
    keep = ~ended.to_numpy()  # their day of ending is in no record
    found = product_limit_median(waited[keep], rows[end].notna().to_numpy()[keep])
    assert found == pytest.approx(true[interval], rel=0.05, abs=1)


def test_some_are_open_some_ended_otherwise_and_nothing_is_after_the_extract(followed):
    assert followed.loc[followed["investigated"], "closure"].nunique() == 6
    for name in delays.LAWS:
        assert not followed[name].gt("2015-09-30").any()
    opened = followed["closure"].eq("open")
    assert followed.loc[opened, "si_closed"].isna().all()
    assert 0.02 < opened.sum() / followed["investigated"].sum() < 0.3
