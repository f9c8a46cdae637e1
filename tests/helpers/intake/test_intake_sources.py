"""The shipped real records and the small case as canonical tables, held against the raw files.

The raw CSVs are read here with a few lines of pandas, none of them from the package.
"""

import re

import pandas as pd
import pytest

from helpers import start
from helpers.errors import InputError
from helpers.tables import TABLES, validate


@pytest.fixture(scope="session")
def moj(coroners):
    """Ministry of Justice, coroner statistics by area and year."""
    path = coroners / "moj_coroner_statistics_1995_2020.csv"
    return pd.read_csv(path, encoding="utf-8-sig")


@pytest.fixture(scope="session")
def tracker(coroners):
    """The register of reports to prevent future deaths."""
    return pd.read_csv(coroners / "pfd_tracker_2025-07-31.csv", dtype=str, keep_default_na=False)


@pytest.fixture(scope="session")
def medicines(coroners):
    """Coded reports in which medicines had a part."""
    return pd.read_csv(coroners / "pfd_medicines_2013_2022.csv", dtype=str, keep_default_na=False)


def flagged(run, source, code, **more):
    flags = run.extract.flags
    chosen = flags[flags["source_id"].eq(source) & flags["code"].eq(code)]
    for column, value in more.items():
        chosen = chosen[chosen[column].eq(value)]
    return chosen


def counts(run, measure, year=None):
    frame = run.extract.tables["counts"]
    chosen = frame[frame["measure"].eq(measure)]
    return chosen if year is None else chosen[chosen["year"].eq(year)]


# ---- Published totals ---------------------------------------------------------------------------

# Ministry of Justice, Coroners statistics 2020, 13 May 2021, to the unit published there: 205,400,
# 32,000, 79,400, 562 (478 in 2019), 30,900, 61, 774 and 1,207. The exact sums are of the file.
TOTALS = {
    ("deaths_reported", 2020): 205_438,
    ("inquests_opened", 2020): 31_991,
    ("post_mortems", 2020): 79_357,
    ("state_detention", 2020): 562,
    ("state_detention", 2019): 478,
    ("detained_mha", 2019): 144,
    ("detained_mha", 2020): 219,
    ("detained_prison", 2019): 299,
    ("detained_prison", 2020): 318,
    ("conclusions", 2020): 30_936,
    ("conclusion_unlawful_killing", 2020): 61,
    ("conclusion_road", 2020): 774,
    ("conclusion_open", 2020): 1_207,
}


@pytest.mark.parametrize(("measure", "year"), list(TOTALS))
def test_the_totals_of_the_ministry_of_justice_come_out_of_its_file(run, measure, year):
    assert counts(run, measure, year)["events"].sum() == TOTALS[measure, year]


def test_every_measure_of_every_year_is_the_sum_of_its_raw_columns(run, moj, coroners):
    measures = pd.read_csv(coroners / "measures.csv")
    made = run.extract.tables["counts"].groupby(["measure", "year"])["events"].sum()
    checked = 0
    for row in measures.itertuples():
        raw = moj.groupby("Year")[row.columns.split("+")].sum().sum(axis=1)
        for year in range(row.first_year, row.last_year + 1):
            assert made[row.measure, year] == raw[year], (row.measure, year)
            checked += 1
    assert checked == len(made)


# ---- Annual counts ------------------------------------------------------------------------------


def test_a_year_in_which_a_measure_was_not_collected_is_absent_and_no_zero(run):
    assert counts(run, "conclusion_road")["year"].min() == 2014
    assert counts(run, "state_detention")["year"].min() == 2011
    assert counts(run, "detained_dols")["year"].min() == 2015


