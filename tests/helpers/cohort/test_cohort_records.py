"""Times between milestones and replies to reports, against plain pandas on the raw files."""

import dataclasses

import pandas as pd
import pytest

from helpers import start
from helpers.cohort import delays, factors, replies

SNAPSHOT = pd.Timestamp("2025-07-31")  # date of the extract of the register


@pytest.fixture(scope="module")
def raw(coroners):
    """The coded reports, their dates parsed; two reports are dated day first."""
    frame = pd.read_csv(coroners / "pfd_medicines_2013_2022.csv", dtype=str, keep_default_na=False)
    names = {
        "date_of_death": "death",
        "invest_open": "opened",
        "inquest_conclusion": "concluded",
        "date_of_report": "report",
    }
    for column, name in names.items():
        iso = pd.to_datetime(frame[column], format="%Y-%m-%d", errors="coerce")
        frame[name] = iso.fillna(pd.to_datetime(frame[column], format="%d/%m/%Y", errors="coerce"))
    return frame


@pytest.fixture(scope="module")
def tracker(coroners):
    """The register of reports, with the date of the report parsed."""
    frame = pd.read_csv(coroners / "pfd_tracker_2025-07-31.csv", dtype=str, keep_default_na=False)
    return frame.assign(day=pd.to_datetime(frame["date_of_report"], format="%d/%m/%Y"))


def state_of(run, text):
    """The word by which the case names a state of the register."""
    source = next(item for item in run.case.sources if item.id == "pfd_tracker")
    return source.columns["status"].map[text]


# ---- Times between milestones -------------------------------------------------------------------

STRETCHES = {
    "death_to_opened": ("death", "opened"),
    "opened_to_concluded": ("opened", "concluded"),
    "death_to_concluded": ("death", "concluded"),
    "concluded_to_report": ("concluded", "report"),
    "death_to_report": ("death", "report"),
}


@pytest.mark.parametrize("interval", list(STRETCHES))
def test_days_are_the_difference_of_the_two_dates_in_the_file(run, raw, interval):
    first, second = STRETCHES[interval]
    study = raw[raw["in_published_704"].eq("yes")]
    days = (study[second] - study[first]).dt.days
    days = days[days.ge(0)]
    made = delays.durations(run)
    made = made[made["interval"].eq(interval)].set_index("source_row")["days"].sort_index()
    assert made.index.tolist() == [i + 2 for i in days.index]
    assert made.tolist() == days.astype(int).tolist()


# The authors' own columns, and in how many rows of their published set both dates and a duration
# are there. France and others, Drug Safety 2023;46: columns of their open data.
AUTHORS = {
    "inquest_dur": ("opened_to_concluded", "opened", "concluded", 617),
    "death_end_inquest": ("death_to_concluded", "death", "concluded", 602),
    "death_report": ("death_to_report", "death", "report", 637),
}


@pytest.mark.parametrize("column", list(AUTHORS))
def test_days_equal_the_authors_own_durations_in_every_comparable_row(run, raw, column):
    interval, first, second, comparable = AUTHORS[column]
    study = raw[raw["in_published_704"].eq("yes")]
    theirs = pd.to_numeric(study[column], errors="coerce")
    ours = (study[second] - study[first]).dt.days
    both = theirs.notna() & ours.notna()
    assert both.sum() == comparable
    assert theirs[both].eq(ours[both]).all()
    made = delays.durations(run)
    made = made[made["interval"].eq(interval)].set_index("source_row")["days"]
    usable = theirs[both & ours.ge(0)]
    assert made.reindex([i + 2 for i in usable.index]).tolist() == usable.tolist()


def test_every_record_is_used_or_counted_with_the_reason_it_is_not(run, raw):
    study = raw[raw["in_published_704"].eq("yes")]
    frame = delays.usable(run).set_index("interval")
    for interval, (first, second) in STRETCHES.items():
        days = (study[second] - study[first]).dt.days
        assert frame.loc[
            interval, ["records", "no_start", "no_end", "negative", "used"]
        ].tolist() == [
            704,  # France and others 2023: reports of the published set
            study[first].isna().sum(),
            (study[first].notna() & study[second].isna()).sum(),
            days.lt(0).sum(),
            days.ge(0).sum(),
        ]
    assert frame[["no_start", "no_end", "negative", "used"]].sum(axis=1).eq(704).all()


