"""`inquiry new-period`: new extracts in another layout become a period, by configuration alone.

The case is SYNTHETIC, of 300 people who never lived; what is new in the extracts of the next year
is in the truth file beside them.
"""

import csv
import datetime as dt
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from helpers import start
from helpers.case import files, load
from helpers.errors import InputError
from helpers.periods import registering
from helpers.synthetic import synthesise
from helpers.synthetic.following import follow

YEAR = {"start": dt.date(2015, 4, 1), "end": dt.date(2016, 3, 31)}
TAKEN = dt.date(2016, 9, 30)
NAME = "2015_16"

# What a person decides, and nothing else.
DECIDED = {
    "from: DECIDE": "from: Clinical Care Area",
    "Hotel: DECIDE": "Hotel: '50'",
    "Frailty Score: DECIDE": "Frailty Score: a score that nobody asked for",
}


class Kept(NamedTuple):
    """A project, what was registered in it, its texts before anybody decided, what a run said."""

    home: Path
    made: registering.Made
    text: str
    services: list[str]
    refused: InputError


def sent(folder, history):
    """Give the extracts of the next year as a trust sends them."""
    return follow(folder, folder.parents[1] / history, seed=3, history=history, deaths=80, **YEAR)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A project with a synthetic case, and the extracts of the next year of both kinds."""
    home = tmp_path_factory.mktemp("project")
    folder = home / "data" / "trial"
    synthesise(folder, seed=5, deaths=300, shape="general")
    for history in ("cumulative", "incremental"):
        sent(folder, history)
    (home / "notebooks").mkdir()
    return home


@pytest.fixture(scope="module")
def kept(made, tmp_path_factory):
    """Projects with the year registered and decided on, from each kind of extract, read only."""
    found = {}
    for history in ("cumulative", "incremental"):
        home = tmp_path_factory.mktemp(history) / "project"
        shutil.copytree(made, home)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("INQUIRY_HOME", str(home))
            told = register(home, history)
            text = (told.folder / "period.yml").read_text(encoding="utf-8")
            with pytest.raises(InputError) as refused:
                load(f"trial/{NAME}")
        lines = (told.folder / "service_map.csv").read_text(encoding="utf-8").splitlines()
        decide(told.folder)
        found[history] = Kept(home, told, text, lines, refused.value)
    return found


@pytest.fixture
def year(kept, monkeypatch):
    """The year from a cumulative extract, in force for the test."""
    monkeypatch.setenv("INQUIRY_HOME", str(kept["cumulative"].home))
    return kept["cumulative"]


@pytest.fixture
def home(made, tmp_path, monkeypatch):
    """A copy of the project that a test may change, in force for the test."""
    copy = tmp_path / "project"
    shutil.copytree(made, copy)
    monkeypatch.setenv("INQUIRY_HOME", str(copy))
    return copy


def truth(home, history="cumulative"):
    """Give what is new in the extracts: rows of the truth file."""
    path = home / history / "truth" / "truth_following.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)


def register(home, history="cumulative", **more):
    """Register the next year."""
    values = {**YEAR, "extract_date": TAKEN, **more}
    return registering.new_period("trial", [home / history], **values)


def decide(folder):
    """Decide what a person must decide."""
    path = folder / "period.yml"
    text = path.read_text(encoding="utf-8")
    for old, new in DECIDED.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    path = folder / "service_map.csv"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Perinatal Service,DECIDE", "Perinatal Service,perinatal"))


# ---- What is found ------------------------------------------------------------------------------


def test_each_file_is_found_to_be_its_source_whatever_its_sheets_and_headers_are(year):
    assert year.made.sources == {
        "patient_system": "deaths_extract.xlsx",
        "incident_system": "incidents_extract.xlsx",
        "steis_listing": "serious_incidents.csv",
        "national_list": "deaths_registered.csv",
        "caseload": "person_years.csv",
    }


def test_the_files_are_copied_unchanged_beside_the_description(year):
    assert year.made.folder == year.home / "data" / "trial" / "periods" / NAME
    for path in (year.home / "cumulative").glob("*.*"):
        assert (year.made.folder / path.name).read_bytes() == path.read_bytes()


def test_what_is_new_is_what_the_truth_says_is_new(year):
    told = "\n".join(year.made.told)
    new = truth(year.home)
    services = new.loc[new["kind"].eq("new service")]
    places = new.loc[new["kind"].eq("new category")]
    assert f"'Perinatal Service' ({len(services)} rows)" in told
    assert f"'Hotel' ({len(places)} rows)" in told
    assert "'Clinical Care Area' is new, and by its words or values may be service" in told
    assert "does not declare: 'Frailty Score'" in told
    assert "team is headed 'TEAM'" in told


def test_what_a_person_must_decide_stops_the_run_and_nothing_else_does(year):
    assert len(year.made.questions) == len(year.refused.problems) == 4
    for problem in year.refused.problems:
        assert problem.what == "not decided yet"
        assert f"data/trial/periods/{NAME}/" in problem.where
    assert load(f"trial/{NAME}").registered == NAME


def test_a_question_names_the_line_that_it_is_about(year):
    lines = year.text.splitlines()
    for question in year.made.questions[:3]:
        number = int(re.search(r"line (\d+)", question.where)[1])
        assert "DECIDE" in lines[number - 1]
    number = int(re.search(r"line (\d+)", year.made.questions[3].where)[1])
    assert year.services[number - 1].startswith("Perinatal Service,DECIDE")


def test_a_cumulative_extract_is_told_from_an_incremental_one(kept):
    for history, one in kept.items():
        assert f"history: {history}" in one.text


def test_a_baseline_that_would_leave_no_later_month_is_made_shorter_and_said(year):
    """The case's baseline has 12 months, and so has the period."""
    assert "baseline_periods: 6  # guess: check" in year.text
    assert load(f"trial/{NAME}").parameters["baseline_periods"] == 6


