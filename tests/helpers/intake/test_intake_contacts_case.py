"""A case of contacts or referrals: its denominators, and flags that show no person."""

from datetime import date

import pandas as pd
import pytest
import yaml
from counted_contacts import COVERED, UK

from helpers.case import load
from helpers.intake import ingest
from helpers.sourcefile import Contacts, Source

CASE = {
    "case_version": 1, "id": "cared", "title": "A made-up county", "data_status": "synthetic",
    "summary": "Rows made up for tests.", "period": {"start": date(2012, 4, 1), "end": COVERED[1]},
    "extract_date": date(2014, 9, 30), "year_start_month": 4, "profiles": ["internal"],
    "sources": [{
        "id": "caseload", "title": "Referrals of a trust", "publisher": "Nobody",
        "file": "referrals.csv", "licence": "none", "layout": "contacts",
        "coverage": {"start": COVERED[0], "end": COVERED[1]},
        "dimensions": {
            "provider": {"from": "Trust"},
            "service": {"from": "Service", "map": {"Adult": "adult_mh", "LD": "ld"}},
            "sex": {"from": "Sex", "map": {"F": "F", "M": "M"}},
        },
        "contacts": {
            "person": "NHS no", "memory_limit": "1GB", "threads": 1,
            "start": {"from": "From", "format": UK}, "end": {"from": "To", "format": UK},
            "born": {"from": "Born", "format": UK},
        },
    }],
}  # fmt: skip
REFERRALS = """\
NHS no,From,To,Born,Trust,Service,Sex
1,01/03/2012,15/04/2012,01/01/1950,T1,Adult,F
1,10/04/2012,,01/01/1950,T1,Adult,F
1,10/04/2012,,01/01/1950,T1,LD,F

2,02/02/2013,01/02/2013,01/01/1950,T1,LD,M
2,tbc,01/02/2013,01/01/1950,T1,LD,M
2,01/05/2012,01/06/2012,01/01/2015,T1,LD,M
2,01/05/2012,01/06/2012,01/01/1950,T1,,
0000000000,01/05/2012,01/06/2012,01/01/1950,T1,LD,M
2,01/05/2012,02/05/2012,,T1,LD,
3,01/05/2009,02/05/2009,,T1,LD,
"""


@pytest.fixture
def cared(tmp_path, monkeypatch):
    """Give the folder of the case, in force for the test."""
    folder = tmp_path / "data" / "cared"
    folder.mkdir(parents=True)
    (folder / "case.yml").write_text(yaml.safe_dump(CASE), encoding="utf-8")
    (folder / "referrals.csv").write_text(REFERRALS, encoding="utf-8", newline="\n")
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path))
    return folder


def test_a_case_of_referrals_becomes_denominators_with_their_definitions(cared):
    extract = ingest(load("cared"))
    table = extract.tables["exposure"]
    days = table[table["measure"].eq("person_years")].groupby(["service", "sex"])["value"].sum()
    # Overlapping referrals of one service once, from 1 April; 356 days from 10 April on.
    assert (days * 365.25).round(9).to_dict() == {
        ("adult_mh", "F"): 365, ("ld", "F"): 356, ("ld", "NR"): 2,
    }  # fmt: skip
    one = table[table["service"].eq("adult_mh")]
    assert one.groupby("measure")["value"].agg(list).map(sum).to_dict() == {
        "caseload_end": 1, "caseload_start": 1, "discharges": 1, "people_in_month": 12,
        "person_years": pytest.approx(365 / 365.25), "referrals": 1,
    }  # fmt: skip
    assert set(one["age_band"]) == {"55 to 64"}
    assert one["year"].unique().tolist() == [2012]
    assert one["month"].min() == pd.Timestamp(2012, 4, 1)
    assert one["method"].str.match("D[2679]: |people").all()
    assert extract.accounts.to_dict("records") == [
        {
            "source_id": "caseload",
            "file": "referrals.csv",
            "rows_read": 10,
            "rows_used": 5,
            "rows_quarantined": 5,
        }
    ]
    told = extract.tallied
    assert dict(zip(told["reason"], told["rows"], strict=True)) == {
        "date not in the declared format": 1,
        "end before start": 1,
        "before the days that the source covers": 1,
        "no person recorded": 1,
        "born after the day": 1,
        "not recorded what a stratum needs": 1,
        "counted": 4,
    }


def test_flags_name_rows_and_show_no_person_and_no_day_of_birth(cared):
    flags = ingest(load("cared")).flags
    assert flags[["code", "source_row", "value"]].to_numpy().tolist() == [
        ["X06", 6, "01/02/2013"],
        ["X01", 7, "tbc"],
        ["X06", 8, "(withheld)"],
        ["X04", 9, "(withheld)"],
        ["X04", 9, ""],
        ["X04", 10, "(withheld)"],
        ["X04", 11, ""],
        ["X04", 12, ""],
    ]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"contacts": None}, "'contacts' says what is counted"),
        ({"layout": "tally"}, "'tally' says what is counted"),
        ({"dimensions": {"provider": {"from": "Trust"}}}, "of which service must be there"),
        ({"dimensions": {"area": {"from": "Trust"}}}, "contacts are counted by"),
        ({"year": "Year"}, "do not read year"),
        ({"dimensions": {"service": {"from": "Service", "bands": [1]}}}, "do not read bands"),
    ],
)
def test_a_source_that_people_cannot_be_counted_from_is_refused(change, said):
    with pytest.raises(ValueError, match=said):
        Source.model_validate(CASE["sources"][0] | change)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"date": {"from": "From"}}, "name either date"),
        ({"end": None}, "name either date"),
        ({"age": "Age"}, "name either born or age"),
        ({"born": None, "age": "Age"}, "changes with time"),
        ({"bands": [5, 1]}, "rising ages"),
        ({"born": {"from": ["Born", "DOB"]}}, "one column"),
        ({"memory_limit": "much"}, "memory_limit"),
    ],
)
def test_contacts_that_cannot_be_read_are_refused(change, said):
    with pytest.raises(ValueError, match=said):
        Contacts.model_validate(CASE["sources"][0]["contacts"] | change)