def test_the_times_rest_on_as_many_records_as_are_said_to_be_usable(run):
    days = delays.durations(run)
    made = days.groupby("interval", observed=True).size().to_dict()
    assert made == delays.usable(run).set_index("interval")["used"].to_dict()


def test_the_period_decides_by_the_day_of_the_report(run, over, raw):
    study = raw[raw["in_published_704"].eq("yes")]
    frame = delays.usable(over(run, "2019-04-01", "2020-03-31"))
    assert frame["records"].unique().tolist() == [
        study["report"].between("2019-04-01", "2020-03-31").sum()
    ]


def test_the_longest_stretch_is_the_last_that_the_case_names(run):
    days = delays.durations(run)
    assert delays.longest(run, days)["interval"].unique().tolist() == ["death_to_report"]


def test_days_of_the_small_case_can_be_counted_by_hand(small):
    """1 to 3 December 2018; 25 December 2019 to 13 January 2020; the others lack a date."""
    frame = delays.durations(small)
    opened = frame[frame["interval"].eq("death_to_opened")]
    assert opened["days"].tolist() == [2, 19]
    assert opened["year"].tolist() == [2019, 2020]
    assert opened["place"].tolist() == ["Hospital", "Not recorded"]
    usable = delays.usable(small).set_index("interval")
    assert usable.loc["death_to_opened"].tolist()[1:] == [4, 2, 0, 0, 2, 0]


def test_a_later_date_before_an_earlier_one_is_counted_and_never_used(project):
    project.edit("reports.csv", "01/12/2018,03/12/2018", "04/12/2018,03/12/2018")
    run = start(case="small")
    usable = delays.usable(run).set_index("interval").loc["death_to_opened"]
    assert usable[["negative", "used"]].tolist() == [1, 1]
    assert delays.durations(run)["days"].ge(0).all()
    flags = run.extract.flags
    assert flags[flags["code"].eq("X06")]["reason"].tolist() == ["opened before death"]


# ---- Replies ------------------------------------------------------------------------------------


def test_a_reply_is_due_once_its_days_have_passed_at_the_snapshot(run, tracker):
    after = tracker["day"].gt(SNAPSHOT)
    due = (tracker["day"] + pd.Timedelta(days=56)).lt(SNAPSHOT)
    frame = replies.owed(run)
    assert len(frame) == len(tracker) == 5_830
    assert frame["standing"].value_counts().to_dict() == {
        "due": due.sum(),
        "not yet due": (~due & ~after).sum(),
        "date in doubt": after.sum(),
    }
    assert (due.sum(), after.sum()) == (5_743, 1)


def test_the_standing_of_replies_sums_to_all_reports(run):
    frame = replies.standing(run)
    assert frame["numerator"].sum() == 5_830
    assert frame["denominator"].eq(5_830).all()


def test_shares_of_the_due_reports_are_those_of_the_register(run, tracker):
    due = tracker[(tracker["day"] + pd.Timedelta(days=56)).lt(SNAPSHOT)]
    frame = replies.shares(run).set_index("label")
    for text in ("completed", "partial", "overdue"):
        row = frame.loc[state_of(run, text)]
        assert row["numerator"] == due["status"].eq(text).sum()
        assert row["denominator"] == len(due) == 5_743
    assert frame["numerator"].sum() == len(due)


def test_shares_by_year_have_every_state_in_every_year(run, tracker):
    due = tracker[(tracker["day"] + pd.Timedelta(days=56)).lt(SNAPSHOT)]
    frame = replies.shares(run, by="year")
    assert frame.groupby("year").size().unique().tolist() == [3]
    raw = due.groupby(due["day"].dt.year)["status"].value_counts()
    for row in frame.itertuples():
        text = next(t for t in ("completed", "partial", "overdue") if state_of(run, t) == row.label)
        assert row.numerator == raw.get((row.year, text), 0)
    assert frame.drop_duplicates("year")["denominator"].sum() == len(due)


