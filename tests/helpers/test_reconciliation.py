"""Published figures beside computed ones: each gets a verdict, and none is bent to fit."""

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from published_figures import extra, line

from helpers import start
from helpers.errors import InputError
from helpers.reconciliation import _verdict, agreement, reconcile, unexplained

FILE = Path(__file__).parents[2] / "data/coroners/moj_coroner_statistics_1995_2020.csv"
BANDS = {  # the middle of each band in months; that of the last is what the case says
    "Cases_1_month_or_less_EW": 0.5,
    "Cases_1_to_3_months_EW": 2.0,
    "Cases_3_to_6_months_EW": 4.5,
    "Cases_6_to_12_months_EW": 9.0,
    "Cases_over_12_months_EW": 18.0,
}


def mean_weeks():
    """Return the mean weeks of each year, from the columns of the file as they stand."""
    rows = pd.read_csv(FILE, encoding="utf-8-sig", usecols=["Year", *BANDS])
    sums = rows.apply(pd.to_numeric, errors="coerce").groupby("Year").sum()
    months = (sums * pd.Series(BANDS)).sum(axis=1) / sums.sum(axis=1)
    return (months * (365.25 / 12) / 7).to_dict()


MEANS = mean_weeks()

# Exact values of the shipped files, beside what was published (source of each in
# published_figures.csv). Changes are from 2019 to 2020 in per cent.
EXPECTED = {
    "moj2020_deaths_reported": (205_400, 205_438, "agrees"),
    "moj2020_inquests_opened": (32_000, 31_991, "agrees"),
    "moj2020_post_mortems": (79_400, 79_357, "agrees"),
    "moj2020_state_detention": (562, 562, "agrees"),
    "moj2019_state_detention": (478, 478, "agrees"),
    "moj2020_mha_change": (52, 100 * (219 - 144) / 144, "agrees"),
    "moj2020_prison_change": (6, 100 * (318 - 299) / 299, "agrees"),
    "moj2020_conclusions": (30_900, 30_936, "agrees"),
    "moj2020_unlawful_killing": (61, 61, "agrees"),
    "moj2020_road": (774, 774, "agrees"),
    "moj2020_open": (1_207, 1_207, "agrees"),
    "moj2020_unlawful_killing_change": (-55, 100 * (61 - 135) / 135, "agrees"),
    "moj2020_road_change": (-22, 100 * (774 - 995) / 995, "agrees"),
    "moj2020_open_change": (-20, 100 * (1_207 - 1_508) / 1_508, "agrees"),
    "moj2021_deaths_reported": (195_200, None, "cannot be computed, explained"),
    "moj2021_inquests_opened": (32_800, None, "cannot be computed, explained"),
    "moj2021_state_detention": (580, None, "cannot be computed, explained"),
    "moj2021_pfd": (440, 434, "differs, explained"),
    "pfd_2022_site": (4_001, 4_008, "differs, explained"),
    "france2023_reports": (704, 704, "agrees"),
    "france2023_deaths": (716, 716, "agrees"),
    # Bands at their middles, the last at 18 months: the sums of the file by hand in test_bands.py.
    "moj2005_weeks": (23, MEANS[2005], "agrees"),
    "moj2009_weeks": (27, MEANS[2009], "agrees"),
    "moj2010_weeks": (27, MEANS[2010], "agrees"),
    "moj2011_weeks": (27, MEANS[2011], "agrees"),
    "moj2012_weeks": (26, MEANS[2012], "agrees"),
    "moj2014_weeks": (28, MEANS[2014], "agrees"),
    "moj2015_weeks": (20, MEANS[2015], "agrees"),
    "moj2018_weeks": (26, MEANS[2018], "agrees"),
    "moj2019_weeks": (27, MEANS[2019], "agrees"),
    "moj2020_weeks": (27, MEANS[2020], "differs, explained"),
}


@pytest.fixture(scope="module")
def shipped(run):
    """The reconciliation of the shipped case."""
    return reconcile(run).set_index("figure_id")


# ---- The shipped case ---------------------------------------------------------------------------


def test_every_row_of_the_shipped_case_is_listed_here(shipped):
    assert shipped.index.tolist() == list(EXPECTED)


@pytest.mark.parametrize("figure", list(EXPECTED))
def test_a_figure_of_the_shipped_case_has_its_value_and_verdict(shipped, figure):
    published, computed, verdict = EXPECTED[figure]
    row = shipped.loc[figure]
    assert row["published"] == published
    assert (
        row["computed"] == pytest.approx(computed, rel=1e-12)
        if computed
        else (row["computed"] != row["computed"])
    )
    assert row["verdict"] == verdict
    assert row["source"]
    assert row["status"]


@pytest.mark.slow
def test_nothing_of_the_shipped_case_stops_a_run_and_25_figures_agree(run):
    frame = reconcile(run)
    assert unexplained(frame) == []
    assert agreement(frame).to_dict("records") == [
        {"numerator": 25, "denominator": 31, "value": 25 / 31}
    ]


@pytest.mark.slow
def test_the_period_of_a_run_does_not_limit_the_figures(run, over, shipped):
    part = reconcile(over(run, "1995-01-01", "1995-12-31")).set_index("figure_id")
    assert part["computed"].fillna(-1).to_dict() == shipped["computed"].fillna(-1).to_dict()


# ---- A figure that somebody adds ----------------------------------------------------------------


@pytest.mark.slow
def test_a_row_added_to_the_shipped_figures_is_reconciled_without_a_change_of_code(copied):
    path = copied / "published_figures.csv"
    row = line(measure="deaths_reported", value="210900", rounded_to="100")
    path.write_text(path.read_text(encoding="utf-8") + row + "\n", encoding="utf-8", newline="")
    frame = reconcile(start(case="coroners")).set_index("figure_id")
    assert len(frame) == 32
    # Coroners statistics 2020 gives 210,900 deaths reported in 2019; the file sums to 210,912.
    assert frame.loc["extra", "computed"] == 210_912
    assert frame.loc["extra", "verdict"] == "agrees"


