"""Both bases of the SYNTHETIC case, from the raw workbooks by a few lines of pandas.

The scope (which people) is that of the suite; the days of death and of reviews, the quarters and
who belongs to whom come from the cells of the workbooks and from the truth file.
"""

import pandas as pd
import pytest
import trace_raw as raw

from helpers import start
from helpers.cohort import learning, quality_account, reviewed

CASE, SHEETS = "southern_health", ("Adult Mental Health", "Older Persons MH", "Learning Disability")
QUARTERS = pd.period_range("2011Q2", "2015Q1", freq="Q")


@pytest.fixture(scope="module")
def run():
    return start(case=CASE)


@pytest.fixture(scope="module")
def died(run):
    """Day of death by person, from the patient workbook, for everybody in scope."""
    deaths = run.extract.tables["deaths"]
    deaths = deaths[deaths["death_id"].isin(reviewed.followed(run)["death_id"])]
    start_of = raw.origin(CASE, "patient_system.xlsx")
    found = {}
    for title, rows in deaths.groupby("source_sheet"):
        sheet = raw.sheet(CASE, "patient_system.xlsx", title)
        for row in rows["source_row"]:
            person = raw.truth(CASE)["patient_system", title, row]
            found[person] = raw.day(sheet.loc[row, "date_of_death"], start_of)
    return pd.Series(found)


@pytest.fixture(scope="module")
def finished():
    """Person, kind and day of everything that the incident workbook says was completed."""
    start_of, parts = raw.origin(CASE, "incident_system.xlsx"), []
    for title in SHEETS:
        sheet = raw.sheet(CASE, "incident_system.xlsx", title)
        sheet = sheet[sheet["person_type"].eq("Patient")]
        person = [raw.truth(CASE).get(("incident_system", title, row)) for row in sheet.index]
        investigated = sheet["panel_outcome"].isin(["SIRI", "CIR"])
        closed = sheet["si_closed"].where(investigated & sheet["review_outcome"].eq("Closed"))
        for kind, cells in (("review", sheet["ima_completed"]), ("investigation", closed)):
            day = [raw.day(cell, start_of) for cell in cells]
            parts.append(pd.DataFrame({"person": person, "kind": kind, "day": day}))
    long = pd.concat(parts).dropna(subset=["day"]).drop_duplicates()
    # Four were closed, by their state, on a day after the extract: a slip, and no day.
    assert long["day"].gt(raw.EXTRACT[CASE]).sum() == 4
    return long.assign(day=long["day"].where(long["day"].le(raw.EXTRACT[CASE])))


def by_quarter(days):
    return days.dt.to_period("Q").value_counts().reindex(QUARTERS, fill_value=0).tolist()


@pytest.mark.parametrize(
    ("column", "kinds"),
    [
        ("numerator", ["review", "investigation"]),
        ("cohort_review", ["review"]),
        ("cohort_investigation", ["investigation"]),
    ],
)
def test_the_cohort_basis_comes_out_of_the_workbooks(run, died, finished, column, kinds):
    reached = finished.loc[finished["kind"].isin(kinds), "person"]
    held = learning.bases(run)
    assert held[column].tolist() == by_quarter(died[died.index.isin(reached)])
    assert held["denominator"].tolist() == by_quarter(died)


def test_the_activity_basis_comes_out_of_the_workbooks(run, died, finished):
    mine = finished[finished["person"].isin(died.index)]
    held = learning.bases(run)
    for kind in ("review", "investigation"):
        assert held[f"activity_{kind}"].tolist() == by_quarter(
            mine.loc[mine["kind"].eq(kind), "day"]
        )
    once = mine.assign(quarter=mine["day"].dt.to_period("Q")).drop_duplicates(["person", "quarter"])
    assert held["activity_deaths"].tolist() == by_quarter(once["day"])


@pytest.mark.parametrize("year", [2012, 2013, 2014])
def test_the_statements_come_out_of_the_workbooks(run, died, finished, year):
    first = finished.groupby("person")["day"].min()
    closed, before = pd.Timestamp(year + 1, 3, 31), pd.Timestamp(year, 3, 31)
    of_year = died[died.gt(before) & died.le(closed)].index
    of_last = died[died.gt(pd.Timestamp(year - 1, 3, 31)) & died.le(before)].index
    stated = quality_account.by_year(run)
    stated = stated[stated["reporting_year"].str.startswith(str(year))].set_index("item")
    wanted = {
        "27.1": len(of_year),
        "27.2": int(first.reindex(of_year).le(closed).sum()),
        "27.7": int((first.reindex(of_last).gt(before) & first.reindex(of_last).le(closed)).sum()),
    }
    assert stated.loc[list(wanted), "numerator"].to_dict() == wanted
    assert stated.loc[["27.3", "27.8", "27.9"], "numerator"].isna().all()
