"""Extracts of a following period for a synthetic case, in another layout, with the truth beside.

The people are made as those of the case are, from another seed: a case of four years is drawn, of
which the last days are kept and moved to the period. So delays, censoring at the extract (six
months after the end, as in the case itself) and dirt are as they were. Every sheet has other names,
headers stand further down, in another order, and some are renamed; a column, a service and a
category are new. A cumulative extract holds the case's own rows again, of which some came late,
were coded anew or are gone.

- :func:`follow`: write the extracts and ``truth/truth_following.csv``.
- :class:`Following`: what was written.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd

from helpers.errors import InputError, Problem
from helpers.synthetic import layout_other, names, truth
from helpers.synthetic.make import _parts
from helpers.synthetic.people import YEAR_SHARE
from helpers.synthetic.records import Records, build
from helpers.synthetic.writer import File, dirty

History = Literal["cumulative", "incremental"]
FIRST, LAST = dt.date(2011, 4, 1), dt.date(2015, 3, 31)
LATEST = dt.date(2026, 3, 31)
MOST_DAYS = 365
LATE, RECODED, GONE = 0.004, 0.004, 0.002
"""Shares of the deaths of the case that came late, were coded anew, or are gone."""

HEAD = ["record_status", "kind", "source_id", "reference", "field", "before", "after"]
NEW_SERVICE, NEW_TEAM = "Perinatal Service", "Perinatal Community Team"
NEW_PLACE = "Hotel"


@dataclass(frozen=True)
class Following:
    """What was written.

    Parameters
    ----------
    folder : Path
        Where the files are.
    files : list of str
        The extracts; the truth is ``truth/truth_following.csv``.
    rows : dict of int
        Rows of each extract.
    changed : dict of int
        What is new or changed, by kind, as in the truth.
    extract_date : date
        The day of the extract.
    """

    folder: Path
    files: list[str]
    rows: dict[str, int]
    extract_date: dt.date
    changed: dict[str, int] = field(default_factory=dict)


def _of_case(folder: Path) -> dict[str, Any]:
    """Return seed, shape, deaths, trusts and kind of files of a synthetic case."""
    path = folder / "truth" / "truth.yml"
    if not path.is_file():
        raise InputError.one(
            "the case is not one that 'inquiry synthesise' wrote",
            f"data/{folder.name}",
            "Name a synthetic case.",
        )
    text = path.read_text(encoding="utf-8")
    said = dict(re.findall(r"^(seed|shape): (\S+)$", text, re.M))
    people = pd.read_csv(folder / "truth" / "truth_people.csv.gz", dtype=str, keep_default_na=False)
    trusts = 1
    if (folder / "org_map.csv").is_file():
        trusts = pd.read_csv(folder / "org_map.csv")["canonical_id"].nunique()
    return {
        "seed": int(said["seed"]),
        "shape": said["shape"],
        "deaths": int(people["status"].eq("").sum()),
        "trusts": trusts,
        "books": (folder / "patient_system.xlsx").is_file(),
    }


def _checked(start: dt.date, end: dt.date, out: Path, told: dict[str, Any]) -> None:
    found = []
    if end < start:
        found.append(Problem("the period ends before it starts", "--end", "Give a later day."))
    if (end - start).days > MOST_DAYS:
        found.append(Problem("the period is longer than a year", "--end", "Give an earlier day."))
    if start <= LAST or end > LATEST:
        found.append(
            Problem(
                f"a following period lies after {LAST} and ends by {LATEST}", "--start, --end",
                "Give other days.",
            )
        )  # fmt: skip
    if not told["books"]:
        found.append(
            Problem("the extracts of the case are in parts", "CASE", "Use one up to 200,000.")
        )
    if out.exists():
        found.append(
            Problem("the folder is there, and nothing is overwritten", str(out), "Name another.")
        )
    if found:
        raise InputError(found)


def _moved(frame: pd.DataFrame, days: int) -> pd.DataFrame:
    """Return rows all of whose days are so many days later; day columns are the floats."""
    floats = [name for name in frame if frame[name].dtype.kind == "f"]
    made = frame.assign(**{name: frame[name] + days for name in floats})
    months = made["date_of_death"].to_numpy().astype("datetime64[D]").astype("datetime64[M]")
    return made.assign(year=1970 + (months.astype(np.int64) - 3) // 12)


def _within(records: Records, first: float, last: float) -> Records:
    """Return the rows about deaths between two days, those of later deaths included."""

    def kept(frame: pd.DataFrame) -> pd.DataFrame:
        inside = frame["date_of_death"].between(first, last)
        return frame[inside].reset_index(drop=True)

    return replace(
        records,
        patients=kept(records.patients),
        incidents=kept(records.incidents),
        steis=kept(records.steis),
        national=kept(records.national),
    )


def _shifted(records: Records, days: int) -> Records:
    return replace(
        records,
        patients=_moved(records.patients, days),
        incidents=_moved(records.incidents, days),
        steis=_moved(records.steis, days),
        national=_moved(records.national, days),
    )


def _number(day: dt.date) -> int:
    return (day - dt.date(1970, 1, 1)).days


class _Truth:
    """Keeps what is new or changed, a row each."""

    def __init__(self) -> None:
        self.rows: list[list[str]] = []

    def add(self, kind: str, source: str, reference: str, *said: str) -> None:
        self.rows.append([truth.MARK, kind, source, reference, *said])


def _novelties(made: dict[str, File], rng: np.random.Generator, told: _Truth) -> None:
    """Give some deaths of the new period a service and a category that the case never had."""
    cells_, rows = made["patient_system"].cells, made["patient_system"].rows
    quiet = np.flatnonzero(rows["status"].eq("") & rows["oddity"].eq("") & ~rows["reported"])
    chosen = rng.choice(quiet, min(8, len(quiet)), replace=False)
    for place in chosen[:5]:
        before = cells_.loc[place, "service"]
        cells_.loc[place, ["service", "team"]] = [NEW_SERVICE, NEW_TEAM]
        ref = rows.loc[place, "local_id"]
        told.add("new service", "patient_system", ref, "service", before, NEW_SERVICE)
    for place in chosen[5:]:
        before = cells_.loc[place, "place_of_death"]
        cells_.loc[place, "place_of_death"] = NEW_PLACE
        ref = rows.loc[place, "local_id"]
        told.add("new category", "patient_system", ref, "place_of_death", str(before), NEW_PLACE)


def _rewritten(
    old: dict[str, File], rng: np.random.Generator, deaths: int, told: _Truth
) -> dict[str, pd.DataFrame]:
    """Return the cells of the case's own rows, some coded anew and some gone."""
    made = {name: file.cells.copy() for name, file in old.items()}
    rows = old["incident_system"].rows
    able = np.flatnonzero(
        rows["kind"].eq("lead") & rows["status"].eq("") & ~rows["unexpected"] & ~rows["paired"]
        & ~rows["incident_no"].duplicated(keep=False) & ~rows["person"].duplicated(keep=False)
    )  # fmt: skip
    many = min(max(2, round(RECODED * deaths)), len(able))
    for place in np.sort(rng.choice(able, many, replace=False)):
        before = made["incident_system"].loc[place, "expectedness"]
        made["incident_system"].loc[place, "expectedness"] = "Unexpected"
        ref = rows.loc[place, "incident_no"]
        told.add("re-coding", "incident_system", ref, "expectedness", before, "Unexpected")
    rows = old["patient_system"].rows
    quiet = rows["status"].eq("") & rows["oddity"].eq("") & ~rows["reported"]
    quiet &= rows["nhs_number"].ne("")
    quiet &= ~rows.index.isin(old["patient_system"].dirt["position"])
    able = np.flatnonzero(quiet)
    gone = min(max(1, round(GONE * deaths)), len(able))
    chosen = rng.choice(able, gone + gone, replace=False)
    for place in np.sort(chosen[:gone]):
        before = str(made["patient_system"].loc[place, "place_of_death"])
        after = "Hospice" if before != "Hospice" else "Own home"
        made["patient_system"].loc[place, "place_of_death"] = after
        ref = rows.loc[place, "local_id"]
        told.add("re-coding", "patient_system", ref, "place_of_death", before, after)
    for place in chosen[gone:]:
        told.add("deletion", "patient_system", rows.loc[place, "local_id"], "", "a row", "")
    made["patient_system"] = made["patient_system"].drop(index=chosen[gone:])
    return made


