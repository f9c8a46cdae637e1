"""Data quality, linkage, planted faults, ledger: by hand on a tiny trust, then at full size."""

import dataclasses
import inspect

import pandas as pd
import pytest

from helpers import ledger, personal, reconciliation
from helpers.cohort import crosschecks, flow, linked, oddities, planted, quality

FRAMES = [
    quality.received,
    quality.fates,
    quality.comparable_years,
    quality.unanswered,
    quality.assumptions,
    oddities.flags,
    oddities.ambiguous,
    oddities.duplicates,
    oddities.missing,
    oddities.date_order,
    linked.methods,
    linked.match_rates,
    linked.left_over,
    linked.thresholds,
    linked.weights,
    linked.against_truth,
    linked.overall,
    planted.caught,
    planted.missed,
    crosschecks.crosschecks,
    flow.flow,
    ledger.contradictions,
]
"""Everything that the notebook shows, as functions of a run."""


def counted(frame, *keys):
    """The numbers of a frame by its keys."""
    rows = frame[[*keys, "numerator"]].itertuples(index=False, name=None)
    return {row[:-1] if len(keys) > 1 else row[0]: row[-1] for row in rows}


# ---- What was received, and what became of it ---------------------------------------------------


def test_each_file_is_a_line_with_the_rows_read_from_it(tiny):
    frame = quality.received(tiny).set_index("source_id")
    assert frame["rows_read"].to_dict() == {"pas": 8, "log": 7, "list": 4, "load": 2}
    assert frame["sheet"].unique().tolist() == ["the whole file"]


def test_hidden_sheets_are_on_the_list_though_nothing_was_read_from_them(southern):
    frame = quality.received(southern)
    hidden = frame[frame["state"].ne("visible")]
    assert hidden["sheet"].tolist() == ["Working", "Working"]
    assert hidden["rows_read"].tolist() == [0, 0]
    assert hidden["last_row"].isna().all()


def test_what_became_of_the_rows_counted_by_hand(tiny):
    assert counted(quality.fates(tiny), "source_id", "reason") == {
        ("pas", "in the period"): 4,  # Ada, Ben, Cleo, Dora
        ("pas", "duplicate record"): 1,  # Ada again
        ("pas", "no usable date of death"): 1,  # Gwen
        ("pas", "died outside the period"): 1,  # Eve
        ("pas", "no contact in the 12 months before"): 1,  # Finn
        ("log", "in the period"): 5,  # W1 to W4, and W7 by its own day
        ("log", "not a patient"): 1,  # W5
        ("log", "about a death outside the period, or without a contact before"): 1,  # W6
        ("list", "in the period"): 4,
        ("load", "in the period"): 2,
    }


@pytest.mark.parametrize("name", ["tiny", "southern", "run"])
def test_the_fates_of_a_source_add_up_to_the_rows_read_and_to_the_opening(name, request):
    run = request.getfixturevalue(name)
    frame = quality.fates(run)
    read = frame.groupby("source_id")["denominator"].first()
    assert frame.groupby("source_id")["numerator"].sum().equals(read)
    accounts = run.accounts.set_index("source_id")
    for fate, column in (("used", "rows_used"), ("quarantined", "rows_quarantined")):
        held = frame[frame["fate"].eq(fate)].groupby("source_id")["numerator"].sum()
        held = held.reindex(accounts.index, fill_value=0)
        assert held.to_dict() == accounts[column].to_dict()


def test_a_share_of_nothing_is_missing_and_words_of_an_empty_frame_stay():
    frame = pd.DataFrame({"numerator": [1, 0], "denominator": [4, 0]})
    frame.attrs["answer"] = "None."
    made = quality.share(frame)
    assert made["value"].iloc[0] == 0.25
    assert pd.isna(made["value"].iloc[1])
    assert made.attrs == {"answer": "None."}


# ---- What was odd -------------------------------------------------------------------------------


def test_flags_are_counted_without_the_days_of_anybody(tiny):
    frame = oddities.flags(tiny)
    assert counted(frame, "source_id", "code") == {
        ("log", "X04"): 1,
        ("log", "X07"): 2,
        ("log", "X14"): 1,
        ("log", "X18"): 1,
        ("pas", "X04"): 1,
        ("pas", "X06"): 1,
        ("pas", "X10"): 1,
    }
    assert frame.loc[frame["code"].eq("X06"), "reason"].tolist() == ["before date of death"]


