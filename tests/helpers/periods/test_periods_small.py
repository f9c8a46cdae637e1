"""Names and days of periods, limits of months, rows of two extracts, and causes, by hand."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from helpers.errors import InputError
from helpers.periods import apportioning, overlay, rows, spans, volumes

DAY = dt.date


# ---- Names and days -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "name"),
    [
        ("2015-04-01", "2016-03-31", "2015_16"),
        ("1999-04-01", "2000-03-31", "1999_00"),
        ("2015-01-01", "2015-12-31", "2015"),
        ("2015-10-01", "2015-12-31", "2015_q4"),
        ("2016-02-01", "2016-02-29", "2016_02"),
        ("2015-02-01", "2015-04-30", "2015_02_01_to_2015_04_30"),
        ("2015-04-01", "2016-03-30", "2015_04_01_to_2016_03_30"),
    ],
)
def test_a_period_is_named_by_its_days(start, end, name):
    assert spans.named(DAY.fromisoformat(start), DAY.fromisoformat(end)) == name


days = st.dates(DAY(1990, 1, 1), DAY(2040, 1, 1))


@given(days, days)
def test_the_months_of_a_period_hold_each_of_its_days_once(one, other):
    start, end = sorted((one, other))
    months = spans.months(start, end)
    assert months["days"].sum() == (end - start).days + 1
    assert months["month"].is_unique


@given(days, days, days, days)
def test_two_periods_overlap_where_a_day_is_in_both(a, b, c, d):
    (start, end), (first, last) = sorted((a, b)), sorted((c, d))
    found = spans.check_days(start, end, extract_date=None, others={"x": (first, last)})
    shared = max(start, first) <= min(end, last)
    assert bool(found) == shared


# ---- Months out of line -------------------------------------------------------------------------


def test_the_limits_of_poisson_months_are_those_of_a_poisson_with_the_rate_estimated():
    """From very many days the rate is as good as known: the exact Poisson quantiles remain."""
    before = np.tile([8.0, 10, 12], 4000)
    made = volumes.limits(before, np.full(12_000, 30.0), np.array([30.0]))
    assert made["low"].iloc[0] == stats.poisson.ppf(0.001, 10)
    assert made["high"].iloc[0] == stats.poisson.ppf(0.999, 10)


def test_months_that_vary_more_than_a_poisson_get_wider_limits():
    """Mean 100 and Pearson dispersion 4.27 by hand: 12 months at 100 -+ 20 give 12*400/100/11."""
    before = np.tile([80.0, 120], 6)
    made = volumes.limits(before, np.full(12, 30.0), np.array([30.0])).iloc[0]
    variance = 12 * 400 / 100 / 11 * 100 * (1 + 1 / 12)
    p = 100 / variance
    law = stats.nbinom(100 * p / (1 - p), p)
    assert law.var() == pytest.approx(variance)
    assert (made["low"], made["high"]) == (law.ppf(0.001), law.ppf(0.999))
    assert (made["low"], made["high"]) != (stats.poisson.ppf(0.001, 100),) * 2


@pytest.mark.parametrize("mean", [3, 20, 200])
def test_nearly_all_months_of_an_unchanged_source_lie_within_their_limits(mean):
    """Simulated: 99.8% by design, less what estimating the dispersion costs; 5 of 400 at most."""
    rng = np.random.default_rng(mean)
    outside = 0
    for _ in range(400):
        months = rng.poisson(mean, 13).astype(float)
        made = volumes.limits(months[:12], np.full(12, 30.0), np.array([30.0])).iloc[0]
        outside += not made["low"] <= months[12] <= made["high"]
    assert outside <= 5


def test_a_short_month_is_held_against_fewer_deaths():
    made = volumes.limits(np.full(12, 30.0), np.full(12, 30.0), np.array([30.0, 15.0]))
    assert made["expected"].tolist() == [30.0, 15.0]


def frame(month_rows, service="ld"):
    """Rows with a day of death, so many a month."""
    made = [f"{month}-15" for month, many in month_rows.items() for _ in range(many)]
    return pd.DataFrame({"date_of_death": pd.to_datetime(made), "service": service})


def test_a_service_that_stops_is_named_where_it_had_many_rows():
    year = {f"2014-{month:02d}": 20 for month in range(1, 13)}
    old = pd.concat([frame(year), frame(year, "adult_mh")])
    new = pd.concat([frame({"2015-01": 30}), frame({"2015-01": 1}, "adult_mh")])
    before = volumes.monthly(old, start=DAY(2014, 1, 1), end=DAY(2014, 12, 31), day="date_of_death")
    after = volumes.monthly(new, start=DAY(2015, 1, 1), end=DAY(2015, 1, 31), day="date_of_death")
    found = volumes.out_of_line(before, after)
    assert found["part"].tolist() == ["adult_mh"]


# ---- Rows of two extracts -----------------------------------------------------------------------


def test_a_record_is_found_again_by_its_reference_else_by_the_number_of_the_person():
    old = pd.DataFrame({"local_id": ["1", "2", "3"], "nhs_number": ["N1", "N2", ""]})
    new = pd.DataFrame({"local_id": ["9", "1", "4"], "nhs_number": ["N2", "N1", ""]})
    assert rows.paired(old, new, table="deaths").to_dict("list") == {"old": [0, 1], "new": [1, 0]}


def test_repeated_records_are_paired_once_each():
    old = pd.DataFrame({"local_id": ["1", "1"], "nhs_number": ["N", "N"]})
    new = pd.DataFrame({"local_id": ["1", "1", "1"], "nhs_number": ["N", "N", "N"]})
    made = rows.paired(old, new, table="deaths")
    assert made["old"].tolist() == [0, 1]
    assert made["new"].is_unique


def test_that_a_date_of_birth_changed_is_said_and_neither_day_is():
    old = pd.DataFrame({"local_id": ["1"], "nhs_number": ["N"], "dob": ["1950-01-01"]})
    new = old.assign(dob="1951-01-01")
    found = rows.changed(old, new, rows.paired(old, new, table="deaths"))
    assert found["field"].tolist() == ["dob"]
    assert "195" not in found.to_csv()


ids = st.lists(st.sampled_from("abcdefgh"), max_size=8, unique=True)


@given(ids, ids)
def test_every_row_is_paired_or_gone_and_paired_or_new(before, after):
    old, new = (pd.DataFrame({"local_ref": one}, dtype="str") for one in (before, after))
    made = rows.paired(old, new, table="incidents")
    assert set(old.loc[made["old"], "local_ref"]) == set(before) & set(after)
    assert len(made) == len(set(before) & set(after))


# ---- Causes -------------------------------------------------------------------------------------

flags = st.dictionaries(st.sampled_from("abcdefgh"), st.booleans(), max_size=8)


@given(flags, flags, st.sets(st.sampled_from("abcdefgh")))
def test_the_causes_add_up_to_the_change_of_every_count(before, after, known):
    """Whatever came, went or changed: old count + late + re-coded + deleted = new count."""
    old, new = (
        pd.DataFrame({"death_id": list(one), "reported": list(one.values())})
        for one in (before, {name.upper(): value for name, value in after.items()})
    )
    old, new = (one.astype({"reported": "bool", "death_id": "str"}) for one in (old, new))
    same = {name: name.upper() for name in known | (set(before) & set(after))}
    moves = apportioning.moved(old, new, same=same, late=frozenset("AB"), gone=frozenset("cd"))
    counts = tuple((float(one["reported"].sum()), float(len(one))) for one in (old, new))
    found = apportioning.apportioned(moves, old, new, of=("reported", "deaths", {}), counts=counts)
    for place, what in enumerate(("numerator", "denominator")):
        change = sum(value for name, value in found.items() if name.startswith(what))
        assert change == counts[1][place] - counts[0][place]


def test_a_figure_that_is_not_made_of_these_deaths_is_not_apportioned():
    people = pd.DataFrame({"death_id": ["a"], "reported": [True]})
    moves = apportioning.moved(people, people, same={}, late=frozenset(), gone=frozenset())
    counts = ((7.0, 9.0), (7.0, 9.0))
    of = ("reported", "deaths", {})
    assert apportioning.apportioned(moves, people, people, of=of, counts=counts) is None


# ---- What period.yml may say --------------------------------------------------------------------

SAID = {
    "period_version": 1,
    "period": {"start": "2015-04-01", "end": "2016-03-31"},
    "extract_date": "2016-09-30",
    "history": "incremental",
    "sources": {"pas": {"file": "new.csv"}},
}


@pytest.mark.parametrize(
    ("entry", "value", "reason"),
    [
        ("history", "both", "history"),
        ("period", {"start": "2016-04-01", "end": "2016-03-31"}, "before it starts"),
        ("extract_date", "2016-03-30", "after the extract"),
        ("sources", {}, "sources"),
        ("colour", "blue", "colour"),
    ],
)
def test_what_period_yml_may_not_say_is_refused_by_name(entry, value, reason):
    with pytest.raises(InputError, match=reason):
        overlay.read({**SAID, entry: value}, where="period.yml")


def test_a_source_of_which_nothing_is_said_is_refused():
    case = {"sources": [{"id": "pas"}, {"id": "incidents"}]}
    with pytest.raises(InputError, match="nothing is said of source 'incidents'"):
        overlay.overlaid(case, overlay.read(SAID, where=""), name="x", prefix="p", where="y")


def test_maps_are_added_to_and_everything_else_is_replaced():
    case = {
        "period": {"start": DAY(2011, 4, 1), "end": DAY(2015, 3, 31)},
        "sources": [
            {
                "id": "pas",
                "file": "old.csv",
                "sheets": {"read": ["a"]},
                "fields": {"sex": {"from": "Sex", "map": {"Male": "M"}}},
                "quarantined": ["Notes"],
            }
        ],
    }
    above = {
        "file": "new.csv",
        "sheets": {"read": ["b"]},
        "fields": {"sex": {"from": "Gender", "map": {"Man": "M"}}},
        "quarantined": ["Story"],
    }
    said = overlay.read({**SAID, "sources": {"pas": above}}, where="")
    made = overlay.overlaid(case, said, name="x", prefix="periods/x", where="")
    source = made["sources"][0]
    assert source["file"] == "periods/x/new.csv"
    assert source["sheets"] == {"read": ["b"]}
    assert source["fields"]["sex"] == {"from": "Gender", "map": {"Male": "M", "Man": "M"}}
    assert source["quarantined"] == ["Notes", "Story"]
    assert case["sources"][0]["file"] == "old.csv"  # the case itself is as it was
