"""A real run for everybody, and a small project in which every number can be counted by hand."""

import dataclasses
import hashlib
import shutil
from datetime import date
from pathlib import Path

import matplotlib as mpl
import nbformat
import pytest
from nbformat import v4

mpl.use("agg")

from helpers import cli, start  # noqa: E402 - after the choice of the backend

ROOT = Path(__file__).resolve().parents[2]

# Invented rows, so the case says SYNTHETIC. By hand, reported / opened:
#   2018: 350 / 55      2019: 380 / 64, Weston's inquests not recorded      2020: 440 / 97
CASE = """\
case_version: 1
id: small
title: A small invented case
data_status: synthetic
summary: Rows made up for tests.
period: {start: 2018-01-01, end: 2020-12-31}
extract_date: 2021-01-15
profiles: [internal, open]
dimensions: {region: Region, area: Area}
sources:
  - id: counts
    title: Counts by area
    publisher: Nobody
    file: counts.csv
    licence: none
    encoding: utf-8
    layout: annual_counts
    coverage: {start: 2018-01-01, end: 2020-12-31}
    year: year
    measures: measures.csv
    dimensions:
      area: {from: area, fold_case: true}
      region: {from: region, map: {North: The North, South: The South}}
  - id: reports
    title: Reports
    publisher: Nobody
    file: reports.csv
    licence: none
    encoding: utf-8
    layout: records
    coverage: {start: 2018-01-01, end: 2020-12-31}
    period_milestone: report
    columns:
      ref: {from: ref, pattern: '\\d{4}-\\d{4}', unique: true}
      area: {from: area}
      number_of_deaths: {from: deaths, kind: count}
      place: {from: place, missing: ['-'], map_file: places.csv, otherwise: quarantine}
      recipients: {from: sent_to, separator: ' \\| '}
      recipient_count: {from: sent, kind: count}
      reply_count: {from: replies, kind: count}
      status: {from: state, map: {completed: complete, overdue: none overdue, pending: not yet due}}
    derived:
      recipient_kind: {from: recipients, patterns_file: kinds.csv, otherwise: Other body}
    milestones:
      death: {from: died, format: '%d/%m/%Y', also: ['%Y-%m-%d'], missing: [NR]}
      opened: {from: opened, format: '%d/%m/%Y', missing: [not listed]}
      report: {from: reported, format: '%d/%m/%Y'}
indicators:
  - id: opened_share
    label: Inquests opened per death reported
    numerator: opened
    denominator: reported
    claim_type: process
    definition: Inquests opened out of deaths reported in the year.
    cannot_show: Why an inquest was or was not opened.
    sentence: an inquest was opened on {numerator} of {denominator} deaths
intervals:
  - {id: death_to_opened, from: death, to: opened, label: Death to opened}
  - {id: death_to_report, from: death, to: report, label: Death to report}
delays:
  register: reports
  cohort: report
  population: All reports of the small case
  cannot_show: How many wait.
replies:
  register: reports
  due_days: 56
  states: {complete: complete, none: none overdue, pending: not yet due}
  definition: Reports due with no reply.
  cannot_show: When a reply came.
published: published.csv
"""
PLAN = """\
plan_version: 1
records: replies
question: Which reports had no reply?
headline: no_complete_reply
models:
- id: no_complete_reply
  outcome: no_complete_reply
  among: due
  label: Without a reply, of reports due
  units: reports
  having: having no reply
  definition: Reports due with no reply.
  cannot_show: When a reply came.
terms:
  Recipients: {column: recipient_count, bands: [1, 2]}
  Year: {column: year}
  Kinds of organisation: {column: recipient_kind, several: true, prefix: 'Sent to: '}
cluster: area
"""
COUNTS = """\
year,area,region,reported,opened,suicide
2018,Northtown,North,100,20,
2018,Southtown,South,200,30,
2018,Weston,South,50,5,
2019,Northtown,North,110,22,4
2019,Southtown,South,210,42,6
2019,WESTON,South,60,,2
2020,Northtown,North,120,36,5
2020,Southtown,South,220,44,7
2020,Southtown,South,30,3,1
2020,Weston,South,70,14,3
"""
MEASURES = """\
measure,label,columns,first_year,last_year,composition,note
reported,Deaths reported,reported,2018,2020,,
opened,Inquests opened,opened,2018,2020,,
suicide,Suicide conclusions,suicide,2019,2020,,Not collected before 2019
"""
# One person's place of death was typed as free text: it must appear nowhere but in the file.
FREE_TEXT = "at the flat she shared with her sister"
REPORTS = f"""\
ref,reported,died,opened,area,place,deaths,sent_to,sent,replies,state
2019-0001,05/03/2019,01/12/2018,03/12/2018,Northtown,hospital,1,Trust A | Council B,2,2,completed
2019-0002,10/06/2019,NR,not listed,Southtown,home,1,Trust A,1,0,overdue
2020-0001,20/02/2020,2019-12-25,13/01/2020,Weston,{FREE_TEXT},2,Prison C | Prison C,1,0,overdue
,31/12/2020,,05/11/2020,Weston,-,1,Somebody else,1,0,pending
"""
PUBLISHED = """\
figure_id,statement,measure,stratum,statistic,period_start,period_end,baseline_start,baseline_end,\
value,rounded_to,source,status,explanation
reported_2018,deaths reported in 2018,reported,,total,2018-01-01,2018-12-31,,,350,1,\
Nobody,primary seen,
deaths_2020,people in reports of 2020,reports,register=reports,deaths,2020-01-01,2020-12-31,,,3,1,\
Nobody,primary seen,
"""
FILES = {
    "case.yml": CASE,
    "plan.yml": PLAN,
    "counts.csv": COUNTS,
    "measures.csv": MEASURES,
    "reports.csv": REPORTS,
    "places.csv": "value,place\nhospital,Hospital\nhome,Home\n",
    "kinds.csv": "pattern,kind\n^trust,Trust\ncouncil,Local authority\nprison,Prison\n",
    "published.csv": PUBLISHED,
}
PARAMETERS = """\
case = "small"  # the case
period_start = "2018-01-01"  # first day of the period
period_end = "2020-12-31"  # last day of the period
release_profile = "internal"  # disclosure profile
level = 0.95  # level of the intervals
strata = ["region"]  # dimensions to break down by
funnel_indicator = "opened_share"  # the indicator of the areas
"""
START = """\
from helpers import figures, start
from helpers.cohort import strata as cohort
from helpers.exhibits import Exhibits
from helpers.methods import proportions

run = start(case=case, period_start=period_start, period_end=period_end, level=level,
            release_profile=release_profile, strata=strata, funnel_indicator=funnel_indicator)
show = Exhibits(run)
run
"""
YEARS = """\
years = proportions.proportion(cohort.ratios(run, by="year"), level=level)
show.table("tiny.years", years, title="Inquests opened by year", shows="One line a year.")
"""
DRAWN = """\
show.figure("tiny.trend", figures.trend(years), title="Inquests opened by year", shows="A line.")
"""
BROKEN_DOWN = """\
by = proportions.proportion(cohort.ratios(run, by=strata, indicators=[funnel_indicator]))
show.table("tiny.by", by, title="Inquests opened by stratum", shows="One line a stratum.")
"""
FOUND = """\
show.findings("tiny.years_found", years, title="Inquests opened", shows="One sentence a year.",
              sentence="In {year} {sentence}, {value}.", stratum=["year"])
"""
CELLS = [START, YEARS, DRAWN, BROKEN_DOWN, FOUND]