def test_a_quarter_in_the_same_layout_has_nothing_to_decide(home, kept):
    """It is read as the year before it was decided to be."""
    inside = home / "data" / "trial" / "periods" / NAME
    shutil.copytree(kept["cumulative"].made.folder, inside)
    later = {"start": dt.date(2016, 4, 1), "end": dt.date(2016, 6, 30)}
    again = register(home, **later)
    assert (again.name, again.questions) == ("2016_q2", [])
    assert "like: '2015_16'" in (again.folder / "period.yml").read_text(encoding="utf-8")
    source = load("trial/2016_q2").sources[0]
    assert source.fields["service"].map_file == f"periods/{NAME}/service_map.csv"
    assert source.file == "periods/2016_q2/deaths_extract.xlsx"


def test_a_month_far_out_of_line_and_dates_in_another_format_are_named(home):
    """Every row of a month thirteen times, and days of registration written in words."""
    path = home / "cumulative" / "deaths_registered.csv"
    with path.open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    died, place = head.index("Reg Date of Death"), head.index("Reg Date")
    rows += [row for row in rows if row[died].startswith("2015-12")] * 12
    for number, row in enumerate(rows):
        if re.fullmatch(r"\d{4}-\d\d-\d\d", row[place]):
            written = dt.date.fromisoformat(row[place]).strftime("%d %b %Y")
            rows[number] = [*row[:place], written, *row[place + 1 :]]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([head, *rows])
    made = register(home)
    page = (made.folder / "CHECKS.md").read_text(encoding="utf-8")
    assert "| national_list | all rows | 2015-12 |" in page
    assert "0.1% and 99.9% quantiles" in page
    assert any("registration_date hold no day in a declared format" in one for one in made.told)


# ---- What runs ----------------------------------------------------------------------------------


def test_the_period_runs_as_a_case_of_its_own_and_no_notebook_changes(year):
    run = start(case=f"trial/{NAME}")
    assert (run.period_start, run.period_end) == (YEAR["start"], YEAR["end"])
    assert run.case.extract_date == TAKEN
    assert run.people["date_of_death"].between("2015-04-01", "2016-03-31").all()
    new = truth(year.home)
    assert run.people["service"].eq("perinatal").sum() == new["kind"].eq("new service").sum()
    assert run.accounts["rows_read"].gt(0).all()


def test_a_cumulative_period_holds_the_days_before_it_and_an_incremental_one_does_not(
    kept, monkeypatch
):
    days = {"period_start": "2011-04-01", "period_end": "2015-03-31"}
    monkeypatch.setenv("INQUIRY_HOME", str(kept["cumulative"].home))
    assert len(start(case=f"trial/{NAME}", **days).people) > 250
    monkeypatch.setenv("INQUIRY_HOME", str(kept["incremental"].home))
    with pytest.raises(InputError, match="holds 2015-04-01 to 2016-03-31"):
        start(case=f"trial/{NAME}", **days)


def test_both_kinds_of_extract_give_the_same_new_deaths(kept, monkeypatch):
    def told(people):
        """Say who died, by day, age and sex."""
        days = people["date_of_death"].dt.strftime("%Y-%m-%d")
        return [
            f"{day} {age} {sex}"
            for day, age, sex in zip(days, people["age"], people["sex"], strict=False)
        ]

    found = {}
    for history, one in kept.items():
        monkeypatch.setenv("INQUIRY_HOME", str(one.home))
        found[history] = told(start(case=f"trial/{NAME}").people)
    # Some deaths of the new period were in the extract of the case already, which was taken later
    # than its own period ended: a cumulative extract holds them again, an incremental one does not.
    deaths = start(case="trial").extract.tables["deaths"]
    known = deaths[deaths["date_of_death"].gt("2015-03-31") & deaths["in_window_12m"]]
    known = told(known[known["in_scope"].astype("bool")])
    assert known
    assert sorted(found["cumulative"]) == sorted([*found["incremental"], *known])