def test_a_blank_cell_is_missing_and_no_zero(run, moj):
    blank = moj[moj["TDR_TDR_TDR"].isna()]
    assert list(zip(blank["Year"], blank["Coroner_area"], strict=True)) == [(1996, "Lowestoft")]
    lowestoft = counts(run, "deaths_reported", 1996).query("area == 'Lowestoft'")
    assert lowestoft["events"].isna().tolist() == [True]
    assert flagged(run, "moj_coroner_statistics", "X04", column="deaths_reported")[
        "source_row"
    ].tolist() == [int(blank.index[0]) + 2]


def test_the_three_rows_of_2013_that_share_area_and_year_are_in_totals_and_in_doubt(run, moj):
    raw = moj[moj.duplicated(["Year", "Coroner_area"], keep=False)]
    assert raw["Year"].tolist() == [2013, 2013, 2013]
    rows = flagged(run, "moj_coroner_statistics", "X11")["source_row"].tolist()
    assert rows == [int(i) + 2 for i in raw.index]
    year = counts(run, "deaths_reported", 2013)
    doubt = year[year["in_doubt"]]
    assert doubt["source_row"].tolist() == rows
    assert doubt["events"].tolist() == [2608, 1669, 1148]  # as in the file
    assert year["events"].sum() == moj.loc[moj["Year"].eq(2013), "TDR_TDR_TDR"].sum()


def test_the_same_area_in_capitals_is_the_same_area_spelt_as_in_its_latest_year(small):
    frame = counts(small, "reported")
    assert set(frame["area"]) == {"Northtown", "Southtown", "Weston"}
    assert frame[frame["area"].eq("Weston")]["events"].tolist() == [50, 60, 70]


def test_no_two_areas_of_the_shipped_case_differ_in_capitals_or_spaces_only(run):
    names = counts(run, "deaths_reported")["area"].drop_duplicates()
    keys = names.str.casefold().str.split().str.join(" ")
    assert keys.is_unique


def test_regions_are_those_of_the_map(run):
    found = set(run.extract.tables["counts"]["region"])
    assert len(found) == 11  # nine regions of England, Wales, and the Queen's Household
    assert "Yorkshire and Humber" not in found


# ---- Registers ----------------------------------------------------------------------------------


def test_every_row_of_the_registers_is_kept(run, tracker, medicines):
    rows = run.extract.tables["reports"].groupby("register").size()
    assert rows["pfd_tracker"] == len(tracker) == 5_830
    assert rows["pfd_medicines"] == len(medicines) == 762


def test_repeated_and_blank_references_of_the_register_are_flagged_and_kept(run, tracker):
    given = tracker["ref"][tracker["ref"].ne("")]
    repeated = given[given.duplicated(keep=False)]
    assert (len(repeated), tracker["ref"].eq("").sum()) == (98, 99)
    assert flagged(run, "pfd_tracker", "X10")["source_row"].tolist() == [
        i + 2 for i in repeated.index
    ]
    assert len(flagged(run, "pfd_tracker", "X04", column="ref")) == 99
    assert flagged(run, "pfd_tracker", "X10")["action"].eq("kept").all()


def test_references_not_in_the_publishers_form_are_flagged(run, tracker):
    odd = [ref for ref in tracker["ref"] if ref and not re.fullmatch(r"\d{4}-\d{4}[A-Z]?", ref)]
    assert flagged(run, "pfd_tracker", "X21")["value"].tolist() == odd
    assert len(odd) == 2


def test_the_report_dated_after_the_snapshot_is_flagged_and_kept(run, tracker):
    after = flagged(run, "pfd_tracker", "X06", reason="after the extract date 2025-07-31")
    (row,) = after["source_row"]
    assert tracker["date_of_report"].iloc[row - 2] == "17/12/2025"
    assert f"pfd_tracker:{row}" in set(run.extract.tables["reports"]["review_id"])


def test_reports_dated_before_the_death_are_flagged_and_kept(run, tracker):
    died, reported = (
        pd.to_datetime(tracker[column], format="%d/%m/%Y", errors="coerce")
        for column in ("date_of_death", "date_of_report")
    )
    wrong = [i + 2 for i in tracker.index[reported < died]]
    assert len(wrong) == 21
    found = flagged(run, "pfd_tracker", "X06", reason="report before death")
    assert found["source_row"].tolist() == wrong