def _caseload(folder: Path, start: dt.date, end: dt.date, *, all_: bool) -> list[list[str]]:
    """Return the file of person-years with the years of the period, as those of 2014 moved on."""
    with (folder / "caseload.csv").open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    year, name = head.index("Year starting"), head.index("Financial year")
    years = range(start.year - (start.month < 4), end.year - (end.month < 4) + 1)  # noqa: PLR2004
    later = []
    for one in years:
        for row in rows:
            if row[year] == "2014":
                moved = list(row)
                moved[year], moved[name] = str(one), f"{one}-{one % 100 + 1}"
                later.append(moved)
    return [head, *(rows if all_ else []), *later]


def follow(
    folder: Path,
    out: Path,
    *,
    start: dt.date,
    end: dt.date,
    seed: int,
    history: History = "cumulative",
    deaths: int | None = None,
) -> Following:
    """Write the extracts of a following period for a synthetic case, in another layout.

    Parameters
    ----------
    folder : Path
        Folder of the synthetic case.
    out : Path
        Folder to make for the files.
    start, end : date
        First and last day of the period: at most a year, after 31 March 2015.
    seed : int
        The same seed writes the same rows.
    history : {"cumulative", "incremental"}
        Whether the rows of the case itself are in the extracts again.
    deaths : int, optional
        About how many deaths the period has; default: as the last year of the case.

    Returns
    -------
    Following
        The files.

    Raises
    ------
    InputError
        If the case is not synthetic, or the days or the folder cannot be used.
    """
    told = _of_case(folder)
    _checked(start, end, out, told)
    length = (end - start).days + 1
    days = _number(end) - _number(LAST)
    whole = round((deaths / YEAR_SHARE[-1] * 365 / length) if deaths else told["deaths"])
    first = list(_parts(told["seed"], told["deaths"], told["trusts"], told["shape"], books=True))
    old, words, many = first[0]
    used = max(int(frame["person"].max()) for frame in (old.patients, old.incidents, old.national))
    rng = np.random.default_rng([seed, 7])
    drawn, new_words = rng.spawn(2)
    records = build(
        drawn, max(whole, 200), exact=False, trusts=told["trusts"],
        pool=names.numbers(np.random.default_rng([told["seed"], 1])), start=used + 1,
    )  # fmt: skip
    kept = _within(records, _number(LAST) - length + 1, _number(LAST) + 180)
    said = _Truth()
    new = dirty(new_words, _shifted(kept, days), len(kept.patients), told["trusts"], books=True)
    _novelties(new, rng, said)
    parts = {name: [file.cells] for name, file in new.items()}
    if history == "cumulative":
        before = dirty(words, old, many, told["trusts"], books=True)
        again = _rewritten(before, rng, told["deaths"], said)
        gap = _within(records, _number(LAST) - length - 179, _number(LAST) - length - 1)
        late = _late(_shifted(gap, days), rng, told["deaths"], said)
        came = dirty(rng, late, len(late.patients), told["trusts"], books=True)
        for name, one in parts.items():
            parts[name] = [again[name], came[name].cells, *one]
    stacked = {name: pd.concat(one, ignore_index=True) for name, one in parts.items()}
    load = _caseload(folder, start, end, all_=history == "cumulative")
    for header, after in layout_other.RENAMED.items():
        said.add("renamed header", "patient_system", "", *header, after)
    said.add("new header", "patient_system", "", "", "", layout_other.NEW_HEADER)
    extract = end + dt.timedelta(days=183)
    files = layout_other.write(out, stacked, load, extract=extract)
    (out / "truth").mkdir()
    with (out / "truth" / "truth_following.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([HEAD, *said.rows])
    kinds = pd.Series([row[1] for row in said.rows]).value_counts(sort=False)
    return Following(
        folder=out,
        files=files,
        rows={name: len(frame) for name, frame in stacked.items()} | {"caseload": len(load) - 1},
        extract_date=extract,
        changed={str(kind): int(count) for kind, count in kinds.items()},
    )


def _late(records: Records, rng: np.random.Generator, deaths: int, told: _Truth) -> Records:
    """Return the rows about a few people who died in the last months of the case's own period."""
    able = records.patients[
        records.patients["status"].eq("") & records.patients["oddity"].eq("")
        & records.patients["date_of_death"].le(_number(LAST))
    ]  # fmt: skip
    many = min(max(3, round(LATE * deaths)), len(able))
    people = set(able["person"].iloc[np.sort(rng.choice(len(able), many, replace=False))])
    made = {}
    for name in ("patients", "incidents", "steis", "national"):
        frame = getattr(records, name)
        made[name] = frame[frame["person"].isin(people)].reset_index(drop=True)
    patients = made["patients"]
    after = _number(dt.date(2015, 9, 30)) + rng.integers(5, 90, len(patients))
    patients["registration_date"] = after.astype(float)
    for _, row in patients.iterrows():
        told.add("late registration", "patient_system", row["local_id"], "", "", "a row")
    for number in made["incidents"]["incident_no"]:
        told.add("late registration", "incident_system", number, "", "", "a row")
    return replace(records, **made)
