"""One source at a time: columns, sheets and what is said of them, on a trust made up for it."""

import pandas as pd
import pytest
from trusts import Trust, number

from helpers.case import load
from helpers.errors import InputError
from helpers.intake import ingest
from helpers.intake.columns import LONGEST, WITHHELD, prose_withheld
from helpers.intake.extracts import places
from helpers.personal import scan


@pytest.fixture
def trust(tmp_path, monkeypatch):
    """The trust, in a project of its own."""
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    return Trust(tmp_path / "project")


@pytest.fixture(scope="module")
def patients(tmp_path_factory):
    """The patient system as it is, cleaned, and its flags; nothing here changes it."""
    home = tmp_path_factory.mktemp("patients") / "project"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INQUIRY_HOME", str(home))
        return Trust(home).read("patients")


def met(flags, code):
    """Where a code was met: sheet, row and column."""
    chosen = flags[flags["code"].eq(code)]
    return chosen[["source_sheet", "source_row", "column"]].to_numpy().tolist()


# ---- What a source becomes ----------------------------------------------------------------------


def test_sheets_with_other_headers_become_one_frame(patients):
    cleaned, _ = patients
    frame = cleaned.frame
    assert len(frame) == 10
    assert frame["source_sheet"].tolist() == ["2012-13"] * 6 + ["2013-14"] * 4
    assert frame["source_row"].tolist() == [2, 3, 4, 5, 6, 7, 2, 3, 4, 5]
    assert frame["date_of_death"].iloc[[0, 6]].tolist() == [
        pd.Timestamp("2012-05-10"), pd.Timestamp("2013-04-01"),
    ]  # fmt: skip
    assert frame["sex"].tolist() == list("FMFMFFMFMF")
    assert frame["service"].iloc[:4].tolist() == ["ld", "adult_mh", "older_mh", "adult_mh"]
    assert frame["inpatient_at_death"].tolist() == [False] * 4 + [True] + [False] * 5
    assert places(frame).columns.tolist() == ["source_sheet", "source_row"]


def test_a_column_that_a_sheet_may_lack_is_empty_there(patients):
    """Only the sheet of 2012-13 has discharges."""
    frame = patients[0].frame
    assert frame["last_discharge_date"].notna().sum() == 1
    assert frame.loc[frame["source_sheet"].eq("2013-14"), "discharge_reason"].isna().all()


def test_a_column_that_no_sheet_has_is_empty_where_it_may_be_absent(trust):
    trust.edit(
        "team: {from: Team}", "team: {from: Team}\n      autism: {from: ASD, optional: true}"
    )
    frame = trust.read("patients")[0].frame
    assert frame["autism"].isna().all()
    assert frame["autism"].dtype == "boolean"


def test_a_column_that_must_be_there_stops_the_run_by_sheet(trust):
    trust.edit("team: {from: Team}", "team: {from: Team}\n      autism: {from: ASD}")
    assert len(trust.refused("patients")) == 2  # one for each sheet
    assert all("ASD" in problem.what + problem.mend for problem in trust.refused("patients"))


# ---- A header is read once, and named as its sheet names it -------------------------------------


def test_a_flag_names_the_header_of_its_sheet(trust):
    trust.put("2012-13", 4, "Date of Death", "2013-01-15")
    trust.put("2013-14", 2, "Deceased Date", "2013-04-01")
    assert met(trust.read("patients")[1], "X01") == [
        ["2012-13", 4, "Date of Death"],
        ["2013-14", 2, "Deceased Date"],
    ]


def test_a_header_that_is_a_field_and_a_milestone_is_read_and_flagged_once(trust):
    """Reported is both: the day of the report, and the event."""
    trust.change(2, "Reported", "2012-05-11")
    cleaned, flags = trust.read("ulysses")
    assert met(flags, "X01") == [["", 2, "Reported"]]
    assert cleaned.frame.loc[0, "reported_date"] == pd.Timestamp("2012-05-11")
    assert cleaned.days.loc[0, "incident_reported"] == pd.Timestamp("2012-05-11")


def test_milestones_stand_beside_the_frame_row_by_row(trust):
    cleaned, _ = trust.read("ulysses")
    assert cleaned.days.columns.tolist() == [
        "incident_reported", "ima_started", "ima_completed", "final_report_internal",
    ]  # fmt: skip
    assert cleaned.days["ima_started"].notna().tolist() == [1, 1, 0, 0, 1, 0, 0]
    assert cleaned.days.index.equals(cleaned.frame.index)