def test_every_date_of_the_register_is_the_date_in_the_file(run, tracker):
    made = run.extract.tables["milestones"].query("register == 'pfd_tracker'")
    for milestone, column in (
        ("death", "date_of_death"),
        ("report", "date_of_report"),
        ("added", "date_added"),
    ):
        raw = tracker[column][tracker[column].ne("")]
        found = made[made["milestone"].eq(milestone)].set_index("source_row")["date"].sort_index()
        assert found.dt.strftime("%d/%m/%Y").tolist() == raw.tolist()
        assert found.index.tolist() == [i + 2 for i in raw.index]


def test_the_state_of_replies_is_that_of_the_register(run, tracker):
    source = next(item for item in run.case.sources if item.id == "pfd_tracker")
    words = source.columns["status"].map
    made = run.extract.tables["reports"].query("register == 'pfd_tracker'")
    assert made["status"].tolist() == [words[state] for state in tracker["status"]]
    # Counts of the file: 3,454 completed, 802 partial, 1,488 overdue, 86 pending.
    counted = made["status"].value_counts()
    states = ("completed", "partial", "overdue", "pending")
    assert [counted[words[state]] for state in states] == [3_454, 802, 1_488, 86]


def test_the_two_dates_in_another_format_are_read_and_flagged(run, medicines):
    iso = medicines["date_of_report"].str.fullmatch(r"\d{4}-\d{2}-\d{2}")
    other = medicines["date_of_report"][~iso & medicines["date_of_report"].ne("")]
    found = flagged(run, "pfd_medicines", "X01")
    assert found["value"].tolist() == other.tolist()
    days = run.extract.tables["milestones"].query("milestone == 'report'")
    days = days.set_index("review_id")["date"]
    for row, text in zip(found["source_row"], other, strict=True):
        assert days[f"pfd_medicines:{row}"] == pd.to_datetime(text, format="%d/%m/%Y")


def test_the_published_set_has_704_reports_of_716_deaths(run):
    """France and others, Drug Safety 2023;46, doi 10.1007/s40264-023-01274-8."""
    reports = run.extract.tables["reports"].query("register == 'pfd_medicines'")
    study = reports[reports["in_study"].eq("yes")]
    assert (len(study), study["number_of_deaths"].sum()) == (704, 716)


def test_recipients_are_counted_once_each_and_have_a_kind(small):
    reports = small.extract.tables["reports"].set_index("source_row")
    assert reports["recipients"].tolist() == [
        "Trust A | Council B",
        "Trust A",
        "Prison C",
        "Somebody else",
    ]
    assert reports["recipient_kind"].tolist() == [
        "Trust | Local authority",
        "Trust",
        "Prison",
        "Other body",
    ]


# ---- What is withheld ---------------------------------------------------------------------------


def everything(extract):
    """All text that intake makes of a case."""
    frames = [*extract.tables.values(), extract.flags, extract.accounts, extract.inputs]
    return "\n".join(frame.astype("str").to_csv() for frame in frames)


def test_free_text_in_the_place_of_death_is_withheld_from_tables_and_log(run, medicines, coroners):
    known = set(pd.read_csv(coroners / "places.csv")["value"]) | {"not listed", "-", ""}
    places = medicines["death_location"].str.split().str.join(" ")
    odd = places[~places.isin(known)]
    withheld = flagged(run, "pfd_medicines", "X14")
    assert withheld["source_row"].tolist() == [i + 2 for i in odd.index]
    assert withheld["value"].eq("(withheld)").all()
    # One value is a word that also names kinds of illness elsewhere; the others are looked for.
    text = everything(run.extract).casefold()
    for value in odd[odd.str.len().gt(8)]:
        assert value.casefold() not in text