def test_every_file_that_was_read_is_among_the_inputs(year):
    named = files(load(f"trial/{NAME}"))
    inside = f"periods/{NAME}"
    assert f"{inside}/period.yml" in named
    assert f"{inside}/deaths_extract.xlsx" in named
    assert "patient_system.xlsx" not in named
    assert "clerical_decisions.csv" not in named  # decided about rows of other files


# ---- What is refused ----------------------------------------------------------------------------


def nothing_written(home):
    """Say whether no folder or file was left behind."""
    left = [path.name for path in home.iterdir() if path.name.startswith(".")]
    return left == [] and not (home / "data" / "trial" / "periods").exists()


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"start": dt.date(2016, 4, 1)}, "before it starts"),
        ({"start": dt.date(2015, 3, 1)}, "overlap those of the case itself"),
        ({"extract_date": dt.date(2016, 3, 30)}, "before the period ended"),
        ({"name": "../elsewhere"}, "cannot be the name of a period"),
        ({"name": ".."}, "cannot be the name of a period"),
    ],
)
def test_days_and_names_that_cannot_be_are_refused_and_nothing_is_written(home, more, reason):
    with pytest.raises(InputError, match=reason):
        register(home, **more)
    assert nothing_written(home)


def test_a_period_that_is_there_is_never_overwritten(year):
    before = sorted(path.read_bytes() for path in year.made.folder.iterdir())
    with pytest.raises(InputError, match=f"{NAME} exists"):
        register(year.home)
    with pytest.raises(InputError, match=f"the days are those of {NAME}"):
        register(year.home, name="again")
    assert sorted(path.read_bytes() for path in year.made.folder.iterdir()) == before


@pytest.mark.parametrize("name", ["..", "../other", "trial/../../x", "trial/a/b", "/etc", ""])
def test_no_name_leads_out_of_the_folder_of_cases(year, name):
    with pytest.raises(InputError, match="cannot be the name of a case"):
        load(name)
    with pytest.raises(InputError):
        start(case=name)


def test_a_period_that_is_not_there_is_refused_with_those_that_are(year):
    with pytest.raises(InputError, match=f"no period '2017_18'.*Registered: {NAME}"):
        load("trial/2017_18")


def test_a_file_that_fits_no_source_is_refused(home):
    path = home / "cumulative" / "menu.csv"
    path.write_text("Day,Soup,Pudding\nMonday,leek,apple\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"menu\.csv: the headers fit no source of case trial"):
        register(home)
    assert nothing_written(home)


def test_a_file_that_fits_two_sources_is_refused(home):
    """A case whose two sources have the same headers: nobody could tell which a file is."""
    path = home / "data" / "trial" / "case.yml"
    text = path.read_text(encoding="utf-8")
    entry = re.search(r"- id: national_list\n(?:  .*\n)+", text)[0]
    path.write_text(text.replace(entry, entry + entry.replace("national_list", "second_list", 1)))
    with pytest.raises(InputError, match="fit two sources, national_list and second_list, alike"):
        register(home)
    assert nothing_written(home)


def test_two_files_of_one_source_are_refused(home):
    folder = home / "cumulative"
    shutil.copy(folder / "deaths_registered.csv", folder / "deaths_registered_2.csv")
    with pytest.raises(InputError, match="the file is source national_list, and so is"):
        register(home)
    assert nothing_written(home)


def test_a_source_without_a_new_file_is_asked_about(home):
    (home / "cumulative" / "person_years.csv").unlink()
    made = register(home)
    asked = [str(question) for question in made.questions]
    assert any("none of the new files is caseload" in question for question in asked)
    decide(made.folder)
    path = made.folder / "period.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("caseload: DECIDE", "caseload: none"), encoding="utf-8")
    assert start(case=f"trial/{NAME}").extract.tables["exposure"].empty
    path.write_text(text.replace("caseload: DECIDE", "caseload: as before"), encoding="utf-8")
    assert not start(case=f"trial/{NAME}").extract.tables["exposure"].empty


# ---- Extracts that were made up -----------------------------------------------------------------


def test_the_same_seed_makes_the_same_extracts_and_every_file_says_synthetic(home, tmp_path):
    folder = home / "data" / "trial"
    told = {"seed": 3, "history": "cumulative", "deaths": 80, **YEAR}
    made = follow(folder, tmp_path / "again", **told)
    for name in [*made.files[2:], "truth/truth_following.csv"]:
        again = (tmp_path / "again" / name).read_bytes()
        assert again == (home / "cumulative" / name).read_bytes()
        assert b"SYNTHETIC" in again


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"start": dt.date(2014, 4, 1)}, "lies after 2015-03-31"),
        ({"end": dt.date(2017, 3, 31)}, "longer than a year"),
        ({"end": dt.date(2015, 3, 31)}, "ends before it starts"),
    ],
)
def test_days_for_which_no_extracts_can_be_made_are_refused(home, tmp_path, more, reason):
    with pytest.raises(InputError, match=reason):
        follow(home / "data" / "trial", tmp_path / "x", seed=1, **{**YEAR, **more})
