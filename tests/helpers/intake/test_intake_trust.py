"""A whole trust: every row accounted for, incidents linked, the canonical tables by hand."""

import pandas as pd
import pytest
from trusts import AMH, LD, STEIS, Trust, number, untouched

from helpers.errors import InputError
from helpers.personal import scan
from helpers.tables import TABLES, validate


@pytest.fixture
def trust(tmp_path, monkeypatch):
    """The trust, in a project of its own."""
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    return Trust(tmp_path / "project")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """What intake makes of the trust as it is; nothing here changes it."""
    return untouched(tmp_path_factory).extract


ANN, BOB, EVE = "patients:2012-13:2", "patients:2012-13:3", "patients:2012-13:6"
FINN, IRIS = "patients:2013-14:2", "patients:2013-14:5"


def fates(rows, source):
    """Rows of a source by sheet, fate and reason."""
    chosen = rows[rows["source_id"].eq(source)]
    return {
        (row.source_sheet, row.fate, row.reason): row.rows for row in chosen.itertuples(index=False)
    }


# ---- Every row is accounted for -----------------------------------------------------------------


def test_the_fate_of_each_row_of_the_patient_system(built):
    assert fates(built.built.rows, "patients") == {
        ("2012-13", "used", ""): 5,
        ("2012-13", "out of scope", "duplicate record"): 1,
        ("2012-13", "out of scope", "total row"): 1,
        ("2013-14", "used", ""): 2,
        ("2013-14", "quarantined", "no usable date of death"): 1,
        ("2013-14", "out of scope", "death after the extract"): 1,
    }


def test_the_fate_of_each_row_of_the_others(built):
    assert fates(built.built.rows, "ulysses") == {
        ("", "used", ""): 6,
        ("", "out of scope", "not a patient"): 1,
    }
    assert fates(built.built.rows, "steis") == {("", "used", ""): 1}
    assert fates(built.built.rows, "national") == {("", "used", ""): 3}


def test_read_is_used_and_quarantined_and_out_of_scope_for_every_sheet(built):
    by_fate = built.built.rows.groupby(["source_id", "source_sheet"])["rows"].sum()
    read = built.built.sheets[built.built.sheets["use"].eq("read")]
    read = read.set_index(["source_id", "sheet"])["rows_read"]
    assert by_fate.to_dict() == read.to_dict()


def test_the_rows_of_the_tables_are_the_rows_that_were_used(built):
    """Out of scope or not, a row is in its table once; only quarantined rows are in none."""
    deaths = built.tables["deaths"]
    assert len(deaths) == 9
    assert not deaths[["source_sheet", "source_row"]].duplicated().any()
    assert len(built.tables["incidents"]) == 8
    assert built.accounts[["source_id", "rows_read", "rows_quarantined"]].to_numpy().tolist() == [
        ["patients", 11, 1], ["ulysses", 7, 0], ["steis", 1, 0], ["national", 3, 0],
    ]  # fmt: skip


# ---- The tables ---------------------------------------------------------------------------------


@pytest.mark.parametrize("table", list(TABLES))
def test_each_table_is_as_its_schema_says(built, table):
    assert validate(built.tables[table], table, where=table) == []


def test_counts_of_the_chain_by_hand(built):
    counts = built.tables["counts"]
    made = counts.groupby("measure")["events"].sum()
    assert made[made.gt(0)].to_dict() == {
        "deaths": 6, "reported": 5, "unexpected": 4, "reviewed": 3, "investigated": 2, "siri": 1,
        "no_family": 1, "fate_not_reported": 1, "fate_not_unexpected": 1, "fate_not_reviewed": 1,
        "fate_reviewed": 1, "fate_cir": 1, "fate_siri": 1, "state_completed": 1, "state_open": 1,
    }  # fmt: skip
    deaths = counts[counts["measure"].eq("deaths")].groupby("year")["events"].sum()
    assert deaths.to_dict() == {2012: 4, 2013: 2}  # April to March


def test_nothing_that_identifies_a_person_is_in_any_table_or_flag(built):
    """Names, numbers, dates of birth and the trust's own ids stay in intake."""
    frames = [*built.tables.values(), built.flags, *built.built.linkage.values()]
    for frame in frames:
        assert scan(frame) == []
        text = frame.to_csv()
        for secret in (number(1), "Abbott", "Eames", "1950-06-01", "29/02/1980", "C5"):
            assert secret not in text


# ---- Incidents and deaths -----------------------------------------------------------------------


def test_each_incident_about_a_patient_is_linked_to_its_death(built):
    links = built.tables["incident_death"].set_index("incident_id")
    assert links["death_id"].to_dict() == {
        "ulysses:2": ANN, "ulysses:3": BOB, "ulysses:4": EVE, "ulysses:5": FINN, "ulysses:6": IRIS,
        "ulysses:7": ANN, "steis:2": ANN,
    }  # fmt: skip
    assert links["link_method"].to_dict()["steis:2"] == "reference"
    assert set(links["link_method"].drop("steis:2")) == {"exact"}


