"""A made-up trust in which everybody can be counted on two hands, and tables made by hand.

Nobody in it lived. Ten rows of a patient system stand for nine people:

========  =========  ==========================  ==============================================
who       service    died, last in contact       what followed
========  =========  ==========================  ==============================================
Ann       ld         10 May 2012, 1 May          unexpected, assessed, serious incident, closed;
                                                 a second incident; family had no part
Bob       adult_mh   20 Aug 2012, 30 July        unexpected, assessed, critical incident review,
                                                 open; family declined
Cora      older_mh   15 Jan 2013, 20 Feb 2012    nothing
Dan       adult_mh   28 Feb 2013, 1 Jan 2011     nothing; no contact in the 12 months before
Eve       ld         31 March 2013, in-patient   reported as expected
Finn      adult_mh   1 April 2013, 20 March      unexpected, not assessed
Gwen      older_mh   no date of death            cannot be used
Hal       older_mh   after the extract           out of scope
Iris      ld         31 March 2014, 31 Dec 2013  unexpected, assessed, not investigated
========  =========  ==========================  ==============================================

The tenth row is Ann once more. So: 6 deaths with a contact in the 12 months before, 5 reported, 4
unexpected, 3 assessed, 2 investigated, 1 of them a serious incident and without the family.
"""

import pandas as pd
import pytest
import xlsxwriter

from helpers import start
from helpers.case import load
from helpers.errors import InputError
from helpers.intake import extracts
from helpers.intake.flags import Log
from helpers.tables import TABLES