def test_a_cell_that_was_flagged_twice_counts_once(tiny):
    found = tiny.extract.flags
    twice = pd.concat([found, found[found["code"].eq("X04")]], ignore_index=True)
    extract = dataclasses.replace(tiny.extract, flags=twice)
    again = dataclasses.replace(tiny, extract=extract)
    assert oddities.flags(again).equals(oddities.flags(tiny))


def test_dates_in_doubt_are_among_the_flags_and_counted_once(southern):
    built = southern.extract.built
    cells = built.ambiguous.drop_duplicates(["source_id", "source_sheet", "source_row", "column"])
    frame = oddities.flags(southern)
    doubtful = frame[frame["reason"].eq(oddities.DOUBTFUL)]
    assert doubtful["numerator"].sum() == len(cells) > 0
    assert oddities.ambiguous(southern)["numerator"].sum() == len(cells)


def test_repeated_records(tiny):
    assert counted(oddities.duplicates(tiny), "source_id", "code") == {
        ("log", "X07"): 2,
        ("pas", "X10"): 1,
    }


def test_missing_values_by_outcome(tiny):
    frame = oddities.missing(tiny)
    origin = frame[frame["column"].eq("ethnic category")].set_index("outcome")
    assert origin["denominator"].to_dict() == {
        "Investigated": 1,  # Ada
        "Reported, not investigated": 2,  # Ben, Dora
        "Not reported": 1,  # Cleo
    }
    assert origin.loc["Reported, not investigated", "numerator"] == 1  # Ben
    category = frame[frame["column"].eq("expectedness")].set_index("outcome")
    assert category["numerator"].sum() == 1  # W3
    assert category["denominator"].sum() == 5  # W6 is about a death outside the period
    assert "team" not in set(frame["column"])  # no source has it: unanswered says so


def test_missing_values_are_those_of_the_tables(southern):
    frame = oddities.missing(southern)
    died = frame[frame["table"].eq("deaths")]
    people = southern.people
    for column, part in died.groupby("column"):
        values = people[column.replace(" ", "_")]
        absent = values.isna() | values.astype("str").isin(["NR", "NK", "NA", "WH", "unknown", ""])
        assert part["numerator"].sum() == absent.sum(), column
        assert part["denominator"].sum() == len(people)


def test_dates_out_of_order_are_counted_from_the_tables(tiny):
    frame = oddities.date_order(tiny).set_index(["earlier", "later"])
    # Dora's death was registered ten days before it happened.
    assert frame.loc[("Death", "Registration"), ["numerator", "denominator"]].tolist() == [1, 4]
    assert frame.loc[("Death", "Incident reported"), ["numerator", "denominator"]].tolist() == [
        0,
        4,
    ]
    assert frame["numerator"].sum() == 1


# ---- What the record cannot answer --------------------------------------------------------------


def test_what_cannot_be_answered_is_counted(tiny):
    frame = quality.unanswered(tiny).set_index("what")
    pairs = frame[["numerator", "denominator"]].apply(tuple, axis=1).to_dict()
    assert pairs["Deaths never reported as an incident"] == (1, 4)
    assert pairs["Deaths with no source of the date of death"] == (4, 4)
    assert pairs["Deaths reported without a category"] == (1, 3)
    assert pairs["Incidents linked to no death"] == (1, 6)
    assert "team" in frame.loc["Columns of the data model that no source fills", "so"]


def test_assumptions_and_years_belong_to_the_cases_that_have_them(tiny, run):
    assert quality.assumptions(tiny).to_dict("records") == [
        {"id": "nobody lived", "text": "Nobody in these rows lived.", "taken": "8"}
    ]
    assert quality.assumptions(run).empty
    assert quality.comparable_years(tiny).empty
    assert quality.comparable_years(run)["label"].unique().tolist() == [
        "Deaths reported to coroners"
    ]


# ---- Linkage ------------------------------------------------------------------------------------