def test_in_a_period_before_the_snapshot_no_report_dated_after_it_is_counted(run, over, tracker):
    frame = replies.owed(over(run, "2021-01-01", "2021-12-31"))
    assert len(frame) == tracker["day"].dt.year.eq(2021).sum() == 434
    assert frame["standing"].eq("due").all()


# ---- The model of replies -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def model(run):
    """One row a due report."""
    made = factors.study(run).frame
    rows = run.extract.tables["reports"].set_index("review_id")["source_row"]
    return made.assign(source_row=made["review_id"].map(rows))


def test_the_outcome_is_a_reply_that_is_not_complete(run, model, tracker):
    due = tracker[(tracker["day"] + pd.Timedelta(days=56)).lt(SNAPSHOT)]
    expected = due["status"].ne("completed").astype(int)
    assert model.set_index("source_row")["no_complete_reply"].tolist() == expected.tolist()


def test_the_bands_of_recipients_are_those_of_the_count_in_the_register(model, tracker):
    sent = pd.to_numeric(tracker["sent_to_count"], errors="coerce").clip(upper=3)
    words = {1: "1", 2: "2", 3: "3 or more"}
    expected = sent.reindex([row - 2 for row in model["source_row"]]).map(words)
    assert model["Recipients"].astype("str").fillna("").tolist() == expected.fillna("").tolist()


def test_a_kind_of_death_is_held_by_as_many_reports_as_the_register_says(model, tracker, coroners):
    names = pd.read_csv(coroners / "categories.csv").set_index("category")["value"]
    text = tracker["category"].reindex([row - 2 for row in model["source_row"]])
    for kind in ("Care home", "State custody", "Mental health"):
        held = text.str.split(" | ", regex=False).map(lambda cell, kind=kind: names[kind] in cell)
        assert model[f"Death: {kind}"].tolist() == held.astype(int).tolist()


def test_every_characteristic_enters_the_model_or_is_left_out_with_a_reason(run, model):
    study = factors.study(run)
    out = factors.left_out(study)
    taken = factors.terms(study)
    offered = [name for names in study.groups.values() for name in names]
    assert sorted([*out["term"], *taken]) == sorted(offered)
    assert out["reason"].str.len().gt(0).all()
    numeric = [name for name in taken if pd.api.types.is_numeric_dtype(model[name])]
    least = run.case.plan.least
    assert all(least <= model[name].sum() <= len(model) - least for name in numeric)


def test_the_crude_shares_start_with_all_due_reports(run, model):
    frame = factors.crude(factors.study(run))
    assert frame.iloc[0][["numerator", "denominator"]].tolist() == [
        model["no_complete_reply"].sum(),
        5_743,
    ]
    years = frame[frame["term"].eq("Year")]
    assert years["denominator"].sum() == 5_743
    assert years["numerator"].sum() == model["no_complete_reply"].sum()


def test_the_focus_is_what_the_plan_names_in_its_order_and_nothing_else(run):
    wanted = list(run.case.plan.focus)
    effects = pd.DataFrame({"name": [*reversed(wanted), "Year 2014"]})
    effects["value"] = [0.1 if i % 2 else -0.1 for i in range(len(effects))]
    made = factors.focus(factors.study(run), effects)
    assert made["name"].tolist() == wanted
    assert made["value"].tolist() == effects["value"].tolist()[:-1][::-1]


def test_a_case_without_registers_answers_with_empty_frames(run):
    case = run.case.model_copy(update={"delays": None, "replies": None, "plan": None})
    bare = dataclasses.replace(run, case=case)
    assert delays.durations(bare).empty
    assert delays.usable(bare).empty
    assert replies.owed(bare).empty
    assert replies.shares(bare, by="year").empty
    assert replies.due(bare).empty
    assert factors.crude(factors.study(bare)).empty
    assert replies.standing(bare).empty