def test_free_text_of_the_small_case_is_withheld_from_tables_and_log(small, project):
    assert project.free_text in (project.folder / "reports.csv").read_text(encoding="utf-8")
    assert project.free_text not in everything(small.extract)
    assert flagged(small, "reports", "X14")["source_row"].tolist() == [4]


# ---- Row accounts -------------------------------------------------------------------------------

PERIODS = [
    ("1995-01-01", "2025-07-31"),
    ("2020-01-01", "2020-12-31"),
    ("2013-07-01", "2022-02-28"),
    ("2019-06-01", "2020-06-30"),
    ("1995-01-01", "1995-12-31"),
    ("2025-07-31", "2025-07-31"),
]


@pytest.mark.parametrize(("first", "last"), PERIODS)
def test_rows_read_are_used_quarantined_or_out_of_scope_in_every_period(run, over, first, last):
    accounts = over(run, first, last).accounts
    accounted = accounts[["rows_used", "rows_quarantined", "rows_out_of_scope"]]
    assert accounts["rows_read"].tolist() == [3_012, 5_830, 762]
    assert accounted.sum(axis=1).tolist() == accounts["rows_read"].tolist()
    assert accounted.ge(0).all(axis=None)


def test_the_rows_used_are_those_whose_day_or_year_lies_in_the_period(run, over, moj, tracker):
    accounts = over(run, "2021-01-01", "2021-12-31").accounts.set_index("source_id")
    assert moj["Year"].eq(2021).sum() == 0
    assert accounts.loc["moj_coroner_statistics", "rows_used"] == 0
    # 434 of the 440 that the Ministry counts: the rest were not published, or were missed.
    assert tracker["date_of_report"].str.endswith("/2021").sum() == 434
    assert accounts.loc["pfd_tracker", "rows_used"] == 434


# ---- Refusals that need a whole case ------------------------------------------------------------


@pytest.mark.parametrize("table", list(TABLES))
def test_the_tables_of_the_shipped_case_are_as_their_schema_says(run, table):
    assert validate(run.extract.tables[table], table) == []


def test_problems_of_all_sources_are_reported_together(project):
    project.edit("counts.csv", "2018,Northtown,North,100", "2018,Northtown,North,1OO")
    project.edit("reports.csv", "10/06/2019", "31/06/2019")
    project.edit("published.csv", ",350,", ",many,")
    with pytest.raises(InputError) as refused:
        start(case="small")
    places = [problem.where for problem in refused.value.problems]
    assert places[0] == "counts.csv, column reported, row 2"
    assert places[1] == "reports.csv, column reported, row 3"
    assert places[2].startswith("published.csv")
    assert len(places) == 3


def test_a_measure_or_a_published_figure_that_is_there_twice_is_refused(project):
    project.add("measures.csv", "opened,Again,opened,2018,2020,,")
    project.add(
        "published.csv", "reported_2018,again,reported,,total,2018-01-01,2018-12-31,,,1,1,N,p,"
    )
    with pytest.raises(InputError) as refused:
        start(case="small")
    assert [problem.what.split("'")[1] for problem in refused.value.problems] == [
        "opened",
        "reported_2018",
    ]


@pytest.mark.parametrize(
    ("file", "old", "new", "row"),
    [
        ("counts.csv", "2018,Northtown", ",Northtown", 2),
        ("counts.csv", "2018,Northtown", "20018,Northtown", 2),
        ("reports.csv", "01/12/2018", "01/12/0213", 2),
    ],
    ids=["blank year", "year far outside the data", "death of the year 213"],
)
def test_a_year_that_cannot_be_is_refused_or_flagged_and_never_passed_over(
    project, file, old, new, row
):
    project.edit(file, old, new)
    try:
        flags = start(case="small").extract.flags
    except InputError:
        return
    assert row in flags.loc[flags["code"].ne("X04"), "source_row"].tolist()
