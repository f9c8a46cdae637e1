"""The parts of a restated figure: they add up, and are what counting the records gives."""

import datetime as dt
import gc

import nbformat
import pandas as pd
import pytest
from test_periods_registering import NAME, decide, register

from helpers.case import load
from helpers.intake import ingest
from helpers.pack import build
from helpers.periods import between, restating
from helpers.periods.extracts_compared import Compared, compared
from helpers.synthetic import synthesise
from helpers.synthetic.following import follow

OLD = dt.date(2011, 4, 1), dt.date(2015, 3, 31)
NEW = {"start": dt.date(2015, 4, 1), "end": dt.date(2016, 3, 31)}
PARAMETERS = """\
case = "trial"  # the case
period_start = "2011-04-01"  # first day of the period
period_end = "2015-03-31"  # last day of the period
release_profile = "open"  # disclosure profile in force
level = 0.95  # level of the intervals
"""
START = """\
from helpers import start
from helpers.cohort import delays, ends, steps
from helpers.exhibits import Exhibits
from helpers.methods import proportions, survival

run = start(case=case, period_start=period_start, period_end=period_end,
            release_profile=release_profile, level=level)
show = Exhibits(run)
show.opening()
"""
SHARES = """\
chain = proportions.proportion(steps.ladder(run), level=level)
show.findings("rates.steps", steps.headline(chain))
"""
MEDIANS = """\
both = ends.both_ways(run, delays.durations(run))
ways_of = ["interval", "label", "ended_otherwise"]
medians = survival.quantiles(both, probabilities=[0.5], by=ways_of, level=level)
show.findings("delay.medians", ends.worded(medians.dropna(subset="value")))
"""

