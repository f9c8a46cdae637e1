"""The parts of a synthetic case as files: each extract with its dirt, and the truth about it.

- :class:`File`: one extract, dirty.
- :func:`dirty`: the extracts of one part of the case.
- :class:`Writer`: writes parts one after another and keeps count.
"""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from helpers.synthetic import casefiles, cells, dirt, extracts, truth
from helpers.synthetic.records import Records

SHEETS = ("2011-12", "2012-13", "2013-14", "2014-15")
DIRECTORATES = {
    "adult_mh": "Adult Mental Health",
    "older_mh": "Older Persons MH",
    "ld": "Learning Disability",
}
LOOKUPS = [
    ("01", "NHS number verified"),
    ("07", "NHS number not present"),
    ("SIRI", "Serious incident requiring investigation"),
    ("CIR", "Critical incident review"),
    ("IMA", "Initial management assessment"),
]
ABOUT = [
    "SYNTHETIC: every row of this workbook is invented; nobody in it lived.",
    "Extract run on 30/09/2015. One row a record; the last row of a sheet is a total.",
    "Filters are on; hidden columns are for the use of the team.",
]
BOOKS = {
    "patient_system": extracts.PATIENT_HEADERS,
    "incident_system": extracts.INCIDENT_HEADERS,
}
ENCODING = {"steis_listing": "windows-1252", "national_list": "utf-8-sig"}


@dataclass(frozen=True)
class File:
    """One extract, dirty: its cells, true rows, and the dirt by position."""

    cells: pd.DataFrame
    rows: pd.DataFrame
    dirt: pd.DataFrame


def dirty(
    rng: np.random.Generator, records: Records, deaths: int, trusts: int, *, books: bool
) -> dict[str, File]:
    """Return the extracts of one part of the case, with their dirt.

    Parameters
    ----------
    rng : Generator
        Streams for the words and the dirt of each file are spawned from it.
    records : Records
        The true rows.
    deaths, trusts : int
        Size of the part and number of trusts.
    books : bool
        The two large extracts are workbooks.

    Returns
    -------
    dict of File
        By name of the source.
    """
    inks = {
        "patient_system": cells.Ink(native=books),
        "incident_system": cells.Ink(native=books, mode="1904" if books else "1900"),
        "steis_listing": cells.Ink(native=False),
        "national_list": cells.Ink(native=False, iso=True),
    }
    plants: dict[str, Callable[[dirt.Planter], None]] = {
        "patient_system": dirt.plant_patient,
        "incident_system": dirt.plant_incident,
        "steis_listing": dirt.plant_steis,
        "national_list": dirt.plant_national,
    }
    rows = {
        "patient_system": records.patients,
        "incident_system": records.incidents,
        "steis_listing": records.steis,
        "national_list": records.national,
    }
    words = rng.spawn(2 * len(inks))
    made = {}
    for place, (name, ink) in enumerate(inks.items()):
        held, speak, plant = rows[name], words[2 * place], words[2 * place + 1]
        if name == "patient_system":
            written = cells.patient(speak, held, ink)
        elif name == "incident_system":
            written = cells.incident(speak, held, ink)
        else:
            written = (cells.steis if name == "steis_listing" else cells.national)(held, ink)
        planter = dirt.Planter(plant, written, held, ink, deaths)
        plants[name](planter)
        written["record_status"] = np.full(len(written), truth.MARK, dtype=object)
        if trusts > 1 and name in {"patient_system", "incident_system"}:
            written.insert(0, "provider", casefiles.trust_names(held))
        if trusts > 1 and name == "steis_listing":
            written["organisation"] = casefiles.trust_names(held)
        made[name] = File(written, held, planter.frame())
    return made


def _ordered(headers: dict[str, Any], file: File) -> list[str]:
    first = ["provider"] if "provider" in file.cells else []
    return [*first, *headers]


def _plans(name: str, file: File, headers: dict[str, tuple[str, ...]]) -> list[extracts.SheetPlan]:
    fields = _ordered(headers, file)
    shown = {"provider": ("Provider",) * 4, **headers}
    if name == "patient_system":
        sheets: list[str] = list(SHEETS)
        which = np.clip(file.rows["year"].to_numpy() - 2011, 0, 3)
        groups, hide = extracts.PATIENT_GROUPS, ("rag", "entered_by")
        title = "SYNTHETIC - Deaths of patients {} - extract run 30/09/2015 - invented data"
    else:
        sheets = list(DIRECTORATES.values())
        which = file.rows["service"].map({s: n for n, s in enumerate(DIRECTORATES)}).to_numpy()
        groups, hide = extracts.INCIDENT_GROUPS, ("cause_group",)
        title = "SYNTHETIC - Incidents: deaths - {} - extract run 30/09/2015 - invented data"
    if "provider" in file.cells:
        groups = (("Trust", 1), *groups)
    return [
        extracts.SheetPlan(
            name=sheet,
            title=title.format(sheet),
            headers=[shown[one][place] for one in fields],
            rows=file.cells.loc[which == place, fields],
            groups=groups,
            hidden=tuple(fields.index(one) for one in hide),
        )
        for place, sheet in enumerate(sheets)
    ]


