"""Each kind of published figure, beside a case that is read once: shares, medians, means, sums."""

import dataclasses
from io import StringIO

import pandas as pd
import pytest
from published_figures import FIELDS, extra, line
from trusts import untouched

from helpers import start
from helpers.errors import InputError
from helpers.reconciliation import STATED, reconcile, unexplained


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