# ---- How days are written -----------------------------------------------------------------------


def test_the_format_of_the_source_holds_for_every_column_that_has_none(trust):
    trust.edit(
        "dob: {from: [Date of Birth, DOB]}", "dob: {from: [Date of Birth, DOB], format: '%Y-%m-%d'}"
    )
    for sheet, header in (("2012-13", "Date of Birth"), ("2013-14", "DOB")):
        for row in range(2, len(trust.patients[sheet]) + 2):
            trust.put(sheet, row, header, "1950-06-01")
    cleaned, flags = trust.read("patients")
    assert cleaned.frame["dob"].eq(pd.Timestamp("1950-06-01")).all()
    assert cleaned.frame["date_of_death"].notna().sum() == 9
    assert "X01" not in set(flags["code"])


def test_without_any_format_a_day_is_written_as_iso(trust):
    """The national list declares none."""
    cleaned, flags = trust.read("national")
    assert cleaned.frame["date_of_death"].notna().all()
    assert flags.empty


def test_other_formats_of_the_source_are_taken_with_a_flag(trust):
    trust.put("2012-13", 2, "Last Contact", "2012-05-01")
    cleaned, flags = trust.read("patients")
    assert met(flags, "X01") == [["2012-13", 2, "Last Contact"]]
    assert cleaned.frame.loc[0, "last_contact_date"] == pd.Timestamp("2012-05-01")


def test_a_month_written_first_puts_its_neighbours_in_doubt(trust):
    """04/13/2012 shows another hand; 10/05/2012 could then be the 5th of October."""
    trust.edit("date_also: ['%Y-%m-%d']", "date_also: ['%Y-%m-%d', '%m/%d/%Y']")
    trust.put("2012-13", 3, "Last Contact", "07/30/2012")
    cleaned, flags = trust.read("patients")
    assert met(flags, "X01") == [["2012-13", 3, "Last Contact"]]
    doubt = cleaned.ambiguous
    assert doubt.loc[doubt["column"].eq("Last Seen"), "value"].tolist() == [
        "01/06/2013",
        "01/09/2014",
    ]
    assert set(doubt["source_id"]) == {"patients"}


# ---- What is not mapped stops the run, all of it at once ----------------------------------------


def test_every_fault_of_every_column_and_sheet_is_listed_at_once(trust):
    trust.put("2012-13", 2, "Directorate", "Ward 9")
    trust.put("2012-13", 7, "Directorate", "Ward 9")
    trust.put("2012-13", 3, "Sex", "Mail")
    trust.put("2012-13", 4, "Last Contact", "last spring")
    trust.put("2013-14", 2, "Deceased Date", "see notes")
    trust.put("2013-14", 5, "In-patient", "perhaps")
    problems = {problem.what: problem.where for problem in trust.refused("patients")}
    assert problems == {
        "'Ward 9' is not mapped (2 rows)":
            "patients.xlsx, sheet 2012-13, row 2, 7, column Directorate",
        "'Mail' is not mapped (1 rows)": "patients.xlsx, sheet 2012-13, row 3, column Sex",
        "'last spring' is not a day in the declared format %d/%m/%Y":
            "patients.xlsx, sheet 2012-13, row 4, column Last Contact",
        "'see notes' is not a day in the declared format %d/%m/%Y":
            "patients.xlsx, sheet 2013-14, row 2, column Deceased Date",
        "'perhaps' is not mapped (1 rows)":
            "patients.xlsx, sheet 2013-14, row 5, column In-patient",
    }  # fmt: skip


def test_the_same_value_in_two_sheets_is_named_once_with_all_its_rows(trust):
    trust.put("2012-13", 2, "Directorate", "Ward 9")
    trust.put("2013-14", 2, "Directorate", "Ward 9")
    (problem,) = trust.refused("patients")
    assert problem.what == "'Ward 9' is not mapped (2 rows)"
    assert "It may become: adult_mh, older_mh, ld" in problem.mend