class Writer:
    """Writes the parts of a case one after another and keeps count."""

    def __init__(self, folder: Path, *, trusts: int, books: bool, stack: ExitStack) -> None:
        self.folder, self.trusts, self.books = folder, trusts, books
        self.files: dict[str, TextIO] = {}
        self.next: dict[str, int] = {}
        self.planted: dict[str, int] = {}
        self.rows: dict[str, int] = {}
        self.stack = stack
        self._csv("truth/truth_dirt.csv", truth.DIRT)
        self._csv(f"truth/truth_links.csv{'' if books else '.gz'}", truth.LINKS)
        self._csv("truth/truth_people.csv.gz", truth.PEOPLE)
        self._csv("clerical_decisions.csv", truth.DECISIONS, "utf-8-sig")

    def _csv(self, name: str, columns: list[str], encoding: str = "utf-8") -> None:
        """Open a CSV file; the lines of extracts end as Windows ends them."""
        key = name.removesuffix(".gz").removesuffix(".csv").removeprefix("truth/")
        path = self.folder / name
        if name.endswith(".gz"):
            raw = self.stack.enter_context(path.open("wb"))
            # Neither a name nor a time in the head: the same seed writes the same bytes.
            packed = gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0, compresslevel=6)
            file: TextIO = io.TextIOWrapper(
                self.stack.enter_context(packed), encoding="utf-8", newline=""
            )
            self.stack.callback(file.flush)
            file.write(",".join(columns) + "\r\n")
        else:
            file = extracts.open_csv(path, columns, encoding=encoding)
            self.stack.enter_context(file)
        self.files[key], self.next[key] = file, 2

    def _append(self, key: str, frame: pd.DataFrame) -> pd.DataFrame:
        """Write rows and return their places."""
        extracts.csv_rows(self.files[key], frame)
        first = self.next[key]
        self.next[key] = first + len(frame)
        return pd.DataFrame(
            {"sheet": "", "row": range(first, first + len(frame))}, index=frame.index
        )

    def _extract(self, name: str, file: File) -> tuple[pd.DataFrame, dict[str, dict[str, str]]]:
        """Write one extract; return where its rows are and the headers of each sheet."""
        books = {
            "patient_system": extracts.PATIENT_HEADERS,
            "incident_system": extracts.INCIDENT_HEADERS,
        }
        if name in books and self.books:
            plans = _plans(name, file, books[name])
            about = ABOUT
            places, facts = extracts.write_book(
                self.folder / f"{name}.xlsx",
                plans,
                title=f"SYNTHETIC {name}",
                about=about,
                lookups=LOOKUPS,
                date_1904=name == "incident_system",
            )
            self._dirt(truth.book_rows(facts, name))
            fields = _ordered(books[name], file)
            return places, {
                plan.name: dict(zip(fields, plan.headers, strict=True)) for plan in plans
            }
        if name in books:
            flat = {one: heads[0] for one, heads in books[name].items()}
        else:
            flat = extracts.STEIS_HEADERS if name == "steis_listing" else extracts.NATIONAL_HEADERS
        flat = {"provider": "Provider", **flat}
        fields = _ordered({one: 0 for one in flat if one != "provider"}, file)
        if name not in self.files:
            encoding = {"steis_listing": "windows-1252", "national_list": "utf-8-sig"}
            heads = [flat[one] for one in fields]
            self._csv(f"{name}.csv", heads, encoding.get(name, "utf-8"))
        return self._append(name, file.cells[fields]), {"": flat}

    def _dirt(self, frame: pd.DataFrame) -> None:
        self._append("truth_dirt", frame)
        for code, count in frame["code"].value_counts().items():
            self.planted[str(code)] = self.planted.get(str(code), 0) + int(count)

    def part(self, made: dict[str, File]) -> None:
        """Write one part of every extract and the truth about it."""
        where = {}
        for name, file in made.items():
            places, headers = self._extract(name, file)
            where[name] = places
            self.rows[name] = self.rows.get(name, 0) + len(places)
            self._dirt(truth.dirt_rows(file.dirt, places, headers, name))
            self._append("truth_links", truth.link_rows(file.rows, places, file.dirt, name))
        patients, places = made["patient_system"].rows, where["patient_system"]
        self._append("truth_people", truth.people_rows(patients, places, "patient_system"))
