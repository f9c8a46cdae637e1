"""The first look at files: headers, date formats, codes, what is withheld; never a traceback."""

import datetime as dt
import tempfile
from importlib import resources
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
import yaml
from hypothesis import assume, given
from hypothesis import strategies as st

from helpers import intake
from helpers.case import read_yaml
from helpers.intake import drafting, guessing
from helpers.intake.dates import read_dates
from helpers.intake.draft_text import Alias, Noted, written
from helpers.intake.drafting import draft
from helpers.intake.guessing_dates import FORMATS, ISO, date_format
from helpers.intake.guessing_people import People
from helpers.intake.looking import key, look
from helpers.sourcefile import IDENTITY, RELATED
from helpers.tables import TABLES
from helpers.undecided import DECIDE, undecided

TOLD = guessing.vocabulary()


def dates(*values):
    return date_format(pd.Series(values, dtype="str"))


def from_csv(text, name="list.csv", encoding="utf-8"):
    """Draft a case from one CSV file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
        return draft("ours", [look(path, guessing.known_keys())])


def source(made, number=0):
    """Read a source of a draft as YAML."""
    return yaml.safe_load(made.text)["sources"][number]


# ---- The list of headers ------------------------------------------------------------------------


@pytest.mark.parametrize("table", guessing.ORDER)
def test_every_name_in_the_list_of_headers_is_one_the_suite_knows(table):
    told = TOLD["tables"][table]
    milestones = next(c for c in TABLES["milestones"].columns if c.name == "milestone").allowed
    assert set(told["fields"]) <= {*TABLES[table].names, *RELATED}
    assert set(told["milestones"]) <= set(milestones)
    assert {*told["needs"], *told["shows"], *told["must"]} <= {
        *told["fields"],
        *told["milestones"],
    }
    assert set(TOLD["identity"]) <= set(IDENTITY)


@pytest.mark.parametrize("table", guessing.ORDER)
def test_no_header_means_two_things_in_one_table(table):
    told = TOLD["tables"][table]
    seen = {}
    identity = TOLD["identity"] if table != "exposure" else {"sex": TOLD["identity"]["sex"]}
    for names in (identity, told["fields"], told["milestones"]):
        for name, spellings in names.items():
            for spelling in spellings:
                assert seen.setdefault(key(spelling), name) == name, spelling
    others = [key(str(text)) for text in [*told["ignored"], *TOLD["quarantined"]]]
    assert [text for text in others if text in seen] == []


def test_every_code_in_the_list_is_one_that_the_column_may_have():
    for name, codes in TOLD["codes"].items():
        tables = [t for t in guessing.ORDER if name in TOLD["tables"][t]["fields"]] or ["deaths"]
        for table in tables:
            assert set(codes) <= set(guessing.column_of(table, name).allowed), name


def test_systems_and_their_names_are_those_of_the_schema():
    allowed = next(c for c in TABLES["incidents"].columns if c.name == "system").allowed
    assert set(TOLD["systems"]) <= set(allowed)


@pytest.mark.parametrize(
    ("headers", "table"),
    [
        (["NHSNumber", "PersonBirthDate", "PersDeathDate", "ServDischDate"], "deaths"),
        (["Client ID", "NHS No", "DOB", "DOD", "Last Seen", "Team"], "deaths"),
        (["Incident No", "Incident Date", "Cause Group", "Person type"], "incidents"),
        (["STEIS Ref", "Date of Incident", "Date Reported", "De-log Date"], "incidents"),
        (["DEC_CONF_NHS_NUMBER", "DOB", "REG_DATE_OF_DEATH", "REG_DATE"], "registrations"),
        (["Service", "Age band", "Sex", "Year starting", "Measure", "Person-years"], "exposure"),
        (["Ref", "Meaning", "Colour"], ""),
        ([], ""),
    ],
)
def test_the_table_is_told_by_the_headers(headers, table):
    assert guessing.table_of(headers) == table


def test_the_system_is_told_by_headers_that_only_one_has():
    assert guessing.system_of(["Ref", "Approval status", "Handler"]) == "datix"
    assert guessing.system_of(["Incident No", "Cause Group"]) == "ulysses"
    assert guessing.system_of(["StEIS Ref", "De-log Date", "Date of Incident"]) == "steis"
    assert guessing.system_of(["Incident date", "Severity"]) == DECIDE


def test_a_near_match_is_a_guess_and_a_far_one_is_none():
    assert guessing.likely("Date of Deaths", "deaths") == guessing.Match(
        "fields", "date_of_death", sure=False
    )
    assert guessing.likely("Date of Birth", "deaths").name == "dob"
    assert guessing.likely("Date of birth of child", "deaths") is None
    assert guessing.likely("Risk score", "incidents") is None


# ---- Date formats -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "fmt"),
    [
        (["05/03/2014", "25/03/2014"], "%d/%m/%Y"),
        (["03/05/2014", "03/25/2014"], "%m/%d/%Y"),
        (["5/3/2014", "25/3/2014", "tbc", ""], "%d/%m/%Y"),
        (["05.03.2014", "25.03.2014"], "%d.%m.%Y"),
        (["2014-03-05", "2014-03-04"], "%Y-%m-%d"),
        (["2014-03-05T00:00:00", "2014-03-04T00:00:00"], "%Y-%m-%d"),
        (["05-Mar-2014", "04-Apr-2014"], "%d-%b-%Y"),
        (["20140305", "20140325"], "%Y%m%d"),
        (["05/03/2014 09:30", "25/03/2014 10:00"], "%d/%m/%Y %H:%M"),
        (["05/03/2014 09:30:01", "25/03/2014 10:00:59"], "%d/%m/%Y %H:%M:%S"),
        (["05/03/2014 09:30 PM", "25/03/2014 10:00 AM"], "%d/%m/%Y %I:%M %p"),
        (["41000", "41001"], "%Y-%m-%d"),
    ],
)
def test_a_format_that_the_values_prove_is_taken(values, fmt):
    assert date_format(pd.Series(values)).fmt == fmt


@pytest.mark.parametrize(
    ("values", "fits"),
    [
        (["05/03/2014", "04/03/2014"], ["%d/%m/%Y", "%m/%d/%Y"]),
        (["05/05/2014"], ["%d/%m/%Y", "%m/%d/%Y"]),
        (["05/03/14", "25/03/14"], ["%d/%m/%y", "%y/%m/%d"]),
        (["25/03/2014", "03/25/2014"], ["%d/%m/%Y", "%m/%d/%Y"]),
        (["05/03/2014", "31/12/9999"], ["%d/%m/%Y", "%m/%d/%Y"]),  # a placeholder proves nothing
        (["tbc", ""], []),
    ],
)
def test_a_format_that_they_do_not_prove_is_never_taken(values, fits):
    found = date_format(pd.Series(values))
    assert (found.fmt, found.fits) == ("", fits)


def test_one_odd_value_among_many_proves_nothing():
    """Somebody else wrote it: the rest would be read with day and month exchanged."""
    found = dates("04/25/2013", *(f"0{day}/03/2013" for day in range(1, 10)))
    assert (found.fmt, found.fits) == ("", ["%d/%m/%Y", "%m/%d/%Y"])
    assert "only 1 of 10 days" in found.seen


def test_dates_that_a_program_may_have_exchanged_are_asked_about():
    """Days above 12 stayed text, the others became dates of the workbook: read as month/day."""
    typed = ["25/03/2014", "17/04/2014", "30/09/2014"]
    own = ["2014-05-03T00:00:00", "2014-02-11T00:00:00", "2014-12-09T00:00:00"]
    found = dates(*typed, *own)
    assert (found.fmt, found.fits) == ("", ["%d/%m/%Y"])
    assert "exchanged" in found.seen
    assert dates(*typed, "2014-05-23T00:00:00", *own).fmt == "%d/%m/%Y"


def test_a_few_written_otherwise_among_many_written_year_first():
    iso = [f"2014-03-{day:02}" for day in range(1, 20)]
    found = dates(*iso, "25/03/2014")
    assert (found.fmt, found.also) == (ISO, ["%d/%m/%Y"])
    found = dates(*iso, "05/03/2014")
    assert (found.fmt, found.also, found.fits) == (ISO, [], ["%d/%m/%Y", "%m/%d/%Y"])


def test_what_is_no_date_is_counted():
    found = dates("25/03/2014", "25/03/2014", "see notes", "in hospital", "41000")
    assert (found.fmt, found.words, found.dates, found.numbers) == ("%d/%m/%Y", 2, 3, True)


DAYS = st.lists(st.dates(dt.date(1950, 1, 1), dt.date(2049, 12, 31)), min_size=1, max_size=30)


@given(days=DAYS, fmt=st.sampled_from(FORMATS))
def test_no_date_is_ever_read_as_another_day(days, fmt):
    """Whatever the truth is: either a person is asked, or every day comes out as it was.

    But for year-day-month where no day is above 12: that looks like year-month-day.
    """
    assume(fmt != "%Y-%d-%m" or any(day.day > 12 for day in days))
    text = pd.Series([day.strftime(fmt) for day in days])
    found = date_format(text)
    if found.fmt and "%y" not in fmt:
        read = read_dates(text, fmt=found.fmt, also=found.also)
        assert read.date.dt.date.tolist() == days
    if not found.fmt and found.fits:
        assert fmt in found.fits


@given(days=DAYS, other=DAYS)
def test_a_column_of_two_hands_is_never_taken_for_one_that_contradicts_a_value(days, other):
    text = pd.Series(
        [f"{d:%d/%m/%Y}" for d in days] + [f"{d:%m/%d/%Y}" for d in other], dtype="str"
    )
    found = date_format(text)
    if found.fmt:
        read = read_dates(text, fmt=found.fmt, also=found.also)
        assert read.date.notna().all()
        assert found.fmt in {"%d/%m/%Y", "%m/%d/%Y"}


# ---- Codes, free text, people -------------------------------------------------------------------


def test_plain_words_become_codes_and_the_rest_is_asked():
    text = pd.Series(["Male", "male", "F", "N/K", "", "Other"])
    assert guessing.code_map(text, "deaths", "sex") == {"Male": "M", "F": "F", "Other": DECIDE}
    assert guessing.code_map(pd.Series(["Y", "no", "maybe"]), "deaths", "ld") == {"maybe": DECIDE}


def test_free_text_is_long_and_hardly_ever_said_twice():
    said = "She was last seen by the team in the afternoon; her sister rang on Monday ({})."
    assert guessing.is_free_text(pd.Series([said.format(n) for n in range(9)]))
    assert not guessing.is_free_text(pd.Series([said] * 9))
    assert not guessing.is_free_text(pd.Series(["Ward 3", "Ward 4"]))


def test_values_that_may_be_about_a_person_are_withheld():
    frame = pd.DataFrame(
        {
            "Surname": ["Oakes", "Lyle", "Elm", "Elm"],
            "Forename": ["Ada", "Joan", "Kit", "Ann"],
            "Ward": ["Mrs Oakes", "Elm Ward", "Elm Ward", "Joan Lyle"],
            "Reason": ["999 000 1041", "DOB 01/02/1950", "SO30 1AA", "moved"],
            "source_row": [2, 3, 4, 5],
        }
    )
    people = People()
    people.add(frame)
    assert people.withheld(frame, "Ward") == {"Mrs Oakes": 2, "Joan Lyle": 5}
    assert set(people.withheld(frame, "Reason")) == {"999 000 1041", "DOB 01/02/1950", "SO30 1AA"}


def test_a_name_in_another_file_is_withheld_too():
    people = People()
    people.add(pd.DataFrame({"Patient Name": ["Lyle, Joan"]}))
    frame = pd.DataFrame({"Team": ["Joan Lyle's team", "Team A"], "source_row": [2, 3]})
    assert people.withheld(frame, "Team") == {"Joan Lyle's team": 2}


# ---- Drafts -------------------------------------------------------------------------------------


def test_a_source_without_a_service_is_asked_for_one():
    made = source(from_csv("NHS No,DOB,DOD,Last Seen\n1,01/02/1950,25/03/2014,24/03/2014\n"))
    assert made["fields"]["service"] == {"from": DECIDE, "map_file": "service_map.csv"}
    assert made["fields"]["date_of_death"]["format"] == "%d/%m/%Y"
    assert made["milestones"]["death"] == made["fields"]["date_of_death"]


def test_a_file_of_which_nothing_is_known_shows_none_of_its_cells():
    made = from_csv("Oakes,Ada,14/02/1971,Ward 3\nLyle,Joan,03/09/1984,Ward 4\n")
    assert source(made)["table"] == DECIDE
    assert "Oakes" not in "\n".join([made.text, *map(str, made.questions), *made.seen])


def test_two_columns_that_read_alike_are_never_both_taken():
    made = source(from_csv("NHS No,DOD,Date of Death,Team\n1,25/03/2014,26/03/2014,A\n"))
    assert made["fields"]["date_of_death"]["from"] == "DOD"
    assert made["ignored"] == {"Date of Death": DECIDE}


def test_a_column_that_only_reads_like_a_date_is_asked_about():
    made = source(from_csv("Ref,Incident date,Severity,Closed\n1,25/03/2014,Death,Yes\n"))
    assert "milestones" not in made
    assert made["ignored"] == {"Closed": DECIDE}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_and_the_encoding_of_a_csv_are_found(delimiter):
    rows = [["NHS No", "DOD", "Service"], ["1", "25/03/2014", "Care – North"]]
    text = "\n".join(delimiter.join(row) for row in rows)
    assert source(from_csv(text))["encoding"] == "utf-8"
    made = from_csv(text, encoding="cp1252")
    assert source(made)["encoding"] == "windows-1252"
    assert made.services == ["Care – North"]


def test_two_rows_of_headers_and_two_tables_of_one_workbook(tmp_path):
    book = openpyxl.Workbook()
    deaths = book.active
    deaths.title = "Deaths (all)"
    deaths.append(["NHS No", "DOD", "Service"])
    deaths.append(["1", "25/03/2014", "North"])
    sheet = book.create_sheet("Incidents")
    sheet.append(["Incident No", "Incident date", "IMA", "", "Panel"])
    sheet.append(["", "", "Started", "Completed", "Date"])
    sheet.append(["7", "25/03/2014", "26/03/2014", "27/03/2014", "28/04/2014"])
    for cells in ("A1:A2", "B1:B2", "C1:D1"):
        sheet.merge_cells(cells)
    book.save(tmp_path / "both.xlsx")
    made = draft("ours", [look(tmp_path / "both.xlsx", guessing.known_keys())])
    first, second = source(made, 0), source(made, 1)
    assert (first["id"], first["sheets"]["read"]) == ("both_deaths", [r"Deaths \(all\)"])
    assert first["sheets"]["ignore"] == {"Incidents": "read as another source"}
    assert second["sheets"]["header_rows"] == 2
    assert second["milestones"]["ima_started"]["from"] == "IMA / Started"
    assert second["milestones"]["ima_completed"]["from"] == "IMA / Completed"


def test_rows_that_say_synthetic_make_a_synthetic_case():
    made = from_csv("NHS No,DOD,Status of row\n1,25/03/2014,SYNTHETIC\n")
    assert yaml.safe_load(made.text)["data_status"] == "synthetic"


# ---- The text of a draft ------------------------------------------------------------------------

TEXTS = st.text(max_size=20)
VALUES = st.one_of(TEXTS, st.integers(), st.lists(TEXTS, min_size=1, max_size=3), st.dates())
NODES = st.dictionaries(TEXTS, st.one_of(VALUES, st.dictionaries(TEXTS, VALUES)), max_size=5)


@given(node=NODES)
def test_whatever_is_written_is_read_back(node):
    text, _ = written(node or {"a": 1}, above="A draft.")
    assert yaml.safe_load(text) == (node or {"a": 1})


def test_remarks_aliases_and_long_keys_stand_in_the_text():
    node = {
        "period": Noted({"start": "DECIDE"}, "ask", "period"),
        "sources": [{"id": "a", "coverage": Alias("period"), "map": {"x" * 200: "y"}}],
        "quarantined": [Noted("Notes", "guess: check"), "Other"],
    }
    text, places = written(node)
    read = yaml.safe_load(text)
    assert read["sources"][0]["coverage"] == {"start": "DECIDE"}
    assert read["sources"][0]["map"] == {"x" * 200: "y"}
    assert "  - Notes  # guess: check" in text
    assert text.splitlines()[places["sources.a.coverage"] - 1].strip() == "coverage: *period"
    assert len(undecided(Path("x"), text)) == 1  # the alias is the same place


# ---- The way of stages --------------------------------------------------------------------------


def test_the_draft_has_the_stages_whose_days_are_in_the_files():
    told = read_yaml(resources.files(intake).joinpath("draft.yml").read_text("utf-8"))["stages"]
    held = {"death", "incident_reported", "final_report_internal", "si_closed"}
    way = drafting._way(told, held)
    assert [stage["milestone"] for stage in way["path"]] == [
        "incident_reported",
        "final_report_internal",
        "si_closed",
    ]
    assert way["opened"] == "incident_reported"
    assert way["clocks"] == ["death", "incident_reported"]
    assert "report" not in drafting._way(told, held - {"final_report_internal"})


@pytest.mark.parametrize("missing", ["death", "si_closed", "incident_reported"])
def test_without_a_start_an_opening_or_an_end_there_is_no_way(missing):
    told = read_yaml(resources.files(intake).joinpath("draft.yml").read_text("utf-8"))["stages"]
    assert drafting._way(told, {"death", "incident_reported", "si_closed"} - {missing}) == {}
