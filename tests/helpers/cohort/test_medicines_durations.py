"""The coded medicine reports: the authors' own durations come out of the dates, in every row.

France and others, Drug Safety 2023;46, doi 10.1007/s40264-023-01274-8, give with their open data
the days that they worked out themselves. Where a row has both dates and a duration, the dates as
the suite reads them give that duration: in all 762 rows and in the 704 of the published study.
"""

import csv
import dataclasses
import re
from datetime import date

import pandas as pd
import pytest
from trusts import person, tables, untouched

from helpers.cohort import delays, disorder
from helpers.errors import InputError

# Column of the authors, the two dates, rows to compare of 762 and of the 704.
AUTHORS = {
    "inquest_dur": ("opened", "concluded", 663, 617),
    "death_end_inquest": ("death", "concluded", 650, 602),
    "death_report": ("death", "report", 692, 637),
}
# Rows with both dates for which the authors give no duration: what stands in their column.
NOT_GIVEN = {
    # The inquest ended before the investigation was opened, by the record.
    "inquest_dur": {414: "not listed", 516: "not listed"},
    # A stray dash: both dates are there, 106 days apart.
    "death_end_inquest": {84: "-"},
    # The two reports dated day first, neither in the published study.
    "death_report": {435: "", 461: ""},
}
DATES = {
    "death": "date_of_death", "opened": "invest_open",
    "concluded": "inquest_conclusion", "report": "date_of_report",
}  # fmt: skip