def test_faults_of_all_sources_are_listed_at_once(trust):
    trust.put("2012-13", 2, "Directorate", "Ward 9")
    trust.change(2, "Panel", "Pannel")
    trust.national[1] = trust.national[1].replace("2012-05-10", "some day")
    with pytest.raises(InputError) as error:
        trust.start()
    files = ["patients.xlsx", "ulysses.csv", "national.csv"]
    where = [problem.where for problem in error.value.problems]
    assert [place.split(",")[0] for place in where] == files


def test_a_word_for_a_missing_value_is_no_value_and_a_blank_cell_raises_no_flag(trust):
    trust.put("2012-13", 2, "Team", "tbc")
    trust.put("2012-13", 3, "Team", "")
    trust.put("2012-13", 3, "Sex", "N/K")
    cleaned, flags = trust.read("patients")
    assert met(flags, "X04") == [
        ["2012-13", 2, "Team"], ["2012-13", 3, "Sex"], ["2013-14", 3, "Deceased Date"],
    ]  # fmt: skip
    assert cleaned.frame["team"].isna().tolist() == [True, True] + [False] * 8
    assert cleaned.frame.loc[1, "sex"] == "NK"


def test_a_number_that_is_none_stops_the_run(trust):
    trust.edit("sex: {from: Sex, map: {Female: F, Male: M}}\n      date_of_death",
               "age: {from: Sex}\n      date_of_death")  # fmt: skip
    (problem,) = trust.refused("patients")
    assert problem.what == "'Female' is not a number (10 rows)"


# ---- What identifies a person is never in the log -----------------------------------------------


def test_what_identifies_a_person_is_never_in_the_log(trust):
    """Wrong numbers, dates of birth of every kind: the flag leads to the row and says no more."""
    broken = number(1)[:-1] + ("0" if number(1)[-1] != "0" else "1")
    trust.put("2012-13", 2, "NHS Number", broken)
    trust.put("2012-13", 3, "NHS Number", number(2)[:9])
    trust.put("2012-13", 4, "NHS Number", "9434765919")  # valid, but not of the range for tests
    trust.put("2012-13", 5, "Date of Birth", "1960-04-04")
    trust.put("2012-13", 6, "Date of Birth", "5/5/55")
    _, flags = trust.read("patients")
    assert met(flags, "X09") == [["2012-13", row, "NHS Number"] for row in (2, 3, 4)]
    assert met(flags, "X01") == [["2012-13", row, "Date of Birth"] for row in (5, 6)]
    assert scan(flags) == []
    text = flags.to_csv()
    for secret in (broken, number(2)[:9], "9434765919", "1960-04-04", "5/5/55", "1955"):
        assert secret not in text
    private = flags[flags["column"].isin(["NHS Number", "Date of Birth"])]
    assert set(private["value"]) == {WITHHELD}
    assert set(private["new_value"]) <= {WITHHELD, ""}


def test_a_date_of_birth_that_cannot_be_read_is_not_told(trust):
    trust.put("2012-13", 2, "Date of Birth", "Whitsun 1950")
    (problem,) = trust.refused("patients")
    assert problem.what == "a value is not a day in the declared format %d/%m/%Y"
    assert problem.where == "patients.xlsx, sheet 2012-13, row 2, column Date of Birth"
    assert "Whitsun" not in str(problem)


def test_the_sex_of_a_person_identifies_nobody_and_may_be_told(trust):
    trust.put("2012-13", 2, "Sex", "unknown")
    _, flags = trust.read("patients")
    assert flags.loc[flags["column"].eq("Sex"), "value"].tolist() == ["unknown"]


# ---- Prose --------------------------------------------------------------------------------------

SISTER = "Moved in with her sister at SO30 1AA"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Moved away", True), ("x" * LONGEST, True), ("x" * (LONGEST + 1), False),
        (SISTER, False), ("see SO301AA", False), ("ward E12", True), ("F20.0", True),
    ],
)  # fmt: skip
def test_long_text_and_postcodes_are_taken_out(text, kept):
    values, hits = prose_withheld(pd.Series([text, "Died"]))
    assert values.tolist()[1] == "Died"
    assert (values.tolist()[0] == text) is kept
    assert hits["code"].tolist() == ([] if kept else ["X14"])
    assert text[:20] not in hits.to_csv()