def notebook(*cells, parameters=PARAMETERS):
    """Make a notebook of a question, a parameters cell and code cells."""
    first = v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    title = v4.new_markdown_cell("# A tiny notebook\n\n> How many inquests were opened?")
    made = v4.new_notebook(cells=[title, first, *(v4.new_code_cell(cell) for cell in cells)])
    made.metadata["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    }
    return made


class Project:
    """A project on disk with one small case and one tiny notebook."""

    name = "small"
    free_text = FREE_TEXT
    cells = CELLS
    notebook = staticmethod(notebook)

    def __init__(self, home):
        self.home = home
        self.folder = home / "data" / "small"
        self.folder.mkdir(parents=True)
        for file, text in FILES.items():
            (self.folder / file).write_text(text, encoding="utf-8", newline="\n")
        (home / "notebooks").mkdir()
        self.put(notebook(*CELLS))

    def put(self, made, name="1_tiny"):
        """Put a notebook into the project."""
        nbformat.write(made, self.home / "notebooks" / f"{name}.ipynb")

    def edit(self, file, old, new):
        """Replace a text that stands in a file of the case exactly once."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")

    def add(self, file, line):
        """Add a line to a file of the case."""
        with (self.folder / file).open("a", encoding="utf-8", newline="\n") as out:
            out.write(line + "\n")

    def tree(self, folder=None):
        """Give the hash of every file of the project, and every folder, by path."""
        top = folder or self.home
        return {
            path.relative_to(top).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
            if path.is_file()
            else "folder"
            for path in sorted(top.rglob("*"))
        }

    @property
    def packs(self):
        """The folder in which the packs of the case are put."""
        return self.home / "evidence" / self.name

    @property
    def period(self):
        """The folder of the period, in which each version of the pack has its own."""
        return self.packs / "2018-01-01_2020-12-31"

    @property
    def pack(self):
        """The pack of the whole period of the case."""
        return self.period / "v1"

    @classmethod
    def copy(cls, other, home):
        """Copy a project with everything that was written in it."""
        made = cls.__new__(cls)
        shutil.copytree(other.home, home)
        made.home, made.folder = home, home / "data" / cls.name
        return made

    @staticmethod
    def inquiry(*arguments):
        """Run the command in this process and return its exit status."""
        return cli.main([str(argument) for argument in arguments])


@pytest.fixture(scope="session")
def coroners():
    """The folder of the shipped case of real records."""
    return ROOT / "data" / "coroners"


@pytest.fixture(scope="session")
def run():
    """The shipped case of real records over its whole period."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INQUIRY_HOME", str(ROOT))
        return start(case="coroners")


@pytest.fixture(scope="session")
def over():
    """Give a function that takes a run over to another period, without reading the files again."""

    def change(run, first, last):
        period = {
            "period_start": date.fromisoformat(first),
            "period_end": date.fromisoformat(last),
        }
        return dataclasses.replace(run, parameters=run.parameters | period)

    return change


@pytest.fixture
def project(tmp_path, monkeypatch):
    """The small project, in force for the test."""
    made = Project(tmp_path / "project")
    monkeypatch.setenv("INQUIRY_HOME", str(made.home))
    return made


@pytest.fixture
def small(project):
    """The run of the small case over its whole period."""
    return start(case=project.name)


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the shipped case that a test may change, in force for the test."""
    folder = tmp_path / "copy" / "data" / "coroners"
    shutil.copytree(ROOT / "data" / "coroners", folder)
    (tmp_path / "copy" / "notebooks").mkdir()
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "copy"))
    return folder


@pytest.fixture(scope="module")
def project_of_module(tmp_path_factory):
    """The small project for tests of one module that only read what one run of it wrote."""
    made = Project(tmp_path_factory.mktemp("module") / "a project")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INQUIRY_HOME", str(made.home))
        yield made
