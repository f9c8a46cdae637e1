"""Synthetic cases: every published figure counted straight from the files, every fault in place."""

import gzip
import hashlib
import re
import shutil
import zipfile
from datetime import date, datetime
from pathlib import Path
from statistics import mean, median

import openpyxl
import pytest
import yaml
from synthetic_files import csv_rows, day, sheet_rows

from helpers import synthetic
from helpers.casefile import Case
from helpers.intake.flags import CODES
from helpers.synthetic.extracts import INCIDENT_HEADERS, PATIENT_HEADERS

SHIPPED = Path(__file__).parents[2] / "data" / "southern_health"
SEED = 20151217
START, END = date(2011, 4, 1), date(2015, 3, 31)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The shipped case, made anew."""
    return synthetic.synthesise(tmp_path_factory.mktemp("made") / "southern_health", seed=SEED)


@pytest.fixture(scope="module")
def books(made):
    names = ("patient_system", "incident_system")
    return {name: openpyxl.load_workbook(made.folder / f"{name}.xlsx") for name in names}


@pytest.fixture(scope="module")
def patients(books):
    return sheet_rows(books["patient_system"], PATIENT_HEADERS)


@pytest.fixture(scope="module")
def incidents(books):
    return sheet_rows(books["incident_system"], INCIDENT_HEADERS)


@pytest.fixture(scope="module")
def persons(made):
    """Whom each row is about, by source and place."""
    links = csv_rows(made.folder / "truth" / "truth_links.csv")
    return {(row["source_id"], row["sheet"], int(row["row"])): row["person"] for row in links}


@pytest.fixture(scope="module")
def deaths(patients, persons):
    """Deaths in the period with a contact in the twelve months before, each person once."""
    first, counted = date(1899, 12, 30), {}
    for place, row in patients.items():
        died = day(row["date_of_death"], first)
        if died is None or not START <= died <= END:
            continue
        seen = [day(row[name], first) for name in ("last_contact_date", "last_discharge_date")]
        year_before = died.replace(year=died.year - 1, day=min(died.day, 28))
        inside = row["inpatient_at_death"] == "Y"
        if inside or any(when and when >= year_before for when in seen):
            counted.setdefault(persons["patient_system", *place], {**row, "died": died})
    return counted


SERVICES = {"Adult Mental Health": "adult_mh", "AMH Division": "adult_mh", "LD Division": "ld",
            "Older Persons Mental Health": "older_mh", "OPMH Division": "older_mh",
            "Learning Disabilities": "ld"}  # fmt: skip


def service(row):
    """The service that a name meant on the day of the death."""
    if row["service"] == "Specialist Services":
        return "ld" if row["died"] < date(2013, 4, 1) else "adult_mh"
    return SERVICES[row["service"]]


@pytest.fixture(scope="module")
def steps(deaths, incidents, persons):
    """How far each death went, from the cells of the incident system."""
    epoch, found = date(1904, 1, 1), {}
    for place, row in incidents.items():
        person = persons["incident_system", *place]
        if row["person_type"] == "Patient" and person in deaths:
            when = day(row["reported_date"], epoch)
            found.setdefault(person, []).append((when, row["local_ref"], row))
    made = {}
    for person, rows in found.items():
        lead = min(rows, key=lambda held: held[:2])[2]
        panel = {row["panel_outcome"] for _, _, row in rows} & {"SIRI", "CIR"}
        said = str(lead["expectedness"]).lower().replace("-", "")
        made[person] = {
            "service": service(deaths[person]),
            "reported": True,
            "unexpected": said.startswith("unexpected"),
            "reviewed": any(row["ima_completed"] for _, _, row in rows),
            "investigated": bool(panel),
            "siri": "SIRI" in panel,
            "no_family": any(row["family_involvement"] == "No involvement" for _, _, row in rows),
        }
    return made


def total(steps, step, service=None):
    return sum(row[step] for row in steps.values() if service in (None, row["service"]))


# ---- The published chain ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("step", "published"),
    [("reported", 1454), ("unexpected", 722), ("reviewed", 540), ("investigated", 272),
     ("siri", 195), ("no_family", 174)],
)  # fmt: skip
def test_the_published_chain_stands_in_the_files(deaths, steps, step, published):
    assert len(deaths) == 10_306
    assert total(steps, step) == published


def test_who_was_investigated_was_reviewed_unexpected_and_reported(steps):
    for row in steps.values():
        chain = [row[step] for step in ("siri", "investigated", "reviewed", "unexpected")]
        assert chain == sorted(chain)


def test_the_published_shares_stand_in_the_files(deaths, steps):
    number = {name: sum(service(row) == name for row in deaths.values()) for name in
              ("adult_mh", "older_mh", "ld")}  # fmt: skip
    assert number == {"adult_mh": 803, "older_mh": 9166, "ld": 337}
    assert (total(steps, "unexpected", "ld"), total(steps, "investigated", "ld")) == (93, 4)
    assert round(100 * total(steps, "investigated", "adult_mh") / 803) == 30
    share = total(steps, "investigated", "adult_mh") / total(steps, "unexpected", "adult_mh")
    assert round(100 * share) == 60
    assert round(100 * total(steps, "siri", "older_mh") / 9166, 1) == 0.3
    assert round(100 * 174 / 272) == 64
    assert round(100 * 195 / 1454) == 13


def test_the_ages_of_people_with_a_learning_disability_are_the_published_ones(deaths):
    ages = []
    for row in deaths.values():
        if service(row) == "ld":
            born, died = day(row["dob"], date(1899, 12, 30)), row["died"]
            ages.append(died.year - born.year - ((died.month, died.day) < (born.month, born.day)))
    assert len(ages) == 337
    assert median(ages) == 59
    assert round(mean(ages)) == 56


def test_some_investigations_are_open_and_some_ended_in_another_way(incidents):
    said = [row["review_outcome"] for row in incidents.values() if row["review_outcome"]]
    assert len(said) == 272
    assert {"Open", "Closed", "De-logged", "Downgraded", "Abandoned", "Superseded"} == set(said)


def test_the_published_figures_that_contradict_each_other_are_there(made):
    rows = {row["figure_id"]: row for row in csv_rows(made.folder / "published_figures.csv")}
    for name in ("nsft_same_day", "lampard_requests"):
        parts = [float(rows[part]["value"]) for part in rows[name]["measure"].split("+")]
        assert sum(parts) != float(rows[name]["value"])
        assert rows[name]["explanation"]
    one, other = rows["nsft_unexpected_2012"]["measure"].split("-")
    assert {rows[one]["value"], rows[other]["value"]} == {"88", "53"}
    assert all(row["source"] and row["status"] for row in rows.values())


# ---- Dirt ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def planted(made):
    return csv_rows(made.folder / "truth" / "truth_dirt.csv")


def test_every_code_is_planted_and_counted(made, planted):
    codes = {code for code in CODES if code != "X21"}
    assert {row["code"] for row in planted} - {""} == codes
    assert min(made.planted[code] for code in codes) >= 8
    assert sum(made.planted.values()) == len(planted)


def test_what_was_planted_stands_where_the_truth_says(made, planted, patients, incidents):
    books = {"patient_system": patients, "incident_system": incidents}
    flat = {
        "steis_listing": csv_rows(made.folder / "steis_listing.csv", "windows-1252"),
        "national_list": csv_rows(made.folder / "national_list.csv", "utf-8-sig"),
    }
    checked = 0
    for row in planted:
        if row["planted"] in {"(free text)", "Total"} or not row["header"]:
            continue
        if row["source_id"] in books:
            if not row["field"]:
                continue
            there = books[row["source_id"]][row["sheet"], int(row["row"])][row["field"]]
        else:
            there = flat[row["source_id"]][int(row["row"]) - 2][row["header"]]
        shown = "" if there is None else str(there)
        assert shown in {row["planted"], f"{row['planted']} 00:00:00"}, row
        checked += 1
    assert checked > 800


def test_nothing_is_odd_but_what_was_planted(planted, patients, incidents):
    """Texts and numbers in columns of dates, and numbers that cannot be NHS numbers."""
    known = {(r["source_id"], r["sheet"], int(r["row"]), r["field"]) for r in planted}
    dates = {"dob", "date_of_death", "date_trust_knew", "registration_date", "last_contact_date",
             "last_discharge_date", "reported_date", "entered_date", "ima_started",
             "ima_completed", "panel_decision", "draft_report", "si_closed"}  # fmt: skip
    for source, rows in (("patient_system", patients), ("incident_system", incidents)):
        for place, row in rows.items():
            for field in dates & row.keys():
                if row[field] is not None and not isinstance(row[field], datetime):
                    assert (source, *place, field) in known
            number = row["nhs_number"]
            if number and not (len(number) == 10 and number[:3] == "999" and fits(number)):
                assert (source, *place, "nhs_number") in known


def fits(number):
    left = 11 - sum(int(d) * w for d, w in zip(number, range(10, 1, -1), strict=False)) % 11
    return int(number[-1]) == (0 if left == 11 else left)


def test_a_workbook_has_what_workbooks_of_trusts_have(books):
    for file, epoch in (("patient_system", 1899), ("incident_system", 1904)):
        book = books[file]
        assert book.epoch.year == epoch
        assert book["Working"].sheet_state == "hidden"
        records = [s for s in book if s.title not in {"Read me", "Lookups", "Working"}]
        assert len({tuple(c.value for c in sheet[3]) for sheet in records}) > 1
        for sheet in records:
            assert sheet.merged_cells.ranges
            assert sheet.auto_filter.ref
            assert any(column.hidden for column in sheet.column_dimensions.values())
            assert any(row.hidden for row in sheet.row_dimensions.values())
            assert sheet.cell(sheet.max_row, 1).value == "Total"


def test_csv_files_have_the_declared_encodings(made):
    assert (made.folder / "national_list.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    raw = (made.folder / "steis_listing.csv").read_bytes()
    assert b"People\x92s" in raw
    with pytest.raises(UnicodeDecodeError):
        raw.decode("utf-8")


# ---- Nobody's identifiers -----------------------------------------------------------------------


def texts(folder):
    """Everything that stands in the files of a case, file by file."""
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as packed:
                whole = " ".join(packed.read(name).decode() for name in packed.namelist())
            yield path.name, re.sub(r"<[^>]+>", " ", whole)
        elif path.suffix == ".gz":
            yield path.name, gzip.decompress(path.read_bytes()).decode()
        elif path.is_file():
            yield path.name, path.read_bytes().decode("windows-1252")


def test_no_number_and_no_postcode_can_be_anybodys(made):
    postcode = re.compile(r"\b[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}\b")
    for name, text in texts(made.folder):
        text = re.sub(r"\b[0-9a-f]{64}\b", " ", text)
        for number in set(re.findall(r"(?<![\d./])\d{10}(?![\d.])", text)):
            able = fits(number) and len(set(number)) > 1
            assert not able or number.startswith("999"), name
        assert {code[:4] for code in postcode.findall(text)} <= {"ZZ99"}, name


def test_every_file_says_synthetic_but_the_published_figures(made):
    for name, text in texts(made.folder):
        if name not in {"published_figures.csv", "clerical_decisions.csv"}:
            assert "SYNTHETIC" in text, name


def test_every_file_is_described_with_its_hash(made):
    page = (made.folder / "SOURCE.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", page, flags=re.S | re.M))
    for path in made.folder.rglob("*"):
        if path.is_file() and path.name != "SOURCE.md":
            section = sections[path.relative_to(made.folder).as_posix()]
            digest = hashlib.sha256(path.read_bytes()).hexdigest()
            assert f"SHA-256: {digest}" in section
            assert "Licence:" in section


def test_the_case_is_one_that_the_suite_takes(made):
    raw = yaml.safe_load((made.folder / "case.yml").read_text(encoding="utf-8"))
    case = Case.model_validate(raw)
    assert case.data_status == "synthetic"
    assert case.year_start_month == 4
    assert len(case.indicators) == 11
    assert {one.id for one in case.assumptions} >= {"services", "delays", "nested_reviewed"}


def test_every_stratum_with_deaths_has_person_years(made, deaths):
    held = {
        (row["Service"], row["Age band"], row["Sex"], row["Financial year"])
        for row in csv_rows(made.folder / "caseload.csv")
        if float(row["Person-years"]) > 0
    }
    names = {"adult_mh": "Adult Mental Health", "older_mh": "Older Persons Mental Health",
             "ld": "Learning Disabilities"}  # fmt: skip
    truth = csv_rows(made.folder / "truth" / "truth_people.csv.gz")
    edges = [18, 25, 35, 45, 55, 65, 75, 85]
    for row in truth:
        if row["status"]:
            continue
        low = max(edge for edge in edges if edge <= int(row["age"]))
        band = "85 and over" if low == 85 else f"{low} to {edges[edges.index(low) + 1] - 1}"
        year = f"{row['year']}-{int(row['year']) % 100 + 1}"
        sex = {"M": "Male", "F": "Female"}[row["sex"]]
        assert (names[row["service"]], band, sex, year) in held


# ---- The same seed ------------------------------------------------------------------------------


def content(path):
    """What a file holds, whatever packed it."""
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as packed:
            return {name: packed.read(name) for name in packed.namelist()}
    raw = path.read_bytes()
    return gzip.decompress(raw) if path.suffix == ".gz" else raw


def test_the_shipped_case_is_the_one_that_the_generator_writes(made):
    after = {"clerical_decisions.csv", "SOURCE.md"}  # filled in once records had been linked
    for name in sorted(set(made.files) - after):
        assert content(made.folder / name) == content(SHIPPED / name), name
    size = sum(path.stat().st_size for path in SHIPPED.rglob("*") if path.is_file())
    assert size < 6_000_000


@pytest.mark.parametrize("books", [True, False])
def test_the_same_seed_writes_the_same_bytes_and_another_seed_others(tmp_path, books):
    rule = {"deaths": 250, "shape": "general", "books": books}
    first = synthetic.synthesise(tmp_path / "a" / "case", seed=5, **rule)
    again = synthetic.synthesise(tmp_path / "b" / "case", seed=5, **rule)
    other = synthetic.synthesise(tmp_path / "c" / "case", seed=6, **rule)
    assert first.files == again.files
    same = {name for name, digest in first.files.items() if other.files[name] == digest}
    maps = {"service_map.csv", "clerical_decisions.csv", "mazars_crosswalk.csv"}
    assert same == {*maps, "plan.yml"}


# ---- Decisions of a clerk -----------------------------------------------------------------------


def test_a_clerk_who_knows_the_truth_decides_pairs(tmp_path, made, persons):
    import pandas as pd

    folder = tmp_path / "southern_health"
    shutil.copytree(made.folder, folder)
    mine = next(k for k in persons if k[0] == "incident_system")
    right = next(k for k in persons if k[0] == "patient_system" and persons[k] == persons[mine])
    wrong = next(k for k in persons if k[0] == "patient_system" and persons[k] != persons[mine])
    names = ["source_id", "source_sheet", "source_row"]
    queue = pd.DataFrame(
        [
            {f"incident_{n}": v for n, v in zip(names, mine, strict=True)}
            | {f"death_{n}": v for n, v in zip(names, death, strict=True)}
            for death in (right, wrong)
        ]
    )
    assert synthetic.decisions(queue, folder)["decision"].tolist() == ["same", "different"]
    shown = dict.fromkeys(["weight", "probability", "why", "fields", "linked_meanwhile"], "")
    path = synthetic.answer(
        queue.assign(incident_local_ref="", death_local_ref="", **shown), folder
    )
    assert "SYNTHETIC clerk" in path.read_text(encoding="utf-8-sig")
    page = (folder / "SOURCE.md").read_text(encoding="utf-8")
    assert hashlib.sha256(path.read_bytes()).hexdigest() in page