def test_prose_in_a_column_of_reasons_is_withheld(trust):
    trust.put("2012-13", 5, "Reason", SISTER)
    cleaned, flags = trust.read("patients")
    assert met(flags, "X14") == [["2012-13", 5, "Reason"]]
    assert flags.loc[flags["code"].eq("X14"), "value"].tolist() == [WITHHELD]
    assert cleaned.frame["discharge_reason"].isna().all()
    assert "sister" not in cleaned.frame.to_csv() + flags.to_csv()


def test_a_quarantined_column_is_counted_and_not_loaded(trust):
    trust.put("2012-13", 2, "Comments", "Her sister Zelda rang")
    trust.put("2013-14", 2, "Comments", "z" * 255)
    cleaned, flags = trust.read("patients")
    assert "Zelda" not in cleaned.frame.to_csv() + flags.to_csv()
    whole = flags[flags["code"].eq("X14")]
    assert whole["reason"].tolist() == ["free text of 2 rows was not loaded"]
    assert whole["column"].tolist() == ["Comments"]
    assert met(flags, "X20") == [["2013-14", 2, "Comments"]]  # cut off at 255 characters


# ---- What was received --------------------------------------------------------------------------


def test_every_sheet_is_reported_read_or_not(patients):
    sheets = patients[0].sheets.set_index("sheet")
    assert sheets["use"].to_dict() == {
        "2012-13": "read", "2013-14": "read", "Lookups": "lists of codes",
        "Working": "a sheet of the clerk",
    }  # fmt: skip
    assert sheets["state"].to_dict()["Working"] == "hidden"
    assert sheets["rows_read"].tolist() == [7, 4, 0, 0]  # the total row is read and left out
    assert sheets["total_rows"].tolist() == [1, 0, 0, 0]


def test_a_hidden_sheet_that_is_not_read_is_flagged(patients):
    flags = patients[1]
    hidden = flags[flags["value"].eq("hidden sheet")]
    assert hidden[["source_sheet", "action", "reason"]].to_numpy().tolist() == [
        ["Working", "left out", "a hidden sheet: a sheet of the clerk"]
    ]


def test_a_total_row_is_flagged_and_no_record(patients):
    assert met(patients[1], "X16") == [["2012-13", 8, ""], ["Working", 1, ""]]


def test_a_sheet_that_nobody_declared_stops_the_run(trust):
    trust.edit("Working: a sheet of the clerk", "Nothing: there is none")
    (problem,) = trust.refused("patients")
    assert problem.what == "sheet 'Working' is neither read nor ignored"


def test_a_file_without_sheets_is_one_sheet_without_a_name(trust):
    sheets = trust.read("ulysses")[0].sheets
    assert sheets[["sheet", "state", "use", "rows_read"]].to_numpy().tolist() == [
        ["", "visible", "read", 7]
    ]


# ---- Synthetic rows -----------------------------------------------------------------------------


def test_synthetic_rows_are_refused_in_a_case_that_says_its_data_are_real(trust):
    trust.real()
    found = {(problem.what, problem.where) for problem in trust.refused("patients")}
    said = "rows are marked SYNTHETIC, and the case says that its data are real"
    assert found == {
        (said, "patients.xlsx, sheet 2012-13, column Record status"),
        (said, "patients.xlsx, sheet 2013-14, column Record status"),
    }


@pytest.mark.parametrize("held", ["quarantined: [Comments, Record status]", "a field"])
def test_synthetic_rows_are_refused_wherever_they_say_so(trust, held):
    trust.real()
    ignored = (
        "    ignored: {Record status: says SYNTHETIC on every row}\n    quarantined: [Comments]"
    )
    trust.edit(ignored, "    quarantined: [Comments]")
    if held == "a field":
        trust.edit("      team: {from: Team}", "      team: {from: Record status}")
        trust.edit("    quarantined: [Comments]", "    quarantined: [Comments, Team]")
    else:
        trust.edit("    quarantined: [Comments]", f"    {held}")
    assert any("SYNTHETIC" in problem.what for problem in trust.refused("patients"))


def test_synthetic_rows_are_read_in_a_synthetic_case(patients):
    assert len(patients[0].frame) == 10


def test_reading_changes_no_file(trust):
    trust.write()
    before = {path.name: path.read_bytes() for path in trust.folder.iterdir()}
    ingest(load(trust.name))
    assert {path.name: path.read_bytes() for path in trust.folder.iterdir()} == before
