"""Another layout of the same extracts, as a trust sends them after its systems were changed.

- :func:`write`: the five files in that layout.
"""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path
from typing import Any

import pandas as pd

from helpers.synthetic import extracts, truth

RENAMED = {("service", "Division"): "Clinical Care Area", ("team", "Team"): "TEAM"}
"""Headers of the patient system that read otherwise: field, header before, header now."""

NEW_HEADER = "Frailty Score"
TOP = 5
"""Row, from 0, in which the headers stand: titles are above it."""

PATIENT = {name: heads[-1] for name, heads in extracts.PATIENT_HEADERS.items()} | {
    "nhs_number": "NHS NUMBER",
    "dob": "Date Of Birth",
    "service": "Clinical Care Area",
    "team": "TEAM",
}
INCIDENT = {name: heads[-1] for name, heads in extracts.INCIDENT_HEADERS.items()}
NATIONAL = {
    "nhs_number": "NHS Number",
    "dob": "Date of Birth",
    "date_of_death": "Reg Date of Death",
    "registration_date": "Reg Date",
    "initial": "Surname Initial",
    "record_status": "Record Status",
}


def _reordered(frame: pd.DataFrame) -> list[str]:
    """Return the columns the other way round, the trust last."""
    names = [name for name in frame if name != "provider"]
    return [*reversed(names), *(["provider"] if "provider" in frame else [])]


def _book(
    path: Path, sheets: dict[str, pd.DataFrame], heads: dict[str, str], *, title: str, old: bool
) -> None:
    """Write a workbook: a sheet of words, then each sheet with its headers in row 6."""
    import xlsxwriter

    book = xlsxwriter.Workbook(str(path), {"date_1904": old, "strings_to_urls": False})
    book.set_properties(
        {"comments": "SYNTHETIC: nobody here lived", "created": extracts.CREATED, "title": title}
    )
    formats = {
        "day": book.add_format({"num_format": "dd/mm/yyyy"}),
        "moment": book.add_format({"num_format": "dd/mm/yyyy hh:mm"}),
        "bold": book.add_format({"bold": True}),
    }
    front = book.add_worksheet("About this extract")
    front.write_string(0, 0, "SYNTHETIC: every row of this workbook is invented; nobody lived.")
    for name, frame in sheets.items():
        sheet = book.add_worksheet(name)
        sheet.write_string(0, 0, title, formats["bold"])
        sheet.write_string(2, 0, "SYNTHETIC: invented data")
        for column, header in enumerate(frame):
            sheet.write_string(TOP, column, heads.get(header, header), formats["bold"])
        for row, values in enumerate(frame.itertuples(index=False), start=TOP + 1):
            for column, value in enumerate(values):
                extracts._write(sheet, row, column, value, formats)
    front.activate()
    book.close()


def _rows(frame: pd.DataFrame, heads: dict[str, str]) -> list[list[Any]]:
    return [[heads.get(name, name) for name in frame], *frame.to_numpy(dtype=object).tolist()]


def write(
    out: Path, made: dict[str, pd.DataFrame], caseload: list[list[str]], *, extract: dt.date
) -> list[str]:
    """Write the five extracts in the other layout.

    Parameters
    ----------
    out : Path
        Folder to make.
    made : dict of DataFrame
        Cells by source and field.
    caseload : list of list of str
        The file of person-years.
    extract : date
        Day of the extract, for the titles.

    Returns
    -------
    list of str
        Names of the files.
    """
    out.mkdir(parents=True)
    heads = {"provider": "Provider"}
    patients = made["patient_system"]
    patients = patients[_reordered(patients)].copy()
    place = list(patients).index("smi")
    score = [str(1 + n % 9) for n in range(len(patients))]
    patients.insert(place, NEW_HEADER, score)
    when = f"{extract:%d/%m/%Y}"
    _book(
        out / "deaths_extract.xlsx", {"All deaths": patients}, {**heads, **PATIENT},
        title=f"SYNTHETIC - Deaths - extract run {when}", old=False,
    )  # fmt: skip
    incidents = made["incident_system"]
    incidents = incidents[_reordered(incidents)]
    half = len(incidents) // 2
    _book(
        out / "incidents_extract.xlsx",
        {"Part 1": incidents.iloc[:half], "Part 2": incidents.iloc[half:]},
        {**heads, **INCIDENT},
        title=f"SYNTHETIC - Incidents: deaths - extract run {when}",
        old=True,
    )
    listing = made["steis_listing"]
    listing = listing[_reordered(listing)]
    listed = made["national_list"]
    listed = listed[_reordered(listed)]
    mark = [[truth.MARK, f"extract run {when}"], []]
    told = {
        "serious_incidents.csv": ("windows-1252", [*mark, *_rows(listing, extracts.STEIS_HEADERS)]),
        "deaths_registered.csv": ("utf-8", _rows(listed, NATIONAL)),
        "person_years.csv": ("utf-8", caseload),
    }
    for name, (encoding, rows) in told.items():
        with (out / name).open("w", encoding=encoding, newline="") as file:
            csv.writer(file, lineterminator="\r\n").writerows(rows)
    return ["deaths_extract.xlsx", "incidents_extract.xlsx", *told]
