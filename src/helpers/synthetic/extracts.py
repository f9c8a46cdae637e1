"""The files as a trust sends them: workbooks of several sheets, and CSV in several encodings.

A workbook has title rows, merged group headers, headers that differ from sheet to sheet, filters,
hidden columns and rows, a hidden sheet, blank rows and a total row at its foot. Each writer
returns where every row went, so that the truth can name it.

- :func:`write_book`: a workbook.
- :func:`open_csv`, :func:`csv_rows`: a CSV file, part by part.
- :class:`SheetPlan`: what a sheet holds.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

CREATED = datetime(2015, 12, 17)  # noqa: DTZ001 - a workbook has a wall clock
FIRST_ROW = 4
"""Row of the first record: a title, group headers and headers stand above it."""

PATIENT_GROUPS = (
    ("Person", 9),
    ("Death", 4),
    ("Care", 9),
    ("Cause", 3),
    ("Flags", 5),
    ("Record", 2),
)
INCIDENT_GROUPS = (
    ("Incident", 5),
    ("Person", 6),
    ("Classification", 7),
    ("Process", 11),
    ("Family and coroner", 7),
    ("Record", 2),
)

PATIENT_HEADERS: dict[str, tuple[str, ...]] = {
    "local_id": ("Client ID", "Client ID", "RiO ID", "Client No"),
    "nhs_number": ("NHS Number", "NHS No", "NHS No.", "NHS Number"),
    "nhs_number_status": (
        "NHS Number Status",
        "NHS No Status",
        "NHS No Status",
        "NHS Number Status",
    ),
    "surname": ("Surname", "Last Name", "Surname", "Family Name"),
    "forename": ("Forename", "First Name", "Forename", "Given Name"),
    "dob": ("Date of Birth", "DOB", "D.O.B.", "Date of Birth"),
    "postcode": ("Postcode", "Post Code", "Postcode", "Postcode"),
    "sex": ("Gender", "Sex", "Sex", "Gender"),
    "ethnic_category": ("Ethnic Category", "Ethnicity", "Ethnic Category", "Ethnic Category"),
    "date_of_death": ("Date of Death", "DOD", "Date of Death", "Deceased Date"),
    "dod_source": ("Source of DOD", "DOD Source", "Source of DOD", "Deceased Date Source"),
    "date_trust_knew": (
        "Date Trust Informed",
        "Date Informed",
        "Date Trust Informed",
        "Trust Aware On",
    ),
    "registration_date": (
        "Registration Date",
        "Reg Date",
        "Registration Date",
        "Death Registered On",
    ),
    "service": ("Directorate", "Last Service", "Division", "Division"),
    "team": ("Last Team", "Last Team", "Team", "Team"),
    "last_contact_date": ("Last Contact", "Last Seen", "Last Contact", "Last Contact Date"),
    "last_discharge_date": (
        "Last Discharge",
        "Discharged",
        "Last Discharge",
        "Last Discharge Date",
    ),
    "discharge_reason": ("Discharge Reason", "Reason", "Discharge Reason", "Discharge Reason"),
    "inpatient_at_death": (
        "In-patient at Death",
        "IP at Death",
        "In-patient at Death",
        "Inpatient at Death",
    ),
    "leave_status": ("Leave", "Leave", "Leave", "Leave Status"),
    "mha_status": ("MHA Status", "MHA", "MHA Status", "MHA Status"),
    "main_provider": ("Main Provider", "Main Provider", "Main Provider?", "Main Provider"),
    "place_of_death": ("Place of Death", "Place", "Place of Death", "Place of Death"),
    "underlying_icd10": ("Cause ICD-10", "ICD10", "Cause ICD-10", "Underlying Cause"),
    "cause_status": ("Cause Status", "Cause Status", "Cause Status", "Cause Status"),
    "ld": ("LD", "LD Flag", "LD", "LD"),
    "autism": ("Autism", "Autism Flag", "Autism", "Autism"),
    "smi": ("SMI", "SMI Flag", "SMI", "SMI"),
    "rag": ("RAG", "RAG", "RAG", "RAG"),
    "entered_by": ("Entered By", "Entered By", "Entered By", "Entered By"),
    "record_status": ("Record status",) * 4,
    "notes": ("Notes", "Comments", "Notes", "Notes"),
}
INCIDENT_HEADERS: dict[str, tuple[str, ...]] = {
    "local_ref": ("Incident No", "Incident No", "Ulysses Ref"),
    "incident_date": ("Incident Date & Time",) * 3,
    "reported_date": ("Reported Date", "Reported Date", "Date Reported"),
    "entered_date": ("Entered Date",) * 3,
    "person_type": ("Person Type", "Person Type", "Person Affected"),
    "nhs_number": ("NHS No", "NHS No", "NHS Number"),
    "local_id": ("RiO Number",) * 3,
    "dob": ("DOB", "DOB", "Date of Birth"),
    "surname": ("Surname", "Surname", "Last Name"),
    "forename": ("First Name",) * 3,
    "sex": ("Sex", "Sex", "Gender"),
    "service": ("Directorate",) * 3,
    "cause_group": ("Cause Group",) * 3,
    "harm_first": ("Harm (first)", "Harm (first)", "Initial Harm"),
    "harm_latest": ("Harm (latest)", "Harm (latest)", "Actual Harm"),
    "harm_changed_on": ("Harm Changed",) * 3,
    "expectedness": ("Expected / Unexpected", "Expected / Unexpected", "Expected?"),
    "expectedness_recorded_at": ("Category Recorded",) * 3,
    "ima_started": ("IMA Started", "IMA Started", "IMA Start"),
    "ima_completed": ("IMA Completed", "IMA Completed", "IMA End"),
    "panel_decision": ("Panel Date",) * 3,
    "panel_outcome": ("Panel Outcome",) * 3,
    "steis_ref": ("StEIS Ref", "StEIS Ref", "STEIS Number"),
    "investigator_appointed": ("Investigator Appointed",) * 3,
    "draft_report": ("Draft Report",) * 3,
    "final_report_internal": ("Final Report",) * 3,
    "report_to_commissioner": ("To Commissioner",) * 3,
    "si_closed": ("Closed",) * 3,
    "review_outcome": ("Investigation Status",) * 3,
    "family_informed": ("Family Informed",) * 3,
    "family_involvement": ("Family Involvement",) * 3,
    "report_shared_family": ("Report Shared with Family",) * 3,
    "coroner_referral": ("Coroner Referral",) * 3,
    "inquest_opened": ("Inquest Opened",) * 3,
    "inquest_concluded": ("Inquest Concluded",) * 3,
    "legitimate_delay_code": ("Delay Reason",) * 3,
    "record_status": ("Record status",) * 3,
    "description": ("Description",) * 3,
}
STEIS_HEADERS = {
    "steis_ref": "STEIS Ref",
    "incident_date": "Date of Incident",
    "reported_date": "Date Reported",
    "organisation": "Organisation",
    "service": "Care Sector",
    "person_type": "Type of Incident",
    "sex": "Sex",
    "age": "Age",
    "si_level": "Level",
    "status": "Status",
    "delog_date": "De-log Date",
    "downgrade_date": "Downgrade Date",
    "closure_date": "Closure Date",
    "record_status": "Record status",
}
NATIONAL_HEADERS = {
    "nhs_number": "NHS_NUMBER",
    "dob": "DATE_OF_BIRTH",
    "date_of_death": "REG_DATE_OF_DEATH",
    "registration_date": "REG_DATE",
    "initial": "SURNAME_INITIAL",
    "record_status": "RECORD_STATUS",
}


@dataclass(frozen=True)
class SheetPlan:
    """What a sheet holds: its rows and what stands around them.

    Parameters
    ----------
    name, title : str
        Name of the sheet and the title above its headers.
    headers : list of str
        One a column.
    rows : DataFrame
        Cells; the index is the position in the whole file.
    groups : tuple
        Label and width of each group header.
    hidden : tuple of int
        Columns that are hidden.
    """

    name: str
    title: str
    headers: list[str]
    rows: pd.DataFrame
    groups: tuple[tuple[str, int], ...]
    hidden: tuple[int, ...] = ()


def _write(sheet: Any, row: int, column: int, value: object, formats: dict[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, datetime):
        sheet.write_datetime(row, column, value, formats["moment"])
    elif isinstance(value, str):
        sheet.write_string(row, column, value)
    elif isinstance(value, (int, float)):
        sheet.write_number(row, column, value)
    else:
        sheet.write_datetime(row, column, value, formats["day"])


def _sheet(
    book: Any, plan: SheetPlan, formats: dict[str, Any]
) -> tuple[np.ndarray, dict[str, Any]]:
    sheet = book.add_worksheet(plan.name)
    sheet.write_string(0, 0, plan.title, formats["bold"])
    column = 0
    for label, width in plan.groups:
        last = min(column + width, len(plan.headers)) - 1
        if last > column:
            sheet.merge_range(1, column, 1, last, label, formats["group"])
        column = last + 1
    for column, header in enumerate(plan.headers):
        sheet.write_string(2, column, header, formats["bold"])
    count = len(plan.rows)
    blanks = sorted({count // 3, 2 * count // 3} - {0}) if count > 20 else []
    place = np.arange(FIRST_ROW, FIRST_ROW + count)
    for blank in blanks:
        place[blank:] += 1
    columns = [plan.rows[name].tolist() for name in plan.rows]
    for row, values in zip(place.tolist(), zip(*columns, strict=True), strict=True):
        for column, value in enumerate(values):
            _write(sheet, row - 1, column, value, formats)
    total = (int(place[-1]) if count else FIRST_ROW - 1) + 2
    sheet.write_string(total - 1, 0, "Total", formats["bold"])
    sheet.write_number(total - 1, 1, count)
    for column in plan.hidden:
        sheet.set_column(column, column, 8, None, {"hidden": True})
    hidden_rows = [int(place[-3]), int(place[-2])] if count > 20 else []
    for row in hidden_rows:
        sheet.set_row(row - 1, None, None, {"hidden": True})
    if count:
        sheet.autofilter(2, 0, int(place[-1]) - 1, len(plan.headers) - 1)
    sheet.freeze_panes(3, 1)
    facts = {
        "total_row": total,
        "hidden_rows": hidden_rows,
        "hidden_columns": [plan.headers[n] for n in plan.hidden],
    }
    return place, facts


def write_book(
    path: Path,
    plans: list[SheetPlan],
    *,
    title: str,
    about: list[str],
    lookups: list[tuple[str, str]],
    date_1904: bool = False,
) -> tuple[pd.DataFrame, dict[str, dict[str, Any]]]:
    """Write a workbook and return where its rows are.

    Parameters
    ----------
    path : Path
        File to write.
    plans : list of SheetPlan
        The sheets of records.
    title : str
        Title in the properties of the workbook.
    about : list of str
        Lines of the sheet Read me.
    lookups : list of tuple of str
        Rows of the sheet Lookups.
    date_1904 : bool
        Days counted from 1 January 1904, as old Macintosh programs did.

    Returns
    -------
    tuple of DataFrame and dict
        Columns sheet and row by position in the file; and for each sheet its total row, hidden
        rows and hidden columns.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"date_1904": date_1904, "strings_to_urls": False})
    book.set_properties(
        {"title": title, "comments": "SYNTHETIC: nobody here lived", "created": CREATED}
    )
    formats = {
        "day": book.add_format({"num_format": "dd/mm/yyyy"}),
        "moment": book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        "bold": book.add_format({"bold": True}),
        "group": book.add_format({"bold": True, "align": "center", "border": 1}),
    }
    front = book.add_worksheet("Read me")
    for row, line in enumerate(about):
        front.write_string(row, 0, line)
    places, facts = [], {}
    for plan in plans:
        place, facts[plan.name] = _sheet(book, plan, formats)
        places.append(pd.DataFrame({"sheet": plan.name, "row": place}, index=plan.rows.index))
    codes = book.add_worksheet("Lookups")
    codes.write_row(0, 0, ["SYNTHETIC lookups", "Meaning"])
    for row, pair in enumerate(lookups, start=1):
        codes.write_row(row, 0, pair)
    working = book.add_worksheet("Working")
    working.write_row(0, 0, ["SYNTHETIC working sheet", "Rows"])
    for row, plan in enumerate(plans, start=1):
        working.write_row(row, 0, [plan.name, len(plan.rows)])
    working.hide()
    front.activate()
    book.close()
    return pd.concat(places).sort_index(), facts


def open_csv(path: Path, headers: list[str], *, encoding: str) -> TextIO:
    """Open a CSV file for writing, its header written; lines end as Windows ends them.

    Parameters
    ----------
    path : Path
        The file.
    headers : list of str
        Its first line.
    encoding : str
        Its encoding.

    Returns
    -------
    TextIO
        The open file; whoever opens it closes it.
    """
    file = path.open("w", encoding=encoding, newline="")
    csv.writer(file, lineterminator="\r\n").writerow(headers)
    return file


def csv_rows(file: TextIO, cells: pd.DataFrame) -> None:
    """Write cells as rows of a CSV file that is open."""
    columns = [cells[name].tolist() for name in cells]
    csv.writer(file, lineterminator="\r\n").writerows(zip(*columns, strict=True))
