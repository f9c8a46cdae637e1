"""Raw rows of the files of a case, by the references of a trace: no intake, no linkage, no cohort.

A workbook is read with pandas, a CSV file with the csv module. Of the SYNTHETIC case the truth file
says which rows are of the same person, so that two files can be put together without the suite.
"""

import csv
import re
import zipfile
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import yaml

ROOT = Path(__file__).resolve().parents[3]
EXTRACT = {"southern_health": pd.Timestamp("2015-09-30"), "coroners": pd.Timestamp("2025-07-31")}


@cache
def case(name):
    """What case.yml says, as plain values."""
    text = (ROOT / "data" / name / "case.yml").read_text(encoding="utf-8")
    return yaml.safe_load(text)


@cache
def _headers(name, file):
    """The canonical name of each header of a trust's file; of other files, none."""
    source = next((one for one in case(name)["sources"] if one.get("file") == file), {})
    if source.get("layout") != "extract":
        return {}
    found = {}
    for column, rule in {**source["fields"], **source.get("milestones", {})}.items():
        for header in [rule["from"]] if isinstance(rule["from"], str) else rule["from"]:
            found[header] = column
    return found


@cache
def sheet(name, file, title=""):
    """A sheet of a file as text and dates, the index is the row in the file."""
    path = ROOT / "data" / name / file
    if path.suffix == ".xlsx":
        grid = pd.read_excel(path, sheet_name=title, header=None, dtype=object, engine="calamine")
        grid.index += 1
        headers = grid.loc[3].tolist()
        frame = grid.loc[4:].set_axis(headers, axis=1)
    else:
        encoding = "cp1252" if file == "steis_listing.csv" else "utf-8-sig"
        with path.open(encoding=encoding, newline="") as handle:
            rows = list(csv.reader(handle))
        frame = pd.DataFrame(rows[1:], columns=rows[0], index=range(2, len(rows) + 1))
    frame = frame.rename(columns=_headers(name, file))
    return frame.loc[:, ~frame.columns.duplicated()]


@cache
def truth(name):
    """The person of each row of the SYNTHETIC extracts, by source, sheet and row."""
    with (ROOT / "data" / name / "truth" / "truth_links.csv").open(encoding="utf-8") as handle:
        return {
            (row["source_id"], row["sheet"], int(row["row"])): row["person"]
            for row in csv.DictReader(handle)
        }


def rows(name, part):
    """The raw rows that a part of a trace refers to, with their place and, if known, the person."""
    parts = []
    for (file, title), numbers in part.rows.by_sheet.items():
        held = sheet(name, file, title).loc[numbers]
        held = held.assign(file=file, sheet=title, row=numbers)
        if name == "southern_health":
            known, stem = truth(name), Path(file).stem
            held["person"] = [known.get((stem, title, row)) for row in numbers.tolist()]
        parts.append(held)
    return pd.concat(parts) if parts else pd.DataFrame()


@cache
def origin(name, file):
    """The day from which a file counts days: a workbook may say that it counts from 1904."""
    path = ROOT / "data" / name / file
    if path.suffix == ".xlsx":
        with zipfile.ZipFile(path) as book:
            if re.search(rb'date1904="(1|true)"', book.read("xl/workbook.xml")):
                return pd.Timestamp("1904-01-01")
    return pd.Timestamp("1899-12-30")


def day(value, start):
    """A cell as a day, as people write days; missing where it is none."""
    if isinstance(value, datetime):
        return pd.Timestamp(value).normalize()
    text = "" if value is None or value != value else str(value).strip()
    if text.replace(".", "", 1).isdigit() and 20000 < float(text) < 60000:
        return start + pd.Timedelta(days=int(float(text)))
    for form in ("%d/%m/%Y %H:%M", "%d/%m/%Y", "%Y-%m-%d", "%m/%d/%Y", "%d/%m/%y"):
        try:
            return pd.Timestamp(datetime.strptime(text, form)).normalize()
        except ValueError:
            continue
    return pd.NaT


def days(frame, column):
    """A column of cells as days."""
    case_ = "southern_health" if "person" in frame else "coroners"
    pairs = zip(frame[column], frame["file"], strict=True)
    return pd.Series([day(cell, origin(case_, file)) for cell, file in pairs], index=frame.index)


def services(frame):
    """The service of raw rows of the patient system, by the map of the case.

    A name that ever meant one service means it on any day; one that meant several, what it meant
    on the day of the death.
    """
    path = ROOT / "data" / "southern_health" / "service_map.csv"
    known = pd.read_csv(path, parse_dates=["valid_from", "valid_to"])
    meant = {name: mine.to_dict("records") for name, mine in known.groupby("raw_value")}
    found = []
    for name, death in zip(frame["service"], days(frame, "date_of_death"), strict=True):
        rows = meant[name]
        if len({row["canonical_id"] for row in rows}) > 1:
            rows = [row for row in rows if row["valid_from"] <= death <= row["valid_to"]]
        found.append(rows[0]["canonical_id"])
    return pd.Series(found, index=frame.index)


def number(text):
    """A cell of counts as a number: nothing is nothing."""
    return float(str(text).replace(",", "").strip() or 0)


def median(waited, reached):
    """The time by which half had the event (Kaplan-Meier), missing where they never had."""
    share, half = 1.0, None
    for time in np.unique(waited[reached]):
        if half is not None:  # exactly half had it: the middle of the flat part of the curve
            return (half + float(time)) / 2
        share *= 1 - (reached & (waited == time)).sum() / (waited >= time).sum()
        if abs(share - 0.5) < 1e-12:
            half = float(time)
        elif share < 0.5:
            return float(time)
    return float("nan") if half is None else half


def by(waited, reached, most):
    """The share that had the event by a time (one minus Kaplan-Meier)."""
    share = 1.0
    for time in np.unique(waited[reached & (waited <= most)]):
        share *= 1 - (reached & (waited == time)).sum() / (waited >= time).sum()
    return 1 - share