pytestmark = [
    pytest.mark.xdist_group("pack"),
    # nbclient leaves the event loop and sockets of a kernel to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


@pytest.fixture(autouse=True)
def collected():
    """Let what a kernel left be collected within the test that started it."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def home(tmp_path_factory, project_of_module):
    """A SYNTHETIC case of 900 people who never lived, and a later extract of it, registered."""
    home = tmp_path_factory.mktemp("project")
    folder = home / "data" / "trial"
    synthesise(folder, seed=5, deaths=900, shape="general")
    follow(folder, home / "cumulative", seed=4, deaths=100, **NEW)
    (home / "notebooks").mkdir()
    made = project_of_module.notebook(START, SHARES, MEDIANS, parameters=PARAMETERS)
    nbformat.write(made, home / "notebooks" / "1_parts.ipynb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INQUIRY_HOME", str(home))
        decide(register(home).folder)
        yield home


# ---- An extract without some of its rows --------------------------------------------------------


@pytest.mark.slow
def test_rows_that_are_passed_over_are_as_if_they_had_never_been_sent(home):
    case = load("trial")
    whole = ingest(case)
    deaths = whole.tables["deaths"]
    some = deaths["death_id"].iloc[[0, 3, 5]]
    made = ingest(case, without=frozenset(some))
    kept = deaths[~deaths["death_id"].isin(some)]
    pd.testing.assert_series_equal(
        made.tables["deaths"]["death_id"].reset_index(drop=True),
        kept["death_id"].reset_index(drop=True),
    )
    read = [one.accounts.set_index("source_id")["rows_read"] for one in (whole, made)]
    assert (read[0] - read[1]).loc[lambda less: less.ne(0)].to_dict() == {"patient_system": 3}
    gone = made.tables["incident_death"]["death_id"]
    assert not gone.isin(some).any()


@pytest.mark.slow
def test_nothing_passed_over_changes_nothing(home):
    case = load("trial")
    again = ingest(case, without=frozenset(["no_such:row:1"])).tables
    for name, frame in ingest(case).tables.items():
        pd.testing.assert_frame_equal(frame, again[name], obj=name)


@pytest.fixture(scope="module")
def both(home):
    """The case by each extract, and which rows are gone and came late."""
    before, after = load("trial"), load(f"trial/{NAME}")
    return before, after, compared(before, after, OLD)


@pytest.mark.slow
def test_the_earlier_extract_without_what_went_has_the_deaths_of_the_later_without_what_came(both):
    before, after, found = both
    counts = [
        len(ingest(case, without=frozenset().union(*rows.values())).tables["deaths"])
        for case, rows in ((before, found.gone), (after, found.late))
    ]
    assert counts[0] == counts[1]


# ---- The parts of a figure ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def restated(home):
    """The figures of the old period, frozen, beside those from the later extract."""
    build.build(build.plan("trial", with_pdf=False))
    return restating.restate("trial", NAME)


def changed(restated):
    rows = restated.figures
    return rows[rows["status"].eq("restated")]


@pytest.mark.slow
def test_the_parts_of_every_figure_add_up_to_its_change(restated):
    rows = changed(restated)
    numbers = rows[rows["difference"].ne("")]
    parts = numbers[["value_code", "value_deleted", "value_recoded", "value_late"]]
    assert len(numbers) > 10
    assert parts.ne("").all(axis=None)
    parts = parts.astype("float64")
    difference = numbers["difference"].astype("float64")
    pd.testing.assert_series_equal(parts.sum(axis=1), difference, check_names=False, rtol=1e-9)
    assert parts["value_code"].eq(0).all()  # the code is the same
    assert parts["value_late"].ne(0).any()
    assert numbers["why"].str.contains("value: ").all()


@pytest.mark.slow
def test_a_median_has_parts_too(restated):
    medians = changed(restated).query("unit == 'days'")
    assert not medians.empty
    assert medians["numerator_late"].eq("").all()
    assert medians[["value_deleted", "value_recoded", "value_late"]].ne("").all(axis=None)


@pytest.mark.slow
def test_the_parts_of_a_share_are_those_that_its_counts_give(restated):
    """Deaths that went, were coded anew and came are counted without any notebook."""
    rows = changed(restated)
    rows = rows[rows["numerator_late"].ne("")]
    assert len(rows) > 5
    for row in rows.to_dict("records"):
        top, bottom = float(row["frozen_numerator"]), float(row["frozen_denominator"])
        values = [top / bottom]
        for cause in ("deleted", "recoded", "late"):
            top += row[f"numerator_{cause}"]
            bottom += row[f"denominator_{cause}"]
            values.append(top / bottom)
        expected = [now - then for then, now in zip(values[:-1], values[1:], strict=True)]
        found = [float(row[f"value_{cause}"]) for cause in ("deleted", "recoded", "late")]
        assert found == pytest.approx(expected, abs=1e-12), row["figure"]


# ---- Where there are no parts -------------------------------------------------------------------


def none_at_all():
    frames = pd.DataFrame(columns=["source_id"]), pd.DataFrame()
    return Compared(*frames, same={}, late={}, gone={})


class Made:
    """Exhibits of which only the findings and the rows are asked."""

    def __init__(self, value, rows=0):
        self.findings = [{"id": "a", "value": value, "unit": "days"}]
        self.runs = {"page": {"rows": [{"source_id": "patient_system", "rows_read": rows}]}}


@pytest.mark.slow
def test_files_without_a_row_a_record_have_no_steps(home):
    case = load("trial")
    made = between.steps(
        case, case, none_at_all(), earlier=Made(1.0), later=Made(2.0), execute=None
    )
    assert made.reason == "its files hold no row a record, so that no step lies between them"
    assert between.parts({"id": "a", "value": 1.0, "unit": "days"}, made).parts == {}


class Silent(Made):
    """Exhibits of a notebook that does not show what it rests on."""

    def __init__(self, value):
        super().__init__(value)
        self.runs = {}


@pytest.mark.slow
@pytest.mark.parametrize(
    "answer",
    [None, Made(1.5, rows=1), Silent(1.5)],
    ids=["refused", "whole file read", "nothing shown"],
)
def test_a_notebook_that_was_not_given_the_records_is_not_believed(both, answer):
    before, after, found = both
    made = between.steps(
        before, after, found, earlier=Made(1.0), later=Made(2.0), execute=lambda *_: answer
    )
    assert made.held == ()
    assert "cannot be given other records" in made.reason


def test_a_figure_that_a_step_does_not_state_has_no_parts():
    made = between.Steps(({"a": 1.0}, {}, {"a": 1.0}, {"a": 2.0}))
    change = between.parts({"id": "a", "value": 1.0, "unit": "days"}, made)
    assert change == between.Change(words="it is not stated at every step between the two extracts")


def test_a_share_is_told_in_percentage_points_and_a_change_of_code_only_where_there_is_one():
    steps = [{"a": value} for value in (0.2, 0.21, 0.25, 0.24)]
    was = {"id": "a", "value": 0.2, "unit": "proportion"}
    words = between.parts(was, between.Steps(tuple(steps))).words
    assert words == (
        "value: records that went +1.00, coded anew or followed for longer +4.00, "
        "records that came late -1.00 percentage points"
    )
    words = between.parts({**was, "value": 0.19}, between.Steps(tuple(steps))).words
    assert words.startswith("value: code and rules of now +1.00, records that went +1.00")