def test_several_incidents_about_one_death_are_flagged_and_one_leads(built):
    """Ann has two of the trust's own; that StEIS lists one of them too is no oddity."""
    flags = built.flags[built.flags["code"].eq("X07")]
    assert flags[["source_id", "source_row"]].to_numpy().tolist() == [
        ["ulysses", 2],
        ["ulysses", 7],
    ]
    lead = built.tables["incidents"].set_index("incident_id")["lead_incident"]
    assert lead[lead.eq(True).fillna(False)].index.tolist() == [
        "ulysses:2", "ulysses:3", "ulysses:4", "ulysses:5", "ulysses:6",
    ]  # fmt: skip
    assert not lead["ulysses:7"]


def test_a_duplicate_of_a_death_takes_no_incident(built):
    """Ann is twice in the patient system; her incidents are linked to the first row."""
    assert "patients:2012-13:7" not in set(built.tables["incident_death"]["death_id"])


def test_reviews_families_and_milestones_know_their_death(built):
    reviews = built.tables["reviews"]
    assert reviews[["death_id", "type", "outcome"]].to_numpy().tolist() == [
        [ANN, "IMA", "completed"], [BOB, "IMA", "completed"], [IRIS, "IMA", "completed"],
        [ANN, "SIRI", "completed"], [BOB, "CIR", "open"],
    ]  # fmt: skip
    family = built.tables["family"]
    assert family[["death_id", "involvement"]].to_numpy().tolist() == [
        [ANN, "none"], [BOB, "declined"],
    ]  # fmt: skip
    events = built.tables["milestones"]
    logged = events[events["milestone"].eq("steis_logged")]
    assert logged[["death_id", "date"]].to_numpy().tolist() == [[ANN, pd.Timestamp("2012-06-01")]]
    deaths = events[events["milestone"].eq("death")]
    assert len(deaths) == 9


def test_an_event_stands_once_though_it_is_declared_as_field_and_milestone(built):
    """Reported is a column of incidents, and an event; it happened once."""
    events = built.tables["milestones"]
    assert not events.duplicated(["review_id", "milestone", "death_id", "source_row"]).any()


def test_registrations_are_linked_where_the_trust_has_the_death(built):
    made = built.tables["registrations"]
    assert made["death_id"].fillna("").tolist() == [ANN, BOB, ""]


def test_an_incident_about_nobody_known_is_kept_and_named_as_unlinked(trust):
    trust.ulysses.append(
        f"W8,Patient,{number(30)},03/03/1933,Zeal,Zoe,Female,{LD},01/06/2013,02/06/2013,"
        "No,,,,,,,,SYNTHETIC"
    )
    extract = trust.start().extract
    assert "ulysses:9" not in set(extract.tables["incident_death"]["incident_id"])
    assert "ulysses:9" in set(extract.built.linkage["unlinked"]["incident_id"].dropna())
    assert pd.isna(
        extract.tables["incidents"].set_index("incident_id").loc["ulysses:9", "lead_incident"]
    )
    assert fates(extract.built.rows, "ulysses")["", "used", ""] == 7


# ---- A trust that sends less --------------------------------------------------------------------


def without(trust, first, last=None):
    """Take a part out of case.yml: from one text up to another."""
    start = trust.case.index(first)
    trust.case = trust.case[:start] + (trust.case[trust.case.index(last) :] if last else "")


def test_a_patient_system_alone_is_a_case_in_which_nothing_was_reported(trust):
    without(trust, "  - id: ulysses", "labels:")
    without(trust, "intervals:")
    run = trust.start()
    assert len(run.people) == 6
    assert run.people["fate"].eq("fate_not_reported").all()
    assert run.extract.tables["incident_death"].empty
    assert run.extract.tables["milestones"]["milestone"].unique().tolist() == ["death"]


def test_entries_of_steis_without_own_incidents_are_linked_to_nothing(trust):
    without(trust, "  - id: ulysses", "  - id: steis")
    without(trust, "intervals:")
    run = trust.start()
    assert run.extract.tables["incidents"]["system"].tolist() == ["steis"]
    assert not run.people["reported"].any()


def test_incidents_without_any_death_are_read_and_unlinked(trust):
    without(trust, "  - id: patients", "  - id: ulysses")
    without(trust, "intervals:")
    run = trust.start()
    assert len(run.people) == 0
    assert len(run.extract.tables["incidents"]) == 8
    assert run.extract.tables["incident_death"].empty


def test_a_registration_without_a_usable_day_of_death_does_not_stop_the_run(trust):
    """It is one row of a national list: held back and counted, as a death without one is."""
    trust.national[3] = trust.national[3].replace("2013-06-01", "")
    extract = trust.start().extract
    account = extract.accounts.set_index("source_id").loc["national"]
    assert (account["rows_read"], account["rows_quarantined"]) == (3, 1)


def test_a_map_to_a_service_that_the_suite_does_not_know_is_refused_with_those_it_knows(trust):
    known = "map: {Learning Disability: ld, Adult: adult_mh, Older: older_mh}}\n      team"
    trust.edit(known, known.replace(": ld", ": learning"))
    said = "service is mapped to learning; it may be adult_mh, older_mh, ld"
    with pytest.raises(InputError, match=said):
        trust.start()


def test_the_made_up_trust_is_as_the_tests_take_it_to_be():
    assert len(STEIS) == 2
    assert AMH != LD
    assert number(1) == "9990000018"
    assert number(2) == "9990000026"