def test_links_by_way_and_stratum(tiny):
    assert counted(linked.methods(tiny), "way") == {"exact": 5, "not linked": 1}
    rates = linked.match_rates(tiny)
    by_year = rates[rates["by"].eq("year")].set_index("stratum")
    # Eve's incident of January 2013 lies in the year from April 2012; W7 is linked to nobody.
    assert by_year["numerator"].to_dict() == {"2012": 1, "2013": 4}
    assert by_year["denominator"].to_dict() == {"2012": 1, "2013": 5}
    for _, part in rates.groupby("by"):
        assert part["numerator"].sum() == 5
        assert part["denominator"].sum() == 6


def test_every_unlinked_record_has_a_reason(tiny, southern):
    assert counted(linked.left_over(tiny), "source_id") == {"log": 1, "list": 1}
    for run in (tiny, southern):
        ways = linked.methods(run)
        alone = ways.loc[ways["way"].eq("not linked"), "numerator"].sum()
        reasons = linked.unlinked(run)
        national = run.extract.tables["registrations"]["death_id"].isna().sum()
        assert reasons["numerator"].sum() == alone + national


def test_fewer_links_make_a_shorter_chain(tiny):
    tables = dict(tiny.extract.tables)
    links = tables["incident_death"]
    doubtful = links["incident_id"].eq("log:5")  # Dora's only incident
    ada = links["incident_id"].isin(["log:2", "log:3"])
    links = links.assign(
        strict=links["strict"].mask(doubtful, False),
        link_method=links["link_method"].mask(ada, "clerical"),
    )
    extract = dataclasses.replace(tiny.extract, tables={**tables, "incident_death": links})
    frame = linked.thresholds(dataclasses.replace(tiny, extract=extract))
    frame = frame.set_index("count")[list(linked.SETS)]
    assert frame.loc["incidents linked"].tolist() == [3, 4, 5]
    assert frame.loc["Reported as an incident"].tolist() == [2, 2, 3]
    assert frame.loc["Categorised as unexpected by the trust"].tolist() == [1, 1, 2]
    investigated = "Investigated (critical incident review or serious incident)"
    assert frame.loc[investigated].tolist() == [0, 1, 1]  # Ada's, which a person decided


def test_precision_and_recall_counted_by_hand(tiny):
    frame = linked.against_truth(tiny)
    own = frame[frame["list"].eq("Incidents to deaths")]
    pairs = own.set_index(["who", "rate"])[["numerator", "denominator"]].apply(tuple, axis=1)
    assert pairs.to_dict() == {
        ("all", "precision"): (4, 5),  # the truth says that W4 is about Cleo, not Dora
        ("all", "recall"): (4, 5),  # W5 is about a nurse, W7 about nobody of the list
        ("identifiers damaged", "precision"): (1, 1),
        ("identifiers damaged", "recall"): (1, 1),
    }


def test_links_of_the_shipped_case_are_right(southern):
    frame = linked.against_truth(southern)
    share = quality.share(frame).set_index(["list", "links", "who", "rate"])["value"]
    own = share.loc["Incidents to deaths"]
    assert own.xs("precision", level="rate").min() >= 0.99
    assert own.xs("recall", level="rate").min() >= 0.98
    assert share["National list to deaths", "all links", "all", "precision"] >= 0.99


# ---- Planted faults -----------------------------------------------------------------------------


def test_planted_faults_caught_missed_and_cells_flagged_though_clean(tiny):
    frame = planted.caught(tiny).set_index("code")
    assert frame.loc["all", ["numerator", "denominator", "clean"]].tolist() == [7, 8, 1]
    assert frame.loc["X12", ["numerator", "denominator"]].tolist() == [0, 1]
    assert frame.loc["X14", ["numerator", "denominator"]].tolist() == [1, 1]  # column withheld
    found = planted.missed(tiny)
    assert found[["what", "column", "code"]].to_numpy().tolist() == [
        ["flagged, not planted", "registration_date", "X06"],
        ["planted, not flagged", "Seen", "X12"],
    ]


def test_a_flag_in_another_row_or_column_answers_nothing(tiny):
    flags = tiny.extract.flags
    for change in ({"source_row": 8}, {"column": "Origin"}):
        mine = flags["source_id"].eq("pas") & flags["code"].eq("X04")
        moved = flags.copy()
        for column, value in change.items():
            moved.loc[mine, column] = value
        run = dataclasses.replace(tiny, extract=dataclasses.replace(tiny.extract, flags=moved))
        row = planted.caught(run).set_index("code").loc["X04"]
        assert row[["numerator", "denominator", "clean"]].tolist() == [1, 2, 1]