def test_a_count_given_to_the_last_digit_must_agree_exactly(project):
    assert extra(project, value=380)["verdict"] == "agrees"


@pytest.mark.slow
@pytest.mark.parametrize("value", [379, 381])
def test_a_count_that_is_off_by_one_does_not_agree(project, value):
    row = extra(project, value=value)
    assert row["verdict"] == "does not agree"
    assert row["tolerance"] == 0
    assert row["difference"] == 380 - value


@pytest.mark.slow
@pytest.mark.parametrize(
    ("value", "unit", "agrees"),
    [
        (400, 100, True),  # 380 rounds to 400
        (400, 10, False),
        (380, 10, True),
        (370, 20, True),  # half the unit away: 370 to 390
        (369, 20, False),
        (430, 100, True),
        (431, 100, False),
    ],
)
def test_the_tolerance_is_half_the_unit_a_figure_was_rounded_to(project, value, unit, agrees):
    row = extra(project, value=value, rounded_to=unit)
    assert row["tolerance"] == unit / 2
    assert (row["verdict"] == "agrees") is agrees


@given(st.integers(0, 10**6), st.sampled_from([2, 10, 100, 1000]))
def test_a_figure_that_was_rounded_to_its_unit_always_agrees(exact, unit):
    published = unit * ((exact + unit // 2) // unit)
    assert _verdict(exact - published, unit / 2, explained=False) == "agrees"


def test_a_change_in_per_cent_agrees_to_half_of_its_unit(project):
    """Deaths reported: 350 in 2018, 380 in 2019, which is 8.57% more."""
    row = extra(
        project,
        statistic="percent_change",
        baseline_start="2018-01-01",
        baseline_end="2018-12-31",
        value=9,
    )
    assert row["computed"] == pytest.approx(100 * 30 / 350, rel=1e-12)
    assert (row["tolerance"], row["verdict"]) == (0.5, "agrees")


def test_a_stratum_limits_a_figure(project):
    row = extra(project, stratum="region=The South", value=270)
    assert (row["computed"], row["verdict"]) == (270, "agrees")


def test_two_strata_limit_a_figure_together(project):
    row = extra(project, stratum="region=The South;area=Weston", value=60)
    assert (row["computed"], row["verdict"]) == (60, "agrees")


def test_records_and_the_people_in_them_are_counted_by_the_day_of_the_report(project):
    common = {"measure": "reports", "period_start": "2020-01-01", "period_end": "2020-12-31"}
    assert extra(project, statistic="records", value=2, **common)["verdict"] == "agrees"
    # The figure of the small case itself: two people in one report, one in the other.
    frame = reconcile(start(case="small")).set_index("figure_id")
    assert frame.loc["deaths_2020", "computed"] == 3


# ---- A figure that cannot be computed, or differs ------------------------------------------------


def test_a_difference_with_an_explanation_is_said_and_does_not_stop_a_run(project):
    row = extra(project, value=385, explanation="The publisher counted five deaths twice")
    assert row["verdict"] == "differs, explained"
    assert unexplained(reconcile(start(case="small"))) == []


def test_an_explanation_of_blanks_explains_nothing(project):
    assert extra(project, value=385, explanation="  ")["verdict"] == "does not agree"


@pytest.mark.slow
def test_a_figure_of_a_year_outside_the_data_cannot_be_computed(project):
    period = {"period_start": "2021-01-01", "period_end": "2021-12-31"}
    row = extra(project, value=1, **period)
    assert row["verdict"] == "cannot be computed"
    assert row["computed"] != row["computed"]
    (said,) = unexplained(reconcile(start(case="small")))
    assert "extra" in said
    assert "computed nothing" in said


def test_a_figure_that_reaches_partly_outside_the_data_cannot_be_computed(project):
    row = extra(project, period_end="2021-12-31", value=820)
    assert row["verdict"] == "cannot be computed"


def test_a_figure_of_a_year_in_which_its_measure_was_not_collected_cannot_be_computed(project):
    row = extra(
        project, measure="suicide", period_start="2018-01-01", period_end="2018-12-31", value=0
    )
    assert row["verdict"] == "cannot be computed"


def test_a_figure_for_part_of_a_year_cannot_be_computed_from_counts_of_years(project):
    row = extra(project, period_start="2019-04-01", period_end="2019-06-30", value=95)
    assert row["verdict"] == "cannot be computed"


def test_a_stratum_value_that_is_not_in_the_records_cannot_be_computed(project):
    row = extra(project, stratum="region=The East", value=0)
    assert row["verdict"] == "cannot be computed"


def test_each_figure_that_does_not_agree_is_said_in_one_line_with_both_numbers(project):
    extra(project, value="1234567.5", rounded_to=0.5)
    (said,) = unexplained(reconcile(start(case="small")))
    assert said.startswith("published figure extra: ")
    assert "1,234,567.5" in said
    assert "380" in said
    assert len(said.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"measure": "reportd"}, "reportd"),
        ({"stratum": "regoin=The South"}, "regoin"),
        ({"statistic": "mode"}, "statistic"),
        ({"period_start": "01/01/2019"}, "period_start"),
        ({"value": "many"}, "value"),
        ({"value": ""}, "value"),
        ({"rounded_to": ""}, "rounded_to"),
        ({"source": ""}, "source"),
    ],
)
def test_a_row_that_cannot_be_understood_is_refused_by_name(project, values, named):
    with pytest.raises(InputError, match=named):
        extra(project, **values)
