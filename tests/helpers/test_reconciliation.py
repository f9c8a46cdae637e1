"""Published figures beside computed ones: each gets a verdict, and none is bent to fit."""

import dataclasses
from io import StringIO
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trusts import untouched

from helpers import start
from helpers.errors import InputError
from helpers.reconciliation import STATED, _verdict, agreement, reconcile, unexplained
from helpers.tables import TABLES

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
FIELDS = TABLES["published"].names


def line(**values):
    """A row of published figures; what is not given is that of a figure that agrees."""
    row = {
        "figure_id": "extra",
        "statement": "deaths reported in 2019",
        "measure": "reported",
        "statistic": "total",
        "period_start": "2019-01-01",
        "period_end": "2019-12-31",
        "value": "380",
        "rounded_to": "1",
        "source": "Nobody",
        "status": "primary seen",
    }
    row |= values
    return ",".join(str(row.get(field, "")) for field in FIELDS)


def extra(project, **values):
    """Add a figure to the small case and return its row of the reconciliation."""
    project.add("published.csv", line(**values))
    return reconcile(start(case="small")).set_index("figure_id").loc["extra"]


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


# ---- Figures beside a case that was read once ---------------------------------------------------


@pytest.fixture(scope="module")
def counted(project_of_module):
    """The small case; nothing here changes it."""
    return start(case=project_of_module.name)


@pytest.fixture(scope="module")
def trust_run(tmp_path_factory):
    """Six people in contact; those with a learning disability died at 54, 57 and 61."""
    return untouched(tmp_path_factory)


def figures(run, *rows):
    """The reconciliation of figures given by hand; what is not given is as in `line`."""
    text = "\n".join([",".join(FIELDS), *(line(**row) for row in rows)])
    read = pd.read_csv(StringIO(text))
    for name in ("period_start", "period_end"):
        read[name] = pd.to_datetime(read[name])
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, "published": read})
    return reconcile(dataclasses.replace(run, extract=extract))


def figure(run, *others, **values):
    """One figure beside others that are only stated: a, b, ..., of the given values."""
    rows = [
        {"figure_id": name, "statistic": "stated", "value": value}
        for name, value in zip("abcdef", others, strict=False)
    ]
    return figures(run, *rows, values).set_index("figure_id").loc["extra"]


def of_people(run, **values):
    """A figure about the people of the trust: learning disability, April 2012 to March 2014."""
    period = {"period_start": "2012-04-01", "period_end": "2014-03-31"}
    return figure(
        run, **{"measure": "age", "stratum": "service=ld", "value": 57, **period, **values}
    )


# ---- Percentages, medians and means -------------------------------------------------------------

YEAR_2018 = {"period_start": "2018-01-01", "period_end": "2018-12-31"}


@pytest.mark.parametrize(
    ("values", "computed"),
    [
        # 2018: 55 of 350; 2019 without Weston's, which are not recorded: 64 of 380.
        ({"measure": "opened/reported", **YEAR_2018}, 100 * 55 / 350),
        ({"measure": "opened/reported"}, 100 * 64 / 380),
        ({"measure": "opened/reported", "stratum": "region=The North"}, 100 * 22 / 110),
        ({"measure": "reported/opened", "stratum": "region=The North"}, 500),
        ({"measure": "opened/reported", "period_start": "2018-01-01"}, 100 * 119 / 730),
    ],
)
def test_a_percentage_is_one_measure_out_of_another(counted, values, computed):
    row = figure(counted, statistic="percent", value=round(computed, 1), rounded_to=0.1, **values)
    assert row["computed"] == pytest.approx(computed, rel=1e-12)
    assert (row["tolerance"], row["verdict"]) == (0.05, "agrees")


@pytest.mark.parametrize(
    "values",
    [
        {"measure": "opened/suicide", **YEAR_2018},  # suicides were not collected then
        {"measure": "opened/reported", "period_end": "2019-06-30"},  # half a year
        {"measure": "opened/reported", "stratum": "region=The East"},  # nobody
    ],
)
def test_a_percentage_of_what_was_not_recorded_cannot_be_computed(counted, values):
    row = figure(counted, statistic="percent", value=1, **values)
    assert row["computed"] != row["computed"]
    assert row["verdict"] == "cannot be computed"


@pytest.mark.parametrize("measure", ["opened", "opened/reportd", "opened/", "/reported"])
def test_a_percentage_of_what_is_no_measure_is_refused(counted, measure):
    with pytest.raises(InputError, match="is not in the case"):
        figure(counted, statistic="percent", measure=measure, value=1)


@pytest.mark.parametrize(
    ("statistic", "values", "computed"),
    [
        ("median", {}, 57),
        ("mean", {}, (54 + 57 + 61) / 3),
        # Ann (61) and Eve (57) died in 2012-13, Eve on its last day.
        ("median", {"period_end": "2013-03-31"}, 59),
        ("median", {"period_end": "2013-03-30"}, 61),
        ("mean", {"period_start": "2013-04-01"}, 54),
        # Everybody in contact: 61, 40, 82, 57, 33, 54. Dan, at 52, was not.
        ("median", {"stratum": ""}, (54 + 57) / 2),
        ("mean", {"stratum": ""}, (61 + 40 + 82 + 57 + 33 + 54) / 6),
        ("median", {"stratum": "sex=M;service=adult_mh"}, (33 + 40) / 2),
    ],
)
def test_the_median_and_the_mean_of_an_age_are_of_people_in_contact(
    trust_run, statistic, values, computed
):
    row = of_people(trust_run, statistic=statistic, **values)
    assert row["computed"] == pytest.approx(computed, rel=1e-12)