def test_the_shipped_case_catches_its_faults_and_leaves_clean_records_alone(southern):
    frame = planted.caught(southern).set_index("code")
    codes = frame.drop(index="all")
    assert codes[codes["denominator"].gt(0)].index.tolist() == [f"X{n:02}" for n in range(1, 21)]
    assert frame.loc["all", "numerator"] >= 0.99 * frame.loc["all", "denominator"]
    assert (codes["numerator"] >= 0.95 * codes["denominator"]).all()
    assert frame.loc["all", "clean"] == 0
    # Nothing is let off that does not compare two dates.
    assert codes.loc[codes["following"].gt(0)].index.isin(planted.FOLLOWS).all()


# ---- The ledger ---------------------------------------------------------------------------------


def test_published_figures_that_cannot_hold_together(tiny):
    frame = ledger.contradictions(tiny).set_index("figure_id")
    assert frame["against"].to_dict() == {
        "both": "158 + 118 = 276",
        "share": "3 of 4 = 75.0%",
        "press": "unexpected deaths: 2",
    }
    assert frame["difference"].to_dict() == {"both": -2.0, "share": 15.0, "press": -1.0}


def test_a_difference_is_explained_by_those_who_lie_between(tiny):
    frame = ledger.named(tiny, reconciliation.reconcile(tiny)).set_index("figure_id")
    said = frame.loc["press", "exclusions"]
    assert said == (
        "It fits: Reported as an incident (3). "
        "Between the two: Reported, not categorised as unexpected: 1."
    )
    assert frame.loc["share", "exclusions"] == ledger.NONE
    assert "both" not in frame.index  # no record of the case speaks of it


def test_published_figures_stand_beside_their_boxes(tiny):
    boxes = ledger.beside(tiny, flow.flow(tiny))
    said = boxes.dropna(subset="published").set_index("measure")["published"].to_dict()
    assert said == {"deaths": "4", "reported": "3", "unexpected": "2; 3"}


def test_the_known_contradictions_of_the_shipped_case_are_found(southern):
    frame = ledger.contradictions(southern).set_index("figure_id")
    assert frame.loc["nsft_same_day", ["published", "other"]].tolist() == [278, 276]
    assert frame.loc["lampard_requests", ["published", "other"]].tolist() == [293, 292]
    assert frame.loc["nsft_unexpected_2012", "against"] == "88 less 53 = 35"
    assert frame.loc["mazars_ld_investigated_minutes", "against"] == "4 of 337 = 1.2%"
    assert reconciliation.unexplained(reconciliation.reconcile(southern)) == []


# ---- Nobody is in it ----------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("function", FRAMES, ids=lambda item: item.__name__)
def test_no_frame_names_anybody(function, tiny, southern):
    salt = "of the test"
    words = {row.split(",")[n] for row in _rows(tiny, "pas.csv") for n in (1, 2)}
    names = personal.name_hashes(words, salt=salt)
    assert personal.scan(function(tiny), names=names, salt=salt) == []
    assert personal.scan(function(southern)) == []


@pytest.mark.parametrize("function", FRAMES, ids=lambda item: item.__name__)
def test_no_frame_holds_a_day_of_anybody(function, tiny):
    frame = function(tiny)
    cells = " ".join(frame.select_dtypes(exclude="number").astype("str").to_numpy().ravel())
    days = {row.split(",")[n] for row in _rows(tiny, "pas.csv") for n in (3, 5, 6, 8)}
    for day in days - {"unknown"}:
        iso = "-".join(reversed(day.split("/")))
        assert day not in cells
        assert iso not in cells


def _rows(run, file):
    return run.case.path(file).read_text(encoding="utf-8").splitlines()[1:]


@pytest.mark.parametrize("function", FRAMES, ids=lambda item: item.__name__)
def test_a_case_without_such_records_gives_a_frame_and_says_why(function, run):
    frame = function(run)
    assert isinstance(frame, pd.DataFrame)
    assert list(inspect.signature(function).parameters)[0] == "run"
    if function.__module__ in {"helpers.cohort.linked", "helpers.cohort.planted"}:
        assert frame.empty