def day_of(text):
    """A date of the file by hand: ISO or day first; nothing else is a date there."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return date.fromisoformat(text)
    if found := re.fullmatch(r"(\d\d)/(\d\d)/(\d{4})", text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    return None


@pytest.fixture(scope="module")
def file_rows(coroners):
    """The rows of the file by their number in it, as text; the header is row 1."""
    path = coroners / "pfd_medicines_2013_2022.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return dict(enumerate(csv.DictReader(file), start=2))


@pytest.fixture(scope="module")
def milestones(run):
    """All reports of the register with one column a milestone, as the suite holds them."""
    days = run.milestones[run.milestones["register"].eq("pfd_medicines")]
    assert not days.duplicated(["source_row", "milestone"]).any()
    return days.pivot_table(index="source_row", columns="milestone", values="date", aggfunc="min")


def theirs(rows, column):
    """The durations that the authors give, by row."""
    held = {row: values[column] for row, values in rows.items()}
    return {row: float(text) for row, text in held.items() if re.fullmatch(r"-?\d+(\.0)?", text)}


def ours(frame, first, second):
    """Days between two milestones, by row, where both are there."""
    return (frame[second] - frame[first]).dt.days.dropna().to_dict()


@pytest.mark.parametrize("column", list(AUTHORS))
def test_days_of_every_report_equal_the_authors_own(milestones, file_rows, column):
    first, second, comparable, _ = AUTHORS[column]
    given, made = theirs(file_rows, column), ours(milestones, first, second)
    both = sorted(given.keys() & made.keys())
    assert (len(milestones), len(both)) == (762, comparable)
    assert [row for row in both if made[row] != given[row]] == []
    assert given.keys() <= made.keys()  # every duration of theirs has both dates


@pytest.mark.parametrize("column", list(AUTHORS))
def test_the_few_rows_in_which_only_the_dates_are_there_are_known(milestones, file_rows, column):
    first, second, *_ = AUTHORS[column]
    given, made = theirs(file_rows, column), ours(milestones, first, second)
    assert {row: file_rows[row][column] for row in made.keys() - given.keys()} == NOT_GIVEN[column]


@pytest.mark.parametrize("column", list(AUTHORS))
def test_days_of_the_published_study_equal_the_authors_own(run, file_rows, column):
    first, second, _, comparable = AUTHORS[column]
    held = delays.records(run).set_index("source_row")
    made, given = ours(held, first, second), theirs(file_rows, column)
    both = made.keys() & given.keys()
    assert (len(held), len(both)) == (704, comparable)
    assert {row: made[row] for row in both} == {row: given[row] for row in both}


# ---- Reversed intervals -------------------------------------------------------------------------


def by_hand(run, rows):
    """Reversed intervals of the published study, from the text of the file alone."""
    found = []
    for interval in run.case.intervals:
        for row, values in rows.items():
            first, second = (day_of(values[DATES[end]]) for end in (interval.from_, interval.to))
            if values["in_published_704"] == "yes" and first and second and second < first:
                found.append((row, interval.id, str(first), str(second), (second - first).days))
    return found


def told(frame):
    """What is listed, as :func:`by_hand` gives it."""
    days = frame.assign(
        first_date=frame["first_date"].dt.strftime("%Y-%m-%d"),
        second_date=frame["second_date"].dt.strftime("%Y-%m-%d"),
    )
    columns = ["source_row", "interval", "first_date", "second_date", "days"]
    return list(days[columns].itertuples(index=False, name=None))


def test_every_reversed_interval_is_listed_with_its_dates(run, file_rows):
    listed = disorder.negative(run)
    assert told(listed) == by_hand(run, file_rows)
    assert len(listed) == 32
    assert listed["review_id"].eq("pfd_medicines:" + listed["source_row"].astype(str)).all()


def test_those_listed_are_those_counted_and_none_is_used(run):
    listed = disorder.negative(run).groupby("interval").size()
    counted = delays.usable(run).set_index("interval")["negative"]
    assert listed.reindex(counted.index, fill_value=0).tolist() == counted.tolist()
    assert counted.to_dict() == {
        "death_to_opened": 13, "opened_to_concluded": 2, "death_to_concluded": 0,
        "concluded_to_report": 15, "death_to_report": 2,
    }  # fmt: skip
    used = delays.durations(run)[["source_row", "interval"]].astype({"interval": "str"})
    listed = disorder.negative(run)[["source_row", "interval"]]
    assert used.merge(listed).empty


def test_the_authors_negative_durations_are_among_those_listed(run, file_rows):
    """They print two of them, from death to report, as they are."""
    given = theirs(file_rows, "death_report")
    negative = {row: days for row, days in given.items() if days < 0}
    listed = disorder.negative(run)
    listed = listed[listed["interval"].eq("death_to_report")].set_index("source_row")["days"]
    assert listed.to_dict() == negative == {277: -189, 411: -171}


def test_each_listed_row_was_flagged_when_it_was_read(run):
    flags = run.extract.flags
    flagged = flags[flags["source_id"].eq("pfd_medicines") & flags["code"].eq("X06")]
    assert set(flagged["source_row"]) == set(disorder.negative(run)["source_row"])


# ---- Deaths, by hand ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def trust(tmp_path_factory):
    """Of two people investigated one has a final report dated before the death."""
    run = untouched(tmp_path_factory)
    people = [person("D1", source_row=7), person("D2", source_row=3)]
    both = [{"incident_id": f"W{n}", "death_id": f"D{n}"} for n in (1, 2)]
    incidents = [row | {"lead_incident": True} for row in both]
    reviews = [{"review_id": f"R{n}", "death_id": f"D{n}", "type": "CIR"} for n in (1, 2)]
    days = {
        "D1": {"death": "2013-05-01", "incident_reported": "2013-05-01",
               "final_report_internal": "2013-04-21"},
        "D2": {"death": "2013-05-01", "incident_reported": "2013-04-30"},
    }  # fmt: skip
    events = [
        {"death_id": name, "milestone": milestone, "date": day}
        for name, held in days.items()
        for milestone, day in held.items()
    ]
    made = tables(people, incidents, reviews, milestones=events)
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, **made})
    internal = run.parameters | {"release_profile": "internal"}
    return dataclasses.replace(run, extract=extract, parameters=internal)


def test_reversed_intervals_of_deaths_by_hand(trust):
    """A day on the same day is no disorder; what has no second date cannot be reversed."""
    listed = disorder.negative(trust)
    assert listed["review_id"].tolist() == ["D2", "D1"]
    assert told(listed) == [
        (3, "death_to_reported", "2013-05-01", "2013-04-30", -1),
        (7, "death_to_final", "2013-05-01", "2013-04-21", -10),
    ]


def test_the_dates_of_one_death_are_not_listed_in_the_open_profile(trust):
    open_ = trust.parameters | {"release_profile": "open"}
    with pytest.raises(InputError, match="internal profile only"):
        disorder.negative(dataclasses.replace(trust, parameters=open_))


def test_a_case_without_reversed_intervals_lists_none(trust, over):
    nobody = over(trust, "2012-04-01", "2012-04-30")
    assert disorder.negative(nobody).empty
    assert disorder.negative(nobody).columns.tolist() == disorder.COLUMNS


def test_the_exhibit_lists_them_in_any_profile_and_those_of_deaths_in_none_but_internal(run):
    """A register of published reports may be shown; how deaths are refused is tested above."""
    found = disorder.listed(run)
    pd.testing.assert_frame_equal(found, disorder.negative(run))
    assert len(found) == 32