def number(nth):
    """Return the nth valid NHS number of the range for tests, worked out as the NHS does."""
    found = (str(9990000000 // 10 + step) for step in range(10_000))
    made = []
    for nine in found:
        check = 11 - sum(int(d) * w for d, w in zip(nine, range(10, 1, -1), strict=True)) % 11
        if check != 10:
            made.append(nine + str(check % 11))
        if len(made) == nth:
            return made[-1]
    return None


CASE = """\
case_version: 1
id: riverside
title: A made-up trust
data_status: synthetic
summary: Rows made up for tests.
period: {start: 2012-04-01, end: 2014-03-31}
extract_date: 2014-09-30
year_start_month: 4
profiles: [open, internal]
dimensions: {service: Service, area: Team}
sources:
  - id: patients
    title: Patient system
    publisher: Nobody
    licence: none
    file: patients.xlsx
    layout: extract
    table: deaths
    coverage: {start: 2012-04-01, end: 2014-09-30}
    date_format: '%d/%m/%Y'
    date_also: ['%Y-%m-%d']
    fields:
      local_id: {from: [Client ID, Client No]}
      nhs_number: {from: NHS Number}
      surname: {from: Surname}
      forename: {from: Forename}
      dob: {from: [Date of Birth, DOB]}
      sex: {from: Sex, map: {Female: F, Male: M}}
      date_of_death: {from: [Date of Death, Deceased Date], missing: [not given]}
      service: {from: Directorate, map: {Learning Disability: ld, Adult: adult_mh, Older: older_mh}}
      team: {from: Team}
      last_contact_date: {from: [Last Contact, Last Seen]}
      last_discharge_date: {from: Last Discharge, optional: true}
      discharge_reason: {from: Reason, optional: true}
      inpatient_at_death: {from: In-patient}
    sheets:
      read: ['20\\d\\d-\\d\\d']
      ignore: {Lookups: lists of codes, Working: a sheet of the clerk}
    ignored: {Record status: says SYNTHETIC on every row}
    quarantined: [Comments]
  - id: ulysses
    title: Incident system
    publisher: Nobody
    licence: none
    file: ulysses.csv
    layout: extract
    table: incidents
    system: ulysses
    coverage: {start: 2012-04-01, end: 2014-09-30}
    date_format: '%d/%m/%Y'
    fields:
      local_ref: {from: Incident No}
      person_type: {from: Person, map: {Patient: patient, Staff: staff}}
      nhs_number: {from: NHS Number}
      dob: {from: DOB}
      surname: {from: Surname}
      forename: {from: Forename}
      sex: {from: Sex, map: {Female: F, Male: M}}
      service: {from: Directorate, map: {Learning Disability: ld, Adult: adult_mh, Older: older_mh}}
      incident_date: {from: Incident Date}
      reported_date: {from: Reported}
      expectedness: {from: Expected?, map: {'Yes': expected, 'No': unexpected}}
      panel_outcome: {from: Panel, map: {SIRI: SIRI, CIR: CIR, None further: no further investigation}}
      steis_ref: {from: StEIS}
      review_outcome: {from: Investigation, map: {Closed: completed, Abandoned: abandoned, Open: open}}
      family_involvement: {from: Family, map: {Not involved: none, Took part: contributed, Declined: declined}}
    milestones:
      incident_reported: {from: Reported}
      ima_started: {from: IMA Start}
      ima_completed: {from: IMA End}
      final_report_internal: {from: Final Report}
    ignored: {Record status: says SYNTHETIC on every row}
  - id: steis
    title: List of serious incidents
    publisher: Nobody
    licence: none
    file: steis.csv
    layout: extract
    table: incidents
    system: steis
    coverage: {start: 2012-04-01, end: 2014-09-30}
    date_format: '%d/%m/%Y'
    fields:
      steis_ref: {from: Ref}
      incident_date: {from: Incident Date}
      reported_date: {from: Logged}
    ignored: {Record status: says SYNTHETIC on every row}
  - id: national
    title: National list
    publisher: Nobody
    licence: none
    file: national.csv
    layout: extract
    table: registrations
    coverage: {start: 2012-04-01, end: 2014-09-30}
    fields:
      nhs_number: {from: NHS_NUMBER}
      dob: {from: DOB}
      date_of_death: {from: DIED}
      registration_date: {from: REGISTERED}
    ignored: {RECORD_STATUS: says SYNTHETIC on every row}
labels: {ld: Learning disability, adult_mh: Adult mental health, older_mh: Older people}
intervals:
  - {id: death_to_reported, from: death, to: incident_reported, label: Death to report, among: reported}
  - {id: death_to_final, from: death, to: final_report_internal, label: Death to final report, among: investigated}
delays: {register: patients, cohort: death, population: People who died, cannot_show: Why}
"""  # noqa: E501 - a line of YAML

PLAN = """\
plan_version: 1
records: deaths
question: Who was investigated?
headline: investigated
models:
- id: investigated
  outcome: investigated
  among: unexpected
  label: Investigated, of those unexpected
  units: deaths
  having: having been investigated
  definition: Investigated, among deaths categorised as unexpected.
  cannot_show: Why.
terms:
  Service: {column: service, reference: Learning disability}
  Age (per 10 years): {column: age, per: 10}
  Sex: {column: sex}
cluster: team
least: 1
"""

FIRST = (
    "Client ID", "NHS Number", "Surname", "Forename", "Date of Birth", "Sex", "Date of Death",
    "Directorate", "Team", "Last Contact", "Last Discharge", "Reason", "In-patient", "Comments",
    "Record status",
)  # fmt: skip
SECOND = (
    "Client No", "NHS Number", "Surname", "Forename", "DOB", "Sex", "Deceased Date", "Directorate",
    "Team", "Last Seen", "In-patient", "Comments", "Record status",
)  # fmt: skip
LD, AMH, OP = "Learning Disability", "Adult", "Older"
ANN = ("C1", number(1), "Abbott", "Ann", "01/06/1950", "Female", "10/05/2012", LD, "North",
       "01/05/2012", "", "", "No", "", "SYNTHETIC")  # fmt: skip
PATIENTS = {
    "2012-13": [
        ANN,
        ("C2", number(2), "Brook", "Bob", "20/08/1972", "Male", "20/08/2012", AMH, "South",
         "30/07/2012", "", "", "No", "", "SYNTHETIC"),
        ("C3", number(3), "Cole", "Cora", "03/03/1930", "Female", "15/01/2013", OP, "South",
         "20/02/2012", "", "", "No", "", "SYNTHETIC"),
        ("C4", number(4), "Dale", "Dan", "04/04/1960", "Male", "28/02/2013", AMH, "North",
         "01/01/2011", "01/02/2011", "Moved away", "No", "", "SYNTHETIC"),
        ("C5", number(5), "Eames", "Eve", "05/05/1955", "Female", "31/03/2013", LD, "North",
         "", "", "", "Yes", "", "SYNTHETIC"),
        ANN,
    ],
    "2013-14": [
        ("C6", number(6), "Firth", "Finn", "29/02/1980", "Male", "01/04/2013", AMH, "South",
         "20/03/2013", "No", "", "SYNTHETIC"),
        ("C7", number(7), "Grey", "Gwen", "07/07/1937", "Female", "not given", OP, "North",
         "01/06/2013", "No", "", "SYNTHETIC"),
        ("C8", number(8), "Hill", "Hal", "08/08/1938", "Male", "05/10/2014", OP, "North",
         "01/09/2014", "No", "", "SYNTHETIC"),
        ("C9", number(9), "Ivey", "Iris", "09/09/1959", "Female", "31/03/2014", LD, "North",
         "31/12/2013", "No", "", "SYNTHETIC"),
    ],
}  # fmt: skip
INCIDENT = (
    "Incident No,Person,NHS Number,DOB,Surname,Forename,Sex,Directorate,Incident Date,Reported,"
    "Expected?,Panel,StEIS,Investigation,Family,IMA Start,IMA End,Final Report,Record status"
)
ULYSSES = [
    f"W1,Patient,{number(1)},01/06/1950,Abbott,Ann,Female,{LD},10/05/2012,11/05/2012,"
    "No,SIRI,2012/1001,Closed,Not involved,12/05/2012,14/05/2012,10/11/2012,SYNTHETIC",
    f"W2,Patient,{number(2)},20/08/1972,Brook,Bob,Male,{AMH},20/08/2012,21/08/2012,"
    "No,CIR,,,Declined,22/08/2012,23/08/2012,,SYNTHETIC",
    f"W3,Patient,{number(5)},05/05/1955,Eames,Eve,Female,{LD},31/03/2013,02/04/2013,"
    "Yes,,,,,,,,SYNTHETIC",
    f"W4,Patient,{number(6)},29/02/1980,Firth,Finn,Male,{AMH},01/04/2013,03/04/2013,"
    "No,,,,,,,,SYNTHETIC",
    f"W5,Patient,{number(9)},09/09/1959,Ivey,Iris,Female,{LD},31/03/2014,31/03/2014,"
    "No,None further,,,,01/04/2014,04/04/2014,,SYNTHETIC",
    f"W6,Patient,{number(1)},01/06/1950,Abbott,Ann,Female,{LD},10/05/2012,20/05/2012,"
    "Yes,,,,,,,,SYNTHETIC",
    f"W7,Staff,,,,,,{LD},11/05/2012,11/05/2012,,,,,,,,,SYNTHETIC",
]
STEIS = ["Ref,Incident Date,Logged,Record status", "2012-01001,10/05/2012,01/06/2012,SYNTHETIC"]
NATIONAL = [
    "NHS_NUMBER,DOB,DIED,REGISTERED,RECORD_STATUS",
    f"{number(1)},1950-06-01,2012-05-10,2012-05-15,SYNTHETIC",
    f"{number(2)},1972-08-20,2012-08-20,2013-02-01,SYNTHETIC",
    f"{number(20)},1941-01-01,2013-06-01,2013-06-04,SYNTHETIC",
]


class Trust:
    """The extracts of the trust in a project of their own; change them, then read or start."""

    name = "riverside"

    def __init__(self, home):
        self.home, self.folder = home, home / "data" / self.name
        self.folder.mkdir(parents=True)
        (home / "notebooks").mkdir()
        self.case, self.plan = CASE, PLAN
        self.headers = {"2012-13": list(FIRST), "2013-14": list(SECOND)}
        self.patients = {sheet: [list(row) for row in rows] for sheet, rows in PATIENTS.items()}
        self.ulysses = [INCIDENT, *ULYSSES]
        self.steis, self.national = list(STEIS), list(NATIONAL)
        self.write()

    def edit(self, old, new):
        """Replace a text that stands in case.yml exactly once."""
        assert self.case.count(old) == 1, f"{old!r} stands {self.case.count(old)} times"
        self.case = self.case.replace(old, new)

    def edit_plan(self, old, new):
        """Replace a text that stands in plan.yml exactly once."""
        assert self.plan.count(old) == 1, f"{old!r} stands {self.plan.count(old)} times"
        self.plan = self.plan.replace(old, new)

    def real(self):
        """Say that the rows are about real people; then the case may be internal only."""
        self.edit("data_status: synthetic", "data_status: real")
        self.edit("profiles: [open, internal]", "profiles: [internal]")

    def put(self, sheet, row, header, value):
        """Write a cell of the patient system; ``row`` is that of the sheet, its header in row 1."""
        self.patients[sheet][row - 2][self.headers[sheet].index(header)] = value

    def change(self, row, header, value):
        """Write a cell of the incident system; the header is row 1."""
        cells = self.ulysses[row - 1].split(",")
        cells[INCIDENT.split(",").index(header)] = value
        self.ulysses[row - 1] = ",".join(cells)

    def write(self):
        """Write every file of the case."""
        (self.folder / "case.yml").write_text(self.case, encoding="utf-8")
        (self.folder / "plan.yml").write_text(self.plan, encoding="utf-8")
        for name in ("ulysses", "steis", "national"):
            text = "\n".join(getattr(self, name)) + "\n"
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")
        book = xlsxwriter.Workbook(self.folder / "patients.xlsx")
        for sheet, rows in self.patients.items():
            page = book.add_worksheet(sheet)
            total = ["Total", str(len(rows))] if sheet == "2012-13" else []
            for place, row in enumerate([self.headers[sheet], *rows, *([total] if total else [])]):
                page.write_row(place, 0, row)
        book.add_worksheet("Lookups").write_row(0, 0, ["Female", "Male"])
        hidden = book.add_worksheet("Working")
        hidden.write_row(0, 0, ["ask about Gwen"])
        hidden.hide()
        book.close()

    def start(self, **values):
        """Write what was changed and return the run of the case."""
        self.write()
        return start(case=self.name, **values)

    def read(self, source_id):
        """Write what was changed; return one source, cleaned, and the flags that it raised."""
        self.write()
        case, log = load(self.name), Log()
        source = next(item for item in case.sources if item.id == source_id)
        return extracts.read(case, source, log), log.frame()

    def refused(self, source_id):
        """Return the problems for which a source is not read: what, where, mend."""
        with pytest.raises(InputError) as error:
            self.read(source_id)
        return error.value.problems


_RUNS = []


def untouched(factory):
    """Return the run of the trust as it is, read once; ``factory`` makes temporary folders."""
    if not _RUNS:
        home = factory.mktemp("trust") / "project"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("INQUIRY_HOME", str(home))
            _RUNS.append(Trust(home).start())
    return _RUNS[0]


# ---- Tables made by hand ------------------------------------------------------------------------

LOCAL = {"system": "ulysses", "person_type": "patient", "in_scope": True, "source_id": "u"}


def person(name, **values):
    """A death with a contact in the 12 months before, unless something else is said."""
    row = {
        "death_id": name, "person_id": name, "service": "ld", "team": "North", "sex": "F",
        "age": 60, "age_band": "55 to 64", "date_of_death": "2013-05-01", "in_scope": True,
        "in_window_12m": True, "date_precision": "day", "source_id": "patients",
        "source_sheet": "", "source_row": 2,
    }  # fmt: skip
    return row | values


def tables(people, incidents=(), reviews=(), family=(), milestones=()):
    """Canonical tables of rows given by hand; an incident names the death that it is linked to."""
    rows = {
        "deaths": people,
        "incidents": [
            {k: v for k, v in {**LOCAL, **row}.items() if k != "death_id"} for row in incidents
        ],
        "incident_death": [{k: row[k] for k in ("incident_id", "death_id")} for row in incidents],
        "reviews": reviews,
        "family": family,
        "milestones": [{"register": "u", "precision": "day", **row} for row in milestones],
    }
    return {
        name: _typed(pd.DataFrame(list(rows[name]), columns=table.names), table)
        if rows.get(name)
        else EMPTY[name]
        for name, table in TABLES.items()
    }


def _typed(frame, table):
    kinds = {"date": "datetime64[s]", "flag": "boolean", "count": "Int64"}
    return frame.astype({column.name: kinds.get(column.kind, "str") for column in table.columns})


EMPTY = {name: _typed(pd.DataFrame(columns=table.names), table) for name, table in TABLES.items()}