@pytest.mark.parametrize("value", [56.5, 57.5])
def test_half_a_year_of_age_agrees_and_a_whole_one_does_not(trust_run, value):
    assert of_people(trust_run, statistic="median", value=value)["verdict"] == "agrees"
    assert of_people(trust_run, statistic="median", value=58)["verdict"] == "does not agree"


def test_the_age_of_nobody_cannot_be_computed(trust_run):
    row = of_people(trust_run, statistic="median", stratum="service=camhs")
    assert row["verdict"] == "cannot be computed"


@pytest.mark.parametrize(
    ("values", "named"), [({"measure": "weight"}, "weight"), ({"stratum": "ward=9"}, "ward")]
)
def test_what_is_not_recorded_of_a_person_is_refused_by_name(trust_run, values, named):
    with pytest.raises(InputError, match=named):
        of_people(trust_run, statistic="median", **values)


@pytest.mark.parametrize(
    ("measure", "stratum", "computed"),
    [("reported/deaths", "", 500 / 6), ("siri/investigated", "", 50), ("deaths", "service=ld", 3)],
)
def test_steps_of_the_chain_are_measures_too(trust_run, measure, stratum, computed):
    statistic = "percent" if "/" in measure else "total"
    row = of_people(trust_run, statistic=statistic, measure=measure, stratum=stratum)
    assert row["computed"] == pytest.approx(computed)


# ---- Figures about figures, and figures that are only stated ------------------------------------


@pytest.mark.parametrize(
    ("statistic", "measure", "computed"),
    [
        ("sum_of_figures", "a+b+c", 276),
        ("sum_of_figures", "a + b", 270),
        ("sum_of_figures", "a", 158),
        ("difference_of_figures", "a-b", 46),
        ("difference_of_figures", "a-b-c", 40),
    ],
)
def test_published_figures_are_held_against_each_other(counted, statistic, measure, computed):
    row = figure(counted, 158, 112, 6, statistic=statistic, measure=measure, value=computed)
    assert row["computed"] == computed
    assert (row["tolerance"], row["verdict"]) == (0, "agrees")


def test_a_figure_that_the_case_computes_may_be_part_of_another(project):
    """350 deaths were published for 2018, 3 for reports of 2020."""
    measure = "reported_2018+deaths_2020"
    row = extra(project, statistic="sum_of_figures", measure=measure, value=353)
    assert (row["computed"], row["verdict"]) == (353, "agrees")


def test_a_total_that_is_not_the_sum_of_its_parts_does_not_agree_unless_explained(counted):
    """278 was published for parts of 158, 112 and 6."""
    total = {"statistic": "sum_of_figures", "measure": "a+b+c", "value": 278}
    row = figure(counted, 158, 112, 6, **total)
    assert (row["difference"], row["verdict"]) == (-2, "does not agree")
    row = figure(counted, 158, 112, 6, explanation="The source does not say", **total)
    assert (row["difference"], row["verdict"]) == (-2, "differs, explained")


def test_two_figures_that_should_be_one(counted):
    """88 and 53 were published for the same trust and year: the difference should be none."""
    row = figure(counted, 88, 53, statistic="difference_of_figures", measure="a-b", value=0)
    assert (row["computed"], row["verdict"]) == (35, "does not agree")


@pytest.mark.parametrize(
    ("statistic", "measure"), [("sum_of_figures", "a+z"), ("difference_of_figures", "z-a")]
)
def test_a_figure_that_was_never_published_is_refused_by_name(counted, statistic, measure):
    with pytest.raises(InputError, match="z is not a published figure"):
        figure(counted, 1, statistic=statistic, measure=measure, value=1)


def test_a_hyphen_in_the_name_of_a_figure_is_no_minus(counted):
    """A figure_id is any text."""
    named = {"figure_id": "moj-2019", "statistic": "stated", "value": 4}
    whole = {"statistic": "difference_of_figures", "measure": "extra-moj-2019", "value": 6}
    rows = figures(counted, {"statistic": "stated", "value": 10}, named, whole | {"figure_id": "x"})
    assert rows.set_index("figure_id").loc["x", "computed"] == 6


def test_a_figure_that_is_only_stated_is_kept_and_never_stops_a_run(counted):
    rows = figures(counted, {"statistic": "stated", "measure": "anything at all", "value": 88})
    row = rows.iloc[0]
    assert row["computed"] != row["computed"]
    assert (row["verdict"], row["explanation"]) == ("cannot be computed, explained", STATED)
    assert unexplained(rows) == []


def test_what_is_said_of_a_stated_figure_stands_as_it_was_written(counted):
    row = figure(counted, statistic="stated", value=88, explanation="Of another trust")
    assert row["explanation"] == "Of another trust"
